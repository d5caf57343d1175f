"""The demonstration: from spreadsheets to report in one go, with its flaws found and nothing else."""

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import shequ
from shequ.cli.commands import run
from shequ.metrics import Provenance
from shequ.sample.demonstration import DEMONSTRATION_NOW, demonstrate
from shequ.sample.flaws import FLAWS

HOUSEHOLDS = 2000


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the demonstration was run, at the smallest size that shows every flaw."""
    out = tmp_path_factory.mktemp("demo") / "out"
    assert 0 == run(["demo", "--out", str(out), "--households", str(HOUSEHOLDS)])
    return out


def store(demo: Path) -> str:
    return f"sqlite:///{demo / 'demo.db'}"


def test_it_leaves_spreadsheets_database_and_reports(demo: Path) -> None:
    assert {"returns", "demo.db", "report-2025.md", "report-2025.html", "report-2025.json"} <= {
        path.name for path in demo.iterdir()
    }
    assert len(list((demo / "returns").glob("*.csv"))) > 30
    kinds = ("appointment", "registration", "record", "contact", "slip")
    assert {f"{kind}.{suffix}" for kind in kinds for suffix in ("html", "docx")} == {
        path.name for path in (demo / "cards").iterdir()
    }
    for kind in kinds:
        assert 1 == (demo / "cards" / f"{kind}.html").read_text(encoding="utf-8").count('<section class="sheet">')
    assert list((demo / "returns").glob("*.xlsx"))


@pytest.mark.slow
def test_each_flaw_is_found_where_it_lies(demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert 1 == run(["check", "--store", store(demo), "--at", "2025-12-31", "--json"])
    document = json.loads(capsys.readouterr().out)
    assert ["national", "yunxi"] == document["rule_sets"]
    found = {(finding["rule"], finding["division"]) for finding in document["findings"]}
    assert {(flaw.rule, flaw.where) for flaw in FLAWS.values()} <= found
    # What follows from a flaw is all that is found besides.
    assert {
        ("staff.per_10000_residents", FLAWS["short of workers"].where),
        ("party.groups", FLAWS["branch too small"].where),
        ("party.meetings", FLAWS["month without activity"].where),
    } == found - {(flaw.rule, flaw.where) for flaw in FLAWS.values()}
    remedies = {finding["rule"]: finding["remedy"] for finding in document["findings"]}
    assert "再配备" in remedies["staff.households_per_worker"]


@pytest.mark.slow
def test_loading_its_spreadsheets_again_changes_nothing(demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert 0 == run(["load", str(demo / "returns"), "--store", store(demo)])
    assert "新增 0 条，更新 0 条" in capsys.readouterr().err


@pytest.mark.slow
def test_figures_of_every_theme_come_from_records(demo: Path) -> None:
    with shequ.open(store(demo), clock=lambda: DEMONSTRATION_NOW) as register:
        measured = register.measure_all(period="2025")
        counted = [one for one in measured if one.provenance in (Provenance.RECORDS, Provenance.BOTH)]
        assert len(counted) > 100
        for one in counted:
            if one.denominator is None and one.row_count < 50:
                assert one.row_count == len(list(one.rows())), one.metric.code


def test_the_whole_follows_from_its_communities_by_the_way_it_rolls_up(demo: Path) -> None:
    with shequ.open(store(demo), clock=lambda: DEMONSTRATION_NOW) as register:
        for code in ("matters.handled", "safety.disputes", "population.households", "party.members"):
            *communities, whole = register.measure_all(period="2025", by="community", codes=[code])
            assert whole.value == sum(one.value or 0 for one in communities), code


@pytest.mark.slow
def test_an_answer_says_what_metrics_and_periods_it_is_about(demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert 0 == run(["metrics", "--store", store(demo), "--period", "2025", "--by", "community", "--json"])
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert ("shequ.metrics/1", "2025", None) == (document["format"], document["period"], document["known_at"])
    keys = {
        "metric",
        "name",
        "division",
        "period",
        "value",
        "numerator",
        "denominator",
        "per",
        "unit",
        "provenance",
        "rows",
        "group",
        "notes",
        "plugin",
    }
    assert [keys] == list({frozenset(one): set(one) for one in document["measurements"]}.values())
    households = [one for one in document["measurements"] if one["metric"] == "population.households"]
    assert 7 == len(households)


def test_explain_lists_definition_base_and_records(demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert 0 == run(["explain", "volunteers.records_late", "--store", store(demo), "--period", "2025", "--json"])
    document = json.loads(capsys.readouterr().out)
    assert "工作日" in document["definition"]
    assert [("volunteers.record_due", 10)] == [(use["name"], use["value"]) for use in document["parameters"]]
    assert "第十一条" in document["parameters"][0]["citation"]
    (record,) = document["records"]
    assert "service_record" == record["type"]


class Page(HTMLParser):
    """Collects what a page loads or links to."""

    def __init__(self) -> None:
        super().__init__()
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.outside += [f"{tag} {value}" for name, value in attrs if name in ("src", "href") and "//" in (value or "")]


def test_the_page_needs_nothing_from_outside(demo: Path) -> None:
    page = Page()
    page.feed((demo / "report-2025.html").read_text(encoding="utf-8"))
    assert [] == page.outside


def test_no_identity_number_is_in_anything_that_is_shown(demo: Path) -> None:
    for suffix in ("md", "html", "json"):
        assert "999900" + "19" not in (demo / f"report-2025.{suffix}").read_text(encoding="utf-8")


@pytest.mark.slow
def test_it_can_be_run_again_but_never_over_something_else(
    demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "letter.txt").write_text("keep me", encoding="utf-8")
    assert 2 == run(["demo", "--out", str(tmp_path), "--households", "60"])
    assert "letter.txt" in capsys.readouterr().err
    assert "keep me" == (tmp_path / "letter.txt").read_text(encoding="utf-8")
    again = tmp_path / "again"
    for _ in range(2):
        demonstrate(again, households=60, progress=lambda _what, _number: None)
    assert (again / "report-2025.md").exists()


@pytest.mark.slow
def test_the_same_seed_gives_the_same_spreadsheets(tmp_path: Path) -> None:
    for name in ("a", "b"):
        demonstrate(tmp_path / name, households=60, progress=lambda _what, _number: None)
    for path in sorted((tmp_path / "a" / "returns").glob("*.csv")):
        assert path.read_bytes() == (tmp_path / "b" / "returns" / path.name).read_bytes()
