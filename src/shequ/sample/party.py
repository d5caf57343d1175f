"""The Party in the sub-district: employers, organisations in a tree, members, registration cards."""

import random
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import attrs

from shequ.effective import PartialDate
from shequ.model import (
    MemberKind,
    OrganizationKind,
    PartyMember,
    PartyOrganization,
    RegistrationCard,
    RegistrationState,
    WorkUnit,
)
from shequ.sample.flaws import place_of
from shequ.sample.ledger import FIRST_DAY, LAST_DAY, Ledger, random_day, random_source
from shequ.sample.persons import Person
from shequ.sample.places import SUB_DISTRICT, SUB_DISTRICT_NAME, Site

__all__ = ["Comrade", "organise"]

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_UNITS = (
    ("演示市电力服务公司", "党总支", True),
    ("演示市第二中学", "党支部", True),
    ("演示市中心医院", "党委", True),
    ("演示市公共交通公司", "党委", False),
    ("演示市自来水厂", "党支部", True),
    ("云溪农贸市场管理公司", "党支部", True),
    ("演示市图书馆", "党支部", True),
    ("演示市城建设计院", "党总支", False),
    ("云溪派出所", "党支部", True),
    ("演示市商业储蓄所", "党支部", False),
    ("演示市纺织机械厂", "党委", False),
    ("演示市税务服务所", "党支部", False),
    ("演示市职业技术学校", "党总支", True),
    ("云溪物流园", "联合党支部", False),
)
_TALENTS = (
    "书法",
    "法律",
    "医疗保健",
    "家电维修",
    "心理疏导",
    "摄影",
    "音乐",
    "计算机",
    "英语",
    "园艺",
    "烹饪",
    "写作",
)
_WISHES = ("政策宣传", "助学辅导", "健康咨询", "法律咨询", "文明劝导", "扶贫济困", "环境整治", "治安巡逻")
_TIMES = ("工作日晚间", "周六上午", "周六下午", "周日上午", "节假日")
_WORKING = ("11", "13", "17", "21", "24")
_BRANCH_SIZE = 25
_CLOSED = (RegistrationState.TRANSFERRED, RegistrationState.CLOSED, RegistrationState.RETIRED)
_FRESH = (RegistrationState.REPORTED, RegistrationState.UNDER_REVIEW)


@attrs.frozen
class Comrade:
    """A Party member in force on the last day, with the person and the site."""

    member: PartyMember
    person: Person
    site: Site

    @property
    def served_from(self) -> date:
        """The day from which the member belongs to or serves in the community."""
        return self.member.since or FIRST_DAY


