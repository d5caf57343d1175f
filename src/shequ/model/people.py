"""People: residents, the two ways of belonging to a household, and those who work for the community.

A :class:`Resident` is a person, wherever registered. A person belongs to households by dated memberships of two
kinds that are never mixed: registered 户籍 and actually living there 现住. The bases that figures are counted on
(registered, living, separated, floating, actual) all follow from the memberships and a date.
"""

from datetime import date

from shequ.codes import open_vocabulary
from shequ.model.record import (
    Record,
    Sensitivity,
    Term,
    code,
    count,
    day,
    ended_flag,
    flag,
    money,
    record,
    ref,
    term,
    text,
)

__all__ = [
    "POST_KINDS",
    "RESIDENT_CATEGORIES",
    "WORKER_ORIGINS",
    "CommunityWorker",
    "HoldingState",
    "Household",
    "HouseholdChange",
    "HouseholdEvent",
    "HouseholdMembership",
    "MembershipKind",
    "Post",
    "PostHolding",
    "Resident",
    "ResidentCategory",
    "Responsibility",
]

RESIDENT_CATEGORIES = open_vocabulary(
    "categories of residents",
    low_income="低保对象",
    disabled="残疾人",
    living_alone="独居老人",
    empty_nest="空巢老人",
    laid_off="下岗失业人员",
    veteran="退役军人",
    orphan="孤儿",
)
POST_KINDS = open_vocabulary(
    "kinds of posts",
    party_head="党组织书记",
    committee_head="居委会主任",
    committee_member="居委会委员",
    grid_worker="网格员",
    building_leader="楼群小组长",
    police_officer="社区民警",
)
WORKER_ORIGINS = open_vocabulary(
    "origins of workers", elected="选举产生", competed="公开招聘", assigned="组织选派", transferred="转任"
)


class MembershipKind(Term):
    """The two kinds of belonging to a household; a person may have one of each at a time."""

    REGISTERED = "registered", "户籍"
    LIVING = "living", "现住"


class HouseholdEvent(Term):
    """What happened in a household."""

    MOVE_IN = "move_in", "迁入"
    MOVE_OUT = "move_out", "迁出"
    SPLIT = "split", "分户"
    MERGE = "merge", "并户"
    TRANSFER = "transfer", "户间转移"
    HEAD = "head", "变更户主"
    DEATH = "death", "死亡"
    BIRTH = "birth", "出生"


@record("household", label="户", key=("community", "number"), division="community")
class Household(Record):
    """A household by its number in the community's book."""

    community: str = ref("社区", to="community")
    number: str = text("户号")
    address: str | None = text("住址", default=None, sensitivity=Sensitivity.PERSONAL)
    building: str | None = ref("楼幢", to="building", default=None)
    since: date | None = day("立户日期", default=None)
    until: date | None = day("销户日期", default=None)
    ended: bool = ended_flag(default=False)


@record("resident", label="居民", key=("id_number",), spans=(("birth_date", "died"),))
class Resident(Record):
    """A person. Where they belong is said by memberships, not here."""

    name: str = text("姓名", sensitivity=Sensitivity.PERSONAL)
    id_number: str | None = text("身份证号", default=None, sensitivity=Sensitivity.SENSITIVE)
    sex: str = code("性别", table="sex", default="0")
    birth_date: date | None = day("出生日期", default=None, sensitivity=Sensitivity.PERSONAL)
    nation: str | None = text("民族", default=None, sensitivity=Sensitivity.PERSONAL)
    education: str | None = code("文化程度", table="education", default=None)
    employment: str | None = code("就业状况", table="employment", default=None)
    political: str | None = code("政治面貌", table="political", default=None)
    marital: str | None = code("婚姻状况", table="marital", default=None)
    health: str | None = code("健康状况", table="health", default=None, sensitivity=Sensitivity.SENSITIVE)
    workplace: str | None = text("工作单位", default=None, sensitivity=Sensitivity.PERSONAL)
    phone: str | None = text("联系电话", default=None, sensitivity=Sensitivity.PERSONAL)
    died: date | None = day("死亡日期", default=None, sensitivity=Sensitivity.PERSONAL)


