"""The store in memory: for tests, trials and registers that live as long as the process.

A district's state is never altered, only replaced by the next one, so a snapshot is a reference to it. All states of a
district share one log, which only grows, except that an erasure blanks values in it.
"""

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from threading import Lock

import attrs

from shequ.errors import Misuse, StoreClosed, Unsupported
from shequ.hookspecs import hookimpl
from shequ.model import RECORD_TYPES, Record, Schema
from shequ.query import Select
from shequ.store.chain import (
    Entropy,
    Entry,
    Head,
    Revision,
    entries,
    erasures,
    first_misfit,
    first_strange_record,
    following,
    restore,
)
from shequ.store.contract import Change, Session, Snapshot, Store, Stored, StoreFactory
from shequ.store.forms import Former, Forms, marked, raised, told
from shequ.store.overlay import OverlaySession, Write, checked_district, checked_time, checked_words

__all__ = ["MemoryStore", "open_memory", "shequ_stores"]

_NO_BOUND = 2**63 - 1
_Records = Mapping[str, Mapping[str, Stored]]


@attrs.frozen
class _State:
    """One state of a district; ``head.number`` entries of the log belong to it."""

    head: Head
    records: _Records
    log: list[Entry]
    forms: Forms

    @property
    def entries(self) -> Iterator[Entry]:
        return (self.log[number] for number in range(self.head.number))

    def key(self, entry: Entry) -> tuple[str, str]:
        """The record that an entry is about, by the name that its type has today."""
        return self.forms.today(entry.type), entry.id


def _head(made: Sequence[Entry]) -> Head:
    return Head(made[-1].number, made[-1].commit, made[-1].digest)


class _MemorySnapshot(Snapshot):
    def __init__(self, store: "MemoryStore", records: _Records) -> None:
        self._store = store
        self._records = records
        self._open = True

    def get(self, type: str, id: str) -> Stored | None:  # noqa: A002 - the contract's own words
        self._check_open()
        return self._records.get(self._store.schema[type].name, {}).get(id)

    def scan(self, query: Select) -> Iterator[Stored]:
        self._check_open()
        if query.where is not None:
            raise Unsupported("filter", type(self._store).__name__)
        return self._in_order(self._records.get(self._store.schema[query.type].name, {}))

    def _in_order(self, records: Mapping[str, Stored]) -> Iterator[Stored]:
        for id_ in sorted(records):
            self._check_open()
            yield records[id_]

    def close(self) -> None:
        self._open = False

    def _check_open(self) -> None:
        if not self._open:
            raise StoreClosed("the snapshot")
        self._store.check_open()


