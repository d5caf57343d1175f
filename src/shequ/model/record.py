"""How a record type is declared: once, and everything else follows from it.

A record is a frozen, slotted attrs class. Each field is declared by a function that names its kind and its Chinese
label; codec, SQL columns, spreadsheet headers, generated strategies and the documents' tables read the declaration
from :class:`RecordType`, which :func:`record` puts on the class as ``__record__``.

    >>> @record("cat", label="猫", key=("name",))
    ... class Cat(Record):
    ...     '''A cat.'''
    ...     name: str = text("名字")
    ...     weight: Decimal | None = measure("体重", unit="kg", scale=2, default=None)
    >>> Cat.__record__.fields["weight"].label
    '体重'
"""

import hashlib
import re
import types
import typing
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar, cast, dataclass_transform

import attrs

from shequ.codes.tables import CodeTable, code_table
from shequ.errors import Misuse
from shequ.model.checks import CHECKS, PYTHON_TYPES, Kind, Term, is_id

__all__ = [
    "FieldSpec",
    "Kind",
    "Record",
    "RecordType",
    "Sensitivity",
    "Term",
    "code",
    "count",
    "day",
    "derive_id",
    "ended_flag",
    "flag",
    "measure",
    "moment",
    "money",
    "partial_day",
    "record",
    "ref",
    "term",
    "text",
    "texts",
    "time_of_day",
]


class Sensitivity(StrEnum):
    """Who may see a field: everybody, those whose work needs it, or those whose purpose is recorded."""

    PUBLIC = "public"
    PERSONAL = "personal"
    SENSITIVE = "sensitive"


class Naming(StrEnum):
    """What a text field names by its code."""

    TYPE = "type"
    EVENT = "event"
    STATE = "state"


@attrs.frozen(eq=False)
class FieldSpec:
    """Everything that is said about one field.

    Args:
        name: Name in code.
        label: Chinese label: the header in spreadsheets.
        kind: What it holds.
        optional: Whether it may be ``None``.
        unit: Unit of the number it holds, as people write it.
        table: Code table of a ``code`` (or of each item of ``texts``).
        terms: Enumeration of a ``term``.
        to: Name of the record type a ``ref`` refers to.
        sensitivity: Who may see it.
        scale: Decimal places of a ``measure``.
        signed: Whether the number may be negative.
        default: Value when nothing is given; ``attrs.NOTHING`` if something must be.
        note: What a clerk should know when filling it in.
        names: What a text names by its code: a record type, or a step or state of the ``subject_type``; ``None`` for none.
    """

    name: str
    label: str
    kind: Kind
    optional: bool
    unit: str
    table: CodeTable | None
    terms: type[Term] | None
    to: str | None
    sensitivity: Sensitivity
    scale: int
    signed: bool
    default: Any
    note: str
    names: Naming | None = None

    @property
    def required(self) -> bool:
        """Whether a value must be given."""
        return self.default is attrs.NOTHING

    @property
    def choices(self) -> Mapping[str, str]:
        """Code → label where the field is coded; empty otherwise."""
        if self.terms is not None:
            return {str(member): member.label for member in self.terms}
        return self.table.labels if self.table is not None else {}

    def shown(self, value: Any) -> str:
        """A value of this field as people write it."""
        if value is None:
            return ""
        if self.kind is Kind.TERM:
            return str(value.label)
        if self.kind is Kind.CODE and self.table is not None:
            return self.table.label(value)
        if self.kind is Kind.TEXTS:
            return "、".join(self.table.label(item) if self.table else item for item in value)
        if self.kind is Kind.MONEY:
            return f"{Decimal(value).scaleb(-2):.2f}"
        if self.kind is Kind.FLAG:
            return "是" if value else "否"
        if self.kind is Kind.MOMENT:
            return f"{value:%Y-%m-%d %H:%M}"
        if self.kind is Kind.TIME:
            return f"{value:%H:%M}"
        return str(value)


@attrs.frozen(eq=False)
class RecordType:
    """A record type: its name, its fields, what makes a record unique and where it belongs.

    Args:
        cls: The attrs class.
        name: Name in code, snake case; also the stem of its file and the name of its table.
        label: Chinese label.
        fields: The fields by name, ``id`` first.
        key: Fields of the natural key; the id follows from them where a sheet has none.
        division: Path to the division it belongs to (``household.community``); ``""`` if it belongs to none.
        spans: Pairs of fields that start and end something: the end may not come first.
        pending: States in which it has not begun, as long as it has no day of beginning.
        over: States in which it has ended; on which day is not known where it has no day of ending.
        never: States in which it is in force on no day, whatever its days: drafted, applied for, refused.
        office: Whether it is about people in their public office, who answer for what they do; see
            :attr:`~shequ.model.Schema.private`.
        log: Whether it keeps what was done with records (looked at, printed, filed) and is no book of the work itself.
    """

    cls: type["Record"]
    name: str
    label: str
    fields: Mapping[str, FieldSpec]
    key: tuple[str, ...]
    division: str
    spans: tuple[tuple[str, str], ...]
    pending: frozenset[Term] = frozenset()
    over: frozenset[Term] = frozenset()
    never: frozenset[Term] = frozenset()
    office: bool = False
    log: bool = False

    @property
    def state(self) -> FieldSpec | None:
        """The field whose terms are :attr:`pending`, :attr:`over` and :attr:`never`; ``None`` where no state decides."""
        kind = next((type(term) for term in (*self.pending, *self.over, *self.never)), None)
        return next((spec for spec in self.fields.values() if kind is not None and spec.terms is kind), None)

    @property
    def references(self) -> tuple[FieldSpec, ...]:
        """The fields that refer to other records."""
        return tuple(spec for spec in self.fields.values() if spec.kind is Kind.REF)


