"""What is required: dated parameters with their citation, rules that read figures and records, findings."""

from shequ.lifecycle.terms import TERM_PARAMETERS
from shequ.rules.comparison import Difference, RulesComparison, compare_findings
from shequ.rules.failure import RuleFailure
from shequ.rules.finding import Finding, Severity
from shequ.rules.judgement import Judgement, Verdict, combine
from shequ.rules.norms import Norm, norms_of
from shequ.rules.parameters import LawOn, Parameter, ParameterBook, ParameterValue, Unknown
from shequ.rules.reading import read_rule_set
from shequ.rules.ruleset import PROBLEM_GROUPS, Rule, RuleFunction, RuleSet, Threshold, attributed
from shequ.rules.steps import Comparison, Situation, StepFunction, StepRule, guards_of, step_rules
from shequ.rules.terms import terms_on

__all__ = [
    "PROBLEM_GROUPS",
    "TERM_PARAMETERS",
    "Comparison",
    "Difference",
    "Finding",
    "Judgement",
    "LawOn",
    "Norm",
    "Parameter",
    "ParameterBook",
    "ParameterValue",
    "Rule",
    "RuleFailure",
    "RuleFunction",
    "RuleSet",
    "RulesComparison",
    "Severity",
    "Situation",
    "StepFunction",
    "StepRule",
    "Threshold",
    "Unknown",
    "Verdict",
    "attributed",
    "combine",
    "compare_findings",
    "guards_of",
    "norms_of",
    "read_rule_set",
    "step_rules",
    "terms_on",
]
