"""Everything that holds for SQLite only: its URL, its connections, its transactions, its faults."""

import os
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    Engine,
    Table,
    Time,
    create_engine,
    event,
    func,
    insert,
    literal_column,
)
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import QueuePool

from shequ.errors import BackendError, Misuse
from shequ.store.sql.database import WRITES, Database, Fault
from shequ.store.sql.making import make, unmake
from shequ.store.sql.tables import field_name

__all__ = ["SQLite"]

_TRIES = 10
_HALF = 2**31
_WIPE_SECONDS = 1
"""How long to wait for readers when the log is to be emptied; they may be the caller's own."""
_IMMUTABLE = "shequ_immutable"


class SQLite(Database):
    """Everything that holds for SQLite only."""

    driver = sqlite3.Error

    def _place(self, url: URL) -> str:
        path = url.database
        if path in (None, "", ":memory:"):
            raise Misuse(f"存储地址 {str(url)!r} 没有文件", remedy="写成 sqlite:///street.db；只在内存中保存用 memory:")
        if url.drivername != "sqlite" or url.host or url.query or str(path).startswith("file:"):
            raise Misuse(f"存储地址 {str(url)!r} 不合格式", remedy="写成 sqlite:///street.db，不带主机和参数")
        return str(path)

    def _engine(self, url: URL) -> Engine:
        self._inserts: dict[str, str] = {}
        self._made = False
        self._path = Path(self.place).absolute()  # once: the working directory may change
        # The limit is open, because readers may be nested at will and each holds a connection.
        engine = create_engine(url, poolclass=QueuePool, max_overflow=-1, creator=self._connect)

        @event.listens_for(engine, "connect")
        def configure(connection: Any, record: Any) -> None:
            # FULL: what was committed survives a power cut; with NORMAL, WAL could lose the last commits.
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA cache_size=-65536")  # 64 MB, so that a large load does not spill
            connection.execute("PRAGMA secure_delete=ON")  # what is deleted is overwritten: it may have to be gone
            record.info[_IMMUTABLE] = self._immutable

        @event.listens_for(engine, "checkout")
        def still_immutable(_connection: Any, record: Any, _proxy: Any) -> None:
            if record.info[_IMMUTABLE] and not self._immutable:
                raise DisconnectionError("somebody writes to the file now")

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            # A writer takes the lock at once: a reader that turns writer could find that it is too late.
            writes = connection.get_execution_options().get(WRITES, False)
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

        return engine

    @property
    def _immutable(self) -> bool:
        """Whether nothing can be written where the file lies, not even the files that readers share, and nobody does."""
        return not os.access(self._path.parent, os.W_OK) and not self._log.exists()

    @property
    def _log(self) -> Path:
        """What was written lately may stand here and not in the file itself yet."""
        return Path(f"{self._path}-wal")

    def _connect(self) -> sqlite3.Connection:
        uri = self._path.as_uri() + ("?immutable=1" if self._immutable else "")
        # The driver begins no transactions; the engine's "begin" does.
        return sqlite3.connect(uri, uri=True, timeout=self.wait_seconds, isolation_level=None, check_same_thread=False)

    def prepare(self) -> None:
        """Look at the file, and turn on write-ahead logging, which stays on in the file; made here if it is not there."""
        folder = self._path.parent
        if not folder.is_dir():
            raise BackendError(f"{self.place}：文件夹 {folder} 不存在", remedy=f"先建立该文件夹：mkdir -p {folder}")
        if self._path.is_dir():
            raise BackendError(f"{self.place}：是文件夹，不是数据库文件", remedy="写出文件名，如 sqlite:///street.db")
        mode = ""
        for _ in range(_TRIES):
            self._made = make(self._path) or self._made
            connection = self.call(self.engine.raw_connection)
            try:
                mode = self._turn_on_wal(connection.cursor())
            except sqlite3.Error as error:
                if not error.sqlite_errorname.startswith("SQLITE_READONLY"):
                    self.fail(error)
                return  # it can be read as it is; who writes is told
            finally:
                connection.close()
            if self._path.exists():
                break
            self.engine.dispose()  # who had made the file took it away before we had it
        if mode != "wal" and not self._immutable:
            raise BackendError(
                f"{self.place}：所在的文件系统不支持 SQLite 的 WAL 模式",
                remedy="把文件放到本机磁盘上，不要放在网络盘",
            )

    def unmake(self) -> None:
        """Take away a file that was made here, that nothing was stored in and that nobody has open."""
        super().unmake()
        if self._made:
            self._made = False
            unmake(self._path)

    def _turn_on_wal(self, cursor: Any) -> str:
        """Turn on write-ahead logging, and say in which mode the file is then.

        While another process is making or turning the same file, SQLite refuses this without waiting. So wait for
        its lock by beginning a transaction, and try again; all tries together wait as long as any writer may.
        """
        cursor.execute(f"PRAGMA busy_timeout={int(self.wait_seconds * 1000) // _TRIES}")
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
        cursor.execute(f"PRAGMA busy_timeout={int(self.wait_seconds * 1000)}")
        return str(mode)

    def adapters(self, table: Table) -> dict[str, Callable[[Any], Any]]:
        """Texts stand for days and times, as SQLAlchemy writes them."""
        return {
            field_name(column.name): convert
            for column in table.columns
            for kind, convert in _TEXTS.items()
            if isinstance(column.type, kind)
        }

    def moment(self, at: datetime) -> str:
        """A point in time as text."""
        moment: datetime = super().moment(at)
        return _TEXTS[DateTime](moment)

    def insert(self, connection: Connection, table: Table, rows: Iterable[tuple[Any, ...]]) -> None:
        """Insert rows, without SQLAlchemy's work for each of them."""
        statement = self._inserts.get(table.name)
        if statement is None:
            statement = self._inserts[table.name] = str(insert(table).compile(dialect=connection.dialect))
        cursor: Any = connection.connection.cursor()
        cursor.executemany(statement, rows)

    def wipe(self) -> bool:
        """Bring the write-ahead log into the file and empty it; not while somebody reads an older state."""
        connection = self.call(self.engine.raw_connection)
        try:
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA busy_timeout={_WIPE_SECONDS * 1000}")
            (busy, _, _) = self.call(lambda: cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone())
            cursor.execute(f"PRAGMA busy_timeout={int(self.wait_seconds * 1000)}")
        finally:
            connection.close()
        return not busy

    def sums(self, column: ColumnElement[Any]) -> tuple[ColumnElement[Any], ...]:
        """Of upper and lower halves: SQLite adds whole numbers in 64 bits, and fails where they do not suffice."""
        return tuple(func.sum(column.op(sign)(literal_column(str(_HALF)))) for sign in ("/", "%"))

    def total(self, sums: Sequence[Any]) -> int:
        """The exact sum; 0 of nothing."""
        return int((sums[0] or 0) * _HALF + (sums[1] or 0))

    def is_duplicate(self, cause: BaseException) -> bool:
        """Whether a key is there already."""
        name = getattr(cause, "sqlite_errorname", None)
        return name in ("SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_UNIQUE")

    def fault(self, cause: BaseException) -> Fault | None:
        """What an error means, by SQLite's name of it."""
        if str(cause).startswith(("no such table", "no such column")):
            return _NO_TABLE
        name = getattr(cause, "sqlite_errorname", None) or ""
        if name.startswith("SQLITE_CANTOPEN") and self._log.exists() and not os.access(self._path.parent, os.W_OK):
            return _LOG_BESIDE
        return next((fault for start, fault in _FAULTS.items() if name.startswith(start)), None)


