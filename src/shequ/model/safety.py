"""Safety: disputes as casework. The library follows a case and the office's deadlines, never a person."""

from datetime import date

from shequ.codes import open_vocabulary
from shequ.model.record import Record, Sensitivity, Term, code, count, day, flag, money, record, ref, term, text

__all__ = [
    "DISPUTE_KINDS",
    "PETITION_CHANNELS",
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


@record(
    "dispute",
    label="纠纷",
    key=("number",),
    division="community",
    spans=(
        ("received", "confirmed"),
        ("received", "closed"),
    ),
)
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
    on_request: bool | None = flag("依申请调解", default=None, note="“否”为主动调解")
    parties: int | None = count("当事人数", unit="人", default=None)
    summary: str | None = text("纠纷简要情况", default=None, sensitivity=Sensitivity.PERSONAL)
    amount: int | None = money("涉及金额", default=None)
    mediator: str | None = text("调解员", default=None)
    written: bool | None = flag("书面协议", default=None, note="“否”为口头协议")
    performed: bool | None = flag("协议已履行", default=None)
    confirmed: date | None = day("司法确认申请日期", default=None, note="协议生效之日起三十日内（人民调解法第33条）")


PETITION_KINDS = open_vocabulary("kinds of petitions", suggestion="建议意见", accusation="检举控告", claim="申诉求决")


PETITION_CHANNELS = open_vocabulary(
    "channels of petitions", letter="来信", visit="来访", online="网上", telephone="电话"
)


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


@record(
    "petition",
    label="信访",
    key=("number",),
    division="division",
    spans=(
        ("received", "answered"),
        ("answered", "objected"),
        ("received", "closed"),
        ("received", "concluded"),
    ),
)
class Petition(Record):
    """A petition as casework with the office's own deadlines; nothing is kept of the petitioner."""

    number: str = text("登记编号")
    division: str = ref("所属区划", to="division")
    kind: str = code("类别", table=PETITION_KINDS)
    subject: str | None = text("事由类别", default=None)
    received: date = day("登记日期")
    answered: date | None = day("受理告知日期", default=None)
    objected: date | None = day("对办理途径提出异议日期", default=None)
    extended: bool = flag("经批准延期", default=False)
    concluded: date | None = day("办结日期", default=None)
    review_asked: date | None = day("请求复查日期", default=None)
    final_review_asked: date | None = day("请求复核日期", default=None)
    closed: date | None = day("终结日期", default=None, note="终结或撤回之日")
    backlog: bool = flag("积案", default=False)
    channel: str | None = code("信访形式", table=PETITION_CHANNELS, default=None)
    handler: str | None = text("承办人", default=None)
    document: str | None = text("处理意见文号", default=None)
    state: PetitionState = term("状态", default=PetitionState.RECEIVED)


@record("patrol", label="巡逻", key=("team", "on"), division="team.division")
class Patrol(Record):
    """A patrol that a team went."""

    team: str = ref("队伍", to="team")
    on: date = day("日期")
    persons: int = count("人数", unit="人")
    minutes: int | None = count("时长", unit="分钟", default=None)
