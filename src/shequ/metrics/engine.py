"""From records and filed figures to measurements.

Where a :class:`~shequ.model.Coverage` declares that the records of every type a metric reads are complete, the
records win, and none means 0. Elsewhere a filed figure wins over the records beside it, and no figure means no data.
Either way the measurement says what was used, and keeps both where both exist.
"""

from collections.abc import Iterable, Iterator
from copy import copy
from datetime import date
from fractions import Fraction
from itertools import chain
from typing import Any

import attrs

from shequ.calendars import Period
from shequ.effective import Timeline
from shequ.metrics.asking import Asked, ParameterSource
from shequ.metrics.combining import ratio, shortfall, total
from shequ.metrics.counting import counted
from shequ.metrics.coverage import Declarations
from shequ.metrics.definition import Books, Catalogue, Measured, Metric, Quality, Ratio, Shortfall, Timing, Total
from shequ.metrics.describe import describe
from shequ.metrics.divisions import TREE_TYPES, DivisionTree, Place
from shequ.metrics.figures import FiledFigures
from shequ.metrics.filing import filed_measurements, filed_of, from_filed
from shequ.metrics.measurement import Measurement, ParameterUse, Provenance
from shequ.metrics.quality import books, quality
from shequ.model import Coverage, ReportedFigure, Schema
from shequ.query import Measure, Scannable, StoreEvaluator, When, bind, laws_of, parameters_of

__all__ = ["Engine"]


