"""What somebody can work out who has read every figure published, and can solve linear programmes."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

# Loaded with the first release or report that leaves staff, not with every worker: numpy comes along.
import numpy as np
from highspy import Highs, HighsModelStatus, ObjSense, kHighsInf

from services.reporting.disclosure.cells import Bits, System

_NOTHING = 1e-7
_BYTES_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class Guess:
    """A world that agrees with all that is known: what each class would count, and the cells that forbid more."""

    counts: Sequence[float]
    binding: Collection[int]

    def total(self, classes: Collection[int]) -> float:
        """How many ``classes`` would count together."""
        return sum(self.counts[one] for one in classes)


class Attacker:
    """Knows that no count is negative, which atoms each cell sums, and the cells learnt so far."""

    def __init__(self, system: System, most: int) -> None:
        """``most`` is more than any class could count."""
        self._system = system
        self._size = len(system.values)
        self._solver = Highs()  # type: ignore[no-untyped-call]  # its own lacks the annotation
        for option, value in (
            ("log_to_console", False),
            ("output_flag", False),
            ("threads", 1),
            ("presolve", "off"),
            # Primal: the world found last is one still when another question is asked.
            ("simplex_strategy", 4),
        ):
            self._solver.setOptionValue(option, value)
        self._solver.addVars(
            self._size, np.zeros(self._size), np.full(self._size, float(most), dtype=np.float64)
        )
        for members in system.members:
            columns = np.flatnonzero(_unpacked(_packed(members, self._size))[: self._size])
            ones = np.ones(len(columns))
            self._solver.addRow(-kHighsInf, kHighsInf, len(columns), columns.astype(np.int32), ones)
        self._solver.changeObjectiveSense(ObjSense.kMaximize)

    def learn(self, cell: int) -> None:
        """The cell of this number is published."""
        value = float(self._system.sums[cell])
        self._solver.changeRowBounds(cell, value, value)

    def forget(self, cell: int) -> None:
        """The cell of this number is withheld after all."""
        self._solver.changeRowBounds(cell, -kHighsInf, kHighsInf)

    def most(self, weights: Sequence[tuple[int, int]]) -> Guess:
        """A world in which the classes given, each times its weight, count as many as they possibly could.

        Raises:
            ArithmeticError: the solver found none, though the true counts are one.
        """
        costs = np.zeros(self._size)
        for one, weight in weights:
            costs[one] = weight
        self._solver.changeColsCost(self._size, np.arange(self._size, dtype=np.int32), costs)
        self._solver.run()
        status = self._solver.getModelStatus()
        if status != HighsModelStatus.kOptimal:
            raise ArithmeticError(f"no solution to what is published: {status}")
        solution = self._solver.getSolution()
        binding = [number for number, dual in enumerate(solution.row_dual) if abs(dual) > _NOTHING]
        return Guess(solution.col_value, binding)


def solved(system: System, known: Collection[int]) -> list[int]:
    """The classes whose counts follow from the cells of the numbers ``known`` by adding and subtracting alone.

    A class does when its unit vector is a combination of the rows of those cells: when its leverage
    (its diagonal element of the projection onto their span) is one.
    """
    if not known:
        return []
    size = len(system.values)
    rows = np.stack([_packed(system.members[number], size) for number in sorted(known)])
    gram = np.zeros((len(rows), len(rows)))
    for columns in _columns(rows):
        gram += columns @ columns.T
    inverse = np.linalg.pinv(gram, rcond=1e-10, hermitian=True)
    leverages = [np.einsum("ij,ij->j", columns, inverse @ columns) for columns in _columns(rows)]
    return [int(one) for one in np.flatnonzero(np.concatenate(leverages)[:size] > 1 - 1e-6)]


def _columns(rows: np.ndarray) -> Iterator[np.ndarray]:
    """The columns of packed ``rows``, some thousand at once: all of them would not fit into memory."""
    for start in range(0, rows.shape[1], _BYTES_AT_ONCE):
        yield _unpacked(rows[:, start : start + _BYTES_AT_ONCE]).astype(np.float64)


def _packed(members: Bits, size: int) -> np.ndarray:
    return np.frombuffer(members.to_bytes(size // 8 + 1, "little"), dtype=np.uint8)


def _unpacked(packed: np.ndarray) -> np.ndarray:
    return np.unpackbits(packed, axis=-1, bitorder="little")
