"""Strategies make what the declarations say, for every type."""

import importlib
import json
import pkgutil
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import FailedHealthCheck

import shequ.model
from shequ.codec import from_plain, from_row, to_plain, to_row
from shequ.codes import judge_resident_id
from shequ.effective import SHANGHAI, PartialDate
from shequ.errors import InvalidRecord
from shequ.exchange.headers import header_text, read_header
from shequ.model import RECORD_TYPES, Kind, LowIncomeCase, Record, ReportedFigure, Resident, Schema, Stock
from shequ.model.checks import fault, is_id
from shequ.model.record import record, text
from shequ.store.sql.tables import Tables
from shequ.testing.strategies import (
    LONG_TEXT,
    NASTY_TEXTS,
    days,
    identifiers,
    moments,
    partial_days,
    records,
    register_strategies,
    resident_ids,
    texts,
    values,
)

MODEL_PAGE = Path(__file__).parents[2] / "docs" / "reference" / "model.md"
EACH_TYPE = pytest.mark.parametrize("cls", RECORD_TYPES, ids=lambda cls: cls.__record__.name)


def declared_in_the_model() -> set[str]:
    """Names of the record types that stand in the model's modules, whatever any list of them says."""
    modules = [
        importlib.import_module(f"shequ.model.{found.name}") for found in pkgutil.iter_modules(shequ.model.__path__)
    ]
    return {
        thing.__record__.name
        for module in modules
        for thing in vars(module).values()
        if isinstance(thing, type) and issubclass(thing, Record) and thing is not Record
    }


class TestNoTypeIsForgotten:
    def test_every_type_of_the_model_is_listed(self) -> None:
        assert declared_in_the_model() == {cls.__record__.name for cls in RECORD_TYPES}

    def test_every_type_stands_in_the_documents(self) -> None:
        headings = re.findall(r"^### (\w+)$", MODEL_PAGE.read_text(encoding="utf-8"), re.MULTILINE)
        names = re.findall(r"^\*\*.+?\*\* · `(\w+)` · key", MODEL_PAGE.read_text(encoding="utf-8"), re.MULTILINE)
        assert {cls.__name__ for cls in RECORD_TYPES} == set(headings)
        assert declared_in_the_model() == set(names)

    def test_every_type_has_a_table_with_a_column_for_each_field(self) -> None:
        tables = Tables(Schema(RECORD_TYPES)).records
        assert declared_in_the_model() == set(tables)
        for cls in RECORD_TYPES:
            declared = cls.__record__
            assert len(declared.fields) + 2 == len(tables[declared.name].table.columns)

    @EACH_TYPE
    def test_every_field_has_a_header_that_is_read_back(self, cls: type[Record]) -> None:
        specs = tuple(cls.__record__.fields.values())
        for written in ([header_text(spec) for spec in specs], [spec.name for spec in specs]):
            found = read_header("sheet.csv", written, cls.__record__)
            assert (specs, ()) == (found.fields, tuple(found.problems))


