"""Services and activities: what a community offers, does, and handles for its residents."""

from datetime import date, datetime, time
from decimal import Decimal

from shequ.codes import open_vocabulary
from shequ.model.record import (
    Record,
    Term,
    code,
    count,
    day,
    ended_flag,
    measure,
    moment,
    record,
    ref,
    term,
    text,
    time_of_day,
)

__all__ = [
    "ACTIVITY_KINDS",
    "MATTER_CATEGORIES",
    "MATTER_CHANNELS",
    "OUTLET_KINDS",
    "Activity",
    "Attendance",
    "ContactSlip",
    "Matter",
    "OpeningHours",
    "ServiceOutlet",
    "Weekday",
]

ACTIVITY_KINDS = open_vocabulary(
    "kinds of activities",
    lecture="报告讲座",
    training="培训",
    culture="文艺演出",
    sport="体育健身",
    festival="节日活动",
    publicity="宣传",
    clean_up="环境整治",
    reading="读书会",
    symposium="民情恳谈会",
    co_builders="共建座谈会",
    party_meeting="党组织会议",
    legal_consultation="法律咨询",
    volunteer_service="志愿服务",
)
OUTLET_KINDS = open_vocabulary(
    "kinds of outlets",
    station="社区服务站",
    health_station="卫生服务站",
    shop="便民商店",
    market="菜市场",
    breakfast="早餐点",
    repair="维修点",
    housekeeping="家政服务",
    elder_care="养老服务",
    culture="文体场所",
)
MATTER_CATEGORIES = open_vocabulary(
    "categories of matters",
    certificate="证明办理",
    social_security="社会保障",
    family_planning="计划生育",
    civil_affairs="民政救助",
    employment="就业服务",
    property="物业环境",
    other="其他",
)
MATTER_CHANNELS = open_vocabulary("channels", counter="窗口", visit="上门", phone="电话", online="网上")


@record("service_outlet", label="服务网点", key=("division", "name"), division="division")
class ServiceOutlet(Record):
    """A place where residents are served: stations, shops, repair, care."""

    division: str = ref("所属区划", to="division")
    name: str = text("名称")
    kind: str = code("类别", table=OUTLET_KINDS)
    staff: int | None = count("从业人员", unit="人", default=None)
    longitude: Decimal | None = measure("经度", unit="度", scale=6, signed=True, default=None)
    latitude: Decimal | None = measure("纬度", unit="度", scale=6, signed=True, default=None)
    since: date | None = day("开办日期", default=None)
    until: date | None = day("停办日期", default=None)
    ended: bool = ended_flag(default=False)


@record(
    "activity",
    label="活动",
    key=("division", "name", "began"),
    division="division",
    spans=(("began", "ended"),),
)
class Activity(Record):
    """An activity with its head count; who came, where that is known, stands in :class:`Attendance`."""

    division: str = ref("所属区划", to="division")
    name: str = text("名称")
    kind: str = code("类别", table=ACTIVITY_KINDS)
    theme: str | None = text("主题", default=None)
    occasion: str | None = text("节日", default=None, note="如春节、端午、重阳、助残日")
    began: datetime = moment("开始时间")
    ended: datetime | None = moment("结束时间", default=None)
    place: str | None = text("地点", default=None)
    organiser: str | None = text("组织单位", default=None)
    attendance: int | None = count("参加人数", unit="人次", default=None)


@record("attendance", label="签到", key=("activity", "resident"), division="activity.division")
class Attendance(Record):
    """That a person came to an activity."""

    activity: str = ref("活动", to="activity")
    resident: str = ref("居民", to="resident")


@record("matter", label="办件", key=("number",), division="community", spans=(("asked", "handled"),))
class Matter(Record):
    """A matter that a resident brought to the community."""

    number: str = text("受理编号")
    community: str = ref("社区", to="community")
    category: str = code("事项类别", table=MATTER_CATEGORIES)
    channel: str = code("渠道", table=MATTER_CHANNELS, default="counter")
    asked: datetime = moment("受理时间")
    handled: datetime | None = moment("办结时间", default=None)
    handler: str | None = ref("经办人", to="community_worker", default=None)


class Weekday(Term):
    """A day of the week."""

    MONDAY = "1", "星期一"
    TUESDAY = "2", "星期二"
    WEDNESDAY = "3", "星期三"
    THURSDAY = "4", "星期四"
    FRIDAY = "5", "星期五"
    SATURDAY = "6", "星期六"
    SUNDAY = "7", "星期日"


@record("opening_hours", label="开放时间", key=("division", "weekday", "opens", "since"), division="division")
class OpeningHours(Record):
    """When a hall is open on a day of the week (错时工作制: earlier, later, at noon)."""

    division: str = ref("所属区划", to="division")
    weekday: Weekday = term("星期")
    opens: time = time_of_day("开门")
    closes: time = time_of_day("关门")
    since: date | None = day("起始日期", default=None)
    until: date | None = day("终止日期", default=None)
    ended: bool = ended_flag(default=False)


@record(
    "contact_slip",
    label="温馨联系卡",
    key=("household", "issued"),
    division="household.community",
    spans=(("issued", "until"),),
)
class ContactSlip(Record):
    """The slip that tells a household who answers for it: worker, police officer, building leader."""

    household: str = ref("户", to="household")
    worker: str | None = ref("包片干部", to="community_worker", default=None)
    officer: str | None = ref("社区民警", to="community_worker", default=None)
    building_leader: str | None = ref("楼群小组长", to="community_worker", default=None)
    issued: date = day("发放日期")
    until: date | None = day("失效日期", default=None)
