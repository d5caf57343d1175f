"""Each rule finds what breaks it, says what would close it, and is silent once that is done."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import shequ
from shequ.codes.resident_id import check_digit
from shequ.effective import SHANGHAI
from shequ.model import (
    Activity,
    AssignedTask,
    Body,
    Building,
    Community,
    CommunityStatus,
    CommunityWorker,
    ContactCard,
    ContactSlip,
    ContactState,
    ContractState,
    Coverage,
    Dispute,
    DisputeState,
    Donation,
    ElderCareEnrolment,
    Election,
    ElectionMethod,
    ElectionState,
    EnrolmentState,
    Estate,
    GiftKind,
    Household,
    HouseholdMembership,
    LowIncomeCase,
    LowIncomeState,
    MemberKind,
    MembershipKind,
    OrganizationKind,
    OwnersCommittee,
    OwnersVote,
    PartyMember,
    PartyOrganization,
    Petition,
    PetitionState,
    PropertyContract,
    PublicWelfarePost,
    Record,
    Resident,
    ResidentCategory,
    ServiceRecord,
    ServiceRecordState,
    SubDistrict,
    TaskCategory,
    Volunteer,
    WorkUnit,
    Zone,
)
from shequ.model.governance import EXPECTED_BODIES
from shequ.rules import Finding, Severity

AT = date(2025, 12, 31)
NOW = datetime(2026, 11, 30, 9, tzinfo=SHANGHAI)
STREET = SubDistrict(id="999900001000", code="999900001000", name="云溪街道")
HERE = "999900001001"
COMMUNITY = Community(id=HERE, code=HERE, name="望溪社区", sub_district=STREET.id, status=CommunityStatus.OPERATING)
COMPLETE = Coverage(id="all", type="*", division=STREET.id)
ESTATE = Estate(id="e1", community=HERE, name="溪畔小区")
LIMITS = {
    "activities.per_quarter": (">=", "1"),
    "culture.weeks_per_year": (">=", "1"),
    "cards.contact_interval_months": ("<=", "6"),
    "zones.slips_share": (">=", "0.8"),
    "bodies.functions_per_worker": ("<=", "2"),
    "burden.inspections_per_year": ("<=", "1"),
    "burden.autonomous_share": (">=", "0.5"),
    "work.class_share": (">=", "0.1"),
    "participation.elderly_women_share": ("<=", "0.5"),
    "participation.rate": (">=", "0.3"),
    "grid.households": ("<=", "1"),
    "activities.per_month": (">=", "1"),
    "symposia.per_year": (">=", "2"),
    "training.sessions_per_year": (">=", "4"),
    "staff.households_per_worker": ("<=", "1"),
    "staff.per_10000_residents": (">=", "6000"),
}
"""What the district of these tests asks for."""
LOCAL = 'name = "local"\n' + "".join(
    f'[parameters."{name}"]\n[[parameters."{name}".values]]\ncomparator = "{sign}"\nvalue = {value}\ncitation = "标准"\n'
    for name, (sign, value) in LIMITS.items()
)


def found(
    rule: str, *records: Record, at: date = AT, local: bool = True, complete: bool = True, law: date | None = None
) -> list[Finding]:
    """What a rule finds in a district with these records and one community."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "local.toml"
        file.write_text(LOCAL, encoding="utf-8")
        rules = [file] if local else []
        register = shequ.open("memory:", district=STREET.id, actor="a", clock=lambda: NOW, rules=rules)
    register.put(STREET, COMMUNITY, ESTATE, *([COMPLETE] if complete else []), *records, reason="test")
    findings = register.check(at=at, law=law)
    assert [] == [finding.message for finding in findings if "执行失败" in finding.message]
    return [finding for finding in findings if finding.rule == rule]


def activity(day: date, kind: str = "culture", **facts: Any) -> Activity:
    began = datetime(day.year, day.month, day.day, 9, tzinfo=SHANGHAI)
    return Activity(id=f"a-{kind}-{day}-{len(facts)}", division=HERE, name=f"{day}", kind=kind, began=began, **facts)


def body(kind: str, number: int = 0, **facts: Any) -> Body:
    values = {"working_rule": "制度", "name": f"望溪社区{kind}{number}", **facts}
    return Body(id=f"b-{kind}-{number}", division=HERE, kind=kind, **values)


