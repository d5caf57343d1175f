"""Formulas in Chinese, made from the same data that is evaluated."""

from collections.abc import Callable, Mapping
from typing import Any

from shequ.lifecycle.deadlines import Standing as Deadline
from shequ.metrics.definition import Books, Measured, Metric, Quality, Ratio, Shortfall, Total
from shequ.model import FieldSpec, RecordType, Schema
from shequ.query import (
    Age,
    AgeBand,
    AllOf,
    Among,
    AnyOf,
    Compare,
    Condition,
    Count,
    Days,
    During,
    Each,
    Field,
    Gap,
    Group,
    Holds,
    Keys,
    KeySet,
    Lasting,
    Measure,
    Median,
    Minutes,
    Not,
    Operand,
    Outside,
    Parameter,
    Reach,
    SetOperation,
    Standing,
    StateThen,
    Sum,
)

__all__ = ["describe", "field_at"]

_WORDS = {"=": "为", "!=": "不为", "<": "小于", "<=": "不超过", ">": "超过", ">=": "不少于", "in": "为"}
_QUALITIES = {
    "disagreeing": "上报数与记录不一致的个数",
    "unsupported": "只有上报数、无记录佐证的指标数",
    "restated": "上次报出的报告中，现在的数值与所报不同的指标数",
}
_SETS = {"&": "且", "|": "或", "-": "但非"}


def field_at(schema: Schema, declared: RecordType, path: str) -> FieldSpec:
    """The field that a path leads to."""
    head, _, rest = path.partition(".")
    spec = declared.fields[head]
    return field_at(schema, schema[spec.to or ""], rest) if rest else spec


def describe(metric: Metric, names: Callable[[str], str], schema: Schema) -> str:
    """How a metric comes about.

    Args:
        metric: The metric.
        names: Chinese name of a metric by its code.
        schema: The record types.
    """
    match metric.formula:
        case None:
            return "只据上报"
        case Measured(measure):
            return _measure(measure, schema)
        case Ratio(over, by, per):
            sides = " ÷ ".join(_first_of(codes, names) for codes in (over, by))
            return sides + (f" × {per}" if per != 1 else "")
        case Total(plus, minus):
            return " + ".join(map(names, plus)) + "".join(f" − {names(code)}" for code in minus)
        case Shortfall(load, actual, parameter, in_load):
            if in_load:
                return f"{names(load)}超出“{parameter}”标准 × {names(actual)}的部分"
            return f"按“{parameter}”标准，{names(load)}所需人数减{names(actual)}"
        case Books():
            return "各类台账的记录条数，不分日期"
        case Quality(what):
            return _QUALITIES[what]


def _first_of(codes: tuple[str, ...], names: Callable[[str], str]) -> str:
    first, *rest = codes
    return names(first) + (f"（无则用{'、'.join(map(names, rest))}）" if rest else "")


def _measure(measure: Measure, schema: Schema) -> str:
    if isinstance(measure, Count):
        return f"{_set(measure.of, schema)}的个数" + _by(measure.by, _leaf(measure.of), schema)
    declared = schema[measure.type]
    which = _restricted(declared, measure.where, schema)
    if isinstance(measure, Sum):
        added = measure.field
        what = f"“{_label(added, declared, schema)}”" if isinstance(added, str) else _operand(added, declared, schema)
        return f"{which}的{what}之和" + _by(measure.by, declared.name, schema)
    if isinstance(measure, Median):
        return f"{which}的{_operand(measure.operand, declared, schema)}的中位数"
    assert isinstance(measure, Gap)
    unit = "月份" if measure.unit == "month" else "季度"
    return f"时期内没有{which}的{unit}数"


def _leaf(of: KeySet) -> str:
    return next(of.leaves()).type


def _by(groups: tuple[Group, ...], name: str, schema: Schema) -> str:
    if not groups:
        return ""
    labels = []
    for group in groups:
        label = _label(group.path, schema[name], schema)
        each = "各项" if isinstance(group, Each) else ""
        labels.append("年龄段" if isinstance(group, AgeBand) else each + label)
    return f"，按{'、'.join(labels)}分组"


