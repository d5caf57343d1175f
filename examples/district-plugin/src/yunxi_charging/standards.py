"""The street's standards, read from ``standards.toml``."""

from functools import cache
from importlib.resources import files

from shequ.rules import RuleSet, read_rule_set
from yunxi_charging.piles import PILE_LIFECYCLE

__all__ = ["standards"]


@cache
def standards() -> RuleSet:
    """The rule set."""
    text = files("yunxi_charging").joinpath("standards.toml").read_text(encoding="utf-8")
    return read_rule_set("standards.toml", text, lifecycles=[PILE_LIFECYCLE])
