"""One document, three formats: what they print is the document's, whatever names it holds."""

import base64
import hashlib
import html
import json
import re
import sys
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from report_world import NASTY, activities, context_of, filed, people, places, plan

from shequ.errors import MissingExtra
from shequ.plugins import PluginHost
from shequ.reports import Chart, Document, Table, build_work_report
from shequ.reports import html as html_renderer
from shequ.reports.html import render_html
from shequ.reports.json import render_json
from shequ.reports.markdown import escaped, opening, render_markdown

pytestmark = pytest.mark.usefixtures("plain_pictures")

NAMES = st.sampled_from(range(len(NASTY))).map(lambda i: (f"{NASTY[i]}1", f"{NASTY[i - 1]}2", f"{NASTY[i - 2]}3"))
TEXT = st.text(
    st.one_of(
        st.sampled_from("\\`*_[]<>|#~&{}!$-+=.)(1\"'甲，;:/@^ \n"), st.characters(codec="utf-8", categories="LNPS")
    )
)
COMMONMARK = MarkdownIt("commonmark").enable(["table", "strikethrough"])
VOID = {"meta", "link", "br", "img", "input", "hr"}


def document_with(names: tuple[str, str, str], word: str = "一处不足") -> Document:
    """A report in which the names and the word stand in every kind of block."""
    records = [
        *places(names),
        *people(),
        *activities([2, 3]),
        filed("population.households", "7", period="2024"),
        plan(2025, word, target=word),
        plan(2026, f"再办{word}", responsible=word),
    ]
    facts: list[dict[str, Any]] = [
        {"group": group, "message": word, "subject": word, "remedy": word, "citation": word, "threshold": "≥1"}
        for group in ("conditions", "data")
    ]
    facts += [{"group": "data", "rule": "many", "message": f"第{i}处"} for i in range(12)]
    return build_work_report(context_of(records, findings=facts))


