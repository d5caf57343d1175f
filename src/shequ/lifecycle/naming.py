"""Whether a text names somebody: by name, by identity number or by telephone, however it is written.

Texts are compared without anything that is neither letter nor digit (blanks, punctuation, interpuncts, characters of no
width), without accents, and without regard to width and case: 阿卜杜拉·买买提 is also 阿卜杜拉 • 买买提, and 13800001234 is also
138-0000-1234. So a text rather says too much than too little here, and one that is not shown does no harm.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date

from shequ.model import Resident

__all__ = ["Names", "bare", "may_hold_telephone"]

_FILLERS = frozenset("\u115f\u1160\u119e\u1427\ua78f")
"""Counted as letters by Unicode, but written as blanks or interpuncts."""
_APART = re.compile(r"[、,，;；/或和\n]")
_IN_BRACKETS = re.compile(r"[()（）\[\]【】]")
_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)[-./](\d{1,2})[-./](\d{1,2})(?!\d)")
_NUMBER = re.compile(r"\d(?:[^\w:：]{0,3}\d){6,}")
_LEAST_DIGITS, _LEAST_ID = 5, 4


def bare(text: str) -> str:
    """What is left of a text for comparison: letters and digits, decomposed, in one case.

    >>> bare("阿卜杜拉 · 买买提 ＡＢ１")
    '阿卜杜拉买买提ab1'
    """
    return unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()).translate(_COMPARED)


class _Compared(dict[int, str]):
    """What each character is compared as, ``""`` if it is not; worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if char in _FILLERS or unicodedata.category(char)[0] not in "LN":
            self[code] = ""
        else:
            self[code] = str(unicodedata.decimal(char)) if char.isdecimal() else char
        return self[code]


_COMPARED = _Compared()


class Names:
    """The names and numbers of people.

    Args:
        residents: The people. Of a telephone field each number counts, of a name with another in brackets each name.
    """

    def __init__(self, residents: Iterable[Resident]) -> None:
        self._facts = frozenset(fact for person in residents for fact in _facts_of(person))
        self._lengths = sorted({len(fact) for fact in self._facts})

    def in_text(self, text: str) -> bool:
        """Whether a text holds one of the names or numbers, or any number that may be a telephone's."""
        return may_hold_telephone(text) or self.known_in(text)

    def known_in(self, text: str) -> bool:
        """Whether a text holds one of the names or numbers."""
        plain = bare(text)
        return any(
            plain[start : start + length] in self._facts
            for length in self._lengths
            for start in range(len(plain) - length + 1)
        )


def _facts_of(person: Resident) -> Iterable[str]:
    names = {bare(person.name), *(part for raw in _IN_BRACKETS.split(person.name) if len(part := bare(raw)) > 1)}
    numbers = {bare(raw) for raw in (person.id_number or "", *_APART.split(person.phone or ""))}
    yield from names - {""}
    yield from (number for number in numbers if sum(map(str.isdecimal, number)) >= _LEAST_DIGITS)
    # A short id (a running number) stands in many a text that is about nobody.
    if len(own := bare(person.id)) >= _LEAST_ID:
        yield own


def may_hold_telephone(text: str) -> bool:
    """Whether a text holds seven digits or more in a row, whatever is written between them; a date is none."""
    shown = "".join(char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) != "Cf")
    return _NUMBER.search(_DATE.sub(_without_date, shown)) is not None


def _without_date(match: re.Match[str]) -> str:
    try:
        date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return match[0]
    return "日"
