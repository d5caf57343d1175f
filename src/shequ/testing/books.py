"""Ledgers of a charity shop that balance: everything in them was booked by the library's own entries.

An entry that the ledger refuses (handing out what is not there, reversing twice) is left out, so every draw is of use.
"""

from datetime import date

from hypothesis import strategies as st

from shequ.errors import InvalidRecord
from shequ.lifecycle.ledger import Quantity, count_stock, goods, hand_out, money, receive, reverse
from shequ.model import Stock

__all__ = ["ledgers", "quantities"]

_ITEMS = ("大米", "棉被", "𠮷祥毛巾")
_FIRST, _LAST = date(2024, 1, 1), date(2025, 12, 31)


def quantities() -> st.SearchStrategy[Quantity]:
    """Money, or pieces of one kind of goods with an estimated value or without."""
    cash = st.builds(money, st.integers(1, 10**9))
    things = st.builds(goods, st.sampled_from(_ITEMS), st.integers(1, 500), st.none() | st.integers(0, 10**7))
    return cash | things


@st.composite
def ledgers(draw: st.DrawFn, *, division: str = "c1", most: int = 12) -> tuple[Stock, ...]:
    """The lines of a ledger that balances; gifts, aid, counts of the stock and reversals; the smallest is empty.

    Args:
        draw: How parts are drawn.
        division: Whose shop.
        most: How many entries at most.
    """
    lines: tuple[Stock, ...] = ()
    days = sorted(draw(st.lists(st.dates(_FIRST, _LAST), max_size=most)))
    for number, on in enumerate(days, 1):
        voucher = f"V{number:03d}"
        made: tuple[Stock, ...] = ()
        try:
            match draw(st.sampled_from(("receive", "receive", "hand_out", "count", "reverse"))):
                case "receive":
                    made = receive(lines, draw(quantities()), division=division, number=voucher, on=on)
                case "hand_out":
                    made = hand_out(lines, draw(quantities()), division=division, number=voucher, on=on)
                case "count":
                    made = count_stock(lines, draw(quantities()), division=division, number=voucher, on=on)
                case _:
                    wrong = f"V{draw(st.integers(1, number)):03d}"
                    made = reverse(lines, wrong, division=division, number=voucher, on=on, note="误记")
        except InvalidRecord:
            continue
        lines += made
    return lines
