"""Backup and restore: the whole history goes to a file and into another store, and everything is as it was."""

import json
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shequ.effective import SHANGHAI
from shequ.errors import BackendError, BadData, BrokenChain, DistrictRequired, Misuse, UnknownRecordType, Unsupported
from shequ.exchange import Transfer, export_history, import_history
from shequ.exchange.archive import entry_line
from shequ.model import RECORD_TYPES, Record, Resident, Schema
from shequ.model.record import record, text
from shequ.query import Select
from shequ.store import ANY, Entry, Session, Store
from shequ.store.contract import Snapshot
from shequ.store.memory import MemoryStore
from shequ.store.sql.store import SqlStore

SCHEMA = Schema(RECORD_TYPES)
HERE = "999900001000"
AT = datetime(2026, 1, 5, 9, 30, 15, 123456, tzinfo=SHANGHAI)
NAMES = ("王\u2028芳", "=1+1", "𠮷野", "\r\n", "e\u0301", '"\\', " ")


@record("kiosk", label="报亭")
class Kiosk(Record):
    """A record of a plugin."""

    name: str = text("名称")


def at(minute: int) -> datetime:
    return AT + timedelta(minutes=minute)


def commit(store: Store, minute: int, act: Callable[[Session], object], district: str = HERE) -> None:
    with store.session(district, actor="clerk-07", reason=f"第 {minute} 次\n", at=at(minute)) as session:
        act(session)


def resident(id_: str, name: str = "王芳") -> Resident:
    return Resident(id=id_, name=name)


def fill(store: Store) -> None:
    """Several commits, with a record changed, deleted, made again and erased."""
    commit(store, 0, lambda s: [s.put(resident(f"r{n}", name), ANY) for n, name in enumerate(NAMES)])
    commit(store, 1, lambda s: [s.put(resident("r0", "改"), ANY), s.delete("resident", "r1", ANY)])
    commit(store, 2, lambda s: [s.put(resident("r1", "又来"), ANY), s.put(resident("x", "将清除"), ANY)])
    commit(store, 3, lambda s: s.put(resident("x", "改后将清除"), ANY))
    store.erase(HERE, [("resident", "x")], actor="clerk-08", reason="依申请", at=at(4))
    commit(store, 5, lambda s: s.put(resident("x", "再登记"), ANY))


def everything(store: Store, minutes: int = 7) -> tuple[Any, ...]:
    """All that a store says about the district, at every time."""

    def seen(snapshot: Snapshot) -> list[Any]:
        return [found for declared in SCHEMA for found in snapshot.scan(Select(declared.name))]

    states = []
    for known_at in (None, *(at(minute) for minute in range(-1, minutes))):
        with store.read(HERE, known_at) as snapshot:
            states.append(seen(snapshot))
    return states, list(store.changes(HERE)), list(store.log(HERE)), store.verify(HERE)


@pytest.fixture(params=["memory", "sqlite"])
def new_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Store]]:
    """Opens an empty store."""
    opened: list[Store] = []

    def make() -> Store:
        url = f"sqlite:///{tmp_path / f'street-{len(opened)}.db'}"
        opened.append(MemoryStore(SCHEMA) if request.param == "memory" else SqlStore(url, SCHEMA))
        return opened[-1]

    yield make
    for store in opened:
        store.close()


@pytest.fixture
def source() -> MemoryStore:
    """A store with a history of 14 entries in 6 commits."""
    store = MemoryStore(SCHEMA)
    fill(store)
    return store


@pytest.fixture
def backup(source: MemoryStore, tmp_path: Path) -> Path:
    """Its backup."""
    path = tmp_path / "backup.jsonl"
    export_history(source, HERE, path)
    return path


