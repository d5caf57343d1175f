"""What two rule sets judge differently about the same data."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

import attrs

from shequ.rules.finding import Finding
from shequ.rules.judgement import Verdict

__all__ = ["Difference", "RulesComparison", "compare_findings"]

_JUDGED = ("severity", "measured", "threshold", "citation")


@attrs.frozen
class Difference:
    """One matter that both sides found, and judged differently.

    Args:
        first: What the first side found.
        second: What the second side found.
        fields: In what they differ: ``severity``, ``measured``, ``threshold``, ``citation``.
    """

    first: Finding
    second: Finding
    fields: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """As one object of the ``different`` of a ``shequ.findings-comparison/1`` document."""
        return {"fields": list(self.fields), "first": self.first.as_json(), "second": self.second.as_json()}


def compare_findings(
    first: Iterable[Finding], second: Iterable[Finding]
) -> tuple[tuple[Finding, ...], tuple[Finding, ...], tuple[Difference, ...], int]:
    """Hold two lists of findings against each other.

    Findings are about the same matter if rule, division and subject are the same. The same rule may find several
    things about one subject; those that are equal belong together first, the rest in their order.

    Returns:
        Those of the first list only, those of the second only, those judged differently, and how many are alike.
    """
    sides: tuple[defaultdict[Any, list[Finding]], defaultdict[Any, list[Finding]]] = (
        defaultdict(list),
        defaultdict(list),
    )
    for side, findings in zip(sides, (first, second), strict=True):
        for finding in findings:
            side[finding.rule, finding.place.code, finding.subject].append(finding)
    only_first: list[Finding] = []
    only_second: list[Finding] = []
    different: list[Difference] = []
    alike = 0
    for key in dict.fromkeys((*sides[0], *sides[1])):
        left, right = list(sides[0][key]), list(sides[1][key])
        for one in list(left):
            match = next((other for other in right if not _differing(one, other)), None)
            if match is not None:
                left.remove(one)
                right.remove(match)
                alike += 1
        different += [Difference(one, other, _differing(one, other)) for one, other in zip(left, right, strict=False)]
        only_first += left[len(right) :]
        only_second += right[len(left) :]
    return (
        tuple(sorted(only_first, key=lambda finding: finding.order)),
        tuple(sorted(only_second, key=lambda finding: finding.order)),
        tuple(sorted(different, key=lambda pair: min(pair.first.order, pair.second.order))),
        alike,
    )


def _differing(one: Finding, other: Finding) -> tuple[str, ...]:
    return tuple(name for name in _JUDGED if getattr(one, name) != getattr(other, name))


@attrs.frozen
class RulesComparison:
    """The same data judged by two sides: what only one found, what both found and judged differently.

    Args:
        at: The day whose data were judged.
        law: The day whose law was used.
        names: The rule sets of the first side and of the second, in the order in which they override.
        only_first: Found by the first side only.
        only_second: Found by the second side only.
        different: Found by both, and judged differently.
        alike: How many findings are the same.
        verdicts: All that each side found, with the rules that failed.
    """

    at: date
    law: date
    names: tuple[tuple[str, ...], tuple[str, ...]]
    only_first: tuple[Finding, ...]
    only_second: tuple[Finding, ...]
    different: tuple[Difference, ...]
    alike: int
    verdicts: tuple[Verdict, Verdict]

    @classmethod
    def of(
        cls, at: date, law: date, names: tuple[tuple[str, ...], tuple[str, ...]], first: Verdict, second: Verdict
    ) -> "RulesComparison":
        """Two verdicts held against each other."""
        only_first, only_second, different, alike = compare_findings(first.findings, second.findings)
        return cls(at, law, names, only_first, only_second, different, alike, (first, second))

    def __bool__(self) -> bool:
        """Whether anything is judged differently."""
        return bool(self.only_first or self.only_second or self.different)

    def as_json(self) -> dict[str, Any]:
        """The ``shequ.findings-comparison/1`` document."""
        return {
            "format": "shequ.findings-comparison/1",
            "at": self.at.isoformat(),
            "law": self.law.isoformat(),
            "first": self._side(0),
            "second": self._side(1),
            "alike": self.alike,
            "only_first": [finding.as_json() for finding in self.only_first],
            "only_second": [finding.as_json() for finding in self.only_second],
            "different": [pair.as_json() for pair in self.different],
        }

    def _side(self, place: int) -> dict[str, Any]:
        verdict = self.verdicts[place]
        return {
            "rule_sets": list(self.names[place]),
            "findings": len(verdict.findings),
            "failures": [failure.as_json() for failure in verdict.failures],
        }
