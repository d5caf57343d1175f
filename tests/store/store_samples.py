"""Record types, records and strategies for the tests of stores."""

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from shequ.effective import SHANGHAI, PartialDate
from shequ.model import Record, Schema, Term
from shequ.model.record import (
    code,
    count,
    day,
    flag,
    measure,
    moment,
    money,
    partial_day,
    record,
    ref,
    term,
    text,
    texts,
    time_of_day,
)
from shequ.query import Select
from shequ.store import ANY, Expect, Snapshot, Store, Stored


class Shape(Term):
    """A closed set of terms."""

    ROUND = "round", "圆"
    SQUARE = "square", "方"


@record("thing", label="物")
class Thing(Record):
    """A record with a field of every kind."""

    name: str = text("名称")
    note: str | None = text("备注", default=None)
    tags: tuple[str, ...] = texts("标签")
    sex: str = code("性别", table="sex", default="0")
    shape: Shape | None = term("形状", default=None)
    part_of: str | None = ref("属于", to="thing", default=None)
    number: int = count("个数", unit="个", signed=True, default=0)
    price: int | None = money("价格", default=None)
    area: Decimal | None = measure("面积", unit="㎡", scale=2, signed=True, default=None)
    done: bool = flag("完成", default=False)
    made: date | None = day("制成日期", default=None)
    about: PartialDate | None = partial_day("大致日期", default=None)
    seen: datetime | None = moment("所见时间", default=None)
    opens: time | None = time_of_day("开放时间", default=None)


@record("plan", label="计划")
class Plan(Record):
    """A record whose fields have the names of columns that every table has, or of words that SQL reserves."""

    district: str = text("区")
    version: int = count("版", unit="版", default=0)
    group: str | None = text("组", default=None)


SCHEMA = Schema((Thing, Plan))
AT = datetime(2026, 1, 5, 9, 30, 15, 123456, tzinfo=SHANGHAI)
"""When the first session of a test happens."""
HERE, THERE = "330206", "LOCAL-10"
"""Two districts."""

NASTY_TEXTS = (
    "", " ", "a ", "A", "a", "ａ", "\u00e9", "e\u0301", "𠮷野家", "👩‍👩‍👧", "\u2028", "\u2029", "\r\n", "\t",
    "\x85", "\x1f", "\x7f", "\ufeff", "\ufffe", "\uffff", "\U0010ffff", "'; DROP TABLE shequ_thing; --", "%_\\",
    ":id", "null", "None", "１２３", "İ", "x" * 70000,
)  # fmt: skip
"""Texts that some store or other is known to alter."""


def salts() -> Callable[[int], bytes]:
    """Salts that are the same in every run."""
    numbers = itertools.count(1)
    return lambda size: next(numbers).to_bytes(size, "big")


def nasty_text(*, empty: bool = True) -> st.SearchStrategy[str]:
    """Any text that the model takes."""
    characters = st.characters(exclude_characters="\x00", exclude_categories=("Cs",))
    found = st.text(characters, max_size=20) | st.sampled_from(NASTY_TEXTS)
    return found if empty else found.filter(bool)


IDS = st.from_regex(r"[0-9A-Za-z][0-9A-Za-z_.\-]{0,63}", fullmatch=True)
_INTEGERS = st.integers(-(2**63) + 1, 2**63 - 1)
_MOMENTS = st.datetimes(
    datetime(2, 1, 2), datetime(9998, 12, 31), timezones=st.sampled_from((UTC, SHANGHAI))  # noqa: DTZ001 - bounds
)  # fmt: skip

THINGS = st.builds(
    Thing,
    id=IDS,
    name=nasty_text(),
    note=st.none() | nasty_text(),
    tags=st.lists(nasty_text(empty=False), max_size=3).map(tuple),
    sex=st.sampled_from("0129"),
    shape=st.none() | st.sampled_from(Shape),
    part_of=st.none() | IDS,
    number=_INTEGERS,
    price=st.none() | st.integers(0, 2**63 - 1),
    area=st.none() | st.integers(-(10**16), 10**16).map(lambda number: Decimal(number).scaleb(-2)),
    done=st.booleans(),
    made=st.none() | st.dates(),
    about=st.none()
    | st.builds(PartialDate, st.integers(1, 9999), st.none() | st.integers(1, 12))
    | st.dates().map(lambda found: PartialDate(found.year, found.month, found.day)),
    seen=st.none() | _MOMENTS,
    opens=st.none() | st.times(),
)


def later(minutes: int) -> datetime:
    """So many minutes after :data:`AT`."""
    return AT + timedelta(minutes=minutes)


def save(store: Store, *records: Record, district: str = HERE, at: datetime = AT, expect: Expect = ANY) -> None:
    """Store records in one commit."""
    with store.session(district, actor="clerk-07", reason="测试", at=at) as session:
        for made in records:
            session.put(made, expect)


def contents(snapshot: Snapshot, *, schema: Schema = SCHEMA) -> dict[tuple[str, str], Stored]:
    """Everything that is seen."""
    return {
        (declared.name, found.record.id): found for declared in schema for found in snapshot.scan(Select(declared.name))
    }


def kept(store: Store, district: str = HERE) -> dict[tuple[str, str], Stored]:
    """Everything that a district holds."""
    with store.read(district) as snapshot:
        return contents(snapshot)


def state(store: Store, district: str = HERE) -> tuple[object, ...]:
    """Contents, feed and head of a district, to see whether anything changed."""
    return kept(store, district), tuple(store.changes(district)), store.districts()


def thing(id_: str = "t1", **values: object) -> Thing:
    """A thing, of which only the values given matter."""
    return Thing(**{"id": id_, "name": "物", **values})  # type: ignore[arg-type] # checked by the model


def things(*ids: str) -> Iterator[Thing]:
    """Things with these ids."""
    return (thing(id_) for id_ in ids)
