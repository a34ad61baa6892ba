"""Workbooks of both kinds: the values that a person sees, the rows where they stand, and nothing hostile."""

import io
import zipfile
from datetime import date, datetime, time, timedelta

import openpyxl
import pytest
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st

from services.registrations.importing.formats import ActivityRows, detect
from services.registrations.importing.unreadable import Unreadable
from tests import realdata
from tests.unit.registrations.importing.test_files_told_apart import planned, survives

HEADER = ("Titre", "Date", "Début", "Fin", "Jauge")
ALMOST_TWO = datetime(2026, 12, 1, 13, 59, 59, 999000)  # noqa: DTZ001 - a sheet knows no zone
ROW = ("Couture", date(2026, 12, 1), time(14, 30), time(16, 0), 8)


def xlsx(*rows, sheets=(), book=None):
    """A workbook with ``rows`` on its first sheet, and ``sheets`` of (name, rows) behind it."""
    book = book or openpyxl.Workbook()
    book.active.title = "Ateliers"
    for row in rows:
        book.active.append(row)
    for name, more in sheets:
        sheet = book.create_sheet(name)
        for row in more:
            sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def xls(*rows):
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("Ateliers")
    styles = {
        datetime: xlwt.easyxf(num_format_str="DD/MM/YYYY HH:MM"),
        date: xlwt.easyxf(num_format_str="DD/MM/YYYY"),
        time: xlwt.easyxf(num_format_str="HH:MM"),
    }
    for y, row in enumerate(rows):
        for x, value in enumerate(row):
            sheet.write(y, x, value, styles.get(type(value), xlwt.XFStyle()))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def found(content):
    source = detect(content)
    assert isinstance(source, ActivityRows)
    return source


@pytest.mark.parametrize(("write", "name"), [(xlsx, "xlsx"), (xls, "xls")])
def test_a_cell_is_what_a_person_sees_in_it(write, name):
    moment = datetime(2026, 12, 1, 14, 0)  # noqa: DTZ001 - a sheet knows no zone
    source = found(write(HEADER, ROW, ("Tricot", moment, "16h", 1845.0, "12")))
    assert source.format == name
    assert [row.value for row in source.rows] == [
        dict(zip(HEADER, ("Couture", "2026-12-01", "14:30", "16:00", "8"), strict=True)),
        dict(zip(HEADER, ("Tricot", "2026-12-01T14:00:00", "16h", "1845", "12"), strict=True)),
    ]
    assert [(row.line, row.line.sheet) for row in source.rows] == [(2, "Ateliers"), (3, "Ateliers")]


@pytest.mark.parametrize("write", [xlsx, xls])
@pytest.mark.parametrize("heading", ["Date", "Jour", "Day"])
def test_a_workbook_is_planned_as_the_same_table_in_csv(write, heading):
    table = "Titre;Date;Début;Fin;Jauge\nCouture;01/12/2026;14h30;16h00;8\n"
    header = [heading if name == "Date" else name for name in HEADER]
    ours, theirs = planned(write(header, ROW)), planned(table.encode())
    (one,), (other,) = ours.plan.sessions.values(), theirs.plan.sessions.values()
    assert (one.meetings, one.capacity, one.digest) == (
        other.meetings,
        other.capacity,
        other.digest,
    )
    assert [activity.title for activity in ours.plan.activities.values()] == ["Couture"]


def test_values_are_read_and_formulas_are_not():
    book = openpyxl.Workbook()
    content = xlsx(HEADER, ("=1+1", "=TODAY()", "#REF!", None, True), book=book)
    (row,) = found(xlsx(HEADER, ROW, ("=1+1", *ROW[1:]))).rows[1:]
    # What was never calculated has no value.
    assert row.value["Titre"] == ""
    assert found(content).rows == []


