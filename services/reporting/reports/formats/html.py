"""One page of HTML that needs nothing else: read on a screen, by a screen reader, or printed."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from services.reporting.operations.jobs import WrittenFile
from services.reporting.reports.document import Document
from services.reporting.reports.formats.page import Page


def as_html(document: Document, language: str) -> list[WrittenFile]:
    """The report as a page in ``language``."""
    text = _template().render(said=Page(document, language).said())
    name = f"{document.provenance.report}.html"
    return [WrittenFile(name, "text/html; charset=utf-8", text.encode())]


@cache
def _template() -> Template:
    loader = PackageLoader(__package__, "")
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html")
