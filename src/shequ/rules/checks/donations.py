"""Receipts of donations: each gift has one, and the numbers of a book of receipts run on."""

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from shequ.query import During
from shequ.rules.finding import Finding
from shequ.rules.judgement import Judgement
from shequ.rules.ruleset import Rule

__all__ = ["receipts"]

_NUMBER = re.compile(r"(?P<book>.*?)(?P<number>[0-9]{1,12})\Z", re.DOTALL)
_SHOWN = 5


def receipts(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """In the year so far each donation has a receipt of its own, and no number of a book of receipts is left out.

    A book is what stands before the running number (``YX-2025-``). Several divisions may write from one book; a gap
    lies with a division only if the whole book is its own.
    """
    books: defaultdict[str, dict[int, list[Any]]] = defaultdict(dict)
    same: defaultdict[str, list[Any]] = defaultdict(list)
    for gift in sorted(judged.records("donation", During("given")), key=lambda gift: gift.id):
        receipt = gift.receipt.strip()
        if not receipt:
            yield judged.finding(
                rule,
                judged.place_of(gift),
                f"{gift.given} 的一笔捐赠没有收据号",
                subject=gift.id,
                remedy="补开收据并登记收据号",
            )
            continue
        same[receipt].append(gift)
        if found := _NUMBER.match(receipt):
            books[found["book"]].setdefault(int(found["number"]), []).append(gift)
    for receipt, gifts in same.items():
        if len(gifts) > 1:
            yield judged.finding(
                rule,
                judged.place_of(gifts[0]),
                f"收据号 {receipt} 用于 {len(gifts)} 笔捐赠",
                subject=receipt,
                remedy="核对收据存根，更正登记错误的收据号",
            )
    for book, numbers in books.items():
        yield from _gaps(judged, rule, book, numbers)


def _gaps(judged: Judgement, rule: Rule, book: str, numbers: dict[int, list[Any]]) -> Iterator[Finding]:
    ordered = sorted(numbers)
    gaps = [(before + 1, after - 1) for before, after in pairwise(ordered) if after > before + 1]
    if not gaps:
        return
    missing = sum(last - first + 1 for first, last in gaps)
    width = max(len(gift.receipt.strip()) for gifts in numbers.values() for gift in gifts) - len(book)
    shown = [f"{first:0{width}d}" + (f"—{last:0{width}d}" if last > first else "") for first, last in gaps[:_SHOWN]]
    users = {judged.place_of(gift).id for gifts in numbers.values() for gift in gifts}
    place = judged.tree[users.pop()] if len(users) == 1 else judged.tree.root
    yield judged.finding(
        rule,
        place,
        f"收据 {book} 缺 {missing} 个号：{'、'.join(shown)}{'等' if len(gaps) > _SHOWN else ''}",
        subject=f"{place.name} {book}",
        remedy="找出缺号收据：已开的补录捐赠，作废的注明作废",
    )
