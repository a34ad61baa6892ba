"""Registering one person for one session: a seat, or a place in line, in one exchange with PostgreSQL.

Everything that one registration writes is one SQL statement, and that statement its own transaction. The
row of the session is the point through which all who want its seats must pass: PostgreSQL holds its lock
from the counting to the end of the commit, and never while Python thinks or the network waits.
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from psycopg.errors import NotNullViolation, UniqueViolation
from uuid_utils.compat import uuid7

from services.registrations.domain import coarse_person, name_key
from services.registrations.models import Session
from services.registrations.operations import facts
from services.registrations.operations.seats.answers import (
    Accepted,
    IdempotentRequest,
    Registered,
    SessionSummary,
    earlier_answer,
    why_not,
)
from services.registrations.operations.seats.assess import all_meet, candidate
from services.registrations.operations.seats.recognise import recognise
from services.registrations.operations.staff.audit import Actor
from services.registrations.operations.staff.scope import Scope
from services.registrations.refusals import AlreadyRegistered
from shared import tracing
from shared.db import Database
from shared.events import catalogue
from shared.events.links import new_access_key

_TRIES = 3

# What each part does:
#   target      the session and, through its programme, whether an adviser must decide; no row if the
#               programme has a rule and nobody has looked yet whether it is met
#   known       the participant, if this person is one already: same name, and same e-mail or phone; or
#               the one that staff found before
#   seat        counts the person in, under the row's lock; no row if registration is not open
#   touched     the known participant as of now, though they were merged or erased since known was read
#   who         the person: the known one, or whom they were merged into, or a new one; null if erased
#   person, registered, keyed, logged    the rows and the events, if there was a seat row
_SQL = """
WITH target AS MATERIALIZED (
    SELECT session.id, activity.title, activity.programme_code, activity.organisation_code,
           session.place_code, programme.discreet, programme.eligibility <> '[]' AS ruled,
           (programme.requires_approval OR programme.eligibility <> '[]')
               AND NOT ({decides} AND (programme.eligibility = '[]' OR %(met)s)) AS pending
    FROM session
    JOIN activity ON activity.id = session.activity_id
    JOIN programme ON programme.code = activity.programme_code
    WHERE session.id = %(session_id)s
      AND (%(organisation)s::text IS NULL OR activity.organisation_code = %(organisation)s)
      AND (programme.eligibility = '[]' OR %(met)s::boolean IS NOT NULL)
), known AS MATERIALIZED (
    SELECT id, access_key FROM participant
    WHERE {known}
    ORDER BY created_at, id LIMIT 1
), seat AS (
    UPDATE session SET
        accepted = accepted + 1,
        confirmed = confirmed
            + (NOT pending AND waitlisted = 0 AND confirmed + offered < capacity)::int,
        waitlisted = waitlisted
            + (NOT pending AND NOT (waitlisted = 0 AND confirmed + offered < capacity))::int,
        formed_at = CASE WHEN {enough} THEN now() ELSE formed_at END,
        formed_with = CASE WHEN {enough} THEN %(registration_id)s ELSE formed_with END
    FROM target
    WHERE session.id = target.id AND status = 'published' AND registration = 'required'
      AND now() >= opens_at AND now() < closes_at
    RETURNING session.accepted AS rank, session.capacity, session.confirmed + session.offered AS taken,
        session.waitlisted, session.confirmed, session.minimum,
        session.formed_with = %(registration_id)s AS formed,
        session.starts_at, session.ends_at, target.title, target.programme_code,
        target.organisation_code, target.place_code, target.discreet, target.ruled,
        CASE WHEN target.pending THEN 'pending'
             WHEN session.waitlisted = 0 THEN 'confirmed' ELSE 'waitlisted' END AS status,
        CASE WHEN NOT target.pending AND session.waitlisted > 0
             THEN session.waitlisted END AS waitlist_position
), person AS (
    INSERT INTO participant (id, given_name, family_name, name_key, email, phone, language,
        birth_year, postcode, postal_address, situations, statistics_consent, contact_consent, access_key)
    SELECT %(participant_id)s, %(given_name)s, %(family_name)s, %(name_key)s, %(email)s, %(phone)s, %(language)s,
        %(birth_year)s, %(postcode)s, nullif(%(postal_address)s::jsonb, 'null'), %(situations)s,
        %(statistics)s, %(contact)s, %(access_key)s
    FROM seat WHERE NOT EXISTS (SELECT FROM known)
), touched AS (
    UPDATE participant SET last_contact_at = now()
    FROM seat WHERE participant.id = (SELECT id FROM known) AND erased_at IS NULL
    RETURNING coalesce(merged_into, id) AS participant_id,
        nullif(id, coalesce(merged_into, id)) AS registered_as
), who AS (
    SELECT CASE WHEN EXISTS (SELECT FROM known) THEN (SELECT participant_id FROM touched)
                ELSE %(participant_id)s END AS participant_id,
        (SELECT registered_as FROM touched) AS registered_as
), registered AS (
    INSERT INTO registration (id, session_id, participant_id, registered_as, party_id, status, rank,
        source, client_id, needs, registered_by, agreement, situations, eligibility_reason, short_code)
    SELECT %(registration_id)s, %(session_id)s, participant_id, registered_as, %(registration_id)s,
        status, rank, %(source)s, %(client_id)s::uuid, %(needs)s, %(registered_by)s, %(agreement)s,
        CASE WHEN ruled THEN %(situations)s::text[] ELSE '{}' END, %(eligibility_reason)s,
        short_code(coalesce((SELECT access_key FROM known), %(access_key)s), %(registration_id)s)
    FROM seat, who
), keyed AS (
    INSERT INTO idempotency_key (key, fingerprint, answers)
    SELECT %(key)s, %(fingerprint)s, jsonb_build_array(jsonb_build_object(
        'registration_id', %(registration_id)s::text, 'status', status,
        'waitlist_position', waitlist_position))
    FROM seat WHERE %(key)s::text IS NOT NULL
), logged AS (
    INSERT INTO event_log (event_id, type, version, subject, traceparent, data)
    SELECT event_id, type, version, subject, %(traceparent)s, data FROM (
        SELECT 1 AS step, %(contact_event_id)s::uuid AS event_id,
            %(contact_type)s::text AS type, %(contact_version)s::int AS version,
            %(participant_id)s::text AS subject, %(contact_data)s::jsonb AS data
        FROM seat WHERE NOT EXISTS (SELECT FROM known)
        UNION ALL
        SELECT 2, %(event_id)s,
            CASE status WHEN 'pending' THEN %(requested_type)s
                        WHEN 'confirmed' THEN %(confirmed_type)s ELSE %(waitlisted_type)s END,
            %(registration_version)s, %(registration_id)s::text,
            %(registration_data)s::jsonb
                || jsonb_build_object('participant_id', participant_id)
                || CASE WHEN waitlist_position IS NULL THEN '{}'::jsonb
                        ELSE jsonb_build_object('waitlist_position', waitlist_position) END
        FROM seat, who
        UNION ALL
        SELECT 3, %(formed_event_id)s, %(formed_type)s, %(formed_version)s,
            %(session_id)s::text, jsonb_build_object('session_id', %(session_id)s::text,
                'minimum', minimum, 'confirmed', confirmed)
        FROM seat WHERE formed
        ORDER BY step) AS facts
){audited}
SELECT seat.*, coalesce((SELECT access_key FROM known), %(access_key)s) AS access_key FROM seat
"""
# A session with a minimum is formed by whoever completes it, once.
_ENOUGH = """(formed_at IS NULL AND confirmed + 1 >= minimum
    AND NOT pending AND waitlisted = 0 AND confirmed + offered < capacity)"""
_BY_CONTACT = """name_key = %(name_key)s AND (email = %(email)s OR phone = %(phone)s)
      AND (birth_year IS NULL OR %(birth_year)s::int IS NULL OR birth_year = %(birth_year)s)"""
_BY_ID = "id = %(known_id)s AND erased_at IS NULL"
# What staff add: who may decide on a discreet programme is one of its advisers, and the act is put on record.
_DECIDES = """(%(decides)s AND (NOT programme.discreet
    OR %(advised)s::text[] IS NULL OR programme.code = ANY(%(advised)s)))"""
_AUDITED = """, audited AS (
    INSERT INTO audit_trail (subject, role, organisation, verb, resource, resource_id,
        participant_id, request_id)
    SELECT %(actor_subject)s, %(actor_role)s, %(actor_organisation)s, 'create', 'registration',
        %(registration_id)s::text, participant_id, %(request_id)s
    FROM seat, who
)"""


_PARAMETER = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True, slots=True)
class _Statement:
    """SQL with numbered parameters, and the names of what stands for each number."""

    sql: str
    names: Sequence[str]


def _statement(*, known: str, decides: str, audited: str) -> _Statement:
    sql = _SQL.replace("{enough}", _ENOUGH).replace("{known}", known).replace("{decides}", decides)
    sql = " ".join(sql.replace("{audited}", audited).split())
    names = sorted(set(_PARAMETER.findall(sql)))
    return _Statement(_PARAMETER.sub(lambda found: f"${names.index(found[1]) + 1}", sql), names)


REGISTER = _statement(known=_BY_CONTACT, decides="%(decides)s", audited="")
REGISTER_BY_STAFF = _statement(known=_BY_CONTACT, decides=_DECIDES, audited=_AUDITED)
REGISTER_KNOWN_BY_STAFF = _statement(known=_BY_ID, decides=_DECIDES, audited=_AUDITED)


@dataclass(frozen=True, slots=True)
class RegistrationRequest:
    """Who wants a place where. ``person`` has the fields of a participant, already validated.

    ``known_id`` is the participant's if staff found them before, for whoever has no contact is recognised
    by none; ``person`` then repeats what is on record.
    """

    session_id: UUID
    person: Mapping[str, Any]
    statistics: bool
    contact: bool
    source: str
    client_id: UUID | None = None
    known_id: UUID | None = None
    needs: str | None = None
    staff: str | None = None
    agreement: str | None = None
    eligibility_reason: str | None = None
    decides: bool = False
    organisation: str | None = None
    advised: frozenset[str] | None = None
    actor: Actor | None = None

    @property
    def vouched(self) -> Collection[str]:
        """The situations that whoever registers the person names now; those on record are nobody's word."""
        return () if self.known_id else self.person["situations"]


