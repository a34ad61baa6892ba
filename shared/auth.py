"""Who is asking: staff and services present a short-lived EdDSA JWT, checked through the issuer's JWKS.

Each service signs with its own key and publishes the public half. Staff tokens come from *registrations*,
which knows the staff; a service speaks for itself alone, in the role ``service``.
"""

import base64
import hashlib
import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
import urllib3
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.algorithms import OKPAlgorithm

from shared.errors import Text, Unauthenticated, Unavailable

log = logging.getLogger(__name__)

AUDIENCE = "arceaux"
STAFF_ISSUER = "registrations"
STAFF_ROLES = ("facilitator", "adviser", "manager", "operator")
ROLES = (*STAFF_ROLES, "service")
EVERY_PROGRAMME = "*"
JWKS_PATH = "/.well-known/jwks.json"
_SERVICE_TOKEN_SECONDS = 300
_JWKS_SECONDS = 300
_JWKS_RETRY_SECONDS = 5
# An issuer of whom nothing is known yet, such as one that starts beside this service, is asked again sooner: until
# then nobody it vouches for can be served.
_JWKS_FIRST_RETRY_SECONDS = 0.2

PublicKeys = Mapping[str, Ed25519PublicKey]


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever a valid token speaks for. ``organisation`` is set for facilitators.

    ``programmes`` are the discreet programmes whose people the caller may know of; ``*`` stands for all.
    """

    subject: str
    role: str
    organisation: str | None = None
    programmes: tuple[str, ...] = ()

    @property
    def advised(self) -> frozenset[str] | None:
        """The discreet programmes whose people they may know of, None for all; managers know numbers alone."""
        if self.role == "manager":
            return frozenset()
        return None if EVERY_PROGRAMME in self.programmes else frozenset(self.programmes)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A service's Ed25519 key; ``kid`` is its RFC 7638 thumbprint."""

    private: Ed25519PrivateKey
    kid: str

    @classmethod
    def load(cls, path: Path) -> "SigningKey":
        """Read a PEM (PKCS 8) file.

        Raises:
            ValueError: the file does not hold an Ed25519 private key.
        """
        private = load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(private, Ed25519PrivateKey):
            raise ValueError(f"{path} does not hold an Ed25519 private key")
        return cls(private, _thumbprint(private.public_key()))

    def jwks(self) -> dict[str, Any]:
        """The public half, as a JSON Web Key Set (RFC 7517)."""
        key = OKPAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return {"keys": [{**key, "kid": self.kid, "alg": "EdDSA", "use": "sig"}]}

    def sign(self, claims: dict[str, Any], *, seconds: int) -> str:
        """A token holding ``claims``, valid for ``seconds`` from now."""
        now = int(time.time())
        return jwt.encode(
            {"aud": AUDIENCE, "iat": now, "exp": now + seconds, **claims},
            self.private,
            algorithm="EdDSA",
            headers={"kid": self.kid},
        )


class ServiceToken:
    """The token by which one service calls another, renewed a minute before it ends."""

    def __init__(self, service: str, key: SigningKey) -> None:
        self._service, self._key = service, key
        self._token, self._renew_at = "", 0.0

    def __call__(self) -> str:
        if time.monotonic() >= self._renew_at:
            self._token = self._key.sign(
                {"iss": self._service, "sub": self._service, "role": "service"},
                seconds=_SERVICE_TOKEN_SECONDS,
            )
            self._renew_at = time.monotonic() + _SERVICE_TOKEN_SECONDS - 60
        return self._token


class IssuerAway(Unavailable):
    """A token may be good, but its issuer, whom this process has not met yet, does not answer."""

    says = Text(
        "The token cannot be checked for a moment. Please send the request again.",
        "Le jeton ne peut pas être vérifié pour l'instant. Renvoyez la demande.",
    )


@dataclass(frozen=True, slots=True)
class _Published:
    """The keys of one issuer, and when to ask for them again: in any case, and for one that is not there.

    ``reached`` is whether the last question was answered.
    """

    keys: PublicKeys
    old_at: float
    ask_again_at: float
    reached: bool = True


_NOTHING_YET = _Published({}, old_at=0.0, ask_again_at=0.0)


