"""Rule sets as values: parameters, rules as data or functions, and demands on steps."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

import attrs

from shequ.rules.finding import Finding, Severity
from shequ.rules.parameters import Parameter

if TYPE_CHECKING:
    from shequ.rules.judgement import Judgement
    from shequ.rules.steps import StepRule

__all__ = ["PROBLEM_GROUPS", "UNVERIFIED", "Rule", "RuleFunction", "RuleSet", "Threshold", "attributed"]

RuleFunction = Callable[["Judgement", "Rule"], Iterable[Finding]]
"""Judges what a threshold cannot: yields a finding for each breach."""

UNVERIFIED = "（出处未核实）"
"""Stands behind a citation that nobody has held against the text."""

PROBLEM_GROUPS: Mapping[str, str] = {
    "autonomy": "居民自治与行政负担",
    "completeness": "组织健全程度",
    "conditions": "队伍、用房与经费",
    "breadth": "工作覆盖面",
    "participation": "居民参与",
    "property": "物业管理",
    "casework": "矛盾调处",
    "data": "数据质量",
}
"""Groups of the report's problems section, in its order."""


@attrs.frozen
class Threshold:
    """A rule as data: a metric held against a parameter.

    Args:
        metric: Code of the metric.
        parameter: Name of the parameter.
        closing: Code of a metric that says what would close the gap; ``""`` if none does.
        yearly: Whether it is a demand on the whole year: before its end, what is missing is advice.
    """

    metric: str
    parameter: str
    closing: str = ""
    yearly: bool = False


@attrs.frozen
class Rule:
    """A rule.

    Args:
        name: Name, ``group.name``.
        label: Chinese label.
        group: Key of :data:`PROBLEM_GROUPS`.
        severity: Weight of a breach; a value that holds "generally" makes it advice.
        remedy: What would close a breach; ``{measured}``, ``{threshold}``, ``{gap}``, ``{needed}`` (of a share: how
            many of what it counts) and ``{closing}`` are put in.
        judge: The threshold, or the function that judges.
        rule_set: Name of the set it belongs to.
        uses: Names of the parameters it asks for.
        citation: Where it is written, unless a parameter or the finding says it.
        note: What a reader must know.
        origin: File and line it was read from.
    """

    name: str
    label: str
    group: str
    severity: Severity
    remedy: str
    judge: "Threshold | RuleFunction"
    rule_set: str = ""
    uses: tuple[str, ...] = ()
    citation: str = ""
    note: str = ""
    origin: str = attrs.field(default="", eq=False)


@attrs.frozen
class RuleSet:
    """Parameters and rules that belong together.

    Args:
        name: English name.
        label: Chinese label.
        version: Version, as its author counts.
        parameters: What it sets.
        rules: What it checks.
        steps: What it demands of the steps of cards and cases.
        source: File it was read from, if any.
        plugin: Name of the plugin that offers it; ``""`` for a rule file.
        plugin_version: Distribution and version of that plugin.
    """

    name: str
    label: str
    version: str
    parameters: tuple[Parameter, ...]
    rules: tuple[Rule, ...]
    steps: "tuple[StepRule, ...]" = ()
    source: str = ""
    plugin: str = ""
    plugin_version: str = ""

    @property
    def given_by(self) -> str:
        """The plugin with distribution and version; ``""`` for a rule file."""
        return f"{self.plugin} ({self.plugin_version})" if self.plugin_version else self.plugin


def attributed(findings: Iterable[Finding], rule_sets: Iterable[RuleSet]) -> tuple[Finding, ...]:
    """Findings that say which plugin gave the rule set that judged."""
    plugins = {rule_set.name: rule_set.given_by for rule_set in rule_sets}
    return tuple(attrs.evolve(finding, plugin=plugins.get(finding.rule_set, "")) for finding in findings)
