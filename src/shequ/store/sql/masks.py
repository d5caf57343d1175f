"""Many conditions at once: what they have in common is tested once, and what is left of each is a bit of a number."""

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from operator import add
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, case, literal, or_, true

__all__ = ["LEAVES", "Said", "any_of", "factored", "key", "masked"]

LEAVES = 60
"""Leaves whose masks go into one whole number, at most."""
Said = tuple[str, ColumnElement[bool]]
"""A part of a condition in the words of the algebra, and in SQL."""
Key = tuple[str, ...]


def key(parts: Sequence[Said]) -> Key:
    """What two conditions that are the same have in common."""
    return tuple(words for words, _ in parts)


def factored(conditions: Iterable[Sequence[Said]]) -> tuple[list[ColumnElement[bool]], dict[Key, ColumnElement[bool]]]:
    """What all conditions have in common, and what is left of each that is different, by its key.

    Args:
        conditions: Each as parts that must all be met.
    """
    different = {key(parts): parts for parts in conditions}
    common = set.intersection(*(set(each) for each in different))
    shared = {words: part for parts in different.values() for words, part in parts if words in common}
    left = {
        each: and_(true(), *(part for words, part in parts if words not in common)) for each, parts in different.items()
    }
    return list(shared.values()), left


def any_of(conditions: Mapping[Key, ColumnElement[bool]]) -> ColumnElement[bool]:
    """At least one of the conditions; what is met only where another one is, too, need not be asked.

    Args:
        conditions: Each by the words of its parts, which must all be met.
    """
    wider = [
        condition for words, condition in conditions.items() if not any(set(other) < set(words) for other in conditions)
    ]
    return or_(*wider)


def masked(conditions: Iterable[ColumnElement[bool]]) -> ColumnElement[Any]:
    """A number whose bits say which of the conditions are met."""
    bits: list[ColumnElement[Any]] = [
        case((condition, literal(1 << at, BigInteger)), else_=literal(0, BigInteger))
        for at, condition in enumerate(conditions)
    ]
    return reduce(add, bits)
