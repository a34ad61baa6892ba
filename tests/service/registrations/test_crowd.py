"""A crowd at once: never oversold, never skipped in line, never two seats for one person, households never split.

Every step is a handful of people and staff, each with a connection of their own, who do something at the same
moment. What they may find afterwards is said as a rule over the rows and over what was told of them, whoever
came first.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import groupby
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select, update

from services.registrations.domain import LIVE, TRANSITIONS, RegistrationStatus
from services.registrations.models import Programme, Registration, Session
from services.registrations.operations.offer import sessions
from services.registrations.operations.seats import accept, cancel, decide
from services.registrations.operations.seats.register import RegistrationRequest, register
from services.registrations.operations.seats.register_party import register_party
from services.registrations.refusals import (
    AlreadyRegistered,
    CapacityTaken,
    IllegalTransition,
    OfferOver,
)
from services.registrations.tasks import expire_all_offers
from shared.db import Database
from tests.service.registrations.conftest import Offer, told

# Few people, so that the same ones come again and again.
_NAMES = [f"p{number}" for number in range(9)]
_SEATED = (RegistrationStatus.CONFIRMED, RegistrationStatus.OFFERED)
_REFUSED = (AlreadyRegistered, CapacityTaken, IllegalTransition, OfferOver)

Job = Callable[[], object]
_numbers = st.lists(st.integers(0, 60), max_size=3)


class Crowd(RuleBasedStateMachine):
    """People and staff of one session; what its programme asks for is the test's."""

    database: Database
    offer: Offer
    threads: ThreadPoolExecutor

    def __init__(self) -> None:
        super().__init__()
        self.session = self.offer.session(
            capacity=2, programme="unisvers", organisation="ccas", minimum=2
        )

    @rule(
        people=st.lists(st.sampled_from(_NAMES), min_size=1, max_size=4),
        households=st.lists(st.lists(st.sampled_from(_NAMES), min_size=2, max_size=3), max_size=2),
        decides=st.sampled_from((True, True, False)),
        leaving=_numbers,
        answering=_numbers,
        confirmed=_numbers,
        declined=st.lists(st.integers(0, 60), max_size=1),
        capacity=st.none() | st.integers(2, 4),
        times_up=st.booleans(),
    )
    def at_once(
        self,
        *,
        people: list[str],
        households: list[list[str]],
        decides: bool,
        leaving: list[int],
        answering: list[int],
        confirmed: list[int],
        declined: list[int],
        capacity: int | None,
        times_up: bool,
    ) -> None:
        if times_up:
            _run_out(self.database)
        there = [row.id for row in self._rows()]
        jobs = [self._register([name], decides=decides) for name in people]
        jobs += [self._register(list(dict.fromkeys(one)), decides=decides) for one in households]
        jobs += self._each(there, leaving, cancel.cancel, by="participant")
        jobs += self._each(there, answering, accept.accept, by="participant")
        jobs += self._each(there, confirmed, decide.confirm, decided_by="x", note=None)
        jobs += self._each(
            there, declined, decide.decline, decided_by="x", reason="other", note=None
        )
        if capacity is not None:
            jobs.append(lambda: self._resize(capacity))
        if times_up:
            jobs += [expire_all_offers] * 2
        for running in [self.threads.submit(_allowed, job) for job in jobs]:
            running.result(timeout=60)

    @invariant()
    def nobody_is_wronged(self) -> None:
        with self.database.transaction() as transaction:
            session = transaction.get_one(Session, self.session)
        rows = self._rows()
        by_status = {status: [one for one in rows if one.status == status] for status in LIVE}
        seated = [one for one in rows if one.status in _SEATED]
        waiting = by_status[RegistrationStatus.WAITLISTED]
        assert (session.confirmed, session.offered, session.waitlisted) == tuple(
            len(by_status[one])
            for one in (
                RegistrationStatus.CONFIRMED,
                RegistrationStatus.OFFERED,
                RegistrationStatus.WAITLISTED,
            )
        )
        # Never oversold.
        assert len(seated) <= session.capacity
        # Never two seats, or two places in line, for one person.
        live = [one.participant_id for one in rows if one.status in LIVE]
        assert len(live) == len(set(live))
        # Nobody in line while there is room for all of the household at its head.
        if waiting:
            head = [one for one in waiting if one.party_id == waiting[0].party_id]
            assert len(seated) + len(head) > session.capacity

    @invariant()
    def what_was_told_is_a_life_by_the_table(self) -> None:
        lives: dict[str, str] = {}
        at_first: dict[str, str] = {}
        for fact in self._told():
            now, before = fact.type.removeprefix("registration."), fact.data["previous"]
            now = "pending" if now == "requested" else now
            assert lives.get(fact.subject) == before
            if before is not None:
                allowed = TRANSITIONS[RegistrationStatus(before)].values()
                assert any(now in outcome for outcome in allowed)
            lives[fact.subject] = now
            at_first.setdefault(fact.subject, now)
        rows = self._rows()
        assert lives == {str(one.id): one.status for one in rows}
        # A household came together: all seated, or all waiting, or all to be decided upon.
        for _, party in groupby(rows, key=lambda one: one.party_id):
            assert len({at_first[str(one.id)] for one in party}) == 1

    @invariant()
    def nobody_is_skipped(self) -> None:
        """Whoever is given a seat from the line had the lowest rank of all who stood in it."""
        rank = {str(one.id): one.rank for one in self._rows()}
        line: set[str] = set()
        for fact in self._told():
            now, before = fact.type.removeprefix("registration."), fact.data["previous"]
            if before == "waitlisted" and now in ("confirmed", "offered"):
                assert rank[fact.subject] == min(rank[one] for one in line)
            elif now == "confirmed" and before in (None, "pending"):
                # Straight to a seat: only when nobody waited.
                assert not line
            if now == "waitlisted":
                line.add(fact.subject)
            else:
                line.discard(fact.subject)

    def _rows(self) -> list[Registration]:
        with self.database.transaction() as transaction:
            query = select(Registration).where(Registration.session_id == self.session)
            return list(transaction.scalars(query.order_by(Registration.rank)))

    def _told(self) -> Iterator[Any]:
        return (
            fact
            for fact in told(self.database)
            if fact.type.startswith("registration.")
            and fact.data["session_id"] == str(self.session)
        )

    def _register(self, names: list[str], *, decides: bool) -> Job:
        first, *others = names
        request = RegistrationRequest(
            self.session,
            {
                **_named(first),
                # One address for all of them, as in a family: any of them may register the others.
                "email": "famille@example.org",
                "phone": None,
                "language": "fr",
                "postcode": None,
                "situations": [],
            },
            statistics=False,
            contact=False,
            source="web",
            decides=decides,
            eligibility_reason="vu" if decides else None,
        )
        if not others:
            return lambda: register(self.database, request)
        return lambda: register_party(self.database, request, [_named(one) for one in others])

    def _each(self, ids: list[UUID], numbers: list[int], operation: Any, **how: Any) -> list[Job]:
        def job(registration_id: UUID) -> Job:
            def run() -> None:
                with self.database.transaction() as transaction:
                    operation(transaction, registration_id, **how)

            return run

        return [job(ids[number]) for number in numbers if number < len(ids)]

    def _resize(self, capacity: int) -> None:
        with self.database.transaction() as transaction:
            sessions.change_session(
                transaction, self.session, {"capacity": capacity}, organisation=None
            )


def _named(name: str) -> dict[str, Any]:
    return {"given_name": name, "family_name": "x", "birth_year": None}


def _allowed(job: Job) -> None:
    """What the rules refuse is refused; anything else is a failure."""
    with suppress(_REFUSED):
        job()


def _run_out(database: Database) -> None:
    """Let every offer end now."""
    with database.transaction() as transaction:
        offered = Registration.status == RegistrationStatus.OFFERED
        transaction.execute(
            update(Registration).where(offered).values(offered_until=Registration.created_at)
        )


@pytest.mark.parametrize("freed", ["confirm", "offer"])
def test_whatever_people_and_staff_do_at_once_nobody_is_wronged(
    client: FlaskClient,
    registrations_database: Database,
    offer: Offer,
    freed: str,
) -> None:
    with registrations_database.transaction() as transaction:
        transaction.execute(update(Programme).values(offer=freed))
    with ThreadPoolExecutor(5) as threads:
        here = {"database": registrations_database, "offer": offer, "threads": threads}
        machine: Any = type("CrowdHere", (Crowd,), here)
        bounded = settings(
            max_examples=6,
            stateful_step_count=8,
            deadline=None,
            # What a crowd did is not the same when it does it again.
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        run_state_machine_as_test(machine, settings=bounded)
