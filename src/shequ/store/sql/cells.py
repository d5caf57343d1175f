"""What SQL cannot decide is decided in Python: by the reference's own code, once for each combination of values.

A pass over a table is grouped by the values that such a part of a question reads (a *cell*), so it is as exact as the
reference evaluator, and only these values leave the database, never records.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import attrs
from sqlalchemy import ColumnElement, Executable, and_, case, select, true

from shequ.codec import from_column
from shequ.errors import CalendarNotPublished, MissingExtra, ShequError
from shequ.model import Kind, Record, RecordType, Step
from shequ.query import (
    Age,
    AgeBand,
    AllOf,
    Among,
    AnyOf,
    By,
    Compare,
    Condition,
    Days,
    During,
    Field,
    Group,
    Holds,
    Minutes,
    Not,
    Operand,
    Outside,
    StateGroup,
    StateThen,
    When,
)
from shequ.query.algebra import conjuncts
from shequ.query.compilation import Compiler, Getter, Test
from shequ.store.sql.masks import Said
from shequ.store.sql.reach import Reach, Unsayable, instant
from shequ.store.sql.tables import Tables, column_name

__all__ = ["CALENDAR_ERRORS", "Cells", "Where", "is_known", "split"]

CALENDAR_ERRORS = (CalendarNotPublished, MissingExtra)
"""What a question that needs the calendar may meet: it alone goes unanswered."""
_KNOWN = {
    AllOf,
    Among,
    AnyOf,
    Not,
    Compare,
    Holds,
    During,
    Field,
    Age,
    Minutes,
    Days,
    Outside,
    StateThen,
    By,
    AgeBand,
    StateGroup,
}
"""The parts of the algebra whose code reads rows by their paths and nothing else. All others go to the reference."""
Cell = tuple[Any, ...]
Steps = Mapping[tuple[str, str], list[Step]]


def is_known(part: Condition | Operand | Group) -> bool:
    """Whether a part of a question is made of what this evaluator knows."""
    if type(part) not in _KNOWN:
        return False
    match part:
        case AllOf(parts) | AnyOf(parts):
            return all(map(is_known, parts))
        case Not(inner):
            return is_known(inner)
        case Compare(operand):
            return is_known(operand)
        case Among(of=keys):
            return keys.where is None or (is_known(keys.where) and not any(map(_is_apart, _ends(keys.where))))
    return True


def _ends(part: Condition | Operand) -> Iterator[Condition | Operand]:
    """What a part of a question is made of in the end."""
    match part:
        case AllOf(parts) | AnyOf(parts):
            for each in parts:
                yield from _ends(each)
        case Not(inner) | Compare(inner):
            yield from _ends(inner)
        case _:
            yield part


def _is_apart(end: Condition | Operand) -> bool:
    """Whether it is left to the reference where it is said of other records.

    What these were like on some day, or are among, is read for one day only; and which of them asks for a calendar that
    nobody has published first depends on their order.
    """
    return isinstance(end, StateThen | Among) or _asks_calendar(end)


def _asks_calendar(end: Condition | Operand) -> bool:
    return isinstance(end, Outside) or (isinstance(end, Days) and end.working)


def _needs_calendar(part: Condition) -> bool:
    return any(map(_asks_calendar, _ends(part)))


@attrs.frozen
class Where:
    """A condition, as far as SQL can say it, and what is left.

    Args:
        said: Conditions that every record meets that meets the whole.
        left: What is still to be tested of a record that meets these.
        in_order: Whether nothing further may narrow what is tested: it may ask for a calendar that there is not.
    """

    said: tuple[Said, ...]
    left: tuple[Condition, ...]
    in_order: bool


def split(reach: Reach, condition: Condition | None, when: When) -> Where:
    """Say of a condition what SQL can.

    A part that may ask for a calendar that nobody has published is put to the same records as by the reference: what
    comes behind it narrows nothing.

    Raises:
        Unsayable: If a part is not known here.
    """
    said: list[Said] = []
    left: list[Condition] = []
    in_order = False
    for part in conjuncts(condition):
        if not is_known(part):
            raise Unsayable(part)
        found = reach.bounds(part, when)
        if in_order:
            left.append(part)
        elif found.exact:
            said.append((repr(part), found.over))
        else:
            left.append(part)
            in_order = _needs_calendar(part)
            said.append((f"about {part!r}", _days_apart(reach, part) if in_order else found.over))
    return Where(tuple(said), tuple(left), in_order)


def _days_apart(reach: Reach, part: Condition) -> ColumnElement[bool]:
    """Of a comparison of working days that fails where there are none: leaves out two days that are one and the same."""
    match part:
        case Compare(Days(start, end), ">" | ">=" | "=" as op, int() | Fraction() as value):
            (one, first), (other, last) = reach.column(start), reach.column(end)
            if one.kind is other.kind is Kind.DAY and (value > 0 or (op == ">" and value == 0)):
                return and_(first.is_not(None), last.is_not(None), first != last)
    return true()


class Cells(Compiler):
    """Compiles parts of questions to functions of a cell, and says which columns make one.

    Args:
        tables: All tables.
        reach: What can be read.
        district: The district.
        rows: Runs a statement in the snapshot's transaction.
        steps: Gives the steps of each card and case, in order.
    """

    def __init__(
        self,
        tables: Tables,
        reach: Reach,
        district: str,
        rows: Callable[[Executable], Sequence[Any]],
        steps: Callable[[], Steps],
    ) -> None:
        super().__init__(tables.schema, _no_table)
        self.steps = steps  # type: ignore[method-assign] # they are read once for all cells
        self._tables, self._reach, self._district, self._rows = tables, reach, district, rows
        self._places: dict[str, int] = {}
        self._decoders: list[Callable[[Any], Any]] = []
        self._then: tuple[str, date] | None = None
        self.columns: list[ColumnElement[Any]] = []

    def _cell(self, name: str, column: ColumnElement[Any], decode: Callable[[Any], Any]) -> Getter:
        if name not in self._places:
            self._places[name] = len(self.columns)
            self.columns.append(column.label(f"c{len(self.columns)}"))
            self._decoders.append(decode)
        place = self._places[name]
        return lambda cell: cell[place]

    def named(self, name: str, column: ColumnElement[Any]) -> Getter:
        """Reads an expression, which stands for itself, from a cell."""
        return self._cell(name, column, _as_it_is)

    def decoded(self, values: Sequence[Any]) -> Cell:
        """The cell of what the database gave."""
        return tuple([decode(value) for decode, value in zip(self._decoders, values, strict=True)])

    def getter(self, _declared: RecordType, path: str) -> Getter:
        """Reads a path from a cell."""
        spec, column = self._reach.column(path)
        if self._then is not None and path.rpartition(".")[2] == "id":
            # Of a record that took no step after the day, its id is of no interest, and cells are fewer without.
            target, day = self._then
            return self._cell(f"{path} {day}", case((self._stepped_after(column, target, day), column)), _as_it_is)
        return self._cell(path, column, from_column(spec))

    def _beyond(self, target: RecordType) -> tuple[Compiler, Callable[[], Iterable[Any]]]:
        """What reads cells of another type, and its cells, each once."""
        reach = Reach(self._tables, target, self._district)
        beyond = Cells(self._tables, reach, self._district, self._rows, self.steps)
        return beyond, lambda: map(beyond.decoded, self._rows(reach.select(beyond.columns).distinct()))

    def _stepped_after(self, id_: ColumnElement[Any], target: str, day: date) -> ColumnElement[bool]:
        """Whether a record took a step after a day, or maybe did."""
        steps = self._tables.records["step"].table
        next_day = instant(day + timedelta(days=1))
        late = () if next_day is None else (steps.c.at >= next_day,)
        who = select(steps.c[column_name("subject")]).where(
            steps.c.district == self._district, steps.c.subject_type == target, *late
        )
        return id_.in_(who)

    def _state_then(self, declared: RecordType, operand: StateThen, day: date) -> Getter:
        self._then = self._reach.target(operand.path.rpartition(".")[0]).name, day
        try:
            return super()._state_then(declared, operand, day)
        finally:
            self._then = None

    def group(self, declared: RecordType, group: Group, when: When) -> Getter:
        """Says the group of a cell."""
        if not is_known(group):
            raise Unsayable(group)
        number = self._reach.band(group, when.day) if isinstance(group, AgeBand) else None
        if number is None or not isinstance(group, AgeBand):
            return super().group(declared, group, when)
        labels = group.labels
        at = self.named(f"{group.path} {group.bounds} {when.day}", number)
        return lambda cell: None if (found := at(cell)) is None else labels[found]

    def tests(self, left: Sequence[Condition], when: When) -> Test:
        """Tests a cell."""
        tests = [self.test(self._reach.declared, part, when) for part in left]
        if not tests:
            return lambda _cell: True
        known: dict[Cell, bool | ShequError] = {}

        def test(cell: Cell) -> bool:
            verdict = known.get(cell)
            if verdict is None:
                try:
                    verdict = all(test(cell) for test in tests)
                except CALENDAR_ERRORS as error:
                    verdict = error
                known[cell] = verdict
            if isinstance(verdict, ShequError):
                raise verdict
            return verdict

        return test


def _no_table(name: str) -> Mapping[str, Record]:
    raise Unsayable(name)  # a cell is all that a known part of a question reads, besides steps


def _as_it_is(value: Any) -> Any:
    return value
