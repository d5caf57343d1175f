"""The renderer of web pages: one file without anything from elsewhere, as the built-in plugin that offers it."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from shequ.errors import MissingExtra
from shequ.hookspecs import hookimpl
from shequ.reports.context import Renderer
from shequ.reports.document import Bullets, Document, Figure, FindingList, Note, Paragraph, Run, Table
from shequ.reports.lineage import sources

if TYPE_CHECKING:
    from jinja2 import Template

__all__ = ["render_html"]

_KINDS = {Note: "note", Paragraph: "paragraph", Bullets: "bullets", Table: "table", FindingList: "findings"}


@cache
def _page() -> "Template":
    try:
        from jinja2 import Environment, StrictUndefined
    except ImportError as error:
        raise MissingExtra("网页报告", "html") from error
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(
        files("shequ.reports").joinpath("templates", "report.html.j2").read_text(encoding="utf-8")
    )


def render_html(document: Document) -> str:
    """A report as one HTML page; each figure leads to its entry in the appendix on sources, and back.

    Raises:
        MissingExtra: If jinja2 is not installed.
    """
    numbers = {found: number for number, found in enumerate(document.measurements(), start=1)}
    anchored: set[int] = set()

    def anchor(figure: Figure) -> str:
        """The id of a measurement's first place in the text; ``""`` for the later ones."""
        number = numbers[figure.measurement]
        if number in anchored:
            return ""
        anchored.add(number)
        return f"u{number}"

    def is_figure(run: Run) -> bool:
        return isinstance(run, Figure)

    return _page().render(
        document=document,
        sources=sources(document),
        kind=lambda block: _KINDS[type(block)],
        number=lambda figure: numbers[figure.measurement],
        anchor=anchor,
        used=lambda number: number in anchored,
        is_figure=is_figure,
    )


@hookimpl
def shequ_renderers() -> Mapping[str, Renderer]:
    """The format ``html``."""
    return {"html": render_html}
