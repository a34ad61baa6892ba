"""The data sets: one per grouping of the last release, and the total. What a release withholds stays withheld."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.reporting.models import PublicRelease
from services.reporting.operations.releases import GROUPINGS, OPEN
from services.reporting.refusals import DataSetNotFound, NothingReleased
from services.reporting.reports.labels import Column, Kind, column, table_title
from shared.csv_files import csv_text
from shared.errors import Text

_ABOUT = Text(
    "Open figures of the place's activity, {}. About fewer than {} people nothing is told.",
    "Chiffres ouverts de l'activité du lieu, {}. Rien n'est dit de moins de {} personnes.",
)
_GROUP = Text(
    "What the row is about; empty for what has none. No two rows are about the same.",
    "Ce dont parle la ligne ; vide pour ce qui n'en a pas. Deux lignes ne parlent jamais de la même chose.",
)
_WITHHELD = "withheld"
_WITHHELD_COLUMN = Column(
    Text("Withheld", "Non diffusés"),
    Kind.TEXT,
    Text(
        "The columns that are empty in this row because they are about few people, or would tell how few.",
        "Les colonnes vides de cette ligne parce qu'elles portent sur peu de personnes, ou le laisseraient déduire.",
    ),
)
# https://specs.frictionlessdata.io/table-schema/#types-and-formats
_TYPES = {
    Kind.COUNT: "integer",
    Kind.DECIMAL: "number",
    Kind.RATIO: "number",
    Kind.MONTH: "yearmonth",
}


@dataclass(frozen=True, slots=True)
class DataSet:
    """One table of a release; ``grouping`` is None for the total, a single row."""

    name: str
    title: Text
    grouping: str | None
    release: PublicRelease

    @property
    def description(self) -> Text:
        threshold = self.release.threshold
        return Text(
            _ABOUT.en.format(self.title.en.lower(), threshold),
            _ABOUT.fr.format(self.title.fr.lower(), threshold),
        )

    @property
    def columns(self) -> tuple[str, ...]:
        groups = (self.grouping,) if self.grouping else ()
        return (*groups, *OPEN, _WITHHELD)


def data_sets(release: PublicRelease | None) -> Mapping[str, DataSet]:
    """Those of ``release``, by name; none before the first release."""
    if release is None:
        return {}
    named = [("total", None), *((f"by-{name.replace('_', '-')}", name) for name in GROUPINGS)]
    return {
        name: DataSet(name, table_title(name.replace("-", "_")), grouping, release)
        for name, grouping in named
    }


def find_data_set(release: PublicRelease | None, name: str) -> DataSet:
    """Raises NothingReleased, DataSetNotFound."""
    if release is None:
        raise NothingReleased
    found = data_sets(release).get(name)
    if found is None:
        raise DataSetNotFound
    return found


def rows(data: DataSet) -> Iterator[dict[str, Any]]:
    """Each row by its columns; ``withheld`` lists columns."""
    figures = data.release.figures or {}
    if data.grouping is None:
        yield figures["total"]
        return
    for item in figures["groups"][data.grouping]:
        yield {data.grouping: item["group"], **{n: item[n] for n in (*OPEN, _WITHHELD)}}


def as_json(data: DataSet) -> dict[str, Any]:
    """The rows with what they are of."""
    figures = data.release.figures or {}
    assert data.release.made_at is not None  # noqa: S101 - releases that are not made are not given out
    return {
        "name": data.name,
        "release": data.release.number,
        "as_of": data.release.made_at.isoformat(),
        "from": figures["from"],
        "to": figures["to"],
        "threshold": data.release.threshold,
        "definitions_version": data.release.definitions_version,
        "items": list(rows(data)),
    }


def as_csv(data: DataSet) -> str:
    """RFC 4180 with a header; no byte order mark, for programs would take it for part of the first name."""
    lines = (
        [", ".join(row[name]) if name == _WITHHELD else row[name] for name in data.columns]
        for row in rows(data)
    )
    return csv_text(data.columns, lines, mark=False)


def table_schema(data: DataSet, language: str) -> dict[str, Any]:
    """The data dictionary as a Table Schema (Frictionless Data, v1)."""
    return {
        # Without a primary key: what has no group is a row too, and a key may not be empty.
        "fields": [_field(name, language, data.grouping) for name in data.columns],
        "missingValues": [""],
    }


def _field(name: str, language: str, grouping: str | None) -> dict[str, Any]:
    one = _WITHHELD_COLUMN if name == _WITHHELD else column(name)
    meaning = _GROUP if name == grouping else one.meaning
    described = {"description": meaning.in_language(language)} if meaning else {}
    return {
        "name": name,
        "title": one.label.in_language(language),
        "type": _TYPES.get(one.kind, "string"),
        **described,
    }
