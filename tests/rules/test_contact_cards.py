"""A contact card that came from a sheet and names somebody is found; the finding does not repeat who."""

from datetime import date, datetime
from typing import Any

import attrs
import pytest

import shequ
from shequ.effective import SHANGHAI
from shequ.model import (
    Community,
    CommunityStatus,
    ContactCard,
    ContactState,
    MemberKind,
    PartyMember,
    Resident,
    SubDistrict,
)
from shequ.rules import Finding, Severity

STREET = SubDistrict(id="999900001000", code="999900001000", name="云溪街道")
PLACE = Community(
    id="999900001001",
    code="999900001001",
    name="望溪社区",
    sub_district=STREET.id,
    status=CommunityStatus.OPERATING,
)
MEMBER = PartyMember(id="m1", community=PLACE.id, resident="r1", kind=MemberKind.IN_SERVICE, employer="u")
PEOPLE = (Resident(id="r1", name="张三"), Resident(id="r2", name="李四妹", phone="13800001234"))
CARD = ContactCard(
    id="k1",
    member="m1",
    employer="u",
    since=date(2025, 1, 1),
    until=date(2025, 7, 1),
    compiled=date(2025, 7, 2),
    services=2,
    minutes=60,
)


def found(at: str = "2025-07-31", **facts: Any) -> list[Finding]:
    now = datetime(2025, 8, 1, 9, tzinfo=SHANGHAI)
    with shequ.open("memory:", district=STREET.id, actor="a", clock=lambda: now) as register:
        register.put(STREET, PLACE, MEMBER, *PEOPLE, attrs.evolve(CARD, **facts), reason="表格")
        return [one for one in register.check(at=at) if one.rule == "cards.names_somebody"]


@pytest.mark.parametrize(
    ("activities", "says"),
    [
        (("清扫楼道", "看望李四妹"), "第 2 项含有居民的姓名"),
        (("看望李·四 妹",), "第 1 项含有居民的姓名"),
        (("回访138-0000-1234",), "号码，第 1 项含有可能是电话的数字"),
        (("回访139 1234 5678",), "服务内容第 1 项含有可能是电话的数字"),
    ],
)
def test_a_card_that_names_somebody_is_an_error_that_names_the_card_only(
    activities: tuple[str, ...], says: str
) -> None:
    (one,) = found(activities=activities)
    assert (Severity.ERROR, "k1", PLACE.name) == (one.severity, one.subject, one.place.name)
    assert says in one.message
    assert [] == [text for text in ("李四妹", "1234", "5678") if text in str(one)]


def test_a_card_that_names_nobody_or_goes_nowhere_is_none() -> None:
    assert [] == found(activities=("清扫楼道", "2025-03-05 学雷锋"))
    assert [] == found(activities=("看望李四妹",), state=ContactState.WITHHELD)


def test_a_card_of_later_is_not_judged() -> None:
    assert [] == found(at="2025-07-01", activities=("看望李四妹",))
