"""Administrative division codes: 2+2+2+3+3 digits, a higher unit padded with zeros on the right.

Digits 7–9: 001–099 sub-district, 100–199 town, 200–399 township. Digits 10–12: 001–199 residents' committee,
200–399 villagers' committee. Codes change at every reorganisation and are no stable keys.
"""

import re
from enum import StrEnum

__all__ = ["DivisionLevel", "division_advice", "division_level", "division_prefix", "parent_division"]

_CODE = re.compile(r"\d{12}\Z")
_WIDTHS = (2, 4, 6, 9, 12)


class DivisionLevel(StrEnum):
    """Level of a division, from the province down to the committee."""

    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    TOWN = "town"
    VILLAGE = "village"


def _width(code: str) -> int:
    return next(width for width in _WIDTHS if not code[width:].strip("0"))


def division_level(code: str) -> DivisionLevel | None:
    """The level that a 12-digit code stands for; ``None`` if it is no such code (a local key, say)."""
    if not _CODE.match(code) or code.startswith("00"):
        return None
    return tuple(DivisionLevel)[_WIDTHS.index(_width(code))]


def parent_division(code: str) -> str | None:
    """The code one level up; ``None`` for a province or a local key.

    >>> parent_division("330203001001")
    '330203001000'
    """
    if division_level(code) in (None, DivisionLevel.PROVINCE):
        return None
    width = _WIDTHS[_WIDTHS.index(_width(code)) - 1]
    return code[:width].ljust(12, "0")


def division_prefix(code: str) -> str:
    """The digits that every division within this one begins with; a local key stands for itself alone.

    >>> division_prefix("330203001000")
    '330203001'
    """
    return code if division_level(code) is None else code[: _width(code)]


def division_advice(code: str) -> str | None:
    """What is unusual about a 12-digit code's segments, in Chinese; ``None`` if nothing is.

    An unusual segment is advice and no error: development zones and state farms have ranges of their own.
    """
    level = division_level(code)
    if level is DivisionLevel.TOWN and not 1 <= int(code[6:9]) <= 399:
        return f"第 7–9 位 {code[6:9]} 不在街道 001–099、镇 100–199、乡 200–399 之内"
    if level is DivisionLevel.VILLAGE and not 1 <= int(code[9:12]) <= 399:
        return f"第 10–12 位 {code[9:12]} 不在居委会 001–199、村委会 200–399 之内"
    return None