_SPEC = "shequ"


def _declare(kind: Kind, label: str, default: Any, **facts: Any) -> Any:
    return attrs.field(default=default, metadata={_SPEC: {"kind": kind, "label": label, **facts}})


def text(
    label: str,
    *,
    default: Any = attrs.NOTHING,
    sensitivity: Sensitivity = Sensitivity.PUBLIC,
    note: str = "",
    names: Naming | None = None,
) -> Any:
    """Declare a field of free text, or of a text that names something by its code."""
    return _declare(Kind.TEXT, label, default, sensitivity=sensitivity, note=note, names=names)


def texts(
    label: str,
    *,
    table: CodeTable | None = None,
    default: Any = (),
    sensitivity: Sensitivity = Sensitivity.PUBLIC,
    note: str = "",
) -> Any:
    """Declare a field of several short texts; in a cell they stand between ``、``."""
    return _declare(Kind.TEXTS, label, default, table=table, sensitivity=sensitivity, note=note)


def code(
    label: str,
    *,
    table: CodeTable | str,
    default: Any = attrs.NOTHING,
    sensitivity: Sensitivity = Sensitivity.PUBLIC,
    note: str = "",
) -> Any:
    """Declare a field whose value stands in a code table (a national one by name, or an open vocabulary)."""
    found = code_table(table) if isinstance(table, str) else table
    return _declare(Kind.CODE, label, default, table=found, sensitivity=sensitivity, note=note)


def term(
    label: str,
    *,
    default: Any = attrs.NOTHING,
    sensitivity: Sensitivity = Sensitivity.PUBLIC,
    note: str = "",
) -> Any:
    """Declare a field of a closed set of terms: its annotation is the :class:`Term` enumeration."""
    return _declare(Kind.TERM, label, default, sensitivity=sensitivity, note=note)


def ref(
    label: str,
    *,
    to: str,
    default: Any = attrs.NOTHING,
    sensitivity: Sensitivity = Sensitivity.PUBLIC,
    note: str = "",
) -> Any:
    """Declare a reference to a record of another type (``division`` means any place)."""
    return _declare(Kind.REF, label, default, to=to, sensitivity=sensitivity, note=note)


def count(
    label: str,
    *,
    unit: str,
    default: Any = attrs.NOTHING,
    signed: bool = False,
    sensitivity: Sensitivity = Sensitivity.PUBLIC,
    note: str = "",
) -> Any:
    """Declare a field of a whole number."""
    return _declare(Kind.COUNT, label, default, unit=unit, signed=signed, sensitivity=sensitivity, note=note)


def money(
    label: str,
    *,
    default: Any = attrs.NOTHING,
    signed: bool = False,
    sensitivity: Sensitivity = Sensitivity.PUBLIC,
    note: str = "",
) -> Any:
    """Declare an amount of money: whole fen in the record, yuan in a cell."""
    return _declare(Kind.MONEY, label, default, unit="元", signed=signed, sensitivity=sensitivity, note=note)


def measure(
    label: str,
    *,
    unit: str,
    scale: int,
    default: Any = attrs.NOTHING,
    signed: bool = False,
    note: str = "",
) -> Any:
    """Declare a decimal of ``scale`` places at most; stores keep it as a scaled integer, so sums are exact."""
    return _declare(Kind.MEASURE, label, default, unit=unit, scale=scale, signed=signed, note=note)


def flag(label: str, *, default: Any = attrs.NOTHING, note: str = "") -> Any:
    """Declare a yes or no."""
    return _declare(Kind.FLAG, label, default, note=note)


def day(
    label: str,
    *,
    default: Any = attrs.NOTHING,
    sensitivity: Sensitivity = Sensitivity.PUBLIC,
    note: str = "",
) -> Any:
    """Declare a calendar date."""
    return _declare(Kind.DAY, label, default, sensitivity=sensitivity, note=note)


def partial_day(label: str, *, default: Any = attrs.NOTHING, note: str = "") -> Any:
    """Declare a date that may be known to the month or the year only."""
    return _declare(Kind.PARTIAL_DAY, label, default, note=note)


def ended_flag(*, default: bool) -> Any:
    """Declare that an end is known to have happened, but not when: then it is in force on no day that is asked about."""
    return flag("已终止", default=default, note="已终止而日期不详时填“是”")


def moment(label: str, *, default: Any = attrs.NOTHING, note: str = "") -> Any:
    """Declare a point in time: aware, Asia/Shanghai where a cell does not say otherwise."""
    return _declare(Kind.MOMENT, label, default, note=note)


