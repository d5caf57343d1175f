"""A document for the public: small counts of people withheld, and whatever would give them back (小数隐去).

Every figure of a document, and the sides of its ratios, is a cell; how cells hang together is read off the measurements
themselves. A withheld cell is printed as ``*``, loses its value and everything it came from, and takes along the ratios
and comparisons that were computed from it. See docs/decisions/0021.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from typing import Any

import attrs

from shequ.errors import Misuse
from shequ.metrics import Books, Catalogue, Measured, Measurement, Metric, Ratio, Timing, Total
from shequ.model import ContactState, Schema
from shequ.reports.context import ReportBuilder, ReportContext
from shequ.reports.document import Block, Bullets, Chart, Document, Figure, Note, Paragraph, Run, Section, Table
from shequ.reports.suppression import Equation, suppressed

__all__ = ["THRESHOLD", "WITHHELD", "WITHIN_ONE", "about_people", "cells_of", "equations_of", "publish"]

THRESHOLD = 5
"""Counts of people below it are withheld where no parameter of the rules says otherwise."""
WITHHELD = "*"
"""What stands in the place of a withheld figure."""

WITHIN_ONE = (
    "小数只在一份文件内隐去：同其他已公开的文件（相近的时期或区划）相减，可能推算出隐去的数，公开前应一并核对。"
)
"""What the protection does not cover, in the words of the document and of the command that writes it."""

_UNITS = ("人", "名", "位", "户", "人次", "对", "张")
Cell = tuple[str, str, str, str | None]
"""Metric, place, time and group."""


def about_people(metric: Metric, catalogue: Catalogue, schema: Schema) -> bool:
    """Whether a metric counts private persons or households; one that can only be filed does where its unit says so.

    Which types are about private persons follows from what they declare (:attr:`~shequ.model.Schema.private`), a
    plugin's as the library's own.
    """
    if metric.unit not in _UNITS:
        return False
    match metric.formula:
        case None:
            return True
        case Measured():
            return not schema.private.isdisjoint(metric.reads)
        case Total(plus, minus):
            return any(about_people(catalogue[code], catalogue, schema) for code in (*plus, *minus))
    return False


def _cell(found: Measurement) -> Cell:
    time = str(found.period) if found.period is not None else found.when.day.isoformat()
    return found.metric.code, found.place.id, time, found.group


def cells_of(found: Measurement) -> Iterator[tuple[Cell, Measurement]]:
    """The cells that a measurement gives away: itself, and for a ratio both sides."""
    yield _cell(found), found
    if isinstance(found.metric.formula, Ratio):
        for operand in found.operands:
            yield from cells_of(operand)


_AGE = re.compile(r"(\d+)")


def _from_sixty(group: str) -> bool:
    ages = _AGE.findall(group)
    return bool(ages) and int(ages[0]) >= 60


_SUBTOTALS: Mapping[str, tuple[str, Callable[[str], bool]]] = {
    "population.elderly": ("population.by_sex_age", _from_sixty),
    "participation.elderly_women": ("participation.by_sex_age", lambda group: "女" in group and _from_sixty(group)),
    "party.members": ("party.members_by_kind", lambda group: "在职" not in group),
    "party.members_registered": ("party.cards_by_state", lambda group: "已接收" in group),
    "party.contact_cards_due": (
        "party.contacts_by_state",
        lambda group: group not in (ContactState.OBJECTED.label, ContactState.WITHHELD.label),
    ),
    "party.contact_cards_sent": (
        "party.contacts_by_state",
        lambda group: group in (ContactState.SENT.label, ContactState.RETURNED.label, ContactState.UNDELIVERABLE.label),
    ),
    "party.contact_cards_returned": ("party.contacts_by_state", lambda group: group == ContactState.RETURNED.label),
}
"""Metric → the breakdown, and the groups of it that it is the sum of."""
_SUMS: Mapping[str, tuple[str, ...]] = {
    "population.registered": ("population.registered_living", "population.separated"),
}
"""Metric → metrics that add up to it without a formula's saying so."""


