"""The places of the demonstration district: six communities, their zones, estates and buildings, honours."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING

import attrs

from shequ.codes import division_level, parent_division
from shequ.model import (
    Building,
    Community,
    CommunityStatus,
    Division,
    DivisionTerm,
    Estate,
    Honour,
    HonourLevel,
    Stairwell,
    SubDistrict,
    Zone,
)
from shequ.sample.ledger import Ledger, random_source

if TYPE_CHECKING:
    from shequ.sample.persons import Person

__all__ = ["SUB_DISTRICT", "SUB_DISTRICT_NAME", "Site", "lay_out"]

SUB_DISTRICT = "999900001000"
SUB_DISTRICT_NAME = "云溪街道"

_COUNTY = "演示市"
_ORDINALS = "一二三四五六"
_HOUSEHOLDS_PER_BUILDING = 40
_SPREAD, _NEAR = 3_500, 700
"""How far, in millionths of a degree, estates lie off the middle of a community, and buildings off that of theirs."""
_LEVELS = {str(level): level for level in DivisionTerm}


@attrs.frozen
class _Plan:
    """What is settled about a community before chance has its say."""

    serial: int
    name: str
    share: int
    zones: int
    estates: tuple[str, ...]
    characters: tuple[str, ...] = ()
    honours: tuple[tuple[str, HonourLevel, date], ...] = ()
    status: CommunityStatus = CommunityStatus.OPERATING
    reason: str | None = None


_PLANS = (
    _Plan(
        1,
        "望溪社区",
        21,
        5,
        ("望溪苑", "溪畔花园", "云锦里", "渡口新村"),
        ("learning", "party_building"),
        (
            ("全国和谐社区建设示范社区", HonourLevel.NATIONAL, date(2014, 11, 20)),
            ("市级文明社区", HonourLevel.CITY, date(2019, 3, 12)),
        ),
    ),
    _Plan(
        2,
        "听泉社区",
        20,
        6,
        ("听泉小区", "泉水湾", "清源里"),
        ("arts",),
        (("省级绿色社区", HonourLevel.PROVINCE, date(2021, 6, 5)),),
    ),
    _Plan(
        3,
        "桂湾社区",
        19,
        4,
        ("桂湾花园", "金桂苑", "丹桂新村"),
        ("employment",),
        (("市级充分就业社区", HonourLevel.CITY, date(2018, 12, 4)),),
    ),
    _Plan(
        4,
        "竹园社区",
        17,
        4,
        ("竹园小区", "翠竹苑"),
        ("caring",),
        (("区级文明社区", HonourLevel.DISTRICT, date(2022, 4, 18)),),
    ),
    _Plan(
        5,
        "新桥社区",
        13,
        3,
        ("新桥家园", "石桥里"),
        ("learning", "caring"),
        (("区级先进基层党组织", HonourLevel.DISTRICT, date(2024, 7, 1)),),
    ),
    _Plan(
        6,
        "石坊社区",
        10,
        3,
        ("石坊生活区", "石坊新村"),
        status=CommunityStatus.NOT_CONVERTED,
        reason="原企业生活区，管理职能尚未移交街道",
    ),
)


@attrs.define(eq=False)
class Site:
    """A community while the sample is being made.

    Args:
        community: Its record.
        number: Its place in the list, from 0.
        size: How many households are in its book.
        buildings: Its buildings in order.
        addresses: Building → how its address starts.
        settled: The living who lived there through both years.
        living: Households that live there on the last day.
        residents: People who have lived there for six months on the last day.
    """

    community: Community
    number: int
    size: int
    buildings: list[Building] = attrs.field(factory=list)
    addresses: dict[str, str] = attrs.field(factory=dict)
    settled: "list[Person]" = attrs.field(factory=list)
    living: int = 0
    residents: int = 0

    @property
    def code(self) -> str:
        """Its division code, which is its id."""
        return self.community.id

    @property
    def name(self) -> str:
        """Its name."""
        return self.community.name

    @property
    def short(self) -> str:
        """Its name without the word 社区."""
        return self.community.name.removesuffix("社区")

    @property
    def operating(self) -> bool:
        """Whether it works as a community."""
        return self.community.status is CommunityStatus.OPERATING

    def position(self, east: int, north: int) -> dict[str, Decimal]:
        """A position so many millionths of a degree off the middle of the community.

        Where the communities lie is made up: around 120 degrees east, 30 degrees north, each in a corner of its own.
        """
        return {
            "longitude": Decimal(120) + Decimal(self.number % 3 * 12_000 - 12_000 + east).scaleb(-6),
            "latitude": Decimal(30) + Decimal(self.number // 3 * 12_000 + north).scaleb(-6),
        }


def lay_out(ledger: Ledger, seed: int, households: int) -> list[Site]:
    """Write the divisions and all that is built, and say how many households each community has."""
    rng = random_source(seed, "places")
    ledger.add(SubDistrict, code=SUB_DISTRICT, name=SUB_DISTRICT_NAME, county=_COUNTY, since=date(2001, 7, 1))
    names = {"990000000000": "演示省", "999900000000": _COUNTY, SUB_DISTRICT: SUB_DISTRICT_NAME}
    for code, name in names.items():
        _division(ledger, code, name)
    sites = []
    map_ = random_source(seed, "buildings")
    for number, (plan, size) in enumerate(zip(_PLANS, _shares(households), strict=True)):
        code = f"999900001{plan.serial:03d}"
        since = date(2001, 10 if plan.reason is None else 12, 1)
        _division(ledger, code, f"{plan.name}居民委员会", ur_code="111", since=since)
        community = ledger.add(
            Community,
            code=code,
            name=plan.name,
            sub_district=SUB_DISTRICT,
            status=plan.status,
            status_reason=plan.reason,
            characters=plan.characters,
            since=since,
        )
        for title, level, awarded in plan.honours:
            ledger.add(Honour, community=code, title=title, level=level, awarded=awarded)
        site = Site(community, number, size)
        years = rng.sample(range(1986, 2016), len(plan.estates))
        _build(ledger, map_, site, plan, [date(year, 1, 1) for year in years])
        sites.append(site)
    return sites


def _division(ledger: Ledger, code: str, name: str, ur_code: str | None = None, since: date = date(2001, 7, 1)) -> None:
    ledger.add(
        Division,
        code=code,
        name=name,
        level=_LEVELS[str(division_level(code))],
        parent=parent_division(code),
        ur_code=ur_code,
        since=since,
    )


def _shares(households: int) -> Iterator[int]:
    """The households by community; the last one takes what rounding leaves."""
    left = households
    for plan in _PLANS[:-1]:
        share = households * plan.share // 100
        left -= share
        yield share
    yield left


def _build(ledger: Ledger, map_: Random, site: Site, plan: _Plan, built: list[date]) -> None:
    zones = [
        ledger.add(Zone, community=site.code, name=f"第{_ORDINALS[number]}片区", since=date(2012, 1, 1))
        for number in range(plan.zones)
    ]
    estates = [
        ledger.add(
            Estate,
            community=site.code,
            name=name,
            address=f"{_COUNTY}{SUB_DISTRICT_NAME}{site.short}路{number * 20 + 8}号",
            built=built[number],
            enclosed=number % 2 == 0 and site.operating,
        )
        for number, name in enumerate(plan.estates)
    ]
    middles = [(map_.randint(-_SPREAD, _SPREAD), map_.randint(-_SPREAD, _SPREAD)) for _ in estates]
    total = max(len(zones), -(-site.size // _HOUSEHOLDS_PER_BUILDING))
    for number in range(total):
        east, north = middles[number * len(estates) // total]
        estate = estates[number * len(estates) // total]
        zone = zones[number * len(zones) // total]
        building = ledger.add(
            Building,
            zone=zone.id,
            name=f"{estate.name}{number + 1}号楼",
            estate=estate.id,
            since=estate.built,
            **site.position(east + map_.randint(-_NEAR, _NEAR), north + map_.randint(-_NEAR, _NEAR)),
        )
        site.buildings.append(building)
        site.addresses[building.id] = building.name
        for unit in range(2 + number % 3):
            ledger.add(Stairwell, building=building.id, name=f"{unit + 1}单元")
