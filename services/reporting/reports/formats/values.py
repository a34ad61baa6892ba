"""Values as people read them, in French or English."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal, format_percent

from services.reporting.reports.content import SUPPRESSED, Cell
from services.reporting.reports.labels import Kind
from shared.errors import Text

# What French and European statistical offices write where a figure is secret.
HIDDEN = Text("c", "s")
_NOTHING = "–"
_NUMBERS = (Kind.COUNT, Kind.DECIMAL, Kind.SCORE, Kind.RATIO, Kind.EUROS)
# From so many on, cents say nothing; files for programs have them.
_WHOLE_EUROS = 10_000
_NO_GROUP = Text("Not stated", "Non précisé")
_AT = Text("{}, {:%H:%M}", "{} à {:%H h %M}")
_IN_UTC = Text("{}, {:%H:%M} UTC", "{} à {:%H h %M} UTC")
_EUROS = Text("€{}", "{}\u00a0€")
_HOUR = Text("{}:00", "{}\u00a0h")
_BETWEEN = Text("From {} to {}", "Du {} au {}")
_SINCE, _UNTIL = Text("Since {}", "Depuis le {}"), Text("Until {}", "Jusqu'au {}")
_YEAR = Text("Year {}", "Année {}")

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
    "awaiting-rights": Text("Awaiting rights", "En attente de droits"),
    "job-seeker": Text("Looking for work", "En recherche d'emploi"),
    "minimum-benefits": Text("On minimum benefits", "Allocataires de minima sociaux"),
    "retired": Text("Retired", "À la retraite"),
    "student": Text("Studying", "En études"),
    "0-11": Text("0 to 11", "0 à 11 ans"),
    "12-17": Text("12 to 17", "12 à 17 ans"),
    "18-25": Text("18 to 25", "18 à 25 ans"),
    "26-39": Text("26 to 39", "26 à 39 ans"),
    "40-59": Text("40 to 59", "40 à 59 ans"),
    "60-74": Text("60 to 74", "60 à 74 ans"),
    "75+": Text("75 and over", "75 ans et plus"),
    "1": Text("Monday", "Lundi"),
    "2": Text("Tuesday", "Mardi"),
    "3": Text("Wednesday", "Mercredi"),
    "4": Text("Thursday", "Jeudi"),
    "5": Text("Friday", "Vendredi"),
    "6": Text("Saturday", "Samedi"),
    "7": Text("Sunday", "Dimanche"),
}


def set_in(text: Text, language: str) -> str:
    """``text`` in ``language``, with the spaces and apostrophes that print has and keyboards do not."""
    said = text.in_language(language)
    if language != "fr":
        return said
    for space, before in (("\u00a0", ":»"), ("\u202f", ";?!")):
        said = re.sub(f" (?=[{before}])", space, said)
    return said.replace("« ", "«\u00a0").replace("n° ", "n°\u00a0").replace("'", "’")


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
    """To the minute, by the clocks that it was told by: that they show UTC is said, for nobody's clock does."""
    said = _AT if value.utcoffset() else _IN_UTC
    return said.in_language(language).format(day(value.date(), language), value)


def short(value: str, kind: Kind, language: str) -> str:
    """A month or a day as it is written under a curve."""
    is_month = kind == Kind.MONTH
    at = date.fromisoformat(f"{value}-01" if is_month else value)
    return str(format_skeleton("MMM" if is_month else "dMMM", at, locale=language))


def period(since: date | None, until: date | None, language: str) -> str | None:
    """The days from ``since`` to before ``until``, in words; None without either."""
    last = until - timedelta(days=1) if until else None
    if since and last:
        if (since.month, since.day, last.month, last.day, last.year) == (1, 1, 12, 31, since.year):
            return _YEAR.in_language(language).format(since.year)
        return _BETWEEN.in_language(language).format(day(since, language), day(last, language))
    if since:
        return _SINCE.in_language(language).format(day(since, language))
    return _UNTIL.in_language(language).format(day(last, language)) if last else None


def _shown(value: Any, kind: Kind, language: str) -> str:
    if kind in _NUMBERS:
        return _number(value, kind, language)
    if kind == Kind.WORD and value in _WORDS:
        return set_in(_WORDS[value], language)
    if kind in _WRITTEN:
        return _WRITTEN[kind](value, language)
    return str(value)


_WRITTEN: Mapping[Kind, Callable[[str, str], str]] = {
    Kind.DATE: lambda value, language: day(date.fromisoformat(value), language),
    Kind.MONTH: lambda value, language: str(
        format_skeleton("yMMMM", date.fromisoformat(f"{value}-01"), locale=language)
    ),
    Kind.HOUR: lambda value, language: _HOUR.in_language(language).format(int(value)),
    Kind.MOMENT: lambda value, language: moment(
        datetime.fromisoformat(value).astimezone(UTC), language
    ),
}


def _number(value: float, kind: Kind, language: str) -> str:
    if kind == Kind.RATIO:
        return format_percent(value, "#,##0.0\u00a0%" if language == "fr" else "#,##0.0%", language)
    if kind == Kind.EUROS:
        pattern = "#,##0" if abs(value) >= _WHOLE_EUROS else "#,##0.00"
        return _EUROS.in_language(language).format(format_decimal(value, pattern, language))
    if kind == Kind.SCORE:
        return format_decimal(value, "0.0", language)
    whole = isinstance(value, int)
    return format_decimal(value, "#,##0" if whole else "#,##0.#", language)
