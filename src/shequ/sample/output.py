"""A sample written down: as spreadsheets, as columns (Parquet, extra ``columns``), or into any store."""

from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from shequ.errors import MissingExtra, Misuse
from shequ.exchange import write_table
from shequ.model import RECORD_TYPES, FieldSpec, Kind, Record, RecordType
from shequ.sample.district import Sample
from shequ.store import ABSENT, Store

__all__ = ["fill", "write_files"]

_AT_ONCE = 20_000


def write_files(
    sample: Sample,
    folder: Path,
    suffix: str = "csv",
    *,
    workbooks: Collection[str] = (),
    progress: Callable[[str, int], None] | None = None,
) -> tuple[Path, ...]:
    """Write one file for each type that has records, and the rules beside them.

    Args:
        sample: The district.
        folder: Where to; it is made if it is not there.
        suffix: ``csv`` and ``xlsx`` are loaded again by ``shequ load``; ``parquet`` has typed columns for analysis,
            named as in code: money in fen, codes as codes.
        workbooks: Names of types that are written as ``xlsx`` whatever the suffix.
        progress: Told what is written, and how many records it has.

    Raises:
        Misuse: If the suffix is another one.
        MissingExtra: If what writes the format is not installed.
    """
    if suffix not in ("csv", "xlsx", "parquet"):
        raise Misuse(f"a sample is not written as {suffix!r}", remedy="csv, xlsx or parquet")
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for cls in RECORD_TYPES:
        declared = cls.__record__
        records = sample.records.get(declared.name, ())
        if not records:
            continue
        form = "xlsx" if declared.name in workbooks else suffix
        if progress is not None:
            progress(f"写出 {declared.label}", len(records))
        if form == "parquet":
            path = folder / f"{declared.name}.parquet"
            _write_parquet(path, declared, records)
        else:
            path = folder / f"{declared.label}.{form}"
            write_table(path, declared, records)
        written.append(path)
    (folder / "rules.toml").write_text(sample.rules, encoding="utf-8")
    return tuple(written)


def fill(store: Store, district: str, sample: Sample, *, actor: str, at: datetime) -> int:
    """Store all records of a district in one commit.

    Args:
        store: The store.
        district: The district's id, new in the store.
        sample: Its records.
        actor: Who does it.
        at: When.

    Returns:
        How many records there are.

    Raises:
        Conflict: If the district holds one of them already.
    """
    number = 0
    with store.session(district, actor=actor, reason="sample", at=at) as session:
        for record in sample.all():
            session.put(record, ABSENT)
            number += 1
    return number


def _write_parquet(path: Path, declared: RecordType, records: tuple[Record, ...]) -> None:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtra("写 Parquet 文件", "columns") from error
    specs = tuple(declared.fields.values())
    schema = pa.schema([(spec.name, _column(pa, spec)) for spec in specs])
    with parquet.ParquetWriter(path, schema) as writer:
        for batch in _batches(records):
            columns = [[_cell(spec, getattr(record, spec.name)) for record in batch] for spec in specs]
            arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
            writer.write_batch(pa.record_batch(arrays, schema=schema))


def _batches(records: tuple[Record, ...]) -> Iterator[tuple[Record, ...]]:
    rest = iter(records)
    while batch := tuple(islice(rest, _AT_ONCE)):
        yield batch


def _column(arrow: Any, spec: FieldSpec) -> Any:
    """The type of a field's column."""
    match spec.kind:
        case Kind.COUNT | Kind.MONEY:
            return arrow.int64()
        case Kind.MEASURE:
            return arrow.decimal128(30, spec.scale)
        case Kind.FLAG:
            return arrow.bool_()
        case Kind.DAY:
            return arrow.date32()
        case Kind.MOMENT:
            return arrow.timestamp("us", tz="Asia/Shanghai")
        case Kind.TIME:
            return arrow.time64("us")
        case Kind.TEXTS:
            return arrow.list_(arrow.string())
        case _:
            return arrow.string()


def _cell(spec: FieldSpec, value: Any) -> Any:
    if value is None:
        return None
    if spec.kind in (Kind.TERM, Kind.PARTIAL_DAY):
        return str(value)
    return list(value) if spec.kind is Kind.TEXTS else value
