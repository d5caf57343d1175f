"""What came of a load: its problems, what became of the rows, and what a clerk should know about coverage."""

from collections.abc import Sequence
from typing import Any

from shequ.exchange.problems import Problem, Severity
from shequ.model import EVERY_TYPE, Coverage, Record, Schema
from shequ.query import Select
from shequ.store import Snapshot

__all__ = ["LoadResult", "coverage_hints"]

_REFERENCE_TYPES = frozenset({"division", "sub_district", "reported_figure", "coverage", "rule_source"})
"""Types whose records are not counted, or count without being declared complete."""


class LoadResult(Sequence[Problem]):
    """The problems of a load, and what became of the rows.

    Args:
        problems: Every problem, by file and row.
        new: Records stored for the first time.
        changed: Records stored in a new version.
        unchanged: Rows equal to what was stored.
        district: The district loaded into.
    """

    def __init__(self, problems: tuple[Problem, ...], *, new: int, changed: int, unchanged: int, district: str) -> None:
        self._problems = problems
        self.new, self.changed, self.unchanged, self.district = new, changed, unchanged, district

    def __getitem__(self, index: Any) -> Any:
        return self._problems[index]

    def __len__(self) -> int:
        return len(self._problems)

    @property
    def stored(self) -> int:
        """How many records were written."""
        return self.new + self.changed

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that keep rows from being stored."""
        return tuple(problem for problem in self._problems if problem.severity is Severity.ERROR)

    def __repr__(self) -> str:
        return f"<LoadResult: {self.stored} stored, {self.unchanged} unchanged, {len(self)} problems>"


def coverage_hints(records: tuple[Record, ...], session: Snapshot, schema: Schema) -> tuple[Problem, ...]:
    """What a clerk should know about coverage: records that count nowhere, and types that count as nought."""
    counted = {record.__record__.name for record in records} - _REFERENCE_TYPES
    coverage = [stored.record for stored in session.scan(Select("coverage"))]
    if counted and not coverage:
        return (
            _hint(
                "no-coverage",
                "未声明任何记录完整，已装入的记录都不计数",
                "用 shequ template 记录覆盖 写出空表，填一行：记录类型、区划、起始日期",
            ),
        )
    if not any(isinstance(row, Coverage) and row.type == EVERY_TYPE for row in records):
        return ()
    empty = [
        declared.label
        for declared in schema
        if declared.name not in _REFERENCE_TYPES | {"step"} and next(session.scan(Select(declared.name)), None) is None
    ]
    if not empty:
        return ()
    return (
        _hint(
            "covered-but-empty",
            f"“全部”类型已声明完整，以下类型没有一条记录，将计为 0：{'、'.join(empty)}",
            "没有报表的类型，请改为逐类声明",
        ),
    )


def _hint(code: str, message: str, remedy: str) -> Problem:
    return Problem("（装载）", None, None, None, None, code, message, remedy, Severity.ADVICE)
