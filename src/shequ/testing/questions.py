"""Questions to put to records: conditions, selections and measures over the fields that a type declares."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from hypothesis import strategies as st

from shequ.model import RECORD_TYPES, FieldSpec, Kind, Record, RecordType, Schema
from shequ.query import (
    AgeBand,
    AllOf,
    Among,
    AnyOf,
    By,
    Compare,
    Condition,
    Count,
    Days,
    During,
    Field,
    Gap,
    Group,
    Holds,
    Keys,
    KeySet,
    Measure,
    Median,
    Minutes,
    Not,
    Operand,
    Select,
    SetOperation,
    Sum,
)
from shequ.testing.strategies import values

__all__ = ["among", "conditions", "measures", "queries"]

_LIBRARY = Schema(RECORD_TYPES)
_NONE: Mapping[str, Sequence[Record]] = MappingProxyType({})
_ORDERED = {
    Kind.TEXT, Kind.CODE, Kind.COUNT, Kind.MONEY, Kind.MEASURE, Kind.DAY, Kind.PARTIAL_DAY, Kind.MOMENT, Kind.TIME,
}  # fmt: skip
_NUMBERS = {Kind.COUNT, Kind.MONEY, Kind.MEASURE}


def _compared(path: str, spec: FieldSpec, among: list[Any]) -> st.SearchStrategy[Condition]:
    """Comparisons of a field with values that occur in it and with others."""
    present = [value for value in among if value is not None]
    drawn = (st.sampled_from(present) if present else st.nothing()) | values(spec).filter(lambda v: v is not None)
    operators = ["=", "!="] + (["<", "<=", ">", ">="] if spec.kind in _ORDERED and spec.name != "id" else [])
    return (
        st.builds(Compare, st.just(Field(path)), st.sampled_from(operators), drawn)
        | st.builds(Compare, st.just(Field(path)), st.just("in"), st.lists(drawn, max_size=4).map(tuple))
        | st.just(Compare(Field(path), "given"))
    )


def conditions(
    cls: type[Record], schema: Schema = _LIBRARY, found: Mapping[str, Sequence[Record]] = _NONE
) -> st.SearchStrategy[Condition]:
    """Conditions over the fields of a type, and through its references over those of others.

    Args:
        cls: The type.
        schema: The types that its references lead to.
        found: The records there are, by type: what they hold is often asked for.
    """
    declared = cls.__record__
    leaves: list[tuple[str, FieldSpec, list[Any]]] = []
    for spec in declared.fields.values():
        leaves.append((spec.name, spec, [getattr(made, spec.name) for made in found.get(declared.name, ())]))
        if spec.to is not None:
            target = schema[spec.to]
            leaves += [
                (
                    f"{spec.name}.{further.name}",
                    further,
                    [getattr(made, further.name) for made in found.get(target.name, ())],
                )
                for further in target.fields.values()
            ]
    days = [name for name, spec in declared.fields.items() if spec.kind in (Kind.DAY, Kind.MOMENT)]
    clocks = [name for name, spec in declared.fields.items() if spec.kind is Kind.MOMENT]
    reckoned: list[Operand] = [Days(start, end) for start in days for end in days if start != end]
    reckoned += [Minutes(name) for name in clocks]
    compared = st.sampled_from(leaves).flatmap(lambda leaf: _compared(*leaf))
    if reckoned:
        operators = st.sampled_from(("=", "!=", "<", "<=", ">", ">="))
        compared |= st.builds(Compare, st.sampled_from(reckoned), operators, st.integers(-2, 1500))
    return st.recursive(
        compared,
        lambda inner: (
            st.builds(Not, inner)
            | st.builds(AllOf, st.lists(inner, max_size=3).map(tuple))
            | st.builds(AnyOf, st.lists(inner, max_size=3).map(tuple))
        ),
        max_leaves=6,
    )


def queries(
    cls: type[Record], schema: Schema = _LIBRARY, found: Mapping[str, Sequence[Record]] = _NONE
) -> st.SearchStrategy[Select]:
    """What a store is asked for: the records of a type, all of them or those that meet a condition."""
    return st.builds(Select, st.just(cls.__record__.name), st.none() | conditions(cls, schema, found))


def measures(
    cls: type[Record], schema: Schema = _LIBRARY, found: Mapping[str, Sequence[Record]] = _NONE
) -> st.SearchStrategy[Measure]:
    """Counts, sums, medians and gaps over the records of a type, grouped or not.

    Asked over a period, such as :meth:`shequ.query.When.over` makes, each has an answer; gaps have none on a day.
    """
    declared = cls.__record__
    name = declared.name
    where = st.none() | conditions(cls, schema, found) | st.sampled_from(_standing(cls)) | among(cls, schema, found)
    paths = [spec.name for spec in declared.fields.values() if spec.kind in (Kind.TEXT, Kind.REF, Kind.CODE)]
    keys: st.SearchStrategy[KeySet] = st.builds(Keys, st.just(name), st.sampled_from(paths), where)
    sets = keys | st.builds(SetOperation, st.sampled_from(("&", "|", "-")), keys, keys)
    groups = st.lists(st.sampled_from(_groups(cls)), max_size=2, unique=True).map(tuple)
    found_measures: st.SearchStrategy[Measure] = st.builds(Count, sets) | st.builds(Count, keys, groups)
    numbers = [spec.name for spec in declared.fields.values() if spec.kind in _NUMBERS]
    if numbers:
        found_measures |= st.builds(Sum, st.just(name), st.sampled_from(numbers), where, groups)
        found_measures |= st.builds(Median, st.just(name), st.sampled_from(numbers).map(Field), where)
    dated = [spec.name for spec in declared.fields.values() if spec.kind in (Kind.DAY, Kind.MOMENT)]
    if dated:
        found_measures |= st.builds(
            Gap, st.just(name), st.sampled_from(dated), st.sampled_from(("month", "quarter")), where
        )
    return found_measures


def among(
    cls: type[Record], schema: Schema = _LIBRARY, found: Mapping[str, Sequence[Record]] = _NONE
) -> st.SearchStrategy[Condition]:
    """Conditions on other records: what a reference leads to is like that, or something else of the type has the same.

    Asked over a period, each has an answer.
    """
    declared = cls.__record__
    fields = declared.fields
    days = [name for name, spec in fields.items() if spec.kind in (Kind.DAY, Kind.MOMENT)]
    aims = [(spec.name, schema[spec.to], "id") for spec in fields.values() if spec.to is not None]
    aims += [(spec.name, declared, spec.name) for spec in fields.values() if spec.kind in (Kind.TEXT, Kind.REF)]

    def through(aim: tuple[str, RecordType, str]) -> st.SearchStrategy[Condition]:
        path, target, key = aim
        like = st.none() | conditions(target.cls, schema, found) | st.sampled_from(_standing(target.cls))
        keys = st.builds(Keys, st.just(target.name), st.just(key), like)
        differing = st.sampled_from(sorted(fields.keys() & target.fields.keys()))
        return st.builds(Among, st.just(path), keys, st.sampled_from(["", *days]), st.just("") | differing)

    return st.sampled_from(aims).flatmap(through)


def _standing(cls: type[Record]) -> list[Condition]:
    """Conditions on the day or period asked about, that the type can be put to."""
    fields = cls.__record__.fields
    found: list[Condition] = [During(name) for name, spec in fields.items() if spec.kind in (Kind.DAY, Kind.MOMENT)]
    if {"since", "until"} <= fields.keys():
        found += [Holds(), Holds(months=6), Holds(ago=12)]
    return found or [AllOf(())]


def _groups(cls: type[Record]) -> list[Group]:
    fields = cls.__record__.fields.values()
    found: list[Group] = [By(spec.name, spec.name) for spec in fields if spec.kind in (Kind.CODE, Kind.TERM, Kind.FLAG)]
    found += [AgeBand("age", spec.name, (18, 60)) for spec in fields if spec.name == "birth_date"]
    return found or [By("id", "id")]
