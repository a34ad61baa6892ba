"""What else there is for those whose session is cancelled or moved."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from services.registrations.models import Activity, Place, Programme, Session
from services.registrations.operations.offer.alternatives import find_alternatives
from shared.db import Database
from tests.service.registrations.conftest import Offer, body, told

Bearer = Callable[..., dict[str, str]]
# (title, theme, programme) of the activities there are; the last programme is discreet.
_ACTIVITIES = (
    ("Repair Café", "repair", "ateliers"),
    ("Couture", "repair", "jeunes"),
    ("Jardin", "garden", "ateliers"),
    ("Vélo", None, "ateliers"),
    ("Chant", None, "jeunes"),
    ("Budget", "repair", "budget"),
    ("Dettes", "debts", "budget"),
)
_DISCREET = (5, 6)
_PLACES = ("arceaux", "gambetta")


@dataclass(frozen=True)
class Run:
    """A session to be: its activity and place by number, and whether one can register for it."""

    activity: int = 0
    place: int = 0
    days: int = 7
    status: str = "published"
    registration: str = "required"
    confirmed: int = 0
    offered: int = 0
    waitlisted: int = 0
    opens: int = -1
    closes: int = 1


@dataclass
class Town:
    """Two places and their activities, of two open programmes and a discreet one."""

    database: Database
    activities: list[UUID]

    def hold(self, *runs: Run) -> list[UUID]:
        moment = datetime.now(UTC).replace(microsecond=0)
        ids = [uuid4() for _ in runs]
        with self.database.transaction() as transaction:
            for session_id, run in zip(ids, runs, strict=True):
                begins = moment + timedelta(days=run.days)
                made = Session(
                    id=session_id,
                    activity_id=self.activities[run.activity],
                    place_code=_PLACES[run.place],
                    status=run.status,
                    registration=run.registration,
                    capacity=2,
                    confirmed=run.confirmed,
                    offered=run.offered,
                    waitlisted=run.waitlisted,
                    opens_at=moment + timedelta(days=run.opens),
                    closes_at=moment + timedelta(days=run.closes),
                    starts_at=begins,
                    ends_at=begins + timedelta(hours=2),
                )
                transaction.add(made)
        return ids

    def found(self, session_id: UUID) -> list[UUID]:
        with self.database.transaction() as transaction:
            session = transaction.get_one(Session, session_id)
            return [one.session_id for one in find_alternatives(transaction, session)]


@pytest.fixture
def town(offer: Offer, registrations_database: Database) -> Town:
    with registrations_database.transaction() as transaction:
        transaction.add_all(
            [
                Place(code="gambetta", name="Maison Gambetta", timezone="Europe/London"),
                Programme(code="jeunes", name="Jeunes"),
                Programme(code="budget", name="Budget", discreet=True),
            ]
        )
        transaction.flush()
        activities = [
            Activity(
                title=title,
                theme=theme,
                programme_code=programme,
                organisation_code="repair-cafe",
                search_text="",
            )
            for title, theme, programme in _ACTIVITIES
        ]
        transaction.add_all(activities)
        transaction.flush()
        ids = [activity.id for activity in activities]
    return Town(registrations_database, ids)


def test_the_same_activity_comes_first_then_the_theme_then_the_programme(town: Town) -> None:
    wanted, programme, theme, activity, other = town.hold(
        Run(), Run(2), Run(1), Run(0, days=60), Run(4)
    )
    assert town.found(wanted) == [activity, theme, programme]
    assert other not in town.found(wanted)


def test_the_same_place_comes_first_then_the_nearest_in_time(town: Town) -> None:
    wanted, elsewhere, late, early = town.hold(
        Run(days=10), Run(place=1, days=10), Run(days=20), Run(days=6)
    )
    assert town.found(wanted) == [early, late, elsewhere]


def test_three_are_offered_at_most_and_never_the_session_itself(town: Town) -> None:
    wanted, *others = town.hold(*(Run(days=day) for day in range(7, 13)))
    assert town.found(wanted) == others[:3]


_NOT_OFFERED = (
    Run(status="draft"),
    Run(status="cancelled"),
    Run(status="closed"),
    Run(registration="none"),
    Run(days=-1),
    Run(confirmed=2),
    Run(confirmed=1, offered=1),
    Run(confirmed=1, waitlisted=1),
    Run(opens=1, closes=2),
    Run(opens=-2, closes=-1),
    Run(activity=5),
)


@pytest.mark.parametrize("run", _NOT_OFFERED)
def test_what_one_cannot_get_a_seat_in_is_not_offered(town: Town, run: Run) -> None:
    wanted, _, other = town.hold(Run(), run, Run(confirmed=1))
    assert town.found(wanted) == [other]


def test_a_discreet_session_is_replaced_by_its_own_programme_alone_and_untitled(
    client: FlaskClient, town: Town
) -> None:
    wanted, own, _ = town.hold(Run(5), Run(6), Run(0))
    items = client.get(f"/v1/sessions/{wanted}/alternatives").json["items"]
    assert [(item["session_id"], item["title"]) for item in items] == [(str(own), None)]


def test_everyone_may_ask_what_else_there_is(client: FlaskClient, town: Town) -> None:
    wanted, other = town.hold(Run(), Run(place=1))
    [item] = client.get(f"/v1/sessions/{wanted}/alternatives").json["items"]
    assert datetime.fromisoformat(item.pop("starts_at")) > datetime.now(UTC)
    assert item == {
        "session_id": str(other),
        "title": "Repair Café",
        "place_name": "Maison Gambetta",
        "timezone": "Europe/London",
    }


@pytest.mark.parametrize("published", [False, None])
def test_of_a_draft_or_nothing_there_is_nothing_to_say(
    client: FlaskClient, offer: Offer, published: bool | None
) -> None:
    session_id = uuid4() if published is None else offer.session(published=published)
    refused = client.get(f"/v1/sessions/{session_id}/alternatives")
    assert (refused.status_code, refused.json["type"]) == (
        404,
        "urn:arceaux:problem:session-not-found",
    )


def test_a_cancelled_session_tells_what_else_there_is_before_each_registration_goes(
    client: FlaskClient, offer: Offer, bearer: Bearer, registrations_database: Database
) -> None:
    session_id, other = offer.session(), offer.session(title="Couture")
    assert client.post("/v1/registrations", json=body(session_id)).status_code == 201
    client.post(f"/v1/sessions/{session_id}/cancel", headers=bearer("manager"))
    cancelled, left = told(registrations_database)[-2:]
    assert (cancelled.type, left.type) == ("session.cancelled", "registration.cancelled")
    [offered] = cancelled.data["alternatives"]
    assert (offered["session_id"], offered["title"]) == (str(other), "Couture")


def test_a_moved_session_tells_what_is_near_its_new_date(
    client: FlaskClient, offer: Offer, bearer: Bearer, registrations_database: Database
) -> None:
    session_id = offer.session()
    near, far = (offer.session(begins_in=timedelta(days=days)) for days in (40, 8))
    begins = datetime.now(UTC).replace(microsecond=0) + timedelta(days=35)
    times: dict[str, Any] = {
        "starts_at": begins.isoformat(),
        "ends_at": (begins + timedelta(hours=1)).isoformat(),
    }
    url = f"/v1/sessions/{session_id}/reschedule"
    moved = client.post(url, json={"meetings": [times]}, headers=bearer("manager"))
    assert moved.status_code == 200
    [fact] = told(registrations_database, "session.rescheduled")
    offered = [one["session_id"] for one in fact.data["alternatives"]]
    assert offered == [str(near), str(far)]


# ── the choice, against plain Python ────────────────────────────────────────────────────────────

_runs = st.builds(
    Run,
    activity=st.integers(0, len(_ACTIVITIES) - 1),
    place=st.integers(0, 1),
    days=st.sampled_from((-3, 1, 2, 5, 8, 13, 21)),
    status=st.sampled_from(("published", "published", "published", "cancelled")),
    registration=st.sampled_from(("required", "required", "none")),
    confirmed=st.integers(0, 1),
    offered=st.integers(0, 1),
    waitlisted=st.sampled_from((0, 0, 1)),
    opens=st.sampled_from((-1, -1, 1)),
    closes=st.just(2),
)


def _rank(wanted: Run, other: Run) -> tuple[int, bool, int] | None:
    """How good an alternative is, the smaller the better; None for none."""
    can_register = other.status == "published" and other.registration == "required"
    is_open = other.opens < 0 < other.days
    is_free = other.confirmed + other.offered < 2 and not other.waitlisted
    if not (can_register and is_open and is_free):
        return None
    _, theme, programme = _ACTIVITIES[wanted.activity]
    _, other_theme, other_programme = _ACTIVITIES[other.activity]
    is_discreet = wanted.activity in _DISCREET or other.activity in _DISCREET
    if is_discreet and programme != other_programme:
        return None
    if other.activity == wanted.activity:
        likeness = 0
    elif theme is not None and theme == other_theme:
        likeness = 1
    elif programme == other_programme:
        likeness = 2
    else:
        return None
    return likeness, other.place != wanted.place, abs(other.days - wanted.days)


@settings(
    max_examples=80,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(wanted=_runs, others=st.lists(_runs, max_size=12))
def test_the_choice_is_the_best_three_of_those_one_can_register_for(
    town: Town, wanted: Run, others: list[Run]
) -> None:
    with town.database.transaction() as transaction:
        transaction.execute(delete(Session))
    session_id, *ids = town.hold(wanted, *others)
    ranks = {key: _rank(wanted, other) for key, other in zip(ids, others, strict=True)}
    best = sorted(rank for rank in ranks.values() if rank is not None)[:3]
    assert [ranks[found] for found in town.found(session_id)] == best
