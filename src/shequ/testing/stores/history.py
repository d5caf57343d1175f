"""Clauses 4, 5, 9 and 11: every committed change is told, chained and dated as the session said; the past can be read."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from shequ.codec import from_plain, to_plain
from shequ.effective import SHANGHAI
from shequ.errors import Conflict, Misuse, Unsupported
from shequ.store import ABSENT, ANY, Change, Store
from shequ.testing.stores.base import AT, StoreSuite, later, specimen

__all__ = ["HistoryTests"]


class HistoryTests(StoreSuite):
    """Clause 4, history; 5, chain; 9, no clock; 11, known at."""

    def _worked(self, store: Store) -> None:
        """A little of everything, at minutes 0, 1, 2 and 3."""
        self.save(store, *self.each("a", "b"))
        self.save(store, self.make("a", text="改"), specimen(self.other, "a"), at=later(1))
        self.delete(store, "b", at=later(2))
        self.save(store, self.make("b", text="又"), at=later(3))

    # --- clause 4 ---------------------------------------------------------------------------------------

    def test_it_says_who_when_why_before_and_after(self, store: Store) -> None:
        """Clauses 4.1, 4.3, 4.6."""
        first, second = self.make("a", text="一", note="", number=-7), self.make("a", text="二")
        other = specimen(self.other, "b")
        with store.session(self.here, actor="clerk-07", reason="迁入 3 号\n", at=AT.astimezone(UTC)) as session:
            session.put(first, ABSENT)
        with store.session(self.here, actor="李", reason="", at=later(1)) as session:
            session.put(second, 1)
            session.put(other, ABSENT)
        with store.session(self.here, actor="李", reason="误录", at=later(2)) as session:
            session.delete(self.kind, "a", ANY)
        name = self.other.__record__.name
        expected: list[tuple[Any, ...]] = [
            (1, 1, AT, "clerk-07", "迁入 3 号\n", self.kind, "a", None, to_plain(first), False),
            (2, 2, later(1), "李", "", self.kind, "a", to_plain(first), to_plain(second), False),
            (3, 2, later(1), "李", "", name, "b", None, to_plain(other), False),
            (4, 3, later(2), "李", "误录", self.kind, "a", to_plain(second), None, False),
        ]
        feed = list(store.changes(self.here))
        assert expected == [
            (c.number, c.commit, c.at, c.actor, c.reason, c.type, c.id, c.before, c.after, c.erased) for c in feed
        ], "4.1: an entry says number, commit, time, who, why, which record, its plain values before and after"
        assert [feed[0], feed[1], feed[3]] == list(store.history(self.here, self.kind, "a")), (
            "4.6: the history of a record is its part of the feed"
        )
        assert [] == list(store.history(self.here, self.kind, "c")), "4.6: a record that never was has no history"
        assert [] == list(store.history(self.here, name, "a")), "4.6: the same id of another type is another record"

    def test_the_deletions_of_a_type_are_told(self, store: Store) -> None:
        """Clause 4.8."""
        self._worked(store)
        self.save(store, specimen(self.other, "b"), at=later(4))
        self.delete(store, "a", "b", at=later(5))
        gone = [change for change in store.changes(self.here) if change.after is None]
        assert ["b", "a", "b"] == [change.id for change in gone], "4.1: a deletion is a change, too"
        assert gone == list(store.deletions(self.here, self.kind)), (
            "4.8: the deletions of a type are its part of the feed that took records away"
        )
        assert [] == list(store.deletions(self.here, self.other.__record__.name)), "4.8: another type has its own"
        assert [] == list(store.deletions(self.there, self.kind)), "4.8: and so has another district"

    def test_nothing_that_was_rolled_back_is_in_it(self, store: Store) -> None:
        """Clauses 4.2, 4.3, 1.2, 1.3."""
        self.save(store, self.make("a"))
        before = list(store.changes(self.here))
        with pytest.raises(ZeroDivisionError), self.session(store) as session:  # noqa: PT012 - the exit raises
            session.put(self.make("b"), ABSENT)
            raise ZeroDivisionError
        with pytest.raises(Conflict):
            self.save(store, self.make("c"), self.make("a", text="旧"), expect=ABSENT)
        assert before == list(store.changes(self.here)), "4.2: an exception and a conflict leave no entry in the feed"
        for id_ in ("b", "c"):
            assert [] == list(store.history(self.here, self.kind, id_)), "4.2: nor one in a record's history"
        self.save(store, self.make("d"))
        assert [1, 2] == [change.number for change in store.changes(self.here)], (
            "4.3: a session that was rolled back uses up no number"
        )
        assert [1, 2] == [change.commit for change in store.changes(self.here)], "4.3: nor the number of a commit"

    def test_the_feed_is_without_gaps_in_the_order_of_commits(self, store: Store) -> None:
        """Clause 4.3."""
        with self.session(store, at=later(9)) as slow:
            slow.put(self.make("slow"), ABSENT)
            for number in range(5):
                self.save(store, self.make(f"t{number}"), self.make("same", number=number), at=later(number))
        feed = list(store.changes(self.here))
        assert list(range(1, 12)) == [change.number for change in feed], "4.3: numbers begin with 1 and have no gaps"
        assert [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6] == [change.commit for change in feed], (
            "4.3: the changes of a commit stand together, and commits in the order in which they were made"
        )
        assert "slow" == feed[-1].id, "4.3: who committed last is last, whenever the session began"

    def test_the_feed_can_be_taken_up_anywhere(self, store: Store) -> None:
        """Clause 4.4; more changes than a page of any store."""
        self.save(store, *self.each(*(f"t{number:04d}" for number in range(1100))))
        whole = list(store.changes(self.here))
        for after in (0, 1, 6, 499, 500, 501, 1000, 1099, 1100, 9999):
            assert whole[after:] == list(store.changes(self.here, after)), (
                f"4.4: changes(district, after={after}) gives exactly what the whole feed has behind {after}"
            )

    def test_the_feed_ends_where_it_stood_when_it_was_asked_for(self, store: Store) -> None:
        """Clause 4.4."""
        self.save(store, *self.each("a", "b"))
        feed = store.changes(self.here)
        self.save(store, self.make("c"))
        assert [1, 2] == [change.number for change in feed], (
            "4.4: a feed ends where it stood when it was asked for, so that a busy store does not keep its reader for ever"
        )

    def test_folding_the_feed_gives_the_contents(self, store: Store) -> None:
        """Clause 4.5."""
        words = st.sampled_from(("put", "put", "delete"))
        ids = st.sampled_from(("a", "A", "b"))
        names = iter(f"fold-{number}" for number in range(10**6))

        def check(commits: list[list[tuple[str, str, int]]]) -> None:
            district = next(names)
            for minutes, steps in enumerate(commits):
                with self.session(store, district, at=later(minutes)) as session:
                    for what, id_, number in steps:
                        if what == "put":
                            session.put(self.make(id_, number=number), ANY)
                        elif session.get(self.kind, id_) is not None:
                            session.delete(self.kind, id_, ANY)
            folded: dict[tuple[str, str], tuple[Any, int]] = {}
            for change in store.changes(district):
                before = folded.pop((change.type, change.id), None)
                assert change.before == (before and to_plain(before[0])), "4.5: before is what the entries before left"
                if change.after is not None:
                    made = from_plain(self.schema[change.type].cls, change.after)
                    folded[change.type, change.id] = made, change.number
            found = {key: (kept.record, kept.version) for key, kept in self.kept(store, district).items()}
            assert folded == found, "4.5: the feed, folded, gives the contents with their versions"

        self.for_all(check, st.lists(st.lists(st.tuples(words, ids, st.integers(0, 3)), max_size=5), max_size=6))

    def test_a_reader_cannot_alter_it(self, store: Store) -> None:
        """Clause 4.7."""
        self.save(store, self.make("a"))
        self.save(store, self.make("a", text="二"))
        for change in store.changes(self.here):
            for values in (change.before, change.after):
                if values is not None:
                    values[self.text_field] = "改"
        assert ["物", "二"] == [(change.after or {})[self.text_field] for change in store.changes(self.here)], (
            "4.7: what a reader does to the values that it was given does not reach the store"
        )
        assert "二" == self.text_of(self.get(store, "a")), "4.7: nor does it reach the records"
        assert store.verify(self.here) is None, "4.7: nor the chain"

    # --- clause 5 ---------------------------------------------------------------------------------------

    def test_a_chain_that_nobody_touched_holds(self, store: Store) -> None:
        """Clauses 5.1, 5.3."""
        assert store.verify(self.here) is None, "5.1: an empty district has a chain that holds"
        self._worked(store)
        digests = [change.digest for change in store.changes(self.here)]
        assert len(digests) == len(set(digests)), "5.1: no two entries have one digest"
        assert all(digests), "5.1: each entry has a digest"
        assert store.verify(self.here) is None, "5.1: after commits of every sort the chain holds"
        self.save(store, self.make("z"), at=later(9))
        assert digests == [change.digest for change in store.changes(self.here)][:-1], (
            "5.3: a digest, once written, never changes"
        )

    def test_equal_values_have_different_digests(self, store: Store) -> None:
        """Clause 5.1: the values are salted, so that nobody finds them by trying."""
        for district in (self.here, self.there):
            self.save(store, self.make("a"), district=district)
        here, there = (next(iter(store.changes(district))).digest for district in (self.here, self.there))
        assert here != there, "5.1: the same first change in another district has another digest: chains differ"

    def test_a_tampered_chain_is_found(self, store: Store, path: Path) -> None:
        """Clause 5.2."""
        self._worked(store)
        self.save(store, self.make("a"), district=self.there)
        self.tamper(store, path, self.here, 3)
        assert 3 == store.verify(self.here), "5.2: verify gives the number of the first entry that does not fit"
        assert store.verify(self.there) is None, "5.2: another district's chain holds"

    # --- clause 9 ---------------------------------------------------------------------------------------

    def test_time_is_what_the_session_says(self, store: Store) -> None:
        """Clause 9.1."""
        for year in (1900, 1970, 1986, 2026, 2038, 2500):
            at, district = datetime(year, 9, 14, 1, 30, 0, 1, tzinfo=SHANGHAI), f"year-{year}"
            self.save(store, self.make("a"), district=district, at=at)
            (change,) = store.changes(district)
            assert at.astimezone(UTC) == change.at.astimezone(UTC), (
                "9.1: a change happened when the session says, to the microsecond; the store has no clock of its own"
            )
            assert store.verify(district) is None, "5.1: the chain holds over any time"

    def test_the_zone_of_a_time_does_not_matter(self, store: Store) -> None:
        """Clause 9.1."""
        for number, at in enumerate((AT.astimezone(UTC), AT.astimezone(SHANGHAI))):
            self.save(store, self.make(f"t{number}"), at=at)
        assert [AT, AT] == [change.at for change in store.changes(self.here)], "9.1: a moment is the same in any zone"

    def test_a_time_without_zone_is_misuse(self, store: Store) -> None:
        """Clauses 9.2, 12.2."""
        naive = datetime(2026, 1, 5)  # noqa: DTZ001 - the point
        with pytest.raises(Misuse), self.session(store, at=naive) as session:
            session.put(self.make("a"), ANY)
        assert () == store.districts(), "9.2: a session without a time zone is refused and stores nothing"
        if "known_at" in store.capabilities:
            with pytest.raises(Misuse), store.read(self.here, naive) as snapshot:
                self.contents(snapshot)

    # --- clause 11 --------------------------------------------------------------------------------------

    def _unknown(self, store: Store) -> bool:
        """Whether the past cannot be read; then asking for it must raise."""
        if not self.undeclared(store, "known_at"):
            return False
        self.save(store, self.make("a"))
        with pytest.raises(Unsupported) as caught, store.read(self.here, AT) as snapshot:
            self.contents(snapshot)
        assert "known_at" == caught.value.capability, "8.1: Unsupported names the power that is not declared"
        return True

    def test_each_moment_shows_what_was_known_then(self, store: Store) -> None:
        """Clauses 11.1, 8.1."""
        if self._unknown(store):
            return
        self._worked(store)
        moments = (-1, 0, 0.9, 1, 2, 3, 1000)
        seen = []
        for minutes in moments:
            with store.read(self.here, AT + timedelta(minutes=minutes)) as snapshot:
                found = self.contents(snapshot, self.subject)
                seen.append({id_: (self.text_of(kept), kept.version) for (_, id_), kept in found.items()})
                assert found == {
                    (self.kind, id_): kept for id_ in "ab" if (kept := snapshot.get(self.kind, id_)) is not None
                }, "11.1: get and scan of a past state agree"
        first, second = {"a": ("物", 1), "b": ("物", 2)}, {"a": ("改", 3), "b": ("物", 2)}
        last = {"a": ("改", 3), "b": ("又", 6)}
        assert [{}, first, first, second, {"a": ("改", 3)}, last, last] == seen, (
            f"11.1: at minutes {moments} a reader sees what all commits up to then had left, with their versions"
        )

    def test_to_the_microsecond_in_any_zone(self, store: Store) -> None:
        """Clauses 11.1, 9.1, 8.1."""
        if self._unknown(store):
            return
        self.save(store, self.make("a"))
        for zone in (UTC, SHANGHAI):
            assert ["a"] == self.ids(self.kept(store, known_at=AT.astimezone(zone))), (
                "11.1: a commit is known at its own time"
            )
            earlier = (AT - timedelta(microseconds=1)).astimezone(zone)
            assert [] == self.ids(self.kept(store, known_at=earlier)), "11.1: and not a microsecond before"

    def test_only_states_that_existed_are_shown(self, store: Store) -> None:
        """Clauses 11.2, 8.1: a commit whose clock was slow was known when the one before it was."""
        if self._unknown(store):
            return
        self.save(store, self.make("a"), at=later(10))
        self.save(store, self.make("b"), at=later(5))
        assert [] == self.ids(self.kept(store, known_at=later(7))), (
            "11.2: a commit is not known before those that went before it, whatever its clock said"
        )
        assert ["a", "b"] == self.ids(self.kept(store, known_at=later(10))), "11.2: it is known together with them"

    def test_a_past_state_of_many_records(self, store: Store) -> None:
        """Clauses 11.1, 3.3, 8.1."""
        if self._unknown(store):
            return
        ids = [f"t{number:04d}" for number in range(1100)]
        self.save(store, *self.each(*ids))
        self.delete(store, *ids[::2], at=later(1))
        assert ids == self.ids(self.kept(store, known_at=AT)), "11.1: a past state is whole and in order of id"
        assert ids[1::2] == self.ids(self.kept(store, known_at=later(1))), "11.1: what was deleted by then is gone"

    def test_the_past_does_not_move(self, store: Store) -> None:
        """Clauses 11.3, 8.1."""
        if self._unknown(store):
            return
        self._worked(store)
        before = [self.kept(store, known_at=later(minutes)) for minutes in range(4)]
        with store.read(self.here, later(100)) as snapshot:
            self.save(store, self.make("a", text="晚"), self.make("z"), at=later(50))
            assert before[-1] == self.contents(snapshot), "11.3: a snapshot of a time does not move while it is read"
        assert before == [self.kept(store, known_at=later(minutes)) for minutes in range(4)], (
            "11.3: later commits do not change what was known before them"
        )

    def test_known_at_equals_replay(self, store: Store) -> None:
        """Clauses 11.1, 11.2, 4.5, 8.1: for generated commits with clocks that may go backwards."""
        if self._unknown(store):
            return
        names = iter(f"at-{number}" for number in range(10**6))
        steps = st.lists(st.tuples(st.sampled_from(("a", "A", "b")), st.integers(-1, 3)), min_size=1, max_size=4)

        def check(commits: list[tuple[int, list[tuple[str, int]]]]) -> None:
            district = next(names)
            for minutes, writes in commits:
                with self.session(store, district, at=later(minutes)) as session:
                    for id_, number in writes:
                        if number >= 0:
                            session.put(self.make(id_, number=number), ANY)
                        elif session.get(self.kind, id_) is not None:
                            session.delete(self.kind, id_, ANY)
            feed = list(store.changes(district))
            for minutes in range(-1, 7):
                expected = _replayed(feed, later(minutes), lambda change: self.schema[change.type].cls)
                found = self.kept(store, district, later(minutes))
                assert expected == {key: (kept.record, kept.version) for key, kept in found.items()}, (
                    f"11.1: what is known at minute {minutes} is what the feed up to then, replayed, gives"
                )

        self.for_all(check, st.lists(st.tuples(st.integers(0, 5), steps), max_size=6))


def _replayed(
    feed: list[Change], at: datetime, cls_of: Callable[[Change], Any]
) -> dict[tuple[str, str], tuple[Any, int]]:
    known: dict[tuple[str, str], tuple[Any, int]] = {}
    for change in feed:
        if change.at > at:
            break
        known.pop((change.type, change.id), None)
        if change.after is not None:
            known[change.type, change.id] = from_plain(cls_of(change), change.after), change.number
    return known
