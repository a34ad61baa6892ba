"""The files of a report, each read back by another program than the one that wrote it."""

import csv
import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import openpyxl
import pypdf
import pytest

from services.reporting.reports.chapters import lay_out
from services.reporting.reports.content import (
    SUPPRESSED,
    Block,
    Chapter,
    Content,
    Curve,
    Figure,
    FigureBars,
    Finding,
    HeatMap,
    Quotes,
    Sheet,
    Table,
)
from services.reporting.reports.document import (
    Document,
    Provenance,
    compose,
    fingerprint,
    from_bytes,
    to_bytes,
)
from services.reporting.reports.formats import FORMATS
from services.reporting.reports.formats.values import moment, period, set_in, shown
from services.reporting.reports.labels import Kind
from shared.errors import Text

ID = UUID("0190b7a0-0000-7000-8000-000000000001")
MOMENT = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
PROVENANCE = Provenance("bilan", "staff", {"from": "2026-01-01"}, MOMENT, 7, {"registrations": 42})
TITLE = Text("Bilan of the place", "Bilan du lieu")
HOSTILE = "=HYPERLINK(1)"
CONTENT = Content(
    about={"session_id": ID, "first_day": date(2026, 3, 4)},
    total={"registrations": 1203, "fill_rate": 0.755, "satisfaction": None},
    sheets=(
        Sheet(
            "by_activity",
            ("title", "registrations", "hours"),
            [
                {
                    "title": 'Café, "thé"\net <b>gâteaux</b> العربية',
                    "registrations": 2,
                    "hours": 1.5,
                },
                {"title": HOSTILE, "registrations": -1, "hours": 0.0},
                {"title": None, "registrations": 0, "hours": 2.25},
            ],
        ),
        Sheet(
            "attendance",
            ("meeting_id", "day", "starts_at", "present"),
            [{"meeting_id": ID, "day": date(2026, 3, 4), "starts_at": MOMENT, "present": 3}],
        ),
    ),
)


def document(content: Content = CONTENT, audience: str = "staff") -> Document:
    laid_out = replace(content, chapters=content.chapters or lay_out(content))
    return compose(TITLE, laid_out, replace(PROVENANCE, audience=audience))


def written(name: str, language: str = "fr", of: Document | None = None) -> dict[str, bytes]:
    return {file.name: file.content for file in FORMATS[name](of or document(), language)}


def rows(text: bytes, **options: Any) -> list[list[str]]:
    plain = text.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(plain, newline=""), **options))


# ── all of them ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_same_document_gives_the_same_bytes(name: str, language: str) -> None:
    first = written(name, language)
    again = written(name, language, from_bytes(to_bytes(document())))
    assert again == first


@pytest.mark.parametrize(
    ("language", "told"),
    [("fr", "nombre d’inscriptions"), ("en", "number of registrations")],
)
def test_readers_are_told_in_their_language_how_figures_are_counted(
    language: str, told: str
) -> None:
    page = written("html", language)["bilan.html"].decode()
    workbook = openpyxl.load_workbook(io.BytesIO(written("xlsx", language)["bilan.xlsx"]))
    cells = [cell for row in workbook.worksheets[-1].values for cell in row]

    assert f"<td>{told}</td>" in page
    assert told in cells


def test_a_document_kept_when_formulas_were_in_english_alone_can_be_read() -> None:
    kept = json.loads(to_bytes(document()))
    for one in kept["columns"].values():
        one["formula"] = one["formula"] and one["formula"]["en"]
    read = from_bytes(json.dumps(kept).encode())

    assert read.columns["registrations"].formula == Text(*["number of registrations"] * 2)
    assert written("html", "fr", read)


@pytest.mark.parametrize("name", FORMATS)
def test_a_report_of_nothing_can_be_written(name: str) -> None:
    nothing = Content(total={"registrations": 0}, sheets=(Sheet("by_month", ("month",), []),))
    assert all(written(name, of=document(nothing)).values())


# ── CSV ─────────────────────────────────────────────────────────────────────────────────────────


