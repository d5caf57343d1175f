"""Contact cards: a half year of a member's service, sent to the employer, and the log of what was disclosed."""

import random
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from shequ.effective import Span, shift
from shequ.lifecycle import consent_guard, disclose
from shequ.lifecycle.cards import CONTACT_CARD
from shequ.lifecycle.contact import compile_contact_cards
from shequ.model import (
    Activity,
    ContactCard,
    ContactState,
    PartyMember,
    Reading,
    Resident,
    Role,
    ServiceRecord,
    WorkUnit,
)
from shequ.sample.ledger import Ledger, moment, random_source
from shequ.sample.staff import Staff
from shequ.sample.walk import Stage, later, walk

__all__ = ["compile_cards"]

_HALVES = (date(2024, 1, 1), date(2024, 7, 1), date(2025, 1, 1), date(2025, 7, 1))
_C = ContactState
# A service that would tell about the person served shows as one of these.
_SENSITIVE = ("legal_consultation", "健康", "慰问", "家务")
_LATEST = (_C.COMPILED, _C.SEEN, _C.OBJECTED, _C.SIGNED, _C.SENT)
_COMPILED_LAST, _SENT_LAST = date(2026, 1, 4), date(2026, 1, 5)


def compile_cards(ledger: Ledger, seed: int, staff: Mapping[str, Staff]) -> None:
    """Write a card for each in-service member and half year with confirmed service, and what became of it.

    The cards of the last half year have just been compiled; earlier ones came back, but for a few. Each card that was
    sent is disclosed once, with consent.
    """
    rng = random_source(seed, "contact cards")
    units = {unit.id: unit for unit in ledger.all(WorkUnit)}
    members = {member.id: member for member in ledger.all(PartyMember)}
    for half in _HALVES:
        end = shift(half, months=6)
        last = half == _HALVES[-1]
        cards = compile_contact_cards(
            members.values(),
            ledger.all(ServiceRecord),
            Span(half, end),
            compiled=_COMPILED_LAST if last else later(end, rng.randint(2, 9)),
            sensitive=_SENSITIVE,
            activities=ledger.all(Activity),
            residents=ledger.all(Resident),
        )
        signed = []
        for number, compiled in enumerate(cards):
            member = members[compiled.member]
            head = staff[member.community].head
            way = _last(number) if last else _earlier(rng, number, compiled, back=half == _HALVES[-2])
            card = ledger.keep(walk(ledger, CONTACT_CARD, compiled, way, actor=head, guards=(consent_guard,)))
            if card.signed is not None:
                signed.append(card)
            if card.sent is not None:
                ledger.keep(disclose(card, member, units[card.employer], on=card.sent, actor=head))
        _printed(ledger, signed, _SENT_LAST if last else later(end, 12))


def _printed(ledger: Ledger, cards: Iterable[ContactCard], day: date) -> None:
    """The log says whose letters of a half year were printed."""
    for card in cards:
        ledger.add(
            Reading,
            actor="党建办",
            at=moment(day, 8, 40),
            subject_type=ContactCard.__record__.name,
            subject=card.id,
            records=1,
            contents=("居民的姓名",),
            purpose="打印联系卡",
            roles=(Role.CLERK.label,),
        )


_CONSENT = {"basis": "consent"}


def _last(number: int) -> Iterator[Stage]:
    """Within two days of compiling, so that every state but the last two is there."""
    state = _LATEST[number % len(_LATEST)]
    if state is _C.OBJECTED:
        yield Stage("object", _COMPILED_LAST, "服务时长有出入", {"objection": "有一次服务的时长记少了"})
    if state in (_C.SEEN, _C.SIGNED, _C.SENT):
        yield Stage("see", _COMPILED_LAST, "本人单独同意", _CONSENT)
    if state in (_C.SIGNED, _C.SENT):
        yield Stage("sign", _COMPILED_LAST)
    if state is _C.SENT:
        yield Stage("send", _SENT_LAST, "邮寄")


def _earlier(rng: random.Random, number: int, card: ContactCard, *, back: bool) -> Iterator[Stage]:
    """There and back; now and then with an objection, or sent twice; one is withheld, one of the latest is still back."""
    day = card.compiled
    if number % 11 == 5:
        day = later(day, 1)
        yield Stage("object", day, "少记一次服务", {"objection": "少记一次服务，经核对已补登"})
        day = later(day, 2)
        yield Stage("recompile", day, "核对服务记录后重新汇总")
    day = later(day, rng.randint(1, 4))
    if number == 2:
        yield Stage("withhold", day, "本人不同意寄送")
        return
    if number % 11 == 7:
        yield Stage("object", day, "服务次数有疑问", {"objection": "与本人所记次数不符"})
        day = later(day, 1)
        yield Stage("withdraw_objection", day, "核对无误")
    yield Stage("see", day, "本人单独同意", _CONSENT)
    day = later(day, rng.randint(1, 3))
    yield Stage("sign", day)
    day = later(day, rng.randint(1, 3))
    yield Stage("send", day, "邮寄")
    if number == 1:
        return  # no receipt came
    if number % 13 == 0:
        day = later(day, 12)
        yield Stage("bounce", day, "地址有误退回")
        if number == 0 and back:
            return
        day = later(day, 5)
        yield Stage("send", day, "更正地址后再寄")
    yield Stage("receipt", later(day, rng.randint(8, 30)), "单位党组织回执")