def test_rows_of_several_sheets_are_told_by_sheet_and_row():
    content = xlsx(
        HEADER,
        ("Couture", "trente", time(14), None, None),
        sheets=[
            ("Mode d’emploi", [("Bonjour",), ("Lisez ceci",)]),
            ("Été", [("Nos ateliers d’été",), (), HEADER, ROW, ("", "01/12/2026")]),
            ("Vide", []),
        ],
    )
    drafting = planned(content)
    findings = [(one.sheet, one.line, one.field, one.column) for one in drafting.report.in_order()]
    assert findings == [("Ateliers", 2, "date", "Date"), ("Été", 5, "title", "Titre")]
    assert found(content).left_out == ["Mode d’emploi"]
    assert len(drafting.plan.sessions) == 1


def test_a_hidden_sheet_is_not_read():
    book = openpyxl.Workbook()
    hidden = book.create_sheet("Brouillon")
    hidden.sheet_state = "hidden"
    hidden.append(HEADER)
    hidden.append(("Secret", *ROW[1:]))
    assert [row.value["Titre"] for row in found(xlsx(HEADER, ROW, book=book)).rows] == ["Couture"]


EXCEL = {
    "[Content_Types].xml": """<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="xml" ContentType="application/xml"/>
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Override PartName="/xl/workbook.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>
<Override PartName="/xl/worksheets/sheet1.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>
<Override PartName="/xl/styles.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>
<Override PartName="/xl/sharedStrings.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>""",
    "_rels/.rels": """<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Target="xl/workbook.xml"
 Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/></Relationships>""",
    "xl/_rels/workbook.xml.rels": """<Relationships
 xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Target="worksheets/sheet1.xml"
 Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"/>
<Relationship Id="rId2" Target="styles.xml"
 Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles"/>
<Relationship Id="rId3" Target="sharedStrings.xml"
 Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"/></Relationships>""",
    "xl/workbook.xml": """<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"
 xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>
<sheet name="Feuil1" sheetId="1" r:id="rId1"/></sheets></workbook>""",
    "xl/styles.xml": """<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">
<fonts><font/></fonts><fills><fill><patternFill/></fill></fills><borders><border/></borders><cellStyleXfs><xf/></cellStyleXfs>
<cellXfs><xf/><xf numFmtId="14" applyNumberFormat="1"/><xf numFmtId="20" applyNumberFormat="1"/></cellXfs>
</styleSheet>""",
    "xl/sharedStrings.xml": """<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">
<si><t>Titre</t></si><si><t>Date</t></si><si><t>Début</t></si><si><t>Fin</t></si>
<si><r><t>Cou</t></r><r><rPr><b/></rPr><t>ture</t></r></si></sst>""",
    # The dimension is wrong, as some programmes write it; the formula has the value it had when it was saved.
    "xl/worksheets/sheet1.xml": """<worksheet
 xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1"/><sheetData>
<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c>
<c r="C1" t="s"><v>2</v></c><c r="D1" t="s"><v>3</v></c></row>
<row r="4"><c r="A4" t="s"><v>4</v></c><c r="B4" s="1"><v>46357</v></c>
<c r="C4" s="2"><v>0.58333333333333337</v></c><c r="D4"><f>C4+1/12</f><v>0.66666666666666663</v></c></row>
</sheetData></worksheet>""",
}


def test_a_workbook_is_read_as_excel_writes_it():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, part in EXCEL.items():
            archive.writestr(name, part)
    (row,) = found(out.getvalue()).rows
    assert (row.line, row.line.sheet) == (4, "Feuil1")
    assert row.value == {
        "Titre": "Couture",
        "Date": "2026-12-01",
        "Début": "14:00",
        "Fin": "0.666666667",
    }
    (session,) = planned(out.getvalue()).plan.sessions.values()
    (meeting,) = session.meetings
    assert meeting.ends_at - meeting.starts_at == timedelta(hours=2)


def test_a_row_that_stands_twice_is_told_with_the_sheet_of_the_first():
    drafting = planned(xlsx(HEADER, ROW, sheets=[("Copie", [HEADER, ROW])]))
    (finding,) = drafting.report.findings
    assert (finding.sheet, finding.line) == ("Copie", 2)
    assert finding.text.en == "Same as line 2 (Ateliers)."


