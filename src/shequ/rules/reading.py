"""Rule sets are read from TOML; every error names the file and the line."""

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from shequ.effective import Span
from shequ.errors import BadData, InvalidRules
from shequ.lifecycle import LIFECYCLES, Lifecycle
from shequ.model import FieldSpec, Kind
from shequ.model.checks import is_id
from shequ.rules.finding import Severity
from shequ.rules.parameters import COMPARATORS, Parameter, ParameterBook, ParameterValue
from shequ.rules.ruleset import PROBLEM_GROUPS, Rule, RuleFunction, RuleSet, Threshold
from shequ.rules.steps import Comparison, StepFunction, StepRule

__all__ = ["read_rule_set"]

_TOP = ("name", "label", "version", "parameters", "rules", "steps")
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
_STEP = (
    "label",
    "type",
    "events",
    "when",
    "requires",
    "reason",
    "compare",
    "citation",
    "since",
    "until",
    "division",
)
_TEXTS = (
    "type",
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


_EXAMPLES = {Kind.FLAG: "true、false", Kind.COUNT: "整数", Kind.REF: "编号"}


def _condition(spec: FieldSpec, value: Any) -> str | None:
    """What a field must show as a string for a condition to hold; ``None`` if the value cannot be meant."""
    match spec.kind:
        case Kind.FLAG:
            said = {"true": "True", "false": "False", "是": "True", "否": "False"}
            return said.get(str(value).lower()) if isinstance(value, bool | str) else None
        case Kind.COUNT:
            whole = isinstance(value, int) and not isinstance(value, bool)
            return str(value) if whole or (isinstance(value, str) and re.fullmatch(r"0|[1-9]\d*", value)) else None
        case _ if not isinstance(value, str):
            return None
        case Kind.TERM | Kind.CODE:
            # Of an open vocabulary too only what is listed: a misspelt code would make the demand never apply, unseen.
            labels = {label: code for code, label in spec.choices.items()}
            return value if value in spec.choices else labels.get(value)
        case Kind.REF:
            return value if is_id(value) else None
        case Kind.TEXT:
            return value
    return None


class _Reader:
    """Reads one TOML text; errors name the line."""

    def __init__(
        self,
        source: str,
        content: str,
        functions: Mapping[str, RuleFunction],
        step_functions: Mapping[str, StepFunction],
        lifecycles: Iterable[Lifecycle],
    ) -> None:
        self.source, self.content, self.functions = source, content, functions
        self.step_functions, self.lifecycles = step_functions, tuple(lifecycles)
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
            if key in ("generally", "yearly", "reason") and not isinstance(value, bool):
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
        for section in ("parameters", "rules", "steps"):
            if not isinstance(document.get(section, {}), dict):
                raise self.fail(f"{section} 应为表", f"{section}", remedy=f'写成 [{section}."名称"]')
        version = document.get("version", "1")
        if not isinstance(version, str | int | float):
            raise self.fail("version 应为文字或数", "version")
        parameters = tuple(
            self.parameter(key, table, name) for key, table in dict(document.get("parameters", {})).items()
        )
        rules = tuple(self.rule(key, table, name) for key, table in dict(document.get("rules", {})).items())
        steps = tuple(self.step(key, table, name) for key, table in dict(document.get("steps", {})).items())
        unused = {*self.functions, *self.step_functions} - self.used
        if unused:
            raise self.fail(f"函数 {'、'.join(sorted(unused))} 没有对应的 [rules] 或 [steps] 表")
        return RuleSet(name, str(document.get("label", name)), str(version), parameters, rules, steps)

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
        days = self.days(found, f"参数 {name} ", marks)
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
        span = self.span(days, f"参数 {name} 的值", marks)
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

    def days(self, found: dict[str, Any], where: str, marks: tuple[str, ...]) -> dict[str, date | None]:
        days: dict[str, date | None] = {}
        for key in ("since", "until", "review"):
            day = found.get(key)
            if day is not None and type(day) is not date:
                raise self.fail(
                    f"{where}的 {key} 不是日期：{day!r}", *marks, f"\n{key}", remedy=f"写成 {key} = 2026-01-01"
                )
            days[key] = day
        return days

    def span(self, days: dict[str, date | None], where: str, marks: tuple[str, ...]) -> Span:
        try:
            span = Span(days["since"], days["until"])
        except BadData as error:
            raise self.fail(f"{where}：{error.message}", *marks, "\nuntil") from error
        if span.is_empty:
            raise self.fail(f"{where}：起止同日，没有生效的日子", *marks, "\nuntil")
        return span

    def step(self, name: str, table: Any, rule_set: str) -> StepRule:
        mark = f'[steps."{name}"'
        found = self.keys(table, _STEP, f"步骤规则 {name} ", mark)
        said = found.get("type")
        labels = {cycle.name: (cycle.name, cycle.label, cycle.type.__record__.label) for cycle in self.lifecycles}
        lifecycle = next((cycle for cycle in self.lifecycles if said in labels[cycle.name]), None)
        if lifecycle is None:
            raise self.fail(
                f"步骤规则 {name} 的 type {said!r} 不可用",
                mark,
                "\ntype",
                remedy=f"可用：{'、'.join(f'{cycle.name}（{cycle.label}）' for cycle in self.lifecycles)}",
            )
        fields = lifecycle.type.__record__.fields
        where = f"步骤规则 {name} "
        events = self.names(found, "events", lifecycle.labels, where, mark)
        events = events or tuple(lifecycle.labels)
        requires = self.names(found, "requires", {spec.name: spec.label for spec in fields.values()}, where, mark)
        when = self.when(found, fields, where, mark)
        for event in events:
            own = [t.own | {t.fills} for t in lifecycle.transitions if t.event == event]
            filled = next((field for field in requires if any(field in each for each in own)), None)
            if filled is not None:
                raise self.fail(
                    f"{where}的 requires 中 {filled}（{fields[filled].label}）由步骤 {event}（{lifecycle.labels[event]}）"
                    "自己填写，事先不会有值",
                    mark,
                    "\nrequires",
                    remedy="从 requires 中删去，或在 events 中只写其他步骤",
                )
        division = str(found.get("division", ""))
        if division and not is_id(division):
            raise self.fail(
                f"{where}的 division {division!r} 不是区划代码", mark, "\ndivision", remedy="写 12 位代码，不写名称"
            )
        comparisons = found.get("compare", [])
        if not isinstance(comparisons, list):
            raise self.fail(f"步骤规则 {name} 的 compare 应为表的数组", mark, "\ncompare")
        compare = []
        for item in comparisons:
            self.keys(item, ("field", "parameter"), f"步骤规则 {name} 的 compare ", mark, "\ncompare")
            if not {"field", "parameter"} <= set(item):
                raise self.fail(f"步骤规则 {name} 的 compare 需要 field 和 parameter", mark, "\ncompare")
            compare.append(Comparison(str(item["field"]), str(item["parameter"])))
        for one in compare:
            if one.field not in fields:
                raise self.fail(
                    f"{where}用到的字段 {one.field} 不存在", mark, "\ncompare", remedy=f"可用：{'、'.join(fields)}"
                )
            if fields[one.field].kind not in (Kind.COUNT, Kind.MONEY, Kind.MEASURE):
                raise self.fail(f"步骤规则 {name} 比较的字段 {one.field} 不是数", mark, "\ncompare")
        judge = self.step_functions.get(name)
        self.used.add(name)
        if not (requires or compare or judge or found.get("reason")):
            raise self.fail(
                f"步骤规则 {name} 没有要求任何事", mark, remedy="写明 requires、reason 或 compare 中的至少一项"
            )
        return StepRule(
            name=name,
            label=str(found.get("label", name)),
            type=lifecycle.name,
            events=events,
            when=when,
            requires=requires,
            reason=bool(found.get("reason", False)),
            compare=tuple(compare),
            judge=judge,
            citation=str(found.get("citation", "")),
            span=self.span(self.days(found, f"步骤规则 {name} ", (mark,)), f"步骤规则 {name} ", (mark,)),
            division=division,
            rule_set=rule_set,
        )

    def when(
        self, found: dict[str, Any], fields: Mapping[str, FieldSpec], where: str, mark: str
    ) -> tuple[tuple[str, str], ...]:
        """The conditions of a step rule: field and code, or what stands for it."""
        given = found.get("when", {})
        if not isinstance(given, dict):
            raise self.fail(f"{where}的 when 应为表", mark, "\nwhen", remedy='写成 when = { choice = "owners_vote" }')
        conditions = []
        for field, value in given.items():
            spec = fields.get(field)
            if spec is None:
                raise self.fail(
                    f"{where}用到的字段 {field} 不存在", mark, "\nwhen", remedy=f"可用：{'、'.join(fields)}"
                )
            code = _condition(spec, value)
            if code is None:
                options = "、".join(f"{code}（{label}）" for code, label in spec.choices.items()) or _EXAMPLES.get(
                    spec.kind
                )
                raise self.fail(
                    f"{where}的 when 中 {field}（{spec.label}）没有 {value!r} 这个值",
                    mark,
                    "\nwhen",
                    remedy=f"可用：{options}"
                    if options
                    else "这个字段不能用作条件，请改用代码、是否、编号或文字的字段",
                )
            conditions.append((field, code))
        return tuple(conditions)

    def names(
        self, found: dict[str, Any], key: str, known: Mapping[str, str], where: str, mark: str
    ) -> tuple[str, ...]:
        """A list of names out of those that are known, each by name or by its Chinese label."""
        by_label = {label: name for name, label in reversed(list(known.items()))}
        given = found.get(key, [])
        if not isinstance(given, list) or not all(isinstance(name, str) for name in given):
            raise self.fail(f"{where}的 {key} 应为文字的数组", mark, f"\n{key}", remedy=f'写成 {key} = ["…"]')
        for name in given:
            if name not in known and name not in by_label:
                options = "、".join(f"{name}（{known[name]}）" for name in sorted(known))
                raise self.fail(f"{where}的 {key} 中 {name!r} 不存在", mark, f"\n{key}", remedy=f"可用：{options}")
        return tuple(name if name in known else by_label[name] for name in given)

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


def read_rule_set(
    source: str,
    content: str,
    functions: Mapping[str, RuleFunction] | None = None,
    step_functions: Mapping[str, StepFunction] | None = None,
    *,
    lifecycles: Iterable[Lifecycle] = LIFECYCLES,
) -> RuleSet:
    """Read a rule set from TOML.

    Args:
        source: Name of the file, for messages.
        content: The TOML text.
        functions: Name of a rule → the function that judges it, for rules that are no thresholds.
        step_functions: Name of a step rule → the function that judges what its table cannot say.
        lifecycles: Those whose steps it may make demands on; the library's own if none are given.

    Raises:
        InvalidRules: If the text breaks its form; the error names the line.
    """
    return _Reader(source, content, functions or {}, step_functions or {}, lifecycles).read()
