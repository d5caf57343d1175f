"""A store whose commits plugins have a say in: they check records, may veto, and are told what was done.

It stands before the store itself where some plugin has one of these hooks, so whoever writes, by whatever way, is
heard. An erasure is a demand of the law and a replay is another store's history: neither is asked about.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime

import attrs

from shequ.errors import InvalidRecord, Vetoed
from shequ.model import Record
from shequ.plugins import PluginHost
from shequ.query import Question, Select, Tally
from shequ.store.chain import Entry
from shequ.store.contract import Change, Expect, Session, Snapshot, Store, Stored

__all__ = ["COMMIT_HOOKS", "Commit", "GuardedSession", "GuardedStore", "RecordChange", "faults"]

COMMIT_HOOKS = ("shequ_validate", "shequ_before_commit", "shequ_after_commit")
"""The hooks that need a guarded store."""


@attrs.frozen
class RecordChange:
    """What a commit does to one record.

    Args:
        type: Name of the record type.
        id: Id of the record.
        before: The record as the session found it; ``None`` if there was none.
        after: The record as it will be; ``None`` if it is deleted.
    """

    type: str
    id: str
    before: Record | None
    after: Record | None


@attrs.frozen
class Commit:
    """Changes to one district that are made together.

    Args:
        district: Id of the district.
        actor: Who.
        reason: Why.
        at: When, aware.
        changes: What is changed, in the order in which each record was first written; never empty.
    """

    district: str
    actor: str
    reason: str
    at: datetime
    changes: tuple[RecordChange, ...]


def faults(host: PluginHost, record: Record) -> list[InvalidRecord]:
    """What plugins find wrong with a record.

    Raises:
        PluginFailure: If one of them fails at it.
    """
    found: list[InvalidRecord] = []
    for plugin, answers in host.decide("shequ_validate", record=record):
        for fault in answers:
            if not isinstance(fault, InvalidRecord):
                raise plugin.failure(f"shequ_validate answered {fault!r}", remedy="it asks for InvalidRecord errors")
            found.append(fault)
    return found


class GuardedSession(Session):
    """A session that puts each record to the plugins, and remembers what it changes.

    Args:
        inner: The session of the store itself.
        host: The plugins.
    """

    def __init__(self, inner: Session, host: PluginHost) -> None:
        self._inner, self._host = inner, host
        self._touched: dict[tuple[str, str], RecordChange] = {}

    def get(self, type: str, id: str) -> Stored | None:  # noqa: A002 - the contract's own words
        """The record as the session sees it."""
        return self._inner.get(type, id)

    def scan(self, query: Select) -> Iterator[Stored]:
        """The records of a type as the session sees them."""
        return self._inner.scan(query)

    def aggregate(self, questions: Sequence[Question]) -> Sequence[Tally | None]:
        """Answers where the store itself can give them."""
        return self._inner.aggregate(questions)

    def put(self, record: Record, expect: Expect) -> None:
        """Store a record with which no plugin finds fault; see :meth:`shequ.store.Session.put`.

        Raises:
            InvalidRecord: If a plugin does.
            PluginFailure: If a plugin fails at it.
        """
        before = self._inner.get(record.__record__.name, record.id)
        for fault in faults(self._host, record):
            raise fault
        self._inner.put(record, expect)
        self._touch(record.__record__.name, record.id, before, record)

    def delete(self, type: str, id: str, expect: Expect) -> None:  # noqa: A002 - the contract's own words
        """Delete a record; see :meth:`shequ.store.Session.delete`."""
        before = self._inner.get(type, id)
        self._inner.delete(type, id, expect)
        if before is not None:
            self._touch(before.record.__record__.name, id, before, None)

    def _touch(self, name: str, id_: str, before: Stored | None, after: Record | None) -> None:
        found = RecordChange(name, id_, None if before is None else before.record, after)
        first = self._touched.setdefault((name, id_), found)
        self._touched[name, id_] = attrs.evolve(first, after=after)

    def changes(self) -> tuple[RecordChange, ...]:
        """What it comes to: a record that is as it was is not changed."""
        return tuple(change for change in self._touched.values() if change.before != change.after)


class GuardedStore(Store):
    """A store before whose commits the plugins are heard.

    Args:
        inner: The store itself.
        host: The plugins.
    """

    def __init__(self, inner: Store, host: PluginHost) -> None:
        self._inner, self._host = inner, host
        self.capabilities = inner.capabilities

    @contextmanager
    def session(self, district: str, *, actor: str, reason: str, at: datetime) -> Iterator[Session]:
        """Changes to one district; see :meth:`shequ.store.Store.session`.

        Raises:
            Vetoed: If a plugin objects to the commit; nothing is stored.
            PluginFailure: If a plugin that has a say is out of order; nothing is stored.
        """
        with self._inner.session(district, actor=actor, reason=reason, at=at) as inner:
            session = GuardedSession(inner, self._host)
            yield session
            commit = Commit(district, actor, reason, at, session.changes())
            if commit.changes:
                objections = self._host.decide("shequ_before_commit", commit=commit)
                against = {plugin.origin: reasons for plugin, reasons in objections if reasons}
                if against:
                    raise Vetoed(against)
        if commit.changes:
            self._host.tell("shequ_after_commit", commit=commit)

    def read(self, district: str, known_at: datetime | None = None) -> AbstractContextManager[Snapshot]:
        """One state of a district; see :meth:`shequ.store.Store.read`."""
        return self._inner.read(district, known_at)

    def changes(self, district: str, after: int = 0) -> Iterator[Change]:
        """The feed behind a number; see :meth:`shequ.store.Store.changes`."""
        return self._inner.changes(district, after)

    def history(self, district: str, type: str, id: str) -> Iterator[Change]:  # noqa: A002 - the contract's own words
        """Every change of one record; see :meth:`shequ.store.Store.history`."""
        return self._inner.history(district, type, id)

    def deletions(self, district: str, type: str) -> Iterator[Change]:  # noqa: A002 - the contract's own words
        """What took records of a type away; see :meth:`shequ.store.Store.deletions`."""
        return self._inner.deletions(district, type)

    def districts(self) -> tuple[str, ...]:
        """The districts that the store holds."""
        return self._inner.districts()

    def verify(self, district: str) -> int | None:
        """Check the chain; see :meth:`shequ.store.Store.verify`."""
        return self._inner.verify(district)

    def erase(self, district: str, keys: Iterable[tuple[str, str]], *, actor: str, reason: str, at: datetime) -> int:
        """Erase the values of records, whatever plugins think of it; see :meth:`shequ.store.Store.erase`."""
        return self._inner.erase(district, keys, actor=actor, reason=reason, at=at)

    def log(self, district: str, after: int = 0) -> Iterator[Entry]:
        """The history as it is kept; see :meth:`shequ.store.Store.log`."""
        return self._inner.log(district, after)

    def replay(
        self, district: str, entries: Iterable[Entry], former: Mapping[str, Sequence[int]] | None = None
    ) -> None:
        """Append whole commits as another store kept them, as they were; see :meth:`shequ.store.Store.replay`."""
        self._inner.replay(district, entries, former)

    def close(self) -> None:
        """Release the store."""
        self._inner.close()

    def discard(self) -> None:
        """Release the store, and what was made for nothing."""
        self._inner.discard()
