"""Whom a token is believed to speak for, and how the keys that say so are kept."""

import base64
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from urllib3.exceptions import HTTPError

from shared import auth
from shared.auth import Caller, IssuerAway, ServiceToken, SigningKey, Verifier
from shared.errors import Unauthenticated

ISSUERS = ("registrations", "notifications", "reporting")
CLAIMS: dict[str, Any] = {
    "iss": "registrations",
    "sub": "staff:1",
    "role": "adviser",
    "aud": "arceaux",
    "exp": 10**11,
}


def _pem(key: Any) -> bytes:
    pem: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem


def _new_key(folder: Path) -> SigningKey:
    path = folder / "key.pem"
    path.write_bytes(_pem(Ed25519PrivateKey.generate()))
    return SigningKey.load(path)


class Issuers:
    """The services as those who publish keys: they may renew them, be away, and count who asks."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.keys = {name: [_new_key(folder)] for name in ISSUERS}
        self.away = False
        self.answer: Any = None
        self.asked = 0

    def renew(self, issuer: str) -> None:
        """A new key; the old one is no longer published."""
        self.keys[issuer] = [_new_key(self._folder)]

    def fetch(self, url: str) -> dict[str, Any]:
        self.asked += 1
        if self.away:
            raise HTTPError("nobody answers")
        if self.answer is not None:
            answer: dict[str, Any] = self.answer
            return answer
        issuer = url.removeprefix("http://").partition("/")[0]
        return {"keys": [jwk for key in self.keys[issuer] for jwk in key.jwks()["keys"]]}

    def token(self, issuer: str = "registrations", *, seconds: int = 60, **claims: Any) -> str:
        said = {"iss": issuer, "sub": "staff:1", "role": "adviser", **claims}
        return self.keys[issuer][0].sign(said, seconds=seconds)

    def encode(self, claims: dict[str, Any]) -> str:
        """A token of registrations that says just ``claims``."""
        key = self.keys["registrations"][0]
        return jwt.encode(claims, key.private, algorithm="EdDSA", headers={"kid": key.kid})


class Clock:
    """Stands for the clocks."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.ahead = 0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    clock = Clock()
    stand_in = SimpleNamespace(monotonic=lambda: clock.now, time=lambda: time.time() + clock.ahead)
    monkeypatch.setattr(auth, "time", stand_in)
    return clock


@pytest.fixture
def issuers(tmp_path: Path) -> Issuers:
    return Issuers(tmp_path)


@pytest.fixture
def verifier(issuers: Issuers, clock: Clock) -> Verifier:
    return Verifier({name: f"http://{name}" for name in ISSUERS}, fetch=issuers.fetch)


def _refused(verifier: Verifier, token: str) -> None:
    with pytest.raises(Unauthenticated):
        verifier.verify(token)


# ── whom a token speaks for ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("role", auth.STAFF_ROLES)
def test_staff_are_believed_when_registrations_says_so(
    verifier: Verifier, issuers: Issuers, role: str
) -> None:
    token = issuers.token(role=role, organisation="repair-cafe")
    assert verifier.verify(token) == Caller("staff:1", role, "repair-cafe")


def test_a_token_names_the_programmes_that_its_holder_advises(
    verifier: Verifier, issuers: Issuers
) -> None:
    token = issuers.token(role="adviser", programmes=["budget", "sante"])
    assert verifier.verify(token).programmes == ("budget", "sante")
    assert verifier.verify(issuers.token(role="adviser")).programmes == ()


@pytest.mark.parametrize(
    ("role", "programmes", "known"),
    [
        ("adviser", (), frozenset()),
        ("adviser", ("budget",), {"budget"}),
        ("operator", ("budget", "*"), None),
        ("manager", ("budget",), frozenset()),
        ("manager", ("*",), frozenset()),
    ],
)
def test_of_discreet_programmes_one_knows_those_that_one_advises_and_managers_none(
    role: str, programmes: tuple[str, ...], known: frozenset[str] | None
) -> None:
    assert Caller("staff:1", role, programmes=programmes).advised == known


