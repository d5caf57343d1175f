"""What the servers have in common, against a file: a host, a login, connections that break."""

import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add
from typing import Any, ClassVar

from sqlalchemy import URL, ColumnElement, Connection, Engine, create_engine, event, func
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from shequ.errors import BackendError, MissingExtra, Misuse
from shequ.store.sql.database import WRITES, Database, Fault, masked

__all__ = ["AUTHENTICATION", "MISSING_DATABASE", "OVERLOADED", "UNREACHABLE", "Server", "matching"]

AUTHENTICATION = Fault("用户名或密码不对，或该用户无权登录", "核对地址中的用户名和密码，或请管理员授权")
MISSING_DATABASE = Fault("没有这个数据库", "核对地址中的库名；如尚未建库，请管理员建立")
UNREACHABLE = Fault("连不上数据库服务器", "核对主机和端口，并确认服务器已启动、网络畅通", again=True)
OVERLOADED = Fault("数据库的连接数已满", "稍后再试，或请管理员提高连接数上限", again=True)


class Server(Database):
    """A database behind a host and a login."""

    wait_seconds: ClassVar[float] = 10
    pauses: ClassVar[tuple[float, ...]] = (0.05, 0.1, 0.2, 0.4)
    name: ClassVar[str]
    """What people call it."""
    extra: ClassVar[str]
    """The extra of shequ that brings its driver."""
    example: ClassVar[str]
    """A URL, as it should be written."""
    module: ClassVar[str]
    """The driver, by the name under which it is imported."""
    schemes: ClassVar[Mapping[str, str]]
    """Schemes of URLs, and what SQLAlchemy calls them."""

    def _place(self, url: URL) -> str:
        if url.drivername not in self.schemes or not url.database:
            raise Misuse(
                f"存储地址 {masked(url.render_as_string())!r} 不合格式，或没有库名", remedy=f"写成 {self.example}"
            )
        who = f"{url.username}@" if url.username else ""
        port = f":{url.port}" if url.port else ""
        return f"{url.get_backend_name()}://{who}{url.host or ''}{port}/{url.database}"

    def _engine(self, url: URL) -> Engine:
        try:
            # The limit is open, because readers may be nested at will and each holds a connection. A connection that
            # has lain idle is tried before it is used: the server may have been restarted.
            engine = create_engine(
                url.set(drivername=self.schemes[url.drivername]),
                poolclass=QueuePool,
                max_overflow=-1,
                pool_pre_ping=True,
                connect_args=self._arguments(url),
            )
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] != self.module:
                raise
            raise MissingExtra(f"{self.name} 存储", self.extra) from error
        except SQLAlchemyError as error:
            raise Misuse(f"存储地址 {self.place} 的参数不合格式", remedy=f"写成 {self.example}") from error
        self.driver = engine.dialect.loaded_dbapi.Error

        @event.listens_for(engine, "connect")
        def configure(connection: Any, _record: Any) -> None:
            self._configure(connection)

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            self._begin(connection, writes=connection.get_execution_options().get(WRITES, False))

        return engine

    def _arguments(self, url: URL) -> dict[str, Any]:
        """What the driver is given besides the URL."""
        return {} if "connect_timeout" in url.query else {"connect_timeout": 10}

    @abstractmethod
    def _configure(self, connection: Any) -> None:
        """Set up a new connection of the driver."""

    @abstractmethod
    def _begin(self, connection: Connection, *, writes: bool) -> None:
        """Begin a transaction."""

    def carried(self, bits: Sequence[ColumnElement[Any] | None]) -> list[ColumnElement[Any]]:
        """One column with all the bits of a row."""
        return [reduce(add, [bit for bit in bits if bit is not None])]

    def union(self, columns: Sequence[ColumnElement[Any]]) -> ColumnElement[Any]:
        """Aggregate of the bits that any row has: servers have one for it."""
        (column,) = columns
        return func.bit_or(column)

    def prepare(self) -> None:
        """Ask the server what its tables need; see :meth:`shequ.store.sql.database.Database.prepare`."""
        try:
            with self.reading() as connection:
                self.call(lambda: self._look(connection))
        except TypeError as error:  # a driver's word for a parameter that it does not know
            raise Misuse(f"存储地址 {self.place} 的参数不合格式（{error}）", remedy=f"写成 {self.example}") from error

    @abstractmethod
    def _look(self, connection: Connection) -> None:
        """Look whether the server can be used."""

    def _refuse(self, what: str, remedy: str) -> BackendError:
        return BackendError(f"{self.place}：{what}", remedy=remedy)


def matching(text: str, patterns: Mapping[str, Fault]) -> Fault | None:
    """The fault of the first pattern that is found in a text."""
    return next((fault for pattern, fault in patterns.items() if re.search(pattern, text, re.IGNORECASE)), None)
