"""The cards of the contact station, and the steps they take.

The states stand here, the transitions in :mod:`shequ.lifecycle`.
"""

from datetime import date, datetime

from shequ.model.record import Record, Term, count, day, moment, record, ref, term, text, texts

__all__ = ["RegistrationCard", "RegistrationState", "ServiceRecord", "ServiceRecordState", "Step"]


class RegistrationState(Term):
    """Where a registration card (登记卡) stands."""

    REPORTED = "reported", "已报到"
    UNDER_REVIEW = "under_review", "审核中"
    ACCEPTED = "accepted", "已接收"
    TRANSFERRED = "transferred", "已转出"
    RETIRED = "retired", "已转入本社区支部"
    CLOSED = "closed", "已注销"


class ServiceRecordState(Term):
    """Where a service record stands; it is never overwritten."""

    LOGGED = "logged", "已登记"
    CONFIRMED = "confirmed", "已确认"
    CORRECTED = "corrected", "已更正"
    VOIDED = "voided", "已作废"


@record("registration_card", label="登记卡", key=("member", "reported"), division="member.community")
class RegistrationCard(Record):
    """An in-service member's registration with the community where they live (登记卡)."""

    member: str = ref("党员", to="party_member")
    state: RegistrationState = term("状态", default=RegistrationState.REPORTED)
    reported: date = day("报到日期")
    occupation: str | None = text("职业", default=None)
    employer: str | None = ref("所在单位", to="work_unit", default=None)
    talents: tuple[str, ...] = texts("特长爱好")
    wishes: tuple[str, ...] = texts("服务意向")
    times: tuple[str, ...] = texts("可服务时间")
    renewed: date | None = day("最近续登日期", default=None)


@record(
    "service_record",
    label="服务记录",
    key=("resident", "activity_name", "served_on", "corrects"),
    division="community",
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
    beneficiaries: int | None = count("服务人次", unit="人次", default=None)
    effect: str | None = text("效果", default=None)
    evaluation: str | None = text("评价", default=None)
    state: ServiceRecordState = term("状态", default=ServiceRecordState.LOGGED)
    corrects: str | None = ref("更正的记录", to="service_record", default=None)


@record("step", label="办理步骤", key=("subject_type", "subject", "at"))
class Step(Record):
    """One step that a card or case took; replaying the steps gives the state it stands in."""

    subject_type: str = text("对象类型")
    subject: str = text("对象编号")
    event: str = text("步骤")
    before: str = text("原状态")
    after: str = text("新状态")
    at: datetime = moment("时间")
    actor: str = text("经办人")
    reason: str | None = text("依据或原因", default=None)
