"""A derived status follows from record and day alone, moves one way as days pass, and is unknown where nobody knows."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shequ.calendars import add_working_days
from shequ.errors import CalendarNotPublished, Misuse
from shequ.lifecycle.deadlines import Standing, Status, Terms, status_at, statuses_at
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
    WorkPlanItem,
    WorkUnit,
)

TERMS = Terms(
    due_soon=5,
    petition_answer=15,
    petition_conclude=60,
    petition_extension=30,
    petition_review=30,
    dispute_months=1,
    dispute_confirm=30,
    low_income_notice=7,
    low_income_decision=30,
    owners_committee_filing=30,
    service_record=10,
    contact_card_months=6,
)
RANK = {
    Standing.UNKNOWN: 0,
    Standing.IN_FORCE: 0,
    Standing.DUE_SOON: 1,
    Standing.OVERDUE: 2,
    Standing.EXPIRED: 2,
    Standing.MET: 3,
    Standing.LATE: 3,
}


def D(month: int, day: int, year: int = 2025) -> date:  # noqa: N802 - short, for tables of dates
    return date(year, month, day)


def petition(**facts: Any) -> Petition:
    values = {"number": "1", "division": "c", "kind": "claim", "received": D(1, 1), **facts}
    return Petition(id="p", **values)


def review(**facts: Any) -> Petition:
    """One under review: concluded, and reviewed at the petitioner's request of 1 March."""
    done = {"answered": D(1, 1), "concluded": D(2, 1), "review_asked": D(3, 1), "state": PetitionState.UNDER_REVIEW}
    return petition(**{**done, **facts})


def dispute(**facts: Any) -> Dispute:
    return Dispute(id="d", **{"number": "1", "community": "c", "kind": "family", "received": D(1, 31), **facts})


def case(**facts: Any) -> LowIncomeCase:
    return LowIncomeCase(id="l", **{"number": "1", "community": "c", "household": "h", "applied": D(1, 1), **facts})


def service(**facts: Any) -> ServiceRecord:
    values = {
        "community": "c",
        "resident": "r",
        "activity_name": "清扫",
        "served_on": D(9, 26),
        "place": "小区",
        "content": "清扫",
        "minutes": 60,
        "organiser": "社区",
        "person_in_charge": "张三",
        "recorded": D(9, 29),
        **facts,
    }
    return ServiceRecord(id="s", **values)


def item(**facts: Any) -> WorkPlanItem:
    return WorkPlanItem(id="w", **{"division": "c", "year": 2025, "title": "增配", **facts})


def appointment(**facts: Any) -> AppointmentCard:
    values = {"member": "m", "number": "1", "offered": D(1, 1), "state": AppointmentState.ON_DUTY, **facts}
    return AppointmentCard(id="a", **values)


def contact(**facts: Any) -> ContactCard:
    values = {
        "member": "m",
        "employer": "u",
        "since": D(1, 1),
        "until": D(7, 1),
        "compiled": D(7, 2),
        "services": 1,
        "minutes": 60,
        **facts,
    }
    return ContactCard(id="k", **values)


def contract(**facts: Any) -> PropertyContract:
    values = {"estate": "e", "company": "某公司", "choice": "owners_vote", "state": ContractState.IN_FORCE, **facts}
    return PropertyContract(id="t", **values)


dates = st.dates(date(2023, 11, 1), date(2027, 3, 1))


