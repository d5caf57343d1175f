"""Governance: those who work for the community, what is asked of them, and what is planned."""

from fractions import Fraction

from shequ.metrics.catalogue.population import OPERATING
from shequ.metrics.catalogue.standing import came_by
from shequ.metrics.definition import Books, Measured, Metric, Quality, Ratio, Shortfall, Timing, Total
from shequ.model import ElectionMethod, ElectionState, MembershipKind, PlanState, TaskCategory
from shequ.model.governance import BODY_KINDS, EXPECTED_BODIES
from shequ.query import (
    AgeBand,
    By,
    Condition,
    Count,
    During,
    Group,
    Holds,
    Keys,
    StateThen,
    Sum,
    eq,
    given,
    ne,
    one_of,
)

__all__ = ["METRICS"]

_FULL_TIME = eq("full_time", True) & Holds()
_WORKERS = Keys("community_worker", "id", _FULL_TIME)
_STANDARD = "staff.households_per_worker"
_BUILDINGS = Keys("building", "id", Holds())
_HOUSEHOLDS = Keys("household_membership", "household", eq("kind", MembershipKind.LIVING) & Holds())
_ELECTED = During("voted") & one_of(StateThen("state"), ElectionState.VOTED, ElectionState.ELECTED, ElectionState.FILED)
_PLAN = StateThen("state")
_PLANNED = During("year") & ne(_PLAN, PlanState.DROPPED)
_ACHIEVED = During("year") & eq(_PLAN, PlanState.DONE) & (~given("done") | came_by("done"))


def _having(kind: str) -> str:
    return f"bodies.with_{kind}"


def _staff_by(code: str, name: str, by: Group) -> Metric:
    return Metric(code, name, "人", Measured(Count(_WORKERS, (by,))), by=(by,), parts_of="staff.full_time")


def _tasks(code: str, name: str, where: Condition) -> Metric:
    return Metric(code, name, "项", Measured(Count(Keys("assigned_task", "name", where))), Timing.IN)


_RECEIVED = During("received")

