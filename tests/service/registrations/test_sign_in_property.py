"""Whatever staff and guessers do, in any order: a plain model in Python says who gets in."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import delete, select

from services.registrations import credentials
from services.registrations.credentials import ACCOUNT_PATIENCE, ADDRESS_PATIENCE
from services.registrations.models import SignInFailure, Staff, StaffSignIn
from services.registrations.operations.staff import lockout, sign_in
from services.registrations.refusals import SignInOver, WrongCredentials
from shared.db import Database

RIGHT, WRONG = "le vélo bleu du marché", "quatre chaises en osier"
EMAILS = ("lea@example.org", "nobody@example.org")
ADDRESSES = ("192.0.2.1", "192.0.2.2")


class Clock:
    """The time as both the service and the model see it."""

    def __init__(self) -> None:
        self.moment = datetime(2030, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment


class SigningIn(RuleBasedStateMachine):
    database: Database
    clock: Clock

    def __init__(self) -> None:
        super().__init__()
        with self.database.transaction() as session:
            for table in (StaffSignIn, Staff, SignInFailure):
                session.execute(delete(table))
            session.add(
                Staff(
                    email=EMAILS[0],
                    name="Léa",
                    role="adviser",
                    password_hash=credentials.hash_password(RIGHT),
                )
            )
        # By subject: failures in a row, and when the wait is over.
        self.failures: dict[str, int] = dict.fromkeys((*EMAILS, *ADDRESSES), 0)
        self.free_at = dict.fromkeys((*EMAILS, *ADDRESSES), self.clock())
        # By sign-in: every token it gave, the last one good; None once it has ended.
        self.families: list[list[str]] = []
        self.ended: set[int] = set()

    @rule(seconds=st.sampled_from((1, 29, 31, 61, 3601)))
    def time_passes(self, seconds: int) -> None:
        self.clock.moment += timedelta(seconds=seconds)

    @rule(
        email=st.sampled_from(EMAILS),
        password=st.sampled_from((RIGHT, WRONG)),
        address=st.sampled_from(ADDRESSES),
        times=st.integers(1, 4),
    )
    def someone_signs_in(self, email: str, password: str, address: str, times: int) -> None:
        for _ in range(times):
            self._sign_in(email, password, address)

    def _sign_in(self, email: str, password: str, address: str) -> None:
        now = self.clock()
        locked = self.free_at[email] > now or self.free_at[address] > now
        right = (email, password) == (EMAILS[0], RIGHT)
        if not locked:
            for subject, patience in ((email, ACCOUNT_PATIENCE), (address, ADDRESS_PATIENCE)):
                self.failures[subject] += 1
                self.free_at[subject] = now + patience.wait(self.failures[subject])
        try:
            came_in = sign_in.sign_in(
                self.database, email=email, password=password, address=address
            )
        except WrongCredentials:
            assert locked or not right
            return
        assert right
        assert not locked
        self.failures[email], self.free_at[email] = 0, now
        self.failures[address] -= 1
        self.free_at[address] = now + ADDRESS_PATIENCE.wait(self.failures[address])
        self.families.append([came_in.refresh_token])

    @precondition(lambda self: self.families)
    @rule(data=st.data())
    def someone_refreshes(self, data: st.DataObject) -> None:
        number = data.draw(st.integers(0, len(self.families) - 1))
        family = self.families[number]
        token = data.draw(st.sampled_from(family))
        good = number not in self.ended and token == family[-1]
        try:
            family.append(sign_in.refresh(self.database, token).refresh_token)
        except SignInOver:
            assert not good
            self.ended.add(number)
            return
        assert good

    @precondition(lambda self: self.families)
    @rule(data=st.data())
    def someone_signs_out(self, data: st.DataObject) -> None:
        number = data.draw(st.integers(0, len(self.families) - 1))
        with self.database.transaction() as session:
            sign_in.sign_out(session, self.families[number][-1])
        self.ended.add(number)

    @invariant()
    def those_signed_in_are_those_whose_sign_in_goes_on(self) -> None:
        with self.database.transaction() as session:
            open_now = {str(one) for one in session.scalars(select(StaffSignIn.id))}
        expected = {
            family[0].partition(".")[0]
            for number, family in enumerate(self.families)
            if number not in self.ended
        }
        assert open_now == expected


def test_whatever_happens_guessers_wait_and_a_copied_token_ends_the_sign_in(
    registrations_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    clock = Clock()
    for module in (sign_in, lockout):
        monkeypatch.setattr(module, "now", clock)
    given: Any = {"database": registrations_database, "clock": clock}
    machine: Any = type("SigningInHere", (SigningIn,), given)
    bounded = settings(
        max_examples=15,
        stateful_step_count=20,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=bounded)
