"""Editions one after another: who was counted in which, so that nothing can be had by subtracting them."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

Atom = TypeVar("Atom", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Layer:
    """So many of one atom that were counted from edition ``first`` to edition ``last`` (both included)."""

    count: int
    first: int
    last: int

    def is_in(self, edition: int) -> bool:
        """Whether ``edition`` counts them."""
        return self.first <= edition <= self.last


def layer(editions: Sequence[Mapping[Atom, int]]) -> dict[Atom, list[Layer]]:
    """What each atom counts in ``editions``, in order, as layers that came and went together.

    When an atom counts fewer than before, those who came last are taken to have left: no history of
    these counts has fewer or larger changes, so what two editions tell by their difference is a layer.
    """
    found: dict[Atom, list[Layer]] = {}
    for atom in dict.fromkeys(atom for edition in editions for atom in edition):
        found[atom] = _layers([edition.get(atom, 0) for edition in editions])
    return found


def _layers(counts: Sequence[int]) -> list[Layer]:
    there: list[Layer] = []
    gone: list[Layer] = []
    before = 0
    for edition, count in enumerate(counts):
        if count > before:
            there.append(Layer(count - before, edition, edition))
        surplus = before - count
        while surplus > 0:
            youngest = there.pop()
            leaving = min(surplus, youngest.count)
            gone.append(Layer(leaving, youngest.first, edition - 1))
            if leaving < youngest.count:
                there.append(Layer(youngest.count - leaving, youngest.first, edition))
            surplus -= leaving
        before = count
    last = len(counts) - 1
    return gone + [Layer(one.count, one.first, last) for one in there]
