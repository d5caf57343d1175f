"""The steps of registration cards, and the appointment cards with theirs."""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, cast

import attrs

from shequ.effective import shift
from shequ.lifecycle.cards import APPOINTMENT_CARD, REGISTRATION_CARD
from shequ.model import (
    AppointmentCard,
    AppointmentState,
    MemberKind,
    PartyMember,
    RegistrationCard,
    RegistrationState,
    ServicePost,
    Team,
    TeamMembership,
    in_force,
)
from shequ.sample.ledger import LAST_DAY, Ledger, random_day, random_source
from shequ.sample.party import Comrade
from shequ.sample.staff import Staff
from shequ.sample.walk import Stage, later, walk

__all__ = ["appoint", "trace_registrations"]

_R = RegistrationState
_LEAVES = {
    _R.TRANSFERRED: ("transfer", "调动工作单位"),
    _R.RETIRED: ("retire", "退休，组织关系转入"),
    _R.CLOSED: ("close", "本人申请"),
}


def trace_registrations(ledger: Ledger, seed: int, staff: Mapping[str, Staff]) -> None:
    """Write the steps that led each registration card to where it stands, and on the card the days of them."""
    rng = random_source(seed, "registration steps")
    members = {member.id: member for member in ledger.all(PartyMember)}
    for number, card in enumerate(ledger.all(RegistrationCard)):
        member = members[card.member]
        way = _registration(rng, card, member.until, number)
        ledger.put(walk(ledger, REGISTRATION_CARD, card, way, actor=staff[member.community].head))


def _registration(rng: random.Random, card: RegistrationCard, left: date | None, number: int) -> Iterator[Stage]:
    if card.state is _R.REPORTED:
        return
    reviewed = later(card.reported, 1)
    yield Stage("review", reviewed)
    if card.state is _R.UNDER_REVIEW:
        return
    receipt = f"回执 {number + 1} 号"
    yield Stage("accept", later(reviewed, rng.randint(1, 3)), receipt, {"receipt": receipt})
    if card.renewed is not None:
        half = date(card.reported.year, 7 if card.reported.month > 6 else 1, 1)
        # Once in each half year after the one of the report; the last time is on the card.
        while (half := shift(half, months=6)) < card.renewed.replace(day=1, month=7 if card.renewed.month > 6 else 1):
            yield Stage("renew", later(half, rng.randint(9, 60)), "半年续登")
        yield Stage("renew", card.renewed, "半年续登")
    if card.state in _LEAVES:
        event, reason = _LEAVES[card.state]
        assert left is not None
        yield Stage(event, left, reason)


_A = AppointmentState
_TERM_YEARS = 3
_LATEST_OFFER = date(2025, 8, 31)


def appoint(ledger: Ledger, seed: int, comrades: Sequence[Comrade], staff: Mapping[str, Staff]) -> None:
    """Write an appointment card for every second member who could serve, the first ones in one state each."""
    rng = random_source(seed, "appointments")
    posts: dict[str, list[ServicePost]] = {}
    for post in ledger.all(ServicePost):
        posts.setdefault(post.division, []).append(post)
    party_teams = {team.id for team in ledger.all(Team) if team.kind in ("party_service", "lecturers")}
    teams = {
        membership.resident: membership.team
        for membership in ledger.all(TeamMembership)
        if membership.team in party_teams and in_force(membership, LAST_DAY)
    }
    serving = [
        comrade
        for comrade in comrades
        if comrade.site.operating
        and comrade.member.until is None
        and comrade.member.kind is not MemberKind.FLOATING
        and comrade.served_from <= _LATEST_OFFER
    ]
    states = tuple(_A)
    for number, comrade in enumerate(serving[::2]):
        state = states[number] if number < len(states) else rng.choices(states, (2, 3, 3, 82, 4, 6))[0]
        team = teams.get(comrade.person.id) if number % 2 else None
        recent = state in (_A.OFFERED, _A.ACCEPTED)
        first = date(2025, 12, 8) if recent else max(date(2024, 1, 5), comrade.served_from)
        offered = random_day(rng, first, max(first, date(2025, 12, 22) if recent else _LATEST_OFFER))
        replaced = state is _A.ON_DUTY and number % 9 == 3
        badge = f"PQ{comrade.site.code[-3:]}-{number + 1:04d}"
        values: dict[str, Any] = {
            "member": comrade.member.id,
            "number": badge + ("B" if replaced else ""),
            "team": team,
            "post": rng.choice(posts[comrade.site.code]).id if team is None else None,
            "offered": offered,
        }
        card: AppointmentCard = attrs.evolve(cast("Any", ledger.draft(AppointmentCard, **values)), number=badge)
        way = _appointment(rng, state, offered, f"{badge}B" if replaced else None)
        ledger.keep(walk(ledger, APPOINTMENT_CARD, card, way, actor=staff[comrade.site.code].head))


def _appointment(rng: random.Random, state: AppointmentState, offered: date, new_badge: str | None) -> Iterator[Stage]:
    if state is _A.OFFERED:
        return
    answered = later(offered, rng.randint(2, 6))
    if state is _A.DECLINED:
        yield Stage("decline", answered, "本人时间不便")
        return
    yield Stage("accept", answered)
    if state is _A.ACCEPTED:
        return
    started = later(answered, rng.randint(1, 9))
    yield Stage("start", started, changes={"until": shift(started, years=_TERM_YEARS)})
    if new_badge is not None:
        lost = random_day(rng, later(started, 20), LAST_DAY)
        yield Stage("replace", lost, "证件遗失", {"number": new_badge})
    elif state is _A.ON_DUTY and rng.random() < 0.2:
        away = random_day(rng, later(started, 20), LAST_DAY - timedelta(days=40))
        yield Stage("suspend", away, "外出")
        yield Stage("resume", later(away, rng.randint(10, 30)), "返回")
    elif state is _A.ON_DUTY and rng.random() < 0.1:
        renewed = random_day(rng, later(started, 20), LAST_DAY)
        yield Stage("renew", renewed, "续聘一年", {"until": shift(started, years=_TERM_YEARS + 1)})
    if state is _A.SUSPENDED:
        yield Stage("suspend", random_day(rng, later(started, 20), LAST_DAY), "身体原因")
    elif state is _A.ENDED:
        yield Stage(
            "end", random_day(rng, later(started, 20), LAST_DAY), rng.choice(("本人辞聘", "岗位调整", "证件交回"))
        )
