"""Fixtures of the exchange's tests: files from text, and a load of them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from exchange_kit import SCHEMA, Load, settle

from shequ.exchange import Settled, read_returns
from shequ.model import Record


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
