"""Demands on steps that data cannot say: functions, by the name of the step rule they judge for."""

from datetime import timedelta
from typing import cast

from shequ.effective import Answer, local_date
from shequ.lifecycle import consent_guard
from shequ.model import AppointmentState, LowIncomeCase
from shequ.rules.steps import Situation

__all__ = ["consent", "notice_shown", "post_vacant"]


def consent(situation: Situation) -> str | None:
    """A contact card is signed when its member has seen it, and with their consent or another recorded basis."""
    return consent_guard(situation.card, situation.event, situation.at)


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
