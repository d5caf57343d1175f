"""The store behind SQLAlchemy Core: one transaction a commit, one a snapshot.

Narrow SQL, so that many databases can serve: no upsert, no RETURNING, no OFFSET, at most
:data:`~shequ.store.sql.tables.CHUNK` values in an IN.
What holds for SQLite only stands in :mod:`shequ.store.sql.sqlite`.
"""

import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from typing import Any, TypeVar

import attrs
from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    and_,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError

from shequ.errors import BackendError, BadData, StoreClosed
from shequ.model import RECORD_TYPES, Record, Schema
from shequ.store.chain import (
    Entropy,
    Entry,
    Head,
    Revision,
    entries,
    first_misfit,
    first_strange_record,
)
from shequ.store.contract import Change, Session, Snapshot, Store, Stored
from shequ.store.overlay import OverlaySession, Write, checked_district, checked_time, checked_words
from shequ.store.sql.snapshots import CurrentSnapshot, PastSnapshot, SqlSnapshot
from shequ.store.sql.sqlite import WRITES, SQLite
from shequ.store.sql.tables import CHUNK, RecordTable, Tables

__all__ = ["SqlStore"]

_BATCH = 5000  # rows in one executemany: bounds memory, and is large enough for the overhead not to count
_NO_BOUND = 2**63 - 1

T = TypeVar("T")


