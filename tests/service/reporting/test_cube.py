"""What is withheld is judged by atoms: they must add up to the very figures that are told."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.reporting.domain import GROUPINGS, Scope
from services.reporting.indicators import CATALOGUE
from services.reporting.indicators.disclosed import DISCLOSED
from services.reporting.operations.cube import Cube, count_atoms
from services.reporting.operations.figures import compute_figures
from shared.events import catalogue
from tests.service.reporting.conftest import BEGIN, LATER, PERSON, Story, departure, entry, meetings

# Counts that add up, by the measure that stands for them.
_ADD_UP = {
    name: needs[0]
    for name, needs in DISCLOSED.items()
    if needs == (name,) and next(one for one in CATALOGUE if one.name == name).unit != "people"
}


def summed(cube: Cube, measure: str, grouping: str | None, group: str | None) -> int:
    """What the atoms of one cell count together."""
    of_people = grouping in ("situation", "age_band", "district")
    return sum(
        count
        for (groups, measures), count in (cube.of_people if of_people else cube.of_sessions).items()
        if measure in measures and (grouping is None or (grouping, group) in groups)
    )


@pytest.fixture
def lived(story: Story) -> Story:
    """A cohort that some left and some stayed in, and a full workshop that some waited for."""
    times = meetings(BEGIN, BEGIN + timedelta(days=7), BEGIN + timedelta(days=14))
    cohort = story.session(programme="unisvers", minimum=3, meetings=times)
    bands = (("minimum-benefits",), ("minimum-benefits", "student"), ())
    seated: list[UUID] = []
    for number in range(7):
        who: dict[str, Any] = {**PERSON, "situations": list(bands[number % 3])}
        seated.append(uuid4())
        told = entry(seated[-1], cohort, "confirmed", person=who)
        story.tell(told, BEGIN - timedelta(days=3))
    for registration in seated[:4]:
        story.attend(registration, cohort, meeting_id=times[2]["meeting_id"])
    for registration, outcome in zip(seated[3:6], ("work", "training", "none-yet"), strict=True):
        noted = {"outcome": outcome, "as_of": BEGIN.date(), "participant_id": uuid4()}
        story.tell(
            catalogue.OutcomeRecorded.of(registration_id=registration, session_id=cohort, **noted)
        )
    story.tell(departure(seated[6], cohort, "confirmed"), BEGIN + timedelta(days=8))
    workshop = story.session(capacity=2)
    waiting = [story.register(workshop, "waitlisted") for _ in range(3)]
    promoted = entry(waiting[0], workshop, "confirmed", previous="waitlisted")
    story.tell(promoted)
    came = story.register(workshop)
    story.attend(came, workshop)
    story.attend(waiting[0], workshop, status="absent")
    story.tell(catalogue.FeedbackSubmitted.of(registration_id=came, session_id=workshop, rating=4))
    return story


def test_the_atoms_of_every_cell_add_up_to_the_figure_that_is_told(lived: Story) -> None:
    with lived.database.transaction() as session:
        measures = {need for needs in DISCLOSED.values() for need in needs}
        cube = count_atoms(session, Scope(), GROUPINGS, measures, as_of=LATER)
        figures = compute_figures(session, Scope(), GROUPINGS, as_of=LATER)
    assert {"attended", "refused", "outcomes_reached", "registrations"} <= _ADD_UP.keys()
    for name, measure in _ADD_UP.items():
        assert summed(cube, measure, None, None) == figures.total[name], name
        for grouping, groups in figures.groups.items():
            for group, row in groups.items():
                if row[name] is not None:
                    assert summed(cube, measure, grouping, group) == row[name], (name, group)
    assert [figures.total[name] for name in ("registrations", "refused", "outcomes_reached")] == [
        11,
        2,
        2,
    ]


def test_what_decides_whether_a_figure_is_withheld_is_counted(lived: Story) -> None:
    needed = {need for needs in DISCLOSED.values() for need in needs}
    with lived.database.transaction() as session:
        cube = count_atoms(session, Scope(), (), needed, as_of=LATER)
    counted = {measure for _, measures in cube.of_sessions for measure in measures}

    # Different people do not add up.
    assert needed - counted == {"people", "people_attended"}
