"""The lives of cards and cases: steps that their table allows, and attempts that it does not.

What is drawn is a card in its initial state and what was tried with it, one attempt after the other. An attempt that
the table does not allow is refused and changes nothing, so the attempts after it go on from where the card stood.
"""

from datetime import date, datetime, timedelta
from typing import Any, cast

import attrs
from hypothesis import strategies as st

from shequ.effective import SHANGHAI
from shequ.errors import IllegalStep, Misuse
from shequ.lifecycle import Lifecycle, Transition, step
from shequ.model import FieldSpec, Kind, Record, Step, Term
from shequ.testing.strategies import records, values

__all__ = ["Attempt", "CardHistory", "card_histories", "ways"]

_DRAWN_UP = st.dates(date(2020, 1, 1), date(2024, 12, 31))
_WRITTEN_UP = st.datetimes(datetime(2020, 1, 1), datetime(2024, 12, 31)).map(  # noqa: DTZ001 - bounds
    lambda moment: moment.replace(tzinfo=SHANGHAI)
)
_BEGINS = datetime(2025, 1, 1, 9, tzinfo=SHANGHAI)
_LATEST = date(2099, 12, 31)


@attrs.frozen
class Attempt:
    """What was tried with a card.

    Args:
        event: The event.
        at: When.
        values: What was recorded with it.
        legal: Whether the table allows it where the card stood.
    """

    event: str
    at: datetime
    values: "dict[str, Any]"
    legal: bool


@attrs.frozen
class CardHistory:
    """A card's life.

    Args:
        lifecycle: Its table.
        start: The card in its initial state.
        attempts: What was tried, in the order of time.
        steps: The steps that were taken, as they are kept: one for each legal attempt.
        card: The card at the end.
    """

    lifecycle: Lifecycle
    start: Record
    attempts: tuple[Attempt, ...]
    steps: tuple[Step, ...]
    card: Record

    @property
    def illegal(self) -> tuple[Attempt, ...]:
        """The attempts that were refused."""
        return tuple(attempt for attempt in self.attempts if not attempt.legal)


def _drawn_up(lifecycle: Lifecycle) -> st.SearchStrategy[Record]:
    """Cards in the initial state: what they date lies before the first step, and nothing of it has ended."""
    given: dict[str, st.SearchStrategy[Any]] = {}
    ends = {end for _, end in lifecycle.type.__record__.spans}
    for spec in lifecycle.type.__record__.fields.values():
        drawn = {Kind.DAY: _DRAWN_UP, Kind.MOMENT: _WRITTEN_UP}.get(spec.kind)
        if drawn is not None and spec.optional:
            given[spec.name] = st.none() if spec.name in ends else st.none() | drawn
        elif drawn is not None:
            given[spec.name] = drawn
    given[lifecycle.state_field] = st.just(lifecycle.initial)
    return records(lifecycle.type, **given)


def _needed(spec: FieldSpec, card: Record, on: date) -> st.SearchStrategy[Any]:
    """New values for a field that must be given with a step."""
    drawn = st.dates(on, _LATEST) if spec.kind is Kind.DAY else values(spec)
    return drawn.filter(lambda value: value not in (None, "", (), getattr(card, spec.name)))


