"""Who takes part in a discreet programme is known here, too, to its own advisers alone."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event as sqlalchemy_event

from services.notifications.models import Session
from tests.service.notifications.conftest import Post, Registrations

Bearer = Callable[..., dict[str, str]]

BY_POST = {
    "email": None,
    "postal_address": {
        "lines": ["12 rue Draparnaud"],
        "postcode": "34000",
        "city": "Montpellier",
        "country": "FR",
    },
}
OWN = ("adviser", ["budget"])
ALL = ("adviser", ["*"])
OPERATOR_OF_ALL = ("operator", ["*"])
OTHERS = [
    ("adviser", []),
    ("adviser", ["sante"]),
    ("manager", []),
    ("manager", ["budget"]),
    ("manager", ["*"]),
    ("operator", []),
]


def of_budget(registrations: Registrations, **contact: Any) -> UUID:
    """Someone with a seat in a session of a discreet programme."""
    person = registrations.person(**contact)
    discreet = registrations.session(
        title="Faire face au surendettement", programme="budget", discreet=True
    )
    registrations.register(discreet, person)
    return person


@pytest.fixture
def hidden(registrations: Registrations, post: Post) -> Any:
    """The message about a discreet session to someone who takes part in a workshop as well."""
    person = of_budget(registrations)
    registrations.register(registrations.session(), person)
    return next(one for one in post.all() if one.participant_id == person)


@pytest.fixture
def open_as(client: FlaskClient, bearer: Bearer) -> Callable[..., Any]:
    """What such staff is answered: ``open_as(("adviser", ["budget"]), "/v1/…")``."""

    def ask(who: tuple[str, list[str]], url: str, **options: Any) -> Any:
        return client.open(url, headers=bearer(who[0], programmes=who[1]), **options)

    return ask


@pytest.fixture
def listed(open_as: Callable[..., Any]) -> Callable[..., list[Any]]:
    """The messages that such staff finds: ``listed(("adviser", ["budget"]), session=…)``."""

    def find(who: tuple[str, list[str]], **query: Any) -> list[Any]:
        answer = open_as(who, "/v1/notifications", query_string=query)
        assert answer.status_code == 200, answer.json
        items: list[Any] = answer.get_json()["items"]
        return items

    return find


@pytest.mark.parametrize("who", OTHERS, ids=str)
def test_messages_about_a_discreet_session_are_not_found_by_those_who_do_not_advise_it(
    listed: Callable[..., list[Any]], hidden: Any, who: tuple[str, list[str]]
) -> None:
    assert listed(who, session=hidden.session_id) == []
    assert listed(who, registration=hidden.registration_id) == []
    assert len(listed(who, participant=hidden.participant_id)) == 1
    assert len(listed(who)) == 1


@pytest.mark.parametrize("who", [OWN, ALL, OPERATOR_OF_ALL], ids=str)
def test_those_who_advise_it_find_them(
    listed: Callable[..., list[Any]], hidden: Any, who: tuple[str, list[str]]
) -> None:
    assert [one["id"] for one in listed(who, session=hidden.session_id)] == [str(hidden.id)]
    assert len(listed(who, participant=hidden.participant_id)) == 2


@pytest.mark.parametrize(
    "route", ["GET ", "POST /retry", "POST /cancel", "POST /resend", "GET /letter.pdf"]
)
@pytest.mark.parametrize("who", [one for one in OTHERS if one[0] != "operator"], ids=str)
def test_one_of_them_is_not_there_for_others(
    open_as: Callable[..., Any],
    post: Post,
    hidden: Any,
    who: tuple[str, list[str]],
    route: str,
) -> None:
    method, path = route.split(" ")
    post.send()
    before = post.states()
    answer = open_as(
        who,
        f"/v1/notifications/{hidden.id}{path}",
        method=method,
        json={"channel": "desk"} if path == "/resend" else None,
    )
    assert answer.status_code == 404
    assert post.states() == before


@pytest.mark.parametrize("path", ["", "/letter.pdf"])
def test_one_of_them_opens_for_its_adviser(
    client: FlaskClient, bearer: Bearer, hidden: Any, path: str
) -> None:
    headers = bearer("adviser", programmes=["budget"])
    assert client.get(f"/v1/notifications/{hidden.id}{path}", headers=headers).status_code == 200
    cancelled = client.post(f"/v1/notifications/{hidden.id}/cancel", headers=headers)
    assert cancelled.get_json()["status"] == "cancelled"


def test_a_session_of_which_the_programme_was_never_told_is_for_those_who_know_of_all(
    registrations: Registrations, post: Post, listed: Callable[..., list[Any]], hidden: Any
) -> None:
    with post.database.transaction() as transaction:
        transaction.get_one(Session, hidden.session_id).programme = None
    assert listed(OWN, session=hidden.session_id) == []
    assert len(listed(ALL, session=hidden.session_id)) == 1


def test_news_of_a_discreet_referral_are_for_those_who_advise_its_programme(
    registrations: Registrations, listed: Callable[..., list[Any]]
) -> None:
    person = registrations.person()
    registrations.refer(person, discreet=True)
    assert len(listed(OWN, participant=person)) == 1
    assert listed(("adviser", ["sante"]), participant=person) == []
    registrations.refer(person, discreet=False)
    assert len(listed(("adviser", ["sante"]), participant=person)) == 1


def test_news_of_a_referral_kept_before_its_programme_was_are_for_those_who_know_of_all(
    registrations: Registrations, post: Post, listed: Callable[..., list[Any]]
) -> None:
    registrations.refer(registrations.person())
    post.change(post.one().id, details={"what": "opened"})
    assert listed(OWN) == []
    assert len(listed(ALL)) == 1


def test_figures_are_for_all(client: FlaskClient, bearer: Bearer, hidden: Any) -> None:
    answer = client.get("/v1/notifications/summary", headers=bearer("manager"))
    assert answer.get_json()["total"] == 2


def test_whoever_prints_and_posts_does_so_with_all_letters(
    registrations: Registrations, post: Post, client: FlaskClient, bearer: Bearer
) -> None:
    of_budget(registrations, **BY_POST)
    letter = post.one()
    answer = client.get("/v1/letters.pdf", headers=bearer("manager"))
    assert answer.status_code == 200
    body = {"batch": answer.headers["Letters-Batch"]}
    noted = client.post("/v1/letters/printed", json=body, headers=bearer("manager"))
    assert noted.get_json()["items"] == [str(letter.id)]
    assert post.one().status == "printed"


def test_at_the_desk_anyone_hands_over_what_waits_but_is_not_told_the_session(
    registrations: Registrations, client: FlaskClient, bearer: Bearer
) -> None:
    person = of_budget(registrations, email=None)
    adviser = bearer("adviser")
    (item,) = client.get(f"/v1/desk?participant={person}", headers=adviser).get_json()["items"]
    assert "session_id" not in item
    page = client.get(f"/v1/notifications/{item['id']}/letter.pdf", headers=adviser)
    assert page.status_code == 200
    told = client.post(f"/v1/desk/{item['id']}/handed-over", headers=adviser).get_json()
    assert told["status"] == "sent"
    assert "session_id" not in told
    again = client.get(f"/v1/notifications/{item['id']}/letter.pdf", headers=adviser)
    assert again.status_code == 404


def test_whoever_calls_is_not_told_the_session(
    registrations: Registrations, client: FlaskClient, bearer: Bearer
) -> None:
    of_budget(registrations, email=None, phone="+33467000000")
    adviser = bearer("adviser")
    (call,) = client.get("/v1/calls", headers=adviser).get_json()["items"]
    said = {"outcome": "reached", "tries": 0}
    noted = client.post(f"/v1/calls/{call['id']}", json=said, headers=adviser).get_json()
    assert [one["status"] for one in noted["items"]] == ["sent"]
    assert "session_id" not in noted["items"][0]


def test_however_many_are_hidden_the_list_costs_as_many_statements(
    registrations: Registrations, post: Post, listed: Callable[..., list[Any]]
) -> None:
    counted: list[str] = []
    sqlalchemy_event.listen(
        post.database.engine,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, *_: counted.append(statement),
    )

    def statements(messages: int) -> int:
        for _ in range(messages):
            of_budget(registrations)
            registrations.register(registrations.session(), registrations.person())
        counted.clear()
        assert listed(("adviser", []))
        return len(counted)

    assert statements(1) == statements(4)
