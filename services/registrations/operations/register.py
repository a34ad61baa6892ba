"""Registering one person for one session: a seat, or a place in line, in one exchange with PostgreSQL.

Everything that one registration writes is one SQL statement, and that statement its own transaction. The
row of the session is the point through which all who want its seats must pass: PostgreSQL holds its lock
from the counting to the end of the commit, and never while Python thinks or the network waits.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from psycopg.errors import NotNullViolation, UniqueViolation
from uuid_utils.compat import uuid7

from services.registrations.domain import coarse_person, name_key
from services.registrations.operations import facts
from services.registrations.operations.answers import (
    Accepted,
    IdempotentRequest,
    Registered,
    SessionSummary,
    earlier_answer,
    why_not,
)
from services.registrations.operations.audit import Actor
from services.registrations.refusals import AlreadyRegistered
from shared import tracing
from shared.db import Database
from shared.events import catalogue
from shared.events.links import new_access_key

_TRIES = 3

# What each part does:
#   target      the session and, through its programme, whether an adviser must decide
#   known       the participant, if this person is one already: same name, and same e-mail or phone
#   seat        counts the person in, under the row's lock; no row if registration is not open
#   touched     the known participant as of now, though they were merged or erased since known was read
#   who         the person: the known one, or whom they were merged into, or a new one; null if erased
#   person, registered, keyed, logged    the rows and the events, if there was a seat row
_SQL = """
WITH target AS MATERIALIZED (
    SELECT session.id, activity.title, activity.programme_code, activity.organisation_code,
           session.place_code, programme.requires_approval AND NOT {decides} AS pending
    FROM session
    JOIN activity ON activity.id = session.activity_id
    JOIN programme ON programme.code = activity.programme_code
    WHERE session.id = %(session_id)s
      AND (CAST(%(organisation)s AS text) IS NULL OR activity.organisation_code = %(organisation)s)
), known AS MATERIALIZED (
    SELECT id, access_key FROM participant
    WHERE name_key = %(name_key)s AND (email = %(email)s OR phone = %(phone)s)
      AND (birth_year IS NULL OR CAST(%(birth_year)s AS int) IS NULL OR birth_year = %(birth_year)s)
    ORDER BY created_at, id LIMIT 1
), seat AS (
    UPDATE session SET
        accepted = accepted + 1,
        confirmed = confirmed
            + (NOT pending AND waitlisted = 0 AND confirmed + offered < capacity)::int,
        waitlisted = waitlisted
            + (NOT pending AND NOT (waitlisted = 0 AND confirmed + offered < capacity))::int
    FROM target
    WHERE session.id = target.id AND status = 'published'
      AND now() >= opens_at AND now() < closes_at
    RETURNING session.accepted AS rank, session.capacity, session.confirmed + session.offered AS taken,
        session.waitlisted, session.starts_at, session.ends_at, target.title, target.programme_code,
        target.organisation_code, target.place_code,
        CASE WHEN target.pending THEN 'pending'
             WHEN session.waitlisted = 0 THEN 'confirmed' ELSE 'waitlisted' END AS status,
        CASE WHEN NOT target.pending AND session.waitlisted > 0
             THEN session.waitlisted END AS waitlist_position
), person AS (
    INSERT INTO participant (id, given_name, family_name, name_key, email, phone, language,
        birth_year, postcode, situations, statistics_consent, contact_consent, access_key)
    SELECT %(participant_id)s, %(given_name)s, %(family_name)s, %(name_key)s, %(email)s, %(phone)s, %(language)s,
        %(birth_year)s, %(postcode)s, %(situations)s, %(statistics)s, %(contact)s, %(access_key)s
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
        source, needs, registered_by, agreement)
    SELECT %(registration_id)s, %(session_id)s, participant_id, registered_as, %(registration_id)s,
        status, rank, %(source)s, %(needs)s, %(registered_by)s, %(agreement)s
    FROM seat, who
), keyed AS (
    INSERT INTO idempotency_key (key, fingerprint, answers)
    SELECT %(key)s, %(fingerprint)s, jsonb_build_array(jsonb_build_object(
        'registration_id', CAST(%(registration_id)s AS text), 'status', status,
        'waitlist_position', waitlist_position))
    FROM seat WHERE CAST(%(key)s AS text) IS NOT NULL
), logged AS (
    INSERT INTO event_log (event_id, type, version, subject, traceparent, data)
    SELECT event_id, type, version, subject, %(traceparent)s, data FROM (
        SELECT 1 AS step, CAST(%(contact_event_id)s AS uuid) AS event_id,
            CAST(%(contact_type)s AS text) AS type, CAST(%(contact_version)s AS int) AS version,
            CAST(%(participant_id)s AS text) AS subject, CAST(%(contact_data)s AS jsonb) AS data
        FROM seat WHERE NOT EXISTS (SELECT FROM known)
        UNION ALL
        SELECT 2, %(event_id)s,
            CASE status WHEN 'pending' THEN %(requested_type)s
                        WHEN 'confirmed' THEN %(confirmed_type)s ELSE %(waitlisted_type)s END,
            %(registration_version)s, CAST(%(registration_id)s AS text),
            CAST(%(registration_data)s AS jsonb)
                || jsonb_build_object('participant_id', participant_id)
                || CASE WHEN waitlist_position IS NULL THEN '{}'::jsonb
                        ELSE jsonb_build_object('waitlist_position', waitlist_position) END
        FROM seat, who
        ORDER BY step) AS facts
){audited}
SELECT seat.*, coalesce((SELECT access_key FROM known), %(access_key)s) AS access_key FROM seat
"""
# What staff add: who may decide on a discreet programme is one of its advisers, and the act is put on record.
_DECIDES = """(%(decides)s AND (NOT programme.discreet
    OR CAST(%(advised)s AS text[]) IS NULL OR programme.code = ANY(%(advised)s)))"""
_AUDITED = """, audited AS (
    INSERT INTO audit_trail (subject, role, organisation, verb, resource, resource_id,
        participant_id, request_id)
    SELECT %(actor_subject)s, %(actor_role)s, %(actor_organisation)s, 'create', 'registration',
        CAST(%(registration_id)s AS text), participant_id, %(request_id)s
    FROM seat, who
)"""


def _statement(*, decides: str, audited: str) -> str:
    # Without its indentation it is short enough for psycopg to remember how its parameters are laid out.
    return " ".join(_SQL.replace("{decides}", decides).replace("{audited}", audited).split())


REGISTER = _statement(decides="%(decides)s", audited="")
REGISTER_BY_STAFF = _statement(decides=_DECIDES, audited=_AUDITED)


@dataclass(frozen=True, slots=True)
class RegistrationRequest:
    """Who wants a place where. ``person`` has the fields of a participant, already validated."""

    session_id: UUID
    person: Mapping[str, Any]
    statistics: bool
    contact: bool
    source: str
    needs: str | None = None
    staff: str | None = None
    agreement: str | None = None
    decides: bool = False
    organisation: str | None = None
    advised: frozenset[str] | None = None
    actor: Actor | None = None


def register(
    database: Database, request: RegistrationRequest, *, idempotent: IdempotentRequest | None = None
) -> Accepted:
    """Take a seat, or the next place in line, for one person.

    ``request.decides`` says that the caller may decide on eligibility, in discreet programmes only if
    they are among ``request.advised`` (None for all); ``request.organisation`` limits a facilitator to
    their own sessions. What an ``actor`` does is put on record.

    Raises:
        SessionNotFound, NotOpen: there is nothing to register for.
        AlreadyRegistered: the person has a live registration for this session.
        KeyReused: the idempotency key belongs to another request.
    """
    parameters = _parameters(request, idempotent)
    statement = REGISTER
    if request.actor:
        statement = REGISTER_BY_STAFF
        parameters.update(_of_staff(request.actor, request.advised))
    for tries_left in reversed(range(_TRIES)):
        try:
            with database.statement() as connection:
                row = connection.execute(statement, parameters).fetchone()
        except UniqueViolation as error:
            if idempotent and (earlier := earlier_answer(database, idempotent)):
                return earlier
            if error.diag.constraint_name == "registration_once":
                raise AlreadyRegistered from None
            # The same new person came twice at once: the other one is a known participant by now.
            if not tries_left:
                raise
            continue
        except NotNullViolation:
            # The person was erased in this moment: now they are not known any more.
            if not tries_left:
                raise
            continue
        if row is None:
            raise why_not(database, request.session_id, request.organisation)
        database.on_event_logged()
        return _accepted(row, parameters["registration_id"], request.session_id)
    raise AssertionError("the last try returns or raises")


def _accepted(row: Any, registration_id: UUID, session_id: UUID) -> Accepted:
    registered = Registered(registration_id, row.status, row.waitlist_position, row.access_key)
    summary = SessionSummary(
        id=session_id,
        title=row.title,
        programme=row.programme_code,
        organisation=row.organisation_code,
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
    request: RegistrationRequest, idempotent: IdempotentRequest | None
) -> dict[str, Any]:
    registration_id, participant_id = uuid7(), uuid7()
    person = {**request.person, "id": participant_id, "access_key": new_access_key()}
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
        "decides": request.decides,
        "organisation": request.organisation,
        "given_name": person["given_name"],
        "family_name": person["family_name"],
        "name_key": name_key(person["given_name"], person["family_name"]),
        "email": person["email"],
        "phone": person["phone"],
        "language": person["language"],
        "birth_year": person["birth_year"],
        "postcode": person["postcode"],
        "situations": list(person["situations"]),
        "statistics": request.statistics,
        "contact": request.contact,
        "access_key": person["access_key"],
        "source": request.source,
        "needs": request.needs,
        "registered_by": request.staff,
        "agreement": request.agreement,
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
        "registration_version": told.version,
        "registration_data": json.dumps(told.data),
    }