def register(
    database: Database, request: RegistrationRequest, *, idempotent: IdempotentRequest | None = None
) -> Accepted:
    """Take a seat, or the next place in line, for one person.

    ``request.decides`` says that the caller may decide on eligibility, in discreet programmes only if
    they are among ``request.advised`` (None for all). Where the programme has a rule, theirs is decided
    at once if what is known meets the rule, or if they state an ``eligibility_reason``; all others wait
    for a decision. ``request.organisation`` limits a facilitator to their own sessions. What an
    ``actor`` does is put on record.

    Raises:
        SessionNotFound, NotOpen: there is nothing to register for.
        OtherOrganisation: it is open to the public, and not the caller's to register people for.
        AlreadyRegistered: the person has a live registration for this session.
        KeyReused: the idempotency key belongs to another request.
    """
    met = request.decides if request.eligibility_reason or not request.decides else None
    accepted = _register(database, request, idempotent, met=met)
    if accepted is None and met is None:
        # The programme may have a rule: what is known of the person is looked up only then.
        met = _is_met(database, request)
        accepted = _register(database, request, idempotent, met=met)
    if accepted is None:
        raise why_not(database, request.session_id, request.organisation)
    return accepted


def _register(
    database: Database,
    request: RegistrationRequest,
    idempotent: IdempotentRequest | None,
    *,
    met: bool | None,
) -> Accepted | None:
    """``met``: whether the programme's rule is. None, for nobody has looked, registers nobody where there is one."""
    statement = _statement_for(request)
    for tries_left in reversed(range(_TRIES)):
        parameters = _parameters(request, idempotent, met=met)
        if request.actor:
            parameters.update(_of_staff(request.actor, request.advised))
        try:
            with database.statement() as connection:
                values = [parameters[name] for name in statement.names]
                row = connection.execute(statement.sql, values).fetchone()
        except (UniqueViolation, NotNullViolation) as error:
            if idempotent and (earlier := earlier_answer(database, idempotent)):
                return earlier
            if error.diag.constraint_name == "registration_once":
                raise AlreadyRegistered from None
            # The same new person came twice at once: the other one is a known participant by now. Or they
            # were erased in this moment, and are not known any more. Or another registration has this very
            # code, one time in millions: the next try has a new one.
            if not tries_left:
                raise
            continue
        if row is None:
            return None
        database.on_event_logged()
        return _accepted(row, parameters["registration_id"], request.session_id)
    raise AssertionError("the last try returns or raises")


