"""What is kept at all: how many records of each type lie in a place, whatever day they are about."""

from collections.abc import Iterable, Iterator
from datetime import date
from heapq import merge

from shequ.metrics.divisions import DivisionTree, Place
from shequ.model import RecordType
from shequ.query import Count, Evaluator, Keys, When

__all__ = ["Holdings"]

_SOME_DAY = When.on(date(2000, 1, 1))
"""The question is about no day."""


class Holdings:
    """The records that lie in a place; those of no division, or of one that nobody knows, lie in the whole district.

    Args:
        evaluator: Looks at the records.
        tree: The divisions.
        place: The place.
    """

    def __init__(self, evaluator: Evaluator, tree: DivisionTree, place: Place) -> None:
        self._evaluator, self._tree = evaluator, tree
        self._whole = place == tree.root
        self._within = {*tree.within(place), *([""] if self._whole else [])}

    def number(self, declared: RecordType) -> int:
        """How many there are of a type."""
        if not declared.division and not self._whole:
            return 0
        found = self._evaluator.answer(Count(Keys(declared.name)), self._named(declared), _SOME_DAY)
        return found.rows + len(self._lost(declared))

    def rows(self, types: Iterable[RecordType]) -> Iterator[tuple[str, str]]:
        """Type and id of each, by type in order of id."""
        for declared in types:
            if declared.division or self._whole:
                named = self._evaluator.rows(Count(Keys(declared.name)), self._named(declared), _SOME_DAY)
                yield from merge(named, ((declared.name, id_) for id_ in self._lost(declared)))

    def _named(self, declared: RecordType) -> list[str]:
        """The divisions inside that records of a type name."""
        named = self._evaluator.values(declared.name, declared.division) if declared.division else ()
        return sorted(id_ for id_ in named if self._place(id_) in self._within)

    def _lost(self, declared: RecordType) -> list[str]:
        """Those of which nobody knows where they lie."""
        return self._evaluator.unplaced(declared.name) if self._whole else []

    def _place(self, id_: str) -> str:
        """Id of the place that a division's id means; ``""`` if none does."""
        place = self._tree.find(id_)
        return "" if place is None else place.id
