"""A card moves by its table only; every step is kept, and replaying the steps gives the state it stands in."""

from datetime import date, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shequ.effective import SHANGHAI
from shequ.errors import BadData, IllegalStep, InvalidRecord, Misuse
from shequ.lifecycle import Lifecycle, Transition, replay, step
from shequ.lifecycle.cards import APPOINTMENT_CARD, CONTACT_CARD, REGISTRATION_CARD, SERVICE_RECORD
from shequ.lifecycle.works import PROPERTY_CONTRACT
from shequ.model import (
    AppointmentCard,
    AppointmentState,
    ContactCard,
    ContractState,
    PropertyContract,
    Record,
    RegistrationCard,
    RegistrationState,
    ServiceRecord,
    ServiceRecordState,
    Step,
    in_force,
)

START = datetime(2025, 1, 1, 9, tzinfo=SHANGHAI)
CARDS: dict[str, Record] = {
    "registration_card": RegistrationCard(id="c1", member="m1", reported=date(2025, 1, 1)),
    "service_record": ServiceRecord(
        id="s1",
        community="c",
        resident="r",
        activity_name="清扫",
        served_on=date(2025, 1, 1),
        place="小区",
        content="清扫楼道",
        minutes=60,
        organiser="社区",
        person_in_charge="张三",
        recorded=date(2025, 1, 2),
    ),
}
LIFECYCLES = [REGISTRATION_CARD, SERVICE_RECORD]
lifecycles = pytest.mark.parametrize("lifecycle", LIFECYCLES, ids=lambda found: found.name)


@lifecycles
@given(data=st.data())
def test_any_way_through_the_table_stays_in_it_and_replays(lifecycle: Lifecycle, data: st.DataObject) -> None:
    card, steps = CARDS[lifecycle.name], list[Step]()
    for number in range(data.draw(st.integers(0, 6))):
        allowed = lifecycle.allowed(card.state)  # type: ignore[attr-defined]
        if not allowed:
            break
        event = data.draw(st.sampled_from(allowed))
        at = START + timedelta(days=number)
        card, taken = step(lifecycle, card, event, at=at, actor="clerk", reason="回执")
        assert (event, at, "clerk", "回执") == (taken.event, taken.at, taken.actor, taken.reason)
        steps.append(taken)
        assert card.state in lifecycle.states  # type: ignore[attr-defined]
    assert card.state is replay(lifecycle, steps)  # type: ignore[attr-defined]


@lifecycles
@given(data=st.data())
def test_an_illegal_step_names_state_event_and_what_is_allowed(lifecycle: Lifecycle, data: st.DataObject) -> None:
    card = CARDS[lifecycle.name]
    allowed = lifecycle.allowed(lifecycle.initial)
    events = {t.event for t in lifecycle.transitions} - set(allowed)
    event = data.draw(st.sampled_from([*sorted(events), "nonsense"]))
    with pytest.raises(IllegalStep) as caught:
        step(lifecycle, card, event, at=START, actor="clerk")
    assert (lifecycle.initial.label, event, allowed) == (
        caught.value.state,
        caught.value.event,
        caught.value.allowed,
    )
    assert card.state is lifecycle.initial  # type: ignore[attr-defined]


@lifecycles
def test_every_state_has_a_row_and_terminal_rows_are_empty(lifecycle: Lifecycle) -> None:
    assert set(lifecycle.states) == set(lifecycle.table)
    assert any(not row for row in lifecycle.table.values())


def test_a_guard_can_refuse_and_says_why() -> None:
    with pytest.raises(IllegalStep, match="缺少回执"):
        step(
            REGISTRATION_CARD,
            CARDS["registration_card"],
            "accept",
            at=START,
            actor="clerk",
            guards=[lambda _card, event, _at: "缺少回执" if event == "accept" else None],
        )


def test_renewing_dates_the_card() -> None:
    card, _ = step(REGISTRATION_CARD, CARDS["registration_card"], "accept", at=START, actor="clerk")
    card, _ = step(REGISTRATION_CARD, card, "renew", at=datetime(2025, 7, 1, 9, tzinfo=SHANGHAI), actor="clerk")
    assert date(2025, 7, 1) == card.renewed  # type: ignore[attr-defined]


