"""Distance, minutes, deadlines, other types and several values: what the algebra says of them a plain loop says too."""

from collections import Counter
from datetime import date, time, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_evaluator import DAY, SCHEMA, World

from shequ.calendars import Period
from shequ.effective import Span, Timeline
from shequ.errors import Misuse
from shequ.lifecycle.deadlines import Standing as Deadline
from shequ.lifecycle.deadlines import Terms, statuses_at
from shequ.model import (
    Building,
    Community,
    CommunityStatus,
    ContactCard,
    ContractState,
    Estate,
    MemberKind,
    OpeningHours,
    PartyMember,
    Petition,
    PetitionState,
    PropertyContract,
    ServiceOutlet,
    ServiceRecord,
    Weekday,
    Zone,
)
from shequ.query import (
    Among,
    Count,
    During,
    Each,
    Evaluator,
    Holds,
    Keys,
    Lasting,
    Parameter,
    Reach,
    Standing,
    Sum,
    When,
    bind,
    distance,
    eq,
    ge,
    laws_of,
    parameters_of,
    types_of,
)

coordinates = st.decimals(Decimal("-0.02"), Decimal("0.02"), places=6)
positions = st.none() | st.tuples(coordinates, coordinates)


def placed(found: tuple[Decimal, Decimal] | None) -> dict[str, Decimal]:
    return {} if found is None else {"longitude": 120 + found[0], "latitude": 30 + found[1]}


def apart(here: tuple[Decimal, Decimal], there: tuple[Decimal, Decimal]) -> int:
    return distance(120 + here[0], 30 + here[1], 120 + there[0], 30 + there[1])


class TestDistance:
    @given(coordinates, coordinates, coordinates, coordinates)
    def test_it_is_the_same_both_ways_and_nothing_to_oneself(
        self, x: Decimal, y: Decimal, u: Decimal, v: Decimal
    ) -> None:
        assert distance(x, y, u, v) == distance(u, v, x, y)
        assert 0 == distance(x, y, x, y)

    def test_a_degree_of_the_meridian_is_about_111_kilometres(self) -> None:
        assert 111_195 == distance(Decimal(120), Decimal(30), Decimal(120), Decimal(31))
        assert 96_297 == distance(Decimal(120), Decimal(30), Decimal(121), Decimal(30))


class TestReach:
    @given(
        st.lists(positions, max_size=4),
        st.lists(st.tuples(positions, st.sampled_from("ab")), max_size=8),
        st.integers(0, 3000),
    )
    def test_it_counts_the_kinds_that_lie_no_further_off(
        self,
        buildings: list[tuple[Decimal, Decimal] | None],
        outlets: list[tuple[tuple[Decimal, Decimal] | None, str]],
        metres: int,
    ) -> None:
        world = World(
            Zone(id="z", community="c1", name="z"),
            *(Building(id=f"b{n}", zone="z", name=str(n), **placed(at)) for n, at in enumerate(buildings)),
            *(
                ServiceOutlet(id=f"o{n}", division="c9", name=str(n), kind=kind, **placed(at))
                for n, (at, kind) in enumerate(outlets)
            ),
        )
        for kinds in (1, 2):
            reach = Reach("", "service_outlet", Parameter("metres"), "kind", Holds())
            asked = bind(Count(Keys("building", "id", ge(reach, kinds))), {"metres": metres})
            expected = {
                f"b{n}"
                for n, here in enumerate(buildings)
                if here is not None
                and kinds
                <= len({kind for there, kind in outlets if there is not None and apart(here, there) <= metres})
            }
            assert expected == Evaluator(world, SCHEMA).answer(asked, ["c1"], When.on(DAY)).keys

    def test_without_its_parameter_it_is_refused(self) -> None:
        asked = Count(Keys("building", "id", ge(Reach("", "service_outlet", Parameter("metres")), 1)))
        with pytest.raises(Misuse, match="metres is not bound"):
            Evaluator(World(), SCHEMA).answer(asked, ["c1"], When.on(DAY))

    def test_what_it_looks_for_decides_the_figure_too(self) -> None:
        asked = Count(Keys("building", "id", ge(Reach("", "service_outlet", 500), 1)))
        assert ("building", "service_outlet") == types_of(asked)


