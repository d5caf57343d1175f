"""Plugins have a say in what is committed, are told what was, and fail closed."""

import contextlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import attrs
import pytest
from distributions import Install

import shequ
from shequ import hookimpl
from shequ.cli.commands import run
from shequ.effective import SHANGHAI
from shequ.errors import Conflict, InvalidRecord, PluginFailure, Vetoed
from shequ.model import NewsItem, Record
from shequ.plugins import PluginHost
from shequ.query import Select
from shequ.store import ANY, Commit, GuardedStore, Store
from shequ.store.memory import MemoryStore
from shequ.testing import StoreConformance

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=SHANGHAI)


def news(id_: str, title: str = "开工") -> NewsItem:
    return NewsItem(id=id_, division="d1", title=title, published=NOW.date(), outlet="晚报")


class Careful:
    """Refuses titles that shout, objects to commits without a paper, and keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[Commit] = []

    @hookimpl
    def shequ_validate(self, record: Record) -> Iterator[InvalidRecord]:
        if isinstance(record, NewsItem) and "！" in record.title:
            yield InvalidRecord("news_item", "title", record.title, "标题不用叹号", code="shouting", remedy="去掉叹号")

    @hookimpl
    def shequ_before_commit(self, commit: Commit) -> list[str]:
        return ["须注明文号"] if commit.reason == "听说" else []

    @hookimpl
    def shequ_after_commit(self, commit: Commit) -> None:
        self.told.append(commit)


@pytest.fixture
def careful() -> Careful:
    return Careful()


def opened(**plugins: object) -> shequ.Register:
    host = PluginHost(plugins, discover=False)
    return shequ.open("memory:", "d1", host=host, actor="clerk-07", clock=lambda: NOW)


@pytest.fixture
def register(careful: Careful) -> Iterator[shequ.Register]:
    with opened(careful=careful) as made:
        yield made


class TestValidate:
    def test_a_record_with_which_a_plugin_finds_fault_is_not_stored_nor_what_comes_with_it(
        self, register: shequ.Register
    ) -> None:
        with pytest.raises(InvalidRecord, match="标题不用叹号 — 去掉叹号"):
            register.put(news("n1"), news("n2", "开工！"), reason="1 号")
        assert register.get("news_item", "n1") is None

    def test_in_a_load_each_fault_is_a_problem_with_file_row_and_column(
        self, register: shequ.Register, tmp_path: Path
    ) -> None:
        rows = ["n1,d1,开工！,2026-01-05,晚报", "n2,d1,完工,2026-01-05,晚报", "n3,d1,验收！,2026-01-05,晚报"]
        sheet = tmp_path / "新闻信息.csv"
        sheet.write_text("\n".join(["编号,所属区划,标题,刊发日期,媒体", *rows, ""]), encoding="utf-8")
        result = register.load(sheet)
        assert [("新闻信息.csv", 2, "标题"), ("新闻信息.csv", 4, "标题")] == [
            (problem.file, problem.row, problem.column) for problem in result if problem.code == "shouting"
        ]
        assert (0, None) == (result.stored, register.get("news_item", "n2"))

    def test_an_answer_that_is_no_fault_is_the_plugins_failure(self) -> None:
        class Chatty:
            @hookimpl
            def shequ_validate(self, record: Record) -> list[Any]:  # noqa: ARG002 - the hook's own argument
                return ["标题不好"]

        with opened(chatty=Chatty()) as register, pytest.raises(PluginFailure, match="answered '标题不好'"):
            register.put(news("n1"), reason="1 号")


class TestVeto:
    def test_a_plugin_that_objects_stops_the_commit_with_its_reason(
        self, register: shequ.Register, careful: Careful
    ) -> None:
        with pytest.raises(Vetoed, match="须注明文号（插件 careful），未作任何修改") as caught:
            register.put(news("n1"), reason="听说")
        assert {"careful": ("须注明文号",)} == caught.value.reasons
        assert (None, []) == (register.get("news_item", "n1"), careful.told)

    def test_all_who_object_are_named(self, careful: Careful) -> None:
        with opened(first=careful, second=Careful()) as register, pytest.raises(Vetoed) as caught:
            register.put(news("n1"), reason="听说")
        assert ["first", "second"] == list(caught.value.reasons)

    def test_the_store_handed_out_is_guarded_too(self, register: shequ.Register) -> None:
        session = register.store.session("d1", actor="x", reason="听说", at=NOW)
        with pytest.raises(Vetoed), session as writing:
            writing.put(news("n1"), ANY)
        assert register.get("news_item", "n1") is None


class TestTold:
    def test_it_is_told_who_did_what_when_and_why_and_how_it_was_before(
        self, register: shequ.Register, careful: Careful
    ) -> None:
        register.put(news("n1"), news("n2"), reason="1 号")
        with register.store.session("d1", actor="clerk-08", reason="2 号", at=NOW) as session:
            session.put(news("n1", "改"), ANY)
            session.put(news("n1", "再改"), ANY)
            session.put(news("n2"), ANY)  # as it was
            session.put(news("n3"), ANY)
            session.delete("新闻信息", "n3", ANY)  # never was
        with register.store.session("d1", actor="clerk-09", reason="3 号", at=NOW) as session:
            session.delete("新闻信息", "n2", ANY)
        first, second, third = careful.told
        assert ("d1", "clerk-07", "1 号", NOW) == (first.district, first.actor, first.reason, first.at)
        assert [("news_item", "n1", None, news("n1")), ("news_item", "n2", None, news("n2"))] == [
            attrs.astuple(change, recurse=False) for change in first.changes
        ]
        assert [(news("n1"), news("n1", "再改"))] == [(change.before, change.after) for change in second.changes]
        assert [("n2", news("n2"), None)] == [(change.id, change.before, change.after) for change in third.changes]

    def test_it_is_told_nothing_of_what_was_not_committed(self, register: shequ.Register, careful: Careful) -> None:
        with register.store.session("d1", actor="x", reason="空", at=NOW):
            pass
        with (
            contextlib.suppress(RuntimeError),
            register.store.session("d1", actor="x", reason="2 号", at=NOW) as session,
        ):
            session.put(news("n1"), ANY)
            raise RuntimeError
        with pytest.raises(Conflict), register.store.session("d1", actor="x", reason="1 号", at=NOW) as session:
            session.put(news("n1"), 7)
        assert [] == careful.told

    def test_one_that_fails_at_it_is_reported_and_told_again(self) -> None:
        class Full:
            told = 0

            @hookimpl
            def shequ_after_commit(self, commit: Commit) -> None:  # noqa: ARG002 - the hook's own argument
                self.told += 1
                raise OSError("disk full")

        full = Full()
        with opened(full=full) as register:
            register.put(news("n1"), reason="1 号")
            register.put(news("n2"), reason="2 号")
            (plugin,) = (one for one in register.host.plugins if one.name == "full")
            assert ("active", "OSError: disk full", 2) == (plugin.state, plugin.last_words, full.told)
            assert register.get("news_item", "n2") is not None


class TestFailingClosed:
    def refused(self, host: PluginHost, said: str) -> None:
        """Writing is refused, reading goes on."""
        with shequ.open("memory:", "d1", host=host, clock=lambda: NOW) as register:
            with pytest.raises(PluginFailure, match=said) as caught:
                register.put(news("n1"), reason="1 号")
            assert "SHEQU_PLUGINS_DISABLE=" in caught.value.remedy
            assert register.get("news_item", "n1") is None
            assert 0 == register.measure("data.records", at="2026-01-05").value

    @pytest.mark.parametrize("hook", ["shequ_validate(record)", "shequ_before_commit(commit)"])
    def test_a_decision_that_raises_is_a_refusal(self, hook: str, install: Install) -> None:
        install("judge", f"from shequ import hookimpl\n@hookimpl\ndef {hook}: raise KeyError('no list')\n")
        self.refused(
            PluginHost(), r"plugin judge \(judge 1\.0\): shequ_\w+ raised KeyError: 'no list', so nothing is done"
        )

    @pytest.mark.parametrize(
        ("source", "hook"),
        [
            ("import no_such_library_of_ours", "shequ_validate(record)"),
            (
                "from shequ import hookimpl\n@hookimpl\ndef shequ_metrics(): raise RuntimeError",
                "shequ_validate(record)",
            ),
            ("from shequ import hookimpl\n@hookimpl\ndef shequ_metric(): return []", "shequ_before_commit(commit)"),
            (
                "from shequ import hookimpl\n@hookimpl\ndef shequ_plugin_info(): return {'api': '1.99'}",
                "shequ_before_commit(commit)",
            ),
        ],
        ids=["import", "another hook raises", "another hook is misspelt", "newer API"],
    )
    def test_a_plugin_that_would_decide_and_did_not_load_is_a_refusal_until_it_is_left_out(
        self, source: str, hook: str, install: Install
    ) -> None:
        install("judge", f"{source}\nfrom shequ import hookimpl\n@hookimpl\ndef {hook}: return []\n", version="3")
        self.refused(PluginHost(), r"plugin judge \(judge 3\): it is out of order and may have a say here")
        with shequ.open("memory:", "d1", host=PluginHost(disable=["judge"])) as register:
            register.put(news("n1"), reason="1 号")
            assert register.get("news_item", "n1") is not None

    def test_so_is_one_whose_deciding_hook_is_misspelt(self, install: Install) -> None:
        install("judge", "from shequ import hookimpl\n@hookimpl\ndef shequ_validat(record): return []\n")
        self.refused(PluginHost(), "did you mean shequ_validate")

    def test_so_is_one_of_which_there_is_nothing_to_read(self, install: Install) -> None:
        install("judge", "", target="gone_with_the_wind")
        self.refused(PluginHost(), "may have a say here")

    def test_a_load_is_refused_too(self, install: Install, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        install("judge", "import no_such_library_of_ours\ndef shequ_validate(record): ...")
        sheet = tmp_path / "新闻信息.csv"
        sheet.write_text("编号,所属区划,标题,刊发日期,媒体\nn1,d1,开工,2026-01-05,晚报\n", encoding="utf-8")
        assert 2 == run(["load", str(sheet), "--store", "memory:", "--district", "d1"])
        assert "plugin judge (judge 1.0): it is out of order" in capsys.readouterr().err

    def test_one_that_decides_nothing_holds_up_nothing(self, install: Install) -> None:
        install("broken", "import no_such_library_of_ours\ndef shequ_metrics(): ...")
        with shequ.open("memory:", "d1", host=PluginHost()) as register:
            register.put(news("n1"), reason="1 号")
            assert not isinstance(register.store, GuardedStore)


def test_without_such_a_plugin_the_store_stands_alone() -> None:
    with opened() as register:
        assert isinstance(register.store, MemoryStore)


def test_erasing_is_no_plugins_business(register: shequ.Register) -> None:
    register.put(news("n1"), reason="1 号")
    assert 1 == register.erase([("news_item", "n1")], reason="听说")
    with register.store.read("d1") as snapshot:
        assert [] == list(snapshot.scan(Select("news_item")))


@pytest.mark.slow
class TestGuardedStore(StoreConformance):
    """A guarded store keeps the contract."""

    def make_store(self, path: Path) -> Store:  # noqa: ARG002 - it lives in memory
        return GuardedStore(MemoryStore(self.schema), PluginHost({"careful": Careful()}, discover=False))
