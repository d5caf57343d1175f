"""Clause 7: text comes back as it was sent, and is equal to itself only; so do numbers and times."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import strategies as st

from shequ.codec import to_plain
from shequ.effective import SHANGHAI
from shequ.errors import BadData, InvalidRecord, TextRefused
from shequ.model import Kind, Record
from shequ.query import By, Count, Evaluator, Keys, Select, When, eq, one_of
from shequ.store import ANY, Store
from shequ.testing.stores.base import AT, StoreSuite, later, specimen
from shequ.testing.strategies import LONG_TEXT, NASTY_TEXTS

__all__ = ["TextTests"]

_REFUSED = ("\x00", "a\x00b", "\ud800", "a\udfff")


class TextTests(StoreSuite):
    """Clause 7, text and other values."""

    def test_every_record_of_every_type_comes_back_as_it_was_sent(self, store: Store) -> None:
        """Clauses 7.1, 7.7."""
        names = iter(f"r-{number}" for number in range(10**6))
        for cls in (declared.cls for declared in self.schema):

            def check(sent: list[Record], cls: type[Record] = cls) -> None:
                district = next(names)
                self.save(store, *sent, district=district)
                expected = sorted(sent, key=lambda made: made.id)
                with store.read(district) as snapshot:
                    found = [kept.record for kept in snapshot.scan(Select(cls.__record__.name))]
                    assert expected == found, "7.1: a record scanned equals the one that was put, in every field"
                    for made in sent:
                        kept = snapshot.get(cls.__record__.name, made.id)
                        assert made == (kept and kept.record), "7.1: a record got equals the one that was put"
                told = [change.after for change in store.changes(district)]
                assert [to_plain(made) for made in sent] == told, "7.1: the feed tells the values that were put"

            self.for_all(
                check, st.lists(self.records(cls), min_size=1, max_size=3, unique_by=lambda made: made.id), share=0.15
            )

    def test_texts_that_look_alike_stay_different(self, store: Store) -> None:
        """Clauses 7.1, 7.2: by case, accent, width, trailing blank, composition, script."""
        made = [self.make(f"t{number:04d}", text=text, note=text) for number, text in enumerate(NASTY_TEXTS)]
        self.save(store, *made)
        found = {id_: kept.record for (_, id_), kept in self.kept(store).items()}
        for sent in made:
            for field in (self.text_field, self.note_field):
                assert getattr(sent, field) == getattr(found[sent.id], field), (
                    f"7.1: the text {getattr(sent, field)!r} comes back as it was sent, code point by code point"
                )
        told = [(change.after or {}).get(self.text_field) for change in store.changes(self.here)]
        assert list(NASTY_TEXTS) == told, "7.1: history keeps texts as they were sent"
        assert store.verify(self.here) is None, "5.1: the chain holds over any text"

    def test_texts_that_look_alike_are_counted_apart(self, store: Store) -> None:
        """Clause 7.2: when filtered, grouped and told apart."""
        texts = list(dict.fromkeys(NASTY_TEXTS))
        self.save(store, *(self.make(f"t{number:04d}", text=text) for number, text in enumerate(texts)))
        division = self.subject.__record__.division
        places = {str(getattr(self.make("a"), division))} if division in self.subject.__record__.fields else {""}
        with store.read(self.here) as snapshot:
            asked = Count(Keys(self.kind), by=(By("text", self.text_field),))
            answer = Evaluator(snapshot, self.schema).answer(asked, places, When.on(date(2026, 1, 5)))
            assert {(text,): 1 for text in texts} == {group: rows for group, (_, rows) in answer.groups.items()}, (
                "7.2: each text is a group of its own"
            )
            if self.undeclared(store, "filter"):
                return
            for number, text in enumerate(texts):
                for where in (eq(self.text_field, text), one_of(self.text_field, text, "没有这样的")):
                    found = [kept.record.id for kept in snapshot.scan(Select(self.kind, where))]
                    assert [f"t{number:04d}"] == found, (
                        f"7.2: {text!r} is equal to itself only: case, accents, width, blanks and forms count"
                    )

    def test_a_change_of_case_or_blank_is_a_change(self, store: Store) -> None:
        """Clauses 7.2, 4.1."""
        texts = ("a", "A", "a ", "ａ", "á", "a\u0301", "a")
        for minutes, text in enumerate(texts):
            self.save(store, self.make("x", text=text), at=later(minutes))
        told = [(change.after or {})[self.text_field] for change in store.changes(self.here)]
        assert list(texts) == told, "7.2: to write a text of other case, blanks, width or form is a change"

    def test_ids_that_differ_in_case_are_different_records(self, store: Store) -> None:
        """Clause 7.3."""
        ids = ("a", "A", "aB", "Ab", "AB", "ab", "a.", "a_", "a-", "a0")
        self.save(store, *(self.make(id_, text=id_) for id_ in ids), expect=ANY)
        assert {id_: id_ for id_ in ids} == {id_: self.text_of(kept) for (_, id_), kept in self.kept(store).items()}, (
            "7.3: ids that differ by case name different records"
        )
        self.delete(store, "A")
        assert self.get(store, "A") is None, "7.3: what was deleted is gone"
        for id_ in ids:
            if id_ != "A":
                assert id_ == self.text_of(self.get(store, id_)), "7.3: deleting A leaves a"
            assert {id_} == {change.id for change in store.history(self.here, self.kind, id_)}, (
                "7.3: the history of an id is of this id only"
            )

    def test_text_that_some_store_would_alter_is_refused(self, store: Store) -> None:
        """Clauses 7.4, 12.3: with the same error in a record and in the words of a session."""
        for words in _REFUSED:
            for field in (self.text_field, self.note_field):
                with pytest.raises(TextRefused), self.session(store) as session:
                    session.put(specimen(self.subject, "a", **{field: words}), ANY)
            for facts in ({"actor": words, "reason": ""}, {"actor": "", "reason": words}):
                with pytest.raises(TextRefused), store.session(self.here, at=AT, **facts) as session:
                    session.put(self.make("a"), ANY)
        assert () == store.districts(), "7.4: NUL and lone surrogates are refused by every store, with TextRefused"

    def test_words_of_a_session_come_back_as_they_were_sent(self, store: Store) -> None:
        """Clauses 7.1, 4.1."""
        for number, words in enumerate((*NASTY_TEXTS, LONG_TEXT)):
            with store.session(self.here, actor=words, reason=words, at=later(number)) as session:
                session.put(self.make("a", number=number), ANY)
        told = [(change.actor, change.reason) for change in store.changes(self.here)]
        assert [(words, words) for words in (*NASTY_TEXTS, LONG_TEXT)] == told, (
            "7.1: who and why come back as they were sent"
        )
        assert store.verify(self.here) is None, "5.1: the chain holds over any words"

    def test_the_empty_text_is_not_none(self, store: Store) -> None:
        """Clause 7.5."""
        self.save(store, self.make("empty", text="", note=""), self.make("none", text="", note=None))
        found = {id_: getattr(kept.record, self.note_field) for (_, id_), kept in self.kept(store).items()}
        assert {"empty": "", "none": None} == found, "7.5: an empty text is a value, None is none"
        self.save(store, self.make("empty", text="", note=None))
        assert 3 == len(list(store.changes(self.here))), "7.5: to write None over an empty text is a change"
        told = [(c.before or {}).get(self.note_field) for c in store.history(self.here, self.kind, "empty")]
        assert [None, ""] == told, "7.5: the history tells them apart"

    def test_long_text_is_kept_whole(self, store: Store) -> None:
        """Clause 7.6."""
        self.save(store, self.make("a", text=LONG_TEXT, note=LONG_TEXT * 3))
        found = self.get(store, "a")
        assert found is not None, "1.1: a record that was committed is there"
        assert self.make("a", text=LONG_TEXT, note=LONG_TEXT * 3) == found.record, (
            f"7.6: a text of {len(LONG_TEXT) * 3} characters comes back whole"
        )
        told = (next(iter(store.changes(self.here))).after or {})[self.note_field]
        assert LONG_TEXT * 3 == told, "7.6: the history keeps it whole, too"

    def test_whole_numbers_are_exact(self, store: Store) -> None:
        """Clause 7.7."""
        for number in (2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63) + 1, 2**31, 0, -1):
            self.save(store, self.make("a", number=number))
            assert number == self.number_of(self.get(store, "a")), "7.7: whole numbers of 63 bits come back exactly"

    def _field(self, kind: Kind) -> tuple[type[Record], str] | None:
        """Some field of a kind that can be set alone: what starts or ends with it may be left out."""
        for declared in self.schema:
            for spec in declared.fields.values():
                others = {name for pair in declared.spans if spec.name in pair for name in pair} - {spec.name}
                if spec.kind is kind and not any(declared.fields[name].required for name in others):
                    return declared.cls, spec.name
        assert not any(spec.kind is kind for declared in self.schema for spec in declared.fields.values()), (
            f"no {kind} of this schema can be set alone: override schema"
        )
        return None

    @pytest.mark.parametrize("kind", [Kind.DAY, Kind.MOMENT, Kind.TIME, Kind.MEASURE], ids=str)
    def test_days_moments_and_measures_come_back_at_their_edges(self, store: Store, kind: Kind) -> None:
        """Clause 7.7."""
        found = self._field(kind)
        if found is None:
            return
        cls, field = found
        spec = cls.__record__.fields[field]
        for number, value in enumerate(_edges(kind, spec.scale)):
            sent = specimen(cls, f"e{number}", **{field: value})
            self.save(store, sent)
            with store.read(self.here) as snapshot:
                kept = snapshot.get(cls.__record__.name, sent.id)
            assert kept is not None, "1.1: a record that was committed is there"
            came = getattr(kept.record, field)
            if kind is Kind.MOMENT:
                value, came = value.astimezone(UTC), came.astimezone(UTC)
            assert value == came, f"7.7: a {kind} comes back exactly"

    def test_the_hour_that_came_twice_is_two_hours(self, store: Store) -> None:
        """Clauses 7.7, 4.1: in 1986 Shanghai put its clocks back; the hour before and the hour after read the same."""
        found = self._field(Kind.MOMENT)
        if found is None:
            return
        cls, field = found
        first = datetime(1986, 9, 14, 1, 30, tzinfo=SHANGHAI)
        for fold in (0, 1):
            self.save(store, specimen(cls, "a", **{field: first.replace(fold=fold)}))
        assert 2 == len(list(store.changes(self.here))), "7.7: to write the other hour is a change"
        with store.read(self.here) as snapshot:
            kept = snapshot.get(cls.__record__.name, "a")
        assert kept is not None, "1.1: a record that was committed is there"
        assert first.replace(fold=1).astimezone(UTC) == getattr(kept.record, field).astimezone(UTC), (
            "7.7: the moment that was sent comes back, not the one that reads the same"
        )

    def test_what_some_store_could_not_hold_is_refused_by_all(self, store: Store) -> None:
        """Clauses 7.8, 12.3."""
        for number in (2**63, -(2**63)):
            with pytest.raises(InvalidRecord) as caught, self.session(store) as session:
                session.put(self.make("a", number=number), ANY)
            refused = caught.value
            assert isinstance(refused, BadData), "12.3: a value that no store can hold is BadData"
            assert (self.kind, self.number_field, number) == (refused.type, refused.field, refused.value), (
                "7.8: the error names type, field and value"
            )
        assert () == store.districts(), "7.8: nothing of it is stored"


def _edges(kind: Kind, scale: int) -> list[Any]:
    from datetime import time
    from decimal import Decimal

    east, west = timezone(timedelta(hours=14)), timezone(timedelta(hours=-11, minutes=-30))
    match kind:
        case Kind.DAY:
            return [date.min, date(1582, 10, 10), date(1900, 2, 28), date(1969, 12, 31), date.max]
        case Kind.MOMENT:
            return [
                datetime(2, 1, 2, tzinfo=UTC),
                datetime(1899, 12, 31, 23, 59, 59, 999999, tzinfo=SHANGHAI),
                datetime(1969, 12, 31, 23, 59, 59, 1, tzinfo=UTC),
                datetime(2026, 1, 1, 0, 0, tzinfo=east),
                datetime(2026, 12, 31, 23, 59, tzinfo=west),
                datetime(9998, 12, 30, 23, 59, 59, 999999, tzinfo=UTC),
            ]
        case Kind.TIME:
            return [time.min, time(12, 34, 56, 1), time.max]
        case _:
            least = Decimal(1).scaleb(-scale)
            return [Decimal(0), least, 3 * least, Decimal(2**63 // 10**scale - 1)]
