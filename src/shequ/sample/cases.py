"""What residents bring to the counter: matters to be handled, disputes to be mediated."""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from shequ.lifecycle.casework import DISPUTE
from shequ.model import Dispute, DisputeState, Matter
from shequ.sample.ledger import FIRST_DAY, LAST_DAY, RECORDED_TO, Ledger, moment, random_day, random_source
from shequ.sample.places import Site
from shequ.sample.staff import Staff
from shequ.sample.walk import Stage, later, walk
from shequ.sample.year import in_long_holiday

__all__ = ["handle", "mediate"]

_CATEGORIES = (
    "certificate",
    "social_security",
    "family_planning",
    "civil_affairs",
    "employment",
    "property",
    "other",
)
_CATEGORY_WEIGHTS = (26, 27, 6, 14, 11, 12, 4)
_CHANNELS = ("counter", "visit", "phone", "online")
_CHANNEL_WEIGHTS = (66, 9, 12, 13)
_STILL_OPEN_FROM = date(2025, 12, 16)
_KINDS = ("neighbours", "family", "property", "housing", "debt", "damages", "other")
_KIND_WEIGHTS = (34, 20, 22, 6, 8, 7, 3)
_D = DisputeState


def handle(ledger: Ledger, seed: int, sites: Sequence[Site], staff: Mapping[str, Staff]) -> None:
    """Write the matters of two years in the order in which they came in; a few of the last weeks are open."""
    rng = random_source(seed, "matters")
    for site in sites:
        if not site.operating:
            continue
        workers = staff[site.code].workers
        days = [random_day(rng, FIRST_DAY, LAST_DAY) for _ in range(max(20, site.size * 9 // 10))]
        asked = sorted(when for day in days if (when := _office_time(rng, day)).date() <= LAST_DAY)
        for number, when in enumerate(asked):
            handled = _handled(rng, when)
            if number == len(asked) - 1 or (when.date() >= _STILL_OPEN_FROM and rng.random() < 0.3):
                handled = None
            ledger.add(
                Matter,
                number=f"BJ{site.code[-3:]}-{number + 1:05d}",
                community=site.code,
                category=rng.choices(_CATEGORIES, _CATEGORY_WEIGHTS)[0],
                channel=rng.choices(_CHANNELS, _CHANNEL_WEIGHTS)[0],
                asked=when,
                handled=handled,
                handler=rng.choice(workers).id if handled is not None else None,
            )


def _next_open_day(day: date) -> date:
    while day.weekday() >= 5 or in_long_holiday(day):
        day += timedelta(days=1)
    return day


def _office_time(rng: random.Random, day: date) -> datetime:
    """A time at which the station is open: in one case of six outside the standard eight hours."""
    turn = rng.random()
    saturday = day + timedelta(days=(5 - day.weekday()) % 7)
    if turn < 0.05 and not in_long_holiday(saturday):
        return moment(saturday, rng.choice((9, 10)), rng.randrange(60))
    day = _next_open_day(day)
    if turn < 0.11:
        return moment(day, 12, rng.randint(5, 55))
    if turn < 0.17:
        return moment(day, 17, rng.randint(35, 58))
    hour = rng.choice((9, 9, 10, 10, 11, 14, 14, 15, 15, 16))
    return moment(day, hour, rng.randint(0, 55))


def _handled(rng: random.Random, asked: datetime) -> datetime | None:
    """When a matter was done with: most within the hour, the rest within days."""
    if rng.random() < 0.62:
        return asked + timedelta(minutes=rng.randint(4, 50))
    days = rng.choices((1, 2, 3, 5, 8, 14), (38, 24, 16, 12, 7, 3))[0]
    handled = _office_time(rng, asked.date() + timedelta(days=days))
    return handled if handled.date() <= RECORDED_TO else None


def mediate(ledger: Ledger, seed: int, sites: Sequence[Site]) -> None:
    """Write the disputes of two years; those of the last weeks are still being mediated."""
    rng = random_source(seed, "disputes")
    for site in sites:
        if not site.operating:
            continue
        days = sorted(random_day(rng, FIRST_DAY, date(2025, 11, 30)) for _ in range(max(6, site.size // 20)))
        days += sorted(random_day(rng, date(2025, 12, 8), date(2025, 12, 30)) for _ in range(2))
        for number, received in enumerate(days):
            recent = number - len(days) + 2
            if recent >= 0:
                state = (_D.MEDIATING, _D.RECEIVED)[recent]
            elif number < 3:
                state = (_D.SETTLED, _D.FAILED, _D.WITHDRAWN)[number]
            else:
                state = rng.choices((_D.SETTLED, _D.FAILED, _D.WITHDRAWN), (88, 8, 4))[0]
            closed = None if recent >= 0 else received + timedelta(days=rng.randint(1, 26))
            draft = ledger.draft(
                Dispute,
                number=f"TJ{site.code[-3:]}-{received.year}-{number + 1:03d}",
                community=site.code,
                kind=rng.choices(_KINDS, _KIND_WEIGHTS)[0],
                received=received,
                by_party_member=rng.random() < 0.3,
                agreement=f"XY{site.code[-3:]}-{number + 1:03d}" if state is _D.SETTLED else None,
            )
            way = _mediation(state, received, closed)
            ledger.keep(walk(ledger, DISPUTE, draft, way, actor=f"{site.name}人民调解委员会"))


_ENDS = {
    _D.SETTLED: ("settle", "双方达成调解协议"),
    _D.FAILED: ("fail", "双方分歧较大，告知其他途径"),
    _D.WITHDRAWN: ("withdraw", "当事人撤回"),
}


def _mediation(state: DisputeState, received: date, closed: date | None) -> Iterator[Stage]:
    if state is _D.RECEIVED:
        return
    yield Stage("mediate", later(received, received.day % 2))
    if state is not _D.MEDIATING and closed is not None:
        event, reason = _ENDS[state]
        yield Stage(event, closed, reason)
