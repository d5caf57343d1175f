"""The charity shop's ledger (爱心超市) in double entry: money in fen, goods in pieces with an optional estimated value.

An entry is the lines (:class:`~shequ.model.Stock`) of one voucher number in one division; for money, for each kind of
goods and for their values they add up to nothing. The accounts: what lies there (stock, positive) came from gifts
(donated, negative), went to people (aided, positive) or was found to differ at a count (adjusted). Money and goods
are never added up: money is the item ``款`` with an amount, goods have a name and pieces.

Each function takes the lines that stand so far and returns those of one new entry; it changes nothing, and a refused
entry raises :class:`~shequ.errors.InvalidRecord`. Stock never falls below nothing: an entry with an earlier date is
measured against every day after it, too. A mistake is reversed by another entry, once, and never deleted.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import partial
from typing import TypeVar

import attrs

from shequ.errors import InvalidRecord
from shequ.model import Aid, Donation, GiftKind, Record, Stock, derive_id

__all__ = [
    "MONEY_ITEM",
    "Quantity",
    "balance",
    "book_all",
    "count_stock",
    "faults",
    "goods",
    "hand_out",
    "hand_out_aid",
    "money",
    "receive",
    "receive_donation",
    "reverse",
]

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


def _of(line: Stock) -> Quantity:
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
            found[key] = found[key] + _of(line) if key in found else _of(line)
    return found


# Entries


def receive(
    lines: Iterable[Stock], *given: Quantity, division: str, number: str, on: date, note: str | None = None
) -> tuple[Stock, ...]:
    """Gifts come in: stock rises against ``donated``.

    Args:
        lines: The ledger so far.
        given: What came, each item once.
        division: Whose shop.
        number: Voucher number, new in the division.
        on: The day.
        note: Summary.

    Raises:
        InvalidRecord: If nothing came, an item stands twice or is not more than nothing, money and goods are mixed
            up in one item, or the number is in use.
    """
    return _entry(tuple(lines), ((q, "donated") for q in _positive(given)), division, number, on, note)


def hand_out(
    lines: Iterable[Stock], *given: Quantity, division: str, number: str, on: date, note: str | None = None
) -> tuple[Stock, ...]:
    """Aid goes out: stock falls against ``aided``.

    Goods without a value take with them their share of the value that lies there for their kind.

    Args:
        lines: The ledger so far.
        given: What went, each item once.
        division: Whose shop.
        number: Voucher number, new in the division.
        on: The day.
        note: Summary.

    Raises:
        InvalidRecord: As for :func:`receive`, or if there is less; the message says what there is.
    """
    held = tuple(lines)
    leaving = [-_valued(held, quantity, division, on) for quantity in _positive(given)]
    return _entry(held, ((q, "aided") for q in leaving), division, number, on, note)


def count_stock(
    lines: Iterable[Stock], *counted: Quantity, division: str, number: str, on: date, note: str | None = None
) -> tuple[Stock, ...]:
    """The shop is counted: stock is brought to what was found, against ``adjusted``.

    Args:
        lines: The ledger so far.
        counted: What lies there at the end of the day, each item once; items not named were not counted. A value
            says what the goods are worth now; without one, missing pieces take their share of the value with them.
        division: Whose shop.
        number: Voucher number, new in the division.
        on: The day.
        note: Summary.

    Returns:
        The lines of the entry; none if all is as the ledger says.

    Raises:
        InvalidRecord: As for :func:`receive`, or if fewer are found than were handed out on later days.
    """
    held = tuple(lines)
    book = balance(held, on, division=division)
    moved = []
    for found in _proper(counted, least=0):
        there = book.get(("stock", found.item), Quantity(found.item))
        change = Quantity(found.item, found.amount - there.amount, found.pieces - there.pieces)
        if found.estimated_value is not None:
            change = attrs.evolve(change, estimated_value=found.estimated_value - (there.estimated_value or 0))
        elif change.pieces < 0:
            change = -_valued(held, -change, division, on)
        if not change.is_nothing:
            moved.append((change, "adjusted"))
    return _entry(held, moved, division, number, on, note)


def reverse(
    lines: Iterable[Stock], reversed_number: str, *, division: str, number: str, on: date, note: str
) -> tuple[Stock, ...]:
    """An entry made by mistake is reversed (冲销): the same lines with the other sign.

    Args:
        lines: The ledger so far.
        reversed_number: Number of the entry.
        division: Whose shop.
        number: Voucher number of the reversal, new in the division.
        on: The day, not before the entry's own.
        note: Why.

    Raises:
        InvalidRecord: If there is no such entry, it was reversed already or is itself a reversal, the day is before
            its own, or what it brought in is no longer there.
    """
    held = tuple(lines)
    ours = [line for line in held if line.division == division]
    entry = [line for line in ours if line.number == reversed_number]
    if not entry:
        raise _refused("reverses", reversed_number, f"没有凭证 {reversed_number}", "unknown", "核对凭证号")
    by = next((line.number for line in ours if line.reverses == reversed_number), None)
    if by is not None:
        text = f"凭证 {reversed_number} 已由凭证 {by} 冲销"
        raise _refused("reverses", reversed_number, text, "reversed", "一张凭证只能冲销一次")
    if entry[0].reverses is not None:
        text = f"凭证 {reversed_number} 本身是冲销凭证（冲销 {entry[0].reverses}）"
        raise _refused("reverses", reversed_number, text, "reversal", "另记一张新凭证")
    if on < entry[0].on:
        text = f"冲销日期 {on} 早于凭证 {reversed_number} 的日期 {entry[0].on}"
        raise _refused("on", on, text, "before-entry", "更正冲销日期")
    if not note.strip():
        raise _refused("note", note, "冲销缺少原因", "missing", "写明冲销原因")
    made = tuple(
        _line(division, number, on, line.account, -_of(line), note, reverses=reversed_number) for line in entry
    )
    _checked(held, made, division, number, on)
    return made


def receive_donation(
    lines: Iterable[Stock], donation: Donation, *, number: str | None = None, on: date | None = None
) -> tuple[Stock, ...]:
    """The entry of a donation, under ``捐-`` and its receipt and on its own day unless said otherwise.

    Raises:
        InvalidRecord: As for :func:`receive`, or if the donation does not say how much was given of what.
    """
    given = _gift(donation, donation.estimated_value)
    return receive(
        lines,
        given,
        division=donation.division,
        number=number or f"捐-{donation.receipt}",
        on=on or donation.given,
        note=f"捐赠收据 {donation.receipt}",
    )


def hand_out_aid(
    lines: Iterable[Stock], aid: Aid, *, number: str | None = None, on: date | None = None
) -> tuple[Stock, ...]:
    """The entry of an aid record, under ``发-`` and its number and on its own day unless said otherwise.

    Raises:
        InvalidRecord: As for :func:`hand_out`, or if the record does not say how much was given of what.
    """
    return hand_out(
        lines,
        _gift(aid, None),
        division=aid.division,
        number=number or f"发-{aid.number}",
        on=on or aid.given,
        note=f"救助发放 {aid.number}",
    )


def book_all(
    donations: Iterable[Donation], aids: Iterable[Aid], lines: Iterable[Stock] = ()
) -> tuple[tuple[Stock, ...], tuple[InvalidRecord, ...]]:
    """The entries of many records, in the order of their days, gifts before aid on one day.

    Args:
        donations: What came.
        aids: What went.
        lines: The ledger so far.

    Returns:
        The new lines, and why each record that could not be booked was refused.
    """
    ledger = list(lines)
    first = len(ledger)
    refused: list[InvalidRecord] = []
    books: list[tuple[date, int, str, Callable[[], tuple[Stock, ...]]]] = [
        *((d.given, 0, d.id, partial(receive_donation, ledger, d)) for d in donations),
        *((a.given, 1, a.id, partial(hand_out_aid, ledger, a)) for a in aids),
    ]
    for *_, book in sorted(books, key=lambda each: each[:3]):
        try:
            ledger.extend(book())
        except InvalidRecord as error:
            refused.append(error)
    return tuple(ledger[first:]), tuple(refused)


def faults(lines: Iterable[Stock]) -> tuple[InvalidRecord, ...]:
    """What breaks the ledger's laws: an entry that does not balance, one reversed twice, stock below nothing."""
    held = tuple(lines)
    found: list[InvalidRecord] = []
    entries = _grouped(held, lambda line: (line.division, line.number, line.on))
    for (_, number, _), entry in entries.items():
        for item, moved in _grouped(entry, lambda line: line.item).items():
            left = _sum(item, moved)
            if not left.is_nothing:
                found.append(
                    _refused("number", number, f"凭证 {number} 借贷不平，差 {left}", "unbalanced", "冲销后重记")
                )
    for (_, target), reversals in _grouped(held, lambda line: (line.division, line.reverses)).items():
        numbers = sorted({line.number for line in reversals})
        if target is not None and len(numbers) > 1:
            text = f"凭证 {target} 被冲销 {len(numbers)} 次：{'、'.join(numbers)}"
            found.append(_refused("reverses", target, text, "reversed", "一张凭证只能冲销一次"))
    stock = _grouped((line for line in held if line.account == "stock"), lambda line: (line.division, line.item))
    for (division, item), moved in stock.items():
        for day in sorted({line.on for line in moved}):
            left = _sum(item, (line for line in moved if line.on <= day))
            if left.amount < 0 or left.pieces < 0 or (left.estimated_value or 0) < 0:
                text = f"{division} 的库存在 {day} 为负：{left}"
                found.append(_refused("item", item, text, "stock-short", "补记收入，或冲销多发的凭证"))
                break
    return tuple(found)


