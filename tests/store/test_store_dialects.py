"""Every statement that the store can send is one that each dialect can say, also those of databases not at hand.

The statements are not listed here: they are caught while a store on SQLite does everything that it can do.
"""

import importlib
import re
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import ClauseElement, Dialect, event, insert
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.schema import CreateColumn, CreateIndex, CreateTable
from store_samples import AT, HERE, SCHEMA, Plan, Shape, kept, later, save, thing

from shequ.effective import PartialDate
from shequ.model import RECORD_TYPES, Schema
from shequ.query import AnyOf, Compare, Field, Select, eq, ge, given, lt, ne, one_of
from shequ.store import ANY
from shequ.store.sql.mysql import options
from shequ.store.sql.postgresql import PostgreSQL
from shequ.store.sql.store import SqlStore
from shequ.store.sql.tables import CHUNK, Tables

BUILT_IN: dict[str, Any] = {
    "sqlite": sqlite.dialect,
    "postgresql": postgresql.dialect,
    "mysql": mysql.dialect,
    "mariadb": lambda: mysql.dialect(is_mariadb=True),
}
OTHERS = {
    "达梦": ("dmSQLAlchemy", "dmSQLAlchemy.dmpython", "DMDialect_dmPython"),
    "openGauss": ("opengauss-sqlalchemy", "opengauss_sqlalchemy.psycopg2", "OpenGaussDialect_psycopg2"),
    "OceanBase": ("sqlalchemy-oceanbase", "sqlalchemy_oceanbase.base", "OceanBaseDialect"),
    "OceanBase (pyobvector)": ("pyobvector", "pyobvector.schema.dialect", "OceanBaseDialect"),
}
"""Database → distribution, module and class of its dialect. TiDB is spoken to as MySQL, Kingbase as PostgreSQL."""
CONDITIONS = (
    eq("name", "a"), ~ne("note", "a"), one_of("sex", "1", "2"), given("note"), ge("number", 2**53 + 1),
    lt("made", date(2026, 1, 5)), ge("about", PartialDate(2019, 5)), eq("shape", Shape.ROUND), lt("seen", AT),
    eq("opens", time(8, 30)), eq("area", Decimal("1.5")), eq("done", True), eq("tags", ("a",)), AnyOf(()),
    eq("part_of.part_of.name", "a") & ~given("part_of"), Compare(Field("part_of.made"), "<=", date(2026, 1, 5)),
    one_of("number", 0.5) | eq("done", False), one_of("id", *(f"t{number}" for number in range(600))),
)  # fmt: skip


@pytest.fixture(params=[*BUILT_IN, *OTHERS])
def dialect(request: pytest.FixtureRequest) -> Dialect:
    """A dialect; one that is not installed, or not with this SQLAlchemy, is skipped with the reason."""
    if request.param in BUILT_IN:
        built_in: Dialect = BUILT_IN[request.param]()
        return built_in
    distribution, module, name = OTHERS[request.param]
    try:
        made: Dialect = getattr(importlib.import_module(module), name)()
    except (ImportError, AttributeError) as error:
        pytest.skip(f"{distribution} is not installed, or cannot be used with this SQLAlchemy: {error}")
    return made


@pytest.fixture(scope="module")
def statements(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[ClauseElement, Any]]:
    """Every statement that a store sends, with its parameters."""
    folder: Path = tmp_path_factory.mktemp("statements")
    caught: list[tuple[ClauseElement, Any]] = []
    with SqlStore(f"sqlite:///{folder}/x.db", SCHEMA) as store:

        @event.listens_for(store._database.engine, "before_execute")
        def catch(_connection: Any, element: Any, several: Any, one: Any, _options: Any) -> None:
            if isinstance(element, ClauseElement):
                caught.append((element, several or one))

        save(store, *(thing(f"t{number}") for number in range(CHUNK + 1)), Plan(id="p", district="x"))
        save(store, thing("t1", name="新"), at=later(1))
        with store.session(HERE, actor="a", reason="", at=later(2)) as session:
            session.delete("thing", "t2", ANY)
        kept(store)
        with store.read(HERE) as snapshot:
            for where in CONDITIONS:
                list(snapshot.scan(Select("thing", where)))
        with store.read(HERE, later(1)) as snapshot:
            snapshot.get("thing", "t1")
            list(snapshot.scan(Select("thing")))
        list(store.changes(HERE))
        list(store.history(HERE, "thing", "t1"))
        store.erase(HERE, [("thing", f"t{number}") for number in range(CHUNK + 1)], actor="a", reason="", at=later(3))
        store.districts()
        assert store.verify(HERE) is None
        entries = list(store.log(HERE))
        with SqlStore(f"sqlite:///{folder}/y.db", SCHEMA) as other:
            event.listen(other._database.engine, "before_execute", catch)
            other.replay(HERE, entries)
        for table in store.tables.records.values():
            caught += [(table.one, {}), (table.page, {}), (table.some, {"ids": ["a"]}), (table.delete, {"ids": ["a"]})]
        caught += [(insert(table), {}) for table in store.tables.metadata.tables.values()]
    return caught


