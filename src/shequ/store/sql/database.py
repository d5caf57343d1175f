"""What the store needs of one kind of database, and what all kinds have in common.

A kind of database has a class of its own beside this module, and in it everything that holds for it only: its URL, its
connections, how a transaction begins, what its errors mean. Nothing else in the store asks which one it is.
"""

import re
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import reduce
from itertools import islice
from operator import add
from typing import Any, ClassVar, NoReturn, TypeVar

import attrs
from sqlalchemy import URL, BigInteger, ColumnElement, Connection, Engine, Executable, Table, func, insert, literal
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from shequ.errors import BackendError
from shequ.store.sql.tables import CHUNK

__all__ = ["WRITES", "Database", "Fault", "Lost", "masked"]

WRITES = "shequ_writes"
"""Execution option of a connection that will write."""

T = TypeVar("T")


@attrs.frozen
class Fault:
    """What an error of a database means.

    Args:
        what: What is wrong, in the reader's words.
        remedy: What to do.
        again: Whether the same may succeed when it is tried again at once.
        read_only: Whether it says that nothing can be written, although all can be read.
    """

    what: str
    remedy: str
    again: bool = False
    read_only: bool = False


Lost = Fault("与数据库的连接中断", "待数据库恢复后再试", again=True)
"""The connection is gone; another one may do."""
_ROWS = 10_000
"""Rows that a driver is given at a time."""
_UNKNOWN = Fault("数据库出错", "核对数据库后再试；仍不行则从备份恢复")


