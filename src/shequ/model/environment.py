"""Environment and property: the projects that change how a place looks and works."""

from datetime import date

from shequ.codes import open_vocabulary
from shequ.model.record import Record, Term, code, day, money, record, ref, term, text

__all__ = ["PROJECT_KINDS", "Project", "ProjectPhase"]

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
    spans=(("began", "completed"),),
)
class Project(Record):
    """A renovation or construction project and its money."""

    division: str = ref("所属区划", to="division")
    name: str = text("名称")
    kind: str = code("类别", table=PROJECT_KINDS)
    phase: ProjectPhase = term("进度")
    funding: str | None = text("资金来源", default=None)
    budget: int | None = money("预算", default=None)
    spent: int | None = money("投入资金", default=None)
    began: date | None = day("开工日期", default=None)
    completed: date | None = day("完工日期", default=None)
