"""Resident identity numbers (GB 11643): a verdict of separate facts, not one yes or no.

Eighteen places: 6 area, 8 birth, 3 sequence (odd male, even female), 1 check digit by ISO 7064 MOD 11-2. An area
that is unknown or abolished is a fact of its own, since county codes come and go while people keep their number.
The area ``999900`` is reserved for demonstration: no person has it.
"""

import re
from datetime import date
from enum import StrEnum
from typing import Literal

import attrs

from shequ.codes.areas import area_in_use, area_years

__all__ = [
    "DEMONSTRATION_AREA",
    "NumberKind",
    "ResidentIdVerdict",
    "check_digit",
    "full_resident_id",
    "judge_resident_id",
    "mask_resident_id",
]

DEMONSTRATION_AREA = "999900"
Area = Literal["demonstration", "known", "abolished", "unknown"]
_FORM = re.compile(r"\d{17}[\dX]\Z", re.ASCII)
_OLD_FORM = re.compile(r"\d{15}\Z", re.ASCII)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_PERMITS = ("81", "82", "83")
_EARLIEST_BIRTH = date(1860, 1, 1)  # numbers are given out since 1984


def check_digit(first17: str) -> str:
    """The check digit for the first seventeen places (ISO 7064 MOD 11-2).

    >>> check_digit("99990019600630001")
    '7'
    """
    return _CHECKS[sum(int(d) * w for d, w in zip(first17, _WEIGHTS, strict=True)) % 11]


class NumberKind(StrEnum):
    """What sort of number it is."""

    RESIDENT = "resident identity number"
    OLD = "resident identity number of fifteen digits"
    PERMIT = "residence permit number"

    @property
    def label(self) -> str:
        """In Chinese."""
        return {
            NumberKind.RESIDENT: "公民身份号码",
            NumberKind.OLD: "15 位旧居民身份证号",
            NumberKind.PERMIT: "港澳台居民居住证号",
        }[self]


@attrs.frozen
class ResidentIdVerdict:
    """What a number says, fact by fact; a fact that the number cannot give is ``None``.

    Args:
        number: The number judged.
        form_ok: Whether it has eighteen places, digits but for a last ``X``, or the fifteen digits of the old form.
        kind: What sort of number it is.
        check_ok: Whether the check digit is right; the old form has none.
        expected_check: The check digit that the other places demand.
        birth_date: Date of birth; ``None`` if its places are no date. The old form has the years 1900–1999.
        sex: Code of GB/T 2261.1, ``1`` male or ``2`` female.
        born_ok: Whether somebody with this date of birth can hold a number: born in 1860 or later, and not after the day
            asked about. ``None`` if the places are no date.
        area: ``demonstration``; ``known``: in use in the year asked about; ``abolished``: a real area, but not in use in
            that year; ``unknown``: never heard of. None of them makes a number wrong.
    """

    number: str
    form_ok: bool
    kind: NumberKind | None = None
    check_ok: bool | None = None
    expected_check: str | None = None
    birth_date: date | None = None
    sex: Literal["1", "2"] | None = None
    area: Area | None = None
    born_ok: bool | None = None

    @property
    def problem(self) -> str | None:
        """The first thing wrong with the number, in Chinese; ``None`` if nothing is."""
        if not self.form_ok:
            return "身份证号应为 18 位，前 17 位为数字，末位为数字或大写 X"
        digits = self.number[6:12] if self.kind is NumberKind.OLD else self.number[6:14]
        if self.birth_date is None:
            return f"身份证号第 7–{6 + len(digits)} 位 {digits} 不是日期"
        if self.check_ok is False:
            return f"身份证号校验码错误：末位是 {self.number[17]}，按前 17 位应为 {self.expected_check}"
        if self.born_ok is False:
            wrong = f"早于 {_EARLIEST_BIRTH.year} 年" if self.birth_date < _EARLIEST_BIRTH else "在将来"
            return f"身份证号第 7–{6 + len(digits)} 位 {digits} 的出生日期{wrong}"
        return None


def judge_resident_id(number: str, *, year: int | None = None, at: date | None = None) -> ResidentIdVerdict:
    """Judge a resident identity number, of eighteen or of fifteen places, or a residence permit number.

    Args:
        number: The number.
        year: The year in which its area should have been in use; ``None`` for any. A number keeps the code of the place
            that first registered its bearer, which need not have existed at birth, nor exist now.
        at: The day on which its bearer should have been born; ``None`` where no day is asked about.
    """
    if _FORM.match(number):
        full, kind = number, NumberKind.PERMIT if number[:2] in _PERMITS else NumberKind.RESIDENT
    elif _OLD_FORM.match(number):
        full, kind = f"{number[:6]}19{number[6:]}", NumberKind.OLD
    else:
        return ResidentIdVerdict(number, form_ok=False)
    expected = check_digit(full[:17])
    try:
        birth = date(int(full[6:10]), int(full[10:12]), int(full[12:14]))
    except ValueError:
        birth = None
    return ResidentIdVerdict(
        number,
        form_ok=True,
        kind=kind,
        check_ok=None if kind is NumberKind.OLD else full[17] == expected,
        expected_check=expected,
        birth_date=birth,
        sex="1" if int(full[16]) % 2 else "2",
        area=_area(full[:6], year),
        born_ok=None if birth is None else _EARLIEST_BIRTH <= birth and (at is None or birth <= at),
    )


def _area(code: str, year: int | None) -> Area:
    if code == DEMONSTRATION_AREA:
        return "demonstration"
    if not area_years(code):
        return "unknown"
    return "known" if year is None or area_in_use(code, year) else "abolished"


def full_resident_id(number: str) -> str:
    """The eighteen places that a number of the old form became (GB 11643-1999); others are returned as they are.

    >>> full_resident_id("999900600630001")
    '999900196006300017'
    """
    if not _OLD_FORM.match(number):
        return number
    first = f"{number[:6]}19{number[6:]}"
    return first + check_digit(first)


def mask_resident_id(number: str) -> str:
    """The number as it may be shown: four places, asterisks, the last two.

    >>> mask_resident_id("999900196006300017")
    '9999************17'
    """
    return number[:4] + "*" * max(0, len(number) - 6) + number[-2:] if len(number) > 6 else "*" * len(number)