def election(voted: date, name: str = "换届选举", **facts: Any) -> Election:
    values = {"state": ElectionState.FILED, "body": "b-residents_committee-0", **facts}
    return Election(
        id=f"el-{voted}-{len(name)}", division=HERE, name=name, method=ElectionMethod.DIRECT, voted=voted, **values
    )


def person(id_: str, birth: date = date(1980, 5, 5), **facts: Any) -> Resident:
    return Resident(id=id_, **{"name": f"某{id_}", "birth_date": birth, "sex": "2", **facts})


def member(number: int, organization: str = "zb") -> tuple[Resident, PartyMember]:
    return person(f"p{number}", date(1960, 1, 1 + number % 28)), PartyMember(
        id=f"m{number}",
        community=HERE,
        resident=f"p{number}",
        kind=MemberKind.REGISTERED,
        organization=organization,
        since=date(2020, 1, 1),
    )


def branch(name: str = "第一支部委员会", kind: OrganizationKind = OrganizationKind.BRANCH) -> PartyOrganization:
    return PartyOrganization(id="zb", division=HERE, name=name, kind=kind, since=date(2015, 1, 1))


def members(number: int) -> list[Record]:
    return [record for each in range(number) for record in member(each)]


def petition(**facts: Any) -> Petition:
    values = {"received": date(2025, 3, 3), "kind": "claim", "state": PetitionState.CONCLUDED, **facts}
    return Petition(id="x1", number="XF-1", division=HERE, **values)


def dispute(**facts: Any) -> Dispute:
    return Dispute(id="ds", number="TJ-1", community=HERE, kind="neighbour", received=date(2025, 5, 4), **facts)


def low_income(**facts: Any) -> LowIncomeCase:
    values = {"applied": date(2025, 3, 3), "accepted": date(2025, 3, 10), "state": LowIncomeState.CONFIRMED, **facts}
    return LowIncomeCase(id="d1", number="DB-1", community=HERE, household="h1", **values)


def paid(consent: str | None) -> OwnersVote:
    """A vote to raise the repair fund."""
    share = None if consent is None else Decimal(consent)
    return OwnersVote(
        id="v1",
        estate="e1",
        matter="raise_fund",
        voted=date(2025, 2, 1),
        turnout_area=Decimal(70),
        turnout_persons=Decimal(70),
        consent_area=share,
        consent_persons=share,
        passed=True,
    )


def hired(area: str, persons: str, consent: str = "60", **facts: Any) -> PropertyContract:
    values = {"state": ContractState.IN_FORCE, "voted": date(2025, 3, 22), "since": date(2025, 5, 1), **facts}
    return PropertyContract(
        id="c1",
        estate="e1",
        company="物业甲",
        choice="owners_vote",
        turnout_area=Decimal(area),
        turnout_persons=Decimal(persons),
        consent_area=Decimal(consent),
        consent_persons=Decimal(consent),
        **values,
    )


def gift(number: int, receipt: str | None = None) -> Donation:
    return Donation(
        id=f"g{number}",
        receipt=f"YX-2025-{number:04d}" if receipt is None else receipt,
        division=HERE,
        given=date(2025, 6, 1),
        kind=GiftKind.MONEY,
        amount=100,
    )


def task(number: int, category: TaskCategory, work_class: str = "welfare") -> AssignedTask:
    return AssignedTask(
        id=f"t{number}",
        division=HERE,
        department="民政局",
        name=f"事项{number}",
        category=category,
        work_class=work_class,
        received=date(2025, 2, 1),
    )


def card(**facts: Any) -> ContactCard:
    values = {"since": date(2024, 7, 1), "until": date(2025, 1, 1), "compiled": date(2025, 1, 5), **facts}
    return ContactCard(id="k1", member="m1", employer="u1", services=1, minutes=60, **values)


HOLDER = CommunityWorker(id="w1", community=HERE, name="甲", since=date(2020, 1, 1))
UNIT = WorkUnit(id="u1", name="某厂")
HOME = Household(id="h1", community=HERE, number="1")
YOUNG, OLDER = person("young", date(1995, 1, 1)), person("older", date(1970, 1, 1))
SEEKING = (
    HOME,
    OLDER,
    YOUNG,
    ResidentCategory(id="rc", resident="older", category="laid_off", since=date(2025, 1, 1)),
    HouseholdMembership(id="hm", household="h1", resident="older", kind=MembershipKind.LIVING, since=date(2020, 1, 1)),
)


