"""A plain store that keeps the contract with few powers, one in a file, and many that break it, each in one place."""

import itertools
import pickle
import threading
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import attrs

from shequ.errors import BackendError, Conflict, StoreClosed, Unsupported
from shequ.model import RECORD_TYPES, Kind, Record, Schema
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
        snapshot = PlainSnapshot(self, records)
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


# --- stores that break a clause -----------------------------------------------------------------------------


class LosesTheLastWrite(PlainStore):
    def commit(self, district: str, writes: list[Write], *facts: Any) -> None:
        super().commit(district, writes[:-1] if len(writes) > 2 else writes, *facts)


class CommitsOneByOne(PlainStore):
    def commit(self, district: str, writes: list[Write], *facts: Any) -> None:
        for write in writes:
            super().commit(district, [write], *facts)


class CommitsOnAnException(PlainStore):
    def broken_off(self, district: str, session: OverlaySession, *facts: Any) -> None:
        self.commit(district, session.writes(), *facts)


class EntersWhatWasRolledBack(PlainStore):
    def broken_off(self, district: str, session: OverlaySession, at: datetime, actor: str, reason: str) -> None:
        revisions = [Revision(write.type.name, write.id, None, write.record) for write in session.writes()]
        made = entries(self.head(district), revisions, at=at, actor=actor, reason=reason, entropy=bytes)
        self.log_.setdefault(district, []).extend(made)


class EntersWhatDidNotChange(PlainStore):
    def changing(self, write: Write, stored: Stored | None) -> bool:
        return write.changes(stored) or (stored is not None and write.record is not None)


class ReusesVersions(PlainStore):
    def version(self, entry: Entry, before: Stored | None) -> int:  # noqa: ARG002 - that is what is wrong
        return 1 if before is None else before.version + 1


class IgnoresWhatWasExpected(PlainStore):
    def changing(self, write: Write, stored: Stored | None) -> bool:
        try:
            return write.changes(stored)
        except Conflict:
            return (write.record, stored) != (None, None)


class ChecksBeforeTheCommit(PlainStore):
    """Compares with what the session saw, not with what is stored: updates are lost."""

    @contextmanager
    def session(self, district: str, *, actor: str, reason: str, at: datetime) -> Iterator[Session]:
        with self.read(district) as snapshot:
            session = OverlaySession(self.schema, snapshot)
            yield session
            assert isinstance(snapshot, PlainSnapshot)
            writes = session.writes()
            for write in writes:
                write.changes(snapshot.records.get((write.type.name, write.id)))
            session.close()
        blind = [attrs.evolve(write, expect=_any(), required=False) for write in writes]
        self.commit(district, blind, at, actor, reason)


def _any() -> Any:
    from shequ.store import ANY

    return ANY


class NumbersWithGaps(PlainStore):
    """Numbers are used up by sessions that are rolled back, as by an auto-increment."""

    used = 0

    def broken_off(self, *_facts: Any) -> None:
        self.used += 1

    def told(self, district: str, found: list[Entry]) -> Iterator[Change]:
        return (attrs.evolve(change, number=change.number + self.used) for change in super().told(district, found))


class TellsTheFeedFromTheStart(PlainStore):
    def changes(self, district: str, after: int = 0) -> Iterator[Change]:  # noqa: ARG002 - that is what is wrong
        return super().changes(district)


class FoldsTheCaseOfIds(PlainStore):
    def key(self, id_: str) -> str:
        return id_.lower()


class _Alters(PlainStore):
    def altered(self, value: Any) -> Any:
        raise NotImplementedError

    def kept(self, record: Record) -> Record:
        facts = {name: getattr(record, name) for name in type(record).__record__.fields}
        texts = {s.name for s in type(record).__record__.fields.values() if s.kind in (Kind.TEXT, Kind.COUNT)} - {"id"}
        return type(record)(**{n: self.altered(value) if n in texts else value for n, value in facts.items()})


class TrimsTrailingBlanks(_Alters):
    def altered(self, value: Any) -> Any:
        return value.rstrip(" ") if isinstance(value, str) else value


class ComposesCharacters(_Alters):
    def altered(self, value: Any) -> Any:
        return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


class CutsLongText(_Alters):
    def altered(self, value: Any) -> Any:
        return value[:65535] if isinstance(value, str) else value


class ForgetsBeyondTheFirstPlane(_Alters):
    def altered(self, value: Any) -> Any:
        return "".join(c if c < "\U00010000" else "?" for c in value) if isinstance(value, str) else value


class TakesEmptyForNone(_Alters):
    def kept(self, record: Record) -> Record:
        made = type(record).__record__
        return attrs.evolve(
            record, **{n: None for n, spec in made.fields.items() if spec.optional and getattr(record, n) == ""}
        )


class CountsInFloats(_Alters):
    def altered(self, value: Any) -> Any:
        return min(int(float(value)), 2**63 - 1) if isinstance(value, int) else value


class SnapshotsMove(PlainStore):
    def seen(self, district: str) -> Contents:
        return self.now.setdefault(district, {})

    def put_in_place(self, district: str, records: Contents) -> None:
        kept = self.now.setdefault(district, {})
        kept.clear()
        kept.update(records)


