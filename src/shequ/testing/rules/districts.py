"""Districts to be judged: generated ones that hold anything the types allow, and what a snapshot of them is."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

import attrs
from hypothesis import strategies as st

from shequ.effective import SHANGHAI
from shequ.model import Community, CommunityStatus, Coverage, FieldSpec, Kind, Record, Schema, SubDistrict
from shequ.query import Select
from shequ.store import Stored
from shequ.testing.strategies import days, moments, records

__all__ = ["COMMUNITIES", "STREET", "Held", "district_of", "generated"]

STREET = "999900001000"
COMMUNITIES = ("999900001001", "999900001002")
_IDS = ("1", "2", "3", "4")
_LATELY = st.dates(date(2022, 1, 1), date(2026, 6, 30))
_EXCEPT = ("sub_district", "community", "coverage", "rule_source", "division", "boundary_change")
_PLACES = st.sampled_from([STREET, *COMMUNITIES, "LOCAL-9"])


@attrs.frozen(eq=False)
class Held:
    """Records as a snapshot gives them, from memory."""

    tables: Mapping[str, tuple[Record, ...]]

    @classmethod
    def of(cls, held: Iterable[Record]) -> "Held":
        """Records of any types, in the order in which they are to be scanned; of one id the last stays."""
        tables: dict[str, dict[str, Record]] = {}
        for record in held:
            tables.setdefault(record.__record__.name, {})[record.id] = record
        return cls({name: tuple(rows.values()) for name, rows in tables.items()})

    def scan(self, query: Select) -> Iterator[Stored]:
        """Every record of a type."""
        return (Stored(record, 1) for record in self.tables.get(query.type, ()))


def district_of(held: Iterable[Record] = ()) -> tuple[Record, ...]:
    """Records in a sub-district of two communities that operate and keep complete records."""
    street = SubDistrict(id=STREET, code=STREET, name="云溪街道")
    communities = (
        Community(id=code, code=code, name=name, sub_district=STREET, status=CommunityStatus.OPERATING, characters=())
        for code, name in zip(COMMUNITIES, ("东社区", "西社区"), strict=True)
    )
    return (street, *communities, Coverage(id="all", type="*", division=STREET), *held)


def _field(spec: FieldSpec, schema: Schema) -> st.SearchStrategy[Any] | None:
    """What is drawn for a field in place of what its declaration alone would give; dates lie near each other mostly."""
    found: st.SearchStrategy[Any]
    if spec.name == "id":
        return st.sampled_from(_IDS)
    match spec.kind:
        case Kind.REF if spec.to in ("division", "community", "sub_district"):
            found = _PLACES
        case Kind.REF if spec.to in schema:
            found = st.sampled_from((*_IDS, "5"))
        case Kind.DAY:
            found = st.one_of(_LATELY, _LATELY, _LATELY, days())
        case Kind.MOMENT:
            noon = _LATELY.map(lambda day: datetime(day.year, day.month, day.day, 12, tzinfo=SHANGHAI))
            found = st.one_of(noon, noon, moments())
        case Kind.COUNT:
            found = st.integers(0, 120)
        case _:
            return None
    return st.none() | found if spec.optional else found


@cache
def _strategies(schema: Schema) -> Mapping[str, st.SearchStrategy[Record]]:
    """A strategy for each type of record that a district is filled with."""
    drawn = {}
    for declared in schema:
        if declared.name not in _EXCEPT:
            given = {spec.name: _field(spec, schema) for spec in declared.fields.values()}
            chosen = {name: strategy for name, strategy in given.items() if strategy is not None}
            drawn[declared.name] = records(declared.cls, **chosen)
    return drawn


@st.composite
def generated(draw: st.DrawFn, schema: Schema, most: int, likely: Sequence[Sequence[str]] = ()) -> tuple[Record, ...]:
    """Districts of up to so many records, of a few types and those that they refer to, so that references meet.

    Args:
        draw: Given by hypothesis.
        schema: The types there are.
        most: How many records at most.
        likely: For each rule the types that it reads: a district is drawn for one of them, mostly.
    """
    strategies = _strategies(schema)
    theme = st.sampled_from(sorted(strategies))
    read = [group for names in likely if (group := [name for name in names if name in strategies])]
    often = draw(st.sampled_from(read)) if read else []
    theme = st.one_of(theme, *[st.sampled_from(often)] * 2) if often else theme
    themes = draw(st.lists(theme, min_size=1, max_size=3))
    beside = [spec.to for theme in themes for spec in schema[theme].references if spec.to in strategies]
    kinds = st.sampled_from([*themes, *themes, *filter(None, beside)])
    number = draw(st.sampled_from((most, most // 2, 1)))
    return district_of(draw(strategies[draw(kinds)]) for _ in range(number))
