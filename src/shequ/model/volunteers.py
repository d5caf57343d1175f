"""Volunteers and teams. Service itself is recorded in :class:`~shequ.model.cards.ServiceRecord`."""

from datetime import date

from shequ.codes import open_vocabulary
from shequ.model.record import Record, code, count, day, record, ref, text, texts

__all__ = ["TEAM_KINDS", "Pairing", "ServicePost", "Team", "TeamMembership", "Volunteer"]

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


@record("volunteer", label="志愿者", key=("resident", "community", "since"), division="community")
class Volunteer(Record):
    """That a person was registered as a volunteer with a community from a date until a date."""

    community: str = ref("社区", to="community")
    resident: str = ref("居民", to="resident")
    skills: tuple[str, ...] = texts("特长")
    since: date | None = day("登记日期", default=None)
    until: date | None = day("退出日期", default=None)


@record("team", label="队伍", key=("division", "name"), division="division")
class Team(Record):
    """A team of volunteers, Party members, artists, athletes, readers."""

    division: str = ref("所属区划", to="division")
    name: str = text("名称")
    kind: str = code("类别", table=TEAM_KINDS)
    since: date | None = day("成立日期", default=None)
    until: date | None = day("解散日期", default=None)


@record("team_membership", label="队员", key=("team", "resident", "since"), division="team.division")
class TeamMembership(Record):
    """That a person belonged to a team from a date until a date."""

    team: str = ref("队伍", to="team")
    resident: str = ref("居民", to="resident")
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


@record("pairing", label="结对帮扶", key=("member", "household", "since"), division="household.community")
class Pairing(Record):
    """That a Party member is paired with a household to help it, from a date until a date."""

    member: str = ref("党员", to="party_member")
    household: str = ref("户", to="household")
    visits: int = count("走访次数", unit="次", default=0)
    since: date | None = day("结对日期", default=None)
    until: date | None = day("结束日期", default=None)
