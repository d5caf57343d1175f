"""What was written by former declarations is read by those of today; nothing is lost, and who is too old is refused."""

import itertools
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from migration_samples import (
    AT,
    FIRST,
    KINDS,
    LATER,
    NEW_S1,
    NEW_S2,
    NEW_V2,
    S1,
    S2,
    STEPS,
    V2,
    Call,
    NewSpot,
    Spot,
    Visit,
    dump,
    empty_database,
    frozen,
)
from sqlalchemy import create_engine
from store_samples import HERE, salts

import shequ
from shequ import PluginHost, hookimpl
from shequ.codec import from_plain, to_plain
from shequ.errors import BackendError, BadData, Misuse
from shequ.exchange import export_history, import_history
from shequ.model import Migration, Record, Schema
from shequ.model.record import count, day, flag, record, ref, text, texts
from shequ.query import Select, eq
from shequ.store import ANY, Store
from shequ.store.memory import MemoryStore
from shequ.store.sql import plan as plan_module
from shequ.store.sql.store import SqlStore
from shequ.store.sql.tables import Tables

OTHER = "LOCAL-10"
BOTH = [pytest.param(kind, marks=() if kind == "sqlite" else pytest.mark.slow) for kind in KINDS]


@pytest.fixture(params=BOTH)
def kind(request: pytest.FixtureRequest) -> str:
    """A kind of database; those behind a server are slow."""
    return str(request.param)


@pytest.fixture
def url(kind: str, tmp_path: Path) -> Iterator[str]:
    """A database as version 1 of the store wrote it."""
    with frozen(kind, tmp_path) as made:
        yield made


@pytest.fixture
def file(tmp_path: Path) -> Iterator[str]:
    """The same, always in a file."""
    with frozen("sqlite", tmp_path) as made:
        yield made


def contents(store: Store, schema: Schema, district: str = HERE, minutes: int | None = None) -> dict[str, Record]:
    """All records by id, now or as known so many minutes after the first commit."""
    known_at = None if minutes is None else AT + timedelta(minutes=minutes)
    with store.read(district, known_at) as snapshot:
        return {found.record.id: found.record for declared in schema for found in snapshot.scan(Select(declared.name))}


def put(store: Store, *records: Record, minutes: int = 60) -> None:
    with store.session(HERE, actor="clerk-07", reason="", at=AT + timedelta(minutes=minutes)) as session:
        for made in records:
            session.put(made, ANY)


def declare(name: str, fields: dict[str, tuple[Any, Any]]) -> type[Record]:
    """A record type of fields: name → annotation and declaration."""
    body = {"__annotations__": {field: kind for field, (kind, _) in fields.items()}, "__doc__": "Declared by a test."}
    made: type[Record] = type(name.title(), (Record,), {**body, **{field: one for field, (_, one) in fields.items()}})
    return record(name, label=f"{name}类")(made)


# --- declarations that only add, remove and loosen ----------------------------------------------------------------

_POOL: dict[str, Callable[[], tuple[Any, Any]]] = {
    "note": lambda: (str | None, text("备注", default=None)),
    "many": lambda: (int, count("个数", unit="个", default=7)),
    "tags": lambda: (tuple[str, ...], texts("标签")),
    "done": lambda: (bool, flag("完成", default=False)),
    "near": lambda: (str | None, ref("紧邻", to="post", default=None)),
    "words": lambda: (str, text("文字", default="'无' %s %% \\ ：x")),
    "order": lambda: (int | None, count("次序", unit="个", signed=True, default=-1)),
}
_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "note": st.none() | st.sampled_from(("", "甲")),
    "many": st.integers(0, 9),
    "tags": st.lists(st.sampled_from(("甲", "乙")), max_size=2).map(tuple),
    "done": st.booleans(),
    "near": st.none() | st.just("p0"),
    "words": st.sampled_from(("", "甲")),
    "order": st.none() | st.integers(-3, 3),
}


def _schema(fields: frozenset[str], *, optional: bool) -> Schema:
    """One type of some fields; its only required one may have become optional."""
    base: tuple[Any, Any] = (str | None, text("名称", default="甲")) if optional else (str, text("名称"))
    chosen = {name: _POOL[name]() for name in sorted(fields)}
    return Schema((declare("post", {"name": base, **chosen}),))


@st.composite
def _courses(draw: st.DrawFn) -> tuple[list[Schema], list[dict[str, Any]]]:
    """Declarations over time, and values of a record for each of them."""
    size = draw(st.integers(2, 4))
    loosened = draw(st.integers(1, size))
    fields = [draw(st.frozensets(st.sampled_from(sorted(_POOL)))) for _ in range(size)]
    schemas = [_schema(found, optional=at >= loosened) for at, found in enumerate(fields)]
    rows = [{"name": "甲", **{name: draw(_VALUES[name]) for name in sorted(found)}} for found in fields]
    return schemas, rows


