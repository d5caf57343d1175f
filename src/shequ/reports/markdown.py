"""The renderer of Markdown (CommonMark with tables), as the built-in plugin that offers it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO

from shequ.hookspecs import hookimpl
from shequ.reports.context import Renderer
from shequ.reports.document import (
    Block,
    Bullets,
    Chart,
    Document,
    FindingList,
    Note,
    Paragraph,
    Run,
    Section,
    Table,
    plain,
)
from shequ.reports.lineage import Source, sources

__all__ = ["escaped", "render_markdown", "write_markdown"]

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~&{}!$])")
_LINE_START = re.compile(r"^(\d{0,9})([-+=.)])")
_RULERS = {"left": ":---", "right": "---:"}


def escaped(text: str) -> str:
    r"""Text that Markdown prints as it stands, on one line, wherever it stands in it.

    >>> print(escaped("甲*社区*|乙"))
    甲\*社区\*\|乙
    """
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def opening(text: str) -> str:
    r"""Escaped text that opens a line and starts no list, heading or rule there.

    >>> print(opening("1. 甲"), opening("- 乙"))
    1\. 甲 \- 乙
    """
    return _LINE_START.sub(r"\1\\\2", escaped(text))


def render_markdown(document: Document) -> str:
    """A report as Markdown, a chart as its table; an appendix says how each metric came about."""
    lines = [f"# {escaped(document.title)}", "", opening(document.subtitle), ""]
    lines += [f"- {label}：{escaped(text)}" for label, text in document.facts]
    lines.append("")
    for section in document.sections:
        lines += _section(section)
    lines += ["## 数据来源", ""]
    lines += [_source(source) for source in sources(document) if source.has_data]
    return "\n".join(lines).rstrip() + "\n"


def _section(section: Section) -> Iterator[str]:
    yield f"{'#' * (section.level + 1)} {escaped(section.title)}"
    yield ""
    for block in section.blocks:
        yield from _block(block)
        yield ""


def _block(block: Block) -> Iterator[str]:
    match block:
        case Note(runs):
            yield f"> 注：{_text(runs)}"
        case Paragraph(runs, topic):
            # The topic ends in a letter, so that the closing ** is one whatever follows it.
            yield f"**{escaped(topic)}**：{_text(runs)}" if topic else opening(plain(runs))
        case Bullets(items):
            yield from (f"- {opening(plain(item))}" for item in items)
        case Table():
            yield from _table(block)
        case Chart():
            yield from _table(block.table)
            if block.standard is not None:
                yield ""
                yield opening(f"{block.standard.text}{block.unit}（{block.standard.use.citation}）。")
        case FindingList():
            yield from _findings(block)


def _table(table: Table) -> Iterator[str]:
    yield f"**{escaped(table.titled)}**"
    yield ""
    yield _row(escaped(name) for name in table.full_header)
    yield _row(_RULERS[alignment] for alignment in table.alignments)
    yield from (_row(_text((cell,)) for cell in row) for row in table.rows)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _findings(block: FindingList) -> Iterator[str]:
    for finding in block.findings:
        facts = _facts(block.own(finding))
        yield f"- 【{finding.severity.label}】{escaped(finding.message)}。" + (f"{facts}。" if facts else "")
    if block.more:
        yield f"- 同类问题另有 {block.more} 项，此处不一一列出。"
    if block.common:
        yield ""
        yield f"以上各项{_facts(block.common)}。"


def _facts(facts: Iterable[tuple[str, str]]) -> str:
    return "；".join(f"{label}：{escaped(text)}" for label, text in facts)


def _text(runs: tuple[Run, ...]) -> str:
    return escaped(plain(runs))


def _source(source: Source) -> str:
    metric = source.metric
    told = [f"定义：{source.definition}"]
    if metric.base:
        told.append(f"口径：{metric.base}")
    first, *others = source.told
    told += [f"来源：{first}", *others]
    return f"- **{escaped(metric.name)}**（`{metric.code}`）：{escaped('；'.join(told))}。"


def write_markdown(document: Document, stream: BinaryIO) -> None:
    """Write a report as Markdown."""
    stream.write(render_markdown(document).encode())


@hookimpl
def shequ_renderers() -> Mapping[str, Renderer]:
    """The format ``md``."""
    return {"md": write_markdown}
