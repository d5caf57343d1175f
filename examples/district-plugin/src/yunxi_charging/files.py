"""A store of one file per record, which people can open in any editor and keep under version control.

A folder holds, for each district, ``journal.jsonl`` with a line for each commit, which is what counts, and
``records/TYPE/ID.json``, which follow from it and show the present state. Records must fit in memory.

What it cannot do: several processes at once (a second one is turned away), filter or count by itself (the library does
that over all records). It keeps the past (``known_at``), survives a crash (``durable``), and takes over and gives whole
histories (``replay``).
"""

import fcntl
import hashlib
import json
import os
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import attrs

from shequ.errors import BackendError, Misuse
from shequ.model import Schema
from shequ.store import Entry, Store
from shequ.store.chain import Head, first_misfit
from shequ.store.memory import MemoryStore

__all__ = ["FileStore", "open_files"]


class FileStore(MemoryStore):
    """Keeps each record in a file of its own.

    Args:
        folder: Where everything is kept; it is made if there is none.
        schema: The record types.

    Raises:
        BackendError: If the folder cannot be used, or another process uses it.
    """

    capabilities = frozenset({"durable", "known_at", "replay"})

    def __init__(self, folder: Path, schema: Schema) -> None:
        super().__init__(schema)
        self._folder = folder
        self._kept: dict[str, list[Entry]] = {}
        self._behind: dict[str, set[tuple[str, str]]] = {}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._used = (folder / "in-use").open("w")
        except OSError as error:
            raise BackendError(f"无法打开 {folder}：{error.strerror}", remedy="检查路径和权限") from error
        try:
            fcntl.flock(self._used, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._used.close()
            raise BackendError(f"{folder} 正由另一个程序使用", remedy="关闭那个程序后再打开") from error
        try:
            for journal in sorted(folder.glob("*/journal.jsonl")):
                self._take_in(journal)
        except BaseException:
            self._used.close()
            raise

    def _take_in(self, journal: Path) -> None:
        """Read a district's journal, and mend the records' files that do not follow it."""
        district, entries = _read_journal(journal)
        self._kept[district] = entries
        self.replay(district, entries)
        self._behind[district] = {(entry.type, entry.id) for entry in entries}
        self._write_records(district)

    def keep(self, district: str, history: Sequence[Entry]) -> None:
        """Append a commit to the journal; after an erasure the journal is written anew."""
        kept = self._kept.get(district, [])
        if len(history) == len(kept):
            return  # it is being read
        place = self._place(district)
        new = history[len(kept) :]
        try:
            place.mkdir(exist_ok=True)
            if kept and all(ours is theirs for ours, theirs in zip(kept, history, strict=False)):
                _append(place / "journal.jsonl", _line(new))
            else:
                commits: dict[int, list[Entry]] = {}
                for entry in history:
                    commits.setdefault(entry.commit, []).append(entry)
                header = json.dumps({"district": district}) + "\n"
                _write_whole(place / "journal.jsonl", header + "".join(_line(made) for made in commits.values()))
        except OSError as error:
            raise BackendError(f"无法写入 {place}：{error.strerror}", remedy="检查磁盘空间和权限") from error
        self._kept[district] = list(history)
        self._behind.setdefault(district, set()).update((entry.type, entry.id) for entry in new)
        self._write_records(district)

    def _write_records(self, district: str) -> None:
        """Bring the records' files up to the journal; those that cannot be written now are written next time."""
        pending = self._behind.get(district, set())
        latest = {key: entry for entry in self._kept[district] if (key := (entry.type, entry.id)) in pending}
        for key, entry in latest.items():
            try:
                _bring_up(self._place(district) / "records" / entry.type / f"{_plain(entry.id)}.json", entry)
            except OSError:
                return  # the commit stands in the journal; a full disk must not make it look as if it had failed
            pending.discard(key)

    def verify(self, district: str) -> int | None:
        """Check the chain as the journal has it: what somebody altered in it shows."""
        known = self._kept.get(district)
        if known:
            last = known[-1]
            misfit = first_misfit(
                district,
                _read_journal(self._place(district) / "journal.jsonl")[1],
                Head(last.number, last.commit, last.digest),
            )
            if misfit is not None:
                return misfit
        return super().verify(district)

    def _place(self, district: str) -> Path:
        return self._folder / hashlib.sha256(district.encode()).hexdigest()[:32]

    def close(self) -> None:
        """Release the folder."""
        super().close()
        self._used.close()


def _read_journal(journal: Path) -> tuple[str, list[Entry]]:
    """District and history; a commit that was being written when the process died is cut off.

    Raises:
        BackendError: If it cannot be read.
    """
    try:
        content = journal.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if whole != content:
            os.truncate(journal, len(whole))
        first, *commits = (json.loads(line) for line in whole.decode().split("\n")[:-1])
        return first["district"], [_entry(plain) for commit in commits for plain in commit]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise BackendError(f"无法读取 {journal}：{error!r}", remedy="换用完好的备份") from error


def _entry(plain: dict[str, Any]) -> Entry:
    return Entry(**{**plain, "at": datetime.fromisoformat(plain["at"])})


def _line(entries: Sequence[Entry]) -> str:
    """A commit as a line."""
    plain = [{**attrs.asdict(entry), "at": entry.at.isoformat()} for entry in entries]
    return json.dumps(plain, ensure_ascii=False) + "\n"


def _append(file: Path, line: str) -> None:
    """Append a line; if it cannot be written whole, the file is as it was."""
    with file.open("ab", buffering=0) as stream:
        before = stream.tell()
        try:
            left = line.encode()
            while left:
                left = left[stream.write(left) :]
            os.fsync(stream.fileno())
        except OSError:
            stream.truncate(before)
            raise


def _write_whole(file: Path, text: str) -> None:
    """Write a file beside the old one and put it in its place."""
    part = file.with_suffix(".part")
    with part.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(file)


def _bring_up(file: Path, entry: Entry) -> None:
    """Let the file of a record show what an entry left behind."""
    if entry.after is None:
        file.unlink(missing_ok=True)
        return
    shown = {"version": entry.number, **json.loads(entry.after)}
    text = json.dumps(shown, ensure_ascii=False, indent=1) + "\n"
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        part.write_text(text, encoding="utf-8", newline="\n")
        part.replace(file)


def _plain(id_: str) -> str:
    """An id as a file's name that is the same on disks that do not tell capitals apart."""
    return re.sub("[A-Z]", lambda found: f"+{found[0].lower()}", id_)


def open_files(url: str, schema: Schema) -> Store:
    """Open the store at ``files:///path/of/folder``.

    Raises:
        Misuse: If the URL names no folder.
    """
    path = url.removeprefix("files:///")
    if path == url or not path:
        raise Misuse(f"存储地址 {url!r} 没有文件夹", remedy="写成 files:///street（相对路径）或 files:////srv/street")
    return FileStore(Path(path), schema)
