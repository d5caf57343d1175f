"""How divisions change: set up, split, merged, renamed, recoded, dissolved; and which code stands for which, when.

Codes and names are no stable keys. Each event is a pure function of the places it concerns, a day and a reason; it
returns a :class:`BoundaryOutcome`: places that ended (with ``until``), those that began (with ``since``) and the
:class:`~shequ.model.BoundaryChange`. Nothing is overwritten: a place renamed in place is an ended record and a new
one of the same code. The new one cannot have the id of the old, and its code may have stood for another place before;
it is called by code and day (``330205001000-20230101``). A place that goes on through a split or merge keeps its
record. An ended community keeps its status: it says what the community was while it existed.

The changes alone, without any place, say which code became which (:func:`successor`, :func:`predecessor`), so that
figures of then can be asked for by the boundaries of now, and the other way round (:func:`restated`). Where a place
was split, its figure cannot be divided without the records behind it; that is said, never guessed.
"""

from collections.abc import Callable, Container, Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any, Generic, TypeVar, cast

import attrs

from shequ.effective import Span
from shequ.errors import BadData, InvalidRecord
from shequ.model import BoundaryChange, BoundaryEvent, Community, Division, Record, derive_id

__all__ = [
    "BoundaryOutcome",
    "Counterparts",
    "DerivedChanges",
    "Recoding",
    "Restated",
    "apply",
    "derive_changes",
    "dissolve",
    "divisions_at",
    "merge",
    "predecessor",
    "recode",
    "rename",
    "restated",
    "set_up",
    "split",
    "successor",
]

