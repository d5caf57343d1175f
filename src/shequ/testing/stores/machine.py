"""A state machine that does to a store whatever clerks do, in any order, and to a dict what the contract says of it.

The model knows nothing of any store: contents are a dict by type and id, the feed is a list. Each run has two districts
of its own in the store of the test, so a store is opened once.
"""

from collections.abc import Callable
from typing import Any, cast

import attrs
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from shequ.codec import to_plain
from shequ.errors import Conflict
from shequ.model import Record
from shequ.query import Evaluator, Select, When, gt
from shequ.store import ABSENT, ANY, Expect, Session, Store
from shequ.testing.stores.base import AT, StoreSuite, later, specimen

__all__ = ["MachineTests"]

Key = tuple[str, str]
Step = tuple[str, str, str, str, int]
_IDS = ("a", "A", "b", "a.1")
_STEPS = st.lists(
    st.tuples(
        st.sampled_from(("put", "put", "put", "delete")),
        st.sampled_from(("subject", "subject", "other")),
        st.sampled_from(_IDS),
        st.sampled_from(("seen", "seen", "seen", "absent", "any", "stale")),
        st.integers(0, 3),
    ),
    max_size=6,
)
_WHICH = st.sampled_from((0, 1))


class BrokenError(Exception):
    """What makes a session roll back."""


@attrs.define
class _Told:
    """What the model expects of one entry of the feed."""

    number: int
    commit: int
    minutes: int
    key: Key
    before: Record | None
    after: Record | None
    erased: bool = False


@attrs.define
class _District:
    """What the model knows of one district."""

    name: str
    now: dict[Key, tuple[Record, int]] = attrs.field(factory=dict)
    feed: list[_Told] = attrs.field(factory=list)

    def enter(self, minutes: int, changes: dict[Key, Record | None]) -> None:
        """Commit."""
        changes = {
            key: record for key, record in changes.items() if record != (self.now[key][0] if key in self.now else None)
        }
        commit = self.feed[-1].commit + 1 if self.feed else 1
        for key, record in changes.items():
            before = self.now.pop(key, None)
            number = len(self.feed) + 1
            self.feed.append(_Told(number, commit, minutes, key, before and before[0], record))
            if record is not None:
                self.now[key] = record, number

    def known(self, minutes: int) -> dict[Key, tuple[Record, int]]:
        """The contents as they were known at a time."""
        found: dict[Key, tuple[Record, int]] = {}
        for told in self.feed:
            if told.minutes > minutes:
                break
            found.pop(told.key, None)
            if told.after is not None:
                found[told.key] = told.after, told.number
        return found


class MachineTests(StoreSuite):
    """Any store against an independent model."""

    def test_a_store_does_what_a_dict_does(self, store: Store, open_store: Callable[..., Store]) -> None:
        """Clauses 1.1, 1.2, 1.3, 1.4, 1.5, 2.1, 2.2, 2.3, 2.4, 4.1, 4.2, 4.3, 4.6, 5.1, 6.1, 8.5, 10.1, 11.1."""
        handles = [store, open_store() if "multi_process" in store.capabilities else store]
        names = iter(f"m-{number}" for number in range(10**6))
        # A factory will do, and says which store it is about; the annotation asks for a class.
        machine = cast("type[_Machine]", lambda: _Machine(self, handles, names))
        run_state_machine_as_test(machine, settings=self.settings())


