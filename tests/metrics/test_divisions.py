"""Divisions change: what belongs to a place on a day, and figures of then by the boundaries of now."""

import csv
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import shequ
from shequ.lifecycle.boundaries import merge, rename, split
from shequ.metrics import DivisionTree
from shequ.model import (
    BoundaryChange,
    Community,
    CommunityStatus,
    Coverage,
    Division,
    DivisionTerm,
    Household,
    HouseholdMembership,
    MembershipKind,
    Record,
    ReportedFigure,
    Resident,
    SubDistrict,
)

STREET = SubDistrict(id="999900001000", code="999900001000", name="云溪街道")
OTHER = SubDistrict(id="999900002000", code="999900002000", name="南塘街道")
ON, BEFORE, AFTER = date(2025, 7, 1), date(2025, 6, 30), date(2025, 12, 31)


def community(number: int, name: str, street: SubDistrict = STREET) -> Community:
    code = f"{street.code[:9]}{number:03d}"
    return Community(id=code, code=code, name=name, sub_district=street.id, status=CommunityStatus.OPERATING)


A, B, C = community(1, "甲社区"), community(2, "乙社区"), community(3, "丙社区")


COMPLETE = Coverage(id="k", type="*", division=STREET.id)


def register_with(*records: Record) -> shequ.Register:
    register = shequ.open("memory:", district=STREET.id, actor="a")
    register.put(STREET, *records, reason="start")
    return register


def households(place: Community, count: int) -> list[Record]:
    """Households with somebody living in each."""
    names = [f"{place.code}{n}" for n in range(count)]
    return [
        *(Household(id=f"h{name}", community=place.id, number=name) for name in names),
        *(Resident(id=f"r{name}", name="甲") for name in names),
        *(
            HouseholdMembership(id=f"m{name}", household=f"h{name}", resident=f"r{name}", kind=MembershipKind.LIVING)
            for name in names
        ),
    ]


