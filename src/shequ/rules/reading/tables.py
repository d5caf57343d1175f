"""A table of a TOML file, which knows the lines of its keys and refuses what it cannot take."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

import attrs

from shequ.effective import Span
from shequ.errors import BadData, InvalidRules
from shequ.rules.reading.lines import KeyPath
from shequ.rules.reading.positions import TomlFile
from shequ.rules.ruleset import UNVERIFIED

__all__ = ["Table", "meant"]

_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,15})?(?:/[1-9]\d{0,14})?\Z", re.ASCII)


def meant(said: str, known: Iterable[str]) -> str:
    """What to do about a name that is not known: the nearest one, or all there are."""
    names = list(known)
    close = difflib.get_close_matches(said, names, n=1)
    return f"是否应为 {close[0]}？" if close else f"可用：{'、'.join(names)}"


@attrs.frozen(eq=False)
class Table:
    """One table of a file.

    Args:
        file: The file.
        path: Its keys from the top.
        called: What it is, in Chinese, for messages.
        values: Its keys and values.
    """

    file: TomlFile
    path: KeyPath
    called: str
    values: Mapping[str, Any]

    @classmethod
    def of(cls, file: TomlFile, path: KeyPath, called: str, values: Any, allowed: Iterable[str]) -> "Table":
        """A table that has no keys but those allowed.

        Raises:
            InvalidRules: If it is no table, or has another key.
        """
        if not isinstance(values, dict):
            raise InvalidRules(file.source, file.line(path), f"{called}应为表", remedy="写成 键 = 值 的各行")
        table = cls(file, path, called, values)
        known = tuple(allowed)
        for key in values:
            if key not in known:
                raise table.fail(f"{called}中有不认识的键 {key!r}", key, remedy=meant(key, known))
        return table

    @property
    def where(self) -> str:
        """File and line."""
        return self.file.where(self.path)

    def fail(self, reason: str, *keys: str | int, remedy: str = "") -> InvalidRules:
        """An error at a key of this table, or at the table."""
        return InvalidRules(self.file.source, self.file.line((*self.path, *keys)), reason, remedy=remedy)

    def text(self, key: str, default: str = "") -> str:
        """A text."""
        value = self.values.get(key, default)
        if not isinstance(value, str):
            raise self.fail(f"{self.called}的 {key} 应为加引号的文字：{value!r}", key, remedy=f'写成 {key} = "…"')
        return value

    def citation(self) -> str:
        """Where something is written; who has not held it against the text says so with ``unverified``."""
        said = self.text("citation").strip()
        return f"{said}{UNVERIFIED}" if self.flag("unverified") and said else said

    def flag(self, key: str) -> bool:
        """True or false; false if it is not there."""
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            raise self.fail(f"{self.called}的 {key} 应为 true 或 false：{value!r}", key, remedy="去掉引号")
        return value

    def day(self, key: str) -> date | None:
        """A date."""
        value = self.values.get(key)
        if value is not None and type(value) is not date:
            raise self.fail(f"{self.called}的 {key} 不是日期：{value!r}", key, remedy=f"写成 {key} = 2026-01-01")
        return value

    def span(self) -> Span:
        """From ``since`` until ``until``."""
        since, until = self.day("since"), self.day("until")
        try:
            span = Span(since, until)
        except BadData as error:
            raise self.fail(f"{self.called}：{error.message}", "until", remedy=error.remedy) from error
        if span.is_empty:
            raise self.fail(f"{self.called}：起止同日，没有生效的日子", "until", remedy="until 是失效的第一天")
        return span

    def number(self, key: str) -> Fraction | None:
        """An exact number."""
        value = self.values.get(key)
        if value is None:
            return None
        # A fraction stands in quotes: "2/3" is exact, 0.6667 would not be.
        if isinstance(value, bool) or not isinstance(value, int | float | str) or not _NUMBER.match(str(value)):
            raise self.fail(f"{self.called}的 {key} 不是数：{value!r}", key, remedy='写成 300、0.5 或 "2/3"')
        return Fraction(str(value))

    def chosen(self, key: str, options: Iterable[str], default: str | None = None) -> str:
        """One of several words."""
        value = self.values.get(key, default)
        known = tuple(options)
        if value not in known:
            close = difflib.get_close_matches(str(value), known, n=1)
            hint = f"是否应为 {close[0]}？" if close else ""
            raise self.fail(f"{self.called}的 {key} {value!r} 不可用", key, remedy=f"{hint}可用：{'、'.join(known)}")
        return str(value)

    def tables(self, key: str, called: str, allowed: Iterable[str]) -> Iterator["Table"]:
        """The tables of an array of tables."""
        values = self.values.get(key, [])
        if not isinstance(values, list):
            raise self.fail(f"{self.called}的 {key} 应为表的数组", key, remedy=f"写成 [[…{key}]]")
        known = tuple(allowed)
        for place, value in enumerate(values):
            yield Table.of(self.file, (*self.path, key, place), called, value, known)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        given = self.values.get(key, [])
        if not isinstance(given, list) or not all(isinstance(name, str) for name in given):
            raise self.fail(f"{self.called}的 {key} 应为文字的数组", key, remedy=f'写成 {key} = ["…"]')
        return tuple(given)
