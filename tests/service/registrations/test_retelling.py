"""What published sessions say of their programme, place, rooms and activity changes: they are told of again."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from services.registrations.models import Meeting, Place, Room, Session
from services.registrations.operations.offer import entries, sessions
from services.registrations.operations.offer.sessions import moving
from shared.db import Database
from tests.service.registrations.conftest import Offer, counted, shift, told

Bearer = Callable[..., dict[str, str]]
Change = Callable[..., Any]


@pytest.fixture
def change(client: FlaskClient, bearer: Bearer) -> Change:
    """Changes something of the offer, as a manager: ``change("programmes/ateliers", discreet=True)``."""

    def change(what: str, **changes: Any) -> Any:
        answer = client.patch(f"/v1/{what}", json=changes, headers=bearer("manager"))
        assert answer.status_code == 200, answer.json
        return answer.json

    return change


def _retold(database: Database) -> list[Any]:
    return [fact.data for fact in told(database, "session.rescheduled")]


@pytest.mark.parametrize(
    ("said", "then"),
    [
        ({"reminder_minutes": [1440]}, lambda data: data["reminder_minutes"] == [1440]),
        ({"discreet": True}, lambda data: data["discreet"]),
        ({"name": "Ateliers du soir"}, lambda data: data["programme_label"] == "Ateliers du soir"),
    ],
)
def test_what_a_programme_says_from_now_on_holds_for_its_sessions_to_come(
    offer: Offer,
    change: Change,
    registrations_database: Database,
    said: dict[str, Any],
    then: Callable[[Any], bool],
) -> None:
    first, second = offer.session(), offer.session()
    offer.session(published=False)
    offer.session(programme="unisvers", organisation="ccas")
    shift(registrations_database, offer.session(), timedelta(days=-20))
    for _ in range(2):
        change("programmes/ateliers", **said)
    facts = _retold(registrations_database)
    assert [fact["session_id"] for fact in facts] == sorted(map(str, (first, second)))
    assert all(then(fact) for fact in facts)


def test_words_that_no_message_says_are_not_told(
    offer: Offer, change: Change, registrations_database: Database
) -> None:
    offer.session()
    change("programmes/ateliers", description="Pour tout le monde", languages=["fr"])
    change("places/arceaux", opening_hours="Mo-Fr 09:00-18:00")
    change("organisations/repair-cafe", website="https://example.org")
    assert _retold(registrations_database) == []


def test_an_organisation_that_takes_another_name_is_called_by_it(
    offer: Offer, change: Change, registrations_database: Database
) -> None:
    session = offer.session()
    change("organisations/repair-cafe", name="Repair Café des Arceaux")
    [fact] = _retold(registrations_database)
    assert fact["session_id"] == str(session)
    assert fact["organisation_label"] == "Repair Café des Arceaux"


def test_a_place_that_moves_house_tells_its_sessions_and_their_calendars(
    client: FlaskClient, offer: Offer, change: Change, registrations_database: Database
) -> None:
    session = offer.session()
    before = client.get(f"/v1/sessions/{session}.ics").text
    change("places/arceaux", address="2 rue Marioge", postcode="34070", city="Montpellier")
    [fact] = _retold(registrations_database)
    assert fact["place"]["address"] == "2 rue Marioge, 34070 Montpellier"
    after = client.get(f"/v1/sessions/{session}.ics").text
    assert "Marioge" in after
    assert _sequence(after) > _sequence(before)


def test_a_place_that_can_be_called_at_another_number_tells_its_sessions(
    offer: Offer, change: Change, registrations_database: Database
) -> None:
    session = offer.session()
    change("places/arceaux", phone="04 67 00 00 00")
    [fact] = _retold(registrations_database)
    assert (fact["session_id"], fact["place"]["phone"]) == (str(session), "+33467000000")


def test_a_room_that_is_renamed_is_said_by_its_new_name(
    offer: Offer, change: Change, registrations_database: Database
) -> None:
    session, _elsewhere = offer.session(), offer.session()
    with registrations_database.transaction() as transaction:
        room = transaction.scalars(select(Room.id)).one()
        transaction.execute(
            update(Meeting).where(Meeting.session_id == session).values(room_id=room)
        )
    change(f"rooms/{room}", name="Salle Ada")
    [fact] = _retold(registrations_database)
    assert (fact["session_id"], fact["meetings"][0]["room"]) == (str(session), "Salle Ada")


def test_a_session_that_is_moved_at_this_moment_is_told_of_as_it_stands(
    offer: Offer, registrations_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = offer.session()
    with registrations_database.transaction() as transaction:
        [meeting] = transaction.get_one(Session, session).meetings
    later = sessions.MeetingTime(
        meeting.starts_at + timedelta(days=1), meeting.ends_at + timedelta(days=1), id=meeting.id
    )
    log_append = moving.log.append

    def rename() -> None:
        with registrations_database.transaction() as transaction:
            entries.change(transaction, Place, "arceaux", {"name": "Maison des Arceaux"})

    def meanwhile(*arguments: Any) -> None:
        # Moved, told, and not yet committed. Whoever has to wait for it is not done here.
        renaming.append(threads.submit(rename))
        wait(renaming, timeout=1)
        log_append(*arguments)

    renaming: list[Future[None]] = []
    with ThreadPoolExecutor(1) as threads:
        with monkeypatch.context() as patched:
            patched.setattr(moving, "log", _Log(meanwhile))
            with registrations_database.transaction() as transaction:
                sessions.reschedule(transaction, session, [later], organisation=None)
        renaming[0].result(timeout=20)
    last = _retold(registrations_database)[-1]
    assert last["place"]["name"] == "Maison des Arceaux"
    assert last["meetings"][0]["starts_at"] == later.starts_at.isoformat()


class _Log:
    def __init__(self, append: Callable[..., None]) -> None:
        self.append = append


def test_many_sessions_are_told_of_in_a_few_statements(
    offer: Offer,
    change: Change,
    registrations_database: Database,
) -> None:
    counts = []
    for minutes in ([60], [90]):
        made = [offer.session() for _ in range(3)]
        with counted(registrations_database) as queries:
            change("programmes/ateliers", reminder_minutes=minutes)
        counts.append(len(queries))
        assert len(made) == 3
    assert counts[0] == counts[1]


def _sequence(calendar: str) -> int:
    [line] = [line for line in calendar.splitlines() if line.startswith("SEQUENCE:")]
    return int(line.removeprefix("SEQUENCE:"))


# ── by a file ───────────────────────────────────────────────────────────────────────────────────


def _document(room: dict[str, Any], *, at: str = "14:00", **programme: Any) -> dict[str, Any]:
    """A place with one room, used by one weekly workshop."""
    return {
        "format": "arceaux-programme",
        "version": 1,
        "name": "jardin",
        "organisations": [{"code": "jardin", "name": "Les Jardiniers"}],
        "programmes": [{"code": "jardinage", "name": "Jardinage", **programme}],
        "places": [{"code": "serre", "name": "La Serre"}],
        "rooms": [{"place": "serre", "name": "Verrière", **room}],
        "activities": [
            {
                "id": "semis",
                "title": "Semis",
                "organisation": "jardin",
                "programme": "jardinage",
            }
        ],
        "sessions": [
            {
                "id": "semis",
                "activity": "semis",
                "place": "serre",
                "room": "Verrière",
                "weekdays": ["monday"],
                "starts": at,
                "ends": "17:00",
                "dates": 2,
                "as": "workshops",
                "capacity": 8,
            }
        ],
    }


@pytest.fixture
def load(client: FlaskClient, offer: Offer, bearer: Bearer) -> Callable[[Any], Any]:
    def load(document: Any) -> Any:
        answer = client.post("/v1/imports", json=document, headers=bearer("manager"))
        assert answer.status_code == 200, answer.json
        return answer.json

    return load


def test_what_a_file_says_anew_of_a_programme_and_a_place_is_told_of_each_session_once(
    load: Callable[[Any], Any], registrations_database: Database
) -> None:
    load(_document({}))
    document = _document({}, discreet=True, reminder_minutes=[60])
    document["places"][0]["address"] = "1 allée des Pins"
    document["activities"][0]["title"] = "Semis et boutures"
    load(document)
    facts = _retold(registrations_database)
    assert len({fact["session_id"] for fact in facts}) == len(facts) == 2
    for fact in facts:
        assert (fact["discreet"], fact["reminder_minutes"]) == (True, [60])
        assert fact["place"]["address"] == "1 allée des Pins"
        assert fact["title"] == "Semis et boutures"
    load(document)
    assert len(_retold(registrations_database)) == 2


def test_a_room_that_a_file_makes_shared_no_longer_keeps_others_out(
    load: Callable[[Any], Any], registrations_database: Database
) -> None:
    load(_document({"shared": False}))
    assert _held(registrations_database) == [True, True]
    load(_document({"shared": True}))
    assert _held(registrations_database) == [False, False]
    load(_document({"shared": False}))
    assert _held(registrations_database) == [True, True]


def test_a_room_whose_meetings_overlap_stays_shared_and_the_file_is_told_by_line(
    load: Callable[[Any], Any], registrations_database: Database
) -> None:
    load(_document({"shared": True}))
    second = _document({"shared": True}, at="15:00")
    second["sessions"][0]["id"] = second["activities"][0]["id"] = "boutures"
    second["sessions"][0]["activity"] = "boutures"
    load({**second, "name": "boutures"})
    report = load(_document({"shared": False}, description="Sous la verrière"))
    [error] = report["errors"]
    assert (error["field"], error["line"] is not None) == ("shared", True)
    assert "Verrière" in error["message"]
    assert "Semis" in error["message"]
    # The other rows went on, and the next time the room is looked at again.
    assert report["updated"]["programmes"] == 1
    assert set(_held(registrations_database)) == {False}
    assert load(_document({"shared": False}))["errors"]


def _held(database: Database) -> list[bool]:
    with database.transaction() as transaction:
        return list(transaction.scalars(select(Meeting.holds_room)))
