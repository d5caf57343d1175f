"""The course of a card: in which state it stood on which day, from the steps that were kept.

A record holds the state it stands in now. When it was suspended, and when it came back, is in its steps: the days in a
state are spans, as many as there were, and the state on a past day is the one that the last step until then led to. A
card that began elsewhere (it was loaded as accepted, say) has a course from its first step on: how it came to where
that step found it, nothing says.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise
from typing import Any, TypeVar, cast

import attrs

from shequ.effective import Span, Timeline, local_date
from shequ.errors import IllegalStep, InvalidRecord
from shequ.lifecycle.machine import Lifecycle, Transition
from shequ.model import Record, Step, Term

__all__ = ["card_on", "course", "in_order", "replay", "spans_in"]

R = TypeVar("R", bound=Record)


def in_order(steps: Iterable[Step], *, initial: str = "") -> list[Step]:
    """Steps of one card in the order of their time; those of one moment so that each starts where the one before led.

    Args:
        steps: The steps.
        initial: The state that the first one starts from, if any of them does.
    """
    ordered = sorted(steps, key=lambda taken: taken.at)
    for place, taken in enumerate(ordered):
        together = [other for other in ordered[place:] if other.at == taken.at]
        led = ordered[place - 1].after if place else initial
        led_to = {other.after for other in together if other.after != other.before}
        fresh = [other for other in together if other.before not in led_to]
        first = next((other for other in together if other.before == led), (*fresh, taken)[0])
        ordered.remove(first)
        ordered.insert(place, first)
    return ordered


def replay(lifecycle: Lifecycle, steps: Iterable[Step], *, card: Record | None = None) -> Term:
    """The state that steps lead to, taken in the order of their time.

    Args:
        lifecycle: The table.
        steps: All steps of one card, in any order.
        card: The card. Where it has taken no step, it stands where it says; without it, in the initial state.

    Raises:
        IllegalStep: If one of them was not allowed where it was taken, or begins elsewhere than where the one before
            it led.
    """
    ordered = in_order(steps, initial=str(lifecycle.initial))
    if not ordered:
        return lifecycle.initial if card is None else lifecycle.state_of(card)
    return _states(lifecycle, ordered)[-1]


def course(
    lifecycle: Lifecycle, steps: Iterable[Step], *, begun: date | None = None, card: Record | None = None
) -> Timeline[Term]:
    """The states by day; of several on one day the last.

    Args:
        lifecycle: The table.
        steps: All steps of one card, in any order.
        begun: The day on which the card was made; without it, it stood in its first state since ever.
        card: The card, for where it stands if it has taken no step; without it that is the initial state.

    Returns:
        The state by date; none before ``begun``, and none before the first step of a card that did not begin in the
        initial state.

    Raises:
        IllegalStep: If a step was not allowed where it was taken, or begins elsewhere than where the one before it led.
    """
    ordered = in_order(steps, initial=str(lifecycle.initial))
    days: list[date | None] = [local_date(taken.at) for taken in ordered]
    states = _states(lifecycle, ordered)
    if not ordered or ordered[0].before == str(lifecycle.initial):
        days.insert(0, begun)
        states.insert(0, lifecycle.initial if ordered or card is None else lifecycle.state_of(card))
    stays = [*pairwise(days), (days[-1], None)]
    return Timeline(
        (Span(since, until), state)
        for (since, until), state in zip(stays, states, strict=True)
        if until is None or since is None or since < until
    )


def spans_in(course: Timeline[Term], state: Term) -> tuple[Span, ...]:
    """The spans in which a card stood in a state, such as those of its suspensions; adjoining ones are one."""
    found: list[Span] = []
    for span, held in course:
        if held is not state:
            continue
        if found and found[-1].until == span.since:
            found[-1] = Span(found[-1].since, span.until)
        else:
            found.append(span)
    return tuple(found)


def card_on(lifecycle: Lifecycle, card: R, steps: Iterable[Step], day: date) -> R:
    """A card as it stood on a day, as far as its steps say: the state, and the days and values that steps filled in.

    What a step after the day filled in is not there yet, or is what an earlier step had filled in. A day that a step
    until then should have filled in, and that the card does not hold, is the day of that step. Everything else stands
    as the card has it; a card without steps is as it is.

    Raises:
        IllegalStep: If a step was not allowed where it was taken, or begins elsewhere than where the one before it led.
    """
    ordered = in_order(steps, initial=str(lifecycle.initial))
    _states(lifecycle, ordered)
    taken = [found for found in ordered if local_date(found.at) <= day]
    since = ordered[len(taken) :]
    changes: dict[str, Any] = {}
    declared = lifecycle.type.__record__
    fields = declared.fields
    for transition in (_transition(lifecycle, found) for found in since):
        for name in (transition.dated, *(name for name, _ in transition.sets)):
            if name and (fields[name].optional or not fields[name].required):
                changes[name] = None if fields[name].optional else fields[name].default
    for found in taken:
        transition = _transition(lifecycle, found)
        changes |= {name: value for name, value in transition.sets if name in changes}
        name = transition.dated
        unbegun = name == "until" and found.before in map(str, declared.never | declared.pending)
        if name and not unbegun and (name in changes or getattr(card, name) is None):
            changes[name] = local_date(found.at)
    if since:
        changes[lifecycle.state_field] = _state(lifecycle, since[0], since[0].before)
    try:
        return cast("R", attrs.evolve(cast("Any", card), **changes))
    except InvalidRecord:
        # Days that the card holds contradict those of its steps; somebody corrected them, and so they hold.
        kept = {name: value for name, value in changes.items() if name == lifecycle.state_field}
        return cast("R", attrs.evolve(cast("Any", card), **kept))


def _transition(lifecycle: Lifecycle, taken: Step) -> Transition:
    """The row of the table that a step followed."""
    return next(t for t in lifecycle.transitions if t.event == taken.event and taken.before in map(str, t.sources))


def _states(lifecycle: Lifecycle, ordered: Sequence[Step]) -> list[Term]:
    """The states that steps led to, each allowed and begun where the one before it led."""
    states: list[Term] = []
    for taken in ordered:
        state = states[-1] if states else _state(lifecycle, taken, taken.before)
        row = lifecycle.table[state]
        if taken.before != str(state) or taken.event not in row:
            raise IllegalStep(lifecycle.label, state.label, taken.event, tuple(row), labels=lifecycle.labels)
        states.append(row[taken.event])
    return states


def _state(lifecycle: Lifecycle, taken: Step, named: str) -> Term:
    """The state that a step names.

    Raises:
        IllegalStep: If the lifecycle has no such state.
    """
    for state in lifecycle.states:
        if str(state) == named:
            return state
    raise IllegalStep(lifecycle.label, named, taken.event, (), reason="没有这个状态", labels=lifecycle.labels)