@st.composite
def records(draw: st.DrawFn) -> Record:
    """Records of every type that has deadlines, in every state, with whatever dates are known."""
    begun, *later = sorted(draw(st.lists(dates, min_size=4, max_size=4)))
    one, two, three = (draw(st.sampled_from([None, day])) for day in later)
    makers: list[Callable[[], Record]] = [
        lambda: petition(
            received=begun,
            answered=one,
            concluded=two,
            closed=three,
            extended=draw(st.booleans()),
            state=draw(st.sampled_from(PetitionState)),
        ),
        lambda: petition(
            received=begun,
            answered=begun,
            concluded=begun,
            review_asked=one,
            final_review_asked=two,
            closed=three,
            state=draw(st.sampled_from(PetitionState)),
        ),
        lambda: dispute(received=begun, closed=one, confirmed=two, state=draw(st.sampled_from(DisputeState))),
        lambda: case(
            applied=begun,
            accepted=one,
            notice_from=two,
            decided=three,
            closed=later[2] if three is None else None,
            state=draw(st.sampled_from(LowIncomeState)),
        ),
        lambda: OwnersCommittee(id="o", estate="e", elected=begun, filed=one, until=two),
        lambda: service(
            served_on=begun,
            recorded=one or begun,
            state=draw(st.sampled_from(ServiceRecordState)),
            corrects=draw(st.sampled_from([None, "x"])),
        ),
        lambda: item(year=begun.year, due=one, state=draw(st.sampled_from(PlanState))),
        lambda: appointment(since=begun, until=two, state=draw(st.sampled_from(AppointmentState))),
        lambda: contact(since=begun, until=later[0], sent=two, state=draw(st.sampled_from(ContactState))),
        lambda: contract(since=begun, until=three, state=draw(st.sampled_from(ContractState))),
    ]
    return draw(st.sampled_from(makers))()


def by_matter(record: Record, day: date) -> dict[str, Status]:
    found = statuses_at(record, day, TERMS)
    assert len(found) == len({status.matter for status in found})
    return {status.matter: status for status in found}


@given(records(), dates, st.integers(0, 400))
def test_as_days_pass_a_matter_never_goes_back(record: Record, day: date, more: int) -> None:
    """It is there until it is done, unless the case it belongs to is withdrawn or closed first."""
    before, after = by_matter(record, day), by_matter(record, day + timedelta(days=more))
    if not day < (getattr(record, "closed", None) or day) <= day + timedelta(days=more):
        assert set(before) <= set(after)
    for matter, status in before.items():
        if matter not in after:
            continue
        assert RANK[status.standing] <= RANK[after[matter].standing]
        assert (status.due, status.reason) == (after[matter].due, after[matter].reason)


@given(records(), dates)
def test_a_standing_changes_only_on_a_day_that_the_record_or_its_terms_name(record: Record, day: date) -> None:
    """From one day to the next: something began or was done that day, or the due date came near or went by."""
    yesterday, today = by_matter(record, day - timedelta(days=1)), by_matter(record, day)
    facts = {getattr(record, name) for name in type(record).__record__.fields}
    for matter, status in today.items():
        if matter not in yesterday:
            assert day in facts or (isinstance(record, WorkPlanItem) and (day.month, day.day) == (1, 1))
        elif yesterday[matter] != status:
            assert status.due is not None
            named = {status.due + timedelta(days=1), status.due - timedelta(days=TERMS.due_soon)}
            assert day in facts | named


@given(records(), dates)
def test_the_same_record_and_day_give_the_same_answer_whatever_the_records_id(record: Record, day: date) -> None:
    renamed: Record = attrs.evolve(record, id="other")  # type: ignore[misc]
    first = statuses_at(record, day, TERMS)
    assert first == statuses_at(record, day, TERMS)
    assert first == statuses_at(renamed, day, TERMS)


@given(records(), dates)
def test_the_status_is_the_most_pressing_of_all(record: Record, day: date) -> None:
    order = list(Standing)
    found, chief = statuses_at(record, day, TERMS), status_at(record, day, TERMS)
    assert (chief is None) == (not found)
    if chief is not None:
        assert chief in found
        assert order.index(chief.standing) == min(order.index(status.standing) for status in found)


@given(records(), dates)
def test_where_there_is_no_term_there_is_no_deadline(record: Record, day: date) -> None:
    """What is left are the ends that stand in the records themselves."""
    assert set(by_matter(record, day)) >= {status.matter for status in statuses_at(record, day, Terms())}
    assert {"任期", "聘期", "物业合同", "工作打算"} >= {status.matter for status in statuses_at(record, day, Terms())}


