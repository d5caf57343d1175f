"""The charity shop's ledger balances to the fen and the piece whatever is done, and its stock is never negative."""

import sys
from collections.abc import Callable
from datetime import date, timedelta
from types import FrameType

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from shequ.errors import InvalidRecord
from shequ.lifecycle.ledger import (
    MONEY_ITEM,
    Books,
    Quantity,
    balance,
    book_all,
    count_stock,
    faults,
    goods,
    hand_out,
    hand_out_aid,
    money,
    receive,
    receive_donation,
    reverse,
)
from shequ.model import Aid, Donation, GiftKind, Stock

DAY = date(2025, 1, 1)
SHOP = "330203001000"
ITEMS = (MONEY_ITEM, "大米", "棉被")
DAYS = 12
Lines = tuple[Stock, ...]
offsets = st.integers(0, DAYS - 1)
amounts = st.integers(1, 9)


def day(number: int) -> date:
    return DAY + timedelta(days=number)


def some(item: str, number: int) -> Quantity:
    return money(number) if item == MONEY_ITEM else goods(item, number)


def number_of(quantity: Quantity) -> int:
    return quantity.amount if quantity.item == MONEY_ITEM else quantity.pieces


class Shop(RuleBasedStateMachine):
    """Entries of any day in any order against a dictionary: item → account → what moved on each day."""

    @initialize()
    def start(self) -> None:
        self.lines: Lines = ()
        self.moves: dict[str, list[tuple[int, str, str, int]]] = {}
        self.reversed: set[str] = set()

    def _stock(self, item: str, on: int) -> int:
        return sum(
            change
            for moves in self.moves.values()
            for when, account, what, change in moves
            if (account, what) == ("stock", item) and when <= on
        )

    def _standing(self, on: int, changes: dict[str, int]) -> bool:
        """Whether no day would see less than nothing if this much were added on one."""
        return all(
            self._stock(item, later) + change >= 0 for item, change in changes.items() for later in range(on, DAYS)
        )

    def _book(self, on: int, other: str, changes: dict[str, int], event: Callable[[str], Lines]) -> None:
        number = f"凭{len(self.moves)}"
        if not self._standing(on, changes):
            with pytest.raises(InvalidRecord) as caught:
                event(number)
            assert "stock-short" == caught.value.code
            return
        made = event(number)
        assert {(SHOP, number, day(on))} >= {(line.division, line.number, line.on) for line in made}
        self.lines += made
        moves = [
            (on, account, item, sign * change)
            for item, change in changes.items()
            if change
            for account, sign in (("stock", 1), (other, -1))
        ]
        self.moves[number] = moves

    @rule(on=offsets, given=st.dictionaries(st.sampled_from(ITEMS), amounts, min_size=1), value=st.none() | amounts)
    def receive(self, on: int, given: dict[str, int], value: int | None) -> None:
        quantities = [
            goods(item, n, value) if item != MONEY_ITEM and value is not None else some(item, n)
            for item, n in given.items()
        ]
        self._book(
            on,
            "donated",
            given,
            lambda number: receive(self.lines, *quantities, division=SHOP, number=number, on=day(on)),
        )

    @rule(on=offsets, given=st.dictionaries(st.sampled_from(ITEMS), amounts, min_size=1))
    def hand_out(self, on: int, given: dict[str, int]) -> None:
        self._book(
            on,
            "aided",
            {item: -n for item, n in given.items()},
            lambda number: hand_out(
                self.lines, *(some(item, n) for item, n in given.items()), division=SHOP, number=number, on=day(on)
            ),
        )

    @rule(on=offsets, item=st.sampled_from(ITEMS), found=st.integers(0, 12))
    def count(self, on: int, item: str, found: int) -> None:
        self._book(
            on,
            "adjusted",
            {item: found - self._stock(item, on)},
            lambda number: count_stock(self.lines, some(item, found), division=SHOP, number=number, on=day(on)),
        )

    @rule(on=offsets, which=st.integers(0, 99))
    def reverse(self, on: int, which: int) -> None:
        if not self.moves:
            return
        target = sorted(self.moves)[which % len(self.moves)]
        moves = self.moves[target]
        number = f"凭{len(self.moves)}"

        def event() -> Lines:
            return reverse(self.lines, target, division=SHOP, number=number, on=day(on), note="误记")

        changes = {item: -change for _, account, item, change in moves if account == "stock"}
        refused = not moves or target in self.reversed or on < moves[0][0]
        if refused or not self._standing(on, changes):
            with pytest.raises(InvalidRecord):
                event()
            return
        try:
            made = event()
        except InvalidRecord as error:
            # The pieces are there, but their value went out with others of their kind.
            assert "value-short" == error.code  # noqa: PT017 - either way is right here
            return
        self.lines += made
        self.reversed |= {target, number}
        self.moves[number] = [(on, account, item, -change) for _, account, item, change in moves]

    @invariant()
    def every_entry_balances_and_nothing_is_at_fault(self) -> None:
        assert () == faults(self.lines)
        for number in self.moves:
            entry = [line for line in self.lines if line.number == number]
            assert 0 == sum(line.amount for line in entry)
            assert 0 == sum(line.estimated_value or 0 for line in entry)
            for item in ITEMS:
                assert 0 == sum(line.pieces for line in entry if line.item == item)

    @invariant()
    def the_balance_of_every_day_is_the_dictionary_and_never_negative(self) -> None:
        for on in range(DAYS):
            expected: dict[tuple[str, str], int] = {}
            for moves in self.moves.values():
                for when, account, item, change in moves:
                    if when <= on:
                        expected[account, item] = expected.get((account, item), 0) + change
            found = balance(self.lines, day(on))
            assert expected == {key: number_of(quantity) for key, quantity in found.items()}
            for (account, _), quantity in found.items():
                if account == "stock":
                    assert number_of(quantity) >= 0
                    assert (quantity.estimated_value or 0) >= 0

    @invariant()
    def every_line_has_an_id_of_its_own(self) -> None:
        assert len(self.lines) == len({line.id for line in self.lines})


