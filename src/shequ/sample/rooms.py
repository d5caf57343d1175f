"""Premises and service outlets: what a community has to work with, measured against who lives there."""

import random
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from shequ.model import Condition, Premises, ServiceOutlet, Tenure
from shequ.sample.flaws import place_of
from shequ.sample.ledger import Ledger, random_source
from shequ.sample.places import SUB_DISTRICT, SUB_DISTRICT_NAME, Site

__all__ = ["open_outlets", "provide_rooms"]

# kind, name, share of the community's area in hundredths
_ROOMS = (
    ("office", "办公用房", 34),
    ("service_centre", "社区服务中心", 40),
    ("culture_sports", "文体活动室", 36),
    ("citizen_school", "市民学校", 9),
    ("reading_room", "图书阅览室", 6),
    ("activity_room", "老年活动室", 8),
    ("party_service_centre", "党员服务中心", 7),
    ("legal_school", "法制学校", 5),
    ("police_room", "警务室", 3),
    ("contact_station", "党员联络站", 3),
    ("health_station", "卫生服务站", 8),
)
_NORM = 30
_SMALLEST = Decimal(12)
_SHORT = Decimal("0.8")
_FAR = 4_000


def provide_rooms(ledger: Ledger, seed: int, sites: Sequence[Site]) -> None:
    """Write the premises.

    Office, service centre and culture room alone meet 30 m² to 100 households that live there, but for the
    community of the flaw, where all rooms together do not.
    """
    rng, map_ = random_source(seed, "rooms"), random_source(seed, "map of rooms")
    for kind, name, size in (
        ("service_centre", "党群服务中心", 620),
        ("culture_sports", "文化活动中心", 480),
    ):
        ledger.add(
            Premises,
            division=SUB_DISTRICT,
            name=SUB_DISTRICT_NAME + name,
            kind=kind,
            area=Decimal(size),
            tenure=Tenure.OWNED,
            condition=Condition.GOOD,
            since=date(2016, 5, 1),
        )
    for number, site in enumerate(sites):
        norm = Decimal(site.living * _NORM) / 100
        if site.code == place_of("too little room"):
            whole = sum(share for _, _, share in _ROOMS)
            areas = [(norm * _SHORT * share / whole) for _, _, share in _ROOMS]
        else:
            areas = [max(_SMALLEST, norm * share / 100) for _, _, share in _ROOMS]
        rooms = _ROOMS if site.operating else _ROOMS[:3]
        for (kind, name, _), area in zip(rooms, areas, strict=False):
            ledger.add(
                Premises,
                division=site.code,
                name=site.name + name,
                kind=kind,
                area=area.quantize(Decimal("0.01")),
                tenure=_tenure(rng, site, kind),
                condition=tuple(Condition)[(number + (kind == "office")) % 3],
                address=f"{site.short}路{rng.randint(2, 98) * 2}号",
                **site.position(map_.randint(-_FAR, _FAR), map_.randint(-_FAR, _FAR)),
                since=date(rng.randint(2008, 2020), rng.randint(1, 12), 1),
            )


def _tenure(rng: random.Random, site: Site, kind: str) -> Tenure:
    if not site.operating:
        return Tenure.PROVIDED
    if kind == "office":
        return Tenure.RENTED if site.code == place_of("rented office") else Tenure.OWNED
    if kind == "police_room":
        return Tenure.BORROWED
    return rng.choice((Tenure.OWNED, Tenure.OWNED, Tenure.PROVIDED))


_OUTLETS = (
    ("station", "社区服务站", (3, 6)),
    ("health_station", "卫生服务站", (3, 8)),
    ("breakfast", "放心早餐点", (2, 4)),
    ("repair", "便民维修点", (1, 3)),
    ("housekeeping", "家政服务部", (3, 12)),
    ("shop", "便民超市", (2, 9)),
    ("shop", "生活用品店", (1, 4)),
    ("market", "便民菜场", (6, 20)),
    ("elder_care", "养老服务驿站", (2, 7)),
    ("culture", "文化书屋", (1, 3)),
)


def open_outlets(ledger: Ledger, seed: int, sites: Sequence[Site]) -> None:
    """Write the outlets of each operating community; one shop closed in the two years, one opened."""
    rng = random_source(seed, "outlets")
    map_ = random_source(seed, "map")
    for site in sites:
        if not site.operating:
            continue
        for number, (kind, name, staff) in enumerate(_OUTLETS):
            closed = number == 6 and site.code.endswith("2")
            opened = number == 9 and site.code.endswith("3")
            ledger.add(
                ServiceOutlet,
                division=site.code,
                name=site.short + name,
                kind=kind,
                staff=rng.randint(*staff),
                **site.position(map_.randint(-_FAR, _FAR), map_.randint(-_FAR, _FAR)),
                since=date(2025, 4, 1) if opened else date(rng.randint(2009, 2022), rng.randint(1, 12), 1),
                until=date(2024, 10, 1) if closed else None,
            )