class Verifier:
    """Checks tokens against the keys that their issuer publishes."""

    def __init__(
        self,
        urls: Mapping[str, str],
        *,
        own: tuple[str, SigningKey] | None = None,
        fetch: Callable[[str], dict[str, Any]] | None = None,
    ) -> None:
        """``urls`` are the issuers' base addresses; ``own`` spares a service from asking itself."""
        self._urls, self._fetch = urls, fetch or _fetch_json
        self._lock = threading.Lock()
        self._published: dict[str, _Published] = {}
        if own:
            issuer, key = own
            never = float("inf")
            keys = {key.kid: key.private.public_key()}
            self._published[issuer] = _Published(keys, old_at=never, ask_again_at=never)

    def verify(self, token: str) -> Caller:
        """Who ``token`` speaks for.

        Raises:
            Unauthenticated: the token is malformed, expired, of an unknown issuer or badly signed.
            IssuerAway: the issuer, which would have to vouch for it, cannot be reached.
        """
        try:
            issuer = jwt.decode(token, options={"verify_signature": False}).get("iss")
            kid = jwt.get_unverified_header(token).get("kid")
            if not isinstance(issuer, str) or not isinstance(kid, str):
                raise Unauthenticated
            key = self._public_key(issuer, kid)
            claims = jwt.decode(
                token,
                key,
                algorithms=["EdDSA"],
                audience=AUDIENCE,
                issuer=issuer,
                options={"require": ["exp", "iss", "sub", "role"]},
            )
        except jwt.PyJWTError:
            raise Unauthenticated from None
        return _caller(issuer, claims)

    def _public_key(self, issuer: str, kid: str) -> Ed25519PublicKey:
        url = self._urls.get(issuer)
        if url is None:
            raise Unauthenticated
        with self._lock:
            published = self._published.get(issuer, _NOTHING_YET)
            now = time.monotonic()
            # An unknown key may be a new one; yet it may not make us ask again for every request.
            unknown = kid not in published.keys and now >= published.ask_again_at
            if unknown or now >= published.old_at:
                published = self._ask(issuer, url, published.keys)
                self._published[issuer] = published
        if kid not in published.keys:
            raise Unauthenticated if published.reached else IssuerAway
        return published.keys[kid]

    def _ask(self, issuer: str, url: str, known: PublicKeys) -> "_Published":
        now = time.monotonic()
        soon = now + _JWKS_RETRY_SECONDS
        try:
            document = self._fetch(url + JWKS_PATH)
            keys = {key["kid"]: _public(key) for key in document["keys"]}
        except (
            *(urllib3.exceptions.HTTPError, jwt.PyJWTError),
            *(ValueError, KeyError, TypeError),
        ) as error:
            log.warning("jwks_unavailable", extra={"issuer": issuer, "reason": str(error)})
            # Yesterday's keys still serve while the issuer is away.
            later = soon if known else now + _JWKS_FIRST_RETRY_SECONDS
            return _Published(known, old_at=later, ask_again_at=later, reached=False)
        return _Published(keys, old_at=now + _JWKS_SECONDS, ask_again_at=soon)


def _caller(issuer: str, claims: Mapping[str, Any]) -> Caller:
    role, subject, organisation = claims["role"], claims["sub"], claims.get("organisation")
    if role == "service":
        # A service speaks for itself alone.
        if subject == issuer:
            return Caller(subject, role)
    elif issuer == STAFF_ISSUER and role in STAFF_ROLES and isinstance(subject, str):
        programmes = claims.get("programmes", [])
        if (organisation is None or isinstance(organisation, str)) and _is_texts(programmes):
            return Caller(subject, role, organisation, tuple(programmes))
    raise Unauthenticated


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _public(jwk: Mapping[str, Any]) -> Ed25519PublicKey:
    key = OKPAlgorithm.from_jwk(dict(jwk))
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("not an Ed25519 public key")
    return key


def _thumbprint(public: Ed25519PublicKey) -> str:
    jwk = OKPAlgorithm.to_jwk(public, as_dict=True)
    members = {name: jwk[name] for name in ("crv", "kty", "x")}
    canonical = json.dumps(members, sort_keys=True, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(hashlib.sha256(canonical).digest()).rstrip(b"=").decode()


def _fetch_json(url: str) -> dict[str, Any]:
    response = urllib3.request(
        "GET", url, timeout=urllib3.Timeout(connect=1, read=2), retries=False
    )
    if response.status != 200:
        raise ValueError(f"{url} answered {response.status}")
    document: dict[str, Any] = response.json()
    return document
