"""Templates and documents that are not right are refused, with file, line and section."""

from datetime import date

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_world import YEAR, context_of, filed, people, places

from shequ.calendars import Period
from shequ.errors import InvalidRules, Misuse
from shequ.reports import (
    Block,
    Bullets,
    Chart,
    ChartKind,
    Document,
    FindingList,
    Paragraph,
    Section,
    Series,
    Table,
    check_numbering,
    templated,
)
from shequ.reports.document import chinese_number, chinese_period
from shequ.reports.work import build_work_report


def template(text: str, *, rest: str = "") -> str:
    return f"""title = "简报"
[[sections]]
number = 1
heading = "概况"
[[sections.blocks]]
topic = "人口"
text = ["{text}"]
{rest}"""


def refused(content: str) -> InvalidRules:
    with pytest.raises(InvalidRules) as caught:
        templated("own.toml", content)(context_of([*places(), *people()]))
    assert "own.toml" == caught.value.source
    return caught.value


class TestTemplate:
    def test_a_template_of_ones_own_makes_a_report(self) -> None:
        build = templated("own.toml", template("{place}{period}有在册人口{population.registered:value}个人。"))
        document = build(context_of([*places(), *people()]))
        assert "简报" == document.title
        (section,) = document.sections
        (block,) = section.blocks
        assert isinstance(block, Paragraph)
        assert ["演示街道", "2025年", "有在册人口", "3", "个人。"] == [
            run if isinstance(run, str) else run.text for run in block.runs
        ]

    def test_a_sentence_without_data_is_left_out(self) -> None:
        content = template('在册{population.registered}。", "信访{petitions.received}。')
        (section,) = templated("own.toml", content)(context_of([*places(), *people()])).sections
        (block,) = section.blocks
        assert ["3人"] == [figure.text for figure in block.figures()]

    def test_an_unknown_metric_is_named_with_the_nearest(self) -> None:
        error = refused(template("共{population.registred}。"))
        assert "“概况”一节用到的指标 population.registred 不存在" == error.reason
        assert "是否指 population.registered？" == error.remedy
        assert 7 == error.line

    def test_an_unknown_metric_of_a_table_is_found_too(self) -> None:
        error = refused(template("甲", rest='[[sections.blocks]]\ncaption = "表"\ntable = ["nothing.here"]'))
        assert ("“概况”一节用到的指标 nothing.here 不存在", 10) == (error.reason, error.line)

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("共{population}。", "“概况”一节的句子中有不认识的 {population}"),
            ("共{population.registered:half}。", "“概况”一节的句子中有不认识的 {population.registered:half}"),
            ("共{population.registered:change}。", "“概况”一节的 {population.registered:change} 前应为“，”"),
            ("共 12 人。", "“概况”一节的句子“共 12 人。”中直接写了数字"),
            ("共１２人。", "“概况”一节的句子“共１２人。”中直接写了数字"),
            ("", "“概况”一节的 text 应为非空的文字或其数组"),
        ],
    )
    def test_sentences(self, text: str, reason: str) -> None:
        content = template(f'甲。",\n"{text}')
        error = refused(content)
        assert (reason, 8) == (error.reason, error.line)

    def test_a_number_in_a_quoted_name_is_no_number(self) -> None:
        content = template("“4050”人员在册{population.registered}。")
        assert 1 == len(templated("own.toml", content)(context_of([*places(), *people()])).sections)

    @pytest.mark.parametrize(
        ("rest", "reason", "line"),
        [
            (
                '[[sections]]\nnumber = 1\nheading = "又一节"\n[[sections.blocks]]\ntext = "甲"',
                "“概况”与“又一节”两节的编号同为 1",
                9,
            ),
            (
                '[[sections]]\nheading = "又一节"\nnumber = 3\n[[sections.blocks]]\ntext = "甲"',
                "“又一节”一节的编号 3 不连续，应为 2",
                10,
            ),
            ('[[sections]]\nnumber = 2\nheading = "空节"', "“空节”一节没有内容", 10),
            ("[[sections]]\nnumber = 2", "有一节缺少标题 heading", 8),
            ('[[sections]]\nheading = "深"\nlevel = 3', "“深”一节的 level 3 不可用", 10),
            ('[[sections]]\nheading = "零"\nnumber = 0', "“零”一节的 number 0 应为正整数", 10),
            ('[[sections]]\nheading = "块"\nblocks = 3', "[[sections]] 的 blocks 应为表的数组", 10),
            ('[[sections]]\nheadline = "错"', "[[sections]] 中有不认识的键 'headline'", 9),
            ('[[sections.blocks]]\ntopics = "错"', "“概况”一节中有不认识的键 'topics'", 9),
            ('[[sections.blocks]]\ntext = "甲"\ntopic = 3', "“概况”一节的 topic 应为加引号的文字：3", 10),
            ("[[sections.blocks]]", "“概况”一节有一块内容没有写明或写了几种：（空）", 8),
            (
                '[[sections.blocks]]\ntext = "甲"\nspecial = "missing"',
                "“概况”一节有一块内容没有写明或写了几种：text、special",
                10,
            ),
            ('[[sections.blocks]]\nspecial = "mising"', "“概况”一节的 special 'mising' 不可用", 9),
            ('[[sections.blocks]]\ntable = ["population.registered"]', "“概况”一节的表或图缺少标题 caption", 8),
            (
                '[[sections.blocks]]\ncaption = "表"\ntable = [\n"population.registered",\n3]',
                "“概况”一节的 table 应为非空的文字或其数组",
                12,
            ),
            ('[[sections.blocks]]\ncaption = "图"\nchart = "pie"', "“概况”一节的 chart 'pie' 不可用", 10),
            ('[[sections.blocks]]\ncaption = "图"\nchart = "grid"', "“概况”一节的 metrics 应为非空的文字或其数组", 8),
            (
                '[[sections.blocks]]\ncaption = "图"\nchart = "grid"\nmetrics = ["a.b", "a.c"]',
                "“概况”一节的图“图”只能画一个指标",
                11,
            ),
            (
                '[[sections.blocks]]\ncaption = "图"\nchart = "months"\nmetrics = ["a.b"]\nstandard = "a.c"',
                "“概况”一节的图“图”不能有 standard",
                12,
            ),
            ('[[sections.blocks]]\ncaption = "表"\ncolumns = []', "“概况”一节的 columns 应为非空的数组", 10),
            (
                '[[sections.blocks]]\ncaption = "表"\ncolumns = [\n{ heading = "甲", metrics = ["a.b"] },\n{ metrics = ["a.b"] }]',
                "“概况”一节的 columns 的 heading 应为非空的文字",
                12,
            ),
            (
                '[[sections.blocks]]\ncaption = "表"\ncolumns = [\n{ heading = "甲", metrics = ["a.b"] },\n{ heading = "乙", metrics = [] }]',
                "“概况”一节的 columns 的 metrics 应为非空的文字或其数组",
                12,
            ),
            ('[groups.weather]\ntext = "甲"', "问题分组 'weather' 不可用", 8),
            ('[groups.breadth]\ntext = "甲"', "写了问题分组 [groups]，却没有任何一节使用", 8),
            ('[groups]\nbreadth = "甲"', "分组 breadth 应为表", 9),
            (
                '[[sections.blocks]]\ncaption = "表"\ntable = [\n"population.registered",\n"nothing.here"]',
                "“概况”一节用到的指标 nothing.here 不存在",
                12,
            ),
            (
                '[[sections.blocks]]\ntext = [\n"{population.registered}。",\n"{nothing.here}。"]',
                "“概况”一节用到的指标 nothing.here 不存在",
                11,
            ),
        ],
    )
    def test_structure(self, rest: str, reason: str, line: int) -> None:
        content = template("甲", rest=rest)
        error = refused(content)
        assert (reason, line) == (error.reason, error.line)
        # What was said before in other words, in a comment say, does not lead astray.
        decoys = "".join(f"# {said}\n" for said in content.splitlines())
        assert (reason, line + decoys.count("\n")) == ((again := refused(decoys + content)).reason, again.line)

    @pytest.mark.parametrize(
        "content", ['sections = 3\ntitle = "简"', 'title = "简"\nsections = [3]', 'title = "简"\ngroups = 3']
    )
    def test_what_is_no_table_is_refused(self, content: str) -> None:
        assert (True, True) == (
            "应为表" in (error := refused(content)).reason or "没有任何一节" in error.reason,
            error.remedy != "",
        )

    def test_broken_toml_names_its_line(self) -> None:
        assert 2 == refused('title = "简报"\nsections = [').line
        assert 3 == refused('title = "简报"\n\n甲 = 1\n').line
        assert 2 == refused('title = "简报"\ntitle = "又"\n').line

    def test_a_template_without_title_or_sections(self) -> None:
        assert "缺少报告标题 title" == refused("").reason
        assert "报告模板没有任何一节" == refused('title = "简报"').reason

    def test_a_section_whose_tables_have_no_rows_says_so(self) -> None:
        rest = '[[sections]]\nnumber = 2\nheading = "表"\n[[sections.blocks]]\ncaption = "表"\ntable = ["petitions.received"]'
        *_, section = templated("own.toml", template("{population.registered}", rest=rest))(
            context_of([*places(), *people()])
        ).sections
        assert (Paragraph(("暂无数据。",)),) == section.blocks


