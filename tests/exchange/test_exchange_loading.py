"""From returns to records: names of files and columns, identity, references, loading again."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pytest
from exchange_kit import SCHEMA, Load, by_type, only, settle
from hypothesis import given
from hypothesis import strategies as st

from shequ.exchange import Severity, read_returns
from shequ.exchange.headers import type_of
from shequ.model import (
    Building,
    Community,
    CommunityStatus,
    Household,
    Record,
    Resident,
    RuleSource,
    SubDistrict,
    Zone,
    derive_id,
)

Folder = Callable[[Mapping[str, str | bytes]], Path]
GOOD_ID = "999900199006300010"
STREET = SubDistrict(id="330203001000", code="330203001000", name="南门街道")
STREETS = "区划代码,名称\n330203001000,南门街道\n"
COMMUNITIES = "区划代码,名称,街道,状态\n330203001001,大桥社区,南门街道,运行\n330203001002,小桥社区,330203001000,运行\n"
ZONES = "社区,名称\n大桥社区,一片区\n小桥社区,一片区\n"
BUILDINGS = "片区,楼号\n大桥社区/一片区,3号楼\n小桥社区/一片区,3号楼\n"


def community(number: int, name: str) -> Community:
    code = f"33020300100{number}"
    return Community(id=code, code=code, name=name, sub_district=STREET.id, status=CommunityStatus.OPERATING)


def of(records: tuple[Record, ...], name: str) -> list[Record]:
    return [record for record in records if record.__record__.name == name]


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("household", "household"),
        ("Households", "household"),
        ("household_2025", "household"),
        ("household-membership", "household_membership"),
        ("household_membership_2025", "household_membership"),
        ("居民-大桥社区", "resident"),
        ("居民（大桥社区）", "resident"),
        ("户成员2025", "household_membership"),
        ("divisions_3302_2016", "division"),
        ("figures", "reported_figure"),
        ("activities 2025", "activity"),
    ],
)
def test_the_longest_beginning_of_a_stem_names_the_type(stem: str, name: str) -> None:
    found = type_of(stem, SCHEMA)
    assert found is not None
    assert name == found.name


@pytest.mark.parametrize("stem", ["户外广告", "x_household", "2025", ""])
def test_a_stem_that_merely_resembles_a_type_names_none(stem: str) -> None:
    assert type_of(stem, SCHEMA) is None


@given(st.sampled_from(list(SCHEMA)), st.sampled_from(["", "_2025", "-大桥社区", " (2)", "2025"]))
def test_every_type_is_found_by_its_label_and_by_its_name(type_: object, suffix: str) -> None:
    assert type_ is type_of(type_.label + suffix, SCHEMA)  # type: ignore[attr-defined]
    assert type_ is type_of(type_.name + suffix, SCHEMA)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "header",
    [
        "所属区划,名称,类别,面积,权属",
        "所属区划,名称,类别,面积(平方米),权属",
        "所属区划*, 名称 ,类别,面积（㎡）,权属（必填）",
        "division,Name,kind,area,tenure",
        "division;name;kind;area;tenure",
        "division\tname\tkind\tarea\ttenure",
    ],
)
def test_a_header_is_a_code_name_or_a_label_with_its_unit(load: Load, header: str) -> None:
    delimiter = next((mark for mark in ";\t" if mark in header), ",")
    row = delimiter.join(["330203001001", "一楼", "办公用房", "35.5", "自有"])
    settled = load({"用房.csv": f"{header}\n{row}\n"})
    assert () == settled.problems
    assert 1 == settled.new


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_the_three_encodings(load: Load, encoding: str) -> None:
    settled = load({"街道.csv": STREETS.encode(encoding)})
    assert (STREET,) == settled.records
    assert () == settled.problems


def test_blank_rows_are_passed_over_and_rows_keep_their_numbers(load: Load) -> None:
    settled = load({"街道.csv": "区划代码,名称\n,\n\n330203001000,南门街道\n ,　\n330203002000,\n"})
    assert 6 == only(settled.problems).row


def test_a_cell_with_a_line_break_is_one_row(load: Load) -> None:
    settled = load({"街道.csv": '区划代码,名称\n330203001000,"南门\n街道"\n330203002000,\n'})
    assert 3 == only(settled.problems).row


def test_an_id_follows_from_the_natural_key(load: Load) -> None:
    settled = load({"街道.csv": STREETS, "社区.csv": COMMUNITIES, "户.csv": "社区,户号\n大桥社区,7\n"})
    (household,) = of(settled.records, "household")
    assert (
        Household(id=derive_id("household", ("330203001001", "7")), community="330203001001", number="7") == household
    )


def test_a_blank_part_of_a_key_counts_as_nothing(load: Load) -> None:
    settled = load({"记录覆盖.csv": "记录类型,区划\n居民,LOCAL-1\n"})
    assert derive_id("coverage", ("resident", "LOCAL-1", "")) == only(settled.records).id  # type: ignore[type-var]


def test_a_row_without_an_id_is_the_stored_record_of_its_key(load: Load) -> None:
    stored = Household(id="H-1", community="330203001001", number="7")
    settled = load({"户.csv": "社区,户号,住址\n大桥社区,7,桥东\n"}, STREET, community(1, "大桥社区"), stored)
    assert ["H-1"] == [record.id for record in settled.records]
    assert 1 == settled.changed


def test_birth_date_and_sex_follow_from_the_number(load: Load) -> None:
    settled = load({"居民.csv": f"姓名,身份证号\n王一,{GOOD_ID}\n"})
    made = settled.records[0]
    assert isinstance(made, Resident)
    assert (date(1990, 6, 30), "1") == (made.birth_date, made.sex)
    assert GOOD_ID not in made.id


@pytest.mark.parametrize("text", ["*", "＊", "全部"])
def test_coverage_of_everything(load: Load, text: str) -> None:
    settled = load({"记录覆盖.csv": f"记录类型,区划\n{text},LOCAL-1\n"})
    assert ["*"] == [record.type for record in settled.records]  # type: ignore[attr-defined]


# --- references ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", ["r-1", GOOD_ID, "王一", "９９９９００１９９００６３０００１０"])
def test_a_reference_is_an_id_a_key_or_a_name(load: Load, cell: str) -> None:
    files = {"居民.csv": f"编号,姓名,身份证号\nr-1,王一,{GOOD_ID}\n", "志愿者.csv": f"社区,居民\n大桥社区,{cell}\n"}
    settled = load(files, STREET, community(1, "大桥社区"))
    assert () == settled.problems
    assert ["r-1"] == [record.resident for record in of(settled.records, "volunteer")]  # type: ignore[attr-defined]


def test_a_reference_is_found_in_the_store(load: Load) -> None:
    stored = Resident(id="r-1", name="王一", id_number=GOOD_ID, sex="1", birth_date=date(1990, 6, 30))
    for cell in ("r-1", GOOD_ID, "王一"):
        settled = load({"志愿者.csv": f"社区,居民\n大桥社区,{cell}\n"}, STREET, community(1, "大桥社区"), stored)
        assert ["r-1"] == [record.resident for record in settled.records]  # type: ignore[attr-defined]


def test_a_path_of_names_tells_places_of_one_name_apart(load: Load) -> None:
    files = {"街道.csv": STREETS, "社区.csv": COMMUNITIES, "片区.csv": ZONES, "楼幢.csv": BUILDINGS}
    settled = load({**files, "楼道.csv": "楼幢,单元\n小桥社区/一片区/3号楼,1单元\n"})
    assert () == settled.problems
    zones = {zone.community: zone.id for zone in of(settled.records, "zone")}  # type: ignore[attr-defined]
    assert [zones["330203001001"], zones["330203001002"]] == [
        building.zone  # type: ignore[attr-defined]
        for building in of(settled.records, "building")
    ]
    (stairwell,) = of(settled.records, "stairwell")
    assert derive_id("building", (zones["330203001002"], "3号楼")) == stairwell.building  # type: ignore[attr-defined]


def test_a_name_that_several_have_is_refused(load: Load) -> None:
    files = {"街道.csv": STREETS, "社区.csv": COMMUNITIES, "片区.csv": ZONES, "楼幢.csv": "片区,楼号\n一片区,3号楼\n"}
    problem = only(load(files).problems)
    assert ("楼幢.csv", 2, "片区", "一片区", "reference-to-several") == (
        problem.file,
        problem.row,
        problem.column,
        problem.value,
        problem.code,
    )


def test_of_several_of_one_name_the_one_in_the_rows_own_place_is_meant(load: Load) -> None:
    files = {"街道.csv": STREETS, "社区.csv": COMMUNITIES, "片区.csv": ZONES, "楼幢.csv": BUILDINGS}
    settled = load({**files, "户.csv": "社区,户号,楼幢\n小桥社区,7,3号楼\n"})
    zone = derive_id("zone", ("330203001002", "一片区"))
    assert [derive_id("building", (zone, "3号楼"))] == [
        household.building  # type: ignore[attr-defined]
        for household in of(settled.records, "household")
    ]


def test_a_mere_name_does_not_reach_into_another_community(load: Load) -> None:
    zone = Zone(id="z", community="330203001001", name="一片区")
    building = Building(id="b", zone="z", name="3号楼")
    stored = (STREET, community(1, "大桥社区"), community(2, "小桥社区"), zone, building)
    assert "reference-to-nobody" == only(load({"户.csv": "社区,户号,楼幢\n小桥社区,7,3号楼\n"}, *stored).problems).code
    assert 1 == load({"户.csv": "社区,户号,楼幢\n小桥社区,7,b\n"}, *stored).new


def test_a_stored_record_and_a_new_one_of_one_name_are_several(load: Load) -> None:
    stored = Resident(id="r-1", name="王一")
    files = {"居民.csv": "编号,姓名\nr-2,王一\n", "志愿者.csv": "社区,居民\n大桥社区,王一\n"}
    settled = load(files, STREET, community(1, "大桥社区"), stored)
    assert "reference-to-several" == only(settled.problems).code


def test_a_stored_name_that_the_load_changes_is_no_name_any_more(load: Load) -> None:
    stored = Resident(id="r-1", name="王一")
    files = {"居民.csv": "编号,姓名\nr-1,王二\n", "志愿者.csv": "社区,居民\n大桥社区,王一\n"}
    settled = load(files, STREET, community(1, "大桥社区"), stored)
    assert "reference-to-nobody" == only(settled.problems).code


@pytest.mark.parametrize(("cell", "expected"), [("南门街道", "330203001000"), ("大桥社区", "330203001001")])
def test_a_division_is_named_by_a_community_or_a_sub_district(load: Load, cell: str, expected: str) -> None:
    settled = load(
        {"街道.csv": STREETS, "社区.csv": COMMUNITIES, "队伍.csv": f"所属区划,名称,类别\n{cell},合唱队,文艺队\n"}
    )
    assert [expected] == [team.division for team in of(settled.records, "team")]  # type: ignore[attr-defined]


def test_a_place_may_have_an_id_of_its_own_beside_its_code(load: Load) -> None:
    files = {
        "街道.csv": "编号,区划代码,名称\nnanmen,330203001000,南门街道\n",
        "区划.csv": "区划代码,名称,级别\n330203001000,南门街道,乡级\n",
        "队伍.csv": "所属区划,名称,类别\n330203001000,合唱队,文艺队\n南门街道,腰鼓队,文艺队\nnanmen,舞龙队,文艺队\n",
    }
    settled = load(files)
    assert () == settled.problems
    assert {"nanmen"} == {team.division for team in of(settled.records, "team")}  # type: ignore[attr-defined]


@pytest.mark.parametrize("code", ["330299001001", "LOCAL-10"])
def test_a_division_without_a_record_is_let_stand(load: Load, code: str) -> None:
    settled = load({"队伍.csv": f"所属区划,名称,类别\n{code},合唱队,文艺队\n"})
    assert () == settled.problems
    assert [code] == [team.division for team in settled.records]  # type: ignore[attr-defined]


def test_a_division_of_an_unknown_name_is_nobody(load: Load) -> None:
    settled = load({"队伍.csv": "所属区划,名称,类别\n大桥社区,合唱队,文艺队\n"})
    assert "reference-to-nobody" == only(settled.problems).code


def test_organisations_may_refer_to_each_other_whatever_their_order(load: Load) -> None:
    text = "所属区划,名称,类别,上级党组织\nLOCAL-1,一支部,党支部,总支\nLOCAL-1,总支,党总支,一支部\n"
    settled = load({"党组织.csv": text})
    assert () == settled.problems
    first, second = settled.records
    assert (second.id, first.id) == (first.parent, second.parent)  # type: ignore[attr-defined]


# --- good rows and bad ones ---------------------------------------------------------------------------------

CHAIN = {
    "街道.csv": STREETS,
    "社区.csv": "区划代码,名称,街道,状态\n330203001001,大桥社区,南门街道,开门\n330203001002,小桥社区,南门街道,运行\n",
    "户.csv": "编号,社区,户号\nh1,大桥社区,1\nh2,小桥社区,1\n",
    "居民.csv": "编号,姓名\nr1,王一\n",
    "户成员.csv": "户,居民,关系类型\nh1,r1,户籍\nh2,r1,现住\n",
}


def test_with_an_error_nothing_comes_out(load: Load) -> None:
    settled = load(CHAIN)
    assert settled.has_errors
    assert ((), 0, 0, 0) == (settled.records, settled.new, settled.changed, settled.unchanged)


def test_good_rows_come_out_when_asked_for_and_what_refers_to_bad_ones_falls_with_them(load: Load) -> None:
    settled = load(CHAIN, keep_good=True)
    assert [
        ("户.csv", 2, "社区", "reference-to-bad-row"),
        ("户成员.csv", 2, "户", "reference-to-bad-row"),
        ("社区.csv", 2, "状态", "unknown-code"),
    ] == [(problem.file, problem.row, problem.column, problem.code) for problem in settled.problems]
    assert "所指的 社区.csv 第 2 行有错误，不能载入" == settled.problems[0].message
    names = [record.__record__.name for record in settled.records]
    assert ["sub_district", "community", "household", "resident", "household_membership"] == names


def test_a_bad_row_whose_record_is_stored_takes_nothing_with_it(load: Load) -> None:
    settled = load(CHAIN, community(1, "大桥社区"), keep_good=True)
    assert ["unknown-code"] == [problem.code for problem in settled.problems]
    assert 2 == len(of(settled.records, "household"))


def test_loading_again_changes_nothing(load: Load) -> None:
    files = {"街道.csv": STREETS, "社区.csv": COMMUNITIES, "片区.csv": ZONES, "楼幢.csv": BUILDINGS}
    first = load(files)
    again = load(files, *first.records)
    assert (7, 0, 0) == (first.new, first.changed, first.unchanged)
    assert ((), 0, 0, 7) == (again.records, again.new, again.changed, again.unchanged)


def test_only_what_differs_comes_out(load: Load) -> None:
    old = community(1, "旧桥社区")
    settled = load({"社区.csv": COMMUNITIES}, STREET, old, community(2, "小桥社区"), community(3, "不在表中"))
    assert (0, 1, 1) == (settled.new, settled.changed, settled.unchanged)
    assert (community(1, "大桥社区"),) == settled.records


def test_settling_twice_gives_the_same(folder: Folder) -> None:
    returns = read_returns(folder({"街道.csv": STREETS, "社区.csv": COMMUNITIES}), SCHEMA)
    assert settle(returns) == settle(returns)


def test_the_store_is_asked_only_for_types_that_matter(folder: Folder) -> None:
    asked: list[str] = []

    def stored(name: str) -> Mapping[str, Record]:
        asked.append(name)
        return by_type([STREET])(name)

    read_returns(folder({"社区.csv": COMMUNITIES}), SCHEMA).settle(stored, metric=lambda _name: None)
    assert sorted(["community", "sub_district"]) == sorted(asked)


def test_a_rule_file_is_kept_word_for_word(load: Load) -> None:
    settled = load({"市定标准.toml": "# 每名工作者\nx = 1\n"})
    assert (
        RuleSource(
            id=derive_id("rule_source", ("市定标准.toml",)), name="市定标准.toml", content="# 每名工作者\nx = 1\n"
        ),
    ) == settled.records


def test_progress_tells_file_and_rows(folder: Folder) -> None:
    told: list[tuple[str, int]] = []
    rows = "".join(f"甲{n}公司\n" for n in range(2500))
    read_returns(folder({"单位.csv": f"单位名称\n{rows}"}), SCHEMA, progress=lambda file, n: told.append((file, n)))
    assert [("单位.csv", 1000), ("单位.csv", 2000), ("单位.csv", 2500)] == told


# --- the district -------------------------------------------------------------------------------------------


def districts(source: Path) -> tuple[str, ...]:
    return read_returns(source, SCHEMA).districts


def test_the_district_of_a_load_is_its_sub_district(folder: Folder) -> None:
    assert ("330203001000",) == districts(folder({"街道.csv": STREETS, "社区.csv": COMMUNITIES}))


def test_without_one_it_is_the_topmost_division_named(folder: Folder) -> None:
    source = folder({"社区.csv": COMMUNITIES, "队伍.csv": "所属区划,名称,类别\n330203001009,合唱队,文艺队\n"})
    (source / "社区.csv").write_text("区划代码,名称,街道,状态\n330203001001,大桥社区,330203001000,运行\n")
    assert ("330203001000",) == districts(source)


def test_a_parent_that_is_not_among_the_divisions_is_not_the_district(folder: Folder) -> None:
    text = "code,name,level,parent\n330203000000,海曙区,county,330200000000\n330203001000,南门,town,330203000000\n"
    assert ("330203000000",) == districts(folder({"division.csv": text}))


def test_local_keys_stand_alone_unless_a_row_puts_them_below_another(folder: Folder) -> None:
    figures = "metric,division,at,value\nm,LOCAL-1,2025-12-31,1\nm,LOCAL-2,2025-12-31,1\n"
    assert ("LOCAL-1", "LOCAL-2") == districts(folder({"figures.csv": figures}))
    text = "code,name,level,parent\nLOCAL-2,二,village,LOCAL-1\nLOCAL-1,一,town,\n"
    assert ("LOCAL-1",) == districts(folder({"figures.csv": figures, "division.csv": text}))


def test_a_district_is_named_by_its_id(folder: Folder) -> None:
    files = {"街道.csv": "编号,区划代码,名称\nnanmen,330203001000,南门街道\n"}
    assert ("nanmen",) == districts(folder(files))


def test_names_alone_bring_no_district(folder: Folder) -> None:
    assert () == districts(folder({"户.csv": "社区,户号\n大桥社区,1\n"}))


def test_severities_have_labels() -> None:
    assert ["错误", "警告", "提示"] == [severity.label for severity in Severity]