METRICS = (
    Metric("staff.full_time", "专职干部", "人", Measured(Count(_WORKERS))),
    _staff_by("staff.by_age", "专职干部年龄", AgeBand("age", "birth_date", (30, 40, 50, 60))),
    _staff_by("staff.by_education", "专职干部文化程度", By("education", "education")),
    _staff_by("staff.by_origin", "专职干部来源", By("origin", "origin")),
    Metric(
        "staff.pay_total",
        "专职干部月报酬合计",
        "元",
        Measured(Sum("community_worker", "monthly_pay", _FULL_TIME), Fraction(1, 100)),
        decimals=2,
    ),
    Metric(
        "staff.pay_mean",
        "专职干部平均月报酬",
        "元",
        Ratio(("staff.pay_total",), ("staff.full_time",)),
        decimals=2,
    ),
    Metric(
        "staff.per_community",
        "社区平均专职干部",
        "人",
        Ratio(("staff.full_time",), ("population.communities_operating", "population.communities"), operating=True),
        base="履行职能的社区",
        decimals=1,
    ),
    Metric(
        "staff.households_per_worker",
        "每名专职干部对应户数",
        "户",
        Ratio(("population.households",), ("staff.full_time",)),
        base="常驻居民户",
        decimals=2,
    ),
    Metric(
        "staff.households_over_standard",
        "超标准户数",
        "户",
        Shortfall("population.households", "staff.full_time", _STANDARD, in_load=True),
        base="各社区超出之和；没有社区数据时按整体计",
    ),
    Metric(
        "staff.needed",
        "尚缺专职干部",
        "人",
        Shortfall("population.households", "staff.full_time", _STANDARD),
        base="各社区缺额之和；没有社区数据时按整体计",
    ),
    Metric(
        "staff.per_10000_residents",
        "每万人社区工作者",
        "人",
        Ratio(("staff.full_time",), ("population.resident", "population.registered_living"), per=10000),
        base="每万常住人口",
        decimals=2,
    ),
    Metric("zones.buildings", "楼幢", "幢", Measured(Count(_BUILDINGS))),
    Metric(
        "zones.buildings_covered",
        "有责任人的楼幢",
        "幢",
        Measured(Count(_BUILDINGS & Keys("responsibility", "building", Holds()))),
    ),
    Metric(
        "zones.buildings_covered_share",
        "包片覆盖率",
        "",
        Ratio(("zones.buildings_covered",), ("zones.buildings",)),
        decimals=2,
        percent=True,
    ),
    Metric(
        "zones.slips_issued",
        "已发联系卡的户",
        "户",
        Measured(Count(_HOUSEHOLDS & Keys("contact_slip", "household", Holds(since="issued")))),
        base="有人现住且有有效联系卡的户",
    ),
    Metric(
        "zones.slips_issued_share",
        "联系卡发放率",
        "",
        Ratio(("zones.slips_issued",), ("population.households",)),
        base="占常驻居民户",
        decimals=2,
        percent=True,
    ),
    Metric(
        "burden.regular_categories",
        "经常性工作大项",
        "项",
        Measured(Count(Keys("assigned_task", "work_class", eq("category", TaskCategory.REGULAR) & _RECEIVED))),
        Timing.IN,
    ),
    _tasks("burden.regular_items", "经常性具体工作", eq("category", TaskCategory.REGULAR) & _RECEIVED),
    Metric(
        "burden.inspections",
        "突击检查考核",
        "项",
        Measured(Count(Keys("assigned_task", "id", eq("category", TaskCategory.INSPECTION) & _RECEIVED))),
        Timing.IN,
    ),
    Metric("burden.total", "全年工作", "项", Measured(Count(Keys("assigned_task", "id", _RECEIVED))), Timing.IN),
    Metric(
        "burden.autonomous",
        "自治性工作",
        "项",
        Measured(Count(Keys("assigned_task", "id", eq("category", TaskCategory.AUTONOMOUS) & _RECEIVED))),
        Timing.IN,
    ),
    Metric(
        "burden.autonomous_share",
        "自治性工作占比",
        "",
        Ratio(("burden.autonomous",), ("burden.total",)),
        Timing.IN,
        decimals=2,
        percent=True,
    ),
    *(
        Metric(
            _having(kind),
            f"有{BODY_KINDS.label(kind)}的社区",
            "个",
            Measured(Count(OPERATING & Keys("body", "division", eq("kind", kind) & Holds()))),
            base="履行职能的社区",
        )
        for kind in EXPECTED_BODIES
    ),
    Metric(
        "bodies.expected_present",
        "已有的应有组织",
        "个",
        Total(tuple(map(_having, EXPECTED_BODIES))),
        base="履行职能的社区；每种组织在一个社区只计一次",
    ),
    Metric(
        "bodies.expected",
        "应有组织",
        "个",
        Measured(Count(OPERATING), Fraction(len(EXPECTED_BODIES))),
        base=f"履行职能的社区，每个应有 {len(EXPECTED_BODIES)} 种组织："
        + "、".join(BODY_KINDS.label(kind) for kind in EXPECTED_BODIES),
    ),
    Metric(
        "bodies.present",
        "组织健全率",
        "",
        Ratio(("bodies.expected_present",), ("bodies.expected",)),
        base="已有的占应有的组织",
        decimals=2,
        percent=True,
    ),
    Metric(
        "bodies.without_rules",
        "无制度组织",
        "个",
        Measured(Count(Keys("body", "id", Holds() & ~given("working_rule")))),
    ),
    Metric("bodies.all", "组织机构", "个", Measured(Count(Keys("body", "id", Holds())))),
    Metric(
        "bodies.headed_by_full_time",
        "由专职干部负责的组织",
        "个",
        Measured(Count(Keys("body", "id", Holds() & eq("head.full_time", True)))),
    ),
    Metric(
        "bodies.posts_held_by_full_time_share",
        "由专职干部兼任的职能占比",
        "",
        Ratio(("bodies.headed_by_full_time",), ("bodies.all",)),
        decimals=2,
        percent=True,
    ),
    Metric(
        "funds.dedicated",
        "社区专项经费",
        "元",
        Measured(Sum("dedicated_fund", "amount", During("granted")), Fraction(1, 100)),
        Timing.IN,
        base="期内拨付",
        decimals=2,
    ),
    Metric(
        "funds.per_household",
        "户均专项经费",
        "元",
        Ratio(("funds.dedicated",), ("population.households",)),
        Timing.IN,
        base="常驻居民户",
        decimals=2,
    ),
    Metric(
        "work.breadth",
        "各类工作",
        "项",
        Measured(Count(Keys("assigned_task", "id", _RECEIVED), (By("work_class", "work_class"),))),
        Timing.IN,
        by=(By("work_class", "work_class"),),
        parts_of="burden.total",
    ),
    Metric(
        "elections.held",
        "换届选举",
        "次",
        Measured(Count(Keys("election", "id", _ELECTED))),
        Timing.IN,
        base="期内投票，期末未被认定无效",
    ),
    Metric(
        "elections.direct",
        "直接选举",
        "次",
        Measured(Count(Keys("election", "id", _ELECTED & eq("method", ElectionMethod.DIRECT)))),
        Timing.IN,
    ),
    Metric(
        "elections.direct_share",
        "直选比例",
        "",
        Ratio(("elections.direct",), ("elections.held",)),
        Timing.IN,
        decimals=2,
        percent=True,
    ),
    Metric("training.person_times", "干部培训", "人次", Measured(Sum("training", "persons", During("on"))), Timing.IN),
    Metric(
        "plan.items",
        "工作打算",
        "项",
        Measured(Count(Keys("work_plan_item", "id", _PLANNED))),
        Timing.IN,
        base="该年度的打算，不含期末已不再实施的",
    ),
    Metric(
        "plan.items_done",
        "已完成打算",
        "项",
        Measured(Count(Keys("work_plan_item", "id", _ACHIEVED))),
        Timing.IN,
        base="该年度的打算，期末已完成",
    ),
    Metric(
        "plan.items_done_share",
        "工作打算完成率",
        "",
        Ratio(("plan.items_done",), ("plan.items",)),
        Timing.IN,
        decimals=2,
        percent=True,
    ),
    Metric(
        "data.figures_disagreeing",
        "台账与上报不一致数",
        "个",
        Quality("disagreeing"),
        base="有完整记录可核对的上报总数",
    ),
    Metric("data.figures_without_records", "仅有上报数的指标", "个", Quality("unsupported"), base="上报总数"),
    Metric("data.records", "台账记录数", "条", Books(), base="装入的全部记录，不分日期；不含查阅记录和已报报告"),
    Metric("data.restated", "较上次所报有变的指标", "个", Quality("restated"), base="截至期末最近一次报出的报告"),
)
