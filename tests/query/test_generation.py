"""The generated pass finds what the reference finds row by row."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shequ.model import RECORD_TYPES, Matter, PartyMember, Record, Schema, ServiceRecord, Volunteer
from shequ.query import Count, Evaluator, Keys, Measure, Outside, When, eq
from shequ.testing import StoreConformance
from shequ.testing.stores.aggregates import WHENS, Questions, few_records, near_records, needs_period, outcome
from shequ.testing.stores.queries import IDS, Given, linked

SCHEMA = Schema(RECORD_TYPES)
MOMENTS = [
    datetime.fromisoformat(f"{day}:00+08:00") for day in ("2025-06-30T09:00", "2025-06-28T10:00", "2027-01-04T10:00")
]
"""Within the hours, on a Saturday, and in a year whose calendar is not known."""


class Suite(StoreConformance):
    """For its schema."""

    __test__ = False


class Generated(Evaluator):
    """Writes a function for every pass, however small the table is."""

    worth = 0


class Mixed(Evaluator):
    """Writes one where a table has some rows, so that counts look at tables of both kinds."""

    worth = 3


class Plain(Evaluator):
    """Writes none."""

    worth = 2**63


def worlds(cls: type[Record]) -> st.SearchStrategy[dict[str, list[Record]]]:
    related = {spec.to: SCHEMA[spec.to].cls for spec in cls.__record__.references if spec.to}
    return st.fixed_dictionaries(
        {
            **{name: few_records(kind) for name, kind in related.items() if kind is not cls},
            cls.__record__.name: st.lists(linked(cls, near_records(cls)), min_size=1, max_size=6),
        }
    )


def compare(found: Mapping[str, list[Record]], asked: list[Measure], places: set[str], when: When) -> None:
    plain = Plain(Given(found), SCHEMA)
    sensible = [one for one in asked if when.period is not None or not needs_period(one)]
    for generated in (Generated(Given(found), SCHEMA), Mixed(Given(found), SCHEMA)):
        generated.prepare(sensible, when)
        for measure in sensible:
            expected = outcome(partial(plain.answer, measure, places, when))
            answer = partial(generated.answer, measure, places, when)
            assert expected == outcome(answer), measure


@pytest.mark.parametrize("cls", [ServiceRecord, PartyMember, Volunteer, Matter])
@pytest.mark.slow
def test_many_questions_in_one_pass_have_the_answers_of_each(cls: type[Record]) -> None:
    drawn = worlds(cls).flatmap(
        lambda found: st.tuples(
            st.just(found), st.lists(Questions(Suite(), cls, found).measure, min_size=8, max_size=8)
        )
    )

    @settings(max_examples=max(4, settings().max_examples // 2))
    @given(drawn, st.sets(st.sampled_from((*IDS, "none"))), st.sampled_from(WHENS))
    def check(asked: tuple[dict[str, list[Record]], list[Measure]], places: set[str], when: When) -> None:
        compare(*asked, places, when)

    check()


def test_what_is_not_known_to_the_generator_is_asked_as_the_reference_compiled_it() -> None:
    matters = [
        Matter(id=f"m{n}", number=str(n), community="a", category="x", asked=moment, handled=moment)
        for n, moment in enumerate(MOMENTS)
    ]
    asked = [
        Count(Keys("matter", "id", eq(Outside("handled"), True))),
        Count(Keys("matter", "id", eq(Outside("handled"), False) & eq("category", "x"))),
        Count(Keys("matter", "id")),
    ]
    compare({"matter": matters}, asked, {"a"}, WHENS[0])
    found = Generated(Given({"matter": matters}), SCHEMA)
    found.prepare(asked, WHENS[0])
    assert len(MOMENTS) == found.answer(asked[2], ["a"], WHENS[0]).value  # the one that needs no calendar is answered
