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
from itertools import combinations
from typing import Any, cast

import attrs

from shequ.effective import Span, shift
from shequ.errors import InvalidRecord
from shequ.model import (
    Household,
    HouseholdChange,
    HouseholdEvent,
    HouseholdMembership,
    MembershipKind,
    Record,
    Resident,
    derive_id,
)

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

_HEAD = "0"
_RESIDENT_MONTHS = 6


@attrs.frozen
class HouseholdOutcome:
    """What an event makes.

    Args:
        changes: The event; a death that ends memberships in two households is one change for each.
        ended: Memberships that ended, now with ``until``; they replace those of the same id.
        begun: New memberships.
        households: Households opened or closed by the event.
        residents: The person born or died, with that date.
    """

    changes: tuple[HouseholdChange, ...]
    ended: tuple[HouseholdMembership, ...] = ()
    begun: tuple[HouseholdMembership, ...] = ()
    households: tuple[Household, ...] = ()
    residents: tuple[Resident, ...] = ()

    @property
    def records(self) -> tuple[Record, ...]:
        """All of them, in the order in which they can be written."""
        return (*self.households, *self.residents, *self.ended, *self.begun, *self.changes)

    def applied(self, memberships: Iterable[HouseholdMembership]) -> tuple[HouseholdMembership, ...]:
        """The memberships as they stand after the event."""
        ended = {membership.id: membership for membership in self.ended}
        return (*(ended.get(membership.id, membership) for membership in memberships), *self.begun)


def _span(membership: HouseholdMembership) -> Span:
    return Span(membership.since, membership.until)


def members_at(
    memberships: Iterable[HouseholdMembership], household: str, day: date, kind: MembershipKind
) -> frozenset[str]:
    """Ids of the residents who belong to a household in one way on a day."""
    return frozenset(m.resident for m in memberships if m.household == household and m.kind is kind and day in _span(m))


def head_at(
    memberships: Iterable[HouseholdMembership],
    household: str,
    day: date,
    kind: MembershipKind = MembershipKind.REGISTERED,
) -> str | None:
    """Id of the head of a household on a day; ``None`` if it has none, or it is not known.

    Raises:
        InvalidRecord: If the records name two.
    """
    here = [m for m in memberships if m.household == household and m.relation == _HEAD]
    heads = members_at(here, household, day, kind)
    if len(heads) > 1:
        raise _two_heads(household, kind, day, heads)
    return next(iter(heads), None)


@attrs.frozen
class Bases:
    """Ids of the people of some households on a day, on each base that figures are counted on.

    Args:
        registered: Registered here (在册).
        living: Living here, wherever registered; the same as ``actual``.
        resident: Living here for six months or more without a break, wherever registered (常住).
    """

    registered: frozenset[str]
    living: frozenset[str]
    resident: frozenset[str]

    @property
    def registered_living(self) -> frozenset[str]:
        """Registered and living here (户在人在)."""
        return self.registered & self.living

    @property
    def separated(self) -> frozenset[str]:
        """Registered here, living elsewhere (人户分离)."""
        return self.registered - self.living

    @property
    def floating(self) -> frozenset[str]:
        """Living here, registered elsewhere (流动)."""
        return self.living - self.registered

    @property
    def actual(self) -> frozenset[str]:
        """Registered and living here, and floating (实有)."""
        return self.registered_living | self.floating


def bases_at(memberships: Iterable[HouseholdMembership], day: date, households: Iterable[str] | None = None) -> Bases:
    """Who counts on which base on a day.

    Args:
        memberships: Of any households and dates.
        day: The day.
        households: Ids of the households that are "here" (a community's, say); ``None`` means all.

    Who moves within these households, or becomes their head, goes on living here: the six months run on.
    """
    here = None if households is None else frozenset(households)
    held = [m for m in memberships if here is None or m.household in here]
    now = [m for m in held if day in _span(m)]
    lived: dict[str, list[HouseholdMembership]] = {}
    for m in held:
        if m.kind is MembershipKind.LIVING:
            lived.setdefault(m.resident, []).append(m)
    living = frozenset(m.resident for m in now if m.kind is MembershipKind.LIVING)
    latest = shift(day, months=-_RESIDENT_MONTHS)
    return Bases(
        registered=frozenset(m.resident for m in now if m.kind is MembershipKind.REGISTERED),
        living=living,
        resident=frozenset(r for r in living if (first := _unbroken(lived[r], day)) is None or first <= latest),
    )