P = TypeVar("P", Division, Community)


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
                raise _refused(
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
            _standing(places.get(place.id), place.code, on)
            places[place.id] = place
        in_use = {place.code for place in places.values() if place.until is None or place.until > on}
        for place in (place for outcome in together for place in outcome.begun):
            if place.id in places or place.code in in_use:
                raise _refused("after", place.code, f"{place.code} 在 {on} 已在使用", "in-use", "核对代码与生效日期")
            places[place.id] = place
            in_use.add(place.code)
    return tuple(places.values())


# Events


def set_up(places: Iterable[P], *, on: date, reason: str) -> BoundaryOutcome[P]:
    """Places are set up (设立) where there were none.

    Raises:
        InvalidRecord: If there are none, two have one code, or one began on another day.
    """
    return _outcome(BoundaryEvent.SET_UP, (), tuple(places), on, reason)


def dissolve(place: P, *, on: date, reason: str) -> BoundaryOutcome[P]:
    """A place is dissolved (撤销) and nothing stands for it afterwards; where something does, it is a merger.

    Raises:
        InvalidRecord: If it does not exist then, or has ended already.
    """
    return _outcome(BoundaryEvent.DISSOLVE, (place,), (), on, reason)


def split(place: P, parts: Iterable[P], *, on: date, reason: str) -> BoundaryOutcome[P]:
    """A place is divided into several (拆分); a part equal to the place itself means that it goes on, smaller.

    Raises:
        InvalidRecord: If there are fewer than two parts, or the place does not exist then.
    """
    after = tuple(parts)
    if len(after) < 2:
        raise _refused("after", tuple(p.code for p in after), "拆分后至少有两个区划", "no-split", "补齐拆分后的区划")
    return _outcome(BoundaryEvent.SPLIT, (place,), after, on, reason)


def merge(places: Iterable[P], into: P, *, on: date, reason: str) -> BoundaryOutcome[P]:
    """Several places become one (合并); if ``into`` is one of them, it goes on, larger.

    Raises:
        InvalidRecord: If there are fewer than two places, or one does not exist then.
    """
    before = tuple(places)
    if len(before) < 2:
        raise _refused("before", tuple(p.code for p in before), "合并前至少有两个区划", "no-merge", "补齐合并前的区划")
    return _outcome(BoundaryEvent.MERGE, before, (into,), on, reason)


def rename(place: P, name: str, *, on: date, reason: str) -> BoundaryOutcome[P]:
    """A place gets another name and keeps its code (更名).

    Raises:
        InvalidRecord: If it has that name already, or does not exist then.
    """
    if name == place.name:
        raise _refused("after", name, f"{place.code} 已名为 {name}", "same-name", "核对新名称")
    return _outcome(BoundaryEvent.RENAME, (place,), (_evolved(place, name=name),), on, reason)


def recode(place: P, code: str, *, on: date, reason: str, **others: Any) -> BoundaryOutcome[P]:
    """A place gets another code (变更代码).

    Args:
        place: The place.
        code: Its new code; the old one where only another code that it carries (``others``) changes.
        on: First day of the new code.
        reason: Why.
        others: Further fields that change with it: ``name``, ``parent``, ``ur_code``, ``sub_district``; an ``id``, if
            another than code and day is wanted.

    Raises:
        InvalidRecord: If nothing changes, or the place does not exist then.
    """
    after = _evolved(place, code=code, **others)
    if after == place:
        raise _refused("after", code, f"{place.code} 的代码没有变化", "same-code", "核对新代码")
    return _outcome(BoundaryEvent.RECODE, (place,), (after,), on, reason)


def _outcome(
    event: BoundaryEvent, before: tuple[P, ...], after: tuple[P, ...], on: date, reason: str
) -> BoundaryOutcome[P]:
    codes = tuple(p.code for p in before), tuple(p.code for p in after)
    if not reason.strip():
        raise _refused("reason", reason, f"{event.label}缺少原因或文号", "missing", "写明原因或文号")
    if not (before or after) or any(len(set(side)) < len(side) for side in codes):
        raise _refused("after", codes, f"{event.label}的区划为空或重复", "bad-places", "更正变更前后的区划")
    for place in before:
        _standing(place, place.code, on)
    kept = [place for place in before if place in after]
    taken = {place.id for place in before}
    ended = tuple(_evolved(place, until=on) for place in before if place not in kept)
    begun = tuple(_begun(place, on, taken) for place in after if place not in kept)
    change = BoundaryChange(
        id=derive_id("boundary_change", (event, "、".join(codes[0]), "、".join(codes[1]), on.isoformat())),
        event=event,
        before=codes[0],
        after=codes[1],
        on=on,
        reason=reason,
    )
    return BoundaryOutcome(change, ended, begun)


def _evolved(place: P, **changes: Any) -> P:
    evolved: P = attrs.evolve(cast("Any", place), **changes)
    return evolved


def _begun(place: P, on: date, taken: Container[str]) -> P:
    """A place that begins on a day, under an id that no place before it has."""
    if place.id not in taken:
        if place.since not in (None, on) or place.until is not None:
            text = f"{place.code} 的起止日期（{Span(place.since, place.until)}）与 {on} 起启用不符"
            raise _refused("on", on, text, "other-day", "更正其中一个日期")
        return _evolved(place, since=on)
    plain = derive_id(type(place).__record__.name, (place.code,))
    return _evolved(place, id=f"{plain}-{on:%Y%m%d}", since=on, until=None)


def _standing(place: P | None, code: str, on: date) -> None:
    if place is None:
        raise _refused("before", code, f"没有区划 {code}", "unknown", "核对代码")
    if place.until is not None:
        raise _refused("on", on, f"{code} 已于 {place.until} 停用", "ended", "核对代码与生效日期")
    if place.since is not None and on <= place.since:
        raise _refused("on", on, f"{code} 自 {place.since} 起才启用", "before-start", "更正生效日期，须晚于启用日期")


def _refused(field: str, value: object, text: str, code: str, remedy: str) -> InvalidRecord:
    return InvalidRecord("boundary_change", field, value, text, code=code, remedy=remedy)


# Two official lists


@attrs.frozen
class Recoding:
    """A place that went and one that came under the same name at the same level: perhaps one place, recoded.

    Args:
        before: The one that went.
        after: The one that came.
        unique: Whether no other place of this name and level went or came.
    """

    before: Division
    after: Division
    unique: bool


@attrs.frozen
class DerivedChanges:
    """What happened between two lists.

    Args:
        went: Places whose code is no longer listed.
        came: Places whose code is newly listed.
        renamed: Pairs of one code with another name.
        amended: Pairs of one code and name of which something else changed (the parent, the urban–rural class).
        recodings: Candidates, by name: a name is no proof.
        outcomes: Events that lead from the one list to the other.
    """

    went: tuple[Division, ...]
    came: tuple[Division, ...]
    renamed: tuple[tuple[Division, Division], ...]
    amended: tuple[tuple[Division, Division], ...]
    recodings: tuple[Recoding, ...]
    outcomes: tuple[BoundaryOutcome[Division], ...]

    @property
    def changes(self) -> tuple[BoundaryChange, ...]:
        """The events alone."""
        return tuple(outcome.change for outcome in self.outcomes)


def derive_changes(
    before: Iterable[Division],
    after: Iterable[Division],
    on: date,
    *,
    reason: str = "区划名录比对",
    confirm: Callable[[Recoding], bool] = lambda candidate: candidate.unique,
) -> DerivedChanges:
    """What happened between two official lists of the same extent and levels.

    Args:
        before: The earlier list; places that ended earlier may stand in it.
        after: The later list; its dates are not looked at.
        on: The day on which all of it is taken to have happened.
        reason: Put down with each change.
        confirm: Which candidates are one place recoded; the others are dissolved and set up. Asked in the order of
            codes; a place that is one side of a confirmed recoding is not offered again.

    Raises:
        InvalidRecord: If a list has one code twice, or an old place began on that day or later.
    """
    known = tuple(before)
    old = divisions_at(known, on - timedelta(days=1))
    new = divisions_at((_evolved(place, since=None, until=None) for place in after), on)
    went = tuple(old[code] for code in sorted(old.keys() - new.keys()))
    came = tuple(new[code] for code in sorted(new.keys() - old.keys()))
    both = [(old[code], new[code]) for code in sorted(old.keys() & new.keys())]
    renamed = tuple((a, b) for a, b in both if a.name != b.name)
    amended = tuple((a, b) for a, b in both if a.name == b.name and _facts(a) != _facts(b))
    recodings = _recodings(went, came)
    confirmed: dict[str, str] = {}
    for candidate in recodings:
        a, b = candidate.before.code, candidate.after.code
        if a not in confirmed and b not in confirmed.values() and confirm(candidate):
            confirmed[a] = b
    used = {place.id for place in known}

    def become(event: BoundaryEvent, a: Division | None, b: Division | None) -> BoundaryOutcome[Division]:
        begun = () if b is None else (_begun(b, on, used),)
        return _outcome(event, () if a is None else (a,), begun, on, reason)

    event = BoundaryEvent
    outcomes = (
        *(become(event.RENAME, a, b) for a, b in renamed),
        *(become(event.RECODE, a, b) for a, b in amended),
        *(become(event.RECODE, a, new[confirmed[a.code]]) for a in went if a.code in confirmed),
        *(become(event.DISSOLVE, a, None) for a in went if a.code not in confirmed),
        *(become(event.SET_UP, None, b) for b in came if b.code not in confirmed.values()),
    )
    return DerivedChanges(went, came, renamed, amended, recodings, outcomes)


def _facts(place: Division) -> tuple[object, ...]:
    return place.code, place.name, place.level, place.parent, place.ur_code


def _recodings(went: Iterable[Division], came: Iterable[Division]) -> tuple[Recoding, ...]:
    named: dict[tuple[str, str], tuple[list[Division], list[Division]]] = {}
    for side, places in enumerate((went, came)):
        for place in places:
            named.setdefault((place.name, place.level), ([], []))[side].append(place)
    pairs = [Recoding(a, b, len(old) == len(new) == 1) for old, new in named.values() for a in old for b in new]
    return tuple(sorted(pairs, key=lambda pair: (pair.before.code, pair.after.code)))


# Which code stands for which


@attrs.frozen
class Counterparts:
    """The codes that stand on one day for what a code stood for on another.

    Args:
        code: The code asked about.
        day: The day whose codes these are.
        codes: Several where the place was divided; none where nothing stands for it.
    """

    code: str
    day: date
    codes: tuple[str, ...]

    @property
    def divided(self) -> bool:
        """Whether there are several, so that a figure cannot be carried over without the records behind it."""
        return len(self.codes) > 1

    def __str__(self) -> str:
        if not self.codes:
            return f"{self.code} 在 {self.day} 没有对应的区划"
        found = "、".join(self.codes)
        if self.divided:
            return f"{self.code} 在 {self.day} 分属 {len(self.codes)} 个区划：{found}"
        return f"{self.code} 在 {self.day} 对应 {found}"


def successor(code: str, changes: Iterable[BoundaryChange], day: date, *, since: date | None = None) -> Counterparts:
    """What stands on a later day for a place; it may be several places, or none.

    Args:
        code: Its code.
        changes: Events, in any order; those of one day happen at once.
        day: The later day.
        since: The day on which the code was used, since a code can be given again; ``None`` means before all changes.

    Raises:
        BadData: If ``day`` is before ``since``.
    """
    _in_order(since, day)
    past = [change for change in changes if (since is None or since < change.on) and change.on <= day]
    return Counterparts(code, day, _followed(code, past, back=False))


def predecessor(code: str, changes: Iterable[BoundaryChange], day: date, *, since: date | None = None) -> Counterparts:
    """What stood on an earlier day for what a place is now; it may be several places, or none.

    Args:
        code: Its code.
        changes: Events, in any order; those of one day happen at once.
        day: The earlier day.
        since: The day on which the code is used; ``None`` means after all changes.

    Raises:
        BadData: If ``day`` is after ``since``.
    """
    _in_order(day, since)
    past = [change for change in changes if day < change.on and (since is None or change.on <= since)]
    return Counterparts(code, day, _followed(code, past, back=True))


def _in_order(first: date | None, last: date | None) -> None:
    if first is not None and last is not None and last < first:
        raise BadData(f"{last} 早于 {first}", remedy="向后查用 successor，向前查用 predecessor")


def _followed(code: str, changes: Iterable[BoundaryChange], *, back: bool) -> tuple[str, ...]:
    codes = {code}
    ordered = sorted(changes, key=lambda change: change.on, reverse=back)
    for _, group in groupby(ordered, key=lambda change: change.on):
        ways: dict[str, set[str]] = {}
        for change in group:
            sources, targets = (change.after, change.before) if back else (change.before, change.after)
            for source in sources:
                ways.setdefault(source, set()).update(targets)
        codes = {target for each in codes for target in ways.get(each, {each})}
    return tuple(sorted(codes))


N = TypeVar("N", int, Decimal)


@attrs.frozen
class Restated(Generic[N]):
    """Figures of one day by the boundaries of another; nothing is lost: the three parts add up to what was given.

    Args:
        totals: Figures by the codes of the other day.
        divided: Figures of places that were divided, with the codes they went to: not carried over.
        without: Figures of places for which nothing stands on the other day.
    """

    totals: Mapping[str, N]
    divided: Mapping[str, tuple[N, Counterparts]]
    without: Mapping[str, N]

    @property
    def incomplete(self) -> frozenset[str]:
        """Codes to which a part of a divided place belongs, so that their total lacks it."""
        return frozenset(code for _, found in self.divided.values() for code in found.codes)


def restated(totals: Mapping[str, N], changes: Iterable[BoundaryChange], *, since: date, day: date) -> Restated[N]:
    """Figures by the boundaries of one day, asked for by the boundaries of another.

    Args:
        totals: Figures by the codes of ``since``.
        changes: Events, in any order.
        since: The day whose codes ``totals`` has.
        day: The day whose boundaries are wanted, later or earlier.
    """
    known = tuple(changes)
    ask = predecessor if day < since else successor
    sums: dict[str, N] = {}
    divided: dict[str, tuple[N, Counterparts]] = {}
    without: dict[str, N] = {}
    for code, value in totals.items():
        found = ask(code, known, day, since=since)
        if found.divided:
            divided[code] = value, found
        elif found.codes:
            target = found.codes[0]
            sums[target] = sums[target] + value if target in sums else value
        else:
            without[code] = value
    return Restated(sums, divided, without)
