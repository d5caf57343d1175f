"""Categories of residents, and the help they got: aid, donations behind it, work for those without."""

import random
from collections.abc import Callable, Sequence
from datetime import date

import attrs

from shequ.effective import Span, age, shift
from shequ.model import Aid, Donation, GiftKind, Placement, ResidentCategory
from shequ.sample.homes import Home
from shequ.sample.ledger import FIRST_DAY, LAST_DAY, Ledger, random_day, random_source
from shequ.sample.persons import Person
from shequ.sample.places import SUB_DISTRICT, Site

__all__ = ["GOODS_VALUES", "categorise", "give"]

_GOODS = (
    ("大米", "袋", 9_500),
    ("食用油", "桶", 7_800),
    ("棉被", "床", 16_000),
    ("羽绒服", "件", 22_000),
    ("书包文具", "套", 8_000),
    ("轮椅", "台", 48_000),
)
GOODS_VALUES = {f"{goods}（{unit}）": value for goods, unit, value in _GOODS}
"""What a piece of each thing is worth, in fen."""
_DONORS = ("爱心市民", "云溪商会", "演示市电力服务公司", "共建单位职工", "社区老党员", "辖区商户联合会")
_AID_FOR = {
    "low_income": "low_income",
    "disabled": "disabled",
    "living_alone": "elderly",
    "empty_nest": "elderly",
    "orphan": "student",
    "laid_off": "other",
}
_CHANNELS = ("referral", "welfare_post", "self_employed", "flexible")


@attrs.frozen
class _Case:
    """Somebody in a category, and where."""

    person: Person
    category: str
    home: Home

    @property
    def site(self) -> Site:
        return self.home.site


def categorise(ledger: Ledger, seed: int, homes: Sequence[Home]) -> None:
    """Write who belongs to which category, and the placements of those who were without work."""
    rng = random_source(seed, "categories")
    cases: list[_Case] = []
    for home in homes:
        cases += _household_cases(rng, home)
    cases += _one_of_each(cases, homes)
    terms: dict[str, tuple[date, date | None]] = {}
    for number, case in enumerate(cases):
        person = case.person
        alone = case.category in ("living_alone", "empty_nest")
        earliest = max(shift(person.birth, years=60 if alone else 0), date(2016, 1, 1))
        since = random_day(rng, earliest, max(earliest, date(2023, 12, 1)))
        until = None
        if case.category == "laid_off":
            person.employment = "70"
            since = random_day(rng, date(2023, 6, 1), date(2025, 6, 30))
            if number % 5 < 3:
                until = _place(ledger, rng, case, max(since, FIRST_DAY))
        elif case.category == "low_income":
            # A household is decided on as one.
            household = case.home.household.id
            if household not in terms:
                terms[household] = _low_income(rng, len(terms))
            granted, until = terms[household]
            since = max(granted, person.birth)
        elif case.category == "disabled":
            person.health = "6"
        ledger.add(ResidentCategory, resident=person.id, category=case.category, since=since, until=until)


def _low_income(rng: random.Random, number: int) -> tuple[date, date | None]:
    """From when the allowance was granted, and until when; one in six was stopped in the last year and a half."""
    granted = random_day(rng, date(2021, 9, 1), date(2023, 11, 30) if number % 2 else date(2025, 10, 31))
    if number % 6 != 1:
        return granted, None
    return granted, random_day(rng, date(2024, 7, 1), LAST_DAY)


def _household_cases(rng: random.Random, home: Home) -> list[_Case]:
    persons = [kin.person for kin in home.living]
    settled = [person for person in persons if person in home.settled]
    found: list[_Case] = []
    if not settled or len(settled) < len(persons):
        return found
    if rng.random() < 0.014:
        found += [_Case(person, "low_income", home) for person in persons]
    if len(persons) == 1 and persons[0].age >= 60:
        found.append(_Case(persons[0], "living_alone", home))
    if len(persons) == 2 and min(person.age for person in persons) >= 60 and rng.random() < 0.6:
        found += [_Case(person, "empty_nest", home) for person in persons]
    for kin in home.living:
        person = kin.person
        if rng.random() < (0.012 if person.age < 60 else 0.035):
            found.append(_Case(person, "disabled", home))
        if 25 <= person.age <= 54 and person.political == "13" and person.employment == "70":
            found.append(_Case(person, "laid_off", home))
        if person.sex == "1" and person.age >= 26 and rng.random() < 0.025:
            found.append(_Case(person, "veteran", home))
        if kin.relation == "4" and rng.random() < 0.35:
            found.append(_Case(person, "orphan", home))
    return found


