"""Welfare casework: low-income cases, care at home, public-welfare posts."""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import attrs

from shequ.effective import Span, age
from shequ.lifecycle.works import ELDER_CARE_ENROLMENT, LOW_INCOME_CASE
from shequ.model import (
    ElderCareEnrolment,
    EnrolmentState,
    LowIncomeCase,
    LowIncomeState,
    Placement,
    PublicWelfarePost,
    ResidentCategory,
)
from shequ.sample.flaws import place_of
from shequ.sample.homes import Home
from shequ.sample.ledger import LAST_DAY, RECORDED_TO, Ledger, random_day, random_source
from shequ.sample.places import SUB_DISTRICT_NAME, Site
from shequ.sample.staff import Staff
from shequ.sample.walk import Stage, later, walk

__all__ = ["decide", "employ", "enrol"]

_L = LowIncomeState
_NOTICE_DAYS = 7
_MONTHLY = 88_000
_OFFICE = f"{SUB_DISTRICT_NAME}民政办"
_LATE = (date(2025, 3, 10), date(2025, 6, 3))
# Where the open cases stand, and how many days ago they were applied for.
_OPEN = (
    (_L.APPLIED, 3),
    (_L.SUPPLEMENT, 6),
    (_L.ACCEPTED, 8),
    (_L.INVESTIGATING, 17),
    (_L.NOTICE, 24),
    (_L.WITHDRAWN, 200),
    (_L.REFUSED, 260),
)


@attrs.frozen
class _Application:
    """A household's application: where it gets to, and the days of its way."""

    home: Home
    state: LowIncomeState
    applied: date
    accepted: date
    decided: date
    persons: int | None = None
    stopped: date | None = None


def decide(ledger: Ledger, seed: int, homes: Sequence[Home]) -> None:
    """Write a case for each household with people in the category, and those still open, refused or withdrawn.

    Each is decided within four weeks of acceptance, which no holidays stretch to 30 working days, but for the flaw's.
    """
    rng = random_source(seed, "low income")
    held: dict[str, list[ResidentCategory]] = {}
    for record in ledger.all(ResidentCategory):
        if record.category == "low_income":
            held.setdefault(record.resident, []).append(record)
    applications = []
    others: dict[str, list[Home]] = {}
    for home in homes:
        granted = [record for person in home.settled for record in held.get(person.id, ())]
        if granted:
            decided = min(record.since for record in granted if record.since is not None)
            accepted = later(decided, -rng.randint(19, 26))
            applications.append(
                _Application(
                    home,
                    _L.CONFIRMED if granted[0].until is None else _L.STOPPED,
                    later(accepted, -rng.randint(1, 4)),
                    accepted,
                    decided,
                    len(granted),
                    granted[0].until,
                )
            )
        elif home.settled and len(home.settled) == len(home.living) and home.site.operating:
            others.setdefault(home.site.code, []).append(home)
    late = others[place_of("low-income case decided late")].pop()
    applications.append(_Application(late, _L.REFUSED, later(_LATE[0], -3), *_LATE))
    codes = list(others)
    for number, (state, ago) in enumerate(_OPEN):
        applied = later(LAST_DAY, -ago)
        accepted = later(applied, 2)
        free = others[codes[number % len(codes)]]
        if free:
            applications.append(_Application(free.pop(), state, applied, accepted, later(accepted, 22)))
    numbers: dict[str, int] = {}
    for made in sorted(applications, key=lambda made: (made.applied, made.home.household.id)):
        code = made.home.site.code
        numbers[code] = numbers.get(code, 0) + 1
        case = ledger.draft(
            LowIncomeCase,
            number=f"DB{code[-3:]}-{made.applied.year}-{numbers[code]:03d}",
            community=code,
            household=made.home.household.id,
            applied=made.applied,
            persons=made.persons,
            monthly_amount=made.persons * _MONTHLY if made.persons else None,
        )
        ledger.keep(walk(ledger, LOW_INCOME_CASE, case, _case(made), actor=_OFFICE))


def _case(made: _Application) -> Iterator[Stage]:
    if made.state is _L.APPLIED:
        return
    if made.state is _L.SUPPLEMENT:
        yield Stage("supplement", later(made.applied, 1), "缺收入证明")
        return
    yield Stage("accept", made.accepted)
    if made.state is _L.ACCEPTED:
        return
    yield Stage("investigate", later(made.accepted, 3), "入户调查与信息核对")
    if made.state is _L.INVESTIGATING:
        return
    if made.state is _L.WITHDRAWN:
        yield Stage("withdraw", later(made.accepted, 6), "家庭收入已改善")
        return
    notice = later(made.decided, -_NOTICE_DAYS - 2)
    yield Stage("notify", notice, changes={"notice_until": later(notice, _NOTICE_DAYS)})
    if made.state is _L.NOTICE:
        return
    if made.state is _L.REFUSED:
        yield Stage("refuse", made.decided, "家庭财产超过标准")
        return
    yield Stage("confirm", made.decided)
    if made.stopped is not None:
        yield Stage("stop", made.stopped, "家庭收入已超过标准")