def time_of_day(label: str, *, default: Any = attrs.NOTHING, note: str = "") -> Any:
    """Declare a time of day by the local clock."""
    return _declare(Kind.TIME, label, default, note=note)


@dataclass_transform(
    kw_only_default=True,
    frozen_default=True,
    field_specifiers=(
        text,
        texts,
        code,
        term,
        ref,
        count,
        money,
        measure,
        flag,
        ended_flag,
        day,
        partial_day,
        moment,
        time_of_day,
    ),
)
class _Declared:
    """Tells type checkers that the subclasses' annotations are the arguments of their constructors."""

    __slots__ = ()


class Record(_Declared):
    """Base of all record types: a frozen value with an id.

    Raises:
        InvalidRecord: When a value breaks what its field declares, or an end comes before its start.
    """

    __slots__ = ()
    __record__: ClassVar[RecordType]

    # For type checkers; `record` puts the attrs field of this name first on each class.
    id: str

    def __attrs_post_init__(self) -> None:
        CHECKS[type(self)](self)


R = TypeVar("R", bound=Record)


def record(
    name: str,
    *,
    label: str,
    key: tuple[str, ...] = (),
    division: str = "",
    spans: tuple[tuple[str, str], ...] = (),
    pending: tuple[Term, ...] = (),
    over: tuple[Term, ...] = (),
    never: tuple[Term, ...] = (),
    office: bool = False,
    log: bool = False,
) -> Callable[[type[R]], type[R]]:
    """Declare a record type; see :class:`RecordType` for the arguments.

    A pair ``("since", "until")`` need not be named in ``spans``.
    """

    def declare(cls: type[R]) -> type[R]:
        cls.__annotations__ = {"id": str, **cls.__annotations__}
        cls.id = _declare(Kind.TEXT, "编号", attrs.NOTHING, note="可留空：由自然键生成")
        made = attrs.frozen(kw_only=True, slots=True, weakref_slot=False)(cls)
        attributes: tuple[attrs.Attribute[Any], ...] = attrs.fields(cast("Any", made))
        specs = {attribute.name: _spec(made, attribute) for attribute in attributes}
        pairs = (("since", "until"), *spans) if "since" in specs and "until" in specs else spans
        unknown = [field for field in (*key, *(f for pair in pairs for f in pair)) if field not in specs]
        if unknown:
            raise Misuse(f"{name} declares key or span fields it does not have: {', '.join(unknown)}")
        states = (*pending, *over, *never)
        foreign = [str(state) for state in states if not any(spec.terms is type(state) for spec in specs.values())]
        if foreign:
            raise Misuse(f"{name} declares states it does not have: {', '.join(foreign)}")
        twice = sorted({str(state) for state in states if states.count(state) > 1})
        if twice:
            raise Misuse(f"{name} declares states twice: {', '.join(twice)}")
        made.__record__ = RecordType(
            made,
            name,
            label,
            MappingProxyType(specs),
            key,
            division,
            pairs,
            frozenset(pending),
            frozenset(over),
            frozenset(never),
            office,
            log,
        )
        return made

    return declare


def _spec(cls: type, attribute: "attrs.Attribute[Any]") -> FieldSpec:
    facts = dict(attribute.metadata[_SPEC])
    annotation = attribute.type
    optional = False
    if isinstance(annotation, types.UnionType):
        (annotation,) = (arg for arg in typing.get_args(annotation) if arg is not types.NoneType)
        optional = True
    plain = typing.get_origin(annotation) or annotation
    kind: Kind = facts.pop("kind")
    if not (isinstance(plain, type) and issubclass(plain, PYTHON_TYPES[kind])):
        raise Misuse(f"{cls.__name__}.{attribute.name}: a field of kind {kind} cannot be annotated {annotation}")
    return FieldSpec(
        name=attribute.name,
        label=facts.pop("label"),
        kind=kind,
        optional=optional,
        unit=facts.pop("unit", ""),
        table=facts.pop("table", None),
        terms=cast("type[Term]", plain) if kind is Kind.TERM else None,
        to=facts.pop("to", None),
        sensitivity=facts.pop("sensitivity", Sensitivity.PUBLIC),
        scale=facts.pop("scale", 0),
        signed=facts.pop("signed", False),
        default=attribute.default,
        note=facts.pop("note", ""),
        names=facts.pop("names", None),
    )


def derive_id(name: str, key: tuple[str, ...]) -> str:
    """The id that follows from a natural key: the key itself where it can be one, else a digest of it.

    A key that is one short ASCII word becomes the id as it is, so that division codes stay readable; several parts,
    Chinese text and numbers that identify a person become ``type-`` and twenty hexadecimal digits.
    """
    if len(key) == 1 and is_id(key[0]) and not re.fullmatch(r"\d{15}|\d{17}[\dX]", key[0]):
        return key[0]
    digest = hashlib.sha256("\x1f".join((name, *key)).encode()).hexdigest()
    return f"{name.replace('_', '-')[:40]}-{digest[:20]}"
