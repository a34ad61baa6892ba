"""The figures of tables as sums over atoms."""

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, field
from enum import Enum


class Fate(Enum):
    """Whether a figure may still be withheld."""

    OPEN = "to be decided"
    OUT = "published before, which nobody can take back"
    KEPT = "withheld before, and for good"


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure: the sum of ``atoms``, each named by its index.

    ``people`` is how many different people it is about, if fewer than it counts (one person with three
    registrations). ``fate`` is open but for figures of earlier editions.
    """

    key: Hashable
    atoms: frozenset[int]
    people: int | None = None
    fate: Fate = Fate.OPEN


@dataclass(frozen=True, slots=True)
class Target:
    """A sum that nobody may find out: ``classes`` must seem able to count ``most`` together."""

    classes: frozenset[int]
    most: float


@dataclass(slots=True)
class System:
    """Cells over classes of atoms: atoms that lie in the same cells cannot be told apart, and count as one.

    Classes that count nothing are left out, as if whoever reads the tables knew that nobody is there:
    so the attacker is taken to know more than most would.
    """

    cells: Sequence[Cell]
    values: list[int] = field(default_factory=list)
    members: list[frozenset[int]] = field(default_factory=list)

    @classmethod
    def of(cls, counts: Sequence[int], cells: Sequence[Cell]) -> "System":
        """The system of ``cells`` over atoms that count ``counts``."""
        signatures: list[list[int]] = [[] for _ in counts]
        for number, cell in enumerate(cells):
            for atom in cell.atoms:
                signatures[atom].append(number)
        classes: dict[tuple[int, ...], int] = {}
        values: list[int] = []
        members: list[set[int]] = [set() for _ in cells]
        for signature, count in zip(map(tuple, signatures), counts, strict=True):
            if not signature or not count:
                continue
            if signature not in classes:
                classes[signature] = len(values)
                values.append(0)
                for number in signature:
                    members[number].add(classes[signature])
            values[classes[signature]] += count
        return cls(cells, values, [frozenset(found) for found in members])

    def cells_of(self) -> list[list[int]]:
        """For each class, the numbers of the cells that it lies in."""
        found: list[list[int]] = [[] for _ in self.values]
        for number, classes in enumerate(self.members):
            for one in classes:
                found[one].append(number)
        return found

    def total(self, classes: Collection[int]) -> int:
        """How many ``classes`` count together."""
        return sum(self.values[one] for one in classes)
