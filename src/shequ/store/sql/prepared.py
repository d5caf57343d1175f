"""Statements as the driver takes them: compiled once, without SQLAlchemy's work for each call and each row.

For the few statements that registers spend their time on: a record by its id, and a page of records.
"""

from collections.abc import Callable, Sequence
from typing import Any

import attrs
from sqlalchemy import Connection, Dialect, Select

__all__ = ["Prepared"]


@attrs.frozen(eq=False)
class Prepared:
    """A statement as the driver takes it.

    Args:
        text: SQL in the driver's own style.
        order: Names of the parameters in the order in which the driver takes them; ``None`` if it takes them by name.
        constants: Values of the parameters that are always the same.
        converters: Place of a column, and how the driver's value becomes Python's, for each that is to be converted.
    """

    text: str
    order: tuple[str, ...] | None
    constants: dict[str, Any]
    converters: tuple[tuple[int, Callable[[Any], Any]], ...]

    @classmethod
    def of(cls, statement: Select[Any], dialect: Dialect) -> "Prepared":
        """Compile a statement; its parameters must be texts and whole numbers."""
        compiled = statement.compile(dialect=dialect)
        order = compiled.positiontup if compiled.positional else None
        converters = []
        for at, column in enumerate(statement.selected_columns):
            convert = column.type.dialect_impl(dialect).result_processor(dialect, None)
            if convert is not None:
                converters.append((at, convert))
        constants = {name: value for name, value in compiled.params.items() if value is not None}
        return cls(str(compiled), None if order is None else tuple(order), constants, tuple(converters))

    def fetch(self, connection: Connection, values: dict[str, Any]) -> list[Sequence[Any]]:
        """The rows; the connection must be in a transaction."""
        cursor = connection.connection.cursor()
        try:
            values = {**self.constants, **values}
            cursor.execute(self.text, values if self.order is None else [values[name] for name in self.order])
            rows: list[Any] = cursor.fetchall()  # type: ignore[assignment] # a sequence of sequences
        finally:
            cursor.close()
        if not self.converters:
            return rows
        made: list[Sequence[Any]] = []
        for row in rows:
            converted = list(row)
            for at, convert in self.converters:
                converted[at] = convert(converted[at])
            made.append(converted)
        return made
