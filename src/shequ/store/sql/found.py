"""What a database holds before anything is done with it: its tables, and what it says of itself."""

from collections.abc import Mapping
from typing import Any

import attrs
from sqlalchemy import Connection, inspect, select
from sqlalchemy.types import TypeEngine

from shequ.store.sql.shapes import Shape, read_shapes
from shequ.store.sql.tables import PREFIX, Tables

__all__ = ["Declaration", "Found", "FoundColumn", "look"]


@attrs.frozen
class FoundColumn:
    """A column that is there.

    Args:
        type: Its type.
        demands: Whether every row must be given a value for it.
    """

    type: TypeEngine[Any]
    demands: bool


@attrs.frozen
class Declaration:
    """What the database says of a record type.

    Args:
        version: Version of the declaration by which it was last written.
        shapes: Its fields, with those that were no longer declared.
    """

    version: int
    shapes: Mapping[str, Shape]


@attrs.frozen
class Found:
    """What a database holds.

    Args:
        format: Version of the store's own tables; 0 if it does not say so.
        library: Version of the library that changed tables last; ``""`` if it does not say so.
        tables: Names of all tables that could be the store's.
        columns: Columns by table, of the tables of the record types.
        declarations: What it says of each record type.
        marks: District, type and version → number of the last entry from before that version.
    """

    format: int
    library: str
    tables: frozenset[str]
    columns: Mapping[str, Mapping[str, FoundColumn]]
    declarations: Mapping[str, Declaration]
    marks: Mapping[tuple[str, str, int], int]


def look(connection: Connection, tables: Tables) -> Found:
    """Look at a database."""
    inspector = inspect(connection)
    present = frozenset(name for name in inspector.get_table_names() if name.startswith(PREFIX))
    meta: dict[str, str] = {}
    if tables.meta.name in present:
        meta = {row[0]: row[1] for row in connection.execute(select(tables.meta.c.name, tables.meta.c.value))}
    declarations: dict[str, Declaration] = {}
    if tables.declaration.name in present:
        kept = tables.declaration.c
        rows = connection.execute(select(kept.type, kept.version, kept.fields))
        declarations = {row[0]: Declaration(row[1], read_shapes(row[2])) for row in rows}
    marks: dict[tuple[str, str, int], int] = {}
    if tables.migration.name in present:
        mark = tables.migration.c
        marked = select(mark.district, mark.type, mark.version, mark.number)
        marks = {(district, type_, version): number for district, type_, version, number in connection.execute(marked)}
    wanted = sorted(present & {f"{PREFIX}{name}" for type_ in tables.records for name in tables.names(type_)})
    described = inspector.get_multi_columns(filter_names=wanted) if wanted else {}
    columns = {
        name: {
            column["name"]: FoundColumn(column["type"], not column["nullable"] and column.get("default") is None)
            for column in found
        }
        for (_, name), found in described.items()
    }
    return Found(int(meta.get("schema_version", 0)), meta.get("library", ""), present, columns, declarations, marks)
