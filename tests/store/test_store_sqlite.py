"""What holds for SQLite: durability, several processes, faults, the file itself."""

import gc
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import inspect, make_url
from store_samples import AT, HERE, SCHEMA, THERE, Plan, Thing, kept, later, save, thing, things

from shequ.errors import BackendError, Misuse, UnknownRecordType
from shequ.model import RECORD_TYPES, Record, Resident, Schema
from shequ.model.record import record, text
from shequ.query import Select, ge
from shequ.store import ABSENT, ANY, Store
from shequ.store import memory as memory_plugin
from shequ.store import sql as sql_plugin
from shequ.store.memory import MemoryStore, open_memory
from shequ.store.sql import open_sql
from shequ.store.sql.sqlite import SQLite
from shequ.store.sql.store import SqlStore

CHILD = """
import sys
sys.path.insert(0, {folder!r})
import attrs
from store_samples import *
from shequ.errors import BackendError, Conflict
from shequ.store import ABSENT, ANY
from shequ.store.sql.store import SqlStore
print("ready", flush=True)
sys.stdin.readline()
store = SqlStore({url!r}, SCHEMA)
"""

ADD = """
for number in range(20):
    while True:
        try:
            with store.session(HERE, actor=sys.argv[1], reason="", at=AT) as session:
                found = session.get("thing", "sum")
                session.put(attrs.evolve(found.record, number=found.record.number + 1), found.version)
                session.put(thing(f"{sys.argv[1]}-{number}"), ABSENT)
        except Conflict:
            continue
        break
"""

WRITE_FOR_EVER = """
import itertools
for number in itertools.count():
    with store.session(HERE, actor="a", reason=str(number), at=later(number)) as session:
        for part in range(40):
            session.put(thing(f"t{number}-{part}", note="x" * 200), ABSENT)
        session.put(thing("sum", number=number), ANY)
    print(number, flush=True)
"""


