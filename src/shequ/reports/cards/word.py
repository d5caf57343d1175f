"""Cards as a Word file: a sheet is a table of exact size, a card a cell of it; the built-in plugin that offers it.

The body is written as WordprocessingML and handed to python-docx as a whole: its own ways of adding cells and pictures
look through everything that is there already, so that a file's cost would grow with the square of its cards.
"""

import re
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from shequ.errors import MissingExtra
from shequ.hookspecs import hookimpl
from shequ.reports.cards.codes import png_code
from shequ.reports.cards.dealing import CardSheets, CardWriter
from shequ.reports.cards.layout import Blank, Card, Face, Form, Grid, Layout, Line, Part, Words, type_size

if TYPE_CHECKING:
    from docx.document import Document

__all__ = ["write_docx"]

_NAMESPACES = " ".join(
    f'xmlns:{prefix}="http://schemas.openxmlformats.org/{path}"'
    for prefix, path in {
        "w": "wordprocessingml/2006/main",
        "r": "officeDocument/2006/relationships",
        "wp": "drawingml/2006/wordprocessingDrawing",
        "a": "drawingml/2006/main",
        "pic": "drawingml/2006/picture",
    }.items()
)
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_SANS, _SERIF = "黑体", "仿宋"
_CODE, _PHOTO = 18.0, 24.0
_PAD = 4.0


def _twips(millimetres: float) -> int:
    return round(millimetres * 1440 / 25.4)


def _emu(millimetres: float) -> int:
    return round(millimetres * 36000)


def _run(text: str, size: float, *, bold: bool = False, font: str = "", color: str = "") -> str:
    half = round(size * 2)
    faces = f'<w:rFonts w:eastAsia="{font}"/>' if font else ""
    told = f'<w:color w:val="{color}"/>' if color else ""
    strong = "<w:b/>" if bold else ""
    return (
        f'<w:r><w:rPr>{faces}{strong}{told}<w:sz w:val="{half}"/><w:szCs w:val="{half}"/></w:rPr>'
        f'<w:t xml:space="preserve">{escape(_NO_XML.sub("", text))}</w:t></w:r>'
    )


def _paragraph(content: str, *, align: str = "left", indent: float = 0, before: float = 0, pitch: float = 1.15) -> str:
    """A paragraph of runs; ``indent`` points in the first line, ``before`` millimetres above it."""
    return (
        f'<w:p><w:pPr><w:spacing w:before="{_twips(before)}" w:after="0" w:line="{round(240 * pitch)}" '
        f'w:lineRule="auto"/><w:ind w:firstLine="{round(indent * 20)}"/><w:jc w:val="{align}"/></w:pPr>{content}</w:p>'
    )


def _table(widths: list[float], rows: list[str], *, borders: str = "nil", color: str = "555555", pad: float = 1) -> str:
    edges = "".join(
        f'<w:{edge} w:val="{borders}" w:sz="4" w:space="0" w:color="{color}"/>'
        for edge in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    margins = "".join(f'<w:{edge} w:w="{_twips(pad)}" w:type="dxa"/>' for edge in ("left", "right"))
    columns = "".join(f'<w:gridCol w:w="{_twips(width)}"/>' for width in widths)
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{_twips(sum(widths))}" w:type="dxa"/><w:tblInd w:w="0" w:type="dxa"/>'
        f'<w:tblBorders>{edges}</w:tblBorders><w:tblLayout w:type="fixed"/><w:tblCellMar>{margins}</w:tblCellMar>'
        f"</w:tblPr><w:tblGrid>{columns}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )


def _row(cells: list[str], height: float | None = None, rule: str = "atLeast") -> str:
    high = f'<w:trHeight w:val="{_twips(height)}" w:hRule="{rule}"/>' if height else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{high}</w:trPr>{''.join(cells)}</w:tr>"


def _cell(
    width: float, content: str, *, align: str = "center", span: int = 1, shade: bool = False, ruled: bool = False
) -> str:
    merged = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    fill = '<w:shd w:val="clear" w:color="auto" w:fill="F1F3F5"/>' if shade else ""
    line = (
        '<w:tcBorders><w:bottom w:val="single" w:sz="4" w:space="0" w:color="333333"/></w:tcBorders>' if ruled else ""
    )
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{_twips(width)}" w:type="dxa"/>{merged}{line}{fill}<w:vAlign w:val="{align}"/></w:tcPr>'
        f"{content}</w:tc>"
    )


_AFTER_TABLE = (
    '<w:p><w:pPr><w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/></w:pPr>'
    '<w:r><w:rPr><w:sz w:val="2"/></w:rPr></w:r></w:p>'
)
"""A cell ends in a paragraph: one that takes no room."""


