"""What is shipped to other people's tests: strategies for every record type, and suites for stores and rule sets.

A store keeps the contract (``docs/reference/storage-contract.md``) if these lines pass::

    from shequ.testing import StoreConformance


    class TestMyStore(StoreConformance):
        def make_store(self, path):
            return MyStore(f"mydb://{path}")

A rule set keeps its own (``docs/reference/rule-set-contract.md``) if :class:`RuleSetConformance` passes with it.
"""

from shequ.errors import MissingExtra

try:
    import hypothesis  # noqa: F401 - asked for here, so that its absence is told in the user's words
    import pytest
except ModuleNotFoundError as error:
    if error.name not in ("hypothesis", "pytest"):
        raise
    raise MissingExtra("测试工具 shequ.testing", "testing") from error

pytest.register_assert_rewrite("shequ.testing.stores", "shequ.testing.rules")

from shequ.testing.rules import RuleSetConformance  # noqa: E402 - pytest must know of the assertions first
from shequ.testing.stores import StoreConformance  # noqa: E402 - the same
from shequ.testing.strategies import (  # noqa: E402 - the same
    days,
    identifiers,
    moments,
    partial_days,
    records,
    register_strategies,
    resident_ids,
    texts,
)

__all__ = [
    "RuleSetConformance",
    "StoreConformance",
    "days",
    "identifiers",
    "moments",
    "partial_days",
    "records",
    "register_strategies",
    "resident_ids",
    "texts",
]
