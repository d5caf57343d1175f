"""Volunteers, teams and their members, posts to be claimed."""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import attrs

from shequ.lifecycle.volunteering import TEAM, TEAM_MEMBERSHIP, VOLUNTEER
from shequ.model import (
    MemberKind,
    MembershipState,
    ServicePost,
    Team,
    TeamMembership,
    TeamState,
    Volunteer,
    VolunteerState,
)
from shequ.sample.ledger import LAST_DAY, Ledger, random_day, random_source
from shequ.sample.party import Comrade
from shequ.sample.persons import Person
from shequ.sample.places import SUB_DISTRICT, SUB_DISTRICT_NAME, Site
from shequ.sample.walk import Stage, later, walk

__all__ = ["Helper", "enlist", "form_teams", "offer_posts"]

_SKILLS = (
    "理发",
    "家电维修",
    "健康咨询",
    "法律咨询",
    "心理疏导",
    "助学辅导",
    "文艺表演",
    "摄影",
    "书法",
    "园艺",
    "陪护",
)

# kind, name, how many, members from–to
_TEAMS = (
    ("volunteer", "志愿服务队", 3, (8, 22)),
    ("party_service", "党员服务队", 2, (6, 14)),
    ("arts", "文艺队", 2, (10, 26)),
    ("sports", "健身队", 2, (10, 28)),
    ("patrol", "巡逻护宅队", 1, (8, 18)),
    ("security", "治保队", 1, (5, 10)),
    ("reading_club", "读书俱乐部", 1, (12, 30)),
)
_NUMBERS = ("第一", "第二", "第三")
_PAUSED_FROM = date(2025, 9, 22)

_POSTS = (
    ("convenience", "家电义务维修岗"),
    ("convenience", "政策咨询岗"),
    ("convenience", "便民代办岗"),
    ("safety", "治安巡逻岗"),
    ("safety", "矛盾调解岗"),
    ("relief", "扶老助残岗"),
    ("relief", "爱心助学岗"),
    ("prosperity", "就业创业指导岗"),
    ("prosperity", "技能传授岗"),
)


@attrs.frozen
class Helper:
    """A volunteer in force on the last day, with the person; in service at an employer or not."""

    person: Person
    since: date
    in_service: bool = False


