"""The call list and the desk: who is on them, what is said, and what comes of it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from services.notifications.models import AuditEntry, Contact, Notification, Session
from services.notifications.operations.calls import call_no_more
from services.notifications.operations.desk import drop_late
from services.notifications.operations.remind import queue_due
from shared.events.catalogue import ParticipantErased, SessionCancelled
from tests.service.notifications.conftest import MailServer, Post, Registrations, meeting, soon

Bearer = Callable[..., dict[str, str]]
LANDLINE = {"email": None, "phone": "+33467000000"}
NO_CHANNEL = {"email": None, "phone": None}
ADDRESS = {"lines": ["12 rue Marioge"], "postcode": "34000", "city": "Montpellier", "country": "FR"}


@pytest.fixture
def adviser(bearer: Bearer) -> dict[str, str]:
    return bearer("adviser")


@pytest.fixture
def listed(client: FlaskClient, adviser: dict[str, str]) -> Callable[..., list[dict[str, Any]]]:
    """The call list, or what waits for a person at the desk."""

    def read(participant: UUID | None = None, **headers: str) -> list[dict[str, Any]]:
        path = f"/v1/desk?participant={participant}" if participant else "/v1/calls"
        answer = client.get(path, headers=adviser | headers)
        assert answer.status_code == 200, answer.json
        items: list[dict[str, Any]] = answer.json["items"]
        return items

    return read


@pytest.fixture
def hand_over(client: FlaskClient, adviser: dict[str, str]) -> Callable[[Any], Any]:
    def note(message: Any) -> Any:
        return client.post(f"/v1/desk/{message}/handed-over", headers=adviser)

    return note


@pytest.fixture
def call(client: FlaskClient, adviser: dict[str, str]) -> Callable[..., Any]:
    def note(message: Any, outcome: str, tries: int = 0, **body: Any) -> Any:
        said = {"outcome": outcome, "tries": tries, **body}
        # A client of its own for each call: some are made at once.
        one = client.application.test_client()
        return one.post(f"/v1/calls/{message}", json=said, headers=adviser)

    return note


def where(post: Post) -> list[tuple[str, str]]:
    return [(one.channel, one.status) for one in post.all()]


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["type"].rpartition(":")[2]


# ── the list ────────────────────────────────────────────────────────────────────────────────────


def test_the_list_says_whom_to_call_what_to_say_and_by_when(
    registrations: Registrations, post: Post, listed: Callable[..., Any]
) -> None:
    begins = soon()
    session = registrations.session(meetings=[meeting(begins)])
    person = registrations.person(**LANDLINE, language="en")
    registrations.register(session, person)
    (item,) = listed(**{"Accept-Language": "fr"})
    assert item["id"] == str(post.one().id)
    assert item["participant_id"] == str(person)
    assert (item["given_name"], item["family_name"]) == ("Amina", "Benali")
    assert (item["phone"], item["language"]) == ("+33467000000", "en")
    assert "Repair Café" in item["words"]
    assert "confirmed" in item["words"]
    assert "c'est confirmé" in item["meaning"]
    assert "http" not in item["words"] + item["meaning"]
    assert item["by"] == begins.isoformat()
    assert (item["tries"], item["last_tried_at"]) == (0, None)


def test_who_calls_can_say_where_to_call_back(
    registrations: Registrations, listed: Callable[..., Any]
) -> None:
    place = {"code": "a", "name": "Maison", "address": None, "timezone": "Europe/Paris"}
    session = registrations.session(place={**place, "phone": "+33467000000"})
    person = registrations.person(**LANDLINE, language="en")
    registration = registrations.register(session, person)
    registrations.tell(SessionCancelled.of(session_id=session))
    registrations.change(
        registration, session, person, "cancelled", previous="confirmed", by="system"
    )
    item = listed(**{"Accept-Language": "fr"})[-1]
    assert "or call 04\u00a067\u00a000\u00a000\u00a000" in item["words"]
    assert "appelez le 04\u00a067\u00a000\u00a000\u00a000" in item["meaning"]


def test_one_person_is_called_once_about_all_there_is(
    registrations: Registrations, post: Post, listed: Callable[..., Any], call: Callable[..., Any]
) -> None:
    person = registrations.person(**LANDLINE)
    for title in ("Couture", "Anglais"):
        registrations.register(registrations.session(title=title), person)
    (item,) = listed()
    assert [one in item["words"] for one in ("Couture", "Anglais")] == [True, True]
    first, second = post.all()
    assert (item["id"], item["besides"]) == (str(first.id), [str(second.id)])
    noted = call(item["id"], "reached", besides=item["besides"])
    assert [one["status"] for one in noted.json["items"]] == ["sent", "sent"]
    assert {one.told_with for one in post.all()} == {first.id}
    assert listed() == []


def test_the_most_urgent_come_first_and_pages_follow_each_other(
    registrations: Registrations, client: FlaskClient, adviser: dict[str, str]
) -> None:
    people = []
    for days in (9, 2, 5):
        session = registrations.session(meetings=[meeting(soon(days=days))])
        people.append(registrations.person(**LANDLINE))
        registrations.register(session, people[-1])
    seats = registrations.session(meetings=[meeting(soon(days=20))])
    people.append(registrations.person(**LANDLINE))
    registrations.register(seats, people[-1], "offered", offered_until=soon(hours=20))
    people.append(registrations.person(**LANDLINE))
    registrations.refer(people[-1])
    seen, following = [], ""
    while following is not None:
        cursor = f"&cursor={following}" if following else ""
        page = client.get(f"/v1/calls?limit=2{cursor}", headers=adviser).json
        assert page is not None
        seen += page["items"]
        following = page["next"]
    expected = [people[index] for index in (3, 1, 2, 0, 4)]
    assert [one["participant_id"] for one in seen] == [str(one) for one in expected]
    assert seen[-1]["by"] is None


@pytest.mark.parametrize("cursor", ["x", "WzFd", "WyJhIiwgImIiLCAiYyJd"])
def test_a_made_up_cursor_is_refused(
    client: FlaskClient, adviser: dict[str, str], cursor: str
) -> None:
    answer = client.get(f"/v1/calls?cursor={cursor}", headers=adviser)
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["cursor"])


def test_of_a_discreet_session_nothing_is_said(
    registrations: Registrations, listed: Callable[..., Any], post: Post
) -> None:
    session = registrations.session(
        title="Faire face au surendettement",
        programme="budget",
        organisation="creasol",
        discreet=True,
        meetings=[meeting(soon(), room="Bureau budget")],
    )
    person = registrations.person(**LANDLINE)
    registrations.register(session, person)
    for item in (*listed(), *listed(person)):
        assert "rendez-vous" in item["words"]
        assert not any(word in str(item) for word in ("surendettement", "budget", "creasol"))


# ── what comes of a call ────────────────────────────────────────────────────────────────────────


def test_who_was_reached_was_told(
    registrations: Registrations, post: Post, call: Callable[..., Any]
) -> None:
    registrations.register(registrations.session(), registrations.person(**LANDLINE))
    noted = call(post.one().id, "reached")
    assert noted.status_code == 200
    (message,) = noted.json["items"]
    assert (message["channel"], message["status"]) == ("call", "sent")
    (attempt,) = message["attempts"]
    assert (attempt["channel"], attempt["outcome"]) == ("call", "accepted")
    assert attempt["answer"] == "reached"
    assert post.one().sent_at is not None
    assert post.facts() == ["notification.sent"]


def test_who_does_not_answer_three_times_is_told_at_the_desk(
    registrations: Registrations, post: Post, listed: Callable[..., Any], call: Callable[..., Any]
) -> None:
    person = registrations.person(**LANDLINE)
    registrations.register(registrations.session(), person)
    for tries, outcome in enumerate(("no-answer", "left-message")):
        assert call(post.one().id, outcome, tries).status_code == 200
        (item,) = listed()
        assert (item["tries"], item["last_tried_at"] is not None) == (tries + 1, True)
    call(post.one().id, "no-answer", 2)
    assert where(post) == [("desk", "scheduled")]
    assert [one.answer for one in post.one().tries] == ["no-answer", "left-message", "no-answer"]
    assert listed() == []
    assert len(listed(person)) == 1
    assert post.facts() == []
    with post.database.transaction() as transaction:
        assert queue_due(transaction) == 0


def test_a_wrong_number_is_not_called_again_until_there_is_another(
    registrations: Registrations, post: Post, call: Callable[..., Any]
) -> None:
    person = registrations.person(**LANDLINE)
    for _ in range(2):
        registrations.register(registrations.session(), person)
    call(post.all()[0].id, "wrong-number")
    with post.database.transaction() as transaction:
        assert call_no_more(transaction) == 1
        assert call_no_more(transaction) == 0
    registrations.register(registrations.session(), person)
    assert where(post) == [("desk", "scheduled")] * 3
    registrations.person(participant_id=person, **LANDLINE | {"phone": "+33467111111"})
    registrations.register(registrations.session(), person)
    assert where(post)[-1] == ("call", "to-call")


def test_who_has_given_a_mailbox_meanwhile_is_written_to(
    registrations: Registrations, post: Post, call: Callable[..., Any], mail_server: Any
) -> None:
    person = registrations.person(**LANDLINE)
    registrations.register(registrations.session(), person)
    registrations.person(participant_id=person, **LANDLINE | {"email": "amina@example.org"})
    call(post.one().id, "wrong-number")
    assert where(post) == [("email", "queued")]
    post.send()
    assert mail_server.mail()["To"] == "amina@example.org"


def test_mail_that_may_have_arrived_is_not_sent_again_when_nobody_answers(
    registrations: Registrations, post: Post, call: Callable[..., Any], mail_server: Any
) -> None:
    person = registrations.person(phone="+33467000000")
    registrations.register(registrations.session(), person)
    mail_server.hang_up = "after"
    post.send()
    assert post.one().status == "unknown"
    post.change(post.one().id, channel="call", status="to-call", due_at=None)
    call(post.one().id, "wrong-number")
    assert where(post) == [("desk", "scheduled")]


def test_a_letter_follows_a_call_if_it_comes_in_time(
    registrations: Registrations, post: Post, call: Callable[..., Any]
) -> None:
    person = registrations.person(**LANDLINE)
    registrations.register(registrations.session(), person)
    registrations.person(participant_id=person, **LANDLINE, postal_address=ADDRESS)
    call(post.one().id, "wrong-number")
    assert where(post) == [("letter", "to-print")]


def test_a_call_noted_twice_is_one_and_a_colleagues_call_is_not_overwritten(
    registrations: Registrations, post: Post, call: Callable[..., Any]
) -> None:
    registrations.register(registrations.session(), registrations.person(**LANDLINE))
    message = post.one().id
    for _ in range(2):
        assert call(message, "no-answer").status_code == 200
    assert len(post.one().tries) == 1
    assert refused(call(message, "reached")) == (409, "call-changed")
    assert refused(call(message, "left-message")) == (409, "call-changed")
    assert call(message, "reached", 1).status_code == 200
    assert refused(call(message, "no-answer", 2)) == (409, "call-changed")
    assert len(post.one().tries) == 2


@pytest.mark.parametrize(
    "outcomes", [["reached"], ["wrong-number"], ["no-answer", "no-answer", "no-answer"]]
)
def test_the_last_call_can_be_noted_twice_too(
    registrations: Registrations, post: Post, call: Callable[..., Any], outcomes: list[str]
) -> None:
    registrations.register(registrations.session(), registrations.person(**LANDLINE))
    message = post.one().id
    for tries, outcome in enumerate(outcomes):
        first = call(message, outcome, tries)
        again = call(message, outcome, tries)
        assert (first.status_code, again.json) == (200, first.json)
    assert len(post.one().tries) == len(outcomes)


def test_of_two_who_call_at_once_one_is_told_of_the_other(
    registrations: Registrations, post: Post, call: Callable[..., Any]
) -> None:
    registrations.register(registrations.session(), registrations.person(**LANDLINE))
    message = post.one().id
    with ThreadPoolExecutor(2) as advisers:
        answers = list(advisers.map(partial(call, message), ("reached", "no-answer")))
    assert sorted(one.status_code for one in answers) == [200, 409]
    assert len(post.one().tries) == 1


def test_what_was_taken_back_during_the_call_stays_so(
    registrations: Registrations, post: Post, call: Callable[..., Any]
) -> None:
    person = registrations.person(**LANDLINE)
    for _ in range(2):
        registrations.register(registrations.session(), person)
    first, second = post.all()
    post.change(second.id, status="cancelled")
    noted = call(first.id, "reached", besides=[str(second.id)])
    assert [one["id"] for one in noted.json["items"]] == [str(first.id)]
    assert [one.status for one in post.all()] == ["sent", "cancelled"]


def test_a_call_is_about_messages_to_one_person(
    registrations: Registrations, post: Post, call: Callable[..., Any]
) -> None:
    session = registrations.session()
    for _ in range(2):
        registrations.register(session, registrations.person(**LANDLINE))
    first, second = post.all()
    for other in (second.id, uuid4()):
        answer = call(first.id, "reached", besides=[str(other)])
        assert (answer.status_code, list(answer.json["errors"])) == (422, ["besides"])
    assert {one.status for one in post.all()} == {"to-call"}
    assert call(uuid4(), "reached").status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"tries": 0}, "outcome"),
        ({"outcome": "reached"}, "tries"),
        ({"outcome": "asleep", "tries": 0}, "outcome"),
        ({"outcome": "reached", "tries": -1}, "tries"),
        ({"outcome": "reached", "tries": 0, "besides": ["x"]}, "besides.0"),
    ],
)
def test_a_call_that_is_not_understood_is_refused_by_name(
    client: FlaskClient, adviser: dict[str, str], body: dict[str, Any], field: str
) -> None:
    answer = client.post(f"/v1/calls/{uuid4()}", json=body, headers=adviser)
    assert (answer.status_code, list(answer.json["errors"])) == (422, [field])


def test_who_does_not_want_calls_is_not_called(
    registrations: Registrations,
    post: Post,
    client: FlaskClient,
    adviser: dict[str, str],
    listed: Callable[..., Any],
) -> None:
    person = registrations.person(**LANDLINE)
    registrations.register(registrations.session(), person)
    wishes = {"unwanted": [{"channel": "call"}]}
    assert client.put(f"/v1/preferences/{person}", json=wishes, headers=adviser).status_code == 200
    assert listed() == []
    with post.database.transaction() as transaction:
        assert call_no_more(transaction) == 1
    assert where(post) == [("desk", "scheduled")]


# ── the desk ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "contact", [NO_CHANNEL, LANDLINE, {**NO_CHANNEL, "postal_address": ADDRESS}]
)
def test_a_person_who_comes_is_told_what_waits_for_them(
    registrations: Registrations,
    post: Post,
    hand_over: Callable[[Any], Any],
    listed: Callable[..., Any],
    contact: dict[str, Any],
) -> None:
    person = registrations.person(**contact)
    registrations.register(registrations.session(), person)
    registrations.register(registrations.session(), registrations.person(**contact))
    (item,) = listed(person)
    assert item["id"] == str(post.all()[0].id)
    assert "Repair Café" in item["words"]
    for _ in range(2):
        told = hand_over(item["id"])
        assert (told.json["channel"], told.json["status"]) == ("desk", "sent")
        assert [one["outcome"] for one in told.json["attempts"]] == ["accepted"]
    assert post.facts() == ["notification.sent"]
    assert listed(person) == []


def test_what_could_not_be_told_by_any_channel_is_told_at_the_desk(
    registrations: Registrations,
    post: Post,
    mail_server: MailServer,
    hand_over: Callable[[Any], Any],
    listed: Callable[..., Any],
) -> None:
    person = registrations.person()
    registrations.register(registrations.session(), person)
    mail_server.answer_to_recipient = "550 5.1.1 No such user"
    post.send()
    assert post.one().status == "failed"
    (item,) = listed(person)
    assert hand_over(item["id"]).json["status"] == "sent"
    assert listed(person) == []
    assert post.facts() == ["notification.failed", "notification.sent"]


def test_what_went_another_way_is_not_handed_over(
    registrations: Registrations,
    post: Post,
    hand_over: Callable[[Any], Any],
    listed: Callable[..., Any],
) -> None:
    person = registrations.person()
    registrations.register(registrations.session(reminder_minutes=[60]), person)
    assert listed(person) == []
    for one in post.all():
        answer = hand_over(one.id)
        assert refused(answer) == (409, "not-at-the-desk")
    assert hand_over(uuid4()).status_code == 404


def test_the_desk_lists_are_of_one_person_and_in_pages(
    registrations: Registrations, client: FlaskClient, adviser: dict[str, str]
) -> None:
    person = registrations.person(**NO_CHANNEL)
    for _ in range(3):
        registrations.register(registrations.session(), person)
    path = f"/v1/desk?participant={person}&limit=2"
    first = client.get(path, headers=adviser).json
    second = client.get(f"{path}&cursor={first['next']}", headers=adviser).json
    assert (len(first["items"]), len(second["items"]), second["next"]) == (2, 1, None)
    answer = client.get("/v1/desk", headers=adviser)
    assert list(answer.json["errors"]) == ["participant"]


@pytest.mark.parametrize("contact", [NO_CHANNEL, LANDLINE])
def test_what_nobody_told_in_time_is_told_no_more(
    registrations: Registrations, post: Post, contact: dict[str, Any]
) -> None:
    session = registrations.session()
    person = registrations.person(**contact)
    registrations.register(session, person)
    registrations.refer(person)
    with post.database.transaction() as transaction:
        assert drop_late(transaction) == 0
        row = transaction.get_one(Session, session)
        week = timedelta(days=8)
        row.meetings = tuple(
            replace(one, starts_at=one.starts_at - week, ends_at=one.ends_at - week)
            for one in row.meetings
        )
        transaction.flush()
        assert drop_late(transaction) == 1
    late, news = post.all()
    assert late.status == "too-late"
    assert news.status in {"to-call", "scheduled"}


def test_whoever_can_no_longer_be_carried_to_waits_at_the_desk_for_good(
    registrations: Registrations, post: Post
) -> None:
    person = registrations.person()
    registrations.register(registrations.session(), person)
    registrations.person(participant_id=person, **NO_CHANNEL)
    post.send()
    assert where(post) == [("desk", "scheduled")]
    with post.database.transaction() as transaction:
        assert queue_due(transaction) == 0


# ── who sees them ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("role", ["facilitator", "operator"])
def test_only_those_at_the_desk_see_names_and_numbers(
    client: FlaskClient, bearer: Bearer, role: str
) -> None:
    headers = bearer(role, organisation="ccas")
    for path in ("/v1/calls", f"/v1/desk?participant={uuid4()}"):
        assert client.get(path, headers=headers).status_code == 403


def test_who_saw_and_called_whom_is_on_record(
    registrations: Registrations,
    post: Post,
    hand_over: Callable[[Any], Any],
    listed: Callable[..., Any],
    call: Callable[..., Any],
) -> None:
    people = [registrations.person(**contact) for contact in (LANDLINE, NO_CHANNEL)]
    for person in people:
        registrations.register(registrations.session(), person)
    called, waits = (one.id for one in post.all())
    listed()
    call(called, "reached")
    listed(people[1])
    hand_over(waits)
    with post.database.transaction() as transaction:
        entries = list(transaction.scalars(select(AuditEntry).order_by(AuditEntry.id)))
    assert [(one.verb, one.notifications) for one in entries] == [
        ("call-list", [called]),
        ("call", [called]),
        ("desk-list", [waits]),
        ("hand-over", [waits]),
    ]


def test_a_forgotten_person_is_on_no_list(
    registrations: Registrations,
    post: Post,
    listed: Callable[..., Any],
    call: Callable[..., Any],
    hand_over: Callable[[Any], Any],
) -> None:
    person = registrations.person(**LANDLINE)
    registration = registrations.register(registrations.session(), person)
    message = post.one().id
    call(message, "wrong-number")
    registrations.tell(
        ParticipantErased.of(
            erasure_id=uuid4(), participants=[person], registrations=[registration]
        )
    )
    assert listed() + listed(person) == []
    assert call(message, "reached", 1).status_code == 404
    assert hand_over(message).status_code == 404
    with post.database.transaction() as transaction:
        assert transaction.get_one(Contact, person).wrong_phone is None
        assert transaction.get_one(Notification, message).status == "cancelled"