class SortsAsALanguageDoes(PlainStore):
    def ordered(self, found: list[Stored], name: str) -> list[Stored]:
        return sorted(super().ordered(found, name), key=lambda stored: stored.record.id.lower())


class DistrictsSeeEachOther(PlainStore):
    def seen(self, district: str) -> Contents:
        return {key: stored for name in (*self.now, district) for key, stored in self.now.get(name, {}).items()}


class SharesOneFeed(PlainStore):
    """Districts are told apart in the records, but have one history."""

    def enter(self, district: str, *facts: Any) -> None:
        self.log_[district] = next(iter(self.log_.values()), [])
        super().enter(district, *facts)


class KnowsThePresentOnly(PlainStore):
    def known(self, district: str, at: datetime) -> Contents:  # noqa: ARG002 - that is what is wrong
        return self.seen(district)


class KnowsByTheClockOfEachCommit(PlainStore):
    def known(self, district: str, at: datetime) -> Contents:
        kept = self.log_.get(district, [])
        self.log_[district] = [entry for entry in kept if entry.at <= at]
        try:
            return super().known(district, at)
        finally:
            self.log_[district] = kept


class KeepsItsOwnTime(PlainStore):
    def commit(self, district: str, writes: list[Write], at: datetime, *facts: Any) -> None:  # noqa: ARG002 - the same
        super().commit(district, writes, datetime.now(UTC), *facts)


class KeepsSeconds(PlainStore):
    def commit(self, district: str, writes: list[Write], at: datetime, *facts: Any) -> None:
        super().commit(district, writes, at - timedelta(microseconds=at.microsecond), *facts)


class BreaksTheChainWhenErasing(PlainStore):
    def blanked(self, entry: Entry) -> Entry:
        return attrs.evolve(entry, after=None, salt=None, value_hash=None)


class LeavesHistoryWhenErasing(PlainStore):
    def blanked(self, entry: Entry) -> Entry:
        return entry


class NeverFindsTampering(PlainStore):
    def verify(self, district: str) -> int | None:
        super().verify(district)
        return None


class ClaimsToFilter(PlainStore):
    capabilities = frozenset({"known_at", "filter"})

    def asked_with_a_condition(self) -> None:
        pass


class FiltersNothingInSilence(PlainStore):
    def asked_with_a_condition(self) -> None:
        pass


class ClaimsToKnowThePast(PlainStore):
    """Does not declare the power, and answers all the same: with the present."""

    capabilities = frozenset()

    def known(self, district: str, at: datetime) -> Contents:  # noqa: ARG002 - that is what is wrong
        return self.seen(district)


class ClaimsToLast(PlainStore):
    capabilities = frozenset({"known_at", "durable"})


class SaysSoBeforeItIsWritten(FileStore):
    """Writes every third commit, and when it is closed: in time for whoever closes it."""

    commits = 0

    def save(self) -> None:
        self.commits += 1
        if self.commits % 3 == 0:
            super().save()

    def close(self) -> None:
        if self.open:
            super().save()
        super().close()


class ClaimsSeveralProcesses(FileStore):
    """Each handle reads the file once, and writes over what others wrote."""

    capabilities = frozenset({"known_at", "durable", "multi_process"})


class LocksFromBeginToCommit(PlainStore):
    """One session at a time; a second one is told that the store is busy."""

    def __init__(self, path: Path, schema: Schema | None = None) -> None:
        super().__init__(path, schema)
        self.busy = threading.Lock()

    @contextmanager
    def session(self, district: str, *, actor: str, reason: str, at: datetime) -> Iterator[Session]:
        if not self.busy.acquire(blocking=False):
            raise BackendError("正被占用")
        try:
            with super().session(district, actor=actor, reason=reason, at=at) as session:
                yield session
        finally:
            self.busy.release()


class CommitsWithoutALock(PlainStore):
    """Looks and writes at different moments, so that two threads may both find what they expect."""

    def __init__(self, path: Path, schema: Schema | None = None) -> None:
        super().__init__(path, schema)
        self.commits = itertools.count(1)
        self.meeting = threading.Barrier(2)

    def commit(self, district: str, writes: list[Write], at: datetime, actor: str, reason: str) -> None:
        records = dict(self.now.get(district, {}))
        revisions = []
        for write in writes:
            stored = records.get((write.type.name, write.id))
            if write.changes(stored):
                revisions.append(Revision(write.type.name, write.id, stored and stored.version, write.record))
        if next(self.commits) in (2, 3):
            self.meeting.wait()  # here the second and the third commit have both looked
        if revisions:
            self.enter(district, records, revisions, at, actor, reason)


class StaysOpen(PlainStore):
    def close(self) -> None:
        pass


class SnapshotsNeverEnd(PlainStore):
    @contextmanager
    def read(self, district: str, known_at: datetime | None = None) -> Iterator[Snapshot]:
        with super().read(district, known_at) as snapshot:
            yield snapshot
        assert isinstance(snapshot, PlainSnapshot)
        snapshot.open = True
