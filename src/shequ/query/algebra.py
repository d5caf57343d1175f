"""The algebra: operands, conditions, sets and measures, as frozen values."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import Any, TypeVar, cast

import attrs

from shequ.calendars import Period
from shequ.effective import shift
from shequ.errors import Misuse
from shequ.query.operands import Field, Operand, Parameter, Reach

__all__ = [
    "AgeBand",
    "AllOf",
    "Among",
    "Answer",
    "AnyOf",
    "By",
    "Compare",
    "Condition",
    "Count",
    "During",
    "Each",
    "Gap",
    "Group",
    "GroupKey",
    "Holds",
    "KeySet",
    "Keys",
    "Measure",
    "Median",
    "Not",
    "Question",
    "Select",
    "SetOperation",
    "StateGroup",
    "Sum",
    "When",
    "bind",
    "conjuncts",
    "eq",
    "ge",
    "given",
    "gt",
    "laws_of",
    "le",
    "lt",
    "ne",
    "one_of",
    "parameters_of",
    "types_of",
]


# Conditions


class Condition:
    """A test of one record; combine with ``&``, ``|`` and ``~``."""

    def __and__(self, other: "Condition") -> "Condition":
        return AllOf((self, other))

    def __or__(self, other: "Condition") -> "Condition":
        return AnyOf((self, other))

    def __invert__(self) -> "Condition":
        return Not(self)


@attrs.frozen
class Compare(Condition):
    """``operand op value``; false whenever the operand has no value.

    Args:
        op: One of ``=``, ``!=``, ``<``, ``<=``, ``>``, ``>=``, ``in`` (a tuple), ``given`` (there is a value).
    """

    operand: Operand
    op: str
    value: Any = None


@attrs.frozen
class Holds(Condition):
    """In force on the day asked about: ``since`` is not after it and ``until`` lies behind it.

    What has no day of beginning has always been, and what has no day of ending goes on, unless the record says that it
    has not begun (a ``pending`` state of its type) or has ended on a day nobody knows (an ``over`` state, or a flag
    ``ended``): then it is in force on no day. Nor is what stands in a ``never`` state, whatever its days. States and flag
    are looked at for ``since`` and ``until`` only, not for other fields; ``never`` ones for either of the two.

    Args:
        path: Reference to the record that has ``since`` and ``until``; ``""`` for the row itself.
        months: For how many months already.
        since: Field in which it starts.
        until: Field in which it ends; ``""`` if it never does.
        ago: Look at the day so many months before the one asked about.
    """

    path: str = ""
    months: int = 0
    since: str = "since"
    until: str = "until"
    ago: int = 0

    def days(self, asked: date) -> tuple[date, date]:
        """The day that is looked at, and the last one on which it must have begun, when it is asked about a day.

        No day lies before the first one of the calendar, none behind the last.
        """
        day = _earlier(asked, self.ago)
        return day, _earlier(day, self.months)


def _earlier(day: date, months: int) -> date:
    try:
        return shift(day, months=-months) if months else day
    except (ValueError, OverflowError):
        return date.min if months > 0 else date.max


@attrs.frozen
class During(Condition):
    """The date or moment lies within the period asked about."""

    path: str


@attrs.frozen
class Among(Condition):
    """What a path leads to is a key of some record of another type, wherever in the district that one is.

    Args:
        path: The field of the row, or beyond a reference.
        of: The records of the other type, and which value of theirs is meant.
        on: Field of the row with the day on which the others are looked at; ``""`` for the day asked about.
        differing: A field that both types have and in which the other record must differ from the row.
    """

    path: str
    of: "Keys"
    on: str = ""
    differing: str = ""


@attrs.frozen
class AllOf(Condition):
    """Every one of the conditions."""

    conditions: tuple[Condition, ...]


def conjuncts(condition: Condition | None) -> Iterator[Condition]:
    """The conditions that must all be met for one to be."""
    if isinstance(condition, AllOf):
        for part in condition.conditions:
            yield from conjuncts(part)
    elif condition is not None:
        yield condition


@attrs.frozen
class AnyOf(Condition):
    """At least one of the conditions."""

    conditions: tuple[Condition, ...]


@attrs.frozen
class Not(Condition):
    """The opposite of a condition."""

    condition: Condition


def _operand(value: str | Operand) -> Operand:
    return Field(value) if isinstance(value, str) else value


def eq(operand: str | Operand, value: Any) -> Condition:
    """The operand equals the value."""
    return Compare(_operand(operand), "=", value)


def ne(operand: str | Operand, value: Any) -> Condition:
    """The operand has a value, another one."""
    return Compare(_operand(operand), "!=", value)


def lt(operand: str | Operand, value: Any) -> Condition:
    """The operand is less than the value."""
    return Compare(_operand(operand), "<", value)


def le(operand: str | Operand, value: Any) -> Condition:
    """The operand is at most the value."""
    return Compare(_operand(operand), "<=", value)


def gt(operand: str | Operand, value: Any) -> Condition:
    """The operand is more than the value."""
    return Compare(_operand(operand), ">", value)


def ge(operand: str | Operand, value: Any) -> Condition:
    """The operand is at least the value."""
    return Compare(_operand(operand), ">=", value)


def one_of(operand: str | Operand, *values: Any) -> Condition:
    """The operand is one of the values."""
    return Compare(_operand(operand), "in", values)


def given(operand: str | Operand) -> Condition:
    """The operand has a value."""
    return Compare(_operand(operand), "given")


@attrs.frozen
class Select:
    """The records of a type that meet a condition: what a store's ``scan`` is asked for."""

    type: str
    where: Condition | None = None


