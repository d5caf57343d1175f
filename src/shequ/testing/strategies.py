"""Hypothesis strategies for everything that a record can hold, and for records of any type.

A strategy for a record type is made from its declaration alone, so the types of plugins have one as soon as they are
declared. Nothing here can be the number of a living person: identity numbers are of the area 999900, which is
reserved for demonstration, and no other text holds so many digits in a row.

    >>> from shequ.model import Resident
    >>> residents = records(Resident, sex=st.just("2"))
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar

from hypothesis import reject
from hypothesis import strategies as st

from shequ.calendars import Period
from shequ.codes.credit import CREDIT_ALPHABET, credit_check
from shequ.codes.resident_id import DEMONSTRATION_AREA, check_digit
from shequ.effective import SHANGHAI, PartialDate
from shequ.errors import InvalidRecord
from shequ.model import RECORD_TYPES, FieldSpec, Kind, Record, ReportedFigure
from shequ.plugins import PluginHost

__all__ = [
    "LONG_TEXT",
    "NASTY_TEXTS",
    "credit_codes",
    "days",
    "division_codes",
    "identifiers",
    "moments",
    "partial_days",
    "periods",
    "records",
    "register_strategies",
    "resident_ids",
    "texts",
    "values",
]

R = TypeVar("R", bound=Record)

NASTY_TEXTS = (
    "", " ", "a ", " a", "a", "A", "ａ", "Ａ", "a\u3000", "a\t", "e", "é", "e\u0301", "ê", "ss", "ß", "ẞ", "İ", "i", "ı",
    "１２３", "123", "①", "0", "00", "0.0", "-0", "1e5", "1.", "٣",
    "臺", "台", "𠮷野家", "𠮷", "𣗋", "䶮", "㐂", "👩‍👩‍👧", "👍🏽", "🇨🇳", "\ue000", "\U000f0000", "\U0010ffff",
    "か\u3099", "が", "ｶ", "カ", "ﬁ", "fi", "Å", "\u212b", "\u200b", "\u200e居", "\u202e居",
    "\u2028", "\u2029", "\r\n", "\n", "\r", "\x85", "\t", "\x0b", "\x1f", "\x7f", "\ufeff", "\ufffe", "\uffff",
    "'", "''", '"', "`", "\\", "\\0", "\\x00", "%", "_", "%_\\", "$1", ":id", "?", "{}", "%(id)s", "%s", "${x}",
    "'; DROP TABLE resident; --", "--", "/*", "NULL", "null", "None", "nan", "true", "[]", "{}", "<b>&amp;", ",", "=1+1",
    "，", "、", "；", "“”", "（一）", "居　民", "王·买买提", "2026-01-05", "x" * 256, "长" * 1025,
)  # fmt: skip
"""Texts that some store, driver or format is known to alter or to take for others."""
LONG_TEXT = "三民工作法。" * 11_000 + "𠮷"
"""Longer than 65,535 characters, as minutes of a meeting can be."""

_LARGEST = 2**63 - 1
_PERSONAL = re.compile(r"\d{15}", re.ASCII)
_FIRST = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_NASTY_IDS = ("a", "A", "0", "00", "a.", "a-", "a_", "a.1", "a_1", "nul", "NULL", "e1", "1e5", "Z" * 64, "z" * 63)
_FIRST_MOMENT = datetime(2, 1, 2)  # noqa: DTZ001 - a bound
_LAST_MOMENT = datetime(9998, 12, 30, 23, 59, 59, 999999)  # noqa: DTZ001 - a bound


def _nobodys(text: str) -> bool:
    """Whether a text holds no number that could be a person's."""
    return _PERSONAL.search(text) is None


@cache
def identifiers() -> st.SearchStrategy[str]:
    """Ids: a letter or digit, then up to 63 more of letters, digits, ``_``, ``.`` and ``-``."""
    first = st.sampled_from(_FIRST)
    rest = st.text(st.sampled_from(_FIRST + "_.-"), max_size=63)
    return st.sampled_from(_NASTY_IDS) | st.builds("{}{}".format, first, rest).filter(_nobodys)


