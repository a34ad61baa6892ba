"""The advisers' call list: whoever stops coming is called, and never punished."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session as Transaction
from sqlalchemy.orm import joinedload, raiseload

from services.registrations.domain import CallOutcome, absences_that_call
from services.registrations.models import (
    Activity,
    Attendance,
    Call,
    Participant,
    Registration,
    Session,
)
from services.registrations.operations import facts
from services.registrations.operations.clock import now
from services.registrations.operations.seats.lock import lock_session
from services.registrations.operations.staff.scope import Scope
from services.registrations.refusals import CallDone
from shared.errors import NotFound
from shared.messaging import log


def follow_absences(
    transaction: Transaction, session: Session, registrations: Sequence[Registration]
) -> None:
    """Put whoever of ``registrations`` has missed too much of the locked ``session`` on the call list.

    Whom a corrected attendance no longer puts there is taken off again, unless they were called.
    """
    threshold = session.activity.programme.absences_to_call
    absences = _absences(transaction, registrations)
    calls = _calls(transaction, session, registrations)
    for registration in registrations:
        count = absences.get(registration.id, 0)
        own = calls.get(registration.participant_id, [])
        done = next((call for call in reversed(own) if call.done_at is not None), None)
        is_due = threshold is not None and count >= absences_that_call(
            threshold,
            at_last_call=done.absences if done else None,
            reached=done is not None and done.outcome == CallOutcome.REACHED,
        )
        waiting = next((call for call in own if call.done_at is None), None)
        if waiting is not None and is_due:
            waiting.absences = count
        elif waiting is not None:
            fact = facts.call_settled(waiting, registration, outcome=CallOutcome.WITHDRAWN)
            log.append(transaction, fact)
            transaction.delete(waiting)
        elif is_due:
            call = Call(registration_id=registration.id, absences=count, opened_at=now())
            transaction.add(call)
            transaction.flush()
            log.append(transaction, facts.call_needed(call, registration, session))
    transaction.flush()


def list_calls(
    transaction: Transaction, scope: Scope, *, is_open: bool, after: UUID | None, limit: int
) -> Sequence[Call]:
    """Calls to make, or made, within ``scope``, in the order in which they came up; in one query."""
    query = (
        _whole()
        .where(scope.condition(), Call.done_at.is_(None) == is_open)
        .order_by(Call.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(Call.id > after)
    return transaction.scalars(query).all()


def settle_call(
    transaction: Transaction,
    call_id: UUID,
    *,
    outcome: str,
    note: str | None,
    done_by: str,
    scope: Scope,
) -> Call:
    """Someone called; ``outcome`` is what came of it, ``note`` stays with the advisers.

    Raises:
        NotFound: no such call, or none that the caller may know of.
        CallDone: it was made already.
    """
    found = transaction.scalars(_whole().where(Call.id == call_id, scope.condition())).first()
    if found is None:
        raise NotFound
    lock_session(transaction, found.registration.session_id)
    query = _whole().where(Call.id == call_id).execution_options(populate_existing=True)
    call = transaction.scalars(query).first()
    if call is None:
        raise NotFound
    if call.done_at is not None:
        raise CallDone
    call.outcome, call.note = outcome, note
    call.done_by, call.done_at = done_by, now()
    log.append(transaction, facts.call_settled(call, call.registration, outcome=outcome))
    return call


def _whole() -> Select[Call]:
    return (
        select(Call)
        .join(Call.registration)
        .join(Registration.session)
        .join(Session.activity)
        .join(Activity.programme)
        .options(
            joinedload(Call.registration).options(
                joinedload(Registration.participant),
                joinedload(Registration.session).options(raiseload(Session.meetings)),
            )
        )
    )


def _absences(transaction: Transaction, registrations: Sequence[Registration]) -> dict[UUID, int]:
    """How much each has missed; of whoever was erased there is nobody to call about it."""
    query = (
        select(Attendance.registration_id, func.count())
        .join(Registration, Registration.id == Attendance.registration_id)
        .join(Registration.participant)
        .where(
            Attendance.registration_id.in_([one.id for one in registrations]),
            Attendance.status == "absent",
            Participant.erased_at.is_(None),
        )
        .group_by(Attendance.registration_id)
    )
    return {row[0]: row[1] for row in transaction.execute(query)}


def _calls(
    transaction: Transaction, session: Session, registrations: Sequence[Registration]
) -> dict[UUID, list[Call]]:
    """The calls about a session by person, in order: who registered anew is still the same person."""
    query = (
        select(Registration.participant_id, Call)
        .join(Call.registration)
        .where(
            Registration.session_id == session.id,
            Registration.participant_id.in_([one.participant_id for one in registrations]),
        )
        .order_by(Call.id)
    )
    found: dict[UUID, list[Call]] = {}
    for participant_id, call in transaction.execute(query):
        found.setdefault(participant_id, []).append(call)
    return found
