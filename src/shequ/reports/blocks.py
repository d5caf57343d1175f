"""The blocks of a document: text with figures in it, tables, charts, findings and notes.

A :class:`Figure` keeps the measurement that it prints, so that prose, tables and charts agree and every number can be
traced to the records behind it. A chart is data as well: what is drawn, never how.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from fractions import Fraction

import attrs

from shequ.errors import Misuse
from shequ.metrics import Measurement, ParameterUse, exact_json
from shequ.rules import Finding

__all__ = [
    "Block",
    "Bullets",
    "Chart",
    "ChartKind",
    "Figure",
    "FindingList",
    "Note",
    "Paragraph",
    "Run",
    "Series",
    "Standard",
    "Table",
    "plain",
]


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


def plain(runs: Iterable[Run]) -> str:
    """The text alone."""
    return "".join(run if isinstance(run, str) else run.text for run in runs)


def _figures(runs: Iterable[Run]) -> Iterator[Figure]:
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
        spans: Headings over several columns, with how many each; ``""`` over columns that stand alone.
        alignments: ``left`` or ``right`` for each column; figures stand right unless told.
        label: What the text calls it by, ``表1``; the document that it stands in says so.
    """

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[Run, ...], ...]
    total: bool = False
    spans: tuple[tuple[str, int], ...] = ()
    alignments: tuple[str, ...] = attrs.field()
    label: str = attrs.field(default="", kw_only=True)

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
        if self.spans and sum(width for _, width in self.spans) != len(self.header):
            raise Misuse(f"table {self.caption!r} has headings over another number of columns than its header")

    @property
    def titled(self) -> str:
        """What is printed over it: ``表1　各社区人口``."""
        return _titled(self.label, self.caption)

    @property
    def full_header(self) -> tuple[str, ...]:
        """For each column its heading together with the one above it: ``党员：在册``."""
        above = [heading for heading, width in self.spans for _ in range(width)] or [""] * len(self.header)
        return tuple(f"{over}：{name}" if over else name for over, name in zip(above, self.header, strict=True))

    def figures(self) -> Iterator[Figure]:
        """Its figures, row by row."""
        return (figure for row in self.rows for figure in _figures(row))


def _titled(label: str, title: str) -> str:
    return f"{label}\u3000{title}" if label else title


_FACTS = {"标准": "threshold", "依据": "citation", "整改": "remedy"}


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

    @property
    def common(self) -> tuple[tuple[str, str], ...]:
        """What several findings have in common: label and text of threshold, citation and remedy."""
        values = {label: {getattr(finding, fact) for finding in self.findings} for label, fact in _FACTS.items()}
        return tuple(
            (label, text)
            for label, found in values.items()
            if len(self.findings) > 1 and len(found) == 1 and (text := next(iter(found)))
        )

    def own(self, finding: Finding) -> tuple[tuple[str, str], ...]:
        """What one of them does not share with the others."""
        shared = dict(self.common)
        return tuple(
            (label, text)
            for label, fact in _FACTS.items()
            if label not in shared and (text := str(getattr(finding, fact)))
        )


class ChartKind(StrEnum):
    """What a chart looks like."""

    PYRAMID = "pyramid"
    COLUMNS = "columns"
    BARS = "bars"
    GRID = "grid"
    CHANGES = "changes"

    @property
    def label(self) -> str:
        """In Chinese."""
        return {
            "pyramid": "金字塔图",
            "columns": "柱形图",
            "bars": "条形图",
            "grid": "方格图",
            "changes": "增减图",
        }[self]


@attrs.frozen
class Series:
    """What a chart draws in one colour, or in one row of a grid.

    Args:
        name: What it is.
        figures: A figure for each category; ``None`` where there is none.
    """

    name: str
    figures: tuple[Figure | None, ...]


@attrs.frozen
class Standard:
    """A line across a chart: what a rule demands.

    Args:
        name: What it is.
        use: The parameter with its citation.
    """

    name: str
    use: ParameterUse

    @property
    def text(self) -> str:
        """Name and value."""
        return f"{self.name} {exact_json(self.use.value)}"