class TestLasting:
    @pytest.mark.parametrize(
        ("opens", "closes", "minutes"),
        [(time(8, 30), time(12), 210), (time(22), time(2), 240), (time(9), time(9), 0)],
    )
    def test_it_is_the_minutes_between_past_midnight_too(self, opens: time, closes: time, minutes: int) -> None:
        hours = OpeningHours(id="h", division="c1", weekday=Weekday.MONDAY, opens=opens, closes=closes)
        asked = Sum("opening_hours", Lasting("opens", "closes"))
        assert minutes == Evaluator(World(hours), SCHEMA).answer(asked, ["c1"], When.on(DAY)).value


class TestEach:
    @given(st.lists(st.sets(st.sampled_from("xyz")), max_size=6))
    def test_groups_overlap_and_the_whole_counts_once(self, sets: list[set[str]]) -> None:
        communities = [
            Community(
                id=f"k{n}",
                code=f"k{n}",
                name=str(n),
                sub_district="s",
                status=CommunityStatus.OPERATING,
                characters=tuple(sorted(found)),
            )
            for n, found in enumerate(sets)
        ]
        world, by = World(*communities), (Each("character", "characters"),)
        expected = Counter((one,) for found in sets for one in (found or {None}))
        places = [community.id for community in communities]
        answer = Evaluator(world, SCHEMA).answer(Count(Keys("community"), by), places, When.on(DAY))
        assert (len(sets), dict(expected)) == (answer.value, {group: int(n) for group, (n, _) in answer.groups.items()})

    def test_a_sum_is_not_made_larger_by_its_groups(self) -> None:
        card = ContactCard(
            id="k",
            member="m",
            employer="e",
            since=date(2025, 1, 1),
            until=date(2025, 7, 1),
            services=3,
            compiled=date(2025, 7, 2),
            minutes=60,
            activities=("a", "b"),
        )
        member = PartyMember(id="m", resident="r", community="c1", kind=MemberKind.IN_SERVICE)
        asked = Sum("contact_card", "minutes", by=(Each("activity", "activities"),))
        answer = Evaluator(World(card, member), SCHEMA).answer(asked, ["c1"], When.on(DAY))
        assert (60, {("a",): (60, 1), ("b",): (60, 1)}, 1) == (answer.value, dict(answer.groups), answer.rows)


def served(number: int, who: str, on: date, beneficiaries: int = 1) -> ServiceRecord:
    return ServiceRecord(
        id=f"s{number}",
        community="c1",
        resident=who,
        activity_name="x",
        served_on=on,
        place="x",
        content="x",
        minutes=60,
        organiser="x",
        person_in_charge="x",
        recorded=on,
        beneficiaries=beneficiaries,
    )


def test_a_place_that_is_named_twice_counts_once() -> None:
    world = World(served(0, "a", DAY), served(1, "b", DAY))
    evaluator = Evaluator(world, SCHEMA)
    for measure in (Count(Keys("service_record")), Sum("service_record", "minutes")):
        once, twice = (evaluator.answer(measure, ["c1"] * times, When.on(DAY)) for times in (1, 2))
        assert once == twice
        assert once.rows


