"""What the fixtures' plugin costs a suite that does not use it: `python benchmarks/pytest_plugin.py`.

Three figures, the surest first. Which modules it brings that pytest has not loaded anyway: that is the same on every
machine. How long Python says that these took (`-X importtime`), the least of several runs: other work can only
lengthen it. And pairs of whole runs of pytest over one empty test, with the plugin and without, in turns: the median of
the differences, and between what half of them lie; other work makes these differ by more than the plugin does, so they
only show that nothing else is added.
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
MOST_MS = 20.0


def seconds(folder: Path, arguments: list[str]) -> float:
    """Processor time of a run: the time that other work takes does not count."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments, "test_empty.py"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def imported() -> dict[str, float]:
    """The modules that the plugin brings beyond pytest's, with the milliseconds that each took by itself."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", f"import pytest; import {PLUGIN}"],
        check=True,
        capture_output=True,
        text=True,
    )
    lines = [line.removeprefix("import time:").split("|") for line in done.stderr.splitlines()]
    names = [line[-1] for line in lines]
    later = lines[names.index(" pytest") + 1 :]  # a module stands below those that it imports
    return {name.strip(): int(own) / 1000 for own, _, name in later}


def main() -> int:
    parser = argparse.ArgumentParser(description="What the fixtures' plugin costs a suite that does not use it.")
    parser.add_argument("--pairs", type=int, default=41)
    parser.add_argument("--imports", type=int, default=15)
    given = parser.parse_args()
    runs = [imported() for _ in range(given.imports)]
    least = min(sum(run.values()) for run in runs)
    print(f"modules that it brings: {len(runs[0])} ({', '.join(runs[0])})")
    print(f"their import, least of {given.imports}: {least:.1f} ms, at most {MOST_MS:.0f} ms are wanted")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_empty.py").write_text("def test_nothing():\n    pass\n", encoding="utf-8")
        seconds(folder, WITH), seconds(folder, WITHOUT)
        pairs = []
        for number in range(given.pairs):
            first, second = (WITH, WITHOUT) if number % 2 else (WITHOUT, WITH)  # neither always comes second
            taken = {tuple(arguments): seconds(folder, arguments) for arguments in (first, second)}
            pairs.append(1000 * (taken[tuple(WITH)] - taken[tuple(WITHOUT)]))
    low, middle, high = statistics.quantiles(pairs, n=4)
    print(
        f"with the plugin − without, median of {given.pairs} pairs: {middle:.1f} ms (half lie in {low:.1f} to {high:.1f})"
    )
    return 0 if least <= MOST_MS else 1


if __name__ == "__main__":
    sys.exit(main())
