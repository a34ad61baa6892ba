"""Signing in with the identity that an issuer vouches for."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session as Transaction

from services.registrations.credentials import fingerprint, new_secret
from services.registrations.models import OidcAttempt, Staff
from services.registrations.operations.clock import now
from services.registrations.operations.staff.sign_in import SignedIn, open_sign_in
from services.registrations.refusals import NotKnownHere

PATIENCE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What the issuer must give back (``nonce``), and what proves that it was us who asked."""

    nonce: str
    code_verifier: str


def begin_attempt(transaction: Transaction) -> tuple[str, Attempt]:
    """Remember for ten minutes that someone was sent to the issuer; returns the ``state`` that names it."""
    state, attempt = new_secret(), Attempt(new_secret(), new_secret())
    transaction.add(
        OidcAttempt(
            state_hash=fingerprint(state),
            nonce=attempt.nonce,
            code_verifier=attempt.code_verifier,
            expires_at=now() + PATIENCE,
        )
    )
    return state, attempt


def take_attempt(transaction: Transaction, state: str) -> Attempt | None:
    """What ``state`` names, once."""
    taken = transaction.execute(
        delete(OidcAttempt)
        .where(OidcAttempt.state_hash == fingerprint(state), OidcAttempt.expires_at > now())
        .returning(OidcAttempt.nonce, OidcAttempt.code_verifier)
    ).first()
    return Attempt(taken.nonce, taken.code_verifier) if taken else None


def sign_in_as(
    transaction: Transaction, *, issuer: str, subject: str, email: str | None, roles: frozenset[str]
) -> SignedIn:
    """Sign in to the account of an identity; a verified ``email`` links it, once, to the account invited.

    The manager's account says what one may do here, the issuer's ``roles`` that one still may: both
    must agree.

    Raises:
        NotKnownHere: there is no such account, it is disabled, or the issuer does not grant its role.
    """
    linked = select(Staff).where(Staff.oidc_issuer == issuer, Staff.oidc_subject == subject)
    staff = transaction.scalars(linked.with_for_update()).first()
    if staff is None and email is not None:
        invited = select(Staff).where(Staff.email == email, Staff.oidc_subject.is_(None))
        staff = transaction.scalars(invited.with_for_update()).first()
    if staff is None or staff.disabled_at is not None or staff.role not in roles:
        raise NotKnownHere
    if staff.oidc_subject is None:
        staff.oidc_issuer, staff.oidc_subject = issuer, subject
        # Its owner has come in: the link that was handed out has done its work.
        staff.invitation_hash = staff.invitation_expires_at = None
    return open_sign_in(transaction, staff)
