"""The bilan of a year against SQL over what was told, which knows nothing of projections."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, text

from benchmarks._year import Told, Year
from services.reporting.operations import jobs
from services.reporting.reports.write import write_report
from shared.events.catalogue import CATALOGUE
from shared.events.envelope import cloudevent
from tests.service.reporting.conftest import Story

_REGISTRATIONS = 1_500
_AT_ONCE = 500
_NOTED = "CREATE TEMPORARY TABLE told (position int PRIMARY KEY, type text, data jsonb)"

# The last word on each registration, session and mark, and the rest as it was told.
_LAST = """
WITH session AS (
    SELECT data, data ->> 'session_id' AS id, data ->> 'programme' AS programme,
        EXISTS (SELECT FROM told AS gone WHERE gone.type = 'session.cancelled'
                AND gone.data ->> 'session_id' = told.data ->> 'session_id') AS cancelled
    FROM told WHERE type = 'session.published'),
registration AS (
    SELECT DISTINCT ON (data ->> 'registration_id') split_part(type, '.', 2) AS status,
        data ->> 'registration_id' AS id, data ->> 'session_id' AS session_id,
        data ->> 'participant_id' AS person
    FROM told WHERE type LIKE 'registration.%' ORDER BY data ->> 'registration_id', position DESC),
mark AS (
    SELECT DISTINCT ON (data ->> 'registration_id', data ->> 'meeting_id') data ->> 'status' AS status,
        data ->> 'registration_id' AS registration_id, data ->> 'participant_id' AS person,
        (data ->> 'minutes')::int AS minutes, data ->> 'session_id' AS session_id
    FROM told WHERE type = 'attendance.recorded'
    ORDER BY data ->> 'registration_id', data ->> 'meeting_id', position DESC)
"""
_SESSIONS = """
SELECT programme, count(*) FILTER (WHERE NOT cancelled) AS sessions,
    count(*) FILTER (WHERE cancelled) AS sessions_cancelled,
    coalesce(sum((data ->> 'capacity')::int) FILTER (WHERE NOT cancelled), 0) AS seats,
    coalesce(sum(jsonb_array_length(data -> 'meetings')) FILTER (WHERE NOT cancelled), 0) AS meetings,
    coalesce(sum(2 * jsonb_array_length(data -> 'meetings')) FILTER (WHERE NOT cancelled), 0) AS hours
FROM session GROUP BY programme
"""
_REGISTERED = """
SELECT programme, count(*) AS registrations, count(DISTINCT person) AS people,
    count(*) FILTER (WHERE status = 'confirmed') AS confirmed,
    count(*) FILTER (WHERE status = 'waitlisted') AS waitlisted,
    count(*) FILTER (WHERE status = 'cancelled') AS cancelled,
    count(*) FILTER (WHERE status = 'waitlisted' AND NOT session.cancelled) AS refused
FROM registration JOIN session ON session.id = registration.session_id GROUP BY programme
"""
_MARKED = """
SELECT programme, count(DISTINCT registration_id) FILTER (WHERE status = 'present') AS attended,
    count(DISTINCT person) FILTER (WHERE status = 'present') AS people_attended,
    coalesce(sum(minutes) FILTER (WHERE status = 'present') / 60.0, 0) AS attended_hours,
    round(count(*) FILTER (WHERE status = 'absent')::numeric / count(*), 4) AS no_show_rate
FROM mark JOIN session ON session.id = mark.session_id GROUP BY programme
"""
_RATED = """
SELECT programme, count(*) AS feedback_count, round(avg((told.data ->> 'rating')::int), 4) AS satisfaction
FROM told JOIN session ON session.id = told.data ->> 'session_id'
WHERE type = 'feedback.submitted' GROUP BY programme
"""
_ENDED = """
SELECT programme, count(*) AS outcomes,
    count(*) FILTER (WHERE told.data ->> 'outcome' <> 'none-yet') AS outcomes_reached
FROM told JOIN session ON session.id = told.data ->> 'session_id'
WHERE type = 'outcome.recorded' GROUP BY programme
"""
_REFERRED = """
SELECT data ->> 'programme' AS programme, count(*) AS referrals,
    count(*) FILTER (WHERE data ->> 'decision' = 'granted') AS referrals_granted,
    sum((data ->> 'amount_asked_cents')::int) / 100.0 AS amount_asked,
    sum(coalesce((data ->> 'amount_granted_cents')::int, 0)) / 100.0 AS amount_granted
FROM told WHERE type = 'referral.closed' GROUP BY data ->> 'programme'
"""
_RATINGS = """
SELECT (data ->> 'rating')::int AS rating, count(*) AS ratings FROM told
WHERE type = 'feedback.submitted' GROUP BY 1
"""
# On the clocks of Paris; the first meeting is told first.
_WHEN = """
SELECT extract(isodow FROM begins)::text AS weekday, to_char(begins, 'HH24') AS hour,
    count(*) FILTER (WHERE status = 'waitlisted' AND NOT cancelled) AS refused
