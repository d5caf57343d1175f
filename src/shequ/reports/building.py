"""From a template to a document."""

from collections.abc import Iterator, Mapping

from shequ.errors import NothingToReport
from shequ.metrics import NO_DATA, Books, Quality
from shequ.reports.accounts import ACCOUNTS
from shequ.reports.context import ReportBuilder, ReportContext
from shequ.reports.document import Block, Document, Paragraph, Section, check_numbering, chinese_period
from shequ.reports.drawing import draw, standard_table
from shequ.reports.extending import read_template
from shequ.reports.telling import Teller
from shequ.reports.template import (
    Columns,
    Comparison,
    Drawing,
    Grouped,
    Months,
    Parts,
    Plan,
    SectionPlan,
    Template,
    Text,
)

__all__ = ["build", "templated"]


def templated(source: str, content: str, bases: Mapping[str, Template] | None = None) -> ReportBuilder:
    """A report from a template of one's own.

    Args:
        source: Name of the file, for messages.
        content: The template, TOML as :mod:`shequ.reports.template` describes it.
        bases: The templates that it can extend, by name.

    Raises:
        InvalidRules: If the template breaks its form.
    """
    template = read_template(source, content, ACCOUNTS, bases)
    return lambda context: build(template, context)


def build(template: Template, context: ReportContext) -> Document:
    """The document of a template.

    Raises:
        NothingToReport: If none of its figures has data.
        InvalidRules: If it names a metric that does not exist.
    """
    template.check(context.catalogue)
    teller = Teller(context, template)
    told = [
        found
        for code in template.codes
        if not isinstance((found := teller.measure(code)).metric.formula, Quality | Books)
    ]
    if told and all(found.value is None and not found.parts for found in told):
        raise NothingToReport(
            f"“{context.place.name}”{chinese_period(context.period)}没有任何数据",
            remedy="核对时期、区划与 --known-at；先用 shequ load 装载该期的记录或上报数",
        )
    sections = [section for plan in template.sections for section in _section(teller, plan)]
    document = Document(
        template.title,
        f"{context.place.name}　{chinese_period(context.period)}",
        tuple(sections),
        context.place,
        context.period,
        context.at,
        context.day,
        context.rule_sets,
        context.made_by,
        context.findings,
        context.norms,
    )
    check_numbering(document)
    return document


def _section(teller: Teller, plan: SectionPlan) -> Iterator[Section]:
    told = [item for block in plan.blocks for item in _told(teller, block)]
    if plan.blocks and not told:
        told = [Paragraph((f"{NO_DATA}。",))]
    blocks = tuple(item for item in told if not isinstance(item, Section))
    yield Section(plan.heading, plan.level, blocks, plan.number)
    yield from (item for item in told if isinstance(item, Section))


def _told(teller: Teller, block: Plan) -> Iterator[Block | Section]:
    match block:
        case Text():
            yield teller.paragraph(block)
        case Columns():
            yield from teller.columns(block)
        case Months():
            yield from teller.months(block)
        case Parts():
            yield from teller.groups(block)
        case Comparison():
            yield from teller.comparison(block)
        case Drawing():
            yield from draw(teller, block)
        case Grouped():
            yield from standard_table(teller, block)
        case _:
            yield from ACCOUNTS[block.name](teller)
