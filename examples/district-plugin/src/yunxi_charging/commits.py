"""What the street wants of commits: numbers that are right and stay, and notices of piles that cannot be used."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from shequ.errors import BadData, InvalidRecord
from shequ.store import Commit
from yunxi_charging.piles import ChargingPile, PileState

__all__ = ["Notices", "check_digit", "objections", "serial_faults"]

_SERIAL = re.compile(r"YX-(\d{4})-(\d)")


def check_digit(number: str) -> str:
    """The digit that makes a number complete: the digits, weighted 3 1 3 1 from the left, sum to a multiple of ten.

    >>> check_digit("0017")
    '0'
    """
    return str(-sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(number)) % 10)


def serial_faults(pile: ChargingPile) -> Iterator[InvalidRecord]:
    """What is wrong with the number of a pile."""
    found = _SERIAL.fullmatch(pile.serial)
    if found is None:
        reason, code, remedy = "桩号应形如 YX-0017-0", "serial-form", "照铭牌填写"
    elif found[2] != check_digit(found[1]):
        reason, code, remedy = f"桩号的校验位应为 {check_digit(found[1])}", "serial-check", "核对铭牌"
    else:
        return
    yield InvalidRecord("charging_pile", "serial", pile.serial, reason, code=code, remedy=remedy)


def objections(commit: Commit) -> Iterator[str]:
    """Why a commit must not be made."""
    for change in commit.changes:
        if isinstance(change.before, ChargingPile):
            if change.after is None:
                yield f"充电桩 {change.before.serial} 不能删除，应办理“拆除”"
            elif isinstance(change.after, ChargingPile) and change.after.serial != change.before.serial:
                yield f"充电桩 {change.before.serial} 的桩号不能改为 {change.after.serial}"


@attrs.frozen
class Notices:
    """The file in which piles out of service are announced, a line each.

    Args:
        file: The file; ``None`` if nothing is announced.
    """

    file: Path | None

    @classmethod
    def configured(cls, settings: Mapping[str, Any]) -> "Notices":
        """As the settings say.

        Raises:
            BadData: If they say something that this plugin does not know.
        """
        unknown = sorted(settings.keys() - {"notices"})
        if unknown:
            raise BadData(f"充电桩插件没有设置 {'、'.join(unknown)}", remedy="可用的设置：notices")
        return cls(Path(settings["notices"]) if "notices" in settings else None)

    def announce(self, commit: Commit) -> None:
        """Write a line for each pile that goes out of service with a commit."""
        if self.file is None:
            return
        lines = [
            f"{commit.at:%Y-%m-%d} {change.after.serial} {change.after.location or ''} 停用：{commit.reason}\n"
            for change in commit.changes
            if isinstance(change.after, ChargingPile)
            and change.after.state is PileState.OUT_OF_SERVICE
            and getattr(change.before, "state", None) is not PileState.OUT_OF_SERVICE
        ]
        if lines:
            with self.file.open("a", encoding="utf-8") as stream:
                stream.writelines(lines)
