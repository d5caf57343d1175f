"""21 figures by community, and of the whole: shared passes beside one query or loop per figure, in one run, as ratios.

The district is made as columns by numpy and written straight into the tables of a store, so its making is not measured.
Everybody gives the same 21 figures for each community, and that they are the same is checked; ours give that of the
whole district besides, which for persons is no sum. Everybody works alone on one processor:

* ``shequ``: the questions of the catalogue, put to the store together;
* the same database with one hand-written query per figure;
* DuckDB with those queries, and polars with expressions as one would write them, on the same columns in memory;
* the Python evaluator over records in memory, in one pass, beside hand-written loops, one per figure, and beside itself
  when it is asked for one figure after the other.

What works within this process is timed by the processor's clock, so waiting for others is not in it; PostgreSQL by the
wall's. The peers take turns; a ratio is the median over the rounds.
"""

import argparse
import os

os.environ.setdefault("POLARS_MAX_THREADS", "1")

import gc
import sqlite3
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import make_url

from shequ.calendars import Period, is_working_day
from shequ.codec import to_column
from shequ.metrics.catalogue.participation import METRICS as PARTICIPATION
from shequ.metrics.catalogue.population import METRICS as POPULATION
from shequ.metrics.catalogue.services import METRICS as SERVICES
from shequ.metrics.definition import Measured
from shequ.model import RECORD_TYPES, Schema
from shequ.query import Evaluator, Measure, StoreEvaluator, When, bind, parameters_of
from shequ.store.sql.store import SqlStore

DISTRICT, COMMUNITIES, DUE = "330206", 100, 10
PERIOD = Period.parse("2025")
WHEN, DAY = When.over(PERIOD), PERIOD.last_day
CODES = (
    "population.registered", "population.registered_living", "population.separated", "population.floating",
    "population.resident", "population.elderly", "population.by_sex_age", "population.households",
    "population.households_registered", "population.households_empty", "population.low_income",
    "population.disabled", "population.living_alone", "population.orphans", "volunteers.people",
    "volunteers.active", "volunteers.records", "volunteers.service_hours", "volunteers.records_late",
    "volunteers.beneficiaries", "participation.people",
)  # fmt: skip
Figures = dict[str, dict[str, int]]
Columns = dict[str, dict[str, Any]]
Clock = Callable[[], float]
Sets = dict[str, set[str]]
EPOCH = date(1970, 1, 1)


def measures() -> dict[str, Measure]:
    found = {metric.code: metric.formula for metric in (*POPULATION, *SERVICES, *PARTICIPATION)}
    asked = {}
    for code in CODES:
        formula = found[code]
        assert isinstance(formula, Measured)
        asked[code] = bind(formula.measure, dict.fromkeys(parameters_of(formula.measure), Fraction(DUE)))
    return asked


# The district


def texts(days: Any) -> list[str | None]:
    return [None if day < 0 else str(np.datetime64(int(day), "D")) for day in days]


