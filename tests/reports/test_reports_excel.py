"""The workbook: numbers are numbers, texts are texts, headings are merged, sheets print."""

import sys
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from rendered import cells, rendered
from report_world import activities, context_of, filed, people, places
from test_reports_word import LONG, RARE

from shequ.errors import MissingExtra
from shequ.metrics import rounded
from shequ.reports import Document, Table, build_work_report


def document(names: tuple[str, str, str] = ("甲社区", "乙社区", "丙社区"), **finding: Any) -> Document:
    records = [
        *places(names),
        *people(),
        *activities([2, 3]),
        filed("welfare.donations_money", "1234567.5"),
        filed("participation.people", "1"),
        filed("party.members_registered", "7", division="C1"),
        filed("party.contact_cards_due", "4", division="C1"),
        filed("party.contact_cards_sent", "3", division="C1"),
    ]
    return build_work_report(context_of(records, findings=[{"message": "少了", **finding}]))


@pytest.fixture(scope="module")
def book() -> Any:
    return openpyxl.load_workbook(BytesIO(rendered(document(), "xlsx")))


def row_of(sheet: Any, code: str) -> list[Any]:
    (found,) = [row for row in sheet.iter_rows() if row[1].value == code]
    return list(found)


def test_there_is_a_sheet_for_each_purpose(book: Any) -> None:
    assert ["指标", "社区党建情况", "统计表", "问题清单", "数据来源"] == book.sheetnames


def test_metrics_by_community_are_numbers_with_the_format_and_unit_of_the_metric(book: Any) -> None:
    money = row_of(book["指标"], "welfare.donations_money")
    assert ("接受捐款", "元", 1234567.5, "#,##0.00") == (
        money[0].value,
        money[2].value,
        money[3].value,
        money[3].number_format,
    )
    rate = row_of(book["指标"], "participation.rate")
    assert ("%", 0.3333, "0.00%") == (rate[2].value, rate[3].value, rate[3].number_format)
    registered = row_of(book["指标"], "population.registered")
    assert [3, 3, 0] == [cell.value for cell in registered[3:6]]
    header = [cell.value for cell in book["指标"][3]]
    assert ["指标", "代码", "单位", "演示街道", "甲社区", "乙社区"] == header[:6]


def test_every_number_is_the_measurement_as_printed(book: Any) -> None:
    made = document()
    whole = [one for one in made.measurements() if one.group is None and one.place == made.place]
    for found in whole:
        if found.value is not None and found.period == made.period:
            cell = row_of(book["指标"], found.metric.code)[3]
            places = found.metric.decimals + (2 if found.metric.percent else 0)
            assert rounded(found.value, places) == f"{cell.value:.{places}f}"


def test_no_data_is_a_word_and_no_number(book: Any) -> None:
    assert "暂无数据" == row_of(book["数据来源"], "petitions.overdue")[2].value


def test_the_standard_table_has_a_heading_of_two_merged_rows(book: Any) -> None:
    sheet = book["社区党建情况"]
    merged = {str(found) for found in sheet.merged_cells.ranges}
    assert "A3:A4" in merged
    assert ("社区", "党员志愿者（人）") == (sheet["A3"].value, sheet["B3"].value)
    assert "联系卡（张）" in [cell.value for cell in sheet[3]]
    assert {"登记在册党员志愿者", "应寄联系卡", "已寄联系卡"} <= {cell.value for cell in sheet[4]}
    assert any(found.startswith("C3:") for found in merged)


def test_sheets_print_on_a4_with_their_headings_on_every_page(book: Any) -> None:
    for sheet in book:
        assert (9, "landscape", 1, 0) == (
            int(sheet.page_setup.paperSize),
            sheet.page_setup.orientation,
            int(sheet.page_setup.fitToWidth),
            int(sheet.page_setup.fitToHeight),
        )
        assert "&P" in sheet.oddFooter.center.text
    assert {"D4", "B5", "A1", "B3"} >= {sheet.freeze_panes or "A1" for sheet in book}
    assert "$1:$3" == book["指标"].print_title_rows


@pytest.mark.slow
def test_findings_stand_in_rows_with_severity_and_citation() -> None:
    rows = cells(rendered(document(threshold="≥1", citation="某法第一条", remedy="补上"), "xlsx"))["问题清单"]
    assert ["序号", "程度", "类别", "区划", "事项", "问题", "标准", "依据", "整改"] == rows[1]
    assert [1, "需注意", None, "演示街道", "演示街道", "少了", "≥1", "某法第一条", "补上"] == rows[2]


@pytest.mark.parametrize("text", ["=1+1", '=HYPERLINK("http://x","y")', "+1", "-1", "@SUM(A1)"])
@pytest.mark.slow
def test_a_text_is_never_a_formula(text: str) -> None:
    data = rendered(document((text, "乙", "丙"), message=text, remedy=text), "xlsx")
    book = openpyxl.load_workbook(BytesIO(data))
    held = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value == text]
    assert held
    assert {"s"} == {cell.data_type for cell in held}
    with zipfile.ZipFile(BytesIO(data)) as archive:
        assert not any(b"<f>" in archive.read(name) for name in archive.namelist())


@pytest.mark.slow
def test_long_and_rare_names_are_kept_whole() -> None:
    text = [
        value
        for rows in cells(rendered(document((LONG, RARE, "丙")), "xlsx")).values()
        for row in rows
        for value in row
    ]
    assert {LONG, RARE} <= set(text)


@pytest.mark.slow
def test_the_same_document_gives_the_same_bytes() -> None:
    assert rendered(document(), "xlsx") == rendered(document(), "xlsx")


def test_without_openpyxl_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    made = document()
    for name in [name for name in sys.modules if name.startswith(("openpyxl", "shequ.reports.excel."))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(MissingExtra) as caught:
        rendered(made, "xlsx")
    assert "Excel 报告需要可选依赖 “excel”，尚未安装 — pip install 'shequ[excel]'" == str(caught.value)


def test_headings_over_another_number_of_columns_are_refused() -> None:
    from shequ.errors import Misuse

    with pytest.raises(Misuse, match="another number of columns"):
        Table("甲", ("一", "二"), (("1", "2"),), spans=(("上", 3),))


@pytest.mark.slow
def test_it_opens_in_libreoffice(office: Any, tmp_path: Path) -> None:
    (tmp_path / "report.xlsx").write_bytes(rendered(document(), "xlsx"))
    assert office(tmp_path / "report.xlsx").read_bytes().startswith(b"%PDF")
