"""Contact cards that should have been sent to the employer's Party organisation."""

from collections.abc import Iterator
from fractions import Fraction

from shequ.effective import Answer
from shequ.lifecycle.deadlines import Standing, Terms, statuses_at
from shequ.model import ContactState
from shequ.query import ne
from shequ.rules.finding import Finding
from shequ.rules.judgement import Judgement
from shequ.rules.ruleset import Rule

__all__ = ["cards_due"]


def cards_due(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """A contact card is sent before the next one is due.

    A member who objects or does not consent is not in default: nothing is asked for their card.
    """
    members = judged.engine.evaluator.table("party_member")
    for card in judged.records("contact_card", ne("state", ContactState.OBJECTED) & ne("state", ContactState.WITHHELD)):
        if card.until > judged.at:
            continue
        place = judged.place_of(card)
        norm = judged.parameter_on("cards.contact_interval_months", place, card.until)
        if isinstance(norm, Answer):
            continue
        (status,) = statuses_at(card, judged.at, Terms(contact_card_months=int(norm.value)))
        if status.standing is not Standing.OVERDUE or status.due is None or card.member not in members:
            continue
        back = card.state is ContactState.UNDELIVERABLE
        yield judged.finding(
            rule,
            place,
            f"{place.name}服务期 {card.since} 至 {card.until} 的联系卡（{card.number or card.id}）应于 {status.due} 前寄出，"
            f"{'已退回，未再寄' if back else '尚未寄出'}",
            subject=card.number or card.id,
            measured=Fraction((judged.at - status.due).days),
            threshold=f"{norm.shown} 个月",
            citation=norm.citation,
            remedy="核对单位地址后再寄" if back else rule.remedy,
        )
