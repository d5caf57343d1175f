"""Households whose memberships contradict each other nowhere, because they came about by events.

Everything that is drawn went through the library's own events (:mod:`shequ.lifecycle.households`), in the order of
their days: nobody belongs to two households in one way at a time, no household has two heads, nobody lives anywhere
before birth or after death. An event that is refused is left out, so every draw is of use.
"""

from datetime import date
from typing import Any, cast

import attrs
from hypothesis import strategies as st

from shequ.errors import InvalidRecord
from shequ.lifecycle.household_changes import HouseholdOutcome
from shequ.lifecycle.households import death, move_in, move_out, transfer
from shequ.lifecycle.memberships import HEAD, head_at
from shequ.model import Household, HouseholdChange, HouseholdMembership, MembershipKind, Record, Resident
from shequ.testing.strategies import records, resident_ids

__all__ = ["Homes", "households", "residents"]

_FIRST, _LAST = date(2020, 1, 1), date(2025, 12, 31)
_RELATIONS = ("1", "2", "3", "4", "5", "6", "7", "8")


@attrs.frozen
class Homes:
    """Households of one community with everybody who ever belonged to them.

    Args:
        households: The households.
        residents: The people; some may have belonged to none.
        memberships: Who belonged where, in which of the two ways, from when until when.
        changes: The events that led there, in the order of their days.
    """

    households: tuple[Household, ...]
    residents: tuple[Resident, ...]
    memberships: tuple[HouseholdMembership, ...]
    changes: tuple[HouseholdChange, ...]

    @property
    def records(self) -> tuple[Record, ...]:
        """All of them."""
        return (*self.households, *self.residents, *self.memberships, *self.changes)


@st.composite
def residents(draw: st.DrawFn, prefix: str = "") -> Resident:
    """A person whose number, sex and birth date agree, as a register would have them; alive.

    Args:
        draw: How parts are drawn.
        prefix: What the id begins with.
    """
    number = draw(resident_ids())
    birth = date.fromisoformat(f"{number[6:10]}-{number[10:12]}-{number[12:14]}")
    sex = "1" if int(number[16]) % 2 else "2"
    plain: dict[str, st.SearchStrategy[Any]] = {
        "id": st.just(f"{prefix}r-{number}"),
        "id_number": st.just(number),
        "sex": st.just(sex),
        "birth_date": st.just(birth),
        "died": st.none(),
        "name": st.sampled_from(("王芳", "李伟", "欧阳·买买提", "𠮷田")),
        "phone": st.none(),
        "workplace": st.none(),
        "nation": st.none(),
    }
    return draw(records(Resident, **plain))


@st.composite
def households(
    draw: st.DrawFn,
    *,
    community: str = "c1",
    prefix: str = "",
    most_households: int = 3,
    most_people: int = 5,
    most_events: int = 12,
) -> Homes:
    """Consistent households with their history; the smallest has one household and nobody in it.

    Args:
        draw: How parts are drawn.
        community: Id of the community they belong to.
        prefix: What ids begin with, so that several draws can be put together.
        most_households: How many households at most.
        most_people: How many people at most.
        most_events: How many events at most.
    """
    homes = [
        Household(id=f"{prefix}h{number}", community=community, number=f"{prefix}{number}")
        for number in range(1, draw(st.integers(1, most_households)) + 1)
    ]
    people = draw(st.lists(residents(prefix), max_size=most_people, unique_by=lambda person: person.id))
    held: tuple[HouseholdMembership, ...] = ()
    changes: list[HouseholdChange] = []
    days = sorted(draw(st.lists(st.dates(_FIRST, _LAST), max_size=most_events if people else 0)))
    for day in days:
        who = draw(st.integers(0, len(people) - 1))
        home, other = draw(st.sampled_from(homes)), draw(st.sampled_from(homes))
        kind = draw(st.sampled_from(MembershipKind))
        # Moving in comes first, and so is what a failing example is shrunk to.
        event = draw(st.sampled_from(("in", "in", "out", "transfer", "death")))
        target = other if event == "transfer" else home
        head = head_at(held, target.id, day, kind)
        relation = HEAD if head is None else draw(st.sampled_from(_RELATIONS))
        outcome = _outcome(event, people[who], homes, (home, other), held, kind, day, relation)
        if outcome is None:
            continue
        held = outcome.applied(held)
        changes += outcome.changes
        if event == "death":
            people[who] = attrs.evolve(cast("Any", people[who]), died=day)
    return Homes(tuple(homes), tuple(people), held, tuple(changes))


def _outcome(
    event: str,
    person: Resident,
    homes: list[Household],
    ends: tuple[Household, Household],
    held: tuple[HouseholdMembership, ...],
    kind: MembershipKind,
    on: date,
    relation: str,
) -> HouseholdOutcome | None:
    """What an event came to; ``None`` if it cannot happen."""
    home, other = ends
    why: dict[str, Any] = {"on": on, "reason": "登记"}
    try:
        match event:
            case "in":
                return move_in(person, home, held, kind=kind, relation=relation, **why)
            case "out":
                return move_out(person, home, held, kind=kind, **why)
            case "transfer":
                return transfer(person, home, other, held, kind=kind, relation=relation, **why)
            case _:
                return death(person, homes, held, **why)
    except InvalidRecord:
        return None
