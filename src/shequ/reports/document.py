"""What a report is, whatever format it is written in: sections of blocks, and in them text and figures.

A :class:`Figure` keeps the measurement that it prints, so that prose and tables agree and every number can be traced
to the records behind it. A document is frozen: renderers read it, none changes it.
"""

from collections.abc import Iterator
from datetime import date

import attrs

from shequ.calendars import Period
from shequ.errors import Misuse
from shequ.metrics import Measurement, Place
from shequ.rules import Finding

__all__ = [
    "Block",
    "Bullets",
    "Document",
    "Figure",
    "FindingList",
    "Note",
    "Paragraph",
    "Run",
    "Section",
    "Table",
    "check_numbering",
    "chinese_date",
    "chinese_number",
    "chinese_period",
]

_DIGITS = "零一二三四五六七八九"


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
class Figure:
    """A measurement as it is printed.

    Args:
        measurement: What is printed.
        text: How.
        others: Further measurements that the text was computed from: last year's, or those that were added up.
    """

    measurement: Measurement
    text: str
    others: tuple[Measurement, ...] = ()

    @property
    def measurements(self) -> tuple[Measurement, ...]:
        """Everything that the text rests on."""
        return (self.measurement, *self.others)


Run = str | Figure
"""A piece of text, or a figure in it; also what a table's cell holds."""


def _figures(runs: tuple[Run, ...]) -> Iterator[Figure]:
    return (run for run in runs if isinstance(run, Figure))


@attrs.frozen
class Paragraph:
    """Sentences about one topic.

    Args:
        runs: The text.
        topic: What it is about; printed in front.
    """

    runs: tuple[Run, ...]
    topic: str = ""

    def figures(self) -> Iterator[Figure]:
        """Its figures, in order."""
        return _figures(self.runs)


@attrs.frozen
class Note(Paragraph):
    """A remark on the data: set apart from the text."""


@attrs.frozen
class Bullets:
    """A list."""

    items: tuple[tuple[Run, ...], ...]

    def figures(self) -> Iterator[Figure]:
        """Its figures, in order."""
        return (figure for item in self.items for figure in _figures(item))


@attrs.frozen
class Table:
    """A table; the first column names the rows.

    Args:
        caption: What it shows.
        header: A heading for each column.
        rows: Cells, as many as the header has.
        total: Whether the last row is the whole of those before it.
        alignments: ``left`` or ``right`` for each column; figures stand right unless told.
    """

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[Run, ...], ...]
    total: bool = False
    alignments: tuple[str, ...] = attrs.field()

    @alignments.default
    def _alignments(self) -> tuple[str, ...]:
        return tuple(
            "right"
            if any(isinstance(cell, Figure) for row in self.rows for cell in row[column : column + 1])
            else "left"
            for column in range(len(self.header))
        )

    def __attrs_post_init__(self) -> None:
        if any(len(row) != len(self.header) for row in self.rows) or len(self.alignments) != len(self.header):
            raise Misuse(f"table {self.caption!r} has rows of another width than its header")

    def figures(self) -> Iterator[Figure]:
        """Its figures, row by row."""
        return (figure for row in self.rows for figure in _figures(row))


@attrs.frozen
class FindingList:
    """Findings of one rule.

    Args:
        findings: Those that are listed.
        more: How many further ones are not.
    """

    findings: tuple[Finding, ...]
    more: int = 0

    def figures(self) -> Iterator[Figure]:
        """None: a finding carries its own measured value and threshold."""
        return iter(())

    def shared(self, fact: str) -> str:
        """A fact (``citation``, ``threshold``, ``remedy``) that several findings have in common; else ``""``."""
        values = {getattr(finding, fact) for finding in self.findings}
        return str(values.pop()) if len(self.findings) > 1 and len(values) == 1 else ""


Block = Paragraph | Note | Bullets | Table | FindingList


@attrs.frozen
class Section:
    """A section.

    Args:
        heading: Its heading, without the number.
        level: 1 for a chapter, 2 for a part of one.
        blocks: What stands in it.
        number: Its number among those of its level in the same chapter; ``None`` if it has none.
    """

    heading: str
    level: int
    blocks: tuple[Block, ...]
    number: int | None = None

    @property
    def title(self) -> str:
        """The heading with its number: ``一、…``, ``（一）…``."""
        if self.number is None:
            return self.heading
        figure = chinese_number(self.number)
        return f"{figure}、{self.heading}" if self.level == 1 else f"（{figure}）{self.heading}"


@attrs.frozen
class Document:
    """A report.

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
        plugin: Plugin that told it, with distribution and version; set by the register.
    """

    title: str
    subtitle: str
    sections: tuple[Section, ...]
    place: Place
    period: Period
    at: date
    day: date
    rule_sets: tuple[str, ...] = ()
    made_by: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    plugin: str = ""

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
        if section.level not in range(1, level + 2):
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
            return not _text(runs)
        case Bullets(items):
            return not items or not all(_text(item) for item in items)
        case Table(caption, _, rows):
            return not rows or not caption
        case FindingList(findings):
            return not findings
    return True


def _text(runs: tuple[Run, ...]) -> str:
    return "".join(run if isinstance(run, str) else run.text for run in runs).strip()
