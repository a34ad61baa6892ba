"""JSON and CSV files."""

import csv
import io
import json
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from services.reporting.reports.content import Content, Sheet
from services.reporting.reports.formats import Provenance, as_csv, as_json

ID = UUID("0190b7a0-0000-7000-8000-000000000001")
MOMENT = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
PROVENANCE = Provenance("bilan", {"from": "2026-01-01"}, MOMENT, 7, {"registrations": 42})
CONTENT = Content(
    about={"session_id": ID, "first_day": date(2026, 3, 4)},
    total={"registrations": 3, "fill_rate": None},
    sheets=(
        Sheet(
            "by_activity",
            ("title", "registrations"),
            [
                {"title": 'Café, "thé"\net gâteaux', "registrations": 2},
                {"title": "=HYPERLINK(1)", "registrations": -1},
                {"title": None, "registrations": 0},
            ],
        ),
    ),
)


def test_csv_has_a_file_per_table_that_reads_back() -> None:
    files = {file.name: file for file in as_csv(CONTENT, PROVENANCE)}
    assert list(files) == ["bilan-total.csv", "bilan-by-activity.csv"]
    text = files["bilan-by-activity.csv"].content.decode()
    assert text.startswith("\ufefftitle,registrations\r\n")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    assert rows == [
        ["title", "registrations"],
        ['Café, "thé"\net gâteaux', "2"],
        ["'=HYPERLINK(1)", "-1"],
        ["", "0"],
    ]
    assert files["bilan-total.csv"].content.decode() == "\ufeffregistrations,fill_rate\r\n3,\r\n"


def test_json_holds_the_tables_and_where_the_figures_come_from() -> None:
    (file,) = as_json(CONTENT, PROVENANCE)
    assert file.name == "bilan.json"
    document = json.loads(file.content)
    assert document["definitions_version"] == 7
    assert document["positions"] == {"registrations": 42}
    assert document["generated_at"] == "2026-03-04T09:30:00+00:00"
    assert document["parameters"] == {"from": "2026-01-01"}
    assert document["about"] == {"session_id": str(ID), "first_day": "2026-03-04"}
    assert document["total"] == {"registrations": 3, "fill_rate": None}
    assert document["tables"]["by_activity"][1] == {"title": "=HYPERLINK(1)", "registrations": -1}


def test_a_value_that_has_no_place_in_a_report_is_a_mistake() -> None:
    with pytest.raises(TypeError, match="object has no place"):
        as_json(Content(total={"x": object()}), PROVENANCE)  # type: ignore[dict-item]