@record(
    "household_membership",
    label="户成员",
    key=("household", "resident", "kind", "since"),
    division="household.community",
)
class HouseholdMembership(Record):
    """That a person belonged to a household, in one of the two ways, from a date until a date."""

    household: str = ref("户", to="household")
    resident: str = ref("居民", to="resident", note="编号或身份证号")
    kind: MembershipKind = term("关系类型")
    relation: str | None = code("与户主关系", table="relation", default=None)
    since: date | None = day("起始日期", default=None)
    until: date | None = day("终止日期", default=None)
    ended: bool = ended_flag(default=False)
    reason: str | None = text("变动原因", default=None, note="如迁入、迁出、人户分离、租住")


@record("resident_category", label="人员类别", key=("resident", "category", "since"))
class ResidentCategory(Record):
    """That a person belonged to a category (low income, disabled, …) from a date until a date."""

    resident: str = ref("居民", to="resident", sensitivity=Sensitivity.PERSONAL)
    category: str = code("类别", table=RESIDENT_CATEGORIES, sensitivity=Sensitivity.SENSITIVE)
    since: date | None = day("认定日期", default=None)
    until: date | None = day("退出日期", default=None)
    ended: bool = ended_flag(default=False)


@record("community_worker", label="社区工作者", key=("community", "name", "since"), division="community", office=True)
class CommunityWorker(Record):
    """Somebody who works for a community (专职社区工作者、居委会干部)."""

    community: str = ref("社区", to="community")
    name: str = text("姓名")
    resident: str | None = ref("居民", to="resident", default=None, sensitivity=Sensitivity.PERSONAL)
    sex: str = code("性别", table="sex", default="0")
    birth_date: date | None = day("出生日期", default=None, sensitivity=Sensitivity.PERSONAL)
    education: str | None = code("文化程度", table="education", default=None)
    origin: str | None = code("来源", table=WORKER_ORIGINS, default=None)
    full_time: bool = flag("专职", default=True)
    monthly_pay: int | None = money("月报酬", default=None, sensitivity=Sensitivity.PERSONAL)
    phone: str | None = text("联系电话", default=None)
    since: date | None = day("任职日期", default=None)
    until: date | None = day("离任日期", default=None)
    ended: bool = ended_flag(default=False)


class HoldingState(Term):
    """Where the holding of a post stands."""

    PROPOSED = "proposed", "拟任"
    ON_DUTY = "on_duty", "在岗"
    SUSPENDED = "suspended", "暂停"
    ENDED = "ended", "离任"


@record("post", label="岗位编制", key=("community", "kind", "since"), division="community")
class Post(Record):
    """Posts of one kind that a community is authorised to fill (编制); they exist while nobody holds them."""

    community: str = ref("社区", to="community")
    kind: str = code("岗位类别", table=POST_KINDS)
    authorised: int = count("核定人数", unit="人", default=1)
    since: date | None = day("设立日期", default=None)
    until: date | None = day("撤销日期", default=None)
    ended: bool = ended_flag(default=False)


@record(
    "post_holding",
    label="任职",
    key=("post", "worker", "since"),
    division="post.community",
    never=(HoldingState.PROPOSED,),
    over=(HoldingState.ENDED,),
)
class PostHolding(Record):
    """That a worker held a post (在岗) from a date until a date."""

    post: str = ref("岗位编制", to="post")
    worker: str = ref("社区工作者", to="community_worker")
    state: HoldingState = term("状态", default=HoldingState.ON_DUTY)
    since: date | None = day("任职日期", default=None)
    until: date | None = day("离任日期", default=None)


@record(
    "responsibility",
    label="包片责任",
    key=("building", "worker", "since"),
    division="building.zone.community",
)
class Responsibility(Record):
    """That a worker answered for a building from a date until a date; each building has exactly one at a time."""

    building: str = ref("楼幢", to="building")
    worker: str = ref("社区工作者", to="community_worker")
    since: date | None = day("起始日期", default=None)
    until: date | None = day("终止日期", default=None)
    ended: bool = ended_flag(default=False)


@record(
    "household_change",
    label="户变动",
    key=("event", "household", "other", "resident", "kind", "on"),
    division="household.community",
)
class HouseholdChange(Record):
    """A named event in a household, with its date and reason; memberships follow from such events."""

    event: HouseholdEvent = term("变动")
    household: str = ref("户", to="household")
    other: str | None = ref("另一户", to="household", default=None, note="分户、并户、转移时的另一户")
    resident: str | None = ref("居民", to="resident", default=None)
    kind: MembershipKind | None = term("关系类型", default=None)
    on: date = day("变动日期")
    reason: str | None = text("变动原因", default=None)
