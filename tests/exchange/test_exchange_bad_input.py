"""Bad returns: each fault is one problem that names file, row, column, value and what to do."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from exchange_kit import SCHEMA, Load, only, settle

from shequ.errors import BadData, InvalidRules
from shequ.exchange import Problem, Settled, Severity, read_returns
from shequ.model import Community, CommunityStatus, SubDistrict

Folder = Callable[[Mapping[str, str | bytes]], Path]
STREET = SubDistrict(id="330203001000", code="330203001000", name="南门街道")
DAQIAO = Community(
    id="330203001001",
    code="330203001001",
    name="大桥社区",
    sub_district="330203001000",
    status=CommunityStatus.OPERATING,
)
GOOD_ID, BAD_CHECK = "999900199006300010", "999900199006300019"


def place(problem: Problem) -> tuple[Any, ...]:
    return problem.file, problem.row, problem.column, problem.value, problem.code


def errors(settled: Settled) -> list[Problem]:
    return [problem for problem in settled.problems if problem.severity is Severity.ERROR]


def test_a_missing_source_is_refused_as_a_whole(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="找不到"):
        read_returns(tmp_path / "nowhere", SCHEMA)


@pytest.mark.parametrize("names", [[], ["README.md", ".hidden.csv", "~$居民.xlsx"], ["照片.jpg"]])
def test_a_folder_without_a_readable_file_is_refused_as_a_whole(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).write_text("x")
    with pytest.raises(BadData, match="没有可读取的文件") as caught:
        read_returns(tmp_path, SCHEMA)
    assert "放入 .csv 或 .xlsx 文件；空白表用 shequ template 生成" == caught.value.remedy


def test_a_single_file_of_another_kind_is_refused_as_a_whole(tmp_path: Path) -> None:
    (tmp_path / "x.pdf").write_text("x")
    with pytest.raises(BadData, match="不是可读取的文件"):
        read_returns(tmp_path / "x.pdf", SCHEMA)


def test_files_in_folders_below_are_not_read(folder: Folder) -> None:
    source = folder({"街道.csv": "区划代码,名称\n330203001000,南门街道\n"})
    (source / "旧").mkdir()
    (source / "旧" / "街道.csv").write_text("乱", encoding="utf-8")
    assert () == settle(read_returns(source, SCHEMA)).problems


def test_an_unknown_suffix_is_advice(load: Load) -> None:
    settled = load({"街道.csv": "区划代码,名称\n330203001000,南门街道\n", "说明.docx": b"x"})
    assert 1 == len(settled.records)
    assert ("说明.docx", None, None, None, "unknown-suffix") == place(only(settled.problems))
    assert Severity.ADVICE is only(settled.problems).severity


def test_an_old_workbook_is_an_error_because_its_data_would_be_missing(load: Load) -> None:
    settled = load({"街道.csv": "区划代码,名称\n330203001000,南门街道\n", "居民.xls": b"x"})
    assert ("居民.xls", None, None, None, "old-format") == place(only(settled.problems))
    assert () == settled.records


def test_a_file_whose_name_is_no_type_does_not_stop_the_others(load: Load) -> None:
    settled = load(
        {"街道.csv": "区划代码,名称\n330203001000,南门街道\n", "hosehold.csv": "number\n1\n"}, keep_good=True
    )
    problem = only(settled.problems)
    assert ("hosehold.csv", None, None, "hosehold", "unknown-type") == place(problem)
    assert "household" in problem.remedy
    assert 1 == len(settled.records)


def test_an_unknown_header_is_named_with_what_is_near(load: Load) -> None:
    settled = load({"街道.csv": "区划代码,名称,设立日起\n330203001000,南门街道,\n"})
    problem = only(settled.problems)
    assert ("街道.csv", 1, "设立日起", None, "unknown-header") == place(problem)
    assert problem.remedy.startswith("是否指 设立日期")
    assert () == settled.records


def test_a_file_with_a_title_above_its_header_is_said_once(load: Load) -> None:
    settled = load({"居民.csv": f"大桥社区居民名册\n姓名,身份证号\n王一,{GOOD_ID}\n"})
    assert ("居民.csv", 1, None, "大桥社区居民名册", "no-header") == place(only(settled.problems))


def test_a_header_that_stands_twice(load: Load) -> None:
    settled = load({"街道.csv": "区划代码,名称,name\n330203001000,南门街道,北门街道\n"}, keep_good=True)
    assert ("街道.csv", 1, "name", None, "header-twice") == place(only(settled.problems))
    assert () == settled.records


def test_a_required_column_that_is_missing_is_said_once_for_the_file(load: Load) -> None:
    settled = load({"街道.csv": "区划代码\n330203001000\n330203002000\n"}, keep_good=True)
    assert ("街道.csv", 1, "名称", None, "missing-column") == place(only(settled.problems))
    assert () == settled.records


def test_a_header_with_another_unit_is_refused_because_the_figures_would_be_wrong(load: Load) -> None:
    settled = load({"捐赠.csv": "收据号,所属区划,捐赠日期,款物,金额(万元)\n1,330203001000,2025-01-01,款,2\n"})
    problem = only(settled.problems)
    assert ("捐赠.csv", 1, "金额(万元)", None, "wrong-unit") == place(problem)
    assert "单位“万元”与规定的“元”不同" == problem.message


def test_an_encoding_that_is_neither(load: Load) -> None:
    text = "區劃代碼,名稱\n330203001000,臺北區公所\n"
    settled = load({"街道.csv": b"\xff\xfe" + text.encode("utf-16-le")})
    problem = only(settled.problems)
    assert ("街道.csv", "encoding") == (problem.file, problem.code)
    assert "在电子表格软件中另存为“CSV UTF-8”" == problem.remedy


def test_utf_8_with_a_broken_byte_is_not_taken_for_gb18030(load: Load) -> None:
    rows = "".join(f"33020300{n}000,南门街道\n" for n in range(1, 9)).encode()
    settled = load({"街道.csv": "区划代码,名称\n".encode() + rows + b"330203009000,\xe5\x8d\n"})
    problem = only(settled.problems)
    assert ("街道.csv", 10, "encoding", "不是完整的 UTF-8 编码") == (
        problem.file,
        problem.row,
        problem.code,
        problem.message,
    )


def test_an_empty_file(load: Load) -> None:
    for content in (b"", b"\n\n", "\ufeff".encode()):
        problem = only(load({"居民.csv": content}).problems)
        assert ("居民.csv", None, None, None, "empty-file") == place(problem)
        assert Severity.ERROR is problem.severity


def test_a_file_of_nothing_but_a_header_is_advice(load: Load) -> None:
    problem = only(load({"居民.csv": "姓名,身份证号\n,\n"}).problems)
    assert ("居民.csv", None, None, None, "no-rows") == place(problem)
    assert Severity.ADVICE is problem.severity


def test_a_row_that_is_too_short(load: Load) -> None:
    settled = load(
        {"街道.csv": "区划代码,名称,所属区县\n330203001000,南门街道\n330203002000,江厦街道,\n"}, keep_good=True
    )
    problem = only(settled.problems)
    assert ("街道.csv", 2, None, "330203001000，南门街道", "row-too-short") == place(problem)
    assert "只有 2 格，列名有 3 列，缺“所属区县”" == problem.message
    assert ["江厦街道"] == [record.name for record in settled.records]  # type: ignore[attr-defined]


def test_a_row_that_is_too_long(load: Load) -> None:
    settled = load({"街道.csv": "区划代码,名称\n330203001000,南门街道,东,\n330203002000,江厦街道,,\n"}, keep_good=True)
    assert ("街道.csv", 2, "C", "东", "row-too-long") == place(only(settled.problems))
    assert 1 == len(settled.records)


def test_a_column_with_data_and_no_header_is_said_once(load: Load) -> None:
    settled = load({"街道.csv": "区划代码,,名称\n330203001000,甲,南门街道\n330203002000,乙,江厦街道\n"})
    assert ("街道.csv", 2, "B", "甲", "no-header-cell") == place(only(settled.problems))


def test_a_quote_that_is_never_closed(load: Load) -> None:
    settled = load({"街道.csv": '区划代码,名称\n330203001000,南门街道\n330203002000,"江厦街道\n'}, keep_good=True)
    problem = only(settled.problems)
    assert ("街道.csv", 3, "broken-csv") == (problem.file, problem.row, problem.code)
    assert 1 == len(settled.records)


def test_a_required_cell_that_is_blank(load: Load) -> None:
    settled = load({"街道.csv": "区划代码,名称\n330203001000,\n"})
    problem = only(settled.problems)
    assert ("街道.csv", 2, "名称", None, "missing") == place(problem)
    assert "错误：街道.csv 第 2 行 “名称”列：必填，未填写。处理：填写“名称”" == str(problem)


def test_an_identity_number_with_a_wrong_check_digit_is_masked(load: Load) -> None:
    settled = load({"居民.csv": f"姓名,身份证号\n王一,{BAD_CHECK}\n"})
    problem = only(settled.problems)
    assert ("居民.csv", 2, "身份证号", "9999************19", "bad-id-number") == place(problem)
    assert "身份证号校验码错误：末位是 9，按前 17 位应为 0" == problem.message
    assert BAD_CHECK not in str(problem)


def test_a_birth_date_that_is_none_does_not_stand_in_the_message(load: Load) -> None:
    problem = only(load({"居民.csv": "姓名,身份证号\n王一,999900199013300017\n"}).problems)
    assert "身份证号第 7–14 位 ******** 不是日期" == problem.message
    assert "19901330" not in str(problem)


def test_an_unknown_area_is_advice_because_real_people_have_such_numbers(load: Load) -> None:
    settled = load({"居民.csv": "姓名,身份证号\n王一,160102199006300017\n"})
    problem = only(settled.problems)
    assert ("unknown-area", Severity.ADVICE) == (problem.code, problem.severity)
    assert 1 == len(settled.records)


def test_birth_date_and_sex_must_agree_with_the_number(load: Load) -> None:
    settled = load({"居民.csv": f"姓名,身份证号,出生日期,性别\n王一,{GOOD_ID},1990-07-30,女\n"})
    assert [
        ("居民.csv", 2, "出生日期", "1********", "birth-date-differs"),
        ("居民.csv", 2, "性别", "女性", "sex-differs"),
    ] == [place(problem) for problem in settled.problems]


def test_what_a_sensitive_field_holds_is_not_shown(load: Load) -> None:
    problem = only(load({"居民.csv": "编号,姓名,健康状况\nr1,王一,精神病\n"}).problems)
    assert ("居民.csv", 2, "健康状况", "***", "unknown-code") == place(problem)


def test_a_wrong_credit_code(load: Load) -> None:
    problem = only(load({"单位.csv": "单位名称,统一社会信用代码\n甲公司,91330200000000000A\n"}).problems)
    assert ("单位.csv", 2, "统一社会信用代码", "91330200000000000A", "bad-credit-code") == place(problem)


def test_an_end_before_its_start(load: Load) -> None:
    settled = load({"街道.csv": "区划代码,名称,设立日期,撤销日期\n330203001000,南门街道,2020-01-01,2019-12-31\n"})
    problem = only(settled.problems)
    assert ("街道.csv", 2, "撤销日期", "2019-12-31", "end-before-start") == place(problem)
    assert "撤销日期 2019-12-31 早于设立日期 2020-01-01" == problem.message
    assert "更正设立日期或撤销日期" == problem.remedy
    assert () == settled.records


def test_a_reference_to_nobody(load: Load) -> None:
    settled = load({"户.csv": "社区,户号\n大乔社区,1\n"}, STREET, DAQIAO)
    problem = only(settled.problems)
    assert ("户.csv", 2, "社区", "大乔社区", "reference-to-nobody") == place(problem)
    assert "本次数据和库中都没有此值所指的社区" == problem.message
    assert "是否指 大桥社区？否则先补上该社区" == problem.remedy


def test_the_identity_number_of_nobody_is_masked(load: Load) -> None:
    settled = load({"志愿者.csv": f"社区,居民\n大桥社区,{GOOD_ID}\n"}, STREET, DAQIAO)
    assert "9999************10" == only(settled.problems).value
    assert GOOD_ID not in str(only(settled.problems))


def test_the_same_id_twice_names_both_rows_and_keeps_neither(load: Load) -> None:
    text = "编号,单位名称\nu1,甲公司\nu2,乙公司\nu1,丙公司\n"
    settled = load({"单位.csv": text}, keep_good=True)
    problem = only(settled.problems)
    assert ("单位.csv", 4, "编号", "u1", "id-twice") == place(problem)
    assert "编号与 单位.csv 第 2 行相同，其他内容不同，两行都不能载入" == problem.message
    assert ["u2"] == [record.id for record in settled.records]


def test_the_same_natural_key_twice_is_the_same_id_twice(load: Load) -> None:
    text = "社区,户号,住址\n大桥社区,1,桥东\n大桥社区,1,桥西\n"
    problem = only(load({"户.csv": text}, DAQIAO).problems)
    assert ("户.csv", 3, "id-twice") == (problem.file, problem.row, problem.code)
    assert "“社区、户号”与 户.csv 第 2 行相同，其他内容不同，两行都不能载入" == problem.message


def test_a_row_that_repeats_another_word_for_word_is_loaded_once(load: Load) -> None:
    settled = load({"单位.csv": "单位名称\n甲公司\n", "单位-2.csv": "单位名称\n甲公司\n"})
    problem = only(settled.problems)
    assert ("row-twice", Severity.WARNING) == (problem.code, problem.severity)
    assert 1 == len(settled.records)


def test_no_id_and_no_key(load: Load) -> None:
    problem = only(load({"居民.csv": "姓名,身份证号\n王一,\n"}).problems)
    assert ("居民.csv", 2, "编号", None, "no-id") == place(problem)


def test_an_id_that_no_store_could_keep(load: Load) -> None:
    problem = only(load({"居民.csv": "编号,姓名\n甲 1,王一\n"}).problems)
    assert ("居民.csv", 2, "编号", "甲 1", "bad-id") == place(problem)


def test_a_figure_of_an_unknown_metric_is_kept_and_named(load: Load) -> None:
    text = "metric,division,at,value\nparty.members,LOCAL-1,2025-12-31,8\nparty.mebers,LOCAL-1,2025-12-31,8\n"
    settled = load({"figures.csv": text}, metrics=["party.members"])
    problem = only(settled.problems)
    assert ("figures.csv", 3, "metric", "party.mebers", "unknown-metric") == place(problem)
    assert (Severity.WARNING, 2) == (problem.severity, len(settled.records))


def test_a_figure_needs_a_date_or_a_period(load: Load) -> None:
    problem = only(load({"上报数.csv": "指标,区划,数值\nparty.members,LOCAL-1,8\n"}).problems)
    assert ("上报数.csv", 2, "日期", None, "at-or-period") == place(problem)


def test_a_period_that_is_none(load: Load) -> None:
    problem = only(load({"上报数.csv": "指标,区划,时期,数值\nparty.members,LOCAL-1,2025H3,8\n"}).problems)
    assert ("上报数.csv", 2, "时期", "2025H3", "bad-period") == place(problem)


def test_coverage_of_an_unknown_type(load: Load) -> None:
    problem = only(load({"记录覆盖.csv": "记录类型,区划\n志愿着,LOCAL-1\n"}).problems)
    assert ("记录覆盖.csv", 2, "记录类型", "志愿着", "unknown-type") == place(problem)
    assert "是否指 志愿者？" == problem.remedy


def test_unusual_segments_of_a_division_code_are_advice(load: Load) -> None:
    problem = only(load({"区划.csv": "区划代码,名称,级别\n330203401000,农场,乡级\n"}).problems)
    assert ("区划.csv", 2, "区划代码", "330203401000", "unusual-division-code") == place(problem)
    assert Severity.ADVICE is problem.severity


def test_several_faults_of_one_row_are_all_said(load: Load) -> None:
    text = "收据号,所属区划,捐赠日期,款物,金额\n,330203001000,2025-13-01,钱,一百\n"
    found = load({"捐赠.csv": text}).problems
    assert {"missing", "not-a-date", "unknown-code", "not-a-number"} == {problem.code for problem in found}
    assert {2} == {problem.row for problem in found}


def test_problems_stand_in_the_order_of_files_and_rows(load: Load) -> None:
    files = {
        "单位.csv": "单位名称,共建单位\n甲,x\n乙,y\n",
        "A_居民.csv": "x\n",
        "街道.csv": "区划代码,名称\n330203001000,\n",
    }
    places = [problem.place for problem in load(files).problems]
    assert sorted(places) == places
    assert 4 == len(places)


def test_a_rule_file_with_a_fault_of_syntax_names_the_line(load: Load) -> None:
    problem = only(load({"local.toml": "[a]\nx = 1\ny = = 2\n"}).problems)
    assert ("local.toml", 3, "bad-toml") == (problem.file, problem.row, problem.code)


def test_a_rule_file_that_cannot_be_meant_is_refused_by_the_rules(folder: Folder) -> None:
    def check(name: str, text: str) -> None:
        assert ("local.toml", "x = 1\n") == (name, text)
        raise InvalidRules(name, 1, "没有参数 x", remedy="删去该行")

    settled = settle(read_returns(folder({"local.toml": "x = 1\n"}), SCHEMA, check_rules=check))
    problem = only(settled.problems)
    assert ("local.toml", 1, "bad-rules", "没有参数 x", "删去该行") == (
        problem.file,
        problem.row,
        problem.code,
        problem.message,
        problem.remedy,
    )
    assert () == settled.records