def _set(of: KeySet, schema: Schema) -> str:
    if isinstance(of, Keys):
        declared = schema[of.type]
        which = _restricted(declared, of.where, schema)
        return which if of.key == "id" else f"{which}的不同“{field_at(schema, declared, of.key).label}”"
    assert isinstance(of, SetOperation)
    return f"（{_set(of.left, schema)}）{_SETS[of.op]}（{_set(of.right, schema)}）"


def _restricted(declared: RecordType, where: Condition | None, schema: Schema) -> str:
    return declared.label if where is None else f"{declared.label}（{_condition(where, declared, schema)}）"


def _condition(condition: Condition, declared: RecordType, schema: Schema) -> str:
    match condition:
        case Compare(operand, op, value):
            label = _operand(operand, declared, schema)
            if op == "given" or (op == "!=" and value == ()):
                return f"有{label}"
            return f"{label}{_WORDS[op]}{_value(operand, value, declared, schema)}"
        case Holds(path, months, _, _, ago):
            whose = f"{field_at(schema, declared, path).label}" if path else ""
            when = f"{ago} 个月前" if ago else "当日"
            return f"{whose}{when}有效" + (f"且已满 {months} 个月" if months else "")
        case Among(path, of, on, differing):
            return _among(path, of, on, differing, declared, schema)
        case During(path):
            return f"{field_at(schema, declared, path).label}在时期内"
        case AllOf(conditions):
            return "、".join(_condition(part, declared, schema) for part in conditions)
        case AnyOf(conditions):
            return "或".join(_condition(part, declared, schema) for part in conditions)
        case Not(part):
            return f"不满足“{_condition(part, declared, schema)}”"
    return repr(condition)


def _among(path: str, of: Keys, on: str, differing: str, declared: RecordType, schema: Schema) -> str:
    other = f"“{_label(differing, declared, schema)}”不同的" if differing else ""
    day = f"{_label(on, declared, schema)}当日的" if on else ""
    key = "" if of.key == "id" else f"的“{_label(of.key, schema[of.type], schema)}”"
    return f"“{_label(path, declared, schema)}”属于{day}{other}{_restricted(schema[of.type], of.where, schema)}{key}"


def _operand(operand: Operand, declared: RecordType, schema: Schema) -> str:
    match operand:
        case Days(start, end, working):
            unit = "工作日" if working else "天"
            return f"{_label(start, declared, schema)}至{_label(end, declared, schema)}的{unit}数"
        case Lasting(start, end):
            return f"{_label(start, declared, schema)}至{_label(end, declared, schema)}的分钟数"
        case Standing(matter):
            return f"“{matter}”按其起算之日的规定在当日"
        case Reach(_, type_, metres, key, where):
            far = _value(operand, metres, declared, schema)
            what = "个数" if key == "id" else f"“{_label(key, schema[type_], schema)}”种数"
            return f"所在位置 {far} 米之内{_restricted(schema[type_], where, schema)}的{what}"
    label = _label(operand.path, declared, schema)
    return {Age: "年龄", Minutes: f"{label}的钟点", Outside: f"{label}在八小时外"}.get(type(operand), label)


def _label(path: str, declared: RecordType, schema: Schema) -> str:
    return field_at(schema, declared, path).label


def _value(operand: Operand, value: Any, declared: RecordType, schema: Schema) -> str:
    if isinstance(value, Parameter):
        return f"参数“{value.name}”"
    if isinstance(value, tuple):
        return "、".join(_value(operand, item, declared, schema) for item in value)
    if isinstance(value, bool):
        return "是" if value else "否"
    choices: Mapping[str, str] = {}
    if isinstance(operand, Field | StateThen):
        choices = field_at(schema, declared, operand.path).choices
    elif isinstance(operand, Standing):
        choices = {str(standing): standing.label for standing in Deadline}
    return choices.get(str(value), str(value))
