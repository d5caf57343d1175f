"""Templates belong to the district: it replaces, adds, removes and rewords without Python, and is told what does not fit."""

from typing import Any

import pytest
from report_world import context_of, filed, people, places

import shequ
from shequ import PluginHost, hookimpl
from shequ.errors import InvalidRules
from shequ.reports import Document, Figure, built_in_templates, templated
from shequ.reports.extending import read_template
from shequ.reports.work import TEMPLATES, built_in_template

BASE = 'extends = "brief"\n'


def made(content: str) -> Document:
    return templated("own.toml", BASE + content, built_in_templates())(
        context_of(
            [*places(), *people(), filed("matters.handled", "12"), filed("matters.handled", "10", period="2024")]
        )
    )


def refused(content: str) -> InvalidRules:
    with pytest.raises(InvalidRules) as caught:
        made(content)
    assert "own.toml" == caught.value.source
    return caught.value


def text(document: Document) -> str:
    return "".join(
        run.text if isinstance(run, Figure) else run
        for section in document.sections
        for block in section.blocks
        for run in getattr(block, "runs", ())
    )


def titles(document: Document) -> list[str]:
    return [section.title for section in document.sections]


class TestExtending:
    def test_without_a_change_it_is_the_other_template(self) -> None:
        assert ["一、基本情况", "二、主要工作", "三、需要关注"] == titles(made(""))

    def test_the_title_is_the_districts(self) -> None:
        assert "云溪简报" == made('title = "云溪简报"').title

    def test_a_section_is_put_in_the_place_of_another(self) -> None:
        content = '[[sections]]\nreplaces = "主要工作"\nnumber = 2\nheading = "重点"\n[[sections.blocks]]\ntext = "{matters.handled}。"'
        document = made(content)
        assert ["一、基本情况", "二、重点", "三、需要关注"] == titles(document)
        assert "12件。" in text(document)

    @pytest.mark.parametrize(("where", "place"), [("after", 2), ("before", 1)])
    def test_a_section_is_added_and_the_rest_numbered_anew(self, where: str, place: int) -> None:
        content = f'renumber = true\n[[sections]]\n{where} = "主要工作"\nnumber = 9\nheading = "数字街道"\n[[sections.blocks]]\ntext = "甲。"'
        said = titles(made(content))
        assert f"{'一二三四'[place]}、数字街道" == said[place]
        assert "四、需要关注" == said[-1]

    def test_a_section_is_removed(self) -> None:
        assert ["一、基本情况", "二、需要关注"] == titles(made('remove = ["主要工作"]\nrenumber = true'))

    def test_a_sentence_is_reworded(self) -> None:
        old = (
            "办结居民事务{matters.handled}，{matters.handled:change}；八小时以外办理的占{matters.outside_hours_share}。"
        )
        new = "全年为居民办事{matters.handled}，{matters.handled:change}。"
        assert "全年为居民办事12件，比上年增加2件，增长20.0%。" in text(
            made(f'[[reword]]\nfrom = "{old}"\nto = "{new}"')
        )

    def test_a_sentence_is_left_out(self) -> None:
        old = "{place}有履行职能的社区{population.communities_operating}，常驻居民{population.households}，实有人口{population.actual}。"
        assert "履行职能" in text(made(""))
        assert "履行职能" not in text(made(f'[[reword]]\nfrom = "{old}"\nto = ""'))

    def test_a_topic_is_told_otherwise(self) -> None:
        content = 'extends = "work"\n[[topics]]\ntopic = "重点人群"\ntext = "孤儿{population.orphans:value}名。"'
        template = templated("own.toml", content, built_in_templates())
        document = template(context_of([*places(), *people(), filed("population.orphans", "6")]))
        assert "孤儿6名。" in text(document)
        assert "残疾人" not in text(document)