class TestRoundTrip:
    @pytest.mark.slow
    def test_from_store_to_store_the_file_is_the_same_to_the_byte(
        self, source: MemoryStore, new_store: Callable[[], Store], tmp_path: Path
    ) -> None:
        first, second = tmp_path / "1.jsonl", tmp_path / "2.jsonl"
        other, back = new_store(), MemoryStore(SCHEMA)
        export_history(source, HERE, first)
        import_history(other, SCHEMA, first)
        export_history(other, HERE, second)
        import_history(back, SCHEMA, second)
        assert first.read_bytes() == second.read_bytes()
        assert everything(source) == everything(other) == everything(back)

    @pytest.mark.slow
    def test_a_store_filled_by_itself_can_be_exported_too(self, new_store: Callable[[], Store], tmp_path: Path) -> None:
        store, back = new_store(), MemoryStore(SCHEMA)
        fill(store)
        export_history(store, HERE, tmp_path / "1.jsonl")
        import_history(back, SCHEMA, tmp_path / "1.jsonl")
        assert everything(store) == everything(back)

    def test_a_restored_store_goes_on_as_the_original_would(self, new_store: Callable[[], Store], backup: Path) -> None:
        store = new_store()
        import_history(store, SCHEMA, backup)
        commit(store, 8, lambda s: s.put(resident("r0", "继续"), 8))
        assert 15 == list(store.changes(HERE))[-1].number
        assert store.verify(HERE) is None

    def test_it_says_what_was_done(self, source: MemoryStore, backup: Path, tmp_path: Path) -> None:
        digest = list(source.log(HERE))[-1].digest
        assert Transfer(HERE, 14, 6, 0, digest) == export_history(source, HERE, tmp_path / "again.jsonl")
        assert Transfer(HERE, 14, 6, 0, digest) == import_history(MemoryStore(SCHEMA), SCHEMA, backup)

    @given(
        st.lists(
            st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from((None, "甲", "乙"))), min_size=1, max_size=4),
            min_size=1,
            max_size=6,
        ),
        st.integers(1, 4),
    )
    @pytest.mark.slow
    def test_any_history_cut_into_any_portions(
        self,
        tmp_path_factory: pytest.TempPathFactory,
        commits: list[list[tuple[str, str | None]]],
        portion: int,
    ) -> None:
        source, target = MemoryStore(SCHEMA), MemoryStore(SCHEMA)
        with SqlStore(f"sqlite:///{tmp_path_factory.mktemp('db')}/street.db", SCHEMA) as sql:
            for minute, changes in enumerate(commits):
                for id_, name in changes:
                    held = {c.id for c in source.changes(HERE)}
                    if name is not None:
                        commit(source, minute, lambda s, i=id_, n=name: s.put(resident(i, n), ANY))  # type: ignore[misc]
                    elif id_ in held:
                        source.erase(HERE, [("resident", id_)], actor="x", reason="清除", at=at(minute))
            if not list(source.log(HERE)):
                return
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("shequ.exchange.backup._PORTION", portion)
                path = tmp_path_factory.mktemp("file") / "x.jsonl"
                export_history(source, HERE, path)
                for store in (target, sql):
                    import_history(store, SCHEMA, path)
                    assert everything(source) == everything(store)


class TestForm:
    def test_header_one_line_an_entry_and_the_digest_at_the_end(self, source: MemoryStore, backup: Path) -> None:
        first, *lines, last = map(json.loads, backup.read_bytes().decode().split("\n")[:-1])
        digest = list(source.log(HERE))[-1].digest
        assert ["shequ.export/1", HERE, 14, 6, {"resident": 14}] == [
            first[name] for name in ("format", "district", "entries", "commits", "types")
        ]
        assert list(range(1, 15)) == [line["number"] for line in lines]
        assert {"end": 14, "digest": digest} == last
        assert {"id": "r1", "name": "=1+1"}.items() <= lines[1]["after"].items()

    def test_what_was_erased_is_not_in_it(self, backup: Path) -> None:
        assert "将清除" not in backup.read_text()

    def test_nobody_else_may_read_it(self, backup: Path) -> None:
        assert 0o600 == backup.stat().st_mode & 0o777

    def test_only_the_district_asked_for_is_in_it(self, source: MemoryStore, tmp_path: Path) -> None:
        commit(source, 9, lambda s: s.put(resident("elsewhere", "别处的人"), ANY), "999900002000")
        export_history(source, HERE, tmp_path / "one.jsonl")
        assert "别处的人" not in (tmp_path / "one.jsonl").read_text()

    def test_a_district_without_history_is_named_with_those_that_have_one(
        self, source: MemoryStore, tmp_path: Path
    ) -> None:
        with pytest.raises(DistrictRequired) as caught:
            export_history(source, "999900002000", tmp_path / "none.jsonl")
        assert (HERE,) == caught.value.districts
        assert [] == list(tmp_path.iterdir())


class Stop(Exception):
    """Somebody pulls the plug."""


def stop_at(what: str, count: int) -> Callable[[str, int], None]:
    def progress(doing: str, number: int) -> None:
        if doing == what and number >= count:
            raise Stop

    return progress