class TestAmong:
    MEMBERS = Keys("party_member", "resident", Holds())

    @given(
        st.lists(st.tuples(st.sampled_from("ab"), st.dates(date(2025, 1, 1), date(2025, 12, 31))), max_size=6),
        st.dates(date(2025, 1, 1), date(2025, 12, 31)),
        st.dates(date(2025, 1, 1), date(2025, 12, 31)),
    )
    def test_the_others_are_looked_at_on_the_day_of_the_row(
        self, services: list[tuple[str, date]], one: date, other: date
    ) -> None:
        since, until = sorted((one, other))
        member = PartyMember(id="m", resident="a", community="c7", kind=MemberKind.REGISTERED, since=since, until=until)
        world = World(member, *(served(n, who, on) for n, (who, on) in enumerate(services)))
        asked = Count(Keys("service_record", "id", Among("resident", self.MEMBERS, on="served_on")))
        expected = {f"s{n}" for n, (who, on) in enumerate(services) if who == "a" and since <= on < until}
        assert expected == Evaluator(world, SCHEMA).answer(asked, ["c1"], When.on(DAY)).keys

    def test_nothing_had_begun_before_the_calendar_does(self) -> None:
        member = PartyMember(id="m", resident="a", community="c7", kind=MemberKind.REGISTERED, since=date(1, 3, 1))
        half_a_year = Among("resident", Keys("party_member", "resident", Holds(months=6)), on="served_on")
        asked = Count(Keys("service_record", "id", half_a_year))
        world = World(member, served(0, "a", date(1, 4, 1)), served(1, "a", date(1, 10, 1)))
        assert {"s1"} == Evaluator(world, SCHEMA).answer(asked, ["c1"], When.on(DAY)).keys

    @pytest.mark.parametrize(("successor", "replaced"), [("A", 0), ("B", 1), (None, 0)])
    def test_a_company_is_replaced_by_another_one_only(self, successor: str | None, replaced: int) -> None:
        turn = date(2025, 5, 1)
        old = PropertyContract(
            id="o",
            estate="e",
            company="A",
            choice="authority",
            state=ContractState.ENDED,
            since=date(2020, 1, 1),
            until=turn,
        )
        new = PropertyContract(
            id="n", estate="e", company=successor or "-", choice="authority", state=ContractState.IN_FORCE, since=turn
        )
        successors = Among("estate", Keys("property_contract", "estate", Holds()), differing="company")
        asked = Count(Keys("property_contract", "estate", During("until") & successors))
        estate = Estate(id="e", community="c1", name="e")
        world = World(estate, *((old, new) if successor else (old,)))
        assert replaced == Evaluator(world, SCHEMA).answer(asked, ["c1"], When.over(Period.year(2025))).value


LAW = (
    ("petition_answer", Parameter("answer", dated=True)),
    ("petition_conclude", Parameter("conclude", dated=True)),
    ("petition_kinds", Parameter("claims", dated=True)),
)
CHANGE = date(2022, 5, 1)
COURSES = {
    "answer": Timeline([(Span(date(2005, 5, 1)), Fraction(15))]),
    "conclude": Timeline([(Span(date(2005, 5, 1)), Fraction(60))]),
    "claims": Timeline([(Span(CHANGE), Fraction(1))]),
}


def law(day: date) -> Terms:
    claims = frozenset({"claim"}) if day >= CHANGE else None
    return (
        Terms(petition_answer=15, petition_conclude=60, petition_kinds=claims) if day >= date(2005, 5, 1) else Terms()
    )


class TestStanding:
    @given(
        st.sampled_from(("claim", "suggestion")),
        st.dates(date(2021, 1, 1), date(2023, 1, 1)),
        st.integers(0, 40),
        st.none() | st.integers(0, 120),
        st.dates(date(2021, 1, 1), date(2023, 12, 31)),
    )
    def test_it_is_that_of_the_deadlines_by_the_law_of_the_day_of_beginning(
        self, kind: str, received: date, answer: int, conclude: int | None, day: date
    ) -> None:
        answered = received + timedelta(days=answer)
        concluded = None if conclude is None else answered + timedelta(days=conclude)
        state = PetitionState.ACCEPTED if concluded is None else PetitionState.CONCLUDED
        case = Petition(
            id="p",
            number="1",
            division="c1",
            kind=kind,
            received=received,
            answered=answered,
            concluded=concluded,
            state=state,
        )
        expected = {s.matter: s.standing for s in statuses_at(case, day, law)}
        for matter in ("受理告知", "办结"):
            for standing in Deadline:
                asked = bind(Count(Keys("petition", "id", eq(Standing(matter, LAW), standing))), COURSES)
                found = Evaluator(World(case), SCHEMA).answer(asked, ["c1"], When.on(day)).value
                assert (expected.get(matter) is standing) == bool(found)

    def test_its_parameters_are_asked_for_all_days_and_must_be_put_in(self) -> None:
        asked = Count(Keys("petition", "id", eq(Standing("办结", LAW), Deadline.OVERDUE)))
        assert {"answer", "conclude", "claims"} == parameters_of(asked) == laws_of(asked)
        with pytest.raises(Misuse, match="not bound"):
            Evaluator(World(), SCHEMA).answer(asked, ["c1"], When.on(DAY))

    def test_of_a_type_without_deadlines_it_is_refused(self) -> None:
        asked = bind(Count(Keys("zone", "id", eq(Standing("办结", LAW), Deadline.OVERDUE))), COURSES)
        with pytest.raises(Misuse, match="zone has no deadlines"):
            Evaluator(World(), SCHEMA).answer(asked, ["c1"], When.on(DAY))
