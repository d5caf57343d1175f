"""What all tests of the suite stand on: the inputs that a plugin's author may override, fixtures, and a few verbs."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import attrs
import pytest
from hypothesis import strategies as st

from shequ.effective import SHANGHAI, PartialDate
from shequ.errors import Conflict, Unsupported
from shequ.model import RECORD_TYPES, FieldSpec, Kind, NewsItem, Record, Schema, Stock
from shequ.query import Select
from shequ.store import ANY, Expect, Session, Snapshot, Store, Stored
from shequ.testing.drawing import Drawing
from shequ.testing.stores.processes import Child
from shequ.testing.strategies import records

__all__ = ["AT", "Contents", "State", "StoreSuite", "later", "specimen"]

AT = datetime(2026, 1, 5, 9, 30, 15, 123456, tzinfo=SHANGHAI)
"""When the first session of a test happens."""

Contents = dict[tuple[str, str], Stored]
State = tuple[Contents, tuple[Any, ...]]


def later(minutes: int) -> datetime:
    """So many minutes after :data:`AT`."""
    return AT + timedelta(minutes=minutes)


_PLAINEST: dict[Kind, Any] = {
    Kind.TEXT: "文",
    Kind.TEXTS: (),
    Kind.REF: "x",
    Kind.COUNT: 0,
    Kind.MONEY: 0,
    Kind.MEASURE: Decimal(0),
    Kind.FLAG: False,
    Kind.DAY: date(2026, 1, 5),
    Kind.PARTIAL_DAY: PartialDate(2026),
    Kind.MOMENT: AT,
    Kind.TIME: time(9),
}


def _plainest(spec: FieldSpec) -> Any:
    if spec.choices:
        return next(iter(spec.terms)) if spec.terms is not None else next(code for code in spec.choices if code)
    return _PLAINEST.get(spec.kind, "文")


def specimen(cls: type[Record], id_: str, **facts: Any) -> Record:
    """A record of which only the values given matter; what else is required is the plainest there is."""
    required = {spec.name: _plainest(spec) for spec in cls.__record__.fields.values() if spec.required}
    return cls(**{**required, **facts, "id": id_})


class StoreSuite(Drawing):
    """Inputs, fixtures and verbs. Whatever stands here in capitals' stead, as an attribute, may be overridden.

    A test that works in several processes finds the class again by its module and name, and copies to it whatever of
    the instance's attributes can be pickled: so a fixture may leave a server's address in ``self``.
    """

    schema: Schema = Schema(RECORD_TYPES)
    """The record types that the stores made keep. Fewer are faster; each type that one refers to must be there."""
    subject: type[Record] = Stock
    """The type that most tests write: it has the three fields below, all else of it may be anything."""
    text_field = "item"
    """A required field of free text of the subject."""
    note_field = "note"
    """An optional field of free text of the subject."""
    number_field = "pieces"
    """A field of whole numbers of the subject, which may be negative."""
    other: type[Record] = NewsItem
    """Another type, for what concerns two."""
    here, there = "330206", "LOCAL-10"
    """Two districts."""
    url_safe = True
    """Whether paths hold letters, digits, ``_``, ``-`` and ``/`` only; if not, also blanks, signs and Chinese."""
    many_records = 20_000
    """How many records one large commit has."""
    many_ids = 70_000
    """How many ids are asked for at once."""
    threads, processes, rounds = 4, 3, 12
    """How many workers add to one number, and how often each."""
    patience = 300.0
    """Seconds until a worker that says nothing is given up as stuck. No test passes or fails faster by it."""

    def make_store(self, path: Path) -> Store:
        """Open the store at a path where there may be none yet; the one method that must be overridden.

        Two calls with the same path give two handles on the same data. The path lies in an empty folder of its own;
        a store that keeps no files may use it as a name.
        """
        raise NotImplementedError(f"{type(self).__name__} must override make_store(self, path)")

    def tamper(self, store: Store, path: Path, district: str, number: int) -> None:  # noqa: ARG002 - for overrides
        """Behind the store's back, alter the values of entry ``number`` of its history, or who made it.

        There is no way to do it that all stores have in common, so only an override makes this tested.
        """
        pytest.skip(
            f"clause 5.2 is not tested: override tamper(self, store, path, district, number) in {type(self).__name__} "
            "to alter an entry behind the store's back"
        )

    def records(self, cls: type[Record]) -> st.SearchStrategy[Record]:
        """The strategy that records of a type are drawn from."""
        return records(cls)

    # --- fixtures ---------------------------------------------------------------------------------------

    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        """Where the store of a test is; nothing is there yet."""
        folder = tmp_path / ("street" if self.url_safe else "街道 1 & 2%20#?")
        folder.mkdir()
        return folder / "store"

    @pytest.fixture
    def open_store(self, path: Path) -> Iterator[Callable[..., Store]]:
        """Opens handles on the store of the test, closed when it ends."""
        opened: list[Store] = []

        def open_store(at: Path = path) -> Store:
            made = self.make_store(at)
            opened.append(made)
            return made

        yield open_store
        for made in opened:
            made.close()

    @pytest.fixture
    def store(self, open_store: Callable[..., Store]) -> Store:
        """An empty store."""
        return open_store()

    @pytest.fixture
    def start(self, path: Path) -> Iterator[Callable[..., Child]]:
        """Starts processes that do a method's work on the store of the test; none outlives it."""
        started: list[Child] = []

        def start(work: str, *arguments: Any) -> Child:
            made = Child(self, path, work, arguments, patience=self.patience)
            started.append(made)
            return made

        yield start
        for made in started:
            made.kill()

    # --- records ----------------------------------------------------------------------------------------

    @property
    def kind(self) -> str:
        """Name of the subject's type."""
        return self.subject.__record__.name

    def make(self, id_: str, *, text: str = "物", note: str | None = None, number: int = 0) -> Record:
        """A record of the subject's type."""
        facts = {self.text_field: text, self.note_field: note, self.number_field: number}
        return specimen(self.subject, id_, **facts)

    def each(self, *ids: str) -> list[Record]:
        """Records with these ids."""
        return [self.make(id_) for id_ in ids]

    def text_of(self, found: Stored | None) -> Any:
        """The text of a record that must be there."""
        assert found is not None, "1.1: a record that was committed is there"
        return getattr(found.record, self.text_field)

    def number_of(self, found: Stored | None) -> int:
        """The number of a record that must be there."""
        assert found is not None, "1.1: a record that was committed is there"
        return cast("int", getattr(found.record, self.number_field))

    # --- verbs ------------------------------------------------------------------------------------------

    def session(self, store: Store, district: str | None = None, at: datetime = AT) -> AbstractContextManager[Session]:
        """Begin a session."""
        return store.session(self.here if district is None else district, actor="clerk-07", reason="测试", at=at)

    def save(
        self, store: Store, *made: Record, district: str | None = None, at: datetime = AT, expect: Expect = ANY
    ) -> None:
        """Store records in one commit."""
        with self.session(store, district, at) as session:
            for record in made:
                session.put(record, expect)

    def delete(self, store: Store, *ids: str, district: str | None = None, at: datetime = AT) -> None:
        """Delete records of the subject's type in one commit."""
        with self.session(store, district, at) as session:
            for id_ in ids:
                session.delete(self.kind, id_, ANY)

    def erase(self, store: Store, *ids: str, district: str | None = None, at: datetime = AT) -> int:
        """Erase records of the subject's type in one commit."""
        keys = [(self.kind, id_) for id_ in ids]
        where = self.here if district is None else district
        return store.erase(where, keys, actor="clerk-08", reason="依申请清除", at=at)

    def contents(self, snapshot: Snapshot, *types: type[Record]) -> Contents:
        """Everything that is seen of some types: the two that the tests write, if none is named."""
        names = [cls.__record__.name for cls in types or (self.subject, self.other)]
        return {(name, found.record.id): found for name in names for found in snapshot.scan(Select(name))}

    def kept(self, store: Store, district: str | None = None, known_at: datetime | None = None) -> Contents:
        """Everything that a district holds."""
        with store.read(self.here if district is None else district, known_at) as snapshot:
            return self.contents(snapshot)

    def ids(self, found: Contents) -> list[str]:
        """The ids of the subject's type, in the order in which they came."""
        return [id_ for name, id_ in found if name == self.kind]

    def get(self, store: Store, id_: str, district: str | None = None) -> Stored | None:
        """One record of the subject's type."""
        with store.read(self.here if district is None else district) as snapshot:
            return snapshot.get(self.kind, id_)

    def state(self, store: Store, district: str | None = None) -> State:
        """Contents and feed of a district: what a session that fails must leave as it is."""
        where = self.here if district is None else district
        return self.kept(store, where), tuple(store.changes(where))

    def add_one(self, store: Store, id_: str = "sum") -> None:
        """Add one to the number of a record, by compare-and-set, until it succeeds."""
        while True:
            try:
                with self.session(store) as session:
                    found = session.get(self.kind, id_)
                    assert found is not None, "1.1: a record that was committed is there"
                    changed = {self.number_field: getattr(found.record, self.number_field) + 1}
                    session.put(attrs.evolve(cast("Any", found.record), **changed), found.version)
            except Conflict:
                continue
            return

    # --- asking in general ------------------------------------------------------------------------------

    def undeclared(self, store: Store, power: str) -> bool:
        """Whether a power is not declared; then asking for it must raise (clause 8.1)."""
        if power in store.capabilities:
            store.require(power)
            return False
        with pytest.raises(Unsupported) as caught:
            store.require(power)
        assert (power, type(store).__name__) == (caught.value.capability, caught.value.store), (
            "8.1: Unsupported names the power that is missing and the store that lacks it"
        )
        return True

    def together(self, *actions: Callable[[], object]) -> list[object]:
        """Run actions in threads that start at once.

        Returns:
            What each returned or raised, in their order.
        """
        barrier = threading.Barrier(len(actions))
        results: list[object] = [None] * len(actions)

        def run(place: int, action: Callable[[], object]) -> None:
            try:
                barrier.wait(self.patience)
                results[place] = action()
            except BaseException as error:  # noqa: BLE001 - the caller looks at it
                results[place] = error

        workers = [
            threading.Thread(target=run, args=(place, action), daemon=True) for place, action in enumerate(actions)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(self.patience)
        assert not any(worker.is_alive() for worker in workers), (
            f"2.6: sessions block each other for good: a thread is stuck for {self.patience} seconds"
        )
        return results

    def free_of_errors(self, results: Iterable[object]) -> list[object]:
        """The results, none of which is an error."""
        found = list(results)
        for result in found:
            if isinstance(result, BaseException):
                raise AssertionError(  # noqa: TRY004 - it is the store that failed
                    f"13.1: work done at the same time fails with nothing but Conflict, but this came: {result!r}"
                ) from result
        return found
