"""The demonstration district, put together: the order in which its records come about."""

from collections.abc import Iterator, Mapping
from importlib.resources import files
from itertools import chain

import attrs

from shequ.errors import Misuse
from shequ.model import Record
from shequ.sample import (
    activities,
    bodies,
    boundaries,
    cards,
    cases,
    changes,
    charity,
    conduct,
    contact,
    contact_points,
    estates,
    figures,
    filed,
    funds,
    needs,
    pairings,
    party,
    plans,
    rooms,
    safety,
    service,
    staff,
    volunteers,
    welfare,
    works,
)
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
            rule files, none without records.
        rules: The district's own rule set, the text of a TOML file.
    """

    records: Mapping[str, tuple[Record, ...]]
    rules: str

    def all(self) -> Iterator[Record]:
        """Every record, in the order in which types are loaded."""
        return chain.from_iterable(self.records.values())


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
    boundaries.remember(ledger)
    homes, persons = settle(ledger, seed, sites)
    changes.record_changes(ledger, seed, homes, persons)
    rooms.provide_rooms(ledger, seed, sites)
    rooms.open_outlets(ledger, seed, sites)
    comrades = party.organise(ledger, seed, sites)
    needs.categorise(ledger, seed, homes)
    needs.give(ledger, seed, sites)
    charity.keep_books(ledger)
    # Nothing says more about a person from here on.
    for person in persons:
        person.write(ledger)
    workers = staff.hire(ledger, seed, sites)
    contact_points.open_halls(ledger, sites)
    contact_points.hand_out_slips(ledger, seed, homes, workers)
    helpers = volunteers.enlist(ledger, seed, sites, comrades)
    volunteers.form_teams(ledger, seed, sites, helpers, comrades)
    volunteers.offer_posts(ledger, seed, sites)
    pairings.pair(ledger, seed, comrades, homes)
    pairings.order(ledger, seed, sites, comrades, workers)
    held = activities.hold(ledger, seed, sites)
    service.serve(ledger, seed, sites, held, helpers, workers)
    cards.trace_registrations(ledger, seed, workers)
    cards.appoint(ledger, seed, comrades, workers)
    contact.compile_cards(ledger, seed, workers)
    welfare.decide(ledger, seed, homes)
    welfare.enrol(ledger, seed, sites, workers)
    welfare.employ(ledger, seed, sites)
    cases.handle(ledger, seed, sites, workers)
    cases.mediate(ledger, seed, sites)
    safety.petition(ledger, seed, sites, workers)
    safety.patrol(ledger, seed)
    estates.manage(ledger, seed, sites)
    estates.complain(ledger, seed, sites)
    bodies.set_up(ledger, sites, workers)
    bodies.elect(ledger, sites)
    conduct.appraise(ledger, seed)
    conduct.train(ledger)
    conduct.resolve(ledger, seed, held, workers)
    works.build(ledger, sites)
    works.assign(ledger, seed, sites)
    plans.promise(ledger)
    funds.grant(ledger, seed, sites)
    works.publish(ledger, seed, sites)
    figures.file_figures(ledger, sites)
    filed.file_report(ledger)
    rules = files("shequ.sample").joinpath("rules.toml").read_text(encoding="utf-8")
    return Sample(ledger.records(), rules)
