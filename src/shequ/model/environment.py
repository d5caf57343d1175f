"""Environment and property: the projects that change how a place looks and works."""

from datetime import date
from decimal import Decimal

from shequ.codes import open_vocabulary
from shequ.model.record import Record, Term, code, count, day, ended_flag, flag, measure, money, record, ref, term, text

__all__ = [
    "CHOICE_WAYS",
    "COMPLAINT_SUBJECTS",
    "PROJECT_KINDS",
    "VOTE_MATTERS",
    "CleaningStaff",
    "Complaint",
    "ComplaintState",
    "ContractState",
    "Expenditure",
    "OwnersCommittee",
    "OwnersVote",
    "Project",
    "ProjectPhase",
    "PropertyContract",
]

PROJECT_KINDS = open_vocabulary(
    "kinds of projects",
    renewal="老旧小区改造",
    paving="道路铺装",
    lighting="亮化",
    greening="绿化",
    green_spot="花坛小景",
    facility="设施建设",
)


class ProjectPhase(Term):
    """How far a project has come."""

    PROPOSED = "proposed", "立项"
    APPROVED = "approved", "批准"
    UNDERWAY = "underway", "实施中"
    COMPLETED = "completed", "完工"
    CANCELLED = "cancelled", "取消"


@record(
    "project",
    label="工程项目",
    key=("division", "name"),
    division="division",
    spans=(
        ("approved", "completed"),
        ("began", "completed"),
    ),
)
class Project(Record):
    """A renovation or construction project and its money."""

    division: str = ref("所属区划", to="division")
    name: str = text("名称")
    kind: str = code("类别", table=PROJECT_KINDS)
    estate: str | None = ref("小区", to="estate", default=None)
    approval: str | None = text("批准文号", default=None)
    approved: date | None = day("批准日期", default=None)
    contractor: str | None = text("施工单位", default=None)
    in_charge: str | None = text("负责人", default=None)
    households: int | None = count("受益户数", unit="户", default=None)
    phase: ProjectPhase = term("进度")
    funding: str | None = text("资金来源", default=None)
    budget: int | None = money("预算", default=None)
    spent: int | None = money("投入资金", default=None)
    began: date | None = day("开工日期", default=None)
    completed: date | None = day("完工日期", default=None)
    cancelled: date | None = day("取消日期", default=None)


@record("expenditure", label="工程支出", key=("project", "voucher"), division="project.division")
class Expenditure(Record):
    """Money that was paid out for a project, from one line of funding."""

    project: str = ref("工程项目", to="project")
    voucher: str = text("凭证号")
    paid: date = day("支付日期")
    amount: int = money("金额")
    funding: str | None = text("资金来源", default=None)
    payee: str | None = text("收款单位", default=None)
    purpose: str | None = text("用途", default=None)


CHOICE_WAYS = open_vocabulary(
    "ways of choosing a company",
    owners_vote="业主大会选聘",
    preliminary="前期物业（建设单位选聘）",
    authority="主管部门指定",
    self_managed="业主自管",
)
COMPLAINT_SUBJECTS = open_vocabulary(
    "subjects of complaints",
    service="服务质量",
    fees="收费",
    repair="维修",
    sanitation="卫生",
    parking="停车",
    other="其他",
)


class ContractState(Term):
    """Where a property contract stands."""

    DRAFT = "draft", "拟订"
    VOTED = "voted", "业主表决通过"
    SIGNED = "signed", "已签订"
    IN_FORCE = "in_force", "履行中"
    ENDED = "ended", "到期终止"
    TERMINATED = "terminated", "提前解除"
    REJECTED = "rejected", "未通过"


class ComplaintState(Term):
    """Where a complaint stands."""

    RECEIVED = "received", "已受理"
    FORWARDED = "forwarded", "已转办"
    RESOLVED = "resolved", "已解决"
    UNRESOLVED = "unresolved", "未解决"


