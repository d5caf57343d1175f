"""Cases and the office's own deadlines: petitions and low-income cases, by the law of the day on which they began.

A case is told by its number, never by whom it is about.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction
from functools import partial
from typing import Any

from shequ.calendars import working_days_between
from shequ.effective import Answer
from shequ.errors import CalendarNotPublished, MissingExtra
from shequ.lifecycle.deadlines import Standing, Status, Terms, statuses_at
from shequ.model import LowIncomeState
from shequ.query import During, given, one_of
from shequ.rules.finding import Finding, Severity
from shequ.rules.judgement import Judgement
from shequ.rules.parameters import ParameterValue
from shequ.rules.ruleset import Rule

__all__ = ["confirmation", "low_income_deadline", "low_income_notice", "petition_deadlines", "petition_reviews"]

_LATE = (Standing.OVERDUE, Standing.LATE)
_GRANTED = (LowIncomeState.CONFIRMED, LowIncomeState.STOPPED)


def _said(status: Status, done: Any) -> str:
    if status.standing is Standing.LATE:
        return f"{status.matter}期限 {status.due}，{done} 方完成"
    return f"{status.matter}期限 {status.due}，尚未完成"


def _within(judged: Judgement, status: Status, done: Any) -> bool:
    """What is overdue counts until it is done; what was done late counts in the year in which it was done."""
    return status.standing is Standing.OVERDUE or (done is not None and done in judged.period)


def petition_deadlines(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """A petition is answered and concluded in time; one finding for each case."""
    for case in judged.records("petition"):
        place = judged.place_of(case)
        norms = {
            name: judged.parameter_on(f"petitions.{name}", place, case.received)
            for name in ("answer_days", "conclude_days", "extension_days", "conclude_claims_only")
        }
        days = {name: int(n.value) if isinstance(n, ParameterValue) else None for name, n in norms.items()}
        terms = Terms(
            petition_answer=days["answer_days"],
            petition_conclude=days["conclude_days"],
            petition_extension=days["extension_days"],
            petition_kinds=frozenset({"claim"}) if days["conclude_claims_only"] == 1 else None,
        )
        done = {"受理告知": case.answered, "办结": case.concluded}
        began = {"受理告知": case.received, "办结": case.answered}
        used = {"受理告知": norms["answer_days"], "办结": norms["conclude_days"]}
        late = [
            status
            for status in statuses_at(case, judged.at, terms)
            if status.standing in _LATE and _within(judged, status, done[status.matter])
        ]
        if not late:
            continue
        norm, worst = used[late[0].matter], late[0]
        assert isinstance(norm, ParameterValue)
        ended = done[worst.matter] if worst.standing is Standing.LATE else judged.at
        still_open = any(status.standing is Standing.OVERDUE for status in late)
        yield judged.finding(
            rule,
            place,
            f"信访件 {case.number}（{case.received} 登记）" + "；".join(_said(one, done[one.matter]) for one in late),
            subject=case.number,
            measured=Fraction((ended - began[worst.matter]).days),
            threshold=f"{norm.shown} 日",
            citation=norm.citation,
            remedy=rule.remedy if still_open else "今后按期告知、办结；确需延期的，期满前报批",
        )


def petition_reviews(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """Who asks for a review, or a final one, has an answer in time; one finding for each.

    The day of the answer to a review is not kept; where it cannot be told whether it was late, nothing is found.
    """
    for case in judged.records("petition", given("review_asked")):
        place = judged.place_of(case)
        asked = {"复查": case.review_asked, "复核": case.final_review_asked}
        done = {"复查": case.final_review_asked or case.closed, "复核": case.closed}
        norms = {name: judged.parameter_on("petitions.review_days", place, day) for name, day in asked.items() if day}
        for status in statuses_at(case, judged.at, partial(_review_terms, norms, asked)):
            matter = status.matter
            norm = norms.get(matter)
            if isinstance(norm, ParameterValue) and status.standing in _LATE and _within(judged, status, done[matter]):
                late = status.standing is Standing.LATE
                days = Fraction(((done[matter] if late else judged.at) - asked[matter]).days)
                yield judged.finding(
                    rule,
                    place,
                    f"信访件 {case.number} 于 {asked[matter]} 请求{matter}：{_said(status, done[matter])}",
                    subject=f"{case.number} {matter}",
                    measured=days,
                    threshold=f"{norm.shown} 日",
                    citation=norm.citation,
                    remedy=f"今后在 {int(norm.value)} 日内答复" if late else f"立即答复，已超过 {days - norm.value} 日",
                )


def _review_terms(norms: Mapping[str, Any], asked: Mapping[str, date | None], day: date) -> Terms:
    """The term of a review by the law of the day on which it was asked for."""
    name = next((name for name, known in asked.items() if known == day), "")
    norm = norms.get(name)
    return Terms(petition_review=int(norm.value)) if isinstance(norm, ParameterValue) else Terms()


def confirmation(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """Both sides ask the court to confirm an agreement in time; what was asked for later is found in its year."""
    for case in judged.records("dispute", During("confirmed") & given("closed")):
        if case.closed > case.confirmed:
            continue
        place, days = judged.place_of(case), Fraction((case.confirmed - case.closed).days)
        norm = judged.parameter_on("mediation.confirm_days", place, case.closed)
        if isinstance(norm, Answer) or norm.met_by(days):
            continue
        yield judged.finding(
            rule,
            place,
            f"纠纷 {case.number} 于 {case.closed} 达成协议，{case.confirmed} 方申请司法确认，已过 {days} 日",
            subject=case.number,
            measured=days,
            threshold=f"{norm.shown} 日",
            citation=norm.citation,
            remedy=f"今后在协议生效之日起 {int(norm.value)} 日内共同申请；本件逾期 {days - norm.value} 日，可另行协商或起诉",
        )


def low_income_deadline(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """A low-income case is decided within the working days from its acceptance; past the longest term it is an error."""
    for case in judged.records("low_income_case", given("accepted")):
        place = judged.place_of(case)
        usual = judged.parameter_on("low_income.decision_days", place, case.accepted)
        if isinstance(usual, Answer):
            continue
        try:
            status = _decision(judged, case, usual)
            if status is None:
                continue
            longest = judged.parameter_on("low_income.decision_days_longest", place, case.accepted)
            past = isinstance(longest, ParameterValue) and _decision(judged, case, longest) is not None
        except MissingExtra as error:
            yield judged.finding(
                rule,
                judged.tree.root,
                f"低保审核是否逾期无法判定：{error.message}",
                severity=Severity.ADVICE,
                remedy=error.remedy,
                citation=usual.citation,
            )
            return
        beyond = f"，并已超过最长 {int(longest.value)} 个工作日" if past and isinstance(longest, ParameterValue) else ""
        yield judged.finding(
            rule,
            place,
            f"低保审核 {case.number}（{case.accepted} 受理）{_said(status, case.decided)}{beyond}",
            subject=case.number,
            measured=_working_days(case.accepted, case.decided if status.standing is Standing.LATE else judged.at),
            severity=Severity.ERROR if past else rule.severity,
            threshold=f"{usual.shown} 个工作日",
            citation=usual.citation,
            remedy=rule.remedy if status.standing is Standing.OVERDUE else "今后在规定的工作日内作出决定",
        )


def _decision(judged: Judgement, case: Any, norm: ParameterValue) -> Status | None:
    """How the decision stands if it is overdue or came late."""
    for status in statuses_at(case, judged.at, Terms(low_income_decision=int(norm.value))):
        if status.standing in _LATE and _within(judged, status, case.decided):
            return status
    return None


def _working_days(first: date, last: date) -> Fraction | None:
    """Working days between two days; ``None`` where the calendar of the time is not published."""
    try:
        return Fraction(working_days_between(first, last))
    except CalendarNotPublished:
        return None


def low_income_notice(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """What was granted in the year had been shown in public for the days that the law asks for."""
    for case in judged.records("low_income_case", During("decided") & one_of("state", *_GRANTED)):
        place = judged.place_of(case)
        norm = judged.parameter_on("low_income.notice_days", place, case.notice_from or case.decided)
        if isinstance(norm, Answer):
            continue
        if case.notice_from is None:
            shown, message = Fraction(0), "没有公示记录即已确认"
        else:
            last = min(case.notice_until or case.decided, case.decided)
            shown = Fraction(max((last - case.notice_from) // timedelta(days=1), 0))
            message = f"自 {case.notice_from} 公示 {shown} 天即已确认"
        if not norm.met_by(shown):
            yield judged.finding(
                rule,
                place,
                f"低保审核 {case.number}{message}",
                subject=case.number,
                measured=shown,
                threshold=f"{norm.shown} 日",
                citation=norm.citation,
            )
