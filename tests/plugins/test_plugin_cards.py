"""Cards and formats of cards that plugins add."""

from datetime import datetime
from typing import Any

import pytest

import shequ
from shequ import PluginHost, hookimpl
from shequ.effective import SHANGHAI
from shequ.errors import PluginFailure
from shequ.model import Community, CommunityStatus, SubDistrict, Zone
from shequ.reports.cards import CardKind, CardSheets, Dealt, Face, Layout, Line


def plates(context: Any) -> Any:
    for zone in context.records("zone"):
        yield Dealt(zone.id, (Face(54, "片区牌", beside=(Line("片区", zone.name),)),))


class Plates:
    """A plugin with a card and a format of its own."""

    @hookimpl
    def shequ_cards(self) -> dict[str, CardKind]:
        return {"plate": CardKind("片区牌", Layout(90, 54, 2, 5), "zone", plates)}

    @hookimpl
    def shequ_card_writers(self) -> dict[str, Any]:
        def numbers(sheets: CardSheets) -> str:
            return " ".join(card.number for card in sheets.cards)

        def broken(sheets: CardSheets) -> str:
            raise ZeroDivisionError

        return {"txt": numbers, "broken": broken}


@pytest.fixture
def register() -> shequ.Register:
    host = PluginHost({"plates": Plates()}, discover=False)
    now = datetime(2026, 1, 5, 9, tzinfo=SHANGHAI)
    opened = shequ.open("memory:", "S", host=host, clock=lambda: now)
    opened.put(
        SubDistrict(id="S", code="330203001000", name="演示街道"),
        Community(id="C", code="330203001001", name="甲社区", sub_district="S", status=CommunityStatus.OPERATING),
        Zone(id="z1", community="C", name="第一片区"),
        reason="test",
    )
    return opened


def test_a_plugins_card_comes_out_in_every_format(register: shequ.Register) -> None:
    made = register.cards("片区牌", period="2025")
    assert "第一片区" in str(made.render("html"))
    assert str(made.render("docx")).startswith("b'PK")


def test_a_plugins_format_prints_every_card(register: shequ.Register) -> None:
    assert "z1" == register.cards("plate", period="2025").render("txt")
    assert "" == register.cards("contact", period="2025H1").render("txt")


def test_a_format_that_fails_is_reported_with_its_plugin(register: shequ.Register) -> None:
    with pytest.raises(PluginFailure, match="plates"):
        register.cards("plate", period="2025").render("broken")
