"""Whatever a record holds comes back from both forms."""

import gc
import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shequ.codec import (
    bulk,
    from_plain,
    from_plain_by_reference,
    from_row,
    from_row_by_reference,
    reading,
    to_canonical,
    to_plain,
    to_row,
)
from shequ.codec.forms import plain_hooks, row_hooks
from shequ.effective import PartialDate
from shequ.errors import InvalidRecord
from shequ.model import RECORD_TYPES, Record, ReportedFigure, Resident
from shequ.model.record import code, count, flag, record, text, texts
from shequ.testing import records


@pytest.mark.parametrize("cls", RECORD_TYPES, ids=lambda cls: cls.__record__.name)
@given(data=st.data())
def test_a_record_comes_back_from_both_forms(cls: type[Record], data: st.DataObject) -> None:
    drawn = data.draw(records(cls))
    assert drawn == from_plain(cls, json.loads(json.dumps(to_plain(drawn))))
    assert drawn == from_row(cls, to_row(drawn))


@pytest.mark.parametrize("cls", RECORD_TYPES, ids=lambda cls: cls.__record__.name)
@given(data=st.data())
def test_canonical_text_is_that_of_the_plain_form(cls: type[Record], data: st.DataObject) -> None:
    drawn = data.draw(records(cls))
    expected = json.dumps(to_plain(drawn), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert expected == to_canonical(drawn)


class _Word(str):
    """Text, but not of the class that the generated conditions ask for."""

    __slots__ = ()


@record("every", label="样样")
class _Every(Record):
    """Fields with a default other than nothing, without one, and of names before and behind the id."""

    amount: int | None = count("数", unit="个", default=1)
    flagged: bool | None = flag("是否", default=True)
    given_tags: tuple[str, ...] | None = texts("标签")
    sex: str | None = code("性别", table="sex", default="0")
    about: str | None = text("关于")
    zone: str = text("区", default="")


@given(
    amount=st.none() | st.integers(0, 3),
    flagged=st.none() | st.booleans(),
    given_tags=st.none() | st.lists(st.sampled_from(["\x7f", '"', "\\", "\u2028", "\n", "王"])).map(tuple),
    sex=st.none() | st.sampled_from(["0", "1", _Word("1")]),
    about=st.none() | st.sampled_from(["", '"', "\x1f", "\U0010ffff", _Word("x")]),
)
def test_canonical_text_leaves_out_what_the_plain_form_leaves_out(**values: Any) -> None:
    made = _Every(id="a", **values)
    expected = json.dumps(to_plain(made), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert expected == to_canonical(made)


def test_what_breaks_the_declaration_is_refused_on_the_way_in() -> None:
    cls = next(cls for cls in RECORD_TYPES if cls.__record__.name == "resident")
    with pytest.raises(InvalidRecord, match="sex"):
        from_plain(cls, {"id": "a", "name": "王", "sex": "7"})


NASTY: tuple[Any, ...] = (
    *(
        None,
        "",
        " ",
        "x",
        "1",
        "王",
        "a\x00",
        "\ud800",
        "居 民",
        "a" * 65,
        "-a",
        "a\n",
        "tab\there",
        _Word("1"),
        _Word("r1"),
    ),
    *("2020-02-30", "2020-02-03", "2020-02", "2020", "20200203", "2020-02-03T04:05:06", "2020-02-03T04:05:06+08:00"),
    *("0001-01-01T00:00:00+00:00", "10:00", "10:00+08:00", "25:00", "NaN", "-Infinity", "-1", "0.1234567", "-0.0"),
    *("9" * 30, "[]", '["a"]', '["a", ""]', '["a", 1]', "{}", "null", 0, 1, -1, True, False, 1.5, float("nan")),
    *(2**63 - 1, 2**63, -(2**63), 10**40, [], ["a"], ["a", ""], ["\x00"], [1], ("a",), {}, {"a": 1}, b"1", object),
    *(Decimal("NaN"), Decimal("0.1234567"), Decimal(-1), date(2020, 2, 3), PartialDate(2020), time(10)),
    *(time(10, tzinfo=UTC), datetime(2020, 2, 3), datetime(2020, 2, 3, tzinfo=UTC)),  # noqa: DTZ001 - a naive moment
)
"""What sheets, clients and databases send where something else is wanted; some of it is right for some fields."""


def outcome(read: Callable[[], Record]) -> tuple[object, ...]:
    """What a reading gives or how it fails, so that two readings can be compared to the last character."""
    try:
        made = read()
    except InvalidRecord as error:
        return type(error), error.type, error.field, error.code, str(error)
    except Exception as error:  # noqa: BLE001 - whatever the reference raises is the answer
        return type(error), str(error)
    return type(made), repr(made)


class TestGeneratedReadersAgreeWithTheReference:
    """What cattrs and the constructors do is right by definition; the generated functions may only be faster."""

    def agree_on_plain(self, cls: type[Record], plain: dict[str, Any]) -> None:
        expected = outcome(lambda: from_plain_by_reference(cls, plain))
        assert expected == outcome(lambda: from_plain(cls, plain)), plain

    def agree_on_row(self, cls: type[Record], row: tuple[Any, ...]) -> None:
        expected = outcome(lambda: from_row_by_reference(cls, row))
        assert expected == outcome(lambda: from_row(cls, row)), row

    @pytest.mark.parametrize("cls", RECORD_TYPES, ids=lambda cls: cls.__record__.name)
    @given(data=st.data())
    def test_on_what_is_right_and_what_is_nearly_so(self, cls: type[Record], data: st.DataObject) -> None:
        drawn = data.draw(records(cls))
        plain, row = json.loads(json.dumps(to_plain(drawn))), list(to_row(drawn))
        self.agree_on_plain(cls, plain)
        self.agree_on_row(cls, tuple(row))
        for name in data.draw(st.lists(st.sampled_from(list(cls.__record__.fields)), min_size=1, max_size=3)):
            plain[name] = row[list(cls.__record__.fields).index(name)] = data.draw(st.sampled_from(NASTY))
            self.agree_on_plain(cls, plain)
            self.agree_on_row(cls, tuple(row))

    @pytest.mark.slow
    @pytest.mark.parametrize("cls", RECORD_TYPES, ids=lambda cls: cls.__record__.name)
    @settings(max_examples=2)
    @given(data=st.data())
    def test_on_every_nasty_value_of_every_field(self, cls: type[Record], data: st.DataObject) -> None:
        drawn = data.draw(records(cls))
        plain, row = json.loads(json.dumps(to_plain(drawn))), to_row(drawn)
        for i, name in enumerate(cls.__record__.fields):
            for nasty in NASTY:
                self.agree_on_plain(cls, {**plain, name: nasty})
                self.agree_on_row(cls, (*row[:i], nasty, *row[i + 1 :]))
            self.agree_on_plain(cls, {key: value for key, value in plain.items() if key != name})
        self.agree_on_plain(cls, {**plain, "no such field": 1})
        self.agree_on_plain(cls, {})
        for length in (0, len(row) - 1):
            self.agree_on_row(cls, row[:length])
        self.agree_on_row(cls, (*row, None))


@pytest.mark.parametrize(
    "cls", [cls for cls in RECORD_TYPES if cls is not ReportedFigure], ids=lambda cls: cls.__record__.name
)
@given(data=st.data())
def test_the_generated_reader_needs_no_reference_for_what_is_right(cls: type[Record], data: st.DataObject) -> None:
    def refuse(given: Any) -> Any:
        pytest.fail(f"the reference was asked about {given}")

    drawn = data.draw(records(cls))
    plain = json.loads(json.dumps(to_plain(drawn)))
    assert drawn == reading._reader(cls, plain_hooks, refuse, keyed=True)(plain)
    assert drawn == reading._reader(cls, row_hooks, refuse, keyed=False)(to_row(drawn))


def test_a_code_read_is_the_one_text_of_its_table() -> None:
    read = [from_plain(Resident, json.loads('{"id": "a", "name": "王", "marital": "10"}')).marital for _ in range(2)]
    assert read[0] is read[1]


class TestTypesWithRulesOfTheirOwn:
    """A draft would bypass them, so they are made by their constructors."""

    def test_a_check_of_the_class_is_kept(self) -> None:
        plain = {"id": "f", "metric": "m", "division": "d", "value": "1"}
        with pytest.raises(InvalidRecord, match="日期与时期"):
            from_plain(ReportedFigure, plain)

    def test_a_constructor_of_the_class_is_called(self) -> None:
        @record("shouted", label="喊", key=("word",))
        class Shouted(Record):
            """Makes its word loud."""

            word: str = text("词")

            def __init__(self, **facts: Any) -> None:
                self.__attrs_init__(**{**facts, "word": facts["word"].upper()})  # type: ignore[attr-defined]

        assert "ABC" == from_plain(Shouted, {"id": "s", "word": "abc"}).word

    def test_a_constructor_of_a_subclass_is_called(self) -> None:
        class Loud(Resident):
            __slots__ = ()

            def __init__(self, **facts: Any) -> None:
                super().__init__(**{**facts, "name": facts["name"].upper()})

        assert "ABC" == from_plain(Loud, {"id": "s", "name": "abc"}).name

    def test_a_new_of_the_class_is_called_with_the_values(self) -> None:
        asked = []

        @record("lone", label="独", key=("word",))
        class Lone(Record):
            """Notes the values it is made of."""

            word: str = text("词")

            def __new__(cls, **facts: Any) -> Any:
                asked.append(facts)
                return object.__new__(cls)

        from_plain(Lone, {"id": "a", "word": "b"})
        assert [{"id": "a", "word": "b"}] == asked

    def test_a_default_that_breaks_its_declaration_is_refused(self) -> None:
        @record("flawed", label="缺陷", key=("sex",))
        class Flawed(Record):
            """Its default stands in no table."""

            sex: str = code("性别", table="sex", default="7")

        with pytest.raises(InvalidRecord, match=r"flawed\.sex = '7'"):
            from_plain(Flawed, {"id": "f"})

    def test_a_default_is_made_anew_by_its_factory(self) -> None:
        @record("made", label="新制", key=("words",))
        class Made(Record):
            """Its default comes from a factory."""

            words: tuple[str, ...] = texts("词", default=attrs.Factory(lambda: ("a",)))

        assert ("a",) == from_plain(Made, {"id": "f"}).words


def test_a_memory_keeps_its_bound_and_stays_right() -> None:
    class Small(reading._Memory):
        bound = 3

    memory = Small(int)
    for number in [*range(10), *range(10)]:
        assert number == memory[str(number)]
        assert memory[None] is None
        assert len(memory) <= Small.bound


def test_a_memory_keeps_nothing_that_means_nothing() -> None:
    memory = reading._Memory(int)
    for wrong in ("x", 1.0, _Word("1")):
        with pytest.raises((ValueError, TypeError)):
            memory[wrong]  # type: ignore[index]
    assert {None: None} == memory


class TestBulk:
    @pytest.fixture(autouse=True)
    def collector(self) -> Iterator[None]:
        yield
        gc.enable()

    def test_the_collector_pauses_in_the_block_and_goes_on_after_it(self) -> None:
        with bulk():
            assert not gc.isenabled()
        assert gc.isenabled()

    def test_it_goes_on_after_an_exception(self) -> None:
        with pytest.raises(InvalidRecord), bulk():
            from_plain(Resident, {"id": "a", "name": None})
        assert gc.isenabled()

    def test_the_outermost_of_nested_blocks_decides(self) -> None:
        with bulk():
            with bulk():
                pass
            assert not gc.isenabled()
        assert gc.isenabled()

    def test_a_collector_that_was_off_stays_off(self) -> None:
        gc.disable()
        with bulk():
            pass
        assert not gc.isenabled()
