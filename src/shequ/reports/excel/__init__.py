"""The renderer of Excel workbooks, as the built-in plugin that offers it."""

from collections.abc import Mapping
from importlib import import_module
from typing import BinaryIO

from shequ.errors import MissingExtra
from shequ.hookspecs import hookimpl
from shequ.reports.context import Renderer
from shequ.reports.document import Document

__all__ = ["write_xlsx"]


def write_xlsx(document: Document, stream: BinaryIO) -> None:
    """Write a report as an Excel workbook.

    Raises:
        MissingExtra: If openpyxl is not installed.
    """
    try:
        import_module("openpyxl")
    except ImportError as error:
        raise MissingExtra("Excel 报告", "excel") from error
    from shequ.reports.excel.report import compose  # imports openpyxl

    compose(document).save(stream)


@hookimpl
def shequ_renderers() -> Mapping[str, Renderer]:
    """The format ``xlsx``."""
    return {"xlsx": write_xlsx}
