"""The rule sets that are shipped pass the suite for rule sets."""

from importlib.resources import files

import pytest

from shequ.rules import RuleSet, read_rule_set
from shequ.rules.national import national_rules
from shequ.testing import RuleSetConformance


@pytest.mark.slow
class TestNationalRules(RuleSetConformance):
    def make_rule_set(self) -> RuleSet:
        return national_rules()


class TestTheDemonstrationDistrict(RuleSetConformance):
    most_records = 8

    def make_rule_set(self) -> RuleSet:
        return read_rule_set("rules.toml", files("shequ.sample").joinpath("rules.toml").read_text(encoding="utf-8"))
