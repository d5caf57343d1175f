"""What is required: dated parameters with their citation, rules that read figures and records, findings."""

from shequ.rules.finding import Finding, Severity
from shequ.rules.judgement import Judgement, combine
from shequ.rules.parameters import LawOn, Parameter, ParameterBook, ParameterValue
from shequ.rules.ruleset import PROBLEM_GROUPS, Rule, RuleFunction, RuleSet, Threshold, read_rule_set

__all__ = [
    "PROBLEM_GROUPS",
    "Finding",
    "Judgement",
    "LawOn",
    "Parameter",
    "ParameterBook",
    "ParameterValue",
    "Rule",
    "RuleFunction",
    "RuleSet",
    "Severity",
    "Threshold",
    "combine",
    "read_rule_set",
]
