"""Petitions as casework, and the patrols that teams went."""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

import attrs

from shequ.effective import Span
from shequ.lifecycle.casework import PETITION
from shequ.model import Patrol, Petition, PetitionState, Team, TeamMembership, span_of
from shequ.sample.flaws import place_of
from shequ.sample.ledger import FIRST_DAY, LAST_DAY, Ledger, random_day, random_source
from shequ.sample.places import Site
from shequ.sample.staff import Staff
from shequ.sample.walk import Stage, later, walk

__all__ = ["patrol", "petition"]

_P = PetitionState
_KINDS = ("suggestion", "accusation", "claim")
_SUBJECTS = ("物业管理", "违章搭建", "噪声扰民", "停车秩序", "拆迁补偿", "劳动保障", "环境卫生")
_CHANNELS = ("visit", "online", "letter", "telephone")
_SETTLED_BEFORE = date(2025, 9, 20)


@attrs.frozen
class _Course:
    """What becomes of a petition: the state it reaches and the days on which it was answered and concluded."""

    received: date
    state: PetitionState
    answered: date
    concluded: date
    kind: str = "claim"
    extended: bool = False


def petition(ledger: Ledger, seed: int, sites: Sequence[Site], staff: Mapping[str, Staff]) -> None:
    """Write the petitions of two years, all answered within 15 days and concluded within 60 but for the flaws'.

    Whatever is open on the last day came in less than 60 days before it.
    """
    rng = random_source(seed, "petitions")
    for site in sites:
        if not site.operating:
            continue
        courses = [_settled(rng, year, number) for year in (2024, 2025) for number in range(rng.randint(4, 12))]
        courses += _latest(rng)
        if site.code == place_of("petition concluded late"):
            received = date(2025, 3, 3)
            courses.append(_Course(received, _P.CONCLUDED, later(received, 7), date(2025, 6, 10)))
        if site.code == place_of("petition answered late"):
            received = date(2025, 8, 4)
            courses.append(_Course(received, _P.CONCLUDED, date(2025, 9, 1), date(2025, 9, 22)))
        for number, course in enumerate(sorted(courses, key=lambda course: course.received)):
            case = ledger.draft(
                Petition,
                number=f"XF{site.code[-3:]}-{course.received.year}-{number + 1:03d}",
                division=site.code,
                kind=course.kind,
                subject=rng.choice(_SUBJECTS),
                received=course.received,
                channel=_CHANNELS[number % len(_CHANNELS)],
                backlog=course.state is _P.CLOSED and course.kind == "claim",
            )
            kept = ledger.keep(walk(ledger, PETITION, case, _steps(course), actor=staff[site.code].head))
            if course.state is _P.ACCEPTED:  # the petitioner would rather have had it take another route
                ledger.replace(kept, objected=later(course.answered, 2))


def _settled(rng: random.Random, year: int, number: int) -> _Course:
    received = random_day(rng, date(year, 1, 3), min(date(year, 11, 20), _SETTLED_BEFORE))
    answered = later(received, rng.randint(1, 12))
    kind = rng.choices(_KINDS, (30, 5, 65))[0]
    if kind == "accusation":
        # It goes to whom it concerns, and is concluded there.
        return _Course(received, _P.FORWARDED, answered, answered, kind)
    if number % 10 == 4:
        return _Course(received, _P.NOT_ACCEPTED, answered, answered, kind)
    if number % 10 == 7:
        return _Course(received, _P.WITHDRAWN, answered, answered, kind)
    if number % 5 == 2:
        return _Course(received, _P.CONCLUDED, answered, later(received, rng.randint(65, 85)), kind, extended=True)
    state = _P.CLOSED if number % 4 == 1 else _P.CONCLUDED
    return _Course(received, state, answered, later(answered, rng.randint(5, 40)), kind)


def _latest(rng: random.Random) -> Iterator[_Course]:
    """One of each that is still open, or whose petitioner asked for a review."""
    for state, ago in ((_P.RECEIVED, 4), (_P.ACCEPTED, 25), (_P.EXTENDED, 48)):
        received = later(LAST_DAY, -ago - rng.randint(0, 3))
        yield _Course(received, state, later(received, 5), LAST_DAY, extended=state is _P.EXTENDED)
    for state, ago in ((_P.UNDER_REVIEW, 70), (_P.FINAL_REVIEW, 100)):
        received = later(LAST_DAY, -ago)
        yield _Course(received, state, later(received, 4), later(received, 30))


def _steps(course: _Course) -> Iterator[Stage]:
    if course.state is _P.RECEIVED:
        return
    if course.state is _P.NOT_ACCEPTED:
        yield Stage("refuse", course.answered, "不属于受理范围，已告知")
        return
    if course.state is _P.FORWARDED:
        yield Stage("forward", course.answered, "转送有权处理机关")
        return
    yield Stage("accept", course.answered)
    if course.state is _P.WITHDRAWN:
        yield Stage("withdraw", later(course.answered, 6), "信访人申请")
        return
    if course.extended:
        due = later(course.answered, 40)
        yield Stage("extend", min(due, LAST_DAY), "情况复杂，经批准延期30日")
    if course.state in (_P.ACCEPTED, _P.EXTENDED):
        return
    yield Stage("conclude", course.concluded, "出具处理意见书")
    if course.state in (_P.UNDER_REVIEW, _P.FINAL_REVIEW):
        yield Stage("review", later(course.concluded, 15), "不服处理意见")
    if course.state is _P.FINAL_REVIEW:
        yield Stage("final_review", later(course.concluded, 50), "不服复查意见")
    if course.state is _P.CLOSED:
        yield Stage("close", later(course.concluded, 31), "信访人息诉")


def patrol(ledger: Ledger, seed: int) -> None:
    """Write the patrols of patrol and security teams, about two a month, by those who were members on the day."""
    rng = random_source(seed, "patrols")
    members: dict[str, list[Span]] = {}
    for membership in ledger.all(TeamMembership):
        span = span_of(membership)
        if span is not None:
            members.setdefault(membership.team, []).append(span)
    for team in ledger.all(Team):
        if team.kind not in ("patrol", "security"):
            continue
        day = FIRST_DAY + timedelta(days=rng.randint(1, 12))
        while day <= LAST_DAY:
            number = sum(day in span for span in members.get(team.id, ()))
            if number:
                ledger.add(
                    Patrol,
                    team=team.id,
                    on=day,
                    persons=min(number, rng.randint(3, 6)),
                    minutes=rng.choice((60, 90, 120)),
                )
            day += timedelta(days=rng.randint(11, 19))
