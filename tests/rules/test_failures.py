"""A rule that fails is its plugin's failure and nobody else's; rule sets that are not in order say so."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

import shequ
from shequ.cli.commands import run
from shequ.effective import SHANGHAI
from shequ.errors import BackendError, BadData, InvalidRules, PluginConflict
from shequ.hookspecs import hookimpl
from shequ.model import Community, CommunityStatus, Coverage, PartyOrganization, SubDistrict
from shequ.model.party import OrganizationKind
from shequ.plugins import PluginHost
from shequ.register import Register
from shequ.rules import Finding, Judgement, Rule, RuleSet, Severity, read_rule_set

AT = date(2025, 12, 31)
NOW = datetime(2026, 1, 5, 9, tzinfo=SHANGHAI)
STREET = SubDistrict(id="999900001000", code="999900001000", name="云溪街道")
HERE = "999900001001"
RECORDS = (
    STREET,
    Community(id=HERE, code=HERE, name="望溪社区", sub_district=STREET.id, status=CommunityStatus.OPERATING),
    Coverage(id="all", type="*", division=STREET.id),
    PartyOrganization(id="zb", division=HERE, name="第一支部", kind=OrganizationKind.BRANCH, since=date(2015, 1, 1)),
)
STRANGE = 'name = "strange"\nversion = "7"\n[rules."x.y"]\nseverity = "error"\nremedy = "改"\ncitation = "c"\n'


class Rude(Exception):
    """An error whose own text fails."""

    def __str__(self) -> str:
        raise ValueError


def raising(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    yield judged.finding(rule, judged.tree.root, "发现一项")
    raise ZeroDivisionError("没有户")


def rude(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    raise Rude


def no_finding(judged: Judgement, rule: Rule) -> Any:
    return ["一项"]


def nothing(judged: Judgement, rule: Rule) -> Any:
    return None


class Offers:
    def __init__(self, *sets: RuleSet) -> None:
        self.sets = sets

    @hookimpl
    def shequ_plugin_info(self) -> dict[str, str]:
        return {"version": "2.5"}

    @hookimpl
    def shequ_rule_sets(self) -> tuple[RuleSet, ...]:
        return self.sets


def opened(*sets: RuleSet, rules: list[Path] | None = None) -> Register:
    host = PluginHost({"stranger": Offers(*sets)} if sets else {}, discover=False)
    register = shequ.open("memory:", district=STREET.id, clock=lambda: NOW, host=host, rules=rules or [])
    register.put(*RECORDS, reason="test")
    return register


@pytest.mark.parametrize(
    ("judge", "error"),
    [
        (raising, "ZeroDivisionError: 没有户"),
        (rude, "Rude: ?"),
        (no_finding, "TypeError: x.y yields '一项', which is no Finding"),
        (nothing, "TypeError: 'NoneType' object is not iterable"),
    ],
)
def test_a_rule_that_raises_is_its_plugins_failure_and_the_rest_are_judged(judge: Any, error: str) -> None:
    verdict = opened(read_rule_set("s.toml", STRANGE, {"x.y": judge})).judge(at=AT)
    (failure,) = verdict.failures
    assert ("x.y", "strange", "stranger", "2.5", error) == (
        failure.rule,
        failure.rule_set,
        failure.plugin,
        failure.version,
        failure.error,
    )
    assert failure.where.startswith(("test_failures.py:", "judgement.py:"))
    said = {finding.rule: finding for finding in verdict.findings}
    assert "x.y" not in said, "what it found before it failed is no verdict"
    assert (Severity.ERROR, "x.y", str(failure)) == (
        said["rules.failed"].severity,
        said["rules.failed"].subject,
        said["rules.failed"].message,
    )
    others = {finding.rule for finding in opened().check(at=AT)}
    assert others
    assert others == said.keys() - {"rules.failed"}


def lost_database(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    yield from ()
    raise BackendError("连接已断开")


def test_a_database_that_is_lost_is_nobodys_rule() -> None:
    with pytest.raises(BackendError, match="连接已断开"):
        opened(read_rule_set("s.toml", STRANGE, {"x.y": lost_database})).judge(at=AT)


def test_which_version_of_the_rules_was_used_is_told_after_a_check_too() -> None:
    register = opened()
    before = register.measure("volunteers.records_late", period="2025").parameters
    register.check(at=AT, law="2025-06-30")
    register.put(*RECORDS, reason="test")
    register.check(at=AT)
    assert before
    assert before == register.measure("volunteers.records_late", period="2025").parameters


def test_a_metric_that_went_with_its_plugin_fails_one_rule_only() -> None:
    lost = 'name = "lost"\n[rules."x.y"]\nmetric = "gone.metric"\nparameter = "committee.members"\n'
    verdict = opened(read_rule_set("lost.toml", lost)).judge(at=AT)
    assert ["x.y"] == [failure.rule for failure in verdict.failures]
    assert "gone.metric" in verdict.failures[0].error


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.slow
def test_the_command_line_names_the_plugin_and_goes_on(
    as_json: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = f"sqlite:///{tmp_path / 's.db'}"
    host = PluginHost({"stranger": Offers(read_rule_set("s.toml", STRANGE, {"x.y": raising}))}, discover=False)
    with shequ.open(store, district=STREET.id, clock=lambda: NOW, host=host) as register:
        register.put(*RECORDS, reason="test")
    monkeypatch.setattr("shequ.register.opening.host_from_environment", lambda: host)
    status = run(["check", "--store", store, "--at", "2025-12-31", *(["--json"] if as_json else [])])
    out, err = capsys.readouterr()
    assert 1 == status
    assert "警告：规则 x.y（规则集 strange，stranger 2.5）执行失败：ZeroDivisionError: 没有户" in err
    if as_json:
        document = json.loads(out)
        assert [("x.y", "strange", "stranger", "2.5")] == [
            (f["rule"], f["rule_set"], f["plugin"], f["version"]) for f in document["failures"]
        ]
        assert len(document["findings"]) > 1
    else:
        assert "执行失败" in out


def test_two_plugins_with_rule_sets_of_one_name_are_a_conflict() -> None:
    one, other = (Offers(read_rule_set("s.toml", 'name = "same"\n')) for _ in range(2))
    host = PluginHost({"one": one, "other": other}, discover=False)
    register = shequ.open("memory:", district=STREET.id, clock=lambda: NOW, host=host)
    with pytest.raises(PluginConflict, match=r"'same' is offered by both one \(2.5\) and other"):
        register.rule_sets()


LOCAL = (
    'name = "{name}"\n[parameters."a.b"]\n[[parameters."a.b".values]]\ncomparator = "<="\nvalue = 1\ncitation = "c"\n'
)


class TestFiles:
    def test_a_file_with_a_mistake_leaves_nothing_behind(self, tmp_path: Path) -> None:
        (tmp_path / "community.csv").write_text(
            "code,name,sub_district,status\n999900001002,东社区,999900001000,operating\n", encoding="utf-8"
        )
        (tmp_path / "r.toml").write_text(LOCAL.format(name="l").replace("value", "valeu"), encoding="utf-8")
        register = opened()
        before = tuple(register.changes())
        result = register.load(tmp_path)
        assert [("r.toml", 3)] == [(problem.file, problem.row) for problem in result.errors]
        assert before == tuple(register.changes())

    def test_names_of_sets_are_unique_in_a_folder_and_beside_plugins(self, tmp_path: Path) -> None:
        for file, name in (("a.toml", "one"), ("b.toml", "one"), ("c.toml", "national"), ("d.toml", "two")):
            (tmp_path / file).write_text(LOCAL.format(name=name), encoding="utf-8")
        register = opened()
        result = register.load(tmp_path, keep_good=True)
        assert [("b.toml", 1), ("c.toml", 1)] == [(problem.file, problem.row) for problem in result.errors]
        assert "已被 a.toml 使用" in result.errors[0].message
        assert "已被 插件 shequ.rules.national 使用" in result.errors[1].message
        assert ["national", "one", "two"] == [rule_set.name for rule_set in register.rule_sets()]
        assert not register.load(tmp_path / "a.toml").errors, "a file may be loaded again"

    def test_a_set_that_is_given_stands_in_place_of_the_one_that_was_loaded(self, tmp_path: Path) -> None:
        file = tmp_path / "a.toml"
        file.write_text(
            LOCAL.format(name="one")
            + STRANGE[STRANGE.index("[") :].replace(
                "citation", "metric = 'population.actual'\nparameter = 'a.b'\ncitation"
            ),
            encoding="utf-8",
        )
        register = opened()
        assert not register.load(file).errors
        assert [1] == [len(s.rules) for s in register.rule_sets() if s.name == "one"]
        file.write_text(LOCAL.format(name="one"), encoding="utf-8")
        register = opened(rules=[file])
        register.load(tmp_path)
        assert [0] == [len(s.rules) for s in register.rule_sets() if s.name == "one"]

    def test_two_files_of_one_name_are_refused(self, tmp_path: Path) -> None:
        files = [tmp_path / "a.toml", tmp_path / "b.toml"]
        for file in files:
            file.write_text(LOCAL.format(name="one"), encoding="utf-8")
        with pytest.raises(InvalidRules, match=r"'one' 与 a\.toml 重复"):
            opened(rules=files)


ORDER = """
name = "local"
[parameters."a.b"]
[[parameters."a.b".values]]
division = "{division}"
since = 2020-01-01
{until}comparator = "<="
value = 1
citation = "c"
review = 2025-12-31