def credit_code(number: int) -> str:
    """A unified social credit code of the demonstration area that passes its checks (GB 32100, GB 11714)."""
    body = f"{number:08d}"
    weighted = sum(int(digit) * weight for digit, weight in zip(body, (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
    first17 = "12999900" + body + "0123456789X0"[11 - weighted % 11]
    total = sum(_ALPHABET.index(char) * pow(3, place, 31) for place, char in enumerate(first17))
    return first17 + _ALPHABET[(31 - total % 31) % 31]


def organise(ledger: Ledger, seed: int, sites: Sequence[Site]) -> list[Comrade]:
    """Write units, organisations, members and cards; the members of the last day.

    Who is a member is written into the persons too: their political status, and work that fits.
    """
    rng = random_source(seed, "party")
    units = [
        ledger.add(
            WorkUnit,
            name=name,
            credit_code=credit_code(10_000_000 + 371 * number),
            party_organization=f"中共{name}{body}",
            address=f"演示市中山路{number * 12 + 6}号",
            co_builder=co_builder,
        )
        for number, (name, body, co_builder) in enumerate(_UNITS)
    ]
    committee = ledger.add(
        PartyOrganization,
        division=SUB_DISTRICT,
        name=f"中共{SUB_DISTRICT_NAME}工作委员会",
        kind=OrganizationKind.COMMITTEE,
        full_time_head=True,
        since=date(2001, 7, 1),
    )
    chosen = {site.code: _choose(rng, site) for site in sites}
    comrades: list[Comrade] = []
    cards: list[tuple[Person, Site, WorkUnit, PartyOrganization]] = []
    for site in sites:
        kinds = chosen[site.code]
        own = len(kinds[MemberKind.REGISTERED]) + len(kinds[MemberKind.RETIRED])
        branches = _branches(ledger, site, committee, own)
        for kind, persons in kinds.items():
            for number, person in enumerate(persons):
                person.political = "01"
                if kind is MemberKind.IN_SERVICE:
                    person.employment = rng.choice(_WORKING)
                    cards.append((person, site, rng.choice(units), branches[0]))
                    continue
                if kind is MemberKind.RETIRED:
                    person.employment = "80"
                branch = branches[number % len(branches)] if kind is not MemberKind.FLOATING else None
                comrades.append(_enrol(ledger, rng, site, person, kind, branch))
        if site.code == place_of("branch too small"):
            small = _small_branch(ledger, branches[0])
            for person in _spare(site, kinds):
                person.political = "01"
                comrades.append(_enrol(ledger, rng, site, person, MemberKind.REGISTERED, small))
    retiring = tuple(RegistrationState).index(RegistrationState.RETIRED)
    eldest = max(range(len(cards)), key=lambda place: cards[place][0].age)
    cards[retiring], cards[eldest] = cards[eldest], cards[retiring]
    for number, (person, site, unit, branch) in enumerate(cards):
        comrades += _serve(ledger, rng, number, person, site, unit, branch)
    probationer = next(c for c in reversed(comrades) if c.member.kind is MemberKind.REGISTERED)
    probationer.person.political = "02"
    return comrades


def _choose(rng: random.Random, site: Site) -> Mapping[MemberKind, list[Person]]:
    """Members of each kind, of an age that fits it."""
    total = max(10, round(site.size * 0.06))
    pool = list(site.settled)
    rng.shuffle(pool)
    chosen: dict[MemberKind, list[Person]] = {}
    for kind, percent, youngest, oldest in (
        (MemberKind.IN_SERVICE, 27, 24, 56),
        (MemberKind.FLOATING, 7, 23, 60),
        (MemberKind.RETIRED, 22, 60, 88),
        (MemberKind.REGISTERED, 44, 23, 84),
    ):
        if kind is MemberKind.IN_SERVICE and not site.operating:
            continue
        wanted = max(1, round(total * percent / 100))
        chosen[kind] = [person for person in pool if youngest <= person.age <= oldest][:wanted]
        pool = [person for person in pool if person not in chosen[kind]]
    return chosen


def _spare(site: Site, kinds: Mapping[MemberKind, list[Person]]) -> list[Person]:
    """Two persons who are no members yet."""
    taken = {person.id for persons in kinds.values() for person in persons}
    return [person for person in site.settled if person.age >= 23 and person.id not in taken][:2]


def _branches(ledger: Ledger, site: Site, committee: PartyOrganization, members: int) -> list[PartyOrganization]:
    """The general branch of a community with its branches, their groups and the contact station."""
    parent = committee
    if site.operating:
        parent = ledger.add(
            PartyOrganization,
            division=site.code,
            name=f"中共{site.name}总支部委员会",
            kind=OrganizationKind.GENERAL_BRANCH,
            parent=committee.id,
            full_time_head=not site.code.endswith("5"),
            since=date(2009, 7, 1),
        )
        ledger.add(
            PartyOrganization,
            division=site.code,
            name=f"{site.name}党员联络站",
            kind=OrganizationKind.CONTACT_STATION,
            parent=parent.id,
            since=date(2015, 3, 1),
        )
    branches = []
    for number in range(max(1, -(-members // _BRANCH_SIZE))):
        branch = ledger.add(
            PartyOrganization,
            division=site.code,
            name=f"中共{site.short}第{'一二三四五六七八九'[number % 9]}{number // 9 or ''}支部委员会",
            kind=OrganizationKind.BRANCH,
            parent=parent.id,
            full_time_head=number == 0 and site.operating,
            since=date(2009, 7, 1),
        )
        branches.append(branch)
        for group in range(2):
            ledger.add(
                PartyOrganization,
                division=site.code,
                name=f"{branch.name.removeprefix('中共').removesuffix('委员会')}第{'一二'[group]}党小组",
                kind=OrganizationKind.GROUP,
                parent=branch.id,
                since=date(2012, 7, 1),
            )
    return branches


def _small_branch(ledger: Ledger, sibling: PartyOrganization) -> PartyOrganization:
    """A branch in a commerce street that never grew to three members."""
    return ledger.add(
        PartyOrganization,
        division=sibling.division,
        name="中共翠竹商街支部委员会",
        kind=OrganizationKind.BRANCH,
        parent=sibling.parent,
        since=date(2022, 10, 1),
    )


def _enrol(
    ledger: Ledger,
    rng: random.Random,
    site: Site,
    person: Person,
    kind: MemberKind,
    branch: PartyOrganization | None,
    *,
    unit: WorkUnit | None = None,
    since: date | None = None,
    until: date | None = None,
) -> Comrade:
    """Write a membership; when the person joined is known to the day, the month or only the year."""
    joined = max(1958, person.birth.year + rng.randint(20, 32))
    year = min(joined, 2022)
    exact = rng.randrange(3)
    when = PartialDate(year, 7 if exact else None, 1 if exact == 2 else None)
    member = ledger.add(
        PartyMember,
        community=site.code,
        resident=person.id,
        kind=kind,
        organization=branch.id if branch is not None else None,
        employer=unit.id if unit is not None else None,
        joined=when,
        since=since or random_day(rng, date(2022, 11, 1), date(2023, 12, 1)),
        until=until,
    )
    return Comrade(member, person, site)


def _serve(
    ledger: Ledger,
    rng: random.Random,
    number: int,
    person: Person,
    site: Site,
    unit: WorkUnit,
    branch: PartyOrganization,
) -> list[Comrade]:
    """An in-service member and the registration card; the first cards stand in one state each."""
    states = tuple(RegistrationState)
    state = states[number] if number < len(states) else rng.choices(states, (1, 1, 95, 2, 0, 1))[0]
    reported = random_day(rng, date(2024, 1, 8), date(2025, 5, 30))
    if state in _FRESH:
        reported = random_day(rng, date(2025, 12, 10), date(2025, 12, 30))
    left = random_day(rng, date(2025, 6, 5), date(2025, 11, 28)) if state in _CLOSED else None
    made = [
        _enrol(
            ledger,
            rng,
            site,
            person,
            MemberKind.IN_SERVICE,
            None,
            unit=unit,
            since=reported,
            until=left,
        )
    ]
    renewed = None
    if state is RegistrationState.ACCEPTED and reported < date(2025, 6, 1):
        renewed = random_day(rng, date(2025, 7, 10), LAST_DAY - timedelta(days=20))
    ledger.add(
        RegistrationCard,
        member=made[0].member.id,
        state=state,
        reported=reported,
        occupation=rng.choice(("教师", "医生", "工程师", "职员", "技术工人", "民警", "会计")),
        employer=unit.id,
        talents=tuple(rng.sample(_TALENTS, rng.randint(1, 3))),
        wishes=tuple(rng.sample(_WISHES, rng.randint(1, 2))),
        times=tuple(rng.sample(_TIMES, rng.randint(1, 2))),
        renewed=renewed,
    )
    if left is None:
        return made
    if state is RegistrationState.RETIRED:
        person.employment = "80"
        return [_enrol(ledger, rng, site, person, MemberKind.RETIRED, branch, since=left)]
    return []
