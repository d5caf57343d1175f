"""The reference evaluator: plain Python over objects. Every other evaluator must give its answers."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, Protocol

from shequ.codec import bulk
from shequ.errors import CalendarNotPublished, MissingExtra, ShequError
from shequ.model import Record, RecordType, Schema
from shequ.query.algebra import Answer, Count, Gap, Group, Keys, Measure, Median, Select, Sum, When
from shequ.query.compilation import Compiler, Getter, as_date
from shequ.query.generation import generated_pass
from shequ.query.key_masks import KeyMasks, joined
from shequ.query.leaves import (
    Leaf,
    condition_of,
    counted,
    leaves,
    pieces,
    ranked,
    summed,
    together,
    type_of,
    united,
    without,
)
from shequ.query.operands import Operand

__all__ = ["Evaluator", "Scannable"]


class Scannable(Protocol):
    """What the evaluator needs of a snapshot."""

    def scan(self, query: Select) -> Iterator[Any]:
        """Every stored record of the type, as something with a ``record``."""
        ...


class Evaluator:
    """Answers questions over a snapshot in plain Python; every other evaluator must give its answers.

    Args:
        source: The snapshot.
        schema: The record types in it.
    """

    worth: int = 2_000
    """Rows from which on a pass over a table is worth a function of its own."""

    def __init__(self, source: Scannable, schema: Schema) -> None:
        self._source = source
        self._schema = schema
        self._rows: dict[str, list[Record]] = {}
        self._tables: dict[str, dict[str, Record]] = {}
        self._compile = Compiler(schema, self.table)
        self._prepared: set[tuple[Measure, When]] = set()
        self._masks: dict[tuple[Measure, When], KeyMasks] = {}
        self._partials: dict[tuple[Leaf, When], dict[str, Any]] = {}
        self._failures: dict[tuple[Leaf, When], ShequError] = {}

    def table(self, name: str) -> Mapping[str, Record]:
        """All records of a type by id, read once."""
        if name not in self._tables:
            self._tables[name] = {row.id: row for row in self._all(name)}
        return self._tables[name]

    def _all(self, name: str) -> Sequence[Record]:
        """All records of a type, in the store's order, read once."""
        if name not in self._rows:
            self._rows[name] = [stored.record for stored in self._source.scan(Select(name))]
        return self._rows[name]

    def place(self, record: Record) -> str | None:
        """The division that a record belongs to: ``""`` if its type belongs to none, ``None`` if a reference on the
        way to it leads nowhere.
        """
        return self._locator(record.__record__)(record)

    def values(self, name: str, path: str) -> set[Any]:
        """What a path leads to from the records of a type, wherever they belong."""
        get = self._compile.getter(self._schema[name], path)
        return {value for row in self._all(name) if (value := get(row)) is not None}

    def unplaced(self, name: str) -> list[str]:
        """Ids of the records of a type whose place is not known, in order: a reference on the way leads nowhere."""
        locate = self._locator(self._schema[name])
        return sorted(row.id for row in self._all(name) if locate(row) is None)

    def record(self, name: str, id_: str) -> Record | None:
        """One record, by type and id."""
        return self.table(name).get(id_)

    def _locator(self, declared: RecordType) -> Callable[[Any], str | None]:
        return self._compile.getter(declared, declared.division) if declared.division else lambda _row: ""

    @bulk()
    def prepare(self, measures: Iterable[Measure], when: When) -> None:
        """Evaluate measures together: one pass over each type that they read."""
        asked = [measure for measure in dict.fromkeys(measures) if (measure, when) not in self._prepared]
        made = self._new_masks(asked)
        masks = {leaf: each for each in made for leaf in each.bits}
        wanted: dict[str, list[Leaf]] = {}
        for leaf in dict.fromkeys(leaf for measure in asked for leaf in leaves(measure)):
            if (isinstance(leaf, tuple) and leaf[0] in masks) or (leaf, when) not in self._partials:
                wanted.setdefault(type_of(leaf), []).append(leaf)
        for name, new in wanted.items():
            self._one_pass(name, new, when, masks)
        self._masks.update({(measure, when): each for each in made for measure in each.measures})
        self._prepared.update((measure, when) for measure in asked)

    def _new_masks(self, measures: Iterable[Measure]) -> list[KeyMasks]:
        """What is to be filled for the counts that look at a long table."""
        counts = [measure for measure in measures if isinstance(measure, Count)]
        return [
            KeyMasks(those)
            for those in joined(counts)
            if any(self._is_worth(leaf.type) for measure in those for leaf in measure.of.leaves())
        ]

    def _is_worth(self, name: str) -> bool:
        return len(self._all(name)) >= self.worth

    def _one_pass(self, name: str, asked: list[Leaf], when: When, masks: Mapping[Keys, KeyMasks]) -> None:
        declared = self._schema[name]
        rows = self._all(name)
        written = [leaf for leaf in asked if self._is_worth(name) or (isinstance(leaf, tuple) and leaf[0] in masks)]
        if written:
            found, failures = generated_pass(
                declared,
                written,
                when,
                rows,
                self._compile,
                self.table,
                lambda leaf, partial: self._collector(declared, leaf, when, partial),
                masks,
            )
            self._partials.update({(leaf, when): partial for leaf, partial in found.items()})
            self._failures.update({(leaf, when): error for leaf, error in failures.items()})
        row_by_row = [leaf for leaf in asked if leaf not in written]
        if not row_by_row:
            return
        locate = self._locator(declared)
        collectors = []
        for leaf in row_by_row:
            partial: dict[str, Any] = {}
            collectors.append((leaf, self._collector(declared, leaf, when, partial)))
            self._partials[leaf, when] = partial
        for row in rows:
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
        self, declared: RecordType, leaf: Leaf, when: When, partial: dict[str, Any]
    ) -> Callable[[Any, str], None]:
        """A function that adds one row to the partial result of its place."""
        where = condition_of(leaf)
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
        asked = pieces(leaf, when)

        def collect_piece(row: Any, place: str) -> None:
            if test is None or test(row):
                value = get(row)
                if value is not None:
                    found = as_date(value)
                    for piece in asked:
                        if found in piece:
                            partial.setdefault(place, Counter())[piece] += 1

        return collect_piece

    def answer(self, measure: Measure, places: Iterable[str], when: When) -> Answer:
        """The answer for the union of ``places``; records of a type that belongs to none count everywhere.

        Raises:
            CalendarNotPublished: If it depends on the working days of a year that is not published.
            MissingExtra: If it depends on working days and the extra ``calendar`` is missing.
        """
        if (measure, when) not in self._prepared:
            self.prepare((measure,), when)
        for leaf in leaves(measure) if self._failures else ():
            if (leaf, when) in self._failures:
                raise self._failures[leaf, when]
        masks = self._masks.get((measure, when))
        if masks is not None:
            assert isinstance(measure, Count)
            return masks.answer(measure, places)
        wanted = tuple(dict.fromkeys(("", *places)))
        if isinstance(measure, Count):

            def keys_of(keys: Keys, by: tuple[Group, ...]) -> dict[Any, set[Any]]:
                partial = self._partials[(keys, by), when]
                return together([partial[place] for place in wanted if place in partial])

            return counted(measure, united(measure.of, measure.by, keys_of))

        def parts_of(leaf: Leaf) -> list[Any]:
            return [self._partials[leaf, when].get(place, {}) for place in wanted]

        if isinstance(measure, Sum):
            return summed(measure, parts_of)
        merged: Counter[Any] = Counter()
        for part in parts_of(measure):
            merged.update(part)
        return ranked(merged) if isinstance(measure, Median) else without(measure, when, merged)

    def _number(self, declared: RecordType, field: str | Operand, when: When) -> Getter:
        """Reads what a sum adds."""
        if isinstance(field, str):
            return self._compile.getter(declared, field)
        return self._compile.operand(declared, field, when)

    def select(self, query: Select, when: When) -> Iterator[Record]:
        """The records that meet a condition, in the store's order."""
        test = self._compile.test(self._schema[query.type], query.where, when) if query.where is not None else None
        for row in self._all(query.type):
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
            within: tuple[Any, ...] | None = pieces(measure, when)
        elif isinstance(measure, Median):
            get, within = self._compile.operand(declared, measure.operand, when), None
        else:
            get, within = self._number(declared, measure.field, when), None
        for id_, row in sorted(self.table(measure.type).items()):
            if self.place(row) not in wanted or (test is not None and not test(row)):
                continue
            value = get(row)
            if value is not None and (within is None or any(as_date(value) in piece for piece in within)):
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
