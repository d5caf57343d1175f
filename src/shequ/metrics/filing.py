"""What was filed of a metric, as measurements."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

import attrs

from shequ.calendars import Period
from shequ.metrics.asking import Asked, lies_in
from shequ.metrics.definition import Measured, Metric, Quality
from shequ.metrics.describe import field_at
from shequ.metrics.divisions import Place
from shequ.metrics.figures import Filed, breakdown_label
from shequ.metrics.measurement import Measurement, Provenance
from shequ.model import ReportedFigure
from shequ.query import By, Group

__all__ = ["filed_measurements", "filed_of", "from_filed"]

if TYPE_CHECKING:
    from shequ.metrics.engine import Engine


def filed_of(engine: "Engine", metric: Metric, place: Place, asked: Asked) -> Filed:
    """What was filed of a metric, or of the parts of the whole that its groups are."""
    found = engine.figures.find(metric, place, asked)
    if found.figures or metric.parts_of is None or not metric.by:
        return found
    whole = engine.figures.find(engine.catalogue[metric.parts_of], place, asked)
    name = metric.by[0].name
    if name not in whole.breakdowns:
        return found
    return attrs.evolve(whole, breakdowns={name: whole.breakdowns[name]})


def from_filed(
    engine: "Engine",
    metric: Metric,
    place: Place,
    asked: Asked,
    filed: Filed,
    *notes: str,
    computed: Fraction | None = None,
) -> Measurement:
    """A measurement whose value is the filed one."""
    ids = sorted(figure.id for figure in filed.figures)
    return engine.blank(
        metric,
        place,
        asked,
        *filed.notes,
        *notes,
        value=filed.total,
        filed=filed.total,
        computed=computed,
        provenance=Provenance.FILED,
        row_count=len(ids),
        parts=tuple(_parts(engine, metric, place, asked, filed)),
        rows=lambda: iter([("reported_figure", id_) for id_ in ids]),
    )


def _parts(engine: "Engine", metric: Metric, place: Place, asked: Asked, filed: Filed) -> Iterator[Measurement]:
    choices = {by.name: _choices(engine, metric, by) for by in metric.by if isinstance(by, By)}
    for name, groups in filed.breakdowns.items():
        for group, value in groups:
            said = choices.get(name, {}).get(group, group)
            label = said if len(filed.breakdowns) == 1 else f"{breakdown_label(name)}：{said}"
            yield engine.blank(
                metric,
                place,
                asked,
                value=value,
                filed=value,
                provenance=Provenance.FILED,
                row_count=1,
                group=label,
            )


def _choices(engine: "Engine", metric: Metric, by: Group) -> Mapping[str, str]:
    """Code → label of a breakdown's groups, where they are coded."""
    if not isinstance(metric.formula, Measured):
        return {}
    return field_at(engine.schema, engine.schema[metric.reads[0]], by.path).choices


def filed_measurements(engine: "Engine", place: Place, asked: Asked) -> Iterator[tuple[ReportedFigure, Measurement]]:
    """Each filed total of a known metric that lies in the time asked about, with its measurement."""
    for figure in sorted(engine.figures.all_of(engine.tree.within(place)), key=lambda figure: figure.id):
        metric = engine.catalogue.get(figure.metric)
        time: Asked = figure.at if figure.at is not None else Period.parse(figure.period or "")
        if metric is None or figure.breakdown is not None or isinstance(metric.formula, Quality):
            continue
        if lies_in(time, asked):
            yield figure, engine.measure(figure.metric, engine.tree[figure.division], time)
