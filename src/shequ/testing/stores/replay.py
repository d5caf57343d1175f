"""Clause 14: a history is given as it is kept, and taken as another store kept it; declared as ``replay``."""

from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
import pytest

from shequ.errors import BrokenChain, Unsupported
from shequ.store import Entry, Store
from shequ.testing.stores.base import StoreSuite, later, specimen

__all__ = ["ReplayTests"]


class ReplayTests(StoreSuite):
    """Clause 14, replay."""

    def _cannot_replay(self, store: Store) -> bool:
        """Whether histories cannot be replayed; then asking for it must raise."""
        if not self.undeclared(store, "replay"):
            return False
        self.save(store, self.make("a"))
        for ask in (lambda: list(store.log(self.here)), lambda: store.replay(self.there, [])):
            with pytest.raises(Unsupported) as caught:
                ask()
            assert "replay" == caught.value.capability, "8.1: Unsupported names the power that is not declared"
        return True

    def _fill_to_replay(self, store: Store) -> None:
        self.save(store, *self.each("a", "A", "b"), specimen(self.other, "a"))
        self.save(store, self.make("a", text="改 ", note=""), at=later(2))
        self.delete(store, "A", at=later(1))
        self.erase(store, "b", at=later(3))
        self.save(store, self.make("A", text="又"), at=later(4))

    @pytest.mark.parametrize("parts", [1, 2, 4])
    def test_a_history_that_was_replayed_answers_as_the_first_one(
        self, store: Store, path: Path, open_store: Callable[..., Store], parts: int
    ) -> None:
        """Clauses 14.1, 14.2, 8.1: at once, or commit by commit."""
        if self._cannot_replay(store):
            return
        self._fill_to_replay(store)
        log = list(store.log(self.here))
        assert [c.digest for c in store.changes(self.here)] == [e.digest for e in log], "14.1: the log is the feed"
        assert log[3:] == list(store.log(self.here, 3)), "14.1: it can be taken up anywhere"
        other = open_store(path.with_name("another"))
        commits = sorted({entry.commit for entry in log})
        for part in range(parts):
            wanted = commits[part * len(commits) // parts : (part + 1) * len(commits) // parts]
            other.replay(self.here, (entry for entry in log if entry.commit in wanted))
        assert self.state(store) == self.state(other), "14.2: contents, versions, feed and digests are the same"
        assert log == list(other.log(self.here)), "14.2: so are the salts"
        if "known_at" in store.capabilities:
            for minutes in range(-1, 5):
                assert self.kept(store, known_at=later(minutes)) == self.kept(other, known_at=later(minutes)), (
                    "14.2: and every past state"
                )
        assert other.verify(self.here) is None, "14.2: the chain holds"
        self.save(other, self.make("z"), at=later(9))
        assert other.verify(self.here) is None, "14.2: and goes on from there"

    def test_what_does_not_follow_is_refused(self, store: Store, path: Path, open_store: Callable[..., Store]) -> None:
        """Clauses 14.3, 1.3, 8.1."""
        if self._cannot_replay(store):
            return
        self._fill_to_replay(store)
        log = list(store.log(self.here))
        other = open_store(path.with_name("another"))
        wrong = {
            "an entry is missing": [*log[:1], *log[2:]],
            "two entries changed places": [log[1], log[0], *log[2:]],
            "somebody else is said to have done it": [*log[:-1], attrs.evolve(log[-1], actor="另一人")],
            "a value was altered": [*log[:-1], attrs.evolve(log[-1], after=(log[-1].after or "").replace("又", "假"))],
            "it begins in the middle": log[4:],
        }
        for what, entries in wrong.items():
            with pytest.raises(BrokenChain):
                other.replay(self.here, entries)
            assert () == other.districts(), f"14.3: where {what}, nothing is stored"
        with pytest.raises(BrokenChain):
            other.replay(self.there, log)
        assert () == other.districts(), "14.3: a history is that of its district and cannot be passed off as another's"
        other.replay(self.here, [])
        assert () == other.districts(), "14.3: nothing at all is no commit"

    def test_a_source_that_breaks_off_leaves_nothing(
        self, store: Store, path: Path, open_store: Callable[..., Store]
    ) -> None:
        """Clauses 14.4, 1.2, 8.1."""
        if self._cannot_replay(store):
            return
        self._fill_to_replay(store)
        log = list(store.log(self.here))

        def broken() -> Iterator[Entry]:
            yield from log[:-1]
            raise ZeroDivisionError

        other = open_store(path.with_name("another"))
        with pytest.raises(ZeroDivisionError):
            other.replay(self.here, broken())
        assert () == other.districts(), "14.4: if the source raises an error nothing is stored"
        other.replay(self.here, log)
        assert self.state(store) == self.state(other), "14.4: and it can be done again"
