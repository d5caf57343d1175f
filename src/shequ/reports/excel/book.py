"""Sheets that print well: numbers as numbers with their formats, texts as texts whatever they begin with."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import BinaryIO

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from shequ.metrics import Measurement, Metric, rounded
from shequ.reports.document import Figure, Run, Table
from shequ.reports.packing import legible, repacked

__all__ = ["Book", "Sheet", "number_format"]

_LINE = Side(style="thin", color="808080")
_BOX = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_FILL = PatternFill("solid", fgColor="E8EEF3")
_TITLE, _STRONG, _PLAIN = Font(name="黑体", size=16), Font(name="黑体", size=11), Font(name="宋体", size=11)
_NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\']")
_NARROW, _BROAD = 8, 48


def number_format(metric: Metric) -> str:
    """How a metric's figures are shown: ``0.00%``, ``#,##0.0``."""
    places = "." + "0" * metric.decimals if metric.decimals else ""
    return f"0{places}%" if metric.percent else f"#,##0{places}"


def _number(found: Measurement) -> int | float | None:
    """The figure as printed; ``None`` for no data."""
    if found.value is None:
        return None
    places = found.metric.decimals + (2 if found.metric.percent else 0)
    value = Decimal(rounded(found.value, places))
    return int(value) if not places else float(value)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WFA" else 1 for sign in text)