def test_everything_that_the_store_does_was_caught(statements: list[tuple[ClauseElement, Any]]) -> None:
    kinds = {type(element).__name__ for element, _ in statements}
    assert {"Select", "Insert", "Update", "Delete"} <= kinds
    said = " ".join(str(element) for element, _ in statements)
    for words in ("FOR UPDATE", "EXISTS", "GROUP BY", "LEFT OUTER JOIN", "max(", "min(", "LIMIT", "IS NOT NULL", "NOT"):
        assert words in said


def test_each_dialect_can_say_it(dialect: Dialect, statements: list[tuple[ClauseElement, Any]]) -> None:
    shapes = {}
    for element, _ in statements:
        said = str(element.compile(dialect=dialect, compile_kwargs={"render_postcompile": False}))
        shapes[said] = element
    assert len(shapes) > 40
    for said in shapes:
        assert re.search(r"RETURNING|ON CONFLICT|ON DUPLICATE|MERGE|JSON|->|ILIKE|REGEXP", said) is None, said
        # SQLite has no LIMIT without an OFFSET in SQLAlchemy; it is always 0.
        assert dialect.name == "sqlite" or "OFFSET" not in said, said


def test_no_statement_asks_for_too_many_values(statements: list[tuple[ClauseElement, Any]]) -> None:
    longest = 0
    for element, parameters in statements:
        values = {**element.compile().params, **(parameters if isinstance(parameters, dict) else {})}
        lists = [len(value) for value in values.values() if isinstance(value, list | tuple)]
        longest = max([longest, *lists])
    assert CHUNK == longest


@pytest.mark.slow
def test_each_dialect_can_make_the_tables(dialect: Dialect) -> None:
    tables = Tables(Schema(RECORD_TYPES), options("utf8mb4_nopad_bin"))
    for table in tables.metadata.sorted_tables:
        said = str(CreateTable(table).compile(dialect=dialect))
        assert table.name in said
        assert "PRIMARY KEY" in said
        for index in table.indexes:
            assert "CREATE INDEX" in str(CreateIndex(index).compile(dialect=dialect))


@pytest.mark.parametrize(
    ("name", "types"),
    [
        ("sqlite", ("VARCHAR(64)", "TEXT", "BIGINT", "BOOLEAN", "DATE", "DATETIME", "TIME")),
        ("postgresql", ('VARCHAR(64) COLLATE "C"', 'TEXT COLLATE "C"', "BIGINT", "BOOLEAN", "DATE",
                        "TIMESTAMP WITHOUT TIME ZONE", "TIME WITHOUT TIME ZONE")),
        ("mysql", ("VARCHAR(64)", "LONGTEXT", "BIGINT", "BOOL", "DATE", "DATETIME(6)", "TIME(6)")),
        ("mariadb", ("VARCHAR(64)", "LONGTEXT", "BIGINT", "BOOL", "DATE", "DATETIME(6)", "TIME(6)")),
    ],
)  # fmt: skip
def test_types_keep_what_they_are_given(name: str, types: tuple[str, ...]) -> None:
    columns = Tables(SCHEMA).records["thing"].table.c
    found = [columns[field] for field in ("part_of", "name", "number", "done", "made", "seen", "opens")]
    dialect = BUILT_IN[name]()
    said = [str(CreateColumn(column).compile(dialect=dialect)).partition(" ")[2] for column in found]
    assert list(types) == [words.partition(" DEFAULT ")[0] for words in said]


@pytest.mark.parametrize("name", ["mysql", "mariadb"])
def test_tables_of_mysql_say_how_they_compare(name: str) -> None:
    table = Tables(SCHEMA, options("utf8mb4_0900_bin")).change
    said = str(CreateTable(table).compile(dialect=BUILT_IN[name]()))
    assert "ENGINE=InnoDB" in said
    assert "utf8mb4_0900_bin" in said


def test_the_head_is_locked_where_locks_are_for_rows() -> None:
    store_head = Tables(SCHEMA).head
    query = store_head.select().with_for_update()
    assert "FOR UPDATE" in str(query.compile(dialect=postgresql.dialect()))
    assert "FOR UPDATE" in str(query.compile(dialect=mysql.dialect()))
    assert "FOR UPDATE" not in str(query.compile(dialect=sqlite.dialect()))


def test_faults_before_a_connection_are_told_by_their_words() -> None:
    """PostgreSQL gives them no number; servers here speak English or Chinese."""
    psycopg = pytest.importorskip("psycopg")
    from sqlalchemy import make_url

    database = PostgreSQL(make_url("postgresql://u@h/x"))
    for words, what in (
        ('FATAL:  password authentication failed for user "u"', "用户名或密码不对"),
        ('致命错误:  用户 "u" Password 认证失败', "用户名或密码不对"),
        ('FATAL:  no pg_hba.conf entry for host "10.0.0.1"', "用户名或密码不对"),
        ('FATAL:  database "x" does not exist', "没有这个数据库"),
        ('致命错误:  数据库 "x" 不存在', "没有这个数据库"),
        ("FATAL:  sorry, too many clients already", "连接数已满"),
        ("FATAL:  the database system is starting up", "正在启动"),
        ("connection refused", "连不上"),
        ("server closed the connection unexpectedly", "连接中断"),
    ):
        fault = database.fault(psycopg.OperationalError(f"connection failed: {words}"))
        assert fault is not None
        assert what in fault.what
    database.close()
