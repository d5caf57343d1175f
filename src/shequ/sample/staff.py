"""Those who work for the communities: workers, the posts they hold, the buildings they answer for."""

import random
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import attrs

from shequ.effective import shift
from shequ.lifecycle.volunteering import POST_HOLDING
from shequ.model import CommunityWorker, HoldingState, Post, PostHolding, Responsibility
from shequ.sample.flaws import place_of
from shequ.sample.ledger import LAST_DAY, Ledger, random_day, random_source
from shequ.sample.persons import Person, made_up_name, made_up_phone
from shequ.sample.places import SUB_DISTRICT_NAME, Site
from shequ.sample.walk import Stage, walk

__all__ = ["Staff", "hire"]

_STANDARD = 300
_LEFT = date(2025, 7, 1)
_PAUSED = date(2025, 10, 13)
# Held by the second full-time worker, the third, …; all further ones work in the grid.
_FULL_TIME_POSTS = ("committee_member", "committee_member", "committee_member", "grid_worker")


@attrs.define(eq=False)
class Staff:
    """The workers of a community: all full-time ones in office on the last day, the Party head's name, officer, building leaders."""

    workers: list[CommunityWorker]
    head: str
    officer: CommunityWorker
    leaders: list[CommunityWorker]


def hire(ledger: Ledger, seed: int, sites: Sequence[Site]) -> Mapping[str, Staff]:
    """Write workers, posts, holdings and responsibilities; the workers by community."""
    rng = random_source(seed, "staff")
    teams: dict[str, Staff] = {}
    for site in sites:
        if site.operating:
            teams[site.code] = _hire(ledger, rng, site)
            _divide(ledger, rng, site, teams[site.code].workers)
    caretaker = teams[sites[0].code].workers[-1:]
    for site in sites:
        if not site.operating:
            # Workers of the first community look after a community that has none of its own.
            _divide(ledger, rng, site, caretaker)
    return teams


