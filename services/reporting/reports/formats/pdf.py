"""The report on paper, accessible (PDF/UA-1)."""

from pathlib import Path

from services.reporting.operations.jobs import WrittenFile
from services.reporting.reports.document import Document
from services.reporting.reports.formats.page import Page
from shared.typesetting import typeset

_TEMPLATE = Path(__file__).parent / "report.typ"


def as_pdf(document: Document, language: str) -> list[WrittenFile]:
    """The report as A4 pages in ``language``; the same bytes for the same document."""
    content = typeset(_TEMPLATE, Page(document, language).said())
    return [WrittenFile(f"{document.provenance.report}.pdf", "application/pdf", content)]
