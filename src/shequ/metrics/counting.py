"""What complete records say of a metric, and what stands in where they are not complete."""

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

import attrs

from shequ.errors import CalendarNotPublished, MissingExtra
from shequ.metrics.asking import Asked
from shequ.metrics.definition import Measured, Metric, RollUp, Timing
from shequ.metrics.describe import field_at
from shequ.metrics.divisions import Place
from shequ.metrics.figures import Filed
from shequ.metrics.filing import from_filed
from shequ.metrics.measurement import Measurement, Provenance
from shequ.query import AgeBand, Answer, Count, Group, Measure, Sum

__all__ = ["counted", "without_records"]

if TYPE_CHECKING:
    from shequ.metrics.engine import Engine


def counted(engine: "Engine", metric: Metric, place: Place, asked: Asked, filed: Filed) -> Measurement:
    """The answer of the records where they are complete; else what was filed, or no data."""
    when = engine.when(asked)
    formula = metric.formula
    if not isinstance(formula, Measured):
        return without_records(engine, metric, place, asked, filed)
    if metric.timing is Timing.IN and when.period is None:
        return without_records(engine, metric, place, asked, filed, "期间指标，应按时期而非日期查询")
    measure, used, missing = engine.bound(formula.measure, place, when.day)
    if missing:
        return without_records(engine, metric, place, asked, filed, f"参数“{missing}”在 {when.day} 无值")
    heir = engine.tree.heir(place, when.day) if place != engine.tree.root else None
    if heir is not None:
        ended = engine.tree.version(place, when.day).span.until
        return without_records(engine, metric, place, asked, filed, f"已于 {ended} 停用，其记录计入{heir.name}")
    within = engine.tree.within(place, when.day)
    try:
        answer = engine.evaluator.answer(measure, within, when)
    except (CalendarNotPublished, MissingExtra) as error:
        return without_records(engine, metric, place, asked, filed, error.message)
    if not engine.complete(metric.reads, place, asked):
        note = (f"另有 {answer.rows} 条记录，但未声明完整（记录覆盖），不据以计数",) if answer.rows else ()
        begins = engine.begins(metric.reads, place)
        first = when.period.start if when.period is not None else when.day
        if begins is not None and first < begins:
            note = (*note, f"所需记录自 {begins} 起才声明完整")
        return without_records(engine, metric, place, asked, filed, *note, records=answer.rows)
    value = None if answer.value is None else answer.value * formula.factor
    notes = () if value is not None else ("记录完整，但期内没有可取中位数的记录",)
    return engine.blank(
        metric,
        place,
        asked,
        *notes,
        value=value,
        computed=value,
        filed=filed.total,
        provenance=Provenance.RECORDS if filed.total is None else Provenance.BOTH,
        row_count=answer.rows,
        parts=tuple(_groups(engine, metric, measure, formula.factor, answer, place, asked)),
        parameters=used,
        rows=lambda: engine.evaluator.rows(measure, within, when),
    )


def _groups(
    engine: "Engine", metric: Metric, measure: Measure, factor: Fraction, answer: Answer, place: Place, asked: Asked
) -> Iterator[Measurement]:
    if not isinstance(measure, Count | Sum):
        return
    name = measure.type if isinstance(measure, Sum) else next(measure.of.leaves()).type
    labelled = []
    for group, found in answer.groups.items():
        labels = [_label(engine, name, by, key) for by, key in zip(measure.by, group, strict=True)]
        ranks = [_rank(by, key, label) for by, key, label in zip(measure.by, group, labels, strict=True)]
        labelled.append((ranks, " ".join(labels), found))
    for _, label, (value, rows) in sorted(labelled):
        yield engine.blank(
            metric,
            place,
            asked,
            value=value * factor,
            computed=value * factor,
            provenance=Provenance.RECORDS,
            row_count=rows,
            group=label,
        )


def _rank(by: Group, key: str | None, label: str) -> str:
    """What groups are ordered by: what is not filled in first, ages by years, places by name, codes as they are."""
    if key is None:
        return ""
    if isinstance(by, AgeBand):
        return key.partition("-")[0].removesuffix("+").zfill(3)
    return label if by.name == "zone" else key


def _label(engine: "Engine", type_name: str, by: Group, key: str | None) -> str:
    if key is None:
        return "未填"
    spec = field_at(engine.schema, engine.schema[type_name], by.path)
    if key in spec.choices:
        return spec.choices[key]
    if spec.to is not None and (named := engine.evaluator.table(spec.to).get(key)) is not None:
        home, called = engine.tree.find(engine.evaluator.place(named) or ""), getattr(named, "name", named.id)
        return f"{home.name} {called}" if home is not None else str(called)
    if isinstance(by, AgeBand):
        return f"{key.removesuffix('+')}岁及以上" if key.endswith("+") else f"{key}岁"
    return key


def without_records(
    engine: "Engine", metric: Metric, place: Place, asked: Asked, filed: Filed, *notes: str, records: int = 0
) -> Measurement:
    """The filed figure, or the sum of what the communities have, or no data."""
    if filed.total is not None:
        found = from_filed(engine, metric, place, asked, filed, *notes)
        return attrs.evolve(found, provenance=Provenance.BOTH) if records else found
    if metric.roll_up in (RollUp.SUM, RollUp.DISTINCT) and not metric.percent:
        below = engine.below(metric, place, asked)
        having = [one for one in below if one.value is not None]
        if below and len(having) == len(below):
            doubt = "，跨社区者可能重复" if metric.roll_up is RollUp.DISTINCT else ""
            return engine.combined(
                metric,
                place,
                asked,
                sum((one.value for one in having if one.value is not None), Fraction(0)),
                tuple(having),
                f"由 {len(below)} 个社区合计{doubt}",
            )
        if having:
            notes = (*notes, f"{len(below)} 个社区中只有 {len(having)} 个有数据，不作合计")
    return engine.blank(metric, place, asked, *notes)
