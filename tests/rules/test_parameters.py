"""The law by date: a value holds over its own span, the narrowest division wins, and no value is ever guessed."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shequ.effective import Answer
from shequ.errors import InvalidRules
from shequ.metrics import Place
from shequ.rules import ParameterBook, ParameterValue, combine, read_rule_set
from shequ.rules.national import national_rules

BOOK = ParameterBook(national_rules().parameters)
STREET = Place("999900001000", "999900001000", "云溪街道", "sub_district")
EAST = Place("999900001001", "999900001001", "东社区", "community", STREET.id)


@pytest.mark.parametrize(
    ("day", "shown"),
    [
        ("1954-12-30", None),
        ("1954-12-31", "100-600"),
        ("1989-12-31", "100-600"),
        ("1990-01-01", "100-700"),
        ("2025-12-31", "100-700"),
        ("2026-01-01", "1000-3000"),
    ],
)
def test_the_size_of_a_committee_has_three_ranges(day: str, shown: str | None) -> None:
    found = BOOK.find("committee.households", (), date.fromisoformat(day))
    assert shown == (found.shown if isinstance(found, ParameterValue) else None)


@pytest.mark.parametrize(
    ("name", "day", "answer"),
    [
        ("premises.service_area", "2017-06-11", Answer.NOT_YET),
        ("committee.members", "2026-01-01", Answer.NOT_VERIFIED),
        ("staff.households_per_worker", "2025-01-01", Answer.NEVER_KNOWN),
        ("property.vote_turnout", "2020-12-31", Answer.NOT_VERIFIED),
    ],
)
def test_not_yet_not_verified_and_never_known_are_different_answers(name: str, day: str, answer: Answer) -> None:
    assert answer is BOOK.find(name, (STREET,), date.fromisoformat(day))


def test_every_national_value_is_cited() -> None:
    for parameter in national_rules().parameters:
        for value in parameter.values:
            assert value.citation, parameter.name


def test_two_thirds_are_exact() -> None:
    found = BOOK.find("property.vote_turnout", (), date(2021, 1, 1))
    assert isinstance(found, ParameterValue)
    assert found.met_by(Fraction(2, 3))
    assert not found.met_by(Fraction(2, 3) - Fraction(1, 10**12))


LOCAL = """
name = "{name}"
[parameters."staff.households_per_worker"]
label = "标准"
unit = "户"
[[parameters."staff.households_per_worker".values]]
division = "{division}"
since = 2020-01-01
comparator = "<="
value = {value}
citation = "市定标准"
"""


def local(name: str, division: str, value: int) -> ParameterBook:
    return ParameterBook(read_rule_set(name, LOCAL.format(name=name, division=division, value=value)).parameters)


def value_at(book: ParameterBook, *places: Place) -> Fraction | None:
    found = book.find("staff.households_per_worker", places, date(2025, 1, 1))
    return found.value if isinstance(found, ParameterValue) else None


def test_the_narrowest_division_wins_and_others_are_not_touched() -> None:
    sets = [
        read_rule_set(name, LOCAL.format(name=name, division=division, value=value))
        for name, division, value in (
            ("city", "999900000000", 400),
            ("street", STREET.code, 300),
            ("east", EAST.code, 250),
        )
    ]
    book, _ = combine([national_rules(), *reversed(sets)])
    assert 250 == value_at(book, EAST, STREET)
    assert 300 == value_at(book, STREET)
    other = Place("999900002000", "999900002000", "别的街道", "sub_district")
    assert 400 == value_at(book, other)
    assert value_at(book, Place("330203001000", "330203001000", "南门街道", "sub_district")) is None


def test_a_later_set_overrides_an_earlier_one_for_the_same_division() -> None:
    first, second = (
        read_rule_set(n, LOCAL.format(name=n, division=STREET.code, value=v)) for n, v in (("a", 300), ("b", 280))
    )
    assert 280 == value_at(combine([first, second])[0], STREET)
    assert 300 == value_at(combine([second, first])[0], STREET)


def test_a_local_key_holds_for_itself_alone() -> None:
    book = local("local", "LOCAL-1", 300)
    assert 300 == value_at(book, Place("LOCAL-1", "LOCAL-1", "LOCAL-1", "stub"))
    assert value_at(book, Place("LOCAL-10", "LOCAL-10", "LOCAL-10", "stub")) is None


@given(st.fractions(), st.fractions(), st.fractions(0, 10))
def test_comparators_mean_what_they_say(measured: Fraction, value: Fraction, width: Fraction) -> None:
    def met(comparator: str, upper: Fraction | None = None) -> bool:
        return ParameterValue(
            span=national_rules().parameters[0].values[0].span,
            comparator=comparator,
            value=value,
            citation="x",
            upper=upper,
        ).met_by(measured)

    assert met("<=") == (measured <= value)
    assert met("<") == (not met(">="))
    assert met(">") == (not met("<="))
    assert met("=") == (met("<=") and met(">="))
    assert met("between", value + width) == (value <= measured <= value + width)


HEAD = 'name = "x"\n[parameters."a.b"]\nlabel = "甲"\n'
VALUE = '[[parameters."a.b".values]]\nsince = 2020-01-01\ncomparator = "<="\nvalue = 1\ncitation = "某法"\n'


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("x = [", 1, "语法"),
        ('label = "无名"\n', 1, "name"),
        (HEAD + "valeus = []\n", 4, "valeus"),
        (HEAD + VALUE.replace("comparator", "comparater"), 6, "comparater"),
        (HEAD + VALUE.replace('"<="', '"=<"'), 6, "=<"),
        (HEAD + VALUE.replace("2020-01-01", '"2020-01-01"'), 5, "不是日期"),
        (HEAD + VALUE.replace("value = 1", 'value = "one"'), 7, "不是数"),
        (HEAD + VALUE.replace("value = 1", "upper = 1"), 4, "不完整"),
        (HEAD + VALUE.replace('citation = "某法"', ""), 4, "依据"),
        (HEAD + VALUE + "until = 2019-01-01\n", 9, "早于"),
        (HEAD + VALUE + VALUE, 9, "重叠"),
        ('name = "x"\n[rules."a.b"]\nmetric = "m.n"\n', 2, "parameter"),
        ('name = "x"\n[rules."a.b"]\nmetric = "m.n"\nparameter = "p.q"\nseverity = "fatal"\n', 5, "fatal"),
        ('name = "x"\n[rules."a.b"]\nmetric = "m.n"\nparameter = "p.q"\ngroup = "none"\n', 5, "none"),
        ('name = "x"\n[rules."a.b"]\nmetric = "m.n"\nparameter = "p.q"\nremedy = "再加 {some} 人"\n', 5, "some"),
        (HEAD + VALUE.replace("value = 1", 'value = "1/0"'), 7, "不是数"),
        (HEAD + VALUE.replace("value = 1", "value = inf"), 7, "不是数"),
        (HEAD + VALUE.replace("value = 1", 'value = "1e99999999"'), 7, "不是数"),
        (HEAD + VALUE + 'generally = "false"\n', 9, "true 或 false"),
        (HEAD + VALUE.replace('"某法"', "true"), 8, "文字"),
        ('name = "x"\nrules = 3\n', 2, "应为表"),
        ('name = "x"\n[rules."a.b"]\nmetric = "m.n"\nparameter = "p.q"\nremedy = "再加 { 人"\n', 5, "不认识的"),
        ('name = "x"\n[rules."a.b"]\nmetric = "m.n"\nparameter = "p.q"\nremedy = "{gap:.2f}"\n', 5, "gap"),
    ],
)
def test_a_rule_file_that_breaks_its_form_is_refused_with_its_line(text: str, line: int | None, says: str) -> None:
    with pytest.raises(InvalidRules, match=says) as caught:
        read_rule_set("rules.toml", text)
    assert ("rules.toml", line) == (caught.value.source, caught.value.line)


def test_an_outdated_parameter_is_known() -> None:
    book = ParameterBook(read_rule_set("x", HEAD + VALUE + "review = 2024-12-31\n").parameters)
    day = date(2025, 1, 1)
    assert ["a.b"] == [name for name, _ in book.outdated(day, day)]
    assert [] == book.outdated(day, date(2024, 12, 31))
    assert [] == book.outdated(date(2019, 12, 31), day)
