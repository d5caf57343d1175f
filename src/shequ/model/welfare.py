"""Welfare: what was given, and what was handed out. Money and goods are never added up."""

from datetime import date

from shequ.codes import closed_vocabulary, open_vocabulary
from shequ.model.record import (
    Record,
    Sensitivity,
    Term,
    code,
    count,
    day,
    ended_flag,
    flag,
    money,
    record,
    ref,
    term,
    text,
    texts,
)

__all__ = [
    "AID_CATEGORIES",
    "CARE_FORMS",
    "LEDGER_ACCOUNTS",
    "PLACEMENT_CHANNELS",
    "Aid",
    "Donation",
    "ElderCareEnrolment",
    "EnrolmentState",
    "GiftKind",
    "LowIncomeCase",
    "LowIncomeState",
    "Placement",
    "PublicWelfarePost",
    "Stock",
]

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


LEDGER_ACCOUNTS = closed_vocabulary(
    "accounts of the charity shop", stock="库存", donated="接受捐赠", aided="救助发放", adjusted="盘点调整"
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
    phone: str | None = text("联系电话", default=None, sensitivity=Sensitivity.PERSONAL)
    purpose: str | None = text("捐赠意向", default=None)
    received_by: str | None = text("经手人", default=None)
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


CARE_FORMS = open_vocabulary(
    "forms of care at home", visiting="上门服务", meals="助餐", day_care="日间照料", alarm="紧急呼叫"
)


class LowIncomeState(Term):
    """Where a low-income case (低保审核) stands."""

    APPLIED = "applied", "已申请"
    ACCEPTED = "accepted", "已受理"
    SUPPLEMENT = "supplement", "待补正"
    INVESTIGATING = "investigating", "调查核对"
    NOTICE = "notice", "公示中"
    CONFIRMED = "confirmed", "已确认"
    REFUSED = "refused", "不予确认"
    STOPPED = "stopped", "已停发"
    WITHDRAWN = "withdrawn", "已撤回"


class EnrolmentState(Term):
    """Where an enrolment for care at home stands."""

    APPLIED = "applied", "已申请"
    ASSESSED = "assessed", "已评估"
    ENROLLED = "enrolled", "服务中"
    SUSPENDED = "suspended", "暂停"
    ENDED = "ended", "已结束"
    REFUSED = "refused", "不符合条件"


@record("stock", label="库存账", key=("division", "account", "item", "number"), division="division")
class Stock(Record):
    """One line of the charity shop's ledger (爱心超市): money in fen or goods in pieces, on one side of an entry.

    The lines of one entry add up to nothing for money and for each kind of goods; a mistake is reversed by another
    entry and never deleted.
    """

    division: str = ref("所属区划", to="division")
    number: str = text("凭证号")
    on: date = day("日期")
    account: str = code("科目", table=LEDGER_ACCOUNTS)
    item: str = text("物品", note="款项填“款”")
    amount: int = money("金额", default=0, signed=True)
    pieces: int = count("件数", unit="件", default=0, signed=True)
    estimated_value: int | None = money("估值", default=None, signed=True)
    reverses: str | None = text("冲销凭证号", default=None)
    note: str | None = text("摘要", default=None)


@record(
    "low_income_case",
    label="低保审核",
    key=("number",),
    division="community",
    spans=(("applied", "closed"), ("applied", "accepted"), ("accepted", "decided"), ("notice_from", "notice_until")),
)
class LowIncomeCase(Record):
    """A household's case for the minimum living allowance, with its notice and deadlines."""

    number: str = text("受理编号")
    community: str = ref("社区", to="community")
    household: str = ref("户", to="household", sensitivity=Sensitivity.SENSITIVE)
    applied: date = day("申请日期")
    accepted: date | None = day("受理日期", default=None)
    notice_from: date | None = day("公示开始", default=None)
    notice_until: date | None = day("公示结束", default=None)
    decided: date | None = day("决定日期", default=None)
    closed: date | None = day("终止日期", default=None, note="停发或撤回之日")
    investigated: date | None = day("入户调查日期", default=None)
    investigators: tuple[str, ...] = texts("调查人员")
    income_per_head: int | None = money("家庭人均月收入", default=None, sensitivity=Sensitivity.SENSITIVE)
    refusal: str | None = text("不予确认理由", default=None, sensitivity=Sensitivity.SENSITIVE)
    persons: int | None = count("保障人数", unit="人", default=None)
    monthly_amount: int | None = money("月保障金额", default=None, sensitivity=Sensitivity.SENSITIVE)
    state: LowIncomeState = term("状态", default=LowIncomeState.APPLIED)


@record(
    "elder_care_enrolment",
    label="居家养老",
    key=("resident", "applied"),
    division="community",
    never=(EnrolmentState.APPLIED, EnrolmentState.ASSESSED, EnrolmentState.REFUSED),
    over=(EnrolmentState.ENDED,),
)
class ElderCareEnrolment(Record):
    """That an elderly person is enrolled for care at home."""

    community: str = ref("社区", to="community")
    resident: str = ref("居民", to="resident", sensitivity=Sensitivity.PERSONAL)
    applied: date = day("申请日期")
    form: str | None = code("服务形式", table=CARE_FORMS, default=None)
    subsidised: bool = flag("政府补贴", default=False)
    since: date | None = day("服务开始", default=None)
    until: date | None = day("服务结束", default=None)
    state: EnrolmentState = term("状态", default=EnrolmentState.APPLIED)


@record("public_welfare_post", label="公益性岗位", key=("community", "name", "resident", "since"), division="community")
class PublicWelfarePost(Record):
    """A public-welfare post and who holds it; "4050" people (women from 40, men from 50, unemployed) come first."""

    community: str = ref("社区", to="community")
    name: str = text("岗位名称")
    resident: str | None = ref("在岗人员", to="resident", default=None, sensitivity=Sensitivity.PERSONAL)
    since: date | None = day("上岗日期", default=None)
    until: date | None = day("离岗日期", default=None)
    ended: bool = ended_flag(default=False)
