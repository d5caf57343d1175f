"""Clause 2: a stale write changes nothing, and a version is never used twice."""

from collections.abc import Callable
from typing import Any, cast

import pytest

from shequ.errors import Conflict, Misuse
from shequ.store import ABSENT, ANY, Expect, Session, Store
from shequ.testing.stores.base import StoreSuite, later, specimen

__all__ = ["VersionTests"]


class VersionTests(StoreSuite):
    """Clause 2, versions."""

    def test_the_version_is_the_number_of_the_change(self, store: Store) -> None:
        """Clause 2.1."""
        self.save(store, *self.each("a", "b"))
        self.save(store, self.make("a", text="改"))
        assert {"a": 3, "b": 2} == {id_: found.version for (_, id_), found in self.kept(store).items()}, (
            "2.1: the version of a record is the number of the change in the district's feed that wrote it"
        )

    @pytest.mark.parametrize("write", ["change", "put again what is there", "delete"])
    def test_a_stale_write_conflicts_and_changes_nothing(self, store: Store, write: str) -> None:
        """Clauses 2.2, 4.2; an equal record that was relied on is checked too."""
        self.save(store, self.make("a"), specimen(self.other, "o"))
        self.save(store, self.make("a", text="改"))
        before = self.state(store)
        stale: tuple[Expect, ...] = (ABSENT, 1, 2, 4, 99, 0, -1)
        for expect in stale:
            with pytest.raises(Conflict) as caught, self.session(store) as session:  # noqa: PT012 - the exit raises
                session.put(specimen(self.other, "new"), ABSENT)
                if write == "delete":
                    session.delete(self.kind, "a", expect)
                else:
                    session.put(self.make("a", text="再改" if write == "change" else "改"), expect)
            expected = None if expect is ABSENT else expect
            assert (self.kind, "a", expected, 3) == (
                caught.value.type,
                caught.value.id,
                caught.value.expected,
                caught.value.found,
            ), "2.2: a Conflict carries the record, the version expected and the version stored"
            assert before == self.state(store), (
                f"2.2: a session that relied on {expect} where version 3 is stored changes nothing"
            )

    def test_what_is_there_cannot_be_made(self, store: Store) -> None:
        """Clause 2.2: creating twice conflicts."""
        self.save(store, self.make("a", text="一"), expect=ABSENT)
        with pytest.raises(Conflict):
            self.save(store, self.make("a", text="二"), expect=ABSENT)
        assert "一" == self.text_of(self.get(store, "a")), "2.2: ABSENT never replaces a record"

    def test_what_is_not_there_cannot_be_deleted(self, store: Store) -> None:
        """Clause 2.3."""
        expects: tuple[Expect, ...] = (1, ANY, ABSENT)
        for expect in expects:
            with pytest.raises(Conflict) as caught, self.session(store) as session:
                session.delete(self.kind, "a", expect)
            assert (1 if expect == 1 else None, None) == (caught.value.expected, caught.value.found), (
                "2.3: deleting what is not there is a Conflict, whatever was expected"
            )

    def test_what_is_not_there_cannot_be_updated(self, store: Store) -> None:
        """Clause 2.2."""
        with pytest.raises(Conflict) as caught, self.session(store) as session:
            session.put(self.make("a"), 1)
        assert (1, None) == (caught.value.expected, caught.value.found), "2.2: a version is expected, nothing is stored"
        assert () == store.districts(), "2.2: the record is not made"

    def test_the_version_that_was_read_can_be_replaced_and_deleted(self, store: Store) -> None:
        """Clause 2.2."""
        self.save(store, self.make("a"))
        with self.session(store) as session:
            found = session.get(self.kind, "a")
            assert found is not None, "1.1: a record that was committed is there"
            session.put(self.make("a", text="改"), found.version)
        assert "改" == self.text_of(self.get(store, "a")), "2.2: a write that expects what is stored succeeds"
        with self.session(store) as session:
            session.delete(self.kind, "a", 2)
        assert {} == self.kept(store), "2.2: a deletion that expects what is stored succeeds"

    def test_a_record_made_again_does_not_get_an_old_version(self, store: Store) -> None:
        """Clause 2.4."""
        seen = []
        for _ in range(3):
            self.save(store, self.make("a"))
            found = self.get(store, "a")
            seen.append(found and found.version)
            self.delete(store, "a")
        assert [1, 3, 5] == seen, "2.4: deleted and made again, a record has a version that it never had before"
        for old in (1, 2, 3, 4, 5, 6):
            with pytest.raises(Conflict):
                self.save(store, self.make("a", text="旧"), expect=old)
        self.save(store, self.make("a"))
        with pytest.raises(Conflict):
            self.save(store, self.make("a", text="旧"), expect=5)
        assert "物" == self.text_of(self.get(store, "a")), "2.4: who read the record before it was deleted cannot write"

    def test_of_two_sessions_on_one_record_the_second_to_commit_fails(self, store: Store) -> None:
        """Clauses 2.5, 1.3."""
        self.save(store, self.make("a"))
        with pytest.raises(Conflict) as caught, self.session(store) as slow:  # noqa: PT012 - the exit raises
            found = slow.get(self.kind, "a")
            assert found is not None, "1.1: a record that was committed is there"
            slow.put(self.make("a", text="慢"), found.version)
            slow.put(self.make("b"), ABSENT)
            self.save(store, self.make("a", text="快"), expect=found.version)
        assert (self.kind, "a", 1, 2) == (
            caught.value.type,
            caught.value.id,
            caught.value.expected,
            caught.value.found,
        ), "2.5: what a session expects is compared with what is stored when it commits"
        assert {"a": "快"} == {id_: self.text_of(found) for (_, id_), found in self.kept(store).items()}, (
            "2.5: the first to commit stays, of the second nothing is stored"
        )

    def test_of_two_sessions_that_make_one_record_the_second_fails(self, store: Store) -> None:
        """Clause 2.5."""
        with pytest.raises(Conflict), self.session(store) as slow:  # noqa: PT012 - the exit raises
            slow.put(self.make("a", text="慢"), ABSENT)
            self.save(store, self.make("a", text="快"), expect=ABSENT)
        assert "快" == self.text_of(self.get(store, "a")), "2.5: ABSENT is compared when the session commits"

    def test_an_equal_record_relied_on_is_checked_at_the_commit(self, store: Store) -> None:
        """Clause 2.5: who puts back what was read relies on nobody having changed it."""
        self.save(store, self.make("a"))
        with pytest.raises(Conflict), self.session(store) as slow:  # noqa: PT012 - the exit raises
            slow.put(self.make("a"), 1)
            self.save(store, self.make("a", text="快"))
        assert "快" == self.text_of(self.get(store, "a")), "2.5: what was committed in between stays"

    def test_sessions_on_different_records_both_commit(self, store: Store) -> None:
        """Clauses 2.6, 4.3."""
        with self.session(store) as one:
            one.put(self.make("a"), ABSENT)
            with self.session(store) as another:
                another.put(self.make("b"), ABSENT)
        found = [(change.id, change.number, change.commit) for change in store.changes(self.here)]
        assert [("b", 1, 1), ("a", 2, 2)] == found, (
            "2.6: sessions that are open at once and write different records both commit; the feed has them as they did"
        )

    def test_any_replaces_what_came_up_in_between(self, store: Store) -> None:
        """Clause 2.5."""
        with self.session(store) as slow:
            slow.put(self.make("a", text="慢"), ANY)
            self.save(store, self.make("a", text="快"))
        written = [(change.after or {})[self.text_field] for change in store.changes(self.here)]
        assert ["快", "慢"] == written, "2.5: ANY replaces whatever is stored when the session commits"

    def test_any_writes_over_a_change_even_with_what_the_session_saw(self, store: Store) -> None:
        """Clause 2.5."""
        self.save(store, self.make("a"))
        with self.session(store) as slow:
            slow.put(self.make("a"), ANY)
            self.save(store, self.make("a", text="快"))
        assert "物" == self.text_of(self.get(store, "a")), "2.5: ANY is compared with what is stored at the commit"

    def test_a_second_write_expects_what_the_first_one_left(self, store: Store) -> None:
        """Clause 2.2."""
        self.save(store, self.make("a"))
        firsts: list[tuple[Callable[[Session], None], Expect]] = [
            (lambda session: session.put(self.make("a", text="一"), 1), 1),
            (lambda session: session.put(self.make("a", text="一"), 1), ABSENT),
            (lambda session: session.delete(self.kind, "a", 1), 1),
        ]
        before = self.state(store)
        for first, second in firsts:
            with pytest.raises(Conflict), self.session(store) as session:  # noqa: PT012 - the exit raises
                first(session)
                session.put(self.make("a", text="二"), second)
        assert before == self.state(store), "2.2: within a session a further write expects what the one before left"

    def test_a_provisional_version_is_never_a_stored_one(self, store: Store) -> None:
        """Clause 2.4."""
        with self.session(store) as session:
            session.put(self.make("a"), ABSENT)
            found = session.get(self.kind, "a")
        assert found is not None, "1.4: a session reads what it has put"
        with pytest.raises(Conflict):
            self.save(store, self.make("a", text="改"), expect=found.version)
        assert "物" == self.text_of(self.get(store, "a")), (
            "2.4: the version that a session shows before the commit is good in that session only"
        )

    def test_deleted_and_made_anew_in_one_session_is_one_change(self, store: Store) -> None:
        """Clauses 1.5, 2.4."""
        self.save(store, self.make("a"))
        with self.session(store, at=later(1)) as session:
            session.delete(self.kind, "a", 1)
            session.put(self.make("a", text="改"), ABSENT)
        (change,) = store.changes(self.here, 1)
        assert ("物", "改") == ((change.before or {})[self.text_field], (change.after or {})[self.text_field]), (
            "1.5: deleted and made anew in one session is one change, from before to after"
        )
        found = self.get(store, "a")
        assert 2 == (found and found.version), "2.1: its version is that of the change"

    def test_what_is_no_expectation_is_misuse(self, store: Store) -> None:
        """Clauses 2.7, 12.2."""
        wrong: tuple[Any, ...] = (None, "1", 1.0, True)
        for expect in wrong:
            with pytest.raises(Misuse), self.session(store) as session:
                session.put(self.make("a"), cast("Expect", expect))
            with pytest.raises(Misuse), self.session(store) as session:
                session.delete(self.kind, "a", cast("Expect", expect))
        assert () == store.districts(), "2.7: an expectation is a version, ABSENT or ANY; nothing else is stored"
