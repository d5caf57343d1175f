"""Everything that holds for PostgreSQL only; the driver is psycopg 3."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import chain, islice
from typing import Any, ClassVar

from sqlalchemy import (
    ARRAY,
    URL,
    BigInteger,
    Boolean,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    Executable,
    String,
    Table,
    Time,
    func,
    literal,
    select,
)
from sqlalchemy.types import TypeEngine

from shequ.store.sql.database import Fault, Lost
from shequ.store.sql.servers import (
    AUTHENTICATION,
    MISSING_DATABASE,
    OVERLOADED,
    UNREACHABLE,
    Server,
    matching,
)

__all__ = ["PostgreSQL"]

_SCHEMA_LOCK = 0x7368657175
"""Number of the advisory lock of whoever makes tables; such locks are apart for each database."""
_FEW = 20
"""Rows for which COPY is not worth its while."""
_MEMORY = 65_536
"""KiB that one step of a query may take: as much as SQLite has for its pages."""
_GROWN = """SELECT c.oid::regclass::text, string_agg(quote_ident(a.attname), ', ')
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relname = ANY(%s) AND pg_table_is_visible(c.oid)
    AND pg_relation_size(c.oid) > 2 * current_setting('block_size')::bigint * greatest(c.relpages, 2)
    GROUP BY c.oid"""
_SORT = "enable_sort"
_GLANCE = 10
"""How closely to look at what has grown, where the server's own 100 takes as long as half of the COPY."""


class PostgreSQL(Server):
    """Everything that holds for PostgreSQL only."""

    name: ClassVar[str] = "PostgreSQL"
    extra: ClassVar[str] = "postgres"
    module: ClassVar[str] = "psycopg"
    example: ClassVar[str] = "postgresql+psycopg://用户@主机:5432/库名"
    schemes: ClassVar[Mapping[str, str]] = {
        "postgresql": "postgresql+psycopg",
        "postgresql+psycopg": "postgresql+psycopg",
    }

    def _arguments(self, url: URL) -> dict[str, Any]:
        # Statements that the driver has the server prepare are planned without their values, so an IN of many ids may
        # look at every row; and a connection pooler in between would have to know them.
        return {**super()._arguments(url), "prepare_threshold": None}

    def _configure(self, connection: Any) -> None:
        connection.autocommit = True
        connection.execute(
            f"SET lock_timeout = {int(self.wait_seconds * 1000)}; SET client_encoding = 'UTF8'; SET datestyle = 'ISO'"
        )
        # Compiling a question's long expressions takes longer than it saves; and residents are counted in memory, not
        # on disk, as far as that suffices. Relatives of PostgreSQL may not know a setting, or have more of it.
        connection.execute(
            "SELECT set_config(name, CASE name WHEN 'jit' THEN 'off' ELSE %s END, false) FROM pg_settings "
            "WHERE name = 'jit' OR CASE name WHEN 'work_mem' THEN setting::bigint < %s ELSE false END",
            (f"{_MEMORY}kB", _MEMORY),
        )
        connection.autocommit = False

    def _begin(self, connection: Connection, *, writes: bool) -> None:
        # The driver says so with its BEGIN, which it sends before the first statement. A snapshot is taken then.
        from psycopg import IsolationLevel

        plain: Any = connection.connection.dbapi_connection
        plain.isolation_level = IsolationLevel.READ_COMMITTED if writes else IsolationLevel.REPEATABLE_READ
        plain.read_only = not writes

    def _look(self, connection: Connection) -> None:
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
        if encoding != "UTF8":
            raise self._refuse(
                f"库的编码是 {encoding}，存不下所有汉字",
                "请管理员建一个 UTF-8 的库：CREATE DATABASE 库名 ENCODING 'UTF8' TEMPLATE template0",
            )

    @contextmanager
    def alone(self, connection: Connection) -> Iterator[None]:
        """Nobody else makes tables until the transaction ends."""
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_SCHEMA_LOCK})")
        yield

    def insert(self, connection: Connection, table: Table, rows: Iterable[tuple[Any, ...]]) -> None:
        """Insert rows; many of them by COPY, in the binary form, which takes either side half the time of the text."""
        rows = iter(rows)
        few = list(islice(rows, _FEW))
        if len(few) < _FEW:
            return super().insert(connection, table, few)
        quote = connection.dialect.identifier_preparer
        columns = ", ".join(quote.quote(name) for name in table.columns.keys())  # noqa: SIM118 - no mapping
        cursor: Any = connection.connection.cursor()
        statement = f"COPY {quote.format_table(table)} ({columns}) FROM STDIN (FORMAT BINARY)"
        with cursor, cursor.copy(statement) as copy:
            copy.set_types([_type_name(column.type) for column in table.columns])
            write_row = copy.write_row
            for row in chain(few, rows):
                write_row(row)
        return None

    def grouped(self, run: Callable[[Executable], Sequence[Any]], statement: Executable) -> Sequence[Any]:
        """The rows of a statement that groups whole tables: by hashes.

        Behind a union the planner takes 200 groups for granted, so that to sort them seems to cost nothing.
        """
        ((before, _),) = run(select(func.current_setting(_SORT), func.set_config(_SORT, "off", True)))
        rows = run(statement)
        run(select(func.set_config(_SORT, before, True)))
        return rows

    def among(self, column: ColumnElement[Any], values: Sequence[str]) -> list[ColumnElement[bool]]:
        """Whether a column has one of very many values: the server takes a list as one value, and hashes it."""
        return [column == func.any(literal(values, ARRAY(String)))] if values else []

    def gathered(self, columns: Sequence[ColumnElement[Any]]) -> Sequence[ColumnElement[Any]]:
        """Aggregates that gather values in lists: the driver reads a long list in less time than many rows."""
        return [func.array_agg(column) for column in columns]

    def recount(self, tables: Sequence[str]) -> None:
        """Let the planner count the tables that have become twice as long, unless somebody is at it.

        By itself the server does so within a minute. Until then the planner takes them for as short as they were, and
        looks at each record of a district to find a few hundred by their ids. Here it looks at a few pages; since each
        column is named, the server does not take that for its own look, and still looks closely within a minute.
        """
        with suppress(*self.errors), self.engine.connect() as connection:  # a hint: the server gets there without it
            plain: Any = connection.connection.dbapi_connection
            plain.rollback()
            plain.isolation_level, plain.read_only = None, False
            grown = plain.execute(_GROWN, [list(tables)]).fetchall()
            plain.execute(f"SET LOCAL default_statistics_target = {_GLANCE}")
            for name, columns in grown:
                plain.execute(f"ANALYZE (SKIP_LOCKED) {name} ({columns})")
            plain.commit()

    def is_duplicate(self, cause: BaseException) -> bool:
        """Whether a key is there already."""
        return getattr(cause, "sqlstate", None) == "23505"

    def fault(self, cause: BaseException) -> Fault | None:
        """What an error means: by its SQLSTATE, and before there is a connection by its words."""
        state = getattr(cause, "sqlstate", None)
        if state is not None:
            return next((fault for start, fault in _STATES.items() if state.startswith(start)), None)
        found = matching(str(cause), _WORDS)
        if found is None and isinstance(cause, self.engine.dialect.loaded_dbapi.OperationalError):
            return Lost
        return found


