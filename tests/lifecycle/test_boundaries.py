"""Divisions change by dated events: the old list and the changes give the new list, and no figure is lost between."""

import csv
from datetime import date
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shequ.codes import parent_division
from shequ.errors import BadData, InvalidRecord
from shequ.lifecycle.boundaries import (
    apply,
    derive_changes,
    dissolve,
    divisions_at,
    merge,
    predecessor,
    recode,
    rename,
    restated,
    set_up,
    split,
    successor,
)
from shequ.model import BoundaryEvent, Community, CommunityStatus, Division, DivisionTerm

ON = date(2020, 1, 1)
BEFORE, AFTER = date(2019, 12, 31), date(2023, 1, 1)


def town(code: str, name: str, **others: object) -> Division:
    return Division(id=code, code=code, name=name, level=DivisionTerm.TOWN, parent=parent_division(code), **others)  # type: ignore[arg-type]


A, B, C, D = (town(f"33020300{n}000", name) for n, name in ((1, "甲街道"), (2, "乙街道"), (3, "丙街道"), (4, "丁街道")))


def told(places: object) -> set[tuple[object, ...]]:
    """What a list says, without ids and dates."""
    assert isinstance(places, dict | list | tuple)
    found = places.values() if isinstance(places, dict) else places
    return {(p.code, p.name, p.level, p.parent, p.ur_code) for p in found}


codes = st.sampled_from([f"33020{county}00{town}000" for county in (3, 4) for town in range(1, 6)])
lists = st.dictionaries(
    codes, st.tuples(st.sampled_from("甲乙丙丁"), st.sampled_from([None, "111", "220"])), max_size=8
).map(lambda found: [town(code, name, ur_code=ur) for code, (name, ur) in found.items()])


class TestDerivedChanges:
    @given(lists, lists)
    def test_the_old_list_and_the_changes_give_the_new_list_and_keep_the_old_one(
        self, old: list[Division], new: list[Division]
    ) -> None:
        derived = derive_changes(old, new, ON)
        history = apply(old, derived.outcomes)
        assert told(new) == told(divisions_at(history, ON))
        assert told(old) == told(divisions_at(history, BEFORE))
        assert len(history) == len({place.id for place in history})
        assert len(derived.changes) == len({change.id for change in derived.changes})

    @given(lists, lists, lists)
    def test_a_second_round_of_changes_goes_on_from_the_first(
        self, first: list[Division], second: list[Division], third: list[Division]
    ) -> None:
        history = apply(first, derive_changes(first, second, ON).outcomes)
        history = apply(history, derive_changes(history, third, AFTER).outcomes)
        for day, expected in ((BEFORE, first), (ON, second), (AFTER, third)):
            assert told(expected) == told(divisions_at(history, day))
        assert len(history) == len({place.id for place in history})

    @given(lists, lists, st.data())
    def test_restated_figures_add_up_to_what_was_given(
        self, old: list[Division], new: list[Division], data: st.DataObject
    ) -> None:
        totals = {place.code: data.draw(st.integers(0, 99)) for place in old}
        changes = derive_changes(old, new, ON).changes
        found = restated(totals, changes, since=BEFORE, day=AFTER)
        parts = (*found.totals.values(), *(value for value, _ in found.divided.values()), *found.without.values())
        assert sum(totals.values()) == sum(parts)
        assert set(found.totals) <= {place.code for place in new}

    @given(lists)
    def test_a_list_compared_with_itself_shows_nothing(self, old: list[Division]) -> None:
        assert () == derive_changes(old, old, ON).outcomes

    def test_a_name_that_came_twice_proves_no_recoding(self) -> None:
        derived = derive_changes([A], [town("330204001000", "甲街道"), town("330204002000", "甲街道")], ON)
        assert [False, False] == [candidate.unique for candidate in derived.recodings]
        assert ["dissolve", "set_up", "set_up"] == [change.event for change in derived.changes]

    def test_who_knows_better_confirms_a_candidate(self) -> None:
        new = [town("330204001000", "甲街道"), town("330204002000", "甲街道")]
        derived = derive_changes([A], new, ON, confirm=lambda pair: pair.after.code == "330204002000")
        assert ("330204002000",) == successor(A.code, derived.changes, ON).codes

    def test_a_list_with_one_code_twice_is_refused(self) -> None:
        with pytest.raises(InvalidRecord, match="有两个代码为 330203001000 的区划"):
            derive_changes([A, attrs.evolve(B, code=A.code)], [], ON)


