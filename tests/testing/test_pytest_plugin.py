"""The fixtures work in a stranger's suite, with strict markers and warnings as errors, and cost others nothing."""

import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SUITE = '''
from datetime import datetime, timedelta

import pytest
import shequ
from shequ.model import Resident
from shequ.sample import SMALLEST


class Street:
    """A plugin."""

    @shequ.hookimpl
    def shequ_plugin_info(self):
        return {"version": "3"}


def test_a_register_is_empty_and_stands_still(shequ_register, shequ_clock):
    assert shequ_register.get("resident", "r1") is None
    assert "2026-01-05T09:00:00+08:00" == shequ_register.now.isoformat()
    shequ_register.put(Resident(id="r1", name="王芳"), reason="test")
    shequ_clock.advance(timedelta(days=30))
    assert "2026-02-04" == str(shequ_register.today)
    assert "王芳" == shequ_register.get("居民", "r1").name


@pytest.mark.shequ_now("2025-06-30")
def test_the_clock_stands_where_the_marker_says(shequ_clock):
    assert "2025-06-30T09:00:00+08:00" == shequ_clock().isoformat()
    with pytest.raises(ValueError, match="put back"):
        shequ_clock.advance(timedelta(days=-1))


@pytest.mark.shequ_now("2025-06-30T23:30:00+00:00")
def test_a_moment_is_taken_as_it_is(shequ_clock):
    assert "2025-06-30T23:30:00+00:00" == shequ_clock().isoformat()


@pytest.mark.shequ_plugins(Street(), "their_plugin")
def test_plugins_are_those_chosen(shequ_plugins, shequ_register):
    others = [plugin.name for plugin in shequ_plugins.plugins if not plugin.name.startswith("shequ.")]
    assert ["Street", "their_plugin"] == others
    assert shequ_plugins is shequ_register.host


@pytest.mark.parametrize("shequ_register", ["memory"], indirect=True)
def test_a_district_is_made_once(shequ_district, shequ_register):
    district = shequ_district(SMALLEST)
    assert district is shequ_district(SMALLEST)
    shequ_register.put(*district.all(), reason="test")
    assert 6 == shequ_register.measure("population.communities", at="2025-12-31").value


@pytest.mark.parametrize("shequ_register", ["sqlite:///{path}/theirs.db"], indirect=True)
def test_a_store_is_chosen_by_url(shequ_register, tmp_path):
    assert (tmp_path / "theirs.db").exists()
'''
PLUGIN = """
from shequ import hookimpl

@hookimpl
def shequ_plugin_info():
    return {"version": "1"}
"""
# Where this checkout's own pyproject.toml is installed, pytest finds the fixtures by itself.
NAMED = (
    []
    if any(point.name == "shequ" for point in entry_points(group="pytest11"))
    else ["-p", "shequ.testing.pytest_plugin"]
)


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A stranger's run of pytest, from a folder of their own."""
    (folder / "their_plugin.py").write_text(PLUGIN, encoding="utf-8")
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *NAMED),
            *("--strict-markers", "--strict-config", "-W", "error", "-c", os.devnull, "--rootdir", str(folder)),
            *arguments,
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": path},
    )


@pytest.mark.slow
def test_the_fixtures_work_in_a_strict_suite(tmp_path: Path) -> None:
    (tmp_path / "test_theirs.py").write_text(SUITE, encoding="utf-8")
    done = run(tmp_path, "test_theirs.py")
    assert 0 == done.returncode, done.stdout[-3000:] + done.stderr
    assert "8 passed" in done.stdout


@pytest.mark.slow
def test_the_fixtures_and_markers_are_listed(tmp_path: Path) -> None:
    (tmp_path / "test_theirs.py").write_text("def test_nothing(): pass\n", encoding="utf-8")
    fixtures, markers = run(tmp_path, "--fixtures").stdout, run(tmp_path, "--markers").stdout
    assert {"shequ_clock", "shequ_district", "shequ_plugins", "shequ_register"} <= set(
        re.findall(r"^(shequ_\w+)", fixtures, re.MULTILINE)
    )
    assert {"shequ_now", "shequ_plugins"} <= set(re.findall(r"pytest\.mark\.(shequ_\w+)", markers))


@pytest.mark.slow
def test_a_plugin_that_fails_fails_the_test(tmp_path: Path) -> None:
    (tmp_path / "test_theirs.py").write_text(
        "import pytest\nclass Wrong: pass\n@pytest.mark.shequ_plugins(Wrong())\ndef test_it(shequ_plugins): pass\n",
        encoding="utf-8",
    )
    done = run(tmp_path, "test_theirs.py")
    assert 1 == done.returncode
    assert "PluginFailure" in done.stdout


def test_importing_the_plugin_imports_nothing_that_costs() -> None:
    code = (
        "import pytest, sys; before = set(sys.modules); import shequ.testing.pytest_plugin\n"
        "print(sorted(set(sys.modules) - before))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert str(["shequ", "shequ.testing", "shequ.testing.pytest_plugin"]) == loaded.strip()


def test_pytest_finds_it_by_its_entry_point() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]
    assert {"shequ": "shequ.testing.pytest_plugin"} == declared["pytest11"]
