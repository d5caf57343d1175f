"""Party members paired with households, their visits, and what residents ordered of members (点单)."""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from shequ.lifecycle.volunteering import SERVICE_REQUEST
from shequ.model import MemberKind, Pairing, ServiceRequest, ServiceRequestState, Visit
from shequ.sample.homes import Home
from shequ.sample.ledger import FIRST_DAY, LAST_DAY, Ledger, random_day, random_source
from shequ.sample.party import Comrade
from shequ.sample.places import Site
from shequ.sample.staff import Staff
from shequ.sample.walk import Stage, later, walk

__all__ = ["order", "pair"]

_CONTENTS = ("送慰问品", "陪同就医", "打扫居室", "聊天谈心", "代办手续", "检修水电", "辅导功课", None)


def pair(ledger: Ledger, seed: int, comrades: Sequence[Comrade], homes: Sequence[Home]) -> None:
    """Pair in-service and registered members with households of their community that need help; write each visit."""
    rng = random_source(seed, "pairings")
    lived_in, needing = dict[str, list[Home]](), dict[str, list[Home]]()
    for home in homes:
        if home.living:
            lived_in.setdefault(home.site.code, []).append(home)
            if _needs_help(home):
                needing.setdefault(home.site.code, []).append(home)
    for number, comrade in enumerate(comrades):
        helps = comrade.member.kind in (MemberKind.IN_SERVICE, MemberKind.REGISTERED)
        if not helps or not comrade.site.operating or number % 3 == 2:
            continue
        near = needing.get(comrade.site.code) or lived_in[comrade.site.code]
        since = max(comrade.served_from, random_day(rng, date(2023, 9, 1), date(2025, 9, 30)))
        first_end = max(later(since, 60), date(2025, 1, 1))
        until = random_day(rng, first_end, LAST_DAY) if rng.random() < 0.1 and first_end <= LAST_DAY else None
        days = ((until or LAST_DAY + timedelta(days=1)) - since).days
        visits = sorted(rng.sample(range(days), min(days, rng.randint(2, 18))))
        pairing = ledger.add(
            Pairing,
            member=comrade.member.id,
            household=rng.choice(near).household.id,
            visits=len(visits),
            since=since,
            until=until,
        )
        for ahead in visits:
            ledger.add(Visit, pairing=pairing.id, on=later(since, ahead), content=rng.choice(_CONTENTS))


def _needs_help(home: Home) -> bool:
    """Whether somebody old lives there, alone or in poor health, or a child with grandparents."""
    persons = [kin.person for kin in home.living]
    with_grandparents = any(kin.relation == "4" for kin in home.living)
    old = bool(persons) and min(person.age for person in persons) >= 60
    return with_grandparents or (old and (len(persons) == 1 or persons[0].health != "1"))


_S = ServiceRequestState
_ORDERS = ("家电维修", "上门理发", "代购药品", "法律咨询", "陪同就医", "辅导功课", "疏通管道")
_WISHES = ("一副老花镜", "一个书包", "一张全家福", "一辆助行车", "一床新棉被")
_RECENT = date(2025, 12, 15)


def order(
    ledger: Ledger, seed: int, sites: Sequence[Site], comrades: Sequence[Comrade], staff: Mapping[str, Staff]
) -> None:
    """Write the orders and wishes of two years; those of the last weeks are still on their way."""
    rng = random_source(seed, "orders")
    for site in sites:
        if not site.operating:
            continue
        members = [
            comrade
            for comrade in comrades
            if comrade.site is site and comrade.member.until is None and comrade.member.kind is not MemberKind.FLOATING
        ]
        days = [random_day(rng, FIRST_DAY, date(2025, 11, 30)) for _ in range(max(8, site.size // 20))]
        days += [random_day(rng, _RECENT, date(2025, 12, 24)) for _ in range(4)]
        for number, day in enumerate(sorted(days)):
            recent = number - len(days) + 4
            if recent >= 0:
                state = (_S.ORDERED, _S.DISPATCHED, _S.ACCEPTED, _S.DONE)[recent]
            else:
                state = (_S.UNFULFILLED, _S.WITHDRAWN, _S.RATED)[min(number % 23, 2)]
            ready = [comrade.member.id for comrade in members if comrade.served_from <= day]
            if state not in (_S.ORDERED, _S.WITHDRAWN, _S.UNFULFILLED) and not ready:
                state = _S.UNFULFILLED
            wish = rng.random() < 0.35
            request = ledger.draft(
                ServiceRequest,
                number=f"DD{site.code[-3:]}-{number + 1:04d}",
                community=site.code,
                resident=rng.choice(site.settled).id,
                wish=wish,
                content=rng.choice(_WISHES if wish else _ORDERS),
                ordered=day,
            )
            way = _way(rng, state, day, rng.choice(ready) if ready else None)
            ledger.keep(walk(ledger, SERVICE_REQUEST, request, way, actor=staff[site.code].head))


def _way(rng: random.Random, state: ServiceRequestState, day: date, member: str | None) -> Iterator[Stage]:
    if state is _S.ORDERED:
        return
    day = later(day, rng.randint(0, 2))
    if state is _S.WITHDRAWN:
        yield Stage("withdraw", day, "居民已自行解决")
        return
    yield Stage("dispatch", day)
    if state is _S.UNFULFILLED:
        yield Stage("give_up", later(day, 5), "超出服务范围")
        return
    if state is _S.DISPATCHED:
        return
    taken: dict[str, Any] = {"member": member}
    day = later(day, rng.randint(0, 2))
    yield Stage("accept", day, changes=taken)
    if rng.random() < 0.05 and state is _S.RATED:
        day = later(day, 1)
        yield Stage("return", day, "临时出差")
        day = later(day, 1)
        yield Stage("accept", day, changes=taken)
    if state is _S.ACCEPTED:
        return
    day = later(day, rng.randint(1, 6))
    yield Stage("finish", day)
    if state is _S.RATED:
        rating = rng.choices((5, 4, 3, 2, 1), (58, 30, 8, 3, 1))[0]
        yield Stage("rate", later(day, rng.randint(0, 6)), changes={"rating": rating})
