"""Charts: what is drawn, what is told in words, and pictures that fetch nothing."""

import html
import re
import sys
from datetime import date
from typing import Any

import pytest
from rendered import text_of
from report_world import activities, context_of, filed, people, places

from shequ.calendars import Period
from shequ.errors import InvalidRules, MissingExtra, Misuse
from shequ.reports import Chart, ChartKind, Document, Series, Table, pictures, templated
from shequ.reports.document import check_numbering
from shequ.reports.pictures import inline_svg, svg_of

HEAD = 'title = "甲"\n[[sections]]\nheading = "乙"\n[[sections.blocks]]\n'


def drawn(block: str, *records: Any, **context: Any) -> Document:
    """A report of one block."""
    return templated("t.toml", HEAD + block)(context_of([*places(), *people(), *records], **context))


def chart(block: str, *records: Any, **context: Any) -> Chart:
    (found,) = drawn(block, *records, **context).sections[0].blocks
    assert isinstance(found, Chart)
    return found


PYRAMID = 'caption = "性别与年龄"\nchart = "pyramid"\nmetrics = ["population.by_sex_age"]\n'
GRID = 'caption = "各月活动"\nchart = "grid"\nmetrics = ["culture.activities"]\n'
SUMS = (("2024", "20"), ("2025", "30"))
CHANGES = 'caption = "同比"\nchart = "changes"\nmetrics = ["welfare.donations_money", "staff.full_time"]\n'


class TestForms:
    def test_a_pyramid_has_the_first_groups_on_either_side(self) -> None:
        found = chart(PYRAMID)
        assert (ChartKind.PYRAMID, ["女性", "男性"]) == (found.kind, [one.name for one in found.series])
        assert ("0-2岁", "3-6岁") > found.categories[:2] or "60-79岁" in found.categories
        women = dict(zip(found.categories, found.series[0].figures, strict=True))["60-79岁"]
        assert women is not None
        assert "1" == women.text

    def test_a_grid_shows_the_months_without_anything_as_gaps(self) -> None:
        found = chart(GRID, *activities([2, 3]))
        assert 12 == len(found.categories)
        first = [figure.text if figure else None for figure in found.series[0].figures]
        assert ["0", "1", "1", "0"] == first[:4]
        assert "甲社区2025年1月、2025年4月" in found.alternative

    def test_a_grid_ends_with_the_month_that_is_running(self) -> None:
        found = chart(GRID, *activities([2]), today=date(2025, 4, 10))
        assert ("2025年1月", "2025年2月", "2025年3月", "2025年4月") == found.categories

    def test_changes_are_drawn_in_per_cent_of_last_year_and_said_as_in_the_text(self) -> None:
        found = chart(CHANGES, *(filed("welfare.donations_money", sum_, period=year) for year, sum_ in SUMS))
        assert ("接受捐款",) == found.categories
        (figure,) = found.series[0].figures
        assert figure is not None
        assert ("比上年增加10元，增长50.0%", 0.5) == (figure.text, float(found.drawn(figure) or 0))

    def test_a_standard_is_a_line_with_its_citation_only_where_a_rule_gives_one(self) -> None:
        block = (
            'caption = "户数"\nchart = "communities"\nmetrics = ["population.households"]\nstandard = "staff.needed"\n'
        )
        assert chart(block).standard is None

    def test_nothing_is_drawn_where_nothing_is_known(self) -> None:
        block = f'text = ["实有人口{{population.actual}}。"]\n[[sections.blocks]]\n{CHANGES}'
        assert [] == [found for found in drawn(block).sections[0].blocks if isinstance(found, Chart)]

    @pytest.mark.parametrize("period", ["2025-03", "2025Q1", "2024/2025"])
    def test_every_period_can_be_drawn_or_left_out(self, period: str) -> None:
        block = f'text = ["实有人口{{population.actual}}。"]\n[[sections.blocks]]\n{GRID}'
        document = drawn(block, *activities([2]), period=Period.parse(period))
        check_numbering(document)
        charts = [found for found in document.sections[0].blocks if isinstance(found, Chart)]
        assert (period != "2025-03") == bool(charts)


