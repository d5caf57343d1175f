"""The round of the year: what is held in which month, the festivals, the days off."""

from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType

import attrs

__all__ = ["CULTURE_WEEKS", "FESTIVALS", "ROUND", "Custom", "Festival", "in_long_holiday"]


@attrs.frozen
class Festival:
    """A festival, its day in each year, and what a community does then."""

    name: str
    days: tuple[date, date]
    title: str


FESTIVALS: tuple[Festival, ...] = (
    Festival("元宵", (date(2024, 2, 24), date(2025, 2, 12)), "元宵灯谜会"),
    Festival("妇女节", (date(2024, 3, 8), date(2025, 3, 8)), "“三八”巾帼联欢"),
    Festival("清明", (date(2024, 4, 4), date(2025, 4, 4)), "清明祭英烈"),
    Festival("助残日", (date(2024, 5, 19), date(2025, 5, 18)), "助残日慰问与义诊"),
    Festival("端午", (date(2024, 6, 10), date(2025, 5, 31)), "端午包粽子送孤老"),
    Festival("建党纪念日", (date(2024, 7, 1), date(2025, 7, 1)), "“七一”走访老党员"),
    Festival("中秋", (date(2024, 9, 17), date(2025, 10, 6)), "中秋邻里节"),
    Festival("重阳", (date(2024, 10, 11), date(2025, 10, 29)), "重阳敬老"),
)
"""Festivals that communities hold, none of them in August."""

CULTURE_WEEKS: Mapping[int, tuple[date, date]] = MappingProxyType(
    {2024: (date(2024, 9, 23), date(2024, 9, 29)), 2025: (date(2025, 9, 22), date(2025, 9, 28))}
)
"""First and last day of the culture week, by year."""


@attrs.frozen
class Custom:
    """Something held in the same months of every year.

    Args:
        kind: Kind of activity.
        title: Its name; the month is put before it.
        months: In which months.
        hour: When it begins.
        minutes: How long it takes.
        people: How many come, from–to.
        place: Where, after the community's name.
        theme: What it is about.
    """

    kind: str
    title: str
    months: tuple[int, ...]
    hour: int
    minutes: int
    people: tuple[int, int]
    place: str
    theme: str | None = None


_EVERY = tuple(range(1, 13))

ROUND: tuple[Custom, ...] = (
    Custom("culture", "周末文艺演出", _EVERY, 15, 90, (40, 120), "文体活动室"),
    Custom("party_meeting", "主题党日", _EVERY, 9, 100, (8, 30), "党员服务中心", "主题党日"),
    Custom("volunteer_service", "志愿便民服务", _EVERY, 9, 150, (20, 60), "小广场", "学雷锋志愿服务"),
    Custom("sport", "居民健身赛", (2, 4, 6, 8, 10, 12), 8, 120, (24, 70), "健身广场"),
    Custom("reading", "读书会", (1, 3, 5, 7, 9, 11), 14, 90, (12, 30), "图书阅览室", "书香社区"),
    Custom("training", "居民骨干培训", (3, 5, 6, 10, 11), 9, 150, (18, 45), "市民学校", "能力提升"),
    Custom("lecture", "百姓讲堂", (2, 4, 7, 9, 12), 14, 100, (25, 60), "市民学校", "政策与健康"),
    Custom("symposium", "民情恳谈会", (4, 7, 10), 14, 120, (15, 32), "社区服务中心", "听民意解民忧"),
    Custom("co_builders", "共建单位座谈会", (6, 12), 14, 100, (10, 22), "社区服务中心", "共驻共建"),
    Custom("publicity", "集中宣传日", (3, 4, 6, 11), 9, 120, (40, 120), "小广场", "反诈与消防"),
    Custom("clean_up", "清洁家园行动", (3, 4, 8, 9, 12), 8, 150, (20, 50), "各小区", "爱国卫生"),
    Custom("legal_consultation", "法律咨询日", (2, 5, 8, 11), 9, 150, (12, 35), "法制学校", "法律进社区"),
)

_LONG_HOLIDAYS = (
    (date(2024, 1, 1), date(2024, 1, 1)),
    (date(2024, 2, 10), date(2024, 2, 17)),
    (date(2024, 4, 4), date(2024, 4, 6)),
    (date(2024, 5, 1), date(2024, 5, 5)),
    (date(2024, 6, 8), date(2024, 6, 10)),
    (date(2024, 9, 15), date(2024, 9, 17)),
    (date(2024, 10, 1), date(2024, 10, 7)),
    (date(2025, 1, 1), date(2025, 1, 1)),
    (date(2025, 1, 28), date(2025, 2, 4)),
    (date(2025, 4, 4), date(2025, 4, 6)),
    (date(2025, 5, 1), date(2025, 5, 5)),
    (date(2025, 5, 31), date(2025, 6, 2)),
    (date(2025, 10, 1), date(2025, 10, 8)),
)


def in_long_holiday(day: date) -> bool:
    """Whether the office was closed for a public holiday (make-up days are left to the official calendar)."""
    return any(first <= day < last + timedelta(days=1) for first, last in _LONG_HOLIDAYS)
