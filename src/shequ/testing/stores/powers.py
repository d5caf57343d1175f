"""Clauses 8 and 12: a power is declared and kept, or refused; every mistake has an error of the right family."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from shequ.errors import BackendError, Conflict, Misuse, StoreClosed, UnknownRecordType, Unsupported
from shequ.model import RECORD_TYPES, Record
from shequ.model.record import record, text
from shequ.query import Select
from shequ.store import ABSENT, ANY, Store
from shequ.testing.stores.base import AT, State, StoreSuite, later

__all__ = ["POWERS", "PowerTests"]

POWERS = ("aggregate", "durable", "filter", "known_at", "multi_process", "replay")
"""The powers that the contract knows."""


@record("conformance_stranger", label="未登记的类型")
class _Stranger(Record):
    """A type that no store was opened for."""

    name: str = text("名称")


class PowerTests(StoreSuite):
    """Clause 8, powers; clause 12, errors."""

    def test_powers_are_a_frozen_set_of_names(self, store: Store) -> None:
        """Clause 8.1."""
        assert isinstance(store.capabilities, frozenset), "8.1: capabilities is a frozenset"
        assert all(isinstance(power, str) for power in store.capabilities), "8.1: of names"
        assert "telepathy" not in store.capabilities, "8.1: a store declares what it can, and no more"
        assert self.undeclared(store, "telepathy"), "8.1: a power that nobody knows is not declared"

    @pytest.mark.parametrize("power", POWERS)
    def test_a_power_is_declared_or_refused(self, store: Store, power: str) -> None:
        """Clauses 8.1, 8.4."""
        self.save(store, self.make("a"))
        if not self.undeclared(store, power):
            return
        asked: dict[str, Callable[[], object]] = {
            "replay": lambda: list(store.log(self.here)),
            "known_at": lambda: self.kept(store, known_at=AT),
        }
        if power in asked:
            before = self.state(store)
            with pytest.raises(Unsupported) as caught:
                asked[power]()
            assert power == caught.value.capability, "8.1: Unsupported names the power that is not declared"
            assert before == self.state(store), "8.1: what is refused changes nothing"
        if power == "replay":
            with pytest.raises(Unsupported):
                store.replay(self.there, [])

    def test_two_handles_on_one_path(self, store: Store, open_store: Callable[..., Store]) -> None:
        """Clauses 8.3, 8.1, 3.1, 12.4: what one handle commits every other sees; or, undeclared, each stays right for itself."""
        self.save(store, self.make("a"))
        if self.undeclared(store, "multi_process"):
            self._apart(store, open_store)
            return
        other = open_store()
        assert self.state(store) == self.state(other), "8.3: a second handle sees what the first one committed"
        self.save(other, self.make("a", text="改"), self.make("b"), at=later(1))
        assert self.state(store) == self.state(other), "8.3: the first handle sees what the second one committed"
        with pytest.raises(Conflict):
            self.save(store, self.make("a", text="旧"), expect=1)
        with pytest.raises(Conflict), self.session(store) as slow:  # noqa: PT012 - the exit raises
            slow.put(self.make("b", text="慢"), 3)
            self.save(other, self.make("b", text="快"), at=later(2))
        assert "快" == self.text_of(self.get(store, "b")), "8.3: versions are checked across handles"
        with store.read(self.here) as snapshot:
            self.save(other, self.make("c"), at=later(3))
            assert snapshot.get(self.kind, "c") is None, "3.1: a snapshot does not move for another handle's commit"
        assert [1, 2, 3, 4, 5] == [change.number for change in store.changes(self.here)], (
            "8.3: commits of all handles are numbered together"
        )
        assert store.verify(self.here) is None, "8.3: and chained together"

    def _apart(self, store: Store, open_store: Callable[..., Store]) -> None:
        """Two handles that need not share: a state that was committed, or nothing, or a clear refusal."""
        before = self.state(store)
        other: Store | None = None
        with suppress(BackendError):  # 12.4: a store that cannot be opened twice says so with this and no other error
            other = open_store()
        if other is not None:
            assert self.state(other) in (({}, ()), before), "8.3: undeclared, another handle sees all or nothing"
            self.save(other, self.make("z"), district=self.there, at=later(1))
            assert "物" == self.text_of(self.get(other, "z", self.there)), "8.3: each handle reads its own writes"
            assert other.verify(self.there) is None, "8.3: and its chain holds"
        assert before == self.state(store), "8.3: a second handle does not disturb the first one"
        assert store.verify(self.here) is None, "8.3: whose chain holds"

    def test_what_was_committed_is_there_when_it_is_opened_again(
        self, store: Store, open_store: Callable[..., Store]
    ) -> None:
        """Clauses 8.2, 2.4, 8.1."""
        self.save(store, *self.each("a", "b"))
        self.save(store, self.make("a", text="改"), at=later(1))
        self.delete(store, "b", at=later(2))
        self.save(store, self.make("x"), district=self.there)
        before = self.state(store), self.state(store, self.there), store.districts()
        undeclared = self.undeclared(store, "durable")
        store.close()
        again = open_store()
        found = self.state(again), self.state(again, self.there), again.districts()
        nothing: tuple[State, State, tuple[str, ...]] = (({}, ()), ({}, ()), ())
        if undeclared:
            assert found in (before, nothing), (
                "8.2: undeclared, a store opened again holds all or nothing, never a part"
            )
        else:
            assert before == found, "8.2: the store declares durable, so opened again it holds what was committed"
        assert again.verify(self.here) is None, "8.2: the chain of a store that is opened again holds"
        if not undeclared:
            with pytest.raises(Conflict):
                self.save(again, self.make("a", text="旧"), expect=1)
            self.save(again, self.make("b"), expect=ABSENT, at=later(3))
            kept = self.get(again, "b")
            assert 5 == (kept and kept.version), "2.4: versions go on where they stood when the store was closed"

    def test_a_path_of_its_own_is_a_store_of_its_own(
        self, store: Store, path: Path, open_store: Callable[..., Store]
    ) -> None:
        """Clause 8.2: what is committed at one path is not at another."""
        self.save(store, self.make("a"))
        other = open_store(path.with_name("another"))
        assert () == other.districts(), "8.2: a store at a new path is empty"
        self.save(other, self.make("b"))
        assert ["a"] == self.ids(self.kept(store)), "8.2: and shares nothing with the first one"

    # --- clause 12 --------------------------------------------------------------------------------------

    def test_an_unknown_type_is_an_error_that_suggests_one(self, store: Store) -> None:
        """Clauses 12.2, 1.2."""
        wrong = f"{self.kind}x"

        def refused(ask: Callable[[], object]) -> None:
            with pytest.raises(UnknownRecordType) as caught:
                ask()
            assert wrong == caught.value.name, "12.2: the error says which name is unknown"
            assert self.kind in caught.value.suggestions, "12.2: and which one was perhaps meant"

        times = (None, AT) if "known_at" in store.capabilities else (None,)
        for known_at in times:
            with store.read(self.here, known_at) as snapshot:
                refused(lambda: snapshot.get(wrong, "a"))
                refused(lambda: list(snapshot.scan(Select(wrong))))
        with self.session(store) as session:
            refused(lambda: session.get(wrong, "a"))
            refused(lambda: list(session.scan(Select(wrong))))
            refused(lambda: session.delete(wrong, "a", ANY))
        refused(lambda: list(store.history(self.here, wrong, "a")))

    def test_a_record_of_a_type_that_the_store_was_not_opened_for(self, store: Store) -> None:
        """Clause 12.2."""
        assert _Stranger not in RECORD_TYPES, "this type is nobody's"
        with pytest.raises(UnknownRecordType), self.session(store) as session:  # noqa: PT012 - the exit raises
            session.put(self.make("a"), ANY)
            session.put(_Stranger(id="a", name="客"), ABSENT)
        assert () == store.districts(), "12.2: the record is refused and nothing of its session is stored"

    def test_a_type_may_be_named_by_its_label(self, store: Store) -> None:
        """Clause 12.5."""
        label = self.subject.__record__.label
        self.save(store, self.make("a"))
        with self.session(store) as session:
            found = session.get(label, "a")
            assert found is not None, "12.5: a type may be named by its Chinese label"
            assert found == session.get(self.kind, "a"), "12.5: which is the same type"
            session.delete(label, "a", 1)
            assert session.get(self.kind, "a") is None, "12.5: for deletions, too"
        assert 2 == len(list(store.history(self.here, label, "a"))), "12.5: and for the history"

    def test_a_store_works_again_after_an_error(self, store: Store) -> None:
        """Clause 12.1."""
        self.save(store, self.make("a"))
        for _ in range(30):
            with pytest.raises(Conflict):
                self.save(store, self.make("a"), expect=ABSENT)
            with pytest.raises(Misuse), self.session(store) as session:
                session.get(f"{self.kind}x", "a")
            with pytest.raises(ZeroDivisionError), store.read(self.here):
                raise ZeroDivisionError
        self.save(store, self.make("b"))
        assert ["a", "b"] == self.ids(self.kept(store)), "12.1: errors use up nothing: the store works as before"

    def test_a_closed_store_cannot_be_used(self, store: Store) -> None:
        """Clause 12.6."""
        self.save(store, self.make("a"))
        store.close()
        asks: list[Callable[[], object]] = [
            lambda: self.save(store, self.make("b")),
            lambda: self.kept(store),
            lambda: list(store.changes(self.here)),
            lambda: list(store.history(self.here, self.kind, "a")),
            store.districts,
            lambda: store.verify(self.here),
            lambda: self.erase(store, "a"),
        ]
        if "replay" in store.capabilities:
            asks.append(lambda: list(store.log(self.here)))
            asks.append(lambda: store.replay(self.there, []))
        for ask in asks:
            with pytest.raises(StoreClosed):
                ask()
        store.close()

    def test_a_store_closed_while_it_is_used(self, store: Store) -> None:
        """Clause 12.6."""
        self.save(store, *self.each("a", "b"))
        feed = store.changes(self.here)
        with pytest.raises(StoreClosed), self.session(store) as session:  # noqa: PT012 - the exit must raise, too
            scan = session.scan(Select(self.kind))
            session.put(self.make("c"), ABSENT)
            store.close()
            with pytest.raises(StoreClosed):
                next(scan)
            with pytest.raises(StoreClosed):
                session.get(self.kind, "a")
        with pytest.raises(StoreClosed):
            next(feed)

    def test_a_snapshot_ends_with_its_block(self, store: Store) -> None:
        """Clauses 12.6, 3.4."""
        self.save(store, *self.each("a", "b"))
        for known_at in (None, AT) if "known_at" in store.capabilities else (None,):
            with store.read(self.here, known_at) as snapshot:
                scan = snapshot.scan(Select(self.kind))
                next(scan)
            for ask in (
                lambda: next(scan),  # noqa: B023 - called at once
                lambda: snapshot.get(self.kind, "a"),
                lambda: list(snapshot.scan(Select(self.kind))),
            ):
                with pytest.raises(StoreClosed):
                    ask()

    def test_a_session_ends_with_its_block(self, store: Store) -> None:
        """Clauses 12.6, 3.4."""
        self.save(store, self.make("a"))
        with self.session(store) as session:
            session.put(self.make("b"), ABSENT)
            scan = session.scan(Select(self.kind))
        asks: list[Callable[[], object]] = [
            lambda: next(scan),
            lambda: session.get(self.kind, "a"),
            lambda: session.get(self.kind, "b"),
            lambda: list(session.scan(Select(self.kind))),
            lambda: session.put(self.make("c"), ABSENT),
            lambda: session.delete(self.kind, "a", ANY),
        ]
        for ask in asks:
            with pytest.raises(StoreClosed):
                ask()
        assert ["a", "b"] == self.ids(self.kept(store)), "3.4: a session that is over writes nothing more"

    def test_a_store_is_a_context_manager(self, store: Store) -> None:
        """Clause 12.6."""
        with store as entered:
            assert entered is store, "12.6: a store gives itself to its with-block"
            self.save(entered, self.make("a"))
        with pytest.raises(StoreClosed):
            store.districts()
