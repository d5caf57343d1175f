"""A district goes from store to store by backup and restore, and is the same everywhere (clause 14)."""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import pytest
from servers import SLOW_KINDS, new_database
from store_samples import HERE, NASTY_TEXTS, SCHEMA, Plan, contents, later, save, thing

from shequ.exchange import export_history, import_history
from shequ.store import ANY, Store
from shequ.store.memory import MemoryStore
from shequ.store.sql.store import SqlStore


@pytest.fixture(params=SLOW_KINDS)
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[Store]]:
    """Memory, SQLite, a server, memory again; only the first is filled."""
    with ExitStack() as stack:
        url = stack.enter_context(new_database(request.param))
        first = MemoryStore(SCHEMA)
        save(first, *(thing(f"t{number}", name=text) for number, text in enumerate(NASTY_TEXTS)))
        save(first, thing("a", name="将清除"), Plan(id="a", district="一"), at=later(1))
        save(first, thing("a", name="改后将清除"), thing("t1", note="改"), at=later(2))
        with first.session(HERE, actor="李", reason="删\n", at=later(3)) as session:
            session.delete("thing", "t2", ANY)
        first.erase(HERE, [("thing", "a")], actor="王", reason="依申请", at=later(4))
        save(first, thing("a", name="再来"), thing("t2"), at=later(5))
        sql = [stack.enter_context(SqlStore(found, SCHEMA)) for found in (f"sqlite:///{tmp_path}/street.db", url)]
        yield [first, *sql, MemoryStore(SCHEMA)]


def test_each_store_gives_the_same_file_and_the_same_answers(stores: list[Store], tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.jsonl" for number in range(len(stores))]
    export_history(stores[0], HERE, files[0])
    for (one, other), (file, next_file) in zip(pairwise(stores), pairwise(files), strict=True):
        import_history(other, SCHEMA, file)
        export_history(other, HERE, next_file)
        assert file.read_bytes() == next_file.read_bytes()
        assert list(one.changes(HERE)) == list(other.changes(HERE))
        assert other.verify(HERE) is None
        for known_at in (None, *(later(minute) for minute in range(-1, 7))):
            with one.read(HERE, known_at) as expected, other.read(HERE, known_at) as found:
                assert contents(expected) == contents(found)


def test_a_restored_store_goes_on(stores: list[Store], tmp_path: Path) -> None:
    first, *others = stores
    export_history(first, HERE, tmp_path / "1.jsonl")
    (last,) = [change.number for change in first.changes(HERE)][-1:]
    for store in others:
        import_history(store, SCHEMA, tmp_path / "1.jsonl")
        save(store, thing("t1", note="继续"), at=later(9))
        assert 9 == store.erase(HERE, [("thing", f"t{n}") for n in range(3, 12)], actor="x", reason="y", at=later(9))
        assert last + 10 == list(store.changes(HERE))[-1].number
        assert store.verify(HERE) is None
