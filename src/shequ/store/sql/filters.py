"""Conditions of the algebra in SQL, with the reference evaluator's answers.

Not every condition can be said in SQL exactly: working hours need the official calendar, a moment in an hour that the
summer time of 1986 to 1991 repeated is equal to itself only. So each becomes two: one that is met by every record that
meets the condition, and maybe by more (``over``), and one that is met by none that does not (``under``). Where they
are one and the same, SQL decides; otherwise ``over`` narrows what is fetched and Python decides. A ``not`` changes
their places.

Every part is true or false, never NULL: a comparison asks first whether there is a value.
"""

import json
import operator
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import attrs
from sqlalchemy import ColumnElement, FromClause, and_, false, literal, not_, or_, select, true

from shequ.effective import SHANGHAI, PartialDate
from shequ.model import FieldSpec, Kind, RecordType
from shequ.query import AllOf, AnyOf, Compare, Condition, Field, Not
from shequ.store.sql.tables import CHUNK, Tables, column_name

__all__ = ["MODERN", "UNKNOWN", "Bounds", "bounds", "compared", "joined", "negated"]

_INT64 = 2**63
_DIGITS = 28
_COMPARE: Mapping[str, Callable[[Any, Any], ColumnElement[bool]]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ORDERED = frozenset({"<", "<=", ">", ">="})
MODERN = range(1993, 9998)
"""Years in which the clocks of Shanghai were never put back, so that moments are equal where their instants are."""


@attrs.frozen(eq=False)
class Bounds:
    """A condition in SQL, from both sides.

    Args:
        over: Met by all records that meet the condition.
        under: Met by none that does not.
    """

    over: ColumnElement[bool]
    under: ColumnElement[bool]

    @classmethod
    def exactly(cls, condition: ColumnElement[bool]) -> "Bounds":
        """What SQL can say."""
        return cls(condition, condition)

    @property
    def exact(self) -> bool:
        """Whether SQL decides."""
        return self.over is self.under


UNKNOWN = Bounds(true(), false())
"""What SQL cannot say at all."""


def bounds(tables: Tables, source: FromClause, declared: RecordType, condition: Condition) -> Bounds:
    """A condition on the records of a type.

    Args:
        tables: All tables.
        source: The type's table.
        declared: The type.
        condition: The condition; :func:`shequ.store.conditions.record_test` must have accepted it.
    """
    match condition:
        case AllOf(parts):
            return joined(and_, true(), [bounds(tables, source, declared, part) for part in parts])
        case AnyOf(parts):
            return joined(or_, false(), [bounds(tables, source, declared, part) for part in parts])
        case Not(part):
            return negated(bounds(tables, source, declared, part))
        case Compare(Field(path), op, value):
            return _at(tables, source, declared, path, lambda spec, column: compared(spec, column, op, value))
    return UNKNOWN


def negated(inner: Bounds) -> Bounds:
    """The opposite of a condition."""
    if inner.exact:
        return Bounds.exactly(not_(inner.over))
    return Bounds(not_(inner.under), not_(inner.over))


def joined(join: Callable[..., ColumnElement[bool]], neutral: ColumnElement[bool], parts: list[Bounds]) -> Bounds:
    """Conditions joined by ``and_`` or ``or_``."""
    over = join(neutral, *(part.over for part in parts))
    if all(part.exact for part in parts):
        return Bounds.exactly(over)
    return Bounds(over, join(neutral, *(part.under for part in parts)))


def _at(
    tables: Tables,
    source: FromClause,
    declared: RecordType,
    path: str,
    leaf: Callable[[FieldSpec, ColumnElement[Any]], Bounds],
) -> Bounds:
    """What is asked of the field that a path leads to; where a reference leads nowhere, it is not so."""
    head, _, rest = path.partition(".")
    spec = declared.fields[head]
    column = source.c[column_name(head)]
    if not rest:
        return leaf(spec, column)
    assert spec.to is not None
    target = tables.records[tables.schema[spec.to].name]
    beyond = target.table.alias()
    found = _at(tables, beyond, target.type, rest, leaf)

    def exists(condition: ColumnElement[bool]) -> ColumnElement[bool]:
        linked = and_(beyond.c.district == source.c.district, beyond.c.id == column, condition)
        return select(literal(1)).select_from(beyond).where(linked).correlate(source).exists()

    if found.exact:
        return Bounds.exactly(exists(found.over))
    return Bounds(exists(found.over), exists(found.under))


def compared(spec: FieldSpec, column: ColumnElement[Any], op: str, value: Any) -> Bounds:
    """A comparison of a field's column."""
    given = column.is_not(None)
    if op == "given":
        return Bounds.exactly(given)
    if op == "in":
        if not isinstance(value, tuple | list | set | frozenset) or len(value) > CHUNK:
            return Bounds(given, false())
        options = [_encoded(spec, option, "=") for option in value if option is not None]
        if None in options:
            return Bounds(given, false())
        return Bounds.exactly(and_(given, column.in_(options)) if options else false())
    encoded = _encoded(spec, value, op)
    if encoded is None:
        return Bounds(given, false())
    return Bounds.exactly(and_(given, _COMPARE[op](column, literal(encoded, column.type))))


def _encoded(spec: FieldSpec, value: Any, op: str) -> Any:
    """A value as the column has it, if the two can be compared as in Python; else ``None``."""
    match spec.kind:
        case Kind.TEXT | Kind.CODE | Kind.REF | Kind.TERM:
            return str(value) if isinstance(value, str) and _storable(value) else None
        case Kind.TEXTS:
            if op in _ORDERED or type(value) is not tuple:
                return None
            texts = all(isinstance(item, str) and _storable(item) for item in value)
            return json.dumps(value, ensure_ascii=False) if texts else None
        case Kind.COUNT | Kind.MONEY:
            return int(value) if isinstance(value, int) and -_INT64 < value < _INT64 else None
        case Kind.MEASURE:
            return _scaled(value, spec.scale)
        case Kind.FLAG:
            return value if isinstance(value, bool) and op not in _ORDERED else None
        case Kind.DAY:
            return value if type(value) is date else None
        case Kind.PARTIAL_DAY:  # in the order of their texts they are in their own
            return str(value) if type(value) is PartialDate else None
        case Kind.MOMENT:
            return _instant(value)
        case Kind.TIME:
            return value if type(value) is time and value.tzinfo is None else None


def _storable(text: str) -> bool:
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _scaled(value: Any, scale: int) -> int | None:
    if type(value) is int and abs(value) < _INT64 // 10**scale:
        return int(value * 10**scale)
    if type(value) is not Decimal or not value.is_finite() or len(value.as_tuple().digits) > _DIGITS:
        return None
    if value.adjusted() > _DIGITS:
        return None
    scaled = value.scaleb(scale)
    whole = scaled == scaled.to_integral_value() and abs(scaled) < _INT64
    return int(scaled) if whole else None


def _instant(value: Any) -> datetime | None:
    if type(value) is not datetime or (value.tzinfo is not UTC and value.tzinfo is not SHANGHAI):
        return None
    instant = value.astimezone(UTC).replace(tzinfo=None)
    return instant if instant.year in MODERN else None
