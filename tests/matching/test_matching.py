"""Pairs are as many and as cheap as any that can be made, never excluded, the same in any order, and say why."""

import sys
from datetime import date
from itertools import combinations, permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("scipy", reason="the extra matching is not installed")

from shequ.effective import PartialDate
from shequ.errors import BadData, MissingExtra, Misuse
from shequ.matching import (
    Candidate,
    Cause,
    Criteria,
    Criterion,
    Need,
    Position,
    cost_matrix,
    from_records,
    pair,
)
from shequ.model import (
    Building,
    Household,
    HouseholdMembership,
    MemberKind,
    MembershipKind,
    Pairing,
    PartyMember,
    Record,
    RegistrationCard,
    RegistrationState,
    Resident,
    ResidentCategory,
    Volunteer,
)

words = st.frozensets(st.sampled_from(["理发", "维修", "陪护", "法律"]), max_size=3)
tongues = st.frozensets(st.sampled_from(["普通话", "吴语"]), max_size=2)
zones = st.sampled_from(["", "z1", "z2"])
points = st.builds(Position, st.sampled_from([121.50, 121.51, 121.53]), st.sampled_from([29.80, 29.81, 29.84]))
positions = st.one_of(points, points, st.none())


def seldom(names: list[str]) -> st.SearchStrategy[frozenset[str]]:
    """Exclusions; none most of the time, or hardly anybody would ever be paired."""
    return st.one_of(*[st.just(frozenset())] * 3, st.frozensets(st.sampled_from(names), max_size=2))


@st.composite
def crowds(draw: st.DrawFn, most: int = 4) -> list[Candidate]:
    """Some candidates, most of them with a place free or two."""
    return [
        Candidate(
            f"m{number}",
            draw(words),
            draw(tongues),
            draw(zones),
            draw(positions),
            load=(load := draw(st.integers(0, 2))),
            capacity=max(0, load + draw(st.sampled_from([1, 2, 1, 0, -1]))),
            excludes=draw(seldom(["h1", "h2", "h3"])),
        )
        for number in range(1, draw(st.sampled_from([most, most - 1, 1, 2, 0])) + 1)
    ]


@st.composite
def neighbourhoods(draw: st.DrawFn) -> list[Need]:
    """Some households that want help."""
    return [
        Need(
            f"h{number}", draw(words), draw(tongues), draw(zones), draw(positions), excludes=draw(seldom(["m1", "m2"]))
        )
        for number in range(1, draw(st.sampled_from([4, 3, 2, 1, 0])) + 1)
    ]


several_candidates, several_needs = crowds(), neighbourhoods()
criteria = st.builds(
    Criteria,
    skills=st.integers(0, 2000),
    languages=st.integers(0, 2000),
    zone=st.integers(0, 900),
    distance=st.sampled_from([1, 2, 0]),
    load=st.integers(0, 500),
    max_distance=st.sampled_from([None, 3000, None, 1200, 0]),
    excludes=st.frozensets(st.tuples(st.sampled_from(["m1", "m3"]), st.sampled_from(["h1", "h4"])), max_size=1),
)


def metres(one: Position, other: Position) -> int:
    return round(sum((a - b) ** 2 for a, b in zip(one.point, other.point, strict=True)) ** 0.5)


def allowed(candidate: Candidate, need: Need, by: Criteria) -> bool:
    """The hard conditions, written down anew."""
    if need.id in candidate.excludes or candidate.id in need.excludes or (candidate.id, need.id) in by.excludes:
        return False
    known = candidate.position is not None and need.position is not None
    return by.max_distance is None or not known or metres(candidate.position, need.position) <= by.max_distance


