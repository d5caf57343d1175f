"""From records and filed figures to measurements.

Where a :class:`~shequ.model.Coverage` declares that the records of every type a metric reads are complete, the
records win, and none means 0. Elsewhere a filed figure wins over the records beside it, and no figure means no data.
Either way the measurement says what was used, and keeps both where both exist.
"""

from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from datetime import date, timedelta
from fractions import Fraction
from itertools import chain
from typing import Any, Protocol

import attrs

from shequ.calendars import Period
from shequ.effective import Span
from shequ.errors import CalendarNotPublished, MissingExtra, Misuse
from shequ.metrics.definition import (
    Books,
    Catalogue,
    Measured,
    Metric,
    Quality,
    Ratio,
    RollUp,
    Shortfall,
    Timing,
    Total,
)
from shequ.metrics.describe import describe, field_at
from shequ.metrics.divisions import TREE_TYPES, DivisionTree, Place
from shequ.metrics.figures import Filed, FiledFigures, breakdown_label
from shequ.metrics.measurement import Measurement, ParameterUse, Provenance
from shequ.model import EVERY_TYPE, Coverage, Record, RecordType, ReportedFigure, Schema
from shequ.query import AgeBand, Answer, By, Count, Evaluator, Group, Measure, Scannable, Sum, When, bind, parameters_of

__all__ = ["Asked", "Engine", "ParameterSource", "asked_of"]

Asked = date | Period


