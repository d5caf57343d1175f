"""What is in force, due soon, overdue, expired, met or late on a day: computed from record and date, never stored.

There are two sorts of matters. A *task* should be done by a day: before it is done it is in force, then due soon, then
overdue; once done it is met, or late. A *term* runs out: it is in force, then due soon, then expired. What lies after
the day asked about has not happened yet. The numbers of days are the law's or the district's, so they are passed in as
:class:`Terms`; where there is none, there is no deadline. Where the law counts working days and the official calendar
of the year is not published, or a date that decides was never written down, the status is unknown and says why.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from functools import partial

import attrs

from shequ.calendars import add_working_days
from shequ.effective import shift
from shequ.errors import CalendarNotPublished, Misuse
from shequ.model import (
    AppointmentCard,
    AppointmentState,
    ContactCard,
    ContactState,
    ContractState,
    Dispute,
    DisputeState,
    LowIncomeCase,
    LowIncomeState,
    OwnersCommittee,
    Petition,
    PetitionState,
    PlanState,
    PropertyContract,
    Record,
    ServiceRecord,
    ServiceRecordState,
    Term,
    WorkPlanItem,
)

__all__ = ["DEADLINE_STARTS", "Standing", "Status", "Terms", "status_at", "statuses_at"]

_DAY = timedelta(days=1)


class Standing(Term):
    """How a matter stands on a day; the most pressing first."""

    OVERDUE = "overdue", "已逾期"
    DUE_SOON = "due_soon", "即将到期"
    UNKNOWN = "unknown", "无法确定"
    IN_FORCE = "in_force", "期限内"
    EXPIRED = "expired", "已到期"
    LATE = "late", "逾期完成"
    MET = "met", "按期完成"


@attrs.frozen
class Status:
    """How one matter of a record stands on a day.

    Args:
        matter: What is to be done or runs out, in Chinese.
        standing: How it stands.
        due: The last day on which it is in time or in force; ``None`` if there is none or it is not known.
        reason: Why the standing is unknown, in Chinese; else ``""``.
    """

    matter: str
    standing: Standing
    due: date | None
    reason: str = ""

    def __str__(self) -> str:
        until = f"，期限 {self.due}" if self.due else ""
        why = f"：{self.reason}" if self.reason else ""
        return f"{self.matter}{self.standing.label}{until}{why}"


@attrs.frozen(kw_only=True)
class Terms:
    """How long things may take, as the rules of a day and a district say; ``None`` where they say nothing.

    Args:
        due_soon: Days before the last one from which a matter is due soon.
        petition_answer: Days from registration to the answer.
        petition_conclude: Days from acceptance to the conclusion.
        petition_extension: Days that an approved extension adds.
        petition_kinds: Kinds of petitions that must be concluded in time; ``None``: all.
        dispute_months: Months from reception in which a dispute is usually settled.
        low_income_notice: Days that a case is shown in public.
        low_income_decision: Working days from acceptance to the decision.
        owners_committee_filing: Days from an election to its filing.
        service_record: Working days from a service to its record.
        appointment_months: Months that an appointment runs where the card has no end.
        contact_card_months: Months from one contact card to the next; a card is sent before the next one is due.

    Raises:
        Misuse: If a number is negative.
    """

    due_soon: int = 0
    petition_answer: int | None = None
    petition_conclude: int | None = None
    petition_extension: int | None = None
    petition_kinds: frozenset[str] | None = None
    dispute_months: int | None = None
    low_income_notice: int | None = None
    low_income_decision: int | None = None
    owners_committee_filing: int | None = None
    service_record: int | None = None
    appointment_months: int | None = None
    contact_card_months: int | None = None

    def __attrs_post_init__(self) -> None:
        for name, value in attrs.asdict(self).items():
            if isinstance(value, int) and value < 0:
                raise Misuse(f"{name} must not be negative")


DEADLINE_STARTS: Mapping[str, str] = {
    "petition": "received",
    "dispute": "received",
    "low_income_case": "applied",
    "owners_committee": "elected",
    "service_record": "served_on",
    "work_plan_item": "due",
    "appointment_card": "since",
    "contact_card": "until",
    "property_contract": "since",
}
"""Types of records that have deadlines → the field whose day decides which law holds; the day asked about if empty."""


def statuses_at(record: Record, day: date, terms: Terms, *, ended: date | None = None) -> tuple[Status, ...]:
    """How each matter of a record that has begun by a day stands on it; none for records without deadlines.

    Args:
        record: Any record.
        day: The day.
        terms: How long things may take.
        ended: The day of the step that ended the matter, where the record itself does not hold it.

    Raises:
        MissingExtra: If working days count and the extra ``calendar`` is not installed.
    """
    matters = (matter for matter in _matters(record, terms, ended) if matter.start <= day)
    return tuple(matter.at(day, terms.due_soon) for matter in matters)


def status_at(record: Record, day: date, terms: Terms, *, ended: date | None = None) -> Status | None:
    """The most pressing of :func:`statuses_at`, and of those alike the one due first; ``None`` if there is none."""
    order = tuple(Standing)
    found = statuses_at(record, day, terms, ended=ended)
    return min(found, key=lambda status: (order.index(status.standing), status.due or date.max), default=None)


@attrs.frozen
class _Matter:
    """A task, or a term that runs out, from a day on."""

    name: str
    start: date
    due: date | None
    done: date | None = None
    runs_out: bool = False
    unknown: str = ""

    def at(self, day: date, due_soon: int) -> Status:
        if self.unknown:
            return Status(self.name, Standing.UNKNOWN, None, self.unknown)
        if self.due is None:
            standing = Standing.IN_FORCE
        elif self.done is not None and self.done <= day:
            standing = Standing.MET if self.done <= self.due else Standing.LATE
        elif day > self.due:
            standing = Standing.EXPIRED if self.runs_out else Standing.OVERDUE
        else:
            standing = Standing.DUE_SOON if (self.due - day).days <= due_soon else Standing.IN_FORCE
        return Status(self.name, standing, self.due)


def _reckoned(name: str, start: date, reckon: Callable[[], date], done: date | None, *, runs_out: bool) -> _Matter:
    try:
        return _Matter(name, start, reckon(), done, runs_out)
    except CalendarNotPublished as error:
        return _Matter(name, start, None, unknown=error.message)
    except (OverflowError, ValueError):
        return _Matter(name, start, None, unknown="期限超出可计算的日期范围")


def _task(name: str, start: date, reckon: Callable[[], date], done: date | None, undated: str = "") -> _Matter:
    """A task; ``undated`` names the date that should say when it was done, if it is done."""
    if undated and done is None:
        return _Matter(name, start, None, unknown=f"已办理，但{undated}未登记")
    return _reckoned(name, start, reckon, done, runs_out=False)


def _term(name: str, start: date, until: Callable[[], date] | None) -> _Matter:
    """A term from a day until another, which is not in it any more; without an end it goes on."""
    if until is None:
        return _Matter(name, start, None, runs_out=True)
    return _reckoned(name, start, lambda: until() - _DAY, None, runs_out=True)


def _matters(record: Record, terms: Terms, ended: date | None) -> Iterator[_Matter]:
    match record:
        case Petition():
            yield from _petition(record, terms, ended)
        case Dispute():
            yield from _dispute(record, terms, ended)
        case LowIncomeCase():
            yield from _low_income(record, terms, ended)
        case OwnersCommittee():
            if terms.owners_committee_filing is not None:
                reckon = partial(shift, record.elected, days=terms.owners_committee_filing)
                yield _task("选举备案", record.elected, reckon, record.filed)
            if record.until is not None:
                yield _term("任期", record.elected, partial(shift, record.until))
        case ServiceRecord():
            # A correction is no late record: what counts is when the service was first written down.
            counts = record.state in (ServiceRecordState.LOGGED, ServiceRecordState.CONFIRMED)
            if terms.service_record is not None and counts and record.corrects is None:
                reckon = partial(add_working_days, record.served_on, terms.service_record)
                yield _task("服务记录", record.served_on, reckon, record.recorded)
        case WorkPlanItem():
            yield from _plan(record, ended)
        case AppointmentCard():
            yield from _appointment(record, terms)
        case ContactCard():
            if terms.contact_card_months is not None and record.state is not ContactState.WITHHELD:
                back = record.state is ContactState.UNDELIVERABLE
                months = terms.contact_card_months
                reckon = partial(_before_next, record.until, months)
                yield _task("寄送联系卡", record.until, reckon, None if back else record.sent)
        case PropertyContract():
            drawn = (ContractState.DRAFT, ContractState.VOTED, ContractState.REJECTED)
            if record.since is not None and record.state not in drawn:
                yield _term("物业合同", record.since, partial(shift, record.until) if record.until else None)


def _before_next(until: date, months: int) -> date:
    return shift(until, months=months) - _DAY


def _petition(petition: Petition, terms: Terms, ended: date | None) -> Iterator[_Matter]:
    """The answer counts from registration, the conclusion from acceptance (信访工作条例 arts 23, 34)."""
    state = petition.state
    if state is PetitionState.WITHDRAWN:
        return
    if terms.petition_answer is not None:
        reckon = partial(shift, petition.received, days=terms.petition_answer)
        undated = "" if state is PetitionState.RECEIVED else "受理告知日期"
        yield _task("受理告知", petition.received, reckon, petition.answered, undated)
    kinds = terms.petition_kinds
    elsewhere = state in (PetitionState.RECEIVED, PetitionState.NOT_ACCEPTED, PetitionState.FORWARDED)
    if terms.petition_conclude is None or elsewhere or (kinds is not None and petition.kind not in kinds):
        return
    if petition.answered is None:
        yield _Matter("办结", petition.received, None, unknown="受理告知日期未登记，办结期限无从起算")
        return
    days = terms.petition_conclude
    if petition.extended or state is PetitionState.EXTENDED:
        days += terms.petition_extension or 0
    open_ = state in (PetitionState.ACCEPTED, PetitionState.EXTENDED)
    yield _task(
        "办结",
        petition.answered,
        partial(shift, petition.answered, days=days),
        petition.concluded or (None if open_ else ended),
        "" if open_ else "办结日期",
    )


def _dispute(dispute: Dispute, terms: Terms, ended: date | None) -> Iterator[_Matter]:
    """A dispute that is mediated anew is open again, whatever day it was closed on before."""
    if terms.dispute_months is None:
        return
    open_ = dispute.state in (DisputeState.RECEIVED, DisputeState.MEDIATING)
    yield _task(
        "纠纷调处",
        dispute.received,
        partial(shift, dispute.received, months=terms.dispute_months),
        None if open_ else dispute.closed or ended,
        "" if open_ else "结案日期",
    )


def _low_income(case: LowIncomeCase, terms: Terms, ended: date | None) -> Iterator[_Matter]:
    """The notice is shown so long at least; the decision counts from acceptance, in working days."""
    if case.state is LowIncomeState.WITHDRAWN:
        return
    decided = case.state in (LowIncomeState.CONFIRMED, LowIncomeState.REFUSED, LowIncomeState.STOPPED)
    shown = case.state is LowIncomeState.NOTICE or decided
    if terms.low_income_notice is not None and case.notice_from is not None and shown:
        yield _term("公示", case.notice_from, partial(shift, case.notice_from, days=terms.low_income_notice))
    if terms.low_income_decision is not None and case.accepted is not None:
        yield _task(
            "审核确认",
            case.accepted,
            partial(add_working_days, case.accepted, terms.low_income_decision),
            case.decided or (ended if decided else None),
            "决定日期" if decided else "",
        )


def _plan(item: WorkPlanItem, ended: date | None) -> Iterator[_Matter]:
    """An item without a date is due when its year ends."""
    if item.state is PlanState.DROPPED or not date.min.year <= item.year <= date.max.year:
        return
    due = item.due or date(item.year, 12, 31)
    done = item.state is PlanState.DONE
    start = min(due, date(item.year, 1, 1))
    yield _task(
        "工作打算", start, partial(shift, due), (item.done or ended) if done else None, "完成日期" if done else ""
    )


def _appointment(card: AppointmentCard, terms: Terms) -> Iterator[_Matter]:
    if card.since is None or card.state in (AppointmentState.OFFERED, AppointmentState.DECLINED):
        return
    until = None
    if card.until is not None:
        until = partial(shift, card.until)
    elif terms.appointment_months is not None:
        until = partial(shift, card.since, months=terms.appointment_months)
    yield _term("聘期", card.since, until)
