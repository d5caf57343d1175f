"""What holds from a date until a date.

Everything in the domain that holds, holds over a half-open :class:`Span`: the first day belongs to it, the last
does not. Some dates are known to the month or to the year only (:class:`PartialDate`), and a value that changes
with time is a :class:`Timeline` of values, each over a span of its own. A date outside every span has *no value*,
never the last one.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta, tzinfo
from enum import Enum
from functools import total_ordering
from itertools import pairwise
from typing import Generic, TypeVar

import attrs
from dateutil import tz
from dateutil.relativedelta import relativedelta

from shequ.errors import BadData, Misuse

__all__ = ["SHANGHAI", "Answer", "PartialDate", "Span", "Timeline", "age", "local_date", "shift"]

T = TypeVar("T")


def _shanghai() -> tzinfo:
    zone = tz.gettz("Asia/Shanghai")
    return zone if zone is not None else tz.tzoffset("Asia/Shanghai", timedelta(hours=8))


SHANGHAI: tzinfo = _shanghai()
"""The one time zone of the domain."""


def local_date(moment: datetime) -> date:
    """The calendar day in Asia/Shanghai on which an aware moment falls."""
    return moment.astimezone(SHANGHAI).date()


def shift(day: date, *, years: int = 0, months: int = 0, days: int = 0) -> date:
    """``day`` moved by calendar years, months and days; the end of a month stays within its month.

    >>> shift(date(2024, 2, 29), years=1)
    datetime.date(2025, 2, 28)
    """
    return day + relativedelta(years=years, months=months, days=days)


def age(birth: date, at: date) -> int:
    """Completed years (周岁) of somebody born on ``birth``, on the day ``at``.

    >>> age(date(1960, 6, 30), date(2026, 6, 29)), age(date(1960, 6, 30), date(2026, 6, 30))
    (65, 66)
    """
    return at.year - birth.year - ((at.month, at.day) < (birth.month, birth.day))


@attrs.frozen(order=False)
class Span:
    """The half-open stretch of days ``[since, until)``; ``None`` on a side means it is open there.

    Raises:
        BadData: If ``until`` lies before ``since``.
    """

    since: date | None = None
    until: date | None = None

    def __attrs_post_init__(self) -> None:
        if self.since is not None and self.until is not None and self.until < self.since:
            raise BadData(f"结束日期 {self.until} 早于开始日期 {self.since}", remedy="更正其中一个日期")

    def __contains__(self, day: date) -> bool:
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)

    @property
    def is_empty(self) -> bool:
        """Whether no day lies in the span."""
        return self.since is not None and self.since == self.until

    def intersection(self, other: "Span") -> "Span | None":
        """The days in both, or ``None`` if there is none."""
        since = max((s for s in (self.since, other.since) if s is not None), default=None)
        until = min((u for u in (self.until, other.until) if u is not None), default=None)
        if since is not None and until is not None and since >= until:
            return None
        return Span(since, until)

    def overlaps(self, other: "Span") -> bool:
        """Whether some day lies in both."""
        return not self.is_empty and not other.is_empty and self.intersection(other) is not None

    def covers(self, other: "Span") -> bool:
        """Whether every day of ``other`` lies in this span."""
        if other.is_empty:
            return True
        return (self.since is None or (other.since is not None and self.since <= other.since)) and (
            self.until is None or (other.until is not None and other.until <= self.until)
        )

    def __str__(self) -> str:
        return f"{self.since or '…'} – {self.until or '…'}"


_PARTIAL = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?\Z")


@total_ordering
@attrs.frozen(order=False)
class PartialDate:
    """A date known to the year (``2019``), the month (``2019-05``) or the day (``2019-05-03``).

    Ordered by the earliest day it can be, then the less exact first.
    """

    year: int
    month: int | None = None
    day: int | None = None

    def __attrs_post_init__(self) -> None:
        if self.day is not None and self.month is None:
            raise BadData("日期缺少月份", remedy="写成 2019、2019-05 或 2019-05-03")
        try:
            date(self.year, self.month or 1, self.day or 1)
        except (ValueError, OverflowError) as error:
            raise BadData(
                f"{self.year}-{self.month}-{self.day} 不是日期", remedy="写成 2019、2019-05 或 2019-05-03"
            ) from error

    @classmethod
    def parse(cls, text: str) -> "PartialDate":
        """Read ``2019``, ``2019-05`` or ``2019-05-03``.

        Raises:
            BadData: If the text is none of these.
        """
        match = _PARTIAL.match(text)
        if match is None:
            raise BadData(f"{text!r} 不是日期", remedy="写成 2019、2019-05 或 2019-05-03")
        year, month, day = match.groups()
        return cls(int(year), int(month) if month else None, int(day) if day else None)

    @property
    def earliest(self) -> date:
        """The first day it can be."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def latest(self) -> date:
        """The last day it can be."""
        if self.day is not None:
            return self.earliest
        if self.month is None:
            return date(self.year, 12, 31)
        return self.earliest + relativedelta(day=31)

    def __lt__(self, other: "PartialDate") -> bool:
        return (self.earliest, -self.latest.toordinal()) < (other.earliest, -other.latest.toordinal())

    def __str__(self) -> str:
        parts = [f"{self.year:04d}"]
        parts += [f"{part:02d}" for part in (self.month, self.day) if part is not None]
        return "-".join(parts)


