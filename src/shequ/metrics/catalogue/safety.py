"""Safety: disputes, and petitions as casework. Handled is not settled."""

from shequ.lifecycle.deadlines import Standing as Deadline
from shequ.lifecycle.terms import TERM_PARAMETERS
from shequ.metrics.definition import Measured, Metric, Ratio, Timing
from shequ.model import DisputeState
from shequ.query import (
    Condition,
    Count,
    Days,
    During,
    Holds,
    Keys,
    Median,
    Parameter,
    Standing,
    StateThen,
    eq,
    given,
    ne,
    one_of,
)

__all__ = ["METRICS"]

_PATROLS = ("patrol", "security")
_RECEIVED = During("received")
_HANDLING = StateThen(
    "state",
    (
        (DisputeState.RECEIVED, "received"),
        (DisputeState.SETTLED, "closed"),
        (DisputeState.FAILED, "closed"),
        (DisputeState.WITHDRAWN, "closed"),
    ),
)
_SETTLED = eq("state", DisputeState.SETTLED) & (During("closed") | (~given("closed") & _RECEIVED))


def _late(matter: str, done: str, *terms: str) -> Condition:
    """Overdue on the last day, or done too late in the period."""
    standing = Standing(matter, tuple((term, Parameter(TERM_PARAMETERS[term], dated=True)) for term in terms))
    return eq(standing, Deadline.OVERDUE) | (eq(standing, Deadline.LATE) & During(done))


METRICS = (
    Metric(
        "safety.police_rooms",
        "警务室",
        "个",
        Measured(Count(Keys("premises", "id", eq("kind", "police_room") & Holds()))),
    ),
    Metric(
        "safety.patrol_teams",
        "巡逻护宅队伍",
        "支",
        Measured(Count(Keys("team", "id", one_of("kind", *_PATROLS) & Holds()))),
    ),
    Metric(
        "safety.patrol_members",
        "巡逻护宅队员",
        "人",
        Measured(Count(Keys("team_membership", "resident", one_of("team.kind", *_PATROLS) & Holds() & Holds("team")))),
        base="一人只计一次",
    ),
    Metric("safety.disputes", "民事纠纷", "件", Measured(Count(Keys("dispute", "id", _RECEIVED))), Timing.IN),
    Metric(
        "safety.disputes_handled",
        "已调处纠纷",
        "件",
        Measured(Count(Keys("dispute", "id", _RECEIVED & ne(_HANDLING, DisputeState.RECEIVED)))),
        Timing.IN,
        base="期内受理，期末已着手调解",
    ),
    Metric(
        "safety.disputes_settled",
        "调解成功纠纷",
        "件",
        Measured(Count(Keys("dispute", "id", _SETTLED))),
        Timing.IN,
        base="期内调解成功；结案日期不详的，按受理日期",
    ),
    Metric(
        "safety.disputes_mediated_share",
        "纠纷调处率",
        "",
        Ratio(("safety.disputes_handled",), ("safety.disputes",)),
        Timing.IN,
        base="占期内受理",
        decimals=2,
        percent=True,
    ),
    Metric(
        "safety.disputes_settled_share",
        "调解成功率",
        "",
        Ratio(("safety.disputes_settled",), ("safety.disputes",)),
        Timing.IN,
        base="期内调解成功的件数比期内受理的件数",
        decimals=2,
        percent=True,
    ),
    Metric(
        "safety.median_days_to_settle",
        "纠纷结案时长中位数",
        "天",
        Measured(Median("dispute", Days("received", "closed"), During("closed") & eq("state", DisputeState.SETTLED))),
        Timing.IN,
        base="期内调解成功",
        decimals=1,
    ),
    Metric("petitions.received", "信访受理", "件", Measured(Count(Keys("petition", "id", _RECEIVED))), Timing.IN),
    Metric(
        "petitions.concluded",
        "信访办结",
        "件",
        Measured(Count(Keys("petition", "id", During("concluded")))),
        Timing.IN,
        base="期内办结",
    ),
    Metric(
        "petitions.overdue",
        "信访超期",
        "件",
        Measured(
            Count(
                Keys(
                    "petition",
                    "id",
                    _late("受理告知", "answered", "petition_answer")
                    | _late("办结", "concluded", "petition_conclude", "petition_extension", "petition_kinds"),
                )
            )
        ),
        Timing.IN,
        base="期末逾期未告知、未办结，或期内逾期告知、办结；期限按起算之日的规定",
    ),
    Metric(
        "petitions.backlog_resolved",
        "积案化解",
        "件",
        Measured(Count(Keys("petition", "id", During("concluded") & eq("backlog", True)))),
        Timing.IN,
        base="期内办结的积案",
    ),
)
