"""Figures about the data itself: filed figures that do not stand, and how many records are kept."""

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from shequ.metrics.asking import Asked
from shequ.metrics.definition import Metric, Quality
from shequ.metrics.divisions import Place
from shequ.metrics.measurement import Measurement, Provenance
from shequ.metrics.restated import restated
from shequ.model import Record, RecordType

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
    """How many records of each type are kept."""
    within = {"", *engine.tree.within(place)} if place == engine.tree.root else set(engine.tree.within(place))
    kept = {
        declared: [id_ for id_, row in engine.evaluator.table(declared.name).items() if _lies(engine, row, within)]
        for declared in engine.schema
    }

    def rows(*types: RecordType) -> Iterator[tuple[str, str]]:
        return ((declared.name, id_) for declared in types for id_ in sorted(kept[declared]))

    def counted(*types: RecordType, **facts: Any) -> Measurement:
        number = sum(len(kept[declared]) for declared in types)
        found = {"value": Fraction(number), "provenance": Provenance.RECORDS, "row_count": number}
        return engine.blank(metric, place, asked, **found, rows=lambda: rows(*types), **facts)

    parts = tuple(counted(declared, group=declared.label) for declared in engine.schema if kept[declared])
    return counted(*kept, parts=parts)


def _lies(engine: "Engine", row: Record, within: set[str]) -> bool:
    place = engine.tree.find(engine.evaluator.place(row) or "")
    return ("" if place is None else place.id) in within
