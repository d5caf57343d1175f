"""Whole districts, small: every reference in them leads to a record that is there.

Places and households are consistent in themselves (:mod:`shequ.testing.homes`); records of any further type are
drawn from their declarations, with references to what was drawn before. The smallest district is one sub-district
with one community, and that is what a failing example shrinks to.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import attrs
from hypothesis import strategies as st

from shequ.errors import Misuse
from shequ.model import (
    EVERY_TYPE,
    RECORD_TYPES,
    Community,
    CommunityStatus,
    Coverage,
    Record,
    RuleSource,
    Schema,
    SubDistrict,
)
from shequ.testing.homes import households
from shequ.testing.strategies import records

__all__ = ["District", "districts"]

_PLACES = ("division", "sub_district", "community")
"""What stands in for one another where a field refers to a division."""


@attrs.frozen
class District:
    """A district's records.

    Args:
        id: Its id, which a store is asked with.
        records: Every record, after those that it refers to.
    """

    id: str
    records: tuple[Record, ...]

    def of(self, name: str) -> tuple[Record, ...]:
        """The records of a type."""
        return tuple(record for record in self.records if record.__record__.name == name)


@st.composite
def districts(
    draw: st.DrawFn,
    *,
    types: Iterable[type[Record]] = RECORD_TYPES,
    most_communities: int = 3,
    most_further: int = 4,
) -> District:
    """Districts with a few communities, their households, and records of some further types.

    Args:
        draw: How parts are drawn.
        types: The types that further records are drawn of, with those that they refer to; plugins' may be among them.
        most_communities: How many communities at most.
        most_further: How many further types at most; what they need comes on top.
    """
    chosen = tuple(types)
    schema = Schema(dict.fromkeys((*RECORD_TYPES, *chosen)))
    street = SubDistrict(id="999900001000", code="999900001000", name="云溪街道")
    made: list[Record] = [street, Coverage(id="all", type=EVERY_TYPE, division=street.id)]
    for serial in range(1, draw(st.integers(1, most_communities)) + 1):
        code = f"999900001{serial:03d}"
        status = CommunityStatus.OPERATING if serial == 1 else draw(st.sampled_from(CommunityStatus))
        made.append(
            Community(id=code, code=code, name=f"第{serial}社区", sub_district=street.id, status=status, characters=())
        )
        made += draw(households(community=code, prefix=f"{serial}-", most_households=2, most_people=3)).records
    settled = {record.__record__.name for record in made} | {"division", RuleSource.__record__.name}
    further = [cls.__record__.name for cls in chosen if cls.__record__.name not in settled]
    wanted = draw(st.lists(st.sampled_from(further), max_size=most_further, unique=True)) if further else []
    for name in _with_what_they_need(schema, wanted, settled):
        made += _few(draw, schema, name, made)
    return District(street.id, tuple(made))


def _with_what_they_need(schema: Schema, wanted: Iterable[str], settled: Iterable[str]) -> list[str]:
    """Names of types, each after those that it cannot do without."""
    ordered: list[str] = []
    done = set(settled)

    def add(name: str, above: tuple[str, ...] = ()) -> None:
        if name in above:
            raise Misuse(f"{name} cannot be made: it requires {' → '.join((*above, name))}")
        if name in done:
            return
        for spec in schema[name].references:
            if spec.to is not None and not spec.optional:
                add(spec.to, (*above, name))
        done.add(name)
        ordered.append(name)

    for name in wanted:
        add(name)
    return ordered


def _few(draw: st.DrawFn, schema: Schema, name: str, made: list[Record]) -> list[Record]:
    """One to three records of a type, whose references lead to what there is."""
    declared = schema[name]
    ids: Mapping[str, list[str]] = {
        spec.name: [record.id for record in made if record.__record__.name in _standing_in(spec.to or "")]
        for spec in declared.references
    }
    if any(not ids[spec.name] and not spec.optional for spec in declared.references):
        return []
    given: dict[str, st.SearchStrategy[Any]] = {}
    for spec in declared.references:
        there = st.sampled_from(ids[spec.name]) if ids[spec.name] else st.none()
        given[spec.name] = st.none() | there if spec.optional else there
    found = draw(st.lists(records(declared.cls, **given), min_size=1, max_size=2, unique_by=lambda record: record.id))
    taken = {record.id for record in made if record.__record__.name == name}
    return [record for record in found if record.id not in taken]


def _standing_in(name: str) -> tuple[str, ...]:
    return _PLACES if name == "division" else (name,)
