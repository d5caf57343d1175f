"""What a card is, whatever it is printed with: faces of a fixed size, with text in them, cut out of a sheet.

Sizes are millimetres, type sizes points. A card is frozen; the writers read it, none changes it.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from math import ceil

import attrs

from shequ.errors import Misuse

__all__ = ["A4", "Blank", "Card", "Face", "Form", "Grid", "Layout", "Line", "Part", "Words", "height_of", "type_size"]

A4 = (210.0, 297.0)
"""Width and height of a sheet."""

_POINT = 0.3528  # millimetres


@attrs.frozen
class Line:
    """A labelled value on a line of its own."""

    label: str
    text: str


@attrs.frozen
class Words:
    """A paragraph.

    Args:
        text: What it says.
        align: ``left`` (with the first line indented by two characters), ``flush`` (without), ``right`` or ``center``.
        small: Whether it is set smaller: an explanation rather than the matter itself.
    """

    text: str
    align: str = "left"
    small: bool = False


@attrs.frozen
class Form:
    """A bordered form: in each row pairs of a label and its value."""

    rows: tuple[tuple[tuple[str, str], ...], ...]


@attrs.frozen
class Grid:
    """A bordered table.

    Args:
        header: Headings of the columns.
        rows: Their cells.
        widths: Shares of the width, column by column.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]

    def __attrs_post_init__(self) -> None:
        if any(len(row) != len(self.header) for row in self.rows) or len(self.widths) != len(self.header):
            raise Misuse(f"a grid of {len(self.header)} columns has rows or widths of another number")


@attrs.frozen
class Blank:
    """Lines to be filled in by hand, each a label and a rule to write on."""

    labels: tuple[str, ...]


Part = Line | Words | Form | Grid | Blank


@attrs.frozen
class Face:
    """One piece of a card that stays in one piece when the sheet is cut.

    Args:
        height: How high it is.
        over: What stands above the title: whose card it is.
        title: Its title.
        beside: What stands beside the code.
        below: What stands below, over the whole width.
        photo: Whether there is room for a photograph on the left.
        code: Whether the code and the number are printed.
        letter: Whether it is set as a letter.
        size: Type size of the text.
    """

    height: float
    title: str
    over: str = ""
    beside: tuple[Part, ...] = ()
    below: tuple[Part, ...] = ()
    photo: bool = False
    code: bool = True
    letter: bool = False
    size: float = 10.5


@attrs.frozen
class Card:
    """A card.

    Args:
        number: Its number, which alone is in the code.
        running: Its place among the cards that are printed together, from 1.
        faces: Its pieces from top to bottom; between them the sheet is cut.
        record: Id of the record that it is of.
    """

    number: str
    running: int
    faces: tuple[Face, ...]
    record: str = ""


@attrs.frozen
class Layout:
    """How cards lie on a sheet.

    Args:
        width: Width of a card.
        height: Height of a card.
        columns: How many lie side by side.
        rows: How many lie below each other.
    """

    width: float
    height: float
    columns: int
    rows: int

    def __attrs_post_init__(self) -> None:
        if self.left < 5 or self.top < 5:
            raise Misuse(f"{self.columns} × {self.rows} cards of {self.width} × {self.height} mm do not fit on a sheet")

    @property
    def left(self) -> float:
        """Margin on the left and on the right."""
        return (A4[0] - self.columns * self.width) / 2

    @property
    def top(self) -> float:
        """Margin at the top and at the bottom."""
        return (A4[1] - self.rows * self.height) / 2

    @property
    def per_sheet(self) -> int:
        """How many cards are on a sheet."""
        return self.columns * self.rows

    def sheets(self, cards: tuple[Card, ...]) -> Iterator[tuple[Card, ...]]:
        """The cards, sheet by sheet."""
        waiting = iter(cards)
        while sheet := tuple(islice(waiting, self.per_sheet)):
            yield sheet

    def cuts(self, faces: tuple[Face, ...]) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Where a sheet is cut: the places from the left, and those from the top, with those between faces."""
        across = tuple(self.left + self.width * column for column in range(self.columns + 1))
        down = {self.top + self.height * row for row in range(self.rows + 1)}
        for row in range(self.rows):
            place = self.top + self.height * row
            for face in faces[:-1]:
                place += face.height
                down.add(place)
        return across, tuple(sorted(down))


def _ems(text: str) -> float:
    return sum(0.55 if ord(character) < 0x2E80 else 1.0 for character in text)


def height_of(texts: Iterable[str], width: float, size: float, *, pitch: float = 1.75) -> float:
    """About how high paragraphs are in a type size, the first line of each indented: for choosing a size that fits.

    >>> height_of(["甲" * 30], 100, 10) < height_of(["甲" * 30], 100, 20)
    True
    """
    # A line ends early where a word or a closing mark would be torn: one character in twenty.
    room = width / (size * _POINT) * 0.95
    return sum(ceil((_ems(text) + 2) / room) for text in texts) * size * _POINT * pitch


def type_size(text: str, width: float, largest: float, *, smallest: float = 6.5, lines: int = 1) -> float:
    """The type size in which a text fits into a width, between the two given.

    It stands on one line, unless that would make it smaller than two thirds of the largest size; then on so many lines. A
    Chinese character is as wide as it is high, a Latin one half of that.

    >>> type_size("张小明", 40, 14), type_size("阿" * 12, 40, 14), type_size("阿" * 40, 40, 14, lines=2)
    (14, 9.0, 6.5)
    """
    ems = _ems(text)
    if not ems:
        return largest
    for line in (1, lines):
        fitting = int(width / (ceil(ems / line) * _POINT) * 2) / 2
        if fitting >= largest * 2 / 3:
            break
    return max(smallest, min(largest, fitting))
