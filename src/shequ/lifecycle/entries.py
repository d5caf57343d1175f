"""Entries of the charity shop's ledger: quantities, lines that add up to nothing, and what stands on each account.

An entry is the lines (:class:`~shequ.model.Stock`) of one voucher number in one division; for money, for each kind of
goods and for their values they add up to nothing. The accounts: what lies there (stock, positive) came from gifts
(donated, negative), went to people (aided, positive) or was found to differ at a count (adjusted). Money and goods
are never added up: money is the item ``款`` with an amount, goods have a name and pieces. Stock never falls below
nothing: an entry with an earlier date is measured against every day after it, too.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from operator import attrgetter
from typing import TypeVar

import attrs

from shequ.errors import InvalidRecord
from shequ.lifecycle.books import Books
from shequ.lifecycle.quantities import MONEY_ITEM, Quantity, goods, money, quantity_of, total
from shequ.model import Stock, derive_id

__all__ = [
    "MONEY_ITEM",
    "Books",
    "Fault",
    "Quantity",
    "audited",
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


@attrs.frozen
class Fault:
    """A law of the ledger that some voucher breaks.

    Args:
        division: Whose shop.
        number: Voucher number.
        on: Day of the voucher.
        error: What is wrong with it, and what to do.
    """

    division: str
    number: str
    on: date
    error: InvalidRecord


def faults(lines: Iterable[Stock]) -> tuple[InvalidRecord, ...]:
    """What breaks the ledger's laws; see :func:`audited`."""
    return tuple(fault.error for fault in audited(lines))


def audited(lines: Iterable[Stock]) -> tuple[Fault, ...]:
    """Every fault of the books that were loaded or merged from elsewhere.

    They are: a voucher that does not balance or whose number stands on two days; a reversal of a voucher that is not
    there, of another amount, dated before it, of a reversal, or a second one; stock below nothing.
    """
    vouchers = _grouped(lines, lambda line: (line.division, line.number))
    return (*_unbalanced(vouchers), *_misreversed(vouchers), *_short(vouchers))


_Vouchers = Mapping[tuple[str, str], list[Stock]]


def _unbalanced(vouchers: _Vouchers) -> Iterator[Fault]:
    for (division, number), entry in vouchers.items():
        days = sorted({line.on for line in entry})
        for item, moved in _grouped(entry, attrgetter("item")).items():
            left = total(item, moved)
            if not left.is_nothing:
                error = refusal(
                    "number", number, f"凭证 {number} 借贷不平，差 {_shown(left)}", "unbalanced", "冲销后重记"
                )
                yield Fault(division, number, days[0], error)
        if len(days) > 1:
            text = f"凭证号 {number} 用于 {len(days)} 个日期：{'、'.join(map(str, days))}"
            yield Fault(
                division, number, days[-1], refusal("number", number, text, "number-twice", "为后一张凭证另编号")
            )


def _misreversed(vouchers: _Vouchers) -> Iterator[Fault]:
    reversals: dict[tuple[str, str], dict[str, None]] = {}
    for (division, number), entry in vouchers.items():
        for reversed_number in dict.fromkeys(line.reverses for line in entry if line.reverses is not None):
            reversals.setdefault((division, reversed_number), {})[number] = None
            target = vouchers.get((division, reversed_number), [])
            for text, code, remedy in _reversal_faults(number, entry, reversed_number, target):
                yield Fault(division, number, entry[0].on, refusal("reverses", reversed_number, text, code, remedy))
    for (division, reversed_number), numbers in reversals.items():
        if len(numbers) > 1:
            last = max(numbers, key=lambda number: (vouchers[division, number][0].on, number))
            text = f"凭证 {reversed_number} 被冲销 {len(numbers)} 次：{'、'.join(sorted(numbers))}"
            error = refusal("reverses", reversed_number, text, "reversed", "一张凭证只能冲销一次")
            yield Fault(division, last, vouchers[division, last][0].on, error)


