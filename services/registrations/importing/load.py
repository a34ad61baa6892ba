"""A plan becomes rows: what is offered and where, here; sessions in ``load_sessions``."""

from collections.abc import Collection, Mapping
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Text, any_, insert, literal, select, update
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.orm import Session as Transaction
from uuid_utils.compat import uuid7

from services.registrations.importing.plan import Described, Plan, PlannedActivity
from services.registrations.importing.report import Outcome, Report
from services.registrations.models import Activity, Organisation, Place, Programme, Room
from services.registrations.operations.offer import search_text

Coded = TypeVar("Coded", Organisation, Place, Programme)

# What is told of an activity with its sessions.
_TOLD = ("title", "theme", "organisation_code", "programme_code")
_SAID: tuple[str, ...] = (*_TOLD, "description", "audience")


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
    transaction: Transaction, planned: Mapping[str, PlannedActivity], report: Report
) -> tuple[dict[str, UUID], set[UUID]]:
    """Make or change activities.

    Returns their ids by ref, and the ids of those whose sessions now say something else of them.
    """
    query = select(Activity).where(one_of(Activity.source_ref, planned.keys()))
    known = {activity.source_ref: activity for activity in transaction.scalars(query).unique()}
    ids: dict[str, UUID] = {}
    made: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    retold = set()
    for ref, activity in planned.items():
        values = {name: getattr(activity, name) for name in _SAID}
        values["search_text"] = search_text(Activity(**values))
        existing = known.get(ref)
        if existing is None:
            ids[ref] = uuid7()
            made.append({"id": ids[ref], "source_ref": ref, **values})
            continue
        ids[ref] = existing.id
        differing = {name for name in _SAID if getattr(existing, name) != values[name]}
        if differing:
            changed.append({"id": existing.id, **values})
        if differing & set(_TOLD):
            retold.add(existing.id)
    if made:
        transaction.execute(insert(Activity), made)
    if changed:
        transaction.execute(update(Activity), changed)
    _count(report, "activities", len(made), len(changed), len(planned))
    return ids, retold


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
            transaction.add(kind(code=code, **one.values))
            made += 1
        elif not one.mentioned:
            changed += _set(existing, one.values)
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
            transaction.add(Room(place_code=key[0], name=key[1], **one.values))
            made += 1
        elif not one.mentioned:
            changed += _set(existing, one.values)
    transaction.flush()
    _count(report, "rooms", made, changed, len(described))


def _set(row: object, values: Mapping[str, Any]) -> bool:
    """Set the columns that differ; returns whether any did."""
    differing = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in differing.items():
        setattr(row, name, value)
    return bool(differing)


def _count(report: Report, kind: str, made: int, changed: int, of: int) -> None:
    report.count(Outcome.CREATED, kind, made)
    report.count(Outcome.UPDATED, kind, changed)
    report.count(Outcome.UNCHANGED, kind, of - made - changed)
