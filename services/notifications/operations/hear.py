"""What each fact that registrations tells means here: rows remembered, people told.

Every function may hear the same fact twice, or an older one after a newer: positions in the log of
registrations decide which is newer. Those that return ids name the messages that can be sent at once.
"""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session as Transaction

from services.notifications.domain.kinds import (
    LIVE_REGISTRATION,
    REGISTRATION_STATUS,
    SEATED,
    Kind,
    kind_of,
)
from services.notifications.domain.sessions import Alternative, Meeting, what_moved
from services.notifications.models import Contact, Notification, Preference, Registration, Session
from services.notifications.operations.clock import now
from services.notifications.operations.preferences import suppress_without_consent, unwanted_by
from services.notifications.operations.remind import move_reminders, reminder_rows
from services.notifications.operations.tell import Recipient, supersede, tell, told_before
from shared.events.envelope import Event


class NotHeardOf(LookupError):
    """A fact is about a person or a session that nobody has told of. The event is parked, and repairable."""


def contact_changed(transaction: Transaction, event: Event) -> None:
    """Remember how to reach a participant. One statement, one more for who does not consent to be contacted."""
    values = {**event.data, "position": event.position}
    transaction.execute(_keep_newest(Contact, "participant_id", values))
    if not event.data["contact_consent"]:
        suppress_without_consent(transaction, event.data["participant_id"])


def session_published(transaction: Transaction, event: Event) -> None:
    """Remember a session. One statement."""
    transaction.execute(_keep_newest(Session, "id", _session_values(event)))


def session_rescheduled(transaction: Transaction, event: Event) -> list[UUID]:
    """Remember a session's new state, and tell those registered if its times or its room changed.

    Two statements; when it moved four more, however many are told: their reminders move along.
    """
    values = _session_values(event)
    session = transaction.get(Session, event.data["session_id"], with_for_update=True)
    if session is None:
        transaction.add(Session(**values))
        return []
    if session.position >= event.position:
        return []
    before, after = session.meetings, values["meetings"]
    kept = {meeting.id for meeting in after}
    session.dropped_meetings = tuple(
        meeting for meeting in (*session.dropped_meetings, *before) if meeting.id not in kept
    )
    if session.place_code == values["place_code"]:
        moved = what_moved(before, after, discreet=values["discreet"], now=now())
    else:
        moved = "both"
    reminded_otherwise = session.reminder_minutes != values["reminder_minutes"]
    for column, value in values.items():
        setattr(session, column, value)
    if moved is not None:
        session.alternatives = _alternatives(event)
    transaction.flush()
    if moved is None and not reminded_otherwise:
        return []
    # A move that has not left yet is still one where only the reminders change.
    outdated = (Kind.REMINDER,) if moved is None else (Kind.REMINDER, Kind.SESSION_MOVED)
    supersede(transaction, event, session_id=session.id, kinds=outdated)
    recipients = _registered(transaction, session.id, LIVE_REGISTRATION, moved=moved)
    seated = [one for one in recipients if one.details["registration"] == "confirmed"]
    move_reminders(transaction, _reminders(event, seated, session))
    if moved is None:
        return []
    return tell(
        transaction,
        event,
        Kind.SESSION_MOVED,
        recipients,
        session_id=session.id,
        meetings=after,
    )


def session_formed(transaction: Transaction, event: Event) -> list[UUID]:
    """Tell those who have a seat that the session is sure to be held. Three statements, however many are told."""
    session_id = event.data["session_id"]
    found = transaction.execute(_newer_state(event).returning(Session.meetings)).first()
    if found is None:
        return []
    seated = _registered(transaction, session_id, ["confirmed"])
    return tell(
        transaction,
        event,
        Kind.SESSION_FORMED,
        seated,
        session_id=session_id,
        meetings=found.meetings,
    )


def session_cancelled(transaction: Transaction, event: Event) -> None:
    """Remember that a session will not take place. One statement.

    Those registered are told by the cancellation of their registration, which follows.
    """
    transaction.execute(
        _newer_state(
            event,
            cancelled=True,
            too_few=event.data["reason"] == "too-few",
            alternatives=_alternatives(event),
        )
    )


