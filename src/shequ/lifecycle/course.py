"""The course of a card: in which state it stood on which day, from the steps that were kept.

A record holds the state it stands in now. When it was suspended, and when it came back, is in its steps: the days in a
state are spans, as many as there were, and the state on a past day is the one that the last step until then led to.
"""

from collections.abc import Iterable
from datetime import date
from itertools import pairwise

from shequ.effective import Span, Timeline, local_date
from shequ.errors import IllegalStep
from shequ.lifecycle.machine import Lifecycle
from shequ.model import Step, Term

__all__ = ["course", "in_order", "replay", "spans_in"]


def in_order(lifecycle: Lifecycle, steps: Iterable[Step]) -> list[Step]:
    """Steps in the order of their time; those of one moment so that each starts where the one before it led."""
    ordered = sorted(steps, key=lambda taken: taken.at)
    state = str(lifecycle.initial)
    for place in range(len(ordered)):
        for later in range(place, len(ordered)):
            if ordered[later].at != ordered[place].at:
                break
            if ordered[later].before == state:
                ordered.insert(place, ordered.pop(later))
                break
        state = ordered[place].after
    return ordered


def replay(lifecycle: Lifecycle, steps: Iterable[Step]) -> Term:
    """The state that steps lead to, taken in the order of their time from the initial state.

    Raises:
        IllegalStep: If one of them was not allowed where it was taken.
    """
    return [lifecycle.initial, *_states(lifecycle, in_order(lifecycle, steps))][-1]


def course(lifecycle: Lifecycle, steps: Iterable[Step], *, begun: date | None = None) -> Timeline[Term]:
    """The states by day; of several on one day the last.

    Args:
        lifecycle: The table.
        steps: All steps of one card, in any order.
        begun: The day on which the card was made; without it, it stood in its initial state since ever.

    Returns:
        The state by date; none before ``begun``.

    Raises:
        IllegalStep: If a step was not allowed where it was taken.
    """
    ordered = in_order(lifecycle, steps)
    days = [begun, *(local_date(taken.at) for taken in ordered)]
    states = [lifecycle.initial, *_states(lifecycle, ordered)]
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


def _states(lifecycle: Lifecycle, ordered: Iterable[Step]) -> list[Term]:
    state, states = lifecycle.initial, []
    for taken in ordered:
        row = lifecycle.table[state]
        if taken.event not in row:
            raise IllegalStep(lifecycle.label, state.label, taken.event, tuple(row))
        state = row[taken.event]
        states.append(state)
    return states
