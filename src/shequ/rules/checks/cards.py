"""Rules about the contact cards as they stand, however they came to be: compiled here, or brought in from sheets."""

from collections.abc import Iterator

from shequ.lifecycle.naming import Names, may_hold_telephone
from shequ.model import ContactState
from shequ.query import ne
from shequ.rules.finding import Finding
from shequ.rules.judgement import Judgement
from shequ.rules.ruleset import Rule

__all__ = ["names_somebody"]


def names_somebody(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """No contact card names anybody who was served, or gives a number; the finding does not repeat who."""
    found = judged.records("contact_card", ne("state", ContactState.WITHHELD))
    cards = [card for card in found if card.compiled <= judged.at]
    if not cards:
        return
    names = Names(judged.engine.evaluator.table("resident").values())  # type: ignore[arg-type] # the table of residents
    for card in sorted(cards, key=lambda card: card.id):
        known = [str(place) for place, text in enumerate(card.activities, 1) if names.known_in(text)]
        numbers = [str(place) for place, text in enumerate(card.activities, 1) if may_hold_telephone(text)]
        said = [f"第 {'、'.join(known)} 项含有居民的姓名、编号或号码"] if known else []
        said += [f"第 {'、'.join(numbers)} 项含有可能是电话的数字"] if numbers else []
        if said:
            yield judged.finding(
                rule,
                judged.place_of(card),
                f"联系卡 {card.id} 的服务内容{'，'.join(said)}",
                subject=card.id,
            )
