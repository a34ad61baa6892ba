"""Which cells of an edition may be told, given the editions before it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.reporting.disclosure import Cell, Fate, layer, withhold
from services.reporting.disclosure.layers import Layer
from services.reporting.operations.cube import Atom, CellName, Cube

# The measures of heads that were counted: people of whom nobody knows who they are.
_HEADS = ("attended",)
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
    return of_sessions | _withheld(editions, of_people, threshold, beat, totals=totals)


def _held_against(earlier: Sequence[Edition]) -> list[Edition]:
    last_told: dict[CellName, int] = {}
    for number, edition in enumerate(earlier):
        for name in edition.cube.people.keys() - edition.withheld:
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
    return known + sum(layers[atom][1].count for atom in atoms if layers[atom][0][1] == _HEADS)


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
