"""Figures about the data itself: filed figures that do not stand, and how many records are kept."""

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from shequ.metrics.asking import Asked
from shequ.metrics.definition import Metric, Quality
from shequ.metrics.divisions import Place
from shequ.metrics.holdings import Holdings
from shequ.metrics.measurement import Measurement, Provenance
from shequ.metrics.restated import restated
from shequ.model import RecordType

__all__ = ["books", "quality"]

if TYPE_CHECKING:
    from shequ.metrics.engine import Engine


def quality(engine: "Engine", formula: Quality, metric: Metric, place: Place, asked: Asked) -> Measurement:
    """How many filed figures disagree with records, or have none behind them, or moved since a report was filed."""
    if formula.what == "restated":
        return restated(engine, metric, place, asked)
    hits = []
    for figure, found in engine.filed_measurements(place, asked):
        disagrees = found.computed is not None and found.filed != found.computed
        unsupported = found.provenance is Provenance.FILED
        if disagrees if formula.what == "disagreeing" else unsupported:
            hits.append(figure.id)
    distinct = sorted(set(hits))
    return engine.blank(
        metric,
        place,
        asked,
        value=Fraction(len(distinct)),
        provenance=Provenance.RECORDS,
        row_count=len(distinct),
        rows=lambda: iter([("reported_figure", id_) for id_ in distinct]),
    )


def books(engine: "Engine", metric: Metric, place: Place, asked: Asked) -> Measurement:
    """How many records of each type are kept; who looked at them, and what was filed, is no book of the work."""
    kept = Holdings(engine.evaluator, engine.tree, place)
    types = [declared for declared in engine.schema if not declared.log]
    numbers = {declared: number for declared in types if (number := kept.number(declared))}

    def counted(*types: RecordType, **facts: Any) -> Measurement:
        number = sum(numbers[declared] for declared in types)
        found = {"value": Fraction(number), "provenance": Provenance.RECORDS, "row_count": number}
        return engine.blank(metric, place, asked, **found, rows=lambda: kept.rows(types), **facts)

    return counted(*numbers, parts=tuple(counted(declared, group=declared.label) for declared in numbers))
