"""Registering a household in one request: seated together, or waiting together."""

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg.errors import UniqueViolation
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session as Transaction
from uuid_utils.compat import uuid7

from services.registrations.domain import (
    RegistrationMode,
    RegistrationStatus,
    SessionStatus,
    name_key,
)
from services.registrations.models import IdempotencyKey, Participant, Registration, Session
from services.registrations.operations import facts
from services.registrations.operations.clock import now
from services.registrations.operations.offer.enough import form_if_enough
from services.registrations.operations.seats.answers import (
    Accepted,
    IdempotentRequest,
    Registered,
    earlier_answer,
    summarise,
    why_not,
)
from services.registrations.operations.seats.assess import all_meet, candidate
from services.registrations.operations.seats.lock import lock_session
from services.registrations.operations.seats.recognise import recognise
from services.registrations.operations.seats.register import RegistrationRequest
from services.registrations.operations.staff import audit
from services.registrations.operations.staff.scope import Scope
from services.registrations.refusals import AlreadyRegistered
from shared.db import Database
from shared.events.links import new_access_key
from shared.events.short_codes import code_number
from shared.messaging import log

_TRIES = 3


def register_party(
    database: Database,
    request: RegistrationRequest,
    companions: Sequence[dict[str, Any]],
    *,
    idempotent: IdempotentRequest | None = None,
) -> Accepted:
    """Register ``request.person`` and ``companions`` (names and birth years) for one session, all or none.

    Raises:
        the same as :func:`services.registrations.operations.seats.register.register`.
    """
    for tries_left in reversed(range(_TRIES)):
        try:
            with database.transaction() as transaction:
                accepted = _register_all(transaction, request, companions, idempotent)
        except IntegrityError as error:
            if not isinstance(error.orig, UniqueViolation):
                raise
            if idempotent and (earlier := earlier_answer(database, idempotent)):
                return earlier
            if error.orig.diag.constraint_name == "registration_once":
                raise AlreadyRegistered from None
            if not tries_left:
                raise
            continue
        if accepted is None:
            raise why_not(database, request.session_id, request.organisation)
        return accepted
    raise AssertionError("the last try returns or raises")


def _register_all(
    transaction: Transaction,
    request: RegistrationRequest,
    companions: Sequence[dict[str, Any]],
    idempotent: IdempotentRequest | None,
) -> Accepted | None:
    session = lock_session(transaction, request.session_id)
    if session is None or not _is_open(session, request):
        return None
    people = [
        (participant_of(transaction, request, person), person)
        for person in (request.person, *companions)
    ]
    decided = _is_decided(transaction, session, request, people)
    status = _status(session, len(people), decided=decided)
    ruled = bool(session.activity.programme.eligibility)
    by = "staff" if request.staff else "participant"
    party_id = uuid7()
    registered: list[Registered] = []
    for person, said in people:
        session.accepted += 1
        registration_id = uuid7() if registered else party_id
        registration = Registration(
            id=registration_id,
            session_id=session.id,
            participant_id=person.merged_into or person.id,
            registered_as=person.id if person.merged_into else None,
            party_id=party_id,
            status=status,
            rank=session.accepted,
            source=request.source,
            client_id=request.client_id,
            needs=request.needs,
            registered_by=request.staff,
            agreement=request.agreement,
            situations=list(said.get("situations", ())) if ruled else [],
            eligibility_reason=request.eligibility_reason,
            short_code=code_number(person.access_key, registration_id),
        )
        transaction.add(registration)
        position = None
        if status == RegistrationStatus.CONFIRMED:
            session.confirmed += 1
            fact = facts.registration_confirmed(registration, person, previous=None, by=by)
        elif status == RegistrationStatus.WAITLISTED:
            session.waitlisted += 1
            position = session.waitlisted
            fact = facts.registration_waitlisted(
                registration, person, previous=None, by=by, position=position
            )
        else:
            fact = facts.registration_requested(registration, person, by=by)
        log.append(transaction, fact)
        audit.record(
            transaction,
            request.actor,
            "create",
            "registration",
            registration.id,
            participant=registration.participant_id,
        )
        registered.append(Registered(registration.id, status, position, person.access_key))
    form_if_enough(transaction, session)
    if idempotent:
        transaction.add(_remembered(idempotent, registered))
    transaction.flush()
    return Accepted(registered, summarise(session))


def _is_open(session: Session, request: RegistrationRequest) -> bool:
    own = request.organisation in (None, session.activity.organisation_code)
    published = session.status == SessionStatus.PUBLISHED
    if not published or session.registration == RegistrationMode.NONE:
        return False
    return own and session.opens_at <= now() < session.closes_at


def _status(session: Session, people: int, *, decided: bool) -> RegistrationStatus:
    if not decided:
        return RegistrationStatus.PENDING
    if session.waitlisted == 0 and session.taken + people <= session.capacity:
        return RegistrationStatus.CONFIRMED
    return RegistrationStatus.WAITLISTED


def _is_decided(
    transaction: Transaction,
    session: Session,
    request: RegistrationRequest,
    people: Sequence[tuple[Participant, Mapping[str, Any]]],
) -> bool:
    """Whether no adviser need decide any more; those of a household join together or wait together."""
    programme, scope = session.activity.programme, Scope(programmes=request.advised)
    if not programme.requires_approval and not programme.eligibility:
        return True
    if not request.decides or not scope.advises(programme):
        return False
    if not programme.eligibility or request.eligibility_reason:
        return True
    candidates = [
        candidate(
            participant,
            person,
            request.person["postcode"],
            vouched=request.vouched if person is request.person else (),
        )
        for participant, person in people
    ]
    return all_meet(transaction, session, candidates, scope)


def participant_of(
    transaction: Transaction, request: RegistrationRequest, person: Any
) -> Participant:
    """The participant that ``person`` is, or a new one; companions are reached through the registrant."""
    registrant = request.person
    key = name_key(person["given_name"], person["family_name"])
    known = recognise(
        transaction,
        known_id=request.known_id if person is registrant else None,
        name_key=key,
        email=registrant["email"],
        phone=registrant["phone"],
        birth_year=person["birth_year"],
    )
    if known is not None:
        known.last_contact_at = now()
        return known
    participant = Participant(
        id=uuid7(),
        given_name=person["given_name"],
        family_name=person["family_name"],
        name_key=key,
        email=registrant["email"],
        phone=registrant["phone"],
        language=registrant["language"],
        birth_year=person["birth_year"],
        postcode=registrant["postcode"],
        postal_address=registrant.get("postal_address"),
        situations=list(person.get("situations", ())),
        statistics_consent=request.statistics,
        contact_consent=request.contact,
        access_key=new_access_key(),
    )
    transaction.add(participant)
    transaction.flush()
    log.append(transaction, facts.contact_changed(participant.__dict__))
    return participant


def _remembered(request: IdempotentRequest, registered: Sequence[Registered]) -> IdempotencyKey:
    answers = [
        {
            "registration_id": str(one.id),
            "status": one.status,
            "waitlist_position": one.waitlist_position,
        }
        for one in registered
    ]
    return IdempotencyKey(key=request.key, fingerprint=request.fingerprint, answers=answers)
