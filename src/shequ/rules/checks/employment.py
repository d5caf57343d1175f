"""Public-welfare posts: those who find work hardest come first, where records say who waited."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Any

from shequ.effective import age
from shequ.model import MembershipKind, in_force
from shequ.query import During, eq, given
from shequ.rules.finding import Finding
from shequ.rules.judgement import Judgement
from shequ.rules.ruleset import Rule

__all__ = ["older_first"]

_FROM_AGE = {"2": 40, "1": 50}
_WITHOUT_WORK = "laid_off"


def _is_4050(person: Any, day: date) -> bool:
    """Whether somebody counts among the "4050" people by age: women from 40, men from 50."""
    return (
        person is not None
        and person.birth_date is not None
        and person.birth_date <= day
        and person.sex in _FROM_AGE
        and age(person.birth_date, day) >= _FROM_AGE[person.sex]
    )


def older_first(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """Nobody younger was given a post this year while "4050" people without work lived in the community.

    Who waited is told by number, never by name; without recorded categories nobody is known to have waited.
    """
    table = judged.engine.evaluator.table
    people = table("resident")
    given_away = [
        post
        for post in judged.records("public_welfare_post", During("since") & given("resident"))
        if (holder := people.get(post.resident)) is not None
        and getattr(holder, "birth_date", None) is not None
        and not _is_4050(holder, post.since)
    ]
    if not given_away:
        return
    without_work = list(judged.records("resident_category", eq("category", _WITHOUT_WORK)))
    homes: defaultdict[str, list[Any]] = defaultdict(list)
    concerned = {row.resident for row in without_work}
    for row in judged.records("household_membership", eq("kind", MembershipKind.LIVING)):
        if row.resident in concerned:
            homes[row.resident].append(row)
    held: list[Any] = list(table("public_welfare_post").values())
    for post in given_away:
        place = judged.place_of(post)
        placed = {row.resident for row in held if row.resident is not None and in_force(row, post.since)}
        waiting = {
            row.resident
            for row in without_work
            if in_force(row, post.since)
            and row.resident not in placed
            and _is_4050(people.get(row.resident), post.since)
            and any(in_force(home, post.since) and judged.place_of(home).id == place.id for home in homes[row.resident])
        }
        if waiting:
            yield judged.finding(
                rule,
                place,
                f"{place.name}公益性岗位“{post.name}”于 {post.since} 安排了非“4050”人员，"
                f"当日有 {len(waiting)} 名“4050”失业人员待安置",
                subject=f"{place.name} {post.name}",
                measured=Fraction(len(waiting)),
                threshold="=0",
            )
