"""Tables of a Word document: columns as wide as their text asks, headings repeated on every page."""

import unicodedata
from collections.abc import Sequence
from typing import Any

import attrs

from shequ.reports.document import Table, plain
from shequ.reports.packing import legible
from shequ.reports.word.layout import HEITI, TEXT_WIDTH, Paper, element

__all__ = ["add_table", "folded", "width_of"]

_LONG = 24
_SIDE_BY_SIDE = 3
_MANY = 8


def width_of(text: str) -> int:
    """The width of a text in halves of a Chinese character."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WFA" else 1 for sign in text)


def folded(table: Table) -> Table:
    """A long table of two columns set in three pairs side by side; any other as it is."""
    if len(table.header) != 2 or len(table.rows) <= _LONG or table.spans:
        return table
    height = -(-len(table.rows) // _SIDE_BY_SIDE)
    filled = [*table.rows, *[("", "")] * (height * _SIDE_BY_SIDE - len(table.rows))]
    rows = tuple(
        tuple(cell for side in range(_SIDE_BY_SIDE) for cell in filled[side * height + line]) for line in range(height)
    )
    alignments = table.alignments * _SIDE_BY_SIDE
    return attrs.evolve(table, header=table.header * _SIDE_BY_SIDE, rows=rows, alignments=alignments)


def add_table(paper: Paper, table: Table, *, widths: Sequence[float] = (), small: bool = False) -> None:
    """Add a table to a document.

    Args:
        paper: The document.
        table: The table.
        widths: Widths of the columns in any measure; from their text if none are given.
        small: Whether it is set in smaller type, as one with many columns always is.
    """
    shares = list(widths) or _shares(table)
    total = TEXT_WIDTH.twips
    columns = [round(total * share / sum(shares)) for share in shares]
    style = "SmallCell" if small or len(columns) > _MANY else "Cell"
    made = element("w:tbl", None, _properties(total))
    made.append(element("w:tblGrid", None, *(element("w:gridCol", {"w:w": width}) for width in columns)))
    for line in _header(table):
        row = element("w:tr", None, element("w:trPr", None, element("w:cantSplit"), element("w:tblHeader")))
        for start, width, text, merge in line:
            row.append(
                _cell(sum(columns[start : start + width]), text, style, "center", bold=True, span=width, merge=merge)
            )
        made.append(row)
    for place, cells in enumerate(table.rows):
        row = element("w:tr", None, element("w:trPr", None, element("w:cantSplit")))
        last = table.total and place == len(table.rows) - 1
        for width, cell, alignment in zip(columns, cells, table.alignments, strict=True):
            row.append(_cell(width, plain((cell,)), style, alignment, bold=last))
        made.append(row)
    body = paper.docx.element.body
    body.insert(len(body) - 1, made)  # before the properties of the page


def _shares(table: Table) -> list[float]:
    """What the widest cell of each column asks for; a heading may break into two lines."""
    found = []
    for column, heading in enumerate(table.header):
        cells = [width_of(plain((row[column],))) for row in table.rows]
        found.append(float(min(max([5, width_of(heading) / 2, *cells]), 40) + 2))
    return found


def _header(table: Table) -> list[list[tuple[int, int, str, str]]]:
    """Lines of cells: first column, how many columns, text, and how it merges with the line below."""
    if not table.spans:
        return [[(column, 1, text, "") for column, text in enumerate(table.header)]]
    upper: list[tuple[int, int, str, str]] = []
    lower: list[tuple[int, int, str, str]] = []
    start = 0
    for heading, width in table.spans:
        columns = range(start, start + width)
        if heading:
            upper.append((start, width, heading, ""))
            lower += [(column, 1, table.header[column], "") for column in columns]
        else:
            upper += [(column, 1, table.header[column], "restart") for column in columns]
            lower += [(column, 1, "", "continue") for column in columns]
        start += width
    return [upper, lower]


def _properties(total: int) -> Any:
    sides = ("top", "left", "bottom", "right", "insideH", "insideV")
    line = {"w:val": "single", "w:sz": 4, "w:space": 0, "w:color": "000000"}
    return element(
        "w:tblPr",
        None,
        element("w:tblW", {"w:w": total, "w:type": "dxa"}),
        element("w:jc", {"w:val": "center"}),
        element("w:tblBorders", None, *(element(f"w:{side}", line) for side in sides)),
        element("w:tblLayout", {"w:type": "fixed"}),
        element(
            "w:tblCellMar",
            None,
            *(element(f"w:{side}", {"w:w": 60, "w:type": "dxa"}) for side in ("left", "right")),
        ),
    )


def _cell(
    width: int, text: str, style: str, alignment: str, *, bold: bool = False, span: int = 1, merge: str = ""
) -> Any:
    properties = element("w:tcPr", None, element("w:tcW", {"w:w": width, "w:type": "dxa"}))
    if span > 1:
        properties.append(element("w:gridSpan", {"w:val": span}))
    if merge:
        properties.append(element("w:vMerge", {"w:val": merge}))
    properties.append(element("w:vAlign", {"w:val": "center"}))
    written = element("w:t", {"xml:space": "preserve"})
    written.text = legible(text)
    run = element("w:r")
    if bold:
        fonts = dict.fromkeys(("w:ascii", "w:hAnsi", "w:eastAsia"), HEITI)
        run.append(element("w:rPr", None, element("w:rFonts", fonts)))
    run.append(written)
    paragraph = element(
        "w:p",
        None,
        element("w:pPr", None, element("w:pStyle", {"w:val": style}), element("w:jc", {"w:val": alignment})),
        run,
    )
    return element("w:tc", None, properties, paragraph)
