"""Those who work here: how they are reached, and what they are told."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session as Transaction
from uuid_utils.compat import uuid7

from services.notifications.domain.channels import Channel
from services.notifications.domain.kinds import Kind
from services.notifications.domain.languages import DEFAULT_LANGUAGE, STAFF_LANGUAGES
from services.notifications.domain.staff import Matter, Member, concerned
from services.notifications.domain.states import UNSENT, Status
from services.notifications.models import Notification, Session, Staff
from services.notifications.operations.clock import now
from shared import tracing
from shared.events.envelope import Event


def staff_changed(transaction: Transaction, event: Event) -> None:
    """Remember an account; of one that is disabled nothing is kept, and nothing told. Two statements."""
    data = event.data
    active = data["active"]
    values = {
        "id": data["staff_id"],
        "name": data["name"] if active else None,
        "email": data["email"] if active else None,
        "language": data["language"],
        "role": data["role"],
        "organisation": data["organisation"],
        "programmes": data["programmes"],
        "position": event.position,
    }
    statement = insert(Staff).values(values)
    kept = statement.on_conflict_do_update(
        index_elements=["id"],
        set_={name: statement.excluded[name] for name in values if name != "id"},
        where=Staff.position < statement.excluded.position,
    ).returning(Staff.id)
    if transaction.execute(kept).scalar() is not None and not active:
        transaction.execute(
            update(Notification)
            .where(Notification.staff_id == data["staff_id"], Notification.status.in_(UNSENT))
            .values(status=Status.CANCELLED)
            .execution_options(synchronize_session=False)
        )


def session_below_minimum(transaction: Transaction, event: Event) -> list[UUID]:
    """Those who decide learn that a session has too few people on its day. Three statements."""
    details = {"confirmed": event.data["confirmed"], "minimum": event.data["minimum"]}
    return _tell_of_session(transaction, event, Kind.BELOW_MINIMUM, details)


def attendance_missing(transaction: Transaction, event: Event) -> list[UUID]:
    """Those who hold a session are asked who came to one of its meetings. Three statements."""
    details = {"meeting_id": str(event.data["meeting_id"])}
    return _tell_of_session(transaction, event, Kind.ATTENDANCE_MISSING, details)


def call_needed(transaction: Transaction, event: Event) -> list[UUID]:
    """Advisers learn that there is somebody to call, and find in the list whom. Three statements."""
    session = transaction.get(Session, event.data["session_id"])
    matter = Matter(
        Kind.CALL_NEEDED,
        programme=event.data["programme"],
        # What nobody has told of may be discreet.
        discreet=session is None or session.discreet,
    )
    return tell_concerned(transaction, matter, event_id=event.id, position=event.position)


def report_ready(transaction: Transaction, event: Event) -> list[UUID]:
    """Those for whom a report was written learn that it is there. Two statements."""
    recipients = event.data["recipients"]
    if not recipients:
        return []
    query = select(Staff).where(Staff.id.in_(recipients), Staff.email.is_not(None))
    return tell_staff(
        transaction,
        Kind.REPORT_READY,
        transaction.scalars(query).all(),
        event_id=event.id,
        position=event.position,
        details={"report": event.data["report"], "job": str(event.data["job_id"])},
    )


def events_parked(transaction: Transaction, event: Event) -> list[UUID]:
    """Operators learn that a service set events aside. Two statements."""
    return tell_concerned(
        transaction,
        Matter(Kind.EVENTS_PARKED),
        event_id=event.id,
        position=event.position,
        details={"service": event.data["service"], "count": event.data["count"]},
    )


def tell_concerned(
    transaction: Transaction,
    matter: Matter,
    *,
    event_id: UUID,
    position: int = 0,
    session_id: UUID | None = None,
    details: Mapping[str, Any] | None = None,
) -> list[UUID]:
    """Tell those whom ``matter`` concerns, once each. Returns the messages that can be sent at once."""
    staff = transaction.scalars(select(Staff).where(Staff.email.is_not(None))).all()
    members = [
        Member(one.id, one.role, one.organisation, frozenset(one.programmes)) for one in staff
    ]
    wanted = {member.id for member in concerned(matter, members)}
    return tell_staff(
        transaction,
        matter.kind,
        [one for one in staff if one.id in wanted],
        event_id=event_id,
        position=position,
        session_id=session_id,
        details=details or {},
    )


def tell_staff(
    transaction: Transaction,
    kind: Kind,
    staff: Sequence[Staff],
    *,
    event_id: UUID,
    position: int,
    session_id: UUID | None = None,
    details: Mapping[str, Any],
) -> list[UUID]:
    """Tell each of ``staff``, once however often it is heard; one statement."""
    if not staff:
        return []
    rows = [
        {
            "id": uuid7(),
            "event_id": event_id,
            "position": position,
            "traceparent": tracing.current(),
            "kind": kind,
            "channel": Channel.EMAIL,
            "staff_id": one.id,
            "session_id": session_id,
            "language": one.language if one.language in STAFF_LANGUAGES else DEFAULT_LANGUAGE,
            "details": dict(details),
            "sequence": 0,
            "status": Status.QUEUED,
            "due_at": now(),
            # Whoever tells also hurries: the sweeper need not for a moment.
            "job_sent_at": now(),
        }
        for one in staff
    ]
    told = insert(Notification).on_conflict_do_nothing().returning(Notification.id)
    return list(transaction.scalars(told, rows))


def _tell_of_session(
    transaction: Transaction, event: Event, kind: Kind, details: Mapping[str, Any]
) -> list[UUID]:
    session = transaction.get(Session, event.data["session_id"])
    if session is None or session.cancelled:
        return []
    matter = Matter(kind, session.organisation, session.programme, session.discreet)
    return tell_concerned(
        transaction,
        matter,
        event_id=event.id,
        position=event.position,
        session_id=session.id,
        details=details,
    )
