"""A report as a workbook: metrics by community, standard tables, the other tables, findings, sources."""

from collections.abc import Iterator

from shequ.metrics import Measurement, Place
from shequ.reports.document import Block, Chart, Document, Note, Table, chinese_period, plain
from shequ.reports.excel.book import Book
from shequ.reports.lineage import sources
from shequ.rules import PROBLEM_GROUPS

__all__ = ["compose"]


def compose(document: Document) -> Book:
    """A report as a workbook."""
    book = Book(f"{document.title}（{document.subtitle}）", document.place.name, document.day)
    _metrics(book, document)
    blocks = list(_blocks(document))
    for place, block in enumerate(blocks):
        if isinstance(block, Table) and block.spans:
            after = blocks[place + 1] if place + 1 < len(blocks) else None
            _standard(book, document, block, after if isinstance(after, Note) else None)
    _tables(book, blocks)
    _findings(book, document)
    _sources(book, document)
    return book


def _blocks(document: Document) -> Iterator[Block]:
    return (block for section in document.sections for block in section.blocks)


def _of_period(document: Document) -> dict[tuple[str, str], Measurement]:
    """Whole figures of the report's own period, by metric and place."""
    found: dict[tuple[str, str], Measurement] = {}
    for measurement in document.measurements():
        if measurement.group is None and measurement.period == document.period:
            found.setdefault((measurement.metric.code, measurement.place.id), measurement)
    return found


def _metrics(book: Book, document: Document) -> None:
    """A row for each metric, a column for the whole and for each community."""
    found = _of_period(document)
    places: dict[str, Place] = {one.place.id: one.place for one in found.values()}
    own = [place for place in places.values() if place.id == document.place.id]
    others = sorted((place for place in places.values() if place.id != document.place.id), key=lambda place: place.code)
    columns = (*own, *others)
    title = f"{document.place.name}{chinese_period(document.period)}各项指标"
    sheet = book.sheet("指标", title, 3 + len(columns))
    sheet.line("；".join(f"{label}：{text}" for label, text in document.facts))
    sheet.header(("指标", "代码", "单位", *(place.name for place in columns)))
    sheet.freeze(3)
    metrics = {one.metric.code: one.metric for one in found.values()}
    sheet.rows(
        (metric.name, code, "%" if metric.percent else metric.unit, *(found.get((code, place.id)) for place in columns))
        for code, metric in metrics.items()
    )


def _standard(book: Book, document: Document, table: Table, note: Note | None) -> None:
    """A table with headings over several columns, in the form of a filed return."""
    sheet = book.sheet(table.caption, table.titled, len(table.header))
    sheet.line(f"单位：{document.place.name}　　时期：{chinese_period(document.period)}")
    sheet.header(table.header, table.spans)
    sheet.freeze()
    sheet.rows(table.rows, total=table.total)
    if note is not None:
        sheet.line(f"注：{plain(note.runs)}")


def _tables(book: Book, blocks: list[Block]) -> None:
    """The other tables and the figures of charts, one below the other."""
    tables = [
        block.table if isinstance(block, Chart) else block for block in blocks if isinstance(block, Table | Chart)
    ]
    tables = [table for table in tables if not table.spans]
    if not tables:
        return
    sheet = book.sheet("统计表", "报告中的各表", max(len(table.header) for table in tables))
    for table in tables:
        sheet.row += 1
        sheet.line(table.titled)
        sheet.table(table)


def _findings(book: Book, document: Document) -> None:
    sheet = book.sheet("问题清单", f"{document.place.name}{chinese_period(document.period)}问题清单", 9)
    sheet.header(("序号", "程度", "类别", "区划", "事项", "问题", "标准", "依据", "整改"))
    sheet.freeze()
    sheet.rows(
        (
            number,
            finding.severity.label,
            PROBLEM_GROUPS.get(finding.group, finding.group),
            finding.place.name,
            finding.subject,
            finding.message,
            finding.threshold,
            finding.citation,
            finding.remedy,
        )
        for number, finding in enumerate(document.findings, start=1)
    )


def _sources(book: Book, document: Document) -> None:
    sheet = book.sheet("数据来源", "数据来源", 7)
    sheet.header(("指标", "代码", "数值", "单位", "定义", "口径", "来源"))
    sheet.freeze()
    sheet.rows(
        (
            source.metric.name,
            source.metric.code,
            source.main.measurement,
            "%" if source.metric.percent else source.metric.unit,
            source.definition,
            source.metric.base,
            "；".join(source.told),
        )
        for source in sources(document)
    )
