"""The renderer of Word documents in the layout of GB/T 9704-2012, as the built-in plugin that offers it."""

from collections.abc import Mapping
from importlib import import_module
from typing import BinaryIO

from shequ.errors import MissingExtra
from shequ.hookspecs import hookimpl
from shequ.reports.context import Renderer
from shequ.reports.document import Document

__all__ = ["write_docx"]


def write_docx(document: Document, stream: BinaryIO) -> None:
    """Write a report as a Word document.

    Raises:
        MissingExtra: If python-docx, altair or vl-convert is not installed.
    """
    try:
        import_module("docx")
    except ImportError as error:
        raise MissingExtra("Word 报告", "docx") from error
    from shequ.reports.word.report import compose  # imports python-docx

    compose(document).save(stream)


@hookimpl
def shequ_renderers() -> Mapping[str, Renderer]:
    """The format ``docx``."""
    return {"docx": write_docx}
