"""The catalogue: every figure a report speaks of is defined, has a value where records could give it, and explains itself."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
import pytest

import shequ
from shequ.effective import SHANGHAI, Span
from shequ.errors import BadData, Misuse
from shequ.lifecycle import Lifecycle, course
from shequ.lifecycle.cards import APPOINTMENT_CARD, CONTACT_CARD, REGISTRATION_CARD, SERVICE_RECORD
from shequ.metrics import BREAKDOWNS, Catalogue, Measurement, Metric, Ratio, Total, breakdowns_of
from shequ.metrics.catalogue import METRICS
from shequ.model import PartyMember, ServiceRecord, Step
from shequ.query import Select
from shequ.register import Register
from shequ.sample import make_sample

NOW = datetime(2026, 1, 5, 9, tzinfo=SHANGHAI)
CODES = [
    "population.communities",
    "population.communities_operating",
    "population.communities_by_status",
    "population.communities_by_character",
    "population.communities_with_honour",
    "population.households",
    "population.households_registered",
    "population.households_empty",
    "population.registered",
    "population.registered_living",
    "population.separated",
    "population.floating",
    "population.floating_share",
    "population.actual",
    "population.resident",
    "population.low_income_share",
    "population.orphans",
    "population.by_sex_age",
    "population.elderly_share",
    "population.low_income",
    "population.disabled",
    "population.living_alone",
    "population.household_size",
    "premises.office_area",
    "premises.service_area",
    "premises.service_area_per_100_households",
    "premises.office_area_mean",
    "premises.communities_by_condition",
    "premises.by_tenure",
    "premises.communities_rented",
    "premises.communities_without_venue",
    "premises.venues_by_kind",
    "network.stations",
    "network.health_stations",
    "network.outlets",
    "network.outlet_staff",
    "network.circle_coverage",
    "network.culture_circle_coverage",
    "matters.handled",
    "matters.outside_hours",
    "matters.outside_hours_share",
    "matters.median_days",
    "hours.weekly_open",
    "volunteers.groups",
    "volunteers.people",
    "volunteers.active",
    "volunteers.service_hours",
    "volunteers.records",
    "volunteers.records_late",
    "volunteers.beneficiaries",
    "volunteers.posts",
    "volunteers.posts_claimed",
    "volunteers.wishes_fulfilled_share",
    "volunteers.rating",
    "employment.placements",
    "employment.placements_by_channel",
    "employment.welfare_posts",
    "employment.welfare_posts_4050_share",
    "welfare.donations_money",
    "welfare.donations_goods",
    "welfare.aid_person_times",
    "welfare.stock",
    "welfare.elder_care",
    "welfare.pairings",
    "welfare.pairing_visits",
    "culture.teams",
    "culture.team_members",
    "culture.activities",
    "culture.activities_by_kind",
    "culture.attendance",
    "culture.months_without_activity",
    "culture.quarters_without_plan",
    "learning.lectures",
    "learning.trainings",
    "learning.reading_clubs",
    "learning.reading_meetings",
    "culture.festival_activities",
    "publicity.items",
    "publicity.items_by_outlet",
    "environment.investment",
    "environment.investment_by_project",
    "environment.projects_by_phase",
    "environment.green_spots",
    "property.contracts_by_choice",
    "property.replaced",
    "property.owners_committees",
    "property.enclosed_estates",
    "property.cleaners",
    "property.complaints",
    "property.complaints_per_1000_households",
    "safety.police_rooms",
    "safety.patrol_teams",
    "safety.patrol_members",
    "safety.disputes",
    "safety.disputes_mediated_share",
    "safety.disputes_settled_share",
    "safety.median_days_to_settle",
    "petitions.received",
    "petitions.concluded",
    "petitions.overdue",
    "petitions.backlog_resolved",
    "party.members",
    "party.members_by_kind",
    "party.members_per_community",
    "party.organizations_by_kind",
    "party.branches",
    "party.members_per_branch",
    "party.organizations_without_full_time_head",
    "party.groups_missing",
    "party.members_registered",
    "party.cards_by_state",
    "party.appointments_by_state",
    "party.services_by_state",
    "party.contacts_by_state",
    "party.lecturers",
    "party.service_teams",
    "party.members_active",
    "party.service_records",
    "party.beneficiaries",
    "party.legal_consultations",
    "party.disputes_mediated",
    "party.contact_cards_due",
    "party.contact_cards_sent",
    "party.contact_cards_returned",
    "party.posts_by_kind",
    "party.symposia",
    "party.employers",
    "staff.full_time",
    "staff.by_age",
    "staff.by_education",
    "staff.by_origin",
    "staff.pay_mean",
    "staff.per_community",
    "staff.households_per_worker",
    "staff.households_over_standard",
    "staff.needed",
    "staff.per_10000_residents",
    "zones.buildings_covered_share",
    "zones.slips_issued_share",
    "burden.regular_categories",
    "burden.regular_items",
    "burden.inspections",
    "burden.total",
    "burden.autonomous_share",
    "bodies.present",
    "bodies.without_rules",
    "bodies.posts_held_by_full_time_share",
    "funds.dedicated",
    "funds.per_household",
    "work.breadth",
    "elections.held",
    "elections.direct_share",
    "training.person_times",
    "plan.items_done_share",
    "participation.people",
    "participation.rate",
    "participation.by_sex_age",
    "participation.by_employment",
    "participation.elderly_women_share",
    "participation.working_age_share",
    "participation.by_kind",
    "data.figures_disagreeing",
    "data.figures_without_records",
    "data.restated",
]
"""What the field asks for."""


@pytest.fixture(scope="module")
def register() -> Iterator[Register]:
    """A demonstration district, small and in memory, with the records that its full size has."""
    sample = make_sample(2025, 120)
    with TemporaryDirectory() as folder:
        rules = Path(folder) / "yunxi.toml"
        rules.write_text(sample.rules, encoding="utf-8")
        made = shequ.open("memory:", district="999900001000", actor="test", clock=lambda: NOW, rules=[rules])
    with made:
        for records in sample.records.values():
            made.put(*records, reason="test")
        yield made


@pytest.fixture(scope="module")
def measured(register: Register) -> dict[str, Measurement]:
    return {one.metric.code: one for one in register.measure_all(period="2025")}


def test_every_figure_that_is_asked_for_is_defined_by_a_formula() -> None:
    defined = {metric.code for metric in METRICS if metric.formula is not None}
    assert set() == set(CODES) - defined
    assert [] == [metric.code for metric in METRICS if metric.formula is None]


def test_every_metric_has_a_value_in_the_demonstration(measured: dict[str, Measurement]) -> None:
    assert [] == [code for code, one in measured.items() if one.value is None]


def test_every_metric_explains_itself(register: Register, measured: dict[str, Measurement]) -> None:
    for code, one in measured.items():
        text, document = one.explain(limit=3), one.lineage(limit=3)
        assert f"（{code}）= {one.shown}" in text
        assert f"定义：{one.definition}" in text
        assert "参数“" not in one.definition or one.parameters, code
        assert len(document["operands"]) == len(one.operands)
        assert min(3, one.row_count) == len(document["records"]), code
        for record in document["records"]:
            if record["type"] in register.schema:
                assert register.get(record["type"], record["id"]) is not None, (code, record)


def test_a_ratio_gives_both_sides_with_their_rows_and_every_page_once(measured: dict[str, Measurement]) -> None:
    for one in measured.values():
        if not isinstance(one.metric.formula, Ratio):
            continue
        assert ["分子", "分母"] == [role for role, _ in one.sides()]
        upper, lower = (side for _, side in one.sides())
        assert (one.numerator, one.denominator) == (upper.value, lower.value)
    coverage = measured["zones.buildings_covered_share"]
    for _, side in coverage.sides():
        pages = -(-side.row_count // 7)
        rows = [row for number in range(1, pages + 1) for row in side.page(number, 7).rows]
        assert list(side.rows()) == rows
        assert rows[3:10] == list(side.page(1, 7, after=rows[2]).rows)


def test_a_page_beyond_the_last_is_refused(measured: dict[str, Measurement]) -> None:
    one = measured["population.communities"]
    for call in (lambda: one.page(2, 20), lambda: one.explain(20, 2), lambda: one.lineage(20, 9), lambda: one.page(0)):
        with pytest.raises(BadData, match="没有第"):
            call()
    with pytest.raises(BadData, match="社区数没有用到 household h"):
        one.page(after=("household", "h"))


def test_overdue_petitions_are_those_that_the_rule_finds(register: Register, measured: dict[str, Measurement]) -> None:
    found = {finding.subject for finding in register.check(at="2025-12-31") if finding.rule == "petitions.deadlines"}
    rows = {register.get(type_, id_).number for type_, id_ in measured["petitions.overdue"].rows()}  # type: ignore[union-attr] # petitions
    assert found == rows
    uses = measured["petitions.overdue"].parameters
    assert {"2005-05-01", "2022-05-01"} == {str(use.span.since) for use in uses}
    assert all(use.citation and use.source.startswith("national 20") for use in uses)


def test_weekly_hours_and_funds_agree_with_what_was_filed(measured: dict[str, Measurement]) -> None:
    assert measured["funds.dedicated"].filed == measured["funds.dedicated"].computed
    hours = measured["hours.weekly_open"]
    assert hours.value == hours.numerator / hours.denominator  # type: ignore[operator] # both are there


def test_what_moved_since_the_last_report_is_named_with_both_values(measured: dict[str, Measurement]) -> None:
    restated = measured["data.restated"]
    assert (1, ["matters.handled"]) == (restated.value, [one.metric.code for one in restated.operands])
    said = re.fullmatch(r"云溪街道办理事务 2024：所报 (\d+)，现为 (\d+)", restated.notes[1])
    assert said is not None
    assert 9 == int(said[2]) - int(said[1])


def test_before_a_report_was_filed_nothing_is_restated(register: Register) -> None:
    none = register.measure("data.restated", at="2023-12-31")
    assert (None, ("没有已报的报告可比",)) == (none.value, none.notes)


class TestCardsByState:
    """Each of the four cards stands in the state that its steps had led to by the day."""

    CARDS = (
        ("party.cards_by_state", REGISTRATION_CARD, "reported"),
        ("party.appointments_by_state", APPOINTMENT_CARD, "offered"),
        ("party.services_by_state", SERVICE_RECORD, "recorded"),
        ("party.contacts_by_state", CONTACT_CARD, "compiled"),
    )

    @pytest.mark.parametrize(("code", "lifecycle", "begun"), CARDS)
    @pytest.mark.parametrize("day", ["2025-03-31", "2025-12-31"])
    def test_cards_stand_where_their_steps_led(
        self, register: Register, code: str, lifecycle: Lifecycle, begun: str, day: str
    ) -> None:
        when = date.fromisoformat(day)
        with register.store.read("999900001000") as snapshot:
            taken = [stored.record for stored in snapshot.scan(Select("step"))]
            cards = [stored.record for stored in snapshot.scan(Select(lifecycle.type.__record__.name))]
            members = [stored.record for stored in snapshot.scan(Select("party_member"))]
        if lifecycle is SERVICE_RECORD:  # of these the cards are the records of members
            held = {(one.resident, Span(one.since, one.until)) for one in members if isinstance(one, PartyMember)}
            cards = [
                one
                for one in cards
                if isinstance(one, ServiceRecord)
                and any(one.resident == who and one.served_on in span for who, span in held)
            ]
        steps: dict[str, list[Step]] = {}
        for step in taken:
            assert isinstance(step, Step)
            steps.setdefault(step.subject, []).append(step)
        states = [
            course(lifecycle, steps.get(card.id, ()), begun=getattr(card, begun), card=card).at(when)
            for card in cards
            if getattr(card, begun) <= when
        ]
        found = register.measure(code, at=day)
        assert Counter(state.label for state in states) == {part.group: part.value for part in found.parts}
        assert len(states) == found.value > 0


class TestBreakdowns:
    def test_groups_of_a_total_and_of_a_set_of_persons_add_up(self, register: Register) -> None:
        for by in ("sex", "age", "zone"):
            for code in ("population.actual", "population.registered_living"):
                whole = register.measure(code, period="2025", by=by)
                assert whole.value == sum(part.value or 0 for part in whole.parts), (code, by)
        assert {"男性", "女性"} == {
            part.group for part in register.measure("population.actual", period="2025", by="sex").parts
        }

    def test_a_ratio_is_broken_down_on_both_sides(self, register: Register) -> None:
        whole = register.measure("population.floating_share", period="2025", by="sex")
        assert whole.numerator == sum(part.numerator or 0 for part in whole.parts)
        assert whole.denominator == sum(part.denominator or 0 for part in whole.parts)
        for part in whole.parts:
            assert part.value == part.numerator / part.denominator  # type: ignore[operator] # both are there

    def test_a_zone_is_named_with_its_community_and_in_documents_as_group(self, register: Register) -> None:
        whole = register.measure("zones.buildings", period="2025", by="zone")
        assert 25 == len(whole.parts)
        assert "望溪社区 第一片区" in {part.as_json()["group"] for part in whole.flat()}

    def test_ages_come_in_their_order(self, register: Register) -> None:
        groups = [part.group for part in register.measure("population.actual", period="2025", by="age").parts]
        years = [int(re.match(r"\d+", group or "")[0]) for group in groups]  # type: ignore[index] # ages
        assert sorted(years) == years

    @pytest.mark.parametrize(
        ("code", "by", "said"),
        [
            ("matters.handled", "sex", "“办理事务”（matters.handled）不能按性别分列：所计的记录没有性别"),
            ("population.households", "sex", "不能按性别分列"),
            ("network.stations", "zone", "不能按片区分列"),
            ("matters.median_days", "kind", "不能按类别分列"),
            ("staff.needed", "age", "不能按年龄分列"),
        ],
    )
    def test_what_the_records_do_not_say_is_refused(self, register: Register, code: str, by: str, said: str) -> None:
        with pytest.raises(Misuse) as caught:
            register.measure(code, period="2025", by=by)
        assert said in caught.value.message
        assert "社区分列" in (caught.value.remedy or "")

    def test_an_unknown_breakdown_names_those_there_are(self, register: Register) -> None:
        with pytest.raises(Misuse) as caught:
            register.measure("population.actual", period="2025", by="colour")
        assert "community、zone、sex、age、kind" in (caught.value.remedy or "")

    def test_without_codes_those_that_can_be_broken_down_are_listed(self, register: Register) -> None:
        can = {m.code: breakdowns_of(register.schema, register.catalogue, m) for m in METRICS}
        assert all(sum(by in found for found in can.values()) > 20 for by in BREAKDOWNS)
        listed = register.measure_all(period="2025", by="zone")
        assert [code for code, found in can.items() if "zone" in found] == [one.metric.code for one in listed]


class TestDefinitions:
    def test_a_circle_is_refused_with_the_way_round(self) -> None:
        one, other = Metric("x.a", "甲", "个", Total(("x.b",))), Metric("x.b", "乙", "个", Total(("x.a",)))
        with pytest.raises(Misuse, match=r"metric x\.a \(plugin p\) depends on itself: x\.a → x\.b → x\.a"):
            Catalogue([attrs.evolve(one, plugin="plugin p"), other])

    def test_parts_of_parts_of_itself_are_a_circle_too(self) -> None:
        one, other = Metric("x.a", "甲", "个", parts_of="x.b"), Metric("x.b", "乙", "个", Total(("x.a",)))
        with pytest.raises(Misuse, match=r"x\.a → x\.b → x\.a"):
            Catalogue([one, other])

    def test_two_ways_to_one_metric_are_no_circle(self) -> None:
        base = Metric("x.a", "甲", "个")
        middle = [Metric(f"x.{name}", name, "个", Total(("x.a",))) for name in "bc"]
        assert 4 == len(Catalogue([base, *middle, Metric("x.d", "丁", "个", Total(("x.b", "x.c")))]))

    def test_an_unknown_component_is_refused_with_the_nearest_one(self) -> None:
        with pytest.raises(Misuse) as caught:
            Catalogue(
                [Metric("x.people", "人", "人"), Metric("x.share", "比", "", Ratio(("x.peopel",), ("x.people",)))]
            )
        assert ("metric x.share needs x.peopel, which is not defined", "did you mean x.people?") == (
            caught.value.message,
            caught.value.remedy,
        )


class TestBadInput:
    def test_a_division_that_does_not_exist_suggests_those_that_do(self, register: Register) -> None:
        with pytest.raises(BadData) as caught:
            register.measure("population.households", period="2025", division="望溪社")
        assert "没有区划 '望溪社'" == caught.value.message
        assert "是否指 望溪社区" in (caught.value.remedy or "")

    def test_before_the_records_begin_there_is_no_data_and_the_note_says_when_they_do(self, register: Register) -> None:
        found = register.measure("matters.handled", period="2023")
        assert (None, "所需记录自 2024-01-01 起才声明完整") == (found.value, found.notes[-1])

    def test_the_law_of_a_day_before_any_is_refused(self, register: Register) -> None:
        with pytest.raises(BadData, match="1950-01-01 早于规则集中最早的规定（1954-12-31）"):
            register.check(at="2025-12-31", law="1950-01-01")


class TestComparison:
    def test_the_same_period_of_last_year_and_the_one_before(self, register: Register) -> None:
        (year,) = register.compare(to="yoy", period="2025Q3", codes=["matters.handled"])
        (before,) = register.compare(to="pop", period="2025Q3", codes=["matters.handled"])
        assert ("2024Q3", "2025Q2") == (str(year.before.period), str(before.before.period))
        for found in (year, before):
            assert found.now.value is not None
            assert found.before.value is not None
            assert found.difference == found.now.value - found.before.value
            assert found.change == found.difference / found.before.value
            assert register.measure("matters.handled", period=str(found.before.period)).value == found.before.value

    def test_a_day_is_held_against_that_of_last_year_or_the_end_of_the_month_before(self, register: Register) -> None:
        for to, day in (("yoy", "2024-11-30"), ("pop", "2025-10-31")):
            (found,) = register.compare(to=to, at="2025-11-30", codes=["population.households"])
            assert day == str(found.before.when.day)

    def test_of_a_period_still_running_as_much_of_the_other_one_counts(self, register: Register) -> None:
        (found,) = register.compare(to="pop", period="2026-01", codes=["matters.handled"])
        assert "2025-12-01/2025-12-05" == str(found.before.period)
        (found,) = register.compare(to="yoy", period="2026", codes=["matters.handled"])
        assert "2025-01-01/2025-01-05" == str(found.before.period)

    def test_without_data_on_a_side_there_is_no_difference_and_a_note(self, register: Register) -> None:
        (found,) = register.compare(to="yoy", period="2024", codes=["matters.handled"])
        assert (None, None, "对比期没有数据") == (found.difference, found.change, found.note)
        assert found.as_json()["comparison"]["value"] is None

    def test_groups_and_communities_are_compared_each_with_itself(self, register: Register) -> None:
        (found,) = register.compare(to="yoy", period="2025", codes=["population.actual"], by="sex")
        whole, *groups = found.flat()
        assert whole.difference == sum(group.difference or 0 for group in groups)
        assert {"男性", "女性"} == {group.as_json()["group"] for group in groups}
        assert all(group.now.group == group.before.group for group in groups)
        rows = register.compare(to="yoy", period="2025", codes=["population.actual"], by="community")
        assert 7 == len(rows)
        assert all(row.now.place.code == row.before.place.code for row in rows)

    def test_a_percentage_differs_in_percentage_points(self, register: Register) -> None:
        (found,) = register.compare(to="yoy", period="2025", codes=["population.elderly_share"])
        assert re.fullmatch(r"([+-]?\d+\.\d\d)个百分点", found.printed_difference)

    def test_another_comparison_is_refused(self, register: Register) -> None:
        with pytest.raises(Misuse, match="没有名为 'mom' 的比较"):
            register.compare(to="mom", period="2025")
