"""On which line of a TOML text each key stands: the standard reader gives the values only.

The text has been read by :mod:`tomllib` already, so that nothing here needs to be refused; what is walked through are
keys (bare, quoted, dotted), tables, arrays of tables, inline tables and arrays.
"""

import re
import tomllib
from bisect import bisect_right
from collections.abc import Mapping

__all__ = ["KeyPath", "key_lines"]

KeyPath = tuple[str | int, ...]
"""Keys from the top of the document down; a number is the place in an array, from 0."""

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_BARE = re.compile(r"[^\s.=\]\[\"'#,{}]+")
_SCALAR = re.compile(r"[^,\]}#\n]+")
_QUOTED = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}(?!")|\'\'\'.*?\'{3,5}(?!\')|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'',
    re.DOTALL,
)


def key_lines(content: str) -> Mapping[KeyPath, int]:
    """The line, counted from 1, of each key, table and element of an array of a valid TOML text."""
    return _Walk(content).document()


class _Walk:
    def __init__(self, content: str) -> None:
        self.content, self.at = content, 0
        self.ends = [place for place, sign in enumerate(content) if sign == "\n"]
        self.lines: dict[KeyPath, int] = {}
        self.counts: dict[KeyPath, int] = {}

    def mark(self, path: KeyPath, at: int) -> None:
        """Where a path is first seen."""
        self.lines.setdefault(path, bisect_right(self.ends, at - 1) + 1)

    def blank(self) -> None:
        """Pass over blanks, line ends and comments."""
        found = _BLANK.match(self.content, self.at)
        self.at = found.end() if found else self.at

    def more(self, end: str = "") -> bool:
        """Whether something comes before the end, of an array, of an inline table, or of the text."""
        self.blank()
        return self.at < len(self.content) and not (end and self.sees(end))

    def sees(self, text: str) -> bool:
        """Whether a text comes next; then it is passed over."""
        if not self.content.startswith(text, self.at):
            return False
        self.at += len(text)
        return True

    def quoted(self) -> str | None:
        """A quoted text as it is written, if one comes next."""
        found = _QUOTED.match(self.content, self.at)
        if found is None:
            return None
        self.at = found.end()
        return found[0]

    def key(self) -> tuple[list[str], int]:
        """A key with its dots, and where it begins."""
        self.blank()
        start, parts = self.at, []
        while True:
            self.blank()
            if (quoted := self.quoted()) is not None:
                parts.append(str(tomllib.loads(f"k = {quoted}")["k"]))
            elif found := _BARE.match(self.content, self.at):
                parts.append(found[0])
                self.at = found.end()
            self.blank()
            if not self.sees("."):
                return parts, start

    def document(self) -> Mapping[KeyPath, int]:
        """Walk through the whole text."""
        current: KeyPath = ()
        self.at = len("\ufeff") if self.content.startswith("\ufeff") else 0
        while self.more():
            start = self.at
            if self.sees("[["):
                current = self.table(start, array=True)
            elif self.sees("["):
                current = self.table(start, array=False)
            else:
                self.pair(current)
        return self.lines

    def table(self, start: int, *, array: bool) -> KeyPath:
        """A header; within an array of tables what follows belongs to its last element."""
        parts, _ = self.key()
        self.at += 2 if array else 1
        path: KeyPath = ()
        for place, part in enumerate(parts):
            path = (*path, part)
            self.mark(path, start)
            if array and place == len(parts) - 1:
                self.counts[path] = self.counts.get(path, 0) + 1
            if path in self.counts:
                path = (*path, self.counts[path] - 1)
                self.mark(path, start)
        return path

    def pair(self, table: KeyPath) -> None:
        """A key and its value."""
        parts, start = self.key()
        path = table
        for part in parts:
            path = (*path, part)
            self.mark(path, start)
        self.sees("=")
        self.value(path)

    def value(self, path: KeyPath) -> None:
        """A value, with what lies within it."""
        self.blank()
        if self.quoted() is not None:
            return
        if self.sees("["):
            place = 0
            while self.more("]"):
                self.mark((*path, place), self.at)
                self.value((*path, place))
                self.blank()
                self.sees(",")
                place += 1
        elif self.sees("{"):
            while self.more("}"):
                self.pair(path)
                self.blank()
                self.sees(",")
        else:
            found = _SCALAR.match(self.content, self.at)
            self.at = found.end() if found else self.at + 1
