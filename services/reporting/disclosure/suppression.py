"""Which figures to withhold: those about too few people, and as many others as that takes."""

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import replace

from services.reporting.disclosure.attacker import Attacker, Guess, solved
from services.reporting.disclosure.cells import Bits, Cell, Fate, System, Target, ones

_NOTHING = 1e-6
# Looking again at what was withheld for others costs a round of questions each.
_MOST_SECOND_LOOKS = 200


def withhold(
    counts: Sequence[int],
    cells: Sequence[Cell],
    threshold: int,
    *,
    beat: Callable[[], None] = lambda: None,
) -> frozenset[Hashable]:
    """The keys of the open cells that must not be published, so that what remains gives no small figure away.

    ``counts`` says how many each atom counts (not negative). Withheld are the cells about 1 to ``threshold`` - 1
    people, and others until whatever is published leaves it possible that each such cell, and each small
    difference of a cell and one within it, counts ``threshold`` more than it does; and until no atom that counts
    so few can be computed. Cells that are ``out`` already stay: what they alone give away cannot be mended.
    A cell that counts nobody is no secret. ``beat`` is called now and then, for it may take minutes.
    """
    system = System.of(counts, cells)
    if not system.values:
        return frozenset()
    small = [number for number, cell in enumerate(cells) if _is_small(system, number, threshold)]
    withheld = {number for number in small if cells[number].fate is not Fate.OUT}
    withheld |= {number for number, cell in enumerate(cells) if cell.fate is Fate.KEPT}
    shown = [number for number in range(len(cells)) if number not in withheld]
    targets = _targets(system, small, shown, threshold)
    attacker = Attacker(system, most=sum(system.values) + 2 * threshold)
    for number in shown:
        attacker.learn(number)
    others: list[int] = []
    while unsafe := _unsafe(attacker, targets):
        beat()
        target, guess = unsafe
        given_up = _cheapest(system, target, guess, withheld)
        if given_up is None:
            # What is out already allows no more than this; let nothing new allow less.
            targets[targets.index(target)] = replace(target, most=guess.total(target.classes))
        else:
            attacker.forget(given_up)
            withheld.add(given_up)
            others.append(given_up)
    withheld -= _spared(system, attacker, targets, others, beat)
    return frozenset(cells[n].key for n in withheld if cells[n].fate is Fate.OPEN)


def _is_small(system: System, number: int, threshold: int) -> bool:
    value = system.sums[number]
    people = system.cells[number].people
    return value > 0 and (value if people is None else min(value, people)) < threshold


def _targets(
    system: System, small: Iterable[int], shown: Collection[int], threshold: int
) -> list[Target]:
    """What nobody may find out: small cells, small differences of those ``shown``, small classes they tell."""
    secret = {system.members[number] for number in small}
    secret |= _small_differences(system, shown, threshold)
    secret |= {1 << one for one in solved(system, shown) if system.values[one] < threshold}
    found = [frozenset(ones(classes)) for classes in secret]
    targets = [Target(classes, system.total(classes) + threshold) for classes in found]
    return sorted(targets, key=lambda target: (target.most, sorted(target.classes)))


def _small_differences(system: System, shown: Collection[int], threshold: int) -> set[Bits]:
    """What is in one cell ``shown`` and not in another that it holds, where that is fewer than ``threshold``."""
    sums = {system.members[number]: system.sums[number] for number in shown}
    in_order = sorted(sums, key=lambda classes: sums[classes])
    found = set()
    for number, whole in enumerate(in_order):
        for part in reversed(in_order[:number]):
            if sums[whole] - sums[part] >= threshold:
                break
            if part | whole == whole and sums[part] < sums[whole]:
                found.add(whole ^ part)
    return found


def _unsafe(attacker: Attacker, targets: Sequence[Target]) -> tuple[Target, Guess] | None:
    """A target that is not safe, with the world in which it counts most; None when all are.

    One world may clear many targets: they are asked about together as long as that clears any.
    """
    left = list(targets)
    while left:
        weights = Counter(one for each in left for one in each.classes)
        together = attacker.most(list(weights.items()))
        still = [each for each in left if _is_bounded(each, together)]
        if len(still) == len(left):
            break
        left = still
    while left:
        target = left.pop()
        guess = attacker.most([(one, 1) for one in target.classes])
        if _is_bounded(target, guess):
            return target, guess
        left = [each for each in left if _is_bounded(each, guess)]
    return None


def _is_bounded(target: Target, guess: Guess) -> bool:
    return guess.total(target.classes) < target.most - _NOTHING


def _cheapest(system: System, target: Target, guess: Guess, withheld: set[int]) -> int | None:
    """The smallest figure whose loss would let the target count more, if there is an open one."""
    free = [
        number
        for number, cell in enumerate(system.cells)
        if cell.fate is Fate.OPEN and number not in withheld and system.members[number]
    ]
    binding = set(guess.binding)
    wanted = sum(1 << one for one in target.classes)
    in_the_way = [number for number in free if number in binding] or [
        number for number in free if system.members[number] & wanted
    ]
    return min(in_the_way, key=lambda number: (system.sums[number], number), default=None)


def _spared(
    system: System,
    attacker: Attacker,
    targets: Sequence[Target],
    others: Sequence[int],
    beat: Callable[[], None],
) -> set[int]:
    """Those withheld for others' sake that, as it turned out later, need not have been; the largest first."""
    spared = set()
    largest_first = sorted(others, key=lambda number: -system.sums[number])
    for number in largest_first[:_MOST_SECOND_LOOKS]:
        beat()
        attacker.learn(number)
        if _unsafe(attacker, targets):
            attacker.forget(number)
        else:
            spared.add(number)
    return spared
