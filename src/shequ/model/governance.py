"""Governance: what is sent down to the community, what it intends to do, and the rules it is judged by."""

from datetime import date

from shequ.codes import open_vocabulary
from shequ.model.record import Record, Term, code, count, day, ended_flag, flag, money, record, ref, term, text

__all__ = [
    "APPRAISAL_GRADES",
    "BODY_KINDS",
    "EXPECTED_BODIES",
    "NEWS_OUTLETS",
    "WORK_CLASSES",
    "Appraisal",
    "AssignedTask",
    "Body",
    "DedicatedFund",
    "Election",
    "ElectionMethod",
    "ElectionState",
    "Feedback",
    "NewsItem",
    "PlanState",
    "Resolution",
    "ResolutionState",
    "RuleSource",
    "TaskCategory",
    "Training",
    "WorkPlanItem",
]

NEWS_OUTLETS = open_vocabulary(
    "outlets",
    national="国家级媒体",
    province="省级媒体",
    city="市级媒体",
    district="区级媒体",
    online="网络平台",
)
WORK_CLASSES = open_vocabulary(
    "classes of work",
    self_governance="居民自治",
    public_service="公共服务",
    welfare="民政福利",
    culture="文化教育",
    safety="治安调解",
    health_environment="卫生环境",
)


APPRAISAL_GRADES = open_vocabulary("grades", excellent="优秀", good="良好", qualified="合格", fail="不合格")


class TaskCategory(Term):
    """What sort of work was sent down."""

    REGULAR = "regular", "经常性工作"
    INSPECTION = "inspection", "检查考核"
    AUTONOMOUS = "autonomous", "自治性工作"


class PlanState(Term):
    """What has become of a plan item."""

    PLANNED = "planned", "计划"
    UNDERWAY = "underway", "推进中"
    DONE = "done", "已完成"
    DROPPED = "dropped", "不再实施"


@record("assigned_task", label="下沉事务", key=("division", "department", "name", "received"), division="division")
class AssignedTask(Record):
    """A task or inspection that a department sent down to the community."""

    division: str = ref("所属区划", to="division")
    department: str = text("下达部门")
    name: str = text("事项")
    category: TaskCategory = term("性质")
    work_class: str | None = code("工作门类", table=WORK_CLASSES, default=None)
    received: date = day("下达日期")
    until: date | None = day("完成期限", default=None)


@record("work_plan_item", label="工作打算", key=("division", "year", "title"), division="division")
class WorkPlanItem(Record):
    """Something the office means to do in a year, with its target and who answers for it."""

    division: str = ref("所属区划", to="division")
    year: int = count("年度", unit="年")
    title: str = text("事项")
    target: str | None = text("目标", default=None)
    due: date | None = day("期限", default=None)
    done: date | None = day("完成日期", default=None)
    responsible: str | None = text("责任人", default=None)
    state: PlanState = term("进展", default=PlanState.PLANNED)
    progress: str | None = text("进展说明", default=None)
    rule: str | None = text("针对的规则", default=None, note="规则代码，如 staff.households_per_worker")


@record("news_item", label="新闻信息", key=("title", "published"), division="division")
class NewsItem(Record):
    """A report about the sub-district in a newspaper, on television, on line."""

    division: str = ref("所属区划", to="division")
    title: str = text("标题")
    outlet: str = code("媒体", table=NEWS_OUTLETS)
    published: date = day("刊发日期")


BODY_KINDS = open_vocabulary(
    "kinds of bodies",
    residents_committee="居民委员会",
    owners_committee="业主委员会",
    co_building="共建机构",
    women="妇联组织",
    youth="共青团组织",
    workers="工会组织",
    mediation="人民调解委员会",
    security="治安保卫委员会",
    health="公共卫生委员会",
    council="居民议事会",
)


EXPECTED_BODIES = ("residents_committee", "mediation", "security", "health", "women", "youth", "workers")
"""Kinds of the bodies that every community has."""


class ElectionMethod(Term):
    """How a committee is elected."""

    DIRECT = "direct", "居民直选"
    HOUSEHOLD = "household", "户代表选举"
    REPRESENTATIVES = "representatives", "居民代表选举"