def _part(part: Part, width: float, size: float) -> str:
    match part:
        case Line(label, text):
            fitting = type_size(text, width - 13, size, lines=2)
            told = _run(f"{label}　", 9, color="555555") + _run(text, fitting, bold=True)
            return _paragraph(told, before=0.6)
        case Words(text, align, small):
            told_size = size * 0.8 if small else size
            indent = told_size * 2 if align == "left" else 0
            jc = {"left": "both", "flush": "both"}.get(align, align)
            return _paragraph(
                _run(text, told_size, color="444444" if small else ""),
                align=jc,
                indent=indent,
                before=0.8,
                pitch=1.6 if size >= 13 else 1.15,
            )
        case Form(rows):
            return _form(rows, width, size)
        case Grid(header, rows, shares):
            widths = [width * share / sum(shares) for share in shares]
            head = [
                _cell(one, _paragraph(_run(name, size), align="center"), shade=True)
                for one, name in zip(widths, header, strict=True)
            ]
            body = [
                _row(
                    [
                        _cell(
                            one,
                            _paragraph(
                                _run(cell, type_size(cell, one - 3, size, lines=2, smallest=5)), align="center", pitch=1
                            ),
                        )
                        for one, cell in zip(widths, row, strict=True)
                    ],
                    7.6,
                )
                for row in rows
            ]
            return _table(widths, [_row(head, 6.5), *body], borders="single") + _AFTER_TABLE
        case Blank(labels):
            return "".join(_blank(label, width, size) for label in labels)


def _blank(label: str, width: float, size: float) -> str:
    wide = (len(label) + 1) * size * 0.3528 + 2 if label else 0.5
    cells = [
        _cell(wide, _paragraph(_run(f"{label}：" if label else "", size), pitch=1), align="bottom"),
        _cell(width - wide, _paragraph(""), ruled=True),
    ]
    return _table([wide, width - wide], [_row(cells, 10)], pad=0.2) + _AFTER_TABLE


def _form(rows: tuple[tuple[tuple[str, str], ...], ...], width: float, size: float) -> str:
    most = max(len(row) for row in rows)
    label, value = 24.0, width / most - 24.0
    made = []
    for row in rows:
        cells = []
        for place, (name, text) in enumerate(row):
            span = 2 * (most - len(row)) + 1 if place == len(row) - 1 else 1
            wide = value + (span - 1) / 2 * (label + value)
            fitting = type_size(text, wide - 3, size, lines=2)
            cells.append(_cell(label, _paragraph(_run(name, size), align="center", pitch=1), shade=True))
            cells.append(_cell(wide, _paragraph(_run(text, fitting), pitch=1), span=span))
        made.append(_row(cells, 7.6))
    return _table([label, value] * most, made, borders="single") + _AFTER_TABLE


def _picture(relation: str, place: int) -> str:
    side = _emu(_CODE - 1)
    return (
        '<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0">'
        f'<wp:extent cx="{side}" cy="{side}"/><wp:docPr id="{place}" name="code {place}" descr="卡号二维码"/>'
        '<a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic>'
        f'<pic:nvPicPr><pic:cNvPr id="{place}" name="code"/><pic:cNvPicPr/></pic:nvPicPr>'
        f'<pic:blipFill><a:blip r:embed="{relation}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>'
        f'<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{side}" cy="{side}"/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic>'
        "</wp:inline></w:drawing></w:r>"
    )


