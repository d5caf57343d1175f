"""Sets of keys as they are: in order, for what is behind an answer; and whole, where numbers do not suffice."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from heapq import merge
from itertools import groupby
from typing import Any

from shequ.model import Kind
from shequ.query import Answer, Count, Group, GroupKey, Keys, KeySet, SetOperation, When
from shequ.query.leaves import counted, grouped, together, united
from shequ.store.sql.cells import CALENDAR_ERRORS, split
from shequ.store.sql.reach import Unsayable
from shequ.store.sql.statements import Statements

__all__ = ["WORDS", "SetTally", "in_order", "set_tally"]

WORDS = (Kind.TEXT, Kind.CODE, Kind.REF, Kind.TERM)
"""Kinds of keys that are the same where their texts are."""


def in_order(of: KeySet, places: Iterable[str] | None, when: When, statements: Statements) -> Iterator[Any]:
    """The keys of a set, in order, page by page."""
    if isinstance(of, Keys):
        return _keys(of, None if places is None else tuple(places), when, statements)
    assert isinstance(of, SetOperation)
    wanted = None if places is None else tuple(places)
    left, right = (in_order(side, wanted, when, statements) for side in (of.left, of.right))
    both = merge(((key, 0) for key in left), ((key, 1) for key in right))
    wanted_sides = {"|": ({0}, {1}, {0, 1}), "&": ({0, 1},), "-": ({0},)}[of.op]
    return (key for key, found in groupby(both, lambda one: one[0]) if {side for _, side in found} in wanted_sides)


def _keys(keys: Keys, places: Sequence[str] | None, when: When, statements: Statements) -> Iterator[Any]:
    """The distinct keys of one set, in order, page by page where SQL decides."""
    reach, cells = statements.reach(keys.type)
    where = split(reach, keys.where, when)
    meets = cells.tests(where.left, when)
    key = cells.getter(reach.declared, keys.key)
    _, column = reach.column(keys.key)
    conditions = [column.is_not(None), *(said for _, said in where.said), *statements.lying_in(reach, places)]
    if not where.left:
        rows = statements.paged(reach, [column], column, *conditions, distinct=True)
        return (key(cells.decoded(row)) for row in rows)
    query = reach.select([*cells.columns], *conditions).distinct()
    found = (cells.decoded(row) for row in statements.rows(query))
    return iter(sorted({key(cell) for cell in found if meets(cell)}))


class SetTally:
    """The answers to one question about distinct keys, of the keys themselves.

    Args:
        measure: The count.
        found: Each set with its groups → place → group → keys.
        failure: Why there is no answer, if there is none.
        ids: Gives the keys, in order.
    """

    def __init__(
        self,
        measure: Count,
        found: Mapping[tuple[Keys, tuple[Group, ...]], Mapping[str, Mapping[GroupKey, set[Any]]]],
        failure: Exception | None,
        ids: Callable[[Iterable[str] | None], Iterator[Any]],
    ) -> None:
        self._measure, self._found, self._failure, self.ids = measure, found, failure, ids

    def answer(self, places: Iterable[str]) -> Answer:
        """The answer for the union of some places; see :class:`shequ.query.Tally`."""
        if self._failure is not None:
            raise self._failure
        wanted = tuple(dict.fromkeys(("", *places)))

        def keys_of(keys: Keys, by: tuple[Group, ...]) -> dict[GroupKey, set[Any]]:
            found = self._found[keys, by]
            return together([found[place] for place in wanted if place in found])

        return counted(self._measure, united(self._measure.of, self._measure.by, keys_of))


def set_tally(measure: Count, when: When, statements: Statements) -> SetTally:
    """Find the keys of each set of a count: what is asked for where neither masks nor records suffice.

    Raises:
        Unsayable: If a part of it cannot be asked here at all.
    """
    found: dict[tuple[Keys, tuple[Group, ...]], dict[str, dict[GroupKey, set[Any]]]] = {}
    failure: Exception | None = None
    saying = list(grouped(measure.of))
    for leaf in measure.of.leaves():
        for by in {(), measure.by if leaf in saying else ()}:
            if (leaf, by) not in found:
                try:
                    found[leaf, by] = _sets(leaf, by, when, statements)
                except CALENDAR_ERRORS as error:
                    failure = failure or error
    return SetTally(measure, found, failure, lambda places: in_order(measure.of, places, when, statements))


def _sets(leaf: Keys, by: tuple[Group, ...], when: When, statements: Statements) -> dict[str, dict[GroupKey, set[Any]]]:
    """The keys of one set, by place and group."""
    reach, cells = statements.reach(leaf.type)
    if reach.column(leaf.key)[0].kind not in (*WORDS, Kind.COUNT, Kind.MONEY, Kind.DAY):
        raise Unsayable(leaf)
    where = split(reach, leaf.where, when)
    key = cells.getter(reach.declared, leaf.key)
    groups = [cells.group(reach.declared, group, when) for group in by]
    meets = cells.tests(where.left, when)
    place = statements.place(reach)
    known = [] if where.in_order else [reach.column(leaf.key)[1].is_not(None)]
    known += [] if place is None else [place.is_not(None)]
    query = reach.select(
        [*([] if place is None else [place]), *cells.columns], *known, *(said for _, said in where.said)
    ).distinct()
    found: dict[str, dict[GroupKey, set[Any]]] = {}
    for row in statements.rows(query):
        at, cell = ("", cells.decoded(row)) if place is None else (row[0], cells.decoded(row[1:]))
        if meets(cell) and (one := key(cell)) is not None:
            found.setdefault(at, {}).setdefault(tuple(get(cell) for get in groups), set()).add(one)
    return found
