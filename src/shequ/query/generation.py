"""One pass over a table as one generated function: what several leaves ask of a row is asked once.

The conditions of the leaves are laid out as a tree by what they begin with, so a test that ten leaves share is made once
for a row and, where it fails, none of the ten is looked at further. Each test is made in the order in which the reference
makes it. What this module does not know is called as the reference compiled it.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from functools import cache
from itertools import count, pairwise
from typing import Any

import attrs

from shequ.calendars import working_days_between
from shequ.effective import local_date, shift
from shequ.errors import CalendarNotPublished, MissingExtra, ShequError
from shequ.model import Kind, Record, RecordType
from shequ.model.checks import generate
from shequ.query.algebra import (
    AgeBand,
    AllOf,
    AnyOf,
    By,
    Compare,
    Condition,
    During,
    Group,
    Holds,
    Keys,
    Median,
    Not,
    Sum,
    When,
    conjuncts,
)
from shequ.query.compilation import Compiler
from shequ.query.key_masks import KeyMasks
from shequ.query.leaves import Leaf, condition_of
from shequ.query.operands import Age, Days, Field

__all__ = ["Collector", "generated_pass"]

Collector = Callable[[Any, str], None]
"""Adds a row to what its place has; the reference's way."""

_SIGNS = {"=": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_PLAIN = (str, int, date)
"""Types of values that are found in a set where they are found in a tuple."""
_WORDS = (Kind.TEXT, Kind.CODE, Kind.REF)
_TOTALS = (Kind.COUNT, Kind.MONEY)


@attrs.define(eq=False)
class _Node:
    """A test, what is behind it, and the leaves whose last test it is."""

    behind: dict[Hashable, tuple[Condition, "_Node"]] = attrs.field(factory=dict)
    leaves: list[Leaf] = attrs.field(factory=list)

    def all_leaves(self) -> Iterator[Leaf]:
        """The leaves here and behind."""
        yield from self.leaves
        for _, node in self.behind.values():
            yield from node.all_leaves()


def generated_pass(
    declared: RecordType,
    leaves: Sequence[Leaf],
    when: When,
    rows: Iterable[Record],
    compiler: Compiler,
    table: Callable[[str], Mapping[str, Record]],
    collector: Callable[[Leaf, dict[str, Any]], Collector],
    masks: Mapping[Keys, KeyMasks],
) -> tuple[dict[Leaf, dict[str, Any]], dict[Leaf, ShequError]]:
    """Find what is asked of the rows of a table.

    Args:
        declared: The type.
        leaves: What is asked.
        when: The day or period.
        rows: The records.
        compiler: Compiles what is not known here.
        table: Gives all records of a type by id.
        collector: Makes the reference's collector for a leaf and what it is to fill.
        masks: Where the keys of sets are put.

    Returns:
        For each leaf that is no set what each place has, and why some have no answer.
    """
    return _Writer(declared, when, compiler, table, collector, masks).run(leaves, rows)


class _Writer:
    """Writes the function.

    Args:
        declared: The type.
        when: The day or period.
        compiler: Compiles what is not known here.
        table: Gives all records of a type by id.
        collector: Makes the reference's collector for a leaf and what it is to fill.
        masks: Where the keys of sets are put.
    """

    def __init__(
        self,
        declared: RecordType,
        when: When,
        compiler: Compiler,
        table: Callable[[str], Mapping[str, Record]],
        collector: Callable[[Leaf, dict[str, Any]], Collector],
        masks: Mapping[Keys, KeyMasks],
    ) -> None:
        self._declared, self._when, self._compiler, self._table = declared, when, compiler, table
        self._collector, self._masks = collector, masks
        self._schema = compiler.schema
        self._names: dict[str, Any] = {
            "Unanswerable": (CalendarNotPublished, MissingExtra),
            "bisect_left": bisect_left,
            "bisect_right": bisect_right,
        }
        self._lines: list[str] = []
        self._numbers = count()
        self._met: dict[str, str] = {}
        self._finish: list[Callable[[], None]] = []
        self.found: dict[Leaf, dict[str, Any]] = {}
        self.failures: dict[Leaf, ShequError] = {}

    def _name(self, value: Any, stem: str = "k") -> str:
        """A name for a value that the function uses."""
        name = f"{stem}{next(self._numbers)}"
        self._names[name] = value
        return name

    def _line(self, depth: int, text: str) -> None:
        self._lines.append("    " * depth + text)

    def run(
        self, leaves: Sequence[Leaf], rows: Iterable[Record]
    ) -> tuple[dict[Leaf, dict[str, Any]], dict[Leaf, ShequError]]:
        """Write the function and call it."""
        self._line(0, "def collect(rows):")
        self._line(1, "for row in rows:")
        sets = [leaf[0] for leaf in leaves if isinstance(leaf, tuple)]
        self._met = {key: f"met{at}" for at, key in enumerate(dict.fromkeys(keys.key for keys in sets))}
        self._line(2, " = ".join([*self._met.values(), "0"]))
        scope: dict[str, str] = {}
        if self._declared.division:
            place = self._read(self._declared.division, scope, 2)
            self._line(2, f"if {place} is None: continue")
        else:
            place = "''"
        root = _Node()
        for leaf in leaves:
            node = root
            for part in conjuncts(condition_of(leaf)):
                node = node.behind.setdefault(_key(part), (part, _Node()))[1]
            node.leaves.append(leaf)
        self._write(root, scope, 2, place)
        for keys in {keys.key: keys for keys in sets}.values():
            met = self._met[keys.key]
            self._line(2, f"if {met}:")
            key = self._read(keys.key, dict(scope), 3)
            self._line(
                3, f"if {key} is not None: {self._name(self._masks[keys].at, 'at')}[{place}][{met}].append({key})"
            )
        generate("collect", self._lines, self._names)(rows)
        for finish in self._finish:
            finish()
        return self.found, self.failures

    def _write(self, node: _Node, scope: dict[str, str], depth: int, place: str) -> None:
        for leaf in node.leaves:
            self._leaf(leaf, scope, depth, place)
        for part, behind in node.behind.values():
            said = self._test(part, scope, depth)
            if said is None:
                said = self._tried(part, list(behind.all_leaves()), scope, depth)
            self._line(depth, f"if {said}:")
            self._write(behind, dict(scope), depth + 1, place)

    def _tried(self, part: Condition, leaves: list[Leaf], scope: dict[str, str], depth: int) -> str:
        """A test that may find that a calendar is missing."""
        said = self._days(part, scope, depth)
        if said is None:
            said = f"{self._name(self._compiler.test(self._declared, part, self._when), 'test')}(row)"

        def fail(error: ShequError) -> None:
            for leaf in leaves:
                self.failures.setdefault(leaf, error)

        verdict, failed = f"v{next(self._numbers)}", self._name(fail, "fail")
        self._line(depth, f"try: {verdict} = {said}")
        self._line(depth, f"except Unanswerable as error: {verdict} = False; {failed}(error)")
        return verdict

    def _days(self, part: Condition, scope: dict[str, str], depth: int) -> str | None:
        """A comparison of working days between two dates; otherwise ``None``, and for all else the reference's test."""
        match part:
            case Compare(Days(start, end, True), op, value) if op in _SIGNS:
                self._compiler.operand(self._declared, part.operand, self._when)  # names a field that there is not
                if not self._kind(start) is self._kind(end) is Kind.DAY:
                    return None
                first, last = self._read(start, scope, depth), self._read(end, scope, depth)
                # Few dates come in many pairs: each pair is looked up in the calendar once.
                number = f"{self._name(cache(working_days_between), 'days')}({first}, {last})"
                return (
                    f"{first} is not None and {last} is not None and {number} {_SIGNS[op]} {self._name(_whole(value))}"
                )
        return None

    def _read(self, path: str, scope: dict[str, str], depth: int) -> str:
        """The variable that holds what a path leads to, from here on."""
        if path in scope:
            return scope[path]
        way, _, last = path.rpartition(".")
        variable = f"v{next(self._numbers)}"
        if not way:
            self._line(depth, f"{variable} = row.{last}")
        else:
            record = self._reached(way, scope, depth)
            self._line(depth, f"{variable} = None if {record} is None else {record}.{last}")
        scope[path] = variable
        return variable

    def _reached(self, way: str, scope: dict[str, str], depth: int) -> str:
        """The variable that holds the record that references lead to."""
        if f"{way}." not in scope:
            id_ = self._read(way, scope, depth)
            table = self._name(self._table(self._type(way).name).get, "get")
            scope[f"{way}."] = variable = f"r{next(self._numbers)}"
            self._line(depth, f"{variable} = {table}({id_})")
        return scope[f"{way}."]

    def _type(self, way: str) -> RecordType:
        declared = self._declared
        for name in way.split(".") if way else ():
            declared = self._schema[declared.fields[name].to or ""]
        return declared

    def _kind(self, path: str) -> Kind:
        way, _, last = path.rpartition(".")
        return self._type(way).fields[last].kind

    # Conditions

    def _test(self, part: Condition, scope: dict[str, str], depth: int) -> str | None:
        """A condition as an expression; ``None`` if it is not known here. What it reads is read before it."""
        match part:
            case AllOf(parts) | AnyOf(parts):
                sides = [self._test(side, scope, depth) for side in parts]
                joined = " and " if isinstance(part, AllOf) else " or "
                if None in sides:
                    return None
                return f"({joined.join(filter(None, sides))})" if sides else str(isinstance(part, AllOf))
            case Not(inner):
                said = self._test(inner, scope, depth)
                return None if said is None else f"not {said}"
            case Compare(Field(path), op, value):
                self._compiler.getter(self._declared, path)  # names a field that there is not
                return self._compared(self._read(path, scope, depth), op, value)
            case Compare(Age(path), op, value) if op in _SIGNS and self._kind(path) is Kind.DAY:
                birth = self._read(path, scope, depth)
                return f"({birth} is not None and {self._aged(birth, op, value)})"
            case Holds():
                return self._holds(part, scope, depth)
            case During(path) if self._when.period is not None and self._kind(path) is Kind.DAY:
                value, period = self._read(path, scope, depth), self._when.period
                return f"({value} is not None and {self._name(period.start)} <= {value} < {self._name(period.end)})"
            case During(path) if self._when.period is not None and self._kind(path) is Kind.MOMENT:
                value, period = self._read(path, scope, depth), self._when.period
                return f"({value} is not None and {self._name(local_date)}({value}) in {self._name(period)})"
        return None

    def _compared(self, value: str, op: str, other: Any) -> str | None:
        if op == "given":
            return f"{value} is not None"
        if op == "in":
            if isinstance(other, tuple) and all(isinstance(option, _PLAIN) for option in other):
                return f"{value} in {self._name(frozenset(other))}"
            return f"({value} is not None and {value} in {self._name(other)})"
        if op not in _SIGNS:
            return None
        if op == "=" and isinstance(other, _PLAIN):
            return f"{value} == {self._name(other)}"
        return f"({value} is not None and {value} {_SIGNS[op]} {self._name(other)})"

    def _aged(self, birth: str, op: str, years: Any) -> str:
        """A comparison of an age; of the birth date itself, where the last one of those so old is known."""
        limit = _born(self._when.day, years + (op in (">", "<="))) if isinstance(years, int | Fraction) else None
        if limit is None or op in ("=", "!="):
            return f"{self._age(birth)} {_SIGNS[op]} {self._name(_whole(years))}"
        return f"{birth} {'<=' if op in ('>', '>=') else '>'} {self._name(limit)}"

    def _age(self, birth: str) -> str:
        day = self._when.day
        return f"({day.year} - {birth}.year - (({day.month}, {day.day}) < ({birth}.month, {birth}.day)))"

    def _holds(self, asked: Holds, scope: dict[str, str], depth: int) -> str | None:
        prefix = f"{asked.path}." if asked.path else ""
        target = self._type(asked.path)
        if any(name and name not in target.fields for name in (asked.since, asked.until)):
            return None
        if any(target.fields[name].kind is not Kind.DAY for name in (asked.since, asked.until) if name):
            return None
        day, latest = map(self._name, asked.days(self._when.day))
        state = target.state
        standing = "" if state is None else self._read(prefix + state.name, scope, depth)

        def stands_in(states: frozenset[Any], *, matters: bool) -> str:
            return f"{standing} in {self._name(states)}" if standing and states and matters else "False"

        unbegun = stands_in(target.pending, matters=asked.since == "since")
        ended = stands_in(target.over, matters=asked.until == "until")
        never = stands_in(target.never, matters=asked.since == "since" or asked.until == "until")
        if asked.until == "until" and "ended" in target.fields:
            ended = self._read(f"{prefix}ended", scope, depth)
        first = self._read(prefix + asked.since, scope, depth)
        begun = f"({first} <= {latest} if {first} is not None else not {unbegun})"
        parts = [begun]
        if asked.until:
            last = self._read(prefix + asked.until, scope, depth)
            parts.append(f"({day} < {last} if {last} is not None else not {ended})")
        else:
            parts.append(f"not {ended}")
        parts += [] if never == "False" else [f"not {never}"]
        parts += [f"{self._reached(asked.path, scope, depth)} is not None"] if asked.path else []
        return f"({' and '.join(parts)})"

    # Leaves

    def _leaf(self, leaf: Leaf, scope: dict[str, str], depth: int, place: str) -> None:
        """Add the row to what its place has of a leaf."""
        if isinstance(leaf, tuple):
            self._in_set(*leaf, scope, depth, place)
            return
        found: dict[str, Any] = {}
        self.found[leaf] = found
        said = [self._group(group, scope, depth) for group in (leaf.by if isinstance(leaf, Sum) else ())]
        cell = f"({', '.join([place, *filter(None, said)])})" if said else place
        if isinstance(leaf, Sum) and isinstance(leaf.field, str) and self._is_total(leaf.field) and None not in said:
            value = self._read(leaf.field, scope, depth)
            added: defaultdict[Any, list[int]] = defaultdict(list)
            self._line(depth, f"if {value} is not None: {self._name(added, 'added')}[{cell}].append({value})")
            self._finish.append(lambda: _totals(added, found, grouped=bool(said)))
        elif isinstance(leaf, Median) and isinstance(leaf.operand, Field):
            self._compiler.getter(self._declared, leaf.operand.path)
            value = self._read(leaf.operand.path, scope, depth)
            counters: defaultdict[str, Counter[Any]] = defaultdict(Counter)
            self._line(depth, f"if {value} is not None: {self._name(counters, 'counters')}[{place}][{value}] += 1")
            self._finish.append(lambda: found.update(counters))
        else:
            collect = self._name(self._collector(attrs.evolve(leaf, where=None), found), "collect")
            self._line(depth, f"try: {collect}(row, {place})")
            self._line(depth, f"except Unanswerable as error: {self._failing(leaf)}(error)")

    def _failing(self, leaf: Leaf) -> str:
        """The function that notes why a leaf has no answer."""
        return self._name(lambda error: self.failures.setdefault(leaf, error), "fail")

    def _in_set(self, keys: Keys, by: tuple[Group, ...], scope: dict[str, str], depth: int, place: str) -> None:
        """Note that the row is in a set; the key is put away once, when all its sets are known, or with its groups."""
        masks = self._masks[keys]
        bit = masks.bits[keys]
        self._compiler.getter(self._declared, keys.key)
        if not by:
            self._line(depth, f"{self._met[keys.key]} |= {bit}")
            return
        key = self._read(keys.key, scope, depth)
        kept = f"{self._name(masks.in_groups[by], 'kept')}[{place}]"
        said = [self._group(group, scope, depth) for group in by]
        if None not in said:
            cell = f"({', '.join([*filter(None, said), ''])})"
            self._line(depth, f"if {key} is not None: {kept}[{cell}][{bit}].append({key})")
            return
        groups = self._name(self._compiler.groups(self._declared, by, self._when), "groups")
        self._line(depth, f"if {key} is not None:")
        self._line(depth + 1, f"try: groups = {groups}(row)")
        self._line(depth + 1, f"except Unanswerable as error: groups = (); {self._failing((keys, by))}(error)")
        self._line(depth + 1, f"for group in groups: {kept}[group][{bit}].append({key})")

    def _is_total(self, path: str) -> bool:
        self._compiler.getter(self._declared, path)
        return self._kind(path) in _TOTALS

    def _group(self, group: Group, scope: dict[str, str], depth: int) -> str | None:
        """A group as an expression; ``None`` if it is not known here."""
        if type(group) not in (By, AgeBand):
            return None
        self._compiler.getter(self._declared, group.path)
        kind = self._kind(group.path)
        if isinstance(group, AgeBand):
            if kind is not Kind.DAY or any(one >= other for one, other in pairwise(group.bounds)):
                return None
            birth = self._read(group.path, scope, depth)
            limits = [_born(self._when.day, years) for years in group.bounds]
            if None in limits:
                labels, bounds = self._name(group.labels), self._name(group.bounds)
                return f"(None if {birth} is None else {labels}[bisect_right({bounds}, {self._age(birth)})])"
            labels, bounds = self._name(group.labels[::-1]), self._name(limits[::-1])
            return f"(None if {birth} is None else {labels}[bisect_left({bounds}, {birth})])"
        value = self._read(group.path, scope, depth)
        return value if kind in _WORDS else f"(None if {value} is None else str({value}))"


def _totals(added: Mapping[Any, list[int]], places: dict[str, Any], *, grouped: bool) -> None:
    """Total and rows of each group of each place."""
    for at, values in added.items():
        place, group = (at[0], at[1:]) if grouped else (at, ())
        places.setdefault(place, {})[group] = (Fraction(sum(values)), len(values))


def _whole(value: Any) -> Any:
    """A number that compares ten times as fast, where it is whole."""
    return int(value) if isinstance(value, Fraction) and value.denominator == 1 else value


def _born(day: date, years: int | Fraction) -> date | None:
    """The last birth date of those who are so old on a day; ``None`` if it is not known."""
    if years != int(years) or not date.min.year <= day.year - years < date.max.year:
        return None
    return shift(day, years=-int(years))


def _key(part: Condition) -> Hashable:
    """What two tests that are the same have in common."""
    try:
        hash(part)
    except TypeError:
        return id(part)
    return type(part), part, repr(part)