@cache
def texts(*, min_size: int = 0, long: bool = True) -> st.SearchStrategy[str]:
    """Any text that the model takes, with what stores are known to alter.

    Args:
        min_size: Least number of characters.
        long: Whether :data:`LONG_TEXT` is among them.
    """
    characters = st.characters(exclude_characters="\x00", exclude_categories=["Cs"])
    pool = [text for text in (*NASTY_TEXTS, *((LONG_TEXT,) if long else ())) if len(text) >= min_size]
    return st.sampled_from(pool) | st.text(characters, min_size=min_size, max_size=20).filter(_nobodys)


@cache
def days() -> st.SearchStrategy[date]:
    """Days of the years 1 to 9999, the first and last ones often."""
    edges = (date.min, date(1582, 10, 10), date(1900, 2, 28), date(1969, 12, 31), date(2000, 2, 29), date.max)
    return st.sampled_from(edges) | st.dates()


def partial_days() -> st.SearchStrategy[PartialDate]:
    """Dates known to the year, the month or the day."""
    return (
        st.builds(PartialDate, st.integers(1, 9999))
        | st.builds(PartialDate, st.integers(1, 9999), st.integers(1, 12))
        | st.builds(lambda day: PartialDate(day.year, day.month, day.day), days())
    )


@cache
def moments() -> st.SearchStrategy[datetime]:
    """Moments that every store can hold, as the library writes them: to the microsecond, in Asia/Shanghai.

    The hours that Shanghai's clocks ran through twice are among them (1986 to 1991).
    """
    twice = datetime(1986, 9, 13, 15, 30, tzinfo=UTC), datetime(1986, 9, 13, 16, 30, tzinfo=UTC)
    drawn = st.sampled_from(twice) | st.datetimes(_FIRST_MOMENT, _LAST_MOMENT, timezones=st.just(UTC))
    return drawn.map(lambda moment: moment.astimezone(SHANGHAI))


def resident_ids() -> st.SearchStrategy[str]:
    """Resident identity numbers that are right in every place and nobody's: of the area 999900."""

    def number(birth: date, sequence: int) -> str:
        first = f"{DEMONSTRATION_AREA}{birth:%Y%m%d}{sequence:03d}"
        return first + check_digit(first)

    return st.builds(number, st.dates(date(1900, 1, 1), date(2026, 1, 1)), st.integers(1, 999))


def credit_codes() -> st.SearchStrategy[str]:
    """Unified social credit codes that are right in every place, of the demonstration area: no organisation's."""
    alphabet = st.sampled_from(CREDIT_ALPHABET)
    first = st.text(alphabet, min_size=9, max_size=9).map(f"91{DEMONSTRATION_AREA}".__add__)
    return first.map(lambda code: code + credit_check(code))


def division_codes() -> st.SearchStrategy[str]:
    """Division codes of 12 digits, of every level, within the demonstration area."""

    def code(town: int, village: int) -> str:
        return f"{DEMONSTRATION_AREA}{town:03d}{village:03d}"

    above = st.sampled_from(("990000000000", "999900000000"))
    return above | st.builds(code, st.integers(1, 399), st.just(0) | st.integers(1, 399))


def periods() -> st.SearchStrategy[Period]:
    """Periods of every form: years, halves, quarters, months, several years; near the present."""
    year = st.integers(2009, 2027)
    return st.one_of(
        year.map(str),
        st.builds("{}H{}".format, year, st.integers(1, 2)),
        st.builds("{}Q{}".format, year, st.integers(1, 4)),
        st.builds("{}-{:02d}".format, year, st.integers(1, 12)),
        st.builds(lambda first, more: f"{first}/{first + more}", year, st.integers(1, 3)),
    ).map(Period.parse)


