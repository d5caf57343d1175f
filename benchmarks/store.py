"""Residents into a database and back: our store beside its peers, in one run, as ratios of time.

Everybody does the same job: the same rows in the same columns of a table made by the same statement, in one
transaction, on SQLite with the settings of our own connections (WAL, ``synchronous=FULL``). Everybody begins with what
it likes best, made beforehand: rows as tuples for the drivers, instances of its own class for each library. What it
reads must be there as a whole, in order of id; a record got by its id was not read before in the same session.

"Without history" puts two functions of ours out of action: the one that chains entries gives bare ones, and the one
that inserts rows passes over those of the history. "With history and feed" is what users have; the drivers still write
the record table alone.

The peers take turns. What the benchmark itself holds is frozen, so that the garbage collector does not visit it. On
SQLite time is the processor's, so waiting for the disk is not in it; on PostgreSQL, where the server works too, it is
the clock's. A ratio is the median over the rounds. A peer that is not installed is left out.
"""

import argparse
import gc
import importlib.util
import itertools
import json
import os
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from codec import residents
from sqlalchemy import MetaData, create_engine, event, insert, make_url, select
from sqlalchemy.orm import Session, registry

from shequ.codec import bulk, from_plain
from shequ.model import RECORD_TYPES, Resident, Schema
from shequ.query import Select
from shequ.store import ABSENT
from shequ.store.sql import store as sql_store
from shequ.store.sql.store import SqlStore

DISTRICT, AT = "330206", datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "cache_size=-65536", "secure_delete=ON")
OURS, BARE = "shequ, with history and feed", "shequ, without history"
RAW, FLOOR, COPY = "sqlite3", "sqlite3, the same records and history", "COPY by psycopg"
ALCHEMY, ALCHEMY_BULK, DJANGO = "SQLAlchemy ORM, add_all", "SQLAlchemy ORM, bulk insert", "Django ORM, bulk_create"
GOT_BY_ALCHEMY, GOT_BY_DJANGO = "SQLAlchemy ORM", "Django ORM"
Work = Callable[[], Any]
Clock = Callable[[], float]
Target = tuple[str, str, float | None]
"""Ours, theirs, and their ratio at most; ``None`` where it is only told."""


def seconds(prepare: Callable[[], Work], clock: Clock, *, paused: bool) -> float:
    """How long a piece of work takes that is prepared first, and whose result is thrown away afterwards."""
    work = prepare()
    gc.collect()
    gc.freeze()
    try:
        with bulk() if paused else nullcontext():
            start = clock()
            kept = work()
            took = clock() - start
    finally:
        gc.unfreeze()
    del kept
    return took


def turns(
    title: str, works: dict[str, Callable[[], Work]], targets: list[Target], shape: tuple[int, int, Clock, bool]
) -> None:
    """Let everybody work in turn, and print what each took."""
    count, rounds, clock, paused = shape
    took = [{name: seconds(work, clock, paused=paused) for name, work in works.items()} for _ in range(rounds)]
    print(f"\n{title:<58}   µs each")
    for name in works:
        print(f"  {name:<56} {statistics.median(each[name] for each in took) / count * 1e6:9.2f}")
    for ours, theirs, most in targets:
        if ours in works and theirs in works:
            ratio = statistics.median(each[ours] / each[theirs] for each in took)
            verdict = "" if most is None else f"  at most {most:.2f}: {'met' if ratio <= most else 'MISSED'}"
            print(f"  {ours} / {theirs}".ljust(66) + f"{ratio:6.2f}{verdict}", flush=True)


@contextmanager
def without_history(store: SqlStore) -> Iterator[None]:
    def bare(head: Any, revisions: Any, **_: Any) -> Iterator[Any]:
        for number, (type_, id_, *_) in enumerate(revisions, head.number + 1):
            yield number, 1, type_, id_, None, None, None, None, ""

    database, chained, insert_rows = store._database, sql_store.links, store._database.insert
    of_history = (store.tables.change, store.tables.commit)

    def of_records_only(connection: Any, table: Any, rows: Any) -> None:
        if table in of_history:
            deque(rows, maxlen=0)  # they are made as they are taken
        else:
            insert_rows(connection, table, rows)

    vars(sql_store)["links"], database.insert = bare, of_records_only  # type: ignore[method-assign]
    try:
        yield
    finally:
        vars(sql_store)["links"], database.insert = chained, insert_rows  # type: ignore[method-assign]


