"""The report on charging piles, and a format for those who reckon on: the measurements of any document as CSV."""

import csv
import io
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import BinaryIO

from shequ.metrics import NO_DATA, exact_json
from shequ.reports import Document, Renderer, ReportBuilder, templated

__all__ = ["RENDERERS", "charging_report", "work_with_charging", "write_csv"]

_HEADER = ("指标", "代码", "区划", "分组", "时间", "数值", "单位", "来源")


@cache
def charging_report() -> ReportBuilder:
    """The report on charging piles; what it says stands in ``report.toml``."""
    return templated("report.toml", files("yunxi_charging").joinpath("report.toml").read_text(encoding="utf-8"))


def work_with_charging() -> str:
    """The template of the work report with a part on charging piles."""
    return files("yunxi_charging").joinpath("section.toml").read_text(encoding="utf-8")


def write_csv(document: Document, stream: BinaryIO) -> None:
    """Write every measurement of a document, exact and in the order of its text; it says what has no data.

    Args:
        document: Any report.
        stream: Where it is written: UTF-8 with the mark by which spreadsheet programs know it.
    """
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(_HEADER)
    for found in document.measurements():
        time = str(found.period) if found.period is not None else found.when.day.isoformat()
        value = NO_DATA if found.value is None else exact_json(found.value)
        group = found.group or ""
        rows.writerow(
            [
                found.metric.name,
                found.metric.code,
                found.place.name,
                group,
                time,
                value,
                found.metric.unit,
                found.provenance.label,
            ]
        )
    stream.write(text.getvalue().encode("utf-8-sig"))


RENDERERS: Mapping[str, Renderer] = {"csv": write_csv}
