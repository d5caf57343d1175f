"""The tables, generated from the declarations of the record types.

Each record type has a table ``shequ_<type>``: district, id, version, then one typed column a field, as
:func:`shequ.codec.to_row` gives them. The history has ``shequ_head`` (one row a district; whoever commits
locks it), ``shequ_commit`` and ``shequ_change``. No foreign keys: a record may refer to one that was deleted or
never loaded; that is for the rules to find, not for the store to refuse.
"""

from collections.abc import Callable, Mapping, Sequence
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
    Integer,
    MetaData,
    Select,
    String,
    Table,
    Text,
    Time,
    bindparam,
    delete,
    insert,
    inspect,
    select,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeEngine

from shequ.codec import from_row, to_row
from shequ.errors import BackendError, Misuse
from shequ.model import FieldSpec, Kind, Record, RecordType, Schema
from shequ.store.contract import Stored

__all__ = ["CHUNK", "SCHEMA_VERSION", "RecordTable", "Tables", "column_name"]

SCHEMA_VERSION = 1
"""Version of the tables' form, kept in ``shequ_meta``."""
CHUNK = 500
"""Values in one IN, rows in one page."""

_KEY = 64
_LEADING = ("district", "version")
_OWN = ("meta", "head", "commit", "change")

_MYSQL = ("mysql", "mariadb")
_POSTGRESQL = ("postgresql", "opengauss")


def _text(size: int | None = None) -> TypeEngine[Any]:
    """Text that is compared by code point; MySQL's tables say so as a whole (see ``mysql.options``)."""
    plain: TypeEngine[Any] = Text() if size is None else String(size)
    in_mysql: TypeEngine[Any] = mysql.LONGTEXT() if size is None else String(size)
    in_postgresql: TypeEngine[Any] = Text(collation="C") if size is None else String(size, collation="C")
    return plain.with_variant(in_mysql, *_MYSQL).with_variant(in_postgresql, *_POSTGRESQL)


def _key() -> TypeEngine[Any]:
    return _text(_KEY)


def _moment() -> TypeEngine[Any]:
    return DateTime().with_variant(mysql.DATETIME(fsp=6), *_MYSQL)


def _time() -> TypeEngine[Any]:
    return Time().with_variant(mysql.TIME(fsp=6), *_MYSQL)


_TYPES: dict[Kind, Callable[[], TypeEngine[Any]]] = {
    Kind.COUNT: BigInteger,
    Kind.MONEY: BigInteger,
    Kind.MEASURE: BigInteger,
    Kind.FLAG: Boolean,
    Kind.DAY: Date,
    Kind.MOMENT: _moment,
    Kind.TIME: _time,
    Kind.TEXT: _text,
    Kind.TEXTS: _text,
    Kind.CODE: _text,
    Kind.REF: _key,
    Kind.TERM: _key,
    Kind.PARTIAL_DAY: _key,
}


def _column_type(spec: FieldSpec) -> TypeEngine[Any]:
    return _key() if spec.name == "id" else _TYPES[spec.kind]()


def column_name(field: str) -> str:
    """Name of a field's column: its own, unless each table has a column of that name."""
    return f"{field}_" if field in _LEADING else field


