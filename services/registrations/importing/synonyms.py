"""What the columns of other people's files mean, by the names that French and English sites give them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from services.registrations.domain import fold
from services.registrations.importing.report import BadRow

# Meaning → names as `_plain` leaves them, the most telling first: of several columns that mean
# one thing, the first that is not empty counts. A nested field may be named with its parents
# ("level.value") or alone ("schedule.day").
NAMES: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "uid", "identifiant", "eventid", "reference", "ref", "code", "slug"),
    "title": (
        "title",
        "titre",
        "intitule",
        "name",
        "nom",
        "libelle",
        "activite",
        "activity",
        "libelleactivite",
        "intituleactivite",
        "atelier",
    ),
    "description": ("longdescription", "description", "descriptif", "presentation", "resume"),
    "theme": (
        "theme",
        "thematique",
        "category",
        "categorie",
        "rubrique",
        "domaine",
        "libelletheme",
        "libelletheme1",
        "tag",
        "tagname",
    ),
    "audience": ("audience", "public", "publics", "publiccible", "publicvise", "libellepublic"),
    "age": ("agetext", "age", "ages", "agegroup", "tranchedage", "trancheage"),
    "level": ("levelvalue", "level", "niveau"),
    "place_id": ("placeid", "placecode", "mptid", "lieuid", "codelieu", "locationuid", "venueid"),
    "place": (
        "placename",
        "mptname",
        "place",
        "nomdulieu",
        "lieu",
        "locationname",
        "location",
        "venue",
        "maison",
        "house",
        "equipement",
        "nomlieu",
        "nomequipement",
        "nomlg",
        "library",
        "bibliotheque",
        "mediatheque",
    ),
    "address": ("placeaddr", "placeaddress", "locationaddress", "address", "adresse"),
    "postcode": ("postcode", "codepostal", "cp", "postalcode", "zip", "locationpostalcode"),
    "city": ("city", "ville", "commune", "locationcity"),
    "room": ("room", "salle"),
    "organisation": (
        "organisation",
        "organization",
        "structure",
        "association",
        "organisateur",
        "organizer",
        "community",
        "host",
        "hostname",
        "hote",
    ),
    "programme": ("programme", "program", "dispositif"),
    "day": ("day", "jour", "weekday", "joursemaine", "jourdelasemaine"),
    "date": (
        "date",
        "datedebut",
        "datededebut",
        "startdate",
        "firstdate",
        "dateiso",
        "startsat",
        "dtstart",
        "dateetheure",
        "dateheure",
        "dateethoraire",
        "dateethoraires",
        "dates",
    ),
    "end_date": ("datefin", "datedefin", "enddate", "lastdate", "endsat", "dtend"),
    "starts": ("starttime", "starts", "start", "heuredebut", "heurededebut", "debut", "heure"),
    "ends": ("endtime", "ends", "end", "heurefin", "heuredefin", "fin"),
    "hours": ("hours", "horaires", "horaire", "creneau"),
    "minutes": ("minutes", "dureeenminutes", "dureeminutes", "dureemin", "dureemn"),
    "length": ("duree", "duration", "dureeh", "dureeheures", "dureeenheures"),
    "capacity": (
        "capacity",
        "capacite",
        "seats",
        "jauge",
        "places",
        "nombredeplaces",
        "nbplaces",
        "nbdeplaces",
        "participantsmax",
        "nombredeparticipantsmax",
        "nombremaxdeparticipants",
        "nombremaximumdeparticipants",
        "nombremaxdeplaces",
        "nombremaximumdeplaces",
    ),
    "minimum": ("minimum", "effectifminimum"),
    "facilitator": ("facilitator", "animateur", "animatrice", "intervenant", "intervenante"),
    "attended": (
        "attended",
        "attendance",
        "presents",
        "nombredepresents",
        "nbpresents",
        "presence",
        "presences",
        "participants",
        "nombredeparticipants",
        "nbparticipants",
        "frequentation",
        "headcount",
        "heads",
    ),
    "meetings": (
        "meetings",
        "events",
        "seances",
        "nombredeseances",
        "nbseances",
        "nombredevenements",
    ),
    "year": ("year", "annee", "eventyear"),
    "month": ("month", "mois", "eventmonth"),
}
_MEANING_OF = {
    name: (meaning, rank) for meaning, names in NAMES.items() for rank, name in enumerate(names)
}
# What headings say besides, folded: « Titre de l’atelier », « Nombre de places (max) ».
_OF_WHAT = re.compile(
    r" (?:de la |de l |du |de |d )?(?:ateliers?|activites?|seances?|sessions?|evenements?|cours|animations?|stages?)$"
)
_HOW_MANY = re.compile(r" (?:max|maxi|maximum|maximale?|disponibles?|prevue?s?)$")
_NOTHING = frozenset(("null", "n/a", "nan"))
_SPACES = re.compile(r"[^\S\n]{2,}")
_LINE_ENDS = re.compile(r"\r\n?")
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_DEEPEST = 3
# Before a meaning that was said, and not told from a name.
_SAID = "="
# What may be told by a nested field's own name, such as ``schedule.day``. Others may not: the
# ``name`` of an ``organizer`` is no title.
_NESTED = frozenset(("day", "date", "end_date", "starts", "ends", "hours"))


@dataclass(frozen=True, slots=True)
class Columns:
    """How the columns of a kind of file are understood: as whoever sends it says, else by their names.

    At least one of ``needed`` is among them. ``said`` are meanings by what the file calls them.
    """

    needed: frozenset[str]
    said: Mapping[str, str] = field(default_factory=dict)

    def suit(self, row: Mapping[Any, Any]) -> bool:
        """Whether the columns of ``row`` are those of such a file."""
        return any(meaning in self.needed for meaning, _ in _meanings(row))

    def named(self, headings: Iterable[str]) -> list[str]:
        """The headings, those that mean what was said marked so."""
        said = {_plain(heading): meaning for heading, meaning in self.said.items()}
        return [f"{_SAID}{said[_plain(one)]}" if _plain(one) in said else one for one in headings]

    def heading(self, named: str | None) -> str | None:
        """What the file itself calls a column that was ``named``."""
        by_meaning = {f"{_SAID}{meaning}": heading for heading, meaning in self.said.items()}
        return by_meaning.get(named or "", named)


ACTIVITIES = Columns(frozenset(("title",)))


def meanings_of(names: Iterable[str]) -> frozenset[str]:
    """What these columns mean, those that mean something."""
    return frozenset(meaning for meaning, _ in _meanings(dict.fromkeys(names)))


def known_columns(names: Iterable[str]) -> int:
    """How many of these columns mean something."""
    return sum(1 for _ in _meanings(dict.fromkeys(names)))


def understood(row: Mapping[str, Any]) -> dict[str, str]:
    """Meaning → cleaned text, for what the row says; what says nothing (empty, ``NULL``) is left out.

    Raises:
        BadRow: a character that cannot be stored.
    """
    found: dict[str, tuple[int, str]] = {}
    for path, value in _leaves(row, (), 0):
        meaning, rank = _meaning(path)
        if meaning is None:
            continue
        text = clean(value)
        if meaning != "description":
            text = text.replace("\n", " ")
        if _UNSTORABLE.search(text):
            raise BadRow(
                ".".join(path).encode("utf-8", "replace").decode(),
                "Contains a character that cannot be stored.",
                "Contient un caractère impossible à enregistrer.",
            )
        if text and (meaning not in found or rank < found[meaning][0]):
            found[meaning] = (rank, text)
    return {meaning: text for meaning, (_, text) in found.items()}


def not_understood(rows: Iterable[Mapping[Any, Any]]) -> list[str]:
    """The columns that say something in these rows, and mean nothing here; in the order of the file."""
    said = {
        str(name): None
        for row in rows
        for name, value in row.items()
        if _meaning((str(name),))[0] is None and clean(value)
    }
    return list(said)


def heading_of(row: Mapping[Any, Any], meaning: str) -> str | None:
    """What the file itself calls the column that told ``meaning``, or would have; None if it has none."""
    named = [
        (not clean(value), rank, ".".join(path))
        for path, value in _leaves(row, (), 0)
        for found, rank in [_meaning(path)]
        if found == meaning
    ]
    # A name may hold what UTF-8 cannot.
    return min(named)[2].strip()[:80].encode("utf-8", "replace").decode() if named else None


def clean(value: Any) -> str:
    """A scalar as text, without stray and non-breaking spaces around and in runs; ``NULL`` is nothing."""
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, list):
        scalars = (one for one in value if not isinstance(one, list | Mapping))
        return ", ".join(filter(None, map(clean, scalars)))
    text = (
        _SPACES.sub(" ", _LINE_ENDS.sub("\n", str(value)))
        .strip()
        .strip("\u200b\u2060\ufeff")
        .strip()
    )
    return "" if text.casefold() in _NOTHING else text


def _meanings(row: Mapping[Any, Any]) -> Iterator[tuple[str, int]]:
    for path, _ in _leaves(row, (), 0):
        meaning, rank = _meaning(path)
        if meaning is not None:
            yield meaning, rank


@lru_cache(maxsize=4096)
def _meaning(path: tuple[str, ...]) -> tuple[str | None, int]:
    if path[0].startswith(_SAID) and path[0][1:] in NAMES:
        return path[0][1:], -1
    for names in (_plain, _shortened):
        if found := _MEANING_OF.get(names("".join(path))):
            return found
    found = _MEANING_OF.get(_plain(path[-1]))
    return found if found and found[0] in _NESTED else (None, 0)


def _leaves(
    row: Mapping[Any, Any], path: tuple[str, ...], depth: int
) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, value in row.items():
        here = (*path, str(name))
        if not isinstance(value, Mapping):
            yield here, value
        elif depth < _DEEPEST:
            yield from _leaves(value, here, depth + 1)


def _plain(name: str) -> str:
    return _joined(fold(name))


def _shortened(name: str) -> str:
    folded = fold(name)
    return _joined(_OF_WHAT.sub("", _HOW_MANY.sub("", folded)))


def _joined(folded: str) -> str:
    return folded.replace(" ", "").replace("_", "")
