"""A community with a member in service, the four cards of the member, and a household with its slip."""

from collections.abc import Iterable
from datetime import date, datetime

from report_world import engine_of, places

from shequ.calendars import Period
from shequ.effective import SHANGHAI, PartialDate
from shequ.metrics import Engine
from shequ.model import (
    AppointmentCard,
    AppointmentState,
    Building,
    CommunityWorker,
    ContactCard,
    ContactSlip,
    ContactState,
    Household,
    HouseholdMembership,
    MemberKind,
    MembershipKind,
    PartyMember,
    Record,
    RegistrationCard,
    RegistrationState,
    Resident,
    Role,
    ServicePost,
    ServiceRecord,
    ServiceRecordState,
    Viewer,
    WorkUnit,
    Zone,
)
from shequ.reports import Access, CardContext, CardSheets, deal
from shequ.reports.cards.kinds import KINDS

HALF = Period.parse("2025H1")
NOW = datetime(2026, 1, 5, 9, tzinfo=SHANGHAI)
CLERK = Viewer("clerk", frozenset({Role.CLERK}))
READER = Viewer("reader", frozenset({Role.READER}))
NAME, NUMBER, PHONE = "张小明", "999900196006300017", "13800001234"


def contact(number: int = 1, state: ContactState = ContactState.SIGNED, basis: str | None = "consent") -> ContactCard:
    """A contact card of the half year."""
    signed = date(2025, 7, 5) if state is not ContactState.COMPILED else None
    return ContactCard(
        id=f"letter-{number}",
        member="m1",
        employer="u1",
        since=date(2025, 1, 1),
        until=date(2025, 7, 1),
        compiled=date(2025, 7, 2),
        services=3,
        minutes=210,
        beneficiaries=35,
        activities=("清洁家园", "法律咨询"),
        state=state,
        basis=basis,
        signed=signed,
    )


def record(number: int, served_on: date = date(2025, 3, 8), **facts: object) -> ServiceRecord:
    """A confirmed record of the member's service."""
    values: dict[str, object] = {
        "id": f"s{number}",
        "community": "C1",
        "resident": "r1",
        "activity_name": f"清洁家园{number}",
        "served_on": served_on,
        "place": "小广场",
        "content": "清扫绿地",
        "minutes": 90,
        "organiser": "社区",
        "person_in_charge": "李",
        "recorded": served_on,
        "beneficiaries": 12,
        "state": ServiceRecordState.CONFIRMED,
    }
    return ServiceRecord(**{**values, **facts})  # type: ignore[arg-type] # the fields' own types are checked at construction


def district(*more: Record, name: str = NAME) -> list[Record]:
    """The places, the member of C1 with an employer, and what else is wanted."""
    return [
        *places(),
        Resident(id="r1", name=name, sex="1", id_number=NUMBER, phone=PHONE, birth_date=date(1960, 6, 30)),
        WorkUnit(id="u1", name="供电公司", party_organization="中共供电公司党支部", address="中山路 1 号"),
        PartyMember(
            id="m1", community="C1", resident="r1", kind=MemberKind.IN_SERVICE, employer="u1", joined=PartialDate(1990)
        ),
        *more,
    ]


def badge(number: str = "PQ-1", state: AppointmentState = AppointmentState.ON_DUTY, **days: date) -> list[Record]:
    """An appointment to a post."""
    return [
        ServicePost(id="p1", division="C1", name="家电维修岗", kind="convenience", wanted=1),
        AppointmentCard(
            id=f"a-{number}", member="m1", number=number, state=state, post="p1", offered=date(2024, 1, 5), **days
        ),
    ]


def registration(**facts: object) -> RegistrationCard:
    """The member's registration."""
    values: dict[str, object] = {"state": RegistrationState.ACCEPTED, "accepted": date(2024, 2, 1), **facts}
    return RegistrationCard(id="reg-1", member="m1", reported=date(2024, 1, 5), **values)  # type: ignore[arg-type] # likewise


def slip(household: str = "H1", community: str = "C1", issued: date = date(2025, 2, 1)) -> list[Record]:
    """A household with its building, its worker and its slip."""
    return [
        Zone(id=f"z-{household}", community=community, name="第一片区"),
        Building(id=f"b-{household}", zone=f"z-{household}", name="3号楼"),
        Household(
            id=household, community=community, number="0012", address="幸福里 3 号楼 402", building=f"b-{household}"
        ),
        Resident(id=f"r-{household}", name="王芳"),
        HouseholdMembership(
            id=f"hm-{household}", household=household, resident=f"r-{household}", kind=MembershipKind.LIVING
        ),
        CommunityWorker(id=f"w-{household}", community=community, name="陈干部", phone="0574-1234567"),
        ContactSlip(id=f"slip-{household}", household=household, worker=f"w-{household}", issued=issued),
    ]


def context_for(records: Iterable[Record], viewer: Viewer = CLERK, period: Period = HALF) -> CardContext:
    """What cards are made from."""
    engine: Engine = engine_of(records)
    return CardContext(engine, Access(viewer, engine), engine.tree.root, period)


def sheets_of(kind: str, records: Iterable[Record], viewer: Viewer = CLERK, period: Period = HALF) -> CardSheets:
    """The cards of a kind."""
    return deal(kind, KINDS[kind], context_for(records, viewer, period), day=NOW.date())
