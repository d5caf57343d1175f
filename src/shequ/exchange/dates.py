"""Dates and times as clerks and spreadsheets write them.

Every function takes a cell that is not blank (text with ordinary digits, or a date or number from a workbook)
and raises :class:`DateFault` for what it cannot read. Local time is Asia/Shanghai.
"""

import re
from datetime import date, datetime, time
from typing import Any

from shequ.effective import SHANGHAI, PartialDate
from shequ.errors import BadData

__all__ = ["DateFault", "read_day", "read_moment", "read_partial", "read_time"]


class DateFault(Exception):
    """A cell that is no date or time."""

    def __init__(self, code: str, message: str, remedy: str) -> None:
        super().__init__(code, message, remedy)
        self.code, self.message, self.remedy = code, message, remedy


_DAY = (
    r"(?P<year>\d{4})(?:[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})"
    r"|年(?P<month_>\d{1,2})月(?P<day_>\d{1,2})日)"
)
_TIME = (
    r"(?P<hour>\d{1,2})(?::(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.(?P<part>\d{1,6}))?)?"
    r"|[时点](?:(?P<minute_>\d{1,2})分)?)"
)
_DAY_ONLY = re.compile(rf"(?:{_DAY}|(?P<packed>\d{{8}}))(?:[T ]+0?0:00(?::00(?:\.0+)?)?)?\Z")
_TIME_ONLY = re.compile(rf"{_TIME}\Z")
_MOMENT = re.compile(rf"{_DAY}(?:T| +|(?<=日)){_TIME} *(?P<zone>Z|[+-]\d{{2}}:?\d{{2}}(?::?\d{{2}})?)?\Z")
_PARTIAL = re.compile(r"(\d{4})(?:年|(?:(?:[-/.]|年)(\d{1,2})|(\d{2}))月?)?\Z")
_DAY_HINT = "写成 2025-06-30"
_MOMENT_HINT = "写成 2025-06-30 09:00"
_PARTIAL_HINT = "写成 2019、2019-05 或 2019-05-03"


def _fault(message: str, remedy: str, code: str = "not-a-date") -> DateFault:
    return DateFault(code, message, remedy)


def _date(match: re.Match[str], hint: str) -> date:
    groups = match.groupdict()
    packed = groups.get("packed")
    if packed:
        parts = packed[:4], packed[4:6], packed[6:]
    else:
        parts = groups["year"], groups["month"] or groups["month_"], groups["day"] or groups["day_"]
    try:
        return date(*map(int, parts))
    except ValueError:
        raise _fault("没有这一天", hint) from None


def _time(match: re.Match[str], hint: str) -> time:
    groups = match.groupdict()
    try:
        return time(
            int(groups["hour"]),
            int(groups["minute"] or groups["minute_"] or 0),
            int(groups["second"] or 0),
            int((groups["part"] or "0").ljust(6, "0")),
        )
    except ValueError:
        raise _fault("没有这个时刻", hint) from None


def _whole(cell: Any) -> Any:
    """A number from a workbook that holds a date's digits, as text."""
    if isinstance(cell, int | float) and not isinstance(cell, bool) and cell == int(cell):
        return str(int(cell))
    return cell


def read_day(cell: Any) -> date:
    """A calendar day: ``2025-06-30``, ``2025/6/30``, ``2025.6.30``, ``20250630``, ``2025年6月30日``."""
    if isinstance(cell, datetime):
        if cell.time() != time():
            raise _fault("应为日期，不带时间", _DAY_HINT)
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = _whole(cell)
    match = _DAY_ONLY.match(text) if isinstance(text, str) else None
    if match is None:
        raise _fault("不是日期", _DAY_HINT)
    return _date(match, _DAY_HINT)


def read_partial(cell: Any) -> PartialDate:
    """A day, or a date known to the year (``2019``) or month (``2019-05``, ``2019年5月``, ``201905``)."""
    text = _whole(cell)
    if isinstance(text, float):
        raise _fault("电子表格把日期存成了小数，2019.10 与 2019.1 已无法区分", f"把该列设为文本格式，{_PARTIAL_HINT}")
    if not isinstance(text, str) or _DAY_ONLY.match(text):
        day = read_day(cell)
        return PartialDate(day.year, day.month, day.day)
    match = _PARTIAL.match(text)
    if match is None:
        raise _fault("不是日期", _PARTIAL_HINT)
    if text[4:] == ".1":
        raise _fault("可能是 1 月，也可能是被电子表格去掉末位 0 的 10 月", _PARTIAL_HINT)
    month = match[2] or match[3]
    try:
        return PartialDate(int(match[1]), int(month) if month else None)
    except BadData:
        raise _fault("没有这个月份", _PARTIAL_HINT) from None


def read_moment(cell: Any) -> datetime:
    """A point in time, aware: ``2025-06-30 09:00[:00]``, with ``T`` and an offset, or a date-time cell.

    A day without a time of day is refused: midnight would count as outside the working hours.
    """
    if isinstance(cell, datetime):
        if cell.time() == time():
            raise _fault("只有日期，缺少时刻", f"{_MOMENT_HINT}；确为零点时把该列设为文本格式，写 00:00", "no-time")
        return cell.replace(tzinfo=SHANGHAI)
    if not isinstance(cell, str):
        raise _fault("不是时间", _MOMENT_HINT)
    match = _MOMENT.match(cell)
    if match is None:
        if _DAY_ONLY.match(cell) and ":" not in cell:
            raise _fault("只有日期，缺少时刻", _MOMENT_HINT, "no-time")
        raise _fault("不是时间", _MOMENT_HINT)
    local = datetime.combine(_date(match, _MOMENT_HINT), _time(match, _MOMENT_HINT))
    zone = match["zone"]
    if zone is None:
        return local.replace(tzinfo=SHANGHAI)
    try:
        return datetime.fromisoformat(f"{local.isoformat()}{zone}").astimezone(SHANGHAI)
    except (ValueError, OverflowError):
        raise _fault("没有这个时区", _MOMENT_HINT) from None


def read_time(cell: Any) -> time:
    """A time of day by the local clock: ``9:00``, ``09:00:30``, ``9时30分`` or a time cell."""
    if isinstance(cell, time):
        return cell
    match = _TIME_ONLY.match(cell) if isinstance(cell, str) else None
    if match is None:
        raise _fault("不是时刻", "写成 09:00")
    return _time(match, "写成 09:00")