@given(dates, dates)
def test_working_days_of_a_year_that_is_not_published_are_unknown_and_never_guessed(served: date, day: date) -> None:
    found = status_at(service(served_on=served, recorded=served), day, TERMS)
    if day < served:
        assert found is None
        return
    assert found is not None
    try:
        due = add_working_days(served, 10)
    except CalendarNotPublished:
        assert (Standing.UNKNOWN, None, "2027 年的法定工作日安排尚未公布或未收录") == (
            found.standing,
            found.due,
            found.reason,
        )
    else:
        assert (Standing.MET, due) == (found.standing, found.due)


EXAMPLES: list[tuple[Record, date, Standing | None, date | None]] = [
    # An answer within fifteen days of registration.
    (petition(), D(12, 31, 2024), None, None),
    (petition(), D(1, 10), Standing.IN_FORCE, D(1, 16)),
    (petition(), D(1, 11), Standing.DUE_SOON, D(1, 16)),
    (petition(), D(1, 16), Standing.DUE_SOON, D(1, 16)),
    (petition(), D(1, 17), Standing.OVERDUE, D(1, 16)),
    (petition(answered=D(1, 16), state=PetitionState.NOT_ACCEPTED), D(1, 16), Standing.MET, D(1, 16)),
    (petition(answered=D(1, 17), state=PetitionState.FORWARDED), D(3, 1), Standing.LATE, D(1, 16)),
    # A conclusion within sixty days of acceptance, ninety when extended.
    (petition(answered=D(1, 10), state=PetitionState.ACCEPTED), D(3, 11), Standing.DUE_SOON, D(3, 11)),
    (petition(answered=D(1, 10), state=PetitionState.ACCEPTED), D(3, 12), Standing.OVERDUE, D(3, 11)),
    (petition(answered=D(1, 10), state=PetitionState.EXTENDED), D(3, 12), Standing.IN_FORCE, D(4, 10)),
    (petition(answered=D(1, 10), state=PetitionState.ACCEPTED, extended=True), D(4, 11), Standing.OVERDUE, D(4, 10)),
    (
        petition(answered=D(1, 10), concluded=D(3, 11), state=PetitionState.CONCLUDED),
        D(5, 1),
        Standing.EXPIRED,
        D(4, 10),
    ),
    (
        petition(answered=D(1, 10), concluded=D(3, 11), closed=D(4, 30), state=PetitionState.CLOSED),
        D(5, 1),
        Standing.MET,
        D(1, 16),
    ),
    (petition(answered=D(1, 10), concluded=D(3, 12), state=PetitionState.CLOSED), D(5, 1), Standing.LATE, D(3, 11)),
    (petition(answered=D(1, 10), state=PetitionState.CLOSED), D(5, 1), Standing.UNKNOWN, None),
    (petition(state=PetitionState.ACCEPTED), D(1, 5), Standing.UNKNOWN, None),
    (petition(state=PetitionState.WITHDRAWN), D(5, 1), None, None),
    (petition(state=PetitionState.WITHDRAWN, closed=D(5, 1)), D(5, 1), None, None),
    (petition(state=PetitionState.WITHDRAWN, closed=D(5, 1)), D(4, 30), Standing.OVERDUE, D(1, 16)),
    # A review is decided within thirty days of its asking, and so is the final one.
    (review(), D(3, 31), Standing.DUE_SOON, D(3, 31)),
    (review(), D(4, 1), Standing.OVERDUE, D(3, 31)),
    (review(closed=D(4, 1), state=PetitionState.CLOSED), D(3, 30), Standing.DUE_SOON, D(3, 31)),
    (review(closed=D(4, 1), state=PetitionState.CLOSED), D(4, 1), Standing.LATE, D(3, 31)),
    (review(state=PetitionState.CLOSED), D(4, 1), Standing.UNKNOWN, None),
    (review(final_review_asked=D(3, 31), state=PetitionState.FINAL_REVIEW), D(5, 1), Standing.OVERDUE, D(4, 30)),
    (review(final_review_asked=D(4, 1), state=PetitionState.FINAL_REVIEW), D(4, 2), Standing.UNKNOWN, None),
    # A dispute within a calendar month.
    (dispute(), D(2, 28), Standing.DUE_SOON, D(2, 28)),
    (dispute(), D(3, 1), Standing.OVERDUE, D(2, 28)),
    (dispute(closed=D(2, 28), state=DisputeState.FAILED), D(3, 1), Standing.MET, D(2, 28)),
    (dispute(closed=D(2, 28), state=DisputeState.WITHDRAWN), D(2, 27), Standing.DUE_SOON, D(2, 28)),
    # An agreement is confirmed by the court within thirty days, if the parties ask for it.
    (dispute(closed=D(2, 28), state=DisputeState.SETTLED), D(3, 1), Standing.IN_FORCE, D(3, 30)),
    (dispute(closed=D(2, 28), state=DisputeState.SETTLED), D(3, 31), Standing.EXPIRED, D(3, 30)),
    (dispute(closed=D(2, 28), confirmed=D(3, 30), state=DisputeState.SETTLED), D(3, 31), Standing.MET, D(2, 28)),
    (dispute(closed=D(3, 1), state=DisputeState.FAILED), D(3, 1), Standing.LATE, D(2, 28)),
    (dispute(closed=D(2, 1), state=DisputeState.MEDIATING), D(3, 1), Standing.OVERDUE, D(2, 28)),
    (dispute(state=DisputeState.SETTLED), D(2, 1), Standing.UNKNOWN, None),
    # A low-income case: seven days of notice; thirty working days, the Spring Festival of 2025 left out.
    (case(accepted=D(1, 2), state=LowIncomeState.ACCEPTED), D(2, 19), Standing.DUE_SOON, D(2, 19)),
    (case(accepted=D(1, 2), state=LowIncomeState.ACCEPTED), D(2, 20), Standing.OVERDUE, D(2, 19)),
    (case(notice_from=D(2, 1), state=LowIncomeState.NOTICE), D(2, 7), Standing.DUE_SOON, D(2, 7)),
    (case(notice_from=D(2, 1), state=LowIncomeState.NOTICE), D(2, 8), Standing.EXPIRED, D(2, 7)),
    (
        case(accepted=D(1, 2), state=LowIncomeState.WITHDRAWN, closed=D(3, 1)),
        D(2, 28),
        Standing.OVERDUE,
        D(2, 19),
    ),
    (case(accepted=D(1, 2), state=LowIncomeState.WITHDRAWN, closed=D(3, 1)), D(3, 1), None, None),
    (case(accepted=D(11, 20, 2026), state=LowIncomeState.ACCEPTED), D(12, 1, 2026), Standing.UNKNOWN, None),
    # An election filed within thirty days.
    (OwnersCommittee(id="o", estate="e", elected=D(3, 1)), D(4, 1), Standing.OVERDUE, D(3, 31)),
    (OwnersCommittee(id="o", estate="e", elected=D(3, 1), filed=D(3, 31)), D(4, 1), Standing.MET, D(3, 31)),
    (
        OwnersCommittee(id="o", estate="e", elected=D(3, 1), filed=D(3, 31), until=D(3, 1, 2030)),
        D(3, 1, 2030),
        Standing.EXPIRED,
        D(2, 28, 2030),
    ),
    # A service recorded within ten working days, make-up days and the week of the National Day counted rightly.
    (service(recorded=D(10, 16)), D(10, 15), Standing.DUE_SOON, D(10, 16)),
    (service(recorded=D(10, 16)), D(10, 16), Standing.MET, D(10, 16)),
    (service(recorded=D(10, 17)), D(10, 17), Standing.LATE, D(10, 16)),
    (service(recorded=D(12, 1), state=ServiceRecordState.VOIDED), D(12, 1), None, None),
    (service(recorded=D(12, 1), corrects="x"), D(12, 1), None, None),
    # A plan item by its date, or the end of its year.
    (item(), D(12, 31), Standing.DUE_SOON, D(12, 31)),
    (item(due=D(6, 30), state=PlanState.UNDERWAY), D(7, 1), Standing.OVERDUE, D(6, 30)),
    (item(state=PlanState.DONE), D(7, 1), Standing.UNKNOWN, None),
    (item(due=D(11, 30, 2024)), D(12, 1, 2024), Standing.OVERDUE, D(11, 30, 2024)),
    (item(state=PlanState.DROPPED), D(7, 1), None, None),
    # A term: the day it ends is not in it any more.
    (appointment(since=D(1, 1), until=D(7, 1)), D(6, 30), Standing.DUE_SOON, D(6, 30)),
    (appointment(since=D(1, 1), until=D(7, 1)), D(7, 1), Standing.EXPIRED, D(6, 30)),
    (appointment(since=D(1, 1)), D(7, 1), Standing.IN_FORCE, None),
    (appointment(since=D(1, 1), state=AppointmentState.OFFERED), D(7, 1), None, None),
    (contract(since=D(1, 1), until=D(1, 1, 2026)), D(12, 1), Standing.IN_FORCE, D(12, 31)),
    (contract(since=D(1, 1), until=D(1, 1, 2026)), D(1, 1, 2026), Standing.EXPIRED, D(12, 31)),
    (contract(since=D(1, 1), until=D(1, 1, 2026), state=ContractState.VOTED), D(2, 1), None, None),
    (contract(since=D(1, 1), until=D(1, 1, 2026), state=ContractState.REJECTED), D(2, 1), None, None),
    # What ended on a day nobody knows is not in its term; what ended before it began had none.
    (contract(since=D(1, 1), state=ContractState.TERMINATED), D(2, 1), Standing.UNKNOWN, None),
    (appointment(since=D(1, 1), state=AppointmentState.ENDED), D(2, 1), Standing.UNKNOWN, None),
    (contract(since=D(1, 1), until=D(1, 1), state=ContractState.TERMINATED), D(2, 1), None, None),
    # A contact card is sent before the next one is due; one that came back is not sent yet.
    (contact(), D(6, 30), None, None),
    (contact(), D(12, 31), Standing.DUE_SOON, D(12, 31)),
    (contact(), D(1, 1, 2026), Standing.OVERDUE, D(12, 31)),
    (contact(sent=D(7, 9), state=ContactState.RETURNED), D(7, 9), Standing.MET, D(12, 31)),
    (contact(sent=D(7, 9), state=ContactState.UNDELIVERABLE), D(1, 1, 2026), Standing.OVERDUE, D(12, 31)),
    (WorkUnit(id="u", name="某单位"), D(7, 1), None, None),
]


