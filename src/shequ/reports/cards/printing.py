"""From a kind of card to sheets, and from sheets to files."""

import os
from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path

import attrs

from shequ.errors import BackendError, BadData, UnknownFormat
from shequ.reports.cards.dealing import CardContext, CardKind, CardSheets, CardWriter, Dealt
from shequ.reports.cards.layout import Card
from shequ.reports.document import chinese_period
from shequ.reports.saving import write_whole
from shequ.system_faults import cause

__all__ = ["CardPrint", "deal"]


def deal(
    name: str,
    kind: CardKind,
    context: CardContext,
    *,
    day: date,
    numbers: Collection[str] = (),
    limit: int | None = None,
) -> CardSheets:
    """The cards of a kind, numbered in the order in which they are printed.

    Args:
        name: Name of the kind.
        kind: The kind.
        context: What they are made from.
        day: The day of printing.
        numbers: Numbers of the cards that are wanted; all if none are given. They keep their running numbers.
        limit: How many are printed at most.

    Raises:
        BadData: If a number is wanted that no card has.
    """
    dealt: list[Dealt] = []
    left_out: Counter[str] = Counter()
    for one in kind.deal(context):
        if isinstance(one, str):
            left_out[one] += 1
        else:
            dealt.append(one)
    lacking = sorted(set(numbers) - {one.number for one in dealt})
    if lacking:
        raise BadData(
            f"本期可打印的{kind.label}中没有编号 {'、'.join(lacking)}", remedy="核对编号和时期，以及该卡的办理状态"
        )
    cards = [Card(one.number, running, one.faces, one.record) for running, one in enumerate(dealt, 1)]
    wanted = [card for card in cards if not numbers or card.number in numbers]
    title = f"{context.place.name}{chinese_period(context.period)}{kind.label}"
    return CardSheets(name, kind, title, day, tuple(wanted[:limit]), tuple(sorted(left_out.items())))


@attrs.frozen
class CardPrint:
    """Cards that were dealt, to be written in any format.

    Args:
        sheets: The cards.
        writers: Suffix → writer.
    """

    sheets: CardSheets
    _writers: Mapping[str, CardWriter] = attrs.field(repr=False)

    def render(self, suffix: str) -> str | bytes:
        """The sheets in a format.

        Raises:
            UnknownFormat: If no plugin writes cards in it.
        """
        name = suffix.removeprefix(".").lower()
        if name not in self._writers:
            raise UnknownFormat(name, tuple(sorted(self._writers)))
        return self._writers[name](self.sheets)

    def save(self, folder: "str | os.PathLike[str]", *formats: str) -> tuple[Path, ...]:
        """Write the sheets into a folder, which is made if it is not there: one file for each format.

        Every format is made before the first file is written, and each file is there whole or not at all.

        Args:
            folder: Where to.
            formats: Suffixes; ``html`` if none are given.

        Raises:
            UnknownFormat: If no plugin writes cards in a format.
            BackendError: If the folder or a file cannot be written.
        """
        made = [
            (suffix, content.encode() if isinstance(content := self.render(suffix), str) else content)
            for suffix in formats or ("html",)
        ]
        target = Path(folder)
        try:
            target.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BackendError(f"无法建立文件夹 {target}：{cause(error)}", remedy="换一个可写的文件夹") from error
        paths = []
        for suffix, data in made:
            paths.append(target / f"{self.sheets.name}.{suffix.removeprefix('.').lower()}")
            write_whole(paths[-1], data)
        return tuple(paths)
