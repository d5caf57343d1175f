"""The course of a card: the state on every day, and the spans of its suspensions."""

from datetime import date, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shequ.effective import SHANGHAI, Span, local_date
from shequ.errors import IllegalStep
from shequ.lifecycle import LIFECYCLES, Lifecycle, course, replay, spans_in, step
from shequ.lifecycle.cards import APPOINTMENT_CARD, REGISTRATION_CARD
from shequ.lifecycle.casework import DISPUTE
from shequ.lifecycle.course import card_on
from shequ.lifecycle.volunteering import TEAM_MEMBERSHIP
from shequ.model import (
    AppointmentState,
    Dispute,
    DisputeState,
    Kind,
    MembershipState,
    Record,
    RegistrationCard,
    RegistrationState,
    Step,
    Term,
)
from shequ.testing.strategies import records

BEGUN = date(2025, 1, 1)


@st.composite
def ways(draw: st.DrawFn) -> tuple[Lifecycle, list[Step]]:
    """Any way through any table; steps may fall on one day, or even into one moment."""
    lifecycle = draw(st.sampled_from(LIFECYCLES))
    state, at, steps = lifecycle.initial, datetime(2025, 1, 1, 9, tzinfo=SHANGHAI), []
    for number in range(draw(st.integers(0, 8))):
        row = lifecycle.table[state]
        if not row:
            break
        event = draw(st.sampled_from(sorted(row)))
        at += timedelta(hours=draw(st.sampled_from([0, 1, 24, 240])))
        steps.append(_step(number, event, state, row[event], at))
        state = row[event]
    return lifecycle, steps


def _step(number: int, event: str, before: Term, after: Term, at: datetime) -> Step:
    return Step(
        id=f"s{number}", subject_type="x", subject="y", event=event,
        before=str(before), after=str(after), at=at, actor="a",
    )  # fmt: skip


def _membership(*steps: tuple[str, str, str, str]) -> list[Step]:
    state = {str(state): state for state in MembershipState}
    return [
        _step(number, event, state[before], state[after], datetime.fromisoformat(f"{day}T10:00:00+08:00"))
        for number, (event, before, after, day) in enumerate(steps)
    ]


@given(ways())
def test_the_last_state_of_the_course_is_what_replaying_gives(way: tuple[Lifecycle, list[Step]]) -> None:
    lifecycle, steps = way
    last = max((local_date(step.at) for step in steps), default=BEGUN)
    assert replay(lifecycle, steps) is course(lifecycle, steps, begun=BEGUN).at(last)


@given(ways(), st.dates(date(2024, 12, 1), date(2026, 12, 31)))
def test_the_state_on_a_day_is_what_the_steps_until_then_give(way: tuple[Lifecycle, list[Step]], day: date) -> None:
    lifecycle, steps = way
    until = [step for step in steps if local_date(step.at) <= day]
    expected = replay(lifecycle, until) if day >= BEGUN else None
    assert expected is course(lifecycle, steps, begun=BEGUN).at(day)


@given(ways(), st.randoms(use_true_random=False))
def test_the_order_in_which_steps_are_given_does_not_count(way: tuple[Lifecycle, list[Step]], rng: Any) -> None:
    lifecycle, steps = way
    if len({step.at for step in steps}) < len(steps):
        return  # steps of one moment can be taken in more than one order
    shuffled = list(steps)
    rng.shuffle(shuffled)
    assert course(lifecycle, steps) == course(lifecycle, shuffled)


@given(ways())
def test_the_spans_of_all_states_cover_every_day_once(way: tuple[Lifecycle, list[Step]]) -> None:
    lifecycle, steps = way
    found = course(lifecycle, steps, begun=BEGUN)
    for day in (BEGUN + timedelta(days=n) for n in range(0, 100, 7)):
        assert 1 == sum(day in span for state in lifecycle.states for span in spans_in(found, state))


def test_a_membership_suspended_twice_has_two_spans_of_suspension() -> None:
    steps = _membership(
        ("admit", "applied", "active", "2025-01-10"),
        ("suspend", "active", "suspended", "2025-03-01"),
        ("resume", "suspended", "active", "2025-04-01"),
        ("suspend", "active", "suspended", "2025-09-01"),
    )
    found = course(TEAM_MEMBERSHIP, steps, begun=BEGUN)
    assert (Span(date(2025, 3, 1), date(2025, 4, 1)), Span(date(2025, 9, 1))) == spans_in(
        found, MembershipState.SUSPENDED
    )
    assert MembershipState.ACTIVE is found.at(date(2025, 6, 1))


@pytest.mark.parametrize(
    "steps",
    [
        [("admit", "applied", "active", "2025-01-10"), ("admit", "active", "active", "2025-02-10")],
        [("admit", "applied", "active", "2025-01-10"), ("resume", "suspended", "active", "2025-02-10")],
        [("suspend", "active", "suspended", "2025-01-10"), ("end", "active", "ended", "2025-02-10")],
    ],
    ids=["not allowed there", "a step is missing", "begun in the middle, and a step is missing"],
)
def test_a_step_that_was_not_allowed_is_found(steps: list[tuple[str, str, str, str]]) -> None:
    for ask in (course, replay):
        with pytest.raises(IllegalStep, match=r"^队员 处于 (在队|暂停)"):
            ask(TEAM_MEMBERSHIP, _membership(*steps))


def test_a_step_from_a_state_that_is_not_there_is_found() -> None:
    lost = attrs.evolve(_membership(("end", "active", "ended", "2025-01-10"))[0], before="gone")  # type: ignore[misc]
    with pytest.raises(IllegalStep, match="队员 处于 gone，不能执行 end（退出）（没有这个状态）"):
        replay(TEAM_MEMBERSHIP, [lost])


