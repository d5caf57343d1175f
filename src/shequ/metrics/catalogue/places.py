"""Premises, the service network, and how the environment and property stand."""

from fractions import Fraction

from shequ.metrics.catalogue.population import LIVING_THERE, OPERATING
from shequ.metrics.catalogue.standing import reached
from shequ.metrics.definition import Measured, Metric, Ratio, Timing
from shequ.model import ProjectPhase, Tenure
from shequ.query import (
    Among,
    By,
    Condition,
    Count,
    During,
    Holds,
    Keys,
    Parameter,
    Reach,
    StateGroup,
    Sum,
    eq,
    ge,
    given,
    one_of,
)

__all__ = ["METRICS"]

_SERVICE = (
    "office",
    "service_centre",
    "culture_sports",
    "citizen_school",
    "legal_school",
    "reading_room",
    "activity_room",
    "party_service_centre",
)
_VENUES = ("culture_sports", "activity_room")
_EDUCATION = ("citizen_school", "legal_school", "reading_room")
_YUAN = Fraction(1, 100)


def _premises(*kinds: str) -> Condition:
    return one_of("kind", *kinds) & Holds()


def _located(within: Condition | None = None) -> Keys:
    """Households that live where the building has a position, and for which something else holds there."""
    known = LIVING_THERE & given("household.building.longitude") & given("household.building.latitude")
    return Keys("household_membership", "household", known if within is None else known & within)


_HOME = "household.building"
_CULTURE_METRES = Parameter("network.culture_circle_metres")
_OUTLETS_AROUND = Reach(_HOME, "service_outlet", Parameter("network.circle_metres"), "kind", Holds())
_CULTURE_OUTLETS_AROUND = Reach(_HOME, "service_outlet", _CULTURE_METRES, where=eq("kind", "culture") & Holds())
_VENUES_AROUND = Reach(_HOME, "premises", _CULTURE_METRES, where=_premises(*_VENUES))
_LEFT = During("until") & given("since")
_SUCCESSOR = Keys("property_contract", "estate", Holds())

_STARTED = During("began") & ~reached(ProjectPhase.CANCELLED, "cancelled", "phase")
_PHASE = StateGroup(
    "phase",
    "phase",
    (
        (ProjectPhase.APPROVED, "approved"),
        (ProjectPhase.UNDERWAY, "began"),
        (ProjectPhase.COMPLETED, "completed"),
        (ProjectPhase.CANCELLED, "cancelled"),
    ),
)

