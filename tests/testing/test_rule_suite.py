"""The suite for rule sets finds what is wrong with one, by the clause, and nothing wrong with a right one."""

import os
import random
import re
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import attrs
import pytest

from shequ.effective import Span
from shequ.metrics import Place
from shequ.rules import Finding, Judgement, ParameterValue, Rule, RuleSet, Severity, StepRule, read_rule_set
from shequ.testing import RuleSetConformance
from shequ.testing.rules.base import RuleSetSuite
from shequ.testing.rules.quiet import listening

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "rule-set-contract.md").read_text(encoding="utf-8")
DOCUMENTED = re.findall(r"^- \*\*(\d+\.\d+)\*\*", PAGE, re.MULTILINE)
TESTS = {name: getattr(RuleSetConformance, name) for name in dir(RuleSetConformance) if name.startswith("test_")}
RIGHT = """
name = "right"
label = "对的"
version = "1"
[parameters."fish.ponds"]
label = "鱼塘"
unit = "处"
values = [
  { until = 2020-01-01, comparator = ">=", value = 1, citation = "某文" },
  { since = 2021-01-01, comparator = ">=", value = 2, citation = "某文" },
]
unknown = [{ since = 2020-01-01, until = 2021-01-01, note = "未核实" }]
[rules."fish.few"]
label = "鱼塘不足"
remedy = "再挖一处"
citation = "某文"
uses = ["fish.ponds"]
[steps."fish.pay"]
label = "须有批准文号"
type = "project"
requires = ["approval"]
citation = "某文"
"""


