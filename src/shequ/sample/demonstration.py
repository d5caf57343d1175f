"""The demonstration: a district from its spreadsheets to its report, in one go, as a user would do it."""

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import attrs

from shequ.effective import SHANGHAI
from shequ.errors import Misuse
from shequ.metrics import Measurement
from shequ.register import LoadResult, open  # noqa: A004 - shequ.open under its own name
from shequ.rules import Finding
from shequ.sample import make_sample, write_files

__all__ = ["DEMONSTRATION_NOW", "HEADLINES", "Demonstration", "demonstrate"]

DEMONSTRATION_NOW = datetime(2026, 1, 5, 9, 0, tzinfo=SHANGHAI)
"""Where the demonstration's clock stands."""
_WORKBOOKS = ("community", "premises", "community_worker", "work_plan_item")
_FORMATS = ("docx", "html", "xlsx", "md", "json")
_CARDS = {"appointment": "2025H1", "registration": "2025H1", "record": "2025H1", "contact": "2025H1", "slip": "2025"}
_CARD_FORMATS = ("html", "docx")
HEADLINES = (
    "population.communities",
    "population.households",
    "population.actual",
    "party.members",
    "volunteers.people",
    "volunteers.service_hours",
    "culture.activities",
    "matters.handled",
    "safety.disputes_settled_share",
    "staff.households_per_worker",
)
"""What the summary shows."""


@attrs.frozen
class Demonstration:
    """What the demonstration left behind.

    Args:
        folder: Where it was written.
        load: What became of the spreadsheets' rows.
        headlines: The figures of the summary.
        findings: What the rules found.
        reports: The report in every format.
        cards: A sheet of each card in every format.
    """

    folder: Path
    load: LoadResult
    headlines: tuple[Measurement, ...]
    findings: tuple[Finding, ...]
    reports: tuple[Path, ...]
    cards: tuple[Path, ...]


def demonstrate(
    out: Path, *, seed: int = 2025, households: int = 5000, progress: Callable[[str, int], None]
) -> Demonstration:
    """Write the demonstration district as spreadsheets, load them, report on 2025.

    Args:
        out: Folder to write to; it may hold an earlier demonstration, and nothing else.
        seed: The same seed gives the same district.
        households: How large it is.
        progress: Told what is being done.

    Raises:
        Misuse: If the folder holds something else.
        BackendError: If it cannot be written.
    """
    _clear(out)
    returns = out / "returns"
    progress("生成街道数据", 0)
    write_files(make_sample(seed, households), returns, workbooks=_WORKBOOKS, progress=progress)
    database = out / "demo.db"
    with open(f"sqlite:///{database}", actor="demo", clock=lambda: DEMONSTRATION_NOW) as register:
        load = register.load(returns, progress=progress)
        progress("计算与核查", 0)
        report = register.report("work", period="2025")
        reports = []
        for suffix in _FORMATS:
            progress(f"写出报告 {suffix}", 0)
            reports.append(report.save(out / f"report-2025.{suffix}"))
        cards: list[Path] = []
        for kind, period in _CARDS.items():
            progress(f"制作卡片 {kind}", 0)
            printed = register.cards(kind, period=period, sheets=1, purpose="演示")
            cards += printed.save(out / "cards", *_CARD_FORMATS)
        headlines = tuple(register.measure(code, period="2025") for code in HEADLINES)
        findings = register.check(at="2025-12-31")
    return Demonstration(out, load, headlines, findings, tuple(reports), tuple(cards))


def _clear(out: Path) -> None:
    """Make room where an earlier demonstration stands; refuse to touch anything else."""
    ours = {
        "returns",
        "cards",
        "demo.db",
        "demo.db-wal",
        "demo.db-shm",
        *(f"report-2025.{suffix}" for suffix in _FORMATS),
    }
    if out.exists() and not out.is_dir():
        raise Misuse(f"{out} 不是文件夹", remedy="换一个 --out")
    others = sorted(path.name for path in out.iterdir() if path.name not in ours) if out.exists() else []
    if others:
        raise Misuse(f"{out} 中还有别的文件：{'、'.join(others[:3])}", remedy="换一个空文件夹作 --out")
    if out.exists():
        shutil.rmtree(out)
