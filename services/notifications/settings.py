"""What notifications needs to know besides what every service does."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from email.headerregistry import Address
from email.utils import parseaddr
from functools import cache
from typing import Literal
from urllib.parse import unquote, urlsplit

from environs import Env, ValidationError

from shared.settings import environment, seal

Tls = Literal["none", "starttls", "implicit"]
_TLS_AND_PORT: dict[str, tuple[Tls, int]] = {
    "smtp": ("none", 25),
    "smtp+starttls": ("starttls", 587),
    "smtps": ("implicit", 465),
}
_DOMAIN = re.compile(r"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$")
_SENDER = "Tiers-lieu des Arceaux <ne-pas-repondre@arceaux.example>"


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where and how messages are handed over. ``user`` is None where no sign-in is asked for."""

    host: str
    port: int
    tls: Tls
    user: str | None
    password: str


@dataclass(frozen=True, slots=True)
class MailSettings:
    """How mail is sent. Durations are in seconds.

    ``lease``: how long a claimed message may go without a result before the sweeper looks into it.
    ``timeout``: the longest wait for a connection or for the answer to one command.
    ``answer_timeout``: the longest wait for the answer to a whole message, which servers may first search
    for viruses: giving up too soon makes a message's fate unknown.
    ``attempts``: after so many temporary refusals in a row a message has failed.
    ``public_url`` and ``own_public_url``: where people find registrations, and this service.
    """

    server: SmtpServer
    sender: Address
    lease: float
    timeout: float
    answer_timeout: float
    attempts: int
    public_url: str
    own_public_url: str


@dataclass(frozen=True, slots=True)
class Author:
    """In whose name messages are written, and where their links lead."""

    sender: Address
    public_url: str


@cache
def author() -> Author:
    """Who writes, as this process was told; read at the first call.

    Raises:
        SettingsError: one or more variables are malformed; all are named.
    """
    env = environment()
    sender, public_url = _author(env)
    seal(env)
    return Author(sender_address(sender), public_url)


@cache
def mail_settings() -> MailSettings:
    """The mail settings of this process, read at the first call.

    Raises:
        SettingsError: one or more variables are missing or malformed; all are named.
    """
    env = environment()
    url = env.str("SMTP_URL", validate=_check(smtp_server))
    lease = env.float("SEND_LEASE", 60.0)
    timeout = env.float("SMTP_TIMEOUT", 10.0)
    answer_timeout = env.float("SMTP_ANSWER_TIMEOUT", 30.0)
    attempts = env.int("SEND_ATTEMPTS", 6)
    sender, public_url = _author(env)
    own = env.str("NOTIFICATIONS_URL", "http://127.0.0.1:8002")
    own_public_url = env.str("NOTIFICATIONS_PUBLIC_URL", own)
    seal(env)
    return MailSettings(
        server=smtp_server(url),
        sender=sender_address(sender),
        lease=lease,
        timeout=timeout,
        answer_timeout=answer_timeout,
        attempts=attempts,
        public_url=public_url,
        own_public_url=own_public_url,
    )


def _author(env: Env) -> tuple[str, str]:
    registrations = env.str("REGISTRATIONS_URL", "http://127.0.0.1:8001")
    sender: str = env.str("MAIL_FROM", _SENDER, validate=_check(sender_address))
    public_url: str = env.str("PUBLIC_URL", registrations)
    return sender, public_url


def sweep_every() -> float:
    """Seconds between two sweeps.

    Raises:
        SettingsError: the variable is malformed.
    """
    env = environment()
    seconds = env.float("SWEEP_EVERY", 5.0)
    seal(env)
    return seconds


def smtp_server(url: str) -> SmtpServer:
    """Read ``smtp://[user:password@]host[:port]``, or the same with ``smtps`` or ``smtp+starttls``.

    Raises:
        ValueError: it is not of that form.
    """
    parts = urlsplit(url)
    if parts.scheme not in _TLS_AND_PORT or not parts.hostname or parts.path not in ("", "/"):
        raise ValueError("not of the form smtp://[user:password@]host:port")
    tls, port = _TLS_AND_PORT[parts.scheme]
    return SmtpServer(
        host=parts.hostname,
        port=parts.port or port,
        tls=tls,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password or ""),
    )


def sender_address(text: str) -> Address:
    """Read ``Name <address@domain>`` or a bare address.

    Raises:
        ValueError: there is no usable address in it.
    """
    name, spec = parseaddr(text)
    user, _, domain = spec.rpartition("@")
    if not user or not _DOMAIN.match(domain):
        raise ValueError("not of the form Name <address@domain>")
    return Address(display_name=name, username=user, domain=domain)


def _check(read: Callable[[str], object]) -> Callable[[str], None]:
    def validate(text: str) -> None:
        try:
            read(text)
        except ValueError as error:
            # The value itself is not repeated: it may hold a password.
            raise ValidationError(str(error)) from None

    return validate
