"""The cards of the contact station.

**Registration card** (登记卡). A member reports to the community where they live (报到); the community reviews, and
answers the employer's branch with a receipt (accept). Where the district asks for it the registration is renewed each
half year or year. It ends when the member moves or changes jobs (transfer), retires into the community's own branch
(retire), or leaves (close).

**Service record** (记录卡 is the file of them). A service is logged, then confirmed by the community. It is never
overwritten: a correction is a new record that names the one it corrects, which then stands as corrected; a wrong
record is voided.

**Appointment card** (聘请卡). An appointment is offered, accepted or declined; its holder goes on duty, may be suspended
and come back, is renewed until a new day, and ends (term over, resigned, revoked, returned). A lost badge is replaced:
the card stays where it stands; the new number is given with the step, and the old one goes to the void numbers.

**Contact card** (联系卡). Compiled from a half year's confirmed records, it is seen by the member, who consents, or
objects (then it is compiled anew, 令67 art. 13). With consent or another recorded legal basis the community's branch signs
it, it is sent to the employer's Party organisation, and a receipt returns, or it cannot be delivered and is sent again. An
objection that was cleared up is withdrawn, and the card is seen as it stands: only that says that the member has seen
and consents. As long as it has not arrived it can be compiled anew, such as when the member
has another employer; basis, signature and sending of the old card do not hold for the new one. Whoever does not agree to
the sending need not say why: the card is withheld.
"""

from shequ.lifecycle.machine import Lifecycle, Transition
from shequ.model import (
    AppointmentCard,
    AppointmentState,
    ContactCard,
    ContactState,
    RegistrationCard,
    RegistrationState,
    ServiceRecord,
    ServiceRecordState,
)

__all__ = ["APPOINTMENT_CARD", "CONTACT_CARD", "REGISTRATION_CARD", "SERVICE_RECORD"]

_R = RegistrationState
_S = ServiceRecordState
_A = AppointmentState
_C = ContactState

REGISTRATION_CARD = Lifecycle(
    RegistrationCard,
    "登记卡",
    _R.REPORTED,
    (
        Transition("review", "审核", (_R.REPORTED,), _R.UNDER_REVIEW),
        Transition("accept", "接收", (_R.REPORTED, _R.UNDER_REVIEW), _R.ACCEPTED, dated="accepted"),
        Transition("return", "退回补正", (_R.UNDER_REVIEW,), _R.REPORTED),
        Transition("renew", "续登", (_R.ACCEPTED,), _R.ACCEPTED, dated="renewed"),
        Transition("transfer", "转出", (_R.ACCEPTED,), _R.TRANSFERRED, dated="until"),
        Transition("retire", "转入本社区支部", (_R.ACCEPTED,), _R.RETIRED, dated="until"),
        Transition("close", "注销", (_R.REPORTED, _R.UNDER_REVIEW, _R.ACCEPTED), _R.CLOSED, dated="until"),
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

APPOINTMENT_CARD = Lifecycle(
    AppointmentCard,
    "聘请卡",
    _A.OFFERED,
    (
        Transition("accept", "接受", (_A.OFFERED,), _A.ACCEPTED),
        Transition("decline", "不接受", (_A.OFFERED,), _A.DECLINED),
        Transition("start", "上岗", (_A.ACCEPTED,), _A.ON_DUTY, fills="since"),
        Transition("suspend", "暂停", (_A.ON_DUTY,), _A.SUSPENDED),
        Transition("resume", "恢复", (_A.SUSPENDED,), _A.ON_DUTY),
        Transition("renew", "续聘", (_A.ON_DUTY,), _A.ON_DUTY, needs=("until",)),
        Transition(
            "replace", "遗失补发", (_A.ON_DUTY,), _A.ON_DUTY, needs=("number",), retires=(("number", "voided"),)
        ),
        Transition("end", "结束", (_A.ACCEPTED, _A.ON_DUTY, _A.SUSPENDED), _A.ENDED, dated="until"),
    ),
)

CONTACT_CARD = Lifecycle(
    ContactCard,
    "联系卡",
    _C.COMPILED,
    (
        Transition("see", "本人已阅", (_C.COMPILED,), _C.SEEN),
        Transition("object", "本人有异议", (_C.COMPILED, _C.SEEN), _C.OBJECTED),
        Transition(
            "recompile",
            "重新汇总",
            (_C.COMPILED, _C.SEEN, _C.OBJECTED, _C.SIGNED, _C.UNDELIVERABLE),
            _C.COMPILED,
            dated="compiled",
            sets=(("basis", None), ("signed", None), ("sent", None)),
        ),
        Transition("withdraw_objection", "撤回异议", (_C.OBJECTED,), _C.COMPILED),
        Transition("sign", "支部签字", (_C.SEEN,), _C.SIGNED, dated="signed"),
        Transition("send", "寄出", (_C.SIGNED, _C.UNDELIVERABLE), _C.SENT, dated="sent"),
        Transition("receipt", "收到回执", (_C.SENT,), _C.RETURNED, dated="returned"),
        Transition("bounce", "无法送达", (_C.SENT,), _C.UNDELIVERABLE),
        Transition(
            "withhold", "不予寄送", (_C.COMPILED, _C.SEEN, _C.OBJECTED, _C.SIGNED, _C.UNDELIVERABLE), _C.WITHHELD
        ),
    ),
)
