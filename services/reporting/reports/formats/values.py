"""Values as people read them, in French or English."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal, format_percent

from services.reporting.reports.content import SUPPRESSED, Cell
from services.reporting.reports.labels import Kind
from shared.errors import Text

# What French and European statistical offices write where a figure is secret.
HIDDEN = Text("c", "s")
_NOTHING = "–"
_NUMBERS = (Kind.COUNT, Kind.DECIMAL, Kind.RATIO, Kind.EUROS)
_NO_GROUP = Text("Not stated", "Non précisé")
_MOMENT = Text("{}, {:%H:%M} UTC", "{} à {:%H h %M} UTC")
_EUROS = Text("€{}", "{}\u00a0€")

_WORDS: Mapping[str, Text] = {
    "published": Text("Published", "Publiée"),
    "closed": Text("Closed", "Close"),
    "confirmed": Text("Confirmed", "Confirmée"),
    "waitlisted": Text("On the waiting list", "En liste d'attente"),
    "offered": Text("Seat on offer", "Place proposée"),
    "pending": Text("Awaiting a decision", "En attente de décision"),
    "declined": Text("Declined", "Non retenue"),
    "cancelled": Text("Cancelled", "Annulée"),
    "expired": Text("Offer expired", "Proposition expirée"),
    "work": Text("Work", "Emploi"),
    "training": Text("Training", "Formation"),
    "rights-opened": Text("Rights opened", "Droits ouverts"),
    "project": Text("Project", "Projet"),
    "other": Text("Other", "Autre"),
    "none-yet": Text("None yet", "Pas encore"),
    "1": Text("Monday", "Lundi"),
    "2": Text("Tuesday", "Mardi"),
    "3": Text("Wednesday", "Mercredi"),
    "4": Text("Thursday", "Jeudi"),
    "5": Text("Friday", "Vendredi"),
    "6": Text("Saturday", "Samedi"),
    "7": Text("Sunday", "Dimanche"),
}


def shown(value: Cell, kind: Kind, language: str, *, names: bool = False) -> str:
    """``value`` in words; ``names`` says that it names a row, so that one without a name is said to have none."""
    if value is SUPPRESSED:
        return HIDDEN.in_language(language)
    if value is None:
        return _NO_GROUP.in_language(language) if names else _NOTHING
    return _shown(value, kind, language)


def day(value: date, language: str) -> str:
    written = format_date(value, "long", language)
    # Babel says "1 janvier", which nobody does.
    return f"1er{written[1:]}" if language == "fr" and value.day == 1 else written


def moment(value: datetime, language: str) -> str:
    """To the minute, in UTC: a report may be about places in several time zones."""
    at = value.astimezone(UTC)
    return _MOMENT.in_language(language).format(day(at.date(), language), at)


def _shown(value: Any, kind: Kind, language: str) -> str:
    if kind in _NUMBERS:
        return _number(value, kind, language)
    if kind == Kind.WORD and value in _WORDS:
        return _WORDS[value].in_language(language)
    if kind == Kind.DATE:
        return day(date.fromisoformat(value), language)
    if kind == Kind.MONTH:
        return format_skeleton("yMMMM", date.fromisoformat(f"{value}-01"), locale=language)
    if kind == Kind.MOMENT:
        return moment(datetime.fromisoformat(value), language)
    return str(value)


def _number(value: float, kind: Kind, language: str) -> str:
    if kind == Kind.RATIO:
        return format_percent(value, "#,##0.0\u00a0%" if language == "fr" else "#,##0.0%", language)
    if kind == Kind.EUROS:
        return _EUROS.in_language(language).format(format_decimal(value, "#,##0.00", language))
    whole = isinstance(value, int)
    return format_decimal(value, "#,##0" if whole else "#,##0.#", language)
