"""Bodies of the communities, and the elections of their committees."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from shequ.effective import shift
from shequ.lifecycle.works import ELECTION
from shequ.model import Body, Election, ElectionMethod, ElectionState, Estate, OwnersCommittee
from shequ.sample.flaws import place_of
from shequ.sample.ledger import LAST_DAY, Ledger
from shequ.sample.places import SUB_DISTRICT_NAME, Site
from shequ.sample.staff import Staff
from shequ.sample.walk import Stage, later, walk

__all__ = ["elect", "set_up"]

# kind, name after the community's, members; every second one is headed by a full-time worker.
_BODIES = (
    ("residents_committee", "居民委员会", 7),
    ("mediation", "人民调解委员会", 5),
    ("security", "治安保卫委员会", 5),
    ("health", "公共卫生委员会", 3),
    ("council", "居民议事会", 15),
    ("co_building", "共建理事会", 9),
    ("women", "妇女联合会", 9),
    ("youth", "共青团支部", 5),
    ("workers", "联合工会", 7),
)
_MISSING = ("youth", "workers")
_WITHOUT_RULE = "women"
_TERM_BEGAN = date(2021, 11, 20)


def set_up(ledger: Ledger, sites: Sequence[Site], staff: Mapping[str, Staff]) -> None:
    """Write the bodies of each operating community, owners' committees among them, but for those of the flaws."""
    estates = {estate.id: estate for estate in ledger.all(Estate)}
    for site in sites:
        if not site.operating:
            continue
        workers = staff[site.code].workers
        for number, (kind, name, members) in enumerate(_BODIES):
            if site.code == place_of("bodies missing") and kind in _MISSING:
                continue
            ruled = site.code != place_of("body without rule") or kind != _WITHOUT_RULE
            ledger.add(
                Body,
                division=site.code,
                kind=kind,
                name=site.name + name,
                working_rule=f"{name}工作制度" if ruled else None,
                members=members,
                women=1 + number % 2 if kind == "mediation" else None,
                # The same few hold most functions.
                head=workers[number % min(2, len(workers))].id if number % 2 == 0 or number == 1 else None,
                since=_TERM_BEGAN if kind == "residents_committee" else date(2014 + number % 7, 3, 1),
            )
    for committee in ledger.all(OwnersCommittee):
        estate = estates[committee.estate]
        ledger.add(
            Body,
            division=estate.community,
            kind="owners_committee",
            name=f"{estate.name}业主委员会",
            working_rule="业主大会议事规则",
            members=committee.members,
            since=committee.elected,
        )


_S = ElectionState
_METHODS = tuple(ElectionMethod)
# Place of the community in the list, method, day, where it stands: by-elections of the two years and what is ahead.
_BY_ELECTIONS = (
    (1, ElectionMethod.REPRESENTATIVES, date(2024, 5, 18), _S.FILED),
    (3, ElectionMethod.HOUSEHOLD, date(2024, 9, 21), _S.FILED),
    (0, ElectionMethod.DIRECT, date(2025, 4, 12), _S.FILED),
    (4, ElectionMethod.HOUSEHOLD, date(2025, 10, 18), _S.INVALID),
    (2, ElectionMethod.DIRECT, date(2025, 12, 20), _S.ELECTED),
    (4, ElectionMethod.HOUSEHOLD, date(2025, 12, 30), _S.VOTED),
    (1, ElectionMethod.DIRECT, date(2026, 1, 18), _S.NOMINATED),
    (3, ElectionMethod.REPRESENTATIVES, date(2026, 1, 25), _S.REGISTERED),
    (0, ElectionMethod.DIRECT, date(2026, 3, 14), _S.PREPARED),
)


def elect(ledger: Ledger, sites: Sequence[Site]) -> None:
    """Write the elections of 2021 and the by-elections since; what is not voted yet bears the day that is planned."""
    committees = {body.division: body for body in ledger.all(Body) if body.kind == "residents_committee"}
    general = [(place, _METHODS[place % 3], later(_TERM_BEGAN, place - 7), _S.FILED) for place in range(5)]
    for place, method, voted, state in (*general, *_BY_ELECTIONS):
        site = sites[place]
        voters = max(5, sum(18 <= person.age for person in site.settled))
        if method is ElectionMethod.HOUSEHOLD:
            voters = max(5, site.living)
        elif method is ElectionMethod.REPRESENTATIVES:
            voters = 61
        share = 42 if state is _S.INVALID else 71 + place * 3
        cast = state in (_S.VOTED, _S.ELECTED, _S.INVALID, _S.FILED)
        whole = voted < date(2022, 1, 1)
        election = ledger.draft(
            Election,
            division=site.code,
            body=committees[site.code].id,
            name="第十一届居民委员会换届选举" if whole else f"{voted.year}年{voted.month}月居民委员会补选",
            method=method,
            planned=voted,
            voters=voters if state is not _S.PREPARED else None,
            turnout=voters * share // 100 if cast else None,
            members=(7 if whole else 1) if state in (_S.ELECTED, _S.FILED) else None,
        )
        ledger.keep(walk(ledger, ELECTION, election, _way(state, voted), actor=f"{SUB_DISTRICT_NAME}社区办"))


def _way(state: ElectionState, voted: date) -> Iterator[Stage]:
    if state is _S.PREPARED:
        return
    yield Stage("register", min(shift(voted, months=-1), LAST_DAY))
    if state is _S.REGISTERED:
        return
    yield Stage("nominate", min(later(voted, -12), LAST_DAY))
    if state is _S.NOMINATED:
        return
    yield Stage("vote", voted)
    if state is _S.VOTED:
        return
    if state is _S.INVALID:
        yield Stage("invalidate", voted, "参加投票的户代表未过半数")
        return
    yield Stage("elect", later(voted, 1))
    if state is _S.FILED:
        yield Stage("file", later(voted, 9))
