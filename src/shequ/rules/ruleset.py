"""Rule sets: parameters and rules, read from TOML, with functions for what data cannot say."""

import difflib
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import attrs

from shequ.effective import Span
from shequ.errors import BadData, InvalidRules
from shequ.rules.finding import Finding, Severity
from shequ.rules.parameters import COMPARATORS, Parameter, ParameterBook, ParameterValue

if TYPE_CHECKING:
    from shequ.rules.judgement import Judgement

__all__ = ["PROBLEM_GROUPS", "Rule", "RuleFunction", "RuleSet", "Threshold", "read_rule_set"]

RuleFunction = Callable[["Judgement", "Rule"], Iterable[Finding]]
"""Judges what a threshold cannot: yields a finding for each breach."""

PROBLEM_GROUPS: Mapping[str, str] = {
    "autonomy": "居民自治与行政负担",
    "completeness": "组织健全程度",
    "conditions": "队伍、用房与经费",
    "breadth": "工作覆盖面",
    "participation": "居民参与",
    "property": "物业管理",
    "casework": "矛盾调处",
    "data": "数据质量",
}
"""Groups of the report's problems section, in its order."""


@attrs.frozen
class Threshold:
    """A rule as data: a metric held against a parameter.

    Args:
        metric: Code of the metric.
        parameter: Name of the parameter.
        closing: Code of a metric that says what would close the gap; ``""`` if none does.
        yearly: Whether it is a demand on the whole year: before its end, what is missing is advice.
    """

    metric: str
    parameter: str
    closing: str = ""
    yearly: bool = False


@attrs.frozen
class Rule:
    """A rule.

    Args:
        name: Name, ``group.name``.
        label: Chinese label.
        group: Key of :data:`PROBLEM_GROUPS`.
        severity: Weight of a breach; a value that holds "generally" makes it advice.
        remedy: What would close a breach; ``{measured}``, ``{threshold}``, ``{gap}``, ``{closing}`` are put in.
        judge: The threshold, or the function that judges.
        rule_set: Name of the set it belongs to.
    """

    name: str
    label: str
    group: str
    severity: Severity
    remedy: str
    judge: "Threshold | RuleFunction"
    rule_set: str = ""


@attrs.frozen
class RuleSet:
    """Parameters and rules that belong together.

    Args:
        name: English name.
        label: Chinese label.
        version: Version, as its author counts.
        parameters: What it sets.
        rules: What it checks.
    """

    name: str
    label: str
    version: str
    parameters: tuple[Parameter, ...]
    rules: tuple[Rule, ...]


_TOP = ("name", "label", "version", "parameters", "rules")
_PARAMETER = ("label", "unit", "values")
_VALUE = (
    "division",
    "since",
    "until",
    "comparator",
    "value",
    "upper",
    "citation",
    "generally",
    "review",
    "note",
)
_RULE = ("label", "group", "severity", "remedy", "metric", "parameter", "closing", "yearly")
_TEXTS = (
    "name",
    "label",
    "unit",
    "division",
    "comparator",
    "citation",
    "note",
    "group",
    "severity",
    "remedy",
    "metric",
    "parameter",
    "closing",
)
_SLOTS = ("measured", "threshold", "gap", "closing")


_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,15})?(?:/[1-9]\d{0,14})?\Z", re.ASCII)


def _exact(number: Any) -> Fraction:
    if isinstance(number, bool) or not isinstance(number, int | float | str) or not _NUMBER.match(str(number)):
        raise ValueError(number)
    return Fraction(str(number))


