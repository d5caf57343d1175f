"""Options that several commands share, the opening of the register, and the writing of documents."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from shequ.calendars import parse_date, parse_moment
from shequ.cli import display
from shequ.errors import BadData, DistrictRequired, ShequError
from shequ.metrics import BREAKDOWNS
from shequ.model import Role, Viewer
from shequ.register import Register, open  # noqa: A004 - shequ.open under its own name

__all__ = [
    "AS_JSON", "AT", "BY", "DISTRICT", "KNOWN_AT", "OPENING", "PERIOD", "RULES", "STORE", "VIEWING",
    "Day", "Moment", "as_viewer", "one_of", "open_register", "options", "write_json",
]  # fmt: skip


class Day(click.ParamType):  # type: ignore[type-arg] # generic in newer versions of click only
    """A date as an option's value."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read ``2025-12-31``."""
        if isinstance(value, date):
            return value
        try:
            return parse_date(value)
        except ShequError as error:
            self.fail(str(error), param, ctx)


class Moment(click.ParamType):  # type: ignore[type-arg] # the same
    """A point in time as an option's value; a day means its end."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read ``2026-01-05`` or ``2026-01-05T10:30``."""
        if isinstance(value, datetime):
            return value
        try:
            return parse_moment(value)
        except ShequError as error:
            self.fail(str(error), param, ctx)


def options(*given: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Several options as one decorator, in this order."""

    def decorate(function: Any) -> Any:
        for option in reversed(given):
            function = option(function)
        return function

    return decorate


STORE = click.option("--store", required=True, envvar="SHEQU_STORE", help="存储地址，如 sqlite:///street.db")
DISTRICT = click.option("--district", help="街道编号；库中只有一个街道时可省略")
RULES = click.option(
    "--rules", multiple=True, type=click.Path(path_type=Path), help="本地规则集（TOML），可多次给出，后者优先"
)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="在标准输出写一份 JSON")
PERIOD = click.option("--period", help="时期：2025、2025H1、2025Q3、2025-06、2023/2025")
AT = click.option("--at", type=Day(), help="日期：2025-12-31")
KNOWN_AT = click.option("--known-at", type=Moment(), help="按当时所知：2026-01-05（指当日终了）或 2026-01-05T10:30")
BY = click.option(
    "--by",
    type=click.Choice(["community", *BREAKDOWNS]),
    help="分列：community 社区" + "".join(f"、{by} {label}" for by, label in BREAKDOWNS.items()),
)
OPENING = options(STORE, DISTRICT, RULES)
VIEWING = options(
    click.option(
        "--role",
        "roles",
        multiple=True,
        help="查阅人角色：reader 查阅人员（默认，打码）、clerk 社区工作者、custodian 个人信息管理员",
    ),
    click.option("--scope", multiple=True, help="查阅范围：只看这些社区的记录；默认整个街道"),
    click.option("--purpose", default="", help="查阅目的；查阅敏感信息时必填，留存备查"),
)


def as_viewer(actor: str, roles: tuple[str, ...], scope: tuple[str, ...], purpose: str) -> Viewer:
    """Who looks, by the options of :data:`VIEWING`: on the command line nobody sees what no role lets them see."""
    return Viewer.of(actor, roles or (str(Role.READER),), scope, purpose)


@contextmanager
def open_register(
    store: str, district: str | None, rules: tuple[Path, ...] = (), *, new: bool = False
) -> Iterator[Register]:
    """The register; afterwards whatever plugin failed is named, since its metrics and rules were not counted.

    Args:
        store: URL of the store.
        district: The district, if it was given.
        rules: Further rule files.
        new: Whether the store may be made; otherwise a file that is not there is an error. One that was made and into
            which nothing came is taken away again.
    """
    path = store.removeprefix("sqlite:///")
    if not new and path != store and not Path(path).exists():
        raise BadData(f"找不到数据库 {path}", remedy="核对 --store，或先用 shequ load 装载")
    with open(store, district, rules=rules) as register:
        if not new and district is not None and district not in register.store.districts():
            raise DistrictRequired(register.store.districts())
        try:
            yield register
        finally:
            if new:
                register.discard()
            for plugin in register.host.plugins:
                if plugin in register.host.failed:
                    display.message(
                        f"警告：插件 {plugin.origin} 未启用：{plugin.last_words}；其指标和规则未计入，详见 shequ plugins"
                    )
                elif plugin.error:
                    display.message(f"警告：插件 {plugin.origin} 未能处理已提交的数据：{plugin.last_words}")


def write_json(document: dict[str, Any]) -> None:
    """Write one document on standard output."""
    text = json.dumps(document, ensure_ascii=False, indent=1)
    click.echo(text.encode("utf-8", errors="backslashreplace"))  # UTF-8 whatever the terminal speaks


def one_of(period: str | None, at: date | None) -> None:
    """See that exactly one of the two options was given."""
    if (period is None) == (at is None):
        raise click.UsageError("--period 与 --at 应给且只给一个")
