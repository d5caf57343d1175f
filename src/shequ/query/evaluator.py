"""The reference evaluator: plain Python over objects. Every other evaluator must give its answers."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any, Protocol

import attrs

from shequ.calendars import Period
from shequ.errors import CalendarNotPublished, MissingExtra, Misuse, ShequError
from shequ.model import Record, RecordType, Schema
from shequ.query.algebra import (
    Answer,
    Count,
    Each,
    Gap,
    Group,
    GroupKey,
    Keys,
    KeySet,
    Measure,
    Median,
    Select,
    SetOperation,
    Sum,
    When,
)
from shequ.query.compilation import Compiler, Getter, as_date
from shequ.query.operands import Operand

__all__ = ["Evaluator", "Scannable"]


class Scannable(Protocol):
    """What the evaluator needs of a snapshot."""

    def scan(self, query: Select) -> Iterator[Any]:
        """Every stored record of the type, as something with a ``record``."""
        ...


_Leaf = tuple[Keys, tuple[Group, ...]] | Sum | Median | Gap


class Evaluator:
    """Answers questions over a snapshot in plain Python; every other evaluator must give its answers.

    Args:
        source: The snapshot.
        schema: The record types in it.
    """

    def __init__(self, source: Scannable, schema: Schema) -> None:
        self._source = source
        self._schema = schema
        self._tables: dict[str, dict[str, Record]] = {}
        self._compile = Compiler(schema, self.table)
        self._partials: dict[tuple[_Leaf, When], dict[str, Any]] = {}
        self._failures: dict[tuple[_Leaf, When], ShequError] = {}

    def table(self, name: str) -> Mapping[str, Record]:
        """All records of a type by id, read once."""
        if name not in self._tables:
            self._tables[name] = {stored.record.id: stored.record for stored in self._source.scan(Select(name))}
        return self._tables[name]

    def place(self, record: Record) -> str | None:
        """The division that a record belongs to: ``""`` if its type belongs to none, ``None`` if a reference on the
        way to it leads nowhere.
        """
        return self._locator(record.__record__)(record)

    def _locator(self, declared: RecordType) -> Callable[[Any], str | None]:
        return self._compile.getter(declared, declared.division) if declared.division else lambda _row: ""

    def prepare(self, measures: Iterable[Measure], when: When) -> None:
        """Evaluate measures together: one pass over each type that they read."""
        wanted: dict[str, list[_Leaf]] = {}
        for measure in measures:
            for leaf in _leaves(measure):
                if (leaf, when) not in self._partials:
                    known = wanted.setdefault(_leaf_type(leaf), [])
                    if leaf not in known:
                        known.append(leaf)
        for name, leaves in wanted.items():
            self._one_pass(name, leaves, when)

    def _one_pass(self, name: str, leaves: list[_Leaf], when: When) -> None:
        declared = self._schema[name]
        locate = self._locator(declared)
        collectors = []
        for leaf in leaves:
            partial: dict[str, Any] = {}
            self._partials[leaf, when] = partial
            collectors.append((leaf, self._collector(declared, leaf, when, partial)))
        for row in self.table(name).values():
            place = locate(row)
            if place is None:
                continue
            for leaf, collect in collectors:
                try:
                    collect(row, place)
                except (CalendarNotPublished, MissingExtra) as error:
                    # Only the questions that need the calendar go unanswered: `answer` raises it.
                    self._failures.setdefault((leaf, when), error)

    def _collector(
        self, declared: RecordType, leaf: _Leaf, when: When, partial: dict[str, Any]
    ) -> Callable[[Any, str], None]:
        """A function that adds one row to the partial result of its place."""
        where = leaf[0].where if isinstance(leaf, tuple) else leaf.where
        test = self._compile.test(declared, where, when) if where is not None else None
        if isinstance(leaf, tuple):
            keys, by = leaf
            get = self._compile.getter(declared, keys.key)
            groups = self._compile.groups(declared, by, when)

            def collect_keys(row: Any, place: str) -> None:
                if test is None or test(row):
                    key = get(row)
                    if key is not None:
                        for group in groups(row):
                            partial.setdefault(place, {}).setdefault(group, set()).add(key)

            return collect_keys
        if isinstance(leaf, Sum):
            get = self._number(declared, leaf.field, when)
            groups = self._compile.groups(declared, leaf.by, when)

            def collect_sum(row: Any, place: str) -> None:
                if test is None or test(row):
                    value = get(row)
                    if value is not None:
                        totals = partial.setdefault(place, {})
                        for group in groups(row):
                            total, rows = totals.get(group, (Fraction(0), 0))
                            totals[group] = (total + Fraction(value), rows + 1)

            return collect_sum
        if isinstance(leaf, Median):
            operand = self._compile.operand(declared, leaf.operand, when)

            def collect_value(row: Any, place: str) -> None:
                if test is None or test(row):
                    value = operand(row)
                    if value is not None:
                        partial.setdefault(place, Counter())[value] += 1

            return collect_value
        get = self._compile.getter(declared, leaf.path)
        pieces = _pieces(leaf, when)

        def collect_piece(row: Any, place: str) -> None:
            if test is None or test(row):
                value = get(row)
                if value is not None:
                    found = as_date(value)
                    for piece in pieces:
                        if found in piece:
                            partial.setdefault(place, Counter())[piece] += 1

        return collect_piece

    def answer(self, measure: Measure, places: Iterable[str], when: When) -> Answer:
        """The answer for the union of ``places``; records of a type that belongs to none count everywhere.

        Raises:
            CalendarNotPublished: If it depends on the working days of a year that is not published.
            MissingExtra: If it depends on working days and the extra ``calendar`` is missing.
        """
        self.prepare((measure,), when)
        for leaf in _leaves(measure):
            if (leaf, when) in self._failures:
                raise self._failures[leaf, when]
        wanted = ("", *places)
        if isinstance(measure, Count):
            groups = self._united(measure.of, measure.by, wanted, when)
            keys = frozenset().union(*groups.values()) if groups else frozenset()
            counted = {group: (Fraction(len(found)), len(found)) for group, found in groups.items() if found}
            return Answer(Fraction(len(keys)), len(keys), counted if measure.by else {}, keys)
        if isinstance(measure, Sum):
            totals = self._added(measure, wanted, when)
            # Where a record falls into several groups, these add up to more than the whole.
            whole = self._added(attrs.evolve(measure, by=()), wanted, when) if _overlap(measure.by) else totals
            value = sum((total for total, _ in whole.values()), Fraction(0))
            return Answer(value, sum(rows for _, rows in whole.values()), totals if measure.by else {})
        found = self._partials[measure, when]
        merged: Counter[Any] = Counter()
        for place in wanted:
            merged.update(found.get(place, {}))
        if isinstance(measure, Median):
            return Answer(_median(merged), merged.total())
        return Answer(Fraction(len(_pieces(measure, when)) - len(merged)), merged.total())

    def _added(self, measure: Sum, places: tuple[str, ...], when: When) -> dict[GroupKey, tuple[Fraction, int]]:
        """Total and rows of each group."""
        totals: dict[GroupKey, tuple[Fraction, int]] = {}
        for place in places:
            for group, (total, rows) in self._partials[measure, when].get(place, {}).items():
                before = totals.get(group, (Fraction(0), 0))
                totals[group] = (before[0] + total, before[1] + rows)
        return totals

    def _number(self, declared: RecordType, field: str | Operand, when: When) -> Getter:
        """Reads what a sum adds."""
        if isinstance(field, str):
            return self._compile.getter(declared, field)
        return self._compile.operand(declared, field, when)

    def _united(
        self, of: KeySet, by: tuple[Group, ...], places: tuple[str, ...], when: When
    ) -> dict[GroupKey, set[str]]:
        if isinstance(of, Keys):
            united: dict[GroupKey, set[str]] = {}
            partial = self._partials[(of, by), when]
            for place in places:
                for group, keys in partial.get(place, {}).items():
                    united.setdefault(group, set()).update(keys)
            return united
        assert isinstance(of, SetOperation)
        left = self._united(of.left, by, places, when)
        if of.op == "|":
            for group, keys in self._united(of.right, by, places, when).items():
                left.setdefault(group, set()).update(keys)
            return left
        # The right side only decides membership: it need not be able to say the group.
        right = set().union(*self._united(of.right, (), places, when).values())
        if of.op == "&":
            return {group: keys & right for group, keys in left.items()}
        return {group: keys - right for group, keys in left.items()}

    def select(self, query: Select, when: When) -> Iterator[Record]:
        """The records that meet a condition, in the store's order."""
        test = self._compile.test(self._schema[query.type], query.where, when) if query.where is not None else None
        for row in self.table(query.type).values():
            if test is None or test(row):
                yield row

    def rows(self, measure: Measure, places: Iterable[str], when: When) -> Iterator[tuple[str, str]]:
        """Type and id of each record behind an answer: those counted, added or ranked, in order of id."""
        wanted = {"", *places}
        if isinstance(measure, Count):
            name = self.counted(measure)
            for key in sorted(self.answer(measure, wanted, when).keys):
                yield name, key
            return
        declared = self._schema[measure.type]
        test = self._compile.test(declared, measure.where, when) if measure.where is not None else None
        if isinstance(measure, Gap):
            get: Getter = self._compile.getter(declared, measure.path)
            pieces = _pieces(measure, when)
        elif isinstance(measure, Median):
            get, pieces = self._compile.operand(declared, measure.operand, when), None
        else:
            get, pieces = self._number(declared, measure.field, when), None
        for id_, row in sorted(self.table(measure.type).items()):
            if self.place(row) not in wanted or (test is not None and not test(row)):
                continue
            value = get(row)
            if value is not None and (pieces is None or any(as_date(value) in piece for piece in pieces)):
                yield measure.type, id_

    def counted(self, measure: Count) -> str:
        """Name of the type whose records a count counts; of the field, if its values are no records."""
        leaf = next(measure.of.leaves())
        if leaf.key == "id":
            return leaf.type
        *way, last = leaf.key.split(".")
        declared = self._schema[leaf.type]
        for step in way:
            declared = self._schema[declared.fields[step].to or ""]
        return declared.fields[last].to or leaf.key


