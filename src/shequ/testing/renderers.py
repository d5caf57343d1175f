"""The suite for renderers: one class to inherit, with a test for each clause that a renderer keeps.

1. It writes bytes to the stream that it is given, returns nothing, neither closes nor rewinds the stream, and leaves no
   other file behind.
2. Where it fails, the failure is seen, the file that stood there stands unchanged, and nothing else is left behind.
3. Every figure of the document appears, wherever it stands: text, lists, notes, every row of every table; those of a
   chart in numbers, or in a picture with the chart's alternative text.
4. A figure without data is printed as 暂无数据, never as 0 and never left out.
5. Every heading, topic, caption with its running number (表1, 图1), column, sentence and finding appears, headings in the document's order; how many
   findings are not listed is said.
6. The same document gives the same bytes: the day is the document's, never the clock's.
7. Text is text: whatever stands in a name is neither lost nor taken for the format's own signs.

When a test fails it says the clause and what the renderer's author should look at.
"""

import html
import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import attrs
import pytest

from shequ.calendars import Period
from shequ.metrics import Measurement, Metric, Place
from shequ.metrics.measurement import NO_DATA, Provenance
from shequ.query import When
from shequ.reports import (
    Bullets,
    Document,
    Figure,
    FindingList,
    Note,
    Paragraph,
    Renderer,
    Run,
    Section,
    Table,
    check_numbering,
)
from shequ.reports.blocks import Chart, ChartKind, Series
from shequ.reports.saving import Report
from shequ.rules import Finding, Severity

__all__ = ["RendererConformance", "specimen_document"]

_PLACE = Place("999900001000", "999900001000", "云溪街道", "sub_district")
_YEAR = Period.year(2031)
_MARKUP = ("<script>alert(1)</script>", "<b>粗", "&amp;", "{{ 7*7 }}", "|竖|线|", "`码`", "*星*", "=1+1", "# 井")
_ALTERNATIVE = re.compile(r'<[^<>]*\b(?:alt|descr)="([^"]*)"[^<>]*>')
"""What a picture says to somebody who does not see it."""
_OF_MARKUP = ("html", "htm", "xhtml", "svg")


def _figure(number: int, value: Fraction | None, text: str) -> Figure:
    metric = Metric(f"specimen.figure{number}", f"样例指标{number}", "个", None)
    provenance = Provenance.NONE if value is None else Provenance.RECORDS
    measured = Measurement(metric, _PLACE, When.over(_YEAR), _YEAR, value, provenance=provenance)
    return Figure(measured, text)


def specimen_document(*names: str) -> Document:
    """A document with every kind of block; each figure and text in it is like no other.

    Args:
        names: Names that stand in a paragraph, a list and a table, as a district's data would.
    """
    counted = iter(range(1, 1000))

    def figure(value: int | None = None) -> Figure:
        number = next(counted)
        amount = 7_000_000 + number * 1013 if value is None else value
        return _figure(number, Fraction(amount), f"{amount}个")

    def absent() -> Figure:
        return _figure(next(counted), None, NO_DATA)

    rows = tuple((f"第{row}行", figure(), figure()) for row in range(1, 41))
    findings = tuple(
        Finding(
            f"specimen.rule{row}", Severity.ERROR, _PLACE, f"对象{row}", f"样例问题{row}", citation=f"样例依据{row}"
        )
        for row in range(1, 4)
    )
    named = tuple((name, figure()) for name in names) or (("名称", figure()),)
    sections = (
        Section("样例概况", 1, (Paragraph(("全街道共有", figure(), "，另有", absent(), "。"), topic="样例话题"),), 1),
        Section(
            "样例工作",
            2,
            (
                Bullets((("样例一项", figure()), ("样例二项", absent()))),
                Note(("样例备注", figure())),
                Table("样例表格", ("样例行名", "样例甲列", "样例乙列"), rows),
            ),
            1,
        ),
        Section(
            "样例图",
            2,
            (
                Chart(
                    ChartKind.COLUMNS,
                    "样例柱形图",
                    "样例月份",
                    ("样例一月", "样例二月"),
                    (Series("样例序列", (figure(), figure())),),
                    unit="个",
                ),
            ),
            2,
        ),
        Section("样例问题", 1, (FindingList(findings, more=86),), 2),
        Section(
            "样例名称",
            1,
            (
                Paragraph(tuple(part for name, amount in named for part in (f"〔{name}〕", amount))),
                Bullets(tuple((f"〔{name}〕",) for name, _ in named)),
                Table("样例名称表", ("样例名", "样例数"), tuple((f"〔{name}〕", figure()) for name, _ in named)),
            ),
            3,
        ),
    )
    made = Document(
        "样例报告", "样例副题", sections, _PLACE, _YEAR, _YEAR.last_day, date(2032, 1, 5), findings=findings
    )
    check_numbering(made)
    return made


