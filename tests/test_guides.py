"""Tutorials and guides do what they say, in both languages; what they promise is there."""

import inspect
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import ClassVar

import pytest

import shequ
from documents_kit import ROOT, blocks, run_page
from shequ import errors
from shequ.plugins import PluginHost

FIRST = {"en": ROOT / "docs/tutorial/first-report.md", "zh": ROOT / "docs/zh/first-report.md"}
PLUGIN = {"en": ROOT / "docs/tutorial/a-plugin.md", "zh": ROOT / "docs/zh/plugin-guide.md"}
ERRORS = (ROOT / "docs/reference/errors.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("pages", [FIRST, PLUGIN], ids=["first report", "plugin guide"])
@pytest.mark.parametrize("language", ["python", "text", "toml"])
def test_both_languages_have_the_same_examples(pages: dict[str, Path], language: str) -> None:
    english, chinese = (blocks(pages[tongue].read_text(encoding="utf-8"), language) for tongue in ("en", "zh"))
    assert english == chinese


def test_both_readmes_have_the_same_commands() -> None:
    english, chinese = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh.md"))
    for command in re.findall(r"^    (pip install .*)$", english, re.MULTILINE):
        assert f"    {command}\n" in chinese
    (wanted,), (found,) = blocks(english, "console"), blocks(chinese, "console")
    assert set(found.splitlines()) <= set(wanted.splitlines())


@pytest.mark.slow
def test_the_first_report_prints_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    run_page(FIRST["en"])
    assert "".join(blocks(FIRST["en"].read_text(encoding="utf-8"), "text")) == capsys.readouterr().out
    assert "云溪街道" in (tmp_path / "first.html").read_text(encoding="utf-8")
    assert "暂无数据" in (tmp_path / "first.md").read_text(encoding="utf-8")


def test_the_plugin_guide_works(monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config) -> None:
    # Also where the checkout was installed before it had fixtures of its own, and pytest does not know them.
    pytestconfig.addinivalue_line("markers", "shequ_plugins(*plugins): plugins of a register")
    names = run_page(PLUGIN["en"])
    module = ModuleType("street_piles")
    vars(module).update({name: thing for name, thing in names.items() if not name.startswith(("test_", "__"))})
    monkeypatch.setitem(sys.modules, "street_piles", module)
    host = PluginHost({"street_piles": module}, discover=False, strict=True)
    with shequ.open("memory:", "999900001000", host=host) as register:
        names["test_a_pile_is_counted"](register)  # type: ignore[operator] # the guide's own test
        findings = [finding.remedy for finding in register.check(at="2025-12-31") if finding.rule == "piles.count"]
        assert ["增设 2 个充电桩"] == findings
    names["test_a_pile_comes_back_from_its_plain_form"]()  # type: ignore[operator] # likewise


def test_the_testing_guide_shows_suites_as_they_are() -> None:
    names = run_page(ROOT / "docs/how-to/test-a-plugin.md")
    document = names["TestMyRenderer"]().make_renderer()  # type: ignore[operator] # the guide's own class
    assert callable(document)


def test_the_testing_guide_names_everything_that_is_shipped() -> None:
    import shequ.testing

    page = (ROOT / "docs/how-to/test-a-plugin.md").read_text(encoding="utf-8")
    values = ("Attempt", "CardHistory", "District", "Homes")  # what strategies draw
    assert [] == [name for name in shequ.testing.__all__ if name not in page and name not in values]


class TestErrors:
    ROWS: ClassVar = {
        found[1]: found[2] for found in re.finditer(r"^\| `(\w+)` \| `(\w+)` \| .+ \| .+ \|$", ERRORS, re.MULTILINE)
    }

    def test_every_error_stands_there_with_its_family(self) -> None:
        raised = {
            name: cls.__bases__[0].__name__
            for name, cls in inspect.getmembers(errors, inspect.isclass)
            if issubclass(cls, errors.ShequError)
        }
        assert raised == self.ROWS

    def test_every_row_says_what_to_do(self) -> None:
        for line in ERRORS.splitlines():
            if line.startswith("| `") and line.count("|") == 5:
                *_, when, remedy, _ = line.split("|")
                assert len(when.strip()) > 20, line
                assert len(remedy.strip()) > 20, line
