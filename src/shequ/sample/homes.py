"""Households: who is registered in them, who lives in them, and what changed in the two years."""

import random
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

import attrs

from shequ.model import Household, HouseholdMembership, MembershipKind
from shequ.sample.families import Kin, draw_couple, draw_family, draw_single
from shequ.sample.ledger import FIRST_DAY, LAST_DAY, Ledger, random_day, random_source
from shequ.sample.persons import Person, Registry
from shequ.sample.places import Site

__all__ = ["Home", "settle"]

_LIVING = MembershipKind.LIVING
_REGISTERED = MembershipKind.REGISTERED
_HALF_A_YEAR_AGO = date(2025, 7, 1)


@attrs.define(eq=False)
class Home:
    """A household while the sample is being made.

    Args:
        household: Its record.
        site: Its community.
        living: Who lives there on the last day.
        settled: Those of them who lived there through both years.
    """

    household: Household
    site: Site
    living: list[Kin] = attrs.field(factory=list)
    settled: list[Person] = attrs.field(factory=list)


@attrs.define
class _Town:
    """What is needed to settle people: the ledger, chance, and the households' numbers."""

    ledger: Ledger
    rng: random.Random
    registry: Registry
    homes: list[Home] = attrs.field(factory=list)
    _numbers: dict[str, Iterator[int]] = attrs.field(factory=dict)

    def home(self, site: Site, since: date, until: date | None = None) -> Home:
        """The next household in the community's book."""
        if site.code not in self._numbers:
            order = list(range(1, site.size + 1))
            self.rng.shuffle(order)
            self._numbers[site.code] = iter(order)
        number = next(self._numbers[site.code])
        building = site.buildings[(number - 1) * len(site.buildings) // site.size]
        room = f"{self.rng.randint(1, 3)}单元{self.rng.randint(1, 7)}0{self.rng.randint(1, 3)}室"
        household = self.ledger.add(
            Household,
            community=site.code,
            number=f"{number:04d}",
            address=site.addresses[building.id] + room,
            building=building.id,
            since=since,
            until=until,
        )
        home = Home(household, site)
        self.homes.append(home)
        return home

    def belong(
        self,
        home: Home,
        kin: Kin,
        kind: MembershipKind,
        since: date,
        until: date | None = None,
        reason: str | None = None,
    ) -> None:
        """Write down that somebody belongs to a household, from birth at the earliest and till death."""
        person = kin.person
        if until is None:
            until = person.died
        self.ledger.add(
            HouseholdMembership,
            household=home.household.id,
            resident=person.id,
            kind=kind,
            relation=kin.relation,
            since=max(since, person.birth),
            until=until,
            reason=reason,
        )
        if kind is _LIVING and until is None:
            home.living.append(kin)

    def both(self, home: Home, family: Iterable[Kin], since: date) -> None:
        """People registered where they live."""
        for kin in family:
            reason = "出生登记" if kin.person.birth >= FIRST_DAY else None
            self.belong(home, kin, _REGISTERED, since, reason=reason)
            self.belong(home, kin, _LIVING, since, reason=reason)


def settle(ledger: Ledger, seed: int, sites: list[Site]) -> tuple[list[Home], list[Person]]:
    """Fill every community's book; returns its homes and all persons, not yet written as residents."""
    rng = random_source(seed, "homes")
    town = _Town(ledger, rng, Registry(random_source(seed, "persons")))
    moves = max(2, sum(site.size for site in sites) * 8 // 1000)
    leaving = [sites[number % len(sites)] for number in range(moves)]
    joining = [sites[(number + 1 + number // len(sites) % 4) % len(sites)] for number in range(moves)]
    for site, target in zip(leaving, joining, strict=True):
        _move(town, site, target)
    for site in sites:
        slots = site.size - leaving.count(site) - joining.count(site)
        few = [max(1, slots * percent // 100) for percent in (2, 8, 12, 5)]
        for draw, number in zip((_arrived, _empty, _renting, _own_home), few, strict=True):
            for _ in range(number):
                draw(town, site)
        for number in range(slots - sum(few)):
            _ordinary(town, site, elder_dies=number == 0)
    _register_with_parents(town)
    _count(town, sites)
    return town.homes, town.registry.persons


def _since(rng: random.Random, family: list[Kin], *, last: date = date(2023, 6, 30)) -> date:
    """A day on which this family may have come: its head was grown up."""
    born = family[0].person.birth
    first = min(last, max(date(1988, 1, 1), born + timedelta(days=20 * 365)))
    return random_day(rng, first, last)


def _ordinary(town: _Town, site: Site, *, elder_dies: bool) -> None:
    """A family registered where it lives; some of it away, some of it registered elsewhere."""
    rng = town.rng
    family = draw_family(town.registry)
    if elder_dies:
        mother = town.registry.person("2", 81, marital="30")
        family = [*draw_single(town.registry, (50, 56)), Kin(mother, "5")]
    since = _since(rng, family)
    for kin in family:
        old = kin.person.age >= 70 and len(family) > 1 and kin.relation != "0"
        if old and (elder_dies or rng.random() < 0.05):
            kin.person.died = random_day(rng, FIRST_DAY, LAST_DAY)
            if kin.relation == "1":
                family[0].person.marital = "30"
    home = town.home(site, since)
    for kin in family:
        grown = kin.relation in "23" and kin.person.age >= 19
        if grown and rng.random() < 0.3:
            town.belong(home, kin, _REGISTERED, since, reason="人户分离")
        elif kin.relation in "58" and kin.person.died is None and rng.random() < 0.45:
            town.belong(home, kin, _LIVING, since, reason="投靠亲属，户籍在外")
        else:
            town.both(home, (kin,), since)
    head = family[0].person
    if head.age >= 52 and rng.random() < 0.42:
        sex = rng.choice("12")
        child = town.registry.person(sex, head.age - rng.randint(24, 32), surname=head.name[0], marital="21")
        town.belong(home, Kin(child, "2" if sex == "1" else "3"), _REGISTERED, since, reason="人户分离")


def _renting(town: _Town, site: Site) -> None:
    """People who live here and are registered elsewhere."""
    family = draw_couple(town.registry) if town.rng.random() < 0.66 else draw_single(town.registry)
    home = town.home(site, since := random_day(town.rng, date(2018, 1, 1), date(2025, 6, 20)))
    for kin in family:
        town.belong(home, kin, _LIVING, since, reason="租住")


def _empty(town: _Town, site: Site) -> None:
    """A registration without anybody living there (空挂户)."""
    rng = town.rng
    family = draw_single(town.registry, (30, 70)) if rng.random() < 0.5 else draw_couple(town.registry)
    home = town.home(site, since := _since(rng, family))
    for kin in family:
        town.belong(home, kin, _REGISTERED, since, reason="空挂")


def _arrived(town: _Town, site: Site) -> None:
    """People who came within the last half year; some brought their registration."""
    rng = town.rng
    family = draw_couple(town.registry)
    home = town.home(site, since := random_day(rng, _HALF_A_YEAR_AGO + timedelta(days=4), date(2025, 12, 20)))
    registered = rng.random() < 0.4
    for kin in family:
        if registered:
            town.belong(home, kin, _REGISTERED, since, reason="迁入")
        town.belong(home, kin, _LIVING, since, reason="迁入" if registered else "租住")


def _own_home(town: _Town, site: Site) -> None:
    """A young couple in a home of its own; its head gets a registration by :func:`_register_with_parents`."""
    family = draw_couple(town.registry)
    home = town.home(site, since := _since(town.rng, family))
    for kin in family:
        town.belong(home, kin, _LIVING, since, reason="购房居住，户籍未迁")


def _register_with_parents(town: _Town) -> None:
    """Register the heads of :func:`_own_home` with parents in another community, where there are any."""
    living_only = {
        record.household
        for record in town.ledger.all(HouseholdMembership)
        if record.reason == "购房居住，户籍未迁" and record.relation == "0"
    }
    young = [home for home in town.homes if home.household.id in living_only]
    old = [
        home
        for home in town.homes
        if home.household.id not in living_only
        and home.living
        and home.living[0].relation == "0"
        and home.living[0].person.age >= 50
    ]
    town.rng.shuffle(old)
    for home in young:
        head = home.living[0].person
        for place, parents in enumerate(old):
            elder = parents.living[0].person
            if parents.site is not home.site and 22 <= elder.age - head.age <= 40:
                kin = Kin(head, "2" if head.sex == "1" else "3")
                since = parents.household.since or FIRST_DAY
                town.belong(parents, kin, _REGISTERED, since, reason="人户分离")
                del old[place]
                break


def _move(town: _Town, site: Site, target: Site) -> None:
    """A family that moved between communities in the two years; every other one left its registration."""
    rng = town.rng
    family = draw_couple(town.registry)
    since = _since(rng, family)
    moved = random_day(rng, date(2024, 3, 1), date(2025, 6, 15))
    takes_registration = len(town.homes) // 2 % 2 == 0
    registered_until = moved + timedelta(days=20) if takes_registration else None
    origin = town.home(site, since, registered_until)
    destination = town.home(target, moved)
    for kin in family:
        born_later = kin.person.birth >= moved
        if not born_later:
            town.belong(origin, kin, _LIVING, since, moved, reason="迁往" + target.name)
        town.belong(destination, kin, _LIVING, moved, reason="自" + site.name + "迁入")
        if registered_until is None:
            town.belong(origin, kin, _REGISTERED, since, reason="人户分离")
            continue
        if kin.person.birth < registered_until:
            town.belong(origin, kin, _REGISTERED, since, registered_until, reason="迁往" + target.name)
        town.belong(destination, kin, _REGISTERED, registered_until, reason="自" + site.name + "迁入")


def _count(town: _Town, sites: list[Site]) -> None:
    """Note for each community how many live there on the last day, and who has lived there throughout."""
    since = {
        (record.household, record.resident): record.since or FIRST_DAY
        for record in town.ledger.all(HouseholdMembership)
        if record.kind is _LIVING and record.until is None
    }
    for site in sites:
        here = [home for home in town.homes if home.site is site and home.living]
        site.living = len(here)
        for home in here:
            for kin in home.living:
                came = since[home.household.id, kin.person.id]
                site.residents += came <= _HALF_A_YEAR_AGO
                if came < FIRST_DAY:
                    home.settled.append(kin.person)
            site.settled += home.settled
