"""Who may join a programme: its rule, which is data, held against what is known of a person.

A rule is a list of alternatives, each of them conditions that must hold together; one alternative that
holds is enough, and a rule without any lets everyone in. The conditions, by their names in the data::

    {"situations": ["minimum-benefits", …]}     the person is in any of them
    {"member_of": "unisvers"}                   had or has a seat in a session of that programme
    {"age": {"min": 18, "max": 25}}             years reached within this year
    {"postcodes": ["34070", …]}                 lives in one of these districts
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from shared.errors import Text

Rule = Sequence[Mapping[str, Any]]


class Standing(StrEnum):
    """How a condition stands; ``declared`` is what the person says and nobody has seen a proof of."""

    MET = "met"
    DECLARED = "declared"
    UNKNOWN = "unknown"
    NOT_MET = "not-met"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a person on a day.

    ``declared`` are the situations that they named, ``proven`` those of which a proof was seen, with the
    day until which it is valid, ``vouched`` those that an adviser names as they register the person.
    ``cohorts`` are the programmes that the person had or has a seat in; of those in ``hidden`` whoever
    asks may not know it. ``seen`` are the other things (``age``, ``postcodes``) of which a proof was seen.
    """

    year: int
    declared: frozenset[str] = frozenset()
    proven: Mapping[str, date] = field(default_factory=dict)
    vouched: frozenset[str] = frozenset()
    cohorts: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    birth_year: int | None = None
    postcode: str | None = None
    seen: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Condition:
    kind: str
    result: Standing
    says: Text


@dataclass(frozen=True, slots=True)
class Alternative:
    """Conditions that must all hold."""

    result: Standing
    conditions: Sequence[Condition]


@dataclass(frozen=True, slots=True)
class Assessment:
    """How a rule stands for a person: ``met``, ``not-met`` or ``unknown``, and why, for an adviser to read."""

    result: Standing
    says: Text
    alternatives: Sequence[Alternative]


def assess(rule: Rule, known: Known, names: Mapping[str, str] | None = None) -> Assessment:
    """Hold ``rule`` against what is ``known``; ``names`` are those of programmes, by code."""
    alternatives = [_alternative(one, known, names or {}) for one in rule]
    result = _overall(alternatives)
    return Assessment(result, _sentence(result, alternatives), alternatives)


def programmes_in(rule: Rule) -> set[str]:
    """The programmes whose cohorts ``rule`` asks about."""
    return {one["member_of"] for one in rule if "member_of" in one}


def situations_in(rule: Rule) -> list[str]:
    """The situations that ``rule`` asks about, each once, in order."""
    return sorted({code for one in rule for code in one.get("situations", ())})


def _alternative(
    conditions: Mapping[str, Any], known: Known, names: Mapping[str, str]
) -> Alternative:
    # In an order of their own, for storage keeps none.
    checked = [
        Condition(kind, *check(conditions[kind], known, names))
        for kind, check in _CHECKS.items()
        if kind in conditions
    ]
    return Alternative(_weakest([one.result for one in checked]), checked)


def _weakest(results: Sequence[Standing]) -> Standing:
    return max(results, key=_ORDER.index, default=Standing.MET)


def _overall(alternatives: Sequence[Alternative]) -> Standing:
    """The best of the alternatives; what is only declared remains to be checked."""
    best = min((one.result for one in alternatives), key=_ORDER.index, default=Standing.MET)
    return Standing.UNKNOWN if best == Standing.DECLARED else best


_ORDER = (Standing.MET, Standing.DECLARED, Standing.UNKNOWN, Standing.NOT_MET)

_HEADS: Mapping[Standing, Text] = {
    Standing.MET: Text("The conditions are met.", "Les conditions sont remplies."),
    Standing.UNKNOWN: Text("To be checked.", "À vérifier."),
    Standing.NOT_MET: Text("The conditions are not met.", "Les conditions ne sont pas remplies."),
}


def _sentence(result: Standing, alternatives: Sequence[Alternative]) -> Text:
    """What to do, and the alternatives that it rests on: those met, else those still open, else all."""
    head = _HEADS[result]
    telling = [one for one in alternatives if one.result == result] or alternatives
    if result == Standing.UNKNOWN:
        telling = [one for one in alternatives if one.result != Standing.NOT_MET]
    if not telling:
        return Text("Everyone may join.", "Tout le monde peut participer.")
    english = " Or: ".join(" ".join(one.says.en for one in way.conditions) for way in telling)
    french = " Ou : ".join(" ".join(one.says.fr for one in way.conditions) for way in telling)
    return Text(f"{head.en} {english}", f"{head.fr} {french}")


Checked = tuple[Standing, Text]

