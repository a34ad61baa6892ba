"""Forgetting a person: at once here, in one transaction, and by an event in the other services.

Rows that count stay and point to a record that holds nothing. What named the person is emptied in place,
also in the event log: it is append-only in what happened, not in who it happened to.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    and_,
    cast,
    delete,
    exists,
    false,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session as Transaction

from services.registrations.domain import LIVE
from services.registrations.models import (
    Attendance,
    Call,
    Distinction,
    Erasure,
    Feedback,
    IdempotencyKey,
    Meeting,
    Participant,
    Proof,
    RecordedOutcome,
    Referral,
    Registration,
    Session,
)
from services.registrations.operations import facts
from services.registrations.operations.clock import now
from services.registrations.operations.people.merge import alone
from services.registrations.operations.seats.cancel import cancel
from services.registrations.refusals import ParticipantNotFound
from shared.errors import Unavailable
from shared.events.links import new_access_key
from shared.messaging import log
from shared.messaging.tables import event_log

_TRIES = 5
_CONTACT_CHANGED = "participant.contact_changed"
# Still of the form that its schema asks for, and of nobody.
_NOBODY = {
    "given_name": "",
    "family_name": "",
    "email": None,
    "phone": None,
    "language": "fr",
    "access_key": "",
    "postal_address": None,
}


def erase(
    transaction: Transaction, participant_id: UUID, *, by: str, on_request: bool = True
) -> Erasure:
    """Erase the person whose record ``participant_id`` is or was, with every record merged into it.

    Who asked for it is sent a receipt, if there is an address to send it to.
    Their registrations for what is to come are cancelled, and the seats given on; a seat they have used stays theirs.

    Raises:
        ParticipantNotFound: there is none, or they were erased before.
        Unavailable: they register again and again in this very moment.
    """
    alone(transaction)
    person_id = transaction.scalar(
        select(func.coalesce(Participant.merged_into, Participant.id)).where(
            Participant.id == participant_id, Participant.erased_at.is_(None)
        )
    )
    if person_id is None:
        raise ParticipantNotFound
    live, records = _take_alone(transaction, person_id)
    registrations = transaction.scalars(
        select(Registration.id).where(Registration.participant_id == person_id)
    ).all()
    companions = _companions(transaction, registrations, records)
    erasure = Erasure(requested_by=by, removed={})
    transaction.add(erasure)
    transaction.flush()
    # Told first: what is told after it, the cancellations, is about nobody.
    ids = [record.id for record in records]
    told = facts.participant_erased(erasure, ids, registrations, on_request=on_request)
    log.append(transaction, told)
    for registration_id in live:
        cancel(transaction, registration_id, by="staff")
    erasure.removed = {
        "registration cancelled": len(live),
        "registration": _forget_registrations(transaction, registrations),
        "words at registering": _forget_words(transaction, registrations),
        "proof": _forget_proofs(transaction, ids),
        "referral": _forget_referrals(transaction, ids),
        "call": _forget_calls(transaction, registrations),
        "outcome": _forget_outcomes(transaction, registrations),
        "feedback": _forget_feedback(transaction, registrations),
        "distinction": _forget_distinctions(transaction, ids),
        "idempotency key": _forget_answers(transaction, registrations),
        "companion's contact": _forget_contact_of_companions(transaction, companions, records),
        "event": _forget_events(transaction, ids),
        "record": _forget_records(transaction, records),
    }
    transaction.flush()
    return erasure


def _take_alone(
    transaction: Transaction, person_id: UUID
) -> tuple[list[UUID], Sequence[Participant]]:
    """Lock the sessions in which the person has a place to give up, then all their records, as registering
    does; returns the places and the records.

    Raises:
        Unavailable: they register again and again in between.
    """
    for _ in range(_TRIES):
        savepoint = transaction.begin_nested()
        theirs = select(Registration.session_id).where(*_given_up(person_id))
        locked = select(Session.id).where(Session.id.in_(theirs)).order_by(Session.id)
        sessions = set(transaction.scalars(locked.with_for_update(of=Session)))
        records = lock_records(transaction, person_id)
        # From here on nobody registers as them; meanwhile somebody may have, for one more session.
        query = select(Registration).where(*_given_up(person_id)).order_by(Registration.id)
        places = transaction.scalars(query).all()
        if sessions.issuperset(place.session_id for place in places):
            savepoint.commit()
            return [place.id for place in places], records
        savepoint.rollback()
    raise Unavailable


def _given_up(person_id: UUID) -> tuple[ColumnElement[bool], ...]:
    """The person's places that somebody else can still have, and that they never used."""
    is_to_begin = exists().where(
        Meeting.session_id == Registration.session_id, Meeting.starts_at > now()
    )
    is_open = exists().where(Session.id == Registration.session_id, Session.closes_at > now())
    came = exists().where(
        Attendance.registration_id == Registration.id, Attendance.status == "present"
    )
    theirs = Registration.participant_id == person_id
    return theirs, Registration.status.in_(LIVE), or_(is_to_begin, is_open), ~came