def _post(schema: Schema, id_: str, values: dict[str, Any]) -> Record:
    return schema["post"].cls(id=id_, **values)


def _columns(url: str, table: str = "shequ_post") -> dict[str, str]:
    columns, _, _ = dump(url)[table]
    return {name: type_ for name, type_, _ in columns}


class TestDeclarationsThatNeedNoStep:
    """Fields may be added with a default, left out, and made optional, without a word."""

    @given(_courses())
    @settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @pytest.mark.slow
    def test_opened_step_by_step_or_at_once_it_is_the_same(
        self, kind: str, course: tuple[list[Schema], list[dict[str, Any]]]
    ) -> None:
        schemas, rows = course
        first, last = schemas[0], schemas[-1]
        with (
            tempfile.TemporaryDirectory() as one,
            tempfile.TemporaryDirectory() as two,
            empty_database(kind, Path(one)) as slowly,
            empty_database(kind, Path(two)) as at_once,
        ):
            for url in (slowly, at_once):
                with SqlStore(url, first, entropy=salts()) as store:
                    put(store, _post(first, "p0", rows[0]))
            for schema in schemas:
                SqlStore(slowly, schema).close()
            with SqlStore(slowly, last) as store, SqlStore(at_once, last) as other:
                expected = from_plain(last["post"].cls, to_plain(_post(first, "p0", rows[0])))
                assert {"p0": expected} == contents(store, last) == contents(other, last)
                assert contents(store, last, minutes=60) == contents(other, last, minutes=60) == {"p0": expected}
                assert list(store.log(HERE)) == list(other.log(HERE))
                assert store.verify(HERE) is None
                assert other.verify(HERE) is None
            more, fewer = _columns(slowly), _columns(at_once)
            assert fewer == {name: more[name] for name in fewer}
            assert set(more) - set(fewer) <= {name for schema in schemas for name in schema["post"].fields}

    @given(_courses())
    @settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @pytest.mark.slow
    def test_what_each_declaration_wrote_is_read_by_the_last(
        self, kind: str, course: tuple[list[Schema], list[dict[str, Any]]]
    ) -> None:
        schemas, rows = course
        cls = schemas[-1]["post"].cls
        with tempfile.TemporaryDirectory() as folder, empty_database(kind, Path(folder)) as url:
            expected: dict[str, Record] = {}
            for at, (schema, values) in enumerate(zip(schemas, rows, strict=True)):
                with SqlStore(url, schema) as store:
                    for id_ in ("p0", f"p{at}"):  # the first is written anew each time
                        made = _post(schema, id_, values)
                        put(store, made, minutes=at)
                        expected[id_] = from_plain(cls, to_plain(made))
                    assert store.verify(HERE) is None
            with SqlStore(url, schemas[-1]) as store:
                assert expected == contents(store, schemas[-1])
                assert store.verify(HERE) is None
                with store.read(HERE) as snapshot:
                    for name in schemas[-1]["post"].fields:  # filtered by in SQL, too
                        value = getattr(expected["p0"], name)
                        if value is not None:
                            found = [one.record.id for one in snapshot.scan(Select("post", eq(name, value)))]
                            assert "p0" in found

    def test_a_new_type_has_its_table(self, url: str) -> None:
        schema = Schema((Spot, Visit, declare("post", {"name": (str, text("名称"))})))
        with SqlStore(url, schema) as store:
            put(store, _post(schema, "p1", {"name": "甲"}))
            assert {"s1", "s2", "v2", "p1"} == set(contents(store, schema))
            assert () == store.undeclared

    def test_what_is_no_longer_declared_stays_and_is_reported(self, url: str) -> None:
        fields = {"name": (str, text("名称")), "roofed": (bool, flag("有顶", default=False))}
        smaller = Schema((declare("spot", fields),))
        before = dump(url)
        with SqlStore(url, smaller) as store:
            names = ("remark", "tags", "beside", "seats", "area", "opened", "checked")
            assert ("shequ_visit", *(f"shequ_spot.{name}" for name in names)) == store.undeclared
            put(store, smaller["spot"].cls(id="s9", name="新"))  # type: ignore[call-arg] # declared by the test
            assert {"s1", "s2", "s9"} == set(contents(store, smaller))
            assert store.verify(HERE) is None
        after = dump(url)
        assert before["shequ_visit"] == after["shequ_visit"]
        assert set(before["shequ_spot"][2]) < set(after["shequ_spot"][2])
        with SqlStore(url, FIRST) as store:
            assert {"s1": S1, "s2": S2, "s9": Spot(id="s9", name="新"), "v2": V2} == contents(store, FIRST)
            assert store.verify(HERE) is None

    def test_a_column_that_nobody_declares_and_that_demands_a_value_does_not_stop_writers(self, url: str) -> None:
        with SqlStore(url, FIRST) as store, store._database.writing() as connection:
            if store._database.engine.dialect.name == "sqlite":
                connection.exec_driver_sql("DROP TABLE shequ_visit")
                connection.exec_driver_sql(
                    "CREATE TABLE shequ_visit (district VARCHAR(64) NOT NULL, id VARCHAR(64) NOT NULL, version BIGINT "
                    "NOT NULL, spot VARCHAR(64), 'on' DATE, words TEXT, old BIGINT NOT NULL, "
                    "PRIMARY KEY (district, id)) WITHOUT ROWID"
                )
                connection.exec_driver_sql(
                    "INSERT INTO shequ_visit VALUES ('330206', 'v2', 7, 's2', '2025-03-05', '漏雨', 5)"
                )
            else:
                connection.exec_driver_sql("ALTER TABLE shequ_visit ADD COLUMN old BIGINT")
                connection.exec_driver_sql("UPDATE shequ_visit SET old = 5")
                change = {"postgresql": "ALTER COLUMN old SET NOT NULL"}.get(
                    store._database.engine.dialect.name, "MODIFY old BIGINT NOT NULL"
                )
                connection.exec_driver_sql(f"ALTER TABLE shequ_visit {change}")
        with SqlStore(url, FIRST) as store:
            assert ("shequ_visit.old",) == store.undeclared
            put(store, attrs.evolve(V2, id="v9"))
            assert V2 == contents(store, FIRST)["v2"]
            assert store.verify(HERE) is None
        assert [None, 5] == sorted((row[-1] for row in dump(url)["shequ_visit"][2]), key=bool)


