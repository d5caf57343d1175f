"""Figures that SQL finds are those of the reference evaluator: over the demonstration district, on every database."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import attrs
import pytest
from servers import SLOW_KINDS, new_database
from sqlalchemy import event

import shequ
from shequ.calendars import Period
from shequ.effective import SHANGHAI, Span, Timeline
from shequ.metrics import Catalogue
from shequ.metrics.catalogue import METRICS
from shequ.metrics.definition import Measured
from shequ.model import RECORD_TYPES, Schema, ServiceRecord
from shequ.query import (
    Among,
    Compare,
    Count,
    Evaluator,
    Field,
    Holds,
    Keys,
    Measure,
    Question,
    Select,
    StoreEvaluator,
    Sum,
    When,
    bind,
    eq,
    laws_of,
    parameters_of,
)
from shequ.sample import make_sample
from shequ.store import ABSENT, ANY, Snapshot, Store
from shequ.store.sql.store import SqlStore

DISTRICT = "999900001000"
AT = datetime(2026, 1, 5, 9, tzinfo=SHANGHAI)
SCHEMA = Schema(RECORD_TYPES)
CATALOGUE = Catalogue(METRICS)
YEAR = When.over(Period.parse("2025"))
LEFT = {
    "hours.open_total",
    "network.households_in_circle",
    "network.households_in_culture_circle",
    "petitions.overdue",
    "population.communities_by_character",
}
"""What is left to the reference: stretches of time, circles of distance, how a matter stands by the law of its day, each
of several values. What is measured of anything else is found by the store.
"""
WHENS = (YEAR, When.over(Period.parse("2024Q3")), When.on(date(2025, 6, 30)), When.over(Period.parse("2024/2025")))


def measures(when: When) -> dict[str, Measure]:
    """What the catalogue asks of records, with five for each parameter."""
    found = {}
    for code, metric in CATALOGUE.items():
        if isinstance(metric.formula, Measured) and (when.period is not None or metric.timing == "at"):
            asked = metric.formula.measure
            laws = dict.fromkeys(laws_of(asked), Timeline([(Span(), Fraction(5))]))
            found[code] = bind(asked, {**dict.fromkeys(parameters_of(asked), Fraction(5)), **laws})
    return found


@contextmanager
def demonstration(url: str, households: int) -> Iterator[Store]:
    with SqlStore(url, SCHEMA) as store:
        with store.session(DISTRICT, actor="a", reason="r", at=AT) as session:
            for records in make_sample(2025, households).records.values():
                for record in records:
                    session.put(record, ANY)
        yield store


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> str:
    """URL of a small demonstration district."""
    url = f"sqlite:///{tmp_path_factory.mktemp('district')}/a.db"
    with demonstration(url, 60):
        return url


@pytest.fixture
def store(district: str) -> Iterator[SqlStore]:
    with SqlStore(district, SCHEMA) as opened:
        yield opened


def compare(snapshot: Snapshot, when: When) -> None:
    reference, found = Evaluator(snapshot, SCHEMA), StoreEvaluator(snapshot, SCHEMA)
    communities = sorted(reference.table("community"))
    asked = measures(when)
    reference.prepare(asked.values(), when)
    found.prepare(asked.values(), when)
    assert {code for code, one in asked.items() if Question(one, when) in found.fallen_back} <= LEFT
    for code, measure in asked.items():
        for places in ([], communities[:1], communities[1:3], [*communities, DISTRICT]):
            expected, actual = (each.answer(measure, places, when) for each in (reference, found))
            assert (code, expected) == (code, actual)
        assert (code, expected.keys) == (code, actual.keys)
        assert (code, list(reference.rows(measure, places, when))) == (code, list(found.rows(measure, places, when)))


@pytest.mark.slow
def test_the_whole_catalogue_is_found_by_sqlite(store: SqlStore) -> None:
    with store.read(DISTRICT) as snapshot:
        compare(snapshot, YEAR)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", *SLOW_KINDS])
def test_the_whole_catalogue_is_found_on_every_database_at_any_time(kind: str, tmp_path: Path) -> None:
    @contextmanager
    def url() -> Iterator[str]:
        if kind == "sqlite":
            yield f"sqlite:///{tmp_path}/a.db"
        else:
            with new_database(kind) as made:
                yield made

    with url() as where, demonstration(where, 200) as store, store.read(DISTRICT) as snapshot:
        for when in WHENS:
            compare(snapshot, when)


def told(register: shequ.Register, **asked: Any) -> list[Any]:
    return [
        (one.as_json(), one.computed, [part.as_json() for part in one.parts])
        for one in register.measure_all(by="community", **asked)
    ]


@pytest.mark.slow
def test_registers_over_any_store_give_one_catalogue_now_and_as_known_earlier(tmp_path: Path) -> None:
    later = AT.replace(hour=10)
    registers = [
        shequ.open(url, DISTRICT, actor="a", clock=iter([AT] * 10_000).__next__)
        for url in ("memory:", f"sqlite:///{tmp_path}/a.db")
    ]
    sample = make_sample(2025, 60)
    answers = []
    for register in registers:
        with register:
            register.put(*(record for records in sample.records.values() for record in records), reason="r")
            moved = [attrs.evolve(one, until=date(2025, 3, 1)) for one in sample.records["household_membership"][:9]]  # type: ignore[arg-type]
            with register.store.session(DISTRICT, actor="a", reason="r", at=later) as session:
                for record in moved:
                    session.put(record, ANY)
            answers.append(
                [
                    told(register, period="2025"),
                    told(register, at="2025-06-30"),
                    told(register, period="2025", known_at=AT),
                ]
            )
    assert answers[0] == answers[1]
    assert answers[0][0] != answers[0][2]


@pytest.mark.slow
def test_figures_read_no_table_of_residents(district: str) -> None:
    with shequ.open(district, DISTRICT, actor="a", clock=lambda: AT) as register:
        people = register.measure("population.actual", period="2025")
        assert people.row_count == len(list(people.rows())) > 0
        assert (register.measure("data.records", period="2025").value or 0) > people.row_count
        read = set(register._engine().evaluator._rows)
        assert read.isdisjoint({"resident", "household", "household_membership", "service_record"})


def test_what_is_asked_of_the_records_of_one_table_is_one_statement(store: SqlStore) -> None:
    served = eq("state", "confirmed")
    asked = [
        Count(Keys("service_record", "id", served)),
        Count(Keys("service_record")),
        Sum("service_record", "minutes", served),
        Sum("service_record", "beneficiaries"),
    ]
    with store.read(DISTRICT) as snapshot:
        statements: list[str] = []
        event.listen(store._database.engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
        evaluator = StoreEvaluator(snapshot, SCHEMA)
        evaluator.prepare(asked, YEAR)
        for measure in asked:
            evaluator.answer(measure, [DISTRICT], YEAR)
        assert 1 == sum("shequ_service_record" in statement for statement in statements)


def test_records_of_a_type_that_belongs_to_no_division_are_counted(store: SqlStore) -> None:
    with store.read(DISTRICT) as snapshot:
        evaluator = StoreEvaluator(snapshot, SCHEMA)
        found = evaluator.answer(Count(Keys("resident_category")), [], YEAR)
        assert sorted(stored.record.id for stored in snapshot.scan(Select("resident_category"))) == sorted(found.keys)
        assert 0 < len(found.keys) == found.value
        assert not evaluator.fallen_back


def test_a_key_in_many_places_and_many_sets(tmp_path: Path) -> None:
    """Masks are united for each measure by its own sets: those of all together would be two to the power of thirty."""
    kinds = [f"k{number}" for number in range(30)]
    helped = [
        ServiceRecord(
            id=f"s{number}", community=f"c{number}", resident="r", activity_name=kind, served_on=date(2025, 6, 9), place="x",
            content="x", minutes=60, organiser="x", person_in_charge="x", recorded=date(2025, 6, 9),
        )
        for number, kind in enumerate(kinds)
    ]  # fmt: skip
    asked = [Count(Keys("service_record", "resident", eq("activity_name", kind))) for kind in kinds]
    with SqlStore(f"sqlite:///{tmp_path}/a.db", SCHEMA) as store:
        with store.session(DISTRICT, actor="a", reason="r", at=AT) as session:
            for record in helped:
                session.put(record, ABSENT)
        with store.read(DISTRICT) as snapshot:
            found = StoreEvaluator(snapshot, SCHEMA)
            found.prepare(asked, YEAR)
            answers = [found.answer(measure, [*"xy", "c1", "c2"], YEAR).value for measure in asked]
            assert [0, 1, 1, *[0] * 27] == answers
            assert not found.fallen_back


@pytest.mark.parametrize(
    ("type_", "condition"),
    [
        ("service_record", Among("resident", Keys("party_member", "resident", Holds()), on="served_on")),
        ("resident_category", Among("resident", Keys("resident_category", "resident", Holds()), differing="category")),
    ],
)
def test_keys_among_those_of_other_records_are_found_by_the_store(
    store: SqlStore, type_: str, condition: Among
) -> None:
    asked = Count(Keys(type_, "id", condition))
    with store.read(DISTRICT) as snapshot:
        reference, found = Evaluator(snapshot, SCHEMA), StoreEvaluator(snapshot, SCHEMA)
        places = sorted(reference.table("community"))
        answer = reference.answer(asked, places, YEAR)
        assert 0 < answer.rows < reference.answer(Count(Keys(type_)), places, YEAR).rows
        assert answer == found.answer(asked, places, YEAR)
        assert not found.fallen_back


class Shouted(Field):
    """A part of the algebra that the store has never heard of."""


def test_a_part_that_the_store_does_not_know_goes_to_the_reference(store: SqlStore) -> None:
    known = Count(Keys("resident_category", "resident", Holds()))
    unknown = Count(Keys("resident_category", "resident", Compare(Shouted("category"), "=", "disabled")))
    with store.read(DISTRICT) as snapshot:
        found, reference = StoreEvaluator(snapshot, SCHEMA), Evaluator(snapshot, SCHEMA)
        for measure in (known, unknown):
            assert reference.answer(measure, [], YEAR) == found.answer(measure, [], YEAR)
        assert {Question(unknown, YEAR)} == found.fallen_back
