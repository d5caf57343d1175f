"""Taking a card or case through its life: by the library's own stepper, each step kept."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, TypeVar, cast

import attrs

from shequ.errors import Misuse
from shequ.lifecycle import Guard, Lifecycle, step
from shequ.model import Record
from shequ.sample.ledger import Ledger, moment

__all__ = ["Stage", "later", "walk"]

R = TypeVar("R", bound=Record)
_OPENS = 8


@attrs.frozen
class Stage:
    """One step of a way: the event, its day, why, and what is recorded with it."""

    event: str
    on: date
    reason: str | None = None
    changes: dict[str, Any] = attrs.field(factory=dict)


def later(day: date, days: int) -> date:
    """So many days after a day."""
    return day + timedelta(days=days)


def walk(
    ledger: Ledger,
    lifecycle: Lifecycle,
    card: R,
    way: Iterable[Stage],
    *,
    actor: str,
    guards: Iterable[Guard] = (),
) -> R:
    """Take a card from the initial state along a way; keep its steps, twenty minutes apart at least.

    Args:
        ledger: Where the steps are written.
        lifecycle: Table of the card.
        card: The card; it is not written. Whatever state it is given with, it begins in the initial one.
        way: The steps in the order of their days.
        actor: Who takes them.
        guards: What else may refuse a step.

    Returns:
        The card as it stands at the end.

    Raises:
        IllegalStep: If the table does not allow a step, or a guard refuses it.
        Misuse: If a step comes before the one ahead of it.
    """
    conditions = tuple(guards)
    card = cast("R", attrs.evolve(cast("Any", card), **{lifecycle.state_field: lifecycle.initial}))
    latest = date.min
    for number, stage in enumerate(way):
        if stage.on < latest:
            raise Misuse(f"{card.id} takes the step {stage.event} on {stage.on}, before the step of {latest}")
        latest = stage.on
        at = moment(stage.on, _OPENS + number // 3, number % 3 * 20)
        card, taken = step(
            lifecycle,
            card,
            stage.event,
            at=at,
            actor=actor,
            reason=stage.reason or "",
            values=stage.changes,
            guards=conditions,
        )
        ledger.keep(taken)
    return card
