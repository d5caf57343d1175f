"""What the law says by date, held against a table of its own: each row on the day before, on the day, and after.

The table is that of the domain's description, section 5, and knows nothing of the rule file.
"""

from collections import defaultdict
from datetime import date, timedelta

import pytest

from shequ.effective import Answer
from shequ.rules import ParameterBook, ParameterValue, Severity
from shequ.rules.national import national_rules

BOOK = ParameterBook(national_rules().parameters)
RULES = {rule.name: rule for rule in national_rules().rules}
ONE = timedelta(days=1)
TABLE = """
committee.households               | 1954-12-31 | 1990-01-01 | between 100-600   | generally | 城市居民委员会组织条例
committee.households               | 1990-01-01 | 2026-01-01 | between 100-700   | generally | 组织法第六条
committee.households               | 2026-01-01 |            | between 1000-3000 | generally | 2025年10月28日修订）第三条
committee.members                  | 1990-01-01 | 2026-01-01 | between 5-9       |           | 第七条
committee.term_years               | 1990-01-01 | 2018-12-29 | = 3               |           | 第八条
committee.term_years               | 2018-12-29 | 2026-01-01 | = 5               |           | 2018年12月29日决定
premises.service_area              | 2017-06-12 |            | >= 30             |           | 中发〔2017〕13号；国办发〔2021〕56号
volunteers.record_due              | 2021-02-01 |            | <= 10             |           | 民政部令第67号）第十一条
volunteers.records_kept            | 2021-05-21 |            | >= 10             |           | GB/T 40143-2021
petitions.answer_days              | 2005-05-01 | 2022-05-01 | <= 15             |           | 信访条例第二十二条
petitions.answer_days              | 2022-05-01 |            | <= 15             |           | 信访工作条例第二十三条
petitions.conclude_days            | 2005-05-01 | 2022-05-01 | <= 60             |           | 信访条例第三十三条
petitions.conclude_days            | 2022-05-01 |            | <= 60             |           | 信访工作条例第三十四条
petitions.conclude_claims_only     | 2022-05-01 |            | = 1               |           | 信访工作条例第三十四条
petitions.extension_days           | 2005-05-01 | 2022-05-01 | <= 30             |           | 信访条例第三十三条
petitions.extension_days           | 2022-05-01 |            | <= 30             |           | 信访工作条例第三十四条
petitions.review_days              | 2005-05-01 | 2022-05-01 | <= 30             |           | 信访条例第三十四条、第三十五条
petitions.review_days              | 2022-05-01 |            | <= 30             |           | 信访工作条例第三十五条、第三十六条
petitions.objection_days           | 2022-05-01 |            | <= 5              |           | 信访工作条例
mediation.settle_months            | 2002-11-01 |            | <= 1              | generally | 若干规定第三十三条
mediation.confirm_days             | 2011-01-01 |            | <= 30             |           | 人民调解法第三十三条
mediation.committee_members        | 2011-01-01 |            | between 3-9       |           | 人民调解法第八条
mediation.committee_women          | 2011-01-01 |            | >= 1              |           | 人民调解法第八条
mediation.committee_term_years     | 2011-01-01 |            | = 3               |           | 第十条
low_income.notice_days             | 2021-07-01 |            | >= 7              |           | 最低生活保障审核确认办法
low_income.decision_days           | 2021-07-01 |            | <= 30             |           | 最低生活保障审核确认办法
low_income.decision_days_longest   | 2021-07-01 |            | <= 45             |           | 最低生活保障审核确认办法
property.vote_turnout              | 2021-01-01 |            | >= 2/3            |           | 民法典第二百七十八条
property.vote_hire                 | 2021-01-01 |            | > 1/2             |           | 民法典第二百七十八条
property.vote_repair_fund          | 2021-01-01 |            | >= 3/4            |           | 民法典第二百七十八条
property.committee_filing_days     | 2003-09-01 |            | <= 30             |           | 物业管理条例第十六条
party.branch_members_least         | 2018-10-28 |            | >= 3              |           | 支部工作条例
party.branch_members_most          | 2018-10-28 |            | <= 50             | generally | 支部工作条例
party.branch_committee_from        | 2018-10-28 |            | >= 7              |           | 支部工作条例
party.general_meeting_months       | 2018-10-28 |            | <= 3              | generally | 第十二条至第十四条
party.committee_meeting_months     | 2018-10-28 |            | <= 1              | generally | 第十二条至第十四条
party.group_meeting_months         | 2018-10-28 |            | <= 1              | generally | 第十二条至第十四条
party.general_branch_from          |            |            | >= 50             | generally | 实践惯例（出处未核实）
party.committee_from               |            |            | >= 100            | generally | 实践惯例（出处未核实）
privacy.disclosure_log_years       | 2021-11-01 |            | >= 3              |           | 个人信息保护法第五十五条、第五十六条
"""
ROWS = [tuple(cell.strip() for cell in line.split("|")) for line in TABLE.strip().splitlines()]
UNKNOWN = {
    "committee.members": ("2025-12-31", "2026-01-01"),
    "committee.term_years": ("2025-12-31", "2026-01-01"),
    "property.vote_turnout": ("2021-01-01", "2020-12-31"),
    "property.vote_hire": ("2021-01-01", "2020-12-31"),
    "property.vote_repair_fund": ("2021-01-01", "2020-12-31"),
}
"""Parameter → the last or first day with a value, and the first or last day for which none is verified."""
LOCAL = {
    "staff.households_per_worker",
    "staff.per_10000_residents",
    "training.sessions_per_year",
    "activities.per_month",
    "activities.per_quarter",
    "symposia.per_year",
    "culture.weeks_per_year",
    "cards.contact_interval_months",
    "grid.households",
}
"""What has no nation-wide value, and is to have none."""


