"""Activities of two years, and who came where the names were taken."""

import random
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import accumulate

import attrs

from shequ.model import Activity, Attendance
from shequ.sample.flaws import FLAWS
from shequ.sample.ledger import Ledger, moment, random_source
from shequ.sample.persons import Person
from shequ.sample.places import SUB_DISTRICT, SUB_DISTRICT_NAME, Site
from shequ.sample.year import CULTURE_WEEKS, FESTIVALS, ROUND, Custom, in_long_holiday

__all__ = ["hold", "quiet"]

_YEARS = (2024, 2025)
_UNSIGNED = frozenset(("party_meeting", "publicity", "volunteer_service"))


def quiet(code: str, day: date) -> bool:
    """Whether the community is the one of the flaw, in the month in which nothing was held."""
    flaw = FLAWS["month without activity"]
    return code == flaw.where and f"{day:%Y-%m}" == flaw.when


@attrs.frozen
class _Crowd:
    """The people of a community, weighed by how readily they come."""

    people: Sequence[Person]
    weights: Sequence[int]

    @classmethod
    def of(cls, site: Site) -> "_Crowd":
        people = [person for person in site.settled if person.age >= 8]
        weights = [_readiness(person) for person in people]
        return cls(people, list(accumulate(weights)))

    def some(self, rng: random.Random, number: int) -> list[Person]:
        """At most ``number`` different people, fewer where the same ones come up again."""
        drawn = rng.choices(self.people, cum_weights=self.weights, k=number)
        return list(dict.fromkeys(drawn))


def _readiness(person: Person) -> int:
    if person.age >= 58:
        return 9 if person.sex == "2" else 5
    return 3 if person.age < 18 else 2 if person.sex == "2" else 1


def hold(ledger: Ledger, seed: int, sites: Sequence[Site]) -> Mapping[str, list[Activity]]:
    """Write activities and attendance; the activities by community.

    Every operating community holds something every month, but for the month of the flaw.
    """
    rng = random_source(seed, "activities")
    held: dict[str, list[Activity]] = {}
    for site in sites:
        if not site.operating:
            continue
        crowd = _Crowd.of(site)
        here = held[site.code] = []
        for year in _YEARS:
            for month in range(1, 13):
                here += _month(ledger, rng, site, crowd, year, month)
            here.append(_culture_week(ledger, rng, site, year))
    for year in _YEARS:
        for month in (1, 5, 9):
            began = moment(date(year, month, 20), 14)
            ledger.add(
                Activity,
                division=SUB_DISTRICT,
                name=f"{year}年{month}月{SUB_DISTRICT_NAME}社区工作者培训",
                kind="training",
                theme="业务能力",
                began=began,
                ended=began + timedelta(minutes=150),
                place=f"{SUB_DISTRICT_NAME}党群服务中心",
                organiser=f"{SUB_DISTRICT_NAME}办事处",
                attendance=rng.randint(26, 34),
            )
    return held


def _month(ledger: Ledger, rng: random.Random, site: Site, crowd: _Crowd, year: int, month: int) -> list[Activity]:
    if quiet(site.code, date(year, month, 1)):
        return []
    held = []
    for custom in ROUND:
        # What is held in few months is now and then left out, but never below what the district asks for.
        skipped = custom.kind in ("sport", "lecture", "publicity") and rng.random() < 0.12
        if month in custom.months and not skipped:
            held.append(_by_custom(ledger, rng, site, crowd, year, month, custom))
    for festival in FESTIVALS:
        day = festival.days[year - _YEARS[0]]
        if day.month == month:
            held.append(
                _write(
                    ledger,
                    rng,
                    site,
                    crowd,
                    name=f"{year}年{site.short}{festival.title}",
                    kind="festival",
                    began=moment(day, 9, 30),
                    minutes=120,
                    place=f"{site.name}文体活动室",
                    people=(30, 90),
                    theme="我们的节日",
                    occasion=festival.name,
                )
            )
    return held


def _by_custom(
    ledger: Ledger, rng: random.Random, site: Site, crowd: _Crowd, year: int, month: int, custom: Custom
) -> Activity:
    day = date(year, month, rng.randint(2, 26))
    at_weekend = custom.kind in ("culture", "sport", "clean_up", "volunteer_service")
    while in_long_holiday(day) or (day.weekday() >= 5) is not at_weekend:
        # Days 2–26 of any month hold both kinds of days outside the long holidays.
        day = date(year, month, rng.randint(2, 26))
    return _write(
        ledger,
        rng,
        site,
        crowd,
        name=f"{year}年{month}月{site.short}{custom.title}",
        kind=custom.kind,
        began=moment(day, custom.hour, rng.choice((0, 30))),
        minutes=custom.minutes,
        place=f"{site.name}{custom.place}",
        people=custom.people,
        theme=custom.theme,
    )


def _culture_week(ledger: Ledger, rng: random.Random, site: Site, year: int) -> Activity:
    first, last = CULTURE_WEEKS[year]
    return ledger.add(
        Activity,
        division=site.code,
        name=f"{year}年{site.short}社区文化周",
        kind="culture",
        theme="文化周",
        began=moment(first, 9),
        ended=moment(last, 17),
        place=f"{site.name}文体活动室",
        organiser=f"{site.name}居民委员会",
        attendance=rng.randint(180, 420),
    )


def _write(
    ledger: Ledger,
    rng: random.Random,
    site: Site,
    crowd: _Crowd,
    *,
    name: str,
    kind: str,
    began: datetime,
    minutes: int,
    place: str,
    people: tuple[int, int],
    theme: str | None,
    occasion: str | None = None,
) -> Activity:
    """Write an activity; where people signed in, the head count is the number of their names."""
    heads = rng.randint(*people)
    signed = kind not in _UNSIGNED and rng.random() < 0.3
    present = crowd.some(rng, heads) if signed else []
    activity = ledger.add(
        Activity,
        division=site.code,
        name=name,
        kind=kind,
        theme=theme,
        occasion=occasion,
        began=began,
        ended=began + timedelta(minutes=minutes),
        place=place,
        organiser=f"{site.name}{'党总支' if kind == 'party_meeting' else '居民委员会'}",
        attendance=len(present) or heads,
    )
    for person in present:
        ledger.add(Attendance, activity=activity.id, resident=person.id)
    return activity
