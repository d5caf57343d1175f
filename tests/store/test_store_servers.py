"""What holds for PostgreSQL and MariaDB: transactions, types, and real faults of real servers."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, example, given, settings
from servers import KINDS, Wire, new_database, run
from small_disks import database_on_small_disk
from sqlalchemy import create_engine, inspect, make_url
from store_samples import (
    AT,
    HERE,
    NASTY_TEXTS,
    SCHEMA,
    THERE,
    THINGS,
    Plan,
    Thing,
    kept,
    later,
    save,
    state,
    thing,
    things,
)
from test_store_sqlite import ADD, WRITE_FOR_EVER, finish, start

from shequ.errors import BackendError, MissingExtra, Misuse
from shequ.model import RECORD_TYPES
from shequ.query import By, Count, Keys, Question, When
from shequ.store import ABSENT, ANY, Store
from shequ.store.sql import database, open_sql
from shequ.store.sql.servers import Server
from shequ.store.sql.snapshots import SqlSnapshot
from shequ.store.sql.store import SqlStore

pytestmark = pytest.mark.slow


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Which server."""
    return str(request.param)


@pytest.fixture
def url(kind: str) -> Iterator[str]:
    """URL of an empty database."""
    with new_database(kind) as made:
        yield made


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    """An empty store."""
    with SqlStore(url, SCHEMA) as made:
        yield made


@pytest.fixture
def wire(url: str) -> Iterator[Wire]:
    """A wire to the server that can be cut."""
    made = Wire(url)
    yield made
    with suppress(OSError):
        made.cut()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits for locks for a second only, the least that MariaDB knows; and not at all between attempts."""
    monkeypatch.setattr(Server, "wait_seconds", 1)
    monkeypatch.setattr(Server, "pauses", (0, 0))


def lock(url: str, district: str) -> Callable[[], None]:
    """Lock a district's head as another program would; returns what lets go of it."""
    engine = create_engine(url)
    connection = engine.connect()
    connection.begin()
    assert connection.exec_driver_sql("SELECT number FROM shequ_head WHERE district = %s FOR UPDATE", (district,)).all()

    def let_go() -> None:
        connection.close()
        engine.dispose()

    return let_go


