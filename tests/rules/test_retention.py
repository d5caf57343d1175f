"""What was deleted before it might be is found from the history, until it is restored or its years are over."""

from datetime import date, datetime
from pathlib import Path

import pytest

import shequ
from shequ.effective import SHANGHAI
from shequ.model import Community, CommunityStatus, Disclosure, Record, Resident, ServiceRecord, SubDistrict
from shequ.rules import Finding, Severity
from shequ.store import ANY

NOW = datetime(2036, 1, 1, tzinfo=SHANGHAI)
STREET = SubDistrict(id="999900001000", code="999900001000", name="云溪街道")
COMMUNITY = Community(
    id="999900001001", code="999900001001", name="望溪社区", sub_district=STREET.id, status=CommunityStatus.OPERATING
)
SERVED = ServiceRecord(
    id="s1",
    community=COMMUNITY.id,
    resident="r1",
    activity_name="清扫楼道",
    served_on=date(2021, 6, 1),
    recorded=date(2021, 6, 2),
    place="望溪",
    content="清扫",
    minutes=60,
    organiser="望溪社区",
    person_in_charge="钱某",
)
GIVEN = Disclosure(
    id="d1",
    resident="r1",
    subject_type="contact_card",
    subject="c1",
    recipient="某单位党支部",
    purpose="联系卡",
    basis="consent",
    contents=("姓名",),
    on=date(2023, 3, 1),
    actor="a",
)


@pytest.fixture(params=["memory:", "sqlite:///{}/street.db"])
def register(request: pytest.FixtureRequest, tmp_path: Path) -> shequ.Register:
    """A register with one record of each kind."""
    register = shequ.open(request.param.format(tmp_path), district=STREET.id, actor="a", clock=lambda: NOW)
    register.put(STREET, COMMUNITY, Resident(id="r1", name="赵某", sex="1"), SERVED, GIVEN, reason="t")
    return register


def delete(register: shequ.Register, *records: Record, on: date) -> None:
    at = datetime(on.year, on.month, on.day, 10, tzinfo=SHANGHAI)
    with register.store.session(register.district, actor="a", reason="清理", at=at) as session:
        for record in records:
            session.delete(record.__record__.name, record.id, ANY)
    register.refresh()


def found(register: shequ.Register, at: date, law: date | None = None) -> dict[str, Finding]:
    rules = ("volunteers.records_kept", "privacy.disclosures_kept")
    return {one.subject: one for one in register.check(at=at, law=law) if one.rule in rules}


def test_what_is_deleted_too_soon_is_found_until_its_years_are_over(register: shequ.Register) -> None:
    assert {} == found(register, date(2025, 12, 31))
    delete(register, SERVED, GIVEN, on=date(2025, 1, 10))
    assert {} == found(register, date(2025, 1, 9))
    findings = found(register, date(2025, 1, 10))
    assert "服务记录 s1（2021-06-01）于 2025-01-10 被删除，应保存至 2031-06-01" in findings["s1"].message
    assert ("望溪社区", "≥10", "GB/T 40143-2021") == (
        findings["s1"].place.name, findings["s1"].threshold.replace(" ", ""), findings["s1"].citation,
    )  # fmt: skip
    assert (STREET.name, Severity.ERROR) == (findings["d1"].place.name, findings["d1"].severity)
    assert {"s1", "d1"} == set(found(register, date(2026, 2, 28)))
    assert {"s1"} == set(found(register, date(2026, 3, 1)))
    assert {} == found(register, date(2031, 6, 1))


def test_what_is_restored_is_there(register: shequ.Register) -> None:
    delete(register, SERVED, GIVEN, on=date(2025, 1, 10))
    register.put(SERVED, reason="恢复")
    assert {"d1"} == set(found(register, date(2025, 12, 31)))


def test_what_was_kept_long_enough_may_go(register: shequ.Register) -> None:
    delete(register, SERVED, GIVEN, on=date(2026, 3, 1))
    assert {"s1"} == set(found(register, date(2026, 3, 1)))


def test_nothing_is_said_before_there_was_a_norm(register: shequ.Register) -> None:
    delete(register, SERVED, GIVEN, on=date(2025, 1, 10))
    assert {} == found(register, date(2025, 12, 31), law=date(2021, 5, 20))


def test_who_asked_to_be_erased_is_not_asked_for(register: shequ.Register) -> None:
    register.erase([("service_record", "s1"), ("disclosure", "d1")], reason="依申请")
    assert {} == found(register, date(2025, 12, 31))
