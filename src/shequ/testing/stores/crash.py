"""Clause 8.2: a writer that is killed leaves every commit it was told of, and no part of another."""

from collections.abc import Callable
from pathlib import Path

import pytest

from shequ.store import ABSENT, ANY, Store
from shequ.testing.stores.base import StoreSuite, later
from shequ.testing.stores.processes import Child, Talk

__all__ = ["CrashTests"]

_PARTS = 40


class CrashTests(StoreSuite):
    """Clause 8.2, ``durable``."""

    def work_for_ever(self, talk: Talk, path: Path) -> None:
        """A process: commit, tell the number, and so on until it is killed."""
        store = self.make_store(path)
        number = 0
        while True:
            with self.session(store, at=later(number)) as session:
                for part in range(_PARTS):
                    session.put(self.make(f"t{number}-{part}", note="x" * 200), ABSENT)
                session.put(self.make("sum", number=number), ANY)
            talk.say(number)
            number += 1

    @pytest.mark.parametrize("acknowledged", [1, 7])
    def test_a_writer_killed_at_any_moment_leaves_whole_commits(
        self, open_store: Callable[..., Store], path: Path, start: Callable[..., Child], acknowledged: int
    ) -> None:
        """Clauses 8.2, 1.3, 4.3, 8.1."""
        with open_store(path.with_name("elsewhere")) as elsewhere:
            undeclared = self.undeclared(elsewhere, "durable")
        writer = start("work_for_ever")
        told = [writer.hear() for _ in range(acknowledged)][-1]
        writer.kill()
        told = max([told, *writer.hear_all()])
        store = open_store()
        found = self.kept(store)
        if not undeclared:
            assert (self.kind, "sum") in found, "8.2: the store declares durable, but what was committed is gone"
        commits = self.number_of(found[self.kind, "sum"]) + 1 if found else 0
        if not undeclared:
            assert commits > told, (
                f"8.2: a killed process had been told of {told + 1} commits, but only {commits} are stored"
            )
        whole = {f"t{number}-{part}" for number in range(commits) for part in range(_PARTS)}
        assert whole | ({"sum"} if commits else set()) == set(self.ids(found)), (
            "8.2: after a process was killed every commit is there whole or not at all"
        )
        numbers = [change.number for change in store.changes(self.here)]
        assert list(range(1, commits * (_PARTS + 1) + 1)) == numbers, "8.2: the feed has just these commits"
        assert store.verify(self.here) is None, "8.2: and its chain holds"
        self.save(store, self.make("z"), at=later(10**4))
        assert "物" == self.text_of(self.get(store, "z")), "8.2: the store works as if nothing had happened"

    def work_breaking_off(self, talk: Talk, path: Path) -> None:
        """A process: write in a session, and never come to its end."""
        store = self.make_store(path)
        with self.session(store) as session:
            for part in range(_PARTS * 20):
                session.put(self.make(f"t{part}", note="x" * 200), ANY)
            talk.say("written")
            talk.hear()

    def test_a_writer_killed_within_a_session_leaves_nothing(
        self, open_store: Callable[..., Store], path: Path, start: Callable[..., Child]
    ) -> None:
        """Clauses 1.2, 8.2, 8.1; nor does it lock anybody out."""
        with open_store(path.with_name("elsewhere")) as elsewhere:
            undeclared = self.undeclared(elsewhere, "durable")
        with open_store() as store:
            self.save(store, self.make("a"))
        writer = start("work_breaking_off")
        assert "written" == writer.hear(), "the process is in the middle of its session"
        writer.kill()
        again = open_store()
        assert self.ids(self.kept(again)) in ([["a"], []] if undeclared else [["a"]]), (
            "1.2: of a session that never came to its end nothing is stored"
        )
        self.save(again, self.make("b"), at=later(1))
        assert "物" == self.text_of(self.get(again, "b")), "8.2: a killed writer does not lock the others out"
        assert again.verify(self.here) is None, "8.2: the chain holds"
