"""The cards of the contact station, and the steps they take.

The states stand here, the transitions in :mod:`shequ.lifecycle`.
"""

from datetime import date, datetime

from shequ.codes import closed_vocabulary
from shequ.model.record import (
    Naming,
    Record,
    Sensitivity,
    Term,
    code,
    count,
    day,
    moment,
    record,
    ref,
    term,
    text,
    texts,
)

__all__ = [
    "DISCLOSURE_BASES",
    "AppointmentCard",
    "AppointmentState",
    "ContactCard",
    "ContactState",
    "Disclosure",
    "Reading",
    "RegistrationCard",
    "RegistrationState",
    "ServiceRecord",
    "ServiceRecordState",
    "Step",
]

DISCLOSURE_BASES = closed_vocabulary(
    "legal bases of a disclosure", consent="本人单独同意", duty="履行法定职责", contract="履行约定", other="其他依据"
)


class RegistrationState(Term):
    """Where a registration card (登记卡) stands."""

    REPORTED = "reported", "已报到"
    UNDER_REVIEW = "under_review", "审核中"
    ACCEPTED = "accepted", "已接收"
    TRANSFERRED = "transferred", "已转出"
    RETIRED = "retired", "已转入本社区支部"
    CLOSED = "closed", "已注销"


class AppointmentState(Term):
    """Where an appointment card (聘请卡) stands."""

    OFFERED = "offered", "已发聘"
    DECLINED = "declined", "未接受"
    ACCEPTED = "accepted", "已接受"
    ON_DUTY = "on_duty", "在岗"
    SUSPENDED = "suspended", "暂停"
    ENDED = "ended", "已结束"


class ContactState(Term):
    """Where a contact card (联系卡) stands."""

    COMPILED = "compiled", "已汇总"
    SEEN = "seen", "本人已阅"
    OBJECTED = "objected", "本人有异议"
    SIGNED = "signed", "支部已签"
    SENT = "sent", "已寄出"
    RETURNED = "returned", "已回执"
    UNDELIVERABLE = "undeliverable", "无法送达"
    WITHHELD = "withheld", "不予寄送"


class ServiceRecordState(Term):
    """Where a service record stands; it is never overwritten."""

    LOGGED = "logged", "已登记"
    CONFIRMED = "confirmed", "已确认"
    CORRECTED = "corrected", "已更正"
    VOIDED = "voided", "已作废"


@record(
    "registration_card",
    label="登记卡",
    key=("member", "reported"),
    division="member.community",
    spans=(
        ("reported", "accepted"),
        ("reported", "until"),
    ),
    never=(RegistrationState.REPORTED, RegistrationState.UNDER_REVIEW),
    over=(RegistrationState.TRANSFERRED, RegistrationState.RETIRED, RegistrationState.CLOSED),
)
class RegistrationCard(Record):
    """An in-service member's registration with the community where they live (登记卡)."""

    member: str = ref("党员", to="party_member")
    state: RegistrationState = term("状态", default=RegistrationState.REPORTED)
    reported: date = day("报到日期")
    accepted: date | None = day("接收日期", default=None)
    occupation: str | None = text("职业", default=None)
    position: str | None = text("职务", default=None)
    employer: str | None = ref("所在单位", to="work_unit", default=None)
    talents: tuple[str, ...] = texts("特长爱好")
    wishes: tuple[str, ...] = texts("服务意向")
    times: tuple[str, ...] = texts("可服务时间")
    renewed: date | None = day("最近续登日期", default=None)
    until: date | None = day("转出或注销日期", default=None)
    receipt: str | None = text("回执编号", default=None, note="给所在单位党组织的回执")


@record(
    "service_record",
    label="服务记录",
    key=("resident", "activity_name", "served_on", "corrects"),
    division="community",
    spans=(("served_on", "recorded"),),
)
class ServiceRecord(Record):
    """One person's service in one activity: the fields that 民政部令第67号 (2021-02-01) requires, and the effect."""

    community: str = ref("社区", to="community")
    resident: str = ref("服务人", to="resident")
    activity: str | None = ref("活动", to="activity", default=None)
    activity_name: str = text("活动名称")
    served_on: date = day("服务日期", note="活动结束之日")
    place: str = text("地点")
    content: str = text("服务内容")
    minutes: int = count("服务时长", unit="分钟")
    organiser: str = text("组织单位")
    person_in_charge: str = text("负责人")
    recorded: date = day("记录日期")
    served: str | None = text("服务对象", default=None, note="写类别，不写姓名，如独居老人")
    beneficiaries: int | None = count("服务人次", unit="人次", default=None)
    participants: int | None = count("活动规模", unit="人", default=None, note="一同参加服务的人数")
    effect: str | None = text("效果", default=None)
    evaluation: str | None = text("评价", default=None)
    state: ServiceRecordState = term("状态", default=ServiceRecordState.LOGGED)
    corrects: str | None = ref("更正的记录", to="service_record", default=None)