@given(ways(), st.integers(1, 8))
def test_a_card_that_began_elsewhere_has_a_course_from_its_first_step_on(
    way: tuple[Lifecycle, list[Step]], missing: int
) -> None:
    lifecycle, steps = way
    kept = steps[missing:]
    if not kept or kept[0].before == str(lifecycle.initial):
        return
    first = local_date(kept[0].at)
    whole, found = course(lifecycle, steps, begun=BEGUN), course(lifecycle, kept, begun=BEGUN)
    assert None is found.at(first - timedelta(days=1))
    for days in (0, 1, 30, 3000):
        assert whole.at(first + timedelta(days=days)) is found.at(first + timedelta(days=days))
    assert replay(lifecycle, steps) is replay(lifecycle, kept)


def test_a_card_without_steps_stands_where_it_says() -> None:
    loaded = RegistrationCard(id="c", member="m", reported=BEGUN, state=RegistrationState.ACCEPTED)
    assert RegistrationState.ACCEPTED is replay(REGISTRATION_CARD, [], card=loaded)
    found = course(REGISTRATION_CARD, [], begun=BEGUN, card=loaded)
    assert [(Span(BEGUN), RegistrationState.ACCEPTED)] == list(found)
    assert [(Span(BEGUN), RegistrationState.REPORTED)] == list(course(REGISTRATION_CARD, [], begun=BEGUN))


@st.composite
def walks(draw: st.DrawFn) -> tuple[Lifecycle, list[Record], list[Step]]:
    """A card made on a day and taken along any way by the stepper: how it stood after each step, and the steps."""
    lifecycle = draw(st.sampled_from(LIFECYCLES))
    days = [spec for spec in lifecycle.type.__record__.fields.values() if spec.kind is Kind.DAY]
    given = {spec.name: st.none() if spec.optional else st.just(BEGUN) for spec in days}
    flags = {name: st.just(False) for t in lifecycle.transitions for name, value in t.sets if value is True}
    card: Any = draw(records(lifecycle.type, **given, **flags, **{lifecycle.state_field: st.just(lifecycle.initial)}))
    cards, steps, at = [card], list[Step](), datetime(2025, 1, 1, 9, tzinfo=SHANGHAI)
    for _ in range(draw(st.integers(0, 8))):
        row = [t for t in lifecycle.transitions if lifecycle.state_of(card) in t.sources and not t.needs]
        if not row:
            break
        at += timedelta(days=draw(st.integers(0, 40)), minutes=1)
        card, taken = step(lifecycle, card, draw(st.sampled_from(row)).event, at=at, actor="a")
        cards.append(card)
        steps.append(taken)
    return lifecycle, cards, steps


@given(walks(), st.integers(0, 300))
def test_a_card_stood_on_a_day_as_the_steps_until_then_left_it(
    walk: tuple[Lifecycle, list[Record], list[Step]], days: int
) -> None:
    lifecycle, cards, steps = walk
    day = BEGUN + timedelta(days=days)
    then: Any = cards[sum(local_date(taken.at) <= day for taken in steps)]
    found: Any = card_on(lifecycle, cards[-1], steps, day)
    fields = lifecycle.type.__record__.fields
    decided = {lifecycle.state_field} | {t.dated for t in lifecycle.transitions if t.dated and fields[t.dated].optional}
    assert {name: getattr(then, name) for name in decided} == {name: getattr(found, name) for name in decided}


def test_a_day_that_nobody_wrote_down_is_that_of_the_step() -> None:
    at = datetime(2025, 9, 20, 9, tzinfo=SHANGHAI)
    settled = Dispute(
        id="d", number="1", community="c", kind="x", received=date(2025, 9, 1), state=DisputeState.SETTLED
    )
    taken = _step(0, "settle", DisputeState.MEDIATING, DisputeState.SETTLED, at)
    assert date(2025, 9, 20) == card_on(DISPUTE, settled, [taken], date(2025, 12, 31)).closed
    before = card_on(DISPUTE, settled, [taken], date(2025, 9, 19))
    assert (DisputeState.MEDIATING, None) == (before.state, before.closed)


def test_a_state_that_an_event_leads_back_to_is_one_span() -> None:
    on_duty, day = AppointmentState.ON_DUTY, "2025-{}-01T10:00:00+08:00"
    steps = [
        _step(
            0, "accept", AppointmentState.OFFERED, AppointmentState.ACCEPTED, datetime.fromisoformat(day.format("02"))
        ),
        _step(1, "start", AppointmentState.ACCEPTED, on_duty, datetime.fromisoformat(day.format("03"))),
        _step(2, "renew", on_duty, on_duty, datetime.fromisoformat(day.format("06"))),
        _step(3, "replace", on_duty, on_duty, datetime.fromisoformat(day.format("08"))),
    ]
    assert (Span(date(2025, 3, 1)),) == spans_in(course(APPOINTMENT_CARD, steps), on_duty)


@given(ways(), st.randoms(use_true_random=False))
def test_steps_of_one_moment_are_taken_in_the_order_in_which_they_lead_on(
    way: tuple[Lifecycle, list[Step]], rng: Any
) -> None:
    lifecycle, steps = way
    moment = datetime(2025, 5, 1, 9, tzinfo=SHANGHAI)
    together = [attrs.evolve(step, at=moment) for step in steps]  # type: ignore[misc] # a record is an attrs class
    states = [lifecycle.initial, *(step.after for step in steps)]
    if len(set(map(str, states))) < len(states):
        return  # a way that crosses itself can be walked in more than one order
    rng.shuffle(together)
    assert replay(lifecycle, steps) is replay(lifecycle, together)
