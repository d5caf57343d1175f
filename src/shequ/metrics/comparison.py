"""A figure beside that of another time: the same stretch a year earlier (同比), or the one right before (环比)."""

import calendar
from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Any

import attrs

from shequ.calendars import Period
from shequ.effective import shift
from shequ.metrics.asking import Asked
from shequ.metrics.measurement import Measurement, Provenance, exact_json, in_words, rounded

__all__ = ["Comparison", "Earlier", "compared", "earlier"]


class Earlier(StrEnum):
    """What a figure is compared with."""

    YEAR = "yoy"
    PREVIOUS = "pop"

    @property
    def label(self) -> str:
        """In Chinese."""
        return {"yoy": "同比", "pop": "环比"}[self]


@attrs.frozen(eq=False)
class Comparison:
    """A figure, that of an earlier time, and what lies between.

    Args:
        to: What it is compared with.
        now: The figure.
        before: The earlier one.
        difference: Now less before; ``None`` where either has no data, or they stand on different bases.
        change: The difference by the earlier figure; ``None`` besides where that is not above 0.
        note: Why there is no difference or no change, in Chinese; else ``""``.
    """

    to: Earlier
    now: Measurement
    before: Measurement
    difference: Fraction | None
    change: Fraction | None
    note: str = ""

    @property
    def printed_difference(self) -> str:
        """The difference with its sign, of a percentage in percentage points; ``""`` where there is none."""
        if self.difference is None:
            return ""
        metric = self.now.metric
        sign = "+" if self.difference > 0 else ""
        if metric.percent:
            return f"{sign}{rounded(self.difference * 100, metric.decimals)}个百分点"
        return f"{sign}{in_words(self.difference, metric)}"

    @property
    def printed_change(self) -> str:
        """The change as a percentage with its sign; ``""`` where there is none."""
        if self.change is None:
            return ""
        return f"{'+' if self.change > 0 else ''}{rounded(self.change * 100, 2)}%"

    def as_json(self) -> dict[str, Any]:
        """The measurement as one object of the ``shequ.metrics/1`` document, with what it is compared with."""
        before = self.before
        asked = {"period": str(before.period)} if before.period is not None else {"at": before.when.day.isoformat()}
        return {
            **self.now.as_json(),
            "comparison": {
                "to": str(self.to),
                **asked,
                "value": exact_json(before.value),
                "numerator": exact_json(before.numerator),
                "denominator": exact_json(before.denominator),
                "provenance": str(before.provenance),
                "difference": exact_json(self.difference),
                "change": exact_json(self.change),
                "note": self.note,
            },
        }

    def flat(self) -> Iterator["Comparison"]:
        """The whole, and then the groups of either time; one that the other time does not list is 0 in it."""
        yield self
        ones = {part.group: part for part in self.now.parts}
        others = {part.group: part for part in self.before.parts}
        for group in dict.fromkeys((*ones, *others)):
            now = ones.get(group) or _nobody(self.now, others[group])
            before = others.get(group) or _nobody(self.before, ones[group])
            yield compared(self.to, now, before)


def _nobody(whole: Measurement, like: Measurement) -> Measurement:
    """The group of a whole in which nobody is, if the whole was counted; else it has no data."""
    value = None if whole.computed is None else Fraction(0)
    facts: dict[str, Any] = {"value": value, "computed": value, "filed": None, "numerator": None, "denominator": None}
    return attrs.evolve(whole, **facts, row_count=0, group=like.group, parts=(), operands=(), notes=())


def earlier(asked: Asked, to: Earlier, today: date) -> Asked:
    """The time that one is compared with.

    Of a period still running only as much of the earlier one counts as has run of this one. The day before the last
    of a month, by 环比, is the last of the month before.
    """
    if not isinstance(asked, Period):
        return shift(asked, years=-1) if to is Earlier.YEAR else _month_before(asked)
    right_before = Period(shift(asked.start, months=-asked.length), asked.start)
    then = asked.previous() if to is Earlier.YEAR else right_before
    if asked.start <= today < asked.last_day:
        months = (asked.start.year - then.start.year) * 12 + asked.start.month - then.start.month
        return then.until(shift(today, months=-months))
    return then


def _month_before(day: date) -> date:
    last = calendar.monthrange(day.year, day.month)[1]
    return day.replace(day=1) - timedelta(days=1) if day.day == last else shift(day, months=-1)


def compared(to: Earlier, now: Measurement, before: Measurement) -> Comparison:
    """Hold two measurements of one metric and division against each other."""
    if now.value is None or before.value is None:
        which = "本期" if now.value is None else "对比期"
        return Comparison(to, now, before, None, None, f"{which}没有数据")
    if _bases(now) != _bases(before):
        return Comparison(to, now, before, None, None, "两期口径不同，不作比较")
    difference = now.value - before.value
    notes = []
    if now.provenance is not before.provenance and Provenance.FILED in (now.provenance, before.provenance):
        notes.append(f"本期{now.provenance.label}，对比期{before.provenance.label}")
    if before.value <= 0:
        notes += ["对比期不大于 0，不计增减幅度"] if difference else []
        return Comparison(to, now, before, difference, None, "；".join(notes))
    return Comparison(to, now, before, difference, difference / before.value, "；".join(notes))


def _bases(found: Measurement) -> set[str]:
    """The metrics that a ratio stands on: it may have had to use another one."""
    return {operand.metric.code for operand in found.operands if operand.metric.code != found.metric.code}