class ParameterSource(Protocol):
    """Where metrics find the parameters of the rules."""

    def use(self, name: str, places: tuple[Place, ...], day: date) -> ParameterUse | None:
        """The value in force on a day for the narrowest of the places, or ``None``."""
        ...


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
        self.evaluator = Evaluator(snapshot, schema)
        self._parameters = parameters
        figures = self._all("reported_figure", ReportedFigure)
        places = chain.from_iterable(self.evaluator.table(name).values() for name in TREE_TYPES)
        self.tree = DivisionTree(district, places, (*(figure.division for figure in figures), *self._named()))
        self.figures = FiledFigures(figures, self.tree)
        self._coverage = self._all("coverage", Coverage)
        self._known: dict[tuple[str, str, Asked], Measurement] = {}

    def under(self, parameters: ParameterSource) -> "Engine":
        """The same records by other parameters: what was read and counted is not read again."""
        other = copy(self)
        other._parameters, other._known = parameters, {}
        return other

    def _named(self) -> Iterator[str]:
        """The divisions that records name: one without a record of its own is a stub, and nothing in it is lost."""
        for declared in self.schema:
            for spec in declared.references:
                if spec.to == "division" and declared.name != "division":
                    for row in self.evaluator.table(declared.name).values():
                        yield getattr(row, spec.name)

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
                    bound, _, missing = self._bound(metric.formula.measure, place, when.day)
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
            return self._blank(metric, place, asked, "时期尚未开始")
        filed = self._filed(metric, place, asked)
        match metric.formula:
            case Ratio():
                found = self._ratio(metric.formula, metric, place, asked)
            case Total():
                found = self._total(metric.formula, metric, place, asked)
            case Shortfall():
                found = self._shortfall(metric.formula, metric, place, asked)
            case Books():
                return self._books(metric, place, asked)
            case Quality():
                return self._quality(metric.formula, metric, place, asked)
            case _:
                return self._counted(metric, place, asked, filed)
        if filed.total is None:
            return found
        if found.value is None or not _from_records(found):
            return self._from_filed(metric, place, asked, filed, computed=found.value)
        return attrs.evolve(found, filed=filed.total, computed=found.value, provenance=Provenance.BOTH)

    def _blank(self, metric: Metric, place: Place, asked: Asked, *notes: str, **facts: Any) -> Measurement:
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

    # Filed figures

    def _filed(self, metric: Metric, place: Place, asked: Asked) -> Filed:
        found = self.figures.find(metric, place, asked)
        if found.figures or metric.parts_of is None or not metric.by:
            return found
        whole = self.figures.find(self.catalogue[metric.parts_of], place, asked)
        name = metric.by[0].name
        if name not in whole.breakdowns:
            return found
        return attrs.evolve(whole, breakdowns={name: whole.breakdowns[name]})

    def _from_filed(
        self,
        metric: Metric,
        place: Place,
        asked: Asked,
        filed: Filed,
        *notes: str,
        computed: Fraction | None = None,
    ) -> Measurement:
        ids = sorted(figure.id for figure in filed.figures)
        return self._blank(
            metric,
            place,
            asked,
            *filed.notes,
            *notes,
            value=filed.total,
            filed=filed.total,
            computed=computed,
            provenance=Provenance.FILED,
            row_count=len(ids),
            parts=tuple(self._filed_parts(metric, place, asked, filed)),
            rows=lambda: iter([("reported_figure", id_) for id_ in ids]),
        )

    def _filed_parts(self, metric: Metric, place: Place, asked: Asked, filed: Filed) -> Iterator[Measurement]:
        choices = {by.name: self._choices(metric, by) for by in metric.by if isinstance(by, By)}
        for name, groups in filed.breakdowns.items():
            for group, value in groups:
                said = choices.get(name, {}).get(group, group)
                label = said if len(filed.breakdowns) == 1 else f"{breakdown_label(name)}：{said}"
                yield self._blank(
                    metric,
                    place,
                    asked,
                    value=value,
                    filed=value,
                    provenance=Provenance.FILED,
                    row_count=1,
                    group=label,
                )

    def _choices(self, metric: Metric, by: Group) -> Mapping[str, str]:
        """Code → label of a breakdown's groups, where they are coded."""
        if not isinstance(metric.formula, Measured):
            return {}
        return field_at(self.schema, self.schema[metric.reads[0]], by.path).choices

    # Records

    def _counted(self, metric: Metric, place: Place, asked: Asked, filed: Filed) -> Measurement:
        when = self.when(asked)
        formula = metric.formula
        if not isinstance(formula, Measured):
            return self._without_records(metric, place, asked, filed)
        if metric.timing is Timing.IN and when.period is None:
            return self._without_records(metric, place, asked, filed, "期间指标，应按时期而非日期查询")
        measure, used, missing = self._bound(formula.measure, place, when.day)
        if missing:
            return self._without_records(metric, place, asked, filed, f"参数“{missing}”在 {when.day} 无值")
        heir = self.tree.heir(place, when.day) if place != self.tree.root else None
        if heir is not None:
            ended = self.tree.version(place, when.day).span.until
            return self._without_records(metric, place, asked, filed, f"已于 {ended} 停用，其记录计入{heir.name}")
        within = self.tree.within(place, when.day)
        try:
            answer = self.evaluator.answer(measure, within, when)
        except (CalendarNotPublished, MissingExtra) as error:
            return self._without_records(metric, place, asked, filed, error.message)
        if not self._covered(metric.reads, place, when):
            note = (f"另有 {answer.rows} 条记录，但未声明完整（记录覆盖），不据以计数",) if answer.rows else ()
            return self._without_records(metric, place, asked, filed, *note, records=answer.rows)
        value = None if answer.value is None else answer.value * formula.factor
        notes = () if value is not None else ("记录完整，但期内没有可取中位数的记录",)
        return self._blank(
            metric,
            place,
            asked,
            *notes,
            value=value,
            computed=value,
            filed=filed.total,
            provenance=Provenance.RECORDS if filed.total is None else Provenance.BOTH,
            row_count=answer.rows,
            parts=tuple(self._groups(metric, measure, formula.factor, answer, place, asked)),
            parameters=used,
            rows=lambda: self.evaluator.rows(measure, within, when),
        )

    def _groups(
        self, metric: Metric, measure: Measure, factor: Fraction, answer: Answer, place: Place, asked: Asked
    ) -> Iterator[Measurement]:
        if not isinstance(measure, Count | Sum):
            return
        name = measure.type if isinstance(measure, Sum) else next(measure.of.leaves()).type
        for group, (value, rows) in sorted(answer.groups.items(), key=lambda item: tuple(k or "" for k in item[0])):
            label = " ".join(self._group_label(name, by, key) for by, key in zip(measure.by, group, strict=True))
            yield self._blank(
                metric,
                place,
                asked,
                value=value * factor,
                computed=value * factor,
                provenance=Provenance.RECORDS,
                row_count=rows,
                group=label,
            )

    def _group_label(self, type_name: str, by: Group, key: str | None) -> str:
        if key is None:
            return "未填"
        spec = field_at(self.schema, self.schema[type_name], by.path)
        if key in spec.choices:
            return spec.choices[key]
        if isinstance(by, AgeBand):
            return f"{key.removesuffix('+')}岁及以上" if key.endswith("+") else f"{key}岁"
        return key

    def _bound(self, measure: Measure, place: Place, day: date) -> tuple[Measure, tuple[ParameterUse, ...], str]:
        """The measure with its parameters put in, what was put in, and the name of one that has no value."""
        names = sorted(parameters_of(measure))
        if not names:
            return measure, (), ""
        used = []
        for name in names:
            use = self._parameters.use(name, self.tree.above(place, day), day)
            if use is None:
                return measure, (), name
            used.append(use)
        return bind(measure, {use.name: use.value for use in used}), tuple(used), ""

    def complete(self, types: Iterable[str], place: Place, asked: Asked) -> bool:
        """Whether the records of these types are declared complete for a place, on a date or over a period."""
        return self._covered(tuple(types), place, self.when(asked))

    def _covered(self, types: tuple[str, ...], place: Place, when: When) -> bool:
        asked = when.period.span if when.period is not None else Span(when.day, when.day + timedelta(days=1))
        above = {id_ for found in self.tree.above(place, when.day) for id_ in self.tree.versions(found)}
        if all(self._declared(name, above, asked) for name in types):
            return True
        below = [child for child in self.tree.communities(when.day, place) if child.id != place.id]
        return bool(below) and all(self._covered(types, child, when) for child in below)

    def _declared(self, name: str, places: set[str], asked: Span) -> bool:
        """Whether the declared spans together cover the one asked about."""
        spans = [
            Span(row.since, row.until)
            for row in self._coverage
            if row.type in (name, EVERY_TYPE) and row.division in places
        ]
        reached = asked.since
        for span in sorted(spans, key=lambda span: span.since or date.min):
            if reached is None or (asked.until is not None and reached >= asked.until):
                break
            if reached in span:
                reached = span.until
        return reached is None or (asked.until is not None and reached >= asked.until)

    def _without_records(
        self, metric: Metric, place: Place, asked: Asked, filed: Filed, *notes: str, records: int = 0
    ) -> Measurement:
        """The filed figure, or the sum of what the communities have, or no data."""
        if filed.total is not None:
            found = self._from_filed(metric, place, asked, filed, *notes)
            return attrs.evolve(found, provenance=Provenance.BOTH) if records else found
        if metric.roll_up in (RollUp.SUM, RollUp.DISTINCT) and not metric.percent:
            below = self._below(metric, place, asked)
            having = [one for one in below if one.value is not None]
            if below and len(having) == len(below):
                doubt = "，跨社区者可能重复" if metric.roll_up is RollUp.DISTINCT else ""
                return self.combined(
                    metric,
                    place,
                    asked,
                    sum((one.value for one in having if one.value is not None), Fraction(0)),
                    tuple(having),
                    f"由 {len(below)} 个社区合计{doubt}",
                )
            if having:
                notes = (*notes, f"{len(below)} 个社区中只有 {len(having)} 个有数据，不作合计")
        return self._blank(metric, place, asked, *notes)

    # Formulas over other metrics

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
        return self._blank(
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

    def _first_with_data(
        self, codes: tuple[str, ...], place: Place, asked: Asked
    ) -> tuple[Measurement, tuple[str, ...]]:
        first = self.measure(codes[0], place, asked)
        if first.value is not None:
            return first, ()
        for code in codes[1:]:
            found = self.measure(code, place, asked)
            if found.value is not None:
                return found, (f"无“{first.metric.name}”数据，以“{found.metric.name}”代",)
        return first, ()

    def _ratio(self, formula: Ratio, metric: Metric, place: Place, asked: Asked) -> Measurement:
        over, why_over = self._first_with_data(formula.over, place, asked)
        if formula.operating and (mine := self._operating_part(over, place, asked)) is not None:
            over, why_over = mine, (*why_over, "分子只计履行职能的社区")
        by, why_by = self._first_with_data(formula.by, place, asked)
        notes = (*why_over, *why_by)
        facts = {"numerator": over.value, "denominator": by.value, "per": formula.per}
        if over.value is None or by.value is None:
            return self.combined(metric, place, asked, None, (over, by), *notes, **facts)
        if by.value == 0:
            return self.combined(metric, place, asked, None, (over, by), *notes, "分母为 0", **facts)
        value = over.value * formula.per / by.value
        return self.combined(metric, place, asked, value, (over, by), *notes, **facts)

    def _operating_part(self, whole: Measurement, place: Place, asked: Asked) -> Measurement | None:
        """A figure without what belongs to communities that do not operate; ``None`` if that is nothing."""
        if whole.computed is None:
            return None
        day = self.when(asked).day
        idle = [
            self.measure(whole.metric.code, found, asked)
            for found in self.tree
            if found.kind == "community"
            and day in found.span
            and not found.operates(day)
            and found.id in self.tree.within(place, day)
            and found.id != place.id
        ]
        apart = sum((one.value for one in idle if one.value is not None), Fraction(0))
        if not apart or whole.value is None:
            return None
        return self.combined(whole.metric, place, asked, whole.value - apart, (whole, *idle))

    def _total(self, formula: Total, metric: Metric, place: Place, asked: Asked) -> Measurement:
        plus = tuple(self.measure(code, place, asked) for code in formula.plus)
        minus = tuple(self.measure(code, place, asked) for code in formula.minus)
        value: Fraction | None = Fraction(0)
        for sign, operands in ((1, plus), (-1, minus)):
            for operand in operands:
                value = None if value is None or operand.value is None else value + sign * operand.value
        return self.combined(metric, place, asked, value, (*plus, *minus))

    def _shortfall(self, formula: Shortfall, metric: Metric, place: Place, asked: Asked) -> Measurement:
        load = self.measure(formula.load, place, asked)
        actual = self.measure(formula.actual, place, asked)
        day = self.when(asked).day
        use = self._parameters.use(formula.parameter, self.tree.above(place, day), day)
        if use is None or use.value <= 0:
            note = f"参数“{formula.parameter}”在 {self.when(asked).day} 无可用的值"
            return self.combined(metric, place, asked, None, (load, actual), note)
        below = self._below(metric, place, asked)
        if below and all(one.value is not None for one in below):
            # What one community has too many of does not help another.
            total = sum((one.value for one in below if one.value is not None), Fraction(0))
            return self.combined(metric, place, asked, total, below, "各社区缺口之和", parameters=(use,))
        value = None
        if load.value is not None and actual.value is not None:
            beyond = max(Fraction(0), load.value - use.value * actual.value)
            value = beyond if formula.in_load else Fraction(-(-beyond // use.value))
        return self.combined(metric, place, asked, value, (load, actual), parameters=(use,))

    def _below(self, metric: Metric, place: Place, asked: Asked) -> tuple[Measurement, ...]:
        """The same metric for each community that operates within the place."""
        communities = self.tree.communities(self.when(asked).day, place)
        return tuple(self.measure(metric.code, child, asked) for child in communities if child.id != place.id)

    def _quality(self, formula: Quality, metric: Metric, place: Place, asked: Asked) -> Measurement:
        hits = []
        for figure, found in self.filed_measurements(place, asked):
            disagrees = found.computed is not None and found.filed != found.computed
            unsupported = found.provenance is Provenance.FILED
            if disagrees if formula.what == "disagreeing" else unsupported:
                hits.append(figure.id)
        distinct = sorted(set(hits))
        return self._blank(
            metric,
            place,
            asked,
            value=Fraction(len(distinct)),
            provenance=Provenance.RECORDS,
            row_count=len(distinct),
            rows=lambda: iter([("reported_figure", id_) for id_ in distinct]),
        )

    def _books(self, metric: Metric, place: Place, asked: Asked) -> Measurement:
        within = {"", *self.tree.within(place)} if place == self.tree.root else set(self.tree.within(place))
        kept = {
            declared: [id_ for id_, row in self.evaluator.table(declared.name).items() if self._lies(row, within)]
            for declared in self.schema
        }

        def rows(*types: RecordType) -> Iterator[tuple[str, str]]:
            return ((declared.name, id_) for declared in types for id_ in sorted(kept[declared]))

        def counted(*types: RecordType, **facts: Any) -> Measurement:
            number = sum(len(kept[declared]) for declared in types)
            found = {"value": Fraction(number), "provenance": Provenance.RECORDS, "row_count": number}
            return self._blank(metric, place, asked, **found, rows=lambda: rows(*types), **facts)

        parts = tuple(counted(declared, group=declared.label) for declared in self.schema if kept[declared])
        return counted(*kept, parts=parts)

    def _lies(self, row: Record, within: set[str]) -> bool:
        place = self.tree.find(self.evaluator.place(row) or "")
        return ("" if place is None else place.id) in within

    def filed_measurements(self, place: Place, asked: Asked) -> Iterator[tuple[ReportedFigure, Measurement]]:
        """Each filed total of a known metric that lies in the time asked about, with its measurement."""
        for figure in sorted(self.figures.all_of(self.tree.within(place)), key=lambda figure: figure.id):
            metric = self.catalogue.get(figure.metric)
            time: Asked = figure.at if figure.at is not None else Period.parse(figure.period or "")
            if metric is None or figure.breakdown is not None or isinstance(metric.formula, Quality):
                continue
            if _lies_in(time, asked):
                yield figure, self.measure(figure.metric, self.tree[figure.division], time)


def _lies_in(time: Asked, asked: Asked) -> bool:
    if not isinstance(asked, Period):
        return time == asked or (isinstance(time, Period) and time.last_day == asked)
    if isinstance(time, Period):
        return asked.span.covers(time.span)
    return time in asked


def _from_records(found: Measurement) -> bool:
    """Whether a combined figure rests on complete records somewhere."""
    return any(operand.computed is not None or _from_records(operand) for operand in found.operands)


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