def district(residents: int) -> Columns:
    """Columns by table and field; what is not given has its default."""
    random = np.random.default_rng(7)
    households, volunteers, records = residents * 10 // 28, residents // 8, 2 * residents

    def ids(letter: str, numbers: Any) -> list[str]:
        return [f"{letter}{number:08d}" for number in numbers.tolist()]

    def day(first: date, last: date, size: int, given: float = 1.0) -> Any:
        found = random.integers((first - EPOCH).days, (last - EPOCH).days, size)
        return np.where(random.random(size) < given, found, -1)

    community = np.arange(COMMUNITIES)
    home = random.integers(0, COMMUNITIES, households)
    lives = random.integers(0, households, residents)
    moved = random.random(residents) < 0.05
    registered = np.where(moved, random.integers(0, households, residents), lives)
    living, with_register = random.random(residents) < 0.9, random.random(residents) < 0.85
    who = np.concatenate([np.flatnonzero(living), np.flatnonzero(with_register)])
    where = np.concatenate([lives[living], registered[with_register]])
    kinds = ["living"] * int(living.sum()) + ["registered"] * int(with_register.sum())
    since = day(date(2005, 1, 1), date(2025, 12, 1), len(who), 0.9)
    until = np.where(random.random(len(who)) < 0.07, since + random.integers(30, 4000, len(who)), -1)
    until = np.where(since < 0, -1, until)
    helper = random.choice(residents, volunteers, replace=False)
    serving = random.integers(0, volunteers, records)
    served = day(date(2024, 1, 1), date(2025, 12, 31), records)
    marked = random.choice(residents, residents // 20)
    activities = max(1, residents // 200)
    came = residents // 4
    names = np.array(["logged", "confirmed", "voided"])[random.choice(3, records, p=[0.85, 0.1, 0.05])]
    categories = np.array(["low_income", "disabled", "living_alone", "orphan", "veteran"])
    beneficiaries = random.integers(-2, 40, records)
    return {
        "sub_district": {"id": ["s0"], "code": ["330206001000"], "name": ["街道"]},
        "community": {
            "id": ids("c", community), "code": [f"330206001{n:03d}" for n in community], "name": [f"社区{n}" for n in community],
            "sub_district": ["s0"] * COMMUNITIES,
        },
        "household": {"id": ids("h", np.arange(households)), "community": ids("c", home), "number": ids("", np.arange(households))},
        "resident": {
            "id": ids("r", np.arange(residents)), "name": ["某"] * residents,
            "sex": [str(sex) for sex in random.integers(1, 3, residents).tolist()],
            "birth_date": texts(day(date(1935, 1, 1), date(2025, 6, 1), residents, 0.98)),
        },
        "household_membership": {
            "id": ids("m", np.arange(len(who))), "household": ids("h", where), "resident": ids("r", who), "kind": kinds,
            "since": texts(since), "until": texts(until),
        },
        "resident_category": {
            "id": ids("k", np.arange(len(marked))), "resident": ids("r", marked),
            "category": categories[random.integers(0, 5, len(marked))].tolist(),
            "since": texts(day(date(2015, 1, 1), date(2025, 6, 1), len(marked))),
        },
        "volunteer": {
            "id": ids("v", np.arange(volunteers)), "community": ids("c", home[lives[helper]]), "resident": ids("r", helper),
            "since": texts(day(date(2015, 1, 1), date(2025, 12, 1), volunteers)),
        },
        "activity": {
            "id": ids("a", np.arange(activities)), "division": ids("c", random.integers(0, COMMUNITIES, activities)),
            "name": ["活动"] * activities, "kind": ["lecture"] * activities,
            "began": [f"{text} 06:00:00.000000" for text in texts(day(date(2024, 1, 1), date(2025, 12, 31), activities))],
        },
        "attendance": {
            "id": ids("t", np.arange(came)), "activity": ids("a", random.integers(0, activities, came)),
            "resident": ids("r", random.integers(0, residents, came)),
        },
        "service_record": {
            "id": ids("w", np.arange(records)), "community": ids("c", home[lives[helper[serving]]]),
            "resident": ids("r", helper[serving]), "activity_name": ["邻里守望"] * records,
            "served_on": texts(served), "place": ["社区"] * records, "content": ["陪伴独居老人"] * records,
            "minutes": random.integers(30, 240, records).tolist(), "organiser": ["社区居委会"] * records,
            "person_in_charge": ["某"] * records, "recorded": texts(served + random.integers(0, 20, records)),
            "beneficiaries": [None if number < 0 else number for number in beneficiaries.tolist()],
            "state": names.tolist(),
        },
    }  # fmt: skip


def rows(store: SqlStore, name: str, columns: dict[str, Any]) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
    """Names of a table's columns, and its rows."""
    table = store.table(name)
    size = len(columns["id"])
    found: dict[str, Any] = {"district": [DISTRICT] * size, "version": range(1, size + 1)}
    for field, spec in table.type.fields.items():
        default = None if spec.required else to_column(spec, spec.default)
        found[field] = columns.get(field, [default] * size)
    order = list(table.table.columns.keys())
    return order, zip(*(found[each] for each in order), strict=True)


def calendar() -> list[tuple[str, int]]:
    """Each day with how many working days there were up to it."""
    day, number, found = date(2023, 12, 31), 0, []
    while day < date(2026, 3, 1):
        number += is_working_day(day)
        found.append((day.isoformat(), number))
        day += timedelta(days=1)
    return found


# One query per figure

LIVES = f"m.kind = 'living' AND (m.since IS NULL OR m.since <= '{DAY}') AND ((m.until IS NULL AND NOT m.ended) OR m.until > '{DAY}')"
REGISTERED = LIVES.replace("'living'", "'registered'")
SETTLED = LIVES.replace(str(DAY), "2025-06-30")
OF = "household_membership m JOIN household h ON h.district = m.district AND h.id = m.household"
SERVED = f"s.served_on >= '{PERIOD.start}' AND s.served_on < '{PERIOD.end}' AND s.state IN ('logged', 'confirmed')"


def bases(where: str, key: str = "resident") -> str:
    return f"SELECT DISTINCT h.community AS c, m.{key} AS k FROM {OF} WHERE {where}"


def both(one: str, other: str) -> str:
    return f"SELECT a.c, COUNT(*) FROM ({one}) a JOIN ({other}) b ON a.c = b.c AND a.k = b.k GROUP BY a.c"


def less(one: str, other: str) -> str:
    return f"SELECT a.c, COUNT(*) FROM ({one}) a LEFT JOIN ({other}) b ON a.c = b.c AND a.k = b.k WHERE b.k IS NULL GROUP BY a.c"


def distinct(where: str, key: str = "resident") -> str:
    return f"SELECT h.community, COUNT(DISTINCT m.{key}) FROM {OF} WHERE {where} GROUP BY h.community"


def marked(category: str, base: str) -> str:
    found = (
        f"SELECT resident FROM resident_category m WHERE m.category = '{category}' AND (m.since IS NULL OR m.since <= '{DAY}') "
        f"AND ((m.until IS NULL AND NOT m.ended) OR m.until > '{DAY}')"
    )
    return f"SELECT c, COUNT(*) FROM ({base}) x WHERE k IN ({found}) GROUP BY c"


def served(what: str, more: str = "") -> str:
    return f"SELECT s.community, {what} FROM service_record s {more} WHERE {SERVED} GROUP BY s.community"


AGED = "CASE " + " ".join(
    f"WHEN r.birth_date > '{DAY.replace(year=DAY.year - bound)}' THEN {number}" for number, bound in enumerate((3, 7, 18, 35, 45, 60, 80))
) + " WHEN r.birth_date IS NOT NULL THEN 7 END"  # fmt: skip
HELD = f"(m.since IS NULL OR m.since <= '{DAY}') AND ((m.until IS NULL AND m.state <> 'left') OR m.until > '{DAY}') AND m.state <> 'applied'"
WITH_RESIDENT = f"{OF} JOIN resident r ON r.district = m.district AND r.id = m.resident"
CAME = (
    "SELECT a.division AS c, t.resident AS k FROM attendance t JOIN activity a ON a.district = t.district AND a.id = t.activity "
    f"WHERE a.began >= '{PERIOD.start - timedelta(days=1)} 16:00:00' AND a.began < '{PERIOD.last_day} 16:00:00'"
)
QUERIES = {
    "population.registered": distinct(REGISTERED),
    "population.registered_living": both(bases(REGISTERED), bases(LIVES)),
    "population.separated": less(bases(REGISTERED), bases(LIVES)),
    "population.floating": less(bases(LIVES), bases(REGISTERED)),
    "population.resident": both(bases(LIVES), bases(SETTLED)),
    "population.elderly": f"SELECT h.community, COUNT(DISTINCT m.resident) FROM {WITH_RESIDENT} "
    f"WHERE {LIVES} AND r.birth_date <= '{DAY.replace(year=DAY.year - 60)}' GROUP BY h.community",
    "population.by_sex_age": f"SELECT h.community, r.sex, {AGED}, COUNT(DISTINCT m.resident) FROM {WITH_RESIDENT} "
    f"WHERE {LIVES} GROUP BY h.community, r.sex, {AGED}",
    "population.households": distinct(LIVES, "household"),
    "population.households_registered": distinct(REGISTERED, "household"),
    "population.households_empty": less(bases(REGISTERED, "household"), bases(LIVES, "household")),
    "population.low_income": marked(
        "low_income", f"SELECT a.c, a.k FROM ({bases(REGISTERED)}) a JOIN ({bases(LIVES)}) b ON a.c = b.c AND a.k = b.k"
    ),
    "population.disabled": marked("disabled", bases(LIVES)),
    "population.living_alone": marked("living_alone", bases(LIVES)),
    "population.orphans": marked("orphan", bases(LIVES)),
    "volunteers.people": f"SELECT m.community, COUNT(DISTINCT m.resident) FROM volunteer m WHERE {HELD} GROUP BY m.community",
    "volunteers.active": served("COUNT(DISTINCT s.resident)"),
    "volunteers.records": served("COUNT(*)"),
    "volunteers.service_hours": served("SUM(s.minutes)"),
    "volunteers.records_late": served("COUNT(*)", "JOIN calendar a ON a.day = s.served_on JOIN calendar b ON b.day = s.recorded").replace(
        "WHERE", f"WHERE b.number - a.number > {DUE} AND"
    ),
    "volunteers.beneficiaries": served("SUM(s.beneficiaries)"),
    "participation.people": f"SELECT c, COUNT(DISTINCT k) FROM ({CAME} UNION ALL "
    f"SELECT s.community, s.resident FROM service_record s WHERE {SERVED}) x GROUP BY c",
}  # fmt: skip
TABLES = (
    "household_membership",
    "household",
    "resident_category",
    "resident",
    "volunteer",
    "attendance",
    "activity",
    "service_record",
)


def in_the_store(query: str) -> str:
    """The query over the store's tables of one district."""
    for table in TABLES:
        for before in ("FROM", "JOIN"):
            query = query.replace(f"{before} {table} ", f"{before} shequ_{table} ")
    for alias in ("m", "s", "t"):
        if f" {alias}." in query or f"({alias}." in query:
            query = query.replace(f"WHERE {alias}.", f"WHERE {alias}.district = '{DISTRICT}' AND {alias}.")
    return query


def figures(run: Callable[[str], list[Any]], queries: dict[str, str]) -> Figures:
    found: Figures = {}
    for code, query in queries.items():
        numbers: dict[str, int] = defaultdict(int)
        for community, *_, number in run(query):
            numbers[community] += int(number or 0)
        found[code] = numbers
    return found


# Ours


def answers(evaluator: Evaluator, asked: dict[str, Measure], places: list[str], *, together: bool = True) -> Figures:
    if together:
        evaluator.prepare(asked.values(), WHEN)
    found: Figures = {}
    for code, measure in asked.items():
        each = {place: evaluator.answer(measure, (place,), WHEN) for place in places}
        evaluator.answer(measure, places, WHEN)
        found[code] = {place: int(answer.value or 0) for place, answer in each.items()}
    return found


def agree(one: Figures, other: Figures, who: str) -> None:
    for code in CODES:
        mine, theirs = ({c: n for c, n in found[code].items() if n} for found in (one, other))
        if mine != theirs:
            raise SystemExit(f"{who}: {code} differs: {sorted(set(mine.items()) ^ set(theirs.items()))[:4]}")


# Columns


def in_duckdb(columns: Columns) -> Callable[[], Figures] | None:
    try:
        import duckdb
        import polars as pl
    except ImportError:
        return None
    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    for name in TABLES:
        frame = pl.DataFrame(columns[name]).with_columns(pl.lit(DISTRICT).alias("district"))
        if name in ("household_membership", "resident_category"):
            frame = frame.with_columns(pl.lit(value=False).alias("ended"))
        for missing in {"resident_category": ["until"], "volunteer": ["until"]}.get(name, []):
            frame = frame.with_columns(pl.lit(None, pl.String).alias(missing))
        if name == "volunteer":
            frame = frame.with_columns(pl.lit("registered").alias("state"))
        connection.register("frame", frame.to_arrow())
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM frame")
        connection.unregister("frame")
    connection.execute("CREATE TABLE calendar (day VARCHAR, number BIGINT)")
    connection.executemany("INSERT INTO calendar VALUES (?, ?)", calendar())
    return lambda: figures(lambda query: connection.execute(query).fetchall(), QUERIES)


def in_polars(columns: Columns) -> Callable[[], Figures] | None:
    try:
        import polars as pl
    except ImportError:
        return None
    frames = {name: pl.DataFrame(columns[name]).lazy() for name in TABLES}
    days = pl.DataFrame(calendar(), schema=["day", "number"], orient="row").lazy()
    day, settled = str(DAY), "2025-06-30"

    def held(at: str) -> Any:
        return (pl.col("since").is_null() | (pl.col("since") <= at)) & (
            pl.col("until").is_null() | (pl.col("until") > at)
        )

    homes = frames["household"].select(household="id", c="community")

    def members(kind: str, at: str = day, key: str = "resident") -> Any:
        found = frames["household_membership"].filter((pl.col("kind") == kind) & held(at))
        return found.join(homes, on="household").select("c", k=key).unique()

    def by(frame: Any, number: Any = None) -> Any:
        return frame.group_by("c").agg((pl.len() if number is None else number).alias("n"))

    def meeting(one: Any, other: Any, how: str) -> Any:
        return one.join(other, on=["c", "k"], how=how)

    def of_category(base: Any, category: str) -> Any:
        marks = frames["resident_category"].filter((pl.col("category") == category) & (pl.col("since") <= day))
        return by(base.join(marks.select(k="resident").unique(), on="k", how="semi"))

    services = frames["service_record"].rename({"community": "c"}).filter(
        (pl.col("served_on") >= str(PERIOD.start)) & (pl.col("served_on") < str(PERIOD.end)) & pl.col("state").is_in(["logged", "confirmed"])
    )  # fmt: skip
    volunteers = frames["volunteer"].rename({"community": "c"})
    living, registered = members("living"), members("registered")
    people = frames["resident"].select("sex", "birth_date", k="id")
    homes_lived, homes_registered = members("living", key="household"), members("registered", key="household")
    limits = [str(DAY.replace(year=DAY.year - bound)) for bound in (3, 7, 18, 35, 45, 60, 80)]
    older = sum((pl.col("birth_date") <= limit).cast(pl.Int8) for limit in limits)
    began = (pl.col("began") >= f"{PERIOD.start - timedelta(days=1)} 16:00:00") & (
        pl.col("began") < f"{PERIOD.last_day} 16:00:00"
    )
    came = frames["attendance"].join(
        frames["activity"].filter(began).select(activity="id", c="division"), on="activity"
    )
    late = services.join(days, left_on="served_on", right_on="day").join(
        days, left_on="recorded", right_on="day", suffix="_recorded"
    )
    asked = {
        "population.registered": by(registered),
        "population.registered_living": by(meeting(registered, living, "semi")),
        "population.separated": by(meeting(registered, living, "anti")),
        "population.floating": by(meeting(living, registered, "anti")),
        "population.resident": by(meeting(living, members("living", settled), "semi")),
        "population.elderly": by(living.join(people.filter(pl.col("birth_date") <= str(DAY.replace(year=DAY.year - 60))), on="k", how="semi")),
        "population.by_sex_age": living.join(people, on="k").group_by("c", "sex", older.alias("band")).agg(pl.len().alias("n")),
        "population.households": by(homes_lived),
        "population.households_registered": by(homes_registered),
        "population.households_empty": by(meeting(homes_registered, homes_lived, "anti")),
        "population.low_income": of_category(meeting(registered, living, "semi"), "low_income"),
        "population.disabled": of_category(living, "disabled"),
        "population.living_alone": of_category(living, "living_alone"),
        "population.orphans": of_category(living, "orphan"),
        "volunteers.people": by(volunteers.filter(pl.col("since") <= day), pl.col("resident").n_unique()),
        "volunteers.active": by(services, pl.col("resident").n_unique()),
        "volunteers.records": by(services),
        "volunteers.service_hours": by(services, pl.col("minutes").sum()),
        "volunteers.records_late": by(late.filter(pl.col("number_recorded") - pl.col("number") > DUE)),
        "volunteers.beneficiaries": by(services, pl.col("beneficiaries").sum()),
        "participation.people": by(pl.concat([came.select("c", "resident"), services.select("c", "resident")]), pl.col("resident").n_unique()),
    }  # fmt: skip

    def work() -> Figures:
        found: Figures = {}
        for code, frame in asked.items():
            numbers: dict[str, int] = defaultdict(int)
            for row in frame.collect().iter_rows(named=True):
                numbers[row["c"]] += row["n"]
            found[code] = numbers
        return found

    return work


# One loop per figure


def loops(tables: dict[str, list[Any]]) -> dict[str, Callable[[], dict[str, int]]]:
    """For each figure a loop as one would write it, over records by type."""
    households = {row.id: row.community for row in tables["household"]}
    people = {row.id: row for row in tables["resident"]}
    activities = {row.id: row for row in tables["activity"]}
    working = dict(calendar())
    first, last, half = PERIOD.start, PERIOD.last_day, date(2025, 6, 30)

    def members(kind: str, on: date = DAY, key: str = "resident") -> Sets:
        found: Sets = defaultdict(set)
        for row in tables["household_membership"]:
            if (
                row.kind == kind
                and (row.since is None or row.since <= on)
                and (row.until > on if row.until else not row.ended)
            ):
                found[households[row.household]].add(getattr(row, key))
        return found

    def sizes(found: Sets) -> dict[str, int]:
        return {place: len(keys) for place, keys in found.items()}

    def meeting(one: Sets, other: Sets) -> dict[str, int]:
        return {place: len(keys & other.get(place, set())) for place, keys in one.items()}

    def less(one: Sets, other: Sets) -> dict[str, int]:
        return {place: len(keys - other.get(place, set())) for place, keys in one.items()}

    def of_category(category: str, base: Sets) -> dict[str, int]:
        marked = {row.resident for row in tables["resident_category"] if row.category == category and row.since <= DAY}
        return {place: len(keys & marked) for place, keys in base.items()}

    def elderly() -> dict[str, int]:
        limit, found = DAY.replace(year=DAY.year - 60), members("living")
        old = {id_ for id_, row in people.items() if row.birth_date is not None and row.birth_date <= limit}
        return {place: len(keys & old) for place, keys in found.items()}

    def by_sex_age() -> dict[str, int]:
        found: dict[tuple[str, str, int | None], int] = defaultdict(int)
        for place, keys in members("living").items():
            for key in keys:
                row = people[key]
                born = row.birth_date
                years = None if born is None else DAY.year - born.year - ((DAY.month, DAY.day) < (born.month, born.day))
                band = None if years is None else sum(years >= bound for bound in (3, 7, 18, 35, 45, 60, 80))
                found[place, row.sex, band] += 1
        whole: dict[str, int] = defaultdict(int)
        for (place, _, _), number in found.items():
            whole[place] += number
        return whole

    def volunteers() -> dict[str, int]:
        found: Sets = defaultdict(set)
        for row in tables["volunteer"]:
            if row.state == "registered" and row.since <= DAY and row.until is None:
                found[row.community].add(row.resident)
        return sizes(found)

    def services() -> Iterator[Any]:
        for row in tables["service_record"]:
            if first <= row.served_on <= last and row.state in ("logged", "confirmed"):
                yield row

    def serving() -> Sets:
        found: Sets = defaultdict(set)
        for row in services():
            found[row.community].add(row.resident)
        return found

    def added(number: Callable[[Any], int]) -> dict[str, int]:
        found: dict[str, int] = defaultdict(int)
        for row in services():
            found[row.community] += number(row)
        return found

    def late(row: Any) -> int:
        return working[row.recorded.isoformat()] - working[row.served_on.isoformat()] > DUE

    def taking_part() -> dict[str, int]:
        found = serving()
        for row in tables["attendance"]:
            activity = activities[row.activity]
            if first <= activity.began.date() <= last:
                found[activity.division].add(row.resident)
        return sizes(found)

    return {
        "population.registered": lambda: sizes(members("registered")),
        "population.registered_living": lambda: meeting(members("registered"), members("living")),
        "population.separated": lambda: less(members("registered"), members("living")),
        "population.floating": lambda: less(members("living"), members("registered")),
        "population.resident": lambda: meeting(members("living"), members("living", half)),
        "population.elderly": elderly,
        "population.by_sex_age": by_sex_age,
        "population.households": lambda: sizes(members("living", key="household")),
        "population.households_registered": lambda: sizes(members("registered", key="household")),
        "population.households_empty": lambda: less(
            members("registered", key="household"), members("living", key="household")
        ),
        "population.low_income": lambda: of_category(
            "low_income",
            {
                place: keys & other[place]
                for other in [members("living")]
                for place, keys in members("registered").items()
            },
        ),
        "population.disabled": lambda: of_category("disabled", members("living")),
        "population.living_alone": lambda: of_category("living_alone", members("living")),
        "population.orphans": lambda: of_category("orphan", members("living")),
        "volunteers.people": volunteers,
        "volunteers.active": lambda: sizes(serving()),
        "volunteers.records": lambda: added(lambda _row: 1),
        "volunteers.service_hours": lambda: added(lambda row: row.minutes),
        "volunteers.records_late": lambda: added(late),
        "volunteers.beneficiaries": lambda: added(lambda row: row.beneficiaries or 0),
        "participation.people": taking_part,
    }


# Turns


def turns(works: dict[str, Callable[[], Figures]], rounds: int, clock: Clock) -> dict[str, list[float]]:
    """Let everybody work in turn; what each took, once all agree."""
    took: dict[str, list[float]] = {name: [] for name in works}
    expected: Figures | None = None
    for _ in range(rounds):
        for name, work in works.items():
            gc.collect()
            start = clock()
            found = work()
            took[name].append(clock() - start)
            expected = expected or found
            agree(expected, found, name)
    return took


def tell(title: str, took: dict[str, list[float]], ours: str, least: float = 2) -> None:
    print(f"\n{title:<66}  seconds  times ours")
    for name, each in took.items():
        times = statistics.median(other / mine for other, mine in zip(each, took[ours], strict=True))
        wanted = (
            ""
            if name == ours or "hand" not in name
            else f"  at least {least:.0f}: {'met' if times >= least else 'MISSED'}"
        )
        print(f"  {name:<64}{statistics.median(each):9.2f}{times:11.2f}{wanted}", flush=True)


def asked_of(store: SqlStore, asked: dict[str, Measure]) -> Figures:
    with store.read(DISTRICT) as snapshot:
        evaluator = StoreEvaluator(snapshot, store.schema)
        found = answers(evaluator, asked, [f"c{n:08d}" for n in range(COMMUNITIES)])
        left = [code for code, measure in asked.items() if measure in {one.measure for one in evaluator.fallen_back}]
        if left:
            raise SystemExit(f"left to the reference: {left}")
    return found


OURS, BY_HAND = "shequ, all figures together", "the same tables, one hand-written query per figure"


def on_sqlite(folder: Path, columns: Columns, residents: int) -> tuple[SqlStore, sqlite3.Connection]:
    path = folder / f"{residents}.db"
    store = SqlStore(f"sqlite:///{path}", Schema(RECORD_TYPES))
    plain = sqlite3.connect(path, isolation_level=None)
    plain.execute("PRAGMA cache_size=-65536")
    plain.execute("BEGIN")
    for name, given in columns.items():
        order, made = rows(store, name, given)
        plain.executemany(f"INSERT INTO shequ_{name} ({', '.join(order)}) VALUES ({', '.join('?' * len(order))})", made)
    plain.execute("COMMIT")
    plain.execute("ANALYZE")
    plain.execute("CREATE TEMP TABLE calendar (day DATE PRIMARY KEY, number INTEGER) WITHOUT ROWID")
    plain.executemany("INSERT INTO calendar VALUES (?, ?)", calendar())
    return store, plain


def on_postgresql(url: str, columns: Columns, asked: dict[str, Measure], rounds: int) -> None:
    import psycopg

    parsed = make_url(url)
    name = f"shequ_benchmark_{os.getpid()}"
    to = {"host": parsed.host, "port": parsed.port or 5432, "user": parsed.username, "autocommit": True}
    admin: Any = psycopg.connect(dbname=parsed.database, **to)
    admin.execute(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'")
    try:
        store = SqlStore(parsed.set(database=name).render_as_string(hide_password=False), Schema(RECORD_TYPES))
        plain: Any = psycopg.connect(dbname=name, **to)
        for table, given in columns.items():
            order, made = rows(store, table, given)
            with plain.cursor() as cursor, cursor.copy(f"COPY shequ_{table} ({', '.join(order)}) FROM STDIN") as copy:
                for row in made:
                    copy.write_row(row)
        columns.clear()  # they are nobody's any more, and would lie in the way of the garbage collector
        plain.execute("CREATE TEMP TABLE calendar (day DATE PRIMARY KEY, number BIGINT)")
        with plain.cursor() as cursor:
            cursor.executemany("INSERT INTO calendar VALUES (%s, %s)", calendar())
        plain.execute("VACUUM ANALYZE")
        queries = {code: in_the_store(query) for code, query in QUERIES.items()}
        works: dict[str, Callable[[], Figures]] = {
            OURS: lambda: asked_of(store, asked),
            BY_HAND: lambda: figures(lambda query: plain.execute(query).fetchall(), queries),
        }
        tell("PostgreSQL", turns(works, rounds, time.perf_counter), OURS)
        plain.close()
        store.close()
    finally:
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        admin.close()


class Held:
    """Records in memory, as a snapshot without powers."""

    def __init__(self, tables: dict[str, list[Any]]) -> None:
        self.tables = tables

    def scan(self, query: Any) -> Iterator[Any]:
        return iter(self.tables.get(query.type, ()))


def in_python(store: SqlStore, asked: dict[str, Measure], rounds: int) -> None:
    from shequ.query import Select

    with store.read(DISTRICT) as snapshot:
        kept = {name: list(snapshot.scan(Select(name))) for name in TABLES}
    schema, places = store.schema, [f"c{n:08d}" for n in range(COMMUNITIES)]
    records = {name: [stored.record for stored in found] for name, found in kept.items()}
    by_hand = loops(records)

    def singly() -> Figures:
        found: Figures = {}
        for code, measure in asked.items():
            found |= answers(Evaluator(Held(kept), schema), {code: measure}, places)
        return found

    works: dict[str, Callable[[], Figures]] = {
        "shequ's Python evaluator, one pass over each table": lambda: answers(
            Evaluator(Held(kept), schema), asked, places
        ),
        "one hand-written loop per figure": lambda: {code: loop() for code, loop in by_hand.items()},
        "shequ's Python evaluator, one figure after the other": singly,
    }
    tell(
        f"Python, {len(records['resident']):,} residents as objects",
        turns(works, rounds, time.process_time),
        next(iter(works)),
    )


def plot(times: dict[str, list[tuple[int, float]]], path: Path) -> None:
    """Draw seconds over residents, both by powers of ten."""
    colours = ("#c0392b", "#7f8c8d", "#2980b9", "#27ae60")
    sizes = sorted({size for line in times.values() for size, _ in line})
    seconds = [took for line in times.values() for _, took in line]
    low, high = np.floor(np.log10(min(seconds))), np.ceil(np.log10(max(seconds)))
    left, top, width, height = 60, 20, 420, 260
    first, last = np.log10(sizes[0]), np.log10(sizes[-1])

    def at(size: int, took: float) -> tuple[float, float]:
        across = (np.log10(size) - first) / ((last - first) or 1)
        return left + width * across, top + height * (high - np.log10(took)) / ((high - low) or 1)

    drawn = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 780 330" font-family="sans-serif" font-size="12">']
    drawn.append('<rect width="780" height="330" fill="white"/>')
    for power in range(int(low), int(high) + 1):
        _, y = at(sizes[0], 10.0**power)
        drawn.append(f'<line x1="{left}" x2="{left + width}" y1="{y:.0f}" y2="{y:.0f}" stroke="#ddd"/>')
        drawn.append(f'<text x="{left - 6}" y="{y + 4:.0f}" text-anchor="end">{10.0**power:g} s</text>')
    for size in sizes:
        x, _ = at(size, 10.0**low)
        drawn.append(f'<text x="{x:.0f}" y="{top + height + 18}" text-anchor="middle">{size:,}</text>')
    drawn.append(
        f'<text x="{left + width / 2:.0f}" y="{top + height + 38}" text-anchor="middle">residents (twice as many service records)</text>'
    )
    for number, (name, line) in enumerate(times.items()):
        colour = colours[number % len(colours)]
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(*point) for point in line))
        drawn.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        drawn += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in (at(*point) for point in line)
        ]
        drawn.append(f'<text x="{left + width + 20}" y="{top + 20 + 20 * number}" fill="{colour}">{name}</text>')
    path.write_text("\n".join([*drawn, "</svg>", ""]), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--residents", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--python", type=int, default=100_000, help="residents for the Python evaluator; 0: left out")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--postgresql", default="", help="postgresql+psycopg://user@host/database; the largest size only"
    )
    parser.add_argument("--plot", type=Path, help="where to draw how time grows")
    given = parser.parse_args()
    asked = measures()
    print(
        f"{len(asked)} figures, {COMMUNITIES} communities, {given.rounds} rounds, Python {sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}"
    )
    times: dict[str, list[tuple[int, float]]] = defaultdict(list)
    queries = {code: in_the_store(query) for code, query in QUERIES.items()}
    for residents in sorted({*given.residents, *([given.python] if given.python else [])}):
        columns = district(residents)
        with tempfile.TemporaryDirectory() as folder:
            store, plain = on_sqlite(Path(folder), columns, residents)
            if residents in given.residents:
                works: dict[str, Callable[[], Figures]] = {
                    OURS: lambda store=store: asked_of(store, asked),  # type: ignore[misc]
                    BY_HAND: lambda plain=plain: figures(lambda query: plain.execute(query).fetchall(), queries),  # type: ignore[misc]
                }
                for name, work in (("DuckDB, the same queries", in_duckdb(columns)), ("polars", in_polars(columns))):
                    if work is None:
                        print(f"{name}: not installed, left out")
                    else:
                        works[name] = work
                took = turns(works, given.rounds, time.process_time)
                tell(f"SQLite, {residents:,} residents, {2 * residents:,} service records", took, OURS)
                for name, each in took.items():
                    times[name].append((residents, statistics.median(each)))
            if residents == given.python:
                in_python(store, asked, given.rounds)
            plain.close()
            store.close()
        if given.postgresql and residents == max(given.residents):
            on_postgresql(given.postgresql, columns, asked, given.rounds)
        del columns
    if given.plot:
        plot(times, given.plot)


if __name__ == "__main__":
    main()
