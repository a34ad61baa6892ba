"""Budget lines as a spreadsheet saves them: commas or semicolons, decimal points or commas, French or English words.

::

    lieu;année;dispositif;nature;libellé;montant;amortissement
    arceaux;2026;;investissement;Travaux de la crèche;220 000,00;10
    arceaux;2026;budget;fonctionnement;Permanences;12500;
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

import marshmallow as ma

from services.reporting.budget.schemas import WholeLineSchema
from shared.errors import Invalid, Text, invalid
from shared.validation import flatten, in_french

_MOST_LINES = 5000
_FRENCH: Mapping[str, str] = {
    "lieu": "place",
    "année": "year",
    "dispositif": "programme",
    "nature": "kind",
    "libellé": "label",
    "montant": "amount",
    "amortissement": "write_off_years",
}
_WITHOUT_ACCENTS = {"annee": "year", "libelle": "label"}
_COLUMNS = {**{name: name for name in _FRENCH.values()}, **_FRENCH, **_WITHOUT_ACCENTS}
_REQUIRED = ("place", "year", "kind", "label", "amount")
_KINDS = {"fonctionnement": "running", "investissement": "investment"}
_SPACES = re.compile(r"[\s\u00a0\u202f]|€$")
_EUROS = re.compile(r"(\d+)(?:[.,](\d{1,2}))?")
_NOT_EUROS = Text(
    "An amount in euros is expected, such as 1250 or 1250.50.",
    "Un montant en euros est attendu, comme 1250 ou 1250,50.",
)
_SCHEMA = WholeLineSchema()


def read_lines(content: bytes) -> dict[int, dict[str, Any]]:
    """The budget lines of a file, each by its number in it.

    Raises:
        Invalid: the file cannot be read, or some of its lines cannot; each is named with what is wrong in it
            (``line 3.amount``), counted as in a text editor, from 1.
    """
    text = _decode(content)
    first = text.partition("\n")[0]
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=";" if first.count(";") >= first.count(",") else ",",
    )
    try:
        header = [_COLUMNS.get(cell.strip().lower(), "") for cell in next(reader, [])]
        _check_header(header)
        return _read_all(reader, header)
    except csv.Error as error:
        raise invalid(
            f"line {reader.line_num}",
            f"This is not CSV: {error}.",
            "Cette ligne n'est pas du CSV lisible.",
        ) from None


def _read_all(reader: Any, header: Sequence[str]) -> dict[int, dict[str, Any]]:
    lines: dict[int, dict[str, Any]] = {}
    errors = {}
    number = reader.line_num + 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            line, wrong = _read_line(dict(zip(header, cells, strict=False)))
            lines[number] = line
            errors.update({f"line {number}.{name}": said for name, said in wrong.items()})
        number = reader.line_num + 1
        if len(lines) > _MOST_LINES:
            raise invalid(
                f"line {number}",
                f"A file may have {_MOST_LINES} lines at most.",
                f"Un fichier peut avoir {_MOST_LINES} lignes au plus.",
            )
    if errors:
        raise Invalid(errors=errors)
    return lines


def _read_line(cells: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, list[Text]]]:
    """The line, and by column what is wrong with it."""
    given: dict[str, Any] = {
        name: cell.strip() for name, cell in cells.items() if name and cell.strip()
    }
    wrong: dict[str, list[Text]] = {}
    amount = _EUROS.fullmatch(_SPACES.sub("", given.pop("amount", "")))
    if amount:
        given["cents"] = int(amount[1][:15]) * 100 + int((amount[2] or "").ljust(2, "0"))
    else:
        wrong["amount"] = [_NOT_EUROS]
    if "kind" in given:
        given["kind"] = _KINDS.get(given["kind"].lower(), given["kind"].lower())
    if "write_off_years" in given and re.fullmatch(r"[0-9]{1,3}", given["write_off_years"]):
        given["write_off_years"] = int(given["write_off_years"])
    try:
        return _SCHEMA.load(given), wrong
    except ma.ValidationError as error:
        for name, said in flatten(error.messages):
            column = "amount" if name == "cents" else name
            if not (column == "amount" and column in wrong):
                wrong.setdefault(column, []).append(Text(said, in_french(said)))
        return {}, wrong


def _check_header(header: Sequence[str]) -> None:
    missing = [name for name in _REQUIRED if name not in header]
    if missing:
        french = {name: word for word, name in _FRENCH.items()}
        raise invalid(
            "line 1",
            f"The header lacks: {', '.join(missing)}.",
            f"Il manque à l'en-tête : {', '.join(french[name] for name in missing)}.",
        )


def _decode(content: bytes) -> str:
    """UTF-8, or what spreadsheets of Western Europe write otherwise, in which every byte means something."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")
