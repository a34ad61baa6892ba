"""What people and spreadsheets write: hours, days, dates, columns."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.registrations.importing.report import BadRow
from services.registrations.importing.row_times import Dated, Weekly, times_of
from services.registrations.importing.synonyms import clean, heading_of, known_columns, understood
from services.registrations.importing.when import (
    read_hour,
    read_hours,
    read_stamp,
    read_weekday,
)
from services.registrations.importing.whereabouts import code_of

PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("18:45", 1125),
        ("18:45:00", 1125),
        ("18h45", 1125),
        ("18 h 45", 1125),
        ("18H", 1080),
        ("9 heures", 540),
        ("18.45", 1125),
        ("1845", 1125),
        ("1845.0", 1125),
        ("930.0", 570),
        ("9", 540),
        ("0,604166667", 870),
        ("0.25000", 360),
        ("0.25", 25),
        ("00:00", 0),
        ("24:00", 1440),
        ("24:01", None),
        ("12:60", None),
        ("noon", None),
        ("", None),
        ("٩", None),
        ("-1", None),
    ],
)
def test_hours(text, minutes):
    assert read_hour(text) == minutes


@pytest.mark.parametrize(
    "text", ["14h-16h30", "14:00 – 16:30", "de 14 h à 16 h 30", "14:00 to 16:30", "1400 > 1630"]
)
def test_two_hours_in_one_text(text):
    assert read_hours(text) == (840, 990)


@pytest.mark.parametrize("text", ["14h", "", "14h-", "14h-16h-18h", "à à"])
def test_what_is_not_two_hours(text):
    assert read_hours(text) is None


@pytest.mark.parametrize(
    ("text", "weekday"),
    [
        ("Lundi", 0),
        ("MARDI", 1),
        ("mer.", 2),
        ("Thursday", 3),
        ("ven", 4),
        ("1.0", 0),
        ("7", 6),
        ("8", None),
        ("0", None),
        ("m", None),
        ("lundredi", None),
        ("", None),
    ],
)
def test_weekdays(text, weekday):
    assert read_weekday(text) == weekday


@pytest.mark.parametrize(
    ("text", "day", "minutes"),
    [
        ("2026-12-01", date(2026, 12, 1), None),
        ("2026-12-01 14:30", date(2026, 12, 1), 870),
        ("2026-12-01T14:30:00Z", date(2026, 12, 1), 870),
        ("01/12/2026", date(2026, 12, 1), None),
        ("1.12.2026 14h30", date(2026, 12, 1), 870),
        ("mar. 01/12/2026 à 14 h 30", date(2026, 12, 1), 870),
        ("mardi 1er décembre 2026", date(2026, 12, 1), None),
        ("1 December 2026, 14:30", date(2026, 12, 1), 870),
        ("le mardi, 1/12/26 14h30", date(2026, 12, 1), 870),
        ("Tuesday 2026-12-01", date(2026, 12, 1), None),
    ],
)
def test_dates(text, day, minutes):
    stamp = read_stamp(text)
    assert (stamp.day, stamp.minutes) == (day, minutes)


@pytest.mark.parametrize(
    "text",
    ["", "1845", "31/02/2026", "2026-13-01", "mardi", "1 juinvier 2026", "01/12/2026 noon", "1-2"],
)
def test_what_is_no_date(text):
    assert read_stamp(text) is None


@settings(deadline=None)
@given(st.text(max_size=60))
def test_no_text_breaks_the_reading(text):
    for read in (read_hour, read_hours, read_weekday, read_stamp, clean):
        read(text)


def test_a_written_zone_counts():
    stamp = read_stamp("2026-12-01T14:30:00+05:00")
    assert stamp.in_zone(PARIS) == datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
    assert read_stamp("2026-12-01T14:30").in_zone(PARIS).hour == 13


@pytest.mark.parametrize(
    ("row", "meaning", "heading"),
    [
        ({"Heure de début": "x"}, "starts", "Heure de début"),
        ({"schedule": {"startTime": "x"}}, "starts", "schedule.startTime"),
        ({"titre": "", "nom": "y"}, "title", "nom"),
        ({"nom": "", "titre": ""}, "title", "titre"),
        ({"titre": "x"}, "starts", None),
    ],
)
def test_a_column_is_called_what_the_file_calls_it(row, meaning, heading):
    assert heading_of(row, meaning) == heading


def test_columns_are_known_by_their_french_and_english_names():
    row = {
        "Intitulé de l'activité": "no",
        "TITRE ": "Chorale",
        "Heure de début": "9h",
        "schedule": {"endTime": "10:00", "other": {"day": "lundi"}},
        "organizer": {"name": "Someone"},
        "level": {"value": "tous", "original": "NULL"},
        "Salle": "\xa0NULL ",
        "Code postal": 34000,
    }
    assert understood(row) == {
        "title": "Chorale",
        "starts": "9h",
        "ends": "10:00",
        "day": "lundi",
        "level": "tous",
        "postcode": "34000",
    }
    assert known_columns(["Titre", "Jour", "Couleur"]) == 2


def test_the_most_telling_of_several_columns_counts():
    assert understood({"name": "b", "title": "a"})["title"] == "a"
    assert understood({"name": "b", "title": " "})["title"] == "b"


@pytest.mark.parametrize("text", ["a\x00", "\ud800"])
def test_what_cannot_be_stored_is_refused(text):
    with pytest.raises(BadRow, match="cannot be stored"):
        understood({"title": text})


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Léo-Lagrange", "leo-lagrange"),
        ("  L’Escoutaïre ", "l-escoutaire"),
        ("mpt_1", "mpt-1"),
    ],
)
def test_codes_are_made_from_names(name, code):
    assert code_of(name) == code


@settings(deadline=None)
@given(st.text(min_size=1, max_size=300).filter(lambda text: text.isprintable()))
def test_every_name_makes_a_code(name):
    code = code_of(name)
    assert 1 <= len(code) <= 80
    assert set(code) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert not code.startswith("-")
    assert not code.endswith("-")


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"day": "lundi", "starts": "9h", "ends": "10h"}, (0, 60, False)),
        ({"day": "lundi", "hours": "9h-10h"}, (0, 60, False)),
        ({"day": "lundi", "starts": "9h"}, (0, 90, True)),
        ({"day": "lundi", "starts": "9h", "minutes": "45.0"}, (0, 45, False)),
        ({"day": "lundi", "starts": "9h", "minutes": "1h30"}, (0, 90, False)),
        ({"day": "lundi", "starts": "23h", "ends": "00:00"}, (0, 60, False)),
    ],
)
def test_weekly_rows(row, expected):
    found = times_of(row, PARIS, 90)
    assert isinstance(found, Weekly)
    assert (found.weekday, found.minutes, found.end_assumed) == expected


def test_weekly_rows_may_have_a_first_and_a_last_day():
    row = {"day": "mardi", "hours": "9h-10h", "date": "2026-10-01", "end_date": "2026-12-31"}
    found = times_of(row, PARIS, 90)
    assert isinstance(found, Weekly)
    assert (found.first, found.last) == (date(2026, 10, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    ("row", "minutes"),
    [
        ({"date": "2026-12-01", "starts": "9h", "ends": "10h"}, 60),
        ({"date": "2026-12-01 09:00"}, 90),
        ({"date": "2026-12-01T09:00Z", "end_date": "2026-12-01T09:00Z"}, 90),
        ({"starts": "2026-12-01 09:00", "ends": "2026-12-01 11:00"}, 120),
        ({"day": "mardi", "date": "2026-12-01", "hours": "9h-10h"}, 60),
        ({"date": "2026-12-01", "starts": "23h", "ends": "0:00"}, 60),
        ({"date": "2026-12-01", "starts": "23h", "end_date": "2026-12-02", "ends": "1h"}, 120),
        ({"date": "2026-12-01T08:00Z", "end_date": "2026-12-01T09:00Z"}, 60),
        ({"day": "2026-12-01", "starts": "9h", "ends": "10h"}, 60),
        ({"day": "mardi 1er décembre 2026", "hours": "9h-10h"}, 60),
        ({"day": "mar. 01/12/2026 de 9h à 10h"}, 60),
        ({"day": "46357", "starts": "9h", "minutes": "60"}, 60),
        ({"day": "01/12/2026 9h", "date": "2026-12-01", "starts": "9h"}, 90),
    ],
)
def test_dated_rows(row, minutes):
    found = times_of(row, PARIS, 90)
    assert isinstance(found, Dated)
    assert found.minutes == minutes


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({}, "day"),
        ({"day": "lundi"}, "starts"),
        ({"day": "lundi", "starts": "10h", "ends": "9h"}, "ends"),
        ({"day": "lundi", "hours": "matin"}, "hours"),
        ({"day": "lundi", "starts": "9h", "minutes": "0"}, "minutes"),
        ({"date": "2026-12-01"}, "starts"),
        ({"date": "2026-12-01", "starts": "10h", "ends": "9h"}, "ends"),
        ({"date": "soon", "starts": "10h"}, "date"),
        ({"date": "1999-12-31", "starts": "10h"}, "date"),
        ({"starts": "9999-12-31 23:00"}, "starts"),
        ({"day": "1999-12-31", "starts": "10h"}, "day"),
        ({"day": "2026-12-01"}, "starts"),
        # The first of December 2026 is a Tuesday.
        ({"day": "jeudi 01/12/2026", "starts": "10h"}, "day"),
        ({"day": "jeudi 01/12/2026 de 10h à 11h"}, "day"),
        ({"date": "jeudi 01/12/2026", "starts": "10h"}, "date"),
        ({"day": "mardi", "date": "2026-12-01", "end_date": "mardi 31/12/2026"}, "end_date"),
    ],
)
def test_rows_without_a_time_say_which_field_is_wrong(row, field):
    with pytest.raises(BadRow) as refused:
        times_of(row, PARIS, 90)
    assert refused.value.field == field
