"""Excel workbooks: which sheets are read, and what in them cannot be."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from exchange_kit import SCHEMA, only, settle

from shequ.exchange import Settled, Severity, read_returns
from shequ.model import Activity, Donation

openpyxl = pytest.importorskip("openpyxl")

STREET = ["区划代码", "名称"]


def workbook(path: Path, sheets: dict[str, list[list[Any]]], prepare: Any = None) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    if prepare is not None:
        prepare(book)
    book.save(path)
    return path


def load(path: Path, *, keep_good: bool = False) -> Settled:
    return settle(read_returns(path, SCHEMA), keep_good=keep_good)


def test_every_sheet_whose_title_names_a_type_is_read(tmp_path: Path) -> None:
    sheets = {
        "街道": [STREET, ["330203001000", "南门街道"]],
        "社区-2025": [["区划代码", "名称", "街道", "状态"], [330203001001, "大桥社区", "南门街道", "运行"]],
    }
    settled = load(workbook(tmp_path / "2026 上报.xlsx", sheets))
    assert () == settled.problems
    assert ["330203001000", "330203001001"] == [record.id for record in settled.records]


def test_the_first_sheet_may_leave_its_name_to_the_file(tmp_path: Path) -> None:
    path = workbook(tmp_path / "街道.xlsx", {"Sheet1": [STREET, ["330203001000", "南门街道"]], "Sheet2": []})
    settled = load(path)
    assert () == settled.problems
    assert 1 == settled.new


def test_a_sheet_of_no_type_is_advice(tmp_path: Path) -> None:
    path = workbook(tmp_path / "街道.xlsx", {"街道": [STREET, ["330203001000", "南门街道"]], "备忘": [["电话"]]})
    problem = only(load(path).problems)
    assert ("街道.xlsx[备忘]", "sheet-ignored", Severity.ADVICE) == (problem.file, problem.code, problem.severity)


def test_a_hidden_sheet_is_passed_over(tmp_path: Path) -> None:
    def hide(book: Any) -> None:
        book["单位"].sheet_state = "hidden"

    sheets = {"街道": [STREET, ["330203001000", "南门街道"]], "单位": [["坏"]]}
    assert () == load(workbook(tmp_path / "x.xlsx", sheets, hide)).problems


def test_a_workbook_that_names_no_type(tmp_path: Path) -> None:
    problem = only(load(workbook(tmp_path / "数据.xlsx", {"Sheet1": [STREET]})).problems)
    assert ("数据.xlsx", "unknown-type") == (problem.file, problem.code)


def test_dates_numbers_and_times_come_as_excel_keeps_them(tmp_path: Path) -> None:
    sheets = {
        "捐赠": [
            ["收据号", "所属区划", "捐赠日期", "款物", "金额(元)", "件数"],
            [1001, "LOCAL-1", date(2025, 6, 30), "款", 0.1 + 0.2, None],
            ["1002", "LOCAL-1", 20250701, "物", None, 3.0],
        ],
        "活动": [
            ["所属区划", "名称", "类别", "开始时间"],
            ["LOCAL-1", "讲座", "报告讲座", datetime(2025, 6, 30, 9, 30)],  # noqa: DTZ001 - as Excel gives it
        ],
    }
    settled = load(workbook(tmp_path / "x.xlsx", sheets))
    assert () == settled.problems
    activity, money, goods = settled.records
    assert isinstance(money, Donation)
    assert isinstance(goods, Donation)
    assert isinstance(activity, Activity)
    assert ("1001", date(2025, 6, 30), 30, None) == (money.receipt, money.given, money.amount, money.pieces)
    assert (date(2025, 7, 1), None, 3) == (goods.given, goods.amount, goods.pieces)
    assert "2025-06-30T09:30:00+08:00" == activity.began.isoformat()


def test_rows_keep_their_numbers_over_gaps(tmp_path: Path) -> None:
    path = workbook(tmp_path / "街道.xlsx", {"街道": [STREET, [], ["330203001000", "南门街道"], [], ["330203002000"]]})
    problem = only(load(path).problems)
    assert (5, "名称", "missing") == (problem.row, problem.column, problem.code)


def test_an_identity_number_that_excel_made_a_number(tmp_path: Path) -> None:
    path = workbook(tmp_path / "居民.xlsx", {"居民": [["姓名", "身份证号"], ["王一", 9.99900196006e17]]})
    problem = load(path).problems[0]
    assert ("居民.xlsx", 2, "身份证号", "lost-digits") == (problem.file, problem.row, problem.column, problem.code)
    assert "把该列设为文本格式后重新填写" == problem.remedy
    assert "99900196" not in str(problem)


def test_merged_cells_keep_their_rows_out(tmp_path: Path) -> None:
    def merge(book: Any) -> None:
        book["单位"].merge_cells("B2:B3")

    rows = [["单位名称", "通信地址"], ["甲", "东路"], ["乙", None], ["丙", "西路"]]
    settled = load(workbook(tmp_path / "单位.xlsx", {"单位": rows}, merge), keep_good=True)
    problem = only(settled.problems)
    assert ("单位.xlsx", 2, "通信地址", "B2:B3", "merged-cells") == (
        problem.file,
        problem.row,
        problem.column,
        problem.value,
        problem.code,
    )
    assert ["丙"] == [record.name for record in settled.records]  # type: ignore[attr-defined]


def test_a_merged_header_keeps_the_sheet_out(tmp_path: Path) -> None:
    def merge(book: Any) -> None:
        book["单位"].merge_cells("A1:B1")

    rows = [["单位名称", None], ["甲", "东路"]]
    settled = load(workbook(tmp_path / "单位.xlsx", {"单位": rows}, merge), keep_good=True)
    assert ("merged-cells", 1) == (only(settled.problems).code, only(settled.problems).row)
    assert () == settled.records


@pytest.mark.parametrize("formula", ["=A2", '="甲"&"乙"'])
def test_a_formula_whose_result_was_not_saved(tmp_path: Path, formula: str) -> None:
    rows = [["单位名称", "通信地址"], ["甲", formula], ["乙", "西路"]]
    settled = load(workbook(tmp_path / "单位.xlsx", {"单位": rows}), keep_good=True)
    problem = only(settled.problems)
    assert (2, "通信地址", "formula") == (problem.row, problem.column, problem.code)
    assert ["乙"] == [record.name for record in settled.records]  # type: ignore[attr-defined]


def test_a_formula_that_failed(tmp_path: Path) -> None:
    rows = [["单位名称", "通信地址"], ["甲", "#REF!"]]
    problem = only(load(workbook(tmp_path / "单位.xlsx", {"单位": rows})).problems)
    assert (2, "通信地址", "#REF!", "formula-error") == (problem.row, problem.column, problem.value, problem.code)


@pytest.mark.parametrize("cut", [0, 10, 2000, -30])
def test_a_damaged_workbook(tmp_path: Path, cut: int) -> None:
    path = workbook(tmp_path / "街道.xlsx", {"街道": [STREET, ["330203001000", "南门街道"]]})
    path.write_bytes(path.read_bytes()[:cut])
    problem = only(load(path).problems)
    assert ("街道.xlsx", None, "broken-workbook") == (problem.file, problem.row, problem.code)
    assert "用 Excel 打开后另存为 .xlsx" == problem.remedy


def test_text_that_calls_itself_a_workbook(tmp_path: Path) -> None:
    (tmp_path / "街道.xlsx").write_text("区划代码,名称\n", encoding="utf-8")
    assert "broken-workbook" == only(load(tmp_path / "街道.xlsx").problems).code


def test_an_empty_sheet(tmp_path: Path) -> None:
    problem = only(load(workbook(tmp_path / "街道.xlsx", {"街道": []})).problems)
    assert ("街道.xlsx", "empty-file") == (problem.file, problem.code)
