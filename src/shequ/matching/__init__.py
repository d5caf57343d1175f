"""Who helps whom: pairing members or volunteers with households, as an assignment over declared criteria.

Every pair costs whole points, the fewer the better: so many for each skill that is wanted and not offered, for having
no language in common, for each metre between them (or, where a position is not known, for another zone), and for each
household already helped. Excluded pairs and pairs too far apart are never made. First as many households as possible
get somebody, then the points of all pairs together are as few as possible; the solver is scipy's. The same people and
households give the same pairs, in whatever order they come.
"""

from shequ.matching.assignment import cost_matrix, pair
from shequ.matching.pairs import (
    Candidate,
    Cause,
    Criteria,
    Criterion,
    Need,
    Pair,
    PairingResult,
    Position,
    Reason,
    Unmatched,
)
from shequ.matching.sources import from_records

__all__ = [
    "Candidate",
    "Cause",
    "Criteria",
    "Criterion",
    "Need",
    "Pair",
    "PairingResult",
    "Position",
    "Reason",
    "Unmatched",
    "cost_matrix",
    "from_records",
    "pair",
]