def ready(works: dict[str, Work]) -> dict[str, Callable[[], Work]]:
    """Work that needs no preparation."""
    return {name: partial(lambda work: work, work) for name, work in works.items()}


def save(store: SqlStore, records: list[Resident], district: str = DISTRICT) -> None:
    with store.session(district, actor="clerk", reason="load", at=AT) as session:
        for each in records:
            session.put(each, ABSENT)


def configure(connection: Any) -> None:
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


class Files:
    """Databases in a folder: one for each of those who write, filled by the last who did."""

    def __init__(self, folder: Path, ddl: str) -> None:
        self.folder, self.ddl = folder, ddl

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.db"

    def new(self, name: str, *, table: bool = True) -> Path:
        for path in self.folder.glob(f"{name}.db*"):
            path.unlink()
        if table:
            connection = sqlite3.connect(self.path(name))
            configure(connection)
            connection.execute(self.ddl)
            connection.close()
        return self.path(name)


def on_sqlite(folder: Path, records: list[Resident], rounds: int) -> None:
    schema = Schema(RECORD_TYPES)
    first = SqlStore(f"sqlite:///{folder / 'first.db'}", schema)
    save(first, records)
    plain = sqlite3.connect(folder / "first.db")
    (ddl,) = plain.execute("SELECT sql FROM sqlite_master WHERE name = 'shequ_resident'").fetchone()
    (of_history,) = plain.execute("SELECT sql FROM sqlite_master WHERE name = 'shequ_change'").fetchone()
    (index,) = plain.execute("SELECT sql FROM sqlite_master WHERE name = 'ix_shequ_change_record'").fetchone()
    changes = plain.execute("SELECT * FROM shequ_change ORDER BY number").fetchall()
    of_id = {row[1]: row for row in plain.execute("SELECT * FROM shequ_resident")}
    rows = [of_id[each.id] for each in records]
    plain.close()
    files = Files(folder, ddl)
    table = first.table("resident").table.to_metadata(MetaData())
    names = list(table.columns.keys())
    days = {name for name in names if name in ("birth_date", "died")}
    values = [
        {
            name: date.fromisoformat(value) if name in days and value else value
            for name, value in zip(names, row, strict=True)
        }
        for row in rows
    ]
    statement = f"INSERT INTO shequ_resident VALUES ({', '.join('?' * len(names))})"

    def ours(name: str) -> Work:
        store = SqlStore(f"sqlite:///{files.new(name, table=False)}", schema)

        def work() -> None:
            with store, without_history(store) if name == "bare" else nullcontext():
                save(store, records)

        return work

    def raw() -> Work:
        connection = sqlite3.connect(files.new("raw"), isolation_level=None)
        configure(connection)

        def work() -> None:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(statement, rows)
            connection.execute("COMMIT")
            connection.close()

        return work

    def floor() -> Work:
        connection = sqlite3.connect(files.new("floor"), isolation_level=None)
        configure(connection)
        connection.execute(of_history)
        connection.execute(index)
        into_history = f"INSERT INTO shequ_change VALUES ({', '.join('?' * len(changes[0]))})"
        in_order = sorted(rows, key=lambda row: row[1])

        def work() -> None:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(into_history, changes)
            connection.executemany(statement, in_order)
            connection.execute("COMMIT")
            connection.close()

        return work

    works: dict[str, Callable[[], Work]] = {OURS: lambda: ours("ours"), BARE: lambda: ours("bare"), RAW: raw}
    works[FLOOR] = floor
    person: Any = type("Person", (), {})
    registry().map_imperatively(person, table)

    def engine(path: Path) -> Any:
        made = create_engine(f"sqlite:///{path}")
        event.listen(made, "connect", lambda connection, _: configure(connection))
        return made

    def add_all() -> Work:
        people = [person(**each) for each in values]
        session = Session(engine(files.new("alchemy")))

        def work() -> None:
            with session:
                session.add_all(people)
                session.commit()

        return work

    def bulk_insert() -> Work:
        session = Session(engine(files.new("alchemy")))

        def work() -> None:
            with session:
                session.execute(insert(person), values)
                session.commit()

        return work

    works |= {ALCHEMY_BULK: bulk_insert, ALCHEMY: add_all}
    django = with_django(names, days) if importlib.util.find_spec("django") else None
    if django is None:
        print("Django is not installed: left out")
    else:
        model, connect = django

        def bulk_create() -> Work:
            people = [model(**each) for each in values]
            connect(files.new("django"))
            return partial(model.objects.bulk_create, people)

        works[DJANGO] = bulk_create
    third = 1 / 3
    targets: list[Target] = [(BARE, RAW, 1.3), (OURS, RAW, 3), (FLOOR, RAW, None), (OURS, FLOOR, None)]
    targets += [(mine, theirs, third) for mine in (BARE, OURS) for theirs in (ALCHEMY, ALCHEMY_BULK, DJANGO)]
    count = len(records)
    turns("SQLite: bulk write", works, targets, (count, rounds, time.process_time, False))

    fields = [name for name in names if name != "district"]
    query = f"SELECT {', '.join(fields)} FROM shequ_resident WHERE district = ?"
    raw_connection = sqlite3.connect(files.path("raw"), isolation_level=None)
    alchemy = engine(files.path("alchemy"))
    sorted_all = select(person).where(table.c.district == DISTRICT).order_by(table.c.id)

    def read_ours() -> list[Any]:
        with first.read(DISTRICT) as snapshot:
            return list(snapshot.scan(Select("resident")))

    def read_alchemy() -> list[Any]:
        with Session(alchemy) as session:
            return list(session.scalars(sorted_all))

    reads: dict[str, Work] = {
        "shequ": read_ours,
        RAW: lambda: raw_connection.execute(f"{query} ORDER BY id", (DISTRICT,)).fetchall(),
        GOT_BY_ALCHEMY: read_alchemy,
    }
    if django is not None:
        reads[GOT_BY_DJANGO] = lambda: list(model.objects.filter(district=DISTRICT).order_by("id"))
    assert {count} == {len(read()) for read in reads.values()}
    targets = [("shequ", RAW, 2.3), ("shequ", GOT_BY_ALCHEMY, 1 / 2), ("shequ", GOT_BY_DJANGO, 1 / 1.5)]
    for paused in (False, True):
        title = f"SQLite: all of it into objects, collector {'paused' if paused else 'as it is'}"
        turns(title, ready(reads), targets, (count, rounds, time.process_time, paused))

    ids = random.Random(7).sample([each.id for each in records], min(count, 10_000))

    def get_ours() -> None:
        with first.read(DISTRICT) as snapshot:
            for id_ in ids:
                snapshot.get("resident", id_)

    def get_raw() -> None:
        raw_connection.execute("BEGIN")
        for id_ in ids:
            raw_connection.execute(f"{query} AND id = ?", (DISTRICT, id_)).fetchone()
        raw_connection.execute("COMMIT")

    def get_alchemy() -> None:
        with Session(alchemy) as session:
            for id_ in ids:
                session.get(person, (DISTRICT, id_))

    gets: dict[str, Work] = {"shequ": get_ours, RAW: get_raw, GOT_BY_ALCHEMY: get_alchemy}
    if django is not None:
        from django.db import transaction

        def get_django() -> None:
            with transaction.atomic():
                for id_ in ids:
                    model.objects.get(district=DISTRICT, id=id_)

        gets[GOT_BY_DJANGO] = get_django
    targets = [("shequ", RAW, 3), ("shequ", GOT_BY_ALCHEMY, 1 / 2.5), ("shequ", GOT_BY_DJANGO, 1 / 2.5)]
    turns("SQLite: one by its id", ready(gets), targets, (len(ids), max(rounds, 5), time.process_time, False))
    first.close()