TestShop = Shop.TestCase
TestShop.settings = settings(stateful_step_count=20)


@pytest.fixture
def shop() -> Lines:
    """Ten bags of rice worth 500 yuan and 200 yuan in money, since the first day."""
    return receive((), goods("大米", 10, 50_000), money(20_000), division=SHOP, number="1", on=DAY)


class TestHandingOut:
    def test_too_much_is_refused_with_what_there_is(self, shop: Lines) -> None:
        with pytest.raises(InvalidRecord, match="库存不足：需 大米 11 件，自 2025-01-02 起可用 大米 10 件") as caught:
            hand_out(shop, goods("大米", 11), division=SHOP, number="2", on=day(1))
        assert ("stock-short", "大米") == (caught.value.code, caught.value.value)
        with pytest.raises(InvalidRecord, match=r"需 款 200\.01 元，自 2025-01-02 起可用 款 200\.00 元"):
            hand_out(shop, money(20_001), division=SHOP, number="2", on=day(1))

    def test_what_is_promised_to_a_later_day_cannot_go_out_before(self, shop: Lines) -> None:
        later = (*shop, *hand_out(shop, goods("大米", 8), division=SHOP, number="2", on=day(9)))
        with pytest.raises(InvalidRecord, match="可用 大米 2 件"):
            hand_out(later, goods("大米", 3), division=SHOP, number="3", on=day(5))

    def test_nothing_goes_out_before_it_came(self, shop: Lines) -> None:
        with pytest.raises(InvalidRecord, match="可用 大米 0 件"):
            hand_out(shop, goods("大米", 1), division=SHOP, number="2", on=day(-1))

    def test_another_shop_has_its_own_stock(self, shop: Lines) -> None:
        with pytest.raises(InvalidRecord, match="可用 大米 0 件"):
            hand_out(shop, goods("大米", 1), division="330203002000", number="2", on=day(1))

    @given(st.lists(st.integers(1, 4), min_size=1, max_size=10), st.integers(1, 99_999))
    def test_goods_take_their_share_of_the_value_and_the_last_piece_takes_the_rest(
        self, parts: list[int], value: int
    ) -> None:
        lines = receive((), goods("大米", sum(parts), value), division=SHOP, number="0", on=DAY)
        for number, part in enumerate(parts, 1):
            lines += hand_out(lines, goods("大米", part), division=SHOP, number=str(number), on=day(number))
        found = balance(lines)
        assert (0, 0) == (found["stock", "大米"].pieces, found["stock", "大米"].estimated_value)
        assert value == found["aided", "大米"].estimated_value

    @given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 200), st.integers(0, 100))
    def test_the_last_pieces_take_all_of_the_value_whatever_they_are_said_to_be_worth(
        self, first: int, last: int, value: int, said: int
    ) -> None:
        lines = receive((), goods("大米", first + last, value), division=SHOP, number="1", on=DAY)
        lines += hand_out(lines, goods("大米", first), division=SHOP, number="2", on=day(1))
        left = balance(lines)["stock", "大米"].estimated_value or 0
        worth = goods("大米", last, min(said, left))
        lines += hand_out(lines, worth, division=SHOP, number="3", on=day(2))
        found = balance(lines)["stock", "大米"]
        assert (0, 0) == (found.pieces, found.estimated_value or 0)

    def test_more_value_than_lies_there_is_refused_for_the_last_pieces_too(self, shop: Lines) -> None:
        with pytest.raises(InvalidRecord, match="估值不足：需 50001 分，可用 50000 分"):
            hand_out(shop, goods("大米", 10, 50_001), division=SHOP, number="2", on=day(1))

    def test_goods_that_nobody_valued_have_no_value_and_not_a_value_of_nothing(self) -> None:
        lines = receive((), goods("棉被", 3), division=SHOP, number="1", on=DAY)
        lines += hand_out(lines, goods("棉被", 1), division=SHOP, number="2", on=DAY)
        assert balance(lines)["stock", "棉被"].estimated_value is None

    def test_an_earlier_hand_out_takes_no_value_that_went_out_later(self) -> None:
        """Ten bags of a known value left on the third day; the five that nobody valued go out on the second."""
        lines = receive((), goods("大米", 10, 100), division=SHOP, number="1", on=DAY)
        lines += hand_out(lines, goods("大米", 10), division=SHOP, number="2", on=day(3))
        lines += receive(lines, goods("大米", 5), division=SHOP, number="3", on=day(2))
        lines += hand_out(lines, goods("大米", 5), division=SHOP, number="4", on=day(2))
        assert goods("大米", 0, 0) == balance(lines)["stock", "大米"]
        assert () == faults(lines)


