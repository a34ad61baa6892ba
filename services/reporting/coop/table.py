"""Activity records as a table: a column for each code that counts people, lists with commas between."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from services.reporting.coop.codes import AGES, GENDERS, NOT_SAID, STATUSES
from shared.csv_files import Cell, csv_text

_PLAIN = (
    "id",
    "type",
    "date",
    "duree",
    "type_lieu",
    "lieu",
    "structure",
    "titre_atelier",
    "accompagnements",
)
_LISTS = ("thematiques", "tags")
_COUNTED = {"genres": GENDERS, "tranches_age": tuple(AGES.values()), "statuts": STATUSES}


def as_csv(records: Iterable[Mapping[str, Any]]) -> str:
    """RFC 4180 with a header and a byte order mark, for spreadsheets."""
    numbers = [(of, code) for of, codes in _COUNTED.items() for code in (*codes, NOT_SAID)]
    columns = (*_PLAIN, *_LISTS, *(f"{of}_{code}" for of, code in numbers))

    def cells(record: Mapping[str, Any]) -> Iterator[Cell]:
        yield from (record[name] for name in _PLAIN)
        yield from (", ".join(record[name]) for name in _LISTS)
        yield from (record["beneficiaires"][of][code] for of, code in numbers)

    return csv_text(columns, (list(cells(record)) for record in records))
