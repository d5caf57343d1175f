"""Safety: disputes as casework. The library follows a case and the office's deadlines, never a person."""

from datetime import date

from shequ.codes import open_vocabulary
from shequ.model.record import Record, Term, code, count, day, flag, record, ref, term, text

__all__ = [
    "DISPUTE_KINDS",
    "PETITION_KINDS",
    "Dispute",
    "DisputeState",
    "Patrol",
    "Petition",
    "PetitionState",
]

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


PETITION_KINDS = open_vocabulary("kinds of petitions", suggestion="建议意见", accusation="检举控告", claim="申诉求决")


class PetitionState(Term):
    """Where the office's casework on a petition (信访) stands."""

    RECEIVED = "received", "已登记"
    ACCEPTED = "accepted", "已受理"
    NOT_ACCEPTED = "not_accepted", "不予受理"
    FORWARDED = "forwarded", "已转送"
    EXTENDED = "extended", "已延期"
    CONCLUDED = "concluded", "已办结"
    UNDER_REVIEW = "under_review", "复查中"
    FINAL_REVIEW = "final_review", "复核中"
    CLOSED = "closed", "终结"
    WITHDRAWN = "withdrawn", "撤回"


@record("petition", label="信访", key=("number",), division="division", spans=(("received", "concluded"),))
class Petition(Record):
    """A petition as casework with the office's own deadlines; nothing is kept of the petitioner."""

    number: str = text("登记编号")
    division: str = ref("所属区划", to="division")
    kind: str = code("类别", table=PETITION_KINDS)
    subject: str | None = text("事由类别", default=None)
    received: date = day("登记日期")
    answered: date | None = day("受理告知日期", default=None)
    extended: bool = flag("经批准延期", default=False)
    concluded: date | None = day("办结日期", default=None)
    backlog: bool = flag("积案", default=False)
    state: PetitionState = term("状态", default=PetitionState.RECEIVED)


@record("patrol", label="巡逻", key=("team", "on"), division="team.division")
class Patrol(Record):
    """A patrol that a team went."""

    team: str = ref("队伍", to="team")
    on: date = day("日期")
    persons: int = count("人数", unit="人")
    minutes: int | None = count("时长", unit="分钟", default=None)
