"""Questions put to a store that can answer them itself; what it cannot say is answered by the reference evaluator."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, Protocol

from shequ.errors import Unsupported
from shequ.model import Record, Schema
from shequ.query.algebra import Answer, Count, Keys, Measure, Not, Question, Select, When, given
from shequ.query.evaluator import Evaluator, Scannable

__all__ = ["StoreEvaluator", "Tally"]

_ANY_DAY = When.on(date(2000, 1, 1))


class Tally(Protocol):
    """What a store found out about one question."""

    def answer(self, places: Iterable[str]) -> Answer:
        """The answer for the union of some places; records of a type that belongs to none count everywhere.

        Raises:
            CalendarNotPublished: If it depends on the working days of a year that is not published.
            MissingExtra: If it depends on working days and the extra ``calendar`` is missing.
        """
        ...

    def ids(self, places: Iterable[str] | None) -> Iterator[Any]:
        """What is behind an answer, in order: the keys counted, or the ids of the records added or ranked.

        Args:
            places: The places; ``None`` for all records, also those whose place is not known.
        """
        ...


class StoreEvaluator(Evaluator):
    """Asks the store where it can answer, and is the reference evaluator where it cannot.

    Args:
        source: The snapshot; if it has no ``aggregate``, or does not declare it, all is done here.
        schema: The record types in it.
    """

    def __init__(self, source: Scannable, schema: Schema) -> None:
        super().__init__(source, schema)
        self._tallies: dict[Question, Tally | None] = {}
        self._asks = hasattr(source, "aggregate")

    @property
    def fallen_back(self) -> frozenset[Question]:
        """The questions that were put to the store and that it could not say."""
        return frozenset(question for question, tally in self._tallies.items() if tally is None)

    def _ask(self, questions: Sequence[Question]) -> Sequence[Tally | None]:
        if self._asks:
            try:
                source: Any = self._source
                found: Sequence[Tally | None] = source.aggregate(questions)
            except Unsupported:
                self._asks = False
            else:
                return found
        return [None] * len(questions)

    def prepare(self, measures: Iterable[Measure], when: When) -> None:
        """Ask the store about all of them at once, and evaluate together what it cannot say."""
        asked = list(dict.fromkeys(Question(measure, when) for measure in measures))
        new = [question for question in asked if question not in self._tallies]
        if new:
            self._tallies.update(zip(new, self._ask(new), strict=True))
        super().prepare([question.measure for question in asked if self._tallies[question] is None], when)

    def _tally(self, measure: Measure, when: When) -> Tally | None:
        question = Question(measure, when)
        if question not in self._tallies:
            self.prepare((measure,), when)
        return self._tallies[question]

    def answer(self, measure: Measure, places: Iterable[str], when: When) -> Answer:
        """The answer for the union of ``places``; see :meth:`Evaluator.answer`."""
        tally = self._tally(measure, when)
        return super().answer(measure, places, when) if tally is None else tally.answer(places)

    def rows(self, measure: Measure, places: Iterable[str], when: When) -> Iterator[tuple[str, str]]:
        """Type and id of each record behind an answer, page by page; see :meth:`Evaluator.rows`."""
        tally = self._tally(measure, when)
        if tally is None:
            yield from super().rows(measure, places, when)
            return
        name = self.counted(measure) if isinstance(measure, Count) else measure.type
        for id_ in tally.ids(places):
            yield name, id_

    def values(self, name: str, path: str) -> set[Any]:
        """What a path leads to from the records of a type; see :meth:`Evaluator.values`."""
        tally = self._tally(Count(Keys(name, path)), _ANY_DAY)
        return super().values(name, path) if tally is None else set(tally.ids(None))

    def unplaced(self, name: str) -> list[str]:
        """Ids of the records whose place is not known; see :meth:`Evaluator.unplaced`."""
        declared = self._schema[name]
        if not declared.division:
            return []
        if self._asks:
            try:
                found = self._source.scan(Select(name, Not(given(declared.division))))
                return [stored.record.id for stored in found]
            except Unsupported:
                pass
        return super().unplaced(name)

    def record(self, name: str, id_: str) -> Record | None:
        """One record; see :meth:`Evaluator.record`."""
        if not self._asks or name in self._rows:
            return super().record(name, id_)
        source: Any = self._source
        stored = source.get(name, id_)
        return None if stored is None else stored.record