class Engine:
    """Measures over one snapshot of one district.

    Args:
        snapshot: The records.
        schema: Their types.
        catalogue: The metrics.
        district: Id of the district.
        today: The register's day: a period still running is counted to it.
        parameters: Where parameters are found.
    """

    def __init__(
        self,
        snapshot: Scannable,
        schema: Schema,
        catalogue: Catalogue,
        *,
        district: str,
        today: date,
        parameters: ParameterSource,
    ) -> None:
        self.schema, self.catalogue, self.today = schema, catalogue, today
        self.evaluator = StoreEvaluator(snapshot, schema)
        self.parameters = parameters
        figures = self._all("reported_figure", ReportedFigure)
        places = chain.from_iterable(self.evaluator.table(name).values() for name in TREE_TYPES)
        self.tree = DivisionTree(district, places, (*(figure.division for figure in figures), *self._named()))
        self.figures = FiledFigures(figures, self.tree)
        self._declarations = Declarations(self._all("coverage", Coverage), self.tree)
        self._known: dict[tuple[str, str, Asked], Measurement] = {}

    def under(self, parameters: ParameterSource) -> "Engine":
        """The same records by other parameters: what was read and counted is not read again."""
        other = copy(self)
        other.parameters, other._known = parameters, {}
        return other

    def _named(self) -> Iterator[str]:
        """The divisions that records name: one without a record of its own is a stub, and nothing in it is lost."""
        for declared in self.schema:
            for spec in declared.references:
                if spec.to == "division" and declared.name != "division":
                    yield from self.evaluator.values(declared.name, spec.name)

    def _all(self, name: str, cls: type[Any]) -> list[Any]:
        return [row for row in self.evaluator.table(name).values() if isinstance(row, cls)]

    def when(self, asked: Asked) -> When:
        """The day and period that a question is about: a period still running ends today."""
        if not isinstance(asked, Period):
            return When.on(asked)
        running = asked.start <= self.today < asked.last_day
        return When.over(asked.until(self.today) if running else asked)

    def measure_all(self, codes: Iterable[str], places: Iterable[Place], asked: Asked) -> list[Measurement]:
        """Several metrics for several divisions, each type of record read in one pass."""
        codes, places = tuple(codes), tuple(places)
        self.prepare(codes, places, asked)
        return [self.measure(code, place, asked) for code in codes for place in places]

    def prepare(self, codes: Iterable[str], places: Iterable[Place], asked: Asked) -> None:
        """Evaluate what the metrics ask of the records, together."""
        pending, closure = list(codes), dict[str, None]()
        while pending:
            code = pending.pop()
            if code not in closure:
                closure[code] = None
                pending += self.catalogue[code].components
        when = self.when(asked)
        measures = []
        for metric in map(self.catalogue.__getitem__, closure):
            if isinstance(metric.formula, Measured) and (metric.timing is Timing.AT or when.period is not None):
                for place in places:
                    bound, _, missing = self.bound(metric.formula.measure, place, when.day)
                    if not missing:
                        measures.append(bound)
        self.evaluator.prepare(measures, when)

    def measure(self, code: str, place: Place, asked: Asked) -> Measurement:
        """One metric for one division, on a date or over a period."""
        known = self._known.get((code, place.id, asked))
        if known is None:
            known = self._known[code, place.id, asked] = self._resolve(self.catalogue[code], place, asked)
        return known

    def _resolve(self, metric: Metric, place: Place, asked: Asked) -> Measurement:
        if isinstance(asked, Period) and asked.start > self.today:
            return self.blank(metric, place, asked, "时期尚未开始")
        filed = filed_of(self, metric, place, asked)
        match metric.formula:
            case Ratio():
                found = ratio(self, metric.formula, metric, place, asked)
            case Total():
                found = total(self, metric.formula, metric, place, asked)
            case Shortfall():
                found = shortfall(self, metric.formula, metric, place, asked)
            case Books():
                return books(self, metric, place, asked)
            case Quality():
                return quality(self, metric.formula, metric, place, asked)
            case _:
                return counted(self, metric, place, asked, filed)
        if filed.total is None:
            return found
        if found.value is None or not _from_records(found):
            return from_filed(self, metric, place, asked, filed, computed=found.value)
        return attrs.evolve(found, filed=filed.total, computed=found.value, provenance=Provenance.BOTH)

    def blank(self, metric: Metric, place: Place, asked: Asked, *notes: str, **facts: Any) -> Measurement:
        """A measurement without data, or with what ``facts`` give it."""
        when = self.when(asked)
        over = asked.last_day if isinstance(asked, Period) else asked
        provisional = over > self.today
        if provisional and "时期尚未开始" not in notes:
            notes = (*notes, f"尚未结束，为截至 {min(self.today, when.day)} 的暂计数")
        return Measurement(
            metric,
            place,
            when,
            asked if isinstance(asked, Period) else None,
            **{"value": None, **facts},
            notes=notes,
            provisional=provisional,
            definition=lambda: describe(metric, lambda code: self.catalogue[code].name, self.schema),
        )

    def bound(self, measure: Measure, place: Place, day: date) -> tuple[Measure, tuple[ParameterUse, ...], str]:
        """The measure with its parameters put in, what was put in, and the name of one that has no value."""
        names, laws = sorted(parameters_of(measure)), laws_of(measure)
        if not names:
            return measure, (), ""
        places = self.tree.above(place, day)
        used: list[ParameterUse] = []
        values: dict[str, Any] = {}
        for name in names:
            if name in laws:
                course = self.parameters.course(name, places)
                used += (use for span, use in course if span.since is None or span.since <= day)
                values[name] = Timeline((span, use.value) for span, use in course)
                continue
            use = self.parameters.use(name, places, day)
            if use is None:
                return measure, (), name
            used.append(use)
            values[name] = use.value
        if not used:
            return measure, (), names[0]
        return bind(measure, values), tuple(used), ""

    def complete(self, types: Iterable[str], place: Place, asked: Asked) -> bool:
        """Whether the records of these types are declared complete for a place, on a date or over a period."""
        return self._declarations.cover(tuple(types), place, self.when(asked))

    def begins(self, types: Iterable[str], place: Place) -> date | None:
        """The first day from which the records of all these types are declared complete for a place, if there is one."""
        return self._declarations.begins(tuple(types), place)

    def combined(
        self,
        metric: Metric,
        place: Place,
        asked: Asked,
        value: Fraction | None,
        operands: tuple[Measurement, ...],
        *notes: str,
        **facts: Any,
    ) -> Measurement:
        """A measurement made of others: its value as worked out, its rows and provenance theirs."""
        sources = {operand.provenance for operand in operands} - {Provenance.NONE}
        provenance = Provenance.NONE if not sources else sources.pop() if len(sources) == 1 else Provenance.BOTH
        return self.blank(
            metric,
            place,
            asked,
            *notes,
            **{
                "value": value,
                "provenance": provenance if value is not None else Provenance.NONE,
                "row_count": sum(operand.row_count for operand in operands),
                "operands": operands,
                "rows": lambda: chain.from_iterable(operand.rows() for operand in operands),
                **facts,
            },
        )

    def below(self, metric: Metric, place: Place, asked: Asked) -> tuple[Measurement, ...]:
        """The same metric for each community that operates within the place."""
        communities = self.tree.communities(self.when(asked).day, place)
        return tuple(self.measure(metric.code, child, asked) for child in communities if child.id != place.id)

    def filed_measurements(self, place: Place, asked: Asked) -> Iterator[tuple[ReportedFigure, Measurement]]:
        """Each filed total of a known metric that lies in the time asked about, with its measurement."""
        return filed_measurements(self, place, asked)


def _from_records(found: Measurement) -> bool:
    """Whether a combined figure rests on complete records somewhere."""
    return any(operand.computed is not None or _from_records(operand) for operand in found.operands)
