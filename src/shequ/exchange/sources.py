"""From files to raw tables: which files there are, how their bytes become text, their text rows.

A source is a folder (its own files, not those in folders below) or one file. Read are ``.csv`` (UTF-8 or
GB18030), ``.xlsx`` (see :mod:`shequ.exchange.workbooks`) and ``.toml`` (rule files). A file that cannot be
read becomes a problem and does not stop the others.
"""

import csv
import io
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs

from shequ.errors import BadData
from shequ.exchange.headers import Header, read_header, type_of, unknown_type
from shequ.exchange.problems import Problem, Severity
from shequ.model import RecordType, Schema
from shequ.system_faults import cause

__all__ = ["READABLE", "RawTable", "decode", "read_csv", "source_files"]

READABLE = (".csv", ".xlsx", ".xlsm", ".toml")
_OLD_FORMATS = (".xls", ".et", ".ods", ".xlsb", ".numbers")
_DELIMITERS = (",", ";", "\t")

Row = tuple[int, Sequence[Any]]


@attrs.frozen(eq=False)
class RawTable:
    """A table before its cells are read.

    Args:
        file: Name as problems show it.
        type: The record type that it holds.
        header: Its header row.
        rows: The rows below it, each with its number in the spreadsheet; iterated once.
        bad_rows: Rows that cannot be trusted whatever they hold (they touch merged cells, say).
        problems: What was wrong with the file; complete once ``rows`` has been gone through.
    """

    file: str
    type: RecordType
    header: Header
    rows: Iterator[Row]
    bad_rows: frozenset[int]
    problems: list[Problem]


def source_files(source: Path) -> tuple[tuple[Path, ...], tuple[Problem, ...]]:
    """The files of a source that can be read, and what is to be said about the others.

    Raises:
        BadData: If there is no such file or folder, or nothing in it that can be read.
    """
    try:
        if not source.exists():
            raise BadData(f"找不到 {source}", remedy="检查路径")
        if source.is_dir():
            listed = sorted(path for path in source.iterdir() if path.is_file() and not _ignored(path.name))
        else:
            listed = [source]
    except OSError as error:
        raise BadData(f"无法读取 {source}：{cause(error)}", remedy="检查路径和权限") from error
    readable = tuple(path for path in listed if path.suffix.lower() in READABLE)
    if not readable:
        what = "文件夹中没有可读取的文件" if source.is_dir() else "不是可读取的文件"
        others = f"（有 {'、'.join(path.name for path in listed[:5])}）" if source.is_dir() and listed else ""
        raise BadData(f"{source}：{what}{others}", remedy="放入 .csv 或 .xlsx 文件；空白表用 shequ template 生成")
    return readable, tuple(_not_read(path) for path in listed if path not in readable)


def _ignored(name: str) -> bool:
    own = (".db", ".db-shm", ".db-wal")  # a store that stands beside the sheets
    return name.startswith((".", "~$")) or name.upper().startswith("README") or name.endswith(own)


def _not_read(path: Path) -> Problem:
    old = path.suffix.lower() in _OLD_FORMATS
    return Problem(
        file=path.name,
        row=None,
        column=None,
        field=None,
        value=None,
        code="old-format" if old else "unknown-suffix",
        message=f"不能读取 {path.suffix or '没有后缀'} 的文件，已略过",
        remedy="在电子表格软件中另存为 .xlsx 或 .csv" if old else "若是数据，另存为 .xlsx 或 .csv；否则移出该文件夹",
        severity=Severity.ERROR if old else Severity.ADVICE,
    )


def _broken(file: str, code: str, message: str, remedy: str, row: int | None = None) -> Problem:
    return Problem(file, row, None, None, None, code, message, remedy)


# --- text ------------------------------------------------------------------------------------------

_ENCODING_HINT = "在电子表格软件中另存为“CSV UTF-8”"


def decode(file: str, data: bytes) -> tuple[str | None, list[Problem]]:
    """The text of a file: UTF-8 with or without mark, else GB18030; ``None`` if it is neither."""
    try:
        return data.decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
    # A few broken bytes in UTF-8 would become plausible but wrong characters in GB18030.
    replaced = data.decode("utf-8", "replace")
    broken = replaced.count("\ufffd")
    if broken * 20 < sum(char > "\x7f" for char in replaced):
        return None, [_broken(file, "encoding", "不是完整的 UTF-8 编码", _ENCODING_HINT, line)]
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return None, [_broken(file, "encoding", "既不是 UTF-8 也不是 GB18030 编码", _ENCODING_HINT, line)]
    strange = [place for place, char in enumerate(text) if char > "\x7f" and _is_garbage(char)]
    controls = any(char < " " and char not in "\t\r\n" for char in text)
    if controls or len(strange) * 50 > sum(char > "\x7f" for char in text):
        return None, [_broken(file, "encoding", "编码无法辨认，按 GB18030 读出的是乱码", _ENCODING_HINT)]
    return text, [_rare_characters(file, text, strange)] if strange else []


def _is_garbage(char: str) -> bool:
    return unicodedata.category(char) in ("Co", "Cn", "Cc")


def _rare_characters(file: str, text: str, places: list[int]) -> Problem:
    return Problem(
        file=file,
        row=text.count("\n", 0, places[0]) + 1,
        column=None,
        field=None,
        value=None,
        code="private-characters",
        message=f"有 {len(places)} 个字符是旧字库的自造字，别的电脑上不能显示",
        remedy="换成标准字（如姓名中的生僻字），另存为“CSV UTF-8”",
        severity=Severity.WARNING,
    )


# --- CSV ------------------------------------------------------------------------------------------


def read_csv(path: Path, schema: Schema) -> RawTable | list[Problem]:
    """A CSV file as a raw table, or why it cannot be one."""
    type_ = type_of(path.stem, schema)
    if type_ is None:
        return [unknown_type(path.name, path.stem, schema)]
    try:
        data = path.read_bytes()
    except OSError as error:
        return [_broken(path.name, "unreadable", f"无法读取：{cause(error)}", "检查文件是否被占用或无权限")]
    text, problems = decode(path.name, data)
    if text is None:
        return problems
    if not text.strip():
        return [_broken(path.name, "empty-file", "文件是空的", "填入列名和数据，或移出该文件夹")]
    header, delimiter = _header(path.name, text, type_)
    problems.extend(header.problems)
    if not header.usable:
        return problems
    rows = _csv_rows(path.name, text, delimiter, problems)
    return RawTable(path.name, type_, header, rows, frozenset(), problems)


def _header(file: str, text: str, type_: RecordType) -> tuple[Header, str]:
    """The header row, read with the delimiter by which most of it is known."""
    tried: list[tuple[Header, str]] = []
    for delimiter in _DELIMITERS:
        try:
            cells = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), [])
        except csv.Error:
            cells = []
        tried.append((read_header(file, cells, type_), delimiter))
    return max(tried, key=lambda each: len(each[0].titles))


def _csv_rows(file: str, text: str, delimiter: str, problems: list[Problem]) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, row in enumerate(reader, 1):
            if number > 1:
                yield number, row
    except csv.Error as error:
        problems.append(
            _broken(
                file,
                "broken-csv",
                f"从此行起无法分列，其后各行未读取（{error}）",
                "检查该行的引号是否成对",
                number + 1,
            )
        )
