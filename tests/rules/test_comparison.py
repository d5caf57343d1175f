"""Two rule sets judge the same data: what only one finds, what both find and judge differently."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_failures import AT, HERE, RECORDS, STREET, opened

import shequ
from shequ.cli.commands import run
from shequ.errors import BadData
from shequ.metrics import Place
from shequ.model import Body, CommunityWorker, Household, HouseholdMembership, MembershipKind, Resident
from shequ.rules import Finding, Severity, compare_findings, read_rule_set

PLACES = [Place(code, code, name, "community") for code, name in (("1", "东"), ("2", "西"))]
FINDINGS = st.builds(
    Finding,
    rule=st.sampled_from(["a.b", "c.d"]),
    severity=st.sampled_from(Severity),
    place=st.sampled_from(PLACES),
    subject=st.sampled_from(["甲", "乙"]),
    message=st.just("有问题"),
    threshold=st.sampled_from(["≤1", "≤2"]),
)
LISTS = st.lists(FINDINGS, max_size=8)


@given(LISTS)
def test_a_side_compared_with_itself_differs_in_nothing(findings: list[Finding]) -> None:
    assert ((), (), (), len(findings)) == compare_findings(findings, reversed(findings))


@given(LISTS, LISTS)
def test_every_finding_is_accounted_for_once_on_either_side(first: list[Finding], second: list[Finding]) -> None:
    only_first, only_second, different, alike = compare_findings(first, second)
    assert len(first) == len(only_first) + len(different) + alike
    assert len(second) == len(only_second) + len(different) + alike
    assert all(pair.fields and pair.first.rule == pair.second.rule for pair in different)
    back = compare_findings(second, first)
    assert (len(only_second), len(only_first), len(different), alike) == (*map(len, back[:3]), back[3])


RULES = """
name = "{name}"
[parameters."bodies.functions_per_worker"]
[[parameters."bodies.functions_per_worker".values]]
comparator = "<="
value = 9
citation = "c"
[parameters."symposia.per_year"]
[[parameters."symposia.per_year".values]]
comparator = ">="
value = {symposia}
citation = "c"
"""
MEMBERS = (
    'name = "more"\n[parameters."committee.members"]\n[[parameters."committee.members".values]]\n'
    'division = "999900001000"\ncomparator = ">="\nvalue = 7\ncitation = "市定"\n'
)
COMMITTEE = Body(
    id="b", division="999900001001", kind="residents_committee", name="居委会", working_rule="有", members=3
)


def test_what_each_side_finds_beside_what_is_in_force_for_both(tmp_path: Path) -> None:
    register = opened()
    register.put(COMMITTEE, reason="test")
    for name, symposia in (("old", 1), ("new", 0)):
        (tmp_path / f"{name}.toml").write_text(RULES.format(name=name, symposia=symposia), encoding="utf-8")
    register.load(tmp_path / "old.toml")
    found = register.compare_rules(["old"], [tmp_path / "new.toml"], at=AT)
    assert (("national", "old"), ("national", "new")) == found.names
    assert [("symposia.per_year", "≥1")] == [(one.rule, one.threshold) for one in found.only_first]
    assert ((), ()) == (found.only_second, found.different)
    assert found.alike > 3
    assert found
    more = register.compare_rules([], [read_rule_set("more.toml", MEMBERS)], at=AT)
    (pair,) = more.different
    assert ("5-9", "≥7", ("threshold", "citation")) == (pair.first.threshold, pair.second.threshold, pair.fields)
    assert not register.compare_rules(["old"], ["old"], at=AT)


def test_figures_of_a_side_are_by_its_own_parameters() -> None:
    standard = (
        'name = "{0}"\n[parameters."staff.households_per_worker"]\n'
        '[[parameters."staff.households_per_worker".values]]\ncomparator = "<="\nvalue = {1}\ncitation = "c"\n'
    )
    homes = [Household(id=f"h{n}", community=HERE, number=f"{n}") for n in range(12)]
    living = [
        HouseholdMembership(
            id=f"m{n}", household=f"h{n}", resident=f"r{n}", kind=MembershipKind.LIVING, since=date(2020, 1, 1)
        )
        for n in range(12)
    ]
    people = [Resident(id=f"r{n}", name="甲", birth_date=date(1980, 1, 1 + n)) for n in range(12)]
    worker = CommunityWorker(id="w", community=HERE, name="乙", full_time=True, since=date(2020, 1, 1))
    register = opened()
    register.put(*homes, *living, *people, worker, reason="test")
    six, four = (read_rule_set("s.toml", standard.format(name, value)) for name, value in (("six", 6), ("four", 4)))
    found = register.compare_rules([six], [four], at=AT)
    (pair,) = (one for one in found.different if one.first.rule == "staff.households_per_worker")
    assert ("再配备 1 名专职干部", "再配备 2 名专职干部") == (pair.first.remedy, pair.second.remedy)
    assert ("≤6", "≤4") == (pair.first.threshold, pair.second.threshold)


def test_a_set_that_is_neither_loaded_nor_a_file_is_named_with_those_there_are() -> None:
    with pytest.raises(BadData, match=r"没有名为 'natinal' 的规则集.*现行的规则集：national"):
        opened().compare_rules(["natinal"], ["national"], at=AT)


@pytest.mark.slow
def test_the_command_line_shows_both_sides(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = f"sqlite:///{tmp_path / 's.db'}"
    with shequ.open(store, district=STREET.id) as register:
        register.put(*RECORDS, COMMITTEE, reason="test")
    (tmp_path / "more.toml").write_text(MEMBERS, encoding="utf-8")
    (tmp_path / "old.toml").write_text(RULES.format(name="old", symposia=1), encoding="utf-8")
    asked = ["check", "--store", store, "--at", "2025-12-31"]
    sides = ["--rules", str(tmp_path / "old.toml"), "--compare", str(tmp_path / "more.toml")]
    assert 1 == run([*asked, *sides, "--json"])
    document = json.loads(capsys.readouterr().out)
    assert "shequ.findings-comparison/1" == document["format"]
    assert ["national", "old"] == document["first"]["rule_sets"]
    assert ["symposia.per_year"] == [one["rule"] for one in document["only_first"]]
    assert [["threshold", "citation"]] == [one["fields"] for one in document["different"]]
    assert 1 == run([*asked, *sides])
    out, err = capsys.readouterr()
    assert "仅甲发现 1 项" in out
    assert "判断不同 1 项" in out
    assert "（规定 ≥7）" in out
    assert "甲：national、old" in err
    assert 0 == run([*asked, "--rules", "national", "--compare", "national"])
    assert "两套规则判断相同" in capsys.readouterr().err
    assert 2 == run([*asked, "--compare", "nowhere.toml"])
