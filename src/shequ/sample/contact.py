"""Contact cards: a half year of a member's service, sent to the employer, and the log of what was disclosed."""

import random
from collections.abc import Iterator, Mapping
from datetime import date

from shequ.effective import Span, shift
from shequ.lifecycle.cards import CONTACT_CARD
from shequ.model import (
    ContactCard,
    ContactState,
    Disclosure,
    MemberKind,
    PartyMember,
    ServiceRecord,
    ServiceRecordState,
    WorkUnit,
)
from shequ.sample.ledger import Ledger, random_source
from shequ.sample.staff import Staff
from shequ.sample.walk import Stage, later, walk

__all__ = ["compile_cards"]

_HALVES = (date(2024, 1, 1), date(2024, 7, 1), date(2025, 1, 1), date(2025, 7, 1))
_C = ContactState
# A service that would tell about the person served shows as its category.
_SHOWN_AS = {
    "量血压与健康咨询": "健康服务",
    "解答法律问题": "法律服务",
    "协助起草协议": "法律服务",
    "慰问孤寡老人": "扶老助困",
    "陪护与家务": "扶老助困",
}
_LATEST = (_C.COMPILED, _C.SEEN, _C.OBJECTED, _C.SIGNED, _C.SENT)
_COMPILED_LAST, _SENT_LAST = date(2026, 1, 4), date(2026, 1, 5)


def compile_cards(ledger: Ledger, seed: int, staff: Mapping[str, Staff]) -> None:
    """Write a card for each in-service member and half year with confirmed service.

    Services and minutes are those of the confirmed records. The cards of the last half year have just been compiled;
    earlier ones came back, but for a few. Each card that was sent is disclosed once, with consent.
    """
    rng = random_source(seed, "contact cards")
    units = {unit.id: unit for unit in ledger.all(WorkUnit)}
    served: dict[tuple[str, str], list[ServiceRecord]] = {}
    for record in ledger.all(ServiceRecord):
        if record.state is ServiceRecordState.CONFIRMED:
            served.setdefault((record.community, record.resident), []).append(record)
    members = [member for member in ledger.all(PartyMember) if member.kind is MemberKind.IN_SERVICE]
    for half in _HALVES:
        end = shift(half, months=6)
        number = 0
        for member in members:
            own = [
                record
                for record in served.get((member.community, member.resident), ())
                if half <= record.served_on < end and record.served_on in Span(member.since, member.until)
            ]
            if not own or member.employer is None:
                continue
            card = ledger.draft(
                ContactCard,
                member=member.id,
                employer=member.employer,
                since=half,
                until=end,
                compiled=_COMPILED_LAST if half == _HALVES[-1] else later(end, rng.randint(2, 9)),
                services=len(own),
                minutes=sum(record.minutes for record in own),
                beneficiaries=sum(record.beneficiaries or 0 for record in own),
                activities=tuple(dict.fromkeys(_SHOWN_AS.get(record.content, record.content) for record in own)),
            )
            way = _last(number) if half == _HALVES[-1] else _earlier(rng, number, card)
            head = staff[member.community].head
            card = ledger.keep(walk(ledger, CONTACT_CARD, card, way, actor=head))
            number += 1
            if card.sent is not None:
                _disclose(ledger, card, member, units[member.employer], head)


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


def _earlier(rng: random.Random, number: int, card: ContactCard) -> Iterator[Stage]:
    """There and back; now and then with an objection, or sent twice."""
    day = card.compiled
    if number % 11 == 5:
        day = later(day, 1)
        yield Stage("object", day, "少记一次服务", {"objection": "少记一次服务，经核对已补登"})
        day = later(day, 2)
        yield Stage("recompile", day, "核对服务记录后重新汇总")
    day = later(day, rng.randint(1, 4))
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
        if number == 0:
            return
        day = later(day, 5)
        yield Stage("send", day, "更正地址后再寄")
    yield Stage("receipt", later(day, rng.randint(8, 30)), "单位党组织回执")


def _disclose(ledger: Ledger, card: ContactCard, member: PartyMember, unit: WorkUnit, actor: str) -> None:
    assert card.sent is not None
    assert card.basis is not None
    ledger.add(
        Disclosure,
        resident=member.resident,
        subject_type="contact_card",
        subject=card.id,
        recipient=unit.party_organization or unit.name,
        purpose="向单位党组织反馈在职党员服务情况",
        basis=card.basis,
        contents=("姓名", "服务次数", "服务时长", "服务人次", "服务内容类别"),
        on=card.sent,
        actor=actor,
    )
