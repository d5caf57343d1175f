"""Volunteers and teams. Service itself is recorded in :class:`~shequ.model.cards.ServiceRecord`."""

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
    record,
    ref,
    term,
    text,
    texts,
)

__all__ = [
    "POST_CLASSES",
    "TEAM_KINDS",
    "MembershipState",
    "Pairing",
    "ServicePost",
    "ServiceRequest",
    "ServiceRequestState",
    "Team",
    "TeamMembership",
    "TeamState",
    "Visit",
    "Volunteer",
    "VolunteerState",
    "Wish",
]

TEAM_KINDS = open_vocabulary(
    "kinds of teams",
    volunteer="志愿服务队",
    party_service="党员服务队",
    lecturers="讲师团",
    arts="文艺队",
    sports="体育队",
    patrol="巡逻护宅队",
    security="治保队",
    reading_club="读书俱乐部",
)
POST_CLASSES = open_vocabulary("classes of posts", convenience="便民", safety="安民", relief="济困", prosperity="带富")


class VolunteerState(Term):
    """Where a volunteer's registration stands."""

    APPLIED = "applied", "已申请"
    REGISTERED = "registered", "已登记"
    SUSPENDED = "suspended", "暂停"
    LEFT = "left", "已退出"


class TeamState(Term):
    """Where a team stands."""

    FORMING = "forming", "筹建"
    ACTIVE = "active", "活动中"
    SUSPENDED = "suspended", "暂停"
    DISBANDED = "disbanded", "已解散"


class MembershipState(Term):
    """Where a membership of a team or post stands."""

    APPLIED = "applied", "已申请"
    ACTIVE = "active", "在队"
    SUSPENDED = "suspended", "暂停"
    ENDED = "ended", "已退出"


class ServiceRequestState(Term):
    """Where a wish or request (点单) stands: ordered, dispatched, accepted, done, rated."""

    ORDERED = "ordered", "居民点单"
    DISPATCHED = "dispatched", "社区下单"
    ACCEPTED = "accepted", "党员接单"
    DONE = "done", "已办结"
    RATED = "rated", "居民评单"
    WITHDRAWN = "withdrawn", "已撤回"
    UNFULFILLED = "unfulfilled", "无法办理"


@record(
    "volunteer",
    label="志愿者",
    key=("resident", "community", "since"),
    division="community",
    never=(VolunteerState.APPLIED,),
    over=(VolunteerState.LEFT,),
)
class Volunteer(Record):
    """That a person was registered as a volunteer with a community from a date until a date."""

    community: str = ref("社区", to="community")
    resident: str = ref("居民", to="resident")
    skills: tuple[str, ...] = texts("特长")
    state: VolunteerState = term("状态", default=VolunteerState.REGISTERED)
    since: date | None = day("登记日期", default=None)
    until: date | None = day("退出日期", default=None)


@record(
    "team",
    label="队伍",
    key=("division", "name"),
    division="division",
    never=(TeamState.FORMING,),
    over=(TeamState.DISBANDED,),
)
class Team(Record):
    """A team of volunteers, Party members, artists, athletes, readers."""

    division: str = ref("所属区划", to="division")
    name: str = text("名称")
    kind: str = code("类别", table=TEAM_KINDS)
    state: TeamState = term("状态", default=TeamState.ACTIVE)
    since: date | None = day("成立日期", default=None)
    until: date | None = day("解散日期", default=None)


@record(
    "team_membership",
    label="队员",
    key=("team", "resident", "since"),
    division="team.division",
    never=(MembershipState.APPLIED,),
    over=(MembershipState.ENDED,),
)
class TeamMembership(Record):
    """That a person belonged to a team from a date until a date."""

    team: str = ref("队伍", to="team")
    resident: str = ref("居民", to="resident")
    state: MembershipState = term("状态", default=MembershipState.ACTIVE)
    since: date | None = day("入队日期", default=None)
    until: date | None = day("离队日期", default=None)


@record("service_post", label="服务岗位", key=("division", "name"), division="division")
class ServicePost(Record):
    """A post that volunteers can claim; how many are wanted and how many have claimed it."""

    division: str = ref("所属区划", to="division")
    name: str = text("岗位名称")
    kind: str = code("岗位分类", table=POST_CLASSES)
    wanted: int = count("设岗人数", unit="人")
    claimed: int = count("认领人数", unit="人", default=0)
    since: date | None = day("设岗日期", default=None)
    until: date | None = day("撤岗日期", default=None)
    ended: bool = ended_flag(default=False)


@record("pairing", label="结对帮扶", key=("member", "household", "since"), division="household.community")
class Pairing(Record):
    """That a Party member is paired with a household to help it, from a date until a date."""

    member: str = ref("党员", to="party_member")
    household: str = ref("户", to="household")
    visits: int = count("走访次数", unit="次", default=0)
    since: date | None = day("结对日期", default=None)
    until: date | None = day("结束日期", default=None)
    ended: bool = ended_flag(default=False)


@record("visit", label="走访", key=("pairing", "on"), division="pairing.household.community")
class Visit(Record):
    """A visit that a member paid to the household they are paired with."""

    pairing: str = ref("结对帮扶", to="pairing")
    on: date = day("走访日期")
    content: str | None = text("走访内容", default=None, sensitivity=Sensitivity.PERSONAL)


@record("service_request", label="服务点单", key=("number",), division="community", spans=(("ordered", "done"),))
class ServiceRequest(Record):
    """A wish or request (微心愿/点单): a resident orders, the community dispatches, a member does it, it is rated."""

    number: str = text("单号")
    community: str = ref("社区", to="community")
    resident: str | None = ref("点单人", to="resident", default=None, sensitivity=Sensitivity.PERSONAL)
    wish: bool = flag("微心愿", default=False)
    content: str = text("内容", sensitivity=Sensitivity.PERSONAL)
    ordered: date = day("点单日期")
    state: ServiceRequestState = term("状态", default=ServiceRequestState.ORDERED)
    member: str | None = ref("接单党员", to="party_member", default=None)
    done: date | None = day("办结日期", default=None)
    rating: int | None = count("评分", unit="分", default=None, note="1 至 5，4 分及以上为满意")


Wish = ServiceRequest
"""A wish (微心愿) is a service request that is marked as one."""
