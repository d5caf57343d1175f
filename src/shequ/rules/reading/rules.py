"""Rules as a rule file writes them: a metric held against a parameter, or what a function judges."""

import re
from collections.abc import Collection, Mapping

from shequ.rules.finding import Severity
from shequ.rules.reading.positions import TomlFile
from shequ.rules.reading.tables import Table, meant
from shequ.rules.ruleset import PROBLEM_GROUPS, Rule, RuleFunction, Threshold

__all__ = ["read_rule"]

_RULE = (
    "label",
    "group",
    "severity",
    "remedy",
    "metric",
    "parameter",
    "closing",
    "yearly",
    "uses",
    "citation",
    "unverified",
    "note",
)
_SLOTS = ("measured", "threshold", "gap", "needed", "closing")


def read_rule(
    file: TomlFile,
    name: str,
    values: object,
    rule_set: str,
    functions: Mapping[str, RuleFunction],
    metrics: Collection[str] | None,
) -> Rule:
    """A rule.

    Raises:
        InvalidRules: If it breaks its form, or names a metric that is not among ``metrics``.
    """
    table = Table.of(file, ("rules", name), f"规则 {name} ", values, _RULE)
    remedy = table.text("remedy")
    for slot in re.findall(r"\{[^{}]*\}|[{}]", remedy):
        if slot[1:-1] not in _SLOTS:
            raise table.fail(
                f"规则 {name} 的 remedy 中有不认识的 {slot}", "remedy", remedy=f"可用：{'、'.join(_SLOTS)}"
            )
    function = functions.get(name)
    return Rule(
        name=name,
        label=table.text("label", name),
        group=table.chosen("group", PROBLEM_GROUPS, "data"),
        severity=Severity(table.chosen("severity", tuple(Severity), Severity.WARNING)),
        remedy=remedy,
        judge=_threshold(table, name, metrics) if function is None else function,
        uses=table.texts("uses") if function is not None else (table.text("parameter"),),
        citation=table.citation(),
        note=table.text("note"),
        rule_set=rule_set,
        origin=table.where,
    )


def _threshold(table: Table, name: str, metrics: Collection[str] | None) -> Threshold:
    for key in ("metric", "parameter"):
        if not table.text(key):
            raise table.fail(f"规则 {name} 缺少 {key}", remedy="写明指标代码 metric 与参数名称 parameter")
    if "uses" in table.values:
        raise table.fail(f"规则 {name} 的 uses 只用于由函数判断的规则", "uses", remedy="删去 uses，参数写在 parameter")
    for key in ("metric", "closing"):
        code = table.text(key)
        if metrics is not None and code and code not in metrics:
            raise table.fail(f"规则 {name} 用到的指标 {code} 不存在", key, remedy=_near(code, metrics))
    return Threshold(table.text("metric"), table.text("parameter"), table.text("closing"), table.flag("yearly"))


def _near(code: str, metrics: Collection[str]) -> str:
    hint = meant(code, metrics)
    return hint if hint.startswith("是否") else "用 shequ metrics --list 列出全部指标"
