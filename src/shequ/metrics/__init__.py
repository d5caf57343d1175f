"""What is counted: the catalogue of figures, the engine that measures them, and measurements with their lineage."""

from shequ.metrics.asking import Asked, ParameterSource, asked_of
from shequ.metrics.boundaries import by_boundaries
from shequ.metrics.definition import (
    Books,
    Catalogue,
    Measured,
    Metric,
    Quality,
    Ratio,
    RollUp,
    Shortfall,
    Timing,
    Total,
)
from shequ.metrics.divisions import TREE_TYPES, DivisionTree, Place
from shequ.metrics.engine import Engine
from shequ.metrics.figures import breakdown_label
from shequ.metrics.measurement import (
    NO_DATA,
    Measurement,
    ParameterUse,
    Provenance,
    exact_json,
    rounded,
)
from shequ.metrics.restatement import Movement, Restatement, learned_since, restate

__all__ = [
    "NO_DATA",
    "TREE_TYPES",
    "Asked",
    "Books",
    "Catalogue",
    "DivisionTree",
    "Engine",
    "Measured",
    "Measurement",
    "Metric",
    "Movement",
    "ParameterSource",
    "ParameterUse",
    "Place",
    "Provenance",
    "Quality",
    "Ratio",
    "Restatement",
    "RollUp",
    "Shortfall",
    "Timing",
    "Total",
    "asked_of",
    "breakdown_label",
    "by_boundaries",
    "exact_json",
    "learned_since",
    "restate",
    "rounded",
]
