"""Service records of the volunteers, with what 民政部令第67号 asks to be written down."""

import random
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from shequ.effective import local_date
from shequ.lifecycle.cards import SERVICE_RECORD
from shequ.model import Activity, ServiceRecord
from shequ.sample.flaws import place_of
from shequ.sample.ledger import RECORDED_TO, Ledger, random_source
from shequ.sample.places import Site
from shequ.sample.staff import Staff
from shequ.sample.volunteers import Helper
from shequ.sample.walk import Stage, later, walk

__all__ = ["serve"]

_CONTENT = {
    "volunteer_service": ("义务理发", "家电维修", "量血压与健康咨询", "磨刀缝补", "代办便民事项"),
    "clean_up": ("清理楼道杂物", "清扫绿地", "清除小广告"),
    "publicity": ("发放防诈资料", "讲解消防常识"),
    "legal_consultation": ("解答法律问题", "协助起草协议"),
    "festival": ("慰问孤寡老人", "布置会场与服务群众"),
}
_EFFECTS = ("居民反映良好", "解决实际困难", "受到居民欢迎", None)
_EVALUATIONS = ("满意", "满意", "很满意", "基本满意", None)
_LATE = (date(2025, 5, 20), date(2025, 7, 15))
_CONFIRMED_BEFORE = date(2025, 12, 15)


def serve(
    ledger: Ledger,
    seed: int,
    sites: Sequence[Site],
    held: Mapping[str, Sequence[Activity]],
    helpers: Mapping[str, Sequence[Helper]],
    staff: Mapping[str, Staff],
) -> None:
    """Write the records of those who served at activities.

    Each is recorded within seven days, but for the one of the flaw, and confirmed within three more.
    """
    rng = random_source(seed, "service")
    number = 0
    for site in sites:
        if not site.operating:
            continue
        common: dict[str, Any] = {
            "community": site.code,
            "organiser": f"{site.name}居民委员会",
            "person_in_charge": staff[site.code].head,
        }
        for activity in held[site.code]:
            if activity.kind not in _CONTENT:
                continue
            day = local_date(activity.ended or activity.began)
            ready = [helper for helper in helpers[site.code] if helper.since <= day]
            chosen = rng.sample(ready, min(len(ready), rng.randint(3, 9)))
            # Members in service come oftener than others.
            keen = [helper for helper in ready if helper.in_service and helper not in chosen]
            chosen += rng.sample(keen, min(len(keen), rng.randint(1, 2)))
            for helper in chosen:
                _record(ledger, rng, common, activity, day, helper, number)
                number += 1
        if site.code == place_of("late record"):
            served, recorded = _LATE
            longest = min(helpers[site.code], key=lambda helper: helper.since)
            facts: dict[str, Any] = {
                **common,
                "resident": longest.person.id,
                "activity_name": "上门陪护孤寡老人",
                "place": f"{site.name}居民家中",
                "content": "陪护与家务",
                "minutes": 150,
                "beneficiaries": 1,
                "effect": "解决实际困难",
            }
            _log(ledger, served, recorded, Stage("confirm", later(recorded, 1)), **facts)


def _record(
    ledger: Ledger,
    rng: random.Random,
    common: Mapping[str, Any],
    activity: Activity,
    day: date,
    helper: Helper,
    number: int,
) -> None:
    """One person's service; now and then a record is voided, or its date corrected by another one."""
    fields: dict[str, Any] = {
        **common,
        "resident": helper.person.id,
        "activity": activity.id,
        "activity_name": activity.name,
        "place": activity.place,
        "content": rng.choice(_CONTENT[activity.kind]),
        "minutes": rng.randrange(60, 181, 15),
        "beneficiaries": rng.randint(1, 24),
        "effect": rng.choice(_EFFECTS),
        "evaluation": rng.choice(_EVALUATIONS),
    }
    recorded = min(RECORDED_TO, day + timedelta(days=rng.randint(0, 7)))
    confirmed = Stage("confirm", later(recorded, 1 + number % 3))
    if number % 97 == 11:
        _log(ledger, day, recorded, Stage("void", min(RECORDED_TO, confirmed.on), "重复登记"), **fields)
    elif day >= _CONFIRMED_BEFORE:
        _log(ledger, day, recorded, **fields)
    elif number % 97 == 23:
        noticed = later(day, 2)
        wrong = _log(ledger, later(day, -1), day, Stage("correct", noticed, "服务日期有误"), **fields)
        _log(ledger, day, noticed, Stage("confirm", later(noticed, 1)), corrects=wrong.id, **fields)
    else:
        _log(ledger, day, recorded, confirmed, **fields)


def _log(ledger: Ledger, served_on: date, recorded: date, *way: Stage, **fields: Any) -> ServiceRecord:
    """Write a record and the steps it took since."""
    draft = ledger.draft(ServiceRecord, served_on=served_on, recorded=recorded, **fields)
    return ledger.keep(walk(ledger, SERVICE_RECORD, draft, way, actor=fields["person_in_charge"]))
