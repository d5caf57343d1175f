"""Demands on steps as a rule file writes them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shequ.lifecycle import Lifecycle
from shequ.model import FieldSpec, Kind
from shequ.model.checks import is_id
from shequ.rules.reading.parameters import read_division
from shequ.rules.reading.positions import TomlFile
from shequ.rules.reading.tables import Table
from shequ.rules.steps import Comparison, StepFunction, StepRule

__all__ = ["read_step"]

_STEP = (
    "label",
    "type",
    "events",
    "when",
    "requires",
    "reason",
    "compare",
    "citation",
    "unverified",
    "since",
    "until",
    "division",
)
_EXAMPLES = {Kind.FLAG: "true、false", Kind.COUNT: "整数", Kind.REF: "编号"}
_NUMBERS = (Kind.COUNT, Kind.MONEY, Kind.MEASURE)


def read_step(
    file: TomlFile,
    name: str,
    values: object,
    rule_set: str,
    functions: Mapping[str, StepFunction],
    lifecycles: Sequence[Lifecycle],
) -> StepRule:
    """A demand on steps.

    Raises:
        InvalidRules: If it breaks its form, or speaks of types, events, fields or values that there are not.
    """
    table = Table.of(file, ("steps", name), f"步骤规则 {name} ", values, _STEP)
    lifecycle = _lifecycle(table, lifecycles)
    fields = lifecycle.type.__record__.fields
    events = _names(table, "events", lifecycle.labels) or tuple(lifecycle.labels)
    requires = _names(table, "requires", {spec.name: spec.label for spec in fields.values()})
    _not_filled_by_itself(table, lifecycle, events, requires)
    compare = tuple(_comparisons(table, fields))
    judge = functions.get(name)
    reason = table.flag("reason")
    if not (requires or compare or judge or reason):
        raise table.fail(f"步骤规则 {name} 没有要求任何事", remedy="写明 requires、reason 或 compare 中的至少一项")
    return StepRule(
        name=name,
        label=table.text("label", name),
        type=lifecycle.name,
        events=events,
        when=_when(table, fields),
        requires=requires,
        reason=reason,
        compare=compare,
        judge=judge,
        citation=table.citation(),
        span=table.span(),
        division=read_division(table),
        rule_set=rule_set,
        origin=table.where,
    )


def _lifecycle(table: Table, lifecycles: Iterable[Lifecycle]) -> Lifecycle:
    """The lifecycle of the type, by its name, its label, or the label of the record type."""
    said, known = table.values.get("type"), tuple(lifecycles)
    for cycle in known:
        if said in (cycle.name, cycle.label, cycle.type.__record__.label):
            return cycle
    options = "、".join(f"{cycle.name}（{cycle.label}）" for cycle in known)
    raise table.fail(f"{table.called}的 type {said!r} 不可用", "type", remedy=f"可用：{options}")


def _names(table: Table, key: str, known: Mapping[str, str]) -> tuple[str, ...]:
    """A list of names out of those that are known, each by name or by its Chinese label."""
    by_label = {label: name for name, label in reversed(list(known.items()))}
    given = table.texts(key)
    for place, name in enumerate(given):
        if name not in known and name not in by_label:
            options = "、".join(f"{name}（{known[name]}）" for name in sorted(known))
            raise table.fail(f"{table.called}的 {key} 中 {name!r} 不存在", key, place, remedy=f"可用：{options}")
    return tuple(name if name in known else by_label[name] for name in given)


def _not_filled_by_itself(table: Table, lifecycle: Lifecycle, events: Iterable[str], requires: Iterable[str]) -> None:
    fields = lifecycle.type.__record__.fields
    for event in events:
        own = [t.own | {t.fills} for t in lifecycle.transitions if t.event == event]
        filled = next((field for field in requires if any(field in each for each in own)), None)
        if filled is not None:
            raise table.fail(
                f"{table.called}的 requires 中 {filled}（{fields[filled].label}）由步骤 {event}（{lifecycle.labels[event]}）"
                "自己填写，事先不会有值",
                "requires",
                remedy="从 requires 中删去，或在 events 中只写其他步骤",
            )


def _comparisons(table: Table, fields: Mapping[str, FieldSpec]) -> Iterable[Comparison]:
    for one in table.tables("compare", f"{table.called}的 compare ", ("field", "parameter")):
        field, parameter = one.text("field"), one.text("parameter")
        if not (field and parameter):
            raise one.fail(f"{table.called}的 compare 需要 field 和 parameter", remedy="补上所缺的一项")
        if field not in fields:
            raise one.fail(f"{table.called}用到的字段 {field} 不存在", "field", remedy=f"可用：{'、'.join(fields)}")
        if fields[field].kind not in _NUMBERS:
            numbers = "、".join(name for name, spec in fields.items() if spec.kind in _NUMBERS)
            raise one.fail(f"{table.called}比较的字段 {field} 不是数", "field", remedy=f"可用：{numbers}")
        yield Comparison(field, parameter)


def _when(table: Table, fields: Mapping[str, FieldSpec]) -> tuple[tuple[str, str], ...]:
    """The conditions of a step rule: field and code, or what stands for it."""
    given = table.values.get("when", {})
    if not isinstance(given, dict):
        raise table.fail(f"{table.called}的 when 应为表", "when", remedy='写成 when = { choice = "owners_vote" }')
    conditions = []
    for field, value in given.items():
        spec = fields.get(field)
        if spec is None:
            raise table.fail(
                f"{table.called}用到的字段 {field} 不存在", "when", field, remedy=f"可用：{'、'.join(fields)}"
            )
        code = _condition(spec, value)
        if code is None:
            listed = "、".join(f"{code}（{label}）" for code, label in spec.choices.items())
            options = listed or _EXAMPLES.get(spec.kind)
            raise table.fail(
                f"{table.called}的 when 中 {field}（{spec.label}）没有 {value!r} 这个值",
                "when",
                field,
                remedy=f"可用：{options}" if options else "这个字段不能用作条件，请改用代码、是否、编号或文字的字段",
            )
        conditions.append((field, code))
    return tuple(conditions)


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
