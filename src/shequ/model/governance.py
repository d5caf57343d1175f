"""Governance: what is sent down to the community, what it intends to do, and the rules it is judged by."""

from datetime import date

from shequ.codes import open_vocabulary
from shequ.model.record import Record, Term, code, count, day, record, ref, term, text

__all__ = [
    "NEWS_OUTLETS",
    "AssignedTask",
    "NewsItem",
    "PlanState",
    "RuleSource",
    "TaskCategory",
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


@record("rule_source", label="规则集", key=("name",))
class RuleSource(Record):
    """A rule file of the district as it was loaded, so that it can be judged by it again later."""

    name: str = text("文件名")
    content: str = text("内容", note="TOML")
