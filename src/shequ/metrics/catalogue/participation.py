"""Participation: who takes part, each person once."""

from shequ.metrics.breakdown import AGE_BANDS
from shequ.metrics.catalogue.services import VALID_RECORD
from shequ.metrics.definition import Measured, Metric, Ratio, Timing
from shequ.query import Age, AgeBand, By, Condition, Count, During, Keys, KeySet, eq, ge, lt, one_of

__all__ = ["METRICS"]


def _participants(where: Condition | None = None) -> KeySet:
    came, served = During("activity.began"), During("served_on") & VALID_RECORD
    return Keys("attendance", "resident", came & where if where else came) | Keys(
        "service_record", "resident", served & where if where else served
    )


_SEX_AGE = (By("sex", "resident.sex"), AgeBand("age", "resident.birth_date", AGE_BANDS))
_EMPLOYMENT = By("employment", "resident.employment")
_AGE = Age("resident.birth_date")
_EMPLOYED = ("11", "13", "17", "21", "24", "27", "37", "51", "54")
_BASE = "有签到或服务记录的人，一人只计一次"


def _some(code: str, name: str, where: Condition) -> Metric:
    return Metric(code, name, "人", Measured(Count(_participants(where))), Timing.IN, base=_BASE)


def _share(code: str, name: str, of: str) -> Metric:
    return Metric(
        code,
        name,
        "",
        Ratio((of,), ("participation.people",)),
        Timing.IN,
        base=_BASE,
        decimals=2,
        percent=True,
    )


METRICS = (
    Metric("participation.people", "参与居民", "人", Measured(Count(_participants())), Timing.IN, base=_BASE),
    Metric(
        "participation.rate",
        "参与率",
        "",
        Ratio(("participation.people",), ("population.actual",)),
        Timing.IN,
        base="占期末实有人口",
        decimals=2,
        percent=True,
    ),
    Metric(
        "participation.by_sex_age",
        "参与居民性别年龄",
        "人",
        Measured(Count(_participants(), _SEX_AGE)),
        Timing.IN,
        base=_BASE,
        by=_SEX_AGE,
        parts_of="participation.people",
    ),
    Metric(
        "participation.by_employment",
        "参与居民就业状况",
        "人",
        Measured(Count(_participants(), (_EMPLOYMENT,))),
        Timing.IN,
        base=_BASE,
        by=(_EMPLOYMENT,),
        parts_of="participation.people",
    ),
    _some("participation.elderly_women", "参与的老年女性", ge(_AGE, 60) & eq("resident.sex", "2")),
    _share("participation.elderly_women_share", "老年女性占比", "participation.elderly_women"),
    _some(
        "participation.working_age",
        "参与的在职中青年",
        ge(_AGE, 18) & lt(_AGE, 60) & one_of("resident.employment", *_EMPLOYED),
    ),
    _share("participation.working_age_share", "在职中青年占比", "participation.working_age"),
    Metric(
        "participation.by_kind",
        "各类活动参与居民",
        "人",
        Measured(Count(Keys("attendance", "resident", During("activity.began")), (By("kind", "activity.kind"),))),
        Timing.IN,
        base="有签到的人；同一人可参与多类活动",
        by=(By("kind", "activity.kind"),),
    ),
)
