"""What the tests of the exchange share: files from text, and a load of them against what is stored."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from shequ.exchange import Problem, Returns, Settled, read_returns
from shequ.model import RECORD_TYPES, Record, Schema

SCHEMA = Schema(RECORD_TYPES)
DATA = Path(__file__).parent.parent / "data"


def by_type(records: Iterable[Record]) -> Callable[[str], Mapping[str, Record]]:
    """Records as a store gives them: by type and id."""
    stored: dict[str, dict[str, Record]] = {}
    for record in records:
        stored.setdefault(record.__record__.name, {})[record.id] = record
    return lambda name: stored.get(name, {})


def settle(returns: Returns, *stored: Record, keep_good: bool = False, metrics: Iterable[str] = ()) -> Settled:
    return returns.settle(by_type(stored), metrics=set(metrics), keep_good=keep_good)


Load = Callable[..., Settled]


@pytest.fixture
def schema() -> Schema:
    return SCHEMA


@pytest.fixture
def folder(tmp_path: Path) -> Callable[[Mapping[str, str | bytes]], Path]:
    """Writes files into a folder of its own."""

    def write(files: Mapping[str, str | bytes]) -> Path:
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            (tmp_path / name).write_bytes(data)
        return tmp_path

    return write


@pytest.fixture
def load(folder: Callable[[Mapping[str, str | bytes]], Path]) -> Load:
    """Loads files given as text, against stored records."""

    def go(files: Mapping[str, str | bytes], *stored: Record, **options: Any) -> Settled:
        return settle(read_returns(folder(files), SCHEMA), *stored, **options)

    return go


def only(problems: Iterable[Problem]) -> Problem:
    (problem,) = problems
    return problem
