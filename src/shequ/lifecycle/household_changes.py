"""What a change in a household makes: its record, the memberships that it ends and begins, and when it is refused.

The events themselves stand in :mod:`shequ.lifecycle.households`; this is what they are made of.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any, cast

import attrs

from shequ.errors import InvalidRecord
from shequ.lifecycle.memberships import clashes, is_open, two_heads
from shequ.model import (
    Household,
    HouseholdChange,
    HouseholdEvent,
    HouseholdMembership,
    MembershipKind,
    Record,
    Resident,
    derive_id,
    in_force,
)

__all__ = [
    "HouseholdOutcome",
    "begin",
    "change_record",
    "check_alive",
    "check_born",
    "current",
    "end",
    "lawful",
    "refusal",
    "refused_absent",
    "refused_inside",
]


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


def change_record(
    event: HouseholdEvent,
    household: Household,
    on: date,
    reason: str,
    *,
    other: Household | None = None,
    resident: str | None = None,
    kind: MembershipKind | None = None,
) -> HouseholdChange:
    """The record of an event.

    Raises:
        InvalidRecord: If it has no reason, or a household does not exist on that day or is both sides of it.
    """
    if not reason.strip():
        raise refusal("reason", reason, f"{event.label}缺少变动原因", "missing", "写明原因或凭据")
    for place in (household, *((other,) if other else ())):
        if not in_force(place, on):
            span = f"{place.since or '…'} 至 {place.until or '…'}"
            raise refusal("on", on, f"户 {place.id} 在 {on} 不存在（{span}）", "no-household", "更正日期或户号")
    if other is not None and other.id == household.id:
        raise refusal("other", other.id, f"{event.label}的另一户就是本户", "same-household", "更正另一户")
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


def begin(resident: str, change: HouseholdChange, relation: str | None, kind: MembershipKind) -> HouseholdMembership:
    """The membership that an event begins: in the other household, where the event leads to one."""
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


def end(m: HouseholdMembership, on: date, *, same_day: bool = False) -> HouseholdMembership:
    """The membership as it stands when it has ended.

    Raises:
        InvalidRecord: If it began on a later day, or on the same one and ``same_day`` is not said.
    """
    if m.since is not None and (on < m.since or (on == m.since and not same_day)):
        text = f"{m.resident} 自 {m.since} 起才在户 {m.household}（{m.kind.label}），不能于 {on} 结束"
        raise refusal("on", on, text, "before-start", "更正变动日期，须晚于起始日期")
    ended: HouseholdMembership = attrs.evolve(cast("Any", m), until=on)
    return ended


def current(
    memberships: Iterable[HouseholdMembership], household: Household, resident: str, kind: MembershipKind
) -> HouseholdMembership:
    """The membership of a person that has not ended.

    Raises:
        InvalidRecord: If there is none.
    """
    held = tuple(memberships)
    for m in held:
        if (m.household, m.resident, m.kind) == (household.id, resident, kind) and is_open(m):
            return m
    raise refused_absent(held, household, resident, kind)


def check_alive(resident: Resident, on: date) -> None:
    """Refuse an event before a person's birth, or on the day of death or later.

    Raises:
        InvalidRecord: If it is one.
    """
    check_born(resident, on)
    if resident.died is not None and resident.died <= on:
        raise refusal("on", on, f"{resident.id} 已于 {resident.died} 死亡", "dead", "核对人员与日期")


def check_born(resident: Resident, on: date) -> None:
    """Refuse an event before a person's birth.

    Raises:
        InvalidRecord: If it is one.
    """
    if resident.birth_date is not None and on < resident.birth_date:
        raise refusal("on", on, f"{resident.id} 于 {resident.birth_date} 才出生", "not-born", "核对人员与日期")


def lawful(memberships: Iterable[HouseholdMembership], outcome: HouseholdOutcome) -> HouseholdOutcome:
    """The outcome, if both laws hold for the memberships that it begins.

    Raises:
        InvalidRecord: If a person would belong to two households in one way, or a household have two heads.
    """
    begun = {m.id: m for m in outcome.begun}
    people, places = {m.resident for m in outcome.begun}, {m.household for m in outcome.begun}
    near = [m for m in outcome.applied(memberships) if m.resident in people or m.household in places]
    for m in near:
        if m.id in begun and m is not begun[m.id]:
            raise refusal("since", m.since, f"{m.resident} 同日已有同一条户成员记录", "twice", "核对是否重复登记")
    for a, b in clashes(near):
        if a.id not in begun and b.id not in begun:
            continue
        if a.resident != b.resident:
            since = max(m.since or date.min for m in (a, b))
            raise two_heads(a.household, a.kind, since, (a.resident, b.resident))
        raise refused_inside(b if a.id in begun else a, begun[a.id if a.id in begun else b.id].since)
    return outcome


def refusal(field: str, value: object, text: str, code: str, remedy: str) -> InvalidRecord:
    """Why an event is refused."""
    return InvalidRecord("household_change", field, value, text, code=code, remedy=remedy)


def refused_inside(m: HouseholdMembership, on: date | None) -> InvalidRecord:
    """The refusal because somebody belongs to a household in this way already."""
    held = f"{m.since or '…'} 至 {m.until or '今'}"
    text = f"{m.resident} 的{m.kind.label}已在户 {m.household}（{held}），与 {on} 的变动冲突"
    return refusal("on", on, text, "overlap", "先办迁出或用户间转移，或更正日期")


def refused_absent(
    memberships: Iterable[HouseholdMembership], household: Household, resident: str, kind: MembershipKind | None
) -> InvalidRecord:
    """The refusal because somebody does not belong to the household; says when they left."""
    ends = [
        m.until
        for m in memberships
        if (m.household, m.resident) == (household.id, resident) and kind in (None, m.kind) and m.until is not None
    ]
    way = kind.label if kind else "户籍或现住"
    text = f"{resident} 不在户 {household.id} 内（{way}）" + (f"，已于 {max(ends)} 离开" if ends else "")
    return refusal("resident", resident, text, "not-there", "核对人员、户号与关系类型")