def alter(url: str, *statements: str) -> None:
    """Run statements as another program would."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def kill_others(kind: str, url: str) -> int:
    """End every connection to a database, as an administrator can."""
    name = make_url(url).database
    if kind == "postgresql":
        engine = create_engine(url)
        with engine.connect() as connection:
            found = connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            ).all()
        engine.dispose()
        return len(found)
    engine = create_engine(make_url(url).set(database="mysql"))
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT id FROM information_schema.processlist WHERE db = %s", (name,)).all()
        for (number,) in rows:
            connection.exec_driver_sql(f"KILL {number}")
    engine.dispose()
    return len(rows)


class TestTransactions:
    """Writers of a district go one behind the other; whatever else happens goes on beside them."""

    def test_the_first_commits_of_a_district_may_come_all_at_once(self, store: SqlStore) -> None:
        barrier = threading.Barrier(6)
        failed: list[BaseException] = []

        def write(number: int) -> None:
            barrier.wait()
            try:
                save(store, thing(f"t{number}"), expect=ABSENT)
            except BaseException as error:  # noqa: BLE001 - the thread ends here, the test says it
                failed.append(error)

        threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [] == failed
        assert 6 == len(kept(store))
        assert list(range(1, 7)) == [change.number for change in store.changes(HERE)]
        assert store.verify(HERE) is None

    @pytest.mark.usefixtures("impatient")
    def test_a_district_does_not_wait_for_another(self, store: SqlStore, url: str) -> None:
        save(store, thing("a"))
        save(store, thing("a"), district=THERE)
        let_go = lock(url, HERE)
        try:
            save(store, thing("b"), district=THERE)
            save(store, thing("b"), district="a new one")
            assert [("thing", "a")] == list(kept(store))
        finally:
            let_go()

    @pytest.mark.usefixtures("impatient")
    def test_a_lock_not_got_in_time_is_tried_again(
        self, store: SqlStore, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        save(store, thing("a"))
        store._database.engine.dispose()
        let_go = lock(url, HERE)
        monkeypatch.setattr(database.time, "sleep", lambda _seconds: let_go())
        save(store, thing("b"))
        assert {"a", "b"} == {id_ for _, id_ in kept(store)}

    @pytest.mark.usefixtures("impatient")
    def test_a_lock_never_got_is_reported(self, store: SqlStore, url: str) -> None:
        save(store, thing("a"))
        store._database.engine.dispose()
        before = state(store)
        let_go = lock(url, HERE)
        with pytest.raises(BackendError, match=r"正被另一个程序占用.*待其写完后再试"):
            save(store, thing("b"))
        let_go()
        assert before == state(store)
        save(store, thing("b"))
        assert store.verify(HERE) is None

    def test_two_processes_that_add_to_one_record_lose_no_addition(self, store: SqlStore, url: str) -> None:
        save(store, thing("sum"))
        assert [0, 0] == finish([start(url, ADD, name) for name in ("x", "y")])
        assert 40 == getattr(kept(store)["thing", "sum"].record, "number", None)
        assert list(range(1, 82)) == [change.number for change in store.changes(HERE)]
        assert store.verify(HERE) is None

    def test_processes_that_open_a_new_database_at_once_all_can(self, url: str) -> None:
        code = "save(store, thing(sys.argv[1]))"
        assert [0] * 3 == finish([start(url, code, f"p{number}") for number in range(3)])
        with SqlStore(url, SCHEMA) as store:
            assert {"p0", "p1", "p2"} == {id_ for _, id_ in kept(store)}

    def test_a_writer_killed_leaves_whole_commits(self, url: str) -> None:
        with start(url, WRITE_FOR_EVER) as writer:
            assert writer.stdin is not None
            assert writer.stdout is not None
            writer.stdin.write("go\n")
            writer.stdin.flush()
            told = [int(writer.stdout.readline()) for _ in range(3)][-1]
            writer.send_signal(signal.SIGKILL)
            told = max([told, *(int(line) for line in writer.stdout if line.endswith("\n"))])
        with SqlStore(url, SCHEMA) as store:
            last = kept(store)["thing", "sum"].record
            assert isinstance(last, Thing)
            assert last.number >= told
            assert 40 * (last.number + 1) + 1 == len(kept(store))
            assert store.verify(HERE) is None


class TestTypes:
    """Columns are typed, and every value comes back as it was sent."""

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(sent=THINGS)
    @example(sent=thing(name="".join(NASTY_TEXTS[:-1]), note="x" * 200_000, tags=("a ", "a")))
    def test_every_record_comes_back_as_it_was_sent(self, store: SqlStore, sent: Thing) -> None:
        save(store, sent)
        assert sent == kept(store)["thing", sent.id].record

    def test_many_at_once_are_the_same_as_one_by_one(self, store: SqlStore) -> None:
        """On PostgreSQL they go another way."""
        sent = [thing(f"t{at:03d}", name=text, note=None if at % 2 else text) for at, text in enumerate(NASTY_TEXTS)]
        save(store, *sent)
        assert sent == [found.record for found in kept(store).values()]

    def test_ids_come_in_the_order_of_their_code_points(self, store: SqlStore) -> None:
        save(store, *things("b", "B", "a", "A", "a.b", "a-b", "a_b", "ab", "0", "Z"))
        assert ["0", "A", "B", "Z", "a", "a-b", "a.b", "a_b", "ab", "b"] == [id_ for _, id_ in kept(store)]

    def test_districts_that_look_alike_are_different(self, store: SqlStore) -> None:
        for name in ("a", "A", "a ", "ａ"):
            save(store, thing(f"in-{ord(name[-1])}"), district=name)
        assert ("A", "a", "a ", "ａ") == store.districts()
        assert all(1 == len(kept(store, name)) for name in store.districts())

    def test_every_type_of_the_library_has_its_table(self, url: str) -> None:
        with SqlStore(url) as store:
            names = set(inspect(store._database.engine).get_table_names())
            assert {f"shequ_{declared.__record__.name}" for declared in RECORD_TYPES} <= names
            assert store.verify(HERE) is None

    def test_columns_are_typed(self, store: SqlStore, kind: str) -> None:
        asked = "SELECT column_name, {} FROM information_schema.columns WHERE table_name = 'shequ_thing'"
        column, wanted = {
            "postgresql": (
                "CASE collation_name WHEN 'C' THEN 'C ' ELSE '' END || udt_name",
                ("C varchar", "C text", "int8", "bool", "date", "timestamp", "time"),
            ),
            "mariadb": (
                "column_type",
                ("varchar(64)", "longtext", "bigint(20)", "tinyint(1)", "date", "datetime(6)", "time(6)"),
            ),
        }[kind]
        with store._database.reading() as connection:
            types = {row[0]: row[1] for row in connection.exec_driver_sql(asked.format(column))}
        names = ("id", "name", "number", "done", "made", "seen", "opens")
        assert dict(zip(names, wanted, strict=True)) == {name: types[name] for name in names}

    @pytest.mark.parametrize("kind", ["mariadb"], indirect=True)
    def test_mariadb_is_strict_and_compares_code_points(self, store: SqlStore) -> None:
        with store._database.reading() as connection:
            modes = connection.exec_driver_sql("SELECT @@sql_mode").scalar_one().split(",")
            assert {"STRICT_ALL_TABLES", "NO_ENGINE_SUBSTITUTION"} <= set(modes)
            found = connection.exec_driver_sql(
                "SELECT DISTINCT table_collation, engine FROM information_schema.tables WHERE table_schema = DATABASE()"
            )
            assert [("utf8mb4_nopad_bin", "InnoDB")] == found.all()


class TestOpening:
    """What cannot be opened is said, with what to do; no password is ever shown."""

    @pytest.mark.parametrize("scheme", ["mysql", "mysql+pymysql", "mariadb+pymysql"])
    def test_mariadb_goes_by_each_of_its_names(self, scheme: str) -> None:
        with new_database("mariadb") as url, open_sql(_as(url, scheme), SCHEMA) as store:
            save(store, thing("a"))
            assert isinstance(store, Store)

    @pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg"])
    def test_postgresql_goes_by_each_of_its_names(self, scheme: str) -> None:
        with new_database("postgresql") as url, open_sql(_as(url, scheme), SCHEMA) as store:
            save(store, thing("a"))

    @pytest.mark.parametrize(
        "url",
        ["postgresql://u:secret@h", "mysql://u:secret@h/", "postgresql+psycopg2://u:secret@h/x",
         "mysql://u:secret@h:port/x", "mysql+mysqldb://u:sec@ret@h/x"],
    )  # fmt: skip
    def test_what_is_not_served_is_misuse_that_hides_the_password(self, url: str) -> None:
        with pytest.raises(Misuse) as caught:
            SqlStore(url, SCHEMA)
        assert "sec" not in str(caught.value)
        assert "://" in caught.value.message + caught.value.remedy

    def test_without_its_driver_the_extra_is_named(self, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
        driver, extra = {"postgresql": ("psycopg", "postgres"), "mariadb": ("pymysql", "mysql")}[kind]
        monkeypatch.setitem(__import__("sys").modules, driver, None)
        with pytest.raises(MissingExtra) as caught:
            SqlStore({"postgresql": "postgresql://u@h/x", "mariadb": "mysql://u@h/x"}[kind], SCHEMA)
        assert extra == caught.value.extra

    def test_a_wrong_login(self, url: str) -> None:
        """PostgreSQL trusts everybody here, so there it is a user that does not exist."""
        wrong = make_url(url).set(username="nobody_of_that_name", password="secret")  # noqa: S106 - a wrong one
        with pytest.raises(BackendError) as caught:
            SqlStore(wrong.render_as_string(hide_password=False), SCHEMA)
        assert "用户名或密码不对" in caught.value.message
        assert "核对地址中的用户名和密码" in caught.value.remedy
        assert "secret" not in str(caught.value)

    def test_a_wrong_password(self) -> None:
        with new_database("mariadb") as url:
            name = make_url(url).database
            run("mariadb", f"CREATE USER {name}@'%%' IDENTIFIED BY 'right'", f"GRANT ALL ON {name}.* TO {name}@'%%'")
            try:
                login = make_url(url).set(username=name)
                with pytest.raises(BackendError, match="用户名或密码不对") as caught:
                    SqlStore(login.set(password="wrong").render_as_string(hide_password=False), SCHEMA)  # noqa: S106
                assert "wrong" not in str(caught.value)
                right = login.set(password="right").render_as_string(hide_password=False)  # noqa: S106
                with SqlStore(right, SCHEMA) as store:
                    save(store, thing("a"))
                    assert "right" not in store._database.place
            finally:
                run("mariadb", f"DROP USER {name}@'%%'")

    def test_no_such_database(self, url: str) -> None:
        with pytest.raises(BackendError, match="/not_there：没有这个数据库") as caught:
            SqlStore(make_url(url).set(database="not_there").render_as_string(hide_password=False), SCHEMA)
        assert "请管理员建立" in caught.value.remedy

    @pytest.mark.parametrize("address", [("127.0.0.1", 9), ("no.such.host.invalid", None)])
    def test_no_server(self, kind: str, address: tuple[str, int | None]) -> None:
        scheme = {"postgresql": "postgresql", "mariadb": "mysql"}[kind]
        host, port = address
        with pytest.raises(BackendError, match="连不上数据库服务器") as caught:
            SqlStore(f"{scheme}://u:secret@{host}{f':{port}' if port else ''}/x", SCHEMA)
        assert "核对主机和端口" in caught.value.remedy
        assert "secret" not in str(caught.value)

    def test_a_parameter_that_the_driver_does_not_know(self, url: str) -> None:
        with pytest.raises((Misuse, BackendError), match=r"的参数不合格式"):
            SqlStore(make_url(url).update_query_dict({"nonsense": "1"}).render_as_string(hide_password=False), SCHEMA)

    def test_a_user_who_may_only_read(self, url: str, kind: str) -> None:
        name = make_url(url).database
        if kind == "postgresql":
            begin = (f"CREATE ROLE {name} LOGIN", f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}")
            end = (f"DROP OWNED BY {name}", f"DROP ROLE {name}")
        else:
            begin = (f"CREATE USER {name}@'%%'", f"GRANT SELECT ON {name}.* TO {name}@'%%'")
            end = (f"DROP USER {name}@'%%'",)
        with SqlStore(url, SCHEMA) as store:
            save(store, thing("a"))
            alter(url, *begin)
            try:
                reader = make_url(url).set(username=name).render_as_string(hide_password=False)
                with SqlStore(reader, SCHEMA) as reading:
                    assert [("thing", "a")] == list(kept(reading))
                    with pytest.raises(BackendError, match="没有所需的权限"):
                        save(reading, thing("b"))
            finally:
                alter(url, *end)
            assert [("thing", "a")] == list(kept(store))


def _as(url: str, scheme: str) -> str:
    return make_url(url).set(drivername=scheme).render_as_string(hide_password=False)


class TestServerGone:
    """A connection that breaks loses nothing and repeats nothing; the store works again when the server is back."""

    def test_connections_ended_while_idle_are_not_noticed(self, store: SqlStore, url: str, kind: str) -> None:
        save(store, thing("a"))
        assert kill_others(kind, url) >= 1
        save(store, thing("b"))
        assert kill_others(kind, url) >= 1
        assert {"a", "b"} == {id_ for _, id_ in kept(store)}

    def test_a_connection_ended_while_reading(self, store: SqlStore, url: str, kind: str) -> None:
        save(store, thing("a"))
        with store.read(HERE) as snapshot:
            kill_others(kind, url)
            with pytest.raises(BackendError, match="与数据库的连接中断") as caught:
                snapshot.get("thing", "a")
        assert "待数据库恢复后再试" == caught.value.remedy
        assert [("thing", "a")] == list(kept(store))

    def test_a_connection_ended_in_a_session_that_only_writes_then_is_not_noticed(
        self, store: SqlStore, url: str, kind: str
    ) -> None:
        """The snapshot below is gone, but nothing more is asked of it."""
        with store.session(HERE, actor="a", reason="", at=AT) as session:
            session.put(thing("a"), ABSENT)
            kill_others(kind, url)
        assert [("thing", "a")] == list(kept(store))
        assert store.verify(HERE) is None

    @pytest.mark.parametrize("statement", [b"INTO shequ_change", b"INTO shequ_thing", b"FOR UPDATE"])
    def test_a_connection_lost_before_the_commit_is_tried_again(self, wire: Wire, statement: bytes) -> None:
        with SqlStore(wire.url, SCHEMA) as store:
            save(store, thing("a"))
            wire.on_sent = _once(lambda data: statement in data, "drop")
            save(store, thing("b"), at=later(1))
            assert wire.on_sent(b"") == "done"
            assert ["a", "b"] == [change.id for change in store.changes(HERE)]
            assert store.verify(HERE) is None

    @pytest.mark.parametrize("what", ["drop", "deafen"])
    @pytest.mark.parametrize("first", [True, False])
    def test_a_commit_whose_answer_was_lost_is_made_exactly_once(self, wire: Wire, what: str, first: bool) -> None:
        """Whether the server had made it (``deafen``) or not (``drop``)."""
        with SqlStore(wire.url, SCHEMA) as store:
            if not first:
                save(store, thing("a"))
            save(store, thing("0"), district=THERE)
            wire.on_sent = _once(is_commit, what)
            save(store, thing("b"), at=later(1), expect=ABSENT)
            assert wire.on_sent(b"") == "done"
            assert ["b"] == [change.id for change in store.changes(HERE)][-1:]
            assert (1 if first else 2) == len(list(store.changes(HERE)))
            assert store.verify(HERE) is None

    @pytest.mark.parametrize("what", ["drop", "deafen"])
    @pytest.mark.usefixtures("impatient")
    def test_a_server_that_does_not_come_back_leaves_it_open_and_says_so(self, wire: Wire, what: str) -> None:
        with SqlStore(wire.url, SCHEMA) as store:
            save(store, thing("a"))
            cut = threading.Event()

            def stay_away(data: bytes) -> str:
                if is_commit(data):
                    cut.set()
                return what if cut.is_set() else "pass"

            wire.on_sent = stay_away
            with pytest.raises(BackendError, match="不能确定是否已写入") as caught:
                save(store, thing("b"), at=later(1))
            assert "用 history 核对" in caught.value.remedy
            wire.on_sent = lambda _data: "pass"
            assert (["a", "b"] if what == "deafen" else ["a"]) == [change.id for change in store.changes(HERE)]
            save(store, thing("c"), at=later(2))
            assert store.verify(HERE) is None

    @pytest.mark.usefixtures("impatient")
    def test_a_server_gone_and_back(self, wire: Wire) -> None:
        with SqlStore(wire.url, SCHEMA) as store:
            save(store, thing("a"))
            before = state(store)
            wire.on_sent = lambda _data: "drop"
            with pytest.raises(BackendError, match="与数据库的连接中断"):
                save(store, thing("b"))
            wire.cut()
            wire.on_sent = lambda _data: "pass"
            with pytest.raises(BackendError, match=r"连不上数据库服务器|与数据库的连接中断"):
                kept(store)
            wire.mend()
            assert before == state(store)
            save(store, thing("b"), at=later(1))
            assert store.verify(HERE) is None


def is_commit(data: bytes) -> bool:
    """Whether a driver says COMMIT, and nothing else."""
    return data.rstrip(b"\0").endswith(b"COMMIT")


def _once(meant: Callable[[bytes], bool], what: str) -> Callable[[bytes], str]:
    """Does something about the first data that are meant; afterwards says ``done`` to no data at all."""
    did = threading.Event()

    def on_sent(data: bytes) -> str:
        if not data:
            return "done" if did.is_set() else "waiting"
        if not did.is_set() and meant(data):
            did.set()
            return what
        return "pass"

    return on_sent


class TestTables:
    """What somebody else did to the tables is reported, and the store works again once it is undone."""

    @pytest.mark.parametrize("table", ["shequ_thing", "shequ_change", "shequ_head"])
    def test_a_table_missing(self, store: SqlStore, url: str, table: str) -> None:
        save(store, thing("a"))
        before = state(store)
        alter(url, f"ALTER TABLE {table} RENAME TO away")
        with pytest.raises(BackendError, match="缺少表"):
            save(store, thing("b"))
        alter(url, f"ALTER TABLE away RENAME TO {table}")
        assert before == state(store)
        save(store, thing("b"))
        assert store.verify(HERE) is None

    def test_a_table_that_lacks_a_column(self, url: str) -> None:
        SqlStore(url, SCHEMA).close()
        alter(url, "ALTER TABLE shequ_thing DROP COLUMN price")
        with pytest.raises(BackendError, match="表 shequ_thing 缺少列 price"):
            SqlStore(url, SCHEMA)

    def test_a_text_that_the_server_does_not_take(self, wire: Wire, kind: str) -> None:
        """MariaDB has a limit to what it takes at once; PostgreSQL's lies far beyond."""
        huge = thing("b", note="长" * 8_000_000)
        with SqlStore(wire.url, SCHEMA) as store:
            save(store, thing("a"))
            before = state(store)
            if kind == "mariadb":
                sent: list[int] = []

                def weigh(data: bytes) -> str:
                    sent.append(len(data))
                    return "pass"

                wire.on_sent = weigh
                with pytest.raises(BackendError, match="max_allowed_packet，未作任何修改"):
                    save(store, huge)
                assert sum(sent) < 10_000  # it was not even tried: the server would have ended the connection
                assert before == state(store)
            else:
                save(store, huge)
                assert huge == kept(store)["thing", "b"].record
            with store.session(HERE, actor="a", reason="", at=later(1)) as session:
                session.put(thing("c"), ANY)
            assert store.verify(HERE) is None


