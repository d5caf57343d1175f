"""What can occur does: every code of every table, every state of every lifecycle, every step."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from shequ.errors import Misuse
from shequ.lifecycle import LIFECYCLES, Lifecycle
from shequ.lifecycle.casework import DISPUTE
from shequ.model import RECORD_TYPES, DisputeState, FieldSpec, Term
from shequ.testing import CardHistory, card_histories, histories
from shequ.testing.strategies import values

CODED: dict[str, FieldSpec] = {
    f"{cls.__record__.name}.{spec.name}": spec
    for cls in RECORD_TYPES
    for spec in cls.__record__.fields.values()
    if spec.choices
}


TABLES = {(spec.kind, repr(sorted(spec.choices.items()))): spec for spec in CODED.values()}


def codes_drawn(spec: FieldSpec) -> set[str]:
    """The codes that some lists of values of a field hold."""
    seen: set[str] = set()

    @settings(max_examples=4, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.lists(values(spec), min_size=20 + 10 * len(spec.choices)))
    def draw(found: list[object]) -> None:
        for value in found:
            seen.update(map(str, value) if isinstance(value, tuple) else [str(value)])

    draw()
    return seen


@pytest.mark.slow
def test_every_code_and_term_of_every_field_occurs() -> None:
    missing = {
        spec.label: sorted({code for code in spec.choices if code} - codes_drawn(spec)) for spec in TABLES.values()
    }
    assert {} == {label: codes for label, codes in missing.items() if codes}
    assert len(TABLES) > 40


EACH_LIFECYCLE = pytest.mark.parametrize("lifecycle", LIFECYCLES, ids=lambda found: found.name)
ONCE = settings(
    max_examples=1, database=None, derandomize=True, suppress_health_check=list(HealthCheck), phases=[Phase.generate]
)


def of_each(seen: Callable[[CardHistory], Any], *lives: st.SearchStrategy[CardHistory]) -> tuple[Any, ...]:
    """What is seen in the first life that each strategy draws.

    Only that is handed on: whole lives hypothesis would describe word for word, which takes long.
    """

    @st.composite
    def each(draw: st.DrawFn) -> tuple[Any, ...]:
        return tuple(seen(draw(life)) for life in lives)

    found: tuple[Any, ...] = find(each(), lambda _drawn: True, settings=ONCE)
    return found


def rows_of(lifecycle: Lifecycle) -> list[tuple[Term, str]]:
    """A lifecycle's table as state and event."""
    return [(state, event) for state, row in lifecycle.table.items() for event in row]


def taken(history: CardHistory) -> set[tuple[str, str]]:
    """The rows of the table that a life went by."""
    return {(step.before, step.event) for step in history.steps}


def stands(history: CardHistory) -> Term:
    """Where the card stands at the end."""
    return history.lifecycle.state_of(history.card)


@EACH_LIFECYCLE
def test_a_life_can_be_asked_for_by_each_step_of_its_lifecycle(lifecycle: Lifecycle) -> None:
    first = find(card_histories(lifecycle, most=0), lambda _life: True, settings=ONCE).start
    rows = rows_of(lifecycle)
    lives = of_each(taken, *(card_histories(lifecycle, start=first, through=row) for row in rows))
    assert [] == [row for row, steps in zip(rows, lives, strict=True) if row not in steps]


@EACH_LIFECYCLE
def test_a_life_can_be_asked_for_by_the_state_it_ends_in(lifecycle: Lifecycle) -> None:
    first = find(card_histories(lifecycle, most=0), lambda _life: True, settings=ONCE).start
    ends = (card_histories(lifecycle, start=first, end=state) for state in lifecycle.states)
    assert lifecycle.states == of_each(stands, *ends)


@EACH_LIFECYCLE
def test_the_aims_of_a_life_that_is_asked_for_nothing_are_every_step_and_none(lifecycle: Lifecycle) -> None:
    """Whatever is an aim is one choice away; that each step can be taken is shown above."""
    aims: list[set[tuple[Term, str]]] = []
    for way in histories.ways(lifecycle, lifecycle.initial):
        state, gone = lifecycle.initial, set[tuple[Term, str]]()
        for event in way:
            gone.add((state, event))
            state = lifecycle.table[state][event]
        aims.append(gone)
    assert set() == aims[0]
    assert set(rows_of(lifecycle)) == set().union(*aims)


@given(st.data())
def test_a_step_and_an_end_can_be_asked_for_together(data: st.DataObject) -> None:
    rows = [row for row in rows_of(DISPUTE) if row[1] not in ("settle", "withdraw")]
    through = data.draw(st.sampled_from(rows))
    life = data.draw(card_histories(DISPUTE, through=through, end=DisputeState.FAILED, illegal=1))
    assert through in taken(life)
    assert DisputeState.FAILED is DISPUTE.state_of(life.card)
    assert 1 == len(life.illegal)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"through": (DisputeState.RECEIVED, "settle")}, "takes settle in received"),
        ({"end": DisputeState.SETTLED, "most": 1}, "of at most 1 steps from received ends in settled"),
        ({"through": (DisputeState.RECEIVED, "withdraw"), "end": DisputeState.FAILED}, "received and ends in failed"),
    ],
)
def test_what_no_life_does_is_said_with_the_table(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(Misuse, match=rf"dispute: no life .*{said} — .* one of \(received, mediate\), "):
        of_each(taken, card_histories(DISPUTE, **asked))