class Answer(Enum):
    """Why there is no value on a day; a timeline itself never says that something was not verified."""

    NEVER_KNOWN = "never known"
    NOT_YET = "not yet in force"
    GAP = "no value in force"
    REPEALED = "repealed"
    NOT_VERIFIED = "not verified"


def _start(span: Span) -> date:
    return span.since or date.min


class Timeline(Generic[T]):
    """Values by date: each holds over its own span, and no two spans overlap.

    Args:
        entries: Pairs of span and value, in any order.

    Raises:
        Misuse: If two spans overlap, or one is empty.

    >>> terms = Timeline([(Span(date(1990, 1, 1), date(2018, 12, 29)), 3), (Span(date(2018, 12, 29)), 5)])
    >>> terms.at(date(2010, 1, 1)), terms.at(date(1980, 1, 1)), terms.why_not(date(1980, 1, 1))
    (3, None, <Answer.NOT_YET: 'not yet in force'>)
    """

    __slots__ = ("_entries",)

    def __init__(self, entries: Iterable[tuple[Span, T]] = ()) -> None:
        ordered = sorted(entries, key=lambda entry: _start(entry[0]))
        for span, value in ordered:
            if span.is_empty:
                raise Misuse(f"the span of {value!r} holds no day: {span}")
        for (first, a), (second, b) in pairwise(ordered):
            if first.overlaps(second):
                raise Misuse(f"{a!r} over {first} overlaps {b!r} over {second}")
        self._entries = tuple(ordered)

    def __iter__(self) -> Iterator[tuple[Span, T]]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __eq__(self, other: object) -> bool:
        return self._entries == other._entries if isinstance(other, Timeline) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._entries)

    def __repr__(self) -> str:
        return f"Timeline({list(self._entries)!r})"

    def at(self, day: date) -> T | None:
        """The value that holds on ``day``, or ``None``; :meth:`why_not` says why there is none."""
        for span, value in self._entries:
            if day in span:
                return value
        return None

    def why_not(self, day: date) -> Answer:
        """Why no value holds on ``day``.

        Raises:
            Misuse: If one does.
        """
        if any(day in span for span, _ in self._entries):
            raise Misuse(f"a value holds on {day}")
        if not self._entries:
            return Answer.NEVER_KNOWN
        if day < _start(self._entries[0][0]):
            return Answer.NOT_YET
        last = self._entries[-1][0].until
        return Answer.REPEALED if last is not None and day >= last else Answer.GAP
