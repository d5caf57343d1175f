"""When a record is in force: its days, its state, and ends that nobody dated."""

from collections.abc import Iterator
from datetime import date, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shequ.effective import Span
from shequ.errors import Misuse
from shequ.model import (
    RECORD_TYPES,
    ContractState,
    Household,
    HouseholdMembership,
    MembershipKind,
    MembershipState,
    PropertyContract,
    Record,
    RegistrationCard,
    RegistrationState,
    Resident,
    Schema,
    TeamMembership,
    in_force,
    span_of,
)
from shequ.model.record import record, term
from shequ.query import Evaluator, Holds, Select, When

# Few days, so that a property can be asked of each of them, and of those before and after.
days = st.dates(date(2024, 12, 28), date(2025, 1, 4))
EVERY_DAY = [date(2024, 12, 27) + timedelta(number) for number in range(10)]
SCHEMA = Schema(RECORD_TYPES)
spans = st.tuples(st.none() | days, st.none() | days).filter(
    lambda pair: pair[0] is None or pair[1] is None or pair[0] <= pair[1]
)
team_memberships = st.builds(
    lambda span, state: TeamMembership(id="m", team="t", resident="r", state=state, since=span[0], until=span[1]),
    spans,
    st.sampled_from(MembershipState),
)
households = st.builds(
    lambda span, ended: Household(id="h", community="c", number="1", since=span[0], until=span[1], ended=ended),
    spans,
    st.booleans(),
)

contracts = st.builds(lambda span, state: _contract(state, span), spans, st.sampled_from(ContractState))


@attrs.frozen
class Kept:
    record: Record


class World:
    """Records in a list, as a snapshot."""

    def __init__(self, *records: Record) -> None:
        self.records = records

    def scan(self, query: Select) -> Iterator[Kept]:
        return (Kept(record) for record in self.records if record.__record__.name == query.type)


def selected(row: Record, day: date, path: str = "", *others: Record, holds: Holds | None = None) -> bool:
    evaluator = Evaluator(World(row, *others), SCHEMA)
    return bool(list(evaluator.select(Select(row.__record__.name, holds or Holds(path)), When(day))))


def _contract(state: ContractState, span: tuple[date | None, date | None]) -> PropertyContract:
    return PropertyContract(
        id="p", estate="e", company="x", choice="owners_vote", state=state, since=span[0], until=span[1]
    )


class TestInForce:
    @given(team_memberships | households | contracts)
    def test_a_query_finds_what_is_in_force(self, row: Record) -> None:
        assert [in_force(row, day) for day in EVERY_DAY] == [selected(row, day) for day in EVERY_DAY]

    @given(households)
    def test_a_query_through_a_reference_finds_the_same(self, household: Household) -> None:
        row = HouseholdMembership(id="m", household="h", resident="r", kind=MembershipKind.LIVING)
        assert [in_force(household, day) for day in EVERY_DAY] == [
            selected(row, day, "household", household) for day in EVERY_DAY
        ]

    @given(team_memberships)
    def test_an_application_is_in_force_on_no_day_whatever_its_days(self, row: TeamMembership) -> None:
        assert span_of(attrs.evolve(row, state=MembershipState.APPLIED)) is None  # type: ignore[misc]

    @given(spans)
    def test_a_signed_contract_begins_on_its_day_and_not_before_it_has_one(
        self, span: tuple[date | None, date | None]
    ) -> None:
        signed = _contract(ContractState.SIGNED, span)
        assert (None if span[0] is None else Span(*span)) == span_of(signed)

    @given(days)
    def test_a_query_by_another_day_of_beginning_finds_no_card_that_was_never_accepted(self, day: date) -> None:
        for state in (RegistrationState.REPORTED, RegistrationState.UNDER_REVIEW):
            card = RegistrationCard(
                id="c", member="m", reported=date(2023, 1, 1), accepted=None, until=None, state=state
            )
            assert not selected(card, day, holds=Holds(since="reported"))
            assert selected(card, day, holds=Holds(since="reported", until=""))

    @given(spans)
    def test_an_end_nobody_dated_is_no_end_in_the_future(self, span: tuple[date | None, date | None]) -> None:
        ended = Household(id="h", community="c", number="1", since=span[0], until=span[1], ended=True)
        assert (None if span[1] is None else Span(*span)) == span_of(ended)

    @given(spans)
    def test_a_suspended_membership_goes_on(self, span: tuple[date | None, date | None]) -> None:
        row = TeamMembership(
            id="m", team="t", resident="r", state=MembershipState.SUSPENDED, since=span[0], until=span[1]
        )
        assert Span(*span) == span_of(row)

    def test_what_has_no_days_cannot_be_asked(self) -> None:
        with pytest.raises(Misuse, match="resident has no since and until"):
            span_of(Resident(id="r", name="甲"))

    def test_a_type_cannot_declare_states_it_does_not_have(self) -> None:
        with pytest.raises(Misuse, match="declares states it does not have: applied"):

            @record("pass_card", label="证", pending=(MembershipState.APPLIED,))
            class PassCard(Record):
                kind: MembershipKind = term("类别")

    def test_a_type_cannot_declare_a_state_in_two_ways(self) -> None:
        with pytest.raises(Misuse, match="declares states twice: living"):

            @record("pass_card", label="证", pending=(MembershipKind.LIVING,), never=(MembershipKind.LIVING,))
            class PassCard(Record):
                kind: MembershipKind = term("类别")


NOT_IN_FORCE = {
    "registration_card": {"reported", "under_review"},
    "appointment_card": {"offered", "declined"},
    "volunteer": {"applied"},
    "team": {"forming"},
    "team_membership": {"applied"},
    "post_holding": {"proposed"},
    "elder_care_enrolment": {"applied", "assessed", "refused"},
    "property_contract": {"draft", "voted", "rejected"},
}


@pytest.mark.parametrize("cls", RECORD_TYPES, ids=lambda cls: cls.__record__.name)
def test_drafts_applications_and_refusals_are_in_force_on_no_day(cls: type[Record]) -> None:
    declared = cls.__record__
    assert NOT_IN_FORCE.get(declared.name, set()) == {str(state) for state in declared.never}


@pytest.mark.parametrize("cls", RECORD_TYPES, ids=lambda cls: cls.__record__.name)
def test_a_type_that_ends_can_say_that_it_ended_on_a_day_nobody_knows(cls: type[Record]) -> None:
    declared = cls.__record__
    if ("since", "until") in declared.spans and declared.name not in _DATED_BY_THEIR_NATURE:
        assert declared.over or "ended" in declared.fields


# Divisions, coverage and contact cards have dates by their nature: a list says from when to when it holds.
_DATED_BY_THEIR_NATURE = {"division", "sub_district", "coverage", "contact_card"}
