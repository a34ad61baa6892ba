"""Links by which a participant sees and cancels a registration without an account, or reads of a session.

The token in a link is derived from a secret of the participant that only registrations and
notifications hold; a new secret makes every older link void.
"""

import base64
import hashlib
import hmac
import secrets
from uuid import UUID

from shared.events.short_codes import short_code


def new_access_key() -> str:
    """A participant's secret: 256 random bits."""
    return secrets.token_urlsafe(32)


def manage_token(access_key: str, registration_id: UUID) -> str:
    """The token that opens ``registration_id``: HMAC-SHA256, cut to 144 bits so that it can be typed."""
    digest = hmac.digest(access_key.encode(), registration_id.bytes, hashlib.sha256)
    return base64.urlsafe_b64encode(digest[:18]).decode()


def is_manage_token(token: str, access_key: str, registration_id: UUID) -> bool:
    """Whether ``token`` opens ``registration_id``; takes the same time for every wrong one."""
    expected = manage_token(access_key, registration_id)
    return hmac.compare_digest(token.encode(errors="replace"), expected.encode())


def manage_url(public_url: str, registration_id: UUID, access_key: str) -> str:
    """Where the participant manages the registration."""
    token = manage_token(access_key, registration_id)
    return f"{public_url}/v1/registrations/{registration_id}?token={token}"


def code_url(public_url: str, registration_id: UUID, access_key: str) -> str:
    """The same in as few signs as it goes, by the registration's short code."""
    code = short_code(access_key, registration_id).replace("-", "")
    return f"{public_url}/v1/registrations/by-code/{code}"


def session_url(public_url: str, session_id: UUID) -> str:
    """Where anybody reads of a session."""
    return f"{public_url}/v1/sessions/{session_id}"
