"""Each value of the algebra becomes one closure over the tables it needs."""

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from functools import cache, partial
from itertools import product
from typing import Any

from shequ.calendars import is_working_day, working_days_between
from shequ.effective import SHANGHAI, Timeline, age, local_date
from shequ.errors import IllegalStep, Misuse
from shequ.lifecycle import LIFECYCLES
from shequ.lifecycle.course import card_on, in_order
from shequ.lifecycle.deadlines import DEADLINE_TYPES, statuses_at
from shequ.lifecycle.terms import Terms, terms_from
from shequ.model import Kind, Record, RecordType, Schema, Step, Term
from shequ.query.algebra import (
    AgeBand,
    AllOf,
    Among,
    AnyOf,
    Compare,
    Condition,
    During,
    Each,
    Group,
    GroupKey,
    Holds,
    Not,
    StateGroup,
    When,
)
from shequ.query.nearness import Neighbourhood
from shequ.query.operands import Age, Days, Lasting, Minutes, Operand, Outside, Parameter, Reach, Standing, StateThen

__all__ = ["Compiler", "Getter", "Test", "as_date"]

_OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda value, options: value in options,
    "given": lambda _value, _none: True,
}
_POSITION = ("longitude", "latitude")
_MINUTE = timedelta(minutes=1)
Getter = Callable[[Any], Any]
Test = Callable[[Any], bool]


