"""The five cards of a community: badge, registration form, record booklet, letter to the employer, household's slip.

Which are printed follows from the period: badges in force on its last day, registrations that were open in it, records and
letters of it, slips in force on its last day. A letter is printed only for a contact card that the branch has signed, with
consent or another recorded legal basis: whom it is sent to is another who processes the member's data (个人信息保护法
art. 23). People served are counted, never named.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from shequ.hookspecs import hookimpl
from shequ.model import AppointmentState, ContactState, ServiceRecordState
from shequ.model.people import POST_KINDS
from shequ.reports.cards.dealing import CardContext, CardKind, Dealt
from shequ.reports.cards.layout import Blank, Face, Form, Grid, Layout, Line, Words, height_of
from shequ.reports.document import chinese_date, chinese_period

__all__ = ["KINDS"]

_BADGE = Layout(90, 54, 2, 5)
_FORM = Layout(190, 138, 1, 2)
_LETTER = Layout(180, 277, 1, 1)
_SLIP = Layout(90, 70, 2, 4)
_LETTER_HEIGHT, _LETTER_ROOM = 180, 110
"""Height of the letter, and what its text may take of it beside head and table."""
_LETTER_SIZES = (14, 13, 12, 11, 10)
_BOOKLET_ROWS = 9
_HELD = (AppointmentState.ACCEPTED, AppointmentState.ON_DUTY, AppointmentState.SUSPENDED)
_SIGNED = (ContactState.SIGNED, ContactState.SENT, ContactState.RETURNED, ContactState.UNDELIVERABLE)


def appointments(context: CardContext) -> Iterator[Dealt | str]:
    """Badges of those who hold a post or belong to a team on the period's last day."""
    last = context.period.last_day
    for card in context.records("appointment_card"):
        if card.state not in _HELD or (card.until is not None and card.until <= last):
            yield card.state.label if card.state not in _HELD else "聘期已满"
            continue
        if (card.since or card.offered) > last:
            yield "聘期尚未开始"
            continue
        member = context.find("party_member", card.member)
        post, team = context.find("service_post", card.post), context.find("team", card.team)
        term = f"{card.since or card.offered} 起" + (f"\u3000至 {card.until}" if card.until else "")
        yield Dealt(
            card.number,
            (
                Face(
                    _BADGE.height,
                    "聘请卡",
                    over=context.called(member.community if member else None),
                    beside=(
                        Line("姓名", _name(context, member)),
                        Line("岗位" if post else "队伍", post.name if post else team.name if team else ""),
                        Line("证号", card.number),
                    ),
                    below=(Words(f"聘期 {term}", "center", small=True),),
                    photo=True,
                    size=12,
                ),
            ),
            card.id,
        )


def registrations(context: CardContext) -> Iterator[Dealt | str]:
    """Registration forms of members who were registered at some time of the period."""
    period = context.period
    for card in context.records("registration_card"):
        if card.reported > period.last_day:
            yield "报到在本期之后"
            continue
        if card.until is not None and card.until <= period.start:
            yield f"{card.state.label}，在本期之前"
            continue
        member = context.find("party_member", card.member)
        person = context.find("resident", member.resident if member else None)
        unit = context.find("work_unit", card.employer or (member.employer if member else None))
        rows = (
            (("姓名", context.shown(person, "name")), ("性别", context.shown(person, "sex"))),
            (("出生日期", context.shown(person, "birth_date")), ("文化程度", context.shown(person, "education"))),
            (("入党时间", context.shown(member, "joined")), ("联系电话", context.shown(person, "phone"))),
            (("职业", card.occupation or ""), ("职务", card.position or "")),
            (("所在单位", unit.name if unit else ""),),
            (("单位党组织", (unit.party_organization or "") if unit else ""),),
            (("特长爱好", "、".join(card.talents)),),
            (("服务意向", "、".join(card.wishes)),),
            (("可服务时间", "、".join(card.times)),),
            (("报到日期", str(card.reported)), ("登记状态", card.state.label)),
            (("接收日期", str(card.accepted or "")), ("回执编号", card.receipt or "")),
        )
        yield Dealt(
            card.id,
            (
                Face(
                    _FORM.height,
                    "在职党员登记卡",
                    over=context.called(member.community if member else None),
                    below=(
                        Form(rows),
                        Words("本人签名：　　　　　　　　　社区党组织（盖章）　　　　　　　　年　　月　　日", "flush"),
                    ),
                    size=10,
                ),
            ),
        )


