"""The nation-wide rule set, as the built-in plugin that offers it."""

from functools import cache
from importlib.resources import files

from shequ.hookspecs import hookimpl
from shequ.rules.checks import FUNCTIONS, STEP_FUNCTIONS
from shequ.rules.reading import read_rule_set
from shequ.rules.ruleset import RuleSet

__all__ = ["national_rules"]


@cache
def national_rules() -> RuleSet:
    """The rule set of ``national.toml``."""
    text = files("shequ.rules").joinpath("national.toml").read_text(encoding="utf-8")
    return read_rule_set("national.toml", text, FUNCTIONS, STEP_FUNCTIONS)


@hookimpl
def shequ_rule_sets() -> tuple[RuleSet, ...]:
    """The nation-wide rule set."""
    return (national_rules(),)