def _statement_for(request: RegistrationRequest) -> _Statement:
    if request.actor is None:
        return REGISTER
    return REGISTER_KNOWN_BY_STAFF if request.known_id else REGISTER_BY_STAFF


def _is_met(database: Database, request: RegistrationRequest) -> bool:
    person = request.person
    with database.transaction() as transaction:
        session = transaction.get(Session, request.session_id)
        if session is None:
            return False
        known = recognise(
            transaction,
            known_id=request.known_id,
            name_key=name_key(person["given_name"], person["family_name"]),
            email=person["email"],
            phone=person["phone"],
            birth_year=person["birth_year"],
        )
        whoever = candidate(known, person, person["postcode"], vouched=request.vouched)
        return all_meet(transaction, session, [whoever], Scope(programmes=request.advised))


def _accepted(row: Any, registration_id: UUID, session_id: UUID) -> Accepted:
    registered = Registered(registration_id, row.status, row.waitlist_position, row.access_key)
    summary = SessionSummary(
        id=session_id,
        title=row.title,
        programme=row.programme_code,
        organisation=row.organisation_code,
        discreet=row.discreet,
        place=row.place_code,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        capacity=row.capacity,
        seats_left=row.capacity - row.taken,
        waitlist_length=row.waitlisted,
    )
    return Accepted((registered,), summary)


