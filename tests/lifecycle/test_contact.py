"""A contact card counts what confirmed records say, names nobody who was served, and goes out only with a basis."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shequ.calendars import Period
from shequ.effective import SHANGHAI, Span
from shequ.errors import IllegalStep, InvalidRecord, Misuse
from shequ.lifecycle import step
from shequ.lifecycle.cards import CONTACT_CARD
from shequ.lifecycle.contact import compile_contact_cards, consent_guard, disclose, recompiled
from shequ.model import (
    Activity,
    ContactCard,
    ContactState,
    MemberKind,
    PartyMember,
    Resident,
    ServiceRecord,
    ServiceRecordState,
    WorkUnit,
    derive_id,
)

HALF = Period.parse("2025H1")
COMPILED = date(2025, 7, 3)
AT = datetime(2025, 7, 5, 9, tzinfo=SHANGHAI)
NAMES = ("欧阳娜", "司马光", "诸葛亮")
SERVED = tuple(
    Resident(id=f"served-{n}", name=name, id_number=f"33020319500101{n:03d}X", phone=f"1380000{n:04d}")
    for n, name in enumerate(NAMES)
)
CONFIRMED: dict[str, Any] = {"state": ServiceRecordState.CONFIRMED}
ACTIVITIES = (
    Activity(id="a1", division="c", name="义诊", kind="volunteer_service", began=AT),
    Activity(id="a2", division="c", name="说法", kind="legal_consultation", began=AT),
)


def member(number: int, **facts: Any) -> PartyMember:
    values = {"community": "c", "kind": MemberKind.IN_SERVICE, "employer": "u", **facts}
    return PartyMember(id=f"m{number}", resident=f"r{number}", **values)


def served(id: str = "s", **facts: Any) -> ServiceRecord:  # noqa: A002 - the record's own word
    values: dict[str, Any] = {
        "community": "c",
        "resident": "r1",
        "activity_name": "清扫楼道",
        "served_on": date(2025, 3, 1),
        "place": "小区",
        "content": "清扫",
        "minutes": 60,
        "organiser": "社区",
        "person_in_charge": "张三",
        "recorded": facts.get("served_on", date(2025, 3, 2)),
        "beneficiaries": 5,
        "state": ServiceRecordState.CONFIRMED,
    }
    return ServiceRecord(id=id, **{**values, **facts})


@st.composite
def services(draw: st.DrawFn) -> list[ServiceRecord]:
    """Records of some people; texts may name whoever was served, by name, number or telephone."""
    private = [fact for person in SERVED for fact in (person.name, person.id, person.id_number, person.phone)]
    naming = st.sampled_from([f"看望{fact}" for fact in private]) | st.sampled_from(
        ["清扫楼道", "义务理发", "心理疏导"]
    )
    return [
        served(
            f"s{number}",
            resident=draw(st.sampled_from(["r1", "r2", "r3", "r9"])),
            activity=draw(st.sampled_from([None, "a1", "a2"])),
            activity_name=draw(naming),
            content=draw(naming),
            effect=draw(st.none() | naming),
            evaluation=draw(st.none() | naming),
            place=draw(naming),
            served_on=draw(st.dates(date(2024, 12, 1), date(2025, 8, 1))),
            recorded=date(2025, 12, 31),
            minutes=draw(st.integers(0, 300)),
            beneficiaries=draw(st.none() | st.integers(0, 50)),
            state=draw(st.sampled_from(ServiceRecordState)),
        )
        for number in range(draw(st.integers(0, 8)))
    ]


MEMBERS = (member(1), member(2, since=date(2025, 3, 1)), member(3, kind=MemberKind.RETIRED))


def compile_all(records: Sequence[ServiceRecord], **facts: Any) -> tuple[ContactCard, ...]:
    values: dict[str, Any] = {
        "compiled": COMPILED,
        "sensitive": {"心理", "legal_consultation"},
        "activities": ACTIVITIES,
        "residents": SERVED,
    }
    return compile_contact_cards(MEMBERS, records, HALF, **{**values, **facts})


@given(services())
def test_the_totals_are_those_of_the_confirmed_records_of_the_half_year(records: list[ServiceRecord]) -> None:
    cards = compile_all(records)
    counted = [
        r
        for r in records
        if r.state is ServiceRecordState.CONFIRMED
        and date(2025, 1, 1) <= r.served_on < date(2025, 7, 1)
        and (r.resident == "r1" or (r.resident == "r2" and r.served_on >= date(2025, 3, 1)))
    ]
    assert len(counted) == sum(card.services for card in cards)
    assert sum(r.minutes for r in counted) == sum(card.minutes for card in cards)
    assert sum(r.beneficiaries or 0 for r in counted) == sum(card.beneficiaries for card in cards)
    assert {f"m{r.resident[1:]}" for r in counted} == {card.member for card in cards}


@given(services(), st.booleans())
def test_nobody_who_was_served_is_named_in_any_field(records: list[ServiceRecord], known: bool) -> None:
    for card in compile_all(records, residents=SERVED if known else None):
        said = repr(card)
        for person in SERVED:
            assert not [f for f in (person.name, person.id, person.id_number, person.phone) if f and f in said]


@given(services())
def test_a_sensitive_service_shows_as_its_category_only(records: list[ServiceRecord]) -> None:
    shown = {activity for card in compile_all(records) for activity in card.activities}
    assert shown <= {"清扫楼道", "义务理发", "志愿服务", "心理", "法律咨询"}
    for record in records:
        (card,) = compile_all([attrs.evolve(record, resident="r1", served_on=date(2025, 2, 1), **CONFIRMED)])
        private = "心理" in f"{record.activity_name}{record.content}{record.effect}"
        if private or record.activity == "a2":
            assert card.activities in (("心理",), ("法律咨询",))


@given(services(), st.randoms(use_true_random=False))
def test_the_order_of_the_records_changes_nothing(records: list[ServiceRecord], rng: Any) -> None:
    shuffled = list(records)
    rng.shuffle(shuffled)
    assert compile_all(records) == compile_all(shuffled)


def test_a_card_shows_what_was_done_and_counts_who_was_served() -> None:
    records = [
        served("s1", activity="a1", activity_name="义诊", served_on=date(2025, 4, 1)),
        served("s2", beneficiaries=None),
        served("s3", served_on=date(2025, 4, 2), activity_name=f"陪{NAMES[0]}看病", minutes=30),
    ]
    (card,) = compile_all(records)
    assert ("清扫楼道", "义诊", "志愿服务") == card.activities
    assert (3, 150, 10) == (card.services, card.minutes, card.beneficiaries)
    assert ("m1", "u", COMPILED, ContactState.COMPILED) == (card.member, card.employer, card.compiled, card.state)
    assert (HALF.start, HALF.end) == (card.since, card.until)


def test_without_knowing_the_residents_only_kinds_are_shown() -> None:
    (card,) = compile_all([served("s1"), served("s2", activity="a1")], residents=None)
    assert ("志愿服务",) == card.activities


def test_of_an_activity_that_nobody_knows_only_the_category_is_shown() -> None:
    (card,) = compile_all([served(activity="a9", activity_name="周三倾听室")])
    assert ("志愿服务",) == card.activities


@pytest.mark.parametrize("field", ["place", "served", "content", "effect", "evaluation"])
def test_a_sensitive_word_counts_wherever_it_stands(field: str) -> None:
    (card,) = compile_all([served(activity_name="周末陪伴", **{field: "社区心 理咨询室"})])
    assert ("心理",) == card.activities


@pytest.mark.parametrize("name", ["看望欧 阳·娜", "电话138-0000-0001回访", "看望欧\u200b阳娜"])
def test_a_name_written_apart_is_still_a_name(name: str) -> None:
    (card,) = compile_all([served(activity_name=name)])
    assert ("志愿服务",) == card.activities


def test_cards_of_other_days_that_begin_on_one_day_are_other_cards() -> None:
    quarter = Span(HALF.start, date(2025, 4, 1))
    facts: dict[str, Any] = {"compiled": COMPILED, "sensitive": frozenset(), "residents": SERVED}
    (half,) = compile_contact_cards(MEMBERS, [served()], HALF, **facts)
    (short,) = compile_contact_cards(MEMBERS, [served()], quarter, **facts)
    assert half.id != short.id
    assert derive_id("contact_card", ("m1", "2025-01-01", "2025-07-01")) == half.id
    assert ("member", "since", "until") == ContactCard.__record__.key


def test_a_card_goes_to_whom_the_member_works_for_when_it_is_compiled() -> None:
    moved = date(2025, 6, 1)
    members = [
        member(1, until=moved),
        attrs.evolve(member(1, since=moved, employer="u2"), id="m1b"),  # type: ignore[misc]
    ]
    (card,) = compile_contact_cards(members, [served()], HALF, compiled=COMPILED, sensitive=frozenset())
    assert ("m1", "u2") == (card.member, card.employer)


def test_a_number_that_may_be_a_telephone_is_never_shown() -> None:
    (card,) = compile_all([served(activity_name="回访13912345678")])
    assert ("志愿服务",) == card.activities


def test_who_has_no_confirmed_record_gets_no_card() -> None:
    logged = served(state=ServiceRecordState.LOGGED)
    assert () == compile_all([logged])
    assert () == compile_contact_cards(
        [member(1, employer=None)], [served()], HALF, compiled=COMPILED, sensitive=frozenset()
    )


def test_a_confirmed_correction_counts_instead_of_what_it_corrects() -> None:
    first, correction = served("s1", minutes=60), served("s2", minutes=45, corrects="s1")
    assert [45] == [card.minutes for card in compile_all([first, correction])]
    pending = attrs.evolve(correction, state=ServiceRecordState.LOGGED)  # type: ignore[misc]
    assert [60] == [card.minutes for card in compile_all([first, pending])]


def test_a_record_goes_onto_the_card_of_the_membership_of_its_day() -> None:
    moved = date(2025, 4, 1)
    members = [
        member(1, until=moved),
        attrs.evolve(member(1, since=moved, community="d"), id="m1d"),  # type: ignore[misc]
        attrs.evolve(member(1, since=moved, community="e"), id="m1e"),  # type: ignore[misc]
    ]
    records = [
        served("s1", minutes=1),
        served("s2", minutes=2, served_on=moved, community="e"),
        served("s3", minutes=4, served_on=moved, community="d"),
    ]
    cards = compile_contact_cards(
        members, records, Span(HALF.start, HALF.end), compiled=COMPILED, sensitive=frozenset()
    )
    assert {"m1": 1, "m1e": 2, "m1d": 4} == {card.member: card.minutes for card in cards}


@pytest.mark.parametrize("span", [Span(), Span(HALF.start), Span(HALF.start, HALF.start)])
def test_an_open_or_empty_span_is_refused(span: Span) -> None:
    with pytest.raises(Misuse, match="first and a last day"):
        compile_contact_cards(MEMBERS, [], span, compiled=COMPILED, sensitive=frozenset())


@pytest.mark.parametrize("sensitive", ["心理", {""}, {"·"}])
def test_sensitive_words_are_a_collection_of_words(sensitive: Any) -> None:
    with pytest.raises(Misuse, match="collection of words"):
        compile_all([], sensitive=sensitive)


def take(card: ContactCard, *events: str) -> ContactCard:
    for event in events:
        card, _ = step(CONTACT_CARD, card, event, at=AT, actor="clerk", guards=[consent_guard])
    return card


def with_basis(card: ContactCard, basis: str = "consent") -> ContactCard:
    found: ContactCard = attrs.evolve(card, basis=basis)  # type: ignore[misc]
    return found


def test_a_card_is_seen_by_seeing_it_and_not_by_withdrawing_an_objection() -> None:
    (card,) = compile_all([served()])
    assert ContactState.COMPILED is take(card, "object", "withdraw_objection").state
    assert ContactState.SEEN is take(card, "object", "withdraw_objection", "see").state


def test_compiling_anew_after_an_objection_keeps_the_card_and_asks_again() -> None:
    wrong, right = served("s1", minutes=600), served("s2", minutes=60, corrects="s1")
    (card,) = compile_all([wrong])
    objected = attrs.evolve(with_basis(take(card, "see", "object")), objection="时长有误")  # type: ignore[misc]
    (fresh,) = compile_all([wrong, right], compiled=date(2025, 7, 9))
    anew = recompiled(take(objected, "recompile"), fresh)
    assert (card.id, 60, date(2025, 7, 9)) == (anew.id, anew.minutes, anew.compiled)
    assert (ContactState.COMPILED, None, "时长有误") == (anew.state, anew.basis, anew.objection)


@pytest.mark.parametrize(
    "way",
    [
        ("object", "recompile"),
        ("recompile",),
        ("sign", "recompile"),
        ("sign", "send", "bounce", "recompile"),
    ],
)
def test_consent_to_the_old_card_does_not_hold_for_the_one_compiled_anew(way: tuple[str, ...]) -> None:
    (card,) = compile_all([served()])
    anew = take(with_basis(take(card, "see")), *way)
    assert (ContactState.COMPILED, None, None, None) == (anew.state, anew.basis, anew.signed, anew.sent)
    with pytest.raises(IllegalStep, match="没有本人的单独同意"):
        take(anew, "see", "sign")


def test_a_basis_that_the_law_does_not_know_is_refused_with_those_it_does() -> None:
    (card,) = compile_all([served()])
    with pytest.raises(
        InvalidRecord, match=r"consent（本人单独同意）、duty（履行法定职责）、contract（履行约定）、other"
    ):
        with_basis(card, "本人不同意")


def test_only_the_same_card_is_compiled_anew_and_only_after_the_step() -> None:
    (card,) = compile_all([served()])
    (other,) = compile_all([served(resident="r2")])
    with pytest.raises(Misuse, match="compiled anew"):
        recompiled(card, other)
    with pytest.raises(Misuse, match="recompile first"):
        recompiled(take(card, "see", "object"), card)


def test_no_card_is_signed_without_consent_or_another_basis() -> None:
    (card,) = compile_all([served()])
    seen = take(card, "see")
    with pytest.raises(IllegalStep, match="没有本人的单独同意"):
        take(seen, "sign")
    assert ContactState.SIGNED is take(with_basis(seen), "sign").state
    assert ContactState.SENT is take(with_basis(seen, "duty"), "sign", "send").state


def test_the_guard_refuses_by_itself_what_was_not_seen_or_lost_its_basis() -> None:
    (card,) = compile_all([served()])
    assert "本人尚未阅看" == consent_guard(with_basis(card), "sign", AT)
    signed: ContactCard = attrs.evolve(take(with_basis(take(card, "see")), "sign"), basis=None)  # type: ignore[misc]
    assert "没有本人的单独同意，也没有登记其他提供依据" == consent_guard(signed, "send", AT)
    assert consent_guard(card, "see", AT) is None
    assert consent_guard(member(1), "sign", AT) is None


UNIT = WorkUnit(id="u", name="市第一医院", party_organization="内科党支部")


def test_sending_a_card_is_itself_recorded() -> None:
    (card,) = compile_all([served()])
    sent = take(with_basis(take(card, "see")), "sign", "send")
    kept = disclose(sent, member(1), UNIT, on=date(2025, 7, 5), actor="clerk")
    assert ("r1", "contact_card", sent.id) == (kept.resident, kept.subject_type, kept.subject)
    assert ("市第一医院内科党支部", "consent", "clerk") == (kept.recipient, kept.basis, kept.actor)
    assert ("服务期开始", "服务期结束", "服务次数", "服务时长", "服务人次", "服务内容") == kept.contents
    again = disclose(sent, member(1), UNIT, on=date(2025, 7, 6), actor="clerk")
    assert kept.id != again.id
    same_day = disclose(sent, member(1), UNIT, on=date(2025, 7, 5), actor="clerk", number=2)
    assert 3 == len({kept.id, again.id, same_day.id})


def test_nothing_is_disclosed_that_was_not_sent_or_is_somebody_elses() -> None:
    (card,) = compile_all([served()])
    with pytest.raises(Misuse, match="no legal basis or was not sent"):
        disclose(card, member(1), UNIT, on=COMPILED, actor="clerk")
    sent = take(with_basis(take(card, "see")), "sign", "send")
    with pytest.raises(Misuse, match="not m2 and u"):
        disclose(sent, member(2), UNIT, on=COMPILED, actor="clerk")