class _BreaksHalfway(tuple[Run, ...]):
    """A text that cannot be read to its end."""

    __slots__ = ()

    def __iter__(self) -> Iterator[Run]:
        yield "样例半句"
        raise _BrokeError("the specimen document breaks at the end of its first section")


class _BrokeError(Exception):
    """What the specimen document breaks with."""


class _OnlyWritten(io.BytesIO):
    """A stream such as a socket is: it can be written to, in order."""

    def seek(self, *_: object) -> int:
        raise AssertionError("1: the renderer moves about in the stream: build in memory what needs it, then write it")

    def seekable(self) -> bool:
        return False


class RendererConformance:
    """What every renderer must pass: inherit, and say in :meth:`make_renderer` which it is."""

    suffix = ""
    """The file suffix without the dot that the renderer is for; must be overridden."""
    prose = True
    """Whether the format holds the text; one that holds figures, tables and findings alone, as a workbook, says no."""

    def make_renderer(self) -> Renderer:
        """The renderer; must be overridden."""
        raise NotImplementedError(f"{type(self).__name__} must override make_renderer(self)")

    def content(self, data: bytes) -> str:
        """Everything that a reader of the file would read, as text.

        Markup is read by itself, JSON too, and the XML parts of a zip archive (.docx, .xlsx, .odt); a format that is
        none of these overrides this.
        """
        if data[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                parts = [archive.read(name).decode() for name in archive.namelist() if name.endswith(".xml")]
            return html.unescape(re.sub(r"<[^>]+>", "", _ALTERNATIVE.sub(r"\1", "\n".join(parts))))
        text = data.decode("utf-8-sig")
        if self.suffix == "json":
            return json.dumps(json.loads(text), ensure_ascii=False)
        if self.suffix in _OF_MARKUP:
            text = _ALTERNATIVE.sub(r"\1", text)
            return html.unescape(re.sub(r"<(?!!)[^>]*>", "", re.sub(r"(?s)<(style|script)\b.*?</\1>", "", text)))
        return re.sub(r"\\(.)", r"\1", text)

    def shows(self, content: str, figure: Figure) -> bool:
        """Whether a figure can be read: its text, or, where cells hold numbers, its number."""
        value = figure.measurement.value
        return figure.text in content or (value is not None and str(value) in content)

    # --- what the tests use -----------------------------------------------------------------------------

    @pytest.fixture
    def report(self) -> Report:
        """The specimen document, to be written by the renderer."""
        return self.report_of(specimen_document())

    def report_of(self, document: Document) -> Report:
        """A document, to be written by the renderer."""
        assert self.suffix, f"{type(self).__name__} must say its suffix, such as suffix = 'txt'"
        return Report(document, {self.suffix: self.make_renderer()})

    def written(self, report: Report, folder: Path) -> bytes:
        """What stands in the file."""
        return report.save(folder / f"report.{self.suffix}").read_bytes()

    # --- the clauses ------------------------------------------------------------------------------------

    def test_it_writes_to_a_stream_and_to_nothing_else(self, report: Report, tmp_path: Path) -> None:
        """Clause 1."""
        stream = _OnlyWritten()
        try:
            returned = self.make_renderer()(report.document, stream)
        except TypeError as error:
            raise AssertionError(f"1: a renderer is called with a document and a stream of bytes: {error}") from error
        assert not stream.closed, "1: the renderer closes the stream: whoever opened it does that"
        assert returned is None, (
            f"1: a renderer writes to the stream and returns nothing, not {type(returned).__name__}"
        )
        rendered = stream.getvalue()
        assert rendered, "1: the renderer writes nothing for a document with four sections"
        assert rendered == self.written(report, tmp_path), "1: a file holds other bytes than were written to a stream"
        left = sorted(path.name for path in tmp_path.iterdir())
        assert [f"report.{self.suffix}"] == left, f"1: writing one report leaves more than one file: {left}"

    def test_a_failure_is_seen_and_leaves_nothing_half_written(self, report: Report, tmp_path: Path) -> None:
        """Clause 2."""
        before = self.written(report, tmp_path)
        document = specimen_document()
        first, *others = document.sections
        breaks = attrs.evolve(first, blocks=(*first.blocks, Paragraph(_BreaksHalfway(("样例半句",)))))
        broken = attrs.evolve(document, sections=(breaks, *others))
        seen: BaseException | None = None
        try:
            self.written(self.report_of(broken), tmp_path)
        except Exception as error:  # noqa: BLE001 - the clause is about any
            seen = error
        assert seen is not None, (
            "2: the document failed at the end of its first section and the renderer went on as if it were whole: "
            "never catch what you cannot mend"
        )
        assert isinstance(seen, _BrokeError) or isinstance(seen.__cause__ or seen.__context__, _BrokeError), (
            f"2: the renderer turned the document's failure into {seen!r}: let it pass, or raise from it"
        )
        assert before == (tmp_path / f"report.{self.suffix}").read_bytes(), (
            "2: after a failure the file that stood there is another: write to the stream you are given, and to no file"
        )
        left = sorted(path.name for path in tmp_path.iterdir())
        assert [f"report.{self.suffix}"] == left, f"2: a failure leaves files behind: {left}"

    def test_every_figure_appears(self, report: Report, tmp_path: Path) -> None:
        """Clause 3."""
        content = self.content(self.written(report, tmp_path))
        for section in report.document.sections:
            for block in section.blocks:
                missing = [
                    figure.text
                    for figure in block.figures()
                    if figure.measurement.value is not None and not self.shows(content, figure)
                ]
                if isinstance(block, Chart) and block.alternative in content:
                    continue  # a picture, and who does not see it is told what it shows
                assert not missing, (
                    f"3: of the {type(block).__name__} in {section.title!r} these figures do not appear: "
                    f"{'、'.join(missing[:5])}. Print Figure.text of every run, item and cell; cut no table short"
                )

    def test_a_figure_without_data_says_so(self, report: Report, tmp_path: Path) -> None:
        """Clause 4."""
        content = self.content(self.written(report, tmp_path))
        wanted = sum(figure.measurement.value is None for figure in report.document.figures())
        assert content.count(NO_DATA) >= wanted, (
            f"4: {wanted} figures have no data, {NO_DATA} appears {content.count(NO_DATA)} times: print Figure.text, "
            "not the value, which is None"
        )

    def test_every_text_appears_and_headings_in_order(self, report: Report, tmp_path: Path) -> None:
        """Clause 5."""
        content = self.content(self.written(report, tmp_path))
        document = report.document
        headings = [section.heading for section in document.sections]
        for wanted in _texts(document, prose=self.prose):
            assert wanted in content, f"5: {wanted!r} does not appear: render every block of every section"
        if not self.prose:
            return
        places = [content.find(heading) for heading in headings]
        assert -1 not in places, f"5: the heading {headings[places.index(-1)]!r} does not appear"
        ordered = [content.rfind(heading) for heading in headings]
        assert places == sorted(places) or ordered == sorted(ordered), (
            f"5: the headings {headings} come in another order: write the sections as the document has them"
        )
        assert "86" in content, "5: FindingList.more says that 86 further findings are not listed: say so"

    def test_the_same_document_gives_the_same_bytes(
        self, report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Clause 6."""
        import time

        first = self.written(report, tmp_path)
        really = time.time
        with monkeypatch.context() as patched:
            patched.setattr(time, "time", lambda: really() + 40_000_000.0)
            second = self.written(self.report_of(specimen_document()), tmp_path)
        assert first == second, (
            "6: the same document rendered later gives other bytes: leave out the time of writing (archives and office "
            "formats hold one), random ids, and the order of sets"
        )
        today = date.today()  # noqa: DTZ011 - as a renderer that asks the clock would have it
        shown = self.content(first)
        for said in (today.isoformat(), f"{today.year}年{today.month}月{today.day}日", today.strftime("%Y/%m/%d")):
            assert said not in shown, f"6: today's date {said} appears: the day is Document.day, never the clock's"

    def test_text_is_text(self, tmp_path: Path) -> None:
        """Clause 7."""
        data = self.written(self.report_of(specimen_document(*_MARKUP)), tmp_path)
        if self.suffix in _OF_MARKUP:
            assert b"<script>alert(1)" not in data, "7: a name that holds <script> is a script in the page: escape text"
        content = self.content(data)
        if self.suffix == "json":
            content = "".join(_strings(json.loads(content)))
        for name in _MARKUP:
            plain = re.sub(r"\\(.)", r"\1", name)
            assert plain in content, f"7: the name {name!r} is not read as it stands in the data: escape it"


def _texts(document: Document, *, prose: bool) -> Iterator[str]:
    """Texts that must appear, in pieces that every format keeps whole; without the prose those of tables and findings."""
    if prose:
        yield from (document.title, document.subtitle)
    for section in document.sections:
        for block in section.blocks:
            match block:
                case Chart():
                    yield from (block.label, block.title)
                case Table(caption, header):
                    yield from (block.label, caption, *header)
                    yield from (row[0] for row in block.rows if isinstance(row[0], str))
                case FindingList(findings):
                    yield from (text for finding in findings for text in (finding.message, finding.citation))
                case Bullets(items) if prose:
                    yield from (run for item in items for run in item if isinstance(run, str))
                case Paragraph(runs, topic) if prose:
                    yield topic
                    yield from (run for run in runs if isinstance(run, str))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
