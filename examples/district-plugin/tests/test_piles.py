"""Piles: what they are, how they move, what is counted and required of them, and who has a say."""

from datetime import date
from pathlib import Path

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from yunxi_charging.commits import check_digit
from yunxi_charging.piles import PILE_LIFECYCLE, ChargingPile, PileState

import shequ
from conftest import EAST, NOW, STREET, WEST, pile, serial, street
from shequ.errors import BadData, IllegalStep, InvalidRecord, Vetoed
from shequ.lifecycle import diagram
from shequ.plugins import PluginHost
from shequ.query import Select
from shequ.register import host_from_environment
from shequ.store import ANY
from shequ.testing import records


def test_the_installed_plugin_is_found_and_offers_what_it_says() -> None:
    (found,) = [plugin for plugin in host_from_environment().inventory() if plugin.name == "yunxi-charging"]
    assert ("active", "yunxi-charging", "") == (found.state, found.distribution, found.error)
    assert {
        "record_types": ("charging_pile",),
        "lifecycles": ("charging_pile",),
        "metrics": ("charging.sockets", "charging.households_per_socket"),
        "rule_sets": ("yunxi-charging",),
        "reports": ("charging",),
        "renderers": ("csv",),
        "templates": ("work-charging",),
        "stores": ("files",),
    } == dict(found.offers)


class TestFigures:
    def test_sockets_in_use_are_counted(self, register: shequ.Register) -> None:
        found = register.measure("充电插座", at="2025-12-31")
        assert (40, "40个") == (found.value, found.shown)
        assert found.plugin.startswith("yunxi-charging (yunxi-charging ")

    def test_what_is_out_of_service_on_the_day_is_not(self, register: shequ.Register) -> None:
        register.apply("p2", "停用", reason="线路检修")
        assert 20 == register.measure("charging.sockets", at="2026-01-05").value
        assert 40 == register.measure("charging.sockets", at="2026-01-04").value

    def test_households_share_a_socket(self, register: shequ.Register) -> None:
        shown = {
            m.place.code: m.shown
            for m in register.measure_all(at="2025-12-31", by="community", codes=["charging.households_per_socket"])
        }
        assert {EAST: "16.7户", WEST: "50.0户", STREET: "25.0户"} == shown

    def test_without_piles_nothing_is_counted_and_nothing_guessed(self) -> None:
        with shequ.open("memory:", STREET) as register:
            assert "暂无数据" == register.measure("charging.sockets", at="2025-12-31").shown


class TestStandards:
    def found(self, register: shequ.Register, law: str) -> list[tuple[str, str]]:
        findings = register.check(at="2025-12-31", law=law)
        return [(one.place.code, one.threshold) for one in findings if one.rule == "charging.sockets"]

    def test_a_community_with_too_few_sockets_is_found(self, register: shequ.Register) -> None:
        assert [(WEST, "≤30")] == self.found(register, "2025-12-31")

    def test_by_the_standard_of_its_day(self, register: shequ.Register) -> None:
        assert 1 == len(self.found(register, "2025-12-31"))
        register.put(pile(4, WEST, sockets=10), reason="增建")
        assert [] == self.found(register, "2025-12-31")
        assert [WEST] == [place for place, _ in self.found(register, "2026-06-30")]

    def test_the_finding_says_whose_standard_it_is(self, register: shequ.Register) -> None:
        (finding,) = [one for one in register.check(at="2025-12-31") if one.rule == "charging.sockets"]
        assert finding.plugin.startswith("yunxi-charging (yunxi-charging ")
        assert "充电桩建设三年计划" in finding.citation


class TestLifecycle:
    def test_a_pile_is_built_accepted_stopped_resumed_and_taken_down(self, register: shequ.Register) -> None:
        register.put(pile(5, EAST, since=None, state=PileState.PLANNED), reason="立项")
        register.apply("p5", "建成")
        register.apply("p5", "验收投用", values={"certificate": "云消验〔2026〕1 号"})
        register.apply("p5", "停用", reason="检修")
        register.apply("p5", "恢复使用")
        gone = register.apply("p5", "拆除", reason="道路施工")
        assert (PileState.REMOVED, NOW.date(), NOW.date()) == (gone.state, gone.since, gone.until)

    def test_it_is_not_used_without_the_fire_brigades_paper(self, register: shequ.Register) -> None:
        register.put(pile(5, EAST, since=None, state=PileState.BUILT), reason="建成")
        with pytest.raises(IllegalStep, match="消防验收文号"):
            register.apply("p5", "验收投用")

    def test_who_stops_it_says_why(self, register: shequ.Register) -> None:
        with pytest.raises(IllegalStep, match="未写明依据或原因（云溪街道（演示）充电桩管理办法）"):
            register.apply("p1", "停用")

    def test_the_table_can_be_drawn(self) -> None:
        assert "BUILT --> IN_USE" in diagram(PILE_LIFECYCLE)