@pytest.mark.parametrize(("record", "day", "standing", "due"), EXAMPLES)
def test_examples(record: Record, day: date, standing: Standing | None, due: date | None) -> None:
    found = status_at(record, day, TERMS)
    assert (standing, due) == ((found.standing, found.due) if found else (None, None))


@given(records(), dates)
def test_what_happened_after_a_day_changes_nothing_on_it(record: Record, day: date) -> None:
    """A case that was withdrawn or closed on a day was open, with its deadlines, on the days before it."""
    closed = getattr(record, "closed", None)
    if not isinstance(record, Petition | LowIncomeCase) or closed is None or closed <= day:
        return
    withdrawn = {Petition: PetitionState.WITHDRAWN, LowIncomeCase: LowIncomeState.WITHDRAWN}[type(record)]
    open_: Any = {Petition: PetitionState.ACCEPTED, LowIncomeCase: LowIncomeState.ACCEPTED}[type(record)]
    if isinstance(record, Petition) and record.answered is None:
        open_ = PetitionState.RECEIVED
    without = {"concluded": None, "closed": None} if isinstance(record, Petition) else {"closed": None}
    before: Record = attrs.evolve(record, state=open_, **without)  # type: ignore[misc]
    after: Record = attrs.evolve(record, state=withdrawn, **{**without, "closed": closed})  # type: ignore[misc]
    assert statuses_at(before, day, TERMS) == statuses_at(after, day, TERMS)