def equations_of(cells: Mapping[Cell, Measurement], communities: Collection[str], root: str) -> Iterator[Equation]:
    """How cells may hang together; whether they do, their values say.

    Args:
        cells: The cells.
        communities: Ids of the communities.
        root: Id of the district.
    """
    groups: defaultdict[tuple[str, str, str], list[Cell]] = defaultdict(list)
    months: defaultdict[tuple[str, str, str | None], list[Cell]] = defaultdict(list)
    for cell, found in cells.items():
        code, place, time, group = cell
        if group is not None:
            groups[code, place, time].append(cell)
        if found.metric.timing is Timing.IN and found.period is not None and found.period.length == 1:
            months[code, place, group].append(cell)
        if isinstance(found.metric.formula, Total):
            terms: dict[Hashable, int] = dict.fromkeys(
                [(one, place, time, group) for one in found.metric.formula.plus], -1
            )
            terms |= dict.fromkeys([(one, place, time, group) for one in found.metric.formula.minus], 1)
            yield Equation({**terms, cell: 1})
        if place == root:
            yield Equation.sums(cell, [(code, one, time, group) for one in communities])
        if code in _SUMS:
            yield Equation.sums(cell, [(one, place, time, group) for one in _SUMS[code]])
    for (code, place, time), parts in groups.items():
        yield Equation.sums((code, place, time, None), parts)
        whole = cells[parts[0]].metric.parts_of
        if whole is not None:
            yield Equation.sums((whole, place, time, None), parts)
        for one, (breakdown, within) in _SUBTOTALS.items():
            if breakdown != code:
                continue
            some = [part for part in parts if within(part[3] or "")]
            # Cards of the period may be all the cards there are on its last day: times need not be the same.
            for cell in [cell for cell in cells if cell[:2] == (one, place) and cell[3] is None]:
                yield Equation.sums(cell, some)
    for (code, place, group), parts in months.items():
        for cell, found in cells.items():
            if cell[:2] == (code, place) and cell[3] == group and found.period is not None and found.period.length > 1:
                inside = {str(month) for month in found.period.months()}
                yield Equation.sums(cell, [part for part in parts if part[2] in inside])


def publish(build: ReportBuilder, context: ReportContext, *, threshold: int = THRESHOLD) -> Document:
    """The document of a report for the public.

    Findings are told where they hold a figure of a community against a norm; those about single cases, records or persons
    are counted only.

    Args:
        build: Makes the document.
        context: What it is made from.
        threshold: Counts of people below it are withheld.

    Raises:
        Misuse: If the threshold is below 2, or the report is for use in the office only.
    """
    if threshold < 2:
        raise Misuse(f"公开的最小人数为 {threshold}，不会隐去任何数", remedy="取 2 或更大的数，常用 5 或 10")
    measurable = [one for one in context.findings if one.figure is not None]
    to_close = context.findings if context.to_close is None else context.to_close
    closing = [one for one in to_close if one.figure is not None]
    open_to_all = attrs.evolve(context, findings=tuple(measurable), to_close=tuple(closing), published=True)
    draft = build(open_to_all)
    figures = [one.figure for one in (*measurable, *closing) if one.figure is not None]
    hidden = _hidden((*draft.measurements(), *figures), context, threshold)

    def shows(found: Measurement) -> bool:
        # How many records are kept of a type may be how many people it is about.
        return not isinstance(found.metric.formula, Books) and not any(cell in hidden for cell, _ in cells_of(found))

    kept = [tuple(one for one in some if one.figure and shows(one.figure)) for some in (measurable, closing)]
    # The figures are measured already: to build once more costs little.
    document = build(attrs.evolve(open_to_all, findings=kept[0], to_close=kept[1], shows=shows))
    redacting = _Redacting(shows, open_to_all.notes)
    sections = tuple(
        attrs.evolve(section, blocks=tuple(map(redacting.block, section.blocks))) for section in document.sections
    )
    told = _told(hidden, context, threshold, len(context.findings) - len(kept[0]))
    return attrs.evolve(document, sections=(*sections, told))


def _hidden(found: Iterable[Measurement], context: ReportContext, threshold: int) -> frozenset[Cell]:
    cells = {cell: one for whole in found for cell, one in cells_of(whole) if one.value is not None}
    values = {cell: one.value for cell, one in cells.items() if one.value is not None}
    primary = {
        cell
        for cell, one in cells.items()
        if about_people(one.metric, context.catalogue, context.engine.schema)
        and any(value is not None and 0 < value < threshold for value in (one.value, one.filed, one.computed))
    }
    communities = {
        cell[1] for cell, one in cells.items() if cell[1] != context.place.id and one.place.kind == "community"
    }
    equations = list(equations_of(cells, sorted(communities), context.place.id))
    return suppressed(values, equations, primary, threshold)


