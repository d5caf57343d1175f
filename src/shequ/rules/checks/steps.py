"""Demands on steps that data cannot say: functions, by the name of the step rule they judge for."""

from datetime import timedelta
from typing import cast

from shequ.effective import Answer, local_date
from shequ.lifecycle import consent_guard
from shequ.model import AppointmentState, ContactCard, LowIncomeCase, MemberKind, in_force
from shequ.rules.steps import Situation

__all__ = ["consent", "employed_there", "notice_shown", "post_vacant"]


def consent(situation: Situation) -> str | None:
    """A contact card is signed when its member has seen it, and with their consent or another recorded basis."""
    return consent_guard(situation.card, situation.event, situation.at)


def employed_there(situation: Situation) -> str | None:
    """A contact card goes only to whom its member works for on the day, by the member's record or a later one."""
    card = cast("ContactCard", situation.card)
    member = situation.record("party_member", card.member)
    if member is None:
        return f"党员 {card.member} 没有记录，请先登记党员"
    day = local_date(situation.at)
    present = [
        one
        for one in situation.records("party_member")
        if one.resident == member.resident and one.kind is MemberKind.IN_SERVICE and in_force(one, day)
    ]
    employers = sorted({one.employer for one in present if one.employer is not None})
    if card.employer in employers:
        return None
    if not employers:
        return "该党员当日不是在职党员，或所在单位未登记；更正党员记录，或选择 withhold（不予寄送）"
    names = {unit.id: unit.name for unit in situation.records("work_unit")}
    now = "、".join(names.get(unit, unit) for unit in employers)
    there = names.get(card.employer, card.employer)
    return f"联系卡写给{there}，而该党员现在的单位是{now}；请先 recompile（重新汇总），再经本人阅看"


def notice_shown(situation: Situation) -> str | None:
    """A low-income case is confirmed only after its notice was shown for the days that the law of the day asks for."""
    case = cast("LowIncomeCase", situation.card)
    days = situation.parameter("low_income.notice_days")
    if isinstance(days, Answer):
        return None
    if case.notice_from is None:
        return "没有公示开始日期"
    over = case.notice_from + timedelta(days=int(days.value))
    return f"公示未满 {int(days.value)} 天，{over} 起方可确认" if local_date(situation.at) < over else None


def post_vacant(situation: Situation) -> str | None:
    """Nobody starts on a service post all of whose places are taken."""
    card = situation.card
    if card.post is None:
        return None
    posts = {post.id: post for post in situation.records("service_post")}
    if card.post not in posts:
        return f"服务岗位 {card.post} 没有记录"
    wanted = posts[card.post].wanted
    held = sum(
        other.post == card.post and other.state in (AppointmentState.ON_DUTY, AppointmentState.SUSPENDED)
        for other in situation.records("appointment_card")
        if other.id != card.id
    )
    return f"岗位“{posts[card.post].name}”设 {wanted} 人，已有 {held} 人在岗" if held >= wanted else None
