"""Books that must agree with each other: visits, stock, households, slips, property, bodies, the filed report."""

import json
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from sample_pool import SAMPLES, quick

from shequ.effective import Span, age
from shequ.lifecycle.households import clashes
from shequ.lifecycle.ledger import faults
from shequ.model import (
    BoundaryEvent,
    ContractState,
    GiftKind,
    HouseholdEvent,
    LowIncomeState,
    MembershipKind,
    ServiceRequestState,
    span_of,
)
from shequ.sample import Sample
from shequ.sample.filed import STILL_UNWRITTEN

FIRST, LAST = date(2024, 1, 1), date(2025, 12, 31)
OPERATING = {f"99990000100{number}" for number in range(1, 6)}


def all_of(sample: Sample, name: str) -> tuple[Any, ...]:
    return sample.records[name]


class TestPairings:
    @given(SAMPLES)
    @quick
    @pytest.mark.slow
    def test_a_pairing_has_as_many_visits_as_it_says_all_while_it_lasted(self, sample: Sample) -> None:
        pairings = {pairing.id: pairing for pairing in all_of(sample, "pairing")}
        visits = Counter(visit.pairing for visit in all_of(sample, "visit"))
        assert {id_: p.visits for id_, p in pairings.items()} == {id_: visits[id_] for id_ in pairings}
        for visit in all_of(sample, "visit"):
            pairing = pairings[visit.pairing]
            assert visit.on in Span(pairing.since, pairing.until)

    def test_orders_and_wishes_are_rated_when_done_by_a_member_of_the_community(self, full_district: Sample) -> None:
        community = {member.id: member.community for member in all_of(full_district, "party_member")}
        requests = all_of(full_district, "service_request")
        assert {True, False} == {request.wish for request in requests}
        assert {1, 2, 3, 4, 5} == {request.rating for request in requests} - {None}
        for request in requests:
            assert (request.rating is not None) is (request.state is ServiceRequestState.RATED)
            assert request.member is None or community[request.member] == request.community


@pytest.mark.slow
class TestCharityShop:
    @given(SAMPLES)
    @quick
    def test_every_entry_adds_up_to_nothing_for_each_thing(self, sample: Sample) -> None:
        sides: dict[tuple[str, str], list[tuple[int, int, int]]] = defaultdict(list)
        for line in all_of(sample, "stock"):
            sides[line.number, line.item].append((line.amount, line.pieces, line.estimated_value or 0))
        assert {(0, 0, 0)} == {tuple(map(sum, zip(*lines, strict=True))) for lines in sides.values()}

    @given(SAMPLES)
    @quick
    def test_the_librarys_ledger_finds_no_fault_in_the_books(self, sample: Sample) -> None:
        assert () == faults(all_of(sample, "stock"))

    @given(SAMPLES)
    @quick
    def test_the_stock_never_falls_below_nothing(self, sample: Sample) -> None:
        by_day: dict[tuple[str, str], Counter[date]] = defaultdict(Counter)
        for line in all_of(sample, "stock"):
            if line.account == "stock":
                by_day[line.division, line.item][line.on] += line.amount + line.pieces
        for moves in by_day.values():
            standing = 0
            for day in sorted(moves):
                standing += moves[day]
                assert standing >= 0

    @given(SAMPLES)
    @quick
    def test_gifts_and_aid_are_booked_as_they_were_given(self, sample: Sample) -> None:
        booked: Counter[tuple[str, str, str, date]] = Counter()
        reversed_ = {line.reverses for line in all_of(sample, "stock")} - {None}
        for line in all_of(sample, "stock"):
            if line.account in ("donated", "aided") and line.reverses is None and line.number not in reversed_:
                booked[line.number, line.division, line.item, line.on] += abs(line.amount + line.pieces)
        given_: Counter[tuple[str, str, str, date]] = Counter()
        for record in (*all_of(sample, "donation"), *all_of(sample, "aid")):
            number = f"捐-{record.receipt}" if hasattr(record, "receipt") else f"发-{record.number}"
            money = record.kind is GiftKind.MONEY
            key = number, record.division, "款" if money else record.goods, record.given
            given_[key] += record.amount if money else record.pieces
        assert given_ == booked

    def test_a_mistake_was_reversed_and_not_deleted(self, full_district: Sample) -> None:
        lines = {(line.number, line.account): line for line in all_of(full_district, "stock")}
        (taken_back,) = {line.reverses for line in lines.values()} - {None}
        for line in [line for line in lines.values() if line.reverses == taken_back]:
            wrong = lines[taken_back, line.account]
            assert (wrong.item, -wrong.pieces, wrong.amount) == (line.item, line.pieces, line.amount)


