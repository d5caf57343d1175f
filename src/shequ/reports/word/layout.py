"""Paper, grid, fonts and styles of an official document (GB/T 9704-2012, clauses 5.2, 6 and 7).

A4 with margins of 37 mm above, 35 below, 28 left and 26 right leaves 156 mm by 225 mm for 22 lines of 28 characters.
28 characters of 16 pt are 158 mm: they stand 0.2 pt closer; 22 lines give a pitch of 28.95 pt. The grid of the page says
so, and the styles say it once more by themselves, because programs differ in what they make of a grid narrower than its
characters.
Fonts are named, with others to fall back on, and never embedded.
"""

import math
import re
from datetime import date, datetime
from io import BytesIO
from typing import Any, BinaryIO

import attrs
import docx
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from shequ.reports.packing import repacked

__all__ = ["FANGSONG", "HEITI", "KAITI", "SONGTI", "TEXT_WIDTH", "XIAOBIAOSONG", "Paper", "element"]

FANGSONG, KAITI, HEITI = "仿宋_GB2312", "楷体_GB2312", "黑体"
XIAOBIAOSONG, SONGTI = "方正小标宋简体", "宋体"
_FALL_BACKS = {
    FANGSONG: "仿宋,FangSong,STFangsong,FandolFang,Noto Serif CJK SC",
    KAITI: "楷体,KaiTi,STKaiti,FandolKai,Noto Serif CJK SC",
    HEITI: "SimHei,STHeiti,Noto Sans CJK SC",
    XIAOBIAOSONG: "方正小标宋_GBK,华文中宋,STZhongsong,宋体,SimSun,Noto Serif CJK SC",
    SONGTI: "SimSun,STSong,Noto Serif CJK SC",
}
_SIZE, _PITCH, _LINES, _CHARACTERS = 16, 28.95, 22, 28
_MARGINS = {"top": 37, "bottom": 35, "left": 28, "right": 26}
_WIDTH, _HEIGHT = 210, 297
TEXT_WIDTH = Mm(_WIDTH - _MARGINS["left"] - _MARGINS["right"])
"""Width of the text."""
_SQUEEZE = TEXT_WIDTH.pt / _CHARACTERS - _SIZE
"""How much closer than their size characters stand, in points, so that 28 fit; negative."""


def element(tag: str, attributes: "dict[str, Any] | None" = None, *children: Any) -> Any:
    """An element of WordprocessingML: ``element("w:jc", {"w:val": "center"})``."""
    made = OxmlElement(tag)
    for name, value in (attributes or {}).items():
        made.set(qn(name), str(value))
    for child in children:
        made.append(child)
    return made


def _fonts(name: str) -> Any:
    return element("w:rFonts", dict.fromkeys(("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"), name))


@attrs.frozen
class _Style:
    """A paragraph style; sizes in points, indents in characters."""

    name: str
    font: str = FANGSONG
    size: float = _SIZE
    align: str = "both"
    first: int = 0
    pitch: float | None = _PITCH
    before: float = 0
    after: float = 0
    keep: bool = False
    outline: int | None = None


_STYLES = (
    _Style("Normal"),
    _Style("Body Text", first=2),
    _Style("Title", XIAOBIAOSONG, 22, "center", pitch=36, keep=True),
    _Style("Subtitle", KAITI, align="center", after=_PITCH, keep=True),
    _Style("Heading 1", HEITI, first=2, keep=True, outline=0),
    _Style("Heading 2", KAITI, first=2, keep=True, outline=1),
    _Style("Heading 3", first=2, keep=True, outline=2),
    _Style("Heading 4", first=2, keep=True, outline=3),
    _Style("Annex", HEITI, align="left", keep=True),
    _Style("Annex Title", XIAOBIAOSONG, 18, "center", pitch=30, after=10, keep=True, outline=0),
    _Style("Table Title", HEITI, 12, "center", pitch=20, before=8, after=2, keep=True),
    _Style("Picture", align="center", pitch=None, before=6, keep=True),
    _Style("Picture Title", HEITI, 12, "center", pitch=20, after=8),
    _Style("Cell", size=10.5, align="left", pitch=15),
    _Style("Small Cell", size=9, align="left", pitch=12),
    _Style("Remark", KAITI, 12, first=2, pitch=18, before=4, after=4),
    _Style("Small", size=9, align="left", pitch=12),
    _Style("Signature", align="right"),
    _Style("Footer", SONGTI, 14, "left", pitch=18),
)


