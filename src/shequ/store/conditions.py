"""Conditions over stored records, tested in Python: what a store cannot say in its own words, and what lies in memory.

A scan is asked at no day, so conditions that need one (an age, what holds, what falls into a period) are none of its.
"""

from collections.abc import Callable
from datetime import date

import attrs

from shequ.errors import Misuse
from shequ.model import Record, Schema
from shequ.query import (
    Age,
    AllOf,
    AnyOf,
    Compare,
    Condition,
    Days,
    During,
    Holds,
    Not,
    Parameter,
    Select,
    StateThen,
    When,
)
from shequ.query.compilation import Compiler, Test

__all__ = ["Lookup", "record_test", "types_read"]

Lookup = Callable[[str, str], Record | None]
"""Gives the record of a type and id."""
_REMEMBERED = 10_000
_NO_DAY = When(date.min)


class _Referred(dict[str, Record]):
    """The records of one type that others refer to, looked up when they are asked for; the last ones are remembered."""

    def __init__(self, name: str, lookup: Lookup) -> None:
        super().__init__()
        self._name, self._lookup = name, lookup
        self._found: dict[str, Record | None] = {}

    def get(self, id_: str, _default: object = None) -> Record | None:  # type: ignore[override] # ids alone are asked for
        if id_ not in self._found:
            if len(self._found) >= _REMEMBERED:
                self._found.clear()
            self._found[id_] = None if id_ is None else self._lookup(self._name, id_)
        return self._found[id_]


def record_test(schema: Schema, query: Select, lookup: Lookup) -> Test:
    """A test of one record, with the reference evaluator's answers.

    Args:
        schema: The record types.
        query: A type, and a condition on its records.
        lookup: Gives the records that they refer to.

    Raises:
        Misuse: If the condition needs a day or a parameter, or names a field that the type has not.
    """
    assert query.where is not None
    compiler = Compiler(schema, lambda name: _Referred(schema[name].name, lookup))
    return compiler.test(schema[query.type], _checked(query.where), _NO_DAY)


def _checked(condition: Condition) -> Condition:
    """The condition, if it needs no day; options are put into sets, where one is found at once among many."""
    match condition:
        case AllOf(parts):
            return AllOf(tuple(_checked(part) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(_checked(part) for part in parts))
        case Not(part):
            return Not(_checked(part))
        case Holds() | During():
            raise Misuse(f"{condition!r} needs a day", remedy="ask the evaluator, which is asked about a day")
        case Compare(operand, op, value):
            if isinstance(operand, Age | StateThen):
                raise Misuse(f"{operand!r} needs a day", remedy="ask the evaluator, which is asked about a day")
            if isinstance(value, Parameter):
                raise Misuse(f"the parameter {value.name!r} has no value", remedy="bind() it first")
            if op == "in" and isinstance(value, tuple | list):
                try:
                    return attrs.evolve(condition, value=frozenset(value))
                except TypeError:  # lists cannot stand in a set
                    return condition
    return condition


def types_read(schema: Schema, query: Select) -> frozenset[str]:
    """Names of the types whose records decide, through references, besides the one tested."""
    found: set[str] = set()
    _collect(schema, schema[query.type].name, query.where, found)
    return frozenset(found)


def _collect(schema: Schema, name: str, condition: Condition | None, found: set[str]) -> None:
    match condition:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                _collect(schema, name, part, found)
        case Not(part):
            _collect(schema, name, part, found)
        case Compare(Days(start, end)):
            for path in (start, end):
                _follow(schema, name, path, found)
        case Compare(operand):
            _follow(schema, name, operand.path, found)  # type: ignore[union-attr] # all others have one path


def _follow(schema: Schema, name: str, path: str, found: set[str]) -> None:
    head, _, rest = path.partition(".")
    if rest and head in schema[name].fields and (to := schema[name].fields[head].to) is not None:
        found.add(schema[to].name)
        _follow(schema, to, rest, found)
