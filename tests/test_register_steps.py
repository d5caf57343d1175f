"""Steps and pairs through the register: which card is meant, what is recorded with a step, what is kept of a sending."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

import shequ
from shequ.effective import SHANGHAI
from shequ.errors import BadData, IllegalStep, InvalidRecord
from shequ.exchange import write_table
from shequ.model import (
    AppointmentCard,
    AppointmentState,
    ContactCard,
    ContactState,
    Disclosure,
    MemberKind,
    PartyMember,
    Record,
    RegistrationCard,
    RegistrationState,
    Resident,
    ResidentCategory,
    Step,
    WorkUnit,
)
from shequ.query import Select

NOW = datetime(2025, 7, 5, 9, tzinfo=SHANGHAI)
REPORTED = RegistrationCard(id="x1", member="m1", reported=date(2025, 6, 1))
ON_DUTY = AppointmentCard(
    id="a1",
    member="m1",
    number="N-1",
    offered=date(2024, 6, 1),
    since=date(2024, 6, 9),
    until=date(2025, 6, 9),
    state=AppointmentState.ON_DUTY,
)


def register_with(*records: Record) -> shequ.Register:
    moments = iter(NOW.replace(minute=minute) for minute in range(60))
    register = shequ.open("memory:", district="d", actor="a", clock=lambda: next(moments))
    register.put(*records, reason="start")
    return register


def kept(register: shequ.Register, name: str) -> list[Any]:
    with register.store.read("d") as snapshot:
        return [stored.record for stored in snapshot.scan(Select(name))]


class TestWhichCard:
    def test_an_id_that_is_not_there_is_said_to_be_none(self) -> None:
        with pytest.raises(BadData, match="没有编号为 zzz 的卡或案件"):
            register_with(REPORTED).apply("zzz", "accept")
        with pytest.raises(BadData, match="没有编号为 x1 的联系卡"):
            register_with(REPORTED).apply("x1", "see", type="联系卡")

    def test_of_several_cards_with_one_id_the_types_are_named(self) -> None:
        register = register_with(REPORTED, AppointmentCard(id="x1", member="m1", number="1", offered=date(2025, 6, 1)))
        with pytest.raises(BadData, match=r"registration_card（登记卡）、appointment_card（聘请卡）"):
            register.apply("x1", "accept")
        assert RegistrationState.ACCEPTED is register.apply("x1", "accept", type="登记卡").state  # type: ignore[attr-defined]

    def test_a_type_without_steps_is_refused_with_those_that_have_some(self) -> None:
        with pytest.raises(BadData, match=r"居民没有办理步骤.*登记卡、聘请卡"):
            register_with(Resident(id="x1", name="甲")).apply("x1", "accept", type="居民")


class TestValues:
    def test_what_is_recorded_with_a_step_is_stored_and_kept(self) -> None:
        register = register_with(ON_DUTY)
        card: Any = register.apply("a1", "遗失补发", reason="本人遗失", values={"证号": "N-2"})
        assert ("N-2", ("N-1",)) == (card.number, card.voided)
        assert card == register.get("appointment_card", "a1")
        (taken,) = kept(register, "step")
        assert isinstance(taken, Step)
        assert ("replace", "本人遗失；证号：N-2") == (taken.event, taken.reason)

    @pytest.mark.parametrize(
        ("values", "error"),
        [
            ({}, IllegalStep),
            ({"until": "明年"}, InvalidRecord),
            ({"until": date(2026, 6, 9), "member": "m2"}, BadData),
        ],
    )
    def test_what_is_missing_or_wrong_changes_nothing(self, values: dict[str, Any], error: type[Exception]) -> None:
        register = register_with(ON_DUTY)
        with pytest.raises(error):
            register.apply("a1", "renew", values=values)
        assert (ON_DUTY, []) == (register.get("appointment_card", "a1"), kept(register, "step"))


def test_a_card_that_is_sent_twice_on_one_day_is_disclosed_twice(tmp_path: Path) -> None:
    card = ContactCard(
        id="k1",
        member="m1",
        employer="u1",
        since=date(2025, 1, 1),
        until=date(2025, 7, 1),
        compiled=date(2025, 7, 2),
        services=1,
        minutes=60,
        basis="consent",
        state=ContactState.SEEN,
    )
    member = PartyMember(id="m1", community="c", resident="r1", kind=MemberKind.IN_SERVICE, employer="u1")
    register = register_with(card, member, WorkUnit(id="u1", name="市第一医院"), Resident(id="r1", name="甲"))
    for event in ("sign", "send", "bounce", "send"):
        register.apply("k1", event)
    found = kept(register, "disclosure")
    assert [("k1", date(2025, 7, 5))] * 2 == [(one.subject, one.on) for one in found if isinstance(one, Disclosure)]
    write_table(tmp_path / "disclosure.csv", register.schema["disclosure"], found)
    again = register.load(tmp_path / "disclosure.csv")
    assert ((), 2) == (again.errors, again.unchanged)
    assert "key-twice" not in [problem.code for problem in again]


class TestCategories:
    def test_a_category_that_nobody_knows_is_refused_with_those_that_are_known(self) -> None:
        register = register_with(ResidentCategory(id="rc1", resident="r1", category="失独家庭"))
        with pytest.raises(BadData, match=r"没有人员类别 '低保'.*low_income（低保对象）.*失独家庭"):
            register.pair(at="2025-07-01", wanted={"低保": frozenset()})

    @pytest.mark.parametrize("said", ["low_income", "低保对象", "失独家庭"])
    def test_one_that_is_listed_or_recorded_is_taken(self, said: str) -> None:
        register = register_with(ResidentCategory(id="rc1", resident="r1", category="失独家庭"))
        assert () == register.pair(at="2025-07-01", wanted={said: frozenset()}).pairs
