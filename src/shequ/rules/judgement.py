"""Judging the data of one day by the law of that day or of another."""

import traceback
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from shequ.calendars import Period
from shequ.effective import Answer
from shequ.metrics import Engine, Measurement, Place, exact_json, rounded
from shequ.model import Record
from shequ.query import Condition, Select, When
from shequ.rules.finding import Finding, Severity
from shequ.rules.parameters import ParameterBook, ParameterValue
from shequ.rules.ruleset import Rule, RuleSet, Threshold
from shequ.rules.steps import StepRule, step_rules

__all__ = ["Judgement", "combine"]


def combine(rule_sets: Iterable[RuleSet]) -> tuple[ParameterBook, tuple[Rule, ...]]:
    """Several rule sets as one: parameters of a later set override, a rule of the same name replaces.

    What demands on steps compare with must be defined in one of the sets; each that is not is a rule that says so.
    """
    sets = tuple(rule_sets)
    rules = {rule.name: rule for rule_set in sets for rule in rule_set.rules}
    book = ParameterBook(parameter for rule_set in sets for parameter in rule_set.parameters)
    unknown = [
        (step, comparison.parameter)
        for step in step_rules(sets)
        for comparison in step.compare
        if comparison.parameter not in book
    ]
    return book, (*rules.values(), *(_unknown_parameter(step, name) for step, name in unknown))


def _unknown_parameter(step: StepRule, name: str) -> Rule:
    """A rule that always finds one thing: a demand on steps that compares with what no rule set defines."""
    remedy = "核对 compare 中的参数名称，或在规则文件中定义该参数"

    def judge(judged: "Judgement", rule: Rule) -> Iterator[Finding]:
        message = f"步骤规则 {step.name} 用到的参数 {name} 没有任何规则集定义，相应步骤一律不能执行"
        yield judged.finding(rule, judged.tree.root, message, subject=step.name)

    return Rule("rules.step_parameter", step.label, "data", Severity.WARNING, remedy, judge, step.rule_set)


class Judgement:
    """The data of one day, and the law they are judged by: what rules are given.

    Args:
        engine: Measures; its parameters are those of the same law.
        book: The parameters.
        at: The day whose data are judged; demands on a year look at the year up to it.
        law: The day whose law is used.
    """

    def __init__(self, engine: Engine, book: ParameterBook, *, at: date, law: date) -> None:
        self.engine, self.book, self.at, self.law = engine, book, at, law
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
                "remedy": rule.remedy,
                "group": rule.group,
                "rule_set": rule.rule_set,
                **facts,
            }
        )

    def judge(self, rules: Iterable[Rule]) -> tuple[Finding, ...]:
        """Every finding, the worst first.

        A rule that raises is a finding of its own, and the rest are judged. A parameter whose review date has passed
        is one too.
        """
        found: list[Finding] = []
        for rule in rules:
            try:
                found += (
                    self._threshold(rule, rule.judge) if isinstance(rule.judge, Threshold) else rule.judge(self, rule)
                )
            except Exception as error:  # noqa: BLE001 - a stranger's rule can fail in any way; it is reported
                last = traceback.extract_tb(error.__traceback__)[-1]
                found.append(
                    self.finding(
                        rule,
                        self.tree.root,
                        f"规则 {rule.name}（{rule.rule_set}）执行失败：{error!r}，{last.filename}:{last.lineno}",
                        severity=Severity.ERROR,
                        remedy="请规则集的作者修正",
                        group="data",
                    )
                )
        for name, division in self.book.misplaced(self.tree):
            found.append(
                Finding(
                    rule="rules.division",
                    severity=Severity.WARNING,
                    place=self.tree.root,
                    subject=name,
                    message=f"参数 {name} 的区划 {division!r} 不在本街道，该值不起作用",
                    remedy="改为本街道或社区的 12 位代码；不分区划时删去 division",
                    group="data",
                )
            )
        for name, value in self.book.outdated(self.law):
            found.append(
                Finding(
                    rule="rules.review",
                    severity=Severity.WARNING,
                    place=self.tree.root,
                    subject=name,
                    message=f"参数 {name} 应于 {value.review} 前复核，已过期",
                    citation=value.citation,
                    remedy="核对现行规定，更新规则集",
                    group="data",
                    rule_set=value.rule_set,
                )
            )
        return tuple(sorted(found, key=lambda finding: finding.order))

    def _threshold(self, rule: Rule, threshold: Threshold) -> Iterator[Finding]:
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
                closing=closing,
            ),
        )


def _percent(value: Fraction) -> str:
    return f"{exact_json(value * 100)}%"


def _number(value: Fraction, decimals: int) -> str:
    exact = exact_json(value)
    return str(exact) if isinstance(exact, int) else rounded(value, max(decimals, 1))