class TestTree:
    def test_a_community_renamed_in_place_is_one_place(self) -> None:
        made = rename(A, "新社区", on=ON, reason="更名")
        tree = DivisionTree(STREET.id, [STREET, *made.ended, *made.begun])
        (new,) = made.begun
        assert {STREET.id, A.id, new.id} == set(tree.within(tree.root))
        assert {A.id, new.id} == set(tree.within(tree[A.id])) == set(tree.within(tree[new.id]))
        assert ("甲社区", "新社区") == tuple(tree.version(tree[A.id], day).name for day in (BEFORE, ON))
        assert (["甲社区"], ["新社区"]) == tuple([p.name for p in tree.communities(day)] for day in (BEFORE, ON))

    def test_a_code_given_again_after_a_while_stands_for_another_place(self) -> None:
        gone = attrs.evolve(A, until=BEFORE)
        again = attrs.evolve(A, id=f"{A.code}-20260101", name="他社区", since=date(2026, 1, 1))
        tree = DivisionTree(STREET.id, [STREET, gone, again])
        assert (A.id,) == tree.within(tree[A.id])
        assert (again.id,) == tree.within(tree["他社区"])
        assert ["甲社区"] == [place.name for place in tree.communities(date(2025, 1, 1))]
        assert ["他社区"] == [place.name for place in tree.communities(date(2026, 2, 1))]

    def test_what_went_to_another_sub_district_belongs_to_it_from_that_day(self) -> None:
        ended = attrs.evolve(A, until=ON)
        begun = attrs.evolve(A, id=f"{A.code}-20250701", sub_district=OTHER.id, since=ON)
        tree = DivisionTree(STREET.id, [STREET, OTHER, ended, begun, B])
        assert ({A.id, begun.id} <= set(tree.within(tree[STREET.id], BEFORE))) is True
        assert {STREET.id, B.id} == set(tree.within(tree[STREET.id], ON))
        assert {OTHER.id, A.id, begun.id} == set(tree.within(tree[OTHER.id], ON))
        assert ("云溪街道", "南塘街道") == tuple(tree.above(tree[A.id], day)[1].name for day in (BEFORE, ON))

    def test_children_of_a_renamed_sub_district_stay_with_it(self) -> None:
        ended = attrs.evolve(STREET, until=ON)
        begun = attrs.evolve(STREET, id=f"{STREET.code}-20250701", name="新街道", since=ON)
        tree = DivisionTree(STREET.id, [ended, begun, A])
        assert {ended.id, begun.id, A.id} == set(tree.within(tree.root)) == set(tree.within(tree[begun.id]))
        assert [A.id] == [child.id for child in tree.children(tree[begun.id], AFTER)]

    @given(st.lists(st.sampled_from([STREET, OTHER]), min_size=1, max_size=5), st.integers(0, 1200))
    def test_a_place_lies_in_exactly_one_sub_district_on_any_day(self, streets: list[SubDistrict], days: int) -> None:
        turns = [date(2024, 1, 1 + 0)] + [date(2024 + n // 12, n % 12 + 1, 15) for n in range(1, len(streets))]
        versions = [
            attrs.evolve(
                A,
                id=f"{A.code}-{n}",
                sub_district=street.id,
                since=turns[n],
                until=turns[n + 1] if n + 1 < len(streets) else None,
            )
            for n, street in enumerate(streets)
        ]
        tree = DivisionTree(STREET.id, [STREET, OTHER, *versions])
        day = date.fromordinal(date(2023, 12, 1).toordinal() + days)
        inside = [street.name for street in (STREET, OTHER) if versions[0].id in tree.within(tree[street.id], day)]
        assert 1 == len(inside)
        assert inside == [tree.above(tree[versions[0].id], day)[1].name]


class TestFiguresOfThen:
    def test_a_merger_adds_the_figures_of_then(self) -> None:
        merged = merge([A, B], community(9, "大社区"), on=ON, reason="合并")
        lived_in = [*households(A, 3), *households(B, 4), *households(C, 5)]
        register = register_with(C, COMPLETE, *merged.records, *lived_in)
        found = register.measure_by_boundaries("population.households", at=BEFORE, of=AFTER)
        assert [("丙社区", 5), ("大社区", 7)] == [(one.place.name, one.value) for one in found]
        assert 7 == len(list(found[1].rows()))
        assert any("由甲社区、乙社区的数据归并" in note for note in found[1].notes)

    def test_filed_figures_are_carried_over_too(self) -> None:
        merged = merge([A, B], community(9, "大社区"), on=ON, reason="合并")
        figures = [
            ReportedFigure(
                id=f"f{place.code}", metric="population.households", division=place.id, at=BEFORE, value=Decimal(value)
            )
            for place, value in ((A, 300), (B, 200), (C, 100))
        ]
        register = register_with(C, *merged.records, *figures)
        found = register.measure_by_boundaries("population.households", at=BEFORE, of=AFTER)
        assert [("丙社区", 100), ("大社区", 500)] == [(one.place.name, one.value) for one in found]
        then = register.measure_by_boundaries("population.households", at=BEFORE, of=BEFORE)
        assert [("甲社区", 300), ("乙社区", 200), ("丙社区", 100)] == [(one.place.name, one.value) for one in then]

    def test_a_divided_place_leaves_both_parts_without_a_figure(self) -> None:
        parts = split(A, [community(7, "东社区"), community(8, "西社区")], on=ON, reason="拆分")
        figure = ReportedFigure(id="f", metric="population.households", division=A.id, at=BEFORE, value=Decimal(300))
        register = register_with(*parts.records, figure)
        found = register.measure_by_boundaries("population.households", at=BEFORE, of=AFTER)
        assert [("东社区", None), ("西社区", None)] == [(one.place.name, one.value) for one in found]
        assert all("原属 甲社区，该处已拆分" in note for one in found for note in one.notes)

    def test_figures_of_now_go_back_to_the_boundaries_of_then(self) -> None:
        parts = split(A, [community(7, "东社区"), community(8, "西社区")], on=ON, reason="拆分")
        figures = [
            ReportedFigure(
                id=f"f{p.code}", metric="population.households", division=p.id, at=AFTER, value=Decimal(value)
            )
            for p, value in zip(parts.begun, (120, 180), strict=True)
        ]
        register = register_with(*parts.records, *figures)
        (found,) = register.measure_by_boundaries("population.households", at=AFTER, of=BEFORE)
        assert ("甲社区", 300) == (found.place.name, found.value)

    def test_shares_are_not_added_but_worked_out_anew(self) -> None:
        merged = merge([A, B], community(9, "大社区"), on=ON, reason="合并")
        figures = [
            ReportedFigure(
                id=f"{metric}{place.code}", metric=metric, division=place.id, at=BEFORE, value=Decimal(value)
            )
            for place, people, floating in ((A, 1000, 100), (B, 3000, 900))
            for metric, value in (("population.actual", people), ("population.floating", floating))
        ]
        register = register_with(*merged.records, *figures)
        (found,) = register.measure_by_boundaries("population.floating_share", at=BEFORE, of=AFTER)
        assert Fraction(1000, 4000) == found.value


@pytest.fixture
def towns(data: Path) -> tuple[list[Division], list[Division]]:
    def listed(path: Path) -> list[Division]:
        with path.open(encoding="utf-8", newline="") as file:
            return [
                Division(id=r["code"], code=r["code"], name=r["name"], level=DivisionTerm.TOWN, parent=r["parent"])
                for r in csv.DictReader(file)
                if r["level"] == "town"
            ]

    return listed(data / "divisions_3302_2016.csv"), listed(data / "divisions_3302_towns_2023.csv")


@pytest.mark.parametrize("url", ["memory:", "sqlite:///{}/city.db"])
def test_a_citys_lists_of_2016_and_2023_stand_beside_each_other(
    url: str, towns: tuple[list[Division], list[Division]], tmp_path: Path
) -> None:
    old, new = towns
    then, now = date(2016, 12, 31), date(2023, 6, 30)
    with shequ.open(url.format(tmp_path), district="330200000000", actor="a") as register:
        city = Division(id="330200000000", code="330200000000", name="宁波市", level=DivisionTerm.CITY)
        register.put(city, *old, reason="2016 年名录")
        derived = register.adopt_divisions(new, on=date(2023, 1, 1), reason="2023 年名录")
        assert (31, 35, 2) == tuple(map(len, (derived.went, derived.came, derived.renamed)))
        figures = [
            ReportedFigure(
                id=f"f{t.code}", metric="population.households", division=t.id, at=then, value=Decimal(100 + n)
            )
            for n, t in enumerate(old)
        ]
        register.put(*figures, reason="上报")
        by_then = register.measure_by_boundaries("population.households", at=then, of=then, level="town")
        by_now = register.measure_by_boundaries("population.households", at=then, of=now, level="town")
    assert [t.name for t in sorted(old, key=lambda t: t.code)] == [one.place.name for one in by_then]
    assert [t.name for t in sorted(new, key=lambda t: t.code)] == [one.place.name for one in by_now]
    # Five towns went without a successor by name; their figures belong nowhere now, and nine that came had none then.
    gone = {c.before[0] for c in derived.changes if isinstance(c, BoundaryChange) and not c.after}
    lost = sum(f.value for f, t in zip(figures, old, strict=True) if t.code in gone)
    assert 5 == len(gone)
    assert sum(f.value for f in figures) - lost == sum(one.value for one in by_now if one.value is not None)
    assert 9 == sum(one.value is None for one in by_now)