class Compiler:
    """Compiles for one set of tables.

    Args:
        schema: The record types.
        table: Gives all records of a type by id.
    """

    def __init__(self, schema: Schema, table: Callable[[str], Mapping[str, Record]]) -> None:
        self.schema, self._table = schema, table
        self._taken: dict[tuple[str, str], list[Step]] | None = None

    def getter(self, declared: RecordType, path: str) -> Getter:
        """Reads a path.

        Raises:
            Misuse: If the type has no such field, or the path leads through one that is no reference.
        """
        head, _, rest = path.partition(".")
        if head not in declared.fields:
            raise Misuse(f"{declared.name} has no field {head!r}", remedy=f"one of {', '.join(declared.fields)}")
        if not rest:
            return operator.attrgetter(head)
        target = declared.fields[head].to
        if target is None:
            raise Misuse(f"{declared.name}.{head} is no reference, {path!r} leads nowhere")
        table, follow = self._table(target), self.getter(self.schema[target], rest)

        def through(row: Any) -> Any:
            found = table.get(getattr(row, head))
            return None if found is None else follow(found)

        return through

    def operand(self, declared: RecordType, operand: Operand, when: When) -> Getter:
        """Reads an operand; ``None`` where it has no value."""
        if isinstance(operand, Days):
            first, last = self._day(declared, operand.start), self._day(declared, operand.end)

            def days(row: Any) -> int | None:
                start, end = first(row), last(row)
                return None if start is None or end is None else count_days(start, end)

            # Few dates come in many pairs: each pair is looked up in the calendar once.
            count_days = cache(working_days_between) if operand.working else _days_between
            return days
        if isinstance(operand, Lasting):
            opens, closes = self.getter(declared, operand.start), self.getter(declared, operand.end)

            def lasting(row: Any) -> int | None:
                start, end = opens(row), closes(row)
                return None if start is None or end is None else _lasting(start, end)

            return lasting
        if isinstance(operand, Standing):
            return self._standing(declared, operand, when.day)
        if isinstance(operand, Reach):
            return self._counting_within(declared, operand, when)
        get = self.getter(declared, operand.path)
        if isinstance(operand, Age):
            return lambda row: None if (birth := get(row)) is None else age(birth, when.day)
        if isinstance(operand, Minutes):
            return lambda row: None if (moment := get(row)) is None else _minutes(moment)
        if isinstance(operand, Outside):
            return lambda row: None if (moment := get(row)) is None else _outside(moment, operand)
        if isinstance(operand, StateThen):
            return self._state_then(declared, operand, when.day)
        return get

    def _day(self, declared: RecordType, path: str) -> Getter:
        """Reads the day of a date or a moment."""
        get = self.getter(declared, path)
        *way, name = path.split(".")
        if self._follow(declared, way).fields[name].kind is not Kind.MOMENT:
            return get
        return lambda row: None if (moment := get(row)) is None else local_date(moment)

    def _state_then(self, declared: RecordType, operand: StateThen, day: date) -> Getter:
        """Reads the state on a day: the one before the first step after it, else by the days of the record."""
        *way, field = operand.path.split(".")
        prefix = "".join(f"{name}." for name in way)
        now, id_of = self.getter(declared, operand.path), self.getter(declared, f"{prefix}id")
        target = self._follow(declared, way)
        terms = target.fields[field].terms
        if terms is None:
            raise Misuse(f"{target.name}.{field} holds no state")
        known = {str(term): term for term in terms}
        came = [(known[state], self.getter(declared, prefix + on)) for state, on in operand.days]
        steps = self.steps()

        def then(row: Any) -> Term | None:
            state: Term | None = now(row)
            for number, taken in enumerate(steps.get((target.name, id_of(row)), ())):
                if local_date(taken.at) > day:
                    state = known.get(taken.before)
                    if number:
                        return state
                    break
            if any(state is other and (on := get(row)) is not None and on > day for other, get in came):
                return next((other for other, get in reversed(came) if (on := get(row)) and on <= day), None)
            return state

        return then

    def _standing(self, declared: RecordType, operand: Standing, day: date) -> Getter:
        """Reads how a matter stood, of the record as it was on the day, by the law of the day on which it began."""
        if declared.name not in DEADLINE_TYPES:
            raise Misuse(f"{declared.name} has no deadlines", remedy=f"one of {', '.join(DEADLINE_TYPES)}")
        laws = {term: known for term, known in operand.terms if isinstance(known, Timeline)}
        if len(laws) < len(operand.terms):
            raise Misuse(
                f"the parameters of {operand.matter} are not bound", remedy="put their timelines in with bind()"
            )

        @cache
        def law(begun: date) -> Terms:
            return terms_from(lambda term: laws[term].at(begun), laws)

        lifecycle = next((cycle for cycle in LIFECYCLES if cycle.type is declared.cls), None)
        steps = self.steps()

        def standing(row: Any) -> Term | None:
            taken = steps.get((declared.name, row.id))
            if taken and lifecycle is not None:
                # Somebody corrected a state by hand between two steps: then the dates decide.
                with suppress(IllegalStep):
                    row = card_on(lifecycle, row, taken, day)
            found = (status.standing for status in statuses_at(row, day, law) if status.matter == operand.matter)
            return next(found, None)

        return standing

    def _counting_within(self, declared: RecordType, operand: Reach, when: When) -> Getter:
        """Reads how many things lie within reach; one position is looked up once."""
        if isinstance(operand.metres, Parameter):
            raise Misuse(f"the parameter {operand.metres.name} is not bound", remedy="put its value in with bind()")
        target = self.schema[operand.type]
        test = self.test(target, operand.where, when) if operand.where is not None else None
        key, longitude, latitude = (self.getter(target, path) for path in (operand.key, *_POSITION))
        points = (
            (longitude(found), latitude(found), key(found))
            for found in self._table(operand.type).values()
            if test is None or test(found)
        )
        around = cache(Neighbourhood(points, int(operand.metres)).around)
        prefix = f"{operand.path}." if operand.path else ""
        east, north = (self.getter(declared, prefix + name) for name in _POSITION)

        def reach(row: Any) -> int | None:
            x, y = east(row), north(row)
            return None if x is None or y is None else len(around(x, y))

        return reach

    def steps(self) -> Mapping[tuple[str, str], list[Step]]:
        """The steps of each card and case, in order, read once."""
        if self._taken is None:
            found: dict[tuple[str, str], list[Step]] = {}
            for taken in self._table("step").values():
                if isinstance(taken, Step):
                    found.setdefault((taken.subject_type, taken.subject), []).append(taken)
            self._taken = {subject: in_order(steps) for subject, steps in found.items()}
        return self._taken

    def _follow(self, declared: RecordType, way: Iterable[str]) -> RecordType:
        """The type that references lead to."""
        for name in way:
            to = declared.fields[name].to
            assert to is not None  # the getters have been that way
            declared = self.schema[to]
        return declared

    def test(self, declared: RecordType, condition: Condition, when: When) -> Test:
        """Tests a condition.

        Raises:
            Misuse: If it needs a period and a day was asked about.
        """
        match condition:
            case Compare(operand, op, value):
                get, compare = self.operand(declared, operand, when), _OPERATORS[op]
                if isinstance(value, Fraction) and value.denominator == 1:
                    value = int(value)  # compares ten times as fast
                return lambda row: (found := get(row)) is not None and bool(compare(found, value))
            case Holds(path, _, since, until):
                prefix = f"{path}." if path else ""
                start = self.getter(declared, prefix + since)
                end = self.getter(declared, prefix + until) if until else _never
                day, latest = condition.days(when.day)
                exists = self.getter(declared, f"{path}.id") if path else _is_there
                unbegun, ended, never = self._undated(declared, path, since, until)

                def holds(row: Any) -> bool:
                    first, last = start(row), end(row)
                    return (
                        (not unbegun(row) if first is None else first <= latest)
                        and (not ended(row) if last is None else day < last)
                        and not never(row)
                        and exists(row) is not None
                    )

                return holds
            case During(path):
                if when.period is None:
                    raise Misuse("the question needs a period, but was asked about a day")
                get, period = self.getter(declared, path), when.period
                years = range(period.start.year, period.last_day.year + 1)

                def during(row: Any) -> bool:
                    found = get(row)
                    if isinstance(found, int):
                        return found in years  # a year as a whole
                    return found is not None and as_date(found) in period

                return during
            case Among():
                return self._among(declared, condition, when)
            case AllOf(conditions):
                tests = tuple(self.test(declared, part, when) for part in conditions)
                return lambda row: all(test(row) for test in tests)
            case AnyOf(conditions):
                tests = tuple(self.test(declared, part, when) for part in conditions)
                return lambda row: any(test(row) for test in tests)
            case Not(part):
                inner = self.test(declared, part, when)
                return lambda row: not inner(row)
        raise Misuse(f"{condition!r} is no condition of the algebra")

    def _among(self, declared: RecordType, condition: Among, when: When) -> Test:
        """Tests whether some record of another type has the value that a path leads to as its key."""
        target, where, differing = self.schema[condition.of.type], condition.of.where, condition.differing
        get = self.getter(declared, condition.path)
        day_of = self.getter(declared, condition.on) if condition.on else None
        beyond, rows = self._beyond(target)
        key = beyond.getter(target, condition.of.key)
        mine: Getter = _is_there
        theirs: Getter = _no  # any two differ
        if differing:
            mine, theirs = self.getter(declared, differing), beyond.getter(target, differing)

        @cache
        def test_on(day: date) -> Test:
            return beyond.test(target, where, When(day, when.period)) if where is not None else _is_there

        test_on(when.day)  # says what it reads before that is read

        @cache
        def others() -> Mapping[Any, Sequence[Any]]:
            known: dict[Any, list[Any]] = {}
            for found in rows():
                known.setdefault(key(found), []).append(found)
            return known

        def among(row: Any) -> bool:
            day = when.day if day_of is None else day_of(row)
            value = get(row)
            found = None if day is None or value is None else others().get(value)
            if found is None:
                return False
            test = test_on(as_date(day))
            return any(test(other) and mine(row) != theirs(other) for other in found)

        return among

    def _beyond(self, target: RecordType) -> tuple["Compiler", Callable[[], Iterable[Any]]]:
        """What compiles parts of questions about the records of another type, and these."""
        return self, self._table(target.name).values

    def _undated(self, declared: RecordType, path: str, since: str, until: str) -> tuple[Test, Test, Test]:
        """Say of a record without a first day that it has not begun, of one without a last day that it has ended, of
        any that it is in force on no day.
        """
        target, prefix = self._follow(declared, path.split(".") if path else ()), f"{path}." if path else ""
        unbegun: Test = _no
        ended: Test = _no
        never: Test = _no
        if target.state is not None:
            state = self.getter(declared, prefix + target.state.name)
            if since == "since" and target.pending:
                unbegun = partial(_is_one_of, state, target.pending)
            if until == "until" and target.over:
                ended = partial(_is_one_of, state, target.over)
            if (since == "since" or until == "until") and target.never:
                never = partial(_is_one_of, state, target.never)
        if until == "until" and "ended" in target.fields:
            ended = self.getter(declared, prefix + "ended")
        return unbegun, ended, never

    def groups(self, declared: RecordType, by: Sequence[Group], when: When) -> Callable[[Any], Sequence[GroupKey]]:
        """Says the groups that a row falls into: one, or several where a field holds several values."""
        getters = tuple(self.group(declared, group, when) for group in by)
        if not any(isinstance(group, Each) for group in by):
            return lambda row: (tuple(get(row) for get in getters),)
        several = tuple(
            get if isinstance(group, Each) else partial(_alone, get) for get, group in zip(getters, by, strict=True)
        )
        return lambda row: tuple(product(*(get(row) or (None,) for get in several)))

    def group(self, declared: RecordType, group: Group, when: When) -> Getter:
        """Says the group, ``None`` where the field has no value; of :class:`Each` all of them."""
        if isinstance(group, StateGroup):
            get = self.operand(declared, StateThen(group.path, group.days), when)
        else:
            get = self.getter(declared, group.path)
        if isinstance(group, AgeBand):
            return lambda row: None if (birth := get(row)) is None else group.label(age(birth, when.day))
        if isinstance(group, Each):
            return lambda row: tuple(dict.fromkeys(get(row) or ()))
        return lambda row: None if (value := get(row)) is None else str(value)


