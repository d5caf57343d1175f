"""The history in SQL: heads, commits and changes, read in one transaction of the caller's."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, select

from shequ.errors import BackendError
from shequ.store.chain import Entry, Head
from shequ.store.sql.reading import Reading
from shequ.store.sql.tables import CHUNK, Tables

__all__ = ["History"]


class History:
    """Reads the history.

    Args:
        tables: All tables.
        reading: Runs statements.
    """

    def __init__(self, tables: Tables, reading: Reading) -> None:
        self._tables = tables
        self._rows = reading.rows

    def head(self, connection: Connection, district: str, *, lock: bool = False) -> Head | None:
        """Where a district's history stands; locked until the transaction ends, if asked for.

        Returns:
            ``None`` if the district has no head; one that has no history yet may have one.
        """
        head = self._tables.head
        query = select(head.c.number, head.c.commit, head.c.digest).where(head.c.district == district)
        found = self._rows(connection, query.with_for_update() if lock else query)
        return Head(*found[0]) if found else None

    def digest(self, connection: Connection, district: str, number: int) -> str | None:
        """The digest of an entry; ``None`` if there is no such entry."""
        change = self._tables.change.c
        query = select(change.digest).where(change.district == district, change.number == number)
        found = self._rows(connection, query)
        return str(found[0][0]) if found else None

    def districts(self, connection: Connection) -> list[str]:
        """The districts that have a history, in order."""
        head = self._tables.head.c
        return sorted(row[0] for row in self._rows(connection, select(head.district).where(head.number > 0)))

    def known(self, connection: Connection, district: str, head: Head, known_at: datetime) -> int:
        """Number of the last entry that was known at a time."""
        commit, change = self._tables.commit, self._tables.change
        later = select(func.min(commit.c.commit)).where(
            commit.c.district == district, commit.c.at > known_at.astimezone(UTC).replace(tzinfo=None)
        )
        ((first_unknown,),) = self._rows(connection, later)
        if first_unknown is None:
            return head.number
        known = (
            select(change.c.number)
            .where(change.c.district == district, change.c.commit < first_unknown)
            .order_by(change.c.number.desc())
            .limit(1)
        )
        found = self._rows(connection, known)
        return int(found[0][0]) if found else 0

    def marks(self, connection: Connection, district: str) -> dict[tuple[str, int], int]:
        """Type and version → number of the last entry from before that version."""
        if not self._tables.schema.migrations:
            return {}
        mark = self._tables.migration.c
        query = select(mark.type, mark.version, mark.number).where(mark.district == district)
        return {(row[0], row[1]): row[2] for row in self._rows(connection, query)}

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
            for row in self._rows(connection, query)
        ]

    def values(self, connection: Connection, district: str, numbers: Iterable[int]) -> dict[int, str | None]:
        """The values that entries brought, by their number: canonical JSON, at most a page of them."""
        change = self._tables.change.c
        query = select(change.number, change.after).where(change.district == district, change.number.in_(list(numbers)))
        return {row[0]: row[1] for row in self._rows(connection, query)}

    def latest(self, connection: Connection, district: str, name: str, upto: int) -> Iterator[Entry]:
        """The last entry of each record of a type, up to a number, in order of id."""
        change = self._tables.change.c
        after = ""
        while True:
            query = (
                select(change.id, func.max(change.number))
                .where(change.district == district, self._tables.is_of(name), change.id > after, change.number <= upto)
                .group_by(change.id)
                .order_by(change.id)
                .limit(CHUNK)
            )
            page = self._rows(connection, query)
            yield from self._in_order(connection, district, page)
            if len(page) < CHUNK:
                return
            after = page[-1][0]

    def latest_of(self, connection: Connection, district: str, name: str, ids: list[str]) -> Iterator[Entry]:
        """The last entry of each of some records of a type that have one."""
        change = self._tables.change.c
        for start in range(0, len(ids), CHUNK):
            query = (
                select(change.id, func.max(change.number))
                .where(change.district == district, self._tables.is_of(name), change.id.in_(ids[start : start + CHUNK]))
                .group_by(change.id)
            )
            yield from self._in_order(connection, district, self._rows(connection, query))

    def _in_order(self, connection: Connection, district: str, page: Any) -> Iterator[Entry]:
        found = self.entries(connection, district, self._tables.change.c.number.in_([number for _, number in page]))
        by_id = {entry.id: entry for entry in found if entry is not None}
        return (by_id[id_] for id_, _ in page if id_ in by_id)

    def entry_of(self, connection: Connection, district: str, name: str, id_: str, upto: int) -> Entry | None:
        """The last entry of one record, up to a number."""
        change = self._tables.change.c
        query = select(func.max(change.number)).where(
            change.district == district, self._tables.is_of(name), change.id == id_, change.number <= upto
        )
        ((number,),) = self._rows(connection, query)
        found = self.entries(connection, district, change.number == number) if number is not None else []
        return found[0] if found else None

    def chain(self, connection: Connection, district: str) -> Iterator[Entry | None]:
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
        ((number,),) = self._rows(
            connection,
            select(func.min(change.number)).where(change.district == district, change.number > after),
        )
        try:
            return self.entries(connection, district, change.number == number)
        except BackendError:
            return [None]
