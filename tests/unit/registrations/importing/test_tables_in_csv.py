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
