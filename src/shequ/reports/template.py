"""The content of a report as data: sections, sentences with slots for figures, tables.

A template is TOML; with ``extends`` it stands on another one (:mod:`shequ.reports.extending`). Sentences carry slots: ``{metric.code}`` the figure with its unit, ``{metric.code:value}`` without,
``{metric.code:change}`` the comparison with last year (left out, with the comma before it, where there is none),
``{metric.code:parts}`` the groups, ``{metric.code:highest}`` and ``:lowest`` the community that stands out;
``{place}``, ``{period}`` and ``{day}`` are put in as text. A digit typed into a sentence is refused unless it stands
in quotation marks: numbers come from metrics.
"""

import difflib
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import attrs

from shequ.errors import InvalidRules
from shequ.metrics import Catalogue
from shequ.rules import PROBLEM_GROUPS

__all__ = [
    "Columns",
    "Comparison",
    "Drawing",
    "Grouped",
    "Months",
    "Parts",
    "Plan",
    "SectionPlan",
    "Sentence",
    "Slot",
    "Special",
    "Template",
    "TemplateReader",
    "Text",
    "Word",
]

FORMS = ("", "value", "change", "parts", "highest", "lowest")
WORDS = ("place", "period", "day")
DRAWINGS = ("pyramid", "groups", "stages", "communities", "months", "grid", "changes")
"""What a chart can be about: groups by two fields, groups, metrics in a row, communities, months, communities by month,
comparisons with last year."""
_ALONE = ("pyramid", "groups", "grid")


@attrs.frozen
class Slot:
    """Where a figure goes, and in which form."""

    code: str
    form: str = ""


@attrs.frozen
class Word:
    """Where the name of the place or of a time goes."""

    name: str


Sentence = tuple[str | Slot | Word, ...]


