"""A figure by zone, by sex, by age or by kind, whatever the metric is grouped by of its own."""

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import attrs

from shequ.calendars import Period
from shequ.errors import Misuse
from shequ.metrics.asking import Asked
from shequ.metrics.counting import counted
from shequ.metrics.definition import Catalogue, Measured, Metric, Ratio, Total
from shequ.metrics.divisions import Place
from shequ.metrics.filing import filed_of
from shequ.metrics.measurement import Measurement
from shequ.model import RecordType, Schema
from shequ.query import (
    AgeBand,
    AllOf,
    By,
    Compare,
    Condition,
    Count,
    Field,
    Group,
    Keys,
    KeySet,
    Measure,
    SetOperation,
    Sum,
)

__all__ = ["AGE_BANDS", "BREAKDOWNS", "breakdowns_of", "by_group"]

if TYPE_CHECKING:
    from shequ.metrics.engine import Engine

AGE_BANDS = (3, 7, 18, 35, 45, 60, 80)
"""Bounds of the age groups that returns use."""
BREAKDOWNS = {"zone": "片区", "sex": "性别", "age": "年龄", "kind": "类别"}
"""By what any metric can be broken down whose records say it, with its Chinese name."""
_FIELDS = {"sex": ("sex",), "age": ("birth_date",), "kind": ("kind", "category")}
_PERSON, _ZONE = "resident", "zone"
_ABOUT = ("resident", "member.resident")
"""How a record names the person whom it is about."""
_FARTHEST = 3


def breakdowns_of(schema: Schema, catalogue: Catalogue, metric: Metric) -> tuple[str, ...]:
    """By which of :data:`BREAKDOWNS` a metric can be broken down."""
    return tuple(by for by in BREAKDOWNS if _can(schema, catalogue, metric, by))


def _can(schema: Schema, catalogue: Catalogue, metric: Metric, by: str) -> bool:
    match metric.formula:
        case Measured():
            return _grouped(schema, metric, by) is not None
        case Ratio(over, below):
            return all(any(_can(schema, catalogue, catalogue[code], by) for code in codes) for codes in (over, below))
        case Total():
            return all(_can(schema, catalogue, catalogue[code], by) for code in metric.components)
    return False


def by_group(engine: "Engine", code: str, place: Place, asked: Asked, by: str) -> Measurement:
    """A metric with the figures of its groups as :attr:`~shequ.metrics.Measurement.parts`.

    A ratio is broken down on both sides, a total in each of its terms. Where the records are not declared complete, the
    parts are those that were filed under this breakdown, if any were.

    Args:
        engine: What measures.
        code: Code of the metric.
        place: The division.
        asked: The day or period.
        by: One of :data:`BREAKDOWNS`.

    Raises:
        Misuse: If there is no such breakdown, or the records of the metric do not say it.
    """
    metric = engine.catalogue[code]
    if by not in BREAKDOWNS:
        raise Misuse(f"不能按 {by!r} 分列", remedy=f"可用：community、{'、'.join(BREAKDOWNS)}")
    if not _can(engine.schema, engine.catalogue, metric, by):
        others = [BREAKDOWNS[other] for other in breakdowns_of(engine.schema, engine.catalogue, metric)]
        raise Misuse(
            f"“{metric.name}”（{code}）不能按{BREAKDOWNS[by]}分列：所计的记录没有{BREAKDOWNS[by]}",
            remedy=f"可按{'、'.join([*others, '社区'])}分列",
        )
    if isinstance(asked, Period) and asked.start > engine.today:
        return engine.measure(code, place, asked)
    match metric.formula:
        case Ratio():
            return _of_ratio(engine, metric, place, asked, by)
        case Total(plus, minus):
            whole = engine.measure(code, place, asked)
            terms = [
                (sign, by_group(engine, one, place, asked, by))
                for sign, ones in ((1, plus), (-1, minus))
                for one in ones
            ]
            return attrs.evolve(whole, parts=tuple(_added(whole, terms)))
    grouped = _grouped(engine.schema, metric, by)
    assert grouped is not None  # as it can be broken down
    return counted(engine, grouped, place, asked, filed_of(engine, grouped, place, asked))


def _of_ratio(engine: "Engine", metric: Metric, place: Place, asked: Asked, by: str) -> Measurement:
    whole = engine.measure(metric.code, place, asked)
    if not whole.operands:  # as it was filed, without its sides
        return whole
    above, below = (by_group(engine, one.metric.code, place, asked, by) for one in whole.operands)
    upper, lower = ({part.group: part for part in side.parts} for side in (above, below))
    parts = []
    for group in dict.fromkeys((*lower, *upper)):
        over, under = (
            side[group].value if group in side else _nobody(of) for side, of in ((upper, above), (lower, below))
        )
        rows = sum(side[group].row_count for side in (upper, lower) if group in side)
        value = over * (whole.per or 1) / under if over is not None and under else None
        notes = ("分母为 0",) if under == 0 else ()
        facts: dict[str, Any] = {"numerator": over, "denominator": under, "row_count": rows, "notes": notes}
        parts.append(_part(whole, group, value, **facts))
    return attrs.evolve(whole, parts=tuple(parts))


