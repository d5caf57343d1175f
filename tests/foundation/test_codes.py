"""Numbers given out by the state: verdicts of separate facts, held against independent implementations."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shequ.codes import (
    DivisionLevel,
    NumberKind,
    area_in_use,
    check_digit,
    code_table,
    credit_code_problem,
    division_advice,
    division_level,
    division_prefix,
    full_resident_id,
    judge_resident_id,
    mask_resident_id,
    parent_division,
)
from shequ.codes.areas import _areas
from shequ.errors import Misuse

try:
    import stdnum.cn.ric
    import stdnum.cn.uscc
except ImportError:
    stdnum = None

independent = pytest.mark.skipif(
    stdnum is None, reason="python-stdnum, the independent implementation, comes with the extra dev"
)
demonstration_ids = st.builds(
    lambda birth, sequence: (first := f"999900{birth:%Y%m%d}{sequence:03d}") + check_digit(first),
    st.dates(date(1900, 1, 1), date(2025, 12, 31)),
    st.integers(0, 999),
)


def _theirs(code: str, year: int) -> bool:
    """Whether python-stdnum finds an area in a year."""
    try:
        stdnum.cn.ric.get_birth_place((first := f"{code}{year}0101001") + check_digit(first))
    except (stdnum.exceptions.InvalidComponent, KeyError):  # the latter for a code of a known province
        return False
    return True


class TestResidentId:
    @independent
    @given(demonstration_ids)
    def test_check_digit_agrees_with_an_independent_implementation(self, number: str) -> None:
        assert number[-1] == stdnum.cn.ric.calc_check_digit(number)

    @given(demonstration_ids)
    def test_every_fact_of_a_right_number_is_given(self, number: str) -> None:
        verdict = judge_resident_id(number)
        assert verdict.problem is None
        assert date(int(number[6:10]), int(number[10:12]), int(number[12:14])) == verdict.birth_date
        assert {"1": 1, "2": 0}[verdict.sex or ""] == int(number[16]) % 2
        assert verdict.area == "demonstration"

    @given(demonstration_ids, st.integers(0, 16), st.integers(1, 9))
    def test_one_wrong_digit_is_always_found(self, number: str, place: int, by: int) -> None:
        wrong = number[:place] + str((int(number[place]) + by) % 10) + number[place + 1 :]
        assert judge_resident_id(wrong).problem is not None

    def test_an_abolished_county_is_no_problem_though_other_validators_reject_it(self) -> None:
        # 110103 (崇文区) was abolished in 2010; python-stdnum knows it, but not every code that people bear, and
        # rejects those whose county it does not list. We state the area as a fact and reject nobody for it.
        first = "11010319850101001"
        number = first + check_digit(first)
        assert judge_resident_id(number, year=2015).problem is None
        assert "abolished" == judge_resident_id(number, year=2015).area
        assert "known" == judge_resident_id(number, year=1985).area

    @pytest.mark.parametrize(
        ("number", "says"),
        [
            ("123", "18 位"),
            ("99990020251301001X", "不是日期"),
            ("999900196006300018", "应为 7"),
            ("99990019600630001x", "18 位"),
        ],
    )
    def test_what_is_wrong_is_said(self, number: str, says: str) -> None:
        assert says in (judge_resident_id(number).problem or "")

    @given(st.dates(date(1800, 1, 1), date(2100, 1, 1)), st.none() | st.dates(date(1990, 1, 1), date(2050, 1, 1)))
    def test_a_bearer_was_born_since_1860_and_not_after_the_day(self, born: date, at: date | None) -> None:
        first = f"999900{born:%Y%m%d}001"
        verdict = judge_resident_id(first + check_digit(first), at=at)
        assert (date(1860, 1, 1) <= born and (at is None or born <= at)) == (verdict.problem is None)

    @given(demonstration_ids.filter(lambda number: number[6:8] == "19"))
    def test_the_old_form_gives_the_same_facts_but_no_check(self, number: str) -> None:
        old = number[:6] + number[8:17]
        verdict, full = judge_resident_id(old), judge_resident_id(number)
        assert (NumberKind.OLD, None, None) == (verdict.kind, verdict.check_ok, verdict.problem)
        assert (full.birth_date, full.sex, full.area) == (verdict.birth_date, verdict.sex, verdict.area)
        assert number == full_resident_id(old)
        assert number == full_resident_id(number)

    @pytest.mark.parametrize(
        ("number", "kind"),
        [("810000199408230021", NumberKind.PERMIT), ("830000199201300022", NumberKind.PERMIT)],
    )
    def test_residence_permits_are_judged_like_identity_numbers(self, number: str, kind: NumberKind) -> None:
        first = number[:17]
        verdict = judge_resident_id(first + check_digit(first))
        assert (kind, None, "known") == (verdict.kind, verdict.problem, verdict.area)

    @independent
    def test_a_permit_that_another_validator_rejects_is_none_the_worse(self) -> None:
        # python-stdnum knows no area 81–83 and so rejects everybody who holds such a permit; we do not.
        number = "810000199408230021"[:17]
        assert not stdnum.cn.ric.is_valid(number + check_digit(number))
        assert judge_resident_id(number + check_digit(number)).problem is None

    def test_an_area_is_known_in_a_year_or_not(self) -> None:
        first = "50010319900307001"
        number = first + check_digit(first)
        assert ("abolished", "known", "known") == tuple(
            judge_resident_id(number, year=year).area for year in (1996, 1998, None)
        )
        assert judge_resident_id("110199" + number[6:]).area == "unknown"

    @independent
    @given(st.integers(100000, 659999).map(str) | st.sampled_from(sorted(_areas())), st.integers(1900, 2030))
    def test_areas_by_year_agree_with_an_independent_table(self, code: str, year: int) -> None:
        assert _theirs(code, year) == area_in_use(code, year)

    @independent
    @pytest.mark.slow
    def test_every_area_begins_and_ends_in_the_year_of_an_independent_table(self) -> None:
        bounds = [
            (code, bound + by)
            for code, spans in _areas().items()
            for bound in {bound for span in spans for bound in span if bound is not None}
            for by in (-1, 0, 1)
        ]
        assert len(bounds) > 10_000
        assert [] == [case for case in bounds if _theirs(*case) != area_in_use(*case)]

    @given(demonstration_ids)
    def test_masking_hides_birth_date_and_sequence(self, number: str) -> None:
        masked = mask_resident_id(number)
        assert len(number) == len(masked)
        assert number[4:16] not in masked
        assert number[:4] + "*" * 12 + number[-2:] == masked


_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@independent
@given(st.text(_ALPHABET, min_size=17, max_size=17), st.sampled_from(_ALPHABET))
def test_credit_codes_agree_with_an_independent_implementation(first: str, check: str) -> None:
    right = stdnum.cn.uscc.calc_check_digit(first)
    assert (right == check) == (credit_code_problem(first + check) is None)


class TestDivision:
    @pytest.mark.parametrize(
        ("code", "level", "parent", "prefix"),
        [
            ("330000000000", DivisionLevel.PROVINCE, None, "33"),
            ("330200000000", DivisionLevel.CITY, "330000000000", "3302"),
            ("330210000000", DivisionLevel.COUNTY, "330200000000", "330210"),
            ("330203001000", DivisionLevel.TOWN, "330203000000", "330203001"),
            ("330203001001", DivisionLevel.VILLAGE, "330203001000", "330203001001"),
            ("LOCAL-10", None, None, "LOCAL-10"),
        ],
    )
    def test_level_parent_and_prefix_follow_from_the_code(
        self, code: str, level: DivisionLevel | None, parent: str | None, prefix: str
    ) -> None:
        assert (level, parent, prefix) == (division_level(code), parent_division(code), division_prefix(code))

    @pytest.mark.parametrize(
        ("code", "usual"), [("330203001001", True), ("330203001401", False), ("330203400000", False)]
    )
    def test_a_segment_outside_the_usual_ranges_is_advice(self, code: str, usual: bool) -> None:
        assert usual == (division_advice(code) is None)


def test_national_tables_have_their_standard_and_labels() -> None:
    assert code_table("political").standard == "GB/T 4762-1984"
    assert code_table("political").label("01") == "中共党员"
    assert code_table("political").find("群众") == "13"
    with pytest.raises(Misuse, match="sex"):
        code_table("nothing")
