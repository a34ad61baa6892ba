"""Which cells of an edition may be told, given the editions before it.

Different people do not add up: someone counts in several groups, and once in the total. What solves equations does
not see them, so the counts of them that are told have a rule of their own (``_few_apart``).
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.reporting.disclosure import Cell, Fate, layer
from services.reporting.disclosure.layers import Layer
from services.reporting.operations.cube import Atom, CellName, Cube

# The counts of different people that are told, each by the measure whose people they are.
_DIFFERENT = {"registrations": "people", "came": "people_attended"}
# Earlier editions held against a new one: the last few, and for each figure the last that told it.
_WINDOW = 6
# (number of the edition, the cell)
_Key = tuple[int, CellName]


@dataclass(frozen=True, slots=True)
class Edition:
    """What was counted for one edition, and the cells it withheld; not yet known of the one being made."""

    cube: Cube
    withheld: frozenset[CellName] = frozenset()


def withhold_cells(
    earlier: Sequence[Edition],
    cube: Cube,
    threshold: int,
    *,
    beat: Callable[[], None] = lambda: None,
) -> frozenset[CellName]:
    """The cells of ``cube`` that may not be published, to whoever kept the ``earlier`` editions (oldest first).

    ``beat`` is called now and then: it may take minutes.
    """
    editions = [*_held_against(earlier), Edition(cube)]
    of_sessions = _withheld(editions, [one.cube.of_sessions for one in editions], threshold, beat)
    # Both families have the same totals: what one tells of them is known in the other.
    totals = frozenset(name for name in of_sessions if name[1] is None)
    of_people = [one.cube.of_people for one in editions]
    withheld = of_sessions | _withheld(editions, of_people, threshold, beat, totals=totals)
    return withheld | _few_apart([*editions[:-1], Edition(cube, withheld)], threshold)


def _held_against(earlier: Sequence[Edition]) -> list[Edition]:
    last_told: dict[CellName, int] = {}
    for number, edition in enumerate(earlier):
        for name in edition.cube.people.keys() - edition.withheld:
            last_told[name] = number
        for name in _different_told(edition):
            last_told[name] = number
    wanted = {*range(len(earlier) - _WINDOW, len(earlier)), *last_told.values()}
    return [edition for number, edition in enumerate(earlier) if number in wanted]


def _withheld(
    editions: Sequence[Edition],
    atoms_of: Sequence[Mapping[Atom, int]],
    threshold: int,
    beat: Callable[[], None],
    *,
    totals: frozenset[CellName] | None = None,
) -> frozenset[CellName]:
    """What the last of ``editions`` may not tell of one family; ``totals`` are those withheld already."""
    # Its solver takes memory that web processes, which never withhold, can spare.
    from services.reporting.disclosure.suppression import withhold  # noqa: PLC0415 — as said above

    layers = [(atom, one) for atom, found in layer(atoms_of).items() for one in found]
    counts = [one.count for _, one in layers]
    last = len(editions) - 1
    cells = []
    for number, edition in enumerate(editions):
        for name, atoms in _members(layers, number).items():
            before = edition.withheld if number < last else totals if name[1] is None else None
            fate = Fate.OPEN if before is None else Fate.KEPT if name in before else Fate.OUT
            people = _people(edition.cube, name, atoms, layers)
            cells.append(Cell((number, name), frozenset(atoms), people, fate))
    found: frozenset[_Key] = withhold(counts, cells, threshold, beat=beat)  # type: ignore[assignment]
    return frozenset(name for _, name in found)


def _members(layers: Sequence[tuple[Atom, Layer]], edition: int) -> dict[CellName, set[int]]:
    """The cells of one edition, and the layers that each counts."""
    found: dict[CellName, set[int]] = {}
    for number, ((groups, measures), one) in enumerate(layers):
        if not one.is_in(edition):
            continue
        for measure in measures:
            found.setdefault((measure, None, None), set()).add(number)
            for grouping, group in groups:
                found.setdefault((measure, grouping, group), set()).add(number)
    return found


def _people(
    cube: Cube, name: CellName, atoms: set[int], layers: Sequence[tuple[Atom, Layer]]
) -> int | None:
    known = cube.people.get(name)
    if known is None:
        return None
    return known + sum(layers[atom][1].count for atom in atoms if _are_heads(layers[atom][0][1]))


def _are_heads(measures: Sequence[str]) -> bool:
    """Whether they count heads: people of whom nobody knows who they are, each another."""
    return "attended" in measures and "came" not in measures and "registrations" not in measures


def _few_apart(editions: Sequence[Edition], threshold: int) -> frozenset[CellName]:
    """The counts of different people that the last of ``editions`` may not tell besides.

    They differ by 1 to ``threshold`` - 1 from what an earlier edition told of the same cell, or from one of the same
    edition that holds the cell: then so many people are in the one and not in the other.
    """
    *earlier, last = editions
    told = _different_told(last)
    before = [_different_told(edition) for edition in earlier]
    few = {
        name
        for name, people in told.items()
        if any(0 < abs(people - one.get(name, people)) < threshold for one in before)
    }
    atoms_of = _atoms_of(last.cube)
    # The smallest first: of two that differ by few, the part is withheld and the whole is told.
    for name in sorted(told.keys() - few, key=lambda name: (told[name], str(name))):
        part = atoms_of[_counted_as(name)]
        if any(
            0 < told[other] - told[name] < threshold and part <= atoms_of[_counted_as(other)]
            for other in told.keys() - few
            if other[0] == name[0]
        ):
            few.add(name)
    return frozenset(few)


def _different_told(edition: Edition) -> dict[CellName, int]:
    """How many different people each cell of ``edition`` was told to be about."""
    found = {}
    for counted, people in edition.cube.people.items():
        measure, grouping, group = counted
        name = _DIFFERENT.get(measure, measure), grouping, group
        if measure in _DIFFERENT and not {counted, name} & edition.withheld:
            found[name] = people
    return found


def _counted_as(name: CellName) -> CellName:
    """The cell whose different people ``name`` tells."""
    return next(measure for measure, told in _DIFFERENT.items() if told == name[0]), *name[1:]


def _atoms_of(cube: Cube) -> Mapping[CellName, set[tuple[str, Atom]]]:
    """The atoms that each cell sums, of both families."""
    found: dict[CellName, set[tuple[str, Atom]]] = defaultdict(set)
    for family, atoms in (("sessions", cube.of_sessions), ("people", cube.of_people)):
        for groups, measures in atoms:
            for measure in measures:
                for grouping, group in ((None, None), *groups):
                    found[measure, grouping, group].add((family, (groups, measures)))
    return found


def kept(cube: Cube, withheld: frozenset[CellName]) -> dict[str, Any]:
    """An edition as JSON, to be held against later ones; never shown."""
    return {
        "of_sessions": [[*atom, count] for atom, count in cube.of_sessions.items()],
        "of_people": [[*atom, count] for atom, count in cube.of_people.items()],
        "people": [[*name, count] for name, count in cube.people.items()],
        "withheld": [list(name) for name in withheld],
    }


def read_kept(document: Mapping[str, Any]) -> Edition:
    """The edition that :func:`kept` wrote."""

    def atoms(rows: Sequence[Any]) -> dict[Atom, int]:
        return {
            (tuple((by, group) for by, group in groups), tuple(measures)): count
            for groups, measures, count in rows
        }

    people = {(measure, by, group): count for measure, by, group, count in document["people"]}
    cube = Cube(atoms(document["of_sessions"]), atoms(document["of_people"]), people)
    withheld = frozenset((measure, by, group) for measure, by, group in document["withheld"])
    return Edition(cube, withheld)