class TestPictures:
    @pytest.mark.slow
    def test_the_picture_prints_every_figure(self) -> None:
        for found in (chart(PYRAMID), chart(GRID, *activities([2, 3]))):
            assert pictures.is_labelled(found)
            texts = re.findall(r"<text[^>]*>([^<]*)</text>", svg_of(found))
            for figure in found.figures():
                assert figure.text in texts

    @pytest.mark.slow
    def test_it_fetches_nothing_and_holds_no_font(self) -> None:
        svg = svg_of(chart(PYRAMID))
        assert set() == set(re.findall(r'(?:href|src)="(?!#)[^"]*"', svg))
        assert "@font-face" not in svg
        assert "<image" not in svg

    def test_the_same_chart_gives_the_same_picture(self) -> None:
        assert svg_of(chart(PYRAMID)) == svg_of(chart(PYRAMID))

    def test_two_pictures_on_one_page_share_no_id(self) -> None:
        ids = [re.findall(r'\bid="([^"]+)"', inline_svg(chart(GRID, *activities([2])), name)) for name in ("a", "b")]
        assert not set(ids[0]) & set(ids[1])

    def test_it_is_one_thing_with_an_alternative_to_whoever_does_not_see_it(self) -> None:
        found = chart(PYRAMID)
        svg = inline_svg(found, "c")
        assert svg.startswith(
            f'<svg role="img" aria-label="{html.escape(found.alternative, quote=True)}" viewBox="0 0 '
        )
        assert (1, 1) == (svg.count("role="), svg.count("aria-"))

    def test_names_are_text_in_it(self) -> None:
        records = [*places(("<script>x</script>", '"&', "丙")), *people(), *activities([2, 3])]
        document = templated("t.toml", HEAD + GRID)(context_of(records))
        (found,) = document.sections[0].blocks
        assert isinstance(found, Chart)
        assert "<script" not in inline_svg(found, "c")

    @pytest.mark.parametrize("library", ["altair", "vl_convert"])
    def test_without_the_libraries_the_error_names_the_extra(
        self, library: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = chart(GRID, *activities([5]))
        for known in (pictures._altair, pictures._converter, pictures._svg):
            known.cache_clear()
        monkeypatch.setitem(sys.modules, library, None)
        with pytest.raises(MissingExtra, match="图表需要可选依赖 “html”"):
            svg_of(found)


class TestModel:
    def test_a_chart_is_its_table_where_no_picture_can_be(self) -> None:
        text = text_of(drawn(GRID, *activities([2, 3])), "md")
        assert "| 月份 | 甲社区（次） | 乙社区（次） |" in text
        assert "| 2025年2月 | 1 | 0 |" in text

    def test_a_series_of_another_length_is_refused(self) -> None:
        with pytest.raises(Misuse, match="another length than its categories"):
            Chart(ChartKind.BARS, "甲", "社区", ("一", "二"), (Series("数", (None,)),))

    def test_a_pyramid_with_three_sides_is_refused(self) -> None:
        with pytest.raises(Misuse, match="has 3 series; a pyramid has two"):
            Chart(ChartKind.PYRAMID, "甲", "年龄", ("一",), tuple(Series(n, (None,)) for n in "甲乙丙"))


class TestTemplate:
    @pytest.mark.parametrize(
        ("block", "reason"),
        [
            ('caption = "甲"\nchart = "pie"\nmetrics = ["population.actual"]\n', "chart 'pie' 不可用"),
            ('caption = "甲"\nchart = "groups"\n', "metrics 应为非空"),
            ('caption = "甲"\nchart = "grid"\nmetrics = ["a.b", "c.d"]\n', "只能画一个指标"),
            ('caption = "甲"\nchart = "months"\nmetrics = ["a.b"]\nstandard = "c.d"\n', "不能有 standard"),
            ('chart = "months"\nmetrics = ["a.b"]\n', "缺少标题 caption"),
            ('caption = "甲"\ncolumns = []\n', "columns 应为非空的数组"),
            ('caption = "甲"\ncolumns = [{ heading = "乙", metric = "a.b" }]\n', "不认识的键 'metric'"),
        ],
    )
    def test_what_cannot_be_drawn_is_refused(self, block: str, reason: str) -> None:
        with pytest.raises(InvalidRules) as caught:
            templated("t.toml", HEAD + block)
        assert reason in str(caught.value)

    def test_an_unknown_metric_of_a_chart_is_named(self) -> None:
        with pytest.raises(InvalidRules, match=r"population\.actuall 不存在"):
            drawn('caption = "甲"\nchart = "groups"\nmetrics = ["population.actuall"]\n')

    def test_a_standard_table_has_a_column_for_each_group(self) -> None:
        block = 'caption = "甲"\ncolumns = [{ heading = "活动", metrics = ["culture.activities_by_kind", "culture.attendance"] }]\n'
        (table, *_) = drawn(block, *activities([2, 3])).sections[0].blocks
        assert isinstance(table, Table)
        assert ("社区", "文艺演出", "文体活动参加人次") == table.header
        assert (("", 1), ("活动（次）", 2)) == table.spans
        assert ("社区", "活动（次）：文艺演出", "活动（次）：文体活动参加人次") == table.full_header
