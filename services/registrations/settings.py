"""What registrations alone needs to know: how long people are kept, and the issuer of staff, if there is one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

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


def _granted_role(text: str) -> GrantedRole:
    """``claim=value:role``; a value may hold colons itself."""
    condition, _, role = text.strip().rpartition(":")
    claim, _, value = condition.partition("=")
    if not claim or not value or role not in STAFF_ROLES:
        raise ValidationError(
            f"{text!r} is not claim=value:role with a role of {', '.join(STAFF_ROLES)}"
        )
    return GrantedRole(claim, value, role)
