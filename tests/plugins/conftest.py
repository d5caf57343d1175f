from collections.abc import Iterator
from pathlib import Path

import pytest
from distributions import Install, installing


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Installs a distribution for the length of the test."""
    for name in ("", "_DISABLE", "_PREFER", "_STRICT", "_SETTINGS"):
        monkeypatch.delenv(f"SHEQU_PLUGINS{name}", raising=False)
    yield from installing(tmp_path, monkeypatch)