# --- declared steps -----------------------------------------------------------------------------------------------


class TestStepsThatAreDeclared:
    """Renamed fields and types, changed kinds, required fields, values taken apart."""

    def test_a_store_of_version_1_keeps_all_it_has(self, url: str) -> None:
        before = dump(url)
        with SqlStore(url, FIRST) as store:
            assert {"s1": S1, "s2": S2, "v2": V2} == contents(store, FIRST)
            assert {"s1": Spot(id="s1", name="另一街道")} == contents(store, FIRST, OTHER)
            then = contents(store, FIRST, minutes=0)
            assert {"s1", "s2", "s3"} == set(then)
            assert attrs.evolve(S1, name="东亭", seats=8) == then["s1"]
            assert (None, None) == (store.verify(HERE), store.verify(OTHER))
            assert () == store.undeclared
        after = dump(url)
        for name in ("shequ_spot", "shequ_visit", "shequ_change", "shequ_commit", "shequ_head"):
            assert before[name] == after[name]
        assert {("library", shequ.__version__), ("schema_version", "2")} == set(after["shequ_meta"][2])

    @pytest.mark.slow
    def test_it_is_read_by_later_declarations(self, url: str) -> None:
        before = dump(url)
        with SqlStore(url, LATER) as store:
            assert {"s1": NEW_S1, "s2": NEW_S2, "v2": NEW_V2} == contents(store, LATER)
            then = contents(store, LATER, minutes=0)
            assert {"s1", "s2", "s3"} == set(then)
            assert attrs.evolve(NEW_S1, suffix=None, places=8) == then["s1"]
            assert NewSpot(id="s3", name="旧亭", keeper="社区") == then["s3"]
            assert (None, None) == (store.verify(HERE), store.verify(OTHER))
            put(store, attrs.evolve(NEW_S1, places=10), attrs.evolve(NEW_V2, words="已修"))
            assert 10 == getattr(contents(store, LATER)["s1"], "places", None)
            assert attrs.evolve(NEW_S1, suffix=None, places=8) == contents(store, LATER, minutes=0)["s1"]
            assert store.verify(HERE) is None
        after = dump(url)
        assert set(before["shequ_change"][2]) < set(after["shequ_change"][2])
        assert "shequ_visit" not in after

    def test_the_feed_and_the_history_of_a_record_speak_of_it_as_it_is_called_today(self, url: str) -> None:
        with SqlStore(url, LATER) as store:
            put(store, attrs.evolve(NEW_V2, words="已修"))
            made, changed = store.history(HERE, "call", "v2")
            assert ("call", "call") == (made.type, changed.type)
            assert to_plain(NEW_V2) == made.after == changed.before
            folded: dict[str, Any] = {}
            for change in store.changes(HERE):
                assert change.before is None or change.before == folded[change.id]
                folded[change.id] = change.after
            kept = {id_: to_plain(found) for id_, found in contents(store, LATER).items()}
            # What is left out means the default, and old values leave out what they did not know.
            types = {id_: type(found) for id_, found in contents(store, LATER).items()}
            assert kept == {
                id_: to_plain(from_plain(types[id_], value)) for id_, value in folded.items() if value is not None
            }

    def test_steps_taken_one_by_one_lead_to_the_same(self, url: str) -> None:
        second = declare(
            "spot",
            {
                "name": (str, text("名称")),
                "tags": (tuple[str, ...], texts("标签")),
                "places": (int, count("座位数", unit="个", default=0)),
            },
        )
        SqlStore(url, FIRST).close()
        SqlStore(url, Schema((second, Visit), STEPS[:1])).close()
        with SqlStore(url, LATER) as store:
            assert {"s1": NEW_S1, "s2": NEW_S2, "v2": NEW_V2} == contents(store, LATER)
            assert attrs.evolve(NEW_S1, suffix=None, places=8) == contents(store, LATER, minutes=0)["s1"]
            assert store.verify(HERE) is None

    def test_values_in_columns_of_another_type_stay_beside(self, url: str) -> None:
        with SqlStore(url, LATER) as store:
            assert "shequ_call.on_v1" in store.undeclared
        columns, _, rows = dump(url)["shequ_call"]
        at = [name for name, _, _ in columns].index("on_v1")
        assert ["2025-03-05"] == [str(row[at]) for row in rows]

    def test_columns_are_typed_and_indexed_as_in_a_new_store(self, url: str, kind: str, tmp_path: Path) -> None:
        (tmp_path / "new").mkdir()
        SqlStore(url, LATER).close()
        with empty_database(kind, tmp_path / "new") as fresh:
            SqlStore(fresh, LATER).close()
            for table in ("shequ_spot", "shequ_call", "shequ_head", "shequ_change", "shequ_meta"):
                wanted, found = _columns(fresh, table), _columns(url, table)
                assert wanted == {name: found[name] for name in wanted}
                assert dump(fresh)[table][1] == dump(url)[table][1]

    def test_two_fields_may_change_names(self, url: str) -> None:
        fields = {
            "name": (str, text("名称")),
            "remark": (str | None, text("备注", default=None)),
            "roofed": (bool, flag("有顶", default=False)),
        }
        swap = Migration("spot", 2, renamed={"name": "remark", "remark": "name"}, filled={"name": "无", "remark": "无"})
        schema = Schema((declare("spot", fields),), [swap])
        with SqlStore(url, schema) as store:
            found = contents(store, schema)
            assert ("𠮷野家旁", "东亭 新") == (found["s1"].name, found["s1"].remark)  # type: ignore[attr-defined]
            assert ("无", "西廊 长") == (found["s2"].name, found["s2"].remark)  # type: ignore[attr-defined]
            assert store.verify(HERE) is None

    def test_what_was_erased_stays_erased(self, url: str) -> None:
        with SqlStore(url, LATER) as store:
            assert [] == [change.after for change in store.history(HERE, "call", "v1") if change.after is not None]
            assert 1 == store.erase(HERE, [("call", "v2")], actor="clerk-07", reason="", at=AT + timedelta(hours=2))
            assert [] == [change.after for change in store.history(HERE, "call", "v2") if change.after is not None]
            assert store.verify(HERE) is None

    def test_a_new_store_is_of_the_latest_version_at_once(self, tmp_path: Path) -> None:
        with SqlStore(f"sqlite:///{tmp_path}/street.db", LATER) as store:
            put(store, NEW_S1)
            assert {"s1": NEW_S1} == contents(store, LATER)
        with SqlStore(f"sqlite:///{tmp_path}/street.db", LATER) as store:
            assert {"s1": NEW_S1} == contents(store, LATER, minutes=60)


