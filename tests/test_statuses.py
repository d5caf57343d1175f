"""How matters with deadlines stood on a past day: the state is that of the day, and the law that of each matter."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

import shequ
from shequ.effective import SHANGHAI
from shequ.model import (
    Community,
    CommunityStatus,
    Dispute,
    DisputeState,
    LowIncomeCase,
    LowIncomeState,
    Petition,
    PetitionState,
    PlanState,
    Record,
    Step,
    SubDistrict,
    WorkPlanItem,
)

STREET, PLACE = "999900001000", "999900001001"
WORLD: tuple[Record, ...] = (
    SubDistrict(id=STREET, code=STREET, name="云溪街道"),
    Community(id=PLACE, code=PLACE, name="望溪社区", sub_district=STREET, status=CommunityStatus.OPERATING),
)
NOW = datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)


@pytest.fixture
def register() -> Iterator[shequ.Register]:
    with shequ.open("memory:", district=STREET, actor="a", clock=lambda: NOW) as opened:
        opened.put(*WORLD, reason="x")
        yield opened


def said(register: shequ.Register, at: Any) -> list[str]:
    return [str(status) for _, status in register.statuses(at=at)]


def petition(**facts: Any) -> Petition:
    return Petition(
        id="p", **{"number": "1", "division": PLACE, "kind": "claim", "received": date(2025, 9, 1), **facts}
    )


def case(**facts: Any) -> LowIncomeCase:
    return LowIncomeCase(id="l", number="1", community=PLACE, household="h", **facts)


ACCEPTED = petition(answered=date(2025, 9, 5), state=PetitionState.ACCEPTED)
OPEN: list[tuple[Record, str]] = [
    (ACCEPTED, "withdraw"),
    (ACCEPTED, "extend"),
    (ACCEPTED, "conclude"),
    (
        case(applied=date(2025, 3, 1), accepted=date(2025, 3, 3), state=LowIncomeState.INVESTIGATING),
        "withdraw",
    ),
    (Dispute(id="d", number="1", community=PLACE, kind="family", received=date(2025, 9, 1), state=DisputeState.MEDIATING), "settle"),
    (WorkPlanItem(id="w", division=PLACE, year=2025, title="增配", state=PlanState.UNDERWAY), "drop"),
]  # fmt: skip


@pytest.mark.parametrize(("record", "event"), OPEN, ids=lambda found: getattr(found, "id", found))
def test_a_step_of_today_changes_no_status_of_an_earlier_day(
    register: shequ.Register, record: Record, event: str
) -> None:
    register.put(record, reason="x")
    days = ("2025-04-30", "2025-09-10", "2025-10-31", "2025-12-31", "2026-03-01")
    before = [said(register, day) for day in days]
    register.apply(record.id, event, reason="x")
    assert before == [said(register, day) for day in days]
    assert any(before)
    assert before[-1] != said(register, "2026-03-02")


def test_a_case_that_was_loaded_as_withdrawn_was_open_until_then(register: shequ.Register) -> None:
    register.put(
        petition(answered=date(2025, 9, 5), state=PetitionState.WITHDRAWN, closed=date(2026, 2, 1)), reason="x"
    )
    assert "办结已逾期，期限 2025-11-04" in said(register, "2025-12-31")
    assert [] == said(register, "2026-02-01")


def test_the_day_on_which_a_matter_ended_is_that_of_its_step_where_the_record_has_none(
    register: shequ.Register,
) -> None:
    settled = Dispute(
        id="d", number="1", community=PLACE, kind="family", received=date(2025, 9, 1), state=DisputeState.SETTLED
    )
    at = datetime(2025, 9, 20, 9, tzinfo=SHANGHAI)
    taken = Step(
        id="s",
        subject_type="dispute",
        subject="d",
        event="settle",
        before="mediating",
        after="settled",
        at=at,
        actor="a",
    )
    register.put(settled, reason="x")
    assert ["纠纷调处无法确定：已办理，但结案日期未登记"] == said(register, "2025-12-31")
    register.put(taken, reason="x")
    assert ["纠纷调处按期完成，期限 2025-10-01", "申请司法确认已到期，期限 2025-10-20"] == said(register, "2025-12-31")


def test_steps_that_contradict_each_other_leave_it_to_the_dates(register: shequ.Register) -> None:
    steps = [
        Step(
            id=f"s{n}",
            subject_type="petition",
            subject="p",
            event=event,
            before=before,
            after=after,
            at=datetime(2025, 9, 5 + n, 9, tzinfo=SHANGHAI),
            actor="a",
        )
        for n, (event, before, after) in enumerate(
            [("accept", "received", "accepted"), ("close", "concluded", "closed")]
        )
    ]
    register.put(ACCEPTED, *steps, reason="x")
    assert "办结期限内，期限 2025-11-04" in said(register, "2025-10-01")


def test_the_decision_of_a_low_income_case_is_due_by_the_law_of_its_acceptance(register: shequ.Register) -> None:
    applied = date(2021, 6, 28)
    register.put(case(applied=applied, accepted=date(2021, 6, 30), state=LowIncomeState.ACCEPTED), reason="x")
    assert [] == said(register, "2021-12-31")
    register.put(case(applied=applied, accepted=date(2021, 7, 2), state=LowIncomeState.ACCEPTED), reason="x")
    assert ["审核确认已逾期，期限 2021-08-13"] == said(register, "2021-12-31")


def test_a_moment_asks_for_its_day_in_shanghai(register: shequ.Register) -> None:
    register.put(petition(), reason="x")
    assert said(register, "2025-09-17") == said(register, datetime(2025, 9, 16, 17, tzinfo=UTC))
    assert said(register, "2025-09-16") != said(register, "2025-09-17")
