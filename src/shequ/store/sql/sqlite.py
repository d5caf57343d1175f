"""Everything that holds for SQLite only: its URL, its connections, its transactions, its faults."""

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import QueuePool

from shequ.errors import BackendError, Misuse

__all__ = ["WRITES", "SQLite"]

WRITES = "shequ_writes"
"""Execution option of a connection that will write."""
_TRIES = 10

T = TypeVar("T")


class SQLite:
    """Everything that holds for SQLite only: its URL, its connections, its transactions, its faults."""

    _WAIT_SECONDS = 30
    """How long a writer waits for another one; SQLite itself tries again until then."""

    def __init__(self, url: str) -> None:
        try:
            parsed = make_url(url)
        except ArgumentError as error:
            raise Misuse(f"存储地址 {url!r} 不合格式", remedy="写成 sqlite:///street.db") from error
        path = parsed.database
        if path in (None, "", ":memory:"):
            raise Misuse(f"存储地址 {url!r} 没有文件", remedy="写成 sqlite:///street.db；只在内存中保存用 memory:")
        if parsed.get_backend_name() != "sqlite" or parsed.host or parsed.query or str(path).startswith("file:"):
            raise Misuse(f"存储地址 {url!r} 不合格式", remedy="写成 sqlite:///street.db，不带主机和参数")
        self.place = str(path)
        self.engine = self._engine(parsed)  # SQLAlchemy makes the path absolute, once

    def _engine(self, url: URL) -> Engine:
        # The limit is open, because readers may be nested at will and each holds a connection.
        engine = create_engine(
            url,
            poolclass=QueuePool,
            max_overflow=-1,
            connect_args={"timeout": self._WAIT_SECONDS, "check_same_thread": False},
        )

        @event.listens_for(engine, "connect")
        def configure(connection: Any, _record: Any) -> None:
            connection.isolation_level = None  # the driver begins no transactions; `begin` below does
            # FULL: what was committed survives a power cut; with NORMAL, WAL could lose the last commits.
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA cache_size=-65536")  # 64 MB, so that a large load does not spill

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            # A writer takes the lock at once: a reader that turns writer could find that it is too late.
            writes = connection.get_execution_options().get(WRITES, False)
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

        return engine

    def prepare(self) -> None:
        """Look at the file, and turn on write-ahead logging, which stays on in the file."""
        folder = Path(self.place).absolute().parent
        if not folder.is_dir():
            raise BackendError(f"{self.place}：文件夹 {folder} 不存在", remedy=f"先建立该文件夹：mkdir -p {folder}")
        if Path(self.place).is_dir():
            raise BackendError(f"{self.place}：是文件夹，不是数据库文件", remedy="写出文件名，如 sqlite:///street.db")
        connection = self.call(self.engine.raw_connection)
        try:
            mode = self.call(lambda: self._turn_on_wal(connection.cursor()))
        finally:
            connection.close()
        if mode != "wal":
            raise BackendError(
                f"{self.place}：所在的文件系统不支持 SQLite 的 WAL 模式",
                remedy="把文件放到本机磁盘上，不要放在网络盘",
            )

    def _turn_on_wal(self, cursor: Any) -> str:
        """Turn on write-ahead logging, and say in which mode the file is then.

        While another process is making or turning the same file, SQLite refuses this without waiting. So wait for
        its lock by beginning a transaction, and try again; all tries together wait as long as any writer may.
        """
        cursor.execute(f"PRAGMA busy_timeout={self._WAIT_SECONDS * 1000 // _TRIES}")
        for _ in range(_TRIES - 1):
            try:
                return self._wal(cursor)
            except sqlite3.OperationalError as error:
                if not error.sqlite_errorname.startswith("SQLITE_BUSY"):
                    raise
            with suppress(sqlite3.OperationalError):
                cursor.execute("BEGIN IMMEDIATE")
                cursor.execute("ROLLBACK")
        return self._wal(cursor)

    def _wal(self, cursor: Any) -> str:
        (mode,) = cursor.execute("PRAGMA journal_mode=WAL").fetchone()
        cursor.execute(f"PRAGMA busy_timeout={self._WAIT_SECONDS * 1000}")
        return str(mode)

    def call(self, action: Callable[[], T]) -> T:
        """Do something with the database.

        Raises:
            BackendError: If it fails.
        """
        try:
            return action()
        except (DBAPIError, sqlite3.Error) as error:
            self.fail(error)

    def fail(self, error: DBAPIError | sqlite3.Error) -> NoReturn:
        """Say what failed, where, and what to do."""
        cause = error.orig if isinstance(error, DBAPIError) else error
        name = getattr(cause, "sqlite_errorname", "") or ""
        for prefix, what, remedy in _FAULTS:
            if name.startswith(prefix):
                raise BackendError(f"{self.place}：{what}（{cause}）", remedy=remedy) from error
        raise BackendError(
            f"{self.place}：数据库出错（{cause}）", remedy="核对文件后再试；仍不行则从备份恢复"
        ) from error


_FAULTS: Iterable[tuple[str, str, str]] = (
    ("SQLITE_NOTADB", "不是 SQLite 数据库文件", "核对路径；如确为本库，从备份恢复"),
    ("SQLITE_CORRUPT", "数据库文件已损坏", "从备份恢复"),
    ("SQLITE_CANTOPEN", "无法打开文件", "核对路径，以及对文件和文件夹的读写权限"),
    ("SQLITE_PERM", "没有读写权限", "取得对文件和文件夹的读写权限"),
    ("SQLITE_AUTH", "没有读写权限", "取得对文件和文件夹的读写权限"),
    ("SQLITE_READONLY", "文件只读，无法写入", "取得对文件和文件夹的写权限，或复制到可写之处再打开"),
    ("SQLITE_BUSY", "正被另一个程序占用", "待其写完后再试"),
    ("SQLITE_LOCKED", "正被另一个程序占用", "待其写完后再试"),
    ("SQLITE_FULL", "磁盘已满，未作任何修改", "腾出空间后再试"),
    ("SQLITE_IOERR", "磁盘读写出错，未作任何修改", "检查磁盘后再试"),
    ("SQLITE_NOMEM", "内存不足，未作任何修改", "关闭其他程序后再试"),
)
"""Beginning of SQLite's name of an error, what it means, and what to do."""
