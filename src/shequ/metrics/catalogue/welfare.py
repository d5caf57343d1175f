"""Employment and welfare: money and goods apart."""

from fractions import Fraction

from shequ.metrics.definition import Measured, Metric, Ratio, Timing
from shequ.model import GiftKind
from shequ.query import (
    Age,
    By,
    Count,
    During,
    Holds,
    Keys,
    Sum,
    eq,
    ge,
)

__all__ = ["METRICS"]

_YUAN = Fraction(1, 100)
_4050 = (eq("resident.sex", "2") & ge(Age("resident.birth_date"), 40)) | (
    eq("resident.sex", "1") & ge(Age("resident.birth_date"), 50)
)
_PLACED = Keys("placement", "resident", During("placed"))

METRICS = (
    Metric("employment.placements", "再就业人数", "人", Measured(Count(_PLACED)), Timing.IN),
    Metric(
        "employment.placements_by_channel",
        "再就业渠道",
        "人",
        Measured(Count(_PLACED, (By("channel", "channel"),))),
        Timing.IN,
        by=(By("channel", "channel"),),
        parts_of="employment.placements",
    ),
    Metric(
        "employment.welfare_posts",
        "公益性岗位在岗人数",
        "人",
        Measured(Count(Keys("public_welfare_post", "resident", Holds()))),
    ),
    Metric(
        "employment.welfare_posts_4050",
        "公益岗位4050人员",
        "人",
        Measured(Count(Keys("public_welfare_post", "resident", Holds() & _4050))),
        base="当日女满40、男满50周岁",
    ),
    Metric(
        "employment.welfare_posts_4050_share",
        "公益岗位4050人员占比",
        "",
        Ratio(("employment.welfare_posts_4050",), ("employment.welfare_posts",)),
        decimals=2,
        percent=True,
    ),
    Metric(
        "welfare.donations_money",
        "接受捐款",
        "元",
        Measured(Sum("donation", "amount", During("given") & eq("kind", GiftKind.MONEY)), _YUAN),
        Timing.IN,
        decimals=2,
    ),
    Metric(
        "welfare.donations_goods",
        "接受捐物",
        "件",
        Measured(Sum("donation", "pieces", During("given") & eq("kind", GiftKind.GOODS))),
        Timing.IN,
        base="只计件数，不与捐款相加",
    ),
    Metric(
        "welfare.donations_goods_value",
        "捐物估值",
        "元",
        Measured(Sum("donation", "estimated_value", During("given") & eq("kind", GiftKind.GOODS)), _YUAN),
        Timing.IN,
        base="有估值的捐物，不与捐款相加",
        decimals=2,
    ),
    Metric(
        "welfare.aid_person_times",
        "救助人次",
        "人次",
        Measured(Count(Keys("aid", "id", During("given")), (By("category", "category"),))),
        Timing.IN,
        by=(By("category", "category"),),
    ),
    Metric(
        "welfare.aid_money",
        "发放救助款",
        "元",
        Measured(Sum("aid", "amount", During("given") & eq("kind", GiftKind.MONEY)), _YUAN),
        Timing.IN,
        decimals=2,
    ),
    Metric(
        "welfare.aid_goods",
        "发放救助物品",
        "件",
        Measured(Sum("aid", "pieces", During("given") & eq("kind", GiftKind.GOODS))),
        Timing.IN,
    ),
    Metric(
        "welfare.stock",
        "爱心超市库存",
        "件",
        Measured(Sum("stock", "pieces", eq("account", "stock") & Holds(since="on", until=""))),
        base="库存账截至当日的件数",
    ),
    Metric(
        "welfare.elder_care",
        "居家养老人数",
        "人",
        Measured(Count(Keys("elder_care_enrolment", "resident", Holds()))),
        base="当日在服务期内的人，含暂停的，一人只计一次",
    ),
    Metric("welfare.pairings", "党员联户结对", "对", Measured(Count(Keys("pairing", "id", Holds())))),
    Metric(
        "welfare.pairing_visits",
        "结对走访",
        "次",
        Measured(Sum("pairing", "visits", Holds())),
        base="当日有效的结对自结对以来",
    ),
)
