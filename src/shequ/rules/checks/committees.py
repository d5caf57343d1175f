"""Committees: how many members they have, and when they must be elected anew."""

from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from shequ.effective import Answer, shift
from shequ.model import Body, ElectionState
from shequ.query import Holds, one_of
from shequ.rules.finding import Finding
from shequ.rules.judgement import Judgement
from shequ.rules.parameters import ParameterValue
from shequ.rules.ruleset import Rule

__all__ = ["election_overdue", "mediation_members", "mediation_women", "members"]

_TERMS: Mapping[str, str] = MappingProxyType(
    {"residents_committee": "committee.term_years", "mediation": "mediation.committee_term_years"}
)
_VALID = (ElectionState.ELECTED, ElectionState.FILED)
_BY_ELECTION = "补选"


def members(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """A residents' committee has as many members as the law of the day asks for."""
    yield from _size(judged, rule, "residents_committee", "committee.members")


def mediation_members(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """A mediation committee has as many members as the law of the day asks for."""
    yield from _size(judged, rule, "mediation", "mediation.committee_members")


def mediation_women(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """A mediation committee has as many women among its members as the law of the day asks for, where it is known."""
    for body, women, norm in _unmet(judged, "mediation", "women", "mediation.committee_women"):
        said = f"{body.name}有妇女委员 {women} 名，规定{norm.shown} 名"
        yield _finding(judged, rule, body, women, norm, said, rule.remedy)


def _size(judged: Judgement, rule: Rule, kind: str, parameter: str) -> Iterator[Finding]:
    for body, members, norm in _unmet(judged, kind, "members", parameter):
        least, most = int(norm.value), int(norm.upper if norm.upper is not None else norm.value)
        few = members < least
        said = f"{body.name}有成员 {members} 名，{'少于' if few else '多于'}规定的 {norm.shown} 名"
        remedy = f"补选 {least - members} 名成员" if few else f"换届时减少 {members - most} 名成员"
        yield _finding(judged, rule, body, members, norm, said, remedy)


def _unmet(judged: Judgement, kind: str, field: str, parameter: str) -> Iterator[tuple[Body, int, ParameterValue]]:
    """The bodies of a kind whose number is known and not what the law of the day asks for, the number, and the norm."""
    for body in judged.records("body", Holds() & one_of("kind", kind)):
        number, norm = getattr(body, field), judged.parameter(parameter, judged.place_of(body))
        if number is not None and not isinstance(norm, Answer) and not norm.met_by(Fraction(number)):
            yield body, number, norm


def _finding(
    judged: Judgement, rule: Rule, body: Body, number: int, norm: ParameterValue, said: str, remedy: str
) -> Finding:
    return judged.finding(
        rule,
        judged.place_of(body),
        said,
        subject=body.name,
        measured=Fraction(number),
        threshold=norm.shown,
        citation=norm.citation,
        remedy=remedy,
    )


def election_overdue(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """A committee is elected anew before its term is over; the term is that of the law under which it was elected.

    A by-election (补选) fills a seat until the end of the running term and does not begin another.
    """
    last: dict[str, Any] = {}
    for election in judged.records("election", one_of("state", *_VALID)):
        if election.body is None or election.voted is None or _BY_ELECTION in election.name:
            continue
        known = last.get(election.body)
        if election.voted <= judged.at and (known is None or known.voted < election.voted):
            last[election.body] = election
    for body in judged.records("body", Holds() & one_of("kind", *_TERMS)):
        election = last.get(body.id)
        if election is None:
            continue
        place = judged.place_of(body)
        norm = judged.parameter_on(_TERMS[body.kind], place, election.voted)
        if isinstance(norm, Answer) or election.voted.year + int(norm.value) > date.max.year:
            continue
        due = shift(election.voted, years=int(norm.value))
        if due < judged.at:
            yield judged.finding(
                rule,
                place,
                f"{body.name}于 {election.voted} 选举产生，任期 {int(norm.value)} 年，应于 {due} 前换届，"
                f"至 {judged.at} 尚未换届",
                subject=body.name,
                measured=Fraction((judged.at - due).days),
                threshold=str(due),
                citation=norm.citation,
            )
