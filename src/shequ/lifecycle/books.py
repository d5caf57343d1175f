"""A ledger's books: its entries by number, and what lies in stock at the end of each day on which something moved."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from datetime import date

from shequ.lifecycle.quantities import Quantity, quantity_of
from shequ.model import Stock

__all__ = ["Books"]


class Books:
    """The lines of a ledger, to which lines can be added; balances run along by item, so that none is added up again.

    Args:
        lines: Of any divisions and dates.
    """

    def __init__(self, lines: Iterable[Stock] = ()) -> None:
        self._entries: dict[tuple[str, str], list[Stock]] = {}
        self._reversals: dict[tuple[str, str], str] = {}
        self._stock: dict[tuple[str, str], _Running] = {}
        self.add(sorted(lines, key=lambda line: line.on))

    @classmethod
    def of(cls, lines: "Iterable[Stock] | Books") -> "Books":
        """Books of lines; books stay what they are."""
        return lines if isinstance(lines, Books) else cls(lines)

    def __iter__(self) -> Iterator[Stock]:
        return (line for entry in self._entries.values() for line in entry)

    def add(self, lines: Iterable[Stock]) -> None:
        """Put lines down; what they say is not checked here."""
        for line in lines:
            self._entries.setdefault((line.division, line.number), []).append(line)
            if line.reverses is not None:
                self._reversals.setdefault((line.division, line.reverses), line.number)
            if line.account == "stock":
                running = self._stock.setdefault((line.division, line.item), _Running(line.item))
                running.add(line.on, quantity_of(line))

    def entry(self, division: str, number: str) -> tuple[Stock, ...]:
        """The lines of a voucher; none if its number is free."""
        return tuple(self._entries.get((division, number), ()))

    def reversal(self, division: str, number: str) -> str | None:
        """Number of the voucher that reverses another."""
        return self._reversals.get((division, number))

    def stock(self, division: str, item: str, on: date) -> Quantity:
        """What lies there at the end of a day."""
        running = self._stock.get((division, item))
        return Quantity(item) if running is None else running.on(on)

    def available(self, division: str, item: str, on: date) -> Quantity:
        """The least of money, pieces and value that lies there at the end of any day from ``on``."""
        running = self._stock.get((division, item))
        return Quantity(item) if running is None else running.least_from(on)


class _Running:
    """What lies there of one item after each day on which it moved."""

    def __init__(self, item: str) -> None:
        self._nothing = Quantity(item)
        self._days: list[date] = []
        self._after: dict[date, Quantity] = {}

    def add(self, on: date, moved: Quantity) -> None:
        if on not in self._after:
            self._after[on] = self.on(on)
            insort(self._days, on)
        for day in self._days[bisect_left(self._days, on) :]:
            self._after[day] += moved

    def on(self, day: date) -> Quantity:
        place = bisect_right(self._days, day)
        return self._after[self._days[place - 1]] if place else self._nothing

    def least_from(self, day: date) -> Quantity:
        left = [self.on(day), *(self._after[later] for later in self._days[bisect_right(self._days, day) :])]
        values = [quantity.estimated_value for quantity in left if quantity.estimated_value is not None]
        return Quantity(
            self._nothing.item,
            min(quantity.amount for quantity in left),
            min(quantity.pieces for quantity in left),
            min(values) if values else None,
        )
