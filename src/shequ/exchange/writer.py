"""Records as tables that people read and the loader reads back: CSV, or Excel (extra ``excel``).

Headers are Chinese labels, coded values their labels; everything else is written so that loading gives an
equal record. CSV begins with a byte-order mark, so that Excel shows Chinese as Chinese.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from shequ.effective import SHANGHAI
from shequ.errors import BadData, MissingExtra, Misuse
from shequ.exchange.cells import CellFault, converter
from shequ.exchange.headers import header_text
from shequ.model import FieldSpec, Kind, Record, RecordType

__all__ = ["cell_writer", "write_table"]

_NUMBERS = (Kind.COUNT, Kind.MONEY, Kind.MEASURE)
_EXACT_IN_EXCEL = 15
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_x[0-9A-Fa-f]{4}_")


def cell_writer(spec: FieldSpec) -> Callable[[Any], str]:
    """The function that says a field's values as cells do, so that reading the cell gives the value again."""
    write: Callable[[Any], str] = spec.shown
    if spec.kind is Kind.MOMENT:
        write = _moment_text
    elif spec.kind in (Kind.DAY, Kind.TIME):
        write = _iso_text
    elif spec.kind in (Kind.CODE, Kind.TERM, Kind.TEXTS):
        write = _label_writer(spec)
    return lambda value: "" if value is None or value == () else write(value)


def _iso_text(value: date | time) -> str:
    return value.isoformat()


def _moment_text(value: datetime) -> str:
    local = value.astimezone(SHANGHAI)
    # The offset only where the local clock shows the same time twice (summer time, 1986 to 1991).
    written = local if local.fold else local.replace(tzinfo=None)
    return written.isoformat(sep=" ", timespec="auto" if local.second or local.microsecond else "minutes")


def _label_writer(spec: FieldSpec) -> Callable[[Any], str]:
    """Labels where they lead back to the codes, else codes; JSON where an item holds a separator."""
    read = converter(spec)
    known: dict[Any, str] = {}

    def leads_back(shown: str, value: Any) -> bool:
        try:
            return bool(read(shown) == value)
        except CellFault:
            return False

    def write(value: Any) -> str:
        if value not in known:
            shown = spec.shown(value)
            if not leads_back(shown, value):
                shown = str(value) if isinstance(value, str) else json.dumps(list(value), ensure_ascii=False)
            known[value] = shown
        return known[value]

    return write


def write_table(path: Path, type_: RecordType, records: Iterable[Record]) -> None:
    """Write records of one type as a table, to ``.csv`` or ``.xlsx`` by the path's suffix.

    Raises:
        Misuse: If the suffix is another one.
        MissingExtra: If openpyxl is not installed and ``.xlsx`` is asked for.
        BadData: If a text cannot stand in a workbook.
    """
    specs = tuple(type_.fields.values())
    suffix = path.suffix.lower()
    if suffix == ".csv":
        columns = [(spec.name, cell_writer(spec)) for spec in specs]
        rows = ([write(getattr(record, name)) for name, write in columns] for record in records)
        with path.open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow([header_text(spec) for spec in specs])
            writer.writerows(rows)
    elif suffix == ".xlsx":
        _write_workbook(path, type_, specs, records)
    else:
        raise Misuse(f"不能写 {path.suffix!r} 格式的表格", remedy="文件名以 .csv 或 .xlsx 结尾")


def _write_workbook(path: Path, type_: RecordType, specs: tuple[FieldSpec, ...], records: Iterable[Record]) -> None:
    try:
        import openpyxl
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.styles import Font
    except ImportError as error:
        raise MissingExtra("写 Excel 文件", "excel") from error
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(type_.label)
    sheet.freeze_panes = "A2"
    bold = Font(bold=True)
    header = []
    for spec in specs:
        cell = WriteOnlyCell(sheet, header_text(spec))
        cell.font = bold
        header.append(cell)
    sheet.append(header)

    columns = [(spec, cell_writer(spec)) for spec in specs]

    def cells(record: Record) -> Iterator[Any]:
        for spec, write in columns:
            text = write(getattr(record, spec.name))
            number = _number(text) if spec.kind in _NUMBERS and text else None
            if not text or number is not None:
                yield number
                continue
            if _UNWRITABLE.search(text):
                raise BadData(f"{record.id} 的“{spec.label}”含有 Excel 不能保存的字符", remedy="改写为 .csv")
            cell = WriteOnlyCell(sheet, text)
            # A text stays a text, even if it begins with = or looks like a number.
            cell.data_type = "s"
            cell.number_format = "@"
            yield cell

    try:
        for record in records:
            sheet.append(list(cells(record)))
    except BaseException:
        # A book that is never saved would leave openpyxl's temporary files behind.
        book.save(io.BytesIO())
        raise
    book.save(path)


def _number(text: str) -> int | float | None:
    """The number for a cell, unless Excel would lose digits of it."""
    exact = Decimal(text)
    if len(exact.as_tuple().digits) > _EXACT_IN_EXCEL:
        return None
    return int(exact) if exact == int(exact) else float(exact)
