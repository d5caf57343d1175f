"""A small district to report on, made from records without any store."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from shequ.calendars import Period
from shequ.effective import SHANGHAI
from shequ.metrics import Catalogue, Engine
from shequ.metrics.catalogue import METRICS
from shequ.model import (
    RECORD_TYPES,
    Activity,
    Community,
    CommunityStatus,
    Coverage,
    Honour,
    HonourLevel,
    Household,
    HouseholdMembership,
    MembershipKind,
    PlanState,
    Record,
    ReportedFigure,
    Resident,
    Schema,
    SubDistrict,
    WorkPlanItem,
)
from shequ.query import Select
from shequ.reports import ReportContext
from shequ.rules import Finding, LawOn, ParameterBook, Severity

YEAR = Period.year(2025)
TODAY = date(2026, 1, 5)
NASTY = (
    "甲社区",
    "<script>alert(1)</script>",
    "乙|社区*粗*_斜_",
    '"引"&amp;<b>',
    "1. 丙社区",
    "- 丁 # 社区",
    "[链](http://example.com)",
    "`码`\\尾\\",
    "{{ 7*7 }}{% raw %}",
)


class Snapshot:
    """Records by type, as the evaluator scans them."""

    def __init__(self, records: Iterable[Record]) -> None:
        self.by_type: dict[str, list[Record]] = {}
        for record in records:
            self.by_type.setdefault(record.__record__.name, []).append(record)

    def scan(self, query: Select) -> Iterator[Any]:
        return (SimpleNamespace(record=record) for record in self.by_type.get(query.type, ()))


def places(names: tuple[str, str, str] = ("甲社区", "乙社区", "丙社区")) -> list[Record]:
    """A sub-district with two communities that operate and one that does not."""
    states = (CommunityStatus.OPERATING, CommunityStatus.OPERATING, CommunityStatus.NOT_CONVERTED)
    return [
        SubDistrict(id="S", code="330203001000", name="演示街道"),
        *(
            Community(
                id=f"C{i}",
                code=f"33020300100{i}",
                name=name,
                sub_district="S",
                status=state,
                status_reason=None if state is CommunityStatus.OPERATING else "职能尚未移交",
                characters=("learning",) if i == 1 else (),
            )
            for i, (name, state) in enumerate(zip(names, states, strict=True), start=1)
        ),
    ]


def filed(metric: str, value: str, *, division: str = "S", group: str | None = None, **time: Any) -> ReportedFigure:
    """A filed figure, of the year 2025 unless told."""
    time = time or {"period": "2025"}
    key = repr((metric, division, group, time)).encode()
    return ReportedFigure(
        id=f"f{hashlib.sha256(key).hexdigest()[:20]}",
        metric=metric,
        division=division,
        value=Decimal(value),
        breakdown="group" if group else None,
        group=group,
        **time,
    )


def people() -> list[Record]:
    """Two households of C1 with three people: two women, one man; and the declaration that nobody is left out."""
    births = (("1", date(1950, 1, 1)), ("2", date(1951, 1, 1)), ("2", date(2020, 1, 1)))
    found: list[Record] = [
        Coverage(id="cover-m", type="household_membership", division="S"),
        *(Household(id=f"H{i}", community="C1", number=f"{i}", address=f"{i} 号") for i in (1, 2)),
    ]
    for i, (sex, birth) in enumerate(births, start=1):
        found.append(Resident(id=f"R{i}", name=f"居民{i}", sex=sex, birth_date=birth))
        found += [
            HouseholdMembership(id=f"M{i}-{kind}", resident=f"R{i}", household=f"H{1 + i // 3}", kind=kind)
            for kind in (MembershipKind.REGISTERED, MembershipKind.LIVING)
        ]
    return found


def activities(months: Iterable[int]) -> list[Record]:
    """One performance in each of some months of 2025 in C1, and the declaration that there were no others."""
    return [
        Coverage(id="cover-a", type="activity", division="S"),
        *(
            Activity(
                id=f"A{month}",
                division="C1",
                name=f"演出{month}",
                kind="culture",
                began=datetime(2025, month, 10, 9, tzinfo=SHANGHAI),
                attendance=month,
            )
            for month in months
        ),
    ]


def honour(level: HonourLevel, title: str, awarded: date) -> Honour:
    """An honour of C1."""
    return Honour(id=f"honour-{level}", community="C1", title=title, level=level, awarded=awarded)


def plan(year: int, title: str, state: PlanState = PlanState.PLANNED, **facts: Any) -> WorkPlanItem:
    """A plan item of the sub-district."""
    return WorkPlanItem(id=f"plan-{year}-{len(title)}", division="S", year=year, title=title, state=state, **facts)


def engine_of(records: Iterable[Record], *, district: str = "S", today: date = TODAY) -> Engine:
    """Measures over the records, without any parameter of the rules."""
    return Engine(
        Snapshot(records),
        Schema(RECORD_TYPES),
        Catalogue(METRICS),
        district=district,
        today=today,
        parameters=LawOn(ParameterBook([])),
    )


def context_of(
    records: Iterable[Record],
    *,
    period: Period = YEAR,
    district: str = "S",
    today: date = TODAY,
    findings: Iterable[Mapping[str, Any]] = (),
) -> ReportContext:
    """What a report is made from; findings are given by their facts."""
    engine = engine_of(records, district=district, today=today)
    return ReportContext(
        engine=engine,
        place=engine.tree.root,
        period=period,
        findings=tuple(
            Finding(
                **{
                    "rule": "demo.rule",
                    "severity": Severity.WARNING,
                    "place": engine.tree.root,
                    "subject": engine.tree.root.name,
                    "message": "有一处不足",
                    **facts,
                }
            )
            for facts in findings
        ),
        day=today,
        rule_sets=("演示规则 1",),
        made_by=("shequ",),
    )