def test_an_event_that_leads_to_two_states_is_refused() -> None:
    logged = ServiceRecordState.LOGGED
    with pytest.raises(Misuse, match="two states"):
        Lifecycle(
            ServiceRecord,
            "记录",
            logged,
            (
                Transition("end", "止", (logged,), ServiceRecordState.VOIDED),
                Transition("end", "止", (logged,), ServiceRecordState.CONFIRMED),
            ),
        )


def test_a_state_that_no_way_leads_to_is_refused() -> None:
    with pytest.raises(Misuse, match="no way leads to"):
        Lifecycle(RegistrationCard, "卡", RegistrationState.REPORTED, ())


@pytest.mark.parametrize(
    ("agreed", "ends"),
    [
        (date(2025, 12, 31), date(2025, 12, 31)),
        (None, date(2026, 1, 5)),
        (date(2028, 1, 1), date(2026, 1, 5)),
    ],
)
def test_a_contract_ends_on_the_day_agreed_or_on_that_of_the_step_whichever_is_earlier(
    agreed: date | None, ends: date
) -> None:
    contract = PropertyContract(
        id="c", estate="e", company="甲", choice="authority", state=ContractState.IN_FORCE, until=agreed
    )
    ended, _ = step(PROPERTY_CONTRACT, contract, "end", at=datetime(2026, 1, 5, 9, tzinfo=SHANGHAI), actor="a")
    assert (ContractState.ENDED, ends) == (ended.state, ended.until)


TERMS: list[tuple[Lifecycle, type[Record], dict[str, Any]]] = [
    (PROPERTY_CONTRACT, PropertyContract, {"estate": "e", "company": "甲", "choice": "authority"}),
    (APPOINTMENT_CARD, AppointmentCard, {"member": "m", "number": "N-0", "offered": date(2024, 1, 1)}),
]


@pytest.mark.parametrize(("lifecycle", "cls", "facts"), TERMS, ids=[found.name for found, _, _ in TERMS])
@given(data=st.data())
def test_whatever_days_were_agreed_no_way_through_the_table_breaks_the_record(
    lifecycle: Lifecycle, cls: type[Record], facts: dict[str, Any], data: st.DataObject
) -> None:
    since = data.draw(st.none() | st.dates(date(2024, 6, 1), date(2026, 6, 1)))
    until = data.draw(st.none() | st.dates(date(2026, 6, 1), date(2029, 1, 1)))
    card = cls(id="c", since=since, until=until, **facts)  # type: ignore[call-arg]
    over = card.__record__.over
    for number in range(data.draw(st.integers(1, 8))):
        state = lifecycle.state_of(card)
        if not (allowed := lifecycle.allowed(state)):
            break
        event, at = data.draw(st.sampled_from(allowed)), START + timedelta(days=30 * number)
        needed = next(t.needs for t in lifecycle.transitions if t.event == event and state in t.sources)
        values = {"until": date(2030, 1, number + 1), "number": f"N-{number + 1}"}
        card, _ = step(lifecycle, card, event, at=at, actor="a", values={name: values[name] for name in needed})
        if lifecycle.state_of(card) in over and event in ("end", "terminate"):
            assert not in_force(card, at.date())


def test_a_contract_terminated_before_it_began_was_in_force_on_no_day() -> None:
    begins = date(2025, 6, 1)
    contract = PropertyContract(
        id="c", estate="e", company="甲", choice="authority", state=ContractState.SIGNED, since=begins
    )
    over, taken = step(PROPERTY_CONTRACT, contract, "terminate", at=START, actor="a")
    assert (ContractState.TERMINATED, begins, START) == (over.state, over.until, taken.at)
    assert [] == [day for day in (date(2025, 1, 1), begins, date(2025, 6, 2)) if in_force(over, day)]


ON_DUTY = AppointmentCard(
    id="a1",
    member="m1",
    number="N-1",
    offered=date(2024, 1, 1),
    since=date(2024, 1, 9),
    until=date(2025, 1, 9),
    state=AppointmentState.ON_DUTY,
    voided=("N-0",),
)


def appointed(event: str, **values: Any) -> tuple[AppointmentCard, Step]:
    return step(APPOINTMENT_CARD, ON_DUTY, event, at=START, actor="a", reason="依据", values=values)


