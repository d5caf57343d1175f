"""What is written is read back: tables as equal records, forms as what was filled in."""

import csv
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import attrs
import pytest
from exchange_kit import SCHEMA, by_type, settle
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from shequ.effective import SHANGHAI, PartialDate
from shequ.errors import BadData, InvalidRecord, Misuse
from shequ.exchange import read_returns, write_table, write_template
from shequ.exchange.template import explanation
from shequ.model import (
    Activity,
    Community,
    CommunityStatus,
    FieldSpec,
    Kind,
    Record,
    RecordType,
    RegistrationCard,
    Resident,
    SubDistrict,
    Team,
    WorkUnit,
)

STREET = SubDistrict(id="330203001000", code="330203001000", name="南门街道")
DAQIAO = Community(
    id="330203001001",
    code="330203001001",
    name="大桥社区",
    sub_district=STREET.id,
    status=CommunityStatus.OPERATING,
)
WANG = Resident(id="wang", name="王一")
UNIT = WorkUnit(id="unit", name="甲公司")
TYPES = [
    SCHEMA[name]
    for name in (
        "sub_district",
        "premises",
        "household",
        "team",
        "volunteer",
        "activity",
        "matter",
        "donation",
        "project",
        "work_plan_item",
        "work_unit",
        "aid",
        "community_worker",
    )
]
NASTY = [
    "=1+1",
    "@x",
    "a,b",
    '"',
    "甲\n乙",
    "1,5",
    "３号楼（东）",
    "-",
    "#N",
    "是",
    "0012",
    "TRUE",
    "2025-06-30",
    "'x",
    "𠮷",
]

# Some characters cannot stand in a workbook at all, invisible ones and trailing blanks are taken out of cells. Steps have
# rules of their own: they name a lifecycle and its states.
texts = st.one_of(
    st.sampled_from(NASTY),
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Cf"]), min_size=1, max_size=12),
).filter(lambda text: text == text.strip() and not text.startswith("#填写说明"))
words = st.from_regex(r"[0-9A-Za-z][0-9A-Za-z_.\-]{0,9}", fullmatch=True).filter(lambda word: "E+" not in word.upper())
CODED = {"id", "code", "metric", "period", "id_number", "credit_code"}
REFERENCES = {"sub_district": STREET, "community": DAQIAO, "resident": WANG, "work_unit": UNIT}


def values(spec: FieldSpec) -> st.SearchStrategy[Any]:
    """Values of a field, of which a cell can say each."""
    match spec.kind:
        case Kind.TEXT if spec.name in CODED:
            found: st.SearchStrategy[Any] = st.none() if spec.name == "credit_code" else words
        case Kind.TEXT:
            found = texts
        case Kind.TEXTS:
            found = st.lists(texts if spec.table is None else st.sampled_from(list(spec.choices)), max_size=3).map(
                tuple
            )
        case Kind.CODE:
            found = st.sampled_from(list(spec.choices))
        case Kind.TERM:
            assert spec.terms is not None
            found = st.sampled_from(list(spec.terms))
        case Kind.REF:
            found = (
                st.sampled_from([STREET.id, DAQIAO.id, "LOCAL-1", "330299000000"])
                if spec.to == "division"
                else st.just(REFERENCES[spec.to].id)
                if spec.to in REFERENCES
                else st.none()
            )
        case Kind.COUNT:
            found = st.integers(-(10**17) if spec.signed else 0, 10**17)
        case Kind.MONEY:
            found = st.integers(-(10**17) if spec.signed else 0, 10**17)
        case Kind.MEASURE:
            found = st.integers(-(10**17) if spec.signed else 0, 10**17).map(lambda n: Decimal(n).scaleb(-spec.scale))
        case Kind.FLAG:
            found = st.booleans()
        case Kind.DAY:
            found = st.dates()
        case Kind.PARTIAL_DAY:
            found = st.builds(PartialDate, st.integers(1, 9999), st.none() | st.integers(1, 12))
        case Kind.MOMENT:
            found = st.datetimes(datetime.fromisoformat("1900-01-01"), datetime.fromisoformat("2200-01-01")).map(
                lambda moment: moment.replace(tzinfo=SHANGHAI)
            )
        case Kind.TIME:
            found = st.times()
    if spec.optional:
        return st.none() | found
    return found


