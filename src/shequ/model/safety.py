"""Safety: disputes as casework. The library follows a case and the office's deadlines, never a person."""

from datetime import date

from shequ.codes import open_vocabulary
from shequ.model.record import Record, Term, code, day, flag, record, ref, term, text

__all__ = ["DISPUTE_KINDS", "Dispute", "DisputeState"]

DISPUTE_KINDS = open_vocabulary(
    "kinds of disputes",
    neighbours="邻里",
    family="婚姻家庭",
    property="物业",
    housing="房屋宅基",
    debt="债务",
    damages="损害赔偿",
    other="其他",
)


class DisputeState(Term):
    """Where a dispute stands: handled is not yet settled."""

    RECEIVED = "received", "已受理"
    MEDIATING = "mediating", "调解中"
    SETTLED = "settled", "调解成功"
    FAILED = "failed", "调解未成"
    WITHDRAWN = "withdrawn", "撤回"


@record("dispute", label="纠纷", key=("number",), division="community", spans=(("received", "closed"),))
class Dispute(Record):
    """A civil dispute brought to mediation."""

    number: str = text("案号")
    community: str = ref("社区", to="community")
    kind: str = code("类别", table=DISPUTE_KINDS)
    received: date = day("受理日期")
    closed: date | None = day("结案日期", default=None)
    state: DisputeState = term("状态", default=DisputeState.RECEIVED)
    by_party_member: bool = flag("党员参与调解", default=False)
    agreement: str | None = text("协议编号", default=None)
