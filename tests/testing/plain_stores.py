"""A plain store that keeps the contract with few powers, and one in a file: what the broken ones are made from."""

import pickle
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import ClassVar

import attrs

from shequ.errors import Conflict, StoreClosed, Unsupported
from shequ.model import RECORD_TYPES, Record, Schema
from shequ.query import Select
from shequ.store import Change, Entry, Session, Snapshot, Store, Stored
from shequ.store.chain import Head, Revision, entries, first_misfit, restore
from shequ.store.overlay import OverlaySession, Write, checked_district, checked_time, checked_words

Key = tuple[str, str]
Contents = dict[Key, Stored]


class PlainSnapshot(Snapshot):
    def __init__(self, store: "PlainStore", records: Contents) -> None:
        self.store, self.records, self.open = store, records, True

    def check(self) -> None:
        if not self.open:
            raise StoreClosed("the snapshot")
        self.store.check()

    def get(self, type: str, id: str) -> Stored | None:  # noqa: A002 - the contract's own words
        self.check()
        return self.records.get((self.store.schema[type].name, self.store.key(id)))

    def scan(self, query: Select) -> Iterator[Stored]:
        self.check()
        if query.where is not None:
            self.store.asked_with_a_condition()
        name = self.store.schema[query.type].name
        return self.each(self.store.ordered(list(self.records.values()), name))

    def each(self, found: Iterable[Stored]) -> Iterator[Stored]:
        for stored in found:
            self.check()
            yield stored


