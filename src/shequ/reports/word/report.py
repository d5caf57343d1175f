"""A report as an official document: title, text, list of annexes, signature and date, annexes."""

from collections.abc import Iterable
from typing import Any

from docx.oxml.ns import qn

from shequ.reports.document import (
    Block,
    Bullets,
    Chart,
    Document,
    FindingList,
    Note,
    Paragraph,
    Run,
    Section,
    Table,
    chinese_date,
    plain,
)
from shequ.reports.lineage import Source, sources
from shequ.reports.packing import legible
from shequ.reports.pictures import chinese_is_drawn, is_labelled
from shequ.reports.word.drawing import add_picture
from shequ.reports.word.layout import HEITI, Paper, element
from shequ.reports.word.tables import add_table, folded, width_of

__all__ = ["compose"]


def compose(document: Document) -> Paper:
    """A report in the layout of an official document.

    Raises:
        MissingExtra: If altair or vl-convert is not installed and there is a chart to draw.
    """
    return _Composer(document).paper


class _Composer:
    def __init__(self, document: Document) -> None:
        self.paper = Paper(f"{document.title}（{document.subtitle}）", document.place.name, document.day)
        self.line(document.title, "Title")
        self.line(f"（{document.subtitle}）", "Subtitle")
        body, annexes = document.sections[: document.annexes_from], document.sections[document.annexes_from :]
        for section in body:
            self.line(section.title, f"Heading {section.level}")
            self.blocks(section)
        titles = [section.heading for section in annexes if section.level == 1]
        titles.append("数据来源")
        self.annexes(titles)
        self.sign(document)
        for section in annexes:
            if section.level == 1:
                self.annex(titles, section.heading)
            else:
                self.line(section.title, f"Heading {section.level}")
            self.blocks(section)
        self.annex(titles, titles[-1])
        self.origins(document)

    def line(self, text: str, style: str) -> Any:
        return self.paper.docx.add_paragraph(legible(text), style=style)

    # Around the text

    def annexes(self, titles: list[str]) -> None:
        """The list of annexes, a line below the text (7.3.4)."""
        lines = [""]
        for number, title in enumerate(titles, start=1):
            lead = "附件：" if number == 1 else "　　　"
            lines.append(f"{lead}{number}.{title}" if len(titles) > 1 else f"{lead}{title}")
        for line in lines:
            self.line(line, "Body Text").paragraph_format.keep_with_next = True  # no signature alone on a page

    def sign(self, document: Document) -> None:
        """Signature and date without a seal (7.3.5.2): the date begins two characters to the right of the signature."""
        name, day = document.place.name, chinese_date(document.day)
        signature, date = width_of(name) / 2, width_of(day) / 2
        # Characters from the right edge of the text; the shorter of the two keeps two from it.
        after_date = 2.0
        after_name = after_date + date + 2 - signature
        if after_name < after_date:
            after_name, after_date = 2.0, signature - date
        for text, distance in (("", 0.0), ("", 0.0), (name, after_name), (day, max(after_date, 0.0))):
            paragraph = self.line(text, "Signature")
            properties = paragraph._p.get_or_add_pPr()
            properties.append(
                element("w:ind", {"w:rightChars": round(distance * 100), "w:right": round(distance * 320)})
            )
            paragraph.paragraph_format.keep_with_next = text != day

    def annex(self, titles: list[str], title: str) -> None:
        """An annex begins on a page of its own (7.3.7)."""
        number = str(titles.index(title) + 1) if len(titles) > 1 else ""
        self.line(f"附件{number}", "Annex").paragraph_format.page_break_before = True
        self.line(title, "Annex Title")

    def origins(self, document: Document) -> None:
        """What stood on no cover, and where each metric comes from, a row each."""
        facts = "；".join(f"{label}：{text}" for label, text in document.facts)
        self.line(f"{facts}。", "Small")
        rows = tuple(
            (source.metric.name, _defined(source), "；".join(source.told))
            for source in sources(document)
            if source.has_data
        )
        if rows:
            add_table(
                self.paper, Table("数据来源", ("指标", "定义与口径", "来源"), rows), widths=(5, 14, 9), small=True
            )

    # Blocks

    def blocks(self, section: Section) -> None:
        for block in section.blocks:
            self.block(block)

    def block(self, block: Block) -> None:
        match block:
            case Note(runs):
                self.line(f"注：{plain(runs)}", "Remark")
            case Paragraph(runs, topic):
                self.text(runs, lead=f"{topic}：" if topic else "")
            case Bullets(items):
                for number, item in enumerate(items, start=1):
                    self.text(item, before=f"{number}.")
            case Table():
                self.line(block.titled, "Table Title")
                add_table(self.paper, folded(block))
            case Chart():
                self.chart(block)
            case FindingList():
                self.findings(block)

    def text(self, runs: Iterable[Run], *, lead: str = "", before: str = "") -> Any:
        paragraph = self.line(before, "Body Text")
        if lead:
            run = paragraph.add_run(legible(lead))
            run.font.name = HEITI
            run._r.rPr.rFonts.set(qn("w:eastAsia"), HEITI)
        paragraph.add_run(legible(plain(runs)))
        return paragraph

    def chart(self, chart: Chart) -> None:
        """The picture, its figures beside it where it does not print them, and alone where it cannot be drawn."""
        if chinese_is_drawn():
            add_picture(self.paper, chart)
            self.line(chart.titled, "Picture Title")
            if is_labelled(chart):
                return
            self.line(f"{chart.label}的数据", "Table Title")
        else:
            self.line(chart.titled, "Table Title")
        add_table(self.paper, chart.table)
        if chart.standard is not None:
            self.line(f"{chart.standard.text}{chart.unit}（{chart.standard.use.citation}）。", "Remark")

    def findings(self, block: FindingList) -> None:
        for finding in block.findings:
            facts = "；".join(f"{label}：{text}" for label, text in block.own(finding))
            self.text((f"{finding.message}。", f"{facts}。" if facts else ""), lead=f"【{finding.severity.label}】")
        if block.more:
            self.text((f"同类问题另有 {block.more} 项，此处不一一列出。",))
        if block.common:
            facts = "；".join(f"{label}：{text}" for label, text in block.common)
            self.text((f"以上各项{facts}。",))


def _defined(source: Source) -> str:
    return f"{source.definition}。" + (f"口径：{source.metric.base}。" if source.metric.base else "")