class Page(HTMLParser):
    """What a page is made of; tags must be closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()
        assert [] == self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.open.pop()

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self.open):
            self.text.append(data)

    def values(self, attribute: str) -> list[str]:
        return [found[attribute] or "" for _, found in self.tags if attribute in found]


class TestHtml:
    @given(NAMES)
    @pytest.mark.slow
    def test_the_page_is_well_formed_and_takes_nothing_from_elsewhere(self, names: tuple[str, str, str]) -> None:
        text = render_html(document_with(names))
        page = Page(text)
        assert "zh-CN" == page.tags[0][1]["lang"]
        assert set() == {tag for tag, _ in page.tags} & {"link", "img", "iframe", "object", "form", "image", "use"}
        assert [] == page.values("src") + page.values("style") + page.values("onclick")
        assert [("script", {})] == [found for found in page.tags if found[0] == "script"]
        assert {"#"} == {href[0] for href in page.values("href")}
        (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
        assert not re.search(r"url\(|@import|//", style)

    @given(NAMES)
    @pytest.mark.slow
    def test_every_link_leads_to_one_place(self, names: tuple[str, str, str]) -> None:
        page = Page(render_html(document_with(names)))
        ids = page.values("id")
        assert len(set(ids)) == len(ids)
        assert set() == {href[1:] for href in page.values("href")} - set(ids)

    @given(NAMES, TEXT)
    @pytest.mark.slow
    def test_names_are_printed_as_they_are(self, names: tuple[str, str, str], word: str) -> None:
        text = "".join(Page(render_html(document_with(names, f"甲{word}"))).text)
        assert all(name in text for name in names)
        assert f"甲{word}".replace("\r", "\n") in text.replace("\r", "\n")

    @pytest.mark.slow
    def test_the_page_forbids_itself_to_load_or_run_anything_else(self) -> None:
        text = render_html(document_with(("甲", "乙", "丙")))
        (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)
        told = dict(rule.split(" ", 1) for rule in html.unescape(policy).split("; "))
        assert "'none'" == told["default-src"]
        for name in ("style", "script"):
            (content,) = re.findall(rf"<{name}>(.*?)</{name}>", text, re.DOTALL)
            digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
            assert f"'sha256-{digest}'" == told[f"{name}-src"]

    @pytest.mark.slow
    def test_a_script_in_a_name_is_text(self) -> None:
        text = render_html(document_with(("<script>alert(1)</script>", "乙", "丙")))
        assert 1 == text.count("<script")
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text

    @pytest.mark.slow
    def test_every_figure_leads_to_its_source_with_definition_and_rows(self) -> None:
        document = document_with(("甲", "乙", "丙"))
        text = render_html(document)
        assert len(list(document.figures())) == text.count('class="figure"')
        assert len(document.measurements()) == len(re.findall(r'<tr id="f\d+">', text))
        number = document.measurements().index(
            next(m for m in document.measurements() if m.metric.code == "population.registered")
        )
        entry = re.search(rf'<tr id="f{number + 1}">.*?</tr>', text, re.DOTALL)
        assert entry is not None
        assert "据记录" in entry[0]
        assert '<td class="right" data-label="条数">3</td>' in entry[0]
        assert html.escape(document.measurements()[number].definition) in text

    @pytest.mark.slow
    def test_headings_go_down_one_level_at_a_time(self) -> None:
        page = Page(render_html(document_with(("甲", "乙", "丙"))))
        levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h\d", tag)]
        assert 1 == levels[0]
        assert all(after <= before + 1 for before, after in pairwise(levels))
        assert 1 == levels.count(1)

    @pytest.mark.slow
    def test_tables_have_headings_with_a_scope_and_a_name(self) -> None:
        page = Page(render_html(document_with(("甲", "乙", "丙"))))
        assert {"col", "colgroup", "row"} >= {found.get("scope") for tag, found in page.tags if tag == "th"}
        regions = [found for _, found in page.tags if found.get("role") == "region"]
        held = [tag for tag, _ in page.tags if tag in ("table", "svg")]
        assert len(held) == len(regions)
        assert all(found["aria-label"] for found in regions)
        assert {"header", "nav", "main", "footer"} <= {tag for tag, _ in page.tags}

    def test_without_jinja2_the_error_names_the_extra(self, monkeypatch: pytest.MonkeyPatch) -> None:
        document = document_with(("甲", "乙", "丙"))
        html_renderer._page.cache_clear()
        monkeypatch.setitem(sys.modules, "jinja2", None)
        with pytest.raises(MissingExtra) as caught:
            render_html(document)
        assert "网页报告需要可选依赖 “html”，尚未安装 — pip install 'shequ[html]'" == str(caught.value)


class TestMarkdown:
    @given(TEXT)
    def test_escaped_text_prints_as_it_stands(self, text: str) -> None:
        (_, inline, _) = COMMONMARK.parse(f"甲{escaped(text)}乙")
        assert f"甲{' '.join(text.split())}乙" == _plain(inline)

    @given(TEXT)
    def test_text_that_opens_a_line_starts_no_other_block(self, text: str) -> None:
        told = " ".join(text.split())
        if told:
            (_, inline, _) = COMMONMARK.parse(opening(f"{text}乙"))
            assert f"{' '.join(f'{text}乙'.split())}" == _plain(inline)

    @given(NAMES)
    @pytest.mark.slow
    def test_tables_keep_their_cells(self, names: tuple[str, str, str]) -> None:
        document = document_with(names)
        rows, cells = _tables(render_markdown(document))
        blocks = [block for section in document.sections for block in section.blocks]
        tables = [b.table if isinstance(b, Chart) else b for b in blocks if isinstance(b, Table | Chart)]
        assert [[len(table.header)] * (1 + len(table.rows)) for table in tables] == rows
        assert {" ".join(name.split()) for name in names[:2]} <= set(cells)

    def test_the_appendix_defines_every_metric_that_has_data(self) -> None:
        document = document_with(("甲", "乙", "丙"))
        _, appendix = render_markdown(document).split("## 数据来源\n")
        told = re.findall(r"（`([\w.]+)`）：定义：", appendix)
        assert {m.metric.code for m in document.measurements() if m.value is not None} == set(told)
        assert len(set(told)) == len(told)

    def test_findings_stand_with_threshold_citation_and_remedy(self) -> None:
        text = render_markdown(
            build_work_report(
                context_of(
                    [*places(), *people()],
                    findings=[
                        {
                            "group": "data",
                            "threshold": "≥1",
                            "citation": "某法第一条",
                            "remedy": "核对",
                            "message": "少了",
                        }
                    ],
                )
            )
        )
        assert "- 【需注意】少了。标准：≥1；依据：某法第一条；整改：核对。\n" in text

    def test_how_many_findings_are_not_listed_is_said(self) -> None:
        assert "- 同类问题另有 2 项，此处不一一列出。\n" in render_markdown(document_with(("甲", "乙", "丙")))


def _plain(inline: Any) -> str:
    assert {"text", "text_special"} >= {child.type for child in inline.children}
    return "".join(child.content for child in inline.children)


def _tables(text: str) -> tuple[list[list[int]], list[str]]:
    """For each table the width of each row, and the text of all cells."""
    tables: list[list[int]] = []
    cells: list[str] = []
    tokens = COMMONMARK.parse(text)
    for place, token in enumerate(tokens):
        if token.type == "table_open":
            tables.append([])
        elif token.type == "tr_open":
            tables[-1].append(0)
        elif token.type in ("th_open", "td_open"):
            tables[-1][-1] += 1
            cells.append("".join(child.content for child in tokens[place + 1].children or []))
    return tables, cells


class TestJson:
    @given(NAMES)
    @pytest.mark.slow
    def test_the_text_and_its_measurements_come_back(self, names: tuple[str, str, str]) -> None:
        document = document_with(names)
        found = json.loads(render_json(document))
        assert "shequ.report/1" == found["format"]
        assert {"code": "330203001000", "name": "演示街道"} == found["district"]
        assert "2025" == found["period"]
        assert [s.heading for s in document.sections] == [s["heading"] for s in found["sections"]]
        assert [m.as_json() for m in document.measurements()] == found["measurements"]
        assert [f.as_json() for f in document.findings] == found["findings"]
        figures = list(_figures(found["sections"]))
        assert [f.text for f in document.figures()] == [f["text"] for f in figures]
        codes = [found["measurements"][f["figure"]]["metric"] for f in figures]
        assert [f.measurement.metric.code for f in document.figures()] == codes

    @pytest.mark.slow
    def test_the_same_records_give_the_same_text(self) -> None:
        names = ("甲", "乙", "丙")
        assert render_json(document_with(names)) == render_json(document_with(names))


def _figures(value: Any) -> Any:
    if isinstance(value, dict):
        if "figure" in value:
            yield value
        else:
            for item in value.values():
                yield from _figures(item)
    elif isinstance(value, list):
        for item in value:
            yield from _figures(item)


class TestAlike:
    @pytest.mark.parametrize("render", [render_markdown, render_html])
    @pytest.mark.slow
    def test_no_format_leaves_a_figure_out(self, render: Any) -> None:
        document = document_with(("甲", "乙", "丙"))
        text = html.unescape(re.sub(r"<[^>]*>", "", re.sub(r"\\(.)", r"\1", render(document))))
        place = 0
        for figure in document.figures():
            place = text.index(figure.text, place) + len(figure.text)

    def test_the_formats_and_the_report_come_through_the_hooks(self) -> None:
        built_in = [f"shequ.reports.{name}" for name in ("work", "markdown", "html", "json", "word", "excel")]
        host = PluginHost(built_in=built_in, discover=False)
        assert {"docx", "html", "json", "md", "xlsx"} == set(host.by_name("shequ_renderers"))
        assert {"brief", "contact", "findings", "monthly", "restatement", "work"} == set(host.by_name("shequ_reports"))
