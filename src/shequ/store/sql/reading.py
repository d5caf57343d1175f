"""How statements are run, so that what the database says and what it holds are told apart."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, Executable, Select

from shequ.errors import BackendError
from shequ.store.sql.database import Database
from shequ.store.sql.prepared import Prepared

__all__ = ["Reading"]


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

    def fetch(self, connection: Connection, statement: Select[Any], **values: Any) -> Sequence[Any]:
        """The same, faster, for a statement that stays: it is compiled once and kept."""
        if statement not in self._prepared:
            self._prepared[statement] = Prepared.of(statement, self._database.engine.dialect)
        prepared = self._prepared[statement]
        return self._legible(lambda: prepared.fetch(connection, values))

    def _legible(self, action: Callable[[], Sequence[Any]]) -> Sequence[Any]:
        try:
            return self._database.call(action)
        except (TypeError, ValueError) as error:
            raise BackendError(
                f"{self._database.place}：库中有无法读取的值（{error}）",
                remedy="用 verify 找出被改动之处，从备份恢复",
            ) from error