class TestRefusals:
    """What cannot be read as it is, and nobody says how to read, is refused before anything is changed."""

    @pytest.mark.parametrize(
        ("field", "annotation", "declared", "why"),
        [
            ("keeper", str, lambda: text("管护人"), r"spot\.keeper（spot类的管护人）新增，必须有值"),
            ("seats", str, lambda: text("座位数", default=""), "由 count 改为 text"),
            ("remark", str, lambda: text("备注", default=""), "原可为空，现必须有值"),
            ("remark", str | None, lambda: text("备注", default="无"), "原可省略，现缺省值不同"),
            ("tags", tuple[str, ...], lambda: texts("标签", default=("甲",)), "原可省略，现缺省值不同"),
        ],
    )
    def test_a_change_without_its_step(
        self, url: str, field: str, annotation: Any, declared: Callable[[], Any], why: str
    ) -> None:
        SqlStore(url, FIRST).close()
        before = dump(url)
        fields = {"name": (str, text("名称")), field: (annotation, declared())}
        with pytest.raises(BackendError, match=why) as caught:
            SqlStore(url, Schema((declare("spot", fields), declare("post", {"name": (str, text("名称"))}))))
        assert "未作任何修改" in caught.value.message
        assert "shequ_migrations" in caught.value.remedy
        assert before == dump(url)

    def test_a_required_field_is_no_matter_where_there_are_no_records(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path}/street.db"
        SqlStore(url, FIRST).close()
        schema = Schema((declare("spot", {"name": (str, text("名称")), "keeper": (str, text("管护人"))}),))
        with SqlStore(url, schema) as store:
            put(store, schema["spot"].cls(id="s1", name="甲", keeper="乙"))  # type: ignore[call-arg] # by the test
            assert store.verify(HERE) is None

    @pytest.mark.parametrize("broken", [lambda values: {**values, "keeper": None}, lambda values: values["absent"]])
    def test_a_step_that_fails(self, url: str, broken: Callable[[dict[str, Any]], Any]) -> None:
        SqlStore(url, FIRST).close()
        before = dump(url)
        steps = (*STEPS[:1], Migration("spot", 3, rewrite=broken), STEPS[2])
        with pytest.raises(BackendError, match="的 spot s1 无法升级") as caught:
            SqlStore(url, Schema((NewSpot, Call), steps))
        assert "未作任何修改" in caught.value.message
        assert "更正其 Migration" in caught.value.remedy
        assert before == dump(url)
        with SqlStore(url, LATER) as store:
            assert {"s1": NEW_S1, "s2": NEW_S2, "v2": NEW_V2} == contents(store, LATER)

    def test_a_record_type_of_a_later_version(self, url: str) -> None:
        SqlStore(url, LATER).close()
        before = dump(url)
        with pytest.raises(BackendError, match="记录类型 spot（点位）的版本为 3，本程序只认识到 1") as caught:
            SqlStore(url, FIRST)
        assert "升级提供该类型的插件" in caught.value.remedy
        assert before == dump(url)

    def test_columns_of_a_later_library(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        fields = {"spot": (str, ref("点位", to="spot")), "on": (date, day("日期")), "words": (str, text("内容"))}
        more = declare("visit", {**fields, "weather": (str, text("天气", default=""))})
        with monkeypatch.context() as patched:
            patched.setattr("shequ.store.sql.plan.LIBRARY", "0.12.0")
            patched.setattr("shequ.store.sql.migration.LIBRARY", "0.12.0")
            SqlStore(url, Schema((Spot, more))).close()
        monkeypatch.setattr(plan_module, "LIBRARY", "0.9.1")
        with pytest.raises(
            BackendError, match=r"由 shequ 0\.12\.0 升级过，有 shequ 0\.9\.1 不认识的列：shequ_visit\.weather"
        ):
            SqlStore(url, FIRST)
        SqlStore(url, Schema((Spot, more, declare("post", {"name": (str, text("名称"))})))).close()
        with pytest.raises(BackendError, match="不认识的列"):  # nor did an older one that added a table hide it
            SqlStore(url, FIRST)
        monkeypatch.setattr(plan_module, "LIBRARY", "0.12.0")
        with SqlStore(url, FIRST) as store:
            assert ("shequ_post", "shequ_visit.weather") == store.undeclared

    @pytest.mark.parametrize(
        ("steps", "what"),
        [
            ([Migration("spot", 3)], r"lead to the versions \[3\]"),
            ([Migration("spot", 2), Migration("spot", 2)], r"lead to the versions \[2, 2\]"),
            ([Migration("tree", 2)], "migrations of tree, which is no record type"),
            ([Migration("spot", 2, was="visit")], "cannot have been called 'visit'"),
        ],
    )
    def test_steps_that_do_not_follow_on_one_another(self, steps: list[Migration], what: str) -> None:
        with pytest.raises(Misuse, match=what):
            Schema((Spot, Visit), steps)


# --- several processes, and processes that end --------------------------------------------------------------------

CHILD = """
import os, signal, sys
sys.path.insert(0, {folder!r})
from migration_samples import *
from shequ.store.sql.store import SqlStore
calls = 0
def counted(values):
    global calls
    calls += 1
    if calls == {die_at}:
        os.kill(os.getpid(), signal.SIGKILL)
    return split_name(values)
steps = (STEPS[0], Migration("spot", 3, filled={{"keeper": "社区"}}, rewrite=counted), STEPS[2])
print("ready", flush=True)
sys.stdin.readline()
store = SqlStore({url!r}, Schema((NewSpot, Call), steps))
print(calls, flush=True)
store.close()
"""


def start(url: str, *, die_at: int = 0) -> "subprocess.Popen[str]":
    """Start a process that opens, and so migrates, a database when it is told to go."""
    code = CHILD.format(folder=str(Path(__file__).parent), url=url, die_at=die_at)
    made = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert made.stdout is not None
    assert "ready\n" == made.stdout.readline()
    return made


class TestProcesses:
    """One migrates, others wait; who is killed leaves what can be migrated."""

    @pytest.mark.slow
    def test_of_several_that_open_it_at_once_one_migrates(self, url: str, kind: str) -> None:
        started = [start(url) for _ in range(3)]
        for process in started:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        calls = sorted(int(process.communicate()[0]) for process in started)
        assert [0, 0, 0] == [process.returncode for process in started]
        # Three records; where changes to tables cannot be undone they are tried first.
        assert [0, 0, 6 if kind == "mariadb" else 3] == calls
        with SqlStore(url, LATER) as store:
            assert {"s1": NEW_S1, "s2": NEW_S2, "v2": NEW_V2} == contents(store, LATER)
            assert store.verify(HERE) is None

    @pytest.mark.parametrize("die_at", [1, 3, 5])
    @pytest.mark.slow
    def test_one_that_is_killed_half_way_leaves_it_to_the_next(self, url: str, kind: str, die_at: int) -> None:
        if die_at == 5 and kind != "mariadb":
            die_at = 2
        process = start(url, die_at=die_at)
        process.communicate("go\n")
        assert -signal.SIGKILL == process.returncode
        if kind == "sqlite":
            with SqlStore(url, FIRST) as store:  # it is as it was
                assert {"s1": S1, "s2": S2, "v2": V2} == contents(store, FIRST)
        with SqlStore(url, LATER) as store:
            assert {"s1": NEW_S1, "s2": NEW_S2, "v2": NEW_V2} == contents(store, LATER)
            assert attrs.evolve(NEW_S1, suffix=None, places=8) == contents(store, LATER, minutes=0)["s1"]
            assert (None, None) == (store.verify(HERE), store.verify(OTHER))

    @pytest.mark.parametrize("adopted", [False, True])
    @pytest.mark.parametrize("done", [1, 2, 3, 4])
    def test_changes_to_tables_that_were_cut_short_are_gone_on_with(self, url: str, adopted: bool, done: int) -> None:
        """As where each of them is committed by itself."""
        if adopted:
            SqlStore(url, FIRST).close()
        engine = create_engine(url)
        with engine.begin() as connection:
            for statement in (
                "ALTER TABLE shequ_visit RENAME TO shequ_call",
                "ALTER TABLE shequ_spot RENAME COLUMN seats TO places",
                "ALTER TABLE shequ_spot ADD COLUMN keeper TEXT",
                "ALTER TABLE shequ_call ADD COLUMN next_spot VARCHAR(64)",
            )[:done]:
                connection.exec_driver_sql(statement)
        engine.dispose()
        with SqlStore(url, LATER) as store:
            assert {"s1": NEW_S1, "s2": NEW_S2, "v2": NEW_V2} == contents(store, LATER)
            assert attrs.evolve(NEW_S1, suffix=None, places=8) == contents(store, LATER, minutes=0)["s1"]
            assert (None, None) == (store.verify(HERE), store.verify(OTHER))


class TestFiles:
    """What is not changed is not written, and what cannot be written is read where that is possible."""

    def test_opening_what_is_of_today_writes_nothing(self, file: str, tmp_path: Path) -> None:
        SqlStore(file, LATER).close()
        path = tmp_path / "street.db"
        before, at = path.read_bytes(), path.stat().st_mtime_ns
        with SqlStore(file, LATER) as store:
            assert not (tmp_path / "street.db-wal").exists() or 0 == (tmp_path / "street.db-wal").stat().st_size
            contents(store, LATER)
        assert (before, at) == (path.read_bytes(), path.stat().st_mtime_ns)

    def test_tables_are_made_once_for_the_same_types(self) -> None:
        assert Tables.of(FIRST, {}) is Tables.of(Schema((Spot, Visit)), {})
        assert Tables.of(FIRST, {}) is not Tables.of(FIRST, {"mysql_engine": "InnoDB"})
        assert Tables.of(Schema((NewSpot, Call), STEPS), {}) is not Tables.of(Schema((NewSpot, Call)), {})

    @pytest.mark.parametrize(("schema", "says"), [("FIRST", "['s1', 's2', 'v2']"), ("LATER", "文件只读，无法写入")])
    @pytest.mark.slow
    def test_a_read_only_file_of_version_1(self, schema: str, says: str) -> None:
        with tempfile.TemporaryDirectory() as name, frozen("sqlite", Path(name)) as url:
            folder = Path(name)
            folder.chmod(0o777)
            with sqlite3.connect(folder / "street.db") as connection:
                connection.execute("PRAGMA journal_mode=WAL")
            connection.close()
            (folder / "street.db").chmod(0o444)
            code = (
                f"import os, sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
                "from migration_samples import *\n"
                "import shutil, tempfile, shequ.store.memory\n"
                "from shequ.errors import BackendError\n"
                "from shequ.query import Select\n"
                "from shequ.store.sql.store import SqlStore\n"
                # Migrating a copy imports all that is needed, while it may still be read.
                "with tempfile.TemporaryDirectory() as copy:\n"
                f"    shutil.copy({str(folder / 'street.db')!r}, copy)\n"
                "    os.chmod(f'{copy}/street.db', 0o644)\n"
                f"    with SqlStore(f'sqlite:///{{copy}}/street.db', {schema}) as store:\n"
                "        store.verify('330206')\n"
                "if os.geteuid() == 0: os.setuid(65534)\n"
                "try:\n"
                f"    with SqlStore({url!r}, {schema}) as store, store.read('330206') as snapshot:\n"
                "        print([one.record.id for type in ('spot', 'visit') for one in snapshot.scan(Select(type))])\n"
                "        assert store.verify('330206') is None\n"
                "except BackendError as error:\n"
                "    print(error)\n"
            )
            said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
            assert says in said
            assert "Traceback" not in said


@pytest.fixture(params=["memory", "sqlite"])
def later_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[Schema], Store]]:
    """Opens a new store of later declarations."""
    with ExitStack() as stack:
        numbers = itertools.count()

        def opened(schema: Schema) -> Store:
            if request.param == "memory":
                return stack.enter_context(MemoryStore(schema))
            return stack.enter_context(SqlStore(f"sqlite:///{tmp_path}/later{next(numbers)}.db", schema))

        yield opened


