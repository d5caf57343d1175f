"""What make_sample promises about all its records."""

import hashlib
import os
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shequ.errors import Misuse
from shequ.model import RECORD_TYPES, FieldSpec, Kind, Record
from shequ.sample import FLAWS, SMALLEST, Sample, make_sample

SUB_DISTRICT = "999900001000"
SIZES = st.integers(SMALLEST, 400)
SEEDS = st.integers(0, 10**6)
quick = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])

# Values that this district has no use for.
ABSENT = {
    ("division", "level"): {"county"},
    ("community", "status"): {"approved", "merged", "dissolved"},
    ("resident", "sex"): {"0", "9"},
    ("community_worker", "sex"): {"0", "9"},
    ("community_worker", "education"): {"90"},
    # A card is sent with the member's consent, never on another basis.
    ("contact_card", "basis"): {"contract", "duty", "other"},
    ("disclosure", "basis"): {"contract", "duty", "other"},
}


def texts(value: Any) -> tuple[str, ...]:
    return () if value is None else (str(value),) if not isinstance(value, tuple) else value


def dangling(sample: Sample) -> Iterator[tuple[str, str, str]]:
    ids = {name: {record.id for record in records} for name, records in sample.records.items()}
    for name, records in sample.records.items():
        for spec in records[0].__record__.references:
            assert spec.to is not None
            for record in records:
                value = getattr(record, spec.name)
                if value is not None and value not in ids[spec.to]:
                    yield name, spec.name, value


@pytest.mark.slow
class TestAnySize:
    @given(SEEDS, SIZES)
    @quick
    def test_no_type_is_empty_and_every_reference_resolves(self, seed: int, households: int) -> None:
        sample = make_sample(seed, households)
        expected = [cls.__record__.name for cls in RECORD_TYPES]
        assert expected == [*sample.records, "rule_source"]
        assert [] == [name for name, records in sample.records.items() if not records]
        assert [] == list(dangling(sample))

    @given(SEEDS, SIZES)
    @quick
    def test_the_book_holds_as_many_households_as_were_asked_for(self, seed: int, households: int) -> None:
        sample = make_sample(seed, households)
        assert households == len(sample.records["household"])

    @given(SEEDS)
    @quick
    def test_the_same_seed_gives_an_equal_sample(self, seed: int) -> None:
        assert make_sample(seed, SMALLEST) == make_sample(seed, SMALLEST)

    @given(SEEDS)
    @quick
    def test_another_seed_gives_other_people(self, seed: int) -> None:
        first, second = make_sample(seed, SMALLEST), make_sample(seed + 1, SMALLEST)
        assert first.records["resident"] != second.records["resident"]

    def test_a_district_too_small_for_six_communities_is_refused(self) -> None:
        with pytest.raises(Misuse, match="59 households are too few"):
            make_sample(households=SMALLEST - 1)


@pytest.mark.slow
def test_every_process_makes_the_same_records() -> None:
    """The order in which Python hashes text differs from process to process and must not show."""
    program = (
        "import hashlib; from shequ.sample import make_sample; "
        "print(hashlib.sha256(repr(make_sample(7, 60)).encode()).hexdigest())"
    )
    digests = [
        subprocess.run(
            [sys.executable, "-c", program],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
        ).stdout.strip()
        for hash_seed in ("1", "2")
    ]
    here = hashlib.sha256(repr(make_sample(7, 60)).encode()).hexdigest()
    assert [here, here] == digests


