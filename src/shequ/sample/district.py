"""The demonstration district, put together: the order in which its records come about."""

from collections.abc import Mapping
from importlib.resources import files

import attrs

from shequ.errors import Misuse
from shequ.model import Record
from shequ.sample import activities, cases, figures, needs, party, rooms, service, staff, volunteers, works
from shequ.sample.homes import settle
from shequ.sample.ledger import Ledger
from shequ.sample.places import lay_out

__all__ = ["SMALLEST", "Sample", "make_sample"]

SMALLEST = 60
"""The smallest district that holds everything, in households."""


@attrs.frozen
class Sample:
    """A district's records and its own rules.

    Args:
        records: Records by the name of their type, in the order in which types are loaded; every type but
            steps and rule files, none without records.
        rules: The district's own rule set, the text of a TOML file.
    """

    records: Mapping[str, tuple[Record, ...]]
    rules: str


def make_sample(seed: int = 2025, households: int = 5000) -> Sample:
    """Make the demonstration district: fictitious, the years 2024 and 2025, the same for the same arguments.

    Residents' IDs have right check digits and the area reserved for demonstration, telephones start with
    three zeros: none can be a real person's. What is wrong on purpose stands in :data:`shequ.sample.FLAWS`.

    Args:
        seed: What chance follows from.
        households: Households in the book, registered ones without anybody living there included.

    Raises:
        Misuse: If there are fewer households than the six communities need.
    """
    if households < SMALLEST:
        raise Misuse(f"{households} households are too few for a sample", remedy=f"ask for {SMALLEST} or more")
    ledger = Ledger()
    sites = lay_out(ledger, seed, households)
    homes, persons = settle(ledger, seed, sites)
    rooms.provide_rooms(ledger, seed, sites)
    rooms.open_outlets(ledger, seed, sites)
    comrades = party.organise(ledger, seed, sites)
    needs.categorise(ledger, seed, homes)
    needs.give(ledger, seed, sites)
    # Nothing says more about a person from here on.
    for person in persons:
        person.write(ledger)
    workers = staff.hire(ledger, seed, sites)
    helpers = volunteers.enlist(ledger, seed, sites, comrades)
    volunteers.form_teams(ledger, seed, sites, helpers, comrades)
    volunteers.offer_posts(ledger, seed, sites)
    volunteers.pair(ledger, seed, comrades, homes)
    held = activities.hold(ledger, seed, sites)
    service.serve(ledger, seed, sites, held, helpers, workers)
    cases.handle(ledger, seed, sites, workers)
    cases.mediate(ledger, seed, sites)
    works.build(ledger, sites)
    works.assign(ledger, seed, sites)
    works.promise(ledger)
    works.publish(ledger, seed, sites)
    figures.file_figures(ledger, seed, sites)
    rules = files("shequ.sample").joinpath("rules.toml").read_text(encoding="utf-8")
    return Sample(ledger.records(), rules)
