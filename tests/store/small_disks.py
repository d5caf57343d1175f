"""Databases of real servers on a disk of their own that is small enough to be filled.

The disk is a tmpfs that is mounted for the test, so it takes root, a server on this machine, and the permission to
mount; where one of them is missing the test is skipped and says which.
"""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from servers import administered, run
from sqlalchemy import URL, create_engine
from sqlalchemy.pool import NullPool

__all__ = ["Disk", "database_on_small_disk"]

_SIZE_MIB = 48
_SERVER_USER = {"postgresql": "postgres", "mariadb": "mysql"}


class Disk:
    """A small disk.

    Args:
        path: Where it is mounted.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._filler = path / "filler"

    def fill(self) -> None:
        """Leave no room at all."""
        with suppress(OSError), self._filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(1 << 12))

    def free(self) -> None:
        """Make room again."""
        self._filler.unlink(missing_ok=True)


@contextmanager
def database_on_small_disk(kind: str) -> Iterator[tuple[str, Disk]]:
    """URL of an empty database that lies on a small disk, and the disk."""
    name = f"shequ_disk_{os.getpid()}"
    with _postgresql(name) if kind == "postgresql" else _mariadb(name) as (url, disk):
        yield url.render_as_string(hide_password=False), disk


@contextmanager
def _postgresql(name: str) -> Iterator[tuple[URL, Disk]]:
    """The database has a tablespace of its own."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = Path(folder) / "disk"
        path.mkdir()
        with _mounted(path, "postgresql") as disk:
            space = path / "space"
            space.mkdir()
            shutil.chown(space, _SERVER_USER["postgresql"], _SERVER_USER["postgresql"])
            run("postgresql", f"CREATE TABLESPACE {name} LOCATION '{space}'")
            try:
                run("postgresql", f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0 TABLESPACE {name}")
                _lies_there(space)
                yield administered("postgresql").url.set(database=name), disk
            finally:
                disk.free()
                run("postgresql", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"DROP TABLESPACE {name}")


@contextmanager
def _mariadb(name: str) -> Iterator[tuple[URL, Disk]]:
    """The disk is mounted where a server of its own keeps the database: one may go down when its disk is full."""
    with tempfile.TemporaryDirectory() as folder, _own_server(Path(folder)) as url:
        engine = create_engine(url, poolclass=NullPool)
        with engine.begin() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
            with _mounted(Path(folder) / "data" / name, "mariadb") as disk:
                connection.exec_driver_sql(f"CREATE TABLE {name}.probe (a INT)")
                _lies_there(disk.path)
                yield url.set(database=name), disk


@contextmanager
def _own_server(folder: Path) -> Iterator[URL]:
    install, server = shutil.which("mariadb-install-db"), shutil.which("mariadbd")
    if install is None or server is None:
        refuse = pytest.fail if os.environ.get("SHEQU_REQUIRE_SERVERS") == "1" else pytest.skip
        refuse("mariadbd is not installed here, so it cannot be given a disk of its own")
    folder.chmod(0o755)
    data = folder / "data"
    data.mkdir()
    shutil.chown(data, _SERVER_USER["mariadb"], _SERVER_USER["mariadb"])
    usual = ["--no-defaults", f"--datadir={data}", f"--user={_SERVER_USER['mariadb']}", "--innodb-log-file-size=16M"]
    made = subprocess.run(
        [install, *usual, "--auth-root-authentication-method=normal", "--skip-test-db"], capture_output=True, text=True
    )
    if made.returncode:
        pytest.skip(f"no MariaDB of its own can be made here: {made.stdout}{made.stderr}")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    where = [f"--port={port}", "--bind-address=127.0.0.1", f"--socket={data}/own.sock", "--pid-file=own.pid"]
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen([server, *usual, *where], stdout=log, stderr=log)
    try:
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            with suppress(subprocess.TimeoutExpired):
                running.wait(0.2)
                pytest.fail((folder / "log").read_text(errors="replace"))
        yield URL.create("mysql+pymysql", "root", host="127.0.0.1", port=port, database="mysql")
    finally:
        running.kill()
        running.wait()


@contextmanager
def _mounted(path: Path, kind: str) -> Iterator[Disk]:
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if mount is None or umount is None:
        pytest.skip("there is no mount here, so no small disk can be filled")
    options = ["-o", f"size={_SIZE_MIB}m,mode=0755"]
    done = subprocess.run([mount, "-t", "tmpfs", *options, "tmpfs", path], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no small disk can be mounted here, so none can be filled: {done.stderr.strip()}")
    try:
        shutil.chown(path, _SERVER_USER[kind], _SERVER_USER[kind])
        yield Disk(path)
    finally:
        subprocess.run([umount, "--lazy", path], check=True)


def _lies_there(path: Path) -> None:
    if not any(path.iterdir()):
        pytest.skip(f"the server does not see what is mounted at {path}, so no disk of its can be filled")
