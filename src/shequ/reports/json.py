"""The renderer of JSON documents (``shequ.report/1``), as the built-in plugin that offers it."""

import json
from collections.abc import Mapping
from typing import Any

from shequ.hookspecs import hookimpl
from shequ.metrics import Measurement
from shequ.reports.context import Renderer
from shequ.reports.document import Block, Bullets, Document, FindingList, Note, Paragraph, Run, Table

__all__ = ["FORMAT", "as_json", "render_json"]

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
        "findings": [finding.as_json() for finding in document.findings],
    }


def _block(block: Block, numbers: Mapping[Measurement, int]) -> dict[str, Any]:
    match block:
        case Note(runs):
            return {"kind": "note", "runs": _runs(runs, numbers)}
        case Paragraph(runs, topic):
            return {"kind": "paragraph", "topic": topic, "runs": _runs(runs, numbers)}
        case Bullets(items):
            return {"kind": "list", "items": [_runs(item, numbers) for item in items]}
        case Table(caption, header, rows, total):
            cells = [[_run(cell, numbers) for cell in row] for row in rows]
            return {"kind": "table", "caption": caption, "header": list(header), "rows": cells, "total": total}
        case FindingList(findings, more):
            return {"kind": "findings", "findings": [one.as_json() for one in findings], "more": more}


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


@hookimpl
def shequ_renderers() -> Mapping[str, Renderer]:
    """The format ``json``."""
    return {"json": render_json}