class TestCounting:
    def test_what_is_missing_takes_its_share_of_the_value_with_it(self, shop: Lines) -> None:
        made = count_stock(shop, goods("大米", 8), money(20_500), division=SHOP, number="2", on=day(1), note="盘点")
        assert {
            ("stock", "大米"): goods("大米", -2, -10_000),
            ("adjusted", "大米"): goods("大米", 2, 10_000),
            ("stock", MONEY_ITEM): money(500),
            ("adjusted", MONEY_ITEM): money(-500),
        } == balance(made)

    def test_a_count_that_agrees_makes_no_entry(self, shop: Lines) -> None:
        assert () == count_stock(shop, goods("大米", 10), division=SHOP, number="2", on=day(1))

    def test_a_count_can_say_what_the_goods_are_worth_now(self, shop: Lines) -> None:
        made = count_stock(shop, goods("大米", 10, 30_000), division=SHOP, number="2", on=day(1))
        assert goods("大米", 10, 30_000) == balance((*shop, *made))["stock", "大米"]


class TestReversing:
    def test_a_reversal_names_its_entry_and_takes_back_every_line(self, shop: Lines) -> None:
        out = hand_out(shop, goods("大米", 3), division=SHOP, number="2", on=day(1))
        back = reverse((*shop, *out), "2", division=SHOP, number="3", on=day(2), note="发错对象")
        assert {"2"} == {line.reverses for line in back}
        assert balance(shop)["stock", "大米"] == balance((*shop, *out, *back))["stock", "大米"]
        assert 7 == balance((*shop, *out, *back), day(1))["stock", "大米"].pieces

    def test_an_entry_is_reversed_at_most_once_and_a_reversal_never(self, shop: Lines) -> None:
        out = (*shop, *hand_out(shop, goods("大米", 3), division=SHOP, number="2", on=day(1)))
        both = (*out, *reverse(out, "2", division=SHOP, number="3", on=day(2), note="误记"))
        with pytest.raises(InvalidRecord, match="凭证 2 已由凭证 3 冲销"):
            reverse(both, "2", division=SHOP, number="4", on=day(3), note="误记")
        with pytest.raises(InvalidRecord, match="凭证 3 本身是冲销凭证（冲销 2）"):
            reverse(both, "3", division=SHOP, number="4", on=day(3), note="误记")

    def test_a_gift_that_has_gone_out_cannot_be_taken_back(self, shop: Lines) -> None:
        out = (*shop, *hand_out(shop, goods("大米", 3), division=SHOP, number="2", on=day(1)))
        with pytest.raises(InvalidRecord, match="需 大米 10 件，自 2025-01-03 起可用 大米 7 件"):
            reverse(out, "1", division=SHOP, number="3", on=day(2), note="误记")

    def test_what_cannot_be_reversed_says_why(self, shop: Lines) -> None:
        with pytest.raises(InvalidRecord, match="没有凭证 9"):
            reverse(shop, "9", division=SHOP, number="3", on=day(2), note="误记")
        with pytest.raises(InvalidRecord, match="冲销日期 2024-12-31 早于凭证 1 的日期 2025-01-01"):
            reverse(shop, "1", division=SHOP, number="3", on=day(-1), note="误记")
        with pytest.raises(InvalidRecord, match="冲销缺少原因"):
            reverse(shop, "1", division=SHOP, number="3", on=day(1), note="")


