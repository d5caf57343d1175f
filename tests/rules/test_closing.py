"""Filed figures add up over the year and over the communities, or a finding names both sides."""

from datetime import date
from decimal import Decimal

import pytest

import shequ
from shequ.model import Community, CommunityStatus, ReportedFigure, SubDistrict
from shequ.rules import Finding

STREET, EAST, WEST, IDLE = "999900001000", "999900001001", "999900001002", "999900001003"
DAY = date(2025, 12, 31)


@pytest.fixture
def street(register: shequ.Register) -> shequ.Register:
    """A sub-district of two operating communities and one that does not operate."""
    register._district = STREET
    register.put(
        SubDistrict(id=STREET, code=STREET, name="云溪街道"),
        *(
            Community(id=code, code=code, name=name, sub_district=STREET, status=status)
            for code, name, status in (
                (EAST, "东社区", CommunityStatus.OPERATING),
                (WEST, "西社区", CommunityStatus.OPERATING),
                (IDLE, "石坊社区", CommunityStatus.NOT_CONVERTED),
            )
        ),
        reason="test",
    )
    return register


def filed(metric: str, value: int, division: str = STREET, **time: object) -> ReportedFigure:
    key = "-".join((metric, division, *map(str, time.values())))
    return ReportedFigure(
        id="f" + "".join(char if char.isalnum() else "-" for char in key),
        metric=metric,
        division=division,
        value=Decimal(value),
        **time,  # type: ignore[arg-type] # a test's own facts
    )


def found(register: shequ.Register, rule: str) -> list[Finding]:
    return [finding for finding in register.check(at=DAY) if finding.rule == rule]


class TestYear:
    def months(self, *values: int, metric: str = "matters.handled") -> list[ReportedFigure]:
        return [filed(metric, value, EAST, period=f"2025-{month:02d}") for month, value in enumerate(values, 1)]

    def test_a_year_that_is_not_the_sum_of_its_months_is_found_with_both_sides(self, street: shequ.Register) -> None:
        street.put(*self.months(*[10] * 12), filed("matters.handled", 119, EAST, period="2025"), reason="test")
        (one,) = found(street, "figures.year")
        assert ("东社区办理事务（2025）上报 119，按各月上报数应为 120", 119, "=120") == (
            one.message,
            one.measured,
            one.threshold,
        )
        assert ("data", EAST) == (one.group, one.place.code)

    def test_a_year_that_closes_or_lacks_a_month_is_not(self, street: shequ.Register) -> None:
        street.put(*self.months(*[10] * 12), filed("matters.handled", 120, EAST, period="2025"), reason="test")
        assert [] == found(street, "figures.year")
        street.put(*self.months(*[1] * 11, metric="petitions.received"), reason="test")
        street.put(filed("petitions.received", 90, EAST, period="2025"), reason="test")
        assert [] == found(street, "figures.year")

    def test_quarters_are_held_against_their_months_too(self, street: shequ.Register) -> None:
        street.put(*self.months(1, 2, 3), filed("matters.handled", 7, EAST, period="2025Q1"), reason="test")
        (one,) = found(street, "figures.year")
        assert "（2025Q1）上报 7，按各月上报数应为 6" in one.message

    @pytest.mark.parametrize(("year", "wrong"), [(9, 1), (10, 0), (60, 0), (120, 0), (121, 1)])
    def test_persons_who_count_once_lie_between_the_largest_part_and_the_sum(
        self, street: shequ.Register, year: int, wrong: int
    ) -> None:
        street.put(*self.months(*[10] * 12, metric="participation.people"), reason="test")
        street.put(filed("participation.people", year, EAST, period="2025"), reason="test")
        assert wrong == len(found(street, "figures.year"))


class TestCommunities:
    def test_a_sub_district_that_is_not_the_sum_is_found_with_both_sides(self, street: shequ.Register) -> None:
        street.put(
            filed("safety.disputes", 3, EAST, period="2025"),
            filed("safety.disputes", 4, WEST, period="2025"),
            filed("safety.disputes", 8, period="2025"),
            reason="test",
        )
        (one,) = found(street, "figures.communities")
        assert ("云溪街道民事纠纷（2025）上报 8，按2 个社区上报数应为 7", 8, "=7") == (
            one.message,
            one.measured,
            one.threshold,
        )

    def test_what_a_community_that_does_not_operate_filed_is_added(self, street: shequ.Register) -> None:
        figures = [filed("safety.disputes", 3, code, period="2025") for code in (EAST, WEST, IDLE)]
        street.put(*figures, filed("safety.disputes", 9, period="2025"), reason="test")
        assert [] == found(street, "figures.communities")

    def test_while_one_that_operates_has_not_filed_nothing_is_said(self, street: shequ.Register) -> None:
        street.put(
            filed("safety.disputes", 3, EAST, period="2025"), filed("safety.disputes", 8, period="2025"), reason="test"
        )
        assert [] == found(street, "figures.communities")

    def test_ratios_are_not_added(self, street: shequ.Register) -> None:
        shares = [filed("bodies.present", 1, code, at=DAY) for code in (EAST, WEST, STREET)]
        street.put(*shares, reason="test")
        assert [] == found(street, "figures.communities")
