"""What the work report says, and what it never says."""

import re
from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_world import (
    NASTY,
    TODAY,
    YEAR,
    activities,
    context_of,
    filed,
    honour,
    people,
    places,
    plan,
)

from shequ.calendars import Period
from shequ.errors import NothingToReport
from shequ.metrics import Catalogue, Measurement, Quality
from shequ.metrics.catalogue import METRICS
from shequ.model import HonourLevel, PlanState, Record
from shequ.reports import (
    Bullets,
    Chart,
    Document,
    Figure,
    FindingList,
    Note,
    Paragraph,
    Section,
    Table,
    build_work_report,
)
from shequ.reports.template import Drawing
from shequ.reports.work import built_in_template
from shequ.rules import PROBLEM_GROUPS

NUMBER = re.compile(r"\d+(?:\.\d+)?")
COUNTABLE = [m for m in METRICS if not isinstance(m.formula, Quality)]


@st.composite
def filings(draw: st.DrawFn) -> list[Record]:
    """Any filed figures of the year and of the one before it, for the district and its communities."""
    codes = draw(st.lists(st.sampled_from([m.code for m in COUNTABLE]), min_size=1, max_size=12, unique=True))
    records: list[Record] = []
    for code in codes:
        for division in draw(st.sets(st.sampled_from(["S", "C1", "C2", "C3"]), min_size=1)):
            for year in draw(st.sets(st.sampled_from(["2024", "2025"]), min_size=1)):
                value = draw(st.decimals(0, 10**6, places=2))
                records.append(filed(code, str(value), division=division, period=year))
        groups = draw(st.sets(st.sampled_from(["女", "男", "18-34岁", "3-6岁"])))
        records += [filed(code, str(draw(st.integers(0, 999))), group=group) for group in groups]
    names = draw(st.tuples(*[st.sampled_from(NASTY)] * 3))
    records.append(filed("plan.items", str(draw(st.integers(0, 99)))))
    known = {record.id: record for record in records}
    return [*places((f"{names[0]}一", f"{names[1]}二", f"{names[2]}三")), *known.values()]


def texts(document: Document) -> list[str]:
    """The text between the figures of paragraphs, lists and the cells of tables."""
    found: list[str] = []
    for section in document.sections:
        for block in section.blocks:
            match block:
                case Paragraph(runs):
                    found += [run for run in runs if isinstance(run, str)]
                case Bullets(items):
                    found += [run for item in items for run in item if isinstance(run, str)]
                case Table(_, _, rows):
                    found += [cell for row in rows for cell in row if isinstance(cell, str)]
    return found


def section_of(document: Document, heading: str) -> Section:
    return next(section for section in document.sections if section.heading == heading)


def paragraph(document: Document, topic: str) -> str:
    return next(
        plain(block)
        for section in document.sections
        for block in section.blocks
        if isinstance(block, Paragraph) and block.topic == topic
    )


def plain(block: Paragraph) -> str:
    return "".join(run if isinstance(run, str) else run.text for run in block.runs)


def printed(value: Fraction, places_: int) -> str:
    """Rounded half up by another way than the library's."""
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return str(exact.quantize(Decimal(1).scaleb(-places_), ROUND_HALF_UP))


def may_print(figure: Figure) -> set[str]:
    """The numbers that a figure's measurements allow it to print."""
    found, metric = figure.measurement, figure.measurement.metric
    if found.value is None:
        return set()
    scale = 100 if metric.percent else 1
    allowed = {printed(found.value * scale, metric.decimals)}
    known = [other.value for other in figure.others if other.value is not None]
    if known:
        for other in (known[0], sum(known, Fraction(0))):
            change = abs(found.value - other)
            allowed.add(printed(change * scale, metric.decimals))
            if other:
                allowed.add(printed(change * 100 / other, 1))
    return allowed


