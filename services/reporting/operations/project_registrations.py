"""What becomes of registrations, as facts."""

from typing import Any

from sqlalchemy import func, or_
from sqlalchemy.dialects.postgresql import insert

from services.reporting.models import registration_fact
from shared.events.envelope import Event
from shared.messaging.rows import Row, RowHandler

_insert = insert(registration_fact)
_now, _told = registration_fact.c, _insert.excluded

# A seat is offered only to those who stood in line.
_IN_LINE = frozenset({"waitlisted", "offered"})

_ENTERED = _insert.on_conflict_do_update(
    index_elements=[_now.registration_id],
    set_={
        "status": _told.status,
        "age_band": _told.age_band,
        "district": _told.district,
        "situations": _told.situations,
        "was_waitlisted": or_(_now.was_waitlisted, _told.was_waitlisted),
        "was_promoted": or_(_now.was_promoted, _told.was_promoted),
        "waitlist_position": func.coalesce(_now.waitlist_position, _told.waitlist_position),
        "seated_at": func.coalesce(_now.seated_at, _told.seated_at),
        "position": _told.position,
    },
)
_LEFT = _insert.on_conflict_do_update(
    index_elements=[_now.registration_id],
    set_={
        "status": _told.status,
        "left_from": _told.left_from,
        "left_at": _told.left_at,
        "decline_reason": _told.decline_reason,
        "position": _told.position,
    },
)


def _entry_row(event: Event) -> Row:
    told, status = event.data, event.type.removeprefix("registration.")
    status = "pending" if status == "requested" else status
    person = told["person"]
    return {
        **_row(event, status),
        "age_band": person["age_band"],
        "district": person["district"],
        "situations": sorted(set(person["situations"])),
        "was_waitlisted": bool(_IN_LINE & {status, told["previous"]}),
        "was_promoted": status == "confirmed" and told["previous"] in _IN_LINE,
        "waitlist_position": told.get("waitlist_position"),
        "seated_at": event.time if status == "confirmed" else None,
    }


def _departure_row(event: Event) -> Row:
    previous = event.data["previous"]
    return {
        **_row(event, event.type.removeprefix("registration.")),
        "situations": [],
        "was_waitlisted": previous in _IN_LINE,
        "was_promoted": False,
        "left_from": previous,
        "left_at": event.time,
        "decline_reason": event.data.get("reason"),
    }


def _row(event: Event, status: str) -> dict[str, Any]:
    return {
        "registration_id": event.data["registration_id"],
        "session_id": event.data["session_id"],
        "participant_id": event.data["participant_id"],
        "status": status,
        "accepted_at": event.time,
        "position": event.position,
    }


# A registration is accepted, or moves between waiting and a seat.
note_entry = RowHandler(_ENTERED, _entry_row)
# A registration is declined or cancelled, or its offer ran out.
note_departure = RowHandler(_LEFT, _departure_row)
