"""The SQL store, as a plugin; SQLAlchemy is imported when a store is opened, not before."""

from collections.abc import Mapping

from shequ.errors import MissingExtra
from shequ.hookspecs import hookimpl
from shequ.model import Schema
from shequ.store.contract import Store, StoreFactory

__all__ = ["SCHEMES", "open_sql", "shequ_stores"]

SCHEMES = (
    "sqlite",
    "postgresql",
    "postgresql+psycopg",
    "mysql",
    "mysql+pymysql",
    "mariadb+pymysql",
)
"""Schemes of the URLs that are served."""


def open_sql(url: str, schema: Schema) -> Store:
    """Open the SQL store behind a URL.

    Raises:
        MissingExtra: If SQLAlchemy or the database's driver is not installed.
        Misuse: If the URL is not of a form that is served.
        BackendError: If the database cannot be opened.
    """
    try:
        from shequ.store.sql.store import SqlStore
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "sqlalchemy":
            raise
        raise MissingExtra("SQL 存储", "sql") from error
    return SqlStore(url, schema)


@hookimpl
def shequ_stores() -> Mapping[str, StoreFactory]:
    """The schemes of SQLite, PostgreSQL and MariaDB/MySQL."""
    return dict.fromkeys(SCHEMES, open_sql)
