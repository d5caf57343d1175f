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

from shequ.reports.reading import SECTION, TemplateReader
from shequ.reports.template import Plan, SectionPlan, Sentence, Template, Text
from shequ.rules.reading.tables import Table, meant

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
    return _extended(reader, bases or {}) if "extends" in reader.values else reader.read()


def _extended(reader: TemplateReader, bases: Mapping[str, Template]) -> Template:
    top = reader.top(_TOP)
    name = top.values["extends"]
    if name not in bases:
        raise top.fail(f"没有可供增补的模板 {name!r}", "extends", remedy=meant(str(name), bases))
    base = bases[name]
    sections = list(base.sections)
    for heading, path in reader.texts(top, "remove") if top.values.get("remove") else ():
        place = _find(top, sections, heading, "remove", *path[1:])
        del sections[place : _end(sections, place)]
    for table in top.tables("sections", "[[sections]] ", (*SECTION, *_PLACES)):
        _put(reader, sections, table)
    for table in top.tables("topics", "[[topics]] ", ("topic", "text")):
        sections = _retopic(reader, sections, table)
    for table in top.tables("reword", "[[reword]] ", ("from", "to")):
        sections = _reword(reader, sections, table)
    if top.flag("renumber"):
        sections = list(_renumbered(sections))
    reader.numbers(tuple(sections), otherwise=("remove",) if "remove" in top.values else ("extends",))
    groups = {**base.groups, **reader.groups(top)}
    made = Template(reader.source, reader.title(top, base.title), tuple(sections), groups)
    reader.used(made)
    return made


def _find(table: Table, sections: list[SectionPlan], heading: Any, key: str, *keys: str | int) -> int:
    headings = [section.heading for section in sections]
    if heading not in headings:
        close = difflib.get_close_matches(str(heading), headings, n=1)
        remedy = f"是否指“{close[0]}”？" if close else f"可用：{'、'.join(headings)}"
        raise table.fail(f"{key} 所指的“{heading}”一节不存在", key, *keys, remedy=remedy)
    return headings.index(heading)


def _end(sections: list[SectionPlan], place: int) -> int:
    """Where a section and what lies below it end."""
    after = range(place + 1, len(sections))
    return next((one for one in after if sections[one].level <= sections[place].level), len(sections))


def _put(reader: TemplateReader, sections: list[SectionPlan], table: Table) -> None:
    """Put a section where it says: in the place of another, before or after one, else at the end."""
    section = reader.section(table)
    said = [where for where in _PLACES if where in table.values]
    if len(said) > 1:
        raise table.fail(f"“{section.heading}”一节写了几个位置", said[1], remedy="replaces、after、before 三者取一")
    if not said:
        sections.append(section)
        return
    (where,) = said
    place = _find(table, sections, table.values[where], where)
    if where == "replaces":
        sections[place] = section
    elif where == "before":
        sections.insert(place, section)
    else:
        sections.insert(_end(sections, place) if section.level <= sections[place].level else place + 1, section)


def _retopic(reader: TemplateReader, sections: list[SectionPlan], table: Table) -> list[SectionPlan]:
    """The text of a topic, wherever it stands, put in the place of what was said about it."""
    topic = table.values.get("topic")
    topics = [block.topic for section in sections for block in section.blocks if isinstance(block, Text)]
    if topics.count(str(topic)) != 1:
        close = difflib.get_close_matches(str(topic), topics, n=1)
        raise table.fail(
            f"[[topics]] 所指的内容“{topic}”{'不止一处' if topic in topics else '不存在'}",
            "topic",
            remedy=f"是否指“{close[0]}”？" if close and close[0] != topic else "写出该段的 topic",
        )
    new = reader.text(str(topic), table)
    return _mapped(sections, lambda block: new if isinstance(block, Text) and block.topic == topic else block)


def _reword(reader: TemplateReader, sections: list[SectionPlan], table: Table) -> list[SectionPlan]:
    """A sentence put in the place of another; left out where the new one is empty."""
    old_text, new_text = table.values.get("from"), table.values.get("to")
    if not isinstance(old_text, str) or not isinstance(new_text, str):
        raise table.fail("[[reword]] 应写明 from 和 to", remedy='写 from = "原句" 和 to = "新句"')
    old = reader.sentence(old_text, table, (*table.path, "from"))
    path = (*table.path, "to")
    new: tuple[Sentence, ...] = (reader.sentence(new_text, table, path),) if new_text.strip() else ()
    marks = {code: mark for sentence in new for code, mark in reader.marks_of(sentence, path).items()}
    told = [s for section in sections for block in section.blocks if isinstance(block, Text) for s in block.sentences]
    if old not in told:
        raise table.fail(f"[[reword]] 的原句“{old_text}”不在模板中", "from", remedy="照抄原句，连同标点和花括号")

    def change(block: Plan) -> Plan | None:
        if not isinstance(block, Text) or old not in block.sentences:
            return block
        kept = tuple(s for sentence in block.sentences for s in (new if sentence == old else (sentence,)))
        return attrs.evolve(block, sentences=kept, marks={**block.marks, **marks}) if kept else None

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
