"""Reads what a template says from TOML; every error names the file and the line.

What a template is made of, and which slots its sentences may have, is told in :mod:`shequ.reports.template`.
"""

import re
from collections.abc import Collection, Mapping

from shequ.errors import InvalidRules
from shequ.reports.template import (
    DRAWINGS,
    Columns,
    Comparison,
    Drawing,
    Grouped,
    Mark,
    Months,
    Parts,
    Plan,
    SectionPlan,
    Sentence,
    Slot,
    Special,
    Template,
    Text,
    Word,
)
from shequ.rules import PROBLEM_GROUPS
from shequ.rules.reading.lines import KeyPath
from shequ.rules.reading.positions import TomlFile
from shequ.rules.reading.tables import Table, meant

__all__ = ["SECTION", "TemplateReader"]

_FORMS = ("", "value", "change", "parts", "highest", "lowest")
_WORDS = ("place", "period", "day")
_TABLES: Mapping[str, type[Columns | Months | Parts | Comparison]] = {
    "table": Columns,
    "months": Months,
    "parts": Parts,
    "comparison": Comparison,
}
_ALONE = ("pyramid", "groups", "grid")
_TOP = ("title", "sections", "groups")
SECTION = ("heading", "level", "number", "blocks")
"""Keys of a section."""
_KINDS = ("text", *_TABLES, "chart", "columns", "special")
_BLOCK = ("topic", "caption", "metrics", "standard", *_KINDS)
_SLOT = re.compile(r"\{([^{}]*)\}")
_TYPED_NUMBER = re.compile(r"\d")
_AGAIN = "重新编号；增补的模板可写 renumber = true"


