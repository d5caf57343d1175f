"""The suite for stores: one class to inherit, with the tests of every clause of the contract.

Tests cite the clauses of ``docs/reference/storage-contract.md`` by number, in their docstrings and in what they say
when they fail.
"""

from shequ.testing.stores.aggregates import AggregateTests
from shequ.testing.stores.concurrency import ConcurrencyTests
from shequ.testing.stores.crash import CrashTests
from shequ.testing.stores.districts import DistrictTests
from shequ.testing.stores.erasure import ErasureTests
from shequ.testing.stores.history import HistoryTests
from shequ.testing.stores.machine import MachineTests
from shequ.testing.stores.powers import PowerTests
from shequ.testing.stores.queries import QueryTests
from shequ.testing.stores.replay import ReplayTests
from shequ.testing.stores.sessions import SessionTests
from shequ.testing.stores.text import TextTests
from shequ.testing.stores.versions import VersionTests

__all__ = ["StoreConformance"]


class StoreConformance(
    SessionTests,
    VersionTests,
    QueryTests,
    AggregateTests,
    HistoryTests,
    DistrictTests,
    TextTests,
    PowerTests,
    ErasureTests,
    ReplayTests,
    MachineTests,
    CrashTests,
    ConcurrencyTests,
):
    """What every store must pass: inherit, and say in :meth:`make_store` how yours is opened.

    What else may be overridden stands in :class:`shequ.testing.stores.base.StoreSuite`. Profiles: ``fast`` by default,
    the same in every run; ``deep`` with ``SHEQU_TESTING_PROFILE=deep`` in the environment.
    """
