"""Commits in SQL: who writes locks the district's head, looks at what is stored, and writes all or nothing.

A commit is a list of what is to be written, so it can be tried again from the beginning when the database asks for it
(a deadlock, a lock not got in time, a connection lost). Each attempt begins by locking the head. So if the connection
broke while the answer to a COMMIT was awaited, the next attempt waits until the server has ended that transaction, and
then sees by the digest of its last entry, which no other has, whether it was made.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import chain, islice
from operator import itemgetter
from typing import Any, TypeVar

import attrs
from sqlalchemy import Connection, delete, insert, update

from shequ.codec import bulk, row_writer
from shequ.errors import BackendError
from shequ.model import Record
from shequ.store.chain import Entry, Head, Link, Told
from shequ.store.forms import Marks
from shequ.store.overlay import OverlaySession, Write
from shequ.store.sql.database import Database
from shequ.store.sql.history import History
from shequ.store.sql.reading import Reading
from shequ.store.sql.tables import CHUNK, RecordTable, Tables

__all__ = ["Commits"]

_BATCH = 10_000
"""Entries in one go where they come from a file: bounds memory, and is large enough for what is done once each not to count."""

_LARGE = 1_000
"""Entries from which on a commit may have made tables much longer."""

T = TypeVar("T")
Words = tuple[datetime, str, str]
"""What a commit says of itself: when, who, why."""
Left = tuple[str, int, Record | None]
"""What an entry leaves behind: id, number, and the record as it is then."""
Made = Iterator[tuple[Words, Iterator[tuple[Link, Record | None]]]]
"""Commits, each with its entries, and with each of these the record that it leaves behind."""


@attrs.define
class _Batch:
    """What some entries leave to be written.

    Args:
        last: The last of all entries so far; ``None`` before there is one.
        commits: Rows of the commits that they begin.
        left: By type, in the order of the entries.
        replaced: By type: ids of records that were stored before.
    """

    last: Link | None = None
    commits: list[tuple[Any, ...]] = attrs.Factory(list)
    left: dict[str, list[Left]] = attrs.Factory(dict)
    replaced: dict[str, list[str]] = attrs.Factory(dict)

    def forget(self) -> None:
        """Go on with further entries, now that all that is to be written is."""
        self.commits.clear()
        for of_type in self.left.values():
            of_type.clear()
        self.replaced.clear()


class Commits:
    """Writes commits.

    Args:
        database: The database.
        tables: All tables.
        reading: Runs statements.
        history: Reads the history.
    """

    def __init__(self, database: Database, tables: Tables, reading: Reading, history: History) -> None:
        self._database = database
        self._tables = tables
        self._reading = reading
        self._history = history
        self._to_wipe = False
        self._row_writers: dict[str, Callable[[str, int, Record], tuple[Any, ...]]] = {}

    def make(
        self,
        district: str,
        decide: Callable[[Connection, Head], tuple[T, Made]],
        *,
        after: Callable[[Connection, Head], None] | None = None,
        held: bool = True,
        again: bool = True,
    ) -> T:
        """Make a commit.

        Args:
            district: The district.
            decide: Looks at what is stored, and says what to answer and what to write; nothing if there are no entries.
                What to write is made while the database is at work: nothing else may be asked of the connection then.
            after: What else is to be written in the same transaction once the entries are, with the new head.
            held: Whether it is one commit, which is in memory anyway; else it is never held as a whole.
            again: Whether it can be asked more than once.

        Returns:
            What was decided.
        """
        sent: list[tuple[Head, T]] = []

        def attempt() -> tuple[T, int]:
            unknown = len(sent)
            try:
                found = self._attempt(district, decide, after, sent, held)
                if found is None:
                    self._make_head(district)
                    found = self._attempt(district, decide, after, sent, held)
            except self._database.errors as error:
                if len(sent) > unknown and not self._database.passing(error):
                    sent.pop()  # the database refused to commit it
                raise
            assert found is not None
            return found

        try:
            answer, count = self._database.attempts(attempt, again=again)
        except BackendError as error:
            if sent:
                raise self._unsure() from error
            raise
        if self._to_wipe:
            self.wipe()
        if count >= _LARGE:
            tables = [table.table.name for table in self._tables.records.values()]
            self._database.recount([self._tables.change.name, *tables])
        return answer

    def _attempt(
        self,
        district: str,
        decide: Callable[[Connection, Head], tuple[T, Made]],
        after: Callable[[Connection, Head], None] | None,
        sent: list[tuple[Head, T]],
        held: bool,
    ) -> tuple[T, int] | None:
        """Try once.

        Args:
            district: The district.
            decide: As for :meth:`make`.
            after: As for :meth:`make`.
            sent: New head and answer of an attempt of which it is not known whether it was made; this attempt's own
                are put there before they are committed.
            held: As for :meth:`make`.

        Returns:
            What was decided, and how many entries were written; ``None`` if the district has no head yet, and nothing was
            done.
        """
        with self._database.writing() as connection:
            head = self._history.head(connection, district, lock=True)
            if head is None:
                return None
            if sent:
                last, answer = sent[-1]
                digest = self._history.digest(connection, district, last.number)
                sent.clear()  # now it is known
                if digest == last.digest:
                    return answer, last.number - head.number
            with bulk():
                answer, made = decide(connection, head)
                written = self._write(connection, district, made, held)
            if written is not None:
                if after is not None:
                    after(connection, written)
                sent.append((written, answer))
        return answer, 0 if written is None else written.number - head.number

    def _make_head(self, district: str) -> None:
        """Give a district its head; somebody else may do the same at this moment."""
        try:
            with self._database.writing() as connection:
                origin = attrs.asdict(Head.origin(district))
                connection.execute(insert(self._tables.head), {"district": district, **origin})
        except self._database.errors as error:
            if not self._database.duplicate(error):
                raise

    def _unsure(self) -> BackendError:
        return BackendError(
            f"{self._database.place}：提交时与数据库的连接中断，不能确定是否已写入",
            remedy="待数据库恢复后，用 history 核对，再决定是否重做",
        )

    def wipe(self) -> None:
        """After an erasure: see that nothing of it is left in the database's logs, now or after a later commit."""
        self._to_wipe = not self._database.wipe()

    def finish(self) -> None:
        """Before the store is closed: wipe what is still to be wiped."""
        if self._to_wipe:
            self.wipe()

    # --- what is written ------------------------------------------------------------------------------------

    def _write(self, connection: Connection, district: str, made: Made, held: bool) -> Head | None:
        """Write entries, their commits, the records that they leave behind, and the head.

        An entry is made when the database takes it: a server puts away the one before meanwhile.

        Returns:
            The new head; ``None`` if there was no entry.
        """
        batch = _Batch()
        entries = self._entries(district, made, batch)
        for first in entries:
            of_batch = chain((first,), islice(entries, None if held else _BATCH - 1))
            self._database.insert(connection, self._tables.change, of_batch)
            if batch.commits:
                self._database.insert(connection, self._tables.commit, batch.commits)
            self._write_records(connection, district, batch, several=not held)
            batch.forget()
        if batch.last is None:
            return None
        head, now = self._tables.head, Head(batch.last[0], batch.last[1], batch.last[-1])
        connection.execute(update(head).where(head.c.district == district).values(attrs.asdict(now)))
        return now

    def _entries(self, district: str, made: Made, batch: _Batch) -> Iterator[tuple[Any, ...]]:
        """Rows of the history, one after the other, while the batch is told what else each is to leave behind."""
        known, type_ = None, ""
        keep: Callable[[Left], None]
        for words, of_commit in made:
            for link, record in of_commit:
                batch.last = link
                number, commit, of, id_, before, _, _, _, _ = link
                if commit != known:
                    known = commit
                    at, actor, reason = words
                    batch.commits.append((district, commit, self._database.moment(at), actor, reason))
                if of != type_:
                    type_, keep = of, batch.left.setdefault(of, []).append
                keep((id_, number, record))
                if before is not None:
                    batch.replaced.setdefault(of, []).append(id_)
                yield (district, *link)

    def mark(self, connection: Connection, district: str, marks: Marks) -> None:
        """Say that entries were written by former declarations."""
        mark = self._tables.migration
        kept = self._history.marks(connection, district)
        for (type_, version), number in marks.items():
            if number > kept.get((type_, version), 0):
                key = (mark.c.district == district, mark.c.type == type_, mark.c.version == version)
                connection.execute(delete(mark).where(*key))
                self._database.insert(connection, mark, [(district, type_, version, number)])

    def _write_records(self, connection: Connection, district: str, batch: _Batch, *, several: bool) -> None:
        """Write what is stored after some entries: of each record, what the last of them left behind.

        Args:
            connection: The connection.
            district: The district.
            batch: What the entries left.
            several: Whether there may be several of one record: they are of more than one commit.
        """
        for type_, left in batch.left.items():
            table = self._tables.records[self._tables.today[type_]]
            self._delete(connection, district, table, batch.replaced.get(type_, []))
            row = self._row_writer(table)
            # In order of the key: neighbours go to the same page of the table. Rows are made as the database takes them.
            last = {told[0]: told for told in left}.values() if several else left
            there = sorted(last, key=itemgetter(0))
            rows = (row(district, number, record) for _, number, record in there if record is not None)
            self._database.insert(connection, table.table, rows)

    def _row_writer(self, table: RecordTable) -> Callable[[str, int, Record], tuple[Any, ...]]:
        """The function that makes rows of a table as the driver takes them."""
        found = self._row_writers.get(table.type.name)
        if found is None:
            found = self._row_writers[table.type.name] = row_writer(
                table.type.cls, self._database.adapters(table.table)
            )
        return found

    def _delete(self, connection: Connection, district: str, table: RecordTable, ids: list[str]) -> None:
        for start in range(0, len(ids), CHUNK):
            connection.execute(table.delete, {"district": district, "ids": ids[start : start + CHUNK]})

    # --- what is decided ------------------------------------------------------------------------------------

    def revisions(self, connection: Connection, district: str, session: OverlaySession) -> list[Told]:
        """What a session changes, in the order in which it first wrote the records.

        Raises:
            Conflict: If it relied on finding something else than is stored.
        """
        pending, new = session.pending(), set()
        compared: dict[tuple[str, str], int | None] = {}
        for name in {name: None for name, _ in pending}:
            table = self._tables.records[name]
            if self._reading.fetch(connection, table, table.page, district=district, after="", size=1):
                ids = [id_ for of, id_ in pending if of == name]
                compared.update(self._compared(connection, district, table, ids, session))
            else:
                new.add(name)
        revisions: list[Told] = []
        for key, told in pending.items():
            name, id_ = key
            if name not in new:
                if key in compared:
                    revisions.append((name, id_, compared[key], session.write_of(key).record))
            elif not isinstance(told, Write):
                revisions.append((name, id_, None, told))
            elif told.changes(None):
                revisions.append((name, id_, None, told.record))
        return revisions

    def _compared(
        self, connection: Connection, district: str, table: RecordTable, ids: list[str], session: OverlaySession
    ) -> Iterator[tuple[tuple[str, str], int | None]]:
        """The records of a type that a session changes, each with the version that is stored."""
        name = table.type.name
        for start in range(0, len(ids), CHUNK):
            chunk = ids[start : start + CHUNK]
            rows = self._reading.rows(connection, table.some, district=district, ids=chunk)
            stored = {row[1]: table.stored(row) for row in rows}
            for id_ in chunk:
                found = stored.get(id_)
                if session.write_of((name, id_)).changes(found):
                    yield (name, id_), None if found is None else found.version

    def latest(
        self, connection: Connection, district: str, keys: Iterable[tuple[str, str]]
    ) -> dict[tuple[str, str], Entry]:
        """The last entry of each record that has one."""
        return {
            (name, entry.id): entry
            for name, ids in _by_type(keys).items()
            for entry in self._history.latest_of(connection, district, name, ids)
        }

    def blank(self, connection: Connection, district: str, keys: Iterable[tuple[str, str]]) -> int:
        """Take values and salts of records out of the history.

        Returns:
            How many entries had any.
        """
        change, blanked = self._tables.change, 0
        for name, ids in _by_type(keys).items():
            for start in range(0, len(ids), CHUNK):
                chunk = ids[start : start + CHUNK]
                these = (change.c.district == district, self._tables.is_of(name), change.c.id.in_(chunk))
                query = update(change).where(*these, change.c.salt.is_not(None)).values(after=None, salt=None)
                blanked += connection.execute(query).rowcount
        return blanked


def _by_type(keys: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name, id_ in keys:
        found[name].append(id_)
    return found
