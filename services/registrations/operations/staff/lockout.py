"""Counting failures to sign in, so that guessing becomes slow; alike for accounts that do not exist."""

from contextlib import suppress
from ipaddress import ip_address, ip_network

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session as Transaction

from services.registrations.credentials import (
    ACCOUNT_PATIENCE,
    ADDRESS_PATIENCE,
    FAILURES_FORGOTTEN,
    fingerprint,
)
from services.registrations.models import SignInFailure
from services.registrations.operations.clock import now


def begin_attempt(transaction: Transaction, *, email: str, address: str) -> bool:
    """Count an attempt as failed before it is made; whether it may be made at all.

    Counting first is what keeps many attempts at once from being more than one. While someone has to
    wait nothing is counted: who keeps trying does not prolong it.
    """
    account, network = _account(email), _network(address)
    moment = now()
    nothing = {"failures": 0, "locked_until": moment, "last_at": moment}
    rows = [{"subject": subject, **nothing} for subject in sorted((account, network))]
    transaction.execute(insert(SignInFailure).values(rows).on_conflict_do_nothing())
    found = _locked(transaction, account, network)
    if any(failure.locked_until > moment for failure in found.values()):
        return False
    for subject, patience in ((account, ACCOUNT_PATIENCE), (network, ADDRESS_PATIENCE)):
        failure = found[subject]
        if failure.last_at + FAILURES_FORGOTTEN < moment:
            failure.failures = 0
        failure.failures += 1
        failure.last_at = moment
        failure.locked_until = moment + patience.wait(failure.failures)
    return True


def succeeded(transaction: Transaction, *, email: str, address: str) -> None:
    """The attempt was none of a guesser: the account's failures are forgotten, the address's are one fewer.

    Not all of the address's, or a guesser with one good account could guess at all others.
    """
    found = _locked(transaction, _account(email), _network(address))
    if account := found.get(_account(email)):
        transaction.delete(account)
    if network := found.get(_network(address)):
        network.failures -= 1
        network.locked_until = network.last_at + ADDRESS_PATIENCE.wait(network.failures)


def forget_failures(transaction: Transaction, email: str) -> None:
    """Let the owner of ``email`` try again at once."""
    transaction.execute(delete(SignInFailure).where(SignInFailure.subject == _account(email)))


def _locked(transaction: Transaction, *subjects: str) -> dict[str, SignInFailure]:
    query = (
        select(SignInFailure)
        .where(SignInFailure.subject.in_(subjects))
        # One order for all, or two attempts could wait for each other.
        .order_by(SignInFailure.subject)
        .with_for_update()
    )
    return {failure.subject: failure for failure in transaction.scalars(query)}


def _account(email: str) -> str:
    return fingerprint(f"account:{email}")


def _network(address: str) -> str:
    with suppress(ValueError):
        # One connection has the 2^64 addresses of its IPv6 network.
        if ip_address(address).version == 6:
            address = str(ip_network((address, 64), strict=False))
    return fingerprint(f"address:{address}")
