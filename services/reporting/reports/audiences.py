"""Whom a report is for, and what is done to it before it leaves the staff's hands.

Whoever is not staff is told one table for each thing that figures are divided by, with the figures of which it
is known whom they give away (``indicators.disclosed``); what is about too few people is withheld, and whatever would
let it be worked out from the rest, or from an earlier edition.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import marshmallow as ma
from sqlalchemy.orm import Session

from services.reporting.domain import (
    GROUPINGS,
    OF_MONEY,
    OPEN,
    OPEN_THRESHOLD,
    OUTWARD,
    PARTNER,
    PARTNER_THRESHOLD,
    Scope,
)
from services.reporting.indicators.disclosed import DISCLOSED
from services.reporting.operations.codes import unheard_of
from services.reporting.operations.cube import CellName, Cube, count_atoms
from services.reporting.operations.published import Edition, withhold_cells
from services.reporting.reports.content import (
    SUPPRESSED,
    Bars,
    Block,
    Cell,
    Chapter,
    Content,
    Curve,
    Figure,
    FigureBars,
    Finding,
    KeyFigures,
    Prose,
    Quotes,
    ReportKind,
    Sheet,
    Table,
)

STAFF = "staff"
AUDIENCES = (STAFF, *OUTWARD)
_LONG = (Table, Bars, Curve)


@dataclass(frozen=True, slots=True)
class Disclosed:
    """What may be told of a report, and what later editions are to be held against."""

    content: Content
    cube: Cube
    withheld: frozenset[CellName]


def audiences_of(kind: ReportKind) -> Sequence[str]:
    """Whom a report of this kind can be for."""
    return (STAFF,) if kind.scope is None else AUDIENCES


def check_audience(kind: ReportKind, audience: str) -> None:
    """Whether a report of this kind can be for ``audience``.

    Raises:
        ma.ValidationError: it is for staff alone.
    """
    if audience not in audiences_of(kind):
        said = "It is about so few people that it is for staff alone."
        raise ma.ValidationError(said, "audience")


def disclose(
    session: Session,
    content: Content,
    scope: Scope,
    audience: str,
    *,
    earlier: Sequence[tuple[str, Edition]],
    as_of: datetime,
    beat: Callable[[], None],
) -> Disclosed:
    """What of ``content``, counted within ``scope``, can be told to ``audience``.

    ``earlier`` are the editions that answered the same question, and for whom: their readers kept them. ``beat`` is
    called now and then: it may take minutes.
    """
    outward = _without_what_is_for_staff(_heard_of(session, content))
    groupings = {sheet.columns[0] for sheet in outward.sheets}
    told = {*outward.total, *(name for sheet in outward.sheets for name in sheet.columns[1:])}
    measures = {need for name in told for need in DISCLOSED[name]}
    cube = count_atoms(session, scope, groupings, measures, as_of=as_of)
    beat()
    withheld = frozenset[CellName]().union(
        *(
            withhold_cells(known, cube, threshold, beat=beat)
            for known, threshold in _readers(audience, earlier)
        )
    )
    sheets = []
    for sheet in outward.sheets:
        by = sheet.columns[0]
        rows = [{by: row[by], **_shown(row, withheld, by, row[by])} for row in sheet.rows]
        sheets.append(replace(sheet, rows=rows))
    total = _shown(outward.total, withheld, None, None)
    return Disclosed(replace(outward, total=total, sheets=sheets), cube, withheld)


def _readers(
    audience: str, earlier: Sequence[tuple[str, Edition]]
) -> list[tuple[Sequence[Edition], int]]:
    """Who will read an edition for ``audience``: which of the ``earlier`` they know, and their threshold.

    What is for everyone must not tell partners more than they may know, either.
    """
    known_to_all = [edition for told, edition in earlier if told == OPEN]
    known_to_partners = [edition for _, edition in earlier]
    partners = known_to_partners, PARTNER_THRESHOLD
    if audience == PARTNER:
        return [partners]
    everyone = known_to_all, OPEN_THRESHOLD
    return [everyone, partners] if len(known_to_partners) > len(known_to_all) else [everyone]


def _shown(
    row: Mapping[str, Cell], withheld: frozenset[CellName], by: str | None, group: Any
) -> dict[str, Cell]:
    """The figures of a row, those withheld hidden; what cannot be divided so is null as ever."""
    return {
        name: SUPPRESSED
        if value is not None and any((need, by, group) in withheld for need in DISCLOSED[name])
        else value
        for name, value in row.items()
        if name in DISCLOSED
    }


def _heard_of(session: Session, content: Content) -> Content:
    """``content`` without rows of programmes and places that budget lines alone tell of: one may be mistyped."""
    sheets = []
    for sheet in content.sheets:
        rows = sheet.rows
        for kind in OF_MONEY & set(sheet.columns):
            unheard = unheard_of(session, kind, {str(row[kind]) for row in rows if row[kind]})
            rows = [row for row in rows if row[kind] not in unheard]
        sheets.append(replace(sheet, rows=rows))
    return replace(content, sheets=tuple(sheets))


def _without_what_is_for_staff(content: Content) -> Content:
    sheets = {sheet.name: sheet for sheet in map(_told_of, content.sheets) if sheet is not None}
    chapters = []
    for chapter in content.chapters:
        blocks = list(_blocks(chapter, sheets))
        if any(not isinstance(block, Prose) for block in blocks):
            # What has lost all that was long needs no page of its own.
            apart = chapter.apart and any(isinstance(block, _LONG) for block in blocks)
            chapters.append(replace(chapter, blocks=blocks, apart=apart))
    return replace(
        content,
        total={name: value for name, value in content.total.items() if name in DISCLOSED},
        sheets=tuple(sheets.values()),
        chapters=chapters,
    )


def _told_of(sheet: Sheet) -> Sheet | None:
    """What others may be told of a sheet; None if it is divided by several things, or by one not known of."""
    by, *others = sheet.columns
    if by not in GROUPINGS or set(others) & set(GROUPINGS):
        return None
    return replace(sheet, columns=(by, *(name for name in others if name in DISCLOSED)))


def _blocks(chapter: Chapter, sheets: Mapping[str, Sheet]) -> Iterator[Block]:
    """The blocks of a chapter that still have something to show."""
    for block in chapter.blocks:
        match block:
            case Prose() | Quotes():
                yield block
            case Finding(_, figures) if all(_is_told(figure, sheets) for figure in figures):
                yield block
            case KeyFigures(names) | FigureBars(names):
                told = [name for name in names if name in DISCLOSED]
                if told and (isinstance(block, FigureBars) or _has_row(block, sheets)):
                    yield replace(block, names=told)
            case Table(sheet) | Bars(sheet) | Curve(sheet) if sheet in sheets:
                told = [name for name in block.columns if name in sheets[sheet].columns]
                if len(told) > isinstance(block, Table):
                    yield replace(block, columns=told)
            case _:  # a heat map, of two things at once, is never told
                pass


def _has_row(block: KeyFigures, sheets: Mapping[str, Sheet]) -> bool:
    if block.sheet is None:
        return True
    rows = sheets[block.sheet].rows if block.sheet in sheets else ()
    return any(all(row[name] == value for name, value in block.only.items()) for row in rows)


def _is_told(figure: Figure, sheets: Mapping[str, Sheet]) -> bool:
    if figure.sheet is None:
        return figure.column in DISCLOSED
    return figure.sheet in sheets and figure.column in sheets[figure.sheet].columns