# How an entry is made and checked


K = TypeVar("K")


def _grouped(lines: Iterable[Stock], key: Callable[[Stock], K]) -> Mapping[K, list[Stock]]:
    groups: dict[K, list[Stock]] = {}
    for line in lines:
        groups.setdefault(key(line), []).append(line)
    return groups


def _sum(item: str, lines: Iterable[Stock]) -> Quantity:
    return sum((_of(line) for line in lines), Quantity(item))


def _proper(given: tuple[Quantity, ...], *, least: int) -> tuple[Quantity, ...]:
    if not given:
        raise _refused("item", "", "凭证没有款物", "empty", "填写至少一项款物")
    if len({quantity.item for quantity in given}) < len(given):
        raise _refused("item", "、".join(q.item for q in given), "同一凭证中物品重复", "twice", "同一物品合并为一项")
    for quantity in given:
        is_money = quantity.item == MONEY_ITEM
        if is_money and (quantity.pieces or quantity.estimated_value is not None):
            raise _refused("pieces", quantity.pieces, "款项只有金额，没有件数和估值", "mixed", "款与物分项填写")
        if not is_money and quantity.amount:
            raise _refused("amount", quantity.amount, f"物品 {quantity.item} 只有件数和估值", "mixed", "款与物分项填写")
        if (quantity.amount if is_money else quantity.pieces) < least or (quantity.estimated_value or 0) < 0:
            raise _refused("item", quantity.item, f"数量应大于零：{quantity}", "not-positive", "填写实际数量")
    return given


