"""The tables, generated from the declarations of the record types.

Each record type has a table ``shequ_<type>``: district, id, version, then one typed column a field, as
:func:`shequ.codec.to_row` gives them. The history has ``shequ_head`` (one row a district; whoever commits
locks it), ``shequ_commit`` and ``shequ_change``. No foreign keys: a record may refer to one that was deleted or
never loaded; that is for the rules to find, not for the store to refuse.
"""

from collections.abc import Sequence
from typing import Any

import attrs
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Delete,
    Index,
    Insert,
    MetaData,
    Select,
    String,
    Table,
    Text,
    Time,
    Update,
    bindparam,
    delete,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.types import TypeEngine

from shequ.codec import from_row, to_row
from shequ.errors import BackendError, Misuse
from shequ.model import FieldSpec, Kind, Record, RecordType, Schema
from shequ.store.contract import Stored

__all__ = ["CHUNK", "SCHEMA_VERSION", "RecordTable", "Tables"]

SCHEMA_VERSION = 1
"""Version of the tables' form, kept in ``shequ_meta``."""
CHUNK = 500
"""Values in one IN, rows in one page."""

_KEY = 64
_LEADING = ("district", "version")
_OWN = ("meta", "head", "commit", "change")

_TYPES: dict[Kind, type[TypeEngine[Any]]] = {
    Kind.COUNT: BigInteger,
    Kind.MONEY: BigInteger,
    Kind.MEASURE: BigInteger,
    Kind.FLAG: Boolean,
    Kind.DAY: Date,
    Kind.MOMENT: DateTime,
    Kind.TIME: Time,
    Kind.TEXT: Text,
    Kind.TEXTS: Text,
    Kind.CODE: Text,
}


def _column_type(spec: FieldSpec) -> TypeEngine[Any]:
    if spec.name == "id" or spec.kind in (Kind.REF, Kind.TERM, Kind.PARTIAL_DAY):
        return String(_KEY)
    return _TYPES[spec.kind]()


def _column_name(field: str) -> str:
    """Fields are columns of their own name, unless each table has a column of that name."""
    return f"{field}_" if field in _LEADING else field


@attrs.frozen(eq=False)
class RecordTable:
    """The table of one record type and the statements that it takes.

    Args:
        type: The record type.
        table: Its table.
        names: Names of all columns: district, version, then the fields.
        one: Selects version and fields of one record, by ``district`` and ``id``.
        page: Selects up to :data:`CHUNK` records behind ``after``, in order of id.
        some: Selects the records whose id is in ``ids``.
        insert: Inserts :meth:`values`.
        update: Updates the record that :meth:`values` names.
        delete: Deletes a record by ``the_district`` and ``the_id``.
    """

    type: RecordType
    table: Table
    names: tuple[str, ...]
    one: Select[Any]
    page: Select[Any]
    some: Select[Any]
    insert: Insert
    update: Update
    delete: Delete

    @classmethod
    def of(cls, declared: RecordType, metadata: MetaData) -> "RecordTable":
        """The table of a record type.

        Raises:
            Misuse: If it has the name of one of the store's own tables.
        """
        if declared.name in _OWN:
            raise Misuse(f"a record type cannot be called {declared.name!r}: the store has a table of that name")
        specs = tuple(declared.fields.values())
        fields = [Column(_column_name(spec.name), _column_type(spec), primary_key=spec.name == "id") for spec in specs]
        district, version = Column("district", String(_KEY), primary_key=True), Column("version", BigInteger)
        version.nullable = False
        name = f"shequ_{declared.name}"
        table = Table(
            name,
            metadata,
            district,
            fields[0],
            version,
            *fields[1:],
            *(Index(f"ix_{name}_{spec.name}", district, table_column)
              for spec, table_column in zip(specs, fields, strict=True) if spec.kind is Kind.REF),
            sqlite_with_rowid=False,
        )  # fmt: skip
        names = ("district", "version", *(column.name for column in fields))
        records = select(version, *fields).where(district == bindparam("district"))
        this = (district == bindparam("the_district"), fields[0] == bindparam("the_id"))
        return cls(
            declared,
            table,
            names,
            records.where(fields[0] == bindparam("id")),
            records.where(fields[0] > bindparam("after")).order_by(fields[0]).limit(CHUNK),
            records.where(fields[0].in_(bindparam("ids", expanding=True))),
            insert(table),
            update(table).where(*this).values({name: bindparam(name) for name in names[1:] if name != "id"}),
            delete(table).where(*this),
        )

    def values(self, district: str, version: int, record: Record) -> dict[str, Any]:
        """A record as column values."""
        return dict(zip(self.names, (district, version, *to_row(record)), strict=True))

    def stored(self, row: Sequence[Any]) -> Stored:
        """The record of a row: version, then the fields."""
        return Stored(from_row(self.type.cls, row[1:]), row[0])


