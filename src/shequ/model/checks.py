"""How a record is checked against its declaration: first quickly, then word for word.

Each rule stands here twice, for two purposes:

* :func:`fault` and :func:`examine` are the rules themselves. They walk over the declared fields, find the first
  thing that is wrong and raise it with its key, its reason and its remedy.
* :func:`condition` writes the same rule as an expression of Python, which :func:`generate_check` joins into one
  function per class, compiled when the first record of the class is made. For a household it reads, shortened::

      def check(self):
          id = self.id
          since = self.since
          until = self.until
          if not (
              (type(id) is str and matches_id(id))
              and (since is None or type(since) is date)
              and (until is None or type(until) is date)
              and (since is None or until is None or not until < since)
          ):
              examine(self)

A generated condition may be narrower than its rule (it asks for ``str`` itself, where the rule allows a subclass),
but never wider: what it accepts is right, and what it does not accept :func:`examine` decides. So an error has one
source, and the fast path cannot change what is refused.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

from shequ.effective import PartialDate
from shequ.errors import InvalidRecord, TextRefused

if TYPE_CHECKING:
    from shequ.codes import CodeTable
    from shequ.model.record import FieldSpec, Record, RecordType

__all__ = [
    "CHECKS",
    "PYTHON_TYPES",
    "Kind",
    "Term",
    "condition",
    "examine",
    "fault",
    "generate",
    "generate_check",
    "is_id",
    "span_condition",
    "vocabulary",
]


class Kind(StrEnum):
    """What a field holds; decides how it is checked, stored and read from a cell."""

    TEXT = "text"
    TEXTS = "texts"
    CODE = "code"
    TERM = "term"
    REF = "ref"
    COUNT = "count"
    MONEY = "money"
    MEASURE = "measure"
    FLAG = "flag"
    DAY = "day"
    PARTIAL_DAY = "partial day"
    MOMENT = "moment"
    TIME = "time"


class Term(StrEnum):
    """A closed set of terms, each with its Chinese label: ``OPEN = "open", "开放"``."""

    _value_: str
    label: str

    def __new__(cls, value: str, label: str) -> Self:
        """Make a member from its code and label."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member


PYTHON_TYPES: Mapping[Kind, type] = {
    Kind.TEXT: str,
    Kind.TEXTS: tuple,
    Kind.CODE: str,
    Kind.TERM: Term,
    Kind.REF: str,
    Kind.COUNT: int,
    Kind.MONEY: int,
    Kind.MEASURE: Decimal,
    Kind.FLAG: bool,
    Kind.DAY: date,
    Kind.PARTIAL_DAY: PartialDate,
    Kind.MOMENT: datetime,
    Kind.TIME: time,
}
"""The Python type of each kind of field."""

_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.\-]{0,63}\Z")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_LARGEST = 2**63 - 1
_TEXTUAL = {Kind.TEXT, Kind.CODE, Kind.TEXTS}


def is_id(value: str) -> bool:
    """Whether a text has the form of an id."""
    return _ID.match(value) is not None


def fault(spec: "FieldSpec", given: Any) -> tuple[str, str] | None:
    """What is wrong with a value of this field, apart from characters no store keeps.

    Returns:
        A key and a sentence; ``None`` if nothing is wrong.
    """
    python = PYTHON_TYPES[spec.kind] if spec.terms is None else spec.terms
    value: Any = given
    if not isinstance(given, python) or (spec.kind in (Kind.COUNT, Kind.MONEY) and isinstance(value, bool)):
        return "wrong-type", f"应为 {python.__name__}，得到 {type(value).__name__}"
    if spec.name == "id" or spec.kind is Kind.REF:
        return None if is_id(value) else ("bad-id", "编号应以字母或数字开头，只含字母、数字、_ . -，至多 64 个字符")
    if spec.kind is Kind.CODE and spec.table is not None and (not value or value not in spec.table):
        return "unknown-code", _unknown_code(spec.table)
    if spec.kind in (Kind.COUNT, Kind.MONEY, Kind.MEASURE):
        return _number_fault(spec, value)
    if spec.kind is Kind.DAY and isinstance(value, datetime):
        return "wrong-type", "应为日期，不带时间"
    if spec.kind is Kind.MOMENT and value.tzinfo is None:
        return "no-time-zone", "时间缺少时区"
    if spec.kind is Kind.MOMENT and not 1 < value.year < 9999:
        return "out-of-range", "年份应在 2 至 9998 之间"
    if spec.kind is Kind.TIME and value.tzinfo is not None:
        return "wrong-type", "钟点不带时区"
    if spec.kind is Kind.TEXTS and not all(isinstance(item, str) and item for item in value):
        return "wrong-type", "应为若干个非空文字"
    return None


