"""A record type is declared once; what breaks the declaration is refused when a record is made."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import attrs
import pytest

from shequ.effective import SHANGHAI, PartialDate
from shequ.errors import InvalidRecord, Misuse, TextRefused, UnknownRecordType
from shequ.model import (
    RECORD_TYPES,
    Activity,
    Donation,
    GiftKind,
    HouseholdMembership,
    Kind,
    MembershipKind,
    Premises,
    ReportedFigure,
    Resident,
    Schema,
    Tenure,
    checks,
    derive_id,
)
from shequ.model.record import FieldSpec, Record, record, ref, text


@pytest.mark.parametrize("cls", RECORD_TYPES, ids=lambda cls: cls.__record__.name)
def test_every_type_and_field_has_a_chinese_label(cls: type[Record]) -> None:
    declared = cls.__record__
    for label in (declared.label, *(spec.label for spec in declared.fields.values())):
        assert any("一" <= char <= "鿿" for char in label), label
    assert len(declared.fields) == len({spec.label for spec in declared.fields.values()})


@pytest.mark.parametrize("cls", RECORD_TYPES, ids=lambda cls: cls.__record__.name)
def test_every_number_has_a_unit_and_every_type_a_key(cls: type[Record]) -> None:
    declared = cls.__record__
    assert declared.key
    for spec in declared.fields.values():
        if spec.kind in (Kind.COUNT, Kind.MONEY):
            assert spec.unit


def test_records_are_frozen_and_slotted() -> None:
    resident = Resident(id="r1", name="王芳")
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        resident.name = "李"  # type: ignore[misc]
    assert not hasattr(resident, "__dict__")


@pytest.mark.parametrize(
    ("facts", "field", "code"),
    [
        ({"id": "居民"}, "id", "bad-id"),
        ({"id": "a" * 65}, "id", "bad-id"),
        ({"name": None}, "name", "missing"),
        ({"sex": "3"}, "sex", "unknown-code"),
        ({"birth_date": "2020-01-01"}, "birth_date", "wrong-type"),
        ({"birth_date": datetime(2020, 1, 1, tzinfo=SHANGHAI)}, "birth_date", "wrong-type"),
        ({"name": "王\x00"}, "name", "text-refused"),
        ({"name": "王\ud800"}, "name", "text-refused"),
    ],
)
def test_a_value_that_breaks_its_declaration_is_named(facts: dict[str, object], field: str, code: str) -> None:
    with pytest.raises(InvalidRecord) as caught:
        Resident(**{"id": "r1", "name": "王芳", **facts})
    assert ("resident", field, code) == (caught.value.type, caught.value.field, caught.value.code)


def test_text_that_a_store_would_alter_has_an_error_of_its_own() -> None:
    with pytest.raises(TextRefused, match="不可存储"):
        Resident(id="r1", name="a\x00b")


def test_an_end_before_its_start_is_refused_with_both_dates() -> None:
    with pytest.raises(InvalidRecord, match=r"终止日期 2024-01-01 早于起始日期 2025-01-01"):
        HouseholdMembership(
            id="m",
            household="h",
            resident="r",
            kind=MembershipKind.LIVING,
            since=date(2025, 1, 1),
            until=date(2024, 1, 1),
        )


def test_a_moment_needs_a_time_zone() -> None:
    with pytest.raises(InvalidRecord, match="缺少时区"):
        Activity(id="a", division="d", name="讲座", kind="lecture", began=datetime(2025, 1, 1, 9))  # noqa: DTZ001


@pytest.mark.parametrize(("area", "code"), [(Decimal(-1), "negative"), (Decimal("1.234"), "too-precise")])
def test_a_measure_keeps_to_its_sign_and_scale(area: Decimal, code: str) -> None:
    with pytest.raises(InvalidRecord) as caught:
        Premises(id="p", division="d", name="x", kind="office", tenure=Tenure.OWNED, area=area)
    assert code == caught.value.code


def test_money_is_whole_fen() -> None:
    with pytest.raises(InvalidRecord, match="应为 int"):
        Donation(
            id="d",
            receipt="1",
            division="x",
            given=date(2025, 1, 1),
            kind=GiftKind.MONEY,
            amount=Decimal("1.5"),  # type: ignore[arg-type]
        )


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"at": date(2025, 1, 1), "period": "2025"},
        {"period": "2025X"},
        {"at": date(2025, 1, 1), "breakdown": "age"},
    ],
)
def test_a_filed_figure_is_of_a_day_or_a_period_and_of_a_whole_group(facts: dict[str, object]) -> None:
    with pytest.raises(InvalidRecord):
        ReportedFigure(id="f", metric="m.x", division="d", value=Decimal(1), **facts)  # type: ignore[arg-type]


class _Day(date):
    """A date, but not of the very class that the generated condition asks for, like those of data frames."""


RIGHT: dict[Kind, Any] = {
    Kind.TEXT: "r1",
    Kind.TEXTS: ("甲", "乙"),
    Kind.REF: "r1",
    Kind.COUNT: 1,
    Kind.MONEY: 1,
    Kind.MEASURE: Decimal(1),
    Kind.FLAG: True,
    Kind.DAY: date(2025, 1, 1),
    Kind.PARTIAL_DAY: PartialDate(2025),
    Kind.MOMENT: datetime(2025, 1, 1, tzinfo=UTC),
    Kind.TIME: time(9),
}
TRIED: tuple[Any, ...] = (
    *RIGHT.values(),
    *(None, "", "多行\n文字", "a\x00b", "\udfff", "a" * 65, "-", "999", 0, -1, True, 2**63 - 1, 2**63, -(2**63), 1.5),
    *(Decimal(-1), Decimal("-0.0"), Decimal("0.0000001"), Decimal("NaN"), Decimal("Infinity"), Decimal(2**63)),
    *(Decimal(2**63 - 1), Decimal("9.10"), Decimal("1E+3"), (), [], ("a", ""), ("a", 1), ("\x00",), object()),
    *(_Day(2024, 1, 1), date.min, date.max, datetime(2020, 1, 1), datetime.min.replace(tzinfo=UTC)),  # noqa: DTZ001 - a naive moment
    *(datetime.max.replace(tzinfo=UTC), time(9, tzinfo=UTC), PartialDate(2019, 5, 3)),
)


def right(spec: FieldSpec) -> Any:
    if spec.terms is not None:
        return next(iter(spec.terms))
    return next(iter(spec.choices), "x") if spec.kind is Kind.CODE else RIGHT[spec.kind]


def unchecked(cls: type[Record], facts: dict[str, Any]) -> Record:
    made = object.__new__(cls)
    for name, value in facts.items():
        object.__setattr__(made, name, value)
    return made


def verdict(check: Any, *given: Any) -> tuple[object, ...]:
    try:
        check(*given)
    except InvalidRecord as error:
        return type(error), error.type, error.field, error.code, str(error)
    except TypeError as error:
        return type(error), str(error)
    return ()


class TestTheGeneratedCheck:
    @pytest.mark.parametrize("cls", RECORD_TYPES, ids=lambda cls: cls.__record__.name)
    def test_it_refuses_what_the_rules_refuse_in_the_same_words(self, cls: type[Record]) -> None:
        declared = cls.__record__
        facts = {name: right(spec) for name, spec in declared.fields.items()}
        for name in facts:
            for value in TRIED:
                made = unchecked(cls, {**facts, name: value})
                assert verdict(checks.examine, declared, made) == verdict(checks.CHECKS[cls], made), (name, value)

    @pytest.mark.parametrize("cls", RECORD_TYPES, ids=lambda cls: cls.__record__.name)
    def test_it_needs_the_rules_only_where_something_is_unusual(
        self, cls: type[Record], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_given: object) -> None:
            pytest.fail("the rules were asked about a record that is right")

        monkeypatch.setattr(checks, "examine", refuse)
        checks.CHECKS[cls](unchecked(cls, {name: right(spec) for name, spec in cls.__record__.fields.items()}))

    def test_a_value_of_a_subclass_is_taken_as_before(self) -> None:
        assert _Day(1990, 1, 1) == Resident(id="r1", name="王芳", birth_date=_Day(1990, 1, 1)).birth_date


class TestIdentity:
    def test_one_readable_key_is_the_id(self) -> None:
        assert derive_id("community", ("999900001001",)) == "999900001001"

    def test_a_persons_number_never_becomes_an_id(self) -> None:
        assert "999900196006300017" not in derive_id("resident", ("999900196006300017",))

    def test_several_parts_give_a_digest_that_depends_on_each_of_them(self) -> None:
        made = {derive_id("zone", key) for key in (("a", "b"), ("a", "c"), ("ab", ""), ("b", "a"))}
        assert len(made) == 4


class TestSchema:
    schema = Schema(RECORD_TYPES)

    @pytest.mark.parametrize("name", ["household", "households", "Household", "户", "household "])
    def test_a_type_is_found_by_name_plural_and_label(self, name: str) -> None:
        assert self.schema[name].name == "household"

    def test_an_unknown_name_comes_with_a_suggestion(self) -> None:
        with pytest.raises(UnknownRecordType, match="resident"):
            self.schema["residnet"]

    def test_a_reference_to_a_type_that_is_not_there_is_refused(self) -> None:
        @record("lost", label="无", key=("other",))
        class Lost(Record):
            """Refers to nothing."""

            other: str = ref("别的", to="nothing")

        with pytest.raises(Misuse, match="nothing"):
            Schema([Lost])

    def test_two_types_of_one_name_are_refused(self) -> None:
        @record("resident", label="另一种居民", key=("name",))
        class Other(Record):
            """Another type of the same name."""

            name: str = text("姓名")

        with pytest.raises(Misuse, match="resident"):
            Schema([Resident, Other])
