"""What a report says, as files: JSON is all of it, the others are made of that."""

from collections.abc import Callable, Mapping, Sequence

from services.reporting.operations.jobs import WrittenFile
from services.reporting.reports.document import Document
from services.reporting.reports.formats.csv import as_csv, as_french_csv
from services.reporting.reports.formats.html import as_html
from services.reporting.reports.formats.json import as_json
from services.reporting.reports.formats.pdf import as_pdf


def _as_xlsx(document: Document, language: str) -> Sequence[WrittenFile]:
    # Its library takes memory that only writing a workbook is worth.
    from services.reporting.reports.formats.xlsx import as_xlsx  # noqa: PLC0415 — as said above

    return as_xlsx(document, language)


# A format is given the document and the language in which its files are to be read.
FORMATS: Mapping[str, Callable[[Document, str], Sequence[WrittenFile]]] = {
    "html": as_html,
    "pdf": as_pdf,
    "xlsx": _as_xlsx,
    "csv": as_csv,
    "csv-fr": as_french_csv,
    "json": as_json,
}