def listed(path: Path) -> list[Division]:
    """The towns of an official list."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Division(
                id=row["code"],
                code=row["code"],
                name=row["name"],
                level=DivisionTerm.TOWN,
                parent=row["parent"],
                ur_code=row.get("ur_code") or None,
            )
            for row in csv.DictReader(file)
            if row["level"] == "town"
        ]


@pytest.fixture
def towns(data: Path) -> tuple[list[Division], list[Division]]:
    """The towns of 2016 and those of 2023."""
    return listed(data / "divisions_3302_2016.csv"), listed(data / "divisions_3302_towns_2023.csv")


class TestRealData:
    """Ningbo's towns of 2016-07-31 and of 2023, as the statistics office lists them."""

    def test_what_went_came_and_was_renamed(self, towns: tuple[list[Division], list[Division]]) -> None:
        derived = derive_changes(*towns, AFTER)
        assert (31, 35, 2, 0) == tuple(map(len, (derived.went, derived.came, derived.renamed, derived.amended)))
        assert {("中马街道", "外滩街道"), ("慈东工业区", "滨海经济开发区")} == {
            (a.name, b.name) for a, b in derived.renamed
        }

    def test_the_recoded_are_those_whose_name_stands_under_another_code(
        self, towns: tuple[list[Division], list[Division]]
    ) -> None:
        derived = derive_changes(*towns, AFTER)
        events = [change.event for change in derived.changes]
        old, new = ({place.name: place.code for place in listed} for listed in towns)
        moved = {old[name]: new[name] for name in old.keys() & new.keys() if old[name] != new[name]}
        assert moved == {pair.before.code: pair.after.code for pair in derived.recodings if pair.unique}
        assert 26 == len(moved) == events.count(BoundaryEvent.RECODE)
        assert (5, 9) == (events.count(BoundaryEvent.DISSOLVE), events.count(BoundaryEvent.SET_UP))

    def test_both_lists_can_be_asked_for_afterwards(self, towns: tuple[list[Division], list[Division]]) -> None:
        history = apply(towns[0], derive_changes(*towns, AFTER).outcomes)
        assert told(towns[0]) == told(divisions_at(history, date(2016, 7, 31)))
        assert told(towns[1]) == told(divisions_at(history, AFTER))
        assert 162 == len(divisions_at(history, AFTER))

    def test_a_town_that_changed_counties_is_found_in_both_directions(
        self, towns: tuple[list[Division], list[Division]]
    ) -> None:
        changes = derive_changes(*towns, AFTER).changes
        assert ("330212008000",) == successor("330204001000", changes, AFTER).codes
        assert ("330204001000",) == predecessor("330212008000", changes, date(2016, 7, 31)).codes
        assert ("330204001000",) == successor("330204001000", changes, date(2016, 12, 31)).codes


class TestEvents:
    def test_a_place_renamed_in_place_is_two_records_of_one_code(self) -> None:
        made = rename(A, "新街道", on=ON, reason="甬政发〔2020〕1号")
        history = apply([A, B], [made])
        assert ("甲街道", "新街道") == tuple(divisions_at(history, d)[A.code].name for d in (BEFORE, ON))
        assert ["330203001000", "330203001000-20200101"] == [made.ended[0].id, made.begun[0].id]
        assert (A.code,) == successor(A.code, [made.change], ON).codes

    def test_what_goes_on_through_a_merger_keeps_its_record(self) -> None:
        made = merge([A, B], A, on=ON, reason="合并")
        assert ([B.code], ()) == ([place.code for place in made.ended], made.begun)
        assert {A.code} == set(divisions_at(apply([A, B], [made]), ON))
        assert ((A.code, B.code), (A.code,)) == (made.change.before, made.change.after)

    def test_an_ended_community_keeps_the_status_it_had(self) -> None:
        place = Community(id="c1", code="c1", name="一社区", sub_district="s", status=CommunityStatus.OPERATING)
        made = dissolve(place, on=ON, reason="撤销")
        assert (ON, CommunityStatus.OPERATING) == (made.ended[0].until, made.ended[0].status)

    def test_codes_can_be_exchanged_on_one_day(self) -> None:
        history = apply([A, B], [recode(A, B.code, on=ON, reason="对调"), recode(B, A.code, on=ON, reason="对调")])
        after = divisions_at(history, ON)
        assert ("乙街道", "甲街道") == (after[A.code].name, after[B.code].name)
        assert len(history) == len({place.id for place in history})

    def test_a_code_in_use_is_not_given_again(self) -> None:
        with pytest.raises(InvalidRecord, match="330203002000 在 2020-01-01 已在使用"):
            apply([A, B], [set_up([attrs.evolve(B, id="other")], on=ON, reason="设立")])

    @pytest.mark.parametrize(
        ("span", "text"),
        [
            ({"until": BEFORE}, "330203001000 已于 2019-12-31 停用"),
            ({"since": AFTER}, "330203001000 自 2023-01-01 起才启用"),
            ({"since": ON}, "330203001000 自 2020-01-01 起才启用"),
        ],
    )
    def test_only_what_stands_can_end(self, span: dict[str, date], text: str) -> None:
        with pytest.raises(InvalidRecord, match=text):
            dissolve(attrs.evolve(A, **span), on=ON, reason="撤销")

    def test_an_event_on_a_place_of_which_nothing_is_known_is_refused(self) -> None:
        with pytest.raises(InvalidRecord, match="没有区划 330203001000"):
            apply([B], [dissolve(A, on=ON, reason="撤销")])

    def test_an_event_that_changes_nothing_or_has_no_reason_is_refused(self) -> None:
        with pytest.raises(InvalidRecord, match="已名为 甲街道"):
            rename(A, "甲街道", on=ON, reason="更名")
        with pytest.raises(InvalidRecord, match="代码没有变化"):
            recode(A, A.code, on=ON, reason="变更代码")
        with pytest.raises(InvalidRecord, match="拆分后至少有两个区划"):
            split(A, [B], on=ON, reason="拆分")
        with pytest.raises(InvalidRecord, match="合并前至少有两个区划"):
            merge([A], B, on=ON, reason="合并")
        with pytest.raises(InvalidRecord, match="撤销缺少原因或文号"):
            dissolve(A, on=ON, reason=" ")


