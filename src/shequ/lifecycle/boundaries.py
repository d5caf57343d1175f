"""How divisions change: set up, split, merged, renamed, recoded, dissolved.

Codes and names are no stable keys. Each event is a pure function of the places it concerns, a day and a reason; it
returns a :class:`BoundaryOutcome`: places that ended (with ``until``), those that began (with ``since``) and the
:class:`~shequ.model.BoundaryChange`. Nothing is overwritten: a place renamed in place is an ended record and a new
one of the same code. The new one cannot have the id of the old, and its code may have stood for another place before;
it is called by code and day (``330205001000-20230101``). A place that goes on through a split or merge keeps its
record. An ended community keeps its status: it says what the community was while it existed.

Which code stands for which, when, follows from the events (:mod:`shequ.lifecycle.successions`).
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from shequ.lifecycle.boundary_changes import BoundaryOutcome, P, apply, divisions_at, evolved, outcome_of, refusal
from shequ.lifecycle.successions import (
    Counterparts,
    DerivedChanges,
    Recoding,
    Restated,
    Successions,
    derive_changes,
    predecessor,
    restated,
    successor,
)
from shequ.model import BoundaryEvent

__all__ = [
    "BoundaryOutcome",
    "Counterparts",
    "DerivedChanges",
    "Recoding",
    "Restated",
    "Successions",
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


def set_up(places: Iterable[P], *, on: date, reason: str) -> BoundaryOutcome[P]:
    """Places are set up (设立) where there were none.

    Raises:
        InvalidRecord: If there are none, two have one code, or one began on another day.
    """
    return outcome_of(BoundaryEvent.SET_UP, (), tuple(places), on, reason)


def dissolve(place: P, *, on: date, reason: str) -> BoundaryOutcome[P]:
    """A place is dissolved (撤销) and nothing stands for it afterwards; where something does, it is a merger.

    Raises:
        InvalidRecord: If it does not exist then, or has ended already.
    """
    return outcome_of(BoundaryEvent.DISSOLVE, (place,), (), on, reason)


def split(place: P, parts: Iterable[P], *, on: date, reason: str) -> BoundaryOutcome[P]:
    """A place is divided into several (拆分); a part equal to the place itself means that it goes on, smaller.

    Raises:
        InvalidRecord: If there are fewer than two parts, or the place does not exist then.
    """
    after = tuple(parts)
    if len(after) < 2:
        raise refusal("after", tuple(p.code for p in after), "拆分后至少有两个区划", "no-split", "补齐拆分后的区划")
    return outcome_of(BoundaryEvent.SPLIT, (place,), after, on, reason)


def merge(places: Iterable[P], into: P, *, on: date, reason: str) -> BoundaryOutcome[P]:
    """Several places become one (合并); if ``into`` is one of them, it goes on, larger.

    Raises:
        InvalidRecord: If there are fewer than two places, or one does not exist then.
    """
    before = tuple(places)
    if len(before) < 2:
        raise refusal("before", tuple(p.code for p in before), "合并前至少有两个区划", "no-merge", "补齐合并前的区划")
    return outcome_of(BoundaryEvent.MERGE, before, (into,), on, reason)


def rename(place: P, name: str, *, on: date, reason: str) -> BoundaryOutcome[P]:
    """A place gets another name and keeps its code (更名).

    Raises:
        InvalidRecord: If it has that name already, or does not exist then.
    """
    if name == place.name:
        raise refusal("after", name, f"{place.code} 已名为 {name}", "same-name", "核对新名称")
    return outcome_of(BoundaryEvent.RENAME, (place,), (evolved(place, name=name),), on, reason)


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
    after = evolved(place, code=code, **others)
    if after == place:
        raise refusal("after", code, f"{place.code} 的代码没有变化", "same-code", "核对新代码")
    return outcome_of(BoundaryEvent.RECODE, (place,), (after,), on, reason)
