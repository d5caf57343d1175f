"""The charity shop's ledger (爱心超市): every gift and every aid as an entry whose two sides add up to nothing."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

import attrs

from shequ.model import Aid, Donation, GiftKind, Stock
from shequ.sample.ledger import FIRST_DAY, Ledger
from shequ.sample.needs import GOODS_VALUES
from shequ.sample.walk import later

__all__ = ["keep_books"]

_MONEY = "款"
_DAY_BEFORE = later(FIRST_DAY, -1)


@attrs.frozen
class _Entry:
    """One entry: what comes into stock (or goes out, where it is negative), and the account on the other side."""

    number: str
    division: str
    on: date
    other: str
    item: str
    amount: int = 0
    pieces: int = 0
    note: str | None = None
    reverses: str | None = None

    @property
    def quantity(self) -> int:
        return self.amount or self.pieces


def _gift(record: Donation | Aid, number: str, other: str, sign: int, note: str) -> _Entry:
    if record.kind is GiftKind.MONEY:
        amount = sign * (record.amount or 0)
        return _Entry(number, record.division, record.given, other, _MONEY, amount=amount, note=note)
    pieces = sign * (record.pieces or 0)
    return _Entry(number, record.division, record.given, other, record.goods or "", pieces=pieces, note=note)


def keep_books(ledger: Ledger) -> None:
    """Write the books of each division: what was counted before the two years, gifts, aid, and a mistake reversed.

    What was there before is enough for the stock never to fall below nothing.
    """
    entries = [_gift(record, record.receipt, "donated", 1, "接受捐赠") for record in ledger.all(Donation)]
    entries += [_gift(record, record.number, "aided", -1, "救助发放") for record in ledger.all(Aid)]
    entries += _mistake(ledger)
    # What came on a day can be handed out on it.
    entries.sort(key=lambda entry: (entry.on, -entry.quantity, entry.number))
    for entry in (*_opening(entries), *entries):
        _book(ledger, entry)


def _mistake(ledger: Ledger) -> Iterator[_Entry]:
    """A gift that was booked twice, and the entry that takes the second one back."""
    gift = next(record for record in ledger.all(Donation) if record.kind is GiftKind.GOODS)
    number, taken_back = f"{gift.receipt}-C", f"{gift.receipt}-H"
    twice = _gift(gift, number, "donated", 1, "重复入账")
    yield twice
    yield attrs.evolve(
        twice, number=taken_back, on=later(gift.given, 3), pieces=-twice.pieces, note="冲销重复入账", reverses=number
    )


def _opening(entries: list[_Entry]) -> Iterator[_Entry]:
    """What was counted on the eve: as much of each thing as it takes, and a little more."""
    standing: defaultdict[tuple[str, str], int] = defaultdict(int)
    lowest: dict[tuple[str, str], int] = {}
    for entry in entries:
        place = entry.division, entry.item
        standing[place] += entry.quantity
        lowest[place] = min(lowest.get(place, 0), standing[place])
    for number, ((division, item), least) in enumerate(sorted(lowest.items())):
        more = 50_000 if item == _MONEY else 2
        held = -least + more
        yield _Entry(
            f"PD-2023-{number + 1:04d}",
            division,
            _DAY_BEFORE,
            "adjusted",
            item,
            amount=held if item == _MONEY else 0,
            pieces=0 if item == _MONEY else held,
            note="年末盘点",
        )


def _book(ledger: Ledger, entry: _Entry) -> None:
    value = entry.pieces * GOODS_VALUES[entry.item] if entry.pieces else None
    for account, sign in (("stock", 1), (entry.other, -1)):
        ledger.add(
            Stock,
            division=entry.division,
            number=entry.number,
            on=entry.on,
            account=account,
            item=entry.item,
            amount=sign * entry.amount,
            pieces=sign * entry.pieces,
            estimated_value=None if value is None else sign * value,
            reverses=entry.reverses,
            note=entry.note,
        )
