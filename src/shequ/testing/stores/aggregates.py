"""The power ``aggregate``: what a store finds out by itself is what the reference evaluator finds."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import strategies as st

from shequ.calendars import Period
from shequ.effective import SHANGHAI
from shequ.errors import ShequError, Unsupported
from shequ.model import Kind, PartyMember, Record, ServiceRecord, Volunteer
from shequ.query import (
    Age,
    AgeBand,
    AllOf,
    Answer,
    AnyOf,
    By,
    Compare,
    Condition,
    Count,
    Days,
    During,
    Evaluator,
    Field,
    Gap,
    Group,
    Holds,
    Keys,
    KeySet,
    Measure,
    Median,
    Minutes,
    Not,
    Operand,
    Question,
    StoreEvaluator,
    Sum,
    When,
    gt,
)
from shequ.store import Snapshot, Store
from shequ.testing.questions import among, conditions
from shequ.testing.stores.base import StoreSuite, later
from shequ.testing.stores.queries import IDS, Given, linked, with_id
from shequ.testing.strategies import days, moments, records

__all__ = ["WHENS", "AggregateTests", "Questions", "few_records", "near_records", "needs_period", "outcome"]

WHENS = (When.over(Period.parse("2025")), When.over(Period.parse("2026Q1")), When.on(date(2024, 2, 29)))
"""What is asked about."""
_WORDS = (Kind.TEXT, Kind.CODE, Kind.REF, Kind.TERM)
_NUMBERS = (Kind.COUNT, Kind.MONEY, Kind.MEASURE)
_NEAR = st.sampled_from(
    [date(1966, 2, 28), date(1964, 2, 29), date(2025, 1, 1), date(2025, 6, 9), date(2025, 12, 31), date(2026, 1, 4)]
)
_SOON = st.datetimes(
    datetime(2024, 12, 30), datetime(2026, 4, 2), timezones=st.just(UTC)  # noqa: DTZ001 - bounds, as hypothesis wants them
).map(lambda moment: moment.astimezone(SHANGHAI))  # fmt: skip


def near_records(cls: type[Record]) -> st.SearchStrategy[Record]:
    """Records many of whose days lie about the time that is asked about."""
    often: dict[Kind, st.SearchStrategy[Any]] = {Kind.DAY: _NEAR | days(), Kind.MOMENT: _SOON | moments()}
    near = {
        spec.name: (st.none() | often[spec.kind]) if spec.optional else often[spec.kind]
        for spec in cls.__record__.fields.values()
        if spec.kind in often
    }
    return records(cls, **near)


class Questions:
    """Strategies for what can be asked about a type.

    Args:
        suite: The suite, for its schema.
        cls: The type.
        found: The records there are, by type.
    """

    def __init__(self, suite: StoreSuite, cls: type[Record], found: Mapping[str, list[Record]]) -> None:
        declared = cls.__record__
        self._name = declared.name
        reached = {spec.name: spec for spec in declared.fields.values()}
        for spec in declared.references:
            if spec.to is not None:
                reached |= {f"{spec.name}.{name}": further for name, further in suite.schema[spec.to].fields.items()}

        def paths(*kinds: Kind) -> list[str]:
            return [path for path, spec in reached.items() if spec.kind in kinds]

        self._words, self._numbers = paths(*_WORDS), paths(*_NUMBERS)
        self._days, self._moments = paths(Kind.DAY), paths(Kind.MOMENT)
        self._groups = [path for path in self._words + paths(Kind.FLAG) if path != "id"]
        self.condition: st.SearchStrategy[Condition | None] = st.none() | self._conditions(suite, cls, found)

    def _conditions(
        self, suite: StoreSuite, cls: type[Record], found: Mapping[str, list[Record]]
    ) -> st.SearchStrategy[Condition]:
        asked: st.SearchStrategy[Condition] = conditions(cls, suite.schema, found)
        if cls.__record__.references:
            asked |= among(cls, suite.schema, found)
        dated = self._days + self._moments
        if dated:
            asked |= st.builds(During, st.sampled_from(dated))
        if self._days:
            day = st.sampled_from(self._days)
            operators = st.sampled_from(("=", "!=", "<", "<=", ">", ">="))
            asked |= st.builds(Compare, st.builds(Age, day), operators, st.sampled_from((-1, 0, 18, 60, 61, 5000)))
            asked |= st.builds(Holds, since=day, until=day | st.just(""), months=st.sampled_from((0, 6)))
        names = cls.__record__.fields
        if "since" in names and "until" in names:
            asked |= st.builds(Holds, months=st.sampled_from((0, 6)), ago=st.sampled_from((0, 6)))
        if len(self._days) > 1:
            between = st.builds(Days, st.sampled_from(self._days), st.sampled_from(self._days), st.booleans())
            asked |= st.builds(Compare, between, st.sampled_from((">", "<=", "=")), st.integers(-1, 9))
        return st.recursive(
            asked,
            lambda inner: (
                st.builds(Not, inner)
                | st.builds(AllOf, st.lists(inner, max_size=3).map(tuple))
                | st.builds(AnyOf, st.lists(inner, max_size=2).map(tuple))
            ),
            max_leaves=4,
        )

    @property
    def _by(self) -> st.SearchStrategy[tuple[Group, ...]]:
        group: st.SearchStrategy[Group] = st.builds(By, st.just("g"), st.sampled_from(self._groups))
        if self._days:
            group |= st.builds(AgeBand, st.just("age"), st.sampled_from(self._days), st.just((3, 18, 60)))
        return st.lists(group, max_size=2).map(tuple)

    @property
    def measure(self) -> st.SearchStrategy[Measure]:
        """Any measure."""
        keys = st.builds(Keys, st.just(self._name), st.just("id") | st.sampled_from(self._words), self.condition)
        sets: st.SearchStrategy[KeySet] = keys | st.builds(_combined, st.sampled_from("&|-"), keys, keys)
        sets |= st.builds(_combined, st.sampled_from("&|-"), sets, keys)
        asked: st.SearchStrategy[Measure] = st.builds(Count, sets, self._by)
        if self._numbers:
            number = st.sampled_from(self._numbers)
            asked |= st.builds(Sum, st.just(self._name), number, self.condition, self._by)
        if self._numbers or self._days or self._moments:
            asked |= st.builds(Median, st.just(self._name), self._operand, self.condition)
        if self._days or self._moments:
            dated = st.sampled_from(self._days + self._moments)
            asked |= st.builds(Gap, st.just(self._name), dated, st.sampled_from(("month", "quarter")), self.condition)
        return asked

    @property
    def _operand(self) -> st.SearchStrategy[Operand]:
        found: list[Operand] = [Field(path) for path in self._numbers]
        found += [Age(path) for path in self._days]
        found += [Days(start, end) for start in self._days for end in self._days if start != end]
        found += [Minutes(path) for path in self._moments]
        return st.sampled_from(found)


def _combined(sign: str, left: KeySet, right: KeySet) -> KeySet:
    return left & right if sign == "&" else left | right if sign == "|" else left - right


def outcome(ask: Callable[[], Answer]) -> Any:
    """An answer with its keys, or the kind of error that there is instead: which unpublished year it names is chance."""
    try:
        answer = ask()
    except ShequError as error:
        return type(error), None
    return answer, answer.keys


class AggregateTests(StoreSuite):
    """Clause 8.6, ``aggregate``."""

    aggregated: tuple[type[Record], ...] = (ServiceRecord, PartyMember, Volunteer)
    """Types that generated questions are put to."""

    def test_what_the_store_finds_is_what_the_reference_evaluator_finds(self, store: Store) -> None:
        """Clauses 8.6, 8.1."""
        self.save(store, self.make("a"))
        if self.undeclared(store, "aggregate"):
            with store.read(self.here) as snapshot, pytest.raises(Unsupported) as caught:
                snapshot.aggregate([Question(Count(Keys(self.kind)), WHENS[0])])
            assert "aggregate" == caught.value.capability, "8.1: Unsupported names the power that is not declared"
            return
        for cls in self.aggregated:
            name = cls.__record__.name
            districts = iter(f"g-{name}-{number}" for number in range(10**6))
            related = {spec.to: self.schema[spec.to].cls for spec in cls.__record__.references if spec.to}
            tables = st.fixed_dictionaries(
                {
                    **{other: few_records(kind) for other, kind in related.items() if kind is not cls},
                    name: st.lists(linked(cls, near_records(cls)), min_size=1, max_size=8, unique_by=lambda r: r.id),
                }
            )

            def put_to(found: dict[str, list[Record]], cls: type[Record] = cls) -> st.SearchStrategy[Any]:
                asked = st.lists(Questions(self, cls, found).measure, min_size=8, max_size=8)
                return st.tuples(st.just(found), asked, st.sets(st.sampled_from((*IDS, "none"))))

            def check(question: Any, names: Any = districts) -> None:
                found, asked, places = question
                where = next(names)
                self.save(store, *(made for table in found.values() for made in table), district=where)
                with store.read(where) as snapshot:
                    for when in WHENS:
                        self._compare(snapshot, found, asked, places, when)

            self.for_all(check, tables.flatmap(put_to), share=0.5)

    def _compare(
        self,
        snapshot: Snapshot,
        found: Mapping[str, list[Record]],
        asked: Iterable[Measure],
        places: set[str],
        when: When,
    ) -> None:
        reference, store = Evaluator(Given(found), self.schema), StoreEvaluator(snapshot, self.schema)
        sensible = [one for one in asked if when.period is not None or not needs_period(one)]
        store.prepare(sensible, when)
        for measure in sensible:
            expected = outcome(lambda measure=measure: reference.answer(measure, places, when))  # type: ignore[misc]
            actual = outcome(lambda measure=measure: store.answer(measure, places, when))  # type: ignore[misc]
            assert expected == actual, (
                f"8.6: the store declares aggregate, but its answer to {measure} {when} is not the reference evaluator's"
            )
            if isinstance(expected[0], Answer):
                rows = list(reference.rows(measure, places, when))
                assert rows == list(store.rows(measure, places, when)), (
                    f"8.6: the records behind {measure} {when} are not those of the reference evaluator"
                )

    def test_a_store_that_declares_aggregate_counts_its_records_itself(self, store: Store) -> None:
        """Clauses 8.6, 8.1: it may leave questions to the library, but not all."""
        if self.undeclared(store, "aggregate"):
            return
        self.save(store, self.make("a", number=1), self.make("b", number=5), self.make("c", number=9))
        asked = Question(Count(Keys(self.kind, "id", gt(self.number_field, 3))), WHENS[0])
        with store.read(self.here) as snapshot:
            (tally,) = snapshot.aggregate([asked])
            assert tally is not None, "8.6: the store declares aggregate, but leaves a plain count to the library"
            assert ["b", "c"] == list(tally.ids(None)), "8.6: what is behind an answer comes in order of id"
            assert [] == list(snapshot.aggregate([])), "8.6: no question has no answer"

    def test_sums_are_exact_beyond_64_bits(self, store: Store) -> None:
        """Clauses 8.6, 7.7."""
        numbers = (2**63 - 1, 2**63 - 1, 2**63 - 2, 3)
        self.save(store, *(self.make(f"r{at}", number=number) for at, number in enumerate(numbers)))
        total = Sum(self.kind, self.number_field)
        with store.read(self.here) as snapshot:
            place = snapshot.get(self.kind, "r0")
            assert place is not None, "1.1: a record that was committed is there"
            evaluator = StoreEvaluator(snapshot, self.schema)
            where = evaluator.place(place.record) or ""
            assert sum(numbers) == evaluator.answer(total, [where], WHENS[0]).value, (
                "8.6: numbers are added exactly, however large the total is"
            )

    def test_what_is_found_is_of_the_state_that_was_asked_about(self, store: Store) -> None:
        """Clauses 8.6, 8.1, 11.1."""
        self.save(store, self.make("a", number=1), self.make("b", number=5))
        self.save(store, self.make("a", number=4), at=later(1))
        asked = Count(Keys(self.kind, "id", gt(self.number_field, 3)))

        def ids(snapshot: Snapshot) -> list[str]:
            return [id_ for _, id_ in StoreEvaluator(snapshot, self.schema).rows(asked, self._anywhere(), WHENS[0])]

        with self.session(store, at=later(2)) as session:
            assert ["a", "b"] == ids(session), "8.6: a session is asked about what it sees"
            session.delete(self.kind, "b", 2)
            assert ["a"] == ids(session), "8.6: a session is asked about the records as it left them"
        if not self.undeclared(store, "known_at"):
            seen = []
            for minutes in range(3):
                with store.read(self.here, later(minutes)) as snapshot:
                    seen.append(ids(snapshot))
            assert [["b"], ["a", "b"], ["a"]] == seen, "8.6: a past state is asked about what was known"

    def _anywhere(self) -> set[str]:
        declared, made = self.subject.__record__, self.make("a")
        return {str(getattr(made, declared.division))} if declared.division in declared.fields else {""}


def needs_period(measure: Measure) -> bool:
    """Whether a measure cannot be asked about a day."""
    return isinstance(measure, Gap) or "During(" in repr(measure)


def few_records(kind: type[Record]) -> st.SearchStrategy[list[Record]]:
    """A few records, with the ids that others refer to."""
    return st.lists(near_records(kind), max_size=len(IDS)).map(
        lambda found: [with_id(made, id_) for made, id_ in zip(found, IDS, strict=False)]
    )