[rules."x.y"]
metric = "population.actual"
parameter = "{parameter}"

[steps."x.z"]
type = "project"
events = ["approve"]
reason = true
division = "{division}"
"""


class TestUpkeep:
    @staticmethod
    def upkeep(at: date = AT, **facts: str) -> list[Finding]:
        values = {"division": STREET.id, "until": "", "parameter": "a.b", **facts}
        findings = opened(read_rule_set("local.toml", ORDER.format(**values))).check(at=at)
        return [finding for finding in findings if finding.rule.startswith("rules.")]

    def test_a_value_past_its_review_is_a_warning_by_the_registers_day(self) -> None:
        (found,) = self.upkeep()
        assert ("rules.review", Severity.WARNING, "a.b") == (found.rule, found.severity, found.subject)
        assert "应于 2025-12-31 前复核，已过期" in found.message
        assert "local.toml 第 4 行" in found.remedy

    def test_a_value_that_is_over_need_not_be_looked_at_again(self) -> None:
        assert [] == self.upkeep(until="until = 2026-01-01\n")
        assert [] == self.upkeep(at=date(2019, 12, 31))

    def test_a_parameter_that_nobody_defines_is_a_warning_with_what_was_meant(self) -> None:
        found = {finding.rule: finding for finding in self.upkeep(parameter="a.bb")}["rules.parameter"]
        assert (Severity.WARNING, "x.y") == (found.severity, found.subject)
        assert "是否应为 a.b？" in found.remedy

    def test_a_division_that_is_not_there_is_a_warning_with_file_line_and_the_nearest(self) -> None:
        found = [finding for finding in self.upkeep(division="999900001009") if finding.rule == "rules.division"]
        assert {"参数 a.b", "步骤规则 x.z"} == {finding.subject for finding in found}
        assert all("是否应为 99990000100" in finding.remedy for finding in found)
        assert any("local.toml 第 4 行" in finding.message for finding in found)
        assert any("local.toml 第 16 行" in finding.message for finding in found)


def test_a_law_day_before_any_parameter_is_refused_by_name_and_one_after_all_is_judged() -> None:
    for law in (date(1, 1, 1), date(1949, 10, 1)):
        with pytest.raises(BadData, match=f"{law} 早于规则集中最早的规定"):
            opened().judge(at=AT, law=law)
    assert () == opened().judge(at=AT, law=date(9999, 12, 31)).failures