def test_each_matter_asks_for_the_law_of_the_day_on_which_it_begins() -> None:
    asked: list[date] = []

    def law(day: date) -> Terms:
        asked.append(day)
        return Terms(low_income_decision=30 if day >= D(7, 1, 2021) else None)

    old, new = (
        case(applied=D(6, 1, 2021), accepted=accepted, state=LowIncomeState.ACCEPTED)
        for accepted in (D(6, 30, 2021), D(7, 1, 2021))
    )
    assert [] == [*statuses_at(old, D(12, 31, 2021), law)]
    assert ["审核确认"] == [status.matter for status in statuses_at(new, D(12, 31, 2021), law)]
    assert D(6, 1, 2021) not in asked


def test_an_appointment_without_an_end_runs_as_long_as_the_district_says() -> None:
    found = status_at(appointment(since=D(1, 31)), D(7, 31), Terms(appointment_months=6))
    assert Status("聘期", Standing.EXPIRED, D(7, 30)) == found


def test_only_the_kinds_of_petitions_that_the_rules_name_must_be_concluded_in_time() -> None:
    accepted = petition(kind="suggestion", answered=D(1, 10), state=PetitionState.ACCEPTED)
    terms = Terms(petition_answer=15, petition_conclude=60, petition_kinds=frozenset({"claim"}))
    assert Status("受理告知", Standing.MET, D(1, 16)) == status_at(accepted, D(5, 1), terms)


