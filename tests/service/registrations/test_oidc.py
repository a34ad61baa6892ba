"""Signing in through an OpenID Connect issuer, a real one that listens on a port."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey
from sqlalchemy import update

from services.registrations.app import create_app
from services.registrations.models import OidcAttempt
from services.registrations.settings import GrantedRole, OidcSettings, OwnSettings
from shared.auth import Verifier
from shared.db import Database
from shared.settings import Settings
from tests.service.registrations.conftest import Offer
from tests.service.registrations.oidc_provider import CLIENT_ID, CLIENT_SECRET, Provider, provider

URL = "/v1/staff/oidc"
ROLES = (
    GrantedRole("groups", "arceaux-advisers", "adviser"),
    GrantedRole("job", "responsable", "manager"),
)

Bearer = Callable[..., dict[str, str]]


@pytest.fixture
def issuer() -> Iterator[Provider]:
    with provider() as made:
        yield made


@pytest.fixture
def browser(
    issuer: Provider,
    settings_of: Callable[..., Settings],
    registrations_database: Database,
    verifier: Verifier,
) -> FlaskClient:
    oidc = OidcSettings(issuer.issuer, CLIENT_ID, CLIENT_SECRET, ROLES)
    app = create_app(settings_of("registrations"), OwnSettings(oidc=oidc))
    app.extensions["arceaux.verifier"] = verifier
    return app.test_client()


@pytest.fixture
def account(browser: FlaskClient, offer: Offer, bearer: Bearer) -> Any:
    given = {"email": "lea@example.org", "role": "adviser", "programmes": ["unisvers"]}
    return browser.post("/v1/staff", json=given, headers=bearer("manager")).json["staff"]


def _start(browser: FlaskClient) -> str:
    answer = browser.get(f"{URL}/start")
    assert answer.status_code == 302, answer.json
    location: str = answer.headers["Location"]
    return location


def _come_back(browser: FlaskClient, issuer: Provider, **claims: Any) -> Any:
    """Go to the issuer, be approved as ``claims`` say, and come back."""
    return browser.get(f"{URL}/callback", query_string=issuer.approve(_start(browser), **claims))


def _is_refused(answer: Any) -> bool:
    return (answer.status_code, answer.json["type"]) == (
        401,
        "urn:arceaux:problem:identity-refused",
    )


def test_an_invited_person_signs_in_and_is_what_their_account_says(
    browser: FlaskClient, issuer: Provider, account: Any, verifier: Verifier
) -> None:
    answer = _come_back(browser, issuer)
    assert answer.status_code == 200, answer.json
    speaker = verifier.verify(answer.json["access_token"])
    assert (speaker.subject, speaker.role) == (account["subject"], "adviser")
    assert speaker.programmes == ("unisvers",)
    refreshed = browser.post(
        "/v1/staff/refresh", json={"refresh_token": answer.json["refresh_token"]}
    )
    assert refreshed.status_code == 200


def test_the_cookie_is_for_this_browser_and_these_routes_alone(
    browser: FlaskClient, account: Any
) -> None:
    cookie = browser.get(f"{URL}/start").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert f"Path={URL}" in cookie


def test_an_identity_is_its_subject_and_never_its_address(
    browser: FlaskClient, issuer: Provider, account: Any
) -> None:
    assert _come_back(browser, issuer).status_code == 200
    # Her address was given to someone else; she has another, which is not even verified.
    assert _is_refused(_come_back(browser, issuer, sub="subject-2"))
    moved = _come_back(browser, issuer, email="lea.m@example.org", email_verified=None)
    assert moved.status_code == 200
    assert moved.json["staff"]["id"] == account["id"]


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"exp": 1_600_000_000},
        {"iss": "https://elsewhere.example"},
        {"aud": "someone-else"},
        {"aud": [CLIENT_ID, "someone-else"]},
        {"email_verified": False},
        {"email_verified": "true"},
        {"email_verified": None},
        {"email": "nobody@example.org"},
        {"groups": ["everyone"]},
        {"groups": None},
        # A role that the issuer grants, and that is not the account's.
        {"groups": None, "job": "responsable"},
        {"sub": None},
        {"sub": ["subject-1"]},
    ],
    ids=str,
)
def test_what_the_issuer_says_is_refused_when_it_is_not_good_or_not_enough(
    browser: FlaskClient, issuer: Provider, account: Any, claims: dict[str, Any]
) -> None:
    assert _is_refused(_come_back(browser, issuer, **claims))
    assert _come_back(browser, issuer).status_code == 200


def test_a_word_that_another_has_signed_is_refused(
    browser: FlaskClient, issuer: Provider, account: Any
) -> None:
    issuer.signing_key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
    assert _is_refused(_come_back(browser, issuer))


def test_only_the_browser_that_was_sent_comes_back_and_once(
    browser: FlaskClient, issuer: Provider, account: Any
) -> None:
    back = issuer.approve(_start(browser))
    stranger = browser.application.test_client()
    assert _is_refused(stranger.get(f"{URL}/callback", query_string=back))
    for state in ("", "another"):
        answer = browser.get(f"{URL}/callback", query_string={**back, "state": state})
        assert _is_refused(answer)
    assert browser.get(f"{URL}/callback", query_string=back).status_code == 200
    assert _is_refused(browser.get(f"{URL}/callback", query_string=back))


def test_a_code_of_another_sign_in_does_not_fit_this_ones_verifier(
    browser: FlaskClient, issuer: Provider, account: Any
) -> None:
    stolen = issuer.approve(_start(browser.application.test_client()))
    own = issuer.approve(_start(browser))
    mixed = {**own, "code": stolen["code"]}
    assert _is_refused(browser.get(f"{URL}/callback", query_string=mixed))


def test_coming_back_too_late_with_an_error_or_from_elsewhere_is_refused(
    browser: FlaskClient, issuer: Provider, account: Any, registrations_database: Database
) -> None:
    for changed in ({"error": "access_denied"}, {"iss": "https://elsewhere.example"}):
        back = issuer.approve(_start(browser))
        answer = browser.get(f"{URL}/callback", query_string={**back, **changed})
        assert _is_refused(answer)
    back = issuer.approve(_start(browser))
    with registrations_database.transaction() as session:
        late = OidcAttempt.expires_at - timedelta(minutes=10)
        session.execute(update(OidcAttempt).values(expires_at=late))
    assert _is_refused(browser.get(f"{URL}/callback", query_string=back))


def test_who_is_disabled_stays_out(
    browser: FlaskClient, issuer: Provider, account: Any, bearer: Bearer
) -> None:
    assert _come_back(browser, issuer).status_code == 200
    url = f"/v1/staff/{account['id']}"
    browser.patch(url, json={"disabled": True}, headers=bearer("manager"))
    assert _is_refused(_come_back(browser, issuer))


def test_while_the_issuer_is_away_it_says_so(
    browser: FlaskClient, issuer: Provider, account: Any
) -> None:
    back = issuer.approve(_start(browser))
    issuer.away = True
    for answer in (
        browser.get(f"{URL}/start"),
        browser.get(f"{URL}/callback", query_string=back),
    ):
        assert answer.status_code == 503


def test_without_an_issuer_there_is_nothing_here(client: FlaskClient) -> None:
    for path in ("start", "callback"):
        assert client.get(f"{URL}/{path}").status_code == 404
