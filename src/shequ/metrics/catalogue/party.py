"""The Party: organisations, members, and the cards of the contact station."""

from shequ.metrics.catalogue.services import VALID_RECORD
from shequ.metrics.definition import Measured, Metric, Ratio, Timing
from shequ.model import (
    AppointmentState,
    ContactState,
    MemberKind,
    OrganizationKind,
    RegistrationState,
    ServiceRecordState,
)
from shequ.query import (
    Among,
    By,
    Count,
    During,
    Holds,
    Keys,
    StateGroup,
    Sum,
    eq,
    given,
    ne,
    one_of,
)

__all__ = ["METRICS"]

_MEMBERS = Keys("party_member", "resident", Holds())
_REPORTED = Holds(since="reported", until="")
_REGISTERED = (given("accepted") & Holds(since="accepted")) | (~given("accepted") & Holds(since="reported"))
"""From acceptance, or from reporting where nobody wrote the day of acceptance down, until the card ended."""
_REGISTRATIONS = StateGroup(
    "state",
    "state",
    (
        (RegistrationState.REPORTED, "reported"),
        (RegistrationState.ACCEPTED, "accepted"),
        (RegistrationState.TRANSFERRED, "until"),
        (RegistrationState.RETIRED, "until"),
        (RegistrationState.CLOSED, "until"),
    ),
)
_APPOINTMENTS = StateGroup(
    "state",
    "state",
    (
        (AppointmentState.OFFERED, "offered"),
        (AppointmentState.ON_DUTY, "since"),
        (AppointmentState.ENDED, "until"),
    ),
)
_SERVICES = StateGroup("state", "state", ((ServiceRecordState.LOGGED, "recorded"),))
_CONTACTS = StateGroup(
    "state",
    "state",
    (
        (ContactState.COMPILED, "compiled"),
        (ContactState.SIGNED, "signed"),
        (ContactState.SENT, "sent"),
        (ContactState.RETURNED, "returned"),
    ),
)
_SERVED = During("served_on") & VALID_RECORD & Among("resident", _MEMBERS, on="served_on")
_BRANCHES = Keys("party_organization", "id", eq("kind", OrganizationKind.BRANCH) & Holds())

