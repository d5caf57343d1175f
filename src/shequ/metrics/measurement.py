"""A measured figure, with everything that it came from."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from enum import StrEnum
from fractions import Fraction
from itertools import islice
from typing import Any

import attrs

from shequ.calendars import Period
from shequ.effective import Span
from shequ.errors import BadData
from shequ.metrics.definition import Metric, Ratio
from shequ.metrics.divisions import Place
from shequ.query import When

__all__ = ["NO_DATA", "Measurement", "ParameterUse", "Provenance", "RowPage", "exact_json", "in_words", "rounded"]

_DAY = timedelta(days=1)
NO_DATA = "暂无数据"
"""How a figure without data is printed: never as 0."""


class Provenance(StrEnum):
    """Where a figure came from."""

    RECORDS = "records"
    FILED = "filed"
    BOTH = "both"
    NONE = "none"

    @property
    def label(self) -> str:
        """In Chinese."""
        return {"records": "据记录", "filed": "据上报", "both": "记录与上报并存", "none": "无"}[self]


@attrs.frozen
class ParameterUse:
    """A parameter of the rules that went into a figure.

    Args:
        name: Its name.
        value: Its value on the day.
        citation: Where it is written.
        source: Rule set and version that gave it.
        span: When this value is in force.
    """

    name: str
    value: Fraction
    citation: str
    source: str
    span: Span = attrs.field(factory=Span)

    def __str__(self) -> str:
        since = f"，自 {self.span.since}" if self.span.since is not None else ""
        until = f"，至 {self.span.until - _DAY}" if self.span.until is not None else ""
        return f"{self.name} = {exact_json(self.value)}，{self.citation}（{self.source}{since}{until}）"

    def as_json(self) -> dict[str, Any]:
        """The use as one object of the ``shequ.lineage/1`` document; the last day is ``until`` less one."""
        return {
            "name": self.name,
            "value": exact_json(self.value),
            "citation": self.citation,
            "source": self.source,
            "since": None if self.span.since is None else self.span.since.isoformat(),
            "until": None if self.span.until is None else self.span.until.isoformat(),
        }


def rounded(value: Fraction, decimals: int) -> str:
    """A number rounded half up (away from zero) to so many places, as text.

    >>> rounded(Fraction(25, 2), 0), rounded(Fraction(-1, 8), 2)
    ('13', '-0.13')
    """
    scaled = abs(value) * 10**decimals
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    digits = f"{whole:0{decimals + 1}d}"
    text = f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits
    return f"-{text}" if value < 0 and whole else text


def in_words(value: Fraction, metric: Metric) -> str:
    """A number of a metric with its unit, as it stands in a sentence: whole yuan (元) without fen.

    >>> in_words(Fraction(1500), Metric("funds.dedicated", "专项经费", "元", decimals=2))
    '1500元'
    """
    whole_yuan = metric.unit == "元" and value.denominator == 1
    return f"{rounded(value, 0 if whole_yuan else metric.decimals)}{metric.unit}"


def exact_json(value: Fraction | None) -> int | str | None:
    """A number as JSON documents carry it: whole as a number, else a decimal string of ten places at most."""
    if value is None:
        return None
    if value.denominator == 1:
        return int(value)
    text = rounded(value, 10)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _pages(rows: int, size: int) -> int:
    return -(-rows // size) if size else 0


@attrs.frozen
class RowPage:
    """Some of the rows behind a figure.

    Args:
        number: Which page, from 1.
        size: How many rows a page has.
        total: How many rows are listed on all pages.
        rows: Type and id of each row of the page.
    """

    number: int
    size: int
    total: int
    rows: tuple[tuple[str, str], ...]


@attrs.frozen(eq=False)
class Measurement:
    """A figure for a division on a date or over a period.

    Args:
        metric: What was measured.
        place: For which division.
        when: The day, and the period that was asked about as far as it has run.
        period: The period that was asked about; ``None`` if a day was.
        value: The exact value in the metric's unit; ``None`` if there is no data.
        numerator: For a ratio, the upper side.
        denominator: For a ratio, the lower side.
        per: For a ratio, what it is multiplied with.
        provenance: Records, a filed figure, or both.
        row_count: How many records or filed figures stand behind it.
        computed: What the records give, where they were complete.
        filed: What was filed, where something was.
        group: Group of the breakdown, in Chinese; ``None`` for the whole.
        parts: The figures of its groups.
        operands: The measurements that its formula combined.
        parameters: Parameters that went into it.
        notes: What a reader must know, in Chinese.
        provisional: Whether the period or day is not over.
    """

    metric: Metric
    place: Place
    when: When
    period: Period | None
    value: Fraction | None
    numerator: Fraction | None = None
    denominator: Fraction | None = None
    per: int | None = None
    provenance: Provenance = Provenance.NONE
    row_count: int = 0
    computed: Fraction | None = None
    filed: Fraction | None = None
    group: str | None = None
    parts: tuple["Measurement", ...] = ()
    operands: tuple["Measurement", ...] = ()
    parameters: tuple[ParameterUse, ...] = ()
    notes: tuple[str, ...] = ()
    provisional: bool = False
    _rows: Callable[[], Iterator[tuple[str, str]]] = attrs.field(default=lambda: iter(()), repr=False)
    _definition: Callable[[], str] = attrs.field(default=lambda: "", repr=False)
    _listed: Callable[[], int] | None = attrs.field(default=None, repr=False)

    @property
    def printed(self) -> str:
        """The figure as reports print it, without its unit."""
        if self.value is None:
            return NO_DATA
        if self.metric.percent:
            return rounded(self.value * 100, self.metric.decimals) + "%"
        return rounded(self.value, self.metric.decimals)

    @property
    def shown(self) -> str:
        """The figure with its unit, as it stands in a sentence."""
        if self.value is None or self.metric.percent:
            return self.printed
        return in_words(self.value, self.metric)

    @property
    def plugin(self) -> str:
        """The plugin that defines the metric, with distribution and version; ``""`` outside a register."""
        return self.metric.plugin

    @property
    def definition(self) -> str:
        """How the figure comes about, in Chinese."""
        return self._definition()

    def rows(self) -> Iterator[tuple[str, str]]:
        """Type and id of each record or filed figure behind it, in order."""
        return self._rows()

    @property
    def listed(self) -> int:
        """How many of the rows are listed: all, or those that whoever asked may see."""
        return self.row_count if self._listed is None else self._listed()

    def page(self, number: int = 1, size: int = 20, *, after: tuple[str, str] | None = None) -> "RowPage":
        """Some of the rows behind it.

        Args:
            number: Which page, from 1.
            size: How many rows a page has.
            after: Type and id of a row; then pages are counted from the one behind it.

        Raises:
            BadData: If there is no such page, or no such row.
        """
        pages = max(_pages(self.listed, size), 1)
        if not 1 <= number <= pages:
            raise BadData(f"{self.metric.name}的记录没有第 {number} 页", remedy=f"共 {pages} 页")
        rows = self.rows()
        if after is not None and after not in rows:
            kind, id_ = after
            raise BadData(f"{self.metric.name}没有用到 {kind} {id_}", remedy="用上一页的最后一条记录")
        skipped = (number - 1) * size
        found = tuple(islice(rows, skipped, skipped + size))
        return RowPage(number, size, self.listed, found)

    def explain(self, limit: int = 20, page: int = 1) -> str:
        """Definition, base, sides, parameters, provenance and a page of the rows, as Chinese text.

        A figure that combines others is explained by them: each with its definition and its rows.

        Raises:
            BadData: If neither it nor what it combines has such a page.
        """
        self._refuse_beyond(limit, page)
        return "\n".join(self._explained(limit, page))

    def _refuse_beyond(self, limit: int, page: int) -> None:
        last = max((_pages(found.listed, limit) for found in (self, *self.operands)), default=0)
        if not 1 <= page <= max(last, 1):
            raise BadData(f"{self.metric.name}的记录没有第 {page} 页", remedy=f"共 {max(last, 1)} 页")

    def _explained(self, limit: int, page: int) -> Iterator[str]:
        asked = str(self.period) if self.period is not None else str(self.when.day)
        yield f"{self.metric.name}（{self.metric.code}）= {self.shown}"
        yield f"  区划：{self.place.name}（{self.place.code}）  时间：{asked}"
        yield f"  定义：{self.definition}"
        yield f"  口径：{self.metric.base or '（无特别口径）'}"
        yield f"  来源：{self._source()}"
        if self.denominator is not None and self.numerator is not None:
            sides = f"{exact_json(self.numerator)} ÷ {exact_json(self.denominator)}"
            yield f"  分子÷分母：{sides}" + (f" × {self.per}" if self.per not in (None, 1) else "")
        if self.filed is not None and self.computed is not None:
            gap = exact_json(self.filed - self.computed)
            yield f"  上报 {exact_json(self.filed)}，记录 {exact_json(self.computed)}，相差 {gap}"
        yield from (f"  参数：{use}" for use in self.parameters)
        if self.plugin:
            yield f"  指标出自：{self.plugin}"
        yield from (f"  注：{note}" for note in self.notes)
        yield from (f"  分组 {part.group}：{part.shown}" for part in self.parts)
        for role, operand in self.sides():
            where = "" if operand.place == self.place else f"，{operand.place.name}"
            yield f"  {role} {operand.metric.name}（{operand.metric.code}{where}）= {operand.shown}"
            yield f"    定义：{operand.definition}"
            yield f"    来源：{operand._source()}"
            yield from (f"    参数：{use}" for use in operand.parameters)
            yield from (f"    注：{note}" for note in operand.notes)
            yield from operand._page_of_rows(limit, page, "    ")
        if not self.operands:
            yield from self._page_of_rows(limit, page, "  ")

    def _source(self) -> str:
        """Where it comes from, and how many rows stand behind it; those that are not listed are counted too."""
        outside = self.row_count - self.listed
        told = f"，其中 {outside} 条不在查阅范围内，计入数值而不列出" if outside else ""
        return f"{self.provenance.label}，共 {self.row_count} 条{told}"

    def _page_of_rows(self, limit: int, page: int, indent: str) -> Iterator[str]:
        """A page of the rows, and which page it is; a side may have fewer pages than the other one."""
        pages = _pages(self.listed, limit)
        if pages > 1:
            yield f"{indent}记录（第 {page} 页，共 {pages} 页，每页 {limit} 条）"
        if page <= pages:
            yield from (f"{indent}  {kind} {id_}" for kind, id_ in self.page(page, limit).rows)

    def sides(self) -> Iterator[tuple[str, "Measurement"]]:
        """What its formula combined, each with what it is there, in Chinese."""
        for place, operand in enumerate(self.operands):
            ratio = isinstance(self.metric.formula, Ratio) and len(self.operands) == 2 and self.per is not None
            yield (("分子", "分母")[place] if ratio else "其中"), operand

    def as_json(self) -> dict[str, Any]:
        """The measurement as one object of the ``shequ.metrics/1`` document."""
        asked = {"period": str(self.period)} if self.period is not None else {"at": self.when.day.isoformat()}
        found: dict[str, Any] = {
            "metric": self.metric.code,
            "name": self.metric.name,
            "division": self.place.code,
            **asked,
            "value": exact_json(self.value),
            "numerator": exact_json(self.numerator),
            "denominator": exact_json(self.denominator),
            "per": self.per,
            "unit": self.metric.unit,
            "provenance": str(self.provenance),
            "rows": self.row_count,
            "group": self.group,
            "notes": list(self.notes),
            "plugin": self.plugin,
        }
        return found

    def lineage(self, limit: int = 20, page: int = 1) -> dict[str, Any]:
        """Everything that :meth:`explain` says, as the ``shequ.lineage/1`` document.

        Raises:
            BadData: If neither it nor what it combines has such a page.
        """
        self._refuse_beyond(limit, page)
        return {
            "format": "shequ.lineage/1",
            "measurement": self.as_json(),
            **self._behind(limit, page),
            "filed": exact_json(self.filed),
            "computed": exact_json(self.computed),
            "operands": [
                {"role": role, **operand.as_json(), **operand._behind(limit, page)} for role, operand in self.sides()
            ],
            "groups": [part.as_json() for part in self.parts],
        }

    def _behind(self, limit: int, page: int) -> dict[str, Any]:
        """Definition, base, parameters and a page of the rows."""
        pages = _pages(self.listed, limit)
        return {
            "definition": self.definition,
            "base": self.metric.base,
            "parameters": [use.as_json() for use in self.parameters],
            "page": {"number": page, "size": limit, "pages": pages, "total": self.listed},
            "outside": self.row_count - self.listed,
            "records": [
                {"type": kind, "id": id_} for kind, id_ in (self.page(page, limit).rows if page <= pages else ())
            ],
        }

    def flat(self) -> Iterator["Measurement"]:
        """The whole and then its parts."""
        yield self
        yield from self.parts