def _unknown_code(table: "CodeTable") -> str:
    if table.standard or table.open:
        return f"不在代码表 {table.standard or table.name} 中"
    return f"没有这个代码，可用：{'、'.join(f'{code}（{label}）' for code, label in table.labels.items())}"


def _number_fault(spec: "FieldSpec", value: Any) -> tuple[str, str] | None:
    """What is wrong with a number: every store keeps it as a scaled integer of 64 bits."""
    if isinstance(value, Decimal) and not value.is_finite():
        return "wrong-type", "应为有限的数"
    if abs(value) > _LARGEST // 10**spec.scale:
        return "out-of-range", "数值过大，无法存储"
    if not spec.signed and value < 0:
        return "negative", "不能为负数"
    if isinstance(value, Decimal) and value != round(value, spec.scale):
        return "too-precise", f"至多 {spec.scale} 位小数"
    return None


def examine(type_: "RecordType", record: Any) -> None:
    """Find the first thing that is wrong with a record, field by field and then span by span.

    Raises:
        InvalidRecord: When a value breaks what its field declares, or an end comes before its start.
    """
    for spec in type_.fields.values():
        value = getattr(record, spec.name)
        if value is None:
            if not spec.optional:
                raise InvalidRecord(type_.name, spec.name, value, "必填", code="missing")
            continue
        found = fault(spec, value)
        if found is not None:
            raise InvalidRecord(type_.name, spec.name, value, found[1], code=found[0])
        if spec.kind in _TEXTUAL:
            for item in (value,) if isinstance(value, str) else value:
                if not item.isprintable() and _UNSTORABLE.search(item):
                    raise TextRefused(type_.name, spec.name, item)
    for start, end in type_.spans:
        _examine_span(type_, start, end, getattr(record, start), getattr(record, end))


def _examine_span(type_: "RecordType", start: str, end: str, first: Any, last: Any) -> None:
    if first is None or last is None or not last < first:
        return
    labels = type_.fields[start].label, type_.fields[end].label
    raise InvalidRecord(
        type_.name,
        end,
        last,
        f"{labels[1]} {last} 早于{labels[0]} {first}",
        code="end-before-start",
        remedy=f"更正{labels[0]}或{labels[1]}",
    )


def _are_texts(items: tuple[Any, ...]) -> bool:
    return all(type(item) is str and item and (item.isprintable() or not _UNSTORABLE.search(item)) for item in items)


_VOCABULARY: Mapping[str, Any] = {
    "Decimal": Decimal,
    "PartialDate": PartialDate,
    "are_texts": _are_texts,
    "date": date,
    "datetime": datetime,
    "matches_id": _ID.match,
    "time": time,
    "unstorable": _UNSTORABLE.search,
}


def vocabulary() -> dict[str, Any]:
    """The names that generated conditions use; :func:`condition` adds those of a single field."""
    return dict(_VOCABULARY)


