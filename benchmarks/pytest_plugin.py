"""What the fixtures' plugin costs a suite that does not use it: `python benchmarks/pytest_plugin.py`.

Pairs of runs of pytest over one empty test, with the plugin and without, in turn; the median of the differences.
"""

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
from importlib.metadata import entry_points
from pathlib import Path

PLUGIN = "shequ.testing.pytest_plugin"
# Where it is installed as an entry point it loads by itself, and is blocked for the runs without.
INSTALLED = any(point.value == PLUGIN for point in entry_points(group="pytest11"))
WITH = [] if INSTALLED else ["-p", PLUGIN]
WITHOUT = ["-p", "no:shequ"] if INSTALLED else []


def seconds(folder: Path, arguments: list[str]) -> float:
    """Processor time of a run: other work on the machine does not count."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments, "test_empty.py"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def import_seconds() -> float:
    """The import alone, with what pytest has loaded anyway."""
    code = f"import pytest, time; t = time.process_time(); import {PLUGIN}; print(time.process_time() - t)"
    return float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=15)
    pairs = parser.parse_args().pairs
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_empty.py").write_text("def test_nothing():\n    pass\n", encoding="utf-8")
        seconds(folder, WITH), seconds(folder, WITHOUT)
        differences = [seconds(folder, WITH) - seconds(folder, WITHOUT) for _ in range(pairs)]
    imports = [import_seconds() for _ in range(pairs)]
    print(f"with the plugin − without, median of {pairs} pairs: {1000 * statistics.median(differences):.1f} ms")
    print(f"its import, median: {1000 * statistics.median(imports):.1f} ms, at most 20 ms are wanted")


if __name__ == "__main__":
    main()