@attrs.frozen(eq=False)
class RecordTable:
    """The table of one record type and the statements that it takes.

    There is none to update a record: replaced ones are deleted, many at a time, and inserted again.

    Args:
        type: The record type.
        table: Its table: district, id, version, then the other fields.
        one: Selects version and fields of one record, by ``district`` and ``id``.
        page: Selects up to ``size`` records behind ``after``, in order of id.
        some: Selects the records whose id is in ``ids``, in order of id.
        delete: Deletes the records whose id is in ``ids``.
    """

    type: RecordType
    table: Table
    one: Select[Any]
    page: Select[Any]
    some: Select[Any]
    delete: Delete

    @classmethod
    def of(cls, declared: RecordType, metadata: MetaData, options: Mapping[str, Any]) -> "RecordTable":
        """The table of a record type.

        Raises:
            Misuse: If it has the name of one of the store's own tables.
        """
        if declared.name in _OWN:
            raise Misuse(f"a record type cannot be called {declared.name!r}: the store has a table of that name")
        specs = tuple(declared.fields.values())
        fields = [Column(column_name(spec.name), _column_type(spec), primary_key=spec.name == "id") for spec in specs]
        id_ = fields[0]
        district = Column("district", _key(), primary_key=True)
        version = Column("version", BigInteger, nullable=False)
        name = f"shequ_{declared.name}"
        table = Table(
            name,
            metadata,
            district,
            id_,
            version,
            *fields[1:],
            *(Index(f"ix_{name}_{spec.name}", district, table_column)
              for spec, table_column in zip(specs, fields, strict=True) if spec.kind is Kind.REF),
            sqlite_with_rowid=False,
            **options,
        )  # fmt: skip
        records = select(version, *fields).where(district == bindparam("district"))
        these = id_.in_(bindparam("ids", expanding=True))
        return cls(
            declared,
            table,
            records.where(id_ == bindparam("id")),
            records.where(id_ > bindparam("after")).order_by(id_).limit(bindparam("size", type_=Integer)),
            records.where(these).order_by(id_),
            delete(table).where(district == bindparam("district"), these),
        )

    def values(self, district: str, version: int, record: Record) -> tuple[Any, ...]:
        """A record as a row of the table."""
        id_, *others = to_row(record)
        return district, id_, version, *others

    def stored(self, row: Sequence[Any]) -> Stored:
        """The record of a row that was selected: version, then the fields."""
        return Stored(from_row(self.type.cls, row[1:]), row[0])


class Tables:
    """All tables of a store.

    Args:
        schema: The record types.
        options: How the database wants its tables made.
    """

    def __init__(self, schema: Schema, options: Mapping[str, Any] | None = None) -> None:
        options = options or {}
        self.schema = schema
        self.metadata = MetaData()
        self.meta = Table(
            "shequ_meta",
            self.metadata,
            Column("name", _key(), primary_key=True),
            Column("value", _key(), nullable=False),
            **options,
        )
        self.head = Table(
            "shequ_head",
            self.metadata,
            Column("district", _key(), primary_key=True),
            Column("number", BigInteger, nullable=False),
            Column("commit", BigInteger, nullable=False),
            Column("digest", _key(), nullable=False),
            **options,
        )
        self.commit = Table(
            "shequ_commit",
            self.metadata,
            Column("district", _key(), primary_key=True),
            Column("commit", BigInteger, primary_key=True, autoincrement=False),
            Column("at", _moment(), nullable=False),
            Column("actor", _text(), nullable=False),
            Column("reason", _text(), nullable=False),
            **options,
        )
        self.change = Table(
            "shequ_change",
            self.metadata,
            Column("district", _key(), primary_key=True),
            Column("number", BigInteger, primary_key=True, autoincrement=False),
            Column("commit", BigInteger, nullable=False),
            Column("type", _key(), nullable=False),
            Column("id", _key(), nullable=False),
            Column("before_version", BigInteger),
            Column("after", _text()),
            Column("salt", _key()),
            Column("value_hash", _key()),
            Column("digest", _key(), nullable=False),
            Index("ix_shequ_change_record", "district", "type", "id", "number"),
            sqlite_with_rowid=False,
            **options,
        )
        self.records = {declared.name: RecordTable.of(declared, self.metadata, options) for declared in schema}

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
        known = [name for name in self.metadata.tables if name in present]
        found_columns = inspector.get_multi_columns(filter_names=known) if known else {}
        for (_, name), described in found_columns.items():
            table = self.metadata.tables.get(name)
            if table is not None:
                columns = {column["name"] for column in described}
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
