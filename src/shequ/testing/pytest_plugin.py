"""Fixtures for suites that test against shequ; pytest finds them through the entry-point group ``pytest11``.

================== ==================================================================================================
``shequ_clock``    a clock that stands still until it is told to go on; the registers' clock
``shequ_plugins``  a plugin host with the library's own plugins and those that the marker names, and no others
``shequ_register`` an empty register, once in memory and once on SQLite
``shequ_district`` a function that makes a demonstration district of a size
================== ==================================================================================================

Markers: ``@pytest.mark.shequ_now("2026-03-01")`` sets the clock, ``@pytest.mark.shequ_plugins("my_plugin", object)``
chooses plugins by dotted name or as they are. A suite may override each fixture in its ``conftest.py``, and choose
stores with ``@pytest.mark.parametrize("shequ_register", ["memory", "sqlite", "mydb://…"], indirect=True)``.

This module is imported by every run of pytest where shequ is installed, so it imports nothing until a fixture is used.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from datetime import datetime, timedelta
    from pathlib import Path

    from shequ.plugins import PluginHost
    from shequ.register import Register
    from shequ.sample import Sample

__all__ = ["StandingClock", "shequ_clock", "shequ_district", "shequ_plugins", "shequ_register"]

_FIRST = "2026-01-05T09:00:00+08:00"


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers, so that ``--strict-markers`` knows them."""
    config.addinivalue_line("markers", "shequ_now(moment): where shequ_clock stands: a day, or a moment (ISO 8601)")
    config.addinivalue_line("markers", "shequ_plugins(*plugins): plugins of shequ_plugins: dotted names or objects")


class StandingClock:
    """A clock that stands still: called, it gives the present moment.

    Args:
        now: Where it stands, aware.
    """

    def __init__(self, now: "datetime") -> None:
        self.now = now

    def __call__(self) -> "datetime":
        """The present moment."""
        return self.now

    def advance(self, by: "timedelta") -> "datetime":
        """Let it go on.

        Raises:
            ValueError: If it would go back.
        """
        if by.total_seconds() < 0:
            raise ValueError(f"the clock cannot be put back by {-by}: set its now instead")
        self.now += by
        return self.now


def _asked(request: pytest.FixtureRequest, marker: str) -> tuple[Any, ...]:
    found = request.node.get_closest_marker(marker)
    return () if found is None else tuple(found.args)


@pytest.fixture
def shequ_clock(request: pytest.FixtureRequest) -> StandingClock:
    """A clock that stands at 2026-01-05 09:00, or where ``@pytest.mark.shequ_now`` says."""
    from datetime import datetime, time

    from shequ.effective import SHANGHAI

    (asked,) = _asked(request, "shequ_now") or (_FIRST,)
    moment = datetime.fromisoformat(asked) if isinstance(asked, str) else asked
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time(9))
    elif isinstance(asked, str) and len(asked) == len("2026-01-05"):
        moment = moment.replace(hour=9)
    return StandingClock(moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI))


@pytest.fixture
def shequ_plugins(request: pytest.FixtureRequest) -> "PluginHost":
    """A host of the library's own plugins and those of ``@pytest.mark.shequ_plugins``, whatever else is installed.

    It is strict: a plugin that fails is an error of the test.
    """
    from importlib import import_module

    from shequ.plugins import PluginHost

    chosen: dict[str, object] = {}
    for plugin in _asked(request, "shequ_plugins"):
        name = plugin if isinstance(plugin, str) else getattr(plugin, "__name__", type(plugin).__name__)
        chosen[name] = import_module(plugin) if isinstance(plugin, str) else plugin
    return PluginHost(chosen, discover=False, strict=True)


@pytest.fixture(params=["memory", "sqlite"])
def shequ_register(
    request: pytest.FixtureRequest, tmp_path: "Path", shequ_plugins: "PluginHost", shequ_clock: StandingClock
) -> "Iterator[Register]":
    """An empty register of the district ``999900001000``, in memory and on SQLite, with the clock and plugins above.

    The parameter is ``memory``, ``sqlite`` or the URL of a store; ``{path}`` in a URL stands for a new folder.
    """
    import shequ
    from shequ.errors import MissingExtra

    url = {"memory": "memory:", "sqlite": "sqlite:///{path}/shequ.db"}.get(request.param, request.param)
    try:
        opened = shequ.open(
            url.replace("{path}", str(tmp_path)),
            "999900001000",
            actor="pytest",
            host=shequ_plugins,
            clock=shequ_clock,
        )
    except MissingExtra as error:
        pytest.skip(str(error))
    with opened as register:
        yield register


@pytest.fixture(scope="session")
def shequ_district() -> "Callable[..., Sample]":
    """A function that makes the demonstration district of so many households, the same for the same arguments.

    Each is made once in a run. ``register.put(*district.all(), reason="…")`` stores it.
    """
    from functools import cache

    from shequ.sample import SMALLEST, make_sample

    @cache
    def make(size: int = SMALLEST, seed: int = 2025) -> "Sample":
        return make_sample(seed, size)

    return make
