"""The renderer of web pages: one file without anything from elsewhere, as the built-in plugin that offers it.

The page forbids itself, by its content security policy, to load anything: its one style and its one script are named
by their hashes, pictures stand in it as SVG.
"""

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from itertools import count
from typing import TYPE_CHECKING, BinaryIO

from shequ.errors import MissingExtra
from shequ.hookspecs import hookimpl
from shequ.reports.context import Renderer
from shequ.reports.document import Bullets, Chart, Document, Figure, FindingList, Note, Paragraph, Run, Table
from shequ.reports.lineage import sources
from shequ.reports.pictures import inline_svg

if TYPE_CHECKING:
    from jinja2 import Template
    from markupsafe import Markup

__all__ = ["render_html", "write_html"]

_KINDS = {
    Note: "note",
    Paragraph: "paragraph",
    Bullets: "bullets",
    Table: "table",
    Chart: "chart",
    FindingList: "findings",
}


def _content(name: str) -> str:
    return files("shequ.reports").joinpath("templates", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """A text as a content security policy names it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@cache
def _page() -> "Template":
    try:
        from jinja2 import Environment, StrictUndefined
    except ImportError as error:
        raise MissingExtra("网页报告", "html") from error
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(_content("report.html.j2"))


def render_html(document: Document) -> str:
    """A report as one HTML page; each figure opens its lineage, which stands in the appendix on sources.

    Raises:
        MissingExtra: If jinja2, altair or vl-convert is not installed.
    """
    page = _page()
    from markupsafe import Markup  # comes with jinja2

    numbers = {found: number for number, found in enumerate(document.measurements(), start=1)}
    anchored: set[int] = set()
    pictures = count(1)

    def anchor(figure: Figure) -> str:
        """The id of a measurement's first place in the text; ``""`` for the later ones."""
        number = numbers[figure.measurement]
        if number in anchored:
            return ""
        anchored.add(number)
        return f"u{number}"

    def is_figure(run: Run) -> bool:
        return isinstance(run, Figure)

    def picture(chart: Chart) -> "Markup":
        return Markup(inline_svg(chart, f"c{next(pictures)}"))  # noqa: S704 - vl-convert escapes the texts in it

    def covered(table: Table, column: int) -> bool:
        """Whether a column stands under a heading over several."""
        return [heading for heading, width in table.spans for _ in range(width)][column] != ""

    # A line's end within the element belongs to what the policy's hash is taken of.
    style, script = f"\n{_content('report.css')}", _content("report.js")
    return page.render(
        document=document,
        sources=sources(document),
        kind=lambda block: _KINDS[type(block)],
        number=lambda figure: numbers[figure.measurement],
        anchor=anchor,
        used=lambda number: number in anchored,
        is_figure=is_figure,
        picture=picture,
        covered=covered,
        style=Markup(style),  # noqa: S704 - our own file
        style_hash=_hash(style),
        script=Markup(script),  # noqa: S704 - our own file
        script_hash=_hash(script),
    )


def write_html(document: Document, stream: BinaryIO) -> None:
    """Write a report as one HTML page."""
    stream.write(render_html(document).encode())


@hookimpl
def shequ_renderers() -> Mapping[str, Renderer]:
    """The format ``html``."""
    return {"html": write_html}
