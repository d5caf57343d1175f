"""Judging the data of one day by the law of that day or of another."""

import difflib
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from fractions import Fraction
from math import ceil
from typing import Any

import attrs

from shequ.calendars import Period
from shequ.effective import Answer
from shequ.errors import BackendError, UnknownMetric
from shequ.metrics import Engine, Measurement, Place, exact_json, rounded
from shequ.model import Record
from shequ.query import Condition, Select, When
from shequ.rules.failure import RuleFailure, failure_of
from shequ.rules.finding import Finding, Severity
from shequ.rules.parameters import ParameterBook, ParameterValue
from shequ.rules.ruleset import Rule, RuleSet, Threshold
from shequ.rules.steps import step_rules
from shequ.rules.upkeep import upkeep
from shequ.store import Change

__all__ = ["Judgement", "Verdict", "combine"]


def combine(rule_sets: Iterable[RuleSet]) -> tuple[ParameterBook, tuple[Rule, ...]]:
    """Several rule sets as one: parameters of a later set override, a rule of the same name replaces."""
    sets = tuple(rule_sets)
    rules = {rule.name: rule for rule_set in sets for rule in rule_set.rules}
    return ParameterBook(parameter for rule_set in sets for parameter in rule_set.parameters), tuple(rules.values())


@attrs.frozen
class Verdict:
    """What was found, and which rules failed instead of judging.

    Args:
        findings: The worst first; each failure is among them.
        failures: One for each rule that raised.
    """

    findings: tuple[Finding, ...]
    failures: tuple[RuleFailure, ...] = ()


