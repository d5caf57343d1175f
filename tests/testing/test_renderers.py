"""The library's renderers pass the suite for renderers; broken ones are caught by the clause that they break."""

import inspect
import re
import time
from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import attrs
import pytest

from shequ.errors import MissingExtra
from shequ.plugins import PluginHost
from shequ.reports import Bullets, Document, FindingList, Note, Paragraph, Renderer, Table
from shequ.reports.html import render_html
from shequ.reports.json import render_json
from shequ.reports.markdown import render_markdown
from shequ.testing import RendererConformance, renderers
from shequ.testing.renderers import specimen_document

RENDERERS = PluginHost(discover=False).by_name("shequ_renderers")


@pytest.mark.parametrize("suffix", sorted(RENDERERS))
@pytest.mark.slow
class TestBuiltIn(RendererConformance):
    """Every format that the library writes, whichever plugin of it offers the format."""

    @pytest.fixture(autouse=True)
    def _format(self, suffix: str) -> None:
        self.suffix, self.prose = suffix, suffix != "xlsx"  # a workbook holds figures and tables
        try:
            self.make_renderer()(specimen_document(), BytesIO())
        except MissingExtra as error:
            pytest.skip(str(error))

    def make_renderer(self) -> Renderer:
        """The format's own."""
        _, renderer = RENDERERS[self.suffix]
        found: Renderer = renderer
        return found


def cuts_tables_short(document: Document) -> str:
    """Three rows are enough, it thinks."""
    return render_markdown(
        attrs.evolve(
            document,
            sections=tuple(
                attrs.evolve(
                    section,
                    blocks=tuple(
                        attrs.evolve(block, rows=block.rows[:3]) if isinstance(block, Table) else block
                        for block in section.blocks
                    ),
                )
                for section in document.sections
            ),
        )
    )


def prints_nothing_as_zero(document: Document) -> str:
    return render_markdown(document).replace("暂无数据", "0")


def leaves_notes_out(document: Document) -> str:
    return _without(document, Note)


def leaves_findings_out(document: Document) -> str:
    return _without(document, FindingList)


def leaves_lists_out(document: Document) -> str:
    return _without(document, Bullets)


def leaves_paragraphs_out(document: Document) -> str:
    return _without(document, Paragraph)


def _without(document: Document, kind: type) -> str:
    kept = tuple(
        attrs.evolve(section, blocks=tuple(block for block in section.blocks if not isinstance(block, kind)))
        for section in document.sections
    )
    return render_markdown(attrs.evolve(document, sections=kept))


def tells_the_time(document: Document) -> str:
    return render_markdown(document) + f"打印于 {time.time()}\n"


def dates_by_the_clock(document: Document) -> str:
    return render_markdown(document) + f"{date.today():%Y-%m-%d}\n"  # noqa: DTZ011 - what is wrong with it


def goes_on_after_a_failure(document: Document) -> str:
    try:
        return render_markdown(document)
    except Exception:  # noqa: BLE001 - what is wrong with it
        return "（略）"


def takes_names_for_markup(document: Document) -> str:
    return re.sub(r"&lt;(/?script)&gt;", r"<\1>", render_html(document))


def loses_stars_of_names(document: Document) -> str:
    return re.sub(r"\*", "", render_markdown(document))


def turns_sections_round(document: Document) -> str:
    text = render_markdown(document)
    head, *parts = re.split(r"(?m)^(?=#+ )", text)
    return head + "".join(reversed(parts))


def returns_instead(document: Document, _stream: BinaryIO) -> str:
    return render_markdown(document)


def closes_the_stream(document: Document, stream: BinaryIO) -> None:
    with stream:
        stream.write(render_markdown(document).encode())


def goes_back(document: Document, stream: BinaryIO) -> None:
    stream.write(b"?" + render_markdown(document).encode())
    stream.seek(0)
    stream.write(b"#")


def forgets_how_many_more(document: Document) -> str:
    return render_markdown(document).replace("86", "若干")


BROKEN: dict[Callable[..., str | None], tuple[str, str]] = {
    returns_instead: ("1", "md"),
    closes_the_stream: ("1", "md"),
    goes_back: ("1", "md"),
    goes_on_after_a_failure: ("2", "md"),
    cuts_tables_short: ("3", "md"),
    leaves_notes_out: ("3", "md"),
    leaves_lists_out: ("3", "md"),
    leaves_paragraphs_out: ("3", "md"),
    prints_nothing_as_zero: ("4", "md"),
    leaves_findings_out: ("5", "md"),
    turns_sections_round: ("5", "md"),
    forgets_how_many_more: ("5", "md"),
    tells_the_time: ("6", "md"),
    dates_by_the_clock: ("6", "md"),
    takes_names_for_markup: ("7", "html"),
    loses_stars_of_names: ("7", "md"),
}
"""Broken renderer → the clause that it breaks, and the format it would be for."""
TESTS = [name for name in dir(RendererConformance) if name.startswith("test_")]


def clause_of(test: str) -> str:
    found = re.match(r"Clause (\d)\.", getattr(RendererConformance, test).__doc__)
    assert found, test
    return found[1]


def streaming(renderer: Callable[..., str | None]) -> Renderer:
    """A function that gives text, as a renderer; what takes a stream stays as it is."""
    if len(inspect.signature(renderer).parameters) == 2:
        return renderer  # type: ignore[return-value] # that it returns something is what is wrong with it

    def write(document: Document, stream: BinaryIO) -> None:
        stream.write((renderer(document) or "").encode())

    return write


def complaints(renderer: Renderer, suffix: str, folder: Path) -> dict[str, str]:
    """Clause → what the suite says of a renderer."""
    said: dict[str, str] = {}
    for test in TESTS:
        suite = type("Theirs", (RendererConformance,), {"suffix": suffix, "make_renderer": lambda _self: renderer})()
        place = folder / test
        place.mkdir()
        with pytest.MonkeyPatch.context() as patches:
            offered = {"tmp_path": place, "monkeypatch": patches}
            method = getattr(suite, test)
            asked = set(inspect.signature(method).parameters)
            if "report" in asked:
                offered["report"] = suite.report_of(specimen_document())
            try:
                method(**{name: thing for name, thing in offered.items() if name in asked})
            except (AssertionError, pytest.fail.Exception) as failure:
                said[clause_of(test)] = str(failure)
            except (OSError, ValueError, AttributeError):  # what other tests get where the stream is closed or empty
                continue
    return said


@pytest.mark.parametrize("renderer", BROKEN, ids=lambda renderer: renderer.__name__)
def test_a_broken_renderer_is_caught_by_the_clause_it_breaks(
    renderer: Callable[..., str | None], tmp_path: Path
) -> None:
    clause, suffix = BROKEN[renderer]
    said = complaints(streaming(renderer), suffix, tmp_path)
    assert clause in said
    assert said[clause].startswith(f"{clause}: ")


@pytest.mark.parametrize(
    ("renderer", "suffix"), [(render_markdown, "md"), (render_json, "json"), (render_html, "html")]
)
def test_a_right_renderer_is_found_right(renderer: Renderer, suffix: str, tmp_path: Path) -> None:
    assert {} == complaints(streaming(renderer), suffix, tmp_path)


def test_every_clause_has_a_test_and_a_broken_renderer() -> None:
    clauses = re.findall(r"(?m)^(\d)\. ", renderers.__doc__ or "")
    assert clauses == sorted({clause_of(test) for test in TESTS})
    assert set(clauses) == {clause for clause, _ in BROKEN.values()}