def _unbroken(stays: Iterable[HouseholdMembership], day: date) -> date | None:
    """Since when somebody has lived here without a break up to ``day``; ``None`` if it is not known how long."""
    first: date | None = day
    for stay in sorted(stays, key=lambda stay: stay.since or date.min, reverse=True):
        begun_by_then = first is not None and (stay.since is None or stay.since <= first)
        if begun_by_then and (stay.until is None or first is None or stay.until >= first):
            first = stay.since
    return first


def clashes(
    memberships: Iterable[HouseholdMembership],
) -> tuple[tuple[HouseholdMembership, HouseholdMembership], ...]:
    """Pairs that cannot both be true: one person in two households in one way, or two heads of one household."""
    groups: dict[tuple[str, str, MembershipKind], list[HouseholdMembership]] = {}
    for m in memberships:
        groups.setdefault(("resident", m.resident, m.kind), []).append(m)
        if m.relation == _HEAD:
            groups.setdefault(("head", m.household, m.kind), []).append(m)
    found = {
        (a.id, b.id): (a, b)
        for group in groups.values()
        for a, b in combinations(group, 2)
        if _span(a).overlaps(_span(b))
    }
    return tuple(found.values())


# Events


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
    change = _change(HouseholdEvent.MOVE_IN, household, on, reason, resident=resident.id, kind=kind)
    _alive(resident, on)
    return _lawful(memberships, HouseholdOutcome((change,), begun=(_begin(resident.id, change, relation, kind),)))


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
    change = _change(HouseholdEvent.MOVE_OUT, household, on, reason, resident=resident.id, kind=kind)
    return HouseholdOutcome((change,), ended=(_end(_present(memberships, household, resident.id, kind), on),))


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
    change = _change(HouseholdEvent.TRANSFER, household, on, reason, other=other, resident=resident.id, kind=kind)
    _alive(resident, on)
    ended = _end(_present(held, household, resident.id, kind), on)
    begun = _begin(resident.id, change, relation, kind)
    return _lawful(held, HouseholdOutcome((change,), (ended,), (begun,)))


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
    change = _change(HouseholdEvent.SPLIT, household, on, reason, other=opened, kind=kind)
    if opened.since != on or any(m.household == other.id for m in held):
        raise _refused(
            "other", other.id, f"户 {other.id} 不是 {on} 新立的户", "not-new", "分户须立新户；已有的户用户间转移"
        )
    inside = [m for m in held if m.household == household.id and m.until is None and kind in (None, m.kind)]
    going = [m for m in inside if m.resident in leaving]
    for resident in leaving:
        if all(m.resident != resident for m in going):
            raise _absent(held, household, resident, kind)
    if not going or len(going) == len(inside):
        raise _refused("household", household.id, "分户须有人分出、有人留下", "no-split", "全户迁移用迁出、迁入或并户")
    outcome = HouseholdOutcome(
        (change,),
        tuple(_end(m, on) for m in going),
        tuple(_begin(m.resident, change, leaving[m.resident], m.kind) for m in going),
        (opened,),
    )
    return _lawful(held, outcome)


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
    change = _change(HouseholdEvent.MERGE, household, on, reason, other=other, kind=kind)
    inside = [m for m in held if m.household == household.id and (m.until is None or m.until > on)]
    going = [m for m in inside if m.until is None and kind in (None, m.kind)]
    if not going:
        raise _refused("household", household.id, f"户 {household.id} 没有可并入的成员", "nobody", "核对户号与关系类型")
    for resident in named.keys() - {m.resident for m in going}:
        raise _absent(held, household, resident, kind)
    closed: Household = attrs.evolve(cast("Any", household), until=on)
    outcome = HouseholdOutcome(
        (change,),
        tuple(_end(m, on) for m in going),
        tuple(_begin(m.resident, change, named.get(m.resident), m.kind) for m in going),
        (closed,) if len(going) == len(inside) else (),
    )
    return _lawful(held, outcome)


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
    change = _change(HouseholdEvent.HEAD, household, on, reason, resident=head, kind=kind)
    new = _present(held, household, head, kind)
    if new.relation == _HEAD:
        raise _refused("resident", head, f"{head} 已是户 {household.id} 的户主", "already-head", "无须变更")
    members = [m for m in held if m.household == household.id and m.kind is kind and m.until is None and m is not new]
    for resident in relations.keys() - {m.resident for m in members}:
        raise _absent(held, household, resident, kind)
    lacking = sorted(m.resident for m in members if m.relation is not None and m.resident not in relations)
    if lacking:
        raise _refused(
            "relation",
            None,
            f"变更户主后须重报与户主关系：缺 {'、'.join(lacking)}",
            "missing-relation",
            "补齐其余成员的关系",
        )
    moved = [
        (new, _HEAD),
        *((m, relations[m.resident]) for m in members if relations.get(m.resident, m.relation) != m.relation),
    ]
    ended = tuple(_end(m, on) for m, _ in moved)
    begun = tuple(_begin(m.resident, change, relation, kind) for m, relation in moved)
    return _lawful(held, HouseholdOutcome((change,), ended, begun))


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
    _born(resident, on)
    if resident.died not in (None, on):
        raise _refused("died", on, f"{resident.id} 已于 {resident.died} 死亡", "dead", "核对死亡日期")
    for m in held:
        if m.until is not None and m.until > on:
            raise _inside(m, on)
    present = [m for m in held if m.until is None]
    if not present:
        raise _refused("resident", resident.id, f"{resident.id} 不在任何户内", "not-there", "核对人员，或先补登迁入")
    known = {household.id: household for household in households}
    changes = []
    for id_ in dict.fromkeys(m.household for m in present):
        if id_ not in known:
            raise _refused(
                "household", id_, f"{resident.id} 属于户 {id_}，未提供该户", "household-missing", "一并提供该户"
            )
        kinds = {m.kind for m in present if m.household == id_}
        kind = kinds.pop() if len(kinds) == 1 else None
        changes.append(_change(HouseholdEvent.DEATH, known[id_], on, reason, resident=resident.id, kind=kind))
    dead: Resident = attrs.evolve(cast("Any", resident), died=on)
    ended = tuple(_end(m, on, same_day=True) for m in present)
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
    change = _change(HouseholdEvent.BIRTH, household, on, reason, resident=resident.id, kind=kind)
    if resident.birth_date not in (None, on) or any(m.resident == resident.id for m in held):
        raise _refused("birth_date", on, f"{resident.id} 不是 {on} 出生的新成员", "not-newborn", "已在册的人用迁入")
    if relation == _HEAD or not wanted:
        raise _refused("relation", relation, "新生儿须至少属于一种关系，且不能是户主", "newborn-head", "更正关系")
    child: Resident = attrs.evolve(cast("Any", resident), birth_date=on)
    begun = tuple(_begin(resident.id, change, relation, each) for each in wanted)
    return _lawful(held, HouseholdOutcome((change,), begun=begun, residents=(child,)))


