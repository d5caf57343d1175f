"""Which figures of the last filed report have moved since."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

import attrs

from shequ.calendars import Period
from shequ.errors import BadData
from shequ.metrics.asking import Asked
from shequ.metrics.definition import Metric, Quality
from shequ.metrics.divisions import Place
from shequ.metrics.filed_reports import FiledFigure, read_filed
from shequ.metrics.measurement import NO_DATA, Measurement, Provenance, exact_json
from shequ.model import FiledReport

__all__ = ["restated"]

if TYPE_CHECKING:
    from shequ.metrics.engine import Engine

_SHOWN = 10


@attrs.frozen
class _Figure:
    """A figure as it was filed: of a metric that is still known and a place that still is."""

    metric: Metric
    place: Place
    time: Asked
    group: str | None
    value: int | str | None


def restated(engine: "Engine", metric: Metric, place: Place, asked: Asked) -> Measurement:
    """How many metrics of the last report that was filed on a time up to the one asked about are known otherwise now.

    Figures about the data itself are not compared. Of the figures that moved, each is named with both values.
    """
    report = _last(engine, place, asked)
    if report is None:
        return engine.blank(metric, place, asked, "没有已报的报告可比")
    filed_by = f"与 {report.filed:%Y-%m-%d} 报出的 {report.period} 报告相比"
    try:
        entries = read_filed(report)
    except BadData as error:
        return engine.blank(metric, place, asked, error.message)
    figures = tuple(_known(engine, entries))
    moved = [(figure, now) for figure in figures if (now := _now(engine, figure)) != figure.value]
    codes = dict.fromkeys(figure.metric.code for figure, _ in moved)
    notes = [filed_by, *(_said(figure, now) for figure, now in moved[:_SHOWN])]
    if len(moved) > _SHOWN:
        notes.append(f"另有 {len(moved) - _SHOWN} 项有变")
    if len(figures) < len(entries):
        notes.append(f"{len(entries) - len(figures)} 项的指标或区划现已不存在，未作比较")
    return engine.blank(
        metric,
        place,
        asked,
        *notes,
        value=Fraction(len(codes)),
        provenance=Provenance.RECORDS,
        row_count=1,
        rows=lambda: iter([("filed_report", report.id)]),
        operands=tuple(dict.fromkeys(engine.measure(one.metric.code, one.place, one.time) for one, _ in moved)),
    )


def _last(engine: "Engine", place: Place, asked: Asked) -> FiledReport | None:
    """The report that was filed last, among those on a period that was over by the end of the time asked about."""
    end = asked.last_day if isinstance(asked, Period) else asked
    within = set(engine.tree.within(place))
    filed = [
        row
        for row in engine.evaluator.table("filed_report").values()
        if isinstance(row, FiledReport) and (found := engine.tree.find(row.division)) is not None and found.id in within
    ]
    over = [row for row in filed if (period := _period(row.period)) is not None and period.last_day <= end]
    return max(over, key=lambda row: (row.filed, row.id), default=None)


def _period(text: str) -> Period | None:
    try:
        return Period.parse(text)
    except BadData:
        return None


def _known(engine: "Engine", entries: Iterable[FiledFigure]) -> Iterator[_Figure]:
    """The figures whose metric and division are still known; not those about the data itself."""
    for entry in entries:
        metric, place = engine.catalogue.get(entry.metric), engine.tree.find(entry.division)
        if metric is not None and place is not None and not isinstance(metric.formula, Quality):
            yield _Figure(metric, place, entry.time, entry.group, entry.printed)


def _now(engine: "Engine", figure: _Figure) -> int | str | None:
    """The value as documents carry it; a group that is not there any more is 0 where the records were counted."""
    whole = engine.measure(figure.metric.code, figure.place, figure.time)
    if figure.group is None:
        return exact_json(whole.value)
    for part in whole.parts:
        if part.group == figure.group:
            return exact_json(part.value)
    return None if whole.computed is None else 0


def _said(figure: _Figure, now: int | str | None) -> str:
    group = f"（{figure.group}）" if figure.group else ""
    before, after = (NO_DATA if value is None else value for value in (figure.value, now))
    return f"{figure.place.name}{figure.metric.name}{group} {figure.time}：所报 {before}，现为 {after}"
