"""The offer and the life of sessions: kept by managers and associations, read by everyone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.db import Database
from tests.service.registrations.conftest import Offer, body, link, meeting_of, shift, told

Bearer = Callable[..., dict[str, str]]


@pytest.mark.parametrize(
    ("path", "thing"),
    [
        ("organisations", {"code": "debrouillards", "name": "Les Petits Débrouillards"}),
        ("places", {"code": "mosson", "name": "La Mosson", "timezone": "Europe/Paris"}),
        ("programmes", {"code": "budget", "name": "Plateforme Budget", "discreet": True}),
    ],
)
def test_managers_add_to_the_offer_and_everyone_reads_it(
    client: FlaskClient, offer: Offer, bearer: Bearer, path: str, thing: dict[str, Any]
) -> None:
    created = client.post(f"/v1/{path}", json=thing, headers=bearer("manager"))
    assert created.status_code == 201, created.json
    assert thing.items() <= created.json.items()
    assert created.json in client.get(f"/v1/{path}").json["items"]
    again = client.post(f"/v1/{path}", json=thing, headers=bearer("manager"))
    assert again.json["type"].endswith(":already-exists")
    url = f"/v1/{path}/{thing['code']}"
    changed = client.patch(url, json={"name": "Autre"}, headers=bearer("manager"))
    assert changed.json == {**created.json, "name": "Autre"}


def test_a_session_goes_from_draft_to_published(
    client: FlaskClient, offer: Offer, bearer: Bearer, registrations_database: Database
) -> None:
    manager = bearer("manager")
    room = client.get("/v1/rooms").json["items"][0]
    activity = client.post(
        "/v1/activities",
        json={"title": "Toi-même, tu filmes", "organisation": "ccas", "programme": "ateliers"},
        headers=manager,
    ).json
    begin = (datetime.now(UTC) + timedelta(days=3)).replace(microsecond=0)
    meetings = [
        {
            "starts_at": (begin + timedelta(days=n)).isoformat(),
            "ends_at": (begin + timedelta(days=n, hours=2)).isoformat(),
            "room_id": room["id"],
        }
        for n in (7, 0)
    ]
    request = {
        "activity_id": activity["id"],
        "place": "arceaux",
        "capacity": 8,
        "meetings": meetings,
    }
    draft = client.post("/v1/sessions", json=request, headers=manager)
    assert (draft.status_code, draft.json["status"]) == (201, "draft")
    assert client.get("/v1/sessions").json["items"] == []
    assert client.get(f"/v1/sessions/{draft.json['id']}").status_code == 404
    url = f"/v1/sessions/{draft.json['id']}/publish"
    published = client.post(url, headers=manager).json
    assert published["status"] == "published"
    assert datetime.fromisoformat(published["starts_at"]) == begin
    assert published["room"] == room["name"]
    [listed] = client.get("/v1/sessions").json["items"]
    assert listed == published
    [fact] = told(registrations_database, "session.published")
    assert fact.data["title"] == "Toi-même, tu filmes"
    labels = {"programme_label", "organisation_label"}
    assert all(fact.data[label] for label in labels), "reports call them by name"
    assert len(fact.data["meetings"]) == 2


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"place": "nowhere"}, "place"),
        ({"activity_id": "0192f7f0-0000-7000-8000-000000000000"}, "activity_id"),
        ({"capacity": 0}, "capacity"),
        ({"minimum": 9}, "minimum"),
        ({"opens_at": "2030-02-01T00:00:00+01:00"}, "closes_at"),
        ({"meetings": []}, "meetings"),
        (
            {
                "meetings": [
                    {
                        "starts_at": "2030-01-01T10:00:00+01:00",
                        "ends_at": "2030-01-01T09:00:00+01:00",
                    }
                ]
            },
            "meetings.0.ends_at",
        ),
    ],
)
def test_a_wrong_session_is_refused_naming_the_field(
    client: FlaskClient, offer: Offer, bearer: Bearer, wrong: dict[str, Any], field: str
) -> None:
    activity = client.post(
        "/v1/activities",
        json={"title": "x", "organisation": "ccas", "programme": "ateliers"},
        headers=bearer("manager"),
    ).json
    time = {"starts_at": "2030-01-01T10:00:00+01:00", "ends_at": "2030-01-01T12:00:00+01:00"}
    request = {
        "activity_id": activity["id"],
        "place": "arceaux",
        "capacity": 8,
        "meetings": [time],
        **wrong,
    }
    refused = client.post("/v1/sessions", json=request, headers=bearer("manager"))
    assert (refused.status_code, list(refused.json["errors"])) == (422, [field])


def test_more_seats_let_people_in_from_the_line(
    client: FlaskClient, offer: Offer, bearer: Bearer, registrations_database: Database
) -> None:
    session = offer.session(capacity=1)
    answers = [client.post("/v1/registrations", json=body(session, n)) for n in range(4)]
    url = f"/v1/sessions/{session}"
    changed = client.patch(url, json={"capacity": 3}, headers=bearer("manager")).json
    assert (changed["seats_left"], changed["waitlist_length"]) == (0, 1)
    assert client.get(link(answers[2])).json["status"] == "confirmed"
    assert client.get(link(answers[3])).json["waitlist_position"] == 1
    fewer = client.patch(url, json={"capacity": 2}, headers=bearer("manager"))
    assert fewer.json["type"].endswith(":capacity-taken")
    assert len(told(registrations_database, "session.rescheduled")) == 1


def test_a_cancelled_session_cancels_every_registration_and_says_so(
    client: FlaskClient, offer: Offer, bearer: Bearer, registrations_database: Database
) -> None:
    session = offer.session(capacity=1)
    answers = [client.post("/v1/registrations", json=body(session, n)) for n in range(3)]
    for _ in range(2):
        cancelled = client.post(f"/v1/sessions/{session}/cancel", headers=bearer("manager"))
        assert cancelled.json["status"] == "cancelled"
    assert {client.get(link(answer)).json["status"] for answer in answers} == {"cancelled"}
    facts = told(registrations_database, "registration.cancelled")
    assert [fact.data["by"] for fact in facts] == ["system"] * 3
    assert len(told(registrations_database, "session.cancelled")) == 1
    assert client.post("/v1/registrations", json=body(session, 9)).status_code == 409


def test_a_session_is_moved_and_keeps_its_meetings_identity(
    client: FlaskClient, offer: Offer, bearer: Bearer, registrations_database: Database
) -> None:
    session = offer.session(meetings=2)
    first, second = client.get(f"/v1/sessions/{session}").json["meetings"]
    later = {"starts_at": "2030-01-01T10:00:00+01:00", "ends_at": "2030-01-01T12:00:00+01:00"}
    kept = {name: first[name] for name in ("id", "starts_at", "ends_at")}
    request = {"meetings": [kept, {"id": second["id"], **later}]}
    url = f"/v1/sessions/{session}/reschedule"
    moved = client.post(url, json=request, headers=bearer("manager")).json
    assert [meeting["id"] for meeting in moved["meetings"]] == [first["id"], second["id"]]
    assert moved["closes_at"] == "2030-01-01T09:00:00+00:00"
    [fact] = told(registrations_database, "session.rescheduled")
    assert fact.data["meetings"][1]["starts_at"] == "2030-01-01T09:00:00+00:00"


@pytest.mark.parametrize(
    ("meetings", "moved", "closes"),
    [
        # Closed two days before a workshop, or before a cohort begins: so it stays.
        (1, [10], 8),
        (2, [7, 21], 5),
        (2, [9, 14], 7),
    ],
)
def test_registration_closes_as_long_before_the_dates_as_it_did(
    *,
    client: FlaskClient,
    offer: Offer,
    bearer: Bearer,
    meetings: int,
    moved: list[int],
    closes: int,
) -> None:
    begins = datetime.now(UTC).replace(microsecond=0) + timedelta(days=7)
    session = offer.session(meetings=meetings, closes_at=begins - timedelta(days=2))
    before = client.get(f"/v1/sessions/{session}").json
    dates = [
        {
            "id": meeting["id"],
            "starts_at": (begins + timedelta(days=day - 7)).isoformat(),
            "ends_at": (begins + timedelta(days=day - 7, hours=2)).isoformat(),
        }
        for meeting, day in zip(before["meetings"], moved, strict=True)
    ]
    url = f"/v1/sessions/{session}/reschedule"
    after = client.post(url, json={"meetings": dates}, headers=bearer("manager")).json
    expected = begins + timedelta(days=closes - 7)
    closed = datetime.fromisoformat(after["closes_at"])
    assert abs(closed - expected) < timedelta(minutes=1)


def test_registration_that_would_never_open_opens_when_the_session_is_brought_forward(
    client: FlaskClient, offer: Offer, bearer: Bearer
) -> None:
    now = datetime.now(UTC)
    session = offer.session(
        begins_in=timedelta(days=30), opens_at=now + timedelta(days=20), published=True
    )
    [meeting] = client.get(f"/v1/sessions/{session}").json["meetings"]
    sooner = {
        "id": meeting["id"],
        "starts_at": (now + timedelta(days=10)).isoformat(),
        "ends_at": (now + timedelta(days=10, hours=2)).isoformat(),
    }
    url = f"/v1/sessions/{session}/reschedule"
    client.post(url, json={"meetings": [sooner]}, headers=bearer("manager"))
    assert client.post("/v1/registrations", json=body(session)).status_code == 201


@pytest.mark.parametrize(
    ("change", "field"),
    [({"minimum": 11}, "minimum"), ({"closes_at": "2020-01-01T00:00:00Z"}, "closes_at")],
)
def test_a_change_that_makes_no_sense_is_refused_and_changes_nothing(
    client: FlaskClient, offer: Offer, bearer: Bearer, change: dict[str, Any], field: str
) -> None:
    url = f"/v1/sessions/{offer.session(capacity=10)}"
    before = client.get(url).json
    refused = client.patch(url, json=change, headers=bearer("manager"))
    assert list(refused.json["errors"]) == [field]
    assert client.get(url).json == before


def test_a_meeting_that_was_held_is_not_dropped(
    client: FlaskClient, offer: Offer, bearer: Bearer
) -> None:
    session = offer.session(meetings=2)
    answer = client.post("/v1/registrations", json=body(session))
    first, second = client.get(f"/v1/sessions/{session}").json["meetings"]
    sheet = {"items": [{"registration_id": answer.json["id"], "status": "present"}]}
    client.put(f"/v1/meetings/{first['id']}/attendance", json=sheet, headers=bearer("manager"))
    kept = {name: second[name] for name in ("id", "starts_at", "ends_at")}
    url = f"/v1/sessions/{session}/reschedule"
    refused = client.post(url, json={"meetings": [kept]}, headers=bearer("manager"))
    assert refused.json["type"].endswith(":attendance-recorded")


def test_a_new_title_is_told_for_what_is_published(
    client: FlaskClient, offer: Offer, bearer: Bearer, registrations_database: Database
) -> None:
    session = client.get(f"/v1/sessions/{offer.session()}").json
    url = f"/v1/activities/{session['activity_id']}"
    client.patch(url, json={"title": "Café réparation"}, headers=bearer("manager"))
    [fact] = told(registrations_database, "session.rescheduled")
    assert (fact.subject, fact.data["title"]) == (session["id"], "Café réparation")
    assert client.get("/v1/sessions?q=reparation").json["items"][0]["id"] == session["id"]


def test_two_rooms_of_a_place_do_not_share_a_name(
    client: FlaskClient, offer: Offer, bearer: Bearer
) -> None:
    manager = bearer("manager")
    other = client.post("/v1/rooms", json={"place": "arceaux", "name": "Jardin"}, headers=manager)
    same = client.patch(f"/v1/rooms/{other.json['id']}", json={"name": "Atelier"}, headers=manager)
    assert same.json["type"].endswith(":already-exists")


def test_a_meeting_is_added_and_moved_by_itself(
    client: FlaskClient, offer: Offer, bearer: Bearer, registrations_database: Database
) -> None:
    session = offer.session(meetings=1)
    manager, [room] = bearer("manager"), client.get("/v1/rooms").json["items"]
    time = {"starts_at": "2030-01-01T10:00:00+01:00", "ends_at": "2030-01-01T12:00:00+01:00"}
    request = {"session_id": str(session), **time, "room_id": room["id"]}
    added = client.post("/v1/meetings", json=request, headers=manager)
    assert (added.status_code, added.json["room"]) == (201, room["name"])
    url = f"/v1/meetings/{added.json['id']}"
    moved = client.patch(url, json={"ends_at": "2030-01-01T13:00:00+01:00"}, headers=manager).json
    assert moved == {**added.json, "ends_at": "2030-01-01T12:00:00+00:00"}
    shown = client.get(f"/v1/sessions/{session}").json
    assert len(shown["meetings"]) == 2
    assert shown["closes_at"] == "2030-01-01T09:00:00+00:00"
    assert shown["ends_at"] == "2030-01-01T12:00:00+00:00"
    assert len(told(registrations_database, "session.rescheduled")) == 2
    wrong = client.patch(url, json={"ends_at": time["starts_at"]}, headers=manager)
    assert list(wrong.json["errors"]) == ["ends_at"]
    others = bearer("facilitator", organisation="ccas")
    assert client.patch(url, json={}, headers=others).status_code == 403


def test_a_session_is_closed_once_it_has_begun(
    client: FlaskClient, offer: Offer, bearer: Bearer, registrations_database: Database
) -> None:
    future, past = offer.session(), offer.session(begins_in=timedelta(hours=-3))
    manager = bearer("manager")
    assert client.post(f"/v1/sessions/{future}/close", headers=manager).status_code == 409
    for _ in range(2):
        assert client.post(f"/v1/sessions/{past}/close", headers=manager).status_code == 200
    assert len(told(registrations_database, "session.closed")) == 1


def test_the_listing_is_filtered_by_dates_words_and_codes(
    client: FlaskClient, offer: Offer
) -> None:
    soon = offer.session(title="Atelier d'écriture", begins_in=timedelta(days=2))
    late = offer.session(title="Réparer son vélo", begins_in=timedelta(days=20))
    cohort = offer.session(programme="unisvers", organisation="ccas", title="Cohorte")
    offer.session(title="Passée", begins_in=timedelta(days=-2))

    def found(query: str) -> list[str]:
        return [item["id"] for item in client.get(f"/v1/sessions?{query}").json["items"]]

    assert found("") == [str(soon), str(cohort), str(late)]
    assert found("q=ECRITURE") == [str(soon)]
    assert found("q=velo+reparer") == [str(late)]
    assert found("programme=unisvers") == [str(cohort)]
    assert found("organisation=repair-cafe&limit=1") == [str(soon)]
    limit = (datetime.now(UTC) + timedelta(days=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert found(f"to={limit}") == [str(soon)]
    assert found(f"from={limit}") == [str(cohort), str(late)]
    day = (datetime.now(UTC) + timedelta(days=10)).strftime("%Y-%m-%d")
    assert found(f"from={day}") == [str(late)]
    assert found(f"to={day}") == [str(soon), str(cohort)]
    assert found("place=nowhere") == []
    assert found("q=%25") == found("q=")


def test_the_listing_is_paged_without_gaps_or_repeats(client: FlaskClient, offer: Offer) -> None:
    same_moment = timedelta(days=3)
    made = {str(offer.session(begins_in=same_moment)) for _ in range(7)}
    seen: list[str] = []
    cursor = ""
    while True:
        page = client.get(f"/v1/sessions?limit=3{cursor}").json
        seen += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert len(seen) == 7
    assert set(seen) == made


def test_a_page_of_sessions_costs_two_queries_however_long(
    client: FlaskClient, offer: Offer, registrations_database: Database
) -> None:
    from sqlalchemy import event

    for _ in range(5):
        offer.session(meetings=3)
    statements: list[str] = []
    event.listen(
        registrations_database.engine,
        "before_cursor_execute",
        lambda _c, _cur, statement, *_: statements.append(statement),
    )
    assert len(client.get("/v1/sessions").json["items"]) == 5
    assert len(statements) == 2


def test_at_its_closing_those_who_came_are_to_be_asked_or_all_if_nobody_kept_a_list(
    client: FlaskClient, offer: Offer, bearer: Bearer, registrations_database: Database
) -> None:
    manager = bearer("manager")
    for marked in ({"1": "present", "2": "absent"}, {}):
        session = offer.session()
        ids = {
            name: client.post("/v1/registrations", json=body(session, name)).json["id"]
            for name in ("1", "2")
        }
        shift(registrations_database, session, timedelta(days=-30))
        meeting = meeting_of(client, session)
        sheet = [{"registration_id": ids[name], "status": as_} for name, as_ in marked.items()]
        if sheet:
            url = f"/v1/meetings/{meeting}/attendance"
            assert client.put(url, json={"items": sheet}, headers=manager).status_code == 200
        assert client.post(f"/v1/sessions/{session}/close", headers=manager).status_code == 200
        asked = told(registrations_database, "session.closed")[-1].data["to_ask"]
        assert asked == ([ids["1"]] if marked else list(ids.values()))


def test_a_programme_says_when_people_are_reminded(
    client: FlaskClient, offer: Offer, bearer: Bearer, registrations_database: Database
) -> None:
    manager = bearer("manager")
    changed = client.patch(
        "/v1/programmes/ateliers", json={"reminder_minutes": [1440]}, headers=manager
    )
    assert changed.json["reminder_minutes"] == [1440]
    wrong = {"reminder_minutes": [5]}
    refused = client.patch("/v1/programmes/ateliers", json=wrong, headers=manager)
    assert list(refused.json["errors"]) == ["reminder_minutes.0"]
    session = offer.session(published=False)
    client.post(f"/v1/sessions/{session}/publish", headers=manager)
    assert told(registrations_database, "session.published")[-1].data["reminder_minutes"] == [1440]


def test_a_programme_says_in_which_languages_its_sessions_are_held(
    client: FlaskClient, offer: Offer, bearer: Bearer
) -> None:
    manager, session = bearer("manager"), offer.session()
    changed = client.patch(
        "/v1/programmes/ateliers", json={"languages": ["fr", "ar-MA"]}, headers=manager
    )
    assert changed.json["languages"] == ["fr", "ar-MA"]
    (shown,) = [
        one for one in client.get("/v1/programmes").json["items"] if one["code"] == "ateliers"
    ]
    assert shown["languages"] == ["fr", "ar-MA"]
    told = client.get(f"/v1/sessions/{session}.jsonld").json
    assert told["inLanguage"] == ["fr", "ar-MA"]
    again = client.patch(
        "/v1/programmes/ateliers", json={"languages": [" FR", "zh-hANT-tw", "fsl"]}, headers=manager
    )
    assert again.json["languages"] == ["fr", "zh-Hant-TW", "fsl"]
    for wrong, field in (
        (["French"], "languages.0"),
        (["fr", "français"], "languages.1"),
        (["fr", None], "languages.1"),
        (["ar-MA", "ar-ma"], "languages"),
        ("fr", "languages"),
        (None, "languages"),
    ):
        refused = client.patch(
            "/v1/programmes/ateliers", json={"languages": wrong}, headers=manager
        )
        assert (refused.status_code, list(refused.json["errors"])) == (422, [field])
    client.patch("/v1/programmes/ateliers", json={"languages": []}, headers=manager)
    assert "inLanguage" not in client.get(f"/v1/sessions/{session}.jsonld").json


def test_a_file_says_in_which_languages_sessions_are_held(
    client: FlaskClient, offer: Offer, bearer: Bearer
) -> None:
    manager = bearer("manager")

    def sent(*programmes: dict[str, Any]) -> Any:
        head = {"format": "arceaux-programme", "version": 1, "name": "essai"}
        answer = client.post(
            "/v1/imports", json={**head, "programmes": programmes}, headers=manager
        )
        assert answer.status_code == 200, answer.json
        return answer.json

    def held_in() -> dict[str, list[str]]:
        listed = client.get("/v1/programmes").json["items"]
        return {one["code"]: one["languages"] for one in listed if one["code"] in ("a", "b", "c")}

    spoken, unsaid = (
        {"code": "a", "name": "A", "languages": ["fr", "en"]},
        {"code": "b", "name": "B"},
    )
    report = sent(spoken, unsaid, {"code": "c", "name": "C", "languages": ["fr", "Deutsch"]})
    assert [(one["field"], one["message"]) for one in report["errors"]] == [
        ("languages.1", "A language such as fr or ar-MA is expected.")
    ]
    assert held_in() == {"a": ["fr", "en"], "b": []}

    # A file that says what it said, or nothing of languages, keeps what was changed by hand.
    for code in "ab":
        client.patch(f"/v1/programmes/{code}", json={"languages": ["es"]}, headers=manager)
    sent(spoken, {**unsaid, "description": "B, en mots"})
    assert held_in() == {"a": ["es"], "b": ["es"]}
    sent({**spoken, "languages": ["fr"]})
    assert held_in()["a"] == ["fr"]