def _reversal_faults(
    number: str, entry: list[Stock], reversed_number: str, target: list[Stock]
) -> Iterator[tuple[str, str, str]]:
    """What is wrong with a reversal: text, code and remedy of each fault."""
    said = f"凭证 {number} 冲销凭证 {reversed_number}"
    if not target:
        yield f"{said}，但没有这张凭证", "unknown", "核对被冲销的凭证号"
        return
    if any(line.reverses is not None for line in target):
        yield f"{said}，后者本身是冲销凭证", "reversal", "另记一张新凭证"
    on, before = min(line.on for line in entry), min(line.on for line in target)
    if on < before:
        yield f"{said}，冲销日期 {on} 早于其日期 {before}", "before-entry", "更正冲销日期"
    left = [_shown(quantity) for quantity in balance((*target, *entry)).values() if not quantity.is_nothing]
    if left:
        yield (
            f"{said}，金额或数量与原凭证不符，相差 {'、'.join(dict.fromkeys(left))}",
            "other-amount",
            "按原凭证全额冲销",
        )


def _short(vouchers: _Vouchers) -> Iterator[Fault]:
    stock = (line for entry in vouchers.values() for line in entry if line.account == "stock")
    for (division, item), moved in _grouped(stock, lambda line: (line.division, line.item)).items():
        left = Quantity(item)
        for day, lines in sorted(_grouped(moved, attrgetter("on")).items()):
            left += total(item, lines)
            if left.amount < 0 or left.pieces < 0 or (left.estimated_value or 0) < 0:
                # Named is what went out last: on a day everything that came in is there first.
                taking = [line for line in lines if _takes(line)]
                text = f"{division} 的库存在 {day} 为负：{_shown(left)}"
                error = refusal("item", item, text, "stock-short", "补记收入，或冲销多发的凭证")
                yield Fault(division, taking[-1].number, day, error)
                break


def _takes(line: Stock) -> bool:
    return line.amount < 0 or line.pieces < 0 or (line.estimated_value or 0) < 0


def _shown(quantity: Quantity) -> str:
    """A difference, with that of the value where it is the only one."""
    if quantity.estimated_value and not quantity.pieces:
        return f"{quantity.item}估值 {quantity.estimated_value} 分"
    return str(quantity)


# How an entry is made and checked


def _grouped(lines: Iterable[Stock], key: Callable[[Stock], K]) -> Mapping[K, list[Stock]]:
    groups: dict[K, list[Stock]] = {}
    for line in lines:
        groups.setdefault(key(line), []).append(line)
    return groups


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


def valued(books: Books, quantity: Quantity, division: str, on: date) -> Quantity:
    """The quantity with its share of the value that lies there, if a value is known and none is given.

    The last pieces take all of the value with them, whatever they were said to be worth: nothing is left without pieces.
    """
    if quantity.item == MONEY_ITEM:
        return quantity
    there = books.stock(division, quantity.item, on)
    if not there.estimated_value or there.pieces <= 0:
        return quantity
    given = quantity.estimated_value
    if given is not None and (quantity.pieces < there.pieces or given > there.estimated_value):
        return quantity
    share = (there.estimated_value * quantity.pieces * 2 + there.pieces) // (there.pieces * 2)
    most = books.available(division, quantity.item, on).estimated_value or 0
    return attrs.evolve(quantity, estimated_value=min(share, most) or None)


def entry_of(
    books: Books,
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
    check_entry(books, made, division, number, on)
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


def check_entry(books: Books, made: tuple[Stock, ...], division: str, number: str, on: date) -> None:
    """Refuse lines that cannot stand beside those of the ledger.

    Raises:
        InvalidRecord: If the number is missing or in use, or stock would fall below nothing on that day or later.
    """
    if not number.strip():
        raise refusal("number", number, "缺少凭证号", "missing", "填写凭证号")
    if books.entry(division, number):
        raise refusal("number", number, f"凭证号 {number} 已使用", "in-use", "换一个凭证号，或核对是否重复登记")
    for line in made:
        if line.account != "stock" or not _takes(line):
            continue
        there = books.available(division, line.item, on)
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
