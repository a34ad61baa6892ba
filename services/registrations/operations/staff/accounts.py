"""Accounts of staff: made by invitation, changed by managers, never deleted, for the trail names them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session as Transaction

from services.registrations import credentials
from services.registrations.models import Organisation, Programme, Staff
from services.registrations.operations import facts
from services.registrations.operations.clock import now
from services.registrations.operations.staff import lockout
from services.registrations.operations.staff.sign_in import (
    SignedIn,
    end_sign_ins,
    open_sign_in,
    set_password,
)
from services.registrations.refusals import (
    AccountDisabled,
    AccountExists,
    InvitationOver,
    LastManager,
)
from shared.errors import NotFound, invalid
from shared.messaging import log

INVITATION = timedelta(hours=72)


def invite(
    transaction: Transaction,
    *,
    email: str,
    name: str | None,
    role: str,
    organisation_code: str | None,
    programmes: Sequence[str],
    language: str = "fr",
) -> tuple[Staff, str]:
    """Make an account without a password; returns it and the secret that lets one set the first.

    Raises:
        AccountExists: there is one with this address.
        Invalid: no such organisation or programme, or a facilitator of none.
    """
    staff = Staff(
        email=email,
        name=name or email.partition("@")[0],
        language=language,
        role=role,
        organisation_code=organisation_code,
        programmes=list(programmes),
    )
    _check(transaction, staff)
    secret = renew_invitation(staff)
    transaction.add(staff)
    try:
        transaction.flush()
    except IntegrityError:
        raise AccountExists from None
    transaction.refresh(staff)
    log.append(transaction, facts.staff_changed(staff))
    return staff, secret


def invite_again(transaction: Transaction, staff_id: UUID) -> tuple[Staff, str]:
    """A new secret in place of the earlier: for a link that was lost, or a password that is forgotten.

    Raises:
        NotFound: no such account. AccountDisabled.
    """
    staff = find_account(transaction, staff_id)
    if staff.disabled_at is not None:
        raise AccountDisabled
    return staff, renew_invitation(staff)


def name_of(transaction: Transaction, subject: str) -> str | None:
    """The name of the account that tokens call ``subject``; None if it is none of ours."""
    kind, _, identity = subject.partition(":")
    if kind != "staff":
        return None
    try:
        staff = transaction.get(Staff, UUID(identity))
    except ValueError:
        return None
    return staff.name if staff else None


def renew_invitation(staff: Staff) -> str:
    """Give the account one secret that is good once, for three days."""
    secret = credentials.new_secret()
    staff.invitation_hash = credentials.fingerprint(secret)
    staff.invitation_expires_at = now() + INVITATION
    return secret


def invitation_url(public_url: str, secret: str) -> str:
    """Where the owner of a new account sets a password."""
    return f"{public_url}/v1/staff/invitations/{secret}"


def invited(transaction: Transaction, secret: str) -> Staff:
    """The account, locked, that ``secret`` invites to.

    Raises:
        InvitationOver: it does to none, or not any more.
    """
    query = select(Staff).where(Staff.invitation_hash == credentials.fingerprint(secret))
    staff = transaction.scalars(query.with_for_update()).first()
    if staff is None or staff.disabled_at is not None:
        raise InvitationOver
    if staff.invitation_expires_at is None or staff.invitation_expires_at <= now():
        raise InvitationOver
    return staff


def accept_invitation(transaction: Transaction, secret: str, password: str) -> SignedIn:
    """Set the password that the invitation was for, and sign in with it.

    Raises:
        InvitationOver. Invalid: the password is not good.
    """
    staff = invited(transaction, secret)
    set_password(transaction, staff, password, field="password")
    staff.invitation_hash = staff.invitation_expires_at = None
    lockout.forget_failures(transaction, staff.email)
    return open_sign_in(transaction, staff)


def change_account(transaction: Transaction, staff_id: UUID, changes: dict[str, Any]) -> Staff:
    """Change name, language, role, organisation or programmes, disable (``disabled``) or enable again.

    Who is disabled is signed out at once; other changes show in the next token, minutes later.

    Raises:
        NotFound. Invalid: no such organisation or programme, or a facilitator of none.
        LastManager: nobody would be left to manage the accounts.
    """
    managers = _active_managers(transaction)
    staff = find_account(transaction, staff_id)
    disabled = changes.pop("disabled", staff.disabled_at is not None)
    for name, value in changes.items():
        setattr(staff, name, value)
    if managers == [staff.id] and (disabled or staff.role != "manager"):
        raise LastManager
    _check(transaction, staff)
    if not disabled:
        staff.disabled_at = None
    elif staff.disabled_at is None:
        staff.disabled_at = now()
        end_sign_ins(transaction, staff)
    log.append(transaction, facts.staff_changed(staff))
    return staff


def find_account(transaction: Transaction, staff_id: UUID) -> Staff:
    """The account, locked.

    Raises:
        NotFound: there is none.
    """
    staff = transaction.get(Staff, staff_id, with_for_update=True)
    if staff is None:
        raise NotFound
    return staff


def list_accounts(
    transaction: Transaction, *, email: str | None, after: UUID | None, limit: int
) -> Sequence[Staff]:
    """Accounts in the order of their making; with ``email`` the one of that address."""
    query = select(Staff).order_by(Staff.id).limit(limit)
    if email is not None:
        query = query.where(Staff.email == email)
    if after is not None:
        query = query.where(Staff.id > after)
    return transaction.scalars(query).all()


def _active_managers(transaction: Transaction) -> list[UUID]:
    """Managers who can sign in, locked: or two could take each other's place away at once."""
    query = (
        select(Staff.id)
        .where(Staff.role == "manager", Staff.disabled_at.is_(None))
        .where(or_(Staff.password_hash.is_not(None), Staff.oidc_subject.is_not(None)))
        .order_by(Staff.id)
        .with_for_update()
    )
    return list(transaction.scalars(query))


def _check(transaction: Transaction, staff: Staff) -> None:
    # Not flushed before it is checked: the database would refuse in words of its own.
    with transaction.no_autoflush:
        if staff.role == "facilitator" and staff.organisation_code is None:
            raise invalid(
                "organisation",
                "A facilitator belongs to an organisation.",
                "Un animateur appartient à une structure.",
            )
        code = staff.organisation_code
        if code is not None and transaction.get(Organisation, code) is None:
            raise invalid(
                "organisation", "There is no such organisation.", "Cette structure n'existe pas."
            )
        query = select(Programme.code).where(Programme.code.in_(staff.programmes))
        known = set(transaction.scalars(query))
    for number, programme in enumerate(staff.programmes):
        if programme not in known:
            raise invalid(
                f"programmes.{number}",
                "There is no such programme.",
                "Ce dispositif n'existe pas.",
            )