class TestValues:
    def test_a_lost_badge_is_replaced_by_a_new_number_and_the_old_one_is_void(self) -> None:
        card, taken = appointed("replace", number="N-2")
        assert ("N-2", ("N-0", "N-1"), "依据；证号：N-2") == (card.number, card.voided, taken.reason)

    def test_a_badge_without_a_number_is_replaced_by_one_that_has_one_and_nothing_is_void(self) -> None:
        card, _ = step(
            APPOINTMENT_CARD,
            attrs.evolve(ON_DUTY, number=""),
            "replace",
            at=START,
            actor="a",
            values={"number": "N-2"},
        )
        assert ("N-2", ("N-0",)) == (card.number, card.voided)

    def test_an_appointment_is_renewed_until_a_new_day(self) -> None:
        card, taken = appointed("renew", 聘期结束=date(2026, 1, 9))
        assert (date(2026, 1, 9), "依据；聘期结束：2026-01-09") == (card.until, taken.reason)

    @pytest.mark.parametrize(
        ("event", "values", "label"),
        [("replace", {}, "证号"), ("replace", {"number": "N-1"}, "证号"), ("renew", {}, "聘期结束")],
    )
    def test_what_must_be_given_and_is_not_is_named(self, event: str, values: dict[str, Any], label: str) -> None:
        with pytest.raises(IllegalStep, match=f"须随此步骤填写新的{label}"):
            appointed(event, **values)

    @pytest.mark.parametrize(
        ("event", "field", "value"),
        [
            ("suspend", "id", "a2"),
            ("suspend", "编号", "a2"),
            ("suspend", "member", "m2"),
            ("suspend", "state", AppointmentState.ENDED),
            ("end", "until", date(2030, 1, 1)),
            ("replace", "voided", ()),
            ("suspend", "wings", 2),
        ],
    )
    def test_what_is_not_the_clerks_to_say_is_refused(self, event: str, field: str, value: Any) -> None:
        with pytest.raises(BadData, match=f"字段 {field} .*不能随"):
            appointed(event, **{field: value})

    def test_a_value_of_another_kind_is_refused_by_its_field(self) -> None:
        with pytest.raises(InvalidRecord, match=r"appointment_card.until"):
            appointed("renew", until="2026-01-09")

    def test_guards_see_what_is_recorded_with_the_step(self) -> None:
        seen: list[Any] = []
        step(
            APPOINTMENT_CARD,
            ON_DUTY,
            "replace",
            at=START,
            actor="a",
            values={"number": "N-2"},
            guards=[lambda card, _event, _at: seen.append(card.number)],  # type: ignore[attr-defined, func-returns-value]
        )
        assert ["N-2"] == seen

    def test_what_not_everybody_may_see_is_not_repeated_in_the_step(self) -> None:
        card = ContactCard(
            id="k",
            member="m",
            employer="u",
            since=date(2024, 1, 1),
            until=date(2024, 7, 1),
            compiled=date(2024, 7, 2),
            services=1,
            minutes=1,
        )
        moved, taken = step(CONTACT_CARD, card, "object", at=START, actor="a", values={"objection": "隐情"})
        assert ("隐情", "异议已填写") == (moved.objection, taken.reason)


def test_an_event_can_be_named_in_chinese_and_is_kept_by_its_code() -> None:
    card, taken = step(REGISTRATION_CARD, CARDS["registration_card"], "接收", at=START, actor="clerk")
    assert (RegistrationState.ACCEPTED, "accept") == (card.state, taken.event)  # type: ignore[attr-defined]


def test_a_refusal_lists_the_events_with_their_chinese_names() -> None:
    with pytest.raises(IllegalStep, match=r"不能执行 renew（续登）.*review（审核）、accept（接收）、close（注销）"):
        step(REGISTRATION_CARD, CARDS["registration_card"], "续登", at=START, actor="clerk")


@pytest.mark.parametrize("facts", [{"needs": ("wings",)}, {"retires": (("number", "post"),)}, {"dated": "wings"}])
def test_a_transition_of_fields_that_are_not_there_is_refused(facts: dict[str, Any]) -> None:
    offered = AppointmentState.OFFERED
    with pytest.raises(Misuse, match=r"not there|holds one only"):
        Lifecycle(AppointmentCard, "卡", offered, (Transition("x", "步", (offered,), offered, **facts),))
