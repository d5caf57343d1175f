"""From a template's charts and standard tables to blocks with figures in them."""

from collections.abc import Callable, Iterator, Mapping

from shequ.metrics import Measurement, Place
from shequ.reports.document import Block, Chart, ChartKind, Figure, Run, Series, Standard, Table, chinese_period
from shequ.reports.telling import Teller, change_told, natural_order
from shequ.reports.template import Drawing, Grouped

__all__ = ["draw", "standard_table"]


def draw(teller: Teller, plan: Drawing) -> Iterator[Block]:
    """The chart of a plan; nothing where none of its figures has data."""
    chart = _FORMS[plan.form](teller, plan)
    if chart is not None and any(chart.drawn(figure) is not None for figure in chart.figures()):
        yield chart


def _pyramid(teller: Teller, plan: Drawing) -> Chart | None:
    """The groups of a metric by two fields: the first on either side, the second from the bottom up."""
    (code,) = plan.metrics
    found = teller.measure(code)
    parts = [(label.split(" "), part) for label, part in teller.parts(found)]
    if any(len(label) != 2 for label, _ in parts):
        return None
    sides = list(dict.fromkeys(label[0] for label, _ in parts))
    if len(sides) != 2:
        return None
    groups = tuple(dict.fromkeys(label[1] for label, _ in sorted(parts, key=lambda pair: natural_order(pair[0][1]))))
    cells = {(label[0], label[1]): Figure(part, part.printed) for label, part in parts}
    series = tuple(Series(side, tuple(cells.get((side, group)) for group in groups)) for side in sides)
    return Chart(ChartKind.PYRAMID, plan.caption, teller.grouping(found), groups, series, found.metric.unit)


def _groups(teller: Teller, plan: Drawing) -> Chart | None:
    """The groups of one metric."""
    (code,) = plan.metrics
    found = teller.measure(code)
    parts = teller.parts(found)
    series = Series(found.metric.name, tuple(Figure(part, part.printed) for _, part in parts))
    labels = tuple(label for label, _ in parts)
    return Chart(ChartKind.BARS, plan.caption, teller.grouping(found), labels, (series,), found.metric.unit)


def _stages(teller: Teller, plan: Drawing) -> Chart | None:
    """Metrics that follow one upon the other."""
    found = [teller.measure(code) for code in plan.metrics]
    series = Series(plan.caption, tuple(Figure(one, one.printed) for one in found))
    names = tuple(one.metric.name for one in found)
    return Chart(ChartKind.BARS, plan.caption, "环节", names, (series,), found[0].metric.unit)


def _communities(teller: Teller, plan: Drawing) -> Chart | None:
    """Metrics by community, those that operate; with the standard that they are held against."""
    places = [place for place in teller.communities if place.operates(teller.context.at)]
    series = tuple(_series(teller, code, [teller.measure(code, place) for place in places]) for code in plan.metrics)
    metric = teller.context.catalogue[plan.metrics[0]]
    return Chart(
        ChartKind.BARS,
        plan.caption,
        "社区",
        tuple(place.name for place in places),
        series,
        metric.unit,
        _standard(teller, plan, places),
    )


def _standard(teller: Teller, plan: Drawing, places: list[Place]) -> Standard | None:
    """The standard that a metric holds the places against, if it is the same for all."""
    if not plan.standard:
        return None
    uses = {use for place in places for use in teller.measure(plan.standard, place).parameters}
    return Standard("标准", uses.pop()) if len(uses) == 1 else None


def _months(teller: Teller, plan: Drawing) -> Chart | None:
    """Metrics by month of the period, as far as it has run."""
    months = teller.months_run
    series = []
    for code in plan.metrics:
        found = [teller.engine.measure(code, teller.context.place, month) for month in months]
        series.append(_series(teller, code, found))
    unit = teller.context.catalogue[plan.metrics[0]].unit
    labels = tuple(chinese_period(month) for month in months)
    return Chart(ChartKind.COLUMNS, plan.caption, "月份", labels, tuple(series), unit) if len(months) > 1 else None


def _grid(teller: Teller, plan: Drawing) -> Chart | None:
    """A metric by community and month; 0 is a gap."""
    (code,) = plan.metrics
    months = teller.months_run
    places = [place for place in teller.communities if place.operates(teller.context.at)]
    for month in months:
        teller.engine.prepare([code], places, month)
    series = []
    for place in places:
        found = [teller.engine.measure(code, place, month) for month in months]
        series.append(Series(place.name, tuple(Figure(one, one.printed) for one in found)))
    unit = teller.context.catalogue[code].unit
    labels = tuple(chinese_period(month) for month in months)
    return Chart(ChartKind.GRID, plan.caption, "月份", labels, tuple(series), unit) if len(months) > 1 else None


def _changes(teller: Teller, plan: Drawing) -> Chart | None:
    """How metrics compare with the same stretch a year earlier."""
    names, figures = [], []
    teller.engine.prepare(plan.metrics, (teller.context.place,), teller.period.previous())
    for code in plan.metrics:
        now = teller.measure(code)
        before = teller.engine.measure(code, teller.context.place, teller.period.previous())
        figure = change_told(now, before, teller.period)
        if figure is not None and before.value and not now.metric.percent:
            names.append(now.metric.name)
            figures.append(figure)
    return Chart(ChartKind.CHANGES, plan.caption, "指标", tuple(names), (Series("同比", tuple(figures)),))


def _series(teller: Teller, code: str, found: list[Measurement]) -> Series:
    return Series(teller.context.catalogue[code].name, tuple(Figure(one, one.printed) for one in found))


_FORMS: Mapping[str, Callable[[Teller, Drawing], Chart | None]] = {
    "pyramid": _pyramid,
    "groups": _groups,
    "stages": _stages,
    "communities": _communities,
    "months": _months,
    "grid": _grid,
    "changes": _changes,
}


def standard_table(teller: Teller, plan: Grouped) -> Iterator[Block]:
    """A table by community under headings over several columns; a metric with groups takes a column for each."""
    names: list[str] = []
    spans: list[tuple[str, int]] = [("", 1)]
    columns: list[list[Measurement | None]] = []
    places = (*teller.communities, teller.context.place)
    for heading, codes in plan.columns:
        before = len(names)
        for code in codes:
            found = [teller.measure(code, place) for place in places]
            for name, column in _columns(teller, found):
                if any(one is not None and one.value is not None for one in column):
                    names.append(name)
                    columns.append(column)
        if len(names) > before:
            spans.append((f"{heading}（{teller.context.catalogue[codes[0]].unit}）", len(names) - before))
    if not columns:
        return
    labels = [teller.community_label(place) for place in teller.communities] + ["全辖区"]
    rows = tuple((label, *(_cell(column[place]) for column in columns)) for place, label in enumerate(labels))
    yield Table(plan.caption, ("社区", *names), rows, total=True, spans=tuple(spans))
    yield from teller.differences(
        (column[-1], [one for one in column[:-1] if one is not None], name)
        for name, column in zip(names, columns, strict=True)
        if column[-1] is not None
    )


def _columns(teller: Teller, found: list[Measurement]) -> Iterator[tuple[str, list[Measurement | None]]]:
    metric = found[-1].metric
    if not metric.by:
        yield metric.name, list(found)
        return
    by_place = [dict(teller.parts(one)) for one in found]
    for label in by_place[-1]:
        yield label, [parts.get(label) for parts in by_place]


def _cell(found: Measurement | None) -> Run:
    return "—" if found is None else Figure(found, found.printed)