class Tables:
    """All tables of a store.

    Args:
        schema: The record types.
    """

    def __init__(self, schema: Schema) -> None:
        self.metadata = MetaData()
        self.meta = Table(
            "shequ_meta",
            self.metadata,
            Column("name", String(_KEY), primary_key=True),
            Column("value", String(_KEY), nullable=False),
        )
        self.head = Table(
            "shequ_head",
            self.metadata,
            Column("district", String(_KEY), primary_key=True),
            Column("number", BigInteger, nullable=False),
            Column("commit", BigInteger, nullable=False),
            Column("digest", String(_KEY), nullable=False),
        )
        self.commit = Table(
            "shequ_commit",
            self.metadata,
            Column("district", String(_KEY), primary_key=True),
            Column("commit", BigInteger, primary_key=True, autoincrement=False),
            Column("at", DateTime, nullable=False),
            Column("actor", Text, nullable=False),
            Column("reason", Text, nullable=False),
        )
        self.change = Table(
            "shequ_change",
            self.metadata,
            Column("district", String(_KEY), primary_key=True),
            Column("number", BigInteger, primary_key=True, autoincrement=False),
            Column("commit", BigInteger, nullable=False),
            Column("type", String(_KEY), nullable=False),
            Column("id", String(_KEY), nullable=False),
            Column("before_version", BigInteger),
            Column("after", Text),
            Column("salt", String(_KEY)),
            Column("value_hash", String(_KEY)),
            Column("digest", String(_KEY), nullable=False),
            Index("ix_shequ_change_record", "district", "type", "id", "number"),
            sqlite_with_rowid=False,
        )
        self.records = {declared.name: RecordTable.of(declared, self.metadata) for declared in schema}

    def is_current(self, connection: Connection, place: str) -> bool:
        """Whether every table is there, in the form that is known.

        Args:
            connection: A connection.
            place: The database, for messages.

        Raises:
            BackendError: If the database was written by a newer version, or a table lacks a column.
        """
        inspector = inspect(connection)
        present = set(inspector.get_table_names())
        if self.meta.name in present:
            found = connection.scalar(select(self.meta.c.value).where(self.meta.c.name == "schema_version"))
            if found is not None and int(found) > SCHEMA_VERSION:
                raise BackendError(
                    f"{place}：库的格式版本为 {found}，本程序只认识到 {SCHEMA_VERSION}",
                    remedy="升级 shequ 后再打开（pip install -U shequ）",
                )
        for table in self.metadata.tables.values():
            if table.name in present:
                columns = {column["name"] for column in inspector.get_columns(table.name)}
                missing = [column.name for column in table.columns if column.name not in columns]
                if missing:
                    raise BackendError(
                        f"{place}：表 {table.name} 缺少列 {'、'.join(missing)}",
                        remedy="用写入该库的版本导出，再载入新库",
                    )
        return present.issuperset(self.metadata.tables)

    def create(self, connection: Connection) -> None:
        """Make the tables that are not there yet."""
        self.metadata.create_all(connection)
        if connection.scalar(select(self.meta.c.value).where(self.meta.c.name == "schema_version")) is None:
            connection.execute(insert(self.meta), {"name": "schema_version", "value": str(SCHEMA_VERSION)})
