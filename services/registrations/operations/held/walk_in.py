"""Whoever comes without having registered, or without a seat, and is let in at the door."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session as Transaction
from sqlalchemy.orm import joinedload
from uuid_utils.compat import uuid7

from services.registrations.domain import (
    LIVE,
    RegistrationMode,
    RegistrationStatus,
    SessionStatus,
    name_key,
)
from services.registrations.models import Meeting, Participant, Registration, Session
from services.registrations.operations import facts
from services.registrations.operations.clock import now
from services.registrations.operations.held.attendance import mark
from services.registrations.operations.offer.enough import form_if_enough
from services.registrations.operations.offer.meetings import find_meeting
from services.registrations.operations.seats.accept import accept
from services.registrations.operations.seats.lock import lock_session
from services.registrations.operations.seats.move import move
from services.registrations.operations.seats.register import RegistrationRequest
from services.registrations.operations.seats.register_party import participant_of
from services.registrations.operations.staff.scope import Scope
from services.registrations.refusals import (
    DecisionNeeded,
    NoRegistration,
    OthersWait,
    SessionFull,
    SessionNotFound,
    SessionState,
    SeveralOfThatName,
    WalkInTooEarly,
)
from shared.events.short_codes import code_number
from shared.messaging import log

EARLIEST = timedelta(hours=1)
SOURCE = "walk-in"


@dataclass(frozen=True, slots=True)
class WalkIn:
    """Who is at the door. ``person`` has the fields of a participant, already validated."""

    person: Mapping[str, Any]
    statistics: bool
    contact: bool
    needs: str | None
    agreement: str | None


@dataclass(frozen=True, slots=True)
class Admitted:
    """The registration of someone who is there now; whether they had one before they came."""

    registration: Registration
    was_registered: bool


def admit(
    transaction: Transaction,
    meeting_id: UUID,
    walk_in: WalkIn,
    *,
    staff: str,
    decides: bool,
    scope: Scope,
) -> Admitted:
    """Give whoever is at the door a seat, if there is one, and mark them present.

    From an hour before the meeting until the session is closed, whatever its registration window. Who
    is registered is known by name, and is only marked; sent again, nothing is done twice. ``decides``
    says that the caller may decide on eligibility.

    Raises:
        NotFound, OtherOrganisation, NotAdvised: as for attendance.
        SessionState, WalkInTooEarly: not now. NoRegistration: heads are counted, and nobody registers.
        SessionFull, OthersWait: no seat, or none before those who wait for one.
        DecisionNeeded: the programme lets nobody in without an adviser.
        SeveralOfThatName: it cannot be told which of the registered this is.
        OfferOver: they were offered a seat and did not take it in time.
    """
    meeting, found = find_meeting(transaction, meeting_id, scope)
    session = lock_session(transaction, found.id)
    if session is None:
        raise SessionNotFound
    if session.registration == RegistrationMode.NONE:
        raise NoRegistration
    if session.status != SessionStatus.PUBLISHED:
        raise SessionState
    if now() < meeting.starts_at - EARLIEST:
        raise WalkInTooEarly
    registration = _registered(transaction, session, walk_in.person)
    was_registered = registration is not None
    if registration is None:
        _refuse_undecided(session, decides=decides)
        _refuse_without_seat(session, meeting)
        registration = _register(transaction, session, walk_in, staff)
    elif registration.status == RegistrationStatus.OFFERED:
        accept(transaction, registration.id, by="staff")
    elif registration.status != RegistrationStatus.CONFIRMED:
        if registration.status == RegistrationStatus.PENDING:
            _refuse_undecided(session, decides=decides)
        _refuse_without_seat(session, meeting)
        _seat(transaction, session, registration, staff)
    mark(transaction, session, meeting, {registration: "present"}, recorded_by=staff)
    return Admitted(registration, was_registered)


def _refuse_undecided(session: Session, *, decides: bool) -> None:
    programme = session.activity.programme
    if (programme.requires_approval or programme.eligibility) and not decides:
        raise DecisionNeeded


def _refuse_without_seat(session: Session, meeting: Meeting) -> None:
    if session.taken >= session.capacity:
        raise SessionFull
    # As long as those in line may still be given a seat, it is theirs; then it is whoever's is there.
    line_is_over = now() >= max(meeting.starts_at, session.closes_at)
    if session.waitlisted and not line_is_over:
        raise OthersWait


def _registered(
    transaction: Transaction, session: Session, person: Mapping[str, Any]
) -> Registration | None:
    """The live registration of someone of that name who may be this person.

    Raises:
        SeveralOfThatName: there are several, and no contact tells them apart.
    """
    query = (
        select(Registration)
        .join(Registration.participant)
        .where(
            Registration.session_id == session.id,
            Registration.status.in_(LIVE),
            Participant.name_key == name_key(person["given_name"], person["family_name"]),
        )
        .options(joinedload(Registration.participant))
        .order_by(Registration.rank)
    )
    if year := person["birth_year"]:
        query = query.where(or_(Participant.birth_year.is_(None), Participant.birth_year == year))
    found = transaction.scalars(query).all()
    reached = [one for one in found if _is_reached_alike(one.participant, person)]
    likely = reached or found
    if len(likely) > 1:
        raise SeveralOfThatName
    return likely[0] if likely else None


def _is_reached_alike(participant: Participant, person: Mapping[str, Any]) -> bool:
    return any(
        person[name] is not None and person[name] == getattr(participant, name)
        for name in ("email", "phone")
    )


def _register(
    transaction: Transaction, session: Session, walk_in: WalkIn, staff: str
) -> Registration:
    request = RegistrationRequest(
        session_id=session.id,
        person=walk_in.person,
        statistics=walk_in.statistics,
        contact=walk_in.contact,
        source=SOURCE,
        needs=walk_in.needs,
        staff=staff,
        agreement=walk_in.agreement,
    )
    record = _participant(transaction, request)
    participant = transaction.get_one(Participant, record.merged_into or record.id)
    session.accepted += 1
    session.confirmed += 1
    registration_id = uuid7()
    registration = Registration(
        id=registration_id,
        session_id=session.id,
        participant_id=participant.id,
        registered_as=record.id if record.merged_into else None,
        party_id=registration_id,
        status=RegistrationStatus.CONFIRMED,
        rank=session.accepted,
        source=request.source,
        needs=request.needs,
        registered_by=request.staff,
        agreement=request.agreement,
        short_code=code_number(record.access_key, registration_id),
        participant=participant,
    )
    transaction.add(registration)
    transaction.flush()
    fact = facts.registration_confirmed(registration, participant, previous=None, by="staff")
    log.append(transaction, fact)
    form_if_enough(transaction, session)
    return registration


def _participant(transaction: Transaction, request: RegistrationRequest) -> Participant:
    try:
        with transaction.begin_nested():
            return participant_of(transaction, request, request.person)
    except IntegrityError:
        # The same new person came to another session at once: by now they are known.
        return participant_of(transaction, request, request.person)


def _seat(
    transaction: Transaction, session: Session, registration: Registration, staff: str
) -> None:
    """Give a seat to who waits for one, or for a decision, which is thereby taken."""
    action = "promote"
    if registration.status == RegistrationStatus.PENDING:
        action, registration.decided_by = "confirm", staff
    previous = move(session, registration, action, RegistrationStatus.CONFIRMED)
    fact = facts.registration_confirmed(
        registration, registration.participant, previous=previous, by="staff"
    )
    log.append(transaction, fact)
    form_if_enough(transaction, session)
    transaction.flush()