def test_a_status_reads_as_people_say_it() -> None:
    assert "受理告知已逾期，期限 2025-01-16" == str(status_at(petition(), D(2, 1), TERMS))
    assert "纠纷调处无法确定：已办理，但结案日期未登记" == str(
        status_at(dispute(state=DisputeState.SETTLED), D(2, 1), TERMS)
    )


def test_days_beyond_the_calendar_are_unknown() -> None:
    last = date(9999, 12, 31)
    for record in (petition(received=last), dispute(received=last), contact(until=last)):
        found = status_at(record, last, TERMS)
        assert found is not None
        assert (Standing.UNKNOWN, "期限超出可计算的日期范围") == (found.standing, found.reason)


def test_negative_terms_are_refused() -> None:
    with pytest.raises(Misuse, match="petition_answer must not be negative"):
        Terms(petition_answer=-1)


def test_the_petitioner_may_object_to_the_route_for_some_working_days() -> None:
    def standing(day: date, **facts: Any) -> dict[str, tuple[Standing, date | None]]:
        told = petition(answered=D(1, 10), state=PetitionState.FORWARDED, **facts)
        return {each.matter: (each.standing, each.due) for each in statuses_at(told, day, Terms(petition_objection=5))}

    matter = "对办理途径提出异议"  # the answer was on a Friday
    assert {matter: (Standing.DUE_SOON, D(1, 17))} == standing(D(1, 17))
    assert {} == standing(D(1, 18))
    assert {matter: (Standing.IN_FORCE, D(1, 17))} == standing(D(1, 14), objected=D(1, 15))
    assert {matter: (Standing.MET, D(1, 17))} == standing(D(2, 1), objected=D(1, 17))
    assert {matter: (Standing.LATE, D(1, 17))} == standing(D(2, 1), objected=D(1, 20))
    assert {} == standing(D(1, 18), objected=D(1, 20))
    assert () == statuses_at(petition(), D(1, 17), Terms(petition_objection=5))


def test_a_year_without_a_calendar_is_told_while_the_objection_may_come_only() -> None:
    told = petition(answered=D(12, 30, 2098), received=D(12, 20, 2098), state=PetitionState.CLOSED)
    terms = Terms(petition_objection=5)
    assert [Standing.UNKNOWN] == [each.standing for each in statuses_at(told, D(1, 5, 2099), terms)]
    assert () == statuses_at(told, D(3, 1, 2099), terms)
