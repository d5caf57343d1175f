"""For which divisions and days records are declared complete."""

from collections.abc import Iterable
from datetime import date, timedelta

from shequ.effective import Span
from shequ.metrics.divisions import DivisionTree, Place
from shequ.model import EVERY_TYPE, Coverage
from shequ.query import When

__all__ = ["Declarations"]


class Declarations:
    """The declarations of completeness of a district.

    Args:
        coverage: All of them.
        tree: The divisions that they name.
    """

    def __init__(self, coverage: Iterable[Coverage], tree: DivisionTree) -> None:
        self._coverage, self._tree = tuple(coverage), tree

    def cover(self, types: tuple[str, ...], place: Place, when: When) -> bool:
        """Whether the records of these types are declared complete for a place, or for each community in it."""
        asked = when.period.span if when.period is not None else Span(when.day, when.day + timedelta(days=1))
        above = {id_ for found in self._tree.above(place, when.day) for id_ in self._tree.versions(found)}
        if all(self._declared(name, above, asked) for name in types):
            return True
        below = [child for child in self._tree.communities(when.day, place) if child.id != place.id]
        return bool(below) and all(self.cover(types, child, when) for child in below)

    def begins(self, types: tuple[str, ...], place: Place) -> date | None:
        """The first day from which the records of all these types are declared complete somewhere above or in a place.

        ``None`` if those of one of them never are, or have been ever since.
        """
        places = {*(id_ for found in self._tree.above(place) for id_ in self._tree.versions(found))}
        places |= set(self._tree.within(place))
        firsts = [
            min(
                (
                    row.since or date.min
                    for row in self._coverage
                    if row.type in (name, EVERY_TYPE) and row.division in places
                ),
                default=date.min,
            )
            for name in types
        ]
        return max(firsts, default=date.min) if date.min not in firsts else None

    def _declared(self, name: str, places: set[str], asked: Span) -> bool:
        """Whether the declared spans together cover the one asked about."""
        spans = [
            Span(row.since, row.until)
            for row in self._coverage
            if row.type in (name, EVERY_TYPE) and row.division in places
        ]
        reached = asked.since
        for span in sorted(spans, key=lambda span: span.since or date.min):
            if reached is None or (asked.until is not None and reached >= asked.until):
                break
            if reached in span:
                reached = span.until
        return reached is None or (asked.until is not None and reached >= asked.until)
