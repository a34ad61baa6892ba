"""How a report is read when its kind does not say: the total, then each table, with bars where there are groups."""

from collections.abc import Iterator, Sequence

from services.reporting.reports.content import (
    Bars,
    Block,
    Chapter,
    Content,
    KeyFigures,
    Sheet,
    Table,
)
from services.reporting.reports.labels import INDICATORS, Kind, column, table_title
from shared.errors import Text

IN_SHORT = Text("In short", "En bref")
# As many columns as a page holds. Spreadsheets have them all.
MAIN = (
    "sessions",
    "registrations",
    "people",
    "attended_hours",
    "fill_rate",
    "refused",
    "satisfaction",
)
KEY = (
    "people",
    "people_attended",
    "registrations",
    "sessions",
    "hours",
    "attended_hours",
    "fill_rate",
    "refused",
    "no_show_rate",
    "satisfaction",
)
_DRAWN = ("registrations", "attended")
# For programs: their rows have a day or a name, too.
_NOT_READ = (Kind.ID, Kind.MOMENT)
_FEWEST, _MOST = 2, 24


def lay_out(content: Content) -> Sequence[Chapter]:
    """The chapters of a report whose kind names none."""
    key = tuple(name for name in KEY if name in content.total) or tuple(content.total)
    return (
        Chapter(IN_SHORT, [KeyFigures(key)]),
        *(Chapter(table_title(sheet.name), list(blocks_of(sheet))) for sheet in content.sheets),
    )


def blocks_of(sheet: Sheet, columns: Sequence[str] | None = None) -> Iterator[Block]:
    """A sheet as people read it: bars, if there are groups to compare, and its table.

    ``columns`` are those of the table besides the groups' own; by default the main indicators, or all.
    """
    by, *others = sheet.columns
    drawn = [name for name in _DRAWN if name in others]
    if drawn and _FEWEST <= len(sheet.rows) <= _MOST:
        yield Bars(sheet.name, by, drawn)
    if columns is None:
        main = [name for name in MAIN if name in others]
        columns = main if len(main) > 1 else [n for n in others if column(n).kind not in _NOT_READ]
    shown = [by] if by not in INDICATORS and column(by).kind not in _NOT_READ else []
    yield Table(sheet.name, (*shown, *columns))
