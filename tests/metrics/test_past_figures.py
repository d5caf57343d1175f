"""What happens today changes no figure of an earlier day: dates and steps decide, not the state of today."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import shequ
from shequ.calendars import Period
from shequ.effective import SHANGHAI, Span, Timeline
from shequ.errors import Misuse
from shequ.lifecycle import LIFECYCLES, Lifecycle, Transition, step
from shequ.lifecycle.cards import REGISTRATION_CARD, SERVICE_RECORD
from shequ.lifecycle.casework import DISPUTE
from shequ.metrics import Measured, Timing
from shequ.metrics.catalogue import METRICS
from shequ.model import (
    RECORD_TYPES,
    Activity,
    Community,
    CommunityStatus,
    ContractState,
    Coverage,
    Dispute,
    DisputeState,
    ElderCareEnrolment,
    Election,
    ElectionMethod,
    ElectionState,
    EnrolmentState,
    Estate,
    Kind,
    MemberKind,
    PartyMember,
    PlanState,
    Project,
    ProjectPhase,
    PropertyContract,
    Record,
    RegistrationCard,
    RegistrationState,
    Resident,
    Schema,
    ServiceRequest,
    ServiceRequestState,
    Step,
    SubDistrict,
    Team,
    Volunteer,
    VolunteerState,
    WorkPlanItem,
    has_begun,
)
from shequ.query import Count, Evaluator, Keys, Select, StateGroup, StateThen, When, bind, eq
from shequ.store.conditions import record_test
from shequ.testing.strategies import records

STREET, PLACE = "999900001000", "999900001001"
TODAY = datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)
BEGUN = date(2024, 1, 1)
WORLD: tuple[Record, ...] = (
    SubDistrict(id=STREET, code=STREET, name="云溪街道"),
    Community(id=PLACE, code=PLACE, name="望溪社区", sub_district=STREET, status=CommunityStatus.OPERATING),
    Resident(id="resident1", name="甲"),
    PartyMember(id="party_member1", resident="resident1", community=PLACE, kind=MemberKind.IN_SERVICE),
    Estate(id="estate1", community=PLACE, name="某小区"),
    Team(id="team1", division=PLACE, name="讲师团", kind="lecturers"),
    Activity(id="activity1", division=PLACE, name="恳谈会", kind="symposium", began=datetime(2025, 5, 1, 9, tzinfo=SHANGHAI)),
)  # fmt: skip
KINDS = {"project": ("green_spot", "paving"), "team": ("arts", "party_service", "patrol", "reading_club")}
AFTERWARDS = {"party.contact_cards_due", "party.contact_cards_sent", "party.contact_cards_returned"}
"""Figures of the cards that are about a period: they are made and sent when it is over, and say how far that has come."""
FIGURES = [(m, m.formula.measure) for m in METRICS if isinstance(m.formula, Measured) and m.code not in AFTERWARDS]
COUNTED = {
    metric.code: {leaf.type for leaf in measure.of.leaves()}
    for metric, measure in FIGURES
    if isinstance(measure, Count)
}
CARDS = [
    found
    for found in LIFECYCLES
    if found is not SERVICE_RECORD and any(found.name in types for types in COUNTED.values())
]
"""The lifecycles of the cards that figures count."""
BOOK = {
    "volunteers.record_due": 10,
    "network.circle_metres": 500,
    "network.circle_kinds": 1,
    "network.culture_circle_metres": 500,
    **{
        name: Timeline([(Span(), value)])
        for name, value in (
            ("petitions.answer_days", 15),
            ("petitions.conclude_days", 60),
            ("petitions.extension_days", 30),
            ("petitions.conclude_claims_only", 1),
        )
    },
}
ASKED = [When.on(BEGUN + timedelta(days=120 * n)) for n in range(1, 7)] + [
    When.over(Period.parse(text)) for text in ("2024", "2025", "2025Q1", "2025Q4")
]


@attrs.frozen
class Kept:
    record: Record


class World:
    """Records in a list, as a snapshot."""

    def __init__(self, *rows: Record) -> None:
        self.rows = rows

    def scan(self, query: Select) -> Iterator[Kept]:
        return (Kept(row) for row in self.rows if row.__record__.name == query.type)


def figures(*rows: Record) -> dict[tuple[str, When], Any]:
    evaluator = Evaluator(World(*WORLD, *rows), Schema(RECORD_TYPES))
    found: dict[tuple[str, When], Any] = {}
    for when in ASKED:
        for metric, measure in FIGURES:
            if metric.timing is Timing.IN and when.period is None:
                continue
            if COUNTED.get(metric.code, {rows[0].__record__.name}) & {row.__record__.name for row in rows}:
                answer = evaluator.answer(bind(measure, BOOK), [PLACE], when)
                found[metric.code, when] = (answer.value, answer.groups)
    return found


def takes_a_day_off(transition: Transition, card: Record) -> bool:
    return any(value is None and getattr(card, name) is not None for name, value in transition.sets)


@st.composite
def steps_of_today(draw: st.DrawFn, lifecycle: Lifecycle) -> tuple[list[Record], list[Record]]:
    """A card that went any way until 2025, as kept here or loaded without steps and some days; and after one more step.

    A service record that is corrected or voided today was wrong at all times: that its figures move is meant. So it is
    with a step that takes a day off the card again, and with a contract signed today that runs from an earlier day.
    """
    declared = lifecycle.type.__record__
    planned = st.none() | st.dates(BEGUN, date(2025, 12, 31))
    facts: dict[str, st.SearchStrategy[Any]] = {
        "id": st.just("card1"),
        lifecycle.state_field: st.just(lifecycle.initial),
    }
    for spec in declared.fields.values():
        if spec.kind is Kind.DAY:
            begins = spec.name == "since" and bool(declared.pending)
            facts[spec.name] = planned if begins else st.none() if spec.optional else st.just(BEGUN)
        elif spec.kind is Kind.REF and spec.name != "id":
            facts[spec.name] = st.just(PLACE if spec.to in ("division", "community") else f"{spec.to}1")
        elif spec.name not in facts and not spec.required:
            facts[spec.name] = st.sampled_from([None, 5]) if spec.name == "rating" else st.just(spec.default)
    if declared.name in KINDS:
        facts["kind"] = st.sampled_from(KINDS[declared.name])
    if "year" in declared.fields:
        facts["year"] = st.just(2025)
    card: Any = draw(records(lifecycle.type, **facts))
    at, steps = datetime(2024, 1, 2, 9, tzinfo=SHANGHAI), list[Record]()

    def row() -> list[Transition]:
        return [t for t in lifecycle.transitions if lifecycle.state_of(card) in t.sources and not t.needs]

    for _ in range(draw(st.integers(0, 6))):
        if not row():
            break
        at += timedelta(days=draw(st.integers(0, 115)), minutes=1)
        card, taken = step(lifecycle, card, draw(st.sampled_from(row())).event, at=at, actor="a")
        steps.append(taken)
    if draw(st.booleans()):
        steps.clear()
        days = [spec.name for spec in declared.fields.values() if spec.kind is Kind.DAY and spec.optional]
        card = attrs.evolve(card, **dict.fromkeys(draw(st.sets(st.sampled_from(days))) if days else ()))
    further = [t for t in row() if not takes_a_day_off(t, card)]
    assume(further)
    moved, taken = step(lifecycle, card, draw(st.sampled_from(further)).event, at=TODAY, actor="a")
    backdated = not has_begun(card) and has_begun(moved) and getattr(moved, "since", None) is not None
    assume(not backdated or moved.since == TODAY.date())  # type: ignore[attr-defined]
    return [card, *steps], [moved, *steps, taken]


@pytest.mark.parametrize("lifecycle", CARDS, ids=lambda lifecycle: lifecycle.name)
@given(data=st.data())
@pytest.mark.slow
def test_a_step_of_today_changes_no_figure_of_an_earlier_day(lifecycle: Lifecycle, data: st.DataObject) -> None:
    before, after = (figures(*rows) for rows in data.draw(steps_of_today(lifecycle)))
    assert before == after


def test_the_figures_of_last_june_stand_when_cards_end_today() -> None:
    with shequ.open("memory:", district=STREET, actor="a", clock=lambda: TODAY) as register:
        facts: dict[str, Any] = {"since": date(2024, 1, 1)}
        cards = {
            "v": Volunteer(id="v", resident="resident1", community=PLACE, state=VolunteerState.REGISTERED, **facts),
            "e": ElderCareEnrolment(
                id="e", resident="resident1", community=PLACE, applied=BEGUN, state=EnrolmentState.ENROLLED, **facts
            ),
            "c": PropertyContract(
                id="c", estate="estate1", company="x", choice="owners_vote", state=ContractState.IN_FORCE, **facts
            ),
            "r": RegistrationCard(
                id="r", member="party_member1", reported=BEGUN, accepted=BEGUN, state=RegistrationState.ACCEPTED
            ),
        }
        register.put(*WORLD, *cards.values(), Coverage(id="all", type="*", division=STREET), reason="x")
        codes = ("volunteers.people", "welfare.elder_care", "property.contracts_by_choice", "party.members_registered")
        for event, (card, code) in zip(
            ("leave", "end", "terminate", "transfer"), zip(cards, codes, strict=True), strict=True
        ):
            register.apply(card, event, reason="x")
            assert [1, 1, 0] == [
                register.measure(code, at=day).value for day in ("2025-06-30", "2026-03-01", "2026-03-02")
            ]


def value(code: str, when: When, *rows: Record) -> Any:
    return figures(*rows)[code, when][0]


YEAR, QUARTER, LAST = (When.over(Period.parse(text)) for text in ("2025", "2025Q1", "2025Q4"))


def registered(**facts: Any) -> RegistrationCard:
    return RegistrationCard(id="r", member="party_member1", **{"reported": date(2025, 1, 10), **facts})


@pytest.mark.parametrize(
    ("card", "counted"),
    [
        (registered(), (0, 0)),
        (registered(state=RegistrationState.UNDER_REVIEW), (0, 0)),
        (registered(state=RegistrationState.ACCEPTED, accepted=date(2025, 5, 1)), (0, 1)),
        (registered(state=RegistrationState.ACCEPTED), (1, 1)),
        (registered(state=RegistrationState.TRANSFERRED, accepted=date(2025, 2, 1), until=date(2025, 6, 1)), (1, 0)),
        (registered(state=RegistrationState.RETIRED, until=date(2025, 6, 1)), (1, 0)),
        (registered(state=RegistrationState.CLOSED, accepted=date(2025, 2, 1)), (0, 0)),
    ],
)
def test_a_member_is_registered_from_acceptance_until_the_card_ends(
    card: RegistrationCard, counted: tuple[int, int]
) -> None:
    assert counted == tuple(value("party.members_registered", when, card) for when in (QUARTER, YEAR))


def dispute(**facts: Any) -> Dispute:
    return Dispute(
        id="d", **{"number": "1", "community": PLACE, "kind": "family", "received": date(2025, 3, 1), **facts}
    )


@pytest.mark.parametrize(
    ("case", "counted"),
    [
        (dispute(state=DisputeState.SETTLED, closed=date(2025, 10, 8)), (0, 1)),
        (dispute(state=DisputeState.SETTLED, closed=date(2026, 1, 8)), (0, 0)),
        (dispute(state=DisputeState.SETTLED), (1, 0)),
        (dispute(state=DisputeState.FAILED, closed=date(2025, 10, 8)), (0, 0)),
    ],
)
def test_a_dispute_is_settled_in_the_period_in_which_it_was_closed(case: Dispute, counted: tuple[int, int]) -> None:
    assert counted == tuple(value("safety.disputes_settled", when, case) for when in (QUARTER, LAST))


def project(**facts: Any) -> Project:
    values = {"kind": "green_spot", "phase": ProjectPhase.COMPLETED, "began": date(2025, 2, 1), **facts}
    return Project(id="w", division=PLACE, name="x", **values)


@pytest.mark.parametrize(
    ("work", "spots", "phase"),
    [
        (project(completed=date(2025, 5, 1)), (0, 1), "underway"),
        (project(completed=date(2025, 3, 31)), (1, 1), "completed"),
        (project(), (1, 1), "completed"),
        (project(phase=ProjectPhase.UNDERWAY), (0, 0), "underway"),
        (project(phase=ProjectPhase.CANCELLED, cancelled=date(2025, 9, 1)), (0, 0), "underway"),
    ],
)
def test_a_work_has_come_as_far_as_its_days_say(work: Project, spots: tuple[int, int], phase: str) -> None:
    assert spots == tuple(value("environment.green_spots", when, work) for when in (QUARTER, YEAR))
    ((group, (one, _)),) = figures(work)["environment.projects_by_phase", QUARTER][1].items()
    assert ((phase,), 1) == (group, one)


PAST: list[tuple[Record, str, str, When, int]] = [
    (
        PropertyContract(
            id="k",
            estate="estate1",
            company="x",
            choice="owners_vote",
            state=ContractState.SIGNED,
            since=date(2025, 1, 1),
        ),
        "start",
        "property.contracts_by_choice",
        QUARTER,
        1,
    ),
    (project(phase=ProjectPhase.UNDERWAY, spent=500), "cancel", "environment.investment", QUARTER, 500),
    (
        Election(
            id="v",
            division=PLACE,
            name="换届",
            method=ElectionMethod.DIRECT,
            voted=date(2025, 12, 30),
            state=ElectionState.VOTED,
        ),
        "invalidate",
        "elections.direct",
        YEAR,
        1,
    ),
]


@pytest.mark.parametrize(("card", "event", "code", "when", "counted"), PAST, ids=[event for _, event, *_ in PAST])
def test_an_end_or_a_beginning_recorded_today_leaves_last_year_as_it_was(
    card: Record, event: str, code: str, when: When, counted: int
) -> None:
    lifecycle = next(found for found in LIFECYCLES if found.name == card.__record__.name)
    moved, taken = step(lifecycle, card, event, at=TODAY, actor="a")
    assert [counted, counted] == [value(code, when, card), value(code, when, moved, taken)]


def test_what_is_done_after_a_period_was_not_done_in_it() -> None:
    item = WorkPlanItem(id="w", division=PLACE, year=2025, title="增配", state=PlanState.DONE, done=date(2026, 1, 8))
    order = ServiceRequest(
        id="o",
        number="1",
        community=PLACE,
        content="修灯",
        ordered=date(2025, 12, 30),
        state=ServiceRequestState.DONE,
        done=date(2026, 1, 8),
    )
    assert 0 == value("plan.items_done", YEAR, item)
    assert 1 == value("plan.items_done", YEAR, attrs.evolve(item, done=None))  # type: ignore[misc]
    assert (1, 0) == (value("volunteers.requests", YEAR, order), value("volunteers.requests_done", YEAR, order))


class TestStateThen:
    """The state on a day: by the steps since, else by the days of the record."""

    STATE = StateThen("state", (("reported", "reported"), ("accepted", "accepted"), ("transferred", "until")))
    CARD = registered(state=RegistrationState.TRANSFERRED, accepted=date(2025, 2, 1), until=date(2025, 6, 1))

    def state(self, day: date, *rows: Record) -> list[str]:
        evaluator = Evaluator(World(*WORLD, *rows), Schema(RECORD_TYPES))
        when = When.on(day)
        return [
            str(state)
            for state in RegistrationState
            if list(evaluator.select(Select("registration_card", eq(self.STATE, state)), when))
        ]

    @given(st.dates(date(2025, 1, 10), date(2025, 12, 31)))
    def test_without_steps_the_days_decide(self, day: date) -> None:
        expected = "reported" if day < date(2025, 2, 1) else "accepted" if day < date(2025, 6, 1) else "transferred"
        assert [expected] == self.state(day, self.CARD)

    def test_a_state_before_the_first_day_is_not_known(self) -> None:
        assert [] == self.state(date(2025, 1, 9), self.CARD)

    def test_where_there_are_steps_they_decide(self) -> None:
        ways = [("review", "reported", "under_review", 20), ("accept", "under_review", "accepted", 30)]
        taken = [
            Step(
                id=event, subject_type="registration_card", subject="r", event=event, before=before, after=after,
                at=datetime(2025, 1, day, 9, tzinfo=SHANGHAI), actor="a",
            )
            for event, before, after, day in ways
        ]  # fmt: skip
        card = registered(state=RegistrationState.ACCEPTED, accepted=date(2025, 1, 30))
        days = (date(2025, 1, 19), date(2025, 1, 20), date(2025, 1, 29), date(2025, 1, 30))
        assert [["reported"], ["under_review"], ["under_review"], ["accepted"]] == [
            self.state(day, card, *taken) for day in days
        ]

    def test_where_the_first_step_came_later_the_days_decide_until_then(self) -> None:
        card = registered(state=RegistrationState.ACCEPTED, accepted=date(2025, 2, 1))
        renewed, taken = step(REGISTRATION_CARD, card, "renew", at=TODAY, actor="a")
        assert [["reported"], ["accepted"]] == [
            self.state(day, renewed, taken) for day in (date(2025, 1, 31), date(2025, 2, 1))
        ]

    def test_a_day_that_a_later_step_wrote_over_does_not_decide(self) -> None:
        case, steps = dispute(), list[Record]()
        for month, event in enumerate(("mediate", "fail", "reopen", "settle"), 4):
            at = datetime(2025, month, 1, 9, tzinfo=SHANGHAI)
            case, taken = step(DISPUTE, case, event, at=at, actor="a")
            steps.append(taken)
        evaluator = Evaluator(World(*WORLD, case, *steps), Schema(RECORD_TYPES))
        then = StateThen("state", (("received", "received"), ("failed", "closed"), ("settled", "closed")))
        question = Select("dispute", eq(then, DisputeState.FAILED))
        assert 1 == len(list(evaluator.select(question, When.on(date(2025, 5, 15)))))

    def test_a_field_that_holds_no_state_is_misuse(self) -> None:
        evaluator = Evaluator(World(*WORLD), Schema(RECORD_TYPES))
        with pytest.raises(Misuse, match=r"estate\.name holds no state"):
            list(evaluator.select(Select("estate", eq(StateThen("name"), "x")), When.on(BEGUN)))

    def test_a_group_by_the_state_is_by_that_of_the_day(self) -> None:
        evaluator = Evaluator(World(*WORLD, self.CARD), Schema(RECORD_TYPES))
        measure = Count(Keys("registration_card"), (StateGroup("state", "state", self.STATE.days),))
        found = [
            evaluator.answer(measure, [PLACE], When.on(day)).groups for day in (date(2025, 3, 1), date(2025, 6, 1))
        ]
        assert [{("accepted",): (1, 1)}, {("transferred",): (1, 1)}] == found

    def test_a_store_that_is_asked_about_no_day_refuses_it(self) -> None:
        with pytest.raises(Misuse, match="needs a day"):
            record_test(
                Schema(RECORD_TYPES), Select("registration_card", eq(self.STATE, "accepted")), lambda _t, _i: None
            )