@st.composite
def tables(draw: st.DrawFn) -> tuple[RecordType, list[Record]]:
    type_ = draw(st.sampled_from(TYPES))
    made: dict[str, Record] = {}
    for _ in range(draw(st.integers(0, 4))):
        fields = {name: draw(values(spec), label=name) for name, spec in type_.fields.items()}
        for start, end in type_.spans:
            if fields[start] is not None and fields[end] is not None and fields[end] < fields[start]:
                fields[start], fields[end] = fields[end], fields[start]
        try:
            record = type_.cls(**fields)
        except InvalidRecord:
            assume(False)
            raise
        # Two records of one natural key are refused, and have a test of their own.
        made[record.id] = record
    by_key = {tuple(str(getattr(record, name)) for name in type_.key): record for record in made.values()}
    return type_, list(by_key.values())


def read_back(path: Path, name: str) -> tuple[Record, ...]:
    stored = [record for record in (STREET, DAQIAO, WANG, UNIT) if record.__record__.name != name]
    settled = read_returns(path, SCHEMA).settle(by_type(stored), metric=lambda _name: None)
    assert [] == [
        str(problem) for problem in settled.problems if problem.code not in ("no-rows", "unusual-division-code")
    ]
    return settled.records


@given(tables())
@settings(deadline=None)
def test_a_csv_table_is_read_back_as_equal_records(table: tuple[RecordType, list[Record]]) -> None:
    type_, records = table
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{type_.label}.csv"
        write_table(path, type_, records)
        assert tuple(records) == read_back(path, type_.name)


@given(tables())
@settings(deadline=None, max_examples=40)
@pytest.mark.slow
def test_a_workbook_is_read_back_as_equal_records(table: tuple[RecordType, list[Record]]) -> None:
    pytest.importorskip("openpyxl")
    type_, records = table
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{type_.name}.xlsx"
        write_table(path, type_, records)
        assert tuple(records) == read_back(path, type_.name)


def test_a_table_is_written_in_labels(tmp_path: Path) -> None:
    team = Team(id="t", division="LOCAL-1", name="合唱队", kind="arts", since=date(2020, 1, 1))
    write_table(tmp_path / "队伍.csv", Team.__record__, [team])
    assert (
        "\ufeff编号,所属区划,名称,类别,状态,成立日期,解散日期\r\nt,LOCAL-1,合唱队,文艺队,活动中,2020-01-01,\r\n".encode()
        == (tmp_path / "队伍.csv").read_bytes()
    )


def test_an_hour_that_the_clock_showed_twice_is_told_apart(tmp_path: Path) -> None:
    twice = datetime(1990, 9, 16, 0, 30, tzinfo=SHANGHAI)
    assume_two = twice.replace(fold=1)
    made = [
        Activity(id=name, division="LOCAL-1", name=name, kind="festival", began=moment)
        for name, moment in (("a", twice), ("b", assume_two))
    ]
    write_table(tmp_path / "activity.csv", Activity.__record__, made)
    read = read_back(tmp_path / "activity.csv", "activity")
    assert [m.began.utcoffset() for m in made] == [m.began.utcoffset() for m in read]  # type: ignore[attr-defined]


def test_an_item_that_holds_a_separator_stays_one_item(tmp_path: Path) -> None:
    card = RegistrationCard(id="c", member="m", reported=date(2025, 1, 1), talents=("书法、国画", "唱歌"))
    write_table(tmp_path / "登记卡.csv", RegistrationCard.__record__, [card])
    with (tmp_path / "登记卡.csv").open(encoding="utf-8-sig", newline="") as stream:
        row = list(csv.DictReader(stream))[0]  # noqa: RUF015 - the stream is closed after it
    assert '["书法、国画", "唱歌"]' == row["特长爱好"]


