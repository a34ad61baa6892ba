"""Signing in with a password, and staying signed in with refresh tokens that are good once."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session as Transaction
from uuid_utils.compat import uuid7

from services.registrations import credentials
from services.registrations.credentials import FAILURES_FORGOTTEN
from services.registrations.models import OidcAttempt, SignInFailure, Staff, StaffSignIn
from services.registrations.operations.clock import now
from services.registrations.operations.staff import lockout
from services.registrations.refusals import NoAccount, SignInOver, WrongCredentials
from shared.db import Database
from shared.errors import invalid

# A working day without a break, and a working week in all.
IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A member of staff who proved who they are, and the token with which they stay signed in."""

    staff: Staff
    refresh_token: str
    refresh_expires_at: datetime


def sign_in(database: Database, *, email: str, password: str, address: str) -> SignedIn:
    """Sign in with a password; ``address`` is the network address that the request comes from.

    No transaction is open while the password is checked, which takes its time.

    Raises:
        WrongCredentials: whatever the reason; all of them take the same time.
    """
    with database.transaction() as transaction:
        may_try = lockout.begin_attempt(transaction, email=email, address=address)
        known = transaction.scalars(select(Staff).where(Staff.email == email)).first()
    right = credentials.matches(known.password_hash if known else None, password)
    if known is None or not (right and may_try):
        raise WrongCredentials
    with database.transaction() as transaction:
        staff = transaction.get_one(Staff, known.id, with_for_update=True)
        if staff.disabled_at is not None or staff.password_hash != known.password_hash:
            raise WrongCredentials
        lockout.succeeded(transaction, email=email, address=address)
        if staff.password_hash is not None and credentials.is_outdated(staff.password_hash):
            staff.password_hash = credentials.hash_password(password)
        return open_sign_in(transaction, staff)


def open_sign_in(transaction: Transaction, staff: Staff) -> SignedIn:
    """Let ``staff``, who proved who they are, in."""
    moment = now()
    staff.last_sign_in_at = moment
    secret = credentials.new_secret()
    opened = StaffSignIn(
        id=uuid7(),
        staff_id=staff.id,
        token_hash=credentials.fingerprint(secret),
        expires_at=moment + IDLE,
        ends_at=moment + LONGEST,
    )
    transaction.add(opened)
    return SignedIn(staff, f"{opened.id}.{secret}", opened.expires_at)


def refresh(database: Database, token: str) -> SignedIn:
    """Exchange a refresh token for the next one.

    One that comes a second time was copied: nobody can tell by whom, so that whole sign-in ends.

    Raises:
        SignInOver: the token is not good, or not any more.
    """
    with database.transaction() as transaction:
        opened, is_current = _opened(transaction, token)
        if opened is not None:
            staff = transaction.get_one(Staff, opened.staff_id)
            if is_current and opened.expires_at > now() and staff.disabled_at is None:
                secret = credentials.new_secret()
                opened.token_hash = credentials.fingerprint(secret)
                opened.expires_at = min(now() + IDLE, opened.ends_at)
                return SignedIn(staff, f"{opened.id}.{secret}", opened.expires_at)
            transaction.delete(opened)
    raise SignInOver


def sign_out(transaction: Transaction, token: str) -> None:
    """End the sign-in that ``token`` belongs to, if there is one."""
    opened, _ = _opened(transaction, token)
    if opened is not None:
        transaction.delete(opened)


def change_password(
    database: Database, staff_id: UUID, *, current: str, new: str, address: str
) -> SignedIn:
    """Give the account another password; whoever else is signed in to it is not any more.

    Raises:
        NoAccount: there is none of that id. Invalid: the current password is not right, or the new
            one is not good.
    """
    with database.transaction() as transaction:
        known = transaction.get(Staff, staff_id)
        if known is None:
            raise NoAccount
        may_try = lockout.begin_attempt(transaction, email=known.email, address=address)
    if not (credentials.matches(known.password_hash, current) and may_try):
        raise invalid(
            "current_password",
            "It is not right, or there were too many attempts: try again later.",
            "Il n'est pas juste, ou il y a eu trop d'essais : réessayez plus tard.",
        )
    with database.transaction() as transaction:
        staff = transaction.get_one(Staff, staff_id, with_for_update=True)
        if staff.disabled_at is not None or staff.password_hash != known.password_hash:
            raise SignInOver
        lockout.succeeded(transaction, email=staff.email, address=address)
        set_password(transaction, staff, new, field="new_password")
        return open_sign_in(transaction, staff)


def set_password(transaction: Transaction, staff: Staff, password: str, *, field: str) -> None:
    """Keep a new password, and end every sign-in that began with another.

    Raises:
        Invalid: the password is not good for this account; the refusal names ``field``.
    """
    objection = credentials.objection(password, email=staff.email, name=staff.name)
    if objection is not None:
        raise invalid(field, objection.en, objection.fr)
    staff.password_hash = credentials.hash_password(password)
    end_sign_ins(transaction, staff)


def end_sign_ins(transaction: Transaction, staff: Staff) -> None:
    """None of the account's refresh tokens is good any more."""
    transaction.execute(delete(StaffSignIn).where(StaffSignIn.staff_id == staff.id))


def forget_old(transaction: Transaction) -> None:
    """Delete sign-ins and attempts that are over, and failures that no longer count."""
    moment = now()
    transaction.execute(delete(StaffSignIn).where(StaffSignIn.expires_at < moment))
    transaction.execute(delete(OidcAttempt).where(OidcAttempt.expires_at < moment))
    transaction.execute(
        delete(SignInFailure).where(SignInFailure.last_at < moment - FAILURES_FORGOTTEN)
    )


def _opened(transaction: Transaction, token: str) -> tuple[StaffSignIn | None, bool]:
    """The sign-in that ``token`` belongs to, locked, and whether it is the token that is good now."""
    identity, _, secret = token.partition(".")
    try:
        sign_in_id = UUID(identity)
    except ValueError:
        return None, False
    opened = transaction.get(StaffSignIn, sign_in_id, with_for_update=True)
    if opened is None:
        return None, False
    return opened, hmac.compare_digest(opened.token_hash, credentials.fingerprint(secret))
