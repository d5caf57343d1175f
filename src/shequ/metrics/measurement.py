"""A measured figure, with everything that it came from."""

from collections.abc import Callable, Iterator
from enum import StrEnum
from fractions import Fraction
from itertools import islice
from typing import Any

import attrs

from shequ.calendars import Period
from shequ.metrics.definition import Metric
from shequ.metrics.divisions import Place
from shequ.query import When

__all__ = ["NO_DATA", "Measurement", "ParameterUse", "Provenance", "exact_json", "rounded"]

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
    """

    name: str
    value: Fraction
    citation: str
    source: str


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


def exact_json(value: Fraction | None) -> int | str | None:
    """A number as JSON documents carry it: whole as a number, else a decimal string of ten places at most."""
    if value is None:
        return None
    if value.denominator == 1:
        return int(value)
    text = rounded(value, 10)
    return text.rstrip("0").rstrip(".") if "." in text else text


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
        """The figure with its unit."""
        if self.value is None or self.metric.percent:
            return self.printed
        return f"{self.printed}{self.metric.unit}"

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

    def explain(self, limit: int = 20) -> str:
        """Definition, base, sides, parameters, provenance and the first rows, as Chinese text."""
        asked = str(self.period) if self.period is not None else str(self.when.day)
        lines = [
            f"{self.metric.name}（{self.metric.code}）= {self.shown}",
            f"  区划：{self.place.name}（{self.place.code}）  时间：{asked}",
            f"  定义：{self.definition}",
            f"  口径：{self.metric.base or '（无特别口径）'}",
            f"  来源：{self.provenance.label}，共 {self.row_count} 条",
        ]
        if self.denominator is not None and self.numerator is not None:
            sides = f"{exact_json(self.numerator)} ÷ {exact_json(self.denominator)}"
            lines.append(f"  分子÷分母：{sides}" + (f" × {self.per}" if self.per not in (None, 1) else ""))
        if self.filed is not None and self.computed is not None:
            gap = exact_json(self.filed - self.computed)
            lines.append(f"  上报 {exact_json(self.filed)}，记录 {exact_json(self.computed)}，相差 {gap}")
        lines += [f"  参数：{p.name} = {exact_json(p.value)}，{p.citation}（{p.source}）" for p in self.parameters]
        if self.plugin:
            lines.append(f"  指标出自：{self.plugin}")
        lines += [f"  注：{note}" for note in self.notes]
        for operand in self.operands:
            lines.append(f"  其中 {operand.metric.name}（{operand.metric.code}）= {operand.shown}")
        for part in self.parts:
            lines.append(f"  分组 {part.group}：{part.shown}")
        behind = self.rows()
        lines += [f"    {kind} {id_}" for kind, id_ in islice(behind, limit)]
        if next(behind, None) is not None:
            lines.append("    ……")
        return "\n".join(lines)

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

    def lineage(self, limit: int = 20) -> dict[str, Any]:
        """Everything that :meth:`explain` says, as the ``shequ.lineage/1`` document."""
        return {
            "format": "shequ.lineage/1",
            "measurement": self.as_json(),
            "definition": self.definition,
            "base": self.metric.base,
            "filed": exact_json(self.filed),
            "computed": exact_json(self.computed),
            "parameters": [
                {
                    "name": use.name,
                    "value": exact_json(use.value),
                    "citation": use.citation,
                    "source": use.source,
                }
                for use in self.parameters
            ],
            "operands": [operand.as_json() for operand in self.operands],
            "groups": [part.as_json() for part in self.parts],
            "records": [{"type": kind, "id": id_} for kind, id_ in islice(self.rows(), limit)],
        }

    def flat(self) -> Iterator["Measurement"]:
        """The whole and then its parts."""
        yield self
        yield from self.parts