def _positive(given: tuple[Quantity, ...]) -> tuple[Quantity, ...]:
    return _proper(given, least=1)


def _available(lines: tuple[Stock, ...], item: str, division: str, on: date) -> Quantity:
    """The least of money, pieces and value that lies there at the end of any day from ``on``."""
    stock = [x for x in lines if (x.account, x.item, x.division) == ("stock", item, division)]
    days = {on, *(line.on for line in stock if line.on > on)}
    left = [_sum(item, (line for line in stock if line.on <= day)) for day in days]
    values = [q.estimated_value for q in left if q.estimated_value is not None]
    return Quantity(item, min(q.amount for q in left), min(q.pieces for q in left), min(values) if values else None)


def _valued(lines: tuple[Stock, ...], quantity: Quantity, division: str, on: date) -> Quantity:
    """The quantity with its share of the value that lies there, if a value is known and none is given."""
    if quantity.item == MONEY_ITEM or quantity.estimated_value is not None:
        return quantity
    there = balance(lines, on, division=division).get(("stock", quantity.item))
    if there is None or not there.estimated_value or there.pieces <= 0:
        return quantity
    share = (there.estimated_value * quantity.pieces * 2 + there.pieces) // (there.pieces * 2)
    most = _available(lines, quantity.item, division, on).estimated_value or 0
    return attrs.evolve(quantity, estimated_value=min(share, most) or None)


