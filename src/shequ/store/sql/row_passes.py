"""Counts of records, sums, medians and gaps: all that is asked of one table, in one pass over it.

A record meets some of the leaves and not others: that is one whole number, its *mask*. One statement groups the table
by place, mask and cell, so each leaf finds its share in few rows; what communities make together is added in Python.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from functools import cache, partial
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, case, func, literal, select

from shequ.codec import bulk
from shequ.errors import ShequError
from shequ.model import Kind
from shequ.query import AgeBand, Answer, By, Count, Gap, Group, Measure, Median, Sum, When
from shequ.query.compilation import Getter, Test, as_date
from shequ.query.leaves import Totals, pieces, ranked, summed, without
from shequ.store.sql.cells import CALENDAR_ERRORS, Cells, split
from shequ.store.sql.masks import LEAVES, any_of, factored, key, masked
from shequ.store.sql.reach import Reach, Unsayable, instant
from shequ.store.sql.statements import Statements

__all__ = ["RowTally", "narrow", "row_pass"]

_NUMBERS = (Kind.COUNT, Kind.MONEY, Kind.MEASURE)
_PIECES = 60
"""Pieces of a period that are told apart in SQL."""
_FEW = (Kind.CODE, Kind.TERM, Kind.FLAG)


class _Part:
    """One leaf as a part of a pass.

    Args:
        measure: A count of records by their ids, a sum, a median or a gap.
        when: What it is asked about.
        reach: What can be read.
        cells: Where what Python must decide is put.
    """

    def __init__(self, measure: Measure, when: When, reach: Reach, cells: Cells) -> None:
        self.measure, self.when = measure, when
        declared = reach.declared
        where = next(measure.of.leaves()).where if isinstance(measure, Count) else measure.where
        found = split(reach, where, when)
        self.said = list(found.said)
        self.exact = not found.left
        self.meets: Test = cells.tests(found.left, when)
        self.groups: tuple[Getter, ...] = ()
        self.number: ColumnElement[Any] | None = None
        self._scale = 1
        self._value: Getter | None = None
        if isinstance(measure, Count | Sum):
            self.groups = tuple(cells.group(declared, group, when) for group in measure.by)
        if isinstance(measure, Sum):
            self.number, self._scale = _number(measure, reach)
        elif isinstance(measure, Median):
            get = cells.operand(declared, measure.operand, when)
            self._value = get
        elif isinstance(measure, Gap):
            self._value = self._piece(measure, reach, cells, narrowing=not found.in_order)
        self.found: dict[str, Any] = {}
        self.failure: ShequError | None = None

    def _piece(self, gap: Gap, reach: Reach, cells: Cells, *, narrowing: bool) -> Getter:
        """Says the piece of the period into which a cell's record falls."""
        asked = pieces(gap, self.when)
        spec, column = reach.column(gap.path)
        limits: list[Any] = [piece.end for piece in asked]
        first: Any = asked[0].start if asked else None
        if spec.kind is Kind.MOMENT:
            limits, first = [instant(limit) for limit in limits], first and instant(first)
        few = narrowing and 0 < len(asked) <= _PIECES
        if few and spec.kind in (Kind.DAY, Kind.MOMENT) and None not in (first, *limits):
            type_ = column.type
            within = and_(column.is_not(None), column >= literal(first, type_), column < literal(limits[-1], type_))
            self.said.append((f"within {gap.path} {gap.unit}", within))
            number = case(*((column < literal(limit, type_), n) for n, limit in enumerate(limits)))
            at = cells.named(f"{gap} {self.when}", number)
            return lambda cell: None if (found := at(cell)) is None else asked[found]
        get = cells.getter(reach.declared, gap.path)

        def piece(cell: Any) -> Any:
            value = get(cell)
            return None if value is None else next((each for each in asked if as_date(value) in each), None)

        return piece

    def add(self, cell: Any, found: Iterable[tuple[str, int, int]]) -> None:
        """Add the records of one cell, if they are meant.

        Args:
            cell: The cell.
            found: Places with how many records there are, of a sum those with a number; and what they add to a sum, of
                a count how many there are.
        """
        if self.failure is not None:
            return
        try:
            if not self.meets(cell):
                return
            value = None if self._value is None else self._value(cell)
        except CALENDAR_ERRORS as error:
            self.failure = error
            return
        if self._value is not None:
            if value is not None:
                for place, rows, _ in found:
                    self.found.setdefault(place, Counter())[value] += rows
            return
        group = tuple([get(cell) for get in self.groups]) if self.groups else ()
        for place, rows, added in found:
            groups = self.found.setdefault(place, {})
            before, counted = groups.get(group, (0, 0))
            groups[group] = (before + added, counted + rows)

    def totals(self, place: str) -> Totals:
        """Sum and number of records of a place, by group."""
        return {
            group: (Fraction(added, self._scale), rows) for group, (added, rows) in self.found.get(place, {}).items()
        }

    def behind(self, cell: Any) -> bool:
        """Whether a record is among those behind the answer."""
        return self.meets(cell) and (self._value is None or self._value(cell) is not None)


