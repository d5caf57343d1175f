"""Shared by all tests: Hypothesis profiles, and a register in memory with a clock that stands still."""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

import shequ
from shequ.effective import SHANGHAI

settings.register_profile(
    "fast", derandomize=True, max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "deep", max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
# For runs in which that something fails is enough: nothing is shrunk or explained.
settings.register_profile("unshrunk", settings.get_profile("fast"), phases=(Phase.explicit, Phase.generate))
settings.load_profile(os.environ.get("SHEQU_HYPOTHESIS", "fast"))

_WHOLE_DISTRICTS = {"demo", "full_district", "workplace"}
"""Fixtures that make a demonstration district with all that belongs to it: who asks for one is slow."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that ask for a whole district."""
    for item in items:
        if _WHOLE_DISTRICTS & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)


NOW = datetime(2026, 1, 5, 9, 0, tzinfo=SHANGHAI)
DATA = Path(__file__).parent / "data"


@pytest.fixture
def register() -> Iterator[shequ.Register]:
    """An empty register in memory; its clock stands at 2026-01-05."""
    with shequ.open("memory:", actor="tester", clock=lambda: NOW) as opened:
        yield opened


@pytest.fixture
def data() -> Path:
    """The folder of real data with their attribution."""
    return DATA