def booklets(context: CardContext) -> Iterator[Dealt | str]:
    """Pages of the record booklets: what the community has confirmed of each member's service in the period."""
    served: defaultdict[str, list[Any]] = defaultdict(list)
    corrected = {record.corrects for record in context.records("service_record") if record.corrects}
    for record in context.records("service_record"):
        confirmed = record.state is ServiceRecordState.CONFIRMED and record.id not in corrected
        if confirmed and context.period.start <= record.served_on <= context.period.last_day:
            served[record.resident].append(record)
    for member in context.records("party_member"):
        records = sorted(served.pop(member.resident, ()), key=lambda record: (record.served_on, record.id))
        pages = [records[first : first + _BOOKLET_ROWS] for first in range(0, len(records), _BOOKLET_ROWS)]
        for number, page in enumerate(pages, 1):
            yield Dealt(member.id, (_page(context, member, records, page, number, len(pages)),))


def _page(context: CardContext, member: Any, records: list[Any], page: list[Any], number: int, pages: int) -> Face:
    rows = tuple(
        (
            f"{record.served_on:%m-%d}",
            record.activity_name,
            record.place,
            record.content,
            str(record.minutes),
            "" if record.beneficiaries is None else str(record.beneficiaries),
            record.effect or "",
        )
        for record in page
    ) + (("",) * 7,) * (_BOOKLET_ROWS - len(page))
    hours = sum(record.minutes for record in records)
    people = sum(record.beneficiaries or 0 for record in records)
    whole = f"本期共服务 {len(records)} 次、{_hours(hours)} 小时，服务 {people} 人次"
    return Face(
        _FORM.height,
        "党员志愿服务记录卡",
        over=context.called(member.community),
        beside=(
            Line("姓名", _name(context, member)),
            Line("服务期", chinese_period(context.period)),
            Line("页次", f"第 {number} 页，共 {pages} 页"),
        ),
        below=(
            Grid(
                ("日期", "活动", "地点", "服务内容", "时长(分)", "人次", "效果"),
                rows,
                (7, 22, 17, 20, 9, 7, 16),
            ),
            Words(f"{whole}。社区确认（盖章）：", "flush"),
        ),
        size=9,
    )


def letters(context: CardContext) -> Iterator[Dealt | str]:
    """Contact cards of the period as letters to the employers' Party organisations, each with its receipt slip."""
    since, until = context.period.span.since, context.period.span.until
    for card in context.records("contact_card"):
        if (card.since, card.until) != (since, until):
            continue
        if card.state not in _SIGNED or card.basis is None or card.signed is None:
            yield f"{card.state.label}，支部尚未签字或没有提供依据"
            continue
        member, unit = context.find("party_member", card.member), context.find("work_unit", card.employer)
        name, station = _name(context, member), context.called(member.community if member else None)
        number = card.number or card.id
        faces = (_letter(context, card, unit, name, station), _receipt(context, name, station))
        yield Dealt(number, faces, card.id)


def _letter(context: CardContext, card: Any, unit: Any, name: str, station: str) -> Face:
    basis = card.__record__.fields["basis"].shown(card.basis)
    salute = f"{_organisation(unit)}："
    opening = f"你单位党员{name}同志在{station}报到，参加社区志愿服务。现将其{chinese_period(context.period)}的服务情况函告如下。"
    closing = (
        f"感谢你单位对社区工作的支持。本函依据“{basis}”提供，仅用于反馈该同志在社区服务的情况，请勿另作他用。",
        "请填写下方回执，盖章后寄回。",
    )
    seal = (f"{station}党组织（盖章）", chinese_date(card.signed))
    address = f"寄送地址：{unit.address}　{unit.name}" if unit is not None and unit.address else ""
    told, size = _fitted(card.activities, (salute, opening, *closing, *seal, address))
    return Face(
        _LETTER_HEIGHT,
        "在职党员服务社区联系卡",
        over=station,
        below=(
            Words(salute, "flush"),
            Words(opening),
            Grid(
                ("服务次数", "服务时长", "服务群众"),
                ((f"{card.services} 次", f"{_hours(card.minutes)} 小时", f"{card.beneficiaries} 人次"),),
                (1, 1, 1),
            ),
            Words(told),
            *map(Words, closing),
            *(Words(line, "right") for line in seal),
            *((Words(address, "flush", small=True),) if address else ()),
        ),
        letter=True,
        size=size,
    )


