"""What a report is made from, and the shapes of what makes and writes it."""

from collections.abc import Callable
from datetime import date
from typing import Any, BinaryIO

import attrs

from shequ.calendars import Period
from shequ.metrics import Catalogue, Engine, Measurement, Place
from shequ.reports.document import Document
from shequ.rules import Finding, Norm

__all__ = ["Renderer", "ReportBuilder", "ReportContext"]


def _every(_: Measurement) -> bool:
    return True


@attrs.frozen(eq=False)
class ReportContext:
    """What a report is made from.

    Args:
        engine: Measures.
        place: The district.
        period: The period to tell about.
        findings: What the rules found.
        day: The day on which the report is made.
        rule_sets: Labels of the rule sets that judged, with their versions.
        to_close: Findings by the law of the day of making, whose remedies are the next steps; ``None`` for the same.
        made_by: Program and plugins with their versions.
        published: Whether it is made for the public: what is for use in the office only is refused.
        norms: What the rules demand of figures.
        shows: Whether a figure may be told; one that may not is withheld where it stands, and what would be said of it
            alone is not said.
    """

    engine: Engine
    place: Place
    period: Period
    findings: tuple[Finding, ...]
    day: date
    rule_sets: tuple[str, ...] = ()
    to_close: tuple[Finding, ...] | None = None
    made_by: tuple[str, ...] = ()
    published: bool = False
    norms: tuple[Norm, ...] = ()
    shows: Callable[[Measurement], bool] = _every

    @property
    def catalogue(self) -> Catalogue:
        """The metrics that there are."""
        return self.engine.catalogue

    @property
    def at(self) -> date:
        """The day on which figures at a date are taken: the period's last, or today while it runs."""
        return self.engine.when(self.period).day

    def notes(self, found: Measurement) -> tuple[str, ...]:
        """What is said of a figure; to the public nothing that holds numbers, which may be few people's."""
        return tuple(note for note in found.notes if not (self.published and any(map(str.isdigit, note))))

    def records(self, name: str) -> tuple[Any, ...]:
        """The records of a type that belong to the district or to a place in it, by id."""
        evaluator, tree = self.engine.evaluator, self.engine.tree
        within = set(tree.within(self.place))
        found = []
        for record in evaluator.table(name).values():
            place = tree.find(evaluator.place(record) or "")
            if place is not None and place.id in within:
                found.append(record)
        return tuple(sorted(found, key=lambda record: str(record.id)))


ReportBuilder = Callable[[ReportContext], Document]
"""Makes the document of one kind of report."""

Renderer = Callable[[Document, BinaryIO], None]
"""Writes a document in one format to a stream of bytes; text is UTF-8."""
