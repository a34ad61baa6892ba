"""Which cells of an edition may be told, given the editions before it.

Different people do not add up: someone counts in several groups, and once in the total. What solves equations does
not see them, so the counts of them that are told have a rule of their own (``_few_apart``).
"""

from array import array
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
    heads = [one.count if _are_heads(measures) else 0 for (_, measures), one in layers]
    last = len(editions) - 1
    cells = []
    for number, edition in enumerate(editions):
        for name, atoms in _members(layers, number).items():
            before = edition.withheld if number < last else totals if name[1] is None else None
            fate = Fate.OPEN if before is None else Fate.KEPT if name in before else Fate.OUT
            people = edition.cube.people.get(name)
            if people is not None:
                people += sum(heads[atom] for atom in atoms)
            cells.append(Cell((number, name), atoms, people, fate))
    found: frozenset[_Key] = withhold(counts, cells, threshold, beat=beat)  # type: ignore[assignment]
    return frozenset(name for _, name in found)


def _members(layers: Sequence[tuple[Atom, Layer]], edition: int) -> "dict[CellName, array[int]]":
    """The cells of one edition, and the layers that each counts."""
    found: dict[CellName, array[int]] = defaultdict(lambda: array("I"))
    for number, ((groups, measures), one) in enumerate(layers):
        if not one.is_in(edition):
            continue
        for measure in measures:
            found[measure, None, None].append(number)
            for grouping, group in groups:
                found[measure, grouping, group].append(number)
    return found


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
    atoms_of = _atoms_of(last.cube, {_counted_as(name)[0] for name in told})
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


def _atoms_of(cube: Cube, wanted: set[str]) -> Mapping[CellName, set[int]]:
    """The atoms, of both families, that each cell of the measures ``wanted`` sums."""
    found: dict[CellName, set[int]] = defaultdict(set)
    for number, (groups, measures) in enumerate((*cube.of_sessions, *cube.of_people)):
        for measure in wanted.intersection(measures):
            for grouping, group in ((None, None), *groups):
                found[measure, grouping, group].add(number)
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
    # What is alike is kept once: there may be hundreds of thousands of atoms, of a few groups.
    same: dict[Any, Any] = {}

    def once(names: Sequence[Any]) -> Any:
        return same.setdefault(tuple(names), tuple(names))

    def atoms(rows: Sequence[Any]) -> dict[Atom, int]:
        return {
            (tuple(once(one) for one in groups), once(measures)): count
            for groups, measures, count in rows
        }

    people = {(measure, by, group): count for measure, by, group, count in document["people"]}
    cube = Cube(atoms(document["of_sessions"]), atoms(document["of_people"]), people)
    withheld = frozenset((measure, by, group) for measure, by, group in document["withheld"])
    return Edition(cube, withheld)