class TestNumbers:
    """No figure without a metric behind it (DOMAIN.md, section 6)."""

    @given(filings())
    @pytest.mark.slow
    def test_a_figure_prints_nothing_but_its_measurements(self, records: list[Record]) -> None:
        document = build_work_report(context_of(records))
        for figure in document.figures():
            unit = figure.measurement.metric.unit
            assert set() == set(NUMBER.findall(figure.text.replace(unit, ""))) - may_print(figure)

    @given(filings())
    @pytest.mark.slow
    def test_text_between_figures_has_no_numbers_but_those_of_names_and_dates(self, records: list[Record]) -> None:
        context = context_of(records)
        document = build_work_report(context)
        names = [place.name for place in context.engine.tree] + [
            "“4050”",
            "18-34岁",
            "3-6岁",
            "2025年12月31日",
            "2025年",
            "2026年",
        ]
        remarked = [note for found in document.measurements() for note in found.notes]
        metrics = [text for metric in METRICS for text in (metric.code, metric.name)]
        for text in texts(document):
            for known in sorted([*remarked, *metrics, *names], key=len, reverse=True):
                text = text.replace(known, "")
            assert [] == NUMBER.findall(text)

    @given(filings())
    @pytest.mark.slow
    def test_what_has_no_data_prints_so_and_never_as_a_number(self, records: list[Record]) -> None:
        document = build_work_report(context_of(records))
        silent = {figure.text for figure in document.figures() if figure.measurement.value is None}
        assert silent == {"暂无数据"}

    @given(filings())
    @pytest.mark.slow
    def test_every_metric_without_data_is_listed_at_the_end(self, records: list[Record]) -> None:
        context = context_of(records)
        document = build_work_report(context)
        *_, last = document.sections
        (table,) = last.blocks
        assert isinstance(table, Table)
        lacking = {
            code
            for code in built_in_template("work").codes
            if _lacks(context.engine.measure(code, context.place, YEAR))
        }
        assert lacking == {row[1] for row in table.rows}

    def test_every_metric_of_the_catalogue_is_told(self) -> None:
        assert set() == {metric.code for metric in METRICS} - set(built_in_template("work").codes)


def _lacks(found: Measurement) -> bool:
    return found.value is None and not found.parts


def test_each_of_the_four_cards_is_drawn_by_state() -> None:
    drawn = [block for _, block in built_in_template("work").blocks() if isinstance(block, Drawing)]
    by_card = {
        Catalogue(METRICS)[block.metrics[0]].reads[0]: block.form for block in drawn if "按状态" in block.caption
    }
    cards = ("registration_card", "appointment_card", "service_record", "contact_card")
    assert dict.fromkeys(cards, "groups") == by_card


class TestChange:
    """同比: computed, and only where both years have data on one base."""

    def changes(self, *records: Record, period: Period = YEAR, today: date = TODAY) -> list[str]:
        document = build_work_report(context_of([*places(), *records], period=period, today=today))
        told = [f.text for f in document.figures() if f.others and f.text[0] in "比与"]
        return list(dict.fromkeys(told))  # the chart of changes tells some of them again

    @pytest.mark.slow
    def test_more_and_less(self) -> None:
        assert ["比上年末增加12户，增长3.5%"] == self.changes(
            filed("population.households", "340", period="2024"), filed("population.households", "352")
        )
        assert ["比上年减少5次，下降50.0%"] == self.changes(
            filed("culture.activities", "10", period="2024"), filed("culture.activities", "5")
        )

    def test_nothing_before_gives_no_rate(self) -> None:
        assert ["比上年增加5次"] == self.changes(
            filed("culture.activities", "0", period="2024"), filed("culture.activities", "5")
        )

    def test_the_same(self) -> None:
        assert ["与上年持平"] == self.changes(
            filed("culture.activities", "5", period="2024"), filed("culture.activities", "5")
        )

    def test_a_half_year_is_held_against_the_same_half(self) -> None:
        assert ["比上年同期增加1次，增长25.0%"] == self.changes(
            filed("culture.activities", "4", period="2024H1"),
            filed("culture.activities", "5", period="2025H1"),
            period=Period.parse("2025H1"),
        )

    def test_without_last_year_the_comma_goes_too(self) -> None:
        document = build_work_report(context_of([*places(), filed("funds.dedicated", "1000")]))
        assert "社区专项经费1000元。" == paragraph(document, "经费")

    def test_a_running_year_is_not_held_against_a_whole_one(self) -> None:
        figures = (filed("culture.activities", "10", period="2024"), filed("culture.activities", "5"))
        assert [] == self.changes(*figures, today=date(2025, 6, 1))