def _leaves(measure: Measure) -> Iterator[_Leaf]:
    if not isinstance(measure, Count):
        yield measure
        if isinstance(measure, Sum) and _overlap(measure.by):
            yield attrs.evolve(measure, by=())
        return
    grouped = list(_grouped(measure.of))
    for leaf in measure.of.leaves():
        if leaf in grouped:
            yield leaf, measure.by
        if leaf not in grouped or measure.by:
            yield leaf, ()


def _grouped(of: KeySet) -> Iterator[Keys]:
    """The sets that must say the group: both sides of a union, the left side of anything else."""
    if isinstance(of, SetOperation):
        yield from _grouped(of.left)
        if of.op == "|":
            yield from _grouped(of.right)
    elif isinstance(of, Keys):
        yield of


def _overlap(by: tuple[Group, ...]) -> bool:
    """Whether a record may fall into several of the groups."""
    return any(isinstance(group, Each) for group in by)


def _leaf_type(leaf: _Leaf) -> str:
    return leaf[0].type if isinstance(leaf, tuple) else leaf.type


def _pieces(gap: Gap, when: When) -> tuple[Period, ...]:
    if when.period is None:
        raise Misuse("a gap is sought in a period, but a day was asked about")
    return tuple(when.period.months() if gap.unit == "month" else when.period.quarters())


def _median(values: Counter[Any]) -> Fraction | None:
    total = values.total()
    if total == 0:
        return None
    middle, seen = ((total - 1) // 2, total // 2), 0
    found: list[Fraction] = []
    for value in sorted(values):
        seen += values[value]
        while len(found) < 2 and middle[len(found)] < seen:
            found.append(Fraction(value))
    return (found[0] + found[1]) / 2
