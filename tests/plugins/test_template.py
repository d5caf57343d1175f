"""The template makes a plugin that installs and passes its own tests."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "docs/plugin-template/new_plugin.py"


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, SCRIPT, *arguments], capture_output=True, text=True, check=False)


def test_a_new_plugin_has_its_own_name_everywhere(tmp_path: Path) -> None:
    assert 0 == make("riverside-outlets", str(tmp_path / "new")).returncode
    made = [path for path in (tmp_path / "new").rglob("*") if path.is_file()]
    assert tmp_path / "new/src/riverside_outlets/rules.toml" in made
    for path in made:
        written = f"{path.relative_to(tmp_path)} {path.read_text(encoding='utf-8')}"
        assert "street-plugin" not in written
        assert "street_plugin" not in written


@pytest.mark.parametrize("name", ["Riverside", "riverside_outlets", "1st", "a--b", ""])
def test_a_name_that_is_none_is_refused(name: str, tmp_path: Path) -> None:
    done = make(name, str(tmp_path / "new"))
    assert (1, False) == (done.returncode, (tmp_path / "new").exists())
    assert "is no name for a plugin" in done.stderr


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    assert "is there already" in make("riverside-outlets", str(tmp_path)).stderr


def test_its_extra_for_tests_brings_the_command_that_the_guide_uses_next() -> None:
    guide = (ROOT / "docs/how-to/write-a-plugin.md").read_text(encoding="utf-8")
    assert "pip install -e '.[test]' && pytest\n    shequ plugins\n" in guide
    declared = tomllib.loads((SCRIPT.parent / "template/pyproject.toml").read_text(encoding="utf-8"))
    (shequ,) = declared["project"]["optional-dependencies"]["test"]
    assert "cli" in shequ.removeprefix("shequ[").removesuffix("]").split(",")


@pytest.mark.slow
@pytest.mark.parametrize("which", ["template", "example"])
def test_it_installs_and_passes_its_own_tests(which: str, tmp_path: Path) -> None:
    """The example's tests of its store take a minute and are run by .ci/run, with built wheels."""
    pytest.importorskip("hatchling", reason="wheels are built with hatchling (extra dev)")
    folder = ROOT / "examples/district-plugin"
    if which == "template":
        folder = tmp_path / "new"
        assert 0 == make("riverside-outlets", str(folder)).returncode
    site = tmp_path / "site"
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "--target",
        site,
    ]
    installed = subprocess.run([*pip, folder], capture_output=True, text=True, check=False)
    assert 0 == installed.returncode, installed.stderr
    paths = os.pathsep.join(filter(None, (str(site), os.environ.get("PYTHONPATH"))))
    tests = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        folder / "tests",
        "-k",
        "not TestFileStore",
    ]
    done = subprocess.run(
        tests, cwd=tmp_path, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, check=False
    )
    assert 0 == done.returncode, done.stdout
    assert "passed" in done.stdout
