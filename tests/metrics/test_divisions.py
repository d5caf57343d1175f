"""Divisions change: what belongs to a place on a day, and figures of then by the boundaries of now."""

import csv
import sys
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import shequ
from shequ.errors import BadData, InvalidRecord, Misuse
from shequ.lifecycle.boundaries import DerivedChanges, dissolve, merge, recode, rename, split
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
    Team,
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
        *parts_of_it, whole = found
        assert [("东社区", None), ("西社区", None)] == [(one.place.name, one.value) for one in parts_of_it]
        assert all("原属 甲社区，该处已拆分" in note for one in parts_of_it for note in one.notes)
        assert "以下未计入上列各行：甲社区 300户（2025-12-31 分属东社区、西社区）" == whole.notes[-1]

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

    def test_what_belongs_to_no_place_of_the_other_day_is_named_beside_the_whole(self) -> None:
        gone = dissolve(A, on=ON, reason="撤销")
        register = register_with(B, *gone.records, filed(A, 100), filed(B, 50))
        row, whole = register.measure_by_boundaries("population.households", at=BEFORE, of=AFTER)
        assert ("乙社区", 50) == (row.place.name, row.value)
        assert (STREET.name, 150) == (whole.place.name, whole.value)
        assert "以下未计入上列各行：甲社区 100户（2025-12-31 没有与之对应的区划）" == whole.notes[-1]

    def test_what_went_into_a_place_without_a_record_is_named_too(self) -> None:
        merged = merge([A, B], C, on=ON, reason="合并")
        register = register_with(*merged.ended, merged.change, filed(A, 100))
        (whole,) = register.measure_by_boundaries("population.households", at=BEFORE, of=AFTER)
        assert f"甲社区 100户（2025-12-31 对应的{C.code}不在该级区划之列）" in whole.notes[-1]

    def test_what_is_known_stands_in_the_note_of_a_row_that_has_no_value(self) -> None:
        parts = split(A, [B, C], on=ON, reason="拆分").change
        merged = merge([A, B], community(9, "大社区"), on=ON, reason="合并")
        register = register_with(
            C, *merged.records, attrs.evolve(parts, on=date(2025, 8, 1), before=("x",)), filed(A, 7)
        )
        (_, row) = register.measure_by_boundaries("population.households", at=BEFORE, of=AFTER)
        assert ("乙社区没有数据", "其中已知：甲社区 7户") == row.notes

    @given(st.lists(st.integers(0, 4), min_size=5, max_size=5), st.lists(st.integers(1, 99), min_size=5, max_size=5))
    def test_rows_and_what_is_named_beside_them_are_all_figures_of_then(
        self, fates: list[int], counts: list[int]
    ) -> None:
        """Fate 0: goes on; 1: dissolved; 2: recoded; 3: split; 4: renamed."""
        places = [community(n + 1, f"{n}社区") for n in range(5)]
        records: list[Record] = []
        for n, (place, fate) in enumerate(zip(places, fates, strict=True)):
            outcome = (
                None,
                dissolve(place, on=ON, reason="r"),
                recode(place, community(100 + n, "").code, on=ON, reason="r", id=f"new{n}"),
                split(place, [community(200 + n, f"{n}东"), community(300 + n, f"{n}西")], on=ON, reason="r"),
                rename(place, f"新{n}", on=ON, reason="r"),
            )[fate]
            records += [place] if outcome is None else outcome.records
        register = register_with(*records, *(filed(p, n) for p, n in zip(places, counts, strict=True)))
        found = register.measure_by_boundaries("population.households", at=BEFORE, of=AFTER)
        lost = [(p.name, n) for p, n, fate in zip(places, counts, fates, strict=True) if fate in (1, 3)]
        rows = [one for one in found if one.place.kind == "community"]
        assert sum(counts) == sum(one.value or 0 for one in rows) + sum(n for _, n in lost)
        assert bool(lost) == (len(found) > len(rows))
        assert all(f"{name} {n}户" in found[-1].notes[-1] for name, n in lost)

    def test_an_unknown_level_is_misuse_that_names_the_known_ones(self) -> None:
        with pytest.raises(Misuse, match="没有级别 '镇'") as caught:
            register_with(A).measure_by_boundaries("population.households", at=BEFORE, of=AFTER, level="镇")
        assert "可用：community、sub_district、province、city、county、town、village" == caught.value.remedy

    def test_twice_as_many_places_are_twice_the_work(self) -> None:
        def calls(count: int) -> int:
            places = [community(n + 1, f"{n}社区") for n in range(count)]
            renamed = [rename(place, f"新{place.name}", on=ON, reason="更名") for place in places[::2]]
            records = [record for made in renamed for record in made.records]
            register = register_with(*places[1::2], *records, *(filed(place, 1) for place in places))
            register.measure("population.households", at=AFTER)  # reads the records
            made = 0

            def counted(_frame: object, event: str, _argument: object) -> None:
                nonlocal made
                made += event == "call"

            before = sys.getprofile()
            sys.setprofile(counted)
            try:
                found = register.measure_by_boundaries("population.households", at=BEFORE, of=AFTER)
            finally:
                sys.setprofile(before)
            assert [1] * count == [one.value for one in found]
            return made

        assert calls(160) < 2.4 * calls(80)


