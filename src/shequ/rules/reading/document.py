"""A whole rule file: its syntax, its name, its sections."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from shequ.errors import InvalidRules
from shequ.lifecycle import LIFECYCLES, Lifecycle
from shequ.rules.reading.parameters import read_parameter
from shequ.rules.reading.positions import TomlFile
from shequ.rules.reading.rules import read_rule
from shequ.rules.reading.steps import read_step
from shequ.rules.reading.tables import Table
from shequ.rules.ruleset import RuleFunction, RuleSet
from shequ.rules.steps import StepFunction

__all__ = ["read_rule_set"]

_TOP = ("name", "label", "version", "parameters", "rules", "steps")


def read_rule_set(
    source: str,
    content: str,
    functions: Mapping[str, RuleFunction] | None = None,
    step_functions: Mapping[str, StepFunction] | None = None,
    *,
    lifecycles: Iterable[Lifecycle] = LIFECYCLES,
    metrics: Collection[str] | None = None,
    taken: Mapping[str, str] | None = None,
) -> RuleSet:
    """Read a rule set from TOML.

    Args:
        source: Name of the file, for messages.
        content: The TOML text.
        functions: Name of a rule → the function that judges it, for rules that are no thresholds.
        step_functions: Name of a step rule → the function that judges what its table cannot say.
        lifecycles: Those whose steps it may make demands on; the library's own if none are given.
        metrics: Codes of the metrics that its rules may name; if none are given they are not checked here.
        taken: Names of other rule sets, and where each of them comes from.

    Raises:
        InvalidRules: If the text breaks its form; the error names the line. Nothing is read then.
    """
    file, document = TomlFile.read(source, content)
    top = Table.of(file, (), "规则文件", document, _TOP)
    name = top.text("name")
    if not name.strip():
        raise InvalidRules(source, 1, "缺少规则集名称 name", remedy='在文件开头写 name = "…"')
    if taken and name in taken:
        raise top.fail(f"规则集名称 {name!r} 已被 {taken[name]} 使用", "name", remedy="另起一个名称")
    sections = {section: _section(top, section) for section in ("parameters", "rules", "steps")}
    version = top.values.get("version", "1")
    if isinstance(version, bool) or not isinstance(version, str | int | float):
        raise top.fail("version 应为文字或数", "version", remedy='写成 version = "2026.1"')
    judges, steppers, cycles = functions or {}, step_functions or {}, tuple(lifecycles)
    unused = sorted(judges.keys() - sections["rules"].keys() | steppers.keys() - sections["steps"].keys())
    if unused:
        raise InvalidRules(
            source, 1, f"函数 {'、'.join(unused)} 没有对应的 [rules] 或 [steps] 表", remedy="补上该表，或去掉该函数"
        )
    return RuleSet(
        name=name,
        label=top.text("label", name),
        version=str(version),
        parameters=tuple(read_parameter(file, key, table, name) for key, table in sections["parameters"].items()),
        rules=tuple(read_rule(file, key, table, name, judges, metrics) for key, table in sections["rules"].items()),
        steps=tuple(read_step(file, key, table, name, steppers, cycles) for key, table in sections["steps"].items()),
        source=source,
    )


def _section(top: Table, name: str) -> dict[str, Any]:
    found = top.values.get(name, {})
    if not isinstance(found, dict):
        raise top.fail(f"{name} 应为表", name, remedy=f'写成 [{name}."名称"]')
    return found
