"""The stepper: one pure function for every lifecycle."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar, cast

import attrs

from shequ.effective import SHANGHAI
from shequ.errors import IllegalStep, Misuse
from shequ.model import Record, Step, Term, derive_id

__all__ = ["Guard", "Lifecycle", "Transition", "step"]

R = TypeVar("R", bound=Record)
Guard = Callable[[Record, str, datetime], str | None]
"""Given card, event and time: why the step is refused, in Chinese, or ``None`` if it is not."""


@attrs.frozen
class Transition:
    """An event that leads from some states to another.

    Args:
        event: Its name.
        label: Its Chinese label.
        sources: States it is allowed in.
        target: State it leads to.
        dated: Field that takes the day of the step; ``""`` if none does.
        fills: Field that takes the day of the step if it holds none yet: the end of a term that was agreed stays.
        sets: Fields that take a fixed value with the step.
    """

    event: str
    label: str
    sources: tuple[Term, ...]
    target: Term
    dated: str = ""
    fills: str = ""
    sets: tuple[tuple[str, Any], ...] = ()


@attrs.frozen
class Lifecycle:
    """The table of a record type's states.

    Args:
        type: The record class.
        label: Chinese label.
        initial: State that a new card stands in.
        transitions: The table.
        state_field: The field that says where a record stands.

    Raises:
        Misuse: If an event leads from one state to two, or a state cannot be reached.
    """

    type: type[Record]
    label: str
    initial: Term
    transitions: tuple[Transition, ...]
    state_field: str = "state"

    def __attrs_post_init__(self) -> None:
        seen: set[tuple[str, Term]] = set()
        for transition in self.transitions:
            for source in transition.sources:
                if (transition.event, source) in seen:
                    raise Misuse(f"{self.name}: {transition.event} leads from {source} to two states")
                seen.add((transition.event, source))
        reached, pending = {self.initial}, [self.initial]
        while pending:
            state = pending.pop()
            for target in self.table[state].values():
                if target not in reached:
                    reached.add(target)
                    pending.append(target)
        lost = [state for state in self.states if state not in reached]
        if lost:
            raise Misuse(f"{self.name}: no way leads to {', '.join(lost)}")

    @property
    def name(self) -> str:
        """Name of the record type."""
        return self.type.__record__.name

    @property
    def states(self) -> tuple[Term, ...]:
        """Every state, in the order of the model."""
        return tuple(type(self.initial))

    @property
    def table(self) -> Mapping[Term, Mapping[str, Term]]:
        """State → event → state; a terminal state has an empty row."""
        return {state: {t.event: t.target for t in self.transitions if state in t.sources} for state in self.states}

    def state_of(self, card: Record) -> Term:
        """Where a record stands."""
        found: Term = getattr(card, self.state_field)
        return found

    def allowed(self, state: Term) -> tuple[str, ...]:
        """The events that are allowed in a state."""
        return tuple(self.table[state])


def step(
    lifecycle: Lifecycle,
    card: R,
    event: str,
    *,
    at: datetime,
    actor: str,
    reason: str = "",
    guards: Iterable[Guard] = (),
) -> tuple[R, Step]:
    """Take a card one step on.

    Args:
        lifecycle: Its table.
        card: The card; it is not changed.
        event: What happens.
        at: When.
        actor: Who does it.
        reason: Why, or on what paper.
        guards: Asked in order; the first that refuses decides.

    Returns:
        The new card, and the step to keep.

    Raises:
        IllegalStep: If the event is not allowed where the card stands, or a guard refuses.
    """
    state: Any = lifecycle.state_of(card)
    row = lifecycle.table[state]
    if event not in row:
        raise IllegalStep(lifecycle.label, state.label, event, tuple(row))
    for guard in guards:
        refusal = guard(card, event, at)
        if refusal is not None:
            raise IllegalStep(lifecycle.label, state.label, event, tuple(row), reason=refusal)
    transition = next(t for t in lifecycle.transitions if t.event == event and state in t.sources)
    changes: dict[str, Any] = {lifecycle.state_field: transition.target, **dict(transition.sets)}
    today = at.astimezone(SHANGHAI).date()
    if transition.dated:
        changes[transition.dated] = today
    if transition.fills and getattr(card, transition.fills) is None:
        changes[transition.fills] = today
    moved: R = attrs.evolve(cast("Any", card), **changes)
    key = (lifecycle.name, card.id, at.isoformat(), event, str(state))
    return moved, Step(
        id=derive_id("step", key),
        subject_type=lifecycle.name,
        subject=card.id,
        event=event,
        before=str(state),
        after=str(transition.target),
        at=at,
        actor=actor,
        reason=reason or None,
    )
