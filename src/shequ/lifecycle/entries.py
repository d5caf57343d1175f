"""Entries of the charity shop's ledger: quantities, lines that add up to nothing, and what stands on each account.

An entry is the lines (:class:`~shequ.model.Stock`) of one voucher number in one division; for money, for each kind of
goods and for their values they add up to nothing. The accounts: what lies there (stock, positive) came from gifts
(donated, negative), went to people (aided, positive) or was found to differ at a count (adjusted). Money and goods
are never added up: money is the item ``款`` with an amount, goods have a name and pieces. Stock never falls below
nothing: an entry with an earlier date is measured against every day after it, too.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import TypeVar

import attrs

from shequ.errors import InvalidRecord
from shequ.model import Stock, derive_id

__all__ = [
    "MONEY_ITEM",
    "Quantity",
    "balance",
    "check_entry",
    "entry_of",
    "faults",
    "goods",
    "line_of",
    "money",
    "proper",
    "quantity_of",
    "refusal",
    "valued",
]

K = TypeVar("K")

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


def balance(
    lines: Iterable[Stock], day: date | None = None, *, division: str | None = None
) -> dict[tuple[str, str], Quantity]:
    """What stands on each account, by account and item.

    Args:
        lines: Of any divisions and dates.
        day: Up to and with this day; ``None`` means all.
        division: Of this division alone; ``None`` means all together.

    Returns:
        (account, item) → quantity; an item that was moved and came to nothing stands with nothing.
    """
    found: dict[tuple[str, str], Quantity] = {}
    for line in lines:
        if (day is None or line.on <= day) and division in (None, line.division):
            key = line.account, line.item
            found[key] = found[key] + quantity_of(line) if key in found else quantity_of(line)
    return found


def faults(lines: Iterable[Stock]) -> tuple[InvalidRecord, ...]:
    """What breaks the ledger's laws: an entry that does not balance, one reversed twice, stock below nothing."""
    held = tuple(lines)
    found: list[InvalidRecord] = []
    entries = _grouped(held, lambda line: (line.division, line.number, line.on))
    for (_, number, _), entry in entries.items():
        for item, moved in _grouped(entry, lambda line: line.item).items():
            left = _total(item, moved)
            if not left.is_nothing:
                found.append(
                    refusal("number", number, f"凭证 {number} 借贷不平，差 {left}", "unbalanced", "冲销后重记")
                )
    for (_, target), reversals in _grouped(held, lambda line: (line.division, line.reverses)).items():
        numbers = sorted({line.number for line in reversals})
        if target is not None and len(numbers) > 1:
            text = f"凭证 {target} 被冲销 {len(numbers)} 次：{'、'.join(numbers)}"
            found.append(refusal("reverses", target, text, "reversed", "一张凭证只能冲销一次"))
    stock = _grouped((line for line in held if line.account == "stock"), lambda line: (line.division, line.item))
    for (division, item), moved in stock.items():
        for day in sorted({line.on for line in moved}):
            left = _total(item, (line for line in moved if line.on <= day))
            if left.amount < 0 or left.pieces < 0 or (left.estimated_value or 0) < 0:
                text = f"{division} 的库存在 {day} 为负：{left}"
                found.append(refusal("item", item, text, "stock-short", "补记收入，或冲销多发的凭证"))
                break
    return tuple(found)


# How an entry is made and checked


def _grouped(lines: Iterable[Stock], key: Callable[[Stock], K]) -> Mapping[K, list[Stock]]:
    groups: dict[K, list[Stock]] = {}
    for line in lines:
        groups.setdefault(key(line), []).append(line)
    return groups


def _total(item: str, lines: Iterable[Stock]) -> Quantity:
    return sum((quantity_of(line) for line in lines), Quantity(item))


def proper(given: tuple[Quantity, ...], *, least: int = 1) -> tuple[Quantity, ...]:
    """The quantities, if an entry can be made of them.

    Raises:
        InvalidRecord: If there are none, an item stands twice, money and goods are mixed up in one item, or there is
            less than ``least`` of one.
    """
    if not given:
        raise refusal("item", "", "凭证没有款物", "empty", "填写至少一项款物")
    if len({quantity.item for quantity in given}) < len(given):
        raise refusal("item", "、".join(q.item for q in given), "同一凭证中物品重复", "twice", "同一物品合并为一项")
    for quantity in given:
        is_money = quantity.item == MONEY_ITEM
        if is_money and (quantity.pieces or quantity.estimated_value is not None):
            raise refusal("pieces", quantity.pieces, "款项只有金额，没有件数和估值", "mixed", "款与物分项填写")
        if not is_money and quantity.amount:
            raise refusal("amount", quantity.amount, f"物品 {quantity.item} 只有件数和估值", "mixed", "款与物分项填写")
        if (quantity.amount if is_money else quantity.pieces) < least or (quantity.estimated_value or 0) < 0:
            raise refusal("item", quantity.item, f"数量应大于零：{quantity}", "not-positive", "填写实际数量")
    return given


