"""Clauses 2.6, 2.8 and 13: threads and processes that work at the same time lose nothing of each other."""

from collections.abc import Callable
from pathlib import Path

from shequ.errors import BackendError, Conflict
from shequ.query import Select
from shequ.store import ABSENT, ANY, Store
from shequ.testing.stores.base import StoreSuite, later
from shequ.testing.stores.processes import Child, Talk

__all__ = ["ConcurrencyTests"]


class ConcurrencyTests(StoreSuite):
    """What holds when several work at once."""

    def _check_sum(self, store: Store, workers: int, also: int = 0) -> None:
        total = workers * self.rounds
        assert total == self.number_of(self.get(store, "sum")), (
            f"2.8: {workers} workers added {self.rounds} each by compare-and-set; an addition is missing or came twice"
        )
        assert list(range(1, total + also + 2)) == [change.number for change in store.changes(self.here)], (
            "4.3: the feed has every change once, without gaps"
        )
        commits = [change.commit for change in store.changes(self.here)]
        assert sorted(commits) == commits, "4.3: the feed is in the order of the commits"
        told = [(change.after or {}).get(self.number_field, 0) for change in store.history(self.here, self.kind, "sum")]
        assert list(range(total + 1)) == told, "2.8: each addition was made upon the one before"
        assert store.verify(self.here) is None, "5.1: the chain holds, however many wrote at once"

    def test_threads_that_add_to_one_record_lose_no_addition(self, store: Store) -> None:
        """Clauses 2.8, 13.1, 4.3."""
        self.save(store, self.make("sum"))

        def add() -> None:
            for _ in range(self.rounds):
                self.add_one(store)

        self.free_of_errors(self.together(*[add] * self.threads))
        self._check_sum(store, self.threads)

    def test_threads_that_write_different_records_all_commit(self, store: Store) -> None:
        """Clauses 2.6, 13.1: no Conflict, and no error of the database's own."""

        def write(worker: int) -> None:
            for number in range(self.rounds):
                with self.session(store, at=later(number)) as session:
                    session.put(self.make(f"w{worker}-{number}"), ABSENT)
                    session.put(self.make(f"w{worker}", number=number), ANY)

        work = [lambda worker=worker: write(worker) for worker in range(self.threads)]
        self.free_of_errors(self.together(*work))
        assert self.threads * (self.rounds + 1) == len(self.kept(store)), (
            "2.6: writers of different records do not disturb each other"
        )
        assert list(range(1, self.threads * self.rounds * 2 + 1)) == [c.number for c in store.changes(self.here)], (
            "4.3: what they wrote is numbered without gaps"
        )
        assert store.verify(self.here) is None, "5.1: the chain holds, however many wrote at once"

    def test_threads_in_different_districts_all_commit(self, store: Store) -> None:
        """Clauses 6.2, 13.1: even when each is the first in its district."""

        def write(worker: int) -> None:
            for number in range(self.rounds):
                self.save(store, self.make("a", number=number), district=f"d{worker}", at=later(number))

        work = [lambda worker=worker: write(worker) for worker in range(self.threads)]
        self.free_of_errors(self.together(*work))
        names = tuple(f"d{worker}" for worker in range(self.threads))
        assert names == store.districts(), "6.2: each district was made"
        for name in names:
            found = [change.number for change in store.changes(name)]
            assert list(range(1, self.rounds + 1)) == found, "6.2: each has all that was written to it"
            assert store.verify(name) is None, "6.2: each has a chain that holds"

    def test_the_first_commits_of_a_district_at_once_both_stand(self, store: Store) -> None:
        """Clauses 2.6, 13.1: there is nothing yet that could be locked."""
        for number in range(self.rounds):
            district = f"new-{number}"
            work = [
                lambda worker=worker, district=district: self.save(store, self.make(f"w{worker}"), district=district)
                for worker in range(self.threads)
            ]
            self.free_of_errors(self.together(*work))
            assert [f"w{worker}" for worker in range(self.threads)] == self.ids(self.kept(store, district)), (
                "2.6: of the first commits of a district none is lost"
            )
            assert store.verify(district) is None, "5.1: its chain begins once"

    def test_of_threads_that_make_one_record_one_succeeds(self, store: Store) -> None:
        """Clauses 2.5, 2.8, 13.1."""
        for number in range(self.rounds):

            def make(worker: int, number: int = number) -> object:
                try:
                    self.save(store, self.make(f"t{number}", number=worker), expect=ABSENT)
                except Conflict:
                    return None
                return worker

            work = [lambda worker=worker, make=make: make(worker) for worker in range(self.threads)]
            won = [result for result in self.free_of_errors(self.together(*work)) if result is not None]
            assert [self.number_of(self.get(store, f"t{number}"))] == won, (
                "2.8: of those that make one record exactly one succeeds, and it is the one that is stored"
            )

    def test_a_reader_sees_whole_commits_while_others_write(self, store: Store) -> None:
        """Clauses 3.1, 1.1."""
        self.save(store, self.make("x"), self.make("y"))

        def write() -> None:
            for number in range(1, self.rounds * 2):
                self.save(store, self.make("x", number=number), self.make("y", number=number), at=later(number))

        def read() -> list[tuple[int, ...]]:
            seen = []
            for _ in range(self.rounds * 2):
                with store.read(self.here) as snapshot:
                    got = self.number_of(snapshot.get(self.kind, "x"))
                    scanned = [self.number_of(found) for found in snapshot.scan(Select(self.kind))]
                    seen.append((got, *scanned))
            return seen

        _, *seen = self.free_of_errors(self.together(write, read, read))
        for states in seen:
            assert isinstance(states, list)
            assert all(len(state) == 3 and len(set(state)) == 1 for state in states), (
                "3.1: get and scan of one snapshot see one state, and in it whole commits only"
            )

    # --- processes --------------------------------------------------------------------------------------

    def work_adding(self, talk: Talk, path: Path, name: str) -> None:
        """A process: add to the sum, and make records of its own."""
        try:
            store = self.make_store(path)
        except BackendError as error:
            talk.say({"refused": str(error)})
            return
        with store:
            talk.say("ready")
            talk.hear()
            try:
                for number in range(self.rounds):
                    self.add_one(store)
                    self.save(store, self.make(f"{name}-{number}"), expect=ABSENT)
            except AssertionError:  # the sum is not there: this store shares nothing, and need not
                if "multi_process" in store.capabilities:
                    raise
            talk.say("done")

    def test_processes_that_add_to_one_record_lose_no_addition(self, store: Store, start: Callable[..., Child]) -> None:
        """Clauses 2.8, 8.3, 13.1, 8.1."""
        self.save(store, self.make("sum"))
        apart = self.undeclared(store, "multi_process")
        before = self.state(store)
        children = [start("work_adding", f"p{number}") for number in range(1 if apart else self.processes)]
        refused = [child for child in children if child.hear() != "ready"]
        assert apart or not refused, "8.3: the store declares multi_process, but another process cannot open it"
        for child in children:
            if child not in refused:
                child.tell("go")
        for child in children:
            if child not in refused:
                assert child.hear() == "done", "8.3: each process ends its work"
        if apart:
            assert before == self.state(store), "8.3: undeclared, other processes do not disturb this one"
            assert store.verify(self.here) is None, "8.3: whose chain holds"
            return
        self._check_sum(store, self.processes, also=self.processes * self.rounds)
        assert self.processes * self.rounds + 1 == len(self.kept(store)), "2.6: each process made its own records"

    def work_opening(self, talk: Talk, path: Path, name: str) -> None:
        """A process: open the store and write one record."""
        talk.say("ready")
        talk.hear()
        with self.make_store(path) as store:
            self.save(store, self.make(name))
            seen = sorted(self.ids(self.kept(store)))
        talk.say(seen)  # once it is closed: a store that is not for several processes can be opened by the next now

    def test_processes_that_open_a_new_store_at_once_all_can(
        self, path: Path, open_store: Callable[..., Store], start: Callable[..., Child]
    ) -> None:
        """Clauses 8.3, 12.1, 8.1."""
        with open_store(path.with_name("elsewhere")) as elsewhere:
            apart = self.undeclared(elsewhere, "multi_process")
        names = [f"p{number}" for number in range(self.processes)]
        children = [start("work_opening", name) for name in (names[:1] if apart else names)]
        for child in children:
            assert child.hear() == "ready", "a process begins its work"
        for child in children:
            child.tell("go")
        for name, child in zip(names, children, strict=False):
            assert name in (child.hear() or ()), "8.3: whoever opens a new store at once with others can use it"
        store = open_store()
        if not apart:
            assert names == self.ids(self.kept(store)), "8.3: all of them wrote to one store"
            assert [1] * len(names) == [change.commit - n for n, change in enumerate(store.changes(self.here))], (
                "8.3: with one feed"
            )
        assert store.verify(self.here) is None, "8.3: whose chain holds"
