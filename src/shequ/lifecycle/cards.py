"""The cards of the contact station.

**Registration card** (登记卡). A member reports to the community where they live (报到); the community reviews, and
answers the employer's branch with a receipt (accept). Where the district asks for it the registration is renewed each
half year or year. It ends when the member moves or changes jobs (transfer), retires into the community's own branch
(retire), or leaves (close).

**Service record** (记录卡 is the file of them). A service is logged, then confirmed by the community. It is never
overwritten: a correction is a new record that names the one it corrects, which then stands as corrected; a wrong
record is voided.
"""

from shequ.lifecycle.machine import Lifecycle, Transition
from shequ.model import RegistrationCard, RegistrationState, ServiceRecord, ServiceRecordState

__all__ = ["REGISTRATION_CARD", "SERVICE_RECORD"]

_R = RegistrationState
_S = ServiceRecordState

REGISTRATION_CARD = Lifecycle(
    RegistrationCard,
    "登记卡",
    _R.REPORTED,
    (
        Transition("review", "审核", (_R.REPORTED,), _R.UNDER_REVIEW),
        Transition("accept", "接收", (_R.REPORTED, _R.UNDER_REVIEW), _R.ACCEPTED),
        Transition("return", "退回补正", (_R.UNDER_REVIEW,), _R.REPORTED),
        Transition("renew", "续登", (_R.ACCEPTED,), _R.ACCEPTED, dated="renewed"),
        Transition("transfer", "转出", (_R.ACCEPTED,), _R.TRANSFERRED),
        Transition("retire", "转入本社区支部", (_R.ACCEPTED,), _R.RETIRED),
        Transition("close", "注销", (_R.REPORTED, _R.UNDER_REVIEW, _R.ACCEPTED), _R.CLOSED),
    ),
)

SERVICE_RECORD = Lifecycle(
    ServiceRecord,
    "服务记录",
    _S.LOGGED,
    (
        Transition("confirm", "确认", (_S.LOGGED,), _S.CONFIRMED),
        Transition("correct", "更正", (_S.LOGGED, _S.CONFIRMED), _S.CORRECTED),
        Transition("void", "作废", (_S.LOGGED, _S.CONFIRMED), _S.VOIDED),
    ),
)