def _fitted(activities: Sequence[str], others: Sequence[str]) -> tuple[str, float]:
    """What was done, and the type size in which the letter fits: smaller for a long list, then without its end."""
    for shown in range(len(activities), -1, -1):
        rest = f"等共 {len(activities)} 项" if shown < len(activities) else ""
        told = f"服务内容：{'；'.join(activities[:shown])}{rest}。" if activities else "服务内容从略。"
        for size in _LETTER_SIZES:
            if height_of((told, *others), _LETTER.width - 24, size) <= _LETTER_ROOM:
                return told, size
    return told, _LETTER_SIZES[-1]


def _receipt(context: CardContext, name: str, station: str) -> Face:
    return Face(
        _LETTER.height - _LETTER_HEIGHT,
        "联系卡回执",
        beside=(Words(f"{station}党组织：", "flush"),),
        below=(
            Words(f"你处寄来的{name}同志{chinese_period(context.period)}联系卡收悉。"),
            Blank(("单位党组织意见", "", "单位党组织（盖章）", "日期")),
        ),
        letter=True,
        size=13,
    )


def _organisation(unit: Any) -> str:
    if unit is None:
        return "所在单位党组织"
    named = unit.party_organization or ""
    return named if unit.name in named else f"{unit.name}{named or '党组织'}"


def slips(context: CardContext) -> Iterator[Dealt | str]:
    """Slips that tell each household whom to turn to, of those in force on the period's last day."""
    last = context.period.last_day
    for slip in context.records("contact_slip"):
        if slip.issued > last or (slip.until is not None and slip.until <= last):
            yield "不在有效期内"
            continue
        household = context.find("household", slip.household)
        building = context.find("building", household.building if household else None)
        people = [
            ("包片干部", slip.worker),
            (POST_KINDS.label("police_officer"), slip.officer),
            (POST_KINDS.label("building_leader"), slip.building_leader),
        ]
        told = [(label, context.find("community_worker", id_)) for label, id_ in people]
        door = context.shown(household, "address") or (building.name if building else "")
        yield Dealt(
            slip.id,
            (
                Face(
                    _SLIP.height,
                    "温馨联系卡",
                    over=context.called(household.community if household else None),
                    beside=(Line("户号", household.number if household else ""), Line("住址", door)),
                    below=(
                        Grid(
                            ("联系人", "姓名", "电话"),
                            tuple(
                                (label, worker.name, worker.phone or "") for label, worker in told if worker is not None
                            ),
                            (5, 5, 7),
                        ),
                        Words(f"有事请找我们。发放日期 {slip.issued}", "center", small=True),
                    ),
                ),
            ),
        )


def _name(context: CardContext, member: Any) -> str:
    return context.shown(context.find("resident", member.resident if member else None), "name")


def _hours(minutes: int) -> str:
    """Hours of so many minutes, to a tenth where they are not whole."""
    whole, rest = divmod(minutes, 60)
    return str(whole) if not rest else f"{minutes / 60:.1f}"


KINDS: Mapping[str, CardKind] = {
    "appointment": CardKind("聘请卡", _BADGE, "appointment_card", appointments),
    "registration": CardKind("登记卡", _FORM, "registration_card", registrations),
    "record": CardKind("记录卡", _FORM, "party_member", booklets),
    "contact": CardKind("联系卡", _LETTER, "contact_card", letters),
    "slip": CardKind("温馨联系卡", _SLIP, "contact_slip", slips),
}
"""Name of a kind → what it is."""


@hookimpl
def shequ_cards() -> Mapping[str, CardKind]:
    """The five cards."""
    return KINDS
