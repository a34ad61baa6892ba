"""What the sheet for a second round of works says in words."""

from datetime import timedelta

from services.reporting.reports.second_round import PRESSED, find_pressure, findings
from tests.service.reporting.conftest import BEGIN, Story, meetings


def _named(story: Story) -> list[dict[str, str]]:
    """What each sentence about a theme, a room or a slot is about."""
    figures = story.figures("place", of_seats=PRESSED)
    said = [dict(finding.figures[0].only) for finding in findings(find_pressure(figures))]
    return [only for only in said if only]


def test_what_nobody_was_refused_is_not_called_the_most_asked_for(story: Story) -> None:
    story.session(theme="repair")
    story.session(theme="sewing", meetings=meetings(BEGIN + timedelta(hours=4)))
    full = story.session(theme=None, capacity=1, meetings=meetings(BEGIN + timedelta(days=1)))
    story.register(full)
    story.register(full, "waitlisted")
    assert [set(only) for only in _named(story)] == [{"weekday", "hour"}]


def test_the_theme_that_most_were_refused_is_named(story: Story) -> None:
    story.session(theme="repair")
    full = story.session(theme="sewing", capacity=1)
    story.register(full)
    story.register(full, "waitlisted")
    assert {"theme": "sewing"} in _named(story)