class TestHouseholds:
    @given(SAMPLES)
    @quick
    def test_every_membership_that_began_or_ended_in_the_two_years_has_its_event(self, sample: Sample) -> None:
        # A change of head, a merger and a split move several people at once.
        together = (HouseholdEvent.HEAD, HouseholdEvent.MERGE, HouseholdEvent.SPLIT)
        known = {
            (place, None if change.event in together else change.resident, change.on)
            for change in all_of(sample, "household_change")
            for place in {change.household, change.other} - {None}
        }
        for record in all_of(sample, "household_membership"):
            for day in (record.since, record.until):
                if day is not None and day >= FIRST:
                    assert known & {(record.household, record.resident, day), (record.household, None, day)}

    @given(SAMPLES)
    @quick
    def test_nobody_is_in_two_households_in_one_way_and_no_household_has_two_heads(self, sample: Sample) -> None:
        assert () == clashes(all_of(sample, "household_membership"))

    def test_a_head_changed_by_an_event_is_head_from_that_day(self, full_district: Sample) -> None:
        heads = [c for c in all_of(full_district, "household_change") if c.event is HouseholdEvent.HEAD]
        relations = {
            (r.household, r.resident, r.since): r.relation for r in all_of(full_district, "household_membership")
        }
        assert heads
        assert {"0"} == {relations[c.household, c.resident, c.on] for c in heads}

    def test_a_merged_household_is_closed_and_its_people_are_in_the_other(self, full_district: Sample) -> None:
        households = {household.id: household for household in all_of(full_district, "household")}
        merges = [c for c in all_of(full_district, "household_change") if c.event is HouseholdEvent.MERGE]
        members = defaultdict(set)
        for record in all_of(full_district, "household_membership"):
            if record.kind is MembershipKind.REGISTERED:
                members[record.household, record.since].add(record.resident)
                members[record.household, record.until].add(record.resident)
        assert merges
        for change in merges:
            assert change.on == households[change.household].until
            assert members[change.household, change.on] <= members[change.other, change.on]

    def test_a_household_split_off_begins_with_the_event(self, full_district: Sample) -> None:
        households = {household.id: household for household in all_of(full_district, "household")}
        splits = [c for c in all_of(full_district, "household_change") if c.event is HouseholdEvent.SPLIT]
        assert splits
        assert all(change.on == households[change.other].since for change in splits)


def test_boundary_changes_name_divisions_that_ended_and_began_with_them(full_district: Sample) -> None:
    divisions = {division.code: division for division in all_of(full_district, "division")}
    for change in all_of(full_district, "boundary_change"):
        begun = () if change.event is BoundaryEvent.DISSOLVE else change.after
        ended = () if change.event is BoundaryEvent.RENAME else change.before
        assert {change.on} >= {divisions[code].since for code in begun}
        assert {change.on} >= {divisions[code].until for code in ended}


def test_halls_open_earlier_later_and_at_noon_since_the_staggered_hours(full_district: Sample) -> None:
    for code in OPERATING:
        monday = [r for r in all_of(full_district, "opening_hours") if (r.division, r.weekday) == (code, "1")]
        now = [(str(r.opens), str(r.closes)) for r in monday if r.until is None]
        before = [(str(r.opens), str(r.closes)) for r in monday if r.until is not None]
        assert [("08:00:00", "18:00:00")] == now
        assert [("08:30:00", "12:00:00"), ("13:00:00", "17:30:00")] == before


def test_a_slip_names_who_answers_for_the_building(full_district: Sample) -> None:
    building = {household.id: household.building for household in all_of(full_district, "household")}
    answering = defaultdict(list)
    for record in all_of(full_district, "responsibility"):
        answering[record.building, record.worker].append(Span(record.since, record.until))
    for slip in all_of(full_district, "contact_slip"):
        spans = answering[building[slip.household], slip.worker]
        assert any(span.covers(Span(slip.issued, slip.until)) for span in spans)


def test_no_household_has_two_slips_at_once(full_district: Sample) -> None:
    spans = defaultdict(list)
    for slip in all_of(full_district, "contact_slip"):
        spans[slip.household].append(Span(slip.issued, slip.until))
    for mine in spans.values():
        assert not any(a.overlaps(b) for n, a in enumerate(mine) for b in mine[n + 1 :])


class TestWelfare:
    @given(SAMPLES)
    @quick
    def test_each_household_in_the_category_has_a_case_granted_or_stopped(self, sample: Sample) -> None:
        home = {
            record.resident: record.household
            for record in all_of(sample, "household_membership")
            if record.kind is MembershipKind.LIVING and LAST in Span(record.since, record.until)
        }
        people = Counter(
            (home[record.resident], record.until is not None)
            for record in all_of(sample, "resident_category")
            if record.category == "low_income"
        )
        cases = {
            (case.household, case.state is LowIncomeState.STOPPED): case.persons
            for case in all_of(sample, "low_income_case")
            if case.state in (LowIncomeState.CONFIRMED, LowIncomeState.STOPPED)
        }
        assert people == cases

    def test_everyone_placed_in_a_welfare_post_holds_one_from_that_day(self, full_district: Sample) -> None:
        placed = {(p.resident, p.placed) for p in all_of(full_district, "placement") if p.channel == "welfare_post"}
        held = {(post.resident, post.since) for post in all_of(full_district, "public_welfare_post")}
        assert placed
        assert placed <= held

    def test_some_posts_are_held_by_people_of_forty_and_fifty_and_some_by_nobody(self, full_district: Sample) -> None:
        people = {person.id: person for person in all_of(full_district, "resident")}
        held = [post for post in all_of(full_district, "public_welfare_post") if post.resident is not None]
        older = [
            post
            for post in held
            if age(people[post.resident].birth_date, LAST) >= (40 if people[post.resident].sex == "2" else 50)
        ]
        assert 0 < len(older) < len(held) < len(all_of(full_district, "public_welfare_post"))