class Sheet:
    """A sheet that is filled from above.

    Args:
        sheet: The sheet.
        title: What stands over it, across all columns.
        columns: How many there are.
    """

    def __init__(self, sheet: Worksheet, title: str, columns: int) -> None:
        self.sheet, self.columns, self.row = sheet, columns, 1
        self.widths = [_NARROW] * columns
        self.texts: list[tuple[int, int, int, int]] = []
        self.put(1, title, font=_TITLE, box=False)
        self.across(1, columns)
        sheet.row_dimensions[1].height = 30
        self.row = 2

    def put(
        self,
        column: int,
        value: Run | Measurement | int | None,
        *,
        font: Font = _PLAIN,
        fill: PatternFill | None = None,
        align: str = "",
        box: bool = True,
        measure: bool = True,
    ) -> None:
        """Write into a column of the current row; a figure that prints its measurement becomes a number."""
        cell = self._cell(self.row, column)
        found = value.measurement if isinstance(value, Figure) and value.text == value.measurement.printed else value
        if isinstance(found, Measurement):
            shown = found.printed
            number = _number(found)
            cell.value = shown if number is None else number
            if number is not None:
                cell.number_format = number_format(found.metric)
                shown = f"{shown},,"
        elif isinstance(found, int):
            cell.value, shown = found, str(found)
        else:
            shown = "" if found is None else found if isinstance(found, str) else found.text
            self._text(cell, shown)
        right = isinstance(found, Measurement | int)
        cell.font, cell.alignment = font, Alignment(align or ("right" if right else "left"), "center", wrap_text=True)
        if box:
            cell.border = _BOX
        if fill is not None:
            cell.fill = fill
        width = _width(shown)
        if box:
            self.texts.append((self.row, column, 1, width))
        if measure and box:
            self.widths[column - 1] = min(max(self.widths[column - 1], width + 2), _BROAD)

    def _cell(self, row: int, column: int) -> Cell:
        cell = self.sheet.cell(row, column)
        assert isinstance(cell, Cell)  # nothing is written where cells were merged before
        return cell

    def _text(self, cell: Cell, text: str) -> None:
        """A text, which no program takes for a formula."""
        cell.value = legible(text)
        cell.data_type = "s"
        if text[:1] in tuple("=+-@"):
            cell.quotePrefix = True

    def across(self, column: int, width: int, height: int = 1) -> None:
        """Merge cells from the current row."""
        if width > 1 or height > 1:
            self.sheet.merge_cells(None, self.row, column, self.row + height - 1, column + width - 1)
        self.sheet.cell(self.row, column).alignment = Alignment("center", "center", wrap_text=True)

    def line(self, text: str) -> None:
        """A line of text across all columns."""
        self.put(1, text, box=False)
        self.texts.append((self.row, 1, self.columns, _width(text)))
        if self.columns > 1:
            self.sheet.merge_cells(None, self.row, 1, self.row, self.columns)
        self.row += 1

    def header(self, names: Sequence[str], spans: Sequence[tuple[str, int]] = ()) -> None:
        """The heading of a table, in two rows where some stand over several columns."""
        if not spans:
            for column, name in enumerate(names, start=1):
                self.put(column, name, font=_STRONG, fill=_FILL, align="center", measure=_width(name) < _NARROW)
                self.widths[column - 1] = max(self.widths[column - 1], min(_width(name) // 2 + 3, 16))
            self.row += 1
            return
        column = 1
        for name, width in spans:
            for place in range(column, column + width):
                for row, text in ((0, name or names[place - 1]), (1, names[place - 1] if name else "")):
                    self.row += row
                    self.put(place, text, font=_STRONG, fill=_FILL, align="center", measure=False)
                    self.row -= row
                if not name:
                    self.across(place, 1, 2)
            if name:
                for place in range(column + 1, column + width):
                    self._cell(self.row, place).value = None
                self.texts = [one for one in self.texts if one[0] != self.row or not column <= one[1] < column + width]
                self.texts.append((self.row, column, width, _width(name)))
                self.across(column, width)
            column += width
        self.row += 2

    def rows(self, rows: Iterable[Sequence[Run | Measurement | int | None]], *, total: bool = False) -> None:
        """Rows of a table; the last one stands out where it is the whole of the others."""
        rows = list(rows)
        for place, cells in enumerate(rows, start=1):
            last = total and place == len(rows)
            for column, value in enumerate(cells, start=1):
                self.put(column, value, font=_STRONG if last else _PLAIN, fill=_FILL if last else None)
            self.row += 1

    def table(self, table: Table) -> None:
        """A table of the document."""
        self.header(table.header, table.spans)
        self.rows(table.rows, total=table.total)

    def freeze(self, column: int = 1) -> None:
        """Keep what stands above and some columns in view, and repeat it on every printed page."""
        self.sheet.freeze_panes = f"{get_column_letter(column + 1)}{self.row}"
        self.sheet.print_title_rows = f"1:{self.row - 1}"

    def finish(self) -> None:
        """Set widths and heights, and the paper: A4 across, one page wide, with page numbers."""
        lines: dict[int, int] = {}
        for row, column, width, text in self.texts:
            room = sum(self.widths[column - 1 : column - 1 + width]) - 1
            lines[row] = max(lines.get(row, 1), -(-text // room))
        for row, count in lines.items():
            self.sheet.row_dimensions[row].height = 15.0 * count + 3
        for column, width in enumerate(self.widths, start=1):
            self.sheet.column_dimensions[get_column_letter(column)].width = width
        self.sheet.page_setup.paperSize = 9
        self.sheet.page_setup.orientation = "landscape"
        self.sheet.page_setup.fitToWidth, self.sheet.page_setup.fitToHeight = 1, 0
        self.sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        self.sheet.print_options.horizontalCentered = True
        footer = self.sheet.HeaderFooter.oddFooter
        assert footer is not None  # openpyxl makes one with every sheet
        footer.center.text = "第 &P 页，共 &N 页"


class Book:
    """A workbook.

    Args:
        title: Its title.
        author: Whose it is.
        day: When it was made.
    """

    def __init__(self, title: str, author: str, day: date) -> None:
        self.book = Workbook()
        del self.book["Sheet"]
        about = self.book.properties
        about.title, about.creator, about.lastModifiedBy = title, author, author
        about.created = about.modified = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - the format has no zone
        self.sheets: list[Sheet] = []

    def sheet(self, name: str, title: str, columns: int) -> Sheet:
        """A further sheet; its name is cut to what Excel takes, and numbered if it is there already."""
        kept = _NOT_IN_A_NAME.sub("_", name)[:28] or "表"
        known = {sheet.sheet.title for sheet in self.sheets}
        free = next(one for one in (kept, *(f"{kept}{n}" for n in range(2, 1000))) if one not in known)
        made = Sheet(self.book.create_sheet(free), title, columns)
        self.sheets.append(made)
        return made

    def save(self, stream: BinaryIO) -> None:
        """Write it; the same document gives the same bytes."""
        for sheet in self.sheets:
            sheet.finish()
        whole = BytesIO()
        self.book.save(whole)
        stream.write(repacked(whole.getvalue()))
