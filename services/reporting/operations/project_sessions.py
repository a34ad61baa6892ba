"""What becomes of sessions and their meetings, as facts."""

from operator import itemgetter
from typing import Any

from sqlalchemy import bindparam, text, update
from sqlalchemy.orm import Session

from services.reporting.domain import SessionStatus, local_time, whole_minutes
from services.reporting.models import session_fact
from shared.events.envelope import Event

# One exchange for the session, all its meetings (those no longer told of are dropped) and what its codes are called.
_STATE = text("""
    WITH dropped AS (
        DELETE FROM meeting_fact
        WHERE session_id = :session_id AND meeting_id <> ALL (CAST(:meeting_ids AS uuid[]))),
    told AS (
        INSERT INTO meeting_fact
            (meeting_id, session_id, starts_at, ends_at, minutes, day, room, position)
        SELECT meeting_id, :session_id, starts_at, ends_at, minutes, day, room, :position
        FROM unnest(
            CAST(:meeting_ids AS uuid[]), CAST(:starts AS timestamptz[]),
            CAST(:ends AS timestamptz[]), CAST(:minutes AS integer[]),
            CAST(:days AS date[]), CAST(:rooms AS text[])
        ) AS meeting (meeting_id, starts_at, ends_at, minutes, day, room)
        ON CONFLICT (meeting_id) DO UPDATE SET
            starts_at = excluded.starts_at, ends_at = excluded.ends_at,
            minutes = excluded.minutes, day = excluded.day, room = excluded.room,
            position = excluded.position),
    called AS (
        INSERT INTO label_fact (kind, code, label, position)
        SELECT kind, code, label, :position
        FROM (VALUES
            ('programme', :programme, CAST(:programme_label AS text)),
            ('organisation', :organisation, CAST(:organisation_label AS text)),
            ('place', :place, CAST(:place_label AS text))
        ) AS called (kind, code, label)
        WHERE label IS NOT NULL
        ON CONFLICT (kind, code) DO UPDATE SET label = excluded.label, position = excluded.position
        WHERE label_fact.position < excluded.position)
    INSERT INTO session_fact
        (session_id, status, title, programme, organisation, theme, place, capacity, minimum,
         open_door, first_starts_at, first_day, weekday, hour, room, position)
    VALUES
        (:session_id, :status, :title, :programme, :organisation, :theme, :place, :capacity,
         :minimum, :open_door, :first_starts_at, :first_day, :weekday, :hour, :room, :position)
    ON CONFLICT (session_id) DO UPDATE SET
        title = excluded.title, programme = excluded.programme,
        organisation = excluded.organisation, theme = excluded.theme, place = excluded.place,
        capacity = excluded.capacity, minimum = excluded.minimum,
        open_door = excluded.open_door,
        first_starts_at = excluded.first_starts_at, first_day = excluded.first_day,
        weekday = excluded.weekday, hour = excluded.hour, room = excluded.room,
        position = excluded.position
""")

_NOW = (
    update(session_fact)
    .where(session_fact.c.session_id == bindparam("id"))
    .values(position=bindparam("at"))
)
_CLOSED = _NOW.values(status=SessionStatus.CLOSED.value)
_CANCELLED = _NOW.values(
    status=SessionStatus.CANCELLED.value, cancel_reason=bindparam("told_reason")
)
_FORMED = _NOW.values(was_formed=True)
_BELOW_MINIMUM = _NOW.values(was_below_minimum=True)


def note_session(session: Session, event: Event) -> None:
    """The whole present state of a session, when it is published and whenever it changes.

    Raises:
        zoneinfo.ZoneInfoNotFoundError: the place's time zone does not exist.
    """
    told, zone = event.data, event.data["place"]["timezone"]
    meetings = told["meetings"]
    begins = [local_time(meeting["starts_at"], zone) for meeting in meetings]
    starts = [meeting["starts_at"] for meeting in meetings]
    first = min(zip(begins, meetings, strict=True), key=itemgetter(0), default=None)
    session.connection().execute(
        _STATE,
        {
            "session_id": told["session_id"],
            "status": SessionStatus.PUBLISHED.value,
            "title": told["title"],
            "programme": told["programme"],
            "organisation": told["organisation"],
            "theme": told["theme"],
            "place": told["place"]["code"],
            "programme_label": told["programme_label"],
            "organisation_label": told["organisation_label"],
            "place_label": told["place"]["name"],
            "capacity": told["capacity"],
            "minimum": told["minimum"],
            "open_door": told["registration"] == "none",
            "first_starts_at": min(starts, default=None),
            "first_day": first and first[0].date(),
            "weekday": first and first[0].isoweekday(),
            "hour": first and first[0].hour,
            "room": first and first[1]["room"],
            "meeting_ids": [meeting["meeting_id"] for meeting in meetings],
            "starts": starts,
            "ends": [meeting["ends_at"] for meeting in meetings],
            "minutes": [whole_minutes(one["starts_at"], one["ends_at"]) for one in meetings],
            "days": [begin.date() for begin in begins],
            "rooms": [meeting["room"] for meeting in meetings],
            "position": event.position,
        },
    )


def note_cancellation(session: Session, event: Event) -> None:
    """The session will not take place."""
    session.connection().execute(_CANCELLED, {**_which(event), "told_reason": event.data["reason"]})


def note_closing(session: Session, event: Event) -> None:
    """The session is over."""
    session.connection().execute(_CLOSED, _which(event))


def note_formed(session: Session, event: Event) -> None:
    """The session has a minimum, and is sure to be held."""
    session.connection().execute(_FORMED, _which(event))


def note_below_minimum(session: Session, event: Event) -> None:
    """Too few were confirmed on the day of decision, whatever was decided then."""
    session.connection().execute(_BELOW_MINIMUM, _which(event))


def _which(event: Event) -> dict[str, Any]:
    return {"id": event.data["session_id"], "at": event.position}
