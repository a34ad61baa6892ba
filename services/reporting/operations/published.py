"""Which cells of a release may be told, given the releases before it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.reporting.disclosure import Cell, Fate, layer, withhold
from services.reporting.disclosure.layers import Layer
from services.reporting.operations.cube import (
    OF_SESSIONS,
    SITUATION,
    Atom,
    CellName,
    Cube,
    Groups,
)

_HEADS = ("attended",)
# (number of the edition, the cell)
_Key = tuple[int, CellName]


@dataclass(frozen=True, slots=True)
class Edition:
    """What was counted at one release, and the cells it withheld; not yet known of the one being made."""

    cube: Cube
    withheld: frozenset[CellName] = frozenset()


def withhold_cells(editions: Sequence[Edition], threshold: int) -> frozenset[CellName]:
    """The cells of the last of ``editions`` that may not be published, to whoever kept the ones before it."""
    by_session = _withheld(editions, OF_SESSIONS, threshold)
    # Both families have the same totals: what one tells of them is known in the other.
    totals = frozenset(name for name in by_session if name[1] is None)
    return by_session | _withheld(editions, (SITUATION,), threshold, totals=totals)


def _withheld(
    editions: Sequence[Edition],
    groupings: Sequence[str],
    threshold: int,
    *,
    totals: frozenset[CellName] | None = None,
) -> frozenset[CellName]:
    atoms_of = [_atoms(one.cube, groupings) for one in editions]
    layers = [(atom, one) for atom, found in layer(atoms_of).items() for one in found]
    counts = [one.count for _, one in layers]
    last = len(editions) - 1
    cells = []
    for number, edition in enumerate(editions):
        members = _members(layers, groupings, number)
        for name, atoms in members.items():
            before = edition.withheld if number < last else totals if name[1] is None else None
            fate = Fate.OPEN if before is None else Fate.KEPT if name in before else Fate.OUT
            people = _people(edition.cube, name, atoms, layers)
            cells.append(Cell((number, name), frozenset(atoms), people, fate))
    found: frozenset[_Key] = withhold(counts, cells, threshold)  # type: ignore[assignment]
    return frozenset(name for _, name in found)


def _atoms(cube: Cube, groupings: Sequence[str]) -> Mapping[Atom, int]:
    return cube.by_situation if tuple(groupings) == (SITUATION,) else cube.by_session


def _members(
    layers: Sequence[tuple[Atom, Layer]], groupings: Sequence[str], edition: int
) -> dict[CellName, set[int]]:
    """The cells of one edition, and the layers that each counts."""
    found: dict[CellName, set[int]] = {}
    for number, ((groups, measures), one) in enumerate(layers):
        if not one.is_in(edition):
            continue
        for measure in measures:
            found.setdefault((measure, None, None), set()).add(number)
            for grouping, group in _groups(groupings, groups):
                found.setdefault((measure, grouping, group), set()).add(number)
    return found


def _groups(groupings: Sequence[str], groups: Groups) -> Iterable[tuple[str, str | None]]:
    if tuple(groupings) == (SITUATION,):
        return [(SITUATION, one) for one in groups or (None,)]
    return zip(groupings, groups, strict=True)


def _people(
    cube: Cube, name: CellName, atoms: set[int], layers: Sequence[tuple[Atom, Layer]]
) -> int | None:
    known = cube.people.get(name)
    if known is None:
        return None
    # Heads that were counted are people that nobody knows.
    return known + sum(layers[atom][1].count for atom in atoms if layers[atom][0][1] == _HEADS)


def kept(cube: Cube, withheld: frozenset[CellName]) -> dict[str, Any]:
    """An edition as JSON, to be held against later ones; never shown."""
    return {
        "by_session": [[*atom, count] for atom, count in cube.by_session.items()],
        "by_situation": [[*atom, count] for atom, count in cube.by_situation.items()],
        "people": [[*name, count] for name, count in cube.people.items()],
        "withheld": [list(name) for name in withheld],
    }


def read_kept(document: Mapping[str, Any]) -> Edition:
    """The edition that :func:`kept` wrote."""

    def atoms(rows: Sequence[Any]) -> dict[Atom, int]:
        return {(tuple(groups), tuple(measures)): count for groups, measures, count in rows}

    people = {(measure, by, group): count for measure, by, group, count in document["people"]}
    cube = Cube(atoms(document["by_session"]), atoms(document["by_situation"]), people)
    withheld = frozenset((measure, by, group) for measure, by, group in document["withheld"])
    return Edition(cube, withheld)