def test_a_full_disk_changes_nothing_and_works_again_with_room(kind: str) -> None:
    big = [thing(f"t{number}", note="满" * 300) for number in range(30000)]
    with database_on_small_disk(kind) as (url, disk), SqlStore(url, SCHEMA) as store:
        save(store, thing("a"), thing("b"))
        before = state(store)
        disk.fill()
        with pytest.raises(BackendError, match="磁盘已满，未作任何修改") as caught:
            save(store, *big)
        assert "腾出空间后再试" in (caught.value.remedy or "")
        assert before == state(store)
        assert store.verify(HERE) is None
        disk.free()
        save(store, thing("a", note="又有空间"), *big[:1000], at=later(1))
        assert 1002 == len(kept(store))
        assert store.verify(HERE) is None


def test_the_planner_of_postgresql_knows_at_once_of_the_records_of_a_large_commit() -> None:
    """Else it would look at every record of a district to find a few hundred, and a load take the square of its time."""
    with new_database("postgresql") as url, SqlStore(url, SCHEMA) as store:
        plans = (Plan(id=f"p{number:05}", district="d") for number in range(1_500))  # a table of some ten pages
        save(store, *(thing(f"t{number:05}", note="x" * 300) for number in range(5_000)), *plans)
        engine = create_engine(url)
        with engine.connect() as connection:
            counted = connection.exec_driver_sql(
                "SELECT reltuples FROM pg_class WHERE relname IN ('shequ_plan', 'shequ_thing') ORDER BY relname"
            ).scalars()
            assert [1_500, 5_000] == list(counted)
            found = connection.exec_driver_sql(
                "SELECT attname, array_length(histogram_bounds, 1) FROM pg_stats WHERE tablename = 'shequ_thing'"
            )
            bounds = {column: length for column, length in found}  # noqa: C416 - rows are no pairs to the type checker
        engine.dispose()
        # All columns, since figures are planned with them, but at a glance: the server's own look gives 101 bounds.
        assert set(store.tables.records["thing"].table.columns.keys()) == set(bounds)
        assert 11 == bounds["id"]
        with store._database.engine.connect() as pooled:
            assert "100" == pooled.exec_driver_sql("SHOW default_statistics_target").scalar_one()


@pytest.mark.parametrize("before", ["on", "off"])
def test_grouping_on_postgresql_leaves_the_settings_as_they_are(before: str) -> None:
    asked = Question(Count(Keys("thing", "name"), (By("sex", "sex"),)), When.on(AT.date()))
    with new_database("postgresql") as url, SqlStore(url, SCHEMA) as store:
        save(store, *things("a", "b"))
        with store.read(HERE) as snapshot:
            assert isinstance(snapshot, SqlSnapshot)
            snapshot._connection.exec_driver_sql(f"SET LOCAL enable_sort = {before}")
            (tally,) = snapshot.aggregate([asked])
            assert tally is not None
            assert tally.answer([]).value is not None
            assert before == snapshot._connection.exec_driver_sql("SHOW enable_sort").scalar_one()
