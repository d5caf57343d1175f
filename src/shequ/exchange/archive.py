"""The form of a backup: a whole history as JSON Lines, ``shequ.export/1``.

The first line is the header: who wrote it, of which district, how many entries of which record types, and the digest
of the last one. Then one line an entry, with everything that the hash chain covers and the values behind it; so line
``n + 1`` is the entry numbered ``n``. The last line repeats number and digest of the last entry: a file without it was
cut. Nothing in it depends on the store that it came from or on when it was written.

Whoever holds such a file holds every value in it, personal ones too, in plain text.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import attrs

from shequ import __version__
from shequ.errors import BackendError, BadData, BrokenChain, Misuse
from shequ.model import Schema
from shequ.store.chain import Entry, Head, canonical, linked
from shequ.store.forms import Former
from shequ.system_faults import cause

__all__ = ["FORMAT", "Archive", "Header", "Progress", "entry_line", "footer_line"]

FORMAT = "shequ.export/1"
_FAMILY = FORMAT.partition("/")[0]
_LAST = 4096  # the footer has about a hundred bytes
_EVERY = 5000

Progress = Callable[[str, int], None]
"""Told what is being done and how much of it, now and then."""


@attrs.frozen
class Header:
    """What a backup says about itself.

    Args:
        library: Version of the library that wrote it.
        district: The district.
        entries: How many entries there are.
        commits: How many commits.
        digest: Digest of the last entry.
        types: Name of each record type, with how many entries are about it.
        former: What former declarations of them wrote (:func:`shequ.store.forms.told`); the file is silent if nothing.
    """

    library: str
    district: str
    entries: int
    commits: int
    digest: str
    types: Mapping[str, int]
    former: Former = attrs.field(factory=dict)

    @classmethod
    def of(cls, district: str, last: Entry, types: Mapping[str, int], former: Former) -> "Header":
        """The header of a history that ends with an entry; what was said may be of a longer one, taken in meanwhile."""
        kept = {name: [min(number, last.number) for number in former[name]] for name in sorted(former)}
        return cls(__version__, district, last.number, last.commit, last.digest, dict(sorted(types.items())), kept)

    @property
    def line(self) -> bytes:
        """As it stands in the file."""
        said = attrs.asdict(self)
        if not self.former:
            del said["former"]
        return _line({"format": FORMAT, **said})


def entry_line(entry: Entry) -> bytes:
    """An entry as it stands in the file; its values as the chain covers them, to the byte."""
    before = {
        "number": entry.number,
        "commit": entry.commit,
        "at": entry.time,
        "actor": entry.actor,
        "reason": entry.reason,
        "type": entry.type,
        "id": entry.id,
        "before": entry.before,
    }
    behind = {"salt": entry.salt, "value_hash": entry.value_hash, "digest": entry.digest}
    return f'{_text(before)[:-1]},"after":{entry.after or "null"},{_text(behind)[1:]}\n'.encode()


def footer_line(header: Header) -> bytes:
    """The last line."""
    return _line({"end": header.entries, "digest": header.digest})


@attrs.frozen
class Archive:
    """A backup in a file.

    Args:
        path: The file.
        header: What it says about itself.
    """

    path: Path
    header: Header

    @classmethod
    def open(cls, path: Path) -> "Archive":
        """Look at a file's first and last line.

        Raises:
            BackendError: If it cannot be read.
            BadData: If it is no backup, of another version, or was cut.
        """
        with _reading(path) as file:
            header = _header(path, file.readline())
            file.seek(max(0, path.stat().st_size - _LAST))
            end = file.read()
        if not end.endswith(b"\n" + footer_line(header)):
            raise BadData(
                f"{path} 不完整：首行说有 {header.entries} 条历史，末行却不是相应的结束行",
                remedy="文件可能被截断或拼接；重新导出或重新复制后再导入",
            )
        return cls(path, header)

    def refuse_unknown(self, schema: Schema) -> None:
        """See that every record type is known.

        Raises:
            Misuse: If not, with all that are not.
        """
        known = {name for declared in schema for name in (declared.name, *schema.former(declared.name))}
        unknown = [name for name in self.header.types if name not in known]
        if unknown:
            raise Misuse(
                f"{self.path} 中有本程序没有的记录类型：{'、'.join(unknown)}",
                remedy="先安装提供这些类型的插件，或升级 shequ，再导入（shequ plugins 列出已有的插件）",
            )

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """The entries behind a number, as they stand there.

        Raises:
            BadData: If a line is no entry.
        """
        with _reading(self.path) as file:
            for number in range(self.header.entries + 1):
                line = file.readline()
                if number > after:
                    yield self.entry(number, line)

    def entry(self, number: int, line: bytes) -> Entry:
        """The entry that a line holds; ``number`` is for the message.

        Raises:
            BadData: If it is none.
        """
        try:
            found = json.loads(line)
            after = found["after"]
            entry = Entry(
                **{
                    **found,
                    "at": datetime.fromisoformat(found["at"]).astimezone(UTC),
                    "after": None if after is None else canonical(after),
                }
            )
            whole = entry_line(entry) == line
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise self.fault(number, "不是一条历史") from error
        if not whole:
            raise self.fault(number, "不是导出时的写法")
        return entry

    def checked(self, progress: Progress | None = None) -> Iterator[Entry]:
        """The entries, each checked against the chain, and all of them against header and last line.

        Raises:
            BadData: If an entry does not fit, with its line.
        """
        types: Counter[str] = Counter()
        last = Head.origin(self.header.district)
        try:
            for entry in linked(last, self.entries()):
                types[entry.type] += 1
                last = Head(entry.number, entry.commit, entry.digest)
                if progress is not None and entry.number % _EVERY == 0:
                    progress("核对", entry.number)
                yield entry
        except BrokenChain as error:
            raise self.fault(error.number, "与前一条接不上，或内容与摘要不符") from error
        said = Head(self.header.entries, self.header.commits, self.header.digest)
        if last != said or types != self.header.types:
            raise BadData(f"{self.path}：内容与首行所说的条数、类型或摘要不符", remedy="换用另一份完好的备份")

    def fault(self, number: int, what: str) -> BadData:
        """What is wrong with an entry, with its line."""
        return BadData(f"{self.path} 第 {number + 1} 行：{what}", remedy="文件被改动或损坏；换用另一份完好的备份")


def _header(path: Path, line: bytes) -> Header:
    try:
        found = json.loads(line)
        given = found.pop("format")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BadData(f"{path} 不是 shequ 导出的备份", remedy="用 shequ export 写出的文件才能这样导入") from error
    if given != FORMAT:
        newer = str(given).partition("/")[0] == _FAMILY
        raise BadData(
            f"{path} 的格式是 {given!r}，本程序只认识 {FORMAT}",
            remedy="升级 shequ 后再导入（pip install -U shequ）" if newer else "用 shequ export 写出的文件才能这样导入",
        )
    try:
        header = Header(**found)
        former = header.former.values()
        whole = (
            header.line == line
            and 0 < header.commits <= header.entries == sum(header.types.values())
            and all(type(number) is int for numbers in former for number in numbers)
            and all([0, *numbers, header.entries] == sorted([0, *numbers, header.entries]) for numbers in former)
        )
    except (ValueError, TypeError, AttributeError):
        whole = False
    if not whole:
        raise BadData(f"{path} 第 1 行：首行不完整", remedy="文件被改动或损坏；换用另一份完好的备份")
    return header


def _reading(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise BackendError(f"无法读取 {path}：{cause(error)}", remedy="核对路径和读取权限") from error


def _line(values: dict[str, Any]) -> bytes:
    return f"{_text(values)}\n".encode()


def _text(values: dict[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))
