"""What moved between two states of knowledge about the same time, and which changes moved it.

The same questions are put to two engines over one district: one sees what was known then, one what is known now, and
both count up to the same day. How changes are traced to figures stands in :mod:`shequ.metrics.tracing`.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from fractions import Fraction
from itertools import dropwhile
from typing import Any

import attrs

from shequ.calendars import Period
from shequ.metrics.asking import Asked
from shequ.metrics.definition import Metric
from shequ.metrics.divisions import Place
from shequ.metrics.engine import Engine
from shequ.metrics.measurement import Measurement, exact_json, rounded
from shequ.metrics.tracing import Causes, groups_moved, moved
from shequ.store import Change

__all__ = ["Movement", "Restatement", "learned_since", "restate"]


@attrs.frozen
class Movement:
    """A figure that is not what it was.

    Args:
        before: As it was known then; ``None`` if the division or the group was not known.
        after: As it is known now; ``None`` likewise.
        changes: What moved it, in order.
    """

    before: Measurement | None
    after: Measurement | None
    changes: tuple[Change, ...] = ()

    @property
    def either(self) -> Measurement:
        """The figure as it is, or where there is none any more, as it was."""
        found = self.after or self.before
        assert found is not None
        return found

    @property
    def metric(self) -> Metric:
        """What was measured."""
        return self.either.metric

    @property
    def place(self) -> Place:
        """For which division."""
        return self.either.place

    @property
    def group(self) -> str | None:
        """Group of the breakdown, in Chinese; ``None`` for the whole."""
        return self.either.group

    @property
    def difference(self) -> Fraction | None:
        """By how much it rose; ``None`` where one of the two has no value."""
        if self.before is None or self.after is None or self.before.value is None or self.after.value is None:
            return None
        return self.after.value - self.before.value

    @property
    def printed_difference(self) -> str:
        """By how much it rose, with its sign; of a percentage in points; empty where it cannot be said."""
        if self.difference is None:
            return ""
        scale, unit = (100, "个百分点") if self.metric.percent else (1, "")
        text = rounded(self.difference * scale, self.metric.decimals) + unit
        return f"+{text}" if self.difference > 0 else text

    def as_json(self) -> dict[str, Any]:
        """One object of the ``shequ.restatement/1`` document."""
        return {
            "metric": self.metric.code,
            "name": self.metric.name,
            "division": self.place.code,
            "group": self.group,
            "unit": self.metric.unit,
            "before": _side(self.before),
            "after": _side(self.after),
            "difference": exact_json(self.difference),
            "changes": [change.number for change in self.changes],
        }


@attrs.frozen
class Restatement:
    """What moved since a time, and what moved it.

    Args:
        since: Then.
        asked: The day or period that the figures are about.
        movements: The figures that moved, in the order of the catalogue, each followed by its groups that moved.
    """

    since: datetime
    asked: Asked
    movements: tuple[Movement, ...]

    @property
    def changes(self) -> tuple[Change, ...]:
        """All changes that moved anything, in order."""
        found = {change.number: change for movement in self.movements for change in movement.changes}
        return tuple(found[number] for number in sorted(found))

    def as_json(self) -> dict[str, Any]:
        """The ``shequ.restatement/1`` document; changes say who, when, why and which record, not its values."""
        asked = {"period": str(self.asked)} if isinstance(self.asked, Period) else {"at": self.asked.isoformat()}
        return {
            "format": "shequ.restatement/1",
            "since": self.since.isoformat(),
            **asked,
            "moved": [movement.as_json() for movement in self.movements],
            "changes": [
                {
                    "number": change.number,
                    "commit": change.commit,
                    "at": change.at.isoformat(),
                    "actor": change.actor,
                    "reason": change.reason,
                    "type": change.type,
                    "id": change.id,
                }
                for change in self.changes
            ],
        }


def restate(
    then: Engine, now: Engine, codes: Iterable[str], places: Iterable[str], asked: Asked, feed: Iterable[Change]
) -> Iterator[Movement]:
    """Compare what two states of knowledge say.

    Args:
        then: Sees what was known then.
        now: Sees what is known now; counts up to the same day as the other.
        codes: Codes of the metrics.
        places: Ids of the divisions; one may be known to one of the two only.
        asked: The day or period.
        feed: Every change that was not known then.

    Yields:
        Each figure whose value, sides or provenance moved, and then its groups whose value did.
    """
    codes, places = tuple(codes), tuple(places)
    for engine in (then, now):
        engine.prepare(codes, [engine.tree[id_] for id_ in places if id_ in engine.tree], asked)
    causes = Causes(then, now, feed)
    for code in codes:
        for id_ in places:
            before, after = (
                engine.measure(code, engine.tree[id_], asked) if id_ in engine.tree else None for engine in (then, now)
            )
            groups = list(groups_moved(before, after))
            if not moved(before, after) and not groups:
                continue
            changes = causes.of(before, after)
            if moved(before, after):
                yield Movement(before, after, changes)
            for one, other in groups:
                yield Movement(one, other, changes)


def learned_since(feed: Iterable[Change], since: datetime) -> Iterator[Change]:
    """The part of a feed that was not known at a time: from the first change made later."""
    return dropwhile(lambda change: change.at <= since, feed)


def _side(found: Measurement | None) -> dict[str, Any] | None:
    if found is None:
        return None
    given = found.as_json()
    return {name: given[name] for name in ("value", "numerator", "denominator", "provenance", "rows", "notes")}