class TestVouchers:
    def test_a_number_is_used_once_in_a_division(self, shop: Lines) -> None:
        with pytest.raises(InvalidRecord, match="凭证号 1 已使用"):
            receive(shop, money(1), division=SHOP, number="1", on=DAY)
        assert 2 == len(receive(shop, money(1), division="330203002000", number="1", on=DAY))

    @pytest.mark.parametrize(
        ("given", "text"),
        [
            ((), "凭证没有款物"),
            ((goods("大米", 0),), "数量应大于零"),
            ((money(-1),), "数量应大于零"),
            ((goods("大米", 1), goods("大米", 2)), "同一凭证中物品重复"),
            ((Quantity("大米", amount=5, pieces=1),), "物品 大米 只有件数和估值"),
            ((Quantity(MONEY_ITEM, amount=5, pieces=1),), "款项只有金额"),
        ],
    )
    def test_money_and_goods_are_different_things_and_more_than_nothing(
        self, given: tuple[Quantity, ...], text: str
    ) -> None:
        with pytest.raises(InvalidRecord, match=text):
            receive((), *given, division=SHOP, number="1", on=DAY)


def donation(receipt: str, on: date, **gift: object) -> Donation:
    return Donation(id=f"d{receipt}", receipt=receipt, division=SHOP, given=on, **gift)  # type: ignore[arg-type]


def aid(number: str, on: date, **gift: object) -> Aid:
    return Aid(id=f"a{number}", number=number, division=SHOP, category="disabled", given=on, **gift)  # type: ignore[arg-type]