FROM registration JOIN (
    SELECT *, (data #>> '{meetings,0,starts_at}')::timestamptz AT TIME ZONE 'Europe/Paris' AS begins
    FROM session) AS session ON session.id = registration.session_id
GROUP BY 1, 2
"""
_QUESTIONS = (_SESSIONS, _REGISTERED, _MARKED, _RATED, _ENDED, _REFERRED)


@pytest.fixture
def told() -> list[Told]:
    return list(Year(_REGISTRATIONS, seed=7).tell())


def test_what_is_made_up_is_what_registrations_could_have_told(told: list[Told]) -> None:
    for one in told:
        schema = CATALOGUE[one.type, 1].instance()
        assert schema.dump(schema.load(one.data)) == {
            **schema.dump(schema.load(one.data)),
            **one.data,
        }
    assert [(one.type, one.data) for one in Year(_REGISTRATIONS, seed=7).tell()] == [
        (one.type, one.data) for one in told
    ]
    assert {one.type for one in told} >= {
        "registration.waitlisted",
        "session.cancelled",
        "outcome.recorded",
        "referral.closed",
    }


def test_the_bilan_says_what_plain_sql_over_the_log_says(story: Story, told: list[Told]) -> None:
    _tell(story, told)
    bilan = _bilan(story)
    rows = {row["programme"]: row for row in bilan["tables"]["by_programme"]}
    expected = _asked_of_the_log(story, told)
    assert len(rows) == 5
    compared = 0
    for programme, figures in expected.items():
        for name, value in figures.items():
            found = rows[programme][name]
            assert found == pytest.approx(value), (programme, name)
            compared += bool(value)
    assert compared > 60
    for name in (
        "registrations",
        "confirmed",
        "refused",
        "sessions",
        "seats",
        "attended",
        "outcomes",
    ):
        assert bilan["total"][name] == sum(one.get(name, 0) for one in expected.values())
    assert bilan["total"]["people"] == len(
        {one.data["participant_id"] for one in told if one.type.startswith("registration.")}
    )


def test_charts_and_the_sheet_for_the_second_round_say_what_plain_sql_says(
    story: Story, told: list[Told]
) -> None:
    _tell(story, told)
    tables = _bilan(story)["tables"]
    with story.database.engine.connect() as connection:
        _note(connection, told)
        ratings = {row.rating: row.ratings for row in connection.execute(text(_RATINGS))}
        when = {
            (day, hour): refused for day, hour, refused in connection.execute(text(_LAST + _WHEN))
        }
        connection.rollback()
    assert {row["rating"]: row["ratings"] for row in tables["ratings"] if row["ratings"]} == ratings
    times = tables["by_weekday_and_hour"]
    assert {
        (row["weekday"], row["hour"]): row["refused"] for row in times if row["registrations"]
    } == when
    [lacking] = tables["lacking"]
    assert lacking["refused"] == sum(when.values()) > 0
    # As many sessions as would seat them, of as many seats as those held have on average.
    bilan = tables["by_programme"]
    seats, sessions = (sum(row[name] for row in bilan) for name in ("seats", "sessions"))
    assert lacking["lacking_sessions"] * seats / sessions >= lacking["refused"]
    assert (lacking["lacking_sessions"] - 1) * seats / sessions < lacking["refused"]


def _tell(story: Story, told: list[Told]) -> None:
    events = [
        cloudevent(
            id=one.subject,
            type=one.type,
            version=1,
            source="registrations",
            subject=str(one.subject),
            time=one.at,
            position=position,
            traceparent=None,
            data=one.data,
        )
        for position, one in enumerate(told, start=1)
    ]
    for start in range(0, len(events), _AT_ONCE):
        story.receiver.receive("registrations", start, events[start : start + _AT_ONCE])
    assert not story.parked()


def _bilan(story: Story) -> Any:
    with story.database.transaction() as session:
        job_id = jobs.queue_job(session, report="bilan", parameters={}, formats=["json"])
    assert job_id is not None
    write_report(story.database, job_id)
    with story.database.transaction() as session:
        document = json.loads(jobs.find_file(session, job_id, "bilan.json").content)
    assert datetime.fromisoformat(document["generated_at"]) <= datetime.now(UTC)
    return document


def _asked_of_the_log(story: Story, told: list[Told]) -> dict[str, dict[str, Any]]:
    """The figures of each programme."""
    found: dict[str, dict[str, Any]] = {}
    with story.database.engine.connect() as connection:
        _note(connection, told)
        for question in _QUESTIONS:
            for row in connection.execute(text(_LAST + question)).mappings():
                figures = {name: value for name, value in row.items() if name != "programme"}
                found.setdefault(row["programme"], {}).update(
                    {name: float(value) for name, value in figures.items()}
                )
        connection.rollback()
    return found


def _note(connection: Connection, told: list[Told]) -> None:
    """What was told, in a table that goes with the transaction's end."""
    connection.execute(text(_NOTED))
    connection.execute(
        text("INSERT INTO told VALUES (:position, :type, :data)"),
        [
            {"position": position, "type": one.type, "data": json.dumps(one.data)}
            for position, one in enumerate(told)
        ],
    )
