"""What whoever has signed in is given: a token for a few minutes, and the means to the next one."""

from typing import Any

from flask import abort, current_app, request

from services.registrations.operations.staff.sign_in import SignedIn
from shared.auth import STAFF_ISSUER, SigningKey

ACCESS_SECONDS = 600


def tokens_of(signed_in: SignedIn) -> dict[str, Any]:
    """The answer to a sign-in. Every service believes the access token until it ends, even if disabled since."""
    key: SigningKey | None = current_app.extensions["arceaux.signing_key"]
    if key is None:
        abort(503)
    staff = signed_in.staff
    claims: dict[str, Any] = {
        "iss": STAFF_ISSUER,
        "sub": f"staff:{staff.id}",
        "role": staff.role,
        "programmes": staff.programmes,
    }
    if staff.organisation_code is not None:
        claims["organisation"] = staff.organisation_code
    return {
        "access_token": key.sign(claims, seconds=ACCESS_SECONDS),
        "token_type": "Bearer",
        "expires_in": ACCESS_SECONDS,
        "refresh_token": signed_in.refresh_token,
        "refresh_expires_at": signed_in.refresh_expires_at,
        "staff": staff,
    }


def network_address() -> str:
    """Where the request comes from, for counting failures."""
    return request.remote_addr or "unknown"
