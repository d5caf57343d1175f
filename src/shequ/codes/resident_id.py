"""Resident identity numbers (GB 11643): a verdict of separate facts, not one yes or no.

Eighteen places: 6 area, 8 birth, 3 sequence (odd male, even female), 1 check digit by ISO 7064 MOD 11-2. An area
that is unknown or abolished is a fact of its own, since county codes come and go while people keep their number.
The area ``999900`` is reserved for demonstration: no person has it.
"""

import re
from datetime import date
from typing import Literal

import attrs

__all__ = ["DEMONSTRATION_AREA", "ResidentIdVerdict", "check_digit", "judge_resident_id", "mask_resident_id"]

DEMONSTRATION_AREA = "999900"
_FORM = re.compile(r"\d{17}[\dX]\Z")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
# First two digits that GB/T 2260 has given to a province, and 81–83 for residence permits of people from
# Hong Kong, Macao and Taiwan, which have the same form and check digit.
_AREAS = (
    ("1", "12345"),
    ("2", "123"),
    ("3", "1234567"),
    ("4", "123456"),
    ("5", "01234"),
    ("6", "12345"),
    ("7", "1"),
    ("8", "123"),
)
_PROVINCES = frozenset(f"{first}{second}" for first, seconds in _AREAS for second in seconds)


def check_digit(first17: str) -> str:
    """The check digit for the first seventeen places (ISO 7064 MOD 11-2).

    >>> check_digit("99990019600630001")
    '7'
    """
    return _CHECKS[sum(int(d) * w for d, w in zip(first17, _WEIGHTS, strict=True)) % 11]


@attrs.frozen
class ResidentIdVerdict:
    """What a number says, fact by fact; a fact that the number cannot give is ``None``.

    Args:
        number: The number judged.
        form_ok: Whether it has eighteen places, digits but for a last ``X``.
        check_ok: Whether the check digit is right.
        expected_check: The check digit that the other places demand.
        birth_date: Date of birth; ``None`` if places 7–14 are no date.
        sex: Code of GB/T 2261.1, ``1`` male or ``2`` female.
        area: ``demonstration``, ``known`` (its province is), or ``unknown``; unknown is advice, no error.
    """

    number: str
    form_ok: bool
    check_ok: bool | None = None
    expected_check: str | None = None
    birth_date: date | None = None
    sex: Literal["1", "2"] | None = None
    area: Literal["demonstration", "known", "unknown"] | None = None

    @property
    def problem(self) -> str | None:
        """The first thing wrong with the number, in Chinese; ``None`` if nothing is."""
        if not self.form_ok:
            return "身份证号应为 18 位，前 17 位为数字，末位为数字或大写 X"
        if self.birth_date is None:
            return f"身份证号第 7–14 位 {self.number[6:14]} 不是日期"
        if not self.check_ok:
            return f"身份证号校验码错误：末位是 {self.number[17]}，按前 17 位应为 {self.expected_check}"
        return None


def judge_resident_id(number: str) -> ResidentIdVerdict:
    """Judge a resident identity number (or a residence permit number of the 8-series)."""
    if not _FORM.match(number):
        return ResidentIdVerdict(number, form_ok=False)
    expected = check_digit(number[:17])
    try:
        birth = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        birth = None
    area: Literal["demonstration", "known", "unknown"] = (
        "demonstration" if number.startswith(DEMONSTRATION_AREA) else "known" if number[:2] in _PROVINCES else "unknown"
    )
    return ResidentIdVerdict(
        number,
        form_ok=True,
        check_ok=number[17] == expected,
        expected_check=expected,
        birth_date=birth,
        sex="1" if int(number[16]) % 2 else "2",
        area=area,
    )


def mask_resident_id(number: str) -> str:
    """The number as it may be shown: four places, asterisks, the last two.

    >>> mask_resident_id("999900196006300017")
    '9999************17'
    """
    return number[:4] + "*" * max(0, len(number) - 6) + number[-2:] if len(number) > 6 else "*" * len(number)
