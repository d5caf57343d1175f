"""Periods are written as people write them; working days are the official ones, never guessed."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shequ.calendars import (
    Festival,
    Period,
    add_working_days,
    festival,
    is_working_day,
    working_days_between,
)
from shequ.errors import BadData, CalendarNotPublished

written = st.builds(
    lambda year, form: form.format(year=year, next=year + 2),
    st.integers(1900, 2100),
    st.sampled_from(
        ["{year}", "{year}H1", "{year}H2", "{year}Q1", "{year}Q4", "{year}-02", "{year}-12", "{year}/{next}"]
    ),
)


@given(written)
def test_a_period_reads_back_as_it_is_written(text: str) -> None:
    assert text == str(Period.parse(text))


@given(written)
def test_the_months_of_a_period_are_the_period(text: str) -> None:
    period = Period.parse(text)
    months = list(period.months())
    assert period.length == len(months)
    assert (period.start, period.end) == (months[0].start, months[-1].end)
    assert all(a.end == b.start for a, b in pairwise(months))


@pytest.mark.parametrize("text", ["", "25", "2025H3", "2025Q5", "2025-13", "2026/2024", "二〇二五", "2025-1", "9999"])
def test_what_is_no_period_is_refused_with_a_hint(text: str) -> None:
    with pytest.raises(BadData, match="2026H1"):
        Period.parse(text)


def test_a_year_is_compared_with_the_year_before() -> None:
    assert Period.parse("2024") == Period.parse("2025").previous()
    assert Period.parse("2024Q3") == Period.parse("2025Q3").previous()
    assert Period.parse("2020/2022") == Period.parse("2023/2025").previous()


@pytest.mark.parametrize("day", ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"])
def test_make_up_days_of_2026_are_worked(day: str) -> None:
    assert is_working_day(date.fromisoformat(day))


@pytest.mark.parametrize("day", ["2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11"])
def test_make_up_days_of_2025_are_worked(day: str) -> None:
    assert is_working_day(date.fromisoformat(day))


def test_a_year_that_is_not_published_has_no_answer() -> None:
    with pytest.raises(CalendarNotPublished, match="2027"):
        is_working_day(date(2027, 1, 4))


@given(st.dates(date(2024, 1, 1), date(2025, 9, 30)), st.integers(1, 40))
def test_the_nth_working_day_is_n_working_days_away(day: date, count: int) -> None:
    due = add_working_days(day, count)
    assert count == working_days_between(day, due)
    assert is_working_day(due)
    assert -count == working_days_between(due, day)


def test_a_service_on_the_last_day_of_september_2025_is_due_after_the_holiday() -> None:
    assert date(2025, 10, 21) == add_working_days(date(2025, 9, 30), 10)


def test_a_period_still_running_ends_today() -> None:
    year = Period.parse("2026")
    assert date(2026, 1, 5) == year.until(date(2026, 1, 5)).last_day
    assert year == year.until(year.end + timedelta(days=30))


@pytest.mark.parametrize(
    ("year", "dragon_boat", "double_ninth"),
    [
        (2009, "05-28", "10-26"),
        (2012, "06-23", "10-23"),
        (2014, "06-02", "10-02"),
        (2017, "05-30", "10-28"),
        (2020, "06-25", "10-25"),
        (2023, "06-22", "10-23"),
        (2024, "06-10", "10-11"),
        (2025, "05-31", "10-29"),
        (2026, "06-19", "10-18"),
        (2027, "06-09", "10-08"),
    ],
)
def test_lunar_festivals_fall_on_their_golden_dates(year: int, dragon_boat: str, double_ninth: str) -> None:
    found = (festival(Festival.DRAGON_BOAT, year), festival(Festival.DOUBLE_NINTH, year))
    assert (f"{year}-{dragon_boat}", f"{year}-{double_ninth}") == tuple(day.isoformat() for day in found)


@given(st.integers(1991, 2100))
def test_the_day_of_the_disabled_is_the_third_sunday_of_may(year: int) -> None:
    day = festival(Festival.DISABLED, year)
    assert (5, 6, True) == (day.month, day.weekday(), 15 <= day.day <= 21)
