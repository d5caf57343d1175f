"""What became of which place: derived from two official lists, and followed from code to code.

Two lists say what went, came and was renamed between them (:func:`derive_changes`); a name that went and came again is a
candidate for one place recoded, never a proof. The changes alone, without any place, say which code became which
(:func:`successor`, :func:`predecessor`), so that figures of then can be asked for by the boundaries of now, and the
other way round (:func:`restated`). Where a place was split, its figure cannot be divided without the records behind it;
that is said, never guessed.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from operator import itemgetter
from typing import Generic, TypeVar

import attrs

from shequ.errors import BadData
from shequ.lifecycle.boundary_changes import BoundaryOutcome, begun_on, divisions_at, evolved, outcome_of
from shequ.model import BoundaryChange, BoundaryEvent, Community, Division, SubDistrict

__all__ = [
    "Counterparts",
    "DerivedChanges",
    "Recoding",
    "Restated",
    "Successions",
    "derive_changes",
    "facts_of",
    "predecessor",
    "restated",
    "successor",
]

N = TypeVar("N", int, Decimal)


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
        along: Communities and sub-districts that ended or began with their divisions.
        outside: Places of the levels of the later list that were not compared, since it is not about them.
    """

    went: tuple[Division, ...]
    came: tuple[Division, ...]
    renamed: tuple[tuple[Division, Division], ...]
    amended: tuple[tuple[Division, Division], ...]
    recodings: tuple[Recoding, ...]
    outcomes: tuple[BoundaryOutcome[Division], ...]
    along: tuple[Community | SubDistrict, ...] = ()
    outside: tuple[Division, ...] = ()

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
    new = divisions_at((evolved(place, since=None, until=None) for place in after), on)
    went = tuple(old[code] for code in sorted(old.keys() - new.keys()))
    came = tuple(new[code] for code in sorted(new.keys() - old.keys()))
    both = [(old[code], new[code]) for code in sorted(old.keys() & new.keys())]
    renamed = tuple((a, b) for a, b in both if a.name != b.name)
    amended = tuple((a, b) for a, b in both if a.name == b.name and facts_of(a) != facts_of(b))
    recodings = _recodings(went, came)
    confirmed: dict[str, str] = {}
    for candidate in recodings:
        a, b = candidate.before.code, candidate.after.code
        if a not in confirmed and b not in confirmed.values() and confirm(candidate):
            confirmed[a] = b
    used = {place.id for place in known}

    def become(event: BoundaryEvent, a: Division | None, b: Division | None) -> BoundaryOutcome[Division]:
        begun = () if b is None else (begun_on(b, on, used),)
        return outcome_of(event, () if a is None else (a,), begun, on, reason)

    event = BoundaryEvent
    outcomes = (
        *(become(event.RENAME, a, b) for a, b in renamed),
        *(become(event.RECODE, a, b) for a, b in amended),
        *(become(event.RECODE, a, new[confirmed[a.code]]) for a in went if a.code in confirmed),
        *(become(event.DISSOLVE, a, None) for a in went if a.code not in confirmed),
        *(become(event.SET_UP, None, b) for b in came if b.code not in confirmed.values()),
    )
    return DerivedChanges(went, came, renamed, amended, recodings, outcomes)


def facts_of(place: Division) -> tuple[object, ...]:
    """What a list says of a place."""
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


class Successions:
    """Which code became which, read once from the changes and asked for many codes.

    Args:
        changes: Events, in any order; those of one day happen at once.
    """

    def __init__(self, changes: Iterable[BoundaryChange] = ()) -> None:
        ordered = sorted(changes, key=lambda change: change.on)
        self.days = tuple(dict.fromkeys(change.on for change in ordered))
        """The days on which something changed, in order."""
        self._later = _ways((change.on, change.before, change.after) for change in ordered)
        self._earlier = _ways((change.on, change.after, change.before) for change in ordered)

    def ended(self, code: str) -> bool:
        """Whether some change says what became of a code."""
        return code in self._later

    def successor(self, code: str, day: date, *, since: date | None = None) -> Counterparts:
        """What stands on a later day for a place; as :func:`successor`."""
        _in_order(since, day)
        return Counterparts(code, day, self._followed(code, since or date.min, day))

    def predecessor(self, code: str, day: date, *, since: date | None = None) -> Counterparts:
        """What stood on an earlier day for what a place is now; as :func:`predecessor`."""
        _in_order(day, since)
        return Counterparts(code, day, self._followed(code, since or date.max, day))

    def counterparts(self, code: str, day: date, *, since: date) -> Counterparts:
        """What stands for a place on another day, later or earlier."""
        return (self.predecessor if day < since else self.successor)(code, day, since=since)

    def _followed(self, code: str, start: date, end: date) -> tuple[str, ...]:
        back = end < start
        ways = self._earlier if back else self._later
        found, seen = set(), {(code, start)}
        pending = [(code, start)]
        while pending:
            each, reached = pending.pop()
            known = ways.get(each, ())
            # A day begins with its changes: one of the day on which a place stood is behind it, and led to it.
            place = bisect_right(known, reached, key=itemgetter(0)) - (1 if back else 0)
            if not 0 <= place < len(known) or (known[place][0] <= end if back else known[place][0] > end):
                found.add(each)
                continue
            on, targets = known[place]
            steps = {(target, on - timedelta(days=1) if back else on) for target in targets}
            pending += steps - seen
            seen |= steps
        return tuple(sorted(found))


def _ways(
    changes: Iterable[tuple[date, tuple[str, ...], tuple[str, ...]]],
) -> Mapping[str, Sequence[tuple[date, tuple[str, ...]]]]:
    """Where each code led to on which day, by day."""
    found: dict[str, dict[date, dict[str, None]]] = {}
    for on, sources, targets in changes:
        for source in sources:
            found.setdefault(source, {}).setdefault(on, {}).update(dict.fromkeys(targets))
    return {code: [(on, tuple(to)) for on, to in by_day.items()] for code, by_day in found.items()}


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
    return Successions(changes).successor(code, day, since=since)


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
    return Successions(changes).predecessor(code, day, since=since)


def _in_order(first: date | None, last: date | None) -> None:
    if first is not None and last is not None and last < first:
        raise BadData(f"{last} 早于 {first}", remedy="向后查用 successor，向前查用 predecessor")


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
    known = Successions(changes)
    sums: dict[str, N] = {}
    divided: dict[str, tuple[N, Counterparts]] = {}
    without: dict[str, N] = {}
    for code, value in totals.items():
        found = known.counterparts(code, day, since=since)
        if found.divided:
            divided[code] = value, found
        elif found.codes:
            target = found.codes[0]
            sums[target] = sums[target] + value if target in sums else value
        else:
            without[code] = value
    return Restated(sums, divided, without)
