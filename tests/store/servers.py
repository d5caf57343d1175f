"""Real servers for tests: a database of its own for each test, and a wire between that can be cut.

PostgreSQL is asked for at 127.0.0.1:5432 and MariaDB at 127.0.0.1:3306, or where ``SHEQU_TEST_POSTGRES`` and
``SHEQU_TEST_MYSQL`` (URLs of a user who may create databases) say. Where none answers the test is skipped, and fails if
``SHEQU_REQUIRE_SERVERS`` is ``1``.
"""

import itertools
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from sqlalchemy import URL, Engine, create_engine, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

__all__ = ["KINDS", "SLOW_KINDS", "Wire", "administered", "new_database", "run"]

KINDS = ("postgresql", "mariadb")
SLOW_KINDS = tuple(pytest.param(kind, marks=pytest.mark.slow) for kind in KINDS)
_ADDRESS = {
    "postgresql": ("SHEQU_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/test"),
    "mariadb": ("SHEQU_TEST_MYSQL", "mysql+pymysql://root@127.0.0.1:3306/test"),
}
_MAKE = {
    # Databases whose own order is not that of code points, where the server knows how to make such ones.
    "postgresql": (
        "CREATE DATABASE {} ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'zh' TEMPLATE template0",
        "CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0",
    ),
    "mariadb": ("CREATE DATABASE {} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci",),
}
_DROP = {"postgresql": "DROP DATABASE {} WITH (FORCE)", "mariadb": "DROP DATABASE {}"}
_numbers = itertools.count(1)
_missing: dict[str, str] = {}


def administered(kind: str) -> Engine:
    """An engine on the server itself, each statement of which is committed at once; skips where none answers."""
    variable, usual = _ADDRESS[kind]
    url = make_url(os.environ.get(variable, usual))
    if kind not in _missing:
        try:
            engine = create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": 5})
            with engine.connect():
                _missing[kind] = ""
        except (SQLAlchemyError, ModuleNotFoundError) as error:
            _missing[kind] = f"no {kind} server at {url.host}:{url.port} ({variable}): {error}"
    if _missing[kind]:
        refuse = pytest.fail if os.environ.get("SHEQU_REQUIRE_SERVERS") == "1" else pytest.skip
        refuse(_missing[kind])
    return create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")


def run(kind: str, *statements: str) -> None:
    """Run statements on the server itself."""
    with administered(kind).connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


@contextmanager
def new_database(kind: str) -> Iterator[str]:
    """URL of an empty database that is dropped afterwards."""
    engine = administered(kind)
    name = f"shequ_test_{os.getpid()}_{next(_numbers)}"
    with engine.connect() as connection:
        *preferred, last = _MAKE[kind]
        for statement in preferred:
            with suppress(SQLAlchemyError):
                connection.exec_driver_sql(statement.format(name))
                break
        else:
            connection.exec_driver_sql(last.format(name))
    try:
        yield engine.url.set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.exec_driver_sql(_DROP[kind].format(name))


class Wire:
    """Stands between a store and its server, and can be cut; what goes through can be watched.

    Args:
        url: The server's URL.
    """

    def __init__(self, url: str) -> None:
        self._target = make_url(url)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._port = self._listener.getsockname()[1]
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._lock = threading.Lock()
        self.on_sent: Callable[[bytes], str] = lambda _data: "pass"
        """Asked about what the store sends: ``pass``, ``drop`` (cut before the server gets it), ``deafen`` (the server
        gets it, but what it answers does not arrive)."""
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    @property
    def url(self) -> str:
        """The URL to open a store by."""
        through: URL = self._target.set(host="127.0.0.1", port=self._port)
        return through.render_as_string(hide_password=False)

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                inner, _ = listener.accept()
                outer = socket.create_connection((self._target.host or "127.0.0.1", self._target.port or 0))
                pair = (inner, outer)
                with self._lock:
                    self._pairs.append(pair)
                deaf = threading.Event()
                threading.Thread(target=self._up, args=(pair, deaf), daemon=True).start()
                threading.Thread(target=self._down, args=(pair, deaf), daemon=True).start()

    def _up(self, pair: tuple[socket.socket, socket.socket], deaf: threading.Event) -> None:
        inner, outer = pair
        with suppress(OSError):
            while data := inner.recv(65536):
                what = self.on_sent(data)
                if what == "drop":
                    break
                if what == "deafen":
                    deaf.set()
                outer.sendall(data)
        _end(pair)

    def _down(self, pair: tuple[socket.socket, socket.socket], deaf: threading.Event) -> None:
        inner, outer = pair
        with suppress(OSError):
            while data := outer.recv(65536):
                if deaf.is_set():
                    break  # the answer is there, so the server has done what it was asked
                inner.sendall(data)
        _end(pair)

    def cut(self) -> None:
        """Cut every connection, and let no new one come about."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for pair in self._pairs:
                _end(pair)
            self._pairs.clear()

    def mend(self) -> None:
        """Let connections come about again."""
        self._listener = socket.create_server(("127.0.0.1", self._port))
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()


def _end(pair: tuple[socket.socket, socket.socket]) -> None:
    for end in pair:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