def value(name: str, day: date) -> ParameterValue | Answer:
    return BOOK.find(name, (), day)


def told(found: ParameterValue | Answer) -> str:
    """Comparator and value as the table writes them."""
    if isinstance(found, Answer):
        return found.value
    return f"{found.comparator} {found.value}" + (f"-{found.upper}" if found.upper is not None else "")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} {row[1]}")
def test_each_row_holds_from_its_day_to_its_end_and_not_a_day_longer(row: tuple[str, ...]) -> None:
    name, since, until, demand, generally, citation = row
    first = date.fromisoformat(since) if since else date(1990, 1, 1)
    last = date.fromisoformat(until) - ONE if until else date(2100, 1, 1)
    for day in (first, first + ONE, last):
        found = value(name, day)
        assert demand == told(found), day
        assert isinstance(found, ParameterValue)
        assert citation in found.citation
        assert (generally == "generally") == found.generally
    for day in ([first - ONE] if since else []) + ([last + ONE] if until else []):
        assert (demand, citation) != (told(value(name, day)), getattr(value(name, day), "citation", ""))


def test_there_is_no_value_that_the_table_does_not_have() -> None:
    rows = defaultdict(list)
    for name, since, *_ in ROWS:
        rows[name].append(since)
    shipped = {
        parameter.name: sorted("" if v.span.since is None else str(v.span.since) for v in parameter.values)
        for parameter in national_rules().parameters
        if parameter.values
    }
    assert {name: sorted(days) for name, days in rows.items()} == shipped


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_was_not_verified_is_no_value_and_says_so(name: str) -> None:
    known, unknown = (date.fromisoformat(day) for day in UNKNOWN[name])
    assert isinstance(value(name, known), ParameterValue)
    assert Answer.NOT_VERIFIED is value(name, unknown)


@pytest.mark.parametrize(
    ("name", "day", "answer"),
    [
        ("premises.service_area", "2017-06-11", Answer.NOT_YET),
        ("committee.households", "1954-12-30", Answer.NOT_YET),
        ("petitions.objection_days", "2022-04-30", Answer.NOT_YET),
        ("staff.households_per_worker", "2025-12-31", Answer.NEVER_KNOWN),
        ("no.such_parameter", "2025-12-31", Answer.NEVER_KNOWN),
    ],
)
def test_before_the_law_and_without_one_there_is_an_answer_and_no_value(name: str, day: str, answer: Answer) -> None:
    assert answer is value(name, date.fromisoformat(day))


@pytest.mark.parametrize("day", [date.min, date(1949, 10, 1), date.max])
def test_any_day_at_all_has_an_answer(day: date) -> None:
    for name in BOOK:
        found = value(name, day)
        assert isinstance(found, ParameterValue) == (isinstance(found, ParameterValue) and day in found.span)


def test_what_is_local_has_no_national_value_and_a_rule_that_waits_for_it() -> None:
    parameters = {parameter.name: parameter for parameter in national_rules().parameters}
    assert set() == {name for name in LOCAL if parameters[name].values}
    waiting = {name for rule in RULES.values() for name in rule.uses}
    assert set() == LOCAL - waiting


def test_generally_means_advice_wherever_a_rule_asks_for_such_a_value() -> None:
    for parameter in national_rules().parameters:
        for one in parameter.values:
            if one.generally:
                waiting = [rule for rule in RULES.values() if parameter.name in rule.uses]
                assert waiting, parameter.name
                # A rule that mixes such a value with others gives it its own weight; the rest are advice altogether.
                mixed = {"party.branch_size"}
                assert {Severity.ADVICE} >= {rule.severity for rule in waiting if rule.name not in mixed}