class _Redacting:
    """Puts the sign in the place of withheld figures.

    Args:
        shows: Whether a measurement may be shown.
        notes: What may be said of one.
    """

    def __init__(self, shows: Callable[[Measurement], bool], notes: Callable[[Measurement], tuple[str, ...]]) -> None:
        self._shows, self._notes = shows, notes
        self._made: dict[int, tuple[Measurement, Measurement]] = {}

    def block(self, block: Block) -> Block:
        """A block without what is withheld."""
        match block:
            case Note(runs) | Paragraph(runs):
                return attrs.evolve(block, runs=self._runs(runs))
            case Bullets(items):
                return Bullets(tuple(map(self._runs, items)))
            case Chart():
                return self._chart(block)
            case Table():
                return attrs.evolve(
                    block, rows=tuple(tuple(map(self._run, row)) for row in block.rows), alignments=block.alignments
                )
        return block

    def _chart(self, chart: Chart) -> Block:
        """A chart with gaps; a note where nothing is left to draw."""

        def told(figure: Figure | None) -> Figure | None:
            if figure is None or (figure.others and not self._open(figure)):
                return None
            shown = self._run(figure)
            return shown if isinstance(shown, Figure) else None

        series = tuple(attrs.evolve(one, figures=tuple(map(told, one.figures))) for one in chart.series)
        made = attrs.evolve(chart, series=series)
        if all(made.drawn(figure) is None for figure in made.figures()):
            return Note((f"图“{chart.title}”涉及的人数过少，不予公布。",))
        return made

    def _runs(self, runs: tuple[Run, ...]) -> tuple[Run, ...]:
        told: list[Run] = []
        for run in runs:
            if isinstance(run, Figure) and run.others and not self._open(run):
                # A comparison is left out together with the comma before it, as where there is nothing to compare.
                if told and isinstance(told[-1], str):
                    told[-1] = told[-1].removesuffix("，")
            else:
                told.append(self._run(run))
        return tuple(told)

    def _open(self, figure: Figure) -> bool:
        return all(map(self._shows, figure.measurements))

    def _run(self, run: Run) -> Run:
        if isinstance(run, str):
            return run
        if self._open(run):
            return Figure(self._bare(run.measurement), run.text, tuple(map(self._bare, run.others)))
        return Figure(self._bare(run.measurement), WITHHELD)

    def _bare(self, found: Measurement) -> Measurement:
        """A measurement without what only the office may see; without any value if it is withheld."""
        if id(found) not in self._made:
            facts: dict[str, Any] = {
                "parts": (),
                "operands": (),
                "computed": None,
                "filed": None,
                "notes": self._notes(found),
                "rows": _no_rows,
            }
            if not self._shows(found):
                facts |= {
                    "value": None,
                    "numerator": None,
                    "denominator": None,
                    "row_count": 0,
                    "notes": ("人数过少或可据以推算，不予公布",),
                }
            # attrs takes the arguments' public names; type checkers know the attributes'.
            self._made[id(found)] = found, attrs.evolve(found, **facts)
        return self._made[id(found)][1]


def _no_rows() -> Iterator[tuple[str, str]]:
    return iter(())


def _told(hidden: Collection[Cell], context: ReportContext, threshold: int, findings: int) -> Section:
    """What was withheld, and why."""
    names = dict.fromkeys(
        context.catalogue[code].name for code in context.catalogue for cell in hidden if cell[0] == code
    )
    if hidden:
        text = (
            f"为保护个人信息，不足{threshold}人（户、人次、张、对）的数，以及可据以推算出这些数的数，以“{WITHHELD}”代替；"
            f"由其算得的比率和同比一并略去。共隐去{len(hidden)}个数，涉及：{'、'.join(names)}。"
        )
    else:
        text = f"为保护个人信息，不足{threshold}人（户、人次、张、对）的数不予公布；本报告没有这样的数。"
    blocks: list[Block] = [Paragraph((text,)), Note((WITHIN_ONE,))]
    if findings:
        blocks.append(Note((f"另有{findings}项核查结果涉及个案、台账或人数过少，不予公布。",)))
    return Section("不予公布的数据", 1, tuple(blocks))
