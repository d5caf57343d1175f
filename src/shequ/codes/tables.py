"""Code tables: closed ones from national standards, open vocabularies of the domain.

The national tables stand in ``national.csv`` beside this module, one row a code, with the standard they come from.
"""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

import attrs

from shequ.errors import Misuse

__all__ = ["CodeTable", "closed_vocabulary", "code_table", "open_vocabulary"]


@attrs.frozen(eq=False)
class CodeTable:
    """Codes with their Chinese labels.

    Args:
        name: English name of the table.
        standard: The standard it comes from; ``""`` for a vocabulary of the domain's own.
        labels: Code → label, in the order of the standard.
        open: Whether other values than these are allowed: lists of places differ, and new kinds come up.
    """

    name: str
    standard: str
    labels: Mapping[str, str]
    open: bool = False

    def __contains__(self, code: object) -> bool:
        return self.open or code in self.labels

    def label(self, code: str) -> str:
        """The Chinese label; an unlisted value of an open vocabulary is its own label."""
        return self.labels.get(code, code)

    def find(self, text: str) -> str | None:
        """The code that ``text`` names, by code or by label; ``None`` if none does."""
        if text in self.labels:
            return text
        for code, label in self.labels.items():
            if label == text:
                return code
        if text in _SAID.get(self.name, {}):
            return _SAID[self.name][text]
        return text if self.open else None


_SAID: Mapping[str, Mapping[str, str]] = {
    "relation": {"户主": "0", "本人": "0", "妻子": "1", "丈夫": "1", "妻": "1", "夫": "1", "儿子": "2", "女儿": "3"},
    "sex": {"男": "1", "女": "2"},
    "education": {
        "研究生": "10",
        "硕士": "10",
        "博士": "10",
        "本科": "20",
        "大学": "20",
        "大专": "30",
        "专科": "30",
        "中专": "40",
        "高中": "60",
        "初中": "70",
        "小学": "80",
    },
    "employment": {"退休": "80", "离休": "80", "离退休": "80", "无业": "70", "学生": "31", "个体": "54"},
    "political": {"党员": "01", "中共党员": "01", "预备党员": "02", "团员": "03"},
    "marital": {"已婚": "20", "未婚": "10", "离异": "40", "丧偶": "30"},
}
"""What people write for a code of a national table: name of the table → word → code."""


def open_vocabulary(name: str, **labels: str) -> CodeTable:
    """A vocabulary of the domain: these terms are known, others are taken as they are."""
    return CodeTable(name, "", MappingProxyType(labels), open=True)


def closed_vocabulary(name: str, **labels: str) -> CodeTable:
    """A vocabulary of the domain to which nobody can add: the law or the library gives a meaning to each term."""
    return CodeTable(name, "", MappingProxyType(labels))


@cache
def _national() -> Mapping[str, CodeTable]:
    rows: dict[str, dict[str, str]] = {}
    standards: dict[str, str] = {}
    text = files("shequ.codes").joinpath("national.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        rows.setdefault(row["table"], {})[row["code"]] = row["label"]
        standards[row["table"]] = row["standard"]
    return {name: CodeTable(name, standards[name], MappingProxyType(labels)) for name, labels in rows.items()}


def code_table(name: str) -> CodeTable:
    """The national table ``name``: sex, marital, health, employment, political, education, relation.

    Raises:
        Misuse: If there is none of this name.
    """
    try:
        return _national()[name]
    except KeyError:
        raise Misuse(f"no national code table {name!r}", remedy=f"one of {', '.join(_national())}") from None