# The records an event makes, and the reasons for which it is refused


def _change(
    event: HouseholdEvent,
    household: Household,
    on: date,
    reason: str,
    *,
    other: Household | None = None,
    resident: str | None = None,
    kind: MembershipKind | None = None,
) -> HouseholdChange:
    if not reason.strip():
        raise _refused("reason", reason, f"{event.label}缺少变动原因", "missing", "写明原因或凭据")
    for place in (household, *((other,) if other else ())):
        if on not in Span(place.since, place.until):
            span = f"{place.since or '…'} 至 {place.until or '…'}"
            raise _refused("on", on, f"户 {place.id} 在 {on} 不存在（{span}）", "no-household", "更正日期或户号")
    if other is not None and other.id == household.id:
        raise _refused("other", other.id, f"{event.label}的另一户就是本户", "same-household", "更正另一户")
    # One day can see several events of one name in a household, so the id holds everything that tells them apart.
    key = (event, household.id, other.id if other else "", resident or "", kind or "", on.isoformat())
    return HouseholdChange(
        id=derive_id("household_change", key),
        event=event,
        household=household.id,
        other=other.id if other else None,
        resident=resident,
        kind=kind,
        on=on,
        reason=reason,
    )


def _begin(resident: str, change: HouseholdChange, relation: str | None, kind: MembershipKind) -> HouseholdMembership:
    joins_other = change.event in (HouseholdEvent.SPLIT, HouseholdEvent.MERGE, HouseholdEvent.TRANSFER)
    household = change.other if joins_other and change.other else change.household
    return HouseholdMembership(
        id=derive_id("household_membership", (household, resident, kind, change.on.isoformat())),
        household=household,
        resident=resident,
        kind=kind,
        relation=relation,
        since=change.on,
        reason=change.reason,
    )


