"""Ledgers of a charity shop that balance: everything in them was booked by the library's own entries.

An entry that the ledger refuses (handing out what is not there, reversing twice) is left out, so every draw is of use.
"""

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from shequ.errors import InvalidRecord
from shequ.lifecycle.ledger import Quantity, count_stock, goods, hand_out, money, receive, reverse
from shequ.model import Stock

__all__ = ["ledgers", "quantities"]

_ITEMS = ("大米", "棉被", "𠮷祥毛巾")
_KINDS = ("receive", "receive", "hand_out", "count", "reverse")
_FIRST = date(2024, 1, 1)
_DAYS = 730


def quantities() -> st.SearchStrategy[Quantity]:
    """Money, or pieces of one kind of goods with an estimated value or without."""
    cash = st.builds(money, st.integers(1, 10**9))
    things = st.builds(goods, st.sampled_from(_ITEMS), st.integers(1, 500), st.none() | st.integers(0, 10**7))
    return cash | things


@st.composite
def _entries(draw: st.DrawFn) -> tuple[date, str, Any]:
    """A day, what is done, and with what; all of it drawn in one place, so that it can be left out as one."""
    on = _FIRST + timedelta(days=draw(st.integers(0, _DAYS)))
    kind = draw(st.sampled_from(_KINDS))
    return on, kind, draw(st.integers(0, 99) if kind == "reverse" else quantities())


def _undone(lines: tuple[Stock, ...]) -> set[str]:
    """The vouchers that were reversed, and those that did it: neither can be reversed again."""
    return {number for line in lines if line.reverses for number in (line.number, line.reverses)}


@st.composite
def ledgers(draw: st.DrawFn, *, division: str = "c1", most: int = 12) -> tuple[Stock, ...]:
    """The lines of a ledger that balances; gifts, aid, counts of the stock and reversals; the smallest is empty.

    Args:
        draw: How parts are drawn.
        division: Whose shop.
        most: How many entries at most.
    """
    lines: tuple[Stock, ...] = ()
    for on, kind, what in sorted(draw(st.lists(_entries(), max_size=most)), key=lambda entry: entry[0]):
        numbers = list(dict.fromkeys(line.number for line in lines))
        voucher = f"V{len(numbers) + 1:03d}"
        made: tuple[Stock, ...] = ()
        try:
            match kind:
                case "receive":
                    made = receive(lines, what, division=division, number=voucher, on=on)
                case "hand_out":
                    made = hand_out(lines, what, division=division, number=voucher, on=on)
                case "count":
                    made = count_stock(lines, what, division=division, number=voucher, on=on)
                case _ if standing := [number for number in numbers if number not in _undone(lines)]:
                    wrong = standing[what % len(standing)]
                    made = reverse(lines, wrong, division=division, number=voucher, on=on, note="误记")
        except InvalidRecord:
            continue
        lines += made
    return lines
