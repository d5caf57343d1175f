"""Whatever a record holds comes back from both forms."""

import json
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shequ.codec import from_plain, from_row, to_plain, to_row
from shequ.effective import PartialDate
from shequ.errors import InvalidRecord
from shequ.model import RECORD_TYPES, Kind, Record
from shequ.model.record import FieldSpec

_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
_IDS = st.from_regex(r"[0-9A-Za-z][0-9A-Za-z_.\-]{0,20}", fullmatch=True)


def values(spec: FieldSpec) -> st.SearchStrategy[Any]:
    number = st.integers(-(2**62), 2**62) if spec.signed else st.integers(0, 2**62)
    strategy: st.SearchStrategy[Any] = {
        Kind.TEXT: _IDS if spec.name == "id" else _TEXT,
        Kind.TEXTS: st.lists(_TEXT.filter(bool), max_size=3).map(tuple),
        Kind.CODE: st.sampled_from(list(spec.choices) or ["x"]),
        Kind.TERM: st.sampled_from(list(spec.terms or [])) if spec.terms else st.nothing(),
        Kind.REF: _IDS,
        Kind.COUNT: number,
        Kind.MONEY: number,
        Kind.MEASURE: number.map(lambda n: Decimal(n).scaleb(-spec.scale)),
        Kind.FLAG: st.booleans(),
        Kind.DAY: st.dates(),
        Kind.PARTIAL_DAY: st.dates(date(1000, 1, 1)).map(lambda d: PartialDate(d.year, d.month)),
        Kind.MOMENT: st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
        Kind.TIME: st.times().map(lambda t: time(t.hour, t.minute)),
    }[spec.kind]
    return st.none() | strategy if spec.optional else strategy


@st.composite
def records(draw: st.DrawFn, cls: type[Record]) -> Record:
    declared = cls.__record__
    facts = {spec.name: draw(values(spec)) for spec in declared.fields.values()}
    for start, end in declared.spans * 3:  # spans may share an end: sort as bubbles do
        if facts[start] is not None and facts[end] is not None and facts[end] < facts[start]:
            facts[start], facts[end] = facts[end], facts[start]
    if declared.name == "reported_figure":
        facts |= {"period": "2025", "at": None, "breakdown": None, "group": None}
    return cls(**facts)


@pytest.mark.parametrize("cls", RECORD_TYPES, ids=lambda cls: cls.__record__.name)
@given(data=st.data())
def test_a_record_comes_back_from_both_forms(cls: type[Record], data: st.DataObject) -> None:
    record = data.draw(records(cls))
    assert record == from_plain(cls, json.loads(json.dumps(to_plain(record))))
    assert record == from_row(cls, to_row(record))


def test_what_breaks_the_declaration_is_refused_on_the_way_in() -> None:
    cls = next(cls for cls in RECORD_TYPES if cls.__record__.name == "resident")
    with pytest.raises(InvalidRecord, match="sex"):
        from_plain(cls, {"id": "a", "name": "王", "sex": "7"})
