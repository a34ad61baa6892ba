"""Real attendance, loaded as whoever opens a place would, comes out of reporting with the totals it went in with."""

import csv
import io
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from services.reporting.domain import Scope
from services.reporting.operations.figures import compute_figures
from tests import realdata
from tests.service.people.conftest import Services

pytestmark = pytest.mark.realdata

TIMBERLAND = "attendance/timberland/Raw_2021Programs.csv"
CARPENTRIES = "attendance/carpentries/all_workshops.csv"
DAYS = "attendance/carpentries/attendance_registered_vs_days.csv"


def read(name: str) -> list[dict[str, Any]]:
    text = realdata.path(name).read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def load(services: Services, name: str) -> dict[str, Any]:
    answer = services.call(
        "POST /v1/attendance-imports?place=arceaux",
        role="manager",
        data=realdata.path(name).read_bytes(),
    )
    assert answer.status_code == 200, answer.json
    services.spread()
    report: dict[str, Any] = answer.json
    return report


def figures(services: Services, by: str) -> dict[str | None, dict[str, Any]]:
    with services.databases["reporting"].transaction() as session:
        found = compute_figures(session, Scope(), [by], as_of=datetime.now(UTC))
    return {group: dict(row) for group, row in found.groups[by].items()}


def test_a_year_of_libraries_by_place_theme_and_month(services: Services) -> None:
    rows = read(TIMBERLAND)
    load(services, TIMBERLAND)

    def came(column: str) -> Counter[str]:
        total: Counter[str] = Counter()
        for row in rows:
            total[row[column].strip()] += int(row["Attendance"] or 0)
        return total

    by_theme = {group: row["attended"] for group, row in figures(services, "theme").items()}
    assert {theme: n for theme, n in by_theme.items() if n} == {
        theme: n for theme, n in came("Category").items() if n
    }
    by_month = {group: row["attended"] for group, row in figures(services, "month").items()}
    for month, number in came("Event Month").items():
        assert by_month[f"2021-{int(month):02}"] == number
    by_place = figures(services, "place")
    assert sorted(row["attended"] for row in by_place.values() if row["attended"]) == sorted(
        n for n in came("Library").values() if n
    )
    assert sum(row["meetings"] for row in by_place.values()) == sum(
        int(row["Events"]) for row in rows
    )


def test_years_of_workshops_by_organisation(services: Services) -> None:
    rows = read(CARPENTRIES)
    load(services, CARPENTRIES)
    by_host: Counter[str] = Counter()
    for row in rows:
        by_host[row["host_name"].strip().casefold()] += int(row["attendance"] or 0)
    found = figures(services, "organisation")
    assert sum(row["attended"] for row in found.values()) == by_host.total()
    assert sorted(row["attended"] for row in found.values())[-20:] == sorted(by_host.values())[-20:]


def test_the_days_of_courses(services: Services) -> None:
    rows = read(DAYS)
    report = load(services, DAYS)
    days = [f"Day{number}" for number in range(1, 6)]
    dated = [row for row in rows if row["Slug"].startswith("20")]
    came = [int(row[day]) for row in dated for day in days if (row[day] or "").strip()]
    uncounted = sum(not any((row[day] or "").strip() for day in days) for row in dated)
    [found] = figures(services, "place").values()
    assert found["attended"] == sum(came)
    assert found["meetings"] == len(came) + uncounted
    refused = [one for one in report["errors"] if one["severity"] == "error"]
    assert len(refused) == len(rows) - len(dated)
