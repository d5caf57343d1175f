"""Staff, premises, zones and work by the calendar: each rule finds what breaks it and is silent once that is mended."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import attrs
import pytest
from test_checks import (
    CASES,
    COMPLETE,
    HERE,
    HOLDER,
    LIVED_IN,
    MONTHS,
    STREET,
    activity,
    branch,
    found,
    members,
    person,
    served,
)

from shequ.model import (
    Building,
    CommunityWorker,
    HouseholdMembership,
    MembershipKind,
    OrganizationKind,
    PartyOrganization,
    PlanState,
    Premises,
    Record,
    ReportedFigure,
    Responsibility,
    Tenure,
    WorkPlanItem,
    Zone,
)
from shequ.rules.national import national_rules

ELSEWHERE = {
    "privacy.disclosures_kept": "test_retention.py",
    "volunteers.records_kept": "test_retention.py",
    "cards.names_somebody": "test_contact_cards.py",
    "welfare.ledger": "test_ledger_rule.py",
    "figures.year": "test_closing.py",
    "figures.communities": "test_closing.py",
    "committee.households": "test_section_five.py and the real cases",
}
"""Rule → where it is tested."""


def room(kind: str = "activity_room", area: str = "60", tenure: Tenure = Tenure.OWNED) -> Premises:
    return Premises(id=f"r-{kind}", division=HERE, name=kind, kind=kind, area=Decimal(area), tenure=tenure)


def group(number: int = 1) -> PartyOrganization:
    return PartyOrganization(
        id=f"g{number}",
        division=HERE,
        name=f"{number}组",
        kind=OrganizationKind.GROUP,
        parent="zb",
        since=date(2020, 1, 1),
    )


def answers(worker: str, **facts: date) -> Responsibility:
    return Responsibility(id=f"a-{worker}", building="bd", worker=worker, **facts)


def plan(**facts: object) -> WorkPlanItem:
    return WorkPlanItem(id="p", division=HERE, year=2025, title="铺路", due=date(2025, 11, 30), **facts)  # type: ignore[arg-type] # facts of a record


def lives(number: int, household: str) -> HouseholdMembership:
    return HouseholdMembership(
        id=f"x{number}", household=household, resident="r1", kind=MembershipKind.LIVING, since=date(2020, 1, 1)
    )


SECOND = CommunityWorker(id="w2", community=HERE, name="乙", full_time=True, since=date(2020, 1, 1))
BUILT = [Zone(id="z", community=HERE, name="一片"), Building(id="bd", zone="z", name="1幢"), HOLDER, SECOND]
MEETINGS = [activity(day, "symposium") for day in MONTHS[:2]]
SESSIONS = [activity(day, "training") for day in MONTHS[:4]]
MORE: dict[str, tuple[str, Iterable[Record], str, Iterable[Record]]] = {
    "two households to a worker who may have one": (
        "staff.households_per_worker",
        [*LIVED_IN, attrs.evolve(HOLDER, full_time=True)],
        "再配备 1 名专职干部",
        [*LIVED_IN, attrs.evolve(HOLDER, full_time=True), SECOND],
    ),
    "too few workers to the residents": (
        "staff.per_10000_residents",
        [*LIVED_IN, attrs.evolve(HOLDER, full_time=True)],
        "每万人再增加 1000",
        [*LIVED_IN, attrs.evolve(HOLDER, full_time=True), SECOND],
    ),
    "too little room": (
        "premises.service_area",
        [*LIVED_IN, room(area="0.5")],
        "每百户再增加 5 平方米综合服务设施，共 1 平方米",
        [*LIVED_IN, room(area="0.6")],
    ),
    "a rented office": (
        "premises.rented",
        [room("office", tenure=Tenure.RENTED)],
        "自有或无偿使用",
        [room("office", tenure=Tenure.PROVIDED)],
    ),
    "no venue": ("premises.venue_missing", [room("office")], "落实一处", [room("office"), room("culture_sports")]),
    "a building without a worker": ("zones.responsible", BUILT, "还需 1 名", [*BUILT, answers("w1")]),
    "a building with two": (
        "zones.responsible",
        [*BUILT, answers("w1"), answers("w2")],
        "减少 1 名",
        [*BUILT, answers("w1", until=date(2025, 6, 1)), answers("w2", since=date(2025, 6, 1))],
    ),
    "two members in a branch": ("party.branch_size", [branch(), *members(2)], "还需 1 名", [branch(), *members(3)]),
    "more than fifty": ("party.branch_size", [branch(), *members(52)], "多出 2 名", [branch(), *members(50)]),
    "a branch without groups": ("party.groups", [branch(), *members(9)], "设党小组", [branch(), *members(9), group()]),
    "a month without activity": (
        "activities.month_without",
        [activity(day) for day in MONTHS[1:]],
        "还需 1 次",
        [activity(day) for day in MONTHS],
    ),
    "one symposium": ("symposia.per_year", MEETINGS[1:], "再召开 1 次", MEETINGS),
    "three trainings": ("training.sessions_per_year", SESSIONS[1:], "再组织 1 次", SESSIONS),
    "a record made after ten working days": (
        "volunteers.record_due",
        [person("r1"), attrs.evolve(served("r1", "s"), recorded=date(2025, 6, 18))],
        "规定的工作日内",
        [person("r1"), attrs.evolve(served("r1", "s"), recorded=date(2025, 6, 17))],
    ),
    "a promise not kept": (
        "plan.overdue",
        [plan(state=PlanState.UNDERWAY)],
        "重新确定期限",
        [plan(state=PlanState.DONE, done=date(2025, 11, 20))],
    ),
    "one person in two households": (
        "people.membership_overlap",
        [*LIVED_IN, lives(1, "h2")],
        "核对迁移日期",
        LIVED_IN,
    ),
    "a filed figure that disagrees": (
        "figures.close",
        [
            *LIVED_IN,
            ReportedFigure(
                id="f", metric="population.actual", division=STREET.id, at=date(2025, 12, 31), value=Decimal(3)
            ),
        ],
        "核对两侧数字",
        [
            *LIVED_IN,
            ReportedFigure(
                id="f", metric="population.actual", division=STREET.id, at=date(2025, 12, 31), value=Decimal(2)
            ),
        ],
    ),
}


@pytest.mark.parametrize("case", MORE)
def test_what_is_wrong_is_found_once_and_its_remedy_closes_it(case: str) -> None:
    rule, broken, remedy, mended = MORE[case]
    (finding,) = found(rule, *broken)
    assert remedy in finding.remedy
    assert finding.citation
    assert [] == found(rule, *mended)


def test_every_national_rule_has_a_case() -> None:
    tested = {rule for rule, *_ in (*CASES.values(), *MORE.values())} | ELSEWHERE.keys()
    assert {rule.name for rule in national_rules().rules} == tested
    assert COMPLETE.type == "*"
