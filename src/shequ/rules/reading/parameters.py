"""Parameters as a rule file writes them: values over spans, and spans of which nothing is verified."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from shequ.effective import Span
from shequ.model.checks import is_id
from shequ.rules.parameters import COMPARATORS, Parameter, ParameterValue, Unknown
from shequ.rules.reading.positions import TomlFile
from shequ.rules.reading.tables import Table

__all__ = ["read_division", "read_parameter"]

_PARAMETER = ("label", "unit", "note", "values", "unknown")
_VALUE = (
    "division",
    "since",
    "until",
    "comparator",
    "value",
    "upper",
    "citation",
    "unverified",
    "generally",
    "review",
    "note",
)
_UNKNOWN = ("since", "until", "note")


def read_parameter(file: TomlFile, name: str, values: object, rule_set: str) -> Parameter:
    """A parameter.

    Raises:
        InvalidRules: If it breaks its form, or two of its values hold on one day.
    """
    table = Table.of(file, ("parameters", name), f"参数 {name} ", values, _PARAMETER)
    read = [(one, _value(one, rule_set)) for one in table.tables("values", f"参数 {name} 的值", _VALUE)]
    unknown = [
        (one, Unknown(one.span(), one.text("note")))
        for one in table.tables("unknown", f"参数 {name} 的未核实时段", _UNKNOWN)
    ]
    for division in {value.division for _, value in read}:
        _apart(name, [(one, value.span) for one, value in read if value.division == division])
    national = [(one, value.span) for one, value in read if not value.division]
    _apart(name, [*national, *((one, gap.span) for one, gap in unknown)])
    return Parameter(
        name=name,
        label=table.text("label", name),
        unit=table.text("unit"),
        values=tuple(value for _, value in read),
        unknown=tuple(gap for _, gap in unknown),
        note=table.text("note"),
        rule_set=rule_set,
    )


def _apart(name: str, spans: Sequence[tuple[Table, Span]]) -> None:
    """See that no two of the spans have a day in common."""
    ordered = sorted(spans, key=lambda pair: pair[1].since or date.min)
    for (first, earlier), (second, later) in pairwise(ordered):
        if earlier.overlaps(later):
            raise second.fail(
                f"参数 {name} 的时段 {later} 与 {first.where}的时段 {earlier} 重叠",
                remedy="使各段起止日期首尾相接、互不重叠：前一段的 until 是后一段的 since",
            )


def read_division(table: Table) -> str:
    """The division that something holds for; ``""`` for everywhere."""
    division = table.text("division")
    if division and (not is_id(division) or (division.isdigit() and len(division) != 12)):
        raise table.fail(
            f"{table.called}的 division {division!r} 不是区划代码", "division", remedy="写 12 位代码，不写名称"
        )
    return division


def _value(table: Table, rule_set: str) -> ParameterValue:
    comparator = table.chosen("comparator", COMPARATORS)
    value, upper = table.number("value"), table.number("upper")
    if value is None or (comparator == "between") != (upper is not None) or (upper is not None and upper < value):
        raise table.fail(f"{table.called}不完整", remedy="between 需要 value（下限）和 upper（上限），其余只需要 value")
    citation = table.citation()
    if not citation:
        raise table.fail(f"{table.called}缺少依据 citation", remedy="写明文件名称与条款")
    return ParameterValue(
        span=table.span(),
        comparator=comparator,
        value=value,
        upper=upper,
        citation=citation,
        generally=table.flag("generally"),
        division=read_division(table),
        review=table.day("review"),
        note=table.text("note"),
        rule_set=rule_set,
        origin=table.where,
    )