# What the situations that most programmes ask about are called. A place may have others: they are then
# named by their codes.
_SITUATIONS: Mapping[str, Text] = {
    "minimum-benefits": Text("on minimum benefits", "allocataire de minima sociaux"),
    "awaiting-rights": Text("awaiting rights", "en attente de droits"),
    "job-seeker": Text("job-seeker", "en recherche d'emploi"),
    "student": Text("student", "en études"),
    "retired": Text("retired", "à la retraite"),
}


def situation_name(code: str) -> Text:
    """What a situation is called, or its code."""
    return _SITUATIONS.get(code, Text(code, code))


def _situations(wanted: Sequence[str], known: Known, _: Mapping[str, str]) -> Checked:
    if proven := [code for code in wanted if code in known.proven]:
        code = max(proven, key=lambda one: known.proven[one])
        name, until = situation_name(code), known.proven[code]
        return Standing.MET, Text(
            f"Proof seen, valid until {until:%Y-%m-%d}: {name.en}.",
            f"Justificatif vu, valable jusqu'au {until:%d/%m/%Y} : {name.fr}.",
        )
    if vouched := [code for code in wanted if code in known.vouched]:
        name = _any_of(vouched)
        return Standing.MET, Text(
            f"Stated by an adviser: {name.en}.", f"Indiqué par un conseiller : {name.fr}."
        )
    if declared := [code for code in wanted if code in known.declared]:
        name = _any_of(declared)
        return Standing.DECLARED, Text(
            f"Declared, no valid proof seen: {name.en}.",
            f"Déclaré, sans justificatif valable : {name.fr}.",
        )
    name = _any_of(wanted)
    return Standing.UNKNOWN, Text(
        f"Not known, to be asked: {name.en}.", f"Non connu, à demander : {name.fr}."
    )


def _any_of(codes: Sequence[str]) -> Text:
    names = [situation_name(code) for code in codes]
    return Text(" or ".join(one.en for one in names), " ou ".join(one.fr for one in names))


def _member_of(programme: str, known: Known, names: Mapping[str, str]) -> Checked:
    name = names.get(programme, programme)
    if programme in known.hidden:
        return Standing.UNKNOWN, Text(
            f"Only the advisers of {name} may know whether the person takes part in it.",
            f"Seuls les conseillers du dispositif {name} peuvent savoir si la personne y participe.",
        )
    if programme in known.cohorts:
        return Standing.MET, Text(
            f"Takes or took part in {name}.", f"Participe ou a participé au dispositif {name}."
        )
    return Standing.NOT_MET, Text(
        f"No seat in any session of {name} is on record.",
        f"Aucune place dans une session du dispositif {name} n'est enregistrée.",
    )


def _age(limits: Mapping[str, int], known: Known, _: Mapping[str, str]) -> Checked:
    least, most = limits.get("min"), limits.get("max")
    range_ = _range(least, most)
    if known.birth_year is None:
        return Standing.UNKNOWN, Text(
            f"Year of birth not known; for {range_.en}.",
            f"Année de naissance non connue ; réservé aux {range_.fr}.",
        )
    age = known.year - known.birth_year
    fits = (least is None or age >= least) and (most is None or age <= most)
    seen = _SEEN if "age" in known.seen else _NOTHING
    return (
        Standing.MET if fits else Standing.NOT_MET,
        Text(
            f"{age} years old this year{seen.en}; for {range_.en}.",
            f"{age} ans cette année{seen.fr} ; réservé aux {range_.fr}.",
        ),
    )


def _range(least: int | None, most: int | None) -> Text:
    if least is None:
        return Text(f"people up to {most}", f"personnes de {most} ans au plus")
    if most is None:
        return Text(f"people of {least} and over", f"personnes de {least} ans et plus")
    return Text(f"people of {least} to {most}", f"personnes de {least} à {most} ans")


def _postcodes(wanted: Sequence[str], known: Known, _: Mapping[str, str]) -> Checked:
    districts = ", ".join(wanted)
    if known.postcode is None:
        return Standing.UNKNOWN, Text(
            f"Postcode not known; for people of {districts}.",
            f"Code postal non connu ; réservé aux habitants du {districts}.",
        )
    seen = _SEEN if "postcodes" in known.seen else _NOTHING
    lives = Text(
        f"Lives in {known.postcode}{seen.en}; for people of {districts}.",
        f"Habite au {known.postcode}{seen.fr} ; réservé aux habitants du {districts}.",
    )
    return (Standing.MET if known.postcode in wanted else Standing.NOT_MET), lives


_SEEN = Text(" (proof seen)", " (justificatif vu)")
_NOTHING = Text("", "")

_CHECKS: Mapping[str, Callable[[Any, Known, Mapping[str, str]], Checked]] = {
    "situations": _situations,
    "member_of": _member_of,
    "age": _age,
    "postcodes": _postcodes,
}
