"""`welfare.ledger`: books that cannot be right are loaded, and the check says which voucher is wrong."""

from datetime import date
from pathlib import Path

import attrs
import pytest

import shequ
from shequ.cli.commands import run
from shequ.lifecycle.ledger import goods, receive, reverse
from shequ.model import Stock, SubDistrict
from shequ.rules import Finding, Severity

STREET = SubDistrict(id="999900001000", code="999900001000", name="云溪街道")
DAY = date(2025, 1, 1)
GIFT = receive((), goods("大米", 5), division=STREET.id, number="1", on=DAY)
BACK = reverse(GIFT, "1", division=STREET.id, number="2", on=date(2025, 3, 1), note="误记")


def found(*lines: Stock, at: date = date(2025, 12, 31)) -> list[Finding]:
    with shequ.open("memory:", district=STREET.id, actor="a") as register:
        register.put(STREET, *lines, reason="start")
        return [finding for finding in register.check(at=at) if finding.rule == "welfare.ledger"]


def test_books_that_balance_have_no_finding() -> None:
    assert [] == found(*GIFT, *BACK)


def test_a_voucher_is_named_with_its_division_day_and_remedy() -> None:
    (finding,) = found(GIFT[0])
    assert (Severity.ERROR, STREET.code, "云溪街道 凭证 1") == (finding.severity, finding.place.code, finding.subject)
    assert "云溪街道库存账凭证 1（2025-01-01）：凭证 1 借贷不平，差 大米 5 件" == finding.message
    assert "冲销后重记" == finding.remedy


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"pieces": 0}, "金额或数量与原凭证不符"),
        ({"on": date(2024, 12, 1)}, "冲销日期 2024-12-01 早于其日期 2025-01-01"),
        ({"reverses": "9"}, "凭证 2 冲销凭证 9，但没有这张凭证"),
        ({"number": "1", "reverses": None}, "凭证号 1 用于 2 个日期"),
    ],
)
def test_every_fault_of_a_reversal_is_a_finding(changes: dict[str, object], text: str) -> None:
    assert any(text in one.message for one in found(*GIFT, *(attrs.evolve(line, **changes) for line in BACK)))


def test_what_is_dated_after_the_day_is_not_judged() -> None:
    wrong = [attrs.evolve(line, reverses="9") for line in BACK]
    assert [] == found(*GIFT, *wrong, at=date(2025, 2, 1))


@pytest.mark.slow
def test_a_clerk_can_load_faulty_books_and_is_told_by_the_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheets = {
        "街道.csv": "区划代码,名称\n999900001000,云溪街道\n",
        "库存账.csv": (
            "所属区划,凭证号,日期,科目,物品,金额,件数\n"
            "云溪街道,1,2025-01-01,库存,大米,,5\n"
            "云溪街道,1,2025-01-01,接受捐赠,大米,,-3\n"
            "云溪街道,2,2025-01-02,库存,大米,,-30\n"
            "云溪街道,2,2025-01-02,救助发放,大米,,30\n"
        ),
    }
    returns = tmp_path / "returns"
    returns.mkdir()
    for name, text in sheets.items():
        (returns / name).write_text(text, encoding="utf-8")
    store = ["--store", f"sqlite:///{tmp_path / 'street.db'}"]
    assert 0 == run(["load", str(returns), *store])
    capsys.readouterr()
    assert 1 == run(["check", *store, "--at", "2025-12-31"])
    said = capsys.readouterr().out
    assert "[不符合] welfare.ledger 云溪街道库存账凭证 1（2025-01-01）：凭证 1 借贷不平，差 大米 2 件" in said
    assert "库存账凭证 2（2025-01-02）：999900001000 的库存在 2025-01-02 为负：大米 -25 件" in said
