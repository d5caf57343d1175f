"""What all tests of the suite stand on: the inputs that a rule set's author may override, and a few verbs."""

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from itertools import chain
from typing import Any

from hypothesis import strategies as st

from shequ.effective import Answer
from shequ.lifecycle import LIFECYCLES, Lifecycle
from shequ.metrics import Catalogue, Engine, Place
from shequ.model import RECORD_TYPES, Record, Schema
from shequ.plugins import PluginHost
from shequ.register import declared
from shequ.rules import Finding, Judgement, LawOn, Parameter, ParameterValue, Rule, RuleSet, combine
from shequ.rules.national import national_rules
from shequ.sample import make_sample
from shequ.testing.drawing import Drawing
from shequ.testing.rules.districts import STREET, Held, district_of, generated

__all__ = ["Noting", "RuleSetSuite"]


@cache
def _catalogue() -> Catalogue:
    return declared(PluginHost(discover=False))[1]


@cache
def _demonstration(households: int) -> tuple[Record, ...]:
    return tuple(chain.from_iterable(make_sample(2025, households).records.values()))


_READ: dict[type, tuple[tuple[str, ...], ...]] = {}
"""The types that each rule of a set reads, for each class of tests."""


class Noting(Judgement):
    """A judgement that notes which parameters its rules ask for."""

    def __init__(self, engine: Engine, rule_sets: Iterable[RuleSet], *, at: date, law: date) -> None:
        super().__init__(engine, rule_sets, at=at, law=law)
        self.asked: set[str] = set()

    def parameter(self, name: str, place: Place) -> ParameterValue | Answer:
        """The value in force; that it was asked for is noted."""
        self.asked.add(name)
        return super().parameter(name, place)

    def parameter_on(self, name: str, place: Place, day: date) -> ParameterValue | Answer:
        """The value of another day; that it was asked for is noted."""
        self.asked.add(name)
        return super().parameter_on(name, place, day)


class RuleSetSuite(Drawing):
    """Inputs and verbs. Whatever stands here as an attribute or a public method may be overridden."""

    schema: Schema = Schema(RECORD_TYPES)
    """The record types of the districts judged: add those of your plugin."""
    lifecycles: Sequence[Lifecycle] = LIFECYCLES
    """The lifecycles whose steps may be named: add those of your plugin."""
    today: date = date(2026, 6, 30)
    """The day by the register's clock."""
    days: Sequence[date] = (date(2025, 12, 31), date(2024, 2, 29), date(2026, 6, 30))
    """The days whose data are judged."""
    laws: Sequence[date] = (date(2025, 12, 31), date(1900, 1, 1), date(1995, 6, 1), date(2026, 6, 30))
    """The days by whose law; one before any parameter is among them."""
    most_records = 24
    """How many records a generated district has at most."""
    households = 60
    """The size of the demonstration district that is judged as well."""

    def make_rule_set(self) -> RuleSet:
        """The rule set; the one method that must be overridden. It is asked for afresh by every test."""
        raise NotImplementedError(f"{type(self).__name__} must override make_rule_set(self)")

    def before(self) -> tuple[RuleSet, ...]:
        """The rule sets that it stands above: whose parameters it may use and override. The national one."""
        return (national_rules(),)

    def catalogue(self) -> Catalogue:
        """The metrics there are; add those of your plugin."""
        return _catalogue()

    def districts(self) -> st.SearchStrategy[tuple[Record, ...]]:
        """Districts to be judged, of any records that the types allow."""
        return generated(self.schema, self.most_records, self.likely())

    def likely(self) -> tuple[tuple[str, ...], ...]:
        """For each rule the types of records that it reads: generated districts have more of them."""
        if type(self) not in _READ:
            found, read = self.make_rule_set(), set[str]()
            judgement = self.judgement(found, self.empty(), self.days[0], self.days[0])
            table, groups = judgement.engine.evaluator.table, list[tuple[str, ...]]()

            def noting(name: str) -> Mapping[str, Record]:
                read.add(name)
                return table(name)

            judgement.engine.evaluator.table = noting  # type: ignore[method-assign] # what is asked for is noted
            for rule in found.rules:
                with contextlib.suppress(Exception):  # a rule that raises is found by the test that looks for it
                    judgement.findings_of(rule)
                groups.append(tuple(sorted(read)))
                read.clear()
            _READ[type(self)] = tuple(groups)
        return _READ[type(self)]

    def demonstration(self) -> tuple[Record, ...]:
        """A district whose records hang together, with things in it to be found."""
        return _demonstration(self.households)

    def empty(self) -> tuple[Record, ...]:
        """A district of two communities and nothing else."""
        return district_of()

    # --- verbs ------------------------------------------------------------------------------------------

    def sets(self, rule_set: RuleSet) -> tuple[RuleSet, ...]:
        """The rule set above those that it stands above."""
        return (*(other for other in self.before() if other.name != rule_set.name), rule_set)

    def judgement(self, rule_set: RuleSet, records: Iterable[Record], at: date, law: date) -> Noting:
        """The rule set about to judge the records, in the order in which they are given."""
        sets = self.sets(rule_set)
        book, _ = combine(sets)
        engine = Engine(
            Held.of(records),
            self.schema,
            self.catalogue(),
            district=STREET,
            today=self.today,
            parameters=LawOn(book, law),
        )
        return Noting(engine, sets, at=at, law=law)

    def judged(self, rule_set: RuleSet, records: Iterable[Record], at: date, law: date) -> tuple[Finding, ...]:
        """What the rules of the set find, in the order of findings."""
        judgement = self.judgement(rule_set, records, at, law)
        found = chain.from_iterable(judgement.findings_of(rule) for rule in rule_set.rules)
        return tuple(sorted(found, key=lambda finding: finding.order))

    def values(self, rule_set: RuleSet) -> Iterable[tuple[Parameter, ParameterValue]]:
        """Every value with its parameter."""
        return ((parameter, value) for parameter in rule_set.parameters for value in parameter.values)

    @staticmethod
    def said(rule: Rule) -> str:
        """A rule with where it was read from, for messages."""
        return f"rule {rule.name}{f' ({rule.origin})' if rule.origin else ''}"

    @staticmethod
    def told(parameter: Parameter, value: Any) -> str:
        """A value with its parameter and where it was read from, for messages."""
        return f"parameter {parameter.name}, {value.span}{f' ({value.origin})' if getattr(value, 'origin', '') else ''}"
