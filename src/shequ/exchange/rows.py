"""From raw tables to drafts: every cell read, every row checked by itself; references are still texts."""

from collections.abc import Callable, Sequence
from typing import Any

import attrs

from shequ.exchange.cells import CellFault, Converter, converter
from shequ.exchange.checks import Check
from shequ.exchange.headers import EXPLANATION, column_letters
from shequ.exchange.problems import Problem, Severity, shown_value
from shequ.exchange.sources import RawTable
from shequ.model import FieldSpec, RecordType

__all__ = ["Draft", "Table", "read_rows"]

_PROGRESS_EVERY = 1000


@attrs.frozen(eq=False)
class Table:
    """Where drafts come from.

    Args:
        file: Name as problems show it.
        type: Their record type.
        titles: Field → header as it stands in the sheet.
    """

    file: str
    type: RecordType
    titles: dict[str, str]

    def problem(
        self,
        row: int,
        field: str,
        value: object,
        code: str,
        message: str,
        remedy: str,
        severity: Severity = Severity.ERROR,
    ) -> Problem:
        """A problem with a field of a row (with the whole row where ``field`` is ``""``)."""
        spec = self.type.fields.get(field)
        return Problem(
            file=self.file,
            row=row,
            column=None if spec is None else self.titles.get(field, spec.label),
            field=None if spec is None else field,
            value=None if value is None else shown_value(spec, value if spec is None else _written(spec, value)),
            code=code,
            message=message,
            remedy=remedy,
            severity=severity,
        )


def _written(spec: FieldSpec, value: object) -> str:
    """A value of the field as people write it; a plain text is what the cell said."""
    if type(value) is str:
        return spec.table.label(value) if spec.table is not None else value
    return spec.shown(value)


@attrs.define(eq=False)
class Draft:
    """A row on its way to a record.

    Args:
        table: Where it comes from.
        row: Its number in the spreadsheet.
        values: Field → value; what a blank cell leaves out is not there, references are what the cell says.
        bad: Whether something in it is wrong, so that it cannot become a record.
        refused: The fields whose cells could not be read.
    """

    table: Table
    row: int
    values: dict[str, Any]
    bad: bool = False
    refused: frozenset[str] = frozenset()


def read_rows(
    raw: RawTable, checks: tuple[Check, ...], progress: Callable[[str, int], None] | None = None
) -> tuple[list[Draft], list[Problem]]:
    """Read every row of a table, and collect what is wrong with it; each row is put to the checks of its type."""
    reader = _Reader(raw, checks)
    drafts: list[Draft] = []
    for number, cells in raw.rows:
        if number == 2 and cells and isinstance(cells[0], str) and cells[0].startswith(EXPLANATION):
            continue
        if all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in cells):
            continue
        drafts.append(reader.read(number, cells))
        if progress is not None and len(drafts) % _PROGRESS_EVERY == 0:
            progress(raw.file, len(drafts))
    if progress is not None:
        progress(raw.file, len(drafts))
    problems = [*raw.problems, *reader.problems]
    if not drafts and not problems:
        message, remedy = "只有列名，没有数据", "填入数据；确无此类数据则不必处理"
        problems.append(Problem(raw.file, None, None, None, None, "no-rows", message, remedy, Severity.ADVICE))
    return drafts, problems


class _Reader:
    """Reads the rows of one table, with the converters and checks chosen once."""

    def __init__(self, raw: RawTable, checks: tuple[Check, ...]) -> None:
        self.problems: list[Problem] = []
        self._raw = raw
        self._table = Table(raw.file, raw.type, raw.header.titles)
        self._columns: list[tuple[int, str, Converter]] = [
            (place, spec.name, converter(spec)) for place, spec in enumerate(raw.header.fields) if spec is not None
        ]
        self._untitled = set(raw.header.untitled)
        self._required = [
            spec.name
            for spec in raw.type.fields.values()
            if spec.required and spec.name != "id" and spec.name in raw.header.titles
        ]
        self._checks = checks

    def read(self, number: int, cells: Sequence[Any]) -> Draft:
        """Read one row."""
        draft = Draft(self._table, number, {}, bad=self._raw.header.broken or number in self._raw.bad_rows)
        values = draft.values
        refused: set[str] = set()
        width = self._raw.header.width
        if len(cells) != width:
            self._width_fault(draft, cells)
        for place, field, convert in self._columns:
            if place >= len(cells):
                break
            cell = cells[place]
            if cell is None or (isinstance(cell, str) and not cell.strip()):
                continue
            try:
                values[field] = convert(cell)
            except CellFault as fault:
                refused.add(field)
                self._fault(draft, field, str(cell), fault.code, fault.message, fault.remedy)
        if len(cells) >= width and number not in self._raw.bad_rows:
            for field in self._required:
                if field not in values and field not in refused:
                    remedy = f"填写“{self._table.titles[field]}”"
                    self._fault(draft, field, None, "missing", "必填，未填写", remedy)
        if refused:
            draft.refused = frozenset(refused)
        for check in self._checks:
            for fact in check(values):
                value = values.get(fact.field)
                self._fault(draft, fact.field, value, fact.code, fact.message, fact.remedy, fact.severity)
        for place in sorted(self._untitled):
            if place < len(cells) and cells[place] not in (None, "") and str(cells[place]).strip():
                self._untitled.discard(place)
                self._loose_cell(
                    draft,
                    place,
                    cells[place],
                    "no-header-cell",
                    "该列有数据而没有列名，未读取",
                    "补上列名，或清空该列",
                )
        return draft

    def _fault(
        self,
        draft: Draft,
        field: str,
        value: object,
        code: str,
        message: str,
        remedy: str,
        severity: Severity = Severity.ERROR,
    ) -> None:
        self.problems.append(self._table.problem(draft.row, field, value, code, message, remedy, severity))
        draft.bad |= severity is Severity.ERROR

    def _loose_cell(self, draft: Draft, place: int, cell: object, code: str, message: str, remedy: str) -> None:
        """A problem with a cell that stands in no known column."""
        value = shown_value(None, cell)
        self.problems.append(
            Problem(self._raw.file, draft.row, column_letters(place), None, value, code, message, remedy)
        )

    def _width_fault(self, draft: Draft, cells: Sequence[Any]) -> None:
        width = self._raw.header.width
        if len(cells) < width:
            missing = [spec.label for spec in self._raw.header.fields[len(cells) :] if spec is not None]
            message = f"只有 {len(cells)} 格，列名有 {width} 列，缺“{'、'.join(missing)}”"
            value = shown_value(
                None,
                "，".join(shown_value(spec, cell) for spec, cell in zip(self._raw.header.fields, cells, strict=False)),
            )
            self.problems.append(
                Problem(
                    self._raw.file,
                    draft.row,
                    None,
                    None,
                    value,
                    "row-too-short",
                    message,
                    "补齐该行，空白处保留分隔符",
                )
            )
            draft.bad = True
            return
        for place in range(width, len(cells)):
            if cells[place] is not None and str(cells[place]).strip():
                message, remedy = f"超出列名的 {width} 列", "检查该行是否多了分隔符；含逗号的文字应加引号"
                self._loose_cell(draft, place, cells[place], "row-too-long", message, remedy)
                draft.bad = True
                return
