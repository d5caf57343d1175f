"""Rows of boundary changes that say too little are kept, and each is a warning with what to write instead."""

import pytest
from exchange_kit import Load, only

from shequ.exchange import Severity
from shequ.model import Community, CommunityStatus

PLACES = "街道,区划代码,名称,状态\n330203001000,330203001001,甲社区,运行\n330203001000,330203001002,乙社区,运行\n"
SHEETS = {"街道.csv": "区划代码,名称\n330203001000,南门街道\n", "社区.csv": PLACES}
A, B = "330203001001", "330203001002"


def rows(*lines: str) -> dict[str, str]:
    return SHEETS | {"区划变更.csv": "\n".join(("变更,变更前区划,变更后区划,生效日期,原因或文号", *lines)) + "\n"}


@pytest.mark.parametrize(
    "line",
    [
        f"设立,,{A}",
        f"拆分,{A},{A}、{B}",
        f"合并,{A}、{B},{B}",
        f"更名,{A},{A}",
        f"变更代码,{A},{B}",
        f"撤销,{A},",
    ],
)
def test_each_event_with_as_many_divisions_as_it_has_is_right(load: Load, line: str) -> None:
    settled = load(rows(f"{line},2025-01-01,文"))
    assert () == settled.problems
    assert 4 == len(settled.records)


@pytest.mark.parametrize(
    ("line", "column", "text", "remedy"),
    [
        (f"设立,{A},{B}", "变更前区划", "设立的变更前区划应有 0 个，现有 1 个", "由别处分出的填“拆分”"),
        (f"拆分,{A},{B}", "变更后区划", "拆分的变更后区划至少应有 2 个，现有 1 个", "保留原代码的也要填"),
        (f"合并,{A},{B}", "变更前区划", "合并的变更前区划至少应有 2 个，现有 1 个", "保留原代码的也要填"),
        (f"更名,{A},", "变更后区划", "更名的变更后区划应有 1 个，现有 0 个", "变更前后都填该区划的代码"),
        (f"更名,{A},{B}", "变更后区划", f"更名不改变代码，而代码由 {A} 变为 {B}", "代码也变的填“变更代码”"),
        (f"变更代码,{A}、{B},{A}", "变更前区划", "变更代码的变更前区划应有 1 个，现有 2 个", "各一个"),
        (f"撤销,{A},{B}", "变更后区划", "撤销的变更后区划应有 0 个，现有 1 个", "并入别处的填“合并”"),
    ],
)
def test_another_number_is_a_warning(load: Load, line: str, column: str, text: str, remedy: str) -> None:
    settled = load(rows(f"{line},2025-01-01,文"))
    problem = only(settled.problems)
    assert (Severity.WARNING, 2, column) == (problem.severity, problem.row, problem.column)
    assert text in problem.message
    assert remedy in problem.remedy
    assert 4 == len(settled.records)


def test_codes_of_which_nothing_is_known_are_named(load: Load) -> None:
    problem = only(load(rows(f"合并,{A}、330203001077、330203001078,{B},2025-01-01,文")).problems)
    assert ("unknown-division", "变更前区划", Severity.WARNING) == (problem.code, problem.column, problem.severity)
    assert "没有代码为 330203001077、330203001078 的区划、街道或社区" == problem.message
    assert "核对代码" in problem.remedy


def test_a_place_that_is_stored_is_known(load: Load) -> None:
    stored = [
        Community(id=code, code=code, name="社区", sub_district="s", status=CommunityStatus.OPERATING)
        for code in (A, B)
    ]
    changes = {"区划变更.csv": rows(f"合并,{A}、{B},{B},2025-01-01,文")["区划变更.csv"]}
    assert () == load(changes, *stored).problems
