"""Whether a community's bodies are all there, have a working rule, and do not fall on the same few."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from shequ.effective import Answer
from shequ.model.governance import BODY_KINDS, EXPECTED_BODIES
from shequ.query import Holds, eq, given
from shequ.rules.finding import Finding, Severity
from shequ.rules.judgement import Judgement
from shequ.rules.ruleset import UNVERIFIED, Rule

__all__ = ["bodies_present", "same_workers", "without_rules"]

_COMMITTEES = "宪法第一百一十一条：居民委员会设人民调解、治安保卫、公共卫生等委员会"
_GROUNDS: Mapping[str, str] = MappingProxyType(
    {
        "residents_committee": "城市居民委员会组织法",
        "mediation": _COMMITTEES,
        "security": _COMMITTEES,
        "health": _COMMITTEES,
        "women": f"中华全国妇女联合会章程{UNVERIFIED}",
        "youth": f"中国共产主义青年团章程{UNVERIFIED}",
        "workers": f"中国工会章程{UNVERIFIED}",
    }
)
"""Where it is written that a community has each of the expected bodies."""


def bodies_present(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """Every operating community has its committees and its mass organisations."""
    there: defaultdict[str, set[str]] = defaultdict(set)
    for body in judged.records("body", Holds()):
        there[judged.tree.identity(judged.place_of(body).id)].add(body.kind)
    for place in judged.communities():
        if not judged.complete(place, "body"):
            continue
        for kind in EXPECTED_BODIES:
            name = BODY_KINDS.labels[kind]
            if kind not in there[judged.tree.identity(place.id)]:
                yield judged.finding(
                    rule,
                    place,
                    f"{place.name}没有{name}",
                    subject=f"{place.name} {name}",
                    measured=Fraction(0),
                    threshold="≥1",
                    citation=_GROUNDS[kind],
                    remedy=f"建立{name}；已建立的，登记其名称与成立日期",
                )


def without_rules(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """Every body has a working rule."""
    for body in judged.records("body", Holds() & ~given("working_rule")):
        yield judged.finding(
            rule,
            judged.place_of(body),
            f"{body.name}没有工作制度",
            subject=body.name,
        )


def same_workers(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """The functions of a community do not fall on the same full-time worker.

    The finding counts the functions and names the bodies, not the worker.
    """
    headed: defaultdict[str, list[Any]] = defaultdict(list)
    for body in judged.records("body", Holds() & eq("head.full_time", True)):
        headed[body.head].append(body)
    for bodies in (sorted(found, key=lambda body: body.id) for found in headed.values()):
        place, number = judged.place_of(bodies[0]), Fraction(len(bodies))
        norm = judged.parameter("bodies.functions_per_worker", place)
        if isinstance(norm, Answer) or norm.met_by(number):
            continue
        names = "、".join(body.name for body in bodies)
        yield judged.finding(
            rule,
            place,
            f"{place.name}有 {number} 项职能由同一名专职干部负责：{names}",
            subject=f"{place.name} {bodies[0].name}等",
            severity=Severity.ADVICE if norm.generally else rule.severity,
            measured=number,
            threshold=norm.shown,
            citation=norm.citation,
            remedy=f"将其中 {len(bodies) - int(norm.value)} 项职能改由他人负责",
        )
