"""Candidates and needs from the records of a district as they stand on a day."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from shequ.matching.pairs import Candidate, Need, Position
from shequ.model import (
    Building,
    Household,
    HouseholdMembership,
    MembershipKind,
    Pairing,
    PartyMember,
    Record,
    RegistrationCard,
    RegistrationState,
    Resident,
    ResidentCategory,
    Volunteer,
    VolunteerState,
    in_force,
)

__all__ = ["from_records"]

_NOTHING: frozenset[str] = frozenset()


def from_records(
    records: Iterable[Record],
    *,
    on: date,
    wanted: Mapping[str, frozenset[str]],
    capacity: int = 1,
    volunteers: bool = False,
    tongues: frozenset[str] = _NOTHING,
    spoken: Mapping[str, frozenset[str]] = {},
    positions: Mapping[str, Position] = {},
) -> tuple[tuple[Candidate, ...], tuple[Need, ...]]:
    """Make candidates and needs from the records of a district as they stand on a day.

    A candidate is a Party member; their skills are those they are registered with as a volunteer, and the talents and
    wishes of their latest registration card; nobody is paired with their own household. A need is a household that
    nobody is paired with, and where somebody of one of the ``wanted`` categories lives. Zone and position follow from
    the building of the household they live in.

    Args:
        records: Records of any types; those that say nothing here are passed over.
        on: The day.
        wanted: Categories of residents whose households want help, and the skills that each asks for.
        capacity: Households that one person helps at most.
        volunteers: Whether registered volunteers who are no members are candidates too.
        tongues: Which of the talents are languages.
        spoken: Languages by household, where they are known; no record holds them.
        positions: Positions by building, where they are known; no record holds them.
    """
    books: defaultdict[type[Record], list[Any]] = defaultdict(list)
    for found in records:
        books[type(found)].append(found)
    dead = {person.id for person in books[Resident] if person.died is not None and person.died <= on}
    memberships = [m for m in _in_force(books[HouseholdMembership], on) if m.resident not in dead]
    home = {m.resident: m.household for m in memberships if m.kind is MembershipKind.LIVING}
    own: defaultdict[str, set[str]] = defaultdict(set)
    for membership in memberships:
        own[membership.resident].add(membership.household)
    zones = {building.id: building.zone for building in books[Building]}
    built = {household.id: household.building for household in books[Household]}
    pairings = _in_force(books[Pairing], on)
    load = Counter(pairing.member for pairing in pairings)

    enrolled = [v for v in _in_force(books[Volunteer], on) if v.state is VolunteerState.REGISTERED]
    members = _in_force(books[PartyMember], on)
    skills: defaultdict[str, set[str]] = defaultdict(set)
    for volunteer in enrolled:
        skills[volunteer.resident].update(volunteer.skills)
    gone = (RegistrationState.CLOSED, RegistrationState.TRANSFERRED)
    cards = [card for card in books[RegistrationCard] if card.reported <= on and card.state not in gone]
    latest = {card.member: card for card in sorted(cards, key=lambda card: (card.reported, card.id))}
    people: dict[str, Any] = {}
    for person in (*members, *(enrolled if volunteers else ())):
        if person.resident not in dead:
            people.setdefault(person.resident, person)
    candidates = []
    for resident, person in people.items():
        offered, card = set(skills[resident]), latest.get(person.id)
        if card is not None:
            offered.update(card.talents, card.wishes)
        building = built.get(home.get(resident, "")) or ""
        candidates.append(
            Candidate(
                person.id,
                skills=frozenset(offered) - tongues,
                languages=frozenset(offered) & tongues,
                zone=zones.get(building, ""),
                position=positions.get(building),
                load=load[person.id],
                capacity=capacity,
                excludes=frozenset(own[resident]),
            )
        )

    helped = {pairing.household for pairing in pairings}
    asked: dict[str, set[str]] = {}
    for category in _in_force(books[ResidentCategory], on):
        if category.category in wanted and category.resident in home:
            asked.setdefault(home[category.resident], set()).update(wanted[category.category])
    needs = []
    for household in _in_force(books[Household], on):
        if household.id in asked and household.id not in helped:
            building = household.building or ""
            needs.append(
                Need(
                    household.id,
                    skills=frozenset(asked[household.id]),
                    languages=spoken.get(household.id, _NOTHING),
                    zone=zones.get(building, ""),
                    position=positions.get(building),
                )
            )
    return tuple(sorted(candidates, key=lambda c: c.id)), tuple(sorted(needs, key=lambda n: n.id))


def _in_force(records: Iterable[Any], on: date) -> list[Any]:
    """Those whose span holds the day, the latest to begin last and by id among equals."""
    found = [record for record in records if in_force(record, on)]
    return sorted(found, key=lambda record: (record.since or date.min, record.id))
