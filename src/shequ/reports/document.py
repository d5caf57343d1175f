"""What a report is, whatever format it is written in: sections of blocks, and in them text and figures.

A document is frozen: renderers read it, none changes it.
"""

from collections.abc import Iterable, Iterator
from datetime import date

import attrs

from shequ.calendars import Period
from shequ.errors import Misuse
from shequ.metrics import Measurement, Place
from shequ.reports.blocks import (
    Block,
    Bullets,
    Chart,
    ChartKind,
    Figure,
    FindingList,
    Note,
    Paragraph,
    Run,
    Series,
    Standard,
    Table,
    plain,
)
from shequ.rules import Finding, Norm

__all__ = [
    "Block",
    "Bullets",
    "Chart",
    "ChartKind",
    "Document",
    "Figure",
    "FindingList",
    "Note",
    "Paragraph",
    "Run",
    "Section",
    "Series",
    "Standard",
    "Table",
    "check_numbering",
    "chinese_date",
    "chinese_number",
    "chinese_period",
    "plain",
]

_DIGITS = "零一二三四五六七八九"
_NUMBERING = ("{}、", "（{}）", "{}.", "（{}）")


def chinese_number(number: int) -> str:
    """A number from 1 to 99 as headings write it.

    >>> chinese_number(3), chinese_number(10), chinese_number(21)
    ('三', '十', '二十一')
    """
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else _DIGITS[tens] + "十"
    return head + (_DIGITS[ones] if ones or not tens else "")


def chinese_date(day: date) -> str:
    """A date as people write it.

    >>> chinese_date(date(2026, 1, 5))
    '2026年1月5日'
    """
    return f"{day.year}年{day.month}月{day.day}日"


def chinese_period(period: Period) -> str:
    """A period as people write it.

    >>> chinese_period(Period.parse("2025H1")), chinese_period(Period.parse("2023/2025"))
    ('2025年上半年', '2023年至2025年')
    """
    text, year, month = str(period), period.start.year, period.start.month
    if text == f"{year}":
        return f"{year}年"
    if text == f"{year}H1" or text == f"{year}H2":
        return f"{year}年{'上' if month == 1 else '下'}半年"
    if "Q" in text:
        return f"{year}年第{chinese_number((month + 2) // 3)}季度"
    if text == f"{year}-{month:02d}":
        return f"{year}年{month}月"
    if text == f"{year}/{period.last_day.year}":
        return f"{year}年至{period.last_day.year}年"
    return f"{chinese_date(period.start)}至{chinese_date(period.last_day)}"


@attrs.frozen
class Section:
    """A section.

    Args:
        heading: Its heading, without the number.
        level: 1 for a chapter, 2 for a part of one, and so on to 4.
        blocks: What stands in it.
        number: Its number among those of its level in the same chapter; ``None`` if it has none.
    """

    heading: str
    level: int
    blocks: tuple[Block, ...]
    number: int | None = None

    @property
    def title(self) -> str:
        """The heading with its number: ``一、…``, ``（一）…``, ``1.…``, ``（1）…`` (GB/T 9704-2012, 7.3.3)."""
        if self.number is None:
            return self.heading
        figure = chinese_number(self.number) if self.level < 3 else str(self.number)
        return f"{_NUMBERING[self.level - 1].format(figure)}{self.heading}"


def _labelled(sections: Iterable[Section]) -> tuple[Section, ...]:
    """The sections with their tables and charts called by running numbers, each kind from 1 through the whole document."""
    counted = {"表": 0, "图": 0}

    def called(block: Block) -> Block:
        if not isinstance(block, Table | Chart):
            return block
        sign = "表" if isinstance(block, Table) else "图"
        counted[sign] += 1
        return attrs.evolve(block, label=f"{sign}{counted[sign]}")

    return tuple(attrs.evolve(section, blocks=tuple(map(called, section.blocks))) for section in sections)


@attrs.frozen
class Document:
    """A report. Its tables and charts are numbered in the order of the text, 表1, 表2 and 图1, 图2, whoever made them.

    Args:
        title: Its title.
        subtitle: Whose, and about when.
        sections: The sections in order, parts after their chapter.
        place: The district.
        period: The period that is told about.
        at: The day on which figures at a date were taken.
        day: The day on which it was made.
        rule_sets: Rule sets that judged, with their versions.
        made_by: Program and plugins with their versions.
        findings: All findings, also those that no list has room for.
        norms: What the rules demand of figures.
        plugin: Plugin that told it, with distribution and version; set by the register.
    """

    title: str
    subtitle: str
    sections: tuple[Section, ...] = attrs.field(converter=_labelled)
    place: Place
    period: Period
    at: date
    day: date
    rule_sets: tuple[str, ...] = ()
    made_by: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    norms: tuple[Norm, ...] = ()
    plugin: str = ""

    @property
    def annexes_from(self) -> int:
        """Where the annexes begin among the sections: after the last numbered one and its parts."""
        numbered = [place for place, section in enumerate(self.sections) if section.number is not None]
        for place in range(numbered[-1] + 1 if numbered else len(self.sections), len(self.sections)):
            if self.sections[place].level == 1:
                return place
        return len(self.sections)

    def figures(self) -> Iterator[Figure]:
        """Every figure, in the order of the text."""
        for section in self.sections:
            for block in section.blocks:
                yield from block.figures()

    def measurements(self) -> tuple[Measurement, ...]:
        """Every measurement that a figure rests on, once, in the order of the text."""
        return tuple(dict.fromkeys(found for figure in self.figures() for found in figure.measurements))

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """What stands on the cover: label and text."""
        facts = [
            ("单位", self.place.name),
            ("时期", chinese_period(self.period)),
            ("时点数取自", chinese_date(self.at)),
            ("编制日期", chinese_date(self.day)),
        ]
        if self.rule_sets:
            facts.append(("所据规则", "、".join(self.rule_sets)))
        if self.made_by:
            facts.append(("生成程序", "、".join(self.made_by)))
        return tuple(facts)


def check_numbering(document: Document) -> None:
    """See to it that sections are numbered in order and nothing in them is empty.

    Raises:
        Misuse: If a number is missing, doubled or out of order, a level is skipped, or a section or block is empty.
    """
    counted: dict[int, int] = {}
    level = 0
    for place, section in enumerate(document.sections):
        where = f"section {section.title!r}"
        if not section.heading.strip():
            raise Misuse(f"section {place + 1} of {document.title!r} has no heading")
        if section.level not in range(1, min(level + 1, len(_NUMBERING)) + 1):
            raise Misuse(f"{where} is of level {section.level}, after one of level {level}")
        counted = {depth: number for depth, number in counted.items() if depth <= section.level}
        if section.number is not None:
            expected = counted.get(section.level, 0) + 1
            if section.number != expected:
                raise Misuse(f"{where} has the number {section.number}, expected {expected}")
            counted[section.level] = expected
        level = section.level
        below = document.sections[place + 1] if place + 1 < len(document.sections) else None
        if not section.blocks and (below is None or below.level <= section.level):
            raise Misuse(f"{where} is empty")
        if any(_is_empty(block) for block in section.blocks):
            raise Misuse(f"{where} has an empty item")


def _is_empty(block: Block) -> bool:
    match block:
        case Paragraph(runs):
            return not plain(runs).strip()
        case Bullets(items):
            return not items or not all(plain(item).strip() for item in items)
        case Chart(_, title, _, categories, series):
            return not title or not categories or not series
        case Table(caption, _, rows):
            return not rows or not caption
        case FindingList(findings):
            return not findings
    return True
