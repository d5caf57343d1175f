"""How statements are run, so that what the database says and what it holds are told apart."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Executable, Select

from shequ.errors import BackendError
from shequ.store.contract import Stored
from shequ.store.sql.database import Database
from shequ.store.sql.prepared import Prepared
from shequ.store.sql.tables import RecordTable

__all__ = ["Reading"]

T = TypeVar("T")


class Reading:
    """Runs statements that read.

    Args:
        database: The database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._prepared: dict[Select[Any], Prepared] = {}

    def rows(self, connection: Connection, statement: Executable, **values: Any) -> Sequence[Any]:
        """The rows of a statement.

        Raises:
            BackendError: If the database fails, or holds a value that is not of its column's type.
        """
        return self._legible(lambda: connection.execute(statement, values).all())

    def fetch(self, connection: Connection, table: RecordTable, statement: Select[Any], **values: Any) -> list[Stored]:
        """The records of a statement of a table, which is compiled once and kept.

        Raises:
            BackendError: As for :meth:`rows`.
        """
        prepared = self._prepared.get(statement)
        if prepared is None:
            prepared = self._prepared[statement] = Prepared.of(table.type.cls, statement, self._database.engine.dialect)
        return self._legible(lambda: prepared.fetch(connection, values))

    def _legible(self, action: Callable[[], T]) -> T:
        try:
            return self._database.call(action)
        except (TypeError, ValueError) as error:
            raise BackendError(
                f"{self._database.place}：库中有无法读取的值（{error}）",
                remedy="用 verify 找出被改动之处，从备份恢复",
            ) from error
