"""The people of the demonstration district: nobody real, and nobody in two places at once."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from sample_pool import SAMPLES, quick

from shequ import model
from shequ.codes import credit_code_problem, judge_resident_id
from shequ.effective import Span, age
from shequ.model import MemberKind, MembershipKind, RegistrationState
from shequ.sample import Sample

LAST = date(2025, 12, 31)


def all_of(sample: Sample, name: str) -> tuple[Any, ...]:
    return sample.records[name]


def in_force(record: Any, day: date = LAST) -> bool:
    return model.in_force(record, day)


def spans(sample: Sample) -> dict[tuple[str, MembershipKind], list[Span]]:
    found = defaultdict(list)
    for record in all_of(sample, "household_membership"):
        found[record.resident, record.kind].append(Span(record.since, record.until))
    return found


class TestIds:
    @given(SAMPLES)
    @quick
    def test_every_id_is_of_the_demonstration_area_and_agrees_with_the_person(self, sample: Sample) -> None:
        for person in all_of(sample, "resident"):
            verdict = judge_resident_id(person.id_number)
            assert verdict.problem is None
            facts = (verdict.area, verdict.birth_date, verdict.sex)
            assert ("demonstration", person.birth_date, person.sex) == facts

    def test_no_two_people_share_an_id(self, full_district: Sample) -> None:
        people = all_of(full_district, "resident")
        assert len(people) == len({person.id_number for person in people})

    def test_no_telephone_can_be_dialled(self, full_district: Sample) -> None:
        phones = [r.phone for name in ("resident", "community_worker") for r in all_of(full_district, name) if r.phone]
        assert [] == [phone for phone in phones if not phone.startswith("000")]

    def test_credit_codes_of_units_are_right(self, full_district: Sample) -> None:
        units = all_of(full_district, "work_unit")
        assert [None] * len(units) == [credit_code_problem(unit.credit_code) for unit in units]


class TestMemberships:
    @given(SAMPLES)
    @quick
    def test_nobody_belongs_to_two_households_in_the_same_way_at_once(self, sample: Sample) -> None:
        for mine in spans(sample).values():
            ordered = sorted(mine, key=lambda span: span.since or date.min)
            assert not any(first.overlaps(second) for first, second in pairwise(ordered))

    @given(SAMPLES)
    @quick
    def test_a_membership_lies_between_birth_and_death(self, sample: Sample) -> None:
        people = {person.id: person for person in all_of(sample, "resident")}
        for record in all_of(sample, "household_membership"):
            person = people[record.resident]
            assert person.birth_date <= record.since
            assert person.died is None or (record.until is not None and record.until <= person.died)

    @given(SAMPLES)
    @quick
    def test_a_household_that_is_lived_in_exists(self, sample: Sample) -> None:
        books = {household.id: Span(household.since, household.until) for household in all_of(sample, "household")}
        for record in all_of(sample, "household_membership"):
            assert not Span(record.since, record.until).is_empty
            assert books[record.household].covers(Span(max(record.since, books[record.household].since), record.until))

    def test_all_ways_of_belonging_occur_in_plausible_shares(self, full_district: Sample) -> None:
        found: dict[MembershipKind, set[str]] = defaultdict(set)
        homes: dict[MembershipKind, set[str]] = defaultdict(set)
        for record in all_of(full_district, "household_membership"):
            if in_force(record):
                found[record.kind].add(record.resident)
                homes[record.kind].add(record.household)
        registered, living = found[MembershipKind.REGISTERED], found[MembershipKind.LIVING]
        separated, floating = len(registered - living), len(living - registered)
        assert 0.05 < separated / len(registered) < 0.25
        assert 0.08 < floating / len(living) < 0.3
        empty = homes[MembershipKind.REGISTERED] - homes[MembershipKind.LIVING]
        assert 0.04 < len(empty) / 5000 < 0.12

    def test_some_came_too_lately_to_be_residents(self, full_district: Sample) -> None:
        late = [
            record
            for record in all_of(full_district, "household_membership")
            if record.kind is MembershipKind.LIVING and in_force(record) and record.since > date(2025, 7, 1)
        ]
        assert 100 < len(late) < 500

    def test_some_moved_from_one_community_to_another(self, full_district: Sample) -> None:
        community = {household.id: household.community for household in all_of(full_district, "household")}
        left: dict[str, tuple[str, date]] = {}
        came: dict[str, tuple[str, date]] = {}
        for record in all_of(full_district, "household_membership"):
            if record.kind is MembershipKind.LIVING:
                side = came if record.until is None else left
                side[record.resident] = (community[record.household], record.until or record.since)
        moved = [p for p, (place, day) in left.items() if p in came and came[p][1] == day and came[p][0] != place]
        assert len(moved) > 50

    def test_there_were_births_and_deaths_in_both_years(self, full_district: Sample) -> None:
        people = all_of(full_district, "resident")
        for year in (2024, 2025):
            assert any(person.died is not None and person.died.year == year for person in people)
            assert any(person.birth_date.year == year for person in people)

    def test_every_household_lived_in_has_one_head(self, full_district: Sample) -> None:
        living = [
            r for r in all_of(full_district, "household_membership") if r.kind is MembershipKind.LIVING and in_force(r)
        ]
        heads = Counter(record.household for record in living if record.relation == "0")
        assert {record.household for record in living} == set(heads)
        assert {1} == set(heads.values())


class TestCodes:
    def test_codes_fit_the_age(self, full_district: Sample) -> None:
        for person in all_of(full_district, "resident"):
            years = age(person.birth_date, LAST)
            if years < 16:
                assert person.marital == "10"
                assert person.employment in (None, "31")
                assert person.political in ("13", "03")
            if person.political in ("01", "02"):
                assert years >= 18
            if person.employment == "80":
                assert years >= 50
            if years < 6:
                assert person.education is None

    def test_the_pyramid_is_that_of_a_town(self, full_district: Sample) -> None:
        ages = [age(person.birth_date, LAST) for person in all_of(full_district, "resident")]
        assert 0.12 < sum(years < 15 for years in ages) / len(ages) < 0.2
        assert 0.15 < sum(years >= 60 for years in ages) / len(ages) < 0.25
        assert 0.48 < sum(p.sex == "1" for p in all_of(full_district, "resident")) / len(ages) < 0.54


class TestParty:
    def test_party_members_are_members_by_their_political_status_too(self, full_district: Sample) -> None:
        status = {person.id: person.political for person in all_of(full_district, "resident")}
        members = {record.resident for record in all_of(full_district, "party_member")}
        assert {"01", "02"} == {status[member] for member in members}
        assert members == {person for person, value in status.items() if value in ("01", "02")}

    def test_members_in_service_have_an_employer_and_a_card(self, full_district: Sample) -> None:
        serving = [r for r in all_of(full_district, "party_member") if r.kind is MemberKind.IN_SERVICE]
        assert all(record.employer is not None for record in serving)
        cards = Counter(card.member for card in all_of(full_district, "registration_card"))
        assert Counter(record.id for record in serving) == cards

    def test_an_accepted_card_was_renewed_within_the_last_half_year(self, full_district: Sample) -> None:
        accepted = [
            card
            for card in all_of(full_district, "registration_card")
            if card.state is RegistrationState.ACCEPTED and card.reported < date(2025, 6, 1)
        ]
        assert accepted
        assert all(card.renewed is not None and LAST - card.renewed < timedelta(days=184) for card in accepted)

    def test_organisations_form_one_tree(self, full_district: Sample) -> None:
        parent = {record.id: record.parent for record in all_of(full_district, "party_organization")}
        roots = set()
        for start in parent:
            path = [start]
            while (above := parent[path[-1]]) is not None:
                assert above not in path
                path.append(above)
            roots.add(path[-1])
        assert 1 == len(roots)


@pytest.mark.parametrize(
    ("occasion", "days"),
    [
        ("端午", {date(2024, 6, 10), date(2025, 5, 31)}),
        ("重阳", {date(2024, 10, 11), date(2025, 10, 29)}),
        ("助残日", {date(2024, 5, 19), date(2025, 5, 18)}),
    ],
)
def test_festivals_are_held_on_their_day(full_district: Sample, occasion: str, days: set[date]) -> None:
    assert days == {r.began.date() for r in all_of(full_district, "activity") if r.occasion == occasion}


def test_a_head_count_is_the_number_of_names_where_names_were_taken(full_district: Sample) -> None:
    names = Counter(record.activity for record in all_of(full_district, "attendance"))
    heads = {record.id: record.attendance for record in all_of(full_district, "activity")}
    assert names == {activity: heads[activity] for activity in names}


def test_about_a_tenth_of_the_adults_are_volunteers(full_district: Sample) -> None:
    living = {
        record.resident
        for record in all_of(full_district, "household_membership")
        if record.kind is MembershipKind.LIVING and in_force(record)
    }
    adults = [p for p in all_of(full_district, "resident") if p.id in living and age(p.birth_date, LAST) >= 18]
    volunteers = {record.resident for record in all_of(full_district, "volunteer") if in_force(record)}
    assert 0.07 < len(volunteers) / len(adults) < 0.12


def test_a_correction_names_the_record_it_corrects(full_district: Sample) -> None:
    records = {record.id: record for record in all_of(full_district, "service_record")}
    corrections = [record for record in records.values() if record.corrects is not None]
    corrected = Counter(record.id for record in records.values() if record.state == "corrected")
    assert corrected == Counter(record.corrects for record in corrections)
    assert all(records[record.corrects].resident == record.resident for record in corrections)
