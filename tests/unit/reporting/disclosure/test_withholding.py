"""Whoever reads all that is published, and can solve equations, learns nothing about a few people."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from hypothesis import example, given, note, settings
from hypothesis import strategies as st

from services.reporting.disclosure import Cell, Fate, layer
from services.reporting.disclosure.suppression import withhold

Tables = tuple[list[int], list[Cell]]


def tables(counts: dict[tuple[int, ...], int], by: list[tuple[int, ...]]) -> Tables:
    """A total, and a table by each of the groupings ``by`` (numbers of dimensions), over ``counts``."""
    keys = sorted(counts)
    cells = [Cell("total", frozenset(range(len(keys))))]
    for dimensions in by:
        for group in sorted({tuple(key[one] for one in dimensions) for key in keys}):
            inside = [
                number
                for number, key in enumerate(keys)
                if tuple(key[one] for one in dimensions) == group
            ]
            cells.append(Cell((dimensions, group), frozenset(inside)))
    return [counts[key] for key in keys], cells


def computed(counts: list[int], published: list[frozenset[int]], wanted: frozenset[int]) -> bool:
    """Whether ``wanted`` is a combination of the sums published: exact elimination over the rationals."""

    def row(atoms: frozenset[int]) -> list[Fraction]:
        return [Fraction(int(atom in atoms and counts[atom] > 0)) for atom in range(len(counts))]

    reduced: list[tuple[int, list[Fraction]]] = []

    def reduce(vector: list[Fraction]) -> list[Fraction]:
        for pivot, known in reduced:
            if vector[pivot]:
                factor = vector[pivot] / known[pivot]
                vector = [a - factor * b for a, b in zip(vector, known, strict=True)]
        return vector

    for atoms in published:
        vector = reduce(row(atoms))
        pivot = next((at for at, value in enumerate(vector) if value), None)
        if pivot is not None:
            reduced.append((pivot, vector))
    return not any(reduce(row(wanted)))


def value_of(counts: list[int], atoms: frozenset[int]) -> int:
    return sum(counts[atom] for atom in atoms)


SHAPES: dict[str, list[tuple[int, ...]]] = {
    "linked tables of one dimension": [(0,), (1,), (2,)],
    "a table of two dimensions with its margins": [(0,), (1,), (0, 1)],
    "two tables of two dimensions that share one": [(0,), (1,), (2,), (0, 1), (1, 2)],
    "everything": [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)],
}
worlds = st.dictionaries(
    st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 2)),
    st.one_of(st.integers(1, 12), st.integers(1, 60)),
    min_size=1,
    max_size=20,
)


@pytest.mark.parametrize("by", SHAPES.values(), ids=list(SHAPES))
@given(world=worlds, threshold=st.sampled_from([5, 11]))
@settings(max_examples=120, deadline=None)
def test_no_group_smaller_than_the_threshold_can_be_computed_from_what_is_published(
    by: list[tuple[int, ...]], world: dict[tuple[int, ...], int], threshold: int
) -> None:
    counts, cells = tables(world, by)
    withheld = withhold(counts, cells, threshold)
    published = [cell.atoms for cell in cells if cell.key not in withheld]
    note(f"withheld: {withheld}")

    assert all(not 0 < value_of(counts, atoms) < threshold for atoms in published if atoms), (
        "published as it is"
    )
    small = [cell.atoms for cell in cells if 0 < value_of(counts, cell.atoms) < threshold]
    small += [frozenset((atom,)) for atom, count in enumerate(counts) if count < threshold]
    small += [
        whole - part
        for whole, part in product(published, published)
        if part < whole and 0 < value_of(counts, whole - part) < threshold
    ]
    for atoms in small:
        assert not computed(counts, published, atoms)


@given(
    editions=st.lists(worlds, min_size=2, max_size=3),
    threshold=st.sampled_from([5, 11]),
)
@settings(max_examples=120, deadline=None)
@example(  # the earlier edition allows the few who left no more than their number and ten
    editions=[{(0, 0, 0): 11, (0, 1, 0): 11}, {(0, 0, 0): 1, (0, 0, 1): 10, (0, 1, 0): 1}],
    threshold=11,
)
@example(editions=[{(0, 0, 0): 20}, {(0, 0, 0): 22}], threshold=5)
@example(editions=[{(0, 0, 0): 20, (1, 0, 0): 20}, {(0, 0, 0): 22, (1, 0, 0): 31}], threshold=5)
def test_no_later_edition_gives_away_what_an_earlier_one_withheld_nor_the_few_who_came_between(
    editions: list[dict[tuple[int, ...], int]], threshold: int
) -> None:
    by = [(0,), (1,)]
    out: list[tuple[int, Any]] = []
    for number in range(len(editions)):
        counts, cells, atoms_of = successive(editions[: number + 1], by, out)
        withheld = withhold(counts, cells, threshold)
        assert {edition for edition, _ in withheld} <= {number}
        out += [cell.key for cell in cells if cell.key not in withheld and cell.key[0] == number]
        published = [cell.atoms for cell in cells if cell.key in out]
        small = [frozenset((atom,)) for atom, count in enumerate(counts) if count < threshold]
        small += [cell.atoms for cell in cells if 0 < value_of(counts, cell.atoms) < threshold]
        for atoms in small:
            assert not computed(counts, published, atoms), (number, atoms_of)


def successive(
    editions: list[dict[tuple[int, ...], int]],
    by: list[tuple[int, ...]],
    out: list[tuple[int, Any]],
) -> tuple[list[int], list[Cell], list[Any]]:
    """The cells of all editions over the layers of who was counted in which."""
    layers = [(key, one) for key, found in layer(editions).items() for one in found]
    counts = [one.count for _, one in layers]
    cells = []
    for number, edition in enumerate(editions):
        _, of_edition = tables(edition, by)
        keys = sorted(edition)
        for cell in of_edition:
            inside = {keys[atom] for atom in cell.atoms}
            atoms = frozenset(
                at for at, (key, one) in enumerate(layers) if key in inside and one.is_in(number)
            )
            name = (number, cell.key)
            fate = Fate.OUT if name in out else Fate.KEPT
            cells.append(Cell(name, atoms, fate=fate if number < len(editions) - 1 else Fate.OPEN))
    return counts, cells, layers


def test_what_is_large_enough_everywhere_is_published_whole() -> None:
    counts, cells = tables({(0, 0): 20, (0, 1): 30, (1, 0): 40, (1, 1): 50}, [(0,), (1,), (0, 1)])

    assert withhold(counts, cells, 5) == frozenset()


def test_one_small_group_takes_another_with_it_so_that_the_total_does_not_tell_it() -> None:
    counts, cells = tables({(0,): 3, (1,): 40, (2,): 60}, [(0,)])

    assert withhold(counts, cells, 5) == {((0,), (0,)), ((0,), (1,))}


def test_two_small_groups_whose_sum_is_small_take_a_third() -> None:
    counts, cells = tables({(0,): 1, (1,): 2, (2,): 60}, [(0,)])

    assert withhold(counts, cells, 5) == {((0,), (0,)), ((0,), (1,)), ((0,), (2,))}


def test_a_group_within_another_of_another_table_is_not_told_by_their_difference() -> None:
    # All of organisation 0, but for 2 people, is in programme 0: 48 of 50.
    counts, cells = tables({(0, 0): 48, (0, 1): 2, (1, 1): 60}, [(0,), (1,)])
    withheld = withhold(counts, cells, 5)
    published = [cell.atoms for cell in cells if cell.key not in withheld]

    assert not computed(counts, published, frozenset({1}))


def test_a_figure_of_many_about_few_people_is_withheld_too() -> None:
    counts = [9, 40]
    cells = [
        Cell("total", frozenset({0, 1})),
        Cell("few", frozenset({0}), people=2),
        Cell("many", frozenset({1}), people=30),
    ]

    assert withhold(counts, cells, 5) == {"few", "many"}


def test_nobody_is_no_secret() -> None:
    counts = [0, 40]
    cells = [
        Cell("total", frozenset({0, 1})),
        Cell("none", frozenset({0})),
        Cell("all", frozenset({1})),
    ]

    assert withhold(counts, cells, 5) == frozenset()


@given(
    st.lists(st.dictionaries(st.sampled_from("abc"), st.integers(0, 30)), min_size=1, max_size=6)
)
def test_layers_add_up_to_every_edition(editions: list[dict[str, int]]) -> None:
    layers = layer(editions)

    for number, edition in enumerate(editions):
        for atom in "abc":
            there = [one for one in layers.get(atom, []) if one.is_in(number)]
            assert sum(one.count for one in there) == edition.get(atom, 0)
    assert all(one.count > 0 for found in layers.values() for one in found)
