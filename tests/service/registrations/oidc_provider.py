"""A small OpenID Connect provider over HTTP: it behaves as the standard says, or as a test tells it to."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID, CLIENT_SECRET = "arceaux", "between us: é&=+%"


class Provider:
    """Signs people in without asking them anything: ``approve`` stands for its page."""

    def __init__(self) -> None:
        self.issuer = ""
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
        self.signing_key = self.key
        self.codes: dict[str, dict[str, Any]] = {}
        self.away = False

    def approve(self, url: str, **claims: Any) -> dict[str, str]:
        """What the browser sent to ``url`` comes back with, as the person whom ``claims`` describe.

        A claim of None is left out.
        """
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT_ID
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        now = int(time.time())
        said = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": "subject-1",
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "email": "lea@example.org",
            "email_verified": True,
            "groups": ["everyone", "arceaux-advisers"],
            **claims,
        }
        code = secrets.token_urlsafe()
        kept = {name: value for name, value in said.items() if value is not None}
        self.codes[code] = {"asked": asked, "claims": kept}
        return {"code": code, "state": asked["state"]}

    def answer(self, path: str) -> Any:
        """The documents that anyone may read."""
        if path == "/.well-known/openid-configuration":
            return {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/jwks",
            }
        return {"keys": [self.key.as_dict(private=False)]} if path == "/jwks" else None

    def exchange(self, authorization: str, form: dict[str, str]) -> tuple[int, Any]:
        """The token endpoint: RFC 6749 with a client's secret, RFC 7636 with a verifier, each code once."""
        credentials = base64.b64decode(authorization.removeprefix("Basic ")).decode().split(":")
        if [unquote_plus(part) for part in credentials] != [CLIENT_ID, CLIENT_SECRET]:
            return 401, {"error": "invalid_client"}
        given = self.codes.pop(form.get("code", ""), None)
        if given is None or form.get("grant_type") != "authorization_code":
            return 400, {"error": "invalid_grant"}
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        asked = given["asked"]
        if (challenge, form.get("redirect_uri")) != (
            asked["code_challenge"],
            asked["redirect_uri"],
        ):
            return 400, {"error": "invalid_grant"}
        header = {"alg": "RS256", "kid": "one"}
        id_token = jwt.encode(header, given["claims"], self.signing_key)
        return 200, {"access_token": "opaque", "token_type": "Bearer", "id_token": id_token}


@contextmanager
def provider() -> Iterator[Provider]:
    """A provider that listens on a port of its own."""
    made = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(200, made.answer(self.path))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._say(*made.exchange(self.headers.get("Authorization", ""), form))

        def _say(self, status: int, document: Any) -> None:
            if made.away:
                status, document = 502, {}
            body = json.dumps(document).encode()
            self.send_response(status if document is not None else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made.issuer = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
            thread.join()
