"""The real cases as contexts."""

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from report_world import context_of, filed

from shequ.calendars import Period
from shequ.reports import ReportContext

CASES = Path(__file__).parent.parent / "data" / "cases"


@pytest.fixture
def case() -> Callable[[str], ReportContext]:
    """The figures of a case by its name, over the year of their date."""

    def read(name: str) -> ReportContext:
        with (CASES / name / "figures.csv").open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        day = date.fromisoformat(rows[0]["at"])
        figures = [
            filed(row["metric"], row["value"], division=row["division"], group=row["group"] or None, at=day)
            for row in rows
        ]
        return context_of(figures, period=Period.year(day.year), district=rows[0]["division"])

    return read