def post(resident: str) -> PublicWelfarePost:
    return PublicWelfarePost(id="wp", community=HERE, name="保洁岗", resident=resident, since=date(2025, 6, 1))


def slip(household: str) -> ContactSlip:
    return ContactSlip(id=f"s-{household}", household=household, issued=date(2025, 1, 1))


def served(resident: str, id_: str) -> ServiceRecord:
    return ServiceRecord(
        id=id_,
        community=HERE,
        resident=resident,
        activity_name="清洁",
        served_on=date(2025, 6, 3),
        place="广场",
        content="清扫",
        minutes=60,
        organiser="居委会",
        person_in_charge="甲",
        recorded=date(2025, 6, 4),
    )


def volunteer(**facts: Any) -> Volunteer:
    return Volunteer(id="v1", community=HERE, resident="r1", **{"since": date(2024, 1, 1), **facts})


def care(**facts: Any) -> ElderCareEnrolment:
    values = {"state": EnrolmentState.ENDED, "since": date(2024, 2, 1), **facts}
    return ElderCareEnrolment(id="ec", community=HERE, resident="r1", applied=date(2024, 1, 1), **values)


ALL_BODIES = [body(kind) for kind in EXPECTED_BODIES]
SERVING = (
    person("p1"),
    PartyMember(
        id="m1", community=HERE, resident="p1", kind=MemberKind.IN_SERVICE, employer="u1", since=date(2020, 1, 1)
    ),
    attrs.evolve(served("p1", "r1"), served_on=date(2024, 9, 3), state=ServiceRecordState.CONFIRMED),
)
LIVED_IN = [
    record
    for number in (1, 2)
    for record in (
        Household(id=f"h{number}", community=HERE, number=f"{number}"),
        person(f"r{number}"),
        HouseholdMembership(
            id=f"hm{number}",
            household=f"h{number}",
            resident=f"r{number}",
            kind=MembershipKind.LIVING,
            since=date(2020, 1, 1),
        ),
    )
]
LIVES = [row for row in LIVED_IN if not isinstance(row, Household)]
ZONED = [
    Zone(id="z1", community=HERE, name="一片"),
    Building(id="bd", zone="z1", name="1幢"),
    *(Household(id=f"h{number}", community=HERE, number=f"{number}", building="bd") for number in (1, 2)),
]
CAME = [person("old", date(1950, 1, 1)), person("old2", date(1951, 1, 1)), person("man", sex="1")]
_REVIEW = PetitionState.UNDER_REVIEW
WORK = ("culture", "welfare", "safety", "public_service", "self_governance", "health_environment")
MONTHS = [date(2025, month, 10) for month in range(1, 13)]
NAMED = [activity(day, "party_meeting", organiser="第一支部委员会") for day in MONTHS[::3]]
CASES: dict[str, tuple[str, Iterable[Record], str, Iterable[Record]]] = {
    "too few members": (
        "committee.members",
        [body("residents_committee", members=3)],
        "补选 2 名成员",
        [body("residents_committee", members=5)],
    ),
    "a mediation committee too large": (
        "mediation.committee_members",
        [body("mediation", members=11)],
        "减少 2 名成员",
        [body("mediation", members=9)],
    ),
    "a mediation committee of men": (
        "mediation.committee_women",
        [body("mediation", members=5, women=0)],
        "推选或聘任妇女委员",
        [body("mediation", members=5, women=1)],
    ),
    "an election overdue": (
        "committee.election_overdue",
        [body("residents_committee"), election(date(2020, 11, 20))],
        "组织换届选举",
        [body("residents_committee"), election(date(2020, 11, 20)), election(date(2025, 11, 22))],
    ),
    "only by-elections since": (
        "committee.election_overdue",
        [body("residents_committee"), election(date(2020, 11, 20)), election(date(2025, 1, 22), "补选")],
        "组织换届选举",
        [body("residents_committee"), election(date(2021, 1, 20))],
    ),
    "a body missing": ("bodies.present", ALL_BODIES[1:], "建立居民委员会", ALL_BODIES),
    "a body without rule": ("bodies.rules", [body("women", working_rule=None)], "制定工作制度", [body("women")]),
    "three functions on one worker": (
        "bodies.same_workers",
        [HOLDER, *(body("council", number, head="w1") for number in range(3))],
        "将其中 1 项职能改由他人负责",
        [HOLDER, *(body("council", number, head="w1" if number else None) for number in range(3))],
    ),
    "members without an organisation": (
        "party.organization_kind",
        [],
        "建立党支部",
        [branch(), *members(3)],
    ),
    "fifty members in a branch": (
        "party.organization_kind",
        [branch(), *members(50)],
        "研究设立党总支",
        [branch("总支", OrganizationKind.GENERAL_BRANCH), *members(50)],
    ),
    "seven members without a committee": (
        "party.branch_committee",
        [branch("第一支部"), *members(7)],
        "选举产生支部委员会",
        [branch("第一支部委员会"), *members(7)],
    ),
    "a quarter without a general meeting": ("party.meetings", [branch(), *NAMED[1:]], "按期召开", [branch(), *NAMED]),
    "a month without any Party meeting": (
        "party.meetings",
        [branch(), *(activity(day, "party_meeting") for day in MONTHS[1:])],
        "按期召开",
        [branch(), *(activity(day, "party_meeting") for day in MONTHS)],
    ),
    "a card not sent": (
        "cards.contact_due",
        [UNIT, *member(1), card(state=ContactState.COMPILED)],
        "寄出",
        [UNIT, *member(1), card(state=ContactState.SENT, sent=date(2025, 2, 1))],
    ),
    "a card that came back": (
        "cards.contact_due",
        [UNIT, *member(1), card(state=ContactState.UNDELIVERABLE, sent=date(2025, 2, 1))],
        "核对单位地址",
        [UNIT, *member(1), card(state=ContactState.RETURNED, sent=date(2025, 2, 1), returned=date(2025, 3, 1))],
    ),
    "service without a card": (
        "cards.contact_missing",
        [UNIT, *SERVING],
        "汇总并寄送 1 张联系卡",
        [UNIT, *SERVING, card(state=ContactState.RETURNED, sent=date(2025, 2, 1))],
    ),
    "a quarter without activity": (
        "activities.quarter_without",
        [activity(day) for day in MONTHS[3:]],
        "在空缺的季度安排活动",
        [activity(day) for day in MONTHS[2:]],
    ),
    "no culture week": (
        "culture.week",
        [activity(MONTHS[0])],
        "再举办 1 次文化周",
        [activity(MONTHS[0], theme="文化周")],
    ),
    "a class of work without work": (
        "work.breadth",
        [task(number, TaskCategory.REGULAR, kind) for number, kind in enumerate(WORK[1:])],
        "充实文化教育类工作",
        [task(number, TaskCategory.REGULAR, kind) for number, kind in enumerate(WORK)],
    ),
    "too many inspections": (
        "burden.inspections",
        [task(number, TaskCategory.INSPECTION) for number in range(3)],
        "减少 2 项检查考核",
        [task(0, TaskCategory.INSPECTION)],
    ),
    "hardly any work of its own": (
        "burden.autonomous_share",
        [task(0, TaskCategory.AUTONOMOUS), *(task(number, TaskCategory.REGULAR) for number in (1, 2, 3))],
        "提高 25.00%",
        [task(0, TaskCategory.AUTONOMOUS), task(1, TaskCategory.REGULAR)],
    ),
    "half of the households without a slip": (
        "zones.slips",
        [*LIVED_IN, slip("h1")],
        "再向 1 户常驻户发放联系卡",
        [*LIVED_IN, slip("h1"), slip("h2")],
    ),
    "hardly anybody but elderly women": (
        "participation.elderly_women",
        [*CAME, served("old", "r1"), served("old2", "r2")],
        "使老年女性占比降低 50.00%",
        [*CAME, served("old", "r1"), served("man", "r2")],
    ),
    "a petition open too long": (
        "petitions.deadlines",
        [petition(answered=date(2025, 3, 10), state=PetitionState.ACCEPTED)],
        "立即告知或办结",
        [petition(answered=date(2025, 3, 10), concluded=date(2025, 5, 9))],
    ),
    "a review not answered": (
        "petitions.reviews",
        [
            petition(
                answered=date(2025, 3, 5), concluded=date(2025, 4, 1), review_asked=date(2025, 4, 10), state=_REVIEW
            )
        ],
        "立即答复，已超过 235 日",
        [
            petition(
                answered=date(2025, 3, 5), concluded=date(2025, 4, 1), review_asked=date(2025, 12, 1), state=_REVIEW
            )
        ],
    ),
    "a court asked too late": (
        "mediation.confirmation",
        [dispute(closed=date(2025, 5, 10), confirmed=date(2025, 6, 12), state=DisputeState.SETTLED)],
        "本件逾期 3 日",
        [dispute(closed=date(2025, 5, 10), confirmed=date(2025, 6, 9), state=DisputeState.SETTLED)],
    ),
    "a dispute open too long": (
        "mediation.settle_months",
        [dispute()],
        "已超过 210 日",
        [dispute(closed=date(2025, 6, 1), state=DisputeState.FAILED)],
    ),
    "a contract that ran out": (
        "property.contracts_over",
        [hired("70", "70", until=date(2025, 11, 1))],
        "已到期 60 天",
        [hired("70", "70", until=date(2025, 11, 1)), attrs.evolve(hired("70", "70"), id="c2", since=date(2025, 11, 1))],
    ),
    "a zone too large": ("zones.grid_size", [*LIVES, *ZONED], "减少 1 户", [*LIVES, *ZONED[:3]]),
    "hardly anybody comes": (
        "participation.rate",
        LIVED_IN,
        "再有 1 人参加",
        [*LIVED_IN, served("r1", "s1")],
    ),
    "a low-income case undecided": (
        "casework.low_income_deadline",
        [low_income(state=LowIncomeState.INVESTIGATING)],
        "立即作出决定",
        [low_income(notice_from=date(2025, 3, 20), decided=date(2025, 4, 1))],
    ),
    "a notice of five days": (
        "casework.low_income_notice",
        [low_income(notice_from=date(2025, 3, 20), decided=date(2025, 3, 25))],
        "补公示满规定天数",
        [low_income(notice_from=date(2025, 3, 20), decided=date(2025, 3, 27))],
    ),
    "no notice": (
        "casework.low_income_notice",
        [low_income(decided=date(2025, 3, 25))],
        "补公示满规定天数",
        [low_income(decided=date(2025, 3, 25), state=LowIncomeState.REFUSED)],
    ),
    "too few owners took part": ("property.votes", [hired("58.40", "61.20")], "重新组织", [hired("66.67", "70")]),
    "too few agreed to pay for repairs": ("property.other_votes", [paid("74.99")], "重新组织", [paid("75")]),
    "who agreed to pay is not entered": (
        "property.other_votes",
        [paid(None)],
        "补录",
        [paid("75"), attrs.evolve(paid("60"), id="v2", voted=date(2025, 3, 1), passed=False)],
    ),
    "just half of them agreed": ("property.votes", [hired("70", "70", "50")], "重新组织", [hired("70", "70", "50.01")]),
    "an owners' committee not filed": (
        "property.committee_filing",
        [OwnersCommittee(id="oc", estate="e1", elected=date(2025, 9, 6))],
        "备案",
        [OwnersCommittee(id="oc", estate="e1", elected=date(2025, 9, 6), filed=date(2025, 10, 6))],
    ),
    "a gift without receipt": ("donations.receipts", [gift(1), gift(2, " ")], "补开收据", [gift(1), gift(2)]),
    "a receipt used twice": (
        "donations.receipts",
        [gift(1), gift(2, "YX-2025-0001")],
        "核对收据存根",
        [gift(1), gift(2)],
    ),
    "a post given to somebody younger": (
        "employment.older_first",
        [*SEEKING, post("young")],
        "优先安排",
        [*SEEKING, post("older")],
    ),
    "a volunteer after death": (
        "data.dates",
        [person("r1", died=date(2025, 3, 1)), volunteer()],
        "终止日期",
        [person("r1", died=date(2025, 3, 1)), volunteer(until=date(2025, 3, 2))],
    ),
    "a volunteer before birth": (
        "data.dates",
        [person("r1", date(2024, 6, 1)), volunteer()],
        "起始日期",
        [person("r1", date(2004, 6, 1)), volunteer()],
    ),
    "a volunteer nobody knows": ("data.references", [volunteer()], "补录该居民", [person("r1"), volunteer()]),
    "a person entered twice": (
        "data.duplicates",
        [person("r1", name="甲乙"), person("r2", name="甲乙")],
        "保留一条",
        [person("r1", name="甲乙")],
    ),
    "a person of 130 years": ("data.ages", [person("r1", date(1895, 1, 1))], "出生日期", [person("r1")]),
    "a person not born yet": ("data.ages", [person("r1", date(2027, 1, 1))], "出生日期", [person("r1")]),
    "care that ended some day": (
        "data.ends_unknown",
        [person("r1"), care()],
        "查明并补填服务结束",
        [person("r1"), care(until=date(2025, 1, 1))],
    ),
}


