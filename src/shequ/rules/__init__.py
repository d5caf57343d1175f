"""What is required: dated parameters with their citation, rules that read figures and records, findings."""

from shequ.rules.finding import Finding, Severity
from shequ.rules.judgement import Judgement, combine
from shequ.rules.parameters import LawOn, Parameter, ParameterBook, ParameterValue
from shequ.rules.reading import read_rule_set
from shequ.rules.ruleset import PROBLEM_GROUPS, Rule, RuleFunction, RuleSet, Threshold, attributed
from shequ.rules.steps import Comparison, Situation, StepFunction, StepRule, guards_of, step_rules
from shequ.rules.terms import TERM_PARAMETERS, terms_on

__all__ = [
    "PROBLEM_GROUPS",
    "TERM_PARAMETERS",
    "Comparison",
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
    "Situation",
    "StepFunction",
    "StepRule",
    "Threshold",
    "attributed",
    "combine",
    "guards_of",
    "read_rule_set",
    "step_rules",
    "terms_on",
]