class Paper:
    """An empty document in this layout."""

    def __init__(self, title: str, author: str, day: date) -> None:
        self.docx = docx.Document()
        self.part = self.docx.part
        for style in _STYLES:
            self._style(style)
        self._page()
        self._name_fonts()
        about = self.docx.core_properties
        about.title, about.author, about.last_modified_by, about.comments = title, author, author, ""
        about.created = about.modified = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - the format has no zone
        about.language = "zh-CN"

    def _style(self, style: _Style) -> None:
        styles = self.docx.styles
        known = style.name in styles
        made = styles[style.name] if known else styles.add_style(style.name, WD_STYLE_TYPE.PARAGRAPH)
        made.quick_style = True
        for tag in ("w:pPr", "w:rPr"):
            for old in made.element.findall(qn(tag)):
                made.element.remove(old)
        spacing = {"w:before": round(style.before * 20), "w:after": round(style.after * 20)}
        rule = (
            {"w:line": round(style.pitch * 20), "w:lineRule": "exact"}
            if style.pitch
            else {"w:line": 240, "w:lineRule": "auto"}
        )
        paragraph = element("w:pPr")
        if style.keep:
            paragraph.append(element("w:keepNext"))
        paragraph.append(element("w:widowControl", {"w:val": 0}))
        paragraph.append(element("w:snapToGrid", {"w:val": 0}))
        paragraph.append(element("w:spacing", {**spacing, **rule}))
        indent = {"w:firstLineChars": style.first * 100, "w:firstLine": round(style.first * style.size * 20)}
        paragraph.append(element("w:ind", indent))
        paragraph.append(element("w:jc", {"w:val": style.align}))
        if style.outline is not None:
            paragraph.append(element("w:outlineLvl", {"w:val": style.outline}))
        size = round(style.size * 2)
        run = element("w:rPr", None, _fonts(style.font), element("w:b", {"w:val": 0}), element("w:i", {"w:val": 0}))
        run.append(element("w:color", {"w:val": "000000"}))
        if style.size == _SIZE:
            # A twentieth of a point more than needed: programs round the width of a character to units of their own.
            run.append(element("w:spacing", {"w:val": math.floor(_SQUEEZE * 20) - 1}))
        run.append(element("w:sz", {"w:val": size}))
        run.append(element("w:szCs", {"w:val": size}))
        made.element.extend([paragraph, run])

    def _page(self) -> None:
        section = self.docx.sections[0]
        section.page_width, section.page_height = Mm(_WIDTH), Mm(_HEIGHT)
        for side, margin in _MARGINS.items():
            setattr(section, f"{side}_margin", Mm(margin))
        # The page number stands 7 mm below the text (7.5).
        section.footer_distance, section.header_distance = Mm(_MARGINS["bottom"] - 7) - Pt(18), Mm(15)
        self.docx.settings.odd_and_even_pages_header_footer = True
        properties = section._sectPr
        for old in properties.findall(qn("w:docGrid")):
            properties.remove(old)
        grid = {
            "w:type": "linesAndChars",
            "w:linePitch": int(_PITCH * 20),
            "w:charSpace": int(_SQUEEZE * 4096),
        }
        properties.append(element("w:docGrid", grid))
        for footer, align in ((section.footer, "right"), (section.even_page_footer, "left")):
            footer.is_linked_to_previous = False
            self._number(footer.paragraphs[0], align)
        defaults = self.docx.styles.element.find(qn("w:docDefaults"))
        for language in defaults.iter(qn("w:lang")):
            language.set(qn("w:eastAsia"), "zh-CN")

    def _number(self, paragraph: Any, align: str) -> None:
        """``— 1 —``, a character away from the edge of the text (7.5)."""
        paragraph.style = self.docx.styles["Footer"]
        properties = paragraph._p.get_or_add_pPr()
        properties.append(element("w:ind", {f"w:{align}Chars": 100, f"w:{align}": 280}))
        properties.append(element("w:jc", {"w:val": align}))
        paragraph.add_run("— ")
        for kind in ("begin", None, "end"):
            run = paragraph.add_run()._r
            if kind is None:
                text = element("w:instrText")
                text.text = " PAGE "
                run.append(text)
            else:
                run.append(element("w:fldChar", {"w:fldCharType": kind}))
        paragraph.add_run(" —")

    def _name_fonts(self) -> None:
        """The table of fonts with those to fall back on: characters of GB 2312, nothing embedded."""
        fonts = "".join(
            f'<w:font w:name="{name}"><w:altName w:val="{others}"/><w:charset w:val="86"/>'
            f'<w:family w:val="{"swiss" if name == HEITI else "roman"}"/><w:pitch w:val="variable"/></w:font>'
            for name, others in _FALL_BACKS.items()
        )
        for relation in self.part.rels.values():
            if relation.reltype.endswith("/fontTable"):
                head = re.match(rb"<\?xml.*?\?>\s*<w:fonts[^>]*>", relation.target_part.blob, re.DOTALL)
                assert head is not None  # python-docx's own template has one
                relation.target_part._blob = head[0] + fonts.encode() + b"</w:fonts>"

    def save(self, stream: BinaryIO) -> None:
        """Write it; the same document gives the same bytes."""
        whole = BytesIO()
        self.docx.save(whole)
        stream.write(repacked(whole.getvalue()))
