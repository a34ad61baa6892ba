"""What people thought: by their link, once; and on the place's tablet, one after the other."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from services.registrations.models import Feedback, Kiosk, KioskFeedback, Programme, Session
from services.registrations.operations.held.feedback import give_feedback
from services.registrations.operations.seats.find import find
from services.registrations.operations.staff.scope import Scope
from services.registrations.tasks import sweep
from shared.db import Database
from tests.service.registrations.conftest import Offer, body, link, shift, told

Bearer = Callable[..., dict[str, str]]
QUESTIONS = [
    {"id": "welcome", "kind": "faces", "text": {"fr": "L'accueil ?", "en": "The welcome?"}},
    {"id": "again", "kind": "yes-no", "text": {"fr": "Reviendriez-vous ?"}},
    {"id": "best", "kind": "text", "text": {"fr": "Le meilleur moment ?"}},
]
BEGAN = timedelta(days=-7, hours=-1)


@pytest.fixture
def asking(registrations_database: Database, offer: Offer) -> Offer:
    """The offer, its workshops asking three questions."""
    with registrations_database.transaction() as transaction:
        transaction.get_one(Programme, "ateliers").feedback_questions = QUESTIONS
    return offer


@pytest.fixture
def begun(asking: Offer, registrations_database: Database, client: FlaskClient) -> tuple[UUID, str]:
    """A session that has begun, and the feedback link of someone in it."""
    session = asking.session()
    answer = client.post("/v1/registrations", json=body(session))
    shift(registrations_database, session, BEGAN)
    return session, link(answer, "/feedback")


@pytest.fixture
def theirs(bearer: Bearer) -> dict[str, str]:
    return bearer("facilitator", organisation="repair-cafe")


# ── by the link ─────────────────────────────────────────────────────────────────────────────────


def test_a_programme_is_given_up_to_three_questions_each_in_several_languages(
    client: FlaskClient, offer: Offer, bearer: Bearer
) -> None:
    url, manager = "/v1/programmes/ateliers", bearer("manager")
    changed = client.patch(url, json={"feedback_questions": QUESTIONS}, headers=manager)
    assert changed.json["feedback_questions"] == QUESTIONS
    for wrong, field in (
        (QUESTIONS * 2, "feedback_questions"),
        (QUESTIONS[:1] * 2, "feedback_questions"),
        ([{**QUESTIONS[0], "kind": "stars"}], "feedback_questions.0.kind"),
        ([{**QUESTIONS[0], "text": {"en": "?"}}], "feedback_questions.0.text.fr"),
    ):
        refused = client.patch(url, json={"feedback_questions": wrong}, headers=manager)
        assert (refused.status_code, list(refused.json["errors"])) == (422, [field])


def test_the_link_says_what_to_ask_and_what_was_said(
    client: FlaskClient, begun: tuple[UUID, str]
) -> None:
    _, url = begun
    form = client.get(url).json
    assert form["questions"] == QUESTIONS
    assert (form["can_be_given"], form["can_be_changed_until"], form["feedback"]) == (
        True,
        None,
        None,
    )
    client.post(url, json={"rating": 4, "answers": {"again": True}})
    form = client.get(url).json
    assert form["feedback"]["rating"] == 4
    assert form["feedback"]["answers"] == {"again": True}
    assert form["can_be_changed_until"] is not None
    assert client.get(url.replace("token=", "token=x")).status_code == 404


def test_it_is_not_given_before_the_session_nor_changed_after_seven_days(
    client: FlaskClient, asking: Offer, begun: tuple[UUID, str], registrations_database: Database
) -> None:
    early = link(client.post("/v1/registrations", json=body(asking.session())), "/feedback")
    assert client.get(early).json["can_be_given"] is False
    _, url = begun
    client.post(url, json={"rating": 4})
    with registrations_database.transaction() as transaction:
        long_ago = Feedback.submitted_at - timedelta(days=8)
        transaction.execute(update(Feedback).values(submitted_at=long_ago))
    assert client.get(url).json["can_be_given"] is False
    assert client.post(url, json={"rating": 1}).status_code == 409


@pytest.mark.parametrize(
    ("answers", "wrong"),
    [
        ({"welcome": "happy", "again": False, "best": "La soudure"}, []),
        ({}, []),
        ({"other": True}, ["answers.other"]),
        (
            {"welcome": "great", "again": "yes", "best": 5},
            ["answers.again", "answers.best", "answers.welcome"],
        ),
        ({"welcome": 1, "again": 1}, ["answers.again", "answers.welcome"]),
    ],
)
def test_answers_are_held_against_the_questions_by_name(
    client: FlaskClient, begun: tuple[UUID, str], answers: Any, wrong: list[str]
) -> None:
    _, url = begun
    answer = client.post(url, json={"rating": 4, "answers": answers})
    assert answer.status_code == (422 if wrong else 200)
    assert sorted(answer.json.get("errors", ())) == wrong


def test_a_programme_that_asks_nothing_takes_what_the_page_asked(
    client: FlaskClient, offer: Offer, registrations_database: Database
) -> None:
    session = offer.session()
    url = link(client.post("/v1/registrations", json=body(session)), "/feedback")
    shift(registrations_database, session, BEGAN)
    assert client.post(url, json={"rating": 4, "answers": {"useful": True}}).status_code == 200


def test_feedback_sent_twice_at_once_is_one(
    app: Flask, begun: tuple[UUID, str], registrations_database: Database
) -> None:
    """The second waits for the first, which is not committed yet, and then changes it."""
    _, url = begun
    registration_id = UUID(url.partition("/registrations/")[2].partition("/")[0])
    with ThreadPoolExecutor(1) as pool:
        with registrations_database.transaction() as transaction:
            first = find(transaction, registration_id, scope=Scope())
            give_feedback(transaction, first, rating=2, answers={}, comment=None)
            transaction.flush()
            second = pool.submit(lambda: app.test_client().post(url, json={"rating": 5}))
            while not _someone_waits(registrations_database):
                assert not second.done()
        assert second.result().status_code == 200
    with registrations_database.transaction() as transaction:
        assert transaction.scalars(select(Feedback)).one().rating == 5
    told_ratings = [
        fact.data["rating"] for fact in told(registrations_database, "feedback.submitted")
    ]
    assert told_ratings == [2, 5]


def _someone_waits(database: Database) -> bool:
    with database.statement() as connection:
        waiting = connection.execute(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()"
        ).fetchone()
    return waiting is not None and waiting[0] > 0


# ── on the tablet ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def tablet(client: FlaskClient, begun: tuple[UUID, str], theirs: dict[str, str]) -> dict[str, str]:
    """The header of a tablet opened for the session that has begun."""
    opened = client.post(f"/v1/sessions/{begun[0]}/kiosk", headers=theirs)
    assert opened.status_code == 201
    return {"Kiosk-Token": opened.json["token"]}


def say(client: FlaskClient, headers: Any, face: str = "happy", **more: Any) -> Any:
    sent = {"id": str(uuid4()), "face": face, **more}
    return client.post("/v1/kiosk/feedback", json=sent, headers=headers)


def test_people_say_what_they_think_one_after_the_other_without_a_name(
    client: FlaskClient, begun: tuple[UUID, str], tablet: Any, registrations_database: Database
) -> None:
    form = client.get("/v1/kiosk", headers=tablet).json
    assert (form["title"], form["questions"]) == ("Repair Café", QUESTIONS)
    ratings = [say(client, tablet, face).json["rating"] for face in ("happy", "neutral", "unhappy")]
    assert ratings == [5, 3, 1]
    say(client, tablet, comment="Merci à Léa", answers={"again": True})
    facts = told(registrations_database, "feedback.collected")
    assert [fact.data["rating"] for fact in facts] == [5, 3, 1, 5]
    assert {fact.data["session_id"] for fact in facts} == {str(begun[0])}
    assert "Léa" not in str([fact.data for fact in facts])


def test_a_double_tap_counts_once(
    app: Flask, tablet: Any, registrations_database: Database
) -> None:
    tap = {"id": str(uuid4()), "face": "neutral"}
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(
                lambda _: app.test_client().post("/v1/kiosk/feedback", json=tap, headers=tablet),
                range(6),
            )
        )
    assert {answer.status_code for answer in answers} == {201}
    assert len(told(registrations_database, "feedback.collected")) == 1
    with registrations_database.transaction() as transaction:
        assert transaction.scalar(select(func.count()).select_from(KioskFeedback)) == 1


def test_what_a_tablet_sends_is_held_against_the_questions(
    client: FlaskClient, tablet: Any
) -> None:
    refused = say(client, tablet, answers={"again": "yes", "x": 1})
    assert sorted(refused.json["errors"]) == ["answers.again", "answers.x"]
    assert list(say(client, tablet, face="great").json["errors"]) == ["face"]


@pytest.mark.parametrize("end", ["closed by staff", "hours over", "cancelled", "never opened"])
def test_a_tablet_that_is_not_open_takes_nothing(
    *,
    client: FlaskClient,
    begun: tuple[UUID, str],
    tablet: Any,
    theirs: Any,
    registrations_database: Database,
    end: str,
) -> None:
    session = begun[0]
    if end == "closed by staff":
        for _ in range(2):
            closed = client.delete(f"/v1/sessions/{session}/kiosk", headers=theirs)
            assert closed.status_code == 204
    elif end == "hours over":
        shift(registrations_database, session, timedelta(hours=-6))
    elif end == "cancelled":
        with registrations_database.transaction() as transaction:
            transaction.get_one(Session, session).status = "cancelled"
    else:
        tablet = {"Kiosk-Token": "é\x80"}
    for answer in (say(client, tablet), client.get("/v1/kiosk", headers=tablet)):
        assert (answer.status_code, answer.json["type"].rpartition(":")[2]) == (
            404,
            "kiosk-not-found",
        )


def test_a_tablet_stays_open_while_the_chairs_are_put_away(
    client: FlaskClient, begun: tuple[UUID, str], tablet: Any, theirs: Any
) -> None:
    assert client.post(f"/v1/sessions/{begun[0]}/close", headers=theirs).status_code == 200
    assert say(client, tablet).status_code == 201


def test_nothing_is_said_of_a_session_that_has_not_begun(
    client: FlaskClient, asking: Offer, theirs: Any
) -> None:
    opened = client.post(f"/v1/sessions/{asking.session()}/kiosk", headers=theirs)
    answer = say(client, {"Kiosk-Token": opened.json["token"]})
    assert answer.json["type"].endswith("feedback-too-early")


def test_one_tablet_is_held_to_a_rate_of_its_own(client: FlaskClient, tablet: Any) -> None:
    statuses = {say(client, tablet).status_code for _ in range(70)}
    assert statuses == {201, 429}


def test_the_token_is_kept_as_a_hash_alone(
    tablet: dict[str, str], registrations_database: Database
) -> None:
    with registrations_database.statement() as connection:
        rows = connection.execute("SELECT * FROM kiosk").fetchall()
    assert tablet["Kiosk-Token"] not in str(rows)


def test_tablets_of_sessions_over_for_hours_are_forgotten_and_what_was_said_stays(
    client: FlaskClient, begun: tuple[UUID, str], tablet: Any, registrations_database: Database
) -> None:
    say(client, tablet)
    counted = [select(func.count()).select_from(kind) for kind in (Kiosk, KioskFeedback)]
    for hours, kept in ((0, [1, 1]), (-6, [0, 1])):
        shift(registrations_database, begun[0], timedelta(hours=hours))
        sweep()
        with registrations_database.transaction() as transaction:
            assert [transaction.scalar(query) for query in counted] == kept


def test_a_tablet_does_not_name_a_discreet_programme_and_is_its_advisers_to_open(
    client: FlaskClient, offer: Offer, bearer: Bearer, registrations_database: Database
) -> None:
    with registrations_database.transaction() as transaction:
        transaction.add(Programme(code="budget", name="Budget", discreet=True))
    session = offer.session(programme="budget", organisation="ccas", title="Rendez-vous budget")
    url = f"/v1/sessions/{session}/kiosk"
    assert client.post(url, headers=bearer("facilitator", organisation="ccas")).status_code == 403
    opened = client.post(url, headers=bearer("adviser", programmes=["budget"]))
    headers = {"Kiosk-Token": opened.json["token"], "Accept-Language": "fr"}
    assert client.get("/v1/kiosk", headers=headers).json["title"] == "Votre rendez-vous"


# ── read by staff ───────────────────────────────────────────────────────────────────────────────


def test_the_staff_of_a_session_read_what_was_said_page_by_page_without_names(
    client: FlaskClient, begun: tuple[UUID, str], tablet: Any, theirs: Any, bearer: Bearer
) -> None:
    session, url = begun
    client.post(url, json={"rating": 2, "comment": "Trop court"})
    say(client, tablet, comment="Merci")
    say(client, tablet, "neutral")
    items, cursor = [], ""
    while cursor is not None:
        answer = client.get(f"/v1/sessions/{session}/feedback?limit=2{cursor}", headers=theirs)
        items += answer.json["items"]
        cursor = answer.json["next"] and f"&cursor={answer.json['next']}"
    said = [(item["given"], item["rating"], item["comment"]) for item in items]
    assert said == [("link", 2, "Trop court"), ("kiosk", 5, "Merci"), ("kiosk", 3, None)]
    assert "Ada" not in str(items)
    stranger = bearer("facilitator", organisation="ccas")
    assert client.get(f"/v1/sessions/{session}/feedback", headers=stranger).status_code == 403