def _one_of_each(cases: Sequence[_Case], homes: Sequence[Home]) -> list[_Case]:
    """A case of each category that chance left out, in a small district."""
    present = {case.category for case in cases}
    people = [(person, home) for home in homes for person in home.settled if home.site.operating]
    wanted: dict[str, Callable[[Person], bool]] = {
        "low_income": lambda person: person.age >= 30,
        "disabled": lambda person: person.age >= 30,
        "living_alone": lambda person: person.age >= 60,
        "empty_nest": lambda person: person.age >= 60,
        "laid_off": lambda person: 25 <= person.age <= 54 and person.political == "13",
        "veteran": lambda person: person.age >= 26,
        "orphan": lambda person: person.age <= 16,
    }
    taken = {(case.person.id, case.category) for case in cases}
    made = []
    for category, fits in wanted.items():
        if category in present and category != "laid_off":
            continue
        # Work is what a community can help with, so there are always a few who look for it.
        number = 3 if category == "laid_off" else 1
        fitting = [
            _Case(person, category, home)
            for person, home in people
            if fits(person) and (person.id, category) not in taken
        ]
        made += fitting[:number]
    return made


def _place(ledger: Ledger, rng: random.Random, case: _Case, after: date) -> date:
    """Work found with the community's help."""
    placed = random_day(rng, after, LAST_DAY)
    channel = rng.choice(_CHANNELS)
    older = age(case.person.birth, placed) >= (40 if case.person.sex == "2" else 50)
    if channel == "welfare_post" and not older:
        channel = "referral"  # these posts are for those who find work hardest ("4050")
    case.person.employment = {"self_employed": "54", "flexible": "51"}.get(channel, "24")
    ledger.add(Placement, community=case.site.code, resident=case.person.id, channel=channel, placed=placed)
    return placed


def give(ledger: Ledger, seed: int, sites: Sequence[Site]) -> None:
    """Write donations of money and goods, and the aid handed out to people in a category."""
    rng = random_source(seed, "gifts")
    size = sum(site.size for site in sites)
    codes = [SUB_DISTRICT, *(site.code for site in sites if site.operating)]
    for year in (2024, 2025):
        days = sorted(random_day(rng, date(year, 1, 2), date(year, 12, 30)) for _ in range(20 + size // 50))
        for number, day in enumerate(days):
            _donate(ledger, rng, f"YX-{year}-{number + 1:04d}", codes[number % len(codes)], day, number)
    held = [record for record in ledger.all(ResidentCategory) if record.category in _AID_FOR]
    where = {person.id: site.code for site in sites if site.operating for person in site.settled}
    cases = [(Span(record.since, record.until), record) for record in held if record.resident in where]
    for year in (2024, 2025):
        days = sorted(random_day(rng, date(year, 1, 2), date(year, 12, 30)) for _ in range(24 + size // 25))
        for number, day in enumerate(days):
            case = rng.choice([case for span, case in cases if day in span])
            kind = "illness" if number % 9 == 8 else _AID_FOR[case.category]
            paper = f"JZ-{year}-{number + 1:04d}"
            _hand_out(ledger, rng, paper, where[case.resident], case.resident, kind, day)


def _donate(ledger: Ledger, rng: random.Random, receipt: str, division: str, day: date, number: int) -> None:
    donor = rng.choice(_DONORS)
    if number % 2:
        goods, unit, value = rng.choice(_GOODS)
        pieces = rng.randint(2, 30)
        ledger.add(
            Donation,
            receipt=receipt,
            division=division,
            donor=donor,
            given=day,
            kind=GiftKind.GOODS,
            goods=f"{goods}（{unit}）",
            pieces=pieces,
            estimated_value=pieces * value,
        )
    else:
        amount = rng.choice((10_000, 20_000, 50_000, 66_600, 100_000, 300_000, 500_000))
        ledger.add(
            Donation,
            receipt=receipt,
            division=division,
            donor=donor,
            given=day,
            kind=GiftKind.MONEY,
            amount=amount,
        )


def _hand_out(
    ledger: Ledger, rng: random.Random, number: str, division: str, resident: str, category: str, day: date
) -> None:
    if rng.random() < 0.55:
        goods, unit, _ = rng.choice(_GOODS[:5])
        ledger.add(
            Aid,
            number=number,
            division=division,
            resident=resident,
            category=category,
            given=day,
            kind=GiftKind.GOODS,
            goods=f"{goods}（{unit}）",
            pieces=rng.randint(1, 3),
        )
    else:
        ledger.add(
            Aid,
            number=number,
            division=division,
            resident=resident,
            category=category,
            given=day,
            kind=GiftKind.MONEY,
            amount=rng.choice((20_000, 30_000, 50_000, 100_000)),
        )