class TestWhatDoesNotFit:
    @pytest.mark.parametrize(
        ("content", "reason", "line"),
        [
            ('remove = ["主要事项"]', "remove 所指的“主要事项”一节不存在", 2),
            (
                '[[sections]]\nafter = "末节"\nheading = "新"\n[[sections.blocks]]\ntext = "甲。"',
                "after 所指的“末节”一节不存在",
                3,
            ),
            (
                '[[sections]]\nafter = "主要工作"\nnumber = 2\nheading = "新"\n[[sections.blocks]]\ntext = "甲。"',
                "“主要工作”与“新”两节的编号同为 2",
                4,
            ),
            ('remove = ["主要工作"]', "“需要关注”一节的编号 3 不连续，应为 2", 2),
            ('[[reword]]\nfrom = "没有这句。"\nto = "甲。"', "[[reword]] 的原句“没有这句。”不在模板中", 3),
            ('[[reword]]\nfrom = "甲。"', "[[reword]] 应写明 from 和 to", 2),
            ('[[topics]]\ntopic = "经费"\ntext = "甲。"', "[[topics]] 所指的内容“经费”不存在", 3),
            (
                '[[sections]]\nafter = "主要工作"\nbefore = "需要关注"\nheading = "新"\n[[sections.blocks]]\ntext = "甲。"',
                "“新”一节写了几个位置",
                4,
            ),
            ('[groups.breadth]\ntext = "甲。"', "写了问题分组 [groups]，却没有任何一节使用", 2),
            ('headline = "甲"', "报告模板中有不认识的键 'headline'", 2),
            (
                '[[sections]]\nheading = "新"\n[[sections.blocks]]\ntext = "{matters.handld}。"',
                "“新”一节用到的指标 matters.handld 不存在",
                5,
            ),
            (
                '[[sections]]\nheading = "新"\n[[sections.blocks]]\ntext = "{matters}。"',
                "“新”一节的句子中有不认识的 {matters}",
                5,
            ),
        ],
    )
    def test_it_is_named_with_its_line(self, content: str, reason: str, line: int | None) -> None:
        error = refused(content)
        assert (reason, line) == (error.reason, error.line)

    def test_what_is_wrong_in_the_other_template_is_named_with_that_file(self) -> None:
        base = read_template(
            "base.toml",
            'title = "底稿"\n[[sections]]\nheading = "甲"\n[[sections.blocks]]\ntext = "{nothing.here}。"',
            (),
        )
        build = templated("own.toml", 'extends = "base"\ntitle = "改"', {"base": base})
        with pytest.raises(InvalidRules) as caught:
            build(context_of([*places(), *people()]))
        assert ("base.toml", 5) == (caught.value.source, caught.value.line)

    def test_a_metric_of_a_new_sentence_is_named_where_it_is_written(self) -> None:
        old = "{place}有履行职能的社区{population.communities_operating}，常驻居民{population.households}，实有人口{population.actual}。"
        error = refused(f'[[reword]]\nfrom = "{old}"\nto = "共{{nothing.here}}。"')
        assert ("“基本情况”一节用到的指标 nothing.here 不存在", 4) == (error.reason, error.line)

    def test_an_unknown_base(self) -> None:
        with pytest.raises(InvalidRules, match="没有可供增补的模板 'works'"):
            templated("own.toml", 'extends = "works"', built_in_templates())


class TestPlugins:
    class Street:
        """A plugin that is nothing but a text."""

        @hookimpl
        def shequ_templates(self) -> dict[str, str]:
            return {"brief": BASE + 'title = "云溪简报"', "yunxi": BASE + 'title = "自定"'}

    def test_a_plugins_template_goes_before_the_built_in_report(self) -> None:
        host = PluginHost({"street": self.Street()}, discover=False)
        with shequ.open("memory:", "S", host=host, clock=_now) as register:
            register.put(*places(), *people(), reason="test")
            assert "云溪简报" == register.report("brief", period="2025").document.title
            assert "自定" == register.report("yunxi", period="2025").document.title
            with pytest.raises(shequ.Misuse, match=r"是否指 yunxi？可用：.*work.*yunxi"):
                register.report("yunxy", period="2025")


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_built_in_template_names_only_metrics_that_there_are(name: str) -> None:
    built_in_template(name).check(context_of(places()).catalogue)


def _now() -> Any:
    from datetime import datetime

    from shequ.effective import SHANGHAI

    return datetime(2026, 1, 5, 9, tzinfo=SHANGHAI)


@pytest.mark.parametrize("sentence", ["共有{matters.handled", "共matters.handled}件", "共{{matters.handled}件"])
def test_a_brace_without_its_other_is_a_mistake(sentence: str) -> None:
    error = refused(f'[[sections]]\nheading = "重点"\n[[sections.blocks]]\ntext = ["{sentence}"]\n')
    assert "花括号不成对" in str(error)
    assert error.line is not None