def _alone(get: Getter, row: Any) -> tuple[Any]:
    return (get(row),)


def _never(_row: Any) -> None:
    """What has no end."""


def _is_there(_row: Any) -> bool:
    """Any row."""
    return True


def _no(_row: Any) -> bool:
    """What neither a state nor a flag says."""
    return False


def _is_one_of(state: Getter, states: frozenset[Term], row: Any) -> bool:
    return state(row) in states


def as_date(value: Any) -> date:
    """The local day of a date or a moment."""
    return local_date(value) if isinstance(value, datetime) else value


def _days_between(start: date, end: date) -> int:
    return (end - start).days


def _minutes(moment: datetime) -> int:
    local = moment.astimezone(SHANGHAI)
    return local.hour * 60 + local.minute


def _lasting(start: time | datetime, end: time | datetime) -> int:
    """Whole minutes; a time of day that comes before the other one is that of the next day."""
    if isinstance(start, datetime) and isinstance(end, datetime):
        return int((end - start) / _MINUTE)
    return (end.hour * 60 + end.minute - start.hour * 60 - start.minute) % (24 * 60)


def _outside(moment: datetime, hours: Outside) -> bool:
    minutes = _minutes(moment)
    return (
        not hours.opens <= minutes < hours.closes
        or hours.break_from <= minutes < hours.break_until
        or not is_working_day(local_date(moment))
    )
