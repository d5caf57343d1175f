"""What is in force, due soon, overdue, expired, met or late on a day: computed from record and date, never stored.

There are two sorts of matters. A *task* should be done by a day: before it is done it is in force, then due soon, then
overdue; once done it is met, or late. A *term* runs out: it is in force, then due soon, then expired. What lies after
the day asked about has not happened yet. The numbers of days are the law's or the district's, so they are passed in as
:class:`Terms`, of the day on which each matter begins; where there is none, there is no deadline. Dates decide: what was
withdrawn or closed after the day was open on it. Where the law counts working days and the official calendar
of the year is not published, or a date that decides was never written down, the status is unknown and says why.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial

import attrs

from shequ.calendars import add_working_days
from shequ.effective import shift
from shequ.errors import CalendarNotPublished
from shequ.lifecycle.terms import Terms
from shequ.model import (
    AppointmentCard,
    ContactCard,
    ContactState,
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
    has_begun,
    span_of,
)

__all__ = ["DEADLINE_TYPES", "Law", "Standing", "Status", "Terms", "status_at", "statuses_at"]

_OBJECTION_DAYS = 31
"""Days within which a term of a few working days runs out."""
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


DEADLINE_TYPES: tuple[str, ...] = (
    "petition",
    "dispute",
    "low_income_case",
    "owners_committee",
    "service_record",
    "work_plan_item",
    "appointment_card",
    "contact_card",
    "property_contract",
)
"""Names of the types of records that have deadlines."""
Law = Callable[[date], Terms]
"""Gives the terms by the law of a day."""


def statuses_at(record: Record, day: date, terms: Terms | Law) -> tuple[Status, ...]:
    """How each matter of a record that has begun by a day stands on it; none for records without deadlines.

    Args:
        record: Any record, as it stood on the day; see :func:`shequ.lifecycle.course.card_on`.
        day: The day.
        terms: How long things may take: always, or by the law of a day; each matter asks for the day on which it began.

    Raises:
        MissingExtra: If working days count and the extra ``calendar`` is not installed.
    """
    law = _always(terms) if isinstance(terms, Terms) else terms
    due_soon = law(day).due_soon
    return tuple(matter.at(day, due_soon) for matter in _matters(record, day, law) if matter.start <= day)


def status_at(record: Record, day: date, terms: Terms | Law) -> Status | None:
    """The most pressing of :func:`statuses_at`, and of those alike the one due first; ``None`` if there is none."""
    order = tuple(Standing)
    found = statuses_at(record, day, terms)
    return min(found, key=lambda status: (order.index(status.standing), status.due or date.max), default=None)


def _always(terms: Terms) -> Law:
    return lambda _day: terms


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


def _matters(record: Record, day: date, law: Law) -> Iterator[_Matter]:
    match record:
        case Petition():
            yield from _petition(record, day, law)
        case Dispute():
            yield from _dispute(record, law)
        case LowIncomeCase():
            yield from _low_income(record, day, law)
        case OwnersCommittee():
            filing = law(record.elected).owners_committee_filing
            if filing is not None:
                yield _task("选举备案", record.elected, partial(shift, record.elected, days=filing), record.filed)
            if record.until is not None:
                yield _term("任期", record.elected, partial(shift, record.until))
        case ServiceRecord():
            # A correction is no late record: what counts is when the service was first written down.
            counts = record.state in (ServiceRecordState.LOGGED, ServiceRecordState.CONFIRMED)
            days = law(record.served_on).service_record
            if days is not None and counts and record.corrects is None:
                reckon = partial(add_working_days, record.served_on, days)
                yield _task("服务记录", record.served_on, reckon, record.recorded)
        case WorkPlanItem():
            yield from _plan(record)
        case AppointmentCard():
            months = None if record.since is None else law(record.since).appointment_months
            yield from _span("聘期", record, record.since, record.until, months)
        case ContactCard():
            months = law(record.until).contact_card_months
            if months is not None and record.state is not ContactState.WITHHELD:
                back = record.state is ContactState.UNDELIVERABLE
                reckon = partial(_before_next, record.until, months)
                yield _task("寄送联系卡", record.until, reckon, None if back else record.sent)
        case PropertyContract():
            yield from _span("物业合同", record, record.since, record.until)


def _before_next(until: date, months: int) -> date:
    return shift(until, months=months) - _DAY


def _petition(petition: Petition, day: date, law: Law) -> Iterator[_Matter]:
    """The answer counts from registration, the conclusion from acceptance (信访工作条例 arts 23, 34)."""
    state = petition.state
    if state is PetitionState.WITHDRAWN:
        if petition.closed is None or petition.closed <= day:
            return
        state = PetitionState.RECEIVED if petition.answered is None else PetitionState.ACCEPTED
    answer = law(petition.received).petition_answer
    if answer is not None:
        reckon = partial(shift, petition.received, days=answer)
        undated = "" if state is PetitionState.RECEIVED else "受理告知日期"
        yield _task("受理告知", petition.received, reckon, petition.answered, undated)
    yield from _objection(petition, day, law)
    if state in (PetitionState.RECEIVED, PetitionState.NOT_ACCEPTED, PetitionState.FORWARDED):
        return
    begun = petition.answered or petition.received
    terms = law(begun)
    if terms.petition_conclude is not None and _reckons(terms, petition):
        if petition.answered is None:
            yield _Matter("办结", begun, None, unknown="受理告知日期未登记，办结期限无从起算")
        else:
            days = terms.petition_conclude
            if petition.extended or state is PetitionState.EXTENDED:
                days += terms.petition_extension or 0
            open_ = state in (PetitionState.ACCEPTED, PetitionState.EXTENDED)
            reckon = partial(shift, begun, days=days)
            yield _task("办结", begun, reckon, petition.concluded, "" if open_ else "办结日期")
    yield from _reviews(petition, day, law)


def _objection(petition: Petition, day: date, law: Law) -> Iterator[_Matter]:
    """The petitioner may object to the route for a few working days (信访工作条例); what ran out unused is not told.

    Those days lie within a month, whatever the holidays, so nobody needs a calendar for what was answered before.
    """
    answered, objected = petition.answered, petition.objected
    has_objected = objected is not None and objected <= day
    if answered is None or not (has_objected or (day - answered).days <= _OBJECTION_DAYS):
        return
    days = law(answered).petition_objection
    if days is not None:
        reckon = partial(add_working_days, answered, days)
        matter = _reckoned("对办理途径提出异议", answered, reckon, objected, runs_out=True)
        if has_objected or matter.due is None or day <= matter.due:
            yield matter


def _reckons(terms: Terms, petition: Petition) -> bool:
    return terms.petition_kinds is None or petition.kind in terms.petition_kinds


def _reviews(petition: Petition, day: date, law: Law) -> Iterator[_Matter]:
    """Whoever is not content asks for a review, then for a final one (信访工作条例 arts 35, 36).

    The day of the opinion on a review is not kept: it was there when the final review was asked for, or the case closed.
    """
    concluded, asked, again = petition.concluded, petition.review_asked, petition.final_review_asked
    done = petition.state is PetitionState.CLOSED
    closed = petition.closed if done else None
    if concluded is not None:
        terms = law(concluded)
        waits = asked is not None or not done or (closed is not None and closed > day)
        if terms.petition_review is not None and _reckons(terms, petition) and waits:
            reckon = partial(shift, concluded, days=terms.petition_review)
            yield _reckoned("请求复查", concluded, reckon, asked, runs_out=True)
    if asked is not None and (days := law(asked).petition_review) is not None:
        reckon = partial(shift, asked, days=days)
        if again is None:
            yield _task("复查", asked, reckon, closed, "终结日期" if done else "")
        elif (again - asked).days > days:
            yield _Matter("复查", asked, None, unknown="复查意见的日期未登记")
        else:
            yield _task("复查", asked, reckon, again)
    if again is not None and (days := law(again).petition_review) is not None:
        yield _task("复核", again, partial(shift, again, days=days), closed, "终结日期" if done else "")


def _dispute(dispute: Dispute, law: Law) -> Iterator[_Matter]:
    """A dispute that is mediated anew is open again, whatever day it was closed on before.

    Within thirty days of an agreement the parties can have it confirmed by the court (人民调解法 art. 33).
    """
    months = law(dispute.received).dispute_months
    if months is not None:
        open_ = dispute.state in (DisputeState.RECEIVED, DisputeState.MEDIATING)
        reckon = partial(shift, dispute.received, months=months)
        yield _task(
            "纠纷调处", dispute.received, reckon, None if open_ else dispute.closed, "" if open_ else "结案日期"
        )
    if dispute.state is DisputeState.SETTLED and dispute.closed is not None:
        days = law(dispute.closed).dispute_confirm
        if days is not None:
            reckon = partial(shift, dispute.closed, days=days)
            yield _reckoned("申请司法确认", dispute.closed, reckon, dispute.confirmed, runs_out=True)


def _low_income(case: LowIncomeCase, day: date, law: Law) -> Iterator[_Matter]:
    """The notice is shown so long at least; the decision counts from acceptance, in working days."""
    if case.state is LowIncomeState.WITHDRAWN and (case.closed is None or case.closed <= day):
        return
    decided = case.state in (LowIncomeState.CONFIRMED, LowIncomeState.REFUSED, LowIncomeState.STOPPED)
    shown = case.state is LowIncomeState.NOTICE or decided
    if case.notice_from is not None and shown:
        days = law(case.notice_from).low_income_notice
        if days is not None:
            yield _term("公示", case.notice_from, partial(shift, case.notice_from, days=days))
    if case.accepted is not None:
        days = law(case.accepted).low_income_decision
        if days is not None:
            reckon = partial(add_working_days, case.accepted, days)
            yield _task("审核确认", case.accepted, reckon, case.decided, "决定日期" if decided else "")


def _plan(item: WorkPlanItem) -> Iterator[_Matter]:
    """An item without a date is due when its year ends."""
    if item.state is PlanState.DROPPED or not date.min.year <= item.year <= date.max.year:
        return
    due = item.due or date(item.year, 12, 31)
    done = item.state is PlanState.DONE
    start = min(due, date(item.year, 1, 1))
    yield _task("工作打算", start, partial(shift, due), item.done if done else None, "完成日期" if done else "")


def _span(
    name: str, record: Record, since: date | None, until: date | None, months: int | None = None
) -> Iterator[_Matter]:
    """The term of what is in force from a day on; without an end it runs so many months, or goes on.

    It is that of :func:`shequ.model.span_of`: what is in force on no day has none.
    """
    if since is None or since == until or not has_begun(record):
        return
    if span_of(record) is None:
        yield _Matter(name, since, None, unknown=f"已终止，但{record.__record__.fields['until'].label}的日期未登记")
    elif until is not None:
        yield _term(name, since, partial(shift, until))
    else:
        yield _term(name, since, None if months is None else partial(shift, since, months=months))