LOCAL_RULES = {
    "activities.quarter_without",
    "bodies.same_workers",
    "burden.autonomous_share",
    "burden.inspections",
    "cards.contact_due",
    "cards.contact_missing",
    "culture.week",
    "participation.elderly_women",
    "work.breadth",
    "zones.slips",
}
ABSENT = (
    "a body missing",
    "members without an organisation",
    "a quarter without a general meeting",
    "a month without any Party meeting",
    "a quarter without activity",
    "service without a card",
    "no culture week",
    "a class of work without work",
)
RIGHT = ("99990019800505001" + check_digit("99990019800505001"), "99990019800505003" + check_digit("99990019800505003"))


@pytest.mark.parametrize("case", CASES)
def test_what_is_wrong_is_found_once_and_its_remedy_closes_it(case: str) -> None:
    rule, broken, remedy, mended = CASES[case]
    (finding,) = found(rule, *broken)
    assert remedy in finding.remedy
    assert finding.citation
    assert [] == found(rule, *mended)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.slow
def test_what_is_found_is_found_alike_again(case: str) -> None:
    rule, broken, _, _ = CASES[case]
    records = list(broken)
    assert found(rule, *records) == found(rule, *reversed(records))


class TestTheLawOfTheDay:
    def test_how_many_members_a_committee_has_is_not_judged_where_no_number_is_known(self) -> None:
        committee = body("residents_committee", members=3)
        assert [] == found("committee.members", committee, at=date(2026, 6, 30))
        assert [] == found("committee.members", committee, at=AT, law=date(1989, 1, 1))
        (finding,) = found("committee.members", committee, at=AT)
        assert (3, "5-9", "城市居民委员会组织法第七条") == (finding.measured, finding.threshold, finding.citation)

    @pytest.mark.parametrize(
        ("voted", "at", "overdue"),
        [
            (date(2015, 6, 1), date(2018, 6, 1), False),
            (date(2015, 6, 1), date(2018, 6, 2), True),
            (date(2019, 6, 1), date(2024, 6, 1), False),
            (date(2019, 6, 1), date(2024, 6, 2), True),
            # The term of who was elected under the old law runs on; how long it is now is not known.
            (date(2021, 6, 1), date(2026, 6, 2), True),
        ],
    )
    def test_a_term_is_as_long_as_when_the_committee_was_elected(self, voted: date, at: date, overdue: bool) -> None:
        records = [body("residents_committee"), election(voted)]
        assert overdue == bool(found("committee.election_overdue", *records, at=at))

    def test_a_term_that_nobody_verified_never_runs_out(self) -> None:
        lately = body("residents_committee"), election(date(2026, 1, 1))
        assert [] == found("committee.election_overdue", *lately, at=date(2026, 11, 30))

    def test_a_failed_election_begins_no_term(self) -> None:
        records = [body("residents_committee"), election(date(2020, 1, 1))]
        again = election(date(2025, 2, 1), state=ElectionState.INVALID)
        assert 1 == len(found("committee.election_overdue", *records, again))

    def test_a_vote_before_the_civil_code_is_not_judged_unless_that_law_is_asked_for(self) -> None:
        before = hired("50", "50", voted=date(2020, 12, 31), since=None)
        assert [] == found("property.votes", before)
        assert [] == found("property.votes", before, law=date(2020, 1, 1))
        assert 1 == len(found("property.votes", before, law=date(2021, 1, 1)))

    def test_since_2022_only_claims_must_be_concluded_in_time(self) -> None:
        facts: dict[str, Any] = {"kind": "suggestion", "state": PetitionState.ACCEPTED}
        now = petition(received=date(2025, 3, 3), answered=date(2025, 3, 4), **facts)
        then = petition(received=date(2022, 3, 3), answered=date(2022, 3, 4), **facts)
        assert [] == found("petitions.deadlines", now)
        assert 1 == len(found("petitions.deadlines", then))

    def test_a_low_income_case_past_the_longest_term_is_an_error(self) -> None:
        def severity(decided: date) -> list[Severity]:
            case = low_income(notice_from=date(2025, 3, 20), decided=decided)
            return [finding.severity for finding in found("casework.low_income_deadline", case)]

        assert [] == severity(date(2025, 4, 22))
        assert [Severity.WARNING] == severity(date(2025, 4, 23))
        assert [Severity.ERROR] == severity(date(2025, 6, 3))


