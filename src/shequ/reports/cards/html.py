"""Cards as a page to print: one file without anything from elsewhere, as the built-in plugin that offers it."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from shequ.errors import MissingExtra
from shequ.hookspecs import hookimpl
from shequ.reports.cards.codes import svg_code
from shequ.reports.cards.dealing import CardSheets, CardWriter
from shequ.reports.cards.layout import type_size

if TYPE_CHECKING:
    from jinja2 import Template

__all__ = ["write_html"]


@cache
def _page() -> "Template":
    try:
        from jinja2 import Environment, StrictUndefined
    except ImportError as error:
        raise MissingExtra("网页卡片", "html") from error
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(
        files("shequ.reports").joinpath("templates", "cards.html.j2").read_text(encoding="utf-8")
    )


def write_html(sheets: CardSheets) -> str:
    """The sheets as one HTML page of A4 pages with cut marks.

    Raises:
        MissingExtra: If jinja2 or segno is not installed.
    """
    layout = sheets.kind.layout
    across, down = layout.cuts(sheets.cards[0].faces) if sheets.cards else ((), ())
    return _page().render(
        sheets=sheets,
        layout=layout,
        across=across,
        down=down,
        code=cache(svg_code),  # a card may have several faces
        size=type_size,
        kind=lambda part: type(part).__name__,
    )


@hookimpl
def shequ_card_writers() -> Mapping[str, CardWriter]:
    """The format ``html``."""
    return {"html": write_html}
