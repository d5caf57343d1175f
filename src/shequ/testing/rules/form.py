"""Clauses 1 and 2: a rule set has its form, names only what there is, and cites what it demands."""

import re

from shequ.model import Kind
from shequ.model.checks import is_id
from shequ.rules import PROBLEM_GROUPS, Severity, Threshold, combine, step_rules
from shequ.testing.rules.base import RuleSetSuite

__all__ = ["FormTests"]

_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
_SLOT = re.compile(r"\{([^{}]*)\}|[{}]")
_SLOTS = ("measured", "threshold", "gap", "needed", "closing")


class FormTests(RuleSetSuite):
    """Clauses 1 and 2, form and citations."""

    def test_it_has_a_name_a_label_and_a_version(self) -> None:
        """Clause 1.1."""
        found = self.make_rule_set()
        for field in ("name", "label", "version"):
            assert str(getattr(found, field)).strip(), f"1.1: a rule set has a {field}; this one has none"

    def test_names_are_of_a_group_and_stand_once(self) -> None:
        """Clause 1.2."""
        found = self.make_rule_set()
        for kind, named in (("parameter", found.parameters), ("rule", found.rules), ("step rule", found.steps)):
            names = [one.name for one in named]
            for name in names:
                assert _NAME.fullmatch(name), (
                    f"1.2: names are group.name in small letters, digits and _; the {kind} {name!r} is not"
                )
                assert 1 == names.count(name), f"1.2: a name stands once; the {kind} {name!r} stands twice"

    def test_labels_groups_and_severities_are_known(self) -> None:
        """Clause 1.3."""
        found = self.make_rule_set()
        labels = [(one.name, one.label) for one in found.parameters]
        labels += [(one.name, one.label) for one in found.rules] + [(one.name, one.label) for one in found.steps]
        for name, label in labels:
            assert label.strip(), f"1.3: what a report shows has a Chinese label; {name} has none"
        for rule in found.rules:
            assert rule.group in PROBLEM_GROUPS, (
                f"1.3: the group is one of {', '.join(PROBLEM_GROUPS)}; {self.said(rule)} has {rule.group!r}"
            )
            assert isinstance(rule.severity, Severity), f"1.3: the severity is a Severity; {self.said(rule)} has none"
            assert rule.rule_set == found.name, (
                f"1.3: a rule knows its set; {self.said(rule)} says {rule.rule_set!r} and not {found.name!r}"
            )

    def test_metrics_and_parameters_that_it_names_are_there(self) -> None:
        """Clause 1.4."""
        found, catalogue = self.make_rule_set(), self.catalogue()
        book, _ = combine(self.sets(found))
        for rule in found.rules:
            codes = (rule.judge.metric, rule.judge.closing) if isinstance(rule.judge, Threshold) else ()
            for code in filter(None, codes):
                assert code in catalogue, f"1.4: metrics that are named exist; {self.said(rule)} names {code!r}"
            named = {*rule.uses, *([rule.judge.parameter] if isinstance(rule.judge, Threshold) else [])}
            for name in named:
                assert name in book, (
                    f"1.4: parameters that are used are defined by some rule set, if need be without a value; "
                    f"{self.said(rule)} uses {name!r}"
                )
        for step in step_rules([found]):
            for comparison in step.compare:
                assert comparison.parameter in book, (
                    f"1.4: parameters that are used are defined; step rule {step.name} uses {comparison.parameter!r}"
                )

    def test_remedies_say_what_to_do_and_fill_their_slots(self) -> None:
        """Clause 1.5."""
        for rule in self.make_rule_set().rules:
            assert rule.remedy.strip(), f"1.5: every rule says what would close a breach; {self.said(rule)} does not"
            for slot in _SLOT.finditer(rule.remedy) if isinstance(rule.judge, Threshold) else ():
                assert slot[1] in _SLOTS, (
                    f"1.5: a remedy has the slots {', '.join(_SLOTS)} only; {self.said(rule)} has {slot[0]!r}"
                )

    def test_divisions_have_the_form_of_a_code(self) -> None:
        """Clause 1.6."""
        found = self.make_rule_set()
        named = [(self.told(p, value), value.division) for p, value in self.values(found)]
        named += [(f"step rule {step.name}", step.division) for step in found.steps]
        for what, division in named:
            right = not division or (is_id(division) and not (division.isdigit() and len(division) != 12))
            assert right, f"1.6: a division is a code of 12 digits or a local key, or left out; {what} has {division!r}"

    def test_step_rules_speak_of_steps_and_fields_that_there_are(self) -> None:
        """Clause 1.7."""
        cycles = {cycle.name: cycle for cycle in self.lifecycles}
        for step in self.make_rule_set().steps:
            assert step.type in cycles, f"1.7: step rule {step.name} names {step.type!r}, which has no lifecycle"
            cycle = cycles[step.type]
            fields = cycle.type.__record__.fields
            unknown = sorted(set(step.events) - set(cycle.labels))
            assert not unknown, f"1.7: step rule {step.name} names events that {step.type} has not: {unknown}"
            named = {*step.requires, *(field for field, _ in step.when), *(one.field for one in step.compare)}
            assert not named - fields.keys(), (
                f"1.7: step rule {step.name} names no fields: {sorted(named - fields.keys())}"
            )
            for one in step.compare:
                assert fields[one.field].kind in (Kind.COUNT, Kind.MONEY, Kind.MEASURE), (
                    f"1.7: what is compared is a number; step rule {step.name} compares {one.field}"
                )

    def test_every_value_and_every_demand_on_steps_is_cited(self) -> None:
        """Clause 2.1."""
        found = self.make_rule_set()
        for parameter, value in self.values(found):
            assert value.citation.strip(), f"2.1: every value says where it is written; {self.told(parameter, value)}"
        for step in found.steps:
            assert step.citation.strip(), f"2.1: every demand says where it is written; step rule {step.name}"
