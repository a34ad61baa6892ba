"""Pages of other sites use the API from a browser, where they are allowed to."""

import pytest

from services.registrations.app import create_app

SITE = "https://www.montpellier.example"


@pytest.fixture(scope="module")
def client(settings_of, verifier):
    app = create_app(settings_of("registrations", cors_origins=(SITE,)))
    app.extensions["arceaux.verifier"] = verifier
    return app.test_client()


def _preflight(client, origin, path="/v1/registrations"):
    return client.options(
        path,
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type, idempotency-key",
        },
    )


def test_a_page_of_an_allowed_site_may_ask_and_read(client, registrations_database):
    asked = _preflight(client, SITE)
    read = client.get("/v1/sessions", headers={"Origin": SITE})

    assert asked.headers["Access-Control-Allow-Origin"] == SITE
    assert "POST" in asked.headers["Access-Control-Allow-Methods"]
    assert "Idempotency-Key".lower() in asked.headers["Access-Control-Allow-Headers"].lower()
    assert read.headers["Access-Control-Allow-Origin"] == SITE
    assert "X-Request-ID" in read.headers["Access-Control-Expose-Headers"]


def test_it_reads_refusals_too(client, registrations_database):
    refused = client.post("/v1/registrations", json={}, headers={"Origin": SITE})
    assert refused.status_code == 422
    assert refused.headers["Access-Control-Allow-Origin"] == SITE


def test_a_page_of_any_other_site_may_not(client, registrations_database):
    for origin in ("https://evil.example", f"{SITE}.evil.example", "null", SITE.replace("s", "")):
        assert "Access-Control-Allow-Origin" not in _preflight(client, origin).headers
        read = client.get("/v1/sessions", headers={"Origin": origin})
        assert "Access-Control-Allow-Origin" not in read.headers


@pytest.mark.parametrize("origin", [SITE, "https://evil.example", None])
@pytest.mark.parametrize("path", ["sessions.atom", "sessions", "registrations/none"])
def test_what_a_cache_keeps_for_one_site_is_not_given_to_another(
    client, registrations_database, origin, path
):
    read = client.get(f"/v1/{path}", headers={"Origin": origin} if origin else {})
    assert "Origin" in read.vary
    assert ("Access-Control-Allow-Origin" in read.headers) == (origin == SITE)


def test_what_else_an_answer_varies_with_stays_said(client, registrations_database):
    read = client.get("/v1/sessions.atom", headers={"Origin": SITE})
    assert {"Origin", "Accept-Language"} <= set(read.vary)
    assert len(read.headers.getlist("Vary")) == 1


def test_where_every_page_may_read_one_answer_is_for_all(settings_of, registrations_database):
    client = create_app(settings_of("registrations", cors_origins=("*",))).test_client()
    for headers in ({"Origin": SITE}, {}):
        read = client.get("/v1/sessions.atom", headers=headers)
        assert read.headers["Access-Control-Allow-Origin"] == "*"
        assert "Origin" not in read.vary


def test_no_page_sends_cookies(client, registrations_database):
    assert "Access-Control-Allow-Credentials" not in _preflight(client, SITE).headers


def test_what_is_not_of_the_api_is_for_nobodys_page(client, registrations_database):
    read = client.get("/metrics", headers={"Origin": SITE})
    assert "Access-Control-Allow-Origin" not in read.headers
