"""The store of one file per record keeps the contract, and the files show what is stored."""

import json
from datetime import datetime
from pathlib import Path

import pytest
from yunxi_charging.files import FileStore, open_files

import shequ
from shequ.effective import SHANGHAI
from shequ.errors import BackendError, Misuse
from shequ.model import RECORD_TYPES, NewsItem, Schema
from shequ.store import ANY, Store
from shequ.testing import StoreConformance

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=SHANGHAI)
SCHEMA = Schema(RECORD_TYPES)


class TestFileStore(StoreConformance):
    """Every clause of the storage contract."""

    def make_store(self, path: Path) -> Store:
        return FileStore(path, self.schema)

    def tamper(self, _: Store, path: Path, district: str, number: int) -> None:
        (journal,) = [file for file in path.glob("*/journal.jsonl") if district in file.read_text().split("\n")[0]]
        commits = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
        for commit in commits[1:]:
            for entry in commit:
                if entry["number"] == number:
                    entry["actor"] = "somebody else"
        journal.write_text("".join(json.dumps(commit) + "\n" for commit in commits), encoding="utf-8")


def news(id_: str, title: str) -> NewsItem:
    return NewsItem(id=id_, division="d1", title=title, published=NOW.date(), outlet="晚报")


def put(store: Store, *records: NewsItem) -> None:
    with store.session("d1", actor="x", reason="y", at=NOW) as session:
        for record in records:
            session.put(record, ANY)


def files(folder: Path) -> dict[str, str]:
    """Name of each record's file → title in it."""
    return {
        file.name: json.loads(file.read_text(encoding="utf-8"))["title"] for file in folder.rglob("news_item/*.json")
    }


def test_each_record_has_a_file_that_shows_its_present_state(tmp_path: Path) -> None:
    with FileStore(tmp_path, SCHEMA) as store:
        put(store, news("a", "一"), news("A", "二"), news("b", "三"))
        put(store, news("a", "改"))
        with store.session("d1", actor="x", reason="y", at=NOW) as session:
            session.delete("news_item", "b", ANY)
        assert {"a.json": "改", "+a.json": "二"} == files(tmp_path)
        store.erase("d1", [("news_item", "a")], actor="x", reason="依申请", at=NOW)
        assert {"+a.json": "二"} == files(tmp_path)
    journal = "".join(file.read_text(encoding="utf-8") for file in tmp_path.rglob("*.jsonl"))
    assert "改" not in journal


def test_files_that_were_changed_or_lost_are_mended_when_it_is_opened(tmp_path: Path) -> None:
    with FileStore(tmp_path, SCHEMA) as store:
        put(store, news("a", "一"), news("b", "二"))
    for file in tmp_path.rglob("a.json"):
        file.write_text("{}", encoding="utf-8")
    for file in tmp_path.rglob("b.json"):
        file.unlink()
    FileStore(tmp_path, SCHEMA).close()
    assert {"a.json": "一", "b.json": "二"} == files(tmp_path)


def test_a_commit_that_was_cut_off_is_none(tmp_path: Path) -> None:
    with FileStore(tmp_path, SCHEMA) as store:
        put(store, news("a", "一"))
        put(store, news("b", "二"))
    (journal,) = tmp_path.rglob("*.jsonl")
    journal.write_bytes(journal.read_bytes()[:-20])
    with FileStore(tmp_path, SCHEMA) as store:
        assert [1] == [change.number for change in store.changes("d1")]
        put(store, news("c", "三"))
    with FileStore(tmp_path, SCHEMA) as store:
        assert [1, 2] == [change.number for change in store.changes("d1")]
        assert store.verify("d1") is None


def test_a_second_process_is_turned_away(tmp_path: Path) -> None:
    with FileStore(tmp_path, SCHEMA), pytest.raises(BackendError, match="正由另一个程序使用"):
        FileStore(tmp_path, SCHEMA)


def test_a_journal_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with FileStore(tmp_path, SCHEMA) as store:
        put(store, news("a", "一"))
    (journal,) = tmp_path.rglob("*.jsonl")
    journal.write_text("no journal\n", encoding="utf-8")
    with pytest.raises(BackendError, match=r"journal\.jsonl"):
        FileStore(tmp_path, SCHEMA)


def test_a_register_opens_it_by_its_scheme(tmp_path: Path) -> None:
    with shequ.open(f"files:///{tmp_path}", "d1", clock=lambda: NOW) as register:
        register.put(news("n", "开工"), reason="1 号")
    with shequ.open(f"files:///{tmp_path}") as register:
        assert "开工" == register.get("news_item", "n").title
        assert register.store.capabilities == {"durable", "known_at", "replay"}


@pytest.mark.parametrize("url", ["files:", "files:///", "files://street"])
def test_a_url_without_a_folder_is_refused(url: str) -> None:
    with pytest.raises(Misuse, match="没有文件夹"):
        open_files(url, SCHEMA)
