"""How a report is read when its kind does not say: the total, then each table, with bars where there are groups."""

from collections.abc import Iterator, Sequence

from services.reporting.domain import GROUPINGS
from services.reporting.reports.content import (
    Bars,
    Block,
    Chapter,
    Content,
    Curve,
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
_FEWEST, _MOST = 2, 30
# Of more groups than this, one bar each fills a page.
_MANY = 12


def lay_out(content: Content) -> Sequence[Chapter]:
    """The chapters of a report whose kind names none; what is all of one group is what the total says."""
    key = tuple(name for name in KEY if name in content.total) or tuple(content.total)
    return (
        Chapter(IN_SHORT, [KeyFigures(key)]),
        *(
            Chapter(table_title(sheet.name), list(blocks_of(sheet)))
            for sheet in content.sheets
            if sheet.columns[0] not in GROUPINGS or len(sheet.rows) != 1
        ),
    )


def blocks_of(sheet: Sheet, columns: Sequence[str] | None = None) -> Iterator[Block]:
    """A sheet as people read it: a curve or bars, if there are groups to compare, and its table.

    ``columns`` are those of the table besides the groups' own; by default the main indicators, or all.
    """
    by, *others = sheet.columns
    drawn = [name for name in _DRAWN if name in others]
    if drawn and _FEWEST <= len(sheet.rows) <= _MOST:
        if by == "month":
            yield Curve(sheet.name, by, drawn)
        else:
            yield Bars(sheet.name, by, drawn if len(sheet.rows) <= _MANY else drawn[:1])
    if columns is None:
        main = [name for name in MAIN if name in others]
        columns = main if len(main) > 1 else [n for n in others if column(n).kind not in _NOT_READ]
    shown = [by] if by not in INDICATORS and column(by).kind not in _NOT_READ else []
    yield Table(sheet.name, (*shown, *columns))