class TestBackups:
    """14.5: A backup written by former declarations is taken in by later ones, and read in the form of today."""

    def test_it_is_read_as_if_the_store_had_been_migrated(
        self, tmp_path: Path, later_store: Callable[[Schema], Store]
    ) -> None:
        with frozen("sqlite", tmp_path) as url:
            with SqlStore(url, FIRST) as store:
                export_history(store, HERE, tmp_path / "old.jsonl")
            taken_in = later_store(LATER)
            import_history(taken_in, LATER, tmp_path / "old.jsonl")
            with SqlStore(url, LATER) as migrated:
                assert contents(migrated, LATER) == contents(taken_in, LATER)
                assert list(migrated.changes(HERE)) == list(taken_in.changes(HERE))
                for type_, id_ in (("spot", "s1"), ("call", "v2")):
                    assert list(migrated.history(HERE, type_, id_)) == list(taken_in.history(HERE, type_, id_))
                for minutes in range(-1, 12):
                    at = AT + timedelta(minutes=minutes)
                    with migrated.read(HERE, at) as expected, taken_in.read(HERE, at) as found:
                        for name in ("spot", "call"):
                            assert list(expected.scan(Select(name))) == list(found.scan(Select(name)))
        assert taken_in.verify(HERE) is None

    def test_it_goes_on_from_store_to_store_to_the_byte(
        self, tmp_path: Path, later_store: Callable[[Schema], Store]
    ) -> None:
        with frozen("sqlite", tmp_path) as url, SqlStore(url, FIRST) as store:
            export_history(store, HERE, tmp_path / "old.jsonl")
        second, third = later_store(LATER), later_store(LATER)
        import_history(second, LATER, tmp_path / "old.jsonl")
        export_history(second, HERE, tmp_path / "again.jsonl")
        assert (tmp_path / "old.jsonl").read_bytes() == (tmp_path / "again.jsonl").read_bytes()
        put(second, NEW_S2)
        put(second, attrs.evolve(NEW_S1, name="新 名"))  # of today: the step that takes names apart is not for it
        export_history(second, HERE, tmp_path / "both.jsonl")
        import_history(third, LATER, tmp_path / "again.jsonl")
        import_history(third, LATER, tmp_path / "both.jsonl")
        export_history(third, HERE, tmp_path / "both again.jsonl")
        assert (tmp_path / "both.jsonl").read_bytes() == (tmp_path / "both again.jsonl").read_bytes()
        assert contents(second, LATER) == contents(third, LATER)
        assert "新 名" == contents(third, LATER)["s1"].name
        assert list(second.changes(HERE)) == list(third.changes(HERE))
        assert third.verify(HERE) is None

    def test_a_store_that_is_open_meanwhile_reads_it_rightly(self, tmp_path: Path) -> None:
        with frozen("sqlite", tmp_path) as url, SqlStore(url, FIRST) as store:
            export_history(store, HERE, tmp_path / "old.jsonl")
        target = f"sqlite:///{tmp_path}/target.db"
        with SqlStore(target, LATER) as reader, SqlStore(target, LATER) as writer:
            import_history(writer, LATER, tmp_path / "old.jsonl")
            assert list(writer.changes(HERE)) == list(reader.changes(HERE))
            assert reader.verify(HERE) is None

    def test_one_of_later_declarations_is_refused(self, tmp_path: Path) -> None:
        with SqlStore(f"sqlite:///{tmp_path}/later.db", LATER) as store:
            put(store, NEW_S1)
            export_history(store, HERE, tmp_path / "new.jsonl")
        for steps, says in (
            ([STEPS[0], STEPS[2]], "spot 的第 3 版声明写出，本程序只认识到第 2 版"),
            ([], "call 的第 2 版声明写出，本程序只认识到第 1 版"),
        ):
            older = Schema((NewSpot, Call), steps)
            with pytest.raises(Misuse, match=f"历史由 {says}"):
                import_history(MemoryStore(older), older, tmp_path / "new.jsonl")

    def test_what_a_step_cannot_read_is_refused_and_nothing_is_stored(self, tmp_path: Path) -> None:
        with frozen("sqlite", tmp_path) as url, SqlStore(url, FIRST) as store:
            export_history(store, HERE, tmp_path / "old.jsonl")
        broken = Schema(
            (NewSpot, Call),
            [STEPS[0], Migration("spot", 3, rewrite=lambda values: {**values, "area": 1 / 0}), STEPS[2]],
        )
        with SqlStore(f"sqlite:///{tmp_path}/target.db", broken) as target:
            with pytest.raises(BadData, match="改写到版本 3 的步骤出错"):
                import_history(target, broken, tmp_path / "old.jsonl")
            assert () == target.districts()


