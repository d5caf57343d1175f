"""What is told: the model of a report, what builds it, and one renderer for each format."""

from shequ.reports.access import Access
from shequ.reports.building import templated
from shequ.reports.cards import CardContext, CardKind, CardPrint, CardSheets, CardWriter, deal
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
from shequ.reports.publishing import THRESHOLD, publish
from shequ.reports.work import build_work_report, built_in_templates

__all__ = [
    "THRESHOLD",
    "Access",
    "Block",
    "Bullets",
    "CardContext",
    "CardKind",
    "CardPrint",
    "CardSheets",
    "CardWriter",
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
    "built_in_templates",
    "check_numbering",
    "deal",
    "publish",
    "sources",
    "templated",
]
