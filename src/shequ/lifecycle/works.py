"""Welfare cases, projects, contracts, elections and plans.

**Low-income case** (最低生活保障审核确认办法): applied for, accepted (or to be supplemented), investigated, shown in
public for seven days, confirmed or refused; an allowance is stopped when circumstances change. **Care at home**:
applied for, assessed, enrolled, may pause, ends. **Project**: proposed, approved, underway, completed, or cancelled.
**Property contract**: drafted, voted on by the owners, signed, in force, ended or terminated; one that is
terminated before it began ends on the day it was to begin, and so was in force on no day. **Election**: prepared, voters
registered, candidates nominated, voted, valid or not, filed; an invalid one is voted again. **Plan item**: planned,
underway, done, or dropped with its reason.
"""

from shequ.lifecycle.machine import Lifecycle, Transition
from shequ.model import (
    ContractState,
    ElderCareEnrolment,
    Election,
    ElectionState,
    EnrolmentState,
    LowIncomeCase,
    LowIncomeState,
    PlanState,
    Project,
    ProjectPhase,
    PropertyContract,
    WorkPlanItem,
)

__all__ = [
    "ELDER_CARE_ENROLMENT",
    "ELECTION",
    "LOW_INCOME_CASE",
    "PROJECT",
    "PROPERTY_CONTRACT",
    "WORK_PLAN_ITEM",
]

_L, _E, _P, _C, _V, _I = LowIncomeState, EnrolmentState, ProjectPhase, ContractState, ElectionState, PlanState

LOW_INCOME_CASE = Lifecycle(
    LowIncomeCase,
    "低保审核",
    _L.APPLIED,
    (
        Transition("accept", "受理", (_L.APPLIED, _L.SUPPLEMENT), _L.ACCEPTED, dated="accepted"),
        Transition("supplement", "要求补正", (_L.APPLIED,), _L.SUPPLEMENT),
        Transition("investigate", "调查核对", (_L.ACCEPTED,), _L.INVESTIGATING, dated="investigated"),
        Transition("notify", "公示", (_L.INVESTIGATING,), _L.NOTICE, dated="notice_from"),
        Transition("object", "公示有异议", (_L.NOTICE,), _L.INVESTIGATING),
        Transition("confirm", "确认", (_L.NOTICE,), _L.CONFIRMED, dated="decided"),
        Transition("refuse", "不予确认", (_L.INVESTIGATING, _L.NOTICE), _L.REFUSED, dated="decided"),
        Transition("stop", "停发", (_L.CONFIRMED,), _L.STOPPED, dated="closed"),
        Transition(
            "withdraw", "撤回", (_L.APPLIED, _L.SUPPLEMENT, _L.ACCEPTED, _L.INVESTIGATING), _L.WITHDRAWN, dated="closed"
        ),
    ),
)

ELDER_CARE_ENROLMENT = Lifecycle(
    ElderCareEnrolment,
    "居家养老",
    _E.APPLIED,
    (
        Transition("assess", "评估", (_E.APPLIED,), _E.ASSESSED),
        Transition("enrol", "开始服务", (_E.ASSESSED,), _E.ENROLLED, dated="since"),
        Transition("refuse", "不符合条件", (_E.ASSESSED,), _E.REFUSED),
        Transition("suspend", "暂停", (_E.ENROLLED,), _E.SUSPENDED),
        Transition("resume", "恢复", (_E.SUSPENDED,), _E.ENROLLED),
        Transition("end", "结束", (_E.APPLIED, _E.ENROLLED, _E.SUSPENDED), _E.ENDED, dated="until"),
    ),
)

PROJECT = Lifecycle(
    Project,
    "工程项目",
    _P.PROPOSED,
    (
        Transition("approve", "批准", (_P.PROPOSED,), _P.APPROVED, dated="approved"),
        Transition("start", "开工", (_P.APPROVED,), _P.UNDERWAY, dated="began"),
        Transition("complete", "完工", (_P.UNDERWAY,), _P.COMPLETED, dated="completed"),
        Transition("cancel", "取消", (_P.PROPOSED, _P.APPROVED, _P.UNDERWAY), _P.CANCELLED, dated="cancelled"),
    ),
    state_field="phase",
)

PROPERTY_CONTRACT = Lifecycle(
    PropertyContract,
    "物业合同",
    _C.DRAFT,
    (
        Transition("vote", "业主表决通过", (_C.DRAFT,), _C.VOTED, dated="voted"),
        Transition("reject", "业主表决未通过", (_C.DRAFT,), _C.REJECTED, dated="voted"),
        Transition("sign", "签订", (_C.DRAFT, _C.VOTED), _C.SIGNED, dated="signed"),
        Transition("start", "开始履行", (_C.SIGNED,), _C.IN_FORCE, fills="since"),
        Transition("end", "到期终止", (_C.IN_FORCE,), _C.ENDED, fills="until"),
        Transition("terminate", "提前解除", (_C.SIGNED, _C.IN_FORCE), _C.TERMINATED, dated="until"),
    ),
)

ELECTION = Lifecycle(
    Election,
    "换届选举",
    _V.PREPARED,
    (
        Transition("register", "选民登记", (_V.PREPARED,), _V.REGISTERED),
        Transition("nominate", "确定候选人", (_V.REGISTERED,), _V.NOMINATED),
        Transition("vote", "投票", (_V.NOMINATED,), _V.VOTED, dated="voted"),
        Transition("elect", "当选有效", (_V.VOTED,), _V.ELECTED),
        Transition("invalidate", "选举无效", (_V.VOTED,), _V.INVALID),
        Transition("repeat", "另行选举", (_V.INVALID,), _V.NOMINATED, sets=(("voted", None),)),
        Transition("file", "备案", (_V.ELECTED,), _V.FILED, dated="filed"),
    ),
)

WORK_PLAN_ITEM = Lifecycle(
    WorkPlanItem,
    "工作打算",
    _I.PLANNED,
    (
        Transition("start", "启动", (_I.PLANNED,), _I.UNDERWAY),
        Transition("finish", "完成", (_I.PLANNED, _I.UNDERWAY), _I.DONE, dated="done"),
        Transition("drop", "不再实施", (_I.PLANNED, _I.UNDERWAY), _I.DROPPED),
    ),
)
