"""A table with those that paths lead to from it, joined; and conditions on what is reached, as of a day.

As in :mod:`shequ.store.sql.filters` a condition is said from both sides, because not every one can be said exactly. Here
each reference is joined once, however many conditions go through it, and there is a day that is asked about.
"""

from collections.abc import Iterable
from datetime import date, datetime, time
from fractions import Fraction
from math import ceil, floor
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, case, false, literal, or_, select, true

from shequ.calendars import Period
from shequ.effective import SHANGHAI
from shequ.model import FieldSpec, Kind, RecordType, Term
from shequ.query import Age, AgeBand, AllOf, Among, AnyOf, Compare, Condition, During, Field, Holds, Keys, Not, When
from shequ.store.sql.filters import MODERN, UNKNOWN, Bounds, compared, joined, negated
from shequ.store.sql.tables import Tables, column_name

__all__ = ["Reach", "Unsayable", "instant"]

_NUMBERS = (Kind.COUNT, Kind.MONEY)
_WORDS = (Kind.TEXT, Kind.CODE, Kind.REF)


class Unsayable(Exception):
    """A question that this evaluator leaves to the reference, which answers it or says what is wrong with it."""


def instant(day: date) -> datetime | None:
    """When a day begins in Shanghai, as columns hold moments; ``None`` where clocks make that uncertain."""
    if day.year not in MODERN:
        return None
    return datetime.combine(day, time(), SHANGHAI).astimezone(_UTC).replace(tzinfo=None)


_UTC = datetime.fromisoformat("2000-01-01T00:00+00:00").tzinfo


class Reach:
    """The records of a type in one district, with what their references lead to.

    Args:
        tables: All tables.
        declared: The type.
        district: The district.
    """

    def __init__(self, tables: Tables, declared: RecordType, district: str) -> None:
        self._tables, self.declared, self._district = tables, declared, district
        self.table: FromClause = tables.records[declared.name].table
        self._from: FromClause = self.table
        self._reached: dict[str, tuple[RecordType, FromClause]] = {"": (declared, self.table)}

    def _along(self, way: str) -> tuple[RecordType, FromClause]:
        """The type and table that references lead to."""
        if way not in self._reached:
            before, _, head = way.rpartition(".")
            declared, source = self._along(before)
            spec = declared.fields.get(head)
            if spec is None or spec.to is None:
                raise Unsayable(way)
            target = self._tables.records[self._tables.schema[spec.to].name]
            beyond = target.table.alias()
            linked = and_(beyond.c.district == self._district, beyond.c.id == source.c[column_name(head)])
            self._from = self._from.outerjoin(beyond, linked)
            self._reached[way] = target.type, beyond
        return self._reached[way]

    def target(self, way: str) -> RecordType:
        """The type that references lead to."""
        return self._along(way)[0]

    def column(self, path: str) -> tuple[FieldSpec, ColumnElement[Any]]:
        """The field that a path leads to, and its column: NULL where a reference leads nowhere.

        Raises:
            Unsayable: If there is no such field.
        """
        way, _, last = path.rpartition(".")
        declared, source = self._along(way)
        if last not in declared.fields:
            raise Unsayable(path)
        return declared.fields[last], source.c[column_name(last)]

    def select(self, columns: Iterable[ColumnElement[Any]], *conditions: ColumnElement[bool]) -> Select[Any]:
        """Select from what has been reached so far."""
        here = self.table.c.district == self._district
        return select(*columns).select_from(self._from).where(here, *conditions)

    def bounds(self, condition: Condition, when: When) -> Bounds:
        """A condition from both sides; :data:`~shequ.store.sql.filters.UNKNOWN` of what SQL cannot say.

        Raises:
            Unsayable: If it names a field that there is not.
        """
        match condition:
            case AllOf(parts):
                return joined(and_, true(), [self.bounds(part, when) for part in parts])
            case AnyOf(parts):
                return joined(or_, false(), [self.bounds(part, when) for part in parts])
            case Not(part):
                return negated(self.bounds(part, when))
            case Compare(Field(path), op, value):
                spec, column = self.column(path)
                return compared(spec, column, op, value)
            case Compare(Age(path), op, value):
                spec, column = self.column(path)
                return _aged(column, op, value, when.day) if spec.kind is Kind.DAY else UNKNOWN
            case Holds():
                return self._holds(condition, when.day)
            case During(path):
                spec, column = self.column(path)
                return UNKNOWN if when.period is None else _during(spec, column, when.period)
            case Among(path, of):
                return self._among(path, of)
        return UNKNOWN

    def _among(self, path: str, of: Keys) -> Bounds:
        """What a path leads to is a key of some record, whatever that one is like."""
        spec, column = self.column(path)
        beyond = Reach(self._tables, self._tables.schema[of.type], self._district)
        other, key = beyond.column(of.key)
        if spec.kind not in _WORDS or other.kind not in _WORDS:
            return UNKNOWN
        keys = beyond.select([key], key.is_not(None))
        return Bounds(and_(column.is_not(None), column.in_(keys)), false())

    def _holds(self, asked: Holds, day: date) -> Bounds:
        prefix = f"{asked.path}." if asked.path else ""
        spec, start = self.column(prefix + asked.since)
        if spec.kind is not Kind.DAY:
            return UNKNOWN
        day, latest = asked.days(day)
        target = self.target(asked.path)
        unbegun: ColumnElement[bool] = false()
        ended: ColumnElement[bool] = false()
        never: ColumnElement[bool] = false()
        if target.state is not None:
            _, state = self.column(prefix + target.state.name)
            if asked.since == "since":
                unbegun = _stands_in(state, target.pending)
            if asked.until == "until":
                ended = _stands_in(state, target.over)
            if asked.since == "since" or asked.until == "until":
                never = _stands_in(state, target.never)
        if asked.until == "until" and "ended" in target.fields:
            _, flag = self.column(f"{prefix}ended")
            ended = and_(flag.is_not(None), flag == literal(True, flag.type))
        begun = or_(
            and_(start.is_(None), ~unbegun), and_(start.is_not(None), start <= literal(latest, start.type))
        )  # fmt: skip
        parts = [begun, ~never]
        if asked.until:
            spec, end = self.column(prefix + asked.until)
            if spec.kind is not Kind.DAY:
                return UNKNOWN
            parts.append(or_(and_(end.is_(None), ~ended), and_(end.is_not(None), end > literal(day, end.type))))
        else:
            parts.append(~ended)
        if asked.path:
            parts.append(self.column(f"{prefix}id")[1].is_not(None))
        return Bounds.exactly(and_(*parts))

    def band(self, group: AgeBand, day: date) -> ColumnElement[Any] | None:
        """Number of the age band that a birth date falls in, NULL without one; ``None`` if SQL cannot say."""
        spec, birth = self.column(group.path)
        if spec.kind is not Kind.DAY:
            return None
        young = [
            (and_(birth.is_not(None), ~_at_least(birth, bound, day)), number)
            for number, bound in enumerate(group.bounds)
        ]
        return case(*young, (birth.is_not(None), len(young)))


