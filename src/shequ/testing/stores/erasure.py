"""Clause 10: values can be erased where the law demands it, and the chain still holds."""

from datetime import datetime
from typing import Any

import pytest

from shequ.errors import Conflict, Misuse, StoreClosed, TextRefused, UnknownRecordType
from shequ.query import Select, eq
from shequ.store import ABSENT, Store
from shequ.testing.stores.base import AT, StoreSuite, later, specimen

__all__ = ["ErasureTests"]

PRIVATE = "只此一处的秘密"


class ErasureTests(StoreSuite):
    """Clause 10, erasure."""

    def _fill_to_erase(self, store: Store) -> None:
        """One record changed, one deleted, one left alone; five entries, the last at minute 2."""
        self.save(store, self.make("a", text=PRIVATE), self.make("b", text=PRIVATE), self.make("c"))
        self.save(store, self.make("a", text=PRIVATE, note="改"), at=later(1))
        self.delete(store, "b", at=later(2))
        self.save(store, self.make("a", text=PRIVATE), district=self.there)

    def test_the_values_are_gone_from_store_and_history(self, store: Store) -> None:
        """Clauses 10.1, 10.2."""
        self._fill_to_erase(store)
        assert 3 == self.erase(store, "a", "b", at=later(5)), (
            "10.2: erase gives the number of entries blanked; those that tell of a deletion hold no values"
        )
        assert ["c"] == self.ids(self.kept(store)), "10.1: what is erased is deleted, nothing else is"
        told = [*store.changes(self.here), *(c for id_ in "ab" for c in store.history(self.here, self.kind, id_))]
        assert PRIVATE not in repr(told), "10.1: no entry shows the values any more, neither as before nor as after"
        if "filter" in store.capabilities:
            with store.read(self.here) as snapshot:
                found = list(snapshot.scan(Select(self.kind, eq(self.text_field, PRIVATE))))
            assert [] == found, "10.1: nobody finds them by asking"

    def test_the_chain_still_holds(self, store: Store) -> None:
        """Clauses 10.3, 5.3."""
        self._fill_to_erase(store)
        digests = [change.digest for change in store.changes(self.here)]
        self.erase(store, "a", "b", at=later(5))
        assert store.verify(self.here) is None, "10.3: the chain verifies after an erasure"
        assert digests == [change.digest for change in store.changes(self.here)][: len(digests)], (
            "10.3: an erasure leaves every digest as it was"
        )
        self.save(store, self.make("d"), self.make("a", text="新"), at=later(6))
        assert store.verify(self.here) is None, "10.3: and goes on from there"

    def test_each_erasure_is_entered_with_who_when_and_why(self, store: Store) -> None:
        """Clauses 10.4, 4.1."""
        self._fill_to_erase(store)
        self.erase(store, "a", "b", at=later(5))
        last = list(store.changes(self.here, after=5))
        assert [(6, 4, self.kind, "a"), (7, 4, self.kind, "b")] == [(c.number, c.commit, c.type, c.id) for c in last], (
            "10.4: one commit, one entry a record, also for a record that had been deleted before"
        )
        assert {("clerk-08", "依申请清除", later(5))} == {(c.actor, c.reason, c.at) for c in last}, (
            "10.4: it says who, when and why"
        )
        assert all(c.before is None and c.after is None and not c.erased for c in last), "10.4: and no values"

    def test_a_change_says_that_its_values_were_erased(self, store: Store) -> None:
        """Clauses 10.5."""
        self._fill_to_erase(store)
        assert not any(change.erased for change in store.changes(self.here)), "10.5: nothing has been erased yet"
        before = list(store.changes(self.here))
        self.erase(store, "a", "b", at=later(5))
        after = list(store.changes(self.here))
        assert [1, 2, 4] == [change.number for change in after if change.erased], (
            "10.5: erased marks the entries whose values were taken, and no others"
        )
        for old, new in zip(before, after, strict=False):
            assert (old.number, old.commit, old.at, old.actor, old.reason, old.type, old.id) == (
                new.number, new.commit, new.at, new.actor, new.reason, new.type, new.id,
            ), "10.5: all of an entry but its values stays"  # fmt: skip
            if new.id == "c":
                assert old == new, "10.5: entries of other records stay as they were"

    def test_no_state_of_any_time_shows_them(self, store: Store) -> None:
        """Clauses 10.6, 11.1."""
        self._fill_to_erase(store)
        self.erase(store, "a", "b", at=later(5))
        if self.undeclared(store, "known_at"):
            return
        for minutes in (0, 1, 2, 4, 5, 9):
            with store.read(self.here, later(minutes)) as snapshot:
                assert ["c"] == self.ids(self.contents(snapshot)), (
                    "10.6: a state of a time before the erasure shows the record as absent"
                )
                assert snapshot.get(self.kind, "a") is None, "10.6: to get as to scan"

    def test_what_never_was_is_a_conflict_and_erases_nothing(self, store: Store) -> None:
        """Clauses 10.7, 1.3."""
        self._fill_to_erase(store)
        before = self.state(store)
        with pytest.raises(Conflict) as caught:
            self.erase(store, "a", "never", at=later(5))
        assert (self.kind, "never", None, None) == (
            caught.value.type,
            caught.value.id,
            caught.value.expected,
            caught.value.found,
        ), "10.7: the Conflict names the record of which the history knows nothing"
        assert before == self.state(store), "10.7: all records are erased or none is"

    def test_none_twice_and_again(self, store: Store) -> None:
        """Clauses 10.2, 10.4."""
        self._fill_to_erase(store)
        before = self.state(store)
        assert 0 == self.erase(store, at=later(5)), "10.2: to erase nothing blanks nothing"
        assert before == self.state(store), "10.4: and is no commit"
        assert 2 == self.erase(store, "a", "a", at=later(5)), "10.2: a record that is named twice counts once"
        assert 6 == len(list(store.changes(self.here))), "10.4: and is entered once"
        assert 0 == self.erase(store, "a", at=later(6)), "10.2: what was blanked before does not count again"
        assert 7 == len(list(store.changes(self.here))), "10.4: but the erasure is entered again"
        assert store.verify(self.here) is None, "10.3: the chain holds"

    def test_an_erased_record_may_be_made_again(self, store: Store) -> None:
        """Clauses 10.8, 2.4."""
        self._fill_to_erase(store)
        self.erase(store, "a", at=later(5))
        with pytest.raises(Conflict):
            self.save(store, self.make("a", text="旧"), expect=4)
        self.save(store, self.make("a", text="新"), expect=ABSENT, at=later(6))
        found = self.get(store, "a")
        assert ("新", 7) == (self.text_of(found), found and found.version), (
            "10.8: made again after an erasure, a record has a version that it never had"
        )
        *_, last = store.history(self.here, self.kind, "a")
        assert last.before is None, "10.8: and nothing before it"
        assert 1 == self.erase(store, "a", at=later(7)), "10.8: it may be erased again"

    def test_other_types_and_districts_stay(self, store: Store) -> None:
        """Clauses 10.1, 6.1."""
        self._fill_to_erase(store)
        other = specimen(self.other, "a")
        self.save(store, other, at=later(3))
        before = self.state(store, self.there)
        self.erase(store, "a", at=later(5))
        assert store.verify(self.there) is None, "6.1: another district's chain has nothing to do with it"
        assert other == self.kept(store)[self.other.__record__.name, "a"].record, "10.1: another type's record stays"
        assert before == self.state(store, self.there), "6.1: another district's record of that id stays"

    def test_a_session_that_relied_on_an_erased_record_fails(self, store: Store) -> None:
        """Clauses 10.8, 2.5."""
        self._fill_to_erase(store)
        with pytest.raises(Conflict), self.session(store, at=later(6)) as session:  # noqa: PT012 - the exit raises
            session.put(self.make("a", text="慢"), 4)
            self.erase(store, "a", at=later(5))
        assert self.get(store, "a") is None, "10.8: nobody brings erased values back by a commit that was under way"

    def test_a_closed_store_erases_nothing(self, store: Store) -> None:
        """Clauses 12.6, 10.9."""
        self._fill_to_erase(store)
        store.close()
        with pytest.raises(StoreClosed):
            self.erase(store, "a", at=later(5))

    def test_mistakes_erase_nothing(self, store: Store) -> None:
        """Clauses 10.9, 7.4, 9.2, 12.2."""
        self._fill_to_erase(store)
        before = self.state(store)
        naive = datetime(2026, 1, 5)  # noqa: DTZ001 - the point
        wrong: list[tuple[str, str, dict[str, Any], type[Exception]]] = [
            (self.here, f"{self.kind}x", {}, UnknownRecordType),
            (self.here, self.kind, {"at": naive}, Misuse),
            (self.here, self.kind, {"actor": "a\x00"}, TextRefused),
            (self.here, self.kind, {"reason": "\ud800"}, TextRefused),
            ("", self.kind, {}, Misuse),
        ]
        for district, kind, facts, error in wrong:
            given: dict[str, Any] = {"actor": "a", "reason": "r", "at": AT, **facts}
            with pytest.raises(error):
                store.erase(district, [(kind, "a")], **given)
            assert before == self.state(store), "10.9: a mistake in asking erases nothing"
