"""The store behind SQLAlchemy Core: one transaction a commit, one a snapshot.

Narrow SQL, so that many databases can serve: no upsert, no RETURNING, no OFFSET, at most
:data:`~shequ.store.sql.tables.CHUNK` values in an IN.
What holds for one kind of database only stands in its class of :class:`~shequ.store.sql.database.Database`.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, Executable, make_url, select
from sqlalchemy.exc import ArgumentError

from shequ.errors import BackendError, BadData, Misuse, StoreClosed
from shequ.model import RECORD_TYPES, Record, Schema
from shequ.store.chain import (
    Entropy,
    Entry,
    Head,
    erasures,
    first_misfit,
    first_strange_record,
    following,
    links,
)
from shequ.store.contract import Change, Session, Snapshot, Store
from shequ.store.forms import Former, Forms, marked, raised, told
from shequ.store.overlay import OverlaySession, checked_district, checked_time, checked_words
from shequ.store.sql.cells import Steps
from shequ.store.sql.commits import Commits, Made
from shequ.store.sql.database import Database, masked
from shequ.store.sql.history import History
from shequ.store.sql.migration import bring_up
from shequ.store.sql.mysql import MySQL
from shequ.store.sql.postgresql import PostgreSQL
from shequ.store.sql.reading import Reading
from shequ.store.sql.snapshots import CurrentSnapshot, PastSnapshot, SqlSnapshot
from shequ.store.sql.sqlite import SQLite
from shequ.store.sql.statements import Statements
from shequ.store.sql.tables import CHUNK, RecordTable, Tables

__all__ = ["SqlStore"]

_NO_BOUND = 2**63 - 1
_KINDS: dict[str, type[Database]] = {
    "sqlite": SQLite,
    **dict.fromkeys(PostgreSQL.schemes, PostgreSQL),
    **dict.fromkeys(MySQL.schemes, MySQL),
}


def _database(url: str) -> Database:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise Misuse(f"存储地址 {masked(url)!r} 不合格式", remedy="写成 sqlite:///street.db") from error
    if parsed.drivername not in _KINDS:
        raise Misuse(
            f"存储地址 {masked(url)!r} 不合格式", remedy=f"可用的方案：{'、'.join(_KINDS)}；例如 sqlite:///street.db"
        )
    return _KINDS[parsed.drivername](parsed)


class SqlStore(Store):
    """Keeps records in an SQL database; threads and processes may share it.

    Args:
        url: ``sqlite:///path``, ``postgresql+psycopg://…``, ``mysql+pymysql://…``, ``mariadb+pymysql://…``.
        schema: The record types it keeps; the library's own by default.
        entropy: Gives the salts of the hash chain.

    Raises:
        Misuse: If the URL is not of a form that is served.
        MissingExtra: If the database's driver is not installed.
        BackendError: If the database cannot be opened, or was written by a newer version.
    """

    capabilities = frozenset({"durable", "multi_process", "known_at", "filter", "aggregate", "replay"})

    def __init__(self, url: str, schema: Schema | None = None, *, entropy: Entropy = secrets.token_bytes) -> None:
        self.schema = Schema(RECORD_TYPES) if schema is None else schema
        self._entropy = entropy
        self._open = True
        self._database = _database(url)
        try:
            self._database.prepare()
            self.tables = Tables.of(self.schema, self._database.table_options)
            self.undeclared = self._database.attempts(lambda: bring_up(self._database, self.tables, self.schema))
            """Tables and columns that no declaration names any more (``shequ_pile``, ``shequ_thing.note``): they stay."""
        except BaseException:
            self._database.close()
            raise
        reading = Reading(self._database)
        self.rows, self.fetch = reading.rows, reading.fetch
        self.log_of = History(self.tables, reading)
        self._commits = Commits(self._database, self.tables, reading, self.log_of)

    # --- reading ----------------------------------------------------------------------------------------

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """A transaction that sees one state throughout."""
        self.check_open()
        with self._database.reading() as connection:
            yield connection

    @contextmanager
    def read(self, district: str, known_at: datetime | None = None) -> Iterator[Snapshot]:
        """One state of a district, now or as known at a time; see :meth:`shequ.store.Store.read`."""
        checked_district(district)
        if known_at is not None:
            checked_time("known_at", known_at)
        with self._reading() as connection:
            # Asked for in any case: on some databases the first statement decides which state is seen.
            head = self.log_of.head(connection, district) or Head.origin(district)
            snapshot: SqlSnapshot = (
                CurrentSnapshot(self, connection, district)
                if known_at is None
                else PastSnapshot(self, connection, district, self.log_of.known(connection, district, head, known_at))
            )
            try:
                yield snapshot
            finally:
                snapshot.close()

    def table(self, type: str) -> RecordTable:  # noqa: A002 - the contract's own words
        """The table of a record type.

        Raises:
            UnknownRecordType: If there is no such type.
        """
        return self.tables.records[self.schema[type].name]

    def statements(
        self,
        district: str,
        connection: Connection,
        steps: Callable[[], Steps],
        check_open: Callable[[], None],
    ) -> Statements:
        """What evaluates questions about a district in a transaction, as long as that is open."""

        def rows(statement: Executable) -> Sequence[Any]:
            check_open()
            return self.rows(connection, statement)

        return Statements(self.tables, district, rows, self._database, steps)

    def changes(self, district: str, after: int = 0) -> Iterator[Change]:
        """The feed behind a number; see :meth:`shequ.store.Store.changes`."""
        return self._feed(district, after)

    def history(self, district: str, type: str, id: str) -> Iterator[Change]:  # noqa: A002 - the contract's own words
        """Every change of one record; see :meth:`shequ.store.Store.history`."""
        return self._feed(district, 0, self.tables.is_of(self.schema[type].name), self.tables.change.c.id == id)

    def deletions(self, district: str, type: str) -> Iterator[Change]:  # noqa: A002 - the contract's own words
        """What took records of a type away; see :meth:`shequ.store.Store.deletions`."""
        change = self.tables.change.c
        return self._feed(district, 0, self.tables.is_of(self.schema[type].name), change.value_hash.is_(None))

    def log(self, district: str, after: int = 0) -> Iterator[Entry]:
        """The history as it is kept, behind a number; see :meth:`shequ.store.Store.log`."""
        pages = self._pages(district, after, self._now(district))
        return (entry for page, _, _ in pages for entry in page)

    def former(self, district: str) -> Former:
        """What former declarations wrote; see :meth:`shequ.store.Store.former`."""
        checked_district(district)
        with self._reading() as connection:
            head = self.log_of.head(connection, district) or Head.origin(district)
            return told(self.schema, self.log_of.marks(connection, district), head.number)

    def forms(self, connection: Connection, district: str) -> Forms:
        """Reads a district's history in the form of today."""
        return Forms(self.schema, self.log_of.marks(connection, district))

    def _feed(self, district: str, after: int, *conditions: ColumnElement[bool]) -> Iterator[Change]:
        """Changes behind a number, up to where the history stands now."""
        pages = self._pages(district, after, self._now(district), *conditions, values=True)
        return (_change(forms, entry, before) for page, before, forms in pages for entry in page)

    def _now(self, district: str) -> int:
        """Number of a district's last entry."""
        checked_district(district)
        with self._reading() as connection:
            return (self.log_of.head(connection, district) or Head.origin(district)).number

    def _pages(
        self, district: str, after: int, upto: int, *conditions: ColumnElement[bool], values: bool = False
    ) -> Iterator[tuple[Iterator[Entry], dict[int, str | None], Forms]]:
        """Entries behind a number, if asked for the values of those that they tell of as the ones before, their forms."""
        change = self.tables.change.c
        while True:
            with self._reading() as connection:
                page = self.log_of.entries(
                    connection, district, change.number > after, change.number <= upto, *conditions
                )
                numbers = [entry.before for entry in page if entry is not None and entry.before is not None]
                before = self.log_of.values(connection, district, numbers) if values and numbers else {}
                forms = self.forms(connection, district)
            yield self._whole(district, page), before, forms
            if len(page) < CHUNK:
                return
            assert page[-1] is not None
            after = page[-1].number

    def _whole(self, district: str, page: list[Entry | None]) -> Iterator[Entry]:
        """The entries of a page, of which none may be missing its commit."""
        after = 0
        for entry in page:
            self.check_open()
            if entry is None:
                raise BackendError(
                    f"{self._database.place}：{district} 的历史不完整，编号 {after} 之后有变更缺少其提交",
                    remedy="用 verify 找出被改动之处，从备份恢复",
                )
            yield entry
            after = entry.number

    def districts(self) -> tuple[str, ...]:
        """The districts that have a history, in order."""
        with self._reading() as connection:
            return tuple(self.log_of.districts(connection))

    def verify(self, district: str) -> int | None:
        """Check the chain, and the records against it; see :meth:`shequ.store.Store.verify`."""
        checked_district(district)
        with self._reading() as connection:
            kept = self.log_of.chain(connection, district)
            misfit = first_misfit(district, kept, self.log_of.head(connection, district))
            if misfit is not None:
                return misfit
            strange = []
            forms = self.forms(connection, district)
            for name, table in self.tables.records.items():
                latest = forms.legible(self.log_of.latest(connection, district, name, _NO_BOUND))
                stored = self._legible(connection, district, table)
                strange.append(first_strange_record(table.type.cls, latest, stored))
        return min((number for number in strange if number is not None), default=None)

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

    # --- writing ----------------------------------------------------------------------------------------

    @contextmanager
    def session(self, district: str, *, actor: str, reason: str, at: datetime) -> Iterator[Session]:
        """Changes to one district; see :meth:`shequ.store.Store.session`."""
        _check(actor, reason, at)
        with self.read(district) as snapshot:
            session = OverlaySession(self.schema, snapshot)
            try:
                yield session
            finally:
                session.close()
        if not session.pending():
            return
        self.check_open()

        def decide(connection: Connection, head: Head) -> tuple[None, Made]:
            revisions = self._commits.revisions(connection, district, session)
            made = links(head, revisions, at=at, actor=actor, reason=reason, entropy=self._entropy)
            records = map(itemgetter(3), revisions)
            return None, iter([((at, actor, reason), zip(made, records, strict=True))])

        self._commits.make(district, decide)

    def erase(self, district: str, keys: Iterable[tuple[str, str]], *, actor: str, reason: str, at: datetime) -> int:
        """Erase the values of records; see :meth:`shequ.store.Store.erase`.

        What the database itself keeps for a while (deleted rows until it tidies up, its logs, backups) is the
        administrator's; of an SQLite file the bytes are overwritten, and its log is emptied as soon as nobody reads an
        older state.
        """
        checked_district(district)
        _check(actor, reason, at)
        self.check_open()
        wanted = list(dict.fromkeys((self.schema[type_].name, id_) for type_, id_ in keys))

        def decide(connection: Connection, head: Head) -> tuple[int, Made]:
            revisions = erasures(wanted, self._commits.latest(connection, district, wanted))
            blanked = self._commits.blank(connection, district, wanted)
            made = links(head, revisions, at=at, actor=actor, reason=reason, entropy=self._entropy)
            return blanked, iter([((at, actor, reason), ((link, None) for link in made))])

        blanked = self._commits.make(district, decide) if wanted else 0
        if wanted:
            self._commits.wipe()
        return blanked

    def replay(self, district: str, entries: Iterable[Entry], former: Former | None = None) -> None:
        """Append whole commits as another store kept them; see :meth:`shequ.store.Store.replay`."""
        checked_district(district)
        self.check_open()

        given = {} if former is None else marked(self.schema, former, _NO_BOUND)

        def decide(connection: Connection, head: Head) -> tuple[None, Made]:
            forms = Forms(self.schema, raised(self.log_of.marks(connection, district), given))
            made = following(head, entries, self.schema, forms)
            return None, (
                ((entry.at, entry.actor, entry.reason), iter([(entry.link, None if stored is None else stored.record)]))
                for entry, stored in made
            )

        def after(connection: Connection, head: Head) -> None:
            self._commits.mark(connection, district, {key: min(given[key], head.number) for key in given})

        self._commits.make(district, decide, after=after, held=False, again=False)

    def close(self) -> None:
        """Close the connections."""
        if self._open:
            self._commits.finish()
        self._open = False
        self._database.close()

    def discard(self) -> None:
        """Close the connections; a file that was made here, and in which nothing was stored, is taken away."""
        self.close()
        self._database.unmake()

    def check_open(self) -> None:
        """Raise :class:`~shequ.errors.StoreClosed` if it was closed."""
        if not self._open:
            raise StoreClosed(f"the store {self._database.place}")


def _change(forms: Forms, entry: Entry, before: Mapping[int, str | None]) -> Change:
    """An entry as readers see it, in the form of today."""
    if entry.before is None:
        return forms.current(entry).change(None)
    return forms.current(entry).change(forms.values(entry.type, entry.before, before.get(entry.before)))


def _check(actor: str, reason: str, at: datetime) -> None:
    checked_words("actor", actor)
    checked_words("reason", reason)
    checked_time("at", at)
