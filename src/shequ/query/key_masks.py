"""Sets of keys that are counted together: each key once, with the sets that it is in as the bits of one whole number.

That number is the key's *mask*. However sets are combined, how many keys that gives follows from how many keys there are
of each mask, which is asked once for all the measures and never again for a union of places.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import chain
from typing import Any

from shequ.query.algebra import Answer, Count, Group, GroupKey, Keys, KeySet, SetOperation

__all__ = ["KeyMasks", "Unit", "formula", "joined"]

Unit = tuple[str, str]
"""A type, and the key by which its records are looked at."""
Masks = dict[Any, int]
Found = defaultdict[int, list[Any]]
"""Mask of one record → keys of such records, as often as they come."""
Meets = Callable[[int, int], bool]
"""Whether a key is counted, of its mask among the records of a group and of its mask among all."""


class KeyMasks:
    """Sets of keys; a pass over each type fills them.

    Args:
        measures: The counts that they answer.
    """

    def __init__(self, measures: Sequence[Count]) -> None:
        self.measures = frozenset(measures)
        keys = dict.fromkeys(leaf for measure in measures for leaf in measure.of.leaves())
        self.bits: Mapping[Keys, int] = {leaf: 1 << at for at, leaf in enumerate(keys)}
        self.at: defaultdict[str, Found] = defaultdict(lambda: defaultdict(list))
        """Place → what was found of it; what belongs to no division is in ``""``."""
        self.in_groups: dict[tuple[Group, ...], defaultdict[str, defaultdict[GroupKey, Found]]] = {
            measure.by: defaultdict(lambda: defaultdict(lambda: defaultdict(list))) for measure in measures
        }
        """Groups asked for → place → group → what was found of it, of the sets that say the group."""
        self._are_ids = {leaf.key for leaf in keys} == {"id"} and len({leaf.type for leaf in keys}) == 1
        self._of_place: dict[str, Masks] = {}
        self._numbers: dict[frozenset[str], Counter[int]] = {}

    def answer(self, measure: Count, places: Iterable[str]) -> Answer:
        """The answer to one of the counts for the union of some places and of what belongs to no division."""
        wanted = frozenset(places) - {""}
        meets = formula(measure.of, self.bits)
        if wanted not in self._numbers:
            self._numbers[wanted] = self._rows(wanted) if self._are_ids else self._counted(wanted)
        whole = sum([number for mask, number in self._numbers[wanted].items() if meets(mask, mask)])
        groups = dict(self._groups(measure, wanted, meets)) if measure.by else {}
        return Answer(Fraction(whole), whole, groups, lambda: self._keys(wanted, meets))

    def _rows(self, places: Iterable[str]) -> Counter[int]:
        """How many records there are of each mask; of keys that no two records share."""
        numbers: Counter[int] = Counter()
        for place in ("", *places):
            numbers.update({mask: len(keys) for mask, keys in self.at.get(place, {}).items()})
        return numbers

    def _counted(self, places: Iterable[str]) -> Counter[int]:
        """How many keys there are of each mask."""
        found, everywhere = self._union(places), self._place("")
        numbers = Counter(found.values())
        numbers.update(self._everywhere)
        # The keys of no division are not gone through for each place, only those that it has, too.
        for key in found.keys() & everywhere.keys():
            numbers[found[key]] -= 1
            numbers[everywhere[key]] -= 1
            numbers[found[key] | everywhere[key]] += 1
        return numbers

    @cached_property
    def _everywhere(self) -> Counter[int]:
        return Counter(self._place("").values())

    def _union(self, places: Iterable[str]) -> Masks:
        return _united([self._place(place) for place in places])

    def _place(self, place: str) -> Masks:
        """The keys of one place."""
        if place not in self._of_place:
            self._of_place[place] = _united(_masks(self.at.get(place, {})))
        return self._of_place[place]

    def _keys(self, places: frozenset[str], meets: Meets) -> Iterator[Any]:
        return (key for key, mask in self._union(("", *places)).items() if meets(mask, mask))

    def _groups(
        self, measure: Count, places: frozenset[str], meets: Meets
    ) -> Iterator[tuple[GroupKey, tuple[Fraction, int]]]:
        """How many keys each group has, where it has any."""
        parts: dict[GroupKey, list[Found]] = {}
        for place in ("", *places):
            for group, found in self.in_groups[measure.by].get(place, {}).items():
                parts.setdefault(group, []).append(found)
        among_all = {} if isinstance(measure.of, Keys) else self._union(("", *places))
        for group, those in parts.items():
            if isinstance(measure.of, Keys):
                number = len(set(chain.from_iterable(found[self.bits[measure.of]] for found in those)))
            else:
                masks = _united([each for found in those for each in _masks(found)])
                pairs = Counter(zip(masks.values(), map(among_all.get, masks), strict=True))
                number = sum(times for (said, mask), times in pairs.items() if meets(said, mask or 0))
            if number:
                yield group, (Fraction(number), number)


def _masks(found: Mapping[int, list[Any]]) -> list[Masks]:
    return [dict.fromkeys(keys, mask) for mask, keys in found.items()]


def _united(parts: Sequence[Masks]) -> Masks:
    """The keys of several places with what they are in anywhere; those of one are left where they are."""
    if len(parts) == 1:
        return parts[0]
    found: Masks = {}
    for part in parts:
        before = [(key, found[key]) for key in found.keys() & part.keys()]
        found.update(part)
        for key, mask in before:
            found[key] |= mask
    return found


def formula(of: KeySet, bits: Mapping[Keys, int], *, saying: bool = True) -> Meets:
    """Whether a key is in a set, of the sets that say its group and of all."""
    if isinstance(of, Keys):
        bit = bits[of]
        return (lambda said, _all: bool(said & bit)) if saying else (lambda _said, mask: bool(mask & bit))
    assert isinstance(of, SetOperation)
    left, right = formula(of.left, bits, saying=saying), formula(of.right, bits, saying=saying and of.op == "|")
    match of.op:
        case "|":
            return lambda said, mask: left(said, mask) or right(said, mask)
        case "&":
            return lambda said, mask: left(said, mask) and right(said, mask)
    return lambda said, mask: left(said, mask) and not right(said, mask)


def joined(measures: Iterable[Count]) -> list[list[Count]]:
    """Counts apart by what they look at: those that have a type and key in common, even through a third, are together."""
    known: list[tuple[set[Unit], list[Count]]] = []
    for measure in measures:
        units, members = {(leaf.type, leaf.key) for leaf in measure.of.leaves()}, [measure]
        apart = []
        for others, theirs in known:
            if units & others:
                units, members = units | others, theirs + members
            else:
                apart.append((others, theirs))
        known = [*apart, (units, members)]
    return [members for _, members in known]
