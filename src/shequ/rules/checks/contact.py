"""Contact cards that should have been compiled, or sent to the employer's Party organisation."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction
from typing import Any

from shequ.calendars import Period
from shequ.effective import Answer, shift
from shequ.lifecycle.contact import compile_contact_cards
from shequ.lifecycle.deadlines import Standing, Terms, statuses_at
from shequ.model import ContactState
from shequ.query import ne
from shequ.rules.finding import Finding
from shequ.rules.judgement import Judgement
from shequ.rules.ruleset import Rule

__all__ = ["cards_due", "cards_missing"]


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


def cards_missing(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """Who served in the last term whose cards should be out by now has a card of it; one finding for a community."""
    table = judged.engine.evaluator.table
    members: dict[str, Any] = dict(table("party_member"))
    held: defaultdict[str, list[Any]] = defaultdict(list)
    for row in judged.records("contact_card"):
        held[row.member].append(row)
    missing: dict[Period, Counter[str]] = {}
    for place in judged.communities():
        norm = judged.parameter("cards.contact_interval_months", place)
        if isinstance(norm, Answer) or (term := _last_due(judged, int(norm.value))) is None:
            continue
        if not judged.engine.complete(("contact_card", "service_record", "party_member"), place, term):
            continue
        if term not in missing:
            due = compile_contact_cards(
                members.values(), judged.records("service_record"), term, compiled=judged.at, sensitive=()
            )
            missing[term] = Counter(
                judged.tree.identity(judged.place_of(members[card.member]).id)
                for card in due
                if not any(known.since < card.until and card.since < known.until for known in held[card.member])
            )
        if number := missing[term][judged.tree.identity(place.id)]:
            yield judged.finding(
                rule,
                place,
                f"{place.name}有 {number} 名在职党员 {term} 有服务记录而没有联系卡",
                subject=f"{place.name} {term}",
                measured=Fraction(number),
                threshold="=0",
                citation=norm.citation,
                remedy=f"汇总并寄送 {number} 张联系卡",
            )


def _last_due(judged: Judgement, months: int) -> Period | None:
    """The last term of so many months whose cards should have been sent by the day judged."""
    if months < 1:
        return None
    terms = [
        term
        for year in (judged.at.year - 2, judged.at.year - 1, judged.at.year)
        if year > 1
        for term in Period.year(year).pieces(months)
    ]
    past = [term for term in terms if shift(term.last_day + timedelta(days=1), months=months) <= judged.at]
    return past[-1] if past else None
