"""What happened in households in the two years, as named events from which the memberships follow."""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from shequ.lifecycle import households as events
from shequ.lifecycle.households import HouseholdOutcome, members_at
from shequ.model import HouseholdChange, HouseholdEvent, HouseholdMembership, MembershipKind, Resident
from shequ.sample.families import Kin
from shequ.sample.homes import Home
from shequ.sample.ledger import FIRST_DAY, LAST_DAY, Ledger, random_day, random_source
from shequ.sample.persons import Person

__all__ = ["record_changes"]

_REGISTERED = MembershipKind.REGISTERED
# Six months before the first year's end, so that whoever lived there all along still counts as resident.
_HEADS = (date(2024, 2, 1), date(2024, 5, 31))
_IN_THE_YEARS = (date(2024, 2, 1), date(2025, 10, 31))


class _Book:
    """The memberships by household and by person, kept up to date with each event."""

    def __init__(self, ledger: Ledger, persons: Mapping[str, Person]) -> None:
        self.ledger = ledger
        self.persons = persons
        self._held: defaultdict[str, dict[str, HouseholdMembership]] = defaultdict(dict)
        for record in ledger.all(HouseholdMembership):
            self._enter(record)

    def _enter(self, record: HouseholdMembership) -> None:
        self._held[record.household][record.id] = self._held[record.resident][record.id] = record

    def of(self, *ids: str) -> tuple[HouseholdMembership, ...]:
        """The memberships of households or residents."""
        return tuple({id_: record for key in ids for id_, record in self._held[key].items()}.values())

    def resident(self, id_: str) -> Resident:
        """A person as the resident that is written in the end."""
        return self.persons[id_].resident(self.ledger)

    def drop(self, record: HouseholdMembership) -> None:
        """Take a membership out."""
        del self._held[record.household][record.id], self._held[record.resident][record.id]
        self.ledger.drop(record)

    def replace(self, record: HouseholdMembership, **changes: Any) -> None:
        """Write a membership anew with some fields changed."""
        del self._held[record.household][record.id], self._held[record.resident][record.id]
        self._enter(self.ledger.replace(record, **changes))

    def happen(self, outcome: HouseholdOutcome) -> None:
        """Write down what an event made."""
        for record in outcome.records:
            self.ledger.put(record)
        for membership in (*outcome.ended, *outcome.begun):
            self._enter(membership)


def record_changes(ledger: Ledger, seed: int, homes: Sequence[Home], persons: Sequence[Person]) -> None:
    """Write an event for every membership that began or ended in the two years, then let a few households change.

    Registered and living at once is one event of no kind.
    """
    known = {person.id: person for person in persons}
    _note(ledger, known)
    rng = random_source(seed, "changes")
    book = _Book(ledger, known)
    number = max(1, len(homes) // 1000)
    empty = [home for home in homes if _all_registered_only(book.of(home.household.id))]
    steady = [home for home in homes if home.living and len(home.settled) == len(home.living)]
    rooted = [
        home for home in steady if members_at(book.of(home.household.id), home.household.id, FIRST_DAY, _REGISTERED)
    ]
    touched: set[str] = set()
    for home in empty[:number]:
        _split_off(book, rng, home, _near(rng, home, rooted, touched))
    for home in empty[number : 2 * number]:
        _merge(book, rng, home, _near(rng, home, rooted, touched))
    _change_heads(book, rng, [home for home in steady if home.household.id not in touched][: 12 * number])
    _transfer(book, rng, homes, rooted, number)


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


def _near(rng: random.Random, home: Home, rooted: Sequence[Home], touched: set[str]) -> Home:
    """A household with registered people of the same community where there is one, to be touched once."""
    free = [other for other in rooted if other.household.id not in touched]
    here = [other for other in free if other.site is home.site] or free
    chosen = rng.choice(here)
    touched.add(chosen.household.id)
    return chosen


def _split_off(book: _Book, rng: random.Random, home: Home, parents: Home) -> None:
    """The head of a household set up in the two years was registered with somebody else before (分户)."""
    on = random_day(rng, *_IN_THE_YEARS)
    head, *others = book.of(home.household.id)
    home.household = book.ledger.replace(home.household, since=on)
    since = max(day for day in (parents.household.since, head.since) if day is not None)
    book.replace(head, household=parents.household.id, relation="8", since=since, reason="人户分离")
    for other in others:
        book.drop(other)
    held = book.of(parents.household.id)
    leaving = {head.resident: head.relation}
    book.happen(
        events.split(parents.household, home.household, held, leaving=leaving, on=on, reason="分户", kind=_REGISTERED)
    )
    for other in others:
        book.happen(
            events.move_in(
                book.resident(other.resident),
                home.household,
                book.of(home.household.id, other.resident),
                kind=_REGISTERED,
                on=on,
                reason="随分户迁入",
                relation=other.relation,
            )
        )


def _merge(book: _Book, rng: random.Random, home: Home, target: Home) -> None:
    """A household is closed and its people registered in another one (并户)."""
    on = random_day(rng, *_IN_THE_YEARS)
    going = book.of(home.household.id)
    relations = {record.resident: "8" for record in going}
    held = (*going, *book.of(target.household.id))
    outcome = events.merge(
        home.household, target.household, held, on=on, reason="并户", relations=relations, kind=_REGISTERED
    )
    book.happen(outcome)
    (home.household,) = outcome.households


def _change_heads(book: _Book, rng: random.Random, homes: Sequence[Home]) -> None:
    """In every third couple's household the spouse becomes the head, of the registered and of those living there."""
    for home in homes:
        relations = [kin.relation for kin in home.living]
        if rng.random() > 1 / 3 or relations[:2] != ["0", "1"] or set(relations) - set("01235"):
            continue
        head, spouse = home.living[0].person, home.living[1].person
        on = random_day(rng, *_HEADS)
        for kind in MembershipKind:
            held = [m for m in book.of(home.household.id) if m.kind is kind]
            now = {m.resident: m.relation or "8" for m in held if m.until is None}
            if spouse.id in now:
                others = {resident: relation for resident, relation in now.items() if resident != spouse.id}
                if head.id in others:
                    others[head.id] = "1"
                book.happen(
                    events.change_head(
                        home.household, held, head=spouse.id, relations=others, on=on, reason="变更户主", kind=kind
                    )
                )
        home.living[:2] = [Kin(spouse, "0"), Kin(head, "1")]


def _transfer(book: _Book, rng: random.Random, homes: Sequence[Home], rooted: Sequence[Home], number: int) -> None:
    """A child who lives elsewhere takes the registration to another household (户间转移)."""
    transferred = 0
    for home in homes:
        away = [r for r in book.of(home.household.id) if r.reason == "人户分离" and r.relation in ("2", "3")]
        others = [other for other in rooted if other.site is home.site and other is not home]
        if not home.living or not away or not others or away[0].until is not None:
            continue
        record, target = away[0], rng.choice(others)
        if record.since is None or record.since >= FIRST_DAY:
            continue
        book.happen(
            events.transfer(
                book.resident(record.resident),
                home.household,
                target.household,
                book.of(home.household.id, target.household.id, record.resident),
                kind=_REGISTERED,
                on=random_day(rng, date(2024, 2, 1), LAST_DAY),
                reason="户间转移",
                relation="8",
            )
        )
        transferred += 1
        if transferred == number:
            return