class _Body:
    """Writes the sheets; every card's code becomes a part of the package once."""

    def __init__(self, document: "Document", sheets: CardSheets) -> None:
        self._document, self._sheets = document, sheets
        self._relations: dict[str, str] = {}
        self._pictures = 0

    def tables(self) -> Iterator[str]:
        layout = self._sheets.kind.layout
        for cards in self._sheets.sheets:
            yield self._sheet(cards, layout)

    def _sheet(self, cards: tuple[Card, ...], layout: Layout) -> str:
        rows = []
        for first in range(0, len(cards), layout.columns):
            beside = cards[first : first + layout.columns]
            for place, face in enumerate(beside[0].faces):
                cells = [
                    _cell(layout.width, self._face(card, card.faces[place], layout.width), align="top")
                    for card in beside
                ]
                empty = layout.columns - len(beside)
                cells += [_cell(layout.width, _AFTER_TABLE)] * empty
                rows.append(_row(cells, face.height, "exact"))
        return _table([layout.width] * layout.columns, rows, borders="dashed", color="AAAAAA", pad=_PAD)

    def _face(self, card: Card, face: Face, whole: float) -> str:
        width, letter = whole - 2 * _PAD, face.letter
        middle = width - (_CODE + 2 if face.code else 0) - (_PHOTO if face.photo else 0)
        title = 20.0 if letter else type_size(face.title, middle * 0.8, 15)
        over = 11.0 if letter else type_size(face.over, middle - 2, 9)
        head = _paragraph(_run(face.over, over, color="444444"), align="center", before=5 if letter else 2.5)
        head += _paragraph(_run(face.title, title, bold=True, font=_SANS), align="center", before=1)
        head += "".join(_part(part, middle - 2, face.size) for part in face.beside)
        cells = [_cell(middle, head, align="top")]
        widths = [middle]
        if face.photo:
            cells.insert(0, _cell(_PHOTO, self._photograph()))
            widths.insert(0, _PHOTO)
        if face.code:
            cells.append(_cell(_CODE + 2, self._code(card), align="top"))
            widths.append(_CODE + 2)
        below = "".join(_part(part, width, face.size) for part in face.below)
        return _table(widths, [_row(cells)], pad=0.5) + _AFTER_TABLE + below + _AFTER_TABLE

    def _photograph(self) -> str:
        frame = _cell(_PHOTO - 3, _paragraph(_run("照片", 8, color="888888"), align="center"))
        return _table([_PHOTO - 3], [_row([frame], 29, "exact")], borders="single", color="999999") + _AFTER_TABLE

    def _code(self, card: Card) -> str:
        self._pictures += 1
        picture = _picture(self._relation(card.number), self._pictures)
        told = _paragraph(picture, align="center", before=2, pitch=1)
        told += _paragraph(_run(f"No. {card.running:04d}", 8, bold=True), align="center", pitch=1)
        return told + _paragraph(_run(card.number, 5.5), align="center", pitch=1)

    def _relation(self, number: str) -> str:
        """The id by which the body refers to the picture of a number."""
        if number not in self._relations:
            from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
            from docx.opc.packuri import PackURI
            from docx.opc.part import Part as PackagePart

            part = self._document.part
            relation = f"code{len(self._relations) + 1}"
            name = PackURI(f"/word/media/{relation}.png")
            picture = PackagePart(name, CONTENT_TYPE.PNG, png_code(number), part.package)
            part.load_rel(RELATIONSHIP_TYPE.IMAGE, picture, relation)
            self._relations[number] = relation
        return self._relations[number]


_BREAK = (
    '<w:p><w:pPr><w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/></w:pPr>'
    '<w:r><w:rPr><w:sz w:val="2"/></w:rPr><w:br w:type="page"/></w:r></w:p>'
)


def write_docx(sheets: CardSheets) -> bytes:
    """The sheets as a Word file of A4 pages; where they are cut there are broken lines.

    Raises:
        MissingExtra: If python-docx or segno is not installed.
    """
    try:
        import docx
        from docx.oxml import OxmlElement, parse_xml
        from docx.oxml.ns import qn
        from docx.shared import Mm
    except ImportError as error:
        raise MissingExtra("Word 卡片", "docx") from error
    document = docx.Document()
    layout, section, body = sheets.kind.layout, document.sections[0], document.element.body
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(layout.left)
    # Below the table stands a paragraph that takes next to no room; it needs some all the same.
    section.top_margin, section.bottom_margin = Mm(layout.top), Mm(layout.top - 4)
    section.header_distance = section.footer_distance = Mm(2)
    style = document.styles["Normal"]
    letter = any(face.letter for card in sheets.cards[:1] for face in card.faces)
    style.font.name, style.font.size = "Times New Roman" if letter else "Arial", None
    properties = style.element.get_or_add_rPr()
    properties.get_or_add_rFonts().set(qn("w:eastAsia"), _SERIF if letter else _SANS)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "zh-CN")
    language.set(qn("w:eastAsia"), "zh-CN")
    properties.append(language)
    document.core_properties.title = sheets.title
    document.core_properties.author = ""
    closing = body[-1]
    tables = tuple(_Body(document, sheets).tables())
    content = _BREAK.join(tables) or _paragraph(_run(f"没有可以打印的{sheets.kind.label}。", 12))
    for element in parse_xml(f"<w:body {_NAMESPACES}>{content}{_AFTER_TABLE}</w:body>"):
        closing.addprevious(element)
    written = BytesIO()
    document.save(written)
    return written.getvalue()


@hookimpl
def shequ_card_writers() -> Mapping[str, CardWriter]:
    """The format ``docx``."""
    return {"docx": write_docx}