_TEXTS: dict[type[Any], Callable[[Any], str]] = {
    DateTime: lambda value: datetime.isoformat(value, " ", "microseconds"),
    Date: date.isoformat,
    Time: lambda value: time.isoformat(value, "microseconds"),
}

_NO_TABLE = Fault("缺少表，或缺少列", "从备份恢复；重新打开会建空表，verify 会指出缺少的记录")
_NO_ACCESS = Fault("没有读写权限", "取得对文件和文件夹的读写权限")
_BUSY = Fault("正被另一个程序占用", "待其写完后再试")
_LOG_BESIDE = Fault("旁边有尚未并入的日志（-wal），而文件夹只读，无法读取", "连同 -wal 文件复制到可写之处再打开")

_FAULTS = {
    "SQLITE_NOTADB": Fault("不是 SQLite 数据库文件", "核对路径；如确为本库，从备份恢复"),
    "SQLITE_CORRUPT": Fault("数据库文件已损坏", "从备份恢复"),
    "SQLITE_CANTOPEN": Fault("无法打开文件", "核对路径，以及对文件和文件夹的读写权限"),
    "SQLITE_PERM": _NO_ACCESS,
    "SQLITE_AUTH": _NO_ACCESS,
    "SQLITE_READONLY": Fault(
        "文件只读，无法写入", "取得对文件和文件夹的写权限，或复制到可写之处再打开", read_only=True
    ),
    "SQLITE_BUSY": _BUSY,
    "SQLITE_LOCKED": _BUSY,
    "SQLITE_FULL": Fault("磁盘已满，未作任何修改", "腾出空间后再试"),
    "SQLITE_IOERR": Fault("磁盘读写出错，未作任何修改", "检查磁盘后再试"),
    "SQLITE_NOMEM": Fault("内存不足，未作任何修改", "关闭其他程序后再试"),
}
"""Beginning of SQLite's name of an error → what it means."""
