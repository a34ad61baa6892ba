"""A plan becomes rows: what is offered and where, here; sessions in ``load_sessions``."""

from collections.abc import Collection, Mapping
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Text, any_, insert, literal, select, update
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.orm import Session as Transaction
from uuid_utils.compat import uuid7

from services.registrations.importing.digest import digest_of
from services.registrations.importing.plan import Described, Plan, PlannedActivity
from services.registrations.importing.report import BadRow, Outcome, Report
from services.registrations.models import Activity, Organisation, Place, Programme, Room
from services.registrations.operations.offer.booking import share
from services.registrations.operations.offer.entries import search_text
from services.registrations.operations.offer.retell import Reworded, is_said
from services.registrations.refusals import AlreadyBooked

Coded = TypeVar("Coded", Organisation, Place, Programme)

_SAID = (
    "title",
    "theme",
    "organisation_code",
    "programme_code",
    "description",
    "audience",
    "data_inclusion",
)


def one_of(
    column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None], values: Collection[str]
) -> ColumnElement[bool]:
    """A condition that takes any number of values as one parameter."""
    return column == any_(literal(list(values), ARRAY(Text)))


def load_offer(transaction: Transaction, plan: Plan, report: Report) -> Reworded:
    """Make or change organisations, places, programmes and rooms; what is only mentioned is not changed.

    Returns those of which sessions now say something else.
    """
    reworded = {
        Organisation: _load_coded(
            transaction, Organisation, "organisations", plan.organisations, report
        ),
        Place: _load_coded(transaction, Place, "places", plan.places, report),
        Programme: _load_coded(transaction, Programme, "programmes", plan.programmes, report),
    }
    _load_rooms(transaction, plan.rooms, report)
    return reworded


def load_activities(
    transaction: Transaction,
    planned: Mapping[str, PlannedActivity],
    report: Report,
    *,
    source: str | None,
) -> tuple[dict[str, UUID], set[UUID]]:
    """Make or change activities, those alone of which the file says something else than the last time.

    ``source`` is where the file comes from, if the caller says so.

    Returns their ids by ref, and the ids of those whose sessions now say something else of them.
    """
    query = select(Activity).where(one_of(Activity.source_ref, planned.keys()))
    known = {activity.source_ref: activity for activity in transaction.scalars(query).unique()}
    ids: dict[str, UUID] = {}
    made: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    read: list[dict[str, Any]] = []
    retold = set()
    for ref, activity in planned.items():
        existing = known.get(ref)
        values = _values(activity, existing)
        digest = digest_of(*(getattr(activity, name) for name in _SAID))
        origin = {"source": source or activity.source, "source_digest": digest}
        if existing is None:
            ids[ref] = uuid7()
            made.append({"id": ids[ref], "source_ref": ref, **values, **origin})
            continue
        ids[ref] = existing.id
        if existing.source_digest == digest:
            # The file says what it said: what differs here was changed by hand, and stays.
            if existing.source != origin["source"]:
                read.append({"id": existing.id, **origin})
            continue
        differing = {name for name in _SAID if getattr(existing, name) != values[name]}
        if differing:
            changed.append({"id": existing.id, **values, **origin})
        else:
            read.append({"id": existing.id, **origin})
        if is_said(Activity, differing):
            retold.add(existing.id)
    if made:
        transaction.execute(insert(Activity), made)
    for rows in (changed, read):
        if rows:
            transaction.execute(update(Activity), rows)
    _count(report, "activities", len(made), len(changed), len(planned))
    return ids, retold


def _values(activity: PlannedActivity, existing: Activity | None) -> dict[str, Any]:
    """The columns that say what the file says; codes that it does not say stay as they are."""
    values = {name: getattr(activity, name) for name in _SAID}
    if activity.data_inclusion is None:
        values["data_inclusion"] = existing.data_inclusion if existing else {}
    values["search_text"] = search_text(Activity(**values))
    return values


def _load_coded(
    transaction: Transaction,
    kind: type[Coded],
    name: str,
    described: Mapping[str, Described],
    report: Report,
) -> set[str]:
    rows = transaction.scalars(select(kind).where(one_of(kind.code, described.keys())))
    known: dict[str, Coded] = {row.code: row for row in rows}
    made = changed = 0
    reworded = set()
    for code, one in described.items():
        existing = known.get(code)
        if existing is None:
            transaction.add(kind(code=code, **one.values, source_digest=_digest(one)))
            made += 1
        elif differing := _follow(existing, one):
            changed += 1
            if is_said(kind, differing):
                reworded.add(code)
    transaction.flush()
    _count(report, name, made, changed, len(described))
    return reworded


def _load_rooms(
    transaction: Transaction, described: Mapping[tuple[str, str], Described], report: Report
) -> None:
    query = select(Room).where(one_of(Room.place_code, {place for place, _ in described}))
    known = {(room.place_code, room.name): room for room in transaction.scalars(query)}
    made = changed = 0
    for key, one in described.items():
        existing = known.get(key)
        if existing is None:
            digest = _digest(one)
            room = Room(place_code=key[0], name=key[1], **one.values, source_digest=digest)
            transaction.add(room)
            made += 1
        else:
            changed += _follow_room(transaction, existing, one, report)
    transaction.flush()
    _count(report, "rooms", made, changed, len(described))


def _follow_room(
    transaction: Transaction, room: Room, described: Described, report: Report
) -> bool:
    try:
        # What is refused is undone alone; the other rows of the file go on.
        with transaction.begin_nested():
            differing = _follow(room, described)
            if "shared" in differing:
                transaction.flush()
                share(transaction, room)
    except AlreadyBooked as refusal:
        report.bad(described.line, BadRow("shared", refusal.text.en, refusal.text.fr))
        return False
    return bool(differing)


def _digest(described: Described) -> str | None:
    return None if described.mentioned else digest_of(described.values)


def _follow(row: Coded | Room, described: Described) -> Collection[str]:
    """Set the columns that differ, if the file says something new of it; returns their names."""
    digest = _digest(described)
    if digest is None or row.source_digest == digest:
        return ()
    row.source_digest = digest
    values = described.values
    differing = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in differing.items():
        setattr(row, name, value)
    return differing.keys()


def _count(report: Report, kind: str, made: int, changed: int, of: int) -> None:
    report.count(Outcome.CREATED, kind, made)
    report.count(Outcome.UPDATED, kind, changed)
    report.count(Outcome.UNCHANGED, kind, of - made - changed)
