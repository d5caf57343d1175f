"""This report against the one that was filed (更正对照): which figures are otherwise now than they were handed in.

The filed report keeps its figures as a ``shequ.metrics/1`` document, so that it can be held against today's records in any
store, also one that was set up later. Who changed what in between is told by ``shequ restate``, where the store knows it.
"""

import attrs

from shequ.errors import Misuse, NothingToReport
from shequ.metrics import Measurement, Provenance, exact_json, rounded
from shequ.metrics.filed_reports import FiledFigure, read_filed
from shequ.model import FiledReport
from shequ.reports.context import ReportContext
from shequ.reports.document import (
    Block,
    Document,
    Figure,
    Note,
    Paragraph,
    Run,
    Section,
    Table,
    check_numbering,
    chinese_date,
    chinese_period,
)

__all__ = ["build_restatement"]


def build_restatement(context: ReportContext) -> Document:
    """The figures of the latest report that was filed about the period, held against what they are now.

    Raises:
        NothingToReport: If no report on the period was filed.
        BadData: If the filed figures cannot be read.
        Misuse: If it is made for the public.
    """
    if context.published:
        raise Misuse("更正对照供内部使用，不能公开", remedy="公开的报告用 work、monthly 或 brief")
    filed = _latest(context)
    compared = [pair for one in read_filed(filed) if (pair := _compared(context, one, filed)) is not None]
    moved = [(before, now) for before, now in compared if now is None or before.value != now.value]
    when = chinese_date(filed.filed.date())
    told = f"{filed.actor}于{when}上报的{chinese_period(context.period)}报告有数值{len(compared)}项，"
    told += f"现有{len(moved)}项与所报不同。" if moved else "与现有记录一致。"
    blocks: list[Block] = [Paragraph((told,))]
    if moved:
        rows = tuple(_row(before, now) for before, now in moved)
        blocks.append(Table("更正对照", ("指标", "区划", "单位", "原报", "现数", "相差"), rows))
        blocks.append(
            Note((f"原报数取自已报报告 {filed.id}；何人何时因何修改，可用 shequ restate --filed {filed.id} 查阅。",))
        )
    document = Document(
        "更正对照",
        f"{context.place.name}　{chinese_period(context.period)}",
        (Section("与已报数的对照", 1, tuple(blocks), 1),),
        context.place,
        context.period,
        context.at,
        context.day,
        context.rule_sets,
        context.made_by,
    )
    check_numbering(document)
    return document


def _latest(context: ReportContext) -> FiledReport:
    known = context.records("filed_report")
    found = [one for one in known if one.period == str(context.period)]
    if not found:
        others = "、".join(sorted({one.period for one in known}))
        raise NothingToReport(
            f"没有{chinese_period(context.period)}的已报报告",
            remedy=f"已报过的时期：{others}" if others else "用 shequ report --file 写报告时留存",
        )
    latest: FiledReport = max(found, key=lambda one: (one.filed, one.id))
    return latest


def _compared(
    context: ReportContext, one: FiledFigure, filed: FiledReport
) -> tuple[Measurement, Measurement | None] | None:
    """A figure as it was filed, and as it is; ``None`` for what there is no metric or place for any more."""
    place = context.engine.tree.find(one.division)
    if one.metric not in context.catalogue or place is None:
        return None
    now: Measurement | None = context.engine.measure(one.metric, place, one.time)
    assert now is not None
    whole = now
    if one.group is not None:
        now = next((part for part in whole.parts if part.group == one.group), None)
    before = attrs.evolve(
        now or whole,
        value=one.value,
        numerator=None,
        denominator=None,
        provenance=Provenance.FILED,
        row_count=1,
        computed=None,
        parts=(),
        operands=(),
        parameters=(),
        group=one.group,
        notes=(f"已报报告 {filed.id}",),
        provisional=False,
    )
    if now is not None and exact_json(now.value) == one.printed:
        return before, attrs.evolve(now, value=before.value)
    return before, now


def _row(before: Measurement, now: Measurement | None) -> tuple[Run, ...]:
    name = before.metric.name + (f"（{before.group}）" if before.group else "")
    difference: Run = ""
    if now is not None and now.value is not None and before.value is not None:
        gap = now.value - before.value
        scale, unit = (100, "个百分点") if now.metric.percent else (1, "")
        text = rounded(gap * scale, now.metric.decimals)
        difference = Figure(now, f"+{text}{unit}" if gap > 0 else f"{text}{unit}", (before,))
    return (
        name,
        before.place.name,
        before.metric.unit or "—",
        Figure(before, before.printed),
        Figure(now, now.printed) if now is not None else "—",
        difference,
    )
