"""A card moves by its table only; every step is kept, and replaying the steps gives the state it stands in."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shequ.effective import SHANGHAI
from shequ.errors import IllegalStep, Misuse
from shequ.lifecycle import Lifecycle, Transition, replay, step
from shequ.lifecycle.cards import REGISTRATION_CARD, SERVICE_RECORD
from shequ.lifecycle.works import PROPERTY_CONTRACT
from shequ.model import (
    ContractState,
    PropertyContract,
    Record,
    RegistrationCard,
    RegistrationState,
    ServiceRecord,
    ServiceRecordState,
    Step,
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


@pytest.mark.parametrize(("agreed", "ends"), [(date(2025, 12, 31), date(2025, 12, 31)), (None, date(2026, 1, 5))])
def test_the_end_that_a_contract_agreed_on_stays(agreed: date | None, ends: date) -> None:
    contract = PropertyContract(
        id="c", estate="e", company="甲", choice="authority", state=ContractState.IN_FORCE, until=agreed
    )
    ended, _ = step(PROPERTY_CONTRACT, contract, "end", at=datetime(2026, 1, 5, 9, tzinfo=SHANGHAI), actor="a")
    assert (ContractState.ENDED, ends) == (ended.state, ended.until)