def test_csv_has_a_file_per_table_that_reads_back() -> None:
    files = written("csv")
    assert list(files) == ["bilan-total.csv", "bilan-by-activity.csv", "bilan-attendance.csv"]
    text = files["bilan-by-activity.csv"]
    assert text.startswith("\ufefftitle,registrations,hours\r\n".encode())
    assert rows(text) == [
        ["title", "registrations", "hours"],
        ['Café, "thé"\net <b>gâteaux</b> العربية', "2", "1.5"],
        [f"'{HOSTILE}", "-1", "0.0"],
        ["", "0", "2.25"],
    ]
    assert rows(files["bilan-attendance.csv"])[1] == [
        str(ID),
        "2026-03-04",
        "2026-03-04T09:30:00+00:00",
        "3",
    ]


def test_french_csv_has_semicolons_decimal_commas_and_french_columns() -> None:
    text = written("csv-fr", "en")["bilan-by-activity.fr.csv"]
    assert text.startswith("\ufeff".encode())
    head, first, *_ = rows(text, delimiter=";")
    assert head == ["Activité", "Inscriptions", "Heures tenues"]
    assert first[1:] == ["2", "1,5"]


def test_a_moment_is_told_by_the_clocks_that_it_was_noted_by() -> None:
    at = datetime(2026, 11, 29, 1, 19, tzinfo=UTC)
    assert moment(at.astimezone(ZoneInfo("Europe/Paris")), "fr") == "29 novembre 2026 à 02 h 19"
    assert moment(at.astimezone(ZoneInfo("Europe/Paris")), "en") == "November 29, 2026, 02:19"
    assert moment(at, "fr") == "29 novembre 2026 à 01 h 19 UTC"


# ── JSON ────────────────────────────────────────────────────────────────────────────────────────


def test_json_holds_the_tables_and_where_the_figures_come_from() -> None:
    (content,) = written("json").values()
    said = json.loads(content)
    assert said["definitions_version"] == 7
    assert said["positions"] == {"registrations": 42}
    assert said["generated_at"] == "2026-03-04T09:30:00+00:00"
    assert said["parameters"] == {"from": "2026-01-01"}
    assert said["about"] == {"session_id": str(ID), "first_day": "2026-03-04"}
    assert said["total"] == CONTENT.total
    assert said["tables"]["by_activity"][1] == {"title": HOSTILE, "registrations": -1, "hours": 0}
    assert said["columns"]["fill_rate"]["label"] == {"en": "Seats filled", "fr": "Remplissage"}
    assert said["suppressed"] == {}


def test_a_value_that_has_no_place_in_a_report_is_a_mistake() -> None:
    with pytest.raises(TypeError, match="object has no place"):
        document(Content(total={"x": object()}))  # type: ignore[dict-item]


# ── XLSX ────────────────────────────────────────────────────────────────────────────────────────


def test_a_workbook_holds_numbers_and_dates_and_what_they_mean() -> None:
    (content,) = written("xlsx").values()
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames == [
        "À lire d’abord",
        "Total",
        "Par activité",
        "Émargement de chaque séance",
        "Définitions",
    ]
    total = {row[0].value: row[1] for row in book["Total"].iter_rows(min_row=2)}
    assert (total["Inscriptions"].value, total["Inscriptions"].data_type) == (1203, "n")
    assert (total["Remplissage"].value, total["Remplissage"].number_format) == (0.755, "0.0%")
    assert total["Satisfaction (1\u00a0à\u00a05)"].value is None
    [_, meeting] = book["Émargement de chaque séance"].iter_rows()
    assert meeting[1].is_date
    assert meeting[1].value == datetime(2026, 3, 4)  # noqa: DTZ001 - Excel knows no time zones
    assert meeting[2].value == datetime(2026, 3, 4, 9, 30)  # noqa: DTZ001
    activities = list(book["Par activité"].values)
    assert activities[2] == (f"'{HOSTILE}", -1, 0)
    assert not any(cell.data_type == "f" for sheet in book for row in sheet for cell in row)
    said = {row[1]: row[2] for row in book["Définitions"].values}
    assert said["registrations"] == "Inscriptions acceptées, quelle qu’en soit la suite."
    assert book["Total"]["A1"].value == "Chiffre"
    assert book.properties.title == "Bilan du lieu"