def test_the_records_of_an_event_can_be_written_one_after_another() -> None:
    made = rename(A, "新街道", on=ON, reason="更名")
    assert (made.ended[0], made.begun[0], made.change) == made.records


class TestThenAndNow:
    SPLIT = split(A, [C, D], on=date(2018, 1, 1), reason="拆分").change
    MERGE = merge([B, D], B, on=ON, reason="合并").change
    CHANGES = (MERGE, SPLIT)
    THEN = date(2016, 1, 1)

    def test_a_place_that_was_divided_has_several_successors_and_says_so(self) -> None:
        found = successor(A.code, self.CHANGES, AFTER)
        assert found.divided
        assert (B.code, C.code) == found.codes
        assert f"{A.code} 在 2023-01-01 分属 2 个区划：{B.code}、{C.code}" == str(found)

    def test_a_dissolved_place_has_none(self) -> None:
        found = successor(A.code, [dissolve(A, on=ON, reason="撤销").change], AFTER)
        assert ((), False) == (found.codes, found.divided)
        assert f"{A.code} 在 2023-01-01 没有对应的区划" == str(found)

    def test_what_was_divided_is_not_carried_over_and_marks_what_lacks_it(self) -> None:
        found = restated({A.code: 100, B.code: 7}, self.CHANGES, since=self.THEN, day=AFTER)
        assert {B.code: 7} == found.totals
        assert {A.code: 100} == {code: value for code, (value, _) in found.divided.items()}
        assert {B.code, C.code} == found.incomplete

    def test_figures_of_now_add_up_by_the_boundaries_of_then(self) -> None:
        found = restated({C.code: 60, D.code: 40, B.code: 7}, [self.SPLIT], since=AFTER, day=self.THEN)
        assert {A.code: 100, B.code: 7} == found.totals
        back = restated({C.code: 60, B.code: 47}, self.CHANGES, since=AFTER, day=self.THEN)
        assert {A.code: 60} == back.totals
        assert (A.code, B.code) == back.divided[B.code][1].codes

    def test_a_code_given_again_is_followed_from_the_day_on_which_it_was_used(self) -> None:
        first = recode(A, C.code, on=date(2010, 1, 1), reason="变更").change
        second = set_up([A], on=date(2015, 1, 1), reason="设立").change
        third = recode(A, D.code, on=ON, reason="变更").change
        changes = (third, second, first)
        assert (C.code,) == successor(A.code, changes, AFTER, since=date(2009, 1, 1)).codes
        assert (D.code,) == successor(A.code, changes, AFTER, since=date(2016, 1, 1)).codes
        assert () == predecessor(D.code, changes, date(2012, 1, 1)).codes
        assert (A.code,) == predecessor(A.code, changes, date(2008, 1, 1), since=date(2009, 1, 1)).codes

    def test_asking_for_a_successor_in_the_past_is_refused(self) -> None:
        with pytest.raises(BadData, match="2016-01-01 早于 2023-01-01"):
            successor(A.code, self.CHANGES, self.THEN, since=AFTER)
