"""Filed figures, found by metric, division and time."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction

import attrs

from shequ.calendars import Period
from shequ.metrics.definition import Metric, RollUp, Timing
from shequ.metrics.divisions import DivisionTree, Place
from shequ.model import ReportedFigure

__all__ = ["Filed", "FiledFigures", "breakdown_label"]

_BY_COMMUNITY = ("community", "社区")


_LABELS = {
    "community": "社区",
    "age": "年龄段",
    "sex": "性别",
    "education": "文化程度",
    "origin": "来源",
    "condition": "条件",
    "kind": "类别",
    "status": "状态",
    "state": "状态",
    "tenure": "权属",
    "category": "类别",
    "channel": "渠道",
}


def breakdown_label(name: str) -> str:
    """What people call a breakdown; a name that is not known stands for itself."""
    return _LABELS.get(name, name)


@attrs.frozen
class Filed:
    """What was filed of a metric, for one division and time.

    Args:
        total: The figure; ``None`` if nothing gives it.
        breakdowns: Breakdown → group and value of each part.
        figures: The records used.
        notes: How the total came about, where it was not filed as such.
    """

    total: Fraction | None
    breakdowns: dict[str, tuple[tuple[str, Fraction], ...]]
    figures: tuple[ReportedFigure, ...]
    notes: tuple[str, ...] = ()


NOTHING_FILED = Filed(None, {}, ())


class FiledFigures:
    """An index of the filed figures.

    Args:
        figures: All of them.
        tree: The divisions that they name.
    """

    def __init__(self, figures: Iterable[ReportedFigure], tree: DivisionTree) -> None:
        self._tree = tree
        self._index: dict[tuple[str, str], list[ReportedFigure]] = defaultdict(list)
        for figure in figures:
            self._index[figure.metric, tree.identity(tree[figure.division].id)].append(figure)

    @property
    def place_ids(self) -> frozenset[str]:
        """Ids of the divisions that filed anything."""
        return frozenset(place for _, place in self._index)

    def all_of(self, place_ids: Iterable[str]) -> list[ReportedFigure]:
        """Every figure of these divisions."""
        wanted = set(place_ids)
        return [f for (_, place), found in self._index.items() if place in wanted for f in found]

    def find(self, metric: Metric, place: Place, asked: date | Period) -> Filed:
        """What was filed of a metric for a division, at a date or over a period.

        A total that was not filed as such is the sum of its filed parts, or of the shorter periods that make up the
        one asked about; then a note says so.
        """
        about = self._about(metric, place)
        found = [figure for figure in about if _same_time(figure, metric, asked)]
        if found:
            return _collected(found, metric)
        if isinstance(asked, Period) and metric.timing is Timing.IN and _adds_up(metric):
            return self._from_shorter(metric, place, asked)
        return NOTHING_FILED

    def _about(self, metric: Metric, place: Place) -> Sequence[ReportedFigure]:
        return self._index.get((metric.code, self._tree.identity(place.id)), ())

    def _from_shorter(self, metric: Metric, place: Place, asked: Period) -> Filed:
        for months, called in ((12, "各年"), (6, "各半年"), (3, "各季"), (1, "各月")):
            if asked.length <= months or asked.length % months:
                continue
            pieces = tuple(asked.pieces(months))
            filed = [
                _collected(
                    [f for f in self._about(metric, place) if _same_time(f, metric, piece)],
                    metric,
                )
                for piece in pieces
            ]
            totals = [one.total for one in filed if one.total is not None]
            if len(totals) == len(pieces):
                used = tuple(figure for one in filed for figure in one.figures)
                return Filed(sum(totals, Fraction(0)), {}, used, (f"由{called}上报数合计",))
        return NOTHING_FILED


def _adds_up(metric: Metric) -> bool:
    return metric.roll_up in (RollUp.SUM, RollUp.DISTINCT) and not metric.percent


def _same_time(figure: ReportedFigure, metric: Metric, asked: date | Period) -> bool:
    if not isinstance(asked, Period):
        if figure.at is not None:
            return figure.at == asked
        return metric.timing is Timing.AT and Period.parse(figure.period or "").last_day == asked
    if figure.period is not None:
        filed = Period.parse(figure.period)
        return filed == asked or (metric.timing is Timing.AT and filed.last_day == asked.last_day)
    return figure.at == asked.last_day


def _collected(found: list[ReportedFigure], metric: Metric) -> Filed:
    totals = [figure for figure in found if figure.breakdown is None]
    breakdowns: dict[str, list[tuple[str, Fraction]]] = defaultdict(list)
    for figure in found:
        if figure.breakdown is not None:
            breakdowns[figure.breakdown].append((figure.group or "", Fraction(figure.value)))
    parts = {name: tuple(groups) for name, groups in breakdowns.items()}
    if totals:
        notes = ("同一指标有多条上报数，取其首条",) if len({f.value for f in totals}) > 1 else ()
        return Filed(Fraction(totals[0].value), parts, tuple(found), notes)
    if parts and _adds_up(metric):
        name = next((name for name in _BY_COMMUNITY if name in parts), next(iter(parts)))
        total = sum((value for _, value in parts[name]), Fraction(0))
        return Filed(total, parts, tuple(found), (f"未填报总数，由各{breakdown_label(name)}合计",))
    return Filed(None, parts, tuple(found))
