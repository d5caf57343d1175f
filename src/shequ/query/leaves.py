"""What a measure is made of: the leaves that need a pass over records, and how their parts make an answer.

Every evaluator finds the parts in its own way; that they are put together here is why all of them give one answer.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import attrs

from shequ.calendars import Period
from shequ.errors import Misuse
from shequ.query.algebra import (
    Answer,
    Condition,
    Count,
    Each,
    Gap,
    Group,
    GroupKey,
    Keys,
    KeySet,
    Measure,
    Median,
    SetOperation,
    Sum,
    When,
)

__all__ = [
    "Leaf",
    "condition_of",
    "counted",
    "grouped",
    "leaves",
    "median",
    "overlap",
    "pieces",
    "ranked",
    "summed",
    "together",
    "type_of",
    "united",
    "whole_of",
    "without",
]

Leaf = tuple[Keys, tuple[Group, ...]] | Sum | Median | Gap
"""A set with the groups that it must say, or a measure over the records of one type."""
Sets = Mapping[GroupKey, set[Any]]
Totals = Mapping[GroupKey, tuple[Fraction, int]]


def leaves(measure: Measure) -> Iterator[Leaf]:
    """What has to be found of a measure."""
    if not isinstance(measure, Count):
        yield measure
        if isinstance(measure, Sum) and overlap(measure.by):
            yield whole_of(measure)
        return
    saying = list(grouped(measure.of))
    for leaf in measure.of.leaves():
        if leaf in saying:
            yield leaf, measure.by
        if leaf not in saying or measure.by:
            yield leaf, ()


def grouped(of: KeySet) -> Iterator[Keys]:
    """The sets that must say the group: both sides of a union, the left side of anything else."""
    if isinstance(of, SetOperation):
        yield from grouped(of.left)
        if of.op == "|":
            yield from grouped(of.right)
    elif isinstance(of, Keys):
        yield of


def overlap(by: tuple[Group, ...]) -> bool:
    """Whether a record may fall into several of the groups."""
    return any(isinstance(group, Each) for group in by)


def whole_of(measure: Sum) -> Sum:
    """The same sum without its groups: where these overlap, they add up to more."""
    return attrs.evolve(measure, by=())


def type_of(leaf: Leaf) -> str:
    """Name of the type of record that a leaf reads."""
    return leaf[0].type if isinstance(leaf, tuple) else leaf.type


def condition_of(leaf: Leaf) -> Condition | None:
    """What the records of a leaf must meet."""
    return leaf[0].where if isinstance(leaf, tuple) else leaf.where


def pieces(gap: Gap, when: When) -> tuple[Period, ...]:
    """The months or quarters that a gap is sought in.

    Raises:
        Misuse: If it is sought on a day.
    """
    if when.period is None:
        raise Misuse("a gap is sought in a period, but a day was asked about")
    return tuple(when.period.months() if gap.unit == "month" else when.period.quarters())


def together(places: Sequence[Sets]) -> dict[GroupKey, Any]:
    """The keys of several places, by group; those of one are left where they are."""
    if len(places) == 1:
        return dict(places[0])
    found: dict[GroupKey, set[Any]] = {}
    for groups in places:
        for group, keys in groups.items():
            found.setdefault(group, set()).update(keys)
    return found


def united(of: KeySet, by: tuple[Group, ...], found: Callable[[Keys, tuple[Group, ...]], Sets]) -> dict[GroupKey, Any]:
    """A set made of others, by group.

    Args:
        of: The set.
        by: The groups.
        found: Gives the keys of a leaf, by group.
    """
    if isinstance(of, Keys):
        return dict(found(of, by))
    assert isinstance(of, SetOperation)
    left = united(of.left, by, found)
    if of.op == "|":
        for group, keys in united(of.right, by, found).items():
            left[group] = left.get(group, set()) | keys
        return left
    # The right side only decides membership: it need not be able to say the group.
    right = _one(united(of.right, (), found))
    if of.op == "&":
        return {group: keys & right for group, keys in left.items()}
    return {group: keys - right for group, keys in left.items()}


def counted(measure: Count, groups: Sets) -> Answer:
    """The answer of a count, of its keys by group."""
    keys = _one(groups)
    numbers = {group: (Fraction(len(found)), len(found)) for group, found in groups.items() if found}
    return Answer(Fraction(len(keys)), len(keys), numbers if measure.by else {}, lambda: keys)


def _one(groups: Sets) -> set[Any]:
    """The keys of all groups; those of a single one are left where they are."""
    found = list(groups.values())
    return found[0] if len(found) == 1 else set[Any]().union(*found)


def summed(measure: Sum, found: Callable[[Sum], Iterable[Totals]]) -> Answer:
    """The answer of a sum.

    Args:
        measure: The sum.
        found: Gives the totals of a leaf by group, for each place.
    """
    groups = _added(found(measure))
    whole = _added(found(whole_of(measure))) if overlap(measure.by) else groups
    value = sum((total for total, _ in whole.values()), Fraction(0))
    return Answer(value, sum(rows for _, rows in whole.values()), groups if measure.by else {})


def _added(totals: Iterable[Totals]) -> dict[GroupKey, tuple[Fraction, int]]:
    """Total and rows of each group."""
    added: dict[GroupKey, tuple[Fraction, int]] = {}
    for part in totals:
        for group, (total, rows) in part.items():
            before = added.get(group, (Fraction(0), 0))
            added[group] = (before[0] + total, before[1] + rows)
    return added


def ranked(values: Counter[Any]) -> Answer:
    """The answer of a median, of how often each value occurs."""
    return Answer(median(values), values.total())


def without(gap: Gap, when: When, found: Counter[Period]) -> Answer:
    """The answer of a gap, of how many records fall into each piece."""
    return Answer(Fraction(len(pieces(gap, when)) - len(found)), found.total())


def median(values: Counter[Any]) -> Fraction | None:
    """The exact median; ``None`` of nothing."""
    total = values.total()
    if total == 0:
        return None
    middle, seen = ((total - 1) // 2, total // 2), 0
    found: list[Fraction] = []
    for value in sorted(values):
        seen += values[value]
        while len(found) < 2 and middle[len(found)] < seen:
            found.append(Fraction(value))
    return (found[0] + found[1]) / 2
