"""What is told: the model of a report, what builds it, and one renderer for each format."""

from shequ.reports.context import Renderer, ReportBuilder, ReportContext
from shequ.reports.document import (
    Block,
    Bullets,
    Chart,
    ChartKind,
    Document,
    Figure,
    FindingList,
    Note,
    Paragraph,
    Run,
    Section,
    Series,
    Standard,
    Table,
    check_numbering,
)
from shequ.reports.lineage import Source, Use, sources
from shequ.reports.work import build_work_report, templated

__all__ = [
    "Block",
    "Bullets",
    "Chart",
    "ChartKind",
    "Document",
    "Figure",
    "FindingList",
    "Note",
    "Paragraph",
    "Renderer",
    "ReportBuilder",
    "ReportContext",
    "Run",
    "Section",
    "Series",
    "Source",
    "Standard",
    "Table",
    "Use",
    "build_work_report",
    "check_numbering",
    "sources",
    "templated",
]