@attrs.frozen
class Text:
    """Sentences about one topic."""

    topic: str
    sentences: tuple[Sentence, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """Metrics that it states."""
        return tuple(part.code for sentence in self.sentences for part in sentence if isinstance(part, Slot))


@attrs.frozen
class Columns:
    """A table of metrics by community."""

    caption: str
    codes: tuple[str, ...]


@attrs.frozen
class Months:
    """A table of metrics by month."""

    caption: str
    codes: tuple[str, ...]


@attrs.frozen
class Parts:
    """A table of the groups of one metric."""

    caption: str
    codes: tuple[str, ...]


@attrs.frozen
class Comparison:
    """A table of metrics by time: the period, the one before, the same a year earlier, the year so far."""

    caption: str
    codes: tuple[str, ...]


@attrs.frozen
class Drawing:
    """A chart.

    Args:
        caption: What it shows.
        form: What its categories are: one of :data:`DRAWINGS`.
        metrics: What is drawn.
        standard: Code of the metric whose parameter they are held against; ``""`` for none.
    """

    caption: str
    form: str
    metrics: tuple[str, ...]
    standard: str = ""

    @property
    def codes(self) -> tuple[str, ...]:
        """Metrics that it states."""
        return (*self.metrics, *([self.standard] if self.standard else []))


@attrs.frozen
class Grouped:
    """A table by community with headings over several columns: heading and metrics of each."""

    caption: str
    columns: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """Metrics that it states."""
        return tuple(code for _, codes in self.columns for code in codes)


@attrs.frozen
class Special:
    """A block that is made from records or findings."""

    name: str
    codes: tuple[str, ...] = ()


Plan = Text | Columns | Months | Parts | Comparison | Drawing | Grouped | Special
_TABLES: Mapping[str, type[Columns | Months | Parts | Comparison]] = {
    "table": Columns,
    "months": Months,
    "parts": Parts,
    "comparison": Comparison,
}


@attrs.frozen
class SectionPlan:
    """A section to be."""

    heading: str
    level: int
    number: int | None
    blocks: tuple[Plan, ...]


@attrs.frozen
class Template:
    """The content of a report.

    Args:
        source: Name of the file, for messages.
        content: Its text, to find lines in.
        title: Title of the report.
        sections: Its sections.
        groups: For groups of problems, what is said before the findings.
    """

    source: str
    content: str = attrs.field(repr=False)
    title: str
    sections: tuple[SectionPlan, ...]
    groups: Mapping[str, Text]

    def blocks(self) -> Iterator[tuple[str, Plan]]:
        """Every block, with the heading of its section."""
        for section in self.sections:
            for block in section.blocks:
                yield section.heading, block
        for group, text in self.groups.items():
            yield PROBLEM_GROUPS[group], text

    @property
    def codes(self) -> tuple[str, ...]:
        """Every metric that the report states, once."""
        return tuple(dict.fromkeys(code for _, block in self.blocks() for code in block.codes))

    def check(self, catalogue: Catalogue) -> None:
        """See to it that every metric exists.

        Raises:
            InvalidRules: If one does not; the error names file, line, section and metric.
        """
        for heading, block in self.blocks():
            for code in block.codes:
                if code not in catalogue:
                    close = difflib.get_close_matches(code, list(catalogue), n=1)
                    line = _line(self.content, re.compile(rf"[{{\"']{re.escape(code)}[}}:\"']"))
                    raise InvalidRules(
                        self.source,
                        line,
                        f"“{heading}”一节用到的指标 {code} 不存在",
                        remedy=f"是否指 {close[0]}？" if close else "用 shequ metrics --list 列出全部指标",
                    )


_TOP = ("title", "sections", "groups")
_SECTION = ("heading", "level", "number", "blocks")
_KINDS = ("text", *_TABLES, "chart", "columns", "special")
_BLOCK = ("topic", "caption", "metrics", "standard", *_KINDS)
_SLOT = re.compile(r"\{([^{}]*)\}")
_TYPED_NUMBER = re.compile(r"\d")


def _line(content: str, mark: "re.Pattern[str]") -> int | None:
    found = mark.search(content)
    return content.count("\n", 0, found.start()) + 1 if found else None


class TemplateReader:
    """Reads one TOML text; errors name the section and, where it can be found, the line."""

    def __init__(self, source: str, content: str, specials: Collection[str]) -> None:
        self.source, self.content, self.specials = source, content, specials

    def fail(self, reason: str, mark: str = "", remedy: str = "") -> InvalidRules:
        """The error of something that is wrong, with the line where the mark stands."""
        line = _line(self.content, re.compile(re.escape(mark))) if mark else None
        return InvalidRules(self.source, line, reason, remedy=remedy)

    def table(self, value: Any, allowed: tuple[str, ...], where: str) -> dict[str, Any]:
        """A table that has none but the allowed keys."""
        if not isinstance(value, dict):
            raise self.fail(f"{where}应为表")
        for key in value:
            if key not in allowed:
                close = difflib.get_close_matches(key, allowed, n=1)
                hint = f"是否应为 {close[0]}？" if close else f"可用：{'、'.join(allowed)}"
                raise self.fail(f"{where}中有不认识的键 {key!r}", key, hint)
        return value

    def texts(self, value: Any, where: str) -> tuple[str, ...]:
        """A text, or several."""
        found = tuple(value) if isinstance(value, list) else (value,)
        if not found or not all(isinstance(item, str) and item.strip() for item in found):
            raise self.fail(f"{where}应为非空的文字或其数组")
        return found

    def values(self) -> dict[str, Any]:
        """The TOML as values.

        Raises:
            InvalidRules: If it is no TOML.
        """
        try:
            return tomllib.loads(self.content)
        except tomllib.TOMLDecodeError as error:
            place = re.search(r"line (\d+)", str(error))
            line = int(place[1]) if place else None
            raise InvalidRules(self.source, line, f"TOML 语法错误：{error}", remedy="更正该行") from error

    def read(self, document: dict[str, Any]) -> Template:
        """The template that stands on its own."""
        self.table(document, _TOP, "报告模板")
        title = document.get("title")
        if not isinstance(title, str) or not title.strip():
            raise self.fail("缺少报告标题 title", remedy='在文件开头写 title = "…"')
        sections = tuple(self.section(table) for table in document.get("sections", []))
        if not sections:
            raise self.fail("报告模板没有任何一节", remedy="写 [[sections]]")
        self.numbers(sections)
        made = Template(self.source, self.content, title, sections, self.groups(document))
        self.used(made)
        return made

    def groups(self, document: Mapping[str, Any]) -> dict[str, Text]:
        """What is said before the findings of each group."""
        groups = {}
        for name, table in document.get("groups", {}).items():
            if name not in PROBLEM_GROUPS:
                raise self.fail(f"问题分组 {name!r} 不可用", f"groups.{name}", f"可用：{'、'.join(PROBLEM_GROUPS)}")
            found = self.table(table, ("text",), f"分组 {name} ")
            groups[name] = self.text("", found.get("text"), f"分组 {name} ")
        return groups

    def used(self, made: Template) -> None:
        """See to it that what is said of groups is told somewhere."""
        if made.groups and not any(
            isinstance(block, Special) and block.name == "problems" for _, block in made.blocks()
        ):
            raise self.fail(
                "写了问题分组 [groups]，却没有任何一节使用", "[groups", '写 special = "problems"，或删去 [groups]'
            )

    def section(self, value: Any) -> SectionPlan:
        """A section."""
        found = self.table(value, _SECTION, "[[sections]] ")
        heading = found.get("heading")
        if not isinstance(heading, str) or not heading.strip():
            raise self.fail("有一节缺少标题 heading", remedy='写 heading = "…"')
        level, number = found.get("level", 1), found.get("number")
        if level not in (1, 2):
            raise self.fail(f"“{heading}”一节的 level {level!r} 不可用", heading, "可用：1、2")
        if number is not None and (isinstance(number, bool) or not isinstance(number, int) or number < 1):
            raise self.fail(f"“{heading}”一节的 number {number!r} 应为正整数", heading)
        blocks = tuple(self.block(table, heading) for table in found.get("blocks", []))
        return SectionPlan(heading, level, number, blocks)

    def numbers(self, sections: tuple[SectionPlan, ...]) -> None:
        """See to it that no two sections of a chapter have one number, and none is empty."""
        seen: dict[int, dict[int, str]] = {1: {}, 2: {}}
        for place, section in enumerate(sections):
            if section.level == 1:
                seen[2] = {}
            if section.number is not None:
                known = seen[section.level].get(section.number)
                if known is not None:
                    raise self.fail(
                        f"“{known}”与“{section.heading}”两节的编号同为 {section.number}",
                        section.heading,
                        "重新编号；增补的模板可写 renumber = true",
                    )
                if section.number != len(seen[section.level]) + 1:
                    raise self.fail(
                        f"“{section.heading}”一节的编号 {section.number} 不连续，应为 {len(seen[section.level]) + 1}",
                        section.heading,
                        "重新编号；增补的模板可写 renumber = true",
                    )
                seen[section.level][section.number] = section.heading
            after = sections[place + 1] if place + 1 < len(sections) else None
            if not section.blocks and (after is None or after.level <= section.level):
                raise self.fail(
                    f"“{section.heading}”一节没有内容", section.heading, "写 [[sections.blocks]]，或删去这一节"
                )

    def block(self, value: Any, heading: str) -> Plan:
        """A block of a section."""
        where = f"“{heading}”一节"
        found = self.table(value, _BLOCK, where)
        kinds = [key for key in _KINDS if key in found]
        if len(kinds) != 1:
            raise self.fail(
                f"{where}有一块内容没有写明或写了几种：{'、'.join(kinds) or '（空）'}",
                heading,
                f"{'、'.join(_KINDS)} 取其一",
            )
        (kind,) = kinds
        if kind == "special":
            if found["special"] not in self.specials:
                raise self.fail(
                    f"{where}的 special {found['special']!r} 不可用",
                    str(found["special"]),
                    f"可用：{'、'.join(self.specials)}",
                )
            return Special(found["special"])
        if kind == "text":
            return self.text(str(found.get("topic", "")), found["text"], where)
        caption = found.get("caption")
        if not isinstance(caption, str) or not caption.strip():
            raise self.fail(f"{where}的表或图缺少标题 caption", heading)
        if kind == "chart":
            return self.drawing(caption, found, where)
        if kind == "columns":
            return Grouped(caption, self.headings(found["columns"], where))
        return _TABLES[kind](caption, self.texts(found[kind], f"{where}的 {kind} "))

    def drawing(self, caption: str, found: dict[str, Any], where: str) -> Drawing:
        """A chart."""
        form, standard = found["chart"], found.get("standard", "")
        if form not in DRAWINGS:
            raise self.fail(f"{where}的 chart {form!r} 不可用", str(form), f"可用：{'、'.join(DRAWINGS)}")
        metrics = self.texts(found.get("metrics"), f"{where}的 metrics ")
        if form in _ALONE and len(metrics) > 1:
            raise self.fail(f"{where}的图“{caption}”只能画一个指标", caption, "metrics 只写一个")
        if not isinstance(standard, str) or (standard and form != "communities"):
            raise self.fail(f"{where}的图“{caption}”不能有 standard", caption, "只有 communities 图可以")
        return Drawing(caption, form, metrics, standard)

    def headings(self, value: Any, where: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Headings with their metrics."""
        if not isinstance(value, list) or not value:
            raise self.fail(f"{where}的 columns 应为非空的数组")
        read = []
        for item in value:
            found = self.table(item, ("heading", "metrics"), f"{where}的 columns ")
            (heading,) = self.texts(found.get("heading"), f"{where}的 columns 的 heading ")[:1]
            read.append((heading, self.texts(found.get("metrics"), f"{where}的 columns 的 metrics ")))
        return tuple(read)

    def text(self, topic: str, value: Any, where: str) -> Text:
        """Sentences about a topic."""
        return Text(topic, tuple(self.sentence(text, where) for text in self.texts(value, f"{where}的 text ")))

    def sentence(self, text: str, where: str) -> Sentence:
        """A sentence with its slots."""
        parts: list[str | Slot | Word] = []
        for place, piece in enumerate(_SLOT.split(text)):
            if place % 2 == 0:
                if "{" in piece or "}" in piece:
                    raise self.fail(
                        f"{where}的句子“{text}”中的花括号不成对", text, "写成 {指标代码} 或 {指标代码:形式}"
                    )
                if _TYPED_NUMBER.search(re.sub("“[^”]*”", "", piece)):
                    raise self.fail(f"{where}的句子“{text}”中直接写了数字", text, "数字由指标给出；名称中的数字加引号")
                if piece:
                    parts.append(piece)
                continue
            code, _, form = piece.partition(":")
            if code in WORDS and not form:
                parts.append(Word(code))
                continue
            if form not in FORMS or not re.fullmatch(r"\w+(\.\w+)+", code):
                raise self.fail(
                    f"{where}的句子中有不认识的 {{{piece}}}",
                    "{" + piece + "}",
                    f"写成 {{指标代码}} 或 {{指标代码:形式}}，形式可用：{'、'.join(FORMS[1:])}",
                )
            before = parts[-1] if parts else ""
            if form == "change" and not (isinstance(before, str) and before.endswith("，")):
                raise self.fail(f"{where}的 {{{piece}}} 前应为“，”", "{" + piece + "}", "无可比数据时连同逗号一起略去")
            parts.append(Slot(code, form))
        return tuple(parts)
