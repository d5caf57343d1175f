"""Clause 3, and the power ``filter``: what a reader sees does not move, is in order, and is what was asked for."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import strategies as st

from shequ.errors import Unsupported
from shequ.model import Activity, LowIncomeCase, OpeningHours, PartyMember, PropertyContract, Record
from shequ.query import (
    By,
    Condition,
    Count,
    Evaluator,
    Keys,
    Select,
    Sum,
    When,
    eq,
    given,
    gt,
    one_of,
)
from shequ.store import ABSENT, Snapshot, Store
from shequ.testing.questions import conditions
from shequ.testing.stores.base import AT, StoreSuite, later

__all__ = ["IDS", "Given", "QueryTests", "linked", "with_id"]

_DAY = When.on(date(2026, 1, 5))
IDS = ("a", "A", "b", "b.1")
"""The ids that generated records have and refer to."""


class Given:
    """A snapshot of records that were never in a store."""

    def __init__(self, found: Mapping[str, list[Record]]) -> None:
        self._found = found

    def scan(self, query: Select) -> Iterator[Any]:
        """What is given of a type, in order of id."""
        for made in sorted(self._found.get(query.type, ()), key=lambda record: record.id):
            yield _Holder(made)


class _Holder:
    def __init__(self, record: Record) -> None:
        self.record = record


class QueryTests(StoreSuite):
    """Clause 3, snapshots; clause 8.5, ``filter``."""

    filtered: tuple[type[Record], ...] = (PartyMember, Activity, LowIncomeCase, PropertyContract, OpeningHours)
    """Types that generated conditions are put to, besides the subject; together they have fields of every kind."""

    def test_a_reader_sees_one_state_throughout(self, store: Store) -> None:
        """Clause 3.1."""
        ids = [f"t{number:04d}" for number in range(1001)]
        self.save(store, *self.each(*ids))
        with store.read(self.here) as snapshot:
            scan = snapshot.scan(Select(self.kind))
            first = next(scan)
            self.save(store, *self.each("a", "z"), self.make("t0999", text="改"))
            self.delete(store, "t1000")
            assert ids == [first.record.id, *(found.record.id for found in scan)], (
                "3.1: a scan goes on with the state in which its snapshot began, whatever is committed meanwhile"
            )
            assert {"物"} == {self.text_of(found) for found in self.contents(snapshot).values()}, (
                "3.1: a second scan of a snapshot sees the same state"
            )
            assert snapshot.get(self.kind, "a") is None, "3.1: what was made later is not in the snapshot"
            assert snapshot.get(self.kind, "t1000") is not None, "3.1: what was deleted later is in the snapshot"
        assert {"a", "z"} <= set(self.ids(self.kept(store))), "3.1: the next snapshot sees the newer state"

    def test_a_reader_sees_one_state_even_before_its_first_look(self, store: Store) -> None:
        """Clause 3.1."""
        self.save(store, self.make("a"))
        with store.read(self.here) as snapshot:
            self.save(store, self.make("a", text="改"), self.make("b"))
            found = snapshot.get(self.kind, "a")
            assert ("物", 1) == (self.text_of(found), found and found.version), (
                "3.1: a snapshot is of the moment when its block began, not of its first question"
            )
            assert ["a"] == self.ids(self.contents(snapshot)), "3.1: get and scan see the same state"

    def test_a_session_sees_one_state_throughout(self, store: Store) -> None:
        """Clause 3.2."""
        self.save(store, self.make("a"))
        with self.session(store) as session:
            self.save(store, self.make("a", text="改"), self.make("b"))
            found = session.get(self.kind, "a")
            assert ("物", 1) == (self.text_of(found), found and found.version), (
                "3.2: a session sees the state in which it began, and what it did itself"
            )
            assert session.get(self.kind, "b") is None, "3.2: what others commit later is not in the session"

    def test_records_come_in_order_of_id(self, store: Store) -> None:
        """Clause 3.3."""
        ids = ["b", "B", "a", "10", "9", "a.b", "a-b", "a_b", "Z", "aa", "0", "b.", "B1"]
        self.save(store, *self.each(*ids))
        expected = sorted(ids)
        assert expected == self.ids(self.kept(store)), (
            "3.3: a scan is in order of id, by code points: digits, capitals, small letters; not as a language sorts"
        )
        with self.session(store) as session:
            for id_ in ("A", "c", "0.1"):
                session.put(self.make(id_), ABSENT)
            found = [stored.record.id for stored in session.scan(Select(self.kind))]
        assert sorted([*ids, "A", "c", "0.1"]) == found, "3.3: a session's scan is in order of id, too"

    def test_scans_may_be_nested(self, store: Store) -> None:
        """Clause 3.3."""
        self.save(store, *self.each("a", "b", "c"))
        with store.read(self.here) as snapshot:
            pairs = [
                (one.record.id, other.record.id)
                for one in snapshot.scan(Select(self.kind))
                for other in snapshot.scan(Select(self.kind))
            ]
        assert [(one, other) for one in "abc" for other in "abc"] == pairs, "3.3: scans of a snapshot are independent"

    def _ask(self, snapshot: Snapshot, cls: type[Record], where: Condition) -> list[Record]:
        return [found.record for found in snapshot.scan(Select(cls.__record__.name, where))]

    def test_conditions_give_what_the_reference_evaluator_gives(self, store: Store) -> None:
        """Clauses 8.5, 8.1."""
        if self.undeclared(store, "filter"):
            self._refused_with_a_condition(store)
            return
        for cls in dict.fromkeys((self.subject, *self.filtered)):
            district = iter(f"f-{cls.__record__.name}-{number}" for number in range(10**6))
            related = {spec.to: self.schema[spec.to].cls for spec in cls.__record__.references if spec.to}

            def drawn(kind: type[Record]) -> st.SearchStrategy[list[Record]]:
                return st.lists(self.records(kind), max_size=len(IDS)).map(
                    lambda found: [with_id(made, id_) for made, id_ in zip(found, IDS, strict=False)]
                )

            tables = st.fixed_dictionaries(
                {
                    **{name: drawn(kind) for name, kind in related.items() if kind is not cls},
                    cls.__record__.name: st.lists(
                        linked(cls, self.records(cls)), min_size=1, max_size=6, unique_by=lambda r: r.id
                    ),
                }
            )

            def check(
                question: tuple[dict[str, list[Record]], list[Condition]],
                cls: type[Record] = cls,
                names: Any = district,
            ) -> None:
                found, asked = question
                where = next(names)
                self.save(store, *(made for table in found.values() for made in table), district=where)
                expected = Evaluator(Given(found), self.schema)
                with store.read(where) as snapshot, self.session(store, where) as session:
                    for condition in asked:
                        wanted = list(expected.select(Select(cls.__record__.name, condition), _DAY))
                        for reader in (snapshot, session):
                            assert wanted == self._ask(reader, cls, condition), (
                                f"8.5: the store declares filter, but scan gives for {condition} other records than "
                                "the reference evaluator"
                            )

            def put_to(
                found: dict[str, list[Record]], cls: type[Record] = cls
            ) -> st.SearchStrategy[tuple[dict[str, list[Record]], list[Condition]]]:
                asked = st.lists(conditions(cls, self.schema, found), min_size=6, max_size=6)
                return st.tuples(st.just(found), asked)

            self.for_all(check, tables.flatmap(put_to), share=0.25)

    def _refused_with_a_condition(self, store: Store) -> None:
        self.save(store, self.make("a"))
        asked = Select(self.kind, eq(self.text_field, "物"))
        with store.read(self.here) as snapshot, pytest.raises(Unsupported) as caught:
            list(snapshot.scan(asked))
        assert "filter" == caught.value.capability, "8.1: Unsupported names the power that is not declared"
        with self.session(store) as session, pytest.raises(Unsupported):
            list(session.scan(asked))
        if "known_at" in store.capabilities:
            with store.read(self.here, AT) as snapshot, pytest.raises(Unsupported):
                list(snapshot.scan(asked))

    def test_a_condition_is_put_to_what_the_session_sees(self, store: Store) -> None:
        """Clauses 8.5, 8.1, 1.4."""
        if self.undeclared(store, "filter"):
            self._refused_with_a_condition(store)
            return
        self.save(store, self.make("a", number=1), self.make("b", number=5), self.make("c", number=5))
        asked = Select(self.kind, gt(self.number_field, 3))
        with self.session(store, at=later(1)) as session:
            session.put(self.make("a", number=4), 1)
            session.put(self.make("b", number=2), 2)
            session.put(self.make("d", number=9), ABSENT)
            session.delete(self.kind, "c", 3)
            assert ["a", "d"] == [found.record.id for found in session.scan(asked)], (
                "8.5: in a session a condition is put to the records as the session left them"
            )

    def test_a_condition_is_put_to_what_was_known(self, store: Store) -> None:
        """Clauses 8.5, 8.1, 11.1."""
        if self.undeclared(store, "filter") or self.undeclared(store, "known_at"):
            return
        self.save(store, self.make("a", number=1), self.make("b", number=5))
        self.save(store, self.make("a", number=4), at=later(1))
        self.delete(store, "b", at=later(2))
        asked = Select(self.kind, gt(self.number_field, 3))
        seen = []
        for minutes in range(3):
            with store.read(self.here, later(minutes)) as snapshot:
                seen.append([found.record.id for found in snapshot.scan(asked)])
        assert [["b"], ["a", "b"], ["a"]] == seen, "8.5: a condition is put to the state that was asked for"

    def test_very_many_ids_can_be_asked_for_at_once(self, store: Store) -> None:
        """Clauses 8.5, 8.1, 3.3."""
        ids = [f"t{number:06d}" for number in range(0, self.many_ids, self.many_ids // 50)]
        self.save(store, *self.each(*ids))
        asked = [
            f"t{number:06d}" for number in range(self.many_ids) if number % (self.many_ids // 25) == 0 or number % 7
        ]
        expected = sorted(set(ids) & set(asked))
        where = one_of("id", *asked)
        with store.read(self.here) as snapshot:
            if not self.undeclared(store, "filter"):
                found = [stored.record.id for stored in snapshot.scan(Select(self.kind, where))]
                assert expected == found, f"8.5: a condition may name {len(asked)} ids"
            counted = Evaluator(snapshot, self.schema).answer(Count(Keys(self.kind, "id", where)), self._places(), _DAY)
            assert frozenset(expected) == counted.keys, "3.3: the library counts over a scan what it asks for"
            assert expected == [id_ for id_ in ids if id_ in set(asked) and snapshot.get(self.kind, id_) is not None], (
                "1.1: each of them is there"
            )

    def _places(self) -> set[str]:
        """Where the plainest records of the subject's type belong."""
        declared = self.subject.__record__
        made = self.make("a")
        return {str(getattr(made, declared.division))} if declared.division in declared.fields else {""}

    def test_what_is_asked_over_a_snapshot_is_what_is_asked_over_the_records(self, store: Store) -> None:
        """Clauses 3.1, 3.3: the library's own questions, with groups, totals and sets."""
        numbers = st.integers(-(2**40), 2**40)
        words = st.sampled_from(("a", "A", "a ", "ａ", "é", "e\u0301", ""))
        names = iter(f"q-{number}" for number in range(10**6))

        def check(drawn: list[tuple[str, str | None, int]]) -> None:
            made = [
                self.make(f"r{n}", text=text, note=note, number=number) for n, (text, note, number) in enumerate(drawn)
            ]
            district = next(names)
            self.save(store, *made, district=district)
            measures = (
                Count(Keys(self.kind), by=(By("text", self.text_field),)),
                Count(Keys(self.kind, self.note_field), by=(By("note", self.note_field),)),
                Sum(self.kind, self.number_field, by=(By("text", self.text_field),)),
                Sum(self.kind, self.number_field, where=given(self.note_field) & ~eq(self.text_field, "a")),
                Count(Keys(self.kind, self.text_field) - Keys(self.kind, self.note_field)),
            )
            with store.read(district) as snapshot:
                asked, expected = Evaluator(snapshot, self.schema), Evaluator(Given({self.kind: made}), self.schema)
                for measure in measures:
                    assert expected.answer(measure, self._places(), _DAY) == asked.answer(
                        measure, self._places(), _DAY
                    ), f"3.3: {measure} over a snapshot gives another answer than over the records that were put"

        self.for_all(check, st.lists(st.tuples(words, st.none() | words, numbers), min_size=1, max_size=12))


def linked(cls: type[Record], drawn: st.SearchStrategy[Record]) -> st.SearchStrategy[Record]:
    """Records whose references lead to the few ids there are, mostly."""
    few = st.sampled_from((*IDS, "none"))
    links = [spec.name for spec in cls.__record__.references]
    return st.tuples(drawn, st.lists(few, min_size=len(links), max_size=len(links))).map(
        lambda pair: _evolved(pair[0], dict(zip(links, pair[1], strict=True)))
    )


def with_id(made: Record, id_: str) -> Record:
    """The record under another id."""
    return _evolved(made, {"id": id_})


def _evolved(made: Record, facts: Mapping[str, str]) -> Record:
    values_ = {name: getattr(made, name) for name in type(made).__record__.fields}
    return type(made)(**{**values_, **facts})
