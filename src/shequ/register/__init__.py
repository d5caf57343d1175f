"""The register: what an application holds — a store, plugins, an actor, a clock.

Here is the edge of the library: the clock and the environment are read here and handed down as values.
"""

from shequ.exchange.loading import LoadResult
from shequ.register.holding import declared
from shequ.register.opening import Register, host_from_environment, open  # noqa: A004 - shequ.open is the public name
from shequ.reports.saving import Report

__all__ = ["LoadResult", "Register", "Report", "declared", "host_from_environment", "open"]
