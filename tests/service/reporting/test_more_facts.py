"""What reporting notes of minimums, seats, refusals, referrals, calls and merges."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.reporting.models import call_fact, referral_fact, registration_fact, session_fact
from services.reporting.operations.rebuilds import empty_facts
from shared.events import catalogue
from shared.events.catalogue import Fact
from tests.service.reporting.conftest import BEGIN, Story, departure, entry, meetings, only


def opened(referral_id: UUID, **changes: Any) -> Fact:
    return catalogue.ReferralOpened.of(**_referral(referral_id, **changes))


def closed(referral_id: UUID, decision: str, granted: int | None, **changes: Any) -> Fact:
    return catalogue.ReferralClosed.of(
        **_referral(referral_id, **changes),
        decision=decision,
        decided_on=date(2026, 4, 1),
        amount_granted_cents=granted,
    )


def _referral(referral_id: UUID, **changes: Any) -> dict[str, Any]:
    return {
        "referral_id": referral_id,
        "participant_id": uuid4(),
        "programme": "budget",
        "partner": "creasol",
        "purpose": "project",
        "amount_asked_cents": 150_000,
        "opened_on": date(2026, 3, 2),
        **changes,
    }


def call_needed(call_id: UUID, session_id: UUID) -> Fact:
    return catalogue.ParticipantCallNeeded.of(
        call_id=call_id,
        session_id=session_id,
        participant_id=uuid4(),
        registration_id=uuid4(),
        programme="unisvers",
        absences=3,
    )


def call_settled(call_id: UUID, session_id: UUID, outcome: str = "reached") -> Fact:
    return catalogue.ParticipantCallSettled.of(
        call_id=call_id,
        session_id=session_id,
        participant_id=uuid4(),
        registration_id=uuid4(),
        outcome=outcome,
    )


@pytest.mark.parametrize(
    ("timezone", "weekday", "hour"),
    [("Europe/Paris", 1, 0), ("America/Cayenne", 7, 19)],
)
def test_a_session_begins_on_the_clock_of_its_place_and_in_the_room_of_its_first_meeting(
    story: Story, timezone: str, weekday: int, hour: int
) -> None:
    # Sunday, 22:30 UTC, in summer: past midnight in Paris, half past seven in Cayenne.
    late = datetime(2026, 7, 5, 22, 30, tzinfo=UTC)
    second, first = meetings(late + timedelta(days=1, hours=3), late)
    times = [{**second, "room": "Atelier"}, {**first, "room": "Grande salle"}]
    story.session(meetings=times, timezone=timezone)
    row = only(story.rows(session_fact))
    assert (row.weekday, row.hour, row.room) == (weekday, hour, "Grande salle")


def test_a_minimum_that_was_missed_then_reached_is_kept_as_both(story: Story) -> None:
    session_id = story.session(minimum=4)
    story.tell(catalogue.SessionBelowMinimum.of(session_id=session_id, minimum=4, confirmed=3))
    last = story.tell(catalogue.SessionFormed.of(session_id=session_id, minimum=4, confirmed=4))
    story.tell(catalogue.SessionFormed.of(session_id=uuid4(), minimum=4, confirmed=4))
    row = only(story.rows(session_fact))
    assert (row.was_formed, row.was_below_minimum, row.status) == (True, True, "published")
    assert row.position == last["position"]


def test_why_a_session_was_cancelled_and_a_registration_declined_is_kept(story: Story) -> None:
    session_id = story.session()
    registration_id = story.register(session_id, "pending")
    story.tell(
        catalogue.RegistrationDeclined.of(
            registration_id=registration_id,
            session_id=session_id,
            participant_id=uuid4(),
            previous="pending",
            by="staff",
            reason="not-eligible",
        )
    )
    story.tell(catalogue.SessionCancelled.of(session_id=session_id, reason="too-few"))
    assert only(story.rows(registration_fact)).decline_reason == "not-eligible"
    assert only(story.rows(session_fact)).cancel_reason == "too-few"


def test_a_seat_is_had_from_the_first_confirmation_on(story: Story) -> None:
    session_id = story.session()
    registration_id = story.register(session_id, "waitlisted")
    assert only(story.rows(registration_fact)).seated_at is None
    for days in (1, 2):
        told = entry(registration_id, session_id, "confirmed", previous="offered")
        story.tell(told, BEGIN + timedelta(days=days))
    story.tell(departure(registration_id, session_id, "confirmed"), BEGIN + timedelta(days=3))
    assert only(story.rows(registration_fact)).seated_at == BEGIN + timedelta(days=1)


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0, 1, 0, 1), (1, 1, 0)])
def test_a_referral_is_what_was_decided_in_whatever_order_it_is_told(
    story: Story, order: tuple[int, ...]
) -> None:
    referral_id = uuid4()
    facts = (opened(referral_id), closed(referral_id, "granted", 120_000))
    told = [story.tell(facts[number]) for number in order]
    row = only(story.rows(referral_fact))
    assert (row.decision, row.amount_asked_cents, row.amount_granted_cents) == (
        "granted",
        150_000,
        120_000,
    )
    decisions = [
        event["position"] for event, number in zip(told, order, strict=True) if number == 1
    ]
    assert row.position == decisions[-1]


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0, 1, 0, 1)])
def test_a_call_is_what_came_of_it_in_whatever_order_it_is_told(
    story: Story, order: tuple[int, ...]
) -> None:
    call_id, session_id = uuid4(), story.session()
    facts = (call_needed(call_id, session_id), call_settled(call_id, session_id))
    for number in order:
        story.tell(facts[number])
    assert only(story.rows(call_fact)).outcome == "reached"


def test_referrals_and_calls_name_nobody() -> None:
    for table in (referral_fact, call_fact):
        assert not {"participant_id", "registration_id"} & set(table.c.keys())


def test_registrations_know_that_they_were_another_records_until_that_is_undone(
    story: Story,
) -> None:
    registration_id = story.register(story.session())
    moved = {
        "merge_id": uuid4(),
        "participant_id": uuid4(),
        "merged_participant_id": uuid4(),
        "registrations": [registration_id],
    }
    again = {**moved, "merge_id": uuid4(), "participant_id": uuid4()}
    for told, merges in (
        (catalogue.ParticipantMerged.of(**moved), 1),
        (catalogue.ParticipantMerged.of(**again), 2),
        (catalogue.ParticipantUnmerged.of(**again), 1),
        (catalogue.ParticipantUnmerged.of(**moved), 0),
    ):
        story.tell(told)
        assert only(story.rows(registration_fact)).merges == merges


def test_a_rebuild_finds_all_of_it_again(story: Story) -> None:
    session_id, referral_id, call_id = story.session(minimum=2), uuid4(), uuid4()
    story.tell(catalogue.SessionFormed.of(session_id=session_id, minimum=2, confirmed=2))
    story.tell(opened(referral_id))
    story.tell(closed(referral_id, "refused", None))
    story.tell(call_needed(call_id, session_id))
    story.tell(call_settled(call_id, session_id, "no-answer"))
    tables = (session_fact, referral_fact, call_fact)
    before = [story.rows(table) for table in tables]
    story.receiver.rebuild(empty_facts, lambda _: None)
    assert [story.rows(table) for table in tables] == before
    assert all(before)
