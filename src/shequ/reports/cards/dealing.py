"""What cards are made from, and the shapes of what deals and writes them."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import cached_property
from typing import Any

import attrs

from shequ.calendars import Period
from shequ.metrics import Engine, Place
from shequ.reports.access import Access
from shequ.reports.cards.layout import Card, Face, Layout

__all__ = ["CardContext", "CardKind", "CardSheets", "CardWriter", "Dealt"]


@attrs.frozen(eq=False)
class CardContext:
    """What cards are made from.

    Args:
        engine: Has the records.
        access: What may be read of them, and how it is shown.
        place: The district, or a place in it.
        period: The period that the cards are about.
    """

    engine: Engine
    access: Access
    place: Place
    period: Period
    _seen: set[str] = attrs.field(factory=set)

    @property
    def seen(self) -> tuple[str, ...]:
        """Labels of the personal and sensitive values that were shown unmasked so far."""
        return tuple(sorted(self._seen))

    @cached_property
    def _within(self) -> frozenset[str]:
        return frozenset(self.engine.tree.within(self.place))

    def records(self, name: str) -> Iterator[Any]:
        """The records of a type that lie in the place and that the viewer may read, by place and id."""
        found = []
        for record in self.engine.evaluator.table(name).values():
            place = self.engine.tree.find(self.engine.evaluator.place(record) or "")
            if place is not None and place.id in self._within and self.access.covers(record):
                found.append((place.code, record.id, record))
        found.sort(key=lambda item: item[:2])
        return (record for _, _, record in found)

    def find(self, name: str, id_: str | None) -> Any:
        """A record by its id; ``None`` if there is none."""
        return self.engine.evaluator.table(name).get(id_) if id_ else None

    def shown(self, record: Any, field: str) -> str:
        """A value of a record as the viewer sees it; ``""`` if there is no record."""
        if record is None:
            return ""
        spec = record.__record__.fields[field]
        value = getattr(record, field)
        viewer = self.access.viewer
        if spec in self.access.told(record) and viewer.may_see(spec):
            self._seen.add(f"{record.__record__.label}的{spec.label}")
        return viewer.shown(spec, value)

    def called(self, place: str | None) -> str:
        """The name of a community with that of its sub-district before it."""
        found = self.engine.tree.find(place or "", self.period.last_day)
        if found is None:
            return ""
        above = self.engine.tree.root
        return found.name if found.id == above.id else f"{above.name}{found.name}"


@attrs.frozen
class Dealt:
    """A card before it has its place among the others.

    Args:
        number: Its number.
        faces: What stands on it.
        record: Id of the record that it is of, for the log of printings; the number if it is left out.
    """

    number: str
    faces: tuple[Face, ...]
    record: str = attrs.field()

    @record.default
    def _record(self) -> str:
        return self.number


@attrs.frozen
class CardKind:
    """A kind of card.

    Args:
        label: Chinese name.
        layout: How it lies on a sheet.
        subject: Name of the type of the records that the cards are of.
        deal: Makes the cards of a period, in the order in which they are printed; a card that must not be printed
            gives the reason instead, in Chinese.
    """

    label: str
    layout: Layout
    subject: str
    deal: Callable[[CardContext], Iterable[Dealt | str]]


@attrs.frozen
class CardSheets:
    """Cards that are printed together.

    Args:
        name: Name of the kind.
        kind: The kind.
        title: What they are, whose and about when.
        day: The day of printing.
        cards: The cards.
        left_out: Why others are not among them, and how many.
    """

    name: str
    kind: CardKind
    title: str
    day: date
    cards: tuple[Card, ...]
    left_out: tuple[tuple[str, int], ...] = ()

    @property
    def records(self) -> tuple[str, ...]:
        """Ids of the records that the cards are of, once each, in the order of printing."""
        return tuple(dict.fromkeys(card.record for card in self.cards))

    @property
    def sheets(self) -> tuple[tuple[Card, ...], ...]:
        """The cards, sheet by sheet."""
        return tuple(self.kind.layout.sheets(self.cards))


CardWriter = Callable[[CardSheets], str | bytes]
"""Writes sheets of cards in one format."""
