"""Periods of the office's year, and the official working-day calendar.

A :class:`Period` is written as people write it: ``2026``, ``2026H1``, ``2026Q3``, ``2026-06``, or several years
``2023/2026``. Working days follow the calendar that the State Council publishes year by year; a year that is not
published raises :class:`~shequ.errors.CalendarNotPublished`, it is never guessed.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import accumulate

import attrs

from shequ.effective import SHANGHAI, Span, shift
from shequ.errors import BadData, CalendarNotPublished, MissingExtra

__all__ = [
    "Festival",
    "Period",
    "add_working_days",
    "festival",
    "is_working_day",
    "parse_date",
    "parse_moment",
    "working_days_between",
]

_FORMS = re.compile(
    r"(?P<year>\d{4})(?:H(?P<half>[12])|Q(?P<quarter>[1-4])|-(?P<month>0[1-9]|1[0-2])|/(?P<last>\d{4}))?\Z",
    re.ASCII,
)
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_HINT = "写成 2026、2026H1、2026Q3、2026-06 或 2023/2026"


@attrs.frozen
class Period:
    """A stretch of whole months that figures are asked for.

    Args:
        start: First day.
        end: The day after the last one.
    """

    start: date
    end: date

    @classmethod
    def parse(cls, text: str) -> "Period":
        """Read ``2026``, ``2026H1``, ``2026Q3``, ``2026-06`` or ``2023/2026``.

        Raises:
            BadData: If the text is none of these.

        >>> Period.parse("2026H1")
        Period(start=datetime.date(2026, 1, 1), end=datetime.date(2026, 7, 1))
        """
        plain = text.strip().upper().replace("上半年", "H1").replace("下半年", "H2")
        plain = re.sub(r"年(\d{1,2})月$", lambda found: f"-{int(found[1]):02d}", plain).replace("年", "")
        match = _FORMS.match(plain)
        named = () if match is None else (int(match["year"]), int(match["last"] or match["year"]))
        if match is None or not all(_FIRST_YEAR <= found <= _LAST_YEAR for found in named):
            raise BadData(f"{text!r} 不是时期", remedy=f"{_HINT}；年份在 {_FIRST_YEAR} 至 {_LAST_YEAR} 之间")
        year = int(match["year"])
        first, months = 1, 12
        if match["half"]:
            first, months = 6 * int(match["half"]) - 5, 6
        elif match["quarter"]:
            first, months = 3 * int(match["quarter"]) - 2, 3
        elif match["month"]:
            first, months = int(match["month"]), 1
        elif match["last"]:
            years = int(match["last"]) - year + 1
            if years < 1:
                raise BadData(f"{text!r} 的止年早于起年", remedy=_HINT)
            months = 12 * years
        start = date(year, first, 1)
        return cls(start, shift(start, months=months))

    @classmethod
    def year(cls, year: int) -> "Period":
        """The calendar year."""
        return cls(date(year, 1, 1), date(year + 1, 1, 1))

    @property
    def last_day(self) -> date:
        """The last day: where a figure *at* a date is taken when it is asked over a period."""
        return self.end - timedelta(days=1)

    @property
    def span(self) -> Span:
        """The same days as a span."""
        return Span(self.start, self.end)

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end

    @property
    def length(self) -> int:
        """Length in months."""
        return (self.end.year - self.start.year) * 12 + self.end.month - self.start.month

    def pieces(self, months: int) -> Iterator["Period"]:
        """Stretches of so many months, in order; the last one is whole even if the period ends within it."""
        start = self.start
        while start < self.end:
            end = shift(start, months=months)
            yield Period(start, end)
            start = end

    def months(self) -> Iterator["Period"]:
        """Its months, in order."""
        return self.pieces(1)

    def quarters(self) -> Iterator["Period"]:
        """Its quarters, in order; the last one is whole even if the period ends within it."""
        return self.pieces(3)

    def until(self, day: date) -> "Period":
        """As much of the period as lies before ``day``'s end; a period still running is counted to the clock."""
        end = min(self.end, day + timedelta(days=1))
        return Period(self.start, max(end, self.start))

    def previous(self) -> "Period":
        """The same stretch one year earlier, for comparison (同比); several years go back by as many."""
        years = max(1, -(-self.length // 12))
        return Period(shift(self.start, years=-years), shift(self.end, years=-years))

    def before(self) -> "Period":
        """The stretch of the same length that ends where this one begins (上期).

        >>> str(Period.parse("2025-01").before()), str(Period.parse("2025H1").before())
        ('2024-12', '2024H2')
        """
        return Period(shift(self.start, months=-self.length), self.start)

    def __str__(self) -> str:
        year, month, length = self.start.year, self.start.month, self.length
        if self.start.day == 1 and self.end.day == 1:
            if length == 12 and month == 1:
                return f"{year}"
            if length == 6 and month in (1, 7):
                return f"{year}H{1 if month == 1 else 2}"
            if length == 3 and month % 3 == 1:
                return f"{year}Q{(month + 2) // 3}"
            if length == 1:
                return f"{year}-{month:02d}"
            if length % 12 == 0 and month == 1:
                return f"{year}/{year + length // 12 - 1}"
        return f"{self.start}/{self.last_day}"


def is_working_day(day: date) -> bool:
    """Whether offices work on ``day`` by the official calendar, make-up days included.

    Raises:
        CalendarNotPublished: If the calendar of that year is not known.
        MissingExtra: If the extra ``calendar`` is not installed.

    >>> is_working_day(date(2026, 1, 4))  # a Sunday worked to make up for the New Year holiday
    True
    """
    try:
        import chinese_calendar
    except ImportError as error:
        raise MissingExtra("工作日历", "calendar") from error
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError as error:
        raise CalendarNotPublished(day.year) from error


def add_working_days(day: date, count: int) -> date:
    """The ``count``-th working day after ``day``; ``day`` itself is not counted.

    Raises:
        CalendarNotPublished: If the way leads into a year whose calendar is not known.
    """
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


def working_days_between(start: date, end: date) -> int:
    """How many working days lie after ``start`` up to ``end``; negative if ``end`` comes first.

    Raises:
        CalendarNotPublished: If a year between has no published calendar.
    """
    if end < start:
        return -working_days_between(end, start)
    found, reached, last = 0, start.toordinal(), end.toordinal()
    while reached < last:
        before_year, worked = _worked(date.fromordinal(reached + 1).year)
        until = min(last, before_year + len(worked) - 1)
        found += worked[until - before_year] - worked[reached - before_year]
        reached = until
    return found


@lru_cache(maxsize=64)
def _worked(year: int) -> tuple[int, tuple[int, ...]]:
    """Number of the day before a year, and how many working days of the year there are up to that day and each other."""
    before = date(year, 1, 1).toordinal() - 1
    days = range(before + 1, date(year, 12, 31).toordinal() + 1)
    return before, tuple(accumulate((is_working_day(date.fromordinal(day)) for day in days), initial=0))


class Festival(StrEnum):
    """Days of the year that a community celebrates; some follow the lunar calendar."""

    SPRING = "春节"
    LANTERN = "元宵节"
    WOMEN = "妇女节"
    QINGMING = "清明节"
    DISABLED = "全国助残日"
    DRAGON_BOAT = "端午节"
    CHILDREN = "儿童节"
    PARTY = "建党节"
    ARMY = "建军节"
    MID_AUTUMN = "中秋节"
    NATIONAL = "国庆节"
    DOUBLE_NINTH = "重阳节"


_SOLAR = {
    Festival.WOMEN: (3, 8),
    Festival.CHILDREN: (6, 1),
    Festival.PARTY: (7, 1),
    Festival.ARMY: (8, 1),
    Festival.NATIONAL: (10, 1),
}
_LUNAR = {
    Festival.SPRING: (1, 1),
    Festival.LANTERN: (1, 15),
    Festival.DRAGON_BOAT: (5, 5),
    Festival.MID_AUTUMN: (8, 15),
    Festival.DOUBLE_NINTH: (9, 9),
}


def festival(which: Festival, year: int) -> date:
    """The day on which a festival falls.

    The day of the disabled (助残日) is the third Sunday of May (残疾人保障法 art. 14); 清明 is the solar term.

    Raises:
        MissingExtra: If the festival follows the lunar calendar and the extra ``calendar`` is not installed.

    >>> festival(Festival.DISABLED, 2026), festival(Festival.DOUBLE_NINTH, 2025)
    (datetime.date(2026, 5, 17), datetime.date(2025, 10, 29))
    """
    if which in _SOLAR:
        return date(year, *_SOLAR[which])
    if which is Festival.DISABLED:
        first = date(year, 5, 1)
        return first + timedelta(days=(6 - first.weekday()) % 7 + 14)
    try:
        from lunar_python import Lunar, Solar
    except ImportError as error:
        raise MissingExtra("农历节日", "calendar") from error
    if which is Festival.QINGMING:
        found = Solar.fromYmd(year, 4, 1).getLunar().getJieQiTable()["清明"]
    else:
        found = Lunar.fromYmd(year, *_LUNAR[which]).getSolar()
    return date(found.getYear(), found.getMonth(), found.getDay())


def parse_date(text: str) -> date:
    """A date as ``2025-12-31``.

    Raises:
        BadData: If the text is none.
    """
    plain = re.sub(r"(\d{4})年(\d{1,2})月(\d{1,2})日\Z", r"\1-\2-\3", text.strip())
    match = re.match(r"(19\d\d|2[01]\d\d)-(\d{1,2})-(\d{1,2})\Z", plain, re.ASCII)
    wrong = BadData(f"{text!r} 不是日期", remedy="写成 2025-12-31，年份在 1900 至 2199 之间")
    if match is None:
        raise wrong
    try:
        return date(*map(int, match.groups()))
    except ValueError as error:
        raise wrong from error


def parse_moment(text: str) -> datetime:
    """A point in time: ``2026-01-05T10:30`` in Asia/Shanghai unless it names a zone; of a day its end.

    Raises:
        BadData: If the text is none.
    """
    try:
        if re.search(r"\d[T ]\d", text.strip()):
            found = datetime.fromisoformat(text.strip())
            return found if found.tzinfo is not None else found.replace(tzinfo=SHANGHAI)
        return datetime.combine(parse_date(text), time.max, SHANGHAI)
    except ValueError as error:
        raise BadData(f"{text!r} 不是日期或时刻", remedy="写成 2026-01-05（指当日终了）或 2026-01-05T10:30") from error
