"""What the plugin offers: each hook that it implements."""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from shequ import Metric, hookimpl
from shequ.metrics import Measured
from shequ.query import Count, Holds, Keys, eq
from shequ.rules import RuleSet, read_rule_set

__all__ = ["MARKETS", "rules"]

MARKETS = Metric(
    "outlets.markets",
    "菜市场",
    "个",
    Measured(Count(Keys("service_outlet", "id", eq("kind", "market") & Holds()))),
    base="当日营业的服务网点",
)


@cache
def rules() -> RuleSet:
    """The rule set of ``rules.toml``."""
    text = files(__name__).joinpath("rules.toml").read_text(encoding="utf-8")
    return read_rule_set("rules.toml", text)


@hookimpl
def shequ_plugin_info() -> Mapping[str, str]:
    """What it is."""
    return {"description": "菜市场", "api": "1.0"}


@hookimpl
def shequ_metrics() -> Iterable[Metric]:
    """Markets."""
    return [MARKETS]


@hookimpl
def shequ_rule_sets() -> Iterable[RuleSet]:
    """The street's standard."""
    return [rules()]