def _of_staff(actor: Actor, advised: frozenset[str] | None) -> dict[str, Any]:
    return {
        "advised": None if advised is None else sorted(advised),
        "actor_subject": actor.subject,
        "actor_role": actor.role,
        "actor_organisation": actor.organisation,
        "request_id": actor.request_id,
    }


def _parameters(
    request: RegistrationRequest, idempotent: IdempotentRequest | None, *, met: bool | None
) -> dict[str, Any]:
    registration_id, participant_id = uuid7(), uuid7()
    person = {
        **request.person,
        "id": participant_id,
        "access_key": new_access_key(),
        "contact_consent": request.contact,
    }
    contact = facts.contact_changed(person)
    # As if confirmed: the statement knows what it became, and adds the position in line.
    told = catalogue.RegistrationConfirmed.of(
        registration_id=registration_id,
        session_id=request.session_id,
        participant_id=participant_id,
        previous=None,
        by="staff" if request.staff else "participant",
        person=coarse_person(person, statistics=request.statistics, year=datetime.now(UTC).year),
    )
    return {
        "session_id": request.session_id,
        "registration_id": registration_id,
        "participant_id": participant_id,
        "known_id": request.known_id,
        "decides": request.decides,
        "met": met,
        "organisation": request.organisation,
        "given_name": person["given_name"],
        "family_name": person["family_name"],
        "name_key": name_key(person["given_name"], person["family_name"]),
        "email": person["email"],
        "phone": person["phone"],
        "language": person["language"],
        "birth_year": person["birth_year"],
        "postcode": person["postcode"],
        "postal_address": json.dumps(person.get("postal_address")),
        "situations": list(person["situations"]),
        "statistics": request.statistics,
        "contact": request.contact,
        "access_key": person["access_key"],
        "source": request.source,
        "client_id": request.client_id,
        "needs": request.needs,
        "registered_by": request.staff,
        "agreement": request.agreement,
        "eligibility_reason": request.eligibility_reason,
        "key": idempotent.key if idempotent else None,
        "fingerprint": idempotent.fingerprint if idempotent else None,
        "traceparent": tracing.current() or tracing.child_of(None),
        "contact_event_id": uuid7(),
        "contact_type": contact.type,
        "contact_version": contact.version,
        "contact_data": json.dumps(contact.data),
        "event_id": uuid7(),
        "requested_type": catalogue.RegistrationRequested.event_type,
        "confirmed_type": catalogue.RegistrationConfirmed.event_type,
        "waitlisted_type": catalogue.RegistrationWaitlisted.event_type,
        "formed_event_id": uuid7(),
        "formed_type": catalogue.SessionFormed.event_type,
        "formed_version": catalogue.SessionFormed.version,
        "registration_version": told.version,
        "registration_data": json.dumps(told.data),
    }
