"""What lies within so many metres of a position, as the crow flies."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from decimal import Decimal
from math import asin, cos, radians, sin, sqrt
from typing import Any

__all__ = ["Neighbourhood", "distance"]

_RADIUS = 6_371_008.8
"""Mean radius of the Earth in metres (IUGG)."""
_METRES_PER_DEGREE = 111_190
"""A little less than the length of a degree of latitude, so that a band is never too narrow."""


def distance(longitude: Decimal, latitude: Decimal, other_longitude: Decimal, other_latitude: Decimal) -> int:
    """Metres between two positions on a sphere, rounded half up.

    >>> distance(Decimal("121.5"), Decimal("29.8"), Decimal("121.5"), Decimal("29.8045"))
    500
    """
    north, other_north = radians(latitude), radians(other_latitude)
    across = sin((other_north - north) / 2) ** 2
    along = cos(north) * cos(other_north) * sin(radians(other_longitude - longitude) / 2) ** 2
    return int(2 * _RADIUS * asin(min(1.0, sqrt(across + along))) + 0.5)


class Neighbourhood:
    """Things by their position, with the question what lies around.

    Args:
        points: Longitude, latitude and key of each thing; those of which one is not known are passed over.
        metres: How far away a thing may be.
    """

    def __init__(self, points: Iterable[tuple[Decimal | None, Decimal | None, Any]], metres: int) -> None:
        known = ((y, x, key) for x, y, key in points if x is not None and y is not None and key is not None)
        self._points = sorted(known, key=lambda point: point[0])
        self._latitudes = [latitude for latitude, _, _ in self._points]
        self._metres = metres
        self._band = Decimal(metres + 1) / _METRES_PER_DEGREE

    def around(self, longitude: Decimal, latitude: Decimal) -> frozenset[Any]:
        """Distinct keys of the things that lie within reach of a position."""
        first = bisect_left(self._latitudes, latitude - self._band)
        last = bisect_right(self._latitudes, latitude + self._band)
        return frozenset(
            key
            for north, east, key in self._points[first:last]
            if distance(longitude, latitude, east, north) <= self._metres
        )