class TestInterrupted:
    @pytest.fixture(autouse=True)
    def _small_steps(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("shequ.exchange.backup._EVERY", 1)
        monkeypatch.setattr("shequ.exchange.backup._PORTION", 1)

    def test_an_export_goes_on_where_it_ended(self, source: MemoryStore, backup: Path, tmp_path: Path) -> None:
        path = tmp_path / "other.jsonl"
        with pytest.raises(Stop):
            export_history(source, HERE, path, progress=stop_at("导出", 5))
        assert not path.exists()
        assert 5 == export_history(source, HERE, path).already
        assert backup.read_bytes() == path.read_bytes()
        assert not path.with_name("other.jsonl.part").exists()

    @pytest.mark.parametrize("tail", [b"", b'{"number":6,"comm', b"\x00" * 100_000, b'{"number":6}\n', b"\n"])
    def test_half_a_line_is_written_anew(self, source: MemoryStore, backup: Path, tmp_path: Path, tail: bytes) -> None:
        path = tmp_path / "other.jsonl"
        lines = backup.read_bytes().split(b"\n")
        path.with_name("other.jsonl.part").write_bytes(b"\n".join(lines[:6]) + b"\n" + tail)
        assert 5 == export_history(source, HERE, path).already
        assert backup.read_bytes() == path.read_bytes()

    def test_an_export_of_a_district_that_went_on_meanwhile_begins_anew(
        self, source: MemoryStore, tmp_path: Path
    ) -> None:
        path = tmp_path / "other.jsonl"
        with pytest.raises(Stop):
            export_history(source, HERE, path, progress=stop_at("导出", 5))
        source.erase(HERE, [("resident", "r2")], actor="x", reason="清除", at=at(9))
        assert 0 == export_history(source, HERE, path).already
        assert "𠮷野" not in path.read_text()

    @pytest.mark.slow
    def test_an_import_goes_on_where_it_ended_in_whole_commits(
        self, source: MemoryStore, new_store: Callable[[], Store], backup: Path
    ) -> None:
        store = new_store()
        with pytest.raises(Stop):
            import_history(store, SCHEMA, backup, progress=stop_at("写入", 8))
        assert 9 == len(list(store.log(HERE)))
        assert store.verify(HERE) is None
        assert 9 == import_history(store, SCHEMA, backup).already
        assert everything(source) == everything(store)

    @pytest.mark.slow
    def test_an_import_that_was_killed_goes_on(self, source: MemoryStore, backup: Path, tmp_path: Path) -> None:
        database = tmp_path / "street.db"
        program = (
            "import sys\nfrom pathlib import Path\nimport shequ.exchange.backup as backup\n"
            "from shequ.model import RECORD_TYPES, Schema\nfrom shequ.store.sql.store import SqlStore\n"
            "backup._PORTION = 1\nschema = Schema(RECORD_TYPES)\n"
            "def told(what, number):\n"
            "    if (what, number) == ('写入', 9):\n"
            "        print(number, flush=True)\n"
            "        sys.stdin.read()\n"
            f"backup.import_history(SqlStore('sqlite:///{database}', schema), schema, Path({str(backup)!r}),"
            " progress=told)\n"
        )
        with subprocess.Popen(
            [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            assert b"9\n" == process.stdout.readline()
            process.kill()
        with SqlStore(f"sqlite:///{database}", SCHEMA) as store:
            assert 9 == import_history(store, SCHEMA, backup).already
            assert everything(source) == everything(store)

    @pytest.mark.slow
    def test_imported_again_nothing_changes(
        self, source: MemoryStore, new_store: Callable[[], Store], backup: Path
    ) -> None:
        store = new_store()
        import_history(store, SCHEMA, backup)
        assert 14 == import_history(store, SCHEMA, backup).already
        assert everything(source) == everything(store)

    def test_a_store_that_went_on_is_left_alone(self, source: MemoryStore, backup: Path) -> None:
        commit(source, 9, lambda s: s.put(resident("new"), ANY))
        before = everything(source)
        assert 14 == import_history(source, SCHEMA, backup).already
        assert before == everything(source)


def altered(line: int, **values: Any) -> Callable[[list[bytes]], list[bytes]]:
    def alter(lines: list[bytes]) -> list[bytes]:
        found = {**json.loads(lines[line]), **values}
        text = json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
        return [*lines[:line], text + b"\n", *lines[line + 1 :]]

    return alter


class TestRefused:
    @pytest.mark.parametrize(
        ("alter", "says"),
        [
            (lambda lines: lines[:-1], ["不完整", "14"]),
            (lambda lines: lines[:5], ["不完整"]),
            (lambda lines: [*lines[:-1], lines[-1][:-1]], ["不完整"]),
            (lambda lines: [*lines, lines[-1].replace(b":14,", b":15,")], ["不完整"]),
            (lambda lines: [*lines[:4], *lines[5:]], ["第 5 行"]),
            (lambda lines: [*lines[:4], lines[5], lines[4], *lines[6:]], ["第 5 行", "接不上"]),
            (lambda lines: [*lines[:4], b"{\n", *lines[5:]], ["第 5 行", "不是一条历史"]),
            (lambda lines: [*lines[:4], b"\xff\n", *lines[5:]], ["第 5 行", "不是一条历史"]),
            (lambda lines: [*lines[:4], b" " + lines[4], *lines[5:]], ["第 5 行"]),
            (altered(3, actor="别人"), ["第 4 行", "接不上"]),
            (altered(3, after={"id": "r2", "name": "改名"}), ["第 4 行", "接不上"]),
            (altered(3, salt="00" * 16), ["第 4 行"]),
            (altered(3, number="3"), ["第 4 行"]),
            (altered(3, at="2026-01-05T09:30:15"), ["第 4 行"]),
            (altered(3, actor="\ud800"), ["第 4 行"]),
            (altered(3, actor=None), ["第 4 行"]),
            (altered(3, more=1), ["第 4 行"]),
            (altered(0, types={"resident": 13}), ["第 1 行"]),
            (altered(0, types={"resident": 13, "building": 1}), ["首行"]),
            (altered(0, types=[14]), ["第 1 行"]),
            (altered(0, commits=5), ["首行"]),
            *((altered(0, former=odd), ["第 1 行"]) for odd in ([1], {"resident": "3"}, {"resident": 3})),
            *(
                (altered(0, former={"resident": odd}), ["第 1 行"])
                for odd in ([15], [-1], [3, 2], [2.0], ["3"], [None])
            ),
            (altered(0, district="999900002000"), ["第 2 行"]),
            (altered(0, format="shequ.export/2"), ["shequ.export/2", "升级"]),
            (altered(0, format="shequ.metrics/1"), ["shequ.metrics/1"]),
            (lambda _: [], ["不是 shequ 导出的备份"]),
            (lambda _: [b"[]\n"], ["不是 shequ 导出的备份"]),
            (lambda _: "姓名,性别\n".encode("gbk").splitlines(), ["不是 shequ 导出的备份"]),
        ],
    )
    def test_a_file_that_is_not_as_it_was_written(
        self, backup: Path, alter: Callable[[list[bytes]], list[bytes]], says: list[str]
    ) -> None:
        store = MemoryStore(SCHEMA)
        backup.write_bytes(b"".join(alter(backup.read_bytes().splitlines(keepends=True))))
        with pytest.raises(BadData) as caught:
            import_history(store, SCHEMA, backup)
        assert [] == [word for word in (*says, backup.name) if word not in str(caught.value)]
        assert caught.value.remedy
        assert () == store.districts()

    def test_record_types_that_are_not_known(self, tmp_path: Path) -> None:
        strange = MemoryStore(Schema((*RECORD_TYPES, Kiosk)))
        commit(strange, 0, lambda s: [s.put(Kiosk(id="k", name="报亭"), ANY), s.put(resident("r0"), ANY)])
        export_history(strange, HERE, tmp_path / "x.jsonl")
        store = MemoryStore(SCHEMA)
        with pytest.raises(Misuse, match=r"没有的记录类型：kiosk — .*插件"):
            import_history(store, SCHEMA, tmp_path / "x.jsonl")
        with pytest.raises(UnknownRecordType):
            store.replay(HERE, strange.log(HERE))
        assert () == store.districts()

    def test_another_district_than_was_asked_for(self, backup: Path) -> None:
        with pytest.raises(Misuse, match=f"街道 {HERE} 的备份，不是 999900002000 的"):
            import_history(MemoryStore(SCHEMA), SCHEMA, backup, district="999900002000")

    def test_a_store_with_another_history_of_the_district(self, backup: Path) -> None:
        store = MemoryStore(SCHEMA)
        commit(store, 0, lambda s: s.put(resident("r0"), ANY))
        before = everything(store)
        with pytest.raises(Misuse, match=r"另一份历史：第 1 条起"):
            import_history(store, SCHEMA, backup)
        assert before == everything(store)

    def test_a_store_that_holds_what_the_file_no_longer_does(self, tmp_path: Path, source: MemoryStore) -> None:
        older, newer, store = tmp_path / "1.jsonl", tmp_path / "2.jsonl", MemoryStore(SCHEMA)
        export_history(source, HERE, older)
        import_history(store, SCHEMA, older)
        source.erase(HERE, [("resident", "r0")], actor="x", reason="清除", at=at(9))
        export_history(source, HERE, newer)
        with pytest.raises(Misuse, match=r"第 1 条的内容在 .* 中已依法清除"):
            import_history(store, SCHEMA, newer)

    def test_another_district_beside_it_does_not_matter(self, new_store: Callable[[], Store], backup: Path) -> None:
        store = new_store()
        commit(store, 0, lambda s: s.put(resident("r0"), ANY), "999900002000")
        import_history(store, SCHEMA, backup)
        assert (HERE, "999900002000") == store.districts()
        assert 1 == len(list(store.log("999900002000")))

    def test_a_tampered_store_gives_no_backup(self, source: MemoryStore, tmp_path: Path) -> None:
        path = tmp_path / "tampered.jsonl"
        log = source._states[HERE].log
        log[2] = attrs.evolve(log[2], after=log[2].after.replace("𠮷", "吉"))  # type: ignore[union-attr]
        with pytest.raises(BadData, match=f"街道 {HERE} 未能备份.*第 4 行"):
            export_history(source, HERE, path)
        assert [] == list(tmp_path.iterdir())

    def test_a_folder_that_is_not_there(self, source: MemoryStore, tmp_path: Path) -> None:
        with pytest.raises(BackendError, match="无法写入"):
            export_history(source, HERE, tmp_path / "none" / "x.jsonl")
        with pytest.raises(BackendError, match="无法读取"):
            import_history(source, SCHEMA, tmp_path / "none.jsonl")

    def test_a_disk_that_is_full(self, source: MemoryStore, backup: Path, tmp_path: Path) -> None:
        path = tmp_path / "x.jsonl"
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
        try:
            with pytest.raises(BackendError, match=r"无法写入 .*再次运行即从中断处继续"):
                export_history(source, HERE, path)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert not path.exists()
        assert 0 < export_history(source, HERE, path).already
        assert backup.read_bytes() == path.read_bytes()


class TestReplay:
    """Clause 14."""

    @pytest.mark.slow
    def test_a_commit_may_not_be_divided(self, source: MemoryStore, new_store: Callable[[], Store]) -> None:
        store, given = new_store(), list(source.log(HERE))
        store.replay(HERE, given[:3])
        before = everything(store)
        with pytest.raises(BrokenChain) as caught:
            store.replay(HERE, given[3:])
        assert 4 == caught.value.number
        assert before == everything(store)

    @pytest.mark.slow
    def test_an_error_while_entries_are_drawn_stores_nothing(
        self, source: MemoryStore, new_store: Callable[[], Store]
    ) -> None:
        store, entries = new_store(), list(source.log(HERE))

        def drawn() -> Iterator[Entry]:
            yield from entries[:9]
            raise Stop

        with pytest.raises(Stop):
            store.replay(HERE, drawn())
        assert () == store.districts()
        store.replay(HERE, entries)
        assert everything(source) == everything(store)

    def test_no_entries_are_no_commit(self, new_store: Callable[[], Store]) -> None:
        store = new_store()
        store.replay(HERE, [])
        assert () == store.districts()

    @pytest.mark.slow
    def test_more_entries_than_one_batch(self, new_store: Callable[[], Store]) -> None:
        source, store = MemoryStore(SCHEMA), new_store()
        commit(source, 0, lambda s: [s.put(resident(f"r{n}"), ANY) for n in range(5200)])
        commit(source, 1, lambda s: [s.put(resident(f"r{n}", "改"), ANY) for n in range(5200)])
        store.replay(HERE, source.log(HERE))
        assert list(source.log(HERE)) == list(store.log(HERE))
        assert store.verify(HERE) is None

    def test_the_log_can_be_taken_up_anywhere(self, source: MemoryStore, new_store: Callable[[], Store]) -> None:
        store = new_store()
        store.replay(HERE, source.log(HERE))
        assert list(source.log(HERE))[4:] == list(store.log(HERE, after=4))

    def test_a_store_without_the_power_says_so(self, source: MemoryStore, backup: Path, tmp_path: Path) -> None:
        class Plain(MemoryStore):
            capabilities = frozenset()
            log, replay = Store.log, Store.replay

        plain = Plain(SCHEMA)
        for ask in (
            lambda: plain.log(HERE),
            lambda: plain.replay(HERE, source.log(HERE)),
            lambda: export_history(plain, HERE, tmp_path / "x.jsonl"),
            lambda: import_history(plain, SCHEMA, backup),
        ):
            with pytest.raises(Unsupported) as caught:
                ask()
            assert "replay" == caught.value.capability

    def test_a_line_holds_the_values_to_the_byte(self, source: MemoryStore) -> None:
        for entry in source.log(HERE):
            assert entry.after is None or f'"after":{entry.after},'.encode() in entry_line(entry)
