"""Freed seats that are offered: kept, taken, let go, and passed on when time runs out."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select, update

from services.registrations import tasks
from services.registrations.domain import TRANSITIONS, RegistrationStatus
from services.registrations.models import Place, Programme, Registration, Session
from services.registrations.operations.seats import accept, cancel, promote
from services.registrations.operations.seats.register import RegistrationRequest, register
from services.registrations.refusals import IllegalTransition, OfferOver
from shared.db import Database
from shared.quiet import is_quiet_day
from tests.service.registrations.conftest import Offer, body, link, told

URL = "/v1/registrations"
PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture
def asking(offer: Offer, registrations_database: Database) -> Offer:
    """A programme that asks before it gives a freed seat."""
    _set(registrations_database, Programme, offer="offer")
    return offer


def test_a_freed_seat_is_kept_a_day_for_the_head_of_the_line(
    client: FlaskClient, asking: Offer, registrations_database: Database
) -> None:
    session = asking.session(capacity=1)
    first, second, third = (client.post(URL, json=body(session, n)) for n in range(3))
    client.post(link(first, "/cancel"))
    offered = client.get(link(second)).json
    assert offered["status"] == "offered"
    assert _hours_until(offered["offered_until"]) == pytest.approx(24, abs=0.1)
    assert client.get(link(third)).json["waitlist_position"] == 1
    assert client.get(f"/v1/sessions/{session}").json["seats_left"] == 0
    [fact] = told(registrations_database, "registration.offered")
    assert (fact.subject, fact.data["previous"]) == (second.json["id"], "waitlisted")


def test_accepting_by_the_link_takes_the_seat_once(
    client: FlaskClient, asking: Offer, registrations_database: Database
) -> None:
    second = _offered(client, asking.session(capacity=1))
    for _ in range(2):
        accepted = client.post(link(second, "/accept"))
        assert (accepted.status_code, accepted.json["status"]) == (200, "confirmed")
    assert accepted.json["offered_until"] is None
    facts = told(registrations_database, "registration.confirmed")
    assert [fact.data["previous"] for fact in facts] == [None, "offered"]


def test_only_the_holder_of_the_link_and_staff_accept(
    client: FlaskClient, asking: Offer, bearer: Callable[..., dict[str, str]]
) -> None:
    second = _offered(client, asking.session(capacity=1))
    url = f"{URL}/{second.json['id']}/accept"
    assert client.post(f"{url}?token=wrong").status_code == 404
    assert client.post(url, headers=bearer("adviser")).json["status"] == "confirmed"


def test_what_was_not_offered_cannot_be_accepted_and_the_answer_says_what_can_be_done(
    client: FlaskClient, asking: Offer
) -> None:
    session = asking.session(capacity=1)
    _, waiting = (client.post(URL, json=body(session, n)) for n in range(2))
    refused = client.post(link(waiting, "/accept"), headers={"Accept-Language": "fr"})
    assert refused.status_code == 409
    assert refused.json["type"].endswith("illegal-transition")
    assert "liste d'attente" in refused.json["detail"]
    assert "l'annuler" in refused.json["detail"]


def test_an_offer_that_runs_out_goes_to_the_next_and_ticks_may_come_twice(
    client: FlaskClient, asking: Offer, registrations_database: Database
) -> None:
    session = asking.session(capacity=1)
    second = _offered(client, session)
    third = client.post(URL, json=body(session, 3))
    _run_out(registrations_database)
    assert client.post(link(second, "/accept")).json["type"].endswith("offer-over")
    for _ in range(2):
        tasks.expire_all_offers()
    assert client.get(link(second)).json["status"] == "expired"
    assert client.get(link(third)).json["status"] == "offered"
    [fact] = told(registrations_database, "registration.expired")
    assert (fact.subject, fact.data["by"]) == (second.json["id"], "system")
    assert client.post(link(second, "/accept")).json["type"].endswith("offer-over")


def test_whoever_missed_an_offer_may_register_again(
    client: FlaskClient, asking: Offer, registrations_database: Database
) -> None:
    session = asking.session(capacity=1)
    _offered(client, session)
    assert client.post(URL, json=body(session, 2)).status_code == 409
    _run_out(registrations_database)
    tasks.expire_all_offers()
    assert client.post(URL, json=body(session, 2)).status_code == 201


MOBILE = {"email": None, "phone": "+33612345678"}


@pytest.fixture
def freed_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """``freed_at(moment)``: seats are given on as at that moment."""
    return lambda moment: monkeypatch.setattr(promote, "now", lambda: moment.astimezone(UTC))


@pytest.fixture
def offered_to(
    client: FlaskClient, asking: Offer, bearer: Callable[..., dict[str, str]]
) -> Callable[..., datetime]:
    """``offered_to(contact)``: until when the seats of others are kept for someone, and their ``companions``."""

    def offer(contact: dict[str, Any], companions: Sequence[dict[str, Any]] = ()) -> datetime:
        seats = len(companions) + 1
        session = asking.session(capacity=seats, begins_in=timedelta(days=1500))
        seated = [client.post(URL, json=body(session, n)) for n in range(seats)]
        asked = body(session, 9, companions=list(companions))
        asked["participant"].update(contact)
        waiting = client.post(URL, json=asked, headers=bearer("adviser"))
        for one in seated:
            client.post(link(one, "/cancel"))
        return datetime.fromisoformat(client.get(link(waiting)).json["offered_until"])

    return offer


@pytest.mark.parametrize(
    ("contact", "hours"),
    [
        (MOBILE, (23.9, 24)),
        ({"email": None, "phone": "+33467345678"}, (6 * 24, 10 * 24)),
        ({"email": None, "phone": None}, (6 * 24, 10 * 24)),
    ],
)
def test_the_deadline_suits_the_channel(
    freed_at: Callable[[datetime], None],
    offered_to: Callable[..., datetime],
    contact: dict[str, Any],
    hours: tuple[float, float],
) -> None:
    noon = _saturday_to_come().replace(hour=12)
    freed_at(noon)
    assert hours[0] <= (offered_to(contact) - noon).total_seconds() / 3600 <= hours[1]


@pytest.mark.parametrize("companions", [[], [{"given_name": "Zoé", "family_name": "Lovelace"}]])
def test_an_offer_by_sms_counts_from_when_phones_may_ring_again(
    freed_at: Callable[[datetime], None],
    offered_to: Callable[..., datetime],
    companions: list[dict[str, Any]],
) -> None:
    saturday = _saturday_to_come()
    freed_at(saturday.replace(hour=22))
    until = offered_to(MOBILE, companions)
    assert until == (saturday + timedelta(days=3)).replace(hour=8)


def test_an_offer_by_sms_counts_with_the_holidays_of_where_the_place_is(
    freed_at: Callable[[datetime], None],
    offered_to: Callable[..., datetime],
    registrations_database: Database,
) -> None:
    _set(registrations_database, Place, postcode="67000", city="Strasbourg")
    year = _saturday_to_come().year
    # The day after Christmas is one in Alsace; here it is no Sunday, nor is the day after it.
    while date(year, 12, 26).weekday() not in {1, 2, 3, 4}:
        year += 1
    freed_at(datetime(year, 12, 26, 10, tzinfo=PARIS))
    assert offered_to(MOBILE) == datetime(year, 12, 28, 8, tzinfo=PARIS)


def test_near_its_beginning_a_session_asks_nobody_first(client: FlaskClient, asking: Offer) -> None:
    session = asking.session(capacity=1, begins_in=timedelta(hours=47))
    first, second = (client.post(URL, json=body(session, n)) for n in range(2))
    client.post(link(first, "/cancel"))
    assert client.get(link(second)).json["status"] == "confirmed"


def test_a_place_can_have_its_own_way_whatever_the_programme_says(
    client: FlaskClient, asking: Offer, registrations_database: Database
) -> None:
    _set(registrations_database, Place, offer="confirm")
    session = asking.session(capacity=1)
    first, second = (client.post(URL, json=body(session, n)) for n in range(2))
    client.post(link(first, "/cancel"))
    assert client.get(link(second)).json["status"] == "confirmed"


def test_a_household_is_offered_its_seats_together_and_nobody_is_let_past(
    client: FlaskClient, asking: Offer, registrations_database: Database
) -> None:
    session = asking.session(capacity=2)
    seated = [client.post(URL, json=body(session, n)) for n in range(2)]
    child = {"given_name": "Zoé", "family_name": "Lovelace", "birth_year": 2018}
    family = client.post(URL, json=body(session, 3, companions=[child]))
    behind = client.post(URL, json=body(session, 4))
    client.post(link(seated[0], "/cancel"))
    assert client.get(link(family)).json["status"] == "waitlisted"
    assert client.get(link(behind)).json["status"] == "waitlisted"
    client.post(link(seated[1], "/cancel"))
    assert _statuses(registrations_database, session) == {
        "cancelled": 2,
        "offered": 2,
        "waitlisted": 1,
    }
    client.post(link(family, "/accept"))
    assert _statuses(registrations_database, session) == {
        "cancelled": 2,
        "confirmed": 2,
        "waitlisted": 1,
    }


def test_no_offer_outlives_a_registration_that_ends_earlier(
    client: FlaskClient, asking: Offer, bearer: Callable[..., dict[str, str]]
) -> None:
    session = asking.session(capacity=1)
    second = _offered(client, session)
    closes = datetime.now(UTC) + timedelta(hours=1)
    changed = client.patch(
        f"/v1/sessions/{session}", json={"closes_at": closes.isoformat()}, headers=bearer("manager")
    )
    assert changed.status_code == 200
    assert _hours_until(client.get(link(second)).json["offered_until"]) == pytest.approx(1, abs=0.1)


def test_seats_on_offer_count_when_the_capacity_is_lowered_and_are_freed_with_the_session(
    client: FlaskClient, asking: Offer, bearer: Callable[..., dict[str, str]]
) -> None:
    session = asking.session(capacity=2)
    client.post(URL, json=body(session, 8))
    second = _offered(client, session)
    url = f"/v1/sessions/{session}"
    assert client.patch(url, json={"capacity": 1}, headers=bearer("manager")).status_code == 409
    client.post(f"{url}/cancel", headers=bearer("manager"))
    assert client.get(link(second)).json["status"] == "cancelled"
    assert client.get(url).json["seats_left"] == 2


class Crowd(RuleBasedStateMachine):
    """Several people at once, each on a connection of their own, register, leave, answer and let time pass."""

    database: Database
    offer: Offer
    threads: ThreadPoolExecutor

    def __init__(self) -> None:
        super().__init__()
        self.session = self.offer.session(capacity=3)
        self.everyone: list[UUID] = []

    @rule(
        newcomers=st.integers(0, 4),
        leaving=st.lists(st.integers(0, 30), max_size=3),
        answering=st.lists(st.integers(0, 30), max_size=3),
        times_up=st.booleans(),
    )
    def at_once(
        self, newcomers: int, leaving: list[int], answering: list[int], times_up: bool
    ) -> None:
        if times_up:
            _run_out(self.database)
        jobs: list[Callable[[], object]] = [self._register for _ in range(newcomers)]
        jobs += [self._job(cancel.cancel, one) for one in leaving if one < len(self.everyone)]
        jobs += [self._job(accept.accept, one) for one in answering if one < len(self.everyone)]
        if times_up:
            jobs += [tasks.expire_all_offers] * 2
        for running in [self.threads.submit(job) for job in jobs]:
            running.result(timeout=30)

    @invariant()
    def seats_line_counters_and_log_agree(self) -> None:
        with self.database.transaction() as transaction:
            session = transaction.get_one(Session, self.session)
            query = select(Registration).where(Registration.session_id == self.session)
            rows = transaction.scalars(query.order_by(Registration.rank)).all()
        ranks: dict[str, list[int]] = {status: [] for status in RegistrationStatus}
        for row in rows:
            ranks[row.status].append(row.rank)
        confirmed, offered, waiting = (ranks[one] for one in ("confirmed", "offered", "waitlisted"))
        counters = (session.confirmed, session.offered, session.waitlisted)
        assert counters == (len(confirmed), len(offered), len(waiting))
        assert len(confirmed) + len(offered) <= session.capacity
        assert [row.rank for row in rows] == list(range(1, len(rows) + 1))
        if waiting:
            # Nobody who waits was passed by, and no seat stays empty while they wait.
            assert max([0, *confirmed, *offered, *ranks["expired"]]) < min(waiting)
            assert len(confirmed) + len(offered) == session.capacity
        assert {str(row.id): row.status for row in rows} == dict(self._told_lives())

    def _told_lives(self) -> Iterator[tuple[str, str]]:
        """Where the log says each registration stands: a chain in which every link was told once."""
        status: dict[str, str | None] = {}
        for fact in told(self.database):
            if not fact.type.startswith("registration.") or (
                fact.data["session_id"] != str(self.session)
            ):
                continue
            now, before = fact.type.removeprefix("registration."), fact.data["previous"]
            assert status.get(fact.subject) == before
            if before is not None:
                allowed = TRANSITIONS[RegistrationStatus(before)].values()
                assert any(now in outcome for outcome in allowed)
            status[fact.subject] = now
        return ((subject, now) for subject, now in status.items() if now is not None)

    def _register(self) -> None:
        name = uuid4().hex
        person = {
            "given_name": name,
            "family_name": "x",
            "email": f"{name}@example.org",
            "phone": None,
            "language": "fr",
            "birth_year": None,
            "postcode": None,
            "situations": [],
        }
        request = RegistrationRequest(
            self.session, person, statistics=False, contact=False, source="web"
        )
        [one] = register(self.database, request).registrations
        self.everyone.append(one.id)

    def _job(self, operation: Any, number: int) -> Callable[[], None]:
        registration_id = self.everyone[number]

        def job() -> None:
            try:
                with self.database.transaction() as transaction:
                    operation(transaction, registration_id, by="participant")
            except (IllegalTransition, OfferOver):
                pass

        return job


def test_whatever_a_crowd_does_at_once_seats_offers_and_line_follow_the_rules(
    client: FlaskClient, registrations_database: Database, asking: Offer
) -> None:
    with ThreadPoolExecutor(4) as threads:
        here = {"database": registrations_database, "offer": asking, "threads": threads}
        machine: Any = type("CrowdHere", (Crowd,), here)
        bounded = settings(
            max_examples=12,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        run_state_machine_as_test(machine, settings=bounded)


def _offered(client: FlaskClient, session: UUID) -> Any:
    """Someone (number 2) to whom the seat of someone else (1) is offered."""
    first, second = (client.post(URL, json=body(session, n)) for n in (1, 2))
    client.post(link(first, "/cancel"))
    assert client.get(link(second)).json["status"] == "offered"
    return second


def _saturday_to_come() -> datetime:
    """Midnight of a Saturday which, like the Monday after it, is no public holiday."""
    day = datetime.now(PARIS).date() + timedelta(days=1)
    while day.weekday() != 5 or is_quiet_day(day) or is_quiet_day(day + timedelta(days=2)):
        day += timedelta(days=1)
    return datetime.combine(day, datetime.min.time(), PARIS)


def _hours_until(moment: str) -> float:
    return (datetime.fromisoformat(moment) - datetime.now(UTC)).total_seconds() / 3600


def _run_out(database: Database) -> None:
    """Let every offer have ended a second ago."""
    past = datetime.now(UTC) - timedelta(seconds=1)
    with database.transaction() as transaction:
        offered = Registration.status == RegistrationStatus.OFFERED
        transaction.execute(update(Registration).where(offered).values(offered_until=past))


def _set(database: Database, kind: Any, **values: Any) -> None:
    with database.transaction() as transaction:
        transaction.execute(update(kind).values(**values))


def _statuses(database: Database, session: UUID) -> dict[str, int]:
    with database.transaction() as transaction:
        query = select(Registration.status).where(Registration.session_id == session)
        found: Sequence[str] = transaction.scalars(query).all()
    return {status: found.count(status) for status in sorted(set(found))}
