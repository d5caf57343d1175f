"""Clauses 4 to 7: a rule set judges alike each time, asks nothing of the world, explains itself, and never raises."""

import re
from collections.abc import Iterator
from datetime import date

from hypothesis import strategies as st

from shequ.model import Record
from shequ.rules import Finding, Rule, RuleSet, Threshold
from shequ.testing.rules.base import RuleSetSuite
from shequ.testing.rules.quiet import listening

__all__ = ["JudgingTests"]

_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_LONG_NAME = 3
_FOUND: dict[type, list[tuple[RuleSet, Rule, Finding]]] = {}
"""What the demonstration district gave, for each class of tests."""


class JudgingTests(RuleSetSuite):
    """Clauses 4 to 7, judging."""

    def _found(self) -> Iterator[tuple[RuleSet, Rule, Finding]]:
        """What is found in the demonstration district; it is judged once for a class."""
        if type(self) not in _FOUND:
            found, records = self.make_rule_set(), self.demonstration()
            judgements = [self.judgement(found, records, at, at) for at in self.days]
            _FOUND[type(self)] = [
                (found, rule, finding) for j in judgements for rule in found.rules for finding in j.findings_of(rule)
            ]
        return iter(_FOUND[type(self)])

    def test_the_same_district_is_judged_alike_each_time(self) -> None:
        """Clause 4.1."""

        def check(records: tuple[Record, ...], at: date) -> None:
            first, second = (self.judged(self.make_rule_set(), records, at, at) for _ in range(2))
            assert first == second, (
                f"4.1: the same records give the same findings; these differ: {_apart(first, second)}"
            )

        self.for_all(check, self.districts(), st.sampled_from(self.days))

    def test_the_order_of_the_records_does_not_matter(self) -> None:
        """Clause 4.2."""
        found = self.make_rule_set()

        def check(records: tuple[Record, ...], at: date) -> None:
            first, second = self.judged(found, records, at, at), self.judged(found, records[::-1], at, at)
            assert sorted(map(repr, first)) == sorted(map(repr, second)), (
                f"4.2: findings do not depend on the order in which a store gives records: {_apart(first, second)}"
            )

        # Of one id the last stays; so each id once.
        distinct = self.districts().map(lambda held: tuple({(r.__record__.name, r.id): r for r in held}.values()))
        self.for_all(check, distinct, st.sampled_from(self.days))

    def test_nothing_outside_is_asked_while_judging(self) -> None:
        """Clause 5.1."""
        found, records = self.make_rule_set(), self.demonstration()
        self.judged(found, records, self.days[0], self.days[0])  # what is loaded once may be loaded first
        judgement = self.judgement(found, records, self.days[0], self.days[0])
        for rule in found.rules:
            with listening() as noise:
                judgement.findings_of(rule)
            assert not noise, (
                f"5.1: a rule asks for no file, network, process, clock, environment or chance: the day is "
                f"judgement.at, today is judgement.engine.today; {self.said(rule)} asks {noise[0]}"
            )

    def test_every_finding_says_what_is_wrong_and_what_to_do(self) -> None:
        """Clause 6.1."""
        for _, rule, finding in self._found():
            for field in ("message", "subject", "remedy"):
                text = getattr(finding, field)
                assert text.strip(), f"6.1: a finding has a {field}; one of {self.said(rule)} has none: {finding}"
                assert "{" not in text, f"6.1: nothing is left to be filled in; {self.said(rule)} says {text!r}"
            for field in ("message", "remedy"):
                assert _CHINESE.search(getattr(finding, field)), (
                    f"6.1: clerks read Chinese; the {field} of {self.said(rule)} is {getattr(finding, field)!r}"
                )

    def test_what_was_measured_stands_beside_what_was_demanded(self) -> None:
        """Clause 6.2."""
        for _, rule, finding in self._found():
            assert finding.measured is None or finding.threshold, (
                f"6.2: a finding that gives a measure gives what was demanded; {self.said(rule)}: {finding}"
            )

    def test_every_finding_is_cited(self) -> None:
        """Clause 6.3."""
        for _, rule, finding in self._found():
            assert finding.citation.strip(), (
                f"6.3: a finding says on what ground: that of the value, or `citation` of its rule; {self.said(rule)}"
            )

    def test_a_finding_belongs_to_its_rule_its_set_and_a_place(self) -> None:
        """Clause 6.4."""
        for found, rule, finding in self._found():
            assert (rule.name, rule.group, found.name) == (finding.rule, finding.group, finding.rule_set), (
                f"6.4: a finding bears rule, group and set of its rule (use judgement.finding); {self.said(rule)} gives "
                f"{finding.rule}, {finding.group}, {finding.rule_set}"
            )
            assert finding.place.code, f"6.4: a finding is about a division; {self.said(rule)} gives none"

    def test_no_finding_names_a_resident(self) -> None:
        """Clause 6.5."""
        people = [row for row in self.demonstration() if row.__record__.name == "resident"]
        names = {getattr(row, "name", "") for row in people}
        numbers = {getattr(row, "id_number", None) or "" for row in people}
        secret = sorted(text for text in {*(name for name in names if len(name) >= _LONG_NAME), *numbers} if text)
        for _, rule, finding in self._found():
            said = f"{finding.subject}{finding.message}{finding.remedy}"
            for text in secret:
                assert text not in said, f"6.5: people are told by the ids of their records; {self.said(rule)}: {said}"

    def test_no_rule_raises_whatever_the_district_holds(self) -> None:
        """Clauses 7.1, 7.2."""
        found = self.make_rule_set()

        def check(records: tuple[Record, ...], at: date, law: date) -> None:
            judgement = self.judgement(found, records, at, law)
            for rule in found.rules:
                try:
                    judgement.findings_of(rule)
                except Exception as error:
                    raise AssertionError(
                        f"7.1: a rule never raises, and yields nothing but findings; {self.said(rule)} on {at} by the "
                        f"law of {law}: {error!r}"
                    ) from error

        self.for_all(check, self.districts(), st.sampled_from(self.days), st.sampled_from(self.laws), share=2)

    def test_an_empty_district_is_judged_by_any_law(self) -> None:
        """Clauses 7.1, 7.4."""
        found = self.make_rule_set()
        for law in {*self.laws, date.min, date.max}:
            for at in self.days:
                try:
                    self.judged(found, self.empty(), at, law)
                except Exception as error:
                    raise AssertionError(
                        f"7.4: a law before or after all values is no mistake; {law}: {error!r}"
                    ) from error

    def test_a_rule_says_which_parameters_it_asks_for(self) -> None:
        """Clause 7.3."""
        found, records = self.make_rule_set(), self.demonstration()
        judgement = self.judgement(found, records, self.days[0], self.days[0])
        for rule in found.rules:
            judgement.asked.clear()
            judgement.findings_of(rule)
            known = {*rule.uses, *([rule.judge.parameter] if isinstance(rule.judge, Threshold) else [])}
            assert judgement.asked <= known, (
                f"7.3: `uses` names every parameter that a rule asks for; {self.said(rule)} also asks for "
                f"{', '.join(sorted(judgement.asked - known))}"
            )


def _apart(first: tuple[Finding, ...], second: tuple[Finding, ...]) -> str:
    both = [str(one) for one in first if one not in second] + [str(one) for one in second if one not in first]
    return "; ".join(both[:3]) or "their order"
