"""The Party: its organisations in a tree, its members, and the units that in-service members work for."""

from datetime import date

from shequ.effective import PartialDate
from shequ.model.record import Record, Term, day, ended_flag, flag, partial_day, record, ref, term, text

__all__ = ["MemberKind", "OrganizationKind", "PartyMember", "PartyOrganization", "WorkUnit"]


class OrganizationKind(Term):
    """Kind of a Party organisation."""

    COMMITTEE = "committee", "党委"
    GENERAL_BRANCH = "general_branch", "党总支"
    BRANCH = "branch", "党支部"
    GROUP = "group", "党小组"
    CONTACT_STATION = "contact_station", "党员联络站"


class MemberKind(Term):
    """How a member stands to the community."""

    REGISTERED = "registered", "在册"
    IN_SERVICE = "in_service", "在职"
    RETIRED = "retired", "离退休"
    FLOATING = "floating", "流动"


@record("work_unit", label="单位", key=("name",))
class WorkUnit(Record):
    """An employer with a Party organisation, or a unit that builds the community with it (共建单位)."""

    name: str = text("单位名称")
    credit_code: str | None = text("统一社会信用代码", default=None)
    party_organization: str | None = text("党组织名称", default=None)
    address: str | None = text("通信地址", default=None)
    co_builder: bool = flag("共建单位", default=False)


@record("party_organization", label="党组织", key=("division", "name"), division="division")
class PartyOrganization(Record):
    """A Party organisation and the one above it."""

    division: str = ref("所属区划", to="division")
    name: str = text("名称")
    kind: OrganizationKind = term("类别")
    parent: str | None = ref("上级党组织", to="party_organization", default=None)
    full_time_head: bool = flag("有专职负责人", default=False)
    since: date | None = day("成立日期", default=None)
    until: date | None = day("撤销日期", default=None)
    ended: bool = ended_flag(default=False)


@record("party_member", label="党员", key=("resident", "since"), division="community")
class PartyMember(Record):
    """That a person is a Party member who belongs to or serves in a community, from a date until a date."""

    community: str = ref("社区", to="community")
    resident: str = ref("居民", to="resident")
    kind: MemberKind = term("类别")
    organization: str | None = ref("所在党组织", to="party_organization", default=None)
    employer: str | None = ref("所在单位", to="work_unit", default=None)
    joined: PartialDate | None = partial_day("入党时间", default=None)
    since: date | None = day("转入日期", default=None)
    until: date | None = day("转出日期", default=None)
    ended: bool = ended_flag(default=False)
