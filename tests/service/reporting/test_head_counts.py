"""Heads counted where nobody registers, among the facts and the figures."""

from typing import Any
from uuid import UUID, uuid4

from services.reporting.indicators import CATALOGUE
from services.reporting.models import head_count_fact
from services.reporting.operations.rebuilds import empty_facts
from services.reporting.operations.session_figures import count_attendance
from shared.events import catalogue
from shared.events.catalogue import Fact
from tests.service.reporting.conftest import BEGIN, Story, meetings, only


def _counted(session_id: UUID, meeting_id: UUID, count: int, minutes: int = 90) -> Fact:
    return catalogue.AttendanceCounted.of(
        session_id=session_id, meeting_id=meeting_id, count=count, minutes=minutes
    )


def _drop_in(story: Story) -> tuple[UUID, list[dict[str, Any]]]:
    times = meetings(BEGIN, BEGIN, minutes=90)
    return story.session(meetings=times, registration="none"), times


def test_heads_count_as_attended_and_in_hours_but_not_as_people(story: Story) -> None:
    session_id, times = _drop_in(story)
    story.tell(_counted(session_id, times[0]["meeting_id"], 10))
    story.tell(_counted(session_id, times[1]["meeting_id"], 4))
    registered = story.session()
    participant_id = uuid4()
    registration_id = story.register(registered, participant_id=participant_id)
    story.attend(registration_id, registered, participant_id=participant_id, minutes=120)
    figures = story.figures("programme", "situation")
    assert (figures.total["attended"], figures.total["attended_hours"]) == (15, 23.0)
    assert (figures.total["people"], figures.total["people_attended"]) == (1, 1)
    assert figures.groups["programme"]["ateliers"]["attended"] == 15
    # Of heads no situation is known.
    assert figures.groups["situation"][None]["attended"] == 1
    assert story.figures(session_id=session_id).total["attended"] == 14


def test_an_open_door_has_no_seats_to_fill(story: Story) -> None:
    _drop_in(story)
    story.register(story.session(capacity=4))
    total = story.figures().total
    assert (total["sessions"], total["seats"], total["fill_rate"]) == (2, 4, 0.25)


def test_the_last_count_of_a_meeting_holds_however_often_it_is_told(story: Story) -> None:
    session_id, times = _drop_in(story)
    meeting_id = times[0]["meeting_id"]
    first = story.tell(_counted(session_id, meeting_id, 10))
    story.tell(_counted(session_id, meeting_id, 7))
    story.receiver.receive("registrations", first["position"] - 1, [first])
    row = only(story.rows(head_count_fact))
    assert (row.meeting_id, row.count, row.minutes) == (meeting_id, 7, 90)
    assert story.figures().total["attended"] == 7


def test_a_rebuild_gives_the_same_figures(story: Story) -> None:
    session_id, times = _drop_in(story)
    story.tell(_counted(session_id, times[0]["meeting_id"], 10))
    before = story.figures("month")
    story.receiver.rebuild(empty_facts, lambda _: None)
    assert story.figures("month") == before
    assert before.total["attended"] == 10


def test_the_sessions_report_tells_the_heads_of_each_meeting(story: Story) -> None:
    session_id, times = _drop_in(story)
    story.tell(_counted(session_id, times[1]["meeting_id"], 4))
    with story.database.transaction() as session:
        rows = count_attendance(session, session_id)
    counted = {row["meeting_id"]: (row["present"], row["counted"]) for row in rows}
    assert counted == {times[0]["meeting_id"]: (0, None), times[1]["meeting_id"]: (0, 4)}


def test_the_definitions_say_where_heads_are_counted() -> None:
    formulas = {one.name: one.formula.en for one in CATALOGUE}
    for name in ("attended", "attended_hours", "people", "people_attended"):
        assert "head" in formulas[name]
