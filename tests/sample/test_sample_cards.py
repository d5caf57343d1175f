"""Cards and cases stand where their steps lead, and what they say agrees with the records behind them."""

from collections import Counter, defaultdict
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from sample_pool import SAMPLES, quick

from shequ.effective import Span, local_date
from shequ.errors import Misuse
from shequ.lifecycle import LIFECYCLES, Lifecycle, replay
from shequ.lifecycle.casework import COMPLAINT
from shequ.model import Complaint, MemberKind, RegistrationState, ServiceRecordState, Step
from shequ.sample import Sample
from shequ.sample.ledger import RECORDED_TO, Ledger
from shequ.sample.walk import Stage, walk

# The day before which no step can have been taken.
BEGINS = {
    "registration_card": "reported",
    "service_record": "recorded",
    "appointment_card": "offered",
    "service_request": "ordered",
    "dispute": "received",
    "petition": "received",
    "complaint": "received",
    "low_income_case": "applied",
    "elder_care_enrolment": "applied",
}
each = pytest.mark.parametrize("lifecycle", LIFECYCLES, ids=[lifecycle.name for lifecycle in LIFECYCLES])


def all_of(sample: Sample, name: str) -> tuple[Any, ...]:
    return sample.records[name]


def steps_by_card(sample: Sample) -> dict[tuple[str, str], list[Step]]:
    found: dict[tuple[str, str], list[Step]] = defaultdict(list)
    for taken in all_of(sample, "step"):
        found[taken.subject_type, taken.subject].append(taken)
    return found


@given(SAMPLES)
@quick
def test_replaying_its_steps_leads_every_card_and_case_to_where_it_stands(sample: Sample) -> None:
    steps = steps_by_card(sample)
    for lifecycle in LIFECYCLES:
        for card in all_of(sample, lifecycle.name):
            assert lifecycle.state_of(card) is replay(lifecycle, steps.pop((lifecycle.name, card.id), ()))
    assert {} == steps, "steps of cards that do not exist"


@given(SAMPLES)
@quick
def test_no_step_comes_before_its_case_or_after_the_clock(sample: Sample) -> None:
    steps = steps_by_card(sample)
    for name, field in BEGINS.items():
        for card in all_of(sample, name):
            for taken in steps.get((name, card.id), ()):
                assert getattr(card, field) <= local_date(taken.at) <= RECORDED_TO


@each
def test_replaying_leads_there_at_full_size_too(full_district: Sample, lifecycle: Lifecycle) -> None:
    steps = steps_by_card(full_district)
    for card in all_of(full_district, lifecycle.name):
        assert lifecycle.state_of(card) is replay(lifecycle, steps[lifecycle.name, card.id])


@each
def test_every_state_of_a_lifecycle_occurs_and_there_are_two_at_least(
    full_district: Sample, lifecycle: Lifecycle
) -> None:
    found = {lifecycle.state_of(card) for card in all_of(full_district, lifecycle.name)}
    assert set(lifecycle.states) == found
    assert len(found) >= 2


@each
def test_days_on_a_card_are_those_of_its_steps(full_district: Sample, lifecycle: Lifecycle) -> None:
    steps = steps_by_card(full_district)
    dated = {t.event: t.dated for t in lifecycle.transitions if t.dated}
    for card in all_of(full_district, lifecycle.name):
        last = {dated[s.event]: local_date(s.at) for s in steps[lifecycle.name, card.id] if s.event in dated}
        assert last == {field: getattr(card, field) for field in last}


def test_a_way_whose_steps_are_out_of_order_is_refused_and_names_the_day() -> None:
    draft = Ledger.draft(Complaint, number="TS001-2025-001", estate="e", subject="fees", received=date(2025, 3, 1))
    way = [Stage("forward", date(2025, 3, 5)), Stage("resolve", date(2025, 3, 4))]
    with pytest.raises(Misuse, match="step resolve on 2025-03-04, before the step of 2025-03-05"):
        walk(Ledger(), COMPLAINT, draft, way, actor="clerk")


