"""What a change of boundaries makes: its record, the places that it ends and begins, and when it is refused.

The events themselves stand in :mod:`shequ.lifecycle.boundaries`; this is what they are made of, and how they are applied
to a list of places.
"""

from collections.abc import Container, Iterable
from datetime import date
from itertools import groupby
from typing import Any, Generic, TypeVar, cast

import attrs

from shequ.effective import Span
from shequ.errors import InvalidRecord
from shequ.model import BoundaryChange, BoundaryEvent, Community, Division, Record, SubDistrict, derive_id

__all__ = [
    "BoundaryOutcome",
    "P",
    "apply",
    "begun_on",
    "check_standing",
    "divisions_at",
    "evolved",
    "outcome_of",
    "refusal",
]

P = TypeVar("P", Division, Community, SubDistrict)
"""A division, a community or a sub-district."""


@attrs.frozen
class BoundaryOutcome(Generic[P]):
    """What an event makes.

    Args:
        change: The event; it names places by their codes.
        ended: Places that ended, now with ``until``; they replace those of the same id.
        begun: New places.
    """

    change: BoundaryChange
    ended: tuple[P, ...] = ()
    begun: tuple[P, ...] = ()

    @property
    def records(self) -> tuple[Record, ...]:
        """All of them, in the order in which they can be written."""
        return (*self.ended, *self.begun, self.change)


def divisions_at(divisions: Iterable[P], day: date) -> dict[str, P]:
    """The places that exist on a day, by code.

    Raises:
        InvalidRecord: If two of one code do.
    """
    found: dict[str, P] = {}
    for place in divisions:
        if day in Span(place.since, place.until):
            if place.code in found:
                raise refusal(
                    "before", place.code, f"{day} 有两个代码为 {place.code} 的区划", "twice", "更正其起止日期"
                )
            found[place.code] = place
    return found


def apply(divisions: Iterable[P], outcomes: Iterable[BoundaryOutcome[P]]) -> tuple[P, ...]:
    """The places after some events, given in the order of their days; those of one day happen at once.

    Raises:
        InvalidRecord: If an event ends a place that is not there or has ended already, or begins one whose id or
            code is in use; nothing is returned then.
    """
    places = {place.id: place for place in divisions}
    for on, group in groupby(outcomes, key=lambda outcome: outcome.change.on):
        together = tuple(group)
        for place in (place for outcome in together for place in outcome.ended):
            check_standing(places.get(place.id), place.code, on)
            places[place.id] = place
        in_use = {place.code for place in places.values() if place.until is None or place.until > on}
        for place in (place for outcome in together for place in outcome.begun):
            if place.id in places or place.code in in_use:
                raise refusal("after", place.code, f"{place.code} 在 {on} 已在使用", "in-use", "核对代码与生效日期")
            places[place.id] = place
            in_use.add(place.code)
    return tuple(places.values())


def outcome_of(
    event: BoundaryEvent, before: tuple[P, ...], after: tuple[P, ...], on: date, reason: str
) -> BoundaryOutcome[P]:
    """What an event makes of the places before and after it; one that stands on both sides goes on.

    Raises:
        InvalidRecord: If there is no reason, neither side has a place, one stands twice on a side, or an old place does
            not exist then.
    """
    codes = tuple(p.code for p in before), tuple(p.code for p in after)
    if not reason.strip():
        raise refusal("reason", reason, f"{event.label}缺少原因或文号", "missing", "写明原因或文号")
    if not (before or after) or any(len(set(side)) < len(side) for side in codes):
        raise refusal("after", codes, f"{event.label}的区划为空或重复", "bad-places", "更正变更前后的区划")
    for place in before:
        check_standing(place, place.code, on)
    kept = [place for place in before if place in after]
    taken = {place.id for place in before}
    ended = tuple(evolved(place, until=on) for place in before if place not in kept)
    begun = tuple(begun_on(place, on, taken) for place in after if place not in kept)
    change = BoundaryChange(
        id=derive_id("boundary_change", (event, "、".join(codes[0]), "、".join(codes[1]), on.isoformat())),
        event=event,
        before=codes[0],
        after=codes[1],
        on=on,
        reason=reason,
    )
    return BoundaryOutcome(change, ended, begun)


def evolved(place: P, **changes: Any) -> P:
    """The place with some fields changed."""
    made: P = attrs.evolve(cast("Any", place), **changes)
    return made


def begun_on(place: P, on: date, taken: Container[str]) -> P:
    """A place that begins on a day, under an id that no place before it has.

    Raises:
        InvalidRecord: If it has dates that are not those of the event.
    """
    if place.id not in taken:
        if place.since not in (None, on) or place.until is not None:
            text = f"{place.code} 的起止日期（{Span(place.since, place.until)}）与 {on} 起启用不符"
            raise refusal("on", on, text, "other-day", "更正其中一个日期")
        return evolved(place, since=on)
    plain = derive_id(type(place).__record__.name, (place.code,))
    return evolved(place, id=f"{plain}-{on:%Y%m%d}", since=on, until=None)


def check_standing(place: P | None, code: str, on: date) -> None:
    """Refuse an event of a place that does not exist on the day.

    Raises:
        InvalidRecord: If it is not known, has ended, or begins on that day or later.
    """
    if place is None:
        raise refusal("before", code, f"没有区划 {code}", "unknown", "核对代码")
    if place.until is not None:
        raise refusal("on", on, f"{code} 已于 {place.until} 停用", "ended", "核对代码与生效日期")
    if place.since is not None and on <= place.since:
        raise refusal("on", on, f"{code} 自 {place.since} 起才启用", "before-start", "更正生效日期，须晚于启用日期")


def refusal(field: str, value: object, text: str, code: str, remedy: str) -> InvalidRecord:
    """Why an event is refused."""
    return InvalidRecord("boundary_change", field, value, text, code=code, remedy=remedy)