class TestProperty:
    def test_an_estate_has_one_company_or_group_at_a_time(self, full_district: Sample) -> None:
        past = (ContractState.ENDED, ContractState.TERMINATED, ContractState.IN_FORCE, ContractState.SIGNED)
        spans = defaultdict(list)
        for contract in all_of(full_district, "property_contract"):
            if contract.state in past:
                spans[contract.estate].append(Span(contract.since, contract.until))
        assert {estate.id for estate in all_of(full_district, "estate")} == set(spans)
        for mine in spans.values():
            assert not any(a.overlaps(b) for n, a in enumerate(mine) for b in mine[n + 1 :])

    def test_where_a_company_was_replaced_there_are_cleaners_before_and_after(self, full_district: Sample) -> None:
        numbers = {(record.estate, record.since): record for record in all_of(full_district, "cleaning_staff")}
        replaced = [
            contract
            for contract in all_of(full_district, "property_contract")
            if contract.state in (ContractState.ENDED, ContractState.TERMINATED)
        ]
        assert replaced
        for contract in replaced:
            before = numbers[contract.estate, contract.since]
            assert before.until == contract.until
            assert (contract.estate, contract.until) in numbers


class TestProjects:
    def test_what_was_spent_on_a_project_was_paid_out_while_or_after_it_was_built(self, full_district: Sample) -> None:
        paid: Counter[str] = Counter()
        for payment in all_of(full_district, "expenditure"):
            paid[payment.project] += payment.amount
        projects = {project.id: project for project in all_of(full_district, "project")}
        assert paid == {id_: project.spent for id_, project in projects.items() if project.spent is not None}
        assert all(p.paid > projects[p.project].began for p in all_of(full_district, "expenditure"))

    def test_a_plan_item_that_is_done_says_when_and_was_done_in_its_year(self, full_district: Sample) -> None:
        done = {item.title: item.done for item in all_of(full_district, "work_plan_item") if item.state == "done"}
        assert 6 == len(done)
        years = {item.title: item.year for item in all_of(full_district, "work_plan_item")}
        assert all(day is not None and day.year == years[title] for title, day in done.items())


class TestGovernance:
    def test_every_symposium_resolved_something_and_what_was_done_was_told(self, full_district: Sample) -> None:
        symposia = {a.id for a in all_of(full_district, "activity") if a.kind == "symposium"}
        resolutions = all_of(full_district, "resolution")
        assert symposia == {resolution.activity for resolution in resolutions}
        told = {feedback.resolution for feedback in all_of(full_district, "feedback")}
        assert told == {r.id for r in resolutions if r.state in ("done", "dropped")}

    def test_trainings_are_the_activities_of_that_kind(self, full_district: Sample) -> None:
        held = [
            (a.began.date(), a.attendance)
            for a in all_of(full_district, "activity")
            if a.division == "999900001000" and a.kind == "training"
        ]
        assert held == [(training.on, training.persons) for training in all_of(full_district, "training")]

    def test_a_patrol_has_no_more_people_than_its_team(self, full_district: Sample) -> None:
        members = defaultdict(list)
        for record in all_of(full_district, "team_membership"):
            if (span := span_of(record)) is not None:
                members[record.team].append(span)
        for patrol in all_of(full_district, "patrol"):
            assert 1 <= patrol.persons <= sum(patrol.on in span for span in members[patrol.team])

    def test_outlets_lie_near_the_made_up_point(self, full_district: Sample) -> None:
        for outlet in all_of(full_district, "service_outlet"):
            assert abs(outlet.longitude - 120) < Decimal("0.05")
            assert abs(outlet.latitude - 30) < Decimal("0.05")


def test_of_the_filed_report_one_figure_has_moved_since(full_district: Sample) -> None:
    (report,) = all_of(full_district, "filed_report")
    document = json.loads(report.measurements)
    assert ("shequ.metrics/1", "2024") == (document["format"], document["period"])
    filed = {one["metric"]: one["value"] for one in document["measurements"]}
    handled = sum(m.handled is not None and m.handled.year == 2024 for m in all_of(full_district, "matter"))
    assert handled - STILL_UNWRITTEN == filed["matters.handled"]
    lived_in = {
        record.household
        for record in all_of(full_district, "household_membership")
        if record.kind is MembershipKind.LIVING and date(2024, 12, 31) in Span(record.since, record.until)
    }
    assert len(lived_in) == filed["population.households"]
    assert sum(d.received.year == 2024 for d in all_of(full_district, "dispute")) == filed["safety.disputes"]
    assert sum(n.published.year == 2024 for n in all_of(full_district, "news_item")) == filed["publicity.items"]
