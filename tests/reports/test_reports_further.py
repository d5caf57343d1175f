"""Beyond the year's report: the month, the meeting, one page, the half year's cards, what moved since filing."""

import json
from datetime import datetime

import pytest
from card_world import contact, district
from report_world import activities, context_of, filed, people, places

import shequ
from shequ.calendars import Period
from shequ.effective import SHANGHAI
from shequ.errors import BadData, Misuse, NothingToReport
from shequ.model import ContactState, FiledReport
from shequ.reports import Document, Figure, Table
from shequ.reports.restating import build_restatement
from shequ.reports.work import shequ_reports

REPORTS = shequ_reports()
NOW = datetime(2026, 1, 5, 9, tzinfo=SHANGHAI)


def table(document: Document, caption: str) -> list[tuple[str, ...]]:
    found = next(b for s in document.sections for b in s.blocks if isinstance(b, Table) and b.caption == caption)
    return [tuple(cell.text if isinstance(cell, Figure) else cell for cell in row) for row in found.rows]


def filed_report(measurements: str, period: str = "2025") -> FiledReport:
    return FiledReport(
        id="fr-1", division="S", report="work", period=period, filed=NOW, actor="社区办", measurements=measurements
    )


def as_filed(
    metric: str, value: int | None, division: str = "330203001000", group: str | None = None
) -> dict[str, object]:
    return {"metric": metric, "division": division, "period": "2025", "value": value, "group": group}


GOOD = as_filed("matters.handled", 9)


class TestMonthly:
    def test_a_month_stands_beside_the_one_before_the_year_before_and_the_year_so_far(self) -> None:
        document = REPORTS["monthly"](
            context_of([*places(), *activities([1, 2, 3, 4])], period=Period.parse("2025-03"))
        )
        rows = {row[0]: row for row in table(document, "服务与活动")}
        assert ("文体活动", "次", "1", "1", "0", "3") == rows["文体活动"]
        assert ("文体活动参加人次", "人次", "3", "2", "0", "6") == rows["文体活动参加人次"]

    def test_what_is_counted_on_a_day_has_no_sum_of_the_year(self) -> None:
        document = REPORTS["monthly"](context_of([*places(), *people()], period=Period.parse("2025-03")))
        rows = {row[0]: row for row in table(document, "人口与队伍")}
        assert "—" == rows["实有人口"][-1]

    def test_january_has_no_column_of_its_own_for_the_year(self) -> None:
        document = REPORTS["monthly"](context_of([*places(), *activities([1])], period=Period.parse("2025-01")))
        assert 5 == len(table(document, "服务与活动")[0])

    def test_a_month_without_data_says_so(self) -> None:
        with pytest.raises(NothingToReport, match="“演示街道”2025年3月没有任何数据"):
            REPORTS["monthly"](context_of(places(), period=Period.parse("2025-03")))


class TestMeetingAndBrief:
    FACTS = (
        {"group": "conditions", "message": "缺一名干部", "remedy": "再配一名"},
        {"group": "conditions", "message": "缺房", "remedy": "租房"},
        {"group": "breadth", "message": "八月无活动"},
    )

    def test_every_finding_is_a_row_with_its_number_in_the_group(self) -> None:
        document = REPORTS["findings"](context_of(places(), findings=self.FACTS))
        rows = table(document, "队伍、用房与经费")
        assert [("1", "缺一名干部", "再配一名"), ("2", "缺房", "租房")] == [(r[0], r[2], r[5]) for r in rows]

    def test_without_findings_it_says_so(self) -> None:
        document = REPORTS["findings"](context_of(places()))
        assert ("按所据规则核对，未发现问题。",) == document.sections[0].blocks[0].runs  # type: ignore[union-attr] # a paragraph

    def test_the_brief_tells_the_worst_of_each_group(self) -> None:
        document = REPORTS["brief"](context_of([*places(), *people()], findings=self.FACTS))
        items = document.sections[-1].blocks[1].items  # type: ignore[union-attr] # bullets
        assert [("队伍、用房与经费：缺一名干部。",), ("工作覆盖面：八月无活动。",)] == list(items)


class TestContactCards:
    def test_the_half_years_cards_are_counted_by_community_and_state(self) -> None:
        cards = [contact(1), contact(2, ContactState.SENT), contact(3, ContactState.SENT)]
        records = district(*cards, filed("party.contact_cards_sent", "2", period="2025H1"))
        document = REPORTS["contact"](context_of(records, period=Period.parse("2025H1")))
        assert [("甲社区", "1", "2", "3"), ("全辖区", "1", "2", "3")] == table(document, "各社区联系卡办理情况")

    def test_a_half_year_without_cards_says_so(self) -> None:
        records = district(filed("party.contact_cards_sent", "0", period="2025H1"))
        document = REPORTS["contact"](context_of(records, period=Period.parse("2025H1")))
        assert ("没有汇总2025年上半年的联系卡。",) == document.sections[0].blocks[-1].runs  # type: ignore[union-attr] # a paragraph


