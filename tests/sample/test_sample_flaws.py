"""Each flaw is where the table says and nowhere else; found here by plain counting, without the rules."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from shequ import model
from shequ.effective import Span
from shequ.model import MembershipKind, OrganizationKind, PlanState, Tenure
from shequ.sample import FLAWS, Sample, make_sample

LAST = date(2025, 12, 31)
OPERATING = [f"99990000100{number}" for number in range(1, 6)]
COMMUNITIES = [*OPERATING, "999900001006"]
SIZES = [("full", 5000, 2025), ("another", 2000, 7), ("small", 60, 2025)]


@pytest.fixture(scope="module", params=SIZES, ids=[size[0] for size in SIZES])
def sample(request: pytest.FixtureRequest, full_district: Sample) -> Sample:
    name, households, seed = request.param
    return full_district if name == "full" else make_sample(seed, households)


def all_of(sample: Sample, name: str) -> tuple[Any, ...]:
    return sample.records[name]


def in_force(record: Any, day: date = LAST) -> bool:
    return model.in_force(record, day)


def where(name: str, sample: Sample) -> set[str]:
    """Where the table says the flaw lies; nowhere in a district too small for it."""
    flaw = FLAWS[name]
    return {flaw.where} if len(all_of(sample, "household")) >= flaw.households else set()


def living(sample: Sample, day: date = LAST) -> Counter[str]:
    """Households lived in, by community."""
    community = {household.id: household.community for household in all_of(sample, "household")}
    homes = {
        record.household
        for record in all_of(sample, "household_membership")
        if record.kind is MembershipKind.LIVING and in_force(record, day)
    }
    return Counter(community[home] for home in homes)


def full_time(sample: Sample, day: date = LAST) -> Counter[str]:
    return Counter(w.community for w in all_of(sample, "community_worker") if w.full_time and in_force(w, day))


def volunteers(sample: Sample, day: date = LAST) -> Counter[str]:
    people = {(v.community, v.resident) for v in all_of(sample, "volunteer") if in_force(v, day)}
    return Counter(community for community, _ in people)


def activities(sample: Sample, year: int) -> Counter[str]:
    kinds = ("culture", "sport", "festival")
    return Counter(a.division for a in all_of(sample, "activity") if a.began.year == year and a.kind in kinds)


def weekly_hours(sample: Sample, day: date) -> Counter[str]:
    hours: Counter[str] = Counter()
    for record in all_of(sample, "opening_hours"):
        if in_force(record, day):
            opens, closes = (Decimal(t.hour) + Decimal(t.minute) / 60 for t in (record.opens, record.closes))
            hours[record.division] += closes - opens  # type: ignore[assignment] # a counter of decimals
    return hours


def cases(sample: Sample, name: str, field: str, filed: Any) -> int:
    """Cases of the filed year and place; of the whole sub-district where that is the place."""
    estates = {estate.id: estate.community for estate in all_of(sample, "estate")}
    days = [
        (estates[case.estate] if name == "complaint" else case.division, getattr(case, field))
        for case in all_of(sample, name)
    ]
    whole = filed.division not in COMMUNITIES
    return sum(
        day is not None and day.year == int(filed.period) and (whole or place == filed.division) for place, day in days
    )


def test_one_community_is_short_of_workers(sample: Sample) -> None:
    households, workers = living(sample), full_time(sample)
    short = {code for code in OPERATING if households[code] > 300 * workers[code]}
    assert where("short of workers", sample) == short


def test_only_that_community_has_under_eighteen_workers_to_ten_thousand_residents(full_district: Sample) -> None:
    community = {household.id: household.community for household in all_of(full_district, "household")}
    residents = Counter(
        community[record.household]
        for record in all_of(full_district, "household_membership")
        if record.kind is MembershipKind.LIVING and in_force(record) and record.since <= date(2025, 6, 30)
    )
    workers = full_time(full_district)
    short = {code for code in OPERATING if workers[code] * 10_000 < 18 * residents[code]}
    assert where("short of workers", full_district) == short


def test_one_community_held_nothing_in_one_month(sample: Sample) -> None:
    held = {(record.division, f"{record.began:%Y-%m}") for record in all_of(sample, "activity")}
    months = [f"{year}-{month:02d}" for year in (2024, 2025) for month in range(1, 13)]
    flaw = FLAWS["month without activity"]
    assert {(flaw.where, flaw.when)} == {(code, m) for code in OPERATING for m in months} - held


def test_culture_and_trainings_and_symposia_meet_the_districts_own_standards(sample: Sample) -> None:
    by_kind: dict[tuple[str, int], Counter[str]] = defaultdict(Counter)
    for record in all_of(sample, "activity"):
        by_kind[record.division, record.began.year][record.kind] += 1
        by_kind[record.division, record.began.year]["week"] += record.theme == "文化周"
    for code in OPERATING:
        for year in (2024, 2025):
            held = by_kind[code, year]
            assert held["training"] >= 4
            assert held["symposium"] >= 2
            assert 1 == held["week"]


def test_one_service_was_recorded_late(sample: Sample) -> None:
    """Ten calendar days hold at most ten working days, so within them is never late."""
    late = [r for r in all_of(sample, "service_record") if r.recorded - r.served_on > timedelta(days=10)]
    assert [FLAWS["late record"].where] == [record.community for record in late]
    assert [(date(2025, 5, 20), date(2025, 7, 15))] == [(r.served_on, r.recorded) for r in late]


@pytest.mark.parametrize("day", [date(2024, 1, 1), date(2024, 12, 31), date(2025, 8, 31), LAST])
def test_each_building_has_one_worker_but_for_two_of_late(sample: Sample, day: date) -> None:
    zones = {zone.id: zone.community for zone in all_of(sample, "zone")}
    answering = Counter(r.building for r in all_of(sample, "responsibility") if in_force(r, day))
    numbers = Counter((zones[b.zone], answering[b.id]) for b in all_of(sample, "building"))
    wrong = {key: number for key, number in numbers.items() if key[1] != 1}
    none, two = FLAWS["building without worker"].where, FLAWS["building with two workers"].where
    assert ({(none, 0): 1, (two, 2): 1} if day == LAST else {}) == wrong


def test_workers_answer_only_while_in_office(sample: Sample) -> None:
    office = {worker.id: Span(worker.since, worker.until) for worker in all_of(sample, "community_worker")}
    for name in ("responsibility", "post_holding"):
        for record in all_of(sample, name):
            span = model.span_of(record)
            # Who is only proposed does not answer for anything yet.
            assert span is None or office[record.worker].covers(span)


@pytest.mark.slow
def test_one_filed_figure_disagrees_with_the_records(sample: Sample) -> None:
    disagreeing = {}
    for record in all_of(sample, "reported_figure"):
        counted = {
            "population.households": lambda r: living(sample, r.at)[r.division],
            "staff.full_time": lambda r: full_time(sample, r.at)[r.division],
            "volunteers.people": lambda r: volunteers(sample, r.at)[r.division],
            "culture.activities": lambda r: activities(sample, int(r.period))[r.division],
            "hours.weekly_open": lambda r: weekly_hours(sample, r.at)[r.division],
            "petitions.received": lambda r: cases(sample, "petition", "received", r),
            "petitions.concluded": lambda r: cases(sample, "petition", "concluded", r),
            "property.complaints": lambda r: cases(sample, "complaint", "received", r),
        }.get(record.metric)
        if counted is not None and (difference := record.value - counted(record)):
            disagreeing[record.metric, record.division, str(record.at)] = difference
    flaw = FLAWS["figure that disagrees"]
    assert {("volunteers.people", flaw.where, flaw.when): Decimal(17)} == disagreeing


def test_filed_totals_close_with_the_communities(sample: Sample) -> None:
    parts: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    totals = {}
    for record in all_of(sample, "reported_figure"):
        if record.period is None:
            continue
        if record.division in COMMUNITIES:
            parts[record.metric, record.period] += record.value
        else:
            totals[record.metric, record.period] = record.value
    assert 8 == len(totals)
    assert {key: parts[key] for key in totals} == totals


def test_one_community_has_too_little_room(sample: Sample) -> None:
    """There all rooms together fall short; elsewhere office, centre and culture room alone are enough."""
    households = living(sample)
    core: dict[str, Decimal] = defaultdict(Decimal)
    whole: dict[str, Decimal] = defaultdict(Decimal)
    for room in all_of(sample, "premises"):
        whole[room.division] += room.area
        if room.kind in ("office", "service_centre", "culture_sports"):
            core[room.division] += room.area
    expected = where("too little room", sample)
    assert expected == {code for code in COMMUNITIES if whole[code] * 100 < 30 * households[code]}
    assert expected == {code for code in COMMUNITIES if core[code] * 100 < 30 * households[code]}


def test_one_branch_is_too_small_and_none_too_large(sample: Sample) -> None:
    members = Counter(record.organization for record in all_of(sample, "party_member") if in_force(record))
    branches = [o for o in all_of(sample, "party_organization") if o.kind is OrganizationKind.BRANCH]
    wrong = [(b.division, members[b.id]) for b in branches if not 3 <= members[b.id] <= 50]
    assert [(FLAWS["branch too small"].where, 2)] == wrong


def test_one_office_is_rented(sample: Sample) -> None:
    rented = [r.division for r in all_of(sample, "premises") if r.kind == "office" and r.tenure is Tenure.RENTED]
    assert [FLAWS["rented office"].where] == rented


def test_one_promise_of_the_two_years_was_not_kept(sample: Sample) -> None:
    kept = (PlanState.DONE, PlanState.DROPPED)
    open_items = [item for item in all_of(sample, "work_plan_item") if item.year < 2026 and item.state not in kept]
    assert [(FLAWS["promise not kept"].where, 2025, date(2025, 11, 30))] == [
        (item.division, item.year, item.due) for item in open_items
    ]


def test_no_zone_is_larger_than_a_grid_may_be(sample: Sample) -> None:
    zone = {building.id: building.zone for building in all_of(sample, "building")}
    sizes = Counter(zone[household.building] for household in all_of(sample, "household"))
    assert max(sizes.values()) <= 500