class TestFullSize:
    @pytest.mark.parametrize(
        ("name", "low", "high"),
        [
            ("community", 6, 6),
            ("household", 5000, 5000),
            ("resident", 12_500, 13_500),
            ("matter", 3000, 5000),
            ("party_member", 285, 315),
            ("service_record", 1000, 4000),
            ("contact_card", 100, 250),
            ("visit", 800, 1600),
            ("contact_slip", 3000, 5000),
            ("household_change", 800, 1600),
            ("step", 7000, 11_000),
        ],
    )
    def test_counts_are_those_of_a_sub_district(self, full_district: Sample, name: str, low: int, high: int) -> None:
        assert low <= len(full_district.records[name]) <= high

    def test_ids_and_natural_keys_are_distinct(self, full_district: Sample) -> None:
        for name, records in full_district.records.items():
            keys = Counter(tuple(getattr(r, field) for field in r.__record__.key) for r in records)
            assert (name, len(records)) == (name, len(keys))
            assert (name, len(records)) == (name, len({record.id for record in records}))

    def test_every_known_value_occurs(self, full_district: Sample) -> None:
        """Terms, national codes and open vocabularies, but for values that the full_district has no use for."""
        missing = {}
        for name, records in full_district.records.items():
            for spec in records[0].__record__.fields.values():
                if spec.choices:
                    seen = {text for record in records for text in texts(getattr(record, spec.name))}
                    absent = set(spec.choices) - seen
                    if absent:
                        missing[name, spec.name] = absent
        assert ABSENT == missing

    def test_divisions_named_are_the_sub_district_or_a_community(self, full_district: Sample) -> None:
        known = {SUB_DISTRICT, *(record.id for record in full_district.records["community"])}
        named = {
            value
            for name, records in full_district.records.items()
            if name != "division"
            for spec in records[0].__record__.references
            if spec.to == "division"
            for value in (getattr(record, spec.name) for record in records)
        }
        assert known == named | {"999900001006"}

    def test_five_communities_operate_and_the_sixth_says_why_not(self, full_district: Sample) -> None:
        states = {
            record.code: (str(record.status), bool(record.status_reason))
            for record in typed(full_district, "community")
        }
        operating = {f"99990000100{number}": ("operating", False) for number in range(1, 6)}
        assert operating | {"999900001006": ("not_converted", True)} == states

    def test_nothing_is_recorded_after_the_demonstrations_clock(self, full_district: Sample) -> None:
        clock = date(2026, 1, 5)
        late = [
            (name, spec.name, value)
            for name, records in full_district.records.items()
            for spec in records[0].__record__.fields.values()
            if happened(spec)
            for value in (day_of(record, spec) for record in records)
            if value is not None and value > clock
        ]
        assert [] == late


def typed(sample: Sample, name: str) -> tuple[Any, ...]:
    return sample.records[name]


def happened(spec: FieldSpec) -> bool:
    """Whether the field says when something was done; deadlines may lie ahead."""
    return spec.kind in (Kind.DAY, Kind.MOMENT) and spec.name not in ("until", "due", "planned")


def day_of(record: Record, spec: FieldSpec) -> date | None:
    value: Any = getattr(record, spec.name)
    day: date | None = value.date() if spec.kind is Kind.MOMENT and value is not None else value
    return day


class TestRules:
    def test_the_rule_set_gives_every_local_parameter_a_citation(self, full_district: Sample) -> None:
        rules = tomllib.loads(full_district.rules)
        values = {
            name: [(v["division"], v["since"], v["comparator"], v["value"]) for v in entry["values"]]
            for name, entry in rules["parameters"].items()
        }
        since = date(2020, 1, 1)
        assert {
            "staff.households_per_worker": [(SUB_DISTRICT, since, "<=", 300)],
            "staff.per_10000_residents": [(SUB_DISTRICT, since, ">=", 18)],
            "training.sessions_per_year": [(SUB_DISTRICT, since, ">=", 4)],
            "activities.per_month": [(SUB_DISTRICT, since, ">=", 1)],
            "symposia.per_year": [(SUB_DISTRICT, since, ">=", 2)],
            "culture.weeks_per_year": [(SUB_DISTRICT, since, ">=", 1)],
            "cards.contact_interval_months": [(SUB_DISTRICT, since, "<=", 6)],
            "grid.households": [(SUB_DISTRICT, since, "<=", 500)],
            "network.circle_metres": [(SUB_DISTRICT, since, "<=", 500)],
            "network.circle_kinds": [(SUB_DISTRICT, since, ">=", 3)],
            "network.culture_circle_metres": [(SUB_DISTRICT, since, "<=", 500)],
            "deadlines.due_soon_days": [(SUB_DISTRICT, since, "=", 5)],
            "cards.appointment_months": [(SUB_DISTRICT, since, "=", 24)],
            "activities.per_quarter": [(SUB_DISTRICT, since, ">=", 1)],
            "zones.slips_share": [(SUB_DISTRICT, since, ">=", 0.8)],
            "bodies.functions_per_worker": [(SUB_DISTRICT, since, "<=", 6)],
            "burden.inspections_per_year": [(SUB_DISTRICT, since, "<=", 6)],
            "burden.autonomous_share": [(SUB_DISTRICT, since, ">=", 0.1)],
            "work.class_share": [(SUB_DISTRICT, since, ">=", 0.05)],
            "participation.elderly_women_share": [(SUB_DISTRICT, since, "<=", 0.6)],
        } == values
        assert all(v["citation"] for entry in rules["parameters"].values() for v in entry["values"])
        assert all(entry["label"] and entry["unit"] for entry in rules["parameters"].values())

    def test_the_rule_set_is_the_districts_own(self, full_district: Sample) -> None:
        rules = tomllib.loads(full_district.rules)
        assert ("yunxi", "云溪街道标准") == (rules["name"], rules["label"])

    def test_every_flaw_lies_in_the_district(self, full_district: Sample) -> None:
        known = {record.id for record in full_district.records["division"]}
        assert set() == {flaw.where for flaw in FLAWS.values()} - known
