"""What a community holds: something in each quarter, a culture week in the year."""

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

from shequ.calendars import Period
from shequ.effective import Answer, local_date
from shequ.query import During, eq
from shequ.rules.finding import Finding, Severity
from shequ.rules.judgement import Judgement
from shequ.rules.ruleset import Rule

__all__ = ["culture_week", "quarter_without"]

_CULTURE_WEEK = "文化周"


def quarter_without(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """Each operating community holds the demanded number of activities in each quarter of the year that is over."""
    for place in judged.communities():
        norm = judged.parameter("activities.per_quarter", place)
        if isinstance(norm, Answer) or not judged.complete(place, "activity", over_year=True):
            continue
        within = set(judged.tree.within(place, judged.at))
        held = Counter(
            (local_date(row.began).month - 1) // 3
            for row in judged.records("activity", During("began"))
            if judged.place_of(row).id in within
        )
        for number, quarter in enumerate(Period.year(judged.at.year).quarters()):
            found = Fraction(held[number])
            if quarter.last_day <= judged.at and not norm.met_by(found):
                yield judged.finding(
                    rule,
                    place,
                    f"{place.name}{judged.at.year}年第{'一二三四'[number]}季度安排活动 {found} 次，规定{norm.shown} 次",
                    subject=f"{place.name} {quarter}",
                    measured=found,
                    threshold=norm.shown,
                    citation=norm.citation,
                )


def culture_week(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """Each operating community holds the demanded number of culture weeks in the year; until it is over, advice."""
    for place in judged.communities():
        norm = judged.parameter("culture.weeks_per_year", place)
        if isinstance(norm, Answer) or not judged.complete(place, "activity", over_year=True):
            continue
        within = set(judged.tree.within(place, judged.at))
        weeks = Fraction(
            sum(
                judged.place_of(row).id in within
                for row in judged.records("activity", During("began") & eq("theme", _CULTURE_WEEK))
            )
        )
        if not norm.met_by(weeks):
            yield judged.finding(
                rule,
                place,
                f"{place.name}{judged.at.year}年举办文化周 {weeks} 次，规定{norm.shown} 次"
                f"{'' if judged.year_over else '（年度尚未结束）'}",
                severity=rule.severity if judged.year_over else Severity.ADVICE,
                measured=weeks,
                threshold=norm.shown,
                citation=norm.citation,
                remedy=f"再举办 {norm.value - weeks} 次文化周" if weeks < norm.value else rule.remedy,
            )
