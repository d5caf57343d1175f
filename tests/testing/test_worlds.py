"""What the kit draws that is more than one record: it is consistent, it shrinks to little, and it names nobody."""

import json
import re
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import date, timedelta
from functools import partial
from itertools import pairwise
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

import shequ
from shequ.calendars import Period
from shequ.codec import from_plain, to_plain
from shequ.codes import (
    DivisionLevel,
    credit_code_problem,
    division_level,
    division_prefix,
    judge_resident_id,
    parent_division,
)
from shequ.effective import PartialDate
from shequ.errors import IllegalStep, InvalidRecord
from shequ.hookspecs import hookimpl
from shequ.lifecycle import LIFECYCLES, Lifecycle, replay, step
from shequ.lifecycle.entries import audited, balance
from shequ.lifecycle.households import move_in
from shequ.lifecycle.ledger import money, receive
from shequ.lifecycle.memberships import bases_at, clashes, head_at
from shequ.model import (
    RECORD_TYPES,
    Activity,
    CommunityStatus,
    Household,
    HouseholdEvent,
    HouseholdMembership,
    MembershipKind,
    Record,
    Resident,
    Schema,
)
from shequ.model.record import record, ref, text
from shequ.plugins import PluginHost
from shequ.query import Evaluator, Gap, Select, When
from shequ.rules import ParameterValue
from shequ.testing import (
    CardHistory,
    District,
    Homes,
    card_histories,
    conditions,
    credit_codes,
    districts,
    division_codes,
    households,
    law_days,
    ledgers,
    measures,
    periods,
    queries,
    records,
    register_strategies,
    resident_ids,
    rule_sets,
)
from shequ.testing.homes import residents

# Looking for the smallest takes long where a draw is large: few examples are enough, most are found at once.
smallest_of = partial(
    find,
    settings=settings(
        max_examples=100, database=None, derandomize=True, suppress_health_check=list(HealthCheck), deadline=None
    ),
)
EACH_LIFECYCLE = pytest.mark.parametrize("lifecycle", LIFECYCLES, ids=lambda found: found.name)
fairly = settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])


class TestHouseholds:
    @fairly
    @given(households(), st.dates(date(2019, 12, 1), date(2026, 1, 31)))
    def test_nobody_belongs_to_two_in_one_way_and_none_has_two_heads(self, homes: Homes, day: date) -> None:
        assert () == tuple(clashes(homes.memberships))
        for household in homes.households:
            for kind in MembershipKind:
                head_at(homes.memberships, household.id, day, kind)  # raises if there are two

    @fairly
    @given(households())
    def test_nobody_belongs_anywhere_before_birth_or_after_death(self, homes: Homes) -> None:
        people = {person.id: person for person in homes.residents}
        for stay in homes.memberships:
            person = people[stay.resident]
            assert person.birth_date is not None
            assert stay.since is not None
            assert person.birth_date <= stay.since
            assert person.died is None or (stay.until is not None and stay.until <= person.died)

    @fairly
    @given(residents(), st.integers(0, 40_000), st.integers(-2, 2), st.booleans())
    def test_a_person_moves_in_from_the_day_of_birth_until_the_day_before_death(
        self, person: Resident, lived: int, away: int, at_birth: bool
    ) -> None:
        assert person.birth_date is not None
        dead = attrs.evolve(person, died=person.birth_date + timedelta(lived))  # type: ignore[misc] # a Resident
        on = (person.birth_date if at_birth else dead.died) + timedelta(away)
        home = Household(id="h", community="c", number="1")
        expected = nullcontext() if person.birth_date <= on < dead.died else pytest.raises(InvalidRecord)
        with expected:
            move_in(dead, home, (), kind=MembershipKind.LIVING, on=on, reason="登记")

    @fairly
    @given(households(), st.dates(date(2020, 1, 1), date(2026, 1, 31)))
    def test_the_bases_add_up(self, homes: Homes, day: date) -> None:
        bases = bases_at(homes.memberships, day)
        assert bases.registered == bases.registered_living | bases.separated
        assert bases.actual == bases.registered_living | bases.floating
        for kind, counted in ((MembershipKind.REGISTERED, bases.registered), (MembershipKind.LIVING, bases.living)):
            assert counted == {
                stay.resident
                for stay in homes.memberships
                if stay.kind is kind
                and stay.since is not None
                and stay.since <= day
                and (stay.until is None or day < stay.until)
            }
        for change in homes.changes:
            if change.event is HouseholdEvent.TRANSFER:
                assert (change.other, change.resident, change.on) in {
                    (stay.household, stay.resident, stay.since) for stay in homes.memberships
                }
        assert not bases.separated & bases.floating

    @fairly
    @given(households())
    def test_sex_and_birth_are_those_of_the_number(self, homes: Homes) -> None:
        for person in homes.residents:
            verdict = judge_resident_id(person.id_number or "")
            assert (person.birth_date, person.sex) == (verdict.birth_date, verdict.sex)

    @pytest.mark.slow
    def test_the_smallest_is_an_empty_household(self) -> None:
        smallest = smallest_of(households(), lambda _homes: True)
        assert (1, 0, 0) == (len(smallest.households), len(smallest.residents), len(smallest.memberships))

    @pytest.mark.slow
    def test_an_example_with_a_death_shrinks_to_one_person(self) -> None:
        smallest = smallest_of(households(), lambda homes: any(person.died for person in homes.residents))
        assert (1, 1, 2) == (len(smallest.residents), len(smallest.memberships), len(smallest.changes))


