"""A document in each format, and what can be read in it."""

import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from html.parser import HTMLParser
from io import BytesIO
from typing import Any
from xml.etree import ElementTree as ET

import openpyxl

from shequ.reports import Document, Renderer
from shequ.reports.excel import write_xlsx
from shequ.reports.html import write_html
from shequ.reports.json import write_json
from shequ.reports.markdown import write_markdown
from shequ.reports.word import write_docx

WRITERS: Mapping[str, Renderer] = {
    "docx": write_docx,
    "html": write_html,
    "json": write_json,
    "md": write_markdown,
    "xlsx": write_xlsx,
}
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def rendered(document: Document, suffix: str) -> bytes:
    """The document in a format."""
    stream = BytesIO()
    WRITERS[suffix](document, stream)
    return stream.getvalue()


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in ("style", "script", "svg")
        self.told.append("\n")
        self.told += [value for name, value in attrs if name == "aria-label" and value]

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in ("style", "script", "svg")
        self.told.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.told.append(data)


def _html(data: bytes) -> str:
    reader = _Text()
    reader.feed(re.sub(r"</?a\b[^>]*>|</?(b|span|code)\b[^>]*>", "", data.decode()))
    return "".join(reader.told)


def part(data: bytes, name: str) -> ET.Element:
    """A part of an office document."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return ET.fromstring(archive.read(name))  # noqa: S314 - what was just written


def paragraphs(data: bytes) -> list[str]:
    """The text of each paragraph of a Word document, those in tables among them."""
    body = part(data, "word/document.xml")
    return ["".join(text.text or "" for text in one.iter(f"{WORD}t")) for one in body.iter(f"{WORD}p")]


def _docx(data: bytes) -> str:
    told = [found.get("descr", "") for found in part(data, "word/document.xml").iter() if found.tag.endswith("docPr")]
    return "\n".join([*paragraphs(data), *told])


def cells(data: bytes) -> dict[str, list[list[Any]]]:
    """The values of each sheet of a workbook."""
    book = openpyxl.load_workbook(BytesIO(data))
    return {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book}


def _xlsx(data: bytes) -> str:
    book = openpyxl.load_workbook(BytesIO(data))
    return "\n".join(
        _shown(cell) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None
    )


def _shown(cell: Any) -> str:
    """A cell as the program shows it: numbers by their format."""
    if isinstance(cell.value, str) or cell.number_format == "General":
        return str(cell.value)
    places = len(cell.number_format.partition(".")[2].rstrip("%"))
    if cell.number_format.endswith("%"):
        return f"{cell.value * 100:.{places}f}%"
    return f"{cell.value:.{places}f}"


def _json(data: bytes) -> str:
    return "\n".join(_strings(json.loads(data)["sections"]))


def _strings(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from _strings(item)
        case {"figure": _, "text": text}:
            yield text
        case dict():
            for name, item in value.items():
                if name not in ("rule", "division", "measured"):
                    yield from _strings(item)


def _md(data: bytes) -> str:
    return re.sub(r"\\(.)", r"\1", data.decode())


TEXTS: Mapping[str, Callable[[bytes], str]] = {"docx": _docx, "html": _html, "json": _json, "md": _md, "xlsx": _xlsx}


def text_of(document: Document, suffix: str) -> str:
    """What somebody reads who has the document in a format; pictures by their alternative."""
    return TEXTS[suffix](rendered(document, suffix))
