"""Which cells of published tables are withheld, so that few people cannot be picked out, nor computed back.

A cell that counts fewer people than a threshold, and anybody at all, is withheld (primary suppression). A reader knows how
the cells hang together: communities make up the district, groups their whole, months their year, one figure another. So
further cells are withheld (secondary suppression) until from everything that is left

- no withheld cell follows by any linear combination (exactly, by elimination over the fractions), and
- for each cell withheld for its own sake the reader cannot even tell that it is below the threshold: what can be said of
  it, knowing that no count is negative, still allows a value at or above it.

This module knows nothing of reports: cells are keys with values, and what is known of them are equations.
"""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any, TypeVar

import attrs

__all__ = ["Equation", "bounds", "determined", "suppressed"]

K = TypeVar("K", bound=Hashable)


@attrs.frozen
class Equation:
    """That the cells, each times its factor, add up to nothing: ``whole − part − part = 0``.

    Args:
        terms: Cell → factor.
    """

    terms: Mapping[Hashable, int]

    @classmethod
    def sums(cls, whole: Hashable, parts: Iterable[Hashable]) -> "Equation":
        """That parts make up a whole."""
        terms: dict[Hashable, int] = {whole: 1}
        for part in parts:
            terms[part] = terms.get(part, 0) - 1
        return cls(terms)

    def holds(self, values: Mapping[Any, Fraction]) -> bool:
        """Whether it is true of the values; a reader can use it only if it is."""
        return sum(values[cell] * factor for cell, factor in self.terms.items()) == 0


Row = tuple[dict[Hashable, Fraction], Fraction]
"""Unknown cells with factors, and what they add up to."""


def _rows(values: Mapping[Any, Fraction], equations: Iterable[Equation], hidden: Collection[Hashable]) -> Iterator[Row]:
    """What a reader knows of the hidden cells."""
    for equation in equations:
        unknown = {cell: Fraction(factor) for cell, factor in equation.terms.items() if cell in hidden}
        if unknown:
            known = sum(
                (values[cell] * factor for cell, factor in equation.terms.items() if cell not in hidden), Fraction(0)
            )
            yield unknown, -known


def _reduced(rows: Iterable[Row]) -> list[Row]:
    """The rows in reduced echelon form: each leads with a cell that no other has."""
    done: dict[Hashable, Row] = {}
    for unknown, total in rows:
        row, rest = dict(unknown), total
        for lead in [cell for cell in row if cell in done]:
            factor = row[lead]
            other, value = done[lead]
            for cell, share in other.items():
                row[cell] = row.get(cell, Fraction(0)) - factor * share
            rest -= factor * value
        row = {cell: factor for cell, factor in row.items() if factor}
        if not row:
            continue
        lead, factor = next(iter(row.items()))
        row, rest = {cell: share / factor for cell, share in row.items()}, rest / factor
        for cell, (other, value) in list(done.items()):
            if lead in other:
                share = other[lead]
                merged = {
                    one: other.get(one, Fraction(0)) - share * row.get(one, Fraction(0)) for one in {**other, **row}
                }
                done[cell] = ({one: f for one, f in merged.items() if f}, value - share * rest)
        done[lead] = (row, rest)
    return list(done.values())


def determined(
    values: Mapping[Any, Fraction], equations: Iterable[Equation], hidden: Collection[Hashable]
) -> set[Hashable]:
    """The hidden cells that follow exactly from the others by some linear combination of the equations."""
    return {next(iter(unknown)) for unknown, _ in _reduced(_rows(values, equations, hidden)) if len(unknown) == 1}


def bounds(
    values: Mapping[Any, Fraction], equations: Iterable[Equation], hidden: Collection[Hashable]
) -> dict[Hashable, tuple[Fraction, Fraction | None]]:
    """What can be said of each hidden cell when none is negative: at least, and at most (``None`` for anything).

    A nothing is told rather than withheld, so a reader may take it that every hidden cell counts at least one; where one
    of them is nothing after all, who takes it so is misled.
    """
    at_least = Fraction(1 if all(values[cell] >= 1 for cell in hidden) else 0)
    known = list(_rows(values, equations, hidden))
    rows = known + _reduced(known)
    low: dict[Hashable, Fraction] = dict.fromkeys(hidden, at_least)
    high: dict[Hashable, Fraction | None] = dict.fromkeys(hidden)
    for _ in range(2 * len(hidden) + 2):
        before = (dict(low), dict(high))
        for unknown, total in rows:
            for cell, factor in unknown.items():
                least, most = _others(unknown, cell, low, high)
                # factor · cell = total − others
                ends = [None if end is None else (total - end) / factor for end in (most, least)]
                floor, ceiling = ends if factor > 0 else ends[::-1]
                if floor is not None:
                    low[cell] = max(low[cell], floor)
                if ceiling is not None and (high[cell] is None or ceiling < high[cell]):  # type: ignore[operator] # told by `is None`
                    high[cell] = ceiling
        if (low, high) == before:
            break
    return {cell: (low[cell], high[cell]) for cell in hidden}


