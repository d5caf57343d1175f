"""What a rule set demands of a step: the guards that the stepper is given from outside.

A :class:`StepRule` belongs to events of one lifecycle. It may demand that fields are filled in (a document is there),
that a reason is stated, that figures of the card meet parameters of the law in force on the day of the step (a vote, a
term); what data cannot say, a function judges (a quota needs other records). Districts add their own.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import attrs

from shequ.effective import Answer, Span, local_date
from shequ.lifecycle import Guard
from shequ.metrics import Place
from shequ.model import Record
from shequ.rules.parameters import ParameterBook, ParameterValue, applies
from shequ.rules.ruleset import RuleSet

__all__ = ["Comparison", "Situation", "StepFunction", "StepRule", "guards_of", "step_rules"]


@attrs.frozen
class Comparison:
    """A figure of the card held against a parameter; where either has no value, nothing is demanded.

    A parameter that no rule set defines at all is a mistake of the rule set: the step is refused, and every check of
    the data says so.

    Args:
        field: The field; one in percent is held against a share of one.
        parameter: Name of the parameter.
    """

    field: str
    parameter: str


@attrs.frozen
class Situation:
    """What a guard may look at.

    Args:
        card: The card before the step, with what is recorded with the step put on it.
        event: What is to happen.
        at: When.
        reason: The reason stated, or ``""``.
        places: The divisions that the card lies in, the narrowest first.
        book: The parameters.
        records: Gives every record of a type, by its name.
    """

    card: Any
    event: str
    at: datetime
    reason: str
    places: tuple[Place, ...]
    book: ParameterBook
    records: Callable[[str], Iterable[Any]]

    def parameter(self, name: str) -> ParameterValue | Answer:
        """The value in force on the day of the step, or why there is none."""
        return self.book.find(name, self.places, local_date(self.at))

    def record(self, type: str, id: str) -> Any | None:  # noqa: A002 - the contract's own words
        """The record of a type and id; ``None`` if there is none."""
        return next((found for found in self.records(type) if found.id == id), None)


StepFunction = Callable[[Situation], str | None]
"""Says why a step is refused, in Chinese; ``None`` if it is not."""


@attrs.frozen(kw_only=True)
class StepRule:
    """A demand on a step.

    Args:
        name: Name, ``group.name``.
        label: What is demanded, in Chinese; stated when a step is refused.
        type: Name of the record type.
        events: The events it is asked at.
        when: Fields and the values they must have for the rule to apply, as codes; a yes or no is ``True`` or ``False``.
        requires: Fields that must be filled in.
        reason: Whether a reason must be stated.
        compare: Figures of the card that parameters bound.
        judge: A function for what the above cannot say.
        citation: Law and article, or the district's document.
        span: When it is in force.
        division: Code of the division it holds for; ``""`` for the whole country.
        rule_set: Name of the set it belongs to.
        origin: File and line it was read from.
    """

    name: str
    label: str
    type: str
    events: tuple[str, ...]
    when: tuple[tuple[str, str], ...] = ()
    requires: tuple[str, ...] = ()
    reason: bool = False
    compare: tuple[Comparison, ...] = ()
    judge: StepFunction | None = None
    citation: str = ""
    span: Span = Span()  # noqa: RUF009 - frozen, and so safe to share
    division: str = ""
    rule_set: str = ""
    origin: str = attrs.field(default="", eq=False)

    def applies(self, situation: Situation) -> bool:
        """Whether it is to be asked."""
        return (
            situation.card.__record__.name == self.type
            and situation.event in self.events
            and local_date(situation.at) in self.span
            and applies(self.division, situation.places)
            and all(str(getattr(situation.card, field)) == value for field, value in self.when)
        )

    def refusal(self, situation: Situation) -> str | None:
        """Why the step is refused, in Chinese; ``None`` if it is not."""
        card = situation.card
        fields = card.__record__.fields
        missing = [fields[name].label for name in self.requires if getattr(card, name) in (None, "", ())]
        if missing:
            return self._said(f"未填写{'、'.join(missing)}")
        if self.reason and not situation.reason:
            return self._said("未写明依据或原因")
        for comparison in self.compare:
            if comparison.parameter not in situation.book:
                return self._said(
                    f"规则 {self.name} 用到的参数 {comparison.parameter} 没有任何规则集定义，请更正规则文件"
                )
            norm = situation.parameter(comparison.parameter)
            measured = getattr(card, comparison.field)
            if measured is None or isinstance(norm, Answer):
                continue
            spec = fields[comparison.field]
            if not norm.met_by(_exact(measured, percent=spec.unit == "%")):
                unit = situation.book.unit(comparison.parameter)
                return f"{spec.label}为 {spec.shown(measured)}{spec.unit}，规定{norm.shown}{unit}（{norm.citation}）"
        said = None if self.judge is None else self.judge(situation)
        return None if said is None else self._said(said)

    def _said(self, what: str) -> str:
        return f"{what}（{self.citation or self.label}）"


def _exact(value: int | Decimal, *, percent: bool) -> Fraction:
    return Fraction(value) / (100 if percent else 1)


def step_rules(rule_sets: Iterable[RuleSet]) -> tuple[StepRule, ...]:
    """The step rules of several sets; a rule of the same name in a later set replaces the earlier one."""
    return tuple({rule.name: rule for rule_set in rule_sets for rule in rule_set.steps}.values())


def guards_of(
    rules: Iterable[StepRule],
    *,
    places: tuple[Place, ...],
    book: ParameterBook,
    records: Callable[[str], Iterable[Any]],
    reason: str,
) -> tuple[Guard, ...]:
    """The guards for one step: each asks one rule, if it applies.

    Args:
        rules: The step rules.
        places: The divisions that the card lies in, the narrowest first.
        book: The parameters.
        records: Gives every record of a type, by its name.
        reason: The reason stated.
    """

    def guard_of(rule: StepRule) -> Guard:
        def guard(card: Record, event: str, at: datetime) -> str | None:
            situation = Situation(card, event, at, reason, places, book, records)
            return rule.refusal(situation) if rule.applies(situation) else None

        return guard

    return tuple(guard_of(rule) for rule in rules)
