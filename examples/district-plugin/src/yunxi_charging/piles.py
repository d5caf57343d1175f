"""A charging pile for electric bicycles (电动自行车充电桩), and how it moves.

Planned, built, accepted by the fire brigade and then in use; out of service for repairs and back; taken down in the end.
"""

from datetime import date

from shequ.lifecycle import Lifecycle, Transition
from shequ.model import Record, Term, record
from shequ.model.record import count, day, ref, term, text

__all__ = ["PILE_LIFECYCLE", "ChargingPile", "PileState"]


class PileState(Term):
    """Where a pile stands."""

    PLANNED = "planned", "拟建"
    BUILT = "built", "待验收"
    IN_USE = "in_use", "在用"
    OUT_OF_SERVICE = "out_of_service", "停用"
    REMOVED = "removed", "已拆除"


@record(
    "charging_pile",
    label="充电桩",
    key=("serial",),
    division="community",
    never=(PileState.PLANNED, PileState.BUILT),
    over=(PileState.REMOVED,),
)
class ChargingPile(Record):
    """A charging pile for electric bicycles."""

    serial: str = text("桩号", note="铭牌上的号码，如 YX-0017-0，末位是校验位")
    community: str = ref("社区", to="community")
    estate: str | None = ref("小区", to="estate", default=None)
    location: str | None = text("位置", default=None)
    operator: str | None = text("运营单位", default=None)
    sockets: int = count("插座数", unit="个")
    built: date | None = day("建成日期", default=None)
    certificate: str | None = text("消防验收文号", default=None)
    since: date | None = day("投用日期", default=None)
    until: date | None = day("拆除日期", default=None)
    state: PileState = term("状态", default=PileState.PLANNED)


_S = PileState

PILE_LIFECYCLE = Lifecycle(
    ChargingPile,
    "充电桩",
    _S.PLANNED,
    (
        Transition("build", "建成", (_S.PLANNED,), _S.BUILT, dated="built"),
        Transition("accept", "验收投用", (_S.BUILT,), _S.IN_USE, dated="since", needs=("certificate",)),
        Transition("stop", "停用", (_S.IN_USE,), _S.OUT_OF_SERVICE),
        Transition("resume", "恢复使用", (_S.OUT_OF_SERVICE,), _S.IN_USE),
        Transition("remove", "拆除", (_S.PLANNED, _S.BUILT, _S.IN_USE, _S.OUT_OF_SERVICE), _S.REMOVED, dated="until"),
    ),
)
