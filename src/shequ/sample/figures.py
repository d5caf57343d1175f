"""Figures as filed beside the records, and the declaration that the records are complete.

Filed figures of 2024 and 2025 are counted here, plainly and independently of the metrics, and agree with the records
but for the flaw.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from shequ.effective import local_date
from shequ.model import (
    EVERY_TYPE,
    Activity,
    CommunityWorker,
    Complaint,
    Coverage,
    DedicatedFund,
    Estate,
    Household,
    HouseholdMembership,
    MembershipKind,
    OpeningHours,
    Petition,
    ReportedFigure,
    Volunteer,
    in_force,
)
from shequ.sample.flaws import FLAWS
from shequ.sample.ledger import FIRST_DAY, Ledger
from shequ.sample.places import SUB_DISTRICT, Site

__all__ = ["file_figures", "households_lived_in"]

_YEARS = (2024, 2025)
_TOO_MANY = 17
_CULTURE = ("culture", "sport", "festival")
_RETURN = "社区年报"
_SUMMARY = "街道汇总"


def file_figures(ledger: Ledger, sites: Sequence[Site]) -> None:
    """Write coverage and filed figures; to be called when all other records are there."""
    ledger.add(Coverage, type=EVERY_TYPE, division=SUB_DISTRICT, since=FIRST_DAY)
    operating = [site for site in sites if site.operating]
    for year in _YEARS:
        _counted(ledger, operating, year)


def _file(
    ledger: Ledger,
    metric: str,
    division: str,
    value: Decimal | int,
    unit: str,
    *,
    at: date | None = None,
    period: int | None = None,
) -> None:
    ledger.add(
        ReportedFigure,
        metric=metric,
        division=division,
        at=at,
        period=str(period) if period is not None else None,
        value=Decimal(value),
        unit=unit,
        source=_SUMMARY if division == SUB_DISTRICT else _RETURN,
    )


def _counted(ledger: Ledger, sites: Sequence[Site], year: int) -> None:
    """Figures that the records give too, for each operating community."""
    last = date(year, 12, 31)
    counts: Mapping[str, tuple[str, Callable[[Ledger, date], Mapping[str, int]]]] = {
        "population.households": ("户", households_lived_in),
        "volunteers.people": ("人", _volunteers),
        "staff.full_time": ("人", _workers),
    }
    flaw = FLAWS["figure that disagrees"]
    for metric, (unit, count) in counts.items():
        counted = count(ledger, last)
        for site in sites:
            wrong = metric == "volunteers.people" and (site.code, str(last)) == (flaw.where, flaw.when)
            value = counted.get(site.code, 0) + (_TOO_MANY if wrong else 0)
            _file(ledger, metric, site.code, value, unit, at=last)
    for site in sites:
        _file(ledger, "culture.activities", site.code, _activities(ledger, site.code, year), "次", period=year)
        _file(ledger, "hours.weekly_open", site.code, _weekly_hours(ledger, site.code, last), "小时", at=last)
    cases = {
        "petitions.received": Counter(p.division for p in ledger.all(Petition) if p.received.year == year),
        "petitions.concluded": Counter(
            p.division for p in ledger.all(Petition) if p.concluded is not None and p.concluded.year == year
        ),
        "property.complaints": _complaints(ledger, year),
    }
    granted = _granted(ledger, year)
    for site in sites:
        _file(ledger, "funds.dedicated", site.code, granted[site.code], "元", period=year)
    _file(ledger, "funds.dedicated", SUB_DISTRICT, sum(granted.values(), Decimal()), "元", period=year)
    for metric, counted in cases.items():
        for site in sites:
            _file(ledger, metric, site.code, counted.get(site.code, 0), "件", period=year)
        _file(ledger, metric, SUB_DISTRICT, sum(counted.values()), "件", period=year)


def _weekly_hours(ledger: Ledger, code: str, day: date) -> Decimal:
    """Hours in a week in which the community's hall is open."""
    minutes = sum(
        60 * (record.closes.hour - record.opens.hour) + record.closes.minute - record.opens.minute
        for record in ledger.all(OpeningHours)
        if record.division == code and in_force(record, day)
    )
    return Decimal(minutes) / 60


def _granted(ledger: Ledger, year: int) -> Mapping[str, Decimal]:
    """Yuan of dedicated funds granted in the year, by community."""
    totals: dict[str, Decimal] = {}
    for record in ledger.all(DedicatedFund):
        if record.granted.year == year:
            totals[record.division] = totals.get(record.division, Decimal()) + Decimal(record.amount) / 100
    return totals


def _complaints(ledger: Ledger, year: int) -> Mapping[str, int]:
    """Complaints received in the year, by the community of the estate."""
    community = {estate.id: estate.community for estate in ledger.all(Estate)}
    return Counter(community[record.estate] for record in ledger.all(Complaint) if record.received.year == year)


def households_lived_in(ledger: Ledger, day: date) -> Mapping[str, int]:
    """Households in which somebody lives, by community."""
    community = {household.id: household.community for household in ledger.all(Household)}
    lived_in = dict.fromkeys(
        record.household
        for record in ledger.all(HouseholdMembership)
        if record.kind is MembershipKind.LIVING and in_force(record, day)
    )
    return Counter(community[household] for household in lived_in)


def _volunteers(ledger: Ledger, day: date) -> Mapping[str, int]:
    """Persons registered as volunteers, each once in a community."""
    people = dict.fromkeys(
        (record.community, record.resident) for record in ledger.all(Volunteer) if in_force(record, day)
    )
    return Counter(community for community, _ in people)


def _workers(ledger: Ledger, day: date) -> Mapping[str, int]:
    """Full-time workers in office."""
    return Counter(
        worker.community for worker in ledger.all(CommunityWorker) if worker.full_time and in_force(worker, day)
    )


def _activities(ledger: Ledger, code: str, year: int) -> int:
    """Cultural and sports activities, festivals among them, that the community began in the year."""
    return sum(
        record.division == code and record.kind in _CULTURE and local_date(record.began).year == year
        for record in ledger.all(Activity)
    )
