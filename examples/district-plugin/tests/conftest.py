"""A small street with three charging piles; every test runs with the installed plugin."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

import pytest
from yunxi_charging.commits import check_digit
from yunxi_charging.piles import ChargingPile, PileState

import shequ
from shequ.effective import SHANGHAI
from shequ.model import Community, CommunityStatus, Coverage, Record, ReportedFigure, SubDistrict

STREET, EAST, WEST = "999900001000", "999900001001", "999900001002"
NOW = datetime(2026, 1, 5, 9, 0, tzinfo=SHANGHAI)


def serial(number: int) -> str:
    """The number on a plate."""
    return f"YX-{number:04d}-{check_digit(f'{number:04d}')}"


def pile(number: int, community: str, **facts: object) -> ChargingPile:
    """A pile of ten sockets that has been in use since 2024."""
    given = {"sockets": 10, "since": date(2024, 5, 1), "state": PileState.IN_USE, "location": "东门", **facts}
    return ChargingPile(id=f"p{number}", serial=serial(number), community=community, **given)


def street() -> list[Record]:
    """Two communities with what they filed and what they have."""
    return [
        SubDistrict(id=STREET, code=STREET, name="云溪街道"),
        Community(
            id=EAST,
            code=EAST,
            name="东社区",
            sub_district=STREET,
            status=CommunityStatus.OPERATING,
            since=date(2010, 1, 1),
        ),
        Community(
            id=WEST,
            code=WEST,
            name="西社区",
            sub_district=STREET,
            status=CommunityStatus.OPERATING,
            since=date(2010, 1, 1),
        ),
        *(
            ReportedFigure(
                id=f"f{code}",
                metric="population.households",
                division=code,
                at=date(2025, 12, 31),
                value=Decimal(value),
            )
            for code, value in ((EAST, 500), (WEST, 500))
        ),
        Coverage(id="c1", type="charging_pile", division=STREET, since=date(2024, 1, 1)),
        pile(1, EAST),
        pile(2, EAST, sockets=20),
        pile(3, WEST),
    ]


@pytest.fixture
def register() -> Iterator[shequ.Register]:
    """The street in memory."""
    with shequ.open("memory:", STREET, actor="clerk-07", clock=lambda: NOW) as opened:
        opened.put(*street(), reason="台账")
        yield opened