def test_a_character_that_a_workbook_cannot_hold_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("openpyxl")
    team = Team(id="t", division="LOCAL-1", name="合\x01唱", kind="arts")
    with pytest.raises(BadData, match="t 的“名称”含有 Excel 不能保存的字符"):
        write_table(tmp_path / "队伍.xlsx", Team.__record__, [team])


@pytest.mark.parametrize("suffix", [".ods", ""])
def test_other_formats_are_misuse(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(Misuse, match="不能写"):
        write_table(tmp_path / f"x{suffix}", Team.__record__, [])
    with pytest.raises(Misuse, match="不能写"):
        write_template(Team.__record__, tmp_path / f"x{suffix}")


# --- forms --------------------------------------------------------------------------------------------------

FILLED: Mapping[str, str] = {"区划代码": "330203001001", "名称": "大桥社区", "街道": "330203001000", "状态": "运行"}


@pytest.mark.parametrize("type_", list(SCHEMA), ids=lambda type_: type_.name)
@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_blank_form_is_a_returns_file_without_rows(tmp_path: Path, type_: RecordType, suffix: str) -> None:
    if suffix == ".xlsx":
        pytest.importorskip("openpyxl")
    path = tmp_path / f"{type_.label}{suffix}"
    write_template(type_, path)
    settled = settle(read_returns(path, SCHEMA))
    assert ["no-rows"] == [problem.code for problem in settled.problems]


def test_a_form_in_csv_is_filled_in_and_loaded(tmp_path: Path) -> None:
    path = tmp_path / "社区.csv"
    write_template(Community.__record__, path)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        header, explained = csv.reader(stream)
    assert explained[0].startswith("#填写说明")
    assert "必填；可选：运行、已批未运行、体制未转换、已合并、已撤销" == explained[header.index("状态")]
    with path.open("a", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerow([FILLED.get(title, "") for title in header])
    assert (DAQIAO,) == read_back(path, "community")


def test_a_form_in_excel_is_filled_in_and_loaded(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    path = tmp_path / "空白表.xlsx"
    write_template(Community.__record__, path)
    book = openpyxl.load_workbook(path)
    sheet = book["社区"]
    header = [cell.value for cell in sheet[1]]
    assert "A2" == sheet.freeze_panes
    assert (
        "必填；可选：运行、已批未运行、体制未转换、已合并、已撤销"
        == sheet.cell(1, header.index("状态") + 1).comment.text
    )
    offered = {str(v.sqref): v for v in sheet.data_validations.dataValidation}
    (status,) = [v for cells, v in offered.items() if cells.startswith("E2:")]
    assert ["运行", "已批未运行"] == [cell.value for cell in book["可选项"]["A"][:2]]
    assert ("list", "'可选项'!$A$1:$A$5") == (status.type, status.formula1)
    sheet.append([FILLED.get(title) for title in header])
    book.save(path)
    assert (DAQIAO,) == read_back(path, "community")


def test_a_row_of_data_that_begins_with_a_hash_is_data(tmp_path: Path) -> None:
    (tmp_path / "单位.csv").write_text("单位名称\n#1 商店\n", encoding="utf-8")
    assert ["#1 商店"] == [record.name for record in read_back(tmp_path / "单位.csv", "work_unit")]  # type: ignore[attr-defined]


def test_every_explanation_says_whether_the_column_is_needed() -> None:
    for type_ in SCHEMA:
        for spec in type_.fields.values():
            assert explanation(spec).startswith("必填" if spec.required and spec.name != "id" else "可不填")


def test_records_may_be_written_as_they_come(tmp_path: Path) -> None:
    write_table(tmp_path / "社区.csv", Community.__record__, (attrs.evolve(DAQIAO, name=str(n)) for n in range(3)))
    assert 4 == len((tmp_path / "社区.csv").read_text(encoding="utf-8").splitlines())


def test_times_are_written_to_the_microsecond_where_they_have_one() -> None:
    from shequ.exchange.dates import read_time

    assert time(9, 0, 1, 500) == read_time("09:00:01.000500")