@record(
    "property_contract",
    label="物业合同",
    key=("estate", "company", "since"),
    division="estate.community",
    never=(ContractState.DRAFT, ContractState.VOTED, ContractState.REJECTED),
    pending=(ContractState.SIGNED,),
    over=(ContractState.ENDED, ContractState.TERMINATED),
    spans=(("signed", "filed"),),
)
class PropertyContract(Record):
    """A contract with a property company: how it was chosen, and the owners' vote by area and by persons."""

    estate: str = ref("小区", to="estate")
    company: str = text("物业企业")
    choice: str = code("选聘方式", table=CHOICE_WAYS)
    state: ContractState = term("状态", default=ContractState.DRAFT)
    voted: date | None = day("表决日期", default=None)
    turnout_area: Decimal | None = measure("参与表决面积比", unit="%", scale=2, default=None)
    turnout_persons: Decimal | None = measure("参与表决人数比", unit="%", scale=2, default=None)
    consent_area: Decimal | None = measure("同意面积比", unit="%", scale=2, default=None, note="占参与表决者")
    consent_persons: Decimal | None = measure("同意人数比", unit="%", scale=2, default=None, note="占参与表决者")
    service_grade: str | None = text("服务等级", default=None)
    area: Decimal | None = measure("物业服务面积", unit="平方米", scale=2, default=None)
    households: int | None = count("户数", unit="户", default=None)
    signed: date | None = day("签订日期", default=None)
    filed: date | None = day("备案日期", default=None)
    fee: Decimal | None = measure("物业费", unit="元/平方米·月", scale=2, default=None)
    since: date | None = day("合同开始", default=None)
    until: date | None = day("合同结束", default=None)


@record(
    "owners_committee",
    label="业主委员会",
    key=("estate", "elected"),
    division="estate.community",
    spans=(
        ("elected", "filed"),
        ("elected", "until"),
    ),
)
class OwnersCommittee(Record):
    """An owners' committee; its election is filed within thirty days (物业管理条例 art. 16)."""

    estate: str = ref("小区", to="estate")
    elected: date = day("选举日期")
    filed: date | None = day("备案日期", default=None)
    members: int | None = count("委员人数", unit="人", default=None)
    until: date | None = day("任期届满", default=None)


VOTE_MATTERS = open_vocabulary(
    "matters of owners' votes",
    raise_fund="筹集维修资金",
    use_fund="使用维修资金",
    rules="制定议事规则或管理规约",
    other="其他共同决定事项",
)


@record("owners_vote", label="业主表决", key=("estate", "matter", "voted"), division="estate.community")
class OwnersVote(Record):
    """What the owners of an estate decided together, other than whom to hire, by area and by persons (民法典 art. 278)."""

    estate: str = ref("小区", to="estate")
    matter: str = code("事项", table=VOTE_MATTERS)
    voted: date = day("表决日期")
    turnout_area: Decimal | None = measure("参与表决面积比", unit="%", scale=2, default=None)
    turnout_persons: Decimal | None = measure("参与表决人数比", unit="%", scale=2, default=None)
    consent_area: Decimal | None = measure("同意面积比", unit="%", scale=2, default=None, note="占参与表决者")
    consent_persons: Decimal | None = measure("同意人数比", unit="%", scale=2, default=None, note="占参与表决者")
    passed: bool = flag("通过", default=False)


@record("complaint", label="投诉", key=("number",), division="estate.community", spans=(("received", "closed"),))
class Complaint(Record):
    """A complaint about property management or the environment."""

    number: str = text("投诉编号")
    estate: str = ref("小区", to="estate")
    subject: str = code("事由", table=COMPLAINT_SUBJECTS)
    received: date = day("受理日期")
    closed: date | None = day("办结日期", default=None)
    state: ComplaintState = term("状态", default=ComplaintState.RECEIVED)


@record("cleaning_staff", label="保洁人员", key=("estate", "since"), division="estate.community")
class CleaningStaff(Record):
    """How many cleaners an estate had over a span, so that before and after can be compared."""

    estate: str = ref("小区", to="estate")
    number: int = count("人数", unit="人")
    since: date | None = day("起始日期", default=None)
    until: date | None = day("终止日期", default=None)
    ended: bool = ended_flag(default=False)
