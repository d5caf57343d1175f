"""The charity shop's books (爱心超市), kept by the library's own ledger: every gift and every aid as an entry."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date

from shequ.lifecycle.ledger import (
    MONEY_ITEM,
    Quantity,
    book_all,
    count_stock,
    goods,
    money,
    receive_donation,
    reverse,
)
from shequ.model import Aid, Donation, GiftKind, Stock
from shequ.sample.ledger import FIRST_DAY, Ledger
from shequ.sample.needs import GOODS_VALUES
from shequ.sample.walk import later

__all__ = ["keep_books"]

_MORE = {MONEY_ITEM: 50_000}
_DAY_BEFORE = later(FIRST_DAY, -1)


def keep_books(ledger: Ledger) -> None:
    """Write the books of each division: what was counted before the two years, gifts, aid, and a mistake reversed.

    What was there before is enough for the stock never to fall below nothing.

    Raises:
        InvalidRecord: If the ledger refuses a gift or an aid.
    """
    donations, aids = ledger.all(Donation), ledger.all(Aid)
    lines = list(_opening(donations, aids))
    booked, refused = book_all(donations, aids, lines)
    for error in refused:
        raise error
    lines += booked
    lines += _mistake(lines, donations)
    for line in lines:
        ledger.keep(line)


def _opening(donations: Iterable[Donation], aids: Iterable[Aid]) -> Sequence[Stock]:
    """What was counted on the eve: as much of each thing as the two years took more than they brought, and a little."""
    moves: list[tuple[date, int, str, str]] = [
        *((gift.given, *_moved(gift, 1)) for gift in donations),
        *((aid.given, *_moved(aid, -1)) for aid in aids),
    ]
    standing: Counter[tuple[str, str]] = Counter()
    lowest: Counter[tuple[str, str]] = Counter()
    # What came on a day can be handed out on it.
    for _, quantity, division, item in sorted(moves, key=lambda move: (move[0], -move[1])):
        standing[division, item] += quantity
        lowest[division, item] = min(lowest[division, item], standing[division, item])
    lines: list[Stock] = []
    for number, ((division, item), least) in enumerate(sorted(lowest.items())):
        lines += count_stock(
            lines,
            _of(item, _MORE.get(item, 2) - least),
            division=division,
            number=f"PD-2023-{number + 1:04d}",
            on=_DAY_BEFORE,
            note="年末盘点",
        )
    return lines


def _moved(record: Donation | Aid, sign: int) -> tuple[int, str, str]:
    is_money = record.kind is GiftKind.MONEY
    quantity = (record.amount if is_money else record.pieces) or 0
    return sign * quantity, record.division, MONEY_ITEM if is_money else record.goods or ""


def _of(item: str, quantity: int) -> Quantity:
    return money(quantity) if item == MONEY_ITEM else goods(item, quantity, quantity * GOODS_VALUES[item])


def _mistake(lines: Sequence[Stock], donations: Iterable[Donation]) -> Sequence[Stock]:
    """A gift that was booked twice, and the entry that takes the second one back."""
    gift = next(record for record in donations if record.kind is GiftKind.GOODS)
    number = f"捐-{gift.receipt}-重"
    twice = receive_donation(lines, gift, number=number)
    back = reverse(
        (*lines, *twice),
        number,
        division=gift.division,
        number=f"冲-{gift.receipt}",
        on=later(gift.given, 3),
        note="冲销重复入账",
    )
    return (*twice, *back)
