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
from services.registrations.importing.report import Outcome, Report
from services.registrations.models import Activity, Organisation, Place, Programme, Room
from services.registrations.operations.offer.entries import search_text

Coded = TypeVar("Coded", Organisation, Place, Programme)

# What is told of an activity with its sessions.
_TOLD = ("title", "theme", "organisation_code", "programme_code")
_SAID: tuple[str, ...] = (*_TOLD, "description", "audience", "data_inclusion")


def one_of(
    column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None], values: Collection[str]
) -> ColumnElement[bool]:
    """A condition that takes any number of values as one parameter."""
    return column == any_(literal(list(values), ARRAY(Text)))


def load_offer(transaction: Transaction, plan: Plan, report: Report) -> None:
    """Make or change organisations, places, programmes and rooms; what is only mentioned is not changed."""
    _load_coded(transaction, Organisation, "organisations", plan.organisations, report)
    _load_coded(transaction, Place, "places", plan.places, report)
    _load_coded(transaction, Programme, "programmes", plan.programmes, report)
    _load_rooms(transaction, plan.rooms, report)


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
        if differing & set(_TOLD):
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
) -> None:
    rows = transaction.scalars(select(kind).where(one_of(kind.code, described.keys())))
    known: dict[str, Coded] = {row.code: row for row in rows}
    made = changed = 0
    for code, one in described.items():
        existing = known.get(code)
        if existing is None:
            transaction.add(kind(code=code, **one.values, source_digest=_digest(one)))
            made += 1
        else:
            changed += _follow(existing, one)
    transaction.flush()
    _count(report, name, made, changed, len(described))


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
            changed += _follow(existing, one)
    transaction.flush()
    _count(report, "rooms", made, changed, len(described))


def _digest(described: Described) -> str | None:
    return None if described.mentioned else digest_of(described.values)


def _follow(row: Coded | Room, described: Described) -> bool:
    """Set the columns that differ, if the file says something new of it; returns whether any did."""
    digest = _digest(described)
    if digest is None or row.source_digest == digest:
        return False
    row.source_digest = digest
    values = described.values
    differing = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in differing.items():
        setattr(row, name, value)
    return bool(differing)


def _count(report: Report, kind: str, made: int, changed: int, of: int) -> None:
    report.count(Outcome.CREATED, kind, made)
    report.count(Outcome.UPDATED, kind, changed)
    report.count(Outcome.UNCHANGED, kind, of - made - changed)
