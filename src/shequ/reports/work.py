"""The report on community-building work (社区建设工作汇报), as the built-in plugin that offers it.

What it says stands in ``work.toml``; :func:`templated` makes a report of the same kind from a template of one's own.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from shequ.errors import NothingToReport
from shequ.hookspecs import hookimpl
from shequ.metrics import NO_DATA, Books, Quality
from shequ.reports.accounts import ACCOUNTS
from shequ.reports.context import ReportBuilder, ReportContext
from shequ.reports.document import Block, Document, Paragraph, Section, check_numbering, chinese_period
from shequ.reports.drawing import draw, standard_table
from shequ.reports.telling import Teller
from shequ.reports.template import (
    Columns,
    Drawing,
    Grouped,
    Months,
    Parts,
    Plan,
    SectionPlan,
    Template,
    Text,
    read_template,
)

__all__ = ["build_work_report", "templated", "work_template"]


@cache
def work_template() -> Template:
    """What the work report says."""
    content = files("shequ.reports").joinpath("work.toml").read_text(encoding="utf-8")
    return read_template("work.toml", content, ACCOUNTS)


def build_work_report(context: ReportContext) -> Document:
    """The work report of a district over a period.

    Raises:
        NothingToReport: If none of its figures has data.
        InvalidRules: If the template names a metric that does not exist.
    """
    return _build(work_template(), context)


def templated(source: str, content: str) -> ReportBuilder:
    """A report from a template of one's own.

    Args:
        source: Name of the file, for messages.
        content: The template, TOML as :mod:`shequ.reports.template` describes it.

    Raises:
        InvalidRules: If the template breaks its form.
    """
    template = read_template(source, content, ACCOUNTS)
    return lambda context: _build(template, context)


def _build(template: Template, context: ReportContext) -> Document:
    template.check(context.catalogue)
    teller = Teller(context, template)
    told = [
        found
        for code in template.codes
        if not isinstance((found := teller.measure(code)).metric.formula, Quality | Books)
    ]
    if told and all(found.value is None and not found.parts for found in told):
        raise NothingToReport(
            f"{context.place.name}{chinese_period(context.period)}没有任何数据",
            remedy="核对时期与区划；先用 shequ load 装载该期的记录或上报数",
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
        case Drawing():
            yield from draw(teller, block)
        case Grouped():
            yield from standard_table(teller, block)
        case _:
            yield from ACCOUNTS[block.name](teller)


@hookimpl
def shequ_reports() -> Mapping[str, ReportBuilder]:
    """The work report."""
    return {"work": build_work_report}
