"""What taking part has led to, as reporting hears it."""

from datetime import date
from uuid import UUID, uuid4

from services.reporting.models import outcome_fact
from services.reporting.operations.rebuilds import empty_facts
from shared.events import catalogue
from shared.events.catalogue import Fact
from tests.service.reporting.conftest import PERSON, Story, only


def _led_to(registration_id: UUID, session_id: UUID, outcome: str, as_of: date) -> Fact:
    return catalogue.OutcomeRecorded.of(
        registration_id=registration_id,
        session_id=session_id,
        participant_id=uuid4(),
        outcome=outcome,
        as_of=as_of,
    )


def test_the_last_word_on_an_outcome_counts_and_names_the_event_behind_it(story: Story) -> None:
    session_id = story.session()
    registration_id = story.register(session_id)
    story.tell(_led_to(registration_id, session_id, "none-yet", date(2026, 4, 1)))
    assert story.figures().total["outcomes"] == 1
    assert story.figures().total["outcomes_reached"] == 0
    last = story.tell(_led_to(registration_id, session_id, "work", date(2026, 6, 1)))
    known = only(story.rows(outcome_fact))
    assert (known.outcome, known.as_of) == ("work", date(2026, 6, 1))
    assert known.position == last["position"]
    assert story.figures().total["outcomes_reached"] == 1


def test_an_outcome_counts_in_its_programme_and_in_each_situation_of_the_person(
    story: Story,
) -> None:
    session_id = story.session(programme="unisvers")
    person = {**PERSON, "situations": ["awaiting-rights", "minimum-benefits"]}
    registration_id = story.register(session_id, person=person)
    story.tell(_led_to(registration_id, session_id, "training", date(2026, 6, 1)))
    figures = story.figures("programme", "situation")
    assert figures.groups["programme"]["unisvers"]["outcomes_reached"] == 1
    assert {
        group: found["outcomes_reached"] for group, found in figures.groups["situation"].items()
    } == {"awaiting-rights": 1, "minimum-benefits": 1}


def test_a_rebuild_finds_the_outcomes_again(story: Story) -> None:
    session_id = story.session()
    registration_id = story.register(session_id)
    story.tell(_led_to(registration_id, session_id, "project", date(2026, 6, 1)))
    before = story.rows(outcome_fact)
    story.receiver.rebuild(empty_facts, lambda _: None)
    assert story.rows(outcome_fact) == before != []
