"""The stepper: one pure function for every lifecycle.

What is recorded with a step (a new number, the end of a renewed term) goes with it: it is checked with it, stands on
the card after it, and the step that is kept says it.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, TypeVar, cast

import attrs

from shequ.effective import SHANGHAI
from shequ.errors import BadData, IllegalStep, Misuse
from shequ.model import Kind, Record, Sensitivity, Step, Term, derive_id, has_begun

__all__ = ["Guard", "Lifecycle", "Transition", "step"]

R = TypeVar("R", bound=Record)
Guard = Callable[[Record, str, datetime], str | None]
"""Given card, event and time: why the step is refused, in Chinese, or ``None`` if it is not.

The card is the one before the step, with what is recorded with the step put on it.
"""
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@attrs.frozen
class Transition:
    """An event that leads from some states to another.

    Args:
        event: Its name.
        label: Its Chinese label.
        sources: States it is allowed in.
        target: State it leads to.
        dated: Field that takes the day of the step; ``""`` if none does.
        fills: Field that takes the day of the step unless it holds an earlier one: a term that was agreed and is over
            ended on its own day.
        sets: Fields that take a fixed value with the step.
        needs: Fields whose new value must be given with the step.
        retires: Fields whose old value, if there was one, goes to another field (of several texts) when the step gives
            them a new one.
    """

    event: str
    label: str
    sources: tuple[Term, ...]
    target: Term
    dated: str = ""
    fills: str = ""
    sets: tuple[tuple[str, Any], ...] = ()
    needs: tuple[str, ...] = ()
    retires: tuple[tuple[str, str], ...] = ()

    @property
    def own(self) -> frozenset[str]:
        """The fields whose values the step itself decides, besides the state."""
        return frozenset({self.dated, *(name for name, _ in self.sets), *(name for _, name in self.retires)} - {""})


@attrs.frozen
class Lifecycle:
    """The table of a record type's states.

    Args:
        type: The record class.
        label: Chinese label.
        initial: State that a new card stands in.
        transitions: The table.
        state_field: The field that says where a record stands.

    Raises:
        Misuse: If an event leads from one state to two, a state cannot be reached, or a transition names a field that
            the type does not have.
    """

    type: type[Record]
    label: str
    initial: Term
    transitions: tuple[Transition, ...]
    state_field: str = "state"

    def __attrs_post_init__(self) -> None:
        seen: set[tuple[str, Term]] = set()
        fields = self.type.__record__.fields
        for transition in self.transitions:
            named = {*transition.own, *transition.needs, *(name for name, _ in transition.retires), transition.fills}
            strange = sorted(named.difference(fields, {""}))
            if strange:
                raise Misuse(f"{self.name}: {transition.event} names fields that are not there: {', '.join(strange)}")
            if any(fields[name].kind is not Kind.TEXTS for _, name in transition.retires):
                raise Misuse(f"{self.name}: {transition.event} retires a value to a field that holds one only")
            for source in transition.sources:
                if (transition.event, source) in seen:
                    raise Misuse(f"{self.name}: {transition.event} leads from {source} to two states")
                seen.add((transition.event, source))
        reached, pending = {self.initial}, [self.initial]
        while pending:
            state = pending.pop()
            for target in self.table[state].values():
                if target not in reached:
                    reached.add(target)
                    pending.append(target)
        lost = [state for state in self.states if state not in reached]
        if lost:
            raise Misuse(f"{self.name}: no way leads to {', '.join(lost)}")

    @property
    def name(self) -> str:
        """Name of the record type."""
        return self.type.__record__.name

    @property
    def states(self) -> tuple[Term, ...]:
        """Every state, in the order of the model."""
        return tuple(type(self.initial))

    @property
    def table(self) -> Mapping[Term, Mapping[str, Term]]:
        """State → event → state; a terminal state has an empty row."""
        return {state: {t.event: t.target for t in self.transitions if state in t.sources} for state in self.states}

    def state_of(self, card: Record) -> Term:
        """Where a record stands."""
        found: Term = getattr(card, self.state_field)
        return found

    def event(self, named: str, state: Term) -> str:
        """The event of a code or a Chinese label; of several with one label the one that the state allows."""
        if any(t.event == named for t in self.transitions):
            return named
        labelled = [t for t in self.transitions if t.label == named]
        best = sorted(labelled, key=lambda t: state not in t.sources)
        return best[0].event if best else named

    @property
    def labels(self) -> Mapping[str, str]:
        """Event → its Chinese label."""
        return {t.event: t.label for t in self.transitions}

    def allowed(self, state: Term) -> tuple[str, ...]:
        """The events that are allowed in a state."""
        return tuple(self.table[state])


def step(
    lifecycle: Lifecycle,
    card: R,
    event: str,
    *,
    at: datetime,
    actor: str,
    reason: str = "",
    values: Mapping[str, Any] = _NOTHING,
    guards: Iterable[Guard] = (),
) -> tuple[R, Step]:
    """Take a card one step on.

    Args:
        lifecycle: Its table.
        card: The card; it is not changed.
        event: What happens, by code or Chinese label.
        at: When.
        actor: Who does it.
        reason: Why, or on what paper.
        values: What is recorded with the step: field (or its Chinese label) → value. Id, state, references of the
            natural key and what the step itself fills in cannot be given.
        guards: Asked in order; the first that refuses decides.

    Returns:
        The new card, and the step to keep. Its reason says what was recorded; of a field that not everybody may see it
        says that it was.

    Raises:
        IllegalStep: If the event is not allowed where the card stands, something that must be given with it is
            missing, or a guard refuses.
        BadData: If something is given that cannot be recorded with this step.
        InvalidRecord: If a value breaks what its field declares.
    """
    state: Any = lifecycle.state_of(card)
    event = lifecycle.event(event, state)
    row = lifecycle.table[state]

    def refused(why: str = "") -> IllegalStep:
        return IllegalStep(lifecycle.label, state.label, event, tuple(row), reason=why, labels=lifecycle.labels)

    if event not in row:
        raise refused()
    transition = next(t for t in lifecycle.transitions if t.event == event and state in t.sources)
    fields = card.__record__.fields
    given = _given(lifecycle, transition, card, values)
    lacking = [
        fields[name].label
        for name in transition.needs
        if given.get(name) in (None, "", ())
        or (name in dict(transition.retires) and given[name] == getattr(card, name))
    ]
    if lacking:
        raise refused(f"须随此步骤填写新的{'、'.join(lacking)}")
    filled: R = attrs.evolve(cast("Any", card), **given)
    for guard in guards:
        refusal = guard(filled, event, at)
        if refusal is not None:
            raise refused(refusal)
    changes: dict[str, Any] = {lifecycle.state_field: transition.target, **dict(transition.sets)}
    today = at.astimezone(SHANGHAI).date()
    if transition.dated:
        changes[transition.dated] = _not_before_it_began(filled, transition.dated, today)
    if transition.fills:
        held: date | None = getattr(filled, transition.fills)
        ends = _not_before_it_began(filled, transition.fills, today)
        changes[transition.fills] = ends if held is None or ends is None else min(held, ends)
    for name, to in transition.retires:
        old = getattr(card, name)
        if name in given and old not in (None, "", ()) and old != given[name]:
            changes[to] = (*getattr(card, to), fields[name].shown(old))
    moved: R = attrs.evolve(cast("Any", filled), **changes)
    key = (lifecycle.name, card.id, at.isoformat(), event, str(state))
    said = [
        f"{fields[name].label}：{fields[name].shown(value)}"
        if fields[name].sensitivity is Sensitivity.PUBLIC
        else f"{fields[name].label}已填写"
        for name, value in given.items()
        if fields[name].shown(value) not in (reason, "")
    ]
    return moved, Step(
        id=derive_id("step", key),
        subject_type=lifecycle.name,
        subject=card.id,
        event=event,
        before=str(state),
        after=str(transition.target),
        at=at,
        actor=actor,
        reason="；".join(filter(None, (reason, *said))) or None,
    )


def _given(lifecycle: Lifecycle, transition: Transition, card: Record, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values to record with a step, by field.

    Raises:
        BadData: If one of them cannot be.
    """
    declared = card.__record__
    labels = {spec.label: spec.name for spec in declared.fields.values()}
    fixed = {"id", lifecycle.state_field, *(spec.name for spec in declared.references if spec.name in declared.key)}
    closed = fixed | transition.own
    found: dict[str, Any] = {}
    for said, value in values.items():
        name = said if said in declared.fields else labels.get(said, said)
        if name not in declared.fields or name in closed:
            options = "、".join(spec.label for spec in declared.fields.values() if spec.name not in closed)
            what = "由步骤本身决定，或不可更改" if name in declared.fields else "不存在"
            raise BadData(
                f"{lifecycle.label}的字段 {said} {what}，不能随“{transition.label}”填写", remedy=f"可填：{options}"
            )
        found[name] = value
    return found


def _not_before_it_began(card: Record, field: str, day: date) -> date | None:
    """A day for ``until`` that does not come before ``since``: what ends before it began was in force on no day.

    What has neither begun nor has a day of beginning takes none: with a day of ending only, it would always have been.
    """
    if field != "until":
        return day
    since = getattr(card, "since", None)
    if not has_begun(card) and (since is None or since < day):
        return None
    return day if since is None else max(since, day)