def test_a_former_history_is_not_taken_in_as_one_of_today(file: str) -> None:
    fields = {"name": (str, text("名称")), "places": (int, count("座位数", unit="个", default=0))}
    later = Schema((declare("spot", fields), Visit), [Migration("spot", 2, renamed={"seats": "places"})])
    with SqlStore(file, FIRST) as store:
        entries = list(store.log(HERE))
    target = MemoryStore(later)
    with pytest.raises(BadData, match=r"历史第 1 条是 spot 的旧版声明所写，有今天没有的字段 .*seats"):
        target.replay(HERE, entries)
    assert () == target.districts()


@pytest.mark.slow
def test_the_how_to_s_example_migrates(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs/how-to/change-a-record-type.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    code = page.partition("```python\n")[2].partition("```")[0]
    exec(compile(code, "change-a-record-type.md", "exec"), names)  # noqa: S102 - the page's own example

    class Before:
        @hookimpl
        def shequ_record_types(self) -> list[type[Record]]:
            fields = {
                "community": (str, ref("社区", to="community")),
                "name": (str, text("名称")),
                "sockets": (int, count("插座数", unit="个")),
            }
            return [declare("socket_board", fields)]

    url = f"sqlite:///{tmp_path}/street.db"
    with shequ.open(url, HERE, host=PluginHost({"piles": Before()}, discover=False), clock=lambda: AT) as register:
        cls: Any = register.schema["socket_board"].cls
        register.put(cls(id="p1", community="c1", name="东门／张三", sockets=10), reason="建档")
        register.put(cls(id="p2", community="c1", name="西门", sockets=4), reason="建档")
    host = PluginHost({"piles": names["Piles"]()}, discover=False)
    with shequ.open(url, HERE, host=host, clock=lambda: AT) as register:
        made: Any = names["ChargingPile"]
        assert made(id="p1", community="c1", name="东门", keeper="张三", outlets=10) == register.get("充电桩", "p1")
        assert made(id="p2", community="c1", name="西门", keeper="社区", outlets=4) == register.get("充电桩", "p2")


class TestHook:
    """Plugins bring the steps of their record types."""

    def test_a_plugin_changes_its_record_type(self, tmp_path: Path) -> None:
        class Before:
            @hookimpl
            def shequ_record_types(self) -> list[type[Record]]:
                return [declare("pile", {"name": (str, text("名称")), "sockets": (int, count("插座", unit="个"))})]

        class After:
            @hookimpl
            def shequ_record_types(self) -> list[type[Record]]:
                return [declare("pile", {"name": (str, text("名称")), "outlets": (int, count("插座", unit="个"))})]

            @hookimpl
            def shequ_migrations(self) -> list[Migration]:
                return [Migration("pile", 2, renamed={"sockets": "outlets"})]

        url = f"sqlite:///{tmp_path}/street.db"
        with shequ.open(url, HERE, host=PluginHost({"piles": Before()}, discover=False), clock=lambda: AT) as register:
            cls: Any = register.schema["pile"].cls
            register.put(cls(id="p1", name="东门", sockets=10), reason="建档")
        with shequ.open(url, HERE, host=PluginHost({"piles": After()}, discover=False), clock=lambda: AT) as register:
            found: Any = register.get("pile", "p1")
            assert ("东门", 10) == (found.name, found.outlets)

    def test_a_new_store_in_memory_is_of_today(self) -> None:
        store = MemoryStore(LATER)
        put(store, NEW_S1)
        assert {"s1": NEW_S1} == contents(store, LATER)
