"""From a cell to a value: one converter for each column, chosen once from the field's declaration.

A cell is text (CSV), or what a workbook holds: text, number, date, time, yes or no. Figures, codes and dates
may be written full-width; free text is only trimmed. A converter is given cells that are not blank and raises
:class:`CellFault` for what it cannot read.
"""

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from shequ.exchange.dates import DateFault, read_day, read_moment, read_partial, read_time
from shequ.exchange.problems import near
from shequ.model import FieldSpec, Kind

__all__ = ["CellFault", "Converter", "converter", "narrow", "plain_text"]

Converter = Callable[[Any], Any]


class CellFault(Exception):
    """What is wrong with one cell.

    Args:
        code: Short English key.
        message: What is wrong, in Chinese.
        remedy: What to do, in Chinese.
    """

    def __init__(self, code: str, message: str, remedy: str) -> None:
        super().__init__(code, message, remedy)
        self.code, self.message, self.remedy = code, message, remedy


# Texts that are numbers or codes by nature: full-width characters in them are slips of the keyboard.
_CODED_TEXTS = frozenset({"id", "id_number", "credit_code", "code", "metric", "period"})
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[Ee]\+\d{1,2}\Z", re.ASCII)
_WHOLE = re.compile(r"([+-]?)(\d{1,3}(?:,\d{3}){1,8}|\d{1,40})(?:\.0*)?\Z", re.ASCII)
_DECIMAL = re.compile(r"([+-]?)(\d{1,3}(?:,\d{3}){1,8}|\d{1,40})(\.\d*)?\Z", re.ASCII)
_SEPARATORS = re.compile(r"[、,;，；]")
_LARGEST = 2**63 - 1
_EXCEL_DIGITS = 15
_LONGEST = 20_000
_YES = {"是": True, "有": True, "true": True, "1": True, "否": False, "无": False, "false": False, "0": False}
_SQUARE_METRES = frozenset({"平方米", "平米", "m2", "㎡", "m²"})


def narrow(text: str) -> str:
    """The text with full-width digits, letters and brackets made ordinary, trimmed."""
    if text.isascii():
        return text.strip()
    return text.translate(_FULL_WIDTH).translate(_INVISIBLE).strip()


_FULL_WIDTH = {0xFF01 + offset: 0x21 + offset for offset in range(94)} | {0x3000: 0x20, 0xFFE5: 0xA5}
# Marks of direction and joining, byte order marks: nobody sees them, and they make equal texts unequal.
_INVISIBLE = dict.fromkeys((0xAD, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF, *range(0x202A, 0x202F)))


def plain_text(cell: Any) -> str:
    """A cell as the text that was meant.

    Raises:
        CellFault: If Excel has made of it a number that has lost digits, or a date.
    """
    if isinstance(cell, str):
        text = cell.strip() if cell.isascii() else cell.translate(_INVISIBLE).strip()
        if len(text) > _LONGEST:
            raise CellFault("too-long", f"单元格内容超过 {_LONGEST} 个字符", "核对该单元格，长文请另存附件")
        if _SCIENTIFIC.match(text):
            raise CellFault(
                "lost-digits",
                "长编号被电子表格改成了科学计数法，末几位已丢失",
                "把该列设为文本格式后重新填写",
            )
        return text
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, int | float):
        if abs(cell) >= 10**_EXCEL_DIGITS:
            raise CellFault(
                "lost-digits",
                "长编号被电子表格存成了数字，第 15 位以后已丢失",
                "把该列设为文本格式后重新填写",
            )
        return str(int(cell)) if cell == int(cell) else f"{cell:.15g}"
    raise CellFault("date-for-text", "此处应为文字，电子表格存成了日期或时间", "把该列设为文本格式后重新填写")


def converter(spec: FieldSpec) -> Converter:
    """The function that reads the cells of a field's column; equal text cells are read once."""
    match spec.kind:
        case Kind.TEXT:
            return _coded_text if spec.name in _CODED_TEXTS else plain_text
        case Kind.REF:
            return plain_text
        case Kind.TEXTS:
            return _remember(_texts(spec))
        case Kind.CODE:
            return _remember(_code(spec))
        case Kind.TERM:
            return _remember(_term(spec))
        case Kind.COUNT:
            return _remember(_count(spec))
        case Kind.MONEY:
            return _remember(_money(spec))
        case Kind.MEASURE:
            return _remember(_measure(spec))
        case Kind.FLAG:
            return _remember(_flag)
        case Kind.DAY:
            return _remember(_dated(read_day))
        case Kind.PARTIAL_DAY:
            return _remember(_dated(read_partial))
        case Kind.MOMENT:
            return _dated(read_moment)
        case Kind.TIME:
            return _remember(_dated(read_time))


def _remember(convert: Converter) -> Converter:
    known: dict[str, Any] = {}

    def read(cell: Any) -> Any:
        if not isinstance(cell, str):
            return convert(cell)
        try:
            return known[cell]
        except KeyError:
            value = known[cell] = convert(cell)
            return value

    return read


def _coded_text(cell: Any) -> str:
    return narrow(plain_text(cell))


def _dated(read: Callable[[Any], Any]) -> Converter:
    def convert(cell: Any) -> Any:
        try:
            return read(narrow(cell) if isinstance(cell, str) else cell)
        except DateFault as fault:
            raise CellFault(fault.code, fault.message, fault.remedy) from None

    return convert