@pytest.mark.parametrize("issuer", ["notifications", "reporting"])
@pytest.mark.parametrize("role", auth.STAFF_ROLES)
def test_no_other_service_can_speak_for_staff(
    verifier: Verifier, issuers: Issuers, issuer: str, role: str
) -> None:
    _refused(verifier, issuers.token(issuer, role=role))


@pytest.mark.parametrize("issuer", ISSUERS)
def test_a_service_speaks_for_itself(verifier: Verifier, issuers: Issuers, issuer: str) -> None:
    token = issuers.token(issuer, sub=issuer, role="service")
    assert verifier.verify(token) == Caller(issuer, "service")


def test_a_service_cannot_speak_for_another(verifier: Verifier, issuers: Issuers) -> None:
    _refused(verifier, issuers.token("notifications", sub="reporting", role="service"))


def test_a_token_signed_by_one_service_in_anothers_name_is_refused(
    verifier: Verifier, issuers: Issuers
) -> None:
    key = issuers.keys["reporting"][0]
    claims = {"iss": "registrations", "sub": "staff:1", "role": "manager"}
    _refused(verifier, key.sign(claims, seconds=60))


@pytest.mark.parametrize(
    "claims",
    [
        {"role": "king"},
        {"role": None},
        {"role": ["adviser"]},
        {"sub": 7},
        {"programmes": "budget"},
        {"programmes": [1]},
        {"programmes": None},
        {"organisation": ["repair-cafe"]},
        {"aud": "elsewhere"},
        {"iss": "unheard-of"},
    ],
    ids=str,
)
def test_a_token_with_wrong_claims_is_refused(
    verifier: Verifier, issuers: Issuers, claims: dict[str, Any]
) -> None:
    verifier.verify(issuers.token())
    _refused(verifier, issuers.encode({**CLAIMS, **claims}))


@pytest.mark.parametrize("missing", ["exp", "iss", "sub", "role", "aud"])
def test_a_token_without_one_of_its_claims_is_refused(
    verifier: Verifier, issuers: Issuers, missing: str
) -> None:
    assert verifier.verify(issuers.encode(CLAIMS)).role == "adviser"
    claims = {name: value for name, value in CLAIMS.items() if name != missing}
    _refused(verifier, issuers.encode(claims))


def test_an_expired_token_is_refused(verifier: Verifier, issuers: Issuers) -> None:
    _refused(verifier, issuers.token(seconds=-1))


def test_a_token_that_signs_nothing_is_refused(verifier: Verifier, issuers: Issuers) -> None:
    kid = issuers.keys["registrations"][0].kid
    _refused(verifier, jwt.encode(CLAIMS, None, algorithm="none", headers={"kid": kid}))
    # The public key, which everyone has, taken for a shared secret.
    [jwk] = issuers.keys["registrations"][0].jwks()["keys"]
    secret = base64.urlsafe_b64decode(jwk["x"] + "=")
    _refused(verifier, jwt.encode(CLAIMS, secret, algorithm="HS256", headers={"kid": kid}))


@pytest.mark.parametrize(
    "token", ["", ".", "a.b.c", "é", "x" * 10_000, "eyJhbGciOiJFZERTQSJ9.e30.AA", "\x00"]
)
def test_rubbish_is_refused(verifier: Verifier, token: str) -> None:
    _refused(verifier, token)


# ── keys ────────────────────────────────────────────────────────────────────────────────────────


def test_keys_are_asked_for_once_and_again_when_they_are_old(
    verifier: Verifier, issuers: Issuers, clock: Clock
) -> None:
    for _ in range(3):
        verifier.verify(issuers.token())
    assert issuers.asked == 1
    clock.now += 299
    verifier.verify(issuers.token())
    assert issuers.asked == 1
    clock.now += 2
    verifier.verify(issuers.token())
    assert issuers.asked == 2


def test_a_new_key_is_believed_within_seconds_of_its_being_published(
    verifier: Verifier, issuers: Issuers, clock: Clock
) -> None:
    old = issuers.token()
    verifier.verify(old)
    clock.now += 5
    issuers.renew("registrations")
    assert verifier.verify(issuers.token()).role == "adviser"
    _refused(verifier, old)