@st.composite
def card_histories(
    draw: st.DrawFn,
    lifecycle: Lifecycle,
    *,
    illegal: int = 0,
    most: int = 8,
    start: Record | None = None,
    through: tuple[Term, str] | None = None,
    end: Term | None = None,
) -> CardHistory:
    """Lives of a card, from a card that nothing has happened to.

    A life has an aim: one row of the table, any that can be reached is as likely as any other, or none. It goes there
    by a shortest way, and from there on as it comes. So every step of a lifecycle is one choice away, however long its way
    is, and a life that need not have an aim shrinks to one that has none.

    Args:
        draw: How parts are drawn.
        lifecycle: The table.
        illegal: How many attempts are illegal, exactly: ``0`` draws lawful lives, ``1`` those with one illegal step.
        most: How many legal steps at most.
        start: The card; any in the initial state if none is given.
        through: A state and an event: the life takes this step.
        end: Where the card stands at the end.

    Raises:
        Misuse: If no life of so few steps takes the step, or ends there.
    """
    first = draw(_drawn_up(lifecycle)) if start is None else start
    aims = ways(lifecycle, lifecycle.state_of(first), most=most, through=through, end=end)
    if not aims:
        asked = [f"takes {through[1]} in {through[0]}"] if through is not None else []
        asked += [f"ends in {end}"] if end is not None else []
        rows = ", ".join(f"({state}, {event})" for state, row in lifecycle.table.items() for event in row)
        raise Misuse(
            f"{lifecycle.name}: no life of at most {most} steps from {lifecycle.state_of(first)} {' and '.join(asked)}",
            remedy=f"ask for more steps, or for one of {rows}",
        )
    way = draw(st.sampled_from(aims))
    legal_steps = len(way) + (draw(st.integers(0, most - len(way))) if end is None else 0)
    # After how many legal steps each illegal attempt is made, counted from as many as there came to be.
    turns = sorted(draw(st.lists(st.integers(0, legal_steps), min_size=illegal, max_size=illegal)))
    card, at = first, _BEGINS
    attempts: list[Attempt] = []
    steps: list[Step] = []
    for turn in range(legal_steps + 1):
        allowed = lifecycle.allowed(lifecycle.state_of(card))
        last = turn == legal_steps or not allowed
        while turns and (turns[0] <= turn or last):
            turns.pop(0)
            at += draw(_pauses)
            attempts.append(_refused(draw, lifecycle, card, at))
        if last:
            break
        at += draw(_pauses)
        event = way[turn] if turn < len(way) else draw(st.sampled_from(allowed))
        given = {
            name: draw(_needed(card.__record__.fields[name], card, at.date()))
            for name in _transition(lifecycle, card, event).needs
        }
        card, taken = step(lifecycle, card, event, at=at, actor="clerk", reason="回执", values=given)
        attempts.append(Attempt(event, at, given, legal=True))
        steps.append(taken)
    return CardHistory(lifecycle, first, tuple(attempts), tuple(steps), card)


def _shortest(lifecycle: Lifecycle, origin: Term) -> dict[Term, tuple[str, ...]]:
    """State → the events of a shortest way there; the nearest states first."""
    found: dict[Term, tuple[str, ...]] = {origin: ()}
    pending = [origin]
    for state in pending:
        for event, target in lifecycle.table[state].items():
            if target not in found:
                found[target] = (*found[state], event)
                pending.append(target)
    return found


def ways(
    lifecycle: Lifecycle,
    origin: Term,
    *,
    most: int = 8,
    through: tuple[Term, str] | None = None,
    end: Term | None = None,
) -> list[tuple[str, ...]]:
    """The ways among which a life chooses the one that it goes first, as events; the simplest first.

    Args:
        lifecycle: The table.
        origin: Where the card stands.
        most: How many steps at most.
        through: A row of the table that the way must go by; any if none is given.
        end: Where the way must lead; anywhere if nothing is given.
    """
    there = _shortest(lifecycle, origin)
    rows = [(state, event) for state in there for event in lifecycle.table[state]]
    if through is not None:
        rows = [row for row in rows if row == through]
    found: list[tuple[str, ...]] = [()] if through is None and end in (None, origin) else []
    for state, event in rows:
        way = (*there[state], event)
        target = lifecycle.table[state][event]
        if end is None:
            found.append(way)
        elif end in (onward := _shortest(lifecycle, target)):
            found.append((*way, *onward[end]))
    return sorted({way: None for way in found if len(way) <= most}, key=len)


_pauses = st.timedeltas(timedelta(minutes=1), timedelta(days=400))


def _transition(lifecycle: Lifecycle, card: Record, event: str) -> Transition:
    state = lifecycle.state_of(card)
    return next(found for found in lifecycle.transitions if found.event == event and state in found.sources)


def _refused(draw: st.DrawFn, lifecycle: Lifecycle, card: Record, at: datetime) -> Attempt:
    """An attempt at an event of the table, or at one that no table has, which is not allowed where the card stands."""
    allowed = lifecycle.allowed(lifecycle.state_of(card))
    others = [event for event in lifecycle.labels if event not in allowed]
    event = draw(st.sampled_from([*others, "no_such_event"]))
    try:
        step(lifecycle, cast("Any", card), event, at=at, actor="clerk")
    except IllegalStep:
        return Attempt(event, at, {}, legal=False)
    raise AssertionError(f"{lifecycle.name} takes the step {event}, which its table does not have")