def start(database: str, code: str, *arguments: str) -> "subprocess.Popen[str]":
    """Start a process that opens the database when it is told to go."""
    script = CHILD.format(folder=str(Path(__file__).parent), url=database) + code
    made = subprocess.Popen(
        [sys.executable, "-c", script, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert made.stdout is not None
    assert "ready\n" == made.stdout.readline()
    return made


def finish(started: "list[subprocess.Popen[str]]") -> list[int]:
    """Let processes go all at once; their exit statuses."""
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in started:
        process.communicate()
    return [process.returncode for process in started]


class TestDurability:
    """What was committed is there, what was not is not."""

    def test_what_was_committed_is_there_when_it_is_opened_again(self, database: str) -> None:
        with SqlStore(database, SCHEMA) as store:
            save(store, thing("a"))
            before = list(store.changes(HERE))
        with SqlStore(database, SCHEMA) as store:
            assert thing("a") == kept(store)["thing", "a"].record
            assert before == list(store.changes(HERE))
            save(store, thing("b"))
            assert store.verify(HERE) is None

    @pytest.mark.parametrize("after", [1, 7])
    @pytest.mark.slow
    def test_a_writer_killed_at_any_moment_leaves_whole_commits(self, database: str, after: int) -> None:
        with start(database, WRITE_FOR_EVER) as writer:
            assert writer.stdin is not None
            assert writer.stdout is not None
            writer.stdin.write("go\n")
            writer.stdin.flush()
            told = [int(writer.stdout.readline()) for _ in range(after)][-1]
            writer.send_signal(signal.SIGKILL)
            told = max([told, *(int(line) for line in writer.stdout if line.endswith("\n"))])
        with SqlStore(database, SCHEMA) as store:
            found = kept(store)
            last = found["thing", "sum"].record
            assert isinstance(last, Thing)
            assert last.number >= told
            assert 40 * (last.number + 1) + 1 == len(found)
            assert list(range(1, 41 * (last.number + 1) + 1)) == [change.number for change in store.changes(HERE)]
            assert store.verify(HERE) is None
            save(store, thing("z"), at=later(10**4))


class TestSeveralProcesses:
    """Processes that share a file lose nothing of each other."""

    @pytest.mark.slow
    def test_two_processes_that_add_to_one_record_lose_no_addition(self, database: str) -> None:
        with SqlStore(database, SCHEMA) as store:
            save(store, thing("sum"))
            assert [0, 0] == finish([start(database, ADD, name) for name in ("x", "y")])
            found = kept(store)
            assert 40 == getattr(found["thing", "sum"].record, "number", None)
            assert 41 == len(found)
            assert list(range(1, 82)) == [change.number for change in store.changes(HERE)]
            assert 41 == max(change.commit for change in store.changes(HERE))
            assert store.verify(HERE) is None

    @pytest.mark.slow
    def test_processes_that_open_a_new_file_at_once_all_can(self, database: str) -> None:
        code = "save(store, thing(sys.argv[1]))"
        assert [0] * 4 == finish([start(database, code, f"p{number}") for number in range(4)])
        with SqlStore(database, SCHEMA) as store:
            assert {"p0", "p1", "p2", "p3"} == {id_ for _, id_ in kept(store)}
            assert store.verify(HERE) is None

    def test_opening_waits_for_another_that_is_making_the_file(self, database: str, tmp_path: Path) -> None:
        """SQLite refuses at once to turn on WAL mode then; here the other one ends while this one waits."""
        other = sqlite3.connect(tmp_path / "street.db", isolation_level=None)
        other.execute("CREATE TABLE theirs (x)")
        other.execute("BEGIN IMMEDIATE")
        said = []

        class Cursor:
            def __init__(self, cursor: sqlite3.Cursor) -> None:
                self._cursor = cursor

            def execute(self, statement: str) -> sqlite3.Cursor:
                said.append(statement)
                if statement == "BEGIN IMMEDIATE":
                    other.execute("COMMIT")
                return self._cursor.execute(statement)

        mine = sqlite3.connect(tmp_path / "street.db", isolation_level=None)
        assert "wal" == SQLite(make_url(database))._turn_on_wal(Cursor(mine.cursor()))
        assert 2 == said.count("PRAGMA journal_mode=WAL")
        assert 30_000 == mine.execute("PRAGMA busy_timeout").fetchone()[0]
        mine.close()
        other.close()

    def test_opening_a_file_that_another_program_never_leaves_is_reported(
        self, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("shequ.store.sql.sqlite.SQLite.wait_seconds", 0)
        other = sqlite3.connect(tmp_path / "street.db", isolation_level=None)
        other.execute("CREATE TABLE theirs (x)")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(BackendError, match="正被另一个程序占用"):
            SqlStore(database, SCHEMA)
        other.close()
        with SqlStore(database, SCHEMA) as store:
            save(store, thing("a"))

    def test_a_reader_is_not_held_up_by_a_writer(self, database: str, tmp_path: Path) -> None:
        with SqlStore(database, SCHEMA) as store:
            save(store, thing("a"))
            writer = sqlite3.connect(tmp_path / "street.db", isolation_level=None)
            writer.execute("BEGIN IMMEDIATE")
            writer.execute("DELETE FROM shequ_thing")
            assert [("thing", "a")] == list(kept(store))
            writer.close()

    def test_a_writer_that_never_ends_is_reported(
        self, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("shequ.store.sql.sqlite.SQLite.wait_seconds", 0)
        with SqlStore(database, SCHEMA) as store:
            save(store, thing("a"))
            writer = sqlite3.connect(tmp_path / "street.db", isolation_level=None)
            writer.execute("BEGIN IMMEDIATE")
            with pytest.raises(BackendError, match=r"street\.db：正被另一个程序占用.*待其写完后再试"):
                save(store, thing("b"))
            writer.close()
            save(store, thing("c"))
            assert {"a", "c"} == {id_ for _, id_ in kept(store)}

    def test_many_nested_readers_do_not_wait_for_each_other(self, sqlite_store: SqlStore) -> None:
        def nest(depth: int) -> int:
            with sqlite_store.read(HERE) as snapshot:
                save(sqlite_store, thing(f"t{depth}"))
                below = nest(depth - 1) if depth else 0
                return below + sum(1 for _ in snapshot.scan(Select("thing")))

        assert sum(range(30)) == nest(29)


class TestFaults:
    """A backend that fails is named, with what to do, and nothing half-written stays."""

    def test_a_missing_folder(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path}/none/x.db"
        with pytest.raises(BackendError) as caught:
            SqlStore(url, SCHEMA)
        assert f"{tmp_path}/none/x.db：文件夹 {tmp_path}/none 不存在" == caught.value.message
        assert f"先建立该文件夹：mkdir -p {tmp_path}/none" == caught.value.remedy
        assert [] == list(tmp_path.iterdir())

    @pytest.mark.parametrize("content", [b"name,sex\n" * 200, b"PK\x03\x04" + bytes(5000)])
    def test_a_file_that_is_no_database(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "x.db"
        path.write_bytes(content)
        with pytest.raises(BackendError) as caught:
            SqlStore(f"sqlite:///{path}", SCHEMA)
        assert caught.value.message.startswith(f"{path}：不是 SQLite 数据库文件")
        assert "核对路径；如确为本库，从备份恢复" == caught.value.remedy
        assert content == path.read_bytes()
        assert [path] == list(tmp_path.iterdir())

    def test_a_folder_in_place_of_a_file(self, tmp_path: Path) -> None:
        with pytest.raises(BackendError, match="是文件夹"):
            SqlStore(f"sqlite:///{tmp_path}", SCHEMA)

    def test_a_damaged_file(self, database: str, tmp_path: Path) -> None:
        with SqlStore(database, SCHEMA) as store:
            save(store, *(thing(f"t{number:04d}", note="x" * 500) for number in range(600)))
        path = tmp_path / "street.db"
        content = bytearray(path.read_bytes())
        content[len(content) // 10 : len(content) * 9 // 10] = bytes(len(content) * 9 // 10 - len(content) // 10)
        path.write_bytes(content)
        with (
            pytest.raises(BackendError, match=r"street\.db：数据库文件已损坏.*从备份恢复"),
            SqlStore(database, SCHEMA) as store,
        ):
            kept(store)

    @pytest.mark.parametrize("mode", ["file", "file in another mode", "folder", "folder with a log"])
    @pytest.mark.slow
    def test_a_read_only_file_can_be_read_and_says_that_it_cannot_be_written(self, mode: str) -> None:
        """Root may write everywhere, so where the tests run as root the child is somebody else."""
        with tempfile.TemporaryDirectory() as name:
            folder, path = Path(name), Path(name) / "x.db"
            with SqlStore(f"sqlite:///{path}", SCHEMA) as store:
                save(store, thing("a"))
                if mode == "folder with a log":
                    save(store, thing("log"))
                    for suffix in ("", "-wal", "-shm"):
                        (folder / f"copy.db{suffix}").write_bytes((folder / f"x.db{suffix}").read_bytes())
            path = folder / "copy.db" if mode == "folder with a log" else path
            if mode == "file in another mode":
                other = sqlite3.connect(path)
                other.execute("PRAGMA journal_mode=DELETE")
                other.close()
            before = path.read_bytes()
            for file in folder.iterdir():
                file.chmod(0o444)
            folder.chmod(0o777 if mode.startswith("file") else 0o555)
            code = (
                f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
                "from store_samples import *\n"
                "import os, sqlalchemy.dialects.sqlite\n"
                "from shequ.errors import BackendError\n"
                "from shequ.store.sql.store import SqlStore\n"
                "import shequ.store.memory\n"
                "if os.geteuid() == 0: os.setuid(65534)\n"
                f"store = SqlStore('sqlite:///{path}', SCHEMA)\n"
                "print(sorted(id_ for _, id_ in kept(store)), store.verify(HERE))\n"
                "try:\n"
                "    save(store, thing('b'))\n"
                "except BackendError as error:\n"
                "    print(error)\n"
                "print(sorted(id_ for _, id_ in kept(store)))\n"
            )
            said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
            folder.chmod(0o755)
            for file in folder.iterdir():
                file.chmod(0o644)
            found = ["a", "log"] if mode == "folder with a log" else ["a"]
            first, second, third = said.splitlines()
            assert f"{found} None" == first
            assert second.startswith(f"{path}：文件只读，无法写入")
            assert "写权限" in second
            assert f"{found}" == third
            assert before == path.read_bytes()
            with SqlStore(f"sqlite:///{path}", SCHEMA) as store:
                save(store, thing("b"), at=later(1))
                assert store.verify(HERE) is None

    @pytest.mark.slow
    def test_a_log_that_cannot_be_read_where_it_lies_is_told_of(self) -> None:
        """A copy of the file and its log alone, in a folder where nothing can be made: SQLite cannot read the log."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            with SqlStore(f"sqlite:///{folder}/x.db", SCHEMA) as store:
                save(store, thing("a"))
                for suffix in ("", "-wal"):
                    (folder / f"copy.db{suffix}").write_bytes((folder / f"x.db{suffix}").read_bytes())
            folder.chmod(0o555)
            code = (
                f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
                "from store_samples import *\n"
                "import os, sqlalchemy.dialects.sqlite\n"
                "from shequ.errors import BackendError\n"
                "from shequ.store.sql.store import SqlStore\n"
                "if os.geteuid() == 0: os.setuid(65534)\n"
                "try:\n"
                f"    SqlStore('sqlite:///{folder}/copy.db', SCHEMA)\n"
                "except BackendError as error:\n"
                "    print(error)\n"
            )
            said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
            folder.chmod(0o755)
            assert said.startswith(f"{folder}/copy.db：旁边有尚未并入的日志（-wal），而文件夹只读，无法读取")
            assert "连同 -wal 文件复制到可写之处再打开" in said
            with SqlStore(f"sqlite:///{folder}/copy.db", SCHEMA) as store:
                assert ["a"] == [id_ for _, id_ in kept(store)]

    @pytest.mark.slow
    def test_a_file_that_cannot_be_written_is_not_made_over(self) -> None:
        """It has not all tables; as it cannot get them, it is refused."""
        with tempfile.TemporaryDirectory() as name:
            shared = Path(name)
            shared.chmod(0o777)
            with SqlStore(f"sqlite:///{shared}/x.db", Schema((Thing,))) as store:
                save(store, thing("a"))
            (shared / "x.db").chmod(0o444)
            code = (
                f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
                "from store_samples import *\n"
                "import os, sqlalchemy.dialects.sqlite\n"
                "from shequ.errors import BackendError\n"
                "from shequ.store.sql.store import SqlStore\n"
                "import shequ.store.memory\n"
                "if os.geteuid() == 0: os.setuid(65534)\n"
                "try:\n"
                f"    SqlStore('sqlite:///{shared}/x.db', SCHEMA)\n"
                "except BackendError as error:\n"
                "    print(error)\n"
            )
            said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        assert "文件只读，无法写入" in said

    def test_a_full_disk_changes_nothing(self, sqlite_store: SqlStore) -> None:
        save(sqlite_store, thing("a"))
        engine = sqlite_store._database.engine
        with engine.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        with engine.connect() as connection:
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        with pytest.raises(BackendError) as caught:
            save(sqlite_store, *(thing(f"t{number}", note="x" * 900) for number in range(900)))
        assert "磁盘已满，未作任何修改" in caught.value.message
        assert "腾出空间后再试" == caught.value.remedy
        assert [("thing", "a")] == list(kept(sqlite_store))
        assert [1] == [change.number for change in sqlite_store.changes(HERE)]
        assert sqlite_store.verify(HERE) is None

    @pytest.mark.slow
    def test_a_disk_full_while_writing_works_again_with_more_room(self, database: str) -> None:
        """A limit to the size of files, as of a quota, stops a real write."""
        with SqlStore(database, SCHEMA) as store:
            save(store, thing("a"))
        code = (
            "import resource, signal\n"
            "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))\n"
            "try:\n"
            "    save(store, *(thing(f't{number}', note='x' * 900) for number in range(900)))\n"
            "except BackendError as error:\n"
            "    print(error)\n"
            "    print(sorted(id_ for _, id_ in kept(store)))\n"
            "save(store, thing('b'))\n"
        )
        process = start(database, code)
        said, _ = process.communicate("go\n")
        assert 0 == process.returncode
        first, second = said.splitlines()
        assert "未作任何修改" in first
        assert "['a']" == second
        with SqlStore(database, SCHEMA) as store:
            assert {"a", "b"} == {id_ for _, id_ in kept(store)}
            save(store, *(thing(f"t{number}", note="x" * 900) for number in range(900)))
            assert store.verify(HERE) is None

    def test_a_table_missing(self, sqlite_store: SqlStore, tmp_path: Path) -> None:
        save(sqlite_store, thing("a"))
        other = sqlite3.connect(tmp_path / "street.db")
        other.execute("ALTER TABLE shequ_thing RENAME TO away")
        with pytest.raises(BackendError, match=r"street\.db：缺少表，或缺少列（no such table: shequ_thing）") as caught:
            save(sqlite_store, thing("b"))
        assert "从备份恢复" in caught.value.remedy
        other.execute("ALTER TABLE away RENAME TO shequ_thing")
        other.close()
        assert [("thing", "a")] == list(kept(sqlite_store))
        save(sqlite_store, thing("b"))
        assert sqlite_store.verify(HERE) is None

    def test_a_newer_database(self, database: str, tmp_path: Path) -> None:
        SqlStore(database, SCHEMA).close()
        with sqlite3.connect(tmp_path / "street.db") as connection:
            connection.execute("UPDATE shequ_meta SET value = '3' WHERE name = 'schema_version'")
        connection.close()
        with pytest.raises(BackendError) as caught:
            SqlStore(database, SCHEMA)
        assert f"{tmp_path}/street.db：库的格式版本为 3，本程序只认识到 2" == caught.value.message
        assert "升级 shequ 后再打开（pip install -U shequ）" == caught.value.remedy

    def test_a_table_without_a_column(self, database: str, tmp_path: Path) -> None:
        SqlStore(database, SCHEMA).close()
        with sqlite3.connect(tmp_path / "street.db") as connection:
            connection.execute("ALTER TABLE shequ_thing DROP COLUMN price")
        connection.close()
        with pytest.raises(BackendError, match="表 shequ_thing 缺少列 price"):
            SqlStore(database, SCHEMA)

    def test_a_commit_that_fails_half_way_leaves_nothing(self, sqlite_store: SqlStore) -> None:
        """Here the salts run out in the second batch."""
        sqlite_store._entropy = _running_out(10_500)
        with pytest.raises(RuntimeError, match="no more salts"):
            save(sqlite_store, *things(*(f"t{number}" for number in range(12_000))))
        assert {} == kept(sqlite_store)
        assert () == sqlite_store.districts()
        assert [] == list(sqlite_store.changes(HERE))


def _running_out(salts: int) -> Callable[[int], bytes]:
    left = 16 * salts

    def give(size: int) -> bytes:
        nonlocal left
        left -= size
        if left < 0:
            raise RuntimeError("no more salts")
        return bytes(size)

    return give


class TestErasure:
    """What is erased is in none of the files any more."""

    NAME = "只此一处的姓名"

    def bytes_left(self, folder: Path) -> list[str]:
        """Names of the files in which the name can be found."""
        words = (self.NAME.encode(), self.NAME.encode("utf-16-le"))
        return [path.name for path in sorted(folder.iterdir()) if any(word in path.read_bytes() for word in words)]

    def fill(self, store: SqlStore) -> None:
        save(store, *(thing(f"t{number}", note="x" * 300) for number in range(200)))
        save(store, thing("p", name=self.NAME), thing("q", name=self.NAME, note="长" * 3000))
        save(store, thing("p", name=self.NAME, note="改"), at=later(1))
        save(store, thing("q", name=self.NAME + "长" * 3000), at=later(2))
        save(store, thing("q", name="别名"), at=later(3))

    def erase(self, store: SqlStore) -> None:
        keys = [("thing", "p"), ("thing", "q")]
        assert 5 == store.erase(HERE, keys, actor="clerk-08", reason="依申请清除", at=later(5))

    def test_the_bytes_are_gone(self, sqlite_store: SqlStore, tmp_path: Path) -> None:
        self.fill(sqlite_store)
        assert [] != self.bytes_left(tmp_path)
        self.erase(sqlite_store)
        assert [] == self.bytes_left(tmp_path)
        assert sqlite_store.verify(HERE) is None

    @pytest.mark.slow
    def test_while_somebody_reads_an_older_state_they_go_with_the_next_commit(
        self, sqlite_store: SqlStore, tmp_path: Path
    ) -> None:
        self.fill(sqlite_store)
        with sqlite_store.read(HERE) as snapshot:
            self.erase(sqlite_store)
            assert snapshot.get("thing", "p") is not None
        save(sqlite_store, thing("z"), at=later(6))
        assert [] == self.bytes_left(tmp_path)

    @pytest.mark.slow
    def test_or_when_the_store_is_closed(self, database: str, tmp_path: Path) -> None:
        with SqlStore(database, SCHEMA) as store:
            self.fill(store)
            with store.read(HERE):
                self.erase(store)
        assert [] == self.bytes_left(tmp_path)


class TestTheFile:
    """The tables can be read by others: typed columns of the fields' own names."""

    @pytest.mark.slow
    def test_every_type_of_the_library_has_its_table(self, database: str) -> None:
        with SqlStore(database) as store:
            names = set(inspect(store._database.engine).get_table_names())
        assert {f"shequ_{declared.__record__.name}" for declared in RECORD_TYPES} <= names
        assert {"shequ_meta", "shequ_head", "shequ_commit", "shequ_change"} <= names

    def test_columns_are_typed_and_references_are_indexed(self, sqlite_store: SqlStore) -> None:
        found = inspect(sqlite_store._database.engine)
        columns = {column["name"]: str(column["type"]) for column in found.get_columns("shequ_thing")}
        assert {
            "district": "VARCHAR(64)", "id": "VARCHAR(64)", "version": "BIGINT", "name": "TEXT", "note": "TEXT",
            "tags": "TEXT", "sex": "TEXT", "shape": "VARCHAR(64)", "part_of": "VARCHAR(64)", "number": "BIGINT",
            "price": "BIGINT", "area": "BIGINT", "done": "BOOLEAN", "made": "DATE", "about": "VARCHAR(64)",
            "seen": "DATETIME", "opens": "TIME",
        } == columns  # fmt: skip
        assert ["district", "id"] == found.get_pk_constraint("shequ_thing")["constrained_columns"]
        assert [["district", "part_of"]] == [index["column_names"] for index in found.get_indexes("shequ_thing")]

    def test_fields_named_like_the_store_s_own_columns_stand_beside_them(
        self, sqlite_store: SqlStore, tmp_path: Path
    ) -> None:
        save(sqlite_store, Plan(id="p", district="北", version=7, group="g"))
        with sqlite3.connect(tmp_path / "street.db") as connection:
            rows = connection.execute('SELECT district, version, district_, version_, "group" FROM shequ_plan')
            assert [(HERE, 1, "北", 7, "g")] == rows.fetchall()
        connection.close()

    def test_it_is_in_wal_mode_and_syncs_fully(self, sqlite_store: SqlStore) -> None:
        with sqlite_store._database.engine.connect() as connection:
            assert "wal" == connection.exec_driver_sql("PRAGMA journal_mode").scalar()
            assert 2 == connection.exec_driver_sql("PRAGMA synchronous").scalar()
            assert 0 == connection.exec_driver_sql("PRAGMA foreign_keys").scalar()

    def test_records_of_a_type_that_is_gone_stay(self, database: str) -> None:
        with SqlStore(database, SCHEMA) as store:
            save(store, thing("a"), Plan(id="p", district="x"))
        with SqlStore(database, Schema((Thing,))) as store:
            assert ["thing", "plan"] == [change.type for change in store.changes(HERE)]
            assert store.verify(HERE) is None
            with store.read(HERE) as snapshot, pytest.raises(UnknownRecordType):
                snapshot.get("plan", "p")
        with SqlStore(database, SCHEMA) as store:
            assert ("plan", "p") in kept(store)

    def test_a_type_that_is_new_gets_its_table(self, database: str) -> None:
        with SqlStore(database, Schema((Thing,))) as store:
            save(store, thing("a"))
        with SqlStore(database, SCHEMA) as store:
            save(store, Plan(id="p", district="x"))
            assert {("thing", "a"), ("plan", "p")} == set(kept(store))

    @pytest.mark.parametrize("name", ["head", "change", "commit", "meta"])
    def test_a_type_cannot_have_the_name_of_one_of_the_store_s_own_tables(self, database: str, name: str) -> None:
        @record(name, label="冲突")
        class Clash(Record):
            name: str = text("名称")

        with pytest.raises(Misuse, match=name):
            SqlStore(database, Schema((Clash,)))

    def test_a_relative_path_stays_what_it_was_when_the_store_was_opened(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path)
        with SqlStore("sqlite:///x.db", SCHEMA) as store, store.read(HERE):
            monkeypatch.chdir(tmp_path / "elsewhere")
            save(store, thing("a"))
            assert [("thing", "a")] == list(kept(store))
        assert [] == list((tmp_path / "elsewhere").iterdir())


class TestOpening:
    """How stores are found: through their hooks, by the URL's scheme."""

    def test_both_offer_their_scheme(self) -> None:
        assert {"memory": open_memory} == memory_plugin.shequ_stores()
        schemes = ("sqlite", "postgresql", "postgresql+psycopg", "mysql", "mysql+pymysql", "mariadb+pymysql")
        assert dict.fromkeys(schemes, open_sql) == sql_plugin.shequ_stores()

    def test_the_factories_open_stores(self, database: str) -> None:
        for opened, cls in (
            (open_memory("memory:", SCHEMA), MemoryStore),
            (open_sql(database, SCHEMA), SqlStore),
        ):
            with opened:
                assert isinstance(opened, Store)
                assert type(opened) is cls
                save(opened, thing("a"))

    def test_the_library_s_own_types_are_the_default(self, database: str) -> None:
        for opened in (MemoryStore(), SqlStore(database)):
            with opened, opened.session(THERE, actor="a", reason="", at=AT) as session:
                session.put(Resident(id="r", name="张三"), ABSENT)

    def test_they_declare_what_they_can(self) -> None:
        assert {"durable", "multi_process", "filter"} <= SqlStore.capabilities
        assert {"durable", "multi_process"}.isdisjoint(MemoryStore.capabilities)

    @pytest.mark.parametrize("url", ["memory:x", "memory://", "memory", "memory:///x.db"])
    def test_memory_has_no_name(self, url: str) -> None:
        with pytest.raises(Misuse, match="memory:"):
            open_memory(url, SCHEMA)

    @pytest.mark.parametrize(
        "url",
        ["sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite://host/x.db", "sqlite:///x.db?timeout=1", "sqlite",
         "sqlite:///file:x.db", "oracle:///x.db", "sqlite+pysqlite:///x.db"],
    )  # fmt: skip
    def test_a_url_that_names_no_file_is_misuse(
        self, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        with pytest.raises(Misuse, match=r"sqlite:///street\.db"):
            SqlStore(url, SCHEMA)
        assert [] == list(tmp_path.iterdir())

    def test_without_sqlalchemy_the_extra_is_named(self, database: str) -> None:
        code = (
            "import sys; sys.modules['sqlalchemy'] = None\n"
            "from shequ.errors import MissingExtra\nfrom shequ.model import Schema\nfrom shequ.store import sql\n"
            f"try: sql.shequ_stores()['sqlite']({database!r}, Schema(()))\n"
            "except MissingExtra as error: print(error.feature, error.extra)\n"
        )
        said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        assert "SQL 存储 sql\n" == said

    def test_the_plugin_itself_does_not_import_sqlalchemy(self) -> None:
        code = "import sys, shequ.store.sql, shequ.store.memory\nprint('sqlalchemy' in sys.modules)"
        said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        assert "False\n" == said


@pytest.mark.slow
def test_memory_stays_flat_however_many_records_are_scanned(database: str) -> None:
    with SqlStore(database, SCHEMA) as store:
        peaks = []
        for number in range(4):
            save(store, *(thing(f"t{number}-{part:05d}", note="x" * 300) for part in range(10_000)), at=later(number))
            gc.collect()
            tracemalloc.start()
            with store.read(HERE) as snapshot:
                assert 10_000 * (number + 1) == sum(1 for _ in snapshot.scan(Select("thing")))
                assert 10_000 == sum(1 for _ in snapshot.scan(Select("thing", ge("id", f"t{number}"))))
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
        assert max(peaks[1:]) < 1.2 * peaks[0]  # a whole page was there from the first


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kilobytes=st.integers(0, 400))
def test_a_write_ahead_log_cut_anywhere_leaves_whole_commits(
    tmp_path_factory: pytest.TempPathFactory, kilobytes: int
) -> None:
    """What a power cut leaves of the log is a beginning of it."""
    folder = tmp_path_factory.mktemp("cut")
    with SqlStore(f"sqlite:///{folder}/x.db", SCHEMA) as store:
        for number in range(4):
            save(store, *(thing(f"t{number}-{part}", note="x" * 400) for part in range(50)), at=later(number))
        for name in ("x.db", "x.db-wal"):
            content = (folder / name).read_bytes()
            (folder / f"cut-{name}").write_bytes(content if name == "x.db" else content[: kilobytes * 1024 + 17])
    os.rename(folder / "cut-x.db-wal", folder / "cut.db-wal")
    os.rename(folder / "cut-x.db", folder / "cut.db")
    with SqlStore(f"sqlite:///{folder}/cut.db", SCHEMA) as store:
        assert 0 == len(kept(store)) % 50
        assert len(kept(store)) == len(list(store.changes(HERE)))
        assert store.verify(HERE) is None


class TestMaking:
    """A file that was made and in which nothing was stored is taken away when it is discarded; any other file stays."""

    def test_a_store_into_which_nothing_was_put_leaves_no_file(self, tmp_path: Path) -> None:
        store = SqlStore(f"sqlite:///{tmp_path / 'street.db'}", SCHEMA)
        assert (tmp_path / "street.db").exists()
        store.discard()
        assert [] == list(tmp_path.iterdir())

    def test_one_that_is_only_closed_stays(self, tmp_path: Path) -> None:
        SqlStore(f"sqlite:///{tmp_path / 'street.db'}", SCHEMA).close()
        assert (tmp_path / "street.db").exists()

    def test_a_commit_keeps_it(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path / 'street.db'}"
        store = SqlStore(url, SCHEMA)
        save(store, thing("a"))
        store.discard()
        with SqlStore(url, SCHEMA) as store:
            assert thing("a") == kept(store)["thing", "a"].record

    def test_a_file_that_was_there_stays_though_it_is_empty(self, tmp_path: Path) -> None:
        (tmp_path / "street.db").touch()
        SqlStore(f"sqlite:///{tmp_path / 'street.db'}", SCHEMA).discard()
        assert (tmp_path / "street.db").exists()

    def test_what_somebody_else_has_open_stays_and_takes_what_they_store(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path / 'street.db'}"
        maker, other = SqlStore(url, SCHEMA), SqlStore(url, SCHEMA)
        maker.discard()
        save(other, thing("a"))
        other.close()
        with SqlStore(url, SCHEMA) as store:
            assert thing("a") == kept(store)["thing", "a"].record

    @pytest.mark.slow
    def test_of_many_that_make_and_take_away_at_once_none_loses_what_another_stores(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path / 'street.db'}"
        empty = f"for _ in range(10):\n    SqlStore({url!r}, SCHEMA).discard()\nstore.discard()\n"
        adds = (
            "with store.session(HERE, actor='a', reason='', at=AT) as session:\n"
            "    session.put(thing(sys.argv[1]), ABSENT)\n"
            "store.close()\n"
        )
        assert [0, 0, 0] == finish([start(url, code, name) for name, code in (("x", empty), ("a", adds), ("b", adds))])
        with SqlStore(url, SCHEMA) as store:
            assert {("thing", "a"), ("thing", "b")} == set(kept(store))


@pytest.mark.parametrize("size", range(1, 9))
def test_a_history_that_comes_in_batches_is_kept_wherever_they_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """Records that come, change, go and come again, within a batch and across two."""
    monkeypatch.setattr("shequ.store.sql.commits._BATCH", size)
    source = MemoryStore(SCHEMA)
    save(source, *things("a", "b", "c"))
    save(source, thing("a", name="改"), Plan(id="p", district="d"), at=later(1))
    with source.session(HERE, actor="a", reason="", at=later(2)) as session:
        session.delete("thing", "b", ANY)
        session.put(thing("a", name="又改"), ANY)
    save(source, thing("b", name="再来"), thing("c", name="改"), at=later(3))
    entries = list(source.log(HERE))
    assert 9 == len(entries)
    with SqlStore(f"sqlite:///{tmp_path}/a.db", SCHEMA) as target:
        target.replay(HERE, entries)
        assert (entries, kept(source), None) == (list(target.log(HERE)), kept(target), target.verify(HERE))
