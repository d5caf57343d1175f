"""The rules find each flaw of the demonstration district where it lies, and nothing else."""

from typing import Any

import pytest
from hypothesis import given
from sample_pool import SAMPLES, quick
from sample_register import register_of

from shequ.rules import Finding
from shequ.rules.national import national_rules
from shequ.sample import FLAWS, Sample, make_sample

AT = "2025-12-31"
FOLLOWING = {
    ("staff.per_10000_residents", FLAWS["short of workers"].where),
    ("party.groups", FLAWS["branch too small"].where),
    ("party.meetings", FLAWS["month without activity"].where),
}
"""What follows from a flaw."""
UNMENDABLE = "committee.households"
"""What no district of this size can mend."""


def places(findings: tuple[Finding, ...]) -> set[tuple[str, str]]:
    return {(finding.rule, finding.place.code) for finding in findings if finding.rule != UNMENDABLE}


def expected(sample: Sample) -> set[tuple[str, str]]:
    size = len(sample.records["household"])
    return {(flaw.rule, flaw.where) for flaw in FLAWS.values() if size >= flaw.households}


@pytest.mark.parametrize(("households", "seed"), [(5000, 2025), (2000, 7)], ids=["full", "another"])
@pytest.mark.slow
def test_each_flaw_is_found_where_it_lies_and_nothing_else(households: int, seed: int, full_district: Sample) -> None:
    sample = full_district if seed == 2025 else make_sample(seed, households)
    found = register_of(sample).check(at=AT)
    assert expected(sample) | FOLLOWING == places(found)
    # The flaw of the missing bodies is two bodies.
    assert len(FLAWS) + len(FOLLOWING) + 1 == sum(finding.rule != UNMENDABLE for finding in found)


@quick
@given(SAMPLES)
@pytest.mark.slow
def test_in_a_small_district_no_rule_fails_and_the_same_is_found_again(sample: Sample) -> None:
    register = register_of(sample)
    for day, law in ((AT, AT), ("2024-06-30", "2024-06-30"), ("2026-01-05", "2026-01-05"), (AT, "1995-01-01")):
        found = register.check(at=day, law=law)
        assert [] == [finding.message for finding in found if "执行失败" in finding.message]
        assert found == register.check(at=day, law=law)
    # Where a handful of households makes up a community, shares of theirs mean nothing.
    volatile = {flaw.rule for flaw in FLAWS.values() if flaw.households} | {"staff.per_10000_residents"}
    missed = expected(sample) ^ places(register.check(at=AT))
    assert set() == {(rule, place) for rule, place in missed - FOLLOWING if rule not in volatile}


@pytest.fixture(scope="module")
def findings(full_district: Sample) -> tuple[Finding, ...]:
    return register_of(full_district).check(at=AT)


def test_every_finding_says_what_where_on_what_ground_and_what_to_do(findings: tuple[Finding, ...]) -> None:
    known = {rule.name for rule in national_rules().rules}
    uncited = {"party.groups", "premises.rented", "premises.venue_missing"}
    for finding in findings:
        assert finding.rule in known
        assert finding.subject
        assert finding.message
        assert finding.remedy
        assert finding.citation or finding.rule in uncited, finding.rule


def test_no_finding_names_a_resident(full_district: Sample, findings: tuple[Finding, ...]) -> None:
    said = "".join(f"{finding.subject}{finding.message}{finding.remedy}" for finding in findings)
    residents: tuple[Any, ...] = full_district.records["resident"]
    assert [] == [resident.id for resident in residents if len(resident.name) > 2 and resident.name in said]
    assert [] == [resident.id for resident in residents if resident.id_number and resident.id_number in said]
