"""Spans obey their algebra; a date outside every value of a timeline has none."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shequ.effective import Answer, PartialDate, Span, Timeline, age, shift
from shequ.errors import BadData, Misuse

days = st.dates(date(1990, 1, 1), date(1990, 3, 1))
ends = st.none() | days


@st.composite
def spans(draw: st.DrawFn) -> Span:
    since, until = draw(ends), draw(ends)
    if since is not None and until is not None and until < since:
        since, until = until, since
    return Span(since, until)


class TestSpan:
    @given(spans(), spans(), days)
    def test_a_day_is_in_the_intersection_exactly_when_it_is_in_both(self, a: Span, b: Span, day: date) -> None:
        both = a.intersection(b)
        assert (day in a and day in b) == (both is not None and day in both)

    @given(spans(), spans())
    def test_overlap_is_symmetric_and_means_a_common_day(self, a: Span, b: Span) -> None:
        assert a.overlaps(b) == b.overlaps(a)
        common = any(day in a and day in b for day in (date(1989, 12, 1) + timedelta(n) for n in range(150)))
        assert a.overlaps(b) == common

    @given(spans(), spans(), days)
    def test_a_span_covers_another_when_it_holds_all_its_days(self, a: Span, b: Span, day: date) -> None:
        if a.covers(b) and day in b:
            assert day in a

    @given(spans())
    def test_a_span_covers_itself(self, a: Span) -> None:
        assert a.covers(a)

    @given(spans())
    def test_it_begins_on_its_first_day_and_is_over_on_its_end(self, span: Span) -> None:
        if span.since is not None:
            assert (span.since in span) is not span.is_empty
            assert span.since - timedelta(1) not in span
        if span.until is not None:
            assert span.until not in span
            assert (span.until - timedelta(1) in span) is not span.is_empty

    def test_the_last_day_does_not_belong_to_it(self) -> None:
        span = Span(date(2025, 1, 1), date(2026, 1, 1))
        assert date(2025, 12, 31) in span
        assert date(2026, 1, 1) not in span

    def test_an_end_before_its_start_is_refused(self) -> None:
        with pytest.raises(BadData, match=r"结束日期 2025-01-01 早于开始日期 2025-06-01"):
            Span(date(2025, 6, 1), date(2025, 1, 1))


class TestPartialDate:
    @given(st.dates(), st.sampled_from(["year", "month", "day"]))
    def test_reading_what_was_written_gives_the_same(self, day: date, known: str) -> None:
        partial = PartialDate(day.year, None if known == "year" else day.month, day.day if known == "day" else None)
        assert partial == PartialDate.parse(str(partial))
        assert partial.earliest <= day <= partial.latest

    @pytest.mark.parametrize("text", ["2019-13", "19", "2019-02-30", "2019/05", "", "2019-5"])
    def test_what_is_no_date_is_refused(self, text: str) -> None:
        with pytest.raises(BadData, match="不是日期"):
            PartialDate.parse(text)

    def test_the_less_exact_comes_first(self) -> None:
        dates = [PartialDate.parse(text) for text in ("2019-05-01", "2019-05", "2019", "2018-12-31", "2019-01")]
        assert [str(d) for d in sorted(dates)] == ["2018-12-31", "2019", "2019-01", "2019-05", "2019-05-01"]


class TestTimeline:
    terms = Timeline([(Span(date(1990, 1, 1), date(2018, 12, 29)), 3), (Span(date(2018, 12, 29), date(2026, 1, 1)), 5)])

    @pytest.mark.parametrize(
        ("day", "value"),
        [(date(1990, 1, 1), 3), (date(2018, 12, 28), 3), (date(2018, 12, 29), 5), (date(2025, 12, 31), 5)],
    )
    def test_each_value_holds_over_its_own_span(self, day: date, value: int) -> None:
        assert value == self.terms.at(day)

    @pytest.mark.parametrize(
        ("day", "answer"), [(date(1989, 12, 31), Answer.NOT_YET), (date(2026, 1, 1), Answer.REPEALED)]
    )
    def test_outside_of_them_there_is_none_and_it_says_why(self, day: date, answer: Answer) -> None:
        assert self.terms.at(day) is None
        assert answer is self.terms.why_not(day)

    def test_between_two_values_there_is_a_gap(self) -> None:
        line = Timeline([(Span(None, date(2000, 1, 1)), "a"), (Span(date(2010, 1, 1)), "b")])
        assert line.at(date(2005, 1, 1)) is None
        assert Answer.GAP is line.why_not(date(2005, 1, 1))

    def test_overlapping_values_are_refused(self) -> None:
        with pytest.raises(Misuse, match="overlaps"):
            Timeline([(Span(date(2000, 1, 1)), "a"), (Span(date(2010, 1, 1)), "b")])


@given(st.dates(date(1900, 1, 1), date(2000, 1, 1)), st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_age_grows_by_one_on_each_birthday(birth: date, at: date) -> None:
    birthday = shift(birth, years=age(birth, at))
    assert birthday <= at
    assert at < shift(birth, years=age(birth, at) + 1) or (birth.month, birth.day) == (2, 29)
