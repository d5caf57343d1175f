"""The charity shop's ledger (爱心超市) in double entry: money in fen, goods in pieces with an optional estimated value.

What an entry is, and what its accounts mean, stands in :mod:`shequ.lifecycle.entries`. Each function takes the lines
that stand so far, or the :class:`~shequ.lifecycle.books.Books` made of them, and returns those of one new entry; it
changes nothing, and a refused entry raises :class:`~shequ.errors.InvalidRecord`. A mistake is reversed by another entry, once, and never deleted.
"""

from collections.abc import Callable, Iterable
from datetime import date
from functools import partial

import attrs

from shequ.errors import InvalidRecord
from shequ.lifecycle.entries import (
    MONEY_ITEM,
    Books,
    Quantity,
    balance,
    check_entry,
    entry_of,
    faults,
    goods,
    line_of,
    money,
    proper,
    quantity_of,
    refusal,
    valued,
)
from shequ.model import Aid, Donation, GiftKind, Record, Stock

__all__ = [
    "MONEY_ITEM",
    "Books",
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
    return entry_of(Books.of(lines), ((q, "donated") for q in proper(given)), division, number, on, note)


def hand_out(
    lines: Iterable[Stock], *given: Quantity, division: str, number: str, on: date, note: str | None = None
) -> tuple[Stock, ...]:
    """Aid goes out: stock falls against ``aided``.

    Goods without a value take with them their share of the value that lies there for their kind; the last pieces take
    all of it.

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
    books = Books.of(lines)
    leaving = [-valued(books, quantity, division, on) for quantity in proper(given)]
    return entry_of(books, ((q, "aided") for q in leaving), division, number, on, note)


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
    books = Books.of(lines)
    moved = []
    for found in proper(counted, least=0):
        there = books.stock(division, found.item, on)
        change = Quantity(found.item, found.amount - there.amount, found.pieces - there.pieces)
        if found.estimated_value is not None:
            change = attrs.evolve(change, estimated_value=found.estimated_value - (there.estimated_value or 0))
        elif change.pieces < 0:
            change = -valued(books, -change, division, on)
        if not change.is_nothing:
            moved.append((change, "adjusted"))
    return entry_of(books, moved, division, number, on, note)


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
    books = Books.of(lines)
    entry = books.entry(division, reversed_number)
    if not entry:
        raise refusal("reverses", reversed_number, f"没有凭证 {reversed_number}", "unknown", "核对凭证号")
    by = books.reversal(division, reversed_number)
    if by is not None:
        text = f"凭证 {reversed_number} 已由凭证 {by} 冲销"
        raise refusal("reverses", reversed_number, text, "reversed", "一张凭证只能冲销一次")
    if entry[0].reverses is not None:
        text = f"凭证 {reversed_number} 本身是冲销凭证（冲销 {entry[0].reverses}）"
        raise refusal("reverses", reversed_number, text, "reversal", "另记一张新凭证")
    if on < entry[0].on:
        text = f"冲销日期 {on} 早于凭证 {reversed_number} 的日期 {entry[0].on}"
        raise refusal("on", on, text, "before-entry", "更正冲销日期")
    if not note.strip():
        raise refusal("note", note, "冲销缺少原因", "missing", "写明冲销原因")
    made = tuple(
        line_of(division, number, on, line.account, -quantity_of(line), note, reverses=reversed_number)
        for line in entry
    )
    check_entry(books, made, division, number, on)
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
    books = Books(lines)
    made: list[Stock] = []
    refused: list[InvalidRecord] = []
    entries: list[tuple[date, int, str, Callable[[], tuple[Stock, ...]]]] = [
        *((d.given, 0, d.id, partial(receive_donation, books, d)) for d in donations),
        *((a.given, 1, a.id, partial(hand_out_aid, books, a)) for a in aids),
    ]
    for *_, entry in sorted(entries, key=lambda each: each[:3]):
        try:
            lines_of_it = entry()
        except InvalidRecord as error:
            refused.append(error)
        else:
            books.add(lines_of_it)
            made += lines_of_it
    return tuple(made), tuple(refused)


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