_E = EnrolmentState
_FORMS = ("visiting", "meals", "day_care", "alarm")


def enrol(ledger: Ledger, seed: int, sites: Sequence[Site], staff: Mapping[str, Staff]) -> None:
    """Write who is enrolled for care at home, one in a dozen of the old; the first of each community in every state."""
    rng = random_source(seed, "elder care")
    alone = {record.resident for record in ledger.all(ResidentCategory) if record.category == "living_alone"}
    for site in sites:
        if not site.operating:
            continue
        old = [person for person in site.settled if person.age >= 66]
        chosen = rng.sample(old, min(len(old), max(6, len(old) // 6)))
        for number, person in enumerate(chosen):
            state = tuple(_E)[number] if number < len(_E) else rng.choices(tuple(_E), (0, 0, 90, 3, 5, 2))[0]
            applied = random_day(rng, date(2023, 2, 1), date(2025, 8, 31))
            if state in (_E.APPLIED, _E.ASSESSED):
                applied = random_day(rng, date(2025, 12, 15), date(2025, 12, 24))
            enrolment = ledger.draft(
                ElderCareEnrolment,
                community=site.code,
                resident=person.id,
                applied=applied,
                form=rng.choice(_FORMS),
                subsidised=person.id in alone or person.age >= 80,
            )
            way = _enrolment(rng, state, applied)
            ledger.keep(walk(ledger, ELDER_CARE_ENROLMENT, enrolment, way, actor=staff[site.code].head))


def _enrolment(rng: random.Random, state: EnrolmentState, applied: date) -> Iterator[Stage]:
    if state is _E.APPLIED:
        return
    assessed = later(applied, rng.randint(3, 10))
    yield Stage("assess", assessed, "上门评估")
    if state is _E.ASSESSED:
        return
    if state is _E.REFUSED:
        yield Stage("refuse", later(assessed, 2), "未达到评估等级")
        return
    began = later(assessed, rng.randint(3, 12))
    yield Stage("enrol", began)
    if state is _E.SUSPENDED:
        yield Stage("suspend", random_day(rng, later(began, 20), LAST_DAY), "住院")
    elif state is _E.ENDED:
        yield Stage("end", random_day(rng, later(began, 20), LAST_DAY), "随子女居住")


_POSTS = ("保洁岗", "保绿岗", "治安协管岗", "公共设施维护岗", "养老服务岗")


def employ(ledger: Ledger, seed: int, sites: Sequence[Site]) -> None:
    """Write the public-welfare posts: those whom the community placed there, older ones before, one post vacant."""
    rng = random_source(seed, "welfare posts")
    placed: dict[str, list[Placement]] = {}
    for placement in ledger.all(Placement):
        if placement.channel == "welfare_post":
            placed.setdefault(placement.community, []).append(placement)
    for site in sites:
        mine = placed.get(site.code, [])
        taken = {placement.resident for placement in mine}
        for number, placement in enumerate(mine):
            _fill(ledger, site, number, placement.resident, placement.placed)
        if not site.operating:
            continue
        began = random_day(rng, date(2022, 3, 1), date(2023, 10, 31))
        first = [
            person
            for person in site.settled
            if person.id not in taken
            and person.employment in ("24", "27", "51")
            and (40 if person.sex == "2" else 50) <= age(person.birth, began) < (55 if person.sex == "2" else 60)
        ]
        for number, person in enumerate(first[: max(1, site.size // 300)]):
            # A post is held for three years at most.
            until = date(2025, 9, 1) if number == 2 else None
            _fill(ledger, site, len(mine) + number, person.id, began, until)
        if site.code == place_of("post to somebody younger"):
            _prefer(ledger, site, taken | {person.id for person in first})
        ledger.add(PublicWelfarePost, community=site.code, name=f"{site.short}{_POSTS[0]}（空岗）", since=RECORDED_TO)


def _prefer(ledger: Ledger, site: Site, taken: set[str]) -> None:
    """A post for somebody under forty, given on the first day of a month of 2025 on which older people waited."""
    own = {person.id: person for person in site.settled}
    waiting = [
        (own[record.resident], Span(record.since, record.until))
        for record in ledger.all(ResidentCategory)
        if record.category == "laid_off" and record.resident in own and record.resident not in taken
    ]
    young = [
        person
        for person in site.settled
        if person.id not in taken and 25 <= person.age <= 36 and person.employment in ("24", "27", "51")
    ]
    for month in range(2, 12):
        day = date(2025, month, 1)
        older = [
            person
            for person, span in waiting
            if day in span and age(person.birth, day) >= (40 if person.sex == "2" else 50)
        ]
        if older and young:
            ledger.add(
                PublicWelfarePost,
                community=site.code,
                name=f"{site.short}便民服务岗",
                resident=young[0].id,
                since=day,
            )
            return


def _fill(ledger: Ledger, site: Site, number: int, resident: str, since: date, until: date | None = None) -> None:
    ledger.add(
        PublicWelfarePost,
        community=site.code,
        name=site.short + _POSTS[number % len(_POSTS)],
        resident=resident,
        since=since,
        until=until,
    )