class TestRestatement:
    def told(self, *figures: dict[str, object]) -> Document:
        kept = filed_report(json.dumps({"format": "shequ.metrics/1", "measurements": figures}))
        return build_restatement(
            context_of([*places(), kept, filed("matters.handled", "12"), filed("safety.disputes", "7")])
        )

    def test_what_moved_is_listed_with_both_numbers(self) -> None:
        document = self.told(as_filed("matters.handled", 9), as_filed("safety.disputes", 7))
        assert [("办理事务", "演示街道", "件", "9", "12", "+3")] == table(document, "更正对照")
        assert "有数值2项，现有1项与所报不同" in str(document.sections[0].blocks[0].runs)  # type: ignore[union-attr] # a paragraph

    def test_where_nothing_moved_there_is_no_table(self) -> None:
        (block,) = self.told(as_filed("safety.disputes", 7)).sections[0].blocks
        assert "与现有记录一致" in str(block)

    def test_what_has_data_now_and_had_none_is_listed(self) -> None:
        assert ("暂无数据", "12", "") == table(self.told(as_filed("matters.handled", None)), "更正对照")[0][3:]

    def test_a_group_that_is_no_more_is_listed(self) -> None:
        rows = table(self.told(as_filed("culture.activities_by_kind", 4, group="讲座")), "更正对照")
        assert [("各类活动（讲座）", "演示街道", "次", "4", "—", "")] == rows

    def test_without_a_filed_report_the_periods_that_have_one_are_named(self) -> None:
        with pytest.raises(NothingToReport, match=r"没有2025年的已报报告.*已报过的时期：2024"):
            build_restatement(context_of([*places(), filed_report("{}", "2024")]))

    @pytest.mark.parametrize(
        ("kept", "why"),
        [
            ("{", "不是 JSON"),
            ("[]", "格式不是 shequ.metrics/1"),
            ("{}", "格式不是 shequ.metrics/1"),
            ('{"format": "shequ.metrics/1"}', "没有 measurements"),
            *(
                (json.dumps({"format": "shequ.metrics/1", "measurements": [{**GOOD, **wrong}]}), "第 1 项")
                for wrong in ({"value": "many"}, {"value": [1]}, {"value": True}, {"group": 3}, {"period": "2025H9"})
            ),
            ('{"format": "shequ.metrics/1", "measurements": [{"metric": "matters.handled"}]}', "第 1 项"),
            ('{"format": "shequ.metrics/1", "measurements": [3]}', "第 1 项"),
        ],
    )
    def test_figures_that_cannot_be_read_are_named(self, kept: str, why: str) -> None:
        context = context_of([*places(), filed_report(kept)])
        with pytest.raises(BadData, match=f"已报报告 fr-1 的指标数值无法读取：.*{why}"):
            build_restatement(context)
        # Where it is a figure among others, there is none, and the note says why.
        found = context.engine.measure("data.restated", context.place, context.period)
        assert found.value is None
        assert "已报报告 fr-1 的指标数值无法读取" in found.notes[0]

    def test_what_is_filed_can_be_held_against_what_is_known_later(self) -> None:
        now = NOW
        with shequ.open("memory:", "S", actor="社区办", clock=lambda: now) as register:
            register.put(*places(), *people(), filed("matters.handled", "12"), reason="test")
            made = register.report("brief", period="2025")
            kept = register.file_report("brief", made.document)
            assert "社区办" == kept.actor
            same = register.report("restatement", period="2025").document
            assert "与现有记录一致" in str(same.sections[0].blocks)
            register.put(filed("matters.handled", "15"), reason="补报")
            moved = register.report("restatement", period="2025").document
            assert ("办理事务", "演示街道", "件", "12", "15", "+3") in table(moved, "更正对照")
            with pytest.raises(Misuse, match="供内部使用"):
                register.report("restatement", period="2025", published=True)


def test_a_report_can_be_of_one_community() -> None:
    with shequ.open("memory:", "S", clock=lambda: NOW) as register:
        register.put(
            *places(), *people(), filed("matters.handled", "5", division="C1", period="2025-03"), reason="test"
        )
        document = register.report("monthly", period="2025-03", division="甲社区").document
        assert "甲社区　2025年3月" == document.subtitle
        rows = {row[0]: row for row in table(document, "服务与活动")}
        assert "5" == rows["办理事务"][2]
        with pytest.raises(BadData):
            register.report("monthly", period="2025-03", division="无此社区")


@pytest.mark.slow
def test_the_threshold_of_publication_is_a_parameter_of_the_rules(tmp_path: object) -> None:
    rules = tmp_path / "own.toml"  # type: ignore[operator] # a path
    rules.write_text(
        'name = "own"\nparameters."publication.smallest".values = ['
        '{ since = 2024-01-01, comparator = ">=", value = 20, citation = "街道数据公开办法（示例）" } ]',
        encoding="utf-8",
    )
    for given, shown in (([], "12"), ([rules], "*")):
        with shequ.open("memory:", "S", clock=lambda: NOW, rules=given) as register:
            register.put(*places(), *people(), filed("population.disabled", "12"), reason="test")
            document = register.report("work", period="2025", published=True).document
            told = [f.text for f in document.figures() if f.measurement.metric.code == "population.disabled"]
            assert shown == told[0].removesuffix("人")
