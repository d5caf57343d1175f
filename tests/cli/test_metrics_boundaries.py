"""`shequ metrics --boundaries`: figures of then by the communities of another day."""

import json
from pathlib import Path

import pytest

from shequ.cli.commands import run

SHEETS = {
    "街道.csv": "区划代码,名称\n999900001000,云溪街道\n",
    "社区.csv": (
        "区划代码,名称,街道,状态,设立日期,撤销日期\n"
        "999900001001,甲社区,云溪街道,运行,,2025-07-01\n"
        "999900001002,乙社区,云溪街道,运行,,2025-07-01\n"
        "999900001009,大社区,云溪街道,运行,2025-07-01,\n"
    ),
    "区划变更.csv": "变更,变更前区划,变更后区划,生效日期\n合并,999900001001、999900001002,999900001009,2025-07-01\n",
    "figures.csv": (
        "metric,division,at,value\n"
        "population.households,999900001001,2025-06-30,300\n"
        "population.households,999900001002,2025-06-30,200\n"
    ),
}


@pytest.fixture
def store(tmp_path: Path) -> str:
    returns = tmp_path / "returns"
    returns.mkdir()
    for name, text in SHEETS.items():
        (returns / name).write_text(text, encoding="utf-8")
    url = f"sqlite:///{tmp_path / 'street.db'}"
    assert 0 == run(["load", str(returns), "--store", url])
    return url


@pytest.mark.parametrize(
    ("boundaries", "figures"),
    [("2025-12-31", {"999900001009": 500}), ("2025-06-30", {"999900001001": 300, "999900001002": 200})],
)
def test_figures_of_then_come_by_the_communities_of_the_day_asked_for(
    store: str, boundaries: str, figures: dict[str, int], capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    asked = ["--at", "2025-06-30", "--by", "community", "--boundaries", boundaries, "--metric", "population.households"]
    assert 0 == run(["metrics", "--store", store, *asked, "--json"])
    found = json.loads(capsys.readouterr().out)["measurements"]
    assert figures == {one["division"]: one["value"] for one in found}


@pytest.mark.parametrize("more", [[], ["--by", "community", "--known-at", "2025-12-31"]])
def test_what_does_not_go_together_is_wrong_usage(
    store: str, more: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert 2 == run(["metrics", "--store", store, "--at", "2025-06-30", "--boundaries", "2025-12-31", *more])
    assert "--by community" in capsys.readouterr().err


def test_what_belongs_to_no_community_of_that_day_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text in SHEETS.items():
        (tmp_path / name).write_text(text.replace("合并,999900001001、999900001002,999900001009", "撤销,999900001001,"))
    url = f"sqlite:///{tmp_path / 'street.db'}"
    assert 0 == run(["load", str(tmp_path), "--store", url])
    capsys.readouterr()
    asked = [
        "--at",
        "2025-06-30",
        "--by",
        "community",
        "--boundaries",
        "2025-12-31",
        "--metric",
        "population.households",
    ]
    assert 0 == run(["metrics", "--store", url, *asked])
    printed = "".join(part.strip(" │┃") for line in capsys.readouterr().out.splitlines() for part in line.split())
    assert "以下未计入上列各行：" in printed
    assert 0 == run(["metrics", "--store", url, *asked, "--json"])
    *_, whole = json.loads(capsys.readouterr().out)["measurements"]
    assert ("999900001000", 500) == (whole["division"], whole["value"])
    assert "甲社区 300户（2025-12-31 没有与之对应的区划）" in whole["notes"][-1]