def few(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    for place in judged.communities():
        norm = judged.parameter("fish.ponds", place)
        if isinstance(norm, ParameterValue):
            yield judged.finding(
                rule, place, f"{place.name}没有鱼塘", measured=Fraction(0), threshold=norm.shown, citation=norm.citation
            )


def right(judge: Any = few) -> RuleSet:
    return read_rule_set("right.toml", RIGHT, {"fish.few": judge})


def saying(**facts: Any) -> Any:
    """A rule whose finding has these facts."""

    def judge(judged: Judgement, rule: Rule) -> Iterator[Finding]:
        judged.parameter("fish.ponds", judged.tree.root)
        yield attrs.evolve(judged.finding(rule, judged.tree.root, "没有鱼塘"), **facts)

    return judge


def asking(ask: Any) -> Any:
    """A rule that asks something of the world outside."""

    def judge(judged: Judgement, rule: Rule) -> Iterator[Finding]:
        ask()
        yield from few(judged, rule)

    return judge


def named(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    for row in judged.records("resident"):
        yield judged.finding(rule, judged.tree.root, f"{row.name}没有鱼塘")


def first_seen(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    for rows in (judged.engine.evaluator.table(declared.name) for declared in judged.engine.schema):
        for row in list(rows.values())[:1]:
            yield judged.finding(rule, judged.tree.root, "第一条", subject=row.id)


def fails_on_odd_records(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    for row in judged.engine.evaluator.table("community_worker").values():
        assert getattr(row, "since").year > 1900  # noqa: B009 - any type
    yield from ()


def fails_on_nothing(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    table = judged.engine.evaluator.table("household")
    yield judged.finding(rule, judged.tree.root, f"{len(table) / len(table)}户")


def fails_early(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    if judged.law.year < 1900:
        raise KeyError(judged.law)
    yield from few(judged, rule)


def yields_a_word(judged: Judgement, rule: Rule) -> list[str]:
    return ["鱼"]


def evolved(part: str, **facts: Any) -> RuleSet:
    """The right set with the first of its parameters, rules or steps altered."""
    found = right()
    (first, *rest) = getattr(found, part)
    return attrs.evolve(found, **{part: (attrs.evolve(first, **facts), *rest)})


def valued(**facts: Any) -> RuleSet:
    """The right set with its last value altered."""
    first, last = right().parameters[0].values
    return evolved("parameters", values=(first, attrs.evolve(last, **facts)))


TICKS = iter(range(10**9))
BROKEN: dict[str, tuple[str, str, Any]] = {
    "no version": ("1.1", "test_it_has_a_name_a_label_and_a_version", lambda: attrs.evolve(right(), version=" ")),
    "a name without group": ("1.2", "test_names_are_of_a_group_and_stand_once", lambda: evolved("rules", name="Fish")),
    "a name twice": (
        "1.2",
        "test_names_are_of_a_group_and_stand_once",
        lambda: attrs.evolve(right(), rules=right().rules * 2),
    ),
    "an unknown group": ("1.3", "test_labels_groups_and_severities_are_known", lambda: evolved("rules", group="fish")),
    "another set's rule": (
        "1.3",
        "test_labels_groups_and_severities_are_known",
        lambda: evolved("rules", rule_set="x"),
    ),
    "an unknown metric": (
        "1.4",
        "test_metrics_and_parameters_that_it_names_are_there",
        lambda: read_rule_set(
            "x", RIGHT.replace('uses = ["fish.ponds"]', 'metric = "fish.count"\nparameter = "fish.ponds"')
        ),
    ),
    "an unknown parameter": (
        "1.4",
        "test_metrics_and_parameters_that_it_names_are_there",
        lambda: evolved("rules", uses=("fish.lakes",)),
    ),
    "no remedy": ("1.5", "test_remedies_say_what_to_do_and_fill_their_slots", lambda: evolved("rules", remedy="")),
    "a division by name": ("1.6", "test_divisions_have_the_form_of_a_code", lambda: valued(division="云溪")),
    "an unknown step": (
        "1.7",
        "test_step_rules_speak_of_steps_and_fields_that_there_are",
        lambda: attrs.evolve(right(), steps=(StepRule(name="a.b", label="甲", type="project", events=("swim",)),)),
    ),
    "no citation": ("2.1", "test_every_value_and_every_demand_on_steps_is_cited", lambda: valued(citation="")),
    "an overlap": ("3.1", "test_no_two_values_hold_on_one_day", lambda: valued(span=Span(date(2019, 1, 1)))),
    "no day": ("3.2", "test_every_span_holds_some_day", lambda: valued(span=Span(date(2021, 1, 1), date(2021, 1, 1)))),
    "a gap": (
        "3.3",
        "test_between_two_values_there_is_no_gap_that_nobody_declared",
        lambda: evolved("parameters", unknown=()),
    ),
    "known and unknown": (
        "3.4",
        "test_nothing_is_both_known_and_unknown",
        lambda: valued(span=Span(date(2020, 6, 1))),
    ),
    "an unknown comparator": ("3.6", "test_bounds_and_reviews_can_be_meant", lambda: valued(comparator="=<")),
    "a review before the beginning": (
        "3.6",
        "test_bounds_and_reviews_can_be_meant",
        lambda: valued(review=date(2020, 1, 1)),
    ),
    "each time another finding": (
        "4.1",
        "test_the_same_district_is_judged_alike_each_time",
        lambda: right(lambda judged, rule: saying(subject=str(next(TICKS)))(judged, rule)),
    ),
    "what the store gives first": (
        "4.2",
        "test_the_order_of_the_records_does_not_matter",
        lambda: right(first_seen),
    ),
    "a file": (
        "5.1",
        "test_nothing_outside_is_asked_while_judging",
        lambda: right(asking(lambda: Path(__file__).read_text("utf-8"))),
    ),
    "the clock": ("5.1", "test_nothing_outside_is_asked_while_judging", lambda: right(asking(date.today))),
    "a socket": (
        "5.1",
        "test_nothing_outside_is_asked_while_judging",
        lambda: right(asking(lambda: socket.socket().close())),
    ),
    "chance": ("5.1", "test_nothing_outside_is_asked_while_judging", lambda: right(asking(random.random))),
    "the environment": (
        "5.1",
        "test_nothing_outside_is_asked_while_judging",
        lambda: right(asking(lambda: os.environ["PATH"])),
    ),
    "no message": ("6.1", "test_every_finding_says_what_is_wrong_and_what_to_do", lambda: right(saying(message=""))),
    "English": (
        "6.1",
        "test_every_finding_says_what_is_wrong_and_what_to_do",
        lambda: right(saying(message="no pond")),
    ),
    "an open slot": (
        "6.1",
        "test_every_finding_says_what_is_wrong_and_what_to_do",
        lambda: right(saying(remedy="再挖 {gap} 处")),
    ),
    "a measure without demand": (
        "6.2",
        "test_what_was_measured_stands_beside_what_was_demanded",
        lambda: right(saying(measured=Fraction(1))),
    ),
    "no ground": ("6.3", "test_every_finding_is_cited", lambda: right(saying(citation=""))),
    "another rule's finding": (
        "6.4",
        "test_a_finding_belongs_to_its_rule_its_set_and_a_place",
        lambda: right(saying(rule="other.rule")),
    ),
    "no place": (
        "6.4",
        "test_a_finding_belongs_to_its_rule_its_set_and_a_place",
        lambda: right(saying(place=Place("", "", "", ""))),
    ),
    "a name": ("6.5", "test_no_finding_names_a_resident", lambda: right(named)),
    "a rule that trusts records": (
        "7.1",
        "test_no_rule_raises_whatever_the_district_holds",
        lambda: right(fails_on_odd_records),
    ),
    "a rule that counts on some": (
        "7.1",
        "test_no_rule_raises_whatever_the_district_holds",
        lambda: right(fails_on_nothing),
    ),
    "no finding": (
        "7.1",
        "test_no_rule_raises_whatever_the_district_holds",
        lambda: right(yields_a_word),
    ),
    "a parameter in secret": (
        "7.3",
        "test_a_rule_says_which_parameters_it_asks_for",
        lambda: evolved("rules", uses=()),
    ),
    "a law that is too old": ("7.4", "test_an_empty_district_is_judged_by_any_law", lambda: right(fails_early)),
}
"""What is wrong → the clause it breaks, the test that must find it, and the rule set."""


def suite(make: Any) -> RuleSetConformance:
    """The suite as a stranger's test class has it, of a class of its own."""
    made = type("TestStranger", (RuleSetConformance,), {"make_rule_set": lambda _self: make(), "most_records": 8})
    return made()


@pytest.mark.parametrize("what", BROKEN)
@pytest.mark.slow
def test_what_is_wrong_is_caught_by_its_clause_and_said(what: str) -> None:
    clause, test, make = BROKEN[what]
    with pytest.raises(AssertionError, match=rf"\A{re.escape(clause)}: .{{20}}"):
        getattr(suite(make), test)()


@pytest.mark.parametrize("test", TESTS)
def test_a_right_rule_set_passes(test: str) -> None:
    getattr(suite(right), test)()


def test_enough_is_broken_and_every_test_has_something_to_catch() -> None:
    assert len(BROKEN) >= 30
    caught = {test for _, test, _ in BROKEN.values()}
    assert {"test_on_the_days_around_each_edge_there_is_one_answer"} == TESTS.keys() - caught, (
        "the book itself keeps 3.5"
    )


def test_a_suite_without_a_rule_set_says_what_to_override() -> None:
    with pytest.raises(NotImplementedError, match="must override make_rule_set"):
        RuleSetConformance().test_every_finding_is_cited()


def test_what_is_asked_is_heard_and_what_was_heard_before_goes_on() -> None:
    heard: list[str] = []
    sys.setprofile(lambda _frame, event, _called: heard.append(event))
    try:
        with listening() as noise:
            time.time()
            sum([1, 2])
        len(heard)
    finally:
        sys.setprofile(None)
    assert ["time.time()"] == noise
    assert "c_call" in heard


def cited(test: object) -> list[str]:
    """The clauses that a test's docstring begins with."""
    found = re.match(r"Clauses? ((?:\d+\.\d+(?:, )?)+)", test.__doc__ or "")
    return found[1].removesuffix(", ").split(", ") if found else []


def test_documented_clauses_and_those_cited_by_tests_are_the_same() -> None:
    assert DOCUMENTED == sorted(set(DOCUMENTED), key=lambda clause: [int(part) for part in clause.split(".")])
    assert {} == {name: test.__doc__ for name, test in TESTS.items() if not cited(test)}
    assert set(DOCUMENTED) == {clause for test in TESTS.values() for clause in cited(test)}


def test_what_is_said_when_a_test_fails_cites_clauses_that_exist() -> None:
    folder = Path(sys.modules[RuleSetSuite.__module__].__file__ or "").parent
    source = "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py")))
    said = set(re.findall(r'f?"(\d+\.\d+): ', source))
    assert set() == said - set(DOCUMENTED)
    assert len(said) > 20


def test_no_two_parts_of_the_suite_have_a_method_of_one_name() -> None:
    parts = [cls for cls in RuleSetConformance.__mro__[1:] if issubclass(cls, RuleSetSuite)]
    names = Counter(name for cls in parts for name in vars(cls) if not name.startswith("__"))
    assert [] == [name for name, count in names.items() if count > 1]


def test_severities_of_a_right_set_are_the_warning_that_is_the_default() -> None:
    assert [Severity.WARNING] == [rule.severity for rule in right().rules]
