"""The rules of webhooks: who is told what, how it is signed, when it is tried again.

What is posted follows Standard Webhooks (https://www.standardwebhooks.com): the headers ``webhook-id``,
``webhook-timestamp`` and ``webhook-signature``, and a body of ``type``, ``timestamp`` and ``data``.
"""

import base64
import ipaddress
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from standardwebhooks.webhooks import Webhook

# Everyone may know of these, if the programme is not a discreet one.
SESSION_EVENTS = (
    "session.published",
    "session.rescheduled",
    "session.formed",
    "session.cancelled",
    "session.closed",
)
# A client is told these of registrations that were posted with its key, and of no others.
REGISTRATION_EVENTS = (
    "registration.requested",
    "registration.confirmed",
    "registration.waitlisted",
    "registration.offered",
    "registration.expired",
    "registration.declined",
    "registration.cancelled",
)
EVENTS = (*SESSION_EVENTS, *REGISTRATION_EVENTS)
# Posted when someone asks whether the address works.
PING = "webhook.ping"

# Of a registration: not who the person is, not even by pseudonym, and not why an adviser declined.
_REGISTRATION_FIELDS = (
    "registration_id",
    "session_id",
    "previous",
    "waitlist_position",
    "offered_until",
)

# Standard Webhooks' own schedule: the waits after the first attempt, the second, and so on; three days.
_WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
ATTEMPTS = len(_WAITS) + 1
LONGEST_WAIT = _WAITS[-1]
_SECRET_PREFIX = "whsec_"  # noqa: S105 - what Standard Webhooks begins every secret with
_SECRET_BYTES = 24


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: a status, or in a word the ``problem`` for which there is none.

    ``retry_after`` is for how many seconds the receiver asked to be left alone, if it did.
    """

    status_code: int | None = None
    problem: str | None = None
    retry_after: int | None = None


class Verdict(StrEnum):
    """What an attempt means for its delivery."""

    DELIVERED = "delivered"
    AGAIN = "again"
    GONE = "gone"


def verdict(status_code: int | None) -> Verdict:
    """What an answer of ``status_code`` means; None stands for no answer. Redirections are not followed."""
    if status_code is not None and 200 <= status_code < 300:
        return Verdict.DELIVERED
    return Verdict.GONE if status_code == 410 else Verdict.AGAIN


def wait_after(attempts: int, retry_after: int | None = None) -> timedelta | None:
    """How long to wait after so many failed ``attempts``; None when that was the last.

    ``retry_after`` is for how many seconds the receiver asked to be left alone.
    """
    if attempts >= ATTEMPTS:
        return None
    wait = _WAITS[attempts - 1]
    if retry_after is None:
        return wait
    asked = min(retry_after, int(LONGEST_WAIT.total_seconds()))
    return max(wait, timedelta(seconds=asked))


def told_fields(event_type: str, fields: Iterable[str]) -> list[str]:
    """Which of the ``fields`` of a fact are posted."""
    if event_type not in REGISTRATION_EVENTS:
        return list(fields)
    return [name for name in fields if name in _REGISTRATION_FIELDS]


def body(event_type: str, time: datetime, data: Mapping[str, Any]) -> str:
    """What is posted of a fact: all of a session's, of a registration's what its client may know."""
    fields = {name: data[name] for name in told_fields(event_type, data)}
    told = {"type": event_type, "timestamp": time.isoformat(), "data": fields}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def new_secret() -> str:
    """A signing secret as Standard Webhooks writes it."""
    return _SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signatures(message_id: str, timestamp: datetime, posted: str, signers: Sequence[str]) -> str:
    """The ``webhook-signature`` of a message: one for each secret, so that a new one can be put in place."""
    return " ".join(Webhook(one).sign(message_id, timestamp, posted) for one in signers)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the Internet, and not of this machine or its network."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return ip.is_global and not ip.is_multicast


def may_be_public(host: str) -> bool:
    """Whether a host's name says nothing else; where it leads is known only when it is called."""
    try:
        return is_public(host)
    except ValueError:
        return host.rstrip(".") != "localhost" and not host.rstrip(".").endswith(".localhost")