class TestRecords:
    @EACH_TYPE
    @given(data=st.data())
    def test_every_type_has_a_strategy_whose_records_come_back_from_both_forms(
        self, cls: type[Record], data: st.DataObject
    ) -> None:
        drawn = data.draw(records(cls))
        assert cls is type(drawn)
        assert drawn == from_plain(cls, json.loads(json.dumps(to_plain(drawn))))
        assert drawn == from_row(cls, to_row(drawn))

    @EACH_TYPE
    def test_hardly_any_draw_is_wasted(self, cls: type[Record], monkeypatch: pytest.MonkeyPatch) -> None:
        wasted = []
        monkeypatch.setattr("shequ.testing.strategies.reject", lambda: wasted.append(cls) or pytest.fail("wasted"))

        @settings(max_examples=30, database=None, derandomize=True)
        @given(records(cls))
        def draw(_drawn: Record) -> None:
            pass

        draw()
        assert [] == wasted

    @pytest.mark.parametrize("kind", Kind)
    def test_every_kind_of_field_takes_what_its_strategy_gives(self, kind: Kind) -> None:
        spec = next(f for cls in RECORD_TYPES for f in cls.__record__.fields.values() if f.kind is kind)
        seen: list[Any] = []

        @settings(max_examples=60, database=None, derandomize=True)
        @given(values(spec))
        def draw(value: Any) -> None:
            seen.append(value)
            assert (value is None and spec.optional) or fault(spec, value) is None

        draw()
        assert len({repr(value) for value in seen}) > 1

    @pytest.mark.parametrize("name", ["amount", "pieces"])
    def test_numbers_go_to_the_edges_of_what_stores_hold(self, name: str) -> None:
        seen: set[int] = set()

        @settings(max_examples=200, database=None, derandomize=True)
        @given(values(Stock.__record__.fields[name]))
        def draw(value: int) -> None:
            seen.add(value)

        draw()
        assert {0, -1, 2**63 - 1, -(2**63) + 1, 2**53 + 1} <= seen

    @given(records(Resident, sex=st.just("2"), name=texts(min_size=2)))
    def test_fields_given_are_drawn_from_what_is_given(self, drawn: Resident) -> None:
        assert "2" == drawn.sex
        assert len(drawn.name) >= 2

    @given(records(LowIncomeCase, accepted=st.just(date(2026, 1, 5))))
    def test_the_ends_of_spans_keep_to_what_is_given(self, drawn: LowIncomeCase) -> None:
        assert date(2026, 1, 5) == drawn.accepted
        assert drawn.applied <= date(2026, 1, 5)

    def test_a_field_that_the_type_lacks_is_named(self) -> None:
        with pytest.raises(TypeError, match="resident has no field nmae"):
            records(Resident, nmae=st.just("王"))

    def test_what_a_rule_of_the_class_refuses_is_not_drawn(self) -> None:
        @record("even", label="双")
        class Even(Record):
            """Its name has an even number of characters."""

            name: str = text("名")

            def __attrs_post_init__(self) -> None:
                Record.__attrs_post_init__(self)
                if len(self.name) % 2:
                    raise InvalidRecord("even", "name", self.name, "单")

        @settings(max_examples=20, database=None, suppress_health_check=[HealthCheck.filter_too_much])
        @given(records(Even))
        def draw(drawn: Even) -> None:
            assert 0 == len(drawn.name) % 2

        draw()
        with pytest.raises(FailedHealthCheck, match="filter"):
            settings(database=None)(given(records(Even, name=st.just("a")))(lambda _drawn: None))()

    @settings(max_examples=50)
    @given(records(ReportedFigure))
    def test_figures_have_a_date_or_a_period(self, drawn: ReportedFigure) -> None:
        assert (drawn.at is None) != (drawn.period is None)


class TestValues:
    @settings(max_examples=300, derandomize=True)
    @given(identifiers())
    def test_identifiers_are_ids(self, drawn: str) -> None:
        assert is_id(drawn)
        assert not judge_resident_id(drawn).form_ok

    @settings(max_examples=300, derandomize=True)
    @given(resident_ids())
    def test_resident_ids_are_right_and_nobodys(self, drawn: str) -> None:
        verdict = judge_resident_id(drawn)
        assert (True, True, None) == (verdict.form_ok, verdict.check_ok, verdict.problem)
        assert "demonstration" == verdict.area

    @settings(max_examples=300, derandomize=True)
    @given(st.one_of(texts(), identifiers(), *(values(spec) for spec in Resident.__record__.fields.values())))
    @pytest.mark.slow
    def test_no_text_holds_a_number_that_could_be_a_persons(self, drawn: Any) -> None:
        """So many digits in a row only the numbers of the demonstration area have."""
        found = re.search(r"\d{15}", drawn, re.ASCII) if isinstance(drawn, str) else None
        assert found is None or "demonstration" == judge_resident_id(drawn).area

    @pytest.mark.slow
    def test_texts_hold_every_nasty_one(self) -> None:
        seen = set()

        @settings(max_examples=6000, database=None, derandomize=True)
        @given(texts(long=False))
        def draw(drawn: str) -> None:
            seen.add(drawn)

        draw()
        assert set() == {text for text in NASTY_TEXTS if text not in seen}
        assert len(LONG_TEXT) > 65_535

    @settings(max_examples=100)
    @given(moments())
    def test_moments_are_as_the_library_writes_them(self, drawn: datetime) -> None:
        assert SHANGHAI == drawn.tzinfo
        assert drawn == drawn.astimezone(UTC).astimezone(SHANGHAI)

    @given(partial_days())
    def test_partial_days_come_back_from_their_text(self, drawn: PartialDate) -> None:
        assert drawn == PartialDate.parse(str(drawn))

    @given(days())
    def test_days_are_days(self, drawn: date) -> None:
        assert drawn == date.fromisoformat(drawn.isoformat())


@pytest.mark.slow
def test_registered_strategies_serve_from_type() -> None:
    register_strategies()

    @given(st.from_type(Resident), st.from_type(PartialDate))
    def draw(drawn: Resident, _day: PartialDate) -> None:
        assert drawn == from_plain(Resident, to_plain(drawn))

    draw()
