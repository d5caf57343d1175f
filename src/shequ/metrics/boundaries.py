"""Figures of then by the boundaries of now, or the other way round.

The figures are those of the places that there were when they were counted. What became of each place says to which of
another day's places its figure goes. A place that was divided cannot be divided in its figure: those who got a part of
it have no total, and a note says why. Nothing is estimated.
"""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction

from shequ.codes import division_level
from shequ.lifecycle.successions import Counterparts, predecessor, successor
from shequ.metrics.definition import Metric, RollUp
from shequ.metrics.divisions import Place
from shequ.metrics.engine import Asked, Engine
from shequ.metrics.measurement import Measurement
from shequ.model import BoundaryChange

__all__ = ["by_boundaries"]

_NOUGHT = Fraction(0)


def by_boundaries(engine: Engine, code: str, asked: Asked, *, of: date, level: str = "community") -> list[Measurement]:
    """One metric by the places of another day.

    Args:
        engine: Measures.
        code: Code of the metric.
        asked: The day or period that the figures are about.
        of: The day whose boundaries are wanted, later or earlier.
        level: ``community``, or a level of divisions (``town``, ``county``, …).

    Returns:
        A measurement for each place of that level that there was on the day ``of``, by code. Its operands are the
        figures that went into it. It has no value where a part of a divided place belongs to it, where nothing was
        counted for it, or where figures that cannot be added came together; its notes say which.
    """
    day = engine.when(asked).day
    changes = [row for row in engine.evaluator.table("boundary_change").values() if isinstance(row, BoundaryChange)]
    gained: dict[str, list[Measurement]] = {}
    divided: dict[str, list[str]] = {}
    for place in _there(engine, level, day):
        found = _counterparts(place.code, changes, day, of)
        if found.divided:
            for target in found.codes:
                divided.setdefault(target, []).append(place.name)
        elif found.codes:
            gained.setdefault(found.codes[0], []).append(engine.measure(code, place, asked))
    metric = engine.catalogue[code]
    return [
        _joined(engine, metric, place, asked, gained.get(place.code, []), divided.get(place.code, []))
        for place in _there(engine, level, of)
    ]


def _joined(
    engine: Engine, metric: Metric, place: Place, asked: Asked, gained: list[Measurement], divided: list[str]
) -> Measurement:
    """What the places of then that are this one now have together."""
    parts = tuple(gained)
    names = "、".join(part.place.name for part in parts)
    if divided:
        note = f"其中一部分原属 {'、'.join(divided)}，该处已拆分，数据无法分割"
        return engine.combined(metric, place, asked, None, parts, note)
    if not parts:
        return engine.combined(metric, place, asked, None, (), "当时没有与之对应的区划")
    if any(part.value is None for part in parts):
        lacking = "、".join(part.place.name for part in parts if part.value is None)
        return engine.combined(metric, place, asked, None, parts, f"{lacking}没有数据")
    note = f"由{names}的数据归并" if len(parts) > 1 or parts[0].place.name != place.name else ""
    notes = (note,) if note else ()
    if len(parts) == 1:
        (only,) = parts
        facts = {"numerator": only.numerator, "denominator": only.denominator, "per": only.per}
        return engine.combined(metric, place, asked, only.value, parts, *notes, **facts)
    if all(part.numerator is not None and part.denominator for part in parts):
        over = sum((part.numerator or _NOUGHT for part in parts), _NOUGHT)
        by = sum((part.denominator or _NOUGHT for part in parts), _NOUGHT)
        facts = {"numerator": over, "denominator": by, "per": parts[0].per}
        return engine.combined(metric, place, asked, over * (parts[0].per or 1) / by, parts, *notes, **facts)
    if metric.roll_up not in (RollUp.SUM, RollUp.DISTINCT):
        return engine.combined(metric, place, asked, None, parts, f"{names}的数据不能相加")
    if metric.roll_up is RollUp.DISTINCT:
        notes = (f"{note}，跨社区者可能重复",)
    return engine.combined(metric, place, asked, sum((part.value or _NOUGHT for part in parts), _NOUGHT), parts, *notes)


def _there(engine: Engine, level: str, day: date) -> list[Place]:
    """The places of a level that there were on a day, by code."""
    there = (place for place in engine.tree if day in place.span and place.kind != "stub")
    return sorted((p for p in there if level in (p.kind, division_level(p.code))), key=lambda place: place.code)


def _counterparts(code: str, changes: Iterable[BoundaryChange], day: date, of: date) -> Counterparts:
    return (predecessor if of < day else successor)(code, changes, of, since=day)
