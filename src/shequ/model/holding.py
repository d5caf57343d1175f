"""On which days a record is in force, by what it says itself: its days, its state, and whether it has ended."""

from datetime import date
from typing import Any, cast

from shequ.effective import Span
from shequ.errors import Misuse
from shequ.model.record import Record, Term

__all__ = ["has_begun", "in_force", "span_of"]


def span_of(record: Record) -> Span | None:
    """The days on which a record is in force.

    Args:
        record: A record with the fields ``since`` and ``until``.

    Returns:
        Its span; a side without a day is open. ``None`` if it has not begun (see :func:`has_begun`), or has ended on a
        day nobody knows (a state that is over, or ``ended``, without a day of ending).

    Raises:
        Misuse: If its type has no such fields.
    """
    declared = record.__record__
    if ("since", "until") not in declared.spans:
        raise Misuse(f"a {declared.name} has no since and until")
    values = cast("Any", record)
    since, until = values.since, values.until
    if not has_begun(record):
        return None
    if until is None and (_state(record) in declared.over or getattr(values, "ended", False)):
        return None
    return Span(since, until)


def has_begun(record: Record) -> bool:
    """Whether a record stands where it can be in force, or can have been.

    It does not in a state of its type that is ``never`` in force, nor in a ``pending`` one without a day of beginning.
    """
    declared, state = record.__record__, _state(record)
    return state not in declared.never and (state not in declared.pending or getattr(record, "since", None) is not None)


def _state(record: Record) -> Term | None:
    declared = record.__record__.state
    return None if declared is None else getattr(record, declared.name)


def in_force(record: Record, day: date) -> bool:
    """Whether a record is in force on a day; see :func:`span_of`."""
    span = span_of(record)
    return span is not None and day in span
