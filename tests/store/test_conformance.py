"""Every store of the library's own keeps the contract.

On SQLite the suite runs as a stranger runs it, with every record type; on the servers with the few types that
its tests write, because there each test has a database of its own.
"""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from servers import administered
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from store_samples import HERE, SCHEMA, later, salts, thing

from shequ.model import RECORD_TYPES, NewsItem, Record, Schema, Stock
from shequ.store import ANY, Store
from shequ.store.memory import MemoryStore
from shequ.store.sql.store import SqlStore
from shequ.testing import StoreConformance


def closed(*types: type[Record]) -> Schema:
    """The types, and all that they refer to."""
    known = Schema(RECORD_TYPES)
    wanted: dict[str, type[Record]] = {}
    waiting = [cls.__record__ for cls in types]
    while waiting:
        declared = waiting.pop()
        if declared.name not in wanted:
            wanted[declared.name] = declared.cls
            waiting += [known[spec.to] for spec in declared.references if spec.to]
    return Schema(wanted.values())


class TestMemory(StoreConformance):
    def make_store(self, path: Path) -> Store:  # noqa: ARG002 - it keeps no files
        return MemoryStore(self.schema)

    def tamper(self, store: Store, path: Path, district: str, number: int) -> None:  # noqa: ARG002 - the same
        assert isinstance(store, MemoryStore)
        log = store._states[district].log
        log[number - 1] = attrs.evolve(log[number - 1], actor="另一人")


class _InSql(StoreConformance):
    def url(self, path: Path) -> str:
        raise NotImplementedError(f"{type(self).__name__} must override url(self, path)")

    def make_store(self, path: Path) -> Store:
        return SqlStore(self.url(path), self.schema)

    def tamper(self, store: Store, path: Path, district: str, number: int) -> None:  # noqa: ARG002 - behind its back
        engine = create_engine(self.url(path))
        with engine.begin() as connection:
            altered = connection.execute(
                text("UPDATE shequ_change SET id = 'altered' WHERE district = :district AND number = :number"),
                {"district": district, "number": number},
            )
            assert 1 == altered.rowcount
        engine.dispose()


@pytest.mark.slow
class TestSQLite(_InSql):
    url_safe = False

    def url(self, path: Path) -> str:
        # Signs that mean something in a URL stand in it as URLs write them.
        return f"sqlite:///{quote(str(path))}"


class _OnAServer(_InSql):
    """Each path stands for a database of its own."""

    server = ""
    schema = closed(Stock, NewsItem, *StoreConformance.filtered, *StoreConformance.aggregated)

    @pytest.fixture(autouse=True)
    def _databases(self) -> Iterator[None]:
        """Those that were made are dropped when all stores are closed."""
        engine = administered(self.server)
        self.names: set[str] = set()
        yield
        force = " WITH (FORCE)" if self.server == "postgresql" else ""
        with engine.connect() as connection:
            for name in self.names:
                connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name}{force}")

    def url(self, path: Path) -> str:
        name = f"shequ_suite_{hashlib.sha256(str(path).encode()).hexdigest()[:16]}"
        engine = administered(self.server)
        if name not in self.names:
            options = " ENCODING 'UTF8' TEMPLATE template0 STRATEGY wal_log" if self.server == "postgresql" else ""
            # Where the database is there already, another process of the same test made it.
            with engine.connect() as connection, suppress(DBAPIError):
                connection.exec_driver_sql(f"CREATE DATABASE {name}{options}")
            self.names.add(name)
        return engine.url.set(database=name).render_as_string(hide_password=False)


@pytest.mark.slow
class TestPostgreSQL(_OnAServer):
    server = "postgresql"


@pytest.mark.slow
class TestMariaDB(_OnAServer):
    server = "mariadb"


@given(st.lists(st.lists(st.tuples(st.sampled_from("aAb"), st.integers(-1, 3)), max_size=4), max_size=5))
def test_stores_that_were_given_the_same_changes_and_salts_keep_the_same_chain(
    tmp_path_factory: pytest.TempPathFactory, commits: list[list[tuple[str, int]]]
) -> None:
    folder = tmp_path_factory.mktemp("chain")
    chains = []
    for store in (MemoryStore(SCHEMA, entropy=salts()), SqlStore(f"sqlite:///{folder}/x.db", SCHEMA, entropy=salts())):
        with store:
            for minutes, writes in enumerate(commits):
                with store.session(HERE, actor="a", reason="r", at=later(minutes)) as session:
                    for id_, number in writes:
                        if number >= 0:
                            session.put(thing(id_, number=number), ANY)
                        elif session.get("thing", id_) is not None:
                            session.delete("thing", id_, ANY)
            if list(store.history(HERE, "thing", "a")):
                store.erase(HERE, [("thing", "a")], actor="a", reason="r", at=later(99))
            chains.append(list(store.changes(HERE)))
    assert chains[0] == chains[1]
