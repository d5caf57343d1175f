"""Numbers and code tables that the state gives out: divisions, persons, organisations, classifications."""

from shequ.codes.areas import area_in_use, area_years
from shequ.codes.credit import credit_code_problem
from shequ.codes.division import (
    DivisionLevel,
    division_advice,
    division_level,
    division_prefix,
    parent_division,
)
from shequ.codes.resident_id import (
    NumberKind,
    ResidentIdVerdict,
    check_digit,
    full_resident_id,
    judge_resident_id,
    mask_resident_id,
)
from shequ.codes.tables import CodeTable, closed_vocabulary, code_table, open_vocabulary

__all__ = [
    "CodeTable",
    "DivisionLevel",
    "NumberKind",
    "ResidentIdVerdict",
    "area_in_use",
    "area_years",
    "check_digit",
    "closed_vocabulary",
    "code_table",
    "credit_code_problem",
    "division_advice",
    "division_level",
    "division_prefix",
    "full_resident_id",
    "judge_resident_id",
    "mask_resident_id",
    "open_vocabulary",
    "parent_division",
]
