"""The figures that two real sub-districts published give, through the command line, what follows from them."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from shequ.cli.commands import run

CASES = sorted(path.parent.name for path in (Path(__file__).parents[1] / "data/cases").glob("*/expected.json"))


def expected(data: Path, case: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((data / "cases" / case / "expected.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture
def store(data: Path, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """A store with the case that the test is about."""
    url = f"sqlite:///{tmp_path / 'case.db'}"
    assert 0 == run(["load", str(data / "cases" / request.getfixturevalue("case")), "--store", url])
    return url


def asked(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    status = run([*arguments, "--json"])
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return status, document


def number(value: int | str | None) -> Fraction | None:
    return None if value is None else Fraction(value)


@pytest.mark.parametrize("case", CASES)
def test_measurements_follow_by_arithmetic(
    case: str, store: str, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = expected(data, case)
    status, document = asked(capsys, "metrics", "--store", store, "--at", wanted["at"])
    assert (0, "shequ.metrics/1") == (status, document["format"])
    found = {one["metric"]: one for one in document["measurements"] if one["group"] is None}
    for code, facts in wanted["measurements"].items():
        for key in ("value", "numerator", "denominator"):
            if key in facts:
                assert number(facts[key]) == number(found[code][key]), (code, key)
        assert ("note" in facts) <= bool(found[code]["notes"]), code


@pytest.mark.parametrize("case", CASES)
def test_ratios_are_exact_until_they_are_printed(
    case: str, store: str, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = expected(data, case)
    for code, facts in wanted["measurements"].items():
        if "printed" in facts:
            capsys.readouterr()
            assert 0 == run(["explain", code, "--store", store, "--at", wanted["at"]])
            assert f"= {facts['printed']}" in capsys.readouterr().out.splitlines()[0]


@pytest.mark.parametrize("case", CASES)
def test_what_closes_gives_no_finding(case: str, store: str, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wanted = expected(data, case)
    assert wanted["closes"]
    _, document = asked(capsys, "check", "--store", store, "--at", wanted["at"])
    assert [] == [finding for finding in document["findings"] if finding["rule"] == "figures.close"]


@pytest.mark.parametrize("case", CASES)
def test_findings_depend_on_the_law_they_are_judged_by(
    case: str, store: str, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = expected(data, case)
    for law, rules in wanted["findings"].items():
        day = law.removeprefix("law of ")
        status, document = asked(capsys, "check", "--store", store, "--at", wanted["at"], "--law", day)
        assert (wanted["at"], day) == (document["at"], document["law"])
        found = {finding["rule"]: finding for finding in document["findings"]}
        for rule, text in rules.items():
            assert (text is not None) == (rule in found), (day, rule)
            if text is not None and "advice" in text:
                assert found[rule]["severity"] == "advice"
            if text is not None and text[0].isdigit():
                measured = number(found[rule]["measured"])
                assert measured is not None
                assert text.split()[0] == f"{float(measured):.10g}"[: len(text.split()[0])]
        errors = any(finding["severity"] == "error" for finding in document["findings"])
        assert errors == bool(status)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.slow
def test_a_report_comes_out_and_prints_no_data_as_such(case: str, store: str, data: Path, tmp_path: Path) -> None:
    year = expected(data, case)["at"][:4]
    for suffix in ("md", "html", "json"):
        out = tmp_path / f"report.{suffix}"
        assert 0 == run(["report", "work", "--store", store, "--period", year, "--out", str(out)])
        assert "暂无数据" in out.read_text(encoding="utf-8")


def test_a_changed_part_no_longer_closes(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    figures = (data / "cases/qingniwaqiao/figures.csv").read_text(encoding="utf-8")
    folder = tmp_path / "returns"
    folder.mkdir()
    (folder / "figures.csv").write_text(
        figures.replace("2010-12-31,17,人,age", "2010-12-31,18,人,age").replace(",10789,", ",10788,"), encoding="utf-8"
    )
    store = f"sqlite:///{tmp_path / 'x.db'}"
    assert 0 == run(["load", str(folder), "--store", store])
    status, document = asked(capsys, "check", "--store", store, "--at", "2010-12-31")
    broken = {
        finding["subject"].split(" ", 1)[1] for finding in document["findings"] if finding["rule"] == "figures.close"
    }
    assert {"staff.full_time age", "population.registered"} == broken
    assert 1 == status


class TestDivisions:
    def test_a_whole_city_loads_though_names_repeat(
        self, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        store = f"sqlite:///{tmp_path / 'city.db'}"
        assert 0 == run(["load", str(data / "divisions_3302_2016.csv"), "--store", store])
        assert "新增 3455 条" in capsys.readouterr().err
        assert 0 == run(["load", str(data / "divisions_3302_2016.csv"), "--store", store])
        assert "未变 3455 条" in capsys.readouterr().err