class TestNothingIsGuessed:
    @pytest.mark.parametrize(
        "case",
        [case for case, (rule, *_) in CASES.items() if rule in LOCAL_RULES],
    )
    def test_what_only_a_district_asks_for_is_not_asked_without_its_rules(self, case: str) -> None:
        rule, broken, _, _ = CASES[case]
        assert [] == found(rule, *broken, local=False)

    @pytest.mark.parametrize("case", ABSENT)
    def test_what_is_not_there_is_not_missing_while_records_are_not_complete(self, case: str) -> None:
        rule, broken, _, _ = CASES[case]
        assert [] == found(rule, *broken, complete=False)

    def test_a_member_who_objects_is_not_in_default(self) -> None:
        for state in (ContactState.OBJECTED, ContactState.WITHHELD):
            assert [] == found("cards.contact_due", UNIT, *member(1), card(state=state))

    def test_two_people_of_one_name_and_birthday_with_two_right_numbers_are_two(self) -> None:
        right = [person(f"r{n}", id_number=number, name="甲乙") for n, number in enumerate(RIGHT)]
        assert [] == found("data.duplicates", *right)
        (finding,) = found("data.duplicates", right[0], attrs.evolve(right[1], id_number=RIGHT[0]))
        assert Severity.ERROR is finding.severity

    def test_a_refused_enrolment_has_no_end_to_be_found(self) -> None:
        assert [] == found("data.ends_unknown", person("r1"), care(state=EnrolmentState.REFUSED, since=None))

    def test_until_the_year_is_over_a_culture_week_is_advice(self) -> None:
        (finding,) = found("culture.week", activity(MONTHS[0]), at=date(2025, 6, 30))
        assert Severity.ADVICE is finding.severity


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 20))
@pytest.mark.slow
def test_as_many_members_as_the_remedy_says_close_the_finding(number: int) -> None:
    findings = found("committee.members", body("residents_committee", members=number))
    assert (5 <= number <= 9) == (findings == [])
    for finding in findings:
        change = next(int(word) for word in finding.remedy.split() if word.isdigit())
        mended = number + change if number < 5 else number - change
        assert [] == found("committee.members", body("residents_committee", members=mended))


@settings(max_examples=25, deadline=None)
@given(st.sets(st.integers(1, 60), min_size=1, max_size=20))
@pytest.mark.slow
def test_as_many_receipts_are_missing_as_numbers_are_left_out(numbers: set[int]) -> None:
    findings = found("donations.receipts", *(gift(number) for number in numbers))
    missing = max(numbers) - min(numbers) + 1 - len(numbers)
    assert (missing > 0) == bool(findings)
    assert all(f" 缺 {missing} 个号" in finding.message for finding in findings)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 40), st.integers(0, 120), st.booleans())
@pytest.mark.slow
def test_a_petition_is_late_just_after_its_terms(answer: int, conclude: int, extended: bool) -> None:
    received = date(2025, 3, 3)
    answered = received + timedelta(days=answer)
    case = petition(answered=answered, concluded=answered + timedelta(days=conclude), extended=extended)
    late = answer > 15 or conclude > (90 if extended else 60)
    findings = found("petitions.deadlines", case)
    assert late == bool(findings)
    assert all("XF-1" in finding.message and finding.subject == "XF-1" for finding in findings)
    assert [Fraction(answer if answer > 15 else conclude)] * late == [finding.measured for finding in findings]
