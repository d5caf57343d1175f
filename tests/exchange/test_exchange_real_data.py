"""Real data: the divisions of a whole city, and what two sub-districts published."""

import shutil
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from exchange_kit import DATA, SCHEMA, by_type, settle

from shequ.exchange import read_returns
from shequ.model import Division, DivisionTerm, ReportedFigure


def test_the_divisions_of_a_city_are_loaded_though_their_names_repeat() -> None:
    returns = read_returns(DATA / "divisions_3302_2016.csv", SCHEMA)
    settled = settle(returns)
    divisions = [record for record in settled.records if isinstance(record, Division)]
    assert {"unusual-division-code": 30} == Counter(problem.code for problem in settled.problems)
    assert not settled.has_errors
    assert (3455, 3455) == (settled.new, len(divisions))
    assert ("330200000000",) == returns.districts
    assert {"city": 1, "county": 12, "town": 158, "village": 3284} == Counter(str(d.level) for d in divisions)
    assert len({division.name for division in divisions}) < len(divisions)
    assert all(division.id == division.code for division in divisions)


def test_a_parent_that_the_file_does_not_hold_is_let_stand() -> None:
    settled = settle(read_returns(DATA / "divisions_3302_2016.csv", SCHEMA))
    held = {record.id for record in settled.records}
    absent = {record.parent for record in settled.records if isinstance(record, Division)} - held
    assert {"330000000000"} == absent


def test_the_towns_of_another_year_change_what_they_name_and_leave_the_rest() -> None:
    old = settle(read_returns(DATA / "divisions_3302_2016.csv", SCHEMA)).records
    towns = {r.id for r in old if isinstance(r, Division) and r.level is DivisionTerm.TOWN}
    settled = read_returns(DATA / "divisions_3302_towns_2023.csv", SCHEMA).settle(
        by_type(old), metric=lambda _name: None
    )
    now = 162
    assert (35, now) == (settled.new, settled.new + settled.changed + settled.unchanged)
    assert 31 == len(towns) - (now - settled.new)


@pytest.mark.parametrize(
    ("case", "count", "district"), [("qingniwaqiao", 30, "210202008000"), ("ten-communities", 11, "LOCAL-10")]
)
def test_the_published_figures_of_a_case_are_loaded(tmp_path: Path, case: str, count: int, district: str) -> None:
    shutil.copy(DATA / "cases" / case / "figures.csv", tmp_path)
    returns = read_returns(tmp_path, SCHEMA)
    settled = settle(returns, metrics=[draft.values["metric"] for draft in returns.drafts])
    assert () == settled.problems
    assert count == settled.new
    assert (district,) == returns.districts
    assert {district} == {record.division for record in settled.records if isinstance(record, ReportedFigure)}


def test_a_part_of_a_published_figure_keeps_its_group() -> None:
    settled = settle(read_returns(DATA / "cases" / "ten-communities", SCHEMA))
    figures = [record for record in settled.records if isinstance(record, ReportedFigure)]
    parts = {figure.group: figure.value for figure in figures if figure.breakdown == "condition"}
    assert {"good": Decimal(3), "fair": Decimal(4), "poor": Decimal(1), "rented or borrowed": Decimal(2)} == parts
