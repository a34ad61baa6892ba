"""What figures can be divided by, limited to and compared with."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from shared.events import catalogue
from tests.service.reporting.conftest import BEGIN, PERSON, Story, entry, meetings
from tests.service.reporting.test_more_facts import call_needed, call_settled, closed, opened

_EVENING = datetime(2026, 4, 3, 16, 30, tzinfo=UTC)  # a Friday; half past six in Paris


def _two_sessions(story: Story) -> None:
    """On a Monday morning someone young of one district comes, on a Friday evening two others do."""
    young = {"age_band": "18-25", "district": "34080", "situations": ["a", "b"]}
    morning = story.session(meetings=[{**meetings(BEGIN)[0], "room": "Atelier"}], theme="repair")
    evening = story.session(
        programme="unisvers",
        organisation="ccas",
        meetings=[{**meetings(_EVENING)[0], "room": "Salon"}],
        theme=None,
    )
    for session_id, person in ((morning, young), (evening, PERSON), (evening, PERSON)):
        registration_id, participant_id = uuid4(), uuid4()
        story.tell(
            entry(
                registration_id,
                session_id,
                "confirmed",
                participant_id=participant_id,
                person=person,
            )
        )
        story.attend(registration_id, session_id, participant_id=participant_id)


@pytest.mark.parametrize(
    ("grouping", "one", "two"),
    [
        ("programme", "ateliers", "unisvers"),
        ("organisation", "repair-cafe", "ccas"),
        ("theme", "repair", None),
        ("room", "Atelier", "Salon"),
        ("month", "2026-03", "2026-04"),
        ("weekday", "1", "5"),
        ("hour", "10", "18"),
        ("age_band", "18-25", "26-39"),
        ("district", "34080", "34070"),
    ],
)
def test_a_grouping_divides_and_a_filter_keeps_one_of_its_groups(
    story: Story, grouping: str, one: str, two: str | None
) -> None:
    _two_sessions(story)
    figures = story.figures(grouping)
    groups = figures.groups[grouping]
    counted = {
        group: (told["registrations"], told["people"], told["attended"])
        for group, told in groups.items()
    }
    assert counted == {one: (1, 1, 1), two: (2, 2, 2)}
    of_people = grouping in ("age_band", "district")
    assert groups[one]["sessions"] == (None if of_people else 1)
    wanted: Any = int(one) if grouping in ("weekday", "hour") else one
    kept = story.figures(grouping, **{grouping: wanted})
    assert kept.total["registrations"] == 1
    assert kept.groups[grouping] == {one: kept.total}


def test_two_things_at_once_divide_by_both(story: Story) -> None:
    _two_sessions(story)
    crossed = [("programme", "month"), ("situation", "room"), ("age_band", "district")]
    figures = story.figures("programme", cross=crossed)
    told = {
        names: {values: one["registrations"] for values, one in groups.items()}
        for names, groups in figures.crossed.items()
    }
    assert told == {
        ("programme", "month"): {("ateliers", "2026-03"): 1, ("unisvers", "2026-04"): 2},
        ("situation", "room"): {("a", "Atelier"): 1, ("b", "Atelier"): 1, (None, "Salon"): 2},
        ("age_band", "district"): {("18-25", "34080"): 1, ("26-39", "34070"): 2},
    }
    assert figures.groups == story.figures("programme").groups


def test_what_is_divided_for_its_seats_tells_all_but_what_counts_once(
    story: Story,
) -> None:
    _two_sessions(story)
    finely = ("place", "weekday", "hour")
    of_all = story.figures(cross=[finely]).crossed[finely]
    assert [one["people"] for one in of_all.values()] == [1, 2]
    untold = dict.fromkeys(
        ("people", "people_merged", "attended", "people_attended", "response_rate")
    )
    of_seats = story.figures(of_seats=[finely]).crossed[finely]
    assert of_seats == {values: {**one, **untold} for values, one in of_all.items()}


def test_a_situation_keeps_its_people_and_says_nothing_of_the_offer(story: Story) -> None:
    _two_sessions(story)
    total = story.figures(situation="b").total
    assert (total["registrations"], total["attended"]) == (1, 1)
    assert (total["sessions"], total["fill_rate"], total["referrals"]) == (None, None, None)


def test_referrals_are_counted_by_programme_and_month_and_known_of_by_nothing_else(
    story: Story,
) -> None:
    story.session()
    for decision, granted in (("granted", 100_050), ("refused", None), ("withdrawn", None)):
        referral_id = uuid4()
        story.tell(opened(referral_id))
        story.tell(closed(referral_id, decision, granted))
    story.tell(opened(uuid4(), opened_on=date(2026, 4, 1), amount_asked_cents=None))
    figures = story.figures("programme", "month", "organisation", "situation")
    names = ("referrals", "referrals_open", "referrals_granted", "amount_asked", "amount_granted")
    assert [figures.total[name] for name in names] == [4, 1, 1, 4500.0, 1000.5]
    assert figures.groups["programme"]["budget"]["referrals_refused"] == 1
    assert figures.groups["month"]["2026-04"]["referrals"] == 1
    assert {told["referrals"] for told in figures.groups["organisation"].values()} == {None}
    assert story.figures(organisation="ccas").total["referrals"] is None
    assert story.figures(programme="ateliers").total["referrals"] == 0
    assert story.figures(since=date(2026, 4, 1)).total["referrals"] == 1


def test_calls_that_are_not_needed_after_all_do_not_count(story: Story) -> None:
    session_id = story.session(programme="unisvers")
    for outcome in ("reached", "no-answer", "withdrawn", None):
        call_id = uuid4()
        story.tell(call_needed(call_id, session_id))
        if outcome:
            story.tell(call_settled(call_id, session_id, outcome))
    told = story.figures("programme").groups["programme"]["unisvers"]
    assert (told["calls_needed"], told["calls_reached"]) == (3, 1)


# ── cohorts ─────────────────────────────────────────────────────────────────────────────────────


def _cohort(story: Story, **changes: Any) -> tuple[Any, list[Any]]:
    times = meetings(*(BEGIN + timedelta(days=7 * week) for week in range(4)))
    session_id = story.session(programme="unisvers", minimum=2, meetings=times, **changes)
    return session_id, [meeting["meeting_id"] for meeting in times]


def _joins(story: Story, session_id: Any, days: int = -1) -> Any:
    registration_id = uuid4()
    story.tell(entry(registration_id, session_id, "confirmed"), BEGIN + timedelta(days=days))
    return registration_id


def _leaves(story: Story, registration_id: Any, session_id: Any, days: int) -> None:
    gone = catalogue.RegistrationCancelled.of(
        registration_id=registration_id,
        session_id=session_id,
        participant_id=uuid4(),
        previous="confirmed",
        by="participant",
    )
    story.tell(gone, BEGIN + timedelta(days=days))


def test_who_entered_a_cohort_and_who_stayed(story: Story) -> None:
    session_id, dates = _cohort(story)
    faithful, left_for_work, left, never_came = (_joins(story, session_id) for _ in range(4))
    before, late = _joins(story, session_id, -3), _joins(story, session_id, 1)
    _leaves(story, before, session_id, -2)
    for meeting_id in (dates[0], dates[2]):
        story.attend(faithful, session_id, meeting_id=meeting_id)
    story.attend(left, session_id, meeting_id=dates[1])
    story.attend(late, session_id, meeting_id=dates[3])
    story.attend(never_came, session_id, meeting_id=dates[3], status="absent")
    _leaves(story, left_for_work, session_id, 8)
    for registration_id, outcome in ((left_for_work, "work"), (left, "none-yet")):
        story.tell(
            catalogue.OutcomeRecorded.of(
                registration_id=registration_id,
                session_id=session_id,
                participant_id=uuid4(),
                outcome=outcome,
                as_of=date(2026, 4, 1),
            )
        )
    names = ("cohorts", "entered", "entered_ended", "stayed", "stay_rate")

    def told(days: int) -> list[Any]:
        total = story.figures(as_of=BEGIN + timedelta(days=days)).total
        return [total[name] for name in names]

    assert told(-1) == [1, 0, 0, 0, None]
    assert told(8) == [1, 4, 0, 0, None]
    assert told(30) == [1, 4, 4, 2, 0.5]
    figures = story.figures("programme", "situation")
    assert figures.groups["programme"]["unisvers"]["stayed"] == 2
    assert (figures.total["outcomes_work"], figures.total["outcomes_none_yet"]) == (1, 1)


@pytest.mark.parametrize("changes", [{"minimum": None}, {"meetings": meetings(BEGIN)}])
def test_a_course_without_a_minimum_and_a_single_meeting_are_no_cohorts(
    story: Story, changes: dict[str, Any]
) -> None:
    times = meetings(BEGIN, BEGIN + timedelta(days=7))
    session_id = story.session(**{"minimum": 2, "meetings": times, **changes})
    _joins(story, session_id)
    total = story.figures().total
    assert (total["cohorts"], total["entered"]) == (0, 0)


def test_a_cancelled_cohort_is_none(story: Story) -> None:
    session_id, _ = _cohort(story)
    _joins(story, session_id)
    story.tell(catalogue.SessionBelowMinimum.of(session_id=session_id, minimum=2, confirmed=1))
    story.tell(catalogue.SessionCancelled.of(session_id=session_id, reason="too-few"))
    total = story.figures().total
    assert (total["cohorts"], total["entered"]) == (0, 0)
    assert (total["sessions_below_minimum"], total["sessions_too_few"]) == (1, 1)


def test_a_formed_cohort_is_counted_as_such(story: Story) -> None:
    session_id, _ = _cohort(story)
    _cohort(story)
    story.tell(catalogue.SessionFormed.of(session_id=session_id, minimum=2, confirmed=2))
    total = story.figures().total
    assert (total["cohorts"], total["cohorts_formed"]) == (2, 1)


# ── over HTTP ───────────────────────────────────────────────────────────────────────────────────


def test_two_groupings_and_a_filter_over_http(
    client: FlaskClient, story: Story, bearer: Any
) -> None:
    _two_sessions(story)
    answer = client.get(
        "/v1/indicators?group_by=programme,weekday&room=Salon&hour=18", headers=bearer("adviser")
    )
    assert [(one["group"], one["groups"]) for one in answer.json["items"]] == [
        ("unisvers", {"programme": "unisvers", "weekday": "5"})
    ]
    assert answer.json["total"]["registrations"] == 2
    assert answer.json["total"]["compared"] is None


def test_two_groupings_may_be_given_one_by_one(
    client: FlaskClient, story: Story, bearer: Any
) -> None:
    _two_sessions(story)
    told = [
        client.get(f"/v1/indicators?{query}", headers=bearer("adviser")).json["items"]
        for query in ("group_by=programme,weekday", "group_by=programme&group_by=weekday")
    ]
    assert told[0] == told[1]
    assert len(told[1][0]["groups"]) == 2


def test_a_month_is_asked_for_as_year_and_month(client: FlaskClient, bearer: Any) -> None:
    for language, said in (("fr", "AAAA-MM"), ("en", "YYYY-MM")):
        headers = {**bearer("adviser"), "Accept-Language": language}
        answer = client.get("/v1/indicators?month=2026", headers=headers)
        assert said in answer.json["errors"]["month"][0]


def test_an_answer_says_which_days_it_counts(
    client: FlaskClient, story: Story, bearer: Any
) -> None:
    def told(query: str) -> Any:
        answer = client.get(f"/v1/indicators?{query}", headers=bearer("adviser")).json
        return answer["period"], answer["compared_period"]

    year = {"from": "2026-01-01", "to": "2026-12-31", "last_day": "2026-12-30", "days": 364}
    none: dict[str, None] = {"from": None, "to": None, "last_day": None, "days": None}
    assert told("") == (none, None)
    assert told("to=0001-01-01")[0]["last_day"] is None
    period, other = told(
        "from=2026-01-01&to=2026-12-31&compare_from=2025-01-01&compare_to=2026-01-01"
    )
    assert period == year
    assert (other["last_day"], other["days"]) == ("2025-12-31", 365)


def test_a_period_is_held_against_another(client: FlaskClient, story: Story, bearer: Any) -> None:
    _two_sessions(story)
    answer = client.get(
        "/v1/indicators?group_by=theme&from=2026-04-01&to=2026-05-01"
        "&compare_from=2026-03-01&compare_to=2026-04-01",
        headers=bearer("adviser"),
    ).json
    assert answer["total"]["compared"]["registrations"] == {
        "value": 1,
        "difference": 1,
        "ratio": 2,
    }
    assert answer["total"]["compared"]["no_show_rate"] == {
        "value": 0,
        "difference": 0,
        "ratio": None,
    }
    by_theme = {one["group"]: one["compared"]["people"] for one in answer["items"]}
    assert by_theme == {
        "repair": {"value": 1, "difference": -1, "ratio": 0},
        None: {"value": 0, "difference": 2, "ratio": None},
    }
    assert [one["registrations"] for one in answer["items"]] == [0, 2]
