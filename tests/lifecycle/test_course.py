"""The course of a card: the state on every day, and the spans of its suspensions."""

from datetime import date, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shequ.effective import SHANGHAI, Span, local_date
from shequ.errors import IllegalStep
from shequ.lifecycle import LIFECYCLES, Lifecycle, course, replay, spans_in
from shequ.lifecycle.cards import APPOINTMENT_CARD
from shequ.lifecycle.volunteering import TEAM_MEMBERSHIP
from shequ.model import AppointmentState, MembershipState, Step, Term

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


def test_a_step_that_was_not_allowed_is_found() -> None:
    with pytest.raises(IllegalStep, match="已申请"):
        course(TEAM_MEMBERSHIP, _membership(("resume", "suspended", "active", "2025-01-10")))


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
