"""What was offered: sessions, meetings, hours and seats."""

from services.reporting.indicators.definition import Indicator, Of, count, hours, ratio
from shared.errors import Text

OFFER: tuple[Indicator, ...] = (
    count(
        "sessions",
        "Sessions published and not cancelled.",
        "Sessions publiées et non annulées.",
        "sessions",
        Text(
            "number of sessions, but for cancelled ones",
            "nombre de sessions, hors sessions annulées",
        ),
        of=Of.OFFER,
    ),
    count(
        "sessions_cancelled",
        "Sessions published, then cancelled.",
        "Sessions publiées puis annulées.",
        "sessions",
        Text(
            "number of cancelled sessions",
            "nombre de sessions annulées",
        ),
        of=Of.OFFER,
    ),
    count(
        "sessions_too_few",
        "Sessions cancelled because too few had registered.",
        "Sessions annulées faute d'un nombre suffisant d'inscrits.",
        "sessions",
        Text(
            "number of cancelled sessions whose reason was that too few were confirmed; so known since "
            "version 4",
            "nombre de sessions annulées parce que trop peu d'inscriptions étaient confirmées ; connu "
            "depuis la version 4",
        ),
        of=Of.OFFER,
    ),
    count(
        "sessions_below_minimum",
        "Sessions below their minimum on the day of decision, whatever was decided.",
        "Sessions sous leur minimum au jour de la décision, quelle qu'elle ait été.",
        "sessions",
        Text(
            "number of sessions, cancelled or not, with fewer confirmed than their minimum on the day of "
            "decision",
            "nombre de sessions, annulées ou non, ayant moins d'inscriptions confirmées que leur minimum "
            "au jour de la décision",
        ),
        of=Of.OFFER,
    ),
    count(
        "meetings",
        "Meetings of those sessions, held or to come.",
        "Séances de ces sessions, tenues ou à venir.",
        "meetings",
        Text(
            "number of meetings of sessions not cancelled",
            "nombre de séances des sessions non annulées",
        ),
        of=Of.OFFER,
    ),
    count(
        "meetings_held",
        "Meetings held.",
        "Séances tenues.",
        "meetings",
        Text(
            "number of meetings, of sessions not cancelled, that have ended or whose session is closed",
            "nombre de séances, de sessions non annulées, qui sont terminées ou dont la session est close",
        ),
        of=Of.OFFER,
    ),
    hours(
        "hours",
        "Hours of meetings held.",
        "Heures de séances tenues.",
        Text(
            "length of the meetings held, added up, in hours",
            "durée des séances tenues, additionnée, en heures",
        ),
        of=Of.OFFER,
    ),
    count(
        "seats",
        "Seats offered.",
        "Places offertes.",
        "seats",
        Text(
            "capacity of sessions not cancelled, added up; those for which nobody registers have no seats"
            " (before version 5 they had)",
            "capacité des sessions non annulées, additionnée ; celles sans inscription n'ont pas de "
            "places (avant la version 5, elles en avaient)",
        ),
        of=Of.OFFER,
    ),
    ratio(
        "fill_rate",
        "Part of the seats that are taken.",
        "Part des places prises.",
        unit="ratio, 0 to 1",
        formula=Text(
            "confirmed / seats; null without seats",
            "inscriptions confirmées / places ; vide sans places",
        ),
        part="confirmed",
        over=("seats",),
        of=Of.OFFER,
    ),
)
