"""`shequ metrics` by zone, sex, age, kind and beside other periods; `shequ explain` page by page; what is refused."""

import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import shequ
from shequ.cli.commands import run
from shequ.effective import SHANGHAI
from shequ.model import (
    Building,
    Community,
    CommunityStatus,
    Coverage,
    Matter,
    Record,
    ReportedFigure,
    Resident,
    SubDistrict,
    Zone,
)

STREET, EAST = "999900001000", "999900001001"


def matter(number: int, month: int, year: int = 2025) -> Matter:
    moment = datetime(year, month, 3, 10, tzinfo=SHANGHAI)
    kind = "certificate" if number % 2 else "other"
    return Matter(
        id=f"m{year}{number:02d}", number=f"{year}{number}", community=EAST, category=kind, asked=moment, handled=moment
    )


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('views') / 'street.db'}"
    records: list[Record] = [
        SubDistrict(id=STREET, code=STREET, name="云溪街道"),
        Community(id=EAST, code=EAST, name="望溪社区", sub_district=STREET, status=CommunityStatus.OPERATING),
        Coverage(id="all", type="*", division=STREET),
        *(Zone(id=f"z{n}", community=EAST, name=f"第{n}片区") for n in (1, 2)),
        *(Building(id=f"b{n}", zone=f"z{1 + n % 2}", name=f"{n}号楼") for n in range(5)),
        *(matter(n, 1 + n) for n in range(6)),
        *(matter(n, 1 + n, 2024) for n in range(4)),
    ]
    with shequ.open(url, district=STREET, actor="test") as register:
        register.put(*records, reason="test")
    return url


@pytest.fixture
def shequ_json(store: str, capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, Any]]:
    def call(command: str, *arguments: str) -> dict[str, Any]:
        capsys.readouterr()
        assert 0 == run([command, *arguments, "--store", store, "--json"])
        document: dict[str, Any] = json.loads(capsys.readouterr().out)
        return document

    return call


def test_by_zone_gives_the_whole_and_then_its_groups(shequ_json: Callable[..., dict[str, Any]]) -> None:
    document = shequ_json("metrics", "--period", "2025", "--by", "zone", "--metric", "zones.buildings")
    assert [(None, 5), ("望溪社区 第1片区", 3), ("望溪社区 第2片区", 2)] == [
        (one["group"], one["value"]) for one in document["measurements"]
    ]


def test_a_comparison_carries_both_figures_difference_and_change(shequ_json: Callable[..., dict[str, Any]]) -> None:
    document = shequ_json("metrics", "--period", "2025", "--compare", "yoy", "--metric", "matters.handled")
    (one,) = document["measurements"]
    assert ("shequ.metrics/1", 6) == (document["format"], one["value"])
    compared = one["comparison"]
    assert ("yoy", "2024", 4, 2, "0.5", "") == tuple(
        compared[key] for key in ("to", "period", "value", "difference", "change", "note")
    )


def test_a_comparison_is_shown_as_a_table(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == run(
        ["metrics", "--store", store, "--period", "2025Q2", "--compare", "yoy", "--metric", "matters.handled"]
    )
    shown = capsys.readouterr().out
    for part in ("本期", "对比期", "3件", "+2件", "+200.00%"):
        assert part in shown, shown


def test_explain_turns_its_pages(shequ_json: Callable[..., dict[str, Any]]) -> None:
    rows: list[str] = []
    for page in (1, 2, 3):
        document = shequ_json("explain", "matters.handled", "--period", "2025", "--limit", "2", "--page", str(page))
        assert {"number": page, "size": 2, "pages": 3, "total": 6} == document["page"]
        rows += [row["id"] for row in document["records"]]
    assert [f"m2025{n:02d}" for n in range(6)] == rows


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["explain", "matters.handled", "--period", "2025", "--page", "9"], "没有第 9 页"),
        (["explain", "matters.handeld", "--period", "2025"], "是否指 matters.handled"),
        (["explain", "matters.handled", "--period", "2025", "--division", "望西社区"], "是否指 望溪社区"),
        (["metrics", "--period", "2025", "--by", "zone", "--metric", "matters.handled"], "不能按片区分列"),
        (["metrics", "--period", "2025", "--by", "colour"], "colour"),
        (["metrics", "--period", "2025", "--compare", "mom"], "mom"),
        (["check", "--at", "2025-12-31", "--law", "1900-01-01"], "早于规则集中最早的规定"),
    ],
    ids=["page", "metric", "division", "breakdown", "by", "compare", "law"],
)
def test_what_cannot_be_answered_is_refused_with_what_can(
    store: str, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert 2 == run([*arguments, "--store", store])
    assert said in capsys.readouterr().err.replace("\n", "")


def test_before_the_records_begin_nothing_is_guessed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"sqlite:///{tmp_path / 'later.db'}"
    with shequ.open(url, district=STREET, actor="test") as register:
        since = datetime(2025, 1, 1, tzinfo=SHANGHAI).date()
        register.put(
            SubDistrict(id=STREET, code=STREET, name="云溪街道"),
            Coverage(id="all", type="*", division=STREET, since=since),
            reason="test",
        )
    assert 0 == run(["explain", "matters.handled", "--store", url, "--period", "2020"])
    shown = capsys.readouterr().out
    assert "暂无数据" in shown
    assert "所需记录自 2025-01-01 起才声明完整" in shown


def test_records_that_belong_to_no_division_are_counted_by_the_store_too(tmp_path: Path) -> None:
    with shequ.open(f"sqlite:///{tmp_path / 'people.db'}", district=STREET, actor="test") as register:
        street = SubDistrict(id=STREET, code=STREET, name="云溪街道")
        register.put(street, *(Resident(id=f"r{n}", name="某") for n in range(5)), reason="test")
        kept = register.measure("data.records", at="2025-12-31")
        assert (6, {"街道": 1, "居民": 5}) == (kept.value, {part.group: part.value for part in kept.parts})


def test_a_period_that_has_not_begun_has_no_groups(shequ_json: Callable[..., dict[str, Any]]) -> None:
    for metric in ("matters.handled", "matters.outside_hours_share"):
        document = shequ_json("metrics", "--period", "2090", "--by", "kind", "--metric", metric)
        assert [(None, None, ["时期尚未开始"])] == [
            (one["group"], one["value"], one["notes"]) for one in document["measurements"]
        ]


def test_a_share_that_was_filed_whole_has_no_groups(tmp_path: Path) -> None:
    with shequ.open(f"sqlite:///{tmp_path / 'filed.db'}", district=STREET, actor="test") as register:
        share = ReportedFigure(
            id="f",
            metric="matters.outside_hours_share",
            division=STREET,
            period="2025",
            value=Decimal("0.2"),
            source="报表",
        )
        register.put(SubDistrict(id=STREET, code=STREET, name="云溪街道"), share, reason="test")
        found = register.measure("matters.outside_hours_share", period="2025", by="kind")
    assert (Fraction(1, 5), ()) == (found.value, found.parts)
