"""Cards and cases stand where their steps lead, and what they say agrees with the records behind them."""

from collections import Counter, defaultdict
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shequ.effective import Span
from shequ.lifecycle import LIFECYCLES, Lifecycle, replay
from shequ.model import MemberKind, RegistrationState, ServiceRecordState, Step
from shequ.sample import SMALLEST, Sample, make_sample

SEEDS, SIZES = st.integers(0, 10**6), st.integers(SMALLEST, 300)
quick = settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
TRACED = (
    "registration_card",
    "appointment_card",
    "contact_card",
    "service_request",
    "petition",
    "complaint",
    "resolution",
    "low_income_case",
    "elder_care_enrolment",
    "property_contract",
    "election",
)
TABLES = {lifecycle.name: lifecycle for lifecycle in LIFECYCLES}
traced = pytest.mark.parametrize("lifecycle", [TABLES[name] for name in TRACED], ids=TRACED)


def all_of(sample: Sample, name: str) -> tuple[Any, ...]:
    return sample.records[name]


def steps_by_card(sample: Sample) -> dict[tuple[str, str], list[Step]]:
    found: dict[tuple[str, str], list[Step]] = defaultdict(list)
    for taken in all_of(sample, "step"):
        found[taken.subject_type, taken.subject].append(taken)
    return found


@traced
def test_replaying_its_steps_leads_a_card_to_where_it_stands(district: Sample, lifecycle: Lifecycle) -> None:
    steps = steps_by_card(district)
    for card in all_of(district, lifecycle.name):
        assert card.state is replay(lifecycle, steps[lifecycle.name, card.id])


@traced
def test_every_state_of_a_card_occurs(district: Sample, lifecycle: Lifecycle) -> None:
    assert set(lifecycle.states) == {card.state for card in all_of(district, lifecycle.name)}


@given(SEEDS, SIZES)
@quick
def test_steps_belong_to_cards_that_exist(seed: int, households: int) -> None:
    sample = make_sample(seed, households)
    cards = {(name, card.id) for name in TRACED for card in all_of(sample, name)}
    assert set(steps_by_card(sample)) <= cards


def test_days_on_a_card_are_those_of_its_steps(district: Sample) -> None:
    steps = steps_by_card(district)
    for name in TRACED:
        dated = {t.event: t.dated for t in TABLES[name].transitions if t.dated}
        for card in all_of(district, name):
            last = {dated[s.event]: s.at.date() for s in steps[name, card.id] if s.event in dated}
            assert last == {field: getattr(card, field) for field in last}


class TestAppointments:
    def test_a_card_is_for_a_post_or_a_team(self, district: Sample) -> None:
        for card in all_of(district, "appointment_card"):
            assert (card.post is None) is not (card.team is None)

    def test_a_lost_badge_has_another_number_and_the_old_one_is_void(self, district: Sample) -> None:
        replaced = {s.subject for s in all_of(district, "step") if s.event == "replace"}
        voided = {card.id: card for card in all_of(district, "appointment_card") if card.voided}
        assert replaced == set(voided)
        assert all(card.number not in card.voided for card in voided.values())

    def test_nobody_is_on_duty_after_the_term(self, district: Sample) -> None:
        for card in all_of(district, "appointment_card"):
            if card.state == "on_duty":
                assert card.since <= date(2025, 12, 31) < card.until


class TestContactCards:
    @given(SEEDS, SIZES)
    @quick
    def test_services_and_minutes_are_those_of_the_confirmed_records(self, seed: int, households: int) -> None:
        sample = make_sample(seed, households)
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

    def test_every_in_service_member_who_served_in_a_half_year_has_a_card_for_it(self, district: Sample) -> None:
        serving = [m for m in all_of(district, "party_member") if m.kind is MemberKind.IN_SERVICE]
        members = {(member.resident, member.community): member for member in serving}
        served = set()
        for record in all_of(district, "service_record"):
            member = members.get((record.resident, record.community))
            if member is None or record.state is not ServiceRecordState.CONFIRMED:
                continue
            if record.served_on in Span(member.since, member.until):
                served.add((member.id, date(record.served_on.year, 1 + record.served_on.month // 7 * 6, 1)))
        assert served == {(card.member, card.since) for card in all_of(district, "contact_card")}

    def test_they_cover_the_half_years_of_both_years(self, district: Sample) -> None:
        halves = {date(year, month, 1) for year in (2024, 2025) for month in (1, 7)}
        assert halves == {card.since for card in all_of(district, "contact_card")}

    def test_help_to_the_sick_or_old_shows_as_a_category(self, district: Sample) -> None:
        shown = {text for card in all_of(district, "contact_card") for text in card.activities}
        assert {"健康服务", "法律服务", "扶老助困"} <= shown
        assert not any("孤寡" in text or "健康咨询" in text or "陪护" in text for text in shown)

    def test_each_card_that_was_sent_is_disclosed_once_with_consent(self, district: Sample) -> None:
        cards = {card.id: card for card in all_of(district, "contact_card")}
        members = {member.id: member for member in all_of(district, "party_member")}
        sent = [card_id for card_id, card in cards.items() if card.sent is not None]
        disclosures = all_of(district, "disclosure")
        assert Counter(sent) == Counter(disclosure.subject for disclosure in disclosures)
        for disclosure in disclosures:
            card = cards[disclosure.subject]
            assert (card.sent, "consent", card.basis) == (disclosure.on, disclosure.basis, disclosure.basis)
            assert members[card.member].resident == disclosure.resident


def test_a_renewed_registration_was_renewed_in_every_half_year(district: Sample) -> None:
    steps = steps_by_card(district)
    for card in all_of(district, "registration_card"):
        if card.state is RegistrationState.ACCEPTED:
            first = 2 * card.reported.year + card.reported.month // 7
            renewals = [s.at for s in steps["registration_card", card.id] if s.event == "renew"]
            halves = [2 * at.year + at.month // 7 for at in renewals]
            assert list(range(first + 1, 2 * 2025 + 2)) == halves