class ElectionState(Term):
    """Where an election (换届) stands."""

    PREPARED = "prepared", "筹备"
    REGISTERED = "registered", "选民登记"
    NOMINATED = "nominated", "候选人确定"
    VOTED = "voted", "已投票"
    ELECTED = "elected", "当选有效"
    INVALID = "invalid", "选举无效"
    FILED = "filed", "已备案"


class ResolutionState(Term):
    """What became of a resolution."""

    PASSED = "passed", "已形成"
    UNDERWAY = "underway", "办理中"
    DONE = "done", "已办结"
    DROPPED = "dropped", "不予采纳"


@record("body", label="组织机构", key=("division", "kind", "name"), division="division")
class Body(Record):
    """A body of the community: with its working rule or without, held by full-time workers or by others."""

    division: str = ref("所属区划", to="division")
    kind: str = code("类别", table=BODY_KINDS)
    name: str = text("名称")
    working_rule: str | None = text("工作制度", default=None)
    members: int | None = count("成员人数", unit="人", default=None)
    women: int | None = count("其中妇女", unit="人", default=None)
    head: str | None = ref("负责人", to="community_worker", default=None, note="由专职干部兼任时填写")
    since: date | None = day("成立日期", default=None)
    until: date | None = day("撤销日期", default=None)
    ended: bool = ended_flag(default=False)


@record("election", label="换届选举", key=("division", "name"), division="division", spans=(("voted", "filed"),))
class Election(Record):
    """An election of a committee; elected members hold office for the term of the law of that day."""

    division: str = ref("所属区划", to="division")
    name: str = text("选举名称", note="如 第十一届居民委员会换届选举")
    body: str | None = ref("组织机构", to="body", default=None)
    method: ElectionMethod = term("选举方式")
    planned: date | None = day("计划选举日期", default=None)
    voted: date | None = day("选举日期", default=None)
    filed: date | None = day("备案日期", default=None)
    voters: int | None = count("登记选民", unit="人", default=None)
    turnout: int | None = count("参加投票", unit="人", default=None)
    members: int | None = count("当选人数", unit="人", default=None)
    state: ElectionState = term("状态", default=ElectionState.PREPARED)


@record("appraisal", label="考核", key=("worker", "year"), division="worker.community")
class Appraisal(Record):
    """How a worker's conduct was appraised in a year."""

    worker: str = ref("社区工作者", to="community_worker")
    year: int = count("年度", unit="年")
    grade: str = code("等次", table=APPRAISAL_GRADES)
    by_residents: int | None = count("居民评议得分", unit="分", default=None)


@record("training", label="干部培训", key=("division", "subject", "on"), division="division")
class Training(Record):
    """A training of the community's workers."""

    division: str = ref("所属区划", to="division")
    subject: str = text("主题")
    on: date = day("日期")
    persons: int = count("人次", unit="人次")
    hours: int | None = count("学时", unit="学时", default=None)


@record("dedicated_fund", label="专项经费", key=("division", "name", "granted"), division="division")
class DedicatedFund(Record):
    """Money that was set aside for a community's own work (社区专项经费) and granted on a day."""

    division: str = ref("所属区划", to="division")
    name: str = text("经费名称", note="如 社区服务群众专项经费")
    granted: date = day("拨付日期")
    amount: int = money("金额")
    source: str | None = text("资金来源", default=None)
    document: str | None = text("文号", default=None)


@record("resolution", label="议事决议", key=("activity", "title"), division="activity.division")
class Resolution(Record):
    """What a symposium resolved, and what became of it."""

    activity: str = ref("活动", to="activity")
    title: str = text("事项")
    responsible: str | None = text("责任单位", default=None)
    due: date | None = day("期限", default=None)
    closed: date | None = day("办结日期", default=None)
    state: ResolutionState = term("状态", default=ResolutionState.PASSED)


@record("feedback", label="反馈", key=("resolution", "on"), division="resolution.activity.division")
class Feedback(Record):
    """What residents were told about a resolution, and whether they were satisfied."""

    resolution: str = ref("议事决议", to="resolution")
    on: date = day("反馈日期")
    content: str = text("反馈内容")
    satisfied: bool | None = flag("满意", default=None)


@record("rule_source", label="规则集", key=("name",))
class RuleSource(Record):
    """A rule file of the district as it was loaded, so that it can be judged by it again later."""

    name: str = text("文件名")
    content: str = text("内容", note="TOML")