def _entry(
    lines: tuple[Stock, ...],
    moved: Iterable[tuple[Quantity, str]],
    division: str,
    number: str,
    on: date,
    note: str | None,
) -> tuple[Stock, ...]:
    """The lines that move quantities into stock (out of it, where negative) from the account beside them."""
    made = tuple(
        _line(division, number, on, account, side, note)
        for quantity, other in moved
        for account, side in (("stock", quantity), (other, -quantity))
    )
    _checked(lines, made, division, number, on)
    return made


def _line(
    division: str,
    number: str,
    on: date,
    account: str,
    moved: Quantity,
    note: str | None,
    *,
    reverses: str | None = None,
) -> Stock:
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


def _checked(lines: tuple[Stock, ...], made: tuple[Stock, ...], division: str, number: str, on: date) -> None:
    if not number.strip():
        raise _refused("number", number, "缺少凭证号", "missing", "填写凭证号")
    if any((line.division, line.number) == (division, number) for line in lines):
        raise _refused("number", number, f"凭证号 {number} 已使用", "in-use", "换一个凭证号，或核对是否重复登记")
    for line in made:
        if line.account != "stock" or not (line.amount < 0 or line.pieces < 0 or (line.estimated_value or 0) < 0):
            continue
        there = _available(lines, line.item, division, on)
        wanted = -_of(line)
        if wanted.amount > there.amount or wanted.pieces > there.pieces:
            text = f"库存不足：需 {wanted}，自 {on} 起可用 {there}"
            raise _refused("item", line.item, text, "stock-short", "减少数量，或先补记收入")
        if (wanted.estimated_value or 0) > (there.estimated_value or 0):
            text = f"{line.item} 的估值不足：需 {wanted.estimated_value} 分，可用 {there.estimated_value or 0} 分"
            raise _refused(
                "estimated_value", line.item, text, "value-short", "估值留空由库存分摊，或先冲销其后的发放凭证"
            )


def _gift(gift: Donation | Aid, value: int | None) -> Quantity:
    type_ = gift.__record__.name
    if gift.kind is GiftKind.MONEY:
        if gift.amount is None:
            raise _unsaid(gift, type_, "amount", "款项缺少金额")
        return money(gift.amount)
    if gift.goods is None or gift.goods == MONEY_ITEM:
        raise _unsaid(gift, type_, "goods", "物品缺少名称")
    if gift.pieces is None:
        raise _unsaid(gift, type_, "pieces", "物品缺少件数")
    return goods(gift.goods, gift.pieces, value)


def _unsaid(gift: Record, type_: str, field: str, text: str) -> InvalidRecord:
    return InvalidRecord(
        type_, field, getattr(gift, field), f"{text}（{gift.id}）", code="missing", remedy="补填后再记账"
    )


def _refused(field: str, value: object, text: str, code: str, remedy: str) -> InvalidRecord:
    return InvalidRecord("stock", field, value, text, code=code, remedy=remedy)
