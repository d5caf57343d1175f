"""The Word report in the layout of GB/T 9704-2012; each test names the clause it tests."""

import re
import shutil
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from rendered import WORD, paragraphs, part, rendered
from report_world import NASTY, activities, context_of, filed, people, places, plan

from shequ.errors import MissingExtra
from shequ.reports import ChartKind, Document, Table, build_work_report, pictures
from shequ.reports.word.tables import folded

pytestmark = pytest.mark.usefixtures("plain_pictures")

LONG = "甲乙丙丁戊己庚辛壬癸" * 4
RARE = "𠮷𡈽𪚥社区"


def document(names: tuple[str, str, str] = ("甲社区", "乙社区", "丙社区")) -> Document:
    return build_work_report(
        context_of(
            [*places(names), *people(), *activities([2, 3]), filed("staff.full_time", "4"), plan(2026, "再办一次")],
            findings=[{"message": "少了一处", "threshold": "≥1", "citation": "某法第一条", "remedy": "补上"}],
        )
    )


@pytest.fixture(scope="module")
def data() -> bytes:
    """With pictures, whether or not this machine has the fonts to draw signs in them."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("shequ.reports.word.report.chinese_is_drawn", lambda: True)
        return rendered(document(), "docx")


def attributes(found: ET.Element | None) -> dict[str, str]:
    assert found is not None
    return {name.removeprefix(WORD): value for name, value in found.attrib.items()}


def style(data: bytes, name: str) -> ET.Element:
    styles = part(data, "word/styles.xml").iter(f"{WORD}style")
    (found,) = [one for one in styles if attributes(one.find(f"{WORD}name"))["val"].lower() == name.lower()]
    return found


def millimetres(twips: str) -> int:
    return round(int(twips) / 1440 * 25.4)


class TestPaper:
    def test_a4_with_the_margins_of_5_2(self, data: bytes) -> None:
        section = next(part(data, "word/document.xml").iter(f"{WORD}sectPr"))
        size, margins = (attributes(section.find(f"{WORD}{name}")) for name in ("pgSz", "pgMar"))
        assert (210, 297) == (millimetres(size["w"]), millimetres(size["h"]))
        assert [37, 35, 28, 26] == [millimetres(margins[side]) for side in ("top", "bottom", "left", "right")]

    def test_22_lines_of_28_characters_fit_by_the_grid_of_the_page_and_by_the_style_of_the_text(
        self, data: bytes
    ) -> None:
        section = next(part(data, "word/document.xml").iter(f"{WORD}sectPr"))
        grid = attributes(section.find(f"{WORD}docGrid"))
        assert "linesAndChars" == grid["type"]
        width, height = (210 - 28 - 26) / 25.4 * 1440, (297 - 37 - 35) / 25.4 * 1440
        assert 22 == height // int(grid["linePitch"])
        assert 28 == round(width / (16 * 20 + int(grid["charSpace"]) / 4096 * 20))
        body = style(data, "Body Text")
        spacing, size = attributes(body.find(f".//{WORD}pPr/{WORD}spacing")), body.find(f".//{WORD}rPr/{WORD}sz")
        closer = attributes(body.find(f".//{WORD}rPr/{WORD}spacing"))
        assert ("579", "exact", "32") == (spacing["line"], spacing["lineRule"], attributes(size)["val"])
        assert 28 == width // (16 * 20 + int(closer["val"]))

    def test_page_numbers_stand_outside_with_dashes_in_size_4(self, data: bytes) -> None:
        assert part(data, "word/settings.xml").find(f"{WORD}evenAndOddHeaders") is not None
        names = [
            name for name in zipfile.ZipFile(BytesIO(data)).namelist() if re.fullmatch(r"word/footer\d\.xml", name)
        ]
        found = {}
        for name in names:
            footer = part(data, name)
            text = "".join(one.text or "" for one in footer.iter() if one.tag in (f"{WORD}t", f"{WORD}instrText"))
            assert "—  PAGE  —" == text
            side = attributes(footer.find(f".//{WORD}jc"))["val"]
            found[side] = attributes(footer.find(f".//{WORD}ind"))[f"{side}Chars"]
        assert {"left": "100", "right": "100"} == found
        assert "28" == attributes(style(data, "Footer").find(f".//{WORD}sz"))["val"]


class TestText:
    def test_fonts_and_sizes_of_title_headings_and_text(self, data: bytes) -> None:
        expected = {
            "Title": ("方正小标宋简体", "44"),
            "heading 1": ("黑体", "32"),
            "heading 2": ("楷体_GB2312", "32"),
            "heading 3": ("仿宋_GB2312", "32"),
            "heading 4": ("仿宋_GB2312", "32"),
            "Body Text": ("仿宋_GB2312", "32"),
        }
        found = {
            name: (attributes(one.find(f".//{WORD}rFonts"))["eastAsia"], attributes(one.find(f".//{WORD}sz"))["val"])
            for name in expected
            for one in [style(data, name)]
        }
        assert expected == found

    def test_fonts_are_named_with_others_to_fall_back_on_and_never_embedded(self, data: bytes) -> None:
        fonts = {
            attributes(font)["name"]: attributes(font.find(f"{WORD}altName"))["val"]
            for font in part(data, "word/fontTable.xml")
        }
        used = set(re.findall(r'w:eastAsia="([^"]+)"', zipfile.ZipFile(BytesIO(data)).read("word/styles.xml").decode()))
        assert {"仿宋_GB2312", "楷体_GB2312", "黑体", "方正小标宋简体", "宋体"} == set(fonts)
        assert used - {"zh-CN"} <= set(fonts)
        assert "SimHei" in fonts["黑体"].split(",")
        members = zipfile.ZipFile(BytesIO(data)).namelist()
        assert [] == [name for name in members if name.endswith((".odttf", ".ttf"))]

    def test_paragraphs_are_indented_by_two_characters(self, data: bytes) -> None:
        for name in ("Body Text", "heading 1", "heading 2", "heading 3"):
            assert "200" == attributes(style(data, name).find(f".//{WORD}ind"))["firstLineChars"]

    def test_headings_are_headings_to_the_program_too(self, data: bytes) -> None:
        levels = [attributes(style(data, f"heading {n}").find(f".//{WORD}outlineLvl"))["val"] for n in (1, 2, 3, 4)]
        assert ["0", "1", "2", "3"] == levels

    def test_it_ends_with_the_annexes_the_signature_and_the_date_before_the_annexes_themselves(
        self, data: bytes
    ) -> None:
        told = [text for text in paragraphs(data) if text.strip()]
        start = told.index("附件：1.数据说明")
        assert ["　　　2.暂无数据的指标", "　　　3.数据来源", "演示街道", "2026年1月5日", "附件1"] == told[
            start + 1 : start + 6
        ]
        assert told.index("五、下步打算") < start
        assert told[start:].index("附件3") > told[start:].index("附件2")

    def test_a_finding_stands_with_severity_demand_citation_and_remedy(self, data: bytes) -> None:
        assert "【需注意】少了一处。标准：≥1；依据：某法第一条；整改：补上。" in paragraphs(data)

    @pytest.mark.slow
    def test_every_figure_of_the_document_is_in_it(self) -> None:
        made = document()
        told = "\n".join(paragraphs(rendered(made, "docx")))
        charts = {
            figure.text
            for section in made.sections
            for block in section.blocks
            if type(block).__name__ == "Chart"
            for figure in block.figures()
        }
        assert [] == [figure.text for figure in made.figures() if figure.text not in told and figure.text not in charts]


class TestCharts:
    def test_each_has_an_alternative_in_words_a_png_and_an_svg(self, data: bytes) -> None:
        body = part(data, "word/document.xml")
        described = [one.attrib for one in body.iter() if one.tag.endswith("}docPr")]
        assert described
        labels = tuple(f"{kind.label}：" for kind in ChartKind)
        assert all(one["descr"].startswith(labels) and one["title"] for one in described)
        members = zipfile.ZipFile(BytesIO(data)).namelist()
        assert len(described) == len([name for name in members if name.endswith(".svg")])
        assert len(described) == len([one for one in body.iter() if one.tag.endswith("}svgBlip")])

    def test_without_a_chinese_font_the_figures_stand_in_a_table(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("shequ.reports.word.report.chinese_is_drawn", lambda: False)
        told = rendered(document(), "docx")
        assert [] == [one for one in part(told, "word/document.xml").iter() if one.tag.endswith("}docPr")]
        assert "60-79岁" in paragraphs(told)

    def test_a_picture_shows_whether_it_can_be_drawn_at_all(self) -> None:
        assert isinstance(pictures.chinese_is_drawn(), bool)


class TestTables:
    def test_a_long_table_of_two_columns_stands_in_three_pairs(self) -> None:
        rows = tuple((f"第{i}类", str(i)) for i in range(31))
        found = folded(Table("甲", ("类", "数"), rows))
        assert (11, ("类", "数") * 3) == (len(found.rows), found.header)
        pairs = [row[side : side + 2] for side in (0, 2, 4) for row in found.rows]
        assert list(rows) == [pair for pair in pairs if pair != ("", "")]

    def test_the_heading_is_repeated_on_every_page_and_no_row_is_torn(self, data: bytes) -> None:
        tables = list(part(data, "word/document.xml").iter(f"{WORD}tbl"))
        assert tables
        for table in tables:
            rows = table.findall(f"{WORD}tr")
            assert rows[0].find(f"{WORD}trPr/{WORD}tblHeader") is not None
            assert all(row.find(f"{WORD}trPr/{WORD}cantSplit") is not None for row in rows)


class TestAnyNames:
    @pytest.mark.parametrize(
        "names", [NASTY[:3], NASTY[3:6], NASTY[6:9], (LONG, RARE, "a" * 40), ("\x0b甲", "乙\x85", "丙")]
    )
    @pytest.mark.slow
    def test_names_are_printed_as_they_are(self, names: tuple[str, str, str]) -> None:
        told = "\n".join(paragraphs(rendered(document(names), "docx")))
        assert [] == [name for name in names if name.replace("\x0b", "\ufffd") not in told]


@pytest.mark.slow
def test_the_same_document_gives_the_same_bytes(data: bytes) -> None:
    assert data == rendered(document(), "docx")


def test_without_python_docx_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith(("docx", "shequ.reports.word."))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "docx", None)
    with pytest.raises(MissingExtra) as caught:
        rendered(document(), "docx")
    assert "Word 报告需要可选依赖 “docx”，尚未安装 — pip install 'shequ[docx]'" == str(caught.value)


@pytest.fixture(scope="module")
def pages(office: Any, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder: Path = tmp_path_factory.mktemp("office")
    (folder / "report.docx").write_bytes(rendered(document(), "docx"))
    pdf = office(folder / "report.docx")
    pdftotext = shutil.which("pdftotext")
    assert pdftotext is not None
    told = subprocess.run([pdftotext, "-bbox", pdf, "-"], check=True, capture_output=True, text=True)
    return re.findall(r"<page .*?</page>", told.stdout, re.DOTALL)


@pytest.mark.slow
class TestInLibreOffice:
    """What another program makes of it."""

    def test_pages_are_numbered_on_alternate_sides(self, pages: list[str]) -> None:
        assert len(pages) > 3
        for number, page in enumerate(pages, start=1):
            words = re.findall(r'<word xMin="([\d.]+)" yMin="([\d.]+)"[^>]*>([^<]*)<', page)
            lowest = max(float(y) for _, y, _ in words)
            line = [(float(x), word) for x, y, word in words if float(y) > lowest - 5]
            assert f"—{number}—" == "".join(word for _, word in line)
            assert (line[0][0] > 595 / 2) == (number % 2 == 1)  # A4 is 595 points wide

    def test_a_line_holds_28_characters_and_a_page_22_lines(self, office: Any, tmp_path: Path) -> None:
        from shequ.reports.word.layout import Paper

        paper = Paper("甲", "乙", document().day)
        paper.docx.add_paragraph("社" * 28 * 23, style="Normal")
        with (tmp_path / "grid.docx").open("wb") as stream:
            paper.save(stream)
        pdf = office(tmp_path / "grid.docx")
        told = subprocess.run(["pdftotext", "-layout", pdf, "-"], check=True, capture_output=True, text=True)  # noqa: S607 - found on the path, as by the fixture
        first, second = (re.findall("社+", page) for page in told.stdout.split("\f")[:2])
        assert ([28] * 22, [28]) == ([len(line) for line in first], [len(line) for line in second])