class TemplateReader:
    """Reads one template.

    Args:
        source: Name of the file, for messages.
        content: The TOML text.
        specials: Names of the blocks that are made from records or findings.

    Raises:
        InvalidRules: If the text is no TOML.
    """

    def __init__(self, source: str, content: str, specials: Collection[str]) -> None:
        self.source, self.specials = source, specials
        self.file, self.values = TomlFile.read(source, content)

    def top(self, allowed: Collection[str]) -> Table:
        """The whole file, which has none but the allowed keys."""
        return Table.of(self.file, (), "报告模板", self.values, allowed)

    def read(self) -> Template:
        """The template that stands on its own."""
        top = self.top(_TOP)
        title = self.title(top)
        sections = tuple(map(self.section, top.tables("sections", "[[sections]] ", SECTION)))
        if not sections:
            raise top.fail("报告模板没有任何一节", "sections", remedy="写 [[sections]]")
        self.numbers(sections)
        made = Template(self.source, title, sections, self.groups(top))
        self.used(made)
        return made

    def title(self, top: Table, default: str = "") -> str:
        """The title."""
        title = top.values.get("title", default)
        if not isinstance(title, str) or not title.strip():
            raise top.fail("缺少报告标题 title", "title", remedy='在文件开头写 title = "…"')
        return title

    def groups(self, top: Table) -> dict[str, Text]:
        """What is said before the findings of each group."""
        given = top.values.get("groups", {})
        if not isinstance(given, dict):
            raise top.fail("groups 应为表", "groups", remedy="写成 [groups.分组] 的各表")
        groups = {}
        for name, values in given.items():
            if name not in PROBLEM_GROUPS:
                raise top.fail(f"问题分组 {name!r} 不可用", "groups", name, remedy=f"可用：{'、'.join(PROBLEM_GROUPS)}")
            groups[name] = self.text("", Table.of(self.file, ("groups", name), f"分组 {name} ", values, ("text",)))
        return groups

    def used(self, made: Template) -> None:
        """See to it that what is said of groups is told somewhere."""
        if made.groups and not any(
            isinstance(block, Special) and block.name == "problems" for _, block in made.blocks()
        ):
            raise InvalidRules(
                self.source,
                self.file.line(("groups",)),
                "写了问题分组 [groups]，却没有任何一节使用",
                remedy='写 special = "problems"，或删去 [groups]',
            )

    def section(self, table: Table) -> SectionPlan:
        """A section."""
        heading = table.values.get("heading")
        if not isinstance(heading, str) or not heading.strip():
            raise table.fail("有一节缺少标题 heading", "heading", remedy='写 heading = "…"')
        level, number = table.values.get("level", 1), table.values.get("number")
        if level not in (1, 2) or isinstance(level, bool):
            raise table.fail(f"“{heading}”一节的 level {level!r} 不可用", "level", remedy="可用：1、2")
        if number is not None and (isinstance(number, bool) or not isinstance(number, int) or number < 1):
            raise table.fail(f"“{heading}”一节的 number {number!r} 应为正整数", "number", remedy="写 1、2、3…")
        blocks = tuple(map(self.block, table.tables("blocks", f"“{heading}”一节", _BLOCK)))
        marks = {key: self.mark((*table.path, key)) for key in ("heading", "number")}
        return SectionPlan(heading, level, number, blocks, marks=marks)

    def mark(self, path: KeyPath) -> Mark:
        """File and line of a key, or of the nearest table that it would stand in."""
        return self.source, self.file.line(path)

    def numbers(self, sections: tuple[SectionPlan, ...], *, otherwise: KeyPath = ()) -> None:
        """See to it that no two sections of a chapter have one number, and none is empty.

        Args:
            sections: The sections.
            otherwise: What to point to in this file where no section of it is at fault.
        """

        def wrong(reason: str, remedy: str, key: str, *sections: SectionPlan) -> InvalidRules:
            own = [one.marks[key] for one in sections if one.marks[key][0] == self.source]
            return InvalidRules(*(own[-1] if own else self.mark(otherwise)), reason, remedy=remedy)

        seen: dict[int, dict[int, SectionPlan]] = {1: {}, 2: {}}
        for place, section in enumerate(sections):
            if section.level == 1:
                seen[2] = {}
            if section.number is not None:
                before = seen[section.level]
                known = before.get(section.number)
                if known is not None:
                    said = f"“{known.heading}”与“{section.heading}”两节的编号同为 {section.number}"
                    raise wrong(said, _AGAIN, "number", known, section)
                if section.number != len(before) + 1:
                    said = f"“{section.heading}”一节的编号 {section.number} 不连续，应为 {len(before) + 1}"
                    raise wrong(said, _AGAIN, "number", section)
                before[section.number] = section
            after = sections[place + 1] if place + 1 < len(sections) else None
            if not section.blocks and (after is None or after.level <= section.level):
                said = f"“{section.heading}”一节没有内容"
                raise wrong(said, "写 [[sections.blocks]]，或删去这一节", "heading", section)

    def block(self, table: Table) -> Plan:
        """A block of a section."""
        where, values = table.called, table.values
        kinds = [key for key in _KINDS if key in values]
        if len(kinds) != 1:
            raise table.fail(
                f"{where}有一块内容没有写明或写了几种：{'、'.join(kinds) or '（空）'}",
                *kinds[1:2],
                remedy=f"{'、'.join(_KINDS)} 取其一",
            )
        (kind,) = kinds
        if kind == "special":
            name = values["special"]
            if name not in self.specials:
                raise table.fail(
                    f"{where}的 special {name!r} 不可用", "special", remedy=meant(str(name), self.specials)
                )
            return Special(name)
        if kind == "text":
            return self.text(table.text("topic"), table)
        caption = values.get("caption")
        if not isinstance(caption, str) or not caption.strip():
            raise table.fail(f"{where}的表或图缺少标题 caption", "caption", remedy='写 caption = "…"')
        if kind == "chart":
            return self.drawing(caption, table)
        if kind == "columns":
            return self.headings(caption, table)
        codes, marks = self.metrics(table, kind)
        return _TABLES[kind](caption, codes, marks=marks)

    def metrics(self, table: Table, key: str) -> tuple[tuple[str, ...], dict[str, Mark]]:
        """Codes of metrics, and where each stands."""
        found = self.texts(table, key)
        return tuple(code for code, _ in found), {code: self.mark(path) for code, path in found}

    def texts(self, table: Table, key: str) -> tuple[tuple[str, KeyPath], ...]:
        """A text, or several, each with its path."""
        value, path = table.values.get(key), (*table.path, key)
        found = (
            [(item, (*path, place)) for place, item in enumerate(value)] if isinstance(value, list) else [(value, path)]
        )
        if not found:
            raise table.fail(f"{table.called}的 {key} 应为非空的文字或其数组", key, remedy=f'写成 {key} = ["…"]')
        for item, place in found:
            if not isinstance(item, str) or not item.strip():
                raise table.fail(
                    f"{table.called}的 {key} 应为非空的文字或其数组",
                    *place[len(table.path) :],
                    remedy=f'写成 {key} = ["…"]',
                )
        return tuple(found)

    def drawing(self, caption: str, table: Table) -> Drawing:
        """A chart."""
        where = table.called
        form, standard = table.values["chart"], table.values.get("standard", "")
        if form not in DRAWINGS:
            raise table.fail(f"{where}的 chart {form!r} 不可用", "chart", remedy=f"可用：{'、'.join(DRAWINGS)}")
        metrics, marks = self.metrics(table, "metrics")
        if form in _ALONE and len(metrics) > 1:
            raise table.fail(f"{where}的图“{caption}”只能画一个指标", "metrics", remedy="metrics 只写一个")
        if not isinstance(standard, str) or (standard and form != "communities"):
            raise table.fail(f"{where}的图“{caption}”不能有 standard", "standard", remedy="只有 communities 图可以")
        if standard:
            marks = {standard: self.mark((*table.path, "standard")), **marks}
        return Drawing(caption, form, metrics, standard, marks=marks)

    def headings(self, caption: str, table: Table) -> Grouped:
        """Headings with their metrics."""
        read: list[tuple[str, tuple[str, ...]]] = []
        marks: dict[str, Mark] = {}
        for one in table.tables("columns", f"{table.called}的 columns ", ("heading", "metrics")):
            heading = one.values.get("heading")
            if not isinstance(heading, str) or not heading.strip():
                raise one.fail(f"{one.called}的 heading 应为非空的文字", "heading", remedy='写 heading = "…"')
            metrics, found = self.metrics(one, "metrics")
            read.append((heading, metrics))
            marks |= found
        if not read:
            raise table.fail(
                f"{table.called}的 columns 应为非空的数组", "columns", remedy="写 columns = [{ heading = … }]"
            )
        return Grouped(caption, tuple(read), marks=marks)

    def text(self, topic: str, table: Table) -> Text:
        """Sentences about a topic: the ``text`` of a table."""
        sentences: list[Sentence] = []
        marks: dict[str, Mark] = {}
        for text, path in self.texts(table, "text"):
            sentence = self.sentence(text, table, path)
            sentences.append(sentence)
            marks |= self.marks_of(sentence, path)
        return Text(topic, tuple(sentences), marks=marks)

    def marks_of(self, sentence: Sentence, path: KeyPath) -> dict[str, Mark]:
        """Where the metrics of a sentence stand."""
        return {part.code: self.mark(path) for part in sentence if isinstance(part, Slot)}

    def sentence(self, text: str, table: Table, path: KeyPath) -> Sentence:
        """A sentence with its slots."""
        where = table.called

        def wrong(reason: str, remedy: str) -> InvalidRules:
            return table.fail(reason, *path[len(table.path) :], remedy=remedy)

        parts: list[str | Slot | Word] = []
        for place, piece in enumerate(_SLOT.split(text)):
            if place % 2 == 0:
                if "{" in piece or "}" in piece:
                    raise wrong(f"{where}的句子“{text}”中的花括号不成对", "写成 {指标代码} 或 {指标代码:形式}")
                if _TYPED_NUMBER.search(re.sub("“[^”]*”", "", piece)):
                    raise wrong(f"{where}的句子“{text}”中直接写了数字", "数字由指标给出；名称中的数字加引号")
                if piece:
                    parts.append(piece)
                continue
            code, _, form = piece.partition(":")
            if code in _WORDS and not form:
                parts.append(Word(code))
                continue
            if form not in _FORMS or not re.fullmatch(r"\w+(\.\w+)+", code):
                raise wrong(
                    f"{where}的句子中有不认识的 {{{piece}}}",
                    f"写成 {{指标代码}} 或 {{指标代码:形式}}，形式可用：{'、'.join(_FORMS[1:])}",
                )
            before = parts[-1] if parts else ""
            if form == "change" and not (isinstance(before, str) and before.endswith("，")):
                raise wrong(f"{where}的 {{{piece}}} 前应为“，”", "无可比数据时连同逗号一起略去")
            parts.append(Slot(code, form))
        return tuple(parts)