class TestRecords:
    def test_a_donation_and_an_aid_record_make_entries_that_name_them(self) -> None:
        rice = donation("001", DAY, kind=GiftKind.GOODS, goods="大米", pieces=4, estimated_value=8_000)
        lines = receive_donation((), rice)
        lines += hand_out_aid(lines, aid("A1", day(1), kind=GiftKind.GOODS, goods="大米", pieces=1))
        assert ["捐-001", "捐-001", "发-A1", "发-A1"] == [line.number for line in lines]
        assert goods("大米", 3, 6_000) == balance(lines)["stock", "大米"]

    def test_records_are_booked_by_day_and_what_cannot_be_is_reported(self) -> None:
        donations = [
            donation("2", day(5), kind=GiftKind.MONEY, amount=10_000),
            donation("1", DAY, kind=GiftKind.GOODS, goods="棉被", pieces=2),
            donation("3", DAY, kind=GiftKind.GOODS, goods="大米"),
        ]
        aids = [
            aid("1", day(5), kind=GiftKind.MONEY, amount=4_000),
            aid("2", day(4), kind=GiftKind.MONEY, amount=1),
            aid("3", day(1), kind=GiftKind.GOODS, goods="棉被", pieces=2),
        ]
        lines, refused = book_all(donations, aids)
        found = balance(lines)
        assert (6_000, 0) == (found["stock", MONEY_ITEM].amount, found["stock", "棉被"].pieces)
        assert ["missing", "stock-short"] == [error.code for error in refused]
        assert ["donation", "stock"] == [error.type for error in refused]
        again, twice = book_all(donations[:2], aids[:1], lines)
        assert ((), ["in-use"] * 3) == (again, [error.code for error in twice])


def calls_of(work: Callable[[], object]) -> int:
    """How many functions some work calls."""
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return calls


Drawn = list[tuple[int, bool, str, int, int | None, str]]
"""Day, whether it comes, of what, how much, worth what, in which shop."""
gifts = st.lists(
    st.tuples(offsets, st.booleans(), st.sampled_from(ITEMS), amounts, st.none() | amounts, st.sampled_from("AB")),
    max_size=12,
)


class TestManyRecords:
    @given(gifts, gifts)
    def test_booking_all_makes_the_entries_that_one_after_another_make(
        self,
        before: Drawn,
        then: Drawn,
    ) -> None:
        def records(drawn: Drawn, called: str) -> tuple[list[Donation], list[Aid]]:
            given: list[Donation] = []
            aided: list[Aid] = []
            for number, (on, comes, item, n, value, shop) in enumerate(drawn):
                gift = (
                    {"kind": GiftKind.MONEY, "amount": n}
                    if item == MONEY_ITEM
                    else {"kind": GiftKind.GOODS, "goods": item, "pieces": n}
                )
                if comes:
                    worth = {} if item == MONEY_ITEM else {"estimated_value": value}
                    given.append(attrs.evolve(donation(f"{called}{number}", day(on), **gift, **worth), division=shop))
                else:
                    aided.append(attrs.evolve(aid(f"{called}{number}", day(on), **gift), division=shop))
            return given, aided

        ledger: Lines = ()
        refused: list[str] = []
        for drawn, called in ((before, "a"), (then, "b")):
            donations, aids = records(drawn, called)
            there = ledger
            refused.clear()
            work = [*((d.given, 0, d.id, d) for d in donations), *((a.given, 1, a.id, a) for a in aids)]
            for *_, record in sorted(work, key=lambda each: each[:3]):
                try:
                    ledger += (
                        receive_donation(ledger, record)
                        if isinstance(record, Donation)
                        else hand_out_aid(ledger, record)
                    )
                except InvalidRecord as error:
                    refused.append(str(error))
            made, errors = book_all(donations, aids, there)
            assert ledger[len(there) :] == made
            assert refused == [str(error) for error in errors]
        assert () == faults(ledger)

    def test_twice_as_many_records_are_twice_the_work(self) -> None:
        def work(count: int) -> tuple[int, int]:
            donations = [donation(str(n), day(n), kind=GiftKind.GOODS, goods="大米", pieces=2) for n in range(count)]
            aids = [aid(str(n), day(n), kind=GiftKind.GOODS, goods="大米", pieces=1) for n in range(count)]
            lines, refused = book_all(donations, aids)
            assert ((), 4 * count) == (refused, len(lines))
            return calls_of(lambda: book_all(donations, aids)), calls_of(lambda: faults(lines))

        for few, many in zip(work(100), work(200), strict=True):
            assert many < 2.2 * few

    def test_books_that_are_given_stay_as_they_are(self) -> None:
        books = Books(receive((), goods("大米", 1), division=SHOP, number="1", on=DAY))
        made, _ = book_all([donation("1", DAY, kind=GiftKind.MONEY, amount=1)], [], books)
        assert (2, 2) == (len(made), len(list(books)))


