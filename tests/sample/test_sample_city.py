"""A city is many sub-districts, each whole in itself, written down in any form."""

import weakref
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path

import pytest

import shequ
from shequ.effective import SHANGHAI
from shequ.errors import Conflict, Misuse
from shequ.model import RECORD_TYPES, Kind, Schema
from shequ.sample import SMALLEST, Sample, fill, make_city, write_files
from shequ.store.memory import MemoryStore

AT = datetime(2026, 1, 5, 9, tzinfo=SHANGHAI)


@pytest.fixture(scope="module")
def city() -> list[tuple[str, Sample]]:
    return list(islice(make_city(200, households=SMALLEST), 2))


def texts(sample: Sample) -> Iterator[str]:
    """Every text of a sample but residents' numbers."""
    for record in sample.all():
        for spec in record.__record__.fields.values():
            value = getattr(record, spec.name)
            if spec.name in ("id_number", "id") or spec.kind not in (Kind.TEXT, Kind.TEXTS, Kind.REF):
                continue
            yield from ([value] if isinstance(value, str) else value or ())


def test_a_sub_district_is_not_kept_while_the_next_is_made() -> None:
    city = make_city(200, households=SMALLEST)
    _, sample = next(city)
    kept = weakref.ref(sample)
    del sample
    assert kept() is None


def test_sub_districts_come_until_there_are_enough_residents(city: list[tuple[str, Sample]]) -> None:
    assert ["999900001000", "999900002000"] == [code for code, _ in city]
    assert 200 <= sum(len(sample.records["resident"]) for _, sample in city)


def test_nothing_of_a_sub_district_lies_in_another(city: list[tuple[str, Sample]]) -> None:
    _, second = city[1]
    assert [] == [text for text in texts(second) if "999900001" in text or "云溪街道" in text]
    assert "999900001" not in second.rules
    for record in second.all():
        assert record == type(record)(**{n: getattr(record, n) for n in record.__record__.fields})


def test_every_reference_still_leads_somewhere(city: list[tuple[str, Sample]]) -> None:
    _, second = city[1]
    kept = {(name, record.id) for name, records in second.records.items() for record in records}
    divisions = {id_ for name, id_ in kept if name in ("division", "sub_district", "community")}
    for record in second.all():
        for spec in record.__record__.references:
            target = getattr(record, spec.name)
            assert target is None or (spec.to, target) in kept or (spec.to == "division" and target in divisions)


@pytest.mark.slow
def test_a_store_holds_each_as_a_district(city: list[tuple[str, Sample]]) -> None:
    store = MemoryStore(Schema(RECORD_TYPES))
    for code, sample in city:
        assert sum(map(len, sample.records.values())) == fill(store, code, sample, actor="test", at=AT)
    assert ("999900001000", "999900002000") == store.districts()
    with pytest.raises(Conflict):
        fill(store, city[0][0], city[0][1], actor="test", at=AT)


@pytest.mark.slow
def test_what_is_written_as_csv_is_loaded_again(city: list[tuple[str, Sample]], tmp_path: Path) -> None:
    code, sample = city[1]
    write_files(sample, tmp_path / code)
    with shequ.open("memory:", code, clock=lambda: AT) as register:
        result = register.load(tmp_path / code)
        assert () == result.errors
        assert sample.records["community"][0] == register.get("community", sample.records["community"][0].id)


def test_parquet_has_typed_columns(city: list[tuple[str, Sample]], tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="extra columns")
    _, sample = city[0]
    paths = write_files(sample, tmp_path, "parquet")
    assert {f"{name}.parquet" for name, records in sample.records.items() if records} == {path.name for path in paths}
    table = parquet.read_table(tmp_path / "resident.parquet")
    assert ("date32[day]", "string") == (
        str(table.schema.field("birth_date").type),
        str(table.schema.field("sex").type),
    )
    assert [record.id for record in sample.records["resident"]] == table["id"].to_pylist()
    services = parquet.read_table(tmp_path / "service_record.parquet")
    first = sample.records["service_record"][0]
    assert getattr(first, "minutes") == services["minutes"].to_pylist()[0]  # noqa: B009 - a field of its type


def test_what_cannot_be_made_or_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match="2000000 residents"):
        next(make_city(2_000_000))
    with pytest.raises(Misuse, match="csv, xlsx or parquet"):
        write_files(Sample({}, ""), tmp_path, "doc")
