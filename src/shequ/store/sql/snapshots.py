"""What is seen in one transaction: the records as they are, or as the history left them."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from shequ.errors import StoreClosed, Unsupported
from shequ.query import Select
from shequ.store.chain import restore
from shequ.store.contract import Snapshot, Stored
from shequ.store.sql.tables import CHUNK, RecordTable

if TYPE_CHECKING:
    from shequ.store.sql.store import SqlStore

__all__ = ["CurrentSnapshot", "PastSnapshot", "SqlSnapshot"]


class SqlSnapshot(Snapshot):
    """What is seen in one transaction."""

    def __init__(self, store: "SqlStore", connection: Connection, district: str) -> None:
        self._store = store
        self._connection = connection
        self._district = district
        self._open = True

    def scan(self, query: Select) -> Iterator[Stored]:
        """The records of a type, page by page."""
        self._check_open()
        if query.where is not None:
            raise Unsupported("filter", type(self._store).__name__)
        return self._pages(self._store.table(query.type))

    @abstractmethod
    def _pages(self, table: RecordTable) -> Iterator[Stored]:
        """The records of a table, in order of id."""

    def close(self) -> None:
        """The transaction is over; nothing can be seen any more."""
        self._open = False

    def _check_open(self) -> None:
        if not self._open:
            raise StoreClosed("the snapshot")
        self._store.check_open()


class CurrentSnapshot(SqlSnapshot):
    """The records as they are."""

    def get(self, type: str, id: str) -> Stored | None:  # noqa: A002 - the contract's own words
        """The record, or ``None`` if there is none."""
        self._check_open()
        table = self._store.table(type)
        found = self._store.rows(self._connection, table.one, district=self._district, id=id)
        return table.stored(found[0]) if found else None

    def _pages(self, table: RecordTable) -> Iterator[Stored]:
        after = ""
        while True:
            self._check_open()
            page = self._store.rows(self._connection, table.page, district=self._district, after=after)
            for row in page:
                self._check_open()
                yield table.stored(row)
            if len(page) < CHUNK:
                return
            after = page[-1][1]


class PastSnapshot(SqlSnapshot):
    """The records as the history up to a number left them."""

    def __init__(self, store: "SqlStore", connection: Connection, district: str, upto: int) -> None:
        super().__init__(store, connection, district)
        self._upto = upto

    def get(self, type: str, id: str) -> Stored | None:  # noqa: A002 - the contract's own words
        """The record, or ``None`` if there is none."""
        self._check_open()
        table = self._store.table(type)
        entry = self._store.entry_of(self._connection, self._district, table.type.name, id, self._upto)
        return None if entry is None else restore(table.type.cls, entry)

    def _pages(self, table: RecordTable) -> Iterator[Stored]:
        for entry in self._store.latest(self._connection, self._district, table.type.name, self._upto):
            self._check_open()
            stored = restore(table.type.cls, entry)
            if stored is not None:
                yield stored
