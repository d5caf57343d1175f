"""Records to plain values and back, generated from the declarations; the only user of cattrs.

Two forms, each with the same two functions:

* **plain**: what JSON can hold. Dates and times are ISO text, measures decimal text, amounts whole fen. Fields that
  are ``None`` or ``()`` by default and in fact are left out.
* **row**: what a typed SQL column holds, as a tuple in the order of the fields. Dates stay dates, moments are naive
  UTC, measures are integers scaled by their declared places (so that every store adds them exactly), several texts
  are one JSON text.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, TypeVar

import cattrs
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from shequ.effective import SHANGHAI, PartialDate
from shequ.model import FieldSpec, Kind, Record

__all__ = ["from_plain", "from_row", "to_plain", "to_row"]

R = TypeVar("R", bound=Record)
_Hook = Callable[[Any], Any]
_Hooks = tuple[_Hook | None, _Hook | None]


def _plain_hooks(spec: FieldSpec) -> _Hooks:
    """How a value goes out and comes in; ``None`` where it stays as it is."""
    match spec.kind:
        case Kind.TERM:
            return str, spec.terms
        case Kind.TEXTS:
            return list, tuple
        case Kind.DAY:
            return date.isoformat, date.fromisoformat
        case Kind.PARTIAL_DAY:
            return str, PartialDate.parse
        case Kind.MOMENT:
            return lambda value: value.astimezone(SHANGHAI).isoformat(), _moment
        case Kind.TIME:
            return time.isoformat, time.fromisoformat
        case Kind.MEASURE:
            return lambda value: f"{value + 0:.{spec.scale}f}", Decimal  # + 0: there is no negative nought
        case _:
            return None, None


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(SHANGHAI)


def _row_hooks(spec: FieldSpec) -> _Hooks:
    scale = spec.scale
    match spec.kind:
        case Kind.TERM:
            return str, spec.terms
        case Kind.TEXTS:
            return lambda value: json.dumps(value, ensure_ascii=False), lambda text: tuple(json.loads(text))
        case Kind.PARTIAL_DAY:
            return str, PartialDate.parse
        case Kind.MOMENT:
            return (
                lambda value: value.astimezone(UTC).replace(tzinfo=None),
                lambda value: value.replace(tzinfo=UTC).astimezone(SHANGHAI),
            )
        case Kind.MEASURE:
            return lambda value: int(value.scaleb(scale)), lambda value: Decimal(value).scaleb(-scale)
        case _:
            return None, None


def _unless_none(hook: _Hook | None) -> _Hook:
    if hook is None:
        return lambda value: value
    return lambda value: None if value is None else hook(value)


def _given_type(hook: _Hook | None) -> Callable[[Any, Any], Any]:
    convert = _unless_none(hook)
    return lambda value, _type: convert(value)


_converter = cattrs.Converter(detailed_validation=False)


_Mapper = tuple[Callable[[Any], dict[str, Any]], Callable[[Mapping[str, Any], Any], Any]]


def _mapper(cls: type[Record], hooks: Callable[[FieldSpec], _Hooks], *, sparse: bool) -> _Mapper:
    out: dict[str, Any] = {}
    into: dict[str, Any] = {}
    for spec in cls.__record__.fields.values():
        outgoing, incoming = hooks(spec)
        out[spec.name] = override(
            unstruct_hook=_unless_none(outgoing),
            omit_if_default=sparse and (spec.default is None or spec.default == ()),
        )
        into[spec.name] = override(struct_hook=_given_type(incoming))
    return (
        make_dict_unstructure_fn(cls, _converter, _cattrs_omit_if_default=False, **out),
        make_dict_structure_fn(cls, _converter, _cattrs_detailed_validation=False, **into),
    )


class _Mappers(dict[type[Record], _Mapper]):
    """The two functions of each class, generated when they are first wanted."""

    def __init__(self, hooks: Callable[[FieldSpec], _Hooks], *, sparse: bool) -> None:
        super().__init__()
        self._hooks, self._sparse = hooks, sparse

    def __missing__(self, cls: type[Record]) -> _Mapper:
        made = self[cls] = _mapper(cls, self._hooks, sparse=self._sparse)
        return made


_PLAIN = _Mappers(_plain_hooks, sparse=True)
_ROW = _Mappers(_row_hooks, sparse=False)


def to_plain(record: Record) -> dict[str, Any]:
    """A record as values that JSON can hold."""
    return _PLAIN[type(record)][0](record)


def from_plain(cls: type[R], data: Mapping[str, Any]) -> R:
    """The record that :func:`to_plain` was given.

    Raises:
        InvalidRecord: If the values break what the type declares.
    """
    made: R = _PLAIN[cls][1](data, cls)
    return made


def to_row(record: Record) -> tuple[Any, ...]:
    """A record as one value a column, in the order of its fields."""
    return tuple(_ROW[type(record)][0](record).values())


def from_row(cls: type[R], row: Sequence[Any]) -> R:
    """The record that :func:`to_row` was given."""
    made: R = _ROW[cls][1](dict(zip(cls.__record__.fields, row, strict=True)), cls)
    return made