class TestCardHistories:
    @EACH_LIFECYCLE
    @settings(max_examples=5, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
    @given(data=st.data())
    def test_a_lawful_life_replays_to_where_the_card_stands(self, lifecycle: Lifecycle, data: st.DataObject) -> None:
        history = data.draw(card_histories(lifecycle))
        assert () == history.illegal
        assert len(history.attempts) == len(history.steps)
        assert [taken.after for taken in history.steps[:-1]] == [taken.before for taken in history.steps[1:]]
        assert [str(lifecycle.state_of(history.card))] * bool(history.steps) == [s.after for s in history.steps[-1:]]
        assert lifecycle.state_of(history.card) is replay(lifecycle, history.steps)
        assert all(earlier.at < later.at for earlier, later in pairwise(history.attempts))

    @EACH_LIFECYCLE
    @settings(max_examples=5, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
    @given(data=st.data())
    def test_exactly_one_step_is_illegal_and_changes_nothing(self, lifecycle: Lifecycle, data: st.DataObject) -> None:
        history = data.draw(card_histories(lifecycle, illegal=1))
        assert 1 == len(history.illegal)
        card = history.start
        for attempt in history.attempts:
            if attempt.legal:
                card, _ = step(lifecycle, card, attempt.event, at=attempt.at, actor="a", values=attempt.values)
                continue
            with pytest.raises(IllegalStep) as caught:
                step(lifecycle, card, attempt.event, at=attempt.at, actor="a", values=attempt.values)
            assert lifecycle.allowed(lifecycle.state_of(card)) == caught.value.allowed
        assert history.card == card

    @pytest.mark.slow
    def test_a_failing_life_shrinks_to_the_illegal_step_alone(self) -> None:
        def has_one(history: CardHistory) -> bool:
            return bool(history.illegal)

        smallest = smallest_of(card_histories(LIFECYCLES[0], illegal=1), has_one)
        assert (1, 0) == (len(smallest.attempts), len(smallest.steps))


class TestLedgers:
    @fairly
    @given(ledgers())
    def test_every_entry_balances_and_stock_never_falls_below_nothing(self, lines: Any) -> None:
        assert () == audited(lines)
        for day in {line.on for line in lines}:
            for (account, _), quantity in balance(lines, day).items():
                assert account not in ("stock", "aided") or min(quantity.amount, quantity.pieces) >= 0

    @fairly
    @given(ledgers().filter(bool), st.data())
    def test_no_number_of_a_voucher_is_used_twice(self, lines: Any, data: st.DataObject) -> None:
        line = data.draw(st.sampled_from(lines))
        with pytest.raises(InvalidRecord) as refused:
            receive(lines, money(1), division=line.division, number=line.number, on=line.on)
        assert ("number", line.number) == (refused.value.field, refused.value.value)

    @pytest.mark.slow
    def test_the_smallest_is_empty_and_reversals_occur(self) -> None:
        assert () == smallest_of(ledgers(), lambda _lines: True)
        reversed_once = smallest_of(ledgers(), lambda lines: any(line.reverses for line in lines))
        assert ["V001", "V002"] == sorted({line.number for line in reversed_once})


@record("charging_pile", label="充电桩", key=("name",), division="community")
class ChargingPile(Record):
    """A record type of a plugin."""

    community: str = ref("社区", to="community")
    name: str = text("名称")


class Piles:
    """The plugin."""

    @hookimpl
    def shequ_record_types(self) -> list[type[Record]]:
        return [ChargingPile]


class TestDistricts:
    @settings(max_examples=6, suppress_health_check=list(HealthCheck))
    @given(districts())
    def test_every_reference_leads_to_a_record_and_ids_are_unique(self, district: District) -> None:
        keys = [(made.__record__.name, made.id) for made in district.records]
        assert len(keys) == len(set(keys))
        divisions = {id_ for name, id_ in keys if name in ("division", "sub_district", "community")}
        for made in district.records:
            for spec in made.__record__.references:
                target = getattr(made, spec.name)
                assert target is None or (spec.to, target) in keys or (spec.to == "division" and target in divisions)

    @settings(max_examples=4, suppress_health_check=list(HealthCheck))
    @given(districts(most_further=2))
    def test_a_register_takes_it_and_measures(self, district: District) -> None:
        with shequ.open("memory:", district.id, host=PluginHost(discover=False)) as register:
            register.put(*district.records, reason="drawn")
            counted = register.measure("population.communities", at="2025-12-31").value
            gone = (CommunityStatus.MERGED, CommunityStatus.DISSOLVED)
            assert sum(c.status not in gone for c in district.of("community")) == counted  # type: ignore[attr-defined]
            living = bases_at(district.of("household_membership"), date(2025, 12, 31)).actual  # type: ignore[arg-type]
            operating = register.measure("population.actual", at="2025-12-31").value
            assert operating is not None
            assert operating <= len(living)

    @pytest.mark.slow
    def test_the_smallest_is_one_community(self) -> None:
        smallest = smallest_of(districts(), lambda _district: True)
        assert ["sub_district", "coverage", "community", "household"] == [
            made.__record__.name for made in smallest.records
        ]

    @pytest.mark.slow
    def test_types_of_plugins_are_among_them(self) -> None:
        smallest = smallest_of(districts(types=[ChargingPile]), lambda found: bool(found.of("charging_pile")))
        (pile,) = smallest.of("charging_pile")
        assert smallest.of("community")[0].id == pile.community  # type: ignore[attr-defined]


class _World:
    def __init__(self, found: list[Record]) -> None:
        self.found = found

    def scan(self, query: Select) -> Iterator[Any]:
        return (type("Kept", (), {"record": made}) for made in self.found if made.__record__.name == query.type)


class TestQuestions:
    @settings(max_examples=10, suppress_health_check=list(HealthCheck))
    @given(st.lists(records(HouseholdMembership) | records(Activity), max_size=4, unique_by=lambda r: r.id), st.data())
    def test_the_reference_evaluator_answers_all_of_them(self, found: list[Record], data: st.DataObject) -> None:
        schema = Schema(RECORD_TYPES)
        by_type: dict[str, list[Record]] = {}
        for made in found:
            by_type.setdefault(made.__record__.name, []).append(made)
        cls = data.draw(st.sampled_from((HouseholdMembership, Activity)))
        evaluator = Evaluator(_World(found), schema)
        select = data.draw(queries(cls, schema, by_type))
        assert {made.id for made in evaluator.select(select, When.on(date(2025, 6, 30)))} <= {r.id for r in found}
        measure = data.draw(measures(cls, schema, by_type))
        places = {place for made in found if (place := evaluator.place(made)) is not None}
        answer = evaluator.answer(measure, places, When.over(Period.year(2025)))
        assert answer.rows <= len(found)
        if isinstance(measure, Gap):
            assert answer.value is not None
            assert 0 <= answer.value <= 12

    @given(conditions(Resident))
    def test_conditions_need_no_records(self, condition: Any) -> None:
        assert condition == condition
        assert repr(condition)


class TestLaw:
    @settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
    @given(rule_sets(), law_days())
    def test_rule_sets_are_read_and_have_one_value_a_day_at_most(self, rules: Any, day: date) -> None:
        assert rules.parameters
        for parameter in rules.parameters:
            values = [value for value in parameter.values if day in value.span]
            assert len(values) <= 1
            assert all(isinstance(value, ParameterValue) and value.citation for value in values)

    @pytest.mark.slow
    def test_days_at_the_edges_occur(self) -> None:
        seen: set[date] = set()

        @settings(max_examples=1500, database=None, derandomize=True)
        @given(law_days())
        def draw(day: date) -> None:
            seen.add(day)

        draw()
        turns = ("2025-12-31", "2026-01-01", "2021-01-01", "2017-06-11", "2017-06-12", "2024-02-29", "2026-02-14")
        assert {date.fromisoformat(day) for day in turns} <= seen


class TestCodes:
    @settings(max_examples=200)
    @given(credit_codes())
    def test_credit_codes_are_right(self, code: str) -> None:
        assert credit_code_problem(code) is None

    @given(division_codes())
    def test_division_codes_are_of_a_level(self, code: str) -> None:
        assert division_level(code) is not None
        assert code.startswith("99")

    @given(division_codes())
    def test_the_parent_of_a_division_is_above_it_and_holds_it(self, code: str) -> None:
        parent = parent_division(code)
        levels = list(DivisionLevel)
        if parent is None:
            assert DivisionLevel.PROVINCE is division_level(code)
        else:
            assert levels.index(division_level(parent)) < levels.index(division_level(code))  # type: ignore[arg-type]
            assert code.endswith("000") or parent == code[:9] + "000"
            assert code.startswith(division_prefix(parent))

    @given(periods())
    def test_periods_come_back_from_their_text(self, period: Period) -> None:
        assert period == Period.parse(str(period))

    @given(periods())
    def test_a_period_has_its_last_day_and_not_its_end_and_the_one_before_is_as_long(self, period: Period) -> None:
        assert period.last_day in period
        assert period.end not in period
        before = period.previous()
        assert period.length == before.length
        assert before.end <= period.start
        assert period.length == len(list(period.months()))


NUMBERS = re.compile(r"(?<!\d)\d{17}[\dX](?!\d)|(?<!\d)\d{15}(?!\d)", re.ASCII)


def numbers_in(found: Any) -> Iterator[str]:
    """Whatever in a drawn value looks like a resident's number."""
    made = found if isinstance(found, (list, tuple)) else [found]
    for item in made:
        yield from NUMBERS.findall(
            json.dumps(to_plain(item), ensure_ascii=False) if isinstance(item, Record) else str(item)
        )


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(
    st.one_of(
        *(records(cls) for cls in RECORD_TYPES),
        households().map(lambda homes: homes.records),
        ledgers(),
        st.sampled_from(LIFECYCLES).flatmap(card_histories).map(lambda history: [history.card, *history.steps]),
        districts(most_further=2).map(lambda district: district.records),
        resident_ids(),
    )
)
def test_no_strategy_draws_a_number_that_could_be_a_persons(found: Any) -> None:
    """Only the demonstration area, 999900, which is nobody's; whatever else has so many digits is no such number."""
    for number in numbers_in(found):
        verdict = judge_resident_id(number)
        assert number.startswith("999900") or not (verdict.form_ok and verdict.check_ok), number


def test_from_type_knows_a_plugins_record_types_from_its_hook() -> None:
    register_strategies(PluginHost({"piles": Piles()}, discover=False))

    @settings(max_examples=5)
    @given(st.from_type(ChargingPile), st.from_type(Resident), st.from_type(PartialDate), st.from_type(Period))
    def draw(pile: ChargingPile, resident: Resident, _day: PartialDate, _period: Period) -> None:
        assert pile == from_plain(ChargingPile, to_plain(pile))
        assert resident == from_plain(Resident, to_plain(resident))

    draw()