def narrow(measure: Measure, reach: Reach, when: When) -> bool:
    """Whether a leaf makes few cells, so that it can share a pass with others.

    Raises:
        Unsayable: If a part of it cannot be asked here.
    """
    if isinstance(measure, Median | Gap):
        return False
    where = next(measure.of.leaves()).where if isinstance(measure, Count) else measure.where
    if split(reach, where, when).left or not all(_few(reach, group) for group in measure.by):
        return False
    if isinstance(measure, Sum):
        _number(measure, reach)
    return True


def _few(reach: Reach, group: Group) -> bool:
    """Whether a group has few values, all of which SQL can say."""
    if type(group) is AgeBand:
        return reach.column(group.path)[0].kind is Kind.DAY
    return type(group) is By and reach.column(group.path)[0].kind in _FEW


def _number(measure: Sum, reach: Reach) -> tuple[ColumnElement[Any], int]:
    """The column that is added, and how many of its units make one."""
    if not isinstance(measure.field, str):
        raise Unsayable(measure)
    spec, column = reach.column(measure.field)
    if spec.kind not in _NUMBERS:
        raise Unsayable(measure)
    return column, 10**spec.scale


class RowTally:
    """The answers to one question that is about records.

    Args:
        part: Its share of the pass.
        run: Runs the pass, unless that was done.
        statements: Runs statements.
    """

    def __init__(self, part: _Part, run: Callable[[], None], statements: Statements) -> None:
        self._part, self._run, self._statements = part, run, statements

    def answer(self, places: Iterable[str]) -> Answer:
        """The answer for the union of some places; see :class:`shequ.query.Tally`."""
        self._run()
        part, measure = self._part, self._part.measure
        if part.failure is not None:
            raise part.failure
        wanted = tuple(dict.fromkeys(("", *places)))
        present = [place for place in wanted if place in part.found]
        if isinstance(measure, Sum | Count):
            totals = [part.totals(place) for place in present]
            if isinstance(measure, Sum):
                return summed(measure, lambda _leaf: totals)
            whole = summed(Sum("", "", None, measure.by), lambda _leaf: totals)
            return Answer(whole.value, whole.rows, whole.groups, lambda: self.ids(wanted))
        merged: Counter[Any] = Counter()
        for place in present:
            merged.update(part.found[place])
        return ranked(merged) if isinstance(measure, Median) else without(measure, part.when, merged)

    def ids(self, places: Iterable[str] | None) -> Iterator[Any]:
        """Ids of the records, in order; see :class:`shequ.query.Tally`."""
        statements, measure = self._statements, self._part.measure
        name = next(measure.of.leaves()).type if isinstance(measure, Count) else measure.type
        reach, cells = statements.reach(name)
        part = _Part(measure, self._part.when, reach, cells)
        id_ = reach.column("id")[1]
        conditions = [*(said for _, said in part.said), *statements.lying_in(reach, places)]
        if part.number is not None:
            conditions.append(part.number.is_not(None))
        for values in statements.paged(reach, [id_, *cells.columns], id_, *conditions):
            if part.behind(cells.decoded(values[1:])):
                yield values[0]


