"""Dated parameters: what the law or the district demands, from when until when, and where it is written.

A parameter has values for the whole country and for divisions; the narrowest division that has a value on the day
wins. "Not yet in force", "repealed", "no value in force", "not verified" and "never known" are different answers, and a value of
another day is never used instead.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from fractions import Fraction
from itertools import pairwise

import attrs

from shequ.codes import division_prefix
from shequ.effective import Answer, Span, Timeline
from shequ.errors import InvalidRules, Misuse
from shequ.metrics import ParameterUse, Place, exact_json

__all__ = ["COMPARATORS", "LawOn", "Parameter", "ParameterBook", "ParameterValue", "Unknown", "applies"]

COMPARATORS = ("<=", ">=", "<", ">", "=", "between")
"""How a measured figure is held against a value; ``between`` includes both ends."""


@attrs.frozen
class ParameterValue:
    """A value over a span.

    Args:
        span: When it is in force.
        comparator: One of :data:`COMPARATORS`.
        value: The bound; for ``between`` the lower one.
        upper: For ``between`` the upper bound.
        citation: Law and article.
        generally: Whether the text says "generally" (一般): a breach is advice then.
        division: Code of the division it holds for; ``""`` for the whole country.
        review: When it should be looked at again.
        note: What a reader must know.
        rule_set: Rule set that gives it.
        origin: File and line it was read from.
    """

    span: Span
    comparator: str
    value: Fraction
    citation: str
    upper: Fraction | None = None
    generally: bool = False
    division: str = ""
    review: date | None = None
    note: str = ""
    rule_set: str = ""
    origin: str = attrs.field(default="", eq=False)

    def met_by(self, measured: Fraction) -> bool:
        """Whether a figure satisfies it."""
        match self.comparator:
            case "<=":
                return measured <= self.value
            case ">=":
                return measured >= self.value
            case "<":
                return measured < self.value
            case ">":
                return measured > self.value
            case "=":
                return measured == self.value
        assert self.upper is not None
        return self.value <= measured <= self.upper

    @property
    def shown(self) -> str:
        """The demand as people write it."""
        if self.upper is not None:
            return f"{exact_json(self.value)}-{exact_json(self.upper)}"
        sign = {"<=": "≤", ">=": "≥"}.get(self.comparator, self.comparator)
        return f"{sign}{exact_json(self.value)}"


@attrs.frozen
class Unknown:
    """A span for which the value was not verified, and so is none: nobody may take it for repealed, or for absent.

    Args:
        span: The span.
        note: What is known of it.
    """

    span: Span
    note: str = ""


@attrs.frozen
class Parameter:
    """A named parameter and its values.

    Args:
        name: Name, ``group.name``.
        label: Chinese label.
        unit: Unit of its values.
        values: All values, of all divisions; none where only districts can set one.
        unknown: Spans for which no nation-wide value is verified.
        note: What a reader must know.
        rule_set: Rule set that defines it.
    """

    name: str
    label: str
    unit: str
    values: tuple[ParameterValue, ...]
    unknown: tuple[Unknown, ...] = ()
    note: str = ""
    rule_set: str = ""


class ParameterBook:
    """The parameters of several rule sets together; a later set overrides an earlier one.

    Args:
        parameters: The parameters, set by set.
    """

    def __init__(self, parameters: Iterable[Parameter]) -> None:
        self._labels: dict[str, tuple[str, str]] = {}
        self._timelines: dict[str, dict[str, list[Timeline[ParameterValue]]]] = {}
        self._unknown: dict[str, list[Span]] = {}
        for parameter in parameters:
            self._unknown.setdefault(parameter.name, []).extend(gap.span for gap in parameter.unknown)
            self._labels.setdefault(parameter.name, (parameter.label, parameter.unit))
            by_division: dict[str, list[ParameterValue]] = {}
            for value in parameter.values:
                by_division.setdefault(value.division, []).append(value)
            for division, values in by_division.items():
                try:
                    timeline = Timeline((value.span, value) for value in values)
                except Misuse as error:
                    raise InvalidRules(
                        values[0].rule_set, None, f"参数 {parameter.name} 的时段有误：{error}"
                    ) from error
                known = self._timelines.setdefault(parameter.name, {})
                known.setdefault(division, []).insert(0, timeline)

    def __contains__(self, name: object) -> bool:
        return name in self._labels

    def __iter__(self) -> Iterator[str]:
        return iter(self._labels)

    def unit(self, name: str) -> str:
        """Unit of a parameter's values."""
        return self._labels[name][1]

    @property
    def begins(self) -> date | None:
        """The first day on which any of the values comes into force; ``None`` if none has such a day."""
        lines = (line for known in self._timelines.values() for lines in known.values() for line in lines)
        return min((span.since for line in lines for span, _ in line if span.since is not None), default=None)

    def course(self, name: str, places: tuple[Place, ...]) -> Timeline[ParameterValue]:
        """The values of all days for the first of ``places`` (the narrowest) that has one on each day."""
        known = self._timelines.get(name, {})
        timelines = [line for division, lines in known.items() if applies(division, places) for line in lines]
        turns = {day for line in timelines for span, _ in line for day in (span.since, span.until) if day is not None}
        stretches = (Span(since, until) for since, until in pairwise([None, *sorted(turns), None]))
        found = ((span, self.find(name, places, span.since or date.min)) for span in stretches)
        return Timeline((span, value) for span, value in found if isinstance(value, ParameterValue))

    def find(self, name: str, places: tuple[Place, ...], day: date) -> ParameterValue | Answer:
        """The value in force on a day for the first of ``places`` (the narrowest), or why there is none."""
        known = self._timelines.get(name, {})
        answer = Answer.NEVER_KNOWN
        for division in sorted(known, key=lambda division: -len(division_prefix(division))):
            if not applies(division, places):
                continue
            for timeline in known[division]:
                value = timeline.at(day)
                if value is not None:
                    return value
                answer = timeline.why_not(day)
        return Answer.NOT_VERIFIED if any(day in span for span in self._unknown.get(name, ())) else answer

    def values(self) -> Iterator[tuple[str, ParameterValue]]:
        """Every value with the name of its parameter, also those that another set overrides."""
        for name, known in self._timelines.items():
            for timelines in known.values():
                for timeline in timelines:
                    for _, value in timeline:
                        yield name, value

    def outdated(self, law: date, today: date) -> list[tuple[str, ParameterValue]]:
        """Values to be looked at again, with the names of their parameters.

        Args:
            law: The day whose law is used: values in force on it count.
            today: The day by which the review is late; what is over by then needs none.
        """
        return [
            (name, value)
            for name, value in self.values()
            if law in value.span and today in value.span and value.review is not None and value.review < today
        ]


