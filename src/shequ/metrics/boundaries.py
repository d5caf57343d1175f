"""Figures of then by the boundaries of now, or the other way round.

The figures are those of the places that there were when they were counted. What became of each place says to which of
another day's places its figure goes. A place that was divided cannot be divided in its figure: those who got a part of
it have no total, and a note says why. Nothing is estimated, and nothing is lost: what belongs to none of the places is
named beside the figure of the whole.
"""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction

from shequ.codes import DivisionLevel, division_level
from shequ.errors import Misuse
from shequ.metrics.asking import Asked
from shequ.metrics.definition import Metric, RollUp
from shequ.metrics.divisions import Place
from shequ.metrics.engine import Engine
from shequ.metrics.measurement import Measurement

__all__ = ["LEVELS", "by_boundaries"]

LEVELS = ("community", "sub_district", *map(str, DivisionLevel))
"""What figures can be asked for by: the kinds of places that have records of their own, and the levels of codes."""

_NOUGHT = Fraction(0)


def by_boundaries(engine: Engine, code: str, asked: Asked, *, of: date, level: str = "community") -> list[Measurement]:
    """One metric by the places of another day.

    Args:
        engine: Measures.
        code: Code of the metric.
        asked: The day or period that the figures are about.
        of: The day whose boundaries are wanted, later or earlier.
        level: One of :data:`LEVELS`.

    Returns:
        A measurement for each place of that level that there was on the day ``of``, by code. Its operands are the
        figures that went into it. It has no value where a part of a divided place belongs to it, where nothing was
        counted for it, or where figures that cannot be added came together; its notes say which. If figures of then
        belong to no single place of that day, one more measurement comes last: the whole as it was then, whose notes
        name those figures, which stand in none of the rows, and why.

    Raises:
        Misuse: If there is no such level.
    """
    if level not in LEVELS:
        raise Misuse(f"没有级别 {level!r}", remedy=f"可用：{'、'.join(LEVELS)}")
    day = engine.when(asked).day
    metric = engine.catalogue[code]
    then, wanted = _there(engine, level, day), _there(engine, level, of)
    targets = {place.code for place in wanted}
    gained: dict[str, list[Measurement]] = {}
    divided: dict[str, list[str]] = {}
    left: list[str] = []
    measured = engine.measure_all((code,), then, asked)
    for place, one in zip(then, measured, strict=True):
        found = engine.tree.successions.counterparts(place.code, of, since=day)
        if len(found.codes) == 1 and found.codes[0] in targets:
            gained.setdefault(found.codes[0], []).append(one)
            continue
        if found.divided:
            for target in found.codes:
                divided.setdefault(target, []).append(place.name)
        if one.value:
            left.append(f"{_figures([one])}（{_why(engine, found.codes, of)}）")
    rows = [
        _joined(engine, metric, place, asked, gained.get(place.code, []), divided.get(place.code, []), back=of < day)
        for place in wanted
    ]
    if left:
        whole = engine.measure(code, engine.tree.root, asked)
        facts = {"numerator": whole.numerator, "denominator": whole.denominator, "per": whole.per}
        note = f"以下未计入上列各行：{'、'.join(left)}"
        rows.append(engine.combined(metric, whole.place, asked, whole.value, (whole,), *whole.notes, note, **facts))
    return rows


def _why(engine: Engine, codes: tuple[str, ...], of: date) -> str:
    """Why a figure of then belongs to no single place of another day."""
    if not codes:
        return f"{of} 没有与之对应的区划"
    names = "、".join(place.name if (place := engine.tree.find(code, of)) is not None else code for code in codes)
    return f"{of} 分属{names}" if len(codes) > 1 else f"{of} 对应的{names}不在该级区划之列"


def _figures(parts: Iterable[Measurement]) -> str:
    return "、".join(f"{part.place.name} {part.shown}" for part in parts)


def _joined(
    engine: Engine,
    metric: Metric,
    place: Place,
    asked: Asked,
    gained: list[Measurement],
    divided: list[str],
    *,
    back: bool,
) -> Measurement:
    """What the places of then that are this one now have together."""
    parts = tuple(gained)
    names = "、".join(part.place.name for part in parts)
    known = [part for part in parts if part.value is not None]
    if divided:
        others = "、".join(divided)
        note = f"后来全部或部分并入 {others}" if back else f"其中一部分原属 {others}，该处已拆分"
        note += "，数据无法分割"
        return engine.combined(metric, place, asked, None, parts, *_noted(note, known))
    if not parts:
        return engine.combined(metric, place, asked, None, (), "当时没有与之对应的区划")
    if len(known) < len(parts):
        lacking = "、".join(part.place.name for part in parts if part.value is None)
        return engine.combined(metric, place, asked, None, parts, *_noted(f"{lacking}没有数据", known))
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
        return engine.combined(metric, place, asked, None, parts, *_noted(f"{names}的数据不能相加", known))
    if metric.roll_up is RollUp.DISTINCT:
        notes = (f"{note}，跨社区者可能重复",)
    return engine.combined(metric, place, asked, sum((part.value or _NOUGHT for part in parts), _NOUGHT), parts, *notes)


def _noted(note: str, known: list[Measurement]) -> tuple[str, ...]:
    """A note on why there is no value, and the figures that there are."""
    return (note, f"其中已知：{_figures(known)}") if known else (note,)


def _there(engine: Engine, level: str, day: date) -> list[Place]:
    """The places of a level that there were on a day, by code."""
    tree = engine.tree
    there = (place for place in tree if place.kind != "stub" and day in place.span and tree.is_version_of(place, day))
    return sorted((p for p in there if level in (p.kind, division_level(p.code))), key=lambda place: place.code)
