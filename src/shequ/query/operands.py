"""What is read of one record: operands, and the values that the rules give."""

from typing import TYPE_CHECKING, Any

import attrs

from shequ.effective import Timeline

if TYPE_CHECKING:
    from shequ.query.algebra import Condition

__all__ = [
    "Age",
    "Days",
    "Field",
    "Lasting",
    "Minutes",
    "Operand",
    "Outside",
    "Parameter",
    "Reach",
    "Standing",
    "StateThen",
]


@attrs.frozen
class Parameter:
    """A value that the rules give, by name: :func:`~shequ.query.bind` puts it in before evaluation.

    Args:
        name: Its name.
        dated: Whether all its values are wanted, since each record is judged by the law of a day of its own; then a
            :class:`~shequ.effective.Timeline` takes its place, else the value in force on the day asked about.
    """

    name: str
    dated: bool = False


@attrs.frozen
class Field:
    """The value of a field, through references where the path has dots."""

    path: str


@attrs.frozen
class Age:
    """Completed years on the day asked about, of a birth date."""

    path: str


@attrs.frozen
class Minutes:
    """Minutes since local midnight of a moment."""

    path: str


@attrs.frozen
class Days:
    """Whole days from one date or moment to another; working days by the official calendar where asked.

    The first day is not counted, the last one is.
    """

    start: str
    end: str
    working: bool = False


@attrs.frozen
class Outside:
    """Whether a moment lies outside the standard working hours.

    That is: on a day that the official calendar gives as no working day, or before ``opens`` or at or after
    ``closes`` (minutes since midnight), or within the midday break.
    """

    path: str
    opens: int = 8 * 60 + 30
    closes: int = 17 * 60 + 30
    break_from: int = 12 * 60
    break_until: int = 13 * 60


@attrs.frozen
class StateThen:
    """The state on the day asked about: a record holds the one it stands in now.

    Where it has taken steps since, it is the state before the first of them. Where no step says how it came to that
    state, the days of the record do: one that it came to after the day gives way to the last one of ``days`` that it had
    come to by then.

    Args:
        path: The field of the state.
        days: Pairs of a state and the field that holds the day on which it came to it, in the order of the states.
    """

    path: str
    days: tuple[tuple[str, str], ...] = ()


@attrs.frozen
class Lasting:
    """Minutes from one time of day to another, past midnight where the end comes first; or from moment to moment."""

    start: str
    end: str


@attrs.frozen
class Standing:
    """How a matter of a record stood on the day asked about: ``overdue``, ``late``, ``met``, ``due_soon``, …

    It is reckoned from the record as it stood on that day, by the law of the day on which the matter began; see
    :mod:`shequ.lifecycle.deadlines`. A record to which no such matter belongs has no value.

    Args:
        matter: What is to be done, in Chinese (``办结``).
        terms: The terms that it depends on, each with the parameter that gives it.
    """

    matter: str
    terms: tuple[tuple[str, Parameter | Timeline[Any]], ...]


@attrs.frozen
class Reach:
    """How many distinct things lie within reach of a position; none where the position is not known.

    Distances are those of the crow, in whole metres, between ``longitude`` and ``latitude`` of both records.

    Args:
        path: Reference to the record at whose position we stand; ``""`` for the row itself.
        type: Type of the records looked for; those without a position are not found.
        metres: How far away they may be: a number or a :class:`Parameter`.
        key: The field of theirs whose distinct values are counted.
        where: Which of them count.
    """

    path: str
    type: str
    metres: Any
    key: str = "id"
    where: "Condition | None" = None


Operand = Field | Age | Minutes | Days | Outside | StateThen | Lasting | Standing | Reach