def _nobody(side: Measurement) -> Fraction | None:
    """What a group counts that a side does not have: 0 where the side was counted, else nobody knows."""
    return None if side.computed is None else Fraction(0)


def _added(whole: Measurement, terms: list[tuple[int, Measurement]]) -> Iterator[Measurement]:
    if any(term.computed is None and not term.parts for _, term in terms):
        return
    for group in dict.fromkeys(part.group for _, term in terms for part in term.parts):
        found = [(sign, part) for sign, term in terms for part in term.parts if part.group == group]
        value = sum((sign * part.value for sign, part in found if part.value is not None), Fraction(0))
        rows = sum(part.row_count for _, part in found)
        yield _part(whole, group, value, row_count=rows, notes=())


def _part(whole: Measurement, group: str | None, value: Fraction | None, **facts: Any) -> Measurement:
    return attrs.evolve(whole, value=value, computed=value, filed=None, group=group, parts=(), operands=(), **facts)


def _grouped(schema: Schema, metric: Metric, by: str) -> Metric | None:
    """The same metric, grouped so; ``None`` where its records do not say it."""
    if not isinstance(metric.formula, Measured):
        return None
    measure = metric.formula.measure
    asked: Measure
    if isinstance(measure, Sum):
        group = _group_of(schema, Keys(measure.type, "id", measure.where), by)
        asked = measure if group is None else attrs.evolve(measure, by=(group,))
    elif isinstance(measure, Count):
        of = measure.of
        group = _group_of(schema, of, by)
        if group is None and isinstance(of, SetOperation) and of.op == "&":
            of = SetOperation("&", of.right, of.left)  # either side of an intersection can say the group
            group = _group_of(schema, of, by)
        asked = measure if group is None else Count(of, (group,))
    else:
        return None
    if group is None:
        return None
    return attrs.evolve(metric, formula=attrs.evolve(metric.formula, measure=asked), by=(group,), parts_of=None)


def _group_of(schema: Schema, of: KeySet, by: str) -> Group | None:
    """The group that every set that must say it can say, in the same words."""
    if isinstance(of, Keys):
        group = _group(schema, schema[of.type], of.key, by)
        return None if group is None or (of.where is not None and _settles(of.where, group.path)) else group
    assert isinstance(of, SetOperation)
    left = _group_of(schema, of.left, by)
    return left if of.op != "|" or left == _group_of(schema, of.right, by) else None


def _settles(where: Condition, path: str) -> bool:
    """Whether a condition leaves but one group."""
    match where:
        case Compare(Field(found), "="):
            return found == path
        case AllOf(conditions):
            return any(_settles(condition, path) for condition in conditions)
    return False


def _group(schema: Schema, declared: RecordType, key: str, by: str) -> Group | None:
    """How records of a type say the group: of what their key leads to, else of their own.

    Sex and age are those of the person counted, or of the one whom a counted record is about: not of who handled it.
    """
    there, prefix = _counted(schema, declared, key)
    if by == _ZONE:
        path = _way(schema, there, _ZONE, prefix) or _way(schema, declared, _ZONE, "")
        return None if path is None else By(by, path)
    starts = [(there, prefix)]
    if by == "kind":
        starts.append((declared, ""))
    elif not prefix:
        starts += [(schema[_PERSON], f"{path}.") for path in _ABOUT if _leads_to_person(schema, declared, path)]
    for start, before in starts:
        for name in _FIELDS[by]:
            if name in start.fields:
                return AgeBand(by, before + name, AGE_BANDS) if by == "age" else By(by, before + name)
    return None


def _counted(schema: Schema, declared: RecordType, key: str) -> tuple[RecordType, str]:
    """The type of what a key leads to, and the way there; the records themselves where it leads to none."""
    *way, last = key.split(".")
    to = _led(schema, declared, way).fields[last].to
    return (schema[to], f"{key}.") if to is not None and to in schema else (declared, "")


def _leads_to_person(schema: Schema, declared: RecordType, path: str) -> bool:
    head, _, rest = path.partition(".")
    to = declared.fields[head].to if head in declared.fields else None
    return to == _PERSON if not rest else to is not None and _leads_to_person(schema, schema[to], rest)


def _led(schema: Schema, declared: RecordType, way: list[str]) -> RecordType:
    for step in way:
        declared = schema[declared.fields[step].to or ""]
    return declared


def _way(schema: Schema, start: RecordType, to: str, prefix: str) -> str | None:
    """The shortest path of references from a type to another one; of several alike the first declared."""
    if start.name == to:
        return f"{prefix}id"
    reached = [(start, prefix)]
    for _ in range(_FARTHEST):
        further = []
        for declared, before in reached:
            for spec in declared.references:
                if spec.to == to:
                    return before + spec.name
                if spec.to is not None and spec.to in schema and spec.to != declared.name:
                    further.append((schema[spec.to], f"{before}{spec.name}."))
        reached = further
    return None
