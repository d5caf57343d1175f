"""What type checkers know about the public surface: read by mypy and pyright, never run."""

from collections.abc import Iterator
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import assert_type

import shequ
from shequ.codec import from_plain, to_plain
from shequ.deprecation import deprecated, renamed_argument
from shequ.lifecycle import LIFECYCLES, Lifecycle, step
from shequ.model import Community, CommunityStatus, Record, Resident, Step
from shequ.query import Condition, Count, Keys, eq, ge
from shequ.rules import RuleSet, Severity, read_rule_set


def a_register_answers(register: shequ.Register) -> None:
    figure = register.measure("population.actual", at="2025-12-31")
    assert_type(figure, shequ.Measurement)
    assert_type(figure.value, Fraction | None)
    assert_type(figure.shown, str)
    assert_type(figure.rows(), Iterator[tuple[str, str]])
    assert_type(register.get("resident", "r1"), Record | None)
    assert_type(register.today, date)
    for finding in register.check(at="2025-12-31"):
        assert_type(finding, shequ.Finding)
        assert_type(finding.severity, Severity)
    assert_type(register.report("work", period="2025").save("out.md"), Path)


def a_register_is_a_context() -> None:
    with shequ.open("memory:", "999900001000") as register:
        assert_type(register, shequ.Register)


def records_have_the_types_of_their_fields(resident: Resident, community: Community) -> None:
    assert_type(resident.name, str)
    assert_type(resident.id_number, str | None)
    assert_type(resident.birth_date, date | None)
    assert_type(community.status, CommunityStatus)
    made = Resident(id="r1", name="王芳", sex="2", birth_date=date(1960, 6, 30))
    assert_type(made, Resident)
    assert_type(from_plain(Resident, to_plain(made)), Resident)


def a_mistake_in_a_record_is_seen() -> None:
    Resident(id="r1", name=5)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    Resident(id="r1", nmae="王芳")  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]


def conditions_combine() -> None:
    assert_type(eq("sex", "2") & ge("birth_date", date(1960, 1, 1)), Condition)
    assert_type(~eq("sex", "2"), Condition)
    Count(Keys("resident", "id", eq("sex", "2")))


def lifecycles_are_tables(card: Resident, now: datetime) -> None:
    assert_type(LIFECYCLES, tuple[Lifecycle, ...])
    moved, taken = step(LIFECYCLES[0], card, "accept", at=now, actor="a")
    assert_type(moved, Resident)
    assert_type(taken, Step)


def rule_sets_are_values() -> None:
    assert_type(read_rule_set("x.toml", ""), RuleSet)


def spans_and_periods() -> None:
    assert_type(shequ.Span(date(2025, 1, 1), None), shequ.Span)
    assert_type(shequ.Period.parse("2025H1"), shequ.Period)
    assert_type(date(2025, 1, 1) in shequ.Period.parse("2025"), bool)


@deprecated(since="0.4", until="1.0", instead="years()")
def age(born: date, *, on: date | None = None) -> int:
    return (on or born).year - born.year


@deprecated(since="0.4", until="1.0", instead="Resident")
class Person:
    name: str = ""


@renamed_argument("at", "on", since="0.4", until="1.0")
def older(born: date, *, on: date) -> bool:
    return born < on


def what_is_deprecated_keeps_its_signature(day: date) -> None:
    assert_type(age(day, on=day), int)
    age("1960")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    assert_type(Person(), Person)
    assert_type(older(day, on=day), bool)
    older(day, at=day)  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
