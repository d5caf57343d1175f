"""Which changes moved a figure: changes are traced from what was counted to what was edited.

* A figure from records depends, for each row that entered or left it, on the records that it reads about that row, and
  on those that the paths of its question lead to. A change to one of these counts if it made or deleted the record or
  altered a field that the question reads. Where values are added or ranked, or groups moved, this goes for every row.
* A filed figure depends on the filed figures of its metric and division.
* Whether records or filed figures decide depends on the declarations of completeness.
* A count of the records kept depends on those that came or went.
* A parameter depends on the rules.
* A figure that combines others depends on each of them that moved.

Where none of this tells (a division was put elsewhere in the tree), changes to divisions are given, and failing those
all changes to the types that the metric reads.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

import attrs

from shequ.calendars import Period
from shequ.metrics.asking import Asked
from shequ.metrics.definition import Books, Measured, Metric, Quality
from shequ.metrics.engine import Engine
from shequ.metrics.measurement import Measurement, Provenance
from shequ.model import EVERY_TYPE, Record, ReportedFigure
from shequ.query import (
    Age,
    AgeBand,
    Among,
    By,
    Count,
    Days,
    During,
    Each,
    Field,
    Holds,
    Lasting,
    Measure,
    Minutes,
    Outside,
    Reach,
    Standing,
)
from shequ.store import Change

__all__ = ["Causes", "groups_moved", "moved"]

_DIVISIONS = ("sub_district", "community", "division")
_WHOLE = "*"
"""In the place of a field: every field of the record."""
_Row = tuple[str, str]
_Fields = dict[str, Any]
"""Fields that a question reads; behind one that refers to another record, the fields that it reads there."""


class Causes:
    """Traces changes to figures.

    Args:
        then: Sees what was known before the changes.
        now: Sees what is known after them.
        feed: The changes.
    """

    def __init__(self, then: Engine, now: Engine, feed: Iterable[Change]) -> None:
        self._then, self._now = then, now
        self._of_type: dict[str, list[Change]] = defaultdict(list)
        self._of_record: dict[_Row, list[Change]] = defaultdict(list)
        for change in feed:
            self._of_type[change.type].append(change)
            self._of_record[change.type, change.id].append(change)
        self._traced: dict[tuple[int, int], dict[int, Change]] = {}
        self._indexes: dict[tuple[str, str], dict[Any, set[str]]] = {}

    def of(self, before: Measurement | None, after: Measurement | None) -> tuple[Change, ...]:
        """The changes that moved a figure, in order."""
        found = self._trace(before, after)
        return tuple(found[number] for number in sorted(found))

    def _trace(self, before: Measurement | None, after: Measurement | None) -> dict[int, Change]:
        key = (id(before), id(after))  # the engines keep every measurement, so an id stays one's own
        if key not in self._traced:
            one = after or before
            assert one is not None
            found = list(self._reasons(before, after, one))
            if not found:
                found = [change for name in _DIVISIONS for change in self._of_type[name]]
            if not found:
                found = [change for name in one.metric.reads for change in self._of_type[name]]
            self._traced[key] = {change.number: change for change in found}
        return self._traced[key]

    def _reasons(self, before: Measurement | None, after: Measurement | None, one: Measurement) -> Iterator[Change]:
        if _parameters(before) != _parameters(after):
            yield from self._of_type["rule_source"]
        if _filed(before) != _filed(after):
            yield from self._filings(one)
        if _operands(before) or _operands(after):
            yield from self._combined(before, after)
        if isinstance(one.metric.formula, Books):
            for row in sorted(_rows(before) ^ _rows(after)):
                yield from self._of_record[row]
        if isinstance(one.metric.formula, Quality):
            yield from self._qualities(before, after)
        if isinstance(one.metric.formula, Measured) and (_counted(before) or _counted(after)):
            if _counted(before) != _counted(after):
                yield from self._declarations(one.metric)
            yield from self._records(before, after, one.metric.formula.measure)

    def _filings(self, one: Measurement) -> Iterator[Change]:
        """Changes to filed figures of a metric and division."""
        codes = {one.metric.code, one.metric.parts_of}
        for change in self._of_type["reported_figure"]:
            for values in (change.before, change.after):
                if values is not None and values["metric"] in codes:
                    place = self._now.tree.find(values["division"]) or self._then.tree.find(values["division"])
                    if place is not None and place.id == one.place.id:
                        yield change
                        break

    def _declarations(self, metric: Metric) -> Iterator[Change]:
        """Changes to what was declared complete."""
        for change in self._of_type["coverage"]:
            if {values["type"] for values in (change.before, change.after) if values} & {*metric.reads, EVERY_TYPE}:
                yield change

    def _combined(self, before: Measurement | None, after: Measurement | None) -> Iterator[Change]:
        """Of a figure that combines others, what moved those."""
        ones, others = _operands(before), _operands(after)
        if ones and others and {place for _, place in ones} != {place for _, place in others}:
            for name in _DIVISIONS:
                yield from self._of_type[name]
        for key in dict.fromkeys((*ones, *others)):
            one, other = ones.get(key), others.get(key)
            if moved(one, other):
                yield from self._trace(one, other).values()

    def _qualities(self, before: Measurement | None, after: Measurement | None) -> Iterator[Change]:
        """Of a count of filed figures that do not stand, what moved each that came or went."""
        for row in sorted(_rows(before) ^ _rows(after)):
            yield from self._of_record[row]
            figures = [found for found in self._states(*row) if isinstance(found, ReportedFigure)]
            if len(figures) == 2:
                code, division = figures[1].metric, figures[1].division
                time: Asked = figures[1].at or Period.parse(figures[1].period or "")
                one, other = (e.measure(code, e.tree[division], time) for e in (self._then, self._now))
                yield from self._trace(one, other).values()

    # Records

    def _records(self, before: Measurement | None, after: Measurement | None, measure: Measure) -> Iterator[Change]:
        """Of a figure from records, what moved its rows."""
        ones = _rows(before) if _counted(before) else set()
        others = _rows(after) if _counted(after) else set()
        every = not isinstance(measure, Count) or any(groups_moved(before, after))
        ids = {id_ for _, id_ in (ones | others if every else ones ^ others)}
        leaves = [(leaf, leaf.key) for leaf in measure.of.leaves()] if isinstance(measure, Count) else [(measure, "id")]
        for leaf, key in leaves:
            fields: _Fields = {}
            location = self._now.schema[leaf.type].division
            for path in (key, location, *_paths((leaf, measure.by if isinstance(measure, Count) else ()))):
                into = fields
                for step in path.split(".") if path else ():
                    into = into.setdefault(step, {})
            index = self._index(leaf.type, key)
            for id_ in dict.fromkeys(found for value in ids for found in index.get(value, ())):
                yield from self._along(leaf.type, id_, fields)

    def _index(self, type_: str, path: str) -> dict[Any, set[str]]:
        """The records of a type, in either state, by what a path leads to."""
        if (type_, path) not in self._indexes:
            index = self._indexes[type_, path] = defaultdict(set)
            for engine in (self._then, self._now):
                for record in engine.evaluator.table(type_).values():
                    index[_led_to(engine, record, path)].add(record.id)
        return self._indexes[type_, path]

    def _along(self, type_: str, id_: str, fields: _Fields) -> Iterator[Change]:
        """Changes to fields of a record, and to fields of those that it refers to."""
        for change in self._of_record.get((type_, id_), ()):
            before, after = change.before, change.after
            compared = {*before, *after} if _WHOLE in fields and before and after else fields
            if before is None or after is None or any(before.get(name) != after.get(name) for name in compared):
                yield change
        for name, beyond in fields.items():
            if not beyond:
                continue
            to = self._now.schema[type_].fields[name].to or ""
            for target in {getattr(record, name) for record in self._states(type_, id_)} - {None}:
                for place in _DIVISIONS if to == "division" else (to,):
                    yield from self._along(place, target, beyond)

    def _states(self, type_: str, id_: str) -> list[Record]:
        """A record as it was and as it is, as far as there is one."""
        kept = (engine.evaluator.table(type_).get(id_) for engine in (self._then, self._now))
        return [record for record in kept if record is not None]


def _led_to(engine: Engine, record: Record, path: str) -> Any:
    """What a path leads to from a record; ``None`` if a reference on the way leads nowhere."""
    *way, last = path.split(".")
    found: Record | None = record
    for step in way:
        to = found.__record__.fields[step].to or "" if found is not None else ""
        found = engine.evaluator.table(to).get(getattr(found, step)) if found is not None else None
    return getattr(found, last, None)


def _paths(value: Any) -> Iterator[str]:
    """The paths that a question, or a part of it, reads."""
    match value:
        case Field(path) | Age(path) | Minutes(path) | During(path) | Outside(path=path):
            yield path
        case By(path=path) | AgeBand(path=path) | Each(path=path):
            yield path
        case Days(start, end) | Lasting(start, end):
            yield from (start, end)
        case Standing():
            yield _WHOLE
        case Reach(path=path):
            yield from (f"{path}.{name}" if path else name for name in ("longitude", "latitude"))
        case Among(path, _, on, differing):
            yield from (name for name in (path, on, differing) if name)
        case Holds(path, _, since, until):
            prefix = f"{path}." if path else ""
            yield from (prefix + name for name in (since, until) if name)
        case tuple():
            for item in value:
                yield from _paths(item)
        case _ if attrs.has(type(value)):
            for attribute in attrs.fields(type(value)):
                part = getattr(value, attribute.name)
                if attribute.name in ("field", "path") and isinstance(part, str):
                    yield part
                else:
                    yield from _paths(part)


def moved(before: Measurement | None, after: Measurement | None) -> bool:
    """Whether value, sides or provenance of a figure are not what they were."""
    return _facts(before) != _facts(after)


def groups_moved(
    before: Measurement | None, after: Measurement | None
) -> Iterator[tuple[Measurement | None, Measurement | None]]:
    """The groups whose value moved; one that is not listed is 0 where the whole was counted."""
    ones: Mapping[str | None, Measurement] = {part.group: part for part in before.parts} if before else {}
    others: Mapping[str | None, Measurement] = {part.group: part for part in after.parts} if after else {}
    for group in dict.fromkeys((*ones, *others)):
        one = ones.get(group) or _empty(before, others[group])
        other = others.get(group) or _empty(after, ones[group])
        if _value(one) != _value(other):
            yield one, other


def _empty(whole: Measurement | None, like: Measurement) -> Measurement | None:
    """The group of a whole that was counted and has nobody in it."""
    if whole is None or not _counted(whole):
        return None
    return attrs.evolve(like, value=Fraction(0), computed=Fraction(0), row_count=0, when=whole.when)


def _value(found: Measurement | None) -> Fraction | None:
    return None if found is None else found.value


def _filed(found: Measurement | None) -> Fraction | None:
    return None if found is None else found.filed


def _counted(found: Measurement | None) -> bool:
    """Whether records that were declared complete gave it."""
    return found is not None and found.computed is not None


def _parameters(found: Measurement | None) -> tuple[Any, ...]:
    return () if found is None else tuple((use.name, use.value) for use in found.parameters)


def _operands(found: Measurement | None) -> dict[tuple[str, str], Measurement]:
    return {} if found is None else {(one.metric.code, one.place.id): one for one in found.operands}


def _rows(found: Measurement | None) -> set[_Row]:
    return set() if found is None else set(found.rows())


def _facts(found: Measurement | None) -> tuple[Any, ...]:
    if found is None:
        return (None, None, None, Provenance.NONE)
    return (found.value, found.numerator, found.denominator, found.provenance)
