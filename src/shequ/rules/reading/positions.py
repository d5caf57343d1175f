"""A TOML text as values together with the lines on which they stand, for messages that say where something is amiss."""

import re
import tomllib
from collections.abc import Mapping
from typing import Any

import attrs

from shequ.errors import InvalidRules
from shequ.rules.reading.lines import KeyPath, key_lines

__all__ = ["TomlFile"]


@attrs.frozen(eq=False)
class TomlFile:
    """A file whose values know where they stand.

    Args:
        source: Its name, for messages.
        lines: The line of each key.
    """

    source: str
    lines: Mapping[KeyPath, int]

    @classmethod
    def read(cls, source: str, content: str) -> tuple["TomlFile", dict[str, Any]]:
        """A TOML text with the lines of its keys, and its values.

        Raises:
            InvalidRules: If it is none, or too deeply nested to be read; the line is that of the first thing amiss.
        """
        values = _parsed(source, content)
        return cls(source, key_lines(content)), values

    def line(self, path: KeyPath) -> int | None:
        """The line of a key, or of the nearest table that it would stand in."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)

    def where(self, path: KeyPath) -> str:
        """File and line, as people write them."""
        line = self.line(path)
        return f"{self.source} 第 {line} 行" if line else self.source


def _parsed(source: str, content: str) -> dict[str, Any]:
    """The text as TOML."""
    try:
        return tomllib.loads(content)
    except RecursionError as error:
        raise InvalidRules(source, _deepest(content), "TOML 嵌套过深", remedy="减少括号的层数") from error
    except ValueError as error:
        line = _line_of(error, content)
        said = str(error).partition(" (at ")[0]
        if "twice" in said or "overwrite" in said:
            reason, remedy = f"同一名称写了两次（{said}）", "名称不能重复：删去其中一处，或改名"
        else:
            reason, remedy = f"TOML 语法错误：{said}", "更正该行"
        raise InvalidRules(source, line, reason, remedy=remedy) from error


def _deepest(content: str) -> int:
    """The line with the most brackets."""
    lines = content.splitlines() or [""]
    return max(range(len(lines)), key=lambda number: lines[number].count("[") + lines[number].count("{")) + 1


def _line_of(error: ValueError, content: str) -> int:
    """The line of a mistake; the last one if the text breaks off."""
    if place := re.search(r"line (\d+)", str(error)):
        return int(place[1])
    lines = content.splitlines() or [""]
    if not isinstance(error, tomllib.TOMLDecodeError):  # a number that is too long to be one
        longest = max(lines, key=lambda line: sum(sign.isdigit() for sign in line))
        return lines.index(longest) + 1
    return len(lines)
