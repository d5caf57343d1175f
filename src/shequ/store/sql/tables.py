"""The tables, generated from the declarations of the record types.

Each record type has a table ``shequ_<type>``: district, id, version, then one typed column a field, as
:func:`shequ.codec.to_row` gives them. The history has ``shequ_head`` (one row a district; whoever commits
locks it), ``shequ_commit`` and ``shequ_change``. ``shequ_meta``, ``shequ_declaration`` and ``shequ_migration`` say in
which form all of this is (see :mod:`shequ.store.sql.plan`). No foreign keys: a record may refer to one that was deleted
or never loaded; that is for the rules to find, not for the store to refuse.

A column has the default of its field, so rows from before the field was declared, and those that an older program
still writes, have the value that a record without the field has.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import attrs
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
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
    literal,
    select,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.types import TypeEngine

from shequ.codec import from_row, to_column, to_row
from shequ.errors import Misuse
from shequ.model import FieldSpec, Kind, Record, RecordType, Schema
from shequ.store.contract import Stored

__all__ = ["CHUNK", "PREFIX", "RecordTable", "Tables", "column_name", "field_name"]

PREFIX = "shequ_"
"""Beginning of the name of every table."""
CHUNK = 500
"""Values in one IN, rows in one page."""

_KEY = 64
_LEADING = ("district", "version")
_OWN = ("meta", "declaration", "migration", "head", "commit", "change")

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


class _Default(ColumnElement[Any]):
    """A value that a column has where none is given."""

    inherit_cache = False

    def __init__(self, value: Any, type_: TypeEngine[Any]) -> None:
        self.value = literal(value, type_)


@compiles(_Default)
def _plain_default(element: _Default, compiler: Any, **options: Any) -> str:
    return str(compiler.process(element.value, **options))


@compiles(_Default, *_MYSQL)
def _default_in_mysql(element: _Default, compiler: Any, **options: Any) -> str:
    """In brackets: a long text may have an expression as its default, but no literal."""
    return f"({compiler.process(element.value, **options)})"


def _column(spec: FieldSpec) -> Column[Any]:
    """The column of a field."""
    type_ = _column_type(spec)
    default = None
    if spec.default is not None and not spec.required:
        default = _Default(to_column(spec, spec.default), type_)
    return Column(column_name(spec.name), type_, primary_key=spec.name == "id", server_default=default)


def column_name(field: str) -> str:
    """Name of a field's column: its own, unless each table has a column of that name."""
    return f"{field}_" if field in _LEADING else field


def field_name(column: str) -> str:
    """The field of which a column has the name."""
    return column[:-1] if column[:-1] in _LEADING and column.endswith("_") else column


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
        fields = [_column(spec) for spec in specs]
        id_ = fields[0]
        district = Column("district", _key(), primary_key=True)
        version = Column("version", BigInteger, nullable=False)
        name = f"{PREFIX}{declared.name}"
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
        self.declaration = Table(
            "shequ_declaration",
            self.metadata,
            Column("type", _key(), primary_key=True),
            Column("version", BigInteger, nullable=False),
            Column("fields", _text(), nullable=False),
            **options,
        )
        self.migration = Table(
            "shequ_migration",
            self.metadata,
            Column("district", _key(), primary_key=True),
            Column("type", _key(), primary_key=True),
            Column("version", BigInteger, primary_key=True, autoincrement=False),
            Column("number", BigInteger, nullable=False),
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
        self.today = {name: declared.name for declared in schema for name in self.names(declared.name)}
        """Name under which a record type stands in the history → its name of today."""

    @classmethod
    def of(cls, schema: Schema, options: Mapping[str, Any]) -> "Tables":
        """The tables for some record types; the same object for the same types, since they take long to make."""
        names = tuple((name, schema.former(name)) for name in schema.migrations)
        return _made(_Key(schema, (tuple(declared.cls for declared in schema), names, tuple(options.items()))))

    def names(self, type: str) -> tuple[str, ...]:  # noqa: A002 - the contract's own words
        """The names under which a record type stands in the history: that of today and those from before."""
        return type, *self.schema.former(type)

    def is_of(self, type: str) -> ColumnElement[bool]:  # noqa: A002 - the contract's own words
        """The changes of a record type."""
        names = self.names(type)
        return self.change.c.type == type if len(names) == 1 else self.change.c.type.in_(names)


@attrs.frozen
class _Key:
    """What tables are made from, equal where they come out the same."""

    schema: Schema = attrs.field(eq=False)
    facts: tuple[Any, ...]


@lru_cache(maxsize=8)
def _made(key: _Key) -> Tables:
    return Tables(key.schema, dict(key.facts[2]))