class TestFaults:
    def line(self, number: str, account: str, pieces: int, *, on: date = DAY, reverses: str | None = None) -> Stock:
        return Stock(
            id=f"{number}-{account}".replace("凭", "v"),
            division=SHOP,
            number=number,
            on=on,
            account=account,
            item="大米",
            pieces=pieces,
            reverses=reverses,
        )

    def test_loaded_lines_that_break_a_law_are_found(self) -> None:
        lines = [
            self.line("凭1", "stock", 5),
            self.line("凭1", "donated", -4),
            self.line("凭2", "stock", -6, on=day(1), reverses="凭1"),
            self.line("凭2", "donated", 6, on=day(1), reverses="凭1"),
            self.line("凭3", "stock", 1, on=day(2), reverses="凭1"),
            self.line("凭3", "donated", -1, on=day(2), reverses="凭1"),
        ]
        assert [
            "凭证 凭1 借贷不平，差 大米 1 件",
            "凭证 凭2 冲销凭证 凭1，金额或数量与原凭证不符，相差 大米 -1 件、大米 2 件",
            "凭证 凭3 冲销凭证 凭1，金额或数量与原凭证不符，相差 大米 6 件、大米 -5 件",
            "凭证 凭1 被冲销 2 次：凭2、凭3",
            f"{SHOP} 的库存在 2025-01-02 为负：大米 -1 件",
        ] == [error.reason for error in faults(lines)]

    def entry(self, number: str, pieces: int, on: date, reverses: str | None = None, value: int | None = None) -> Lines:
        return tuple(
            attrs.evolve(
                self.line(number, account, sign * pieces, on=on, reverses=reverses),
                estimated_value=None if value is None else sign * value,
            )
            for account, sign in (("stock", 1), ("donated", -1))
        )

    @pytest.mark.parametrize(
        ("number", "pieces", "on", "reverses", "value", "code", "text"),
        [
            ("凭1", 5, day(3), None, None, "number-twice", "凭证号 凭1 用于 2 个日期：2025-01-02、2025-01-04"),
            ("凭2", -2, day(3), "凭1", None, "other-amount", "与原凭证不符，相差 大米 3 件、大米 -3 件"),
            ("凭2", -5, day(3), "凭1", -7, "other-amount", "与原凭证不符，相差 大米估值 -7 分、大米估值 7 分"),
            ("凭2", 5, day(3), "凭1", None, "other-amount", "与原凭证不符，相差 大米 10 件、大米 -10 件"),
            ("凭2", -5, day(0), "凭1", None, "before-entry", "冲销日期 2025-01-01 早于其日期 2025-01-02"),
            ("凭2", -5, day(3), "凭9", None, "unknown", "凭证 凭2 冲销凭证 凭9，但没有这张凭证"),
        ],
    )
    def test_a_voucher_that_cannot_be_is_found(
        self, number: str, pieces: int, on: date, reverses: str | None, value: int | None, code: str, text: str
    ) -> None:
        lines = (
            *self.entry("凭0", 5, DAY, value=50),
            *self.entry("凭1", 5, day(1)),
            *self.entry(number, pieces, on, reverses, value),
        )
        (found,) = faults(lines)
        assert code == found.code
        assert text in found.reason

    def test_a_reversal_of_a_reversal_is_found(self) -> None:
        lines = (*self.entry("1", 5, DAY), *self.entry("2", -5, DAY, "1"), *self.entry("3", 5, DAY, "2"))
        assert ["凭证 3 冲销凭证 2，后者本身是冲销凭证"] == [error.reason for error in faults(lines)]

    def test_the_same_number_in_another_shop_is_another_voucher(self) -> None:
        lines = self.entry("1", 5, DAY)
        assert () == faults((*lines, *(attrs.evolve(line, division="330203002000", on=day(2)) for line in lines)))

    def test_an_account_that_is_none_is_refused(self) -> None:
        with pytest.raises(InvalidRecord, match="stok"):
            self.line("1", "stok", 5)
