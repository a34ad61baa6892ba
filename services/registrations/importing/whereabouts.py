"""The place, the organisation and the programme that a row mentions: known ones, or new ones."""

import hashlib
import re
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from services.registrations.domain import fold
from services.registrations.importing.plan import (
    Described,
    Drafting,
    KnownPlace,
    at_most,
)
from services.registrations.importing.report import BadRow

_LONGEST_CODE = 80
_NOT_CODE = re.compile(r"[^a-z0-9]+")
_LETTER = re.compile(r"[a-z]")


def code_of(text: str) -> str:
    """A code made from a name: ``Léo-Lagrange`` gives ``leo-lagrange``."""
    code = _NOT_CODE.sub("-", fold(text)).strip("-")
    if code and len(code) <= _LONGEST_CODE:
        return code
    mark = hashlib.sha256(text.encode()).hexdigest()[:8]
    return f"{code[: _LONGEST_CODE - 9].strip('-')}-{mark}".strip("-")


class Whereabouts:
    """Finds what rows mention, by code or by name, and plans what is missing."""

    def __init__(self, drafting: Drafting) -> None:
        self._drafting = drafting
        known = drafting.known
        self._places = dict(known.places)
        self._place_codes = _by_name({code: place.name for code, place in known.places.items()})
        self._organisations = _by_name(known.organisations)
        self._programmes = _by_name(known.programmes)

    def place(self, row: dict[str, str]) -> tuple[str, KnownPlace]:
        """The place of a row, by its id or its name; the default one if the row names none.

        Raises:
            BadRow: it names none and there is no default.
        """
        said, name = row.get("place_id"), row.get("place") or row.get("place_id")
        if name is None:
            default = self._drafting.options.place
            if default is None:
                raise BadRow(
                    "place",
                    "No place is given, nor one by default (place).",
                    "Aucun lieu n’est indiqué, ni dans le fichier ni par défaut (place).",
                )
            return default, self._places[default]
        at_most(200, name, "place")
        # A mere number is no code: that of another site would be taken for the same place.
        if said and _LETTER.search(said.casefold()):
            code = code_of(said)
        else:
            code = self._place_codes.get(_key(name)) or code_of(name)
        if code not in self._places:
            self._make_place(code, name, row)
        place = self._places[code]
        mentioned = Described((code,), {"name": place.name}, mentioned=True)
        self._drafting.plan.places.setdefault(code, mentioned)
        return code, place

    def room(self, place_code: str, name: str) -> None:
        at_most(100, name, "room")
        key = (place_code, name)
        self._drafting.plan.rooms.setdefault(key, Described(key, {}, mentioned=True))

    def organisation(self, name: str | None, place_code: str) -> str:
        """The organisation that a row names; else the default; else the house itself."""
        if name:
            at_most(200, name, "organisation")
            code = self._organisations.get(_key(name)) or code_of(name)
            return self._mention_organisation(code, name, "association")
        if default := self._drafting.options.organisation:
            return self._mention_organisation(default, default, "association")
        return self._mention_organisation(place_code, self._places[place_code].name, "place")

    def programme(self, name: str | None) -> str:
        """Raises BadRow: there is no programme of that code or name."""
        name = name or self._drafting.options.programme
        code = self._programmes.get(_key(name), name)
        if code not in self._drafting.known.programmes:
            raise BadRow(
                "programme",
                f"There is no such programme: {name:.40}",
                f"Ce dispositif n’existe pas : {name:.40}",
            )
        mentioned = Described((code,), {}, mentioned=True)
        self._drafting.plan.programmes.setdefault(code, mentioned)
        return code

    def _make_place(self, code: str, name: str, row: dict[str, str]) -> None:
        options = self._drafting.options
        values = {
            "name": name,
            "address": at_most(300, row.get("address"), "address"),
            "postcode": at_most(10, row.get("postcode"), "postcode"),
            "city": at_most(100, row.get("city"), "city"),
            "timezone": options.timezone,
            "school_zone": options.school_zone,
        }
        self._drafting.plan.places[code] = Described((code,), values, mentioned=True)
        self._places[code] = KnownPlace(name, ZoneInfo(options.timezone), options.school_zone)
        self._place_codes.setdefault(_key(name), code)

    def _mention_organisation(self, code: str, name: str, kind: str) -> str:
        described = Described((code,), {"name": name, "kind": kind}, mentioned=True)
        self._drafting.plan.organisations.setdefault(code, described)
        self._organisations.setdefault(_key(name), code)
        return code


def _by_name(names: Mapping[str, str]) -> dict[str, str]:
    """Codes by their names; of several that have one name, always the same: the one whose code comes of it."""
    found: dict[str, str] = {}
    for code, name in sorted(names.items()):
        key = _key(name)
        if key not in found or code == code_of(name):
            found[key] = code
    return found


def _key(name: str) -> str:
    # A name of signs alone folds to nothing, and may not make strangers one place.
    return fold(name) or name
