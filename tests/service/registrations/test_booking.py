"""A room holds one meeting at a time, and a facilitator is in one place."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from psycopg.errors import ExclusionViolation
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from services.registrations.models import Meeting, Room, Session
from services.registrations.operations.offer import booking
from services.registrations.operations.offer.sessions import drafting
from shared.db import Database
from tests.service.registrations.conftest import Offer

BEGIN = datetime.now(UTC).replace(microsecond=0, second=0, minute=0) + timedelta(days=9)


@pytest.fixture
def draft(
    client: FlaskClient,
    offer: Offer,
    registrations_database: Database,
    bearer: Callable[..., dict[str, str]],
) -> Callable[..., Any]:
    """Asks for a session of one meeting of two hours, ``hours`` after BEGIN; returns the answer."""
    activity_of = offer.session(title="Repair Café", published=False)
    with registrations_database.transaction() as transaction:
        activity = transaction.get_one(Session, activity_of).activity_id

    def ask(hours: float = 0, **meeting: Any) -> Any:
        begins = BEGIN + timedelta(hours=hours)
        times = {
            "starts_at": begins.isoformat(),
            "ends_at": (begins + timedelta(hours=2)).isoformat(),
        }
        wanted = {
            "activity_id": str(activity),
            "place": "arceaux",
            "capacity": 5,
            "meetings": [{**times, **meeting}],
        }
        return client.post("/v1/sessions", json=wanted, headers=bearer("manager"))

    return ask


@pytest.fixture
def room(offer: Offer, registrations_database: Database) -> str:
    with registrations_database.transaction() as transaction:
        return str(transaction.scalars(select(Room.id)).one())


@pytest.mark.parametrize("hours", [-1.5, 0, 1.5])
def test_a_room_is_not_given_twice_and_the_answer_names_it_and_the_other_meeting(
    draft: Callable[..., Any], room: str, hours: float
) -> None:
    assert draft(room_id=room).status_code == 201
    refused = draft(hours, room_id=room)
    assert (refused.status_code, refused.json["type"].rpartition(":")[2]) == (409, "already-booked")
    assert "Atelier" in refused.json["detail"]
    assert "Repair Café" in refused.json["detail"]


@pytest.mark.parametrize("hours", [-2, 2])
def test_one_meeting_may_begin_when_another_ends(
    draft: Callable[..., Any], room: str, hours: float
) -> None:
    assert draft(room_id=room, facilitator="Léa").status_code == 201
    assert draft(hours, room_id=room, facilitator="Léa").status_code == 201


def test_a_facilitator_is_in_one_place_however_their_name_is_written(
    draft: Callable[..., Any],
) -> None:
    assert draft(facilitator="Léa Martin").status_code == 201
    refused = draft(1, facilitator="LÉA martin")
    assert refused.status_code == 409
    assert "LÉA martin" in refused.json["detail"]


def test_a_cancelled_session_leaves_its_room(
    client: FlaskClient,
    draft: Callable[..., Any],
    room: str,
    bearer: Callable[..., dict[str, str]],
) -> None:
    first = draft(room_id=room).json["id"]
    client.post(f"/v1/sessions/{first}/cancel", headers=bearer("manager"))
    assert draft(room_id=room).status_code == 201


def test_a_shared_room_holds_several_until_it_is_no_longer_shared(
    client: FlaskClient,
    draft: Callable[..., Any],
    room: str,
    bearer: Callable[..., dict[str, str]],
) -> None:
    def share(shared: bool) -> int:
        change = {"shared": shared}
        return client.patch(f"/v1/rooms/{room}", json=change, headers=bearer("manager")).status_code

    assert share(True) == 200
    assert [draft(room_id=room).status_code for _ in range(2)] == [201, 201]
    assert share(False) == 409
    assert draft(room_id=room).status_code == 201


def test_two_meetings_of_a_session_may_change_places(
    client: FlaskClient, draft: Callable[..., Any], room: str, bearer: Callable[..., dict[str, str]]
) -> None:
    session = draft(room_id=room).json
    [one] = session["meetings"]
    later = {"starts_at": _at(3), "ends_at": _at(5), "room_id": room}
    url = f"/v1/sessions/{session['id']}/reschedule"
    both = [{**_times(one), "id": one["id"], "room_id": room}, later]
    answer = client.post(url, json={"meetings": both}, headers=bearer("manager")).json["meetings"]
    swapped = [
        {**_times(answer[1]), "id": answer[0]["id"], "room_id": room},
        {**_times(answer[0]), "id": answer[1]["id"], "room_id": room},
    ]
    moved = client.post(url, json={"meetings": swapped}, headers=bearer("manager"))
    assert moved.status_code == 200
    assert [m["id"] for m in moved.json["meetings"]] == [answer[1]["id"], answer[0]["id"]]


def test_of_several_who_want_a_room_at_the_same_moment_one_has_it(
    draft: Callable[..., Any], room: str
) -> None:
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda n: draft(n / 4, room_id=room), range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


@pytest.mark.parametrize("facilitator", [None, "Léa"])
def test_of_two_who_book_the_same_at_once_the_second_is_told_what_the_first_has_it_for(
    draft: Callable[..., Any],
    room: str,
    facilitator: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wanted = {"facilitator": facilitator} if facilitator else {"room_id": room}
    looking = threading.Barrier(2)
    refuse_collision = booking._refuse_collision

    def meet(transaction: Any, session: Session) -> None:
        # Whoever has to wait until the other is done never comes here meanwhile.
        with suppress(threading.BrokenBarrierError):
            looking.wait(timeout=1)
        refuse_collision(transaction, session)

    monkeypatch.setattr(booking, "_refuse_collision", meet)
    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(lambda hours: draft(hours, **wanted), (0, 1)))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    [refused] = [answer for answer in answers if answer.status_code == 409]
    assert "Repair Café" in refused.json["detail"]


def test_a_room_that_stops_being_shared_while_it_is_booked_is_not_given_twice(
    draft: Callable[..., Any],
    client: FlaskClient,
    room: str,
    bearer: Callable[..., dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    manager, another = bearer("manager"), client.application.test_client()

    def share(shared: bool) -> int:
        change = {"shared": shared}
        return another.patch(f"/v1/rooms/{room}", json=change, headers=manager).status_code

    def meanwhile(transaction: Any, session: Session) -> None:
        # The draft was written for a shared room. Whoever has to wait for it is not done here.
        changing.append(threads.submit(share, False))
        wait(changing, timeout=1)
        booking.book(transaction, session)

    changing: list[Future[int]] = []
    assert share(True) == 200
    with ThreadPoolExecutor(1) as threads, monkeypatch.context() as patched:
        patched.setattr(drafting, "book", meanwhile)
        assert draft(room_id=room).status_code == 201
        assert changing[0].result(timeout=20) == 200
    assert draft(1, room_id=room).status_code == 409


def test_the_database_itself_refuses_what_the_code_would_let_through(
    draft: Callable[..., Any], room: str, registrations_database: Database
) -> None:
    session = draft(room_id=room).json["id"]
    with (
        pytest.raises(IntegrityError) as refused,
        registrations_database.transaction() as transaction,
    ):
        transaction.execute(
            insert(Meeting).values(
                session_id=UUID(session),
                room_id=UUID(room),
                starts_at=BEGIN,
                ends_at=BEGIN + timedelta(hours=1),
            )
        )
    assert isinstance(refused.value.orig, ExclusionViolation)


def _times(meeting: dict[str, Any]) -> dict[str, Any]:
    return {name: meeting[name] for name in ("starts_at", "ends_at")}


def _at(hours: int) -> str:
    return (BEGIN + timedelta(hours=hours)).isoformat()