class TestBasicSituation:
    def test_communities_stand_by_name_with_the_reason_of_those_that_do_not_operate(self) -> None:
        document = build_work_report(context_of([*places(), *people()]))
        assert "运行的社区有甲社区、乙社区。丙社区体制未转换，原因：职能尚未移交。" == paragraph(document, "社区名录")
        notes = [plain(b) for b in section_of(document, "基本情况").blocks if isinstance(b, Note)]
        assert "未运行的社区照列，但不计入各项社区平均数和比率的分母。" in notes

    def test_groups_are_printed_in_the_order_of_age(self) -> None:
        document = build_work_report(context_of([*places(), *people()]))
        table = _table(document, "实有人口的性别与年龄")
        assert ("年龄", "女性（人）", "男性（人）") == table.header
        ages = [row[0] for row in table.rows]
        assert sorted(ages, key=lambda age: int(NUMBER.findall(str(age))[0])) == ages
        assert {"1", "—"} == {cell if isinstance(cell, str) else cell.text for row in table.rows for cell in row[1:]}

    def test_a_topic_without_any_data_is_one_line(self) -> None:
        document = build_work_report(context_of([*places(), filed("population.households", "7")]))
        assert "暂无数据。" == paragraph(document, "经费")

    def test_one_figure_without_data_beside_others_prints_so(self) -> None:
        document = build_work_report(context_of([*places(), filed("petitions.received", "7")]))
        assert "受理信访7件，办结暂无数据，超期暂无数据。" == paragraph(document, "信访办理")

    def test_filed_groups_are_called_by_the_labels_of_their_codes_and_stand_in_their_order(self) -> None:
        parts = [filed("premises.communities_by_condition", n, group=g) for g, n in (("poor", "1"), ("good", "3"))]
        document = build_work_report(context_of([*places(), *parts]))
        assert "各社区办公条件：好3个、差1个。" == paragraph(document, "用房")

    def test_honours_stand_by_level_and_only_those_already_given(self) -> None:
        records = [
            honour(HonourLevel.CITY, "市级文明社区", date(2020, 1, 1)),
            honour(HonourLevel.NATIONAL, "全国示范社区", date(2025, 12, 31)),
            honour(HonourLevel.PROVINCE, "省级绿色社区", date(2026, 1, 1)),
        ]
        table = _table(build_work_report(context_of([*places(), *people(), *records])), "社区所获荣誉")
        assert ["全国示范社区", "市级文明社区"] == [row[2] for row in table.rows]

    def test_a_table_by_community_says_where_it_does_not_add_up(self) -> None:
        figures = [
            filed("population.households", n, division=d)
            for d, n in (("S", "10"), ("C1", "4"), ("C2", "5"), ("C3", "2"))
        ]
        document = build_work_report(context_of([*places(), *figures]))
        table = _table(document, "各社区户数与人口")
        assert ["甲社区", "乙社区", "丙社区（体制未转换）", "全辖区"] == [row[0] for row in table.rows]
        notes = [plain(b) for b in section_of(document, "基本情况").blocks if isinstance(b, Note)]
        assert any("常驻居民户全辖区少1户" in note for note in notes)

    def test_the_outstanding_community_is_named(self) -> None:
        figures = [
            filed(code, n, division=d)
            for d, load, staff in (("C1", "900", "2"), ("C2", "600", "2"))
            for code, n in (("population.households", load), ("staff.full_time", staff))
        ]
        document = build_work_report(context_of([*places(), *figures], findings=[{"group": "conditions"}]))
        text = "".join(plain(b) for b in section_of(document, "队伍、用房与经费").blocks if isinstance(b, Paragraph))
        assert "最多的是甲社区（450.00户），最少的是乙社区（300.00户）" in text

    @pytest.mark.slow
    def test_activities_stand_month_by_month(self) -> None:
        table = _table(build_work_report(context_of([*places(), *activities([2, 3])])), "各月活动")
        assert (
            "月份",
            "文体活动（次）",
            "文体活动参加人次（人次）",
            "报告会座谈会（次）",
            "培训（次）",
        ) == table.header
        assert 13 == len(table.rows)
        assert ["0", "1", "1"] == [row[1].text for row in table.rows[:3] if isinstance(row[1], Figure)]
        assert ["全期", "2", "5"] == [cell if isinstance(cell, str) else cell.text for cell in table.rows[-1][:3]]


