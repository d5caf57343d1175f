"""The content of a report as data: sections, sentences with slots for figures, tables.

A template is TOML (:mod:`shequ.reports.reading`); with ``extends`` it stands on another one
(:mod:`shequ.reports.extending`). Sentences carry slots: ``{metric.code}`` the figure with its unit, ``{metric.code:value}`` without,
``{metric.code:change}`` the comparison with last year (left out, with the comma before it, where there is none),
``{metric.code:parts}`` the groups, ``{metric.code:highest}`` and ``:lowest`` the community that stands out;
``{place}``, ``{period}`` and ``{day}`` are put in as text. A digit typed into a sentence is refused unless it stands
in quotation marks: numbers come from metrics.
"""

import difflib
from collections.abc import Iterator, Mapping
from types import MappingProxyType

import attrs

from shequ.errors import InvalidRules
from shequ.metrics import Catalogue
from shequ.rules import PROBLEM_GROUPS

__all__ = [
    "Columns",
    "Comparison",
    "Drawing",
    "Grouped",
    "Mark",
    "Marks",
    "Months",
    "Parts",
    "Plan",
    "SectionPlan",
    "Sentence",
    "Slot",
    "Special",
    "Template",
    "Text",
    "Word",
    "Written",
]

DRAWINGS = ("pyramid", "groups", "stages", "communities", "months", "grid", "changes")
"""What a chart can be about: groups by two fields, groups, metrics in a row, communities, months, communities by month,
comparisons with last year."""

Mark = tuple[str, int | None]
"""File and line where something is written."""
Marks = Mapping[str, Mark]
_NO_MARKS: Marks = MappingProxyType({})


@attrs.frozen
class Written:
    """What stands in a file.

    Args:
        marks: Where each metric of a block stands, or ``heading`` and ``number`` of a section; two blocks are not
            different for that.
    """

    marks: Marks = attrs.field(default=_NO_MARKS, eq=False, repr=False, kw_only=True)


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
class Text(Written):
    """Sentences about one topic."""

    topic: str
    sentences: tuple[Sentence, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """Metrics that it states."""
        return tuple(part.code for sentence in self.sentences for part in sentence if isinstance(part, Slot))


@attrs.frozen
class Columns(Written):
    """A table of metrics by community."""

    caption: str
    codes: tuple[str, ...]


@attrs.frozen
class Months(Written):
    """A table of metrics by month."""

    caption: str
    codes: tuple[str, ...]


@attrs.frozen
class Parts(Written):
    """A table of the groups of one metric."""

    caption: str
    codes: tuple[str, ...]


@attrs.frozen
class Comparison(Written):
    """A table of metrics by time: the period, the one before, the same a year earlier, the year so far."""

    caption: str
    codes: tuple[str, ...]


@attrs.frozen
class Drawing(Written):
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
class Grouped(Written):
    """A table by community with headings over several columns: heading and metrics of each."""

    caption: str
    columns: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """Metrics that it states."""
        return tuple(code for _, codes in self.columns for code in codes)


@attrs.frozen
class Special(Written):
    """A block that is made from records or findings."""

    name: str
    codes: tuple[str, ...] = ()


Plan = Text | Columns | Months | Parts | Comparison | Drawing | Grouped | Special


@attrs.frozen
class SectionPlan(Written):
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
        title: Title of the report.
        sections: Its sections.
        groups: For groups of problems, what is said before the findings.
    """

    source: str
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
                    raise InvalidRules(
                        *block.marks.get(code, (self.source, None)),
                        f"“{heading}”一节用到的指标 {code} 不存在",
                        remedy=f"是否指 {close[0]}？" if close else "用 shequ metrics --list 列出全部指标",
                    )
