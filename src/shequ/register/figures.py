"""Figures of a register: measurements, and what moved since a report."""

import difflib
from collections.abc import Iterable
from datetime import date, datetime

from shequ.calendars import Period, parse_date, parse_moment
from shequ.effective import local_date
from shequ.errors import BadData, Misuse, UnknownMetric
from shequ.metrics import (
    Asked,
    Engine,
    Measurement,
    Metric,
    Place,
    Restatement,
    asked_of,
    by_boundaries,
    learned_since,
    restate,
)
from shequ.register.holding import Holding

__all__ = ["Figures"]


class Figures(Holding):
    """Figures: measurements, and what moved since a report."""

    def places(
        self, by: str | None = None, day: date | None = None, known_at: datetime | None = None
    ) -> tuple[Place, ...]:
        """The whole district, or with ``by="community"`` each of its communities and then the whole.

        A community that was renamed is one, by its name of the day; today if none is given.
        """
        return _places(self._engine(known_at=known_at), by, day or self.today)

    def metric(self, code: str) -> Metric:
        """The metric of a code or a Chinese name.

        Raises:
            UnknownMetric: If there is none, with the nearest codes.
        """
        found = self.catalogue.find(code)
        if found is None:
            names = [*self.catalogue, *(metric.name for metric in self.catalogue.values())]
            raise UnknownMetric(code, tuple(difflib.get_close_matches(code, names, n=3, cutoff=0.7)))
        return found

    def measure(
        self,
        code: str,
        *,
        at: "date | str | None" = None,
        period: "Period | str | None" = None,
        division: str | None = None,
        known_at: datetime | None = None,
    ) -> Measurement:
        """A figure on a date or over a period.

        Args:
            code: Code of the metric.
            at: The day.
            period: The period; a metric that is taken on a date is taken on its last day.
            division: Code, id or name of a division; the whole district if none is given.
            known_at: As it was known then, where the store can tell: by the records and rules of that time, and with
                what was running then counted to that day.

        Raises:
            UnknownMetric: If there is no such metric.
            BadData: If the date, period or division cannot be read.
        """
        metric = self.metric(code)
        engine = self._engine(known_at=known_at)
        place = engine.tree.root if division is None else engine.tree[division]
        return engine.measure(metric.code, place, self.asked(at, period))

    def measure_all(
        self,
        *,
        at: "date | str | None" = None,
        period: "Period | str | None" = None,
        by: str | None = None,
        codes: Iterable[str] | None = None,
        known_at: datetime | None = None,
    ) -> list[Measurement]:
        """The whole catalogue, or some codes of it, for the district or by community; otherwise as :meth:`measure`."""
        engine = self._engine(known_at=known_at)
        wanted = tuple(self.metric(code).code for code in codes) if codes is not None else tuple(self.catalogue)
        asked = self.asked(at, period)
        return engine.measure_all(wanted, _places(engine, by, engine.when(asked).day), asked)

    def measure_by_boundaries(
        self,
        metric: str,
        *,
        of: "date | str",
        at: "date | str | None" = None,
        period: "Period | str | None" = None,
        level: str = "community",
    ) -> list[Measurement]:
        """Figures of then by the boundaries of another day, such as of now.

        Args:
            metric: Code or Chinese name.
            of: The day whose boundaries are wanted.
            at: The day that the figures are about.
            period: The period that they are about.
            level: ``community``, or a level of divisions (``town``, ``county``).

        Returns:
            A measurement for each place of the level on that day, and one for the whole if figures belong to none of
            them; see :func:`shequ.metrics.by_boundaries`.

        Raises:
            Misuse: If there is no such level, or no such time.
        """
        wanted = self.metric(metric).code
        day = parse_date(of) if isinstance(of, str) else of
        return by_boundaries(self._engine(), wanted, self.asked(at, period), of=day, level=level)

    def asked(self, at: "date | str | None", period: "Period | str | None") -> Asked:
        """A date or a period from what a user gave.

        Raises:
            BadData: If it cannot be read.
            Misuse: If both or none is given.
        """
        if isinstance(at, str):
            at = parse_date(at)
        elif isinstance(at, datetime):
            at = local_date(at)
        if isinstance(period, str):
            period = Period.parse(period)
        return asked_of(at, period)

    def restate(
        self,
        *,
        since: "datetime | date | str",
        at: "date | str | None" = None,
        period: "Period | str | None" = None,
        by: str | None = None,
        codes: Iterable[str] | None = None,
    ) -> Restatement:
        """What moved since a report: figures that are known otherwise now, with the changes that moved them.

        Both states of knowledge are asked as a report of that day asked: what was running then is counted to that day.

        Args:
            since: When the report was made; a day means the end of that day.
            at: The day that the figures are about.
            period: The period that they are about.
            by: ``community`` for each community as well.
            codes: Codes of metrics; the whole catalogue if none are given.

        Raises:
            Unsupported: If the store does not declare ``known_at``.
            BadData: If ``since`` lies in the future, or before the time asked about.
        """
        moment = since if isinstance(since, datetime) else parse_moment(str(since))
        day, asked = local_date(moment), self.asked(at, period)
        if day > self.today:
            raise BadData(f"{day} 在将来", remedy=f"写出上次报告的日期，{self.today} 或更早")
        if day < (asked.start if isinstance(asked, Period) else asked):
            raise BadData(f"{asked} 在 {day} 尚未开始，当时没有数字可比", remedy="核对时期和上次报告的日期")
        then, now = self._engine(known_at=moment), self._engine(today=day)
        places = {place.id: place for engine in (then, now) for place in _places(engine, by, now.when(asked).day)}
        wanted = tuple(self.catalogue) if codes is None else tuple(self.metric(code).code for code in codes)
        feed = learned_since(self.changes(), moment)
        return Restatement(moment, asked, tuple(restate(then, now, wanted, places, asked, feed)))


def _places(engine: Engine, by: str | None, day: date) -> tuple[Place, ...]:
    tree = engine.tree
    if by is None:
        return (tree.root,)
    if by != "community":
        raise Misuse(f"不能按 {by!r} 分列", remedy="可用：community")
    communities = (place for place in tree if place.kind == "community" and tree.is_version_of(place, day))
    return (*sorted(communities, key=lambda place: place.code), tree.root)
