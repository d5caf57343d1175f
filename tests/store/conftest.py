"""Each test of the contract runs on each store."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from store_samples import SCHEMA, salts

from shequ.store import Store
from shequ.store.memory import MemoryStore
from shequ.store.sql.store import SqlStore


@pytest.fixture
def database(tmp_path: Path) -> str:
    """URL of a database that is not there yet."""
    return f"sqlite:///{tmp_path}/street.db"


@pytest.fixture(params=["memory", "sqlite"])
def new_store(request: pytest.FixtureRequest, database: str) -> Iterator[Callable[[], Store]]:
    """Opens an empty store, once a test."""
    opened: list[Store] = []

    def open_store() -> Store:
        made: Store = (
            MemoryStore(SCHEMA, entropy=salts())
            if request.param == "memory"
            else SqlStore(database, SCHEMA, entropy=salts())
        )
        opened.append(made)
        return made

    yield open_store
    for made in opened:
        made.close()


@pytest.fixture
def store(new_store: Callable[[], Store]) -> Store:
    """An empty store."""
    return new_store()


@pytest.fixture
def sqlite_store(database: str) -> Iterator[SqlStore]:
    """An empty store in a file."""
    with SqlStore(database, SCHEMA, entropy=salts()) as made:
        yield made
