"""The renderer of JSON documents (``shequ.report/1``), as the built-in plugin that offers it."""

import json
from collections.abc import Mapping
from typing import Any, BinaryIO

from shequ.hookspecs import hookimpl
from shequ.metrics import Measurement, exact_json
from shequ.reports.context import Renderer
from shequ.reports.document import Block, Bullets, Chart, Document, FindingList, Note, Paragraph, Run, Table
from shequ.reports.lineage import Source, sources

__all__ = ["FORMAT", "as_json", "render_json", "write_json"]

FORMAT = "shequ.report/1"
"""What the document says of itself."""


def as_json(document: Document) -> dict[str, Any]:
    """A report as JSON values.

    A figure in the text is ``{"figure": n, "text": …}``, where ``n`` counts the items of ``measurements`` from 0.
    """
    measurements = document.measurements()
    numbers = {found: number for number, found in enumerate(measurements)}
    return {
        "format": FORMAT,
        "title": document.title,
        "subtitle": document.subtitle,
        "district": {"code": document.place.code, "name": document.place.name},
        "period": str(document.period),
        "at": document.at.isoformat(),
        "day": document.day.isoformat(),
        "rule_sets": list(document.rule_sets),
        "plugin": document.plugin,
        "made_by": list(document.made_by),
        "sections": [
            {
                "number": section.number,
                "heading": section.heading,
                "level": section.level,
                "blocks": [_block(block, numbers) for block in section.blocks],
            }
            for section in document.sections
        ],
        "measurements": [found.as_json() for found in measurements],
        "definitions": {source.metric.code: _definition(source) for source in sources(document)},
        "findings": [finding.as_json() for finding in document.findings],
    }


def _definition(source: Source) -> dict[str, Any]:
    return {
        "name": source.metric.name,
        "unit": source.metric.unit,
        "definition": source.definition,
        "base": source.metric.base,
        "norms": [{"rule": norm.rule, "demand": norm.demand, "citation": norm.citation} for norm in source.norms],
    }


def _block(block: Block, numbers: Mapping[Measurement, int]) -> dict[str, Any]:
    match block:
        case Note(runs):
            return {"kind": "note", "runs": _runs(runs, numbers)}
        case Paragraph(runs, topic):
            return {"kind": "paragraph", "topic": topic, "runs": _runs(runs, numbers)}
        case Bullets(items):
            return {"kind": "list", "items": [_runs(item, numbers) for item in items]}
        case Table(caption, header, rows, total, spans):
            return {
                "kind": "table",
                "label": block.label,
                "caption": caption,
                "spans": [list(span) for span in spans],
                "header": list(header),
                "rows": [[_run(cell, numbers) for cell in row] for row in rows],
                "total": total,
            }
        case Chart():
            return _chart(block, numbers)
        case FindingList(findings, more):
            return {"kind": "findings", "findings": [one.as_json() for one in findings], "more": more}


def _chart(chart: Chart, numbers: Mapping[Measurement, int]) -> dict[str, Any]:
    standard = chart.standard
    return {
        "kind": "chart",
        "form": str(chart.kind),
        "label": chart.label,
        "title": chart.title,
        "alternative": chart.alternative,
        "axis": chart.axis,
        "unit": chart.unit,
        "categories": list(chart.categories),
        "series": [
            {
                "name": one.name,
                "figures": [None if figure is None else _run(figure, numbers) for figure in one.figures],
            }
            for one in chart.series
        ],
        "standard": None
        if standard is None
        else {"name": standard.name, "value": exact_json(standard.use.value), "citation": standard.use.citation},
    }


def _runs(runs: tuple[Run, ...], numbers: Mapping[Measurement, int]) -> list[Any]:
    return [_run(run, numbers) for run in runs]


def _run(run: Run, numbers: Mapping[Measurement, int]) -> Any:
    if isinstance(run, str):
        return run
    found: dict[str, Any] = {"figure": numbers[run.measurement], "text": run.text}
    if run.others:
        found["with"] = [numbers[other] for other in run.others]
    return found


def render_json(document: Document) -> str:
    """A report as JSON text, the same for the same document."""
    return json.dumps(as_json(document), ensure_ascii=False, indent=1) + "\n"


def write_json(document: Document, stream: BinaryIO) -> None:
    """Write a report as JSON."""
    stream.write(render_json(document).encode())


@hookimpl
def shequ_renderers() -> Mapping[str, Renderer]:
    """The format ``json``."""
    return {"json": write_json}