METRICS = (
    Metric(
        "premises.office_area",
        "办公用房面积",
        "平方米",
        Measured(Sum("premises", "area", _premises("office"))),
        decimals=2,
    ),
    Metric(
        "premises.service_area",
        "服务设施面积",
        "平方米",
        Measured(Sum("premises", "area", _premises(*_SERVICE))),
        base="办公、服务、文体、教育、党员活动用房",
        decimals=2,
    ),
    Metric(
        "premises.service_area_per_100_households",
        "每百户服务设施面积",
        "平方米",
        Ratio(("premises.service_area", "premises.office_area"), ("population.households",), per=100),
        base="每百户常驻居民户",
        decimals=2,
    ),
    Metric(
        "premises.office_area_mean",
        "社区平均办公用房面积",
        "平方米",
        Ratio(
            ("premises.office_area",), ("population.communities_operating", "population.communities"), operating=True
        ),
        base="履行职能的社区",
        decimals=2,
    ),
    Metric(
        "premises.communities_by_condition",
        "办公条件",
        "个",
        Measured(Count(Keys("premises", "division", _premises("office")), (By("condition", "condition"),))),
        by=(By("condition", "condition"),),
        parts_of="population.communities",
        base="有办公用房的社区",
    ),
    Metric(
        "premises.by_tenure",
        "用房权属",
        "处",
        Measured(Count(Keys("premises", "id", Holds()), (By("tenure", "tenure"),))),
        by=(By("tenure", "tenure"),),
    ),
    Metric(
        "premises.communities_rented",
        "租用办公用房社区",
        "个",
        Measured(Count(OPERATING & Keys("premises", "division", _premises("office") & eq("tenure", Tenure.RENTED)))),
        base="履行职能的社区",
    ),
    Metric(
        "premises.communities_without_venue",
        "无文体活动场所社区",
        "个",
        Measured(Count(OPERATING - Keys("premises", "division", _premises(*_VENUES)))),
        base="履行职能的社区",
    ),
    Metric(
        "premises.venues_by_kind",
        "教育阵地",
        "处",
        Measured(Count(Keys("premises", "id", _premises(*_EDUCATION)), (By("kind", "kind"),))),
        by=(By("kind", "kind"),),
    ),
    Metric(
        "environment.investment",
        "环境建设投入资金",
        "元",
        Measured(Sum("project", "spent", _STARTED), _YUAN),
        Timing.IN,
        base="期内开工的项目，不含期末已取消的",
        decimals=2,
    ),
    Metric(
        "environment.investment_by_project",
        "各项目投入资金",
        "元",
        Measured(Sum("project", "spent", _STARTED, (By("project", "name"),)), _YUAN),
        Timing.IN,
        base="期内开工的项目，不含期末已取消的",
        decimals=2,
        by=(By("project", "name"),),
        parts_of="environment.investment",
    ),
    Metric(
        "environment.projects_by_phase",
        "改造工程进度",
        "项",
        Measured(Count(Keys("project", "id", During("began")), (_PHASE,))),
        Timing.IN,
        base="期内开工的项目，按期末的进度",
        by=(_PHASE,),
    ),
    Metric(
        "environment.green_spots",
        "花坛小景点",
        "处",
        Measured(
            Count(
                Keys("project", "id", eq("kind", "green_spot") & reached(ProjectPhase.COMPLETED, "completed", "phase"))
            )
        ),
        base="当日已完工，不分年份",
    ),
    Metric(
        "property.contracts_by_choice",
        "物业选聘方式",
        "个",
        Measured(
            Count(
                Keys("property_contract", "id", Holds()),
                (By("choice", "choice"),),
            )
        ),
        base="当日有效的合同",
        by=(By("choice", "choice"),),
    ),
    Metric(
        "property.replaced",
        "撤换物业数",
        "个",
        Measured(Count(Keys("property_contract", "estate", _LEFT & Among("estate", _SUCCESSOR, differing="company")))),
        Timing.IN,
        base="期内有合同终止、期末已由另一企业接管的小区",
    ),
    Metric(
        "property.owners_committees",
        "业主委员会",
        "个",
        Measured(Count(Keys("owners_committee", "id", Holds(since="elected")))),
        base="任期未满的",
    ),
    Metric(
        "property.enclosed_estates",
        "封闭管理小区",
        "个",
        Measured(Count(Keys("estate", "id", eq("enclosed", True)))),
    ),
    Metric("property.cleaners", "保洁人数", "人", Measured(Sum("cleaning_staff", "number", Holds()))),
    Metric(
        "property.complaints",
        "物业投诉",
        "件",
        Measured(Count(Keys("complaint", "id", During("received")))),
        Timing.IN,
        base="期内受理",
    ),
    Metric(
        "property.complaints_per_1000_households",
        "每千户物业投诉",
        "件",
        Ratio(("property.complaints",), ("population.households",), per=1000),
        Timing.IN,
        base="每千户常驻居民户",
        decimals=2,
    ),
    Metric(
        "network.households_located",
        "位置已知的常驻居民户",
        "户",
        Measured(Count(_located())),
        base="有人现住、所在楼幢有经纬度的户",
    ),
    Metric(
        "network.households_in_circle",
        "生活圈覆盖户",
        "户",
        Measured(Count(_located(ge(_OUTLETS_AROUND, Parameter("network.circle_kinds"))))),
        base="所在楼幢的半径之内有规定种数的服务网点，不论在哪个社区；直线距离",
    ),
    Metric(
        "network.circle_coverage",
        "生活圈覆盖率",
        "",
        Ratio(("network.households_in_circle",), ("network.households_located",)),
        base="占位置已知的常驻居民户",
        decimals=2,
        percent=True,
    ),
    Metric(
        "network.households_in_culture_circle",
        "文体活动圈覆盖户",
        "户",
        Measured(Count(_located(ge(_CULTURE_OUTLETS_AROUND, 1) | ge(_VENUES_AROUND, 1)))),
        base="所在楼幢的半径之内有文体场所或文体用房，不论在哪个社区；直线距离",
    ),
    Metric(
        "network.culture_circle_coverage",
        "文体活动圈覆盖率",
        "",
        Ratio(("network.households_in_culture_circle",), ("network.households_located",)),
        base="占位置已知的常驻居民户",
        decimals=2,
        percent=True,
    ),
)
