"""Records count where they are declared complete; elsewhere the filed figure does, and none means no data."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import shequ
from shequ.errors import BadData, Misuse, UnknownMetric
from shequ.metrics import Catalogue, Measured, Metric, Provenance, Ratio, Timing, Total, exact_json, rounded
from shequ.model import (
    Community,
    CommunityStatus,
    CommunityWorker,
    Coverage,
    Division,
    DivisionTerm,
    Donation,
    GiftKind,
    Household,
    HouseholdMembership,
    MemberKind,
    MembershipKind,
    PartyMember,
    Project,
    ProjectPhase,
    ReportedFigure,
    Resident,
    SubDistrict,
    Volunteer,
    VolunteerState,
    WorkPlanItem,
)
from shequ.query import Count, Keys

STREET, EAST, WEST, IDLE = "999900001000", "999900001001", "999900001002", "999900001003"
DAY = date(2025, 12, 31)


def community(code: str, name: str, status: CommunityStatus = CommunityStatus.OPERATING) -> Community:
    return Community(id=code, code=code, name=name, sub_district=STREET, status=status)


def figure(metric: str, value: int | str, division: str = STREET, **facts: object) -> ReportedFigure:
    facts = facts or {"at": DAY}
    key = "-".join(str(part) for part in (metric, division, *facts.values()))
    return ReportedFigure(
        id="f" + "".join(char if char.isalnum() else "-" for char in key)[:60],
        metric=metric,
        division=division,
        value=Decimal(value),
        **facts,  # type: ignore[arg-type] # a test's own facts
    )


def covering(
    division: str = STREET, type_: str = "*", since: date | None = None, until: date | None = None
) -> Coverage:
    return Coverage(id=f"c-{division}-{since}-{len(type_)}", type=type_, division=division, since=since, until=until)


def household(number: int, where: str) -> tuple[Household, Resident, HouseholdMembership]:
    return (
        Household(id=f"h{number}", community=where, number=str(number)),
        Resident(id=f"r{number}", name="某", sex="1"),
        HouseholdMembership(
            id=f"m{number}",
            household=f"h{number}",
            resident=f"r{number}",
            kind=MembershipKind.LIVING,
            since=date(2020, 1, 1),
        ),
    )


@pytest.fixture
def street(register: shequ.Register) -> shequ.Register:
    """A sub-district of two operating communities and one that does not operate; three households in the east."""
    register._district = STREET
    register.put(
        SubDistrict(id=STREET, code=STREET, name="云溪街道"),
        community(EAST, "东社区"),
        community(WEST, "西社区"),
        community(IDLE, "石坊社区", CommunityStatus.NOT_CONVERTED),
        *(record for number in range(3) for record in household(number, EAST)),
        reason="test",
    )
    return register


class TestCoverage:
    def test_without_it_records_are_not_counted_and_a_note_says_so(self, street: shequ.Register) -> None:
        found = street.measure("population.households", at=DAY)
        assert (None, Provenance.NONE, "暂无数据") == (found.value, found.provenance, found.printed)
        assert "3 条记录" in found.notes[0]

    def test_with_it_records_count_and_none_means_zero(self, street: shequ.Register) -> None:
        street.put(covering(), reason="test")
        assert 3 == street.measure("population.households", at=DAY).value
        nobody = street.measure("population.households", at=DAY, division=WEST)
        assert (0, Provenance.RECORDS) == (nobody.value, nobody.provenance)

    def test_a_filed_figure_wins_over_records_that_are_not_covered(self, street: shequ.Register) -> None:
        street.put(figure("population.households", 7), reason="test")
        found = street.measure("population.households", at=DAY)
        assert (7, 7, Provenance.BOTH) == (found.value, found.filed, found.provenance)

    def test_covered_records_win_over_a_filed_figure_and_both_are_kept(self, street: shequ.Register) -> None:
        street.put(covering(), figure("population.households", 7), reason="test")
        found = street.measure("population.households", at=DAY)
        assert (3, 3, 7, Provenance.BOTH) == (found.value, found.computed, found.filed, found.provenance)
        assert 1 == street.measure("data.figures_disagreeing", at=DAY).value

    def test_of_another_type_it_does_not_count(self, street: shequ.Register) -> None:
        street.put(covering(type_="matter"), reason="test")
        assert street.measure("population.households", at=DAY).value is None
        assert 0 == street.measure("matters.handled", period="2025").value

    def test_spans_that_follow_each_other_cover_together(self, street: shequ.Register) -> None:
        half = date(2025, 7, 1)
        street.put(
            covering(since=date(2025, 1, 1), until=half), covering(since=half, until=date(2026, 1, 1)), reason="test"
        )
        assert 0 == street.measure("matters.handled", period="2025").value
        assert street.measure("matters.handled", period="2024/2025").value is None

    def test_a_hole_between_spans_is_not_covered(self, street: shequ.Register) -> None:
        street.put(
            covering(since=date(2025, 1, 1), until=date(2025, 6, 30)),
            covering(since=date(2025, 7, 1), until=date(2026, 1, 1)),
            reason="test",
        )
        assert street.measure("matters.handled", period="2025").value is None

    def test_all_operating_communities_covered_cover_the_whole(self, street: shequ.Register) -> None:
        street.put(covering(EAST), reason="test")
        assert street.measure("population.households", at=DAY).value is None
        street.put(covering(WEST), reason="test")
        assert 3 == street.measure("population.households", at=DAY).value


class TestRollUp:
    def test_what_every_operating_community_filed_is_summed(self, street: shequ.Register) -> None:
        street.put(figure("petitions.received", 2, EAST, period="2025"), reason="test")
        partly = street.measure("petitions.received", period="2025")
        assert partly.value is None
        assert "只有 1 个有数据" in partly.notes[0]
        street.put(figure("petitions.received", 3, WEST, period="2025"), reason="test")
        whole = street.measure("petitions.received", period="2025")
        assert (5, Provenance.FILED) == (whole.value, whole.provenance)

    def test_records_here_and_a_filed_figure_there_make_the_whole(self, street: shequ.Register) -> None:
        street.put(covering(EAST), figure("population.households", 10, WEST), reason="test")
        whole = street.measure("population.households", at=DAY)
        assert (13, Provenance.BOTH) == (whole.value, whole.provenance)

    def test_shorter_periods_make_up_a_longer_one(self, street: shequ.Register) -> None:
        street.put(*(figure("petitions.received", n, period=f"2025Q{n}") for n in (1, 2, 3)), reason="test")
        assert street.measure("petitions.received", period="2025").value is None
        street.put(figure("petitions.received", 4, period="2025Q4"), reason="test")
        found = street.measure("petitions.received", period="2025")
        assert (10, ("由各季上报数合计",)) == (found.value, found.notes)

    def test_an_idle_community_is_counted_but_left_out_of_denominators(self, street: shequ.Register) -> None:
        street.put(covering(), reason="test")
        assert 3 == street.measure("population.communities", at=DAY).value
        per = street.measure("population.households_per_committee", at=DAY)
        assert (3, 2, Fraction(3, 2)) == (per.numerator, per.denominator, per.value)

    def test_an_average_counts_the_same_communities_on_both_sides(self, street: shequ.Register) -> None:
        street.put(covering(), *household(7, IDLE), reason="test")
        assert 4 == street.measure("population.households", at=DAY).value
        per = street.measure("population.households_per_committee", at=DAY)
        assert (3, 2, ("分子只计履行职能的社区",)) == (per.numerator, per.denominator, per.notes)


class TestTime:
    def test_a_metric_at_a_date_is_taken_on_the_last_day_of_a_period(self, street: shequ.Register) -> None:
        street.put(covering(), reason="test")
        assert DAY == street.measure("population.households", period="2025").when.day
        assert 0 == street.measure("population.households", period="2019").value

    def test_a_period_still_running_is_provisional(self, street: shequ.Register) -> None:
        street.put(covering(), reason="test")
        found = street.measure("population.households", period="2026")
        assert (True, date(2026, 1, 5)) == (found.provisional, found.when.day)
        assert "暂计数" in found.notes[-1]
        assert not street.measure("population.households", period="2025").provisional

    def test_a_metric_over_a_period_has_no_value_on_a_day(self, street: shequ.Register) -> None:
        street.put(covering(), reason="test")
        assert street.measure("matters.handled", at=DAY).value is None
        assert "期间指标" in street.measure("matters.handled", at=DAY).notes[0]

    @pytest.mark.parametrize("asked", [{}, {"at": DAY, "period": "2025"}])
    def test_a_date_or_a_period_must_be_given(self, street: shequ.Register, asked: dict[str, object]) -> None:
        with pytest.raises(Misuse, match="either at= or period="):
            street.measure("population.households", **asked)  # type: ignore[arg-type]

    def test_as_it_was_known_earlier(self, street: shequ.Register) -> None:
        before = street.now
        street.put(covering(), reason="test")
        street._clock = lambda: before.replace(month=2)
        street.put(*household(9, EAST), reason="late")
        assert 4 == street.measure("population.households", at=DAY).value
        assert 3 == street.measure("population.households", at=DAY, known_at=before).value


class TestBases:
    def test_who_is_member_volunteer_and_worker_at_once_is_one_person(self, street: shequ.Register) -> None:
        person = "r0"
        street.put(
            covering(),
            PartyMember(id="pm", community=EAST, resident=person, kind=MemberKind.REGISTERED),
            *(Volunteer(id=f"v{n}", community=place, resident=person) for n, place in enumerate((EAST, WEST))),
            CommunityWorker(id="w", community=EAST, name="甲", resident=person),
            reason="test",
        )
        codes = ("party.members", "volunteers.people", "staff.full_time")
        assert [1, 1, 1] == [street.measure(code, at=DAY).value for code in codes]
        assert [1, 1] == [street.measure("volunteers.people", at=DAY, division=place).value for place in (EAST, WEST)]
        assert 3 == street.measure("population.actual", at=DAY).value

    def test_registered_and_living_are_never_mixed(self, street: shequ.Register) -> None:
        home, _, living = household(8, EAST)
        away = attrs.evolve(living, id="m-away", household="h0", kind=MembershipKind.REGISTERED)  # type: ignore[misc]
        street.put(covering(), home, Resident(id="r8", name="甲"), living, away, reason="test")
        figures = {
            code: street.measure(f"population.{code}", at=DAY).value for code in ("actual", "registered", "floating")
        }
        assert {"actual": 4, "registered": 1, "floating": 3} == figures

    def test_what_ended_on_a_day_nobody_knows_counts_on_no_day(self, street: shequ.Register) -> None:
        home, person, living = household(8, EAST)
        gone = attrs.evolve(living, ended=True)  # type: ignore[misc] # a record is an attrs class
        street.put(covering(), home, person, gone, reason="test")
        assert 3 == street.measure("population.actual", at=DAY).value
        assert 3 == street.measure("population.actual", at=date(2021, 1, 1)).value

    @pytest.mark.parametrize(("state", "counted"), [("applied", 0), ("registered", 1), ("suspended", 1), ("left", 0)])
    def test_a_volunteer_without_days_counts_by_where_the_registration_stands(
        self, street: shequ.Register, state: str, counted: int
    ) -> None:
        street.put(
            covering(), Volunteer(id="v", community=EAST, resident="r0", state=VolunteerState(state)), reason="t"
        )
        assert counted == street.measure("volunteers.people", at=DAY).value


def test_what_is_known_only_later_is_not_asked_for(street: shequ.Register) -> None:
    street.put(covering(), reason="t")
    for ask in (
        lambda known_at: street.measure("population.households", at=DAY, known_at=known_at),
        lambda known_at: street.check(at=DAY, known_at=known_at),
        lambda known_at: street.report("brief", period="2025", known_at=known_at),
    ):
        with pytest.raises(BadData) as caught:
            ask(street.now + timedelta(days=1))
        assert "在将来" in caught.value.message
        assert str(street.today) in (caught.value.remedy or "")
        ask(street.now)


class TestBooks:
    def test_every_book_is_counted_and_the_parts_make_the_whole(self, street: shequ.Register) -> None:
        whole = street.measure("data.records", at=DAY)
        assert {"街道": 1, "社区": 3, "户": 3, "居民": 3, "户成员": 3} == {p.group: p.value for p in whole.parts}
        assert 13 == whole.value == len(list(whole.rows()))

    def test_a_communitys_books_are_its_own(self, street: shequ.Register) -> None:
        assert {"社区": 1, "户": 3, "户成员": 3} == {
            p.group: p.value for p in street.measure("data.records", at=DAY, division=EAST).parts
        }


class TestWhatWasOnceWrong:
    """Figures that came out wrong without a word, each as it is to be."""

    def test_records_in_a_division_without_a_record_are_counted(self, street: shequ.Register) -> None:
        street.put(
            covering(),
            *(
                Donation(id=f"d{n}", receipt=str(n), division=place, given=DAY, kind=GiftKind.MONEY, amount=100)
                for n, place in enumerate(("999900001009", "LOCAL-9"))
            ),
            reason="test",
        )
        assert 2 == street.measure("welfare.donations_money", period="2025").value

    def test_who_moved_within_the_district_is_still_resident(self, street: shequ.Register) -> None:
        moved = date(2025, 10, 1)
        old, person, membership = household(8, EAST)
        street.put(
            covering(),
            old,
            person,
            attrs.evolve(membership, until=moved),  # type: ignore[misc] # a record is an attrs class
            Household(id="new", community=WEST, number="1"),
            HouseholdMembership(
                id="m-new", household="new", resident=person.id, kind=MembershipKind.LIVING, since=moved
            ),
            reason="test",
        )
        assert street.measure("population.actual", at=DAY).value == street.measure("population.resident", at=DAY).value

    def test_plans_of_a_running_year_are_counted(self, street: shequ.Register) -> None:
        street.put(covering(), WorkPlanItem(id="p", division=STREET, year=2026, title="招聘"), reason="test")
        assert 1 == street.measure("plan.items", period="2026").value
        assert 0 == street.measure("plan.items", period="2025").value

    def test_a_period_that_has_not_begun_has_no_data(self, street: shequ.Register) -> None:
        street.put(covering(), reason="test")
        found = street.measure("matters.handled", period="2030")
        assert (None, ("时期尚未开始",)) == (found.value, found.notes)
        with pytest.raises(BadData, match="将来"):
            street.check(at="2030-06-30")

    def test_divisions_that_lie_in_each_other_do_not_hang(self, register: shequ.Register) -> None:
        register._district = "L-1"
        register.put(
            *(
                Division(id=a, code=a, name=a, level=DivisionTerm.TOWN, parent=b)
                for a, b in (("L-1", "L-2"), ("L-2", "L-1"))
            ),
            figure("population.households", 3, "L-1"),
            reason="test",
        )
        assert 3 == register.measure("population.households", at=DAY).value
        assert isinstance(register.check(at=DAY), tuple)

    def test_coverage_of_an_unknown_division_breaks_nothing(self, street: shequ.Register) -> None:
        street.put(covering("999900001099"), reason="test")
        assert street.measure("population.households", at=DAY).value is None

    def test_a_figure_filed_for_the_year_stands_at_its_end(self, street: shequ.Register) -> None:
        street.put(figure("population.households", 9, period="2025"), reason="test")
        assert {9} == {street.measure("population.households", period=p).value for p in ("2025", "2025Q4", "2025-12")}

    def test_two_filed_totals_that_differ_are_a_finding(self, street: shequ.Register) -> None:
        street.put(
            figure("population.households", 9, period="2025"), figure("population.households", 8, at=DAY), reason="test"
        )
        assert ["8、9"] == [f.message.rpartition("：")[2] for f in street.check(at=DAY) if f.rule == "figures.close"]


class TestLineage:
    def test_rows_are_as_many_as_counted(self, street: shequ.Register) -> None:
        street.put(covering(), reason="test")
        found = street.measure("population.households", at=DAY)
        assert [("household", f"h{n}") for n in range(3)] == list(found.rows())
        assert 3 == found.row_count

    def test_a_ratio_explains_both_sides(self, street: shequ.Register) -> None:
        street.put(covering(), reason="test")
        text = street.measure("population.households_per_committee", at=DAY).explain()
        for part in ("1.50户", "3 ÷ 2", "常驻居民户（population.households）= 3户", "口径", "household h0"):
            assert part in text

    def test_a_fallback_is_named(self, register: shequ.Register) -> None:
        register._district = "LOCAL-1"
        register.put(
            figure("party.members", 582, "LOCAL-1"), figure("population.communities", 10, "LOCAL-1"), reason="test"
        )
        found = register.measure("party.members_per_community", at=DAY)
        assert ("58.2", ("无“履行职能社区数”数据，以“社区数”代",)) == (found.printed, found.notes)

    def test_division_by_zero_is_no_data(self, register: shequ.Register) -> None:
        register._district = "LOCAL-1"
        register.put(figure("party.members", 5, "LOCAL-1"), figure("party.branches", 0, "LOCAL-1"), reason="test")
        found = register.measure("party.members_per_branch", at=DAY)
        assert (None, ("分母为 0",)) == (found.value, found.notes)

    def test_a_shortfall_needs_its_standard(self, register: shequ.Register) -> None:
        register._district = "LOCAL-1"
        register.put(
            figure("population.households", 1000, "LOCAL-1"), figure("staff.full_time", 2, "LOCAL-1"), reason="test"
        )
        found = register.measure("staff.needed", at=DAY)
        assert found.value is None
        assert "staff.households_per_worker" in found.notes[0]

    def test_money_comes_in_yuan_and_groups_add_up(self, street: shequ.Register) -> None:
        street.put(
            covering(),
            *(
                Project(
                    id=f"p{n}",
                    division=EAST,
                    name=f"工程{n}",
                    kind="paving",
                    phase=ProjectPhase.UNDERWAY,
                    spent=n * 1050,
                    began=DAY,
                )
                for n in (1, 2)
            ),
            reason="test",
        )
        found = street.measure("environment.investment_by_project", period="2025")
        assert (Fraction(63, 2), "31.50元") == (found.value, found.shown)
        assert [("工程1", Fraction(21, 2)), ("工程2", 21)] == [(part.group, part.value) for part in found.parts]

    def test_an_unknown_metric_comes_with_suggestions(self, street: shequ.Register) -> None:
        with pytest.raises(UnknownMetric, match=r"population\.households"):
            street.measure("population.housholds", at=DAY)

    def test_an_unknown_division_is_named(self, street: shequ.Register) -> None:
        with pytest.raises(BadData, match="桃园"):
            street.measure("population.households", at=DAY, division="桃园")


class TestCatalogue:
    def test_every_theme_has_figures_that_come_from_records(self, register: shequ.Register) -> None:
        counted = [metric for metric in register.catalogue.values() if metric.formula is not None]
        assert len(counted) >= 30
        assert {metric.theme for metric in counted} >= {
            "population",
            "premises",
            "network",
            "matters",
            "volunteers",
            "employment",
            "welfare",
            "culture",
            "learning",
            "environment",
            "property",
            "safety",
            "party",
            "staff",
            "zones",
            "burden",
            "participation",
            "plan",
            "data",
        }

    def test_every_definition_can_be_said_in_chinese(self, street: shequ.Register) -> None:
        for found in street.measure_all(period="2025"):
            assert found.definition
            assert "Compare(" not in found.definition

    @pytest.mark.parametrize(
        ("metrics", "says"),
        [
            ([Metric("a.a", "甲", ""), Metric("a.a", "乙", "")], "twice"),
            ([Metric("a.a", "甲", "", Ratio(("a.b",), ("a.c",)))], r"a\.b"),
            ([Metric("a.a", "甲", "", Total(("a.b",))), Metric("a.b", "乙", "", Total(("a.a",)))], "depends on itself"),
        ],
    )
    def test_a_catalogue_that_does_not_hold_together_is_refused(self, metrics: list[Metric], says: str) -> None:
        with pytest.raises(Misuse, match=says):
            Catalogue(metrics)

    def test_how_a_metric_rolls_up_follows_from_its_formula(self) -> None:
        counted = Metric("a.a", "甲", "", Measured(Count(Keys("matter"))), Timing.IN)
        assert ("distinct", "sum") == (counted.roll_up, Metric("a.b", "乙", "").roll_up)


@given(st.fractions(), st.integers(0, 6))
def test_rounding_is_half_away_from_zero(value: Fraction, decimals: int) -> None:
    text = Fraction(rounded(value, decimals))
    assert abs(text - value) <= Fraction(1, 2 * 10**decimals)
    assert Fraction(rounded(-value, decimals)) == -text


@pytest.mark.parametrize(
    ("value", "json"),
    [
        (None, None),
        (Fraction(3), 3),
        (Fraction(1, 2), "0.5"),
        (Fraction(94000, 7729), "12.1619873205"),
        (Fraction(-1, 3), "-0.3333333333"),
    ],
)
def test_numbers_in_json_are_whole_or_text_of_ten_places(value: Fraction | None, json: object) -> None:
    assert json == exact_json(value)
