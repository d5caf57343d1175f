"""A city: sub-districts like the demonstration's, one after the other, up to a million residents.

Each sub-district is made, handed out and forgotten, so memory does not grow with their number. They have division codes
of their own and are otherwise what :func:`~shequ.sample.make_sample` gives for their seed; in a store each is a district.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast

import attrs

from shequ.errors import Misuse
from shequ.model import Kind, Record
from shequ.sample.district import SMALLEST, Sample, make_sample
from shequ.sample.places import SUB_DISTRICT, SUB_DISTRICT_NAME

__all__ = ["MOST_RESIDENTS", "make_city"]

MOST_RESIDENTS = 1_000_000
"""The largest city there is."""
_PREFIX = SUB_DISTRICT[:9]
_TEXTUAL = (Kind.TEXT, Kind.TEXTS, Kind.REF, Kind.CODE)


def make_city(residents: int, *, seed: int = 2025, households: int = 5000) -> Iterator[tuple[str, Sample]]:
    """Sub-districts until there are so many residents.

    Args:
        residents: How many people live or are registered there at least; the last sub-district is smaller, so that
            there are not many more.
        seed: The same seed gives the same city.
        households: Households of each sub-district.

    Returns:
        The division code of each sub-district, and its records with its own rules.

    Raises:
        Misuse: If there would be no resident, more than :data:`MOST_RESIDENTS`, or more sub-districts than codes.
    """
    if not 0 < residents <= MOST_RESIDENTS:
        raise Misuse(
            f"a city of {residents} residents cannot be made", remedy=f"ask for 1 to {MOST_RESIDENTS} residents"
        )
    made, size, serial = 0, households, 0
    while made < residents:
        serial += 1
        if serial > 99:
            raise Misuse(
                f"99 sub-districts of {households} households have {made} residents", remedy="ask for more households"
            )
        only = [_moved(make_sample(seed + serial - 1, size), serial)]
        count = len(only[0].records["resident"])
        yield f"{_PREFIX[:6]}{serial:03d}000", only.pop()  # not kept here while the next is made
        made += count
        size = min(households, max(SMALLEST, (residents - made) * size // count + 1))


def _moved(sample: Sample, serial: int) -> Sample:
    """A district under the codes and the name of another."""
    if serial == 1:
        return sample
    code, name = f"{_PREFIX[:6]}{serial:03d}", f"云溪第{serial}街道"

    def told(text: str) -> str:
        return text.replace(_PREFIX, code).replace(SUB_DISTRICT_NAME, name)

    records: dict[str, tuple[Record, ...]] = {}
    for type_, found in sample.records.items():
        fields = found[0].__record__.fields.values() if found else ()
        names = [spec.name for spec in fields if spec.kind in _TEXTUAL]
        records[type_] = tuple(_retold(record, names, told) for record in found)
    return Sample(records, told(sample.rules))


def _retold(record: Record, names: Iterable[str], told: Callable[[str], str]) -> Record:
    """A record in whose texts of these names a place's code or name is another's."""
    changes: dict[str, Any] = {}
    for name in names:
        value = getattr(record, name)
        if isinstance(value, str) and (_PREFIX in value or SUB_DISTRICT_NAME in value):
            # A resident's number may hold the same digits by chance; it is nobody's place.
            if name != "id_number" and not (name == "id" and len(value) == 18):
                changes[name] = told(value)
        elif isinstance(value, tuple) and any(_PREFIX in item or SUB_DISTRICT_NAME in item for item in value):
            changes[name] = tuple(told(item) for item in value)
    if not changes:
        return record
    moved: Record = attrs.evolve(cast("Any", record), **changes)
    return moved