class Judgement:
    """The data of one day, and the law they are judged by: what rules are given.

    Args:
        engine: Measures; its parameters are those of the same sets and law.
        rule_sets: The rule sets, a later one overriding.
        at: The day whose data are judged; demands on a year look at the year up to it.
        law: The day whose law is used.
        deletions: Gives what took records of a type away, by its name; nothing is known of it if it is not given.
    """

    def __init__(
        self,
        engine: Engine,
        rule_sets: Iterable[RuleSet],
        *,
        at: date,
        law: date,
        deletions: Callable[[str], Iterable[Change]] = lambda _type: (),
    ) -> None:
        self.rule_sets = tuple(rule_sets)
        self.book, self.rules = combine(self.rule_sets)
        self.engine, self.at, self.law, self.deletions = engine, at, law, deletions
        self.tree = engine.tree
        self.period = Period(date(at.year, 1, 1), at + timedelta(days=1))
        self.year_over = at == date(at.year, 12, 31)

    def parameter(self, name: str, place: Place) -> ParameterValue | Answer:
        """The value in force by the law judged by, or why there is none."""
        return self.book.find(name, self.tree.above(place, self.at), self.law)

    def parameter_on(self, name: str, place: Place, day: date) -> ParameterValue | Answer:
        """The value by the law of the day on which something happened.

        Where another law than that of the day of the data is asked for, by that one: what it would say is the question.
        """
        return self.book.find(name, self.tree.above(place, self.at), day if self.law == self.at else self.law)

    def complete(self, place: Place, *types: str, over_year: bool = False) -> bool:
        """Whether records of these types are declared complete for a place, so that one that is not there is missing."""
        return self.engine.complete(types, place, self.period if over_year else self.at)

    def measure(self, code: str, place: Place) -> Measurement:
        """A metric on the day; over the year up to it for one that needs a period."""
        timing = self.engine.catalogue[code].timing
        return self.engine.measure(code, place, self.at if timing == "at" else self.period)

    def communities(self) -> tuple[Place, ...]:
        """The communities that operate on the day."""
        return self.tree.communities(self.at)

    def lowest(self, code: str) -> tuple[Measurement, ...]:
        """A metric at the lowest level that has data: the operating communities, else the whole district."""
        found = tuple(self.measure(code, place) for place in self.communities())
        having = tuple(one for one in found if one.value is not None)
        return having or (self.measure(code, self.tree.root),)

    def records(self, name: str, where: Condition | None = None) -> Iterator[Any]:
        """The records of a type that meet a condition on the day (or in the year up to it)."""
        return self.engine.evaluator.select(Select(name, where), When(self.at, self.period))

    def place_of(self, record: Record) -> Place:
        """The division a record belongs to."""
        return self.tree.find(self.engine.evaluator.place(record) or "", self.at) or self.tree.root

    def finding(self, rule: Rule, place: Place, message: str, **facts: Any) -> Finding:
        """A finding of a rule; the division is its subject unless ``subject`` is given."""
        return Finding(
            **{
                "rule": rule.name,
                "severity": rule.severity,
                "place": place,
                "subject": place.name,
                "message": message,
                "citation": rule.citation,
                "remedy": rule.remedy,
                "group": rule.group,
                "rule_set": rule.rule_set,
                **facts,
            }
        )

    def judge(self) -> Verdict:
        """Every finding and every failure of the rule sets.

        A rule that raises finds nothing: that it failed is a finding of its own, and the rest are judged. What is wrong
        with the rule sets themselves (:mod:`shequ.rules.upkeep`) is found too.
        """
        sets = {rule_set.name: rule_set for rule_set in self.rule_sets}
        found: list[Finding] = []
        failures: list[RuleFailure] = []
        for rule in self.rules:
            try:
                found += self.findings_of(rule)
            except BackendError:
                raise  # the records cannot be read: no rule is to blame
            except Exception as error:  # noqa: BLE001 - a stranger's rule can fail in any way; it is reported
                failures.append(failure_of(rule, sets.get(rule.rule_set), error))
                found.append(self._failed(rule, failures[-1]))
        found += upkeep(
            self.book,
            self.rules,
            step_rules(self.rule_sets),
            tuple(self.tree),
            self.tree.root,
            law=self.law,
            today=self.engine.today,
        )
        return Verdict(tuple(sorted(found, key=lambda finding: finding.order)), tuple(failures))

    def findings_of(self, rule: Rule) -> tuple[Finding, ...]:
        """What one rule finds; whatever it raises goes on.

        Raises:
            TypeError: If its function yields something else than findings.
        """
        judge = rule.judge
        found = tuple(self._threshold(rule, judge) if isinstance(judge, Threshold) else judge(self, rule))
        strange = next((one for one in found if not isinstance(one, Finding)), None)
        if strange is not None:
            raise TypeError(f"{rule.name} yields {strange!r}, which is no Finding")
        return found

    def _failed(self, rule: Rule, failure: RuleFailure) -> Finding:
        return Finding(
            rule="rules.failed",
            severity=Severity.ERROR,
            place=self.tree.root,
            subject=rule.name,
            message=str(failure),
            remedy="请规则集的作者修正；其余规则已照常核查",
            group="data",
            rule_set=rule.rule_set,
        )

    def _threshold(self, rule: Rule, threshold: Threshold) -> Iterator[Finding]:
        for code in filter(None, (threshold.metric, threshold.closing)):
            if code not in self.engine.catalogue:
                raise UnknownMetric(code, tuple(difflib.get_close_matches(code, list(self.engine.catalogue), n=1)))
        for measured in self.lowest(threshold.metric):
            norm = self.parameter(threshold.parameter, measured.place)
            if measured.value is None or isinstance(norm, Answer) or norm.met_by(measured.value):
                continue
            yield self.breach(rule, measured, norm, threshold)

    def breach(self, rule: Rule, measured: Measurement, norm: ParameterValue, threshold: Threshold) -> Finding:
        """The finding that a figure does not meet a norm."""
        assert measured.value is not None
        metric = measured.metric
        unit = self.book.unit(threshold.parameter) or metric.unit
        above = measured.value > (norm.upper if norm.upper is not None else norm.value)
        bound = norm.upper if above and norm.upper is not None else norm.value
        closing = ""
        if threshold.closing:
            closing = self.measure(threshold.closing, measured.place).printed
        severity = rule.severity
        if norm.generally or (threshold.yearly and not self.year_over):
            severity = Severity.ADVICE
        demand = _percent(bound) if metric.percent else f"{exact_json(bound)}{unit}"
        if norm.upper is not None:
            demand = f"上限 {demand}" if above else f"下限 {demand}"
        gap = abs(measured.value - bound)
        relation = "超过规定的" if above else "低于规定的"
        whole = measured.value.denominator == 1 and not metric.percent
        figure = exact_json(measured.value) if whole else measured.printed
        so_far = "（年度尚未结束）" if threshold.yearly and not self.year_over else ""
        return self.finding(
            rule,
            measured.place,
            f"{measured.place.name}{metric.name}为 {figure}{metric.unit}，{relation}{demand}{so_far}",
            severity=severity,
            measured=measured.value,
            figure=measured,
            threshold=norm.shown,
            citation=norm.citation,
            remedy=rule.remedy.format(
                measured=measured.printed,
                threshold=norm.shown,
                gap=f"{rounded(gap * 100, metric.decimals)}%" if metric.percent else _number(gap, metric.decimals),
                needed=_needed(measured, norm, bound),
                closing=closing,
            ),
        )


def _needed(measured: Measurement, norm: ParameterValue, bound: Fraction) -> int:
    """How many more, or fewer, of what the figure counts would meet the norm."""
    assert measured.value is not None
    per = (measured.denominator or Fraction(1)) / (measured.per or 1)
    gap = abs(measured.value - bound) * per
    return ceil(gap) + (norm.comparator in ("<", ">") and gap.denominator == 1)


def _percent(value: Fraction) -> str:
    return f"{exact_json(value * 100)}%"


def _number(value: Fraction, decimals: int) -> str:
    exact = exact_json(value)
    return str(exact) if isinstance(exact, int) else rounded(value, max(decimals, 1))