def registration_changed(transaction: Transaction, event: Event) -> list[UUID]:
    """Remember where a registration stands, and tell the person.

    Two statements for a new registration, three for a change.

    Raises:
        NotHeardOf: the person or the session is not known.
    """
    data = event.data
    found = transaction.execute(_remember_and_look(event)).first()
    if found is None:
        raise NotHeardOf("the participant or the session of this registration is not known")
    if found.outdated or found.erased_at is not None:
        return []
    if data["previous"] is not None:
        supersede(transaction, event, registration_id=data["registration_id"])
    kind = kind_of(event.type, previous=data["previous"], by=data["by"])
    details = _details(data)
    if kind == Kind.SESSION_CANCELLED and found.too_few:
        details["too_few"] = True
    recipient = Recipient(
        participant_id=data["participant_id"],
        registration_id=data["registration_id"],
        email=found.email,
        phone=found.reachable_phone,
        has_address=found.has_address,
        language=found.language,
        sequence=found.sequence,
        details=details,
        unwanted=found.unwanted or (),
    )
    return tell(
        transaction,
        event,
        kind,
        [recipient],
        session_id=data["session_id"],
        meetings=found.meetings,
        besides=_reminders(event, [recipient], found) if kind in SEATED else (),
    )


def session_closed(transaction: Transaction, event: Event) -> list[UUID]:
    """Ask those who came what they think of it. Two statements, however many they are."""
    data = event.data
    rows = transaction.execute(
        select(*_OF_RECIPIENT, Session.meetings)
        .join_from(Registration, Contact, Contact.participant_id == Registration.participant_id)
        .join(Session, Session.id == Registration.session_id)
        .outerjoin(Preference, Preference.participant_id == Contact.participant_id)
        .where(Registration.id.in_(data["to_ask"]), Contact.erased_at.is_(None))
        .order_by(Registration.id)
    ).all()
    if not rows:
        return []
    recipients = [_recipient(one) for one in rows]
    return tell(
        transaction,
        event,
        Kind.FEEDBACK_INVITATION,
        recipients,
        session_id=data["session_id"],
        meetings=rows[0].meetings,
    )


def referral_changed(transaction: Transaction, event: Event) -> list[UUID]:
    """Tell a person that there is news of their referral. Three statements.

    Raises:
        NotHeardOf: the person is not known.
    """
    contact = transaction.get(Contact, event.data["participant_id"])
    if contact is None:
        raise NotHeardOf("the participant of this referral is not known")
    if contact.erased_at is not None:
        return []
    recipient = Recipient(
        participant_id=contact.participant_id,
        registration_id=None,
        email=contact.email,
        phone=contact.reachable_phone,
        has_address=contact.has_address,
        language=contact.language,
        sequence=0,
        details={
            "what": event.data.get("decision", "opened"),
            "discreet": event.data["discreet"],
            # Not for the words: who may know of it.
            "programme": event.data["programme"],
        },
        unwanted=unwanted_by(transaction, contact.participant_id),
    )
    return tell(transaction, event, Kind.REFERRAL_NEWS, [recipient], session_id=None, meetings=())


def _reminders(event: Event, recipients: Sequence[Recipient], session: Any) -> list[dict[str, Any]]:
    return reminder_rows(
        event,
        recipients,
        session_id=event.data["session_id"],
        meetings=session.meetings,
        minutes=session.reminder_minutes,
    )


def _newer_state(event: Event, **values: Any) -> Any:
    """A session's row with ``values``, unless it has heard of what came after ``event``."""
    return (
        update(Session)
        .where(Session.id == event.data["session_id"], Session.position < event.position)
        .values(**values, position=event.position)
        .execution_options(synchronize_session=False)
    )


def _keep_newest(table: Any, key: str, values: dict[str, Any], *, but: str | None = None) -> Any:
    """Insert ``values``, or update the row with the same ``key``, ``but`` for one, if it is from an older fact."""
    statement = insert(table).values(values)
    changed = {name: statement.excluded[name] for name in values if name not in (key, but)}
    return statement.on_conflict_do_update(
        index_elements=[key], set_=changed, where=table.position < statement.excluded.position
    )