CITY, COUNTY, RECODED, OTHER_COUNTY = (
    Division(id=code, code=code, name=name, level=level, parent=parent)
    for code, name, level, parent in (
        ("330200000000", "宁波市", DivisionTerm.CITY, None),
        ("330203000000", "海曙区", DivisionTerm.COUNTY, "330200000000"),
        ("330213000000", "海曙区", DivisionTerm.COUNTY, "330200000000"),
        ("330204000000", "江东区", DivisionTerm.COUNTY, "330200000000"),
    )
)


def town(code: str, name: str, **others: str) -> Division:
    return Division(id=code, code=code, name=name, level=DivisionTerm.TOWN, **others)


def filed(place: Community, value: int) -> ReportedFigure:
    return ReportedFigure(
        id=f"f{place.code}", metric="population.households", division=place.id, at=BEFORE, value=Decimal(value)
    )


EAST, WEST = town("330203001000", "东街道", parent=COUNTY.id), town("330203002000", "西街道", parent=COUNTY.id)
TEAM = Team(id="t", division=EAST.id, name="队", kind="volunteer", since=date(2020, 1, 1))


class TestWhatLayInAPlaceThatEnded:
    """A county goes; the towns' own records still name it."""

    def numbers(self, *records: Record) -> dict[str, object]:
        with shequ.open("memory:", district=CITY.id, actor="a") as register:
            register.put(CITY, EAST, TEAM, Coverage(id="k", type="*", division=CITY.id), *records, reason="start")
            places = {place.id: place.name for place in register._engine().tree if place.code.endswith("0" * 6)}
            return {
                id_: value
                for id_ in places
                if (value := register.measure("volunteers.groups", at=AFTER, division=id_).value) is not None
            }

    def test_it_lies_in_what_the_county_was_recoded_to(self) -> None:
        made = recode(COUNTY, RECODED.code, on=ON, reason="撤县设区", id=RECODED.id)
        assert {CITY.id: 1, RECODED.id: 1} == self.numbers(*made.records)

    def test_it_lies_in_what_the_county_was_merged_into(self) -> None:
        made = merge([COUNTY, OTHER_COUNTY], OTHER_COUNTY, on=ON, reason="合并")
        assert {CITY.id: 1, OTHER_COUNTY.id: 1} == self.numbers(OTHER_COUNTY, *made.records)

    def test_it_stays_where_several_places_stand_for_the_county(self) -> None:
        made = split(COUNTY, [RECODED, OTHER_COUNTY], on=ON, reason="拆分")
        assert {CITY.id: 1, COUNTY.id: 1, RECODED.id: 0, OTHER_COUNTY.id: 0} == self.numbers(*made.records)

    def test_it_stays_where_nothing_stands_for_the_county(self) -> None:
        assert {CITY.id: 1, COUNTY.id: 1} == self.numbers(*dissolve(COUNTY, on=ON, reason="撤销").records)

    def test_before_that_day_it_lay_in_the_county(self) -> None:
        made = recode(COUNTY, RECODED.code, on=ON, reason="撤县设区", id=RECODED.id)
        tree = DivisionTree(CITY.id, [CITY, EAST, *made.records])
        names = [tuple(place.id for place in tree.above(tree[EAST.id], day)) for day in (BEFORE, ON)]
        assert [(EAST.id, COUNTY.id, CITY.id), (EAST.id, RECODED.id, CITY.id)] == names
        assert [EAST.id] == [place.id for place in tree.children(tree[RECODED.id], ON)]
        assert {CITY.id, COUNTY.id, RECODED.id, EAST.id} == set(tree.within(tree.root, ON))

    def test_an_ended_place_says_where_its_records_count(self) -> None:
        made = recode(COUNTY, RECODED.code, on=ON, reason="撤县设区", id=RECODED.id)
        with shequ.open("memory:", district=CITY.id, actor="a") as register:
            register.put(CITY, EAST, TEAM, Coverage(id="k", type="*", division=CITY.id), *made.records, reason="start")
            found = register.measure("volunteers.groups", at=AFTER, division=COUNTY.id)
        assert (None, "已于 2025-07-01 停用，其记录计入海曙区") == (found.value, found.notes[0])

    def test_a_second_recoding_is_followed_and_records_that_are_the_places_own_go_along(self) -> None:
        first = recode(A, community(8, "").code, on=ON, reason="变更")
        (middle,) = first.begun
        second = recode(middle, community(9, "").code, on=date(2025, 9, 1), reason="变更")
        (last,) = second.begun
        register = register_with(COMPLETE, *first.ended, first.change, *second.records, *households(A, 3))
        assert 3 == register.measure("population.households", at=AFTER, division=last.id).value
        assert 3 == register.measure("population.households", at=AFTER).value
        assert register.measure("population.households", at=AFTER, division=middle.id).value is None

    def test_the_register_goes_on_when_its_district_is_recoded(self) -> None:
        made = recode(STREET, OTHER.code, on=ON, reason="变更", id=OTHER.id)
        new = community(1, "新设社区", OTHER)
        register = register_with(COMPLETE, *made.records, A, new, *households(A, 3), *households(new, 2))
        assert 5 == register.measure("population.households", at=AFTER).value

    @given(
        st.permutations(range(4)), st.lists(st.sampled_from(["recode", "merge", "dissolve"]), min_size=3, max_size=3)
    )
    def test_every_town_lies_in_one_county_and_in_the_city_on_any_day(
        self, order: list[int], events: list[str]
    ) -> None:
        counties = {
            n: Division(
                id=f"33021{n}000000",
                code=f"33021{n}000000",
                name=f"{n}区",
                level=DivisionTerm.COUNTY,
                parent=CITY.id,
            )
            for n in range(4)
        }
        towns = [town(f"33021{n}001000", f"{n}街道", parent=counties[n].id) for n in range(4)]
        standing, records, days = dict(counties), dict[str, Record](), [BEFORE]
        for step, (n, event) in enumerate(zip(order, events, strict=False)):
            days.append(date(2025, 8 + step, 1))
            place, others = standing.pop(n), list(standing.values())
            if event == "recode":
                code = f"3302{50 + n}000000"
                made = recode(place, code, on=days[-1], reason="r", id=code)
            elif event == "merge":
                made = merge([place, others[0]], others[0], on=days[-1], reason="r")
            else:
                made = dissolve(place, on=days[-1], reason="r")
            records |= {record.id: record for record in made.records}
        everything = {place.id: place for place in (CITY, *towns, *counties.values())} | records
        tree = DivisionTree(CITY.id, everything.values())
        for day in days:
            for each in towns:
                above = tree.above(tree[each.id], day)
                assert [1, "宁波市"] == [sum(p.code.endswith("0" * 6) for p in above[:-1]), above[-1].name]
                inside = [
                    p.id for p in tree if p.code.endswith("0" * 6) and p != tree.root and each.id in tree.within(p, day)
                ]
                assert [above[1].id] == inside
                assert each.id in tree.within(tree.root, day)


