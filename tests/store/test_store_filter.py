"""A filtered scan gives what the reference evaluator gives, on every database: `filter` is declared, so it is exact."""

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, example, settings
from hypothesis import given as given_examples
from hypothesis import strategies as st
from servers import SLOW_KINDS, new_database
from store_samples import AT, HERE, NASTY_TEXTS, SCHEMA, Plan, Shape, Thing, save, thing

from shequ.effective import SHANGHAI, PartialDate
from shequ.errors import Misuse
from shequ.query import (
    Age,
    AllOf,
    AnyOf,
    Compare,
    Condition,
    Days,
    During,
    Evaluator,
    Field,
    Holds,
    Minutes,
    Not,
    Parameter,
    Select,
    When,
    eq,
    ge,
    given,
    lt,
    ne,
    one_of,
)
from shequ.store import ANY, Snapshot
from shequ.store.sql.filters import bounds
from shequ.store.sql.store import SqlStore

NAMES = st.sampled_from([*NASTY_TEXTS[:-1], "b", "B", "ab", "𠮷", "一", "\uffee"])
MOMENTS = (
    datetime(1988, 9, 10, 23, 30, tzinfo=SHANGHAI),  # came twice that night, once in summer time
    datetime(1988, 9, 10, 23, 30, tzinfo=SHANGHAI, fold=1),
    datetime(1988, 9, 10, 14, 30, tzinfo=UTC),
    datetime(1988, 9, 10, 15, 30, tzinfo=UTC),
    datetime(2026, 1, 5, 1, 30, tzinfo=UTC),
    datetime(2026, 1, 5, 9, 30, tzinfo=SHANGHAI),
    datetime(2026, 1, 5, 9, 30, 0, 1, tzinfo=SHANGHAI),
    datetime(2, 1, 2, tzinfo=UTC),
    datetime(9998, 12, 31, 12, 59, 59, 999999, tzinfo=UTC),
)
DAYS = (date(1, 1, 1), date(999, 12, 31), date(1988, 9, 10), date(2026, 1, 5), date(9999, 12, 31))
PARTIAL = tuple(map(PartialDate.parse, ("0001", "2019", "2019-01", "2019-01-01", "2019-02", "2019-12-31", "2020")))
NUMBERS = (0, 1, -1, 2**53, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63) + 1)
AREAS = tuple(map(Decimal, ("0", "0.01", "-0.01", "1.5", "90071992547409.93")))
TIMES = (time(0), time(8, 30), time(8, 30, 0, 1), time(23, 59, 59, 999999))
SHORT_IDS = st.sampled_from(["a", "A", "b", "a.b", "a-b", "z", "0"])
TAGS = st.lists(NAMES.filter(bool), max_size=2).map(tuple)

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "id": SHORT_IDS,
    "name": NAMES,
    "note": NAMES,
    "tags": TAGS,
    "sex": st.sampled_from("0129"),
    "shape": st.sampled_from(Shape),
    "part_of": SHORT_IDS,
    "number": st.sampled_from(NUMBERS),
    "price": st.sampled_from([0, 1, 2**63 - 1]),
    "area": st.sampled_from(AREAS),
    "done": st.booleans(),
    "made": st.sampled_from(DAYS),
    "about": st.sampled_from(PARTIAL),
    "seen": st.sampled_from(MOMENTS),
    "opens": st.sampled_from(TIMES),
}
"""What a field of :class:`Thing` may hold; few values, so that many are equal or nearly so."""
ODD = st.sampled_from(
    [None, 1, True, 0.5, "1", "a\x00", "\ud800", Decimal("0.001"), Decimal("1E+40"), Decimal("NaN"), 2**70, (), [],
     date(2026, 1, 5), datetime(2026, 1, 5), time(8, tzinfo=UTC), "2019", "x" * 65]  # noqa: DTZ001 - meant to differ
)  # fmt: skip
"""Values that no field can be compared with by order, or that a database could not take."""
REQUIRED = ("id", "name", "tags", "sex", "number", "done")


def records() -> st.SearchStrategy[list[Thing]]:
    fields = {name: found if name in REQUIRED else st.none() | found for name, found in VALUES.items()}
    return st.lists(st.builds(Thing, **fields), max_size=6, unique_by=lambda made: made.id)


