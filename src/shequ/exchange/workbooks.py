"""Excel workbooks (``.xlsx``) as raw tables; needs the extra ``excel``.

Each visible sheet whose title names a type is a table; where the first sheet's title names none, the file's
name does. Cells that Excel has merged and formulas whose result was not saved cannot be read: their rows are
refused.
"""

import math
import re
import warnings
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from shequ.errors import MissingExtra
from shequ.exchange.headers import column_letters, read_header, type_of, unknown_type
from shequ.exchange.problems import Problem, Severity
from shequ.exchange.sources import RawTable
from shequ.model import RecordType, Schema

__all__ = ["read_workbook"]

_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=\"([A-Z]+)(\d+):([A-Z]+)(\d+)\"")
_UNSAVED = re.compile(
    rb"<(?:\w+:)?c\s[^>]*?r=\"([A-Z]+)(\d+)\"[^>]*>\s*<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_ERRORS = frozenset({"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!", "#CALC!"})


def read_workbook(path: Path, schema: Schema) -> tuple[list[RawTable], list[Problem]]:
    """The tables of a workbook, and what is wrong with it as a whole.

    Raises:
        MissingExtra: If openpyxl is not installed.
    """
    try:
        import openpyxl
    except ImportError as error:
        raise MissingExtra("读取 Excel 文件", "excel") from error
    tables: list[RawTable] = []
    problems: list[Problem] = []
    try:
        with warnings.catch_warnings():
            # openpyxl warns of decorations that it drops (extensions, styles); no value is touched.
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
            try:
                sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
                with zipfile.ZipFile(path) as archive:
                    _read_sheets(path, sheets, archive, schema, tables, problems)
            finally:
                book.close()
    except Exception as error:  # noqa: BLE001 - a damaged workbook makes openpyxl raise errors of every kind
        reason = type(error).__name__ if isinstance(error, KeyError | zipfile.BadZipFile) else str(error)
        message = f"文件已损坏，或不是 Excel 工作簿（{reason}）"
        problem = Problem(path.name, None, None, None, None, "broken-workbook", message, "用 Excel 打开后另存为 .xlsx")
        return [], [problem]
    return tables, problems


def _read_sheets(
    path: Path,
    sheets: Sequence[Any],
    archive: zipfile.ZipFile,
    schema: Schema,
    tables: list[RawTable],
    problems: list[Problem],
) -> None:
    for place, sheet in enumerate(sheets):
        name = path.name if len(sheets) == 1 else f"{path.name}[{sheet.title}]"
        type_ = type_of(sheet.title, schema)
        if type_ is None and place == 0:
            type_ = type_of(path.stem, schema)
            named_elsewhere = [other for other in sheets[1:] if type_of(other.title, schema) is not None]
            if type_ is None and not named_elsewhere:
                problems.append(unknown_type(path.name, path.stem, schema))
                return
        rows = _rows(sheet)
        if type_ is None:
            if rows:
                problems.append(
                    Problem(
                        file=name,
                        row=None,
                        column=None,
                        field=None,
                        value=sheet.title,
                        code="sheet-ignored",
                        message="工作表名不是记录类型的名称，该表未读取",
                        remedy="若是数据，以类型的中文名命名该工作表",
                        severity=Severity.ADVICE,
                    )
                )
            continue
        _read_sheet(name, type_, rows, archive.read(sheet._worksheet_path), tables, problems)


_MOST_ROWS = 1_048_576  # what Excel can hold


def _rows(sheet: Any) -> list[tuple[int, Sequence[Any]]]:
    """The rows that hold anything, with their numbers."""
    sheet.reset_dimensions()
    return [
        (number, tuple(map(_cell, row)))
        for number, row in enumerate(sheet.iter_rows(values_only=True, max_row=_MOST_ROWS), 1)
        if any(cell is not None for cell in row)
    ]


def _cell(cell: Any) -> Any:
    return str(cell) if isinstance(cell, float) and not math.isfinite(cell) else cell


def _read_sheet(
    name: str,
    type_: RecordType,
    rows: list[tuple[int, Sequence[Any]]],
    xml: bytes,
    tables: list[RawTable],
    problems: list[Problem],
) -> None:
    if not rows:
        message, remedy = "工作表是空的", "填入列名和数据，或删去该工作表"
        problems.append(Problem(name, None, None, None, None, "empty-file", message, remedy))
        return
    header = read_header(name, rows[0][1] if rows[0][0] == 1 else (), type_)
    if not header.usable:
        problems.extend(header.problems)
        return
    found = [*header.problems]
    bad: set[int] = set()

    def refuse(row: int, letters: str, code: str, message: str, remedy: str, value: str | None = None) -> None:
        column = _column(letters)
        spec = header.fields[column] if column < len(header.fields) else None
        title = header.titles.get(spec.name, letters) if spec is not None else letters
        found.append(Problem(name, row, title, spec.name if spec else None, value, code, message, remedy))

    for match in _MERGED.finditer(xml):
        left, first, right, last = (part.decode() for part in match.groups())
        span = f"{left}{first}:{right}{last}"
        refuse(int(first), left, "merged-cells", f"{span} 是合并单元格", "取消合并，每行各填一值", span)
        bad.update(range(int(first), int(last) + 1))
    if b"f>" in xml or b"<f" in xml:
        for match in _UNSAVED.finditer(xml):
            letters, row = match[1].decode(), int(match[2])
            refuse(row, letters, "formula", "是没有保存结果的公式", "在 Excel 中打开并保存，或粘贴为数值")
            bad.add(row)
    for row, cells in rows[1:]:
        for place, cell in enumerate(cells):
            if isinstance(cell, str) and cell in _ERRORS:
                refuse(row, column_letters(place), "formula-error", "公式出错", "更正公式，或粘贴为数值", cell)
                bad.add(row)
    if 1 in bad:
        problems.extend(found)
        return
    blank = (None,) * header.width
    # A workbook leaves out blank cells at the end of a row; they are blank, not missing.
    body = ((row, (*cells, *blank[len(cells) :])) for row, cells in rows[1:])
    tables.append(RawTable(name, type_, header, body, frozenset(bad), found))


def _column(letters: str) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    return place - 1
