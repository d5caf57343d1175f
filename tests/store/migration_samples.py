"""Declarations of two record types over time, and a store of version 1 as the library wrote it then."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from servers import new_database
from sqlalchemy import create_engine

from shequ.effective import SHANGHAI
from shequ.model import Migration, Record, Schema
from shequ.model.record import count, day, flag, measure, moment, record, ref, text, texts

KINDS = ("sqlite", "postgresql", "mariadb")
_FROZEN = Path(__file__).parent / "data"


@record("spot", label="点位")
class Spot(Record):
    """A place to sit, as first declared."""

    name: str = text("名称")
    remark: str | None = text("备注", default=None)
    tags: tuple[str, ...] = texts("标签")
    beside: str | None = ref("紧邻", to="spot", default=None)
    seats: int = count("座位数", unit="个", default=0)
    area: Decimal | None = measure("面积", unit="㎡", scale=2, default=None)
    roofed: bool = flag("有顶", default=False)
    opened: date | None = day("启用日期", default=None)
    checked: datetime | None = moment("检查时间", default=None)


@record("visit", label="走访")
class Visit(Record):
    """A visit to it, as first declared."""

    spot: str = ref("点位", to="spot")
    on: date = day("日期")
    words: str = text("内容")


FIRST = Schema((Spot, Visit))
"""What the frozen store was written by."""


@record("spot", label="点位")
class NewSpot(Record):
    """The same two declarations later: parts of the name apart, seats called places, area in whole ㎡."""

    name: str = text("名称")
    suffix: str | None = text("后缀", default=None)
    tags: tuple[str, ...] = texts("标签")
    beside: str | None = ref("紧邻", to="spot", default=None)
    places: int = count("座位数", unit="个", default=0)
    area: int | None = count("面积", unit="㎡", default=None)
    roofed: bool = flag("有顶", default=False)
    opened: date | None = day("启用日期", default=None)
    checked: datetime | None = moment("检查时间", default=None)
    keeper: str = text("管护人")
    lit: bool = flag("有灯", default=True)
    signs: tuple[str, ...] = texts("标牌")
    grade: str = text("等级", default="'一般' 100%")


@record("call", label="走访")
class Call(Record):
    """What was a visit; its day may now be in doubt, so it is a text."""

    spot: str = ref("点位", to="spot")
    on: str = text("日期")
    words: str = text("内容")
    next_spot: str | None = ref("下一点位", to="spot", default=None)


def split_name(values: dict[str, Any]) -> dict[str, Any]:
    """The part of the name behind the blank has a field of its own; the area has no decimals."""
    name, _, suffix = values["name"].partition(" ")
    area = values.get("area")
    return {
        **values,
        "name": name,
        **({"suffix": suffix} if suffix else {}),
        **({} if area is None else {"area": int(Decimal(area))}),
    }


STEPS = (
    Migration("spot", 2, renamed={"seats": "places"}),
    Migration("spot", 3, filled={"keeper": "社区"}, rewrite=split_name),
    Migration("call", 2, was="visit", rewrite=lambda values: {**values, "on": values["on"].replace("-", ".")}),
)
LATER = Schema((NewSpot, Call), STEPS)
AT = datetime(2026, 1, 5, 9, 30, 15, 123456, tzinfo=SHANGHAI)
"""When the frozen store's first commit was made."""

S1 = Spot(
    id="s1", name="东亭 新", remark="𠮷野家旁", tags=("凉", "静"), seats=9, area=Decimal("12.50"), roofed=True,
    opened=date(2019, 5, 1), checked=datetime(2025, 12, 31, 8, 0, 0, 1, tzinfo=SHANGHAI),
)  # fmt: skip
S2 = Spot(id="s2", name="西廊 长", beside="s1")
V2 = Visit(id="v2", spot="s2", on=date(2025, 3, 5), words="漏雨")
NEW_S1 = NewSpot(
    id="s1", name="东亭", suffix="新", tags=("凉", "静"), places=9, area=12, roofed=True, keeper="社区",
    opened=date(2019, 5, 1), checked=datetime(2025, 12, 31, 8, 0, 0, 1, tzinfo=SHANGHAI),
)  # fmt: skip
NEW_S2 = NewSpot(id="s2", name="西廊", suffix="长", beside="s1", keeper="社区")
NEW_V2 = Call(id="v2", spot="s2", on="2025.03.05", words="漏雨")


@contextmanager
def empty_database(kind: str, folder: Path) -> Iterator[str]:
    """URL of a database with nothing in it."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/street.db"
    else:
        with new_database(kind) as url:
            yield url


@contextmanager
def frozen(kind: str, folder: Path) -> Iterator[str]:
    """URL of a database as version 1 of the store wrote it."""
    with empty_database(kind, folder) as url:
        engine = create_engine(url)
        with engine.begin() as connection:
            for statement in (_FROZEN / f"version_1.{kind}.sql").read_text(encoding="utf-8").split(";\n"):
                if statement.strip():
                    connection.exec_driver_sql(statement)
        engine.dispose()
        yield url


def dump(url: str) -> dict[str, Any]:
    """Every table of a database: its columns, indexes and rows."""
    from sqlalchemy import MetaData, select

    engine = create_engine(url)
    metadata = MetaData()
    with engine.connect() as connection:
        metadata.reflect(connection)
        found = {
            name: (
                [(column.name, str(column.type), column.nullable) for column in table.columns],
                sorted(str(index.name) for index in table.indexes),
                sorted((tuple(row) for row in connection.execute(select(table))), key=repr),
            )
            for name, table in metadata.tables.items()
        }
    engine.dispose()
    return found