class PlainStore(Store):
    """Keeps the contract with dicts and a lock, as somebody would who has only read it."""

    capabilities: ClassVar[frozenset[str]] = frozenset({"known_at"})  # type: ignore[misc] # narrower on purpose
    snapshot: ClassVar[type[PlainSnapshot]] = PlainSnapshot

    def __init__(self, path: Path, schema: Schema | None = None) -> None:
        self.path = path
        self.schema = Schema(RECORD_TYPES) if schema is None else schema
        self.lock = threading.RLock()
        self.open = True
        self.now: dict[str, Contents] = {}
        self.log_: dict[str, list[Entry]] = {}
        self.load()

    def load(self) -> None:
        pass

    def save(self) -> None:
        pass

    def check(self) -> None:
        if not self.open:
            raise StoreClosed("the store")

    def key(self, id_: str) -> str:
        return id_

    def kept(self, record: Record) -> Record:
        return record

    def ordered(self, found: list[Stored], name: str) -> list[Stored]:
        return sorted((s for s in found if s.record.__record__.name == name), key=lambda stored: stored.record.id)

    def asked_with_a_condition(self) -> None:
        raise Unsupported("filter", type(self).__name__)

    def seen(self, district: str) -> Contents:
        with self.lock:
            return dict(self.now.get(district, {}))

    def head(self, district: str) -> Head:
        log = self.log_.get(district)
        return Head(log[-1].number, log[-1].commit, log[-1].digest) if log else Head.origin(district)

    @contextmanager
    def session(self, district: str, *, actor: str, reason: str, at: datetime) -> Iterator[Session]:
        checked_words("actor", actor)
        checked_words("reason", reason)
        checked_time("at", at)
        with self.read(district) as snapshot:
            session = OverlaySession(self.schema, snapshot)
            try:
                yield session
            except BaseException:
                self.broken_off(district, session, at, actor, reason)
                raise
            finally:
                session.close()
        self.commit(district, session.writes(), at, actor, reason)

    def broken_off(self, district: str, session: OverlaySession, at: datetime, actor: str, reason: str) -> None:
        pass

    def changing(self, write: Write, stored: Stored | None) -> bool:
        return write.changes(stored)

    def commit(self, district: str, writes: list[Write], at: datetime, actor: str, reason: str) -> None:
        with self.lock:
            self.check()
            records = dict(self.now.get(district, {}))
            revisions = []
            for write in writes:
                stored = records.get((write.type.name, self.key(write.id)))
                if self.changing(write, stored):
                    after = None if write.record is None else self.kept(write.record)
                    revisions.append(Revision(write.type.name, write.id, stored and stored.version, after))
            if revisions:
                self.enter(district, records, revisions, at, actor, reason)

    def enter(
        self, district: str, records: Contents, revisions: list[Revision], at: datetime, actor: str, reason: str
    ) -> None:
        made = list(entries(self.head(district), revisions, at=at, actor=actor, reason=reason, entropy=bytes))
        for revision, entry in zip(revisions, made, strict=True):
            key = revision.type, self.key(revision.id)
            before = records.pop(key, None)
            if revision.after is not None:
                records[key] = Stored(revision.after, self.version(entry, before))
        self.log_.setdefault(district, []).extend(made)
        self.put_in_place(district, records)
        self.save()

    def put_in_place(self, district: str, records: Contents) -> None:
        self.now[district] = records

    def version(self, entry: Entry, before: Stored | None) -> int:  # noqa: ARG002 - for those who break it
        return entry.number

    @contextmanager
    def read(self, district: str, known_at: datetime | None = None) -> Iterator[Snapshot]:
        self.check()
        checked_district(district)
        records = self.seen(district)
        if known_at is not None:
            records = self.known(district, checked_time("known_at", known_at))
        snapshot = self.snapshot(self, records)
        try:
            yield snapshot
        finally:
            snapshot.open = False

    def known(self, district: str, at: datetime) -> Contents:
        found: Contents = {}
        for entry in self.log_.get(district, []):
            if entry.at > at:
                break
            found.pop((entry.type, entry.id), None)
            stored = restore(self.schema[entry.type].cls, entry)
            if stored is not None:
                found[entry.type, entry.id] = stored
        return found

    def changes(self, district: str, after: int = 0) -> Iterator[Change]:
        self.check()
        checked_district(district)
        return self.told(district, list(self.log_.get(district, []))[max(after, 0) :])

    def history(self, district: str, type: str, id: str) -> Iterator[Change]:  # noqa: A002 - the contract's own words
        self.check()
        checked_district(district)
        key = self.schema[type].name, id
        return self.told(district, [entry for entry in self.log_.get(district, []) if (entry.type, entry.id) == key])

    def told(self, district: str, found: list[Entry]) -> Iterator[Change]:
        log = self.log_.get(district, [])
        for entry in found:
            self.check()
            yield entry.change(None if entry.before is None else log[entry.before - 1].after)

    def districts(self) -> tuple[str, ...]:
        self.check()
        return tuple(sorted(self.log_))

    def verify(self, district: str) -> int | None:
        self.check()
        checked_district(district)
        return first_misfit(district, self.log_.get(district, []), self.head(district))

    def erase(self, district: str, keys: Iterable[Key], *, actor: str, reason: str, at: datetime) -> int:
        checked_words("actor", actor)
        checked_words("reason", reason)
        checked_time("at", at)
        checked_district(district)
        self.check()
        wanted = list(dict.fromkeys((self.schema[name].name, id_) for name, id_ in keys))
        with self.lock:
            log = self.log_.get(district, [])
            known = {(entry.type, entry.id) for entry in log}
            records = dict(self.now.get(district, {}))
            for key in wanted:
                if key not in known:
                    raise Conflict(*key, expected=None, found=None)
            if not wanted:
                return 0
            valued = [place for place, entry in enumerate(log) if (entry.type, entry.id) in wanted and entry.salt]
            for place in valued:
                log[place] = self.blanked(log[place])
            before = {key: records[key].version if key in records else None for key in wanted}
            revisions = [Revision(*key, before[key], None) for key in wanted]
            self.enter(district, records, revisions, at, actor, reason)
            return len(valued)

    def blanked(self, entry: Entry) -> Entry:
        return attrs.evolve(entry, after=None, salt=None)

    def close(self) -> None:
        self.open = False


class FileStore(PlainStore):
    """In a file, written whole at each commit."""

    capabilities = frozenset({"known_at", "durable"})

    def load(self) -> None:
        if self.path.exists():
            self.now, self.log_ = pickle.loads(self.path.read_bytes())  # noqa: S301 - its own file

    def save(self) -> None:
        part = self.path.with_suffix(".part")
        part.write_bytes(pickle.dumps((self.now, self.log_)))
        part.replace(self.path)
