"""County codes of GB/T 2260 by year: which areas of resident identity numbers were in use when.

Codes come and go: nearly half of those ever given are abolished. A number keeps the code of the place that first
registered its bearer, so a code that is not in use any more says nothing against a number.
"""

from functools import cache
from importlib.resources import files

__all__ = ["area_in_use", "area_years"]

_TAIWAN = "830000"
"""Area of residence permits for people from Taiwan (港澳台居民居住证申领发放办法, from 2018-09-01), no code of GB/T 2260."""


def area_years(code: str) -> tuple[tuple[int | None, int | None], ...]:
    """The years in which an area was in use, both ends included; ``None`` where no beginning or end is known.

    Args:
        code: The first six digits of a number.

    Returns:
        Its spans of years in order; empty for an area that never was.

    >>> area_years("110103"), area_years("110199")
    (((None, 2010),), ())
    """
    if code == _TAIWAN:
        return ((2018, None),)
    return _areas().get(code, ())


def area_in_use(code: str, year: int) -> bool:
    """Whether an area was in use in a year.

    >>> area_in_use("110103", 1985), area_in_use("110103", 2015)
    (True, False)
    """
    return any((since or year) <= year <= (until or year) for since, until in area_years(code))


@cache
def _areas() -> dict[str, tuple[tuple[int | None, int | None], ...]]:
    lines = files("shequ.codes").joinpath("areas.txt").read_text(encoding="utf-8").splitlines()
    return dict(_area(line) for line in lines if not line.startswith("#"))


def _area(line: str) -> tuple[str, tuple[tuple[int | None, int | None], ...]]:
    code, _, spans = line.partition(" ")
    years = (span.partition("-") for span in (spans or "-").split(","))
    return code, tuple((int(since) if since else None, int(until) if until else None) for since, _, until in years)