def _needed(site: Site) -> int:
    """How many full-time workers the community has on the last day."""
    if site.code == place_of("short of workers"):
        return max(1, (site.living - 1) // _STANDARD)
    return max(3, -(-site.living // _STANDARD), -(-site.residents * 20 // 10_000)) + 1


def _hire(ledger: Ledger, rng: random.Random, site: Site) -> Staff:
    posts = {
        kind: ledger.add(Post, community=site.code, kind=kind, authorised=authorised, since=date(2021, 6, 1))
        for kind, authorised in (
            ("party_head", 1),
            ("committee_head", 1),
            ("committee_member", 3),
            ("grid_worker", 4),
            ("building_leader", len(site.buildings)),
            ("police_officer", 1),
        )
    }
    names: set[str] = set()
    own = [person for person in site.settled if 26 <= person.age <= 54 and person.employment in ("17", "51")]
    rng.shuffle(own)
    workers = []
    for number in range(_needed(site)):
        neighbour = own.pop() if own and number % 2 else None
        # However chance has it, one came from another office.
        facts: dict[str, Any] = {"origin": "transferred"} if number == 2 and site.code.endswith("4") else {}
        worker = _worker(ledger, rng, site, names, neighbour=neighbour, senior=number < 2, **facts)
        workers.append(worker)
        # The Party head chairs the committee too.
        kinds = ("party_head", "committee_head") if number == 0 else (_FULL_TIME_POSTS[min(number, 4) - 1],)
        for kind in kinds:
            _appoint(ledger, posts[kind], worker)
    if site.code == place_of("short of workers"):
        leaver = _worker(ledger, rng, site, names, until=_LEFT)
        _appoint(ledger, posts["committee_member"], leaver, Stage("end", _LEFT, "本人辞职"))
    officer = _worker(ledger, rng, site, names, full_time=False, origin="assigned", monthly_pay=None)
    _appoint(ledger, posts["police_officer"], officer)
    if site.code == place_of("short of workers"):
        # To be confirmed when the new year's work begins.
        ledger.add(
            PostHolding,
            post=posts["committee_member"].id,
            worker=officer.id,
            state=HoldingState.PROPOSED,
        )
    elders = [person for person in site.settled if 58 <= person.age <= 72 and person.employment == "80"]
    leaders = []
    for number, person in enumerate(elders[: max(1, len(site.buildings) // 3)]):
        leader = _worker(
            ledger, rng, site, names, neighbour=person, full_time=False, origin="elected", monthly_pay=20_000
        )
        leaders.append(leader)
        paused = (Stage("suspend", _PAUSED, "身体原因"),) if number == 4 else ()
        _appoint(ledger, posts["building_leader"], leader, *paused)
    return Staff(workers, workers[0].name, officer, leaders)


def _appoint(ledger: Ledger, post: Post, worker: CommunityWorker, *then: Stage) -> None:
    """Write that a worker has held a post since the first day in office, and what came then."""
    assert worker.since is not None
    draft = ledger.draft(PostHolding, post=post.id, worker=worker.id, since=worker.since)
    way = (Stage("appoint", worker.since), *then)
    ledger.keep(walk(ledger, POST_HOLDING, draft, way, actor=f"{SUB_DISTRICT_NAME}社区办"))


def _worker(
    ledger: Ledger,
    rng: random.Random,
    site: Site,
    names: set[str],
    *,
    neighbour: Person | None = None,
    senior: bool = False,
    until: date | None = None,
    **facts: Any,
) -> CommunityWorker:
    """A worker with a name that no other in the community has; a resident where ``neighbour`` is given."""
    if neighbour is not None:
        sex, name, birth = neighbour.sex, neighbour.name, neighbour.birth
        education = neighbour.education
    else:
        sex = rng.choice("1222")
        name = made_up_name(rng, sex)
        birth = random_day(rng, date(1970 if senior else 1975, 1, 1), date(1988 if senior else 1998, 12, 31))
        education = rng.choices(("10", "20", "30", "60"), (4, 46, 40, 10))[0]
    while name in names:
        name += rng.choice("文华明林")
    names.add(name)
    earliest = max(date(2012, 1, 1), shift(birth, years=23))
    values: dict[str, Any] = {
        "origin": rng.choices(("elected", "competed", "assigned", "transferred"), (35, 45, 12, 8))[0],
        "full_time": True,
        "monthly_pay": rng.randrange(4600 if senior else 3400, 6200 if senior else 5000, 50) * 100,
    }
    return ledger.add(
        CommunityWorker,
        community=site.code,
        name=name,
        resident=neighbour.id if neighbour is not None else None,
        sex=sex,
        birth_date=birth,
        education=education,
        phone=made_up_phone(rng),
        since=random_day(rng, earliest, date(2023, 9, 30)),
        until=until,
        **(values | facts),
    )


def _divide(ledger: Ledger, rng: random.Random, site: Site, workers: Sequence[CommunityWorker]) -> None:
    """Give each building exactly one worker at any date, but for the two buildings of the flaws."""
    start = date(2023, 10, 1)
    unattended = place_of("building without worker") == site.code
    doubled = place_of("building with two workers") == site.code
    for number, building in enumerate(site.buildings):
        worker = workers[number * len(workers) // len(site.buildings)]
        following = workers[(workers.index(worker) + 1) % len(workers)]
        spans: list[tuple[CommunityWorker, date, date | None]]
        if number == 0 and unattended:
            spans = [(worker, start, date(2025, 10, 1))]
        elif number == 0 and doubled:
            spans = [(worker, start, None), (following, date(2025, 9, 1), None)]
        elif following is not worker and rng.random() < 0.15:
            handed_over = random_day(rng, date(2024, 3, 1), LAST_DAY - timedelta(days=60)).replace(day=1)
            spans = [(following, start, handed_over), (worker, handed_over, None)]
        else:
            spans = [(worker, start, None)]
        for responsible, since, until in spans:
            ledger.add(Responsibility, building=building.id, worker=responsible.id, since=since, until=until)
