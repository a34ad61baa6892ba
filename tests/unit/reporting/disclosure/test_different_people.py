"""Different people do not add up, and so solve no equation; what they tell by differences is withheld all the same."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import accumulate, product
from operator import add

from hypothesis import given, settings
from hypothesis import strategies as st

from services.reporting.operations.cube import Atom, CellName, Cube
from services.reporting.operations.published import Edition, withhold_cells

# Whose registration it is, and in which programme and place.
Registered = tuple[int, str, str]


def cube_of(registered: list[Registered]) -> Cube:
    """What would be counted of these registrations, by programme and by place."""
    atoms: Counter[Atom] = Counter()
    people: defaultdict[CellName, set[int]] = defaultdict(set)
    for person, programme, place in registered:
        groups = (("programme", programme), ("place", place))
        atoms[groups, ("registrations",)] += 1
        for grouping, group in ((None, None), *groups):
            people["registrations", grouping, group].add(person)
    totals: dict[Atom, int] = {((), ("registrations",)): len(registered)}
    return Cube(atoms, totals, {name: len(known) for name, known in people.items()})


def told(edition: Edition) -> dict[CellName, int]:
    """How many different people are told of each cell."""
    return {
        name: people
        for name, people in edition.cube.people.items()
        if not {name, ("people", *name[1:])} & edition.withheld
    }


def inside(edition: Edition, part: CellName, whole: CellName) -> bool:
    """Whether one cell lies within another, as a reader of the tables may know."""

    def atoms(name: CellName) -> set[Atom]:
        return {atom for atom in edition.cube.of_sessions if name[1] is None or name[1:] in atom[0]}

    return atoms(part) <= atoms(whole)


def issued(*registered: list[Registered], threshold: int = 5) -> list[Edition]:
    """Editions one after another, each with what it withholds."""
    editions: list[Edition] = []
    for one in registered:
        cube = cube_of(one)
        editions.append(Edition(cube, withhold_cells(editions, cube, threshold)))
    return editions


def crowd(size: int, programme: str = "ateliers", place: str = "arceaux") -> list[Registered]:
    return [(number, programme, place) for number in range(size)]


def test_one_newcomer_with_many_registrations_is_not_told_by_the_next_edition() -> None:
    newcomer = [(99, "ateliers", "arceaux")] * 12
    first, second = issued(crowd(30), crowd(30) + newcomer)

    assert told(first)["registrations", None, None] == 30
    assert ("registrations", None, None) not in told(second)


def test_the_people_of_a_place_are_told_again_once_enough_have_come() -> None:
    _, _, third = issued(crowd(30), crowd(31) * 2, crowd(40) * 3)

    assert told(third)["registrations", None, None] == 40


def test_one_person_outside_a_part_of_a_programme_is_not_told_by_subtracting_people() -> None:
    # The programme is at two places: thirty people are at the first, and one of them, alone, twelve times at the other.
    elsewhere = [(99, "ateliers", "figuerolles")] * 12
    others = [(number, "unisvers", "figuerolles") for number in range(100, 130)]
    (edition,) = issued(crowd(30) + elsewhere + others)
    shown = told(edition)

    assert not {
        ("registrations", "programme", "ateliers"),
        ("registrations", "place", "arceaux"),
    } <= (shown.keys())


registrations = st.lists(
    st.tuples(st.integers(0, 25), st.sampled_from("ab"), st.sampled_from("xyz")), max_size=80
)


@given(years=st.lists(registrations, min_size=1, max_size=3), threshold=st.sampled_from([5, 11]))
@settings(max_examples=60, deadline=None)
def test_no_two_counts_of_people_differ_by_few_within_an_edition_or_between_two(
    years: list[list[Registered]], threshold: int
) -> None:
    editions = issued(*accumulate(years, add), threshold=threshold)

    for edition in editions:
        shown = told(edition)
        assert all(people >= threshold for people in shown.values())
        for (whole, most), (part, less) in product(shown.items(), shown.items()):
            if inside(edition, part, whole):
                assert not 0 < most - less < threshold
    for earlier, later in product(editions, editions):
        for name, people in told(later).items():
            assert not 0 < abs(people - told(earlier).get(name, people)) < threshold
