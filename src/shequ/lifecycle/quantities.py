"""So much of one item: money in fen, or goods in pieces with an optional estimated value."""

from collections.abc import Iterable
from decimal import Decimal

import attrs

from shequ.model import Stock

__all__ = ["MONEY_ITEM", "Quantity", "goods", "money", "quantity_of", "total"]

MONEY_ITEM = "款"
"""The item that stands for money."""


@attrs.frozen
class Quantity:
    """So much of one item.

    Args:
        item: Name of the goods, or ``款``.
        amount: Money in fen; 0 for goods.
        pieces: Pieces of goods; 0 for money.
        estimated_value: What the goods are thought to be worth, in fen; ``None`` if nobody has said.
    """

    item: str
    amount: int = 0
    pieces: int = 0
    estimated_value: int | None = None

    def __add__(self, other: "Quantity") -> "Quantity":
        values = [value for value in (self.estimated_value, other.estimated_value) if value is not None]
        total = sum(values) if values else None
        return Quantity(self.item, self.amount + other.amount, self.pieces + other.pieces, total)

    def __neg__(self) -> "Quantity":
        value = self.estimated_value
        return Quantity(self.item, -self.amount, -self.pieces, None if value is None else -value)

    @property
    def is_nothing(self) -> bool:
        """Whether there is neither money, nor a piece, nor a value."""
        return not (self.amount or self.pieces or self.estimated_value)

    def __str__(self) -> str:
        if self.item == MONEY_ITEM:
            return f"{self.item} {Decimal(self.amount).scaleb(-2):.2f} 元"
        return f"{self.item} {self.pieces} 件"


def money(fen: int) -> Quantity:
    """An amount of money in fen."""
    return Quantity(MONEY_ITEM, amount=fen)


def goods(item: str, pieces: int, estimated_value: int | None = None) -> Quantity:
    """Pieces of goods, with what they are thought to be worth in fen."""
    return Quantity(item, pieces=pieces, estimated_value=estimated_value)


def quantity_of(line: Stock) -> Quantity:
    """What a line moves."""
    return Quantity(line.item, line.amount, line.pieces, line.estimated_value)


def total(item: str, lines: Iterable[Stock]) -> Quantity:
    """What some lines of one item move together."""
    return sum((quantity_of(line) for line in lines), Quantity(item))