def _table(document: Document, caption: str) -> Table:
    blocks = [block for section in document.sections for block in section.blocks]
    tables = [block.table if isinstance(block, Chart) else block for block in blocks]
    return next(block for block in tables if isinstance(block, Table) and block.caption == caption)


class TestProblems:
    def test_findings_stand_by_group_in_order_and_empty_groups_are_left_out(self) -> None:
        facts = [{"group": group} for group in ("data", "breadth", "autonomy")]
        document = build_work_report(context_of([*places(), *people()], findings=facts))
        headings = [section.title for section in document.sections]
        start = headings.index("四、存在问题")
        expected = ["（一）居民自治与行政负担", "（二）工作覆盖面", "（三）数据质量", "五、下步打算"]
        assert expected == headings[start + 1 : start + 5]

    def test_without_findings_the_section_says_so(self) -> None:
        document = build_work_report(context_of([*places(), *people()]))
        (block,) = section_of(document, "存在问题").blocks
        assert isinstance(block, Paragraph)
        assert "按所据规则核对，未发现问题。" == plain(block)

    @given(st.integers(1, 40), st.integers(1, 40))
    @pytest.mark.slow
    def test_of_many_findings_of_a_rule_the_first_are_listed_and_the_rest_counted(self, one: int, two: int) -> None:
        facts: list[dict[str, Any]] = [{"group": "data", "rule": "a", "message": f"甲{i}"} for i in range(one)]
        facts += [{"group": "data", "rule": "b", "message": f"乙{i}"} for i in range(two)]
        document = build_work_report(context_of([*places(), *people()], findings=facts))
        lists = [b for b in section_of(document, "数据质量").blocks if isinstance(b, FindingList)]
        assert [one, two] == [len(found.findings) + found.more for found in lists]
        assert all(len(found.findings) <= 10 for found in lists)
        assert one + two == len(document.findings)

    def test_what_several_findings_share_is_said_once(self) -> None:
        facts = [{"group": "data", "remedy": "改", "threshold": t} for t in ("≥1", "≥2")]
        document = build_work_report(context_of([*places(), *people()], findings=facts))
        (found,) = section_of(document, "数据质量").blocks
        assert isinstance(found, FindingList)
        assert (("整改", "改"),) == found.common
        assert [(("标准", "≥1"),), (("标准", "≥2"),)] == [found.own(one) for one in found.findings]

    def test_every_group_of_problems_can_stand_in_the_report(self) -> None:
        facts = [{"group": group} for group in PROBLEM_GROUPS]
        document = build_work_report(context_of([*places(), *people()], findings=facts))
        assert set(PROBLEM_GROUPS.values()) <= {section.heading for section in document.sections}


class TestNextSteps:
    def test_plans_of_this_year_and_the_next(self) -> None:
        records = [
            plan(2025, "楼道亮化", PlanState.DONE, target="8 幢", due=date(2025, 9, 30), progress="提前完成"),
            plan(2026, "扩建用房", responsible="城建科"),
            plan(2026, "不办的事项", PlanState.DROPPED),
        ]
        document = build_work_report(context_of([*places(), *people(), *records]))
        past, ahead = _table(document, "2025年打算的落实情况"), _table(document, "2026年工作打算")
        assert (("楼道亮化", "8 幢", "2025年9月30日", "", "已完成", "提前完成"),) == past.rows
        assert (("扩建用房", "", "", "城建科"),) == ahead.rows

    @pytest.mark.slow
    def test_remedies_say_for_whom_and_whether_they_are_planned(self) -> None:
        facts = [
            {"group": "conditions", "rule": "premises.rented", "remedy": "落实用房", "subject": subject}
            for subject in ("甲社区", "乙社区")
        ]
        records = [*places(), *people(), plan(2026, "扩建用房", rule="premises.rented")]
        document = build_work_report(context_of(records, findings=facts))
        (bullets,) = [b for b in section_of(document, "下步打算").blocks if isinstance(b, Bullets)]
        assert ((("甲社区、乙社区：落实用房（已列入打算：扩建用房）。"),),) == bullets.items

    def test_remedies_for_data_name_the_place_and_no_record(self) -> None:
        facts = [{"group": "data", "remedy": "核对", "subject": "service-record-9b66"}]
        document = build_work_report(context_of([*places(), *people()], findings=facts))
        (bullets,) = [b for b in section_of(document, "下步打算").blocks if isinstance(b, Bullets)]
        assert (("演示街道：核对。",),) == bullets.items


