"""What is wrong with data that came in: one :class:`Problem` for each fault, in the clerk's words.

A problem names file, row and column as the clerk sees them, the value (masked where it is about a person),
what is wrong with it and what to do. Nothing here raises: a load collects all problems and goes on.
"""

import difflib
from collections.abc import Iterable

import attrs

from shequ.model import FieldSpec, Term, masked

__all__ = ["Problem", "Severity", "near", "shown_value"]

_LONGEST = 60


class Severity(Term):
    """How bad a problem is: an error keeps its row out, a warning and an advice do not."""

    ERROR = "error", "错误"
    WARNING = "warning", "警告"
    ADVICE = "advice", "提示"


@attrs.frozen
class Problem:
    """One fault in what came in.

    Args:
        file: Name of the file, for a workbook of several sheets followed by the sheet in brackets.
        row: Row as a spreadsheet numbers it (the header is 1), for a rule file the line; ``None`` if the
        whole
            file is meant.
        column: Header as it stands in the sheet, or the column's letter where there is none; ``None`` if the
            whole row is meant.
        field: Code name of the field.
        value: The value refused, masked where it is about a person.
        code: Short English key of the fault, stable for programs.
        message: What is wrong, in Chinese.
        remedy: What to do about it, in Chinese.
        severity: Whether it keeps the row out.
    """

    file: str
    row: int | None
    column: str | None
    field: str | None
    value: str | None
    code: str
    message: str
    remedy: str
    severity: Severity = Severity.ERROR

    def as_json(self) -> dict[str, str | int | None]:
        """The problem as one object of the ``shequ.problems/1`` document."""
        return {
            "file": self.file,
            "row": self.row,
            "column": self.column,
            "field": self.field,
            "value": self.value,
            "code": self.code,
            "message": self.message,
            "remedy": self.remedy,
            "severity": str(self.severity),
        }

    @property
    def place(self) -> tuple[str, int]:
        """Where it stands; problems are listed in this order."""
        return self.file, self.row or 0

    def __str__(self) -> str:
        where = self.file
        if self.row is not None:
            where += f" 第 {self.row} 行"
        if self.column is not None:
            where += f" “{self.column}”列"
        value = f"，值“{self.value}”" if self.value is not None else ""
        line = f"{self.severity.label}：{where}{value}：{self.message}。处理：{self.remedy}"
        return " ".join(line.split())


def shown_value(spec: FieldSpec | None, value: object) -> str:
    """A value as a problem may show it: masked where it is about a person, and not too long."""
    text = masked(spec, value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def near(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """Up to three of the known words that resemble ``word``, best first."""
    options = list(dict.fromkeys(known))
    close = difflib.get_close_matches(word, options, n=3, cutoff=0.6)
    inside = [
        option for option in options if len(option) > 1 and (option in word or (len(word) > 1 and word in option))
    ]
    return tuple(dict.fromkeys([*close, *inside]))[:3]
