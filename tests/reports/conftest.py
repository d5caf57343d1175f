"""The real cases as contexts."""

import csv
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from report_world import context_of, filed

from shequ.calendars import Period
from shequ.reports import ReportContext, pictures

PLAIN = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10" viewBox="0 0 20 10"><rect width="9" height="9"/></svg>'


@pytest.fixture(scope="module")
def plain_pictures() -> Iterator[None]:
    """Charts are drawn as a box: for tests of everything around them, and of documents by the dozen."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "_svg", lambda specification: PLAIN)
        yield


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
