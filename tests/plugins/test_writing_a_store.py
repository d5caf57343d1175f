"""Following docs/how-to/write-a-store.md alone, a store passes the suite, or is told what it breaks."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-to/write-a-store.md").read_text(encoding="utf-8")
STORE, TESTS, CLAIM = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def pytest_of(folder: Path, store: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "folder_store.py").write_text(store, encoding="utf-8")
    (folder / "test_folder_store.py").write_text(TESTS, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_store_has_a_hundred_lines_at_most() -> None:
    assert len([line for line in STORE.splitlines() if line.strip()]) <= 100


@pytest.mark.slow
def test_the_store_of_the_page_keeps_the_contract(tmp_path: Path) -> None:
    done = pytest_of(tmp_path, STORE)
    assert 0 == done.returncode, done.stdout
    assert re.search(r"1[23]\d passed, 1 skipped", done.stdout), done.stdout


@pytest.mark.slow
def test_one_that_claims_too_much_is_told_what_the_page_says(tmp_path: Path) -> None:
    claimed = STORE.replace('    capabilities = frozenset({"durable", "known_at", "replay"})\n', CLAIM)
    assert claimed != STORE
    (said,) = re.findall(r"```text\n(.*?)\n```", PAGE)
    assert said in pytest_of(tmp_path, claimed, "-k", "processes_that_add").stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("right", "wrong", "test", "clause"),
    [
        ("part.replace(file)", "file.exists() or part.replace(file)", "opened_again", "8.2"),
        ('**attrs.asdict(entry), "at"', '**attrs.asdict(entry), "actor": "x", "at"', "opened_again", "BrokenChain"),
    ],
    ids=["keeps the first commit only", "keeps something else"],
)
def test_one_that_is_wrong_is_told_so(tmp_path: Path, right: str, wrong: str, test: str, clause: str) -> None:
    assert right in STORE
    done = pytest_of(tmp_path, STORE.replace(right, wrong), "-k", test)
    assert 1 == done.returncode, done.stdout
    assert clause in done.stdout
