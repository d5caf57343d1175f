"""Culture, learning and publicity."""

from shequ.metrics.definition import Measured, Metric, Timing
from shequ.query import By, Condition, Count, During, Gap, Holds, Keys, Sum, one_of

__all__ = ["METRICS"]

_CULTURE = ("culture", "sport", "festival")
_CULTURE_TEAMS = ("arts", "sports")


def _held(*kinds: str) -> Condition:
    return one_of("kind", *kinds) & During("began")


def _activities(code: str, name: str, unit: str, *kinds: str) -> Metric:
    return Metric(code, name, unit, Measured(Count(Keys("activity", "id", _held(*kinds)))), Timing.IN)


_PUBLISHED = Keys("news_item", "id", During("published"))

METRICS = (
    Metric(
        "culture.teams",
        "文体队伍",
        "支",
        Measured(Count(Keys("team", "id", one_of("kind", *_CULTURE_TEAMS) & Holds()))),
    ),
    Metric(
        "culture.team_members",
        "文体队员",
        "人",
        Measured(
            Count(
                Keys(
                    "team_membership",
                    "resident",
                    one_of("team.kind", *_CULTURE_TEAMS) & Holds() & Holds("team"),
                )
            )
        ),
        base="一人只计一次",
    ),
    _activities("culture.activities", "文体活动", "次", *_CULTURE),
    Metric(
        "culture.activities_by_kind",
        "各类活动",
        "次",
        Measured(Count(Keys("activity", "id", During("began")), (By("kind", "kind"),))),
        Timing.IN,
        base="全部活动",
        by=(By("kind", "kind"),),
    ),
    Metric(
        "culture.attendance",
        "文体活动参加人次",
        "人次",
        Measured(Sum("activity", "attendance", _held(*_CULTURE))),
        Timing.IN,
    ),
    Metric(
        "culture.months_without_activity",
        "无活动月数",
        "个月",
        Measured(Gap("activity", "began")),
        Timing.IN,
        base="全部活动；期内没有任何活动的月份",
    ),
    Metric(
        "culture.quarters_without_plan",
        "无安排季度数",
        "个季度",
        Measured(Gap("activity", "began", "quarter")),
        Timing.IN,
        base="全部活动；期内没有任何活动的季度",
    ),
    _activities("learning.lectures", "报告会座谈会", "次", "lecture", "co_builders"),
    _activities("learning.trainings", "培训", "次", "training"),
    Metric(
        "learning.reading_clubs",
        "读书俱乐部",
        "个",
        Measured(Count(Keys("team", "id", one_of("kind", "reading_club") & Holds()))),
    ),
    _activities("learning.reading_meetings", "读书会", "次", "reading"),
    _activities("culture.festival_activities", "节日活动", "次", "festival"),
    Metric("publicity.items", "新闻信息", "条", Measured(Count(_PUBLISHED)), Timing.IN),
    Metric(
        "publicity.items_by_outlet",
        "各级媒体新闻信息",
        "条",
        Measured(Count(_PUBLISHED, (By("outlet", "outlet"),))),
        Timing.IN,
        by=(By("outlet", "outlet"),),
        parts_of="publicity.items",
    ),
)
