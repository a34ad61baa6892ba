"""What notifications needs to know besides what every service does."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from email.headerregistry import Address
from email.utils import parseaddr
from functools import cache
from typing import Literal, NamedTuple
from urllib.parse import unquote, urlsplit

import phonenumbers
from environs import Env, ValidationError

from shared.settings import SettingsError, environment, seal

Tls = Literal["none", "starttls", "implicit"]
_TLS_AND_PORT: dict[str, tuple[Tls, int]] = {
    "smtp": ("none", 25),
    "smtp+starttls": ("starttls", 587),
    "smtps": ("implicit", 465),
}
_DOMAIN = re.compile(r"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$")
_SENDER = "Tiers-lieu des Arceaux <ne-pas-repondre@arceaux.example>"
SMS_PROVIDERS = ("ovh", "brevo", "gateway")
# What operators show as the sender of an SMS: letters and digits, at most eleven.
_SMS_SENDER = re.compile(r"[A-Za-z0-9 ]{3,11}")
_FIELDS = frozenset({"to", "text", "sender", "reference", "id", "cost", "state"})


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
    ``phone``: of the house (E.164), for messages about no session. ``reply_to``: where answers are read, if
    anywhere.
    """

    server: SmtpServer
    sender: Address
    lease: float
    timeout: float
    answer_timeout: float
    attempts: int
    public_url: str
    own_public_url: str
    phone: str | None = None
    reply_to: Address | None = None


@dataclass(frozen=True, slots=True)
class Author:
    """In whose name messages are written, where their links lead, whom to call, and where answers are read."""

    sender: Address
    public_url: str
    phone: str | None
    reply_to: Address | None


@cache
def author() -> Author:
    """Who writes, as this process was told; read at the first call.

    Raises:
        SettingsError: one or more variables are malformed; all are named.
    """
    env = environment()
    said = _author(env)
    seal(env)
    return said.read()


@dataclass(frozen=True, slots=True)
class OvhSettings:
    """``service`` is the name of the SMS account, such as ``sms-ab12345-1``."""

    endpoint: str
    application_key: str
    application_secret: str
    consumer_key: str
    service: str


@dataclass(frozen=True, slots=True)
class BrevoSettings:
    url: str
    api_key: str


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """``fields`` gives fields of ours the names that they have there."""

    url: str
    secret: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SmsSettings:
    """How SMS are sent. Durations are in seconds, money in cents of a euro.

    ``providers``: who carries them, the first choice first; none where no SMS is sent. ``price``: of one
    segment. ``budget``: for a calendar month (UTC). ``daily_cap``: most to one person in a day.
    ``attempts``: after so many in a row that came to nothing the next channel is tried. ``slow``: an answer
    that takes longer counts as a failure of the provider. ``callbacks``: the address under which providers
    reach this service's callbacks, and ``secret`` what those put in it that sign nothing.
    """

    providers: tuple[str, ...]
    sender: str
    price: Decimal
    budget: Decimal
    daily_cap: int
    attempts: int
    timeout: float
    slow: float
    callbacks: str | None
    secret: str | None
    ovh: OvhSettings
    brevo: BrevoSettings
    gateway: GatewaySettings

    @property
    def offered(self) -> bool:
        """Whether anybody carries SMS at all."""
        return bool(self.providers)


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
    said = _author(env)
    own = env.str("NOTIFICATIONS_URL", "http://127.0.0.1:8002")
    own_public_url = env.str("NOTIFICATIONS_PUBLIC_URL", own)
    seal(env)
    by = said.read()
    return MailSettings(
        server=smtp_server(url),
        sender=by.sender,
        lease=lease,
        timeout=timeout,
        answer_timeout=answer_timeout,
        attempts=attempts,
        public_url=by.public_url,
        own_public_url=own_public_url,
        phone=by.phone,
        reply_to=by.reply_to,
    )


class _SaidOfAuthor(NamedTuple):
    """The variables that say who writes, usable once the environment is sealed."""

    sender: str
    public_url: str
    phone: str | None
    reply_to: str | None

    def read(self) -> Author:
        return Author(
            sender=sender_address(self.sender),
            public_url=self.public_url,
            phone=self.phone and house_phone(self.phone),
            reply_to=sender_address(self.reply_to) if self.reply_to else None,
        )


def _author(env: Env) -> _SaidOfAuthor:
    registrations = env.str("REGISTRATIONS_URL", "http://127.0.0.1:8001")
    return _SaidOfAuthor(
        sender=env.str("MAIL_FROM", _SENDER, validate=_check(sender_address)),
        public_url=env.str("PUBLIC_URL", registrations),
        phone=env.str("HOUSE_PHONE", None, validate=_check(house_phone)),
        reply_to=env.str("MAIL_REPLY_TO", None, validate=_check(sender_address)),
    )


