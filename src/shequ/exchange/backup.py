"""Backup and restore: the whole history of a district to a file and back, between any two stores.

Both can be interrupted and run again. An export writes to a file beside the one wanted, which it takes up where it
ended if nothing was changed since (or else begins anew, so that nothing that was erased meanwhile stays in it), reads
it back, and only then gives it its name. An import reads the file through before it stores anything, stores whole
commits, and goes on from where the store stands.
"""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import attrs

from shequ.errors import BackendError, BadData, DistrictRequired, InvalidRecord, Misuse
from shequ.exchange.archive import Archive, Header, Progress, entry_line, footer_line
from shequ.model import Schema
from shequ.store import Entry, Store
from shequ.store.forms import marked
from shequ.system_faults import cause

__all__ = ["Transfer", "export_history", "import_history"]

_EVERY = 5000
_PORTION = 5000
"""Entries that are stored in one transaction at least, if there are so many; a commit is never divided."""


@attrs.frozen
class Transfer:
    """What was exported or imported.

    Args:
        district: The district.
        entries: Entries of its history in the file.
        commits: Commits in the file.
        already: How many of the entries were already there.
        digest: Digest of the last entry.
    """

    district: str
    entries: int
    commits: int
    already: int
    digest: str


def export_history(store: Store, district: str, path: Path, *, progress: Progress | None = None) -> Transfer:
    """Write the whole history of a district to a file, as it stands when this begins.

    Args:
        store: The store.
        district: The district.
        path: The file; one that is there is replaced once the new one is whole.
        progress: Told what is being done.

    Raises:
        Unsupported: If the store does not declare ``replay``.
        DistrictRequired: If the store holds no such district.
        BadData: If the chain is broken.
        BackendError: If the file cannot be written.
    """
    store.require("replay")
    header = _survey(store, district, progress)
    part = path.with_name(f"{path.name}.part")
    try:
        with _part(part) as file:
            already, end = _taken_up(part, header)
            file.truncate(end)
            file.seek(end)
            if not end:
                file.write(header.line)
            for entry in store.log(district, after=already):
                if entry.number > header.entries:
                    break
                file.write(entry_line(entry))
                if progress is not None and entry.number % _EVERY == 0:
                    progress("导出", entry.number)
            file.write(footer_line(header))
            file.flush()
            os.fsync(file.fileno())
        try:
            for _ in Archive.open(part).checked(progress):
                pass
        except BadData as error:
            part.unlink()
            raise BadData(
                f"街道 {district} 未能备份：{error.message}", remedy="库中的历史可能被改动；用 verify 查明，从备份恢复"
            ) from error
        part.replace(path)
    except OSError as error:
        raise BackendError(
            f"无法写入 {error.filename or part}：{cause(error)}",
            remedy="检查文件夹是否存在、是否可写、磁盘是否已满；再次运行即从中断处继续",
        ) from error
    return Transfer(district, header.entries, header.commits, already, header.digest)


def _survey(store: Store, district: str, progress: Progress | None) -> Header:
    types: Counter[str] = Counter()
    last: Entry | None = None
    for last in store.log(district):
        types[last.type] += 1
        if progress is not None and last.number % _EVERY == 0:
            progress("清点", last.number)
    if last is None:
        raise DistrictRequired(store.districts())
    return Header.of(district, last, types, store.former(district))


def _part(path: Path) -> BinaryIO:
    """Open a file for reading and writing that nobody else may read."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b")


def _taken_up(part: Path, header: Header) -> tuple[int, int]:
    """How many entries stand in an unfinished file of the same history, and where the last of them ends."""
    number = end = 0
    with part.open("rb") as file:
        if file.readline() != header.line:
            return 0, 0
        end = file.tell()
        archive = Archive(part, header)
        for line in file:
            try:
                archive.entry(number + 1, line)
            except BadData:
                break
            number += 1
            end += len(line)
    return number, end


def import_history(
    store: Store,
    schema: Schema,
    path: Path,
    *,
    district: str | None = None,
    progress: Progress | None = None,
) -> Transfer:
    """Take a history that was exported into a store; what the store has of it already is left alone.

    Args:
        store: The store.
        schema: The record types that it was opened for.
        path: The file.
        district: The district that it must be of; ``None`` if it may be any.
        progress: Told what is being done.

    Raises:
        Unsupported: If the store does not declare ``replay``.
        BackendError: If the file cannot be read.
        BadData: If it is no backup, of another version, cut, or altered; with the line.
        Misuse: If it is of another district, holds record types that are not known, or the store has another
            history of the district.
    """
    store.require("replay")
    archive = Archive.open(path)
    header = archive.header
    if district not in (None, header.district):
        raise Misuse(f"{path} 是街道 {header.district} 的备份，不是 {district} 的", remedy="核对 --district 或文件")
    archive.refuse_unknown(schema)
    marked(schema, header.former, header.entries)  # refuses steps that are not known, before anything is read
    former = {"former": header.former} if schema.migrations else {}
    already = _compared(store, archive, progress)
    commits = _Commits(archive.entries(after=already))
    while commits.more:
        try:
            store.replay(header.district, commits.portion(), **former)
        except InvalidRecord as error:
            raise archive.fault(commits.number, error.message) from error
        if progress is not None:
            progress("写入", commits.number)
    return Transfer(header.district, header.entries, header.commits, already, header.digest)


def _compared(store: Store, archive: Archive, progress: Progress | None) -> int:
    """Check the whole file, and see how much of it the store has.

    Raises:
        BadData: If the file is altered.
        Misuse: If the store has another history.
    """
    already = 0
    stored = store.log(archive.header.district)
    for entry in archive.checked(progress):
        mine = next(stored, None)
        if mine is None:
            continue
        if mine.digest != entry.digest:
            raise Misuse(
                f"库中已有街道 {archive.header.district} 的另一份历史：第 {entry.number} 条起与 {archive.path} 不同",
                remedy="导入到新库",
            )
        if entry.erased and not mine.erased:
            raise Misuse(f"库中第 {entry.number} 条的内容在 {archive.path} 中已依法清除", remedy="导入到新库，弃用此库")
        already = entry.number
    return already


class _Commits:
    """Entries, handed out in portions of whole commits.

    Args:
        entries: The entries, in order.
    """

    def __init__(self, entries: Iterator[Entry]) -> None:
        self._rest = entries
        self._ahead = next(entries, None)
        self.number = 0
        """Number of the entry that was handed out last."""

    @property
    def more(self) -> bool:
        """Whether there is another portion."""
        return self._ahead is not None

    def portion(self) -> Iterator[Entry]:
        """The next portion; the one before must have been drawn to its end."""
        given, commit = 0, None
        while (entry := self._ahead) is not None and (given < _PORTION or entry.commit == commit):
            self.number = entry.number
            yield entry
            given, commit = given + 1, entry.commit
            self._ahead = next(self._rest, None)
