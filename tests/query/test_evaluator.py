"""The reference evaluator gives what a plain loop over the records gives."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from fractions import Fraction
from statistics import median

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shequ.calendars import Period
from shequ.effective import SHANGHAI, age
from shequ.errors import CalendarNotPublished, Misuse
from shequ.model import (
    RECORD_TYPES,
    Activity,
    Household,
    HouseholdMembership,
    Matter,
    MembershipKind,
    Record,
    Resident,
    Schema,
)
from shequ.query import (
    Age,
    AgeBand,
    By,
    Condition,
    Count,
    Days,
    During,
    Evaluator,
    Gap,
    Holds,
    Keys,
    Median,
    Outside,
    Parameter,
    Select,
    Sum,
    When,
    bind,
    eq,
    ge,
    gt,
    le,
    lt,
    ne,
    one_of,
    parameters_of,
)
from shequ.query import given as has

SCHEMA = Schema(RECORD_TYPES)
DAY = date(2025, 6, 30)
COMMUNITIES = ("c1", "c2")


@attrs.frozen
class Kept:
    record: Record


class World:
    """Records in a list, as a snapshot."""

    def __init__(self, *records: Record) -> None:
        self.records = records

    def scan(self, query: Select) -> Iterator[Kept]:
        return (Kept(record) for record in self.records if record.__record__.name == query.type)


days = st.dates(date(2025, 1, 1), date(2025, 12, 31))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    households = [
        Household(id=f"h{n}", community=draw(st.sampled_from(COMMUNITIES)), number=str(n))
        for n in range(draw(st.integers(1, 5)))
    ]
    residents = [
        Resident(
            id=f"r{n}",
            name="某",
            sex=draw(st.sampled_from("012")),
            birth_date=draw(st.none() | st.dates(date(1930, 1, 1), date(2025, 1, 1))),
        )
        for n in range(draw(st.integers(1, 6)))
    ]
    memberships = []
    for n in range(draw(st.integers(0, 12))):
        since = draw(st.none() | days)
        until = draw(st.none() | days.filter(lambda d, since=since: since is None or d >= since))
        memberships.append(
            HouseholdMembership(
                id=f"m{n:02d}",
                household=draw(st.sampled_from([*households, Household(id="gone", community="c9", number="9")])).id,
                resident=draw(st.sampled_from(residents)).id,
                kind=draw(st.sampled_from(MembershipKind)),
                since=since,
                until=until,
            )
        )
    return World(*households, *residents, *memberships)


def held(membership: HouseholdMembership, day: date) -> bool:
    return (membership.since is None or membership.since <= day) and (
        membership.until is None or day < membership.until
    )


def members(world: World, kind: MembershipKind, places: set[str], day: date = DAY) -> set[str]:
    homes = {r.id: r.community for r in world.records if isinstance(r, Household)}
    return {
        r.resident
        for r in world.records
        if isinstance(r, HouseholdMembership) and r.kind is kind and held(r, day) and homes.get(r.household) in places
    }


LIVING = Keys("household_membership", "resident", eq("kind", MembershipKind.LIVING) & Holds())
REGISTERED = Keys("household_membership", "resident", eq("kind", MembershipKind.REGISTERED) & Holds())
places = st.sets(st.sampled_from(COMMUNITIES))


@given(st.sets(st.integers(1, 120), max_size=4).map(sorted), st.data())
def test_the_band_of_an_age_names_the_ages_it_holds(bounds: list[int], data: st.DataObject) -> None:
    band = AgeBand("age", "resident.birth_date", tuple(bounds))
    edges = [bound + away for bound in bounds for away in (0, -1, 1)]
    years = data.draw(st.sampled_from(edges) if edges else st.integers(0, 130))
    label = band.label(years)
    assert label in band.labels
    if label.endswith("+"):
        assert int(label[:-1]) <= years
    else:
        low, high = map(int, label.split("-"))
        assert low <= years <= high


class TestSets:
    @given(worlds(), places)
    def test_the_bases_of_population_are_the_sets_of_persons(self, world: World, where: set[str]) -> None:
        evaluator = Evaluator(world, SCHEMA)
        living, registered = (
            members(world, kind, where) for kind in (MembershipKind.LIVING, MembershipKind.REGISTERED)
        )
        for question, expected in (
            (LIVING & REGISTERED, living & registered),
            (REGISTERED - LIVING, registered - living),
            (LIVING - REGISTERED, living - registered),
            (LIVING | REGISTERED, living | registered),
        ):
            answer = evaluator.answer(Count(question), where, When.on(DAY))
            assert (expected, len(expected)) == (answer.keys, answer.value)

    @given(worlds())
    def test_a_person_of_two_communities_counts_once_above_them(self, world: World) -> None:
        evaluator = Evaluator(world, SCHEMA)
        both = evaluator.answer(Count(LIVING), COMMUNITIES, When.on(DAY)).value or 0
        each = [evaluator.answer(Count(LIVING), (place,), When.on(DAY)).value or 0 for place in COMMUNITIES]
        assert max(each) <= both <= sum(each)

    @given(worlds(), places)
    def test_groups_are_the_sets_by_what_the_person_is(self, world: World, where: set[str]) -> None:
        band = AgeBand("age", "resident.birth_date", (18, 60))
        answer = Evaluator(world, SCHEMA).answer(
            Count(LIVING - REGISTERED, (By("sex", "resident.sex"), band)), where, When.on(DAY)
        )
        people = {r.id: r for r in world.records if isinstance(r, Resident)}
        found = members(world, MembershipKind.LIVING, where) - members(world, MembershipKind.REGISTERED, where)
        expected = Counter(
            (
                people[p].sex,
                None if people[p].birth_date is None else band.label(age(people[p].birth_date, DAY)),
            )
            for p in found
        )
        assert expected == {group: value for group, (value, _) in answer.groups.items()}

    @given(worlds(), places)
    def test_the_rows_of_a_count_are_what_it_counts(self, world: World, where: set[str]) -> None:
        evaluator = Evaluator(world, SCHEMA)
        answer = evaluator.answer(Count(LIVING), where, When.on(DAY))
        assert [("resident", key) for key in sorted(answer.keys)] == list(
            evaluator.rows(Count(LIVING), where, When.on(DAY))
        )

    @given(worlds())
    def test_living_here_for_six_months_is_counted_back_from_the_day(self, world: World) -> None:
        settled = Keys("household_membership", "resident", eq("kind", MembershipKind.LIVING) & Holds(months=6))
        answer = Evaluator(world, SCHEMA).answer(Count(settled), COMMUNITIES, When.on(DAY))
        expected = {
            r.resident
            for r in world.records
            if isinstance(r, HouseholdMembership)
            and r.kind is MembershipKind.LIVING
            and r.household != "gone"
            and held(r, DAY)
            and (r.since is None or r.since <= date(2024, 12, 30))
        }
        assert expected == answer.keys


@st.composite
def matters(draw: st.DrawFn) -> World:
    found = []
    for n in range(draw(st.integers(0, 10))):
        asked = draw(st.datetimes(datetime(2024, 6, 1), datetime(2025, 12, 1))).replace(tzinfo=SHANGHAI)  # noqa: DTZ001
        found.append(
            Matter(
                id=f"m{n:02d}",
                number=str(n),
                community=draw(st.sampled_from(COMMUNITIES)),
                category=draw(st.sampled_from(["certificate", "civil_affairs"])),
                asked=asked,
                handled=draw(st.none() | st.integers(0, 40).map(lambda d, asked=asked: asked + timedelta(days=d))),
            )
        )
    return World(*found)


class TestMeasuresOverAPeriod:
    period = Period.parse("2025")

    def handled(self, world: World) -> list[Matter]:
        return [
            r
            for r in world.records
            if isinstance(r, Matter) and r.handled is not None and r.handled.date() in self.period
        ]

    @given(matters())
    def test_the_median_is_exact(self, world: World) -> None:
        question = Median("matter", Days("asked", "handled"), During("handled"))
        answer = Evaluator(world, SCHEMA).answer(question, COMMUNITIES, When.over(self.period))
        spent = [(m.handled.date() - m.asked.date()).days for m in self.handled(world) if m.handled]
        assert (None if not spent else Fraction(median(map(Fraction, spent)))) == answer.value
        assert len(spent) == answer.rows

    @given(matters())
    def test_a_gap_is_a_month_without_any(self, world: World) -> None:
        answer = Evaluator(world, SCHEMA).answer(Gap("matter", "handled"), COMMUNITIES, When.over(self.period))
        months = {m.handled.month for m in self.handled(world) if m.handled}
        assert 12 - len(months) == answer.value

    @given(matters())
    def test_counts_by_category_add_up(self, world: World) -> None:
        question = Count(Keys("matter", "id", During("handled")), (By("category", "category"),))
        answer = Evaluator(world, SCHEMA).answer(question, COMMUNITIES, When.over(self.period))
        assert len(self.handled(world)) == answer.value == sum(value for value, _ in answer.groups.values())

    def test_a_period_is_needed_and_the_error_says_so(self) -> None:
        with pytest.raises(Misuse, match="period"):
            Evaluator(World(), SCHEMA).answer(Gap("matter", "handled"), COMMUNITIES, When.on(DAY))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("at", "outside"),
    [
        ("2025-06-30T09:00", False),
        ("2025-06-30T12:10", True),
        ("2025-06-30T13:00", False),
        ("2025-06-30T17:30", True),
        ("2025-06-30T08:29", True),
        ("2025-06-28T10:00", True),  # a Saturday
        ("2025-09-28T10:00", False),  # a Sunday worked to make up
        ("2025-10-08T10:00", True),  # a Wednesday within the National Day holiday
    ],
)
def test_outside_hours_follow_clock_and_official_calendar(at: str, outside: bool) -> None:
    world = World(Matter(id="m", number="1", community="c1", category="x", asked=moment(at), handled=moment(at)))
    question = Count(Keys("matter", "id", eq(Outside("handled"), True)))
    assert outside == Evaluator(world, SCHEMA).answer(question, COMMUNITIES, When.on(DAY)).value


def test_a_question_that_needs_an_unpublished_calendar_fails_alone() -> None:
    world = World(
        Matter(
            id="m",
            number="1",
            community="c1",
            category="x",
            asked=moment("2027-01-04T10:00"),
            handled=moment("2027-01-04T10:00"),
        )
    )
    evaluator = Evaluator(world, SCHEMA)
    needs, needs_not = Count(Keys("matter", "id", eq(Outside("handled"), True))), Count(Keys("matter"))
    evaluator.prepare((needs, needs_not), When.on(DAY))
    assert evaluator.answer(needs_not, COMMUNITIES, When.on(DAY)).value == 1
    with pytest.raises(CalendarNotPublished, match="2027"):
        evaluator.answer(needs, COMMUNITIES, When.on(DAY))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (ge("attendance", 10), {"a2", "a3"}),
        (gt("attendance", 10), {"a3"}),
        (le("attendance", 10), {"a1", "a2"}),
        (lt("attendance", 10), {"a1"}),
        (ne("attendance", 10), {"a1", "a3"}),
        (~ne("attendance", 10), {"a2", "a4"}),
        (one_of("attendance", 5, 20), {"a1", "a3"}),
        (has("attendance"), {"a1", "a2", "a3"}),
        (~has("attendance") | eq("attendance", 5), {"a1", "a4"}),
    ],
)
def test_a_comparison_with_a_missing_value_is_false(condition: Condition, expected: set[str]) -> None:
    world = World(
        *(
            Activity(
                id=f"a{n}",
                division="c1",
                name="讲座",
                kind="lecture",
                began=moment("2025-01-01T09:00"),
                attendance=count,
            )
            for n, count in enumerate((5, 10, 20, None), 1)
        )
    )
    assert (
        expected
        == Evaluator(world, SCHEMA).answer(Count(Keys("activity", "id", condition)), ("c1",), When.on(DAY)).keys
    )


def test_a_sum_leaves_missing_numbers_out() -> None:
    world = World(
        *(
            Activity(
                id=f"a{n}",
                division="c1",
                name="讲座",
                kind="lecture",
                began=moment("2025-01-01T09:00"),
                attendance=count,
            )
            for n, count in enumerate((5, None, 20), 1)
        )
    )
    answer = Evaluator(world, SCHEMA).answer(Sum("activity", "attendance"), ("c1",), When.on(DAY))
    assert (answer.value, answer.rows) == (25, 2)


def test_a_field_that_does_not_exist_is_named() -> None:
    with pytest.raises(Misuse, match="'clan'"):
        Evaluator(World(), SCHEMA).answer(Count(Keys("resident", "id", eq("clan", "x"))), (), When.on(DAY))


def test_a_parameter_is_bound_before_it_is_asked() -> None:
    question = Count(Keys("resident", "id", ge(Age("birth_date"), Parameter("elderly.from"))))
    assert frozenset({"elderly.from"}) == parameters_of(question)
    bound = bind(question, {"elderly.from": 60})
    assert Count(Keys("resident", "id", ge(Age("birth_date"), 60))) == bound
    assert frozenset() == parameters_of(bound)
