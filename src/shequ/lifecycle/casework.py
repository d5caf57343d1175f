"""Casework: disputes, petitions, complaints, resolutions. A case is followed, never a person.

**Dispute** (人民调解法): received, mediated, settled by agreement or not; the parties may withdraw, and a failed
mediation may be taken up again. **Petition** (信访工作条例): registered, answered within fifteen days (accepted, not
accepted, or forwarded to whom it concerns), concluded within sixty days, which can be extended once; whoever is not
content asks for a review, then for a final review. **Complaint**: received, forwarded to the company, resolved or not.
**Resolution** of a symposium: passed, worked on, done, or not adopted with its reason.
"""

from shequ.lifecycle.machine import Lifecycle, Transition
from shequ.model import (
    Complaint,
    ComplaintState,
    Dispute,
    DisputeState,
    Petition,
    PetitionState,
    Resolution,
    ResolutionState,
)

__all__ = ["COMPLAINT", "DISPUTE", "PETITION", "RESOLUTION"]

_D, _P, _C, _R = DisputeState, PetitionState, ComplaintState, ResolutionState

DISPUTE = Lifecycle(
    Dispute,
    "纠纷",
    _D.RECEIVED,
    (
        Transition("mediate", "着手调解", (_D.RECEIVED,), _D.MEDIATING),
        Transition("settle", "达成协议", (_D.MEDIATING,), _D.SETTLED, dated="closed"),
        Transition("fail", "调解未成", (_D.MEDIATING,), _D.FAILED, dated="closed"),
        Transition("reopen", "重新调解", (_D.FAILED,), _D.MEDIATING, sets=(("closed", None),)),
        Transition("withdraw", "撤回", (_D.RECEIVED, _D.MEDIATING), _D.WITHDRAWN, dated="closed"),
    ),
)

PETITION = Lifecycle(
    Petition,
    "信访",
    _P.RECEIVED,
    (
        Transition("accept", "受理", (_P.RECEIVED,), _P.ACCEPTED, dated="answered"),
        Transition("refuse", "不予受理", (_P.RECEIVED,), _P.NOT_ACCEPTED, dated="answered"),
        Transition("forward", "转送", (_P.RECEIVED,), _P.FORWARDED, dated="answered"),
        Transition("extend", "批准延期", (_P.ACCEPTED,), _P.EXTENDED, sets=(("extended", True),)),
        Transition("conclude", "办结", (_P.ACCEPTED, _P.EXTENDED), _P.CONCLUDED, dated="concluded"),
        Transition("review", "请求复查", (_P.CONCLUDED,), _P.UNDER_REVIEW, dated="review_asked"),
        Transition("final_review", "请求复核", (_P.UNDER_REVIEW,), _P.FINAL_REVIEW, dated="final_review_asked"),
        Transition("close", "终结", (_P.CONCLUDED, _P.UNDER_REVIEW, _P.FINAL_REVIEW), _P.CLOSED, dated="closed"),
        Transition("withdraw", "撤回", (_P.RECEIVED, _P.ACCEPTED, _P.EXTENDED), _P.WITHDRAWN, dated="closed"),
    ),
)

COMPLAINT = Lifecycle(
    Complaint,
    "投诉",
    _C.RECEIVED,
    (
        Transition("forward", "转办", (_C.RECEIVED,), _C.FORWARDED),
        Transition("resolve", "解决", (_C.RECEIVED, _C.FORWARDED), _C.RESOLVED, dated="closed"),
        Transition("give_up", "未能解决", (_C.RECEIVED, _C.FORWARDED), _C.UNRESOLVED, dated="closed"),
        Transition("reopen", "重新受理", (_C.UNRESOLVED,), _C.RECEIVED, sets=(("closed", None),)),
    ),
)

RESOLUTION = Lifecycle(
    Resolution,
    "议事决议",
    _R.PASSED,
    (
        Transition("start", "着手办理", (_R.PASSED,), _R.UNDERWAY),
        Transition("finish", "办结", (_R.PASSED, _R.UNDERWAY), _R.DONE, dated="closed"),
        Transition("drop", "不予采纳", (_R.PASSED, _R.UNDERWAY), _R.DROPPED, dated="closed"),
    ),
)