METRICS = (
    Metric(
        "party.members",
        "党员",
        "人",
        Measured(Count(Keys("party_member", "resident", ne("kind", MemberKind.IN_SERVICE) & Holds()))),
        base="组织关系在本街道，不含在职报到党员",
    ),
    Metric(
        "party.members_by_kind",
        "各类党员",
        "人",
        Measured(Count(_MEMBERS, (By("kind", "kind"),))),
        base="含在职报到党员",
        by=(By("kind", "kind"),),
    ),
    Metric(
        "party.members_per_community",
        "社区平均党员数",
        "人",
        Ratio(("party.members",), ("population.communities_operating", "population.communities"), operating=True),
        base="履行职能的社区",
        decimals=1,
    ),
    Metric(
        "party.organizations_by_kind",
        "各类党组织",
        "个",
        Measured(Count(Keys("party_organization", "id", Holds()), (By("kind", "kind"),))),
        by=(By("kind", "kind"),),
    ),
    Metric("party.branches", "党支部", "个", Measured(Count(_BRANCHES))),
    Metric(
        "party.members_per_branch",
        "支部平均党员数",
        "人",
        Ratio(("party.members",), ("party.branches",)),
        decimals=1,
    ),
    Metric(
        "party.organizations_without_full_time_head",
        "无专职负责人的党组织",
        "个",
        Measured(
            Count(
                Keys(
                    "party_organization",
                    "id",
                    one_of(
                        "kind",
                        OrganizationKind.COMMITTEE,
                        OrganizationKind.GENERAL_BRANCH,
                        OrganizationKind.BRANCH,
                    )
                    & eq("full_time_head", False)
                    & Holds(),
                )
            )
        ),
        base="党委、党总支、党支部",
    ),
    Metric(
        "party.groups_missing",
        "未设党小组的支部",
        "个",
        Measured(Count(_BRANCHES - Keys("party_organization", "parent", eq("kind", OrganizationKind.GROUP) & Holds()))),
    ),
    Metric(
        "party.members_registered",
        "登记在册党员志愿者",
        "人",
        Measured(Count(Keys("registration_card", "member.resident", _REGISTERED))),
        base="当日登记卡已接收，尚未转出或注销；接收日期不详的，自报到之日",
    ),
    Metric(
        "party.cards_by_state",
        "登记卡状态",
        "张",
        Measured(Count(Keys("registration_card", "id", _REPORTED), (_REGISTRATIONS,))),
        base="当日已报到的卡，按当日的状态",
        by=(_REGISTRATIONS,),
    ),
    Metric(
        "party.appointments_by_state",
        "聘请卡状态",
        "张",
        Measured(Count(Keys("appointment_card", "id", Holds(since="offered", until="")), (_APPOINTMENTS,))),
        base="当日已发聘的卡，按当日的状态",
        by=(_APPOINTMENTS,),
    ),
    Metric(
        "party.services_by_state",
        "记录卡状态",
        "条",
        Measured(
            Count(
                Keys(
                    "service_record",
                    "id",
                    Holds(since="recorded", until="") & Among("resident", _MEMBERS, on="served_on"),
                ),
                (_SERVICES,),
            )
        ),
        base="服务当日为党员（含在职报到党员）者当日已登记的服务记录，按当日的状态",
        by=(_SERVICES,),
    ),
    Metric(
        "party.contacts_by_state",
        "联系卡状态",
        "张",
        # Not since it was compiled: a card that is compiled anew has a new day, and was there before.
        Measured(Count(Keys("contact_card", "id", Holds(since="until", until="")), (_CONTACTS,))),
        base="服务期已满的联系卡，按当日的状态",
        by=(_CONTACTS,),
    ),
    Metric(
        "party.lecturers",
        "讲师团成员",
        "人",
        Measured(Count(Keys("team_membership", "resident", eq("team.kind", "lecturers") & Holds() & Holds("team")))),
    ),
    Metric(
        "party.service_teams",
        "党员服务队",
        "支",
        Measured(Count(Keys("team", "id", eq("kind", "party_service") & Holds()))),
    ),
    Metric(
        "party.members_active",
        "坚持参加活动在职党员",
        "人",
        Measured(
            Count(
                Keys("party_member", "resident", eq("kind", MemberKind.IN_SERVICE) & Holds())
                & Keys("service_record", "resident", During("served_on") & VALID_RECORD)
            )
        ),
        Timing.IN,
        base="期内有服务记录的在职党员",
    ),
    Metric(
        "party.service_records",
        "党员服务记录",
        "条",
        Measured(Count(Keys("service_record", "id", _SERVED))),
        Timing.IN,
        base="服务当日为党员（含在职报到党员）者的有效服务记录",
    ),
    Metric(
        "party.beneficiaries",
        "党员服务受益人次",
        "人次",
        Measured(Sum("service_record", "beneficiaries", _SERVED)),
        Timing.IN,
        base="服务当日为党员（含在职报到党员）者的有效服务记录",
    ),
    Metric(
        "party.legal_consultations",
        "法律咨询",
        "次",
        Measured(Count(Keys("activity", "id", eq("kind", "legal_consultation") & During("began")))),
        Timing.IN,
    ),
    Metric(
        "party.disputes_mediated",
        "党员调解纠纷",
        "件",
        Measured(Count(Keys("dispute", "id", eq("by_party_member", True) & During("received")))),
        Timing.IN,
    ),
    Metric(
        "party.contact_cards_due",
        "应寄联系卡",
        "张",
        Measured(
            Count(
                Keys(
                    "contact_card",
                    "id",
                    During("since") & ~one_of("state", ContactState.OBJECTED, ContactState.WITHHELD),
                )
            )
        ),
        Timing.IN,
        base="服务期始于期内的卡，不含本人有异议或不予寄送的；卡在服务期后办理，按现在的状态",
    ),
    Metric(
        "party.contact_cards_sent",
        "已寄联系卡",
        "张",
        Measured(Count(Keys("contact_card", "id", During("since") & given("sent")))),
        Timing.IN,
        base="服务期始于期内的卡，按现在的办理情况",
    ),
    Metric(
        "party.contact_cards_returned",
        "联系卡回执",
        "张",
        Measured(Count(Keys("contact_card", "id", During("since") & given("returned")))),
        Timing.IN,
        base="服务期始于期内的卡，按现在的办理情况",
    ),
    Metric(
        "party.posts_by_kind",
        "设岗",
        "个",
        Measured(Sum("service_post", "wanted", Holds(), (By("kind", "kind"),))),
        by=(By("kind", "kind"),),
    ),
    Metric(
        "party.symposia",
        "民情恳谈会",
        "次",
        Measured(Count(Keys("activity", "id", eq("kind", "symposium") & During("began")))),
        Timing.IN,
    ),
    Metric(
        "party.employers",
        "党员所在单位",
        "个",
        Measured(Count(Keys("party_member", "employer", Holds()))),
    ),
)
