"""From a template's sentences and tables to blocks with figures in them."""

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from fractions import Fraction

from shequ.calendars import Period
from shequ.metrics import (
    NO_DATA,
    Books,
    Earlier,
    Measured,
    Measurement,
    Place,
    Provenance,
    RollUp,
    Timing,
    compared,
    in_words,
    rounded,
)
from shequ.metrics.describe import field_at
from shequ.model import CommunityStatus
from shequ.query import AgeBand, By
from shequ.reports.context import ReportContext
from shequ.reports.document import (
    Block,
    Figure,
    Note,
    Paragraph,
    Run,
    Table,
    chinese_date,
    chinese_period,
)
from shequ.reports.publishing import WITHHELD, about_people
from shequ.reports.template import Columns, Comparison, Months, Parts, Sentence, Slot, Template, Text, Word

__all__ = ["Teller", "change_told", "natural_order"]

_NO_FIGURE = "—"
"""Where a breakdown has no such group: nothing was measured there."""


def change_told(now: Measurement, before: Measurement, period: Period) -> Figure | None:
    """How a figure compares with the same stretch a year earlier (同比), in words; ``None`` where it cannot be compared.

    Nor is a period still running held against a whole one.
    """
    found = compared(Earlier.YEAR, now, before)
    metric = now.metric
    if found.difference is None or (now.provisional and (metric.timing is Timing.IN or period.length != 12)):
        return None
    then = "上年同期" if period.length < 12 else "上年" if period.length == 12 else "上一时期"
    if metric.timing is Timing.AT and period.length == 12:
        then = "上年末"
    change = found.difference
    if change == 0:
        return Figure(now, f"与{then}持平", (before,))
    size = rounded(abs(change) * (100 if metric.percent else 1), metric.decimals)
    if not size.strip("0."):
        return Figure(now, f"与{then}基本持平", (before,))
    if metric.percent:
        return Figure(now, f"比{then}{'提高' if change > 0 else '下降'}{size}个百分点", (before,))
    text = f"比{then}{'增加' if change > 0 else '减少'}{in_words(abs(change), metric)}"
    if found.change is not None:
        text += f"，{'增长' if change > 0 else '下降'}{rounded(abs(found.change) * 100, 1)}%"
    return Figure(now, text, (before,))


