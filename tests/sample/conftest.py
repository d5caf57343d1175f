"""The demonstration district at its full size, made once."""

import pytest

from shequ.sample import Sample, make_sample


@pytest.fixture(scope="session")
def full_district() -> Sample:
    return make_sample()
