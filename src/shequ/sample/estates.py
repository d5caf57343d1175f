"""Property management: contracts and how the company was chosen, owners' committees, complaints, cleaners."""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from shequ.lifecycle.casework import COMPLAINT
from shequ.lifecycle.works import PROPERTY_CONTRACT
from shequ.model import (
    VOTE_MATTERS,
    CleaningStaff,
    Complaint,
    ComplaintState,
    ContractState,
    Estate,
    OwnersCommittee,
    OwnersVote,
    PropertyContract,
)
from shequ.sample.flaws import place_of
from shequ.sample.ledger import FIRST_DAY, LAST_DAY, RECORDED_TO, Ledger, random_day, random_source
from shequ.sample.places import Site
from shequ.sample.walk import Stage, later, walk

__all__ = ["complain", "manage"]

_COMPANIES = ("安居物业公司", "惠邻物业公司", "云洁物业公司", "和顺物业公司", "晨光物业公司")
_FEES = ("0.85", "1.20", "1.50", "2.10")
_WITHOUT_VOTES = {"turnout_area": Decimal("58.40"), "turnout_persons": Decimal("61.20")}
_NOT_FILED = date(2025, 9, 6)
_S = ContractState


def manage(ledger: Ledger, seed: int, sites: Sequence[Site]) -> None:
    """Write contracts in every state, owners' committees and the number of cleaners, estate by estate.

    Of four estates one has just replaced its company, one chose it some years ago, one has the developer's, and one
    manages itself. Companies chosen by the owners were hired with enough votes, but for the flaw's.
    """
    rng, decisions = random_source(seed, "property"), random_source(seed, "owners' votes")
    operating = {site.code for site in sites if site.operating}
    seen: set[str] = set()
    for number, estate in enumerate(ledger.all(Estate)):
        first = estate.community not in seen
        seen.add(estate.community)
        if estate.community not in operating:
            since = date(2019, 1, 1)
            _contract(ledger, rng, estate, "authority", since, company="原企业后勤服务部")
            _clean(ledger, estate, 3, date(2019, 1, 1))
            continue
        voted = first or number % 3 == 0
        if voted:
            since = _by_vote(ledger, rng, estate, number, replaced=first)
            flawed = not first and estate.community == place_of("owners' committee not filed")
            _committee(ledger, rng, estate, later(since, -150), filed=not flawed)
            _decide(ledger, decisions, estate, later(since, -90))
        elif number % 3 == 1:
            _by_developer(ledger, rng, estate, number)
        else:
            _self_managed(ledger, rng, estate, number)


def _by_vote(ledger: Ledger, rng: random.Random, estate: Estate, number: int, *, replaced: bool) -> date:
    """A company hired by the owners; where it replaced another one there are more cleaners than before."""
    since = date(2024 + number % 2, rng.randint(4, 10), 1) if replaced else date(2022 + number % 2, 6, 1)
    flawed = replaced and estate.community == place_of("hired without votes")
    if flawed:
        since = date(2025, 5, 1)
    if replaced:
        began, state = date(2017, 1, 1), (_S.TERMINATED, _S.ENDED)[number % 2]
        _contract(ledger, rng, estate, "preliminary", began, state, until=since, company=_COMPANIES[number % 5])
        _clean(ledger, estate, 4 + number % 3, began, since)
    votes = {
        "turnout_area": _percent(rng, 68, 88),
        "turnout_persons": _percent(rng, 68, 88),
        "consent_area": _percent(rng, 56, 92),
        "consent_persons": _percent(rng, 56, 92),
    } | (_WITHOUT_VOTES if flawed else {})
    company, until = _COMPANIES[(number + 2) % 5], since.replace(year=since.year + 5)
    _contract(ledger, rng, estate, "owners_vote", since, company=company, until=until, votes=votes)
    _clean(ledger, estate, 6 + number % 4, since)
    return since


def _by_developer(ledger: Ledger, rng: random.Random, estate: Estate, number: int) -> None:
    """The developer's company; the owners of some are about to choose their own."""
    began = date(2016, 3, 1)
    nearly = number < 6
    _contract(ledger, rng, estate, "preliminary", began, company=_COMPANIES[number % 5])
    _clean(ledger, estate, 5, began)
    votes = {
        "turnout_area": Decimal("71.30"),
        "turnout_persons": Decimal("70.05"),
        "consent_area": Decimal("66.00"),
        "consent_persons": Decimal("64.20"),
    }
    state, facts = (_S.VOTED, votes) if nearly else (_S.DRAFT, {})
    company = _COMPANIES[(number + 1) % 5]
    _contract(ledger, rng, estate, "owners_vote", None, state, company=company, votes=facts)


def _self_managed(ledger: Ledger, rng: random.Random, estate: Estate, number: int) -> None:
    """Owners who manage themselves; some have signed with a company that starts in the new year, some refused one."""
    began, signs = date(2020, 9, 1), number % 6 == 2
    votes = {"turnout_persons": Decimal("48.60"), "consent_area": Decimal("60.00"), "consent_persons": Decimal("55.10")}
    area = Decimal("51.25")
    if signs:
        area, votes = Decimal("73.00"), votes | {"turnout_persons": Decimal("70.40")}
    _contract(ledger, rng, estate, "self_managed", began, company="业主自管小组", until=RECORDED_TO if signs else None)
    _clean(ledger, estate, 2, began)
    company = _COMPANIES[(number + 3) % 5]
    state = _S.SIGNED if signs else _S.REJECTED
    since = RECORDED_TO if signs else None
    _contract(ledger, rng, estate, "owners_vote", since, state, company=company, votes={"turnout_area": area, **votes})