class TestWhole:
    def test_chapters_follow_the_outline(self) -> None:
        document = build_work_report(context_of([*places(), *people()]))
        assert [
            "一、基本情况",
            "二、四项工作",
            "（一）惠民：服务与帮扶",
            "（二）人文：教育、文化与学习",
            "（三）和美：环境、物业与平安",
            "（四）温馨：便民与联系",
            "三、服务型党建",
            "四、存在问题",
            "五、下步打算",
            "数据说明",
            "暂无数据的指标",
        ] == [section.title for section in document.sections]

    def test_a_running_period_is_marked(self) -> None:
        document = build_work_report(context_of([*places(), *people()], today=date(2025, 6, 1)))
        first = document.sections[0].blocks[0]
        assert isinstance(first, Note)
        assert "2025年尚未结束，本报告各项数据为截至2025年6月1日的暂计数。" == plain(first)

    def test_a_finished_period_is_not(self) -> None:
        document = build_work_report(context_of([*places(), *people()]))
        assert not isinstance(document.sections[0].blocks[0], Note)

    def test_divisions_that_only_figures_name_are_named(self) -> None:
        records = [filed("population.households", "7", division="LOCAL-10")]
        document = build_work_report(context_of(records, district="LOCAL-10"))
        notes = [plain(b) for b in section_of(document, "数据说明").blocks if isinstance(b, Note)]
        assert ["以下区划只在上报数中出现，没有区划记录：LOCAL-10。"] == notes

    def test_a_fallback_is_remarked_on(self) -> None:
        records = [filed("premises.office_area", "940"), filed("population.households", "7729")]
        document = build_work_report(context_of([*places(), *records]))
        said = "".join(texts(document))
        assert "无“服务设施面积”数据，以“办公用房面积”代" in said

    @pytest.mark.parametrize("records", [places, lambda: [*places(), filed("culture.activities", "1", period="2020")]])
    def test_a_period_about_which_nothing_is_known_is_refused(self, records: Callable[[], list[Record]]) -> None:
        with pytest.raises(NothingToReport) as caught:
            build_work_report(context_of(records()))
        assert "“演示街道”2025年没有任何数据" == caught.value.message

    def test_the_same_data_give_the_same_document(self) -> None:
        one, two = (build_work_report(context_of([*places(), *people()])) for _ in range(2))
        assert [f.text for f in one.figures()] == [f.text for f in two.figures()]


class TestRealCases:
    """Figures that real sub-districts published, and nothing but these."""

    def test_qingniwaqiao(self, case: Callable[[str], Any]) -> None:
        document = build_work_report(case("qingniwaqiao"))
        assert "每名专职干部对应常驻居民188.51户。" in paragraph(document, "干部队伍")
        assert "每万人有社区工作者19.86人。" in paragraph(document, "干部队伍")
        assert "占户在人在人口的5.16%。" in paragraph(document, "重点人群")
        assert "每百户常驻居民有服务设施12.16平方米。" in paragraph(document, "用房")
        assert "实有人口24065人。" in paragraph(document, "户数与人口")
        assert "暂无数据。" == paragraph(document, "爱心捐助")

    def test_ten_communities(self, case: Callable[[str], Any]) -> None:
        document = build_work_report(case("ten-communities"))
        assert "流动人口27581人，占实有人口的46.91%。" in paragraph(document, "户数与人口")
        assert "平均每个社区有党员58.2人。党支部10个，平均每个支部有党员58.2人。" in paragraph(document, "党员与党组织")
        assert "常驻居民" not in paragraph(document, "户数与人口")
