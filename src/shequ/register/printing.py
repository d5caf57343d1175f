"""Cards of a register."""

import difflib
from collections.abc import Iterable
from functools import partial
from typing import cast

from shequ.calendars import Period
from shequ.errors import BadData, Misuse
from shequ.register.viewing import Viewing
from shequ.reports import CardContext, CardKind, CardPrint, deal

__all__ = ["Printing"]


class Printing(Viewing):
    """Cards."""

    def cards(
        self,
        kind: str,
        *,
        period: "Period | str",
        division: str | None = None,
        numbers: Iterable[str] = (),
        limit: int | None = None,
        sheets: int | None = None,
        purpose: str = "",
    ) -> CardPrint:
        """Cards to print; where they show personal values, each one is logged, with the record that it is of.

        Args:
            kind: Name or Chinese label of the kind: ``appointment`` 聘请卡, ``registration`` 登记卡, ``record`` 记录卡,
                ``contact`` 联系卡, ``slip`` 温馨联系卡, or one that a plugin offers.
            period: The period that they are about.
            division: Code, id or name of a division; the whole district if none is given.
            numbers: Numbers of the cards that are wanted; all if none are given.
            limit: How many are printed at most.
            sheets: How many sheets are printed at most: one for a proof.
            purpose: What for, for the log.

        Raises:
            Misuse: If there is no such kind.
            BadData: If the period or division cannot be read, the period has not begun, or a number is wanted that no
                card has.
        """
        kinds = self.host.by_name("shequ_cards")
        found = next((name for name, (_, one) in kinds.items() if kind in (name, cast("CardKind", one).label)), None)
        if found is None:
            known = "、".join(f"{name}（{one.label}）" for name, (_, one) in kinds.items())
            near = difflib.get_close_matches(kind, [*kinds, *(one.label for _, one in kinds.values())], n=1)
            raise Misuse(
                f"没有名为 {kind!r} 的卡片", remedy=f"是否指 {near[0]}？可用：{known}" if near else f"可用：{known}"
            )
        asked = Period.parse(period) if isinstance(period, str) else period
        if asked.start > self.today:
            raise BadData(f"{asked} 尚未开始，没有可打印的卡片", remedy=f"写出 {self.today} 或更早开始的时期")
        engine, access = self._engine(), self._access()
        place = engine.tree.root if division is None else engine.tree[division]
        context = CardContext(engine, access, place, asked)
        _, dealer = kinds[found]
        room = None if sheets is None else sheets * dealer.layout.per_sheet
        most = min((one for one in (limit, room) if one is not None), default=None)
        made = deal(found, dealer, context, day=self.today, numbers=frozenset(numbers), limit=most)
        if made.cards and context.seen:
            said = purpose or f"打印{asked}{dealer.label}"
            at = self.now
            self._keep_readings(
                [access.reading(dealer.subject, id_, context.seen, at=at, purpose=said) for id_ in made.records],
                "打印",
            )
        writers = {
            suffix: partial(plugin.run, f"card writer {suffix}", writer)
            for suffix, (plugin, writer) in self.host.by_name("shequ_card_writers").items()
        }
        return CardPrint(made, writers)
