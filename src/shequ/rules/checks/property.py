"""Property management: the owners' vote by the law of its day, and the filing of owners' committees."""

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction

from shequ.effective import Answer
from shequ.model import VOTE_MATTERS, ContractState, OwnersVote, PropertyContract
from shequ.query import eq, one_of
from shequ.rules.finding import Finding, Severity
from shequ.rules.judgement import Judgement
from shequ.rules.ruleset import Rule

__all__ = ["committee_filing", "contracts_over", "other_votes", "votes"]

_HIRED = (ContractState.VOTED, ContractState.SIGNED, ContractState.IN_FORCE)
_HELD = (ContractState.SIGNED, ContractState.IN_FORCE)
_TURNOUT = (
    ("turnout_area", "参与表决的面积", "property.vote_turnout"),
    ("turnout_persons", "参与表决的人数", "property.vote_turnout"),
)
_CONSENT = (("consent_area", "同意的面积"), ("consent_persons", "同意的人数"))
_MATTERS = {"raise_fund": "property.vote_repair_fund"}
"""Matter of a vote → parameter of the consent that it needs; of the others no share is known."""


def votes(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """Owners who hired a company took part and agreed in the shares that the law of that day asks for."""
    for contract in judged.records("property_contract", eq("choice", "owners_vote") & one_of("state", *_HIRED)):
        day = contract.voted or contract.signed or contract.since or judged.at
        if contract.until is None or judged.at < contract.until:
            yield from _short(judged, rule, contract, day, f"选聘{contract.company}", "property.vote_hire")


def other_votes(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """What counts as decided by the owners, other than whom to hire, was so in the shares that the law of that day asks for."""
    for vote in judged.records("owners_vote", eq("passed", True)):
        parameter = _MATTERS.get(vote.matter)
        if parameter is not None:
            yield from _short(judged, rule, vote, vote.voted, VOTE_MATTERS.label(vote.matter), parameter)


def _short(
    judged: Judgement, rule: Rule, vote: OwnersVote | PropertyContract, day: date, matter: str, consent: str
) -> Iterator[Finding]:
    """What a vote fell short of, or what of it was not entered."""
    if day > judged.at:
        return
    place, estate = judged.place_of(vote), judged.engine.evaluator.table("estate").get(vote.estate)
    short, missing, lowest, threshold, citation = [], [], None, "", ""
    for field, name, parameter in (*_TURNOUT, *((field, name, consent) for field, name in _CONSENT)):
        norm = judged.parameter_on(parameter, place, day)
        if isinstance(norm, Answer):
            continue
        share = getattr(vote, field)
        if share is None:
            missing.append(name)
        elif not norm.met_by(measured := Fraction(share) / 100):
            short.append(f"{name}占 {share}%")
            if lowest is None:
                lowest, threshold = measured, _shown(norm.comparator, norm.value)
        else:
            continue
        citation = norm.citation
    if not short and not missing:
        return
    where = getattr(estate, "name", vote.estate)
    said = [f"{'、'.join(short)}，达不到规定的比例"] if short else []
    said += [f"未登记{'、'.join(missing)}"] if missing else []
    yield judged.finding(
        rule,
        place,
        f"{where}{matter}的业主表决（{day}）{'；'.join(said)}",
        subject=f"{where} {matter.removeprefix('选聘')}",
        severity=rule.severity if short else Severity.ADVICE,
        measured=lowest,
        threshold=threshold,
        citation=citation,
        remedy=rule.remedy if short else "补录表决的面积与人数",
    )


def _shown(comparator: str, value: Fraction) -> str:
    return f"{ {'>=': '≥', '<=': '≤'}.get(comparator, comparator) }{value}".replace(" ", "")


def contracts_over(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """An estate whose last contract has run out has a new one."""
    table = judged.engine.evaluator.table
    estates, last = table("estate"), dict[str, PropertyContract]()
    for contract in judged.records("property_contract", one_of("state", *_HELD)):
        begun = contract.since or contract.signed
        if contract.until is None or (begun is not None and begun > judged.at):
            last[contract.estate] = contract if contract.until is None else last.get(contract.estate, contract)
        elif contract.estate not in last or (
            (known := last[contract.estate].until) is not None and known < contract.until
        ):
            last[contract.estate] = contract
    for contract in last.values():
        if contract.until is None or contract.until > judged.at:
            continue
        days = (judged.at - contract.until).days
        name = getattr(estates.get(contract.estate), "name", contract.estate)
        yield judged.finding(
            rule,
            judged.place_of(contract),
            f"{name}与{contract.company}的物业合同已于 {contract.until} 到期，至 {judged.at} 没有新的合同",
            subject=f"{name} {contract.company}",
            measured=Fraction(days),
            threshold=str(contract.until),
            remedy=f"督促业主大会续聘或另聘，已到期 {days} 天；已签订的，补录合同",
        )


def committee_filing(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """The election of an owners' committee is filed in time; what was filed late counts in the year of its filing."""
    estates = judged.engine.evaluator.table("estate")
    for committee in judged.records("owners_committee"):
        if committee.elected > judged.at or (committee.until is not None and committee.until <= judged.at):
            continue
        place = judged.place_of(committee)
        norm = judged.parameter_on("property.committee_filing_days", place, committee.elected)
        filed = committee.filed if committee.filed is not None and committee.filed <= judged.at else None
        days = Fraction(((filed or judged.at) - committee.elected).days)
        if isinstance(norm, Answer) or norm.met_by(days) or (filed is not None and filed not in judged.period):
            continue
        name = f"{getattr(estates.get(committee.estate), 'name', committee.estate)}业主委员会"
        due = committee.elected + timedelta(days=int(norm.value))
        yield judged.finding(
            rule,
            place,
            f"{name}于 {committee.elected} 选举产生，应于 {due} 前备案，"
            + (f"{filed} 方备案" if filed else f"至 {judged.at} 未备案"),
            subject=name,
            measured=days,
            threshold=f"{norm.shown} 日",
            citation=norm.citation,
            remedy="今后在选举后及时备案" if filed else rule.remedy,
        )