def price(candidate: Candidate, need: Need, load: int, by: Criteria) -> int:
    """The points of one pair, written down anew."""
    points = by.skills * len([skill for skill in need.skills if skill not in candidate.skills])
    if need.languages and not any(tongue in candidate.languages for tongue in need.languages):
        points += by.languages
    if by.distance and candidate.position is not None and need.position is not None:
        points += by.distance * metres(candidate.position, need.position)
    elif not candidate.zone or candidate.zone != need.zone:
        points += by.zone
    return points + by.load * load


def best(people: list[Candidate], homes: list[Need], by: Criteria) -> tuple[int, int]:
    """Every way of pairing tried: most pairs, and the fewest points for so many."""
    places = [(c, c.load + n) for c in people for n in range(min(c.free, len(homes)))]
    small = min(len(places), len(homes))
    for size in range(small, 0, -1):
        prices = [
            sum(price(c, need, load, by) for (c, load), need in zip(taken, order, strict=True))
            for taken in combinations(places, size)
            for order in permutations(homes, size)
            if all(allowed(c, need, by) for (c, _), need in zip(taken, order, strict=True))
        ]
        if prices:
            return size, min(prices)
    return 0, 0


@settings(max_examples=150)
@given(crowds(3), several_needs, criteria)
@pytest.mark.slow
def test_no_other_pairing_makes_more_pairs_or_as_many_for_fewer_points(
    people: list[Candidate], homes: list[Need], by: Criteria
) -> None:
    found = pair(people, homes, by)
    assert best(people, homes, by) == (len(found.pairs), found.cost)


@st.composite
def as_many(draw: st.DrawFn) -> tuple[list[Candidate], list[Need]]:
    """As many free places as households: the solver is given an eased matrix then."""
    homes = draw(neighbourhoods())
    places = draw(positions)
    people = [
        Candidate(
            f"m{n}",
            draw(words),
            draw(tongues),
            draw(zones),
            places,
            load=(load := draw(st.integers(0, 2))),
            capacity=load + 1,
        )
        for n in range(1, len(homes) + 1)
    ]
    return people, homes


@settings(max_examples=60)
@given(as_many(), criteria)
@pytest.mark.slow
def test_of_as_many_members_as_households_the_best_are_paired(
    both: tuple[list[Candidate], list[Need]], by: Criteria
) -> None:
    found = pair(*both, by)
    assert best(*both, by) == (len(found.pairs), found.cost)


@given(several_candidates, several_needs, criteria)
def test_what_must_not_be_is_never_made(people: list[Candidate], homes: list[Need], by: Criteria) -> None:
    found = pair(people, homes, by)
    assert all(allowed(made.candidate, made.need, by) for made in found.pairs)
    taken = [made.need.id for made in found.pairs]
    assert len(taken) == len(set(taken))
    for candidate in people:
        assert sum(made.candidate == candidate for made in found.pairs) <= candidate.free


@given(st.data(), several_candidates, several_needs, criteria)
def test_the_order_of_people_and_households_changes_nothing(
    data: st.DataObject, people: list[Candidate], homes: list[Need], by: Criteria
) -> None:
    shuffled = pair(data.draw(st.permutations(people)), data.draw(st.permutations(homes)), by)
    assert pair(people, homes, by) == shuffled


@settings(max_examples=150)
@given(several_candidates, several_needs, criteria)
@pytest.mark.slow
def test_the_reasons_add_up_to_the_cost_and_to_what_the_solver_minimised(
    people: list[Candidate], homes: list[Need], by: Criteria
) -> None:
    found = pair(people, homes, by)
    for made in found.pairs:
        assert list(Criterion) == [reason.criterion for reason in made.reasons]
        assert price(made.candidate, made.need, made.load, by) == sum(reason.points for reason in made.reasons)
        assert all(f"{reason.criterion.label}：{reason.text}" in made.why for reason in made.reasons)
    cost = cost_matrix(people, homes, by)
    places = [(c.id, c.load + n) for c in sorted(people, key=lambda c: c.id) for n in range(min(c.free, len(homes)))]
    columns = sorted(need.id for need in homes)
    made_of = sum(cost[places.index((m.candidate.id, m.load)), columns.index(m.need.id)] for m in found.pairs)
    assert found.cost == made_of


