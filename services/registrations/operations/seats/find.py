"""Looking up registrations: by the token of a manage link, or for staff."""

from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session as Transaction
from sqlalchemy.orm import joinedload

from services.registrations.domain import RegistrationStatus
from services.registrations.models import Activity, Registration, Session
from services.registrations.operations.staff.scope import Scope
from services.registrations.refusals import RegistrationNotFound
from shared.events.links import is_manage_token
from shared.events.short_codes import read_code


def find(
    transaction: Transaction,
    registration_id: UUID,
    *,
    token: str | None = None,
    scope: Scope | None = None,
) -> Registration:
    """The registration, for whoever holds its token, or for staff in whose ``scope`` it is.

    Raises:
        RegistrationNotFound: there is none, or none that the caller may know of.
    """
    registration = _one(transaction, Registration.id == registration_id)
    if scope is not None and scope.covers(registration.session.activity):
        return registration
    if token and _opens(token, registration):
        return registration
    raise RegistrationNotFound


def find_by_code(transaction: Transaction, code: str, *, scope: Scope | None) -> Registration:
    """The registration of a short code as somebody typed it; for staff (``scope``) if it is theirs to see.

    Raises:
        RegistrationNotFound: it is no code, or nobody's (any more: they were erased), or none that the
            caller may know of.
    """
    number = read_code(code)
    if number is None:
        raise RegistrationNotFound
    registration = _one(transaction, Registration.short_code == number)
    # A letter outlives its reader's erasure, and its code does not change as the key of the link does.
    if registration.participant.erased_at is not None:
        raise RegistrationNotFound
    if scope is not None and not scope.covers(registration.session.activity):
        raise RegistrationNotFound
    return registration


def _opens(token: str, registration: Registration) -> bool:
    """Whether the token is of the person, or of the merged record under which they registered."""
    known = [registration.participant]
    if registration.made_under is not None:
        known.append(registration.made_under)
    return any(is_manage_token(token, one.access_key, registration.id) for one in known)


def waitlist_position(transaction: Transaction, registration: Registration) -> int:
    """How many stand in line up to and including this registration; 0 if it does not wait."""
    if registration.status != RegistrationStatus.WAITLISTED:
        return 0
    query = select(func.count()).where(
        Registration.session_id == registration.session_id,
        Registration.status == RegistrationStatus.WAITLISTED,
        Registration.rank <= registration.rank,
    )
    return transaction.scalar(query) or 0


def list_registrations(
    transaction: Transaction,
    *,
    session_id: UUID | None,
    participant_id: UUID | None,
    status: str | None,
    scope: Scope,
    after: UUID | None,
    limit: int,
) -> list[Registration]:
    """Registrations within ``scope`` in order of their ids (their making), with participant and session."""
    query = (
        select(Registration)
        .join(Registration.session)
        .join(Session.activity)
        .join(Activity.programme)
        .where(scope.condition())
        .options(joinedload(Registration.participant), joinedload(Registration.session))
        .order_by(Registration.id)
        .limit(limit)
    )
    if session_id is not None:
        query = query.where(Registration.session_id == session_id)
    if participant_id is not None:
        query = query.where(Registration.participant_id == participant_id)
    if status is not None:
        query = query.where(Registration.status == status)
    if after is not None:
        query = query.where(Registration.id > after)
    return list(transaction.scalars(query))


def _one(transaction: Transaction, condition: ColumnElement[bool]) -> Registration:
    query = (
        select(Registration)
        .where(condition)
        .options(
            joinedload(Registration.participant),
            joinedload(Registration.made_under),
            joinedload(Registration.session),
        )
    )
    registration = transaction.scalars(query).first()
    if registration is None:
        raise RegistrationNotFound
    return registration