def lock_records(transaction: Transaction, person_id: UUID) -> Sequence[Participant]:
    """All records of the person, theirs alone until the end; merged ones first, as registering takes them."""
    query = (
        select(Participant)
        .where(or_(Participant.id == person_id, Participant.merged_into == person_id))
        .order_by(Participant.merged_into.is_(None), Participant.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return transaction.scalars(query).all()


def _companions(
    transaction: Transaction, registrations: Sequence[UUID], records: Sequence[Participant]
) -> Sequence[Participant]:
    """Those registered with the person, and reached through them: they have their contact, not one of their own."""
    reached = [
        and_(Participant.email.is_not_distinct_from(one.email), Participant.phone == one.phone)
        for one in records
        if one.phone
    ]
    reached += [
        and_(Participant.phone.is_not_distinct_from(one.phone), Participant.email == one.email)
        for one in records
        if one.email
    ]
    if not reached or not registrations:
        return []
    query = (
        select(Participant)
        .join(Registration, Registration.participant_id == Participant.id)
        .where(
            # Whoever registered the household gave its party their own registration's id.
            Registration.party_id.in_(registrations),
            Registration.id != Registration.party_id,
            Participant.id.not_in([one.id for one in records]),
            or_(*reached),
        )
        .order_by(Participant.id)
        .with_for_update(of=Participant)
    )
    return transaction.scalars(query).unique().all()


def _forget_registrations(transaction: Transaction, registrations: Sequence[UUID]) -> int:
    return _rows(
        transaction,
        update(Registration)
        .where(Registration.id.in_(registrations))
        .values(
            decision_note=None,
            eligibility_reason=None,
            situations=[],
            registered_as=None,
        ),
    )


def _forget_words(transaction: Transaction, registrations: Sequence[UUID]) -> int:
    """What they wrote when they registered, which was kept with each of the household."""
    theirs = or_(Registration.id.in_(registrations), Registration.party_id.in_(registrations))
    return _rows(
        transaction, update(Registration).where(theirs).values(needs=None, source="erased")
    )


def _forget_proofs(transaction: Transaction, ids: Sequence[UUID]) -> int:
    return _rows(transaction, delete(Proof).where(Proof.participant_id.in_(ids)))


def _forget_referrals(transaction: Transaction, ids: Sequence[UUID]) -> int:
    """What was asked for in words; purpose and amounts stay in the sums."""
    theirs = update(Referral).where(Referral.participant_id.in_(ids))
    return _rows(transaction, theirs.values(description=None))


def _forget_calls(transaction: Transaction, registrations: Sequence[UUID]) -> int:
    return _rows(transaction, delete(Call).where(Call.registration_id.in_(registrations)))


def _forget_outcomes(transaction: Transaction, registrations: Sequence[UUID]) -> int:
    """What they said that they can do; what became of the registration stays in the count."""
    theirs = update(RecordedOutcome).where(RecordedOutcome.registration_id.in_(registrations))
    return _rows(transaction, theirs.values(skills=[]))


def _forget_feedback(transaction: Transaction, registrations: Sequence[UUID]) -> int:
    """What was said in words; the rating stays in the average."""
    return _rows(
        transaction,
        update(Feedback)
        .where(Feedback.registration_id.in_(registrations))
        .values(answers={}, comment=None),
    )


def _forget_distinctions(transaction: Transaction, ids: Sequence[UUID]) -> int:
    of_them = or_(Distinction.first_id.in_(ids), Distinction.second_id.in_(ids))
    return _rows(transaction, delete(Distinction).where(of_them))


def _forget_answers(transaction: Transaction, registrations: Sequence[UUID]) -> int:
    answered = [
        IdempotencyKey.answers.contains([{"registration_id": str(one)}]) for one in registrations
    ]
    return _rows(transaction, delete(IdempotencyKey).where(or_(false(), *answered)))


def _forget_contact_of_companions(
    transaction: Transaction, companions: Sequence[Participant], records: Sequence[Participant]
) -> int:
    if not companions:
        return 0
    for companion in companions:
        companion.email = companion.phone = companion.postal_address = None
        companion.borrowed = []
    transaction.flush()
    for contact in ("email", "phone", "postal_address"):
        theirs = [value for one in records if (value := getattr(one, contact))]
        _rows(
            transaction,
            update(event_log)
            .where(
                event_log.c.type == _CONTACT_CHANGED,
                event_log.c.subject.in_([str(one.id) for one in companions]),
                event_log.c.data[contact].in_([cast(value, JSONB) for value in theirs]),
            )
            .values(data=event_log.c.data.op("||")(cast({contact: None}, JSONB))),
        )
    log.append(transaction, *(facts.contact_changed(one.__dict__) for one in companions))
    return len(companions)


def _forget_events(transaction: Transaction, ids: Sequence[UUID]) -> int:
    """Empty, in place, what the log holds of them by name. Positions and all else stay as they were."""
    return _rows(
        transaction,
        update(event_log)
        .where(
            event_log.c.type == _CONTACT_CHANGED,
            event_log.c.subject.in_([str(one) for one in ids]),
        )
        .values(data=event_log.c.data.op("||")(cast(_NOBODY, JSONB))),
    )


def _forget_records(transaction: Transaction, records: Sequence[Participant]) -> int:
    for record in records:
        record.given_name = record.family_name = record.name_key = ""
        record.email = record.phone = record.birth_year = record.postcode = None
        record.postal_address = None
        record.language = "fr"
        record.situations, record.borrowed = [], []
        record.statistics_consent = record.contact_consent = False
        # With another key, no link opens what is left.
        record.access_key = new_access_key()
        record.erased_at = now()
    transaction.flush()
    return len(records)


def _rows(transaction: Transaction, statement: Any) -> int:
    changed = transaction.execute(statement.execution_options(synchronize_session=False))
    return changed.rowcount if isinstance(changed, CursorResult) else 0
