"""Stores that break the contract, each in one place."""

import itertools
import threading
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import attrs
from plain_stores import Contents, FileStore, PlainSnapshot, PlainStore

from shequ.errors import BackendError, Conflict
from shequ.model import Kind, Record, Schema
from shequ.query import Answer, Evaluator, Question, Tally
from shequ.store import ANY, Change, Entry, Session, Snapshot, Stored
from shequ.store.chain import Revision, entries
from shequ.store.overlay import OverlaySession, Write


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
        blind = [attrs.evolve(write, expect=ANY, required=False) for write in writes]
        self.commit(district, blind, at, actor, reason)


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


class _Evasive(PlainSnapshot):
    def aggregate(self, questions: Sequence[Question]) -> list[Tally | None]:
        return [None] * len(questions)


class _CountsTwice(PlainSnapshot):
    """Adds up what the places have, so whoever has two of them counts twice."""

    def aggregate(self, questions: Sequence[Question]) -> list[Tally | None]:
        evaluator = Evaluator(self, self.store.schema)
        return [_Added(evaluator, question) for question in questions]


class _Added:
    def __init__(self, evaluator: Evaluator, question: Question) -> None:
        self.evaluator, self.question = evaluator, question

    def answer(self, places: Iterable[str]) -> Answer:
        measure, when = self.question.measure, self.question.when
        found = [self.evaluator.answer(measure, [place], when) for place in places] or [
            self.evaluator.answer(measure, [], when)
        ]
        value = sum((one.value for one in found if one.value is not None), Fraction(0))
        keys = frozenset[str]().union(*(one.keys for one in found))
        return Answer(value, sum(one.rows for one in found), found[0].groups, lambda: keys)

    def ids(self, places: Iterable[str] | None) -> Iterator[str]:
        return (id_ for _, id_ in self.evaluator.rows(self.question.measure, places or (), self.question.when))


class ClaimsToAggregate(PlainStore):
    capabilities = frozenset({"known_at", "aggregate"})
    snapshot = _Evasive


class AddsUpDistinctKeys(PlainStore):
    capabilities = frozenset({"known_at", "aggregate"})
    snapshot = _CountsTwice


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