def test_an_unknown_key_does_not_hammer_the_issuer(
    verifier: Verifier, issuers: Issuers, clock: Clock, tmp_path: Path
) -> None:
    good = issuers.token()
    verifier.verify(good)
    asked = issuers.asked
    stranger = _new_key(tmp_path)
    forged = stranger.sign({"iss": "registrations", "sub": "x", "role": "manager"}, seconds=60)
    for _ in range(50):
        _refused(verifier, forged)
        verifier.verify(good)
        clock.now += 0.1
    # That was five seconds.
    assert issuers.asked - asked <= 2


def test_while_the_issuer_is_away_its_last_keys_serve(
    verifier: Verifier, issuers: Issuers, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    token = issuers.token()
    verifier.verify(token)
    issuers.away = True
    clock.now += 3600
    for _ in range(10):
        assert verifier.verify(token).role == "adviser"
    assert issuers.asked == 2
    assert caplog.messages == ["jwks_unavailable"]
    issuers.away = False
    issuers.renew("registrations")
    clock.now += 6
    assert verifier.verify(issuers.token()).role == "adviser"


def test_while_an_issuer_was_never_reached_its_tokens_are_neither_good_nor_bad(
    verifier: Verifier, issuers: Issuers, clock: Clock
) -> None:
    issuers.away = True
    with pytest.raises(IssuerAway):
        verifier.verify(issuers.token())
    with pytest.raises(IssuerAway):
        verifier.verify(issuers.token())
    assert issuers.asked == 1
    issuers.away = False
    clock.now += 6
    assert verifier.verify(issuers.token()).role == "adviser"


def test_an_issuer_that_was_not_up_yet_is_asked_again_as_soon_as_it_may_be(
    verifier: Verifier, issuers: Issuers, clock: Clock
) -> None:
    issuers.away = True
    with pytest.raises(IssuerAway):
        verifier.verify(issuers.token())
    issuers.away = False
    clock.now += 0.3
    assert verifier.verify(issuers.token()).role == "adviser"


@pytest.mark.parametrize(
    "answer",
    [[], {}, {"keys": None}, {"keys": [{}]}, {"keys": [{"kid": "a", "kty": "RSA"}]}, {"keys": "x"}],
    ids=str,
)
def test_an_answer_that_is_no_key_set_vouches_for_nobody(
    verifier: Verifier, issuers: Issuers, answer: Any
) -> None:
    issuers.answer = answer
    for _ in range(2):
        with pytest.raises(IssuerAway):
            verifier.verify(issuers.token())
    assert issuers.asked == 1


def test_a_service_knows_its_own_key_without_asking(issuers: Issuers, clock: Clock) -> None:
    own = ("registrations", issuers.keys["registrations"][0])
    verifier = Verifier({"registrations": "http://registrations"}, own=own, fetch=issuers.fetch)
    clock.now += 10**6
    assert verifier.verify(issuers.token()).role == "adviser"
    assert issuers.asked == 0


def test_a_published_key_holds_no_private_part(issuers: Issuers) -> None:
    [jwk] = issuers.keys["registrations"][0].jwks()["keys"]
    assert set(jwk) == {"kty", "crv", "x", "kid", "alg", "use"}


def test_only_an_ed25519_key_can_sign(tmp_path: Path) -> None:
    path = tmp_path / "wrong.pem"
    path.write_bytes(_pem(generate_private_key(SECP256R1())))
    with pytest.raises(ValueError, match="Ed25519"):
        SigningKey.load(path)


def test_a_services_token_is_renewed_before_it_ends(
    issuers: Issuers, verifier: Verifier, clock: Clock
) -> None:
    token = ServiceToken("reporting", issuers.keys["reporting"][0])
    first = token()
    assert verifier.verify(first) == Caller("reporting", "service")
    clock.ahead = 1
    clock.now += 239
    assert token() == first
    clock.now += 2
    assert token() != first