def _type_name(type_: TypeEngine[Any]) -> str:
    """What the server calls the type of a column."""
    return next(name for kind, name in _TYPE_NAMES.items() if isinstance(type_, kind))


_TYPE_NAMES: Mapping[type[TypeEngine[Any]], str] = {
    BigInteger: "int8",
    Boolean: "bool",
    Date: "date",
    DateTime: "timestamp",
    Time: "time",
    String: "text",
}

_NO_TABLE = Fault("缺少表，或缺少列", "从备份恢复；重新打开会建空表，verify 会指出缺少的记录")
_BUSY = Fault("正被另一个程序占用", "待其写完后再试", again=True)
_DAMAGED = Fault("数据库已损坏", "请管理员从备份恢复")
_STARTING = Fault("数据库正在启动、停止或恢复", "待其就绪后再试", again=True)

_STATES: Mapping[str, Fault] = {
    "08": Lost,
    "57P03": _STARTING,
    "57P": Lost,
    "40001": _BUSY,
    "40P01": _BUSY,
    "55P03": _BUSY,
    "28": AUTHENTICATION,
    "3D000": MISSING_DATABASE,
    "42P01": _NO_TABLE,
    "42703": _NO_TABLE,
    "42501": Fault("没有所需的权限", "请管理员授予该用户读写和建表的权限"),
    "25006": Fault("数据库只读，无法写入", "连接到主库，或请管理员解除只读", read_only=True),
    "25P03": Lost,
    "53100": Fault("磁盘已满，未作任何修改", "请管理员腾出空间后再试"),
    "53200": Fault("数据库内存不足，未作任何修改", "请管理员检查服务器后再试"),
    "53300": OVERLOADED,
    "53400": OVERLOADED,
    "54000": Fault("一条记录太大，未作任何修改", "缩短其中的长文本后再试"),
    "57014": Fault("操作被取消，未作任何修改", "稍后再试；如为超时，请管理员放宽 statement_timeout"),
    "58": Fault("数据库读写磁盘出错，未作任何修改", "请管理员检查磁盘后再试"),
    "XX001": _DAMAGED,
    "XX002": _DAMAGED,
}
"""Beginning of an SQLSTATE → what it means; the narrower ones first."""

_WORDS: Mapping[str, Fault] = {
    r"password authentication failed|no password supplied|role .* does not exist|pg_hba\.conf|认证失败"
    r"|角色.*不存在|permission denied for database": AUTHENTICATION,
    r"database .* does not exist|数据库.*不存在": MISSING_DATABASE,
    r"too many (clients|connections)|remaining connection slots|连接数": OVERLOADED,
    r"starting up|shutting down|recovery mode|正在启动|正在关闭": _STARTING,
    r"connection refused|could not translate host name|failed to resolve|name or service not known"
    r"|timeout expired|no route to host|is the server running|network is unreachable": UNREACHABLE,
    r"invalid connection option|invalid port|invalid integer value": Fault(
        "地址中的参数不合格式", f"写成 {PostgreSQL.example}"
    ),
}
"""Words of an error that comes before a connection, in the languages in which servers here speak → what it means."""
