"""What a cell may say, by kind of field."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shequ.effective import SHANGHAI, PartialDate
from shequ.exchange.cells import CellFault, converter
from shequ.model import (
    Activity,
    Building,
    Community,
    CommunityStatus,
    Donation,
    Household,
    NewsItem,
    PartyMember,
    Premises,
    RegistrationCard,
    ReportedFigure,
    Resident,
    WorkUnit,
)
from shequ.model.record import Record, record, time_of_day


@record("opening", label="开放时间")
class Opening(Record):
    opens: time = time_of_day("开门")


def read(cls: type[Record], field: str, cell: Any) -> Any:
    return converter(cls.__record__.fields[field])(cell)


def fault(cls: type[Record], field: str, cell: Any) -> str:
    with pytest.raises(CellFault) as caught:
        read(cls, field, cell)
    assert caught.value.message
    assert caught.value.remedy
    return caught.value.code


FULL_WIDTH = str.maketrans("0123456789.,-/:", "０１２３４５６７８９．，－／：")
DAY_FORMS = ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日", "%Y-%m-%d 00:00:00"]


@given(st.dates(date(1000, 1, 1)), st.sampled_from(DAY_FORMS), st.booleans())
def test_a_day_is_the_same_in_every_form(day: date, form: str, wide: bool) -> None:
    text = day.strftime(form)
    assert day == read(NewsItem, "published", text.translate(FULL_WIDTH) if wide else text)


@given(st.integers(0, 10**15), st.booleans())
def test_a_count_may_have_separators_and_a_point(number: int, wide: bool) -> None:
    for text in (str(number), f"{number:,}", f"{number}.0", f" {number} ", f"{number}人次"):
        assert number == read(Activity, "attendance", text.translate(FULL_WIDTH) if wide else text)


@given(st.integers(0, 10**13))
def test_yuan_in_a_cell_are_fen_in_the_record(fen: int) -> None:
    yuan = Decimal(fen).scaleb(-2)
    for text in (f"{yuan:.2f}", f"{yuan:,.2f}", f"￥{yuan:.2f}", f"{yuan:.2f}元"):
        assert fen == read(Donation, "amount", text)
    assert fen == read(Donation, "amount", float(yuan))


@given(st.datetimes(datetime.fromisoformat("1992-01-01"), datetime.fromisoformat("2100-01-01")))
def test_a_moment_without_an_offset_is_local_time(local: datetime) -> None:
    local = local.replace(microsecond=0)
    moment = local.replace(tzinfo=SHANGHAI)
    for text in (f"{local:%Y-%m-%d %H:%M:%S}", f"{local:%Y/%m/%dT%H:%M:%S}", moment.isoformat()):
        assert moment == read(Activity, "began", text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-06-30 09:00", datetime(2025, 6, 30, 9, 0, tzinfo=SHANGHAI)),
        ("2025-06-30T01:00:00Z", datetime(2025, 6, 30, 9, 0, tzinfo=SHANGHAI)),
        ("2025年6月30日9时30分", datetime(2025, 6, 30, 9, 30, tzinfo=SHANGHAI)),
        ("2025年6月30日 9:05", datetime(2025, 6, 30, 9, 5, tzinfo=SHANGHAI)),
        (datetime(2025, 6, 30, 9, 0), datetime(2025, 6, 30, 9, 0, tzinfo=SHANGHAI)),  # noqa: DTZ001 - as Excel gives it
    ],
)
def test_moments(text: Any, expected: datetime) -> None:
    assert expected == read(Activity, "began", text)


@pytest.mark.parametrize(
    "cell",
    ["2025-06-30", datetime(2025, 6, 30)],  # noqa: DTZ001 - as Excel gives it
)
def test_a_day_is_no_moment_because_midnight_would_count_as_outside_the_hours(cell: Any) -> None:
    assert "no-time" == fault(Activity, "began", cell)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2019", PartialDate(2019)),
        (2019, PartialDate(2019)),
        ("2019年", PartialDate(2019)),
        ("2019-5", PartialDate(2019, 5)),
        ("2019年05月", PartialDate(2019, 5)),
        ("201905", PartialDate(2019, 5)),
        ("２０１９．０５", PartialDate(2019, 5)),
        ("2019-05-03", PartialDate(2019, 5, 3)),
        (datetime(2019, 5, 3), PartialDate(2019, 5, 3)),  # noqa: DTZ001 - as Excel gives it
    ],
)
def test_partial_days(text: Any, expected: PartialDate) -> None:
    assert expected == read(PartyMember, "joined", text)


@pytest.mark.parametrize("cell", [2019.1, "2019.1", "2019-13", "19年", "去年"])
def test_a_partial_day_that_cannot_be_told_is_refused(cell: Any) -> None:
    assert "not-a-date" == fault(PartyMember, "joined", cell)


@pytest.mark.parametrize("cell", ["2025-02-29", "30/6/2025", "25-6-30", "45838", 45838, "2025-06", "明天", True])
def test_what_is_no_day_is_refused(cell: Any) -> None:
    assert "not-a-date" == fault(NewsItem, "published", cell)


@pytest.mark.parametrize(("text", "expected"), [("9:00", time(9)), ("09:30:15", time(9, 30, 15)), ("9点半", None)])
def test_times_of_day(text: str, expected: time | None) -> None:
    if expected is None:
        assert "not-a-date" == fault(Opening, "opens", text)
    else:
        assert expected == read(Opening, "opens", text)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("1,20", "not-a-count"),
        ("12.5", "not-a-count"),
        ("十二", "not-a-count"),
        ("-3", "negative"),
        ("1" + "0" * 30, "too-large"),
        (True, "not-a-number"),
    ],
)
def test_what_is_no_count_is_refused(cell: Any, code: str) -> None:
    assert code == fault(Activity, "attendance", cell)


def test_money_finer_than_fen_is_refused() -> None:
    assert "too-precise" == fault(Donation, "amount", "1.005")


def test_the_noise_of_binary_fractions_is_no_precision() -> None:
    assert 30 == read(Donation, "amount", 0.1 + 0.2)


def test_ten_thousands_are_not_yuan() -> None:
    assert "not-a-number" == fault(Donation, "amount", "1.2万")


@pytest.mark.parametrize("text", ["35.5", "35.50", "35.5㎡", "35.5 平方米", "３５．５", "35.5m²"])
def test_a_measure_may_name_its_unit(text: str) -> None:
    assert Decimal("35.50") == read(Premises, "area", text)


def test_a_figure_may_be_negative_where_its_field_allows_it() -> None:
    assert Decimal("-1.5") == read(ReportedFigure, "value", "-1.5")


@pytest.mark.parametrize("text", ["是", "有", "true", "TRUE", "1", "１", 1, True])
def test_yes(text: Any) -> None:
    assert read(WorkUnit, "co_builder", text) is True


@pytest.mark.parametrize("text", ["否", "无", "false", "0", 0, False])
def test_no(text: Any) -> None:
    assert read(WorkUnit, "co_builder", text) is False


def test_neither_yes_nor_no() -> None:
    assert "not-a-flag" == fault(WorkUnit, "co_builder", "也许")


@pytest.mark.parametrize("cell", ["1", "男性", "男", "１", 1, 1.0])
def test_a_code_is_named_by_code_label_or_beginning(cell: Any) -> None:
    assert "1" == read(Resident, "sex", cell)


def test_excel_takes_the_zero_from_a_code() -> None:
    assert "01" == read(Resident, "political", 1)


def test_an_unknown_code_names_what_is_near() -> None:
    with pytest.raises(CellFault) as caught:
        read(Resident, "political", "共产党员")
    assert ("unknown-code", "不在代码表 GB/T 4762-1984 中") == (caught.value.code, caught.value.message)
    with pytest.raises(CellFault) as caught:
        read(Resident, "education", "大学本科学历")
    assert "是否指 大学本科教育" == caught.value.remedy


def test_half_a_label_that_two_have_is_refused() -> None:
    assert "unknown-code" == fault(Resident, "education", "大学")


def test_an_open_vocabulary_takes_what_it_does_not_list() -> None:
    assert "office" == read(Premises, "kind", "办公用房")
    assert "社区食堂" == read(Premises, "kind", "社区食堂")


def test_a_term_is_named_by_code_or_label() -> None:
    members = {CommunityStatus.NOT_CONVERTED}
    assert members == {read(Community, "status", text) for text in ("体制未转换", "not_converted", "NOT_CONVERTED")}
    assert "unknown-code" == fault(Community, "status", "关门")


@pytest.mark.parametrize("text", ["书法、唱歌", "书法,唱歌", "书法， 唱歌", "书法；唱歌;", '["书法", "唱歌"]'])
def test_several_texts_stand_between_separators(text: str) -> None:
    assert ("书法", "唱歌") == read(RegistrationCard, "talents", text)


def test_several_coded_texts_are_coded_one_by_one() -> None:
    assert ("learning", "智慧型") == read(Community, "characters", "学习型、智慧型")


def test_free_text_keeps_its_full_width_characters() -> None:
    assert "３号楼（东）" == read(Household, "address", " ３号楼（东）　")


def test_identity_numbers_lose_full_width_characters() -> None:
    assert "999900196006300017" == read(Resident, "id_number", "９９９９００１９６００６３０００１７")


@pytest.mark.parametrize("cell", [9.99900196006e17, 999900196006300017, "9.99900196006E+17"])
def test_a_number_that_excel_has_shortened_is_refused(cell: Any) -> None:
    assert "lost-digits" == fault(Resident, "id_number", cell)


def test_excel_makes_a_number_of_a_division_code_and_no_harm_is_done() -> None:
    assert "330203001001" == read(Community, "code", 330203001001.0)


def test_a_building_number_that_excel_made_a_date_is_refused() -> None:
    assert "date-for-text" == fault(Building, "name", datetime(2025, 3, 2))  # noqa: DTZ001 - as Excel gives it
