"""CSV with the habits of spreadsheets: any delimiter, any encoding, a title above the header, dates as they come."""

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from services.registrations.importing.formats import detect
from services.registrations.importing.tables import _MOST_LOOKED_AT
from services.registrations.importing.unreadable import Unreadable
from tests.unit.registrations.importing.test_files_told_apart import planned

HEADER = ["Titre", "Date", "Heure de début", "Heure de fin", "Jauge", "Description"]
# What Windows-1252 can hold, line breaks and delimiters among it.
WORDS = st.text(
    st.sampled_from("abcéèàçœ€’«»–Ÿ ÉÀ;,\t\"\n'0123456789"), min_size=1, max_size=30
).filter(lambda text: text.strip() and text.strip().casefold() not in ("null", "n/a", "nan"))
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252")


def written(rows, *, delimiter=";", encoding="utf-8", line_end="\r\n"):
    out = io.StringIO(newline="")
    # Where lines end in a lone return, Python's writer leaves a line feed in a cell unquoted.
    quoting = csv.QUOTE_ALL if line_end == "\r" else csv.QUOTE_MINIMAL
    csv.writer(out, delimiter=delimiter, lineterminator=line_end, quoting=quoting).writerows(rows)
    return out.getvalue().encode(encoding)


@settings(deadline=None)
@given(
    st.lists(WORDS, min_size=1, max_size=4),
    st.sampled_from(";,\t"),
    st.sampled_from(ENCODINGS),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_a_table_is_read_whatever_wrote_it(titles, delimiter, encoding, line_end):
    rows = [
        [title, "12/03/2027", "14h30", "16h", "12", "é" * number]
        for number, title in enumerate(titles)
    ]
    source = detect(
        written([HEADER, *rows], delimiter=delimiter, encoding=encoding, line_end=line_end)
    )
    assert source.format == "csv"
    assert [row.value["Titre"] for row in source.rows] == titles
    assert [len(row.value["Description"]) for row in source.rows] == list(range(len(titles)))


def _is_utf8(content):
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


@settings(deadline=None)
@example("çœœ")
@given(st.text("abcdefghijklmnopqrstuvwxyzéèàçêœ ;", min_size=1, max_size=60))
def test_french_text_is_told_from_its_bytes(text):
    # The same bytes can be both, as « çœœ » is: nobody could tell, and hardly anybody writes it.
    assume(text.isascii() or not _is_utf8(f"x{text}x".encode("cp1252")))
    for encoding in ENCODINGS:
        (row,) = detect(written([["titre"], [f"x{text}x"]], encoding=encoding)).rows
        assert row.value["titre"] == f"x{text}x", encoding


@pytest.mark.parametrize(
    ("day", "start", "end"),
    [
        ("12/03/2027", "14h30", "16h"),
        ("12/03/27", "14:30", "16:00"),
        ("12 mars 2027", "14 h 30", "16 h"),
        ("vendredi 12 mars 2027", "1430", "1600"),
        ("12-mars-27", "14.30", "16.00"),
        ("2027-03-12", "14:30:00", "16:00:00"),
        ("46458", "0,604166667", "0,666666667"),
        ("46458,604166667", "", "46458,666666667"),
        ("46458.0", "0.604166667", "0.666666667"),
        ("2027-03-12T14:30:00+01:00", "", "2027-03-12 16:00"),
    ],
)
def test_a_date_is_the_same_however_it_is_written(day, start, end):
    drafting = planned(written([HEADER[:5], ["Tricot", day, start, end, "12,0"]]))
    assert drafting.report.findings == []
    (session,) = drafting.plan.sessions.values()
    (meeting,) = session.meetings
    assert meeting.starts_at == datetime(2027, 3, 12, 13, 30, tzinfo=UTC)
    assert meeting.ends_at == datetime(2027, 3, 12, 15, 0, tzinfo=UTC)
    assert session.capacity == 12


def test_titles_above_the_header_are_passed_over_and_lines_stay_those_of_an_editor():
    rows = [["Programme des ateliers", ""], [], ["Printemps 2027"], HEADER, ["Tricot", "jamais"]]
    drafting = planned(written(rows))
    assert [(one.line, one.field) for one in drafting.report.findings] == [(5, "date")]


@pytest.mark.parametrize("line", [b";;;\n", b"\n", b"titre\n", b" \n"])
def test_endless_lines_are_refused(line):
    content = b"titre;date\n" + line * (_MOST_LOOKED_AT + 1)
    with pytest.raises(Unreadable) as refused:
        detect(content)
    assert "rows" in refused.value.text.en


def test_a_cell_beyond_all_measure_is_refused():
    with pytest.raises(Unreadable) as refused:
        detect(b'titre\n"' + b"x" * 200_000 + b'"\n')
    assert "CSV" in refused.value.text.en


def read(heading, *cells):
    """What the one row of a table says, with what is wrong with it: its session, None if there is none."""
    drafting = planned(written([heading, cells], encoding="cp1252"))
    sessions = [*drafting.plan.sessions.values()]
    return (sessions[0] if sessions else None), drafting.report.in_order()


@pytest.mark.parametrize(
    "headings",
    [
        ("Titre de l’atelier", "Date de l'atelier", "Heure début", "Heure fin", "Nombre de places max"),
        ("Intitulé", "Date", "Heure de début", "Heure de fin", "Places disponibles"),
        ("ATELIER", "Date de la séance", "Début", "Fin", "Nb de places"),
        ("Nom de l’activité", "date_debut", "heure debut", "heure fin", "Capacité (max.)"),
        ("Intitulé du cours", "DATE", "Heure de  début", "Heure de  fin", "Nombre max. de participants"),
    ],
    ids=lambda headings: headings[0],
)  # fmt: skip
def test_columns_are_known_by_the_names_that_a_desk_gives_them(headings):
    session, findings = read(headings, "Tricot", "12/10/2026", "14h30", "16h30", "9 places")
    assert findings == []
    assert session.capacity == 9
    assert (session.meetings[0].starts_at, session.meetings[0].ends_at) == AFTERNOON


@pytest.mark.parametrize(
    ("heading", "length", "minutes"),
    [
        ("Durée (h)", "2,5", 150),
        ("Durée", "1,5 h", 90),
        ("Durée", "2", 120),
        ("Durée", "2.0", 120),
        ("Durée en heures", "0,5", 30),
        ("Durée de l’atelier", "1h30", 90),
        ("Durée", "1 h 30 min", 90),
        ("Durée", "90", 90),
        ("Durée", "90,0", 90),
        ("Durée", "90 min", 90),
        ("Durée (minutes)", "90", 90),
        ("Durée en minutes", "10", 10),
        ("Durée", "0,0625", 90),
        ("Durée", "01:30:00", 90),
        ("Durée", "14", None),
        ("Durée", "une matinée", None),
        ("Durée", "99 h", None),
    ],
)
def test_a_length_is_read_as_people_and_spreadsheets_write_it(heading, length, minutes):
    session, findings = read(["Titre", "Date", heading], "Tricot", "12/10/2026 14h30", length)
    if minutes is None:
        assert [(one.field, one.column) for one in findings] == [("length", heading)]
        assert length in findings[0].text.fr
    else:
        assert findings == []
        [meeting] = session.meetings
        assert (meeting.ends_at - meeting.starts_at).total_seconds() == minutes * 60


AFTERNOON = (datetime(2026, 10, 12, 12, 30, tzinfo=UTC), datetime(2026, 10, 12, 14, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    ("headings", "cells"),
    [
        (["Date"], ["12/10/2026 14h30-16h30"]),
        (["Date et heure"], ["lundi 12 octobre 2026 de 14h30 à 16h30"]),
        (["Date et horaires"], ["12/10/26, 14:30 – 16:30"]),
        (["Date", "Heure"], ["12/10/2026", "14h30-16h30"]),
        (["Date", "Horaire"], ["12/10/2026", "de 14 h 30 à 16 h 30"]),
    ],
    ids=str,
)
def test_a_day_and_hours_in_one_cell_are_told_apart(headings, cells):
    session, findings = read(["Titre", *headings], "Tricot", *cells)
    assert findings == []
    assert (session.meetings[0].starts_at, session.meetings[0].ends_at) == AFTERNOON


@pytest.mark.parametrize(
    ("heading", "said"),
    [("Date", "tous les mardis"), ("Jour", "le mardi"), ("Jour", "Mardis"), ("Dates", "chaque mardi")],
)  # fmt: skip
def test_a_day_of_the_week_is_known_wherever_it_stands(heading, said):
    session, findings = read(["Titre", heading, "Horaires"], "Tricot", said, "14h30-16h30")
    assert findings == []
    assert {meeting.starts_at.weekday() for meeting in session.meetings} == {1}
    assert len(session.meetings) > 5


def test_rows_that_only_their_end_tells_apart_are_both_loaded_and_keep_to_their_order():
    rows = [
        HEADER[:4],
        ["Piano", "12/10/2026", "14h", "15h"],
        ["Piano", "12/10/2026", "14h", "16h"],
        ["Piano", "12/10/2026", "14h", "17h"],
    ]
    drafting = planned(written(rows))
    assert [(one.line, one.severity) for one in drafting.report.findings] == [
        (3, "warning"),
        (4, "warning"),
    ]
    refs = [*drafting.plan.sessions]
    assert len(refs) == 3
    rows[2][3] = "18h"
    again = planned(written(rows)).plan.sessions
    assert [*again] == refs
    assert again[refs[1]].meetings[0].ends_at.hour == 16


def test_where_no_column_gives_a_title_those_of_the_likeliest_header_are_named():
    rows = [["Programme du printemps", ""], ["Quoi", "Date", "Heure"], ["Tricot", "demain", "14h"]]
    with pytest.raises(Unreadable) as refused:
        detect(written(rows))
    assert "Quoi, Date, Heure" in refused.value.text.fr
