"""What the rules demand of figures, to be told beside them."""

from collections.abc import Iterable

import attrs

from shequ.rules.judgement import Judgement
from shequ.rules.parameters import ParameterValue
from shequ.rules.ruleset import Rule, Threshold

__all__ = ["Norm", "norms_of"]


@attrs.frozen
class Norm:
    """A demand on a metric by the law of a day.

    Args:
        metric: Code of the metric.
        rule: Chinese label of the rule.
        demand: The demand as people write it: ``≥30``.
        citation: Where it is written.
    """

    metric: str
    rule: str
    demand: str
    citation: str

    @property
    def text(self) -> str:
        """Rule, demand and citation."""
        return f"{self.rule}：{self.demand}" + (f"，{self.citation}" if self.citation else "")


def norms_of(judgement: Judgement, rules: Iterable[Rule]) -> tuple[Norm, ...]:
    """The demands that hold for the district or a community of it, each once, in the order of the rules."""
    places = (judgement.tree.root, *judgement.communities())
    found: dict[Norm, None] = {}
    for rule in rules:
        if isinstance(rule.judge, Threshold):
            for place in places:
                value = judgement.parameter(rule.judge.parameter, place)
                if isinstance(value, ParameterValue):
                    found[Norm(rule.judge.metric, rule.label, value.shown, value.citation)] = None
    return tuple(found)
