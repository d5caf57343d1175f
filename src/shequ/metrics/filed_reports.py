"""What a report said when it was filed (已报报告): its figures, read from the ``shequ.metrics/1`` document that was kept."""

import json
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import attrs

from shequ.calendars import Period, parse_date
from shequ.errors import BadData
from shequ.metrics.asking import Asked
from shequ.metrics.measurement import exact_json
from shequ.model import FiledReport

__all__ = ["FORMAT", "FiledFigure", "read_filed"]

FORMAT = "shequ.metrics/1"
"""What the document says of itself."""


@attrs.frozen
class FiledFigure:
    """A figure as it was filed. Its metric, or its division, need not be known any more.

    Args:
        metric: Code of the metric.
        division: Code of the division.
        time: The period or day.
        group: Group of the breakdown; ``None`` for the whole.
        value: The value; ``None`` for no data.
    """

    metric: str
    division: str
    time: Asked
    group: str | None
    value: Fraction | None

    @property
    def printed(self) -> int | str | None:
        """The value as documents carry it."""
        return exact_json(self.value)


def read_filed(report: FiledReport) -> tuple[FiledFigure, ...]:
    """The figures of a filed report, in its order.

    Raises:
        BadData: If they cannot be read; it names the report, the first figure that is amiss, and why.
    """
    try:
        document = json.loads(report.measurements)
    except ValueError as error:
        raise _unreadable(report, f"不是 JSON（{error}）") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise _unreadable(report, f"格式不是 {FORMAT}")
    entries = document.get("measurements")
    if not isinstance(entries, list):
        raise _unreadable(report, "没有 measurements")
    return tuple(_figures(report, entries))


def _figures(report: FiledReport, entries: list[Any]) -> Iterator[FiledFigure]:
    for number, entry in enumerate(entries, 1):
        try:
            yield _figure(entry)
        except (BadData, KeyError, TypeError, ValueError, ZeroDivisionError) as error:
            said = error.message if isinstance(error, BadData) else f"{type(error).__name__}: {error}"
            raise _unreadable(report, f"第 {number} 项（{said}）") from error


def _figure(entry: Any) -> FiledFigure:
    value, group = entry["value"], entry["group"]
    if isinstance(value, bool) or not isinstance(value, int | float | str | None):
        raise TypeError(f"value {value!r}")
    if not isinstance(group, str | None):
        raise TypeError(f"group {group!r}")
    time: Asked = Period.parse(entry["period"]) if entry.get("period") is not None else parse_date(entry["at"])
    exact = None if value is None else Fraction(str(value))
    return FiledFigure(str(entry["metric"]), str(entry["division"]), time, group, exact)


def _unreadable(report: FiledReport, why: str) -> BadData:
    return BadData(
        f"已报报告 {report.id} 的指标数值无法读取：{why}", remedy="核对该记录，或用 shequ report --file 重新留存"
    )
