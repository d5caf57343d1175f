"""What a metric can be asked about, and where it finds the parameters of the day."""

from datetime import date
from typing import Protocol

from shequ.calendars import Period
from shequ.effective import Timeline
from shequ.errors import Misuse
from shequ.metrics.divisions import Place
from shequ.metrics.measurement import ParameterUse

__all__ = ["Asked", "ParameterSource", "asked_of", "lies_in"]

Asked = date | Period
"""A day, or a period."""


class ParameterSource(Protocol):
    """Where metrics find the parameters of the rules."""

    def use(self, name: str, places: tuple[Place, ...], day: date) -> ParameterUse | None:
        """The value in force on a day for the narrowest of the places, or ``None``."""
        ...

    def course(self, name: str, places: tuple[Place, ...]) -> Timeline[ParameterUse]:
        """The values of all days, each for the narrowest of the places that has one."""
        ...


def asked_of(at: date | None, period: Period | None) -> Asked:
    """Exactly one of a date and a period.

    Raises:
        Misuse: If both or none is given.
    """
    if at is not None and period is None:
        return at
    if period is not None and at is None:
        return period
    raise Misuse("give either at= or period=")


def lies_in(time: Asked, asked: Asked) -> bool:
    """Whether the time that a figure is about lies in the one asked about."""
    if not isinstance(asked, Period):
        return time == asked or (isinstance(time, Period) and time.last_day == asked)
    if isinstance(time, Period):
        return asked.span.covers(time.span)
    return time in asked
