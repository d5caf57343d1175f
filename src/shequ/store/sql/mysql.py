"""Everything that holds for MariaDB and MySQL only; the driver is PyMySQL."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, ClassVar

from sqlalchemy import URL, Connection, Table

from shequ.store.sql.database import Fault, Lost
from shequ.store.sql.servers import AUTHENTICATION, MISSING_DATABASE, OVERLOADED, UNREACHABLE, Server

__all__ = ["MySQL"]

_COLLATIONS = ("utf8mb4_nopad_bin", "utf8mb4_0900_bin")
"""Of MariaDB and of MySQL 8: compare code points, trailing blanks too."""
_OVERHEAD = 2**16
"""Bytes for what stands beside a long text in one statement."""
_TOO_LONG = 1153
_MODE = "STRICT_ALL_TABLES,STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"


class MySQL(Server):
    """Everything that holds for MariaDB and MySQL only."""

    name: ClassVar[str] = "MariaDB/MySQL"
    transactional_ddl: ClassVar[bool] = False
    extra: ClassVar[str] = "mysql"
    module: ClassVar[str] = "pymysql"
    example: ClassVar[str] = "mysql+pymysql://用户@主机:3306/库名"
    schemes: ClassVar[Mapping[str, str]] = {
        "mysql": "mysql+pymysql",
        "mysql+pymysql": "mysql+pymysql",
        "mariadb+pymysql": "mysql+pymysql",  # the server says itself which of the two it is
    }

    def _arguments(self, url: URL) -> dict[str, Any]:
        return {**super()._arguments(url), "charset": "utf8mb4", "sql_mode": _MODE}

    def _configure(self, connection: Any) -> None:
        with connection.cursor() as cursor:
            # Of the snapshots of readers; writers ask for something else (see `_begin`).
            cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute(f"SET SESSION innodb_lock_wait_timeout = {max(1, int(self.wait_seconds))}")

    def _begin(self, connection: Connection, *, writes: bool) -> None:
        if writes:
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
            connection.exec_driver_sql("START TRANSACTION READ WRITE")
        else:
            connection.exec_driver_sql("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")

    def _look(self, connection: Connection) -> None:
        found = connection.exec_driver_sql("SHOW COLLATION LIKE 'utf8mb4%%bin'").all()
        known = {row[0] for row in found}
        collation = next((name for name in _COLLATIONS if name in known), None)
        if collation is None:
            raise self._refuse(
                f"服务器没有排序规则 {' 或 '.join(_COLLATIONS)}，无法区分末尾空格",
                "升级到 MariaDB 10.2 或 MySQL 8.0.17 以上",
            )
        self.table_options = options(collation)
        self._packet = int(connection.exec_driver_sql("SELECT @@max_allowed_packet").scalar_one())

    @contextmanager
    def alone(self, connection: Connection) -> Iterator[None]:
        """Nobody else makes tables; here they are not part of the transaction, so it takes a lock by name."""
        name = "SELECT GET_LOCK(LEFT(CONCAT('shequ.', DATABASE()), 64), %s)"
        if connection.exec_driver_sql(name, (self.wait_seconds,)).scalar_one() != 1:
            raise self._refuse("正被另一个程序占用", "待其建完表后再试")
        plain: Any = connection.connection.dbapi_connection
        try:
            yield
            plain.commit()  # before the next one may look
        except BaseException:
            with suppress(self.driver):
                plain.rollback()
            raise
        finally:
            connection.exec_driver_sql("SELECT RELEASE_LOCK(LEFT(CONCAT('shequ.', DATABASE()), 64))")

    def insert(self, connection: Connection, table: Table, rows: Iterable[tuple[Any, ...]]) -> None:
        """Insert rows, unless one is longer than the server takes: it would end the connection without a word."""
        super().insert(connection, table, self._short(connection, table, rows))

    def _short(
        self, connection: Connection, table: Table, rows: Iterable[tuple[Any, ...]]
    ) -> Iterator[tuple[Any, ...]]:
        """The rows, as long as none is too long."""
        limit = self._packet - _OVERHEAD
        for row in rows:
            for value in row:
                # Even if each of its characters took four bytes and a mark before it, most texts are short enough.
                if type(value) is str and len(value) * 5 > limit:
                    plain: Any = connection.connection.dbapi_connection
                    if len(plain.escape(value).encode()) > limit:
                        raise self.driver(_TOO_LONG, f"{table.name}: {len(value)} characters")
            yield row

    def is_duplicate(self, cause: BaseException) -> bool:
        """Whether a key is there already."""
        return _code(cause) == 1062

    def fault(self, cause: BaseException) -> Fault | None:
        """What an error means, by its number."""
        return _FAULTS.get(_code(cause))


def options(collation: str) -> dict[str, str]:
    """How tables are made, for both names under which SQLAlchemy knows the server."""
    made = {"engine": "InnoDB", "charset": "utf8mb4", "collate": collation, "row_format": "DYNAMIC"}
    return {f"{dialect}_{name}": value for dialect in ("mysql", "mariadb") for name, value in made.items()}


def _code(cause: BaseException) -> int:
    return cause.args[0] if cause.args and isinstance(cause.args[0], int) else -1


_BUSY = Fault("正被另一个程序占用", "待其写完后再试", again=True)
_DENIED = Fault("没有所需的权限", "请管理员授予该用户读写和建表的权限")
_FULL = Fault("磁盘已满，未作任何修改", "请管理员腾出空间后再试")
_NO_TABLE = Fault("缺少表，或缺少列", "从备份恢复；重新打开会建空表，verify 会指出缺少的记录")
_DAMAGED = Fault("数据库已损坏", "请管理员从备份恢复")
_READ_ONLY = Fault("数据库只读，无法写入", "连接到主库，或请管理员解除只读", read_only=True)
_DISK = Fault("数据库读写磁盘出错，未作任何修改", "请管理员检查磁盘后再试")

_FAULTS: Mapping[int, Fault] = {
    0: Lost,  # what the driver says of a connection that it has already given up
    3: _DISK,
    1020: _BUSY,  # MariaDB, where snapshots are isolated: the record has changed since it was read
    1021: _FULL,
    1030: _DISK,
    1034: _DAMAGED,
    1035: _DAMAGED,
    1037: Fault("数据库内存不足，未作任何修改", "请管理员检查服务器后再试"),
    1040: OVERLOADED,
    1044: _DENIED,
    1045: AUTHENTICATION,
    1049: MISSING_DATABASE,
    1053: Lost,
    1054: _NO_TABLE,
    1114: _FULL,
    1142: _DENIED,
    1146: _NO_TABLE,
    _TOO_LONG: Fault("一条记录超过服务器的 max_allowed_packet，未作任何修改", "请管理员调大 max_allowed_packet 后再试"),
    1194: _DAMAGED,
    1203: OVERLOADED,
    1205: _BUSY,
    1213: _BUSY,
    1226: OVERLOADED,
    1290: _READ_ONLY,
    1317: Fault("操作被取消，未作任何修改", "稍后再试"),
    1412: _BUSY,  # a table was made or changed since the snapshot was taken
    1698: AUTHENTICATION,
    1792: _READ_ONLY,
    1836: _READ_ONLY,
    1877: _DAMAGED,
    1927: Lost,
    1932: _NO_TABLE,
    2002: UNREACHABLE,
    2003: UNREACHABLE,
    2005: UNREACHABLE,
    2006: Lost,
    2013: Lost,
    2014: Lost,
    2055: Lost,
    4031: Lost,
    4151: AUTHENTICATION,
}
"""Number of an error → what it means."""