def test_durations_and_the_last_minute_of_rounding():
    content = xlsx(
        ("Titre", "Date", "Durée"),
        ("Couture", ALMOST_TWO, timedelta(minutes=90)),
    )
    (session,) = planned(content).plan.sessions.values()
    (meeting,) = session.meetings
    assert meeting.ends_at - meeting.starts_at == timedelta(minutes=90)
    assert meeting.starts_at.minute == 0


# ── what is hostile, or broken ──────────────────────────────────────────────────────────────────


def refusal(content):
    with pytest.raises(Unreadable) as refused:
        detect(content)
    return refused.value.text.en


def repacked(content, **parts):
    """The workbook with some of its parts replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", 8) as new:
        for name in old.namelist():
            new.writestr(name, parts.get(name, old.read(name)))
    return out.getvalue()


def test_a_zip_bomb_is_refused_before_it_is_unpacked():
    content = repacked(xlsx(HEADER, ROW), **{"xl/worksheets/sheet1.xml": b" " * (80 << 20)})
    assert len(content) < 1_000_000
    assert "more than 64 MiB" in refusal(content)


def test_a_zip_that_lies_about_its_size_is_refused():
    with zipfile.ZipFile(io.BytesIO(xlsx(HEADER, ROW))) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    padded = sheet.ljust(80 << 20)
    content = repacked(xlsx(HEADER, ROW), **{"xl/worksheets/sheet1.xml": padded})
    told = content.replace(len(padded).to_bytes(4, "little"), len(sheet).to_bytes(4, "little"))
    assert told != content
    assert "broken" in refusal(told)


def test_entities_that_multiply_are_refused():
    lol = b"".join(
        b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10 if n else b"lol") for n in range(10)
    )
    sheet = (
        b'<?xml version="1.0"?><!DOCTYPE x [' + lol + b"]>"
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b'<sheetData><row r="1"><c r="A1" t="str"><v>&l9;</v></c></row></sheetData></worksheet>'
    )
    assert "broken" in refusal(repacked(xlsx(HEADER, ROW), **{"xl/worksheets/sheet1.xml": sheet}))


def test_a_million_empty_rows_are_refused_and_a_far_cell_costs_no_memory():
    book = openpyxl.Workbook()
    book.active["XFD1048576"] = "x"
    assert "empty ones counted" in refusal(xlsx(HEADER, ROW, book=book))


def test_too_many_rows_are_refused():
    assert "10000 can be loaded" in refusal(xlsx(HEADER, *[("Couture",)] * 10_001))


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (("word/document.xml",), "DOCX"),
        (("mimetype",), "OpenDocument"),
        (("xl/workbook.bin",), "XLSB"),
        (("readme.txt",), "no workbook"),
        (("xl/workbook.xml",), "broken"),
    ],
)
def test_another_zip_is_called_by_its_name(parts, said):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for part in parts:
            archive.writestr(part, "x")
    assert said in refusal(out.getvalue())


def test_a_workbook_without_titles_says_what_it_found():
    assert "Found: Prix, Vendu" in refusal(xlsx(("Prix", "Vendu"), (3, 4)))


@settings(deadline=None, max_examples=60)
@given(st.sampled_from([xlsx(HEADER, ROW), xls(HEADER, ROW)]), st.data())
def test_a_damaged_workbook_is_read_or_refused(content, data):
    damaged = bytearray(content)
    for _ in range(data.draw(st.integers(1, 8))):
        damaged[data.draw(st.integers(8, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    survives(bytes(damaged[: data.draw(st.integers(9, len(damaged)))]))


@pytest.mark.realdata
def test_the_sheet_that_a_city_publishes_is_read_whole():
    content = realdata.path("programmes/montpellier-mpt/activites.xls").read_bytes()
    drafting = planned(content)
    assert len(found(content).rows) == 1795
    assert len(drafting.plan.sessions) > 1_700
    assert len(drafting.plan.places) == 24
    repeated = [one for one in drafting.report.findings if "Same as line" in one.text.en]
    assert len(repeated) == 53
