"""How the suites draw their cases: two profiles, and a property checked within a test that strangers inherit."""

import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

__all__ = ["Drawing"]

_QUIET = list(HealthCheck)  # what is tested may be slow, and the suites' tests are inherited by design
_PROFILES = {
    "fast": settings(
        max_examples=12,
        stateful_step_count=10,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=_QUIET,
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
    ),
    "deep": settings(
        max_examples=400, stateful_step_count=40, deadline=None, suppress_health_check=_QUIET, print_blob=True
    ),
}


class Drawing:
    """What every suite has: a profile, and the checking of properties by it."""

    def settings(self) -> settings:
        """How hypothesis is to run: ``fast``, or as ``SHEQU_TESTING_PROFILE`` says (``deep``)."""
        name = os.environ.get("SHEQU_TESTING_PROFILE", "fast")
        if name not in _PROFILES:
            pytest.fail(f"SHEQU_TESTING_PROFILE={name!r} is no profile: it is one of {', '.join(_PROFILES)}")
        return _PROFILES[name]

    def for_all(self, check: Callable[..., None], *drawn: st.SearchStrategy[Any], share: float = 1.0) -> None:
        """Check a property for what is drawn.

        Args:
            check: Called with one value of each strategy.
            drawn: The strategies.
            share: Which share of the profile's examples is enough.
        """
        chosen = self.settings()

        def test(*values: Any) -> None:  # hypothesis names the arguments of a test, and `check` is often bound
            check(*values)

        counted = settings(chosen, max_examples=max(1, int(chosen.max_examples * share)))
        counted(given(st.tuples(*drawn))(lambda values: test(*values)))()
