"""Clause 1: a session commits all of its changes on a clean exit and none on an exception."""

from collections.abc import Callable

import pytest

from shequ.errors import Conflict, PluginFailure
from shequ.query import Select
from shequ.store import ABSENT, ANY, Session, Store
from shequ.testing.stores.base import StoreSuite, later, specimen

__all__ = ["SessionTests"]


class SessionTests(StoreSuite):
    """Clause 1, atomic."""

    def test_what_was_committed_is_read_as_it_was_written(self, store: Store) -> None:
        """Clause 1.1."""
        made = self.make("a", text="一", note="二", number=3)
        self.save(store, made, specimen(self.other, "a"))
        with store.read(self.here) as snapshot:
            found = snapshot.get(self.kind, "a")
            assert found is not None, "1.1: what a session committed is there for whoever reads afterwards"
            assert made == found.record, "1.1: a record comes back equal to the one that was put"
            other = snapshot.get(self.other.__record__.name, "a")
            assert specimen(self.other, "a") == (other and other.record), "1.1: each type has records of its own"

    def test_what_is_not_there_is_none(self, store: Store) -> None:
        """Clause 1.1."""
        with store.read(self.here) as snapshot:
            assert snapshot.get(self.kind, "a") is None, "1.1: in an empty store get gives None, it does not raise"
            assert [] == list(snapshot.scan(Select(self.kind))), "1.1: an empty store scans as nothing"
        self.save(store, self.make("b"))
        with store.read(self.here) as snapshot, self.session(store) as session:
            assert snapshot.get(self.kind, "a") is None, "1.1: a reader's get gives None for what is not there"
            assert session.get(self.kind, "a") is None, "1.1: a session's get gives None for what is not there"

    def test_an_exception_rolls_back_and_goes_on(self, store: Store) -> None:
        """Clauses 1.2, 4.2."""
        self.save(store, self.make("a"))
        before = self.state(store)
        for raised in (ZeroDivisionError(), KeyboardInterrupt(), GeneratorExit()):
            with pytest.raises(type(raised)) as caught, self.session(store) as session:  # noqa: PT012 - the exit raises
                session.put(self.make("b"), ABSENT)
                session.put(self.make("a", text="改"), ANY)
                raise raised
            assert raised is caught.value, "1.2: the exception that ended a session reaches its caller as it is"
            assert before == self.state(store), (
                f"1.2: a session that ends with {raised!r} leaves contents and feed as they were"
            )

    def test_a_veto_rolls_back(self, store: Store) -> None:
        """Clauses 1.2, 4.2: a plugin's veto before the commit is an exception in the session like any other."""
        self.save(store, self.make("a"))
        before = self.state(store)
        with pytest.raises(PluginFailure), self.session(store) as session:  # noqa: PT012 - the exit raises
            session.delete(self.kind, "a", 1)
            session.put(self.make("b"), ABSENT)
            raise PluginFailure("guard", "guard 1.0", "不允许")
        assert before == self.state(store), "1.2: after a veto nothing of the session is stored"

    def test_one_conflict_at_any_place_undoes_all(self, store: Store) -> None:
        """Clauses 1.3, 2.2, 4.2."""
        self.save(store, self.make("c2"))
        before = self.state(store)
        for position in range(5):
            ids = [f"c{number}" for number in range(5)]
            ids[position], ids[2] = "c2", ids[position]
            with pytest.raises(Conflict) as caught, self.session(store) as session:  # noqa: PT012 - the exit raises
                for id_ in ids:
                    session.put(self.make(id_, text="新"), ABSENT)
            found = caught.value
            assert (self.kind, "c2", None, 1) == (found.type, found.id, found.expected, found.found), (
                "2.2: a Conflict says of which record, what was expected and what is stored"
            )
            assert before == self.state(store), f"1.3: write {position + 1} of 5 conflicts, so none is stored"

    def test_a_conflict_that_was_caught_still_undoes_all(self, store: Store) -> None:
        """Clause 1.3."""
        with pytest.raises(Conflict), self.session(store) as session:  # noqa: PT012 - the exit raises
            session.put(self.make("a"), ABSENT)
            with pytest.raises(Conflict):
                session.put(self.make("a", text="另一"), ABSENT)
        assert () == store.districts(), "1.3: a session in which a conflict came up is not committed, caught or not"

    def test_a_session_sees_what_it_did(self, store: Store) -> None:
        """Clause 1.4."""
        self.save(store, *self.each("b", "d", "f"))
        with self.session(store) as session:
            for id_ in ("a", "c", "d", "g"):
                session.put(self.make(id_, text="新"), ANY)
            session.delete(self.kind, "f", ANY)
            seen = [(found.record.id, self.text_of(found)) for found in session.scan(Select(self.kind))]
            assert [("a", "新"), ("b", "物"), ("c", "新"), ("d", "新"), ("g", "新")] == seen, (
                "1.4: a scan in a session shows, in order of id, what the session has put and deleted"
            )
            assert session.get(self.kind, "f") is None, "1.4: what a session deleted is gone for it"
            assert "新" == self.text_of(session.get(self.kind, "a")), "1.4: a session reads what it has put"

    def test_nobody_else_sees_what_is_not_committed(self, store: Store) -> None:
        """Clause 1.4."""
        self.save(store, self.make("a"))
        with self.session(store) as session:
            session.put(self.make("a", text="改"), 1)
            session.put(self.make("b"), ABSENT)
            assert {"a": "物"} == {id_: self.text_of(found) for (_, id_), found in self.kept(store).items()}, (
                "1.4: until the commit others see what was there before"
            )

    def test_a_scan_does_not_see_what_is_put_while_it_runs(self, store: Store) -> None:
        """Clause 1.4."""
        self.save(store, *self.each("a", "c"))
        with self.session(store) as session:
            seen = []
            for found in session.scan(Select(self.kind)):
                seen.append(found.record.id)
                session.put(self.make(f"{found.record.id}z"), ABSENT)
        assert ["a", "c"] == seen, "1.4: a scan shows what was there when it began"

    def test_each_record_scanned_can_be_replaced(self, store: Store) -> None:
        """Clauses 1.4, 3.3: more records than a page of any store."""
        ids = [f"t{number:04d}" for number in range(1203)]
        self.save(store, *self.each(*ids))
        with self.session(store) as session:
            for found in session.scan(Select(self.kind)):
                session.put(self.make(found.record.id, text=found.record.id), found.version)
        assert ids == [self.text_of(found) for found in self.kept(store).values()], (
            "1.4: records may be replaced one by one while they are scanned"
        )

    def test_a_record_put_twice_is_changed_once(self, store: Store) -> None:
        """Clause 1.5."""
        with self.session(store) as session:
            session.put(self.make("a", text="一"), ABSENT)
            found = session.get(self.kind, "a")
            assert found is not None, "1.4: a session reads what it has put"
            session.put(self.make("a", text="二"), found.version)
        assert ["二"] == [(change.after or {})[self.text_field] for change in store.changes(self.here)], (
            "1.5: a commit holds the net effect: one change a record"
        )

    @pytest.mark.parametrize("started", ["empty", "filled"])
    def test_what_comes_to_nothing_leaves_no_trace(self, store: Store, started: str) -> None:
        """Clause 1.5."""
        if started == "filled":
            self.save(store, *self.each("a", "b"))
        before = self.state(store), store.districts()

        def nothing(_session: Session) -> None:
            """An empty session."""

        def put_and_deleted(session: Session) -> None:
            session.put(self.make("z"), ABSENT)
            session.delete(self.kind, "z", ANY)

        def equal(session: Session) -> None:
            for found in list(session.scan(Select(self.kind))):
                session.put(found.record, found.version)

        def deleted_and_put_back(session: Session) -> None:
            for found in list(session.scan(Select(self.kind))):
                session.delete(self.kind, found.record.id, found.version)
                session.put(found.record, ABSENT)

        work: list[Callable[[Session], None]] = [nothing, put_and_deleted, equal, deleted_and_put_back]
        for minutes, do in enumerate(work, 1):
            with self.session(store, at=later(minutes)) as session:
                do(session)
            assert before == (self.state(store), store.districts()), (
                f"1.5: a session that changes nothing ({do.__name__}) is no commit: no entry, no version, no district"
            )

    def test_a_large_commit_is_one_commit(self, store: Store) -> None:
        """Clauses 1.6, 1.3: ``many_records`` are made, all asked for again and half of them changed, none by halves."""
        ids = [f"t{number:06d}" for number in range(self.many_records)]
        self.save(store, *self.each(*ids))
        with self.session(store, at=later(1)) as session:
            for number, id_ in enumerate(ids):
                session.put(self.make(id_, number=number % 2), ANY)
        with store.read(self.here) as snapshot:
            found = [(stored.record.id, self.number_of(stored)) for stored in snapshot.scan(Select(self.kind))]
        assert [(id_, number % 2) for number, id_ in enumerate(ids)] == found, (
            f"1.6: a commit of {len(ids)} records is stored whole"
        )
        numbers = [(change.number, change.commit) for change in store.changes(self.here)]
        assert [(number, 1 if number <= len(ids) else 2) for number in range(1, len(ids) * 3 // 2 + 1)] == numbers, (
            "1.6: all changes of a session have the number of one commit, in the order in which they were made"
        )
        before = self.kept(store)
        with pytest.raises(Conflict), self.session(store, at=later(2)) as session:  # noqa: PT012 - the exit raises
            for id_ in ids[:-1]:
                session.delete(self.kind, id_, ANY)
            session.put(self.make(ids[-1]), ABSENT)
        assert before == self.kept(store), f"1.3: the last of {len(ids)} writes conflicts, so none is stored"
