"""The reports of a sub-district, as the built-in plugin that offers them.

What each says stands in a template beside this module: the report on community-building work (社区建设工作汇报), the
monthly return of a community, the one-page brief, the list of findings for the office meeting, the half year's contact
cards. Whether figures moved since a report was filed is told by :mod:`shequ.reports.restating`.
"""

from collections.abc import Mapping
from functools import cache, partial
from importlib.resources import files

from shequ.hookspecs import hookimpl
from shequ.reports.accounts import ACCOUNTS
from shequ.reports.building import build
from shequ.reports.context import ReportBuilder, ReportContext
from shequ.reports.document import Document
from shequ.reports.extending import read_template
from shequ.reports.restating import build_restatement
from shequ.reports.template import Template

__all__ = ["TEMPLATES", "build_work_report", "built_in_template", "built_in_templates"]

TEMPLATES = ("work", "monthly", "brief", "findings", "contact")
"""Names of the reports that are templates."""


@cache
def built_in_template(name: str) -> Template:
    """What a report says."""
    content = files("shequ.reports").joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return read_template(f"{name}.toml", content, ACCOUNTS)


def built_in_templates() -> dict[str, Template]:
    """The templates that a district's own can extend, by name."""
    return {name: built_in_template(name) for name in TEMPLATES}


def _build(name: str, context: ReportContext) -> Document:
    return build(built_in_template(name), context)


def build_work_report(context: ReportContext) -> Document:
    """The work report of a district over a period.

    Raises:
        NothingToReport: If none of its figures has data.
        InvalidRules: If the template names a metric that does not exist.
    """
    return _build("work", context)


@hookimpl
def shequ_reports() -> Mapping[str, ReportBuilder]:
    """The reports, by name."""
    return {**{name: partial(_build, name) for name in TEMPLATES}, "restatement": build_restatement}
