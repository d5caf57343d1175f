"""What the plugin adds, asked of a register as its users ask."""

from collections.abc import Iterator
from datetime import date

import pytest

import shequ
from shequ.model import Coverage, ServiceOutlet


@pytest.fixture
def register() -> Iterator[shequ.Register]:
    """A place with one market and one repair shop."""
    with shequ.open("memory:", "LOCAL-1", actor="test") as opened:
        opened.put(
            Coverage(id="c1", type="service_outlet", division="LOCAL-1"),
            ServiceOutlet(id="o1", division="LOCAL-1", name="早市", kind="market", since=date(2024, 1, 1)),
            ServiceOutlet(id="o2", division="LOCAL-1", name="修理铺", kind="repair", since=date(2024, 1, 1)),
            reason="test",
        )
        yield opened


def test_it_is_installed_and_works(register: shequ.Register) -> None:
    (found,) = [plugin for plugin in register.host.plugins if plugin.name == "street-plugin"]
    assert ("active", "") == (found.state, found.error)


def test_markets_are_counted(register: shequ.Register) -> None:
    assert 1 == register.measure("outlets.markets", at="2025-06-30").value


def test_a_place_without_a_market_is_found(register: shequ.Register) -> None:
    def found() -> list[str]:
        return [one.remedy for one in register.check(at="2025-06-30") if one.rule == "outlets.markets"]

    assert [] == found()
    register.erase([("service_outlet", "o1")], reason="test")
    assert ["再设 1 处菜市场"] == found()
