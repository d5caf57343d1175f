"""Properties alone find most of the faults that are put into a copy of the library: the strategies are good."""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from faults import FAULTS, Fault

import shequ

ROOT = Path(__file__).parents[3]
SOURCE = Path(shequ.__file__).parent
WANTED = 0.9
"""The share of the faults that must be found."""
pytestmark = pytest.mark.slow


def found(fault: Fault | None, tests: str, folder: Path) -> bool:
    """Whether a property fails with a fault in a copy of the library; without a fault none may."""
    copy = folder / "shequ"
    shutil.copytree(SOURCE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    if fault is not None:
        module = copy / fault.module
        text = module.read_text(encoding="utf-8")
        module.write_text(text.replace(fault.right, fault.wrong), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-m", "hypothesis and not slow"]
    done = subprocess.run(
        [*command, *tests.split()],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(folder), "SHEQU_HYPOTHESIS": "unshrunk"},
        timeout=300,
    )
    assert done.returncode in (0, 1, 2), done.stdout[-2000:] + done.stderr
    return done.returncode != 0


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.what)
def test_a_fault_changes_one_place_that_is_there(fault: Fault) -> None:
    assert 1 == (SOURCE / fault.module).read_text(encoding="utf-8").count(fault.right)
    assert fault.right != fault.wrong


def test_most_faults_are_found_by_properties_alone(tmp_path: Path) -> None:
    assert len(FAULTS) >= 20
    with ThreadPoolExecutor(os.cpu_count()) as workers:
        each = list(workers.map(lambda pair: found(pair[1], pair[1].tests, tmp_path / f"{pair[0]}"), enumerate(FAULTS)))
    missed = [fault.what for fault, was_found in zip(FAULTS, each, strict=True) if not was_found]
    assert len(missed) <= (1 - WANTED) * len(FAULTS), f"not found: {missed}"


def test_without_a_fault_no_property_fails(tmp_path: Path) -> None:
    tests = " ".join(dict.fromkeys(fault.tests for fault in FAULTS))
    assert not found(None, tests, tmp_path)
