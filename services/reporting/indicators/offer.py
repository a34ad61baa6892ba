"""What was offered: sessions, meetings, hours and seats."""

from services.reporting.indicators.definition import Indicator, Of, count, hours, ratio

OFFER: tuple[Indicator, ...] = (
    count(
        "sessions",
        "Sessions published and not cancelled.",
        "Sessions publiées et non annulées.",
        "sessions",
        "number of sessions, but for cancelled ones",
        of=Of.OFFER,
    ),
    count(
        "sessions_cancelled",
        "Sessions published, then cancelled.",
        "Sessions publiées puis annulées.",
        "sessions",
        "number of cancelled sessions",
        of=Of.OFFER,
    ),
    count(
        "sessions_too_few",
        "Sessions cancelled because too few had registered.",
        "Sessions annulées faute d'un nombre suffisant d'inscrits.",
        "sessions",
        "number of cancelled sessions whose reason was that too few were confirmed; so known since version 4",
        of=Of.OFFER,
    ),
    count(
        "sessions_below_minimum",
        "Sessions below their minimum on the day of decision, whatever was decided.",
        "Sessions sous leur minimum au jour de la décision, quelle qu'elle ait été.",
        "sessions",
        "number of sessions, cancelled or not, with fewer confirmed than their minimum on the day of decision",
        of=Of.OFFER,
    ),
    count(
        "meetings",
        "Meetings of those sessions, held or to come.",
        "Séances de ces sessions, tenues ou à venir.",
        "meetings",
        "number of meetings of sessions not cancelled",
        of=Of.OFFER,
    ),
    count(
        "meetings_held",
        "Meetings held.",
        "Séances tenues.",
        "meetings",
        "number of meetings, of sessions not cancelled, that have ended or whose session is closed",
        of=Of.OFFER,
    ),
    hours(
        "hours",
        "Hours of meetings held.",
        "Heures de séances tenues.",
        "length of the meetings held, added up, in hours",
        of=Of.OFFER,
    ),
    count(
        "seats",
        "Seats offered.",
        "Places offertes.",
        "seats",
        "capacity of sessions not cancelled, added up; those for which nobody registers have no seats "
        "(before version 5 they had)",
        of=Of.OFFER,
    ),
    ratio(
        "fill_rate",
        "Part of the seats that are taken.",
        "Part des places prises.",
        unit="ratio, 0 to 1",
        formula="confirmed / seats; null without seats",
        part="confirmed",
        over=("seats",),
        of=Of.OFFER,
    ),
)
