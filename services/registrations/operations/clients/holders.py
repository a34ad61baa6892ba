"""Web clients: other people's programs, each with a key of its own and a limit of its own."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session as Transaction

from services.registrations.credentials import fingerprint, new_secret
from services.registrations.models import WebClient
from services.registrations.operations.clock import now
from services.registrations.refusals import AlreadyExists, UnknownKey
from shared.errors import NotFound

# What people put in programs by mistake is then found in public code by those who look for it.
_KEY_PREFIX = "arceaux_"
# Time to put a new key in place everywhere before the old one ends.
KEYS_OVERLAP = timedelta(hours=24)


def add_client(
    transaction: Transaction, *, code: str, name: str, rate: str | None
) -> tuple[WebClient, str]:
    """Make a web client; returns it and its key, which is not kept.

    Raises:
        AlreadyExists: the code is taken.
    """
    key = _new_key()
    client = WebClient(code=code, name=name, rate=rate, key_hash=fingerprint(key))
    transaction.add(client)
    try:
        transaction.flush()
    except IntegrityError:
        raise AlreadyExists from None
    transaction.refresh(client)
    return client, key


def renew_key(transaction: Transaction, client_id: UUID) -> tuple[WebClient, str]:
    """Give the client a new key; the one before is good for another day.

    Raises:
        NotFound: there is no such client.
    """
    client = find_client(transaction, client_id)
    key = _new_key()
    client.earlier_key_hash, client.key_hash = client.key_hash, fingerprint(key)
    client.earlier_key_until = now() + KEYS_OVERLAP
    return client, key


def change_client(transaction: Transaction, client_id: UUID, changes: dict[str, Any]) -> WebClient:
    """Change name or rate, keep the client out (``disabled``) or let it in again.

    Raises:
        NotFound: there is no such client.
    """
    client = find_client(transaction, client_id)
    disabled = changes.pop("disabled", client.disabled_at is not None)
    for name, value in changes.items():
        setattr(client, name, value)
    if not disabled:
        client.disabled_at = None
    elif client.disabled_at is None:
        client.disabled_at = now()
    return client


def client_of(transaction: Transaction, key: str) -> WebClient:
    """The client whose key this is.

    Raises:
        UnknownKey: nobody's, or not any more.
    """
    hashed = fingerprint(key)
    query = select(WebClient).where(
        WebClient.disabled_at.is_(None),
        or_(
            WebClient.key_hash == hashed,
            and_(WebClient.earlier_key_hash == hashed, WebClient.earlier_key_until > now()),
        ),
    )
    client = transaction.scalars(query).first()
    if client is None:
        raise UnknownKey
    return client


def find_client(transaction: Transaction, client_id: UUID) -> WebClient:
    """The client, locked.

    Raises:
        NotFound: there is none.
    """
    client = transaction.get(WebClient, client_id, with_for_update=True)
    if client is None:
        raise NotFound
    return client


def list_clients(
    transaction: Transaction, *, after: UUID | None, limit: int
) -> Sequence[WebClient]:
    """Web clients in the order of their making."""
    query = select(WebClient).order_by(WebClient.id).limit(limit)
    if after is not None:
        query = query.where(WebClient.id > after)
    return transaction.scalars(query).all()


def _new_key() -> str:
    return _KEY_PREFIX + new_secret()