def _numbers(spec: FieldSpec) -> st.SearchStrategy[int]:
    """Whole numbers; of a measure, so many of its smallest parts."""
    part = 10**spec.scale
    most = _LARGEST if part == 1 else (_LARGEST // part - 1) * part
    least = -most if spec.signed else 0
    edges = [edge for edge in (0, 1, -1, 2**31, 2**53 + 1, -(2**53) - 1, most, least) if least <= edge <= most]
    return st.sampled_from(edges) | st.integers(least, most)


@cache
def values(spec: FieldSpec) -> st.SearchStrategy[Any]:
    """Any value that a field may hold; ``None`` where it is optional."""
    found = _values(spec)
    return st.none() | found if spec.optional else found


def _values(spec: FieldSpec) -> st.SearchStrategy[Any]:
    if spec.name == "id" or spec.kind is Kind.REF:
        return identifiers()
    match spec.kind:
        case Kind.TEXT:
            return resident_ids() if spec.name == "id_number" else texts(long=False)
        case Kind.TEXTS:
            word = texts(min_size=1, long=False)
            word = st.sampled_from(list(spec.table.labels)) | word if spec.table is not None else word
            return st.lists(word, max_size=3).map(tuple)
        case Kind.CODE:
            known = [code for code in spec.choices if code]
            if spec.table is not None and not spec.table.open:
                return st.sampled_from(known)
            word = texts(min_size=1, long=False)
            return st.sampled_from(known) | word if known else word
        case Kind.TERM:
            return st.sampled_from(list(spec.terms or ()))
        case Kind.COUNT | Kind.MONEY:
            return _numbers(spec)
        case Kind.MEASURE:
            return _numbers(spec).map(lambda number: Decimal(number).scaleb(-spec.scale))
        case Kind.FLAG:
            return st.booleans()
        case Kind.DAY:
            return days()
        case Kind.PARTIAL_DAY:
            return partial_days()
        case Kind.MOMENT:
            return moments()
        case Kind.TIME:
            return st.times()


_Facts = dict[str, Any]
_AMEND: dict[type[Record], Callable[[st.DrawFn, _Facts, frozenset[str]], None]] = {}


def _amend_figure(draw: st.DrawFn, facts: _Facts, given: frozenset[str]) -> None:
    """A figure has a date or a period, and a breakdown and a group or neither."""
    periods = st.sampled_from(("2025", "2025H1", "2025Q3", "2025-06"))
    if not given & {"at", "period"}:
        if draw(st.booleans()):
            facts["at"], facts["period"] = None, draw(periods)
        else:
            facts["at"], facts["period"] = facts["at"] or date(2025, 12, 31), None
    if not given & {"breakdown", "group"} and (facts["breakdown"] is None) != (facts["group"] is None):
        facts["breakdown"] = facts["group"] = None


_AMEND[ReportedFigure] = _amend_figure


@st.composite
def _records(draw: st.DrawFn, cls: type[Record], given: Mapping[str, st.SearchStrategy[Any]]) -> Record:
    declared = cls.__record__
    facts = {
        spec.name: draw(given[spec.name] if spec.name in given else values(spec)) for spec in declared.fields.values()
    }
    chosen = frozenset(given)
    for _ in declared.spans:  # spans may share a field: order them as bubbles rise
        for start, end in declared.spans:
            first, last = facts[start], facts[end]
            if first is None or last is None or not last < first:
                continue
            if not chosen & {start, end}:
                facts[start], facts[end] = last, first
            elif end not in chosen:
                facts[end] = first
            elif start not in chosen:
                facts[start] = last
    if cls in _AMEND:
        _AMEND[cls](draw, facts, chosen)
    try:
        return cls(**facts)
    except InvalidRecord:
        reject()  # the type has a rule of its own that its declaration does not tell


def records(cls: type[R], /, **given: st.SearchStrategy[Any]) -> st.SearchStrategy[R]:
    """Records of a type, from its declaration.

    Args:
        cls: The record type.
        given: Strategies for some of its fields, in place of the declaration's.

    Raises:
        TypeError: If the type has no field of a name given.
    """
    unknown = sorted(given.keys() - cls.__record__.fields.keys())
    if unknown:
        raise TypeError(f"{cls.__record__.name} has no field {', '.join(unknown)}")
    found: st.SearchStrategy[R] = _records(cls, given)  # type: ignore[assignment] # a record of the class it was given
    return found


def register_strategies(host: PluginHost | None = None, *, types: Iterable[type[Record]] = RECORD_TYPES) -> None:
    """Let ``st.from_type``, and so ``st.builds`` and ``@given(...)``, know records, partial dates and periods.

    Each strategy is made when it is first asked for. Nothing is registered before this is called; a suite calls it in
    its ``conftest.py``.

    Args:
        host: Plugins, whose record types (``shequ_record_types``) are registered, too.
        types: The other record types; the library's own by default.
    """
    st.register_type_strategy(PartialDate, partial_days())
    st.register_type_strategy(Period, periods())
    added = () if host is None else (cls for _, cls in host.collect("shequ_record_types"))
    for cls in (*types, *added):
        st.register_type_strategy(cls, records)
