"""What happens in a household, as named events; who belongs to it on a day follows from the memberships.

An event is a pure function of the records it concerns, a day and a reason. It returns a :class:`HouseholdOutcome`:
memberships that ended (with ``until``), those that began (with ``since``) and the change itself. It touches no day
before its own, so the state at a past date stays what it was. Two laws hold after every event: a person's memberships
of one kind never overlap, and a household has one head of a kind at most. Registered and living are never mixed: an
event moves the kind it names, and nobody's other kind.

Whom it concerns is the caller's to collect: the memberships of the households and of the people named, all kinds and
all dates. An event that is refused raises :class:`~shequ.errors.InvalidRecord` and nothing is returned.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, cast

import attrs

from shequ.lifecycle.household_changes import (
    HouseholdOutcome,
    begin,
    change_record,
    check_alive,
    check_born,
    current,
    end,
    lawful,
    refusal,
    refused_absent,
    refused_inside,
)
from shequ.lifecycle.memberships import HEAD, Bases, bases_at, clashes, head_at, is_open, members_at
from shequ.model import Household, HouseholdEvent, HouseholdMembership, MembershipKind, Resident

__all__ = [
    "Bases",
    "HouseholdOutcome",
    "bases_at",
    "birth",
    "change_head",
    "clashes",
    "death",
    "head_at",
    "members_at",
    "merge",
    "move_in",
    "move_out",
    "split",
    "transfer",
]


def move_in(
    resident: Resident,
    household: Household,
    memberships: Iterable[HouseholdMembership],
    *,
    kind: MembershipKind,
    on: date,
    reason: str,
    relation: str | None = None,
) -> HouseholdOutcome:
    """A person comes to belong to a household (迁入).

    Args:
        resident: The person.
        household: Where to.
        memberships: Those of the person and of the household.
        kind: Registered, or living there.
        on: First day.
        reason: Why, or on what paper.
        relation: To the head.

    Raises:
        InvalidRecord: If the household does not exist then, the person is not born or dead, belongs to a household
            in this way then or later, or would be a second head.
    """
    change = change_record(HouseholdEvent.MOVE_IN, household, on, reason, resident=resident.id, kind=kind)
    check_alive(resident, on)
    return lawful(memberships, HouseholdOutcome((change,), begun=(begin(resident.id, change, relation, kind),)))


def move_out(
    resident: Resident,
    household: Household,
    memberships: Iterable[HouseholdMembership],
    *,
    kind: MembershipKind,
    on: date,
    reason: str,
) -> HouseholdOutcome:
    """A person ceases to belong to a household in one way (迁出); ``on`` is the first day on which they do not.

    Raises:
        InvalidRecord: If they are not there, or came on that day or later.
    """
    change = change_record(HouseholdEvent.MOVE_OUT, household, on, reason, resident=resident.id, kind=kind)
    return HouseholdOutcome((change,), ended=(end(current(memberships, household, resident.id, kind), on),))


def transfer(
    resident: Resident,
    household: Household,
    other: Household,
    memberships: Iterable[HouseholdMembership],
    *,
    kind: MembershipKind,
    on: date,
    reason: str,
    relation: str | None = None,
) -> HouseholdOutcome:
    """A member goes from one household to another on one day (户间转移).

    Raises:
        InvalidRecord: If they are not in the first, came on that day or later, or would be a second head.
    """
    held = tuple(memberships)
    change = change_record(HouseholdEvent.TRANSFER, household, on, reason, other=other, resident=resident.id, kind=kind)
    check_alive(resident, on)
    ended = end(current(held, household, resident.id, kind), on)
    begun = begin(resident.id, change, relation, kind)
    return lawful(held, HouseholdOutcome((change,), (ended,), (begun,)))


def split(
    household: Household,
    other: Household,
    memberships: Iterable[HouseholdMembership],
    *,
    leaving: Mapping[str, str | None],
    on: date,
    reason: str,
    kind: MembershipKind | None = None,
) -> HouseholdOutcome:
    """Some members of a household form a new one (分户); the new household is opened on that day.

    Args:
        household: The household that stays.
        other: The new one; without ``since``, or with the day of the split.
        memberships: Those of the first.
        leaving: Id of each resident who leaves → relation to the head of the new household, if known.
        on: First day of the new household.
        reason: Why.
        kind: What is split; ``None`` means both, each person in the ways in which they belong to the household.

    Raises:
        InvalidRecord: If nobody leaves or nobody stays, one who leaves is not there or came on that day or later,
            the new household is not new, or it would have two heads.
    """
    held = tuple(memberships)
    opened: Household = attrs.evolve(cast("Any", other), since=on) if other.since is None else other
    change = change_record(HouseholdEvent.SPLIT, household, on, reason, other=opened, kind=kind)
    if opened.since != on or any(m.household == other.id for m in held):
        raise refusal(
            "other", other.id, f"户 {other.id} 不是 {on} 新立的户", "not-new", "分户须立新户；已有的户用户间转移"
        )
    inside = [m for m in held if m.household == household.id and is_open(m) and kind in (None, m.kind)]
    going = [m for m in inside if m.resident in leaving]
    for resident in leaving:
        if all(m.resident != resident for m in going):
            raise refused_absent(held, household, resident, kind)
    if not going or len(going) == len(inside):
        raise refusal("household", household.id, "分户须有人分出、有人留下", "no-split", "全户迁移用迁出、迁入或并户")
    outcome = HouseholdOutcome(
        (change,),
        tuple(end(m, on) for m in going),
        tuple(begin(m.resident, change, leaving[m.resident], m.kind) for m in going),
        (opened,),
    )
    return lawful(held, outcome)


def merge(
    household: Household,
    other: Household,
    memberships: Iterable[HouseholdMembership],
    *,
    on: date,
    reason: str,
    relations: Mapping[str, str] | None = None,
    kind: MembershipKind | None = None,
) -> HouseholdOutcome:
    """All members of a household join another (并户); the first is closed unless somebody still belongs to it.

    Args:
        household: The household that is given up.
        other: The one that takes its members in.
        memberships: Those of both.
        on: First day together.
        reason: Why.
        relations: Id of a resident → relation to the head of the other; unknown for those not named, since what
            they were to the old head says nothing.
        kind: What is merged; ``None`` means both.

    Raises:
        InvalidRecord: If the first has no such members, one of them came on that day or later, somebody named does
            not join, or the other would have two heads.
    """
    held, named = tuple(memberships), dict(relations or {})
    change = change_record(HouseholdEvent.MERGE, household, on, reason, other=other, kind=kind)
    inside = [m for m in held if m.household == household.id and (is_open(m) or (m.until is not None and m.until > on))]
    going = [m for m in inside if is_open(m) and kind in (None, m.kind)]
    if not going:
        raise refusal("household", household.id, f"户 {household.id} 没有可并入的成员", "nobody", "核对户号与关系类型")
    for resident in named.keys() - {m.resident for m in going}:
        raise refused_absent(held, household, resident, kind)
    closed: Household = attrs.evolve(cast("Any", household), until=on)
    outcome = HouseholdOutcome(
        (change,),
        tuple(end(m, on) for m in going),
        tuple(begin(m.resident, change, named.get(m.resident), m.kind) for m in going),
        (closed,) if len(going) == len(inside) else (),
    )
    return lawful(held, outcome)


def change_head(
    household: Household,
    memberships: Iterable[HouseholdMembership],
    *,
    head: str,
    relations: Mapping[str, str],
    on: date,
    reason: str,
    kind: MembershipKind = MembershipKind.REGISTERED,
) -> HouseholdOutcome:
    """Another member becomes the head of a household (变更户主).

    Args:
        household: The household.
        memberships: Its own.
        head: Id of the new head.
        relations: Id of each other member whose relation is recorded → relation to the new head.
        on: First day.
        reason: Why.
        kind: In which way they belong to it.

    Raises:
        InvalidRecord: If the new head is not a member or is the head already, a member's relation to the new head is
            missing, or one of them came on that day or later.
    """
    held = tuple(memberships)
    change = change_record(HouseholdEvent.HEAD, household, on, reason, resident=head, kind=kind)
    new = current(held, household, head, kind)
    if new.relation == HEAD:
        raise refusal("resident", head, f"{head} 已是户 {household.id} 的户主", "already-head", "无须变更")
    members = [m for m in held if m.household == household.id and m.kind is kind and is_open(m) and m is not new]
    for resident in relations.keys() - {m.resident for m in members}:
        raise refused_absent(held, household, resident, kind)
    lacking = sorted(m.resident for m in members if m.relation is not None and m.resident not in relations)
    if lacking:
        raise refusal(
            "relation",
            None,
            f"变更户主后须重报与户主关系：缺 {'、'.join(lacking)}",
            "missing-relation",
            "补齐其余成员的关系",
        )
    moved = [
        (new, HEAD),
        *((m, relations[m.resident]) for m in members if relations.get(m.resident, m.relation) != m.relation),
    ]
    ended = tuple(end(m, on) for m, _ in moved)
    begun = tuple(begin(m.resident, change, relation, kind) for m, relation in moved)
    return lawful(held, HouseholdOutcome((change,), ended, begun))


def death(
    resident: Resident,
    households: Iterable[Household],
    memberships: Iterable[HouseholdMembership],
    *,
    on: date,
    reason: str,
) -> HouseholdOutcome:
    """A person dies (死亡): every membership of both kinds ends on that day.

    Args:
        resident: The person.
        households: Those the person belongs to.
        memberships: Those of the person.
        on: Day of death; it may be the day on which a membership began.
        reason: On what paper.

    Raises:
        InvalidRecord: If the person died on another day, is not born, belongs to no household, to one that is not
            given, or belongs to one after that day by a record already ended.
    """
    held = [m for m in memberships if m.resident == resident.id]
    check_born(resident, on)
    if resident.died not in (None, on):
        raise refusal("died", on, f"{resident.id} 已于 {resident.died} 死亡", "dead", "核对死亡日期")
    for m in held:
        if m.until is not None and m.until > on:
            raise refused_inside(m, on)
    present = [m for m in held if is_open(m)]
    if not present:
        raise refusal("resident", resident.id, f"{resident.id} 不在任何户内", "not-there", "核对人员，或先补登迁入")
    known = {household.id: household for household in households}
    changes = []
    for id_ in dict.fromkeys(m.household for m in present):
        if id_ not in known:
            raise refusal(
                "household", id_, f"{resident.id} 属于户 {id_}，未提供该户", "household-missing", "一并提供该户"
            )
        kinds = {m.kind for m in present if m.household == id_}
        kind = kinds.pop() if len(kinds) == 1 else None
        changes.append(change_record(HouseholdEvent.DEATH, known[id_], on, reason, resident=resident.id, kind=kind))
    dead: Resident = attrs.evolve(cast("Any", resident), died=on)
    ended = tuple(end(m, on, same_day=True) for m in present)
    return HouseholdOutcome(tuple(changes), ended, residents=(dead,))


def birth(
    resident: Resident,
    household: Household,
    memberships: Iterable[HouseholdMembership],
    *,
    on: date,
    reason: str,
    relation: str | None = None,
    kinds: Iterable[MembershipKind] = tuple(MembershipKind),
) -> HouseholdOutcome:
    """A child is born into a household (出生).

    Args:
        resident: The child; without birth date, or with the day of the event.
        household: The household.
        memberships: Its own, and the child's (of which there should be none).
        on: Day of birth.
        reason: On what paper.
        relation: To the head.
        kinds: How the child belongs to it; a child registered later moves in when it is.

    Raises:
        InvalidRecord: If the child was born on another day, belongs to a household already, or is said to be head.
    """
    held, wanted = tuple(memberships), tuple(dict.fromkeys(kinds))
    kind = wanted[0] if len(wanted) == 1 else None
    change = change_record(HouseholdEvent.BIRTH, household, on, reason, resident=resident.id, kind=kind)
    if resident.birth_date not in (None, on) or any(m.resident == resident.id for m in held):
        raise refusal("birth_date", on, f"{resident.id} 不是 {on} 出生的新成员", "not-newborn", "已在册的人用迁入")
    if relation == HEAD or not wanted:
        raise refusal("relation", relation, "新生儿须至少属于一种关系，且不能是户主", "newborn-head", "更正关系")
    child: Resident = attrs.evolve(cast("Any", resident), birth_date=on)
    begun = tuple(begin(resident.id, change, relation, each) for each in wanted)
    return lawful(held, HouseholdOutcome((change,), begun=begun, residents=(child,)))
