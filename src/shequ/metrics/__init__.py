"""What is counted: the catalogue of figures, the engine that measures them, and measurements with their lineage."""

from shequ.metrics.asking import Asked, ParameterSource, asked_of
from shequ.metrics.boundaries import by_boundaries
from shequ.metrics.breakdown import BREAKDOWNS, breakdowns_of, by_group
from shequ.metrics.comparison import Comparison, Earlier, compared, earlier
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
    RowPage,
    exact_json,
    in_words,
    rounded,
)
from shequ.metrics.restatement import Movement, Restatement, learned_since, restate

__all__ = [
    "BREAKDOWNS",
    "NO_DATA",
    "TREE_TYPES",
    "Asked",
    "Books",
    "Catalogue",
    "Comparison",
    "DivisionTree",
    "Earlier",
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
    "RowPage",
    "Shortfall",
    "Timing",
    "Total",
    "asked_of",
    "breakdown_label",
    "breakdowns_of",
    "by_boundaries",
    "by_group",
    "compared",
    "earlier",
    "exact_json",
    "in_words",
    "learned_since",
    "restate",
    "rounded",
]
