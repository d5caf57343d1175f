"""When the halls are open (错时工作制), and the slips that tell each household whom to turn to (温馨联系卡)."""

import random
from collections.abc import Mapping, Sequence
from datetime import date, time
from itertools import product

from shequ.effective import Span
from shequ.model import ContactSlip, OpeningHours, Responsibility, Weekday
from shequ.sample.flaws import place_of
from shequ.sample.homes import Home
from shequ.sample.ledger import LAST_DAY, Ledger, random_source
from shequ.sample.places import SUB_DISTRICT, Site
from shequ.sample.staff import Staff
from shequ.sample.walk import later

__all__ = ["hand_out_slips", "open_halls"]

_STAGGERED = date(2023, 7, 1)
_BEFORE = date(2016, 5, 1)
_STANDARD = ((time(8, 30), time(12)), (time(13), time(17, 30)))
_WORKING_WEEK = tuple(Weekday)[:5]


def open_halls(ledger: Ledger, sites: Sequence[Site]) -> None:
    """Write the hours of each hall.

    Until July 2023 the standard eight hours; since then half an hour earlier and later, and open at noon. On Saturday
    mornings the communities' halls are open, the first one's on Sunday mornings too.
    """
    for code in (SUB_DISTRICT, *(site.code for site in sites if site.operating)):
        for weekday, (opens, closes) in product(_WORKING_WEEK, _STANDARD):
            _open(ledger, code, weekday, opens, closes, _BEFORE, _STAGGERED)
        for weekday in _WORKING_WEEK:
            _open(ledger, code, weekday, time(8), time(18), _STAGGERED)
        if code != SUB_DISTRICT:
            _open(ledger, code, Weekday.SATURDAY, time(9), time(12), _STAGGERED)
    _open(ledger, sites[0].code, Weekday.SUNDAY, time(9), time(11, 30), date(2024, 4, 1))


def _open(
    ledger: Ledger, code: str, weekday: Weekday, opens: time, closes: time, since: date, until: date | None = None
) -> None:
    ledger.add(OpeningHours, division=code, weekday=weekday, opens=opens, closes=closes, since=since, until=until)


def hand_out_slips(ledger: Ledger, seed: int, homes: Sequence[Home], staff: Mapping[str, Staff]) -> None:
    """Write the slips of households in operating communities: nearly all have one, but for the flaw's every second.

    A slip holds while its worker answers for the building; who takes over hands out a new one.
    """
    rng = random_source(seed, "slips")
    answering: dict[str, list[tuple[Span, str]]] = {}
    for record in ledger.all(Responsibility):
        answering.setdefault(record.building, []).append((Span(record.since, record.until), record.worker))
    short = place_of("slips missing")
    turns: dict[str, int] = {}
    for home in homes:
        code = home.site.code
        if code not in staff or not home.living or home.household.building is None:
            continue
        turn = turns[code] = turns.get(code, 0) + 1
        if turn % 2 == 0 if code == short else turn % 20 == 0:
            continue
        _slips(ledger, rng, home, answering[home.household.building], staff[code])


def _slips(ledger: Ledger, rng: random.Random, home: Home, spans: Sequence[tuple[Span, str]], own: Staff) -> None:
    came = max(home.household.since or _STAGGERED, date(2024, 3, 1))
    issued = min(later(came, rng.randint(3, 24)), LAST_DAY)
    leader = rng.choice(own.leaders).id if own.leaders else None
    for span, worker in sorted(spans, key=lambda pair: pair[0].since or date.min):
        if span.until is not None and span.until <= issued:
            continue
        if span.since is not None and span.since > issued:
            issued = min(later(span.since, rng.randint(0, 9)), LAST_DAY)
        ledger.add(
            ContactSlip,
            household=home.household.id,
            worker=worker,
            officer=own.officer.id,
            building_leader=leader,
            issued=issued,
            until=span.until,
        )
        if span.until is None:
            return  # where two answer at once, the first one's slip holds
