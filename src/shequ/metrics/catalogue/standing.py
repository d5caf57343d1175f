"""What stood on the day asked about, though records hold what stands now: a step taken since changes no past figure."""

from shequ.model import Term
from shequ.query import Condition, Holds, eq, given

__all__ = ["came_by", "reached"]


def came_by(field: str) -> Condition:
    """The day in a field is given, and had come by the day asked about (in a period: by its last day)."""
    return given(field) & Holds(since=field, until="")


def reached(state: Term, day: str, field: str = "state") -> Condition:
    """A last state, come to by the day asked about as ``day`` says; where nobody dated it, on any day."""
    return eq(field, state) & (~given(day) | came_by(day))