@record(
    "appointment_card",
    label="聘请卡",
    key=("member", "number"),
    division="member.community",
    never=(AppointmentState.OFFERED, AppointmentState.DECLINED),
    pending=(AppointmentState.ACCEPTED,),
    over=(AppointmentState.ENDED,),
)
class AppointmentCard(Record):
    """A member's appointment to a post or team (聘请卡), worn as a badge; a lost badge's number is void."""

    member: str = ref("党员", to="party_member")
    number: str = text("证号")
    state: AppointmentState = term("状态", default=AppointmentState.OFFERED)
    post: str | None = ref("服务岗位", to="service_post", default=None)
    team: str | None = ref("队伍", to="team", default=None)
    offered: date = day("发聘日期")
    since: date | None = day("聘期开始", default=None)
    until: date | None = day("聘期结束", default=None)
    voided: tuple[str, ...] = texts("作废证号")


@record(
    "contact_card",
    label="联系卡",
    key=("member", "since", "until"),
    division="member.community",
    spans=(
        ("signed", "sent"),
        ("sent", "returned"),
    ),
)
class ContactCard(Record):
    """A member's service over a half year (or the district's frequency), sent to the employer's organisation.

    People served are counted and never named; sensitive service shows as its category.
    """

    member: str = ref("党员", to="party_member")
    employer: str = ref("所在单位", to="work_unit")
    since: date = day("服务期开始")
    until: date = day("服务期结束", note="次日，不含")
    compiled: date = day("汇总日期")
    services: int = count("服务次数", unit="次")
    minutes: int = count("服务时长", unit="分钟")
    beneficiaries: int = count("服务人次", unit="人次", default=0)
    activities: tuple[str, ...] = texts("服务内容")
    state: ContactState = term("状态", default=ContactState.COMPILED)
    number: str | None = text("联系卡编号", default=None)
    basis: str | None = code("提供依据", table=DISCLOSURE_BASES, default=None)
    signed: date | None = day("签字日期", default=None)
    sent: date | None = day("寄出日期", default=None)
    returned: date | None = day("回执日期", default=None)
    reply: str | None = text("单位回执意见", default=None)
    objection: str | None = text("异议", default=None, sensitivity=Sensitivity.PERSONAL)


@record("disclosure", label="个人信息提供记录", key=("subject_type", "subject", "recipient", "on", "number"))
class Disclosure(Record):
    """What personal data were given to whom, for what purpose, on what legal basis (kept at least three years)."""

    resident: str = ref("信息主体", to="resident", sensitivity=Sensitivity.PERSONAL)
    subject_type: str = text("载体类型", names=Naming.TYPE)
    subject: str = text("载体编号")
    recipient: str = text("接收方")
    purpose: str = text("目的")
    basis: str = code("依据", table=DISCLOSURE_BASES)
    contents: tuple[str, ...] = texts("提供的项目")
    on: date = day("提供日期")
    number: int = count("当日第几次", unit="次", default=1)
    actor: str = text("经办人")


@record("reading", label="个人信息查阅记录", key=("actor", "at", "subject_type", "subject"), log=True)
class Reading(Record):
    """That somebody looked at personal or sensitive values, or had them printed: of whom, which, what for."""

    actor: str = text("查阅人")
    at: datetime = moment("查阅时间")
    subject_type: str = text("查阅对象类型", names=Naming.TYPE)
    subject: str | None = text("查阅对象编号", default=None, note="打印的卡各记一条；早先一次打印多条的记录不填")
    records: int = count("记录数", unit="条")
    contents: tuple[str, ...] = texts("查阅的项目")
    purpose: str | None = text("目的", default=None)
    roles: tuple[str, ...] = texts("查阅人角色")
    scope: tuple[str, ...] = texts("查阅范围", note="区划编号；整个街道时不填")


@record("step", label="办理步骤", key=("subject_type", "subject", "at", "event", "before"))
class Step(Record):
    """One step that a card or case took; replaying the steps gives the state it stands in."""

    subject_type: str = text("对象类型", names=Naming.TYPE)
    subject: str = text("对象编号")
    event: str = text("步骤", names=Naming.EVENT)
    before: str = text("原状态", names=Naming.STATE)
    after: str = text("新状态", names=Naming.STATE)
    at: datetime = moment("时间")
    actor: str = text("经办人")
    reason: str | None = text("依据或原因", default=None)