@given(several_candidates, several_needs, criteria)
def test_everybody_is_paired_or_left_over_for_the_reason_that_holds(
    people: list[Candidate], homes: list[Need], by: Criteria
) -> None:
    found = pair(people, homes, by)
    busy = {made.candidate.id: sum(m.candidate.id == made.candidate.id for m in found.pairs) for made in found.pairs}
    assert {n.id for n in homes} == {m.need.id for m in found.pairs} | {left.id for left in found.unmatched_needs}
    assert {c.id for c in people} == set(busy) | {left.id for left in found.unmatched_candidates}
    for left in found.unmatched_needs:
        need = next(n for n in homes if n.id == left.id)
        eligible = [c for c in people if allowed(c, need, by)]
        free = [c for c in eligible if c.free]
        expected = (Cause.TAKEN if free else Cause.FULL if eligible else Cause.INELIGIBLE) if people else Cause.NOBODY
        assert expected is left.cause
        assert all(busy.get(c.id) == c.free for c in free)
    for left in found.unmatched_candidates:
        candidate = next(c for c in people if c.id == left.id)
        eligible_needs = [n for n in homes if allowed(candidate, n, by)]
        some = Cause.TAKEN if eligible_needs else Cause.INELIGIBLE
        assert (Cause.NOBODY if not homes else Cause.FULL if not candidate.free else some) is left.cause
        assert all(n.id in {m.need.id for m in found.pairs} for n in eligible_needs if candidate.free)


def test_infeasible_cases_are_told_apart_in_words() -> None:
    here, there = Position(121.5, 29.8), Position(121.5, 29.9)
    people = [
        Candidate("m1", position=here),
        Candidate("m2", position=here, excludes=frozenset({"h2"}), load=1),
        Candidate("m3", position=there, capacity=0),
    ]
    homes = [
        Need("h1", position=here),
        Need("h2", position=here, excludes=frozenset({"m3"})),
        Need("h3", position=Position(121.6, 29.85)),
        Need("h4", position=there),
    ]
    found = pair(people, homes, Criteria(max_distance=2000, excludes=frozenset({("m2", "h3")})))
    assert [("m1", "h1")] == [(made.candidate.id, made.need.id) for made in found.pairs]
    assert [
        ("h2", Cause.TAKEN, "符合条件的 1 人都已安排给更合适的户"),
        ("h3", Cause.INELIGIBLE, "没有符合条件的人选：不得结对 1 人，相距超过 2000 米 2 人"),
        ("h4", Cause.FULL, "符合条件的 1 人结对都已满"),
    ] == [(left.id, left.cause, left.text) for left in found.unmatched_needs]
    assert [
        ("m2", Cause.FULL, "已结对 1 户，至多 1 户"),
        ("m3", Cause.FULL, "已结对 0 户，至多 0 户"),
    ] == [(left.id, left.cause, left.text) for left in found.unmatched_candidates]


def test_each_pair_says_why_in_chinese() -> None:
    candidate = Candidate("m", frozenset({"理发"}), frozenset({"吴语"}), zone="z", load=1, capacity=2)
    need = Need("h", frozenset({"理发", "维修"}), frozenset({"吴语"}), zone="z")
    (made,) = pair([candidate], [need], Criteria(skills=100, load=30)).pairs
    assert made.why == (
        "技能：所需 2 项中缺 维修（扣 100 分）；语言：可用吴语交流（扣 0 分）；"
        "位置：同一片区（扣 0 分）；负担：此前已结对 1 户（扣 30 分）"
    )
    assert 130 == made.cost


