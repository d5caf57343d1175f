"""What happened in households in the two years, as named events from which the memberships follow."""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from shequ.model import Household, HouseholdChange, HouseholdEvent, HouseholdMembership, MembershipKind
from shequ.sample.families import Kin
from shequ.sample.homes import Home
from shequ.sample.ledger import FIRST_DAY, LAST_DAY, Ledger, random_day, random_source
from shequ.sample.persons import Person

__all__ = ["record_changes"]

_REGISTERED = MembershipKind.REGISTERED
# Six months before the first year's end, so that whoever lived there all along still counts as resident.
_HEADS = (date(2024, 2, 1), date(2024, 5, 31))
_IN_THE_YEARS = (date(2024, 2, 1), date(2025, 10, 31))
_Book = Mapping[str, list[HouseholdMembership]]


def record_changes(ledger: Ledger, seed: int, homes: Sequence[Home], persons: Sequence[Person]) -> None:
    """Write an event for every membership that began or ended in the two years, then let a few households change.

    Registered and living at once is one event of no kind.
    """
    _note(ledger, {person.id: person for person in persons})
    rng = random_source(seed, "changes")
    book: defaultdict[str, list[HouseholdMembership]] = defaultdict(list)
    for membership in ledger.all(HouseholdMembership):
        book[membership.household].append(membership)
    number = max(1, len(homes) // 1000)
    empty = [home for home in homes if _all_registered_only(book[home.household.id])]
    steady = [home for home in homes if home.living and len(home.settled) == len(home.living)]
    touched: set[str] = set()
    for home in empty[:number]:
        _split_off(ledger, rng, book, home, _near(rng, home, steady, touched))
    for home in empty[number : 2 * number]:
        _merge(ledger, rng, book, home, _near(rng, home, steady, touched))
    _change_heads(ledger, rng, book, [home for home in steady if home.household.id not in touched][: 12 * number])
    _transfer(ledger, rng, book, homes, steady, number)


def _note(ledger: Ledger, persons: Mapping[str, Person]) -> None:
    found: dict[tuple[HouseholdEvent, str, str, date], tuple[set[MembershipKind], str | None]] = {}
    for record in ledger.all(HouseholdMembership):
        person = persons[record.resident]
        noted: list[tuple[HouseholdEvent, date, str | None]] = []
        if record.since is not None and record.since >= FIRST_DAY:
            born = record.since == person.birth
            noted.append((HouseholdEvent.BIRTH if born else HouseholdEvent.MOVE_IN, record.since, record.reason))
        if record.until is not None:
            died = record.until == person.died
            reason = "死亡注销" if died else record.reason
            noted.append((HouseholdEvent.DEATH if died else HouseholdEvent.MOVE_OUT, record.until, reason))
        for event, on, reason in noted:
            kinds, _ = found.setdefault((event, record.household, record.resident, on), (set(), reason))
            kinds.add(record.kind)
    for (event, household, resident, on), (kinds, reason) in found.items():
        ledger.add(
            HouseholdChange,
            event=event,
            household=household,
            resident=resident,
            kind=next(iter(kinds)) if len(kinds) == 1 else None,
            on=on,
            reason=reason,
        )


def _all_registered_only(memberships: Sequence[HouseholdMembership]) -> bool:
    """Whether it is a registration without anybody living there (空挂户), and was before the two years."""
    return bool(memberships) and all(
        record.reason == "空挂" and record.since is not None and record.since < FIRST_DAY for record in memberships
    )


def _near(rng: random.Random, home: Home, steady: Sequence[Home], touched: set[str]) -> Home:
    """A steady household of the same community where there is one, to be touched once."""
    free = [other for other in steady if other.household.id not in touched]
    here = [other for other in free if other.site is home.site] or free
    chosen = rng.choice(here)
    touched.add(chosen.household.id)
    return chosen


def _rewrite(ledger: Ledger, home: Home, **changes: date) -> Household:
    home.household = ledger.replace(home.household, **changes)
    return home.household


def _split_off(ledger: Ledger, rng: random.Random, book: _Book, home: Home, parents: Home) -> None:
    """The head of a household set up in the two years was registered with somebody else before (分户)."""
    on = random_day(rng, *_IN_THE_YEARS)
    household = _rewrite(ledger, home, since=on)
    for record in book[household.id]:
        head = record.relation == "0"
        ledger.replace(record, since=on, reason="分户" if head else "随分户迁入")
        ledger.add(
            HouseholdChange,
            event=HouseholdEvent.SPLIT if head else HouseholdEvent.MOVE_IN,
            household=parents.household.id if head else household.id,
            other=household.id if head else None,
            resident=record.resident,
            kind=_REGISTERED,
            on=on,
            reason="分户" if head else "随分户迁入",
        )
        if head:
            since = max(day for day in (parents.household.since, record.since) if day is not None)
            ledger.add(
                HouseholdMembership,
                household=parents.household.id,
                resident=record.resident,
                kind=_REGISTERED,
                relation="8",
                since=since,
                until=on,
                reason="人户分离",
            )


def _merge(ledger: Ledger, rng: random.Random, book: _Book, home: Home, target: Home) -> None:
    """A household is closed and its people registered in another one (并户)."""
    on = random_day(rng, *_IN_THE_YEARS)
    household = _rewrite(ledger, home, until=on)
    for record in book[household.id]:
        ledger.replace(record, until=on)
        ledger.add(
            HouseholdMembership,
            household=target.household.id,
            resident=record.resident,
            kind=_REGISTERED,
            relation="8",
            since=on,
            reason="并户",
        )
    ledger.add(
        HouseholdChange,
        event=HouseholdEvent.MERGE,
        household=household.id,
        other=target.household.id,
        kind=_REGISTERED,
        on=on,
        reason="并户",
    )


def _change_heads(ledger: Ledger, rng: random.Random, book: _Book, homes: Sequence[Home]) -> None:
    """In every third couple's household the spouse becomes the head."""
    for home in homes:
        relations = [kin.relation for kin in home.living]
        if rng.random() > 1 / 3 or relations[:2] != ["0", "1"] or set(relations) - set("01235"):
            continue
        head, spouse = home.living[0].person, home.living[1].person
        on = random_day(rng, *_HEADS)
        swapped = {head.id: "1", spouse.id: "0"}
        kinds: set[MembershipKind] = set()
        for record in book[home.household.id]:
            if record.resident not in swapped or record.until is not None:
                continue
            kinds.add(record.kind)
            ledger.replace(record, until=on)
            ledger.add(
                HouseholdMembership,
                household=record.household,
                resident=record.resident,
                kind=record.kind,
                relation=swapped[record.resident],
                since=on,
                reason="变更户主",
            )
        home.living[:2] = [Kin(spouse, "0"), Kin(head, "1")]
        ledger.add(
            HouseholdChange,
            event=HouseholdEvent.HEAD,
            household=home.household.id,
            resident=spouse.id,
            kind=next(iter(kinds)) if len(kinds) == 1 else None,
            on=on,
            reason="变更户主",
        )


def _transfer(
    ledger: Ledger, rng: random.Random, book: _Book, homes: Sequence[Home], steady: Sequence[Home], number: int
) -> None:
    """A child who lives elsewhere takes the registration to another household (户间转移)."""
    transferred = 0
    for home in homes:
        away = [r for r in book[home.household.id] if r.reason == "人户分离" and r.relation in ("2", "3")]
        others = [other for other in steady if other.site is home.site and other is not home]
        if not home.living or not away or not others or away[0].until is not None:
            continue
        record, target = away[0], rng.choice(others)
        if record.since is None or record.since >= FIRST_DAY:
            continue
        on = random_day(rng, date(2024, 2, 1), LAST_DAY)
        ledger.replace(record, until=on)
        ledger.add(
            HouseholdMembership,
            household=target.household.id,
            resident=record.resident,
            kind=_REGISTERED,
            relation="8",
            since=on,
            reason="户间转移",
        )
        ledger.add(
            HouseholdChange,
            event=HouseholdEvent.TRANSFER,
            household=home.household.id,
            other=target.household.id,
            resident=record.resident,
            kind=_REGISTERED,
            on=on,
            reason="户间转移",
        )
        transferred += 1
        if transferred == number:
            return
