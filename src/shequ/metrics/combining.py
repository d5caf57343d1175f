"""Formulas over other metrics, each of which is resolved alone."""

from fractions import Fraction
from typing import TYPE_CHECKING

from shequ.metrics.asking import Asked
from shequ.metrics.definition import Metric, Ratio, Shortfall, Total
from shequ.metrics.divisions import Place
from shequ.metrics.measurement import Measurement

__all__ = ["ratio", "shortfall", "total"]

if TYPE_CHECKING:
    from shequ.metrics.engine import Engine


def ratio(engine: "Engine", formula: Ratio, metric: Metric, place: Place, asked: Asked) -> Measurement:
    """One metric by another; no data, with a note, where a side has none or the lower one is 0."""
    over, why_over = _first_with_data(engine, formula.over, place, asked)
    if formula.operating and (mine := _operating_part(engine, over, place, asked)) is not None:
        over, why_over = mine, (*why_over, "分子只计履行职能的社区")
    by, why_by = _first_with_data(engine, formula.by, place, asked)
    notes = (*why_over, *why_by)
    facts = {"numerator": over.value, "denominator": by.value, "per": formula.per}
    if over.value is None or by.value is None:
        return engine.combined(metric, place, asked, None, (over, by), *notes, **facts)
    if by.value == 0:
        return engine.combined(metric, place, asked, None, (over, by), *notes, "分母为 0", **facts)
    value = over.value * formula.per / by.value
    return engine.combined(metric, place, asked, value, (over, by), *notes, **facts)


def total(engine: "Engine", formula: Total, metric: Metric, place: Place, asked: Asked) -> Measurement:
    """The sum of some metrics less others; no data where one of them has none."""
    plus = tuple(engine.measure(code, place, asked) for code in formula.plus)
    minus = tuple(engine.measure(code, place, asked) for code in formula.minus)
    value: Fraction | None = Fraction(0)
    for sign, operands in ((1, plus), (-1, minus)):
        for operand in operands:
            value = None if value is None or operand.value is None else value + sign * operand.value
    return engine.combined(metric, place, asked, value, (*plus, *minus))


def shortfall(engine: "Engine", formula: Shortfall, metric: Metric, place: Place, asked: Asked) -> Measurement:
    """How far one metric falls short of another by a standard: community by community where there are any."""
    load = engine.measure(formula.load, place, asked)
    actual = engine.measure(formula.actual, place, asked)
    day = engine.when(asked).day
    use = engine.parameters.use(formula.parameter, engine.tree.above(place, day), day)
    if use is None or use.value <= 0:
        note = f"参数“{formula.parameter}”在 {engine.when(asked).day} 无可用的值"
        return engine.combined(metric, place, asked, None, (load, actual), note)
    below = engine.below(metric, place, asked)
    if below and all(one.value is not None for one in below):
        # What one community has too many of does not help another.
        missing = sum((one.value for one in below if one.value is not None), Fraction(0))
        return engine.combined(metric, place, asked, missing, below, "各社区缺口之和", parameters=(use,))
    value = None
    if load.value is not None and actual.value is not None:
        beyond = max(Fraction(0), load.value - use.value * actual.value)
        value = beyond if formula.in_load else Fraction(-(-beyond // use.value))
    return engine.combined(metric, place, asked, value, (load, actual), parameters=(use,))


def _first_with_data(
    engine: "Engine", codes: tuple[str, ...], place: Place, asked: Asked
) -> tuple[Measurement, tuple[str, ...]]:
    first = engine.measure(codes[0], place, asked)
    if first.value is not None:
        return first, ()
    for code in codes[1:]:
        found = engine.measure(code, place, asked)
        if found.value is not None:
            return found, (f"无“{first.metric.name}”数据，以“{found.metric.name}”代",)
    return first, ()


def _operating_part(engine: "Engine", whole: Measurement, place: Place, asked: Asked) -> Measurement | None:
    """A figure without what belongs to communities that do not operate; ``None`` if that is nothing."""
    if whole.computed is None:
        return None
    day = engine.when(asked).day
    idle = [
        engine.measure(whole.metric.code, found, asked)
        for found in engine.tree
        if found.kind == "community"
        and day in found.span
        and not found.operates(day)
        and found.id in engine.tree.within(place, day)
        and found.id != place.id
    ]
    apart = sum((one.value for one in idle if one.value is not None), Fraction(0))
    if not apart or whole.value is None:
        return None
    return engine.combined(whole.metric, place, asked, whole.value - apart, (whole, *idle))