class TestNumbers:
    @pytest.mark.parametrize(("number", "digit"), [("0001", "9"), ("0017", "0"), ("0000", "0"), ("9999", "8")])
    def test_the_check_digit(self, number: str, digit: str) -> None:
        assert digit == check_digit(number)

    @pytest.mark.parametrize("other", ["YX-0001-0", "YX-1-9", "0001", ""])
    def test_a_wrong_one_is_refused(self, other: str, register: shequ.Register) -> None:
        with pytest.raises(InvalidRecord, match="桩号") as caught:
            register.put(attrs.evolve(pile(1, EAST), serial=other or "x"), reason="更正")
        assert caught.value.code in {"serial-form", "serial-check"}

    def test_in_a_sheet_it_is_a_problem_of_its_cell(self, register: shequ.Register, tmp_path: Path) -> None:
        sheet = tmp_path / "充电桩.csv"
        sheet.write_text(f"桩号,社区,插座数\n{serial(8)},{EAST},10\nYX-0009-0,{EAST},10\n", encoding="utf-8")
        (problem,) = register.load(sheet, keep_good=True).errors
        assert (3, "桩号", "serial-check") == (problem.row, problem.column, problem.code)

    def test_a_pile_keeps_its_number_and_is_not_deleted(self, register: shequ.Register) -> None:
        with pytest.raises(Vetoed, match=f"{serial(1)} 的桩号不能改为 {serial(9)}"):
            register.put(attrs.evolve(pile(1, EAST), serial=serial(9)), reason="更正")
        session = register.store.session(STREET, actor="x", reason="y", at=NOW)
        with pytest.raises(Vetoed, match="不能删除"), session as writing:
            writing.delete("充电桩", "p1", ANY)
        with register.store.read(STREET) as snapshot:
            assert 3 == len(list(snapshot.scan(Select("charging_pile"))))


class TestNotices:
    def host(self, **settings: object) -> PluginHost:
        return PluginHost(settings={"yunxi-charging": settings})

    def test_a_pile_out_of_service_is_announced_once(self, tmp_path: Path) -> None:
        file = tmp_path / "notices.txt"
        host = self.host(notices=str(file))
        with shequ.open("memory:", STREET, host=host, clock=lambda: NOW) as register:
            register.put(*street(), reason="台账")
            register.apply("p1", "停用", reason="线路检修")
            register.put(attrs.evolve(register.get("充电桩", "p1"), location="西门"), reason="更正")
        assert f"2026-01-05 {serial(1)} 东门 停用：线路检修\n" == file.read_text(encoding="utf-8")

    def test_a_folder_that_is_not_there_stops_no_work(self, tmp_path: Path) -> None:
        host = self.host(notices=str(tmp_path / "nowhere" / "notices.txt"))
        with shequ.open("memory:", STREET, host=host, clock=lambda: NOW) as register:
            register.put(*street(), reason="台账")
            assert PileState.OUT_OF_SERVICE is register.apply("p1", "停用", reason="线路检修").state
            (found,) = [plugin for plugin in register.host.plugins if plugin.name == "yunxi-charging"]
        assert "FileNotFoundError" in found.last_words

    def test_a_setting_that_is_none_is_refused(self) -> None:
        (found,) = [plugin for plugin in self.host(notice="x").plugins if plugin.name == "yunxi-charging"]
        assert "充电桩插件没有设置 notice" in found.error
        assert BadData.__name__ in found.error


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(records(ChargingPile))
def test_any_pile_round_trips(pile_: ChargingPile) -> None:
    from shequ.codec import from_plain, to_plain

    assert pile_ == from_plain(ChargingPile, to_plain(pile_))
    assert pile_.since is None or isinstance(pile_.since, date)