class Teller:
    """Tells what a template says, with the figures of a context.

    Args:
        context: What the report is made from.
        template: What it says.
    """

    def __init__(self, context: ReportContext, template: Template) -> None:
        self.context, self.template = context, template
        self.engine, self.period = context.engine, context.period
        self.communities = self._communities()
        places = (context.place, *self.communities)
        codes = template.codes
        self.engine.prepare(codes, places, self.period)
        told = [part for _, block in template.blocks() if isinstance(block, Text) for part in _slots(block)]
        self.engine.prepare({slot.code for slot in told if slot.form == "change"}, places[:1], self.period.previous())

    def _communities(self) -> tuple[Place, ...]:
        """The communities that exist on the day, operating or not, by code."""
        tree, day = self.engine.tree, self.context.at
        within = set(tree.within(self.context.place))
        standing = (CommunityStatus.OPERATING, CommunityStatus.APPROVED, CommunityStatus.NOT_CONVERTED)
        found = (p for p in tree if p.kind == "community" and p.id in within and day in p.span and p.status in standing)
        return tuple(sorted(found, key=lambda place: place.code))

    def measure(self, code: str, place: Place | None = None) -> Measurement:
        """A metric of the period for the district, or for a place in it."""
        return self.engine.measure(code, place or self.context.place, self.period)

    # Text

    def paragraph(self, text: Text) -> Paragraph:
        """The paragraph of a topic; one line says so if none of its figures has data."""
        runs = self.runs(text)
        return Paragraph(runs or (f"{NO_DATA}。",), text.topic)

    def runs(self, text: Text) -> tuple[Run, ...]:
        """Its sentences, without those whose figures all lack data; nothing if that leaves no figure."""
        told: list[Run] = []
        plain: list[Run] = []
        figures = False
        for sentence in text.sentences:
            runs = list(self._sentence(sentence))
            if not any(isinstance(part, Slot) for part in sentence):
                plain += runs
                told += runs
            elif any(isinstance(run, Figure) and run.text != NO_DATA for run in runs):
                told += runs
                figures = True
        if figures or not text.codes:
            return tuple(told)
        return ()

    def _sentence(self, sentence: Sentence) -> Iterator[Run]:
        for place, part in enumerate(sentence):
            after = sentence[place + 1] if place + 1 < len(sentence) else None
            if isinstance(part, Slot):
                yield from self._slot(part)
            elif isinstance(part, Word):
                yield self._word(part)
            elif isinstance(after, Slot) and after.form == "change" and self._change(after.code) is None:
                yield part.removesuffix("，")
            else:
                yield part

    def _word(self, word: Word) -> str:
        match word.name:
            case "place":
                return self.context.place.name
            case "period":
                return chinese_period(self.period)
        return chinese_date(self.context.at)

    def _slot(self, slot: Slot) -> Iterator[Run]:
        found = self.measure(slot.code)
        match slot.form:
            case "change":
                change = self._change(slot.code)
                if change is not None:
                    yield change
            case "parts":
                yield from self._listed(found)
            case "highest" | "lowest":
                yield from self._outstanding(found, slot)
            case form:
                yield Figure(found, found.printed if form == "value" else found.shown)

    def _change(self, code: str) -> Figure | None:
        before = self.engine.measure(code, self.context.place, self.period.previous())
        return change_told(self.measure(code), before, self.period)

    def _listed(self, found: Measurement) -> Iterator[Run]:
        parts = self.parts(found)
        if not parts:
            yield Figure(found, NO_DATA)
        for place, (label, part) in enumerate(parts):
            gap = " " if label[-1:].isascii() and label[-1:].isalnum() else ""
            yield ("、" if place else "") + label + gap
            yield Figure(part, part.shown)

    def _outstanding(self, found: Measurement, slot: Slot) -> Iterator[Run]:
        if self.context.published and about_people(found.metric, self.context.catalogue, self.engine.schema):
            yield Figure(found, WITHHELD)  # which of the withheld counts is the largest says too much of it
            return
        measured = [self.measure(slot.code, place) for place in self.communities if place.operates(self.context.at)]
        having = [(one.value, one) for one in measured if one.value is not None]
        if len(having) < 2:
            yield Figure(found, NO_DATA)
            return
        choose = max if slot.form == "highest" else min
        _, one = choose(having, key=lambda pair: pair[0])
        yield f"{one.place.name}（"
        yield Figure(one, one.shown)
        yield "）"

    # Groups

    def parts(self, found: Measurement) -> list[tuple[str, Measurement]]:
        """The groups of a figure with their labels, in the order of the code table or of age."""
        labels = self._labels(found)
        order = {label: place for place, label in enumerate(labels.values())}
        pairs = [(labels.get(part.group or "", part.group or ""), part) for part in found.parts]
        ages = any(isinstance(by, AgeBand) for by in found.metric.by)
        if ages or found.provenance is Provenance.FILED:
            pairs.sort(key=lambda pair: natural_order(pair[0]))
        return sorted(pairs, key=lambda pair: order.get(pair[0], len(order)))

    def _labels(self, found: Measurement) -> dict[str, str]:
        """Code → label of the field that a figure is grouped by, where it is coded."""
        metric, schema = found.metric, self.engine.schema
        if len(metric.by) != 1 or not isinstance(metric.by[0], By) or not isinstance(metric.formula, Measured):
            return {}
        return dict(field_at(schema, schema[metric.reads[0]], metric.by[0].path).choices)

    # Tables

    def columns(self, plan: Columns) -> Iterator[Block]:
        """Metrics by community, with the whole district in the last row; a note where they do not add up."""
        whole = [self.measure(code) for code in plan.codes]
        rows = []
        for place in self.communities:
            cells = [self.measure(code, place) for code in plan.codes]
            if place.operates(self.context.at) or any(cell.value is not None for cell in cells):
                rows.append((self.community_label(place), cells))
        kept = [i for i, _ in enumerate(plan.codes) if any(cells[i].value is not None for _, cells in rows)]
        if not kept:
            return
        header = ("社区", *(_column(whole[i]) for i in kept))
        body: list[tuple[Run, ...]] = [(name, *(_cell(cells[i]) for i in kept)) for name, cells in rows]
        yield Table(plan.caption, header, (*body, ("全辖区", *(_cell(whole[i]) for i in kept))), total=True)
        yield from self.differences([(whole[i], [cells[i] for _, cells in rows], whole[i].metric.name) for i in kept])

    def community_label(self, place: Place) -> str:
        """A community's name; how it stands is added where it does not operate."""
        if place.status is None or place.operates(self.context.at):
            return place.name
        return f"{place.name}（{place.status.label}）"

    def differences(self, columns: Iterable[tuple[Measurement, list[Measurement], str]]) -> Iterator[Note]:
        """A note on the columns (whole, parts, name) of a table whose parts do not add up to the whole."""
        runs = [run for whole, parts, name in columns for run in self._difference(whole, parts, name)]
        if runs:
            yield Note(
                (
                    "表中各社区之和与全辖区有差：",
                    *runs[1:],
                    "。跨社区的人和事在全辖区只计一次，不属于任一社区的只计入全辖区。",
                )
            )

    def _difference(self, whole: Measurement, parts: list[Measurement], name: str) -> tuple[Run, ...]:
        if whole.value is None or whole.metric.roll_up not in (RollUp.SUM, RollUp.DISTINCT):
            return ()
        if not all(map(self.context.shows, (whole, *parts))):
            return ()
        having = tuple(part for part in parts if part.value is not None)
        gap = whole.value - sum((part.value or Fraction(0) for part in having), Fraction(0))
        if gap == 0 or len(having) < len(parts):
            return ()
        text = in_words(abs(gap), whole.metric)
        return "；", f"{name}全辖区{'多' if gap > 0 else '少'}", Figure(whole, text, having)

    @property
    def months_run(self) -> list[Period]:
        """The months of the period, as far as it has run."""
        return [month for month in self.period.months() if month.start <= self.engine.today]

    def months(self, plan: Months) -> Iterator[Block]:
        """Metrics by month of the period, as far as it has run."""
        months, place = self.months_run, self.context.place
        for month in months:
            self.engine.prepare(plan.codes, (place,), month)
        rows = [(month, [self.engine.measure(code, place, month) for code in plan.codes]) for month in months]
        kept = [i for i, _ in enumerate(plan.codes) if any(cells[i].value is not None for _, cells in rows)]
        if not kept or len(rows) < 2:
            return
        header = ("月份", *(_column(rows[0][1][i]) for i in kept))
        body: list[tuple[Run, ...]] = [
            (chinese_period(month), *(_cell(cells[i]) for i in kept)) for month, cells in rows
        ]
        total = [self.measure(plan.codes[i]) for i in kept]
        yield Table(plan.caption, header, (*body, ("全期", *map(_cell, total))), total=True)

    def comparison(self, plan: Comparison) -> Iterator[Block]:
        """Metrics over the period, the one before, the same a year earlier; what is counted over time also since January."""
        period, place = self.period, self.context.place
        before, earlier = period.before(), period.previous()
        so_far = Period(date(period.start.year, 1, 1), period.last_day + timedelta(days=1))
        times = [period, before, earlier, *([so_far] if so_far not in (period, before) else [])]
        for time in times:
            self.engine.prepare(plan.codes, (place,), time)
        rows: list[tuple[Run, ...]] = []
        for code in plan.codes:
            cells = [self.engine.measure(code, place, time) for time in times]
            if any(cell.value is not None for cell in cells):
                told: list[Run] = [_cell(cell) for cell in cells[:3]]
                if len(times) > 3:
                    told.append(_cell(cells[3]) if cells[0].metric.timing is Timing.IN else _NO_FIGURE)
                rows.append((cells[0].metric.name, cells[0].metric.unit or "—", *told))
        if rows:
            header = ("指标", "单位", "本期", "上期", "上年同期", *(["本年累计"] if len(times) > 3 else []))
            yield Table(plan.caption, header, tuple(rows))

    def groups(self, plan: Parts) -> Iterator[Block]:
        """The groups of a metric: in one column, or the first by the second where there are two."""
        for code in plan.codes:
            found = self.measure(code)
            parts = self.parts(found)
            pairs = [(label.split(" "), part) for label, part in parts]
            if not parts:
                continue
            if len(found.metric.by) == 2 and all(len(label) == 2 for label, _ in pairs):
                yield self._crossed(plan.caption, found, pairs)
            else:
                rows = tuple((label, _cell(part)) for label, part in parts)
                yield Table(plan.caption, (self.grouping(found), _column(found)), rows)

    def grouping(self, found: Measurement) -> str:
        """What the rows of a breakdown are: the field of its last grouping."""
        metric, schema = found.metric, self.engine.schema
        if not metric.by or not metric.reads:
            return "台账" if isinstance(metric.formula, Books) else "组别"
        by = metric.by[-1]
        return "年龄" if isinstance(by, AgeBand) else field_at(schema, schema[metric.reads[0]], by.path).label

    def _crossed(self, caption: str, found: Measurement, pairs: list[tuple[list[str], Measurement]]) -> Table:
        columns = list(dict.fromkeys(label[0] for label, _ in pairs))
        lines = sorted(dict.fromkeys(label[1] for label, _ in pairs), key=natural_order)
        cells: dict[tuple[str, str], Run] = {(line, column): _cell(part) for (column, line), part in pairs}
        unit = f"（{found.metric.unit}）" if found.metric.unit else ""
        rows = tuple((line, *(cells.get((line, column), _NO_FIGURE) for column in columns)) for line in lines)
        return Table(caption, (self.grouping(found), *(f"{column}{unit}" for column in columns)), rows)


def _slots(text: Text) -> Iterable[Slot]:
    return (part for sentence in text.sentences for part in sentence if isinstance(part, Slot))


def _column(found: Measurement) -> str:
    return f"{found.metric.name}（{found.metric.unit}）" if found.metric.unit else found.metric.name


def _cell(found: Measurement) -> Figure:
    return Figure(found, found.printed)


def natural_order(label: str) -> tuple[tuple[str, int], ...]:
    """A key by which ``3-6`` comes before ``18-34``."""
    return tuple((words, int(number or 0)) for words, number in re.findall(r"(\D*)(\d*)", label))
