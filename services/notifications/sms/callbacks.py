"""How a callback proves from whom it is."""

import hashlib
import hmac
from urllib.parse import urlencode

from services.notifications.sms.provider import Callback, ForgedCallback

SIGNATURE = "X-Signature"


def secret_address(base: str | None, provider: str, secret: str | None) -> str | None:
    """Where a provider that signs nothing calls back: an address that only it is told."""
    return f"{base}/{provider}?{urlencode({'secret': secret})}" if base and secret else None


def check_secret(callback: Callback, secret: str | None) -> None:
    """Compare the secret in the address, in constant time.

    Raises:
        ForgedCallback: it is not ours, or there is none.
    """
    given = callback.query.get("secret", "")
    if not secret or not hmac.compare_digest(given.encode(errors="replace"), secret.encode()):
        raise ForgedCallback


def check_signature(callback: Callback, secret: str | None) -> None:
    """Compare ``X-Signature`` with that of the body, in constant time.

    Raises:
        ForgedCallback: it is another's, or there is none.
    """
    given = callback.headers.get(SIGNATURE, "")
    expected = signature(callback.body, secret or "")
    if not secret or not hmac.compare_digest(given.encode(errors="replace"), expected.encode()):
        raise ForgedCallback


def signature(content: bytes, secret: str) -> str:
    """``sha256=`` and the HMAC-SHA256 of ``content``, in hexadecimal."""
    return "sha256=" + hmac.digest(secret.encode(), content, hashlib.sha256).hex()
