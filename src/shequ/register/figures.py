"""Figures of a register: measurements, and what moved since a report."""

import difflib
from collections.abc import Iterable
from datetime import date, datetime

from shequ.calendars import Period, parse_date, parse_moment
from shequ.effective import local_date
from shequ.errors import BadData, Misuse, UnknownMetric
from shequ.metrics import (
    BREAKDOWNS,
    Asked,
    Comparison,
    Earlier,
    Engine,
    Measurement,
    Metric,
    Place,
    Restatement,
    asked_of,
    breakdowns_of,
    by_boundaries,
    by_group,
    compared,
    earlier,
    learned_since,
    restate,
)
from shequ.register.viewing import Viewing

__all__ = ["Figures"]


class Figures(Viewing):
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
        by: str | None = None,
        known_at: datetime | None = None,
    ) -> Measurement:
        """A figure on a date or over a period.

        Args:
            code: Code of the metric.
            at: The day.
            period: The period; a metric that is taken on a date is taken on its last day.
            division: Code, id or name of a division; the whole district if none is given.
            by: ``zone``, ``sex``, ``age`` or ``kind``: its groups are the figure's ``parts``.
            known_at: As it was known then, where the store can tell: by the records and rules of that time, and with
                what was running then counted to that day.

        Raises:
            UnknownMetric: If there is no such metric.
            BadData: If the date, period or division cannot be read.
            Misuse: If the metric cannot be broken down so.
        """
        metric = self.metric(code)
        engine = self._engine(known_at=known_at)
        place = engine.tree.root if division is None else engine.tree[division]
        asked = self.asked(at, period)
        return self._narrowed(
            engine.measure(metric.code, place, asked) if by is None else by_group(engine, metric.code, place, asked, by)
        )

    def measure_all(
        self,
        *,
        at: "date | str | None" = None,
        period: "Period | str | None" = None,
        by: str | None = None,
        codes: Iterable[str] | None = None,
        known_at: datetime | None = None,
    ) -> list[Measurement]:
        """The whole catalogue, or some codes of it; otherwise as :meth:`measure`.

        Args:
            at: The day.
            period: The period.
            by: ``community`` for each community and then the whole; ``zone``, ``sex``, ``age`` or ``kind`` for the
                groups of each figure: those that cannot be broken down so are left out if no codes are given.
            codes: Codes or Chinese names of metrics.
            known_at: As it was known then.

        Raises:
            UnknownMetric: If there is no such metric.
            Misuse: If one of the codes cannot be broken down so.
        """
        engine = self._engine(known_at=known_at)
        asked, wanted = self.asked(at, period), self._wanted(codes, by)
        if by in BREAKDOWNS:
            engine.prepare(wanted, (engine.tree.root,), asked)
            return [self._narrowed(by_group(engine, code, engine.tree.root, asked, by)) for code in wanted]
        return list(map(self._narrowed, engine.measure_all(wanted, _places(engine, by, engine.when(asked).day), asked)))

    def _wanted(self, codes: Iterable[str] | None, by: str | None) -> tuple[str, ...]:
        if codes is not None:
            return tuple(self.metric(code).code for code in codes)
        if by not in BREAKDOWNS:
            return tuple(self.catalogue)
        metrics = self.catalogue.values()
        return tuple(one.code for one in metrics if by in breakdowns_of(self.schema, self.catalogue, one))

    def compare(
        self,
        *,
        to: str,
        at: "date | str | None" = None,
        period: "Period | str | None" = None,
        by: str | None = None,
        codes: Iterable[str] | None = None,
        known_at: datetime | None = None,
    ) -> list[Comparison]:
        """Figures beside those of an earlier time; otherwise as :meth:`measure_all`.

        Args:
            to: ``yoy`` for the same stretch a year earlier (同比), ``pop`` for the one right before (环比).
            at: The day.
            period: The period.
            by: As for :meth:`measure_all`.
            codes: Codes or Chinese names of metrics; the whole catalogue if none are given.
            known_at: As both were known then.

        Raises:
            UnknownMetric: If there is no such metric.
            Misuse: If there is no such comparison, or one of the codes cannot be broken down so.
        """
        if to not in tuple(Earlier):
            raise Misuse(f"没有名为 {to!r} 的比较", remedy="可用：yoy（同比）、pop（环比）")
        engine, asked = self._engine(known_at=known_at), self.asked(at, period)
        then = earlier(asked, Earlier(to), engine.today)
        measured = self.measure_all(at=at, period=period, by=by, codes=codes, known_at=known_at)
        wanted = tuple(dict.fromkeys(one.metric.code for one in measured))
        engine.prepare(wanted, {one.place.id: one.place for one in measured}.values(), then)
        return [
            compared(
                Earlier(to),
                now,
                by_group(engine, now.metric.code, now.place, then, by)
                if by in BREAKDOWNS
                else engine.measure(now.metric.code, now.place, then),
            )
            for now in measured
        ]

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
        raise Misuse(f"不能按 {by!r} 分列", remedy=f"可用：community、{'、'.join(BREAKDOWNS)}")
    communities = (place for place in tree if place.kind == "community" and tree.is_version_of(place, day))
    return (*sorted(communities, key=lambda place: place.code), tree.root)
