"""Asking an OpenID Connect issuer who someone is: authorization code with PKCE, state and nonce."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from services.registrations.refusals import IdentityIssuerAway, NotKnownHere
from services.registrations.settings import OidcSettings

log = logging.getLogger(__name__)

_TIMEOUT = 5
_CLOCKS_DIFFER = 60
# Signatures that only the issuer can make; never "none", nor one made with our own secret.
_ALGORITHMS = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "EdDSA",
    "Ed25519",
)


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the issuer vouches for. ``email`` is None unless verified; ``roles`` are those its claims grant."""

    issuer: str
    subject: str
    email: str | None
    roles: frozenset[str]


class Issuer:
    """One issuer, as a client that it knows. Its keys and addresses are asked for at each sign-in."""

    def __init__(self, settings: OidcSettings, redirect_uri: str) -> None:
        self.settings = settings
        self._redirect_uri = redirect_uri

    def authorization_url(self, *, state: str, nonce: str, code_verifier: str) -> str:
        """Where to send someone to sign in.

        Raises:
            IdentityIssuerAway.
        """
        endpoint = self._metadata()["authorization_endpoint"]
        with self._session("none") as session:
            url, _ = session.create_authorization_url(
                endpoint, state=state, nonce=nonce, code_verifier=code_verifier
            )
        return str(url)

    def identity(self, *, code: str, nonce: str, code_verifier: str) -> Identity:
        """Who came back with ``code``.

        Raises:
            NotKnownHere: the issuer refuses the code, or its word is not good. IdentityIssuerAway.
        """
        metadata = self._metadata()
        try:
            with self._session(_authentication(metadata)) as session:
                token = session.fetch_token(
                    metadata["token_endpoint"], code=code, code_verifier=code_verifier
                )
            return self._identity(self._claims(token, metadata, nonce))
        except requests.RequestException as error:
            raise IdentityIssuerAway from error
        except (AuthlibBaseError, JoseError, ValueError, KeyError, TypeError) as error:
            # Its kind alone: what it says may quote the token.
            log.warning("identity_refused", extra={"reason": type(error).__name__})
            raise NotKnownHere from None

    def _session(self, authentication: str) -> Any:
        credentials = (self.settings.client_id, self.settings.client_secret)
        if authentication == "client_secret_basic":
            # RFC 6749, 2.3.1, which Authlib leaves to its caller: else a colon or an accent breaks it.
            credentials = (quote_plus(credentials[0]), quote_plus(credentials[1]))
        return OAuth2Session(
            *credentials,
            token_endpoint_auth_method=authentication,
            scope="openid email",
            redirect_uri=self._redirect_uri,
            code_challenge_method="S256",
            default_timeout=_TIMEOUT,
        )

    def _metadata(self) -> Mapping[str, Any]:
        document = _fetched(f"{self.settings.issuer}/.well-known/openid-configuration")
        needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        if not all(isinstance(document.get(name), str) for name in needed):
            raise IdentityIssuerAway
        # OpenID Connect Discovery, 4.3: else one issuer could speak for another.
        if str(document.get("issuer")).rstrip("/") != self.settings.issuer:
            raise IdentityIssuerAway
        return document

    def _claims(
        self, token: Mapping[str, Any], metadata: Mapping[str, Any], nonce: str
    ) -> CodeIDToken:
        registry = JWSRegistry(algorithms=list(_ALGORITHMS), strict_check_header=False)
        published: Any = _fetched(metadata["jwks_uri"])
        keys = KeySet.import_key_set(published)
        decoded = jwt.decode(token["id_token"], keys, registry=registry)
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            {
                "iss": {"essential": True, "value": metadata["issuer"]},
                "aud": {"essential": True, "value": self.settings.client_id},
                "sub": {"essential": True},
            },
            {
                "nonce": nonce,
                "client_id": self.settings.client_id,
                "access_token": token.get("access_token"),
            },
        )
        claims.validate(leeway=_CLOCKS_DIFFER)
        return claims

    def _identity(self, claims: Mapping[str, Any]) -> Identity:
        subject, email = claims["sub"], claims.get("email")
        if not isinstance(subject, str) or not subject.isprintable():
            raise NotKnownHere
        verified = claims.get("email_verified") is True and isinstance(email, str)
        granted = {
            role.role
            for role in self.settings.roles
            if role.value in _texts(claims.get(role.claim))
        }
        return Identity(
            self.settings.issuer,
            subject,
            str(email).strip().lower() if verified else None,
            frozenset(granted),
        )


def _authentication(metadata: Mapping[str, Any]) -> str:
    # Basic is what the standard presumes of an issuer that does not say.
    offered = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    return "client_secret_basic" if "client_secret_basic" in offered else "client_secret_post"


def _texts(claim: object) -> list[object]:
    return claim if isinstance(claim, list) else [claim]


def _fetched(url: str) -> dict[str, Any]:
    try:
        response = requests.get(url, timeout=_TIMEOUT)
        response.raise_for_status()
        document = response.json()
    except requests.RequestException as error:
        raise IdentityIssuerAway from error
    if not isinstance(document, dict):
        raise IdentityIssuerAway
    return document