def _others(
    unknown: Mapping[Any, Fraction],
    left_out: Hashable,
    low: Mapping[Any, Fraction],
    high: Mapping[Hashable, Fraction | None],
) -> tuple[Fraction | None, Fraction | None]:
    """The least and the most that the other cells of a row can add up to."""
    least: Fraction | None = Fraction(0)
    most: Fraction | None = Fraction(0)
    for cell, factor in unknown.items():
        if cell == left_out:
            continue
        down, up = (low[cell], high[cell]) if factor > 0 else (high[cell], low[cell])
        least = None if least is None or down is None else least + factor * down
        most = None if most is None or up is None else most + factor * up
    return least, most


def suppressed(
    values: Mapping[K, Fraction], equations: Iterable[Equation], primary: Collection[K], threshold: int
) -> frozenset[K]:
    """The cells to withhold: those given, and as few others as a simple choice finds.

    Added is, time and again, the smallest cell of an equation that gives something away: rather one that counts than a
    zero, of which everybody knows why it is empty, and rather a part than a whole.

    Args:
        values: Every published cell.
        equations: What a reader knows; those that are not true of the values, or speak of other cells, are left out.
        primary: The cells to withhold for their own sake.
        threshold: Counts below it are small.
    """
    true = [one for one in equations if all(cell in values for cell in one.terms) and one.holds(values)]
    at: defaultdict[Hashable, list[Equation]] = defaultdict(list)
    for equation in true:
        for cell in equation.terms:
            at[cell].append(equation)
    hidden: set[Hashable] = set(primary)
    while True:
        weak = determined(values, true, hidden)
        if not weak:
            ranges = bounds(values, true, hidden)
            weak = {cell for cell in primary if (most := ranges[cell][1]) is not None and most < threshold}
            weak |= {cell for cell, (least, most) in ranges.items() if least == most}
        added = {cell for one in sorted(weak, key=repr) if (cell := _cheapest(values, at, hidden, one)) is not None}
        if not added:
            return frozenset(cell for cell in values if cell in hidden)
        hidden.add(min(added, key=lambda cell: _cost(values, at, hidden, cell)))


def _cheapest(
    values: Mapping[K, Fraction], at: Mapping[Hashable, list[Equation]], hidden: set[Hashable], weak: Hashable
) -> Hashable | None:
    """The cell to withhold beside a weak one: of an equation in which it is alone, of its others, or of a neighbour's."""
    alone = {cell for equation in at[weak] if _lonely(equation, hidden) for cell in equation.terms} - hidden
    if alone:
        return min(alone, key=lambda cell: _cost(values, at, hidden, cell))
    near, seen = [weak], {weak}
    while near:
        cells = {cell for one in near for equation in at[one] for cell in equation.terms}
        free = cells - hidden
        if free:
            return min(free, key=lambda cell: _cost(values, at, hidden, cell))
        near = [cell for cell in cells if cell not in seen]
        seen.update(near)
    return None


def _lonely(equation: Equation, hidden: set[Hashable]) -> bool:
    """Whether an equation gives a hidden cell away by itself."""
    return sum(cell in hidden for cell in equation.terms) == 1


def _cost(
    values: Mapping[K, Fraction], at: Mapping[Hashable, list[Equation]], hidden: set[Hashable], cell: Hashable
) -> tuple[object, ...]:
    """What withholding a cell costs: least one that counts, is a part, and helps several equations at once."""
    whole = any(equation.terms[cell] > 0 for equation in at[cell])
    helped = sum(_lonely(equation, hidden) for equation in at[cell])
    value = values[cell]  # type: ignore[index] # equations speak of these cells only
    return value == 0, whole, -helped, value, repr(cell)
