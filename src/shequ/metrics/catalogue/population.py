"""Who lives here: counted on declared bases that follow from the two memberships and a date."""

from shequ.metrics.breakdown import AGE_BANDS
from shequ.metrics.definition import Measured, Metric, Ratio, Total
from shequ.model import CommunityStatus, MembershipKind
from shequ.query import Age, AgeBand, By, Count, Each, Holds, Keys, KeySet, eq, ge, ne

__all__ = ["LIVING", "LIVING_THERE", "METRICS", "OPERATING", "REGISTERED"]

LIVING_THERE = eq("kind", MembershipKind.LIVING) & Holds()
"""A membership by which somebody lives in a household."""
_REGISTERED = eq("kind", MembershipKind.REGISTERED) & Holds()
LIVING = Keys("household_membership", "resident", LIVING_THERE)
"""Persons living here."""
REGISTERED = Keys("household_membership", "resident", _REGISTERED)
"""Persons registered here."""
OPERATING = Keys("community", "id", eq("status", CommunityStatus.OPERATING) & Holds())
"""Communities that operate."""
_CHARACTER = Each("character", "characters")
_CHARACTERISTIC = Keys("community", "id", ne("characters", ()) & Holds())
_STANDING = Keys("community", "id", Holds())
_HOUSEHOLDS = Keys("household_membership", "household", LIVING_THERE)
_HOUSEHOLDS_REGISTERED = Keys("household_membership", "household", _REGISTERED)


def _people(code: str, name: str, of: KeySet, base: str) -> Metric:
    return Metric(code, name, "人", Measured(Count(of)), base=base)


def _category(category: str) -> Keys:
    return Keys("resident_category", "resident", eq("category", category) & Holds())


METRICS = (
    Metric("population.communities", "社区数", "个", Measured(Count(_STANDING)), base="存在的社区，含未运行的"),
    Metric(
        "population.communities_operating",
        "履行职能社区数",
        "个",
        Measured(Count(OPERATING)),
        base="状态为运行的社区",
    ),
    Metric(
        "population.communities_by_status",
        "社区状态",
        "个",
        Measured(Count(_STANDING, (By("status", "status"),))),
        by=(By("status", "status"),),
        parts_of="population.communities",
    ),
    Metric(
        "population.communities_by_character",
        "特色社区",
        "个",
        Measured(Count(_CHARACTERISTIC, (_CHARACTER,))),
        base="存在且有特色的社区；一个社区可有多项特色，各项分别计，合计只计一次",
        by=(_CHARACTER,),
    ),
    Metric(
        "population.communities_with_honour",
        "获得荣誉的社区",
        "个",
        Measured(Count(Keys("honour", "community"), (By("level", "level"),))),
        by=(By("level", "level"),),
        base="不分授予年份，各级分别计",
    ),
    Metric("population.households", "常驻居民户", "户", Measured(Count(_HOUSEHOLDS)), base="有人现住的户"),
    Metric(
        "population.households_registered",
        "户籍户",
        "户",
        Measured(Count(_HOUSEHOLDS_REGISTERED)),
        base="有人登记户籍的户，含空挂户",
    ),
    Metric(
        "population.households_empty",
        "空挂户",
        "户",
        Measured(Count(_HOUSEHOLDS_REGISTERED - _HOUSEHOLDS)),
        base="有户籍而无人现住的户",
    ),
    _people("population.registered", "在册（户籍）人口", REGISTERED, "户籍在此，不论居住何处"),
    _people("population.registered_living", "户在人在人口", REGISTERED & LIVING, "户籍在此且现住在此"),
    _people("population.separated", "人户分离人口", REGISTERED - LIVING, "户籍在此而不现住在此"),
    _people("population.floating", "流动人口", LIVING - REGISTERED, "现住在此而户籍不在此"),
    Metric(
        "population.floating_share",
        "流动人口占比",
        "",
        Ratio(("population.floating",), ("population.actual",)),
        base="占实有人口",
        decimals=2,
        percent=True,
    ),
    Metric(
        "population.actual",
        "实有人口",
        "人",
        Total(("population.registered_living", "population.floating")),
        base="户在人在加流动",
    ),
    _people(
        "population.resident",
        "常住人口",
        LIVING & Keys("household_membership", "resident", eq("kind", MembershipKind.LIVING) & Holds(ago=6)),
        "现住在此且六个月前已现住在此，不论户籍和户内迁移",
    ),
    Metric(
        "population.low_income_share",
        "低保对象占比",
        "",
        Ratio(("population.low_income",), ("population.registered_living",)),
        base="占户在人在人口",
        decimals=2,
        percent=True,
    ),
    _people("population.orphans", "孤儿", _category("orphan") & LIVING, "现住在此"),
    Metric(
        "population.by_sex_age",
        "性别年龄分布",
        "人",
        Measured(Count(LIVING, (By("sex", "resident.sex"), AgeBand("age", "resident.birth_date", AGE_BANDS)))),
        base="实有人口",
        by=(By("sex", "resident.sex"), AgeBand("age", "resident.birth_date", AGE_BANDS)),
        parts_of="population.actual",
    ),
    Metric(
        "population.elderly",
        "60岁及以上人口",
        "人",
        Measured(Count(Keys("household_membership", "resident", LIVING_THERE & ge(Age("resident.birth_date"), 60)))),
        base="实有人口",
    ),
    Metric(
        "population.elderly_share",
        "60岁及以上占比",
        "",
        Ratio(("population.elderly",), ("population.actual",)),
        base="占实有人口",
        decimals=2,
        percent=True,
    ),
    _people("population.low_income", "低保对象", _category("low_income") & (REGISTERED & LIVING), "户在人在"),
    _people("population.disabled", "残疾人", _category("disabled") & LIVING, "现住在此"),
    _people("population.living_alone", "独居老人", _category("living_alone") & LIVING, "现住在此"),
    Metric(
        "population.households_per_committee",
        "每个居委会管辖户数",
        "户",
        Ratio(
            ("population.households",), ("population.communities_operating", "population.communities"), operating=True
        ),
        base="常驻居民户；履行职能的社区各有一个居委会",
        decimals=2,
    ),
    Metric(
        "population.household_size",
        "户均人口",
        "人",
        Ratio(("population.actual",), ("population.households",)),
        base="实有人口比常驻户",
        decimals=2,
    ),
)