def test_the_distance_counts_where_it_is_known_and_the_zone_where_it_is_not() -> None:
    people = [Candidate("m1", zone="z1", position=Position(121.5, 29.8)), Candidate("m2", zone="z1")]
    homes = [
        Need("h1", zone="z2", position=Position(121.5, 29.8)),
        Need("h2", zone="z1"),
        Need("h3", zone="z1", position=Position(121.51, 29.8)),
        Need("h4"),
    ]
    assert [[0, 0, 965, 500], [500, 0, 0, 500]] == cost_matrix(people, homes, Criteria()).tolist()
    assert [[500, 0, 0, 500], [500, 0, 0, 500]] == cost_matrix(people, homes, Criteria(distance=0)).tolist()


def test_a_need_takes_the_one_who_can_help_rather_than_the_one_next_door() -> None:
    near = Candidate("near", position=Position(121.5, 29.8))
    able = Candidate("able", skills=frozenset({"法律"}), position=Position(121.504, 29.8))
    (made,) = pair([near, able], [Need("h", frozenset({"法律"}), position=Position(121.5, 29.8))], Criteria()).pairs
    assert ("able", 386) == (made.candidate.id, made.metres)


def test_a_hundred_members_and_a_hundred_households_all_find_each_other() -> None:
    """Each household wants what one member alone offers, so that the one right pairing is known."""
    people = [Candidate(f"m{n}", skills=frozenset({f"s{n}"}), zone=f"z{n % 7}") for n in range(100)]
    homes = [Need(f"h{n}", skills=frozenset({f"s{n}"}), zone=f"z{n % 5}") for n in range(100)]
    found = pair(people, homes, Criteria())
    assert {(f"m{n}", f"h{n}") for n in range(100)} == {(made.candidate.id, made.need.id) for made in found.pairs}


@pytest.mark.slow
def test_two_thousand_are_paired_and_what_is_too_far_is_not() -> None:
    people = [Candidate(f"m{n}", position=Position(121 + n / 1000, 29)) for n in range(2000)]
    homes = [Need(f"h{n}", position=Position(121 + n / 1000, 29)) for n in range(1000, 3000)]
    found = pair(people, homes, Criteria(max_distance=50))
    assert {(f"m{n}", f"h{n}", 0) for n in range(1000, 2000)} == {
        (made.candidate.id, made.need.id, made.metres) for made in found.pairs
    }
    assert {Cause.INELIGIBLE} == {left.cause for left in (*found.unmatched_needs, *found.unmatched_candidates)}


def test_misuse_is_refused() -> None:
    with pytest.raises(Misuse, match="two candidates have the id m"):
        pair([Candidate("m"), Candidate("m")], [], Criteria())
    with pytest.raises(Misuse, match="two needs have the id h"):
        pair([], [Need("h"), Need("h")], Criteria())
    with pytest.raises(Misuse, match="must not be negative"):
        Criteria(skills=-1)
    with pytest.raises(Misuse, match="must not be negative"):
        Candidate("m", load=-1)
    with pytest.raises(Misuse, match="too large to be added exactly"):
        pair([Candidate("m")], [Need("h")], Criteria(zone=2**53))
    with pytest.raises(BadData, match="不是地面上的点"):
        Position(29.8, 121.5)


def test_without_scipy_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.optimize", None)
    with pytest.raises(MissingExtra) as caught:
        pair([], [], Criteria())
    assert ("结对匹配", "matching", "pip install 'shequ[matching]'") == (
        caught.value.feature,
        caught.value.extra,
        caught.value.remedy,
    )


DAY = date(2025, 6, 1)


def household(number: int, building: str) -> Household:
    return Household(id=f"h{number}", community="c", number=str(number), building=building)


def lives(resident: str, home: str, **facts: Any) -> HouseholdMembership:
    return HouseholdMembership(
        id=f"{resident}-{home}", household=home, resident=resident, kind=MembershipKind.LIVING, **facts
    )