@cache
def sms_settings() -> SmsSettings:
    """The SMS settings of this process, read at the first call.

    Raises:
        SettingsError: one or more variables are missing or malformed; all are named.
    """
    env = environment()
    settings = SmsSettings(
        # None when it is malformed, which sealing will tell.
        providers=tuple(env.list("SMS_PROVIDERS", [], validate=_check_providers) or ()),
        sender=env.str("SMS_SENDER", "Arceaux", validate=_check(_sms_sender)),
        price=env.decimal("SMS_PRICE", Decimal("5.5"), validate=_check_not_negative),
        budget=env.decimal("SMS_BUDGET", Decimal(5000), validate=_check_not_negative),
        daily_cap=env.int("SMS_DAILY_CAP", 3),
        attempts=env.int("SEND_ATTEMPTS", 6),
        timeout=env.float("SMS_TIMEOUT", 10.0),
        slow=env.float("SMS_SLOW", 5.0),
        callbacks=env.str("SMS_CALLBACKS_URL", None),
        secret=env.str("SMS_CALLBACK_SECRET", None),
        ovh=OvhSettings(
            endpoint=env.str("OVH_ENDPOINT", "https://eu.api.ovh.com/1.0"),
            application_key=env.str("OVH_APPLICATION_KEY", ""),
            application_secret=env.str("OVH_APPLICATION_SECRET", ""),
            consumer_key=env.str("OVH_CONSUMER_KEY", ""),
            service=env.str("OVH_SMS_SERVICE", ""),
        ),
        brevo=BrevoSettings(
            url=env.str("BREVO_URL", "https://api.brevo.com/v3"),
            api_key=env.str("BREVO_API_KEY", ""),
        ),
        gateway=GatewaySettings(
            url=env.str("SMS_GATEWAY_URL", ""),
            secret=env.str("SMS_GATEWAY_SECRET", ""),
            fields=env.dict("SMS_GATEWAY_FIELDS", {}, validate=_check_fields) or {},
        ),
    )
    seal(env)
    _check_complete(settings)
    return settings


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
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if not (user + password).isascii():
        # As the sign-in of SMTP would have it, prepared by rules (RFC 4954, 4) that no library here knows.
        raise ValueError("user or password with letters beyond ASCII")
    tls, port = _TLS_AND_PORT[parts.scheme]
    return SmtpServer(
        host=parts.hostname,
        port=parts.port or port,
        tls=tls,
        user=user or None,
        password=password,
    )


def sender_address(text: str) -> Address:
    """Read ``Name <address@domain>`` or a bare address.

    Raises:
        ValueError: there is no usable address in it.
    """
    name, spec = parseaddr(text)
    user, _, domain = spec.rpartition("@")
    if not user.isascii() or not user or not _DOMAIN.match(domain):
        raise ValueError("not of the form Name <address@domain>")
    return Address(display_name=name, username=user, domain=domain)


def house_phone(text: str) -> str:
    """Read a phone number, a French one without its country code; as E.164.

    Raises:
        ValueError: it is none.
    """
    try:
        number = phonenumbers.parse(text, "FR")
    except phonenumbers.NumberParseException:
        raise ValueError("not a phone number") from None
    if not phonenumbers.is_possible_number(number):
        raise ValueError("not a phone number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _sms_sender(text: str) -> None:
    if not _SMS_SENDER.fullmatch(text):
        raise ValueError("not three to eleven letters, digits and spaces")


def _check_providers(names: list[str]) -> None:
    unknown = sorted(set(names) - set(SMS_PROVIDERS))
    if unknown or len(set(names)) != len(names):
        raise ValidationError(f"not a list of some of {', '.join(SMS_PROVIDERS)}, each once")


def _check_not_negative(amount: Decimal) -> None:
    if not amount.is_finite() or amount < 0:
        raise ValidationError("not an amount in cents")


def _check_fields(fields: Mapping[str, str]) -> None:
    unknown = sorted(set(fields) - _FIELDS)
    if unknown:
        raise ValidationError(f"there is no field {', '.join(unknown)}")


def _check_complete(settings: SmsSettings) -> None:
    """End the process if a provider is to be used of which something is not known."""
    needed: Mapping[str, Mapping[str, str]] = {
        "ovh": {
            "ARCEAUX_OVH_APPLICATION_KEY": settings.ovh.application_key,
            "ARCEAUX_OVH_APPLICATION_SECRET": settings.ovh.application_secret,
            "ARCEAUX_OVH_CONSUMER_KEY": settings.ovh.consumer_key,
            "ARCEAUX_OVH_SMS_SERVICE": settings.ovh.service,
        },
        "brevo": {"ARCEAUX_BREVO_API_KEY": settings.brevo.api_key},
        "gateway": {
            "ARCEAUX_SMS_GATEWAY_URL": settings.gateway.url,
            "ARCEAUX_SMS_GATEWAY_SECRET": settings.gateway.secret,
        },
    }
    missing = [
        name for one in settings.providers for name, value in needed[one].items() if not value
    ]
    if missing:
        raise SettingsError(f"The environment is not usable: {', '.join(missing)} must be set")


def _check(read: Callable[[str], object]) -> Callable[[str], None]:
    def validate(text: str) -> None:
        try:
            read(text)
        except ValueError as error:
            # The value itself is not repeated: it may hold a password.
            raise ValidationError(str(error)) from None

    return validate
