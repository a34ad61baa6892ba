"""The whole report, as it is kept."""

from services.reporting.operations.jobs import WrittenFile
from services.reporting.reports.document import Document, to_bytes


def as_json(document: Document, _language: str) -> list[WrittenFile]:
    """One file: provenance, what it is about, total, every table, what each column means, in both languages."""
    name = f"{document.provenance.report}.json"
    return [WrittenFile(name, "application/json", to_bytes(document))]
