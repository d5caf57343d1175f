"""Whether filed parts, filed totals and records agree."""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

from shequ.calendars import Period
from shequ.metrics import Measurement, Place, Provenance, breakdown_label, exact_json
from shequ.rules.finding import Finding, Severity
from shequ.rules.judgement import Judgement
from shequ.rules.ruleset import Rule

__all__ = ["IDENTITIES", "close"]

IDENTITIES: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("population.actual", ("population.registered_living", "population.floating"), ()),
    ("population.registered", ("population.registered_living", "population.separated"), ()),
    ("population.households", ("population.households_registered",), ("population.households_empty",)),
)
"""Whole, added parts, subtracted parts: they agree where at least one of them was filed."""

_TOLERANCE_CITATION = "同一时点的分项之和应等于总数"


def close(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """Filed parts make up their total, filed totals agree with records and with each other."""
    yield from _against_records(judged, rule)
    for place in judged.tree:
        if judged.tree.identity(place.id) not in judged.engine.figures.place_ids and place != judged.tree.root:
            continue
        yield from _twice(judged, rule, place)
        yield from _parts(judged, rule, place)
        yield from _identities(judged, rule, place)


def _against_records(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    for asked in (judged.at, judged.period):
        for figure, found in judged.engine.filed_measurements(judged.tree.root, asked):
            time = figure.at if figure.at is not None else Period.parse(figure.period or "")
            if isinstance(asked, Period) and time == judged.at:
                continue  # seen with the day already
            if found.computed is not None and found.computed != Fraction(figure.value):
                yield judged.finding(
                    rule,
                    found.place,
                    f"{found.place.name}{found.metric.name}（{time}）上报 {exact_json(Fraction(figure.value))}，"
                    f"记录为 {exact_json(found.computed)}",
                    subject=f"{found.place.name} {found.metric.code} {time}",
                    measured=Fraction(figure.value),
                    threshold=f"={exact_json(found.computed)}",
                    citation="上报数应与台账一致",
                )


def _twice(judged: Judgement, rule: Rule, place: Place) -> Iterator[Finding]:
    """Totals of one metric for one time that were filed more than once, and differ."""
    seen: dict[tuple[str, date], dict[Fraction, str]] = {}
    for figure in sorted(judged.engine.figures.all_of((place.id,)), key=lambda figure: figure.id):
        if figure.breakdown is not None or figure.metric not in judged.engine.catalogue:
            continue
        time = figure.at if figure.at is not None else Period.parse(figure.period or "").last_day
        if time in judged.period and judged.engine.catalogue[figure.metric].timing == "at":
            seen.setdefault((figure.metric, time), {})[Fraction(figure.value)] = figure.id
    for (code, time), values in seen.items():
        if len(values) > 1:
            said = "、".join(str(exact_json(value)) for value in sorted(values))
            name = judged.engine.catalogue[code].name
            yield judged.finding(
                rule,
                place,
                f"{place.name}{name}（{time}）有几个不同的上报数：{said}",
                subject=f"{place.name} {code} {time}",
                citation="同一时点的同一指标只应有一个上报数",
            )


def _parts(judged: Judgement, rule: Rule, place: Place) -> Iterator[Finding]:
    for code, time in _filed_times(judged, place):
        metric = judged.engine.catalogue[code]
        filed = judged.engine.figures.find(metric, place, time)
        whole = filed.total if filed.breakdowns and any(f.breakdown is None for f in filed.figures) else None
        for name, groups in filed.breakdowns.items():
            total = sum((value for _, value in groups), Fraction(0))
            against = [("总数", whole)]
            if metric.parts_of is not None:
                parent = judged.engine.measure(metric.parts_of, place, time)
                against.append((parent.metric.name, parent.value))
            elif whole is None:
                measured = judged.engine.measure(code, place, time)
                against.append((measured.metric.name, measured.value))
            for called, expected in against:
                if expected is not None and expected != total:
                    yield judged.finding(
                        rule,
                        place,
                        f"{place.name}{metric.name}按{breakdown_label(name)}各组之和为 {exact_json(total)}，"
                        f"{called}为 {exact_json(expected)}",
                        subject=f"{place.name} {code} {name}",
                        measured=total,
                        threshold=f"={exact_json(expected)}",
                        citation=_TOLERANCE_CITATION,
                    )


def _filed_times(judged: Judgement, place: Place) -> Iterator[tuple[str, date | Period]]:
    """Each known metric and time for which the place filed parts, on the day or in the year up to it."""
    seen = set()
    for figure in judged.engine.figures.all_of((place.id,)):
        if figure.breakdown is None or figure.metric not in judged.engine.catalogue:
            continue
        time: date | Period = figure.at if figure.at is not None else Period.parse(figure.period or "")
        last = time.last_day if isinstance(time, Period) else time
        if last in judged.period and (figure.metric, time) not in seen:
            seen.add((figure.metric, time))
            yield figure.metric, time


def _identities(judged: Judgement, rule: Rule, place: Place) -> Iterator[Finding]:
    for whole, plus, minus in IDENTITIES:
        sides = [judged.measure(code, place) for code in (whole, *plus, *minus)]
        if any(side.value is None for side in sides) or not any(_filed(side) for side in sides):
            continue
        left = sides[0].value
        right = sum((side.value or Fraction(0) for side in sides[1 : 1 + len(plus)]), Fraction(0)) - sum(
            (side.value or Fraction(0) for side in sides[1 + len(plus) :]), Fraction(0)
        )
        if left is None or left == right:
            continue
        formula = " + ".join(side.metric.name for side in sides[1 : 1 + len(plus)]) + "".join(
            f" − {side.metric.name}" for side in sides[1 + len(plus) :]
        )
        # Households that live here but are registered elsewhere make the left side larger, never smaller.
        possible = whole == "population.households" and left > right
        yield judged.finding(
            rule,
            place,
            f"{place.name}{sides[0].metric.name} {exact_json(left)}，而{formula} = {exact_json(right)}，"
            f"相差 {exact_json(left - right)}",
            subject=f"{place.name} {whole}",
            severity=Severity.ADVICE if possible else rule.severity,
            measured=left,
            threshold=f"={exact_json(right)}",
            citation=_TOLERANCE_CITATION,
            remedy="如有外来租住户，请注明户数；否则核对填报" if possible else rule.remedy,
        )


def _filed(measured: Measurement) -> bool:
    return measured.provenance is Provenance.FILED and not measured.operands
