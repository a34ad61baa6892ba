"""The offer's own tables: places, rooms, organisations, programmes, activities."""

from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session as Transaction

from services.registrations.domain import fold
from services.registrations.eligibility import Rule, programmes_in
from services.registrations.models import (
    Activity,
    Base,
    Organisation,
    Place,
    Programme,
    Room,
)
from services.registrations.operations.clock import now
from services.registrations.operations.offer.booking import share, wait_for_turn
from services.registrations.operations.offer.retell import is_said, retell
from services.registrations.refusals import AlreadyExists, OtherOrganisation
from shared.errors import NotFound, invalid

Row = TypeVar("Row", bound=Base)


def add(transaction: Transaction, row: Row) -> Row:
    """Keep a new row.

    Raises:
        AlreadyExists: its code is taken.
    """
    transaction.add(row)
    try:
        transaction.flush()
    except IntegrityError:
        raise AlreadyExists from None
    return row


def change(transaction: Transaction, kind: type[Row], key: object, changes: dict[str, Any]) -> Row:
    """Set the fields of ``changes`` on the row of ``kind`` that ``key`` names; the sessions to come say them too.

    Raises:
        NotFound: there is none.
        AlreadyExists: another row has that name.
    """
    row = transaction.get(kind, key)
    if row is None:
        raise NotFound
    differing = {name for name, value in changes.items() if getattr(row, name) != value}
    for name, value in changes.items():
        setattr(row, name, value)
    add(transaction, row)
    if is_said(kind, differing):
        retell(transaction, {kind: [key]}, ending_after=now())
    return row


def create_room(transaction: Transaction, fields: dict[str, Any]) -> Room:
    """Raises Invalid (no such place) or AlreadyExists (the place has a room of that name)."""
    if transaction.get(Place, fields["place_code"]) is None:
        raise invalid("place", "There is no such place.", "Ce lieu n'existe pas.")
    return add(transaction, Room(**fields))


def change_room(transaction: Transaction, room_id: UUID, changes: dict[str, Any]) -> Room:
    """Change a room; one that is no longer shared must not hold two meetings at once.

    Raises:
        NotFound, AlreadyExists. AlreadyBooked: meetings to come overlap in it.
    """
    wait_for_turn(transaction, [room_id], [])
    room = change(transaction, Room, room_id, changes)
    if "shared" in changes:
        share(transaction, room)
    return room


def create_programme(transaction: Transaction, fields: dict[str, Any]) -> Programme:
    """Raises AlreadyExists, or Invalid (its rule asks about a programme that does not exist)."""
    _check_rule(transaction, fields["code"], fields.get("eligibility", ()))
    return add(transaction, Programme(**fields))


def change_programme(transaction: Transaction, code: str, changes: dict[str, Any]) -> Programme:
    """Raises NotFound, or Invalid (its rule asks about a programme that does not exist)."""
    programme = change(transaction, Programme, code, changes)
    _check_rule(transaction, code, programme.eligibility)
    return programme


def create_activity(
    transaction: Transaction, fields: dict[str, Any], *, organisation: str | None
) -> Activity:
    """Raises Invalid (no such organisation or programme) or OtherOrganisation."""
    if organisation not in (None, fields["organisation_code"]):
        raise OtherOrganisation
    _check_references(transaction, fields)
    activity = Activity(**fields, search_text="")
    activity.search_text = search_text(activity)
    return add(transaction, activity)


def change_activity(
    transaction: Transaction,
    activity_id: UUID,
    changes: dict[str, Any],
    *,
    organisation: str | None,
) -> Activity:
    """Change the words; what is published in them is told again.

    Raises:
        NotFound, OtherOrganisation. Invalid: no such organisation or programme.
    """
    activity = transaction.get(Activity, activity_id)
    if activity is None:
        raise NotFound
    becomes = changes.get("organisation_code", activity.organisation_code)
    if organisation is not None and {organisation} != {activity.organisation_code, becomes}:
        raise OtherOrganisation
    _check_references(transaction, changes)
    for name, value in changes.items():
        setattr(activity, name, value)
    activity.search_text = search_text(activity)
    retell(transaction, {Activity: [activity.id]})
    transaction.refresh(activity)
    return activity


def search_text(activity: Activity) -> str:
    """What words are looked for in."""
    said = (activity.title, activity.description, activity.theme, activity.audience)
    return fold(" ".join(filter(None, said)))


def _check_rule(transaction: Transaction, code: str, rule: Rule) -> None:
    known = transaction.scalars(
        select(Programme.code).where(Programme.code.in_(programmes_in(rule)))
    ).all()
    for number, alternative in enumerate(rule):
        asked = alternative.get("member_of")
        if asked is not None and (asked == code or asked not in known):
            raise invalid(
                f"eligibility.{number}.member_of",
                "There is no such other programme.",
                "Cet autre dispositif n'existe pas.",
            )


def _check_references(transaction: Transaction, fields: dict[str, Any]) -> None:
    code = fields.get("organisation_code")
    if code is not None and transaction.get(Organisation, code) is None:
        raise invalid(
            "organisation", "There is no such organisation.", "Cette structure n'existe pas."
        )
    code = fields.get("programme_code")
    if code is not None and transaction.get(Programme, code) is None:
        raise invalid("programme", "There is no such programme.", "Ce dispositif n'existe pas.")