class _Reader:
    """Reads one TOML text; errors name the line."""

    def __init__(self, source: str, content: str, functions: Mapping[str, RuleFunction]) -> None:
        self.source, self.content, self.functions = source, content, functions
        self.used: set[str] = set()

    def fail(self, reason: str, *marks: str, remedy: str = "") -> InvalidRules:
        return InvalidRules(self.source, self._line(*marks), reason, remedy=remedy)

    def _line(self, *marks: str) -> int | None:
        """The line on which the last of ``marks`` stands, each sought behind the one before."""
        position = 0
        for mark in marks:
            found = self.content.find(mark, position)
            if found < 0:
                break
            position = found + 1 + mark.startswith("\n")
        return self.content.count("\n", 0, position - 1) + 1 if position else None

    def keys(self, table: Any, allowed: tuple[str, ...], where: str, *marks: str) -> dict[str, Any]:
        if not isinstance(table, dict):
            raise self.fail(f"{where}应为表", *marks)
        for key, value in table.items():
            if key in ("generally", "yearly") and not isinstance(value, bool):
                raise self.fail(f"{where}的 {key} 应为 true 或 false：{value!r}", *marks, f"\n{key}")
            if key in _TEXTS and not isinstance(value, str):
                raise self.fail(f"{where}的 {key} 应为加引号的文字：{value!r}", *marks, f"\n{key}")
            if key not in allowed:
                close = difflib.get_close_matches(key, allowed, n=1)
                hint = f"是否应为 {close[0]}？" if close else f"可用：{'、'.join(allowed)}"
                raise self.fail(f"{where}中有不认识的键 {key!r}", *marks, f"\n{key}", remedy=hint)
        return table

    def read(self) -> RuleSet:
        try:
            document = tomllib.loads(self.content)
        except (tomllib.TOMLDecodeError, ValueError, RecursionError) as error:
            place = re.search(r"line (\d+)", str(error))
            last = len(self.content.splitlines())
            raise InvalidRules(
                self.source, int(place[1]) if place else last, f"TOML 语法错误：{error}", remedy="更正该行"
            ) from error
        self.keys(document, _TOP, "规则文件")
        name = document.get("name")
        if not isinstance(name, str) or not name:
            raise self.fail("缺少规则集名称 name", remedy='在文件开头写 name = "…"')
        for section in ("parameters", "rules"):
            if not isinstance(document.get(section, {}), dict):
                raise self.fail(f"{section} 应为表", f"{section}", remedy=f'写成 [{section}."名称"]')
        version = document.get("version", "1")
        if not isinstance(version, str | int | float):
            raise self.fail("version 应为文字或数", "version")
        parameters = tuple(
            self.parameter(key, table, name) for key, table in dict(document.get("parameters", {})).items()
        )
        rules = tuple(self.rule(key, table, name) for key, table in dict(document.get("rules", {})).items())
        unused = set(self.functions) - self.used
        if unused:
            raise self.fail(f"函数 {'、'.join(sorted(unused))} 没有对应的 [rules] 表")
        return RuleSet(name, str(document.get("label", name)), str(version), parameters, rules)

    def parameter(self, name: str, table: Any, rule_set: str) -> Parameter:
        mark = f'[parameters."{name}"'
        found = self.keys(table, _PARAMETER, f"参数 {name} ", mark)
        values = found.get("values", [])
        if not isinstance(values, list):
            raise self.fail(f"参数 {name} 的 values 应为表的数组", mark)
        read = []
        for place, value in enumerate(values):
            marks = (mark, *[f'[[parameters."{name}".values]]'] * (place + 1))
            read.append(self.value(name, value, rule_set, marks))
        parameter = Parameter(name, str(found.get("label", name)), str(found.get("unit", "")), tuple(read))
        try:
            ParameterBook((parameter,))
        except InvalidRules as error:
            raise self.fail(error.reason, mark, remedy="使各段起止日期首尾相接、互不重叠") from error
        return parameter

    def value(self, name: str, table: Any, rule_set: str, marks: tuple[str, ...]) -> ParameterValue:
        found = self.keys(table, _VALUE, f"参数 {name} 的值", *marks)
        comparator = found.get("comparator")
        if comparator not in COMPARATORS:
            raise self.fail(
                f"参数 {name} 的 comparator {comparator!r} 不可用",
                *marks,
                "\ncomparator",
                remedy=f"可用：{' '.join(COMPARATORS)}",
            )
        days = {}
        for key in ("since", "until", "review"):
            day = found.get(key)
            if day is not None and type(day) is not date:
                raise self.fail(
                    f"参数 {name} 的 {key} 不是日期：{day!r}", *marks, f"\n{key}", remedy=f"写成 {key} = 2026-01-01"
                )
            days[key] = day
        bounds: dict[str, Fraction | None] = {}
        for key in ("value", "upper"):
            number = found.get(key)
            try:
                # A fraction stands in quotes: "2/3" is exact, 0.6667 would not be.
                bounds[key] = None if number is None else _exact(number)
            except ValueError:
                raise self.fail(
                    f"参数 {name} 的 {key} 不是数：{number!r}", *marks, f"\n{key}", remedy='写成 300、0.5 或 "2/3"'
                ) from None
        value, upper = bounds["value"], bounds["upper"]
        if value is None or (comparator == "between") != (upper is not None) or (upper is not None and upper < value):
            raise self.fail(
                f"参数 {name} 的值不完整",
                *marks,
                remedy="between 需要 value（下限）和 upper（上限），其余只需要 value",
            )
        if not found.get("citation"):
            raise self.fail(f"参数 {name} 的值缺少依据 citation", *marks, remedy="写明文件名称与条款")
        try:
            span = Span(days["since"], days["until"])
        except BadData as error:
            raise self.fail(f"参数 {name} 的值：{error.message}", *marks, "\nuntil") from error
        if span.is_empty:
            raise self.fail(f"参数 {name} 的值：起止同日，没有生效的日子", *marks, "\nuntil")
        return ParameterValue(
            span,
            comparator,
            value,
            str(found["citation"]),
            upper,
            bool(found.get("generally", False)),
            str(found.get("division", "")),
            days["review"],
            str(found.get("note", "")),
            rule_set,
        )

    def rule(self, name: str, table: Any, rule_set: str) -> Rule:
        mark = f'[rules."{name}"'
        found = self.keys(table, _RULE, f"规则 {name} ", mark)
        group = found.get("group", "data")
        if group not in PROBLEM_GROUPS:
            raise self.fail(
                f"规则 {name} 的 group {group!r} 不可用",
                mark,
                "\ngroup",
                remedy=f"可用：{'、'.join(PROBLEM_GROUPS)}",
            )
        try:
            severity = Severity(found.get("severity", "warning"))
        except ValueError:
            raise self.fail(
                f"规则 {name} 的 severity {found['severity']!r} 不可用",
                mark,
                "\nseverity",
                remedy="可用：error、warning、advice",
            ) from None
        remedy = str(found.get("remedy", ""))
        for slot in re.findall(r"\{[^{}]*\}|[{}]", remedy):
            if slot[1:-1] not in _SLOTS:
                raise self.fail(
                    f"规则 {name} 的 remedy 中有不认识的 {slot}",
                    mark,
                    "\nremedy",
                    remedy=f"可用：{'、'.join(_SLOTS)}",
                )
        judge: Threshold | RuleFunction
        if name in self.functions:
            judge = self.functions[name]
            self.used.add(name)
        elif "metric" in found and "parameter" in found:
            judge = Threshold(
                str(found["metric"]),
                str(found["parameter"]),
                str(found.get("closing", "")),
                bool(found.get("yearly", False)),
            )
        else:
            raise self.fail(f"规则 {name} 缺少 metric 或 parameter", mark, remedy="写明指标代码与参数名称")
        return Rule(name, str(found.get("label", name)), group, severity, remedy, judge, rule_set)


def read_rule_set(source: str, content: str, functions: Mapping[str, RuleFunction] | None = None) -> RuleSet:
    """Read a rule set from TOML.

    Args:
        source: Name of the file, for messages.
        content: The TOML text.
        functions: Name of a rule → the function that judges it, for rules that are no thresholds.

    Raises:
        InvalidRules: If the text breaks its form; the error names the line.
    """
    return _Reader(source, content, functions or {}).read()