def _percent(rng: random.Random, low: int, high: int) -> Decimal:
    return Decimal(rng.randint(low * 100, high * 100)).scaleb(-2)


def _contract(
    ledger: Ledger,
    rng: random.Random,
    estate: Estate,
    choice: str,
    since: date | None,
    state: ContractState = _S.IN_FORCE,
    *,
    company: str,
    until: date | None = None,
    votes: Mapping[str, Decimal] = MappingProxyType({}),
) -> None:
    """Write a contract and its steps; one that is terminated ends on the day of that step."""
    contract = ledger.draft(
        PropertyContract,
        estate=estate.id,
        company=company,
        choice=choice,
        fee=Decimal(rng.choice(_FEES)),
        since=since,
        until=until if state is not _S.TERMINATED else None,
        **votes,
    )
    way = _way(state, since, until, voted=choice == "owners_vote")
    ledger.keep(walk(ledger, PROPERTY_CONTRACT, contract, way, actor="业主大会筹备组" if votes else company))


def _way(state: ContractState, since: date | None, until: date | None, *, voted: bool) -> Iterator[Stage]:
    if state is _S.DRAFT:
        return
    starts = since or LAST_DAY
    ballot = later(starts, -40)
    if state is _S.REJECTED:
        yield Stage("reject", ballot, "参与表决的业主不足")
        return
    if voted:
        yield Stage("vote", ballot)
    if state is _S.VOTED:
        return
    yield Stage("sign", later(starts, -20))
    if state is _S.SIGNED:
        return
    yield Stage("start", starts)
    if state is _S.ENDED and until is not None:
        yield Stage("end", until, "合同到期")
    elif state is _S.TERMINATED and until is not None:
        yield Stage("terminate", until, "业主大会决定更换")


def _committee(ledger: Ledger, rng: random.Random, estate: Estate, elected: date, *, filed: bool) -> None:
    """An owners' committee, filed within a month of its election but for the flaw's."""
    elected = elected if filed else _NOT_FILED
    ledger.add(
        OwnersCommittee,
        estate=estate.id,
        elected=elected,
        filed=later(elected, rng.randint(6, 28)) if filed else None,
        members=rng.choice((5, 7, 9)),
        until=elected.replace(year=elected.year + 5),
    )


def _decide(ledger: Ledger, rng: random.Random, estate: Estate, began: date) -> None:
    """The owners' votes, once they have a committee: to raise money for repairs, and what it is spent on or else."""
    for matter in VOTE_MATTERS.labels:
        ledger.add(
            OwnersVote,
            estate=estate.id,
            matter=matter,
            voted=later(began, rng.randint(0, 20)),
            turnout_area=Decimal(rng.randint(6700, 9000)) / 100,
            turnout_persons=Decimal(rng.randint(6700, 9000)) / 100,
            consent_area=Decimal(rng.randint(7500, 9500)) / 100,
            consent_persons=Decimal(rng.randint(7500, 9500)) / 100,
            passed=True,
        )


def _clean(ledger: Ledger, estate: Estate, number: int, since: date, until: date | None = None) -> None:
    ledger.add(CleaningStaff, estate=estate.id, number=number, since=since, until=until)


_C = ComplaintState
_SUBJECTS = ("service", "fees", "repair", "sanitation", "parking", "other")


def complain(ledger: Ledger, seed: int, sites: Sequence[Site]) -> None:
    """Write the complaints of two years; those of the last days are open, a few could not be resolved."""
    rng = random_source(seed, "complaints")
    estates: dict[str, list[Estate]] = {}
    for estate in ledger.all(Estate):
        estates.setdefault(estate.community, []).append(estate)
    for site in sites:
        if not site.operating:
            continue
        days = [
            random_day(rng, FIRST_DAY, date(2025, 11, 30)) for _ in range(max(6, site.size * rng.randint(4, 9) // 100))
        ]
        days += [random_day(rng, date(2025, 12, 18), date(2025, 12, 30)) for _ in range(2)]
        for number, received in enumerate(sorted(days)):
            recent = number - len(days) + 2
            state = (
                (_C.FORWARDED, _C.RECEIVED)[recent]
                if recent >= 0
                else _C.UNRESOLVED
                if number % 17 == 3
                else _C.RESOLVED
            )
            complaint = ledger.draft(
                Complaint,
                number=f"TS{site.code[-3:]}-{received.year}-{number + 1:03d}",
                estate=rng.choice(estates[site.code]).id,
                subject=rng.choices(_SUBJECTS, (30, 12, 22, 16, 14, 6))[0],
                received=received,
            )
            way = _complaint_way(rng, state, received)
            ledger.keep(walk(ledger, COMPLAINT, complaint, way, actor=f"{site.name}居民委员会"))


def _complaint_way(rng: random.Random, state: ComplaintState, received: date) -> Iterator[Stage]:
    if state is _C.RECEIVED:
        return
    if state is _C.FORWARDED or rng.random() < 0.8:
        yield Stage("forward", received, "转物业企业")
    closed: dict[str, Any] = {"on": later(received, rng.randint(1, 20))}
    if state is _C.RESOLVED:
        yield Stage("resolve", **closed)
    elif state is _C.UNRESOLVED:
        yield Stage("give_up", reason="涉及公共维修资金，业主未达成一致", **closed)
