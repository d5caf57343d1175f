"""Judging of a register: findings by the rule sets in force, and what two rule sets judge differently."""

import os
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from functools import partial
from pathlib import Path

import attrs

from shequ.calendars import parse_date
from shequ.effective import local_date
from shequ.errors import BadData
from shequ.register.figures import Figures
from shequ.register.holding import read_rule_file
from shequ.rules import Finding, Judgement, RulesComparison, RuleSet, Verdict, attributed
from shequ.store import Change

__all__ = ["Judging"]


class Judging(Figures):
    """Findings by rule sets."""

    def check(
        self,
        *,
        at: "date | str",
        law: "date | str | None" = None,
        known_at: datetime | None = None,
    ) -> tuple[Finding, ...]:
        """Judge the data of one day by the law of that day or of another; the worst findings first.

        Args:
            at: The day whose data are judged.
            law: The day whose law is used; the same day if none is given.
            known_at: By the records and rules as they were known then.
        """
        return self.judge(at=at, law=law, known_at=known_at).findings

    def judge(
        self,
        *,
        at: "date | str",
        law: "date | str | None" = None,
        known_at: datetime | None = None,
    ) -> Verdict:
        """As :meth:`check`, and which rules failed instead of judging, with their plugins and what they raised."""
        day, law_day = self._days(at, law)
        return self._verdict(self.rule_sets(known_at), day, law_day, known_at)

    def compare_rules(
        self,
        first: "Iterable[str | os.PathLike[str] | RuleSet]",
        second: "Iterable[str | os.PathLike[str] | RuleSet]",
        *,
        at: "date | str",
        law: "date | str | None" = None,
        known_at: datetime | None = None,
    ) -> RulesComparison:
        """What two sides judge differently about the same data.

        The rule sets in force that neither side names belong to both. So a street's standard is compared with a draft
        of a new one, each above the national rules.

        Args:
            first: Rule sets of one side: names of rule sets in force, TOML files, or sets; if none are given, the side
                is what is in force as it stands.
            second: Rule sets of the other side.
            at: The day whose data are judged.
            law: The day whose law is used; the same day if none is given.
            known_at: By the records as they were known then.

        Raises:
            BadData: If there is no such rule set or file.
            InvalidRules: If a file breaks its form.
        """
        day, law_day = self._days(at, law)
        in_force = self.rule_sets(known_at)
        sides = tuple(tuple(self._named(one, in_force) for one in side) for side in (first, second))
        named = {rule_set.name for side in sides for rule_set in side}
        common = tuple(rule_set for rule_set in in_force if rule_set.name not in named)
        sets = (*common, *sides[0]) if sides[0] else in_force, (*common, *sides[1])
        names = tuple(tuple(rule_set.name for rule_set in side) for side in sets)
        verdicts = [self._verdict(side, day, law_day, known_at) for side in sets]
        return RulesComparison.of(day, law_day, (names[0], names[1]), verdicts[0], verdicts[1])

    def _days(self, at: "date | str", law: "date | str | None") -> tuple[date, date]:
        """The day of the data, and that of the law."""
        day = parse_date(at) if isinstance(at, str) else local_date(at) if isinstance(at, datetime) else at
        if day > self.today:
            raise BadData(f"{day} 在将来，没有可核查的数据", remedy=f"核查 {self.today} 或更早的日期")
        return day, day if law is None else parse_date(law) if isinstance(law, str) else law

    def _verdict(self, sets: tuple[RuleSet, ...], at: date, law: date, known_at: datetime | None) -> Verdict:
        engine, deletions = self._engine(law, known_at, sets=sets), partial(self._deletions, known_at)
        verdict = Judgement(engine, sets, at=at, law=law, deletions=deletions).judge()
        return attrs.evolve(verdict, findings=attributed(verdict.findings, sets))

    def _deletions(self, known_at: datetime | None, type_: str) -> Iterator[Change]:
        """What took records of a type away, as far as it was known."""
        found = self.store.deletions(self.district, type_)
        return (change for change in found if known_at is None or change.at <= known_at)

    def _named(self, said: "str | os.PathLike[str] | RuleSet", in_force: tuple[RuleSet, ...]) -> RuleSet:
        """The rule set that is meant."""
        if isinstance(said, RuleSet):
            return said
        known = {rule_set.name: rule_set for rule_set in in_force}
        if str(said) in known:
            return known[str(said)]
        if not Path(said).exists():
            raise BadData(
                f"没有名为 {str(said)!r} 的规则集，也没有这个文件",
                remedy=f"现行的规则集：{'、'.join(known)}；或给出 TOML 文件的路径",
            )
        return read_rule_file(said, self._lifecycles.values(), self.catalogue)
