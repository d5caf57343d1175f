"""The catalogue of figures, by theme, as the built-in plugin that offers it.

Themes and codes are those of the report; what cannot yet be counted from records can be filed.
"""

from shequ.hookspecs import hookimpl
from shequ.metrics.catalogue import (
    community_life,
    governance,
    participation,
    party,
    places,
    population,
    safety,
    services,
    welfare,
)
from shequ.metrics.definition import Metric

__all__ = ["METRICS"]

METRICS: tuple[Metric, ...] = (
    *population.METRICS,
    *places.METRICS,
    *services.METRICS,
    *welfare.METRICS,
    *community_life.METRICS,
    *safety.METRICS,
    *party.METRICS,
    *governance.METRICS,
    *participation.METRICS,
)
"""Every metric of the library, in the order of the report."""


@hookimpl
def shequ_metrics() -> tuple[Metric, ...]:
    """The library's catalogue."""
    return METRICS
