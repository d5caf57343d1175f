"""Cards and cases of a register: steps, deadlines, pairs."""

import contextlib
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import cache, partial
from itertools import chain, count
from typing import Any, cast

from shequ.calendars import parse_date
from shequ.effective import local_date
from shequ.errors import BadData, IllegalStep
from shequ.lifecycle import Guard, disclose, step
from shequ.lifecycle.course import card_on
from shequ.lifecycle.deadlines import DEADLINE_TYPES, Status, Terms, statuses_at
from shequ.matching import Criteria, PairingResult, from_records, pair
from shequ.metrics import DivisionTree, Place
from shequ.model import ContactCard, PartyMember, Record, ResidentCategory, Step, WorkUnit
from shequ.model.people import RESIDENT_CATEGORIES
from shequ.query import Select
from shequ.register.holding import Holding
from shequ.rules import combine, guards_of, step_rules, terms_on
from shequ.store import ANY, Snapshot

__all__ = ["Casework"]


_PAIRING_TYPES = (
    "building",
    "household",
    "resident",
    "household_membership",
    "resident_category",
    "party_member",
    "registration_card",
    "volunteer",
    "pairing",
)


class Casework(Holding):
    """Cards and cases: steps, deadlines, pairs."""

    def apply(
        self,
        card_id: str,
        event: str,
        *,
        reason: str = "",
        type: str | None = None,  # noqa: A002 - the contract's own words
        values: Mapping[str, Any] | None = None,
    ) -> Record:
        """Take a card or case one step on, and keep the step.

        Args:
            card_id: Its id.
            event: What happens, by code or Chinese label (``accept`` or ``接收``).
            reason: Why, or on what paper.
            type: Name or Chinese label of its type, where ids of several types are the same.
            values: What is recorded with the step: field (or its Chinese label) → value. A lost badge that is replaced
                needs the new number, an appointment that is renewed its new end.

        Returns:
            The card as it stands now.

        Raises:
            BadData: If there is no such card, or several, or a value cannot be recorded with this step.
            IllegalStep: If the event is not allowed where it stands, something that must be given is missing, or a
                rule set refuses it; nothing is changed.
        """
        names = [self.schema[type].name] if type else list(self._lifecycles)
        if type and names[0] not in self._lifecycles:
            known = "、".join(cycle.label for cycle in self._lifecycles.values())
            raise BadData(f"{self.schema[type].label}没有办理步骤", remedy=f"有办理步骤的类型：{known}")
        now, what = self.now, self._lifecycles[names[0]].label if type else "卡或案件"
        unknown = BadData(f"没有编号为 {card_id} 的{what}", remedy="核对编号")
        with self.store.read(self.district) as snapshot:
            found = [self._lifecycles[name] for name in names if snapshot.get(name, card_id) is not None]
        if not found:
            raise unknown
        if len(found) > 1:
            kinds = "、".join(f"{cycle.name}（{cycle.label}）" for cycle in found)
            raise BadData(f"编号 {card_id} 对应多条记录：{kinds}", remedy="用 type= 指明其中一种类型")
        (cycle,) = found
        why = reason or cycle.labels.get(event, event)
        with self.store.session(self.district, actor=self.actor, reason=why, at=now) as session:
            stored = session.get(cycle.name, card_id)
            if stored is None:  # somebody took it out meanwhile
                raise unknown
            moved, taken = step(
                cycle,
                stored.record,
                event,
                at=now,
                actor=self.actor,
                reason=reason,
                values=values or {},
                guards=self._guards(stored.record, session, reason),
            )
            session.put(moved, stored.version)
            session.put(taken, ANY)
            if isinstance(moved, ContactCard) and taken.event == "send":
                session.put(self._disclosure(moved, session), ANY)
        self.refresh()
        return moved

    def _guards(self, card: Record, session: Snapshot, reason: str) -> tuple[Guard, ...]:
        """What the rule sets in force here demand of a step of a card."""
        sets = self.rule_sets()
        book, _ = combine(sets)
        places = [s.record for name in ("division", "sub_district", "community") for s in session.scan(Select(name))]
        tree = DivisionTree(self.district, places)
        found = tree.find(self._place_of(card, session))
        return guards_of(
            step_rules(sets),
            places=tree.above(found or tree.root),
            book=book,
            records=lambda name: (stored.record for stored in session.scan(Select(name))),
            reason=reason,
        )

    def _place_of(self, record: Record, session: Snapshot) -> str:
        """Id of the division that a record belongs to; ``""`` if that leads nowhere."""
        found, path = record, record.__record__.division
        while path:
            field, _, path = path.partition(".")
            target, value = found.__record__.fields[field].to, getattr(found, field)
            if not path:
                return value or ""
            stored = session.get(target, value) if target and value else None
            if stored is None:
                return ""
            found = stored.record
        return ""

    def statuses(self, *, at: "date | str") -> Iterator[tuple[Record, Status]]:
        """How every matter with a deadline stood on a day: in force, due soon, overdue, expired, met or late.

        Each is reckoned by the law of the day on which the matter began. The state of the day is what the steps say;
        where there are none, the dates decide. Nothing of it is stored.

        Args:
            at: The day.

        Yields:
            The record, as it is now, and a status of it, by type and id.
        """
        day = parse_date(at) if isinstance(at, str) else local_date(at) if isinstance(at, datetime) else at
        evaluator, tree = self._engine().evaluator, self._engine().tree
        book, _ = combine(self.rule_sets())
        taken: dict[tuple[str, str], list[Step]] = {}
        for step_ in evaluator.table("step").values():
            if isinstance(step_, Step):
                taken.setdefault((step_.subject_type, step_.subject), []).append(step_)

        @cache
        def terms(place: Place, begun: date) -> Terms:
            return terms_on(book, tree.above(place), begun)

        for name in DEADLINE_TYPES:
            for record in sorted(evaluator.table(name).values(), key=lambda record: record.id):
                steps, lifecycle = taken.get((name, record.id), []), self._lifecycles.get(name)
                then = record
                if steps and lifecycle is not None:
                    # Somebody corrected a state by hand between two steps: then the dates decide.
                    with contextlib.suppress(IllegalStep):
                        then = card_on(lifecycle, record, steps, day)
                place = tree.find(evaluator.place(record) or "") or tree.root
                for status in statuses_at(then, day, partial(terms, place)):
                    yield record, status

    def _disclosure(self, card: ContactCard, session: Snapshot) -> Record:
        """What is kept of the sending of a contact card."""
        member, employer = session.get("party_member", card.member), session.get("work_unit", card.employer)
        if member is None or employer is None:
            raise BadData(f"联系卡 {card.id} 的党员或单位没有记录", remedy="先登记党员和所在单位")
        about, to = cast("PartyMember", member.record), cast("WorkUnit", employer.record)
        sendings = (disclose(card, about, to, on=self.today, actor=self.actor, number=number) for number in count(1))
        return next(kept for kept in sendings if session.get("disclosure", kept.id) is None)

    def pair(
        self,
        *,
        at: "date | str",
        wanted: Mapping[str, frozenset[str]],
        criteria: Criteria | None = None,
        capacity: int = 1,
        volunteers: bool = False,
    ) -> PairingResult:
        """Propose who helps which household (结对帮扶); nothing is stored.

        Args:
            at: The day whose records count.
            wanted: Categories of residents whose households want help, by code or Chinese label, and the skills that
                each asks for. Besides the known ones a category can be any that a record of the district has.
            criteria: What counts how much.
            capacity: Households that one person helps at most.
            volunteers: Whether volunteers who are no members are candidates too.

        Raises:
            BadData: If there is no such category.
            MissingExtra: If the extra ``matching`` is not installed.
        """
        day = parse_date(at) if isinstance(at, str) else at
        evaluator = self._engine().evaluator
        recorded = {cast("ResidentCategory", row).category for row in evaluator.table("resident_category").values()}
        wanted = _categories(wanted, recorded)
        records = chain.from_iterable(evaluator.table(name).values() for name in _PAIRING_TYPES)
        candidates, needs = from_records(records, on=day, wanted=wanted, capacity=capacity, volunteers=volunteers)
        return pair(candidates, needs, criteria or Criteria())


def _categories(wanted: Mapping[str, frozenset[str]], recorded: set[str]) -> dict[str, frozenset[str]]:
    """The wanted categories by code.

    Raises:
        BadData: If one of them is neither listed nor recorded of anybody.
    """
    known = {**RESIDENT_CATEGORIES.labels, **{code: RESIDENT_CATEGORIES.label(code) for code in sorted(recorded)}}
    found: dict[str, frozenset[str]] = {}
    for said, skills in wanted.items():
        code = RESIDENT_CATEGORIES.find(said)
        if code not in known:
            options = "、".join(f"{code}（{label}）" if code != label else code for code, label in known.items())
            raise BadData(f"没有人员类别 {said!r}", remedy=f"可用：{options}")
        found[code] = found.get(code, frozenset()) | skills
    return found