# Sets


class KeySet:
    """A set of distinct keys; combine with ``&``, ``|`` and ``-``."""

    def __and__(self, other: "KeySet") -> "KeySet":
        return SetOperation("&", self, other)

    def __or__(self, other: "KeySet") -> "KeySet":
        return SetOperation("|", self, other)

    def __sub__(self, other: "KeySet") -> "KeySet":
        return SetOperation("-", self, other)

    def leaves(self) -> Iterator["Keys"]:
        """The sets it is made from."""
        raise Misuse("a KeySet is either Keys or made from Keys with &, | and -")


@attrs.frozen(cache_hash=True)  # looked up for every place
class Keys(KeySet):
    """The distinct values of ``key`` among the records of ``type`` that meet ``where``."""

    type: str
    key: str = "id"
    where: Condition | None = None

    def leaves(self) -> Iterator["Keys"]:
        """Itself."""
        yield self


@attrs.frozen
class SetOperation(KeySet):
    """Two sets combined by ``&``, ``|`` or ``-``."""

    op: str
    left: KeySet
    right: KeySet

    def leaves(self) -> Iterator[Keys]:
        """The sets of both sides."""
        yield from self.left.leaves()
        yield from self.right.leaves()


# Groups and measures


@attrs.frozen
class By:
    """Group by the value of a field; a missing value is its own group, ``None``."""

    name: str
    path: str


