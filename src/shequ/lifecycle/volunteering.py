"""Volunteers, teams, and what is asked of them.

**Volunteer**: applies, is registered, may pause, leaves. Service is voluntary: leaving needs no reason, and no step
leads from a lack of service to anything. **Team**: forms, is active, may pause, disbands. **Membership** of a team, and
the **holding of a post**, start, may be suspended, and end. **Service request** (点单): a resident orders, the community
dispatches, a member accepts, it is done, and the resident rates it; a member may hand it back, and what cannot be done
is said so.
"""

from shequ.lifecycle.machine import Lifecycle, Transition
from shequ.model import (
    HoldingState,
    MembershipState,
    PostHolding,
    ServiceRequest,
    ServiceRequestState,
    Team,
    TeamMembership,
    TeamState,
    Volunteer,
    VolunteerState,
)

__all__ = ["POST_HOLDING", "SERVICE_REQUEST", "TEAM", "TEAM_MEMBERSHIP", "VOLUNTEER"]

_V, _T, _M, _H, _S = VolunteerState, TeamState, MembershipState, HoldingState, ServiceRequestState

VOLUNTEER = Lifecycle(
    Volunteer,
    "志愿者",
    _V.APPLIED,
    (
        Transition("register", "登记", (_V.APPLIED,), _V.REGISTERED, dated="since"),
        Transition("suspend", "暂停", (_V.REGISTERED,), _V.SUSPENDED),
        Transition("resume", "恢复", (_V.SUSPENDED,), _V.REGISTERED),
        Transition("leave", "退出", (_V.APPLIED, _V.REGISTERED, _V.SUSPENDED), _V.LEFT, dated="until"),
    ),
)

TEAM = Lifecycle(
    Team,
    "队伍",
    _T.FORMING,
    (
        Transition("start", "成立", (_T.FORMING,), _T.ACTIVE, dated="since"),
        Transition("suspend", "暂停", (_T.ACTIVE,), _T.SUSPENDED),
        Transition("resume", "恢复", (_T.SUSPENDED,), _T.ACTIVE),
        Transition("disband", "解散", (_T.FORMING, _T.ACTIVE, _T.SUSPENDED), _T.DISBANDED, dated="until"),
    ),
)

TEAM_MEMBERSHIP = Lifecycle(
    TeamMembership,
    "队员",
    _M.APPLIED,
    (
        Transition("admit", "入队", (_M.APPLIED,), _M.ACTIVE, dated="since"),
        Transition("suspend", "暂停", (_M.ACTIVE,), _M.SUSPENDED),
        Transition("resume", "恢复", (_M.SUSPENDED,), _M.ACTIVE),
        Transition("end", "退出", (_M.APPLIED, _M.ACTIVE, _M.SUSPENDED), _M.ENDED, dated="until"),
    ),
)

POST_HOLDING = Lifecycle(
    PostHolding,
    "任职",
    _H.PROPOSED,
    (
        Transition("appoint", "任职", (_H.PROPOSED,), _H.ON_DUTY, dated="since"),
        Transition("suspend", "暂停", (_H.ON_DUTY,), _H.SUSPENDED),
        Transition("resume", "恢复", (_H.SUSPENDED,), _H.ON_DUTY),
        Transition("end", "离任", (_H.PROPOSED, _H.ON_DUTY, _H.SUSPENDED), _H.ENDED, dated="until"),
    ),
)

SERVICE_REQUEST = Lifecycle(
    ServiceRequest,
    "服务点单",
    _S.ORDERED,
    (
        Transition("dispatch", "社区下单", (_S.ORDERED,), _S.DISPATCHED),
        Transition("accept", "党员接单", (_S.DISPATCHED,), _S.ACCEPTED),
        Transition("return", "退回重派", (_S.ACCEPTED,), _S.DISPATCHED),
        Transition("finish", "办结", (_S.ACCEPTED,), _S.DONE, dated="done"),
        Transition("rate", "居民评单", (_S.DONE,), _S.RATED),
        Transition("withdraw", "撤回", (_S.ORDERED, _S.DISPATCHED), _S.WITHDRAWN),
        Transition("give_up", "无法办理", (_S.ORDERED, _S.DISPATCHED, _S.ACCEPTED), _S.UNFULFILLED),
    ),
)
