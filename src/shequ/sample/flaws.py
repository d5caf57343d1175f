"""What is wrong with the demonstration district on purpose, so that checks have something to find.

The modules that make the records ask :func:`place_of` where a flaw lies; everything not listed here is clean,
but for what no district of this size can mend: communities of about 800 households meet neither size that the
law sets for a residents' committee (100–700 until 2025, 1,000–3,000 since), which is advice.
"""

from collections.abc import Mapping
from types import MappingProxyType

import attrs

__all__ = ["FLAWS", "Flaw", "place_of"]


@attrs.frozen
class Flaw:
    """One thing that is wrong on purpose.

    Args:
        name: What it is called.
        where: Code of the community or sub-district it lies in.
        rule: Code of the rule that should find it.
        when: The date or period it shows at.
        what: What is wrong, in one sentence.
        households: The smallest district, in households, that shows it.
    """

    name: str
    where: str
    rule: str
    when: str
    what: str
    households: int = 0


FLAWS: Mapping[str, Flaw] = MappingProxyType(
    {
        flaw.name: flaw
        for flaw in (
            Flaw(
                "short of workers",
                "999900001003",
                "staff.households_per_worker",
                "2025-12-31",
                "More than 300 households living there to each full-time worker (so also under 18 workers to "
                "10,000 residents).",
                households=2000,
            ),
            Flaw(
                "month without activity",
                "999900001004",
                "activities.month_without",
                "2025-08",
                "No activity of any kind began in August 2025.",
            ),
            Flaw(
                "late record",
                "999900001001",
                "volunteers.record_due",
                "2025",
                "One service of 2025-05-20 was recorded on 2025-07-15, later than ten working days after it.",
            ),
            Flaw(
                "building without worker",
                "999900001002",
                "zones.responsible",
                "2025-12-31",
                "One building has had nobody responsible for it since 2025-10-01.",
            ),
            Flaw(
                "building with two workers",
                "999900001004",
                "zones.responsible",
                "2025-12-31",
                "One building has had two workers responsible for it at once since 2025-09-01.",
            ),
            Flaw(
                "figure that disagrees",
                "999900001001",
                "figures.close",
                "2025-12-31",
                "The filed volunteers.people is 17 above what the records count.",
            ),
            Flaw(
                "too little room",
                "999900001005",
                "premises.service_area",
                "2025-12-31",
                "All premises together come to about 24 m² per 100 households living there, below 30.",
            ),
            Flaw(
                "branch too small",
                "999900001004",
                "party.branch_size",
                "2025-12-31",
                "One Party branch has two members, below three, and so no group either.",
            ),
            Flaw(
                "rented office",
                "999900001002",
                "premises.rented",
                "2025-12-31",
                "The community's office is rented.",
            ),
            Flaw(
                "promise not kept",
                "999900001000",
                "plan.overdue",
                "2025",
                "One plan item of 2025 fell due on 2025-11-30 and is still underway.",
            ),
            Flaw(
                "low-income case decided late",
                "999900001001",
                "casework.low_income_deadline",
                "2025",
                "One case accepted on 2025-03-10 was decided on 2025-06-03, later than 30 working days (and 45).",
            ),
            Flaw(
                "owners' committee not filed",
                "999900001002",
                "property.committee_filing",
                "2025-12-31",
                "One owners' committee was elected on 2025-09-06 and has not been filed, later than 30 days.",
            ),
            Flaw(
                "hired without votes",
                "999900001005",
                "property.votes",
                "2025-12-31",
                "One property company was hired in 2025 with 58.40 % of the area and 61.20 % of the owners taking part, "
                "less than two thirds.",
            ),
            Flaw(
                "petition concluded late",
                "999900001002",
                "petitions.deadlines",
                "2025",
                "One claim received on 2025-03-03 was concluded on 2025-06-10, not extended: later than 60 days.",
            ),
            Flaw(
                "petition answered late",
                "999900001004",
                "petitions.deadlines",
                "2025",
                "One claim received on 2025-08-04 was answered on 2025-09-01, later than 15 days.",
            ),
            Flaw(
                "body without rule",
                "999900001005",
                "bodies.rules",
                "2025-12-31",
                "The women's organisation has no working rule.",
            ),
            Flaw(
                "bodies missing",
                "999900001004",
                "bodies.present",
                "2025-12-31",
                "There is neither a workers' nor a youth organisation.",
            ),
            Flaw(
                "post to somebody younger",
                "999900001001",
                "employment.older_first",
                "2025",
                'A public-welfare post of 2025 went to somebody under forty while "4050" people waited for work.',
                households=2000,
            ),
            Flaw(
                "slips missing",
                "999900001003",
                "zones.slips",
                "2025-12-31",
                "Half of the households living there have a contact slip, elsewhere about nine in ten.",
                households=2000,
            ),
        )
    }
)
"""Every flaw, by its name; a rule finds each of them."""


def place_of(name: str) -> str:
    """Code of the division in which the flaw of this name lies."""
    return FLAWS[name].where
