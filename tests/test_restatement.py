"""What moved since a report: figures before and after, and exactly the changes that moved them."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import attrs
import pytest

import shequ
from shequ.codec import from_plain
from shequ.effective import SHANGHAI
from shequ.errors import BadData, Misuse
from shequ.metrics import Movement, Provenance, Restatement, Shortfall
from shequ.model import (
    Community,
    CommunityStatus,
    Coverage,
    Donation,
    GiftKind,
    Household,
    HouseholdMembership,
    MembershipKind,
    Record,
    ReportedFigure,
    Resident,
    Role,
    RuleSource,
    SubDistrict,
    Viewer,
)

STREET, EAST, WEST = "999900001000", "999900001001", "999900001002"
REPORTED = datetime(2026, 1, 5, 9, 0, tzinfo=SHANGHAI)
DAY = date(2025, 12, 31)
HOUSEHOLDS, LIVING, FLOATING = "population.households", "population.actual", "population.floating"


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = REPORTED - timedelta(hours=1)

    def __call__(self) -> datetime:
        return self.now


def community(code: str, name: str, status: CommunityStatus = CommunityStatus.OPERATING) -> Community:
    return Community(id=code, code=code, name=name, sub_district=STREET, status=status)


def living(number: int, where: str = EAST, sex: str = "1") -> tuple[Record, ...]:
    """A household of one person who lives there and is registered elsewhere."""
    return (
        Household(id=f"h{number}", community=where, number=str(number)),
        Resident(id=f"r{number}", name="某", sex=sex),
        membership(number),
    )


def membership(number: int, since: date = date(2020, 1, 1)) -> HouseholdMembership:
    return HouseholdMembership(
        id=f"m{number}", household=f"h{number}", resident=f"r{number}", kind=MembershipKind.LIVING, since=since
    )


def figure(metric: str, value: int, id_: str = "f1", division: str = STREET) -> ReportedFigure:
    return ReportedFigure(id=id_, metric=metric, division=division, value=Decimal(value), at=DAY)


@pytest.fixture
def clock() -> Clock:
    """Stands an hour before the report."""
    return Clock()


@pytest.fixture(params=["memory:", "sqlite:///{}/street.db"])
def street(request: pytest.FixtureRequest, clock: Clock, tmp_path: Path) -> Iterator[shequ.Register]:
    """Two communities, three households in the east, all declared complete; then a report is made, and a day goes by."""
    with shequ.open(request.param.format(tmp_path), STREET, actor="clerk-07", clock=clock) as register:
        register.put(
            SubDistrict(id=STREET, code=STREET, name="云溪街道"),
            community(EAST, "东社区"),
            community(WEST, "西社区"),
            Coverage(id="all", type="*", division=STREET),
            *(record for number in range(3) for record in living(number)),
            reason="装载",
        )
        clock.now = REPORTED + timedelta(days=1)
        yield register


def restate(register: shequ.Register, *codes: str, by: str | None = None) -> Restatement:
    return register.restate(since=REPORTED, at=DAY, codes=codes or None, by=by)


def by_code(found: Restatement) -> dict[str, Movement]:
    return {one.metric.code: one for one in found.movements if one.group is None}


def causes(movement: Movement) -> list[tuple[str, str]]:
    return [(change.type, change.id) for change in movement.changes]


@pytest.mark.slow
def test_where_nothing_was_changed_nothing_moved(street: shequ.Register) -> None:
    assert () == restate(street).movements


@pytest.mark.slow
def test_a_change_that_no_figure_depends_on_moves_nothing(street: shequ.Register) -> None:
    street.put(Resident(id="r0", name="改名", sex="1"), reason="更正")
    assert () == restate(street).movements


def test_that_somebody_looked_or_filed_changes_no_books(street: shequ.Register) -> None:
    street.viewer = Viewer("clerk-07", frozenset({Role.CLERK}))
    assert street.show("resident", "r0") is not None
    street.viewer = None
    street.file_report("brief", street.report("brief", period="2025").document)
    assert {"reading", "filed_report"} == {change.type for change in street.changes() if change.at > REPORTED}
    assert () == restate(street, "data.records").movements


def test_a_record_that_came_is_why_there_are_more_in_the_books(street: shequ.Register) -> None:
    street.put(*living(7), reason="补录")
    found = restate(street, "data.records").movements
    whole = next(one for one in found if one.group is None)
    assert whole.difference == len(living(7))
    assert {(record.__record__.name, record.id) for record in living(7)} == set(causes(whole))
    assert {"居民": 1, "户": 1, "户成员": 1} == {one.group: one.difference for one in found if one.group is not None}


@pytest.mark.slow
def test_a_record_that_came_moves_every_figure_that_counts_it(street: shequ.Register) -> None:
    street.put(*living(7), reason="补录")
    found = by_code(restate(street))
    assert {HOUSEHOLDS, LIVING, FLOATING} <= set(found)
    one = found[HOUSEHOLDS]
    assert one.before is not None
    assert one.after is not None
    assert (3, 4, 1) == (one.before.value, one.after.value, one.difference)
    assert (Provenance.RECORDS, Provenance.RECORDS) == (one.before.provenance, one.after.provenance)
    assert {("household", "h7"), ("household_membership", "m7")} == set(causes(one))
    assert {("补录", "clerk-07", REPORTED + timedelta(days=1))} == {(c.reason, c.actor, c.at) for c in one.changes}
    assert {("household", "h7"), ("household_membership", "m7")} == set(causes(found[FLOATING]))


@pytest.mark.slow
def test_of_many_changes_only_those_to_the_rows_that_moved_are_named(street: shequ.Register) -> None:
    street.put(Resident(id="r1", name="改名", sex="1"), reason="更正")
    street.put(*living(7, WEST), reason="补录")
    street.put(attrs.evolve(living(0)[0], number="99"), reason="改户号")
    moved = by_code(restate(street))
    assert {("household", "h7"), ("household_membership", "m7")} == set(causes(moved[HOUSEHOLDS]))


def test_of_a_record_that_counts_only_fields_that_the_figure_reads_matter(street: shequ.Register) -> None:
    street.put(attrs.evolve(membership(1), relation="1"), reason="补关系")
    street.put(attrs.evolve(membership(1), relation="1", since=date(2026, 1, 3)), reason="更正")
    one = by_code(restate(street, HOUSEHOLDS))[HOUSEHOLDS]
    assert ["更正"] == [change.reason for change in one.changes]


def test_a_record_that_stayed_in_the_count_did_not_move_it(street: shequ.Register) -> None:
    street.put(membership(0, since=date(2021, 1, 1)), reason="更正起始日期")
    street.put(*living(7), reason="补录")
    one = by_code(restate(street, HOUSEHOLDS))[HOUSEHOLDS]
    assert {"补录"} == {change.reason for change in one.changes}


def test_of_a_total_the_records_whose_value_changed_moved_it(street: shequ.Register, clock: Clock) -> None:
    def gift(number: int, amount: int, donor: str = "某") -> Donation:
        return Donation(
            id=f"d{number}",
            receipt=str(number),
            division=EAST,
            given=DAY,
            kind=GiftKind.MONEY,
            amount=amount,
            donor=donor,
        )

    street.put(gift(1, 100), gift(2, 100), reason="登记")
    report = clock.now
    clock.now += timedelta(days=1)
    street.put(gift(1, 300), gift(2, 100, "更名"), reason="更正")
    (one,) = street.restate(since=report, period="2025", codes=["welfare.donations_money"]).movements
    assert (2, [("donation", "d1")]) == (one.difference, causes(one))


def test_a_record_that_was_corrected_out_of_the_figure(street: shequ.Register) -> None:
    street.put(membership(1, since=date(2026, 1, 3)), reason="更正")
    one = by_code(restate(street, HOUSEHOLDS))[HOUSEHOLDS]
    assert (-1, [("household_membership", "m1")]) == (one.difference, causes(one))


def test_a_record_that_was_deleted(street: shequ.Register) -> None:
    with street.store.session(STREET, actor="x", reason="误录", at=street.now) as session:
        session.delete("household_membership", "m2", session.get("household_membership", "m2").version)  # type: ignore[union-attr]
    street.refresh()
    one = by_code(restate(street, HOUSEHOLDS))[HOUSEHOLDS]
    assert (-1, [("household_membership", "m2")]) == (one.difference, causes(one))


def test_a_row_that_moved_with_what_it_refers_to(street: shequ.Register) -> None:
    street.put(attrs.evolve(living(0)[0], community=WEST), reason="区划更正")
    found = {(one.place.id, one.metric.code): one for one in restate(street, LIVING, by="community").movements}
    assert {(EAST, LIVING): -1, (WEST, LIVING): 1} == {key: one.difference for key, one in found.items()}
    assert all([("household", "h0")] == causes(one) for one in found.values())


def test_groups_that_moved_are_listed_though_the_whole_did_not(street: shequ.Register) -> None:
    street.put(community(WEST, "西社区", CommunityStatus.NOT_CONVERTED), reason="更正")
    found = restate(street, "population.communities_by_status").movements
    assert [("运行", -1), ("体制未转换", 1)] == [(one.group, one.difference) for one in found]
    assert all([("community", WEST)] == causes(one) for one in found)


@pytest.mark.slow
def test_a_ratio_moves_with_its_sides(street: shequ.Register) -> None:
    street.put(*living(7), reason="补录")
    moved = by_code(restate(street))
    ratios = [one for one in moved.values() if one.after is not None and one.after.denominator is not None]
    assert ratios
    assert all(("household_membership", "m7") in causes(one) for one in ratios)


def test_a_filed_figure_that_was_corrected(street: shequ.Register, clock: Clock) -> None:
    incomplete = Coverage(id="all", type="*", division=STREET, until=date(2025, 6, 1))
    street.put(incomplete, figure("population.communities_by_character", 2), reason="上报")
    report = clock.now
    clock.now += timedelta(days=1)
    street.put(
        figure("population.communities_by_character", 3),
        figure("population.communities_by_character", 1, "f2", EAST),
        reason="更正",
    )
    found = street.restate(since=report, at=DAY, codes=["population.communities_by_character"])
    (one,) = found.movements
    assert (1, [("reported_figure", "f1")]) == (one.difference, causes(one))
    assert one.after is not None
    assert Provenance.FILED == one.after.provenance


def test_a_declaration_of_completeness_that_was_withdrawn(street: shequ.Register) -> None:
    street.put(Coverage(id="all", type="*", division=STREET, until=date(2025, 6, 1)), reason="记录不全")
    street.put(figure(HOUSEHOLDS, 5), reason="上报")
    one = by_code(restate(street))[HOUSEHOLDS]
    assert one.before is not None
    assert one.after is not None
    assert (Provenance.RECORDS, Provenance.BOTH, 2) == (one.before.provenance, one.after.provenance, one.difference)
    assert {("coverage", "all"), ("reported_figure", "f1")} == set(causes(one))


def test_a_division_that_was_not_known_then(street: shequ.Register) -> None:
    street.put(community("999900001003", "新社区"), reason="设立")
    found = {one.place.id: one for one in restate(street, HOUSEHOLDS, by="community").movements}
    assert {"999900001003"} == set(found)
    assert found["999900001003"].before is None
    assert found["999900001003"].difference is None


@pytest.mark.slow
def test_a_rule_that_was_changed(street: shequ.Register, clock: Clock) -> None:
    formula = street.catalogue["staff.needed"].formula
    assert isinstance(formula, Shortfall)

    def rules(value: int) -> RuleSource:
        table = f'parameters."{formula.parameter}"'
        values = f'comparator = "<="\nvalue = {value}\ncitation = "本地"\n'
        content = f'name = "local"\n[{table}]\n[[{table}.values]]\n{values}'
        return RuleSource(id="local", name="local.toml", content=content)

    street.put(rules(3), reason="从宽")
    report = clock.now
    clock.now += timedelta(days=1)
    street.put(rules(1), *living(7)[:2], reason="从严")
    one = by_code(street.restate(since=report, at=DAY))["staff.needed"]
    assert (2, [("rule_source", "local")]) == (one.difference, causes(one))


def test_an_erased_record_is_in_neither_state(street: shequ.Register) -> None:
    street.erase([("household_membership", "m1")], reason="依申请")
    assert () == restate(street, HOUSEHOLDS).movements
    assert 2 == street.measure(HOUSEHOLDS, at=DAY, known_at=REPORTED).value


class TestSince:
    @pytest.mark.slow
    def test_a_day_means_its_end(self, street: shequ.Register, clock: Clock) -> None:
        clock.now = REPORTED.replace(hour=23)
        street.put(*living(7), reason="当日更正")
        clock.now += timedelta(days=3)
        assert () == street.restate(since="2026-01-05", at=DAY).movements
        assert () == street.restate(since=date(2026, 1, 5), at=DAY).movements
        assert street.restate(since="2026-01-05T10:00", at=DAY).movements
        assert street.restate(since="2026-01-04", at=DAY).movements

    @pytest.mark.parametrize("since", ["2026-02-01", "二〇二六年", "2026-13-01T10:00"])
    def test_what_is_no_day_of_the_past_is_bad_data(self, street: shequ.Register, since: str) -> None:
        with pytest.raises(BadData):
            street.restate(since=since, at=DAY)

    def test_a_time_that_had_not_begun_then(self, street: shequ.Register) -> None:
        with pytest.raises(BadData, match="2026Q2 在 2026-01-05 尚未开始"):
            street.restate(since=REPORTED, period="2026Q2")

    def test_exactly_one_of_day_and_period(self, street: shequ.Register) -> None:
        with pytest.raises(Misuse):
            street.restate(since=REPORTED)

    def test_a_period_that_was_running_is_counted_to_the_day_of_the_report(
        self, street: shequ.Register, clock: Clock
    ) -> None:
        clock.now = REPORTED + timedelta(days=30)
        street.put(*living(7), membership(0, since=date(2026, 1, 20)), reason="月底登记")
        found = by_code(street.restate(since=REPORTED, period="2026", codes=[HOUSEHOLDS]))
        assert HOUSEHOLDS not in found  # one more and one less on the day of the report
        assert 4 == street.measure(HOUSEHOLDS, period="2026").value
        assert 3 == street.measure(HOUSEHOLDS, period="2026", known_at=REPORTED).value


class TestDocument:
    def test_it_carries_both_sides_and_the_changes_without_their_values(self, street: shequ.Register) -> None:
        street.put(*living(7), reason="补录")
        found = restate(street, HOUSEHOLDS).as_json()
        assert ("shequ.restatement/1", REPORTED.isoformat(), "2025-12-31") == (
            found["format"], found["since"], found["at"],
        )  # fmt: skip
        (one,) = found["moved"]
        assert (HOUSEHOLDS, "户", STREET, None, 1) == tuple(
            one[name] for name in ("metric", "unit", "division", "group", "difference")
        )
        assert (3, "records", 3) == tuple(one["before"][name] for name in ("value", "provenance", "rows"))
        assert 4 == one["after"]["value"]
        assert one["changes"] == [change["number"] for change in found["changes"]]
        assert {"number", "commit", "at", "actor", "reason", "type", "id"} == set(found["changes"][0])

    @pytest.mark.parametrize(
        ("code", "before", "after", "printed"),
        [
            (HOUSEHOLDS, 3, 4, "+1"),
            (HOUSEHOLDS, 4, 3, "-1"),
            (HOUSEHOLDS, 4, None, ""),
            ("population.floating_share", Fraction(1, 2), Fraction(5, 8), "+12.50个百分点"),
        ],
    )
    def test_the_difference_is_printed_with_its_sign(
        self, street: shequ.Register, code: str, before: int, after: int | None, printed: str
    ) -> None:
        whole = street.measure(code, at=DAY)
        one, other = (
            attrs.evolve(whole, value=None if value is None else Fraction(value)) for value in (before, after)
        )
        assert printed == Movement(one, other).printed_difference


def test_figures_are_explained_by_folding_the_changes(street: shequ.Register) -> None:
    """Taking the named changes alone, and no others, moves the figure from before to after."""
    street.put(Resident(id="r9", name="不住这里", sex="1"), reason="a")
    street.put(*living(7), *living(8, WEST), reason="b")
    street.put(membership(0, since=date(2026, 1, 2)), reason="c")
    for one in restate(street, HOUSEHOLDS, LIVING, FLOATING).movements:
        with shequ.open("memory:", STREET, clock=street._clock) as copy:
            restated = {(change.type, change.id) for change in one.changes}
            for change in street.changes():
                if change.at <= REPORTED or (change.type, change.id) in restated:
                    copy.put(_record(street.schema[change.type].cls, change.after), reason="copy")
            assert one.after is not None
            again = copy.measure(one.metric.code, at=DAY, division=STREET)
            assert one.after.value == again.value


def _record(cls: type[Record], values: dict[str, object] | None) -> Record:
    assert values is not None
    return from_plain(cls, values)
