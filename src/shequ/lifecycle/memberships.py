"""Who belongs to a household on a day, as head or member, registered or living there; and the bases of figures.

Everything here is read off the memberships. Registered and living are never mixed; who is separated from their
registration, and who is floating, follows from the two. A membership that ended on a day nobody knows holds on no day
that is asked about. Two laws hold among memberships: a person's memberships of one kind never overlap, and a household
has one head of a kind at most (:func:`clashes`).
"""

from collections.abc import Iterable
from datetime import date
from itertools import combinations

import attrs

from shequ.effective import shift
from shequ.errors import InvalidRecord
from shequ.model import HouseholdMembership, MembershipKind, in_force, span_of

__all__ = ["HEAD", "Bases", "bases_at", "clashes", "head_at", "is_open", "members_at", "two_heads"]

HEAD = "0"
"""The relation of the head (GB/T 4761)."""
_RESIDENT_MONTHS = 6


def is_open(membership: HouseholdMembership) -> bool:
    """Whether nothing says that it has ended, on a known day or an unknown one."""
    return membership.until is None and not membership.ended


def members_at(
    memberships: Iterable[HouseholdMembership], household: str, day: date, kind: MembershipKind
) -> frozenset[str]:
    """Ids of the residents who belong to a household in one way on a day."""
    return frozenset(
        m.resident for m in memberships if m.household == household and m.kind is kind and in_force(m, day)
    )


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
    here = [m for m in memberships if m.household == household and m.relation == HEAD]
    heads = members_at(here, household, day, kind)
    if len(heads) > 1:
        raise two_heads(household, kind, day, heads)
    return next(iter(heads), None)


def two_heads(household: str, kind: MembershipKind, day: date, heads: Iterable[str]) -> InvalidRecord:
    """The refusal of two heads in one household."""
    text = f"户 {household}（{kind.label}）在 {day} 有两名户主：{'、'.join(sorted(heads))}"
    return InvalidRecord(
        "household_change", "relation", HEAD, text, code="two-heads", remedy="先办变更户主，或更正与户主关系"
    )


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
    now = [m for m in held if in_force(m, day)]
    lived: dict[str, list[HouseholdMembership]] = {}
    for m in held:
        if m.kind is MembershipKind.LIVING and span_of(m) is not None:
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
        if m.relation == HEAD:
            groups.setdefault(("head", m.household, m.kind), []).append(m)
    found = {
        (a.id, b.id): (a, b)
        for group in groups.values()
        for a, b in combinations(group, 2)
        if (first := span_of(a)) is not None and (second := span_of(b)) is not None and first.overlaps(second)
    }
    return tuple(found.values())