def condition(spec: "FieldSpec", value: str, names: dict[str, Any]) -> str:
    """The rule of a field as an expression.

    Args:
        spec: The field.
        value: Name of the variable that holds its value.
        names: Where constants that the expression needs are put.

    Returns:
        Source text that is true only if :func:`examine` finds nothing wrong with the value, and that raises nothing.
    """
    rule = _rule(spec, value, names)
    return f"({value} is None or {rule})" if spec.optional else f"({rule})"


def _rule(spec: "FieldSpec", value: str, names: dict[str, Any]) -> str:
    """The rule for values that are not ``None``: a conjunction."""
    if spec.name == "id" or spec.kind is Kind.REF:
        return f"type({value}) is str and matches_id({value})"
    storable = f"({value}.isprintable() or not unstorable({value}))"
    match spec.kind:
        case Kind.CODE if spec.table is not None and not spec.table.open:
            names[f"codes_{spec.name}"] = frozenset(filter(str.isprintable, filter(None, spec.table.labels)))
            return f"type({value}) is str and {value} in codes_{spec.name}"
        case Kind.CODE if spec.table is not None:
            return f"type({value}) is str and {value} and {storable}"
        case Kind.TERM:
            names[f"terms_{spec.name}"] = spec.terms
            return f"type({value}) is terms_{spec.name}"
        case Kind.TEXTS:
            return f"type({value}) is tuple and are_texts({value})"
        case Kind.COUNT | Kind.MONEY:
            largest = _LARGEST // 10**spec.scale
            return f"type({value}) is int and {-largest if spec.signed else 0} <= {value} <= {largest}"
        case Kind.MEASURE:
            largest = _LARGEST // 10**spec.scale
            return (
                f"type({value}) is Decimal and {value}.is_finite()"
                f" and {-largest if spec.signed else 0} <= {value} <= {largest} and {value} == round({value}, {spec.scale})"
            )
        case Kind.MOMENT:
            return f"type({value}) is datetime and {value}.tzinfo is not None and 1 < {value}.year < 9999"
        case Kind.TIME:
            return f"type({value}) is time and {value}.tzinfo is None"
        case Kind.FLAG | Kind.DAY | Kind.PARTIAL_DAY:
            return f"type({value}) is {PYTHON_TYPES[spec.kind].__name__}"
        case _:
            return f"type({value}) is str and {storable}"


def span_condition(start: str, end: str) -> str:
    """That an end does not come before its start, as an expression over two variables."""
    return f"({start} is None or {end} is None or not {end} < {start})"


def generate(name: str, lines: list[str], names: dict[str, Any]) -> Callable[[Any], Any]:
    """Compile the source of one function and return it.

    Args:
        name: Name of the function that the source defines.
        lines: The source. It holds names and numbers from declarations, never data.
        names: The names it may use.
    """
    source = "\n".join(lines)
    exec(compile(source, f"<shequ generated {name}>", "exec"), names)  # noqa: S102 - our own text, as attrs does it
    made: Callable[[Any], Any] = names[name]
    return made


def generate_check(type_: "RecordType") -> Callable[[Any], None]:
    """The check of one record type: a function that takes a record and raises what :func:`examine` would."""
    names = vocabulary()
    names["examine"] = lambda record: examine(type_, record)
    conditions = [condition(spec, f"v_{spec.name}", names) for spec in type_.fields.values()]
    conditions += [span_condition(f"v_{start}", f"v_{end}") for start, end in type_.spans]
    lines = [
        "def check(self):",
        *(f"    v_{name} = self.{name}" for name in type_.fields),
        "    if not (",
        "        " + "\n        and ".join(conditions),
        "    ):",
        "        examine(self)",
    ]
    return generate("check", lines, names)


class _Checks(dict[type["Record"], Callable[[Any], None]]):
    """The generated check of each class, made with its first record: most programs use few of the types."""

    def __missing__(self, cls: type["Record"]) -> Callable[[Any], None]:
        made = self[cls] = generate_check(cls.__record__)
        return made


CHECKS = _Checks()
"""Record class → its check, a function that takes a record and raises what :func:`examine` would."""
