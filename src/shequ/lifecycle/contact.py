"""Contact cards: what is put on them, who must have agreed, and what is kept of their sending.

A card tells the employer's Party organisation what a member did where they live. It counts the people served and never
names them: of a record it takes the day, the minutes, the head count and what the activity was called, and the latter
only where no resident's name, number or telephone stands in it, however it is written (see
:mod:`shequ.lifecycle.naming`). A sensitive service (counselling, illness, relief) shows as its category and nothing more;
so does one of an activity that nobody knows. Service is voluntary: who has no confirmed record gets no card, and nobody is
told so.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any, cast

import attrs

from shequ.calendars import Period
from shequ.effective import Span
from shequ.errors import Misuse
from shequ.lifecycle.naming import Names, bare
from shequ.model import (
    Activity,
    ContactCard,
    ContactState,
    Disclosure,
    MemberKind,
    PartyMember,
    Record,
    Resident,
    ServiceRecord,
    ServiceRecordState,
    WorkUnit,
    derive_id,
    in_force,
)
from shequ.model.services import ACTIVITY_KINDS

__all__ = ["compile_contact_cards", "consent_guard", "disclose", "recompiled"]

_DISCLOSED = ("since", "until", "services", "minutes", "beneficiaries", "activities")


def compile_contact_cards(
    members: Iterable[PartyMember],
    records: Iterable[ServiceRecord],
    span: Span | Period,
    *,
    compiled: date,
    sensitive: Collection[str],
    activities: Iterable[Activity] = (),
    residents: Iterable[Resident] | None = None,
) -> tuple[ContactCard, ...]:
    """Compile the contact cards of a half year (or the district's frequency) from the confirmed records.

    A record goes onto the card of the membership that its day falls into (of several, the one with the community of
    the record); a record that a confirmed correction replaces does not count. The card goes to the employer of the day
    of compiling, as far as the person's records know one.

    Args:
        members: Members; only those in service with an employer get a card.
        records: Service records of any state and day.
        span: The days that the cards are about; both ends must be known.
        compiled: The day of compiling.
        sensitive: Kinds of activities, or words in any text of a record, that make a service sensitive; the kind's
            label or the word itself is the category that the card shows.
        activities: The activities that records refer to, for their kinds; of a record that refers to another one the
            card shows the category only.
        residents: Everybody whose name must not get onto a card. Without them no name of an activity can be vouched
            for, and the cards show kinds of activities only.

    Returns:
        One card a membership with confirmed records, by id. The same membership and span give the same id, whenever it
        is compiled.

    Raises:
        Misuse: If the span is open on a side or holds no day, or ``sensitive`` is no collection of words.
    """
    days = span.span if isinstance(span, Period) else span
    if days.since is None or days.until is None or days.is_empty:
        raise Misuse("a contact card needs a span with a first and a last day")
    if isinstance(sensitive, str) or not all(map(bare, sensitive)):
        raise Misuse("sensitive is a collection of words, none of them empty")
    by_resident: defaultdict[str, list[PartyMember]] = defaultdict(list)
    for member in members:
        if member.kind is MemberKind.IN_SERVICE and member.employer is not None:
            by_resident[member.resident].append(member)
    cards: defaultdict[PartyMember, list[ServiceRecord]] = defaultdict(list)
    confirmed = {record.id: record for record in records if record.state is ServiceRecordState.CONFIRMED}
    replaced = {record.corrects for record in confirmed.values()}
    for record in confirmed.values():
        if record.id in replaced or record.served_on not in days:
            continue
        holding = [m for m in by_resident.get(record.resident, ()) if in_force(m, record.served_on)]
        if holding:
            best = min(holding, key=lambda m: (m.community != record.community, m.since or date.min, m.id))
            cards[best].append(record)
    telling = _Telling(sensitive, activities, residents)
    made = [
        _card(member, theirs, days.since, days.until, compiled, telling, _employer(member, by_resident, compiled))
        for member, theirs in cards.items()
    ]
    return tuple(sorted(made, key=lambda card: card.id))


def _employer(member: PartyMember, by_resident: Mapping[str, list[PartyMember]], day: date) -> str:
    """Who the member works for on a day: by the same record if it holds then, else by another of the same person."""
    assert member.employer is not None
    present = [m for m in by_resident[member.resident] if in_force(m, day)]
    best = min(present, key=lambda m: (m.id != member.id, m.since or date.min, m.id), default=member)
    return best.employer or member.employer


def _card(
    member: PartyMember,
    records: Iterable[ServiceRecord],
    since: date,
    until: date,
    compiled: date,
    telling: "_Telling",
    employer: str,
) -> ContactCard:
    ordered = sorted(records, key=lambda record: (record.served_on, record.activity_name, record.id))
    return ContactCard(
        id=derive_id("contact_card", (member.id, since.isoformat(), until.isoformat())),
        member=member.id,
        employer=employer,
        since=since,
        until=until,
        compiled=compiled,
        services=len(ordered),
        minutes=sum(record.minutes for record in ordered),
        beneficiaries=sum(record.beneficiaries or 0 for record in ordered),
        activities=tuple(dict.fromkeys(telling.of(record) for record in ordered)),
    )


class _Telling:
    """What a card may say of a service."""

    def __init__(
        self, sensitive: Collection[str], activities: Iterable[Activity], residents: Iterable[Resident] | None
    ) -> None:
        self.sensitive = [(word, bare(word)) for word in sorted(sensitive, key=lambda word: (-len(word), word))]
        self.kinds: Mapping[str, str] = {activity.id: activity.kind for activity in activities}
        self.names = None if residents is None else Names(residents)

    def of(self, record: ServiceRecord) -> str:
        kind = self.kinds.get(record.activity or "", "")
        label = ACTIVITY_KINDS.labels.get(kind, ACTIVITY_KINDS.label("volunteer_service"))
        told = (record.activity_name, record.content, record.place, record.served, record.effect, record.evaluation)
        said = [bare(text) for text in (*told, ACTIVITY_KINDS.label(kind)) if text]
        for word, plain in self.sensitive:
            if word == kind or any(plain in text for text in said):
                return ACTIVITY_KINDS.label(word)
        unknown = record.activity is not None and record.activity not in self.kinds
        if not record.activity_name or unknown or self.names is None or self.names.in_text(record.activity_name):
            return label
        return record.activity_name


def recompiled(card: ContactCard, fresh: ContactCard) -> ContactCard:
    """A card compiled anew after the member's objection.

    Args:
        card: The card as the step ``recompile`` left it.
        fresh: The same member's card of the same span, compiled from the records as they stand now.

    Returns:
        The fresh card with the objection kept; it must be seen again, and consent to the old one does not hold for it.

    Raises:
        Misuse: If the cards are not the same one, or ``card`` has not taken the step.
    """
    if card.id != fresh.id or (card.member, card.since, card.until) != (fresh.member, fresh.since, fresh.until):
        raise Misuse(f"{fresh.id} is not {card.id} compiled anew")
    if card.state is not ContactState.COMPILED:
        raise Misuse(f"{card.id} is {card.state}", remedy="take the step recompile first")
    # `record` made it an attrs class; type checkers cannot see that.
    return cast("ContactCard", attrs.evolve(cast("Any", fresh), objection=card.objection))


def consent_guard(card: Record, event: str, at: datetime) -> str | None:  # noqa: ARG001 - the signature of guards
    """A guard for the stepper: no signature before the member has seen the card, nothing without a legal basis.

    The basis is the member's separate consent or another recorded one (个人信息保护法 arts 13, 23).
    """
    if not isinstance(card, ContactCard) or event not in ("sign", "send"):
        return None
    if event == "sign" and card.state is not ContactState.SEEN:
        return "本人尚未阅看"
    if card.basis is None:
        return "没有本人的单独同意，也没有登记其他提供依据"
    return None


def disclose(
    card: ContactCard, member: PartyMember, employer: WorkUnit, *, on: date, actor: str, number: int = 1
) -> Disclosure:
    """What is kept of the sending of a card: to whom, for what, on what basis, which facts.

    Args:
        card: The card that was sent.
        member: The member it is about.
        employer: The unit that it was sent to.
        on: The day of sending.
        actor: Who sent it.
        number: Which sending of that day it is: each is kept.

    Raises:
        Misuse: If member or employer are not the card's, or the card has no legal basis or was not sent.
    """
    if (card.member, card.employer) != (member.id, employer.id):
        raise Misuse(f"{card.id} is about {card.member} and goes to {card.employer}, not {member.id} and {employer.id}")
    if card.basis is None or card.sent is None:
        raise Misuse(f"{card.id} has no legal basis or was not sent", remedy="sign and send it first")
    recipient = f"{employer.name}{employer.party_organization or ''}"
    fields = ContactCard.__record__.fields
    key = ("contact_card", card.id, recipient, on.isoformat(), str(number))
    return Disclosure(
        id=derive_id("disclosure", key),
        resident=member.resident,
        subject_type="contact_card",
        subject=card.id,
        recipient=recipient,
        purpose="向所在单位党组织反馈在职党员在社区服务的情况",
        basis=card.basis,
        contents=tuple(fields[name].label for name in _DISCLOSED if getattr(card, name) != ()),
        on=on,
        number=number,
        actor=actor,
    )