def _session_values(event: Event) -> dict[str, Any]:
    data = event.data
    meetings = (
        Meeting(one["meeting_id"], one["starts_at"], one["ends_at"], one["room"])
        for one in data["meetings"]
    )
    return {
        "id": data["session_id"],
        "title": data["title"],
        "discreet": data["discreet"],
        "place_code": data["place"]["code"],
        "place_name": data["place"]["name"],
        "place_address": data["place"]["address"],
        "place_phone": data["place"]["phone"],
        "timezone": data["place"]["timezone"],
        "meetings": tuple(sorted(meetings, key=lambda meeting: meeting.starts_at)),
        "reminder_minutes": data["reminder_minutes"],
        "organisation": data["organisation"],
        "programme": data["programme"],
        "position": event.position,
    }


def _alternatives(event: Event) -> tuple[Alternative, ...]:
    return tuple(Alternative(**one) for one in event.data["alternatives"])


def _remember_and_look(event: Event) -> Any:
    """One statement: keep the registration's state, and fetch what telling needs to know."""
    data = event.data
    registration_id = data["registration_id"]
    values = {
        "id": registration_id,
        "session_id": data["session_id"],
        "participant_id": data["participant_id"],
        "status": REGISTRATION_STATUS[event.type],
        "position": event.position,
    }
    # The main query sees the row as it was before: a newer position there makes this fact outdated.
    newer = (
        select(literal(1))
        .where(Registration.id == registration_id, Registration.position > event.position)
        .exists()
    )
    told = (
        select(func.count())
        .select_from(Notification)
        .where(Notification.registration_id == registration_id)
        .scalar_subquery()
    )
    return (
        select(
            Contact.email,
            Contact.reachable_phone,
            Contact.has_address,
            Contact.language,
            Contact.erased_at,
            Session.meetings,
            Session.reminder_minutes,
            Session.too_few,
            Preference.unwanted,
            newer.label("outdated"),
            told.label("sequence"),
        )
        .join_from(Contact, Session, Session.id == data["session_id"])
        .outerjoin(Preference, Preference.participant_id == Contact.participant_id)
        .where(Contact.participant_id == data["participant_id"])
        # Whose it is changes by merging alone, however late this is heard.
        .add_cte(_keep_newest(Registration, "id", values, but="participant_id").cte("kept"))
    )


def _details(data: dict[str, Any]) -> dict[str, Any]:
    """What the words depend on besides the session and the person."""
    wanted = ("previous", "by", "waitlist_position", "reason")
    details = {name: data[name] for name in wanted if name in data}
    if "offered_until" in data:
        details["offered_until"] = data["offered_until"].isoformat()
    return details


# For a query on registrations and contacts.
_OF_RECIPIENT = (
    Registration.id,
    Registration.participant_id,
    Registration.status,
    Contact.email,
    Contact.reachable_phone,
    Contact.has_address,
    Contact.language,
    Preference.unwanted,
    told_before().label("sequence"),
)


def _registered(
    transaction: Transaction, session_id: UUID, statuses: Collection[str], **details: str | None
) -> list[Recipient]:
    """Everyone with a registration of ``statuses`` for a session, in the order in which they registered."""
    rows = transaction.execute(
        select(*_OF_RECIPIENT)
        .join_from(Registration, Contact, Contact.participant_id == Registration.participant_id)
        .outerjoin(Preference, Preference.participant_id == Contact.participant_id)
        .where(
            Registration.session_id == session_id,
            Registration.status.in_(statuses),
            Contact.erased_at.is_(None),
        )
        .order_by(Registration.id)
    )
    return [_recipient(row, **details, registration=row.status) for row in rows]


def _recipient(row: Any, **details: str | None) -> Recipient:
    return Recipient(
        participant_id=row.participant_id,
        registration_id=row.id,
        email=row.email,
        phone=row.reachable_phone,
        has_address=row.has_address,
        language=row.language,
        sequence=row.sequence,
        details=details,
        unwanted=row.unwanted or (),
    )