def member(number: int, **facts: Any) -> PartyMember:
    return PartyMember(
        id=f"m{number}",
        community="c",
        resident=f"r{number}",
        kind=MemberKind.IN_SERVICE,
        joined=PartialDate(2001),
        **facts,
    )


RECORDS: list[Record] = [
    Building(id="b1", zone="z1", name="1"),
    Building(id="b2", zone="z2", name="2"),
    *(household(number, f"b{1 + number % 2}") for number in range(1, 7)),
    member(1),
    member(2),
    member(3, until=date(2025, 5, 1)),
    lives("r1", "h2"),
    lives("r2", "h1", until=date(2025, 6, 1)),
    lives("r2", "h3", since=date(2025, 6, 1)),
    Volunteer(id="v1", community="c", resident="r1", skills=("理发",)),
    Volunteer(id="v9", community="c", resident="r9", skills=("维修",)),
    RegistrationCard(id="c1", member="m1", reported=date(2024, 1, 1), talents=("吴语", "书法"), wishes=("陪护",)),
    RegistrationCard(id="c2", member="m2", reported=date(2024, 1, 1), talents=("唱歌",)),
    RegistrationCard(
        id="c3", member="m2", reported=date(2025, 1, 1), talents=("跳舞",), state=RegistrationState.CLOSED
    ),
    RegistrationCard(id="c4", member="m2", reported=date(2025, 7, 1), talents=("下棋",)),
    Pairing(id="p1", member="m1", household="h6", since=date(2025, 1, 1)),
    Pairing(id="p2", member="m1", household="h5", until=date(2025, 2, 1)),
    Resident(id="r8", name="甲", died=date(2025, 5, 1)),
    lives("r3", "h3"),
    lives("r4", "h4"),
    lives("r5", "h5"),
    lives("r6", "h6"),
    lives("r8", "h2"),
    ResidentCategory(id="k3", resident="r3", category="living_alone"),
    ResidentCategory(id="k4", resident="r4", category="low_income"),
    ResidentCategory(id="k5", resident="r5", category="living_alone", until=DAY),
    ResidentCategory(id="k6", resident="r6", category="living_alone"),
    ResidentCategory(id="k7", resident="r3", category="disabled"),
    ResidentCategory(id="k8", resident="r8", category="disabled"),
]
WANTED = {"living_alone": frozenset({"陪护"}), "disabled": frozenset({"维修"})}


def test_candidates_are_members_with_what_volunteering_and_registration_say_of_them() -> None:
    position = Position(121.5, 29.8)
    people, _ = from_records(
        RECORDS, on=DAY, wanted=WANTED, capacity=2, tongues=frozenset({"吴语"}), positions={"b1": position}
    )
    first = Candidate(
        "m1",
        frozenset({"理发", "书法", "陪护"}),
        frozenset({"吴语"}),
        "z1",
        position,
        load=1,
        capacity=2,
        excludes=frozenset({"h2"}),
    )
    second = Candidate("m2", frozenset({"唱歌"}), zone="z2", capacity=2, excludes=frozenset({"h3"}))
    assert (first, second) == people


def test_needs_are_households_of_the_wanted_categories_that_nobody_is_paired_with() -> None:
    """Of the others, one is low income, one was alone until that day, one is helped already, one person has died."""
    _, homes = from_records(RECORDS, on=DAY, wanted=WANTED, spoken={"h3": frozenset({"吴语"})})
    assert (Need("h3", frozenset({"陪护", "维修"}), frozenset({"吴语"}), "z2"),) == homes


def test_volunteers_can_be_asked_too_and_a_person_is_asked_once() -> None:
    people, _ = from_records(RECORDS, on=DAY, wanted=WANTED, volunteers=True)
    assert ["m1", "m2", "v9"] == [person.id for person in people]


def test_the_order_of_the_records_changes_nothing() -> None:
    assert from_records(RECORDS, on=DAY, wanted=WANTED) == from_records(RECORDS[::-1], on=DAY, wanted=WANTED)
