"""What a file and its columns are called: the type from the stem, the field from the header.

Names are code names or Chinese labels. A stem may go on after the type's name (``household_2025``,
``居民-大桥社区``); a header may carry its unit (``面积(平方米)``) or the mark of a required column
(``姓名*``).
"""

import re
from collections.abc import Sequence

import attrs

from shequ.exchange.cells import narrow
from shequ.exchange.problems import Problem, near
from shequ.model import FieldSpec, RecordType, Schema

__all__ = ["EXPLANATION", "Header", "column_letters", "header_text", "read_header", "type_of", "unknown_type"]

EXPLANATION = "#填写说明"
"""How a row of explanations begins: the template writes it below the header, the loader skips it."""

_BOUNDARY = re.compile(r"[\s_\-—.,，、:：()（）【】\[\]+]+|(?<=\D)(?=\d)")
_UNIT = re.compile(r"(?P<label>.+?)\s*[(\[](?P<unit>[^()\[\]]*)[)\]]\Z")
# Other names of a unit, as narrow() leaves them; a unit not known here is refused, since 万元 is not 元.
_SAME_UNIT = {"m2": "平方米", "平米": "平方米", "㎡": "平方米", "yuan": "元", "人民币元": "元"}


def type_of(stem: str, schema: Schema) -> RecordType | None:
    """The type that a file's stem or a sheet's title names by the longest beginning that is a name."""
    stem = stem.strip()
    ends = [len(stem), *(match.start() for match in reversed(list(_BOUNDARY.finditer(stem))))]
    for end in ends:
        beginning = stem[:end]
        if beginning and (found := schema.find(beginning)) is not None:
            return found
    return None


def unknown_type(file: str, stem: str, schema: Schema) -> Problem:
    """The problem that a file's name names no type."""
    names = [*(type_.label for type_ in schema), *(type_.name for type_ in schema)]
    beginnings = [stem, *(part for part in re.split(r"[\s_\-—.]+", stem) if part)]
    hints = tuple(dict.fromkeys(hint for word in beginnings for hint in near(word.lower(), names)))[:3]
    return Problem(
        file=file,
        row=None,
        column=None,
        field=None,
        value=stem,
        code="unknown-type",
        message="文件名（或工作表名）不是任何记录类型的名称，内容未读取",
        remedy=f"以类型的中文名或代码命名，是否指 {'、'.join(hints)}？"
        if hints
        else "以类型的中文名或代码命名，如 居民.csv、household.csv",
    )


def header_text(spec: FieldSpec) -> str:
    """The header of a field as the library writes it: its label, with the unit in brackets."""
    return f"{spec.label}({spec.unit})" if spec.unit else spec.label


def column_letters(place: int) -> str:
    """A column's letters in a spreadsheet: ``A`` for 0, ``AA`` for 26."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


@attrs.frozen
class Header:
    """What the header row says.

    Args:
        fields: The field of each column, ``None`` where there is none.
        untitled: The columns (counted from 0) without a header.
        titles: Field → header as it stands in the sheet.
        width: How many columns it has, blank ones at the end left out.
        problems: What is wrong with it.
        usable: Whether any row below it can be read at all.
        broken: Whether no row below it can become a record: a required column is missing or stands twice.
    """

    fields: tuple[FieldSpec | None, ...]
    untitled: tuple[int, ...]
    titles: dict[str, str]
    width: int
    problems: tuple[Problem, ...]
    usable: bool
    broken: bool


def _field(text: str, type_: RecordType) -> tuple[FieldSpec | None, str]:
    """The field that a header names, and what is wrong with its unit (``""`` if nothing is)."""
    plain = narrow(text).strip("*").strip()
    by_label = {narrow(spec.label): spec for spec in type_.fields.values()}
    for candidate in (plain, plain.lower()):
        spec = by_label.get(candidate) or type_.fields.get(candidate)
        if spec is not None:
            return spec, ""
    match = _UNIT.match(plain)
    if match is None:
        return None, ""
    label, unit = match["label"].strip("*").strip(), match["unit"].strip()
    spec = by_label.get(label) or type_.fields.get(label.lower())
    if spec is None or not spec.unit or not unit or unit == "必填":
        return spec, ""
    same = _SAME_UNIT.get(unit.lower(), unit) == _SAME_UNIT.get(narrow(spec.unit).lower(), narrow(spec.unit))
    return (spec, "") if same else (None, f"单位“{unit}”与规定的“{spec.unit}”不同")


def read_header(file: str, cells: Sequence[object], type_: RecordType) -> Header:
    """Match the cells of a header row with the fields of a type."""
    texts = ["" if cell is None else " ".join(str(cell).split()) for cell in cells]
    width = max((place for place, text in enumerate(texts, 1) if text), default=0)
    fields: list[FieldSpec | None] = []
    titles: dict[str, str] = {}
    problems: list[Problem] = []
    broken = False
    labels = [spec.label for spec in type_.fields.values()]
    untitled = tuple(place for place, text in enumerate(texts[:width]) if not text)

    def note(column: str, field: str | None, code: str, message: str, remedy: str) -> None:
        problems.append(Problem(file, 1, column, field, None, code, message, remedy))

    for text in texts[:width]:
        if not text:
            fields.append(None)
            continue
        spec, unit_fault = _field(text, type_)
        if spec is not None and spec.name in titles:
            note(
                text,
                spec.name,
                "header-twice",
                f"与“{titles[spec.name]}”列是同一项",
                "保留其中一列，删除另一列",
            )
            broken = True
            spec = None
        elif spec is None and unit_fault:
            note(text, None, "wrong-unit", unit_fault, "换算后改用规定的单位")
        elif spec is None:
            hints = near(narrow(text), [*labels, *type_.fields])
            note(
                text,
                None,
                "unknown-header",
                f"“{type_.label}”没有名为“{text}”的列，该列未读取",
                f"是否指 {'、'.join(hints)}？" if hints else f"可用的列：{'、'.join(labels)}；不需要的列请删除",
            )
        else:
            titles[spec.name] = text
        fields.append(spec)
    if not titles:
        place = texts[:width]
        problem = Problem(
            file=file,
            row=1,
            column=None,
            field=None,
            value="、".join(text for text in place if text)[:60] or None,
            code="no-header",
            message=f"第 1 行没有一个列名属于“{type_.label}”，文件未读取",
            remedy=f"第 1 行写列名（标题行请删去），可用的列：{'、'.join(labels)}",
        )
        return Header(tuple(fields), untitled, titles, width, (problem,), usable=False, broken=True)
    for spec in type_.fields.values():
        if spec.required and spec.name != "id" and spec.name not in titles:
            note(
                spec.label,
                spec.name,
                "missing-column",
                f"缺少必填的“{spec.label}”列，各行均不能载入",
                f"补上“{spec.label}”列",
            )
            broken = True
    return Header(tuple(fields), untitled, titles, width, tuple(problems), usable=True, broken=broken)