def with_django(names: list[str], days: set[str]) -> tuple[Any, Callable[[Path], None]]:
    """A model of the table, and what connects it to a file."""
    import django
    from django.conf import settings
    from django.db import connections, models

    options = {"init_command": ";".join(f"PRAGMA {pragma}" for pragma in PRAGMAS), "transaction_mode": "IMMEDIATE"}
    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:", "OPTIONS": options}},
        INSTALLED_APPS=[],
        USE_TZ=True,
    )
    django.setup()
    fields: dict[str, Any] = {
        name: models.DateField(null=True) if name in days else models.TextField(null=True) for name in names
    }
    fields["version"] = models.BigIntegerField()
    meta = type("Meta", (), {"app_label": "benchmark", "db_table": "shequ_resident", "managed": False})
    own = {"__module__": __name__, "Meta": meta, "pk": models.CompositePrimaryKey("district", "id")}
    model = type("Person", (models.Model,), own | fields)

    def connect(path: Path) -> None:
        connections.close_all()
        connections["default"].settings_dict["NAME"] = str(path)

    return model, connect


def on_postgresql(url: str, records: list[Resident], rounds: int) -> None:
    import psycopg

    schema = Schema(RECORD_TYPES)
    parsed = make_url(url)
    admin = psycopg.connect(
        host=parsed.host, port=parsed.port or 5432, user=parsed.username, dbname=parsed.database, autocommit=True
    )
    name = f"shequ_benchmark_{os.getpid()}"
    admin.execute(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'")
    mine = parsed.set(database=name)
    try:
        store = SqlStore(mine.render_as_string(hide_password=False), schema)
        plain = psycopg.connect(
            host=parsed.host, port=parsed.port or 5432, user=parsed.username, dbname=name, autocommit=True
        )
        numbers = itertools.count(1)
        save(store, records)
        copied: dict[str, tuple[str, list[Any], list[int]]] = {}
        for table in (store.tables.change, store.table("resident").table):
            quoted = ", ".join(f'"{each}"' for each in table.columns.keys())  # noqa: SIM118 - no mapping
            found = plain.execute(f"SELECT {quoted} FROM {table.name}")
            types = [each.type_code for each in found.description or ()]
            copied[table.name] = quoted, found.fetchall(), types
            plain.execute(f"CREATE TABLE copy_{table.name} (LIKE {table.name} INCLUDING ALL)")

        def copy(*tables: str, binary: bool = False) -> None:
            with plain.transaction():
                for table in tables:
                    quoted, rows, types = copied[table]
                    form = " (FORMAT BINARY)" if binary else ""
                    with (
                        plain.cursor() as cursor,
                        cursor.copy(f"COPY copy_{table} ({quoted}) FROM STDIN{form}") as sent,
                    ):
                        if binary:
                            sent.set_types(types)
                        for row in rows:
                            sent.write_row(row)

        def ours(*, bare: bool) -> None:
            with without_history(store) if bare else nullcontext():
                save(store, records, f"{DISTRICT}-{next(numbers)}")

        both = f"{COPY}, history too"
        works: dict[str, Work] = {
            OURS: lambda: ours(bare=False),
            BARE: lambda: ours(bare=True),
            COPY: lambda: copy("shequ_resident"),
            both: lambda: copy("shequ_change", "shequ_resident"),
            f"{COPY}, binary": lambda: copy("shequ_resident", binary=True),
            f"{both}, binary": lambda: copy("shequ_change", "shequ_resident", binary=True),
        }

        def prepared(work: Work) -> Work:
            plain.execute(f"TRUNCATE {', '.join((*copied, *(f'copy_{table}' for table in copied)))}")
            plain.execute("CHECKPOINT")
            return work

        targets: list[Target] = [(BARE, COPY, 2), (OURS, both, 2), (OURS, COPY, 2)]
        targets += [(BARE, f"{COPY}, binary", None), (OURS, f"{both}, binary", None)]
        turns(
            "PostgreSQL: bulk write",
            {name: partial(prepared, work) for name, work in works.items()},
            targets,
            (len(records), rounds, time.perf_counter, False),
        )
        store.close()
        plain.close()
    finally:
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        admin.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--postgresql",
        default=os.environ.get("SHEQU_TEST_POSTGRES", ""),
        help="postgresql+psycopg://user@host/database",
    )
    given = parser.parse_args()
    records = [from_plain(Resident, json.loads(line)) for line in residents(given.count)]
    print(f"{given.count:,} residents, {given.rounds} rounds, Python {sys.version.split()[0]}; ratio = ours / theirs")
    with tempfile.TemporaryDirectory() as folder:
        on_sqlite(Path(folder), records, given.rounds)
    if given.postgresql:
        on_postgresql(given.postgresql, records, given.rounds)
    else:
        print("\nPostgreSQL: no --postgresql, left out")


if __name__ == "__main__":
    main()
