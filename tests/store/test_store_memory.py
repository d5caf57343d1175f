"""Many records go in commit by commit and out page by page: neither ever holds the table."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from itertools import islice
from pathlib import Path

import pytest
from servers import new_database
from store_samples import HERE, SCHEMA, Plan, later

from shequ.query import Select
from shequ.store import ABSENT
from shequ.store.sql.store import SqlStore

COMMIT = 50_000
SOME = 20_000
"""Records after which whole pages have been read, the second while the first was let go."""
SIZES = {"sqlite": (1_000_000, 80, 400), "postgresql": (200_000, 16, 80)}
"""How many records; how many MiB reading the rest may take at most (SQLite's own cache has 64), and to hold them at least."""


@pytest.fixture
def url(kind: str, tmp_path: Path) -> Iterator[str]:
    database = nullcontext(f"sqlite:///{tmp_path}/street.db")
    with database if kind == "sqlite" else new_database(kind) as found:
        yield found


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not tell a process its peak")
@pytest.mark.parametrize("kind", SIZES)
def test_reading_many_records_takes_no_more_memory_than_reading_some(kind: str, url: str) -> None:
    count, most, least = SIZES[kind]
    with SqlStore(url, SCHEMA) as store:
        for start in range(0, count, COMMIT):
            with store.session(HERE, actor="载", reason="百万", at=later(start // COMMIT)) as session:
                for number in range(start, start + COMMIT):
                    session.put(Plan(id=f"p{number:07}", district="一", group=f"{number:0200}"), ABSENT)
    # In a process of its own: the peak of one that has written says nothing of what reading takes.
    done = subprocess.run([sys.executable, __file__, url], capture_output=True, text=True, check=True)
    read, flat, whole = map(int, done.stdout.split())
    assert count == read
    assert flat < most
    assert least < whole  # so the bound above means something


def _peak() -> int:
    """The most memory that this process has had so far, in MiB.

    Not ``ru_maxrss``: a process takes that over from the one that started it.
    """
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) // 1024


def _measure(url: str) -> tuple[int, int, int]:
    """How many records there are, and what it takes to read them one after the other, and to hold them all."""
    with SqlStore(url, SCHEMA) as store, store.read(HERE) as snapshot:
        records = snapshot.scan(Select("plan"))
        count = sum(1 for _ in islice(records, SOME))
        before = _peak()
        count += sum(1 for _ in records)
        flat = _peak() - before
        held = list(snapshot.scan(Select("plan")))
        assert count == len(held)
        return count, flat, _peak() - before


if __name__ == "__main__":
    sys.stdout.write(" ".join(map(str, _measure(sys.argv[1]))))
