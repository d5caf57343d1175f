"""Whether filed figures add up: over the year, and over the communities.

What counts every record once adds up exactly; where a person counts once however often, the whole lies between its
largest part and their sum. Ratios and medians are not held against their parts.
"""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

from shequ.calendars import Period
from shequ.metrics import Measured, Metric, Place, RollUp, exact_json
from shequ.query import Count
from shequ.rules.finding import Finding
from shequ.rules.judgement import Judgement
from shequ.rules.ruleset import Rule

__all__ = ["communities_close", "year_closes"]

_STRETCHES = ((6, "各半年"), (3, "各季"), (1, "各月"))


def year_closes(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """What was filed for a year, half-year or quarter agrees with what was filed for the shorter stretches in it."""
    for place in judged.tree:
        totals = _totals(judged, place)
        for (code, time), whole in totals.items():
            metric = judged.engine.catalogue[code]
            if not isinstance(time, Period) or time.last_day not in judged.period or not _adds(metric):
                continue
            for months, called in _STRETCHES:
                if time.length <= months or time.length % months:
                    continue
                parts = [totals.get((code, piece)) for piece in time.pieces(months)]
                known = [part for part in parts if part is not None]
                if len(known) == len(parts) and not _closes(metric, whole, known):
                    yield _finding(judged, rule, place, metric, time, whole, known, f"{called}上报数")


def communities_close(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """What a sub-district filed agrees with what its communities filed, where all that operate did."""
    for place in judged.tree:
        totals = _totals(judged, place)
        for (code, time), whole in totals.items():
            last = time.last_day if isinstance(time, Period) else time
            metric = judged.engine.catalogue[code]
            operating = [one for one in judged.tree.communities(last, place) if one.id != place.id]
            if last not in judged.period or not operating or not _adds(metric):
                continue
            filed = {
                one.id: judged.engine.figures.find(metric, one, time).total for one in _communities(judged, place, last)
            }
            known = [value for value in filed.values() if value is not None]
            if all(filed.get(one.id) is not None for one in operating) and not _closes(metric, whole, known):
                yield _finding(judged, rule, place, metric, time, whole, known, f"{len(known)} 个社区上报数")


def _communities(judged: Judgement, place: Place, day: date) -> Iterator[Place]:
    """Communities in a place on a day, whether they operate or not."""
    for id_ in judged.tree.within(place, day):
        found = judged.tree.as_mapping[id_]
        if found.kind == "community" and found.id != place.id and judged.tree.is_version_of(found, day):
            yield found


def _totals(judged: Judgement, place: Place) -> dict[tuple[str, date | Period], Fraction]:
    """What a place filed as totals, by metric and time; of several the first, as :func:`figures.close` finds."""
    found: dict[tuple[str, date | Period], Fraction] = {}
    if not judged.tree.is_version_of(place, judged.at):
        return found
    for figure in sorted(judged.engine.figures.all_of((judged.tree.identity(place.id),)), key=lambda one: one.id):
        if figure.breakdown is None and figure.metric in judged.engine.catalogue:
            time: date | Period = figure.at if figure.at is not None else Period.parse(figure.period or "")
            found.setdefault((figure.metric, time), Fraction(figure.value))
    return found


def _adds(metric: Metric) -> bool:
    return metric.roll_up in (RollUp.SUM, RollUp.DISTINCT) and not metric.percent


def _closes(metric: Metric, whole: Fraction, parts: list[Fraction]) -> bool:
    total = sum(parts, Fraction(0))
    return max(parts) <= whole <= total if _once(metric) else whole == total


def _once(metric: Metric) -> bool:
    """Whether something counts once in the whole that may count in several parts."""
    if not isinstance(metric.formula, Measured) or not isinstance(metric.formula.measure, Count):
        return False
    return any(leaf.key != "id" for leaf in metric.formula.measure.of.leaves())


def _finding(
    judged: Judgement,
    rule: Rule,
    place: Place,
    metric: Metric,
    time: date | Period,
    whole: Fraction,
    parts: list[Fraction],
    called: str,
) -> Finding:
    total = sum(parts, Fraction(0))
    if _once(metric):
        should = f"不少于最大的一项 {exact_json(max(parts))}、不超过合计 {exact_json(total)}"
        threshold = f"{exact_json(max(parts))}-{exact_json(total)}"
    else:
        should, threshold = f"为 {exact_json(total)}", f"={exact_json(total)}"
    return judged.finding(
        rule,
        place,
        f"{place.name}{metric.name}（{time}）上报 {exact_json(whole)}，按{called}应{should}",
        subject=f"{place.name} {metric.code} {time}",
        measured=whole,
        threshold=threshold,
        citation="总数应与各部分之和一致",
    )