class MemoryStore(Store):
    """Keeps records in memory; threads may share it.

    A store that keeps its history somewhere, and whose records fit in memory, can be made from it: see :meth:`keep`.

    Args:
        schema: The record types it keeps; the library's own by default.
        entropy: Gives the salts of the hash chain.
    """

    capabilities = frozenset({"known_at", "replay"})

    def __init__(self, schema: Schema | None = None, *, entropy: Entropy = secrets.token_bytes) -> None:
        self.schema = Schema(RECORD_TYPES) if schema is None else schema
        self._entropy = entropy
        self._states: dict[str, _State] = {}
        self._lock = Lock()
        self._open = True

    def _state(self, district: str) -> _State:
        self.check_open()
        checked_district(district)
        return self._states.get(district) or _State(Head.origin(district), {}, [], Forms(self.schema, {}))

    @contextmanager
    def session(self, district: str, *, actor: str, reason: str, at: datetime) -> Iterator[Session]:
        """Changes to one district; see :meth:`shequ.store.Store.session`."""
        checked_words("actor", actor)
        checked_words("reason", reason)
        checked_time("at", at)
        with self.read(district) as snapshot:
            session = OverlaySession(self.schema, snapshot)
            try:
                yield session
            finally:
                session.close()
        self._commit(district, session.writes(), at=at, actor=actor, reason=reason)

    def _commit(self, district: str, writes: list[Write], *, at: datetime, actor: str, reason: str) -> None:
        with self._lock:
            state = self._state(district)
            revisions = []
            for write in writes:
                stored = state.records.get(write.type.name, {}).get(write.id)
                if write.changes(stored):
                    before = None if stored is None else stored.version
                    revisions.append(Revision(write.type.name, write.id, before, write.record))
            if not revisions:
                return
            made = list(entries(state.head, revisions, at=at, actor=actor, reason=reason, entropy=self._entropy))
            touched = {name: dict(state.records.get(name, {})) for name in {made.type for made in revisions}}
            for revision, entry in zip(revisions, made, strict=True):
                if revision.after is None:
                    del touched[revision.type][revision.id]
                else:
                    touched[revision.type][revision.id] = Stored(revision.after, entry.number)
            self.keep(district, [*state.entries, *made])
            state.log.extend(made)
            self._states[district] = _State(_head(made), {**state.records, **touched}, state.log, state.forms)

    def erase(self, district: str, keys: Iterable[tuple[str, str]], *, actor: str, reason: str, at: datetime) -> int:
        """Erase the values of records; see :meth:`shequ.store.Store.erase`.

        Whoever holds a snapshot from before still sees them until it ends.
        """
        checked_words("actor", actor)
        checked_words("reason", reason)
        checked_time("at", at)
        wanted = dict.fromkeys((self.schema[type].name, id) for type, id in keys)  # noqa: A001 - the contract's own words
        with self._lock:
            state = self._state(district)
            latest = {key: entry for entry in state.entries if (key := state.key(entry)) in wanted}
            revisions = erasures(wanted, latest)
            if not revisions:
                return 0
            made = list(entries(state.head, revisions, at=at, actor=actor, reason=reason, entropy=self._entropy))
            valued = [entry for entry in state.entries if state.key(entry) in wanted and entry.salt is not None]
            blanked = {entry.number: entry.blanked() for entry in valued}
            self.keep(district, [*(blanked.get(entry.number, entry) for entry in state.entries), *made])
            state.log.extend(made)
            for number, entry in blanked.items():  # in the states of before, too: no state is to show the values again
                state.log[number - 1] = entry
            touched = {name: dict(state.records.get(name, {})) for name, _ in wanted}
            for name, id_ in wanted:
                touched[name].pop(id_, None)
            self._states[district] = _State(_head(made), {**state.records, **touched}, state.log, state.forms)
        return len(valued)

    def keep(self, district: str, history: Sequence[Entry]) -> None:
        """Keep a district's history elsewhere before a commit takes effect; here nothing is kept.

        A subclass overrides it, and begins with :meth:`replay` of what it kept. If it raises, nothing is committed.

        Args:
            district: The district.
            history: All entries, those of the commit among them; entries before it may have been blanked.
        """

    def log(self, district: str, after: int = 0) -> Iterator[Entry]:
        """The history as it is kept, behind a number; see :meth:`shequ.store.Store.log`."""
        state = self._state(district)
        return (state.log[number] for number in range(max(after, 0), state.head.number))

    def former(self, district: str) -> Former:
        """What former declarations wrote; see :meth:`shequ.store.Store.former`."""
        state = self._state(district)
        return told(self.schema, state.forms.marks, state.head.number)

    def replay(self, district: str, entries: Iterable[Entry], former: Former | None = None) -> None:
        """Append whole commits as another store kept them; see :meth:`shequ.store.Store.replay`."""
        with self._lock:
            state = self._state(district)
            made: list[Entry] = []
            touched: dict[str, dict[str, Stored]] = {}
            given = {} if former is None else marked(self.schema, former, _NO_BOUND)
            forms = Forms(self.schema, raised(state.forms.marks, given))
            for entry, stored in following(state.head, entries, self.schema, forms):
                made.append(entry)
                name, id_ = state.key(entry)
                if name not in touched:
                    touched[name] = dict(state.records.get(name, {}))
                if stored is None:
                    touched[name].pop(id_, None)
                else:
                    touched[name][id_] = stored
            if made:
                self.keep(district, [*state.entries, *made])
                state.log.extend(made)
                marks = {key: min(number, made[-1].number) for key, number in forms.marks.items()}
                state = attrs.evolve(state, forms=Forms(self.schema, marks))
                self._states[district] = _State(_head(made), {**state.records, **touched}, state.log, state.forms)

    @contextmanager
    def read(self, district: str, known_at: datetime | None = None) -> Iterator[Snapshot]:
        """One state of a district, now or as known at a time; see :meth:`shequ.store.Store.read`.

        A commit was known when its own time and those of all commits before it had come.
        """
        state = self._state(district)
        records = state.records if known_at is None else self._replayed(state, checked_time("known_at", known_at))
        snapshot = _MemorySnapshot(self, records)
        try:
            yield snapshot
        finally:
            snapshot.close()

    def _replayed(self, state: _State, known_at: datetime) -> _Records:
        records: dict[str, dict[str, Stored]] = {name: {} for name in self.schema.types}
        for entry in state.entries:
            if entry.at > known_at:
                break
            name, id_ = state.key(entry)
            stored = restore(self.schema.types[name].cls, state.forms.current(entry))
            if stored is None:
                records[name].pop(id_, None)
            else:
                records[name][id_] = stored
        return records

    def changes(self, district: str, after: int = 0) -> Iterator[Change]:
        """The feed behind a number; see :meth:`shequ.store.Store.changes`."""
        state = self._state(district)
        return self._seen(state, (state.log[number] for number in range(max(after, 0), state.head.number)))

    def history(self, district: str, type: str, id: str) -> Iterator[Change]:  # noqa: A002 - the contract's own words
        """Every change of one record; see :meth:`shequ.store.Store.history`."""
        state = self._state(district)
        name = self.schema[type].name
        return self._seen(state, (entry for entry in state.entries if state.key(entry) == (name, id)))

    def _seen(self, state: _State, kept: Iterable[Entry]) -> Iterator[Change]:
        for entry in kept:
            self.check_open()
            before = None if entry.before is None else state.log[entry.before - 1]
            was = None if before is None else state.forms.values(before.type, before.number, before.after)
            yield state.forms.current(entry).change(was)

    def districts(self) -> tuple[str, ...]:
        """The districts that have a history, in order."""
        self.check_open()
        return tuple(sorted(self._states))

    def verify(self, district: str) -> int | None:
        """Check the chain, and the records against it; see :meth:`shequ.store.Store.verify`."""
        state = self._state(district)
        latest: dict[str, dict[str, Entry]] = {name: {} for name in self.schema.types}
        for entry in state.forms.legible(state.entries):
            name, id_ = state.key(entry)
            if name in latest:
                latest[name][id_] = entry
        misfit = first_misfit(district, state.entries, state.head)
        if misfit is not None:
            return misfit
        strange = []
        for name, last in latest.items():
            stored: list[tuple[str, int, Record | None]] = [
                (id_, kept.version, kept.record) for id_, kept in sorted(state.records.get(name, {}).items())
            ]
            in_order = (last[id_] for id_ in sorted(last))
            strange.append(first_strange_record(self.schema.types[name].cls, in_order, stored))
        return min((number for number in strange if number is not None), default=None)

    def close(self) -> None:
        """Forget everything."""
        self._open = False
        self._states = {}

    def check_open(self) -> None:
        """Raise :class:`~shequ.errors.StoreClosed` if it was closed."""
        if not self._open:
            raise StoreClosed("the store in memory")


def open_memory(url: str, schema: Schema) -> Store:
    """Open a new store in memory.

    Raises:
        Misuse: If the URL says more than ``memory:``.
    """
    if url != "memory:":
        raise Misuse(f"存储地址 {url!r} 不能带名称或路径", remedy="写成 memory:")
    return MemoryStore(schema)


@hookimpl
def shequ_stores() -> Mapping[str, StoreFactory]:
    """The scheme ``memory``."""
    return {"memory": open_memory}