def test_a_workbook_bears_the_time_of_its_figures_and_not_that_of_its_writing() -> None:
    (content,) = written("xlsx").values()
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.properties.modified == book.properties.created == MOMENT.replace(tzinfo=None)
    with zipfile.ZipFile(io.BytesIO(content)) as members:
        assert {member.date_time for member in members.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_signs_that_a_workbook_cannot_hold_are_left_out() -> None:
    content = Content(total={}, sheets=(Sheet("by_activity", ("title",), [{"title": "a\x0bb"}]),))
    (made,) = written("xlsx", of=document(content)).values()
    assert openpyxl.load_workbook(io.BytesIO(made))["Par activité"]["A2"].value == "ab"


# ── HTML ────────────────────────────────────────────────────────────────────────────────────────


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def page(language: str, of: Document | None = None) -> _Seen:
    (content,) = written("html", language, of).values()
    seen = _Seen()
    seen.feed(content.decode())
    return seen


def test_a_page_is_accessible_and_needs_nothing_else() -> None:
    seen = page("en")
    assert seen.all("html") == [{"lang": "en"}]
    assert seen.all("script") == seen.all("link") == seen.all("img") == []
    assert len(seen.all("h1")) == len(seen.all("main")) == 1
    assert len(seen.all("table")) == 3
    assert all(head["scope"] in ("col", "row") for head in seen.all("th"))
    (chart,) = seen.all("svg")
    assert chart["role"] == "img"
    assert chart["aria-label"] == (
        'Registrations, by activity. The most, Café, "thé"\net <b>gâteaux</b> العربية: 2; '
        f"the least, {HOSTILE}: -1. The table beside says the same."
    )


def test_a_page_takes_nothing_that_is_said_for_markup() -> None:
    seen = page("fr")
    assert seen.all("b") == []
    assert "et <b>gâteaux</b>" in seen.text
    assert "1\u202f203" in seen.text
    assert "75,5\xa0%" in seen.text


def test_a_long_table_is_cut_on_a_page_and_whole_in_the_workbook() -> None:
    many = [{"title": f"Atelier {n}", "registrations": n} for n in range(200)]
    content = Content(total={}, sheets=(Sheet("by_activity", ("title", "registrations"), many),))
    seen = page("fr", document(content))
    assert "140 autres lignes figurent dans le classeur" in seen.text
    (made,) = written("xlsx", of=document(content)).values()
    assert openpyxl.load_workbook(io.BytesIO(made))["Par activité"].max_row == 201


# ── how a report is read ────────────────────────────────────────────────────────────────────────

BY_MONTH = Sheet(
    "by_month",
    ("month", "registrations", "attended", "seats"),
    [
        {"month": "2026-01", "registrations": 1200, "attended": 900, "seats": None},
        {"month": "2026-02", "registrations": 40, "attended": 0, "seats": None},
    ],
)
BY_TIME = Sheet(
    "by_weekday_and_hour",
    ("weekday", "hour", "refused"),
    [
        {"weekday": "1", "hour": "09", "refused": 0},
        {"weekday": "6", "hour": "18", "refused": 12},
        {"weekday": None, "hour": None, "refused": 1},
    ],
)


def reading(*blocks: Block, language: str = "fr", **content: Any) -> _Seen:
    """A page with a chapter of these blocks."""
    sheets = content.pop("sheets", (BY_MONTH, BY_TIME))
    chapter = Chapter(Text("Whole", "Tout"), blocks)
    told = Content(total={"registrations": 1240}, sheets=sheets, chapters=(chapter,), **content)
    return page(language, document(told))


def test_a_curve_says_what_is_most_and_least_to_whoever_does_not_see_it() -> None:
    seen = reading(Curve("by_month", "month", ("registrations", "attended")))
    (chart,) = seen.all("svg")
    assert chart["aria-label"] == (
        "Inscriptions, Venues au moins une fois, par mois. Le plus, janvier 2026\xa0: 1\u202f200\u202f; "
        "le moins, février 2026\xa0: 40. Le tableau dit la même chose."
    )
    solid, dashed = seen.all("polyline")
    assert "stroke-dasharray" in dashed
    assert "stroke-dasharray" not in solid, "two lines are told apart in grey"
    assert all(said in seen.text for said in ("janv.", "févr.", "900"))


def test_a_heat_map_has_a_square_for_each_pair_and_a_table_that_says_the_same() -> None:
    seen = reading(HeatMap("by_weekday_and_hour", "weekday", "hour", "refused"))
    (chart,) = seen.all("svg")
    assert "Le plus, Samedi 18\xa0h\xa0: 12" in (chart["aria-label"] or "")
    squares = [float(square["fill-opacity"] or "") for square in seen.all("rect")]
    assert sorted(squares) == [0, 0, 0, 1], "two days and two hours; the most is the darkest"
    assert [head["scope"] for head in seen.all("th")].count("row") >= 2
    assert "9\xa0h" in seen.text


def test_figures_side_by_side_are_drawn_and_listed() -> None:
    seen = reading(FigureBars(("registrations", "people")))
    (chart,) = seen.all("svg")
    assert chart["aria-label"] == "Côte à côte\xa0: Inscriptions 1\u202f240."


def test_a_column_of_which_nothing_is_known_is_not_shown() -> None:
    seen = reading(Table("by_month", ("month", "registrations", "seats")))
    heads = [head for head in seen.all("th") if head["scope"] == "col"]
    explained = ("Chiffre", "Signification", "Mode de calcul")
    assert len(heads) == len(("Mois", "Inscriptions")) + len(explained)


def test_a_finding_is_said_in_the_words_of_its_readers() -> None:
    text = Text("Most in {}: {}.", "Le plus en {} : {}.")
    figures = [Figure(name, "by_month", {"month": "2026-01"}) for name in ("month", "attended")]
    assert "Le plus en janvier 2026\xa0: 900." in reading(Finding(text, figures)).text
    assert "Most in January 2026: 900." in reading(Finding(text, figures), language="en").text


@pytest.mark.parametrize("value", [SUPPRESSED, None])
def test_a_finding_goes_unsaid_where_its_figure_cannot_be_told(value: Any) -> None:
    sheet = Sheet("by_month", ("month", "attended"), [{"month": "2026-01", "attended": value}])
    finding = Finding(Text("Most: {}.", "Le plus : {}."), [Figure("attended", "by_month")])
    assert "Le plus" not in reading(finding, sheets=(sheet,)).text


def test_people_read_names_and_programs_read_codes() -> None:
    sheet = Sheet(
        "by_programme", ("programme", "registrations"), [{"programme": "sante", "registrations": 9}]
    )
    told = document(
        Content(total={}, sheets=(sheet,), names={"programme": {"sante": "Plateforme Santé"}})
    )
    (book,) = written("xlsx", of=told).values()
    assert (
        openpyxl.load_workbook(io.BytesIO(book))["Par dispositif"]["A2"].value == "Plateforme Santé"
    )
    assert b"Plateforme Sant" in written("csv-fr", of=told)["bilan-by-programme.fr.csv"]
    assert b"sante" in written("csv", of=told)["bilan-by-programme.csv"]
    assert b"sante" not in written("csv-fr", of=told)["bilan-by-programme.fr.csv"]


def test_a_target_is_written_as_the_figure_that_it_is_of() -> None:
    names = ("indicator", "programme", "target", "result", "reached")
    rows = [("fill_rate", None, 0.8, 0.768, 0.96), ("people", None, 1800.0, 1500, 0.8333)]
    sheet = Sheet("targets", names, [dict(zip(names, row, strict=True)) for row in rows])
    seen = reading(Table("targets", names), sheets=(sheet,))
    assert all(
        said in seen.text for said in ("Remplissage", "80,0\xa0%", "76,8\xa0%", "1\u202f800")
    )
    (book,) = written("xlsx", of=document(Content(total={}, sheets=(sheet,)))).values()
    cells = openpyxl.load_workbook(io.BytesIO(book))["Objectifs et résultats"]
    assert (cells["A2"].value, cells["C2"].number_format) == ("Remplissage", "0.0%")
    assert (cells["C3"].value, cells["C3"].number_format) == (1800, "#,##0")


def test_a_page_says_what_it_is_about_and_how_its_edition_is_known_again() -> None:
    told = compose(
        TITLE, CONTENT, replace(PROVENANCE, parameters={"from": "2025-01-01", "to": "2026-01-01"})
    )
    seen = page("fr", told)
    assert "Année 2025" in seen.text
    assert fingerprint(told) in seen.text
    assert "n°\xa042" in seen.text


@pytest.mark.parametrize(
    ("since", "until", "said"),
    [
        (date(2025, 1, 1), date(2026, 1, 1), "Année 2025"),
        (date(2025, 2, 1), date(2025, 3, 1), "Du 1er février 2025 au 28 février 2025"),
        (date(2025, 1, 1), None, "Depuis le 1er janvier 2025"),
        (None, date(2026, 1, 1), "Jusqu'au 31 décembre 2025"),
        (None, None, None),
    ],
)
def test_a_period_is_said_by_its_first_and_last_day(
    since: date | None, until: date | None, said: str | None
) -> None:
    assert period(since, until, "fr") == said


def test_french_has_its_spaces_and_apostrophes() -> None:
    text = Text("What?", "« Qu'est-ce ? » : rien ; vraiment !")
    assert set_in(text, "fr") == "«\xa0Qu’est-ce\u202f?\xa0»\xa0: rien\u202f; vraiment\u202f!"
    assert set_in(text, "en") == "What?"


# ── PDF ─────────────────────────────────────────────────────────────────────────────────────────


def tags(element: Any) -> list[Any]:
    """Every element of a PDF's structure tree, in order."""
    element = element.get_object()
    if isinstance(element, pypdf.generic.ArrayObject):
        return [found for inner in element for found in tags(inner)]
    if not isinstance(element, pypdf.generic.DictionaryObject):
        return []
    inside = tags(element["/K"]) if "/K" in element else []
    return [element, *inside] if "/S" in element else inside


@pytest.mark.parametrize(("language", "title"), [("fr", TITLE.fr), ("en", TITLE.en)])
def test_a_paper_is_tagged_titled_in_its_language_and_says_what_charts_show(
    language: str, title: str
) -> None:
    blocks = (
        Table("by_activity", ("title", "registrations")),
        Curve("by_month", "month", ("registrations", "attended")),
        HeatMap("by_weekday_and_hour", "weekday", "hour", "refused"),
        FigureBars(("registrations",)),
        Finding(Text("In all: {}.", "En tout : {}."), [Figure("registrations")]),
    )
    whole = replace(
        CONTENT,
        sheets=(*CONTENT.sheets, BY_MONTH, BY_TIME),
        chapters=(Chapter(Text("Whole", "Tout"), blocks),),
    )
    (content,) = written("pdf", language, document(whole)).values()
    root = pypdf.PdfReader(io.BytesIO(content)).trailer["/Root"]
    assert root["/Lang"] == language
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    metadata = pypdf.PdfReader(io.BytesIO(content)).metadata
    assert metadata is not None
    assert metadata.title == title
    found = tags(root["/StructTreeRoot"]["/K"])
    kinds = {element["/S"] for element in found}
    assert {"/Table", "/TH", "/TD", "/Caption", "/Figure", "/H1", "/L", "/LI"} <= kinds
    figures = [element for element in found if element["/S"] == "/Figure"]
    assert len(figures) == 3
    assert len({element.get("/Alt") for element in figures} - {None}) == 3


def test_a_paper_takes_nothing_that_is_said_for_markup() -> None:
    content = Content(
        total={}, sheets=(Sheet("by_activity", ("title",), [{"title": "#panic() *a* $x$"}]),)
    )
    (made,) = written("pdf", of=document(content)).values()
    text = "".join(one.extract_text() for one in pypdf.PdfReader(io.BytesIO(made)).pages)
    assert "#panic() *a* $x$" in text


# ── what may not be told ────────────────────────────────────────────────────────────────────────

HIDDEN = Content(
    total={"registrations": 30, "people": SUPPRESSED},
    sheets=(
        Sheet(
            "by_activity",
            ("title", "registrations", "attended"),
            [
                {"title": "Vélo", "registrations": SUPPRESSED, "attended": 7},
                {"title": "Couture", "registrations": 12, "attended": SUPPRESSED},
            ],
        ),
    ),
)


def test_json_and_csv_leave_hidden_figures_empty_and_say_so() -> None:
    hidden = document(HIDDEN, "open")
    said = json.loads(written("json", of=hidden)["bilan.json"])
    assert said["total"] == {"registrations": 30, "people": None}
    assert said["suppressed"] == {
        "total": [[0, "people"]],
        "by_activity": [[0, "registrations"], [1, "attended"]],
    }
    assert from_bytes(to_bytes(hidden)).content.sheets[0].rows[0]["registrations"] is SUPPRESSED
    assert rows(written("csv", of=hidden)["bilan-by-activity.csv"]) == [
        ["title", "registrations", "attended", "suppressed"],
        ["Vélo", "", "7", "registrations"],
        ["Couture", "12", "", "attended"],
    ]


@pytest.mark.parametrize(
    ("language", "sign", "legend"),
    [("fr", "s", "secret statistique"), ("en", "c", "confidential")],
)
def test_pages_and_workbooks_mark_hidden_figures_and_explain_the_mark(
    language: str, sign: str, legend: str
) -> None:
    hidden = document(HIDDEN, "open")
    assert legend in page(language, hidden).text
    assert legend not in page(language).text
    (made,) = written("xlsx", language, hidden).values()
    cell = openpyxl.load_workbook(io.BytesIO(made)).worksheets[2]["B2"]
    assert cell.value == sign
    assert cell.comment is not None
    assert legend in cell.comment.text
    (paper,) = written("pdf", language, hidden).values()
    text = "".join(one.extract_text() for one in pypdf.PdfReader(io.BytesIO(paper)).pages)
    assert legend in text


# ── words ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("value", "kind", "fr", "en"),
    [
        (1234567, Kind.COUNT, "1\u202f234\u202f567", "1,234,567"),
        (2.25, Kind.DECIMAL, "2,2", "2.2"),
        (0.333, Kind.RATIO, "33,3 %", "33.3%"),
        (1200.5, Kind.EUROS, "1\u202f200,50 €", "€1,200.50"),
        ("2026-03-01", Kind.DATE, "1er mars 2026", "March 1, 2026"),
        ("2026-08", Kind.MONTH, "août 2026", "August 2026"),
        (
            "2026-03-04T09:30:00+01:00",
            Kind.MOMENT,
            "4 mars 2026 à 08 h 30 UTC",
            "March 4, 2026, 08:30 UTC",
        ),
        ("waitlisted", Kind.WORD, "En liste d’attente", "On the waiting list"),
        ("a-city-s-own", Kind.WORD, "a-city-s-own", "a-city-s-own"),
        (None, Kind.COUNT, "–", "–"),
    ],
)
def test_values_are_written_as_readers_of_the_language_do(
    value: Any, kind: Kind, fr: str, en: str
) -> None:
    assert shown(value, kind, "fr").replace("\xa0", " ") == fr
    assert shown(value, kind, "en") == en


def test_a_report_of_one_session_is_not_said_to_be_of_everything() -> None:
    words = "Tout ce qui est enregistré"
    one = replace(document(), provenance=replace(PROVENANCE, parameters={"session_id": str(ID)}))
    assert words not in page("fr", one).text
    assert words in page("fr", replace(one, provenance=replace(PROVENANCE, parameters={}))).text


def test_quotes_are_printed_as_they_were_chosen() -> None:
    chapter = Chapter(Text("Said", "Paroles"), [Quotes(["J'ai repris confiance."])])
    content = Content(total={}, chapters=(chapter,))
    assert "J'ai repris confiance." in page("fr", document(content)).text
