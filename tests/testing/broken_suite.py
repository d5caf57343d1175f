"""The suite as a stranger's test file has it, for each store of ``broken_stores``; run by ``test_suite_catches.py``."""

from pathlib import Path
from typing import Any

import attrs
import broken_stores
from hypothesis import Phase, settings
from plain_stores import FileStore, PlainStore

from shequ.store import Store
from shequ.testing import StoreConformance


class _Small(StoreConformance):
    """Sizes at which a store of dicts is quick."""

    many_records, many_ids, rounds, patience = 300, 2_000, 4, 60.0
    made: type[PlainStore]

    def make_store(self, path: Path) -> Store:
        return self.made(path, self.schema)

    def settings(self) -> "settings":
        """Without looking for the smallest example: that something is wrong is enough here."""
        return settings(super().settings(), phases=(Phase.generate,))

    def tamper(self, store: Store, path: Path, district: str, number: int) -> None:  # noqa: ARG002 - not in a file
        assert isinstance(store, PlainStore)
        log = store.log_[district]
        log[number - 1] = attrs.evolve(log[number - 1], actor="另一人")


class TestPlainStore(_Small):
    made = PlainStore


class TestFileStore(_Small):
    made = FileStore


_RIGHT = (PlainStore, FileStore)


def _broken() -> dict[str, Any]:
    """A class for each broken store, at the top of this module, where a new process finds it."""
    return {
        f"Test{name}": type(f"Test{name}", (_Small,), {"made": store, "__module__": __name__})
        for name, store in vars(broken_stores).items()
        if isinstance(store, type)
        and issubclass(store, PlainStore)
        and store not in _RIGHT
        and not name.startswith("_")
    }


globals().update(_broken())
