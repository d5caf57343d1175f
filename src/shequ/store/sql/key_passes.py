"""Counts of distinct keys: each key once, however many records and places it has.

Sets whose keys are of one kind are found together. In the database the records are grouped by key, which says of each
key which of the sets it is in (its *mask*) and whether all its places are one. Nearly all keys have one place: they leave
the database as numbers, by place, mask and group. Those with several (a person in two communities) leave it as they are,
and are counted once for each union of places in Python.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache, cached_property, partial, reduce
from operator import or_
from typing import Any

import attrs
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    String,
    Subquery,
    case,
    cast,
    func,
    literal,
    null,
    select,
    true,
    union_all,
)

from shequ.codec import bulk, from_column
from shequ.model import Kind
from shequ.query import AgeBand, Answer, By, Count, Group, GroupKey, Keys, When
from shequ.query.compilation import Getter
from shequ.query.key_masks import Unit, formula
from shequ.query.leaves import grouped
from shequ.store.sql.cells import split
from shequ.store.sql.key_sets import WORDS, in_order
from shequ.store.sql.masks import LEAVES, Said, any_of, factored
from shequ.store.sql.masks import key as key_of
from shequ.store.sql.reach import Reach
from shequ.store.sql.statements import Statements

__all__ = ["KeyTally", "key_pass", "same_domain"]

_FEW = 3
"""One key of so many with several places, or fewer, and these are asked for; else all keys are fetched."""


def same_domain(measure: Count, statements: Statements, when: When) -> bool:
    """Whether SQL can decide every set of a count, and its groups follow from the key.

    Raises:
        Unsayable: If a part of it cannot be asked here at all.
    """
    saying = list(grouped(measure.of))
    leaves = list(measure.of.leaves())
    for leaf in leaves:
        reach, _ = statements.reach(leaf.type)
        if reach.column(leaf.key)[0].kind not in WORDS or split(reach, leaf.where, when).left:
            return False
        if leaf in saying and not all(_follows(group, leaf, reach) for group in measure.by):
            return False
    return len(leaves) <= LEAVES


def _follows(group: Group, keys: Keys, reach: Reach) -> bool:
    """Whether all records of one key are in one group, which a column says that can be compared."""
    if type(group) not in (By, AgeBand) or not group.path.startswith(f"{keys.key}."):
        return False
    kind = reach.column(group.path)[0].kind
    return kind is Kind.DAY if isinstance(group, AgeBand) else kind in (*WORDS, Kind.COUNT, Kind.DAY)


@attrs.define
class _Histogram:
    """How many keys there are.

    Args:
        numbers: Of one place: place, mask and cell of groups → how many.
        spread: Of several: places in order, mask in each, and cell → how many.
    """

    numbers: Counter[tuple[str, int, Any]] = attrs.field(factory=Counter)
    spread: Counter[tuple[tuple[str, ...], tuple[int, ...], Any]] = attrs.field(factory=Counter)


@attrs.define
class _Found:
    """How many keys answer a question, by group.

    Args:
        at: Place → those of that place, where it is asked about.
        not_at: Place → those of that place, where it is not: what is true everywhere suffices.
        spread: Those of several places: place → masks by place, group, how many, and whether they count in any case.
        alone: Of these, by place: how many more there are than those of nowhere if none but that place is asked about.
        nowhere: Those that count if none of their places is asked about.
    """

    at: dict[str, Counter[GroupKey]] = attrs.field(factory=lambda: defaultdict(Counter))
    not_at: dict[str, Counter[GroupKey]] = attrs.field(factory=lambda: defaultdict(Counter))
    spread: dict[str, list[tuple[dict[str, int], GroupKey, int, bool]]] = attrs.field(factory=lambda: defaultdict(list))
    alone: dict[str, Counter[GroupKey]] = attrs.field(factory=lambda: defaultdict(Counter))
    nowhere: Counter[GroupKey] = attrs.field(factory=Counter)


class KeyTally:
    """The answers to one question about distinct keys, of a histogram.

    Args:
        measure: The count.
        when: What it is asked about.
        made: The pass that gives the histogram.
        statements: Runs statements.
    """

    def __init__(self, measure: Count, when: When, made: "_Pass", statements: Statements) -> None:
        self._measure, self._when, self._made, self._statements = measure, when, made, statements

    @cached_property
    def _meets(self) -> Callable[[int], bool]:
        found = formula(self._measure.of, self._made.bits)
        return lambda mask: found(mask, mask)

    @cached_property
    @bulk()
    def _found(self) -> _Found:
        """How many keys each place has, and those of several places."""
        made, meets = self._made, self._meets
        groups = made.group_keys(self._measure.by)
        histogram = made.histogram if self._measure.by else made.plain
        judged = cache(partial(self._judged, sum({made.bits[leaf] for leaf in self._measure.of.leaves()})))
        verdict = cache(lambda mask: (meets(mask), meets(mask & made.everywhere)))
        found = _Found()

        def add(place: str, mask: int, cell: Any, number: int) -> None:
            counts, in_any_case = verdict(mask)
            if counts:
                found.at[place][groups(cell)] += number
            if in_any_case and place:
                found.not_at[place][groups(cell)] += number
                found.nowhere[groups(cell)] += number

        for (place, mask, cell), number in histogram.numbers.items():
            add(place, mask, cell, number)
        for (where, masks, cell), number in histogram.spread.items():
            here, alone, may_count, in_any_case = judged(masks)
            if len(here) == 1:
                add(where[here[0]], masks[here[0]], cell, number)
                continue
            if may_count:
                places = {where[at]: masks[at] for at in here}
                for place, counts in zip(places, alone, strict=True):
                    found.spread[place].append((places, groups(cell), number, in_any_case))
                    found.alone[place][groups(cell)] += number * (counts - in_any_case)
            if in_any_case:
                found.nowhere[groups(cell)] += number
        return found

    def _judged(self, bits: int, masks: tuple[int, ...]) -> tuple[list[int], list[bool], bool, bool]:
        """Which of the places of a key matter, and whether it is counted for each alone, for some of them, and for none."""
        those = [mask & bits for mask in masks]  # other bits would make the unions more by twice each
        here = [at for at, mask in enumerate(those) if mask]
        least = reduce(or_, (those[at] & self._made.everywhere for at in here), 0)
        found = {least}
        for at in here:
            found |= {mask | those[at] for mask in found}
        alone = [self._meets(least | those[at]) for at in here]
        return here, alone, any(map(self._meets, found)), self._meets(least)

    def answer(self, places: Iterable[str]) -> Answer:
        """The answer for the union of some places; see :class:`shequ.query.Tally`."""
        wanted = {"", *places}
        found, everywhere, meets = self._found, self._made.everywhere, self._meets
        numbers = Counter(found.nowhere)
        seen = set[int]()
        for place in wanted:
            if place in found.at:
                numbers.update(found.at[place])
            if place in found.not_at:
                numbers.subtract(found.not_at[place])
            if len(wanted) <= 2:  # at most one beside what counts everywhere
                if place and place in found.alone:
                    numbers.update(found.alone[place])
                continue
            for where, group, number, in_any_case in found.spread.get(place, ()):
                if id(where) not in seen:
                    seen.add(id(where))
                    # Those that count in any case are counted among those of nowhere.
                    numbers[group] += number * (meets(_mask(where, wanted, everywhere)) - in_any_case)
        whole = numbers.total()
        groups = {group: (Fraction(number), number) for group, number in numbers.items() if number}
        by = groups if self._measure.by else {}
        return Answer(Fraction(whole), whole, by, lambda: self.ids(wanted))

    def ids(self, places: Iterable[str] | None) -> Iterator[Any]:
        """The keys, in order; see :class:`shequ.query.Tally`."""
        return in_order(self._measure.of, places, self._when, self._statements)


def _mask(where: Mapping[str, int], wanted: Container[str], everywhere: int) -> int:
    """The sets in which a key is, where some places are asked about."""
    mask = 0
    for place, bits in where.items():
        mask |= bits if place in wanted else bits & everywhere
    return mask


# One pass


@attrs.define(eq=False)
class _Table:
    """The part of a pass that reads one table by one of its keys."""

    reach: Reach
    key: ColumnElement[Any]
    place: ColumnElement[Any] | None
    known: list[ColumnElement[bool]]
    said: dict[Keys, Sequence[Said]] = attrs.field(factory=dict)
    groups: dict[Group, ColumnElement[Any]] = attrs.field(factory=dict)

    def select(self, columns: Sequence[ColumnElement[Any]], *conditions: ColumnElement[bool]) -> Select[Any]:
        """Select of the records that are in one of the sets."""
        shared, sets = factored(self.said.values())
        return self.reach.select(columns, *self.known, *shared, any_of(sets), *conditions)

    @cached_property
    def sets(self) -> dict[Keys, ColumnElement[bool]]:
        """Of records selected: whether they are in each of the sets."""
        _, left = factored(self.said.values())
        return {leaf: left[key_of(said)] for leaf, said in self.said.items()}


class _Pass:
    """One pass.

    Args:
        measures: What is asked.
        when: What it is asked about.
        statements: Runs statements.
    """

    def __init__(self, measures: Sequence[Count], when: When, statements: Statements) -> None:
        self._statements, self._when = statements, when
        leaves = list(dict.fromkeys(leaf for measure in measures for leaf in measure.of.leaves()))
        self.bits = {leaf: 1 << at for at, leaf in enumerate(leaves)}
        self._tables: dict[Unit, _Table] = {}
        self.groups: dict[Group, Getter] = {}
        for leaf in leaves:
            table = self._table(leaf)
            table.said[leaf] = split(table.reach, leaf.where, when).said
        for measure in measures:
            for leaf in grouped(measure.of) if measure.by else ():
                for group in measure.by:
                    self._say(group, self._table(leaf))
        self.everywhere = sum(bit for leaf, bit in self.bits.items() if self._table(leaf).place is None)
        """The bits of sets whose type belongs to no division: they count for every place."""

    def _table(self, leaf: Keys) -> _Table:
        unit = (leaf.type, leaf.key)
        if unit not in self._tables:
            reach, _ = self._statements.reach(leaf.type)
            column = reach.column(leaf.key)[1]
            place, known = self._statements.placed(reach)
            if "." in leaf.key or reach.declared.fields[leaf.key].optional:
                known.append(column.is_not(None))
            else:
                column = func.coalesce(column, "")  # it is never missing; so no index is followed
            self._tables[unit] = _Table(reach, column, place, known)
        return self._tables[unit]

    def _say(self, group: Group, table: _Table) -> None:
        """Let a table say a group."""
        spec, column = table.reach.column(group.path)
        if group not in self.groups:
            at = len(self.groups)
            if isinstance(group, AgeBand):
                labels = group.labels
                self.groups[group] = lambda cell: None if cell[at] is None else labels[cell[at]]
            else:
                decode = from_column(spec)
                self.groups[group] = lambda cell: None if cell[at] is None else str(decode(cell[at]))
        band = table.reach.band(group, self._when.day) if isinstance(group, AgeBand) else None
        table.groups[group] = column if band is None else band

    def group_keys(self, by: tuple[Group, ...]) -> Callable[[Any], GroupKey]:
        """Says the groups of a cell."""
        getters = [self.groups[group] for group in by]
        return cache(lambda cell: tuple([get(cell) for get in getters])) if getters else lambda _cell: ()

    def _carried(self, table: _Table) -> list[ColumnElement[Any]]:
        """The columns by which a row says in which sets it is."""
        bits = [
            case((table.sets[leaf], literal(bit, BigInteger)), else_=literal(0, BigInteger))
            if leaf in table.sets
            else None
            for leaf, bit in self.bits.items()
        ]
        return [column.label(f"b{at}") for at, column in enumerate(self._statements.database.carried(bits))]

    def _union(self, inner: Subquery) -> ColumnElement[Any]:
        """The mask of several rows."""
        return self._statements.database.union([column for column in inner.c if column.name.startswith("b")])

    @cached_property
    def plain(self) -> _Histogram:
        """How many keys there are, without groups."""
        if not self.groups:
            return self.histogram
        found = _Histogram()
        for (place, mask, _), number in self.histogram.numbers.items():
            found.numbers[place, mask, ()] += number
        for (where, masks, _), number in self.histogram.spread.items():
            found.spread[where, masks, ()] += number
        return found

    @cached_property
    def histogram(self) -> _Histogram:
        """How many keys there are, counted when it is first wanted."""
        found = _Histogram()
        tables = list(self._tables.values())
        types = {group: next(t.groups[group].type for t in tables if group in t.groups) for group in self.groups}
        placed = any(table.place is not None for table in tables)
        selects = []
        for table in tables:
            columns: list[ColumnElement[Any]] = [table.key.label("k")]
            if placed:
                place = null() if table.place is None else table.place
                columns.append(cast(place, String(64)).label("p") if table.place is None else place.label("p"))
            columns += self._carried(table)
            columns += [
                (table.groups[group] if group in table.groups else literal(None, types[group])).label(f"g{at}")
                for at, group in enumerate(self.groups)
            ]
            selects.append(table.select(columns))
        inner = (selects[0] if len(selects) == 1 else union_all(*selects)).subquery()
        cells = [f"g{at}" for at in range(len(self.groups))]
        mask = self._union(inner)
        by_key = (
            select(
                inner.c.k,
                *((func.min(inner.c.p).label("lo"), func.max(inner.c.p).label("hi")) if placed else ()),
                mask.label("mask"),
                *(func.min(inner.c[name]).label(name) for name in cells),
            )
            .group_by(inner.c.k)
            .subquery()
        )
        spread = case((by_key.c.lo != by_key.c.hi, by_key.c.k)).label("spread") if placed else null().label("spread")
        cased = select(
            *((by_key.c.lo,) if placed else (null().label("lo"),)), spread, by_key.c.mask, *(by_key.c[n] for n in cells)
        ).subquery()
        outer = select(*cased.c, func.count()).group_by(*cased.c)
        several: dict[Any, Any] = {}
        for lo, key, met, *cell, number in self._statements.grouped(outer):
            if key is None:
                found.numbers[lo or "", met, tuple(cell)] += number
            else:
                several[key] = tuple(cell)
        found.spread.update(self._placed(several, found.numbers.total() + len(several)))
        return found

    def _placed(self, several: Mapping[Any, Any], number: int) -> Counter[tuple[tuple[str, ...], tuple[int, ...], Any]]:
        """Find where the keys are that have several places, among so many."""
        places: dict[Any, dict[str, int]] = {key: {} for key in several}
        for (_, path), table in self._tables.items():
            column = table.reach.column(path)[1]  # here an index is of use
            among = self._statements.database.among(column, sorted(several))
            if len(several) * _FEW > number or ("." in path and len(among) > 1):
                among = [true()]
            place = [] if table.place is None else [table.place.label("p")]
            for condition in among:
                inner = table.select([table.key.label("k"), *place, *self._carried(table)], condition).subquery()
                mask = self._union(inner)
                by = [inner.c.k, *([inner.c.p] if place else [])]
                for key, *where, met in self._statements.rows(select(*by, mask).group_by(*by)):
                    if key in places and met:
                        at_place = where[0] if where else ""
                        places[key][at_place] = places[key].get(at_place, 0) | met
        in_order_ = ((key, sorted(where)) for key, where in places.items())
        return Counter(
            (tuple(where), tuple([places[key][place] for place in where]), several[key]) for key, where in in_order_
        )


def key_pass(measures: Sequence[Count], when: When, statements: Statements) -> list[KeyTally]:
    """Find what is asked about the keys of some tables in one pass over each, made when the first answer is wanted.

    Args:
        measures: Counts for which :func:`same_domain` holds, and whose sets belong together.
        when: What they are asked about.
        statements: Runs statements.
    """
    made = _Pass(measures, when, statements)
    return [KeyTally(measure, when, made, statements) for measure in measures]
