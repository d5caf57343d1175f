"""What is shipped to other people's tests: strategies, suites for what plugins offer, fixtures.

A store keeps the contract (``docs/reference/storage-contract.md``) if these lines pass, a renderer and a rule set
(``docs/reference/rule-set-contract.md``) likewise::

    from shequ.testing import RendererConformance, RuleSetConformance, StoreConformance


    class TestMyStore(StoreConformance):
        def make_store(self, path):
            return MyStore(f"mydb://{path}")

The names below are loaded when they are first used, so that pytest can load the fixtures
(:mod:`shequ.testing.pytest_plugin`) in every run of every suite without cost.
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shequ.testing.books import ledgers
    from shequ.testing.histories import Attempt, CardHistory, card_histories
    from shequ.testing.homes import Homes, households
    from shequ.testing.law import law_days, rule_sets
    from shequ.testing.questions import conditions, measures, queries
    from shequ.testing.renderers import RendererConformance
    from shequ.testing.rules import RuleSetConformance
    from shequ.testing.stores import StoreConformance
    from shequ.testing.strategies import (
        credit_codes,
        days,
        division_codes,
        identifiers,
        moments,
        partial_days,
        periods,
        records,
        register_strategies,
        resident_ids,
        texts,
    )
    from shequ.testing.streets import District, districts

__all__ = [
    "Attempt",
    "CardHistory",
    "District",
    "Homes",
    "RendererConformance",
    "RuleSetConformance",
    "StoreConformance",
    "card_histories",
    "conditions",
    "credit_codes",
    "days",
    "districts",
    "division_codes",
    "households",
    "identifiers",
    "law_days",
    "ledgers",
    "measures",
    "moments",
    "partial_days",
    "periods",
    "queries",
    "records",
    "register_strategies",
    "resident_ids",
    "rule_sets",
    "texts",
]

_ROOMS = {
    "Attempt": "histories",
    "CardHistory": "histories",
    "District": "streets",
    "Homes": "homes",
    "RendererConformance": "renderers",
    "RuleSetConformance": "rules",
    "StoreConformance": "stores",
    "card_histories": "histories",
    "conditions": "questions",
    "districts": "streets",
    "households": "homes",
    "law_days": "law",
    "ledgers": "books",
    "measures": "questions",
    "queries": "questions",
    "rule_sets": "law",
}
_SUITES = ("renderers", "rules", "stores")


def __getattr__(name: str) -> Any:
    """Load a public name from its room.

    Raises:
        MissingExtra: If hypothesis or pytest is not installed.
    """
    if name not in __all__:
        raise AttributeError(f"module 'shequ.testing' has no attribute {name!r}")
    room = _ROOMS.get(name, "strategies")
    try:
        if room in _SUITES and f"shequ.testing.{room}" not in sys.modules:
            import pytest

            # So that a failing clause shows what was found, not only what was wanted.
            pytest.register_assert_rewrite(f"shequ.testing.{room}")
        value = getattr(import_module(f"shequ.testing.{room}"), name)
    except ModuleNotFoundError as error:
        if error.name not in ("hypothesis", "pytest"):
            raise
        from shequ.errors import MissingExtra

        raise MissingExtra("测试工具 shequ.testing", "testing") from error
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
