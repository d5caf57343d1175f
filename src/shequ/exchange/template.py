"""Blank forms: what a clerk fills in for one record type, with explanations that the loader passes over.

In a workbook the explanations are comments on the headers, and coded columns offer their labels in a list. In
CSV they stand in a second row whose first cell begins with ``#填写说明``.
"""

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from shequ.errors import BackendError, MissingExtra, Misuse
from shequ.exchange.headers import EXPLANATION, header_text
from shequ.model import FieldSpec, Kind, RecordType

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

__all__ = ["explanation", "write_template"]

_LAST_ROW = 1_048_576
_FORMATS = {Kind.COUNT: "0", Kind.MONEY: "0.00", Kind.MEASURE: "General", Kind.DAY: "yyyy-mm-dd"}
_HINTS = {
    Kind.TEXTS: "可填多项，以、隔开",
    Kind.COUNT: "整数",
    Kind.MONEY: "金额，至多两位小数",
    Kind.FLAG: "是 或 否",
    Kind.DAY: "日期，如 2025-06-30",
    Kind.PARTIAL_DAY: "日期，如 2019、2019-05 或 2019-05-03",
    Kind.MOMENT: "时间，如 2025-06-30 09:00",
    Kind.TIME: "时刻，如 09:00",
    Kind.REF: "填编号、名称，或“上级/名称”",
}


def explanation(spec: FieldSpec) -> str:
    """What a clerk should know to fill in a column, in one line."""
    parts = ["必填" if spec.required and spec.name != "id" else "可不填"]
    if spec.kind is Kind.MEASURE:
        parts.append(f"数字，至多 {spec.scale} 位小数")
    elif spec.kind in _HINTS:
        parts.append(_HINTS[spec.kind])
    labels = list(spec.choices.values())
    if labels:
        is_open = spec.table is not None and spec.table.open
        parts.append(f"{'如' if is_open else '可选'}：{'、'.join(labels)}")
    if spec.note:
        parts.append(spec.note)
    return "；".join(parts)


def write_template(type_: RecordType, path: Path, *, overwrite: bool = False) -> None:
    """Write the blank form of a record type, as ``.csv`` or ``.xlsx`` by the path's suffix.

    Raises:
        Misuse: If the suffix is another one, or the file is there and ``overwrite`` is not given.
        BackendError: If the folder is not there.
        MissingExtra: If openpyxl is not installed and ``.xlsx`` is asked for.
    """
    specs = tuple(type_.fields.values())
    suffix = path.suffix.lower()
    if path.exists() and not overwrite:
        raise Misuse(f"{path} 已存在，未覆盖", remedy="换一个文件名，或加 --force")
    if not path.parent.is_dir():
        raise BackendError(f"无法写入 {path}：文件夹不存在", remedy="先建立该文件夹")
    if suffix == ".csv":
        first, *others = map(explanation, specs)
        with path.open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow([header_text(spec) for spec in specs])
            writer.writerow([f"{EXPLANATION}（载入时略过此行）：{first}", *others])
    elif suffix == ".xlsx":
        _write_workbook(type_, specs, path)
    else:
        raise Misuse(f"不能写 {path.suffix!r} 格式的空白表", remedy="文件名以 .csv 或 .xlsx 结尾")


def _write_workbook(type_: RecordType, specs: tuple[FieldSpec, ...], path: Path) -> None:
    try:
        import openpyxl
        from openpyxl.comments import Comment
        from openpyxl.styles import Font, PatternFill
        from openpyxl.utils import get_column_letter
    except ImportError as error:
        raise MissingExtra("写 Excel 空白表", "excel") from error
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = type_.label
    sheet.freeze_panes = "A2"
    required = PatternFill("solid", start_color="FFF2CC")
    for place, spec in enumerate(specs, 1):
        letters = get_column_letter(place)
        cell = sheet.cell(row=1, column=place, value=header_text(spec))
        cell.font = Font(bold=True)
        if spec.required and spec.name != "id":
            cell.fill = required
        comment = Comment(explanation(spec), "shequ")
        comment.width, comment.height = 320, 120
        cell.comment = comment
        column = sheet.column_dimensions[letters]
        column.width = max(12, 2 * len(header_text(spec)) + 4)
        # Everything but numbers and dates is text, so that Excel makes no number of a code and no date of
        # 3-2.
        column.number_format = _FORMATS.get(spec.kind, "@")
    _offer_choices(book, sheet, specs)
    book.save(path)


def _offer_choices(book: "Workbook", sheet: "Worksheet", specs: tuple[FieldSpec, ...]) -> None:
    """Lists to choose from in coded columns; they stand on a hidden sheet, where length does not matter."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    lists = [
        (place, spec, list(spec.choices.values()) if spec.kind is not Kind.FLAG else ["是", "否"])
        for place, spec in enumerate(specs, 1)
        if spec.kind in (Kind.CODE, Kind.TERM, Kind.FLAG)
    ]
    if not lists:
        return
    options = book.create_sheet("可选项")
    options.sheet_state = "hidden"
    for column, (place, spec, labels) in enumerate(lists, 1):
        for row, label in enumerate(labels, 1):
            options.cell(row=row, column=column, value=label)
        letters, target = get_column_letter(column), get_column_letter(place)
        validation = DataValidation(
            type="list", formula1=f"'可选项'!${letters}$1:${letters}${len(labels)}", allow_blank=True
        )
        validation.showErrorMessage = spec.table is None or not spec.table.open
        validation.error = f"请从列表中选择{spec.label}"
        validation.add(f"{target}2:{target}{_LAST_ROW}")
        sheet.add_data_validation(validation)
