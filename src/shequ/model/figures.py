"""Figures as filed, and where records are complete enough to count instead."""

from datetime import date, datetime
from decimal import Decimal

from shequ.calendars import Period
from shequ.errors import BadData, InvalidRecord
from shequ.model.record import Naming, Record, day, measure, moment, record, ref, text

__all__ = ["EVERY_TYPE", "Coverage", "FiledReport", "ReportedFigure"]

EVERY_TYPE = "*"
"""In :class:`Coverage`: the records of all types."""


@record(
    "reported_figure",
    label="上报数",
    key=("metric", "division", "at", "period", "breakdown", "group"),
    division="division",
)
class ReportedFigure(Record):
    """A figure that somebody filed: of a metric, for a division, on a date or over a period.

    A figure with ``breakdown`` and ``group`` is a part (``age``, ``under 35``), one without is a total.
    """

    metric: str = text("指标")
    division: str = ref("区划", to="division", note="12 位代码，或自定的键如 LOCAL-10")
    at: date | None = day("日期", default=None)
    period: str | None = text("时期", default=None, note="如 2025、2025H1、2025-06")
    value: Decimal = measure("数值", unit="", scale=6, signed=True)
    unit: str | None = text("单位", default=None)
    breakdown: str | None = text("分组方式", default=None)
    group: str | None = text("组别", default=None)
    source: str | None = text("来源", default=None)

    def __attrs_post_init__(self) -> None:
        Record.__attrs_post_init__(self)
        if (self.at is None) == (self.period is None):
            raise InvalidRecord(
                "reported_figure",
                "at",
                self.at,
                "日期与时期应填且只填一个",
                code="at-or-period",
                remedy="时点数填日期，期间数填时期",
            )
        if self.period is not None:
            try:
                Period.parse(self.period)
            except BadData as error:
                raise InvalidRecord(
                    "reported_figure",
                    "period",
                    self.period,
                    error.message,
                    code="bad-period",
                    remedy=error.remedy,
                ) from error
        if (self.breakdown is None) != (self.group is None):
            raise InvalidRecord("reported_figure", "group", self.group, "分组方式与组别应同时填写", code="half-a-group")


@record("coverage", label="记录覆盖", key=("type", "division", "since"), division="division")
class Coverage(Record):
    """A declaration that the records of a type are complete for a division over a span.

    There the records count, and none means 0; elsewhere the filed figure does.
    """

    type: str = text("记录类型", note="类型代码或名称；* 表示全部类型", names=Naming.TYPE)
    division: str = ref("区划", to="division")
    since: date | None = day("起始日期", default=None)
    until: date | None = day("终止日期", default=None)


@record("filed_report", label="已报报告", key=("division", "report", "period", "filed"), division="division", log=True)
class FiledReport(Record):
    """A report as it was filed, with every measurement as it stood, to compare a later restatement with."""

    division: str = ref("区划", to="division")
    report: str = text("报告")
    period: str = text("时期")
    filed: datetime = moment("上报时间")
    actor: str = text("上报人")
    measurements: str = text("指标数值", note="shequ.metrics/1")