def _end(m: HouseholdMembership, on: date, *, same_day: bool = False) -> HouseholdMembership:
    if m.since is not None and (on < m.since or (on == m.since and not same_day)):
        text = f"{m.resident} 自 {m.since} 起才在户 {m.household}（{m.kind.label}），不能于 {on} 结束"
        raise _refused("on", on, text, "before-start", "更正变动日期，须晚于起始日期")
    ended: HouseholdMembership = attrs.evolve(cast("Any", m), until=on)
    return ended


def _present(
    memberships: Iterable[HouseholdMembership], household: Household, resident: str, kind: MembershipKind
) -> HouseholdMembership:
    held = tuple(memberships)
    for m in held:
        if (m.household, m.resident, m.kind, m.until) == (household.id, resident, kind, None):
            return m
    raise _absent(held, household, resident, kind)


def _alive(resident: Resident, on: date) -> None:
    _born(resident, on)
    if resident.died is not None and resident.died <= on:
        raise _refused("on", on, f"{resident.id} 已于 {resident.died} 死亡", "dead", "核对人员与日期")


def _born(resident: Resident, on: date) -> None:
    if resident.birth_date is not None and on < resident.birth_date:
        raise _refused("on", on, f"{resident.id} 于 {resident.birth_date} 才出生", "not-born", "核对人员与日期")


def _lawful(memberships: Iterable[HouseholdMembership], outcome: HouseholdOutcome) -> HouseholdOutcome:
    """The outcome, if both laws hold for the memberships that it begins."""
    begun = {m.id: m for m in outcome.begun}
    people, places = {m.resident for m in outcome.begun}, {m.household for m in outcome.begun}
    near = [m for m in outcome.applied(memberships) if m.resident in people or m.household in places]
    for m in near:
        if m.id in begun and m is not begun[m.id]:
            raise _refused("since", m.since, f"{m.resident} 同日已有同一条户成员记录", "twice", "核对是否重复登记")
    for a, b in clashes(near):
        if a.id not in begun and b.id not in begun:
            continue
        if a.resident != b.resident:
            since = max(m.since or date.min for m in (a, b))
            raise _two_heads(a.household, a.kind, since, (a.resident, b.resident))
        raise _inside(b if a.id in begun else a, begun[a.id if a.id in begun else b.id].since)
    return outcome


def _refused(field: str, value: object, text: str, code: str, remedy: str) -> InvalidRecord:
    return InvalidRecord("household_change", field, value, text, code=code, remedy=remedy)


def _inside(m: HouseholdMembership, on: date | None) -> InvalidRecord:
    held = f"{m.since or '…'} 至 {m.until or '今'}"
    text = f"{m.resident} 的{m.kind.label}已在户 {m.household}（{held}），与 {on} 的变动冲突"
    return _refused("on", on, text, "overlap", "先办迁出或用户间转移，或更正日期")


def _absent(
    memberships: Iterable[HouseholdMembership], household: Household, resident: str, kind: MembershipKind | None
) -> InvalidRecord:
    ends = [
        m.until
        for m in memberships
        if (m.household, m.resident) == (household.id, resident) and kind in (None, m.kind) and m.until is not None
    ]
    way = kind.label if kind else "户籍或现住"
    text = f"{resident} 不在户 {household.id} 内（{way}）" + (f"，已于 {max(ends)} 离开" if ends else "")
    return _refused("resident", resident, text, "not-there", "核对人员、户号与关系类型")


def _two_heads(household: str, kind: MembershipKind, day: date, heads: Iterable[str]) -> InvalidRecord:
    text = f"户 {household}（{kind.label}）在 {day} 有两名户主：{'、'.join(sorted(heads))}"
    return _refused("relation", _HEAD, text, "two-heads", "先办变更户主，或更正与户主关系")
