"""A district's own template on top of one that is there: sections replaced, added, removed; topics and sentences reworded.

    extends = "work"
    remove = ["特色与荣誉"]
    renumber = true

    [[reword]]
    from = "户均{population.household_size}。"
    to = "平均每户{population.household_size}。"

    [[topics]]
    topic = "经费"
    text = ["街道下拨社区专项经费{funds.dedicated}，{funds.dedicated:change}。"]

    [[sections]]
    after = "服务型党建"
    number = 4
    heading = "数字街道"

A section is called by its heading, without its number. Whatever names something that the other template does not have is an
error: a wording that is silently not used would be found by nobody.
"""

import difflib
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import attrs

from shequ.reports.template import Plan, SectionPlan, Sentence, Template, TemplateReader, Text

__all__ = ["read_template"]

_TOP = ("extends", "title", "remove", "renumber", "reword", "topics", "sections", "groups")
_PLACES = ("replaces", "after", "before")


def read_template(
    source: str, content: str, specials: Collection[str], bases: Mapping[str, Template] | None = None
) -> Template:
    """Read the content of a report from TOML.

    Args:
        source: Name of the file, for messages.
        content: The TOML text.
        specials: Names of the blocks that are made from records or findings.
        bases: The templates that it can extend, by name.

    Raises:
        InvalidRules: If the text breaks its form, or names what the template that it extends does not have; the error
            names file, line and section.
    """
    reader = TemplateReader(source, content, specials)
    document = reader.values()
    return _extended(reader, document, bases or {}) if "extends" in document else reader.read(document)


def _extended(reader: TemplateReader, document: dict[str, Any], bases: Mapping[str, Template]) -> Template:
    reader.table(document, _TOP, "报告模板")
    name = document["extends"]
    if name not in bases:
        raise reader.fail(f"没有可供增补的模板 {name!r}", str(name), f"可用：{'、'.join(bases)}")
    base = bases[name]
    sections = list(base.sections)
    for heading in _texts(reader, document.get("remove", []), "remove"):
        place = _find(reader, sections, heading, "remove")
        del sections[place : _end(sections, place)]
    for table in document.get("sections", []):
        _put(reader, sections, table)
    for table in document.get("topics", []):
        sections = _retopic(reader, sections, table)
    for table in document.get("reword", []):
        sections = _reword(reader, sections, table)
    if document.get("renumber", False):
        sections = list(_renumbered(sections))
    reader.numbers(tuple(sections))
    title = document.get("title", base.title)
    groups = {**base.groups, **reader.groups(document)}
    made = Template(reader.source, reader.content, title, tuple(sections), groups)
    reader.used(made)
    return made


def _texts(reader: TemplateReader, value: Any, where: str) -> tuple[str, ...]:
    return reader.texts(value, f"{where} ") if value else ()


def _find(reader: TemplateReader, sections: list[SectionPlan], heading: Any, where: str) -> int:
    headings = [section.heading for section in sections]
    if heading not in headings:
        close = difflib.get_close_matches(str(heading), headings, n=1)
        remedy = f"是否指“{close[0]}”？" if close else f"可用：{'、'.join(headings)}"
        raise reader.fail(f"{where} 所指的“{heading}”一节不存在", str(heading), remedy)
    return headings.index(heading)


def _end(sections: list[SectionPlan], place: int) -> int:
    """Where a section and what lies below it end."""
    after = range(place + 1, len(sections))
    return next((one for one in after if sections[one].level <= sections[place].level), len(sections))


def _put(reader: TemplateReader, sections: list[SectionPlan], table: Any) -> None:
    """Put a section where it says: in the place of another, before or after one, else at the end."""
    table = dict(reader.table(table, ("heading", "level", "number", "blocks", *_PLACES), "[[sections]] "))
    said = [(where, table.pop(where)) for where in _PLACES if where in table]
    section = reader.section(table)
    if len(said) > 1:
        raise reader.fail(f"“{section.heading}”一节写了几个位置", section.heading, "replaces、after、before 三者取一")
    if not said:
        sections.append(section)
        return
    ((where, heading),) = said
    place = _find(reader, sections, heading, where)
    if where == "replaces":
        sections[place] = section
    elif where == "before":
        sections.insert(place, section)
    else:
        sections.insert(_end(sections, place) if section.level <= sections[place].level else place + 1, section)


def _retopic(reader: TemplateReader, sections: list[SectionPlan], table: Any) -> list[SectionPlan]:
    """The text of a topic, wherever it stands, put in the place of what was said about it."""
    found = reader.table(table, ("topic", "text"), "[[topics]] ")
    topic = found.get("topic")
    topics = [block.topic for section in sections for block in section.blocks if isinstance(block, Text)]
    if topics.count(str(topic)) != 1:
        close = difflib.get_close_matches(str(topic), topics, n=1)
        raise reader.fail(
            f"[[topics]] 所指的内容“{topic}”{'不止一处' if topic in topics else '不存在'}",
            str(topic),
            f"是否指“{close[0]}”？" if close and close[0] != topic else "写出该段的 topic",
        )
    new = reader.text(str(topic), found.get("text"), f"“{topic}”")
    return _mapped(sections, lambda block: new if isinstance(block, Text) and block.topic == topic else block)


def _reword(reader: TemplateReader, sections: list[SectionPlan], table: Any) -> list[SectionPlan]:
    """A sentence put in the place of another; left out where the new one is empty."""
    found = reader.table(table, ("from", "to"), "[[reword]] ")
    old_text, new_text = found.get("from"), found.get("to")
    if not isinstance(old_text, str) or not isinstance(new_text, str):
        raise reader.fail("[[reword]] 应写明 from 和 to", "[[reword]]")
    old = reader.sentence(old_text, "[[reword]] ")
    new: tuple[Sentence, ...] = (reader.sentence(new_text, "[[reword]] "),) if new_text.strip() else ()
    told = [s for section in sections for block in section.blocks if isinstance(block, Text) for s in block.sentences]
    if old not in told:
        raise reader.fail(f"[[reword]] 的原句“{old_text}”不在模板中", old_text, "照抄原句，连同标点和花括号")

    def change(block: Plan) -> Plan | None:
        if not isinstance(block, Text) or old not in block.sentences:
            return block
        kept = tuple(s for sentence in block.sentences for s in (new if sentence == old else (sentence,)))
        return attrs.evolve(block, sentences=kept) if kept else None

    return _mapped(sections, change)


def _mapped(sections: Iterable[SectionPlan], change: Any) -> list[SectionPlan]:
    return [
        attrs.evolve(section, blocks=tuple(new for block in section.blocks if (new := change(block)) is not None))
        for section in sections
    ]


def _renumbered(sections: Iterable[SectionPlan]) -> Iterable[SectionPlan]:
    """The sections that have a number, numbered anew in their order."""
    counted = {1: 0, 2: 0}
    for section in sections:
        if section.level == 1:
            counted[2] = 0
        if section.number is not None:
            counted[section.level] += 1
            section = attrs.evolve(section, number=counted[section.level])
        yield section