def applies(division: str, places: tuple[Place, ...]) -> bool:
    """Whether what is set for a division holds for one of the places; ``""`` holds everywhere."""
    if not division:
        return True
    prefix = division_prefix(division)
    return any(
        division in (place.id, place.code) or (prefix != division and place.code.startswith(prefix)) for place in places
    )


@attrs.frozen
class LawOn:
    """A book opened at one day: metrics find their parameters by it whatever day they are about.

    Args:
        book: The parameters.
        law: The day whose law is used; ``None`` for the day the figure is about.
        versions: Version of each rule set by its name.
    """

    book: ParameterBook
    law: date | None = None
    versions: Mapping[str, str] = attrs.field(factory=dict)

    def use(self, name: str, places: tuple[Place, ...], day: date) -> ParameterUse | None:
        """The value in force, as metrics use it."""
        found = self.book.find(name, places, self.law or day)
        return None if isinstance(found, Answer) else self._used(name, found)

    def course(self, name: str, places: tuple[Place, ...]) -> Timeline[ParameterUse]:
        """The values of all days, as metrics use them; where one day's law is used for all, that of this day."""
        if self.law is not None:
            use = self.use(name, places, self.law)
            return Timeline([(Span(None, None), use)] if use is not None else [])
        return Timeline((span, self._used(name, value)) for span, value in self.book.course(name, places))

    def _used(self, name: str, value: ParameterValue) -> ParameterUse:
        source = f"{value.rule_set} {self.versions.get(value.rule_set, '')}".rstrip()
        return ParameterUse(name, value.value, value.citation, source, value.span)