class SqlStore(Store):
    """Keeps records in an SQL database; threads and processes may share it.

    Args:
        url: ``sqlite:///path``.
        schema: The record types it keeps; the library's own by default.
        entropy: Gives the salts of the hash chain.

    Raises:
        Misuse: If the URL is not of a form that is served.
        BackendError: If the database cannot be opened.
    """

    capabilities = frozenset({"durable", "multi_process", "known_at"})

    def __init__(self, url: str, schema: Schema | None = None, *, entropy: Entropy = secrets.token_bytes) -> None:
        self.schema = Schema(RECORD_TYPES) if schema is None else schema
        self._entropy = entropy
        self._tables = Tables(self.schema)
        self._database = SQLite(url)
        self._open = True
        try:
            self._database.prepare()
            with self._reading() as connection:
                current = self._tables.is_current(connection, self._database.place)
            if not current:
                with self._writing() as connection:
                    self._tables.create(connection)
        except DBAPIError as error:
            self.close()
            self._database.fail(error)
        except BackendError:
            self.close()
            raise

    # --- transactions -----------------------------------------------------------------------------------

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """A transaction that sees one state throughout."""
        self.check_open()
        connection = self._database.call(self._database.engine.connect)
        try:
            yield connection
        finally:
            self._database.call(connection.close)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """A transaction that no other writer shares."""
        self.check_open()
        try:
            with self._database.engine.connect() as plain:
                connection = plain.execution_options(**{WRITES: True})
                with connection.begin():
                    yield connection
        except (DBAPIError, sqlite3.Error) as error:
            self._database.fail(error)

    def rows(self, connection: Connection, statement: Executable, **values: Any) -> Sequence[Any]:
        """The rows of a statement.

        Raises:
            BackendError: If the database fails, or holds a value that is not of its column's type.
        """
        try:
            return self._database.call(lambda: connection.execute(statement, values).all())
        except (TypeError, ValueError) as error:
            raise BackendError(
                f"{self._database.place}：库中有无法读取的值（{error}）",
                remedy="用 verify 找出被改动之处，从备份恢复",
            ) from error

    # --- reading ----------------------------------------------------------------------------------------

    @contextmanager
    def read(self, district: str, known_at: datetime | None = None) -> Iterator[Snapshot]:
        """One state of a district, now or as known at a time; see :meth:`shequ.store.Store.read`.

        A commit was known when its own time and those of all commits before it had come.
        """
        checked_district(district)
        if known_at is not None:
            checked_time("known_at", known_at)
        with self._reading() as connection:
            head = self._head(connection, district) or Head.origin(district)
            snapshot: SqlSnapshot = (
                CurrentSnapshot(self, connection, district)
                if known_at is None
                else PastSnapshot(self, connection, district, self._known(connection, district, head, known_at))
            )
            try:
                yield snapshot
            finally:
                snapshot.close()

    def _head(self, connection: Connection, district: str, *, lock: bool = False) -> Head | None:
        head = self._tables.head
        query = select(head.c.number, head.c.commit, head.c.digest).where(head.c.district == district)
        found = self.rows(connection, query.with_for_update() if lock else query)
        return Head(*found[0]) if found else None

    def _known(self, connection: Connection, district: str, head: Head, known_at: datetime) -> int:
        """Number of the last entry that was known at a time."""
        commit, change = self._tables.commit, self._tables.change
        later = select(func.min(commit.c.commit)).where(
            commit.c.district == district, commit.c.at > known_at.astimezone(UTC).replace(tzinfo=None)
        )
        ((first_unknown,),) = self.rows(connection, later)
        if first_unknown is None:
            return head.number
        known = (
            select(change.c.number)
            .where(change.c.district == district, change.c.commit < first_unknown)
            .order_by(change.c.number.desc())
            .limit(1)
        )
        found = self.rows(connection, known)
        return int(found[0][0]) if found else 0

    def table(self, type: str) -> RecordTable:  # noqa: A002 - the contract's own words
        """The table of a record type.

        Raises:
            UnknownRecordType: If there is no such type.
        """
        return self._tables.records[self.schema[type].name]

    def entries(self, connection: Connection, district: str, *conditions: ColumnElement[bool]) -> list[Entry | None]:
        """The first entries that meet conditions, in order; ``None`` for one whose commit is missing."""
        change, commit = self._tables.change.c, self._tables.commit.c
        query = (
            select(
                change.number, change.commit, commit.at, commit.actor, commit.reason, change.type, change.id,
                change.before_version, change.after, change.salt, change.value_hash, change.digest,
            )
            .select_from(
                self._tables.change.outerjoin(
                    self._tables.commit,
                    and_(commit.district == change.district, commit.commit == change.commit),
                )
            )
            .where(change.district == district, *conditions)
            .order_by(change.number)
            .limit(CHUNK)
        )  # fmt: skip
        return [
            None if row[2] is None else Entry(row[0], row[1], row[2].replace(tzinfo=UTC), *row[3:])
            for row in self.rows(connection, query)
        ]

    def latest(self, connection: Connection, district: str, name: str, upto: int) -> Iterator[Entry]:
        """The last entry of each record of a type, up to a number, in order of id."""
        change = self._tables.change.c
        after = ""
        while True:
            query = (
                select(change.id, func.max(change.number))
                .where(change.district == district, change.type == name, change.id > after, change.number <= upto)
                .group_by(change.id)
                .order_by(change.id)
                .limit(CHUNK)
            )
            page = self.rows(connection, query)
            found = self.entries(connection, district, change.number.in_([number for _, number in page]))
            by_id = {entry.id: entry for entry in found if entry is not None}
            yield from (by_id[id_] for id_, _ in page if id_ in by_id)
            if len(page) < CHUNK:
                return
            after = page[-1][0]

    def entry_of(self, connection: Connection, district: str, name: str, id_: str, upto: int) -> Entry | None:
        """The last entry of one record, up to a number."""
        change = self._tables.change.c
        query = select(func.max(change.number)).where(
            change.district == district, change.type == name, change.id == id_, change.number <= upto
        )
        ((number,),) = self.rows(connection, query)
        found = self.entries(connection, district, change.number == number) if number is not None else []
        return found[0] if found else None

    # --- writing ----------------------------------------------------------------------------------------

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
        writes = session.writes()
        if writes:
            self._commit(district, writes, at=at, actor=actor, reason=reason)

    def _commit(self, district: str, writes: list[Write], *, at: datetime, actor: str, reason: str) -> None:
        tables = self._tables
        with self._writing() as connection:
            kept = self._head(connection, district, lock=True)
            head = kept or Head.origin(district)
            revisions = self._revisions(connection, district, writes)
            if not revisions:
                return
            made = entries(head, revisions, at=at, actor=actor, reason=reason, entropy=self._entropy)
            connection.execute(
                insert(tables.commit),
                {
                    "district": district,
                    "commit": head.commit + 1,
                    "at": at.astimezone(UTC).replace(tzinfo=None),
                    "actor": actor,
                    "reason": reason,
                },
            )
            pairs = zip(revisions, made, strict=True)
            while batch := list(islice(pairs, _BATCH)):
                self._write(connection, district, batch)
                last = batch[-1][1]
                head = Head(last.number, last.commit, last.digest)
            if kept is None:
                connection.execute(insert(tables.head), {"district": district, **attrs.asdict(head)})
            else:
                connection.execute(
                    update(tables.head).where(tables.head.c.district == district).values(attrs.asdict(head))
                )

    def _revisions(self, connection: Connection, district: str, writes: list[Write]) -> list[Revision]:
        """What the writes change, in their order.

        Raises:
            Conflict: If one of them relied on finding something else than is stored.
        """
        versions: dict[tuple[str, str], int | None] = {}
        by_type: dict[str, list[Write]] = {}
        for write in writes:
            by_type.setdefault(write.type.name, []).append(write)
        for name, group in by_type.items():
            table = self._tables.records[name]
            empty = not self.rows(connection, table.page.limit(1), district=district, after="")
            for start in range(0, len(group), CHUNK):
                chunk = group[start : start + CHUNK]
                stored: dict[str, Stored] = {}
                if not empty:
                    rows = self.rows(connection, table.some, district=district, ids=[write.id for write in chunk])
                    stored = {row[1]: table.stored(row) for row in rows}
                for write in chunk:
                    found = stored.get(write.id)
                    if write.changes(found):
                        versions[name, write.id] = None if found is None else found.version
        return [
            Revision(write.type.name, write.id, versions[key], write.record)
            for write in writes
            if (key := (write.type.name, write.id)) in versions
        ]

    def _write(self, connection: Connection, district: str, batch: list[tuple[Revision, Entry]]) -> None:
        """Write entries and the records they tell of."""
        connection.execute(insert(self._tables.change), [_change_values(district, entry) for _, entry in batch])
        for name in dict.fromkeys(revision.type for revision, _ in batch):
            table = self._tables.records[name]
            inserted, updated, deleted = [], [], []
            for revision, entry in batch:
                if revision.type != name:
                    continue
                this = {"the_district": district, "the_id": revision.id}
                if revision.after is None:
                    deleted.append(this)
                    continue
                values = table.values(district, entry.number, revision.after)
                if revision.before is None:
                    inserted.append(values)
                else:
                    del values["district"], values["id"]
                    updated.append({**values, **this})
            for statement, values_list in (
                (table.insert, inserted),
                (table.update, updated),
                (table.delete, deleted),
            ):
                if values_list:
                    connection.execute(statement, values_list)

    # --- history ----------------------------------------------------------------------------------------

    def changes(self, district: str, after: int = 0) -> Iterator[Change]:
        """The feed behind a number; see :meth:`shequ.store.Store.changes`."""
        return self._feed(district, after)

    def history(self, district: str, type: str, id: str) -> Iterator[Change]:  # noqa: A002 - the contract's own words
        """Every change of one record; see :meth:`shequ.store.Store.history`."""
        change = self._tables.change.c
        return self._feed(district, 0, change.type == self.schema[type].name, change.id == id)

    def _feed(self, district: str, after: int, *conditions: ColumnElement[bool]) -> Iterator[Change]:
        """Changes behind a number, up to where the history stands now."""
        checked_district(district)
        with self._reading() as connection:
            head = self._head(connection, district) or Head.origin(district)
        return self._pages(district, after, head.number, *conditions)

    def _pages(self, district: str, after: int, upto: int, *conditions: ColumnElement[bool]) -> Iterator[Change]:
        change = self._tables.change.c
        while True:
            with self._reading() as connection:
                page = self.entries(connection, district, change.number > after, change.number <= upto, *conditions)
                numbers = [entry.before for entry in page if entry is not None and entry.before is not None]
                values = select(change.number, change.after).where(
                    change.district == district, change.number.in_(numbers)
                )
                before = {row[0]: row[1] for row in self.rows(connection, values)}
            for entry in page:
                self.check_open()
                if entry is None:
                    raise BackendError(
                        f"{self._database.place}：{district} 的历史不完整，编号 {after} 之后有变更缺少其提交",
                        remedy="用 verify 找出被改动之处，从备份恢复",
                    )
                yield entry.change(None if entry.before is None else before.get(entry.before))
                after = entry.number
            if len(page) < CHUNK:
                return

    def districts(self) -> tuple[str, ...]:
        """The districts that have a history, in order."""
        with self._reading() as connection:
            return tuple(sorted(row[0] for row in self.rows(connection, select(self._tables.head.c.district))))

    def verify(self, district: str) -> int | None:
        """Check the chain, and the records against it; see :meth:`shequ.store.Store.verify`."""
        checked_district(district)
        with self._reading() as connection:
            misfit = first_misfit(district, self._chain(connection, district), self._head(connection, district))
            if misfit is not None:
                return misfit
            strange = []
            for name, table in self._tables.records.items():
                latest = self.latest(connection, district, name, _NO_BOUND)
                stored = self._legible(connection, district, table)
                strange.append(first_strange_record(table.type.cls, latest, stored))
        return min((number for number in strange if number is not None), default=None)

    def _chain(self, connection: Connection, district: str) -> Iterator[Entry | None]:
        """Every entry in order; ``None`` for one that cannot be read."""
        change = self._tables.change.c
        after = 0
        while True:
            try:
                page = self.entries(connection, district, change.number > after)
            except BackendError:
                page = self._singly(connection, district, after)
            yield from page
            if not page or page[-1] is None:
                return
            after = page[-1].number

    def _singly(self, connection: Connection, district: str, after: int) -> list[Entry | None]:
        """The entry behind a number, ``None`` if it cannot be read."""
        change = self._tables.change.c
        ((number,),) = self.rows(
            connection,
            select(func.min(change.number)).where(change.district == district, change.number > after),
        )
        try:
            return self.entries(connection, district, change.number == number)
        except BackendError:
            return [None]

    def _legible(
        self, connection: Connection, district: str, table: RecordTable
    ) -> Iterator[tuple[str, int, Record | None]]:
        """Id, version and record of all that is stored, in order of id; ``None`` for an unreadable record."""
        id_, version = table.table.c.id, table.table.c.version
        after = ""
        while True:
            query = (
                select(id_, version).where(table.table.c.district == district, id_ > after).order_by(id_).limit(CHUNK)
            )
            page = self.rows(connection, query)
            records: dict[str, Record] = {}
            try:
                rows = self.rows(connection, table.some, district=district, ids=[row[0] for row in page])
                records = {row[1]: table.stored(row).record for row in rows}
            except (BackendError, BadData, ValueError, TypeError):
                for id_found, _ in page:
                    try:
                        (row,) = self.rows(connection, table.one, district=district, id=id_found)
                        records[id_found] = table.stored(row).record
                    except (BackendError, BadData, ValueError, TypeError):
                        continue
            yield from ((id_found, number, records.get(id_found)) for id_found, number in page)
            if len(page) < CHUNK:
                return
            after = page[-1][0]

    def close(self) -> None:
        """Close the connections."""
        self._open = False
        self._database.engine.dispose()

    def check_open(self) -> None:
        """Raise :class:`~shequ.errors.StoreClosed` if it was closed."""
        if not self._open:
            raise StoreClosed(f"the store {self._database.place}")


def _change_values(district: str, entry: Entry) -> dict[str, Any]:
    return {
        "district": district,
        "number": entry.number,
        "commit": entry.commit,
        "type": entry.type,
        "id": entry.id,
        "before_version": entry.before,
        "after": entry.after,
        "salt": entry.salt,
        "value_hash": entry.value_hash,
        "digest": entry.digest,
    }
