"""Districts of several seeds and sizes for properties: a fixed few that are made once, or any with the deep profile."""

import os
from functools import cache

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from shequ.sample import SMALLEST, Sample, make_sample

__all__ = ["SAMPLES", "quick"]

_FEW = ((0, SMALLEST), (7, 97), (25, 180), (90125, 233), (999_999, 300))
_DEEP = os.environ.get("SHEQU_HYPOTHESIS") == "deep"


@cache
def _made(seed_and_size: tuple[int, int]) -> Sample:
    return make_sample(*seed_and_size)


SAMPLES = (
    st.builds(make_sample, st.integers(0, 10**6), st.integers(SMALLEST, 300))
    if _DEEP
    else st.sampled_from(_FEW).map(_made)
)
# A district takes too long to make for failures to be shrunk.
quick = settings(
    max_examples=30 if _DEEP else len(_FEW),
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
