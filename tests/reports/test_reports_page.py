"""The page in a real browser: nothing is loaded from elsewhere, figures open their lineage, everybody can use it."""

import base64
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rendered import rendered
from report_world import activities, context_of, filed, people, places, plan

from shequ.reports import Document, build_work_report

pytestmark = pytest.mark.slow


def document() -> Document:
    return build_work_report(
        context_of(
            [
                *places(),
                *people(),
                *activities([2, 3, 9]),
                filed("population.households", "3", period="2024"),
                filed("welfare.donations_money", "12.50"),
                plan(2026, "再办一次"),
            ],
            findings=[{"message": "少了一处", "threshold": "≥1", "citation": "某法第一条", "remedy": "补上"}],
        )
    )


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found: Path = tmp_path_factory.mktemp("page") / "report.html"
    found.write_bytes(rendered(document(), "html"))
    return found


@pytest.fixture
def page(browser: Any, path: Path) -> Iterator[Any]:
    """The page, newly opened; afterwards its console must be empty."""
    browser.get_log("browser")
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.get(path.as_uri())
    yield browser
    assert [] == browser.get_log("browser")


def requests(browser: Any) -> list[str]:
    told = (json.loads(entry["message"])["message"] for entry in browser.get_log("performance"))
    return [one["params"]["request"]["url"] for one in told if one["method"] == "Network.requestWillBeSent"]


def figure(page: Any, text: str) -> Any:
    return next(found for found in page.find_elements("css selector", "main p a.figure") if found.text == text)


def told(page: Any) -> dict[str, str]:
    pairs = page.execute_script(
        "const d = document.getElementById('lineage');"
        "return [d.open, d.querySelector('h2').textContent, d.querySelector('.value').textContent,"
        " [...d.querySelectorAll('dt')].map(e => [e.textContent, e.nextElementSibling.textContent])]"
    )
    return {"open": pairs[0], "name": pairs[1], "value": pairs[2], **dict(pairs[3])}


def test_no_request_leaves_the_page(page: Any, path: Path) -> None:
    requests(page)
    page.refresh()
    figure(page, "3人").click()
    assert {path.as_uri()} == set(requests(page))


def test_a_figure_opens_its_lineage_by_mouse(page: Any) -> None:
    figure(page, "3人").click()
    found = told(page)
    assert (True, "在册（户籍）人口", "3人") == (found["open"], found["name"], found["value"])
    assert ("演示街道", "2025年", "据记录", "3") == tuple(found[name] for name in ("区划", "时间", "来源", "条数"))
    assert "户籍在此，不论居住何处" == found["口径"]
    assert "关系类型为户籍" in found["定义"]
    page.find_element("css selector", "dialog button").click()
    assert not told(page)["open"]


def test_and_by_keyboard_and_gives_the_focus_back(page: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    link = figure(page, "3人")
    page.execute_script("arguments[0].focus()", link)
    link.send_keys(Keys.ENTER)
    assert told(page)["open"]
    assert "关闭" == page.switch_to.active_element.text
    page.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert not told(page)["open"]
    assert link == page.switch_to.active_element


def test_every_figure_opens_something(page: Any) -> None:
    empty = page.execute_script(
        "const d = document.getElementById('lineage'), bad = [];"
        "for (const a of document.querySelectorAll('a.figure')) {"
        " a.click(); if (!d.open || d.querySelectorAll('dt').length < 4) bad.push(a.textContent); d.close(); }"
        "return bad"
    )
    assert [] == empty


def test_without_the_script_the_links_lead_to_the_sources(path: Path, browser: Any) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get(path.as_uri())
        figure(browser, "3人").click()
        assert re.search(r"#f\d+$", browser.current_url)
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_charts_are_pictures_with_an_alternative_and_their_figures_beside_them(page: Any) -> None:
    pictures = page.find_elements("css selector", "figure svg[role=img]")
    assert pictures
    assert all("：" in picture.get_attribute("aria-label") and picture.size["height"] > 50 for picture in pictures)
    assert len(pictures) == len(page.find_elements("css selector", "figure details table"))


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_is_wider_than_the_screen(page: Any, width: int) -> None:
    metrics = {"width": width, "height": 740, "deviceScaleFactor": 1, "mobile": width < 500}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    assert page.execute_script("return document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(
    ("width", "step"),
    [
        (1280, "document.querySelectorAll('details').forEach(d => { d.open = true; })"),
        (360, "document.querySelector('a.figure').click()"),
    ],
    ids=["wide, all sources open", "narrow, a lineage open"],
)
def test_axe_finds_no_violation(page: Any, width: int, step: str) -> None:
    axe = pytest.importorskip("axe_core_python", reason="axe-core-python is not installed")
    metrics = {"width": width, "height": 740, "deviceScaleFactor": 1, "mobile": width < 500}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    (script,) = Path(axe.__path__[0]).rglob("axe.min.js")
    page.execute_cdp_cmd("Page.setBypassCSP", {"enabled": True})
    page.refresh()
    page.execute_script(step)
    page.execute_cdp_cmd("Runtime.evaluate", {"expression": script.read_text(encoding="utf-8")})
    judged = page.execute_async_script("axe.run({resultTypes: ['violations']}).then(arguments[0])")
    assert [] == [(one["id"], [node["html"] for node in one["nodes"][:2]]) for one in judged["violations"]]
    assert len(judged["passes"]) > 10


def test_it_prints_on_a4_without_what_only_a_screen_needs(page: Any, pdftotext: str, tmp_path: Path) -> None:
    made = page.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    pdf = tmp_path / "page.pdf"
    pdf.write_bytes(base64.b64decode(made["data"]))
    text = subprocess.run([pdftotext, "-layout", pdf, "-"], check=True, capture_output=True, text=True).stdout
    assert "关闭" not in text
    assert "图中数据" not in text
    assert "逐个数值" not in text
    assert "数据来源" in text.rpartition("暂无数据的指标")[2]
    info = subprocess.run(
        [shutil.which("pdfinfo") or "pdfinfo", pdf], check=True, capture_output=True, text=True
    ).stdout
    assert "(A4)" in info