def enlist(ledger: Ledger, seed: int, sites: Sequence[Site], comrades: Sequence[Comrade]) -> Mapping[str, list[Helper]]:
    """Write the volunteers, about a tenth of the adults; those of the last day by community."""
    rng = random_source(seed, "volunteers")
    helpers: dict[str, list[Helper]] = {}
    for site in sites:
        if not site.operating:
            continue
        adults = [person for person in site.settled if 18 <= person.age <= 76]
        members = [comrade for comrade in comrades if comrade.site is site]
        chosen = {
            comrade.person.id: (comrade.person, comrade.served_from)
            for comrade in members
            if comrade.member.kind is MemberKind.IN_SERVICE or rng.random() < 0.3
        }
        for person in rng.sample(adults, min(len(adults), max(6, len(adults) // 10))):
            chosen.setdefault(person.id, (person, random_day(rng, date(2018, 3, 5), date(2025, 6, 30))))
        in_service = {comrade.person.id for comrade in members if comrade.member.kind is MemberKind.IN_SERVICE}
        helpers[site.code] = []
        for number, (person, since) in enumerate(chosen.values()):
            until = None
            if number % 23 == 22:
                until = random_day(rng, max(since, date(2025, 1, 1)), LAST_DAY)
            pauses = until is None and number % 37 == 18
            volunteer = ledger.draft(
                Volunteer,
                community=site.code,
                resident=person.id,
                skills=tuple(rng.sample(_SKILLS, rng.randint(0, 2))),
                since=since,
            )
            way = _way("register", since, "leave", until, paused="家中有事" if pauses else None)
            ledger.keep(walk(ledger, VOLUNTEER, volunteer, way, actor=f"{site.name}居民委员会"))
            if until is None and not pauses:
                helpers[site.code].append(Helper(person, since, person.id in in_service))
        for applicant in [person for person in adults if person.id not in chosen][-1:]:
            ledger.add(Volunteer, community=site.code, resident=applicant.id, state=VolunteerState.APPLIED)
    return helpers


def _way(begin: str, since: date, end: str, until: date | None, *, paused: str | None = None) -> Iterator[Stage]:
    """From its first day to its last; what has not ended may pause since the last autumn, for a reason."""
    yield Stage(begin, since)
    if until is not None:
        yield Stage(end, until)
    elif paused is not None:
        yield Stage("suspend", max(later(since, 1), later(_PAUSED_FROM, since.toordinal() % 90)), paused)


def form_teams(
    ledger: Ledger,
    seed: int,
    sites: Sequence[Site],
    helpers: Mapping[str, list[Helper]],
    comrades: Sequence[Comrade],
) -> None:
    """Write teams of every kind with their members."""
    rng = random_source(seed, "teams")
    learned = [comrade.person for comrade in comrades if comrade.person.education in ("10", "20", "30")]
    lecturers = _form(ledger, SUB_DISTRICT, f"{SUB_DISTRICT_NAME}百姓讲师团", "lecturers", date(2017, 9, 1))
    _fill(ledger, rng, lecturers, learned, (12, 18))
    _form(ledger, SUB_DISTRICT, f"{SUB_DISTRICT_NAME}锣鼓队", "arts", date(2014, 5, 1), date(2023, 6, 1))
    # Being formed: it has no members yet.
    ledger.add(
        Team,
        division=SUB_DISTRICT,
        name=f"{SUB_DISTRICT_NAME}数字助老志愿服务队",
        kind="volunteer",
        state=TeamState.FORMING,
    )
    for site in sites:
        if not site.operating:
            continue
        grown = [person for person in site.settled if person.age >= 18]
        pools: Mapping[str, list[Person]] = {
            "volunteer": [helper.person for helper in helpers[site.code]],
            "party_service": [comrade.person for comrade in comrades if comrade.site is site],
            "arts": [person for person in grown if person.age >= (45 if person.sex == "2" else 65)],
            "sports": [person for person in grown if person.age >= 30],
            "patrol": [person for person in grown if 30 <= person.age <= 68],
            "security": [person for person in grown if 30 <= person.age <= 65 and person.sex == "1"],
            "reading_club": grown,
        }
        for kind, name, number, size in _TEAMS:
            for turn in range(number):
                pauses = (kind, turn) == ("sports", 1) and site.code.endswith("3")
                called = site.short + (_NUMBERS[turn] if number > 1 else "") + name
                since = date(rng.randint(2012, 2023), rng.randint(1, 12), 1)
                team = _form(ledger, site.code, called, kind, since, paused="暂无场地" if pauses else None)
                _fill(ledger, rng, team, pools[kind], size)


def _form(
    ledger: Ledger,
    division: str,
    name: str,
    kind: str,
    since: date,
    until: date | None = None,
    *,
    paused: str | None = None,
) -> Team:
    draft = ledger.draft(Team, division=division, name=name, kind=kind, since=since)
    way = _way("start", since, "disband", until, paused=paused)
    return ledger.keep(walk(ledger, TEAM, draft, way, actor=f"{SUB_DISTRICT_NAME}文化站"))


def _fill(ledger: Ledger, rng: random.Random, team: Team, pool: Sequence[Person], size: tuple[int, int]) -> None:
    """Members of a team; one in twelve has left it, one asked to join when the year was over, a few pause."""
    members = rng.sample(pool, min(len(pool), rng.randint(*size)))
    for number, person in enumerate(members):
        since = random_day(rng, date(2023, 6, 1), date(2025, 6, 30))
        left = rng.random() < 1 / 12
        if number == size[1] - 1:
            ledger.add(TeamMembership, team=team.id, resident=person.id, state=MembershipState.APPLIED)
            continue
        until = random_day(rng, max(since, date(2024, 6, 1)), LAST_DAY) if left else None
        draft = ledger.draft(TeamMembership, team=team.id, resident=person.id, since=since)
        way = _way("admit", since, "end", until, paused="外出务工" if number % 29 == 7 else None)
        ledger.keep(walk(ledger, TEAM_MEMBERSHIP, draft, way, actor=team.name))


def offer_posts(ledger: Ledger, seed: int, sites: Sequence[Site]) -> None:
    """Write the posts of each operating community, some not claimed in full."""
    rng = random_source(seed, "posts")
    for site in sites:
        if not site.operating:
            continue
        for kind, name in _POSTS:
            wanted = rng.randint(3, 12)
            ledger.add(
                ServicePost,
                division=site.code,
                name=site.short + name,
                kind=kind,
                wanted=wanted,
                claimed=min(wanted, rng.randint(2, 13)),
                since=date(rng.randint(2019, 2024), 3, 1),
            )