class _Machine(RuleBasedStateMachine):
    """Does the same to the store and to the model."""

    def __init__(self, suite: StoreSuite, handles: list[Store], names: Any) -> None:
        super().__init__()
        self.suite, self.handles = suite, handles
        self.world = [_District(next(names)), _District(next(names))]
        self.minutes = 0
        self.asked = 0
        self.powers = handles[0].capabilities

    def make(self, which: str, id_: str, number: int) -> Record:
        if which == "subject":
            return self.suite.make(id_, number=number, note=(None, "", "a", "A")[number])
        return specimen(self.suite.other, id_)

    def name(self, which: str) -> str:
        return self.suite.kind if which == "subject" else self.suite.other.__record__.name

    @rule(where=_WHICH, handle=_WHICH, steps=_STEPS, breaks=st.sampled_from((False, False, False, True)))
    def commit(self, where: int, handle: int, steps: list[Step], breaks: bool) -> None:
        """Do the steps in one session, which perhaps breaks off at its end."""
        self.minutes += 1
        expected = self.foreseen(where, steps)
        district = self.world[where]
        try:
            with self.suite.session(self.handles[handle], district.name, at=later(self.minutes)) as session:
                for step in steps:
                    self.do(session, step)
                if breaks:
                    raise BrokenError  # noqa: TRY301 - the session is what is tested
        except Conflict:
            outcome = "conflict"
        except BrokenError:
            outcome = "broken off"
        else:
            outcome = "committed"
        if expected is None:
            allowed = ("conflict", "broken off") if breaks else ("conflict",)
        else:
            allowed = ("broken off",) if breaks else ("committed",)
        assert outcome in allowed, f"2.2: a session with these steps must end as {' or '.join(allowed)}, not {outcome}"
        if expected is not None and not breaks:
            district.enter(self.minutes, expected)

    def do(self, session: Session, step: Step) -> None:
        what, which, id_, expectation, number = step
        expects: dict[str, Expect] = {"any": ANY, "stale": 10**6}
        expect = expects.get(expectation, ABSENT)
        if expectation == "seen":
            found = session.get(self.name(which), id_)
            expect = ABSENT if found is None else found.version
        if what == "put":
            session.put(self.make(which, id_, number), expect)
        else:
            session.delete(self.name(which), id_, expect)

    def foreseen(self, where: int, steps: list[Step]) -> dict[Key, Record | None] | None:
        """What each record touched is afterwards; ``None`` if there must be a conflict."""
        after: dict[Key, Record | None] = {}
        now = self.world[where].now
        for what, which, id_, expectation, number in steps:
            key = self.name(which), id_
            found = after[key] if key in after else (now[key][0] if key in now else None)
            if (
                expectation == "stale"
                or (expectation == "absent" and found is not None)
                or (what == "delete" and found is None)
            ):
                return None
            after[key] = self.make(which, id_, number) if what == "put" else None
        return after

    @rule(where=_WHICH, handle=_WHICH, ids=st.lists(st.sampled_from(_IDS), min_size=1, max_size=2, unique=True))
    def erase(self, where: int, handle: int, ids: list[str]) -> None:
        """Erase records of the subject's type."""
        self.minutes += 1
        district = self.world[where]
        keys = [(self.suite.kind, id_) for id_ in ids]
        known = {told.key for told in district.feed}
        try:
            blanked = self.suite.erase(self.handles[handle], *ids, district=district.name, at=later(self.minutes))
        except Conflict:
            assert not known.issuperset(keys), "10.7: what the history knows can be erased"
            return
        assert known.issuperset(keys), "10.7: what the history does not know is a Conflict"
        valued = [told for told in district.feed if told.key in keys and told.after is not None]
        assert len(valued) == blanked, "10.2: erase gives the number of entries blanked"
        commit = district.feed[-1].commit + 1
        for key in keys:
            district.now.pop(key, None)
            district.feed.append(_Told(len(district.feed) + 1, commit, self.minutes, key, None, None))
        for told in district.feed:
            if told.key in keys:
                told.erased = told.erased or told.after is not None
                told.before = told.after = None

    @rule(where=_WHICH, handle=_WHICH, pick=st.integers(0, 1000))
    @precondition(lambda self: self.minutes > 0 and "known_at" in self.powers)
    def look_back(self, where: int, handle: int, pick: int) -> None:
        """Read a past state."""
        minutes = pick % (self.minutes + 1)
        found = self.suite.kept(self.handles[handle], self.world[where].name, later(minutes))
        assert self.world[where].known(minutes) == {key: (kept.record, kept.version) for key, kept in found.items()}, (
            "11.1: a past state is what the commits up to then had left"
        )

    @rule(where=_WHICH, handle=_WHICH, which=st.sampled_from(("subject", "other")), id_=st.sampled_from(_IDS))
    def follow_one_record(self, where: int, handle: int, which: str, id_: str) -> None:
        """Read the history of one record."""
        key = self.name(which), id_
        expected = [told.number for told in self.world[where].feed if told.key == key]
        found = [change.number for change in self.handles[handle].history(self.world[where].name, *key)]
        assert expected == found, "4.6: the history of a record is its part of the feed"

    @rule(where=_WHICH, handle=_WHICH, least=st.integers(-1, 3))
    @precondition(lambda self: "filter" in self.powers)
    def ask(self, where: int, handle: int, least: int) -> None:
        """Ask for records that meet a condition."""
        query = Select(self.suite.kind, gt(self.suite.number_field, least))
        with self.handles[handle].read(self.world[where].name) as snapshot:
            found = [kept.record for kept in snapshot.scan(query)]
            expected = list(Evaluator(snapshot, self.suite.schema).select(query, When.on(AT.date())))
        assert expected == found, "8.5: a scan with a condition gives what the reference evaluator gives"

    @invariant()
    def all_agrees(self) -> None:
        """Contents, versions and feed are what the model says, through every handle in turn."""
        self.asked += 1
        store = self.handles[self.asked % len(self.handles)]
        for district in self.world:
            found = self.suite.kept(store, district.name)
            assert district.now == {key: (kept.record, kept.version) for key, kept in found.items()}, (
                "1.1: the store holds what was committed, and nothing else"
            )
            expected = [
                (t.number, t.commit, later(t.minutes), *t.key,
                 t.before and to_plain(t.before), t.after and to_plain(t.after), t.erased)
                for t in district.feed
            ]  # fmt: skip
            told = [
                (c.number, c.commit, c.at, c.type, c.id, c.before, c.after, c.erased)
                for c in store.changes(district.name)
            ]
            assert expected == told, "4.1: the feed tells every change that was committed, and no other"

    def teardown(self) -> None:
        """At the end of each run the chains hold."""
        for district in self.world:
            for store in dict.fromkeys(self.handles):
                assert store.verify(district.name) is None, "5.1: the chain holds, whatever was done"