def _available(lines: tuple[Stock, ...], item: str, division: str, on: date) -> Quantity:
    """The least of money, pieces and value that lies there at the end of any day from ``on``."""
    stock = [x for x in lines if (x.account, x.item, x.division) == ("stock", item, division)]
    days = {on, *(line.on for line in stock if line.on > on)}
    left = [_total(item, (line for line in stock if line.on <= day)) for day in days]
    values = [q.estimated_value for q in left if q.estimated_value is not None]
    return Quantity(item, min(q.amount for q in left), min(q.pieces for q in left), min(values) if values else None)


def valued(lines: tuple[Stock, ...], quantity: Quantity, division: str, on: date) -> Quantity:
    """The quantity with its share of the value that lies there, if a value is known and none is given."""
    if quantity.item == MONEY_ITEM or quantity.estimated_value is not None:
        return quantity
    there = balance(lines, on, division=division).get(("stock", quantity.item))
    if there is None or not there.estimated_value or there.pieces <= 0:
        return quantity
    share = (there.estimated_value * quantity.pieces * 2 + there.pieces) // (there.pieces * 2)
    most = _available(lines, quantity.item, division, on).estimated_value or 0
    return attrs.evolve(quantity, estimated_value=min(share, most) or None)


def entry_of(
    lines: tuple[Stock, ...],
    moved: Iterable[tuple[Quantity, str]],
    division: str,
    number: str,
    on: date,
    note: str | None,
) -> tuple[Stock, ...]:
    """The lines that move quantities into stock (out of it, where negative) from the account beside them."""
    made = tuple(
        line_of(division, number, on, account, side, note)
        for quantity, other in moved
        for account, side in (("stock", quantity), (other, -quantity))
    )
    check_entry(lines, made, division, number, on)
    return made


def line_of(
    division: str,
    number: str,
    on: date,
    account: str,
    moved: Quantity,
    note: str | None,
    *,
    reverses: str | None = None,
) -> Stock:
    """A line, with the id that follows from its voucher."""
    return Stock(
        id=derive_id("stock", (division, account, moved.item, number)),
        division=division,
        number=number,
        on=on,
        account=account,
        item=moved.item,
        amount=moved.amount,
        pieces=moved.pieces,
        estimated_value=moved.estimated_value,
        reverses=reverses,
        note=note,
    )


def check_entry(lines: tuple[Stock, ...], made: tuple[Stock, ...], division: str, number: str, on: date) -> None:
    """Refuse lines that cannot stand beside those of the ledger.

    Raises:
        InvalidRecord: If the number is missing or in use, or stock would fall below nothing on that day or later.
    """
    if not number.strip():
        raise refusal("number", number, "缺少凭证号", "missing", "填写凭证号")
    if any((line.division, line.number) == (division, number) for line in lines):
        raise refusal("number", number, f"凭证号 {number} 已使用", "in-use", "换一个凭证号，或核对是否重复登记")
    for line in made:
        if line.account != "stock" or not (line.amount < 0 or line.pieces < 0 or (line.estimated_value or 0) < 0):
            continue
        there = _available(lines, line.item, division, on)
        wanted = -quantity_of(line)
        if wanted.amount > there.amount or wanted.pieces > there.pieces:
            text = f"库存不足：需 {wanted}，自 {on} 起可用 {there}"
            raise refusal("item", line.item, text, "stock-short", "减少数量，或先补记收入")
        if (wanted.estimated_value or 0) > (there.estimated_value or 0):
            text = f"{line.item} 的估值不足：需 {wanted.estimated_value} 分，可用 {there.estimated_value or 0} 分"
            raise refusal(
                "estimated_value", line.item, text, "value-short", "估值留空由库存分摊，或先冲销其后的发放凭证"
            )


def refusal(field: str, value: object, text: str, code: str, remedy: str) -> InvalidRecord:
    """Why an entry is refused."""
    return InvalidRecord("stock", field, value, text, code=code, remedy=remedy)