class Database(ABC):
    """One database.

    Args:
        url: Where it is.
    """

    wait_seconds: ClassVar[float] = 30
    """How long a writer waits for another one."""
    transactional_ddl: ClassVar[bool] = True
    """Whether changes to tables are undone when the transaction is."""
    pauses: ClassVar[tuple[float, ...]] = ()
    """How long to wait before each further attempt at what the database asks to be tried again."""
    place: str
    """Where it is, for messages: never with a password."""
    engine: Engine
    driver: type[Exception]
    """Base of the driver's own errors."""

    def __init__(self, url: URL) -> None:
        self.place = self._place(url)
        self.engine = self._engine(url)
        self.table_options: Mapping[str, Any] = {}
        self._closed = False

    # --- what each kind says for itself ---------------------------------------------------------------------

    @abstractmethod
    def _place(self, url: URL) -> str:
        """Where it is, for messages; a URL that is not of a form that is served is misuse."""

    @abstractmethod
    def _engine(self, url: URL) -> Engine:
        """An engine whose ``begin`` starts a snapshot, or what a writer needs if :data:`WRITES` is set."""

    @abstractmethod
    def prepare(self) -> None:
        """Look whether the database can be used, and set :attr:`table_options`.

        Raises:
            BackendError: If it cannot.
        """

    @abstractmethod
    def fault(self, cause: BaseException) -> Fault | None:
        """What an error of the driver means; ``None`` if it is not known."""

    @abstractmethod
    def is_duplicate(self, cause: BaseException) -> bool:
        """Whether an error of the driver says that a key is there already."""

    @contextmanager
    def alone(self, _connection: Connection) -> Iterator[None]:
        """Nobody else makes or changes tables; where a writing transaction ensures that, nothing is to be done."""
        yield

    def adapters(self, table: Table) -> dict[str, Callable[[Any], Any]]:  # noqa: ARG002 - for kinds that need it
        """How values that are not ``None`` are given to :meth:`insert`, by field, where not as they are."""
        return {}

    def moment(self, at: datetime) -> Any:
        """A point in time, as :meth:`insert` is given it."""
        return at.astimezone(UTC).replace(tzinfo=None)

    def insert(self, connection: Connection, table: Table, rows: Iterable[tuple[Any, ...]]) -> None:
        """Insert rows, each with a value for every column of the table, in their order, as the driver takes it."""
        names, statement, left = table.columns.keys(), insert(table), iter(rows)
        while given := [dict(zip(names, row, strict=True)) for row in islice(left, _ROWS)]:
            connection.execute(statement, given)

    def carried(self, bits: Sequence[ColumnElement[Any] | None]) -> list[ColumnElement[Any]]:
        """The columns by which a row brings :meth:`union` its bits, each its number or 0; ``None`` of one that no row has."""
        return [literal(0, BigInteger) if bit is None else bit for bit in bits]

    def union(self, columns: Sequence[ColumnElement[Any]]) -> ColumnElement[Any]:
        """Aggregate of the bits that any row has, of the columns that :meth:`carried` made."""
        return reduce(add, (func.max(column) for column in columns))

    def grouped(self, run: Callable[[Executable], Sequence[Any]], statement: Executable) -> Sequence[Any]:
        """The rows of a statement that groups whole tables.

        Args:
            run: Runs statements in the transaction.
            statement: The statement.
        """
        return run(statement)

    def among(self, column: ColumnElement[Any], values: Sequence[str]) -> list[ColumnElement[bool]]:
        """Conditions, each for a statement of its own, that a column has one of very many values; none of no values."""
        return [column.in_(values[at : at + CHUNK]) for at in range(0, len(values), CHUNK)]

    def gathered(self, columns: Sequence[ColumnElement[Any]]) -> Sequence[ColumnElement[Any]] | None:  # noqa: ARG002 - for kinds that can
        """Aggregates that gather the values of each column in a list, all in one order; ``None`` if there are none."""
        return None

    def sums(self, column: ColumnElement[Any]) -> tuple[ColumnElement[Any], ...]:
        """Aggregates that :meth:`total` makes the sum of a column of whole numbers of, however many there are."""
        return (func.sum(column),)

    def total(self, sums: Sequence[Any]) -> int:
        """The exact sum; 0 of nothing."""
        return int(sums[0] or 0)

    def wipe(self) -> bool:
        """After an erasure: see that what was erased is not left in the database's own logs.

        Returns:
            Whether that is done; if not, it is to be asked for again after the next commit.
        """
        return True

    def recount(self, tables: Sequence[str]) -> None:  # noqa: B027 - most need nothing
        """After a large commit: see that the database plans with the tables as long as they are now."""

    # --- what they have in common -------------------------------------------------------------------------------

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """What the database may raise."""
        return SQLAlchemyError, self.driver

    def call(self, action: Callable[[], T]) -> T:
        """Do something with the database.

        Raises:
            BackendError: If it fails.
        """
        try:
            return action()
        except self.errors as error:
            self.fail(error)

    def meaning(self, error: BaseException) -> Fault | None:
        """What an error means, SQLAlchemy's or the driver's; ``None`` if it is not known."""
        return self.fault(_cause(error))

    def passing(self, error: BaseException) -> bool:
        """Whether the same may succeed when it is tried again at once."""
        cause = error.__cause__ if isinstance(error, BackendError) else error
        fault = None if cause is None else self.meaning(cause)
        return fault is not None and fault.again

    def read_only(self, error: BaseException) -> Fault | None:
        """What an error means, if it says that nothing can be written, although all can be read."""
        cause = error.__cause__ if isinstance(error, BackendError) else error
        fault = None if cause is None else self.meaning(cause)
        return fault if fault is not None and fault.read_only else None

    def attempts(self, attempt: Callable[[], T], *, again: bool = True) -> T:
        """Do something, and do it again as often as the database may ask for it.

        Raises:
            BackendError: If it fails in the end.
        """
        failures: tuple[type[Exception], ...] = (BackendError, *self.errors)
        pauses = iter(self.pauses if again else ())
        while True:
            try:
                return attempt()
            except failures as error:
                pause = next(pauses, None) if self.passing(error) else None
                if pause is None:
                    if isinstance(error, BackendError):
                        raise
                    self.fail(error)
            time.sleep(pause)

    def fail(self, error: BaseException) -> NoReturn:
        """Say what failed, where, and what to do."""
        fault = self.meaning(error) or _UNKNOWN
        cause = " ".join(str(_cause(error)).split())
        raise BackendError(f"{self.place}：{fault.what}（{cause}）", remedy=fault.remedy) from error

    def duplicate(self, error: BaseException) -> bool:
        """Whether an error says that a key is there already."""
        return self.is_duplicate(_cause(error))

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state throughout."""
        connection = self.call(self.engine.connect)
        try:
            self.call(connection.begin)
            yield connection
        finally:
            self._leave(connection)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that sees what is committed; it raises the database's own errors."""
        plain = self.engine.connect()
        try:
            connection = plain.execution_options(**{WRITES: True})
            transaction = connection.begin()
            yield connection
            transaction.commit()
        finally:
            self._leave(plain)

    def unmake(self) -> None:
        """After closing, take away what was made here and never written to; nothing, where databases are made by others."""
        assert self._closed

    def close(self) -> None:
        """Close the connections: those that lie idle now, those in use when they are given back."""
        self._closed = True
        self.engine.dispose()

    def _leave(self, connection: Connection) -> None:
        """Give a connection back, whatever state it is in; what was not committed is rolled back."""
        if self._closed:
            connection.invalidate()  # there is no pool any more that would close it
        try:
            connection.close()
        except self.errors:
            # It cannot even be rolled back, so it is dead, and the server does the same on its side.
            if not connection.closed:
                connection.invalidate()


def _cause(error: BaseException) -> BaseException:
    """What the driver said."""
    return error.orig if isinstance(error, DBAPIError) and error.orig is not None else error


def masked(url: str) -> str:
    """A URL as it was written, without what could be a password."""
    return re.sub(r"//.*@", "//***@", url)
