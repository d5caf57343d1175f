"""An SQLite file that was made for a load that then stored nothing is taken away again.

Others may have opened the file meanwhile. In WAL mode every connection keeps a shared lock on it from its first look on,
and to leave that mode needs the file for oneself: so who can leave it is alone. Who opens a file looks, once they have
the lock, whether it is still there (:meth:`SQLite.prepare`).
"""

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

__all__ = ["make", "unmake"]

_WRITTEN = "SELECT EXISTS (SELECT 1 FROM shequ_head)"
"""Whether anybody committed anything."""


def make(path: Path) -> bool:
    """Make the file if it is not there, and say whether this call did; what cannot be made the database will tell."""
    with suppress(OSError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o644))
        return True
    return False


def unmake(path: Path) -> None:
    """Take a file away to which nobody has committed anything and which nobody has open; else leave it as it is."""
    with suppress(sqlite3.Error, OSError):
        if _is_written(path):
            return
        with closing(sqlite3.connect(path.as_uri() + "?mode=rw", uri=True, timeout=0, isolation_level=None)) as alone:
            alone.execute("PRAGMA journal_mode=DELETE")  # fails where somebody else has it open
            alone.execute("BEGIN EXCLUSIVE")
            if not _written(alone):
                path.unlink()
                return
            alone.execute("ROLLBACK")
            alone.execute("PRAGMA journal_mode=WAL")


def _is_written(path: Path) -> bool:
    with closing(sqlite3.connect(path.as_uri() + "?mode=ro", uri=True, timeout=0)) as reader:
        return _written(reader)


def _written(connection: sqlite3.Connection) -> bool:
    """Whether anything was stored; fails where there are tables, and none that would tell."""
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return bool(tables and connection.execute(_WRITTEN).fetchone()[0])
