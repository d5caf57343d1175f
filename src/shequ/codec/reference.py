"""The reference: both forms by cattrs and the constructor. Faster ways give and raise what it does.

This module is the only user of cattrs.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import cattrs
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from shequ.codec.forms import Hook, Hooks, plain_hooks, row_hooks, unless_none
from shequ.model import FieldSpec, Record

__all__ = ["from_plain_by_reference", "from_row_by_reference", "to_plain"]

R = TypeVar("R", bound=Record)


def _given_type(hook: Hook | None) -> Callable[[Any, Any], Any]:
    convert = unless_none(hook)
    return lambda value, _type: convert(value)


_converter = cattrs.Converter(detailed_validation=False)


_Mapper = tuple[Callable[[Any], dict[str, Any]], Callable[[Mapping[str, Any], Any], Any]]


def _mapper(cls: type[Record], hooks: Callable[[FieldSpec], Hooks], *, sparse: bool) -> _Mapper:
    out: dict[str, Any] = {}
    into: dict[str, Any] = {}
    for spec in cls.__record__.fields.values():
        outgoing, incoming = hooks(spec)
        out[spec.name] = override(
            unstruct_hook=unless_none(outgoing),
            omit_if_default=sparse and (spec.default is None or spec.default == ()),
        )
        into[spec.name] = override(struct_hook=_given_type(incoming))
    return (
        make_dict_unstructure_fn(cls, _converter, _cattrs_omit_if_default=False, **out),
        make_dict_structure_fn(cls, _converter, _cattrs_detailed_validation=False, **into),
    )


class _Mappers(dict[type[Record], _Mapper]):
    """The two functions that cattrs makes for each class, generated when they are first wanted."""

    def __init__(self, hooks: Callable[[FieldSpec], Hooks], *, sparse: bool) -> None:
        super().__init__()
        self._hooks, self._sparse = hooks, sparse

    def __missing__(self, cls: type[Record]) -> _Mapper:
        made = self[cls] = _mapper(cls, self._hooks, sparse=self._sparse)
        return made


_PLAIN = _Mappers(plain_hooks, sparse=True)
_ROW = _Mappers(row_hooks, sparse=False)


def from_plain_by_reference(cls: type[R], data: Mapping[str, Any]) -> R:
    """What :func:`from_plain` must give or raise: by cattrs and the constructor, slower."""
    made: R = _PLAIN[cls][1](data, cls)
    return made


def from_row_by_reference(cls: type[R], row: Sequence[Any]) -> R:
    """What :func:`from_row` must give or raise: by cattrs and the constructor, slower."""
    made: R = _ROW[cls][1](dict(zip(cls.__record__.fields, row, strict=True)), cls)
    return made


def to_plain(record: Record) -> dict[str, Any]:
    """A record as values that JSON can hold."""
    return _PLAIN[type(record)][0](record)
