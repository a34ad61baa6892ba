"""The figures of tables as sums over atoms."""

from array import array
from collections import Counter
from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum

# A set of small numbers: bit n is set when n is in it.
Bits = int


class Fate(Enum):
    """Whether a figure may still be withheld."""

    OPEN = "to be decided"
    OUT = "published before, which nobody can take back"
    KEPT = "withheld before, and for good"


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure: the sum of ``atoms``, each named by its index, and once.

    ``people`` is how many different people it is about, if fewer than it counts (one person with three
    registrations). ``fate`` is open but for figures of earlier editions.
    """

    key: Hashable
    atoms: Collection[int]
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

    ``members`` are the classes of each cell, ``sums`` what they count. Sets of classes are the bits of a number: of a
    large town there are hundreds of thousands of classes, and each lies in a score of cells.

    Classes that count nothing are left out, as if whoever reads the tables knew that nobody is there:
    so the attacker is taken to know more than most would.
    """

    cells: Sequence[Cell]
    values: list[int] = field(default_factory=list)
    members: list[Bits] = field(default_factory=list)
    sums: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, counts: Sequence[int], cells: Sequence[Cell]) -> "System":
        """The system of ``cells`` over atoms that count ``counts``."""
        signatures = [array("I") for _ in counts]
        for number, cell in enumerate(cells):
            for atom in cell.atoms:
                signatures[atom].append(number)
        classes: Counter[bytes] = Counter()
        for signature, count in zip(signatures, counts, strict=True):
            if signature and count:
                classes[signature.tobytes()] += count
        width = len(classes) // 8 + 1
        members = [bytearray(width) for _ in cells]
        sums = [0] * len(cells)
        for one, (cells_of, value) in enumerate(classes.items()):
            for number in memoryview(cells_of).cast("I"):
                members[number][one >> 3] |= 1 << (one & 7)
                sums[number] += value
        found = [int.from_bytes(bits, "little") for bits in members]
        return cls(cells, list(classes.values()), found, sums)

    def total(self, classes: Collection[int]) -> int:
        """How many ``classes`` count together."""
        return sum(self.values[one] for one in classes)


def ones(bits: Bits) -> Iterator[int]:
    """The members of a small set."""
    while bits:
        last = bits & -bits
        yield last.bit_length() - 1
        bits ^= last
