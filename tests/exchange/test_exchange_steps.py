"""What a load says of steps, of legal bases, and of people who cannot have been born."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from exchange_kit import SCHEMA, Load, only, settle

from shequ.codes import check_digit
from shequ.effective import SHANGHAI
from shequ.exchange import Severity, read_returns
from shequ.model import Step

HEAD = "对象类型,对象编号,步骤,原状态,新状态,时间,经办人\n"
TIME = "2025-01-01 10:00"


def test_the_words_of_a_step_are_kept_by_their_codes(load: Load) -> None:
    loaded = load({"办理步骤.csv": f"{HEAD}登记卡,k1,接收,审核中,已接收,{TIME},老王\n"})
    step = only(loaded.records)
    assert isinstance(step, Step)
    assert ("registration_card", "accept", "under_review", "accepted") == (
        step.subject_type,
        step.event,
        step.before,
        step.after,
    )
    assert datetime(2025, 1, 1, 10, tzinfo=SHANGHAI) == step.at
    assert () == loaded.problems


@pytest.mark.parametrize(
    ("row", "field", "says"),
    [
        ("飞船,k1,接收,审核中,已接收", "subject_type", "不是有办理步骤的类型"),
        ("居民,k1,接收,审核中,已接收", "subject_type", "不是有办理步骤的类型"),
        ("登记卡,k1,飞走,审核中,已接收", "event", "登记卡没有这个步骤"),
        ("登记卡,k1,接收,甲,已接收", "before", "登记卡没有这个状态"),
        ("registration_card,k1,accept,reported,gone", "after", "登记卡没有这个状态"),
    ],
)
def test_a_word_that_no_lifecycle_knows_is_an_error(load: Load, row: str, field: str, says: str) -> None:
    loaded = load({"办理步骤.csv": f"{HEAD}{row},{TIME},老王\n"})
    problem = only(loaded.problems)
    assert (field, Severity.ERROR, says) == (problem.field, problem.severity, problem.message)
    assert () == loaded.records


def test_a_step_that_the_table_does_not_have_is_a_warning(load: Load) -> None:
    loaded = load({"办理步骤.csv": f"{HEAD}登记卡,k1,接收,已注销,已接收,{TIME},老王\n"})
    problem = only(loaded.problems)
    assert (Severity.WARNING, "登记卡没有“接收”从“已注销”到“已接收”的步骤") == (problem.severity, problem.message)
    assert 1 == len(loaded.records)


def test_a_basis_that_the_law_does_not_know_is_an_error_that_names_those_it_does(load: Load) -> None:
    head = "信息主体,载体类型,载体编号,接收方,目的,依据,提供日期,经办人\n"
    people = "编号,姓名\nr1,甲\n"
    loaded = load(
        {"居民.csv": people, "个人信息提供记录.csv": f"{head}r1,contact_card,k1,某厂,反馈,本人不同意,2025-01-01,老王\n"}
    )
    problem = only(loaded.problems)
    assert ("basis", Severity.ERROR) == (problem.field, problem.severity)
    assert "可填 本人单独同意、履行法定职责、履行约定、其他依据" == problem.remedy


@pytest.mark.parametrize(
    ("born", "says"),
    [("18591231", "早于 1860 年"), ("20250706", "在将来"), ("20250705", None), ("18600101", None)],
)
def test_nobody_is_born_after_the_day_of_the_load(tmp_path: Path, born: str, says: str | None) -> None:
    first = f"999900{born}001"
    (tmp_path / "居民.csv").write_text(f"姓名,身份证号\n甲,{first}{check_digit(first)}\n", encoding="utf-8")
    loaded: Any = settle(read_returns(tmp_path, SCHEMA, today=date(2025, 7, 5)))
    if says is None:
        assert () == loaded.problems
    else:
        problem = only(loaded.problems)
        assert ("id_number", "bad-id-number") == (problem.field, problem.code)
        assert says in problem.message
        assert born not in str(problem)