# --- coded ----------------------------------------------------------------------------------------------


def _names(labels: Mapping[str, str]) -> dict[str, str]:
    """Every way to write a code → the code: itself, its label, an alternative in it (本人或户主)."""
    names: dict[str, str] = {}
    for code, label in labels.items():
        for part in re.split(r"[或、]", label):
            names.setdefault(narrow(part), code)
    for code, label in labels.items():
        names[narrow(label)] = code
    names.update({code: code for code in labels})
    return names


_FEW = 5


def _unknown(text: str, labels: Mapping[str, str], standard: str) -> CellFault:
    # Of a few all are named: what resembles the one that was written may mean its opposite.
    hints = near(text, labels.values()) if len(labels) > _FEW else ()
    where = f"代码表 {standard} " if standard else "可选项"
    options = "、".join(hints) if hints else "、".join(list(labels.values())[:12])
    return CellFault("unknown-code", f"不在{where}中", f"{'是否指' if hints else '可填'} {options}")


def _code(spec: FieldSpec) -> Converter:
    labels, standard = spec.choices, spec.table.standard if spec.table is not None else ""
    is_open = spec.table is None or spec.table.open
    names = _names(labels)
    width = {len(code) for code in labels if code.isdigit()}

    def convert(cell: Any) -> str:
        raw = plain_text(cell)
        text = narrow(raw)
        if text in names:
            return names[text]
        if is_open:
            return raw
        # Excel makes 1 of the code 01.
        if text.isdigit() and len(width) == 1 and (padded := text.zfill(*width)) in labels:
            return padded
        beginnings = {code for code, label in labels.items() if narrow(label).startswith(text)}
        if len(beginnings) == 1 and not text.isdigit():
            return beginnings.pop()
        raise _unknown(text, labels, standard)

    return convert


def _term(spec: FieldSpec) -> Converter:
    members = {str(member): member for member in spec.terms or ()}
    names = {key: members[code] for key, code in _names(spec.choices).items()}

    def convert(cell: Any) -> Any:
        text = narrow(plain_text(cell))
        found = names.get(text) or names.get(text.lower())
        if found is None:
            raise _unknown(text, spec.choices, "")
        return found

    return convert


def _texts(spec: FieldSpec) -> Converter:
    item = _code(spec) if spec.table is not None else str.strip

    def split(text: str) -> list[str]:
        # An item that holds a separator itself is written as a JSON list.
        if text.startswith('["'):
            try:
                listed = json.loads(text) if len(text) < 4000 else None
            except ValueError:
                listed = None
            if isinstance(listed, list) and all(isinstance(each, str) for each in listed):
                return listed
        return _SEPARATORS.split(text)

    def convert(cell: Any) -> tuple[str, ...]:
        return tuple(item(part) for part in split(plain_text(cell)) if part.strip())

    return convert


def _flag(cell: Any) -> bool:
    if isinstance(cell, bool):
        return cell
    text = narrow(plain_text(cell)).lower()
    if text not in _YES:
        raise CellFault("not-a-flag", "应为是或否", "填 是 或 否")
    return _YES[text]


# --- numbers --------------------------------------------------------------------------------------------


def _number_text(cell: Any, spec: FieldSpec) -> str:
    """Digits as they were meant: separators kept, unit and currency sign dropped."""
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        raise CellFault("not-a-number", "不是数", "填数字，不带文字")
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, float):
        # What Excel shows: fifteen digits, without the noise of binary fractions behind them.
        return format(Decimal(f"{cell:.15g}"), "f")
    text = narrow(cell).replace(" ", "")
    for unit in _SQUARE_METRES if spec.unit in _SQUARE_METRES else (spec.unit,):
        if unit and text.endswith(unit):
            text = text.removesuffix(unit)
            break
    return text.lstrip("¥￥") if spec.kind is Kind.MONEY else text


def _checked(number: int, spec: FieldSpec) -> int:
    if number < 0 and not spec.signed:
        raise CellFault("negative", "不能为负数", "更正数值")
    if abs(number) > _LARGEST:
        raise CellFault("too-large", "数值过大", "更正数值")
    return number


def _count(spec: FieldSpec) -> Converter:
    def convert(cell: Any) -> int:
        match = _WHOLE.match(_number_text(cell, spec))
        if match is None:
            raise CellFault("not-a-count", "应为整数", "填整数，如 1200")
        return _checked(int(match[1] + match[2].replace(",", "")), spec)

    return convert


def _scaled(cell: Any, spec: FieldSpec, scale: int, example: str) -> int:
    match = _DECIMAL.match(_number_text(cell, spec))
    if match is None:
        raise CellFault("not-a-number", "不是数", f"填数字，如 {example}")
    decimals = (match[3] or ".")[1:].rstrip("0")
    if len(decimals) > scale:
        raise CellFault("too-precise", f"至多 {scale} 位小数", "四舍五入后填写")
    return _checked(int(match[1] + match[2].replace(",", "") + decimals.ljust(scale, "0")), spec)


def _money(spec: FieldSpec) -> Converter:
    return lambda cell: _scaled(cell, spec, 2, "1200.50")


def _measure(spec: FieldSpec) -> Converter:
    return lambda cell: Decimal(_scaled(cell, spec, spec.scale, "35.5")).scaleb(-spec.scale)