@attrs.frozen
class Chart:
    """A chart: its figures and the form in which they are drawn.

    Args:
        kind: The form. A pyramid has two series back to back; in a grid 0 stands out as a gap; changes are drawn in
            per cent of what was there before, the figure's first other measurement.
        title: What it shows.
        axis: What the categories are.
        categories: What the figures of a series are about, in order.
        series: The figures.
        unit: Unit of the figures; ``""`` for a plain ratio.
        standard: What a rule demands, if one does.
        label: What the text calls it by, ``图1``; the document that it stands in says so.
    """

    kind: ChartKind
    title: str
    axis: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    unit: str = ""
    standard: Standard | None = None
    label: str = attrs.field(default="", kw_only=True)

    def __attrs_post_init__(self) -> None:
        if any(len(one.figures) != len(self.categories) for one in self.series):
            raise Misuse(f"chart {self.title!r} has a series of another length than its categories")
        if self.kind is ChartKind.PYRAMID and len(self.series) != 2:
            raise Misuse(f"chart {self.title!r} has {len(self.series)} series; a pyramid has two")

    def figures(self) -> Iterator[Figure]:
        """Its figures, series by series."""
        return (figure for one in self.series for figure in one.figures if figure is not None)

    def drawn(self, figure: Figure | None) -> Fraction | None:
        """The number by which a figure is drawn; ``None`` for no data."""
        value = figure.measurement.value if figure is not None else None
        if value is None or figure is None or self.kind is not ChartKind.CHANGES:
            return value
        before = figure.others[0].value
        return (value - before) / before if before else None

    @property
    def table(self) -> Table:
        """The same figures as a table, for where no picture can be."""
        rows = tuple(
            (category, *(figure if figure is not None else "—" for figure in row))
            for category, row in zip(
                self.categories, zip(*(one.figures for one in self.series), strict=True), strict=True
            )
        )
        unit = f"（{self.unit}）" if self.unit else ""
        alignment = "left" if self.kind is ChartKind.CHANGES else "right"
        header = (self.axis, *(f"{one.name}{unit}" for one in self.series))
        alignments = ("left", *(alignment for _ in self.series))
        return Table(self.title, header, rows, alignments=alignments, label=self.label)

    @property
    def titled(self) -> str:
        """What is printed under it: ``图1　各月活动（次）``."""
        return _titled(self.label, f"{self.title}（{self.unit}）" if self.unit else self.title)

    @property
    def alternative(self) -> str:
        """What somebody who does not see the picture is told: the form, and what stands out in it."""
        told = [self._outstanding(one) for one in self.series]
        standard = f"{self.standard.text}{self.unit}" if self.standard is not None else ""
        return f"{self.kind.label}：{self.title}。{'；'.join(filter(None, (*told, standard)))}。"

    def _outstanding(self, one: Series) -> str:
        having = [
            (value, category, figure)
            for category, figure in zip(self.categories, one.figures, strict=True)
            if figure is not None and (value := self.drawn(figure)) is not None
        ]
        name = one.name if len(self.series) > 1 else ""
        if not having:
            return f"{name}没有数据"
        if self.kind is ChartKind.GRID:
            gaps = [category for value, category, _ in having if value == 0]
            return f"{name}{'、'.join(gaps)}空缺" if gaps else f"{name}没有空缺"
        if self.kind is ChartKind.CHANGES or len(having) < 3:
            return name + "，".join(f"{category}{figure.text}" for _, category, figure in having)
        low, high = min(having, key=lambda item: item[0]), max(having, key=lambda item: item[0])
        if low[0] == high[0]:
            return f"{name}均为{high[2].measurement.shown}"
        return f"{name}{high[1]}最多，为{high[2].measurement.shown}；{low[1]}最少，为{low[2].measurement.shown}"


Block = Paragraph | Note | Bullets | Table | Chart | FindingList