TEXT = Paragraph(("甲",))


CHART = Chart(ChartKind.BARS, "各月活动", "月份", ("1月",), (Series("活动", (None,)),), "次")
MADE = build_work_report(context_of([*places(), filed("population.households", "7")]))


def document(*sections: Section) -> Document:
    return attrs.evolve(MADE, title="试", sections=sections)


class TestNumbering:
    """Numbering, headings and order are checked: no two sections with the same number, no empty item."""

    @given(st.lists(st.integers(0, 4), max_size=6))
    def test_sections_in_order_pass(self, below: list[int]) -> None:
        sections = []
        for number, parts in enumerate(below, start=1):
            sections.append(Section("章", 1, (TEXT,) if not parts else (), number))
            sections += [Section("节", 2, (TEXT,), part) for part in range(1, parts + 1)]
        check_numbering(document(*sections))

    @given(st.lists(st.lists(st.sampled_from("表图文"), min_size=1, max_size=5), max_size=5))
    def test_tables_and_charts_are_numbered_through_the_document(self, drawn: list[list[str]]) -> None:
        blocks: dict[str, Block] = {"表": Table("甲", ("a",), (("1",),)), "图": CHART, "文": TEXT}
        made = document(*(Section("章", 1, tuple(blocks[sign] for sign in signs)) for signs in drawn))
        labels = [block.label for one in made.sections for block in one.blocks if isinstance(block, Table | Chart)]
        for sign in "表图":
            mine = [label for label in labels if label.startswith(sign)]
            assert [f"{sign}{number}" for number in range(1, len(mine) + 1)] == mine
        assert "".join(label[0] for label in labels) == "".join(
            sign for signs in drawn for sign in signs if sign != "文"
        )
        # What is taken out afterwards leaves no gap.
        rest = attrs.evolve(made, sections=made.sections[1:])
        kept = [block.label for one in rest.sections for block in one.blocks if isinstance(block, Table)]
        assert [f"表{number}" for number in range(1, len(kept) + 1)] == kept

    def test_the_number_stands_before_the_caption_and_the_unit_behind(self) -> None:
        made = document(Section("章", 1, (Table("各社区人口", ("a",), (("1",),)), CHART)))
        table, chart = made.sections[0].blocks
        assert isinstance(table, Table)
        assert isinstance(chart, Chart)
        assert ("表1\u3000各社区人口", "图1\u3000各月活动（次）", "图1\u3000各月活动") == (
            table.titled,
            chart.titled,
            chart.table.titled,
        )
        assert "各社区人口" == Table("各社区人口", ("a",), (("1",),)).titled

    @pytest.mark.parametrize(
        ("sections", "message"),
        [
            (
                (Section("甲", 1, (TEXT,), 1), Section("乙", 1, (TEXT,), 1)),
                "section '一、乙' has the number 1, expected 2",
            ),
            (
                (Section("甲", 1, (TEXT,), 1), Section("乙", 1, (TEXT,), 3)),
                "section '三、乙' has the number 3, expected 2",
            ),
            ((Section("甲", 2, (TEXT,), 1),), "section '（一）甲' is of level 2, after one of level 0"),
            ((Section("甲", 1, (), 1),), "section '一、甲' is empty"),
            ((Section(" ", 1, (TEXT,), 1),), "section 1 of '试' has no heading"),
        ],
    )
    def test_sections_out_of_order_do_not(self, sections: tuple[Section, ...], message: str) -> None:
        with pytest.raises(Misuse) as caught:
            check_numbering(document(*sections))
        assert message == caught.value.message

    @pytest.mark.parametrize(
        "block",
        [Paragraph(()), Paragraph((" ",)), Bullets(()), Bullets((("",),)), Table("表", ("a",), ()), FindingList(())],
    )
    def test_an_empty_item_does_not(self, block: Block) -> None:
        with pytest.raises(Misuse, match="has an empty item"):
            check_numbering(document(Section("甲", 1, (block,), 1)))

    def test_rows_are_as_wide_as_the_header(self) -> None:
        with pytest.raises(Misuse, match="rows of another width"):
            Table("表", ("a", "b"), (("c",),))


class TestWords:
    @pytest.mark.parametrize(("number", "text"), [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (99, "九十九")])
    def test_numbers(self, number: int, text: str) -> None:
        assert text == chinese_number(number)

    @given(st.lists(st.integers(1, 99), unique=True, min_size=2, max_size=2))
    def test_different_numbers_are_written_differently(self, pair: list[int]) -> None:
        assert 2 == len(set(map(chinese_number, pair)))

    @pytest.mark.parametrize(
        ("period", "text"),
        [
            ("2025", "2025年"),
            ("2025H1", "2025年上半年"),
            ("2025H2", "2025年下半年"),
            ("2025Q3", "2025年第三季度"),
            ("2025-06", "2025年6月"),
            ("2023/2025", "2023年至2025年"),
        ],
    )
    def test_periods(self, period: str, text: str) -> None:
        assert text == chinese_period(Period.parse(period))

    def test_a_stretch_of_days(self) -> None:
        assert "2025年1月1日至2025年6月1日" == chinese_period(YEAR.until(date(2025, 6, 1)))
