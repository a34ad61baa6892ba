"""Rows of a table that says how many came to what was held: each becomes a session that is over, and its counts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.registrations.domain import fold
from services.registrations.importing.activity_rows import audience_of
from services.registrations.importing.digest import digest_of
from services.registrations.importing.held_meetings import Held, has_counts, held_of
from services.registrations.importing.plan import (
    Drafting,
    PlannedActivity,
    PlannedSession,
    at_most,
    require,
)
from services.registrations.importing.report import BadRow
from services.registrations.importing.source_row import SourceRow
from services.registrations.importing.synonyms import Columns, heading_of, understood
from services.registrations.importing.whereabouts import Whereabouts
from shared.errors import Invalid, Text

# A row is about something by any of these: one without a title is called by its theme, or by its id.
NEEDED = frozenset(("title", "theme", "id"))
# By what a row without an id is recognised when it comes again. Not by its numbers: they are corrected.
_TELLING = ("age", "level", "date", "starts", "hours", "year", "month")
_LONGEST_ID = 120
_ASSUMED = {
    "date": Text(
        "{number} rows give a month and no day: the first is taken."
        " Figures by day of the week say nothing of them.",
        "{number} lignes donnent un mois sans jour : on retient le premier."
        " Les chiffres par jour de la semaine n’en disent rien.",
    ),
    "starts": Text(
        "{number} rows give no hour: noon is taken. Figures by hour say nothing of them.",
        "{number} lignes ne donnent pas d’heure : on retient midi. Les chiffres par heure n’en disent rien.",
    ),
    "ends": Text(
        "{number} rows give no length: {minutes} minutes are taken, and hours attended rest on that.",
        "{number} lignes ne donnent pas de durée : on retient {minutes} minutes,"
        " dont dépendent les heures de présence.",
    ),
}


class NoCounts(Invalid):
    """A file of which no column says how many came."""

    slug = "no-counts"

    def __init__(self, found: Sequence[str | None]) -> None:
        shown = ", ".join((name or "").strip()[:40] for name in found[:12])
        super().__init__(
            Text(
                "No column says how many came (attendance, présents, day 1…); say which one does with"
                f" ?columns=attended:…. Found: {shown}.",
                "Aucune colonne ne dit combien de personnes sont venues (présents, attendance, jour 1…) :"
                f" indiquez-la par ?columns=attended:…. Trouvé : {shown}.",
            )
        )


@dataclass(frozen=True, slots=True)
class CountedSession:
    """A session that was held; how many came to each of its meetings, in order (None: nobody counted)."""

    session: PlannedSession
    heads: tuple[int | None, ...]


def plan_attendance(
    rows: Sequence[SourceRow], columns: Columns, drafting: Drafting
) -> list[CountedSession]:
    """Plan every good row; what is wrong with the others goes to the report.

    Raises:
        NoCounts: no column says how many came.
    """
    headings = {
        str(name): None for row in rows if isinstance(row.value, Mapping) for name in row.value
    }
    if rows and not has_counts(headings):
        raise NoCounts([columns.heading(name) for name in headings])
    planner = _Rows(drafting)
    for row in rows:
        try:
            planner.plan(row)
        except BadRow as bad:
            drafting.report.bad(row.line, bad, columns.heading(_column(row, bad.field)))
        except RecursionError:
            deep = BadRow(None, "Nested too deeply.", "Imbriqué trop profondément.")
            drafting.report.bad(row.line, deep)
    planner.say_what_was_assumed()
    return planner.counted


class _Rows:
    def __init__(self, drafting: Drafting) -> None:
        self.counted: list[CountedSession] = []
        self._drafting = drafting
        self._whereabouts = Whereabouts(drafting)
        self._seen: Counter[str] = Counter()
        self._assumed: Counter[str] = Counter()

    def plan(self, source: SourceRow) -> None:
        if not isinstance(source.value, Mapping):
            raise BadRow(None, "An object is expected.", "Un objet est attendu.")
        row = understood(source.value)
        place_code, place = self._whereabouts.place(row)
        activity = self._activity(row, place_code)
        held = held_of(row, source.value, place.zone, self._drafting.options)
        session = PlannedSession(
            line=source.line,
            ref=self._ref(row, activity),
            digest=digest_of(activity.ref, place_code, held.meetings, held.heads),
            activity_ref=activity.ref,
            place_code=place_code,
            meetings=held.meetings,
            capacity=max(1, *(heads or 0 for heads in held.heads)),
        )
        self._drafting.plan.add(session)
        self._drafting.plan.activities.setdefault(activity.ref, activity)
        self.counted.append(CountedSession(session, held.heads))
        self._note(source, held)

    def say_what_was_assumed(self) -> None:
        """Once for the whole file: what its rows leave out, and what was taken for it."""
        for field_name, said in _ASSUMED.items():
            if number := self._assumed[field_name]:
                given = {"number": number, "minutes": self._drafting.options.minutes}
                self._drafting.report.warn(
                    None, field_name, said.en.format(**given), said.fr.format(**given)
                )

    def _activity(self, row: dict[str, str], place_code: str) -> PlannedActivity:
        title = require(row.get("title") or row.get("theme") or row.get("id"), "title")
        at_most(300, title, "title")
        organisation = self._whereabouts.organisation(row.get("organisation"), place_code)
        programme = self._whereabouts.programme(row.get("programme"))
        theme = at_most(100, row.get("theme"), "theme")
        audience = at_most(200, audience_of(row), "audience")
        telling = digest_of(place_code, programme, title, theme, audience)
        return PlannedActivity(
            ref=f"held:{organisation}:{telling}",
            source=f"held:{organisation}",
            title=title,
            organisation_code=organisation,
            programme_code=programme,
            theme=theme,
            audience=audience,
        )

    def _ref(self, row: dict[str, str], activity: PlannedActivity) -> str:
        """By what the session is recognised when the file comes again.

        Of several rows that say the same but for their numbers, the second is the second again.
        """
        own = row.get("id")
        if own is None:
            ref = f"{activity.ref}:{digest_of([fold(row.get(name, '')) for name in _TELLING])}"
        else:
            short = own if len(own) <= _LONGEST_ID else f"#{digest_of(own)}"
            ref = f"{activity.source}:{short}"
        self._seen[ref] += 1
        return ref if self._seen[ref] == 1 else f"{ref}:{self._seen[ref]}"

    def _note(self, source: SourceRow, held: Held) -> None:
        assumed = held.assumed
        for field_name, was in (
            ("date", assumed.day),
            ("starts", assumed.hour),
            ("ends", assumed.end),
        ):
            self._assumed[field_name] += was
        if None in held.heads:
            self._drafting.report.warn(
                source.line,
                "attended",
                "Nobody was counted: loaded without a number.",
                "Personne n’a été compté : chargé sans effectif.",
                _column(source, "attended"),
            )


def _column(row: SourceRow, field_name: str | None) -> str | None:
    if field_name is None or not isinstance(row.value, Mapping):
        return None
    return heading_of(row.value, field_name)