def row_pass(measures: Sequence[Measure], when: When, statements: Statements) -> list[RowTally]:
    """Find what is asked of one table in one pass over it, made when the first answer is wanted.

    Args:
        measures: Counts of records by their ids, sums, medians and gaps over one type.
        when: What they are asked about.
        statements: Runs statements.

    Raises:
        Unsayable: If one of them cannot be asked here.
    """
    first = measures[0]
    name = next(first.of.leaves()).type if isinstance(first, Count) else first.type
    found: list[RowTally] = []
    for start in range(0, len(measures), LEAVES):
        reach, cells = statements.reach(name)
        parts = [_Part(measure, when, reach, cells) for measure in measures[start : start + LEAVES]]
        run = cache(partial(_run, parts, reach, cells, statements))
        found += [RowTally(part, run, statements) for part in parts]
    return found


@bulk()
def _run(parts: Sequence[_Part], reach: Reach, cells: Cells, statements: Statements) -> None:
    place, known = statements.placed(reach)
    numbers = {part.measure.field: part.number for part in parts if isinstance(part.measure, Sum)}
    names = [f"n{at}" for at in range(len(numbers))]
    shared, conditions = factored([part.said for part in parts])
    bits = {each: 1 << at for at, each in enumerate(conditions)}
    by = [*cells.columns, *([masked(conditions.values()).label("mask")] if len(bits) > 1 else [])]
    at = [] if place is None else [place.label("place")]
    added = [number.label(name) for name, number in zip(names, numbers.values(), strict=True) if number is not None]
    columns = [*by, *at, *added] or [reach.column("id")[1]]
    inner = reach.select(columns, *shared, any_of(conditions), *known).subquery()
    sums = [(func.count(inner.c[name]), *statements.database.sums(inner.c[name])) for name in names]
    width = len(sums[0]) if sums else 0
    start = {field: 2 + width * number for number, field in enumerate(numbers)}
    met = [
        (bits[key(part.said)], start[part.measure.field] if isinstance(part.measure, Sum) else None, part)
        for part in parts
    ]
    keys, places = ([inner.c[column.name] for column in each] for each in (by, at))
    told = [func.count(), *(each for group in sums for each in group)]
    decoded = cache(cells.decoded)  # a cell may come once for each place
    for values, found in _by_cell(inner, keys, places, told, statements):
        cell = decoded(values[: len(cells.columns)])
        mask_ = values[-1] if len(bits) > 1 else 1
        for bit, first, part in met:
            if not mask_ & bit:
                continue
            if first is None:
                part.add(cell, ((row[0], row[1], row[1]) for row in found))
            else:
                total = partial(_total, statements, first, width)
                part.add(cell, ((row[0], row[first], total(row)) for row in found if row[first]))


def _total(statements: Statements, first: int, width: int, row: Sequence[Any]) -> int:
    return statements.database.total(row[first + 1 : first + width])


def _by_cell(
    inner: FromClause,
    by: Sequence[ColumnElement[Any]],
    at: Sequence[ColumnElement[Any]],
    told: Sequence[ColumnElement[Any]],
    statements: Statements,
) -> Iterator[tuple[Sequence[Any], Sequence[Sequence[Any]]]]:
    """Values with rows about them: where records are, how many, and what more is told of them.

    Values come once where the database gathers lists, else once for each place.
    """
    named = [column.label(f"t{number}") for number, column in enumerate(told)]
    outer = select(*by, *at, *named).select_from(inner).group_by(*by, *at)
    each = outer.subquery()
    keys, others = list(each.c)[: len(by)], list(each.c)[len(by) :]
    lists = statements.database.gathered(others) if by and at else None
    if lists is not None:
        for row in statements.grouped(select(*keys, *lists).group_by(*keys)):
            yield row[: len(by)], list(zip(*row[len(by) :], strict=True))
        return
    for row in statements.grouped(outer):
        found = row[len(by) :] if at else ("", *row[len(by) :])
        if found[1]:  # without groups a table without records has one row, too
            yield row[: len(by)], [found]
