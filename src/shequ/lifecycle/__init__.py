"""How a card or case moves: transition tables as data, and one pure stepper for all of them.

A lifecycle is a table, state × event → state. The states themselves stand in the model. A step is a pure function of
card, event and time; it returns the new card and the :class:`~shequ.model.Step` that is kept of it, so that replaying
the steps gives the state a card stands in.
"""

from shequ.hookspecs import hookimpl
from shequ.lifecycle.cards import REGISTRATION_CARD, SERVICE_RECORD
from shequ.lifecycle.machine import Guard, Lifecycle, Transition, replay, step

__all__ = [
    "REGISTRATION_CARD",
    "SERVICE_RECORD",
    "Guard",
    "Lifecycle",
    "Transition",
    "replay",
    "shequ_lifecycles",
    "step",
]


@hookimpl
def shequ_lifecycles() -> tuple[Lifecycle, ...]:
    """The library's lifecycles."""
    return (REGISTRATION_CARD, SERVICE_RECORD)
