"""Where the figures of a document come from, arranged for its appendix."""

import attrs

from shequ.metrics import Measurement, Metric, exact_json
from shequ.reports.document import Document, chinese_date, chinese_period
from shequ.rules import Norm

__all__ = ["Source", "Use", "sources"]


@attrs.frozen(eq=False)
class Use:
    """One measurement of a document.

    Args:
        number: Its number among the document's measurements, from 1.
        measurement: The measurement.
    """

    number: int
    measurement: Measurement

    @property
    def time(self) -> str:
        """The period or day it is about."""
        found = self.measurement
        return chinese_period(found.period) if found.period is not None else chinese_date(found.when.day)

    @property
    def sides(self) -> str:
        """Numerator and denominator of a ratio; ``""`` for what is none."""
        found = self.measurement
        if found.numerator is None or found.denominator is None:
            return ""
        times = f" × {found.per}" if found.per not in (None, 1) else ""
        return f"{exact_json(found.numerator)} ÷ {exact_json(found.denominator)}{times}"

    @property
    def parameters(self) -> tuple[str, ...]:
        """Parameters that went into it, with value, citation and since when it holds."""
        return tuple(map(str, self.measurement.parameters))

    @property
    def remarks(self) -> tuple[str, ...]:
        """Sides, what records and returns say where they differ, parameters and notes."""
        found = self.measurement
        told = [self.sides] if self.sides else []
        if found.filed is not None and found.computed is not None and found.filed != found.computed:
            told.append(f"上报 {exact_json(found.filed)}，记录 {exact_json(found.computed)}")
        return (*told, *self.parameters, *found.notes)


@attrs.frozen(eq=False)
class Source:
    """A metric with everything that the document prints of it, and what the rules demand of it."""

    metric: Metric
    definition: str
    uses: tuple[Use, ...]
    norms: tuple[Norm, ...]

    @property
    def main(self) -> Use:
        """The use that stands for all: of the whole rather than a group, over the longest time."""

        def weight(use: Use) -> tuple[bool, int]:
            found = use.measurement
            return found.group is None, found.period.length if found.period is not None else 0

        return max(self.uses, key=weight)

    @property
    def told(self) -> tuple[str, ...]:
        """Where the metric comes from, in a few words: source and count, and what has to be known of the main figure."""
        use = self.main
        groups = {one.measurement.group for one in self.uses}
        rows = f"{use.measurement.row_count} 条" if use.measurement.group is None else f"分 {len(groups)} 组"
        return (f"{use.measurement.provenance.label}，{rows}", *use.remarks, *(norm.text for norm in self.norms))

    @property
    def has_data(self) -> bool:
        """Whether anything was measured."""
        return any(use.measurement.value is not None for use in self.uses)


def sources(document: Document) -> tuple[Source, ...]:
    """The metrics of a document in the order of its text, each with its measurements."""
    found: dict[str, list[Use]] = {}
    for number, measurement in enumerate(document.measurements(), start=1):
        found.setdefault(measurement.metric.code, []).append(Use(number, measurement))
    return tuple(
        Source(
            uses[0].measurement.metric,
            uses[0].measurement.definition,
            tuple(uses),
            tuple(norm for norm in document.norms if norm.metric == code),
        )
        for code, uses in found.items()
    )
