"""Household events move one kind of belonging, keep the past as it was, and leave no person in two places."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from shequ.errors import BadData, InvalidRecord
from shequ.lifecycle import households as events
from shequ.lifecycle.households import HouseholdOutcome, bases_at, clashes, head_at, members_at
from shequ.model import Household, HouseholdEvent, HouseholdMembership, MembershipKind, Resident

REGISTERED, LIVING = MembershipKind.REGISTERED, MembershipKind.LIVING
DAY = date(2025, 1, 1)
PEOPLE = {f"r{n}": Resident(id=f"r{n}", name=f"居民{n}") for n in range(5)}
PLACES = {f"h{n}": Household(id=f"h{n}", community="c1", number=str(n)) for n in range(3)}
kinds = st.sampled_from(list(MembershipKind))
people = st.sampled_from(sorted(PEOPLE))
numbers = st.integers(0, 999)
sane = st.sampled_from([True, True, True, False])
Held = tuple[HouseholdMembership, ...]


def day(number: int) -> date:
    return DAY + timedelta(days=number)


class Town(RuleBasedStateMachine):
    """Events drawn at will against a dictionary of who is where; the past is a list of copies of it."""

    @initialize()
    def start(self) -> None:
        self.people, self.places = dict(PEOPLE), dict(PLACES)
        self.memberships: Held = ()
        self.where: dict[tuple[str, MembershipKind], str] = {}
        self.heads: dict[tuple[str, MembershipKind], str] = {}
        self.past: list[dict[tuple[str, MembershipKind], str]] = []
        self.past_heads: list[dict[tuple[str, MembershipKind], str]] = []
        self.ids: set[str] = set()
        for number, person in enumerate(PEOPLE):
            for kind, place in ((REGISTERED, f"h{number // 3}"), (LIVING, f"h{number // 2}")):
                self.memberships += (belongs(person, place, kind, relation="0" if number in (0, 4) else "8"),)
                self._arrive(person, kind, place, "0" if number in (0, 4) else "8")
        self._night()

    @property
    def today(self) -> int:
        return len(self.past)

    def _night(self) -> None:
        self.past.append(dict(self.where))
        self.past_heads.append(dict(self.heads))

    def _happen(self, legal: bool, event: Callable[[], HouseholdOutcome]) -> HouseholdOutcome | None:
        """An event goes through exactly when the dictionary says that it may."""
        if not legal:
            with pytest.raises(BadData):
                event()
            return None
        outcome = event()
        self.memberships = outcome.applied(self.memberships)
        for record in (*outcome.changes, *outcome.begun):
            assert record.id not in self.ids
            self.ids.add(record.id)
        self.places |= {household.id: household for household in outcome.households}
        self.people |= {resident.id: resident for resident in outcome.residents}
        return outcome

    def _leave(self, person: str, kind: MembershipKind) -> str:
        household = self.where.pop((person, kind))
        if self.heads.get((household, kind)) == person:
            del self.heads[household, kind]
        return household

    def _arrive(self, person: str, kind: MembershipKind, household: str, relation: str | None) -> None:
        self.where[person, kind] = household
        if relation == "0":
            self.heads[household, kind] = person

    def _household(self, number: int, *, standing: bool = True) -> str:
        """One of the households; one that still stands, or any."""
        places = sorted(id_ for id_ in self.places if not standing or self._open(id_))
        return places[number % len(places)]

    def _member(self, number: int, kind: MembershipKind | None) -> tuple[str, str]:
        """Somebody who belongs to a household in this way, and the household; anybody if nobody does."""
        inside = sorted((person, found) for (person, each), found in self.where.items() if kind in (None, each))
        return inside[number % len(inside)] if inside else ("r0", "h0")

    def _open(self, household: str) -> bool:
        return self.places[household].until is None

    def _members(self, household: str, *which: MembershipKind) -> dict[tuple[str, MembershipKind], str]:
        return {key: found for key, found in self.where.items() if found == household and key[1] in which}

    @rule()
    def nothing_happens(self) -> None:
        self._night()

    @rule(person=people, number=numbers, kind=kinds, relation=st.sampled_from(["0", "1", None]), sane=sane)
    def move_in(self, person: str, number: int, kind: MembershipKind, relation: str | None, sane: bool) -> None:
        household = self._household(number, standing=sane)
        away = sorted(id_ for id_, who in self.people.items() if who.died is None and (id_, kind) not in self.where)
        if sane and away:
            person = away[number % len(away)]
        legal = (
            self._open(household)
            and self.people[person].died is None
            and (person, kind) not in self.where
            and not (relation == "0" and (household, kind) in self.heads)
        )
        made = self._happen(
            legal,
            lambda: events.move_in(
                self.people[person],
                self.places[household],
                self.memberships,
                kind=kind,
                on=day(self.today),
                reason="购房",
                relation=relation,
            ),
        )
        if made:
            self._arrive(person, kind, household, relation)
            self._night()

    @rule(person=people, number=numbers, kind=kinds, sane=sane)
    def move_out(self, person: str, number: int, kind: MembershipKind, sane: bool) -> None:
        person, household = self._member(number, kind) if sane else (person, self._household(number, standing=False))
        legal = self.where.get((person, kind)) == household
        made = self._happen(
            legal,
            lambda: events.move_out(
                self.people[person],
                self.places[household],
                self.memberships,
                kind=kind,
                on=day(self.today),
                reason="迁出",
            ),
        )
        if made:
            self._leave(person, kind)
            self._night()

    @rule(person=people, kind=kinds)
    def move_out_before_moving_in(self, person: str, kind: MembershipKind) -> None:
        """The day on which a membership began is too early to end it."""
        here = [m for m in self.memberships if (m.resident, m.kind, m.until) == (person, kind, None)]
        for m in here:
            assert m.since is not None
            with pytest.raises(InvalidRecord) as caught:
                events.move_out(
                    PEOPLE[person],
                    PLACES.get(m.household, self.places[m.household]),
                    self.memberships,
                    kind=kind,
                    on=m.since,
                    reason="迁出",
                )
            assert "before-start" == caught.value.code

    @rule(person=people, number=numbers, kind=kinds)
    def move_in_on_a_day_of_the_past(self, person: str, number: int, kind: MembershipKind) -> None:
        """Who belonged somewhere on a day or later cannot have moved in on that day."""
        if not self.past or self.people[person].died is not None:
            return
        back = number % len(self.past)
        if not any((person, kind) in state for state in (*self.past[back:], self.where)):
            return
        with pytest.raises(InvalidRecord) as caught:
            events.move_in(self.people[person], PLACES["h0"], self.memberships, kind=kind, on=day(back), reason="补登")
        assert caught.value.code in ("overlap", "twice")

    @rule(person=people, number=numbers, kind=kinds, relation=st.sampled_from(["0", None]), sane=sane)
    def transfer(self, person: str, number: int, kind: MembershipKind, relation: str | None, sane: bool) -> None:
        target = self._household(number // 7, standing=sane)
        person = self._member(number, kind)[0] if sane else person
        source = self.where.get((person, kind), "h0" if target != "h0" else "h1")
        legal = (
            (person, kind) in self.where
            and source != target
            and self._open(target)
            and not (relation == "0" and (target, kind) in self.heads)
        )
        made = self._happen(
            legal,
            lambda: events.transfer(
                self.people[person],
                self.places[source],
                self.places[target],
                self.memberships,
                kind=kind,
                on=day(self.today),
                reason="投靠",
                relation=relation,
            ),
        )
        if made:
            self._leave(person, kind)
            self._arrive(person, kind, target, relation)
            self._night()

    @rule(number=numbers, leaving=st.sets(people, min_size=1), kind=st.none() | kinds)
    def split(self, number: int, leaving: set[str], kind: MembershipKind | None) -> None:
        person, source = self._member(number, kind)
        which = tuple(MembershipKind) if kind is None else (kind,)
        inside = self._members(source, *which)
        if len(leaving) < 3:
            leaving = ({key[0] for key in inside} & leaving) or {person}
        going = {key for key in inside if key[0] in leaving}
        new = Household(id=f"n{len(self.places)}", community="c1", number=f"n{len(self.places)}")
        first = min(leaving)
        legal = self._open(source) and {key[0] for key in going} == leaving and len(going) < len(inside)
        made = self._happen(
            legal,
            lambda: events.split(
                self.places[source],
                new,
                self.memberships,
                leaving={person: "0" if person == first else None for person in leaving},
                kind=kind,
                on=day(self.today),
                reason="结婚分户",
            ),
        )
        if made:
            assert (HouseholdEvent.SPLIT, source, new.id) == (
                made.changes[0].event,
                made.changes[0].household,
                made.changes[0].other,
            )
            for person, each in going:
                self._leave(person, each)
                self._arrive(person, each, new.id, "0" if person == first else None)
            self._night()

    @rule(a=numbers, b=numbers, kind=st.none() | kinds)
    def merge(self, a: int, b: int, kind: MembershipKind | None) -> None:
        source, target = (
            self._member(a, kind)[1] if a % 4 else self._household(a),
            self._household(b, standing=a % 3 != 0),
        )
        which = tuple(MembershipKind) if kind is None else (kind,)
        going = self._members(source, *which)
        legal = source != target and self._open(source) and self._open(target) and bool(going)
        made = self._happen(
            legal,
            lambda: events.merge(
                self.places[source], self.places[target], self.memberships, kind=kind, on=day(self.today), reason="并户"
            ),
        )
        if made:
            for person, each in going:
                self._leave(person, each)
                self._arrive(person, each, target, None)
            assert self._open(source) == bool(self._members(source, *MembershipKind))
            self._night()

    @rule(number=numbers, person=people, kind=kinds, sane=sane)
    def change_head(self, number: int, person: str, kind: MembershipKind, sane: bool) -> None:
        person, household = self._member(number, kind) if sane else (person, self._household(number))
        inside = self._members(household, kind)
        relations = {resident: "8" for resident, _ in inside if resident != person}
        legal = (person, kind) in inside and self.heads.get((household, kind)) != person and self._open(household)
        # Who came today cannot be restated today; a day passes first.
        self._night()
        made = self._happen(
            legal,
            lambda: events.change_head(
                self.places[household],
                self.memberships,
                head=person,
                relations=relations,
                kind=kind,
                on=day(self.today),
                reason="户主变更",
            ),
        )
        if made:
            self.heads[household, kind] = person
            self._night()

    @precondition(lambda self: self.today > 3)
    @rule(person=people)
    def death(self, person: str) -> None:
        legal = any((person, kind) in self.where for kind in MembershipKind)
        made = self._happen(
            legal,
            lambda: events.death(
                self.people[person], self.places.values(), self.memberships, on=day(self.today), reason="死亡证明"
            ),
        )
        if made:
            assert day(self.today) == self.people[person].died
            for kind in MembershipKind:
                if (person, kind) in self.where:
                    self._leave(person, kind)
            self._night()

    @rule(number=numbers, kind=st.none() | kinds)
    def birth(self, number: int, kind: MembershipKind | None) -> None:
        household = self._household(number, standing=number % 3 != 0)
        child = Resident(id=f"b{len(self.people)}", name="新生儿")
        which = tuple(MembershipKind) if kind is None else (kind,)
        made = self._happen(
            self._open(household),
            lambda: events.birth(
                child,
                self.places[household],
                self.memberships,
                on=day(self.today),
                reason="出生证明",
                relation="2",
                kinds=which,
            ),
        )
        if made:
            for each in which:
                self._arrive(child.id, each, household, "2")
            self._night()

    @invariant()
    def a_person_is_never_in_two_places_in_one_way(self) -> None:
        assert () == clashes(self.memberships)

    @invariant()
    def every_day_up_to_now_is_as_it_was(self) -> None:
        for number, state in enumerate(self.past):
            for household in self.places:
                for kind in MembershipKind:
                    expected = {key[0] for key, found in state.items() if found == household and key[1] is kind}
                    assert expected == members_at(self.memberships, household, day(number), kind)
                    head = self.past_heads[number].get((household, kind))
                    assert head == head_at(self.memberships, household, day(number), kind)

    @invariant()
    def the_bases_follow_from_the_two_memberships(self) -> None:
        if not self.past:
            return
        state = self.past[-1]
        registered = {person for person, kind in state if kind is REGISTERED}
        living = {person for person, kind in state if kind is LIVING}
        bases = bases_at(self.memberships, day(len(self.past) - 1))
        assert registered == bases.registered
        assert registered & living == bases.registered_living
        assert registered - living == bases.separated
        assert living - registered == bases.floating
        assert living == bases.actual == bases.registered_living | bases.floating


TestTown = Town.TestCase
TestTown.settings = settings(stateful_step_count=25)


# Examples


def belongs(person: str, household: str, kind: MembershipKind = REGISTERED, **others: Any) -> HouseholdMembership:
    since = others.pop("since", date(2020, 1, 1))
    return HouseholdMembership(
        id=f"{household}-{person}-{kind}-{since}",
        household=household,
        resident=person,
        kind=kind,
        since=since,
        **others,
    )


FAMILY: Held = (
    belongs("r0", "h0", relation="0"),
    belongs("r1", "h0", relation="1"),
    belongs("r2", "h0", relation="2"),
    belongs("r0", "h1", LIVING, relation="0"),
    belongs("r1", "h1", LIVING, relation="1"),
)


class TestSplitAndMerge:
    def test_a_split_followed_by_a_merge_keeps_totals_and_who_is_where(self) -> None:
        new = Household(id="h9", community="c1", number="9")
        split = events.split(PLACES["h0"], new, FAMILY, leaving={"r2": "0"}, on=DAY, reason="结婚")
        apart = split.applied(FAMILY)
        assert {"r0", "r1"} == members_at(apart, "h0", DAY, REGISTERED)
        assert {"r2"} == members_at(apart, "h9", DAY, REGISTERED)
        assert "r2" == head_at(apart, "h9", DAY)
        merged = events.merge(
            split.households[0], PLACES["h0"], apart, relations={"r2": "2"}, on=day(30), reason="并户"
        )
        together = merged.applied(apart)
        assert {"r0", "r1", "r2"} == members_at(together, "h0", day(30), REGISTERED)
        assert day(30) == merged.households[0].until
        for at in (day(-1), DAY, day(30)):
            assert {"r0", "r1", "r2"} == bases_at(together, at).registered
        assert {"r2"} == members_at(together, "h9", day(29), REGISTERED)

    def test_a_split_of_the_registered_leaves_the_living_where_they_are(self) -> None:
        mixed = (*FAMILY, belongs("r2", "h0", LIVING), belongs("r3", "h0", LIVING))
        new = Household(id="h9", community="c1", number="9")
        made = events.split(PLACES["h0"], new, mixed, leaving={"r2": None}, kind=REGISTERED, on=DAY, reason="分户")
        assert [REGISTERED] == [m.kind for m in made.begun] == [m.kind for m in made.ended]
        assert {"r2", "r3"} == members_at(made.applied(mixed), "h0", DAY, LIVING)

    def test_a_household_is_not_closed_while_somebody_lives_there(self) -> None:
        mixed = (*FAMILY, belongs("r3", "h0", LIVING))
        made = events.merge(PLACES["h0"], PLACES["h2"], mixed, kind=REGISTERED, on=DAY, reason="并户")
        assert () == made.households
        assert {"r3"} == members_at(made.applied(mixed), "h0", DAY, LIVING)

    @pytest.mark.parametrize("leaving", [{}, {"r0": None, "r1": None, "r2": None}])
    def test_somebody_must_leave_and_somebody_must_stay(self, leaving: dict[str, str | None]) -> None:
        new = Household(id="h9", community="c1", number="9")
        with pytest.raises(InvalidRecord, match="分户须有人分出、有人留下"):
            events.split(PLACES["h0"], new, FAMILY, leaving=leaving, on=DAY, reason="分户")

    def test_a_household_with_members_is_no_new_one(self) -> None:
        with pytest.raises(InvalidRecord, match="户 h1 不是 2025-01-01 新立的户"):
            events.split(PLACES["h0"], PLACES["h1"], FAMILY, leaving={"r2": None}, on=DAY, reason="分户")


class TestHead:
    def test_the_new_head_and_all_relations_begin_on_one_day(self) -> None:
        made = events.change_head(
            PLACES["h0"], FAMILY, head="r1", relations={"r0": "1", "r2": "2"}, on=DAY, reason="户主变更"
        )
        after = made.applied(FAMILY)
        assert ("r0", "r1") == (head_at(after, "h0", day(-1)), head_at(after, "h0", DAY))
        # The child is a son to both: nothing about him changes.
        assert {"r0": "1", "r1": "0"} == {m.resident: m.relation for m in made.begun}
        assert "r0" == head_at(after, "h1", DAY, LIVING)

    def test_every_relation_must_be_said_anew(self) -> None:
        with pytest.raises(InvalidRecord, match="变更户主后须重报与户主关系：缺 r0、r2"):
            events.change_head(PLACES["h0"], FAMILY, head="r1", relations={}, on=DAY, reason="户主变更")

    def test_a_second_head_is_refused_and_both_are_named(self) -> None:
        with pytest.raises(InvalidRecord, match=r"户 h0（户籍）在 2025-01-01 有两名户主：r0、r3") as caught:
            events.move_in(PEOPLE["r3"], PLACES["h0"], FAMILY, kind=REGISTERED, relation="0", on=DAY, reason="迁入")
        assert ("two-heads", "relation") == (caught.value.code, caught.value.field)

    def test_records_that_name_two_heads_are_not_guessed_between(self) -> None:
        with pytest.raises(InvalidRecord, match="有两名户主：r0、r3"):
            head_at((*FAMILY, belongs("r3", "h0", relation="0")), "h0", DAY)

    def test_a_household_whose_head_left_has_none(self) -> None:
        made = events.move_out(PEOPLE["r0"], PLACES["h0"], FAMILY, kind=REGISTERED, on=DAY, reason="迁出")
        assert head_at(made.applied(FAMILY), "h0", DAY) is None


class TestDeathAndBirth:
    def test_a_death_ends_both_kinds_wherever_they_are(self) -> None:
        made = events.death(PEOPLE["r0"], PLACES.values(), FAMILY, on=DAY, reason="死亡证明")
        assert [("h0", REGISTERED), ("h1", LIVING)] == [(c.household, c.kind) for c in made.changes]
        assert {"r1", "r2"} == bases_at(made.applied(FAMILY), DAY).registered
        assert DAY == made.residents[0].died

    def test_a_child_may_die_on_the_day_of_its_birth(self) -> None:
        born = events.birth(Resident(id="b", name="婴"), PLACES["h0"], FAMILY, on=DAY, reason="出生", relation="2")
        held = born.applied(FAMILY)
        dead = events.death(born.residents[0], PLACES.values(), held, on=DAY, reason="死亡证明")
        assert bases_at(held, DAY).actual - bases_at(dead.applied(held), DAY).actual == {"b"}

    def test_a_household_of_the_dead_that_is_not_given_is_asked_for(self) -> None:
        with pytest.raises(InvalidRecord, match="r0 属于户 h1，未提供该户"):
            events.death(PEOPLE["r0"], [PLACES["h0"]], FAMILY, on=DAY, reason="死亡证明")

    def test_the_dead_do_not_move_in_and_nobody_does_before_birth(self) -> None:
        dead = attrs.evolve(PEOPLE["r4"], died=day(-5))
        unborn = attrs.evolve(PEOPLE["r4"], birth_date=day(5))
        for person, text in ((dead, "r4 已于 2024-12-27 死亡"), (unborn, "r4 于 2025-01-06 才出生")):
            with pytest.raises(InvalidRecord, match=text):
                events.move_in(person, PLACES["h0"], FAMILY, kind=LIVING, on=DAY, reason="迁入")

    def test_a_death_before_a_recorded_end_contradicts_it(self) -> None:
        held = (belongs("r0", "h0", until=day(10)),)
        with pytest.raises(InvalidRecord, match=r"2020-01-01 至 2025-01-11.*2025-01-01"):
            events.death(PEOPLE["r0"], PLACES.values(), held, on=DAY, reason="死亡证明")


def test_the_records_of_an_event_come_with_what_they_refer_to_first() -> None:
    new = Household(id="h9", community="c1", number="9")
    made = events.split(PLACES["h0"], new, FAMILY, leaving={"r2": "0"}, on=DAY, reason="分户")
    assert ["household", "household_membership", "household_membership", "household_change"] == [
        record.__record__.name for record in made.records
    ]
    assert ("h9", DAY) == (made.records[0].id, made.households[0].since)


class TestRefusals:
    def test_who_left_already_cannot_leave_again_and_the_day_is_named(self) -> None:
        held = (belongs("r0", "h0", until=day(-3)),)
        with pytest.raises(InvalidRecord, match=r"r0 不在户 h0 内（户籍），已于 2024-12-29 离开"):
            events.move_out(PEOPLE["r0"], PLACES["h0"], held, kind=REGISTERED, on=DAY, reason="迁出")

    def test_a_day_inside_an_ended_span_is_taken(self) -> None:
        held = (belongs("r0", "h1", until=day(10)),)
        with pytest.raises(
            InvalidRecord, match="r0 的户籍已在户 h1（2020-01-01 至 2025-01-11），与 2025-01-01 的变动冲突"
        ):
            events.move_in(PEOPLE["r0"], PLACES["h0"], held, kind=REGISTERED, on=DAY, reason="迁入")
        again = events.move_in(PEOPLE["r0"], PLACES["h0"], held, kind=REGISTERED, on=day(10), reason="迁入")
        assert day(10) == again.begun[0].since

    def test_a_household_outside_its_own_span_takes_nobody_in(self) -> None:
        closed = attrs.evolve(PLACES["h2"], until=DAY)
        with pytest.raises(InvalidRecord, match="户 h2 在 2025-01-01 不存在"):
            events.move_in(PEOPLE["r4"], closed, (), kind=LIVING, on=DAY, reason="租住")

    def test_a_change_without_a_reason_is_refused(self) -> None:
        with pytest.raises(InvalidRecord, match="迁入缺少变动原因"):
            events.move_in(PEOPLE["r4"], PLACES["h0"], (), kind=LIVING, on=DAY, reason=" ")


def test_events_of_one_day_that_differ_in_kind_or_in_the_other_household_are_kept_apart() -> None:
    both = [
        events.move_in(PEOPLE["r4"], PLACES["h0"], (), kind=kind, on=DAY, reason="迁入").changes[0].id
        for kind in MembershipKind
    ]
    apart, held = [], FAMILY
    for number, leaving in (("8", "r1"), ("9", "r2")):
        new = Household(id=f"h{number}", community="c1", number=number)
        made = events.split(PLACES["h0"], new, held, leaving={leaving: "0"}, kind=REGISTERED, on=DAY, reason="分户")
        held = made.applied(held)
        apart.append(made.changes[0].id)
    assert 4 == len({*both, *apart})


class TestEndedOnAnUnknownDay:
    """An end that is known to have happened, though not when, is an end."""

    GONE = belongs("r0", "h0", relation="0", ended=True)

    def test_nobody_belongs_by_it_on_any_day(self) -> None:
        assert frozenset() == members_at([self.GONE], "h0", DAY, REGISTERED)
        assert None is head_at([self.GONE], "h0", DAY)
        lived = attrs.evolve(self.GONE, kind=LIVING)
        assert frozenset() == bases_at([self.GONE, lived], DAY).living | bases_at([self.GONE, lived], DAY).registered

    def test_it_lengthens_no_stay(self) -> None:
        held = (belongs("r0", "h0", LIVING, ended=True), belongs("r0", "h0", LIVING, since=day(-10)))
        assert frozenset() == bases_at(held, DAY).resident

    def test_it_stands_in_the_way_of_no_other_membership(self) -> None:
        assert () == clashes([self.GONE, belongs("r0", "h1"), belongs("r1", "h0", relation="0")])
        moved = events.move_in(PEOPLE["r0"], PLACES["h1"], [self.GONE], kind=REGISTERED, on=DAY, reason="迁入")
        assert {"r0"} == members_at(moved.applied([self.GONE]), "h1", DAY, REGISTERED)

    def test_it_cannot_end_again(self) -> None:
        with pytest.raises(InvalidRecord, match="r0 不在户 h0 内"):
            events.move_out(PEOPLE["r0"], PLACES["h0"], [self.GONE], kind=REGISTERED, on=DAY, reason="迁出")
        with pytest.raises(InvalidRecord, match="r0 不在任何户内"):
            events.death(PEOPLE["r0"], [PLACES["h0"]], [self.GONE], on=DAY, reason="死亡证明")

    def test_it_does_not_keep_a_merged_household_open(self) -> None:
        held = (belongs("r0", "h0", LIVING, ended=True), belongs("r1", "h0"))
        merged = events.merge(PLACES["h0"], PLACES["h1"], held, on=DAY, reason="并户", kind=REGISTERED)
        assert [DAY] == [household.until for household in merged.households]

    def test_a_household_that_is_gone_takes_nobody_in(self) -> None:
        gone = attrs.evolve(PLACES["h2"], ended=True)
        with pytest.raises(InvalidRecord, match="户 h2 在 2025-01-01 不存在"):
            events.move_in(PEOPLE["r4"], gone, (), kind=LIVING, on=DAY, reason="租住")


class TestResidentBase:
    def test_six_months_run_on_when_somebody_moves_within_the_community(self) -> None:
        held = (belongs("r0", "h0", LIVING, since=day(0)),)
        moved = events.transfer(
            PEOPLE["r0"], PLACES["h0"], PLACES["h1"], held, kind=LIVING, on=day(100), reason="换房"
        ).applied(held)
        assert frozenset() == bases_at(moved, date(2025, 6, 30)).resident
        assert {"r0"} == bases_at(moved, date(2025, 7, 1)).resident
        # For the second household alone the person came on the hundredth day.
        assert frozenset() == bases_at(moved, date(2025, 7, 1), ["h1"]).resident

    def test_six_months_begin_anew_after_a_break(self) -> None:
        held = (belongs("r0", "h0", LIVING, until=day(50)), belongs("r0", "h0", LIVING, since=day(51)))
        assert {"r0"} == bases_at(held, day(49)).resident
        assert frozenset() == bases_at(held, day(60)).resident

    def test_an_unknown_beginning_is_long_ago(self) -> None:
        held = (belongs("r0", "h0", LIVING, since=None),)
        assert {"r0"} == bases_at(held, DAY).resident

    def test_being_registered_is_not_living_there(self) -> None:
        bases = bases_at(FAMILY, DAY, ["h0"])
        assert frozenset() == bases.living == bases.resident == bases.actual
        assert {"r0", "r1", "r2"} == bases.separated
