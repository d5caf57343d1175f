"""Taking over an official list: which places it is about, what happened to them, and to the records beside them.

An official list of divisions is compared with what is known of the same levels and the same extent. Communities and
sub-districts have records of their own beside those of the reference data; under a code that went or was given up they
end and begin with it, or else two records would contradict each other.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, TypeVar, cast

import attrs

from shequ.codes import parent_division
from shequ.errors import BadData
from shequ.lifecycle.boundary_changes import BoundaryOutcome, apply, begun_on, divisions_at, evolved, refusal
from shequ.lifecycle.successions import DerivedChanges, Successions, derive_changes, facts_of
from shequ.model import BoundaryChange, Community, Division, Record, SubDistrict, derive_id, in_force

__all__ = ["adopt"]

_DAY = timedelta(days=1)
Beside = Community | SubDistrict
B = TypeVar("B", bound=Beside)


def adopt(
    listed: Iterable[Division], known: Iterable[Record], on: date, *, reason: str, within: str | None = None
) -> DerivedChanges:
    """What a new official list says happened to the places that are known.

    Compared are the places of the list's levels that lie under the parents which the list names: a list of one county
    says nothing of another's towns. A parent that went into another counts as that one.

    Args:
        listed: All divisions of the levels, as the new list has them.
        known: All records of divisions, communities, sub-districts and boundary changes.
        on: The day from which the list holds.
        reason: Put down with each change.
        within: Code or id of a division all of whose places are compared, whatever parents the list names.

    Returns:
        What happened, with the communities and sub-districts that end or begin along with their divisions, and the
        places of these levels that were not compared. Nothing happened if all is on that day as the list says.

    Raises:
        BadData: If the list is empty, or names places that do not lie ``within``.
        InvalidRecord: If the list has one code twice, or a change does not fit what is there, such as another list of
            the same day.
    """
    new, records = tuple(listed), tuple(known)
    if not new:
        raise BadData("名录为空，没有可比对的区划", remedy="给出该级全部区划的名录")
    divisions = tuple(record for record in records if isinstance(record, Division))
    chart = _Chart(records, on)
    compared = _compared(new, divisions, chart, within)
    levels = {place.level for place in new}
    of_levels = tuple(place for place in divisions if place.level in levels)
    before = [place for place in divisions if place in compared or not in_force(place, on - _DAY)]
    outside = tuple(p for p in of_levels if p not in compared and in_force(p, on))
    as_listed = divisions_at((evolved(place, since=None, until=None) for place in new), on)
    if not _differing((p for p in of_levels if p in compared), as_listed, on):
        return DerivedChanges((), (), (), (), (), (), outside=outside)
    derived = derive_changes(before, new, on, reason=reason)
    known_before = {place.id for place in divisions}
    after = apply(divisions, derived.outcomes)
    compared_ids = {place.id for place in compared}
    differing = _differing((p for p in after if p.id in compared_ids or p.id not in known_before), as_listed, on)
    if differing:
        codes = "、".join(differing[:5])
        text = f"{on} 已登记过别的变更，与名录不符：{codes}"
        raise refusal("on", on, text, "other-list", "核对生效日期；更正当日名录的，先更正这些区划的起止日期")
    beside = tuple(r for r in records if isinstance(r, Community | SubDistrict))
    return attrs.evolve(derived, along=tuple(_along(derived.outcomes, beside, on)), outside=outside)


def _differing(places: Iterable[Division], as_listed: Mapping[str, Division], on: date) -> list[str]:
    """Codes of places that on a day are not as a list says."""
    standing = {facts_of(place) for place in places if in_force(place, on)}
    listed = {facts_of(place) for place in as_listed.values()}
    return sorted({str(facts[0]) for facts in standing ^ listed})


class _Chart:
    """Under which codes a place lies, those included that its superiors became until a day."""

    def __init__(self, records: Iterable[Record], on: date) -> None:
        records, self._on = tuple(records), on
        self._places = [record for record in records if isinstance(record, Division | SubDistrict)]
        self._by_id = {place.id: place for place in self._places}
        self._by_code = {place.code: place for place in self._places}
        self._successions = Successions(record for record in records if isinstance(record, BoundaryChange))

    def code(self, name: str) -> str:
        """The code of a place named by id or code."""
        return self._by_id[name].code if name in self._by_id else name

    def parents(self, place: Division | SubDistrict) -> frozenset[str]:
        """Code of the place right above, and of what it became."""
        parent = place.parent if isinstance(place, Division) else None
        name = parent or parent_division(place.code)
        if name is None:
            return frozenset()
        known = self._by_id.get(name)
        code, until = (name, None) if known is None else (known.code, known.until)
        if known is not None and (until is None or until > self._on):
            return frozenset({code})
        since = None if until is None else until - _DAY
        return frozenset({code, *self._successions.successor(code, self._on, since=since).codes})

    def above(self, place: Division | SubDistrict) -> frozenset[str]:
        """Codes of the place itself and of all above it, and of what these became."""
        found, pending = {place.code}, set(self.parents(place))
        while pending:
            code = pending.pop()
            if code not in found:
                found.add(code)
                known = self._by_code.get(code)
                higher = parent_division(code)
                pending |= self.parents(known) if known is not None else {higher} if higher is not None else set()
        return frozenset(found)


def _compared(
    new: tuple[Division, ...], divisions: tuple[Division, ...], chart: _Chart, within: str | None
) -> frozenset[Division]:
    """The known places that a list is about."""
    codes, levels = {place.code for place in new}, {place.level for place in new}
    if within is None:
        named = {code for place in new for code in chart.parents(place)}
        return frozenset(
            p for p in divisions if p.level in levels and (p.code in codes or not named.isdisjoint(chart.parents(p)))
        )
    extent = chart.code(within)
    strange = [place for place in new if extent not in chart.above(place)]
    if strange:
        names = "、".join(f"{place.name}（{place.code}）" for place in strange[:5])
        text = f"名录中有 {len(strange)} 个区划不在 {within} 之内：{names}"
        raise BadData(text, remedy="核对 within 的代码，或从名录中删去这些区划")
    return frozenset(p for p in divisions if p.level in levels and (p.code in codes or extent in chart.above(p)))


def _along(outcomes: Iterable[BoundaryOutcome[Division]], beside: tuple[Beside, ...], on: date) -> Iterator[Beside]:
    """The communities and sub-districts under the codes that changed, as they end and begin; sub-districts first."""
    changed = {old.code: (old, outcome.begun) for outcome in outcomes for old in outcome.ended}
    streets = [place for place in beside if isinstance(place, SubDistrict)]
    moved: list[Beside] = [made for street in streets for made in _moved(street, changed, streets, beside, on)]
    ended = {place.id for place in moved}
    streets = [p for p in (*streets, *moved) if isinstance(p, SubDistrict) and (p.since == on or p.id not in ended)]
    yield from moved
    for place in beside:
        if isinstance(place, Community):
            yield from _moved(place, changed, streets, beside, on)


def _moved(
    place: Beside,
    changed: dict[str, tuple[Division, tuple[Division, ...]]],
    streets: list[SubDistrict],
    beside: tuple[Beside, ...],
    on: date,
) -> tuple[Beside, ...]:
    """A community or sub-district that ends with its division, and what begins after it."""
    if place.code not in changed or not in_force(place, on - _DAY) or place.until == on:
        return ()
    old, begun = changed[place.code]
    ended = _with(place, until=on)
    if not begun:
        return (ended,)
    (new,) = begun
    # A community that goes by another name than its division keeps it.
    after = _with(place, code=new.code, name=new.name if place.name == old.name else place.name, until=None)
    if isinstance(after, Community):
        above = new.parent or parent_division(new.code)
        street = next((street.id for street in streets if street.code == above and in_force(street, on)), None)
        after = _with(after, sub_district=street or after.sub_district)
    if after == _with(place, until=None):
        return ()
    kind = type(place)
    if any(type(p) is kind and p.code == new.code and p is not place and in_force(p, on) for p in beside):
        return (ended,)  # what follows it has been registered already
    taken = {known.id for known in beside if type(known) is kind}
    plain = derive_id(kind.__record__.name, (new.code,))
    after = _with(after, id=place.id if plain in taken else plain, since=on)
    begins: Beside = begun_on(cast("Any", after), on, taken)
    return ended, begins


def _with(place: B, **changes: Any) -> B:
    made: B = attrs.evolve(cast("Any", place), **changes)
    return made
