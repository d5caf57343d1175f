"""What can occur does: every code of every table, every state of every lifecycle, every step."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shequ.model import RECORD_TYPES, FieldSpec
from shequ.testing.strategies import values

CODED: dict[str, FieldSpec] = {
    f"{cls.__record__.name}.{spec.name}": spec
    for cls in RECORD_TYPES
    for spec in cls.__record__.fields.values()
    if spec.choices
}


TABLES = {repr(sorted(spec.choices.items())): spec for spec in CODED.values()}


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
