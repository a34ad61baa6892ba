"""Signing keys of the services on this machine, and staff tokens made with them."""

from __future__ import annotations

import base64
import getpass
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path

from local.errors import Failure
from local.folder import write_private

STAFF_ROLES = ("facilitator", "adviser", "manager", "operator")
ROLES = (*STAFF_ROLES, "service")
LIFETIME = 3600
EVERY_PROGRAMME = "*"

# PKCS 8 for Ed25519 is this and 32 random bytes (RFC 8410). Written here by hand, so that the
# supervisor, which stays in memory, need not load a cryptographic library to make a key.
_PKCS8_ED25519 = bytes.fromhex("302e020100300506032b657004220420")


def private_key(folder: Path, service: str) -> Path:
    """The file with the Ed25519 private key of ``service``, PEM, made at the first call."""
    file = folder / f"{service}.pem"
    if not file.exists():
        write_private(file, new_private_key())
    return file


def new_private_key() -> str:
    """A new Ed25519 private key, PEM."""
    body = base64.b64encode(_PKCS8_ED25519 + os.urandom(32)).decode()
    return f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n"


def token(
    file: Path, role: str, organisation: str | None = None, programmes: Sequence[str] = ()
) -> str:
    """A staff token, good for an hour, signed with the registrations key in ``file``.

    ``programmes`` are the discreet programmes whose people the holder may know of: without any, all.

    Raises ``Failure`` for an unknown role, for a facilitator of no organisation, or when the key
    cannot be read.
    """
    # They cost megabytes, and the supervisor, which stays in memory, never makes a token.
    import jwt  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
        Ed25519PrivateKey,
    )
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    if role not in ROLES:
        raise Failure(f"there is no role {role!r}: choose one of {', '.join(ROLES)}")
    if role == "facilitator" and not organisation:
        raise Failure("a facilitator belongs to an organisation: add --organisation CODE")
    try:
        key = load_pem_private_key(file.read_bytes(), password=None)
    except OSError as error:
        raise Failure(f"the signing key {file} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise Failure(f"{file} is not a private key") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise Failure(f"{file} is not an Ed25519 key")
    now = int(time.time())
    claims: dict[str, str | int | list[str]] = {
        "iss": "registrations",
        "aud": "arceaux",
        "sub": f"local:{_user()}",
        "role": role,
        "programmes": list(programmes) or [EVERY_PROGRAMME],
        "iat": now,
        "exp": now + LIFETIME,
    }
    if organisation:
        claims["organisation"] = organisation
    thumbprint = _thumbprint(key.public_key().public_bytes_raw())
    return jwt.encode(claims, key, algorithm="EdDSA", headers={"kid": thumbprint})


def _thumbprint(public: bytes) -> str:
    """RFC 7638: the digest of the key's required members, sorted, without spaces."""
    import hashlib  # noqa: PLC0415 — as above

    members = {"crv": "Ed25519", "kty": "OKP", "x": _base64url(public)}
    text = json.dumps(members, separators=(",", ":"), sort_keys=True)
    return _base64url(hashlib.sha256(text.encode()).digest())


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container may run as a number that has no name.
        return "unknown"
