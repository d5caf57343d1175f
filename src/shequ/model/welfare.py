"""Welfare: what was given, and what was handed out. Money and goods are never added up."""

from datetime import date

from shequ.codes import open_vocabulary
from shequ.model.record import Record, Sensitivity, Term, code, count, day, money, record, ref, term, text

__all__ = ["AID_CATEGORIES", "Aid", "Donation", "GiftKind", "Placement"]

AID_CATEGORIES = open_vocabulary(
    "categories of people aided",
    low_income="低保家庭",
    disabled="残疾人",
    elderly="困难老人",
    student="困难学生",
    illness="大病家庭",
    other="其他",
)
PLACEMENT_CHANNELS = open_vocabulary(
    "channels of placement",
    referral="推荐就业",
    welfare_post="公益性岗位",
    self_employed="自主创业",
    flexible="灵活就业",
)


class GiftKind(Term):
    """Money and goods are different things."""

    MONEY = "money", "款"
    GOODS = "goods", "物"


@record("donation", label="捐赠", key=("receipt",), division="division")
class Donation(Record):
    """A donation, with the number of its receipt."""

    receipt: str = text("收据号")
    division: str = ref("所属区划", to="division")
    donor: str | None = text("捐赠人", default=None, sensitivity=Sensitivity.PERSONAL)
    given: date = day("捐赠日期")
    kind: GiftKind = term("款物")
    amount: int | None = money("金额", default=None)
    goods: str | None = text("物品名称", default=None)
    pieces: int | None = count("件数", unit="件", default=None)
    estimated_value: int | None = money("估值", default=None)


@record("aid", label="救助", key=("number",), division="division")
class Aid(Record):
    """Aid handed out to a person or household; one record is one person-time."""

    number: str = text("发放编号")
    division: str = ref("所属区划", to="division")
    resident: str | None = ref("受助人", to="resident", default=None, sensitivity=Sensitivity.SENSITIVE)
    category: str = code("对象类别", table=AID_CATEGORIES)
    given: date = day("发放日期")
    kind: GiftKind = term("款物")
    amount: int | None = money("金额", default=None)
    goods: str | None = text("物品名称", default=None)
    pieces: int | None = count("件数", unit="件", default=None)


@record("placement", label="再就业", key=("resident", "placed"), division="community")
class Placement(Record):
    """That a person without work found some with the community's help."""

    community: str = ref("社区", to="community")
    resident: str = ref("居民", to="resident", sensitivity=Sensitivity.PERSONAL)
    channel: str = code("渠道", table=PLACEMENT_CHANNELS)
    placed: date = day("就业日期")