class TestAppointments:
    def test_a_card_is_for_a_post_or_a_team(self, full_district: Sample) -> None:
        for card in all_of(full_district, "appointment_card"):
            assert (card.post is None) is not (card.team is None)

    def test_a_lost_badge_has_another_number_and_the_old_one_is_void(self, full_district: Sample) -> None:
        replaced = {s.subject for s in all_of(full_district, "step") if s.event == "replace"}
        voided = {card.id: card for card in all_of(full_district, "appointment_card") if card.voided}
        assert replaced == set(voided)
        assert all(card.number not in card.voided for card in voided.values())

    def test_nobody_is_on_duty_after_the_term(self, full_district: Sample) -> None:
        for card in all_of(full_district, "appointment_card"):
            if card.state == "on_duty":
                assert card.since <= date(2025, 12, 31) < card.until


class TestContactCards:
    @given(SAMPLES)
    @quick
    def test_services_and_minutes_are_those_of_the_confirmed_records(self, sample: Sample) -> None:
        members = {member.id: member for member in all_of(sample, "party_member")}
        for card in all_of(sample, "contact_card"):
            member = members[card.member]
            records = [
                record
                for record in all_of(sample, "service_record")
                if record.state is ServiceRecordState.CONFIRMED
                and (record.resident, record.community) == (member.resident, member.community)
                and card.since <= record.served_on < card.until
                and record.served_on in Span(member.since, member.until)
            ]
            assert (card.services, card.minutes) == (len(records), sum(r.minutes for r in records))
            assert card.beneficiaries == sum(r.beneficiaries or 0 for r in records)

    def test_every_in_service_member_who_served_in_a_half_year_has_a_card_for_it(self, full_district: Sample) -> None:
        serving = [m for m in all_of(full_district, "party_member") if m.kind is MemberKind.IN_SERVICE]
        members = {(member.resident, member.community): member for member in serving}
        served = set()
        for record in all_of(full_district, "service_record"):
            member = members.get((record.resident, record.community))
            if member is None or record.state is not ServiceRecordState.CONFIRMED:
                continue
            if record.served_on in Span(member.since, member.until):
                served.add((member.id, date(record.served_on.year, 1 + record.served_on.month // 7 * 6, 1)))
        assert served == {(card.member, card.since) for card in all_of(full_district, "contact_card")}

    def test_they_cover_the_half_years_of_both_years(self, full_district: Sample) -> None:
        halves = {date(year, month, 1) for year in (2024, 2025) for month in (1, 7)}
        assert halves == {card.since for card in all_of(full_district, "contact_card")}

    def test_help_to_the_sick_or_old_shows_as_a_category(self, full_district: Sample) -> None:
        shown = {text for card in all_of(full_district, "contact_card") for text in card.activities}
        assert {"健康", "法律咨询", "慰问"} <= shown
        assert not any("孤寡" in text or "健康咨询" in text or "陪护" in text for text in shown)

    def test_each_card_that_was_sent_is_disclosed_once_with_consent(self, full_district: Sample) -> None:
        cards = {card.id: card for card in all_of(full_district, "contact_card")}
        members = {member.id: member for member in all_of(full_district, "party_member")}
        sent = [card_id for card_id, card in cards.items() if card.sent is not None]
        disclosures = all_of(full_district, "disclosure")
        assert Counter(sent) == Counter(disclosure.subject for disclosure in disclosures)
        for disclosure in disclosures:
            card = cards[disclosure.subject]
            assert (card.sent, "consent", card.basis) == (disclosure.on, disclosure.basis, disclosure.basis)
            assert members[card.member].resident == disclosure.resident


def test_a_renewed_registration_was_renewed_in_every_half_year(full_district: Sample) -> None:
    steps = steps_by_card(full_district)
    for card in all_of(full_district, "registration_card"):
        if card.state is RegistrationState.ACCEPTED:
            first = 2 * card.reported.year + card.reported.month // 7
            renewals = [s.at for s in steps["registration_card", card.id] if s.event == "renew"]
            halves = [2 * at.year + at.month // 7 for at in renewals]
            assert list(range(first + 1, 2 * 2025 + 2)) == halves
