"""Statements as the driver takes them: compiled once, without SQLAlchemy's work for each call and each row.

For the few statements that registers spend their time on: a record by its id, and a page of records. What the driver
gives becomes records by one generated function, which does the column types' conversions too.
"""

from collections.abc import Callable, Sequence
from typing import Any

import attrs
from sqlalchemy import Connection, Dialect, Select

from shequ.codec import bulk, row_reader
from shequ.model import Record
from shequ.store.contract import Stored

__all__ = ["Prepared"]


@attrs.frozen(eq=False)
class Prepared:
    """A statement that selects records, as the driver takes it.

    Args:
        text: SQL in the driver's own style.
        order: Names of the parameters in the order in which the driver takes them; ``None`` if it takes them by name.
        constants: Values of the parameters that are always the same.
        read: Makes the record of a row.
    """

    text: str
    order: tuple[str, ...] | None
    constants: dict[str, Any]
    read: Callable[[Sequence[Any]], Record]

    @classmethod
    def of(cls, type_: type[Record], statement: Select[Any], dialect: Dialect) -> "Prepared":
        """Compile a statement that selects version and fields; its parameters must be texts and whole numbers."""
        compiled = statement.compile(dialect=dialect)
        order = compiled.positiontup if compiled.positional else None
        _, *columns = statement.selected_columns
        found = (column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns)
        conversions = zip(type_.__record__.fields, found, strict=True)
        read = row_reader(type_, {name: convert for name, convert in conversions if convert is not None})
        constants = {name: value for name, value in compiled.params.items() if value is not None}
        return cls(str(compiled), None if order is None else tuple(order), constants, read)

    def fetch(self, connection: Connection, values: dict[str, Any]) -> list[Stored]:
        """The records; the connection must be in a transaction."""
        values = {**self.constants, **values}
        read = self.read
        cursor = connection.connection.cursor()
        try:
            cursor.execute(self.text, values if self.order is None else [values[name] for name in self.order])
            with bulk():
                return [Stored(read(row), row[0]) for row in cursor.fetchall()]
        finally:
            cursor.close()