@st.composite
def comparisons(draw: st.DrawFn) -> Condition:
    name = draw(st.sampled_from(list(VALUES)))
    operand = Field(draw(st.sampled_from(["", "", "", "part_of.", "part_of.part_of."])) + name)
    op = draw(st.sampled_from(["=", "!=", "<", "<=", ">", ">=", "in", "given"]))
    if op == "given":
        return Compare(operand, op)
    if op == "in":
        options = draw(st.lists(VALUES[name] | ODD.filter(lambda value: value != []), max_size=4))
        return Compare(operand, op, tuple(options))
    odd = op in ("=", "!=") and draw(st.integers(0, 4)) == 0
    return Compare(operand, op, draw(ODD if odd else VALUES[name]))


ONLY_IN_PYTHON = st.sampled_from(
    [
        Compare(Minutes("seen"), "<", 600),
        Compare(Days("made", "seen"), ">", 0),
        Compare(Days("made", "part_of.made"), "=", 0),
        Compare(Minutes("part_of.seen"), ">=", 600),
    ]
)
CONDITIONS = st.recursive(
    comparisons() | ONLY_IN_PYTHON,
    lambda inner: (
        inner.map(Not)
        | st.lists(inner, max_size=3).map(lambda found: AllOf(tuple(found)))
        | st.lists(inner, max_size=3).map(lambda found: AnyOf(tuple(found)))
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module", params=["sqlite", *SLOW_KINDS])
def filtering(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlStore]:
    """A store of each kind; each example has a district of its own in it."""
    if request.param == "sqlite":
        folder: Path = tmp_path_factory.mktemp("filter")
        with SqlStore(f"sqlite:///{folder}/x.db", SCHEMA) as store:
            yield store
        return
    with new_database(request.param) as url, SqlStore(url, SCHEMA) as store:
        yield store


@pytest.fixture(scope="module")
def district() -> Callable[[], str]:
    numbers = itertools.count(1)
    return lambda: f"d{next(numbers)}"


def found(snapshot: Snapshot, where: Condition, type_: str = "thing") -> list[str]:
    return [stored.record.id for stored in snapshot.scan(Select(type_, where))]


def expected(snapshot: Snapshot, where: Condition) -> list[str]:
    return [record.id for record in Evaluator(snapshot, SCHEMA).select(Select("thing", where), When.on(AT.date()))]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given_examples(stored=records(), written=records(), deleted=st.sets(SHORT_IDS), where=CONDITIONS)
@example([], [], set(), AllOf(()))
@example([thing("a")], [], set(), AnyOf(()))
@example([thing("a", seen=MOMENTS[0]), thing("b", seen=MOMENTS[1])], [], set(), eq("seen", MOMENTS[0]))
@example([thing("a", name="x" * 64)], [], set(), eq("name", "x" * 65))
@example([thing("a"), thing("b", part_of="a")], [thing("a", name="B")], set(), eq("part_of.name", "B"))
@pytest.mark.slow
def test_it_gives_what_the_reference_gives(
    filtering: SqlStore,
    district: Callable[[], str],
    stored: list[Thing],
    written: list[Thing],
    deleted: set[str],
    where: Condition,
) -> None:
    """Now, as known at a time, and in a session with changes of its own."""
    place = district()
    save(filtering, *stored, district=place)
    with filtering.read(place) as snapshot:
        assert expected(snapshot, where) == found(snapshot, where)
    with filtering.read(place, AT) as snapshot:
        assert expected(snapshot, where) == found(snapshot, where)
    with filtering.session(place, actor="a", reason="", at=AT) as session:
        for id_ in sorted(deleted & {made.id for made in stored}):
            session.delete("thing", id_, ANY)
        for made in written:
            session.put(made, ANY)
        assert expected(session, where) == found(session, where)


def test_what_sql_can_say_it_decides(filtering: SqlStore) -> None:
    """Otherwise the property above would hold even if all was done in Python."""
    table = filtering.table("thing")
    for where in (
        eq("name", "a"), ~eq("note", "a"), one_of("sex", "1", "2"), given("note"), ge("number", 2**53 + 1),
        lt("made", DAYS[3]), ne("about", PARTIAL[1]), ge("about", PARTIAL[2]), eq("shape", Shape.ROUND),
        lt("seen", MOMENTS[5]), eq("opens", TIMES[1]), eq("area", Decimal("1.5")), eq("done", True),
        eq("tags", ("a",)), eq("part_of.part_of.name", "a") & ~given("part_of"), AnyOf(()),
    ):  # fmt: skip
        assert bounds(filtering.tables, table.table, table.type, where).exact, where
    for where in (eq("seen", MOMENTS[0]), Compare(Minutes("seen"), "<", 600), eq("number", 0.5)):
        assert not bounds(filtering.tables, table.table, table.type, where).exact, where


@pytest.mark.slow
def test_seventy_thousand_ids_may_be_asked_for_at_once(filtering: SqlStore, district: Callable[[], str]) -> None:
    place = district()
    save(filtering, *(thing(f"t{number:05d}", number=number % 2) for number in range(1200)), district=place)
    ids = [f"t{number:05d}" for number in range(100, 70_100)]
    with filtering.read(place) as snapshot:
        assert ids[:1100] == found(snapshot, one_of("id", *reversed(ids)))
        assert ids[:1100:2] == found(snapshot, one_of("id", *ids) & eq("number", 0))
        assert ids[1:1100:2] == found(snapshot, one_of("id", *ids) & ~eq("number", 0))
        assert [f"t{number:05d}" for number in range(100)] == found(snapshot, ~one_of("id", *ids))
        assert ids[:1100] == found(snapshot, AllOf((one_of("id", *ids, "a\x00", 5),)))
    with filtering.session(place, actor="a", reason="", at=AT) as session:
        session.delete("thing", ids[0], ANY)
        assert ids[1:1100] == found(session, one_of("id", *ids))


@pytest.mark.slow
def test_more_records_than_one_page_of_each_size(filtering: SqlStore, district: Callable[[], str]) -> None:
    place = district()
    save(filtering, *(thing(f"t{number:05d}", number=number % 2) for number in range(9002)), district=place)
    with filtering.read(place) as snapshot:
        assert 4501 == len(set(found(snapshot, eq("number", 1))))
        assert 9002 == len(set(found(snapshot, ge("number", 0))))
        assert 9002 == sum(1 for _ in snapshot.scan(Select("thing")))


def test_districts_do_not_see_each_other_through_references(filtering: SqlStore, district: Callable[[], str]) -> None:
    one, other = district(), district()
    save(filtering, thing("a", name="there"), district=other)
    save(filtering, thing("b", part_of="a"), district=one)
    with filtering.read(one) as snapshot:
        assert [] == found(snapshot, eq("part_of.name", "there"))


def test_columns_of_other_names_are_found(filtering: SqlStore, district: Callable[[], str]) -> None:
    place = district()
    save(filtering, Plan(id="p", district="北", version=7, group="g"), Plan(id="q", district=place), district=place)
    with filtering.read(place) as snapshot:
        assert ["p"] == found(snapshot, eq("district", "北") & eq("version", 7) & eq("group", "g"), "plan")
        assert ["q"] == found(snapshot, eq("district", place), "plan")


@pytest.mark.parametrize(
    "where",
    [
        Holds(), During("made"), ge(Age("made"), 60), ~(eq("name", "a") & ge(Age("made"), 60)),
        ge("number", Parameter("least")), eq("nome", "a"), eq("name.id", "a"),
    ],
    ids=repr,
)  # fmt: skip
def test_what_a_scan_cannot_be_asked_is_misuse(filtering: SqlStore, where: Condition) -> None:
    """Also before the first record is asked for, and where nothing is stored."""
    with filtering.read(HERE) as snapshot, pytest.raises(Misuse):
        snapshot.scan(Select("thing", where))
    with filtering.session(HERE, actor="a", reason="", at=AT) as session, pytest.raises(Misuse):
        session.scan(Select("thing", where))


def test_a_session_s_own_changes_of_others_decide_through_references(
    filtering: SqlStore, district: Callable[[], str]
) -> None:
    place = district()
    save(filtering, thing("a"), thing("b", part_of="a"), thing("c", part_of="x"), district=place)
    with filtering.session(place, actor="a", reason="", at=AT) as session:
        session.put(thing("x", number=5), ANY)
        session.put(attrs.evolve(thing("a"), number=5), ANY)
        assert ["b", "c"] == found(session, eq("part_of.number", 5))
        session.delete("thing", "a", ANY)
        assert ["c"] == found(session, eq("part_of.number", 5))