def _stands_in(state: ColumnElement[Any], states: frozenset[Term]) -> ColumnElement[bool]:
    return and_(state.is_not(None), state.in_(sorted(map(str, states)))) if states else false()


def _at_least(birth: ColumnElement[Any], years: int, day: date) -> ColumnElement[bool]:
    """Whether somebody is at least so old; of a birth date that is given."""
    year = day.year - years
    if year < date.min.year:
        return false()
    if year > date.max.year:
        return true()
    leap = (day.month, day.day) == (2, 29)
    latest = date(year, 3, 1) - (date(2001, 3, 1) - date(2001, 2, 28)) if leap else day.replace(year=year)
    return birth <= literal(latest, birth.type)


def _aged(birth: ColumnElement[Any], op: str, value: Any, day: date) -> Bounds:
    """A comparison of an age: of whole years, so limits between two of them are moved to one."""
    given = birth.is_not(None)
    if op == "given":
        return Bounds.exactly(given)
    if isinstance(value, bool) or not isinstance(value, int | Fraction):
        return Bounds(given, false())

    def from_(years: int) -> ColumnElement[bool]:
        return _at_least(birth, years, day)

    match op:
        case ">=":
            found = from_(ceil(value))
        case ">":
            found = from_(floor(value) + 1)
        case "<=":
            found = ~from_(floor(value) + 1)
        case "<":
            found = ~from_(ceil(value))
        case "=" | "!=" if value == floor(value):
            found = and_(from_(floor(value)), ~from_(floor(value) + 1))
            found = found if op == "=" else ~found
        case _:
            return Bounds(given, false())
    return Bounds.exactly(and_(given, found))


def _during(spec: FieldSpec, column: ColumnElement[Any], period: Period) -> Bounds:
    first: Any
    last: Any
    if spec.kind is Kind.DAY:
        first, last = period.start, period.end
    elif spec.kind is Kind.MOMENT:
        first, last = instant(period.start), instant(period.end)
        if first is None or last is None:
            return UNKNOWN
    elif spec.kind in _NUMBERS:  # a year as a whole
        first, last = period.start.year, period.last_day.year + 1
    else:
        return UNKNOWN
    return Bounds.exactly(
        and_(column.is_not(None), column >= literal(first, column.type), column < literal(last, column.type))
    )
