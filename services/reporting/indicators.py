"""Every indicator, defined once: what it is called, what it means, how it is computed.

Served at ``/v1/indicators/catalogue``. Whoever changes a meaning raises ``VERSION``: reports record it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.errors import Text

VERSION = 3

Counts = Mapping[str, Any]
Value = int | float | None


@dataclass(frozen=True, slots=True)
class Indicator:
    """One figure. ``of_offer``: it is about sessions, so it cannot be divided by who takes part."""

    name: str
    says: Text
    unit: str
    formula: str
    compute: Callable[[Counts], Value]
    of_offer: bool = False


def _count(
    name: str,
    en: str,
    fr: str,
    unit: str,
    formula: str,
    *,
    plus: tuple[str, ...] = (),
    of_offer: bool = False,
) -> Indicator:
    return Indicator(
        name, Text(en, fr), unit, formula, lambda counts: _sum(counts, (name, *plus)), of_offer
    )


def _hours(
    name: str,
    en: str,
    fr: str,
    formula: str,
    *,
    plus: tuple[str, ...] = (),
    of_offer: bool = False,
) -> Indicator:
    minutes = (f"{name}_minutes", *plus)
    return Indicator(
        name,
        Text(en, fr),
        "hours",
        formula,
        lambda counts: round(_sum(counts, minutes) / 60, 2),
        of_offer,
    )


def _sum(counts: Counts, parts: tuple[str, ...]) -> int:
    return sum(int(counts.get(part) or 0) for part in parts)


def _ratio(
    name: str,
    en: str,
    fr: str,
    *,
    unit: str,
    formula: str,
    of: str,
    over: tuple[str, ...],
    of_offer: bool = False,
) -> Indicator:
    def compute(counts: Counts) -> Value:
        divisor = _sum(counts, over)
        return round(int(counts.get(of) or 0) / divisor, 4) if divisor else None

    return Indicator(name, Text(en, fr), unit, formula, compute, of_offer)


CATALOGUE: tuple[Indicator, ...] = (
    _count(
        "registrations",
        "Registrations accepted, whatever became of them.",
        "Inscriptions acceptées, quelle qu'en soit la suite.",
        "registrations",
        "number of registrations",
    ),
    _count(
        "confirmed",
        "Registrations that have a seat at present.",
        "Inscriptions qui ont une place à ce jour.",
        "registrations",
        "number of registrations whose present status is confirmed",
    ),
    _count(
        "waitlisted",
        "Registrations that stand in line at present.",
        "Inscriptions en liste d'attente à ce jour.",
        "registrations",
        "number of registrations whose present status is waitlisted",
    ),
    _count(
        "offered",
        "Registrations for which a seat is kept until they answer.",
        "Inscriptions à qui une place est proposée, en attente de réponse.",
        "registrations",
        "number of registrations whose present status is offered",
    ),
    _count(
        "expired",
        "Registrations that did not take the seat offered to them in time.",
        "Inscriptions dont la place proposée n'a pas été prise à temps.",
        "registrations",
        "number of registrations whose present status is expired",
    ),
    _count(
        "pending",
        "Registrations that await a decision at present.",
        "Inscriptions en attente de décision à ce jour.",
        "registrations",
        "number of registrations whose present status is pending",
    ),
    _count(
        "declined",
        "Registrations that an adviser declined.",
        "Inscriptions refusées par un conseiller.",
        "registrations",
        "number of registrations whose present status is declined",
    ),
    _count(
        "cancelled",
        "Registrations given up, or cancelled with their session.",
        "Inscriptions annulées, par la personne ou avec la session.",
        "registrations",
        "number of registrations whose present status is cancelled",
    ),
    _count(
        "people",
        "Different people who registered.",
        "Personnes différentes inscrites.",
        "people",
        "number of different pseudonyms among registrations; one person registered under two pseudonyms "
        "counts twice; heads counted where nobody registers are left out",
    ),
    _count(
        "attended",
        "Registrations whose holder came at least once, and heads counted where nobody registers.",
        "Inscriptions dont la personne est venue au moins une fois, et personnes comptées aux "
        "séances sans inscription.",
        "registrations and heads",
        "number of registrations marked present at one meeting or more, plus the head counts of the "
        "meetings for which nobody registers, added up: whoever comes to two of those counts twice; "
        "heads have no situation, and are left out of groups by situation",
        plus=("heads",),
    ),
    _count(
        "people_attended",
        "Different people who came at least once.",
        "Personnes différentes venues au moins une fois.",
        "people",
        "number of different pseudonyms marked present at one meeting or more; heads counted where nobody "
        "registers are left out",
    ),
    _count(
        "ever_waitlisted",
        "Registrations that stood in line at some time.",
        "Inscriptions passées par la liste d'attente.",
        "registrations",
        "number of registrations that were ever waitlisted",
    ),
    _count(
        "promoted",
        "Registrations that got a seat from the waiting list.",
        "Inscriptions passées de la liste d'attente à une place.",
        "registrations",
        "number of registrations that went from waitlisted to confirmed, whatever became of them",
    ),
    _count(
        "refused",
        "Demand that got no seat: still in line when the session began.",
        "Demande restée sans place : encore en attente au début de la session.",
        "registrations",
        "number of registrations waitlisted when their session began or was closed and never seated since; "
        "those declined, or of a cancelled session, are left out",
    ),
    _count(
        "sessions",
        "Sessions published and not cancelled.",
        "Sessions publiées et non annulées.",
        "sessions",
        "number of sessions, but for cancelled ones",
        of_offer=True,
    ),
    _count(
        "sessions_cancelled",
        "Sessions published, then cancelled.",
        "Sessions publiées puis annulées.",
        "sessions",
        "number of cancelled sessions",
        of_offer=True,
    ),
    _count(
        "meetings",
        "Meetings of those sessions, held or to come.",
        "Séances de ces sessions, tenues ou à venir.",
        "meetings",
        "number of meetings of sessions not cancelled",
        of_offer=True,
    ),
    _count(
        "meetings_held",
        "Meetings held.",
        "Séances tenues.",
        "meetings",
        "number of meetings, of sessions not cancelled, that have ended or whose session is closed",
        of_offer=True,
    ),
    _hours(
        "hours",
        "Hours of meetings held.",
        "Heures de séances tenues.",
        "length of the meetings held, added up, in hours",
        of_offer=True,
    ),
    _hours(
        "attended_hours",
        "Hours that people attended.",
        "Heures de présence des personnes.",
        "length of the meeting for each registration marked present, and for each head counted where "
        "nobody registers, added up, in hours; heads are left out of groups by situation",
        plus=("heads_minutes",),
    ),
    _count(
        "seats",
        "Seats offered.",
        "Places offertes.",
        "seats",
        "capacity of sessions not cancelled, added up",
        of_offer=True,
    ),
    _ratio(
        "fill_rate",
        "Part of the seats that are taken.",
        "Part des places prises.",
        unit="ratio, 0 to 1",
        formula="confirmed / seats; null without seats",
        of="confirmed",
        over=("seats",),
        of_offer=True,
    ),
    _ratio(
        "no_show_rate",
        "Part of those expected at meetings who did not come, without a word.",
        "Part des personnes attendues aux séances et absentes sans prévenir.",
        unit="ratio, 0 to 1",
        formula="absent / (present + absent + excused), over registrations and meetings; null when none is recorded",
        of="absent",
        over=("present", "absent", "excused"),
    ),
    _ratio(
        "satisfaction",
        "Mean rating given by participants.",
        "Note moyenne donnée par les participants.",
        unit="points, 1 to 5",
        formula="sum of ratings / number of ratings; the last of each registration, and each one "
        "given on the place's tablet; null without any",
        of="ratings",
        over=("feedback_count",),
    ),
    _count(
        "feedback_count",
        "Ratings received.",
        "Retours d'expérience reçus.",
        "ratings",
        "number of registrations with a rating, and of ratings given on the place's tablet, whose people are "
        "not known: they have no situation",
    ),
    _count(
        "outcomes",
        "Registrations of which it is noted what they led to.",
        "Inscriptions dont on a noté les suites.",
        "registrations",
        "number of registrations with an outcome noted, even if that is none yet",
    ),
    _count(
        "outcomes_reached",
        "Registrations that have led to work, training, rights, a project or something else.",
        "Inscriptions ayant abouti à un emploi, une formation, des droits ouverts, un projet ou autre chose.",
        "registrations",
        "number of registrations whose outcome, as last noted, is not none-yet",
    ),
    _count(
        "notifications_sent",
        "Messages sent about the sessions.",
        "Messages envoyés à propos des sessions.",
        "messages",
        "number of messages that their carrier accepted",
    ),
    _count(
        "notifications_failed",
        "Messages about the sessions that could not be sent.",
        "Messages à propos des sessions qui n'ont pas pu partir.",
        "messages",
        "number of messages given up",
    ),
)


def compute_all(counts: Counts, *, with_offer: bool = True) -> dict[str, Value]:
    """Every indicator out of raw ``counts`` (what is missing counts 0); those of the offer may be left null."""
    return {
        one.name: one.compute(counts) if with_offer or not one.of_offer else None
        for one in CATALOGUE
    }
