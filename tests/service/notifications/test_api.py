"""Looking messages up over HTTP, and sending them again."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared.web.app import spec
from tests.service.notifications.conftest import MailServer, Post, Registrations

Bearer = Callable[..., dict[str, str]]

FIELDS = {
    "id",
    "kind",
    "channel",
    "participant_id",
    "registration_id",
    "session_id",
    "language",
    "status",
    "attempts",
    "due_at",
    "sent_at",
    "told_with",
    "created_at",
}


@pytest.fixture
def told(registrations: Registrations, post: Post) -> list[Any]:
    """Three messages: one sent, one to call, one waiting at the desk; a person each."""
    session = registrations.session()
    for contact in ({}, {"email": None, "phone": "+33467000000"}, {"email": None}):
        registrations.register(session, registrations.person(**contact), "confirmed")
    post.send()
    return post.all()


def get(client: FlaskClient, bearer: Bearer, path: str = "", **query: Any) -> Any:
    answer = client.get(f"/v1/notifications{path}", query_string=query, headers=bearer("adviser"))
    assert answer.status_code == 200, answer.json
    return answer.json


def test_a_message_is_shown_with_its_attempts_and_without_names(
    client: FlaskClient, bearer: Bearer, told: list[Any]
) -> None:
    shown = get(client, bearer, f"/{told[0].id}")
    assert shown.keys() == FIELDS
    assert (shown["status"], shown["kind"], shown["channel"]) == ("sent", "confirmed", "email")
    (attempt,) = shown["attempts"]
    assert (attempt["number"], attempt["outcome"], attempt["code"]) == (1, "accepted", 250)
    assert "amina" not in str(shown).lower()


def test_the_newest_come_first(client: FlaskClient, bearer: Bearer, told: list[Any]) -> None:
    items = get(client, bearer)["items"]
    assert [item["id"] for item in items] == [str(one.id) for one in reversed(told)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"status": "sent"}, [0]),
        ({"channel": "call"}, [1]),
        ({"status": "scheduled", "channel": "desk"}, [2]),
        ({"status": "sent", "channel": "desk"}, []),
        ({"kind": "confirmed"}, [2, 1, 0]),
        ({"kind": "waitlisted"}, []),
    ],
)
def test_filters_narrow_the_list(
    client: FlaskClient, bearer: Bearer, told: list[Any], query: dict[str, str], found: list[int]
) -> None:
    items = get(client, bearer, **query)["items"]
    assert [item["id"] for item in items] == [str(told[number].id) for number in found]


def test_one_finds_the_messages_of_a_person_or_a_registration(
    client: FlaskClient, bearer: Bearer, told: list[Any]
) -> None:
    for query in (
        {"participant": told[1].participant_id},
        {"registration": told[1].registration_id},
    ):
        (item,) = get(client, bearer, **query)["items"]
        assert item["id"] == str(told[1].id)


def test_since_leaves_out_what_is_older(
    client: FlaskClient, bearer: Bearer, told: list[Any], post: Post
) -> None:
    post.change(told[0].id, created_at=datetime.now(UTC) - timedelta(days=2))
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    assert len(get(client, bearer, since=yesterday)["items"]) == 2
    assert get(client, bearer, "/summary", since=yesterday)["total"] == 2


def test_pages_follow_one_another_without_gap_or_repetition(
    client: FlaskClient, bearer: Bearer, told: list[Any]
) -> None:
    seen, cursor = [], None
    while True:
        page = get(client, bearer, limit=1, **({"cursor": cursor} if cursor else {}))
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [str(one.id) for one in reversed(told)]


def test_the_summary_counts_by_kind_channel_and_state(
    client: FlaskClient, bearer: Bearer, told: list[Any]
) -> None:
    summary = get(client, bearer, "/summary")
    assert summary == {
        "total": 3,
        "items": [
            {"kind": "confirmed", "channel": "call", "status": "to-call", "count": 1},
            {"kind": "confirmed", "channel": "desk", "status": "scheduled", "count": 1},
            {"kind": "confirmed", "channel": "email", "status": "sent", "count": 1},
        ],
    }


@pytest.mark.parametrize(
    "query",
    [
        {"status": "lost"},
        {"channel": "pigeon"},
        {"kind": "x"},
        {"since": "yesterday"},
        {"registration": "1"},
        {"cursor": "nonsense"},
        {"limit": "0"},
        {"cursor": "WyIxIl0"},
    ],
    ids=str,
)
def test_a_filter_that_makes_no_sense_is_refused_by_name(
    client: FlaskClient, bearer: Bearer, query: dict[str, str]
) -> None:
    answer = client.get("/v1/notifications", query_string=query, headers=bearer("operator"))
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == list(query)  # type: ignore[index]


@pytest.mark.parametrize(("method", "action"), [("GET", ""), ("POST", "/retry")])
def test_what_is_not_there_is_not_found(
    client: FlaskClient, bearer: Bearer, method: str, action: str
) -> None:
    url = f"/v1/notifications/{uuid4()}{action}"
    answer = client.open(url, method=method, headers=bearer("manager"))
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize("role", ["adviser", "manager", "operator", "facilitator", None])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("GET", "/summary"),
        ("GET", "/{id}"),
        ("POST", "/{id}/retry"),
        ("POST", "/{id}/cancel"),
        ("POST", "/{id}/resend"),
    ],
)
def test_only_advisers_managers_and_operators_are_let_in(
    client: FlaskClient, bearer: Bearer, role: str | None, method: str, path: str
) -> None:
    headers = bearer(role) if role else {}
    url = f"/v1/notifications{path.format(id=uuid4())}"
    body = {"channel": "desk"} if path.endswith("resend") else None
    status = client.open(url, method=method, headers=headers, json=body).status_code
    if role is None:
        assert status == 401
    elif role == "facilitator":
        assert status == 403
    else:
        assert status in {200, 404}


def test_a_failed_message_can_be_sent_again_with_all_its_attempts(
    client: FlaskClient,
    bearer: Bearer,
    registrations: Registrations,
    post: Post,
    mail_server: MailServer,
) -> None:
    registrations.register(registrations.session(), registrations.person())
    mail_server.answer = "550 No"
    post.send()
    answer = client.post(f"/v1/notifications/{post.one().id}/retry", headers=bearer("adviser"))
    assert (answer.status_code, answer.json["status"]) == (200, "queued")  # type: ignore[index]
    assert len(answer.json["attempts"]) == 1  # type: ignore[index]

    mail_server.answer = "451 Not yet"
    post.send()
    assert (post.one().status, post.one().attempts) == ("queued", 2)
    mail_server.answer = "250 Kept"
    post.make_due(post.one().id)
    post.send()
    assert (post.one().status, post.one().attempts) == ("sent", 3)


def test_a_message_of_unknown_fate_can_be_sent_again_by_a_person(
    client: FlaskClient,
    bearer: Bearer,
    registrations: Registrations,
    post: Post,
    mail_server: MailServer,
) -> None:
    registrations.register(registrations.session(), registrations.person())
    mail_server.hang_up = "after"
    post.send()
    assert post.one().status == "unknown"
    mail_server.hang_up = None
    client.post(f"/v1/notifications/{post.one().id}/retry", headers=bearer("operator"))
    post.send()
    assert post.one().status == "sent"


def test_asking_for_another_try_sets_off_a_job(
    client: FlaskClient, bearer: Bearer, told: list[Any], post: Post, jobs_sent: Callable[[], int]
) -> None:
    post.change(told[0].id, status="failed")
    before = jobs_sent()
    client.post(f"/v1/notifications/{told[0].id}/retry", headers=bearer("adviser"))
    assert jobs_sent() == before + 1


@pytest.mark.parametrize("number", [0, 1, 2])
def test_what_did_not_fail_is_not_sent_again(
    client: FlaskClient, bearer: Bearer, told: list[Any], number: int
) -> None:
    url = f"/v1/notifications/{told[number].id}/retry"
    answer = client.post(url, headers={**bearer("adviser"), "Accept-Language": "fr"})
    assert answer.status_code == 409
    assert answer.json["type"].endswith("not-retryable")  # type: ignore[index]
    assert "renvoyé" in answer.json["detail"]  # type: ignore[index]


def test_every_route_is_documented_with_its_roles(app: Flask) -> None:
    paths = spec(app)["paths"]
    ours = {path: item for path, item in paths.items() if path.startswith("/v1/notifications")}
    assert len(ours) == 7
    for path, item in ours.items():
        # Who keeps the machines running has no need to read what people are written.
        roles = (
            ["adviser", "manager"] if path.endswith(".pdf") else ["adviser", "manager", "operator"]
        )
        for operation in item.values():
            if "responses" in operation:
                assert operation["x-roles"] == roles
