"""What is seen in one transaction: the records as they are, or as the history left them."""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from shequ.errors import StoreClosed
from shequ.model import Record
from shequ.model.checks import is_id
from shequ.query import AllOf, Compare, Condition, Field, Question, Select, Tally
from shequ.query.compilation import Compiler
from shequ.store.chain import Entry, restore
from shequ.store.conditions import record_test
from shequ.store.contract import Snapshot, Stored
from shequ.store.sql.aggregates import aggregate
from shequ.store.sql.cells import Steps
from shequ.store.sql.filters import bounds
from shequ.store.sql.statements import Statements
from shequ.store.sql.tables import CHUNK, RecordTable

if TYPE_CHECKING:
    from shequ.store.sql.store import SqlStore

__all__ = ["CurrentSnapshot", "PastSnapshot", "SqlSnapshot"]

_FURTHER = 10_000
"""Rows in each page but the first: whoever wants one record only should not wait for many."""


class SqlSnapshot(Snapshot):
    """What is seen in one transaction."""

    def __init__(self, store: "SqlStore", connection: Connection, district: str) -> None:
        self._store = store
        self._connection = connection
        self._district = district
        self._open = True

    def scan(self, query: Select) -> Iterator[Stored]:
        """The records of a type that meet the condition, if there is one, page by page."""
        self._check_open()
        table = self._store.table(query.type)
        if query.where is None:
            return self._all(table)
        return self._some(table, query.where, record_test(self._store.schema, query, self._referred))

    def _referred(self, type_: str, id_: str) -> Record | None:
        found = self.get(type_, id_)
        return None if found is None else found.record

    @abstractmethod
    def _all(self, table: RecordTable) -> Iterator[Stored]:
        """The records of a table, in order of id."""

    @abstractmethod
    def _some(self, table: RecordTable, where: Condition, meets: Callable[[Any], bool]) -> Iterator[Stored]:
        """Those that meet a condition, given as a test too."""

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
        found = self._store.fetch(self._connection, table, table.one, district=self._district, id=id)
        return found[0] if found else None

    def aggregate(self, questions: Sequence[Question]) -> Sequence[Tally | None]:
        """Answers found by SQL."""
        self._check_open()
        return aggregate(questions, self._statements)

    @cached_property
    def _statements(self) -> Statements:
        return self._store.statements(self._district, self._connection, self._steps, self._check_open)

    @cached_property
    def _taken(self) -> Steps:
        taken = {stored.record.id: stored.record for stored in self.scan(Select("step"))}
        return Compiler(self._store.schema, {"step": taken}.__getitem__).steps()

    def _steps(self) -> Steps:
        """The steps of each card and case, read once."""
        return self._taken

    def _all(self, table: RecordTable) -> Iterator[Stored]:
        return self._paged(lambda **values: self._store.fetch(self._connection, table, table.page, **values))

    def _some(self, table: RecordTable, where: Condition, meets: Callable[[Any], bool]) -> Iterator[Stored]:
        ids = _ids_asked_for(where)
        if ids is not None:
            found = self._of_ids(table, ids)
            return (stored for stored in found if meets(stored.record))
        sql = bounds(self._store.tables, table.table, table.type, where)
        page = table.page.where(sql.over)
        found = self._paged(
            lambda **values: [table.stored(row) for row in self._store.rows(self._connection, page, **values)]
        )
        return found if sql.exact else (stored for stored in found if meets(stored.record))

    def _paged(self, fetch: Callable[..., list[Stored]]) -> Iterator[Stored]:
        after, size, check_store = "", CHUNK, self._store.check_open
        while True:
            self._check_open()
            page = fetch(district=self._district, after=after, size=size)
            for stored in page:
                if not self._open:
                    self._check_open()
                check_store()
                yield stored
            if len(page) < size:
                return
            after, size = page[-1].record.id, _FURTHER
            del page, stored  # before the next page is there: never two in memory

    def _of_ids(self, table: RecordTable, ids: list[str]) -> Iterator[Stored]:
        for start in range(0, len(ids), CHUNK):
            self._check_open()
            chunk = ids[start : start + CHUNK]
            for row in self._store.rows(self._connection, table.some, district=self._district, ids=chunk):
                self._check_open()
                yield table.stored(row)


class PastSnapshot(SqlSnapshot):
    """The records as the history up to a number left them."""

    def __init__(self, store: "SqlStore", connection: Connection, district: str, upto: int) -> None:
        super().__init__(store, connection, district)
        self._upto = upto
        self._forms = store.forms(connection, district)

    def get(self, type: str, id: str) -> Stored | None:  # noqa: A002 - the contract's own words
        """The record, or ``None`` if there is none."""
        self._check_open()
        table = self._store.table(type)
        entry = self._store.log_of.entry_of(self._connection, self._district, table.type.name, id, self._upto)
        return None if entry is None else self._restore(table, entry)

    def aggregate(self, questions: Sequence[Question]) -> Sequence[Tally | None]:
        """None: the history keeps values as text, so the library looks at each state itself."""
        self._check_open()
        return [None] * len(questions)

    def _all(self, table: RecordTable) -> Iterator[Stored]:
        for entry in self._store.log_of.latest(self._connection, self._district, table.type.name, self._upto):
            self._check_open()
            stored = self._restore(table, entry)
            if stored is not None:
                yield stored

    def _restore(self, table: RecordTable, entry: Entry) -> Stored | None:
        return restore(table.type.cls, self._forms.current(entry))

    def _some(self, table: RecordTable, _where: Condition, meets: Callable[[Any], bool]) -> Iterator[Stored]:
        return (stored for stored in self._all(table) if meets(stored.record))


def _ids_asked_for(where: Condition) -> list[str] | None:
    """The ids that a condition names, in order, if it asks for more of them than go into one IN."""
    for part in where.conditions if isinstance(where, AllOf) else (where,):
        match part:
            case Compare(Field("id"), "in", options) if not isinstance(options, str) and len(options) > CHUNK:
                return sorted({option for option in options if isinstance(option, str) and is_id(option)})
    return None