class TestTakingOverAList:
    def adopt(
        self, there: list[Record], listed: list[Division], **others: str
    ) -> tuple[DerivedChanges, shequ.Register]:
        register = shequ.open("memory:", district=CITY.id, actor="a")
        register.put(CITY, *there, reason="start")
        return register.adopt_divisions(listed, on=ON, reason="名录", **others), register

    def test_the_same_list_on_the_same_day_again_changes_nothing(self) -> None:
        new = [town("330203001000", "东门街道"), town("330203009000", "西街道")]
        first, register = self.adopt([EAST, WEST], new)
        changes = list(register.changes())
        again = register.adopt_divisions(new, on=ON, reason="又一次")
        assert (2, 0, ()) == (len(first.outcomes), len(again.outcomes), again.along)
        assert changes == list(register.changes())

    def test_another_list_on_the_same_day_is_refused(self) -> None:
        _, register = self.adopt([EAST, WEST], [EAST])
        with pytest.raises(InvalidRecord, match="2025-07-01 已登记过别的变更，与名录不符：330203002000"):
            register.adopt_divisions([attrs.evolve(EAST, name="他街道"), WEST], on=ON, reason="名录")

    def test_an_empty_list_is_refused(self) -> None:
        with pytest.raises(BadData, match="名录为空"):
            self.adopt([EAST], [])

    def test_a_list_of_one_county_leaves_other_counties_alone_and_says_so(self) -> None:
        other = town("330204001000", "他区街道", parent=OTHER_COUNTY.id)
        found, register = self.adopt([EAST, WEST, other], [EAST])
        assert ([WEST.code], [other.code]) == ([p.code for p in found.went], [p.code for p in found.outside])
        assert other == register.get("division", other.id)

    def test_with_an_extent_everything_in_it_is_compared(self) -> None:
        other = town("330204001000", "他区街道", parent=OTHER_COUNTY.id)
        found, _ = self.adopt([EAST, WEST, other], [EAST], within=CITY.code)
        assert ({WEST.code, other.code}, ()) == ({p.code for p in found.went}, found.outside)
        with pytest.raises(BadData, match=r"名录中有 1 个区划不在 330204000000 之内：东街道（330203001000）"):
            self.adopt([EAST], [EAST], within=OTHER_COUNTY.code)

    def test_the_towns_of_a_recoded_county_are_compared_with_those_of_its_successor(self) -> None:
        made = recode(COUNTY, RECODED.code, on=date(2024, 1, 1), reason="撤县设区", id=RECODED.id)
        new = town("330213001000", "东街道", parent=RECODED.id)
        found, _ = self.adopt([EAST, WEST, *made.records], [new])
        assert [(EAST.code, new.code)] == [(pair.before.code, pair.after.code) for pair in found.recodings]
        assert {EAST.code, WEST.code} == {place.code for place in found.went}

    def test_a_code_that_was_free_for_a_while_does_not_overwrite_what_bore_it(self) -> None:
        gone = attrs.evolve(EAST, name="旧街道", until=date(2010, 1, 1))
        _, register = self.adopt([gone, WEST], [attrs.evolve(EAST, name="新街道"), WEST])
        assert gone == register.get("division", gone.id)

    def villages(self, *names: tuple[str, str]) -> list[Division]:
        return [Division(id=code, code=code, name=name, level=DivisionTerm.VILLAGE) for code, name in names]

    def test_communities_end_and_begin_with_their_divisions(self) -> None:
        old = self.villages((A.code, "甲社区"), (B.code, "乙社区居委会"), (C.code, "丙社区"))
        new = self.villages((community(9, "").code, "甲社区"), (B.code, "乙乙社区居委会"))
        with shequ.open("memory:", district=STREET.id, actor="a") as register:
            register.put(STREET, A, B, C, *old, reason="start")
            found = register.adopt_divisions(new, on=ON, reason="名录")
            after = {place.name: place for place in register.places("community", AFTER) if place.operates(AFTER)}
            assert {"甲社区": community(9, "").code, "乙社区": B.code} == {
                n: p.code for n, p in after.items() if n != STREET.name
            }
            assert {A.id: ON, C.id: ON, community(9, "").id: None} == {one.id: one.until for one in found.along}
            then = {place.name for place in register.places("community", BEFORE) if place.operates(BEFORE)}
            assert {"甲社区", "乙社区", "丙社区", STREET.name} == then

    def test_a_community_called_like_its_division_is_renamed_with_it(self) -> None:
        with shequ.open("memory:", district=STREET.id, actor="a") as register:
            register.put(STREET, A, *self.villages((A.code, A.name)), *households(A, 3), COMPLETE, reason="start")
            register.adopt_divisions(self.villages((A.code, "新社区")), on=ON, reason="名录")
            for day, name in ((BEFORE, "甲社区"), (AFTER, "新社区")):
                rows = register.measure_all(at=day, by="community", codes=["population.households"])
                assert [(name, 3), (STREET.name, 3)] == [(one.place.name, one.value) for one in rows]

    def test_a_sub_district_and_its_communities_go_over_together(self) -> None:
        county = attrs.evolve(COUNTY, id="999900000000", code="999900000000", parent=None)
        records = [county, STREET, A, town(STREET.code, STREET.name), attrs.evolve(COMPLETE, division=county.id)]
        with shequ.open("memory:", district=county.id, actor="a") as register:
            register.put(*records, *households(A, 3), reason="start")
            register.adopt_divisions([town(OTHER.code, STREET.name)], on=ON, reason="名录")
            assert 3 == register.measure("population.households", at=AFTER, division=OTHER.code).value
            assert 3 == register.measure("population.households", at=BEFORE, division=STREET.id).value
            assert 3 == register.measure("population.households", at=AFTER).value


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
@pytest.mark.slow
def test_a_citys_lists_of_2016_and_2023_stand_beside_each_other(
    url: str, towns: tuple[list[Division], list[Division]], tmp_path: Path
) -> None:
    old, new = towns
    then, now = date(2016, 12, 31), date(2023, 6, 30)
    with shequ.open(url.format(tmp_path), district="330200000000", actor="a") as register:
        city = Division(id="330200000000", code="330200000000", name="宁波市", level=DivisionTerm.CITY)
        register.put(city, *old, reason="2016 年名录")
        derived = register.adopt_divisions(new, on=date(2023, 1, 1), reason="2023 年名录", within=city.code)
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
    *by_now, whole = by_now
    assert [t.name for t in sorted(new, key=lambda t: t.code)] == [one.place.name for one in by_now]
    # Five towns went without a successor by name; their figures belong nowhere now, and nine that came had none then.
    gone = {c.before[0] for c in derived.changes if isinstance(c, BoundaryChange) and not c.after}
    lost = sum(f.value for f, t in zip(figures, old, strict=True) if t.code in gone)
    assert 5 == len(gone)
    assert sum(f.value for f in figures) - lost == sum(one.value for one in by_now if one.value is not None)
    assert 9 == sum(one.value is None for one in by_now)
    named = {t.name for t in old if t.code in gone}
    assert (city.name, 5) == (whole.place.name, whole.notes[-1].count("没有与之对应的区划"))
    assert all(name in whole.notes[-1] for name in named)
