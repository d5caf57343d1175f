"""The suite for rule sets: one class to inherit, with the tests of every clause of the contract.

Tests cite the clauses of ``docs/reference/rule-set-contract.md`` by number, in their docstrings and in what they say
when they fail.
"""

from shequ.testing.rules.dates import DateTests
from shequ.testing.rules.form import FormTests
from shequ.testing.rules.judging import JudgingTests

__all__ = ["RuleSetConformance"]


class RuleSetConformance(FormTests, DateTests, JudgingTests):
    """What every rule set must pass: inherit, and give yours in :meth:`make_rule_set`.

    What else may be overridden stands in :class:`shequ.testing.rules.base.RuleSetSuite`.
    """
