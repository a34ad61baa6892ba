"""What registrations alone needs to know: how long people are kept, staff's issuer, what strangers may try."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

import limits
from environs import ValidationError, validate

from shared.auth import STAFF_ROLES
from shared.settings import environment, seal


@dataclass(frozen=True, slots=True)
class GrantedRole:
    """Whoever has ``value`` in ``claim``, alone or in a list, may sign in with an account of ``role``."""

    claim: str
    value: str
    role: str


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """An OpenID Connect issuer, what we are called there, and which roles its claims grant."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    roles: Sequence[GrantedRole]


@dataclass(frozen=True, slots=True)
class OwnSettings:
    """What the web process of registrations needs besides what every service does.

    ``code_rate`` is how often one address may try a short code; ``webhooks_private`` whether webhooks may lead
    to addresses of this network, and without HTTPS; ``retention_months`` how long people are kept.
    """

    oidc: OidcSettings | None = None
    code_rate: str = "10/minute"
    webhooks_private: bool = False
    retention_months: int = 24


def load_own_settings() -> OwnSettings:
    """Read them from the environment.

    Raises:
        SettingsError: one or more variables are missing or malformed; all are named.
    """
    env = environment()
    code_rate = env.str("CODE_RATE", "10/minute", validate=_check_rate)
    seal(env)
    return OwnSettings(
        load_oidc_settings(), code_rate, webhooks_may_be_private(), retention_months()
    )


@cache
def retention_months() -> int:
    """How many months a person is kept after their last contact (``ARCEAUX_RETENTION_MONTHS``).

    Raises:
        SettingsError: it is not a number of months from 1 to 1200.
    """
    env = environment()
    months: int = env.int("RETENTION_MONTHS", 24, validate=validate.Range(1, 1200))
    seal(env)
    return months


def load_oidc_settings() -> OidcSettings | None:
    """Read ``ARCEAUX_OIDC_…``; None when no issuer is named.

    Raises:
        SettingsError: one or more variables are missing or malformed; all are named.
    """
    env = environment()
    issuer = env.str("OIDC_ISSUER", None)
    if issuer is None:
        return None
    client_id = env.str("OIDC_CLIENT_ID")
    client_secret = env.str("OIDC_CLIENT_SECRET")
    roles = env.list("OIDC_ROLES", subcast=_granted_role)
    seal(env)
    return OidcSettings(issuer.rstrip("/"), client_id, client_secret, roles)


def webhooks_may_be_private() -> bool:
    """Whether webhooks may lead to addresses of this network, and without HTTPS.

    Raises:
        SettingsError: the variable is malformed.
    """
    env = environment()
    private = env.bool("WEBHOOKS_PRIVATE", default=False)
    seal(env)
    return private


def _check_rate(text: str) -> None:
    try:
        if text != "off":
            limits.parse(text)
    except ValueError:
        raise ValidationError(f"{text!r} is neither off nor a rate such as 10/minute") from None


def _granted_role(text: str) -> GrantedRole:
    """``claim=value:role``; a value may hold colons itself."""
    condition, _, role = text.strip().rpartition(":")
    claim, _, value = condition.partition("=")
    if not claim or not value or role not in STAFF_ROLES:
        raise ValidationError(
            f"{text!r} is not claim=value:role with a role of {', '.join(STAFF_ROLES)}"
        )
    return GrantedRole(claim, value, role)
