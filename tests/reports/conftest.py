"""The real cases as contexts."""

import csv
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from report_world import context_of, filed

from shequ.calendars import Period
from shequ.reports import ReportContext, pictures

_PATIENCE = 600
"""Seconds: a machine with much else to do takes its time."""
PLAIN = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10" viewBox="0 0 20 10"><rect width="9" height="9"/></svg>'


@pytest.fixture(scope="module")
def plain_pictures() -> Iterator[None]:
    """Charts are drawn as a box: for tests of everything around them, and of documents by the dozen."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "_svg", lambda _: PLAIN)
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


def needed(*names: str) -> str | None:
    """The first of some programs that is there; without any the test is skipped, or fails where it must run."""
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None and os.environ.get("SHEQU_REQUIRE_SERVERS") == "1":
        pytest.fail(f"none of {', '.join(names)} is installed, and SHEQU_REQUIRE_SERVERS=1")
    if found is None:
        pytest.skip(f"none of {', '.join(names)} is installed")
    return found


@pytest.fixture(scope="session")
def pdftotext() -> str | None:
    """What reads the text of a PDF."""
    return needed("pdftotext")


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """Turns a document into a PDF beside it, with LibreOffice."""
    program, _ = needed("soffice", "libreoffice"), needed("pdftotext")
    profile = tmp_path_factory.mktemp("profile")

    def convert(path: Path) -> Path:
        command = [program, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", "pdf"]
        subprocess.run([*command, "--outdir", path.parent, path], check=True, capture_output=True, timeout=180)
        return path.with_suffix(".pdf")

    return convert


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A headless Chromium that logs its console and every request."""
    chromium, driver = needed("chromium", "chromium-browser", "google-chrome"), needed("chromedriver")
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (
        *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
        *("--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"),
        f"--user-data-dir={tmp_path_factory.mktemp('chromium')}",
        "--window-size=1280,900",
    ):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    opened = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    opened.set_script_timeout(_PATIENCE)
    opened.command_executor.client_config.timeout = _PATIENCE
    yield opened
    opened.quit()