@attrs.frozen
class AgeBand:
    """Group by age on the day asked about: below ``bounds[0]``, from it to below ``bounds[1]``, and so on."""

    name: str
    path: str
    bounds: tuple[int, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """The bands, as ``0-17``, ``18-59``, ``60+``."""
        lows = (0, *self.bounds)
        return (*(f"{low}-{bound - 1}" for low, bound in zip(lows, self.bounds, strict=False)), f"{lows[-1]}+")

    def label(self, years: int) -> str:
        """The band that an age falls in."""
        return self.labels[next((number for number, bound in enumerate(self.bounds) if years < bound), -1)]


@attrs.frozen
class StateGroup(By):
    """Group by the state on the day asked about; see :class:`StateThen`."""

    days: tuple[tuple[str, str], ...] = ()


@attrs.frozen
class Each:
    """Group by each of the texts in a field that holds several: a record falls into as many groups, or into ``None``.

    The groups overlap, so they may add up to more than the whole.
    """

    name: str
    path: str


Group = By | AgeBand | Each


@attrs.frozen(cache_hash=True)  # looked up for every place
class Count:
    """How many distinct keys, in all and by the values of ``by``."""

    of: KeySet
    by: tuple[Group, ...] = ()


@attrs.frozen(cache_hash=True)  # looked up for every place
class Sum:
    """The total of a number over records, in all and by the values of ``by``; a missing number adds nothing.

    The number is a field, or an operand that has one.
    """

    type: str
    field: str | Operand
    where: Condition | None = None
    by: tuple[Group, ...] = ()


@attrs.frozen(cache_hash=True)  # looked up for every place
class Median:
    """The exact median of an operand over records; with an even count the mean of the middle two."""

    type: str
    operand: Operand
    where: Condition | None = None


@attrs.frozen(cache_hash=True)  # looked up for every place
class Gap:
    """How many months or quarters of the period asked about have no record whose ``path`` falls into them."""

    type: str
    path: str
    unit: str = "month"
    where: Condition | None = None


Measure = Count | Sum | Median | Gap


@attrs.frozen(cache_hash=True)  # looked up for every place
class When:
    """What is asked about: a day, and the period that ends on it where one is meant."""

    day: date
    period: Period | None = None

    @classmethod
    def on(cls, day: date) -> "When":
        """A day."""
        return cls(day)

    @classmethod
    def over(cls, period: Period) -> "When":
        """A period; what holds at a date is taken on its last day."""
        return cls(period.last_day, period)


@attrs.frozen
class Question:
    """A measure, at a day or over a period."""

    measure: Measure
    when: When


GroupKey = tuple[str | None, ...]


@attrs.frozen
class Answer:
    """What a measure came to.

    Args:
        value: The number; ``None`` if there is nothing to take a median of.
        rows: How many records were counted, added or ranked.
        groups: Group → value and rows, where the measure is grouped.
        counted: For a count, gives the keys counted: they may have to be fetched.
    """

    value: Fraction | None
    rows: int
    groups: Mapping[GroupKey, tuple[Fraction, int]] = attrs.field(factory=dict)
    counted: Callable[[], Iterable[str]] = attrs.field(default=tuple, eq=False, repr=False)

    @property
    def keys(self) -> frozenset[str]:
        """For a count, the keys counted."""
        return frozenset(self.counted())


def parameters_of(measure: Measure) -> frozenset[str]:
    """Names of the parameters that a measure asks for."""
    return frozenset(found.name for found in _walk(measure) if isinstance(found, Parameter))


def laws_of(measure: Measure) -> frozenset[str]:
    """Names of those among them whose values of all days it asks for."""
    return frozenset(found.name for found in _walk(measure) if isinstance(found, Parameter) and found.dated)


def types_of(measure: Measure) -> tuple[str, ...]:
    """Names of the types whose records decide a measure: those counted first, then those it looks for beside them."""
    named = (found.type for found in _walk(measure) if isinstance(found, Keys | Sum | Median | Gap | Reach))
    return tuple(dict.fromkeys(named))


def _walk(value: Any) -> Iterator[Any]:
    yield value
    if isinstance(value, tuple):
        for item in value:
            yield from _walk(item)
    elif attrs.has(type(value)):
        for attribute in attrs.fields(type(value)):
            yield from _walk(getattr(value, attribute.name))


T = TypeVar("T")


def bind(value: T, parameters: Mapping[str, Any]) -> T:
    """The same question with every :class:`Parameter` replaced by its value."""
    if isinstance(value, Parameter):
        bound: T = parameters[value.name]
        return bound
    if isinstance(value, tuple):
        return tuple(bind(item, parameters) for item in value)  # type: ignore[return-value] # a tuple for a tuple
    if attrs.has(type(value)):
        names = [attribute.name for attribute in attrs.fields(cast("Any", type(value)))]
        return type(value)(**{name: bind(getattr(value, name), parameters) for name in names})
    return value
