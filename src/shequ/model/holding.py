"""On which days a record is in force, by what it says itself: its days, its state, and whether it has ended."""

from datetime import date
from typing import Any, cast

from shequ.effective import Span
from shequ.errors import Misuse
from shequ.model.record import Record

__all__ = ["in_force", "span_of"]


def span_of(record: Record) -> Span | None:
    """The days on which a record is in force.

    Args:
        record: A record with the fields ``since`` and ``until``.

    Returns:
        Its span; a side without a day is open. ``None`` if it has not begun (a pending state without a day of
        beginning), or has ended on a day nobody knows (a state that is over, or ``ended``, without a day of ending).

    Raises:
        Misuse: If its type has no such fields.
    """
    declared = record.__record__
    if ("since", "until") not in declared.spans:
        raise Misuse(f"a {declared.name} has no since and until")
    values = cast("Any", record)
    since, until = values.since, values.until
    state = getattr(values, declared.state.name) if declared.state is not None else None
    if since is None and state in declared.pending:
        return None
    if until is None and (state in declared.over or getattr(values, "ended", False)):
        return None
    return Span(since, until)


def in_force(record: Record, day: date) -> bool:
    """Whether a record is in force on a day; see :func:`span_of`."""
    span = span_of(record)
    return span is not None and day in span
