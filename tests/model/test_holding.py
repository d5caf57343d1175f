"""When a record is in force: its days, its state, and ends that nobody dated."""

from collections.abc import Iterator
from datetime import date

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shequ.effective import Span
from shequ.errors import Misuse
from shequ.model import (
    RECORD_TYPES,
    Household,
    HouseholdMembership,
    MembershipKind,
    MembershipState,
    Record,
    Resident,
    Schema,
    TeamMembership,
    in_force,
    span_of,
)
from shequ.model.record import record, term
from shequ.query import Evaluator, Holds, Select, When

days = st.dates(date(2024, 1, 1), date(2025, 12, 31))
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


@attrs.frozen
class Kept:
    record: Record


class World:
    """Records in a list, as a snapshot."""

    def __init__(self, *records: Record) -> None:
        self.records = records

    def scan(self, query: Select) -> Iterator[Kept]:
        return (Kept(record) for record in self.records if record.__record__.name == query.type)


def selected(row: Record, day: date, path: str = "", *others: Record) -> bool:
    evaluator = Evaluator(World(row, *others), Schema(RECORD_TYPES))
    return bool(list(evaluator.select(Select(row.__record__.name, Holds(path)), When(day))))


class TestInForce:
    @given(team_memberships | households, days)
    def test_a_query_finds_what_is_in_force(self, row: Record, day: date) -> None:
        assert in_force(row, day) == selected(row, day)

    @given(households, days)
    def test_a_query_through_a_reference_finds_the_same(self, household: Household, day: date) -> None:
        row = HouseholdMembership(id="m", household="h", resident="r", kind=MembershipKind.LIVING)
        assert in_force(household, day) == selected(row, day, "household", household)

    @given(team_memberships)
    def test_an_application_without_a_day_has_not_begun(self, row: TeamMembership) -> None:
        if row.state is MembershipState.APPLIED and row.since is None:
            assert span_of(row) is None

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


@pytest.mark.parametrize("cls", RECORD_TYPES, ids=lambda cls: cls.__record__.name)
def test_a_type_that_ends_can_say_that_it_ended_on_a_day_nobody_knows(cls: type[Record]) -> None:
    declared = cls.__record__
    if ("since", "until") in declared.spans and declared.name not in _DATED_BY_THEIR_NATURE:
        assert declared.over or "ended" in declared.fields


# Divisions, coverage and contact cards have dates by their nature: a list says from when to when it holds.
_DATED_BY_THEIR_NATURE = {"division", "sub_district", "coverage", "contact_card"}
