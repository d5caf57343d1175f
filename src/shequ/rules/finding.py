"""What a rule found."""

from enum import StrEnum
from fractions import Fraction
from typing import Any

import attrs

from shequ.metrics import Measurement, Place, exact_json

__all__ = ["Finding", "Severity"]


class Severity(StrEnum):
    """How much weight a finding has, the worst first."""

    ERROR = "error"
    WARNING = "warning"
    ADVICE = "advice"

    @property
    def label(self) -> str:
        """In Chinese."""
        return {"error": "不符合", "warning": "需注意", "advice": "建议"}[self]

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


@attrs.frozen
class Finding:
    """A norm that is not met, a record that is late, figures that do not agree.

    Args:
        rule: Name of the rule.
        severity: Its weight.
        place: The division concerned.
        subject: What exactly, in Chinese: a community, a building, a record.
        measured: What was measured, exactly; ``None`` where nothing is.
        threshold: What was demanded, as people write it.
        citation: Where it is written.
        message: What is wrong, in Chinese.
        remedy: What would close it, in Chinese.
        group: Group of the report's problems section.
        rule_set: Rule set that judged.
        plugin: Plugin that gave the rule set, with distribution and version; ``""`` for the district's own file.
        figure: The measurement that was held against a norm; ``None`` where records were looked at.
    """

    rule: str
    severity: Severity
    place: Place
    subject: str
    message: str
    measured: Fraction | None = None
    threshold: str = ""
    citation: str = ""
    remedy: str = ""
    group: str = ""
    rule_set: str = ""
    plugin: str = ""
    figure: Measurement | None = attrs.field(default=None, eq=False, repr=False)

    def as_json(self) -> dict[str, Any]:
        """The finding as one object of the ``shequ.findings/1`` document."""
        return {
            "rule": self.rule,
            "severity": str(self.severity),
            "subject": self.subject,
            "division": self.place.code,
            "measured": exact_json(self.measured),
            "threshold": self.threshold,
            "citation": self.citation,
            "message": self.message,
            "remedy": self.remedy,
            "rule_set": self.rule_set,
            "plugin": self.plugin,
        }

    @property
    def order(self) -> tuple[int, str, str, str]:
        """Worst first, then by rule, division and subject."""
        return self.severity.rank, self.rule, self.place.code, self.subject

    def __str__(self) -> str:
        basis = f"（依据：{self.citation}）" if self.citation else ""
        remedy = f" → {self.remedy}" if self.remedy else ""
        return f"[{self.severity.label}] {self.rule} {self.message}{basis}{remedy}"
