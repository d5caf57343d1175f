"""A name or number of somebody is found in a text however it is written, and a date is no telephone."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shequ.lifecycle.naming import Names, bare, may_hold_telephone
from shequ.model import Resident

PEOPLE = (
    Resident(id="r-1", name="李四妹", id_number="330203195001010012", phone="13800001234、0574-88776655"),
    Resident(id="resident-2", name="阿卜杜拉·买买提"),
    Resident(id="3", name="Anna Li（李安娜）", phone="无"),
)
NAMES = Names(PEOPLE)
FACTS = ("李四妹", "阿卜杜拉买买提", "AnnaLi", "李安娜", "13800001234", "88776655", "330203195001010012", "resident2")
BETWEEN = st.lists(st.sampled_from(" \u3000·•・‧ㆍ⋅.．-－—_/、()（）\u200b\u200d\u2060\ufeff\u00ad\t"), max_size=3).map(
    "".join
)
AROUND = st.sampled_from(["", "看望", "为", "修灯", "——"])


def _wide(char: str) -> str:
    return chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char


@given(st.sampled_from(FACTS), st.data())
def test_a_fact_is_found_whatever_stands_between_its_characters(fact: str, data: st.DataObject) -> None:
    written = "".join(
        data.draw(st.sampled_from([char, char.upper(), char.lower(), _wide(char)])) + data.draw(BETWEEN)
        for char in fact
    )
    assert NAMES.in_text(f"{data.draw(AROUND)}{written}{data.draw(AROUND)}")


@given(st.text(max_size=40))
def test_comparing_again_changes_nothing(text: str) -> None:
    assert bare(text) == bare(bare(text))


@pytest.mark.parametrize("text", ["看望李大妈", "12栋305室送药", "看望安娜", "第3季度义诊", "联系电话无人接听", ""])
def test_what_names_nobody_is_no_name(text: str) -> None:
    assert not NAMES.in_text(text)


@pytest.mark.parametrize(
    "text", ["回访13912345678", "139-1234-5678", "139 1234 5678", "１３９·12345678", "0574－88001122"]
)
def test_a_strangers_telephone_is_found_too(text: str) -> None:
    assert may_hold_telephone(text)
    assert NAMES.in_text(text)


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.sampled_from("-./"))
def test_a_date_is_no_telephone(day: date, between: str) -> None:
    assert not may_hold_telephone(day.strftime(f"%Y{between}%m{between}%d") + "清扫")
    assert not may_hold_telephone("周三 14:00-16:30 倾听室")


def test_who_has_no_telephone_makes_no_number_private() -> None:
    assert not Names([Resident(id="1", name="甲乙", phone="110")]).known_in("拨打110的知识")
